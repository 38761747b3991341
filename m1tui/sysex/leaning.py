"""What the sounds of a memory lean on that is not in it: a card, other programs, drum kits."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from m1tui.sysex.codes import CardState
from m1tui.sysex.combination import MULTI, SLOTS_OF_A_BANK, TYPES, Combination
from m1tui.sysex.contents import NOTHING, Contents
from m1tui.sysex.names import DRUM_SOUNDS, MULTISOUNDS
from m1tui.sysex.program import DOUBLE, DRUMS, Program
from m1tui.sysex.text import printable

if TYPE_CHECKING:
    from m1tui.sysex.messages import ModeData


class Need(StrEnum):
    """What something leans on; the value is the note's code."""

    CARD_PROGRAMS = "needs-card-programs"
    MULTISOUNDS = "needs-other-multisounds"
    DRUM_SOUNDS = "needs-other-drum-sounds"
    PROGRAMS = "needs-programs"
    DRUM_KITS = "needs-drum-kits"
    SONG_PROGRAMS = "needs-programs-of-songs"


class Leaning(NamedTuple):
    """One kind of need."""

    need: Need
    numbers: tuple[int, ...]
    """The combinations, programs, drum kits (1–4) or songs that have it."""
    wanted: tuple[int, ...]
    """What they ask for: programs (100 is C00), multisounds, drum sounds."""


def leanings(contents: Contents) -> tuple[Leaning, ...]:
    """Return what a memory needs that it does not hold."""
    found = (
        _card_programs(contents),
        _other_multisounds(contents),
        _other_drum_sounds(contents),
        _missing_programs(contents),
        _missing_kits(contents),
        _songs(contents),
    )
    return tuple(one for one in found if one is not None)


_SINGLE = TYPES.index("single")
_TIMBRE, _TIMBRE_SIZE = 36, 11
_OFF = 0x10


def programs_of(combination: Combination) -> tuple[int, ...]:
    """Return the programs that the timbres play which sound: 0–99 internal, from 100 the card's."""
    raw = combination.raw
    kind = raw[10]
    used = 1 if kind == _SINGLE else 8 if kind >= MULTI else 2
    places = range(_TIMBRE, _TIMBRE + used * _TIMBRE_SIZE, _TIMBRE_SIZE)
    return tuple(raw[at] for at in places if not raw[at + 10] & _OFF)


def _leaning(need: Need, found: dict[int, set[int]]) -> Leaning | None:
    found = {number: wanted for number, wanted in found.items() if wanted}
    if not found:
        return None
    return Leaning(need, tuple(found), tuple(sorted(set().union(*found.values()))))


def _card_programs(contents: Contents) -> Leaning | None:
    found = {
        number: {one for one in programs_of(combination) if one >= SLOTS_OF_A_BANK}
        for number, combination in enumerate(contents.combinations or ())
    }
    return _leaning(Need.CARD_PROGRAMS, found)


def _other_multisounds(contents: Contents) -> Leaning | None:
    found: dict[int, set[int]] = {}
    for number, program in enumerate(contents.programs or ()):
        mode = program.oscillator_mode
        played = [program.multisound_1] if mode != DRUMS else []
        if mode == DOUBLE:
            played.append(program.multisound_2)
        found[number] = {one for one in played if one >= len(MULTISOUNDS)}
    return _leaning(Need.MULTISOUNDS, found)


def _other_drum_sounds(contents: Contents) -> Leaning | None:
    kits = contents.global_.kits if contents.global_ is not None else ()
    found = {
        number: {one.sound for one in kit.instruments if one.sound > len(DRUM_SOUNDS)}
        for number, kit in enumerate(kits, 1)
    }
    return _leaning(Need.DRUM_SOUNDS, found)


def _missing_programs(contents: Contents) -> Leaning | None:
    """Combinations without the programs of their memory: they call them by number."""
    if contents.programs is not None or contents.combinations is None:
        return None
    found = {
        number: {one for one in programs_of(combination) if one < SLOTS_OF_A_BANK}
        for number, combination in enumerate(contents.combinations)
    }
    return _leaning(Need.PROGRAMS, found)


def _missing_kits(contents: Contents) -> Leaning | None:
    if contents.global_ is not None:
        return None
    found = {
        number: {program.multisound_1 + 1} if program.oscillator_mode == DRUMS else set()
        for number, program in enumerate(contents.programs or ())
    }
    return _leaning(Need.DRUM_KITS, found)


def _songs(contents: Contents) -> Leaning | None:
    if contents.programs is not None or contents.sequence is None:
        return None
    songs = contents.sequence.songs
    found = {
        number: {sound.program for sound in songs[number].sounds}
        for number in contents.sequence.songs_in_use
    }
    return _leaning(Need.SONG_PROGRAMS, found)


