"""Decides what a restore does next, from the job and what was seen so far; it does nothing itself.

The rules, in their order: nothing is written before what is there was read twice and saved, or is
worthless; what was written is read back before anything else; evidence chooses the next attempt.
Two attempts with the same result end it, as do a refusal, a person, and LONGEST.
"""

from __future__ import annotations

from m1tui.engine.compare import identical
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.restore import planning
from m1tui.engine.restore.history import (
    SOUNDS,
    Diagnose,
    Diagnosed,
    DumpSent,
    Fact,
    History,
    Job,
    MemoryRead,
    Move,
    ObjectsSent,
    Probe,
    Probed,
    Protection,
    ReadMemory,
    SaveBackup,
    SendDump,
    SendObjects,
    aimed,
    allocations,
    before_of,
    compared,
    forms_asked,
    forms_sent,
    held_before,
    mode_data_of,
    panel_used,
    parts_of,
    probed_of,
    readings_back,
    saved_of,
    since_reading,
    still_there,
    written_parts,
)
from m1tui.engine.restore.planning import Todo, Way
from m1tui.link.base import BYTES_PER_SECOND
from m1tui.sysex import Bank, Contents, Part, StatusCode

MOST_ATTEMPTS = 4
MOST_BEFORE = 3
"""Readings of what is there; then whoever uses the panel is asked to leave it."""
LONGEST = 2.7
"""How many times the time of a restore without a fault it may take until no further attempt begins:
180 s of wire time for a bank of a full memory."""
LEAST = 90.0
"""Seconds that a restore may take however little it sends: time-outs take as long for one object.
"""
LATEST = 180.0
"""Seconds until which memory that could not be read back may be read again, at 31,250 baud."""
AGAIN = 1.5
"""How many times as long as a failed reading the next one may take: it waits more often."""
CONFIRMED = frozenset({StatusCode.LOAD_COMPLETED, StatusCode.WRITE_COMPLETED})
REFUSALS = frozenset({StatusCode.LOAD_ERROR, StatusCode.WRITE_ERROR})


def next_move(job: Job, history: History) -> Move | None:
    """Return what to do next; None where the end is reached."""
    job = aimed(job, history)
    if not job.parts or job.refuses_damage or any(fact.end.lost for fact in history):
        return None
    if not written_parts(history):
        return _before_writing(job, history)
    if any(parts_of(fact) for fact in since_reading(history)):
        return _after_writing(job, history)
    return _next_attempt(job, history)


# Before anything is written


def _before_writing(job: Job, history: History) -> Move | None:
    if any(fact.end.stopped for fact in history):
        return None
    if not history:
        return Diagnose()
    if objection(job, history) or history[-1].end.crowd is not None:
        return None
    last = history[-1]
    if isinstance(last, MemoryRead) and last.reading is None:
        return None
    if before_of(history) is None:
        return _read_before(job)
    held = held_before(history)
    if job.dry_run or planning.choose(job, held).way is Way.NOTHING:
        return None
    if not held.is_initialised:
        saved = saved_of(history)
        if saved is None:
            return SaveBackup()
        if saved.failure is not None:
            return None
    if panel_used(history):
        # What hands changed since is to be saved, too.
        return _read_before(job) if readings_before(history) < MOST_BEFORE else None
    if isinstance(last, Probed) and last.fell_silent:
        return Diagnose()
    return _first_attempt(job, history)


def objection(job: Job, history: History) -> bool:
    """Tell whether the file cannot go into this instrument, or whether none answers."""
    mode_data = mode_data_of(history)
    if mode_data is None or not still_there(history):
        return True
    return planning.objection(job.contents, mode_data, job.bank, job.slots) is not None


def _read_before(job: Job) -> ReadMemory:
    return ReadMemory(
        (planning.extent(job.parts),),
        before=True,
        expected=() if job.slots.parts else (job.contents.comparable(job.bank),),
        initialised=True,
        anything=job.dry_run,
    )


def readings_before(history: History) -> int:
    """Return how often it was settled what memory holds before anything is written."""
    return sum(isinstance(fact, MemoryRead) and fact.move.before for fact in history)


def _first_attempt(job: Job, history: History) -> Move | None:
    held = held_before(history)
    plan = planning.choose(job, held)
    sounds = planning.todo_of(job, held).parts & SOUNDS
    # A single object is no less a probe; but of two kinds the second may be protected when the
    # first is written, and a dump takes seconds to be refused.
    if probed_of(history) is None and sounds and (len(sounds) > 1 or plan.way is Way.WHOLE):
        return Probe(tuple(sorted(sounds, key=planning.ORDER.index)))
    return _send(job, history, held, singly=plan.way is Way.ONE_BY_ONE)


