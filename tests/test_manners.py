"""A sample of the campaign of manners: what is said is so on an M1 of every manner."""

from __future__ import annotations

import pytest

from m1tui.manners import MANNERS, Manners
from tests.manners import KINDS, Job, jobs_of, lines_of, main, mixture, report_of, singles

SINGLES = singles()
GROUP = 8


@pytest.mark.parametrize("first", range(0, len(SINGLES), GROUP))
def test_what_is_said_is_so_on_an_m1_of_every_manner(first: int) -> None:
    # Somebody performs a procedure without a slip, or with some: each in every second group.
    walk = ("procedure", "clumsy")[first // GROUP % 2]
    jobs = jobs_of(SINGLES[first : first + GROUP], 1, first, ("transfer", walk))
    _all_true([report_of(job) for job in jobs])


def test_what_is_said_is_so_where_several_manners_meet() -> None:
    _all_true([report_of(Job(KINDS[seed % 5], seed, mixture(seed))) for seed in range(20)])


def _all_true(reports: list) -> None:
    bad = [line for report in reports if report.violations for line in lines_of(report)]
    assert not bad, "\n" + "\n".join(bad)


def test_each_alternative_that_is_not_assumed_has_its_turn() -> None:
    others = {(one.name, word) for one in MANNERS for word in one.alternatives}
    others -= {(one.name, one.default) for one in MANNERS}
    assert {pair for manners in SINGLES for pair in manners.others} == others
    assert len(SINGLES) == len(others)


def test_a_mixture_is_the_same_again_and_several_differ() -> None:
    assert mixture(7) == mixture(7)
    assert len({mixture(seed) for seed in range(50)}) > 40


def test_a_run_can_be_played_again(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--play", "procedure", "--seeds", "2", "--manner", "load-time=2s"]
    assert main(words) == 0
    assert "manners load-time=2s" in capsys.readouterr().out
    assert Manners.parse(("load-time=2s",)) in SINGLES
