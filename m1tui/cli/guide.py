"""Leads a person, or a script on stdin, through a procedure in lines of at most 80 columns."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, nullcontext

from m1tui.cli.files import typed_path
from m1tui.cli.lines import LineReader, has_terminal
from m1tui.cli.output import Output
from m1tui.cli.session import Session
from m1tui.errors import NotAllowed
from m1tui.link.rehearsal import SEQUENCER_STOPPED
from m1tui.procedures.claims import Claim, claims_said, said_of
from m1tui.procedures.drawings import drawing
from m1tui.procedures.events import Event
from m1tui.procedures.findings import StepResult
from m1tui.procedures.journal import Journal, busy, unfinished
from m1tui.procedures.keys import Press
from m1tui.procedures.library import require_for
from m1tui.procedures.origins import Origin, loss_lines, said_with_source
from m1tui.procedures.other_allocation import does_not_fit
from m1tui.procedures.perform import Performer, ends_by_word, ends_of, run_auto
from m1tui.procedures.person import Rehearser
from m1tui.procedures.rehearsals import bring_back, keep
from m1tui.procedures.rules import wrapped
from m1tui.procedures.run import CONSENT, Run
from m1tui.procedures.schema import ANSWERING, PROVING, Option, Procedure, Step
from m1tui.procedures.states import Mark
from m1tui.procedures.values import Field, with_values, written
from m1tui.procedures.watch import (
    CHECK_MOVED,
    LED_THERE,
    in_another_mode,
    mode_missed,
    way_back,
)
from m1tui.procedures.watching import Watching
from m1tui.sysex import Mode, printable

NO_ANSWER = "This is not proved. If you are sure that the step is done, tick it with t."
FINDING = "Is this really how the instrument is? Record it as a fault with f."
GO_BACK = "Do not press its keys yet: what the step can destroy must be saved first."
ALARM_READ = "Type the letter a to say that you have read this."
LEAVE_VALUES = (
    "Enter keeps a value in brackets. - goes back without saving: you can then skip the step, "
    "add a note or leave."
)
HEARD_SECONDS = 1.0
"""After what time an M1 that is on has certainly been heard: it sends active sensing."""
LISTENING = "The program is listening now: do what the step says."


class Guide:
    """A run of a procedure as a talk in lines, kept in the same journal as the app's."""

    def __init__(self, session: Session, procedure: Procedure) -> None:
        self._session = session
        self._procedure = procedure
        self._person = LinePerson(session.output, LineReader())
        self._performer = Performer(session.instrument, session.store, self._person)
        self._tell = session.output.tell
        self._moved = ""
        """The step whose check changed the mode, where it was the last; empty for none."""
        self._at = ""
        """The step to which the run has come."""
        self._elsewhere: Mode | None = None
        """The mode that its keys need, where the M1 was in another one when the run came to it."""
        self._watch: _WatchInLines | None = None

    async def run(self) -> Run:
        """Goes from step to step until the last is done or the person leaves; all is saved."""
        with await self._journal() as journal:
            self._tell(*heading(journal.run.procedure))
            if self._performer.model not in ("", journal.run.model):
                journal.record(journal.run.name_model(self._performer.model))
            finished = False
            try:
                finished = await self._talk(journal)
            finally:
                if not finished:
                    self._tell(
                        "Everything is saved. Run the procedure again to continue at this step."
                    )
            return journal.run

    async def _talk(self, journal: Journal) -> bool:
        """Goes from step to step; returns whether the last one was done."""
        self._watch = watch = _WatchInLines(Watching(journal), journal, self._session)
        while not self._session.cancel.is_set():
            if journal.run.must_go_back:
                self._tell("", f'"{journal.run.current.title}": {GO_BACK}')
                journal.record(journal.run.to_open())
            if journal.run.owes_comparison and not await self._compare(journal):
                return False
            await self._arrive(journal)
            self._show(journal.run)
            async with watch.meanwhile():
                answer = await self._person.ask(_choices(journal.run))
            if answer is None or answer.strip() == "q":
                return False
            try:
                if await self._react(journal, answer.strip()):
                    return True
            except NotAllowed as refusal:
                self._tell(*refusal.advice.lines())
        return False

    async def _arrive(self, journal: Journal) -> None:
        """Finds out, where the run has come to another step, in which mode the M1 is."""
        if journal.run.current.id == self._at:
            return
        self._at, self._elsewhere = journal.run.current.id, None
        if self._watch is None or not way_back(journal.run):
            return
        await self._watch.look()
        rehearsal = self._performer.rehearsal
        lamps = rehearsal.lamps() if rehearsal is not None else ()
        self._elsewhere = mode_missed(journal.run, self._watch.mode, lamps)

    async def _journal(self) -> Journal:
        """The journal of the run to go on with, or of a new one."""
        folder, port = self._session.store.journal_folder, self._session.options.port
        elsewhere = False
        for old in unfinished(folder) if folder.is_dir() else ():
            if old.header.procedure.id != self._procedure.id:
                continue
            self._tell(
                f"A run on {old.header.port}, begun {old.header.started}, is not finished.",
                f"It is at {old.run.place_of(old.run.current.id)}.",
            )
            if old.elsewhere:
                self._tell("It is open in another program.")
                elsewhere = True
                continue
            answer = await self._person.ask("Continue it? [Y/n]")
            if (answer or "").strip().lower() not in ("n", "no"):
                journal = Journal.open(old.path, first=self._keep)
                if await bring_back(self._session.instrument, self._session.store, old.path):
                    self._tell("The rehearsal continues with the virtual M1 as it was left.")
                    rehearsal = self._session.instrument.link.rehearsal
                    if rehearsal is not None and rehearsal.was_running:
                        self._tell(SEQUENCER_STOPPED)
                return journal
            break
        else:
            if elsewhere:
                answer = await self._person.ask("Start another run? [y/N]")
                if (answer or "").strip().lower() not in ("y", "yes"):
                    raise busy()
        require_for(self._procedure, self._performer.model)
        return Journal.begin(folder, self._procedure, port=port, first=self._keep)

    def _keep(self) -> None:
        keep(self._session.instrument)

    async def _react(self, journal: Journal, answer: str) -> bool:
        """Does what was typed; returns whether the run has come to its end."""
        match answer:
            case "":
                return await self._go_on(journal)
            case "t":
                journal.record(journal.run.tick())
                return await self._next(journal)
            case "s":
                journal.record(await self._skipped(journal.run))
                return await self._next(journal)
            case "f":
                journal.record(journal.run.accept())
                return await self._next(journal)
            case "r":
                journal.record(journal.run.retry())
                return await self._go_on(journal)
            case "a":
                journal.record(journal.run.read_alarms())
            case "n":
                note = await self._person.ask("Note:")
                journal.record(journal.run.note(note or ""))
            case "b":
                journal.record(journal.run.back())
            case _ if _number(answer, _answers(journal.run)) is not None:
                self._person.typed = answer
                try:
                    return await self._go_on(journal)
                finally:
                    self._person.typed = ""
            case _:
                *keys, last = (key for key, _ in _offers(journal.run))
                self._tell(f"Expected {', '.join(keys)} or {last}; found {answer[:20]!r}.")
        return False

    async def _skipped(self, run: Run) -> Event:
        """The event of a step that is skipped. Raises NotAllowed for a reason that is none."""
        run.require_skippable()
        reason = await self._person.ask("Why are you skipping it?") or ""
        lost = run.current.loses
        if not lost:
            return run.override(reason)
        self._tell(f"Without this step, {lost}.")
        consent = await self._person.ask(f"Type {CONSENT} to continue without it:")
        return run.override(reason, consent=consent or "")

    async def _go_on(self, journal: Journal) -> bool:
        if journal.run.current_state.mark is Mark.OPEN:
            step, result = journal.run.current, await self._perform(journal)
            event = result.event(journal.run)
            if event is not None:
                journal.record(event)
            self._tell(*result_lines(result, step))
            if journal.run.current_state.mark is Mark.OPEN:
                self._tell(*_ways_on(journal.run))
                return False
        return await self._next(journal)

    async def _perform(self, journal: Journal) -> StepResult:
        """Performs the step, and notes whether a check of it changed the mode."""
        conversation = self._session.instrument.conversation
        before = conversation.mode_changes
        result = await self._performed(journal)
        self._moved = journal.run.current.id if conversation.mode_changes != before else ""
        return result

    async def _performed(self, journal: Journal) -> StepResult:
        run = journal.run
        hands = self._performer.can_rehearse(run.current)
        listens = self._performer.listens(run.current)
        if hands and self._performer.rehearsal is not None:
            await self._performer.rehearsal.press(" ".join(self._first(run)))
        by_enter = listens and not hands and ends_by_word(run.current) and self._person.can_wait
        if listens and not hands:
            self._tell(LISTENING, *wrapped(ends_of(run.current, by_enter=by_enter), COLUMNS))
        # What only listens is left at once on a signal: there is no message to bring to an end.
        with nullcontext() if listens else self._session.writing():
            async with self._person.at_enter() if by_enter else nullcontext() as enough:
                return await self._performer.perform(
                    run,
                    hands=hands,
                    progress=self._session.output.progress,
                    cancel=self._session.cancel,
                    enough=enough,
                    begins=journal.begin_write,
                )

    async def _next(self, journal: Journal) -> bool:
        """Goes to the next step; what was done at this one is judged by what this one allows."""
        if self._watch is not None:
            await self._watch.look()
        if journal.run.at_end and journal.run.done:
            if journal.run.owes_closing and not await self._close(journal):
                return False
            self._say_where_to_go_on(journal.run)
            return True
        journal.record(journal.run.next())
        return False

    async def _close(self, journal: Journal) -> bool:
        """Asks the M1 again for what the run rests on; returns whether the run may end."""
        self._tell("A last check: asking the M1 again whether everything proved is still true.")
        asked = await self._performer.ask_again(
            journal.run, progress=self._session.output.progress, cancel=self._session.cancel
        )
        if not await self._performer.ends_unanswered(asked):
            return False
        if self._watch is not None:
            # What no claim speaks of, as the allocation, may have changed since the look before.
            await self._watch.look()
        journal.record(asked)
        self._tell(*closing_lines(journal.run))
        if not journal.run.done:
            journal.record(journal.run.to_open())
        return journal.run.done

    async def _compare(self, journal: Journal) -> bool:
        """Compares what the step can destroy with its backup, before it is shown.

        Returns whether the run goes on: here, or where it is to be saved again.
        """
        step = journal.run.current
        while True:
            self._tell(
                "", f'Before "{step.title}": checking what it can destroy against its backup.'
            )
            event = await self._performer.compare_first(
                journal.run, progress=self._session.output.progress
            )
            if event is not None:
                break
            answer = await self._person.ask("[Enter compare again, q save and leave]")
            if answer is None or answer.strip() == "q" or self._session.cancel.is_set():
                return False
        journal.record(event)
        self._tell(*(one.evidence for one in event.verdicts if one.passed))
        for one in event.verdicts:
            if one.passed is False and one.advice is not None:
                self._tell(*one.advice.lines())
        if journal.run.owes_comparison or journal.run.unmet:
            journal.record(journal.run.to_open())
        return True

    def _say_where_to_go_on(self, run: Run) -> None:
        if run.route.leads_to:
            self._tell(f"Continue with: m1tui procedures run {run.route.leads_to}")

    def _show(self, run: Run) -> None:
        step, state = run.current, run.current_state
        of = "" if run.procedure.leads_past_most else f" of {len(run.states)}"
        title = f"Step {run.numbers[run.position]}{of}: {step.title}"
        self._tell("", f"{title} {state.mark.glyph} {state.mark.word}")
        proves = "; ".join(map(said_of, run.claims))
        first = self._first(run)
        for danger in run.dangers:
            self._tell(*wrapped(f"WARNING: {danger}", COLUMNS))
        rack = run.model == "M1R"
        lines = step_lines(step, run.presses, proves, first, run.values, rack=rack)
        self._tell(*lines, *recalled_lines(run))
        if self._elsewhere is not None and first:
            self._tell(*wrapped(in_another_mode(self._elsewhere, run), COLUMNS))
        elif self._moved == step.id and step.keys and state.mark is Mark.OPEN:
            self._tell(*wrapped(CHECK_MOVED, COLUMNS))
        elif first:
            self._tell(*wrapped(LED_THERE, COLUMNS))
        if state.note:
            self._tell(f"Note: {state.note}")
        if state.doubt:
            self._tell(f"This step has been reopened: {state.doubt}")
        if step.kind in ("backup", "receive") and step.bank == "internal":
            self._tell(*loss_lines(run))
        if self._performer.can_rehearse(step):
            self._tell("The virtual M1 does this on its own when you press Enter.")

    def _first(self, run: Run) -> tuple[str, ...]:
        """The keys that lead to where the step's keys begin, where the display is elsewhere."""
        away = self._elsewhere is not None or self._moved
        return way_back(run) if away and run.current_state.mark is Mark.OPEN else ()


