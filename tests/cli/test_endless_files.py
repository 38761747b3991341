"""A pipe, a device or a huge file in the place of a file that a command reads stops no command."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Ended, dump_of, some_contents
from tests.procedures.test_loader import GOOD

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/zero and /proc")

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


@pytest.fixture
def bounded(m1tui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Run a command that is ended when it hangs, and that has little memory."""

    def run(*words: str | Path) -> Ended:
        ended = m1tui(*words)
        assert "Traceback" not in ended.err
        assert "error of its own" not in ended.err
        return ended

    def hangs(*_: object) -> None:
        for pipe in filter(Path.is_fifo, tmp_path.rglob("*")):
            # A thread that waits for a writer finds the pipe's end, and so ends, too.
            os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))
        raise AssertionError(f"the command had not ended after {LONGEST} s")

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    before = signal.signal(signal.SIGALRM, hangs)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
    signal.alarm(LONGEST)
    try:
        yield run
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def screens(tmp_path: Path) -> Path:
    folder = tmp_path / "config" / "m1tui" / "screens"
    folder.mkdir(parents=True)
    return folder


@endless
def test_in_the_screens_folder_it_is_named_and_keeps_no_procedure_from_being_used(
    bounded: Command, tmp_path: Path, make: Make
) -> None:
    folder = screens(tmp_path)
    make(folder / "bad.toml")
    (folder / "example.toml").write_text(GOOD)
    ended = bounded("procedures", "list")
    assert ended.code == 0
    assert "internal-battery" in ended.out
    assert "example" in ended.out
    assert "bad.toml" in ended.err
    assert "cannot be read: expected" in ended.err
    checked = bounded("procedures", "check")
    assert checked.code == 1
    assert "bad.toml: cannot be read: expected" in checked.out


def test_a_file_with_a_utf_8_mark_is_a_procedure_like_any_other(
    bounded: Command, tmp_path: Path
) -> None:
    (screens(tmp_path) / "example.toml").write_text(GOOD, encoding="utf-8-sig")
    ended = bounded("procedures", "list")
    assert "example" in ended.out
    assert ended.err == ""


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
    bounded: Command, tmp_path: Path, make: Make, words: tuple[str, ...], code: set[int]
) -> None:
    bad = tmp_path / "bad.syx"
    make(bad)
    (tmp_path / "bad.json").write_text("{}")
    good = tmp_path / "good.syx"
    good.write_bytes(dump_of(some_contents()))
    places = {"FILE": bad, "GOOD": good, "out.syx": tmp_path / "out.syx"}
    ended = bounded(*(places.get(word, word) for word in words))
    assert ended.code in code
    assert "bad.syx" in ended.err + ended.out


@endless
def test_in_a_folder_that_is_imported_it_is_refused_and_the_rest_is_taken_in(
    bounded: Command, tmp_path: Path, make: Make
) -> None:
    (tmp_path / "in").mkdir()
    make(tmp_path / "in" / "bad.syx")
    (tmp_path / "in" / "good.syx").write_bytes(dump_of(some_contents()))
    ended = bounded("library", "import", tmp_path / "in")
    assert ended.code == 0
    assert "bad.syx: not imported (expected " in ended.out
    assert "1 imported" in ended.out


@endless
def test_in_the_library_it_hides_no_dump(bounded: Command, tmp_path: Path, make: Make) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.syx").write_bytes(dump_of(some_contents()))
    bounded("library", "import", tmp_path / "in")
    (manifest,) = (tmp_path / "data" / "backups").glob("*.json")
    manifest.unlink()
    make(manifest)
    make(manifest.with_name("bad.syx"))
    ended = bounded("library", "list")
    assert ended.code == 0
    assert manifest.stem in ended.out
    found = bounded("library", "search", "Prog", "--limit", "3")
    assert manifest.stem in found.out


@endless
def test_in_the_place_of_the_catalogue_it_is_told(
    bounded: Command, tmp_path: Path, make: Make
) -> None:
    (tmp_path / "data" / "backups").mkdir(parents=True)
    make(tmp_path / "data" / "catalogue.sqlite")
    ended = bounded("library", "list")
    assert ended.code == 1
    assert "catalogue.sqlite" in ended.err


@endless
@pytest.mark.parametrize("place", ["instruments/m1.json", "visits/2026-11-20/visit.json"])
def test_in_the_place_of_a_record_of_the_log_it_is_told(
    bounded: Command, tmp_path: Path, make: Make, place: str
) -> None:
    record = tmp_path / "data" / "log" / place
    record.parent.mkdir(parents=True)
    make(record)
    ended = bounded("log", "list")
    assert ended.code == 1
    assert record.name in ended.err
    assert "cannot be read: expected" in ended.err


@endless
def test_among_the_journals_it_is_told_and_the_log_is_read(
    bounded: Command, tmp_path: Path, make: Make
) -> None:
    (tmp_path / "data" / "journals").mkdir(parents=True)
    make(tmp_path / "data" / "journals" / "bad.journal")
    ended = bounded("log", "list")
    assert ended.code == 0
    assert 'bad.journal" cannot be read: expected' in ended.err
