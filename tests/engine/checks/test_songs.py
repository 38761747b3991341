"""Which song plays, which was chosen, and on which channel a track's keys play."""

from __future__ import annotations

import pytest

from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Mode
from tests.engine.bench import machine
from tests.engine.scripted import ScriptedLink
from tests.engine.small_m1 import SmallM1

from .hands import SENSING, Heard, listened, rehearsed, said

NOTE = b"\x90\x3c\x40"
START = b"\xfa"


def healthy() -> VirtualLink:
    return VirtualLink(machine())


def test_a_song_that_starts_and_sends_notes_plays() -> None:
    heard = rehearsed("song-plays", healthy(), "press SEQ START/STOP")
    assert heard.verdict.passed
    assert heard.verdict.evidence == "a start, then notes"


@pytest.mark.parametrize(
    ("acts", "why"),
    [
        ("press SEQ B UP", "START/STOP was not pressed"),
        ("press SEQ B UP UP UP UP UP UP START/STOP", "contains no notes"),
        ("press PROG START/STOP", "The M1 is in PROG mode"),
        ("play 60", "already playing"),
    ],
)
def test_what_is_no_playing_song_says_why(acts: str, why: str) -> None:
    verdict = rehearsed("song-plays", healthy(), acts).verdict
    assert verdict.passed is False
    assert verdict.advice is not None
    assert why in verdict.advice.cause
    assert ("started, but" in verdict.advice.happened) is (why == "contains no notes")


@pytest.mark.parametrize("name", ["song-plays", "song-chosen"])
@pytest.mark.parametrize("mode", ["PROG", "GLOBAL"])
def test_for_a_song_another_mode_is_named_and_nothing_else(name: str, mode: str) -> None:
    verdict = rehearsed(name, healthy(), f"press {mode} B UP", values={"song": "1"}).verdict
    assert verdict.advice is not None
    assert verdict.advice.cause.startswith(f"The M1 is in {mode} mode")
    assert "not pressed" not in verdict.advice.cause
    assert "SEQ" in verdict.advice.next_step


@pytest.mark.parametrize("name", ["song-plays", "song-chosen"])
def test_for_a_song_the_mode_is_not_the_cause_where_it_is_the_right_one(name: str) -> None:
    verdict = rehearsed(name, healthy(), "press SEQ", values={"song": "1"}).verdict
    assert verdict.advice is not None
    assert "SEQ mode" not in verdict.advice.cause


def test_a_song_that_played_already_is_to_be_stopped_first() -> None:
    verdict = said("song-plays", NOTE + NOTE).verdict
    assert verdict.passed is False
    assert verdict.advice is not None
    assert "already playing" in verdict.advice.cause
    assert "START/STOP to stop it" in verdict.advice.next_step


@pytest.mark.parametrize("wire", [b"\xf8" * 48, NOTE, NOTE + START, b"\xfc" + NOTE])
def test_neither_clock_nor_notes_before_a_start_are_a_song(wire: bytes) -> None:
    assert said("song-plays", wire).verdict.passed is False


def chosen(keys: str, song: str) -> Heard:
    return rehearsed("song-chosen", healthy(), f"press {keys}", values={"song": song})


def test_the_song_that_was_chosen_last_counts() -> None:
    assert chosen("SEQ B UP UP", "2").verdict.passed
    wrong = chosen("SEQ B UP UP", "1").verdict
    assert wrong.passed is False
    assert wrong.found == "song 2 chosen"
    assert chosen("SEQ B UP UP DOWN", "1").verdict.passed


def test_a_song_that_was_passed_on_the_way_is_not_the_one() -> None:
    slow = said("song-chosen", b"\xf3\x02", 1.5, b"\xf3\x03", values={"song": "2"})
    assert slow.verdict.passed is False


def test_the_wait_ends_soon_after_the_song_was_chosen() -> None:
    assert chosen("SEQ B UP", "1").seconds == pytest.approx(2, abs=0.2)