class _WatchInLines:
    """Looks at the instrument while a person reads and types, and says what is alarming."""

    def __init__(self, watching: Watching, journal: Journal, session: Session) -> None:
        self._watching, self._journal, self._session = watching, journal, session
        self._told = 0
        self._wire = asyncio.Lock()

    @asynccontextmanager
    async def meanwhile(self) -> AsyncIterator[None]:
        """Within, look every few seconds; and once before, and once more after.

        One that is silent is asked only within, since that takes seconds.
        """
        instrument = self._session.instrument
        await self.look()
        looking = asyncio.ensure_future(
            self._watching.keep_looking(instrument, self._wire, self._tell)
        )
        try:
            yield
            async with self._wire:
                pass  # A look that is under way comes to its end.
        finally:
            await _end(looking)
        if not looking.cancelled():
            looking.result()
        await self.look()

    @property
    def mode(self) -> Mode | None:
        """The mode in which it answered at the last look, None where it did not."""
        return self._watching.mode

    async def look(self) -> None:
        """Look once, unless it was silent before: asking it then takes seconds."""
        if self._watching.gone:
            return
        async with self._wire:
            await self._watching.look_or_reconnect(self._session.instrument)
        self._tell()

    def _tell(self) -> None:
        alarms = self._journal.run.alarms
        for one in alarms[max(self._told, self._journal.run.read) :]:
            self._session.output.tell("", "ALARM", *one.advice.lines(), ALARM_READ)
        self._told = len(alarms)


