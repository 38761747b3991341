"""Lets one program at a time work on an open file; the system frees the lock when it ends."""

from __future__ import annotations

import os
import sys

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
