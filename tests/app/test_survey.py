"""Get to know this M1: the survey in the app, by keyboard."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from m1tui.app.app import M1App
from m1tui.app.survey import Stage, SurveyScreen
from m1tui.engine.survey import Look, RehearsedSurveyor
from m1tui.surveys import read_survey
from tests.app.rehearsal import rehearse, until
from tests.app.rendering import text_of
from tests.surveying import state_of

M1 = "virtual:healthy:load-time=0.5s,malformed=24,digit-key=last"


def screen_of(app: M1App) -> SurveyScreen:
    assert isinstance(app.screen, SurveyScreen)
    return app.screen


def stage(app: M1App) -> Stage:
    view = screen_of(app).view
    assert view is not None
    return view.stage


async def opened(pilot: Pilot[int], app: M1App) -> None:
    await pilot.press("k")
    await until(pilot, lambda: isinstance(app.screen, SurveyScreen))


def _is_taken(app: M1App, look: Look) -> bool:
    return screen_of(app)._surveys._look is not look


async def answered(pilot: Pilot[int], app: M1App, limit: int = 400) -> int:
    """Type what the display shows until the survey is over; return how many looks there were."""
    assert app.bench.rehearsal is not None
    eyes = RehearsedSurveyor(app.bench.rehearsal)
    for count in range(limit):
        await until(pilot, lambda: stage(app) in (Stage.ASKING, Stage.OVER))
        if stage(app) is Stage.OVER:
            return count
        look = screen_of(app)._surveys._look
        assert look is not None
        line = app.screen.query_one(Input)
        line.value = look.taken(eyes._answer(look)) or "" if look.asked.value else ""
        await pilot.press("enter")
        await until(pilot, partial(_is_taken, app, look))
    raise AssertionError("the survey did not end")


def test_the_classes_say_what_they_do_before_anything_is_sent(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        await opened(pilot, app)
        text = text_of(app)
        for words in ("1 [x] Only asks", "2 [ ] Uses the edit", "3 [ ] Writes", "4 [ ] Needs key"):
            assert words in text
        await pilot.press("3")
        assert "3 [x] Writes" in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.home)
        assert not (tmp_path / "surveys").exists()

    rehearse(tmp_path, look, port=M1)


def test_a_survey_by_keyboard_is_left_once_continued_and_proved(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        assert app.bench.instrument is not None
        m1 = app.bench.instrument.link.machine  # type: ignore[attr-defined]
        before = state_of(m1)
        await opened(pilot, app)
        await pilot.press("2", "3", "4", "enter")
        await until(pilot, lambda: stage(app) is Stage.ASKING)
        app.screen.query_one(Input).value = "no"
        await pilot.press("enter")
        await until(pilot, lambda: stage(app) is Stage.ASKING)
        await pilot.press("escape")
        await until(pilot, lambda: stage(app) is Stage.OVER)
        half = read_survey(tmp_path / "surveys" / "virtual" / "survey.json")
        assert half.finding("load-time").word == "0.5s"
        assert not half.unchanged
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.home)
        await opened(pilot, app)
        text = " ".join(text_of(app).split())
        assert "continues: 14 experiments have been done" in text
        assert "2 [x] Uses the edit" in text
        assert "4 [x] Needs key" in text
        await pilot.press("enter")
        looks = await answered(pilot, app)
        assert looks > 20
        found = read_survey(tmp_path / "surveys" / "virtual" / "survey.json")
        assert found.unchanged
        assert found.finding("digit-key").word == "last"
        assert "differs" in text_of(app)
        assert "Proved unchanged: mode PROG" in " ".join(text_of(app).split())
        assert state_of(m1) == before

    rehearse(tmp_path, walk, port=M1)


def test_a_page_that_does_not_fit_names_the_key_that_shows_the_rest(tmp_path: Path) -> None:
    async def low(pilot: Pilot[int], app: M1App) -> None:
        await opened(pilot, app)
        await until(pilot, lambda: "PgDn more" in text_of(app))
        assert "4 [ ] Needs key" not in text_of(app)
        await pilot.press("pagedown")
        await until(pilot, lambda: "4 [ ] Needs key" in text_of(app))

    async def high(pilot: Pilot[int], app: M1App) -> None:
        await opened(pilot, app)
        assert "4 [ ] Needs key" in text_of(app)
        assert "PgDn" not in text_of(app)

    rehearse(tmp_path / "low", low, port=M1, size=(80, 12))
    rehearse(tmp_path / "high", high, port=M1)


def test_an_answer_that_is_none_is_asked_for_again(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        await opened(pilot, app)
        await pilot.press("4", "enter")
        await until(pilot, lambda: stage(app) is Stage.ASKING)
        app.screen.query_one(Input).value = "perhaps"
        await pilot.press("enter")
        await until(pilot, lambda: "Expected yes or no" in text_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: stage(app) is Stage.OVER)

    rehearse(tmp_path, look, port=M1)
