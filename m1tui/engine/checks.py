"""Questions to the instrument, each with a verdict and its evidence; a new one is one function.

A check is a coroutine that takes the instrument and a context and is registered under the name
that procedures use. It may raise Trouble: then the question could not be asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from m1tui.advice import Advice, Trouble
from m1tui.engine import checks_advice as say
from m1tui.engine.compare import compare
from m1tui.engine.diagnose import Diagnosis, diagnose
from m1tui.engine.hop import answers_outside_global
from m1tui.engine.instrument import Instrument
from m1tui.engine.probe import ProbeReport, Protection, probe
from m1tui.engine.progress import Meter, ProgressHandler
from m1tui.engine.reading import read_settled
from m1tui.engine.verify import read_to_compare
from m1tui.sysex import Bank, Contents, Part

READING = "Reading memory for the check"
AGAIN = "Reading it again, to compare"
PROTECTABLE = (Part.PROGRAMS, Part.COMBINATIONS, Part.SEQUENCE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a check."""

    passed: bool | None
    """None where the question could not be asked."""
    evidence: str
    """What the instrument said, in one line with numbers."""
    expected: str
    found: str
    advice: Advice | None = None
    """What to do, unless it passed."""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may need beside the instrument."""

    expected: Contents | None = None
    """What memory should hold, for memory-equals."""
    progress: ProgressHandler | None = None


Check = Callable[[Instrument, CheckContext], Awaitable[Verdict]]

_checks: dict[str, Check] = {}
CHECKS: Mapping[str, Check] = MappingProxyType(_checks)
"""All checks by the name that procedures use."""


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under `name`."""

    def register(function: Check) -> Check:
        _checks[name] = function
        return function

    return register


async def run_check(name: str, instrument: Instrument, context: CheckContext) -> Verdict:
    """Ask the check `name` (KeyError if there is none); never raises for what the wire does."""
    with instrument.operation():
        try:
            return await CHECKS[name](instrument, context)
        except Trouble as trouble:
            happened = trouble.advice.happened
            return Verdict(None, happened, "an answer", "none that can be used", trouble.advice)


@check("answers")
async def answers(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if an M1 answers anything."""
    diagnosis = await diagnose(instrument)
    expected = "an M1's identity or mode data"
    if not diagnosis.answers:
        return Verdict(False, diagnosis.summary, expected, diagnosis.summary, diagnosis.advice)
    return Verdict(True, _who(diagnosis), expected, _who(diagnosis))


def _who(diagnosis: Diagnosis) -> str:
    channel = f"channel {diagnosis.channel + 1}" if diagnosis.channel is not None else "no channel"
    if diagnosis.identity is None:
        return f"mode data on {channel}, no identity"
    return f"{diagnosis.identity.model} on {channel}, ROM {diagnosis.identity.rom}"


@check("exclusive-enabled")
async def exclusive_enabled(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if exclusive messages are answered outside GLOBAL's DATA DUMP page, too."""
    diagnosis = await diagnose(instrument)
    expected = "mode data in any mode"
    if diagnosis.mode_data is None:
        passed = False if diagnosis.answers else None
        return Verdict(passed, diagnosis.summary, expected, diagnosis.summary, diagnosis.advice)
    if diagnosis.exclusive is None and not await answers_outside_global(instrument):
        advice = say.answered_in_data_dump_page()
        found = "answered in GLOBAL mode, silent outside it"
        return Verdict(False, f"Exclusive disabled: {found}", expected, found, advice)
    where = f"mode data answered on channel {instrument.channel + 1}"
    return Verdict(True, where, expected, where)


@check("memory-initialised")
async def memory_initialised(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if all programs are alike and called "Init Prog", as after a loss of memory."""
    await _require_ready(instrument)
    memory = await _read(instrument, context, Part.PROGRAMS)
    programs = memory.programs or ()
    kinds = len({program.normal() for program in programs})
    found = (
        f'{len(programs)} programs, {kinds} different, the first is "{programs[0].name.strip()}"'
    )
    expected = 'all programs alike and named "Init Prog"'
    if memory.is_initialised:
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
    await _require_ready(instrument)
    memory = await _read(instrument, context, Part.ALL)
    report = ProbeReport()
    await probe(instrument, memory, PROTECTABLE, report)
    evidence = "; ".join(report.evidence)
    expected = f"programs, combinations and sequence {wanted.value}"
    found = ", ".join(f"{part.value} {result.value}" for part, result in report.found.items())
    if Part.SEQUENCE in report.wrote:
        await _sequence_is_as_it_was(instrument, context, memory)
    results = set(report.found.values())
    if results == {wanted}:
        return Verdict(True, evidence, expected, found)
    others = results - {wanted, Protection.NOT_ASKED}
    if not others:
        return Verdict(None, evidence, expected, found, say.not_asked(evidence))
    free = wanted is Protection.FREE
    advice = say.still_protected(found) if free else say.still_unprotected(found)
    return Verdict(False, evidence, expected, found, advice)


async def _sequence_is_as_it_was(
    instrument: Instrument, context: CheckContext, memory: Contents
) -> None:
    """See that the songs that were written back are those that were there; raises Trouble."""
    before = memory.only(Part.SEQUENCE)
    after = await _read(instrument, context, Part.SEQUENCE, before)
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
    await _require_ready(instrument)
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


async def _require_ready(instrument: Instrument) -> None:
    diagnosis = await diagnose(instrument)
    if not diagnosis.ready:
        raise Trouble(diagnosis.advice)


async def _read(
    instrument: Instrument, context: CheckContext, part: Part, before: Contents | None = None
) -> Contents:
    """Read `part`: once if it is initialised or just as it was last known, else until two agree."""
    last = before or instrument.memory

    def known(contents: Contents) -> bool:
        if contents.is_initialised:
            return True
        if last is None or not contents.parts <= last.parts:
            return False
        return compare(contents, last).identical

    meter = Meter(context.progress, instrument.link.bytes_per_second)
    reading = await read_settled(
        instrument, part, Bank.INTERNAL, meter=meter, phases=(READING, AGAIN), known=known
    )
    return reading.contents
