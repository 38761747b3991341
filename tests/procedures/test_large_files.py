"""However large or strange a procedure's file is, checking it takes time with its length alone."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from m1tui.procedures.library import MOST_TOLD, check, check_file, load
from m1tui.procedures.loader import ProcedureError
from m1tui.procedures.rules import faults
from m1tui.procedures.schema import Procedure
from tests.procedures.test_loader import GOOD, written

HEAD = GOOD[: GOOD.index("[[steps]]")]
STEP = '[[steps]]\nid = "s{}"\ntitle = "t"\nkind = "{}"\ntext = "t"\n'


def steps(count: int, more: Callable[[int], str] = lambda _: "", kind: str = "hands") -> str:
    return HEAD + "".join(STEP.format(n, kind) + more(n) for n in range(count))


def going_on(count: int) -> str:
    """Return questions, each of which leads to the step behind it."""
    asked = steps(count, lambda n: f'options = [{{label="a", go="s{n + 1}"}}]\n', "question")
    return asked + STEP.format(count, "hands")


class Counting:
    """A step that counts how often anything of it is asked for."""

    asked = 0

    def __init__(self, step: object) -> None:
        self._step = step

    def __getattr__(self, name: str) -> Any:
        Counting.asked += 1
        return getattr(self._step, name)


def looks_at(tmp_path: Path, text: str) -> int:
    """Return how many looks at steps the rules take for a procedure without a fault."""
    procedure = load(written(tmp_path, text))
    counting = tuple(map(Counting, procedure.steps))
    counted: Procedure = msgspec.structs.replace(procedure, steps=counting)
    Counting.asked = 0
    assert list(faults(counted)) == []
    return Counting.asked


@pytest.mark.parametrize(
    "text",
    [steps, going_on, lambda n: steps(n, lambda at: f'needs = ["s{at - 1}"]\n' if at else "")],
)
def test_each_step_is_looked_at_as_often_whether_there_are_few_or_many(
    tmp_path: Path, text: Callable[[int], str]
) -> None:
    few, many = looks_at(tmp_path, text(100)), looks_at(tmp_path, text(400))
    assert few > 100
    assert many < 4.5 * few


def options(count: int) -> str:
    listed = ",\n".join(f'{{label="a{n}", go="x{n}"}}' for n in range(count))
    return f"{HEAD}{STEP.format(1, 'question')}options = [{listed}]\n"


def waiting(count: int) -> str:
    """Return steps that need a choice that is none, out of as many choices."""
    choices = ", ".join(f'"{n}"' for n in range(count))
    field = f'[[steps.fields]]\nname = "f"\nlabel = "l"\nchoices = [{choices}]\n'
    when = 'when = {value="f", is="x"}\n'
    return f"{HEAD}{STEP.format('f', 'values')}{field}" + steps(count, lambda _: when)[len(HEAD) :]


def seconds(path: Path) -> float:
    """Return the processor time that a check takes, the best of three."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        check_file(path, [])
        best = min(best, time.process_time() - begun)
    return best


@pytest.mark.parametrize(
    "text",
    [
        going_on,
        lambda n: steps(n, lambda at: f'options=[{{label="a", procedure="x{at}"}}]\n', "question"),
        lambda n: steps(n, lambda at: 'needs = ["nothing"]\n'),
        options,
        waiting,
    ],
)
def test_four_times_the_length_takes_no_more_than_some_four_times_the_time(
    tmp_path: Path, text: Callable[[int], str]
) -> None:
    """With the square of the length it would be sixteen times."""
    few = seconds(written(tmp_path, text(800)))
    many = seconds(written(tmp_path, text(3200)))
    assert many < 9 * few


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{'.'.join('a' * 300_000)} = 1\n",
        f"{HEAD}[{' . '.join('a' * 200_000)}]\n",
        HEAD + ".".join(['"a"'] * 200_000) + " = 1\n",
        f"{HEAD}x = {{ {'.'.join('a' * 300_000)} = 1 }}\n",
        steps(1).replace('text = "t"', f'text = "{"a" * 900_000}"'),
    ],
    ids=["key", "table", "quoted", "inline", "word"],
)
def test_a_name_or_a_word_that_fills_the_file_is_told_at_once(tmp_path: Path, text: str) -> None:
    """Apart, since tomllib would take hours for these keys."""
    path = written(tmp_path, text)
    ended = subprocess.run(
        [sys.executable, "-m", "m1tui", "procedures", "check", path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert len(ended.stdout.splitlines()) == 1
    assert "example.toml: line " in ended.stdout


def test_a_text_may_hold_as_many_dots_as_it_likes(tmp_path: Path) -> None:
    text = GOOD.replace("Do it.", "Do it" + "." * 100 + " 1.2.3.4.5.6.7.8.9")
    assert check(written(tmp_path, text)) == ()


def test_of_very_many_problems_the_first_are_told_and_that_there_are_more(tmp_path: Path) -> None:
    path = written(tmp_path, steps(500, lambda _: 'needs = ["nothing"]\n'))
    problems = check(path)
    assert len(problems) == MOST_TOLD + 1
    assert [problem.step for problem in problems[:2]] == ['step "s0"', 'step "s1"']
    assert problems[-1].text == f"and more: only the first {MOST_TOLD} are shown."
    assert max(len(problem.text) for problem in problems) < 500


def test_a_file_of_more_than_a_million_bytes_is_not_read(tmp_path: Path) -> None:
    filled = GOOD + "#" * (1_000_000 - len(GOOD))
    assert check(written(tmp_path, filled)) == ()
    with pytest.raises(
        ProcedureError, match="cannot be read: expected at most 1,000,000 bytes, found 1,000,001"
    ):
        check(written(tmp_path, filled + "#"))


def test_a_utf_8_mark_at_the_beginning_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert load(path) == load(written(tmp_path, GOOD))


def test_behind_a_utf_8_mark_lines_columns_and_bytes_are_counted_as_without(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text('title = \nid = "x"', encoding="utf-8-sig")
    (problem,) = check(path)
    assert (problem.line, problem.text) == (1, "not TOML: Invalid value, at column 9.")
    path.write_bytes(b'\xef\xbb\xbfid = "\xff"')
    with pytest.raises(ProcedureError, match=r"byte 9 is not UTF-8"):
        load(path)
