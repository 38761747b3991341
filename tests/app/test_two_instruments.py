"""Home says that two instruments answer, or that answers come damaged, and when that is over."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from m1tui.app import workbench
from m1tui.app.app import M1App
from m1tui.link import Link
from tests.app.rehearsal import rehearse, until
from tests.app.rendering import text_of
from tests.engine.bench import MeddledLink, open_m1
from tests.two_m1s import TwoM1s

PORT = "raw:/dev/snd/two"


def plugged(monkeypatch: pytest.MonkeyPatch, link: Link) -> None:
    monkeypatch.setattr(workbench, "open_port", lambda port, data_dir: link)


def test_home_says_that_two_instruments_answer_until_one_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = TwoM1s(open_m1(), open_m1(), port=PORT)
    plugged(monkeypatch, link)

    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert app.live.summary == "Two instruments answer"
        assert "Either two instruments answer on channel 1" in text_of(app)
        assert "disconnect one" in text_of(app)
        link.second.power_off()
        app.instrument_watch.poll()
        await until(pilot, lambda: not app.live.summary and app.is_idle)
        assert "instruments answer" not in text_of(app)
        assert app.live.channel == 1
        link.second.power_on()
        for _ in range(3):
            app.instrument_watch.poll()
            await until(pilot, lambda: app.is_idle)
            await pilot.pause(1)
        assert app.live.summary == "Two instruments answer"
        # It was switched on in another mode than the first one is in.
        assert "Two instruments answer on channel 1: disconnect one" in text_of(app)

    rehearse(tmp_path, look, port=PORT)


def test_home_names_the_other_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = TwoM1s(open_m1(channel=2), open_m1(channel=4), port=PORT)
    plugged(monkeypatch, link)

    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert "channels 3 and 5" in text_of(app)
        assert "--channel" in text_of(app)
        link.second.power_off()
        app.instrument_watch.poll()
        await until(pilot, lambda: not app.live.summary and app.is_idle)
        assert "channels 3 and 5" not in text_of(app)
        assert app.live.channel == 3

    rehearse(tmp_path, look, port=PORT)


def test_home_says_that_answers_come_damaged_and_which_key_tests_the_interface(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only the frame of each message is left.
    plugged(monkeypatch, MeddledLink(open_m1(), incoming=lambda data: bytes(data[:1] + data[-1:])))

    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert app.live.summary == "Answers arrive, but damaged"
        assert "press t" in " ".join(text_of(app).split())

    rehearse(tmp_path, look, port=PORT)
