"""A shadow of the connected M1: what its display may show after keys, as far as that is known.

The keys are pressed on two virtual M1s that agree in what is known of the real one and differ in
everything else. Where their displays differ, nobody can tell what the real one shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from m1tui.link.rehearsal import parse_action
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark
from m1tui.surveys import Survey
from m1tui.sysex import CardFormat, CardState, Contents, GlobalData, IdentityReply, Mode, ModeData
from m1tui.sysex.sequence import Sequence, SequenceControl, Song, TrackChannel, TrackSound
from m1tui.virtual.card import Card
from m1tui.virtual.demo import demo_contents
from m1tui.virtual.keys import parse_keys
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.scenarios import ram_card, small_card, song_card
from m1tui.virtual.settings import Model, Settings
from m1tui.virtual.surveyed import How, certainty_of, lay_in

Lines = tuple[str, str]
"""The two lines of a display, 40 characters each."""


class Foreseen(NamedTuple):
    """What a display may show."""

    lines: Lines
    wording: str
    """How certain its wording is: "sketch", "confirmed by 1 survey"."""
    at_cursor: bool = False
    """Whether there is a value at the cursor, and it is known."""
    page: str = ""
    """The page, as the virtual M1 names it; empty where it is not known."""


UNKNOWN = "?"
"""Stands for each character that cannot be told."""

PLAYED_SECONDS = 4.0
"""What passes on one of the two M1s after keys, and not on the other: a measure or two."""

SKETCHED = How.SKETCH.value
"""What is said of a wording that is this project's own."""
OTHER_ROM = 24
"""A ROM revision other than that of a virtual M1."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the connected instrument, None where it is not."""

    model: Model = Model.M1
    mode_data: ModeData | None = None
    channel: int | None = None
    """The global MIDI channel, 0–15."""
    exclusive: bool | None = None
    """Whether the Exclusive filter is at ENA."""
    contents: Contents | None = None
    """What the internal memory holds, from an all-data dump."""
    survey: Survey | None = None
    """What a survey found of it: how it behaves, and what its display really shows."""


