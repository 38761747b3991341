"""Reaches an M1 through a character device: Linux's raw MIDI, or a pseudo-terminal."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import stat
import struct
import termios
from functools import partial
from pathlib import Path

from m1tui.advice import NOTHING_SENT, Advice
from m1tui.errors import LinkError, LinkLost
from m1tui.link.alsa_ports import PROC, holders
from m1tui.link.base import BYTES_PER_SECOND, Link, Pacer, lost, not_open, stalled
from m1tui.sysex.text import printable

READ_SIZE = 4096
STALL = 5.0
"""Seconds after which a device that accepts no byte is given up."""
QUEUE_POLL = 0.01
"""Seconds between two looks at what a terminal has still to send."""
ALSA_MAJOR = 116
"""The major device number of ALSA's devices."""
SYSTEM_MAJORS = frozenset({1, 10})
"""Linux's major device numbers of null, zero, full and random, and of watchdogs and the like."""
DRAIN_REQUEST = 0x40045731
"""SNDRV_RAWMIDI_IOCTL_DRAIN, _IOW('W', 0x31, int) as x86 and ARM encode it."""
DRAIN_OUTPUT = struct.pack("i", 0)
"""Its argument: SNDRV_RAWMIDI_STREAM_OUTPUT."""
SEQUENCER = Path("/dev/snd/seq")
LOST = frozenset({errno.EIO, errno.ENODEV, errno.ENXIO, errno.EPIPE, errno.EBADF})
"""Errors of a device that was there and is gone."""


