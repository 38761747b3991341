"""What a virtual M1 plays: which program sounds for a note, where it is heard, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.sysex import Combination, Contents, Effects, Program, Timbre
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.steps import play
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.scenarios import scenario
from m1tui.virtual.sound import KEPT, PlayedNote, Silence, Source
from tests.sysex.strategies import records
from tests.virtual.test_sequencer import END, with_steps

ON, OFF, CONTROL, CHANGE = 0x90, 0x80, 0xB0, 0xC0


def midi(machine: VirtualM1, *data: int, at: float = 0.0) -> None:
    machine.receive(bytes(data), at)


def last(machine: VirtualM1) -> PlayedNote:
    return machine.played[-1]


def playing_combination(change: Callable[[Combination], Combination]) -> VirtualM1:
    """Return an M1 in COMBI mode that plays a changed combination."""
    machine = scenario("healthy")
    machine.press("COMBI")
    machine.board.edit_combination = change(machine.board.edit_combination)
    return machine


def timbres(*ones: Timbre) -> tuple[Timbre, ...]:
    silent = Timbre.blank().replace(off=True)
    return (*ones, *(silent,) * (8 - len(ones)))


def timbre(program: int, **values: object) -> Timbre:
    usual = {"level": 99, "pan": 5, "key_top": 127, "velocity_top": 127, "velocity_bottom": 1}
    return Timbre.blank().replace(program=program, **(usual | values))


def test_a_note_by_midi_plays_the_chosen_program_until_it_ends() -> None:
    machine = scenario("healthy")
    midi(machine, ON, 60, 100, at=1.0)
    (note,) = machine.played
    assert (note.source, note.channel, note.key, note.velocity) == (Source.MIDI, 0, 60, 100)
    assert (note.slot, note.program, note.part) == ("I00", "Oak Grand", None)
    assert (note.outputs, note.audible, note.ended) == ((1, 2), True, None)
    midi(machine, OFF, 60, 64, at=2.5)
    assert (last(machine).at, last(machine).ended) == (1.0, 2.5)


def test_a_program_change_plays_another_program_where_its_filter_lets_it() -> None:
    for enabled, name in ((True, "Felt Room"), (False, "Oak Grand")):
        machine = scenario("healthy")
        machine.board.settings = machine.settings.changed(program_change=enabled)
        midi(machine, CHANGE, 1, ON, 60, 100)
        assert last(machine).program == name


def test_another_channel_plays_nothing() -> None:
    machine = scenario("healthy")
    midi(machine, ON | 5, 60, 100)
    assert machine.played == ()
    assert not machine.board.sounding


def test_the_keys_play_the_m1_itself_unless_local_is_off() -> None:
    machine = scenario("healthy")
    machine.key_down(60, 80)
    assert (last(machine).source, last(machine).audible) == (Source.KEYS, True)
    machine.key_up(60)
    assert last(machine).ended is not None
    midi(machine, CONTROL, 122, 0)
    machine.key_down(62, 80)
    assert (last(machine).silence, last(machine).outputs) == (Silence.LOCAL_OFF, ())
    midi(machine, ON, 64, 80)
    assert last(machine).audible


def test_a_volume_of_0_is_silent_where_the_control_filter_lets_it_in() -> None:
    for enabled, silence in ((True, Silence.VOLUME), (False, None)):
        machine = scenario("healthy")
        machine.board.settings = machine.settings.changed(control=enabled)
        midi(machine, CONTROL, 7, 0, ON, 60, 100)
        assert last(machine).silence is silence
        midi(machine, CONTROL, 7, 1, ON, 61, 100)
        assert last(machine).audible


def test_all_notes_off_ends_what_came_by_midi() -> None:
    machine = scenario("healthy")
    midi(machine, ON, 60, 100, ON, 64, 100, at=1.0)
    midi(machine, CONTROL, 123, 0, at=2.0)
    assert [note.ended for note in machine.played] == [2.0, 2.0]
    assert not machine.board.sounding


def test_a_combination_plays_the_timbres_whose_windows_fit() -> None:
    machine = playing_combination(
        lambda one: one.replace(
            type=1,
            timbres=timbres(
                timbre(3, key_top=60, transpose=12),
                timbre(4, velocity_bottom=90),
                timbre(5),
            ),
        )
    )
    midi(machine, ON, 60, 80)
    assert [(note.slot, note.part, note.pitch) for note in machine.played] == [("I03", 1, 72)]
    midi(machine, ON, 61, 100)
    assert [(note.slot, note.part) for note in machine.played[1:]] == [("I04", 2)]


def test_the_timbres_of_a_multi_play_on_their_own_channels() -> None:
    machine = playing_combination(
        lambda one: one.replace(
            type=4, timbres=timbres(timbre(3, channel=0), timbre(4, channel=9), timbre(5, off=True))
        )
    )
    midi(machine, ON | 9, 60, 80)
    assert [(note.slot, note.channel) for note in machine.played] == [("I04", 9)]
    midi(machine, CONTROL | 9, 7, 0, ON | 9, 60, 80, ON, 60, 80)
    assert [note.silence for note in machine.played[1:]] == [Silence.VOLUME, None]
    midi(machine, CONTROL | 9, 123, 0)
    assert machine.board.sounding == {(0, 60)}


@pytest.mark.parametrize(
    ("pan", "outputs"),
    [(0, (1,)), (5, (1, 2)), (10, (2,)), (11, (2, 3)), (12, (2, 3, 4)), (13, (4,))],
    ids=["A", "5:5", "B", "C", "C+D", "D"],
)
def test_the_pan_leads_to_the_outputs(pan: int, outputs: tuple[int, ...]) -> None:
    effects = Effects.blank().replace(effect_1=33, effect_2=33, out_3_pan=1, out_4_pan=0)
    machine = playing_combination(
        lambda one: one.replace(type=0, timbres=timbres(timbre(0, pan=pan)), effects=effects)
    )
    midi(machine, ON, 60, 80)
    assert last(machine).outputs == outputs


@pytest.mark.parametrize(
    ("change", "silence"),
    [
        ({"level": 0}, Silence.LEVEL),
        ({"program": 150}, Silence.NO_PROGRAM),
    ],
)
def test_a_timbre_without_level_or_program_is_silent(
    change: dict[str, object], silence: Silence
) -> None:
    one = timbre(0).replace(**change)
    machine = playing_combination(lambda held: held.replace(type=0, timbres=timbres(one)))
    midi(machine, ON, 60, 80)
    assert (last(machine).silence, last(machine).audible) == (silence, False)


def test_a_program_whose_oscillators_are_down_is_silent() -> None:
    machine = scenario("healthy")
    program: Program = machine.board.edit_program
    machine.board.edit_program = program.replace(
        oscillator_1=program.oscillator_1.replace(level=0), oscillator_mode=0
    )
    midi(machine, ON, 60, 80)
    assert last(machine).silence is Silence.LEVEL


def test_a_drum_kit_sounds_only_on_its_keys_and_where_it_has_its_pan() -> None:
    machine = scenario("healthy")
    data = machine.memory.global_data
    kit = data.kits[0]
    drum = kit.instruments[0].replace(sound=1, key=36, pan=10)
    kits = (kit.replace(instruments=(drum, *kit.instruments[1:])), *data.kits[1:])
    machine.board.memory = replace(machine.memory, global_data=data.replace(kits=kits))
    machine.board.edit_program = machine.board.edit_program.replace(
        oscillator_mode=2, multisound_1=0
    )
    midi(machine, ON, 36, 80)
    assert (last(machine).audible, last(machine).outputs) == (True, (2,))
    midi(machine, ON, 1, 80)
    assert last(machine).silence is Silence.NO_DRUM


def test_a_song_plays_its_tracks_programs_and_their_changes() -> None:
    track = bytes.fromhex("00 60 00 00 00 C4 18 78 60 30 05 00 60 C4 18 7C") + END
    machine = with_steps({2: track}, {})
    machine.press("START/STOP")
    for tenths in range(20):
        machine.advance(tenths / 10)
    first, second = machine.played
    song = machine.board.song
    slot = f"I{song.sounds[2].program:02d}"
    assert (first.source, first.slot, first.part, first.channel) == (Source.SONG, slot, 3, 2)
    assert (second.slot, second.program, second.key) == ("I05", "Glass Keys", 62)
    assert first.ended == pytest.approx(0.3)
    machine.press("START/STOP 0 START/STOP")
    machine.advance(2.0)
    assert last(machine).slot == slot


def test_a_song_that_is_stopped_leaves_no_note() -> None:
    track = bytes.fromhex("00 60 00 00 00 C4 C0 78") + END
    machine = with_steps({2: track}, {})
    machine.press("START/STOP")
    machine.advance(0.5)
    assert last(machine).ended is None
    machine.press("START/STOP")
    assert last(machine).ended == pytest.approx(0.5)


def test_in_seq_mode_the_keys_play_the_chosen_track_and_midi_that_of_its_channel() -> None:
    machine = with_steps({}, {})
    machine.key_down(60, 80)
    assert (last(machine).part, last(machine).channel) == (1, 0)
    midi(machine, ON | 3, 60, 80)
    assert (last(machine).part, last(machine).slot) == (4, "I00")
    midi(machine, CHANGE | 3, 7, ON | 3, 62, 80)
    assert last(machine).slot == "I07"


def test_only_so_many_notes_are_remembered() -> None:
    machine = scenario("healthy")
    for count in range(KEPT + 5):
        midi(machine, ON, count % 128, 100, at=float(count))
    assert len(machine.played) == KEPT
    assert last(machine).at == KEPT + 4


def test_what_was_played_is_forgotten_at_power_on() -> None:
    machine = scenario("healthy")
    midi(machine, ON, 60, 100)
    machine.power_off()
    midi(machine, ON, 61, 100)
    machine.power_on()
    assert machine.played == ()


def test_at_a_dead_left_output_only_the_right_is_heard() -> None:
    machine = scenario("silent-left")
    midi(machine, ON, 60, 100)
    assert (last(machine).audible, last(machine).outputs) == (True, (2,))
    left = timbres(timbre(0, pan=0))
    machine.press("COMBI")
    machine.board.edit_combination = machine.board.edit_combination.replace(type=0, timbres=left)
    midi(machine, ON, 60, 100)
    assert last(machine).silence is Silence.OUTPUT_DEAD


def test_effects_that_hiss_are_heard_only_where_an_effect_is_in_use() -> None:
    machine = scenario("effects-hiss")
    midi(machine, ON, 60, 100)
    assert last(machine).hisses
    midi(machine, CHANGE, 2, ON, 62, 100)
    assert (last(machine).program, last(machine).hisses) == ("TinParlour", False)
    healthy = scenario("healthy")
    midi(healthy, ON, 60, 100)
    assert not last(healthy).hisses


def test_local_off_is_told_from_dead_keys_by_a_note_that_comes_by_midi() -> None:
    machine = scenario("local-off")
    machine.key_down(60, 80)
    assert last(machine).silence is Silence.LOCAL_OFF
    midi(machine, CONTROL, 122, 127)
    machine.key_down(62, 80)
    assert last(machine).audible


def test_real_songs_are_played_note_for_note(real_dumps: Path) -> None:
    contents: Contents = read_file((real_dumps / "factory-all.syx").read_bytes()).contents()
    machine = VirtualM1(Memory.of(contents))
    sequence = machine.memory.sequence
    machine.press("SEQ 0 B" + " DOWN" * 9 + " UP UP START/STOP")
    now = 0.0
    while machine.board.transport.running:
        now += 0.5
        machine.advance(now)
    expected = sorted(
        (track.number + 1, note.key) for track in play(sequence, 2).tracks for note in track.notes
    )
    assert sorted((note.part, note.key) for note in machine.played if note.part) == expected
    assert all(note.ended is not None for note in machine.played)
    assert {note.program for note in machine.played} >= {"TubaFlugel", "Drums #1"}


@given(records(Combination), records(Program), st.integers(0, 127), st.integers(1, 127))
def test_any_sound_can_be_played(
    combination: Combination, program: Program, key: int, velocity: int
) -> None:
    machine = scenario("healthy")
    machine.board.edit_program = program
    midi(machine, ON, key, velocity)
    assert len(machine.played) == 1
    machine.press("COMBI")
    machine.board.edit_combination = combination
    midi(machine, ON, key, velocity)
    assert all(note.audible == bool(note.outputs) for note in machine.played)
    assert all(0 <= note.pitch <= 127 for note in machine.played)
