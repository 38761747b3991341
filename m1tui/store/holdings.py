"""What a dump file holds, cut into memories, and the hashes by which two are told to be equal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from m1tui.store.names import Name, as_text
from m1tui.sysex import AllocationError, BankDump, Contents, DumpFile, Part


@dataclass(frozen=True, slots=True)
class Holding:
    """One memory, or a part of one, and the messages that carry it."""

    contents: Contents
    messages: bytes
    """One or more dumps, F0 to F7 each."""
    bank: str
    """ "internal" or "card"."""

    @property
    def kind(self) -> str:
        """Return the part's word, or the parts' words joined by "+"."""
        return "all" if self.contents.is_complete else "+".join(_words(self.contents))

    @property
    def label(self) -> str:
        """Return the kind as a file's name tells it: "all data", "programs"."""
        return Part.ALL.label if self.contents.is_complete else " ".join(_words(self.contents))


def holdings(file: DumpFile) -> tuple[Holding, ...]:
    """Return the memories in a file, in order.

    Dumps of different parts that follow each other belong together; one whose part, bank or
    allocation does not fit begins another memory.
    """
    found: list[Holding] = []
    for one in file.banks:
        if not isinstance(one.message, BankDump):
            continue
        new = Holding(one.message.contents, one.raw, one.message.bank.name.lower())
        joined = _joined(found[-1], new) if found else None
        if joined is None:
            found.append(new)
        else:
            found[-1] = joined
    return tuple(found)


def _joined(first: Holding, second: Holding) -> Holding | None:
    if first.bank != second.bank or first.contents.parts & second.contents.parts:
        return None
    try:
        contents = first.contents.merged(second.contents)
    except AllocationError:
        return None
    return Holding(contents, first.messages + second.messages, first.bank)


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