async def _end(looking: asyncio.Future[None]) -> None:
    """Cancel `looking`, and wait until it has ended, although this is cancelled meanwhile."""
    looking.cancel()
    cancelled: asyncio.CancelledError | None = None
    while not looking.done():
        try:
            await asyncio.wait({looking})
        except asyncio.CancelledError as error:
            cancelled = error
    if not looking.cancelled():
        looking.exception()  # Raised by who goes on; else the loop says that nobody asked for it.
    if cancelled is not None:
        raise cancelled


def _answers(run: Run) -> int:
    """How many answers the current step offers, 0 where it is no question or is answered."""
    is_open = run.current_state.mark is Mark.OPEN
    return len(run.current.options) if run.current.kind == "question" and is_open else 0


def _offers(run: Run) -> Iterator[tuple[str, str]]:
    """What can be typed at the current step, each with what it does; nothing that is refused.

    What is said in a line of its own has no word here.
    """
    unfit = does_not_fit(run)
    if unfit:
        # The same file would only be refused again.
        yield "b", "back"
    answers = _answers(run)
    yield (f"1 to {answers}", "answer") if answers else ("Enter", "done")
    if run.skippable:
        yield "s", "skip with a reason"
    yield "r", "retry"
    if run.current.finds and run.current_state.failed:
        yield "f", ""
    yield "n", "note"
    if run.standing:
        yield "a", ""
    if not (run.at_start or unfit):
        yield "b", "back"
    yield "q", "save and leave"


