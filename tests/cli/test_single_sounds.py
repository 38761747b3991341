"""Single sounds, and what is whole of broken dumps, on the command line against a virtual M1."""

from collections.abc import Callable
from pathlib import Path

import pytest

from m1tui.sysex import Bank, Combination, CombinationDump, Part, Program, ProgramDump, ProgramWrite
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from tests.cli.conftest import (
    MIDI_READY,
    PROTECTS_OFF,
    Command,
    dump_of,
    some_contents,
    with_program,
)

Keep = Callable[[VirtualM1], Path]

CASES = Path(__file__).parents[1] / "cases"
SOLO = Program.blank().replace(name="Solo")


@pytest.fixture
def solo(tmp_path: Path) -> Path:
    """A file with one program, as an M1 sends it from its edit buffer."""
    path = tmp_path / "solo.syx"
    path.write_bytes(ProgramDump(0, SOLO).encode())
    return path


@pytest.fixture
def sounding(m1tui: Command, writable: Path, all_data: Path) -> Path:
    """A kept virtual M1 with names of its own in every slot; its memory as a dump."""
    assert m1tui("restore", all_data, "--port", "virtual").code == 0
    return writable


def memory_of(state: Path) -> tuple[tuple[Program, ...], tuple[Combination, ...]]:
    contents = read_file(state.read_bytes()).contents()
    assert contents.programs is not None
    assert contents.combinations is not None
    return contents.programs, contents.combinations


@pytest.mark.parametrize("slot", ["17", "I17", "i17"])
def test_a_single_program_is_put_into_a_slot_and_proved(
    m1tui: Command, sounding: Path, solo: Path, slot: str
) -> None:
    before, combinations = memory_of(sounding)
    ended = m1tui("restore", solo, "--to", slot, "--port", "virtual", "--json")
    facts = ended.facts
    assert (ended.code, facts["outcome"]) == (0, "VERIFIED")
    assert facts["plan"]["chosen"] == "one by one"
    after, same = memory_of(sounding)
    assert after[17].name.rstrip() == "Solo"
    assert after[:17] + after[18:] == before[:17] + before[18:]
    assert same == combinations
    saved = read_file(Path(facts["backup"]).read_bytes()).contents()
    assert saved.programs == before


def test_the_outcome_names_the_slot_and_what_was_in_it(
    m1tui: Command, sounding: Path, solo: Path
) -> None:
    out = m1tui("restore", solo, "--to", "17", "--port", "virtual").out
    assert 'contains what the file contains: program 17 "Solo"' in out
    assert 'In memory before: program 17 "Prog 17"' in out


def test_a_single_combination_goes_into_a_slot_too(m1tui: Command, sounding: Path) -> None:
    single = CASES / "single-combi-07-edit-buffer.syx"
    assert m1tui("restore", single, "--to", "7", "--port", "virtual").code == 0
    _, combinations = memory_of(sounding)
    (found,) = read_file(single.read_bytes()).messages
    assert isinstance(found.message, CombinationDump)
    assert combinations[7] == found.message.combination
    assert m1tui("verify", single, "--to", "7", "--port", "virtual").code == 0


def test_without_a_slot_the_advice_names_the_option(
    m1tui: Command, solo: Path, tmp_path: Path
) -> None:
    ended = m1tui("restore", solo, "--port", "virtual:healthy", "--json")
    assert (ended.code, ended.facts["error"]["code"]) == (2, "slot-missing")
    assert "--to SLOT" in ended.err
    stored = tmp_path / "stored.syx"
    stored.write_bytes(solo.read_bytes() + ProgramWrite(0, Bank.INTERNAL, 5).encode())
    ended = m1tui("restore", stored, "--port", "virtual:healthy")
    assert ended.code == 2
    assert "it was in slot 05" in ended.err


def test_a_bank_needs_no_slot(m1tui: Command, all_data: Path) -> None:
    ended = m1tui("restore", all_data, "--to", "5", "--port", "virtual:healthy", "--json")
    assert (ended.code, ended.facts["error"]["code"]) == (2, "slot-not-needed")
    assert "Leave --to out" in ended.err


def test_slot_and_bank_that_disagree_are_a_usage_error(m1tui: Command, solo: Path) -> None:
    words = ("restore", solo, "--to", "C17", "--bank", "internal", "--port", "virtual:healthy")
    assert m1tui(*words).code == 2


@pytest.mark.parametrize("slot", ["100", "-1", "X17", "", "I", "17.5", "1 7"])
def test_a_slot_of_no_known_form_is_a_usage_error(m1tui: Command, solo: Path, slot: str) -> None:
    ended = m1tui("restore", solo, f"--to={slot}", "--port", "virtual:healthy")
    assert ended.code == 2
    assert "a slot from 00 to 99" in ended.err


