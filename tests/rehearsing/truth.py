"""What is true of a virtual M1, read from its own state, for each claim that a step can make.

Nothing of the procedures, the checks or the engine is used, but to read what a person chose of a
broken file: a claim is a text, and whether it is so is read from the memory, the settings, the
cards, and from what hands really did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from m1tui.errors import OriginError
from m1tui.procedures.origins import load_origin
from m1tui.sysex import Bank, Mode, Part
from m1tui.virtual.card import Card
from m1tui.virtual.demo import demo_contents
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.sound import Source
from tests.campaigning.image import Image, NoDump, different, image_of_file, is_initial

PROG_COMBI_GLOBAL = (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)
CHOSEN = " :: "
"""Between a file's path and what of it is meant."""
OFF_FIVE_MINUTES = 289.0
"""Seconds of no power after which only a cell can have kept the memory."""
_SONG, _TRACKS, _OFFSETS, _CONTROL, _STEP = 96, 8, 1160, 1522, 4
_CHANNELS, _SOUNDS, _SOUND = 0, 56, 5
_NOTE = 0x80
_NOTE_ON, _PRESSURE = re.compile(rb"[\x90-\x9f]"), re.compile(rb"[\xd0-\xdf]")
_START = re.compile(rb"[\xfa\xfb]")


class Witness:
    """Sees what hands do to an M1 and what it sends, with the times, until it is forgotten."""

    def __init__(self, machine: VirtualM1) -> None:
        self.machine = machine
        self.done: list[tuple[float, str, Any]] = []
        """When, what, and with which value."""
        for name in (
            "key_down",
            "press_keybed",
            "bend",
            "modulate",
            "move_slider",
            "press_damper",
            "move_pedal",
            "press_key",
            "power_off",
            "power_on",
        ):
            self._look_at(name)
        self._transmit, machine.transmit = machine.transmit, self._sends  # type: ignore[method-assign]

    def since(self, moment: float, *words: str) -> list[tuple[float, str, Any]]:
        """Return what of `words` was done from `moment` on."""
        return [one for one in self.done if one[0] >= moment and one[1] in words]

    def _look_at(self, name: str) -> None:
        method = getattr(self.machine, name)

        def seen(*values: Any, **more: Any) -> Any:
            self.done.append((self.machine.board.now, name, values[0] if values else None))
            return method(*values, **more)

        setattr(self.machine, name, seen)

    def _sends(self, *values: Any, **more: Any) -> bytes:
        data = self._transmit(*values, **more)
        for word, found in (
            ("starts", _START.search(data)),
            ("note", _NOTE_ON.search(data)),
            ("pressure", _PRESSURE.search(data)),
        ):
            if found:
                self.done.append((self.machine.board.now, word, None))
        return data


@dataclass(frozen=True)
class Moment:
    """What a claim is measured against."""

    machine: VirtualM1
    witness: Witness
    since: float
    """When the step that claims it began to be performed, by the machine's clock."""
    backup: str = ""
    """The file that the step kept."""
    origin: str = ""
    """Where the sounds come from: a file, or "demo"."""
    part: str = "all"
    card_backup: str = ""
    """The newest file of the card's backups."""
    before: Mapping[Part, bytes] = field(default_factory=dict)
    """The memory when the run began."""

    @property
    def memory(self) -> Image:
        """The internal memory."""
        return Image.of(self.machine.contents)

    @property
    def card(self) -> Card | None:
        """The data card that is in."""
        return self.machine.card

    @property
    def sequence(self) -> bytes:
        """Control area and steps of the sequencer."""
        return self.memory.parts[Part.SEQUENCE]


Truth = Callable[[Moment, re.Match[str]], bool]
_TRUTHS: list[tuple[re.Pattern[str], Truth, bool]] = []


def truth(pattern: str, *, lasting: bool = True) -> Callable[[Truth], Truth]:
    """Register what says whether a claim of that form is so.

    What is not `lasting` is a fact of its moment: something was heard, a file was kept.
    """

    def register(function: Truth) -> Truth:
        _TRUTHS.append((re.compile(pattern), function, lasting))
        return function

    return register