def _choices(run: Run) -> str:
    """What can be typed at the current step, in a line."""
    return f"[{', '.join(f'{key} {word}' for key, word in _offers(run) if word)}]"


def _ways_on(run: Run) -> list[str]:
    """What can be done where the check of a step was not passed, beside what is always offered."""
    if run.current_state.no_answer:
        by_word = run.current.kind not in (*PROVING, *ANSWERING) and not run.current_state.failed
        return [NO_ANSWER] if by_word else []
    return [FINDING] if run.current.finds else []


def closing_lines(run: Run) -> list[str]:
    """What the M1 answered when it was asked again at the end; what is lost is said behind it."""
    if run.closing is None:
        return []
    words: dict[bool | None, str] = {True: "still true", False: "NO LONGER TRUE"}
    pairs = zip(run.closing.claims, run.closing.verdicts, strict=True)
    lines = [
        f"  {words.get(one.passed, one.word)}: {said_with_source(run, claim)}"
        for claim, one in pairs
    ]
    lines += [
        f"  could not be checked again: {said_of(Claim.parse(claim))} (true when proved)"
        for claim in run.closing.not_asked
    ]
    lines += [f"  not proved: {said_of(Claim.parse(claim))}" for claim in run.unproved]
    for step_id, claims in run.not_again.items():
        step = run.place_of(step_id).partition(",")[0]
        lines.append(f"  proved earlier, but not again since {step}, which sets them:")
        lines += [f"    {said_of(Claim.parse(claim))}" for claim in claims]
    if run.closing.initialised:
        return [*lines, "", "ALARM", *run.alarms[-1].advice.lines()]
    return lines


