"""The memory inside and on the card, and the rules by which dumps and writes reach it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from m1tui.manners import AS_ASSUMED, CARD_NUMBERS, NAME_PADDING, UNUSED_BITS
from m1tui.sysex import (
    Bank,
    BankDump,
    Combination,
    Contents,
    GlobalData,
    Part,
    Program,
    StatusCode,
)
from m1tui.virtual.card import Card
from m1tui.virtual.memory import Memory
from m1tui.virtual.settings import Settings

_PROTECTED_PARTS = {
    Part.PROGRAMS: "program",
    Part.COMBINATIONS: "combination",
    Part.SEQUENCE: "sequence",
}
"""Parts that have a memory protect; Global has none."""


T = TypeVar("T")
R = TypeVar("R", Program, Combination, GlobalData)
_NAME = 10
"""Bytes of a program's and a combination's name, with which its record begins."""


def _with_item(items: tuple[T, ...], number: int, item: T) -> tuple[T, ...]:
    return (*items[:number], item, *items[number + 1 :])


class Banks:
    """Internal memory, data card and the protects over both."""

    def __init__(self, memory: Memory, settings: Settings, card: Card | None) -> None:
        self.memory = memory
        self.settings = settings
        self.card = card
        self.manners = AS_ASSUMED
        """How it behaves where no source, or only one, says how an M1 does."""
        self.photographed: frozenset[str] = frozenset()
        """Pages whose display was photographed, by mode and page."""
        self.wordings: dict[str, str] = {}
        """The first line of displays as it was read off a real one, by mode and page."""

    @property
    def card_translates(self) -> bool:
        """Whether combinations that go onto a card then play the card's programs."""
        return self.manners[CARD_NUMBERS] == "translated"

    @card_translates.setter
    def card_translates(self, translates: bool) -> None:
        chosen = "translated" if translates else CARD_NUMBERS.default
        self.manners = self.manners.with_(CARD_NUMBERS, chosen)

    def as_kept(self, record: R) -> R:
        """Return a record as the M1 keeps it that was sent it: padding and unused bits."""
        raw = record.raw
        if self.manners[UNUSED_BITS] == "cleared":
            raw = bytes(byte & bits for byte, bits in zip(raw, record.significant, strict=True))
        if self.manners[NAME_PADDING] == "spaces" and not isinstance(record, GlobalData):
            raw = raw[:_NAME].replace(b"\0", b" ") + raw[_NAME:]
        return record if raw == record.raw else type(record)(raw)

    def contents_as_kept(self, contents: Contents) -> Contents:
        """Return parts as the M1 keeps them that was sent them."""
        return contents.replace(
            programs=contents.programs and tuple(map(self.as_kept, contents.programs)),
            combinations=contents.combinations and tuple(map(self.as_kept, contents.combinations)),
            global_=contents.global_ and self.as_kept(contents.global_),
        )

    def contents(self, bank: Bank) -> Contents:
        """Return what a bank holds; nothing without a card."""
        if bank is Bank.INTERNAL:
            return self.memory.contents
        return self.card.contents if self.card else Contents()

    def protected(self, part: Part, bank: Bank) -> bool:
        """Tell whether a memory protect forbids writing a part; ALL if any of the three is on.

        No protect covers Global. That all data is refused as a whole by any one is assumed.
        """
        names = _PROTECTED_PARTS.values() if part is Part.ALL else (_PROTECTED_PARTS.get(part),)
        side = bank.name.lower()
        return any(name and getattr(self.settings, f"protect_{name}_{side}") for name in names)

    def dump(self, part: Part, bank: Bank) -> BankDump | None:
        """Return the dump of a part of a bank, None where the bank has no such part."""
        held = self.contents(bank)
        there = held.is_complete if part is Part.ALL else part in held.parts
        return BankDump.of(held, part, bank, self.settings.channel) if there else None

    def load(self, dump: BankDump) -> StatusCode:
        """Write a received dump into memory, whole or not at all.

        24 when a protect is on, the card is absent or cannot be written, or allocation or size
        do not fit what the bank has.
        """
        if self.protected(dump.part, dump.bank) or not self.fits(dump):
            return StatusCode.LOAD_ERROR
        self.take_dump(dump)
        return StatusCode.LOAD_COMPLETED

    def take_dump(self, dump: BankDump) -> None:
        """Write a received dump that fits into memory."""
        self.write(dump.bank, self.contents_as_kept(dump.contents))

    def fits(self, dump: BankDump) -> bool:
        """Tell whether a dump fits what its bank has; memory protects come on top."""
        if not self.writable(dump.bank):
            return False
        held = self.contents(dump.bank)
        sequence = dump.contents.sequence
        return (
            dump.contents.parts <= held.parts
            and dump.allocation in (None, held.allocation)
            and (sequence is None or sequence.step_count <= self.capacity(dump.bank))
        )

    def capacity(self, bank: Bank) -> int:
        """Return how many sequencer steps a bank has room for."""
        if bank is Bank.INTERNAL:
            return self.memory.allocation.steps
        return self.card.format.steps if self.card and self.card.format else 0

    def store(self, record: Program | Combination, bank: Bank, number: int) -> StatusCode:
        """Write an edit buffer into a slot: 21, or 22 when it may not or cannot be written."""
        held = self.contents(bank)
        part = Part.PROGRAMS if isinstance(record, Program) else Part.COMBINATIONS
        count = len((held.programs if part is Part.PROGRAMS else held.combinations) or ())
        if self.protected(part, bank) or not self.writable(bank) or not 0 <= number < count:
            return StatusCode.WRITE_ERROR
        if isinstance(record, Program):
            programs = _with_item(held.programs or (), number, record)
            self.write(bank, Contents(programs=programs))
        else:
            if bank is Bank.CARD and self.card_translates:
                record = record.playing_from(card=True)
            combinations = _with_item(held.combinations or (), number, record)
            self.put(bank, Contents(combinations=combinations))
        return StatusCode.WRITE_COMPLETED

    def writable(self, bank: Bank) -> bool:
        """Tell whether a bank lets itself be written; memory protects come on top."""
        return bank is Bank.INTERNAL or (self.card is not None and self.card.writable)

    def write(self, bank: Bank, contents: Contents) -> None:
        """Put parts that fit into a bank, whatever the protects say."""
        if bank is Bank.CARD and self.card_translates:
            contents = contents.playing_from(card=True)
        self.put(bank, contents)

    def put(self, bank: Bank, contents: Contents) -> None:
        """Put parts that fit into a bank as they are."""
        if bank is Bank.INTERNAL:
            self.memory = self.memory.loaded(contents)
        else:
            assert self.card is not None, "a card is there, or nothing could be written"
            self.card = self.card.loaded(contents)

    def change_global(self, global_data: GlobalData) -> None:
        """Put other global data in the place of the old."""
        self.memory = replace(self.memory, global_data=global_data)
