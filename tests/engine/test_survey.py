"""The survey finds out each alternative of each manner, and leaves the M1 as it was."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from m1tui.advice import Trouble
from m1tui.engine.survey import Class, Look, RehearsedSurveyor, State, Survey
from m1tui.engine.survey.bench import Owed
from m1tui.engine.survey.person import Asked
from m1tui.manners import AS_ASSUMED, BATTERY_LOW, BY_NAME, Manners
from m1tui.virtual.scenarios import scenario
from tests.manners import ALTERNATIVES, mixture
from tests.surveying import (
    FRESH,
    copy_of,
    found_in,
    killed_and_resumed,
    machine_for,
    skipping,
    state_of,
    surveyed,
    wrongs,
)


@pytest.mark.parametrize(("name", "word"), ALTERNATIVES, ids=lambda one: str(one))
def test_each_alternative_is_found_out_and_nothing_is_left_changed(name: str, word: str) -> None:
    m1 = machine_for(name, AS_ASSUMED.with_(BY_NAME[name], word))
    before = state_of(m1)
    found, _ = surveyed(m1, initialised=name in FRESH)
    finding = found.finding(name)
    assert finding.word == word, finding
    assert finding.state is (State.HELD if word == BY_NAME[name].default else State.OTHERWISE)
    assert list(wrongs(m1, before, found)) == []


def test_several_manners_are_found_out_together() -> None:
    manners = Manners.parse(
        (
            "load-time=2s",
            "digit-key=last",
            "wrong-mode=silence",
            "dump-leaves=prog-mode",
            "mode-change-reply=silence",
            "protected-dump=26",
        )
    )
    m1 = machine_for("several", manners)
    before = state_of(m1)
    found, saved = surveyed(m1)
    assert found.manners == manners
    assert state_of(m1) == before
    assert saved[0].contents == m1.contents


def test_what_was_changed_is_put_back_where_each_dump_leads_out_of_the_mode_that_takes_it() -> None:
    manners = Manners.parse(("dump-modes=global-mode", "dump-leaves=prog-mode"))
    m1 = machine_for("several", manners)
    before = state_of(m1)
    found, _ = surveyed(m1)
    assert found.unchanged
    assert state_of(m1) == before


@pytest.mark.parametrize("classes", [{Class.ASKS}, {Class.ASKS, Class.EDIT}])
def test_a_class_that_was_not_chosen_is_left_out(classes: set[Class]) -> None:
    m1 = machine_for("few", AS_ASSUMED)
    before = state_of(m1)
    found, saved = surveyed(m1, frozenset(classes))
    assert found.finding("identity-member").state is State.HELD
    assert found.finding("load-time").state is State.NOT_TRIED
    assert (found.finding("buffer-modes").word is not None) is (Class.EDIT in classes)
    assert bool(saved) is (Class.EDIT in classes)
    assert state_of(m1) == before
    assert found.unchanged


def test_a_survey_that_was_interrupted_goes_on_behind_what_was_done() -> None:
    m1 = machine_for("twice", Manners.parse(("load-time=0.5s",)))
    before = state_of(m1)
    half, _ = surveyed(m1, stop_behind="load time")
    assert half.finding("load-time").word == "0.5s"
    assert half.finding("digit-key").word is None
    again = Survey.from_facts(half.as_facts())
    assert again == half
    whole, _ = surveyed(m1, so_far=again)
    assert set(half.kept) < set(whole.kept)
    assert whole.finding("digit-key").word == "first"
    assert whole.unchanged
    assert state_of(m1) == before


def test_an_m1_in_another_mode_is_brought_to_prog_first() -> None:
    m1 = machine_for("seq", AS_ASSUMED)
    m1.press("SEQ")
    found, _ = surveyed(m1)
    assert found.finding("buffer-modes").state is State.HELD
    assert "mode PROG" in found.unchanged


@pytest.mark.parametrize(
    "wrong", [{}, {"form": "other"}, {"version": 9}, {"manners": [{"name": "x"}]}, {"rom": "7"}]
)
def test_what_is_no_survey_is_refused(wrong: dict[str, Any]) -> None:
    facts = {} if not wrong else Survey().as_facts() | wrong
    with pytest.raises(ValueError, match=r"expected|missing"):
        Survey.from_facts(facts)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_found_that_is_not_so_and_nothing_left_changed(seed: int) -> None:
    """On M1s of mixed manners, in any state that it may be found in."""
    m1 = found_in(seed, mixture(seed))
    before = state_of(m1)
    found, _ = surveyed(m1)
    assert list(wrongs(m1, before, found)) == []


# The battery


def told_of_one_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the person know nothing of earlier cells."""
    asked = RehearsedSurveyor.look

    async def look(self: RehearsedSurveyor, look: Look) -> str | None:
        earlier = look.asked is Asked.VOLTS and bool(look.actions)
        return None if earlier else await asked(self, look)

    monkeypatch.setattr(RehearsedSurveyor, "look", look)


