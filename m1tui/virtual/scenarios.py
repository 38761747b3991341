"""The states in which a virtual M1 can begin, and the cards that can lie in its slot."""

from __future__ import annotations

from collections.abc import Callable

from m1tui.advice import Advice, Trouble
from m1tui.manners import AS_ASSUMED, Manners
from m1tui.sysex import Allocation, CardFormat, Contents, Sequence, printable
from m1tui.virtual.card import PARTS, Card, PcmCard
from m1tui.virtual.controls import KeyFault, KeyTrouble
from m1tui.virtual.demo import demo_contents, used_contents
from m1tui.virtual.keys import Key
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import NEW_CELL, Memory, Supply
from m1tui.virtual.settings import Model, Settings

TIRED_CELL = 2.4
"""Volts of a cell that still holds the memory but makes the M1 warn."""
DEAD_CELL = 1.1
"""Volts of a cell that holds nothing."""
FAULTY_KEYS = (
    KeyFault(43, KeyTrouble.SILENT),
    KeyFault(66, KeyTrouble.STUCK),
    KeyFault(89, KeyTrouble.ONE_VELOCITY),
)
"""The faulty keys of the scenario of that name: G2, F#4 and F6."""
LEFT = 1
"""The output, 1/L, at which nothing comes in the scenario of that name."""
DEAD_KEY = Key.DIGIT_4
"""The panel key that does nothing in the scenario of that name."""
CARD_TUNE = 3
"""The master tune on a card with other sounds, by which its global data is told apart."""
DEAD_BATTERY = "dead-battery"
"""The scenario of an M1 that was just initialised."""
CARD_TEMPO = 77
"""The tempo of song 0 on a card of songs, by which its songs are told apart."""
CARDS = ("none", "ram", "rom")


def _healthy() -> VirtualM1:
    return VirtualM1(Memory.of(demo_contents()), Settings.ready(), supply=Supply(cell=NEW_CELL))


def _low_battery() -> VirtualM1:
    return VirtualM1(Memory.of(demo_contents()), Settings.ready(), supply=Supply(cell=TIRED_CELL))


def _dead_battery() -> VirtualM1:
    # Switched on after its cell gave out: initialised, and lost again when switched off.
    return VirtualM1(Memory.initialised(), Settings(), supply=Supply(cell=DEAD_CELL))


def _used() -> VirtualM1:
    return VirtualM1(Memory.of(used_contents()), Settings(), supply=Supply(cell=NEW_CELL))


def _faulty_keys() -> VirtualM1:
    machine = _healthy()
    machine.key_faults = FAULTY_KEYS
    return machine


def _card() -> VirtualM1:
    machine = _healthy()
    machine.insert_card(ram_card())
    return machine


def _other_card() -> VirtualM1:
    machine = _healthy()
    machine.insert_card(small_card())
    return machine


def _rack() -> VirtualM1:
    memory = Memory.of(demo_contents())
    return VirtualM1(memory, Settings.ready(), supply=Supply(cell=NEW_CELL), model=Model.M1R)


def _silent_left() -> VirtualM1:
    machine = _healthy()
    machine.board.dead_outputs = frozenset({LEFT})
    return machine


def _effects_hiss() -> VirtualM1:
    machine = _healthy()
    machine.board.effects_hiss = True
    return machine


def _local_off() -> VirtualM1:
    machine = _healthy()
    machine.board.settings = machine.settings.changed(local=False)
    return machine


def _unprotected() -> VirtualM1:
    machine = _healthy()
    machine.board.settings = machine.settings.changed(
        protect_program_internal=False,
        protect_combination_internal=False,
        protect_sequence_internal=False,
    )
    return machine


def _does_not_hold() -> VirtualM1:
    supply = Supply(cell=NEW_CELL, broken_trace=True)
    return VirtualM1(Memory.of(demo_contents()), Settings.ready(), supply=supply)


def _false_warning() -> VirtualM1:
    supply = Supply(cell=NEW_CELL, false_warning=True)
    machine = VirtualM1(Memory.of(demo_contents()), Settings.ready(), supply=supply)
    machine.dead_converter = True
    return machine


def _no_cell() -> VirtualM1:
    supply = Supply(cell=None, fram=True)
    return VirtualM1(Memory.of(demo_contents()), Settings.ready(), supply=supply)


def _dead_key() -> VirtualM1:
    machine = _healthy()
    machine.dead_keys = frozenset({DEAD_KEY})
    return machine


def _worn_joystick() -> VirtualM1:
    machine = _healthy()
    machine.worn_joystick = True
    return machine


def _song_card() -> VirtualM1:
    machine = _healthy()
    machine.insert_card(song_card())
    return machine


def _card_after_loss() -> VirtualM1:
    # A new cell is in, the memory is initialised, and the owner's card lies on the table.
    machine = VirtualM1(Memory.initialised(), Settings(), supply=Supply(cell=NEW_CELL))
    machine.spare_card = ram_card()
    return machine


SCENARIOS: dict[str, Callable[[], VirtualM1]] = {
    "healthy": _healthy,
    "low-battery": _low_battery,
    DEAD_BATTERY: _dead_battery,
    "used": _used,
    "faulty-keys": _faulty_keys,
    "card": _card,
    "other-card": _other_card,
    "rack": _rack,
    "silent-left": _silent_left,
    "effects-hiss": _effects_hiss,
    "local-off": _local_off,
    "unprotected": _unprotected,
    "does-not-hold": _does_not_hold,
    "false-warning": _false_warning,
    "no-cell": _no_cell,
    "dead-key": _dead_key,
    "worn-joystick": _worn_joystick,
    "song-card": _song_card,
    "card-after-loss": _card_after_loss,
}
"""Scenarios by the word of the command line; all are switched on."""
DEFAULT_SCENARIO = "healthy"


