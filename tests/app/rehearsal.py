"""Runs the real app on a virtual M1, on the jumping loop, and walks it by keyboard alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, Static

from m1tui.app.allowed_folders import EVERYWHERE, AllowedFolders
from m1tui.app.app import M1App
from m1tui.app.dialogs.choices import ConfirmDialog, GoOnDialog
from m1tui.app.dialogs.form import FormDialog
from m1tui.app.dialogs.write import WriteDialog
from m1tui.app.home import RESUME
from m1tui.app.instrument_watch import LOOKING
from m1tui.app.run.folder import SourceScreen
from m1tui.app.run.guide import RunGuide
from m1tui.app.run.pictures import StepView
from m1tui.app.run.procedure import CONFIRM_SECONDS, READ_SECONDS, ProcedureScreen
from m1tui.app.run.results import ResultScreen
from m1tui.app.theme import Look
from m1tui.app.widgets.menu import Menu
from m1tui.app.workbench import Workbench
from m1tui.clock import run
from m1tui.options import Options
from m1tui.procedures.library import load
from m1tui.procedures.schema import Procedure
from m1tui.resources import screens_folder
from m1tui.store import Store
from tests.app.rendering import text_of

BATTERY = load(screens_folder() / "internal-battery.toml")
"""The procedure that is walked; it alone stands on home, so that Enter opens it."""

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=timezone(timedelta(hours=1)))
"""When everything in these tests happens."""

Visitor = Callable[[Pilot[int], M1App], Awaitable[None]]

PATIENCE = 3000
"""Looks at a condition before it counts as never coming true; the loop's clock jumps between."""


def rehearse(
    data_dir: Path,
    visitor: Visitor,
    *,
    port: str = "virtual:low-battery",
    size: tuple[int, int] = (80, 24),
    look: Look = Look.FULL,
    procedures: Mapping[str, Procedure] | None = None,
    allowed: AllowedFolders = EVERYWHERE,
) -> M1App:
    """Open the app on `port`, wait until the M1 is diagnosed, and let `visitor` use it.

    Without `procedures` the battery's alone stands on home.
    """

    async def show() -> M1App:
        bench = Workbench(
            Options(port=port, data_dir=data_dir),
            Store(data_dir, now=lambda: NOON),
            # Whatever is plugged into the computer that runs the tests is none of theirs.
            ports=list,
            procedures={BATTERY.id: BATTERY} if procedures is None else procedures,
            allowed=allowed,
        )
        app = M1App(lambda: bench, look=look, poll_seconds=0)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.live != LOOKING and app.is_idle)
            await visitor(pilot, app)
            if app.guide is not None:
                await app.guide.stop()
        await bench.close()
        return app

    return run(show())


def only(*names: str) -> Mapping[str, Procedure]:
    """Return the built-in procedures of those ids, for a home that shows no others."""
    found = (load(screens_folder() / f"{name}.toml") for name in names)
    return {procedure.id: procedure for procedure in found}


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the app work until `condition` is true."""
    for _ in range(PATIENCE):
        # The loop's clock jumps only when nothing is left to do; the pilot's own pause would ask
        # every widget for that each time.
        await asyncio.sleep(0.05)
        if condition():
            await pilot.pause(0.05)
            await pilot.pause()
            return
    raise AssertionError(f"waited in vain on {pilot.app.screen}")


async def begin(pilot: Pilot[int], app: M1App, procedure: str = "internal-battery") -> None:
    """Move home's cursor to a procedure, or to its unfinished run, and open it."""
    menu = app.home.query_one(Menu)

    def is_there(key: str) -> bool:
        return key == procedure or (key.startswith(RESUME) and f"{procedure}." in key)

    await pilot.press("home")
    for _ in menu.items:
        if is_there(menu.current):
            break
        await pilot.press("down")
    assert is_there(menu.current), f"{procedure} is not on home"
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
    if app.screen.query_one("#answers").display and view(app).title == BATTERY.steps[0].title:
        await answer(pilot, app, "1")


