"""Controls on the wire: what was seen, what is missing, and why that may be."""

from __future__ import annotations

import asyncio

import pytest

from m1tui import clock
from m1tui.engine.checks import LISTENING, CheckContext, run_check
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.engine.line.ear import KEPT
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Mode, ModeChange, ModeRequest
from tests.engine.bench import machine
from tests.engine.scripted import ScriptedLink

from .hands import SENSING, rehearsed, said

ACTS = {
    "program-change-seen": "press PROG 0 5",
    "aftertouch-seen": "press-hard",
    "joystick-seen": "joystick",
    "joystick-range": "joystick",
    "slider-seen": "slider",
    "up-down-seen": "press PROG UP DOWN",
    "pedals-seen": "pedals",
    "exclusive-seen": "press PROG 0 5",
}
"""What hands do on an M1 for each check."""
CONTROLS = LISTENING - {"off-five-minutes"}
SILENTLY = sorted(CONTROLS - {"track-channel"})
"""The checks that need no answer."""
RIGHT, LEFT, MIDDLE = b"\xe0\x7f\x7f", b"\xe0\x00\x00", b"\xe0\x00\x40"
UP, DOWN = b"\xb0\x01\x7f", b"\xb0\x02\x7f"


def healthy(keys: str = "") -> VirtualLink:
    return VirtualLink(machine("healthy", keys))


@pytest.mark.parametrize("name", list(ACTS))
def test_a_control_that_is_used_is_seen(name: str) -> None:
    heard = rehearsed(name, healthy(), ACTS[name])
    assert heard.verdict.passed
    assert heard.verdict.advice is None
    # Where a joystick comes to rest is heard only once it is let go.
    assert heard.seconds < (4 if name == "joystick-range" else 2)


@pytest.mark.parametrize("name", list(ACTS))
def test_a_control_that_a_filter_keeps_back_is_missing(name: str) -> None:
    heard = rehearsed(name, VirtualLink(machine("dead-battery")), ACTS[name])
    assert heard.verdict.passed is False
    assert heard.verdict.advice is not None
    assert "DIS (GLOBAL 5-2" in heard.verdict.advice.cause
    assert EXCLUSIVE_ON in heard.verdict.advice.next_step


@pytest.mark.parametrize("name", ["program-change-seen", "exclusive-seen"])
def test_where_a_step_has_keys_the_advice_names_no_others(name: str) -> None:
    # One step has PROG 00, and another PROG UP DOWN.
    heard = rehearsed(name, VirtualLink(machine("dead-battery")), ACTS[name])
    assert heard.verdict.advice is not None
    assert heard.verdict.advice.next_step.endswith("press PROG, then the other keys of the step.")
    assert "number" not in heard.verdict.advice.cause


@pytest.mark.parametrize("pressed", ["PROG", "PROG 0 0 UP", "GLOBAL UP"])
@pytest.mark.parametrize("name", ["program-change-seen", "exclusive-seen", "up-down-seen"])
def test_in_a_step_the_advice_names_all_keys_of_the_step(name: str, pressed: str) -> None:
    step = "PROG 0 0 UP DOWN"
    verdict = rehearsed(name, healthy("PROG"), f"press {pressed}", keys=step).verdict
    if verdict.passed is False:
        assert verdict.advice is not None
        assert verdict.advice.next_step.endswith(
            (
                f"press {step}.",
                f"press {step}. Press a key, too, so that the program hears that MIDI arrives.",
            )
        )
        assert "UP and DOWN" not in verdict.advice.next_step


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_a_control_that_nobody_uses_is_missing_after_the_seconds_of_the_context(name: str) -> None:
    values = {"song": "0", "track": "1", "channel": "1"}
    heard = rehearsed(name, healthy(), seconds=12.0, values=values)
    assert not heard.verdict.passed
    assert heard.verdict.advice is not None
    assert heard.seconds == pytest.approx(12, abs=0.5)


@pytest.mark.parametrize("name", SILENTLY)
def test_nothing_at_all_on_the_wire_is_a_matter_of_the_cable(name: str) -> None:
    heard = said(name, values={"song": "0"})
    assert heard.verdict.passed is None
    assert "no bytes within 30 s" in heard.verdict.evidence
    assert heard.verdict.advice is not None
    assert "MIDI OUT" in heard.verdict.advice.cause


