"""Lets one program at a time work on an open file; the system frees the lock when it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from m1tui.advice import Advice
from m1tui.errors import StoreError
from m1tui.store.trouble import printable_path, store_trouble

_FAR = 0x7FFF_0000
"""Windows locks bytes, and locked bytes cannot be read: lock one where no file reaches."""


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


@contextlib.contextmanager
def alone(path: Path, doing: str, *, wait: float = 0.0) -> Iterator[None]:
    """Within, this program alone holds the lock file at `path`, which is made and stays.

    `doing` ends the sentence "Another program is …"; `wait` is how many seconds to try. Raises
    StoreError when another program holds it, or when the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise store_trouble(error, path) from error
    try:
        try:
            wait_for_lock(descriptor, path, doing, wait=wait)
        except OSError as error:
            raise store_trouble(error, path) from error
        yield
    finally:
        os.close(descriptor)


def wait_for_lock(descriptor: int, path: Path, doing: str, *, wait: float) -> None:
    """Lock the open file or folder at `path`; `doing` and `wait` are as for `alone`.

    Raises StoreError when another program holds it all the time, OSError where the file system
    cannot lock.
    """
    end = time.monotonic() + wait
    while not try_lock(descriptor):
        if time.monotonic() >= end:
            raise _busy(path, doing)
        time.sleep(0.02)


def _busy(path: Path, doing: str) -> StoreError:
    return StoreError(
        Advice(
            code="in-use-elsewhere",
            happened=f"Another program is {doing}.",
            safe="Nothing was changed; the other program is not affected.",
            cause=f'm1tui is open in another window: it is using "{printable_path(path)}".',
            next_step="Wait until it has finished, then try again.",
        )
    )
