"""Takes dumps out of other files and folders into the library, each content once.

The files themselves are only read. What is kept is their dump messages, as plain .syx.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import time as clock
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import m1tui
from m1tui.advice import Advice, Trouble
from m1tui.errors import StoreError
from m1tui.files import DUMPS, FileTrouble, read_bounded
from m1tui.store.atomic import Disk, LateFolders, clean, printable_path, store_trouble
from m1tui.store.backups import Manifest, place, safe_name
from m1tui.store.catalogue import BATCH_SECONDS, Catalogue, LibraryProgress, ProgressHandler
from m1tui.store.dumpfacts import DumpedMemory, Indexed, contents_hash, index, memories_in
from m1tui.sysex import BankDump, CombinationDump, CombinationWrite, ProgramDump, ProgramWrite
from m1tui.sysex.causes import is_problem, said
from m1tui.sysex.examine import Grade, examine
from m1tui.sysex.forms.found import DumpFile, FoundMessage
from m1tui.sysex.forms.reader import read_file


class Fate(StrEnum):
    """What became of a file, or of one of the memories in it."""

    IMPORTED = "imported"
    SAME = "same"
    """The library holds these very messages."""
    EQUAL = "equal"
    """The library holds the same contents in other messages: another channel, other padding."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file, or of one of the memories in it."""

    source: Path
    fate: Fate
    path: Path | None = None
    """The dump in the library: the new one, or the one that holds the same."""
    reason: str = ""
    """Why it was refused, or what is to be known of the new dump; harmless on a screen."""
    grade: Grade | None = None
    """How far the memory can be trusted; None where none was found."""
    member: str = ""
    """The file in an archive that the memory is from; harmless on a screen."""

    @property
    def name(self) -> str:
        """Return the file's name, with that of the archive that it is in."""
        name = printable_path(Path(self.source.name))
        return f"{self.member} in {name}" if self.member else name

    @property
    def told(self) -> str:
        """Return what became of it, with names and reasons; harmless on a screen."""
        name = f" {printable_path(Path(self.path.name))}" if self.path else ""
        reason = f" ({self.reason})" if self.reason else ""
        return f"{_TOLD[self.fate]}{name}{reason}"


_TOLD = {
    Fate.IMPORTED: "imported as",
    Fate.SAME: "is already in the library as",
    Fate.EQUAL: "has the same contents as",
    Fate.REFUSED: "not imported",
}


class ImportStopped(StoreError):
    """The disk refused to go on; `done` is in the library and stays."""

    def __init__(self, advice: Advice, done: tuple[Imported, ...]) -> None:
        super().__init__(advice)
        self.done = done


