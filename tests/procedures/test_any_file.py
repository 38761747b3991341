"""Whatever a file of a procedure holds, the loader says what is wrong with it, by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from m1tui.procedures.library import load
from m1tui.procedures.loader import ProcedureError
from m1tui.resources import screens_folder

TEXTS = [path.read_text(encoding="utf-8") for path in sorted(screens_folder().glob("*.toml"))]
WORDS = ("[[steps]]", "[steps]", "title = 1", 'id = ""', "=", '"', "'''", "[", "kind = 'x'", "\0")

anywhere = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def near(draw: st.DrawFn) -> bytes:
    """Return one of the shipped files with lines left out, doubled, moved and spoilt."""
    lines = draw(st.sampled_from(TEXTS)).splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        other = draw(st.sampled_from((*WORDS, lines[draw(st.integers(0, len(lines) - 1))])))
        match draw(st.sampled_from(("out", "in", "instead", "cut"))):
            case "out":
                del lines[at]
            case "in":
                lines.insert(at, other)
            case "instead":
                lines[at] = other
            case _:
                lines[at] = lines[at][: draw(st.integers(0, 40))]
        lines = lines or [""]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def judge(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        procedure = load(path)
    except ProcedureError as error:
        problems = error.problems
    else:
        assert procedure.steps
        return
    assert problems
    count = data.count(b"\n") + 1
    for problem in problems:
        assert problem.text
        assert problem.line is None or 1 <= problem.line <= count


@anywhere
@given(data=near())
def test_a_spoilt_procedure_is_loaded_or_refused_with_lines_that_are_there(tmp_path, data):
    judge(tmp_path / "spoilt.toml", data)


@anywhere
@given(data=st.binary(max_size=200))
def test_any_bytes_are_loaded_or_refused(tmp_path, data):
    judge(tmp_path / "any.toml", data)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a = " + "[" * 100_000, id="nested arrays"),
        pytest.param("a = " + "{b = " * 50_000, id="nested tables"),
        pytest.param("a = " + "9" * 10_000, id="an endless number"),
        pytest.param("." * 50_000, id="dots"),
    ],
)
def test_a_file_that_overwhelms_the_parser_is_refused(tmp_path, text):
    judge(tmp_path / "deep.toml", text.encode())