@pytest.mark.parametrize(
    ("threshold", "cell", "settled", "said"),
    [
        ("2.2", 2.4, "2.2", "At 2.4 V no warning: that fits only 2.2 V."),
        ("2.8", 2.6, "2.8", "At 2.6 V a warning: that fits only 2.8 V."),
        ("2.5", 2.4, None, "Consistent with 2.5 and 2.8 V, so not settled"),
        ("2.5", 2.6, None, "Consistent with 2.2 and 2.5 V, so not settled"),
        ("2.8", 3.2, None, "Consistent with 2.2, 2.5 and 2.8 V, so not settled"),
    ],
)
def test_one_cell_tells_apart_the_thresholds_between_which_it_is_and_no_others(
    monkeypatch: pytest.MonkeyPatch, threshold: str, cell: float, settled: str | None, said: str
) -> None:
    told_of_one_cell(monkeypatch)
    m1 = machine_for("cell", AS_ASSUMED.with_(BATTERY_LOW, threshold))
    m1.insert_cell(cell)
    before = state_of(m1)
    found, _ = surveyed(m1)
    finding = found.finding(BATTERY_LOW.name)
    assert finding.word == settled
    assert said in finding.evidence
    assert list(wrongs(m1, before, found)) == []


@pytest.mark.parametrize("threshold", BATTERY_LOW.alternatives)
def test_an_earlier_cell_that_is_known_settles_what_one_cell_leaves_open(threshold: str) -> None:
    m1 = machine_for("cell", AS_ASSUMED.with_(BATTERY_LOW, threshold))
    m1.insert_cell(3.2)
    before = state_of(m1)
    found, _ = surveyed(m1)
    assert found.finding(BATTERY_LOW.name).word == threshold
    assert list(wrongs(m1, before, found)) == []


def test_a_warning_of_a_good_cell_settles_no_threshold() -> None:
    found, _ = surveyed(scenario("false-warning"))
    finding = found.finding(BATTERY_LOW.name)
    assert finding.word is None
    assert "fits no threshold (2.5, 2.2 and 2.8 V)" in finding.evidence


def test_an_m1_is_not_switched_off_with_a_cell_that_may_not_keep_the_memory() -> None:
    m1 = machine_for("cell", AS_ASSUMED)
    m1.insert_cell(1.9)
    before = state_of(m1)
    found, _ = surveyed(m1)
    assert "may not keep the memory" in found.finding(BATTERY_LOW.name).evidence
    assert list(wrongs(m1, before, found)) == []


def test_memory_that_a_power_off_loses_all_the_same_is_said_and_its_backup_named() -> None:
    m1 = scenario("does-not-hold")
    m1.press("PROG")
    m1.transmit(0.0)
    contents = m1.contents
    with pytest.raises(Trouble) as caught:
        surveyed(m1, file=Path("before.syx"))
    assert caught.value.advice.code == "survey-power-silent"
    assert "before.syx" in caught.value.advice.safe
    assert "3.2 V" in caught.value.advice.cause
    assert m1.contents != contents


