"""Whoever sits at the app is kept to a folder, whatever they type, follow or send."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from m1tui.app.allowed_folders import EVERYWHERE, AllowedFolders, allowed_folders_of
from m1tui.app.app import M1App
from m1tui.app.library.inspect import InspectScreen
from m1tui.app.log.logbook import Logbook
from m1tui.app.messages import InspectionAsked
from m1tui.app.run.asking import list_folder, read_file
from m1tui.app.run.folder import FolderScreen
from m1tui.errors import OutOfReach
from m1tui.store import Store
from m1tui.store.importing import Fate
from m1tui.web.session import FOLDER
from tests.app.rehearsal import only, rehearse, until
from tests.app.rendering import text_of
from tests.app.test_library import DEMO, press, renamed, settled, shelved
from tests.store.memories import dump

SECRET = dump(renamed(DEMO, 0, "Secret"))


class Workshop:
    """A folder that is open, one beside it that is not, and ways from the one to the other."""

    def __init__(self, above: Path) -> None:
        self.open, self.shut, self.data = above / "open", above / "shut", above / "data"
        (self.open / "inner").mkdir(parents=True)
        self.shut.mkdir()
        (self.open / "mine.syx").write_bytes(dump(DEMO))
        (self.shut / "secret.syx").write_bytes(SECRET)
        (self.open / "link.syx").symlink_to(self.shut / "secret.syx")
        (self.open / "away").symlink_to(self.shut)
        (self.open / "up").symlink_to("..")
        (self.open / "round").symlink_to("round")
        (self.open / "dangling").symlink_to(self.shut / "not-there")
        (self.open / "within").symlink_to(self.open / "inner")
        # Its name begins with that of the folder which is open.
        (above / "open-not").mkdir()
        self.store = Store(self.data)
        self.allowed = allowed_folders_of({FOLDER: str(self.open)}, self.store)

    @property
    def written(self) -> set[str]:
        """The names of all that lies outside of the folder that is open."""
        return {path.name for path in self.shut.rglob("*")}


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


OUTSIDE = (
    "..",
    "../shut",
    "../shut/secret.syx",
    "../not-there",
    "../open-not",
    "inner/../../shut",
    "within/../../shut",
    "link.syx",
    "away",
    "away/secret.syx",
    "away/../open-not",
    "up",
    "up/shut/secret.syx",
    "dangling",
    "dangling/new",
    "round/../../shut",
    "new/../../shut",
    "/",
    "/etc/passwd",
    "/proc/self/root/etc",
    "/proc/self/cwd",
    "~",
    "~root",
    "~nobody-of-that-name/x",
    "x\0y",
    "//etc",
)


@pytest.mark.parametrize("typed", OUTSIDE)
def test_what_leads_out_of_the_folder_is_refused(shop: Workshop, typed: str) -> None:
    with pytest.raises(OutOfReach):
        shop.allowed.typed(typed)
    if not typed.startswith("~") and "\0" not in typed:
        path = shop.open / typed
        assert not shop.allowed.admits(path)
        listed = list_folder(path, shop.allowed)
        assert "out of reach" in listed.problem
        assert listed.entries == ()
        found = read_file(path, shop.allowed)
        assert not found.usable
        assert found.contents == ()


def test_what_is_there_and_what_is_not_are_refused_in_the_same_words(shop: Workshop) -> None:
    told = []
    for name in ("secret.syx", "nothing.syx"):
        with pytest.raises(OutOfReach) as refused:
            shop.allowed.typed(f"../shut/{name}")
        told.append(str(refused.value).replace(name, "NAME"))
    assert told[0] == told[1]


@pytest.mark.parametrize("typed", ["", ".", "inner", "inner/..", "within", "mine.syx", "new/newer"])
def test_what_is_in_the_folder_is_open(shop: Workshop, typed: str) -> None:
    assert shop.allowed.typed(typed) == (shop.open / typed).resolve()
    assert shop.allowed.typed(str(shop.open / typed)) == (shop.open / typed).resolve()


def test_the_programs_own_backups_and_reports_are_open_and_no_more_of_its_data(
    shop: Workshop,
) -> None:
    folders = shop.store.folders
    assert shop.allowed.admits(folders.backups / "x.syx")
    assert shop.allowed.admits(folders.reports)
    for other in (folders.data, folders.journals, folders.log, folders.backups / ".." / "log"):
        assert not shop.allowed.admits(other)


def test_a_folder_is_known_by_where_it_leads(shop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(shop.open)
    assert AllowedFolders(tmp_path / "alias").admits(shop.open / "mine.syx")
    assert not AllowedFolders(tmp_path / "alias").admits(tmp_path / "alias" / "link.syx")


def test_without_the_variable_every_folder_is_open(shop: Workshop) -> None:
    assert allowed_folders_of({}, shop.store) == EVERYWHERE
    assert EVERYWHERE.typed("/etc") == Path("/etc")
    # Set, and lost on its way: the narrower of the two.
    assert not allowed_folders_of({FOLDER: ""}, shop.store).admits(Path("/etc"))


def test_a_list_leaves_out_what_leads_away_and_ends_at_the_folder(shop: Workshop) -> None:
    listed = list_folder(shop.open, shop.allowed)
    assert {entry.name for entry in listed.entries} == {"inner", "within", "mine.syx"}
    assert listed.top
    assert not list_folder(shop.open / "inner", shop.allowed).top
    unlimited = list_folder(shop.open, EVERYWHERE)
    assert {"away", "up", "link.syx"} <= {entry.name for entry in unlimited.entries}
    assert not unlimited.top
    assert list_folder(Path("/"), EVERYWHERE).top


def test_a_device_or_a_pipe_is_not_listed(shop: Workshop) -> None:
    os.mkfifo(shop.open / "pipe")
    (shop.open / "zero").symlink_to("/dev/zero")
    names = {entry.name for entry in list_folder(shop.open, EVERYWHERE).entries}
    assert "mine.syx" in names
    assert names.isdisjoint({"pipe", "zero"})


@pytest.mark.parametrize("typed", ["../shut", "away", "dangling", "/tmp", "~", "up/shut/x"])
def test_a_report_is_not_written_elsewhere(shop: Workshop, typed: str) -> None:
    before = shop.written
    book = Logbook(shop.store, shop.allowed)
    visit = book.begin_visit("", {"model": "M1"})
    with pytest.raises(OutOfReach):
        book.keep_report(visit.id, "text", typed)
    assert shop.written == before
    assert book.keep_report(visit.id, "text", "inner/new").parent == shop.open / "inner" / "new"
    assert book.keep_report(visit.id, "text", "").parent == shop.store.folders.reports


def test_an_import_opens_no_link_that_leads_away(shop: Workshop) -> None:
    done = shop.store.import_dumps([shop.open], admits=shop.allowed.admits)
    fates = {one.source.name: one.fate for one in done}
    assert fates["mine.syx"] is Fate.IMPORTED
    assert fates["link.syx"] is Fate.REFUSED
    assert [one.path for one in done if one.source.name == "link.syx"] == [None]
    assert len(list(shop.store.folders.backups.glob("*.syx"))) == 1
    # The very same link is a dump to the person at the computer.
    again = shop.store.import_dumps([shop.open])
    assert {one.source.name: one.fate for one in again}["link.syx"] is Fate.IMPORTED


# On the screens

Visitor = Callable[[Pilot[int], M1App], Awaitable[None]]


def at_the_library(shop: Workshop, visitor: Visitor) -> None:
    """Open the library of an app that is kept to the folder, and let `visitor` use it."""
    shelved(shop.data, ("kept.syx", dump(DEMO)))

    async def opened(pilot: Pilot[int], app: M1App) -> None:
        await app.run_action("library")
        await settled(pilot, app)
        await visitor(pilot, app)

    rehearse(
        shop.data,
        opened,
        port="virtual:healthy",
        procedures=only("dump-from-computer"),
        allowed=shop.allowed,
    )


def folders(app: M1App) -> FolderScreen:
    screen = app.screen
    assert isinstance(screen, FolderScreen)
    return screen


async def type_path(pilot: Pilot[int], app: M1App, text: str) -> None:
    app.screen.query_one("#path", Input).value = text
    app.screen.query_one("#path", Input).focus()
    await press(pilot, app, "enter")


@pytest.mark.parametrize("key", ["a", "e"], ids=["import", "export"])
def test_a_screen_of_folders_begins_in_the_folder_and_does_not_leave_it(
    shop: Workshop, key: str
) -> None:
    before = shop.written

    async def try_to_leave(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, key)
        assert folders(app).folder.path == shop.open
        assert "above" not in text_of(app)
        await press(pilot, app, "backspace")
        assert folders(app).folder.path == shop.open
        for typed in OUTSIDE:
            if "\0" not in typed:
                await type_path(pilot, app, typed)
                assert folders(app).folder.path == shop.open
                assert folders(app).file is None
                shown = " ".join(text_of(app).split())
                assert "out of reach" in shown or "does not exist" in shown
        await type_path(pilot, app, "x" * 5000)
        assert folders(app).folder.path == shop.open
        await type_path(pilot, app, "inner")
        assert folders(app).folder.path == shop.open / "inner"

    at_the_library(shop, try_to_leave)
    assert shop.written == before


def test_a_dump_is_exported_into_the_folder(shop: Workshop) -> None:
    async def export(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "e")
        await type_path(pilot, app, "within")
        await pilot.press("home", "enter")
        await until(pilot, lambda: "Copied to" in text_of(app))

    at_the_library(shop, export)
    assert len(list((shop.open / "inner").glob("*.syx"))) == 1


def test_a_file_elsewhere_is_not_looked_into(shop: Workshop) -> None:
    async def inspect(pilot: Pilot[int], app: M1App) -> None:
        app.post_message(InspectionAsked(shop.shut / "secret.syx"))
        await until(pilot, lambda: app.screen.is_modal)
        assert "out of reach" in " ".join(text_of(app).split())
        assert "Secret" not in text_of(app)
        await press(pilot, app, "enter")
        app.post_message(InspectionAsked(shop.open / "mine.syx"))
        await until(pilot, lambda: isinstance(app.screen, InspectScreen))

    at_the_library(shop, inspect)
