"""`restore FILE`: sends a file to the instrument and proves, by reading back, that it arrived."""

import asyncio
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from m1tui.advice import Advice, Trouble
from m1tui.cli.commandparser import (
    CommandParser,
    add_bank,
    add_message,
    add_parts,
    add_slot,
)
from m1tui.cli.exits import Exit, Stop, usage
from m1tui.cli.files import placed, problem_facts, read_taken
from m1tui.cli.lines import confirm, has_terminal
from m1tui.cli.output import Call, described, difference_facts, difference_lines
from m1tui.cli.session import (
    Session,
    diagnosed,
    diagnosis_facts,
    on_instrument,
    others_there,
    save_to_library,
    store_of,
)
from m1tui.engine.diagnosis import Diagnosis
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.restore.history import SOUNDS
from m1tui.engine.restore.judge import Restoration
from m1tui.engine.restore.planning import Plan, damage_in, damage_refused, needs
from m1tui.engine.restore.restore import restore
from m1tui.errors import WithoutManifest
from m1tui.facts import Backup, Outcome
from m1tui.files import shown
from m1tui.options import is_virtual
from m1tui.sysex import Bank, Part, printable
from m1tui.sysex.contents import NOTHING
from m1tui.sysex.examine import Finding
from m1tui.sysex.leaning import Need, leanings
from m1tui.sysex.slots import Taken


