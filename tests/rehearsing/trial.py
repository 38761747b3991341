"""One clumsy technician's walk through a procedure on a virtual M1, on the clock that jumps."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from m1tui.advice import Trouble
from m1tui.app.run.views import warning_text
from m1tui.clock import run as run_clock
from m1tui.engine.instrument import Instrument
from m1tui.errors import NotAllowed
from m1tui.link.virtual import VirtualLink
from m1tui.manners import AS_ASSUMED, Manners
from m1tui.procedures.events import Event, StepJudged
from m1tui.procedures.findings import StepResult
from m1tui.procedures.journal import Journal
from m1tui.procedures.library import load
from m1tui.procedures.loader import procedure_files
from m1tui.procedures.origins import Origin
from m1tui.procedures.perform import Performer
from m1tui.procedures.route import branches_at
from m1tui.procedures.run import CONSENT, Run
from m1tui.procedures.schema import Option, Step
from m1tui.procedures.states import Mark
from m1tui.procedures.watching import Watching
from m1tui.resources import screens_folder
from m1tui.store import Store
from m1tui.store.atomic import Disk
from m1tui.surveys import Survey
from m1tui.sysex import Allocation, BankDump, Contents, Part, Program
from m1tui.virtual.card import Card
from m1tui.virtual.demo import demo_contents, used_contents
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.scenarios import SCENARIOS, ram_card, scenario, small_card
from m1tui.virtual.settings import Model
from m1tui.virtual.surveyed import like
from tests.campaigning.image import Image
from tests.rehearsing.truth import Moment, Witness, is_true

PROCEDURES = tuple(sorted(path.stem for path in procedure_files([screens_folder()])))
KEYS = (
    *("INT", "CARD", "COMBI", "PROG", "EDIT-COMBI", "EDIT-PROG", "SEQ", "GLOBAL", "UP", "DOWN"),
    *"ABCDEFGH+-035679",
    *("START/STOP", "REC", "COMPARE", "BANK-HOLD"),
)
KEY_SECONDS = 0.05
"""Between two keys that are pressed one after the other."""
LISTENS_AFTER = 0.6
"""Seconds after Enter at which a person begins to act where the program listens."""
NO_DUMP_AFTER = 60.0
"""Seconds after which a person gives up waiting for a dump that does not come."""
LAST_TICK = 6
"""The try from which on a step that opens again and again is no longer ticked, but skipped."""
MOST_ACTIONS = 400
"""Of one walk; who is careful again needs some three for each step."""
SLIPS = (
    "nothing",
    "leave-out",
    "wrong-key",
    "swap",
    "down-for-up",
    "extra-g",
    "anywhere",
    "twice",
    "wrong-answer",
    "wrong-file",
    "skip",
    "skip-without-word",
    "back",
    "hold-enter",
    "leave",
    "kill",
    "allocation",
    "card-out",
    "plug",
    "away",
    "meanwhile",
    "card-bank",
    "retry",
    "tick",
    "writes",
    "other-card",
)


AT_THE_END = (
    "GLOBAL 6 UP + B UP + B UP",
    "GLOBAL 6 DOWN + B DOWN + B DOWN",
    "GLOBAL + F UP",
    "GLOBAL 5 + H DOWN",
    "GLOBAL 6 + + + UP G",
)
"""What a person does at the panel after the last step: another protect, transposition, filter."""
_DISTURBED = (
    *("M1 ", "card", "allocation", "memory", "file", "dump", "power", "programs", "comb"),
    "selected song",
)
"""Beginnings of claims that a pulled plug or card, or another allocation, makes false."""


class NoSync(Disk):
    """Writes as a disk does, without waiting for it."""

    def sync(self, descriptor: int) -> None:
        """Leave the bytes to the system."""

    def sync_folder(self, folder: Path) -> None:
        """Leave the names to the system."""


@dataclass(frozen=True)
class Case:
    """What a seed stands for."""

    seed: int
    procedure: str
    scenario: str
    rack: bool
    slips: int
    """How often the person errs before being careful again."""
    manners: Manners = AS_ASSUMED
    """How the M1 behaves where that is not certain."""
    survey: Survey | None = None
    """The survey of the M1 that this one is like; None where it is the M1 itself."""

    def __str__(self) -> str:
        rack = " on a rack" if self.rack else ""
        manners = "" if self.manners == AS_ASSUMED else f", manners {self.manners}"
        return f"{self.procedure} on {self.scenario}{rack}, {self.slips} slips{manners}"


def own_scenario(name: str) -> str:
    """Return the scenario that a procedure needs."""
    return str(tomllib.loads((screens_folder() / f"{name}.toml").read_text())["scenario"])


def case_of(seed: int) -> Case:
    """Return what a seed stands for: the procedures take turns."""
    dice = random.Random(f"case {seed}")
    name = PROCEDURES[seed % len(PROCEDURES)]
    own = own_scenario(name)
    other = dice.choice(sorted(SCENARIOS))
    return Case(
        seed,
        name,
        own if dice.random() < 0.7 else other,
        dice.random() < 0.1,
        dice.choice((0, 1, 2, 2, 3, 4, 6, 8)),
    )


def machine_of(case: Case) -> VirtualM1:
    """Return the M1 of a case, left on some page in some mode now and then."""
    dice = random.Random(f"machine {case.seed}")
    channel = dice.choice((0, 0, 0, 4, 15))
    if case.survey is not None:
        machine = like(case.survey, case.scenario)
        machine.board.settings = machine.settings.changed(channel=channel)
    else:
        machine = scenario(case.scenario, channel=channel, manners=case.manners)
    if case.rack:
        machine.board.model = Model.M1R
    if machine.card is None and dice.random() < 0.3:
        machine.spare_card = dice.choice((Card.unformatted, ram_card, small_card))()
    if dice.random() < 0.4:
        machine.press(" ".join(dice.choices(KEYS[:8], k=1) + dice.choices(("+", "5", "6"), k=2)))
    return machine


@dataclass
class Said:
    """What the program said, for the judge."""

    refusals: list[tuple[str, str]] = field(default_factory=list)
    """What was refused, and the next step that was named."""
    false: list[str] = field(default_factory=list)
    """Claims of a step that were false when it was proved."""
    troubles: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """A walk, and what is left of it."""

    case: Case
    machine: VirtualM1
    folder: Path
    start: Image
    start_card: Image | None
    witness: Witness
    said: Said = field(default_factory=Said)
    log: list[str] = field(default_factory=list)
    journal: Path | None = None
    run: Run | None = None
    seconds: float = 0.0
    finished: bool = False
    slips: list[str] = field(default_factory=list)
    """What went wrong, by kind, in order."""
    unseen: bool = False
    """Whether hands erred while Exclusive was at DIS, before the memory was read: nobody knows."""
    behind: list[str] = field(default_factory=list)
    """What hands changed between two steps."""
    written: set[int] = field(default_factory=set)
    """Programs that hands wrote, by number."""
    warned: set[int] = field(default_factory=set)
    """Those of them whose loss the step named before it was done."""


class Clumsy:
    """A person who errs by a seed for a number of times, and is careful afterwards."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.dice = random.Random(f"person {trial.case.seed}")
        self.slips_left = trial.case.slips
        self.slip = ""
        """What goes wrong with the step at hand; empty for a careful person."""
        self.offered_file: Path | None = None

    # Questions of the program

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        """Say yes, but now and then the default."""
        del title, lines
        return self.slip != "wrong-answer" or self.dice.random() < 0.5

    async def type_word(self, title: str, word: str) -> bool:
        """Type the word, or another."""
        del title, word
        return self.slip != "wrong-answer"

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        """Choose the first, or by mistake any other, or a file that is none."""
        if self.slip == "wrong-file":
            return self.dice.choice((*offered, *map(Origin.of_file, self._files())))
        if self.slip == "wrong-answer":
            return self.dice.choice((*offered, None))
        return offered[0]

    async def choose(self, title: str, lines: tuple[str, ...]) -> int | None:
        """Choose any line, or none."""
        del title
        return self.dice.choice((*range(len(lines)), None))

    async def choose_slot(self, title: str, names: tuple[str, ...]) -> int | None:
        """Choose any slot, or none."""
        del title, names
        return self.dice.choice((*range(100), None))

    async def answer(self, step: Step) -> Option | None:
        """Take any answer, seldom one that ends the run; by mistake none."""
        if self.slip == "wrong-answer" and self.dice.random() < 0.3:
            return None
        staying = [one for one in step.options if not one.procedure]
        return self.dice.choice((*step.options, *staying * 4))

    async def write_down(self, step: Step, known: Mapping[str, str]) -> Mapping[str, str] | None:
        """Write what is offered, or what came to mind."""
        typed = {}
        for one in step.fields:
            value = known.get(one.name) or one.rehearsed or one.preset or "some words"
            if self.slip == "wrong-answer" or (
                not known.get(one.name) and self.dice.random() < 0.3
            ):
                value = self._other(one, value)
            typed[one.name] = value
        return typed

    def _other(self, one: Any, value: str) -> str:
        if one.choices:
            return str(self.dice.choice(one.choices))
        if one.low is not None and one.high is not None:
            return str(self.dice.randint(one.low, one.high))
        # Where a word for none is offered, nothing is refused.
        return value if self.dice.random() < 0.7 or one.offers else ""

    def _files(self) -> list[Path]:
        folder = self.trial.folder / "others"
        if not folder.exists():
            folder.mkdir()
            (folder / "letter.txt").write_text("Dear customer, here are your sounds.")
            small = BankDump.of(used_contents(), Part.ALL)
            (folder / "small.syx").write_bytes(small.encode())
            lesser = demo_contents().only(Part.PROGRAMS)
            (folder / "programs.syx").write_bytes(BankDump.of(lesser, Part.PROGRAMS).encode())
            (folder / "cut.syx").write_bytes(small.encode()[:9_000])
        return sorted(folder.iterdir())

    # Hands

    def acts(self, run: Run) -> list[tuple[str, str]]:
        """Return what this person does for the step: keys and actions, with the slip in them."""
        keys = [key for press in run.presses for key in press.keys or ("UP",)]
        acts = [("press", key) for key in keys]
        acts += [("do", action) for action in run.current.rehearse]
        return self._slipped(acts)

    def _slipped(self, acts: list[tuple[str, str]]) -> list[tuple[str, str]]:
        dice = self.dice
        match self.slip:
            case "nothing":
                return []
            case "leave-out" if acts:
                del acts[dice.randrange(len(acts))]
            case "wrong-key":
                place = dice.randrange(len(acts) + 1)
                acts[place : place + 1] = [("press", dice.choice(KEYS))]
            case "swap" if len(acts) > 1:
                place = dice.randrange(len(acts) - 1)
                acts[place : place + 2] = acts[place : place + 2][::-1]
            case "down-for-up":
                turned = {"UP": "DOWN", "DOWN": "UP"}
                places = [
                    n for n, (word, key) in enumerate(acts) if word == "press" and key in turned
                ]
                for place in places if dice.random() < 0.5 else places[-1:]:
                    acts[place] = ("press", turned[acts[place][1]])
            case "extra-g":
                acts += [
                    ("press", key) for key in dice.choice((("G",), ("UP", "G"), ("DOWN", "G")))
                ]
            case "anywhere":
                acts = [("press", key) for key in dice.choices(KEYS, k=4)] + acts
            case "twice":
                acts = acts + acts
            case _:
                return acts
        return acts


