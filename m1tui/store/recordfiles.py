"""The files of the service log: their names, and reading and writing the records in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from m1tui.advice import Advice
from m1tui.errors import StoreError
from m1tui.files import RECORD, FileTrouble, Unfit, read_bounded, without_mark
from m1tui.store.records import Record
from m1tui.store.trouble import printable_path

R = TypeVar("R", bound=Record)

ID = re.compile(r"[a-z0-9]+(-{1,2}[a-z0-9]+)*")
_NUMBERED = re.compile(r" \((\d+)\)\Z")
_LONGEST_ID = 60


class _Versioned(msgspec.Struct):
    version: int


def slug(text: str) -> str:
    """Return `text` as an id: small letters and digits, joined by hyphens.

    The number of a file whose name was taken stands behind two, so no two journals share an id.
    """
    numbered = _NUMBERED.search(text)
    number = f"--{numbered[1]}" if numbered else ""
    words = re.findall(r"[a-z0-9]+", _NUMBERED.sub("", text).lower())
    return ("-".join(words)[:_LONGEST_ID].strip("-") or "m1") + number


def checked(name: str, what: str) -> str:
    """Return an id that can be a file's name. Raises StoreError for anything else."""
    if not ID.fullmatch(name):
        raise unknown(what, name)
    return name


def unknown(what: str, wanted: str) -> StoreError:
    """Return the error that there is nothing of that id."""
    return StoreError(
        Advice(
            code="not-in-log",
            happened=f'The log has no {what} "{printable_path(Path(wanted))}".',
            safe="Nothing was changed.",
            next_step="See what it has: m1tui log list",
        )
    )


def over(visit: str) -> StoreError:
    """Return the error that a visit is over, so nothing more is done in it."""
    return StoreError(
        Advice(
            code="visit-over",
            happened=f'The visit "{visit}" is over.',
            safe="Nothing was changed.",
            next_step="Begin another visit: m1tui log begin ID. "
            f"Ended by mistake? m1tui log reopen {printable_path(Path(visit))}",
        )
    )


def not_ended(visit: str, *, automatic: bool) -> StoreError:
    """Return the error that a visit has no end to take back."""
    state = "is one that nobody began: it ends with its day" if automatic else "goes on already"
    return StoreError(
        Advice(
            code="visit-not-ended",
            happened=f'The visit "{visit}" {state}.',
            safe="Nothing was changed.",
            next_step="Begin another visit: m1tui log begin ID"
            if automatic
            else f"Work on it: m1tui log bench {visit}",
        )
    )


def encoded(record: Record) -> bytes:
    """Return a record as its file holds it."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def read_record(path: Path, kind: type[R], what: str, wanted: str) -> R:
    """Return the record in a file. Raises StoreError when there is none, or none of ours."""
    try:
        data = without_mark(read_bounded(path, RECORD))
    except FileTrouble as trouble:
        if trouble.why is Unfit.MISSING:
            raise unknown(what, wanted) from None
        raise StoreError(trouble.advice) from trouble
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version <= kind.NEWEST:
            return kind.decoded(data, version)
        problem = f"expected version {kind.NEWEST} at most, found {version}"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = str(error)
    raise StoreError(
        Advice(
            code="record-unreadable",
            happened=f'"{printable_path(path)}" cannot be read: {problem}.',
            safe="It was left as it is, and nothing else was changed.",
            cause="A newer m1tui wrote it, or it was changed by hand.",
            next_step="Use the newer m1tui, or mend the file; moved elsewhere, it is left out.",
        )
    )
