"""`procedures run` says alarms in lines, and goes on at the virtual M1 that a run was left with."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from m1tui.cli.lines import LineReader
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.journal import Journal
from m1tui.sysex import Program
from tests.cli.conftest import Command, Ended

BATTERY = ("procedures", "run", "internal-battery", "--port", "virtual:low-battery")


class Hands:
    """The lines that a person types; before the line of that number hands do something else."""

    def __init__(self, lines: list[str], at: int, act: Callable[[], None]) -> None:
        self._lines, self._at, self._act = io.StringIO("\n".join((*lines, ""))), at, act

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        if self._at == 0:
            self._act()
        self._at -= 1
        return self._lines.readline()


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> list[VirtualLink]:
    """The virtual M1s that were opened."""
    opened: list[VirtualLink] = []
    make = VirtualLink.for_scenario

    def for_scenario(name: str | None, data_dir: Path, baud: int = 0) -> VirtualLink:
        link = make(name, data_dir, baud)
        opened.append(link)
        return link

    monkeypatch.setattr(VirtualLink, "for_scenario", for_scenario)
    return opened


MIDI_SETTINGS = ["", "INT", "ON", "ENA", "ENA", "ENA", "ENA"]
MEMORY_SETTINGS = [*["ON"] * 6, ""]
"""What a person reads on the display; the channel and the allocation are filled in."""


def typed(
    m1tui: Command,
    monkeypatch: pytest.MonkeyPatch,
    lines: list[str],
    at: int = -1,
    act: Callable[[], None] = lambda: None,
    *more: str,
) -> Ended:
    monkeypatch.setattr(sys, "stdin", Hands(lines, at, act))
    return m1tui(*BATTERY, *more)


def test_an_alarm_is_said_in_lines_at_the_step_and_stands_in_the_json_and_before_the_backup(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, links: list[VirtualLink]
) -> None:
    lines = ["", "1", "", "", *MIDI_SETTINGS, "", "", *MEMORY_SETTINGS, "a", "q"]
    # The prompt at step 5: two lines for step 1, one for step 2, eight for 3, one for 4.
    ended = typed(
        m1tui,
        monkeypatch,
        lines,
        12,
        lambda: links[-1].machine.press("GLOBAL 6 + + + UP G"),
        "--json",
    )
    said = ended.err
    assert said.count("ALARM") == 1
    alarm = said.index("ALARM")
    assert said.index("Step 5 of 31") < alarm < said.index("Step 6 of 31")
    assert "That destroyed programs and combinations 50 to 99." in said
    assert "Type the letter a to say that you have read this." in said
    assert said.index("Step 6 of 31") < said.index("MISSING: programs and combinations 50 to 99")
    (told,) = ended.facts["alarms"]
    assert (told["step"], told["code"]) == ("write-down-memory", "allocation-changed-by-hand")


@pytest.mark.parametrize(
    "between",
    [
        ("identify", "--port", "virtual:low-battery"),
        ("press", "GLOBAL", "--port", "virtual:healthy"),
    ],
    ids=["asked", "pressed"],
)
def test_a_new_virtual_m1_does_not_take_the_place_of_the_one_that_a_run_was_left_with(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, between: tuple[str, ...]
) -> None:
    to_off = ["", "1", "", "", *MIDI_SETTINGS, "", "", *MEMORY_SETTINGS, "", "", "q"]
    left = typed(m1tui, monkeypatch, to_off)
    assert "Step 8 of 31" in left.out + left.err
    assert m1tui(*between).code == 0
    ended = typed(m1tui, monkeypatch, ["", "q"])
    said = ended.out + ended.err
    assert "The rehearsal continues with the virtual M1 as it was left." in said
    assert "Step 8 of 31" in said
    assert "ALARM" not in said


def test_an_older_run_is_offered_where_another_program_has_the_newer_one_open(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    typed(m1tui, monkeypatch, ["", "q"])
    (older,) = tmp_path.rglob("*.journal")
    typed(m1tui, monkeypatch, ["n", "", "q"])
    (newer,) = set(tmp_path.rglob("*.journal")) - {older}
    with Journal.open(newer):
        ended = typed(m1tui, monkeypatch, ["", "q"])
    said = ended.out + ended.err
    assert "It is open in another program." in said
    assert "Start another run?" not in said
    assert set(tmp_path.rglob("*.journal")) == {older, newer}
    assert said.count("Continue it? [Y/n]") == 1


@pytest.mark.parametrize("answer", ["", "n"])
def test_a_run_that_another_program_has_open_is_not_gone_on_with(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    typed(m1tui, monkeypatch, ["", "q"])
    (left,) = tmp_path.rglob("*.journal")
    before = left.read_bytes()
    with Journal.open(left):
        ended = typed(m1tui, monkeypatch, [answer])
    assert ended.code == 1
    assert "This run is still open in another program." in ended.err
    assert "Step" not in ended.out
    assert [left] == list(tmp_path.rglob("*.journal"))
    assert left.read_bytes() == before


def test_what_was_written_after_the_backup_is_said_before_the_step_that_destroys_it(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, links: list[VirtualLink]
) -> None:
    to_unplug = ["", "1", "", "", *MIDI_SETTINGS, "", "", *MEMORY_SETTINGS, ""]

    def write() -> None:
        machine = links[-1].machine
        programs = list(machine.memory.programs)
        programs[5] = Program(b"MY SOUND  " + programs[5].raw[10:])
        machine.board.memory = replace(machine.memory, programs=tuple(programs))

    lines = [*to_unplug, "b", "", "q"]
    ended = typed(m1tui, monkeypatch, lines, len(to_unplug) + 1, write)
    said = ended.out + ended.err
    assert said.count('Before "Unplug everything": checking') == 2
    assert said.count("What is in the M1 was changed after it was saved") == 3, (
        "also at the step and at the end"
    )
    assert said.count("Step 7 of 31: Unplug everything") == 1
    assert said.count("Step 6 of 31: Back up the M1's memory [ ] open") == 2


def test_keys_that_need_a_mode_which_the_m1_is_not_in_are_shown_with_those_that_lead_there(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, links: list[VirtualLink]
) -> None:
    """The keys of the step before were not pressed, and no check asks for them."""
    at_song = [*[""] * 6, "2", "1", "7"]
    lines = [*at_song, "s", "it is on already", "", "q"]

    def leave() -> None:
        links[-1].machine.press("GLOBAL")

    monkeypatch.setattr(sys, "stdin", Hands(lines, len(at_song) + 1, leave))
    ended = m1tui("procedures", "run", "record", "--port", "virtual:healthy")
    steps = ended.out.split("\nStep ")
    (first,) = (one for one in steps if "Go to the first track [ ]" in one)
    told = " ".join(first.split())
    assert "Keys: SEQ, 0, C, UP/DOWN until track 1" in told
    assert (
        "The M1 was not in SEQUENCER mode when this step began: the first keys shown lead there."
    ) in told
    assert links[-1].machine.board.mode.label == "SEQUENCER", "its hands pressed those, too"
    (second,) = (one for one in steps if "Give the track a program [ ]" in one)
    assert "Keys: F, UP/DOWN until program 7" in " ".join(second.split())
    assert "mode when this step began" not in second


@pytest.mark.parametrize("typed_after", [5.2, 7.0, 100.0], ids=["look", "later", "never"])
@pytest.mark.parametrize("cancels", [1, 2, 3])
def test_whoever_looks_at_a_silent_m1_is_ended_before_the_run_that_is_cancelled_is_closed(
    m1tui: Command,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    links: list[VirtualLink],
    typed_after: float,
    cancels: int,
) -> None:
    async def line(_: LineReader) -> str:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        links[-1].machine.power_off()
        for number in range(cancels):
            # The look of the fifth second waits for answers then.
            loop.call_later(5.5 + number * 0.2, task.cancel)
        await asyncio.sleep(typed_after)
        return ""

    close = VirtualLink.close

    async def slowly(link: VirtualLink) -> None:
        # What has outlived the run comes to its end meanwhile.
        await asyncio.sleep(20)
        await close(link)

    monkeypatch.setattr(LineReader, "line", line)
    monkeypatch.setattr(VirtualLink, "close", slowly)
    with caplog.at_level(logging.ERROR, logger="asyncio"):
        ended = m1tui("procedures", "run", "tune", "--port", "virtual:healthy")
        gc.collect()  # The loop says of a task whose error nobody asked for when it is forgotten.
    assert "Everything is saved." in ended.out
    assert "Cancelled." in ended.err
    assert caplog.text == ""