def is_true(claim: str, moment: Moment) -> bool:
    """Tell whether a claim is so. Raises KeyError for a claim of an unknown form."""
    found, function, _ = _entry(claim)
    return function(moment, found)


def lasts(claim: str) -> bool:
    """Tell whether a claim is still to be so when the run is over."""
    return _entry(claim)[2]


def form_of(claim: str) -> bool:
    """Tell whether the truth of claims of that form is known."""
    return any(pattern.fullmatch(claim) for pattern, _, _ in _TRUTHS)


def _entry(claim: str) -> tuple[re.Match[str], Truth, bool]:
    for pattern, function, lasting in _TRUTHS:
        found = pattern.fullmatch(claim)
        if found is not None:
            return found, function, lasting
    raise KeyError(claim)


# Power and settings


@truth("M1 = answers")
def _answers(moment: Moment, _: re.Match[str]) -> bool:
    return moment.machine.powered


@truth("M1 = silent")
def _silent(moment: Moment, _: re.Match[str]) -> bool:
    return not moment.machine.powered


@truth("power = five minutes of silence, then an answer", lasting=False)
def _cycled(moment: Moment, _: re.Match[str]) -> bool:
    # It may have been off before the step began.
    off: float | None = None
    for at, word, _value in moment.witness.since(0.0, "power_off", "power_on"):
        if word == "power_off":
            off = at if off is None else off
        elif off is not None and at - off >= OFF_FIVE_MINUTES and at >= moment.since - 1:
            return moment.machine.powered
        else:
            off = None
    return False


@truth("filter (program change|aftertouch|control|exclusive) = (ENA|DIS)")
def _filter(moment: Moment, found: re.Match[str]) -> bool:
    name = found[1].replace(" ", "_")
    return getattr(moment.machine.settings, name) is (found[2] == "ENA")


@truth("own clock = heard", lasting=False)
def _own_clock(moment: Moment, _: re.Match[str]) -> bool:
    return moment.machine.board.mode is Mode.SEQUENCER or not moment.machine.powered


@truth("clock = (INT|EXT)")
def _clock(moment: Moment, found: re.Match[str]) -> bool:
    return moment.machine.settings.clock_external is (found[1] == "EXT")


@truth(r"channel = (\d+)")
def _channel(moment: Moment, found: re.Match[str]) -> bool:
    return moment.machine.settings.channel + 1 == int(found[1])


@truth("protects = (ON|OFF)")
def _protects(moment: Moment, found: re.Match[str]) -> bool:
    settings = moment.machine.settings
    protects = {
        settings.protect_program_internal,
        settings.protect_combination_internal,
        settings.protect_sequence_internal,
    }
    return protects == {found[1] == "ON"}


@truth(r"allocation = (100|50)/\1")
def _allocation(moment: Moment, found: re.Match[str]) -> bool:
    return len(moment.machine.memory.programs) == int(found[1])


@truth(r"transposition = (-?\d+)")
def _transposition(moment: Moment, found: re.Match[str]) -> bool:
    return moment.machine.memory.global_data.key_transpose == int(found[1])


# Panel, keys and controls


@truth("program = I00", lasting=False)
def _program(moment: Moment, _: re.Match[str]) -> bool:
    board = moment.machine.board
    return (
        board.mode is Mode.PROG
        and board.program_number == 0
        and board.program_bank is Bank.INTERNAL
        and board.edit_program.raw == moment.machine.memory.programs[0].raw
    )


@truth("UP and DOWN = heard", lasting=False)
def _up_down(moment: Moment, _: re.Match[str]) -> bool:
    words = {
        getattr(key, "value", "") for _, _, key in moment.witness.since(moment.since, "press_key")
    }
    return {"UP", "DOWN"} <= words


@truth("START/STOP = heard", lasting=False)
def _start_stop(moment: Moment, _: re.Match[str]) -> bool:
    pressed = moment.witness.since(moment.since, "press_key")
    return any(getattr(key, "value", "") == "START/STOP" for _, _, key in pressed)


