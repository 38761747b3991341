"""The restore's decisions as pure functions: any history ends in a word that is true.

A model stands in the place of M1, wire and person. It does to a small memory whatever may happen to
a real one, and says of it whatever an M1 may say; only a settled reading is what memory holds.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from m1tui.advice import Advice
from m1tui.engine.diagnosis import Cause, Diagnosis
from m1tui.engine.read.reading import Reading
from m1tui.engine.restore.history import (
    BackupSaved,
    Diagnose,
    Diagnosed,
    DumpSent,
    End,
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
)
from m1tui.engine.restore.judge import Restoration, judge
from m1tui.engine.restore.next_move import next_move
from m1tui.engine.restore.planning import Way
from m1tui.facts import Outcome
from m1tui.link.virtual import demo_contents
from m1tui.sysex import (
    Allocation,
    Bank,
    Combination,
    Contents,
    ModeData,
    Part,
    Program,
    StatusCode,
)
from m1tui.sysex.contents import init_combination, init_global, init_program
from m1tui.sysex.slots import Slots
from m1tui.virtual.memory import Memory

DEMO = demo_contents()
assert DEMO.programs is not None
assert DEMO.combinations is not None
HELD = DEMO.replace(programs=DEMO.programs[:3], combinations=DEMO.combinations[:2])
BLANK = Memory.initialised().contents.replace(
    programs=(init_program(),) * 3, combinations=(init_combination(),) * 2
)
WRONG = Advice("for-a-test", "Something went wrong.", "Nothing is safe.")
READY = Diagnosis(Cause.READY, None, 0, ModeData(0, 2, Allocation.LARGE_PROGRAM, 1, 1), WRONG)
SILENT = Diagnosis(Cause.SILENT, None, None, None, WRONG)
REPLIES = (
    *(StatusCode.LOAD_COMPLETED,) * 4,
    StatusCode.LOAD_ERROR,
    StatusCode.FORMAT_ERROR,
    None,
)
MOST_MOVES = 40


@dataclass
class Model:
    """A memory, and all that may happen to it; `dice` decide."""

    dice: random.Random
    trouble: float
    """How likely anything goes wrong."""
    memory: Contents
    moves: list[Move] = field(default_factory=list)
    states: list[Contents] = field(default_factory=list)
    """What memory held after each move."""
    panel: int = 0
    at: float = 0.0

    def unlucky(self) -> bool:
        return self.dice.random() < self.trouble

    def do(self, job: Job, move: Move) -> Fact:
        self.moves.append(move)
        self.at += self.dice.uniform(0, 15)
        fact = self._fact(job, move)
        if self.unlucky() and self.unlucky():
            self._use_panel()
        self.states.append(self.memory)
        return fact

    def _use_panel(self) -> None:
        self.panel += 1
        change = init_program().replace(name="By hand")
        assert self.memory.programs is not None
        self.memory = self.memory.replace(programs=(change, *self.memory.programs[1:]))

    def _end(self) -> End:
        lost = WRONG if self.unlucky() and self.unlucky() else None
        return End(stopped=self.unlucky() and self.unlucky(), lost=lost)

    def _fact(self, job: Job, move: Move) -> Fact:
        end = self._end()
        match move:
            case Diagnose():
                found = SILENT if self.unlucky() and self.unlucky() else READY
                return Diagnosed(self.at, self.panel, end, found)
            case ReadMemory():
                return self._read(move, end)
            case SaveBackup():
                failure = WRONG if self.unlucky() else None
                path = None if failure else Path("kept.syx")
                return BackupSaved(self.at, self.panel, path=path, failure=failure)
            case Probe():
                return self._probe(move, end)
            case SendDump():
                return self._dump(job, move, end)
            case SendObjects():
                return self._objects(job, move, end)

    def _read(self, move: ReadMemory, end: End) -> MemoryRead:
        if end != End() or self.unlucky():
            failure = WRONG if end == End() else None
            return MemoryRead(self.at, self.panel, end, move, failure=failure)
        read = Contents()
        for form in move.forms:
            read = read.merged(self.memory.only(form))
        reading = Reading(read, b"\xf0\xf7", 2, (), None)
        return MemoryRead(self.at, self.panel, move=move, reading=reading)

    def _probe(self, move: Probe, end: End) -> Probed:
        found = {part: self.dice.choice(tuple(Protection)) for part in move.parts}
        if not self.unlucky():
            found = dict.fromkeys(move.parts, Protection.FREE)
        wrote = frozenset(part for part, one in found.items() if one is not Protection.NOT_ASKED)
        for part in wrote:
            if self.unlucky():
                self._spoil(part)
        silent = self.unlucky() and self.unlucky()
        return Probed(self.at, self.panel, end, found, ("said",), wrote, silent)

    def _dump(self, job: Job, move: SendDump, end: End) -> DumpSent:
        reply = self.dice.choice(REPLIES) if self.unlucky() else StatusCode.LOAD_COMPLETED
        arrives = reply is StatusCode.LOAD_COMPLETED or self.unlucky()
        sent = 0 if end.stopped and self.unlucky() else 100
        if sent and arrives and not self.unlucky():
            self.memory = self.memory.merged(job.contents.only(move.part))
        if sent and self.unlucky():
            self._spoil(move.part)
        return DumpSent(self.at, self.panel, end, move, sent, 100, reply, "nothing")

    def _objects(self, job: Job, move: SendObjects, end: End) -> ObjectsSent:
        count = self.dice.randint(0, len(move.numbers)) if self.unlucky() else len(move.numbers)
        written, rest = move.numbers[:count], move.numbers[count:]
        trying = rest[0] if rest and self.unlucky() else None
        reply: StatusCode | None = StatusCode.WRITE_COMPLETED
        unable = ""
        if trying is not None:
            reply = self.dice.choice((StatusCode.WRITE_ERROR, StatusCode.LOAD_ERROR, None))
        if rest and not end.stopped and end.lost is None and (trying is None or reply is None):
            unable = "it did not go on"
        for number in (*written, *((trying,) if trying is not None and self.unlucky() else ())):
            if not self.unlucky():
                self._store(job.contents, move.part, number)
        if written and self.unlucky():
            self._spoil(move.part)
        return ObjectsSent(
            self.at, self.panel, end, move, written, trying, reply if move.numbers else None, unable
        )

    def _store(self, wanted: Contents, part: Part, number: int) -> None:
        if part is Part.PROGRAMS:
            assert wanted.programs is not None
            assert self.memory.programs is not None
            programs = list(self.memory.programs)
            programs[number] = wanted.programs[number]
            self.memory = self.memory.replace(programs=tuple(programs))
        else:
            assert wanted.combinations is not None
            assert self.memory.combinations is not None
            combinations = list(self.memory.combinations)
            combinations[number] = wanted.combinations[number]
            self.memory = self.memory.replace(combinations=tuple(combinations))

    def _spoil(self, part: Part) -> None:
        """Change something of a part that nobody wanted to be changed."""
        memory = self.memory
        assert memory.programs is not None
        assert memory.combinations is not None
        assert memory.global_ is not None
        assert memory.sequence is not None
        tune = self.dice.randint(-50, 50)
        if part is Part.PROGRAMS:
            spoilt: Program = memory.programs[-1].replace(detune=tune)
            self.memory = memory.replace(programs=(*memory.programs[:-1], spoilt))
        elif part is Part.COMBINATIONS:
            other: Combination = memory.combinations[-1].replace(name=f"Spoilt {tune}")
            self.memory = memory.replace(combinations=(*memory.combinations[:-1], other))
        elif part is Part.GLOBAL:
            self.memory = memory.replace(global_=memory.global_.replace(master_tune=tune))
        else:
            control = memory.sequence.control
            songs = (control.songs[0].replace(tempo=100 + tune), *control.songs[1:])
            sequence = memory.sequence._replace(control=control.replace(songs=songs))
            self.memory = memory.replace(sequence=sequence)


def wanted_of(dice: random.Random) -> tuple[Contents, Part]:
    """Return a file, and the part of it that is chosen."""
    assert HELD.programs is not None
    assert HELD.combinations is not None
    file = HELD
    if dice.random() < 0.8:
        file = file.replace(programs=HELD.programs[::-1])
    if dice.random() < 0.5:
        file = file.replace(combinations=HELD.combinations[::-1])
    if dice.random() < 0.4:
        file = file.replace(global_=init_global())
    if dice.random() < 0.4:
        file = file.replace(sequence=BLANK.sequence)
    part = dice.choice((Part.ALL, Part.ALL, *Part))
    return file.only(part), part


def slots_of(dice: random.Random) -> Slots:
    """Return one or two sounds, each for a slot of its own."""
    assert HELD.programs is not None
    assert HELD.combinations is not None
    slots = Slots.of(HELD.programs[0].replace(name="Single"), dice.randrange(3))
    if dice.random() < 0.5:
        single = HELD.combinations[0].replace(name="Single")
        slots = slots.joined(Slots.of(single, dice.randrange(2)))
    return slots


def run(seed: int, trouble: float) -> tuple[Job, Model, History, Restoration, Contents]:
    dice = random.Random(seed)
    wanted, part = wanted_of(dice)
    start = BLANK if dice.random() < 0.2 else HELD
    job = Job(wanted, part, Bank.INTERNAL, 3125.0, dry_run=dice.random() < 0.05)
    if dice.random() < 0.3:
        job = replace(job, contents=Contents(), part=Part.ALL, slots=slots_of(dice))
    model = Model(dice, trouble, start)
    history: History = ()
    while (move := next_move(job, history)) is not None:
        history += (model.do(aimed(job, history), move),)
        assert len(history) <= MOST_MOVES, "it goes on and on"
    return aimed(job, history), model, history, judge(job, history), start


def changing(history: History) -> list[int]:
    """Return the places of all facts after which memory may be another."""
    return [
        at
        for at, fact in enumerate(history)
        if (isinstance(fact, DumpSent) and fact.sent)
        or (isinstance(fact, ObjectsSent) and (fact.written or fact.trying is not None))
        or (isinstance(fact, Probed) and fact.wrote)
    ]


def settled(history: History) -> list[int]:
    return [
        at
        for at, fact in enumerate(history)
        if isinstance(fact, MemoryRead) and fact.reading is not None
    ]


def last_reading_of(part: Part, history: History) -> int:
    """Return the place of the newest settled reading that has the part."""
    return max(
        at
        for at, fact in enumerate(history)
        if isinstance(fact, MemoryRead)
        and fact.reading is not None
        and part in fact.reading.contents.parts
    )


@settings(max_examples=1_500, deadline=None)
@given(seed=st.integers(0, 2**40), trouble=st.sampled_from([0.0, 0.1, 0.3, 0.6]))
# Hands change a program behind its reading, while another part is read once more.
@example(seed=3468, trouble=0.1)
# Hands change a program between the first reading and the one that is kept before the write.
@example(seed=1298, trouble=0.1)
def test_whatever_happens_the_word_is_true(seed: int, trouble: float) -> None:
    job, model, history, result, start = run(seed, trouble)
    writes, reads = changing(history), settled(history)
    behind = bool(reads) and (not writes or reads[-1] > writes[-1])
    if result.outcome is Outcome.VERIFIED:
        assert behind
        # What hands did behind a part's last reading excuses; what happened before it does not.
        for part in job.contents.parts:
            at = last_reading_of(part, history)
            truth = model.states[at - 1] if at else start
            assert truth.only(part) == job.contents.only(part)
    if result.outcome is Outcome.REFUSED:
        assert not writes or (behind and result.unchanged)
    if writes and not behind:
        assert result.outcome is Outcome.UNKNOWN
        assert result.unchanged is None
    if result.outcome is Outcome.UNKNOWN:
        assert writes
        assert not behind
    if result.unchanged:
        truth = model.states[reads[-1] - 1]
        written = {
            fact.move.part for fact in history if isinstance(fact, DumpSent | ObjectsSent)
        } | {part for fact in history if isinstance(fact, Probed) for part in fact.wrote}
        # The reading that was kept last before anything was written is what is compared with.
        kept = [at for at in reads if not writes or at < writes[0]][-1]
        before = model.states[kept - 1] if kept else start
        assert all(truth.only(part) == before.only(part) for part in written)


@settings(max_examples=500, deadline=None)
@given(seed=st.integers(0, 2**40), trouble=st.sampled_from([0.0, 0.1, 0.3, 0.6]))
def test_nothing_is_written_before_what_is_there_is_saved(seed: int, trouble: float) -> None:
    job, _, history, _, start = run(seed, trouble)
    writes = changing(history)
    if not writes:
        return
    saved = [
        at
        for at, fact in enumerate(history)
        if isinstance(fact, BackupSaved) and fact.path is not None
    ]
    first, *others = job.contents.parts
    worthless = start.only(Part.ALL if others else first).is_initialised
    assert worthless or (saved and saved[0] < writes[0])


@settings(max_examples=500, deadline=None)
@given(seed=st.integers(0, 2**40), trouble=st.sampled_from([0.0, 0.1, 0.3, 0.6]))
@example(seed=1042, trouble=0.3)
def test_no_dump_is_read_in_the_form_in_which_it_was_sent(seed: int, trouble: float) -> None:
    _, model, history, _, _ = run(seed, trouble)
    sent: set[Part] = set()
    for move, fact in zip(model.moves, history, strict=True):
        # What was stopped before its first byte cannot come back.
        if isinstance(move, SendDump) and isinstance(fact, DumpSent) and fact.sent:
            sent.add(move.part)
        elif isinstance(move, ReadMemory):
            assert not sent & set(move.forms)


def test_without_trouble_every_restore_is_verified_and_quick() -> None:
    for seed in range(200):
        job, _, history, result, _ = run(seed, 0.0)
        assert result.plan is not None
        only_tried = job.dry_run and result.plan.way is not Way.NOTHING
        assert (result.outcome is Outcome.REFUSED) is only_tried
        if not only_tried:
            assert result.outcome is Outcome.VERIFIED
            assert len(settled(history)) <= 2
