"""The catalogue: lists dumps by instrument and date and finds them by name, without opening them.

It follows the folder of backups: `follow` takes in what is new or changed there and forgets what
is gone. So a backup needs no catalogue to be kept, and a lost catalogue costs nothing but time. For
a library that cannot be written it is in a temporary folder, for this run only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
import time as clock
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from m1tui.advice import Advice
from m1tui.errors import CatalogueError
from m1tui.files import DUMPS, SETTINGS, FileTrouble, Unfit, read_bounded
from m1tui.store.atomic import printable_path, store_trouble
from m1tui.store.backups import MANIFEST_SUFFIX, SUFFIX, moment
from m1tui.store.catalogue_file import connect, told, transaction
from m1tui.store.dumpfacts import DumpFacts, Entry, Indexed, contents_key, index_file
from m1tui.store.names import SLOT_BITS, Name, Named, as_text, from_text, indexed, picked, query

BATCH_SECONDS = 0.5
"""How long one transaction may go on: another program waits for its end."""

UNREAD = ""
"""The stamp of a file that could not be read, so that it is tried again."""
SETTLED_SECONDS = 2.5
"""How old a file's date must be, when the file is read, for a later change to show in it: FAT and
exFAT date to two seconds."""
_SETTLED, _YOUNG = "=", "?"
"""What stands in a stamp between what the disk says of a file and the hash of its bytes: a young
file is read again, whatever the disk says."""


@dataclass(frozen=True, slots=True)
class LibraryProgress:
    """How far work on the library is."""

    phase: str
    done: int
    total: int
    """Files in all."""
    file: str = ""
    """The file at hand, harmless on a screen."""


ProgressHandler = Callable[[LibraryProgress], None]


@dataclass(frozen=True, slots=True)
class Followed:
    """What following the folder changed in the catalogue, counted in dumps."""

    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A name that was found, and the dump that holds it."""

    name: Name
    entry: Entry


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search: names of the dumps that were taken in last come first."""

    matches: tuple[Match, ...]
    more: bool
    """Whether there are more than were asked for."""


class Catalogue:
    """An open catalogue. Use it in the thread that opened it, and with `with`."""

    def __init__(self, path: Path, folder: Path, *, note: Advice | None = None) -> None:
        """Open or make the catalogue at `path` of the dumps in `folder`.

        Raises CatalogueError.
        """
        self.path = path
        self.folder = folder
        self.note = note
        """What a person has to know of it, None for the library's own."""
        self._connection = connect(path)

    def close(self) -> None:
        """Close the file."""
        with told(self.path):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What it knows

    def entries(
        self,
        *,
        instrument: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = -1,
        offset: int = 0,
    ) -> tuple[Entry, ...]:
        """Return dumps, the newest first; all of them by default.

        `instrument` is a model or an instrument of the service log by its id, "" for imported
        files. `since` counts itself, `until` does not.
        """
        where, values = ["1"], list[object]()
        if instrument is not None:
            where.append("(instrument = ? OR (instrument_id = ? AND instrument_id <> ''))")
            values += [instrument, instrument]
        if since is not None:
            where.append("moment >= ?")
            values.append(since.timestamp())
        if until is not None:
            where.append("moment < ?")
            values.append(until.timestamp())
        # Only the fixed words above are put together here; every value is bound.
        sql = (
            f"SELECT file, facts FROM dumps WHERE {' AND '.join(where)} "  # noqa: S608
            "ORDER BY moment DESC, id DESC LIMIT ? OFFSET ?"
        )
        with told(self.path):
            rows = self._connection.execute(sql, (*values, limit, offset)).fetchall()
        return tuple(self._entry(file, facts) for file, facts in rows)

    def instruments(self) -> tuple[tuple[str, int], ...]:
        """Return the instruments that dumps came from, each with how many, by name."""
        sql = "SELECT instrument, count(*) FROM dumps GROUP BY instrument ORDER BY instrument"
        with told(self.path):
            return tuple(self._connection.execute(sql).fetchall())

    def __len__(self) -> int:
        with told(self.path):
            (count,) = self._connection.execute("SELECT count(*) FROM dumps").fetchone()
        return int(count)

    def search(self, text: str, *, kinds: Iterable[Named] = (), limit: int = 200) -> Found:
        """Return names in which each word of `text` begins a word, of these kinds or of all.

        Case does not matter. Without a letter or a digit in `text` nothing is found.
        """
        wanted = query(text, kinds)
        if not wanted:
            return Found((), False)
        sql = "SELECT rowid FROM names WHERE names MATCH ? ORDER BY rowid DESC LIMIT ?"
        with told(self.path):
            rows = self._connection.execute(sql, (wanted, limit + 1)).fetchall()
            slots: dict[int, list[int]] = {}
            for (row,) in rows[:limit]:
                slots.setdefault(row >> SLOT_BITS, []).append(row & (1 << SLOT_BITS) - 1)
            matches = tuple(
                match for dump, places in slots.items() for match in self._matches(dump, places)
            )
        return Found(matches, len(rows) > limit)

    def _matches(self, dump: int, places: list[int]) -> Iterator[Match]:
        sql = "SELECT file, facts, names FROM dumps WHERE id = ?"
        # Another program may have removed the dump since the names were found.
        for file, facts, text in self._connection.execute(sql, (dump,)):
            entry = self._entry(file, facts)
            yield from (Match(name, entry) for name in picked(text, places))

    def named(self, file: str) -> Entry | None:
        """Return the dump of that file name, None if there is none."""
        sql = "SELECT file, facts FROM dumps WHERE file = ?"
        return self._first(sql, os.fsencode(file))

    def same_messages(self, messages: bytes) -> Entry | None:
        """Return a dump with the same messages, by their hash."""
        return self._first("SELECT file, facts FROM dumps WHERE messages = ?", messages)

    def same_contents(self, names_key: bytes, contents: Callable[[], bytes]) -> Entry | None:
        """Return a dump of equal contents; `contents` gives the hash, if it has to be known."""
        sql = "SELECT id, file FROM dumps WHERE names_key = ? AND contents_key IS NULL"
        with told(self.path):
            for dump, file in self._connection.execute(sql, (names_key,)).fetchall():
                self._learn_contents(dump, self.folder / os.fsdecode(file))
            like = self._first("SELECT file, facts FROM dumps WHERE names_key = ?", names_key)
        if like is None:
            return None
        both = "SELECT file, facts FROM dumps WHERE names_key = ? AND contents_key = ?"
        return self._first(both, names_key, contents())

    def _learn_contents(self, dump: int, path: Path) -> None:
        """Hash what a dump holds, now that another one has the same names."""
        try:
            key = contents_key(path)
        except FileTrouble:
            key = b""  # it is gone or unreadable, so it equals nothing; `follow` tells
        self._connection.execute("UPDATE dumps SET contents_key = ? WHERE id = ?", (key, dump))

    def _first(self, sql: str, *values: bytes) -> Entry | None:
        with told(self.path):
            row = self._connection.execute(f"{sql} LIMIT 1", values).fetchone()
        return None if row is None else self._entry(*row)

    def _entry(self, file: bytes, facts: bytes) -> Entry:
        return Entry(self.folder / os.fsdecode(file), msgspec.json.decode(facts, type=DumpFacts))

    # How it comes to know

    def follow(self, progress: ProgressHandler | None = None) -> Followed:
        """Make the catalogue agree with the folder.

        Raises CatalogueError, StoreError when the folder cannot be read.
        """
        with told(self.path):
            known = dict(self._connection.execute("SELECT file, stamp FROM dumps").fetchall())
            there = seen_in(self.folder)
            gone = [file for file in known if file not in there]
            with transaction(self._connection):
                for file in gone:
                    self._remove(file)
            fresh = {
                file: known.get(file)
                for file, seen in sorted(there.items())
                if not known.get(file, UNREAD).startswith(f"{seen}{_SETTLED}")
            }
            same = self._take_all(fresh, progress)
        changed = sum(file in known for file in fresh)
        return Followed(len(fresh) - changed, changed - same, len(gone))

    def _take_all(self, files: dict[bytes, str | None], progress: ProgressHandler | None) -> int:
        """Take in `files` in short transactions; reading is done outside of them.

        Each has the stamp that is known of it. Return how many are the same as before.
        """
        waiting: list[tuple[bytes, str, Indexed | None]] = []
        same = 0
        begun = clock.monotonic()
        for number, (file, known) in enumerate(files.items(), 1):
            taken = self._read(file, known)
            if taken is not None:
                waiting.append(taken)
                same += taken[2] is None
            if clock.monotonic() - begun > BATCH_SECONDS or number == len(files):
                with transaction(self._connection):
                    for one in waiting:
                        self._put(*one)
                waiting.clear()
                begun = clock.monotonic()
                if progress is not None:
                    progress(LibraryProgress("Reading the library", number, len(files)))
        return same

    def _read(self, file: bytes, known: str | None) -> tuple[bytes, str, Indexed | None] | None:
        """Return a dump with its stamp, and what it holds unless its bytes are the known ones."""
        path = self.folder / os.fsdecode(file)
        try:
            stamp = stamp_of(path)
            same = (
                known is not None and _digest_in(stamp) and _digest_in(stamp) == _digest_in(known)
            )
            return file, stamp, None if same else index_file(path)
        except FileNotFoundError:
            return None  # another program moved it just now
        except OSError as error:
            problem = error.strerror or str(error)
        except FileTrouble as trouble:
            if trouble.why is Unfit.MISSING:
                return None
            problem = trouble.reason
        return file, UNREAD, Indexed(DumpFacts(time="", bytes=0, problem=problem))

    def add(self, path: Path, indexed: Indexed) -> None:
        """Take in a dump that was just written, within `writing`."""
        self._put(os.fsencode(path.name), stamp_of(path), indexed)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Within, dumps can be added; all count, or none. Raises CatalogueError."""
        with told(self.path), transaction(self._connection):
            yield

    def _put(self, file: bytes, stamp: str, taken: Indexed | None) -> None:
        if taken is None:
            self._connection.execute("UPDATE dumps SET stamp = ? WHERE file = ?", (stamp, file))
            return
        self._remove(file)
        facts = taken.facts
        cursor = self._connection.execute(
            "INSERT INTO dumps (file, stamp, moment, instrument, instrument_id, messages, "
            "names_key, facts, names) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file,
                stamp,
                moment(facts.time),
                facts.instrument,
                facts.instrument_id,
                taken.messages,
                taken.names_key,
                msgspec.json.encode(facts),
                as_text(taken.names),
            ),
        )
        base = (cursor.lastrowid or 0) << SLOT_BITS
        self._connection.executemany(
            "INSERT INTO names (rowid, words) VALUES (?, ?)",
            [(base | name.slot, indexed(name)) for name in taken.names],
        )

    def _remove(self, file: bytes) -> None:
        sql = "SELECT id, names FROM dumps WHERE file = ?"
        for dump, text in self._connection.execute(sql, (file,)).fetchall():
            # An index that keeps no text is told the words that it is to forget.
            self._connection.executemany(
                "INSERT INTO names (names, rowid, words) VALUES ('delete', ?, ?)",
                [
                    (dump << SLOT_BITS | slot, indexed(name))
                    for slot, name in from_text(text).items()
                ],
            )
            self._connection.execute("DELETE FROM dumps WHERE id = ?", (dump,))


def seen_in(folder: Path) -> dict[bytes, str]:
    """Return each dump in `folder` by its name, with what the disk says of it and its manifest.

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
                beside = (manifest.stat(),) if manifest is not None else ()
                found[os.fsencode(name)] = _seen(entry.stat(), *beside)
    return found


