"""Leads a person, or a script on stdin, through a procedure in plain lines."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from m1tui.cli.lines import LineReader, has_terminal
from m1tui.cli.output import Output
from m1tui.cli.session import Session
from m1tui.procedures import (
    Journal,
    Mark,
    NotAllowed,
    Origin,
    Performer,
    Procedure,
    Run,
    Step,
    StepResult,
    run_auto,
    unfinished,
    wrapped,
)
from m1tui.sysex import printable

COLUMNS = 78
CHOICES = "[Enter done, s skip with a reason, r retry, n note, b back, q leave, saved]"
NO_ANSWER = "The M1 could not be asked. If you are sure that the step is done, tick it with t."


class LinePerson:
    """Decides what the procedure asks, in lines; the default of every question is harmless."""

    def __init__(self, output: Output, reader: LineReader) -> None:
        self._output = output
        self._reader = reader

    async def ask(self, prompt: str) -> str | None:
        """The line that is typed behind `prompt`; None when there is no more input."""
        self._output.ask(f"{prompt} ")
        line = await self._reader.line()
        if line is None or not has_terminal():
            # A terminal has shown what was typed; a script's log is to show it, too.
            self._output.tell(printable(line or ""))
        return line

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        """Whether the person typed y."""
        self._output.tell(*lines)
        answer = await self.ask(f"{title} [y/N]")
        return (answer or "").strip().lower() in ("y", "yes")

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        """The origin whose number was typed, or the file whose path was."""
        self._output.tell("Where do the sounds come from?")
        self._output.tell(*(f"  {number} {one.title}" for number, one in enumerate(offered, 1)))
        line = await self.ask("Its number, or the path of a file (Enter = 1, - = none):")
        answer = "-" if line is None else line.strip() or "1"
        if answer == "-":
            return None
        if answer.isascii() and answer.isdigit() and 1 <= int(answer[:4]) <= len(offered):
            return offered[int(answer) - 1]
        return Origin.of_file(_typed_path(answer))


def _typed_path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # there is no such user, so the name is meant as it stands
        return Path(text)


class Guide:
    """A run of a procedure as a talk in lines, kept in the same journal as the app's."""

    def __init__(self, session: Session, procedure: Procedure) -> None:
        self._session = session
        self._procedure = procedure
        self._person = LinePerson(session.output, LineReader())
        self._performer = Performer(session.instrument, session.store, self._person)
        self._tell = session.output.tell

    async def run(self) -> Run:
        """Goes from step to step until the last is done or the person leaves; all is saved."""
        with await self._journal() as journal:
            self._tell(*heading(journal.run.procedure))
            finished = False
            try:
                finished = await self._talk(journal)
            finally:
                if not finished:
                    self._tell("Left and saved; run the procedure again to go on at this step.")
            return journal.run

    async def _talk(self, journal: Journal) -> bool:
        """Goes from step to step; returns whether the last one was done."""
        while not self._session.cancel.is_set():
            self._show(journal.run)
            answer = await self._person.ask(CHOICES)
            if answer is None or answer.strip() == "q":
                return False
            try:
                if await self._react(journal, answer.strip()):
                    return True
            except NotAllowed as refusal:
                self._tell(*refusal.advice.lines())
        return False

    async def _journal(self) -> Journal:
        """The journal of the run to go on with, or of a new one."""
        folder, port = self._session.store.journal_folder, self._session.options.port
        for old in unfinished(folder) if folder.is_dir() else ():
            if old.header.procedure.id != self._procedure.id:
                continue
            self._tell(
                f"A run on {old.header.port}, begun {old.header.started}, is not finished.",
                f"It stands at step {old.run.position + 1}, {old.run.current.title}.",
            )
            answer = await self._person.ask("Go on with it? [Y/n]")
            if (answer or "").strip().lower() not in ("n", "no"):
                return Journal.open(old.path)
            break
        return Journal.begin(folder, self._procedure, port=port)

    async def _react(self, journal: Journal, answer: str) -> bool:
        """Does what was typed; returns whether the run has come to its end."""
        match answer:
            case "":
                return await self._go_on(journal)
            case "t":
                journal.record(journal.run.tick())
                return self._next(journal)
            case "s":
                reason = await self._person.ask("Why is it skipped?")
                journal.record(journal.run.override(reason or ""))
                return self._next(journal)
            case "r":
                journal.record(journal.run.retry())
                return await self._go_on(journal)
            case "n":
                note = await self._person.ask("Note:")
                journal.record(journal.run.note(note or ""))
            case "b":
                journal.record(journal.run.back())
            case _:
                self._tell(f"Expected Enter, s, r, n, b or q; found {answer[:20]!r}.")
        return False

    async def _go_on(self, journal: Journal) -> bool:
        if journal.run.current_state.mark is Mark.OPEN:
            result = await self._perform(journal.run)
            event = result.event(journal.run)
            if event is not None:
                journal.record(event)
            self._tell(*result_lines(result))
            if journal.run.current_state.mark is Mark.OPEN:
                self._tell(*([NO_ANSWER] if journal.run.current_state.unanswered else []))
                return False
        return self._next(journal)

    async def _perform(self, run: Run) -> StepResult:
        seen: tuple[str, ...] = ()
        if self._performer.can_rehearse(run.current):
            seen = await self._performer.rehearse(run)
        with self._session.writing():
            return await self._performer.perform(
                run,
                seen=seen,
                progress=self._session.output.progress,
                cancel=self._session.cancel,
            )

    def _next(self, journal: Journal) -> bool:
        if journal.run.at_end:
            return journal.run.done
        journal.record(journal.run.next())
        return False

    def _show(self, run: Run) -> None:
        step, state = run.current, run.current_state
        title = f"Step {run.position + 1} of {len(run.states)}: {step.title}"
        self._tell("", f"{title} {state.mark.glyph} {state.mark.word}")
        self._tell(*step_lines(step))
        if step.recall and run.state(step.recall).note:
            recalled = run.procedure.step(step.recall).title
            self._tell(f'Noted at "{recalled}": {run.state(step.recall).note}')
        if state.note:
            self._tell(f"Note: {state.note}")
        if self._performer.can_rehearse(step):
            self._tell("The virtual M1 does this by itself when you press Enter.")


