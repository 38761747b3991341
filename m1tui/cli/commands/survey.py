"""`survey`: gets to know an M1 by experiments, and leaves it as it was."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from m1tui import __version__
from m1tui.advice import Advice, Trouble
from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.exits import Exit, Stop, data_dir_of, usage
from m1tui.cli.lines import LineReader, has_terminal
from m1tui.cli.output import Call
from m1tui.cli.session import Session, on_instrument, save_to_library
from m1tui.engine.survey import (
    CLASSES,
    Class,
    Look,
    RehearsedSurveyor,
    Survey,
    Surveying,
    still_owed,
    survey,
)
from m1tui.engine.survey.person import DONE, Hands
from m1tui.errors import ReadError, Stopped, StoreError
from m1tui.files import FileTrouble, shown
from m1tui.link.rehearsal import Rehearsal
from m1tui.store.surveys import TRANSCRIPT, SurveyFolder, survey_folder
from m1tui.surveys import State

_STOPS = "q"


def add_arguments(parser: CommandParser) -> None:
    """What may be done, and where the results go."""
    parser.add_argument(
        "--class",
        action="append",
        dest="classes",
        choices=tuple(one.value for one in Class),
        help="what the experiments may do; may be repeated; asked for if none is given",
    )
    parser.add_argument(
        "--out",
        type=values.folder,
        metavar="DIR",
        help="where survey.json and survey.md go; an unfinished survey there is continued",
    )
    parser.add_argument(
        "--continue",
        action="store_true",
        dest="continues",
        help="also continue a finished survey of the same M1, to try what was not tried",
    )
    parser.add_argument(
        "--auto",
        action="store_true",
        help="on a virtual M1: it presses the keys and reads its display itself",
    )
    parser.add_argument(
        "--with-names",
        action="store_true",
        help="also write transcript.txt with every byte, including the names of sounds",
    )


def run(call: Call) -> int:
    """Makes the survey; 0 if it ended with the proof that nothing is changed, else 5."""

    async def work(session: Session) -> int:
        return await _Surveys(call, session).run()

    return on_instrument(call, work)


class _Surveys:
    def __init__(self, call: Call, session: Session) -> None:
        self._call, self._session, self._output = call, session, call.output
        self._link = session.instrument.link
        self._reader = LineReader()
        virtual = self._link.rehearsal is not None
        usual = survey_folder(data_dir_of(call.options), virtual=virtual)
        self._folder: Path = call.arguments.out or usual

    async def run(self) -> int:
        rehearsal = self._link.rehearsal
        if self._call.arguments.auto and rehearsal is None:
            raise Stop(Exit.REFUSED, _NOT_VIRTUAL)
        self._files = SurveyFolder(self._folder)
        so_far = await self._begun()
        classes = await self._classes()
        if self._call.arguments.with_names:
            self._link.transcript.stream_to(self._folder / TRANSCRIPT)
        surveyor = (
            RehearsedSurveyor(rehearsal)
            if self._call.arguments.auto and rehearsal is not None
            else LineSurveyor(self._call, self._reader, rehearsal)
        )
        given = Surveying(
            surveyor,
            classes,
            self._save,
            self._files.keep,
            self._tell,
            lay_aside=self._files.lay_aside,
            laid_aside=self._files.laid_aside,
            photograph=self._files.photograph,
        )
        try:
            found = await survey(self._session.instrument, given, so_far)
        except (asyncio.CancelledError, Stopped):
            # What was sent back has been put back by now, as far as the M1 answers.
            raise self._left() from None
        except Stop:
            raise
        except Trouble as trouble:
            raise self._failed(trouble) from trouble
        self._output.facts(_facts(found, self._folder), _lines(found, self._files.report))
        return Exit.DONE if found.unchanged else Exit.UNKNOWN

    def _left(self) -> Stop:
        """The stop of a person who leaves; 5 where the M1 is not as it was."""
        owed = still_owed(self._files.kept())
        if owed:
            return Stop(Exit.UNKNOWN, _LEFT._replace(safe=f"What was found is kept. {owed}"))
        return Stop(Exit.USAGE, _LEFT)

    def _failed(self, trouble: Trouble) -> Stop:
        """The stop of a survey that could not go on, by what it has changed by then."""
        owed = still_owed(self._files.kept())
        if owed:
            safe = f"{trouble.advice.safe} {owed}".strip()
            return Stop(Exit.UNKNOWN, trouble.advice._replace(safe=safe))
        answered = trouble.advice.code in ("survey-press-prog", "survey-other-m1")
        answered = answered or isinstance(trouble, ReadError | StoreError | FileTrouble)
        return Stop(Exit.FAILED if answered else Exit.NO_ANSWER, trouble.advice)

    async def _begun(self) -> Survey:
        """The survey to go on with, or a new one."""
        path = self._files.json_file
        virtual = self._link.rehearsal is not None
        try:
            old = self._files.kept()
        except Trouble as trouble:
            raise Stop(Exit.USAGE, trouble.advice) from trouble
        if old is not None and not old.unchanged and old.virtual is not virtual:
            one = "a virtual M1" if old.virtual else "a real M1"
            raise usage(
                f"{shown(path)} is an unfinished survey of {one}.",
                "Name another folder with --out.",
                code="survey-there",
            )
        same = old is not None and old.virtual is virtual
        if old is not None and same and (not old.unchanged or await self._continues(old)):
            self._output.say(
                f"Continuing the survey in {shown(path)} that was begun on {old.when}."
            )
            return old
        if old is not None:
            name = self._files.set_aside(old)
            self._output.say(f'The survey that was there is kept as "{name}". A new one begins.')
        return Survey(
            program=__version__,
            when=dt.datetime.now(tz=dt.UTC).date().isoformat(),
            interface=self._link.title,
            virtual=virtual,
        )

    async def _continues(self, old: Survey) -> bool:
        """Whether a survey that has ended is continued: a person knows if it is the same M1."""
        if self._call.arguments.continues:
            return True
        if self._call.arguments.auto or not has_terminal():
            return False
        settled = sum(one.word is not None for one in old.all())
        self._output.say(
            f"The survey of {old.when} has ended: {settled} of {len(old.all())} uncertain facts "
            "are settled."
        )
        question = (
            "Is this the same M1? Answer yes to try what has not been tried yet, no to begin a new "
            "survey."
        )
        self._output.ask(f"{question} [y/N] ")
        return (await self._reader.line() or "").strip().lower() in ("y", "yes")

    async def _classes(self) -> frozenset[Class]:
        chosen = self._call.arguments.classes
        if chosen:
            for one in chosen:
                self._output.say(CLASSES[Class(one)])
            return frozenset(map(Class, chosen))
        if not has_terminal():
            return frozenset({Class.ASKS})
        found = {Class.ASKS}
        self._output.say(CLASSES[Class.ASKS])
        for one in (Class.EDIT, Class.WRITES, Class.KEYS):
            self._output.ask(f"{CLASSES[one]} Allow this? [y/N] ")
            if (await self._reader.line() or "").strip().lower() in ("y", "yes"):
                found.add(one)
        return frozenset(found)

    def _save(self, backup: Any) -> Path:
        path = save_to_library(self._session, backup)
        self._output.say(f"The memory was read twice and is kept as {shown(path)}.")
        return path

    def _tell(self, what: str) -> None:
        self._output.say(f"- {what}")


class LineSurveyor:
    """Asks the person beside the M1 in lines."""

    def __init__(self, call: Call, reader: LineReader, rehearsal: Rehearsal | None) -> None:
        self._output, self._reader, self._rehearsal = call.output, reader, rehearsal
        self._hands = Hands(rehearsal) if rehearsal is not None else None
        self._page = ""

    async def look(self, look: Look) -> str | None:
        """Say what to press and to look at; the answer, None to skip it. Raises Stopped on q."""
        if look.page != self._page:
            self._page = look.page
            self._output.tell("", look.page)
        if look.keys:
            self._output.tell(f"  Press {look.keys}")
        self._output.tell(f"  {look.text}")
        if self._rehearsal is not None and self._hands is not None:
            await self._act(look, self._rehearsal, self._hands)
        answer = await self._answer(look)
        if self._hands is not None:
            self._hands.answered(look)
        return answer

    async def _answer(self, look: Look) -> str | None:
        while True:
            answer = await self._ask(look)
            if answer is None or answer.strip() == _STOPS:
                raise Stopped
            if look.is_skipped_by(answer):
                return None
            taken = look.taken(answer)
            if taken is not None:
                return taken
            self._output.tell(f"  Expected {look.asked.value}.")

    async def _ask(self, look: Look) -> str | None:
        form = look.asked.value
        hint = f"{form}; Enter skips" if form else DONE
        self._output.ask(f"  [{hint}; q leaves] ")
        return await self._reader.line()

    async def _act(self, look: Look, rehearsal: Rehearsal, hands: Hands) -> None:
        """Let the virtual M1 do it, and show what it shows."""
        await hands.act(look)
        first, second = rehearsal.display()
        lamps = " ".join(rehearsal.lamps())
        done = f" ({', '.join(look.actions)})" if look.actions else ""
        self._output.tell(f"  The virtual M1 does it{done}; its display, a sketch:")
        self._output.tell(f"  |{first}|", f"  |{second}|  lit: {lamps}")
        cursor = rehearsal.cursor()
        if cursor is not None:
            self._output.tell(f"   {' ' * cursor[1]}^")


def _facts(found: Survey, folder: Path) -> dict[str, Any]:
    return {**found.as_facts(), "folder": str(folder)}


def _lines(found: Survey, report: Path) -> Iterator[str]:
    for one in found.all():
        if one.state is State.OTHERWISE:
            yield f"{one.manner}: {one.word}, which is not what is assumed. {one.evidence}"
    settled = sum(one.word is not None for one in found.all())
    yield f"{settled} of {len(found.all())} uncertain facts are settled for this M1."
    for state, told in ((State.OPEN, "Tried, not settled"), (State.NOT_TRIED, "Not tried")):
        names = [one.manner for one in found.all() if one.state is state]
        if names:
            yield f"{told}: {', '.join(names)}."
    if found.unchanged:
        yield f"Proved unchanged: {found.unchanged}."
    else:
        yield "It is NOT proved that the M1 is as it was."
    yield f"The report: {shown(report)}"


_NOT_VIRTUAL = Advice(
    code="auto-needs-virtual-m1",
    happened="--auto works only on a virtual M1.",
    safe="Nothing was sent.",
    next_step="Leave out --auto, or rehearse with --port virtual.",
)
_LEFT = Advice(
    code="survey-left",
    happened="You left the survey.",
    safe="What was found is kept. The M1's mode and its edit buffer were put back.",
    next_step="Run the same command again to continue.",
)
