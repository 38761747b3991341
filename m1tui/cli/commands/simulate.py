"""`simulate`: a virtual M1 for other programs, until a signal ends it."""

import asyncio
import json
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from m1tui import clock
from m1tui.advice import Trouble
from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser, add_message
from m1tui.cli.exits import Exit, Stop, usage
from m1tui.cli.files import read_contents
from m1tui.cli.output import Call
from m1tui.cli.session import kept_transcript, until_signal
from m1tui.files import shown
from m1tui.manners import Manners
from m1tui.store.atomic import alone
from m1tui.sysex import Contents, printable
from m1tui.virtual.fault_wire import FaultPlan
from m1tui.virtual.faults import (
    BY_ANSWER,
    BY_BYTE,
    BY_DUMP,
    BY_MESSAGE,
    GRAMMAR,
    SECONDS,
    Fault,
    Kind,
    Mishap,
)
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.saved_state import (
    StateSaver,
    load_state,
    lock_path,
    settings_path,
    state_exists,
)
from m1tui.virtual.scenarios import DEFAULT_SCENARIO, manners_of, put_card, scenario
from m1tui.virtual.serve import serve
from m1tui.virtual.sound import PlayedNote
from m1tui.virtual.surveyed import like_survey

CARDS = ("none", "ram", "rom")
BAUDS = ("31250", "0")


def add_arguments(parser: CommandParser) -> None:
    """Where a virtual M1 listens, in what state it is, and what goes wrong with it."""
    parser.add_argument(
        "--at",
        required=True,
        type=values.place,
        metavar="PLACE",
        help=f"{values.PLACE_FORMS}; PATH is a MIDI device, or becomes a pseudo-terminal",
    )
    parser.add_argument("--scenario", metavar="S", help="its state at the first start")
    parser.add_argument(
        "--load",
        type=values.path,
        metavar="FILE",
        help="a dump to load into its memory at the first start",
    )
    add_message(parser)
    parser.add_argument(
        "--state", type=values.path, metavar="FILE", help="keep its memory in FILE between runs"
    )
    parser.add_argument("--card", choices=CARDS, help="what is in its card slot")
    parser.add_argument(
        "--card-translates",
        choices=("yes", "no"),
        help="whether combinations saved to a card play the card's programs; a real M1 may do "
        "either",
    )
    parser.add_argument(
        "--like",
        type=values.path,
        metavar="SURVEY",
        help="behave like the M1 described in a survey.json",
    )
    parser.add_argument(
        "--manner",
        action="append",
        default=[],
        metavar="NAME=ALTERNATIVE",
        help="how it behaves where that is not certain; m1tui manners lists all; may be repeated",
    )
    parser.add_argument(
        "--baud", choices=BAUDS, default="31250", help="the speed of the line; 0 means no limit"
    )
    parser.add_argument(
        "--press",
        action="append",
        default=[],
        metavar="KEYS",
        help='panel keys to press before it listens, such as "GLOBAL 5 + UP"; may be repeated',
    )
    parser.add_argument(
        "--notes",
        type=values.path,
        metavar="FILE",
        help="add each note played to FILE: one JSON object per line, one when it starts and one "
        "when it ends",
    )
    _add_faults(parser)


def _add_faults(parser: CommandParser) -> None:
    def words(kinds: frozenset[Kind]) -> str:
        return ", ".join(kind.value for kind in Kind if kind in kinds)

    group = parser.add_argument_group(
        "faults",
        f"What goes wrong, as {GRAMMAR}: the probability, from 0 to 1, and the direction, to the "
        "M1 (in:) or from it (out:); both if none is given. Every fault that occurs is reported "
        "on stderr; the same seed and the same bytes give the same faults. Per byte: "
        f"{words(BY_BYTE)}. Per exclusive message: {words(BY_MESSAGE)}. Per dump, in its middle: "
        f"{words(BY_DUMP)}. Per answer of the M1, without a direction: {words(BY_ANSWER)}. "
        f"SECONDS, such as 2s or 250ms, are for {words(frozenset(SECONDS))}.",
    )
    group.add_argument(
        "--fault",
        action="append",
        type=_fault,
        default=[],
        metavar="KIND=RATE",
        help="such as flip=1e-5, in:lost-byte=0.001 or stall=0.01:2s; may be repeated",
    )
    group.add_argument(
        "--seed",
        type=_seed,
        default=0,
        metavar="N",
        help="the seed for random numbers (default: 0)",
    )


def _fault(text: str) -> Fault:
    """A fault and its rate."""
    try:
        return Fault.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r}: {error}") from None


def _seed(text: str) -> int:
    """A whole number from 0 on."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ArgumentTypeError(f"expected a whole number, 0 or more, found {text!r}")
    return int(text)


def run(call: Call) -> int:
    """Serves the virtual M1; 0 when a signal ends it, 1 if its place cannot be had."""
    with ExitStack() as held:
        try:
            if call.arguments.state is not None:
                held.enter_context(_alone_on(call.arguments.state))
            machine = _machine(call)
            saver = _saver(machine, call.arguments.state)
        except Stop:
            raise
        except Trouble as trouble:
            raise Stop(Exit.USAGE, trouble.advice) from trouble
        work = _listen(call, machine, saver)
        return clock.run(until_signal(call.output, work), jumping=False)


def _alone_on(state: Path) -> AbstractContextManager[None]:
    """What keeps a second virtual M1 off the same memory; raises Stop, and Trouble on entering."""
    if state.is_dir():
        raise usage(
            f"--state: {shown(state)} is a folder; expected a file.",
            "Use a name that ends in .syx.",
            code="not-a-file",
        )
    if not state.parent.is_dir():
        raise usage(
            f"--state: there is no folder {shown(state.parent)}.",
            "Create it, or correct the name.",
            code="folder-missing",
        )
    settings_path(state.resolve())  # refuses a name that the settings would take
    return alone(lock_path(state), f"keeping a virtual M1 in {shown(state)}")


def _saver(machine: VirtualM1, state: Path | None) -> StateSaver | None:
    """What keeps the machine's memory in `state`; Trouble where that cannot be written."""
    if state is None:
        return None
    saver = StateSaver(machine, state, eager=True)
    saver.save()
    return saver


