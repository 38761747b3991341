"""The screens at 80 × 24 as text, drawn from frozen snapshots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from rich.style import Style
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.screen import Screen

from m1tui.app.dialogs.choices import ConfirmDialog, LeaveDialog
from m1tui.app.dialogs.write import WriteDialog, give_up_dialog, note_dialog, reason_dialog
from m1tui.app.help import HelpScreen
from m1tui.app.home import HomeScreen
from m1tui.app.run.folder import FolderScreen, SourceScreen
from m1tui.app.run.pictures import FileView, FolderEntry, FolderView, Offered, StepView
from m1tui.app.run.procedure import ProcedureScreen
from m1tui.app.run.results import ResultScreen
from m1tui.app.run.transfer import TransferScreen
from m1tui.app.snapshots import HomeLists
from m1tui.app.theme import Look
from m1tui.procedures.run import LEAST_REASON
from tests.app.gallery import LIVE, RESULT, SHELF, STEP, TRANSFER, Gallery, StandIn, Visit, visit
from tests.app.rendering import check_golden, styles_of, text_of


def home(home_lists: HomeLists = SHELF, notice: str = "") -> HomeScreen:
    class Filled(HomeScreen):
        def on_mount(self) -> None:
            self.lists, self.notice = home_lists, notice

    return Filled()


def procedure(view: StepView = STEP) -> ProcedureScreen:
    guide = StandIn(view)
    screen = ProcedureScreen(cast("Any", guide))
    guide.screen = screen
    return screen


def transfer() -> TransferScreen:
    return TransferScreen(TRANSFER, asyncio.Event())


def source() -> SourceScreen:
    offers = (
        Offered("0", "the backup just made: 2026-11-20 0941 M1 all data"),
        Offered("file", "a file in any folder ..."),
        Offered("1", "m1tui's demo bank, which gives any M1 sounds to play"),
    )
    return SourceScreen(offers, lambda key: f"100 programs, 100 combinations ({key})")


def folder() -> FolderScreen:
    there = Path("/home/you/sounds")
    view = FolderView(
        there,
        (
            FolderEntry("cards", there / "cards", folder=True),
            FolderEntry("M1FACTORY.syx", there / "M1FACTORY.syx", folder=False),
        ),
    )
    file = FileView(there / "M1FACTORY.syx", ("100 programs", "100 combinations"), (), usable=True)
    return FolderScreen(there, lambda _: view, lambda _: file, typed=Path)


def confirm() -> ConfirmDialog:
    return ConfirmDialog("Write to the M1's internal memory?", "What is in the M1 is replaced.")


SCREENS: dict[str, Any] = {
    "home": home,
    "procedure": procedure,
    "transfer": transfer,
    "result": lambda: ResultScreen(RESULT),
    "help": HelpScreen,
    "source": source,
    "folder": folder,
    "confirm": confirm,
    "reason": lambda: reason_dialog("Back up the M1's memory", 'This step is needed by "Unplug". '),
    "note": lambda: note_dialog("Write down the MIDI settings", "channel 3"),
    "leave": lambda: LeaveDialog('step 4, "Make the M1 MIDI ready"'),
}


def golden(name: str) -> Visit:
    async def compare(pilot: Pilot[int]) -> None:
        check_golden(pilot.app, name)

    return compare


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_drawn_as_its_golden(name: str) -> None:
    visit(SCREENS[name], golden(name))


def test_a_wide_terminal_gives_the_rail_its_whole_titles() -> None:
    visit(procedure, golden("procedure-wide"), size=(132, 43))


def test_a_virtual_m1_shows_its_display_and_can_be_told_to_do_the_step() -> None:
    rehearsed = replace(STEP, rehearsal=True, can_rehearse=True, evidence=())

    async def look(pilot: Pilot[int]) -> None:
        pilot.app.live = LIVE._replace(rehearsal=True, link="virtual M1")  # type: ignore[attr-defined]
        await pilot.pause()
        check_golden(pilot.app, "procedure-rehearsal")

    visit(lambda: procedure(rehearsed), look)


def press(*keys: str) -> Visit:
    async def visitor(pilot: Pilot[int]) -> None:
        await pilot.press(*keys)

    return visitor


@pytest.mark.parametrize("keys", [("enter",), ("n",), ("escape",), ("down", "up", "enter")])
def test_a_question_about_destruction_is_answered_no_unless_yes_is_chosen(
    keys: tuple[str, ...],
) -> None:
    assert visit(confirm, press(*keys)).answers == [False]


@pytest.mark.parametrize("keys", [("y",), ("down", "enter")])
def test_yes_has_to_be_chosen(keys: tuple[str, ...]) -> None:
    assert visit(confirm, press(*keys)).answers == [True]


def test_an_empty_reason_is_not_taken() -> None:
    async def insist(pilot: Pilot[int]) -> None:
        await pilot.press("enter", "space", "enter")
        assert "A reason needs at least 6 letters" in text_of(pilot.app)
        await pilot.press(*"it is dead", "enter")

    assert visit(SCREENS["reason"], insist).answers == ["it is dead"]


@pytest.mark.parametrize("typed", ["later", "x", "12 34 56"])
@pytest.mark.parametrize(
    "dialog", [partial(reason_dialog, "Fit it", ""), partial(give_up_dialog, "A")]
)
def test_a_reason_that_is_too_short_is_refused_with_what_is_needed(
    dialog: Callable[[], WriteDialog], typed: str
) -> None:
    async def insist(pilot: Pilot[int]) -> None:
        await pilot.press(*typed, "enter")
        await pilot.pause()
        shown = " ".join(text_of(pilot.app).replace("║", " ").split())
        for said in (f"at least {LEAST_REASON} letters", "for example", "press Esc", typed):
            assert said in shown
        await pilot.press(*", no cell", "enter")

    assert visit(dialog, insist).answers == [f"{typed}, no cell"]


def test_a_reason_can_be_left_without_skipping() -> None:
    assert visit(SCREENS["reason"], press(*"dead", "escape")).answers == [None]


def test_a_note_may_be_emptied() -> None:
    keys = ("ctrl+a", "ctrl+k", "enter")
    assert visit(SCREENS["note"], press(*keys)).answers == [""]


def test_all_lines_of_a_paste_are_taken() -> None:
    async def paste(pilot: Pilot[int]) -> None:
        await pilot.press("ctrl+a", "ctrl+k")
        pilot.app.screen.post_message(Paste("cell 2.1 V\nfitted 1994\r\nno leak"))
        await pilot.pause()
        await pilot.press("enter")

    assert visit(SCREENS["note"], paste).answers == ["cell 2.1 V fitted 1994 no leak"]


def test_what_is_typed_while_a_dialog_opens_is_not_lost() -> None:
    async def type_ahead(pilot: Pilot[int]) -> None:
        answers: list[str | None] = []
        pilot.app.push_screen(note_dialog("Write down the MIDI settings", ""), answers.append)
        for sign in "channel 3":
            pilot.app.post_message(Key("space" if sign == " " else sign, sign))
        await pilot.pause()
        await pilot.press("enter")
        assert answers == ["channel 3"]

    visit(SCREENS["home"], type_ahead)


def test_leaving_a_procedure_goes_home_unless_something_else_is_chosen() -> None:
    assert visit(SCREENS["leave"], press("enter")).answers == ["home"]
    assert visit(SCREENS["leave"], press("escape")).answers == ["stay"]


def test_a_file_is_taken_by_what_it_holds() -> None:
    app = visit(folder, press("down", "down", "enter"))
    assert app.answers == [Path("/home/you/sounds/M1FACTORY.syx")]


def test_the_source_is_chosen_by_keyboard() -> None:
    assert visit(source, press("down", "enter")).answers == ["file"]
    assert visit(source, press("escape")).answers == [""]


def test_every_key_of_the_procedure_screen_reaches_its_guide() -> None:
    screens: list[ProcedureScreen] = []

    def shown() -> ProcedureScreen:
        screens.append(procedure(replace(STEP, can_rehearse=True, can_tick=True, rehearsal=True)))
        return screens[-1]

    visit(shown, press("enter", "b", "s", "r", "n", "t", "space", "space", "v", "p", "q"))
    asked = screens[0].leader.asked  # type: ignore[attr-defined]
    assert asked == [
        *("next", "back", "skip", "retry", "note", "tick"),
        *("press", "press", "rehearse", "panel", "leave"),
    ]


def test_a_key_that_was_pressed_gives_the_mark_to_the_next() -> None:
    async def look(pilot: Pilot[int]) -> None:
        text = text_of(pilot.app)
        assert "Press  GLOBAL [5] +  UP" in text
        assert "[5]" in text.splitlines()[-3]

    visit(lambda: procedure(replace(STEP, pressed=1)), look)


HOSTILE = "[b]Org\x1b[2J\u202e[/b]\x07$x"


def hostile_result() -> Screen[Any]:
    return ResultScreen(replace(RESULT, title=HOSTILE, differences=(HOSTILE,), backups=(HOSTILE,)))


def test_markup_and_control_characters_in_a_name_are_shown_harmlessly() -> None:
    async def look(pilot: Pilot[int]) -> None:
        text = text_of(pilot.app)
        assert text.count("[b]Org·[2J·[/b]·$x") == 3
        assert not any(sign in text for sign in "\x1b\x07\u202e")

    visit(hostile_result, look)


def test_a_hostile_name_is_harmless_in_every_widget_that_shows_names() -> None:
    live = LIVE._replace(display=(HOSTILE, HOSTILE), model=HOSTILE, link=HOSTILE, summary=HOSTILE)
    card = SHELF.procedures[0]._replace(title=HOSTILE, group=HOSTILE, purpose=HOSTILE)
    run = SHELF.unfinished[0]._replace(title=HOSTILE, step_title=HOSTILE)

    async def look(pilot: Pilot[int]) -> None:
        pilot.app.live = live  # type: ignore[attr-defined]
        await pilot.pause()
        text = text_of(pilot.app)
        assert "[b]Org·[2J·[/b]·$x" in text
        assert not any(sign in text for sign in "\x1b\x07\u202e")

    home_lists = SHELF._replace(procedures=(card,), unfinished=(run,))
    visit(lambda: home(home_lists, notice=HOSTILE), look)


def gallery_of(name: str, **options: Any) -> Gallery:
    async def look(pilot: Pilot[int]) -> None:
        pilot.app.answers.append(text_of(pilot.app))  # type: ignore[attr-defined]

    return visit(SCREENS[name], look, **options)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_uses_only_glyphs_of_the_linux_console(name: str) -> None:
    console_font = set(bytes(range(256)).decode("cp437")) | {"\n"}
    assert set(gallery_of(name).answers[0]) <= console_font


def styles_in(look: Look, name: str) -> list[Style]:
    found: list[Style] = []

    async def gather(pilot: Pilot[int]) -> None:
        found.extend(styles_of(pilot.app))

    visit(SCREENS[name], gather, look=look)
    return found


@pytest.mark.parametrize("name", SCREENS)
def test_without_colour_no_screen_has_any(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    styles = styles_in(Look.NONE, name)
    assert all(style.color is None or style.color.is_default for style in styles)
    assert all(style.bgcolor is None or style.bgcolor.is_default for style in styles)


@pytest.mark.parametrize("name", SCREENS)
def test_on_sixteen_colours_no_screen_asks_for_more(name: str) -> None:
    styles = styles_in(Look.SIXTEEN, name)
    colours = [c for style in styles for c in (style.color, style.bgcolor) if c is not None]
    assert all(colour.is_default or colour.is_system_defined for colour in colours)


@pytest.mark.parametrize("look", Look)
def test_a_state_is_told_in_the_same_words_whatever_the_colours(look: Look) -> None:
    assert gallery_of("procedure", look=look).answers == gallery_of("procedure").answers


@pytest.mark.parametrize(("lines", "scrolls"), [(2, False), (60, True)])
def test_the_key_that_scrolls_a_result_is_named_only_where_more_of_it_follows(
    lines: int, scrolls: bool
) -> None:
    differences = tuple(f"program {number:02d}: cutoff" for number in range(lines))

    async def look(pilot: Pilot[int]) -> None:
        assert ("Down scroll" in text_of(pilot.app)) is scrolls
        assert ("+ more: PgDn" in text_of(pilot.app)) is scrolls
        for _ in range(10):
            await pilot.press("pagedown")
            await pilot.pause(0.1)
        assert differences[-1] in text_of(pilot.app)
        assert "+ more" not in text_of(pilot.app)

    visit(lambda: ResultScreen(replace(RESULT, differences=differences)), look)


@pytest.mark.parametrize(("rows", "more"), [(24, True), (60, False)])
def test_the_key_that_turns_a_page_of_help_is_named_only_where_more_follows(
    rows: int, more: bool
) -> None:
    async def look(pilot: Pilot[int]) -> None:
        assert ("PgDn more" in text_of(pilot.app)) is more
        assert "Esc back" in text_of(pilot.app)

    visit(HelpScreen, look, size=(80, rows))
