"""Two M1s on one interface: every command that asks or writes refuses, and says whom to choose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from m1tui.cli import session
from m1tui.sysex import BankDump, Part
from tests.cli.conftest import Command
from tests.engine.bench import open_m1, other_sounds
from tests.two_m1s import TwoM1s

PORT = ("--port", "virtual:two", "--json")
"""A port whose name lets the clock jump; what it opens is the test's."""

Plug = Callable[..., TwoM1s]


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Plug:
    """Put two M1s, the second on some channel (1–16), behind the port of these tests."""

    def put(channel: int = 1, late: float = 0.0) -> TwoM1s:
        link = TwoM1s(open_m1(), open_m1(channel=channel - 1), late=late, port="virtual:two")
        monkeypatch.setattr(session, "open_port", lambda port, data_dir: link)
        return link

    return put


@pytest.fixture
def wanted(tmp_path: Path) -> Path:
    """Write a file of other sounds than the M1s hold."""
    path = tmp_path / "wanted.syx"
    path.write_bytes(BankDump.of(other_sounds(), Part.ALL).encode())
    return path


def test_identify_refuses_two_on_one_channel_and_shows_them(m1tui: Command, plug: Plug) -> None:
    plug()
    ended = m1tui("identify", *PORT)
    assert ended.code == 6
    assert ended.facts["code"] == "two-instruments"
    assert ended.facts["diagnosis"] == "Two instruments answer"
    assert ended.facts["answers"] is True
    assert ended.facts["mode"] is None
    (one,) = ended.facts["instruments"]
    assert (one["channel"], one["answers"]) == (1, 2)
    assert "Either two instruments answer on channel 1" in ended.err
    assert "disconnect one" in ended.err


def test_identify_names_both_channels_and_the_option(m1tui: Command, plug: Plug) -> None:
    plug(channel=5)
    ended = m1tui("identify", *PORT)
    assert ended.code == 6
    assert [one["channel"] for one in ended.facts["instruments"]] == [1, 5]
    assert "channels 1 and 5" in ended.err
    assert "--channel" in ended.err
    plug(channel=5)
    words = m1tui("identify", "--port", "virtual:two")
    assert "M1 on channel 1" in words.out
    assert "M1 on channel 5" in words.out


def test_identify_with_a_chosen_channel_names_the_other_one(m1tui: Command, plug: Plug) -> None:
    plug(channel=5)
    ended = m1tui("identify", "--channel", "5", *PORT)
    assert ended.code == 0
    assert ended.facts["channel"] == 5
    assert [one["channel"] for one in ended.facts["instruments"]] == [1, 5]
    plug(channel=5)
    words = m1tui("identify", "--channel", "5", "--port", "virtual:two")
    assert "Another M1 answers on channel 1" in words.out


@pytest.mark.parametrize("channel", [1, 5])
@pytest.mark.parametrize("late", [0.0, 0.6])
@pytest.mark.parametrize("command", ["backup", "restore", "verify"])
def test_transfers_are_refused_with_a_code(
    command: str, late: float, channel: int, m1tui: Command, plug: Plug, wanted: Path
) -> None:
    if late and channel != 1:
        pytest.skip("a late one on another channel has the channel of nobody who is asked")
    link = plug(channel, late)
    before = [m1.contents for m1 in link.machines]
    words = {"backup": (), "restore": (wanted, "--yes"), "verify": (wanted,)}[command]
    ended = m1tui(command, *words, *PORT)
    assert ended.code == 6
    assert ended.facts["code"] == "two-instruments"
    assert ended.facts["outcome"] == "REFUSED"
    assert "two instruments" in ended.err.lower()
    assert [m1.contents for m1 in link.machines] == before


def test_a_restore_to_the_chosen_one_leaves_the_other_as_it_is(
    m1tui: Command, plug: Plug, wanted: Path
) -> None:
    link = plug(channel=5)
    before = link.first.contents
    ended = m1tui("restore", wanted, "--yes", "--channel", "5", "--port", "virtual:two")
    assert ended.code == 0
    assert "VERIFIED" in ended.out
    assert "Another M1 answers on channel 1" in ended.out
    assert link.first.contents == before
    assert link.second.contents == other_sounds()


def test_a_backup_of_the_chosen_one_names_the_other(m1tui: Command, plug: Plug) -> None:
    plug(channel=5)
    ended = m1tui("backup", "--channel", "1", "--port", "virtual:two")
    assert ended.code == 0
    assert "Another M1 answers on channel 5" in ended.out


def test_a_procedure_says_it_and_ends_refused(m1tui: Command, plug: Plug) -> None:
    link = plug()
    before = [m1.contents for m1 in link.machines]
    ended = m1tui("procedures", "run", "dump-to-computer", "--auto", *PORT)
    assert ended.code == 6
    assert "two instruments answer" in (ended.out + ended.err).lower()
    assert [m1.contents for m1 in link.machines] == before
