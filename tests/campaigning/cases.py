"""The cases of the campaign: what is done to which M1, under which faults, all from one seed."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

from m1tui.engine.line.conversation import Pacing
from m1tui.manners import AS_ASSUMED, Manners
from m1tui.sysex import (
    Allocation,
    Bank,
    Combination,
    Contents,
    GlobalData,
    Part,
    Program,
    Sequence,
)
from m1tui.virtual.faults import BY_ANSWER, BY_BYTE, SECONDS, Fault, Kind, Side
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.scenarios import scenario
from tests.campaigning.image import (
    CONTROL,
    FIRST_INSTRUMENT,
    FIRST_PATTERN,
    GLOBAL,
    MASKS,
    NAME,
    PATTERN,
    PATTERNS,
    SONG,
    SONG_MASK,
    SONG_NAME,
    SONGS,
)
from tests.virtual.dialogue import CARD_PROTECTS_OFF, PROTECTS_OFF, READY

OPERATIONS = ("restore",) * 7 + ("backup",) * 2 + ("verify",)
SCENARIOS = (
    *("healthy",) * 4,
    *("used",) * 2,
    *("dead-battery",) * 2,
    *("card",) * 2,
    "other-card",
    "rack",
    "low-battery",
)
CARDS = ("card", "other-card")
MODES = ("PROG",) * 4 + ("COMBI", "COMBI", "GLOBAL", "SEQ", "PROG EDIT-PROG", "COMBI EDIT-COMBI")
PARTS = (Part.ALL,) * 5 + tuple(Part)[1:] + (Part.PROGRAMS, Part.COMBINATIONS)
FEW = 4
"""The most programs, and the most combinations, that are few."""
CHANGES = ("few", "few", "few", "some", "all", "none", "cosmetic", "blank")
SCRAPS = ("global", "songs", "some programs", "all programs")
"""All that an owner put into a memory that is otherwise as an initialisation leaves it."""
SLOW = 1_562
"""Baud of a line that is twenty times slower than MIDI's."""
PEOPLE = (
    Kind.POWER_CUT,
    Kind.MEMORY_LOSS,
    Kind.PROTECT_ON,
    Kind.CHANNEL_CHANGE,
    Kind.SLIDER,
    Kind.OTHER_PROGRAM,
    Kind.OTHER_MODE,
    Kind.ALLOCATION_CHANGE,
    Kind.STORE,
)
"""What hands do, in the middle of a dump or at any other moment."""
VISITS = (*PEOPLE, *(Kind.DISCONNECT,) * 4)
"""What somebody who comes by does; the plug is pulled oftener than by chance."""
START, SAVED = "from the start", "from the backup on"
_RELATIVE_RATES = {
    Kind.REALTIME: 100.0,
    Kind.GAP: 0.3,
    Kind.DISCONNECT: 0.3,
    Kind.BURST: 0.3,
}
"""How much oftener than a flip a fault of single bytes is tried."""
_WEIGHTS = [
    4
    if kind in PEOPLE or kind is Kind.WROTE_TWICE
    else 3
    if kind in BY_BYTE or kind in (Kind.WROTE_NOTHING, Kind.WROTE_PART, Kind.WROTE_BIT)
    else 1
    for kind in Kind
]
"""How often each kind is chosen: what seldom strikes oftener."""


@dataclass(frozen=True, slots=True)
class Second:
    """Another M1 behind the same interface."""

    scenario: str
    channel: int
    """The global channel, 0-15: the first one's or another."""
    late: float
    """Seconds by which all that it says comes later."""
    buffer: int
    """Bytes that the merge box keeps of one M1 while the other's message is under way."""

    def machine(self) -> VirtualM1:
        """Return it, ready for everything."""
        m1 = scenario(self.scenario)
        m1.press(f"{READY} {PROTECTS_OFF} {CARD_PROTECTS_OFF} PROG")
        m1.board.settings = m1.settings.changed(channel=self.channel)
        m1.transmit(0.0)
        return m1