def test_a_song_that_nobody_chose_may_be_any() -> None:
    verdict = chosen("SEQ START/STOP", "0").verdict
    assert verdict.passed is None
    assert verdict.found == "no song was chosen"
    assert verdict.advice is not None
    assert "go to another song and back" in verdict.advice.next_step


def on_track(keys: str, track: str, channel: str, *acts: str) -> Heard:
    values = {"song": "0", "track": track, "channel": channel}
    return rehearsed("track-channel", healthy(), f"press {keys}", *acts, values=values)


def test_a_track_plays_on_the_channel_that_the_dump_tells() -> None:
    heard = on_track("SEQ C UP UP", "3", "3", "play 60")
    assert heard.verdict.passed
    assert heard.verdict.evidence == (
        "song 0 track 3 is on channel 3; 1 note on channel 3, mode SEQUENCER"
    )


def test_another_channel_in_the_dump_fails_without_a_note() -> None:
    verdict = on_track("SEQ", "3", "2").verdict
    assert verdict.passed is False
    assert verdict.found == "song 0 track 3 is on channel 3"


@pytest.mark.parametrize(
    ("keys", "acts", "found"),
    [
        ("SEQ C UP", ("play 60",), "1 note on channel 2, mode SEQUENCER"),
        ("SEQ C UP UP", (), "no notes, mode SEQUENCER"),
        ("PROG", ("play 60",), "1 note on channel 1, mode PROG"),
    ],
)
def test_a_track_that_is_not_chosen_does_not_play(
    keys: str, acts: tuple[str, ...], found: str
) -> None:
    verdict = on_track(keys, "3", "3", *acts).verdict
    assert verdict.passed is False
    assert verdict.found == f"song 0 track 3 is on channel 3; {found}"


@pytest.mark.parametrize(
    ("keys", "track", "acts", "cause"),
    [
        ("SEQ C UP", "3", ("play 60",), "Another track is chosen on the panel."),
        ("SEQ C UP UP", "3", (), "No key was played."),
        ("PROG", "3", ("play 60",), "The M1 is in PROG mode, in which keys do not play a track."),
        ("PROG", "1", ("play 60",), "The M1 is in PROG mode, in which keys do not play a track."),
        ("GLOBAL", "3", (), "The M1 is in GLOBAL mode, in which keys do not play a track."),
    ],
)
def test_why_a_track_does_not_play_is_what_is_known(
    keys: str, track: str, acts: tuple[str, ...], cause: str
) -> None:
    advice = on_track(keys, track, track, *acts).verdict.advice
    assert advice is not None
    assert advice.cause == cause


@pytest.mark.parametrize("times", [1, 2, 3])
def test_while_it_listens_it_says_the_count_that_is_then_written_down(times: int) -> None:
    heard = on_track("SEQ C UP", "3", "3", *["play 60"] * times)
    assert heard.verdict.found == (
        f"song 0 track 3 is on channel 3; {heard.notes[-1]}, mode SEQUENCER"
    )
    assert heard.notes[-1] == f"{times} note{'s' if times > 1 else ''} on channel 2"


def test_the_global_channel_is_not_taken_for_a_tracks() -> None:
    verdict = on_track("PROG", "1", "1", "play 60").verdict
    assert verdict.passed is False
    assert verdict.found.endswith("1 note on channel 1, mode PROG")


def test_a_note_on_another_channel_first_does_no_harm() -> None:
    link = ScriptedLink(SmallM1(mode=Mode.SEQUENCER))

    async def act() -> None:
        link.say(SENSING, NOTE, b"\x91\x3c\x40")

    values = {"song": "0", "track": "2", "channel": "2"}
    verdict = listened("track-channel", link, act, values=values).verdict
    assert verdict.passed
    assert "2 notes on channel 1, 2" in verdict.evidence
