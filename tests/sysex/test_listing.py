"""A memory as tables: names instead of numbers, missing programs and wrong values flagged."""

import pytest
from hypothesis import given

from m1tui.sysex import (
    Allocation,
    Combination,
    Contents,
    DrumInstrument,
    Effects,
    GlobalData,
    Program,
    Sequence,
    Song,
    Timbre,
)
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.listing import (
    combination_rows,
    differing_values,
    kit_rows,
    marks,
    program_row,
    program_rows,
    record_of,
    song_rows,
    track_words,
)
from tests.sysex.strategies import contents

MEASURE = bytes.fromhex("00 60 00 00")
PATTERN_2 = bytes.fromhex("01 60 02 C0")
NOTE = bytes.fromhex("00 C4 30 78")
TIED_NOTE = bytes.fromhex("00 C4 FE 79")
REST_OF_NOTE = bytes.fromhex("FE C5 30 78")
BENDER = bytes.fromhex("06 10 00 40")
END = bytes.fromhex("C0 70 00 00")


def bank(**first: object) -> Contents:
    programs = (Program.blank().replace(name="Organ", **first),) + (Program.blank(),) * 49
    return Contents(programs=programs, allocation=Allocation.LARGE_SEQUENCE)


def combination(kind: int, *programs: int, **of_timbre: object) -> Combination:
    silent = Timbre.blank().replace(off=True)
    sounding = [Timbre.blank().replace(program=number, **of_timbre) for number in programs]
    timbres = (*sounding, *[silent] * (8 - len(programs)))
    return Combination.blank().replace(name="Stack", type=kind, timbres=timbres)


def only_row(kind: int, *programs: int, memory: Contents | None = None, **of_timbre: object):
    one = combination(kind, *programs, **of_timbre)
    held = Contents(combinations=(one,) * 50, allocation=Allocation.LARGE_SEQUENCE)
    return combination_rows((memory or bank()).merged(held))[0]


def song_memory(*tracks: bytes, tempo: int = 120) -> Contents:
    song = Song.blank().replace(name="Waltz", tempo=tempo)
    offsets, at = [], 0
    for track in range(181):
        offsets.append(at)
        at += len(tracks[track]) if track < len(tracks) else 0
    control = Sequence.empty().control
    control = control.replace(songs=(song, *control.songs[1:]), offsets=tuple(offsets))
    sequence = Sequence(control, b"".join(tracks))
    return bank().merged(Contents(sequence=sequence, allocation=Allocation.LARGE_SEQUENCE))


def test_a_single_program_tells_one_multisound_and_a_double_both():
    effects = Effects.blank().replace(effect_1=0, effect_2=33)
    program = Program.blank().replace(
        name="Pipes", multisound_1=5, octave_1=-1, multisound_2=31, octave_2=1, effects=effects
    )
    row = program_row(7, program)
    assert (row.number, row.name, row.mode, row.effects) == (
        7,
        "Pipes",
        "single",
        ("Hall", "through"),
    )
    assert row.sounds == ("Organ1 16'",)
    double = program_row(7, program.replace(oscillator_mode=1))
    assert double.sounds == ("Organ1 16'", "Strings 4'")


def test_a_program_of_drums_tells_its_kit():
    row = program_row(0, Program.blank().replace(oscillator_mode=2, multisound_1=1))
    assert (row.mode, row.sounds) == ("drums", ("drum kit 2",))


@pytest.mark.parametrize(
    ("kind", "programs", "slots"),
    [
        (0, (0, 1, 2), ["I00"]),
        (1, (0, 1, 2), ["I00", "I01"]),
        (2, (3, 4), ["I03", "I04"]),
        (4, (1, 0, 3), ["I01", "I00", "I03"]),
    ],
)
def test_a_combination_lists_the_timbres_that_its_type_lets_sound(kind, programs, slots):
    assert [timbre.slot for timbre in only_row(kind, *programs).timbres] == slots


def test_a_timbre_that_is_off_is_not_listed():
    assert only_row(4, 5, off=True).timbres == ()


def test_a_combination_names_its_programs():
    (timbre,) = only_row(4, 0, level=88, key_bottom=36, key_top=59).timbres
    assert (timbre.slot, timbre.program, timbre.missing) == ("I00", "Organ", False)
    assert (timbre.level, timbre.keys) == (88, "C2–B3")


def test_a_program_that_the_bank_has_no_place_for_is_flagged_as_missing():
    (timbre,) = only_row(0, 60).timbres
    assert (timbre.slot, timbre.program, timbre.missing) == ("I60", "", True)


def test_a_program_on_a_card_has_no_name_and_is_not_called_missing():
    (timbre,) = only_row(0, 160).timbres
    assert (timbre.slot, timbre.program, timbre.missing) == ("C60", "", False)


