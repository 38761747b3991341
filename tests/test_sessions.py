"""Each transcript in tests/sessions/ is a test: the engine does what it did when it was made."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui import clock
from m1tui.engine.replaying import replay, session_of
from m1tui.link import Transcript
from tests.sessions.__main__ import RECORDED

SESSIONS = sorted((Path(__file__).parent / "sessions").glob("*.txt"))


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_a_recorded_session_goes_as_it_went(path: Path) -> None:
    remarks = Transcript.remarks(path)
    done = clock.run(replay(session_of(Transcript.load(path), remarks)))
    assert done.differs == ""
    assert done.as_recorded
    assert done.outcome == remarks.get("outcome", done.outcome)


def test_sessions_of_several_manners_are_there_and_say_that_they_are_virtual() -> None:
    assert {path.stem for path in SESSIONS} >= {name for name, *_ in RECORDED}
    for name, _, manners, _ in RECORDED:
        of = Transcript.remarks(Path(__file__).parent / "sessions" / f"{name}.txt")["of"]
        assert of.startswith("a virtual M1")
        assert manners in of
