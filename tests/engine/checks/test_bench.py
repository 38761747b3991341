"""The checks of the bench: panel keys, joystick, songs on a card, five minutes without power."""

from __future__ import annotations

import asyncio

import pytest

from m1tui import clock
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.instrument import Instrument
from m1tui.facts import Verdict
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Mode, ModeChange
from m1tui.virtual.controls import WORN_CENTRE, WORN_LEFT
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario

from .hands import rehearsed, said

PANEL = "press COMBI EDIT-COMBI EDIT-PROG SEQ START/STOP START/STOP GLOBAL PROG "
PANEL += "00 11 22 33 44 55 66 77 88 99 UP DOWN"


def asked(name: str, machine: VirtualM1, **values: str) -> Verdict:
    async def ask() -> Verdict:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            return await run_check(name, instrument, CheckContext(values=values))

    return clock.run(ask())


def test_the_nineteen_keys_that_send_are_heard() -> None:
    heard = rehearsed("panel-keys-seen", VirtualLink(scenario("healthy")), PANEL).verdict
    assert heard.passed
    assert heard.found == "19 of 19 keys heard"


def test_a_dead_digit_leaves_out_only_its_own_number() -> None:
    heard = rehearsed("panel-keys-seen", VirtualLink(scenario("dead-key")), PANEL).verdict
    assert heard.passed is False
    assert heard.found == "18 of 19 keys heard; not heard: 4"


@pytest.mark.parametrize(
    ("allocation", "said", "unsaid"),
    [
        ("healthy", "A key's switch is dead", "allocation"),
        ("used", "The memory allocation is 50/50: digits 5 to 9 need 100/100.", "need memory"),
    ],
)
def test_the_allocation_is_a_cause_only_where_the_m1_says_so(
    allocation: str, said: str, unsaid: str
) -> None:
    machine = scenario(allocation)
    machine.press("GLOBAL 5 + UP D UP F UP H UP")
    keys = "press COMBI EDIT-COMBI PROG UP DOWN"
    advice = rehearsed("panel-keys-seen", VirtualLink(machine), keys).verdict.advice
    assert advice is not None
    assert said in advice.cause
    assert unsaid not in advice.cause


DIGITS = "00 11 22 33 44 55 66 77 88 99"


def after_typing(digits: str, there: str = "healthy") -> Verdict:
    keys = PANEL.replace(DIGITS, digits)
    return rehearsed("panel-keys-seen", VirtualLink(scenario(there)), keys).verdict


@pytest.mark.parametrize(
    ("typed", "not_certain"),
    [
        ("0 11 22 33 44 55 66 77 88 99", "0 and 9"),
        ("0 11 22 33 44 55 66 77 88 9", "0 and 9"),
        ("00 11 22 3 44 55 66 77 88 99", "3 and 9"),
        ("00 11 22 33 44 55 66 77 8 99", "8 and 9"),
        ("00 11 22 33 444 55 66 77 88 99", "4 and 9"),
        ("00 11 22 33 7 44 55 66 77 88 99", "9"),
        ("00 11 22 33 44 5 66 7 88 99", "5 and 7"),
    ],
)
def test_a_press_too_few_or_too_many_asks_for_that_digit_only(typed: str, not_certain: str) -> None:
    """It shifts the pairs: 3, 44, 55 are heard as 34, 45, and the last press of all not at all."""
    heard = after_typing(typed)
    assert heard.passed is (not not_certain)
    assert "not heard" not in heard.found
    assert heard.found.partition("; not certain: ")[2] == not_certain


@pytest.mark.parametrize(
    "typed",
    [
        "00 11 22 3 44 55 66 77 88 99 UP DOWN PROG 33 99",
        "00 11 22 3 44 55 66 77 88 99 UP DOWN PROG 99 PROG 33",
        "00 11 222 33 44 55 66 77 88 99 UP DOWN PROG 22 99",
        "11 22 33 44 55 66 77 88 99 UP 00",
    ],
)
def test_a_digit_that_was_not_certain_is_heard_when_it_is_pressed_again(typed: str) -> None:
    assert after_typing(typed).passed


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (DIGITS, "18 of 19 keys heard; not heard: 4"),
        ("00 11 22 33 44 5 66 77 88 99", "16 of 19 keys heard; not heard: 4; not certain: 5 and 9"),
        ("00 11 22 33 444 55 66 77 88 99", "18 of 19 keys heard; not heard: 4"),
        ("00 11 22 33 44 55 PROG 55 DOWN DOWN", "not heard: 4"),
    ],
)
def test_a_dead_digit_is_never_heard_beside_presses_too_few_or_too_many(
    typed: str, found: str
) -> None:
    heard = after_typing(typed, "dead-key")
    assert heard.passed is False
    assert found in heard.found


