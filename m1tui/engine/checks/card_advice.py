"""What a check of the data card that does not pass tells a person."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.asking import NOTHING_WRITTEN
from m1tui.engine.compare import Comparison
from m1tui.engine.keys import FORMAT_CARD


def no_card(found: str) -> Advice:
    """Return the advice for an empty slot."""
    return Advice(
        happened=f"No card is in: expected a card in the data card slot, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The card is not pushed in all the way, or lies in the rear slot, which is for "
        "PCM cards.",
        next_step="Push the card into the top slot until it clicks, then check again.",
    )


def not_told(found: str) -> Advice:
    """Return the advice for a card whose switch mode data does not tell."""
    return Advice(
        happened="Whether the card may be written could not be asked: expected a RAM card with a "
        f"format, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The M1 tells the write-protect switch of a formatted card alone.",
        next_step="Look at the card's write-protect switch yourself; for a format it must be OFF.",
    )


def write_protected() -> Advice:
    """Return the advice for a card whose switch is ON."""
    return Advice(
        happened="The card is write protected: expected its switch OFF, found it ON.",
        safe=NOTHING_WRITTEN,
        next_step="Slide the card's write-protect switch to OFF, then check again.",
    )


def not_protected(found: str) -> Advice:
    """Return the advice for a card that should be protected and is not."""
    return Advice(
        happened=f"The card is not write protected: expected its switch ON, found {found}.",
        safe=NOTHING_WRITTEN,
        next_step="Slide the card's write-protect switch to ON, then check again.",
    )


def rom_card() -> Advice:
    """Return the advice for a card that can never be written."""
    return Advice(
        happened="The card cannot be written: expected a RAM card, found a ROM card.",
        safe=NOTHING_WRITTEN,
        next_step="Put a RAM card (MCR-02, MCR-03 or MCR-04) into the top slot.",
    )


def other_format(found: str) -> Advice:
    """Return the advice for a card that is not formatted 100PROG/100COMBI."""
    return Advice(
        happened=f"The card has not the format 100PROG/100COMBI: found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The second G executes a format; a card without a cell forgets its format, too.",
        next_step=f"Back the card up, then press {FORMAT_CARD} + DOWN G G: that erases the card.",
    )


def no_backup() -> Advice:
    """Return the advice for a comparison with a backup that was not made."""
    return Advice(
        happened="There is nothing to compare the card with: expected a backup of it made in this "
        "run, found none.",
        safe=NOTHING_WRITTEN,
        next_step="Go back and back the card up first.",
    )


def card_lost(found: str) -> Advice:
    """Return the advice for a card that was backed up and cannot be read any more."""
    return Advice(
        happened=f"The card cannot be read: expected a card with a format, found {found}.",
        safe="The backup of the card is kept.",
        cause="The card lost its data: it was out of the slot, or the M1 off, while its cell was "
        "out. Or it is not pushed in all the way.",
        next_step="Push the card in and check again; if it stays so, format it and restore its "
        "backup.",
    )


def card_changed(comparison: Comparison) -> Advice:
    """Return the advice for a card that is not what its backup holds."""
    first = comparison.different[0]
    return Advice(
        happened="The card differs: expected its backup, found differences in "
        f"{comparison.summary()}. First: {first.text}: {first.first}.",
        safe="The backup of the card is kept; nothing was written.",
        cause="The card was without power for a moment, or is another card.",
        next_step="Check that it is the same card; if it is, restore the backup to it.",
    )


def no_sounds(found: str) -> Advice:
    """Return the advice for a card without programs."""
    return Advice(
        happened="Card and memory could not be compared: expected a card with programs, "
        f"combinations and global data, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="A card of the sequencer's format holds songs alone; one without a format, nothing.",
        next_step="Put in a card formatted with programs, then check again.",
    )


def not_copied(comparison: Comparison, copy: str, source: str) -> Advice:
    """Return the advice for two memories that should be equal and are not."""
    first = comparison.different[0]
    return Advice(
        happened=f"Both were read and differ: expected {copy} equal to {source}, found "
        f"differences in {comparison.summary()}. First: {first.text}: {first.first}.",
        safe=NOTHING_WRITTEN,
        cause="The second G was not pressed, only songs were chosen (the UP end of the page), or a "
        "memory protect or the card's switch is on.",
        next_step="Look at the protects in GLOBAL 6 and at the card's switch, then press the keys "
        "again.",
    )


def allocation_changed() -> Advice:
    """Return the advice for a memory that is rearranged while it is read."""
    return Advice(
        happened="The memory allocation changed while memory was read: expected one, found two.",
        safe=NOTHING_WRITTEN,
        cause="Somebody uses the panel.",
        next_step="Take the hands off the panel, then check again.",
    )
