"""Program I00: the number is heard, and with a card in the bank is asked for, too."""

from __future__ import annotations

import pytest

from m1tui.link.virtual import VirtualLink
from m1tui.virtual.scenarios import scenario

from .hands import rehearsed


def on_bench(name: str, keys: str = "PROG") -> VirtualLink:
    """An M1 of a scenario on which keys were pressed before."""
    machine = scenario(name)
    machine.press(keys)
    return VirtualLink(machine, baud=0)


def test_program_00_of_the_internal_bank_is_proved_with_and_without_a_card() -> None:
    for name in ("healthy", "card", "other-card"):
        verdict = rehearsed("program-00", on_bench(name), "press PROG 0 0").verdict
        assert verdict.passed is True, name


def test_program_00_of_the_card_is_not_program_i00() -> None:
    verdict = rehearsed("program-00", on_bench("card", "PROG CARD"), "press PROG 0 0").verdict
    assert verdict.passed is False
    assert "from the card or edited" in verdict.found
    again = rehearsed("program-00", on_bench("card", "PROG CARD"), "press PROG INT 0 0").verdict
    assert again.passed is True


@pytest.mark.parametrize("keys", ["PROG 0 1", "PROG 5 7", "COMBI 0 0", "PROG 0 0 UP"])
def test_another_program_or_mode_is_not_program_i00(keys: str) -> None:
    assert rehearsed("program-00", on_bench("healthy"), f"press {keys}").verdict.passed is False


@pytest.mark.parametrize(
    ("keys", "cause"),
    [
        ("PROG 5 7", "Another number was entered."),
        ("COMBI 0 0", "The M1 is in COMBI mode, in which a number selects no program."),
        ("PROG 0 0 GLOBAL", "The M1 is in GLOBAL mode, in which a number selects no program."),
    ],
)
def test_why_program_i00_is_not_selected_is_what_is_known(keys: str, cause: str) -> None:
    advice = rehearsed("program-00", on_bench("healthy"), f"press {keys}").verdict.advice
    assert advice is not None
    assert advice.cause == cause


@pytest.mark.parametrize(
    ("scenario", "before", "pressed", "next_step"),
    [
        ("healthy", "PROG", "PROG 5 7", "Try again: press PROG 0 0 UP DOWN on the M1."),
        ("healthy", "PROG", "COMBI 0 0", "Try again: press PROG 0 0 UP DOWN on the M1."),
        ("healthy", "PROG", "GLOBAL 0 0", "Press PROG 0 0 UP DOWN on the M1."),
        (
            "card",
            "PROG CARD",
            "PROG 0 0",
            "Try again: press PROG INT on the M1, then PROG 0 0 UP DOWN.",
        ),
        (
            "dead-battery",
            "PROG",
            "PROG 0 0",
            "If the sequencer is running, press START/STOP. Press GLOBAL 5 + UP on the M1, then "
            "PROG 0 0 UP DOWN.",
        ),
    ],
)
def test_in_a_step_the_advice_names_all_keys_of_the_step(
    scenario: str, before: str, pressed: str, next_step: str
) -> None:
    advice = rehearsed(
        "program-00", on_bench(scenario, before), f"press {pressed}", keys="PROG 0 0 UP DOWN"
    ).verdict.advice
    assert advice is not None
    assert advice.next_step == next_step


def test_the_bank_of_the_card_is_suspected_only_where_a_card_is_in() -> None:
    link = on_bench("card", "PROG CARD")
    advice = rehearsed("program-00", link, "press PROG 0 0").verdict.advice
    assert advice is not None
    assert advice.cause == "The bank is CARD, or the program was edited."


def test_where_no_program_change_is_heard_nothing_is_said_of_what_is_selected() -> None:
    deaf = rehearsed("program-00", on_bench("healthy", "GLOBAL 5 + DOWN"), "press PROG 0 0").verdict
    assert deaf.passed is False
    assert deaf.advice is not None
    assert "is not selected" not in deaf.advice.happened
    assert deaf.advice.next_step.startswith("Press GLOBAL 5 + UP on the M1")
