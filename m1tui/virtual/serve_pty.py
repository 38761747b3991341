"""A pseudo-terminal as a virtual M1's MIDI port, with a link of the wanted name to it."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.virtual.descriptor import readable, writable
from m1tui.virtual.wire import Wire

READ_SIZE = 512
PATIENCE = 1.0
"""Seconds that a client may leave its bytes unread while more come."""
LOOK_AGAIN = 0.05
"""Seconds between two looks for a client while no one has the terminal open."""


async def serve_pty(wire: Wire, place: str, ready: Callable[[str], None]) -> None:
    """Serve at a pseudo-terminal that the symbolic link `place` leads to, until cancelled.

    A link that leads nowhere, or that a server left behind, is replaced; anything else at `place`
    is refused with Trouble. The link is removed at the end. Clients may come and go.
    """
    path = Path(place)
    with _marked(path) as left_behind:
        await _serve(wire, path, ready, replace=left_behind)


async def _serve(wire: Wire, path: Path, ready: Callable[[str], None], *, replace: bool) -> None:
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
            await _carry(wire, master, terminal)
        finally:
            _unlink(path, terminal)
    finally:
        if slave >= 0:
            os.close(slave)
        os.close(master)


async def _carry(wire: Wire, master: int, terminal: str) -> None:
    port = _Terminal(master, terminal)
    async with asyncio.TaskGroup() as group:
        group.create_task(_towards_m1(wire, port))
        group.create_task(_from_m1(wire, port))


async def _towards_m1(wire: Wire, port: _Terminal) -> None:
    while True:
        # The wire takes bytes at its own speed; what is not read waits with the client.
        await wire.write(await port.read())


async def _from_m1(wire: Wire, port: _Terminal) -> None:
    while True:
        await port.write(await wire.read())


class _Terminal:
    """The master's side: knows whether a client is there, and waits for one without hurry."""

    def __init__(self, master: int, terminal: str) -> None:
        self._master = master
        self._terminal = terminal
        self._client = False

    async def read(self) -> bytes:
        """Return what a client wrote, waiting for a client and for its bytes."""
        while True:
            try:
                data = os.read(self._master, READ_SIZE)
            except BlockingIOError:
                self._client = True
                await readable(self._master)
            except OSError as error:
                # EIO says that no one has the slave open.
                if error.errno != errno.EIO:
                    raise
                self._hung_up()
                await asyncio.sleep(LOOK_AGAIN)
            else:
                self._client = True
                return data

    async def write(self, data: bytes) -> None:
        """Send to the client; what it does not take for `PATIENCE` seconds is lost."""
        left = memoryview(data)
        while left and self._client:
            try:
                left = left[os.write(self._master, left) :]
            except BlockingIOError:
                if not await writable(self._master, PATIENCE):
                    return
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                self._hung_up()

    def _hung_up(self) -> None:
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
            raise _refusal(path, "another virtual M1 is served there") from None
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
        raise _refusal(path, "something is there already, and it is left as it is") from None
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from error


def _unlink(path: Path, terminal: str) -> None:
    if path.is_symlink() and os.readlink(path) == terminal:  # noqa: PTH115 - compares text
        path.unlink(missing_ok=True)


def _refusal(path: Path, why: str) -> Trouble:
    return Trouble(
        Advice(
            code="served-link-unusable",
            happened=f"The link {str(path)!r} to the virtual M1 cannot be made: {why}.",
            safe="Nothing was started, and no file was changed.",
            cause="Another virtual M1 may be served there, or the name belongs to a file.",
            next_step="Give another path, or remove what is there if it is not needed.",
        )
    )
