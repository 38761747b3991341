"""How fast long messages are sent, and what is tried when that was too fast."""

from __future__ import annotations

import pytest

from m1tui.engine.line.conversation import LADDER, Pacing


def test_the_words_of_the_command_line_are_read() -> None:
    assert Pacing.parse("auto") is None
    assert Pacing.parse("full") == Pacing.FULL
    assert Pacing.parse("256:60") == Pacing(256, 0.06)


@pytest.mark.parametrize(
    "text", ["", "fast", "256", "256:", ":60", "0:60", "256:5001", "-1:2", "9:9:9"]
)
def test_other_words_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="256:60"):
        Pacing.parse(text)


@pytest.mark.parametrize("pacing", LADDER)
def test_a_label_reads_back_as_the_same_pacing(pacing: Pacing) -> None:
    assert Pacing.parse(pacing.label) == pacing


def test_the_ladder_goes_down_as_the_guide_advises_and_ends() -> None:
    steps = [Pacing.FULL]
    while (slower := steps[-1].slower()) is not None:
        steps.append(slower)
    assert [step.label for step in steps] == ["full", "256:60", "256:100", "256:250", "64:500"]


def test_a_pacing_of_ones_own_joins_the_ladder_where_it_is_slower() -> None:
    own = Pacing.parse("128:40")
    assert own is not None
    slower = own.slower()
    assert slower is not None
    assert slower.label == "256:100"


def test_the_time_of_a_dump_counts_the_pauses_between_blocks() -> None:
    assert Pacing(256, 0.06).seconds(512, 3125) == pytest.approx(512 / 3125 + 0.06)
    assert Pacing.FULL.seconds(49_791, 3125) == pytest.approx(15.93312)
