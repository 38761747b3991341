"""Performs the steps of a procedure with an instrument: asks it, listens to it, reads and writes.

It knows no screen: what a person must decide goes through `Person`. What it finds is returned,
and counts only when the journal has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks import (
    COMPARES_WITH,
    EITHER,
    ENDS,
    EXPLAINED_BY,
    KEYBED,
    LISTENING,
    NOTHING_DONE,
    PLAYING,
    PROVES,
    WRITES,
    Against,
    CheckContext,
    Writes,
    barred,
    run_check,
)
from m1tui.engine.checks.keybed import STUCK_KEYS
from m1tui.engine.checks.registry import LISTENING_SECONDS
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import ProgressHandler
from m1tui.errors import OriginError, StoreError
from m1tui.facts import Verdict
from m1tui.link.rehearsal import Rehearsal
from m1tui.procedures.claims import Claim, claims_of, said_of
from m1tui.procedures.closing import HOPS, INITIALISED, NOT_INITIALISED, READ_BACK, Standing
from m1tui.procedures.comparing import COMPARED, as_saved, gone, saved_nothing
from m1tui.procedures.events import AskedAgain, BackupCompared
from m1tui.procedures.findings import StepResult
from m1tui.procedures.hands import (
    Listen,
    do_handiwork,
    has_handiwork,
    listens,
    while_acting,
)
from m1tui.procedures.journal import Journal
from m1tui.procedures.origins import Loaded, backup_of, backups_of, load_origin, origin_of
from m1tui.procedures.person import Person
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.states import Mark
from m1tui.procedures.transfers import Transfers
from m1tui.store import Store
from m1tui.store.sounding import SoundingMark
from m1tui.sysex import Contents, ModeData
from m1tui.sysex.slots import NO_SLOTS

KEEP_TYPED = "Keep what you entered?"
NONE_ASKED = "No M1 was found, so none was asked."
_ANSWERS = frozenset({"M1 = answers", "filter exclusive = ENA"})
"""Without one of these an M1 answers no question about its state."""
_ENDS_IN_PART = "If it ends like this, it is PROVED IN PART. If you answer No, you can try again."


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be performed, and what helps in it."""

    run: Run
    hands: bool
    progress: ProgressHandler | None
    cancel: asyncio.Event | None
    enough: asyncio.Event | None = None
    begins: Callable[[], None] = lambda: None
    acted: Callable[[], None] = lambda: None

    @property
    def step(self) -> Step:
        return self.run.current