@pytest.mark.parametrize("name", SILENTLY)
def test_active_sensing_alone_shows_no_control(name: str) -> None:
    heard = said(name, SENSING, 3.0, SENSING, values={"song": "0"})
    assert not heard.verdict.passed
    assert "no bytes" not in heard.verdict.evidence


@pytest.mark.parametrize("name", SILENTLY)
def test_a_listening_check_says_when_it_listens_and_what_it_waits_for(name: str) -> None:
    heard = said(name, SENSING, values={"song": "0"})
    assert heard.progress[0].phase == "Listening"
    assert heard.notes[0]


def test_a_control_with_one_sign_of_its_own_name_is_named_once() -> None:
    heard = said("program-change-seen", SENSING, b"\xc0\x05")
    assert heard.notes[0] == "program change not heard"
    assert heard.verdict.evidence == "program change heard (in 0.0 s)"


def test_keys_whose_names_are_those_of_the_control_are_named_once() -> None:
    heard = said("up-down-seen", SENSING)
    assert heard.notes[0] == "UP and DOWN not heard"


def test_the_direction_of_a_joystick_that_was_not_heard_is_named_in_words() -> None:
    heard = said("joystick-seen", RIGHT, LEFT, MIDDLE, UP)
    found = "joystick: right, left and up heard; down not heard"
    assert heard.verdict.passed is False
    assert heard.verdict.expected == "right, left, up and down"
    assert heard.verdict.found == found
    assert heard.notes[-1] == found
    assert heard.verdict.advice is not None
    assert heard.verdict.advice.happened == (
        "Not everything was heard: expected right, left, up and down, found right, left and up."
    )


def test_a_control_is_not_called_missing_where_nothing_was_heard_without_saying_so() -> None:
    idle, played = said("aftertouch-seen", SENSING), said("aftertouch-seen", b"\x90\x3c\x40")
    assert idle.verdict.evidence.endswith("; no key or other control was heard")
    assert "no key or other" not in played.verdict.evidence


@pytest.mark.parametrize(
    ("name", "act", "cause"),
    [
        ("up-down-seen", "press PROG UP", "The other key was not pressed"),
        ("start-stop-seen", "press SEQ START/STOP", "START/STOP was not pressed twice"),
    ],
)
def test_where_one_of_two_was_heard_no_filter_is_suspected_for_the_other(
    name: str, act: str, cause: str
) -> None:
    verdict = rehearsed(name, healthy(), act).verdict
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.happened.startswith("Not everything was heard")
    assert cause in verdict.advice.cause
    assert "GLOBAL 5" not in verdict.advice.cause + verdict.advice.next_step


def test_a_slider_that_stops_half_way_is_not_a_matter_of_exclusive() -> None:
    verdict = said("slider-seen", b"\xb0\x06\x00").verdict
    assert verdict.advice is not None
    assert verdict.advice.cause == "The slider was not moved all the way, or it is worn."


def test_two_missing_directions_are_named_both() -> None:
    heard = said("joystick-seen", UP, DOWN)
    assert heard.verdict.found == "joystick: up and down heard; right and left not heard"


def test_a_trembling_joystick_was_not_moved() -> None:
    heard = said(
        "joystick-seen", b"\xe0\x00\x42", b"\xe0\x00\x3e", b"\xb0\x01\x03", b"\xb0\x02\x03"
    )
    assert heard.verdict.passed is False
    assert heard.verdict.found == "joystick: right, left, up and down not heard"


def test_progress_tells_each_direction_once() -> None:
    heard = said("joystick-seen", RIGHT, RIGHT, LEFT, LEFT, UP, DOWN)
    assert heard.verdict.passed
    assert len(heard.progress) == 1 + 4


def test_running_status_and_realtime_bytes_in_between_are_understood() -> None:
    heard = said("joystick-seen", b"\xe0\x7f\xfe\x7f\x00\xf8\x00", b"\xb0\x01\x7f\x02\xfe\x7f")
    assert heard.verdict.passed


def test_any_channel_will_do() -> None:
    heard = said("aftertouch-seen", b"\xdb\x40")
    assert heard.verdict.passed