@dataclass(frozen=True, slots=True)
class Case:
    """One run: everything but the M1 itself, which `machine` makes."""

    seed: int
    operation: str
    scenario: str
    mode: str
    ready: bool
    """Whether Exclusive is enabled and the protects are off."""
    channel: int
    asked_channel: int | None
    part: Part
    bank: Bank
    change: str
    """How what is wanted differs from what the M1 holds."""
    pacing: Pacing | None
    dry_run: bool
    cancel_at: float | None
    """When a person cancels, in seconds."""
    baud: int
    onset: str
    """From when on there are faults: the start, or the moment when the backup is saved."""
    faults: tuple[Fault, ...]
    full_disk: bool
    """Whether the disk takes no backup."""
    scraps: str
    """What is in a memory that lost all else, "" for what the scenario has."""
    honest: bool
    """Whether the link knows how fast its line is."""
    visit: tuple[float, Kind] | None
    """When somebody comes by, in seconds, and what is done then."""
    second: Second | None
    translates: bool
    """Whether combinations that go onto the card then play the card's programs by their numbers."""
    stored: bool
    """Whether the card's combinations were written by an M1 that does so."""
    numbered: bool
    """Whether the file's combinations play the card's programs by their numbers."""
    manners: Manners = AS_ASSUMED
    """How the M1 behaves where that is not certain."""

    @property
    def against(self) -> tuple[str, ...]:
        """What is against it beside the faults, in words."""
        words = ["full disk"] if self.full_disk else []
        words += ["scraps"] if self.scraps else []
        if self.baud == SLOW:
            words.append("slow line" if self.honest else "slow line unknown")
        if self.second is not None:
            same = self.second.channel == self.channel
            words.append("second M1" if same else "second M1 elsewhere")
        if self.bank is Bank.CARD and self.part in (Part.ALL, Part.COMBINATIONS):
            words += ["card translates"] if self.translates else []
            words += ["card numbers in the file"] if self.numbered and not self.stored else []
            words += ["card numbers on the card"] if self.stored and not self.numbered else []
        return tuple(words)

    @property
    def slowness(self) -> float:
        """How many times the usual a run may take."""
        return max(1.0, 31_250 / self.baud) if self.baud else 1.0

    def machine(self) -> VirtualM1:
        """Return the M1 that it begins with."""
        m1 = scenario(self.scenario)
        keys = f"{READY} {PROTECTS_OFF} {CARD_PROTECTS_OFF}" if self.ready else READY
        if self.ready or self.seed % 3:
            m1.press(keys)
        if self.scraps:
            m1.board.memory = _scraps(self, m1.memory)
            m1.board.start()
        if m1.card is not None:
            m1.board.card_translates = self.translates
            # A card in an M1's slot may have been written by another M1, or by a tool.
            m1.board.card = replace(
                m1.card, contents=m1.card.contents.playing_from(card=self.stored)
            )
        m1.press(self.mode)
        m1.board.settings = m1.settings.changed(channel=self.channel)
        m1.transmit(0.0)
        # What was pressed so far was pressed on an M1 whose keys do as is assumed.
        translates = m1.board.card_translates
        m1.behave(self.manners)
        m1.board.card_translates = translates
        return m1

    def __str__(self) -> str:
        faults = " ".join(map(str, self.faults)) or "no faults"
        pacing = self.pacing.label if self.pacing else "auto"
        against = "".join(f", {word}" for word in self.against)
        visit = "" if self.visit is None else f", {self.visit[1]} at {self.visit[0]:.1f} s"
        cancel = "" if self.cancel_at is None else f", cancelled at {self.cancel_at:.1f} s"
        return (
            f"{self.operation} {self.part.value} ({self.change}) {self.bank.name.lower()} on "
            f"{self.scenario}{'' if self.ready else ' not made ready'} in {self.mode}, channel "
            f"{self.channel + 1}, pacing {pacing}, {self.baud} baud{cancel}{against}{visit}, "
            f"{self.onset}, manners {self.manners}: {faults}"
        )