@truth("joystick = heard", lasting=False)
def _joystick(moment: Moment, _: re.Match[str]) -> bool:
    bends = [value for _, _, value in moment.witness.since(moment.since, "bend")]
    ways = {value for _, _, value in moment.witness.since(moment.since, "modulate")}
    return bool(bends) and min(bends) < 8192 < max(bends) and ways == {1, 2}


@truth("joystick = full range, and rests at its centre", lasting=False)
def _joystick_range(moment: Moment, found: re.Match[str]) -> bool:
    return _joystick(moment, found) and not moment.machine.worn_joystick


@truth("panel keys = 19 of 34 heard", lasting=False)
def _panel_keys(moment: Moment, _: re.Match[str]) -> bool:
    pressed = [
        getattr(key, "value", "") for _, _, key in moment.witness.since(moment.since, "press_key")
    ]
    modes = {"COMBI", "EDIT-COMBI", "PROG", "EDIT-PROG", "SEQ", "GLOBAL", "UP", "DOWN"}
    twice = [*"0123456789", "START/STOP"]
    return (
        modes <= set(pressed)
        and all(pressed.count(key) >= 2 for key in twice)
        and not moment.machine.dead_keys
    )


@truth("VALUE = heard", lasting=False)
def _value(moment: Moment, _: re.Match[str]) -> bool:
    places = [value for _, _, value in moment.witness.since(moment.since, "move_slider")]
    return bool(places) and min(places) < 16 and max(places) > 111


@truth("pedals = heard", lasting=False)
def _pedals(moment: Moment, _: re.Match[str]) -> bool:
    moved = {value for _, _, value in moment.witness.since(moment.since, "move_pedal")}
    return moved == {1, 2} and bool(moment.witness.since(moment.since, "press_damper"))


@truth("keys = all 61 sound", lasting=False)
def _keys(moment: Moment, _: re.Match[str]) -> bool:
    played = {value for _, _, value in moment.witness.since(moment.since, "key_down")}
    return played >= set(range(36, 97)) and not moment.machine.key_faults


@truth("aftertouch = silent while a key was held", lasting=False)
def _aftertouch(moment: Moment, _: re.Match[str]) -> bool:
    witness = moment.witness
    return bool(witness.since(moment.since, "key_down")) and not witness.since(
        moment.since, "pressure"
    )


@truth("notes = sent", lasting=False)
def _notes_sent(moment: Moment, _: re.Match[str]) -> bool:
    return any(
        note.source is Source.MIDI and note.at >= moment.since for note in moment.machine.played
    )


@truth("a key = heard over MIDI", lasting=False)
def _a_key(moment: Moment, _: re.Match[str]) -> bool:
    return bool(moment.witness.since(moment.since, "key_down", "note"))


@truth("Local ON = sent", lasting=False)
def _local(moment: Moment, _: re.Match[str]) -> bool:
    return moment.machine.settings.local


@truth("answers = no suspicion", lasting=False)
def _answers_clean(moment: Moment, _: re.Match[str]) -> bool:
    """Nothing is claimed of the M1: the answers are the person's."""
    return True


@truth("master tune = 440 Hz")
def _tuned(moment: Moment, _: re.Match[str]) -> bool:
    return moment.machine.memory.global_data.master_tune == 0


# Files and memory


@truth("file = what (?:was in the M1|the M1 sent)", lasting=False)
def _file(moment: Moment, _: re.Match[str]) -> bool:
    if not moment.backup:
        return all(is_initial(part, data) for part, data in moment.memory.parts.items())
    return _file_is(moment, moment.backup, moment.memory)


@truth("file = what was on the card", lasting=False)
def _card_file(moment: Moment, _: re.Match[str]) -> bool:
    if moment.card is None:
        return False
    held = Image.of(moment.card.contents)
    if not moment.backup:
        return _blank(moment.card)
    return _file_is(moment, moment.backup, held)


