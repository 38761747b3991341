"""A virtual M1 and m1tui as two programs that a JACK server connects."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from m1tui.link.virtual import demo_contents
from m1tui.sysex import Bank, BankDump, Part
from m1tui.sysex.forms.reader import read_file
from tests.cli.conftest import MIDI_READY, PROTECTS_OFF
from tests.jack.server import missing, serving

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

LONGEST = 180
"""Seconds after which a process counts as hung."""
NAME = "Virtual M1"
M1TUI = (sys.executable, "-m", "m1tui")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with serving(tmp_path_factory.mktemp("jack") / "jackd.log") as server:
        yield server.environment


@pytest.fixture
def state(environment: dict[str, str], tmp_path: Path) -> Iterator[Path]:
    """Serve a virtual M1 whose battery died, ready to be restored; gives where its memory is."""
    state = tmp_path / "m1.syx"
    ready = ("--press", MIDI_READY, "--press", PROTECTS_OFF)
    words = ("--scenario", "dead-battery", *ready, "--state", str(state))
    process = subprocess.Popen(
        [*M1TUI, "simulate", "--at", f"rtmidi:{NAME}", *words],
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    try:
        assert select.select([process.stdout], [], [], LONGEST)[0], "it never was ready"
        assert process.stdout.readline().decode().strip() == f"ready rtmidi:{NAME}"
        yield state
    finally:
        process.terminate()
        process.communicate(timeout=LONGEST)


def m1tui(environment: dict[str, str], *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*M1TUI, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
        stdin=subprocess.DEVNULL,
        env=environment,
    )


def test_the_virtual_m1_is_listed_among_jacks_ports(
    environment: dict[str, str], state: Path
) -> None:
    listed = json.loads(m1tui(environment, "ports", "--json").stdout)["ports"]
    assert f"rtmidi:{NAME}:{NAME}" in [port["port"] for port in listed]


@pytest.mark.parametrize(
    "part",
    [
        Part.GLOBAL,
        pytest.param(
            Part.ALL,
            marks=pytest.mark.skipif(
                "M1TUI_LONG" not in os.environ, reason="takes 40 s of wire; `make jack` runs it"
            ),
        ),
    ],
)
def test_a_restore_over_jack_is_verified(
    environment: dict[str, str], state: Path, tmp_path: Path, part: Part
) -> None:
    file = tmp_path / "sounds.syx"
    file.write_bytes(BankDump.of(demo_contents(), part, bank=Bank.INTERNAL, channel=0).encode())
    words = ("restore", file, "--port", f"rtmidi:{NAME}", "--yes", "--json")
    ended = m1tui(environment, *words, "--data-dir", tmp_path / "data")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["outcome"] == "VERIFIED"
    assert json.loads(ended.stdout)["pacing"] == "full"
    kept = read_file(state.read_bytes()).contents()
    assert kept.merged(demo_contents().only(part)) == kept


def test_a_name_that_jack_does_not_know_is_told(environment: dict[str, str]) -> None:
    ended = m1tui(environment, "identify", "--port", "rtmidi:Nobody", "--json")
    assert ended.returncode == 3
    assert "There is no pair of MIDI ports" in ended.stderr


def test_a_server_that_ends_is_told_and_ends_the_virtual_m1(tmp_path: Path) -> None:
    with serving(tmp_path / "jackd.log") as server:
        process = subprocess.Popen(
            [*M1TUI, "simulate", "--at", f"rtmidi:{NAME}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=server.environment,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline().decode().strip() == f"ready rtmidi:{NAME}"
            server.process.terminate()
            _, said = process.communicate(timeout=LONGEST)
        finally:
            process.kill()
    assert process.returncode == 1
    assert "The JACK server of the virtual M1 has ended." in said.decode()
