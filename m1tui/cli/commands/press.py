"""`press`: front-panel keys on a virtual M1, and its display after each."""

from collections.abc import Iterator
from typing import Any

from m1tui.advice import Trouble
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.exits import Exit, Stop, data_dir_of, usage
from m1tui.cli.output import Call
from m1tui.cli.session import kept_transcript, store_of
from m1tui.errors import LinkError
from m1tui.link.virtual import VirtualLink
from m1tui.options import VIRTUAL, is_virtual
from m1tui.procedures.rehearsals import make_way
from m1tui.sysex import printable
from m1tui.virtual.keys import Key, parse_keys
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import DEFAULT_SCENARIO
from m1tui.virtual.settings import Model
from m1tui.virtual.surveyed import scenario_or_likeness

SKETCH = "The display is a sketch: keys and values are real, most of the words are not."
_EXAMPLE = 'Write keys as the guide does, for example "GLOBAL 5 + UP D UP F UP H UP".'
Display = tuple[str, str]


def add_arguments(parser: CommandParser) -> None:
    """The keys to press, and on what M1."""
    parser.add_argument(
        "keys",
        nargs="+",
        metavar="KEYS",
        help='panel keys in the guide\'s notation, such as "GLOBAL 5 + UP D UP"',
    )
    parser.add_argument("--scenario", metavar="S", help="the state in which the virtual M1 starts")


def run(call: Call) -> int:
    """Presses the keys; 2 for a word that is no key, and then nothing is pressed.

    Without --port the virtual M1 is a new one and nothing is kept; with --port virtual it is the
    kept one, which goes on with what was pressed.
    """
    keys = _keys(call)
    if call.options.port == "auto":
        machine = _new(call)
        displays = _pressed(call, keys, machine)
    else:
        link = _kept(call)
        make_way(link, store_of(call.options))
        link.hold()
        try:
            machine = link.machine
            displays = _pressed(call, keys, machine)
            link.keep()
        finally:
            link.let_go()
    settings = settings_of(machine)
    facts = {"displays": [list(lines) for lines in displays], "settings": settings}
    call.output.facts(facts, _lines(keys, displays, settings))
    return Exit.DONE


def _pressed(call: Call, keys: tuple[Key, ...], machine: VirtualM1) -> list[Display]:
    """The display after each of the keys."""
    if call.options.channel is not None:
        machine.board.settings = machine.settings.changed(channel=call.options.channel)
    displays: list[Display] = []
    with kept_transcript(call) as traffic:
        for key in keys:
            machine.press_key(key)
            displays.append(machine.display)
            said = machine.transmit(0.0)
            if traffic is not None and said:
                traffic(False, said)
    return displays


def _keys(call: Call) -> tuple[Key, ...]:
    try:
        keys = parse_keys(" ".join(call.arguments.keys))
    except ValueError as error:
        raise usage(f"{printable(str(error))}.", _EXAMPLE, code="no-such-key") from error
    if not keys:
        raise usage("No key was given to press.", _EXAMPLE, code="no-such-key")
    return keys


def _new(call: Call) -> VirtualM1:
    try:
        return scenario_or_likeness(_scenario(call) or DEFAULT_SCENARIO)
    except Trouble as trouble:
        raise Stop(Exit.USAGE, trouble.advice) from trouble


def _kept(call: Call) -> VirtualLink:
    port = call.options.port
    if not is_virtual(port):
        raise usage(
            f"Keys can only be pressed on a virtual M1; --port is {printable(port)}.",
            "Leave --port out, or give --port virtual[:SCENARIO].",
            code="keys-need-virtual-m1",
        )
    name = _scenario(call) or port.removeprefix(VIRTUAL).removeprefix(":") or None
    try:
        return VirtualLink.for_scenario(name, data_dir_of(call.options))
    except LinkError as error:
        raise Stop(Exit.USAGE, error.advice) from error


def _scenario(call: Call) -> str | None:
    name: str | None = call.arguments.scenario
    return name


def settings_of(machine: VirtualM1) -> dict[str, Any]:
    """Everything that the panel's pages set, and where the panel stands."""
    board = machine.board
    other = "local" if machine.model is Model.M1R else "overflow"
    facts: dict[str, Any] = machine.settings.as_facts()
    del facts[other]
    return facts | {
        "memory_allocation": machine.memory.allocation.label,
        "master_tune": machine.memory.global_data.master_tune,
        "key_transpose": machine.memory.global_data.key_transpose,
        "mode": board.mode.label,
        "page": board.page.number,
        "bank": board.bank.name.lower(),
        "number": board.number,
        "song": board.transport.song,
        "track": board.transport.track + 1,
        "sequencer_runs": board.transport.running,
        "sequencer_records": board.transport.recording,
        "sequencer_free_percent": board.free_percent,
        "card": machine.card.state.value if machine.card else None,
        "card_format": machine.card.format if machine.card else None,
    }


def _lines(
    keys: tuple[Key, ...], displays: list[Display], settings: dict[str, Any]
) -> Iterator[str]:
    yield SKETCH
    for key, (first, second) in zip(keys, displays, strict=True):
        yield f"{key.value:>10} |{first}|"
        yield f"{'':>10} |{second}|"
    yield ""
    yield "Settings:"
    for name, value in settings.items():
        yield f"  {name.replace('_', ' ')}: {_word(value)}"


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)