def _blank(card: Card) -> bool:
    """Tell whether a card is as it was formatted, or has no format at all."""
    if card.format is None:
        return True
    fresh = Card.formatted(card.format).contents
    return Image.of(card.contents).parts == Image.of(fresh).parts


def _file_is(moment: Moment, file: str, held: Image) -> bool:
    """Tell whether the file has the part that it is of, whole and as it is held."""
    saved = image_at(file)
    if saved is None:
        return False
    parts = set(held.parts) if moment.part == "all" else {Part(moment.part)}
    return set(saved.parts) == parts and not different(held.only(_only(moment.part)), saved)


def _only(part: str) -> Part:
    return Part.ALL if part == "all" else Part(part)


def image_at(file: str) -> Image | None:
    """Return what a dump file holds, or the demo bank; None for what holds nothing."""
    if file == "demo":
        return Image.of(demo_contents())
    if CHOSEN in file:
        # What of a file is meant stands behind its path; that is read by the program's own code.
        try:
            return Image.of(load_origin(file).contents)
        except OriginError:
            return None
    path = Path(file)
    try:
        return image_of_file(path.read_bytes())
    except (OSError, NoDump):
        return None


@truth("dump = what is in the M1", lasting=False)
def _dump(moment: Moment, found: re.Match[str]) -> bool:
    return _file(moment, found)


@truth("source = can be read", lasting=False)
def _source(moment: Moment, _: re.Match[str]) -> bool:
    return image_at(moment.origin) is not None


@truth("memory = (?:as sent|its backup)")
def _memory(moment: Moment, _: re.Match[str]) -> bool:
    sent = image_at(moment.origin)
    return sent is not None and not different(sent, moment.memory)


@truth("(programs|combinations|global|sequence) = as sent")
def _sent(moment: Moment, found: re.Match[str]) -> bool:
    sent = image_at(moment.origin)
    part = Part(found[1])
    return sent is not None and not different(sent.only(part), moment.memory)


@truth("memory = initialised")
def _initialised(moment: Moment, _: re.Match[str]) -> bool:
    return len({program.raw for program in moment.machine.memory.programs}) == 1


# Cards


@truth("card = in")
def _card_in(moment: Moment, _: re.Match[str]) -> bool:
    return moment.card is not None


@truth("card = formatted")
def _formatted(moment: Moment, _: re.Match[str]) -> bool:
    return moment.card is not None and moment.card.format is not None


@truth("card(?: content)? = its backup")
def _as_backup(moment: Moment, _: re.Match[str]) -> bool:
    if moment.card is None:
        return False
    if not moment.card_backup:
        return moment.card.format is not None and _blank(moment.card)
    saved = image_at(moment.card_backup)
    held = Image.of(moment.card.contents).without_banks()
    return saved is not None and not different(saved.without_banks(), held)


@truth("card content = erased")
def _erased(moment: Moment, _: re.Match[str]) -> bool:
    return moment.card is not None and moment.card.format is not None and _blank(moment.card)


@truth("card format = 100/100")
def _format(moment: Moment, _: re.Match[str]) -> bool:
    card = moment.card
    return card is not None and set(card.contents.parts) == set(PROG_COMBI_GLOBAL)


@truth("card format = (100PROG/100COMBI|50PROG/50COMBI/4200SEQ|7700STEP SEQUENCE)")
def _chosen_format(moment: Moment, found: re.Match[str]) -> bool:
    sounds = len((moment.card and moment.card.contents.programs) or ())
    songs = moment.card is not None and moment.card.contents.sequence is not None
    wanted = {"100PROG/100COMBI": (100, False), "50PROG/50COMBI/4200SEQ": (50, True)}
    return moment.card is not None and (sounds, songs) == wanted.get(found[1], (0, True))


@truth("card = formatted for songs")
def _for_songs(moment: Moment, _: re.Match[str]) -> bool:
    return moment.card is not None and moment.card.contents.sequence is not None


