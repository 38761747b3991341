"""The pitch is read, set to 440 Hz without transposition, and read back."""

from __future__ import annotations

import asyncio

import pytest

from m1tui import clock
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.instrument import Instrument
from m1tui.facts import Verdict
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Contents, Mode
from m1tui.virtual.machine import VirtualM1
from tests.engine.bench import MeddledLink, machine, open_m1


def pitched(m1: VirtualM1, tune: int, transpose: int) -> VirtualM1:
    board = m1.board
    changed = board.memory.global_data.replace(master_tune=tune, key_transpose=transpose)
    board.change_global(changed)
    return m1


def ask(m1: VirtualM1, name: str, context: CheckContext | None = None) -> Verdict:
    async def main() -> Verdict:
        async with Instrument(VirtualLink(m1)) as instrument:
            return await run_check(name, instrument, context or CheckContext())

    return clock.run(main())


def pitch(m1: VirtualM1) -> tuple[int, int]:
    data = m1.memory.global_data
    return data.master_tune, data.key_transpose


@pytest.mark.parametrize(("tune", "transpose"), [(0, 0), (12, 0), (-7, 0), (0, 5), (3, -12)])
def test_the_pitch_is_read_as_it_is(tune: int, transpose: int) -> None:
    m1 = pitched(machine(), tune, transpose)
    verdict = ask(m1, "in-tune")
    assert verdict.passed is ((tune, transpose) == (0, 0))
    assert f"{tune:+d} and key transposition {transpose:+d}" in verdict.found
    assert pitch(m1) == (tune, transpose)


@pytest.mark.parametrize(("tune", "transpose"), [(0, 0), (12, 0), (0, 5), (3, -12)])
@pytest.mark.parametrize("keys", ["PROG 05", "GLOBAL", "SEQ"])
def test_the_pitch_is_set_and_nothing_else_is_changed(tune: int, transpose: int, keys: str) -> None:
    m1 = pitched(open_m1(), tune, transpose)
    m1.press(keys)
    m1.transmit(0.0)
    expected = m1.memory.global_data.replace(master_tune=0, key_transpose=0)
    programs, mode = m1.memory.programs, m1.board.mode
    verdict = ask(m1, "tune-set")
    assert verdict.passed, verdict
    assert m1.memory.global_data == expected
    assert (m1.memory.programs, m1.board.mode) == (programs, mode)


@pytest.mark.parametrize("keys", ["PROG 05", "GLOBAL"])
def test_the_answers_to_the_parameter_are_not_taken_for_those_of_another_m1(keys: str) -> None:
    m1 = pitched(open_m1(), 3, 0)
    m1.press(keys)
    m1.transmit(0.0)

    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with Instrument(VirtualLink(m1)) as instrument:
            begun = loop.time()
            assert (await run_check("tune-set", instrument, CheckContext())).passed
            return loop.time() - begun

    assert clock.run(main()) < 3.0


def test_what_the_m1_answers_to_the_global_data_is_said_in_words() -> None:
    said = ask(pitched(open_m1(), 0, 5), "tune-set").evidence
    assert said.startswith('Global was sent, reply "load completed"; read back: ')


def test_where_both_are_right_the_answer_says_that_nothing_was_written() -> None:
    said = ask(open_m1(), "tune-set").evidence
    assert said == "master tune +0 and key transposition +0 already; nothing was written this time"
    assert "already" not in ask(open_m1(), "in-tune").evidence
    assert "already" not in ask(pitched(open_m1(), 3, 0), "tune-set").evidence


def test_the_parameter_sets_the_tune_where_memory_is_protected() -> None:
    m1 = pitched(machine(), 9, 0)
    assert ask(m1, "tune-set").passed
    assert pitch(m1) == (0, 0)
    assert m1.board.mode is Mode.PROG


def test_a_pitch_that_does_not_arrive_is_named_with_what_was_found() -> None:
    m1 = pitched(machine(), 0, 5)

    def swallows_global(data: bytes) -> bytes:
        return b"" if data[4:5] == b"\x51" else data

    async def main() -> Verdict:
        async with Instrument(MeddledLink(m1, outgoing=swallows_global)) as instrument:
            return await run_check("tune-set", instrument, CheckContext())

    verdict = clock.run(main())
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.code == "not-in-tune"
    assert "key transposition +5" in verdict.advice.happened
    assert pitch(m1) == (0, 5)


def test_after_a_cut_the_settings_are_compared_with_the_last_backup_that_has_them() -> None:
    """A later backup of the programs only knows nothing of them."""
    m1 = pitched(open_m1(), 12, 5)
    saved = m1.memory.global_data
    m1.board.change_global(saved.replace(damper_polarity=1 - saved.damper_polarity))
    backups = {
        "whole": Contents(global_=saved, programs=m1.memory.programs),
        "programs": Contents(programs=m1.memory.programs),
    }
    verdict = ask(m1, "tune-set", CheckContext(cut=True, backups=backups))
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.code == "other-settings-changed"
