"""What happens to the instrument while the program is not running is seen when it runs again."""

from __future__ import annotations

from pathlib import Path

from m1tui.clock import run
from m1tui.engine.instrument import Instrument
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.journal import Journal
from m1tui.procedures.states import Mark
from m1tui.procedures.watching import Watching
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from tests.procedures.examples import GOOD, procedure, step

STEPS = (step("ask", "check", checks=("allocation-100",)), step("more"))


def looked(journal: Journal, machine: VirtualM1) -> list[str]:
    """Look once with a program that was just started; the codes of the alarms."""
    before = len(journal.run.alarms)

    async def look() -> None:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            await Watching(journal).look_or_reconnect(instrument)

    run(look())
    return [one.advice.code for one in journal.run.alarms[before:]]


def test_an_allocation_that_was_changed_meanwhile_raises_the_alarm(tmp_path: Path) -> None:
    machine = scenario("healthy")
    with Journal.begin(tmp_path, procedure(*STEPS), port="virtual:healthy") as journal:
        journal.record(journal.run.judge((GOOD,)))
        assert looked(journal, machine) == []
    machine.press("GLOBAL 6 + + + UP G")
    with Journal.open(journal.path) as again:
        assert looked(again, machine) == ["allocation-changed-by-hand"]
        assert again.run.state("ask").mark is Mark.OPEN
        assert "50 to 99" in again.run.losses[0].lost
    with Journal.open(journal.path) as third:
        assert looked(third, machine) == []


def test_an_instrument_that_nobody_touched_raises_none_and_fills_no_journal(tmp_path: Path) -> None:
    machine = scenario("card")
    with Journal.begin(tmp_path, procedure(*STEPS), port="virtual:card") as journal:
        for _ in range(3):
            assert looked(journal, machine) == []
            machine.press("COMBI")
        lines = journal.path.read_text("utf-8")
    assert lines.count("InstrumentSeen") == 1


def test_a_step_that_only_asks_who_is_there_allows_no_other_allocation(tmp_path: Path) -> None:
    machine = scenario("healthy")
    find = procedure(step("find", "check", checks=("answers",)), step("more"))
    with Journal.begin(tmp_path, find, port="virtual:healthy") as journal:
        assert looked(journal, machine) == []
        machine.press("GLOBAL 6 + + + UP G")
        assert looked(journal, machine) == ["allocation-changed-by-hand"]
