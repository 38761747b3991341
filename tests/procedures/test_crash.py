"""What a killed program and a real limit of the system leave behind."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from m1tui.procedures.journal import Journal, unfinished
from m1tui.store import Store
from m1tui.store.atomic import clean

KILLS = 12

WRITERS = """
import os, sys
from pathlib import Path
from m1tui.procedures.journal import Journal
from m1tui.store import Store
from tests.procedures.examples import procedure
from tests.store.test_store import Reading

# Each line names a folder; a writer of its own is forked for it.
for line in sys.stdin:
    if (writer := os.fork()) == 0:
        break
    print(writer, flush=True)
    _, status = os.waitpid(writer, 0)
    print("ended", os.waitstatus_to_exitcode(status), flush=True)
else:
    sys.exit()
store = Store(Path(line.rstrip()))
with Journal.begin(store.journal_folder, procedure(), port="virtual:healthy") as journal:
    print("ready", flush=True)
    for number in range(100_000):
        journal.record(journal.run.note(f"note {number}"))
        print(number, flush=True)
        store.save_backup(Reading(dump=bytes(50_000)), instrument="M1", link="x")
"""

LIMITED = """
import resource, sys
from pathlib import Path
from m1tui.errors import StoreError
from m1tui.store import (Store)
from tests.store.test_store import Reading

resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    Store(Path(sys.argv[1])).save_backup(Reading(dump=bytes(50_000)), instrument="M1", link="x")
except StoreError as error:
    print(error.advice.cause)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_program_killed_at_any_moment_leaves_whole_files_only(tmp_path: Path) -> None:
    moments = random.Random(1988)
    with subprocess.Popen(
        [sys.executable, "-c", WRITERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as forks:
        assert forks.stdin is not None
        assert forks.stdout is not None
        for number in range(KILLS):
            folder = tmp_path / str(number)
            forks.stdin.write(f"{folder}\n".encode())
            writer = int(forks.stdout.readline())
            assert forks.stdout.readline() == b"ready\n"
            for _ in range(moments.randrange(8)):
                forks.stdout.readline()
            os.kill(writer, signal.SIGKILL)
            while (line := forks.stdout.readline()).strip().isdigit():
                pass
            # It may have been killed within a number.
            assert line.lstrip(b"0123456789") == f"ended {-signal.SIGKILL}\n".encode()
            expect_whole_files(Store(folder))
        forks.stdin.close()
    assert forks.returncode == 0


def expect_whole_files(store: Store) -> None:
    for item in store.backups():
        assert len(item.path.read_bytes()) == 50_000
        assert item.intact() is not False
    (kept,) = unfinished(store.journal_folder)
    with Journal.open(kept.path) as journal:
        assert journal.run.current.id == "one"
        journal.record(journal.run.tick())
    clean(store.backups_folder, older_than=0)
    named = [path.read_bytes() for path in store.backups_folder.glob("[!.]*") if path.is_file()]
    # Killed between writing and naming, a file is whole under a passing name. It stays only as long
    # as no other file contains the same.
    for path in store.backups_folder.glob(".*"):
        data = path.read_bytes()
        assert hashlib.sha256(data).hexdigest() in path.name
        assert data not in named


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_limit_of_the_system_on_file_sizes_leaves_no_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "limit on file sizes" in done.stdout
    assert list((tmp_path / "backups").iterdir()) == []
