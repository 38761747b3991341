"""The files in screens/: readable at 80 × 24, and true to the guide."""

from __future__ import annotations

import pytest

from m1tui.procedures import Procedure, load, load_all, procedure_files
from m1tui.resources import screens_folder


@pytest.fixture(scope="module")
def battery() -> Procedure:
    return load(screens_folder() / "internal-battery.toml")


def test_every_file_can_be_used() -> None:
    assert set(load_all([screens_folder()])) == {
        path.stem for path in procedure_files([screens_folder()])
    }


def test_all_eleven_steps_of_the_guide_stand_in_their_order(battery: Procedure) -> None:
    numbers = [int(step.guide) for step in battery.steps if step.guide]
    assert sorted(set(numbers)) == list(range(1, 12))
    assert numbers == sorted(numbers)


def test_the_guides_keys_stand_letter_for_letter(battery: Procedure) -> None:
    assert battery.step("midi-again").keys == "GLOBAL 5 + UP D UP F UP H UP"
    assert battery.step("protects-off").keys == "GLOBAL 6 DOWN + B DOWN + B DOWN"


def test_the_case_is_not_opened_and_the_cell_not_pulled_before_the_backup(
    battery: Procedure,
) -> None:
    order = [step.id for step in battery.steps]
    assert order.index("backup") < order.index("unplug") < order.index("remove-cell")
    assert "backup" in battery.step("unplug").needs
    assert "backup" in battery.step("remove-cell").needs


def test_what_no_dump_holds_is_written_down_before_the_filters_are_changed(
    battery: Procedure,
) -> None:
    order = [step.id for step in battery.steps]
    assert order.index("write-down-midi") < order.index("midi-ready")
    assert battery.step("settings-back").recall == "write-down-midi"


def test_the_text_says_where_the_factory_sounds_come_from(battery: Procedure) -> None:
    text = battery.step("source").text
    assert "Korg's support pages" in text
    assert "MPC-00P" in text
    assert "demo bank" in text