@pytest.mark.parametrize("word", ["at-once", "3s"])
def test_the_time_it_takes_to_start_is_taken_from_the_moment_of_the_switch(word: str) -> None:
    class Slow(RehearsedSurveyor):
        async def look(self, look: Look) -> str | None:
            if look.then:
                await asyncio.sleep(45.0)
            return await super().look(look)

    m1 = machine_for("slow", Manners.parse((f"start-time={word}",)))
    found, _ = surveyed(m1, hands=Slow)
    assert found.finding("start-time").word == word


def test_the_time_it_takes_to_start_is_not_known_where_enter_came_late() -> None:
    class Late(RehearsedSurveyor):
        async def look(self, look: Look) -> str | None:
            seen = await super().look(look)
            if look.then:
                await asyncio.sleep(9.0)
            return seen

    m1 = machine_for("late", Manners.parse(("start-time=3s",)))
    found, _ = surveyed(m1, hands=Late)
    assert found.finding("start-time").state is State.NOT_TRIED
    assert "before Enter was pressed" in found.finding("start-time").evidence


# Where it stands


def test_an_answer_in_global_mode_is_not_taken_for_exclusive_at_ena() -> None:
    m1 = machine_for("initialised-filters", Manners.parse(("ignores-filter=global-mode",)))
    before = state_of(m1)
    found, _ = surveyed(m1, initialised=True)
    assert found.finding("ignores-filter").word == "global-mode"
    assert found.finding("initialised-filters").word == "DIS"
    assert list(wrongs(m1, before, found)) == []


def test_without_keys_an_m1_is_not_moved_from_a_page_that_no_message_shows_again() -> None:
    m1 = machine_for("seq", AS_ASSUMED)
    m1.press("SEQ 1 +")
    before = state_of(m1)
    with pytest.raises(Trouble) as caught:
        surveyed(m1, frozenset({Class.ASKS, Class.EDIT, Class.WRITES}))
    assert caught.value.advice.code == "survey-press-prog"
    assert state_of(m1) == before
    found, _ = surveyed(m1, frozenset({Class.ASKS}))
    assert found.finding("identity-member").state is State.HELD
    assert list(wrongs(m1, before, found)) == []


def test_an_m1_with_exclusive_at_dis_that_sends_no_identity_is_surveyed_all_the_same() -> None:
    m1 = machine_for("used", Manners.parse(("identity-disabled=silence", "active-sensing=none")))
    m1.board.settings = m1.settings.changed(exclusive=False)
    before = state_of(m1)
    found, _ = surveyed(m1)
    assert found.finding("identity-disabled").word == "silence"
    after = state_of(m1)
    assert after == before
    assert "Exclusive is DIS again" in found.unchanged


# Killed


@pytest.mark.parametrize("seconds", [2, 30, 40, 50, 58, 64, 70, 76, 80, 84])
def test_a_survey_that_is_killed_and_resumed_leaves_all_as_it_was_before_the_first(
    seconds: float,
) -> None:
    """At any moment: with a page open, Exclusive at DIS, a song playing, or switched off."""
    m1 = machine_for("killed", Manners.parse(("up-down=wrap", "digit-key=last")))
    m1.press("COMBI 1 2 PROG 3 4")
    before = state_of(m1)
    now, half, found = killed_and_resumed(m1, seconds)
    assert not half.unchanged
    assert list(wrongs(now, before, found)) == []
    assert found.owed == {}


def test_what_is_changed_for_a_moment_is_kept_until_it_is_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    m1 = machine_for("owed", Manners.parse(("up-down=wrap",)))
    kept: list[Survey] = []
    surveyed(m1, seen=kept.append)
    owed = {word for one in kept for word in one.owed}
    assert owed >= {Owed.MODE.value, Owed.FILTER.value, Owed.EXCLUSIVE.value, Owed.GLOBAL.value}
    assert owed >= {Owed.SONG.value, Owed.PROGRAM.value, Owed.COMBINATION.value}
    assert kept[-1].owed == {}


