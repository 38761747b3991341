"""Whether a dump that came from the panel is what the M1 gives when it is asked."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.asking import NOTHING_WRITTEN, require_ready
from m1tui.engine.checks.registry import CheckContext, Verdict, check
from m1tui.engine.compare import Comparison, compare
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter
from m1tui.engine.verify import read_to_compare
from m1tui.sysex import Bank


@check("dump-equals-request")
async def dump_equals_request(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if memory, as it is asked for, equals the newest dump of this run."""
    came = context.newest_backup
    if came is None or not came.parts:
        advice = _no_dump()
        return Verdict(None, advice.happened, "a dump from the panel", "none", advice)
    await require_ready(instrument)
    meter = Meter(context.progress, instrument.link.bytes_per_second)
    asked = await read_to_compare(instrument, came, Bank.INTERNAL, meter)
    comparison = compare(came, asked)
    holds = ", ".join(came.describe())
    if comparison.equal:
        return Verdict(True, f"asked for and equal: {holds}", holds, holds)
    found = f"{len(comparison.different)} different: {comparison.summary()}"
    return Verdict(False, found, holds, found, _differs(comparison))


def _no_dump() -> Advice:
    return Advice(
        happened="There is nothing to compare with: expected a dump that came from the panel, "
        "found none.",
        safe=NOTHING_WRITTEN,
        next_step="Go back and send a dump from the panel first.",
    )


def _differs(comparison: Comparison) -> Advice:
    first = comparison.different[0]
    return Advice(
        happened="The dump from the panel is not what the M1 answers: found differences in "
        f"{comparison.summary()}. First: {first.text}: {first.first}.",
        safe=f"The dump is kept. {NOTHING_WRITTEN}",
        cause="Somebody edited in between, or the cable changes bytes.",
        next_step="Send the dump from the panel again; then try another cable or interface.",
    )