def case_of(seed: int) -> Case:
    """Return the case of a seed, always the same."""
    dice = random.Random(seed)
    name = dice.choice(SCENARIOS)
    bank = Bank.CARD if name in CARDS and dice.random() < 0.7 else Bank.INTERNAL
    channel = dice.choice((0, 0, dice.randrange(16)))
    operation = dice.choice(OPERATIONS)
    second = _second(dice, channel) if dice.random() < 0.06 else None
    slow = dice.random() < 0.05
    numbers = random.Random(f"numbers {seed}")
    translates = numbers.random() < 0.5
    return Case(
        seed=seed,
        operation=operation,
        scenario=name,
        mode=dice.choice(MODES),
        ready=dice.random() < 0.9,
        channel=channel,
        asked_channel=dice.choice((None, None, None, channel, channel, dice.randrange(16)))
        if second is None
        else channel,
        part=dice.choice(PARTS),
        bank=bank,
        change=dice.choice(CHANGES),
        pacing=dice.choice((None, None, None, None, Pacing.FULL, Pacing(256, 0.06))),
        dry_run=dice.random() < 0.03,
        cancel_at=dice.uniform(0.1, 60) if dice.random() < 0.07 else None,
        baud=SLOW if slow else 0 if dice.random() < 0.1 and second is None else 31_250,
        onset=dice.choice((START, START, SAVED)),
        faults=_faults(dice),
        full_disk=operation == "restore" and dice.random() < 0.04,
        scraps=dice.choice(SCRAPS) if name == "dead-battery" and dice.random() < 0.4 else "",
        honest=not slow or dice.random() < 0.5,
        visit=(round(dice.uniform(0.1, 60), 3), dice.choice(VISITS))
        if dice.random() < 0.15
        else None,
        second=second,
        translates=translates,
        stored=translates and numbers.random() < 0.8,
        numbered=numbers.random() < 0.5,
    )


def _second(dice: random.Random, channel: int) -> Second:
    others = [other for other in range(16) if other != channel]
    return Second(
        dice.choice(("healthy", "used", "dead-battery", "card")),
        dice.choice((channel, dice.choice(others))),
        dice.choice((0.0, 0.0, round(_between(dice, 0.001, 5.0), 3))),
        dice.choice((65_536, 65_536, 1_024, 256)),
    )


def _scraps(case: Case, memory: Memory) -> Memory:
    """Return an initialised memory but for the little that an owner has put into it."""
    dice = random.Random(f"scraps {case.seed}")
    programs, sequence, global_ = list(memory.programs), memory.sequence, memory.global_data
    if case.scraps == "global":
        raw = bytearray(global_.raw)
        raw[dice.choice((0, 1, 5, *range(FIRST_INSTRUMENT, GLOBAL)))] ^= dice.randint(1, 12)
        global_ = GlobalData(bytes(raw))
    elif case.scraps == "songs":
        raw = bytearray(sequence.raw)
        raw[dice.randrange(SONGS) * SONG + dice.choice((17, 18, SONG_NAME, 31, 56))] ^= 1
        sequence = Sequence.from_raw(bytes(raw))
    else:
        # The name stays: only the sound was edited, of a few, or of all alike.
        edited = Program(_edited(dice, programs[0].raw))
        alike = case.scraps == "all programs"
        numbers = range(len(programs)) if alike else dice.sample(range(len(programs)), 3)
        for number in numbers:
            programs[number] = edited
    return Memory(memory.allocation, tuple(programs), memory.combinations, global_, sequence)


def _edited(dice: random.Random, raw: bytes) -> bytes:
    edited = bytearray(raw)
    edited[71] = dice.randrange(98)
    return bytes(edited)


