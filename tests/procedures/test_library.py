"""Built-in procedures and a person's own files beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.procedures.library import check_file, load_library
from m1tui.procedures.loader import ProcedureError, own_folder
from tests.procedures.test_loader import GOOD, written

ASKING = """
[[steps]]
id = "ask"
title = "Ask"
kind = "question"
text = "Where to?"
options = [
    { label = "Here" },
    { label = "There", procedure = "elsewhere" },
]
"""


def folders(tmp_path: Path) -> list[Path]:
    """A folder with a good file, and an empty one for a person's own."""
    built_in, own = tmp_path / "built-in", tmp_path / "own"
    for folder in (built_in, own):
        folder.mkdir()
    written(built_in, GOOD)
    return [built_in, own]


def test_own_files_stand_beside_the_built_in_ones(tmp_path: Path) -> None:
    places = folders(tmp_path)
    written(places[1], GOOD.replace('"example"', '"mine"'), "mine.toml")
    library = load_library([*places, tmp_path / "none"])
    assert list(library.procedures) == ["example", "mine"]
    assert library.refused == ()


def test_an_own_file_with_a_built_in_id_is_refused_by_name_and_the_built_in_one_stays(
    tmp_path: Path,
) -> None:
    places = folders(tmp_path)
    second = written(places[1], GOOD.replace("An example", "Another"))
    library = load_library(places)
    assert library.procedures["example"].title == "An example"
    (error,) = library.refused
    assert error.path == second
    assert "already used" in error.advice.happened
    assert error.problems[0].line == 1
    (problem,) = check_file(second, places)
    assert "already used" in problem.text


def test_a_bad_file_keeps_no_other_from_being_used(tmp_path: Path) -> None:
    places = folders(tmp_path)
    bad = written(places[1], "id = ", "bad.toml")
    library = load_library(places)
    assert list(library.procedures) == ["example"]
    assert [error.path for error in library.refused] == [bad]


def test_a_file_that_leads_to_a_procedure_that_is_not_there_is_told_by_line(
    tmp_path: Path,
) -> None:
    places = folders(tmp_path)
    path = written(places[1], GOOD.replace('"example"', '"mine"') + ASKING, "mine.toml")
    (problem,) = check_file(path, places)
    assert problem.text == 'there is no procedure "elsewhere".'
    assert (
        problem.line
        == path.read_text().splitlines().index('    { label = "There", procedure = "elsewhere" },')
        + 1
    )
    written(places[0], GOOD.replace('"example"', '"elsewhere"'), "elsewhere.toml")
    assert check_file(path, places) == ()


def test_a_built_in_file_can_be_checked_where_it_lies(tmp_path: Path) -> None:
    places = folders(tmp_path)
    assert check_file(places[0] / "example.toml", places) == ()


def test_a_file_that_cannot_be_read_raises(tmp_path: Path) -> None:
    with pytest.raises(ProcedureError, match="no such file"):
        check_file(tmp_path / "gone.toml", [])


def test_own_files_lie_in_the_config_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert own_folder().parts[-2:] == ("m1tui", "screens")
