"""A sample of the campaign: what is told is true whatever goes wrong, and a run can be repeated."""

from __future__ import annotations

import pytest

from tests.campaign import lines_of, main, report_of
from tests.campaigning.cases import case_of
from tests.campaigning.trial import run

SAMPLE = 300
GROUP = 25


@pytest.mark.parametrize("first", range(0, SAMPLE, GROUP))
def test_what_is_told_is_true_whatever_goes_wrong(first: int) -> None:
    reports = map(report_of, range(first, first + GROUP))
    bad = [line for report in reports if report.violations for line in lines_of(report)]
    assert not bad, "\n" + "\n".join(bad)


def test_a_seed_does_the_same_again() -> None:
    runs = [run(case_of(7)) for _ in range(2)]
    first, second = ([str(one) for one in trial.link.plan.mishaps] for trial in runs)
    assert first == second
    assert runs[0].outcome == runs[1].outcome
    assert runs[0].seconds == runs[1].seconds


def test_a_campaign_counts_how_its_runs_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "0:3", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert "3 runs" in out
    assert "0 runs told what is not true" in out


def test_one_seed_can_be_played_again_with_all_that_struck(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--seeds", "7", "--log"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"seed 7: {case_of(7)}")
    assert all(f"    {mishap}" in out for mishap in run(case_of(7)).link.plan.mishaps)