async def run_automatically(session: Session, procedure: Procedure) -> Run:
    """Performs a procedure on a virtual instrument without asking anybody."""
    performer = Performer(session.instrument, session.store, Rehearser())
    require_for(procedure, performer.model)

    def show(run: Run, result: StepResult) -> None:
        step = run.current
        session.output.tell(f"{run.current_state.mark.glyph} {step.title}")
        session.output.tell(*(f"    {line}" for line in result_lines(result, step)))

    folder, port = session.store.journal_folder, session.options.port
    begun = Journal.begin(folder, procedure, port=port, first=lambda: keep(session.instrument))
    with begun as journal, session.writing():
        try:
            ended = await run_auto(
                journal,
                performer,
                on_step=show,
                progress=session.output.progress,
                cancel=session.cancel,
            )
            lines = closing_lines(ended)
            session.output.tell(*(("A last check:", *lines) if lines else ()))
            return ended
        except NotAllowed as refusal:
            session.output.advise(refusal.advice)
            return journal.run


class LinePerson:
    """Decides what the procedure asks, in lines; the default of every question is harmless."""

    def __init__(self, output: Output, reader: LineReader) -> None:
        self._output = output
        self._reader = reader
        self.typed = ""
        """The number of the answer to the next question, where it was typed already."""

    async def ask(self, prompt: str) -> str | None:
        """The line that is typed behind `prompt`; None when there is no more input."""
        self._output.ask(f"{prompt} ")
        line = await self._reader.line()
        if line is None or not has_terminal():
            # A terminal has shown what was typed; a script's log is to show it, too.
            self._output.tell(printable(line or ""))
        return line

    @property
    def can_wait(self) -> bool:
        """Whether Enter can be waited for beside something else.

        A script's next line is the answer to the next question.
        """
        return has_terminal() and self._reader.is_cancellable

    @asynccontextmanager
    async def at_enter(self) -> AsyncIterator[asyncio.Event]:
        """Within, what is set once a person presses Enter.

        An Enter that was pressed at once counts after a moment: an M1 that has had no time to send
        anything is not silent.
        """
        entered = asyncio.Event()

        async def wait() -> None:
            moment = asyncio.ensure_future(asyncio.sleep(HEARD_SECONDS))
            if await self._reader.line() is not None:
                await moment
                entered.set()

        waiting = asyncio.ensure_future(wait())
        try:
            yield entered
        finally:
            waiting.cancel()
            await asyncio.wait({waiting})

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        """Whether the person typed y."""
        self._output.tell(*lines)
        answer = await self.ask(f"{title} [y/N]")
        return (answer or "").strip().lower() in ("y", "yes")

    async def type_word(self, title: str, word: str) -> bool:
        """Whether the person typed the word, in capitals as it stands there."""
        answer = await self.ask(f"{title}: type {word} to continue:")
        if (answer or "").strip() == word:
            return True
        self._output.tell(f"Expected {word}, found {printable(answer or '')!r}. Nothing was done.")
        return False

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        """The origin whose number was typed, or the file whose path was."""
        self._output.tell("Where do the sounds come from?")
        for place, one in enumerate(offered, 1):
            beside = (f"    {text}" for text in (one.lacks, one.note) if text)
            self._output.tell(f"  {place} {one.title}", *beside)
        line = await self.ask("Its number, or the path to a file (Enter = 1, - = none):")
        answer = "-" if line is None else line.strip() or "1"
        if answer == "-":
            return None
        number = _number(answer, len(offered))
        return Origin.of_file(typed_path(answer)) if number is None else offered[number - 1]

    async def choose(self, title: str, lines: tuple[str, ...]) -> int | None:
        """The place of the line whose number was typed."""
        self._output.tell(title, *(f"  {number} {line}" for number, line in enumerate(lines, 1)))
        answer = (await self.ask("Its number (Enter = none):") or "").strip()
        number = _number(answer, len(lines))
        if answer and number is None:
            self._output.tell(f"Expected 1 to {len(lines)}, found {printable(answer)!r}.")
        return None if number is None else number - 1

    async def choose_slot(self, title: str, names: tuple[str, ...]) -> int | None:
        """The slot that was typed; what it contains is said."""
        answer = (await self.ask(f"{title}, 00 to 99 (Enter = none):") or "").strip()
        if not (answer.isascii() and answer.isdigit() and len(answer) <= 2):
            if answer:
                self._output.tell(f"Expected 00 to 99, found {printable(answer)!r}.")
            return None
        if int(answer) < len(names):
            self._output.tell(f'In it now: "{printable(names[int(answer)])}".')
        return int(answer)

    async def answer(self, step: Step) -> Option | None:
        """The option whose number was typed; the step's own lines have shown them."""
        while True:
            line: str | None = self.typed
            self.typed = ""
            if not line:
                line = await self.ask(f"Your answer, 1 to {len(step.options)} (- = go back):")
            answer = "-" if line is None else line.strip()
            if answer == "-":
                return None
            number = _number(answer, len(step.options))
            if number is not None:
                return step.options[number - 1]
            self._output.tell(f"Expected 1 to {len(step.options)}, found {printable(answer)!r}.")

    async def write_down(self, step: Step, known: Mapping[str, str]) -> Mapping[str, str] | None:
        """What was typed for each field; Enter takes what the M1 said, or what is preset.

        None where one was left: then the step stays open, and can be skipped or left.
        """
        typed: dict[str, str] = {}
        self._output.tell(*wrapped(LEAVE_VALUES, COLUMNS))
        for field in step.fields:
            value = await self._value(field, known.get(field.name, field.preset))
            if value is None:
                return None
            typed[field.name] = value
        return typed

    async def _value(self, field: Field, offered: str) -> str | None:
        rule = f" ({field.rule})" if field.rule else ""
        preset = f" [{offered}]" if offered else ""
        while True:
            line = await self.ask(f"{field.label}{rule}{preset}:")
            if line is None or line.strip() == "-":
                return None
            try:
                value = field.taken(line.strip() or offered)
            except ValueError as error:
                self._output.tell(str(error))
                continue
            if remark := field.remark(value):
                self._output.tell(remark)
            return value


