"""A raw MIDI device or a pseudo-terminal as a virtual M1's MIDI port.

A device of Linux is a cable away from the other computer. A pseudo-terminal is for programs of
this one: a link of the wanted name leads to it.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import stat
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.virtual.wire import Wire

READ_SIZE = 512
PATIENCE = 1.0
"""Seconds that the other side may take no byte while more come from the M1."""
LOOK_AGAIN = 0.05
"""Seconds between two looks for a client while no one has the terminal open."""
ALSA_MAJOR = 116
"""Linux's major device number of ALSA's devices."""


async def serve_raw(wire: Wire, place: str, ready: Callable[[str], None]) -> None:
    """Serve at the path `place` until cancelled: at a MIDI device, else at a pseudo-terminal."""
    serve = serve_device if is_midi_device(Path(place)) else serve_pty
    await serve(wire, place, ready)


async def _carry(wire: Wire, port: _Device) -> None:
    async def towards_m1() -> None:
        while True:
            # The wire takes bytes at its own speed; what is not read waits with the client.
            await wire.write(await port.read())

    async def from_m1() -> None:
        while True:
            await port.write(await wire.read())

    ways = [asyncio.create_task(towards_m1()), asyncio.create_task(from_m1())]
    try:
        # Not a task group: the caller gets the device's own error.
        await asyncio.gather(*ways)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


# A MIDI device


def is_midi_device(path: Path) -> bool:
    """Tell whether `path` is a device of ALSA's."""
    try:
        status = path.stat()
    except OSError:  # nothing is there, or nothing that may be looked at
        return False
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) == ALSA_MAJOR


