"""The sequencer's steps as events, back to the same bytes, and what a song plays in time."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.sysex import Sequence
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.listing import LEGEND, drawing
from m1tui.sysex.steps import (
    CarriedStep,
    Change,
    ChangeStep,
    Form,
    Measure,
    Note,
    NoteStep,
    PatternCall,
    Track,
    decode_track,
    measure_ticks,
    pattern_calls,
    play,
    step_text,
    timed,
)

BAR = 192
END = bytes.fromhex("C0 70 00 00")


def steps(text: str) -> bytes:
    return bytes.fromhex(text)


def sequence_of(tracks: dict[int, bytes], patterns: dict[int, bytes] | None = None) -> Sequence:
    """Return a sequencer with these tracks of song 0, and these patterns."""
    empty = Sequence.empty()
    data, offsets = b"", []
    for place in range(180):
        offsets.append(len(data))
        data += tracks.get(place, b"") if place < 8 else (patterns or {}).get(place - 80, b"")
    control = empty.control.replace(offsets=(*offsets, len(data)))
    return Sequence(control, data)


STEPS = st.one_of(
    st.binary(min_size=4, max_size=4),
    # Bytes that have the forms of real steps, so that ties and ends come together by chance.
    st.tuples(
        st.sampled_from([0, 12, 191, 0xFD, 0xFE, 0xFF]),
        st.sampled_from([0x10, 0x20, 0x30, 0x40, 0x60, 0x70, 0x80, 0xC4, 0xC5, 0xFE, 0xFF]),
        st.sampled_from([0, 1, 48, 0xC0, 0xFE]),
        st.sampled_from([0, 0x40, 0x78, 0x79, 0x7A, 0x7B, 0x80, 0xC0]),
    ).map(bytes),
)


@given(st.lists(STEPS, max_size=24).map(b"".join))
def test_any_steps_come_back_byte_for_byte(data):
    track = decode_track(data)
    assert track.encode() == data
    assert all(event.start >= 0 for event in timed(track, BAR))


@given(st.binary(max_size=21))
def test_bytes_that_are_no_whole_steps_come_back_too(data):
    assert decode_track(data).encode() == data


def _distinct(notes: list[NoteStep]) -> tuple[NoteStep, ...]:
    """Return notes of different keys: two ties of one key are told apart by nothing."""
    return tuple({note.key: note for note in notes}.values())


NOTES = st.builds(
    NoteStep,
    st.integers(0, 191),
    st.integers(0, 63).map(lambda half: half * 2),
    st.integers(0, 127),
    st.integers(0, 0xFD),
)
CHANGES = st.builds(
    ChangeStep, st.integers(0, 0xFD), st.sampled_from(Form), st.integers(0, 127), st.just(0)
)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """Return tracks as the M1 writes them; ties end before the track does."""
    count = draw(st.integers(1, 6))
    measures = []
    for number in range(count):
        notes = _distinct(draw(st.lists(NOTES, max_size=4)))
        changes = draw(st.lists(CHANGES, max_size=3))
        measures.append(Measure(number, (*notes, *changes)))
    if count > 1:
        key = draw(st.integers(0, 127))
        tied = NoteStep(0, 64, key, 48, draw(st.integers(1, count - 1)))
        rest = tuple(one for one in measures[0].steps if getattr(one, "key", None) != key)
        measures[0] = Measure(0, (tied, *rest))
        over = range(1, tied.bar_lines + 1)
        measures[1:] = [
            Measure(one.number, one.steps, rests=(key,) if one.number in over else ())
            for one in measures[1:]
        ]
    return Track(tuple(measures), end=END)


@given(tracks())
def test_events_become_steps_and_the_same_events_again(track):
    assert decode_track(track.encode()) == track
    assert track.carried == 0


def test_every_kind_of_step_is_understood():
    track = decode_track(
        steps(
            "00 60 00 00  00 C4 30 78  06 10 01 40  0C 20 35 00"
            "18 30 11 00  24 40 07 1E  C0 70 00 00"
        )
    )
    (measure,) = track.measures
    assert measure.steps == (
        NoteStep(0, 0x44, 60, 48),
        ChangeStep(6, Form.BENDER, 1, 0x40),
        ChangeStep(12, Form.AFTERTOUCH, 0x35, 0),
        ChangeStep(24, Form.PROGRAM, 17, 0),
        ChangeStep(36, Form.CONTROL, 7, 30),
    )
    assert (track.measure_ticks, track.carried) == (192, 0)


def test_a_note_that_is_tied_over_two_bar_lines_is_one_note():
    track = decode_track(
        steps("00 60 00 00 90 C4 FE 79 01 60 00 00 FE C5 FE 79 02 60 00 00 FE C5 30 78") + END
    )
    assert timed(track, BAR) == (Note(0x90, 48 + 192 + 48, 60, 68),)
    assert track.carried == 0


def test_rests_keep_their_order_which_follows_no_known_rule():
    data = steps("00 60 00 00 00 C4 FE 79 00 C4 FE 7D 01 60 00 00 FE C5 30 7C FE C5 30 78")
    track = decode_track(data + END)
    assert track.measures[1].rests == (62, 60)
    assert track.encode() == data + END
    assert len(timed(track, BAR)) == 2


@pytest.mark.parametrize(
    ("data", "carried", "notes"),
    [
        ("00 60 00 00 00 C4 FE 79 01 60 00 00 00 C4 30 78", 1, 1),
        ("00 60 00 00 FE C5 30 78 00 C4 30 78", 1, 1),
        ("00 60 00 00 00 C4 FE 79 01 60 00 00 02 60 00 00 FE C5 30 78", 2, 0),
        ("00 60 00 00 00 C4 FE 79 01 60 00 00 FE C7 30 78", 2, 0),
        ("00 60 00 00 00 50 00 00 00 20 80 00", 2, 0),
        ("00 C4 30 78 00 60 00 00", 1, 0),
    ],
    ids=["no rest", "no note", "a measure late", "another velocity", "unknown", "no measure"],
)
def test_what_has_no_known_form_or_place_is_carried_and_counted(data, carried, notes):
    track = decode_track(steps(data) + END)
    assert (track.carried, len(timed(track, BAR))) == (carried, notes)
    assert track.encode() == steps(data) + END


def test_a_broken_tie_leaves_the_others_whole():
    track = decode_track(steps("00 60 00 00 00 C4 FE 79 00 C4 FE 7D 01 60 00 00 FE C5 30 7C") + END)
    assert track.carried == 1
    assert timed(track, BAR) == (Note(0, 192 + 48, 62, 68),)


def test_a_pattern_plays_where_it_is_called_and_no_longer():
    pattern = steps("00 60 00 00 00 C4 30 78 90 C4 FE 7D 01 60 00 00 FE C5 90 7C 60 C4 18 7A")
    track = steps("00 60 00 00 01 60 07 C0 02 60 07 80 03 60 07 C0 04 60 00 00")
    song = play(sequence_of({2: track + END}, {7: pattern + END}), 0)
    (played,) = song.tracks
    assert played.calls == (PatternCall(7, 1, 2), PatternCall(7, 3, 1))
    assert played.notes == (
        Note(BAR, 48, 60, 68),
        Note(BAR + 0x90, 48 + 0x90, 62, 68),
        Note(2 * BAR + 0x60, 24, 61, 68),
        Note(3 * BAR, 48, 60, 68),
        Note(3 * BAR + 0x90, 48, 62, 68),
    )
    assert (song.measures, song.ticks, song.seconds(120)) == (5, 5 * BAR, 10.0)


def test_a_pattern_that_is_not_there_plays_nothing():
    song = play(sequence_of({0: steps("00 60 C8 C0") + END}), 0)
    assert song.tracks[0].notes == ()
    assert song.tracks[0].calls == (PatternCall(200, 0, 1),)


def test_a_later_bar_of_a_pattern_that_did_not_begin_calls_nothing():
    track = decode_track(steps("00 60 03 80 01 60 03 C0 02 60 04 80"))
    assert pattern_calls(track) == (PatternCall(3, 1, 1),)


def test_the_length_of_a_measure_is_what_the_ends_say():
    three_four = decode_track(steps("00 60 00 00 90 70 00 00"))
    assert measure_ticks(4, [Track(), three_four]) == 144
    assert (measure_ticks(3), measure_ticks(5), measure_ticks(0), measure_ticks(200)) == (
        *(144, 240, 192, 192),
    )
    song = play(sequence_of({0: steps("00 60 00 00 01 60 00 00 90 70 00 00")}), 0)
    assert (song.ticks, song.seconds(60), song.seconds(0)) == (288, 6.0, 0)


def test_a_song_is_drawn_with_a_character_for_each_measure():
    first = steps(
        "00 60 00 00  01 60 00 00 00 C4 FE 79  02 60 00 00 FE C5 FE 79  03 60 00 00 FE C5 30 78"
        "00 C4 01 78 10 C4 01 78 20 C4 01 78 30 C4 01 78 40 C4 01 78"
    )
    many = steps("00 60 00 00") + steps("00 C4 01 78") * 13 + steps("01 60 05 C0 02 60 05 80")
    song = play(sequence_of({0: first + END, 3: many + END}), 0)
    assert drawing(song, 40) == (
        "        1",
        "track 1 .-_=",
        "track 4 #Pp",
        LEGEND,
    )


def test_a_long_song_is_drawn_with_several_measures_to_a_character():
    bars = b"".join(bytes([number, 0x60, 0, 0]) for number in range(50))
    song = play(sequence_of({0: bars + END}), 0)
    ruler, line, _, note = drawing(song, 28)
    assert ruler == "        1         31"
    assert line == "track 1 " + "." * 17
    assert note == "one character for 3 measures"
    assert len(drawing(song, 1)[1]) <= 20


def test_a_song_without_steps_has_no_drawing():
    assert drawing(play(Sequence.empty(), 0), 80) == ()


def rows(sequence: Sequence) -> list[bytes]:
    return [sequence.track_steps(song, track) for song in range(10) for track in range(8)] + [
        sequence.pattern_steps(pattern) for pattern in range(100)
    ]


def test_every_step_of_a_real_dump_is_understood_and_comes_back(
    real_dump: Callable[[str], bytes],
) -> None:
    sequence = read_file(real_dump("factory-all.syx")).contents().sequence
    assert sequence is not None
    decoded = [decode_track(row) for row in rows(sequence)]
    assert b"".join(track.encode() for track in decoded) == sequence.steps
    assert sequence.step_count == 3_619
    assert sum(track.carried for track in decoded) == 0


def test_the_steps_of_a_damaged_real_dump_come_back_too(
    real_dump: Callable[[str], bytes],
) -> None:
    sequence = read_file(real_dump("factory-sequence.syx")).contents().sequence
    assert sequence is not None
    decoded = [decode_track(row) for row in rows(sequence)]
    assert b"".join(track.encode() for track in decoded) == sequence.steps
    assert 0 < sum(track.carried for track in decoded) < 100


def test_real_songs_play_patterns_and_program_changes(real_dump: Callable[[str], bytes]) -> None:
    sequence = read_file(real_dump("factory-all.syx")).contents().sequence
    assert sequence is not None
    songs = [play(sequence, number) for number in sequence.songs_in_use]
    assert [song.measures for song in songs] == [26, 18, 11, 15, 19, 18]
    bars = [call.measures for song in songs for track in song.tracks for call in track.calls]
    assert sum(bars) == 94
    changes = [
        event
        for song in songs
        for track in song.tracks
        for event in track.events
        if isinstance(event, Change)
    ]
    assert sum(event.form is Form.PROGRAM for event in changes) == 6
    for song in songs:
        for track in song.tracks:
            assert all(note.start + note.length <= track.ticks for note in track.notes)
            assert not any(
                isinstance(step, CarriedStep) for m in track.track.measures for step in m.steps
            )


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("0D 60 00 00", "measure 14"),
        ("0D 60 02 C0", "measure 14, pattern 02"),
        ("60 C4 30 78", "note C4 at 96, velocity 68, 48 ticks"),
        ("60 C4 FE 79", "note C4 at 96, velocity 68, tied over"),
        ("FE C5 30 78", "continued note C4, velocity 68, 48 ticks"),
        ("06 10 01 40", "bender change at 6: 8193"),
        ("06 20 35 00", "aftertouch change at 6: 53"),
        ("06 30 11 00", "program change at 6: 17"),
        ("06 40 07 1E", "control change at 6: 7, 30"),
        ("C0 70 00 00", "end, the last measure has 192 ticks"),
        ("06 50 07 1E", ""),
        ("06 50", ""),
    ],
)
def test_a_step_is_said_in_words(step, text):
    assert step_text(bytes.fromhex(step)) == text


@given(st.binary(max_size=5))
def test_any_bytes_have_words_that_are_harmless_on_a_screen(data):
    assert step_text(data).isprintable()
