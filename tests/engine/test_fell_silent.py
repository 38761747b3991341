"""An M1 that answers until it is put into another mode: only what was asked is said of it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from m1tui.engine import Outcome
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import AnyMessage, Mode, ModeChange
from tests.engine.bench import PROTECT_OFF, machine, other_sounds, restoring
from tests.engine.scripted import Answer, ScriptedLink
from tests.engine.small_m1 import SmallM1

DATA_DUMP_PAGE = "The M1 answered in GLOBAL mode and not in another"


@pytest.mark.parametrize(("mode", "name"), [(Mode.COMBI, "COMBI"), (Mode.SEQUENCER, "SEQ")])
def test_of_one_that_was_not_in_global_mode_its_data_dump_page_is_not_blamed(
    mode: Mode, name: str
) -> None:
    changed: list[AnyMessage] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, ModeChange):
            changed.append(message)
        return [] if changed else usual

    result = restoring(ScriptedLink(SmallM1(mode=mode, twist=twist)), other_sounds())
    assert changed
    assert result.outcome is Outcome.REFUSED
    notes = " ".join(result.notes)
    assert "GLOBAL" not in notes
    assert f"The M1 answered in {name}" in notes
    assert "no longer when it was told to change to another mode" in notes


def test_of_one_that_was_in_global_mode_it_is() -> None:
    m1 = machine("dead-battery", f"{PROTECT_OFF} GLOBAL 7")
    result = restoring(VirtualLink(m1), other_sounds())
    assert result.outcome is Outcome.REFUSED
    assert any(DATA_DUMP_PAGE in note for note in result.notes)