def test_a_setting_that_a_person_does_not_set_back_is_not_called_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = RehearsedSurveyor.look

    async def look(self: RehearsedSurveyor, look: Look) -> str | None:
        back = look.letter == "B" and (look.keys == "UP" or look.text.startswith("Set it back"))
        return None if back else await asked(self, look)

    monkeypatch.setattr(RehearsedSurveyor, "look", look)
    m1 = machine_for("skipped", Manners.parse(("up-down=wrap",)))
    m1.board.settings = m1.settings.changed(program_change=False)
    found, _ = surveyed(m1)
    assert found.owed == {Owed.FILTER.value: "DIS"}
    assert not found.unchanged


def test_the_edit_buffer_is_asked_in_a_mode_in_which_every_m1_gives_it() -> None:
    m1 = machine_for("both", Manners.parse(("buffer-modes=play-only", "name-padding=spaces")))
    found, _ = surveyed(m1)
    assert found.finding("buffer-modes").word == "play-only"
    assert found.finding("name-padding").word == "spaces"


@pytest.mark.parametrize("word", ["before", "after"])
def test_when_memory_changes_is_found_out_where_no_unused_bits_are_kept(word: str) -> None:
    m1 = machine_for("cleared", Manners.parse((f"load-order={word}", "unused-bits=cleared")))
    before = state_of(m1)
    kept: list[Survey] = []
    found, _ = surveyed(m1, seen=kept.append)
    assert found.finding("load-order").word == word
    assert {Owed.TUNE.value} & {one for survey in kept for one in survey.owed}
    assert list(wrongs(m1, before, found)) == []


@pytest.mark.parametrize("manner", ["initialised-protects=OFF", "initialised-channel=16"])
def test_what_an_initialisation_leaves_is_found_out_though_no_identity_is_sent(manner: str) -> None:
    name, _, word = manner.partition("=")
    m1 = machine_for(name, Manners.parse(("identity-disabled=silence", manner)))
    before = state_of(m1)
    found, _ = surveyed(m1, initialised=True)
    assert found.finding(name).word == word
    assert list(wrongs(m1, before, found)) == []


def test_two_alternatives_that_look_the_same_on_this_m1_are_tried_and_not_settled() -> None:
    manners = Manners.parse(("dump-modes=play-modes", "dump-leaves=first-page"))
    found, _ = surveyed(machine_for("pages", manners))
    finding = found.finding("dump-leaves")
    assert finding.state is State.OPEN
    assert "cannot be seen whether the page stays" in finding.evidence


# Skipped


@pytest.mark.parametrize("pressed", [False, True])
@pytest.mark.parametrize("number", [1, 8, 17, 20, 22, 25, 27, 28, 30, 32, 33, 34, 37, 40, 41, 44])
def test_a_look_that_is_skipped_leaves_its_experiment_to_be_made(
    number: int, *, pressed: bool
) -> None:
    """Nothing is found that is not so, nothing is left changed unsaid, and all is offered again."""
    m1 = machine_for("skipped", Manners.parse(SKIPPED_ON))
    before = state_of(m1)
    whole, _ = surveyed(copy_of(m1))
    hands, looks = skipping(number, pressed=pressed)
    found, _ = surveyed(m1, hands=hands)
    assert [one for one in wrongs(m1, before, found) if one.startswith("UNTRUE")] == []
    assert not found.unchanged or state_of(m1) == before
    assert not any("None" in one.evidence for one in found.all())
    assert set(found.kept) < set(whole.kept), looks[number]
    again, _ = surveyed(m1, so_far=Survey.from_facts(found.as_facts()))
    assert list(wrongs(m1, before, again)) == []
    assert again.manners == whole.manners
    assert again.kept
    assert set(again.kept) == set(whole.kept)


SKIPPED_ON = (
    *("while-playing=mode-data", "letter=cell", "up-down=wrap", "digit-key=next"),
    *("dump-leaves=first-page", "mode-change-page=last", "ignores-filter=global-mode"),
)


