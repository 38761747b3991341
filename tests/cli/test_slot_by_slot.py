"""`backup` where the interface cuts every long answer: it says so, and reads slot by slot."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from m1tui.cli import session
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.machine import VirtualM1
from tests.cli.conftest import Command
from tests.engine.bench import MeddledLink, open_m1
from tests.engine.test_slot_by_slot import Cutting


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> VirtualM1:
    """An M1 behind an interface that cuts every long answer."""
    m1 = open_m1()

    def link(port: str, data_dir: Path) -> MeddledLink:
        del port, data_dir
        return MeddledLink(m1, incoming=Cutting())

    monkeypatch.setattr(session, "open_port", link)
    return m1


def test_a_backup_that_is_cut_names_the_way_slot_by_slot(
    m1tui: Command, cut_off: VirtualM1
) -> None:
    ended = m1tui("backup", "--port", "virtual", "--json")
    assert (ended.code, ended.facts["error"]["code"]) == (1, "dump-damaged")
    assert "m1tui backup --slot-by-slot" in ended.err
    assert "bytes that arrived are in" in ended.err


def test_slot_by_slot_every_sound_is_kept_and_graded_partial(
    m1tui: Command, cut_off: VirtualM1, tmp_path: Path
) -> None:
    ended = m1tui("backup", tmp_path / "slots.syx", "--slot-by-slot", "--port", "virtual", "--json")
    facts = ended.facts
    assert (ended.code, facts["outcome"], facts["grade"]) == (0, "VERIFIED", "partial")
    assert facts["missing"] == ["global", "drum kits", "sequence"]
    kept = read_file((tmp_path / "slots.syx").read_bytes()).contents()
    assert kept.programs == cut_off.contents.programs
    assert kept.combinations == cut_off.contents.combinations
    again = m1tui("backup", "--slot-by-slot", "--port", "virtual")
    assert "PARTIAL, slot by slot: read twice" in again.out
    assert "not read that way: global, drum kits, sequence" in again.out
    listed = m1tui("library", "list", "--json").facts["dumps"]
    assert [one["kind"] for one in listed] == ["programs+combinations"]
    assert "slot by slot" in listed[0]["file"]


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 2)])
def test_a_person_is_asked_and_no_is_the_default(
    m1tui: Command, cut_off: VirtualM1, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    ended = m1tui("backup", "--port", "virtual")
    assert ended.code == code
    assert "Read slot by slot? [y/N]" in ended.err
    assert ("PARTIAL" in ended.out) is (code == 0)


@pytest.mark.parametrize("words", [("--what", "global"), ("--bank", "card")])
def test_slot_by_slot_is_for_all_sounds_of_internal_memory(
    m1tui: Command, words: tuple[str, str]
) -> None:
    assert m1tui("backup", "--slot-by-slot", *words, "--port", "virtual:healthy").code == 2
