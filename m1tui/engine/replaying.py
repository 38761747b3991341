"""Does to a recorded session what was done when it was made, and sees whether it is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from m1tui.advice import Trouble
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.verify import verify
from m1tui.engine.restore.restore import restore
from m1tui.engine.survey import Class, Look, Survey, Surveying, survey
from m1tui.link import Direction, Transcript
from m1tui.link.replay import ReplayLink, ReplayMismatch
from m1tui.sysex import (
    Bank,
    BankRequest,
    Contents,
    ExclusiveFrame,
    Framer,
    Part,
    SysexError,
    decode,
)


class Doing(StrEnum):
    """What can be done to a recorded instrument."""

    IDENTIFY = "identify"
    BACKUP = "backup"
    VERIFY = "verify"
    RESTORE = "restore"
    SURVEY = "survey"


@dataclass(frozen=True, slots=True)
class Session:
    """A recorded session, and what was done in it."""

    transcript: Transcript
    doing: Doing
    part: Part = Part.ALL
    bank: Bank = Bank.INTERNAL
    contents: Contents | None = None
    """What was compared, or sent."""
    classes: frozenset[Class] = frozenset({Class.ASKS})


@dataclass(frozen=True, slots=True)
class Replayed:
    """How a session went this time."""

    outcome: str
    """In a word or two, as the operation ends."""
    differs: str = ""
    """Where the program wrote something else than it did then; empty where it did not."""
    unwritten: int = 0
    """Bytes that were written then and not now."""
    unread: int = 0
    """Bytes that came then and were not asked for now."""

    @property
    def as_recorded(self) -> bool:
        """Whether the program wrote what it wrote then, all of it."""
        return not self.differs and not self.unwritten


def session_of(transcript: Transcript, remarks: Mapping[str, str]) -> Session:
    """Return a session by the remarks of its file, or by what was asked in it.

    Raises ValueError for remarks that name nothing known.
    """
    asked = _first_request(transcript)
    doing = Doing(remarks.get("do", Doing.BACKUP if asked is not None else Doing.IDENTIFY))
    part = Part(remarks["part"]) if "part" in remarks else asked.part if asked else Part.ALL
    classes = frozenset(Class(one) for one in remarks.get("classes", "asks").split())
    return Session(transcript, doing, part, asked.bank if asked else Bank.INTERNAL, None, classes)


def _first_request(transcript: Transcript) -> BankRequest | None:
    for event in Framer().feed(transcript.bytes(Direction.OUT)):
        if isinstance(event, ExclusiveFrame):
            try:
                message = decode(event.data)
            except SysexError:
                continue
            if isinstance(message, BankRequest):
                return message
    return None


async def replay(session: Session) -> Replayed:
    """Do what was done, on the clock of the loop; never raises for what was recorded."""
    link = ReplayLink(session.transcript)
    outcome, differs = "", ""
    try:
        async with Instrument(link) as instrument:
            outcome = await _do(session, instrument)
    except ReplayMismatch as mismatch:
        differs = str(mismatch)
    except Trouble as trouble:
        outcome = trouble.advice.code
    return Replayed(outcome, differs, len(link.unwritten), len(link.unread))


async def _do(session: Session, instrument: Instrument) -> str:
    diagnosis = await diagnose(instrument)
    match session.doing:
        case Doing.IDENTIFY:
            return diagnosis.cause.code
        case Doing.BACKUP:
            backup = await back_up(instrument, part=session.part, bank=session.bank)
            return f"saved {', '.join(backup.contents.describe())}"
        case Doing.SURVEY:
            given = Surveying(_Nobody(), session.classes, lambda _: None)
            found = await survey(instrument, given, Survey())
            return str(found.manners)
        case Doing.VERIFY:
            verification = await verify(instrument, _contents(session), bank=session.bank)
            return verification.outcome.value
        case Doing.RESTORE:
            done = await restore(
                instrument,
                _contents(session),
                part=session.part,
                bank=session.bank,
                save=lambda _: None,
            )
            return done.outcome.value


def _contents(session: Session) -> Contents:
    if session.contents is None:
        raise ValueError(f"{session.doing} needs the file that was compared or sent")
    return session.contents


class _Nobody:
    """Skips every look: a recording has no display."""

    async def look(self, look: Look) -> str | None:
        """Skip it."""
        del look
        return None