class ExpectedPanel:
    """Does on two virtual M1s what hands do on the real one."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._twins = twins(known)

    @property
    def display(self) -> Lines:
        """Return the display with `?` where it cannot be told."""
        first, second = (twin.display for twin in self._twins)
        return agreed(first[0], second[0]), agreed(first[1], second[1])

    @property
    def foreseen(self) -> Foreseen:
        """Return the display and how certain its wording is."""
        one, other = (certainty_of(twin.board) for twin in self._twins)
        wording = one if one == other else SKETCHED
        here, there = (twin.place[0] for twin in self._twins)
        return Foreseen(self.display, wording, self._knows_value, here if here == there else "")

    @property
    def _knows_value(self) -> bool:
        """Return whether the cursor stands at a value of which every character is known."""
        first, second = (twin.cursor for twin in self._twins)
        if first is None or first != second:
            return False
        line, column = first
        value = self.display[line][column:].partition(" ")[0]
        return bool(value) and UNKNOWN not in value

    def press(self, keys: Iterable[str]) -> None:
        """Press keys by their names."""
        sequence = " ".join(keys)
        for twin in self._twins:
            twin.press(sequence)
        # How long a song plays until the next key is up to the person: its measure is not known.
        plays = self._twins[0]
        plays.advance(plays.board.now + PLAYED_SECONDS)

    def act(self, action: str) -> None:
        """Follow an action of a rehearsal as far as the display depends on it."""
        wanted = parse_action(action)
        if wanted.word == "press":
            self.press([wanted.argument])
        elif wanted.word == "power-off":
            for twin in self._twins:
                twin.power_off()
        elif wanted.word == "power-on":
            for twin in self._twins:
                twin.power_on(frozenset(parse_keys(wanted.argument)))
        elif wanted.word in ("insert-card", "insert-song-card", "insert-rom-card"):
            self._insert(wanted.word)
        elif wanted.word == "remove-card":
            for twin in self._twins:
                twin.remove_card()
        elif wanted.word == "remove-cell":
            # What an M1 is set to after it has lost its memory is not documented.
            self._twins = twins(Known(self._known.model, survey=self._known.survey))
            self.act("power-off")

    def _insert(self, word: str) -> None:
        """Put a card of the format that is asked for into a slot in which there is none."""
        layout = CardFormat.SEQUENCE if word == "insert-song-card" else CardFormat.PROGRAMS
        for twin, card in zip(self._twins, _two_cards(layout), strict=True):
            twin.insert_card(replace(card, rom=word == "insert-rom-card"))


def expected(run: Run, known: Known) -> tuple[Foreseen, ...]:
    """Return what the display may show at the current step: before its first key, and after each.

    Empty where the step has no keys, or a value that decides them is not known. The handiwork of
    the earlier steps that were done is taken to have been done as it is written.
    """
    presses = run.presses
    if not presses or not all(press.keys for press in presses):
        return ()
    shadow = ExpectedPanel(known)
    for earlier in _done_before(run):
        for press in earlier.presses:
            shadow.press(press.keys)
        for action in earlier.current.rehearse:
            shadow.act(action)
    shown = [shadow.foreseen]
    for press in presses:
        shadow.press(press.keys)
        shown.append(shadow.foreseen)
    return tuple(shown)


def _done_before(run: Run) -> Iterator[Run]:
    """Yield the run at each step before the current one that was done."""
    for index, mark in enumerate(run.marks[: run.position]):
        if mark in (Mark.SENSED, Mark.BY_HAND):
            yield replace(run, position=index)


def twins(known: Known) -> tuple[VirtualM1, VirtualM1]:
    """Return two M1s that agree in what is known and differ in everything else."""
    one = VirtualM1(_memory(known, Memory.initialised()), Settings(), model=known.model)
    other = VirtualM1(
        _memory(known, Memory.of(_other_contents())),
        _opposite(Settings()),
        identity=IdentityReply.of_m1(0, rom=OTHER_ROM),
        model=known.model,
    )
    # What no power-on decides on a real M1 that has been on for a while.
    other.board.settings = _opposite(Settings())
    other.board.kept_choices = dict.fromkeys(other.board.kept_choices, 0)
    other.press("COMBI 37 PROG 48")
    one.press("SEQ 0 B UP UP UP C UP UP PROG")
    if known.survey is not None:
        for twin in (one, other):
            twin.behave(known.survey.manners)
            lay_in(known.survey, twin.board)
    cards = _cards(known.mode_data)
    for twin, mode, card in zip((one, other), (Mode.PROG, Mode.COMBI), cards, strict=True):
        _agree(twin, known, mode)
        twin.board.card = card
    return one, other


_OTHER = {
    CardFormat.PROGRAMS: ram_card,
    CardFormat.PROGRAMS_AND_SEQUENCE: small_card,
    CardFormat.SEQUENCE: song_card,
}
"""What lies on one of two cards of a format, while the other is empty."""


def _two_cards(layout: CardFormat) -> tuple[Card, Card]:
    """Return two cards of a format that differ in everything else."""
    return Card.formatted(layout), _OTHER[layout]()


def _cards(data: ModeData | None) -> tuple[Card | None, Card | None]:
    """Return the cards in the slots of the two M1s; None where there is none.

    Without mode data nobody knows whether there is one; what is on one is never known.
    """
    if data is None:
        return None, Card.formatted(CardFormat.PROGRAMS)
    if data.card_format is None:
        blank = Card.unformatted() if data.card is CardState.UNKNOWN else None
        return blank, blank
    rom, protected = data.card is CardState.ROM, data.card is CardState.RAM_PROTECTED
    one, other = _two_cards(data.card_format)
    return (
        replace(one, rom=rom, write_protected=protected),
        replace(other, rom=rom, write_protected=protected),
    )


def _memory(known: Known, memory: Memory) -> Memory:
    if known.contents is not None:
        try:
            return Memory.of(known.contents)
        except ValueError:
            # Only all data makes a memory; a part of it says too little to be worth showing.
            pass
    allocation = known.mode_data.allocation if known.mode_data else None
    return memory if allocation is None else memory.reallocated(allocation)


def _other_contents() -> Contents:
    contents = demo_contents()
    settings = contents.global_ or GlobalData.blank()
    songs = contents.sequence or Sequence.empty()
    return contents.replace(
        global_=settings.replace(master_tune=-11, key_transpose=5),
        sequence=songs._replace(control=_with_other_songs(songs.control)),
    )


def _with_other_songs(control: SequenceControl) -> SequenceControl:
    """Return the songs with settings and tracks of which none is as in a new song."""

    def other_channel(track: TrackChannel) -> TrackChannel:
        return track.replace(channel=(track.channel + 8) % 16)

    def other_sound(sound: TrackSound) -> TrackSound:
        return sound.replace(program=77, level=50, transpose=-7, detune=-7, pan=1)

    def other_song(song: Song) -> Song:
        return song.replace(
            channels=tuple(map(other_channel, song.channels)),
            sounds=tuple(map(other_sound, song.sounds)),
            tempo=93,
            beat=3,
            next_song=7,
        )

    return control.replace(songs=tuple(map(other_song, control.songs)))


def _opposite(settings: Settings) -> Settings:
    """Return settings of which none is the same; another channel, too."""
    facts = settings.as_facts()
    turned = {name: not value for name, value in facts.items() if name != "channel"}
    return Settings(channel=9, **turned)


def _agree(twin: VirtualM1, known: Known, mode: Mode) -> None:
    """Set what is known; `mode` is the twin's own where that is not."""
    board = twin.board
    if known.channel is not None:
        board.settings = board.settings.changed(channel=known.channel)
    if known.exclusive is not None:
        board.settings = board.settings.changed(exclusive=known.exclusive)
    data = known.mode_data
    board.set_mode(data.mode if data is not None and data.mode is not None else mode)
    board.outbox.clear()


def agreed(first: str, second: str) -> str:
    """Return a line in which the words that differ are masked, their labels kept."""
    shown = list(first)
    for start, end in _words(first, second):
        one, other = first[start:end], second[start:end]
        if one != other:
            left, right = _same_ends(one, other)
            shown[start + left : end - right] = UNKNOWN * (end - start - left - right)
    return "".join(shown)


def _words(first: str, second: str) -> Iterator[tuple[int, int]]:
    """Yield where the words of two lines laid over each other begin and end."""
    start = -1
    for place, pair in enumerate((*zip(first, second, strict=True), (" ", " "))):
        blank = pair == (" ", " ")
        if not blank and start < 0:
            start = place
        elif blank and start >= 0:
            yield start, place
            start = -1


def _same_ends(one: str, other: str) -> tuple[int, int]:
    """Return how many characters to keep at both ends: whole labels, up to a sign."""
    left = 0
    for place, (mine, yours) in enumerate(zip(one, other, strict=True)):
        if mine != yours:
            break
        if not mine.isalnum():
            left = place + 1
    right = 0
    for place, (mine, yours) in enumerate(zip(one[::-1], other[::-1], strict=True)):
        if mine != yours:
            break
        if not mine.isalnum() and place < len(one) - left:
            right = place + 1
    return left, right