def test_a_number_behind_which_up_does_nothing_is_asked_for_again_and_not_called_dead() -> None:
    """Whether UP led to 99, or stopped there, cannot be told where the number before is unknown."""
    heard = after_typing("00 11 22 33 44 55 66 77 88 GLOBAL PROG 99")
    assert heard.found == "18 of 19 keys heard; not certain: 9"


def test_the_number_to_which_up_leads_is_no_digit_that_was_pressed() -> None:
    """UP leads from program 43 to 44."""
    heard = after_typing("00 11 22 33 43 UP 55 66 77 88 99", "healthy")
    assert heard.found == "18 of 19 keys heard; not certain: 4"


UP, DOWN = bytes([0xB0, 96, 0]), bytes([0xB0, 97, 0])


def number(program: int) -> bytes:
    return bytes([0xC0, program])


def heard_with(*digits_up_and_down: bytes) -> str:
    """Return what is not heard of an M1 that sends this for digits, UP and DOWN."""
    others = [ModeChange(0, mode).encode() for mode in PANEL_MODES]
    sent = (*others, b"\xfa", b"\xfc", *digits_up_and_down)
    verdict = said("panel-keys-seen", b"".join(sent)).verdict
    return (verdict.found or "").removeprefix("19 of 19 keys heard").partition("; ")[2]


PANEL_MODES = (Mode.COMBI, Mode.EDIT_COMBI, Mode.EDIT_PROG, Mode.SEQUENCER, Mode.GLOBAL, Mode.PROG)
ALL = [number(digit * 11) for digit in range(10)]


@pytest.mark.parametrize(
    ("sent", "not_heard"),
    [
        ((*ALL, UP, number(0), DOWN, number(99)), ""),
        ((*ALL, UP, DOWN, number(98)), ""),
        # 00 comes last, behind 99: it is typed, and not where UP has led.
        ((*ALL[1:], number(0), UP, number(1), DOWN, number(0)), ""),
        ((*ALL[1:], number(0), UP, number(1), UP, number(2), DOWN, number(1)), ""),
        # Nobody typed 44: UP leads there.
        ((*ALL[:4], *ALL[5:], number(39), UP, number(40), UP, number(41), DOWN, number(40)),
         "not heard: 4"),
        ((*ALL[:4], *ALL[5:], number(32), UP, number(33), DOWN, number(32)), "not heard: 4"),
    ],
)  # fmt: skip
def test_an_m1_may_send_up_and_down_before_their_number(
    sent: tuple[bytes, ...], not_heard: str
) -> None:
    assert heard_with(*sent) == not_heard


def test_of_an_order_that_is_not_known_yet_nothing_is_taken_for_typed() -> None:
    """Whether 00 was typed, or is where UP led, shows only by what follows."""
    assert heard_with(*ALL[1:], number(0), UP, DOWN) == "not heard: 0"


def test_start_stop_is_one_key_although_it_sends_two_messages() -> None:
    without = PANEL.replace("START/STOP START/STOP", "")
    heard = rehearsed("panel-keys-seen", VirtualLink(scenario("healthy")), without).verdict
    assert heard.passed is False
    assert heard.found == "18 of 19 keys heard; not heard: START/STOP"


def test_a_mended_panel_is_heard_whole() -> None:
    machine = scenario("dead-key")
    machine.mend()
    assert rehearsed("panel-keys-seen", VirtualLink(machine), PANEL).verdict.passed


