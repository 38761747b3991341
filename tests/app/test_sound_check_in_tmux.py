"""The sound check by keyboard in tmux at 80 × 24: the person answers what the screen says of a
virtual M1, which makes no sound, and the page names the suspicion."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from m1tui.app.preferences import Preferences

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not here"),
    pytest.mark.skipif(
        "M1TUI_LONG" not in os.environ, reason="takes a minute and more; set M1TUI_LONG=1"
    ),
]

LONGEST = 90.0
"""Seconds after which a page that does not change counts as hung."""
POLL = 0.25


class Tmux:
    """One session of a tmux server of the test's own."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def call(self, *words: str) -> str:
        command = ["tmux", "-S", str(self._socket), "-f", "/dev/null", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def start(self, *words: str) -> None:
        self.call("new-session", "-d", "-x", "80", "-y", "24", *words)

    def press(self, key: str) -> None:
        self.call("send-keys", key)

    def screen(self) -> str:
        return self.call("capture-pane", "-p")

    def wait_for(self, pattern: str, *, without: str = "") -> str:
        """Return the screen once it matches `pattern` and is no longer `without`."""
        end = time.monotonic() + LONGEST
        while True:
            shown = self.screen()
            if shown != without and re.search(pattern, shown):
                return shown
            assert time.monotonic() < end, f"{pattern!r} was never shown:\n{shown}"
            time.sleep(POLL)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    session = Tmux(tmp_path / "tmux")
    yield session
    subprocess.run(
        ["tmux", "-S", str(tmp_path / "tmux"), "kill-server"], capture_output=True, check=False
    )


def words_of(screen: str) -> str:
    """Return the text beside the rail in one line."""
    return " ".join(" ".join(line[7:] for line in screen.splitlines()).split())


def answer(title: str, heard: str) -> str:
    """Return the key of the answer to a question, from what was heard before it."""
    if title.startswith(("Are outputs 3 and 4", "Is there a song")):
        return "1"
    silent = "nothing is heard" in heard
    if title.startswith(("Did you hear", "Do you hear")):
        return "2" if silent else "1"
    if title.startswith("How did the programs"):
        return "2" if "are silent" in heard else "1"
    return "3" if silent else "2" if "with a hiss" in heard else "1"


def walk(tmux: Tmux) -> tuple[str, list[str]]:
    """Walk the procedure to its last step; return what that says, and the steps' titles."""
    heard, titles, before = "", [], ""
    for _ in range(200):
        shown = tmux.wait_for(r"(?m)^ ?Enter \w+", without=before)
        text = words_of(shown)
        title = re.sub(r"^.*\[[ AxF!]\] ?\d+ ", "", shown.splitlines()[1]).strip()
        titles.append(title)
        keys = shown.rstrip().splitlines()[-1]
        if found := re.search(r"The virtual M1: (.*?)(?: The green| Enter|$)", text):
            heard = found[1]
        if "What the answers point to" in title and re.search(r" (ok|NO)  ", shown):
            return text, titles
        if "Enter answer" in keys:
            # A key that is pressed while the last step still ends counts nothing.
            while tmux.screen() == shown:
                tmux.press(answer(title, heard))
                time.sleep(2.0)
        elif title == "Stop the song":
            # A song that has ended on its own must not be started again.
            tmux.press("v" if re.search(r" NO  ", shown) else "Enter")
        elif "v virtual" in keys or "Space" in keys or "Enter listen" in keys:
            tmux.press("v")
        else:
            tmux.press("Enter")
        before = shown
    raise AssertionError(f"the last step was never reached: {titles}")


@pytest.mark.parametrize(
    ("scenario", "suspicion"),
    [
        ("healthy", ""),
        ("rack", ""),
        ("silent-left", "output 1/L is silent"),
        ("effects-hiss", "noise or silence with effects only"),
        ("local-off", "Local was off"),
    ],
)
def test_the_sound_check_ends_with_its_own_suspicion(
    tmux: Tmux, tmp_path: Path, scenario: str, suspicion: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    Preferences(data).keep(place="sound-check")
    app = [sys.executable, "-m", "m1tui", "--data-dir", str(data), "--port", f"virtual:{scenario}"]
    tmux.start(*app)
    tmux.wait_for(r"> ?Check the sound[\s\S]*PROG|PROG[\s\S]*> ?Check the sound")
    tmux.press("Enter")
    tmux.wait_for(r"Check the sound +step 1 of")
    said, titles = walk(tmux)
    if suspicion:
        assert f"Suspected fault: {suspicion}" in said
    else:
        assert "the answers point to no fault" in said
        assert "Suspected fault" not in said
    assert any("key on the keyboard" in title for title in titles) is (scenario != "rack")
