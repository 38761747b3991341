"""What is known of a dump in the library: its memories, names and hashes, and its manifest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from m1tui.files import DUMPS, FileTrouble, Unfit, read_bounded
from m1tui.store.atomic import printable_path
from m1tui.store.backups import Manifest, StoredBackup, moment, read_manifest
from m1tui.store.names import Name, Named, as_text, names_of
from m1tui.sysex import AllocationError, BankDump, Contents, Part
from m1tui.sysex.forms.found import DumpFile
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.slots import Single, Taken, loose_singles


@dataclass(frozen=True, slots=True)
class DumpedMemory:
    """One memory, or a part of one, and the messages that carry it."""

    contents: Contents
    messages: bytes
    """One or more dumps, F0 to F7 each."""
    bank: str
    """ "internal" or "card"."""
    member: str = ""
    """The files in an archive that it is from; harmless on a screen."""

    @property
    def kind(self) -> str:
        """Return the part's word, or the parts' words joined by "+"; "program" for a single one."""
        return "all" if self.contents.is_complete else "+".join(self._words)

    @property
    def label(self) -> str:
        """Return the kind as a file's name tells it: "all data", "programs"."""
        single = "single " if self.is_single else ""
        return Part.ALL.label if self.contents.is_complete else single + " ".join(self._words)

    @property
    def is_single(self) -> bool:
        """Whether it is single sounds, which belong to no bank."""
        return self.contents.allocation is None and Part.GLOBAL not in self.contents.parts

    @property
    def _words(self) -> list[str]:
        counts = {"programs": self.contents.programs, "combinations": self.contents.combinations}
        one = {word for word, sounds in counts.items() if self.is_single and len(sounds or ()) == 1}
        return [word.removesuffix("s") if word in one else word for word in _words(self.contents)]


def memories_in(file: DumpFile) -> tuple[DumpedMemory, ...]:
    """Return the memories in a file, in order.

    Dumps of different parts that follow each other belong together; one whose part, bank or
    allocation does not fit begins another memory. Single sounds that make no bank are the last.
    """
    found: list[DumpedMemory] = []
    for one in file.banks:
        if not isinstance(one.message, BankDump):
            continue
        new = DumpedMemory(one.message.contents, one.raw, one.message.bank.name.lower(), one.member)
        joined = _joined(found[-1], new) if found else None
        if joined is None:
            found.append(new)
        else:
            found[-1] = joined
    singles = loose_singles(file)
    if singles:
        found.append(_of_singles(singles))
    return tuple(found)


def _of_singles(singles: tuple[Single, ...]) -> DumpedMemory:
    """Return single sounds as a memory, each message with its slot behind it if it had one."""
    contents = Taken(Contents(), loose=singles).single_contents()
    messages = b"".join(
        one.found.raw + (b"" if one.number is None else one.write_request.encode())
        for one in singles
    )
    members = dict.fromkeys(filter(None, (one.found.member for one in singles)))
    return DumpedMemory(contents, messages, singles[0].bank.label, " + ".join(members))


def _joined(first: DumpedMemory, second: DumpedMemory) -> DumpedMemory | None:
    if first.bank != second.bank or first.contents.parts & second.contents.parts:
        return None
    try:
        contents = first.contents.merged(second.contents)
    except AllocationError:
        return None
    members = dict.fromkeys(filter(None, (first.member, second.member)))
    messages = first.messages + second.messages
    return DumpedMemory(contents, messages, first.bank, " + ".join(members))


def messages_hash(messages: bytes) -> bytes:
    """Return the SHA-256 of dump messages."""
    return hashlib.sha256(messages).digest()


def names_hash(memories: Iterable[Contents], names: Iterable[Name]) -> bytes:
    """Return a hash that equal memories share; others seldom do.

    It is far cheaper than `contents_hash`, which decides where this is the same.
    """
    digest = hashlib.sha256(as_text(names).encode())
    for contents in memories:
        digest.update(f"\n{'+'.join(_words(contents))} {contents.allocation!r}\n".encode())
        digest.update(b"" if contents.sequence is None else contents.sequence.steps)
    return digest.digest()


def contents_hash(memories: Iterable[Contents]) -> bytes:
    """Return the SHA-256 of what memories hold, whatever their messages, channel and padding."""
    digest = hashlib.sha256()
    for contents in memories:
        digest.update(f"{'+'.join(_words(contents))} {contents.allocation!r}\n".encode())
        for piece in _normal(contents):
            digest.update(piece)
    return digest.digest()


def _normal(contents: Contents) -> Iterator[bytes]:
    if contents.global_ is not None:
        yield contents.global_.normal()
    for record in (*(contents.combinations or ()), *(contents.programs or ())):
        yield record.normal()
    if contents.sequence is not None:
        yield contents.sequence.control.normal()
        yield contents.sequence.steps


def _words(contents: Contents) -> list[str]:
    return [part.value for part in Part if part in contents.parts]


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
    label: str = ""
    note: str = ""
    """What a person calls it, and has written to it."""
    intact: bool | None = None
    """Whether the bytes are those of the manifest; None without one."""
    problem: str = ""
    """Why nothing is known of what it holds; empty if all is well."""

    @property
    def source(self) -> str:
        """The instrument of the log that it is of, or else its model."""
        return self.instrument_id or self.instrument


@dataclass(frozen=True, slots=True)
class Indexed:
    """All that the catalogue takes in of one file."""

    facts: DumpFacts
    names: tuple[Name, ...] = ()
    messages: bytes = b""
    """The hash of the dump messages."""
    names_key: bytes = b""


def since_last(entries: Iterable[Entry], of: Entry | None = None) -> tuple[Entry, ...]:
    """Return the backups of all data of one instrument, the newest first, out of `entries`.

    It is that of the dump `of`, or of the newest such backup.
    """
    whole = [one for one in entries if one.facts.kind == "all" and one.facts.bank == "internal"]
    chosen = of or (whole[0] if whole else None)
    if chosen is None:
        return ()
    source = chosen.facts.source
    return tuple(one for one in whole if one.facts.source == source)


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
    return index(path, manifest, data, read_memories(data))


def read_memories(data: bytes) -> tuple[DumpedMemory, ...]:
    """Return the memories in a file's bytes."""
    return memories_in(read_file(data))


def index(
    path: Path, manifest: Manifest | None, data: bytes, memories: tuple[DumpedMemory, ...]
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
        label=manifest.label if manifest else "",
        note=manifest.note if manifest else "",
        intact=intact,
        problem="" if memories else "it contains no dump of an M1's memory",
    )
    # Of several memories in one file the last holder of a place is found by name.
    slots = {name.slot: name for one in memories for name in names_of(one.contents)}
    names = tuple(slots[slot] for slot in sorted(slots))
    if not memories:
        return Indexed(facts)
    told = (Name(Named.LABEL, 0, facts.label), Name(Named.LABEL, 1, _one_line(facts.note)))
    return Indexed(
        facts,
        (*names, *(one for one in told if one.text)),
        messages_hash(b"".join(one.messages for one in memories)),
        names_hash((one.contents for one in memories), names),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def contents_key(path: Path) -> bytes:
    """Return the hash of what the dump at `path` holds. Raises FileTrouble."""
    return contents_hash(one.contents for one in read_memories(read_bounded(path, DUMPS)))


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
