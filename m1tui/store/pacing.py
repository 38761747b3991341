"""Remembers which pacing worked on which port."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec

from m1tui.advice import Advice
from m1tui.store.atomic import DISK, Disk, write_over
from m1tui.store.trouble import StoreError, printable_path


class _Remembered(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    ports: dict[str, str]


def recall(path: Path) -> dict[str, str]:
    """Return the pacing labels by port, empty where nothing was remembered yet.

    Raises StoreError when the file cannot be read or is not what this program wrote.
    """
    try:
        # Asked before it is opened: opening a pipe that nobody writes to would wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise _useless(path, "it is no ordinary file")
        return msgspec.json.decode(path.read_bytes(), type=_Remembered).ports
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _useless(path, error.strerror or type(error).__name__) from error
    except msgspec.DecodeError as error:
        raise _useless(path, str(error)) from error


def _useless(path: Path, why: str) -> StoreError:
    return StoreError(
        Advice(
            happened=f'"{printable_path(path)}" cannot be read: {why}.',
            safe="It holds only which sending speed worked on which port.",
            cause="Another program, or a newer m1tui, wrote it.",
            next_step="Delete it; the speed is then found anew.",
        )
    )


def remember(path: Path, port: str, label: str, *, disk: Disk = DISK) -> None:
    """Note that pacing `label` worked on `port`. Raises StoreError."""
    known = recall(path)
    if known.get(port) == label:
        return
    ports = dict(sorted({**known, port: label}.items()))
    data = msgspec.json.format(msgspec.json.encode(_Remembered(version=1, ports=ports)), indent=2)
    write_over(path, data + b"\n", disk=disk)