def test_each_new_thing_gives_the_person_the_full_time_again() -> None:
    heard = said("joystick-seen", RIGHT, 25.0, LEFT, 25.0, UP, 25.0, DOWN)
    assert heard.verdict.passed
    assert heard.seconds == pytest.approx(75, abs=1)
    slow = said("joystick-seen", RIGHT, 25.0, RIGHT, 10.0, LEFT)
    assert slow.verdict.passed is False
    assert slow.seconds == pytest.approx(30, abs=1)


NOTE = b"\x90\x3c\x40\x80\x3c\x40"


def test_a_missing_pressure_may_be_the_filter_or_the_sensor_where_a_key_was_played() -> None:
    played = said("aftertouch-seen", NOTE).verdict
    assert played.advice is not None
    assert "1 note was heard during that time" in played.advice.cause
    assert "filter is DIS (GLOBAL 5-2" in played.advice.cause
    assert "sensor" in played.advice.cause


@pytest.mark.parametrize("came", [(SENSING,), (RIGHT, MIDDLE), (UP,)])
def test_no_pressure_is_expected_where_no_key_was_held_down(came: tuple[bytes, ...]) -> None:
    advice = said("aftertouch-seen", *came).verdict.advice
    assert advice is not None
    assert advice.cause.startswith("No key was held down")
    assert "DIS" not in advice.cause
    assert "GLOBAL" not in advice.next_step
    assert advice.next_step == "Try again: hold a key and press it hard."


@pytest.mark.parametrize(
    ("name", "came", "kept", "ruled_out"),
    [
        ("aftertouch-seen", (NOTE, UP), "The aftertouch filter is DIS (GLOBAL 5-2, D)", "control"),
        ("aftertouch-seen", (NOTE, b"\xb0\x40\x7f"), "The aftertouch filter is DIS", "control"),
        ("joystick-seen", (RIGHT, LEFT), "The joystick was not moved in all directions", "filter"),
        ("joystick-seen", (NOTE, b"\xd0\x40"), "The joystick was not moved", "filter"),
        ("slider-seen", (b"\xb0\x60\x00",), "SEQ or GLOBAL mode", "Exclusive"),
        ("up-down-seen", (b"\xb0\x06\x10",), "SEQ or GLOBAL mode", "Exclusive"),
        ("pedals-seen", (UP,), "A pedal is not plugged in", "control filter"),
        ("joystick-range", (b"\xb0\x40\x7f",), "not moved while", "filter"),
    ],
)
def test_a_filter_that_let_something_through_is_not_suspected(
    name: str, came: tuple[bytes, ...], kept: str, ruled_out: str
) -> None:
    advice = said(name, *came).verdict.advice
    assert advice is not None
    assert kept in advice.cause
    assert ruled_out not in advice.cause


@pytest.mark.parametrize("name", ["joystick-seen", "slider-seen", "joystick-range"])
def test_who_is_not_heard_to_move_a_control_is_asked_to_press_a_key_too(name: str) -> None:
    advice = said(name, SENSING).verdict.advice
    assert advice is not None
    assert "Press a key, too, so that the program hears that MIDI arrives." in advice.next_step


def test_an_m1_that_answers_has_exclusive_at_ena() -> None:
    idle = rehearsed("slider-seen", healthy(), "press-hard").verdict
    assert idle.advice is not None
    assert "Exclusive" not in idle.advice.cause
    assert "GLOBAL" not in idle.advice.next_step


def test_a_dead_joystick_is_a_finding_once_a_key_was_heard() -> None:
    verdict = said("joystick-range", NOTE).verdict
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.code == "joystick-not-heard"


def test_a_slider_must_reach_both_ends() -> None:
    assert said("slider-seen", b"\xb0\x06\x05", b"\xb0\x06\x7a").verdict.passed
    short = said("slider-seen", *[bytes([0xB0, 6, value]) for value in range(100)]).verdict
    assert short.passed is False
    assert short.found == "VALUE slider: bottom heard; top not heard"


def test_a_song_that_starts_and_stops_is_heard_in_seq_mode_alone() -> None:
    acts = ("press START/STOP", "wait 2", "press START/STOP")
    assert rehearsed("start-stop-seen", healthy("SEQ"), *acts).verdict.passed
    elsewhere = rehearsed("start-stop-seen", healthy("PROG"), *acts).verdict
    assert elsewhere.passed is False
    assert elsewhere.advice is not None
    assert "The M1 is in PROG mode" in elsewhere.advice.cause


