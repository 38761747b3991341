"""Kills a program at random moments while it writes, and looks at what it leaves.

`python -m tests.store.killed FOLDER ROUNDS`: one process forks each victim, which saves backups,
imports, deletes and writes the log; what a victim said to be done must be there afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from m1tui.procedures.recording import read_run
from m1tui.store import Store
from m1tui.store.atomic import PARTIAL, Disk, clean
from m1tui.store.importing import Fate
from m1tui.sysex import Bank, Part, decode
from tests.store.journals import journal
from tests.store.memories import dump, memory, put
from tests.store.test_store import Reading

LONGEST = 0.12
"""Seconds that a victim lives at most: several times what one of its actions takes."""
FEWEST_DONE = 10
"""Things that victims do in FRESH rounds, or the next ones live twice as long: the machine is busy."""
FRESH = 20
"""Rounds after which another folder is taken, so that it never grows large."""


class SlowDisk(Disk):
    """Lingers in every call, so that a kill seldom falls between two files."""

    def write(self, descriptor: int, data: bytes) -> int:
        time.sleep(0.0003)
        return super().write(descriptor, data[:4096])

    def link(self, source: Path, target: Path) -> None:
        super().link(source, target)
        time.sleep(0.0003)

    def replace(self, source: Path, target: Path) -> None:
        super().replace(source, target)
        time.sleep(0.0003)


def main(folder: Path, rounds: int) -> None:
    moments = random.Random(1988)
    done = torn = 0
    longest, lately = LONGEST, FEWEST_DONE
    for number in range(rounds):
        place = folder / str(number // FRESH)
        prepare(place)
        if number % FRESH == 0:
            longest, lately = longest * (1 if lately >= FEWEST_DONE else 2), 0
        said = kill_one(place, moments, longest)
        lately += len(said)
        done += len(said)
        torn += expect_all_whole(Store(place / "data"), said)
    print(f"{rounds} kills, {done} things done, {torn} files caught half written")


def prepare(place: Path) -> None:
    if place.exists():
        return
    for number in range(12):
        contents = memory(f"k{number}")
        put(place / "in", f"{number}.syx", dump(contents, Part.GLOBAL if number % 2 else Part.ALL))
    journal(place / "data" / "journals", lambda j: j.run.tick(), port="virtual:healthy")
    Store(place / "data").log.add_instrument("M1", serial="1")


def kill_one(place: Path, moments: random.Random, longest: float) -> list[str]:
    """Fork a victim, kill it after `longest` s at most, and return what it said to be done."""
    seed, lifetime = moments.random(), moments.uniform(0, longest)
    reader, writer = os.pipe()
    victim = os.fork()
    if victim == 0:
        os.close(reader)
        try:
            work(place, random.Random(seed), lambda text: os.write(writer, text.encode() + b"\n"))
        finally:
            os._exit(3)
    os.close(writer)
    time.sleep(lifetime)
    os.kill(victim, signal.SIGKILL)
    _, status = os.waitpid(victim, 0)
    assert os.WIFSIGNALED(status), f"the victim ended by itself: {status}"
    with os.fdopen(reader, encoding="utf-8") as pipe:
        return pipe.read().splitlines()


def work(place: Path, chance: random.Random, say: Callable[[str], object]) -> None:
    """Write to the library and the log until the end; say what is done when it is done."""
    store = Store(place / "data", disk=SlowDisk())
    contents = memory(f"b{chance.randrange(1000)}")
    reading = Reading(contents, dump(contents), Part.ALL, Bank.INTERNAL)
    while True:
        match chance.randrange(5):
            case 0:
                say(f"backup {store.save_backup(reading, instrument='M1', link='x').name}")
            case 1:
                done = store.import_dumps([place / "in"])
                for one in done:
                    assert one.fate is not Fate.REFUSED
                    say(f"backup {one.path.name if one.path else ''}")
            case 2:
                with store.catalogue() as catalogue:
                    catalogue.search("b")
            case 3:
                book = store.log
                say(f"visit {book.begin_visit('m1-1', reported='x' * 5000).id}")
                book.measure_battery("m1-1", volts=chance.uniform(2, 3.3))
                book.add_instrument("M1R", notes="x" * 5000)
            case _:
                (path,) = store.journal_folder.glob("*.journal")
                say(f"run {store.log.record(read_run(path)).id}")


def expect_all_whole(store: Store, said: list[str]) -> int:
    """Look at all files; return how many partial ones, which count for nothing, were left."""
    with store.catalogue() as catalogue:
        entries = {entry.path.name: entry for entry in catalogue.entries()}
        found = {match.entry.path.name for match in catalogue.search("k0").matches}
    for entry in entries.values():
        data = entry.path.read_bytes()
        decode(data)
        assert hashlib.sha256(data).hexdigest() == entry.facts.sha256
        assert entry.facts.intact is not False
        assert not entry.facts.problem
    for path in store.data_dir.rglob("*.json"):
        json.loads(path.read_bytes())
    partial = list(store.data_dir.rglob("*.part"))
    assert all(PARTIAL.fullmatch(path.name) for path in partial)
    assert found <= set(entries)
    expect_said(store, set(entries), said)
    for path in partial:
        clean(path.parent, older_than=0)
    return len(partial)


def expect_said(store: Store, names: set[str], said: list[str]) -> None:
    visits = {visit.id for visit in store.log.visits()}
    runs = {run.id for visit in visits for run in store.log.runs(visit)}
    assert store.log.instrument("m1-1").serial == "1"
    for line in said:
        kind, _, name = line.partition(" ")
        there = {"backup": names, "visit": visits, "run": runs}[kind]
        assert name in there, f"{line} is missing"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
