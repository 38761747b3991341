"""Remembers which pacing worked on which port."""

from __future__ import annotations

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

    Raises StoreError when the file is not what this program wrote.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        return msgspec.json.decode(data, type=_Remembered).ports
    except msgspec.DecodeError as error:
        raise StoreError(
            Advice(
                happened=f'"{printable_path(path)}" cannot be read: {error}.',
                safe="It holds only which sending speed worked on which port.",
                cause="Another program, or a newer m1tui, wrote it.",
                next_step="Delete it; the speed is then found anew.",
            )
        ) from error


def remember(path: Path, port: str, label: str, *, disk: Disk = DISK) -> None:
    """Note that pacing `label` worked on `port`. Raises StoreError."""
    known = recall(path)
    if known.get(port) == label:
        return
    ports = dict(sorted({**known, port: label}.items()))
    data = msgspec.json.format(msgspec.json.encode(_Remembered(version=1, ports=ports)), indent=2)
    write_over(path, data + b"\n", disk=disk)
