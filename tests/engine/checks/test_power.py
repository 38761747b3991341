"""Whether an M1 is silent, and whether it was off for long enough and came back."""

from __future__ import annotations

import asyncio
import re

import pytest

from m1tui.engine.checks import PROVES, CheckContext
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.claims import Claim, said_of
from m1tui.procedures.library import load
from m1tui.procedures.loader import procedure_files
from m1tui.resources import screens_folder
from tests.engine.bench import machine
from tests.engine.scripted import ScriptedLink

from .hands import checked, listened, rehearsed

IDENTITY = bytes.fromhex("F0 7E 00 06 02 42 19 00 08 00 07 01 01 00 F7")


def healthy() -> VirtualLink:
    return VirtualLink(machine("healthy"))


def test_an_m1_that_is_on_is_not_silent_whatever_its_filters_are() -> None:
    for scenario in ("healthy", "dead-battery"):
        verdict = checked("silent", VirtualLink(machine(scenario)))
        assert verdict.passed is False
        assert verdict.advice is not None
        assert verdict.advice.code == "still-on"


def test_an_m1_that_is_off_is_silent() -> None:
    m1 = machine("healthy")
    m1.power_off()
    assert checked("silent", VirtualLink(m1)).passed


def test_active_sensing_is_not_silence() -> None:
    link = ScriptedLink(lambda message: [0.3, b"\xfe"])
    verdict = checked("silent", link)
    assert verdict.passed is False
    assert verdict.found.startswith("1 byte within")


def test_off_for_five_minutes_and_on_again_is_seen() -> None:
    heard = rehearsed("off-five-minutes", healthy(), "power-off", "wait 300", "power-on")
    assert heard.verdict.passed
    assert any("leave it off" in note for note in heard.notes)
    assert any("switch it on" in note for note in heard.notes)


def test_a_wait_that_a_rehearsal_has_shortened_is_not_said_to_have_been_waited() -> None:
    heard = rehearsed("off-five-minutes", healthy(), "power-off", "wait 300", "power-on")
    assert heard.seconds < 60
    (skipped,) = re.findall(
        r"^silent for \d+ s, of which the rehearsal skipped (\d+) s; then it answered$",
        heard.verdict.evidence,
    )
    assert 240 < int(skipped) < 300

    async def act() -> None:
        await asyncio.sleep(1)

    off = ScriptedLink(lambda message: [])
    assert "rehearsal" not in listened("off-five-minutes", off, act).verdict.evidence


def test_of_five_minutes_of_silence_nobody_says_that_the_m1_was_off() -> None:
    """With a MIDI plug out it is just as silent, though its power stays on."""
    plugged = True
    link = ScriptedLink(lambda message: [0.01, IDENTITY] if plugged else [])

    async def act() -> None:
        nonlocal plugged
        plugged = False
        await asyncio.sleep(300)
        plugged = True

    heard = listened("off-five-minutes", link, act)
    assert heard.verdict.passed
    (claim,) = PROVES["off-five-minutes"]
    said = (heard.verdict.line, *heard.notes, said_of(Claim.parse(claim)))
    silent = [one for one in said if "silent for" in one]
    assert silent
    assert not [one for one in said if "off for" in one or "was off" in one]


def test_the_steps_that_wait_for_it_say_that_pulling_a_midi_plug_is_not_enough() -> None:
    waiting = [
        step
        for path in procedure_files([screens_folder()])
        for step in load(path).steps
        if "off-five-minutes" in step.asks
    ]
    assert waiting
    for step in waiting:
        assert "pulling a MIDI plug is not enough" in step.text


def test_five_minutes_off_are_seen_of_an_m1_that_is_heard_as_soon_as_it_is_on() -> None:
    link = healthy()

    async def act() -> None:
        await link.rehearsal.perform("power-off")
        await link.rehearsal.perform("wait 300")
        link.touch(link.machine.power_on)
        await link.rehearsal.press("COMBI")

    heard = listened("off-five-minutes", link, act)
    assert heard.verdict.passed, heard.verdict.found


@pytest.mark.parametrize("seconds", [8, 60, 240])
def test_off_for_too_short_a_time_proves_no_cell(seconds: int) -> None:
    heard = rehearsed("off-five-minutes", healthy(), "power-off", f"wait {seconds}", "power-on")
    assert heard.verdict.passed is False
    assert heard.verdict.advice is not None
    assert heard.verdict.advice.code == "not-off-and-on"


def test_an_m1_that_is_never_switched_off_is_not_taken_to_have_been() -> None:
    heard = rehearsed("off-five-minutes", healthy(), "wait 1")
    assert heard.verdict.passed is False
    assert heard.verdict.found == "it was never off"


def test_an_m1_that_does_not_come_back_is_no_answer() -> None:
    heard = rehearsed("off-five-minutes", healthy(), "power-off")
    assert heard.verdict.passed is None


def test_the_word_that_ended_another_question_does_not_end_the_five_minutes() -> None:
    link, enough = healthy(), asyncio.Event()
    enough.set()

    async def act() -> None:
        for done in ("power-off", "wait 300", "power-on"):
            await link.rehearsal.perform(done)

    heard = listened("off-five-minutes", link, act, enough=enough)
    assert heard.verdict.passed, heard.verdict.found


@pytest.mark.parametrize("keys", ["EDIT-COMBI 0 0", "GLOBAL 0 0", "SEQ 0 0"])
def test_digits_in_another_mode_are_said_to_select_no_program(keys: str) -> None:
    advice = rehearsed("program-00", healthy(), f"press {keys}").verdict.advice
    assert advice is not None
    assert advice.cause.endswith("mode the digits do not select a program.")
    assert "filter" not in advice.cause
    assert advice.next_step == "Press PROG 0 0 on the M1."


def test_an_m1_whose_song_plays_cannot_say_which_program_is_selected() -> None:
    advice = rehearsed("program-00", healthy(), "press SEQ START/STOP 0 0").verdict.advice
    assert advice is not None
    assert "its sequencer is running" in advice.cause
    assert "press START/STOP" in advice.next_step


@pytest.mark.parametrize(("keys", "passed"), [("PROG 0 0", True), ("PROG 5 7", False)])
def test_the_program_that_was_selected_last_is_known_by_its_number(keys: str, passed: bool) -> None:
    heard = rehearsed("program-00", healthy(), f"press {keys}")
    assert heard.verdict.passed is passed


def test_another_mode_behind_program_00_is_not_passed() -> None:
    heard = rehearsed("program-00", healthy(), "press PROG 0 0 COMBI")
    assert heard.verdict.passed is False


@pytest.mark.parametrize(("value", "passed"), [("1", True), ("2", False)])
def test_the_channel_by_which_it_names_itself_is_compared(value: str, passed: bool) -> None:
    context = CheckContext(values={"channel": value})
    assert checked("channel-is", healthy(), context).passed is passed


@pytest.mark.parametrize(("value", "passed"), [("100/100", True), ("50/50", False)])
def test_the_allocation_is_compared_with_the_value_that_was_chosen(
    value: str, passed: bool
) -> None:
    context = CheckContext(values={"allocation": value})
    assert checked("allocation-is", healthy(), context).passed is passed


@pytest.mark.parametrize(("scenario", "passed"), [("card", True), ("healthy", False)])
def test_a_card_holds_data_only_with_a_format(scenario: str, passed: bool) -> None:
    assert checked("card-holds-data", VirtualLink(machine(scenario))).passed is passed