def leaning_text(leaning: Leaning) -> str:
    """Return a need as a sentence for a person."""
    count = len(leaning.numbers)
    match leaning.need:
        case Need.CARD_PROGRAMS:
            slots = ", ".join(f"C{one - SLOTS_OF_A_BANK:02d}" for one in leaning.wanted[:_SHOWN])
            return (
                f"{_acting(count, 'combination', 'play')} programs on a card ({slots}"
                f"{_more(leaning)}). Without that card other sounds are heard, or none."
            )
        case Need.MULTISOUNDS:
            numbers = ", ".join(map(str, leaning.wanted[:_SHOWN]))
            return (
                f"{_acting(count, 'program', 'use')} multisounds that an M1's own memory does not "
                f"have ({numbers}{_more(leaning)}): those of a PCM card or of an M1EX."
            )
        case Need.DRUM_SOUNDS:
            return (
                f"{_acting(count, 'drum kit', 'use')} drum sounds that an M1's own memory does not "
                "have: those of a PCM card or of an M1EX."
            )
        case Need.PROGRAMS:
            return (
                "The combinations call programs by their numbers, and the programs are not "
                "included. They sound right only with the programs that they were made for."
            )
        case Need.DRUM_KITS:
            return (
                f"{_acting(count, 'program', 'use')} drum kits, and those are in the global data, "
                "which is not included."
            )
        case Need.SONG_PROGRAMS:
            return (
                f"{_acting(count, 'song', 'call')} programs by their numbers, and the programs are "
                "not included."
            )


def leaning_in(
    leaning: Leaning, told: ModeData | None, beside: Contents = NOTHING, there: Contents = NOTHING
) -> str:
    """Return a need as a sentence, with what an M1 says of it in its mode data.

    `beside` is what else the file has, `there` what the M1 is known to contain. Empty for drum kits
    that are known to be there.
    """
    if leaning.need is Need.DRUM_KITS:
        return _kits_in(leaning, beside, there)
    text = leaning_text(leaning)
    if leaning.need in (Need.PROGRAMS, Need.SONG_PROGRAMS):
        return f"{text} {_side_by_side(leaning.wanted, beside.programs, there.programs)}".rstrip()
    if told is None:
        return text
    if leaning.need is Need.CARD_PROGRAMS:
        state = told.card
        if state in (CardState.ROM, CardState.RAM, CardState.RAM_PROTECTED):
            return f"{text} The M1 reports a card ({state.value}); check that it is the right one."
        return f"{text} The M1 reports no card."
    pcm = {True: "reports a PCM card; check that it is the right one", False: "has no PCM card"}
    said = pcm.get(told.pcm_card) if told.pcm_card is not None else None
    return (
        f"{text} The M1 {said or 'does not say whether a PCM card is inserted'}. An M1EX has such "
        "sounds of its own, but answers like an M1."
    )


def _kits_in(leaning: Leaning, beside: Contents, there: Contents) -> str:
    """Return what is so of drum kits in global, which is not sent; empty where the M1 has them."""
    play = f"{_acting(len(leaning.numbers), 'program', 'use')} drum kits"
    mine, theirs = beside.global_, there.global_
    if mine is None or theirs is None:
        return (
            f"{play}. Those are in the global data, which is not sent: the kits in the M1 are "
            "played."
        )
    pairs = zip(mine.kits, theirs.kits, strict=True)
    differing = [
        number for number, (one, other) in enumerate(pairs, 1) if one.normal() != other.normal()
    ]
    other = [number for number in leaning.wanted if number in differing]
    if not other:
        return ""
    which = f"kit {other[0]}" if len(other) == 1 else f"kits {', '.join(map(str, other))}"
    return (
        f"{play}. Those are in the global data, which is not sent: {which} in the M1 "
        f"{'differs from the one' if len(other) == 1 else 'differ from those'} in the file."
    )


def _side_by_side(
    wanted: tuple[int, ...],
    made_for: tuple[Program, ...] | None,
    there: tuple[Program, ...] | None,
) -> str:
    """Return how the programs that are called differ by name; empty where that is not known."""
    if made_for is None or there is None:
        return ""
    both = [
        (one, made_for[one].name.rstrip(), there[one].name.rstrip())
        for one in wanted
        if one < min(len(made_for), len(there))
    ]
    other = [one for one in both if one[1] != one[2]]
    if not other:
        return "The M1 has programs with the same names there."
    named = ", ".join(
        f'I{one:02d} "{printable(mine)}" ("{printable(theirs)}" in the M1)'
        for one, mine, theirs in other[:_SHOWN]
    )
    rest = len(other) - _SHOWN
    return (
        f"{len(other)} of {len(both)} have a different name in the M1: {named}"
        f"{f' and {rest} more' if rest > 0 else ''}."
    )


_SHOWN = 8


def _more(leaning: Leaning) -> str:
    rest = len(leaning.wanted) - _SHOWN
    return f" and {rest} more" if rest > 0 else ""


def _acting(count: int, word: str, verb: str) -> str:
    """Return who does what: "1 program uses", "2 programs use"."""
    return f"{count} {word} {verb}s" if count == 1 else f"{count} {word}s {verb}"