class Importer:
    """One import into a library. The caller holds the lock of imports."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        instrument: str,
        instrument_id: str,
        now: Callable[[], datetime],
        disk: Disk,
    ) -> None:
        self._catalogue = catalogue
        self._instrument = instrument
        self._instrument_id = instrument_id
        self._now = now
        self._disk = LateFolders(disk)
        self._done: list[Imported] = []
        self._read = 0
        """How many files were looked at."""

    def run(
        self,
        paths: Iterable[Path],
        *,
        leave_out: Path,
        progress: ProgressHandler | None,
        cancelled: Callable[[], bool],
        admits: Callable[[Path], bool],
    ) -> tuple[Imported, ...]:
        """Import files, and all files in folders; see `Store.import_dumps`."""
        self._admits = admits
        clean(self._catalogue.folder)
        there = _files(paths, leave_out, self._done)
        # Looking through a whole disk takes minutes, too.
        files = list(itertools.takewhile(lambda _: not cancelled(), there))
        try:
            while self._read < len(files) and not cancelled():
                self._batch(files, progress)
        except Trouble as trouble:
            raise self._stopped(trouble, len(files) - self._read) from trouble
        return tuple(self._done)

    def _batch(self, files: list[Path], progress: ProgressHandler | None) -> None:
        """Import for a moment, then bring names and catalogue to the disk."""
        end = clock.monotonic() + BATCH_SECONDS
        with self._catalogue.writing():
            while self._read < len(files) and clock.monotonic() <= end:
                self._done += self._import(files[self._read])
                self._read += 1
            try:
                self._disk.settle()
            except OSError as error:
                raise store_trouble(error, self._catalogue.folder) from error
        if progress is not None:
            file = printable_path(Path(files[self._read - 1].name))
            progress(LibraryProgress("Importing", self._read, len(files), file))

    def _import(self, source: Path) -> list[Imported]:
        """Import one file."""
        if not self._admits(source):
            return [_refused(source, "it leads outside the folders that may be used here")]
        try:
            data = read_bounded(source, DUMPS)
        except FileTrouble as trouble:
            return [_refused(source, trouble.reason)]
        file = read_file(data)
        memories = memories_in(file)
        if not memories:
            return [_refused(source, _why_none(file))]
        kept = [self._keep(source, file, memory) for memory in memories]
        dropped = "; ".join(_broken(file))
        # What was imported says in its notes what it left out; a file that is known cannot.
        known = all(one.fate is not Fate.IMPORTED for one in kept)
        return [*kept, _refused(source, f"left out: {dropped}")] if dropped and known else kept

    def _keep(self, source: Path, file: DumpFile, memory: DumpedMemory) -> Imported:
        now = self._now()
        manifest = Manifest(
            file="",
            sha256=hashlib.sha256(memory.messages).hexdigest(),
            bytes=len(memory.messages),
            kind=memory.kind,
            bank=memory.bank,
            contents=memory.contents.describe(),
            instrument=self._instrument,
            instrument_id=self._instrument_id,
            link="",
            reads=0,
            notes=tuple(_notes(file, memory)),
            origin=_origin(source, memory),
            program=m1tui.__version__,
            time=now.isoformat(timespec="seconds"),
        )
        taken = index(source, manifest, memory.messages, (memory,))
        grade = examine(memory.contents).grade
        same = self._catalogue.same_messages(taken.messages)
        member = memory.member
        if same is not None:
            return Imported(source, Fate.SAME, same.path, grade=grade, member=member)
        equal = self._catalogue.same_contents(
            taken.names_key, lambda: contents_hash([memory.contents])
        )
        if equal is not None:
            return Imported(source, Fate.EQUAL, equal.path, grade=grade, member=member)
        placed = self._place(source, memory, manifest, taken, now)
        return replace(placed, grade=grade, member=member)

    def _place(
        self, source: Path, memory: DumpedMemory, manifest: Manifest, taken: Indexed, now: datetime
    ) -> Imported:
        inner = f" {safe_name(Path(memory.member).stem)}" if memory.member else ""
        stem = f"{now:%Y-%m-%d %H%M} {safe_name(source.stem)}{inner} {memory.label}"
        folder = self._catalogue.folder
        path, _ = place(folder, stem, memory.messages, manifest, disk=self._disk)
        try:
            self._catalogue.add(path, taken)
        except OSError as error:
            raise store_trouble(error, path) from error
        return Imported(source, Fate.IMPORTED, path, "; ".join(manifest.notes))

    def _stopped(self, trouble: Trouble, left: int) -> ImportStopped:
        advice = trouble.advice
        kept = sum(one.fate is Fate.IMPORTED for one in self._done)
        dumps = "1 dump was" if kept == 1 else f"{kept:,} dumps were"
        files = "1 file was" if left == 1 else f"{left:,} files were"
        safe = f"{dumps} imported and can be used from the library; {files} not looked at."
        return ImportStopped(
            advice._replace(safe=safe, next_step=f"{advice.next_step} {_AGAIN}".strip()),
            tuple(self._done),
        )


_AGAIN = "Importing again adds what is missing. Nothing is imported twice."


def _files(paths: Iterable[Path], leave_out: Path, refused: list[Imported]) -> Iterator[Path]:
    """Yield the files to read: those that are named, and all in folders, but not our own."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue

        def cannot(error: OSError) -> None:
            folder = Path(os.fsdecode(error.filename))
            refused.append(_refused(folder, error.strerror or str(error)))

        for folder, folders, names in os.walk(path, onerror=cannot):
            folders[:] = sorted(
                name for name in folders if not _is_same(Path(folder, name), leave_out)
            )
            yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _is_same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False


def _origin(source: Path, memory: DumpedMemory) -> str:
    """Return the name of the file that a memory is from, and in an archive that of its member."""
    name = printable_path(Path(source.name))
    return f"{Path(memory.member).name} in {name}" if memory.member else name


def _notes(file: DumpFile, memory: DumpedMemory) -> Iterator[str]:
    """Say what is to be known of a dump: its form, what was mended, what is wrong with it."""
    if file.containers or file.format != "syx":
        forms = " in ".join((file.format, *reversed(file.containers)))
        yield f"taken from a file in the format {forms}"
    mine = memory.member.split(" + ")
    about = [note for note in file.notes if not note.member or note.member in mine]
    yield from map(str, about[:5])
    for finding in examine(memory.contents).findings:
        if is_problem(finding):
            yield f"DAMAGED: {said(finding)}"
    yield from (f"left out {problem}" for problem in map(str, file.problems[:5]))
    yield from (f"left out {broken}" for broken in _broken(file))
    loose = _loose(file)
    if loose:
        yield f"left out messages without memory contents: {len(loose)}"


def _broken(file: DumpFile) -> Iterator[str]:
    """Say what is whole of the dumps that break off."""
    for piece in file.pieces:
        if piece.contents.parts:
            intact = ", ".join(piece.contents.describe())
            yield f"{piece.part.label}, incomplete, with {intact}"


def _loose(file: DumpFile) -> tuple[FoundMessage, ...]:
    """Return the messages that are neither of a bank nor of a single sound."""
    sounds = (BankDump, ProgramDump, CombinationDump, ProgramWrite, CombinationWrite)
    return tuple(one for one in file.messages if not isinstance(one.message, sounds))


def _why_none(file: DumpFile) -> str:
    problems = [problem for problem in file.problems if not problem.harmless]
    why = f": {problems[0]}" if problems else ""
    whole = any(piece.contents.parts for piece in file.pieces)
    hint = "; what is intact in it can be saved with m1tui convert --salvage" if whole else ""
    return f"it contains no dump of an M1's memory{why}{hint}"


def _refused(source: Path, reason: str) -> Imported:
    return Imported(source, Fate.REFUSED, None, reason)