def _wicked(dice: random.Random) -> tuple[Fault, ...]:
    """Return faults that together make a memory that took nothing look as if it had."""
    copy = dice.choice((Kind.ECHO, Kind.DUMP_ECHO, Kind.DUMP_ECHO, Kind.REPEAT))
    side = dice.choice((Side.IN, Side.OUT)) if copy is Kind.REPEAT else Side.IN
    seconds = round(_between(dice, 0.01, 4.0), 3)
    lies = dice.choice((Kind.WROTE_NOTHING, Kind.WROTE_PART, Kind.WROTE_BIT, Kind.REPLY_24))
    silent = dice.choice((Kind.NO_DUMP, Kind.NO_DUMP, Kind.NO_REPLY, Kind.LATE_REPLY))
    return (
        Fault(copy, dice.choice((1.0, 0.5, 0.2)), side, seconds),
        Fault(lies, dice.choice((1.0, 0.5))),
        Fault(silent, dice.choice((1.0, 0.5, 0.2))),
    )


def _faults(dice: random.Random) -> tuple[Fault, ...]:
    if dice.random() < 0.12:
        return _wicked(dice)
    count = dice.choice((0, *(1,) * 9, *(2,) * 4, 3, 3, 4, 5))
    kinds: list[Kind] = []
    while len(kinds) < count:
        (kind,) = dice.choices(tuple(Kind), _WEIGHTS)
        if kind not in kinds:
            kinds.append(kind)
    return tuple(_fault(dice, kind) for kind in kinds)


def _fault(dice: random.Random, kind: Kind) -> Fault:
    side = None if kind in BY_ANSWER else dice.choice((None, Side.IN, Side.OUT))
    if kind in PEOPLE:
        rate = _between(dice, 0.05, 0.6)
    elif kind in BY_BYTE:
        rate = _between(dice, 3e-6, 3e-4) * _RELATIVE_RATES.get(kind, 1.0)
    else:
        rate = dice.choice((1.0, _between(dice, 0.02, 1.0), _between(dice, 0.02, 0.2)))
    seconds = None
    if kind is Kind.HELD_BACK:
        seconds = round(_between(dice, 1.0, 90.0), 3)
    elif kind in SECONDS and dice.random() < 0.6:
        seconds = round(_between(dice, 0.05, 20.0), 3)
    return Fault(kind, float(f"{rate:.3g}"), side, seconds)


def _between(dice: random.Random, low: float, high: float) -> float:
    return math.exp(dice.uniform(math.log(low), math.log(high)))


def wanted(case: Case, m1: VirtualM1) -> Contents:
    """Return the file of a case: what the M1 or its card holds, changed as the case has it."""
    dice = random.Random(f"wanted {case.seed}")
    held = m1.board.contents(case.bank)
    if case.change == "blank":
        blank = Memory.initialised().contents
        if held.allocation is Allocation.LARGE_SEQUENCE and dice.random() < 0.7:
            blank = Memory.initialised().reallocated(Allocation.LARGE_SEQUENCE).contents
        return blank.only(case.part)
    if case.part is not Part.ALL and case.part not in held.parts:
        # Such a file is for another card; it is to be refused.
        held = m1.contents
    file = held.only(case.part)
    count = {"few": dice.randint(1, FEW), "some": dice.randint(5, 30), "all": 100}.get(
        case.change, 0
    )
    cosmetic = case.change == "cosmetic"
    if case.bank is Bank.CARD:
        file = file.playing_from(card=case.numbered)
    return file._replace(
        programs=file.programs and _changed_programs(dice, file.programs, count, cosmetic),
        combinations=file.combinations
        and _changed_combinations(dice, file.combinations, count, cosmetic),
        global_=file.global_ and _changed_global(dice, file.global_, count, cosmetic),
        sequence=file.sequence and _changed_sequence(dice, file.sequence, count, cosmetic),
    )


