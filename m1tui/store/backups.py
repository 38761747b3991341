"""Keeps backups as plain .syx files that a person finds, each with a manifest beside it.

Also moves them to another folder and copies them out, never over another file.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

import m1tui
from m1tui.advice import Advice
from m1tui.errors import StoreError, WithoutManifest
from m1tui.facts import Backup
from m1tui.files import DUMPS, SETTINGS, FileTrouble, read_bounded, require_file, without_mark
from m1tui.store.atomic import (
    DISK,
    NO_LINKS,
    Disk,
    make_folder,
    printable_path,
    same_bytes,
    store_trouble,
    write_named,
    write_new,
    write_over,
)
from m1tui.sysex import Bank

SUFFIX = ".syx"
MANIFEST_SUFFIX = ".json"
_ALLOWED_SIGNS = set(" ()+,-._")
_LONGEST_INSTRUMENT = 40


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the program knew of a backup when it wrote it; kept as JSON beside the dump."""

    version: int = 1
    file: str
    sha256: str
    bytes: int
    kind: str
    bank: str
    contents: tuple[str, ...]
    instrument: str
    link: str
    reads: int
    notes: tuple[str, ...] = ()
    instrument_id: str = ""
    """The instrument of the service log, empty where that is not known."""
    origin: str = ""
    """The file that it was imported from, empty for a dump that was read from an instrument."""
    replaced: bool = False
    """Whether it is what a restore was about to overwrite."""
    label: str = ""
    """What a person calls it; it stands in the file's name, too."""
    earlier: tuple[str, ...] = ()
    """Names that the file had before labels renamed it: journals still name it so."""
    note: str = ""
    """What a person has written to it."""
    program: str
    time: str
    """Local time with its offset, ISO 8601."""


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """A backup in the library."""

    path: Path
    manifest: Manifest | None
    """None where the manifest is missing or not readable: the dump itself still counts."""

    @property
    def title(self) -> str:
        """Return the file's name without its ending: "2026-11-20 0941 M1 all data"."""
        return printable_path(Path(self.path.stem))

    def intact(self) -> bool | None:
        """Return whether the file's bytes are those of its manifest, None without a manifest.

        Raises StoreError when the file cannot be read.
        """
        if self.manifest is None:
            return None
        try:
            data = read_bounded(self.path, DUMPS)
        except FileTrouble as trouble:
            raise StoreError(trouble.advice) from trouble
        return hashlib.sha256(data).hexdigest() == self.manifest.sha256


def save(
    folder: Path,
    backup: Backup,
    *,
    instrument: str,
    instrument_id: str,
    link: str,
    now: datetime,
    replaced: bool = False,
    disk: Disk = DISK,
) -> Path:
    """Write the dump and its manifest as new files and return the dump's path.

    Raises StoreError, WithoutManifest where the dump is kept nevertheless.
    """
    card = "card " if backup.bank is Bank.CARD else ""
    stem = f"{now:%Y-%m-%d %H%M} {safe_name(instrument)} {card}{backup.label}"
    # A name that a renamed dump had stays its own: a journal may still name it so.
    stem = next(one for one in _numbered(stem) if not _renamed(folder / f"{one}{SUFFIX}"))
    manifest = Manifest(
        file="",
        sha256=hashlib.sha256(backup.dump).hexdigest(),
        bytes=len(backup.dump),
        kind=backup.kind,
        bank=backup.bank.name.lower(),
        contents=backup.contents.describe(),
        instrument=instrument,
        instrument_id=instrument_id,
        link=link,
        reads=backup.reads,
        notes=backup.notes,
        replaced=replaced,
        program=m1tui.__version__,
        time=now.isoformat(timespec="seconds"),
    )
    return place(folder, stem, backup.dump, manifest, disk=disk)[0]


def place(
    folder: Path, stem: str, dump: bytes, manifest: Manifest, *, disk: Disk = DISK
) -> tuple[Path, Manifest]:
    """Write a dump and its manifest under a free name; return the path and the manifest.

    The manifest gets the name that was free. The dump comes first, so a crash between the two
    leaves a whole dump, never a manifest without one. Raises StoreError, WithoutManifest where
    the dump is kept nevertheless: the instrument may not be able to give it once more.
    """
    path = write_named(folder, stem, SUFFIX, dump, companion=MANIFEST_SUFFIX, disk=disk)
    named = msgspec.structs.replace(manifest, file=path.name)
    data = _encoded(named)
    companion = path.with_suffix(MANIFEST_SUFFIX)
    try:
        write_new(companion, data, disk=disk)
    except FileExistsError as error:  # somebody put it there just now
        raise _without_manifest(store_trouble(error, companion), path) from error
    except StoreError as trouble:
        raise _without_manifest(trouble, path) from trouble
    return path, named


def _without_manifest(why: StoreError, dump: Path) -> WithoutManifest:
    safe = f'The complete dump is kept: "{printable_path(dump)}".'
    return WithoutManifest(why.advice._replace(safe=safe), dump)


def listed(folder: Path) -> tuple[StoredBackup, ...]:
    """Return the backups in `folder`, the newest first by name."""
    return tuple(StoredBackup(path, read_manifest(path)) for path in newest(folder))


