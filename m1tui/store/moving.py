"""Moves a dump with its manifest to another folder, and copies it out; never over another file."""

from __future__ import annotations

import itertools
from pathlib import Path

from m1tui.errors import StoreError
from m1tui.files import DUMPS, SETTINGS, FileTrouble, read_bounded, require_file
from m1tui.store.atomic import (
    DISK,
    NO_LINKS,
    Disk,
    make_folder,
    same_bytes,
    write_named,
    write_new,
)
from m1tui.store.backups import MANIFEST_SUFFIX, SUFFIX
from m1tui.store.trouble import store_trouble


def move(path: Path, folder: Path, *, disk: Disk = DISK) -> Path:
    """Move the dump at `path` and its manifest to `folder`; return where the dump is now.

    Both names are on the disk before the old ones go: a crash leaves the dump in one of the
    folders or in both, and moving it again finishes. Raises StoreError.
    """
    manifest = path.with_suffix(MANIFEST_SUFFIX)
    _require(path)
    try:
        make_folder(folder, disk)
        target = _take_place(path, manifest, folder, disk)
        disk.sync_folder(folder)
        path.unlink()
        manifest.unlink(missing_ok=True)
        disk.sync_folder(path.parent)
    except OSError as error:
        raise store_trouble(error, folder / path.name) from error
    return target


def _take_place(path: Path, manifest: Path, folder: Path, disk: Disk) -> Path:
    for number in itertools.count(1):
        stem = path.stem if number == 1 else f"{path.stem} ({number})"
        target = folder / f"{stem}{SUFFIX}"
        companion = target.with_suffix(MANIFEST_SUFFIX)
        if companion.exists() and not _same(manifest, companion):
            continue
        if not _same(path, target):
            try:
                _link(path, target, disk)
            except FileExistsError:
                continue
        if manifest.exists() and not _same(manifest, companion):
            _link(manifest, companion, disk)
        return target
    raise AssertionError("numbers do not end")


def _same(first: Path, second: Path) -> bool:
    """Tell whether both are there and hold the same, since an earlier move was broken off."""
    try:
        if first.samefile(second):
            return True
    except OSError:
        return False
    # Without links the second is a copy.
    try:
        return same_bytes(second, read_bounded(first, DUMPS))
    except FileTrouble:
        return False


def _link(source: Path, target: Path, disk: Disk) -> None:
    try:
        disk.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        write_new(target, _bytes_of(source, DUMPS), disk=disk)


def _require(path: Path) -> None:
    """Raises StoreError where there is no such dump."""
    try:
        require_file(path)
    except FileTrouble as trouble:
        raise StoreError(trouble.advice) from trouble


def _bytes_of(path: Path, most: int) -> bytes:
    try:
        return read_bounded(path, most)
    except FileTrouble as trouble:
        raise StoreError(trouble.advice) from trouble


def export(path: Path, folder: Path, *, manifest: bool = False, disk: Disk = DISK) -> Path:
    """Copy the dump at `path`, on request with its manifest, to `folder`; return the copy.

    Where the name is taken, the copy gets a number. Raises StoreError.
    """
    beside = path.with_suffix(MANIFEST_SUFFIX)
    data = _bytes_of(path, DUMPS)
    told = _bytes_of(beside, SETTINGS) if manifest and beside.exists() else None
    companion = MANIFEST_SUFFIX if told is not None else ""
    copy = write_named(folder, path.stem, SUFFIX, data, companion=companion, disk=disk)
    if told is not None:
        try:
            write_new(copy.with_suffix(MANIFEST_SUFFIX), told, disk=disk)
        except FileExistsError as error:  # somebody put it there just now
            raise store_trouble(error, copy.with_suffix(MANIFEST_SUFFIX)) from error
    return copy
