"""Says how a restore ended: the outcome word, what it rests on, and what to do now.

The word follows from the history and from nothing else. VERIFIED needs a settled reading behind
the last write that equals the file; REFUSED, that nothing was written; whatever was written and
not read back since is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from m1tui.advice import Advice
from m1tui.engine.compare import WITHOUT_BANKS, Comparison, compare
from m1tui.engine.diagnosis import Diagnosis
from m1tui.engine.keys import PROTECTS_OFF, protect_pages
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.restore import planning
from m1tui.engine.restore.edit_buffers import kind_of
from m1tui.engine.restore.history import (
    SOUNDS,
    Diagnosed,
    DumpSent,
    History,
    Job,
    MemoryRead,
    ObjectsSent,
    Probed,
    Protection,
    aimed,
    allocations,
    backup_path,
    before_of,
    compare_common,
    compared,
    diagnosis_of,
    held_before,
    identical_common,
    mode_data_of,
    panel_used,
    parts_of,
    probed_of,
    readings_back,
    saved_of,
    since_reading,
    written_parts,
)
from m1tui.engine.restore.next_move import (
    CONFIRMED,
    objection,
    protected,
    reallocated,
    refused,
    stopped,
    stuck,
)
from m1tui.engine.restore.planning import NOTHING_SENT, Plan, Way, damage_words
from m1tui.facts import Outcome
from m1tui.link.base import JACK_LOSES, JACK_NEXT
from m1tui.sysex import Allocation, Bank, CardState, Contents, Mode, Part, StatusCode, printable
from m1tui.sysex.causes import said
from m1tui.sysex.examine import Finding
from m1tui.sysex.slots import Slots

_MEMORY = {
    Part.PROGRAMS: "program",
    Part.COMBINATIONS: "combination",
    Part.SEQUENCE: "sequence",
}
_NOTHING_WRITTEN = "Nothing was written; the instrument is as it was."
_WORTHLESS = "What was read before writing was freshly initialised, so nothing was lost."
_RESTORE_AGAIN = (
    "Restore the file again: the M1 is read first, and nothing is sent if its memory already "
    "matches the file."
)
_NAMED = 4
"""Slots that a sentence names at most."""


@dataclass(frozen=True, slots=True)
class Verification:
    """How an instrument's memory compares with a file."""

    outcome: Outcome
    comparison: Comparison | None
    advice: Advice
    found: Contents | None
    """What was read; None if reading failed."""
    silent: bool = False
    """Whether nothing answered."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """How a restore ended."""

    outcome: Outcome
    advice: Advice
    reply: StatusCode | None
    """What the M1 answered to the (last) dump; evidence, not proof."""
    comparison: Comparison | None
    """The file with what was read back; None where nothing was."""
    backup: Path | None
    """Where what the M1 held before is kept."""
    seconds: float
    pacing: Pacing
    """The pacing of the last attempt."""
    sent: int
    """Bytes of the whole run."""
    received: int
    """Bytes of the whole run, realtime included."""
    unchanged: bool | None
    """Whether what was written to was read again and is as before, byte for byte; None if nothing
    was written, or it was not read again."""
    memory_protected: bool
    notes: tuple[str, ...]
    plan: Plan | None = None
    """How the file was to get into memory; None where that was not known yet."""
    dry_run: bool = False
    """Whether it ended before sending because only a rehearsal was asked for."""
    cancelled: bool = False
    """Whether a person stopped it."""
    silent: bool = False
    """Whether nothing was sent because nothing answered any more."""
    wrote: bool = False
    """Whether memory was written, or may have been; the advice then says where `backup` is."""
    damage: tuple[Finding, ...] = ()
    """What proves that what was to be sent is not what an M1 sent; empty for a sound file."""
    missing: tuple[str, ...] = ()
    """What was not sent because the file breaks off."""
    damage_accepted: bool = False
    """Whether a person decided to send it all the same. Without that a damaged file is refused."""


@dataclass(frozen=True, slots=True)
class _Ending:
    """The judgement, without what is counted."""

    outcome: Outcome
    advice: Advice
    comparison: Comparison | None = None
    unchanged: bool | None = None
    protected: bool = False


def judge(
    job: Job,
    history: History,
    *,
    line: tuple[str, ...] = (),
    sent: int = 0,
    received: int = 0,
    seconds: float = 0.0,
) -> Restoration:
    """Return how a restore ended whose moves are done.

    `line` are notes of what was heard on the line; `sent` and `received` count bytes.
    """
    job = aimed(job, history)
    ending = _ending(job, history)
    last = next((one for one in reversed(history) if isinstance(one, DumpSent | ObjectsSent)), None)
    return Restoration(
        outcome=ending.outcome,
        advice=ending.advice,
        reply=last.reply if last is not None else None,
        comparison=ending.comparison,
        backup=backup_path(history),
        seconds=seconds,
        pacing=last.move.pacing if last is not None else job.pacing or job.begin_with,
        sent=sent,
        received=received,
        unchanged=ending.unchanged,
        memory_protected=ending.protected,
        notes=tuple(dict.fromkeys((*_notes(job, history), *line))),
        plan=plan_of(job, history),
        dry_run=job.dry_run and before_of(history) is not None,
        cancelled=stopped(history),
        silent=_silent(history) and ending.outcome is Outcome.REFUSED,
        wrote=bool(written_parts(history)),
        damage=job.damage,
        missing=job.missing,
        damage_accepted=bool(job.damage or job.missing) and job.accept_damage,
    )


def judge_reading(wanted: Contents, found: Contents) -> tuple[Outcome, Comparison]:
    """Return what a settled reading of a memory says of a file that was only compared with it."""
    comparison = compare(wanted, found)
    return (Outcome.VERIFIED if comparison.equal else Outcome.MISMATCH), comparison


def unread(advice: Advice, *, silent: bool = False, crowded: bool = False) -> Verification:
    """Return the end of a comparison for which memory could not be read.

    It is refused where several instruments answer: whatever comes may be another one's.
    """
    outcome = Outcome.REFUSED if crowded else Outcome.UNKNOWN
    return Verification(outcome, None, advice, None, silent)


def nothing_to_compare(contents: Contents) -> Verification:
    """Return the end of a comparison with a file that holds nothing."""
    return Verification(Outcome.REFUSED, None, planning.part_missing(contents, Part.ALL), None)


def no_such_slot(slots: Slots) -> Verification:
    """Return the end of a comparison with slots that the memory does not have."""
    advice = planning.no_such_slot(slots, Allocation.LARGE_SEQUENCE, "memory allocation 50/50")
    return Verification(Outcome.REFUSED, None, advice._replace(safe=_NOTHING_WRITTEN), None)


def plan_of(job: Job, history: History) -> Plan | None:
    """Return how the file was to get into memory; None before what memory holds was known."""
    return planning.choose(job, held_before(history)) if before_of(history) is not None else None


def _silent(history: History) -> bool:
    last = history[-1] if history else None
    return last is not None and (
        last.end.lost is not None or (isinstance(last, MemoryRead) and last.silent)
    )


def _ending(job: Job, history: History) -> _Ending:
    if written_parts(history):
        return _written(job, history)
    if not job.parts:
        return _refused(planning.part_missing(job.contents, job.part))
    if job.refuses_damage:
        return _refused(planning.damage_refused(job.damage, job.missing, (job.describes,)))
    if stopped(history):
        return _refused(
            Advice(code="cancelled", happened="Cancelled before sending.", safe=NOTHING_SENT)
        )
    last = history[-1]
    if last.end.lost is not None:
        return _refused(_before_sending(last.end.lost))
    if last.end.crowd is not None:
        return _refused(_before_sending(last.end.crowd))
    diagnosis = diagnosis_of(history)
    assert diagnosis is not None
    if objection(job, history):
        mode_data = mode_data_of(history)
        if mode_data is None:
            return _refused(diagnosis.advice)
        why = planning.objection(job.contents, mode_data, job.bank, job.slots)
        assert why is not None
        on_card = job.bank is Bank.CARD and mode_data.card is CardState.RAM_PROTECTED
        return _refused(why, protected=on_card)
    return _unwritten(job, history)


def _unwritten(job: Job, history: History) -> _Ending:
    """Judge what ended behind the diagnosis with nothing written."""
    last = history[-1]
    if before_of(history) is None:
        assert isinstance(last, MemoryRead)
        assert last.failure is not None
        return _refused(_before_sending(last.failure))
    held = held_before(history)
    comparison = compared(job, held)
    if comparison.equal:
        return _Ending(Outcome.VERIFIED, _already_there(job, comparison), comparison)
    if job.dry_run:
        return _Ending(Outcome.REFUSED, _dry_run(job, held, comparison), comparison)
    saved = saved_of(history)
    if saved is not None and saved.failure is not None:
        return _refused(_before_sending(saved.failure))
    if panel_used(history):
        return _refused(_hands_off())
    if isinstance(last, MemoryRead) and last.failure is not None:
        return _refused(_before_sending(last.failure))
    # Nothing could be sent: neither an edit buffer nor a dump was taken on its way.
    assert isinstance(last, DumpSent | ObjectsSent)
    story = _story((last,))
    return _refused(Advice("nothing-could-be-sent", story, NOTHING_SENT, next_step="Try again."))


def _refused(advice: Advice, *, protected: bool = False) -> _Ending:
    return _Ending(Outcome.REFUSED, advice, protected=protected)


def _written(job: Job, history: History) -> _Ending:
    """Judge what was written, or may have been."""
    waiting = since_reading(history)
    if any(parts_of(fact) for fact in waiting):
        return _Ending(Outcome.UNKNOWN, _unknown(history, waiting))
    found = readings_back(history)[-1]
    comparison = compared(job, found)
    unchanged = identical_common(held_before(history), found)
    attempt = _attempts(history)[-1]
    if reallocated(job, history):
        advice = _reallocated(_story(attempt), history)
        # What was read before belongs to the old division: only what was read again is compared.
        seen = compare_common(job.contents, found)
        return _Ending(Outcome.MISMATCH, advice, seen, unchanged)
    if comparison.equal:
        advice = _verified(job, history, comparison)
        return _Ending(Outcome.VERIFIED, advice, comparison, unchanged)
    on = protected(history)
    if on and not unchanged:
        advice = _damaged_by_probe(
            compare(held_before(history), found), backup_path(history), over_jack=job.over_jack
        )
        return _Ending(Outcome.MISMATCH, advice, comparison, unchanged, protected=True)
    if on or (unchanged and refused(history) and not stopped(history)):
        return _Ending(
            Outcome.REFUSED, _protected(job, history), comparison, unchanged, protected=True
        )
    advice = _differs(job, history, comparison, unchanged=unchanged)
    return _Ending(Outcome.MISMATCH, advice, comparison, unchanged, protected=refused(history))


def _attempts(history: History) -> list[History]:
    """Return the facts of each attempt, each up to the reading that settled it."""
    found: list[History] = []
    facts: History = ()
    for fact in history:
        if isinstance(fact, MemoryRead) and fact.reading is not None:
            if not fact.move.before:
                found.append((*facts, fact))
            facts = ()
        else:
            facts = (*facts, fact)
    return [*found, facts] if facts else found


# What is said of it


def _notes(job: Job, history: History) -> Iterator[str]:
    """Yield what a person should know beside the advice, in the order of time."""
    worthless = False
    yield from (f"You accepted the damage: {said(one)}." for one in job.damage if job.accept_damage)
    if job.missing and job.accept_damage:
        broken = planning.broken_off(job.missing)
        yield f"You accepted the damage: {broken}, and only the rest was sent."
    for fact in history:
        match fact:
            case Diagnosed() if fact is history[0] and fact.diagnosis is not None:
                yield from _channel_note(job, fact.diagnosis)
            case MemoryRead() if fact.reading is not None:
                yield from fact.reading.notes
                if fact.move.before:
                    yield from _needs(job, history[: history.index(fact) + 1])
                    yield from _slots_note(job, fact.reading.contents)
                    plan = planning.choose(job, fact.reading.contents)
                    yield plan.text
                    worthless = fact.reading.contents.is_initialised
                    worthless = worthless and plan.way is not Way.NOTHING and not job.dry_run
            case Probed():
                yield from (f"Memory protect: {line}." for line in fact.evidence)
                if fact.fell_silent:
                    yield _fell_silent(history[: history.index(fact)])
            case ObjectsSent():
                yield from fact.notes
            case _:
                pass
    if job.bank is Bank.CARD and job.contents.combinations is not None and before_of(history):
        yield WITHOUT_BANKS
    if worthless:
        yield "What was read before writing was freshly initialised: there was nothing to save."
    yield from _retries(job, history)
    if written_parts(history) and not any(map(parts_of, since_reading(history))):
        yield from _unlike_reply(job, history)


def _needs(job: Job, history: History) -> tuple[str, ...]:
    """Return what the sounds need; the programs around a single slot are there."""
    there = job.known.renewed(held_before(history))
    return planning.needs(job.whole, job.slots, job.bank, mode_data_of(history), job.beside, there)


def _slots_note(job: Job, held: Contents) -> Iterator[str]:
    """Yield what the slots that are written to contain before."""
    if job.slots.parts and job.slots.fit(held):
        yield f"In memory before: {', '.join(job.slots.of_memory(held).describe())}."


def _fell_silent(history: History) -> str:
    """Return the note on an M1 that answered until a probe put it into another mode.

    `history` is what was before the probe.
    """
    answered = mode_data_of(history)
    mode = answered.mode if answered is not None else None
    if mode is Mode.GLOBAL:
        return (
            "The M1 answered in GLOBAL mode but in no other mode: on its DATA DUMP page "
            "it answers even while Exclusive is disabled."
        )
    where = f"in {mode.label}" if mode is not None else "at first"
    return (
        f"The M1 answered {where}, but not after it was asked to change to another mode: "
        "somebody used the panel, the M1 was switched off, or the connection failed."
    )


def _retries(job: Job, history: History) -> Iterator[str]:
    """Yield what came of each attempt but the last, and how it was tried again."""
    for (attempt, following), found in zip(
        pairwise(_attempts(history)), readings_back(history), strict=False
    ):
        sent = [fact for fact in following if isinstance(fact, DumpSent | ObjectsSent)]
        if sent:
            _, differing = planning.counted(planning.todo_of(job, found))
            how = "one by one" if isinstance(sent[0], ObjectsSent) else "in dumps"
            yield (
                f"{_story(attempt)} Read back: {differing} differed. What differed was sent again "
                f"{how}, with pacing {sent[-1].move.pacing.label}."
            )


def _channel_note(job: Job, diagnosis: Diagnosis) -> Iterator[str]:
    channel = diagnosis.channel
    if channel is not None and job.file_channel not in (None, channel):
        yield (
            f"The M1's channel {channel + 1} is used, although the file was made on "
            f"channel {job.file_channel + 1}."
        )


def _story(attempt: History) -> str:
    """Return what was sent in an attempt, and what the M1 said to it, as sentences."""
    sent = tuple(fact for fact in attempt if isinstance(fact, DumpSent | ObjectsSent))
    return " ".join(filter(None, map(_sentence, sent or attempt)))


def _sentence(fact: object) -> str:
    match fact:
        case Probed() if fact.wrote and fact.end.lost is not None:
            return "The link was lost while the write probe was restoring slot 00."
        case Probed() if fact.wrote:
            return (
                f"The write probe asked for slot 00 of {_parts(fact.wrote)} to be stored as it is."
            )
        case DumpSent():
            return _of_dump(fact)
        case ObjectsSent():
            return _of_objects(fact)
    return ""


def _of_dump(fact: DumpSent) -> str:
    name, size = fact.move.part.value, fact.size
    if fact.end.stopped and fact.sent < size:
        return (
            f"Cancelled after {fact.sent:,} of {size:,} bytes of {name}; F7 was sent to end the "
            "message."
        )
    if fact.end.stopped:
        return f"Cancelled after all {size:,} bytes of {name} were sent, before the M1 replied."
    if fact.end.lost is not None:
        return f"The link was lost after {fact.sent:,} of {size:,} bytes of {name} were sent."
    pacing = fact.move.pacing
    speed = "at full speed" if pacing == Pacing.FULL else f"with pacing {pacing.label}"
    head = f"{name.capitalize()} ({size:,} bytes) sent {speed}"
    if fact.reply is None:
        return f"{head}; expected the reply 23, found {fact.silence}."
    return f"{head}; the M1 replied {fact.reply:02X} ({fact.reply.label})."


def _of_objects(fact: ObjectsSent) -> str:
    """Return how far the writing came: what was confirmed, may have been written, was not sent."""
    word, numbers = kind_of(fact.move.part).word, fact.move.numbers
    parts = [f"{len(fact.written)} of {len(numbers)} {word}s were written one by one"]
    waiting = [one for one in numbers if one not in fact.written and one != fact.trying]
    if fact.written and len(fact.written) < len(numbers):
        parts[0] += f" ({_listed(word, fact.written)})"
    if fact.trying is not None:
        said = f" (the M1 replied {fact.reply:02X})" if fact.reply in _REFUSALS else ""
        parts.append(f"{word} {fact.trying:02d} may have been written{said}")
    if waiting:
        be = "was" if len(waiting) == 1 else "were"
        parts.append(f"{_listed(word, waiting)} {be} not sent")
    tail = f" Then: {fact.unable}." if fact.unable else ""
    tail += " The link was lost." if fact.end.lost is not None else ""
    tail += " Cancelled." if fact.end.stopped else ""
    return f"{'; '.join(parts)}.{tail}"


_REFUSALS = (StatusCode.LOAD_ERROR, StatusCode.WRITE_ERROR)


def _listed(word: str, numbers: tuple[int, ...] | list[int]) -> str:
    rest = len(numbers) - _NAMED
    shown = ", ".join(f"{word} {number:02d}" for number in numbers[:_NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown


def kept(backup: Path | None) -> str:
    """Return where what the M1 held before lies."""
    if backup is None:
        return ""
    return f"The previous contents are saved as {printable(str(backup))}."


def _before_sending(why: Advice) -> Advice:
    """Return the advice for something that failed before anything was written."""
    return why._replace(safe=NOTHING_SENT)


def _hands_off() -> Advice:
    """Return the advice for a panel that was used behind each reading of what is there."""
    return Advice(
        code="panel-used",
        happened="The M1's panel was used each time after its memory was read: expected an M1 "
        "that is not in use, found another mode or another value in GLOBAL.",
        safe=NOTHING_SENT,
        cause="Changes made on the panel in the meantime would be overwritten without a backup.",
        next_step="Take your hands off the panel, then try again.",
    )


def _harmless(comparison: Comparison) -> str:
    count = len(comparison.cosmetic)
    return f"; {count} differ harmlessly in name padding or unused bits" if count else ""


def _verified(job: Job, history: History, comparison: Comparison) -> Advice:
    read = frozenset[Part]().union(
        *(
            fact.reading.contents.parts
            for fact in history
            if isinstance(fact, MemoryRead) and fact.reading is not None and not fact.move.before
        )
    )
    whole = job.contents.parts <= read
    how = (
        "The M1 was read back."
        if whole
        else (
            f"Everything written was read back ({_parts(read & job.contents.parts)}); the rest "
            "had been read before, and was already right."
        )
    )
    return Advice(
        code="restored",
        happened=f"{how} The M1 contains what the file contains: {job.describes}"
        f"{_harmless(comparison)}.{_with_damage(job)}",
        safe=" ".join(("The file is in the M1's memory.", kept(backup_path(history)))).strip(),
        next_step="Turn memory protect on again.",
    )


def _unlike_reply(job: Job, history: History) -> Iterator[str]:
    """Yield what the M1 replied in the last attempt though its memory is equal."""
    if not compared(job, readings_back(history)[-1]).equal:
        return
    for fact in _attempts(history)[-1]:
        if isinstance(fact, DumpSent | ObjectsSent) and fact.reply not in CONFIRMED:
            yield f"{_sentence(fact)} The read-back decides: the memory matches."


def _parts(parts: frozenset[Part]) -> str:
    *first, last = sorted(part.value for part in parts)
    return f"{', '.join(first)} and {last}" if first else last


def _with_damage(job: Job) -> str:
    """Return that the file is damaged, and that this was accepted; empty for a sound one."""
    if not (job.damage or job.missing):
        return ""
    words = damage_words(job.damage, job.missing)
    return f" The file is damaged, which you accepted: {words}."


def _already_there(job: Job, comparison: Comparison) -> Advice:
    return Advice(
        code="already-there",
        happened=f"The M1 was read and already contains what the file contains: {job.describes}"
        f"{_harmless(comparison)}. Nothing needed to be written, and nothing was."
        f"{_with_damage(job)}",
        safe="The file is in the M1's memory, which was not touched.",
    )


def _dry_run(job: Job, held: Contents, comparison: Comparison) -> Advice:
    wire = planning.Wire.of(job)
    parts = planning.todo_of(job, held).parts
    size = sum(planning.size_of(job.contents, part) for part in parts)
    seconds = sum(planning.dump_seconds(job.contents, part, wire) for part in parts)
    return Advice(
        code="dry-run",
        happened=f"Dry run. At most {size:,} bytes would be sent in {seconds:.0f} s. That would "
        f"change {comparison.summary()}.",
        safe=NOTHING_SENT,
        next_step="Leave out --dry-run to send it.",
    )


def _unknown(history: History, waiting: History) -> Advice:
    """Return the advice for a memory that could not be read back."""
    story, backup = _story(waiting), backup_path(history)
    last = waiting[-1]
    if last.end.stopped and isinstance(last, MemoryRead):
        return Advice(
            code="cancelled-while-writing",
            happened=f"{story} Cancelled before memory was read back, so its contents are unknown.",
            safe=kept(backup) or _WORTHLESS,
            next_step=_RESTORE_AGAIN,
        )
    why = _why_unread(waiting)
    return Advice(
        code="not-read-back",
        happened=f"{story} Then the M1 could not be read back, so its contents are unknown: "
        f"{why.happened}",
        safe=kept(backup) or _WORTHLESS,
        cause=why.cause,
        next_step=f"Leave the M1 on until it answers again. {_RESTORE_AGAIN}",
    )


def _why_unread(waiting: History) -> Advice:
    for fact in reversed(waiting):
        if fact.end.lost is not None:
            return fact.end.lost
        if isinstance(fact, Diagnosed) and fact.diagnosis and not fact.diagnosis.ready:
            return fact.diagnosis.advice
        if isinstance(fact, MemoryRead) and fact.failure is not None:
            return fact.failure
    raise AssertionError("no reason is known why memory was not read back")


def _unprotect(bank: Bank) -> str:
    return f"Press {PROTECTS_OFF[bank]} on the M1, then try again."


def _protected(job: Job, history: History) -> Advice:
    """Return the advice for memory that refuses to be written, and is as it was."""
    on = protected(history)
    story = _story(_attempts(history)[-1])
    probed = next((one for one in history if isinstance(one, Probed)), None)
    if on and probed is not None:
        story = (
            'expected the reply "write completed" after the first write, found '
            f"{'; '.join(probed.evidence)}."
        )
        refused_parts = on
    else:
        last = next(o for o in reversed(history) if isinstance(o, DumpSent | ObjectsSent))
        if isinstance(last, DumpSent):
            safe = f"{_UNCHANGED} {kept(backup_path(history))}".strip()
            return _load_refused(job, history, last, story, safe)
        refused_parts = (last.move.part,)
    which = ", ".join(_MEMORY[part] for part in refused_parts)
    return Advice(
        code="memory-protected",
        happened=f"Memory is protected ({which}): {story}",
        safe=f"{_UNCHANGED} {kept(backup_path(history))}".strip(),
        cause=f"Memory protect is on in GLOBAL {protect_pages(refused_parts)}, as it is after an "
        "initialisation.",
        next_step=_unprotect(job.bank),
    )


_UNCHANGED = "Memory was read again where data was sent: it is unchanged, byte for byte."


def _load_refused(job: Job, history: History, last: DumpSent, found: str, safe: str) -> Advice:
    """Return the advice for a dump that the M1 refused to load.

    24 has two meanings that cannot be told apart: memory is protected, which Global never is, or
    the M1 takes whole dumps in other modes only.
    """
    part = last.move.part
    if not _is_free(history, part):
        return Advice(
            "memory-protected",
            f"Memory is probably protected ({_MEMORY[part]}): {found}",
            safe,
            f"Memory protect is on in GLOBAL {protect_pages((part,))}, as it is after an "
            "initialisation. Or this M1 accepts whole dumps only in another mode.",
            f"Press {PROTECTS_OFF[job.bank]} on the M1, then try again. {_OTHER_MODES}",
        )
    return Advice(
        "load-refused",
        found,
        safe,
        "The M1 refused to load the dump (24) although its memory is not protected: it "
        "accepts whole dumps only in another mode, or the card does not accept this one.",
        _OTHER_MODES,
    )


def _is_free(history: History, part: Part) -> bool:
    """Tell whether a part is not protected: a probe found it so, or it has no protect."""
    probed = probed_of(history)
    found = probed.found.get(part) if probed is not None else None
    return part not in _MEMORY or found is Protection.FREE


_OTHER_MODES = (
    "If it refuses again, press PROG on the M1 and try again, then press GLOBAL 7 (DATA DUMP), and "
    "try again."
)


def _damaged_by_probe(comparison: Comparison, backup: Path | None, *, over_jack: bool) -> Advice:
    return Advice(
        code="probe-changed-memory",
        happened="The write probe did not leave memory as it was: expected what was read before, "
        f"found differences in {comparison.summary()}.",
        safe=kept(backup) or "The file was not sent.",
        cause="The cable or the interface changes bytes, or somebody used the panel in the "
        "meantime."
        if not over_jack
        else f"{JACK_LOSES}, or somebody used the panel in the meantime.",
        next_step="Try another cable or interface, then restore the saved backup."
        if not over_jack
        else f"{JACK_NEXT}. Then restore the saved backup.",
    )


def _differs(job: Job, history: History, comparison: Comparison, *, unchanged: bool) -> Advice:
    """Return the advice for a memory that was read back and is not what the file holds."""
    backup = backup_path(history)
    wrong = len(comparison.different)
    count = "1 object differs" if wrong == 1 else f"{wrong} objects differ"
    found = (
        f"{_story(_attempts(history)[-1])} Read back: expected the file, found that {count}: "
        f"{comparison.summary()}.{_equal_otherwise(job, comparison)}"
    )
    safe = kept(backup) or _WORTHLESS
    if unchanged:
        safe = f"{_UNCHANGED} {kept(backup)}"
    safe = safe.strip()
    if stopped(history):
        return Advice(
            "restore-cancelled", found, safe, "", "Restore the file again, from its beginning."
        )
    differing = {_PART_OF[one.kind] for one in comparison.different}
    last = next(
        (
            one
            for one in reversed(history)
            if isinstance(one, DumpSent | ObjectsSent) and one.move.part in differing
        ),
        None,
    )
    if last is None:
        cause = "Somebody used the panel in the meantime, or the M1's memory changed on its own."
        return Advice("memory-changed-meanwhile", found, safe, cause, "Restore the file again.")
    if last.reply is StatusCode.WRITE_ERROR:
        cause = "The M1 refused to write (22): memory protect was switched on in the meantime."
        return Advice("protected-meanwhile", found, safe, cause, _unprotect(job.bank))
    if last.reply is StatusCode.LOAD_ERROR and isinstance(last, DumpSent):
        return _load_refused(job, history, last, found, safe)
    if last.reply is StatusCode.LOAD_ERROR:
        cause = (
            "The M1 refused to load the data (24), which usually means that memory is protected."
        )
        return Advice("load-refused", found, safe, cause, _unprotect(job.bank))
    maybe = isinstance(last, DumpSent) and unchanged and last.reply not in CONFIRMED
    maybe = maybe and not _is_free(history, last.move.part)
    silent = " Or memory is protected, and this M1 does not reply with 24 (load error)."
    protect = silent if maybe else ""
    first = (
        f"Press {PROTECTS_OFF[job.bank]} on the M1 and try again. If that does not help: "
        if maybe
        else ""
    )
    if stuck(job, history) and last.reply in CONFIRMED and last.move.part in SOUNDS:
        return Advice(
            "memory-suspect",
            found,
            safe,
            "The M1 confirmed what was sent, but the same data reads back wrong in the same way, "
            "even object by object. Sending more slowly is unlikely to help: its memory may be "
            "defective, or another instrument is answering.",
            "Switch the M1 off and on, then restore again. If the same objects still differ, its "
            "memory chip or the circuit around it needs repair.",
        )
    if job.over_jack:
        return Advice(
            "restore-differs",
            found,
            safe,
            f"{JACK_LOSES}. Or somebody used the panel in the meantime.{protect}",
            f"{first}{JACK_NEXT}. Then restore the file again.",
        )
    if last.reply not in CONFIRMED and stuck(job, history):
        return Advice(
            "long-messages-cut",
            found,
            safe,
            "Twice, the end of a long message did not reach the M1, with the same result: the "
            f"interface cuts long messages short. Sending more slowly does not help.{protect}",
            f"{first}Use another interface (m1tui loopback tests one), then restore the file "
            "again.",
        )
    return Advice(
        "restore-differs",
        found,
        safe,
        "Bytes were lost or changed on the way: a poor cable or interface loses bytes "
        f"from long messages. Or somebody used the panel in the meantime.{protect}",
        f"{first}Try another cable or interface (m1tui loopback tests one), then restore the file "
        "again.",
    )


def _equal_otherwise(job: Job, comparison: Comparison) -> str:
    """Return which parts are equal all the same; empty where none is."""
    differing = {_PART_OF[one.kind] for one in comparison.different}
    equal = job.contents.parts - differing
    return f" Equal: {_parts(frozenset(equal))}." if equal else ""


_PART_OF = {
    "program": Part.PROGRAMS,
    "programs": Part.PROGRAMS,
    "combination": Part.COMBINATIONS,
    "combinations": Part.COMBINATIONS,
    "global": Part.GLOBAL,
    "drum instrument": Part.GLOBAL,
    "song": Part.SEQUENCE,
    "pattern": Part.SEQUENCE,
    "sequence": Part.SEQUENCE,
}


def _reallocated(story: str, history: History) -> Advice:
    """Return the advice for a memory that was divided otherwise while it was written."""
    has, had = ("none" if one is None else one.label for one in allocations(history))
    backup = backup_path(history)
    return Advice(
        code="allocation-changed-while-writing",
        happened=f"{story} Read back: the memory allocation is not what it was.",
        safe=kept(backup) or _WORTHLESS,
        cause=f"Somebody changed the memory allocation in the meantime: expected {had}, found "
        f"{has}. That erases part of the memory.",
        next_step=f"Set it back to {had} on the M1's panel, then restore the file again, from its "
        "beginning.",
    )