def newest(folder: Path, most: int | None = None) -> tuple[Path, ...]:
    """Return the dumps in `folder`, at most `most`, the newest first by name, none opened."""
    return tuple(sorted(dumps_in(folder), key=_age, reverse=True)[:most])


def _age(path: Path) -> tuple[str, int, str]:
    """Return what the dumps of a folder are ordered by, the oldest first, as far as names say it.

    Of those of one minute "M1 all data" is older than "M1 all data (2)", and that than "(10)".
    """
    stem = path.stem.partition(_LABELLED)[0]
    number = _NUMBER.search(stem)
    if number is None:
        return stem, 1, path.name
    return stem[: number.start()], int(number[1]), path.name


def dumps_in(folder: Path) -> tuple[Path, ...]:
    """Return the dumps in `folder` in no order, none opened."""
    if not folder.is_dir():
        return ()
    return tuple(p for p in folder.iterdir() if p.suffix.lower() == SUFFIX and p.is_file())


def safe_name(text: str) -> str:
    """Return `text` as every file system takes it: letters, digits and few signs, not too long."""
    kept = (c if (c.isalnum() and c.isascii()) or c in _ALLOWED_SIGNS else "-" for c in text)
    name = " ".join("".join(kept).split())[:_LONGEST_INSTRUMENT].strip(" .")
    return name or "M1"


def read_manifest(path: Path) -> Manifest | None:
    """Return the manifest of the dump at `path`, None where none can be read."""
    try:
        data = read_bounded(path.with_suffix(MANIFEST_SUFFIX), SETTINGS)
        return msgspec.json.decode(without_mark(data), type=Manifest)
    except (FileTrouble, msgspec.DecodeError, UnicodeDecodeError):
        return None


def found_again(path: Path) -> Path:
    """Return where the dump at `path` is now: a label may have renamed it since.

    Return `path` itself where it is there, or where no dump has had its name.
    """
    return path if path.exists() else _renamed(path) or path


def _renamed(path: Path) -> Path | None:
    """Return the dump that was at `path` before a label renamed it, None for none."""
    begins = path.stem.partition(_LABELLED)[0]
    alike = (one for one in dumps_in(path.parent) if one.stem.startswith(begins) and one != path)
    for one in sorted(alike):
        manifest = read_manifest(one)
        if manifest is not None and path.name in manifest.earlier:
            return one
    return None


def _numbered(stem: str) -> Iterator[str]:
    """Yield names for a dump, the best first: "stem", "stem (2)" and so on."""
    return (stem if number == 1 else f"{stem} ({number})" for number in itertools.count(1))


def describe(
    path: Path, *, label: str | None = None, note: str | None = None, disk: Disk = DISK
) -> Path:
    """Give the dump at `path` a label, which its name then ends with, or a note; return its path.

    None leaves either as it is, "" takes it away. The bytes of the dump stay as they are. Under a
    new name, both files are on the disk before the old ones go: a crash leaves the dump under one
    of its names or under both. Raises StoreError.
    """
    _require(path)
    known = read_manifest(path)
    if known is None:
        raise StoreError(_undescribed(path))
    new = msgspec.structs.replace(
        known,
        label=known.label if label is None else safe_name(label) if label else "",
        note=known.note if note is None else note,
    )
    stem = path.stem.removesuffix(f"{_LABELLED}{known.label}" if known.label else "")
    stem = f"{stem}{_LABELLED}{new.label}" if new.label else stem
    if stem == path.stem:
        write_over(path.with_suffix(MANIFEST_SUFFIX), _encoded(new), disk=disk)
        return path
    data = _bytes_of(path, DUMPS)
    new = msgspec.structs.replace(new, earlier=(*known.earlier, path.name))
    target, _ = place(path.parent, stem, data, new, disk=disk)
    try:
        path.unlink()
        path.with_suffix(MANIFEST_SUFFIX).unlink(missing_ok=True)
        disk.sync_folder(path.parent)
    except OSError as error:
        raise store_trouble(error, path) from error
    return target


def confirm(path: Path, *, disk: Disk = DISK) -> None:
    """Note that one more reading of the instrument matched the dump at `path`. Raises StoreError.

    A dump without a manifest has nowhere to note it.
    """
    _require(path)
    known = read_manifest(path)
    if known is not None:
        more = msgspec.structs.replace(known, reads=known.reads + 1)
        write_over(path.with_suffix(MANIFEST_SUFFIX), _encoded(more), disk=disk)


_LABELLED = " - "
"""What stands between a dump's own name and its label."""
_NUMBER = re.compile(rf" \((\d{{1,9}})\)(?={_LABELLED}|$)")
"""The number of a dump whose name others have, too."""


def moment(time: str) -> float:
    """Return the seconds since 1970 of an ISO 8601 time, by which times are ordered; 0 for none."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _encoded(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def _undescribed(path: Path) -> Advice:
    return Advice(
        code="dump-without-manifest",
        happened=f'"{printable_path(path)}" cannot be given a label or a note: its manifest, the '
        ".json file beside it, is missing or cannot be read.",
        safe="The dump is left as it is.",
        next_step="Import the dump again: m1tui library import FILE",
    )


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
    for stem in _numbered(path.stem):
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