async def serve_device(wire: Wire, place: str, ready: Callable[[str], None]) -> None:
    """Serve at the MIDI device `place` until cancelled.

    The device is a MIDI interface, or the instrument's side of a computer that is itself a USB
    MIDI device. Raises Trouble when it cannot be opened, and when it goes away.
    """
    try:
        # Without O_NONBLOCK a device in use would block here instead of failing.
        device = os.open(place, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _cannot_open(place, error) from error
    try:
        ready(f"raw:{place}")
        await _carry(wire, _Device(device))
    except OSError as error:
        raise _gone(place, error) from error
    finally:
        os.close(device)


class _Device:
    """A descriptor that is read and written without blocking the loop."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    async def read(self) -> bytes:
        """Return what has come, waiting for it; OSError when the device has gone."""
        while True:
            try:
                data = os.read(self._fd, READ_SIZE)
            except BlockingIOError:
                await readable(self._fd)
                continue
            if not data:
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            return data

    async def write(self, data: bytes) -> None:
        """Send; as on a cable, what the other side does not take for `PATIENCE` s is lost."""
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._fd, left) :]
            except BlockingIOError:
                if not await _writable(self._fd):
                    return


async def readable(fd: int) -> None:
    """Wait until `fd` has something to read, or its other end has gone."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()
    loop.add_reader(fd, _wake, waiting)
    try:
        await waiting
    finally:
        loop.remove_reader(fd)


async def _writable(fd: int) -> bool:
    """Wait until `fd` takes more; False when it has not within `PATIENCE` seconds."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()
    loop.add_writer(fd, _wake, waiting)
    try:
        async with asyncio.timeout(PATIENCE):
            await waiting
    except TimeoutError:
        return False
    finally:
        loop.remove_writer(fd)
    return True


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _cannot_open(place: str, error: OSError) -> Trouble:
    return Trouble(
        Advice(
            code="served-device-unusable",
            happened=f"The MIDI device {place!r} cannot be opened for the virtual M1: "
            f"{error.strerror or error}.",
            safe="Nothing was started.",
            cause="Another program is using it, it has only one direction, or you do not have "
            "permission to open it.",
            next_step="Close other MIDI programs, or name another device. A path that does not "
            "exist becomes a pseudo-terminal.",
        )
    )


def _gone(place: str, error: OSError) -> Trouble:
    return Trouble(
        Advice(
            code="served-device-gone",
            happened=f"The MIDI device {place!r} of the virtual M1 is gone: "
            f"{error.strerror or error}.",
            safe="The virtual M1 keeps all complete messages that it received; with --state they "
            "are on disk.",
            cause="It was unplugged, or lost power.",
            next_step="Plug it in again and start `m1tui simulate` with the same --state.",
        )
    )


# A pseudo-terminal


async def serve_pty(wire: Wire, place: str, ready: Callable[[str], None]) -> None:
    """Serve at a pseudo-terminal that the symbolic link `place` leads to, until cancelled.

    A link that leads nowhere, or that a server left behind, is replaced; anything else at `place`
    is refused with Trouble. The link is removed at the end. Clients may come and go.
    """
    path = Path(place)
    with _marked(path) as left_behind:
        await _serve_terminal(wire, path, ready, replace=left_behind)


async def _serve_terminal(
    wire: Wire, path: Path, ready: Callable[[str], None], *, replace: bool
) -> None:
    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        terminal = os.ttyname(slave)
        os.set_blocking(master, False)
        _link(path, terminal, replace=replace)
        # From here on only clients hold the slave, so that their absence can be seen.
        os.close(slave)
        slave = -1
        try:
            ready(f"raw:{path}")
            await _carry(wire, _Terminal(master, terminal))
        finally:
            _unlink(path, terminal)
    finally:
        if slave >= 0:
            os.close(slave)
        os.close(master)


class _Terminal(_Device):
    """The master's side: knows whether a client is there, and waits for one without hurry."""

    def __init__(self, master: int, terminal: str) -> None:
        super().__init__(master)
        self._terminal = terminal
        self._client = False

    async def read(self) -> bytes:
        """Return what a client wrote, waiting for a client and for its bytes."""
        while True:
            try:
                data = os.read(self._fd, READ_SIZE)
            except BlockingIOError:
                self._client = True
                await readable(self._fd)
            except OSError as error:
                self._hung_up(error)
                await asyncio.sleep(LOOK_AGAIN)
            else:
                self._client = True
                return data

    async def write(self, data: bytes) -> None:
        """Send to the client if there is one; what it does not take in time is lost."""
        if self._client:
            try:
                await super().write(data)
            except OSError as error:
                self._hung_up(error)

    def _hung_up(self, error: OSError) -> None:
        # EIO says that no one has the slave open.
        if error.errno != errno.EIO:
            raise error
        if self._client:
            self._client = False
            self._forget_unread()

    def _forget_unread(self) -> None:
        # The next client is not to find the end of what was meant for the last one.
        slave = os.open(self._terminal, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            termios.tcflush(slave, termios.TCIFLUSH)
        finally:
            os.close(slave)


def is_left_behind(path: Path) -> bool:
    """Tell whether a server made the link `path` and has ended without removing it.

    Its terminal may by now belong to any other program.
    """
    if not path.is_symlink():
        return False
    try:
        mark = os.open(_mark_of(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:  # no server made it
        return False
    try:
        fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(mark)
    return True


def _mark_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.m1tui")


@contextmanager
def _marked(path: Path) -> Iterator[bool]:
    """Hold the mark of a server at `path`; tell whether another left it there.

    The system lets go of the mark when this process ends, however it ends.
    """
    mark = _mark_of(path)
    try:
        left_behind = is_left_behind(path)
        held = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from error
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _refusal(path, "another virtual M1 is being served there") from None
        try:
            yield left_behind
        finally:
            mark.unlink(missing_ok=True)
    finally:
        os.close(held)


def _link(path: Path, terminal: str, *, replace: bool) -> None:
    try:
        if path.is_symlink() and (replace or not path.exists()):
            path.unlink()
        path.symlink_to(terminal)
    except FileExistsError:
        raise _refusal(path, "something is already there, and it is left as it is") from None
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from error


def _unlink(path: Path, terminal: str) -> None:
    if path.is_symlink() and os.readlink(path) == terminal:  # noqa: PTH115 - compares text
        path.unlink(missing_ok=True)


def _refusal(path: Path, why: str) -> Trouble:
    return Trouble(
        Advice(
            code="served-link-unusable",
            happened=f"The link {str(path)!r} to the virtual M1 cannot be created: {why}.",
            safe="Nothing was started, and no file was changed.",
            cause="Another virtual M1 may be served there, or the name belongs to a file.",
            next_step="Give another path, or remove what is there if it is not needed.",
        )
    )
