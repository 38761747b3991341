"""The sequencer's memory: free, full, recorded, erased, and on which channel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m1tui.advice import Advice
from m1tui.engine.checks import CheckContext
from m1tui.engine.checks.sequencer import BRING_BACK
from m1tui.facts import MISHAP, Verdict
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import Allocation, Contents, Part, Sequence
from m1tui.virtual.machine import VirtualM1
from tests.engine.bench import EXCLUSIVE_ON, machine
from tests.engine.scripted import ScriptedLink
from tests.engine.small_m1 import SmallM1

from .hands import checked

NOTE = b"\x00\x90\x10\x78"
BAR, END = b"\x00\x60\x00\x00", b"\xc0\x70\x00\x00"
PLACES = 181
"""Tracks of ten songs, patterns, and the end."""


def sequence(*tracks: tuple[int, int, int]) -> Sequence:
    """Return songs with steps on some tracks: (song, track from 1, steps)."""
    counts = {song * 8 + track - 1: count for song, track, count in tracks}
    offsets, at = [], 0
    for place in range(PLACES):
        offsets.append(at)
        at += 4 * counts.get(place, 0)
    control = Sequence.empty().control.replace(offsets=tuple(offsets))
    return Sequence(control, NOTE * (at // 4))


def memory(held: Sequence, allocation: Allocation = Allocation.LARGE_PROGRAM) -> Contents:
    demo = demo_contents()
    assert demo.programs is not None
    assert demo.combinations is not None
    return Contents(
        demo.programs[: allocation.programs],
        demo.combinations[: allocation.combinations],
        demo.global_,
        held,
        allocation,
    )


def asked(
    name: str,
    held: Sequence,
    allocation: Allocation = Allocation.LARGE_PROGRAM,
    before: Sequence | None = None,
    *,
    proved: frozenset[str] = frozenset(),
    **values: str,
) -> Verdict:
    backups: dict[str, Contents] = {}
    if before is not None:
        sounds = memory(before).only(Part.PROGRAMS)
        backups = {"sounds": sounds, "first": memory(before), "later": memory(held)}
    context = CheckContext(values=values, backups=backups, proved=proved)
    return checked(name, ScriptedLink(SmallM1(memory(held, allocation))), context)


def test_a_sequencer_without_a_step_is_free() -> None:
    verdict = asked("sequencer-free", sequence())
    assert verdict.passed
    assert verdict.evidence == "100 % free, 0 of 4,400 steps used"


def test_one_step_is_not_free_though_it_rounds_to_100_percent() -> None:
    verdict = asked("sequencer-free", sequence((0, 1, 1)))
    assert verdict.passed is False
    assert verdict.found == "100 % free, 1 of 4,400 steps used"


def test_who_was_led_past_the_steps_that_free_it_is_led_back_to_the_answer() -> None:
    led_past = asked("sequencer-free", sequence((0, 1, 1))).advice
    assert led_past is not None
    assert "change that answer" in led_past.next_step
    done = asked("sequencer-free", sequence((0, 1, 1)), proved=frozenset({"allocation = 100/100"}))
    assert done.advice is not None
    assert done.advice.next_step.startswith("Change to 50/50")


@pytest.mark.parametrize(("steps", "passed"), [(5004, False), (5005, False), (5006, True)])
def test_less_than_35_percent_is_counted_exactly(steps: int, passed: bool) -> None:
    verdict = asked("sequencer-below-35", sequence((2, 3, steps)), Allocation.LARGE_SEQUENCE)
    assert verdict.passed is passed
    assert f"{steps:,} of 7,700 steps used" in verdict.found


def test_a_sequencer_that_is_not_full_yet_tells_how_many_steps_are_missing() -> None:
    verdict = asked("sequencer-below-35", sequence((0, 1, 5000)), Allocation.LARGE_SEQUENCE)
    assert verdict.advice is not None
    assert "about 6 more steps" in verdict.advice.next_step


def test_the_used_m1_is_full_enough_for_the_trick_and_free_after_it() -> None:
    m1 = machine("used", EXCLUSIVE_ON)
    assert checked("sequencer-below-35", VirtualLink(m1)).passed
    assert checked("sequencer-free", VirtualLink(m1)).passed is False
    m1.press("GLOBAL 6 + + + DOWN G")
    assert checked("sequencer-free", VirtualLink(m1)).passed


def test_a_song_with_steps_on_any_track_is_not_empty() -> None:
    held = sequence((3, 2, 5), (3, 8, 7), (4, 1, 9))
    verdict = asked("song-empty", held, song="3")
    assert verdict.passed is False
    assert verdict.found == 'song 3 "New Song" has 12 steps on tracks 2, 8'
    assert asked("song-empty", held, song="2").passed


@pytest.mark.parametrize(
    "name",
    ["song-empty", "track-empty", "track-recorded"],
)
def test_protection_that_the_run_has_proved_off_is_no_cause(name: str) -> None:
    held = sequence((3, 2, 5))

    def advised(proved: frozenset[str]) -> Advice:
        verdict = asked(name, held, before=held, proved=proved, song="3", track="2")
        assert verdict.passed is False
        assert verdict.advice is not None
        return verdict.advice

    unknown = advised(frozenset())
    assert "or memory protect is on for the sequence" in unknown.cause
    assert "Turn memory protect off" in unknown.next_step
    off = advised(frozenset({"protects = OFF"}))
    said = "Memory protect is not the cause: it was proved OFF earlier in this run."
    assert off.cause.endswith(f"was chosen. {said}")
    assert "protect" not in off.next_step


def test_where_nothing_else_was_erased_nothing_is_to_be_brought_back() -> None:
    held = sequence((3, 2, 5))
    verdict = asked("song-empty", held, before=held, song="3")
    assert verdict.advice is not None
    assert BRING_BACK not in verdict.advice.safe


def test_an_erased_song_is_empty() -> None:
    m1 = machine("healthy")
    context = CheckContext(values={"song": "0"})
    assert checked("song-empty", VirtualLink(m1), context).passed is False
    m1.press("SEQ 3 + G G")
    assert checked("song-empty", VirtualLink(m1), context).passed


def test_a_song_that_was_erased_by_mistake_is_named_beside_the_right_one() -> None:
    m1 = machine("healthy")
    context = CheckContext(values={"song": "0"}, backups={"backup": demo_contents()})
    m1.press("SEQ 3 + UP G G")
    wrong = checked("song-empty", VirtualLink(m1), context)
    assert wrong.passed is False
    assert wrong.advice is not None
    assert 'Changed since they were saved: song 1 "Night Bus", track' in wrong.advice.happened
    assert "contains all songs" in wrong.advice.safe
    assert BRING_BACK in wrong.advice.safe
    m1.press("SEQ 3 + DOWN G G")
    both = checked("song-empty", VirtualLink(m1), context)
    assert both.passed
    assert both.advice is not None
    assert both.advice.code == "other-songs-changed"
    assert "Night Bus" in both.advice.happened
    assert "(empty now)" in both.advice.happened
    assert BRING_BACK in both.advice.safe
    assert "Listen" not in both.advice.next_step
    assert 'Song 1 "Night Bus" is empty now' in both.advice.next_step
    assert dict(both.values)[MISHAP].startswith('song 1 "Night Bus" (track')
    assert dict(both.values)[MISHAP].endswith(") was erased")
    assert "another song or track was selected" in both.advice.cause


def test_keys_on_another_page_that_changed_only_settings_of_the_chosen_song_are_the_cause() -> None:
    m1 = machine("healthy")
    context = CheckContext(values={"song": "0", "track": "2"}, backups={"b": m1.contents})
    m1.press("SEQ B 4 + UP G G")
    wrong = checked("track-empty", VirtualLink(m1), context)
    m1.press("SEQ B 4 + + UP G G")
    right = checked("track-empty", VirtualLink(m1), context)
    assert (wrong.passed, right.passed) == (False, True)
    for verdict in (wrong, right):
        assert verdict.advice is not None
        assert 'song 0 "Workbench" settings' in verdict.advice.happened
        assert "on another page, which changed settings of the chosen song" in verdict.advice.cause
        assert "selected" not in verdict.advice.cause
        assert "Songs, tracks or patterns other than the chosen one" not in verdict.advice.happened


def test_what_was_changed_and_still_has_steps_is_to_be_listened_to() -> None:
    before, after = sequence((2, 1, 5), (3, 1, 9)), sequence((3, 1, 4))
    verdict = asked("song-empty", after, before=before, song="2")
    assert verdict.advice is not None
    assert verdict.advice.next_step.startswith("Listen to what was changed")
    assert "empty now" not in verdict.advice.happened


def test_a_track_erased_in_another_song_is_named_and_the_song_is_chosen_first() -> None:
    m1 = machine("healthy")
    values = {"song": "0", "track": "1"}
    context = CheckContext(values=values, backups={"backup": demo_contents()})
    m1.press("SEQ B UP 4 + + G G")
    wrong = checked("track-empty", VirtualLink(m1), context)
    assert wrong.passed is False
    assert wrong.advice is not None
    assert wrong.advice.happened.endswith(
        'Changed since they were saved: song 1 "Night Bus", track 1 (empty now).'
    )
    assert BRING_BACK in wrong.advice.safe
    m1.press("GLOBAL 6 DOWN + B DOWN + B DOWN SEQ B DOWN SEQ 4 + + G G")
    right = checked("track-empty", VirtualLink(m1), context)
    assert right.passed
    assert "SEQ B, then UP or DOWN until the display shows song 0" in wrong.advice.next_step


def test_a_setting_that_was_changed_where_a_track_was_erased_is_named() -> None:
    m1 = machine("healthy")
    context = CheckContext(values={"song": "0", "track": "2"}, backups={"b": m1.contents})
    m1.press("SEQ B 4 + UP UP SEQ B 4 + + UP G G")
    verdict = checked("track-empty", VirtualLink(m1), context)
    assert verdict.advice is not None
    assert 'song 0 "Workbench" settings' in verdict.advice.happened


def test_another_track_of_the_song_that_was_erased_is_named() -> None:
    before = sequence((2, 1, 5), (2, 3, 7))
    verdict = asked("track-empty", sequence(), before=before, song="2", track="1")
    assert verdict.passed
    assert verdict.advice is not None
    assert verdict.advice.happened.startswith(
        'Also changed: song 2 "New Song", track 3 (empty now). '
    )
    assert verdict.advice.next_step.startswith('Track 3 of song 2 "New Song" is empty now')


def test_a_song_without_steps_that_was_erased_beside_another_is_said_to_have_had_none() -> None:
    m1 = machine("healthy")
    context = CheckContext(values={"song": "1"}, backups={"b": m1.contents})
    m1.press("GLOBAL 6 DOWN + B DOWN + B DOWN SEQ 3 + UP UP G G DOWN G G")
    verdict = checked("song-empty", VirtualLink(m1), context)
    assert verdict.passed
    assert verdict.advice is not None
    assert 'song 2 "New Song" settings (it had no steps)' in verdict.advice.happened
    mishaps = [text for name, text in verdict.values if name == MISHAP]
    assert mishaps == ['the settings of song 2 "New Song", which was empty, were changed']


@pytest.mark.parametrize("check", ["song-empty", "track-empty"])
def test_a_song_or_track_that_was_empty_before_is_called_out(check: str) -> None:
    before = sequence((2, 1, 5))
    verdict = asked(check, before, before=before, song="7", track="3")
    assert verdict.passed
    assert verdict.evidence.endswith("has no steps; it had none when it was saved")
    assert verdict.advice is not None
    assert verdict.advice.code == "was-empty-before"
    erased = asked(check, sequence(), before=before, song="2", track="1")
    assert erased.passed
    assert erased.advice is None


def test_a_track_is_empty_by_itself() -> None:
    held = sequence((3, 2, 1))
    verdict = asked("track-empty", held, song="3", track="2")
    assert verdict.passed is False
    assert verdict.found == "song 3 track 2 has 1 step"
    assert asked("track-empty", held, song="3", track="1").passed
    assert asked("track-empty", held, song="2", track="2").passed


def test_a_track_with_steps_is_recorded() -> None:
    held = sequence((0, 1, 12))
    verdict = asked("track-recorded", held, song="0", track="1")
    assert verdict.passed
    assert verdict.evidence == "song 0 track 1 has 12 notes"
    assert asked("track-recorded", held, song="0", track="2").passed is False


def test_a_track_that_is_as_it_was_is_not_recorded() -> None:
    held = sequence((0, 1, 12), (0, 2, 3))
    verdict = asked("track-recorded", held, before=held, song="0", track="1")
    assert verdict.passed is False
    assert verdict.found == "song 0 track 1 has 12 notes; 12 notes before, the same"


def test_a_track_that_changed_since_the_first_reading_is_recorded() -> None:
    before, after = sequence((0, 1, 12)), sequence((0, 1, 12), (0, 2, 30))
    verdict = asked("track-recorded", after, before=before, song="0", track="2")
    assert verdict.passed
    assert verdict.evidence == "song 0 track 2 has 30 notes; no notes before"
    again = asked("track-recorded", sequence((0, 1, 4)), before=before, song="0", track="1")
    assert again.passed


def test_an_erased_track_is_not_recorded() -> None:
    verdict = asked("track-recorded", sequence(), before=sequence((0, 1, 4)), song="0", track="1")
    assert verdict.passed is False


def record_in_song_9(m1: VirtualM1) -> None:
    """Record eight notes on track 2, after keys that may have left another song chosen."""
    m1.press("SEQ 0 B " + "UP " * 9 + "C UP REC START/STOP")
    for second in range(1, 9):
        m1.advance(float(second))
        m1.key_down(60, 100)
        m1.advance(second + 0.4)
        m1.key_up(60)
    m1.press("START/STOP")


def test_recording_on_the_panel_is_seen() -> None:
    m1 = machine("healthy")
    before = m1.contents
    context = CheckContext(values={"song": "9", "track": "2"}, backups={"first": before})
    assert checked("track-recorded", VirtualLink(m1), context).passed is False
    record_in_song_9(m1)
    verdict = checked("track-recorded", VirtualLink(m1), context)
    assert verdict.passed, verdict.found


def test_a_song_that_was_changed_beside_the_recorded_one_is_named() -> None:
    before, after = sequence((0, 1, 4)), sequence((0, 1, 4), (2, 1, 9))
    as_chosen = asked("track-recorded", after, before=before, song="2", track="1")
    assert as_chosen.passed
    assert as_chosen.advice is None
    changed = sequence((0, 1, 5), (2, 1, 9))
    verdict = asked("track-recorded", changed, before=before, song="2", track="1")
    assert verdict.passed
    assert verdict.advice is not None
    assert verdict.advice.happened.startswith('Also changed: song 0 "New Song", track 1. ')


@pytest.mark.parametrize(
    ("check", "after"), [("track-recorded", (2, 1, 9)), ("track-empty", (2, 1, 0))]
)
def test_what_was_changed_beside_the_chosen_track_is_named(
    check: str, after: tuple[int, int, int]
) -> None:
    kept = ((0, 1, 4), (2, 1, 5), (10, 4, 2))
    changed = ((0, 1, 5), after, (10, 4, 3))

    def advice(*tracks: tuple[int, int, int]) -> Advice | None:
        verdict = asked(check, sequence(*tracks), before=sequence(*kept), song="2", track="1")
        assert verdict.passed
        return verdict.advice

    assert advice(kept[0], after, kept[2]) is None
    both, only = advice(*changed), advice(kept[0], after, changed[2])
    assert both is not None
    assert only is not None
    assert both.happened.startswith('Also changed: song 0 "New Song", track 1; pattern 03. ')
    assert only.happened.startswith("Also changed: pattern 03. ")
    many = advice(kept[0], after, *((10, number, 3) for number in range(1, 9)))
    assert many is not None
    assert many.happened.startswith("Also changed: 8 patterns. ")


def test_the_program_of_a_song_that_was_not_chosen_is_no_unseen_change() -> None:
    m1 = machine("healthy")
    context = CheckContext(values={"song": "9", "track": "2"}, backups={"first": m1.contents})
    m1.press("SEQ 0 F UP")
    record_in_song_9(m1)
    verdict = checked("track-recorded", VirtualLink(m1), context)
    assert verdict.passed, verdict.found
    assert verdict.advice is not None
    assert 'song 0 "Workbench"' in verdict.advice.happened


def test_bars_without_a_note_are_no_recording() -> None:
    held = sequence((0, 1, 3))
    bars = Sequence(held.control, BAR + BAR + END)
    for before in (None, sequence()):
        verdict = asked("track-recorded", bars, before=before, song="0", track="1")
        assert verdict.passed is False
        assert verdict.found.startswith("song 0 track 1 has no notes")
    one = Sequence(held.control, BAR + NOTE + END)
    assert asked("track-recorded", one, before=bars, song="0", track="1").passed


def test_a_tracks_program_is_read_from_the_song() -> None:
    m1 = machine("healthy")
    held = m1.contents.sequence
    assert held is not None
    program = held.songs[1].sounds[2].program
    for wanted, passed in ((program, True), (program + 1, False)):
        values = {"song": "1", "track": "3", "program": f"{wanted:02d}"}
        verdict = checked("track-program", VirtualLink(m1), CheckContext(values=values))
        assert verdict.passed is passed
        assert verdict.found == f"song 1 track 3 plays program {program:02d}"


def test_keys_that_changed_the_program_of_another_track_lead_back_to_where_it_is_selected() -> None:
    m1 = machine("healthy")
    saved = m1.contents.only(Part.SEQUENCE)
    assert saved.sequence is not None
    songs = saved.sequence.songs
    right = songs[1].sounds[2].program
    other = songs[1].sounds[3].program
    m1.press("SEQ 0 B UP C UP UP UP F UP")
    context = CheckContext(
        values={"song": "1", "track": "3", "program": f"{right + 1:02d}"},
        backups={"backup": saved},
        led_by=("Go to the song", "Go to the first track"),
    )
    advice = checked("track-program", VirtualLink(m1), context).advice
    assert advice is not None
    assert (
        f"song 1 track 4 plays program {other + 1:02d} now, {other:02d} before" in advice.happened
    )
    assert 'go back to "Go to the song" and "Go to the first track"' in advice.next_step
    claim = frozenset({f"song 1 track 4 program = {other + 1}"})
    known = checked("track-program", VirtualLink(m1), replace(context, meant=claim)).advice
    assert known is not None
    assert known.code == "track-with-other-program"
    assert "If the display shows another song or track, go back to" in known.next_step


def test_places_that_lead_nowhere_cannot_be_told_by_track() -> None:
    good = sequence((0, 1, 4), (0, 2, 4))
    offsets = list(good.control.offsets)
    offsets[1] = 4000
    held = Sequence(good.control.replace(offsets=tuple(offsets)), good.steps)
    for name in ("song-empty", "track-empty", "track-recorded"):
        verdict = asked(name, held, song="0", track="1")
        assert verdict.passed is None
        assert "could not be assigned to tracks" in verdict.evidence
    assert asked("sequencer-free", held).passed is False