@pytest.mark.parametrize(
    ("name", "keys", "again"),
    [
        ("start-stop-seen", "PROG", "press SEQ, START/STOP"),
        ("start-stop-seen", "GLOBAL", "press SEQ, START/STOP"),
        ("up-down-seen", "GLOBAL", "press PROG, UP and DOWN"),
        ("up-down-seen", "SEQ", "press PROG, UP and DOWN"),
        ("program-change-seen", "SEQ", "press PROG, then"),
        ("program-change-seen", "EDIT-PROG", "press PROG, then"),
    ],
)
def test_a_mode_in_which_a_key_sends_nothing_is_the_cause_and_nothing_else(
    name: str, keys: str, again: str
) -> None:
    verdict = rehearsed(name, healthy(keys), "press UP DOWN").verdict
    assert verdict.passed is False
    assert verdict.advice is not None
    mode = {"SEQ": "SEQUENCER", "EDIT-PROG": "EDIT PROG"}.get(keys, keys)
    assert f"The M1 is in {mode} mode" in verdict.advice.cause
    for other in ("filter", "Exclusive", "EXT", "switch", "no program was"):
        assert other not in verdict.advice.cause
    assert f"ry again: {again}" in verdict.advice.next_step
    back = "If the value at the cursor was changed, set it back first. Then "
    assert verdict.advice.next_step.startswith(back) is (name == "up-down-seen")


@pytest.mark.parametrize(
    ("name", "keys"),
    [("start-stop-seen", "SEQ"), ("up-down-seen", "PROG"), ("program-change-seen", "COMBI")],
)
def test_the_mode_is_not_the_cause_where_the_m1_says_that_it_is_the_right_one(
    name: str, keys: str
) -> None:
    verdict = rehearsed(name, healthy(keys), "press-hard").verdict
    assert verdict.passed is False
    assert verdict.advice is not None
    assert " mode" not in verdict.advice.cause


def test_a_start_without_a_stop_is_half_of_it() -> None:
    verdict = said("start-stop-seen", b"\xfa").verdict
    assert verdict.found == "START/STOP: start heard; stop not heard"


def test_a_song_that_was_running_while_no_key_was_pressed_is_a_likely_cause() -> None:
    verdict = said("start-stop-seen", b"\x90\x3c\x40").verdict
    assert verdict.advice is not None
    assert "The sequencer was running already, " in verdict.advice.cause
    assert "START/STOP was not pressed" in verdict.advice.cause
    assert verdict.advice.next_step.startswith("If the sequencer is running, press START/STOP.")
    silent = said("start-stop-seen", b"\xf8").verdict.advice
    assert silent is not None
    assert "START/STOP was not pressed" in silent.cause
    assert "running already" not in silent.cause


def test_a_stop_that_ends_a_song_of_before_is_not_the_one_after_a_start() -> None:
    link = healthy("SEQ START/STOP")
    acts = ("press START/STOP", "wait 1", "press START/STOP", "wait 1")
    left_running = rehearsed("start-stop-seen", link, *acts).verdict
    assert left_running.passed is False
    assert left_running.advice is not None
    assert "running already" in left_running.advice.cause
    assert "If the sequencer is running, press START/STOP." in left_running.advice.next_step
    running = healthy("SEQ START/STOP")
    assert rehearsed("start-stop-seen", running, *acts, "press START/STOP").verdict.passed
    once = rehearsed("start-stop-seen", healthy("SEQ START/STOP"), "press START/STOP").verdict
    assert once.advice is not None
    assert once.advice.code == "start-stop-not-heard"
    assert "running already" in once.advice.cause


def test_our_own_message_that_comes_back_is_none_of_the_panel() -> None:
    ours = ModeRequest(0).encode()
    assert said("exclusive-seen", ours).verdict.passed is False
    panel = ModeChange(0, Mode.PROG).encode()
    assert said("exclusive-seen", panel).verdict.passed


