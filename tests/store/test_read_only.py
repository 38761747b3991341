"""A library on a medium that cannot be written is listed, searched, looked into and copied from."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from m1tui.advice import Advice
from m1tui.errors import CatalogueError, StoreError
from m1tui.store import Store
from m1tui.store.catalogue_file import connect
from tests.advised import raises
from tests.store.memories import dump, memory
from tests.store.test_catalogue import save
from tests.terminals import on_terminal

READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
"""Within a space of mounts of its own: even the superuser can write nothing there then."""


@pytest.fixture(scope="module")
def _mounts() -> None:
    """Skip where a folder cannot be made read-only for whoever runs the tests."""
    if shutil.which("unshare") is None:
        pytest.skip("needs Linux's unshare")
    with tempfile.TemporaryDirectory() as folder:
        command = [*sealed(Path(folder)), "touch", f"{folder}/x"]
        tried = subprocess.run(command, capture_output=True, check=False, text=True)
    if "Read-only file system" not in tried.stderr:
        pytest.skip("needs the right to mount")


def sealed(folder: Path) -> list[str]:
    """Return the words before a command for which `folder` is read-only."""
    return ["unshare", "-m", "sh", "-c", READ_ONLY, str(folder)]


def m1tui(data: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command on a library that cannot be written."""
    passing = data.parent / "tmp"
    passing.mkdir(exist_ok=True)
    ended = subprocess.run(
        [*sealed(data), sys.executable, "-m", "m1tui", "--data-dir", str(data), *map(str, words)],
        env={**os.environ, "TMPDIR": str(passing)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "error of its own" not in ended.stderr
    assert list(passing.iterdir()) == [], "nothing stays in the temporary folder"
    return ended


def library(folder: Path, *, catalogued: bool) -> Path:
    """Return a data folder with two dumps; the catalogue, if there is one, knows but the first."""
    save(folder, memory("a", p01="Oboe"), on=20)
    if catalogued:
        Store(folder).catalogue().close()
    save(folder, memory("b", p02="Clarinet"), on=21)
    return folder


@pytest.mark.usefixtures("_mounts")
@pytest.mark.parametrize("catalogued", [False, True])
def test_a_library_that_cannot_be_written_is_listed_and_searched_and_says_so(
    tmp_path: Path, catalogued: bool
) -> None:
    data = library(tmp_path / "data", catalogued=catalogued)
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    listed = m1tui(data, "library", "list")
    assert listed.returncode == 0
    assert "2026-11-20 0941 M1 all data.syx" in listed.stdout
    assert "2026-11-21 0941 M1 all data.syx" in listed.stdout
    assert "This library is read-only" in listed.stderr
    assert len(listed.stderr.splitlines()) == 4
    for name in ("oboe", "clarinet"):
        found = m1tui(data, "library", "search", name)
        assert found.returncode == 0
        assert len(found.stdout.splitlines()) == 1
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before


@pytest.mark.usefixtures("_mounts")
def test_its_dumps_are_looked_into_compared_and_exported_elsewhere(tmp_path: Path) -> None:
    data = library(tmp_path / "data", catalogued=False)
    first, second = sorted((data / "backups").glob("*.syx"))
    assert m1tui(data, "inspect", first).returncode == 0
    assert m1tui(data, "diff", first, second).returncode == 4
    copied = m1tui(data, "library", "export", first.stem, tmp_path / "out", "--manifest")
    assert copied.returncode == 0
    assert (tmp_path / "out" / first.name).read_bytes() == first.read_bytes()
    assert m1tui(data, "library", "bin").returncode == 0
    assert m1tui(data, "log", "list").returncode == 0


@pytest.mark.usefixtures("_mounts")
@pytest.mark.parametrize("action", ["delete", "import", "rebuild"])
def test_what_would_write_there_is_refused_with_the_cause(tmp_path: Path, action: str) -> None:
    data = library(tmp_path / "data", catalogued=True)
    names = sorted((data / "backups").iterdir())
    (tmp_path / "in.syx").write_bytes(dump(memory("c")))
    words = {"delete": (names[1].name,), "import": (str(tmp_path / "in.syx"),)}.get(action, ())
    ended = m1tui(data, "library", action, *words)
    assert ended.returncode == 1
    assert "read-only" in ended.stderr
    assert sorted((data / "backups").iterdir()) == names


@pytest.mark.usefixtures("_mounts")
def test_the_app_shows_it_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    data = library(tmp_path / "data", catalogued=False)
    command = [sys.executable, "-m", "m1tui", "--data-dir", str(data), "--port", "virtual:healthy"]
    with on_terminal(*sealed(data), *command) as terminal:
        terminal.wait_for("Phillips screwdriver")
        terminal.press("b")
        terminal.wait_for("This library is read-only")
        terminal.press("/")
        terminal.wait_for("go to the names")
        terminal.press("clar")
        terminal.wait_for("Clarinet")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 0
    (log,) = (tmp_path / "tmp").iterdir()
    assert log.read_text() == "", "the log is kept where one can write, and nothing went wrong"


def test_a_catalogue_that_may_not_be_written_is_as_good_as_a_read_only_medium(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a system where folders have no such right, but files have."""
    library(tmp_path, catalogued=True)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).parent != tmp_path)
    with Store(tmp_path).catalogue() as catalogue:
        assert len(catalogue) == 2
        assert catalogue.note is not None
        assert catalogue.path.parent != tmp_path


def test_what_the_librarys_own_catalogue_says_wrongly_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of one that is damaged, or of a newer version, is thrown away: the files tell all."""
    library(tmp_path, catalogued=True)
    connection = sqlite3.connect(tmp_path / "catalogue.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with raises(StoreError, "catalogue-newer"):
        Store(tmp_path).catalogue()

    def refuse(path: Path) -> sqlite3.Connection:
        """Stand for a medium on which SQLite cannot even read what it wrote elsewhere."""
        if path.parent == tmp_path:
            raise CatalogueError(Advice("for-a-test", "It cannot be opened.", "x"), read_only=True)
        return connect(path)

    monkeypatch.setattr("m1tui.store.catalogue.connect", refuse)
    with Store(tmp_path).catalogue() as catalogue:
        assert len(catalogue) == 2


def test_a_library_that_can_be_written_has_nothing_to_say(tmp_path: Path) -> None:
    library(tmp_path, catalogued=True)
    with Store(tmp_path).catalogue() as catalogue:
        assert catalogue.note is None
        assert catalogue.path == tmp_path / "catalogue.sqlite"
