"""How the internal memory is shared out, from mode data."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.asking import NOTHING_WRITTEN, require_ready
from m1tui.engine.checks.registry import CheckContext, Verdict, check
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import ALLOCATE
from m1tui.sysex import Allocation


@check("allocation-100")
async def allocation_100(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if memory allocation is 100/100."""
    return await _allocation(instrument, Allocation.LARGE_PROGRAM)


@check("allocation-50")
async def allocation_50(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if memory allocation is 50/50."""
    return await _allocation(instrument, Allocation.LARGE_SEQUENCE)


async def _allocation(instrument: Instrument, wanted: Allocation) -> Verdict:
    mode_data = await require_ready(instrument)
    now, code = mode_data.allocation, f"{mode_data.allocation_code:02X}"
    found = f"{now.label}, {now.steps:,} steps" if now is not None else "an unknown allocation"
    expected = f"{wanted.label}, {wanted.steps:,} steps"
    evidence = f"mode data tells memory allocation {code}: {found}"
    if now is wanted:
        return Verdict(True, evidence, expected, found)
    lost = (
        "all songs and patterns that need more than 4,400 steps"
        if wanted is Allocation.LARGE_PROGRAM
        else "programs and combinations 50 to 99"
    )
    advice = Advice(
        happened=f"Memory allocation is another: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Page GLOBAL 6-4 changes it when G is pressed, not before.",
        next_step=f"Back up first, then press {ALLOCATE[wanted]} on the M1: that destroys {lost}.",
    )
    return Verdict(False, evidence, expected, found, advice)