class Performer:
    """Performs the current step of a run with one instrument."""

    def __init__(
        self,
        instrument: Instrument,
        store: Store,
        person: Person,
        mark: SoundingMark | None = None,
        *,
        stands_in: bool = False,
    ) -> None:
        """Perform with `instrument`; `mark` remembers that notes sound, by itself the store's.

        `stands_in` says that it is a virtual one because no other was found.
        """
        self.instrument = instrument
        self.store = store
        self.person = person
        self._transfers = Transfers(instrument, store, person)
        self._stands_in = stands_in
        self._mark = mark or store.sounding_mark(instrument.link.port)

    @property
    def rehearsal(self) -> Rehearsal | None:
        """Return the interface beside the bytes, None for a real instrument."""
        return self.instrument.link.rehearsal

    @property
    def model(self) -> str:
        """Return "M1" or "M1R" of a virtual instrument, "" where only a person can say it."""
        return self.rehearsal.model() if self.rehearsal is not None else ""

    def can_rehearse(self, step: Step) -> bool:
        """Return whether the instrument is virtual and can do what `step` asks of hands."""
        return self.rehearsal is not None and has_handiwork(step)

    @staticmethod
    def listens(step: Step) -> bool:
        """Return whether the program must listen before the person acts."""
        return listens(step)

    async def rehearse(self, run: Run) -> tuple[str, ...]:
        """Let the virtual instrument do the current step's handiwork; return what was then seen.

        Of a step that listens nothing is heard so: `perform` with `hands` does both at once.
        Raises NotAllowed when the step needs what is not proved, Trouble when a value that
        decides the keys is not known, ValueError for a real instrument.
        """
        run.require_needs()
        if self.rehearsal is None:
            raise ValueError("a real instrument must be handled by a person")
        return await do_handiwork(self.rehearsal, run)

    async def perform(
        self,
        run: Run,
        *,
        hands: bool = False,
        seen: tuple[str, ...] = (),
        progress: ProgressHandler | None = None,
        cancel: asyncio.Event | None = None,
        enough: asyncio.Event | None = None,
        begins: Callable[[], None] = lambda: None,
        acted: Callable[[], None] = lambda: None,
    ) -> StepResult:
        """Perform the current step of `run` and return what came of it.

        Handiwork is the person's, or `rehearse` did it, and what it returned is `seen`. With
        `hands` the virtual instrument does it here, at the moment when what must listen listens,
        and as often as the step is to be repeated. Once `enough` is set, what was heard is judged.
        `begins` is called before the program writes to the instrument, `acted` each time that the
        virtual instrument has done the handiwork here.
        Raises NotAllowed when the step needs what is not proved.
        """
        run.require_needs()
        step = run.current
        handiwork = has_handiwork(step) or step.kind == "hands"
        if hands and handiwork and self.rehearsal is None:
            return StepResult(step.id, undone=True, hindrance=_HANDS_NEEDED)
        if step.confirm and not await self.person.type_word(step.title, step.confirm):
            return StepResult(step.id, undone=True)
        task = _Task(run, hands, progress, cancel, enough, begins, acted)
        attempts = step.repeat.at_most if hands and step.repeat else 1
        try:
            result = await self._until(task, attempts)
        except Trouble as trouble:
            return StepResult(step.id, undone=True, evidence=seen, hindrance=trouble.advice)
        typed = (f"typed: {step.confirm}",) if step.confirm else ()
        return replace(result, evidence=typed + seen + result.evidence)

    async def ask_again(
        self,
        run: Run,
        *,
        progress: ProgressHandler | None = None,
        cancel: asyncio.Event | None = None,
    ) -> AskedAgain:
        """Ask the instrument again for all that `run` rests on, before it ends.

        After a question without an answer the others are not put: each would take seconds. The
        files that the run has kept are looked for, too.
        """
        asked = [one for one in run.standing_claims if one.check]
        not_asked = [one.claim for one in run.standing_claims if not one.check]
        claims: list[Claim] = []
        verdicts: list[Verdict] = []
        for one in asked:
            silent = verdicts and verdicts[-1].passed is None
            task = _Task(replace(run, position=one.at), False, progress, cancel)
            verdict = _NOT_PUT if silent else await self._again(task, one)
            if verdict.passed is None and run.exclusive_given_up and one.claim.subject in HOPS:
                # With Exclusive at DIS an M1 does not answer outside its data dump page.
                not_asked.append(one.claim)
                continue
            claims.append(one.claim)
            verdicts.append(verdict)
        lost = False
        due = run.asks_memory or (run.can_ask_memory and saved_nothing(run))
        if due and all(one.passed is not None for one in verdicts):
            verdict = await run_check(INITIALISED, self.instrument, CheckContext(progress=progress))
            lost = bool(verdict.passed)
            # One that never answered in this run has nothing to fall silent about.
            if verdict.passed is False or (verdict.passed is None and run.answered):
                claims.append(NOT_INITIALISED)
                verdicts.append(replace(verdict, passed=True if verdict.passed is False else None))
        # Some answers come at any setting; the mode only where Exclusive is at ENA, or from the
        # data dump page.
        answered = bool(verdicts) and all(one.passed is not None for one in verdicts)
        now = await self.instrument.mode_data() if answered else None
        return run.ask_again(
            tuple(claims),
            tuple(verdicts),
            tuple(not_asked),
            initialised=lost,
            gone=gone(run),
            mode=now.mode_code if now is not None else None,
        )

    async def compare_first(
        self, run: Run, *, progress: ProgressHandler | None = None
    ) -> BackupCompared | None:
        """Compare what the current step can destroy with what was saved of it.

        Return None where there is no answer and the person does not go on without it.
        """
        verdicts = []
        for stake in run.stakes:
            try:
                verdicts.append(
                    await as_saved(self.instrument, stake, progress, begun=bool(run.begun))
                )
            except Trouble as trouble:
                happened = trouble.advice.happened
                verdicts.append(Verdict(None, happened, advice=trouble.advice, name=COMPARED))
        silent = next((one for one in verdicts if one.passed is None), None)
        differs = any(one.passed is False for one in verdicts)
        if silent is not None and not differs and not await self._agrees_unseen(run, silent):
            return None
        return run.compare(tuple(verdicts))

    async def _agrees_unseen(self, run: Run, silent: Verdict) -> bool:
        advice = silent.advice
        return await self.person.confirm(
            "Continue without comparing with the backup?",
            (
                f'"{run.current.title}" can destroy what was written after the backup.',
                *((f"{advice.happened} {advice.next_step}",) if advice is not None else ()),
                "If you continue, the run is PROVED IN PART. If you answer No, you can try again.",
            ),
        )

    async def ends_unanswered(self, asked: AskedAgain) -> bool:
        """Ask whether the run is to end although some of it could not be asked again, or is gone.

        What is gone is a file that the run has kept. Where something is no longer so, the run does
        not end, and nothing is asked.
        """
        if any(verdict.passed is False for verdict in asked.verdicts):
            return True
        silent = [
            (claim, verdict)
            for claim, verdict in zip(asked.claims, asked.verdicts, strict=True)
            if verdict.passed is None
        ]
        if not silent:
            return not asked.gone or await self.person.confirm(
                "End the run without its backup?",
                (
                    *(f"{one.happened} {one.next_step}" for _, one in asked.gone),
                    _ENDS_IN_PART,
                ),
            )
        open_ones = "; ".join(said_of(Claim.parse(claim)) for claim, _ in silent)
        advice = silent[0][1].advice
        return await self.person.confirm(
            "End the run without the last check?",
            (
                f"Not confirmed at the end: {open_ones}.",
                *((f"{advice.happened} {advice.next_step}",) if advice is not None else ()),
                *(f"{one.happened} {one.next_step}" for _, one in asked.gone),
                _ENDS_IN_PART,
            ),
        )

    async def _again(self, task: _Task, one: Standing) -> Verdict:
        try:
            if one.check == READ_BACK:
                return await self._transfers.read_back(task.run, task.progress)
            return await self._ask(task, one.check)
        except Trouble as trouble:
            advice = trouble.advice
            return Verdict(None, advice.happened, advice=advice, name=one.check)

    async def _until(self, task: _Task, attempts: int) -> StepResult:
        """Do the step once, or again and again until the check that it names is passed."""
        result = await self._once(task)
        for times in range(2, attempts + 1):
            if task.step.repeat is None or _passed(result, task.step.repeat.until):
                break
            result = await self._once(task)
            result = replace(result, evidence=(f"done {times} times", *result.evidence))
        return result

    async def _once(self, task: _Task) -> StepResult:
        """Let all listen that must, then let the hands act, then ask."""
        step = task.step
        heard = _still_heard(task.run)
        received: list[StepResult] = []
        seen: tuple[str, ...] = ()
        listening = [name for name in step.asks if name in LISTENING and name not in heard]

        def listener(name: str) -> Listen[None]:
            def goes_on() -> bool:
                return any(other not in heard for other in listening if other != name)

            async def listen(ready: Callable[[], None]) -> None:
                heard[name] = await self._ask(task, name, ready=ready, goes_on=goes_on)

            return listen

        async def receive(ready: Callable[[], None]) -> None:
            received.append(
                await self._transfers.receive(task.run, ready, task.progress, task.cancel)
            )

        async def act() -> None:
            nonlocal seen
            if task.hands and self.rehearsal is not None:
                seen = await do_handiwork(self.rehearsal, task.run)
                task.acted()

        listeners = [listener(name) for name in listening]
        listeners += [receive] if step.kind == "receive" else []
        bar = await barred(listening, self.instrument)
        if bar is not None:
            heard |= {name: replace(bar, name=name) for name in listening}
        elif listening or not heard:
            await while_acting(listeners, act)
        result = received[0] if received else await self._by_kind(task)
        result = await self._with_checks(task, result, heard)
        return replace(result, evidence=seen + result.evidence)

    async def _by_kind(self, task: _Task) -> StepResult:
        step = task.step
        match step.kind:
            case "backup":
                return await self._transfers.back_up(task.run, task.progress)
            case "source":
                return await self._transfers.choose(task.run)
            case "restore":
                return await self._transfers.restore(
                    task.run, task.progress, task.cancel, task.begins
                )
            case "question":
                option = await self.person.answer(step)
                return StepResult(step.id, choice=option.label if option else "", undone=not option)
            case "values":
                before = task.run.current_state.before
                known = dict(before.values) if before is not None else {}
                said, heard = await self._known(step), _heard_stuck(task.run)
                first = _at_first(task.run)
                typed = await self.person.write_down(step, heard | known | said | first)
                values = await self._by_evidence(step, typed or {}, said, heard, first)
                return StepResult(step.id, values=tuple(values.items()), undone=typed is None)
            case _:
                return StepResult(step.id)

    async def _known(self, step: Step) -> dict[str, str]:
        """Return what the M1 says of the step's values, by name; nothing where it is silent."""
        if not step.values_of_m1:
            return {}
        with self.instrument.operation():
            try:
                diagnosis = await diagnose(self.instrument)
            except Trouble:
                return {}
        channel, mode_data = diagnosis.channel, diagnosis.mode_data
        said = {"channel": str(channel + 1)} if channel is not None else {}
        if mode_data is not None and mode_data.allocation is not None:
            said["allocation"] = mode_data.allocation.label
        if mode_data is not None:
            # No M1 sends its mode data while Exclusive is at DIS.
            said["exclusive"] = "ENA"
        elif diagnosis.exclusive is False:
            said["exclusive"] = "DIS"
        return {field.name: said[field.asks] for field in step.fields if field.asks in said}

    async def _by_evidence(
        self,
        step: Step,
        typed: Mapping[str, str],
        said: Mapping[str, str],
        heard: Mapping[str, str],
        first: Mapping[str, str],
    ) -> dict[str, str]:
        """Return what was typed, or what is known where the two differ.

        `said` is what the M1 itself says, `heard` which keys were heard stuck: the person may know
        of others. Who insists keeps what was typed: what was so before the M1 was initialised is
        typed again later. What the M1 showed at the `first` look of the run counts more than what
        it says now: it may have been changed by mistake since.
        """
        lines: list[str] = []
        known: dict[str, str] = {}
        seen: list[str] = []
        for one in step.fields:
            wrote, name = typed.get(one.name), one.name
            if wrote is None:
                continue
            right = first.get(name, said.get(name))
            if right is not None and not one.means(wrote, right):
                now = right == said.get(name, right)
                reports = "reports" if now else "reported when this run began:"
                lines.append(f"{one.label}: you entered {wrote}, but the M1 {reports} {right}.")
                known[name] = right
                seen.append("what the M1 reports" if now else "what the M1 reported then")
            if name in heard and wrote.strip() in one.offers:
                stuck = f"the program heard {heard[name]} stick"
                lines.append(f"{one.label}: you entered {wrote}, but {stuck}.")
                known[name] = heard[name]
                seen.append("what the program heard")
        if lines:
            instead = " and ".join(dict.fromkeys(seen))
            lines.append(
                f"Yes: keep what you entered. No: save {instead} instead. "
                "Either answer ends this step."
            )
        if not lines or await self.person.confirm(KEEP_TYPED, tuple(lines)):
            return dict(typed)
        return {**typed, **known}

    async def _with_checks(
        self, task: _Task, result: StepResult, heard: Mapping[str, Verdict]
    ) -> StepResult:
        """Return `result` with the answers to the step's questions, which are asked in order.

        What listened has its verdict in `heard`. After a bad answer the rest is not asked: it
        could only mislead. Silence is not waited for again: it is the answer to the rest, too.
        """
        if task.step.asks and self._has_none_to_ask(task.run):
            return replace(result, evidence=(*result.evidence, NONE_ASKED))
        verdicts = list(result.verdicts)
        for name in task.step.asks:
            if result.undone:
                break
            verdict = heard.get(name)
            if verdict is None:
                if any(v.decides and not v.passed for v in verdicts):
                    continue
                silence = next(filter(_is_silence, verdicts), None)
                verdict = (
                    _unanswered(name, silence)
                    if silence is not None
                    else await self._ask(task, name, received=result.backup)
                )
                verdict = _after_off(verdict, verdicts)
            decides = name in task.step.checks
            expected = "" if name in EITHER and not decides else verdict.expected
            verdicts.append(replace(verdict, decides=decides, expected=expected))
            received = COMPARES_WITH.get(name) is Against.RECEIVED
            if received and verdict.passed and result.backup:
                result = self._confirmed(result)
        if (undone := _nothing_done(verdicts)) is not None:
            return StepResult(task.step.id, undone=True, hindrance=undone)
        return replace(result, verdicts=tuple(verdicts))

    def _confirmed(self, result: StepResult) -> StepResult:
        """Return what a second reading has confirmed, and note it beside the file."""
        noted = replace(result, unconfirmed="")
        try:
            self.store.confirm(Path(result.backup))
        except StoreError as trouble:
            happened = f"The library says that it was read once: {trouble.advice.happened}"
            return replace(noted, evidence=(*noted.evidence, happened))
        return noted

    def _has_none_to_ask(self, run: Run) -> bool:
        """Return whether the person's M1 is not there, and the procedure can do without it.

        What a virtual one answers would be taken for the answer of that M1.
        """
        absent = self.instrument.link.absent or self._stands_in
        return absent and not run.procedure.needs_answers

    async def _ask(
        self,
        task: _Task,
        name: str,
        *,
        received: str = "",
        ready: Callable[[], None] | None = None,
        goes_on: Callable[[], bool] = lambda: False,
    ) -> Verdict:
        """Ask one question. Raises Trouble when a file of the run is gone."""
        run = task.run
        expected = _expected(run) if COMPARES_WITH.get(name) is Against.SOUNDS else None
        context = CheckContext(
            expected=expected.contents if expected is not None else None,
            slots=expected.slots if expected is not None else NO_SLOTS,
            values=run.values,
            keys=" ".join(press.label for press in run.presses),
            led_by=tuple(step.title for step in run.led_by),
            backups=_backups_for(run, name, received),
            proved=_proved(run),
            meant=_meant(run),
            progress=task.progress,
            mark=self._mark,
            ready=ready,
            goes_on=goes_on,
            beside=LISTENING.intersection(run.current.asks) - {name},
            enough=task.enough,
            begins=task.begins,
            cut=run.is_cut,
        )
        if name in PLAYING and self.rehearsal is not None:
            self.rehearsal.heard()  # what played before is none of this answer
        verdict = await run_check(name, self.instrument, context)
        return self._with_heard(name, verdict)

    def _with_heard(self, name: str, verdict: Verdict) -> Verdict:
        """Return the answer with what a virtual M1, which makes no sound, would be heard to play.

        A real one is heard by the person.
        """
        if name not in PLAYING or self.rehearsal is None or not (heard := self.rehearsal.heard()):
            return verdict
        return replace(verdict, evidence=f"{verdict.evidence}. The virtual M1: {heard}")


