"""The library's screens by keyboard, on a real store with the demo bank."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Input

from m1tui.app.app import M1App
from m1tui.app.dialogs.choices import AdviceDialog, ConfirmDialog
from m1tui.app.dialogs.form import FormDialog
from m1tui.app.library.compare import CompareScreen
from m1tui.app.library.files import Left, LibraryFiles
from m1tui.app.library.importing import ImportScreen
from m1tui.app.library.inspect import InspectScreen, SongScreen, ValuesScreen
from m1tui.app.library.list import BinScreen, LibraryScreen
from m1tui.app.run.folder import FolderScreen, SourceScreen
from m1tui.app.run.procedure import ProcedureScreen
from m1tui.app.widgets.menu import Menu
from m1tui.app.widgets.table import Table
from m1tui.facts import Backup
from m1tui.procedures.origins import MOST_OFFERED
from m1tui.store import Store
from m1tui.store.atomic import alone
from m1tui.store.catalogue import Followed, LibraryProgress
from m1tui.sysex import Bank, BankDump, Contents, Part, ProgramDump
from m1tui.virtual.demo import demo_contents
from tests.app.rehearsal import NOON, begin, only, rehearse, until, view, walk_to
from tests.app.rendering import check_golden, text_of
from tests.midi_reader import read_midi_file
from tests.store.memories import dump

Visitor = Callable[[Pilot[int], M1App], Awaitable[None]]

DEMO = demo_contents()


def renamed(contents: Contents, number: int, name: str | bytes) -> Contents:
    """Return `contents` with another name for a program, whatever its bytes."""
    programs = list(contents.programs or ())
    raw = name.encode() if isinstance(name, str) else name
    programs[number] = type(programs[number])(raw.ljust(10)[:10] + programs[number].raw[10:])
    return contents.merged(Contents(programs=tuple(programs), allocation=contents.allocation))


def shelved(data: Path, *files: tuple[str, bytes]) -> Store:
    """Return a store into which these files were imported, a minute apart."""
    minute = iter(range(1000))
    store = Store(data, now=lambda: NOON + timedelta(minutes=next(minute)))
    folder = data.parent / "sources"
    folder.mkdir(exist_ok=True)
    for name, content in files:
        (folder / name).write_bytes(content)
        store.import_dumps([folder / name])
    return store


def visit(
    tmp_path: Path,
    visitor: Visitor,
    *files: tuple[str, bytes],
    size: tuple[int, int] = (80, 24),
    procedures: tuple[str, ...] = ("dump-from-computer",),
) -> M1App:
    """Open the library of a data folder that holds `files`, and let `visitor` use it."""
    shelved(tmp_path / "data", *files)

    async def opened(pilot: Pilot[int], app: M1App) -> None:
        await app.run_action("library")
        await settled(pilot, app)
        assert isinstance(app.screen, LibraryScreen)
        await visitor(pilot, app)

    return rehearse(
        tmp_path / "data", opened, port="virtual:healthy", size=size, procedures=only(*procedures)
    )


async def settled(pilot: Pilot[int], app: M1App) -> None:
    """Wait until nothing is under way, or a question waits for its answer."""
    asking = (FolderScreen, BinScreen, InspectScreen, SourceScreen)
    await until(pilot, lambda: app.is_idle or app.screen.is_modal or isinstance(app.screen, asking))


async def press(pilot: Pilot[int], app: M1App, *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot, app)


def shown(app: M1App) -> str:
    return text_of(app)


TWO = (("M1 DEMO.syx", dump(DEMO)), ("other.syx", dump(renamed(DEMO, 0, "Oak Bright"))))


def test_dumps_stand_under_their_instrument_the_newest_first(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        check_golden(app, "library")
        assert shown(app).index("other.syx") < shown(app).index("M1 DEMO.syx")

    visit(tmp_path, look, *TWO)


def test_an_empty_library_says_how_dumps_come_in(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        check_golden(app, "library-empty")
        assert "press a to import others." in shown(app)
        await press(pilot, app, "i", "c", "r", "e", "d", "space", "enter", "right")
        assert isinstance(app.screen, LibraryScreen)

    visit(tmp_path, look)


def test_a_name_is_found_as_it_is_typed_and_opens_at_its_object(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "slash", *"oak bri")
        check_golden(app, "library-found")
        await press(pilot, app, "enter", "enter")
        assert isinstance(app.screen, InspectScreen)
        assert '00 "Oak Bright", single' in shown(app)
        await press(pilot, app, "escape", "escape")
        assert "2 dumps" in shown(app)
        assert app.screen.query_one(Input).value == ""

    visit(tmp_path, look, *TWO)


def test_an_answer_to_what_was_typed_before_is_never_drawn(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        screen = app.screen
        assert isinstance(screen, LibraryScreen)
        seen: list[object] = []
        screen.watch(screen, "found", lambda found: seen.append(found), init=False)
        for text in ("oak", "silk row", "nobody", ""):
            screen.keeper.search(text)
        await settled(pilot, app)
        assert seen in ([], [None])
        screen.keeper.search("oak")
        screen.keeper.search("silk")
        await settled(pilot, app)
        assert screen.found is not None
        assert {match.name.text for match in screen.found.matches} == {"Silk Row", "Grand+Silk"}
        assert len(seen) == 1

    visit(tmp_path, look, *TWO)


def test_letters_in_the_search_are_text_and_give_no_orders(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "slash", *"dairecu")
        assert isinstance(app.screen, LibraryScreen)
        assert app.screen.query_one(Input).value == "dairecu"
        assert "No program, combination or song" in shown(app)
        await press(pilot, app, "escape")
        assert "2 dumps" in shown(app)

    visit(tmp_path, look, *TWO)


def test_a_file_is_imported_and_its_duplicate_recognised(tmp_path: Path) -> None:
    sources = tmp_path / "in"
    sources.mkdir()
    (sources / "a.syx").write_bytes(dump(DEMO))
    (sources / "b again.syx").write_bytes(dump(DEMO))
    (sources / "c [red]notes.txt").write_text("no dump")

    async def take(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "a")
        assert isinstance(app.screen, FolderScreen)
        await press(pilot, app, "slash", *["backspace"] * 200)
        await press(pilot, app, *str(sources), "enter")
        await press(pilot, app, "home", "enter")
        await until(pilot, lambda: app.is_idle)
        assert isinstance(app.screen, ImportScreen)
        assert "1 new, 1 duplicate by content, 1 not a dump" in shown(app)
        check_fates(app)
        await press(pilot, app, "right", "right")
        assert "contains no dump" in shown(app)
        await press(pilot, app, "enter")
        assert isinstance(app.screen, LibraryScreen)
        assert "1 dump" in shown(app)
        assert "Import: 1 new" in shown(app)

    visit(tmp_path, take)


def check_fates(app: M1App) -> None:
    """Look whether each file stands under its fate, by name."""
    lines = [line.strip() for line in shown(app).splitlines()]
    new = lines.index("New: 1")
    assert lines[new + 1].startswith("> a.syx")
    assert lines[new + 2] == "Duplicates: exactly the same messages: 1"
    assert lines[new + 4] == "Not dumps, or not readable: 1"
    assert lines[new + 5].startswith("!c [red]notes.txt")


MANY = 12


def many(folder: Path) -> Path:
    """Return a folder with that many different dumps."""
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number:02d}.syx").write_bytes(dump(renamed(DEMO, 0, f"Nr {number}")))
    return folder


def test_a_path_begins_with_the_slash_that_was_pressed_and_may_be_pasted(tmp_path: Path) -> None:
    folder = many(tmp_path / "some")

    async def visit_it(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "b", "a", "slash", *str(folder)[1:], "enter")
        assert "00.syx" in text_of(app)
        await press(pilot, app, "backspace")
        app.screen.post_message(Paste(f"{folder}\nsecond line"))
        await pilot.pause()
        await press(pilot, app, "enter")
        assert "00.syx" in text_of(app)

    rehearse(tmp_path / "data", visit_it)


@pytest.mark.parametrize("beginning", ["", "'", "~"])
def test_a_whole_path_may_follow_the_slash_that_was_pressed(
    tmp_path: Path, beginning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    many(tmp_path / "some")
    typed = {"": f"{tmp_path}/some", "'": f"'{tmp_path}/some'", "~": "~/some"}[beginning]

    async def visit_it(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "b", "a", "slash", *typed, "enter")
        assert "00.syx" in text_of(app)
        assert "//" not in text_of(app)

    rehearse(tmp_path / "data", visit_it)


async def import_folder(pilot: Pilot[int], app: M1App, folder: Path) -> None:
    await press(pilot, app, "a", "slash", *["backspace"] * 200)
    await press(pilot, app, *str(folder), "enter")
    await pilot.press("home", "enter")


def interrupt(app: M1App, monkeypatch: pytest.MonkeyPatch, stop: Callable[[], object]) -> None:
    """Import one file at a time from now on, and call `stop` on the loop after the third."""
    monkeypatch.setattr("m1tui.store.importing.BATCH_SECONDS", 0.0005)
    import_dumps = app.bench.store.import_dumps
    loop = asyncio.get_running_loop()

    def stopped(paths, *, progress, cancelled, admits):
        def tell(made: LibraryProgress) -> None:
            progress(made)
            if made.done >= 3 and not cancelled():
                loop.call_soon_threadsafe(stop)
                wait_for(cancelled)

        return import_dumps(paths, progress=tell, cancelled=cancelled, admits=admits)

    monkeypatch.setattr(app.bench.store, "import_dumps", stopped)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait in a thread, ten seconds at most, for what the loop is about to do."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end


def test_an_import_is_cancelled_and_what_is_in_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take(pilot: Pilot[int], app: M1App) -> None:
        interrupt(app, monkeypatch, lambda: app.screen.action_cancel())  # type: ignore[attr-defined]
        await import_folder(pilot, app, many(tmp_path / "in"))
        await until(pilot, lambda: app.is_idle)
        assert isinstance(app.screen, ImportScreen)
        assert "Cancelled" in shown(app)
        kept = len(app.bench.store.backups())
        assert 3 <= kept < MANY
        assert f"{kept} new" in shown(app)
        await press(pilot, app, "escape")
        assert f"{kept} dumps" in shown(app)

    visit(tmp_path, take)


def test_leaving_the_program_ends_an_import_at_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take(pilot: Pilot[int], app: M1App) -> None:
        interrupt(app, monkeypatch, app.quit)
        await import_folder(pilot, app, many(tmp_path / "in"))
        await until(pilot, lambda: not app.is_running)

    app = visit(tmp_path, take)
    assert app.return_code == 0
    kept = Store(tmp_path / "data").backups()
    assert 3 <= len(kept) < MANY
    assert all(one.intact() for one in kept)


def test_an_export_copies_the_dump_and_overwrites_nothing(tmp_path: Path) -> None:
    out = tmp_path / "stick"
    out.mkdir()

    async def copy(pilot: Pilot[int], app: M1App) -> None:
        for _ in range(2):
            await press(pilot, app, "e")
            assert isinstance(app.screen, FolderScreen)
            await press(pilot, app, "slash", *["backspace"] * 200)
            await press(pilot, app, *str(out), "enter", "home", "enter")
            await until(pilot, lambda: isinstance(app.screen, LibraryScreen) and app.is_idle)
        assert "Copied to" in shown(app)
        assert [path.read_bytes() for path in out.iterdir()] == [dump(DEMO)] * 2

    visit(tmp_path, copy, TWO[0])


def test_a_deleted_dump_lies_in_the_bin_and_comes_back(tmp_path: Path) -> None:
    async def lose(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "d")
        assert isinstance(app.screen, ConfirmDialog)
        await press(pilot, app, "n")
        assert "2 dumps" in shown(app)
        await press(pilot, app, "d", "y")
        await until(pilot, lambda: app.is_idle)
        assert "1 dump" in shown(app)
        assert "In the bin: " in shown(app)
        await press(pilot, app, "u")
        check_golden(app, "library-bin")
        await press(pilot, app, "enter")
        await until(pilot, lambda: app.is_idle)
        assert "2 dumps" in shown(app)
        assert "Back in the library" in shown(app)

    visit(tmp_path, lose, *TWO)


def test_q_leads_back_as_on_the_other_screens_and_is_a_letter_in_a_name(tmp_path: Path) -> None:
    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "slash", "q")
        assert app.screen.query_one(Input).value == "q"
        await press(pilot, app, "escape", "a")
        assert isinstance(app.screen, FolderScreen)
        await press(pilot, app, "q")
        assert isinstance(app.screen, LibraryScreen)
        await press(pilot, app, "q")
        assert app.screen is app.home

    visit(tmp_path, leave, *TWO)


@pytest.mark.parametrize("sign", ["", "'", '"'])
def test_a_path_that_is_dropped_as_keys_loses_none_of_them(tmp_path: Path, sign: str) -> None:
    text = f"{sign}/no such folder/i q.syx{sign}"

    async def drop(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "a")
        for one in text:
            # As a terminal sends them: all before the focus can follow.
            app.post_message(Key(one, one))
        await settled(pilot, app)
        assert app.screen.query_one(Input).value == text

    visit(tmp_path, drop, *TWO)


def test_the_line_of_a_path_names_its_own_keys(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "a")
        assert isinstance(app.screen, FolderScreen)
        assert "/ type a path" in shown(app)
        await press(pilot, app, "slash")
        assert "Enter open   Esc back to the list" in shown(app)
        assert "type a path" not in shown(app)
        await press(pilot, app, "escape")
        assert "/ type a path" in shown(app)

    visit(tmp_path, look, *TWO)


def test_after_a_dump_is_deleted_the_one_below_it_is_the_current_one(tmp_path: Path) -> None:
    async def lose(pilot: Pilot[int], app: M1App) -> None:
        table = app.screen.query_one(Table)
        await press(pilot, app, "down")
        below = table.cursor
        await press(pilot, app, "d", "y")
        await until(pilot, lambda: app.is_idle)
        assert "2 dumps" in shown(app)
        assert (table.cursor, table.current) == (below, below)
        await press(pilot, app, "d", "y")
        await until(pilot, lambda: app.is_idle)
        assert table.current == below - 1

    visit(tmp_path, lose, *TWO, ("third.syx", dump(renamed(DEMO, 1, "Third"))))


def test_two_dumps_are_compared_down_to_their_values(tmp_path: Path) -> None:
    async def compare(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "space", "down", "c")
        assert isinstance(app.screen, CompareScreen)
        check_golden(app, "compare")
        await press(pilot, app, "enter")
        assert isinstance(app.screen, ValuesScreen)
        assert "Oak Bright" in shown(app)
        assert "Oak Grand" in shown(app)

    visit(tmp_path, compare, *TWO)


def test_cosmetic_differences_are_apart(tmp_path: Path) -> None:
    padded = dump(renamed(DEMO, 0, b"Oak Grand\0"))

    async def compare(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "c", "down", "c")
        assert "EQUAL: 1 cosmetic difference, not audible" in shown(app)
        assert "program 00" not in shown(app)
        await press(pilot, app, "o")
        assert "Cosmetic" in shown(app)
        assert "program 00" in shown(app)

    visit_both(tmp_path, compare, dump(DEMO), padded)


def test_what_is_read_while_a_name_is_searched_is_found_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow, typed = LibraryFiles.follow, asyncio.Event()

    async def late(files: LibraryFiles, *arguments: Any) -> Followed:
        await typed.wait()
        return await follow(files, *arguments)

    monkeypatch.setattr(LibraryFiles, "follow", late)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "2026-11-20 1201 by hand.syx").write_bytes(dump(DEMO))

    async def search(pilot: Pilot[int], app: M1App) -> None:
        await app.run_action("library")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await pilot.press("slash", *"oak grand")
        await until(pilot, lambda: "No program, combination or song" in shown(app))
        typed.set()
        await until(pilot, lambda: "1 name found" in shown(app))

    rehearse(tmp_path, search, port="virtual:healthy", procedures=only("dump-from-computer"))


def test_a_file_as_a_card_stores_it_is_the_same_but_for_card_numbers(tmp_path: Path) -> None:
    async def compare(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "c", "down", "c")
        assert "EQUAL BUT FOR CARD NUMBERS: 100 combinations (I17 as C17)." in shown(app)
        assert "The same except for card numbers: 100 higher on a card" in shown(app)
        assert "combination 00" in shown(app)

    visit_both(tmp_path, compare, dump(DEMO), dump(DEMO.playing_from(card=True)))


def test_a_part_that_one_file_lacks_is_named_and_not_called_different(tmp_path: Path) -> None:
    async def compare(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "c", "down", "c")
        assert "EQUAL IN THE PARTS THAT BOTH CONTAIN." in shown(app)
        assert "DIFFERENT" not in shown(app)
        assert "found none" not in shown(app)
        assert "sequence     only in A" in shown(app)
        assert "There are no differences that matter." in shown(app)

    visit_both(tmp_path, compare, dump(DEMO), bank_of(DEMO, Part.PROGRAMS))


def bank_of(contents: Contents, part: Part) -> bytes:
    return BankDump.of(contents.only(part), part).encode()


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (
            bank_of(DEMO, Part.PROGRAMS),
            bank_of(DEMO, Part.COMBINATIONS),
            "NO PART IN COMMON.",
        ),
        (
            dump(DEMO),
            bank_of(DEMO.playing_from(card=True), Part.COMBINATIONS),
            "EQUAL BUT FOR CARD NUMBERS IN THE PARTS THAT BOTH CONTAIN.",
        ),
    ],
    ids=["no part in common", "card numbers"],
)
def test_the_verdict_on_files_of_other_parts_is_of_what_both_contain(
    tmp_path: Path, first: bytes, second: bytes, verdict: str
) -> None:
    async def compare(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "c", "down", "c")
        assert verdict in shown(app)

    visit_both(tmp_path, compare, first, second)


def visit_both(tmp_path: Path, visitor: Visitor, first: bytes, second: bytes) -> M1App:
    """Show a library into whose folder two files were put by hand."""
    folder = tmp_path / "data" / "backups"
    folder.mkdir(parents=True)
    (folder / "2026-11-20 1201 by hand.syx").write_bytes(first)
    (folder / "2026-11-20 1200 by hand.syx").write_bytes(second)
    return visit(tmp_path, visitor)


def test_a_restore_begins_with_the_dump_chosen_and_is_confirmed_by_the_person(
    tmp_path: Path,
) -> None:
    async def restore(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "down", "r")
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
        assert view(app).procedure == "Data dump from the computer"
        await walk_to(pilot, app, "Choose where the sounds come from")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))
        menu = app.screen.query_one(Menu)
        assert menu.items[menu.cursor].left.startswith("chosen in the library: ")
        assert "M1 DEMO" in menu.items[menu.cursor].left
        await pilot.press("enter")
        await settled(pilot, app)
        await walk_to(pilot, app, "Send the sounds to the M1")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))

    visit(tmp_path, restore, *TWO)


def test_a_single_sound_from_the_library_is_asked_for_its_slot(tmp_path: Path) -> None:
    single = ProgramDump(0, (DEMO.programs or ())[3]).encode()

    async def restore(pilot: Pilot[int], app: M1App) -> None:
        assert "single program" in shown(app)
        await press(pilot, app, "r")
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
        await walk_to(pilot, app, "Choose where the sounds come from")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        assert "Slot for the single program" in shown(app)
        assert app.screen.query_one(Input).value == ""
        await pilot.press("enter")
        assert "nothing was typed. Expected 0 to 99" in " ".join(shown(app).split())
        await press(pilot, app, *"17")
        assert "I17" in shown(app)
        check_golden(app, "single-sound-slot")
        await press(pilot, app, "enter")
        assert app.guide is not None
        await until(pilot, lambda: view(app).glyph == "[A]")
        assert app.guide.run.state("source").origin.endswith(" :: slot 17")
        await walk_to(pilot, app, "Send the sounds to the M1")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "program 17" in shown(app)

    visit(tmp_path, restore, ("solo.syx", single))


def test_beyond_the_newest_dumps_a_restore_leads_into_the_librarys_folder(tmp_path: Path) -> None:
    folder = Store(tmp_path / "data").backups_folder
    folder.mkdir(parents=True)
    for number in range(MOST_OFFERED + 1):
        (folder / f"2026-11-20 {number:04} M1 all data.syx").write_bytes(dump(DEMO))

    async def choose(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "dump-from-computer")
        await walk_to(pilot, app, "Choose where the sounds come from")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))
        await pilot.press("end", "up", "up")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FolderScreen))
        await pilot.press("down", "enter")
        await until(pilot, lambda: view(app).glyph == "[A]")
        assert app.guide is not None
        # What stands on the screen is broken where the folder's name is long.
        chosen = Path(app.guide.run.state("source").origin)
        assert chosen.name == "2026-11-20 0000 M1 all data.syx"

    procedures = only("dump-from-computer")
    rehearse(tmp_path / "data", choose, port="virtual:healthy", procedures=procedures)


@pytest.mark.parametrize("way", ["typed", "dropped", "pasted"])
def test_a_path_is_taken_where_the_source_of_the_sounds_is_chosen(tmp_path: Path, way: str) -> None:
    # Its name has letters that are keys of the page and of the step below it.
    file = tmp_path / "data" / "quiet b r s.syx"
    file.parent.mkdir(parents=True)
    file.write_bytes(dump(DEMO))

    async def choose(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "dump-from-computer")
        await walk_to(pilot, app, "Choose where the sounds come from")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))
        assert "/ type a path" in shown(app)
        await pilot.press("slash", "escape")
        assert isinstance(app.screen, SourceScreen)
        match way:
            case "typed":
                await pilot.press("slash")
                assert "Enter open   Esc back to the list" in shown(app)
                await pilot.press(*[*str(file)[1:], "enter"])
            case "dropped":
                for one in f"'{file}'":
                    app.post_message(Key(one, one))
                await pilot.pause()
                await pilot.press("enter")
            case _:
                app.post_message(Paste(f"{file}\n"))
                await pilot.pause()
                await pilot.press("enter")
        await until(pilot, lambda: view(app).glyph == "[A]")
        assert app.guide is not None
        assert Path(app.guide.run.state("source").origin) == file

    procedures = only("dump-from-computer")
    rehearse(tmp_path / "data", choose, port="virtual:healthy", procedures=procedures)


def test_a_path_that_is_no_file_of_sounds_opens_the_folders_and_says_why(tmp_path: Path) -> None:
    async def choose(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "dump-from-computer")
        await walk_to(pilot, app, "Choose where the sounds come from")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))
        await pilot.press(*"/no such file", "enter")
        await until(pilot, lambda: isinstance(app.screen, FolderScreen))
        await until(pilot, lambda: "/no such file cannot be opened" in shown(app))
        assert "folder above" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))

    procedures = only("dump-from-computer")
    rehearse(tmp_path / "data", choose, port="virtual:healthy", procedures=procedures)


def test_the_help_of_a_choice_has_only_the_keys_of_its_page(tmp_path: Path) -> None:
    async def choose(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "dump-from-computer")
        await walk_to(pilot, app, "Choose where the sounds come from")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))
        await pilot.press("question_mark")
        assert "type or paste a path" in shown(app)
        assert "the folder above" not in shown(app)
        assert "what the file contains" not in shown(app)
        await pilot.press("escape", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, FolderScreen))
        await pilot.press("question_mark")
        assert "the folder above" in shown(app)

    procedures = only("dump-from-computer")
    rehearse(tmp_path / "data", choose, port="virtual:healthy", procedures=procedures)


def test_a_dump_whose_bytes_were_changed_is_flagged_and_asked_about(tmp_path: Path) -> None:
    async def restore(pilot: Pilot[int], app: M1App) -> None:
        assert "CHANGED" in shown(app)
        assert "WRONG" in shown(app)
        await press(pilot, app, "r")
        assert isinstance(app.screen, ConfirmDialog)
        await press(pilot, app, "n")
        assert app.guide is None

    store = shelved(tmp_path / "data", TWO[0])
    (path,) = (one.path for one in store.backups())
    path.write_bytes(dump(renamed(DEMO, 3, "Changed")))
    visit(tmp_path, restore)


def test_a_file_that_is_no_dump_can_be_looked_into_but_not_sent(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "backups"
    folder.mkdir(parents=True)
    (folder / "noise.syx").write_bytes(b"\xf0\x42\x30\x19\x99\xf7" * 10)

    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert "NO DUMP" in shown(app)
        await press(pilot, app, "r")
        assert "cannot be restored" in shown(app)
        assert "Nothing was sent" in shown(app)
        await press(pilot, app, "i")
        assert "nothing in it that an M1 can use" in shown(app)
        assert "PROBLEMS" in shown(app)
        await press(pilot, app, "right", "2", "enter")
        assert isinstance(app.screen, InspectScreen)

    visit(tmp_path, look)


def test_what_a_dump_holds_is_shown_page_by_page(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "i")
        check_golden(app, "inspect-overview")
        for key, name in (("2", "programs"), ("3", "combinations"), ("4", "kits"), ("5", "songs")):
            await press(pilot, app, key)
            check_golden(app, f"inspect-{name}")
        await press(pilot, app, "2", "end", "enter")
        assert isinstance(app.screen, ValuesScreen)
        check_golden(app, "inspect-values")

    visit(tmp_path, look, TWO[0])


def test_a_song_is_drawn_before_its_values_are_shown(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "i", "5", "enter")
        assert isinstance(app.screen, SongScreen)
        check_golden(app, "song")
        await press(pilot, app, "enter")
        assert isinstance(app.screen, ValuesScreen)
        assert "MIDI channel" in shown(app)
        await press(pilot, app, "escape", "escape")
        assert isinstance(app.screen, InspectScreen)

    visit(tmp_path, look, TWO[0])


def test_a_combination_that_asks_for_a_missing_program_is_flagged(tmp_path: Path) -> None:
    assert DEMO.combinations is not None
    first = DEMO.combinations[4].timbres[0]
    timbre = type(first)(b"\xfa" + first.raw[1:])
    timbres = (timbre, *DEMO.combinations[4].timbres[1:])
    combinations = list(DEMO.combinations)
    combinations[4] = combinations[4].replace(timbres=timbres)
    orphaned = dump(
        DEMO.merged(Contents(combinations=tuple(combinations), allocation=DEMO.allocation))
    )

    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "i")
        assert "MISSING" in shown(app)
        assert "OUT OF RANGE" in shown(app)
        await press(pilot, app, "3", *["down"] * 4)
        assert ">!04" in shown(app)
        await press(pilot, app, "enter", "o")
        assert "OUT OF RANGE" in shown(app)
        assert "I00 to C99" in shown(app)

    visit(tmp_path, look, ("orphan.syx", orphaned))


@pytest.mark.parametrize("name", [b"[red]x[/]", b"\x1b[2J\x07\x00ab", b"[@click=q]", b"\\[b]\x9b"])
def test_a_hostile_name_is_drawn_harmlessly_everywhere(tmp_path: Path, name: bytes) -> None:
    seven_bit = bytes(byte & 0x7F for byte in name)

    async def look(pilot: Pilot[int], app: M1App) -> None:
        pages = [shown(app)]
        for keys in (
            ("slash", *"ab", "escape", "down"),
            ("i",),
            ("2",),
            ("enter",),
            ("escape", "escape", "c", "up", "c"),
            ("enter",),
        ):
            await press(pilot, app, *keys)
            pages.append(shown(app))
        for page in pages:
            assert all(line.isprintable() for line in page.splitlines())
        if name == b"[red]x[/]":
            assert "[red]x[/]" in pages[3]

    visit(
        tmp_path,
        look,
        (f"{'[red]'}n.syx", dump(renamed(DEMO, 0, seven_bit))),
        ("ok.syx", dump(DEMO)),
    )


def test_a_catalogue_that_cannot_be_used_is_made_anew_by_a_key(tmp_path: Path) -> None:
    shelved(tmp_path / "data", *TWO)
    (tmp_path / "data" / "catalogue.sqlite").write_bytes(b"garbage" * 500)

    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert "cannot be used" in shown(app)
        assert "Backups are plain files" in shown(app)
        await press(pilot, app, "w")
        await until(pilot, lambda: app.is_idle)
        assert "2 dumps" in shown(app)
        assert "rebuilt" in shown(app)

    visit(tmp_path, look)


def test_a_file_in_a_folder_can_be_looked_into_before_it_is_chosen(tmp_path: Path) -> None:
    sources = tmp_path / "in"
    sources.mkdir()
    (sources / "a.syx").write_bytes(dump(DEMO))

    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "a", "slash", *["backspace"] * 200)
        await press(pilot, app, *str(sources), "enter", "end", "i")
        await until(pilot, lambda: isinstance(app.screen, InspectScreen))
        await press(pilot, app, "escape", "escape")
        (sources / "a.syx").unlink()
        await press(pilot, app, "a", "end", "i")

    visit(tmp_path, look)


def test_a_file_that_is_gone_is_told_with_what_to_do(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        for one in app.bench.store.backups():
            one.path.unlink()
        await press(pilot, app, "i")
        assert "there is no such file" in " ".join(shown(app).split())
        assert not isinstance(app.screen, AdviceDialog)

    visit(tmp_path, look, TWO[0])


def test_a_backup_of_a_rehearsal_is_not_taken_for_an_instruments(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        lines = [line.strip() for line in shown(app).splitlines()]
        heads = [line.split(":")[0] for line in lines if line.endswith("1 dump")]
        assert heads == ["M1", "Virtual M1", "Files, instrument not known"]

    store = shelved(tmp_path / "data", TWO[0])
    for number, link in enumerate(("raw:/dev/snd/midiC1D0", "a virtual M1")):
        contents = renamed(DEMO, 0, str(number))
        backup = Backup(contents, dump(contents), Part.ALL, Bank.INTERNAL, 2, (), ())
        store.save_backup(backup, instrument="M1", link=link)
    visit(tmp_path, look)


def test_a_wide_screen_has_more_columns_and_nothing_is_cut(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        check_golden(app, "library-wide")

    visit(tmp_path, look, *TWO, size=(132, 43))


def test_hex_text_and_several_memories_in_one_file_are_looked_into(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "backups"
    folder.mkdir(parents=True)
    two = dump(DEMO, Part.PROGRAMS) + dump(renamed(DEMO, 0, "Second"), Part.PROGRAMS)
    (folder / "typed.syx").write_text(two.hex(" "))

    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "i")
        assert "hex, " in shown(app)
        assert "memory 1 of 2: internal programs" in shown(app)
        await press(pilot, app, "2")
        assert "Oak Grand" in shown(app)
        await press(pilot, app, "m")
        assert "memory 2 of 2" in shown(app)
        assert "Second" in shown(app)
        await press(pilot, app, "5")
        assert "contains no sequencer data" in shown(app)

    visit(tmp_path, look)


CASES = Path(__file__).parents[1] / "cases"
DAMAGED = CASES / "programs-right-length-but-shifted-in-the-middle.syx"


def test_an_archive_with_a_damaged_dump_is_listed_imported_and_graded(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with ZipFile(folder / "from the web.zip", "w") as archive:
        archive.writestr("one.syx", dump(DEMO, Part.PROGRAMS))
        archive.writestr("two.syx", DAMAGED.read_bytes())
        archive.writestr("three.syx", dump(renamed(DEMO, 0, "Third"), Part.PROGRAMS))

    async def take(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "a", "slash", *["backspace"] * 200)
        await press(pilot, app, *str(folder), "enter", "end")
        assert "from the web.zip" in shown(app)
        assert "502 values of programs" in " ".join(shown(app).split())
        await press(pilot, app, "enter")
        await until(pilot, lambda: app.is_idle and isinstance(app.screen, ImportScreen))
        assert "3 new, 0 duplicates by content, 0 not dumps; 1 DAMAGED" in shown(app)
        await press(pilot, app, "down")
        assert "Grade damaged" in shown(app)
        await press(pilot, app, "enter")
        assert isinstance(app.screen, LibraryScreen)

    visit(tmp_path, take)


def test_a_damaged_dump_is_graded_with_cause_and_next_step(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "i")
        text = " ".join(shown(app).split())
        assert "DAMAGED 502 values of programs are out of range in programs 30 to 54" in text
        assert "there is no checksum, so only this shows it. Find another copy" in text

    visit(tmp_path, look, (DAMAGED.name, DAMAGED.read_bytes()))


def test_what_sounds_need_and_what_was_mended_is_said_of_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "backups"
    folder.mkdir(parents=True)
    (folder / "card.syx").write_bytes((CASES / "combis-30-use-card-programs.syx").read_bytes())

    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "i")
        text = " ".join(shown(app).split())
        assert "Grade sound" in text
        assert "Needs 30 combinations play programs on a card" in text

    visit(tmp_path, look)


def test_of_a_dump_that_breaks_off_the_import_says_how_the_app_sends_what_is_intact(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "broken.syx").write_bytes(
        (CASES / "truncated-programs-at-60-percent.syx").read_bytes()
    )

    async def take(pilot: Pilot[int], app: M1App) -> None:
        await import_folder(pilot, app, folder)
        await until(pilot, lambda: app.is_idle and isinstance(app.screen, ImportScreen))
        text = " ".join(shown(app).split())
        assert "Fate not imported" in text
        assert '"Data dump from the computer" can send what is intact in it' in text
        assert "m1tui convert" not in text

    visit(tmp_path, take)


def test_an_import_beside_another_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async def take(pilot: Pilot[int], app: M1App) -> None:
        with alone(app.bench.store.folders.import_lock, "importing into this library"):
            await import_folder(pilot, app, many(tmp_path / "in"))
            await until(pilot, lambda: app.is_idle)
        assert isinstance(app.screen, ImportScreen)
        assert "Another program is importing" in shown(app)
        assert "Nothing was changed" in shown(app)
        await press(pilot, app, "enter")
        assert "No dumps yet" in shown(app)

    visit(tmp_path, take)


def test_escape_leads_back_home_and_the_library_opens_again(tmp_path: Path) -> None:
    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "escape")
        assert app.screen is app.home
        await press(pilot, app, "b")
        assert isinstance(app.screen, LibraryScreen)
        await press(pilot, app, "question_mark")
        assert "THE LIBRARY" in shown(app)
        await press(pilot, app, "escape", "escape")
        assert app.screen is app.home

    visit(tmp_path, leave, TWO[0])


def test_the_arrows_lead_from_instrument_to_instrument(tmp_path: Path) -> None:
    store = shelved(tmp_path / "data", *TWO)
    for model in ("M1", "M1R"):
        source = tmp_path / f"{model}.syx"
        source.write_bytes(dump(renamed(DEMO, 1, model)))
        store.import_dumps([source], instrument=model)

    async def look(pilot: Pilot[int], app: M1App) -> None:
        table = app.screen.query_one(Table)
        places = []
        for key in ("right", "right", "right", "left", "left"):
            await press(pilot, app, key)
            places.append(table.cursor)
        assert places == [3, 5, 5, 3, 1]

    visit(tmp_path, look)


def test_songs_are_written_as_midi_files_and_what_they_lose_is_said(tmp_path: Path) -> None:
    out = tmp_path / "stick"
    out.mkdir()
    (out / "0 Workbench.mid").write_bytes(b"mine")

    async def write(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "i", "e")
        assert isinstance(app.screen, InspectScreen)
        await press(pilot, app, "5", "e")
        await until(pilot, lambda: isinstance(app.screen, FolderScreen))
        await press(pilot, app, "slash", *["backspace"] * 200)
        await press(pilot, app, *str(out), "enter", "home", "enter")
        await until(pilot, lambda: isinstance(app.screen, AdviceDialog))
        assert "2 songs as MIDI files" in shown(app)
        assert "Programs are given by their numbers in this M1" in shown(app)
        await press(pilot, app, "enter")
        assert isinstance(app.screen, InspectScreen)

    visit(tmp_path, write, TWO[0])
    assert (out / "0 Workbench.mid").read_bytes() == b"mine"
    written = read_midi_file((out / "0 Workbench (2).mid").read_bytes())
    assert written.tracks[0].name == "Workbench"
    assert sum(len(track.notes) for track in written.tracks) == 688
    assert (out / "1 Night Bus.mid").is_file()


def test_a_dump_is_named_and_found_by_its_label(tmp_path: Path) -> None:
    async def name(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "n")
        await press(pilot, app, *"Gig", "enter", *"Anna", "enter")
        await until(pilot, lambda: " - Gig" in shown(app))
        await press(pilot, app, "slash", *"anna")
        await until(pilot, lambda: "1 name found" in shown(app))

    visit(tmp_path, name, *TWO)
    assert [one.stem[-5:] for one in (tmp_path / "data" / "backups").glob("*Gig.syx")] == ["- Gig"]


def test_what_changed_since_the_dump_before_is_one_key(tmp_path: Path) -> None:
    async def since(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "s")
        assert isinstance(app.screen, CompareScreen)
        assert "Oak Bright" in shown(app)

    visit(tmp_path, since, *TWO)


def test_without_a_dump_before_nothing_is_compared_and_nothing_put_back(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        await press(pilot, app, "s")
        assert "no earlier backup to compare with" in " ".join(shown(app).split())
        await press(pilot, app, "z")
        assert "There is nothing to put back" in shown(app)

    visit(tmp_path, look, TWO[0])


def test_what_the_last_restore_overwrote_is_put_back_by_one_key(tmp_path: Path) -> None:
    async def back(pilot: Pilot[int], app: M1App) -> None:
        read = BankDump.of(DEMO, Part.ALL)
        app.bench.store.save_backup(
            Backup(DEMO, read.encode(), Part.ALL, Bank.INTERNAL, 2, (), ()),
            instrument="M1",
            link="a test",
            replaced=True,
        )
        await press(pilot, app, "z")
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
        assert view(app).procedure == "Data dump from the computer"

    visit(tmp_path, back, *TWO)


def test_what_is_asked_while_the_library_is_let_go_does_not_open_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would stay open for good: the thread that closes it has done so already."""
    store, hold = Store(tmp_path), threading.Event()
    monkeypatch.setattr(store, "delete", lambda path: hold.wait(10) and path)

    async def main() -> None:
        files = LibraryFiles(store)
        assert await files.entries() == ()
        deleting = asyncio.create_task(files.delete(tmp_path))
        closing = asyncio.create_task(files.close())
        await asyncio.sleep(0.05)
        with pytest.raises(Left):
            await files.entries()
        hold.set()
        await asyncio.gather(deleting, closing)

    asyncio.run(main())
