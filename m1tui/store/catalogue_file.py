"""Opens the catalogue's SQLite file: its tables, its version, and what its troubles mean.

The file is an index. It holds no fact about a dump that the dump's own file and manifest do not
hold, so an old version is simply made anew, and a damaged one may be deleted.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from m1tui.advice import Advice
from m1tui.errors import CatalogueError
from m1tui.store.atomic import printable_path, store_trouble
from m1tui.sysex import printable

VERSION = 1
"""Raise it whenever tables or the words of the index change: the catalogue is then made anew."""

_APPLICATION = 0x4D317475
""" "M1tu": tells this program's files from other SQLite files."""
_NO_CODE = 0
"""What stands for the code of an error that is Python's own: text in the file that is none."""
_WAIT = 5.0
"""Seconds to wait while another program writes; it does so for a fraction of one at a time."""
_NOT_WRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_ANEW = "rebuild it from the backups: m1tui library rebuild"
_SAFE = "Backups are plain files; none was changed."

_CODES = {
    sqlite3.SQLITE_FULL: "catalogue-disk-full",
    sqlite3.SQLITE_IOERR: "catalogue-disk-error",
    sqlite3.SQLITE_READONLY: "catalogue-not-writable",
    sqlite3.SQLITE_CANTOPEN: "catalogue-not-writable",
    sqlite3.SQLITE_BUSY: "catalogue-busy",
    sqlite3.SQLITE_CORRUPT: "catalogue-damaged",
    _NO_CODE: "catalogue-damaged",
    sqlite3.SQLITE_NOTADB: "catalogue-damaged",
}
"""The code of the message for each of SQLite's."""

_TABLES = (
    """CREATE TABLE dumps (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        file BLOB NOT NULL UNIQUE,
        stamp TEXT NOT NULL,
        moment REAL NOT NULL,
        instrument TEXT NOT NULL,
        instrument_id TEXT NOT NULL,
        messages BLOB NOT NULL,
        names_key BLOB NOT NULL,
        contents_key BLOB,
        facts BLOB NOT NULL,
        names TEXT NOT NULL
    )""",
    "CREATE INDEX by_moment ON dumps (moment, id)",
    "CREATE INDEX by_instrument ON dumps (instrument, moment)",
    "CREATE INDEX by_messages ON dumps (messages)",
    "CREATE INDEX by_names ON dumps (names_key)",
    # The rowid of a name is its dump's id and its slot. Indexes of the beginnings make every key
    # of a search that is being typed answer at once; positions in a name nobody asks for.
    "CREATE VIRTUAL TABLE names USING fts5(words, content='', detail=none, prefix='1 2 3 4 5 6')",
)


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to the catalogue at `path`, which is made where there is none.

    Raises CatalogueError: it is of a newer version, damaged, no catalogue, locked, or the disk
    refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise store_trouble(error, path) from error
    with told(path):
        connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
        try:
            if not _is_current(connection, path):
                _make(connection, path)
            _write_ahead(connection)
            # A power cut may cost the last transactions, never the file: the folder is read again.
            connection.execute("PRAGMA synchronous=NORMAL")
            if not os.access(path, os.W_OK):
                raise _trouble(_not_writable(), path)
        except BaseException:
            connection.close()
            raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let programs read while one writes; the first of them sets that.

    SQLite refuses this at once while another program writes, and does not wait as elsewhere.
    """
    end = time.monotonic() + _WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
            time.sleep(0.02)
        else:
            return


def remove_catalogue(path: Path) -> None:
    """Delete the catalogue at `path` and what SQLite keeps beside it. Raises StoreError."""
    for part in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        try:
            part.unlink(missing_ok=True)
        except OSError as error:
            raise store_trouble(error, part) from error


def _is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell whether the tables can be used as they are."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != _APPLICATION and (tables or version or application):
        raise CatalogueError(
            Advice(
                code="not-a-catalogue",
                happened=f'"{printable_path(path)}" is not an m1tui catalogue.',
                safe="It was not changed, and neither were the backups.",
                cause="Another program made a file with that name.",
                next_step="Move it elsewhere; m1tui then makes the catalogue again.",
            )
        )
    if version > VERSION:
        raise CatalogueError(
            Advice(
                code="catalogue-newer",
                happened=f'"{printable_path(path)}" is from a newer version: expected at most '
                f"{VERSION}, found {version}.",
                safe=f"It was not changed. {_SAFE}",
                cause="A newer m1tui also uses this data folder.",
                next_step=f"Use the newer m1tui. Or {_ANEW}",
            )
        )
    return bool(version == VERSION)


def _make(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables, in the place of older ones; another program may do the same just now."""
    with transaction(connection):
        if _is_current(connection, path):
            return
        connection.execute("DROP TABLE IF EXISTS names")
        connection.execute("DROP TABLE IF EXISTS dumps")
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Within, this program alone writes; all of it counts, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite rolls back by itself when the disk is full
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a CatalogueError for the catalogue at `path`."""
    try:
        yield
    except sqlite3.Error as error:
        raise _trouble(error, path) from error


def _trouble(error: sqlite3.Error, path: Path) -> CatalogueError:
    code = (getattr(error, "sqlite_errorcode", None) or _NO_CODE) & 0xFF
    anew = f"{_ANEW[0].upper()}{_ANEW[1:]}"
    elsewhere = "choose another folder with --data-dir, then try again."
    causes = {
        sqlite3.SQLITE_FULL: ("The disk is full.", f"Free some space or {elsewhere}"),
        sqlite3.SQLITE_IOERR: (
            "The disk is full or failing, or a limit on file sizes has been reached.",
            f"Free some space or {elsewhere}",
        ),
        sqlite3.SQLITE_READONLY: (
            "The folder or the file is read-only, or belongs to another user.",
            f"Allow writing there or {elsewhere}",
        ),
        sqlite3.SQLITE_CANTOPEN: (
            "The folder is read-only, or there is a folder where the file is needed.",
            f"Allow writing there or {elsewhere}",
        ),
        sqlite3.SQLITE_BUSY: (
            f"Another program has been writing to it for {_WAIT:g} seconds.",
            "Wait until it has finished, then try again.",
        ),
        sqlite3.SQLITE_CORRUPT: ("It is damaged.", anew),
        _NO_CODE: ("It is damaged.", anew),
        sqlite3.SQLITE_NOTADB: ("It is damaged, or another program made it.", anew),
    }
    cause, next_step = causes.get(code, ("", anew))
    # What stands in its place, but is no file, hinders writing just as well.
    is_place_right = path.is_file() or not os.path.lexists(path)
    return CatalogueError(
        Advice(
            code=_CODES.get(code, "catalogue-unusable"),
            happened=f'The catalogue "{printable_path(path)}" cannot be used: '
            f"{printable(str(error))}.",
            safe=_SAFE,
            cause=cause,
            next_step=next_step,
        ),
        read_only=code in _NOT_WRITABLE and is_place_right,
    )


def _not_writable() -> sqlite3.Error:
    """Return what SQLite would say as soon as it has to write."""
    error = sqlite3.OperationalError("attempt to write a readonly database")
    error.sqlite_errorcode = sqlite3.SQLITE_READONLY
    return error