def protected(history: History) -> tuple[Part, ...]:
    """Return the parts that a write probe found protected."""
    probed = probed_of(history)
    found = probed.found.items() if probed is not None else ()
    return tuple(part for part, one in found if one is Protection.PROTECTED)


# Sending


def _send(job: Job, history: History, held: Contents, *, singly: bool) -> Move | None:
    """Return what to send next of what differs from `held`; None where all was sent."""
    todo = planning.todo_of(job, held)
    recent = since_reading(history)
    done = {
        fact.move.part
        for fact in recent
        if isinstance(fact, DumpSent) or (isinstance(fact, ObjectsSent) and fact.begun)
    }
    unable = {fact.move.part for fact in history if isinstance(fact, ObjectsSent) and fact.unable}
    objects = (set(todo.numbers) if singly else set()) - unable
    waiting = [part for part in planning.ORDER if part in todo.parts - done]
    if not waiting:
        return None
    part, pacing = waiting[0], pacing_of(job, attempts(history))
    if part in objects:
        return SendObjects(part, todo.numbers[part], pacing)
    sizes = {one: planning.size_of(job.contents, one) for one in todo.parts - objects}
    before = sum(size for one, size in sizes.items() if one in done)
    return SendDump(part, pacing, before, sum(sizes.values()))


def attempts(history: History) -> int:
    """Return how many attempts were read back."""
    return len(readings_back(history))


def pacing_of(job: Job, attempt: int) -> Pacing:
    """Return the pacing of an attempt, the first being 0: each slower than the one before."""
    if job.pacing is not None:
        return job.pacing
    if not job.pauses:
        return Pacing.FULL
    pacing = job.begin_with
    for _ in range(attempt):
        pacing = pacing.slower() or pacing
    return pacing


# Reading back


def _after_writing(job: Job, history: History) -> Move | None:
    """Go on with the attempt, or read back what it wrote."""
    last = history[-1]
    if isinstance(last, MemoryRead):
        # It failed: whether the M1 is still there, and where, is asked once.
        if last.end.stopped or _failed_readings(history) > 1 or not _may_read_again(job, history):
            return None
        return Diagnose()
    if isinstance(last, Diagnosed):
        return _read_back(job, history) if still_there(history) else None
    if _goes_on(history):
        held = _held(history)
        more = _send(job, history, held, singly=_singly(job, history))
        if more is not None:
            return more
    return _read_back(job, history)


def _failed_readings(history: History) -> int:
    return sum(isinstance(fact, MemoryRead) for fact in since_reading(history))


def _may_read_again(job: Job, history: History) -> bool:
    """Tell whether a reading that takes longer than the one that failed ends before LATEST."""
    before, failed = history[-2:]
    slower = max(1.0, BYTES_PER_SECOND / job.bytes_per_second)
    return failed.at + AGAIN * (failed.at - before.at) <= LATEST * slower


def _goes_on(history: History) -> bool:
    """Tell whether the attempt goes on behind its newest move."""
    last = history[-1]
    if last.end.stopped or panel_used(history):
        return False
    match last:
        case Probed():
            return not protected(history) and not last.fell_silent
        case DumpSent():
            # What arrived damaged says nothing of what follows it; a refusal does, and silence.
            return last.reply in (StatusCode.LOAD_COMPLETED, StatusCode.FORMAT_ERROR)
        case ObjectsSent():
            return (last.trying is None and not last.unable) or not last.begun
    return False


def _held(history: History) -> Contents:
    """Return what memory was last settled to hold."""
    back = readings_back(history)
    return back[-1] if back else held_before(history)


def _read_back(job: Job, history: History) -> ReadMemory:
    """Read what may have changed; all of it where somebody was at the panel meanwhile."""
    since = since_reading(history)
    parts = frozenset(part for fact in since for part in parts_of(fact))
    before = before_of(history)
    assert before is not None
    if since[-1].panel > before.panel:
        parts |= job.contents.parts
    sent = forms_sent(history)
    forms = planning.forms_to_read(parts, sent, job.bank)
    expected: tuple[Contents, ...] = (job.contents.comparable(job.bank),)
    # An M1 may confirm a dump before memory has changed: one reading as before proves nothing then.
    taken = any(isinstance(f, DumpSent) and f.reply is StatusCode.LOAD_COMPLETED for f in since)
    if not taken and not set(forms) & forms_asked(history):
        # Nobody asked for such a dump before, so it cannot be the answer to an earlier request.
        expected += (held_before(history),)
    if set(forms) & sent:
        expected = ()
    # What was stopped while sending is read to its end: it must be known.
    stoppable = not any(fact.end.stopped for fact in since)
    return ReadMemory(forms, expected=expected, stoppable=stoppable)


