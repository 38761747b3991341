"""Tells by names, sizes and times which dumps of a folder are new, changed or gone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from m1tui.store.backups import MANIFEST_SUFFIX, SUFFIX
from m1tui.store.trouble import store_trouble


def stamps(folder: Path) -> dict[bytes, str]:
    """Return each dump in `folder` by its name, with what changes when it or its manifest does.

    Raises StoreError.
    """
    found: dict[bytes, str] = {}
    try:
        with os.scandir(folder) as scan:
            there = {entry.name: entry for entry in scan}
    except FileNotFoundError:
        return found
    except OSError as error:
        raise store_trouble(error, folder) from error
    for name, entry in there.items():
        if not name.lower().endswith(SUFFIX) or name.startswith("."):
            continue
        manifest = there.get(f"{name[: -len(SUFFIX)]}{MANIFEST_SUFFIX}")
        with contextlib.suppress(OSError):  # it went while the folder was being read
            if entry.is_file():
                beside = manifest.stat() if manifest is not None else None
                found[os.fsencode(name)] = _stamp(entry.stat(), beside)
    return found


def stamp_of(path: Path) -> str:
    """Return the stamp of one dump. Raises OSError."""
    try:
        beside = path.with_suffix(MANIFEST_SUFFIX).stat()
    except FileNotFoundError:
        beside = None
    return _stamp(path.stat(), beside)


def _stamp(dump: os.stat_result, manifest: os.stat_result | None) -> str:
    both = (dump, manifest) if manifest is not None else (dump,)
    return " ".join(f"{one.st_size}:{one.st_mtime_ns}" for one in both)