def test_of_several_single_sounds_one_is_chosen_by_its_number(
    m1tui: Command, sounding: Path, solo: Path, tmp_path: Path
) -> None:
    both = tmp_path / "both.syx"
    other = ProgramDump(0, SOLO.replace(name="Other"))
    both.write_bytes(solo.read_bytes() + other.encode())
    ended = m1tui("restore", both, "--to", "3", "--port", "virtual")
    assert ended.code == 2
    assert "--message N" in ended.err
    words = ("restore", both, "--message", "2", "--to", "3", "--port", "virtual")
    assert m1tui(*words).code == 0
    assert memory_of(sounding)[0][3].name.rstrip() == "Other"


def test_a_dry_run_for_a_slot_names_what_would_change_and_writes_nothing(
    m1tui: Command, sounding: Path, solo: Path
) -> None:
    before = sounding.read_bytes()
    ended = m1tui("restore", solo, "--to", "17", "--dry-run", "--port", "virtual")
    assert (ended.code, sounding.read_bytes()) == (0, before)
    assert 'program 17 "Solo"' in ended.err


@pytest.mark.parametrize("command", ["restore", "verify"])
def test_a_slot_that_the_m1_does_not_have_is_refused(
    m1tui: Command, solo: Path, keep: Keep, command: str
) -> None:
    machine = scenario("used")
    machine.press(f"{MIDI_READY} {PROTECTS_OFF}")
    keep(machine)
    ended = m1tui(command, solo, "--to", "60", "--port", "virtual", "--json")
    assert ended.facts["outcome"] == "REFUSED"
    assert ended.facts["advice"]["code"] == "slot-not-there"
    assert ended.code == 6


def test_a_damaged_single_sound_is_refused(m1tui: Command, tmp_path: Path) -> None:
    raw = bytearray(SOLO.raw)
    raw[38:100] = b"\xff" * 62
    path = tmp_path / "bad.syx"
    path.write_bytes(ProgramDump(0, Program(bytes(raw))).encode())
    ended = m1tui("restore", path, "--to", "1", "--port", "virtual:healthy")
    assert ended.code == 6
    assert "--accept-damage" in ended.err


def test_verify_compares_a_single_sound_with_a_slot(
    m1tui: Command, sounding: Path, solo: Path
) -> None:
    ended = m1tui("verify", solo, "--to", "17", "--port", "virtual", "--json")
    assert ended.code == 4
    (difference,) = ended.facts["differences"]
    assert difference["text"] == 'program 17 "Solo"'
    assert m1tui("restore", solo, "--to", "17", "--port", "virtual").code == 0
    assert m1tui("verify", solo, "--to", "17", "--port", "virtual").code == 0
    assert m1tui("verify", solo, "--port", "virtual").code == 2


def test_diff_compares_a_single_sound_with_a_slot_of_a_bank(
    m1tui: Command, solo: Path, all_data: Path, tmp_path: Path
) -> None:
    ended = m1tui("diff", solo, all_data, "--to", "17", "--json")
    assert ended.code == 4
    (difference,) = ended.facts["differences"]
    assert (difference["number"], difference["name"]) == (17, "Solo")
    assert ended.facts["parts"]["programs"] == {"first": True, "second": True, "equal": 0}
    bank = tmp_path / "bank.syx"
    bank.write_bytes(dump_of(with_program(some_contents(), 17, SOLO)))
    assert m1tui("diff", bank, solo, "--to", "17").code == 0
    unnamed = m1tui("diff", solo, all_data)
    assert unnamed.code == 2
    assert "--to SLOT" in unnamed.err


