"""What an M1 plays: each note with the program that sounds, and at which outputs it is heard.

No audio is made. Where the route of the sound is not known, the dry signal counts: pan A to output
1, B to 2, C to 3, D to 4, and 3 and 4 into 1 and 2 as the effects' output pans say. That a volume
of 0, a level of 0 and a drum kit's key without a sound are silent is assumed as a matter of course.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from m1tui.advice import listed
from m1tui.sysex import Bank, Combination, Effects, Mode, Program
from m1tui.sysex.combination import MULTI, SLOTS_OF_A_BANK, TYPES
from m1tui.sysex.effects import THROUGH
from m1tui.sysex.names import SLOTS
from m1tui.sysex.program import DOUBLE, DRUMS

if TYPE_CHECKING:
    from m1tui.virtual.mainboard import Mainboard

KEPT = 1000
"""Notes that are remembered, the newest; more are asked for by nobody."""
FULL_VOLUME = 127
OUTPUTS = 4
_COMBI_MODES = (Mode.COMBI, Mode.EDIT_COMBI)
_SINGLE = TYPES.index("single")
_CENTRE, _B, _C, _C_AND_D = 5, 10, 11, 12
_ALL_SIDES = 101
_KEYS = 128


class Source(StrEnum):
    """Where a note comes from."""

    KEYS = "keys"
    MIDI = "midi"
    SONG = "song"


class Silence(StrEnum):
    """Why a note that is played is not heard."""

    LOCAL_OFF = "local off"
    VOLUME = "volume 0"
    LEVEL = "level 0"
    NO_PROGRAM = "no program"
    NO_DRUM = "no drum sound on the key"
    OUTPUT_DEAD = "output dead"


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """A note of one program; a combination plays several at once."""

    at: float
    """Seconds of the machine's clock."""
    source: Source
    channel: int
    """0-15."""
    key: int
    """As it was played, 0-127."""
    pitch: int
    """The key that sounds, after the transposition of its timbre or track."""
    velocity: int
    slot: str
    """I00-C99: where the program stands; an edited one keeps its slot."""
    program: str
    """Its name; empty where there is none."""
    part: int | None
    """The timbre or track that plays it, from 1; None in PROG mode."""
    outputs: tuple[int, ...]
    """Audio outputs, 1-4, at which it is heard; none where it is silent."""
    silence: Silence | None = None
    hisses: bool = False
    """Whether the effects are heard to hiss with it."""
    ended: float | None = None
    """When its key came up; None while it is held."""

    @property
    def audible(self) -> bool:
        """Whether any audio comes."""
        return self.silence is None


class _Part(NamedTuple):
    """Something that plays a note: a program, a timbre, a track."""

    number: int | None
    slot: str
    program: Program | None
    level: int
    pan: int
    of_kit: bool
    """Whether the pan comes from the drum kit."""
    transpose: int
    effects: Effects


def note_on(
    board: Mainboard,
    source: Source,
    channel: int,
    key: int,
    velocity: int,
    track: int | None = None,
) -> tuple[PlayedNote, ...]:
    """Return what plays when a key goes down: a note for each part that answers it.

    `track` is the track of a song that plays, or in SEQ mode the one that the keys play.
    """
    parts = _parts(board, channel, key, velocity, track)
    return tuple(_note(board, source, channel, key, velocity, part) for part in parts)


def with_note_off(
    played: tuple[PlayedNote, ...], source: Source, channel: int, key: int, now: float
) -> tuple[PlayedNote, ...]:
    """Return the notes with those of a key ended that comes up.

    A key comes up before it goes down again, so its notes that sound stand together, and as most
    notes are short, near the end.
    """

    def sounds(note: PlayedNote) -> bool:
        return note.ended is None and (note.source, note.channel, note.key) == (
            source,
            channel,
            key,
        )

    end = len(played)
    while end and not sounds(played[end - 1]):
        end -= 1
    begin = end
    while begin and sounds(played[begin - 1]):
        begin -= 1
    ended = (replace(note, ended=now) for note in played[begin:end])
    return (*played[:begin], *ended, *played[end:]) if begin < end else played


def with_silence(
    played: tuple[PlayedNote, ...], channel: int, now: float
) -> tuple[PlayedNote, ...]:
    """Return the notes with all of a channel ended that MIDI began: All Notes Off."""
    return tuple(
        replace(note, ended=now)
        if note.ended is None and (note.source, note.channel) == (Source.MIDI, channel)
        else note
        for note in played
    )


OUTPUT_NAMES = ("1/L", "2/R", "3", "4")
"""What stands at the output jacks."""


def heard_text(notes: Sequence[PlayedNote]) -> str:
    """Return in one line from which outputs notes are heard, and how."""
    outputs = sorted({output for note in notes for output in note.outputs})
    if not outputs:
        why = sorted({note.silence.value for note in notes if note.silence is not None})
        return f"nothing is heard ({', '.join(why)})"
    named = [OUTPUT_NAMES[output - 1] for output in outputs]
    where = listed(named)
    hiss = ", with a hiss" if any(note.hisses for note in notes) else ""
    silent = sum(not note.audible for note in notes)
    some = f"; {silent} of {len(notes)} notes silent" if silent else ""
    return f"heard from output{'s' if len(outputs) > 1 else ''} {where}{hiss}{some}"


def channels(board: Mainboard) -> frozenset[int]:
    """Return the MIDI channels, 0-15, on which notes play something as the mode is."""
    heard = {board.settings.channel}
    if board.mode is Mode.SEQUENCER:
        heard |= {*board.channels}
    elif board.mode in _COMBI_MODES and board.edit_combination.type >= MULTI:
        heard |= {one.channel for one in board.edit_combination.timbres if not one.off}
    return frozenset(heard)