def _at_first(run: Run) -> dict[str, str]:
    """Return what the first look at the M1 showed of the current step's values, by their names."""
    seen = run.first_seen
    if seen is None:
        return {}
    allocation = ModeData(seen.channel, *seen.codes).allocation
    shown = {"channel": str(seen.channel + 1)}
    shown |= {"allocation": allocation.label} if allocation is not None else {}
    return {one.name: shown[one.asks] for one in run.current.fields if one.asks in shown}


def _is_silence(verdict: Verdict) -> bool:
    """Return whether the M1 did not answer, or answers nothing more than its identity."""
    return not verdict.passed and not _ANSWERS.isdisjoint(PROVES.get(verdict.name, ()))


def _unanswered(name: str, silence: Verdict) -> Verdict:
    """Return the verdict of a question that was not asked, since an earlier one met `silence`."""
    why = silence.advice.happened if silence.advice is not None else silence.evidence
    return Verdict(None, why, "an answer", "no usable answer", silence.advice, name=name)


def ends_by_word(step: Step) -> bool:
    """Return whether the step listens until the person says that was all.

    One of whose checks waits for as long as it takes does not.
    """
    return ENDS.keys().isdisjoint(step.asks) and not LISTENING.isdisjoint(step.asks)


def ends_of(step: Step, *, by_enter: bool = False) -> str:
    """Return when the step stops listening; nothing where it does not listen.

    `by_enter` says whether Enter is the person's word that was all.
    """
    if not ends_by_word(step):
        return " ".join(ENDS[name] for name in step.asks if name in ENDS)
    ends = "Enter ends it. It also ends" if by_enter else "It ends"
    return f"{ends} when nothing new has been heard for {LISTENING_SECONDS:g} s."


