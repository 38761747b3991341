"""Remembers which pacing worked on which port."""

from __future__ import annotations

from pathlib import Path

import msgspec

from m1tui.advice import Advice
from m1tui.errors import StoreError
from m1tui.files import SETTINGS, FileTrouble, Unfit, read_bounded, without_mark
from m1tui.store.atomic import DISK, Disk, write_over
from m1tui.store.trouble import printable_path


class _Remembered(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    ports: dict[str, str]


def recall(path: Path) -> dict[str, str]:
    """Return the pacing labels by port, empty where nothing was remembered yet.

    Raises StoreError when the file cannot be read or is not what this program wrote.
    """
    try:
        data = without_mark(read_bounded(path, SETTINGS))
        return msgspec.json.decode(data, type=_Remembered).ports
    except FileTrouble as trouble:
        if trouble.why is Unfit.MISSING:
            return {}
        raise _useless(path, trouble.reason) from trouble
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _useless(path, str(error)) from error


def _useless(path: Path, why: str) -> StoreError:
    return StoreError(
        Advice(
            code="pacing-unreadable",
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
