"""A pipe, a device or a huge file in the place of a file that a command reads stops no command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import dump_of, some_contents
from tests.procedures.test_loader import GOOD

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes and devices are Unix's")

LONGEST = 60
"""Seconds after which a command counts as hung."""
MEMORY = 1 << 30
"""Bytes that a command may have; the huge file has twice as many."""


def zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2 * MEMORY)


Make = Callable[[Path], object]
endless = pytest.mark.parametrize("make", [os.mkfifo, zeros, huge])


def m1tui(tmp_path: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that is ended when it hangs, and that has little memory."""
    limited = (
        f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}));"
        "import sys; from m1tui.__main__ import main; sys.exit(main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", limited, "--data-dir", tmp_path / "data", *words],
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in ended.stderr
    assert "error of its own" not in ended.stderr
    return ended


def screens(tmp_path: Path) -> Path:
    folder = tmp_path / "config" / "m1tui" / "screens"
    folder.mkdir(parents=True)
    return folder


@endless
def test_in_the_screens_folder_it_is_named_and_keeps_no_procedure_from_being_used(
    tmp_path: Path, make: Make
) -> None:
    folder = screens(tmp_path)
    make(folder / "bad.toml")
    (folder / "example.toml").write_text(GOOD)
    ended = m1tui(tmp_path, "procedures", "list")
    assert ended.returncode == 0
    assert "internal-battery" in ended.stdout
    assert "example" in ended.stdout
    assert "bad.toml" in ended.stderr
    assert "cannot be read: expected" in ended.stderr
    checked = m1tui(tmp_path, "procedures", "check")
    assert checked.returncode == 1
    assert "bad.toml: cannot be read: expected" in checked.stdout


def test_a_file_with_a_utf_8_mark_is_a_procedure_like_any_other(tmp_path: Path) -> None:
    (screens(tmp_path) / "example.toml").write_text(GOOD, encoding="utf-8-sig")
    ended = m1tui(tmp_path, "procedures", "list")
    assert "example" in ended.stdout
    assert ended.stderr == ""


@endless
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("procedures", "check", "FILE"), {1, 2}),
        (("inspect", "FILE"), {2}),
        (("diff", "GOOD", "FILE"), {2}),
        (("convert", "FILE", "out.syx"), {2}),
        (("verify", "FILE", "--port", "virtual:healthy"), {2}),
        (("restore", "FILE", "--port", "virtual:healthy", "--yes"), {2}),
        (("simulate", "--at", "tcp:127.0.0.1:0", "--load", "FILE"), {2}),
        (("simulate", "--at", "tcp:127.0.0.1:0", "--state", "FILE"), {2}),
        (("identify", "--port", "virtual:healthy", "--transcript", "FILE"), {2, 3}),
    ],
)
def test_named_on_the_command_line_it_is_told_what_it_is(
    tmp_path: Path, make: Make, words: tuple[str, ...], code: set[int]
) -> None:
    bad = tmp_path / "bad.syx"
    make(bad)
    (tmp_path / "bad.json").write_text("{}")
    good = tmp_path / "good.syx"
    good.write_bytes(dump_of(some_contents()))
    places = {"FILE": bad, "GOOD": good, "out.syx": tmp_path / "out.syx"}
    ended = m1tui(tmp_path, *(places.get(word, word) for word in words))
    assert ended.returncode in code
    assert "bad.syx" in ended.stderr + ended.stdout


@endless
def test_in_a_folder_that_is_imported_it_is_refused_and_the_rest_is_taken_in(
    tmp_path: Path, make: Make
) -> None:
    (tmp_path / "in").mkdir()
    make(tmp_path / "in" / "bad.syx")
    (tmp_path / "in" / "good.syx").write_bytes(dump_of(some_contents()))
    ended = m1tui(tmp_path, "library", "import", tmp_path / "in")
    assert ended.returncode == 0
    assert "bad.syx: not imported (expected " in ended.stdout
    assert "1 imported" in ended.stdout


@endless
def test_in_the_library_it_hides_no_dump(tmp_path: Path, make: Make) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.syx").write_bytes(dump_of(some_contents()))
    m1tui(tmp_path, "library", "import", tmp_path / "in")
    (manifest,) = (tmp_path / "data" / "backups").glob("*.json")
    manifest.unlink()
    make(manifest)
    make(manifest.with_name("bad.syx"))
    ended = m1tui(tmp_path, "library", "list")
    assert ended.returncode == 0
    assert manifest.stem in ended.stdout
    found = m1tui(tmp_path, "library", "search", "Prog", "--limit", "3")
    assert manifest.stem in found.stdout


@endless
def test_in_the_place_of_the_catalogue_it_is_told(tmp_path: Path, make: Make) -> None:
    (tmp_path / "data" / "backups").mkdir(parents=True)
    make(tmp_path / "data" / "catalogue.sqlite")
    ended = m1tui(tmp_path, "library", "list")
    assert ended.returncode == 1
    assert "catalogue.sqlite" in ended.stderr


@endless
@pytest.mark.parametrize("place", ["instruments/m1.json", "visits/2026-11-20/visit.json"])
def test_in_the_place_of_a_record_of_the_log_it_is_told(
    tmp_path: Path, make: Make, place: str
) -> None:
    record = tmp_path / "data" / "log" / place
    record.parent.mkdir(parents=True)
    make(record)
    ended = m1tui(tmp_path, "log", "list")
    assert ended.returncode == 1
    assert record.name in ended.stderr
    assert "cannot be read: expected" in ended.stderr


@endless
def test_among_the_journals_it_is_told_and_the_log_is_read(tmp_path: Path, make: Make) -> None:
    (tmp_path / "data" / "journals").mkdir(parents=True)
    make(tmp_path / "data" / "journals" / "bad.journal")
    ended = m1tui(tmp_path, "log", "list")
    assert ended.returncode == 0
    assert 'bad.journal" cannot be read: expected' in ended.stderr