async def run_automatically(session: Session, procedure: Procedure) -> Run:
    """Performs a procedure on a virtual instrument without asking anybody."""
    person = LinePerson(session.output, LineReader())
    performer = Performer(session.instrument, session.store, person)

    def show(run: Run, result: StepResult) -> None:
        step = run.current
        session.output.tell(f"{run.current_state.mark.glyph} {step.title}")
        session.output.tell(*(f"    {line}" for line in result_lines(result)))

    folder, port = session.store.journal_folder, session.options.port
    with Journal.begin(folder, procedure, port=port) as journal, session.writing():
        try:
            return await run_auto(
                journal,
                performer,
                on_step=show,
                progress=session.output.progress,
                cancel=session.cancel,
            )
        except NotAllowed as refusal:
            session.output.advise(refusal.advice)
            return journal.run


def heading(procedure: Procedure) -> Iterator[str]:
    """What a person reads before the first step."""
    yield procedure.title
    yield from wrapped(procedure.purpose, COLUMNS)
    tools = ", ".join(procedure.tools) or "none"
    yield from wrapped(f"Time: {procedure.minutes} minutes. Tools: {tools}.", COLUMNS)
    yield from wrapped(f"Risk: {procedure.risk}", COLUMNS)
    for warning in procedure.warnings:
        yield from wrapped(f"WARNING: {warning}", COLUMNS)


def step_lines(step: Step) -> Iterator[str]:
    """A step's warning, text, keys and expected display."""
    if step.warning:
        yield from wrapped(f"WARNING: {step.warning}", COLUMNS)
    yield from wrapped(step.text, COLUMNS)
    if step.keys:
        yield f"Keys: {step.keys}"
    if step.display:
        yield "The display then shows (a sketch):"
        yield from (f"  {line}" for line in step.display)
    if step.asks:
        yield f"The program asks the M1: {', '.join(step.asks)}."


def result_lines(result: StepResult) -> Iterator[str]:
    """What came of performing a step."""
    yield from _marked(result)
    yield from result.evidence
    if result.advice is not None:
        yield from result.advice.lines()


def _marked(result: StepResult) -> Iterable[str]:
    words = {True: "passed", False: "FAILED", None: "not answered"}
    for verdict in result.verdicts:
        word = words[verdict.passed] if verdict.decides else "noted"
        yield f"{verdict.name}: {word}: {verdict.evidence}"
