"""A rehearsal on disk that stands before sending sounds, for tests that go on with it."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from m1tui.app.app import M1App
from m1tui.facts import Verdict
from m1tui.link.virtual import demo_contents
from m1tui.procedures.journal import Journal, unfinished
from m1tui.store import Store
from m1tui.sysex import Bank, BankDump, Part
from tests.app.rehearsal import rehearse, until, walk_to


def stands_at(data_dir: Path) -> str:
    (run,) = unfinished(Store(data_dir).journal_folder)
    return run.run.current.title


def at_the_restore(data_dir: Path) -> None:
    """Leave a rehearsal behind that stands before sending combinations, which takes some 5 s."""

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("enter")
        await until(pilot, lambda: app.guide is not None)
        await walk_to(pilot, app, "Choose where the sounds come from")

    rehearse(data_dir, walk)
    sounds = data_dir / "combinations.syx"
    dump = BankDump.of(demo_contents(), Part.COMBINATIONS, bank=Bank.INTERNAL, channel=0)
    sounds.write_bytes(dump.encode())
    (run,) = unfinished(Store(data_dir).journal_folder)
    with Journal.open(run.path) as journal:
        chosen = Verdict(True, "a file", name="source")
        journal.record(journal.run.judge((chosen,), origin=str(sounds)))
        journal.record(journal.run.next())
