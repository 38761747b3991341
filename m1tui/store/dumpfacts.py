"""What is known of a dump in the library: read from its file and its manifest."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from m1tui.files import DUMPS, FileTrouble, Unfit, read_bounded
from m1tui.store.backups import MANIFEST_SUFFIX, Manifest, StoredBackup, read_manifest
from m1tui.store.holdings import Holding, contents_hash, holdings, messages_hash, names_hash
from m1tui.store.names import Name, names_of
from m1tui.store.trouble import printable_path
from m1tui.sysex import read_file

_DATED = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d)(\d\d) ")


class DumpFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue tells of a dump without opening its file."""

    time: str
    """When it came into the library: local time with its offset, ISO 8601."""
    instrument: str = ""
    """The model that it was read from, empty for a file that was imported or put there by hand."""
    instrument_id: str = ""
    """The instrument of the service log, empty where that is not known."""
    kind: str = ""
    """ "all", or words of parts joined by "+"."""
    bank: str = ""
    contents: tuple[str, ...] = ()
    """Phrases such as "100 programs"."""
    bytes: int
    sha256: str = ""
    link: str = ""
    reads: int = 0
    """How many times it was read; 0 for an imported file."""
    origin: str = ""
    """The file that it was imported from."""
    notes: tuple[str, ...] = ()
    intact: bool | None = None
    """Whether the bytes are those of the manifest; None without one."""
    problem: str = ""
    """Why nothing is known of what it holds; empty if all is well."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """All that the catalogue takes in of one file."""

    facts: DumpFacts
    names: tuple[Name, ...] = ()
    messages: bytes = b""
    """The hash of the dump messages."""
    names_key: bytes = b""


def index_file(path: Path) -> Indexed:
    """Return what is to be known of the dump at `path`. Raises FileTrouble, OSError."""
    manifest = read_manifest(path)
    try:
        data = read_bounded(path, DUMPS)
    except FileTrouble as trouble:
        if trouble.why is not Unfit.TOO_LARGE:
            raise
        time, size = time_of(path, manifest), path.stat().st_size
        return Indexed(DumpFacts(time=time, bytes=size, problem=trouble.reason))
    return index(path, manifest, data, read_holdings(data))


def read_holdings(data: bytes) -> tuple[Holding, ...]:
    """Return the memories in a file's bytes."""
    return holdings(read_file(data))


def index(
    path: Path, manifest: Manifest | None, data: bytes, memories: tuple[Holding, ...]
) -> Indexed:
    """Return what is to be known of a dump whose bytes and memories are at hand."""
    digest = hashlib.sha256(data).hexdigest()
    intact = manifest.sha256 == digest if manifest else None
    facts = DumpFacts(
        time=time_of(path, manifest),
        instrument=manifest.instrument if manifest else "",
        instrument_id=manifest.instrument_id if manifest else "",
        kind="+".join(dict.fromkeys(one.kind for one in memories)),
        bank="+".join(dict.fromkeys(one.bank for one in memories)),
        contents=manifest.contents
        if manifest and intact
        else tuple(phrase for one in memories for phrase in one.contents.describe()),
        bytes=len(data),
        sha256=digest,
        link=manifest.link if manifest else "",
        reads=manifest.reads if manifest else 0,
        origin=manifest.origin if manifest else "",
        notes=manifest.notes if manifest else (),
        intact=intact,
        problem="" if memories else "it holds no dump of an M1's memory",
    )
    # Of several memories in one file the last holder of a place is found by name.
    slots = {name.slot: name for one in memories for name in names_of(one.contents)}
    names = tuple(slots[slot] for slot in sorted(slots))
    if not memories:
        return Indexed(facts)
    return Indexed(
        facts,
        names,
        messages_hash(b"".join(one.messages for one in memories)),
        names_hash((one.contents for one in memories), names),
    )


def contents_key(path: Path) -> bytes:
    """Return the hash of what the dump at `path` holds. Raises FileTrouble."""
    return contents_hash(one.contents for one in read_holdings(read_bounded(path, DUMPS)))


def time_of(path: Path, manifest: Manifest | None) -> str:
    """Return when a dump came into the library: by its manifest, its name, or its file's date.

    Empty where none of them is a date.
    """
    if manifest is not None and moment(manifest.time):
        return manifest.time
    dated = _DATED.match(path.name)
    if dated:
        year, month, day, hour, minute = map(int, dated.groups())
        try:
            return datetime(year, month, day, hour, minute).astimezone().isoformat()
        except (ValueError, OverflowError):
            pass  # digits that are no date; the file has one of its own
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except (ValueError, OverflowError, OSError):
        return ""  # the clock that dated the file was far off the calendar
    return changed.isoformat(timespec="seconds")


def moment(time: str) -> float:
    """Return the seconds since 1970 of an ISO 8601 time, by which times are ordered; 0 for none."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except (ValueError, OverflowError):
        return 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A dump in the library."""

    path: Path
    facts: DumpFacts

    @property
    def title(self) -> str:
        """Return the file's name without its ending, harmless on a screen."""
        return printable_path(Path(self.path.stem))

    @property
    def backup(self) -> StoredBackup:
        """Return the backup with its manifest as it stands on the disk now."""
        return StoredBackup(self.path, read_manifest(self.path))

    @property
    def manifest_path(self) -> Path:
        """Return where the manifest is, if there is one."""
        return self.path.with_suffix(MANIFEST_SUFFIX)
