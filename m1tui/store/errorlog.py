"""The file that takes the details of m1tui's own errors: kept short, and never taken from a writer.

Several programs may write to it at once. Each adds at the end; it is cut only by a program that
is alone with it, and it is neither removed nor renamed.
"""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from m1tui.files import share_lock, try_lock
from m1tui.store.atomic import DISK, write_all

LIMIT = 1_000_000
"""Bytes above which only the newest half is kept."""

SEND = "Report this where you got m1tui: attach that file, and say what you did just before."
"""What a person is asked to do with it."""


@dataclass(frozen=True, slots=True)
class ErrorLog:
    """A log that is open for writing at its end."""

    path: Path
    descriptor: int
    """Open for as long as the program may write: it keeps others from cutting the file."""

    def write(self, text: str) -> None:
        """Add `text`. Raises OSError."""
        write_all(self.descriptor, text.encode("utf-8", "replace"), DISK)

    def close(self) -> None:
        """Let others cut the file."""
        os.close(self.descriptor)


def open_error_log(folder: Path, name: str) -> ErrorLog:
    """Return the open log of that name in `folder`, or else in the temporary one.

    Raises OSError of `folder` where neither takes it.
    """
    try:
        return _opened(folder / name)
    except OSError:
        try:
            return _opened(Path(tempfile.gettempdir()) / name)
        except OSError:
            pass
        raise


def _opened(path: Path) -> ErrorLog:
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    # Not through a link that another user may have laid in a shared temporary folder, and without
    # waiting at a pipe that nobody reads.
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("expected a file, found a device or a pipe")
        if found.st_size > LIMIT and try_lock(descriptor):
            _keep_newest(descriptor)
        share_lock(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return ErrorLog(path, descriptor)


def _keep_newest(descriptor: int) -> None:
    """Cut the file to the whole lines of its newest half."""
    os.lseek(descriptor, -LIMIT // 2, os.SEEK_END)
    newest = os.read(descriptor, LIMIT // 2)
    os.ftruncate(descriptor, 0)
    write_all(descriptor, newest[newest.find(b"\n") + 1 :], DISK)
