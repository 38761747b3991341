"""The faults of `simulate`: how they are asked for, and how each that strikes is told."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from m1tui.cli.parser import parse
from m1tui.sysex import BankDump, IdentityReply, IdentityRequest, Part
from m1tui.virtual.demo import demo_contents
from m1tui.virtual.faults import Fault, Kind, Side

PLACE = ("simulate", "--at", "tcp:127.0.0.1:0")
IDENTITY = IdentityReply.of_m1(0).encode()
DUMP = BankDump.of(demo_contents(), Part.GLOBAL).encode()


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as stop:
        parse([*PLACE, *words])
    assert stop.value.code == 2
    return capsys.readouterr().err


def test_faults_are_collected_with_their_seed() -> None:
    parsed = parse([*PLACE, "--fault", "flip=1e-5", "--fault", "in:echo=1:2s", "--seed", "7"])
    assert parsed.arguments.fault == [
        Fault(Kind.FLIP, 1e-5),
        Fault(Kind.ECHO, 1.0, Side.IN, 2.0),
    ]
    assert parsed.arguments.seed == 7


@pytest.mark.parametrize("word", ["flop=0.1", "flip=2", "flip=often", "flip"])
def test_what_is_no_fault_is_a_usage_error_that_names_the_kinds(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(capsys, "--fault", word)
    assert repr(word) in error
    assert all(kind.value in error for kind in Kind)


def test_a_seed_is_a_whole_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert "0 or more" in refused(capsys, "--seed", "-1")
    assert "0 or more" in refused(capsys, "--seed", "x")


def test_the_help_tells_the_grammar_and_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parse([*PLACE, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    words = " ".join(text.split()).replace("- ", "-")
    assert "[in:|out:]KIND=RATE[:SECONDS]" in words
    assert all(kind.value in words for kind in Kind)
    assert max(map(len, text.splitlines())) <= 80


def told_by(seed: int) -> list[str]:
    """The faults told, without their times, of two dumps that an identity request follows."""
    faults = ("--fault", "in:flip=0.002", "--seed", str(seed))
    process = subprocess.Popen(
        [sys.executable, "-m", "m1tui", *PLACE, "--baud", "0", *faults],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().decode().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(DUMP + DUMP + IdentityRequest().encode())
            came = b""
            while IDENTITY not in came:
                came += client.recv(4_096)
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=30)
    lines = errors.decode().splitlines()
    return [line.partition(" s, ")[2] for line in lines if line.startswith("fault at ")]


def test_each_fault_is_told_and_the_same_seed_strikes_the_same_bytes() -> None:
    first, second, other = told_by(3), told_by(3), told_by(4)
    assert first
    assert first == second != other
    assert all(line.startswith("in message ") and " becomes " in line for line in first)