def test_diff_compares_two_single_sounds(m1tui: Command, solo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.syx"
    other.write_bytes(ProgramDump(9, SOLO).encode())
    assert m1tui("diff", solo, other).code == 0
    other.write_bytes(ProgramDump(9, SOLO.replace(name="Other")).encode())
    ended = m1tui("diff", solo, other, "--json")
    assert ended.code == 4
    assert ended.facts["differences"][0]["text"] == 'program "Solo"'
    combination = tmp_path / "combination.syx"
    combination.write_bytes(CombinationDump(0, Combination.blank()).encode())
    assert m1tui("diff", solo, combination).code == 2


def test_a_program_taken_out_and_put_back_is_a_round_trip(
    m1tui: Command, sounding: Path, all_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "five.syx"
    before = sounding.read_bytes()
    assert m1tui("convert", all_data, out, "--program", "5").code == 0
    assert m1tui("restore", out, "--to", "5", "--port", "virtual").code == 0
    assert sounding.read_bytes() == before


BROKEN = CASES / "truncated-programs-at-60-percent.syx"


def test_a_broken_file_is_refused_and_says_what_is_whole(m1tui: Command) -> None:
    ended = m1tui("restore", BROKEN, "--port", "raw:/dev/snd/none", "--json")
    assert (ended.code, ended.facts["error"]["code"]) == (6, "file-damaged")
    assert ended.facts["wire"] == {"sent": 0, "received": 0}
    assert "59 programs (00-58)" in ended.err
    assert "Missing: programs 59-99" in ended.err
    assert "--accept-damage" in ended.err
    assert f"m1tui convert --salvage {BROKEN} OUT.syx" in ended.facts["error"]["next_step"]


def test_what_is_whole_of_a_broken_file_is_restored_when_that_is_accepted(
    m1tui: Command, sounding: Path
) -> None:
    before, _ = memory_of(sounding)
    ended = m1tui("restore", BROKEN, "--accept-damage", "--port", "virtual", "--json")
    facts = ended.facts
    assert (ended.code, facts["outcome"]) == (0, "VERIFIED")
    assert (facts["missing"], facts["damage_accepted"]) == (["programs 59-99"], True)
    after, _ = memory_of(sounding)
    assert after[59:] == before[59:]
    assert not set(after[:59]) & set(before)
    out = m1tui("restore", BROKEN, "--accept-damage", "--port", "virtual").out
    assert "lacks programs 59-99" in out


def test_global_combinations_and_programs_before_the_cut_are_restored(
    m1tui: Command, sounding: Path
) -> None:
    broken = CASES / "truncated-all-data-half.syx"
    ended = m1tui("restore", broken, "--accept-damage", "--port", "virtual", "--json")
    assert (ended.code, ended.facts["outcome"]) == (0, "VERIFIED")
    programs_missing, sequence_missing = ended.facts["missing"]
    said = m1tui("restore", broken, "--accept-damage", "--port", "virtual").out
    assert f"lacks {programs_missing} and {sequence_missing}, and only" in " ".join(said.split())
    whole = read_file(broken.read_bytes()).pieces[0].contents
    programs, combinations = memory_of(sounding)
    assert combinations == whole.combinations
    assert whole.programs is not None
    assert programs[: len(whole.programs)] == whole.programs


def test_what_was_saved_of_a_broken_file_goes_back_to_its_slots(
    m1tui: Command, sounding: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.syx"
    assert m1tui("convert", "--salvage", BROKEN, saved).code == 0
    before, _ = memory_of(sounding)
    assert m1tui("restore", saved, "--port", "virtual").code == 0
    after, _ = memory_of(sounding)
    assert after[59:] == before[59:]
    assert m1tui("verify", saved, "--port", "virtual").code == 0
    assert Part.PROGRAMS in read_file(sounding.read_bytes()).contents().parts


TWO_BANKS = CASES / "programs-two-different-banks-concatenated.syx"


@pytest.mark.parametrize(
    "words",
    [
        ("restore", TWO_BANKS, "--port", "virtual"),
        ("verify", TWO_BANKS, "--port", "virtual"),
        ("diff", TWO_BANKS, TWO_BANKS),
        ("inspect", TWO_BANKS),
        ("play", "--file", TWO_BANKS, "--program", "3", "--port", "virtual"),
    ],
    ids=lambda words: words[0],
)
def test_one_of_two_banks_is_chosen_by_its_number_in_every_command(
    m1tui: Command, sounding: Path, words: tuple[str | Path, ...]
) -> None:
    unchosen = m1tui(*words)
    assert unchosen.code == (0 if words[0] == "inspect" else 2)
    assert "--message N" in unchosen.err or words[0] == "inspect"
    assert m1tui(*words, "--message", "2").code in (0, 4)
    assert m1tui(*words, "--message", "3").code == 2


def test_one_part_of_a_file_is_verified_and_compared(
    m1tui: Command, sounding: Path, all_data: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.syx"
    other.write_bytes(dump_of(with_program(some_contents(), 17, SOLO)))
    for words in (("verify", other, "--port", "virtual"), ("diff", all_data, other)):
        assert m1tui(*words).code == 4
        assert m1tui(*words, "--what", "combinations", "--what", "global").code == 0


def test_a_single_program_of_a_file_is_played(m1tui: Command, sounding: Path, solo: Path) -> None:
    ended = m1tui("play", "--file", solo, "--program", "0", "--port", "virtual", "--json")
    assert ended.code == 0
    assert "Solo" in ended.out
