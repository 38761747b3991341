"""A sample of the clumsy technicians: nothing is said that is not so, and a run can be repeated."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from m1tui.procedures.alarms import allocation_changed
from m1tui.resources import screens_folder
from m1tui.sysex import Allocation
from tests.campaigning.mutants import Mutant, broken
from tests.rehearse import lines_of, main, report_of
from tests.rehearsing.judge import loss_named
from tests.rehearsing.mutants import BY_NAME, MUTANTS, search
from tests.rehearsing.trial import PROCEDURES, SLIPS, case_of
from tests.rehearsing.truth import form_of

SAMPLE = 150
GROUP = 15


@pytest.mark.parametrize("first", range(0, SAMPLE, GROUP))
def test_nothing_is_said_that_is_not_so_whatever_a_person_does(first: int) -> None:
    reports = map(report_of, range(first, first + GROUP))
    bad = [line for report in reports if report.violations for line in lines_of(report)]
    assert not bad, "\n" + "\n".join(bad)


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(700052, id="a program stored in a memory that was just lost"),
        pytest.param(701856, id="the same on a rack"),
        pytest.param(972860, id="a program written before a destroying step is done again"),
        pytest.param(701726, id="a plug out between two looks, which sets the clock to INT"),
        pytest.param(1026291, id="a drum kit changed in a run that never reads the memory"),
    ],
)
def test_what_was_untrue_once_is_not_said_again(seed: int) -> None:
    report = report_of(seed)
    assert not report.violations, "\n" + "\n".join(lines_of(report))


def test_a_seed_does_the_same_again() -> None:
    first, second = report_of(11), report_of(11)
    assert first == second
    assert len(first.log) > 20


def test_the_sample_is_of_all_procedures_and_of_all_kinds_of_slips() -> None:
    cases = [case_of(seed) for seed in range(SAMPLE)]
    assert {case.procedure for case in cases} == set(PROCEDURES)
    assert len(PROCEDURES) >= 24
    assert sum(case.slips for case in cases) > 10 * len(SLIPS)


def test_a_campaign_counts_how_its_runs_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "12:15", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert "3 runs of 3 procedures" in out
    assert "0 runs in which something was said that is not so" in out


def test_one_seed_can_be_played_again_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "15", "--log"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"seed 15: {case_of(15)}")
    assert re.search(r"\d\.\d s  [a-z0-9-]+ \[A\]", out)


LOWER, UPPER, SONG = ("combination", 49), ("program", 50), ("song", 0)
AT_100, AT_50 = Allocation.LARGE_PROGRAM, Allocation.LARGE_SEQUENCE


@pytest.mark.parametrize(
    ("to", "gone", "now", "named"),
    [
        (AT_50, [UPPER], AT_100, True),
        (AT_50, [("combinations", None)], AT_50, True),
        (AT_50, [UPPER, LOWER], AT_50, False),
        (AT_50, [UPPER], None, False),
        (AT_50, [SONG], AT_50, False),
        (AT_100, [SONG, ("programs", None)], AT_100, True),
        (AT_100, [("programs", None)], AT_50, False),
        (AT_100, [UPPER], AT_100, False),
        (AT_100, [SONG], None, False),
    ],
)
def test_the_judge_lets_an_alarm_of_another_allocation_excuse_only_what_it_names(
    to: Allocation, gone: list[tuple[str, int | None]], now: Allocation | None, named: bool
) -> None:
    alarm = allocation_changed(AT_100 if to is AT_50 else AT_50, to, "")
    raised = [{"event": "AlarmRaised", "advice": [alarm.advice.code], "lost": alarm.lost}]
    assert loss_named(raised, gone, now, behind=True) is named
    assert not loss_named([], gone, now, behind=True)
    assert loss_named(raised, gone, now, behind=False) is (named and SONG not in gone)


@pytest.mark.parametrize(
    ("code", "gone", "now", "named"),
    [
        ("memory-lost", [LOWER, SONG], AT_100, True),
        ("memory-lost", [LOWER], None, False),
        ("initialised-at-the-end", [LOWER], None, False),
        ("songs-touched", [SONG], AT_50, True),
        ("songs-touched", [SONG, LOWER], AT_50, False),
        ("songs-touched", [SONG], None, False),
    ],
)
def test_the_judge_lets_no_alarm_excuse_what_went_from_the_card_or_from_another_part(
    code: str, gone: list[tuple[str, int | None]], now: Allocation | None, named: bool
) -> None:
    raised = [{"event": "AlarmRaised", "advice": [code], "lost": "what it says"}]
    assert loss_named(raised, gone, now, behind=True) is named


def test_the_judge_knows_the_truth_of_every_claim_in_the_files() -> None:
    for path in sorted(Path(screens_folder()).glob("*.toml")):
        for step in tomllib.loads(path.read_text("utf-8"))["steps"]:
            for claim in step.get("claims", ()):
                assert form_of(re.sub(r"\{[a-z-]+\}", _example, claim)), (path.stem, claim)


def _example(name: re.Match[str]) -> str:
    return _EXAMPLES.get(name[0], "3")


_EXAMPLES = {"{allocation}": "100/100", "{format}": "7700STEP SEQUENCE"}


def test_the_judge_finds_a_changed_drum_kit_where_the_record_does_not_say_that_nobody_looked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("m1tui.procedures.run_state.AS_BEFORE", "memory = not initialised")
    assert any(one.startswith("LOST") for one in report_of(1026291).violations)


# Broken programs


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_stands_for_code_that_is_there(mutant: Mutant) -> None:
    spec = find_spec(mutant.module)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    compile(broken(source, mutant), mutant.name, "exec")


@pytest.mark.parametrize(
    "name",
    ["any-transposition", "a-refusal-names-no-key", "nobody-sees-another-allocation"],
)
def test_the_judge_sees_a_program_that_says_what_is_not_so(name: str) -> None:
    assert search(BY_NAME[name])