async def run_auto(
    journal: Journal,
    performer: Performer,
    *,
    on_step: Callable[[Run, StepResult], None] | None = None,
    progress: ProgressHandler | None = None,
    cancel: asyncio.Event | None = None,
) -> Run:
    """Perform the rest of a run on a virtual instrument, which does all handiwork itself.

    Give the performer a `Rehearser` for a person, and nobody is asked anything.
    Ends after the last step, or at the first that is not done. `on_step` hears of each.
    Raises NotAllowed when the run stands at a step whose needs are not met, StoreError when the
    journal cannot be written.
    """
    if performer.model != journal.run.model:
        journal.record(journal.run.name_model(performer.model))
    while True:
        if journal.run.owes_comparison:
            compared = await performer.compare_first(journal.run, progress=progress)
            after = journal.run if compared is None else journal.record(compared)
            if after.owes_comparison or after.unmet:
                return after
        if journal.run.current_state.mark is Mark.OPEN:
            result = await performer.perform(
                journal.run,
                hands=True,
                progress=progress,
                cancel=cancel,
                begins=journal.begin_write,
            )
            event = result.event(journal.run)
            if event is not None:
                journal.record(event)
            if on_step is not None:
                on_step(journal.run, result)
            if journal.run.current_state.mark is Mark.OPEN:
                return journal.run
        if journal.run.at_end:
            if journal.run.owes_closing:
                asked = await performer.ask_again(journal.run, progress=progress, cancel=cancel)
                journal.record(asked)
            return journal.run
        journal.record(journal.run.next())


