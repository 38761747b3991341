"""Reads the files that a person can name: ordinary files alone, and never more than is sensible.

A name may lead to a pipe that nobody writes to, to a device that never ends, or to a file of any
size. None of them may stop the program or fill its memory. With the locks that let one program at a
time work on a file, which the system frees when it ends.
"""

import os
import stat
import sys
import time
from codecs import BOM_UTF8
from enum import Enum
from typing import TypeAlias

from m1tui.advice import Advice, Trouble
from m1tui.sysex import printable

Name: TypeAlias = "str | os.PathLike[str]"
"""What names a file: a path as typed, which needs no pathlib, or a Path."""

PROCEDURE = 1_000_000
"""The most that is read of a procedure, in bytes; the longest built-in one has 12,000."""
DUMPS = 16 * 1024 * 1024
"""The most that is read of a file of dumps, in bytes; an M1's whole memory takes 53,361 at most."""
SETTINGS = 1_000_000
"""The most that is read of a manifest or of what the program remembers, in bytes."""
RECORD = 16 * 1024 * 1024
"""The most that is read of a record of the service log or of a virtual M1's settings, in bytes."""
JOURNAL = 64 * 1024 * 1024
"""The most that is read of a journal or a transcript, in bytes: they grow with the work."""

_FAR = 0x7FFF_0000
"""Windows locks bytes, and locked bytes cannot be read: lock one where no file reaches."""
_PATIENCE = 2.0
"""Seconds to wait for a file that a file server holds for another computer."""


class Unfit(Enum):
    """Why a file cannot be read; the value is the message's code."""

    MISSING = "file-missing"
    NO_FILE = "not-a-file"
    """A folder, a device, a pipe or a socket."""
    TOO_LARGE = "file-too-large"
    REFUSED = "file-unreadable"
    """The system does not let it be read."""


class FileTrouble(Trouble):
    """A file cannot be read; nothing was changed."""

    def __init__(self, path: Name, why: Unfit, reason: str, next_step: str) -> None:
        happened = f'"{shown(path)}" cannot be read: {reason}.'
        super().__init__(
            Advice(why.value, happened, safe="Nothing was changed.", next_step=next_step)
        )
        self.why = why
        self.reason = reason
        """Why, without the name and without a full stop."""


def typed_name(text: str) -> str:
    """Return the name that was typed, pasted or dropped on a terminal, `~` as the home folder.

    Terminals put quotes around a name that is dropped, or a backslash before each space, or write
    it as an address, "file:///home/x/a%20b.syx". A name that is there as it stands is taken so.
    """
    import shlex  # late: few commands need a typed name
    from urllib.parse import unquote, urlsplit

    def read(name: str) -> str:
        address = urlsplit(name) if name.startswith("file:") else None
        return os.path.expanduser(unquote(address.path) if address else name)  # noqa: PTH111

    plain = text.strip()
    if os.path.lexists(read(plain)):
        return read(plain)
    try:
        words = shlex.split(plain)
    except ValueError:  # a quote without its mate
        return read(plain)
    return read(words[0]) if len(words) == 1 else read(plain)


def read_bounded(path: Name, most: int) -> bytes:
    """Return the bytes of an ordinary file, or of one that a link leads to. Raises FileTrouble.

    A file of more than `most` bytes is not read.
    """
    descriptor = open_ordinary(path)
    try:
        return read_all(descriptor, path, most)
    finally:
        os.close(descriptor)


def read_start(path: Name, most: int) -> bytes:
    """Return the first bytes of an ordinary file, at most `most`. Raises FileTrouble."""
    descriptor = open_ordinary(path)
    try:
        return _read(descriptor, path, most)
    finally:
        os.close(descriptor)


def require_file(path: Name) -> None:
    """Raises FileTrouble where there is no ordinary file that can be read."""
    os.close(open_ordinary(path))


def open_ordinary(path: Name, flags: int = os.O_RDONLY) -> int:
    """Return a descriptor of an ordinary file, opened with `flags`. Raises FileTrouble.

    It never waits for another program, and never makes a file.
    """
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        # Asked before it is opened, too: some devices act when they are opened.
        _refuse_others(path, os.stat(path))  # noqa: PTH116 - a Path would slow the start
        descriptor = _opened(path, flags)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    try:
        # And again, for another thing may have taken its place.
        _refuse_others(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_all(descriptor: int, path: Name, most: int) -> bytes:
    """Return all bytes of the open file from where it stands. Raises FileTrouble.

    `path` is its name; of more than `most` bytes none are returned.
    """
    size = os.fstat(descriptor).st_size
    if size > most:
        raise _too_large(path, most, f"found {size:,}")
    data = _read(descriptor, path, most + 1)
    if len(data) > most:  # it grows, or does not know its own size
        raise _too_large(path, most, "found more")
    return data


def try_lock(descriptor: int) -> bool:
    """Lock the open file for this program alone; False when another has it.

    Raises OSError where the file system cannot lock.
    """
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_END)
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share_lock(descriptor: int) -> bool:
    """Keep others' `try_lock` off the open file, together with all who share it.

    False where one has it already, or where the file system cannot lock. On Windows, which knows
    no such lock, one program alone can do this.
    """
    try:
        if sys.platform == "win32":
            return try_lock(descriptor)
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def without_mark(data: bytes) -> bytes:
    """Return UTF-8 without the mark that some editors set at its beginning."""
    return data.removeprefix(BOM_UTF8)


def shown(path: Name) -> str:
    """Return a path for a screen: control characters and undecodable bytes made harmless."""
    return printable(str(path).encode("utf-8", "backslashreplace").decode("utf-8"))


def _opened(path: Name, flags: int) -> int:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return os.open(path, flags)
        except BlockingIOError:
            # A file server on this computer lent it to another one, and now asks for it back.
            if time.monotonic() >= end:
                raise
            time.sleep(0.02)


def _read(descriptor: int, path: Name, most: int) -> bytes:
    pieces: list[bytes] = []
    try:
        while most > 0 and (piece := os.read(descriptor, min(most, 1 << 20))):
            pieces.append(piece)
            most -= len(piece)
    except OSError as error:
        raise _refused(path, error) from error
    return b"".join(pieces)


def _refuse_others(path: Name, found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    if stat.S_ISDIR(found.st_mode):
        reason, next_step = "expected a file, found a folder", "Name a file in it."
    else:
        reason, next_step = (
            f"expected a file, found {_kind(found)}",
            "Copy its contents to a file.",
        )
    raise FileTrouble(path, Unfit.NO_FILE, reason, next_step)


def _kind(found: os.stat_result) -> str:
    if stat.S_ISFIFO(found.st_mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(found.st_mode) else "a device"


def _too_large(path: Name, most: int, found: str) -> FileTrouble:
    reason = f"expected at most {most:,} bytes, {found}"
    return FileTrouble(path, Unfit.TOO_LARGE, reason, "Check that it is the file you want.")


def _refused(path: Name, error: OSError | ValueError) -> FileTrouble:
    if isinstance(error, FileNotFoundError):
        return FileTrouble(
            path, Unfit.MISSING, "there is no such file", "Check the name and the folder."
        )
    if isinstance(error, ValueError):  # it holds a zero byte, or what the system has no letters for
        return FileTrouble(path, Unfit.MISSING, "no file can have such a name", "Check the name.")
    reason = error.strerror or type(error).__name__
    return FileTrouble(path, Unfit.REFUSED, reason, "Check its permissions, and its disk.")
