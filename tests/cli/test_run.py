"""`procedures run`: in plain lines for a person or a script, and --auto on a virtual M1."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from m1tui.procedures.journal import unfinished
from m1tui.procedures.library import load_library
from m1tui.store import Store
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.saved_state import load_state
from m1tui.virtual.scenarios import scenario
from tests.cli.conftest import Command, Ended

RUN = ("procedures", "run", "internal-battery")
Typed = Callable[..., Ended]

BY_MIDI = ("", "1")
"""The answer to the first question: the M1 can be connected."""
WRITTEN_DOWN = ["", "1", "INT", "ON", *["ENA"] * 4]
"""Enter at the step of the MIDI settings, then what the display shows."""
MEMORY_WRITTEN_DOWN = ["", *["ON"] * 6, "100/100"]
BEHIND_THE_BOARD = "1"
"""The answer that the cell is not in view."""
UP_TO_THE_BOARD = ["", *WRITTEN_DOWN, "", *MEMORY_WRITTEN_DOWN, *[""] * 5]
UP_TO_THE_RESTORE = [*UP_TO_THE_BOARD, BEHIND_THE_BOARD, *[""] * 17]
"""What is typed at each of 23 steps, at each of their 17 values, and at the choice of a source."""


@pytest.fixture
def typed(m1tui: Command, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Run the battery procedure with lines that a person types."""

    def run(
        *lines: str, port: str = "virtual:low-battery", json: bool = False, resumed: bool = False
    ) -> Ended:
        typed = lines if resumed else (*BY_MIDI, *lines)
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
        return m1tui(*RUN, "--port", port, *(["--json"] if json else []))

    return run


def steps_of(ended: Ended) -> dict[str, dict[str, str]]:
    return {step["id"]: step for step in ended.facts["steps"]}


@pytest.mark.parametrize("name", sorted(load_library().procedures))
def test_every_procedure_performs_itself_behind_a_wire(m1tui: Command, name: str) -> None:
    scenario_of_it = load_library().procedures[name].scenario
    ended = m1tui("procedures", "run", name, "--auto", "--port", f"virtual:{scenario_of_it}")
    assert ended.code == 0, ended.out


def test_auto_performs_every_step_and_lets_every_check_judge(m1tui: Command) -> None:
    ended = m1tui(*RUN, "--auto", "--port", "virtual:low-battery", "--json")
    assert ended.code == 0
    assert (ended.facts["procedure"], ended.facts["outcome"]) == ("internal-battery", "VERIFIED")
    steps = steps_of(ended)
    assert {step["mark"] for step in steps.values()} == {"sensed", "by hand", "left out"}
    assert steps["restore"]["verdict"] == "passed"
    assert "VERIFIED" in steps["restore"]["evidence"]
    assert steps["turn-over"]["verdict"] is None


def test_a_step_that_failed_has_the_code_of_its_advice_in_json(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\nq\n"))
    words = ("procedures", "run", "memory-protect-off", "--port", "virtual:dead-battery")
    steps = steps_of(m1tui(*words, "--json"))
    assert steps["ask"]["verdict"] == "failed"
    assert [one["code"] for one in steps.values()] == ["exclusive-disabled", None]


def test_auto_for_people_shows_each_step_with_its_mark(m1tui: Command) -> None:
    ended = m1tui(*RUN, "--auto", "--port", "virtual:dead-battery")
    assert ended.code == 0
    assert "[A] Find the M1" in ended.out
    assert "[A] Unplug everything" in ended.out
    assert "[x] Turn the M1 upside down" in ended.out
    assert ended.out.rstrip().endswith("VERIFIED: Replace the internal battery")


def test_auto_takes_no_real_time_and_leaves_the_kept_m1_whole(
    m1tui: Command, tmp_path: Path
) -> None:
    m1tui(*RUN, "--auto", "--port", "virtual:low-battery")
    machine = load_state(tmp_path / "data" / "virtual" / "m1.syx")
    assert machine.powered
    assert not machine.contents.is_initialised


def test_enter_goes_through_the_whole_procedure(typed: Typed) -> None:
    ended = typed(*UP_TO_THE_RESTORE, "", "y", *([""] * 6), json=True)
    assert ended.facts["outcome"] == "VERIFIED"
    assert ended.code == 0
    assert "Keys: GLOBAL 5 + UP D UP F UP H UP" in ended.err


def test_the_last_lines_name_what_was_skipped_and_what_was_left_out(typed: Typed) -> None:
    skipped = ("s", "it is in use tomorrow")
    past_the_board = ("2", *[""] * 13)
    lines = (*UP_TO_THE_BOARD, *past_the_board, "", "y", *skipped, *[""] * 5)
    ended = typed(*lines)
    last = ended.out[ended.out.rindex("A last check:") :]
    told = " ".join(last.split())
    assert (
        'Unproved: Step 27, "Turn memory protect on". Not proved: the memory protects are ON. '
        "Reason: it is in use tomorrow"
    ) in told
    assert (
        'Left out: "Unscrew the processor board", "Unplug the two connectors", "Tilt the board '
        'back", "Put the board back". The cell was in view with the board in place.'
    ) in told
    assert max(map(len, last.splitlines())) <= 80
    assert told.endswith("PROVED IN PART: Replace the internal battery")


@pytest.mark.parametrize(("written", "said"), [("#8", True), ("#7", False)])
def test_the_last_lines_name_both_rom_numbers_where_they_differ(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, written: str, said: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"\n\n\n\n{written}\n\n"))
    words = ("procedures", "run", "rom-check", "--port", "virtual:healthy")
    ended = m1tui(*words, "--json")
    assert ended.facts["outcome"] == "VERIFIED"
    both = f'ROM number: "{written}" was written down, and the M1 reports 7 over MIDI.'
    assert (both in " ".join(ended.facts["attention"])) is said
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"\n\n\n\n{written}\n\n"))
    told = m1tui(*words)
    assert (f"Attention: {both}" in " ".join(told.out.split())) is said


