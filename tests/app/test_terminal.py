"""The terminal: which ones are refused, where fd 2 goes, what happens when it is gone."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.color import Color

from m1tui.app.terminal import TerminalFile, borrowed_terminal, refusal
from m1tui.app.theme import ConsoleGlyphs, Look, look_for
from m1tui.options import Options
from m1tui.store.errorlog import open_error_log


@pytest.mark.parametrize("term", ["dumb", "vt100", "unknown", ""])
def test_an_unfit_terminal_is_refused_in_one_line_that_names_the_twin(term: str) -> None:
    line = refusal({"TERM": term}, is_tty=True)
    assert "\n" not in line
    assert "m1tui procedures run" in line


def test_without_a_terminal_the_app_is_refused() -> None:
    assert "m1tui procedures run" in refusal({"TERM": "xterm"}, is_tty=False)


@pytest.mark.parametrize("term", ["xterm-256color", "linux", "screen", "tmux-256color"])
def test_a_usual_terminal_is_not_refused(term: str) -> None:
    assert refusal({"TERM": term}, is_tty=True) == ""


def test_a_refusal_imports_neither_textual_nor_the_engine() -> None:
    program = (
        "import sys; from m1tui.app.launch import open_app; from m1tui.options import Options;"
        "code = open_app(Options());"
        "print(code, [m for m in sys.modules if m.split('.')[0] in ('textual', 'rich', 'mido')"
        " or m.startswith('m1tui.engine')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "2 []\n"
    assert done.stderr.count("\n") == 1


def test_what_libraries_print_on_fd_2_goes_to_the_log(tmp_path: Path) -> None:
    log = open_error_log(tmp_path, "m1tui.log")
    before = os.fstat(2)
    with borrowed_terminal(log.descriptor):
        os.write(2, b"ALSA lib: cannot open\n")
    log.close()
    assert log.path.read_bytes() == b"ALSA lib: cannot open\n"
    assert os.path.samestat(os.fstat(2), before)


def test_a_terminal_that_is_gone_takes_everything_silently() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    terminal = TerminalFile(io.BufferedWriter(os.fdopen(writer, "wb", buffering=0)))
    assert terminal.write("x" * 100_000) == 100_000
    terminal.flush()
    terminal.close()


def test_an_unwritable_data_folder_is_told_in_plain_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from m1tui.app import launch

    monkeypatch.setattr(launch, "both_ends_are_terminals", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert launch.open_app(Options(data_dir=blocked / "data")) == 1
    told = capsys.readouterr().err
    assert "--data-dir" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("environ", "look"),
    [
        ({"TERM": "xterm-256color"}, Look.FULL),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, Look.FULL),
        ({"TERM": "linux"}, Look.SIXTEEN),
        ({"TERM": "xterm"}, Look.SIXTEEN),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, Look.NONE),
    ],
)
def test_the_look_follows_the_terminal(environ: dict[str, str], look: Look) -> None:
    assert look_for(environ) is look


def test_on_the_linux_console_other_glyphs_are_replaced_whoever_drew_them() -> None:
    (shown,) = ConsoleGlyphs().apply([Segment("▁ ✓ é")], Color(0, 0, 0))
    assert shown.text == "? x é"