def stamp_of(path: Path) -> str:
    """Return the stamp of one dump: what the disk says of it, and the hash of its bytes.

    Raises OSError.
    """
    now = clock.time()
    manifest = path.with_suffix(MANIFEST_SUFFIX)
    files = [path.stat()]
    with contextlib.suppress(FileNotFoundError):
        files.append(manifest.stat())
    young = any(abs(now - one.st_mtime) < SETTLED_SECONDS for one in files)
    digest = hashlib.sha256()
    try:
        for one, most in ((path, DUMPS), (manifest, SETTINGS))[: len(files)]:
            data = read_bounded(one, most)
            digest.update(b"%d:" % len(data) + data)
    except FileTrouble:  # it is told where the file is read for what it holds
        return f"{_seen(*files)}{_SETTLED}"
    return f"{_seen(*files)}{_YOUNG if young else _SETTLED}{digest.hexdigest()}"


def _seen(*files: os.stat_result) -> str:
    return " ".join(f"{one.st_size}:{one.st_mtime_ns}:{change_of(one)}" for one in files)


def change_of(found: os.stat_result) -> int:
    """Return when anything of a file changed, its place included, where the disk keeps that."""
    return found.st_ctime_ns


def _digest_in(stamp: str) -> str:
    return stamp.replace(_YOUNG, _SETTLED).partition(_SETTLED)[2]


