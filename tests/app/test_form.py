"""Forms at 80 × 24: what is wrong with a value is wholly to be read, above the keys."""

from __future__ import annotations

from functools import partial

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from m1tui.app.dialogs.form import FormDialog
from m1tui.app.run.asking import called_out
from m1tui.procedures.library import load
from m1tui.procedures.schema import Step
from m1tui.procedures.values import LONGEST, Field
from m1tui.resources import screens_folder
from tests.app.gallery import visit
from tests.app.rendering import text_of

STEPS = {
    f"{path.stem} {step.id}": step
    for path in sorted(screens_folder().glob("*.toml"))
    for step in load(path).steps
    if step.fields
}
MISTYPED = ("  ", "W " * (LONGEST // 2), "W" * LONGEST, "9" * LONGEST, "1.5", "1.23456", "9" * 999)
CALLED_OUT = ("0.01", "4.99", "14.99", "4999")


def complaint(field: Field, typed: str) -> str:
    try:
        field.taken(typed)
    except ValueError as error:
        return str(error)
    return ""


def bad_but_taken(field: Field) -> str:
    """A value that is taken and called out, "" where the field has none."""
    taken = (one for one in CALLED_OUT if not complaint(field, one))
    return next((one for one in taken if field.remark(field.taken(one))), field.preset)


def words_of(screen: str) -> str:
    """Return what is written on a screen, without its frame and how its lines are broken."""
    return "".join(sign for sign in screen if not sign.isspace() and sign not in "║│═╔╗╚╝")


@pytest.mark.parametrize("name", STEPS)
def test_the_longest_complaint_about_a_value_is_wholly_shown_above_the_keys(name: str) -> None:
    step: Step = STEPS[name]
    seen = []

    async def mistype(pilot: Pilot[int]) -> None:
        form = pilot.app.screen
        for field in step.fields:
            typed = max(MISTYPED, key=lambda one: len(complaint(field, one)))
            for text in (typed, "  "):
                said = complaint(field, text)
                if not said:
                    continue
                line = form.query_one(f"#value-{field.name}", Input)
                before, line.value = line.value, text
                line.focus()
                await pilot.press("enter")
                await pilot.pause()
                shown = words_of(text_of(pilot.app))
                assert words_of(said) in shown, text_of(pilot.app)
                assert words_of("Esc goes back.") in shown, text_of(pilot.app)
                seen.append(said)
                line.value = before

    def form() -> FormDialog:
        warn = partial(called_out, step) if any(one.good for one in step.fields) else None
        known = {field.name: bad_but_taken(field) for field in step.fields}
        return FormDialog(step.title, step.fields, known=known, warn=warn)

    visit(form, mistype)
    refusing = [one for one in step.fields if any(complaint(one, text) for text in MISTYPED)]
    assert len(seen) >= len(refusing) > 0


def test_nothing_typed_is_said_in_so_many_words() -> None:
    refused = [
        said for step in STEPS.values() for field in step.fields if (said := complaint(field, "  "))
    ]
    assert refused
    assert all(": nothing was typed. Expected " in one for one in refused), refused


def test_what_was_mistyped_at_length_is_quoted_by_its_beginning() -> None:
    song = Field(name="song", label="Song", low=0, high=9)
    said = complaint(song, "x" * LONGEST)
    assert said.startswith('Song: expected 0 to 9, found "xxx')
    assert said.endswith('x..".')
    assert len(said) < 80


def test_on_a_low_screen_the_complaint_is_brought_into_view() -> None:
    step = STEPS["internal-battery write-down-memory"]

    async def look(pilot: Pilot[int]) -> None:
        await pilot.press("x", "enter")
        await pilot.pause()
        assert 'expected OFF or ON, found "x".' in text_of(pilot.app)

    visit(lambda: FormDialog(step.title, step.fields), look, size=(80, 13))


@pytest.mark.parametrize(
    ("name", "known", "then"),
    [
        ("sticky-keys which", {"keys": "F#4"}, "F#4, G2"),
        ("transpose how-far", {"semitones": "3"}, ", G2"),
    ],
)
def test_what_was_heard_is_added_to_and_a_number_is_typed_again(
    name: str, known: dict[str, str], then: str
) -> None:
    step = STEPS[name]
    typed: list[str] = []

    async def add(pilot: Pilot[int]) -> None:
        await pilot.press("comma", "space", "G", "2")
        form = pilot.app.screen
        assert isinstance(form, FormDialog)
        typed.extend(form.values.values())

    visit(lambda: FormDialog(step.title, step.fields, known=known), add)
    assert typed == [then]