def _passed(result: StepResult, name: str) -> bool:
    return any(verdict.name == name and verdict.passed for verdict in result.verdicts)


def _after_off(verdict: Verdict, before: Iterable[Verdict]) -> Verdict:
    """Return an answer that Exclusive kept back, with what that says of an M1 that was just off."""
    advice = verdict.advice
    was_off = any(one.passed and one.name in ENDS for one in before)
    if not was_off or verdict.passed is not None or advice is None:
        return verdict
    if advice.code != "exclusive-disabled":
        return verdict
    lost = "An M1 that has lost its memory while it was off starts with Exclusive at DIS."
    then = "The five minutes are then not needed again: the program only compares the memory."
    told = advice._replace(cause=f"{lost} {advice.cause}", next_step=f"{advice.next_step} {then}")
    return replace(verdict, advice=told)


def _still_heard(run: Run) -> dict[str, Verdict]:
    """Return the answers of the last attempt that took minutes, where the rest had no answer.

    An M1 that has lost its memory while it was off starts with Exclusive at DIS. Once that is set,
    only the rest is to be asked: another test would set it back. Who was away begins again.
    """
    state = run.current_state
    unanswered = [one for one in state.deciding if one.passed is None]
    if state.mark is not Mark.OPEN or state.past or state.failed or not unanswered:
        return {}
    return {one.name: one for one in state.verdicts if one.passed and one.name in ENDS}