def test_a_worn_joystick_is_measured() -> None:
    heard = rehearsed("joystick-range", VirtualLink(scenario("worn-joystick")), "joystick")
    verdict = heard.verdict
    assert verdict.passed is False
    assert f"left {WORN_LEFT - 8192:+,}" in verdict.found
    assert f"at rest sideways {WORN_CENTRE - 8192:+,}" in verdict.found
    assert verdict.advice is not None
    assert "does not move all the way to the left" in verdict.advice.happened
    assert "does not return to its centre" in verdict.advice.happened
    # It was heard: its filter is at ENA, and no keys are named to set it.
    assert "GLOBAL 5" not in verdict.advice.next_step
    assert "clean or replace the joystick" in verdict.advice.next_step


@pytest.mark.parametrize(("seconds", "passed"), [(120, False), (300, True)])
def test_five_minutes_without_power_are_five_minutes(seconds: int, passed: bool) -> None:
    assert off_for(seconds).passed is passed


def off_for(seconds: int) -> Verdict:
    """Return what the check says of an M1 that was off for so long."""
    machine = scenario("healthy")

    async def whole() -> Verdict:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            hands = instrument.link.rehearsal
            assert hands is not None
            task = asyncio.create_task(run_check("off-five-minutes", instrument, CheckContext()))
            await asyncio.sleep(1)
            for action in ("power-off", f"wait {seconds}", "power-on"):
                await hands.perform(action)
            return await task

    return clock.run(whole())


def test_while_it_is_off_the_time_is_said_in_the_words_of_the_steps() -> None:
    notes: list[str] = []

    async def whole() -> Verdict:
        async with Instrument(VirtualLink(scenario("healthy"), baud=0)) as instrument:
            hands = instrument.link.rehearsal
            assert hands is not None
            context = CheckContext(progress=lambda progress: notes.append(progress.note))
            task = asyncio.create_task(run_check("off-five-minutes", instrument, context))
            await asyncio.sleep(1)
            await hands.perform("power-off")
            await asyncio.sleep(305)
            await hands.perform("power-on")
            return await task

    assert clock.run(whole()).passed
    waits = [note for note in notes if "leave it off" in note]
    on = [note for note in notes if "switch it on" in note]
    assert waits[0].endswith(" s of five minutes (300 s): leave it off")
    assert all(int(note.split()[2]) < 300 for note in waits)
    assert all(int(note.split()[2]) >= 300 for note in on)
    assert on


def test_one_that_was_not_off_for_long_enough_is_told_how_long_in_minutes() -> None:
    verdict = off_for(60)
    assert verdict.advice is not None
    assert "expected silence for five minutes, then an answer, found" in verdict.advice.happened
    assert "290" not in f"{verdict} {verdict.advice}"


def test_songs_of_a_card_and_of_the_memory_are_compared() -> None:
    machine = scenario("song-card")
    before = asked("internal-songs-equal-card", machine)
    assert before.passed is False
    assert before.advice is not None
    machine.press("GLOBAL 6 DOWN + B DOWN + B DOWN GLOBAL 8 UP G G")
    assert asked("internal-songs-equal-card", machine).passed
    assert asked("card-songs-equal-internal", machine).passed


@pytest.mark.parametrize(
    ("name", "expected"), [("card", False), ("other-card", True), ("song-card", True)]
)
def test_a_card_takes_songs_as_its_format_says(name: str, expected: bool) -> None:
    assert asked("card-takes-songs", scenario(name)).passed is expected


def test_songs_are_not_compared_with_a_card_that_has_none() -> None:
    assert asked("card-songs-equal-internal", scenario("card")).passed is None


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("card", "100PROG/100COMBI"),
        ("other-card", "50PROG/50COMBI/4200SEQ"),
        ("song-card", "7700STEP SEQUENCE"),
    ],
)
def test_a_format_is_told_from_the_other_two(name: str, layout: str) -> None:
    formats = ("100PROG/100COMBI", "50PROG/50COMBI/4200SEQ", "7700STEP SEQUENCE")
    for one in formats:
        verdict = asked("card-format-is", scenario(name), format=one)
        assert verdict.passed is (one == layout)
        assert verdict.found == layout


def test_memory_is_not_compared_with_a_backup_that_was_not_made() -> None:
    verdict = asked("memory-as-backup", scenario("healthy"))
    assert verdict.passed is None
    assert verdict.advice is not None
    assert verdict.advice.code == "no-memory-backup"
    assert "If it is initialised, first send sounds to it" in verdict.advice.next_step
