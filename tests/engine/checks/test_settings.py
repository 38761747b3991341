"""Allocation, transposition and clock source, from mode data, the global dump and the wire."""

from __future__ import annotations

import pytest

from m1tui import clock
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import DESTROYED
from m1tui.facts import Verdict
from m1tui.link.virtual import VirtualLink
from m1tui.manners import Manners
from m1tui.sysex import Allocation, Mode
from m1tui.virtual.machine import VirtualM1
from tests.engine.bench import EXCLUSIVE_ON, machine
from tests.engine.scripted import ScriptedLink
from tests.engine.small_m1 import SmallM1

from .hands import checked

EXTERNAL = "GLOBAL 5 D UP"


@pytest.mark.parametrize(("scenario", "large"), [("healthy", "100"), ("used", "50")])
def test_mode_data_tells_the_allocation(scenario: str, large: str) -> None:
    for label in ("100", "50"):
        verdict = checked(f"allocation-{label}", VirtualLink(machine(scenario, EXCLUSIVE_ON)))
        assert verdict.passed is (label == large)
        assert f"{large}/{large}" in verdict.evidence


def test_what_a_change_of_allocation_destroys_is_said() -> None:
    verdict = checked("allocation-50", VirtualLink(machine("healthy")))
    assert verdict.advice is not None
    assert "GLOBAL 6 + + + UP G" in verdict.advice.next_step
    assert "programs and combinations 50 to 99" in verdict.advice.next_step
    back = checked("allocation-100", VirtualLink(machine("used", EXCLUSIVE_ON)))
    assert back.advice is not None
    assert back.advice.next_step.endswith(f"that destroys {DESTROYED[Allocation.LARGE_PROGRAM]}.")


def test_a_backup_that_this_run_made_is_not_asked_for_before_the_allocation_is_changed() -> None:
    context = CheckContext(proved=frozenset({"file = what was in the M1"}))
    advice = checked("allocation-50", VirtualLink(machine("healthy")), context).advice
    assert advice is not None
    assert "Back up first" not in advice.next_step
    assert advice.next_step.startswith("Press GLOBAL 6 + + + UP G on the M1: that destroys ")
    assert "The backup of this run was made before" in advice.next_step


@pytest.mark.parametrize(("keys", "semitones"), [("UP " * 12, 12), ("DOWN " * 5, -5), ("", 0)])
def test_the_transposition_is_read_from_the_global_data(keys: str, semitones: int) -> None:
    link = VirtualLink(machine("healthy", f"GLOBAL + F {keys}"))
    for wanted in (semitones, semitones - 1):
        context = CheckContext(values={"semitones": f"{wanted:+d}"})
        verdict = checked("transpose-equals", link, context)
        assert verdict.passed is (wanted == semitones)
        assert verdict.evidence == f"key transposition {semitones:+d}"


def _asked_twice(m1: VirtualM1, keys: str, between: str) -> tuple[Verdict, Verdict]:
    """What "clock-heard" says first, and "no-clock" when other keys were pressed behind it."""
    m1.press(keys)
    m1.transmit(0.0)

    async def main() -> tuple[Verdict, Verdict]:
        async with Instrument(VirtualLink(m1)) as instrument:
            first = await run_check("clock-heard", instrument, CheckContext())
            m1.press(between)
            return first, await run_check("no-clock", instrument, CheckContext())

    return clock.run(main())


def test_an_external_clock_is_silent_in_seq_mode() -> None:
    heard, silent = _asked_twice(machine(), "SEQ", f"{EXTERNAL} SEQ")
    assert heard.passed
    assert silent.passed
    assert silent.evidence == "SEQ mode, no timing clock in 2.0 s"


def test_a_clock_that_was_heard_before_is_not_heard_now() -> None:
    m1 = machine()
    m1.press("SEQ")
    m1.transmit(0.0)

    async def main() -> tuple[Verdict, Verdict]:
        async with Instrument(VirtualLink(m1)) as instrument:
            first = await run_check("clock-heard", instrument, CheckContext())
            m1.press("PROG")
            return first, await run_check("clock-heard", instrument, CheckContext())

    before, now = clock.run(main())
    assert before.passed
    assert not now.passed


@pytest.mark.parametrize("manner", ["sequencer-clock=while-playing", "sequencer-clock=none"])
@pytest.mark.parametrize("keys", ["SEQ", "SEQ START/STOP START/STOP"])
def test_silence_proves_nothing_of_an_m1_whose_clock_was_never_heard_at_rest(
    manner: str, keys: str
) -> None:
    m1 = machine()
    m1.behave(Manners.parse((manner,)))
    for verdict in _asked_twice(m1, keys, "SEQ"):
        assert verdict.passed is None
        assert verdict.advice is not None
        assert "display" in verdict.advice.next_step


def test_an_internal_clock_is_heard_in_seq_mode() -> None:
    verdict = checked("no-clock", VirtualLink(machine("healthy", "SEQ")))
    assert verdict.passed is False
    assert verdict.advice is not None
    assert EXTERNAL in verdict.advice.next_step


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.SEQUENCER])
@pytest.mark.parametrize("name", ["no-clock", "clock-heard"])
def test_silence_outside_seq_mode_proves_nothing(name: str, mode: Mode) -> None:
    verdict = checked(name, ScriptedLink(SmallM1(mode=mode)))
    assert verdict.passed is False
    assert mode.label in verdict.found
    assert verdict.advice is not None
    assert verdict.advice.code == "not-in-seq-mode"
    assert "EXT" not in verdict.advice.cause