class Walk:
    """Leads a clumsy person through one run, as the program's front ends do."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.person = Clumsy(trial)
        self.dice = self.person.dice
        self.store = Store(trial.folder / "data")
        procedure = load(screens_folder() / f"{trial.case.procedure}.toml")
        self.texts = tomllib.loads((screens_folder() / f"{procedure.id}.toml").read_text())
        folder = self.store.journal_folder
        self.journal = Journal.begin(folder, procedure, port="virtual:x", disk=NoSync())
        self.stack = contextlib.AsyncExitStack()
        self.tries: dict[str, int] = {}
        self.disturbed = False
        """Whether something happened to the M1 while the program asked it."""

    @property
    def run(self) -> Run:
        return self.journal.run

    async def open(self) -> None:
        """Begin to work with the instrument, as a program that was just started."""
        self.link = VirtualLink(self.trial.machine, baud=0)
        self.stack = contextlib.AsyncExitStack()
        instrument = await self.stack.enter_async_context(Instrument(self.link))
        self.performer = Performer(instrument, self.store, self.person)
        self.instrument = instrument
        self.watching = Watching(self.journal)
        if self.performer.model != self.run.model:
            self.journal.record(self.run.name_model(self.performer.model))

    async def again(self) -> None:
        """Leave the program and start it again."""
        path = self.journal.path
        self.journal.close()
        await self.stack.aclose()
        self.journal = Journal.open(path, disk=NoSync())
        await self.open()

    async def walk(self) -> None:
        """Go through the procedure to its end."""
        await self.open()
        trial = self.trial
        try:
            for _ in range(MOST_ACTIONS):
                if self.run.done and self.run.at_end:
                    trial.finished = await self.ends()
                    if trial.finished:
                        break
                await self.look()
                if self.run.owes_comparison:
                    await self.compare()
                    continue
                await self.act()
        finally:
            trial.run, trial.journal = self.run, self.journal.path
            trial.seconds = asyncio.get_running_loop().time()
            self.journal.close()
            await self.stack.aclose()

    async def ends(self) -> bool:
        """Return whether the run is over: nothing is open again after the last look."""
        await self.look()
        if self.person.slips_left and self.dice.random() < 0.5:
            self.person.slips_left -= 1
            await self.touches()
        if not self.run.owes_closing:
            return self.run.done
        asked = await self.performer.ask_again(self.run)
        for claim, one in zip(asked.claims, asked.verdicts, strict=True):
            self.note(f"  at the end: {claim}: {one.word}")
        if not await self.performer.ends_unanswered(asked):
            return False
        await self.look()
        self.record(asked)
        if not self.run.done:
            self.record(self.run.to_open())
        return self.run.ended

    async def compare(self) -> None:
        """Let the program compare what the step can destroy with its backup, as before each."""
        event = await self.performer.compare_first(self.run)
        if event is None:
            self.note(f"  {self.run.current.id}: not compared")
            await self.way_on()
            return
        self.record(event)
        for one in event.verdicts:
            self.note(f"  compared before {event.step}: {one.word}: {one.evidence[:150]}")
        if self.run.unmet or self.run.owes_comparison:
            self.record(self.run.to_open())

    async def look(self) -> None:
        """Let the program look at the instrument, as it does while a person reads and types."""
        before = len(self.run.alarms)
        await self.watching.look_or_reconnect(self.instrument)
        for alarm in self.run.alarms[before:]:
            self.note(f"  ALARM: {alarm.advice.happened}")

    async def act(self) -> None:
        """Do one thing: the next right one, or a slip."""
        person = self.person
        person.slip = ""
        if person.slips_left and self.dice.random() < 0.4:
            person.slips_left -= 1
            person.slip = self.dice.choice(SLIPS)
            self.trial.slips.append(person.slip)
        state = self.run.current_state
        self.note(f"{self.run.current.id} {state.mark.glyph} {person.slip}")
        try:
            match person.slip:
                case "back":
                    for _ in range(self.dice.randint(1, 4)):
                        self.record(self.run.back())
                    if self.dice.random() < 0.7:
                        self.record(self.run.retry())
                        person.slip = "wrong-file"
                        await self.perform()
                case "skip" | "skip-without-word":
                    word = CONSENT if person.slip == "skip" else "yes"
                    self.record(self.run.override("the bench is needed", consent=word))
                case "hold-enter":
                    person.slip = "nothing"
                    for _ in range(3):
                        await self.enter()
                case "leave":
                    await self.again()
                case "kill":
                    await self.killed()
                case "allocation" | "card-out" | "plug":
                    await self.disturb(person.slip)
                case "away":
                    await self.away()
                case "meanwhile":
                    await self.meanwhile()
                case "card-bank":
                    await self.handle([("press", "PROG"), ("press", "CARD")])
                    await self.enter()
                case "retry":
                    self.record(self.run.retry())
                    await self.perform()
                case "writes" | "other-card" if self.run.current.id not in self.run.compared:
                    self.link.touch(self.writes if person.slip == "writes" else self.swaps_card)
                case "tick":
                    self.record(self.run.tick())
                case _:
                    await self.enter()
        except NotAllowed as refusal:
            self.trial.said.refusals.append(
                (refusal.advice.happened, refusal.advice.next_step or "")
            )
            self.note(f"  refused: {refusal.advice.happened}")
            await self.way_on()
        except Trouble as trouble:
            self.trial.said.troubles.append(trouble.advice.happened)
            self.note(f"  trouble: {trouble.advice.happened}")
            await self.way_on()

    @property
    def is_open(self) -> bool:
        """Whether the current step is still to be done."""
        return self.run.current_state.mark is Mark.OPEN

    async def enter(self) -> None:
        """Press Enter: perform what is open, go on where it is done."""
        if self.run.current_state.mark is not Mark.OPEN:
            if not self.run.at_end:
                self.record(self.run.next())
                return
            while self.run.open_steps and self.run.current not in self.run.open_steps:
                self.record(self.run.back())
            return
        await self.perform()
        if self.run.current in self.run.open_steps and not self.person.slip:
            await self.way_on()

    async def way_on(self) -> None:
        """Take what is offered to a careful person at a step that is not done."""
        run, step, state = self.run, self.run.current, self.run.current_state
        if state.mark is not Mark.OPEN:
            return
        tries = self.tries[step.id] = self.tries.get(step.id, 0) + 1
        if tries < 3 or branches_at(run.procedure, step):
            # What decides which steps follow cannot be skipped.
            self.mend()
            return
        if step.finds and state.failed:
            self.record(run.accept())
        elif (
            state.no_answer
            and tries < LAST_TICK
            and not state.failed
            and step.kind not in ("backup", "receive", "source", "restore", "question", "values")
            and not run.unmet
        ):
            self.record(run.tick())
        else:
            self.record(run.override("it cannot be done here", consent=CONSENT))

    def mend(self) -> None:
        """Put right what a look at the bench shows: the plug, the switch."""
        machine = self.trial.machine
        power = [
            action.partition(" ")[0]
            for step in self.run.procedure.steps[: self.run.position]
            for action in step.rehearse
            if action.startswith("power-")
        ]
        off_by_step = power[-1:] == ["power-off"]
        if not machine.powered and not off_by_step:
            self.link.touch(machine.power_on)

    # One step

    async def perform(self) -> None:
        """Perform the current step, with this person's hands."""
        run, step, trial = self.run, self.run.current, self.trial
        since = trial.machine.board.now
        backup_before = self.card_backup()
        acts = self.person.acts(run)
        truths: list[str] = []
        if "what has been written to the M1 since then can be lost" in warning_text(run):
            trial.warned |= trial.written

        def judged(result: StepResult) -> None:
            if result.undone or not all(v.passed for v in result.verdicts if v.decides):
                return
            truths.extend(self.false_claims(result, since, backup_before))

        if self.performer.listens(step) and not run.unmet:
            cancel = asyncio.Event()

            async def performed() -> StepResult:
                result = await self.performer.perform(
                    run, cancel=cancel, begins=self.journal.begin_write
                )
                judged(result)
                return result

            task = asyncio.create_task(performed())
            await asyncio.sleep(LISTENS_AFTER)
            await self.handle(acts)
            if step.kind == "receive":
                await asyncio.wait([task], timeout=NO_DUMP_AFTER)
                cancel.set()
            result = await task
        else:
            run.require_needs()
            await self.handle(acts)
            result = await self.performer.perform(run, begins=self.journal.begin_write)
            judged(result)
        event = result.event(self.run)
        if result.advice is not None:
            self.note(f"  {result.advice.happened[:150]}")
        if event is None:
            return
        self.record(event)
        if isinstance(event, StepJudged) and self.run.state(step.id).mark is Mark.SENSED:
            trial.said.false += truths

    def false_claims(self, result: StepResult, since: float, card_backup: str) -> list[str]:
        """Return the claims of the current step that are not so at this moment."""
        step = self.run.current
        origin = result.origin or self.origin_of(step.from_)
        moment = self.moment(since, result.backup, origin, card_backup)
        # What changes while it is asked may be true when it is answered and false a moment later:
        # that is the watch's to see, and is judged in the end.
        excused = _DISTURBED if self.disturbed else ()
        return [
            f"[A] {step.id}: {claim}"
            for claim in self.claims()
            if not claim.startswith(excused) and not is_true(claim, moment)
        ]

    def moment(self, since: float, backup: str, origin: str, card_backup: str) -> Moment:
        """Return what claims of the current step are measured against."""
        trial = self.trial
        return Moment(
            trial.machine,
            trial.witness,
            since,
            backup,
            origin,
            self.part(),
            card_backup,
            trial.start.parts,
        )

    # The file's texts, with the values that were written into the journal

    def claims(self) -> list[str]:
        """Return the current step's claims, as the file has them, with values."""
        texts = self.texts["steps"][self.run.position].get("claims", ())
        values = self.run.values
        return [filled(text, values) for text in texts]

    def part(self) -> str:
        """Return the part that the current step is about."""
        return filled(self.texts["steps"][self.run.position].get("part", "all"), self.run.values)

    def origin_of(self, step_id: str) -> str:
        """Return where the sounds of a restore come from."""
        if step_id:
            return self.run.state(step_id).backup
        chosen = [
            state.origin
            for step, state in zip(self.run.procedure.steps, self.run.states, strict=True)
            if step.kind == "source" and state.origin
        ]
        if chosen:
            return chosen[-1]
        kept = [
            state.backup
            for step, state in zip(self.run.procedure.steps, self.run.states, strict=True)
            if step.kind in ("backup", "receive") and step.bank == "internal" and state.backup
        ]
        return kept[-1] if kept else ""

    def card_backup(self) -> str:
        """Return the newest backup of the card in this run."""
        kept = [
            state.backup
            for step, state in zip(self.run.procedure.steps, self.run.states, strict=True)
            if step.kind == "backup" and step.bank == "card" and state.backup
        ]
        return kept[-1] if kept else ""

    # Hands and accidents

    async def handle(self, acts: list[tuple[str, str]]) -> None:
        """Do with the M1 what a person does, one thing after the other."""
        hands = self.link.rehearsal
        if self.person.slip:
            self._blind()
        for word, what in acts:
            if word == "press":
                await hands.press(what)
                await asyncio.sleep(KEY_SECONDS)
            else:
                await hands.perform(what)

    def behind(self, what: str) -> None:
        """Keep that something is done to the M1 that no step asks for, and if it can be seen."""
        self.trial.behind.append(what)
        self._blind()

    def _blind(self, *, away: bool = False) -> None:
        """Keep whether hands do something before anybody has read the memory, or could.

        While the program is `away` nobody hears keys, and no question shows what they recorded.
        """
        kept = any(
            state.backup and step.bank == "internal"
            for step, state in zip(self.run.procedure.steps, self.run.states, strict=True)
        )
        if not kept and (away or not self.trial.machine.settings.exclusive):
            self.trial.unseen = True

    async def disturb(self, what: str) -> None:
        """Do something to the M1 that no step asks for."""
        machine = self.trial.machine
        self.behind(what)
        match what:
            case "allocation":
                keys = self.dice.choice(("UP", "DOWN"))
                await self.handle([("press", key) for key in f"GLOBAL 6 + + + {keys} G".split()])
            case "card-out":
                self.link.touch(machine.remove_card)
            case "plug":
                self.link.touch(machine.power_off)
                if self.dice.random() < 0.7:
                    await asyncio.sleep(self.dice.choice((2, 30)))
                    self.link.touch(machine.power_on)

    async def touches(self) -> None:
        """Do something to the M1 after the last step, before the last look."""
        what = self.dice.choice((*AT_THE_END, "writes", "other-card"))
        self.trial.slips.append("at the end")
        self.note(f"  before the last look: {what}")
        if what in AT_THE_END:
            self.behind(what)
            await self.handle([("press", key) for key in what.split()])
        else:
            self.link.touch(self.writes if what == "writes" else self.swaps_card)

    def writes(self) -> None:
        """Write a program of one's own over another; that is from then on what must not be lost."""
        machine, trial = self.trial.machine, self.trial
        self._blind()
        programs = list(machine.memory.programs)
        if not machine.powered or Part.PROGRAMS not in trial.start.parts:
            return
        place, size = self.dice.randrange(len(programs)), len(programs[0].raw)
        own = f"MINE {self.dice.randrange(10_000):05}".encode() + programs[place].raw[10:]
        programs[place] = Program(own)
        trial.written.add(place)
        trial.warned.discard(place)
        machine.board.memory = replace(machine.memory, programs=tuple(programs))
        start = bytearray(trial.start.parts[Part.PROGRAMS])
        if place * size < len(start):
            start[place * size : (place + 1) * size] = own
            parts = trial.start.parts | {Part.PROGRAMS: bytes(start)}
            trial.start = Image(parts, trial.start.allocation)
        self.note(f"  writes program {place}")

    def swaps_card(self) -> None:
        """Put another card of the same format in, quicker than anybody looks."""
        machine, trial = self.trial.machine, self.trial
        card = machine.card
        if card is None or card.rom or not (programs := card.contents.programs):
            return
        machine.remove_card()
        first, *rest = programs
        own = Program(f"CARD {self.dice.randrange(10_000):05}".encode() + first.raw[10:])
        other = replace(card, contents=card.contents.replace(programs=(*rest, own)))
        machine.insert_card(other)
        if trial.start_card is not None:
            trial.start_card = Image.of(other.contents)
        self.note("  puts another card in")

    async def away(self) -> None:
        """Leave the program, do something to the M1, and start the program again."""
        path = self.journal.path
        self.journal.close()
        await self.stack.aclose()
        machine = self.trial.machine
        machine.advance(asyncio.get_running_loop().time())
        what = self.dice.choice(("allocation", "card-out", "plug", "keys"))
        self.behind(what)
        match what:
            case "allocation":
                machine.press(f"GLOBAL 6 + + + {self.dice.choice(('UP', 'DOWN'))} G")
            case "card-out":
                machine.remove_card()
            case "plug":
                machine.power_off()
                machine.power_on()
            case _:
                self._blind(away=True)
                machine.press(" ".join(self.dice.choices(KEYS, k=5)))
        self.note(f"  away: {what}")
        self.journal = Journal.open(path, disk=NoSync())
        await self.open()

    async def meanwhile(self) -> None:
        """Do something to the M1 while the program works with it."""
        machine = self.trial.machine
        what = self.dice.choice((machine.remove_card, machine.power_off, self._allocates))
        after = self.dice.choice((0.05, 0.5, 1.5, 3.0))
        self.behind("meanwhile")

        async def disturb() -> None:
            await asyncio.sleep(after)
            self.link.touch(what)
            self.disturbed = True

        task = asyncio.create_task(disturb())
        self.person.slip = ""
        try:
            await self.enter()
        finally:
            await task
            self.disturbed = False

    def _allocates(self) -> None:
        self.trial.machine.press(f"GLOBAL 6 + + + {self.dice.choice(('UP', 'DOWN'))} G")

    async def killed(self) -> None:
        """Let the program die in the middle of a step, and start it again."""
        step = self.run.current
        if self.run.current_state.mark is Mark.OPEN and not self.run.unmet:
            task = asyncio.create_task(
                self.performer.perform(self.run, begins=self.journal.begin_write)
            )
            await asyncio.sleep(self.dice.choice((0.01, 0.1, 1.0, 5.0)))
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Trouble):
                await task
        self.note(f"  killed at {step.id}")
        await self.again()

    def record(self, event: Event) -> None:
        """Put an event into the journal."""
        self.journal.record(event)

    def note(self, text: str) -> None:
        """Keep what happened, for who plays the seed again."""
        now = asyncio.get_running_loop().time()
        self.trial.log.append(f"{now:8.1f} s  {text}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text of a file with values in the place of their names in braces."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def play(case: Case, folder: Path) -> Trial:
    """Let a case happen in `folder`, which is empty."""

    machine = machine_of(case)
    card = machine.card or machine.spare_card
    trial = Trial(
        case,
        machine,
        folder,
        Image.of(machine.contents),
        Image.of(card.contents) if card is not None and case.procedure != "card-sets" else None,
        Witness(machine),
    )

    async def whole() -> None:
        await asyncio.sleep(machine.board.now)
        await Walk(trial).walk()

    run_clock(whole())
    return trial


__all__ = ["Allocation", "Case", "Contents", "Memory", "Trial", "case_of", "play"]
