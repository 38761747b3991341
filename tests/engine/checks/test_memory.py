"""Checks of connection and memory: a verdict with its evidence, in every state of the M1."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from m1tui import clock
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.instrument import Instrument
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import AnyMessage, BankDump, Mode, ModeChange, Sequence
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import ram_card
from tests.engine.bench import EXCLUSIVE_ON, PROTECT_OFF, machine, open_m1, other_sounds
from tests.engine.scripted import Answer, ScriptedLink
from tests.engine.small_m1 import SmallM1

from .hands import checked


def on(m1: VirtualM1) -> VirtualLink:
    return VirtualLink(m1)


def test_answers_passes_with_exclusive_disabled_too() -> None:
    verdict = checked("answers", on(machine("dead-battery")))
    assert verdict.passed
    assert verdict.evidence == "M1 on channel 1, ROM 7"


def test_exclusive_enabled_follows_the_setting() -> None:
    assert checked("exclusive-enabled", on(machine("dead-battery", EXCLUSIVE_ON))).passed
    verdict = checked("exclusive-enabled", on(machine("dead-battery")))
    assert verdict.passed is False
    assert verdict.advice is not None
    assert EXCLUSIVE_ON in verdict.advice.next_step


def test_of_an_m1_that_plays_nobody_knows_whether_exclusive_is_enabled() -> None:
    verdict = checked("exclusive-enabled", on(machine("healthy", "SEQ START/STOP")))
    assert verdict.passed is None
    assert verdict.evidence == "a timing clock, and no mode data"
    assert verdict.advice is not None
    assert "START/STOP" in verdict.advice.next_step


def test_exclusive_enabled_is_not_deceived_by_the_data_dump_page() -> None:
    verdict = checked("exclusive-enabled", on(machine("dead-battery", "GLOBAL 7")))
    assert verdict.passed is False
    assert verdict.advice is not None
    assert "DATA DUMP" in verdict.advice.cause


def test_exclusive_enabled_leaves_the_m1_in_global_mode() -> None:
    m1 = machine("dead-battery", EXCLUSIVE_ON)
    assert checked("exclusive-enabled", on(m1)).passed
    assert m1.board.mode is Mode.GLOBAL


def test_memory_initialised_tells_a_fresh_memory_from_a_used_one() -> None:
    fresh = checked("memory-initialised", on(machine("dead-battery", EXCLUSIVE_ON)))
    assert fresh.passed
    found = '100 programs, all the same, the first named "Init Prog"'
    assert (fresh.evidence, fresh.found) == (f"in the M1's memory: {found}", found)
    used = checked("memory-initialised", on(machine("healthy")))
    assert used.passed is False
    assert "not all the same, the first named" in used.found


PROTECTS = [
    "protect_program_internal",
    "protect_combination_internal",
    "protect_sequence_internal",
]


@pytest.mark.parametrize("scenario", ["dead-battery", "healthy", "used"])
def test_protects_all_on_and_all_off_are_told_apart_and_nothing_changes(scenario: str) -> None:
    for keys, free in ((EXCLUSIVE_ON, False), (f"{EXCLUSIVE_ON} {PROTECT_OFF}", True)):
        m1 = machine(scenario, keys)
        before, mode, edited = m1.contents, m1.board.mode, m1.board.edit_program
        assert checked("memory-unprotected", on(m1)).passed is free
        verdict = checked("memory-protected", on(m1))
        assert verdict.passed is not free
        assert verdict.evidence.startswith("programs: "), "the answer stands first"
        assert m1.contents == before
        assert m1.board.mode is mode
        assert m1.board.edit_program == edited


@pytest.mark.parametrize("keys", [EXCLUSIVE_ON, PROTECT_OFF])
def test_programs_and_combinations_are_not_read_whole_to_see_their_protects(keys: str) -> None:
    """Of all data, 38,244 bytes, just the sequence travels: 6,746 bytes, 2.2 s, five times."""
    m1 = machine("healthy", keys)
    before = m1.contents
    name = "memory-protected" if keys == EXCLUSIVE_ON else "memory-unprotected"
    passed, seconds = timed(name, m1)
    assert passed
    assert seconds < 12.0
    assert m1.contents == before


def test_what_is_seen_to_be_otherwise_is_told_within_two_seconds() -> None:
    for one in PROTECTS[:2]:
        passed, seconds = timed("memory-unprotected", open_m1("healthy", **{one: True}))
        assert passed is False
        assert seconds < 2.0


def timed(name: str, m1: VirtualM1) -> tuple[bool | None, float]:
    """Return what a check says, and the seconds that it took."""

    async def main() -> tuple[bool | None, float]:
        async with Instrument(on(m1)) as instrument:
            verdict = await run_check(name, instrument, CheckContext())
            return verdict.passed, asyncio.get_running_loop().time()

    return clock.run(main())


def test_a_selection_that_is_known_is_in_use_again_after_a_check_of_the_protects() -> None:
    m1 = open_m1()
    m1.press("PROG 2 3")
    m1.transmit(0.0)

    async def main() -> None:
        async with Instrument(on(m1)) as instrument:
            instrument.remember(m1.contents)
            await run_check("memory-unprotected", instrument, CheckContext())

    clock.run(main())
    assert m1.board.program_number == 23


def test_an_m1_with_a_card_in_use_is_not_probed_by_selecting() -> None:
    m1 = open_m1()
    m1.insert_card(ram_card())
    m1.press("PROG CARD")
    m1.transmit(0.0)
    before = m1.contents
    assert checked("memory-unprotected", on(m1)).passed
    assert m1.contents == before


@pytest.mark.parametrize("one", PROTECTS)
def test_one_protect_that_differs_from_the_others_fails_both_checks(one: str) -> None:
    for rest in (False, True):
        settings = dict.fromkeys(PROTECTS, rest) | {one: not rest}
        m1 = open_m1("healthy", **settings)
        before = m1.contents
        for name in ("memory-unprotected", "memory-protected"):
            verdict = checked(name, on(m1))
            assert verdict.passed is False
            assert verdict.advice is not None
        assert m1.contents == before


def test_what_was_refused_is_not_called_written() -> None:
    refused = checked("memory-protected", on(machine("healthy", EXCLUSIVE_ON))).evidence
    asked = "asked to store slot 00 unchanged"
    sent = "sent back unchanged, and refused; the same in PROG mode"
    assert f"programs: protected ({asked}, and refused)" in refused
    assert f"combinations: protected ({asked}, and refused)" in refused
    assert f"sequence: protected ({sent})" in refused
    taken = checked("memory-unprotected", on(open_m1())).evidence
    assert f'programs: unprotected ({asked}, reply "write completed")' in taken
    assert f'combinations: unprotected ({asked}, reply "write completed")' in taken
    assert 'sequence: unprotected (sent back unchanged, reply "load completed")' in taken


def test_what_is_still_protected_is_named_with_the_keys() -> None:
    verdict = checked("memory-unprotected", on(open_m1(protect_combination_internal=True)))
    assert "combinations protected" in verdict.found
    assert verdict.advice is not None
    assert PROTECT_OFF in verdict.advice.next_step


@pytest.mark.parametrize(
    ("settings", "pages"),
    [
        ({"protect_combination_internal": True}, "GLOBAL 6-2. GLOBAL 6-3 was not checked"),
        ({"protect_sequence_internal": True}, "GLOBAL 6-3"),
        (
            {"protect_program_internal": True, "protect_combination_internal": True},
            "GLOBAL 6-1 and 6-2. GLOBAL 6-3 was not checked",
        ),
    ],
)
def test_the_pages_of_the_protects_that_refused_are_named_and_no_others(
    settings: dict[str, Any], pages: str
) -> None:
    verdict = checked("memory-unprotected", on(open_m1(**settings)))
    assert verdict.advice is not None
    assert verdict.advice.cause == f"Memory protect is on in {pages}."


@pytest.mark.parametrize("one", PROTECTS)
def test_the_page_of_the_protect_that_is_off_is_named(one: str) -> None:
    settings: dict[str, Any] = dict.fromkeys(PROTECTS, True) | {one: False}
    verdict = checked("memory-protected", on(open_m1(**settings)))
    assert verdict.advice is not None
    page = PROTECTS.index(one) + 1
    rest = "" if page == 3 else " GLOBAL 6-3 was not checked."
    assert verdict.advice.cause == f"Memory protect is off in GLOBAL 6-{page}.{rest}"


def test_protects_that_cannot_be_asked_pass_neither_check() -> None:
    class Stubborn(SmallM1):
        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, ModeChange | BankDump):
                return []
            return super().__call__(message)

    for name in ("memory-unprotected", "memory-protected"):
        verdict = checked(name, ScriptedLink(Stubborn(mode=Mode.SEQUENCER)))
        assert verdict.passed is None
        assert "not known" in verdict.evidence


def test_a_sequence_that_comes_back_changed_from_the_probe_is_told() -> None:
    class Spoiling(SmallM1):
        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, BankDump):
                message = message._replace(contents=message.contents.replace(sequence=EMPTY))
            return super().__call__(message)

    verdict = checked("memory-unprotected", ScriptedLink(Spoiling()))
    assert verdict.passed is None
    assert verdict.advice is not None
    assert "not the same as before" in verdict.advice.happened


EMPTY = Sequence.empty()


def test_memory_equals_compares_with_what_is_expected() -> None:
    context = CheckContext(expected=demo_contents())
    assert checked("memory-equals", on(machine()), context).passed
    verdict = checked("memory-equals", on(machine()), CheckContext(expected=other_sounds()))
    assert verdict.passed is False
    assert 'program 00 "' in verdict.found
    assert verdict.advice is not None


def test_memory_that_differs_from_its_backup_is_not_called_an_incomplete_transfer() -> None:
    context = CheckContext(backups={"backup": other_sounds()})
    verdict = checked("memory-as-backup", on(machine()), context)
    assert verdict.passed is False
    advice = verdict.advice
    assert advice is not None
    assert advice.code == "memory-not-as-saved"
    assert "transfer" not in advice.cause
    assert "after the backup" in advice.cause
    assert '"Data dump from the computer"' in advice.next_step


def test_a_memory_that_differs_from_its_backup_says_which_value_does() -> None:
    m1 = machine()
    context = CheckContext(backups={"first": m1.contents})
    m1.press("GLOBAL + F UP")
    verdict = checked("memory-as-backup", on(m1), context)
    assert verdict.passed is False
    assert verdict.expected == "no difference"
    assert verdict.found == "1 different: global settings"
    assert verdict.evidence == "1 different: global settings (Key transpose: expected +0, found +1)"


def test_a_memory_that_was_lost_is_brought_back_from_its_backup() -> None:
    context = CheckContext(backups={"backup": demo_contents()})
    m1 = machine("dead-battery", EXCLUSIVE_ON)
    advice = checked("memory-as-backup", on(m1), context).advice
    assert advice is not None
    assert advice.code == "memory-not-kept"
    assert '"Data dump from the computer"' in advice.next_step


def test_a_memory_that_was_lost_is_not_called_an_incomplete_transfer() -> None:
    context = CheckContext(expected=demo_contents())
    advice = checked("memory-equals", on(machine("dead-battery", EXCLUSIVE_ON)), context).advice
    assert advice is not None
    assert advice.code == "memory-not-kept"
    assert "transfer" not in advice.cause


def test_memory_equals_without_a_file_cannot_be_asked() -> None:
    assert checked("memory-equals", on(machine())).passed is None


def test_a_memory_that_was_just_read_is_read_once_to_see_that_it_is_the_same() -> None:
    m1 = SmallM1()

    async def main() -> None:
        async with Instrument(ScriptedLink(m1)) as instrument:
            await run_check("memory-unprotected", instrument, CheckContext())
            first = m1.answered.count("BankRequest")
            await run_check("memory-unprotected", instrument, CheckContext())
            # Each part twice, then once; the sequence also behind its probe.
            assert (first, m1.answered.count("BankRequest")) == (7, 11)

    clock.run(main())
