"""The keybed's test: every key by its name, whatever is wrong with it."""

from __future__ import annotations

import asyncio

import pytest

from m1tui.engine.keybed import KEYS, KeybedReport, KeyReading, KeyState
from m1tui.link.virtual import VirtualLink
from tests.engine.bench import machine

from .hands import SENSING, Heard, listened, rehearsed, said

ALL = list(KEYS)


def strokes(keys: list[int], velocity: int) -> bytes:
    return b"".join(bytes([0x90, key, velocity, 0x80, key, 0x40]) for key in keys)


def played(*pieces: bytes) -> Heard:
    return said("keybed", *pieces)


def report(heard: Heard) -> KeybedReport:
    """What was told of the keys last."""
    keybed = heard.progress[-1].keybed
    assert keybed is not None
    return keybed


def names(heard: Heard, state: KeyState) -> list[str]:
    return [key.name for key in report(heard).of(state)]


def test_a_sound_keybed_passes_as_soon_as_its_last_key_is_up() -> None:
    heard = rehearsed("keybed", VirtualLink(machine()), "play")
    assert heard.verdict.passed
    assert heard.verdict.evidence == "61 of 61 keys good; not transposed"
    assert heard.seconds < 3
    assert report(heard).good


def test_a_silent_a_stuck_and_a_one_velocity_key_are_named() -> None:
    heard = rehearsed("keybed", VirtualLink(machine("faulty-keys")), "play")
    verdict = heard.verdict
    assert verdict.passed is False
    assert (
        verdict.found
        == "58 of 61 keys good; silent or not played: G2; stuck: F#4; one velocity: F6"
    )
    assert names(heard, KeyState.SILENT) == ["G2"]
    assert names(heard, KeyState.STUCK) == ["F#4"]
    assert dict(verdict.values)["stuck-keys"] == "F#4"
    assert names(heard, KeyState.ONE_VELOCITY) == ["F6"]
    assert verdict.advice is not None
    for word in ("contact strip", "grease", "two contacts"):
        assert word in verdict.advice.cause


def test_the_softest_and_hardest_stroke_of_each_octave_is_in_the_answer() -> None:
    heard = played(strokes(ALL, 20), strokes(ALL[:12], 104), strokes(ALL[12:], 90))
    assert heard.verdict.passed
    (line,) = heard.verdict.beside
    assert line.endswith("octave: C2 20–104, C3 20–90, C4 20–90, C5 20–90, C6 20–90, C7 20–90")


def test_who_checks_again_is_told_to_play_all_keys_because_none_of_the_last_time_count() -> None:
    most = played(*(strokes(ALL[:-1], velocity) for velocity in (20, 110)))
    assert most.verdict.found == "60 of 61 keys good; silent or not played: C7"
    again = played(*(strokes(ALL[-1:], velocity) for velocity in (20, 110)))
    assert again.verdict.found.startswith("1 of 61 keys good")
    assert most.verdict.advice is not None
    assert "play all keys: each check begins with none" in most.verdict.advice.next_step


def test_exclusive_need_not_be_enabled() -> None:
    verdict = rehearsed("keybed", VirtualLink(machine("dead-battery")), "play").verdict
    assert verdict.passed
    assert "assumed not transposed" in verdict.evidence


def test_a_transposed_keyboard_names_the_same_keys() -> None:
    m1 = machine("faulty-keys", "GLOBAL + F " + "UP " * 7)
    heard = rehearsed("keybed", VirtualLink(m1), "play")
    verdict = heard.verdict
    assert "silent or not played: G2; stuck: F#4; one velocity: F6" in verdict.found
    assert "key transposition +7" in verdict.evidence
    assert report(heard).strays == ()


def test_notes_that_no_key_has_are_told_and_suggest_a_transposition() -> None:
    heard = played(strokes([key + 12 for key in ALL], 20))
    verdict = heard.verdict
    assert report(heard).strays == tuple(range(97, 109))
    assert verdict.advice is not None
    assert (
        "Notes outside the keyboard's range were also received (C#7, D7, D#7, E7)"
        in verdict.advice.cause
    )


def test_keys_that_were_struck_once_are_not_judged_by_velocity() -> None:
    verdict = played(strokes(ALL, 64)).verdict
    assert verdict.passed is False
    assert verdict.found == "0 of 61 keys good; struck once: C2–C7"


@pytest.mark.parametrize(("soft", "hard", "good"), [(40, 55, True), (40, 54, False)])
def test_two_velocities_must_differ_clearly(soft: int, hard: int, good: bool) -> None:
    verdict = played(strokes(ALL, soft), strokes(ALL, hard)).verdict
    assert verdict.passed is good


def test_a_note_on_with_velocity_0_is_a_note_off() -> None:
    off = b"".join(bytes([0x90, key, 20, key, 0, key, 110, key, 0]) for key in ALL)
    assert played(off).verdict.passed


def test_a_key_that_comes_up_late_is_not_stuck() -> None:
    last = bytes([0x80, ALL[-1], 0x40])
    strikes = strokes(ALL[:-1], 20) + strokes(ALL, 110)[:-3]
    heard = said("keybed", strikes, strokes(ALL[-1:], 20)[:0], 5.0, last)
    assert names(heard, KeyState.STUCK) == []


def test_a_note_off_without_a_note_on_is_no_key() -> None:
    heard = played(bytes([0x80, 60, 0x40]))
    assert len(names(heard, KeyState.SILENT)) == 61


def test_the_report_grows_while_keys_are_played() -> None:
    heard = played(strokes(ALL[:2], 20), strokes(ALL[:2], 110))
    done = [
        len(progress.keybed.of(KeyState.GOOD))
        for progress in heard.progress
        if progress.keybed is not None
    ]
    assert done == sorted(done)
    assert done[-1] == 2
    assert heard.notes[-1] == "2 of 61 keys done; not heard: D2–C7"


def test_a_key_that_is_struck_again_and_again_alike_does_not_hold_up_the_end() -> None:
    heard = said("keybed", *[piece for _ in range(40) for piece in (strokes([60], 64), 2.0)])
    assert 30 < heard.seconds < 40
    assert names(heard, KeyState.ONE_VELOCITY) == ["C4"]


def test_a_keybed_of_which_nothing_is_heard_is_drawn_silent() -> None:
    verdict = played(SENSING).verdict
    assert verdict.passed is False
    assert verdict.found == "none"
    unplugged = played()
    assert unplugged.verdict.passed is None
    assert len(names(unplugged, KeyState.SILENT)) == 61


def test_a_keybed_that_nobody_played_is_not_called_faulty() -> None:
    verdict = said("keybed", SENSING).verdict
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.happened.startswith("No key was heard: ")


def test_the_keys_have_their_names_and_colours() -> None:
    keys = [KeyReading(note) for note in KEYS]
    assert [keys[i].name for i in (0, 24, 30, 60)] == ["C2", "C4", "F#4", "C7"]
    assert sum(key.black for key in keys) == 25


def test_what_was_played_is_judged_as_soon_as_the_person_says_that_was_all() -> None:
    enough = asyncio.Event()
    link = VirtualLink(machine("faulty-keys"))

    async def act() -> None:
        await link.rehearsal.perform("play")
        enough.set()

    waits = rehearsed("keybed", VirtualLink(machine("faulty-keys")), "play")
    heard = listened("keybed", link, act, enough=enough)
    assert heard.verdict == waits.verdict
    assert heard.seconds < waits.seconds - 20
