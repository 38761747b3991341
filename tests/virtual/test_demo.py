"""The demo bank: complete, in range, playable, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.sysex import Allocation, Bank, BankDump, CardFormat, Contents, Part, Sequence, decode
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.sequence import STEP_SIZE, TRACKS
from m1tui.virtual.demo import demo_contents, demo_source, sequence_of, used_contents
from m1tui.virtual.scenarios import SCENARIOS, scenario
from m1tui.virtual.settings import Model

BANKS = pytest.mark.parametrize("bank", [demo_contents(), used_contents()], ids=["demo", "used"])


def names(bank: Contents) -> list[str]:
    programs = [program.name.rstrip() for program in bank.programs or ()]
    return programs + [combination.name.rstrip() for combination in bank.combinations or ()]


def test_the_demo_bank_is_a_whole_100_100() -> None:
    bank = demo_contents()
    assert bank.is_complete
    assert bank.allocation is Allocation.LARGE_PROGRAM
    assert len(names(bank)) == 200
    assert bank.sequence is not None
    assert bank.sequence.songs_in_use == (0, 1)
    assert not bank.is_initialised


@BANKS
def test_every_value_lies_in_the_manuals_range(bank: Contents) -> None:
    assert bank.global_ is not None
    assert bank.sequence is not None
    records = (
        *(bank.programs or ()),
        *(bank.combinations or ()),
        bank.global_,
        *bank.sequence.songs,
    )
    assert [problem for record in records for problem in record.problems()] == []


@BANKS
def test_names_are_distinct_and_fit(bank: Contents) -> None:
    found = names(bank)
    assert len(set(found)) == len(found)
    assert all(name and len(name) <= 10 for name in found)


@BANKS
def test_names_are_none_of_korgs(bank: Contents, real_dumps: Path) -> None:
    theirs: set[str] = set()
    for file in ("factory-all.syx", "m1ex-programs-and-combis.mid"):
        contents = read_file((real_dumps / file).read_bytes()).contents()
        theirs |= {name.strip().casefold() for name in names(contents)}
    assert len(theirs) > 150
    assert not theirs & {name.casefold() for name in names(bank)}


@BANKS
def test_combinations_play_programs_that_are_there(bank: Contents) -> None:
    for combination in bank.combinations or ():
        sounding = [timbre for timbre in combination.timbres if not timbre.off]
        assert sounding
        for timbre in sounding:
            assert 0 <= timbre.program < len(bank.programs or ())


def test_a_combination_plays_the_programs_that_it_is_made_of() -> None:
    bank = demo_contents()
    slots = {program.name.strip(): slot for slot, program in enumerate(bank.programs or ())}
    made_of = {
        item["name"]: [slots[name] for name in item["sounds"]]
        for family in demo_source()["combination_family"]
        for item in family["combinations"]
    }
    for combination in bank.combinations or ():
        sounding = [timbre.program for timbre in combination.timbres if not timbre.off]
        assert sounding == made_of[combination.name.strip()]


@BANKS
def test_drum_programs_play_kits_with_sounds(bank: Contents) -> None:
    assert bank.global_ is not None
    kits = [p.multisound_1 for p in bank.programs or () if p.oscillator_mode == 2]
    assert kits
    for kit in kits:
        assert all(1 <= one.sound <= 44 for one in bank.global_.kits[kit].instruments)
    assert len({kit.raw for kit in bank.global_.kits}) == 4


@BANKS
def test_songs_hold_measures_notes_and_ends(bank: Contents) -> None:
    sequence = bank.sequence
    assert sequence is not None
    assert sequence.offsets_are_sound
    for song in sequence.songs_in_use:
        assert sequence.songs[song].name.strip()
        tracks = [sequence.track_steps(song, track) for track in range(TRACKS)]
        assert any(tracks)
        for steps in filter(None, tracks):
            check_track(steps)


def check_track(steps: bytes) -> None:
    words = [steps[at : at + STEP_SIZE] for at in range(0, len(steps), STEP_SIZE)]
    assert words[-1] == bytes([192, 0x70, 0, 0])
    measure, last = -1, 0
    for first, second, length, key in words[:-1]:
        if second == 0x60:
            measure, last = measure + 1, 0
            assert first == measure
            continue
        assert measure >= 0
        assert 0x80 <= second <= 0xFE
        assert last <= first < 192
        assert first + length <= 192
        assert 24 <= key // 2 <= 108
        last = first


@pytest.mark.parametrize(
    ("bars", "told"), [(["C4:5"], "expected 4 beats"), (["H4:1"], "expected a note")]
)
def test_notes_that_cannot_be_read_are_named(bars: list[str], told: str) -> None:
    effects = Sequence.empty().songs[0].effects
    song = {"name": "X", "tempo": 100, "tracks": [{"program": "P", "bars": bars}]}
    with pytest.raises(ValueError, match=told):
        sequence_of([song], {"P": 0}, effects)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenarios_memory_survives_a_dump(name: str) -> None:
    contents = scenario(name).contents
    dump = BankDump.of(contents, Part.ALL, Bank.INTERNAL)
    assert decode(dump.encode()) == dump


def test_the_scenarios_are_what_the_command_line_promises() -> None:
    promised = ("healthy", "low-battery", "dead-battery", "used", "faulty-keys", "card")
    healthy, low, dead, used, faulty, card = (scenario(name) for name in promised)
    other, rack = scenario("other-card"), scenario("rack")
    audio = [scenario(name) for name in ("silent-left", "effects-hiss", "local-off")]
    for one in (healthy, low, faulty, card, other, rack, *audio):
        assert one.contents == demo_contents()
    assert healthy.settings == low.settings
    assert healthy.settings.exclusive
    assert healthy.settings.protect_program_internal
    assert "cell 2.4 V" in low.state()
    assert dead.contents.is_initialised
    assert used.memory.allocation is Allocation.LARGE_SEQUENCE
    assert [fault.kind for fault in faulty.key_faults] == ["silent", "stuck", "one-velocity"]
    assert card.card is not None
    assert card.card.format is CardFormat.PROGRAMS
    assert card.card.contents.programs != card.memory.programs
    assert rack.model is Model.M1R
    assert other.card is not None
    assert other.card.format is CardFormat.PROGRAMS_AND_SEQUENCE
    assert other.card.writable
    for one in (dead, used):
        assert not one.settings.exclusive
        assert not one.settings.program_change
        assert one.settings.protect_sequence_internal
