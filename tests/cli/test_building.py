"""`convert --slot`: a bank built from several dumps, with the combinations' references followed."""

from pathlib import Path

import pytest

from m1tui.sysex import Combination, Contents, Part, Program, ProgramDump
from m1tui.sysex.forms.reader import read_file
from tests.cli.conftest import Command, dump_of, some_contents


def combination(name: str, *programs: int) -> Combination:
    """A multi whose first timbres play these programs; the others are off."""
    timbres = [
        one.replace(program=program, off=0)
        for one, program in zip(Combination.blank().timbres, programs, strict=False)
    ]
    off = [one.replace(off=1) for one in Combination.blank().timbres[len(programs) :]]
    return Combination.blank().replace(name=name, type=4, timbres=(*timbres, *off))


def bank(prefix: str, **combinations: Combination) -> Contents:
    """A memory whose programs are named after it; combinations by "c" and their slot."""
    contents = some_contents()
    given = {int(slot[1:]): one for slot, one in combinations.items()}
    return contents.replace(
        programs=tuple(Program.blank().replace(name=f"{prefix} {n}") for n in range(100)),
        combinations=tuple(given.get(n, combination(f"{prefix}C {n}", 0)) for n in range(100)),
    )


def played(one: Combination, count: int) -> list[int]:
    return [timbre.program for timbre in one.timbres[:count]]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.syx"
    path.write_bytes(dump_of(bank("A", c7=combination("Seven", 17, 20))))
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.syx"
    path.write_bytes(dump_of(bank("B", c3=combination("Three", 5, 6))))
    return path


def built(m1tui: Command, base: Path, *words: str) -> tuple[Contents, str]:
    out = base.parent / "out.syx"
    ended = m1tui("convert", base, out, *words)
    assert ended.code == 0, ended.err
    return read_file(out.read_bytes()).contents(), ended.err


def test_a_program_of_another_bank_stands_in_its_slot_and_all_else_stays(
    m1tui: Command, base: Path, other: Path
) -> None:
    contents, _ = built(m1tui, base, "--slot", f"40={other}:5")
    before = read_file(base.read_bytes()).contents()
    assert contents.programs is not None
    assert before.programs is not None
    assert contents.programs[40].name.rstrip() == "B 5"
    assert contents.programs[:40] + contents.programs[41:] == (
        before.programs[:40] + before.programs[41:]
    )
    assert contents.combinations == before.combinations
    assert contents.sequence == before.sequence


def test_a_combination_follows_its_programs_to_their_new_slots(
    m1tui: Command, base: Path, other: Path
) -> None:
    contents, said = built(
        m1tui,
        base,
        *("--slot", f"40={other}:5", "--slot", f"41={other}:6"),
        *("--combination-slot", f"9={other}:3"),
    )
    assert contents.combinations is not None
    assert contents.combinations[9].name.rstrip() == "Three"
    assert played(contents.combinations[9], 2) == [40, 41]
    assert "in its new slot" in said


def test_programs_that_change_places_take_their_combinations_with_them(
    m1tui: Command, base: Path
) -> None:
    contents, _ = built(m1tui, base, "--slot", f"17={base}:20", "--slot", f"20={base}:17")
    assert contents.combinations is not None
    assert played(contents.combinations[7], 2) == [20, 17]


def test_a_combination_whose_programs_are_left_behind_is_refused(
    m1tui: Command, base: Path, other: Path
) -> None:
    out = base.parent / "out.syx"
    words = ("--slot", f"40={other}:5", "--combination-slot", f"9={other}:3")
    ended = m1tui("convert", base, out, *words, "--json")
    assert (ended.code, ended.facts["error"]["code"]) == (6, "combination-programs-missing")
    assert "not in the new bank: 06" in ended.err
    assert not out.exists()


def test_a_combination_that_loses_a_program_is_named(
    m1tui: Command, base: Path, other: Path
) -> None:
    _, said = built(m1tui, base, "--slot", f"17={other}:5")
    assert "Combination 07 now plays a different sound: its program 17" in said


def test_a_single_program_can_be_put_into_a_slot(
    m1tui: Command, base: Path, tmp_path: Path
) -> None:
    solo = tmp_path / "solo.syx"
    solo.write_bytes(ProgramDump(0, Program.blank().replace(name="Solo")).encode())
    contents, _ = built(m1tui, base, "--slot", f"99={solo}:0")
    assert contents.programs is not None
    assert contents.programs[99].name.rstrip() == "Solo"
    assert contents.parts == frozenset(Part) - {Part.ALL}


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("40", 2),
        ("40=:5", 2),
        ("100={other}:5", 2),
        ("40={other}:100", 2),
        ("40={other}", 2),
        ("40=/nowhere/at/all.syx:5", 2),
    ],
)
def test_a_slot_of_no_known_form_is_a_usage_error(
    m1tui: Command, base: Path, other: Path, word: str, code: int
) -> None:
    out = base.parent / "out.syx"
    ended = m1tui("convert", base, out, "--slot", word.format(other=other))
    assert ended.code == code
    assert not out.exists()


def test_a_bank_is_not_built_and_taken_apart_at_once(
    m1tui: Command, base: Path, other: Path
) -> None:
    out = base.parent / "out.syx"
    words = ("--slot", f"4={other}:5", "--what", "programs")
    assert m1tui("convert", base, out, *words).code == 2


def test_a_program_taken_out_and_put_back_gives_the_same_bytes(
    m1tui: Command, base: Path, tmp_path: Path
) -> None:
    both = tmp_path / "both.syx"
    contents = read_file(base.read_bytes()).contents()
    both.write_bytes(dump_of(contents, Part.PROGRAMS) + dump_of(contents, Part.COMBINATIONS))
    for number, file in enumerate((base, both)):
        five, back = tmp_path / f"five{number}.syx", tmp_path / f"back{number}.syx"
        assert m1tui("convert", file, five, "--program", "5").code == 0
        assert m1tui("convert", file, back, "--slot", f"5={five}:0").code == 0
        assert back.read_bytes() == file.read_bytes()