def test_a_number_beyond_every_slot_is_flagged_as_missing():
    raw = bytearray(combination(0, 0).raw)
    raw[36] = 230
    memory = Contents(combinations=(Combination(bytes(raw)),))
    (timbre,) = combination_rows(memory)[0].timbres
    assert (timbre.slot, timbre.missing) == ("230", True)


def test_without_programs_nothing_is_called_missing():
    memory = Contents(combinations=(combination(0, 60),))
    (timbre,) = combination_rows(memory)[0].timbres
    assert (timbre.program, timbre.missing) == ("", False)


def test_a_drum_kit_lists_the_instruments_that_have_a_sound():
    data = GlobalData.blank()
    kit = data.kits[1]
    instruments = list(kit.instruments)
    instruments[4] = DrumInstrument.blank().replace(sound=4, key=38)
    kits = (data.kits[0], kit.replace(instruments=tuple(instruments)), *data.kits[2:])
    rows = kit_rows(Contents(global_=data.replace(kits=kits)))
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert rows[0].instruments == ()
    assert rows[1].instruments == ((4, "D2", "Snare1"),)


def test_a_song_tells_tempo_tracks_counts_and_length():
    first = MEASURE + TIED_NOTE + BENDER + MEASURE + REST_OF_NOTE + NOTE + END
    second = MEASURE + PATTERN_2 + PATTERN_2 + END
    (song,) = song_rows(song_memory(first, second))
    assert (song.number, song.name, song.tempo, song.measures) == (0, "Waltz", 120, 3)
    assert song.seconds == pytest.approx(3 * 4 * 0.5)
    one, other = song.tracks
    assert (one.number, one.slot, one.program, one.missing) == (1, "I00", "Organ", False)
    assert (one.notes, one.changes, one.keys) == (2, (("bender change", 1),), "C4")
    assert (other.measures, other.notes, other.unknown) == (3, 0, 0)
    assert track_words(other)[-1] == "pattern 02 in M2 M3"


def test_steps_of_no_known_form_are_counted():
    strange = bytes.fromhex("00 50 00 00")
    (song,) = song_rows(song_memory(MEASURE + strange + END + NOTE))
    (track,) = song.tracks
    assert (track.unknown, track.notes) == (2, 0)
    assert track_words(track)[-1] == "2 steps of unknown kind"


def test_values_outside_their_range_are_marked_with_their_object():
    raw = bytearray(Program.blank().replace(name="Loud").raw)
    raw[71] = 120
    programs = (Program.blank(), Program(bytes(raw)))
    (mark,) = marks(Contents(programs=programs))
    assert (mark.kind, mark.number, mark.name) == ("program", 1, "Loud")
    assert (mark.value.label, mark.value.shown) == ("Oscillator 1: VDF cutoff", "120")


def test_two_records_stand_side_by_side_in_what_differs():
    one, other = Program.blank(), Program.blank().replace(octave_1=1, multisound_1=20)
    pairs = [(a.label, a.shown, b.shown) for a, b in differing_values(one, other)]
    assert pairs == [
        ("Oscillator 1 multisound", "A.Piano", "Bell"),
        ("Oscillator 1 octave", "8'", "4'"),
    ]


def test_an_object_is_found_by_the_words_of_a_comparison():
    memory = song_memory(MEASURE + END).merged(Contents(global_=GlobalData.blank()))
    assert memory.programs is not None
    assert record_of(memory, "program", 0) is memory.programs[0]
    assert record_of(memory, "global", None) is memory.global_
    assert isinstance(record_of(memory, "drum instrument", 119), DrumInstrument)
    assert isinstance(record_of(memory, "song", 0), Song)
    assert record_of(memory, "pattern", 99) is not None
    nothing = [("program", 50), ("drum instrument", 120), ("pattern", 100), ("sequence", None)]
    assert [record_of(memory, *one) for one in nothing] == [None] * 4
    assert record_of(Contents(), "drum instrument", 0) is None


@given(contents())
def test_any_memory_can_be_listed_and_every_word_is_harmless(memory):
    text = repr((program_rows(memory)[:1], combination_rows(memory)[:1]))
    text += repr((kit_rows(memory), song_rows(memory)))
    assert text.isprintable()


def test_a_real_dumps_tables_name_every_program(real_dump):
    memory = read_file(real_dump("factory-all.syx")).contents()
    timbres = [timbre for row in combination_rows(memory) for timbre in row.timbres]
    assert timbres
    assert all(timbre.program and not timbre.missing for timbre in timbres)
    film_score = combination_rows(memory)[0]
    assert [one.program for one in film_score.timbres] == [
        "Choir",
        "Tubular",
        "Strings",
        "Piano 16'",
    ]
    assert program_rows(memory)[1].sounds == ("A.Piano 16'",)
    assert marks(memory) == ()
    songs = song_rows(memory)
    assert [song.tempo for song in songs] == [108, 105, 99, 98, 80, 109]
    assert all(track.unknown == 0 for song in songs for track in song.tracks)
    assert 50 < songs[0].seconds < 70