def _nothing_done(verdicts: Iterable[Verdict]) -> Advice | None:
    """Return what to say where hands were only to be listened to, and they did nothing."""
    heard = [one.advice for one in verdicts if one.name in LISTENING and not one.decides]
    idle = [one for one in heard if one is not None and one.code in NOTHING_DONE]
    return idle[0] if idle and len(idle) == len(heard) else None


def _heard_stuck(run: Run) -> dict[str, str]:
    """Return the keys that were heard stuck in the run, by the values that ask for them."""
    looks = [
        (state.ended, dict(verdict.values).get(STUCK_KEYS, ""))
        for state in run.states
        for verdict in state.verdicts
        if verdict.name == KEYBED
    ]
    _, stuck = max(looks, default=("", ""))
    return {one.name: stuck for one in run.current.fields if one.asks == STUCK_KEYS and stuck}


def _expected(run: Run) -> Loaded | None:
    """Return what memory should hold in this run. Raises OriginError."""
    place = origin_of(run) or backup_of(run)
    return load_origin(place) if place else None


def _proved(run: Run) -> frozenset[str]:
    """Return the claims of the steps that are proved at this moment."""
    return frozenset(
        str(claim)
        for step, state in zip(run.procedure.steps, run.states, strict=True)
        if state.mark is Mark.SENSED
        for claim in claims_of(step, run.values)
    )


