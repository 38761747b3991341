"""`replay`: plays a recorded session against the engine, in the place of the instrument."""

from collections.abc import Iterator
from dataclasses import replace

from m1tui import clock
from m1tui.advice import NOTHING_SENT, Advice
from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.exits import Exit, Stop, usage
from m1tui.cli.files import read_contents
from m1tui.cli.output import Call
from m1tui.engine.replaying import Doing, Replayed, Session, replay, session_of
from m1tui.link import Transcript
from m1tui.sysex import printable


def add_arguments(parser: CommandParser) -> None:
    """The recording, and what was done when it was made."""
    parser.add_argument(
        "recording",
        type=values.path,
        metavar="TRANSCRIPT",
        help="a file that --transcript wrote",
    )
    parser.add_argument(
        "--do",
        choices=tuple(one.value for one in Doing),
        help="what was recorded; worked out from the transcript if not given",
    )
    parser.add_argument(
        "--file",
        type=values.path,
        metavar="FILE",
        help="the file that was compared or sent in the recording",
    )


def run(call: Call) -> int:
    """Plays it; 0 if the program writes what it wrote then, 4 if it writes something else."""
    arguments = call.arguments
    session = _session(call)
    if session.doing in (Doing.VERIFY, Doing.RESTORE):
        if arguments.file is None:
            raise usage(
                f"{session.doing} needs --file.",
                "Give the file that was compared or sent when the transcript was made.",
                code="file-needed",
            )
        session = replace(session, contents=read_contents(arguments.file))
    done = clock.run(replay(session))
    call.output.facts(
        {
            "operation": session.doing.value,
            "as_recorded": done.as_recorded,
            "outcome": done.outcome,
            "differs": done.differs or None,
            "unwritten": done.unwritten,
            "unread": done.unread,
        },
        _lines(session, done),
    )
    return Exit.DONE if done.as_recorded else Exit.DIFFERENT


def _session(call: Call) -> Session:
    path = call.arguments.recording
    transcript, remarks = Transcript.load(path), Transcript.remarks(path)
    if call.arguments.do is not None:
        remarks = {**remarks, "do": call.arguments.do}
    try:
        return session_of(transcript, remarks)
    except ValueError as error:
        raise Stop(
            Exit.USAGE,
            Advice(
                "session-unknown",
                f"A comment in the transcript cannot be read: {printable(str(error))}.",
                NOTHING_SENT,
                next_step="Use --do to say what was done.",
            ),
        ) from error


def _lines(session: Session, done: Replayed) -> Iterator[str]:
    if done.as_recorded:
        yield f"{session.doing}: as recorded. Outcome: {printable(done.outcome)}."
    elif done.differs:
        yield f"{session.doing}: m1tui now writes something different, {done.differs}."
    else:
        yield (
            f"{session.doing}: {done.unwritten:,} bytes that were written in the recording were "
            f"not written this time. Outcome: {printable(done.outcome)}."
        )
    if done.unread:
        yield (
            f"{done.unread:,} bytes that were received in the recording were not requested this "
            "time."
        )