def test_a_pedal_that_sends_what_value_sends_is_named_and_is_not_taken_for_value() -> None:
    value = rehearsed("slider-seen", healthy(), "slider").verdict
    assert value.passed
    assert value.evidence.endswith(
        "; assignable pedal 2 (edit slider) sends the same when it is moved"
    )
    pedals = rehearsed("slider-seen", healthy(), "pedals").verdict
    assert pedals.passed is False
    assert pedals.advice is not None
    assert pedals.advice.code == "pedal-sends-value"
    assert "assignable pedal 2 (edit slider)" in pedals.advice.cause
    heard = rehearsed("pedals-seen", healthy(), "pedals").verdict
    assert heard.evidence.endswith("; VALUE sends the same as assignable pedal 2 (edit slider)")


def test_the_damper_beside_value_raises_no_doubt_where_no_pedal_sends_the_same() -> None:
    m1 = machine("healthy")
    m1.board.change_global(m1.board.memory.global_data.replace(pedal_1=0, pedal_2=0))
    verdict = rehearsed("slider-seen", VirtualLink(m1), "pedals", "slider").verdict
    assert verdict.passed
    assert "pedal" not in verdict.evidence


def test_the_pedals_that_global_names_are_looked_for() -> None:
    heard = rehearsed("pedals-seen", healthy(), "pedals")
    assert heard.verdict.expected == (
        "damper down, damper up, assignable pedal 1 and assignable pedal 2"
    )


def test_pedals_of_an_m1_that_does_not_answer_are_the_damper_alone() -> None:
    heard = said("pedals-seen", b"\xb0\x40\x7f", b"\xb0\x40\x00")
    assert heard.verdict.passed
    assert heard.verdict.expected == "damper down and damper up"


@pytest.mark.parametrize("mode", ["GLOBAL 5 + H", "SEQ"])
@pytest.mark.parametrize("name", ["slider-seen", "pedals-seen"])
def test_what_would_change_a_setting_or_a_song_is_not_listened_for(name: str, mode: str) -> None:
    m1 = machine("healthy")
    m1.press(mode)
    heard = rehearsed(name, VirtualLink(m1))
    assert heard.verdict.passed is None
    assert heard.verdict.advice is not None
    assert heard.verdict.advice.code == "value-changes-settings"
    m1.press("PROG")
    assert rehearsed(name, VirtualLink(m1), name.partition("-")[0]).verdict.passed


def test_a_pedal_that_sends_nothing_is_not_waited_for() -> None:
    m1 = machine("healthy")
    data = m1.board.memory.global_data.replace(pedal_1=6, pedal_2=5)
    m1.board.change_global(data)
    heard = rehearsed("pedals-seen", VirtualLink(m1), "pedals")
    assert heard.verdict.passed
    assert "assignable pedal 1" not in heard.verdict.expected


def test_several_checks_listen_at_the_same_time() -> None:
    link = healthy()
    names = ["program-change-seen", "aftertouch-seen", "joystick-seen", "exclusive-seen"]

    async def main() -> list[bool | None]:
        async with Instrument(link) as instrument:
            tasks = [
                asyncio.create_task(run_check(name, instrument, CheckContext())) for name in names
            ]
            await asyncio.sleep(0)
            for action in ("press PROG 0 5", "press-hard", "joystick"):
                await link.rehearsal.perform(action)
            return [(await task).passed for task in tasks]

    assert clock.run(main()) == [True] * len(names)


def test_a_flood_is_heard_in_bounded_memory() -> None:
    link = ScriptedLink(lambda message: [])

    async def main() -> tuple[bool | None, int]:
        async with Instrument(link) as instrument:
            task = asyncio.create_task(run_check("joystick-seen", instrument, CheckContext()))
            await asyncio.sleep(0)
            link.say(RIGHT * 20_000, LEFT, UP, DOWN)
            verdict = await task
            return verdict.passed, instrument.received

    passed, received = clock.run(main())
    assert passed
    assert received > 3 * KEPT


def test_a_link_that_is_lost_while_listening_is_no_verdict() -> None:
    link = ScriptedLink(lambda message: [])

    async def main() -> bool | None:
        async with Instrument(link) as instrument:
            link.unplug(after=1.0)
            return (await run_check("joystick-seen", instrument, CheckContext())).passed

    assert clock.run(main()) is None
