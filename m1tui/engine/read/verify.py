"""Reads an instrument and compares it with a file; writes nothing."""

from __future__ import annotations

from m1tui.advice import Advice, Trouble
from m1tui.engine.compare import Comparison, compare
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.engine.read.reading import nobody_answered, read_settled
from m1tui.engine.restore.judge import (
    Verification,
    judge_reading,
    no_such_slot,
    nothing_to_compare,
    unread,
)
from m1tui.engine.restore.planning import extent
from m1tui.errors import TwoInstruments
from m1tui.sysex import Bank, Contents
from m1tui.sysex.slots import NO_SLOTS, Slots

_NOTHING_WRITTEN = "Nothing was written; the instrument is as it was."


async def verify(
    instrument: Instrument,
    contents: Contents,
    *,
    bank: Bank = Bank.INTERNAL,
    slots: Slots = NO_SLOTS,
    progress: ProgressHandler | None = None,
) -> Verification:
    """Compare what `bank` holds with `contents`, as far as `contents` goes, and with `slots`.

    One reading that equals is enough; a difference counts only when two readings agree. The
    outcome is UNKNOWN where no M1 answers or memory cannot be read, and REFUSED where two
    instruments answer. Never raises for what the wire does.
    """
    if not contents.parts | slots.parts:
        return nothing_to_compare(contents)
    meter = Meter(progress, instrument.link.bytes_per_second)
    with instrument.operation():
        try:
            diagnosis = await diagnose(instrument)
            if not diagnosis.ready:
                silent = not diagnosis.crowded
                return unread(diagnosis.advice, silent=silent, crowded=diagnosis.crowded)
            found = await read_to_compare(instrument, contents, bank, meter, slots)
            await instrument.hear_out()
        except Trouble as trouble:
            crowded = isinstance(trouble, TwoInstruments)
            return unread(trouble.advice, silent=nobody_answered(trouble), crowded=crowded)
    if not slots.fit(found):
        return no_such_slot(slots)
    wanted = as_wanted(contents, slots, found)
    outcome, comparison = judge_reading(wanted.comparable(bank), found.comparable(bank))
    described = ", ".join((*contents.describe(), *slots.describe()))
    return Verification(outcome, comparison, _advice(described, comparison), found)


async def read_to_compare(
    instrument: Instrument,
    contents: Contents,
    bank: Bank,
    meter: Meter,
    slots: Slots = NO_SLOTS,
) -> Contents:
    """Read what `contents` covers, once if it is equal; raises ReadError and LinkLost."""
    reading = await read_settled(
        instrument,
        (extent(contents.parts | slots.parts),),
        bank,
        meter=meter,
        phases=(Phase.READING.of(bank), Phase.READING_DIFFERENCE),
        known=lambda found: (
            slots.fit(found)
            and compare(
                as_wanted(contents, slots, found).comparable(bank), found.comparable(bank)
            ).equal
        ),
    )
    return reading.contents


def as_wanted(contents: Contents, slots: Slots, found: Contents) -> Contents:
    """Return what a memory that contains `found` would contain if it were as the file says."""
    if not slots.parts or contents.allocation not in (None, found.allocation):
        return contents
    if not slots.fit(found):
        return slots.contents()
    return slots.into(found).merged(contents)


def _advice(holds: str, comparison: Comparison) -> Advice:
    if comparison.equal:
        harmless = len(comparison.cosmetic)
        but = f"; {harmless} differ harmlessly" if harmless else ""
        return Advice(
            "memory-equal",
            f"The M1's memory matches the file: {holds}{but}.",
            _NOTHING_WRITTEN,
        )
    wrong = len(comparison.different)
    count = "1 object differs" if wrong == 1 else f"{wrong} objects differ"
    first = comparison.different[0]
    return Advice(
        code="memory-differs",
        happened=f"The M1's memory does not match the file ({holds}): {count}: "
        f"{comparison.summary()}. First: {first.text}: {first.first}.",
        safe=_NOTHING_WRITTEN,
        next_step="Restore the file if you want it in the M1, or back the M1 up to keep what is "
        "in it.",
    )