def _note(
    board: Mainboard, source: Source, channel: int, key: int, velocity: int, part: _Part
) -> PlayedNote:
    pitch = key + part.transpose
    pan, silence = part.pan, _silence(board, source, channel, part)
    if silence is None and part.program is not None and part.program.oscillator_mode == DRUMS:
        drum_pan = _drum_pan(board, part.program, pitch)
        if drum_pan is None:
            silence = Silence.NO_DRUM
        elif part.of_kit:
            pan = drum_pan
    outputs = () if silence else _outputs(pan, part.effects) - board.dead_outputs
    if not outputs:
        silence = silence or Silence.OUTPUT_DEAD
    return PlayedNote(
        at=board.now,
        source=source,
        channel=channel,
        key=key,
        pitch=min(max(pitch, 0), _KEYS - 1),
        velocity=velocity,
        slot=part.slot,
        program="" if part.program is None else part.program.name.rstrip(),
        part=part.number,
        outputs=tuple(sorted(outputs)),
        silence=silence,
        hisses=silence is None and board.effects_hiss and _in_use(part.effects),
    )


def _in_use(effects: Effects) -> bool:
    return (effects.effect_1, effects.effect_2) != (THROUGH, THROUGH)


def _silence(board: Mainboard, source: Source, channel: int, part: _Part) -> Silence | None:
    if source is Source.KEYS and not board.settings.local:
        return Silence.LOCAL_OFF
    if part.program is None:
        return Silence.NO_PROGRAM
    if not board.volumes.get(channel, FULL_VOLUME):
        return Silence.VOLUME
    program = part.program
    second = program.oscillator_mode == DOUBLE and program.oscillator_2.level
    return None if part.level and (program.oscillator_1.level or second) else Silence.LEVEL


def _drum_pan(board: Mainboard, program: Program, key: int) -> int | None:
    """Return where the drum sound of a key is; None where the kit has none there.

    The card's kits are not modelled: they are assumed to sound in the middle.
    """
    kits = board.memory.global_data.kits
    if program.multisound_1 >= len(kits):
        return _CENTRE
    instruments = kits[program.multisound_1].instruments
    return next((one.pan for one in instruments if one.sound and one.key == key), None)


def _outputs(pan: int, effects: Effects) -> frozenset[int]:
    """Return the outputs that a pan leads to: 0-10 between 1 and 2, then C, C+D and D."""
    if pan <= _B:
        return frozenset({1} if pan == 0 else {2} if pan == _B else {1, 2})
    found: set[int] = set()
    if pan <= _C_AND_D:
        found |= {3} | _sides(effects.out_3_pan)
    if pan >= _C_AND_D:
        found |= {4} | _sides(effects.out_4_pan)
    return frozenset(found)


def _sides(out_pan: int) -> set[int]:
    """Return the sides that output 3 or 4 is mixed into: 0 none, 1 the right, 101 the left."""
    if out_pan == 0:
        return set()
    return {2} if out_pan == 1 else {1} if out_pan >= _ALL_SIDES else {1, 2}


def _parts(
    board: Mainboard, channel: int, key: int, velocity: int, track: int | None
) -> Iterator[_Part]:
    if track is not None or board.mode is Mode.SEQUENCER:
        yield from _tracks(board, channel, track)
    elif channel == board.settings.channel or board.mode in _COMBI_MODES:
        if board.mode in _COMBI_MODES:
            yield from _timbres(board, channel, key, velocity)
        else:
            number = board.program_number + board.program_bank * SLOTS_OF_A_BANK
            program = board.edit_program
            yield _Part(None, SLOTS[number], program, 99, _CENTRE, True, 0, program.effects)


def _timbres(board: Mainboard, channel: int, key: int, velocity: int) -> Iterator[_Part]:
    combination: Combination = board.edit_combination
    multi = combination.type >= MULTI
    if not multi and channel != board.settings.channel:
        return
    used = 1 if combination.type == _SINGLE else len(combination.timbres) if multi else 2
    for number, one in enumerate(combination.timbres[:used], 1):
        fits = (
            not one.off
            and (not multi or one.channel == channel)
            and one.key_bottom <= key <= one.key_top
            and one.velocity_bottom <= velocity <= one.velocity_top
        )
        if fits:
            slot, program = _program(board, one.program)
            yield _Part(
                *(number, slot, program, one.level, one.pan, one.instrument, one.transpose),
                combination.effects,
            )


def _tracks(board: Mainboard, channel: int, track: int | None) -> Iterator[_Part]:
    """Yield the track that plays, or every track of a channel."""
    song = board.song
    for number, sound in enumerate(song.sounds):
        if number != track if track is not None else board.channels[number] != channel:
            continue
        slot, program = _program(board, board.track_programs.get(number, sound.program))
        yield _Part(
            *(number + 1, slot, program, sound.level, sound.pan, sound.instrument),
            *(sound.transpose, song.effects),
        )


def _program(board: Mainboard, number: int) -> tuple[str, Program | None]:
    """Return slot and program of a number from I00 on; None where the bank has none there."""
    if number >= len(SLOTS):
        return str(number), None
    bank = Bank.CARD if number >= SLOTS_OF_A_BANK else Bank.INTERNAL
    programs = board.contents(bank).programs or ()
    place = number % SLOTS_OF_A_BANK
    return SLOTS[number], programs[place] if place < len(programs) else None