@truth("(?:internal songs = the card's|card songs = the M1's)")
def _songs_copied(moment: Moment, _: re.Match[str]) -> bool:
    if moment.card is None or moment.card.contents.sequence is None:
        return False
    return Image.of(moment.card.contents).parts[Part.SEQUENCE] == moment.sequence


@truth("card switch = (ON|OFF)")
def _switch(moment: Moment, found: re.Match[str]) -> bool:
    card = moment.card
    return card is not None and not card.rom and card.write_protected is (found[1] == "ON")


@truth("PCM card = in")
def _pcm(moment: Moment, _: re.Match[str]) -> bool:
    return moment.machine.board.pcm_card is not None


@truth("(?:internal sounds = the card's|card sounds = the M1's)")
def _copied(moment: Moment, _: re.Match[str]) -> bool:
    if moment.card is None or set(moment.card.contents.parts) < set(PROG_COMBI_GLOBAL):
        return False
    # On the card its combinations play the card's own programs, whatever their numbers say.
    held = moment.memory.without_banks()
    carried = Image.of(moment.card.contents).without_banks()
    return not any(different(carried.only(part), held) for part in PROG_COMBI_GLOBAL)


# The sequencer


def _steps_of(sequence: bytes, song: int, track: int) -> bytes:
    at = _OFFSETS + 2 * (song * _TRACKS + track)
    start, end = (sequence[one] | sequence[one + 1] << 8 for one in (at, at + 2))
    return sequence[_CONTROL:][start:end]


def _notes(steps: bytes) -> bytes:
    each = (steps[at : at + _STEP] for at in range(0, len(steps), _STEP))
    return b"".join(one for one in each if one[1] & _NOTE)


@truth("sequencer = 100 % free")
def _free(moment: Moment, _: re.Match[str]) -> bool:
    return len(moment.sequence) == _CONTROL


@truth("sequencer = less than 35 % free")
def _below(moment: Moment, _: re.Match[str]) -> bool:
    room = 4_400 if len(moment.machine.memory.programs) == 100 else 7_700
    return (len(moment.sequence) - _CONTROL) / _STEP > 0.65 * room


@truth(r"selected song = (\d)", lasting=False)
def _song(moment: Moment, found: re.Match[str]) -> bool:
    return moment.machine.board.transport.song == int(found[1])


@truth("song playing = heard", lasting=False)
def _plays(moment: Moment, _: re.Match[str]) -> bool:
    starts = moment.witness.since(moment.since, "starts")
    return bool(starts) and bool(moment.witness.since(starts[0][0], "note"))


@truth("song playing = stopped")
def _stopped(moment: Moment, _: re.Match[str]) -> bool:
    return not moment.machine.board.transport.running


@truth(r"song (\d) = erased")
def _erased_song(moment: Moment, found: re.Match[str]) -> bool:
    song = int(found[1])
    return not any(_steps_of(moment.sequence, song, track) for track in range(_TRACKS))


@truth(r"song (\d) track (\d) = erased")
def _erased_track(moment: Moment, found: re.Match[str]) -> bool:
    return not _steps_of(moment.sequence, int(found[1]), int(found[2]) - 1)


@truth(r"song (\d) track (\d) = recorded")
def _recorded(moment: Moment, found: re.Match[str]) -> bool:
    song, track = int(found[1]), int(found[2]) - 1
    now = _notes(_steps_of(moment.sequence, song, track))
    before = moment.before.get(Part.SEQUENCE)
    return bool(now) and (before is None or now != _notes(_steps_of(before, song, track)))


@truth(r"song (\d) track (\d) channel = (\d+)")
def _track_channel(moment: Moment, found: re.Match[str]) -> bool:
    at = _SONG * int(found[1]) + _CHANNELS + int(found[2]) - 1
    return (moment.sequence[at] & 0x0F) + 1 == int(found[3])


@truth(r"song (\d) track (\d) program = (\d+)")
def _track_program(moment: Moment, found: re.Match[str]) -> bool:
    at = _SONG * int(found[1]) + _SOUNDS + _SOUND * (int(found[2]) - 1)
    return moment.sequence[at] == int(found[3])