def _meant(run: Run) -> frozenset[str]:
    """Return the claims of the steps before the current one that count and are not open."""
    return frozenset(
        str(claim)
        for at, step in enumerate(run.procedure.steps[: run.position])
        if run.marks[at] not in (Mark.OPEN, Mark.LEFT_OUT)
        for claim in claims_of(step, run.route.values[at])
    )


def _backups_for(run: Run, name: str, received: str) -> dict[str, Contents]:
    """Return the backups of this run that a check goes by, by step. Raises OriginError.

    One that was cut off while it changed settings goes by what was saved before, and a bad answer
    is explained with it, where it is still there.
    """
    cut = run.is_cut and WRITES.get(name) is Writes.SETTINGS
    explains = Against.INTERNAL_BACKUPS if cut else EXPLAINED_BY.get(name)
    if explains is None:
        return _backups(run, COMPARES_WITH.get(name), received)
    try:
        return _backups(run, explains, received)
    except OriginError:
        return {}


def _backups(run: Run, against: Against | None, received: str) -> dict[str, Contents]:
    """Return the backups of this run that a check compares with, by step. Raises OriginError.

    `received` is the file that the current step has just kept. A step that names a backup compares
    with that one only.
    """
    places: dict[str, str] = {}
    match against:
        case Against.CARD_BACKUPS:
            places = backups_of(run, "card")
        case Against.INTERNAL_BACKUPS:
            places = backups_of(run, "internal")
        case Against.RECEIVED if received:
            places = {run.current.id: received}
    if run.current.from_:
        places = {step: place for step, place in places.items() if step == run.current.from_}
    return {step: load_origin(place).contents for step, place in places.items()}


_NOT_PUT = Verdict(
    None,
    "not asked, because the M1 did not answer earlier",
    advice=Advice(
        code="no-answer-before",
        happened="Not asked, because the M1 did not answer earlier.",
        safe="The program wrote nothing.",
        next_step="Check power and cables, then let the program ask again.",
    ),
    name="closing",
)
_HANDS_NEEDED = Advice(
    code="auto-needs-virtual-m1",
    happened="This step must be done by hand, and the instrument is not a virtual one.",
    safe="Nothing was done.",
    next_step="Leave out --auto, or rehearse with --port virtual.",
)
