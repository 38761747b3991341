"""A shadow shows what a connected M1 should show after the same keys."""

from __future__ import annotations

import pytest

from m1tui.link.rehearsal import Panel
from m1tui.link.shadow import Shadow
from m1tui.link.virtual import demo_contents
from m1tui.sysex import ModeData
from m1tui.sysex.codes import Allocation, Mode
from m1tui.virtual.scenarios import scenario

LARGE_SEQUENCE_IN_SEQ = ModeData(4, Mode.SEQUENCER, Allocation.LARGE_SEQUENCE, 1, 1)


def test_a_shadow_shows_what_the_m1_itself_shows() -> None:
    machine = scenario("healthy")
    shadow = Shadow(demo_contents())
    panel: Panel = shadow
    keys = "PROG 42 COMBI 07 SEQ B UP GLOBAL 6 + + + UP"
    for display in shadow.after(keys):
        assert [len(line) for line in display] == [40, 40]
    machine.press(keys)
    assert (panel.display(), panel.cursor(), panel.lamps(), panel.model()) == (
        machine.display,
        machine.cursor,
        machine.lamps,
        "M1",
    )


def test_a_shadow_begins_with_what_mode_data_tells() -> None:
    shadow = Shadow(mode=LARGE_SEQUENCE_IN_SEQ)
    assert shadow.lamps() == ("SEQ",)
    shadow.press("GLOBAL 5")
    assert "Ch:>5" in shadow.display()[1]
    shadow.press("6 + + +")
    assert "50PROG/50COMBI" in shadow.display()[1]


def test_the_shadow_of_a_rack_has_overflow() -> None:
    shadow = Shadow(rack=True)
    shadow.press("GLOBAL 5")
    assert "OVERFLOW" in shadow.display()[1]
    assert shadow.model() == "M1R"


def test_a_word_that_is_no_key_is_told() -> None:
    for press in (Shadow().press, Shadow().after):
        with pytest.raises(ValueError, match="no key"):
            press("ENTER")
