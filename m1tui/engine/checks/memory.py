"""Whether memory is initialised, protected, or equal to what it should hold."""

from __future__ import annotations

from collections.abc import Callable

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks.listening import counted
from m1tui.engine.checks.registry import (
    NOTHING_WRITTEN,
    UNPROTECTED,
    Against,
    CheckContext,
    Writes,
    check,
    read_internal,
    require_ready,
)
from m1tui.engine.compare import NO_DIFFERENCE, Comparison, compare
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import PROTECT_OFF, PROTECT_ON, protect_pages
from m1tui.engine.progress import Meter
from m1tui.engine.read.verify import as_wanted, read_to_compare
from m1tui.engine.restore.history import Protection
from m1tui.engine.restore.probe import SELECTED_NOW, ProbeReport, probe, probe_in_place
from m1tui.facts import Verdict
from m1tui.link.base import JACK_LOSES, JACK_NEXT
from m1tui.sysex import Bank, Contents, Part
from m1tui.sysex.program import INIT_NAME

PROTECTABLE = (Part.PROGRAMS, Part.COMBINATIONS, Part.SEQUENCE)


@check("memory-initialised", proves=("memory = initialised",), either=True)
async def memory_initialised(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if all programs are alike and called "Init Prog", as after a loss of memory."""
    await require_ready(instrument)
    memory = await read_internal(instrument, context, Part.PROGRAMS)
    programs = memory.programs or ()
    kinds = len({program.normal() for program in programs})
    alike = "all the same" if kinds == 1 else "not all the same"
    found = f'{len(programs)} programs, {alike}, the first named "{programs[0].name.strip()}"'
    expected = 'all programs the same and named "Init Prog"'
    # A card may be in the slot, too.
    evidence = f"in the M1's memory: {found}"
    if _all_init_programs(memory):
        return Verdict(True, evidence, expected, found)
    return Verdict(False, evidence, expected, found, not_initialised(found))


@check("memory-unprotected", proves=(UNPROTECTED,), writes=Writes.WHAT_IT_READ)
async def memory_unprotected(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if programs, combinations and sequence all take what is written back."""
    return await _protection(instrument, context, Protection.FREE)


@check("memory-protected", proves=("protects = ON",), writes=Writes.WHAT_IT_READ)
async def memory_protected(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if programs, combinations and sequence all refuse what is written back."""
    return await _protection(instrument, context, Protection.PROTECTED)


async def _protection(instrument: Instrument, context: CheckContext, wanted: Protection) -> Verdict:
    """Ask what is quickest to ask first, and go on only while it is as `wanted`."""
    await require_ready(instrument)
    report = ProbeReport()
    context.begins()
    await probe_in_place(instrument, PROTECTABLE, report)
    for part in PROTECTABLE:
        if {wanted, *report.found.values()} == {wanted} and part not in report.found:
            await _probe_as_read(instrument, context, part, report)
    # Which sound is selected after it is no part of the answer, and stands behind it.
    evidence = "; ".join(sorted(report.evidence, key=lambda one: one.endswith(SELECTED_NOW)))
    expected = f"programs, combinations and sequence {wanted.value}"
    found = ", ".join(f"{part.value} {result.value}" for part, result in report.found.items())
    results = set(report.found.values())
    if results == {wanted}:
        return Verdict(True, evidence, expected, found)
    others = results - {wanted, Protection.NOT_ASKED}
    if not others:
        return Verdict(None, evidence, expected, found, not_asked(evidence))
    pages = protect_pages([part for part, result in report.found.items() if result in others])
    say = still_protected if wanted is Protection.FREE else still_unprotected
    advice = say(found, pages)
    if unchecked := _unchecked(report):
        advice = advice._replace(cause=f"{advice.cause} {unchecked}")
    return Verdict(False, evidence, expected, found, advice)


def _unchecked(report: ProbeReport) -> str:
    """Return which pages of the protects were not checked, in a sentence; "" for none."""
    left = [
        part
        for part in PROTECTABLE
        if report.found.get(part, Protection.NOT_ASKED) is Protection.NOT_ASKED
    ]
    verb = "were" if left[1:] else "was"
    return f"GLOBAL {protect_pages(left)} {verb} not checked." if left else ""


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
        raise Trouble(sequence_changed(comparison, over_jack=instrument.link.over_jack))


@check("memory-equals", proves=("memory = as sent",), against=Against.SOUNDS)
async def memory_equals(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if memory reads back equal to what is expected."""
    expected = context.expected
    if expected is None or not expected.parts | context.slots.parts:
        advice = nothing_to_compare()
        return Verdict(None, advice.happened, "a file to compare with", "none", advice)
    return await _equals(instrument, context, expected, not_equal, memory_lost)


async def _equals(
    instrument: Instrument,
    context: CheckContext,
    expected: Contents,
    differs: Callable[[Comparison], Advice],
    lost: Callable[[], Advice],
) -> Verdict:
    """Compare memory with what is expected, with the advice for memory that differs or is lost."""
    slots = context.slots
    await require_ready(instrument)
    meter = Meter(context.progress, instrument.link.bytes_per_second)
    memory = await read_to_compare(instrument, expected, Bank.INTERNAL, meter, slots)
    comparison = compare(as_wanted(expected, slots, memory), memory)
    holds = ", ".join((*expected.describe(), *slots.describe()))
    if comparison.equal:
        harmless = len(comparison.cosmetic)
        beside = f"; {counted(harmless, 'cosmetic difference')}" if harmless else ""
        evidence = f"read back and found to match: {holds}{beside}"
        return Verdict(True, evidence, holds, holds)
    is_lost = _all_init_programs(memory) and not _all_init_programs(expected)
    advice = lost() if is_lost else differs(comparison)
    return Verdict(False, comparison.detailed, NO_DIFFERENCE, comparison.counted, advice)


def _all_init_programs(memory: Contents) -> bool:
    """Return whether all programs are alike and called as after a loss of memory.

    Less than `Contents.is_initialised`, by which nothing is worth keeping.
    """
    programs = memory.programs or ()
    return len({one.normal() for one in programs}) == 1 and programs[0].name.rstrip() == INIT_NAME


@check("memory-as-backup", proves=("memory = its backup",), against=Against.INTERNAL_BACKUPS)
async def memory_as_backup(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if memory reads back equal to the backup that this run has kept of it last."""
    saved = context.newest_backup
    if saved is None or not saved.parts:
        advice = no_internal_backup()
        return Verdict(None, advice.happened, "a backup of the memory", "none", advice)
    return await _equals(instrument, context, saved, not_as_saved, saved_memory_lost)


_AS_IT_WAS = "The program changed nothing: it only wrote back what was there."
_ANOTHER_SETTING = (
    "If a wrong key may have changed another setting, such as the master tune, set that back first."
)


def not_initialised(found: str) -> Advice:
    """Return the advice for a memory that holds sounds."""
    return Advice(
        code="memory-not-initialised",
        happened='Memory is not initialised: expected all programs the same and named "Init Prog", '
        f"found {found}.",
        safe="The program wrote nothing. The memory's contents can be backed up.",
        cause="The memory survived: the cell was not empty, or the power stayed on.",
        next_step="Back it up before anything is written.",
    )


def not_asked(evidence: str) -> Advice:
    """Return the advice for protects that could not be probed."""
    return Advice(
        code="protect-not-told",
        happened="The program could not find out whether memory is protected: expected a status "
        f"message after its contents were written back, found {evidence}.",
        safe=_AS_IT_WAS,
        cause="The M1 did not change its mode, or somebody is using its panel.",
        next_step="Press PROG on the M1, take your hands off the panel, then check again. If that "
        "does not help, read GLOBAL 6-1 to 6-3 on the display, and mark the step as done by hand.",
    )


def still_protected(found: str, pages: str) -> Advice:
    """Return the advice for memory that should be unprotected, and refused writes of `pages`."""
    return Advice(
        code="memory-protected",
        happened=f"Memory protect is on: expected all three protects OFF, found {found}.",
        safe=_AS_IT_WAS,
        cause=f"Memory protect is on in GLOBAL {pages}.",
        next_step=f"{_ANOTHER_SETTING} Press {PROTECT_OFF} on the M1, then check again.",
    )


def still_unprotected(found: str, pages: str) -> Advice:
    """Return the advice for memory that should be protected, and took writes of `pages`."""
    return Advice(
        code="memory-not-protected",
        happened=f"Memory is not protected: expected all three protected, found {found}.",
        safe=_AS_IT_WAS,
        cause=f"Memory protect is off in GLOBAL {pages}.",
        next_step=f"{_ANOTHER_SETTING} Press {PROTECT_ON} on the M1, then check again.",
    )


def sequence_changed(comparison: Comparison, *, over_jack: bool = False) -> Advice:
    """Return the advice for songs that were written back and are not what they were."""
    return Advice(
        code="probe-changed-memory",
        happened="The sequence that was written back is not the same as before: expected no "
        f"difference, found {comparison.summary()}.",
        safe="Programs, combinations and global data were not touched.",
        cause="The cable or the interface changes bytes." if not over_jack else f"{JACK_LOSES}.",
        next_step="Try another cable or interface, then restore the sequence from a backup."
        if not over_jack
        else f"{JACK_NEXT}. Then restore the sequence from a backup.",
    )


def nothing_to_compare() -> Advice:
    """Return the advice for a comparison without a file."""
    return Advice(
        code="no-origin-chosen",
        happened="There is nothing to compare memory with: expected a chosen file, found none.",
        safe=NOTHING_WRITTEN,
        next_step="First choose where the sounds come from.",
    )


def no_internal_backup() -> Advice:
    """Return the advice for a comparison with a backup that was not made."""
    return Advice(
        code="no-memory-backup",
        happened="There is nothing to compare the memory with: expected a backup of it made in "
        "this run, found none.",
        safe=NOTHING_WRITTEN,
        cause="The memory was initialised, so there was nothing to save, or the step that saves it "
        "was skipped.",
        next_step="Go back and save the memory, then check again. If it is initialised, first send "
        'sounds to it ("Data dump from the computer").',
    )


def not_equal(comparison: Comparison) -> Advice:
    """Return the advice for memory that is not what it should be."""
    first = comparison.different[0]
    return Advice(
        code="memory-differs",
        happened=f"Memory differs: expected the file, found differences in {comparison.summary()}. "
        f"First: {first.text}: {first.first}.",
        safe=NOTHING_WRITTEN,
        cause="The transfer was not complete, or somebody has changed something on the panel "
        "since.",
        next_step="Restore the file again.",
    )


_IN_FILE = "What was lost is in the file on this computer."
_LOST_BY = (
    "The M1 was off and lost its memory, or it was switched on with INT, CARD and COMBI pressed, "
    "which initialises the memory."
)


def not_as_saved(comparison: Comparison) -> Advice:
    """Return the advice for memory that is not what this run saved of it."""
    first = comparison.different[0]
    return Advice(
        code="memory-not-as-saved",
        happened="Memory differs: expected what is in its backup, found differences in "
        f"{comparison.summary()}. First: {first.text}: {first.first}.",
        safe=f"{NOTHING_WRITTEN} The backup is kept.",
        cause="Something was changed on the M1 after the backup was made, or the memory did not "
        "keep all of it.",
        next_step='To bring back what was saved, do "Data dump from the computer" and choose the '
        "backup. To keep the change, go back and back the M1 up again.",
    )


def saved_memory_lost() -> Advice:
    """Return the advice for memory that is initialised, and was not when this run saved it."""
    return Advice(
        code="memory-not-kept",
        happened="The memory is initialised: expected what is in its backup, found all programs "
        'named "Init Prog".',
        safe=_IN_FILE,
        cause=_LOST_BY,
        next_step="To bring back what was saved, go on if a later step restores it; if none does, "
        'do "Data dump from the computer" and choose the backup. If the M1 was only switched off, '
        'do "Find out why the memory is lost".',
    )


def memory_lost() -> Advice:
    """Return the advice for memory that is initialised, and was not."""
    return Advice(
        code="memory-not-kept",
        happened='The memory is initialised: expected the file, found all programs named "Init '
        'Prog".',
        safe=_IN_FILE,
        cause=_LOST_BY,
        next_step="Restore the file. If the M1 was only switched off, do "
        '"Find out why the memory is lost".',
    )


@check(
    "dump-equals-request",
    proves=("dump = what is in the M1",),
    against=Against.RECEIVED,
    again=False,
)
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
        return Verdict(True, f"requested again and found to match: {holds}", holds, holds)
    advice = _differs(comparison, over_jack=instrument.link.over_jack)
    return Verdict(False, comparison.detailed, NO_DIFFERENCE, comparison.counted, advice)


def _no_dump() -> Advice:
    return Advice(
        code="no-panel-dump",
        happened="There is nothing to compare with: expected a dump that came from the panel, "
        "found none.",
        safe=NOTHING_WRITTEN,
        next_step="Go back and send a dump from the panel first.",
    )


def _differs(comparison: Comparison, *, over_jack: bool) -> Advice:
    first = comparison.different[0]
    return Advice(
        code="panel-dump-differs",
        happened="The dump from the panel differs from what the M1 sends when asked: found "
        f"differences in {comparison.summary()}. First: {first.text}: {first.first}.",
        safe=f"The dump is kept. {NOTHING_WRITTEN}",
        cause="Somebody changed something in the meantime, or the cable changes bytes."
        if not over_jack
        else f"Somebody changed something in the meantime, or {JACK_LOSES}.",
        next_step="Send the dump from the panel again; if it still differs, try another cable or "
        "interface."
        if not over_jack
        else f"Send the dump from the panel again. {JACK_NEXT}.",
    )
