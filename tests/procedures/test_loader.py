"""A procedure's file is read strictly, and what is wrong is told by file, line, step and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.engine import CHECKS
from m1tui.link.rehearsal import VOCABULARY
from m1tui.procedures import ProcedureError, check, load, load_all, wrapped

GOOD = """\
id = "example"
title = "An example"
group = "Tests"
purpose = "To be read."
minutes = 5
tools = ["a towel"]
risk = "None."
source = "Nowhere"
scenario = "healthy"

[[steps]]
id = "first"
title = "First"
kind = "hands"
text = "Do it."
rehearse = ["power-off"]

[[steps]]
id = "second"
title = "Second"
kind = "keys"
text = "Press."
keys = "GLOBAL 5"
checks = ["answers"]
needs = ["first"]
display = ["Prog I00 Init Prog", ""]
"""


def written(folder: Path, text: str, name: str = "example.toml") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def problems_of(folder: Path, old: str, new: str) -> list[str]:
    assert old in GOOD
    return [str(problem) for problem in check(written(folder, GOOD.replace(old, new)))]


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert check(path) == ()
    procedure = load(path)
    assert procedure.id == "example"
    assert procedure.minutes == 5
    assert [step.id for step in procedure.steps] == ["first", "second"]
    second = procedure.step("second")
    assert second.key_names == ("GLOBAL", "5")
    assert second.needs == ("first",)
    assert second.display == ("Prog I00 Init Prog", "")
    assert second.senses
    assert not procedure.step("first").senses


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("minutes = 5", 'minutes = "5"', "line 5, minutes: Expected `int`, got `str`."),
        ("minutes = 5", "minutes = 0", "line 5, minutes: Expected `int` >= 1."),
        ('risk = "None."\n', "", "risk: Object missing required field `risk`."),
        (
            'group = "Tests"',
            'gruop = "Tests"',
            "line 3, gruop: Object contains unknown field `gruop`.",
        ),
        (
            'text = "Press."',
            'txt = "Press."',
            'line 22, step "second", txt: Object contains unknown field `txt`.',
        ),
        (
            'kind = "keys"',
            'kind = "key"',
            "line 21, step \"second\", kind: Invalid enum value 'key'.",
        ),
        (
            'text = "Press."\n',
            "",
            'line 18, step "second", text: Object missing required field `text`.',
        ),
        (
            'checks = ["answers"]',
            "checks = [3]",
            'line 24, step "second", checks: Expected `str`, got `int`.',
        ),
        (
            'id = "second"\n',
            "",
            "line 18, step 2, id: Object missing required field `id`.",
        ),
    ],
)
def test_a_field_of_the_wrong_shape_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert problems_of(tmp_path, old, new) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'id = "second"',
            'id = "first"',
            'line 19, step "first", id: an earlier step is named "first", too.',
        ),
        (
            'checks = ["answers"]',
            'checks = ["anwsers"]',
            (
                'line 24, step "second", checks: "anwsers" is not a check; known are '
                f"{', '.join(sorted(CHECKS))}."
            ),
        ),
        (
            'rehearse = ["power-off"]',
            'rehearse = ["pull"]',
            (
                'line 16, step "first", rehearse: expected one of '
                f"{', '.join(sorted(VOCABULARY))}, found 'pull'."
            ),
        ),
        (
            'needs = ["first"]',
            'needs = ["second"]',
            'line 25, step "second", needs: "second" is not an earlier step; known are first.',
        ),
        (
            'needs = ["first"]',
            'recall = "third"',
            'line 25, step "second", recall: "third" is not an earlier step.',
        ),
        (
            'keys = "GLOBAL 5"',
            'keys = "GLOBAL ENTER"',
            'line 23, step "second", keys: "ENTER" is no key of the M1\'s front panel.',
        ),
        (
            'keys = "GLOBAL 5"',
            'keys = " "',
            'line 23, step "second", keys: a step of kind "keys" needs keys to press.',
        ),
        (
            'kind = "hands"',
            'kind = "check"',
            'line 11, step "first", checks: a step of kind "check" needs a check.',
        ),
        (
            '"Prog I00 Init Prog"',
            f'"{"M" * 41}"',
            'line 26, step "second", display: expected at most 40 columns, found 41.',
        ),
        (
            '"Prog I00 Init Prog", ""',
            '"Prog I00"',
            'line 26, step "second", display: expected 2 lines, found 1.',
        ),
        (
            'text = "Press."',
            f'text = "{"word " * 110}"',
            'line 22, step "second", text: expected at most 9 lines of 52 columns, found 11.',
        ),
        (
            'text = "Press."',
            'text = "Press\\u001b[2J."',
            'line 22, step "second", text: control characters are not shown: found U+001B.',
        ),
        (
            'tools = ["a towel"]',
            'tools = ["a\\u0007towel"]',
            "line 6, tools: control characters are not shown: found U+0007.",
        ),
        (
            'needs = ["first"]',
            'observes = ["answers"]',
            'line 25, step "second", observes: "answers" stands in checks already.',
        ),
        (
            'id = "example"',
            'id = "sample"',
            'line 1, id: the id must be the file\'s name: expected "example", found "sample".',
        ),
    ],
)
def test_what_does_not_fit_together_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert problems_of(tmp_path, old, new) == [expected]


def test_all_problems_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    bad = GOOD.replace('keys = "GLOBAL 5"', 'keys = "X"').replace('"power-off"', '"pull"')
    assert [problem.line for problem in check(written(tmp_path, bad))] == [16, 23]


def test_text_that_is_not_toml_is_told_with_line_and_column(tmp_path: Path) -> None:
    (problem,) = check(written(tmp_path, 'id = "x"\ntitle = \n'))
    assert problem.line == 2
    assert str(problem).startswith("line 2: not TOML: Invalid value, at column 9.")


def test_bytes_that_are_not_utf_8_are_told(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_bytes(b'id = "\xff"')
    with pytest.raises(ProcedureError, match=r"byte 6 is not UTF-8"):
        load(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProcedureError, match=r"nothing\.toml.*\n.*No such file"):
        load(tmp_path / "nothing.toml")


def test_the_error_names_the_file_and_the_command_that_checks_it(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("minutes = 5", "minutes = 5.5"))
    with pytest.raises(ProcedureError) as caught:
        load(path)
    assert str(path) in caught.value.advice.happened
    assert "line 5, minutes" in caught.value.advice.happened
    assert "m1tui procedures check" in caught.value.advice.next_step


def test_procedures_of_several_folders_are_found_by_id(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    own = tmp_path / "own"
    own.mkdir()
    written(own, GOOD.replace('"example"', '"mine"'), "mine.toml")
    assert list(load_all([tmp_path, own, tmp_path / "none"])) == ["example", "mine"]


def test_an_id_that_two_files_claim_is_an_error(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    (tmp_path / "own").mkdir()
    second = written(tmp_path / "own", GOOD)
    with pytest.raises(ProcedureError, match="taken already") as caught:
        load_all([tmp_path, tmp_path / "own"])
    assert caught.value.path == second
    assert caught.value.problems[0].line == 1


def test_text_is_wrapped_and_an_empty_line_parts_paragraphs() -> None:
    text = "one two\nthree\n\nfour " + "x" * 60
    assert wrapped(text, 10) == ("one two", "three", "", "four xxxxx", *["x" * 10] * 5, "x" * 5)