def _changed_programs(
    dice: random.Random, programs: tuple[Program, ...], count: int, cosmetic: bool
) -> tuple[Program, ...]:
    changed = list(programs)
    for number in dice.sample(range(len(changed)), min(count, len(changed))):
        changed[number] = Program(_scrambled(dice, changed[number].raw))
    if cosmetic:
        for number in dice.sample(range(len(changed)), dice.randint(1, FEW)):
            raw = _with_other_bits(dice, changed[number].raw, MASKS[Part.PROGRAMS])
            changed[number] = Program(_padded_otherwise(raw, 0))
    return tuple(changed)


def _changed_combinations(
    dice: random.Random, combinations: tuple[Combination, ...], count: int, cosmetic: bool
) -> tuple[Combination, ...]:
    changed = list(combinations)
    for number in dice.sample(range(len(changed)), min(count, len(changed))):
        changed[number] = Combination(_scrambled(dice, changed[number].raw))
    if cosmetic:
        for number in dice.sample(range(len(changed)), dice.randint(1, FEW)):
            raw = _with_other_bits(dice, changed[number].raw, MASKS[Part.COMBINATIONS])
            changed[number] = Combination(_padded_otherwise(raw, 0))
    return tuple(changed)


def _changed_global(
    dice: random.Random, global_: GlobalData, count: int, cosmetic: bool
) -> GlobalData:
    """Return other settings, drum instruments, or both; any of an instrument's seven bytes."""
    raw = bytearray(global_.raw)
    if cosmetic:
        return GlobalData(_with_other_bits(dice, global_.raw, MASKS[Part.GLOBAL]))
    if not count:
        return global_
    if dice.random() < 0.6:
        raw[0] = dice.randint(-50, 50) & 0xFF
    for _ in range(dice.choice((0, 1, 2, 30))):
        raw[dice.randrange(FIRST_INSTRUMENT, GLOBAL)] = dice.randrange(14)
    return GlobalData(bytes(raw))


def _changed_sequence(
    dice: random.Random, sequence: Sequence, count: int, cosmetic: bool
) -> Sequence:
    """Return other song settings, of unknown meaning, too, another pattern, or other steps."""
    raw = bytearray(sequence.raw)
    if cosmetic:
        song = dice.randrange(SONGS)
        span = slice(song * SONG, (song + 1) * SONG)
        other = _with_other_bits(dice, bytes(raw[span]), SONG_MASK)
        raw[span] = _padded_otherwise(other, SONG_NAME)
    elif count > FEW or (count and dice.random() < 0.3):
        song = dice.randrange(SONGS) * SONG
        change = dice.choice(("tempo", "tempo", "unknown", "pattern", "steps"))
        if change == "tempo":
            raw[song + 17] = dice.randint(40, 208)
        elif change == "unknown":
            raw[song + dice.choice((18, 30))] ^= 1 << dice.randrange(8)
        elif change == "pattern":
            raw[FIRST_PATTERN + dice.randrange(PATTERNS * PATTERN)] = dice.randrange(8)
        elif len(raw) > CONTROL:
            raw[dice.randrange(CONTROL, len(raw))] ^= 1 << dice.randrange(8)
    return Sequence.from_raw(bytes(raw))


def _with_other_bits(dice: random.Random, raw: bytes, mask: bytes) -> bytes:
    """Return a record with other bits where they mean nothing."""
    return bytes(
        byte ^ dice.randrange(256) & ~bits & 0xFF for byte, bits in zip(raw, mask, strict=True)
    )


def _padded_otherwise(raw: bytes, at: int) -> bytes:
    """Return a record whose name, which begins `at`, is padded with 00."""
    name = raw[at : at + NAME].rstrip(b" \0")
    return raw[:at] + name.ljust(NAME, b"\0") + raw[at + NAME :]


def _scrambled(dice: random.Random, raw: bytes) -> bytes:
    """Return a record with another first letter and a few other values."""
    changed = bytearray(raw)
    changed[0] = dice.choice(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for _ in range(dice.randint(1, 5)):
        changed[dice.randrange(71, len(raw) - 1)] = dice.randrange(100)
    return bytes(changed)