def _machine(call: Call) -> VirtualM1:
    """The M1 as it is when it begins to listen: kept or new, then changed as was asked for."""
    arguments, state = call.arguments, call.arguments.state
    if state is not None and state_exists(state):
        machine = load_state(state)
        if arguments.scenario or arguments.load or arguments.card:
            call.output.say(
                f"Continuing with {shown(state)}; --scenario, --load and --card apply only to the "
                "first start."
            )
    else:
        machine = _new_machine(arguments)
    if call.options.channel is not None:
        machine.board.settings = machine.settings.changed(channel=call.options.channel)
    if arguments.manner:
        kept = tuple(machine.board.manners)
        machine.behave(manners_of((*kept, *arguments.manner)))
    if arguments.card_translates is not None:
        machine.board.card_translates = arguments.card_translates == "yes"
    for keys in arguments.press:
        _press(machine, keys)
    # What the presses made it say, it said before anybody listened.
    machine.transmit(0.0)
    return machine


def _new_machine(arguments: Namespace) -> VirtualM1:
    manners = manners_of(tuple(arguments.manner))
    name = arguments.scenario or DEFAULT_SCENARIO
    if arguments.like is not None:
        machine = like_survey(arguments.like, name)
        machine.behave(Manners.of(dict(machine.board.manners.others) | dict(manners.others)))
    else:
        machine = scenario(name, manners=manners)
    put_card(machine, arguments.card or "none")
    if arguments.load is not None:
        _load(
            machine,
            read_contents(arguments.load, messages=arguments.message),
            shown(arguments.load),
        )
    return machine


def _load(machine: VirtualM1, contents: Contents, name: str) -> None:
    memory = machine.memory
    if contents.programs is not None or contents.combinations is not None:
        # The sounds decide the allocation, as they do on the instrument that they come from.
        found = contents.allocation
        memory = memory.reallocated(memory.allocation if found is None else found)
    try:
        machine.board.memory = memory.loaded(contents)
    except ValueError as error:
        raise usage(
            f"{name} does not fit: {error}.", "Load an all-data dump.", code="dump-does-not-fit"
        ) from error
    # As if it had held them when it was switched on: the edit buffers hold the first of them.
    machine.board.start()


def _press(machine: VirtualM1, keys: str) -> None:
    try:
        machine.press(keys)
    except ValueError as error:
        raise usage(
            f"--press {printable(keys)!r}: {printable(str(error))}.",
            'Write keys as the guide does, for example "GLOBAL 5 + UP D UP F UP H UP".',
            code="no-such-key",
        ) from error


async def _listen(call: Call, machine: VirtualM1, saver: StateSaver | None) -> None:
    arguments = call.arguments

    def ready(port: str) -> None:
        call.output.announce(f"ready {port}")

    with kept_transcript(call) as traffic, _kept_notes(call, machine) as changed:
        await serve(
            machine,
            arguments.at,
            baud=int(arguments.baud),
            saver=saver,
            faults=_faults(call),
            traffic=traffic,
            changed=changed,
            ready=ready,
        )


def _faults(call: Call) -> FaultPlan | None:
    """What goes wrong, told on stderr with the seconds since now; None where nothing does."""
    arguments = call.arguments
    if not arguments.fault:
        return None
    began = asyncio.get_running_loop().time()

    def tell(mishap: Mishap) -> None:
        call.output.say(f"fault at {replace(mishap, at=mishap.at - began)}")

    call.output.say(f"Faults, seed {arguments.seed}: {', '.join(map(str, arguments.fault))}.")
    return FaultPlan(arguments.fault, arguments.seed, tell=tell)


@contextmanager
def _kept_notes(call: Call, machine: VirtualM1) -> Iterator[Callable[[], None]]:
    """Within, what is called keeps the notes that the machine plays; Stop where it cannot."""
    path: Path | None = call.arguments.notes
    if path is None:
        yield lambda: None
        return
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise usage(
            f"--notes: {shown(path)} cannot be written: {error.strerror or error}.",
            "Name another file.",
            code="notes-file-unusable",
        ) from error
    before: tuple[PlayedNote, ...] = ()

    def keep() -> None:
        nonlocal before
        if machine.played is before:
            return
        known = frozenset(before)
        for note in machine.played:
            if note not in known:
                if replace(note, ended=None) not in known:
                    file.write(f"{json.dumps(_note_facts(note, ended=False))}\n")
                if note.ended is not None:
                    file.write(f"{json.dumps(_note_facts(note, ended=True))}\n")
        file.flush()
        before = machine.played

    with file:
        yield keep


def _note_facts(note: PlayedNote, *, ended: bool) -> dict[str, object]:
    return {
        "event": "end" if ended else "begin",
        "source": note.source.value,
        "channel": note.channel + 1,
        "key": note.key,
        "velocity": note.velocity,
        "program": f"{note.slot} {printable(note.program)}",
        "outputs": list(note.outputs),
        "silence": note.silence.value if note.silence is not None else None,
        "hisses": note.hisses,
    }