@pytest.mark.parametrize(
    ("name", "without"),
    [("used", ["    50/50: no programs or combinations 50 to 99"]), ("low-battery", [])],
)
def test_a_backup_that_lacks_half_the_sounds_says_so_where_it_is_offered(
    typed: Typed, name: str, without: list[str]
) -> None:
    lines = list(UP_TO_THE_RESTORE)
    if name == "used":
        lines[lines.index("100/100")] = "50/50"
        lines[UP_TO_THE_BOARD.index("ENA") + 3] = "DIS"
    told = typed(*lines, "q", port=f"virtual:{name}").out.splitlines()
    (at,) = (place for place, line in enumerate(told) if line.startswith("  1 the backup"))
    assert [line for line in told[at + 1 : at + 2] if line.startswith("    ")] == without


def test_the_default_of_the_restores_question_is_no(typed: Typed) -> None:
    ended = typed(*UP_TO_THE_RESTORE, "", "", "q", json=True)
    assert steps_of(ended)["restore"]["mark"] == "open"
    assert "[y/N]" in ended.err
    assert ended.code == 2


def test_leaving_saves_and_the_next_run_goes_on_there(typed: Typed, tmp_path: Path) -> None:
    first = typed("", "n", "channel 1, INT, Local on", *WRITTEN_DOWN, "q")
    assert first.code == 2
    assert "Everything is saved" in first.out
    (run,) = unfinished(Store(tmp_path / "data").journal_folder)
    assert run.run.position == 3
    second = typed("", "q", port="virtual", resumed=True)
    assert "It is at step 4" in second.out
    assert "Step 4 of" in second.out


def test_the_answer_no_begins_anew(typed: Typed) -> None:
    typed("", "q")
    assert "Step 1 of" in typed("n", "q", resumed=True).out


def test_the_end_of_input_leaves_and_saves(typed: Typed, tmp_path: Path) -> None:
    ended = typed("", "")
    assert ended.code == 2
    assert "Everything is saved" in ended.out
    assert unfinished(Store(tmp_path / "data").journal_folder)


def test_a_step_is_skipped_with_a_typed_reason_alone(typed: Typed) -> None:
    ended = typed("", "s", "", "s", "known by heart", "q", json=True)
    step = steps_of(ended)["write-down-midi"]
    assert step["mark"] == "overridden"
    assert "known by heart" in step["evidence"]
    assert "No reason was typed" in ended.err


def test_what_needs_the_backup_waits_for_it(typed: Typed) -> None:
    skip = ["s", "a reason"]
    ended = typed("", *WRITTEN_DOWN, *skip, *MEMORY_WRITTEN_DOWN, "", "q", json=True)
    assert steps_of(ended)["backup"]["mark"] == "sensed", "a reasoned skip of midi-ready counts"


def test_back_shows_the_step_before_with_its_mark(typed: Typed) -> None:
    ended = typed("", "b", "q")
    assert "Step 2 of 31: Find the M1 [A] sensed" in ended.out


@pytest.fixture
def silent(keep: Callable[[VirtualM1], Path]) -> None:
    """A kept virtual M1 that is switched off."""
    machine = scenario("low-battery")
    machine.power_off()
    keep(machine)


@pytest.mark.usefixtures("silent")
def test_without_an_answer_the_step_stays_open_and_says_why(typed: Typed) -> None:
    ended = typed("", "t", "q", port="virtual", json=True)
    step = steps_of(ended)["find-m1"]
    assert (step["mark"], step["verdict"]) == ("open", "failed")
    assert "found no bytes at all" in ended.err
    assert "cannot be ticked by hand" in ended.err
    assert ended.code == 3


@pytest.mark.usefixtures("silent")
def test_what_could_not_be_asked_is_ticked_by_hand_with_t(typed: Typed) -> None:
    ended = typed(
        "s", "it is in the next room", *WRITTEN_DOWN, "", "t", "q", port="virtual", json=True
    )
    step = steps_of(ended)["midi-ready"]
    assert (step["mark"], step["verdict"]) == ("by hand", "no answer")
    assert "no answer: " in ended.err
    assert "tick it with t" in ended.err
    assert ended.code == 2, "the person left, and nothing was written"


@pytest.mark.usefixtures("silent")
def test_auto_stops_at_the_first_step_that_is_not_done(m1tui: Command) -> None:
    ended = m1tui(*RUN, "--auto", "--port", "virtual", "--json")
    assert ended.code == 3
    marks = [step["mark"] for step in ended.facts["steps"]]
    assert marks == ["by hand", *["open"] * (len(marks) - 1)]


def test_a_word_that_means_nothing_is_answered_with_the_choices(typed: Typed) -> None:
    ended = typed("\x1b[31mfoo", "q")
    assert "Expected Enter, s, r, n, b or q" in ended.out
    assert "\x1b" not in ended.out


def test_what_is_to_be_done_fits_80_columns(typed: Typed) -> None:
    first = typed(*([""] * 3), "q").out.splitlines()
    own = [line for line in first if not line.startswith(("[", "its display"))]
    assert max(map(len, own)) <= 80
