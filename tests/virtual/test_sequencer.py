"""Recording, playing, erasing, and the steps that they leave in memory."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.sysex import Framer, Sequence, ShortMessage
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.steps import Change, Form, Note, decode_track, timed
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from m1tui.virtual.sequencer import with_track, without_song
from m1tui.virtual.steps import encoded, steps_of

FACTORY = Path(__file__).parents[3] / "shared" / "dumps" / "factory-sequence.syx"
MEASURE = 192
SECONDS = 2.0
"""A measure of four beats at 120 beats a minute."""


def recorder(name: str = "healthy") -> VirtualM1:
    """An M1 that records on track 1 of the empty song 5; its clock stands at 100 s."""
    machine = scenario(name)
    machine.advance(100.0)
    machine.press("SEQ 0 B" + " DOWN" * 9 + " UP" * 5 + " REC START/STOP")
    machine.transmit(100.0)
    return machine


def stroke(machine: VirtualM1, key: int, down: float, up: float) -> None:
    machine.advance(100.0 + down)
    machine.key_down(key, 100)
    machine.advance(100.0 + up)
    machine.key_up(key)


def notes_of(machine: VirtualM1, song: int = 5, track: int = 0) -> list[tuple[int, int, int]]:
    steps = machine.memory.sequence.track_steps(song, track)
    events = timed(decode_track(steps), MEASURE)
    return [(one.start, one.length, one.key) for one in events if isinstance(one, Note)]


def test_recording_begins_at_m002_and_keeps_what_is_played() -> None:
    machine = recorder()
    assert "M001" in machine.display[1]
    machine.advance(100.0 + SECONDS)
    assert "M002" in machine.display[1]
    stroke(machine, 60, 2.5, 3.0)
    stroke(machine, 64, 3.5, 5.0)
    machine.press("START/STOP")
    assert notes_of(machine) == [(240, 48, 60), (336, 144, 64)]
    assert "M001" in machine.display[1]


def test_what_is_played_during_the_count_in_counts_as_the_first_beat() -> None:
    machine = recorder()
    stroke(machine, 60, 0.5, 2.5)
    machine.press("H")
    assert notes_of(machine) == [(MEASURE, 48, 60)]


def test_h_ends_a_recording_and_start_plays_it_on_the_tracks_channel() -> None:
    machine = recorder()
    stroke(machine, 60, 2.0, 2.5)
    machine.press("H")
    machine.transmit(103.0)
    machine.press("START/STOP")
    assert machine.transmit(103.0)[:1] == b"\xfa"
    machine.advance(104.99)
    assert not _notes(machine)
    machine.advance(105.01)
    assert _notes(machine) == [bytes([0x90, 60, 100])]
    machine.advance(105.6)
    assert _notes(machine) == [bytes([0x80, 60, 0x40])]
    machine.advance(107.1)
    assert machine.transmit(107.1)[-1:] == b"\xfc"
    assert not machine.board.transport.running


def _notes(machine: VirtualM1) -> list[bytes]:
    events = Framer().feed(machine.transmit(machine.board.now))
    return [event.data for event in events if isinstance(event, ShortMessage)]


def test_a_take_in_which_nothing_is_played_leaves_the_track() -> None:
    machine = scenario("used")
    before = machine.memory
    machine.press("SEQ REC START/STOP")
    machine.advance(60.0)
    machine.press("START/STOP")
    assert machine.memory == before


def test_a_take_replaces_the_whole_track() -> None:
    machine = recorder()
    stroke(machine, 60, 2.0, 2.5)
    machine.press("H REC START/STOP")
    machine.advance(200.0)
    machine.key_down(70, 80)
    machine.press("H")
    assert [key for _, _, key in notes_of(machine)] == [70]


def test_percent_free_shrinks_while_it_records() -> None:
    machine = recorder()
    before = machine.board.free_percent
    for count in range(400):
        stroke(machine, 60, 3 + count / 50, 3 + count / 50 + 0.01)
    assert machine.board.free_percent <= before - 9
    assert f"{machine.board.free_percent}%Free" in machine.display[0]
    machine.press("H")
    assert f"{machine.board.free_percent}%Free" in machine.display[0]


@pytest.mark.parametrize("step", [0.01, 0.7])
def test_a_full_memory_stops_the_recording_and_keeps_it(step: float) -> None:
    machine = recorder("used")
    machine.press("SEQ 3 + G G SEQ REC START/STOP")  # one of the ten songs makes room
    for count in range(20_000):
        stroke(machine, 60 + count % 5, count * step, (count + 0.5) * step)
        if not machine.board.transport.running:
            break
    memory = machine.memory
    assert not machine.board.transport.recording
    if step == 0.01:
        assert machine.display[0].startswith("MEMORY FULL")
        assert memory.allocation.steps - memory.sequence.step_count < 8
        assert memory.free_percent == 0
    else:  # a song is at most 250 measures long
        assert memory.sequence.track_steps(5, 0).count(b"\x60\x00\x00") == 250


def test_the_trick_works_after_filling_the_memory_by_hand() -> None:
    machine = scenario("healthy")
    machine.press("GLOBAL 6 + + + UP G SEQ B" + " UP" * 9 + " REC START/STOP")
    machine.advance(5.0)
    while machine.board.free_percent >= 35:
        machine.key_down(60, 90)
        machine.key_up(60)
    machine.press("START/STOP GLOBAL 6 + + + DOWN G SEQ")
    assert "100%Free" in machine.display[0]


def test_another_song_stops_the_one_that_plays() -> None:
    machine = scenario("used")
    machine.press("SEQ START/STOP B UP")
    assert not machine.board.transport.running
    machine.press("START/STOP C UP")
    assert machine.board.transport.running


def test_a_stopped_song_goes_on_where_it_was() -> None:
    machine = scenario("used")
    machine.press("SEQ START/STOP")
    machine.advance(6.0)
    machine.transmit(6.0)
    machine.press("START/STOP START/STOP")
    assert machine.board.measure > 1
    told = machine.transmit(6.0)
    assert told.index(0xFC) < told.index(0xFB)


def test_notes_that_sound_are_ended_when_the_song_is_stopped() -> None:
    machine = scenario("used")
    machine.press("SEQ START/STOP")
    machine.advance(1.0)
    machine.press("START/STOP")
    sounding: set[bytes] = set()
    for note in _notes(machine):
        if note[0] & 0xF0 == 0x90:
            sounding.add(bytes([note[0] & 0x0F, note[1]]))
        else:
            sounding.discard(bytes([note[0] & 0x0F, note[1]]))
    assert not sounding


def test_whoever_waits_for_a_song_is_never_asked_to_look_again_at_once() -> None:
    machine = scenario("used")
    now = 1234.5678
    machine.advance(now)
    machine.press("SEQ START/STOP")
    for _ in range(3000):
        machine.transmit(now)
        due = machine.next_event(now)
        assert due is not None
        assert due > now or machine.outgoing
        now = due


def test_an_outer_clock_drives_the_song() -> None:
    machine = recorder()
    stroke(machine, 60, 2.0, 2.5)
    machine.press("H GLOBAL 5 D UP SEQ START/STOP")
    assert not machine.board.transport.running
    machine.transmit(103.0)
    machine.receive(b"\xfa" + b"\xf8" * 95, 103.0)
    assert not _notes(machine)
    machine.receive(b"\xf8", 103.0)
    assert _notes(machine) == [bytes([0x90, 60, 100])]
    machine.receive(b"\xfc", 103.0)
    assert not machine.board.transport.running


EVENTS = st.lists(
    st.builds(
        Note,
        st.integers(0, MEASURE * 6 - 1),
        st.integers(1, MEASURE * 3),
        st.integers(24, 108),
        st.integers(1, 63).map(lambda half: 2 * half),
    )
    | st.builds(
        Change,
        st.integers(0, MEASURE * 6 - 1),
        st.sampled_from([Form.BENDER, Form.CONTROL]),
        st.integers(0, 127),
        st.integers(0, 127),
    )
    | st.builds(
        Change,
        st.integers(0, MEASURE * 6 - 1),
        st.sampled_from([Form.AFTERTOUCH, Form.PROGRAM]),
        st.integers(0, 127),
        st.just(0),
    ),
    max_size=20,
    unique_by=lambda event: event.key if isinstance(event, Note) else id(event),
)


@given(EVENTS)
def test_events_survive_their_steps(events: list[Note | Change]) -> None:
    track = decode_track(encoded(events, 10, MEASURE))
    assert sorted(map(repr, timed(track, MEASURE))) == sorted(map(repr, events))
    assert (len(track.measures), track.measure_ticks, track.carried) == (10, MEASURE, 0)
    assert len(encoded(events, 10, MEASURE)) // 4 == 11 + sum(steps_of(e, MEASURE) for e in events)


def test_a_track_is_replaced_and_a_song_erased_without_touching_others() -> None:
    before = scenario("used").memory.sequence
    steps = encoded([Note(0, 10, 60, 100)], 1, MEASURE)
    after = with_track(before, 3, 2, steps)
    assert after.track_steps(3, 2) == steps
    assert after.offsets_are_sound
    erased = without_song(after, 3)
    assert 3 not in erased.songs_in_use
    for song in set(range(10)) - {3}:
        for track in range(8):
            assert erased.track_steps(song, track) == before.track_steps(song, track)
    emptied = erased
    for song in range(10):
        emptied = without_song(emptied, song)
    assert emptied == Sequence.empty()


@pytest.mark.skipif(not FACTORY.exists(), reason="the real dumps are not beside the checkout")
def test_every_note_of_the_factory_songs_ends() -> None:
    sequence = read_file(FACTORY.read_bytes()).contents().sequence
    assert sequence is not None
    for song in range(10):
        for track in range(8):
            held = decode_track(sequence.track_steps(song, track))
            for event in timed(held, MEASURE):
                if isinstance(event, Note):
                    assert event.length > 0
                    assert event.start + event.length <= (len(held.measures) + 1) * MEASURE


def with_steps(tracks: dict[int, bytes], patterns: dict[int, bytes]) -> VirtualM1:
    """Return an M1 in SEQ mode at song 5 with these tracks and patterns."""
    machine = scenario("healthy")
    sequence = machine.memory.sequence
    rows = {5 * 8 + track: steps for track, steps in tracks.items()}
    rows |= {80 + pattern: steps for pattern, steps in patterns.items()}
    every = [sequence.steps[a:b] for a, b in pairwise(sequence.control.offsets)]
    every = [rows.get(at, steps) for at, steps in enumerate(every)]
    offsets = tuple(accumulate(map(len, every), initial=0))
    changed = Sequence(sequence.control.replace(offsets=offsets), b"".join(every))
    machine.board.memory = replace(machine.memory, sequence=changed)
    machine.press("SEQ 0 B" + " DOWN" * 9 + " UP" * 5)
    machine.transmit(0.0)
    return machine


END = bytes.fromhex("C0 70 00 00")


def test_a_pattern_plays_in_the_song_that_calls_it() -> None:
    call = bytes.fromhex("00 60 00 00 01 60 02 C0") + END
    pattern = bytes.fromhex("00 60 00 00 30 C4 18 7C") + END
    machine = with_steps({1: call}, {2: pattern})
    machine.press("START/STOP")
    machine.advance(SECONDS + 0.49)
    assert _notes(machine) == []
    machine.advance(SECONDS + 0.51)
    assert _notes(machine) == [bytes([0x91, 62, 0x44])]
    machine.advance(SECONDS + 0.76)
    assert _notes(machine) == [bytes([0x81, 62, 0x40])]
    machine.advance(2 * SECONDS + 0.01)
    assert not machine.board.transport.running


@pytest.mark.parametrize("enabled", [True, False])
def test_a_program_change_of_a_track_goes_out_before_the_note_where_its_filter_lets_it(
    enabled: bool,
) -> None:
    track = bytes.fromhex("00 60 00 00 00 C4 18 7C 00 30 11 00") + END
    machine = with_steps({2: track}, {})
    machine.board.settings = machine.settings.changed(program_change=enabled)
    machine.press("START/STOP")
    machine.advance(0.1)
    change = [bytes([0xC2, 17])] if enabled else []
    assert _notes(machine) == [*change, bytes([0x92, 62, 0x44])]
