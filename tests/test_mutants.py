"""Broken engines: each mutant still fits the code, and the judge sees the plainest of them."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.campaigning.mutants import BY_NAME, MUTANTS, Mutant, broken
from tests.mutants import main, search

LEAST = 25
EACH = 3
"""Mutants that each promise has at least."""
PLAIN = ("never-saves", "wipes-global-too", "lets-a-lost-link-escape", "compares-no-drum-kits")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_stands_for_code_that_is_there(mutant: Mutant) -> None:
    spec = find_spec(mutant.module)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    compile(broken(source, mutant), mutant.name, "exec")


def test_every_promise_is_broken_at_least_three_times() -> None:
    assert len(MUTANTS) == len(BY_NAME) >= LEAST
    assert all(count >= EACH for count in Counter(one.promise for one in MUTANTS).values())


@pytest.mark.parametrize("name", PLAIN)
def test_the_judge_sees_what_passed_once_without_a_word(name: str) -> None:
    assert search(BY_NAME[name], range(300)).seed is not None


def test_a_mutant_that_is_not_found_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["never-saves", "--seeds", "0:1", "--jobs", "1"]) == 1
    assert "0 of 1 mutants found" in capsys.readouterr().out
