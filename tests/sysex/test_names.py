"""Every parameter by the words of the owner's manual, and what lies outside its range marked."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.sysex import Combination, DrumInstrument, Effects, Program, Song, Timbre, Value
from m1tui.sysex.effects import EFFECTS
from m1tui.sysex.names import DRUM_SOUNDS, MULTISOUNDS, NOTES, OUT_PANS
from tests.sysex.strategies import records

SOUNDS = Path(__file__).resolve().parents[3] / "shared" / "m1" / "sounds.md"


def value_of(record, path: str) -> Value:
    return next(value for value in record.values() if value.path == path)


@pytest.mark.parametrize(
    ("names", "first", "title"),
    [(MULTISOUNDS, 0, "Multisounds"), (DRUM_SOUNDS, 1, "Drum sounds"), (EFFECTS, 1, "Effects")],
)
def test_the_lists_of_the_rom_are_those_of_the_manual(names, first, title):
    if not SOUNDS.is_file():
        pytest.skip("the transcript of the manual's lists is not part of the project")
    text = SOUNDS.read_text(encoding="utf-8")
    (paragraph,) = (part for part in text.split("\n\n") if part.startswith(f"**{title}"))
    listed = paragraph.rpartition("): " if "): " in paragraph else ": ")[2].strip().split(" · ")
    width = 1 if title == "Effects" else 2
    assert listed == [f"{at:0{width}d} {name}" for at, name in enumerate(names, first)]


def test_the_lists_are_whole():
    assert (len(MULTISOUNDS), len(DRUM_SOUNDS), len(EFFECTS)) == (100, 44, 33)
    assert (MULTISOUNDS[99], DRUM_SOUNDS[43], EFFECTS[32]) == (
        "DWGS Sine",
        "Metronome2",
        "Delay/Tremolo",
    )


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "A.Piano"), (99, "DWGS Sine"), (100, "card 00"), (255, "card 155")]
)
def test_a_multisound_is_shown_by_its_name_or_as_the_cards(number, shown):
    program = Program.blank().replace(multisound_1=number)
    assert value_of(program, "multisound_1").shown == shown
    assert program.shown(Program.multisound_1) == shown
    assert not program.problems()


def test_a_program_of_drums_names_its_drum_kit_instead():
    program = Program.blank().replace(oscillator_mode=2, multisound_1=3)
    assert value_of(program, "multisound_1").shown == "drum kit 4"
    assert not program.problems()
    (problem,) = program.replace(multisound_1=8).problems()
    assert (problem.path, problem.shown) == ("multisound_1", "drum kit 9")


@pytest.mark.parametrize(("octave", "shown"), [(-1, "16'"), (0, "8'"), (1, "4'")])
def test_octaves_are_shown_in_feet(octave, shown):
    assert value_of(Program.blank().replace(octave_2=octave), "octave_2").shown == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "Hall"), (32, "Delay/Tremolo"), (33, "through")])
def test_effects_are_shown_by_name(number, shown):
    program = Program.blank().replace(effects=Effects.blank().replace(effect_2=number))
    assert value_of(program, "effects.effect_2").shown == shown


def test_an_effect_that_the_rom_lacks_is_marked_and_shown_as_its_number():
    raw = bytearray(143)
    raw[38] = 34
    (problem,) = Program(bytes(raw)).problems()
    assert (problem.label, problem.shown) == ("Effects: Effect 1 type", "34")


@pytest.mark.parametrize(("number", "shown"), [(0, "off"), (1, "Kick1"), (44, "Metronome2")])
def test_drum_sounds_are_shown_by_name(number, shown):
    assert value_of(DrumInstrument.blank().replace(sound=number), "sound").shown == shown
    assert value_of(DrumInstrument.blank().replace(sound=45), "sound").shown == "card 01"


def test_keys_are_shown_as_notes_and_channels_as_people_count_them():
    timbre = Timbre.blank().replace(key_bottom=60, key_top=127, channel=15)
    shown = {value.path: value.shown for value in timbre.values()}
    assert (shown["key_bottom"], shown["key_top"], shown["channel"]) == ("C4", "G9", "16")
    assert NOTES[0] == "C-1"


def test_a_pan_of_outputs_3_and_4_goes_from_right_to_left():
    assert (OUT_PANS[0], OUT_PANS[1], OUT_PANS[51], OUT_PANS[101]) == ("off", "R", "50:50", "L")


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize(("program", "shown"), [(0, "I00"), (99, "I99"), (100, "C00")])
def test_a_timbres_program_is_shown_as_its_slot_in_every_type(kind, program, shown):
    timbres = (Timbre.blank().replace(program=program),) + (Timbre.blank(),) * 7
    combination = Combination.blank().replace(type=kind, timbres=timbres)
    assert value_of(combination, "timbres[0].program").shown == shown


def test_a_program_number_behind_the_cards_last_is_marked():
    (problem,) = Timbre(bytes([200, *bytes(10)])).problems()
    assert (problem.path, problem.shown, problem.allowed) == ("program", "200", "I00 to C99")


@given(records(Combination), st.integers(0, 4))
def test_a_combination_lists_as_many_values_of_its_own_whatever_its_bytes(combination, kind):
    values = list(combination.replace(type=kind).values())
    assert len(_beside_parameters(values)) == len(_beside_parameters(Combination.blank().values()))
    assert all(value.shown.isprintable() for value in values)


def _beside_parameters(values):
    """Return the values without the effects' parameters, of which each effect has its own."""
    return [value for value in values if "_parameters." not in value.path]


def test_a_song_names_the_song_that_follows():
    assert value_of(Song.blank().replace(next_song=3), "next_song").shown == "I03"
    assert value_of(Song.blank().replace(next_song=20), "next_song").shown == "none"