async def answer(pilot: Pilot[int], app: M1App, digit: str) -> None:
    """Answer a question by its number, and read what comes then."""
    await pilot.press(digit)
    await settled(pilot, app)
    await asyncio.sleep(CONFIRM_SECONDS)


def view(app: M1App) -> StepView:
    """Return what the procedure screen shows."""
    assert app.guide is not None
    shown = app.guide.screen.view
    assert shown is not None
    return shown


async def settled(pilot: Pilot[int], app: M1App) -> None:
    """Wait until nothing is under way, or a question or a result stands on the screen."""

    def quiet() -> bool:
        asking = app.screen.is_modal or isinstance(app.screen, (SourceScreen, ResultScreen))
        return asking or app.is_idle

    await until(pilot, quiet)


async def still(pilot: Pilot[int], app: M1App) -> None:
    """Wait until the screen no longer moves: what was found is brought into view once drawn."""
    await settled(pilot, app)
    before = ""
    while before != text_of(app):
        before = text_of(app)
        await pilot.pause(0.2)


async def take_step(pilot: Pilot[int], app: M1App) -> None:
    """Press what a person at the keyboard presses next; questions get their first answer."""
    match app.screen:
        case ConfirmDialog() | GoOnDialog():
            await pilot.press("y")
        case SourceScreen():
            await pilot.press("enter")
        case ResultScreen():
            await asyncio.sleep(READ_SECONDS)
            await pilot.press("enter")
        case FormDialog() as form:
            await fill_in(pilot, app)
            await until(pilot, lambda: app.screen is not form)
        case WriteDialog() as dialog:
            asked = " ".join(str(each.visual) for each in dialog.query(Static))
            word = asked.partition("Type ")[2].partition(" ")[0]
            await pilot.press(*word, "enter")
            await until(pilot, lambda: app.screen is not dialog)
        case ProcedureScreen() if view(app).asking:
            await answer(pilot, app, "1")
        case ProcedureScreen():
            shown = view(app)
            by_virtual = shown.can_rehearse and not shown.pressed
            await pilot.press("v" if by_virtual else "enter")
    await settled(pilot, app)


async def fill_in(pilot: Pilot[int], app: M1App) -> None:
    """Take what stands in a form, and write what a rehearsal has where nothing does."""
    fields = {field.name: field for field in guide_of(app).run.current.fields}
    form = app.screen
    for line in form.query(Input):
        field = fields[(line.id or "").removeprefix("value-")]
        if not line.value:
            await pilot.press(*spelled(field.rehearsed))
        await pilot.press("enter")
    if app.screen is form and field.remark(field.taken(line.value)):
        await pilot.press("enter")  # a last value that is called out needs a second one


def spelled(text: str) -> list[str]:
    """The keys that type a text."""
    names = {"/": "slash", ".": "full_stop", " ": "space"}
    return [names.get(character, character) for character in text]


def guide_of(app: M1App) -> RunGuide:
    assert app.guide is not None
    return app.guide


async def walk_to(pilot: Pilot[int], app: M1App, title: str) -> None:
    """Walk on until the step called `title` is on screen; nothing is drawn on the way."""
    with app.batch_update():
        while not (isinstance(app.screen, ProcedureScreen) and view(app).title == title):
            before = (app.screen, view(app))
            await take_step(pilot, app)
            assert (app.screen, view(app)) != before, f"stuck at {view(app)}"
    await settled(pilot, app)


async def walk_home(pilot: Pilot[int], app: M1App) -> list[str]:
    """Walk on to the end; return the outcome words that were shown on the way.

    Nothing is drawn: that every page on the way can be is seen where a whole walk is looked at.
    """
    words: list[str] = []
    with app.batch_update():
        while app.guide is not None:
            if isinstance(app.screen, ResultScreen):
                words.append(app.screen.view.outcome)
            before = (app.screen, view(app))
            await take_step(pilot, app)
            after = (app.screen, view(app) if app.guide else None)
            assert after != before, f"stuck at {view(app)}"
    await settled(pilot, app)
    return words
