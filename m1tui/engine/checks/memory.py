"""Whether memory is initialised, protected, or equal to what it should hold."""

from __future__ import annotations

from m1tui.advice import Trouble
from m1tui.engine.checks import memory_advice as say
from m1tui.engine.checks.asking import read_internal, require_ready
from m1tui.engine.checks.registry import CheckContext, Verdict, check
from m1tui.engine.compare import compare
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter
from m1tui.engine.restore.history import Protection
from m1tui.engine.restore.probe import ProbeReport, probe, probe_in_place
from m1tui.engine.verify import read_to_compare
from m1tui.sysex import Bank, Contents, Part
from m1tui.sysex.program import INIT_NAME

PROTECTABLE = (Part.PROGRAMS, Part.COMBINATIONS, Part.SEQUENCE)


@check("memory-initialised")
async def memory_initialised(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if all programs are alike and called "Init Prog", as after a loss of memory."""
    await require_ready(instrument)
    memory = await read_internal(instrument, context, Part.PROGRAMS)
    programs = memory.programs or ()
    kinds = len({program.normal() for program in programs})
    alike = "all alike" if kinds == 1 else f"of {kinds} kinds"
    found = f'{len(programs)} programs, {alike}, the first is "{programs[0].name.strip()}"'
    expected = 'all programs alike and named "Init Prog"'
    if kinds == 1 and programs[0].name.rstrip() == INIT_NAME:
        return Verdict(True, found, expected, found)
    return Verdict(False, found, expected, found, say.not_initialised(found))


@check("memory-unprotected")
async def memory_unprotected(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if programs, combinations and sequence all take what is written back."""
    return await _protection(instrument, context, Protection.FREE)


@check("memory-protected")
async def memory_protected(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if programs, combinations and sequence all refuse what is written back."""
    return await _protection(instrument, context, Protection.PROTECTED)


async def _protection(instrument: Instrument, context: CheckContext, wanted: Protection) -> Verdict:
    """Ask what is quickest to ask first, and go on only while it is as `wanted`."""
    await require_ready(instrument)
    report = ProbeReport()
    await probe_in_place(instrument, PROTECTABLE, report)
    for part in PROTECTABLE:
        if {wanted, *report.found.values()} == {wanted} and part not in report.found:
            await _probe_as_read(instrument, context, part, report)
    evidence = "; ".join(report.evidence)
    expected = f"programs, combinations and sequence {wanted.value}"
    found = ", ".join(f"{part.value} {result.value}" for part, result in report.found.items())
    results = set(report.found.values())
    if results == {wanted}:
        return Verdict(True, evidence, expected, found)
    others = results - {wanted, Protection.NOT_ASKED}
    if not others:
        return Verdict(None, evidence, expected, found, say.not_asked(evidence))
    free = wanted is Protection.FREE
    advice = say.still_protected(found) if free else say.still_unprotected(found)
    return Verdict(False, evidence, expected, found, advice)


async def _probe_as_read(
    instrument: Instrument, context: CheckContext, part: Part, report: ProbeReport
) -> None:
    """Read a part, and write back what was read; raises Trouble."""
    memory = await read_internal(instrument, context, part)
    await probe(instrument, memory, (part,), report)
    if part is Part.SEQUENCE and part in report.wrote:
        await _sequence_is_as_it_was(instrument, context, memory)


async def _sequence_is_as_it_was(
    instrument: Instrument, context: CheckContext, memory: Contents
) -> None:
    """See that the songs that were written back are those that were there; raises Trouble."""
    before = memory.only(Part.SEQUENCE)
    after = await read_internal(instrument, context, Part.SEQUENCE, before)
    comparison = compare(before, after)
    if not comparison.equal:
        raise Trouble(say.sequence_changed(comparison))


@check("memory-equals")
async def memory_equals(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if memory reads back equal to what is expected."""
    expected = context.expected
    if expected is None or not expected.parts:
        advice = say.nothing_to_compare()
        return Verdict(None, advice.happened, "a file to compare with", "none", advice)
    await require_ready(instrument)
    meter = Meter(context.progress, instrument.link.bytes_per_second)
    memory = await read_to_compare(instrument, expected, Bank.INTERNAL, meter)
    comparison = compare(expected, memory)
    holds = ", ".join(expected.describe())
    harmless = len(comparison.cosmetic)
    if comparison.equal:
        evidence = f"read back and equal: {holds}; {harmless} cosmetic differences"
        return Verdict(True, evidence, holds, holds)
    wrong = len(comparison.different)
    found = f"{wrong} different: {comparison.summary()}"
    return Verdict(False, found, holds, found, say.not_equal(comparison))