def scenario(
    name: str,
    *,
    card: str = "none",
    channel: int | None = None,
    manners: Manners = AS_ASSUMED,
) -> VirtualM1:
    """Return a new M1 in a state of `SCENARIOS`, with a card of `CARDS`, on `channel` 0–15.

    It has `manners`. Raises Trouble for a name that is not there.
    """
    if name not in SCENARIOS:
        raise _unknown("scenario", name, tuple(SCENARIOS), code="scenario-unknown")
    machine = SCENARIOS[name]()
    machine.behave(manners)
    if name == DEAD_BATTERY:
        machine.board.settings = Settings.initialised(manners)
    if channel is not None:
        machine.board.settings = machine.settings.changed(channel=channel)
    put_card(machine, card)
    return machine


def scenario_with_manners(text: str) -> VirtualM1:
    """Return the M1 of "SCENARIO" or "SCENARIO:NAME=ALTERNATIVE,…"; raises Trouble."""
    name, _, rest = text.partition(":")
    return scenario(name, manners=manners_of(tuple(filter(None, rest.split(",")))))


def manners_of(texts: tuple[str, ...]) -> Manners:
    """Return the manners of texts such as "load-time=2s"; raises Trouble."""
    try:
        return Manners.parse(texts)
    except ValueError as error:
        raise Trouble(
            Advice(
                code="manner-unknown",
                happened=f"There is no such manner: {printable(str(error))}.",
                safe="Nothing was changed.",
                next_step="m1tui manners lists them all, with their alternatives.",
            )
        ) from error


def put_card(machine: VirtualM1, card: str) -> None:
    """Put one of `CARDS` into the slots: "rom" is a pair, data card and PCM card.

    Raises Trouble for a name that is not there.
    """
    if card not in CARDS:
        raise _unknown("card", card, CARDS, code="card-unknown")
    if card == "ram":
        machine.insert_card(Card.formatted(CardFormat.PROGRAMS))
    elif card == "rom":
        machine.insert_card(rom_card())
        machine.board.pcm_card = pcm_card()


def rom_card() -> Card:
    """Return a made-up ROM card: the demo bank's programs, last first."""
    return Card(rom=True, format=CardFormat.PROGRAMS, contents=_other_sounds())


def ram_card() -> Card:
    """Return an MCR-03 formatted 100PROG/100COMBI that holds other sounds than the M1."""
    return Card(rom=False, format=CardFormat.PROGRAMS, contents=_other_sounds())


def song_card() -> Card:
    """Return a RAM card formatted 7700STEP SEQUENCE, with other songs on it than the M1's."""
    sequence = demo_contents().sequence
    assert sequence is not None
    first, *others = sequence.songs
    songs = (first.replace(tempo=CARD_TEMPO), *others)
    contents = Contents(
        sequence=Sequence(sequence.control.replace(songs=songs), sequence.steps),
        allocation=CardFormat.SEQUENCE.dump_allocation,
    )
    return Card(rom=False, format=CardFormat.SEQUENCE, contents=contents)


def small_card() -> Card:
    """Return a RAM card formatted 50PROG/50COMBI/4200SEQ, with sounds and songs on it."""
    sounds = _other_sounds()
    contents = Contents(
        programs=(sounds.programs or ())[: Allocation.LARGE_SEQUENCE.programs],
        combinations=(sounds.combinations or ())[: Allocation.LARGE_SEQUENCE.combinations],
        global_=sounds.global_,
        sequence=demo_contents().sequence,
        allocation=Allocation.LARGE_SEQUENCE,
    )
    return Card(rom=False, format=CardFormat.PROGRAMS_AND_SEQUENCE, contents=contents)


def _other_sounds() -> Contents:
    bank = demo_contents()
    sounds = {part: bank.only(part) for part in PARTS[CardFormat.PROGRAMS]}
    contents = Contents(allocation=bank.allocation)
    for part in sounds.values():
        contents = contents.merged(part)
    return contents.replace(
        programs=(contents.programs or ())[::-1],
        combinations=(contents.combinations or ())[::-1],
        global_=contents.global_ and contents.global_.replace(master_tune=CARD_TUNE),
    )


def pcm_card() -> PcmCard:
    """Return a made-up PCM card, which comes with the ROM card."""
    multisounds = ("Anvil", "Loom", "Steam", "Rivets")
    drums = ("Hammer 1", "Hammer 2", "Valve", "Spanner", "Chain")
    return PcmCard(
        tuple(name.ljust(10).encode() for name in multisounds),
        tuple(name.ljust(10).encode() for name in drums),
    )


def _unknown(what: str, name: str, known: tuple[str, ...], *, code: str) -> Trouble:
    shown = "".join(char if char.isprintable() else "·" for char in name[:40])
    return Trouble(
        Advice(
            code=code,
            happened=f'There is no {what} "{shown}"; expected one of {", ".join(known)}.',
            safe="Nothing was changed.",
            next_step=f"Name one of these, for example {known[0]}.",
        )
    )