def _number(text: str, most: int) -> int | None:
    """A number from 1 to `most`; None for anything else."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= most:
        return int(text)
    return None


COLUMNS = 78


def heading(procedure: Procedure) -> Iterator[str]:
    """What a person reads before the first step."""
    yield procedure.title
    yield from wrapped(procedure.purpose, COLUMNS)
    tools = ", ".join(procedure.tools) or "none"
    yield from wrapped(f"Time: {procedure.time}. Tools: {tools}.", COLUMNS)
    yield from wrapped(f"Risk: {procedure.risk}", COLUMNS)
    for warning in procedure.warnings:
        yield from wrapped(f"WARNING: {warning}", COLUMNS)


def step_lines(
    step: Step,
    presses: tuple[Press, ...] = (),
    proves: str = "",
    first: tuple[str, ...] = (),
    values: Mapping[str, str] | None = None,
    *,
    rack: bool = False,
) -> Iterator[str]:
    """A step's warning, text, drawing, keys, answers, expected display, and what it proves.

    `presses` are its keys and `proves` its claims, with the `values` that were chosen in the run;
    `first` are keys that lead to where they begin. Of an M1R, `rack`, another drawing is shown.
    """
    if step.warning:
        yield from wrapped(f"WARNING: {with_values(step.warning, values or {})}", COLUMNS)
    yield from wrapped(step.text, COLUMNS)
    if step.provenance:
        yield from wrapped(step.provenance, COLUMNS)
    if step.drawing:
        yield ""
        yield from (f"    {line}".rstrip() for line in drawing(step.drawing, rack=rack))
    if step.keys:
        yield from wrapped(f"Keys: {_keys_shown(step, presses, first)}", COLUMNS)
    yield from (f"  {number} {option.label}" for number, option in enumerate(step.options, 1))
    if step.display:
        yield "The display then shows (a sketch):"
        yield from (f"  {line}" for line in step.display)
    if proves := proves or claims_said(step):
        yield from wrapped(f"Proves: {proves}.", COLUMNS)


def field_lines(step: Step) -> Iterator[str]:
    """What a step asks to choose or to write down; a run asks for it line by line."""
    for field in step.fields:
        rule = f", {field.rule}" if field.rule else ""
        preset = f", preset {field.preset}" if field.preset else ""
        good = f"; good: {field.good}" if field.good else ""
        yield f"  {field.label}{rule}{preset}{good}"


def _keys_shown(step: Step, presses: tuple[Press, ...], first: tuple[str, ...]) -> str:
    """The guide's own notation, or with commas where a value of several words stands in it."""
    labels = [*first, *(press.label for press in presses)]
    if any(" " in label for label in labels):
        return ", ".join(labels)
    return " ".join((*first, step.keys))


def recalled_lines(run: Run) -> Iterator[str]:
    """What an earlier step of the run has noted, where the current one recalls it."""
    recall = run.current.recall
    if not recall:
        return
    step, state = run.procedure.step(recall), run.state(recall)
    if state.note:
        yield f'Noted at "{step.title}": {state.note}'
    yield from written(step.fields, dict(state.values))
    answered = dict.fromkeys(line for one in state.verdicts for line in (one.evidence, *one.beside))
    yield from (f'At "{step.title}": {one}' for one in answered)


def result_lines(result: StepResult, step: Step) -> Iterator[str]:
    """What came of performing `step`."""
    labels = {field.name: field.label for field in step.fields}
    yield from (line for one in result.verdicts for line in (one.line, *one.beside))
    yield from result.lines
    if result.choice:
        yield f"answer: {result.choice}"
    yield from (f"{labels.get(name, name)}: {value}" for name, value in result.values)
    if result.advice is not None:
        yield from result.advice.lines()
