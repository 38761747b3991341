"""Says what a disk's refusal means for the person and for the data."""

from __future__ import annotations

import errno
from pathlib import Path

from m1tui.advice import Advice
from m1tui.errors import StoreError
from m1tui.sysex.text import printable

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


def store_trouble(error: OSError, path: Path) -> StoreError:
    """Return the error that tells a person why `path` could not be written."""
    reason = error.strerror or str(error)
    shown = printable_path(path)
    if error.errno in _FULL:
        code = "disk-full"
        cause = "The disk is full, or a limit on file sizes is reached."
        next_step = "Free some space or choose another folder with --data-dir, then try again."
    elif error.errno in _REFUSED:
        code = "write-refused"
        cause = "The folder is read-only, or belongs to another user."
        next_step = "Choose a folder that you may write to with --data-dir, then try again."
    elif error.errno in {errno.ENOTDIR, errno.EISDIR}:
        code = "path-blocked"
        cause = "There is a file where a folder is needed, or a folder where a file is needed."
        next_step = "Move it away or choose another folder with --data-dir, then try again."
    else:
        code = "disk-error"
        cause = "The disk or the network share reported an error."
        next_step = "Choose a folder on another disk with --data-dir, then try again."
    return StoreError(
        Advice(
            code=code,
            happened=f'"{shown}" could not be written: {reason}.',
            safe="No part of it was left behind, and no other file was changed.",
            cause=cause,
            next_step=next_step,
        )
    )


def printable_path(path: Path) -> str:
    """Return `path` without characters that a screen would act on."""
    return printable(str(path))