class RawLink(Link):
    """A character device that carries MIDI bytes both ways.

    Writes go out in small blocks, paced to the wire, so that progress and cancelling are true and
    no buffer on the way can overflow.
    """

    block_bytes: int | None = 128

    def __init__(self, path: Path, title: str = "") -> None:
        super().__init__(f"raw:{path}", title or str(path))
        self._path = path
        self._fd: int | None = None
        self._is_alsa = False
        self._is_terminal = False
        self._pacer = Pacer(BYTES_PER_SECOND)
        self._waits: set[asyncio.Future[None]] = set()
        self._reading: asyncio.Future[None] | None = None
        self._watched = False

    async def _open(self) -> None:
        try:
            if self._path.is_symlink():
                # Only a link needs what knows of virtual M1s.
                from m1tui.virtual.serve_raw import is_left_behind

                if is_left_behind(self._path):
                    raise LinkError(_left_behind(self._path))
            status = self._path.stat()
            if not stat.S_ISCHR(status.st_mode):
                raise LinkError(_not_a_device(self._path))
            if os.major(status.st_rdev) in SYSTEM_MAJORS:
                raise LinkError(_not_midi(self._path))
            self._fd = _open_device(self._path)
        except OSError as error:
            raise LinkError(_cannot_open(self._path, error)) from error
        self._is_terminal = os.isatty(self._fd)
        self._is_alsa = os.major(status.st_rdev) == ALSA_MAJOR

    async def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is None:
            return
        loop = asyncio.get_running_loop()
        self._unwatch(fd)
        loop.remove_writer(fd)
        for wait in self._waits:
            if not wait.done():
                wait.set_exception(not_open(self.title))
        os.close(fd)

    async def _read(self) -> bytes:
        waited = False
        while True:
            fd = self._open_fd()
            try:
                data = os.read(fd, READ_SIZE)
            except BlockingIOError:
                await self._readable(fd)
                waited = True
                continue
            except OSError as error:
                raise self._lost(error) from error
            if data:
                if not waited:
                    # A device that always has bytes must not keep everybody else from running.
                    await asyncio.sleep(0)
                return data
            raise lost(self.title, "the other end hung up")

    async def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            fd = self._open_fd()
            try:
                left = left[os.write(fd, left) :]
            except BlockingIOError:
                try:
                    async with asyncio.timeout(STALL):
                        await self._writable(fd)
                except TimeoutError:
                    raise stalled(self.title, STALL) from None
            except OSError as error:
                raise self._lost(error) from error

    async def _drain(self) -> None:
        fd = self._open_fd()
        assert self._pacer is not None
        await self._pacer.drain()
        try:
            if self._is_alsa:
                await _drain_alsa(fd)
            elif self._is_terminal:
                await self._drain_terminal()
        except OSError as error:
            raise self._lost(error) from error

    async def _drain_terminal(self) -> None:
        # Polled, since tcdrain could block a thread for ever behind a peer that does not read.
        try:
            async with asyncio.timeout(STALL):
                # No event tells when the queue is empty.
                while _queued(self._open_fd()):  # noqa: ASYNC110
                    await asyncio.sleep(QUEUE_POLL)
        except TimeoutError:
            raise stalled(self.title, STALL) from None

    async def _readable(self, fd: int) -> None:
        """Wait for bytes. The device stays watched, as each byte of a clock is asked for again."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        self._reading = ready
        self._waits.add(ready)
        if not self._watched:
            loop.add_reader(fd, self._has_bytes, fd)
            self._watched = True
        try:
            await ready
        finally:
            self._waits.discard(ready)

    def _has_bytes(self, fd: int) -> None:
        if self._reading is None or self._reading.done():
            # Bytes that nobody asks for would wake the loop without end.
            self._unwatch(fd)
        else:
            self._reading.set_result(None)

    def _unwatch(self, fd: int) -> None:
        asyncio.get_running_loop().remove_reader(fd)
        self._watched = False

    async def _writable(self, fd: int) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        self._waits.add(ready)
        loop.add_writer(fd, partial(_wake, ready))
        try:
            await ready
        finally:
            self._waits.discard(ready)
            # After `close` the number may already stand for another file.
            if self._fd == fd:
                loop.remove_writer(fd)

    def _open_fd(self) -> int:
        if self._fd is None:
            raise not_open(self.title)
        return self._fd

    def _lost(self, error: OSError) -> LinkLost:
        if error.errno in LOST:
            return lost(self.title, "it was unplugged or hung up")
        return lost(self.title, error.strerror or str(error))


def _wake(wait: asyncio.Future[None]) -> None:
    if not wait.done():
        wait.set_result(None)


def _open_device(path: Path) -> int:
    # Without O_NONBLOCK an ALSA device in use would block here instead of telling.
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if os.isatty(fd):
            # A terminal lets two programs in, and each would get half of the answers.
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _make_raw(fd)
    except termios.error as error:
        os.close(fd)
        raise OSError(*error.args) from error
    except OSError:
        os.close(fd)
        raise
    return fd


def _queued(fd: int) -> int:
    """Return the bytes that a terminal has still to send."""
    (count,) = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)))
    return int(count)


def _make_raw(fd: int) -> None:
    _, oflag, cflag, _, ispeed, ospeed, chars = termios.tcgetattr(fd)
    cflag &= ~(termios.CSIZE | termios.PARENB)
    cflag |= termios.CS8 | termios.CREAD | termios.CLOCAL
    raw = [0, oflag & ~termios.OPOST, cflag, 0, ispeed, ospeed, chars]
    termios.tcsetattr(fd, termios.TCSANOW, raw)
    # What came in before nobody asked for.
    termios.tcflush(fd, termios.TCIFLUSH)


async def _drain_alsa(fd: int) -> None:
    # In a thread, since the kernel waits up to 10 s; on its own copy of the descriptor, since
    # the link may be closed meanwhile.
    copy = os.dup(fd)
    try:
        await asyncio.to_thread(_drain_and_close, copy)
    except OSError as error:
        if error.errno != errno.ENOTTY:
            raise


def _drain_and_close(fd: int) -> None:
    try:
        fcntl.ioctl(fd, DRAIN_REQUEST, DRAIN_OUTPUT)
    finally:
        os.close(fd)


def _cannot_open(path: Path, error: OSError) -> Advice:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return _absent(path)
        case errno.EACCES | errno.EPERM:
            return _forbidden(path)
        case errno.EBUSY | errno.EAGAIN:
            return busy(path)
        case errno.ENODEV:
            return _dead(path)
        case errno.ENXIO:
            return _one_way(path)
    return Advice(
        code="device-unusable",
        happened=f"The device {str(path)!r} cannot be opened: {error.strerror or error}.",
        safe=NOTHING_SENT,
        next_step="Choose another port from the list of `m1tui ports`.",
    )


def _not_a_device(path: Path) -> Advice:
    return Advice(
        code="not-a-device",
        happened=f"{str(path)!r} is a {'folder' if path.is_dir() else 'file'}; "
        "expected a raw MIDI device.",
        safe=f"It was not touched. {NOTHING_SENT}",
        cause="A dump file goes to `m1tui restore` as its FILE, not as its port.",
        next_step="Choose a device from the list of `m1tui ports`.",
    )


def _left_behind(path: Path) -> Advice:
    return Advice(
        code="virtual-m1-ended",
        happened=f"{str(path)!r} is the link to a virtual M1 that has ended; expected one that is "
        "running.",
        safe="It was not opened, because its terminal may now belong to another program. "
        f"{NOTHING_SENT}",
        cause="`m1tui simulate` was killed.",
        next_step=f"Start it again: `m1tui simulate --at raw:{printable(str(path))}`.",
    )


def _not_midi(path: Path) -> Advice:
    return Advice(
        code="not-a-midi-device",
        happened=f"{str(path)!r} is a system device; expected a raw MIDI device or a terminal.",
        safe=f"It was not opened. {NOTHING_SENT}",
        cause="No instrument can be connected to it.",
        next_step="Choose a device from the list of `m1tui ports`.",
    )


def busy(path: Path, proc: Path = PROC, sequencer: Path = SEQUENCER) -> Advice:
    """Return the advice for a device that another program holds, naming it where it is seen."""
    direct = holders(path, proc)
    # The kernel's sequencer opens the device itself, so its users do not show at the device.
    through = () if direct else holders(sequencer, proc)
    if direct:
        cause = f"It is in use by {_list(direct)}."
        next_step = "Close that program, then try again."
    elif through:
        cause = (
            "An ALSA sequencer connection is probably using it. Programs using the sequencer "
            f"now: {_list(through)}."
        )
        next_step = "Close them, or remove their connections (`aconnect -x`), then try again."
    else:
        cause = (
            "None of your programs is using it. It may be in use by another user's program "
            "(such as amidi), by an ALSA sequencer connection (`aconnect -l` lists them), by "
            "JACK's bridge a2jmidid, or by a browser with Web MIDI."
        )
        next_step = f"Find it with `sudo fuser -v {path}`, close it, then try again."
    return Advice(
        code="device-busy",
        happened=f"The device {str(path)!r} is in use by another program.",
        safe=NOTHING_SENT,
        cause=cause,
        next_step=next_step,
    )


def _absent(path: Path) -> Advice:
    folder = path.parent
    there = sorted(entry.name for entry in folder.glob("midiC*D*")) if folder.is_dir() else []
    if path.is_symlink():
        cause = "Its device is gone: the virtual M1 that made this link has ended."
    elif there:
        cause = f"Found in {str(folder)!r}: {', '.join(there)}."
    else:
        cause = f"There is no raw MIDI device in {str(folder)!r}: no interface is plugged in."
    return Advice(
        code="device-missing",
        happened=f"There is no device {str(path)!r}.",
        safe=NOTHING_SENT,
        cause=cause,
        next_step="Plug the interface in, and choose a device from the list of `m1tui ports`.",
    )


def _forbidden(path: Path) -> Advice:
    return Advice(
        code="device-forbidden",
        happened=f"You do not have permission to open the device {str(path)!r}.",
        safe=NOTHING_SENT,
        cause="On most systems MIDI devices belong to the group `audio`.",
        next_step="Run `sudo usermod -aG audio $USER`, then log out and in again.",
    )


def _dead(path: Path) -> Advice:
    return Advice(
        code="interface-gone",
        happened=f"The interface for {str(path)!r} is gone.",
        safe=NOTHING_SENT,
        cause="It was unplugged, or lost power.",
        next_step="Plug it in again. Its device may then have another number (see `m1tui ports`).",
    )


def _one_way(path: Path) -> Advice:
    return Advice(
        code="device-one-way",
        happened=f"The device {str(path)!r} cannot be opened for both input and output.",
        safe=NOTHING_SENT,
        cause="It has only a MIDI input or only an output, or it was unplugged.",
        next_step="Choose a device with both from the list of `m1tui ports`: the program asks the "
        "M1 over the output, and the M1 answers over the input.",
    )


def _list(found: tuple[object, ...]) -> str:
    return ", ".join(str(one) for one in found)
