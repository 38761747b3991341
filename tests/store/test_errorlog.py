"""The log of m1tui's own errors loses nothing that a running program wrote, and stays short."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from m1tui.cli.exits import fault
from m1tui.options import Options
from m1tui.store.errorlog import LIMIT, SEND, open_error_log

NAME = "x.log"
LINE = b"an older line of forty characters, no 00\n"

OPENING = """
import sys
from pathlib import Path
from m1tui.store.errorlog import open_error_log
log = open_error_log(Path(sys.argv[1]), sys.argv[2])
log.write("from another program\\n")
"""


def opened_elsewhere(folder: Path) -> None:
    """Open the log in another program and write a line."""
    subprocess.run([sys.executable, "-c", OPENING, folder, NAME], check=True, timeout=60)


def long_log(folder: Path) -> Path:
    path = folder / NAME
    path.write_bytes(LINE * (LIMIT // len(LINE) + 10))
    return path


def test_what_is_written_stands_at_the_end(tmp_path: Path) -> None:
    for text in ("one\n", "two\udcff\n"):
        log = open_error_log(tmp_path, NAME)
        log.write(text)
        log.close()
    assert (tmp_path / NAME).read_bytes() == b"one\ntwo?\n"
    if os.name == "posix":
        assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_a_long_log_is_cut_to_its_newest_lines_and_stays_the_same_file(tmp_path: Path) -> None:
    path = long_log(tmp_path)
    path.write_bytes(path.read_bytes() + b"the newest\n")
    before = path.stat().st_ino
    open_error_log(tmp_path, NAME).close()
    data = path.read_bytes()
    assert LIMIT // 2 - len(LINE) <= len(data) <= LIMIT // 2
    assert data.startswith(LINE)
    assert data.endswith(LINE + b"the newest\n")
    assert path.stat().st_ino == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no shared locks")
def test_a_long_log_is_left_to_a_program_that_still_writes_to_it(tmp_path: Path) -> None:
    first, second = open_error_log(tmp_path, NAME), open_error_log(tmp_path, NAME)
    for log in (first, second):
        log.write("mine\n")
    first.close()
    second.write((LINE * (LIMIT // len(LINE) + 1)).decode())
    opened_elsewhere(tmp_path)
    data = (tmp_path / NAME).read_bytes()
    assert data.startswith(b"mine\nmine\n")
    assert len(data) > LIMIT
    assert data.endswith(b"from another program\n")
    second.write("the last\n")
    assert (tmp_path / NAME).read_bytes() == data + b"the last\n"
    second.close()
    opened_elsewhere(tmp_path)
    assert len((tmp_path / NAME).read_bytes()) < LIMIT


@pytest.mark.skipif(os.name == "nt", reason="pipes and devices are Unix's")
@pytest.mark.parametrize("place", ["pipe", "device", "link", "folder"])
def test_what_is_no_file_in_its_place_is_passed_over_for_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """In a program of its own, for a pipe that nobody reads could stop it."""
    data, passing, path = tmp_path / "data", tmp_path / "tmp", tmp_path / "data" / NAME
    data.mkdir()
    passing.mkdir()
    match place:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/full")
        case "link":
            path.symlink_to(tmp_path / "elsewhere")
        case _:
            path.mkdir()
    monkeypatch.setenv("TMPDIR", str(passing))
    opened_elsewhere(data)
    assert (passing / NAME).read_text() == "from another program\n"
    assert not (tmp_path / "elsewhere").exists()


def test_where_no_folder_takes_it_the_first_refusal_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("no folder")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "data"))
    with pytest.raises(OSError, match="data"):
        open_error_log(tmp_path / "data", NAME)


def test_a_commands_own_error_names_the_file_and_where_to_send_it(tmp_path: Path) -> None:
    stop = fault(KeyError("boom\x1b"), Options(data_dir=tmp_path / "data"))
    (path,) = (tmp_path / "data").iterdir()
    assert "boom" in path.read_text()
    assert stop.advice.cause == f'The details are in "{path}".'
    assert stop.advice.next_step == SEND
    assert "where you got m1tui" in SEND


def test_an_error_whose_details_no_folder_takes_says_where_to_report_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("no folder")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "data"))
    advice = fault(KeyError("boom"), Options(data_dir=tmp_path / "data")).advice
    assert "could not be written" in advice.cause
    assert "where you got m1tui" in advice.next_step
