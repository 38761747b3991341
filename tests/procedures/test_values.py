"""Values that a person chooses or writes down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m1tui.app.run.views import recalled
from m1tui.errors import NotAllowed
from m1tui.facts import Verdict
from m1tui.procedures.library import load
from m1tui.procedures.run import CONSENT, Run
from m1tui.procedures.states import Mark
from m1tui.procedures.values import LONGEST, Field, taken, written
from m1tui.procedures.watch import in_another_mode
from m1tui.resources import screens_folder
from m1tui.sysex import Mode
from tests.procedures.examples import go_to

SONG = Field(name="song", label="Song", low=0, high=9, default=1)
SEMITONES = Field(name="semitones", label="Semitones", low=-12, high=12)
CLOCK = Field(name="clock", label="Clock", choices=("INT", "EXT"))
LOCAL = Field(name="local", label="Local", choices=("OFF", "ON"))
KEYS = Field(name="keys", label="Sticky keys")
CELL = Field(name="cell", label="New cell", low=0, high=5, decimals=2, unit="V", least=3.0)
TYPE = Field(name="type", label="Type", offers=("CR2032", "BR2032"), like="[A-Z]{1,3}[0-9]{3,5}")
VOLTS = Field(name="volts", label="Volts", low=0, high=5, decimals=2, optional=True)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        (SONG, "3", "3"),
        (SONG, " 09 ", "9"),
        (SEMITONES, "+5", "5"),
        (SEMITONES, "-12", "-12"),
        (CLOCK, "ext", "EXT"),
        (KEYS, " F#2,\tG2\x1b[2J ", "F#2, G2 [2J"),
        (KEYS, "", ""),
        (KEYS, "x" * LONGEST, "x" * LONGEST),
        (CELL, "3.2 V", "3.2"),
        (CELL, "3,2v", "3.2"),
        (TYPE, "cr2032", "cr2032"),
        (TYPE, "Renata CR2032 MFR", "Renata CR2032 MFR"),
        (VOLTS, "2.41", "2.41"),
        (VOLTS, " +3,2 ", "3.2"),
        (VOLTS, "3.20", "3.20"),
        (VOLTS, "3", "3"),
        (VOLTS, "-0", "0"),
        (VOLTS, "  ", ""),
    ],
)
def test_what_is_typed_is_kept_in_one_form(field: Field, typed: str, kept: str) -> None:
    assert field.taken(typed) == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (SONG, "10"),
        (SONG, "-1"),
        (SONG, "1_0"),
        (SONG, "٣"),
        (SONG, "9" * 5000),
        (SEMITONES, "13"),
        (SONG, "1.5"),
        (VOLTS, "5.01"),
        (VOLTS, "3.20001"),
        (VOLTS, "3."),
        (VOLTS, "3.2 V"),
        (VOLTS, "nan"),
        (KEYS, "x" * (LONGEST + 1)),
        (CELL, "3.2 A"),
        (CELL, "V"),
        (TYPE, "200+ Z"),
        (CLOCK, "IN EXT"),
        (LOCAL, "O"),
    ],
)
def test_what_is_out_of_range_is_refused_with_expected_and_found(field: Field, typed: str) -> None:
    with pytest.raises(ValueError, match=f"{field.label}: expected .*, found"):
        field.taken(typed)


@pytest.mark.parametrize("field", [SONG, TYPE, CLOCK])
@pytest.mark.parametrize("typed", ["", "  "])
def test_where_nothing_was_typed_that_is_said_with_what_is_expected(
    field: Field, typed: str
) -> None:
    with pytest.raises(ValueError, match=rf"{field.label}: nothing was typed\. Expected "):
        field.taken(typed)


def test_a_number_out_of_range_is_not_refused_for_its_decimals() -> None:
    with pytest.raises(ValueError, match="expected 0 to 5"):
        VOLTS.taken("1234567.5")
    with pytest.raises(ValueError, match="expected at most 4 decimals"):
        VOLTS.taken("1.23456")


def test_what_is_refused_is_quoted_as_it_was_typed() -> None:
    with pytest.raises(ValueError, match=r'found "400mV"\.\Z'):
        CELL.taken("400mV")


def test_only_a_cell_that_is_to_be_fitted_is_exchanged_for_another_one() -> None:
    measured = {
        field.records: field.remark(field.taken("1.1 V"))
        for name in ("internal-battery", "memory-does-not-hold")
        for step in load(screens_folder() / f"{name}.toml").steps
        for field in step.fields
        if field.records in ("old-cell-volts", "new-cell-volts") and field.least is not None
    }
    assert "Do not use it" in measured["new-cell-volts"]
    assert measured["old-cell-volts"].endswith("1.1 V is too low. Expected 3 V or more.")


def test_a_new_cell_below_three_volts_is_taken_and_called_out() -> None:
    assert "1.1 V is too low. Expected 3 V or more" in CELL.remark(CELL.taken("1.1 V"))
    assert CELL.remark(CELL.taken("3.0")) == CELL.remark("") == VOLTS.remark("1.1") == ""
    assert TYPE.rule == "CR2032, BR2032, or another of that kind"
    parts = Field(name="part", label="Part", offers=("none", "joystick"))
    assert parts.rule == "none, joystick, or your own words"


def test_a_place_in_the_range_is_counted_from_its_down_end() -> None:
    assert (SONG.choice("3").place, SONG.choice("3").span) == (3, 9)
    low = SEMITONES.choice("-5")
    assert (low.place, low.span, low.shown) == (7, 24, "-5")
    assert SEMITONES.choice("5").shown == "+5"
    assert SEMITONES.choice("0").shown == "0"
    assert CLOCK.choice("EXT").place == 1


def test_the_rule_and_the_preset_are_for_people() -> None:
    assert (SONG.rule, SONG.preset) == ("0 to 9", "1")
    assert (CLOCK.rule, CLOCK.preset) == ("INT or EXT", "")
    assert KEYS.rule == ""
    assert VOLTS.rule == "0 to 5.00, or empty"


def test_what_is_measured_or_may_be_missing_is_nothing_that_keys_can_set() -> None:
    assert SONG.ranged
    assert not VOLTS.ranged
    assert not Field(name="song", label="Song", low=0, high=9, optional=True).ranged


def test_nothing_is_no_answer_where_none_is_a_word_of_its_own() -> None:
    keys = Field(name="keys", label="Sticky keys", offers=("none",))
    with pytest.raises(ValueError, match=r"nothing was typed\. Expected none, or"):
        keys.taken("  ")
    assert keys.taken("none") == "none"


def test_signs_only_are_no_words() -> None:
    parts = Field(name="parts", label="Parts", offers=("none",))
    with pytest.raises(
        ValueError, match=r'Parts: expected none, or your own words, found "\?\?\?"'
    ):
        parts.taken("???")
    with pytest.raises(ValueError, match=r'expected words or numbers, found "--"'):
        KEYS.taken("--")
    assert KEYS.taken("é4?") == "é4?"


def test_what_sticks_is_not_said_before_the_person_has_written_it() -> None:
    sticky = load(screens_folder() / "sticky-keys.toml").step("which")
    assert [field.preset for field in sticky.fields] == [""]


def test_a_value_that_is_missing_counts_as_typed_empty() -> None:
    assert taken((KEYS,), {}) == (("keys", ""),)
    with pytest.raises(ValueError, match="Song"):
        taken((SONG, KEYS), {"keys": "C4"})


@pytest.mark.parametrize(
    ("field", "typed", "word"), [(CLOCK, "i", "INT"), (CLOCK, "ex", "EXT"), (LOCAL, "on", "ON")]
)
def test_of_a_word_that_is_chosen_the_first_letters_are_enough(
    field: Field, typed: str, word: str
) -> None:
    assert field.taken(typed) == word


def test_nothing_that_is_only_seen_on_the_display_is_filled_in_for_the_person() -> None:
    battery = load(screens_folder() / "internal-battery.toml")
    for step_id in sorted(battery.recalled):
        assert not any(field.preset for field in battery.step(step_id).fields)


def test_the_settings_that_the_m1_reports_are_filled_in_and_said_to_be() -> None:
    reported = {"channel": "channel", "allocation": "allocation", "filter-exclusive": "exclusive"}
    for name in ("initialise", "internal-battery"):
        procedure = load(screens_folder() / f"{name}.toml")
        noted = [procedure.step(step_id) for step_id in sorted(procedure.recalled)]
        asks = {field.name: field.asks for step in noted for field in step.fields if field.asks}
        assert asks == reported, name
        told = " ".join(procedure.step("write-down-midi").text.split())
        assert "The channel and Exclusive are filled in if the M1 answers." in told


def test_what_was_measured_is_shown_again_with_its_unit_and_what_is_wrong_with_it() -> None:
    shown = written((VOLTS, CELL, TYPE), {"volts": "", "cell": "1.1", "type": "CR2032"})
    assert shown == (
        "Volts: left empty",
        "New cell: 1.1 V is too low. Expected 3 V or more.",
        "Type: CR2032",
    )
    assert written((CELL,), {"cell": "3.2"}) == ("New cell: 3.2 V",)


def test_a_second_track_is_another_one_and_is_asked_again_where_the_first_is_changed() -> None:
    run = Run.begin(load(screens_folder() / "record.toml"))
    ids = [one.id for one in run.procedure.steps]
    first, second = ids.index("first"), ids.index("second")
    run = replace(run, position=first)
    run = run.after(run.write_down({"song": "2", "track": "3", "program": "42"}))
    run = replace(run, position=second)
    with pytest.raises(NotAllowed, match="Track: expected a value other than 3, found 3"):
        run.write_down({"track": "3", "program": "12"})
    run = run.after(run.write_down({"track": "4", "program": "42"}))
    assert run.states[second].mark is Mark.BY_HAND
    assert second in run.dependencies.users_of(first)


def test_the_number_that_the_m1_gave_over_midi_is_shown_where_it_is_written_down() -> None:
    run = go_to(Run.begin(load(screens_folder() / "rom-check.toml")), "backup")
    run = run.after(run.override("it is a test", consent=CONSENT))
    run = go_to(run.after(run.next()), "hold-int")
    run = run.after(run.judge((Verdict(True, "M1 on channel 1, ROM 7", "", "", name="answers"),)))
    run = run.after(run.next())
    assert run.current.id == "number"
    assert any("ROM 7" in line for line in recalled(run))


def test_who_left_the_page_of_a_chosen_song_is_told_to_choose_it_there_again() -> None:
    run = Run.begin(load(screens_folder() / "record.toml"))
    ids = [one.id for one in run.procedure.steps]
    said = "then does not show what you chose in earlier steps, go back and choose it again."
    assert said not in in_another_mode(Mode.SEQUENCER, replace(run, position=ids.index("song")))
    run = replace(run, position=ids.index("first"))
    run = run.after(run.write_down({"song": "2", "track": "3", "program": "42"}))
    for one in ("song", "track-1"):
        run = replace(run, position=ids.index(one))
        run = run.after(run.tick())
    run = replace(run, position=ids.index("program-1"))
    assert said in in_another_mode(Mode.SEQUENCER, run)


def test_a_reading_with_more_decimals_than_count_is_taken_and_a_fraction_is_named() -> None:
    assert CELL.taken("3.060 V") == "3.060"
    whole = Field(name="ripple", label="Ripple", low=0, high=5000, unit="mV")
    with pytest.raises(ValueError, match="expected a whole number"):
        whole.taken("40.25")
    with pytest.raises(ValueError, match="at most 4 decimals"):
        CELL.taken("3.00001")
