"""Process boundaries: a served virtual M1 in one process, commands in another, signals."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from m1tui.link.base import Direction, Transcript
from m1tui.sysex import Allocation, ModeData, Part, ProgramDump, decode
from m1tui.sysex.forms.reader import read_file
from tests.cli.conftest import (
    LONGEST,
    MIDI_READY,
    PROTECTS_OFF,
    Simulate,
    dump_of,
    some_contents,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals and signals are Unix's")


def m1tui(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "m1tui", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def facts(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, str]:
    return ("--data-dir", str(tmp_path / "data"))


def test_a_dead_battery_is_mended_step_by_step(
    simulate: Simulate, tmp_path: Path, all_data: Path, data: tuple[str, str]
) -> None:
    state = tmp_path / "s"
    words = ("--scenario", "dead-battery", "--baud", "0", "--state", state)
    restore = ("restore", all_data, "--yes", "--json", *data)

    machine = simulate("tcp:127.0.0.1:0", *words)
    ended = m1tui(*restore, "--port", machine.port)
    assert ended.returncode == 3
    assert facts(ended)["diagnosis"] == "Exclusive disabled"
    assert MIDI_READY in ended.stderr
    machine.end()

    machine = simulate("tcp:127.0.0.1:0", *words, "--press", MIDI_READY)
    untouched = state.read_bytes()
    ended = m1tui(*restore, "--port", machine.port)
    assert ended.returncode == 6
    assert facts(ended)["advice"]["code"] == "memory-protected"
    machine.end()
    assert state.read_bytes() == untouched

    machine = simulate("tcp:127.0.0.1:0", *words, "--press", PROTECTS_OFF)
    ended = m1tui(*restore, "--port", machine.port)
    assert ended.returncode == 0
    assert facts(ended)["outcome"] == "VERIFIED"
    verify = ("verify", all_data, "--json", *data)
    assert m1tui(*verify, "--port", machine.port).returncode == 0
    machine.end()
    assert state.read_bytes() == all_data.read_bytes()

    flip_a_value_of_program_17(state)
    machine = simulate("tcp:127.0.0.1:0", *words)
    ended = m1tui(*verify, "--port", machine.port)
    assert ended.returncode == 4
    assert 'program 17 "Prog 17"' in ended.stderr
    assert [one["text"] for one in facts(ended)["differences"]] == ['program 17 "Prog 17"']


def flip_a_value_of_program_17(state: Path) -> None:
    message = bytearray(state.read_bytes())
    # Behind the header lie global, combinations and programs, seven bytes packed into eight.
    at = 861 + 100 * 124 + 17 * 143 + 71
    message[8 + at // 7 * 8 + 1 + at % 7] ^= 1
    state.write_bytes(message)


def test_a_real_global_dump_is_restored_over_a_pseudo_terminal_at_the_wires_speed(
    simulate: Simulate, tmp_path: Path, real_dumps: Path, data: tuple[str, str]
) -> None:
    port = f"raw:{tmp_path / 'm1.port'}"
    ready = ("--press", MIDI_READY, "--press", PROTECTS_OFF)
    machine = simulate(port, "--scenario", "dead-battery", "--baud", "31250", *ready)
    assert machine.port == port
    dump = real_dumps / "factory-global.syx"
    ended = m1tui("restore", dump, "--port", port, "--yes", "--json", *data)
    assert ended.returncode == 0, ended.stderr
    assert facts(ended)["outcome"] == "VERIFIED"
    wire = facts(ended)["wire"]
    assert facts(ended)["seconds"] >= (wire["sent"] + wire["received"]) / 3125 * 0.9
    code, _ = machine.end()
    assert code == 0
    assert not (tmp_path / "m1.port").is_symlink()


def test_a_pseudo_terminal_without_a_speed_limit_serves_a_backup(
    simulate: Simulate, tmp_path: Path, data: tuple[str, str]
) -> None:
    port = f"raw:{tmp_path / 'm1.port'}"
    simulate(port, "--scenario", "healthy", "--baud", "0", "--channel", "16")
    path = tmp_path / "global.syx"
    ended = m1tui("backup", path, "--what", "global", "--port", port, "--json", *data)
    assert ended.returncode == 0, ended.stderr
    assert facts(ended)["bytes"] == 991
    dump = read_file(path.read_bytes()).dumps[0]
    assert (dump.part, dump.channel) == (Part.GLOBAL, 15)


def test_load_and_card_and_press_are_there_from_the_start(
    simulate: Simulate, all_data: Path, data: tuple[str, str]
) -> None:
    machine = simulate(
        "tcp:127.0.0.1:0", "--load", all_data, "--card", "ram", "--baud", "0", "--press", "COMBI"
    )
    ended = m1tui("identify", "--port", machine.port, "--json", *data)
    assert ended.returncode == 0
    assert (facts(ended)["card"], facts(ended)["mode"]) == ("ram", "COMBI")
    assert m1tui("verify", all_data, "--port", machine.port, *data).returncode == 0


def test_a_second_simulate_on_the_same_state_is_refused(simulate: Simulate, tmp_path: Path) -> None:
    state = tmp_path / "m1.syx"
    machine = simulate("tcp:127.0.0.1:0", "--state", state)
    kept = state.read_bytes()
    second = m1tui("simulate", "--at", "tcp:127.0.0.1:0", "--state", state, "--press", "COMBI")
    assert second.returncode == 2
    assert "Another program is keeping a virtual M1" in second.stderr
    assert state.read_bytes() == kept
    machine.process.kill()
    machine.process.wait(timeout=LONGEST)
    simulate("tcp:127.0.0.1:0", "--state", state)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_simulate_ends_well_on_a_signal_and_keeps_its_state(
    simulate: Simulate, tmp_path: Path, number: int
) -> None:
    state = tmp_path / "m1.syx"
    machine = simulate("tcp:127.0.0.1:0", "--state", state)
    code, errors = machine.end(number)
    assert code == 0
    assert "Traceback" not in errors
    assert read_file(state.read_bytes()).dumps[0].part is Part.ALL
    assert state.with_suffix(".json").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--scenario", "broken"), "dead-battery"),
        (("--press", "GLOBAL 5 ENTER"), "ENTER"),
        (("--load", "nowhere.syx"), "there is no such file"),
        (("--state", "x.json"), ".json"),
        (("--state", "."), "is a folder"),
        (("--state", "/proc/m1.syx"), "/proc/m1.syx"),
        (("--state", "nowhere/m1.syx"), "there is no folder"),
    ],
)
def test_simulate_refuses_what_it_cannot_be(
    tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    ended = m1tui("simulate", "--at", f"raw:{tmp_path / 'm1.port'}", *words)
    assert ended.returncode == 2
    assert expected in ended.stderr
    assert ended.stdout == ""


def test_simulate_says_that_its_place_is_taken(tmp_path: Path) -> None:
    place = tmp_path / "m1.port"
    place.write_text("mine")
    ended = m1tui("simulate", "--at", f"raw:{place}")
    assert ended.returncode == 1
    assert str(place) in ended.stderr
    assert place.read_text() == "mine"


def interrupted_while(phase: str, words: tuple[str, ...], number: int) -> tuple[int, str, str]:
    """Run a command on a terminal, send it a signal in `phase`; return code, stdout, stderr."""
    master, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "m1tui", *words],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(terminal)
    heard, sent, deadline = b"", False, time.monotonic() + LONGEST
    try:
        while time.monotonic() < deadline:
            try:
                piece = os.read(master, 4096)
            except OSError:  # the process ended, and its terminal with it
                break
            heard += piece
            if not sent and phase.encode() in heard:
                process.send_signal(number)
                sent = True
        out, _ = process.communicate(timeout=LONGEST)
    finally:
        process.kill()
        os.close(master)
    return process.returncode, out.decode(), heard.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_reading_cancels_and_nothing_is_written(
    simulate: Simulate, tmp_path: Path, data: tuple[str, str], number: int
) -> None:
    machine = simulate("tcp:127.0.0.1:0", "--scenario", "healthy")
    path = tmp_path / "never.syx"
    words = ("backup", str(path), "--port", machine.port, *data)
    code, _, errors = interrupted_while("Reading the M1's memory", words, number)
    assert code == 2
    assert "Cancelled" in errors
    assert "Traceback" not in errors
    assert not path.exists()


def test_a_signal_while_sending_ends_the_message_and_tells_the_state(
    simulate: Simulate, tmp_path: Path, data: tuple[str, str]
) -> None:
    dump = tmp_path / "global.syx"
    dump.write_bytes(dump_of(some_contents(), Part.GLOBAL))
    ready = ("--press", MIDI_READY, "--press", PROTECTS_OFF)
    machine = simulate("tcp:127.0.0.1:0", "--scenario", "dead-battery", *ready)
    # Slow enough that the signal finds the message half sent on any machine.
    slowly = ("--pacing", "64:250")
    words = ("restore", str(dump), *slowly, "--yes", "--json", "--port", machine.port, *data)
    code, out, errors = interrupted_while("Sending: 128", words, signal.SIGTERM)
    ended = json.loads(out)
    assert "Cancelling" in errors
    assert "Traceback" not in errors
    assert code == {"MISMATCH": 2, "UNKNOWN": 5}[ended["outcome"]]
    assert "F7" in ended["advice"]["happened"]


def answer_of(port: str, request: bytes) -> bytes:
    """Connect to a served M1, send `request`, and return what comes up to the first F7."""
    _, host, number = port.split(":")
    with socket.create_connection((host, int(number)), LONGEST) as line:
        line.sendall(request)
        heard = b""
        while b"\xf7" not in heard:
            heard += line.recv(4096)
        return heard


def test_a_client_hears_nothing_of_the_presses_before_and_finds_what_was_loaded_in_the_edit_buffer(
    simulate: Simulate, tmp_path: Path
) -> None:
    bank = some_contents()
    file = tmp_path / "all.syx"
    file.write_bytes(dump_of(bank))
    keys = ("--press", MIDI_READY, "--press", "COMBI", "--press", "PROG")
    machine = simulate("tcp:127.0.0.1:0", "--scenario", "dead-battery", "--load", file, *keys)
    heard = answer_of(machine.port, b"\xf0\x42\x30\x19\x10\xf7")
    answer = decode(heard[heard.index(0xF0) :])
    assert isinstance(answer, ProgramDump)
    assert bank.programs is not None
    assert answer.program == bank.programs[0]


def test_sounds_of_100_programs_that_are_loaded_decide_the_allocation(
    simulate: Simulate, tmp_path: Path
) -> None:
    file = tmp_path / "all.syx"
    file.write_bytes(dump_of(some_contents()))
    keys = ("--press", MIDI_READY)  # its Exclusive is disabled
    machine = simulate("tcp:127.0.0.1:0", "--scenario", "used", "--load", file, *keys)
    heard = answer_of(machine.port, b"\xf0\x42\x30\x19\x12\xf7")
    answer = decode(heard[heard.index(0xF0) :])
    assert isinstance(answer, ModeData)
    assert answer.allocation is Allocation.LARGE_PROGRAM


def test_a_served_m1_keeps_every_byte_in_its_transcript(simulate: Simulate, tmp_path: Path) -> None:
    file = tmp_path / "t.txt"
    machine = simulate("tcp:127.0.0.1:0", "--scenario", "healthy", "--transcript", file)
    request = b"\xf0\x42\x30\x19\x12\xf7"
    heard = answer_of(machine.port, request)
    assert machine.end()[0] == 0
    transcript = Transcript.load(file)
    assert transcript.bytes(Direction.OUT) == request
    assert heard[heard.index(0xF0) :] in transcript.bytes(Direction.IN)


def test_a_transcript_that_cannot_be_made_is_told_before_anything_is_served(tmp_path: Path) -> None:
    ended = m1tui("simulate", "--at", "tcp:127.0.0.1:0", "--transcript", tmp_path)
    assert ended.returncode == 2
    assert "expected a file, found a folder" in ended.stderr
    assert ended.stdout == ""


def test_memory_is_kept_on_disk_before_the_m1_answers(simulate: Simulate, tmp_path: Path) -> None:
    bank = some_contents()
    state = tmp_path / "s.syx"
    ready = ("--press", MIDI_READY, "--press", PROTECTS_OFF)
    machine = simulate("tcp:127.0.0.1:0", "--baud", "0", "--state", state, *ready)
    assert answer_of(machine.port, dump_of(bank)).endswith(b"\x19\x23\xf7")
    assert read_file(state.read_bytes()).contents() == bank


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_at_a_prompt_leaves_the_run_saved(
    tmp_path: Path, data: tuple[str, str], number: int
) -> None:
    words = ("procedures", "run", "internal-battery", "--port", "virtual:low-battery", *data)
    process = subprocess.Popen(
        [sys.executable, "-m", "m1tui", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdin.write(b"\n1\n")  # step 1 asks for an interface: there is one
    process.stdin.flush()
    heard = b""
    while b"Step 2 of" not in heard or not heard.endswith(b"] "):
        assert select.select([process.stdout], [], [], LONGEST)[0], heard
        piece = os.read(process.stdout.fileno(), 4096)
        assert piece, process.communicate(timeout=LONGEST)
        heard += piece
    process.send_signal(number)
    # Whoever waits for a person's line must end though none comes: stdin stays open.
    assert process.wait(timeout=LONGEST) == 2
    rest, errors = process.communicate(timeout=LONGEST)
    assert b"Everything is saved" in rest
    assert b"Traceback" not in errors
    again = subprocess.run(
        [sys.executable, "-m", "m1tui", *words[:4], "virtual", *data],
        input=b"\nq\n",
        capture_output=True,
        timeout=LONGEST,
        check=False,
    )
    assert b"Step 2 of" in again.stdout


def test_stdout_holds_json_alone_whatever_happens(tmp_path: Path, data: tuple[str, str]) -> None:
    for words in (
        ("ports",),
        ("identify", "--port", "virtual:dead-battery"),
        ("backup", "--port", "virtual:healthy"),
        ("verify", tmp_path / "none.syx", "--port", "virtual"),
        ("procedures", "run", "internal-battery", "--auto", "--port", "virtual:low-battery"),
    ):
        ended = m1tui(*words, "--json", *data)
        assert isinstance(facts(ended), dict)
        assert "Traceback" not in ended.stderr
