"""`play`: what it says, and that no note hangs however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from m1tui.link.virtual import demo_contents
from m1tui.store import Store
from m1tui.sysex import Contents, Part
from tests.cli.conftest import LONGEST, Command, Simulate, dump_of
from tests.terminals import Terminal, opened

PORT = "virtual:healthy"


def test_a_program_is_played_and_everything_put_back(m1tui: Command) -> None:
    ended = m1tui("play", "--program", "17", "--port", PORT, "--json")
    assert ended.code == 0
    facts = ended.facts
    assert (facts["outcome"], facts["notes"], facts["channel"]) == ("VERIFIED", 4, 1)
    assert facts["sound"].startswith("program I17 ")
    assert facts["way"] == "selected by program change"
    assert any("as before" in line for line in facts["put_back"])


@pytest.mark.parametrize(
    ("words", "sound"),
    [
        (("--combination", "3"), "combination I03 "),
        (("--kit", "2"), "drum kit 2"),
        ((), "the selected sound, Oak Grand"),
    ],
)
def test_other_sounds_are_played(m1tui: Command, words: tuple[str, ...], sound: str) -> None:
    ended = m1tui("play", *words, "--port", PORT, "--json")
    assert (ended.code, ended.facts["outcome"]) == (0, "VERIFIED")
    assert ended.facts["sound"].startswith(sound)
    assert ended.facts["notes"] > 0


def test_people_read_what_was_played_and_what_was_put_back(m1tui: Command) -> None:
    ended = m1tui("play", "--program", "17", "--phrase", "bass", "--octave", "-1", "--port", PORT)
    assert "a bass line" in ended.out
    assert "8 notes on channel 1" in ended.out
    assert "VERIFIED: the M1 is as it was before" in ended.out


def test_a_sound_of_a_file_is_played_through_the_edit_buffer(
    m1tui: Command, tmp_path: Path
) -> None:
    file = tmp_path / "bank.syx"
    demo = demo_contents()
    assert demo.programs is not None
    file.write_bytes(dump_of(Contents(programs=demo.programs[::-1]), Part.PROGRAMS))
    ended = m1tui("play", "--file", file, "--program", "0", "--port", PORT, "--json")
    assert ended.code == 0
    assert ended.facts["sound"] == f"program 00 {demo.programs[99].name.rstrip()}"
    assert ended.facts["way"] == "loaded into the edit buffer"


def test_a_kit_that_is_not_in_the_m1_is_refused(m1tui: Command, tmp_path: Path) -> None:
    demo = demo_contents()
    assert demo.global_ is not None
    kits = demo.global_.kits
    file = tmp_path / "global.syx"
    file.write_bytes(dump_of(Contents(global_=demo.global_.replace(kits=kits[::-1])), Part.GLOBAL))
    ended = m1tui("play", "--file", file, "--kit", "1", "--port", PORT, "--json")
    assert (ended.code, ended.facts["error"]["code"]) == (6, "kit-not-in-m1")


def test_what_is_not_there_is_a_usage_error(m1tui: Command, tmp_path: Path) -> None:
    file = tmp_path / "bank.syx"
    demo = demo_contents()
    file.write_bytes(dump_of(Contents(programs=demo.programs), Part.PROGRAMS))
    assert m1tui("play", "--file", file, "--combination", "3", "--port", PORT).code == 2
    assert m1tui("play", "--file", file, "--port", PORT).code == 2


@pytest.mark.parametrize(
    "words", [("--kit", "5"), ("--velocity", "0"), ("--octave", "3"), ("--phrase", "song")]
)
def test_a_manner_that_is_not_there_is_a_usage_error(
    m1tui: Command, words: tuple[str, ...]
) -> None:
    assert m1tui("play", *words).code == 2


def test_disabled_exclusive_is_told_and_nothing_sounds(m1tui: Command) -> None:
    ended = m1tui("play", "--program", "3", "--port", "virtual:used", "--json")
    assert ended.code == 3
    assert ended.facts["error"]["code"] == "exclusive-disabled"


def test_the_panic_goes_to_every_channel(m1tui: Command) -> None:
    ended = m1tui("play", "--panic", "--port", PORT, "--json")
    assert ended.code == 0
    assert ended.facts == {"panic": True, "messages": 32 + 128, "channels": [1]}


# Real processes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are Unix's")


class Heard:
    """What a served M1 plays, from the file in which it keeps its notes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def events(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def sounding(self) -> int:
        begun = [one for one in self.events() if one["event"] == "begin"]
        return len(begun) - (len(self.events()) - len(begun))

    def wait_for(self, sounding: int) -> None:
        end = time.monotonic() + LONGEST
        while self.sounding() != sounding:
            assert time.monotonic() < end, f"{self.sounding()} sound: {self.events()[-5:]}"
            time.sleep(0.02)


class Relay:
    """A TCP cable to a served M1 that can be pulled."""

    def __init__(self, port: str) -> None:
        _, self._host, number = port.split(":")
        self._number = int(number)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = f"tcp:127.0.0.1:{self._server.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                m1 = socket.create_connection((self._host, self._number))
                self._ends += [client, m1]
                for source, target in ((client, m1), (m1, client)):
                    threading.Thread(target=carry, args=(source, target), daemon=True).start()

    def pull(self) -> None:
        """Cut the connection; the next one is carried again."""
        ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        """Cut the connection and let nobody in any more."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.pull()


def carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)


def playing(data: Path, port: str, *words: str) -> subprocess.Popen[str]:
    command = ["play", "--data-dir", str(data), "--port", port, "--json", *words]
    return subprocess.Popen(
        [sys.executable, "-m", "m1tui", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_a_chord_sounds_ends_it(
    simulate: Simulate, tmp_path: Path, number: int
) -> None:
    heard = Heard(tmp_path / "notes.jsonl")
    m1 = simulate("tcp:127.0.0.1:0", "--notes", heard.path)
    with playing(tmp_path / "data", m1.port, "--phrase", "chord") as process:
        heard.wait_for(4)
        process.send_signal(number)
        assert process.wait(LONGEST) == 2
    heard.wait_for(0)
    assert Store(tmp_path / "data").left_sounding() == ()


def test_after_a_kill_the_next_start_offers_the_panic_which_ends_the_notes(
    simulate: Simulate, tmp_path: Path
) -> None:
    heard = Heard(tmp_path / "notes.jsonl")
    data = tmp_path / "data"
    m1 = simulate("tcp:127.0.0.1:0", "--notes", heard.path)
    with playing(data, m1.port, "--phrase", "chord") as process:
        heard.wait_for(4)
        process.kill()
        process.wait(LONGEST)
    time.sleep(0.5)
    assert heard.sounding() == 4, "the virtual M1 does not end them by itself"
    words = ["identify", "--data-dir", str(data), "--port", m1.port]
    command = [sys.executable, "-m", "m1tui", *words]
    told = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert "may still be sounding" in told.stderr
    assert f"m1tui play --panic --port {m1.port}" in told.stderr
    with playing(data, m1.port, "--panic") as process:
        assert process.wait(LONGEST) == 0
    heard.wait_for(0)
    told = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert "may still be sounding" not in told.stderr


def test_a_pulled_link_is_opened_again_and_the_chord_ended(
    simulate: Simulate, tmp_path: Path
) -> None:
    heard = Heard(tmp_path / "notes.jsonl")
    m1 = simulate("tcp:127.0.0.1:0", "--notes", heard.path)
    relay = Relay(m1.port)
    try:
        with playing(tmp_path / "data", relay.port, "--phrase", "chord") as process:
            heard.wait_for(4)
            relay.pull()
            out, _ = process.communicate(timeout=LONGEST)
        assert process.returncode == 5
        assert json.loads(out)["error"]["code"] == "link-lost-while-playing"
        heard.wait_for(0)
        assert Store(tmp_path / "data").left_sounding() == ()
    finally:
        relay.close()


def test_a_link_that_stays_away_leaves_the_panic_to_the_next_start(
    simulate: Simulate, tmp_path: Path
) -> None:
    heard = Heard(tmp_path / "notes.jsonl")
    m1 = simulate("tcp:127.0.0.1:0", "--notes", heard.path)
    relay = Relay(m1.port)
    with playing(tmp_path / "data", relay.port, "--phrase", "chord") as process:
        heard.wait_for(4)
        relay.close()
        out, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 5
    assert json.loads(out)["error"]["code"] == "notes-may-sound"
    assert len(Store(tmp_path / "data").left_sounding()) == 1


# The app, on a terminal of its own


def begin_a_chord(terminal: Terminal, heard: Heard) -> None:
    """Open the sounds, choose the chord, and play it."""
    terminal.wait_for("100/100")
    terminal.press("a")
    terminal.wait_for("Space plays")
    terminal.press("f ")
    heard.wait_for(4)


def test_a_terminal_that_hangs_up_while_the_app_plays_ends_the_chord(
    simulate: Simulate, tmp_path: Path
) -> None:
    heard = Heard(tmp_path / "notes.jsonl")
    m1 = simulate("tcp:127.0.0.1:0", "--notes", heard.path)
    with opened(tmp_path / "data", "--port", m1.port) as terminal:
        begin_a_chord(terminal, heard)
        terminal.hang_up()
        terminal.end()
    heard.wait_for(0)
    assert Store(tmp_path / "data").left_sounding() == ()


def test_after_the_app_was_killed_its_next_start_offers_the_panic(
    simulate: Simulate, tmp_path: Path
) -> None:
    heard = Heard(tmp_path / "notes.jsonl")
    m1 = simulate("tcp:127.0.0.1:0", "--notes", heard.path)
    with opened(tmp_path / "data", "--port", m1.port) as terminal:
        begin_a_chord(terminal, heard)
        terminal.process.kill()
        terminal.process.wait(LONGEST)
    assert heard.sounding() == 4
    with opened(tmp_path / "data", "--port", m1.port) as terminal:
        terminal.wait_for("F9 stops all notes")
        terminal.wait_for("100/100")
        terminal.press("\x1b[20~")
        heard.wait_for(0)
        terminal.press("q")
        assert terminal.end() == 0
    assert Store(tmp_path / "data").left_sounding() == ()


def test_a_cable_that_is_pulled_while_the_app_plays_is_opened_again_and_the_chord_ended(
    simulate: Simulate, tmp_path: Path
) -> None:
    heard = Heard(tmp_path / "notes.jsonl")
    m1 = simulate("tcp:127.0.0.1:0", "--notes", heard.path)
    relay = Relay(m1.port)
    try:
        with opened(tmp_path / "data", "--port", relay.port) as terminal:
            begin_a_chord(terminal, heard)
            relay.pull()
            heard.wait_for(0)
            terminal.press("\x1b")
            terminal.wait_for("b backups")
            # All Notes Off comes first; the note offs for each key take two seconds more.
            time.sleep(4)
            terminal.press("q")
            assert terminal.end() == 0
    finally:
        relay.close()
    assert Store(tmp_path / "data").left_sounding() == ()