class TemporaryCatalogue:
    """Where the catalogue is, as long as this object is: begun with what the library's own knows.

    It may be opened in several threads, as the library's own may be.
    """

    def __init__(self, own: Path, backups: Path) -> None:
        """Stand in for the catalogue at `own` of the dumps in `backups`."""
        self._own = own
        self._backups = backups
        self._making = threading.Lock()
        self._path: Path | None = None

    def open(self) -> Catalogue:
        """Return the open catalogue; its note says why it is no other. Raises StoreError."""
        with self._making:
            if self._path is None:
                self._path = self._made()
        return Catalogue(self._path, self._backups, note=_note(self._own))

    def _made(self) -> Path:
        try:
            folder = Path(tempfile.mkdtemp(prefix="m1tui-"))
        except OSError as error:
            raise store_trouble(error, Path(tempfile.gettempdir())) from error
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        path = folder / self._own.name
        try:
            # What is newest may stand in the log beside it.
            for suffix in ("", "-wal"):
                source = Path(f"{self._own}{suffix}")
                if source.is_file():
                    shutil.copyfile(source, f"{path}{suffix}")
            Catalogue(path, self._backups).close()
        except (OSError, CatalogueError):
            # Damaged, or of another version: the files tell all that it did.
            for part in folder.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    part.unlink()
        return path


def _note(own: Path) -> Advice:
    """Return what a person has to know of a library that is only read."""
    return Advice(
        code="library-read-only",
        happened=f'This library is read-only: "{printable_path(own)}" cannot be written.',
        safe="Its dumps can be listed, searched, inspected and exported to another folder.",
        cause="The disk, the folder or the file is read-only, or belongs to another user.",
        next_step="To import or delete, use --data-dir to choose a folder that you may write to.",
    )