# The next attempt


def _next_attempt(job: Job, history: History) -> Move | None:
    """Return the first move of one more attempt; None where none would help."""
    back = readings_back(history)
    found = back[-1]
    if (
        compared(job, found).equal
        or stopped(history)
        or refused(history)
        or reallocated(job, history)
        or protected(history)
        or len(back) >= MOST_ATTEMPTS
        or stuck(job, history)
    ):
        return None
    todo = planning.todo_of(job, found)
    before = held_before(history)
    if any(
        not identical(before.only(part), found.only(part))
        for part in todo.parts - written_parts(history)
    ):
        # Not by this restore: what is there now was never saved.
        return None
    if not in_time(job, history, todo, found):
        return None
    return _send(job, history, found, singly=_singly(job, history))


def _singly(job: Job, history: History) -> bool:
    """Tell whether what differs now goes object by object.

    At first the quicker way; then objects, whose messages are too short to be cut; and whole
    dumps where objects changed nothing more. It holds for the whole of an attempt.
    """
    history = history[: len(history) - len(since_reading(history))]
    if not readings_back(history):
        return planning.choose(job, held_before(history)).way is Way.ONE_BY_ONE
    return not (_same_twice(job, history) and ObjectsSent in _tried(job, history))


def _tried(job: Job, history: History) -> set[type[Fact]]:
    """Return the ways in which the programs and combinations that still differ were sent."""
    differing = planning.todo_of(job, readings_back(history)[-1]).parts & SOUNDS
    return {
        type(fact)
        for fact in history
        if isinstance(fact, DumpSent | ObjectsSent) and parts_of(fact) & differing
    }


def _same_twice(job: Job, history: History) -> bool:
    """Tell whether the newest attempt left as it was what still differs."""
    last, newest = (held_before(history), *readings_back(history))[-2:]
    parts = planning.todo_of(job, newest).parts
    return all(identical(last.only(part), newest.only(part)) for part in parts)


def stuck(job: Job, history: History) -> bool:
    """Tell whether two attempts, of which one was object by object, ended with the same result."""
    back = readings_back(history)
    if len(back) < 2 or not _same_twice(job, history):
        return False
    sounds = planning.todo_of(job, back[-1]).parts & SOUNDS
    return not sounds or {DumpSent, ObjectsSent} <= _tried(job, history)


def stopped(history: History) -> bool:
    """Tell whether a person stopped it."""
    return any(fact.end.stopped for fact in history)


def refused(history: History) -> bool:
    """Tell whether the M1 refused a write, so that one more would be refused, too.

    A dump that was refused and taken all the same is none; where a probe was just taken, a refusal
    counts the second time.
    """
    last = next((one for one in reversed(history) if isinstance(one, DumpSent | ObjectsSent)), None)
    if last is None or last.reply not in REFUSALS:
        return False
    if isinstance(last, ObjectsSent):
        return True
    states = (held_before(history), *readings_back(history))
    part = last.move.part
    taken = not identical(states[-2].only(part), states[-1].only(part))
    probed = probed_of(history)
    free = probed is not None and probed.found.get(part) is Protection.FREE
    return not taken and (not free or attempts(history) > 1)


def reallocated(job: Job, history: History) -> bool:
    """Tell whether memory is divided otherwise now than before, which erases a part of it."""
    now, before = allocations(history)
    known = None not in (now, before)
    return job.bank is Bank.INTERNAL and known and now is not before


def in_time(job: Job, history: History, todo: Todo, found: Contents) -> bool:
    """Tell whether one more attempt, read back twice, ends before LONGEST."""
    wire = planning.Wire.of(job)
    sizes = [planning.size_of(job.contents, part) for part in job.contents.parts]
    good = sum(wire.out(size) + 2 * wire.back(size) for size in sizes)
    good += planning.reading_seconds(job, found, job.contents.parts, job.contents.parts)
    next_wire = planning.Wire.of(job, pacing_of(job, attempts(history)))
    writing = planning.sending_seconds(job, todo, next_wire)
    sent = forms_sent(history) | todo.others
    reading = 2 * planning.reading_seconds(job, found, todo.parts, sent)
    return history[-1].at + writing + reading <= max(LONGEST * good, LEAST)
