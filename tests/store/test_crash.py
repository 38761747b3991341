"""What real crashes and real limits of the system leave: whole files, and clear errors."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from m1tui.store import Store
from tests.store.memories import dump, memory, put
from tests.store.test_catalogue import save

KILLS = 100

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and limits of POSIX")


def run(*words: str | Path, code: str = "") -> str:
    """Run Python and return what it prints."""
    head = [sys.executable, "-c", code] if code else [sys.executable, "-m"]
    done = subprocess.run([*head, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_program_killed_at_any_moment_leaves_whole_files_and_all_that_was_done(
    tmp_path: Path,
) -> None:
    kills, done, torn = (
        int(part.split()[0]) for part in run("tests.store.killed", tmp_path, str(KILLS)).split(", ")
    )
    assert kills == KILLS
    assert done > KILLS // 4, "victims must have done something before they were killed"
    assert torn > 0, "some must have been killed while they wrote"


@pytest.mark.parametrize("links", ["links", "none"])
@pytest.mark.parametrize("action", ["back_up", "delete"])
def test_after_an_end_before_any_call_the_list_has_whole_files_and_no_copy_is_lost(
    tmp_path: Path, action: str, links: str
) -> None:
    """Hours later, too, when what was left behind is cleaned away; with hard links and without."""
    *cuts, done = run("tests.store.cut", tmp_path, action, links).splitlines()
    assert len(cuts) > 15, "the action makes more calls than that"
    states = [
        [dict(at.split("=") for at in cut.split()[n : n + 3]) for n in (0, 3)] for cut in cuts
    ]
    for before, after in states:
        assert (before["listed"], before["binned"]) == (after["listed"], after["binned"])
        copies = [sum(map(int, one.values())) for one in (before, after)]
        assert copies[0] == 0 or copies[1] > 0, "the only copy is gone"
    if action == "back_up":
        assert {"listed": "0", "binned": "0", "passing": "1"} in [after for _, after in states]
        assert done == "done listed=1 binned=0 passing=0"
    else:
        assert all(before["listed"] + before["binned"] != "00" for before, _ in states)
        assert done == "done listed=0 binned=1 passing=0"


NAMING = """
import sys
from pathlib import Path
from m1tui.store import write_named
from tests.store.disks import WithoutLinks

for number in range(20):
    write_named(Path(sys.argv[1]), "a", ".syx", sys.argv[2].encode() * 100, disk=WithoutLinks())
"""


def test_two_programs_that_want_one_name_without_hard_links_each_get_one(tmp_path: Path) -> None:
    programs = [
        subprocess.Popen([sys.executable, "-c", NAMING, tmp_path, letter], stderr=subprocess.PIPE)
        for letter in "xy"
    ]
    assert [program.communicate()[1].decode() for program in programs] == ["", ""]
    held = sorted(path.read_text() for path in tmp_path.iterdir())
    assert held == ["x" * 100] * 20 + ["y" * 100] * 20


LIMITED = """
import resource, sys
from pathlib import Path
from m1tui.errors import StoreError
from m1tui.store import (Store)

store = Store(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    store.import_dumps([Path(sys.argv[2])])
except StoreError as error:
    print(error.advice.happened, *error.advice.lines()[1:], sep="\\n")
"""


@pytest.mark.parametrize("limit", [2_000, 20_000, 60_000, 120_000])
def test_a_limit_on_file_sizes_is_a_clear_error_and_loses_nothing(
    tmp_path: Path, limit: int
) -> None:
    """Whether a dump, the catalogue or its write-ahead log meets the limit first."""
    kept = save(tmp_path / "data", memory("kept"))
    with Store(tmp_path / "data").catalogue():
        pass
    for number in range(20):
        put(tmp_path / "in", f"{number}.syx", dump(memory(str(number))))
    lines = run(tmp_path / "data", tmp_path / "in", str(limit), code=LIMITED).splitlines()
    assert len(lines) == 4
    assert "limit on file sizes has been reached" in lines[2]
    with Store(tmp_path / "data").catalogue() as catalogue:
        entries = catalogue.entries()
    assert kept in [entry.path for entry in entries]
    assert all(entry.facts.intact is not False for entry in entries)
    done = Store(tmp_path / "data").import_dumps([tmp_path / "in"])
    assert len({one.path for one in done}) == 20


UNPRIVILEGED = """
import os, sys
from pathlib import Path
from m1tui.advice import Trouble
from m1tui.procedures.recording import read_run
from m1tui.store import Store, catalogue, importing, log, report
from tests.store.memories import dump, memory
from tests.store.test_catalogue import reading

folder = Path(sys.argv[1])
store = Store(folder)
if os.getuid() == 0:
    os.setuid(65534)
for act in (
    lambda: store.import_dumps([folder / "in"]),
    lambda: store.delete(store.backups()[0].path),
    lambda: store.save_backup(reading(memory()), instrument="M1", link="x"),
    lambda: store.log.add_instrument("M1R"),
    lambda: store.log.change_instrument("m1", tag="x"),
    lambda: store.export(store.backups()[0].path, folder / "out"),
):
    try:
        act()
    except Trouble as trouble:
        print(len(trouble.advice.lines()), "read-only" in trouble.advice.cause)
    else:
        print("done")
print(len(store.backups()), len(store.log.instruments()))
"""


@pytest.fixture
def readable() -> Iterator[Path]:
    """Return a folder that every user may read; pytest's own are for its user alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_read_only_folder_is_a_clear_error_for_everything_that_writes(readable: Path) -> None:
    save(readable, memory())
    put(readable / "in", "a.syx", dump(memory("a")))
    store = Store(readable)
    store.log.add_instrument("M1")
    with store.catalogue():
        pass
    folders = [readable, *(path for path in readable.rglob("*") if path.is_dir())]
    for path in readable.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    readable.chmod(0o555)
    try:
        lines = run(readable, code=UNPRIVILEGED).splitlines()
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert lines[:-1] == ["4 True"] * 6
    assert lines[-1] == "1 1"


TOGETHER = """
import sys
from pathlib import Path
from m1tui.errors import StoreError
from m1tui.store import (Store)

store = Store(Path(sys.argv[1]))
for number in range(6):
    log = store.log
    log.begin_visit()
    log.measure_battery("m1", cell=f"cell {number}")
    try:
        store.import_dumps([Path(sys.argv[2])])
    except StoreError as error:
        assert "Another program is importing" in error.advice.happened
    with store.catalogue() as catalogue:
        catalogue.search("p01")
"""


def test_two_programs_at_once_lose_nothing_and_take_nothing_twice(tmp_path: Path) -> None:
    for number in range(8):
        put(tmp_path / "in", f"{number}.syx", dump(memory(str(number))))
    Store(tmp_path / "data").log.add_instrument("M1")
    command = [sys.executable, "-c", TOGETHER, str(tmp_path / "data"), str(tmp_path / "in")]
    programs = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [program.communicate()[1].decode() for program in programs]
    assert errors == ["", ""]
    store = Store(tmp_path / "data")
    assert len(store.log.visits()) == 12
    with store.catalogue() as catalogue:
        assert len(catalogue.entries()) == 8
        assert len(catalogue.search("p01").matches) == 8


def test_the_store_is_imported_without_sqlite_and_without_the_log() -> None:
    code = "import sys, m1tui.store; print(*sorted(set(sys.modules) & {'sqlite3', 'textwrap'}))"
    assert run(code=code).strip() in ("", "textwrap")
    assert os.sep  # the module is there
