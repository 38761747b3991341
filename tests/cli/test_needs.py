"""What the sounds of a file need is said before they are written, against what the M1 has."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.sysex import Part, Program
from tests.cli.conftest import Command, dump_of, some_contents, with_program

CASES = Path(__file__).parents[1] / "cases"


def restored(m1tui: Command, *words: str | Path) -> str:
    """What is said before a restore, and its lines."""
    ended = m1tui("restore", *words, "--port", "virtual")
    assert ended.code == 0, ended.err
    return " ".join((ended.err + ended.out).split())


def test_combinations_that_play_a_cards_programs_are_said_and_that_no_card_is_in(
    m1tui: Command, writable: Path
) -> None:
    said = restored(m1tui, CASES / "combis-30-use-card-programs.syx")
    assert "30 combinations play programs on a card (C05)" in said
    assert "The M1 reports no card." in said


def test_multisounds_beyond_an_m1_are_said_and_that_no_pcm_card_is_in(
    m1tui: Command, writable: Path
) -> None:
    said = restored(m1tui, CASES / "programs-20-use-multisound-130-M1EX-or-PCM-card.syx")
    assert "20 programs use multisounds that an M1's own memory does not have (130)" in said
    assert "The M1 has no PCM card. An M1EX has such sounds of its own" in said


def test_a_need_is_said_before_anything_is_written_and_kept_with_the_outcome(
    m1tui: Command, writable: Path
) -> None:
    ended = m1tui(
        "restore", CASES / "combis-30-use-card-programs.syx", "--port", "virtual", "--dry-run"
    )
    assert ended.code == 0
    assert ended.err.index("play programs on a card") < ended.err.index("Dry run")
    assert ended.out.count("play programs on a card") == 0


def test_a_file_that_needs_nothing_has_no_note(
    m1tui: Command, writable: Path, all_data: Path
) -> None:
    assert "Note:" not in restored(m1tui, all_data)


def test_combinations_without_their_programs_are_said_to_call_them_by_number(
    m1tui: Command, writable: Path, all_data: Path
) -> None:
    said = restored(m1tui, all_data, "--what", "combinations")
    assert "The combinations call programs by their numbers" in said


@pytest.mark.parametrize("part", [Part.PROGRAMS, Part.COMBINATIONS])
def test_a_part_alone_of_a_file_is_restored_as_before(
    m1tui: Command, writable: Path, tmp_path: Path, part: Part
) -> None:
    path = tmp_path / "part.syx"
    contents = with_program(some_contents(), 3, Program.blank().replace(name="Other"))
    path.write_bytes(dump_of(contents, part))
    restored(m1tui, path)