@pytest.mark.parametrize("pressed", [False, True])
@pytest.mark.parametrize("number", [41, 42, 43, 44, 45])
def test_an_m1_is_as_it_was_where_a_look_at_its_power_is_skipped(
    number: int, *, pressed: bool
) -> None:
    m1 = machine_for("skipped", AS_ASSUMED)
    before = state_of(m1)
    hands, _ = skipping(number, pressed=pressed)
    found, _ = surveyed(m1, hands=hands)
    assert "power" not in found.kept
    assert list(wrongs(m1, before, found)) == []


def test_whether_it_was_initialised_is_asked_again_only_when_a_survey_has_ended() -> None:
    m1 = machine_for("asked", AS_ASSUMED)
    half, _ = surveyed(m1, stop_behind="identity")
    assert not half.unchanged
    hands, looks = skipping(-1, pressed=True)
    whole, _ = surveyed(m1, so_far=half, hands=hands)
    assert "INITIALISED" not in [one.page for one in looks]
    hands, looks = skipping(-1, pressed=True)
    surveyed(m1, so_far=whole, hands=hands)
    assert "INITIALISED" in [one.page for one in looks]


def test_songs_are_there_before_the_allocation_is_changed_back() -> None:
    m1 = machine_for(
        "allocation-back", Manners.parse(("load-order=before", "allocation-back=cuts"))
    )
    found, _ = surveyed(m1, initialised=True)
    assert found.finding("allocation-back").word == "cuts"


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        ("cuts", "Of 4,500 steps, 4,400 were kept."),
        ("keeps", "Of 4,500 steps, none were kept. Of 8 steps, 8 were kept."),
        ("destroys", "Of 4,500 steps, none were kept. Of 8 steps, none were kept."),
    ],
)
def test_what_is_left_of_the_songs_is_said_of_each_trial(word: str, seen: str) -> None:
    m1 = machine_for("allocation-back", Manners.parse((f"allocation-back={word}",)))
    found, _ = surveyed(m1, initialised=True)
    assert (found.finding("allocation-back").word, found.finding("allocation-back").evidence) == (
        word,
        seen,
    )


@pytest.mark.parametrize("behind", [1, 2, 3])
def test_exclusive_that_is_not_set_back_to_dis_is_not_called_as_it_was(behind: int) -> None:
    m1 = machine_for("used", AS_ASSUMED)
    m1.board.settings = m1.settings.changed(exclusive=False)
    hands, looks = skipping(-1, pressed=False)
    surveyed(copy_of(m1), hands=hands)
    before = state_of(m1)
    hands, _ = skipping(len(looks) - behind, pressed=False)
    found, _ = surveyed(m1, hands=hands)
    assert not found.unchanged
    assert Owed.DISABLED.value in found.owed
    again, _ = surveyed(m1, so_far=found)
    assert list(wrongs(m1, before, again)) == []


def test_a_skipped_look_is_not_tried_and_no_finding() -> None:
    m1 = machine_for("skipped", AS_ASSUMED)
    hands, looks = skipping(20, pressed=True)
    found, _ = surveyed(m1, hands=hands)
    assert looks[20].asked is Asked.CURSOR
    assert found.finding("letter").state is State.NOT_TRIED
    assert found.finding("letter").evidence == "This look at the display was skipped."


@pytest.mark.parametrize(
    "manners",
    [
        ("while-playing=mode-data", "dump-modes=play-modes"),
        ("while-playing=answered", "dump-leaves=first-page", "ignores-filter=global-mode"),
        ("while-playing=ignored", "mode-change-page=last", "dump-leaves=prog-mode"),
    ],
)
def test_what_was_seen_is_said_without_the_words_of_the_file(manners: tuple[str, ...]) -> None:
    words = {
        word
        for manner in BY_NAME.values()
        for word in manner.alternatives
        if re.fullmatch(r"[a-z]+(?:-[a-z]+)+", word)
    }
    assert {"mode-data", "as-it-was"} <= words
    found, _ = surveyed(machine_for("said", Manners.parse(manners)))
    said = [one.evidence for one in found.all()]
    assert [text for text in said if words & set(re.findall(r"[a-z][a-z-]*[a-z]", text))] == []