def add_arguments(parser: CommandParser) -> None:
    """The file to send, how, and how carefully."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="a dump file, in any supported format"
    )
    parser.add_argument(
        "--undo", action="store_true", help="put back what the last restore overwrote"
    )
    add_parts(parser)
    add_message(parser)
    add_slot(parser, "the slot for a file's single program or combination: 17, I17 or C17")
    add_bank(parser, default=None)
    parser.add_argument(
        "--dry-run", action="store_true", help="check and read everything, but write nothing"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before writing to memory")
    parser.add_argument(
        "--accept-damage",
        action="store_true",
        help="send a file even if its contents are damaged; otherwise it is refused",
    )
    parser.add_argument(
        "--pacing",
        default="auto",
        metavar="auto|full|BYTES:MS",
        help="full speed, or blocks of BYTES with pauses of MS milliseconds",
    )


def run(call: Call) -> int:
    """Prints the outcome word and its evidence; the exit code follows the outcome."""
    course = _Course(call.arguments.pacing)
    try:
        return _run(call, course)
    except Stop as stop:
        # A script finds the same keys however far it came.
        stop.facts = course.facts(stop.code, stop.advice)
        raise
    except Trouble as trouble:
        facts = course.facts(Exit.FAILED, trouble.advice)
        raise Stop(Exit.FAILED, trouble.advice, facts) from trouble


def _run(call: Call, course: "_Course") -> int:
    arguments, port = call.arguments, call.options.port
    if arguments.undo is (arguments.file is not None):
        raise usage(
            "Expected a FILE or --undo, but not both.",
            "Name the file, or put back what was overwritten: m1tui restore --undo",
            code="usage",
        )
    if arguments.undo:
        arguments.file = str(store_of(call.options).overwritten())
        call.output.say(f"What the last restore overwrote: {shown(arguments.file)}")
    parts = tuple(dict.fromkeys(map(Part, arguments.what)))
    part = parts[0] if len(parts) == 1 else Part.ALL
    bank, slot = bank_and_slot(arguments)
    pacing = _pacing(arguments.pacing)
    accepted = bool(arguments.accept_damage)
    taken = read_taken(arguments.file, parts, arguments.message, accept_damage=accepted)
    taken = placed(arguments.file, taken, slot)
    course.damage, course.missing = damage_in(taken.contents, taken.slots), taken.missing
    if course.damage and not accepted:
        # Nobody is asked for a yes, and no M1 is waited for, before this is decided.
        raise Stop(Exit.REFUSED, damage_refused(course.damage))
    if not (arguments.yes or arguments.dry_run or is_virtual(port)):
        _ask(port, arguments.file, bank, taken)

    call.output.say(*(f"Note: {note}" for note in taken.notes))
    known = {one.need for one in leanings(taken.contents)}
    if (
        Part.GLOBAL not in taken.parts
        and taken.contents.parts & SOUNDS
        and Need.DRUM_KITS not in known
    ):
        call.output.say(
            "Note: the drum kits are in the global data, which is not sent, so drums may sound "
            "wrong."
        )

    async def work(session: Session) -> int:
        if pacing is not None and pacing.pause and session.instrument.link.sends_whole:
            raise usage(
                f"--pacing: expected full, found {pacing.label}.",
                "Leave it out.",
                "This system's MIDI ports take only whole messages, with no pauses inside them.",
                code="pacing-not-possible",
            )
        course.begin(session)
        remembered = _remembered(session, arguments.pacing)
        said = await _say_needs(session, taken, bank)
        with session.writing():
            result = await restore(
                session.instrument,
                taken.contents,
                part=part,
                bank=bank,
                pacing=pacing,
                begin_with=remembered or Pacing.FULL,
                save=course.save,
                dry_run=arguments.dry_run,
                file_channel=taken.channel,
                accept_damage=accepted,
                slots=taken.slots,
                missing=taken.missing,
                beside=taken.beside,
                progress=call.output.progress,
                cancel=session.cancel,
            )
        # What was said before is not said again.
        notes = tuple(note for note in result.notes if note not in said)
        result = replace(result, backup=course.backup, notes=notes)
        session.told = exit_code(result, session.instrument.diagnosis)
        _report(session, result, shown(arguments.file))
        _remember(session, result)
        return session.told

    return on_instrument(call, work)


async def _say_needs(session: Session, taken: Taken, bank: Bank) -> tuple[str, ...]:
    """Says what the sounds need that the M1 may not have, before anything is written."""
    if not needs(taken.contents, taken.slots, bank, None, NOTHING, NOTHING):
        return ()
    diagnosis = await diagnosed(session)
    known = session.instrument.memory or NOTHING
    told = diagnosis.mode_data
    texts = needs(taken.contents, taken.slots, bank, told, taken.beside, known)
    session.output.say(*(f"Note: {text}" for text in texts))
    return texts


def exit_code(result: Restoration, diagnosis: Diagnosis | None) -> Exit:
    """The exit code for how a restore ended."""
    if result.outcome is Outcome.VERIFIED:
        return Exit.DONE
    if result.cancelled and (result.unchanged or result.outcome is Outcome.REFUSED):
        return Exit.USAGE
    if result.outcome is Outcome.REFUSED:
        return _refusal_code(result, diagnosis)
    if result.unchanged:
        return Exit.REFUSED if result.memory_protected else Exit.FAILED
    return Exit.DIFFERENT if result.outcome is Outcome.MISMATCH else Exit.UNKNOWN


def _refusal_code(result: Restoration, diagnosis: Diagnosis | None) -> Exit:
    if result.dry_run:
        return Exit.DONE
    if (result.damage or result.missing) and not result.damage_accepted:
        return Exit.REFUSED
    if diagnosis is not None and diagnosis.crowded:
        return Exit.REFUSED
    if diagnosis is None or not diagnosis.ready or result.silent:
        return Exit.NO_ANSWER
    return Exit.REFUSED


def _pacing(text: str) -> Pacing | None:
    try:
        if not text.isascii():
            raise ValueError(f"expected auto, full or BYTES:MS, found {text!r}")
        return Pacing.parse(text)
    except ValueError as error:
        raise usage(
            f"--pacing: {printable(str(error))}.", "Leave it out to try full speed.", code="usage"
        ) from error


def _remembered(session: Session, text: str) -> Pacing | None:
    """The pacing that worked on this port before, unless the person chose one."""
    if text != "auto":
        return None
    try:
        label = session.store.pacing_for(session.instrument.link.port)
        return Pacing.parse(label) if label else None
    except (Trouble, ValueError) as error:
        session.output.say(
            f"The speed that worked before is not known, so full speed is tried: {error}"
        )
        return None


def _remember(session: Session, result: Restoration) -> None:
    if result.outcome is not Outcome.VERIFIED:
        return
    try:
        session.store.remember_pacing(session.instrument.link.port, result.pacing.label)
    except Trouble as trouble:
        # The transfer went well all the same; only the next one will have to find the pacing.
        session.output.say(f"The pacing could not be saved: {trouble.advice.happened}")


def bank_and_slot(arguments: Namespace) -> tuple[Bank, int | None]:
    """The memory that a command is about, and the slot of a single sound; Stop (usage) for two."""
    named = None if arguments.bank is None else Bank[arguments.bank.upper()]
    own, slot = arguments.to or (None, None)
    if named is not None and own is not None and named is not own:
        raise usage(
            f"--to names a slot of the {own.label} memory, --bank the {named.label} memory.",
            "Name one of them, or the slot by its number only.",
            code="usage",
        )
    return own or named or Bank.INTERNAL, slot


def _ask(port: str, file: str, bank: Bank, taken: Taken) -> None:
    """Asks before memory is written; Stop (usage) if the answer is no or cannot be given."""
    if not has_terminal():
        raise usage(
            "Writing to an M1 must be confirmed, but there is no terminal to ask in.",
            "Give --yes if the M1's memory may be replaced; it is backed up first.",
            code="no-terminal",
        )
    where = {Bank.INTERNAL: "the internal memory", Bank.CARD: "the card"}[bank]
    m1 = f"of the M1 on {printable(port)}"
    what = f"Replace {where} {m1} with it?"
    if taken.slots.parts and not taken.contents.parts:
        what = f"Put that into its slot in {where} {m1}?"
    question = (
        f"{shown(file)} contains {', '.join(taken.describe())}.\n"
        f"{what} What is there now is backed up first."
    )
    if not confirm(question):
        raise usage(
            "Cancelled: the answer was not yes.", "Answer y, or give --yes.", code="cancelled"
        )


class _Course:
    """How far a restore came, for the facts of one that was broken off."""

    def __init__(self, pacing: str) -> None:
        self._pacing = pacing
        self._session: Session | None = None
        self.backup: Path | None = None
        """The file that what the M1 held lies in, whatever became of the restore."""
        self.damage: tuple[Finding, ...] = ()
        """What proves that the file is damaged."""
        self.missing: tuple[str, ...] = ()
        """What is not in the file because it breaks off."""
        self._clock: Callable[[], float] = lambda: 0.0
        self._began = 0.0

    def begin(self, session: Session) -> None:
        self._session = session
        # The loop's time is the instrument's, on a virtual M1 too.
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()

    def save(self, backup: Backup) -> Path:
        assert self._session is not None
        try:
            self.backup = save_to_library(self._session, backup, replaced=True)
        except WithoutManifest as trouble:
            self.backup = trouble.kept
            raise
        return self.backup

    def facts(self, code: Exit, advice: Advice | None = None) -> dict[str, Any]:
        """The keys that a restore which came to its end has, and what is known for each."""
        session = self._session
        instrument = session.instrument if session else None
        diagnosis = instrument.diagnosis if instrument else None
        outcome = Outcome.UNKNOWN if code is Exit.UNKNOWN else Outcome.REFUSED
        facts: dict[str, Any] = {
            "outcome": outcome.value,
            "reply": None,
            "differences": [],
            "backup": str(self.backup) if self.backup else None,
            "seconds": round(self._clock() - self._began, 3),
            "pacing": self._pacing,
            "plan": None,
            "problems": problem_facts(self.damage),
            "missing": list(self.missing),
            "damage_accepted": False,
            "wire": {
                "sent": instrument.sent if instrument else 0,
                "received": instrument.received if instrument else 0,
            },
            **diagnosis_facts(diagnosis),
        }
        return facts | ({"advice": described(advice)} if advice else {})


def _report(session: Session, result: Restoration, name: str) -> None:
    output, diagnosis = session.output, session.instrument.diagnosis
    comparison = result.comparison
    facts: dict[str, Any] = {
        "outcome": result.outcome.value,
        "reply": None if result.reply is None else f"{result.reply:02X}",
        "differences": difference_facts(comparison.differences if comparison else ()),
        "backup": None if result.backup is None else str(result.backup),
        "seconds": round(result.seconds, 3),
        "pacing": result.pacing.label,
        "plan": None if result.plan is None else _plan_facts(result.plan),
        "problems": problem_facts(result.damage),
        "missing": list(result.missing),
        "damage_accepted": result.damage_accepted,
        "wire": {"sent": result.sent, "received": result.received},
        **diagnosis_facts(diagnosis),
        "advice": described(result.advice),
    }
    if result.outcome is not Outcome.VERIFIED:
        output.advise(result.advice)
    output.facts(facts, (*_lines(result, name), *others_there(session)))


def _plan_facts(plan: Plan) -> dict[str, Any]:
    """How the file was to get into memory; times in seconds, null where a way was not open."""
    singly = plan.one_by_one
    return {
        "chosen": plan.way.value,
        "objects": plan.objects,
        "one_by_one": None if singly is None else round(singly, 3),
        "whole": round(plan.whole, 3),
    }


def _lines(result: Restoration, name: str) -> Iterator[str]:
    yield f"{result.outcome.value}: {name}"
    if result.outcome is Outcome.VERIFIED:
        yield from result.advice.lines()
    if result.reply is not None:
        yield f"The M1 replied {result.reply:02X} ({result.reply.label})."
    if result.comparison is not None:
        yield from difference_lines(result.comparison.differences)
    yield from (printable(note) for note in result.notes)
    if result.backup is not None and not result.wrote:
        yield f"The previous contents are saved: {shown(result.backup)}"
    yield (
        f"{result.sent:,} bytes sent, {result.received:,} received in {result.seconds:.1f} s, "
        f"pacing {result.pacing.label}"
    )
