"""Finds kernel modules and what each needs, in the order in which they are loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.alsa_vm.packages import CannotRun

DISK = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
"""What mounts the host's files."""
MIDI = ("dummy_hcd", "usb_f_midi", "snd-usb-audio", "snd-seq-midi")
"""The fake interface, its driver, and ALSA's sequencer above it."""

_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


def in_order(wanted: Iterable[str], folder: Path) -> list[Path]:
    """Return the files of modules below `folder` so that each comes after all it needs.

    Raises CannotRun when one is missing: then this kernel was built without it.
    """
    files = {_plain(path.name.removesuffix(".ko")): path for path in folder.rglob("*.ko")}
    found: dict[str, Path] = {}
    for name in wanted:
        _add(name, files, found)
    return list(found.values())


def _add(name: str, files: Mapping[str, Path], found: dict[str, Path]) -> None:
    if _plain(name) in found:
        return
    path = files.get(_plain(name))
    if path is None:
        raise CannotRun(f"this kernel has no module {name}")
    for needed in _needs(path):
        _add(needed, files, found)
    found[_plain(name)] = path


def _needs(path: Path) -> list[str]:
    told = _DEPENDS.search(path.read_bytes())
    return [name for name in told[1].decode().split(",") if name] if told else []


def _plain(name: str) -> str:
    """Return a module's name as the kernel has it: `-` and `_` are the same."""
    return name.replace("-", "_")
