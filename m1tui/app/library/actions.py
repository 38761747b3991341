"""Keeps the library's screens: what their keys ask for is done here, in workers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from m1tui.advice import Advice, Trouble
from m1tui.app.dialogs.choices import AdviceDialog, ConfirmDialog
from m1tui.app.dialogs.form import FormDialog
from m1tui.app.library.compare import CompareScreen, compared_files
from m1tui.app.library.files import Left
from m1tui.app.library.importing import ImportScreen, ImportView, counts
from m1tui.app.library.inspect import InspectScreen
from m1tui.app.library.list import BinScreen, LibraryScreen
from m1tui.app.library.opened import open_file
from m1tui.app.library.views import LibraryView, history, wrong_with
from m1tui.app.messages import LibraryWorked, Notice, RestoreAsked, SoundsAsked
from m1tui.app.own_way import in_the_app
from m1tui.app.run.asking import folder_screen
from m1tui.app.run.folder import EXPORT, IMPORT, SONGS, Purpose
from m1tui.app.workbench import Workbench
from m1tui.app.workers import running
from m1tui.errors import CatalogueError
from m1tui.procedures.values import Field
from m1tui.store import printable_path
from m1tui.store.catalogue import LibraryProgress
from m1tui.store.dumpfacts import Entry, since_last
from m1tui.store.importing import Fate, ImportStopped
from m1tui.store.names import Name
from m1tui.sysex import Contents
from m1tui.sysex.listing import counted

if TYPE_CHECKING:
    from m1tui.app.app import M1App

LISTING, SEARCH, TASK = "library-list", "library-search", "library-task"
"""Groups of workers: what keeps the list true, what finds names, what a key asked for."""


REDRAW_SECONDS = 2.0
"""Between two looks at what the catalogue has, while the folder is read."""


class LibraryActions:
    """Between the library on disk and its screens; one task is done at a time."""

    def __init__(self, app: M1App, bench: Workbench) -> None:
        self.app = app
        self.bench = bench
        self.screen = LibraryScreen(self)
        self._folder = bench.allowed.start
        """Where files were taken from, or put, the last time."""
        self._wanted = ""
        """The name that is searched, as it was typed last."""

    def attach(self) -> None:
        """Show the dumps that are known, then look whether the folder holds others."""
        self._run(self._telling(self._list()), LISTING, "List the library")

    def leave(self) -> None:
        """End the screen; what is still being read is read when it is opened again."""
        self.app.workers.cancel_group(self.app, LISTING)
        self.app.workers.cancel_group(self.app, SEARCH)
        self.app.pop_screen()
        self.app.refresh_home()

    def search(self, text: str) -> None:
        """Find names; an answer that comes after the next letter is never drawn."""
        self._wanted = text.strip()
        if not self._wanted:
            self.screen.found = None
        elif not running(self.app.workers, SEARCH):
            self._run(self._telling(self._search()), SEARCH, "Find names")

    def inspect(self, entry: Entry, name: Name | None) -> None:
        """Open a dump, at the object of that name if there is one."""
        at = (name.kind.value, name.number) if name is not None else None
        self._task(self._inspect(entry, at), "Open a dump")

    def hear(self, entry: Entry, name: Name) -> None:
        """Let the sound of that name in a dump be heard."""
        self._task(self._hear(entry, name), "Hear a sound")

    def compare(self, first: Entry, second: Entry) -> None:
        """Show two dumps side by side."""
        self._task(self._compare(first.path, second.path), "Compare two dumps")

    def restore(self, entry: Entry) -> None:
        """Begin the procedure that sends a dump into an M1; it asks before it writes."""
        self._task(self._restore(entry), "Restore from here")

    def take_in(self) -> None:
        """Ask for a file or a folder and take in the dumps there."""
        self._task(self._take_in(), "Import")

    def export(self, entry: Entry) -> None:
        """Ask for a folder and copy a dump there."""
        self._task(self._export(entry), "Export a dump")

    def delete(self, entry: Entry) -> None:
        """Ask, then move a dump to the bin."""
        self._task(self._delete(entry), "Delete a dump")

    def name(self, entry: Entry) -> None:
        """Ask for a dump's label and note; the label ends its file's name."""
        self._task(self._name(entry), "Name a dump")

    def since(self, entry: Entry) -> None:
        """Show what changed between the two newest backups of all data of a dump's instrument."""
        self._task(self._since(entry), "Compare with the previous backup")

    def put_back(self) -> None:
        """Begin the procedure that sends what the last restore overwrote."""
        self._task(self._put_back(), "Put back what was overwritten")

    def bin(self) -> None:
        """Show the bin."""
        self._task(self._bin(), "Open the bin")

    def make_anew(self) -> None:
        """Make the catalogue anew from the files."""
        self._task(self._make_anew(), "Rebuild the catalogue")

    # How it is done

    def _run(self, work: Coroutine[Any, Any, None], group: str, description: str) -> None:
        self.app.run_worker(work, group=group, exclusive=True, description=description)

    def _task(self, work: Coroutine[Any, Any, None], description: str) -> None:
        """Do `work` unless a task is under way; a key pressed meanwhile counts nothing."""
        if running(self.app.workers, TASK):
            work.close()
        else:
            self._run(self._telling(work), TASK, description)

    async def _telling(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Left:
            pass  # whoever waited for it is gone
        except Trouble as trouble:
            self._warn(trouble.advice)
            self.screen.unusable = isinstance(trouble, CatalogueError)

    def _warn(self, advice: Advice) -> None:
        self.screen.notice = Notice(str(in_the_app(advice)), wrong=True)

    def _tell(self, text: str) -> None:
        self.screen.notice = Notice(text)

    def _progress(self, made: LibraryProgress) -> None:
        """Tell the list's screen; called in a thread."""
        self.screen.post_message(LibraryWorked(made))

    async def _list(self) -> None:
        await self._show()
        note = await self.bench.library_files.note()
        if note is not None:
            self._tell(str(note))
        left = Event()
        following = asyncio.create_task(
            self.bench.library_files.follow(self._progress, left.is_set)
        )
        try:
            # Ten thousand dumps put there by hand take minutes: what is read can be used meanwhile.
            while not (await asyncio.wait({following}, timeout=REDRAW_SECONDS))[0]:
                await self._show()
        finally:
            left.set()  # for the thread, which no cancelling reaches
            if not following.done():
                following.cancel()
        changed = await following
        if changed.added or changed.changed or changed.removed:
            await self._show()
        self.screen.view = LibraryView(
            self.screen.view.entries, self.screen.view.titles, known=True
        )

    async def _show(self, at: Path | None = None) -> None:
        """Draw the dumps as the catalogue has them now, that of the file `at` as the current."""
        entries = await self.bench.library_files.entries()
        known = self.screen.view.known
        try:
            titles = await self.bench.library_files.instrument_titles()
        except Trouble as trouble:
            titles = {}
            self._warn(trouble.advice)
        self.screen.view = LibraryView(entries, titles, known=known)
        self.screen.unusable = False
        found = next((entry for entry in entries if entry.path == at), None)
        if found is not None:
            self.screen.show(found)
        if self._wanted:
            await self._find(self._wanted)

    async def _search(self) -> None:
        """Answer what was typed last, until nothing else is typed meanwhile."""
        asked = ""
        while asked != self._wanted:
            asked = self._wanted
            await self._find(asked)

    async def _find(self, asked: str) -> None:
        """Draw what the catalogue has of a name now, unless another one was typed meanwhile."""
        found = await self.bench.library_files.search(asked) if asked else None
        if asked == self._wanted:
            self.screen.found = found

    async def _inspect(self, entry: Entry, at: tuple[str, int] | None) -> None:
        opened = await self.bench.library_files.read(lambda: open_file(entry.path))
        self.app.push_screen(InspectScreen(opened, history(entry.facts), at))

    async def _hear(self, entry: Entry, name: Name) -> None:
        opened = await self.bench.library_files.read(lambda: open_file(entry.path))
        if opened.memories:
            title = printable_path(Path(entry.path.name))
            contents = opened.memories[0].contents
            self.screen.post_message(SoundsAsked(contents, title, name.kind.value, name.number))

    async def _compare(self, first: Path, second: Path) -> None:
        compared = await self.bench.library_files.read(lambda: compared_files(first, second))
        self.app.push_screen(CompareScreen(compared))

    async def _restore(self, entry: Entry) -> None:
        wrong = wrong_with(entry.facts)
        if entry.facts.problem:
            self._warn(unfit(entry, wrong))
            return
        if wrong:
            question = f"{entry.title}\n\n{wrong}.\n\nStart anyway? Nothing will be sent yet."
            if not await self.app.push_screen_wait(ConfirmDialog("Restore from here", question)):
                return
        self.screen.post_message(RestoreAsked(entry.path))

    async def _take_in(self) -> None:
        source = await self._choose(IMPORT)
        if source is None:
            return
        screen = ImportScreen(printable_path(source))
        await self.app.push_screen(screen)
        view = ImportView()

        def progress(made: LibraryProgress) -> None:
            screen.post_message(LibraryWorked(made))

        try:
            done = await self.bench.library_files.take_in(
                (source,),
                progress,
                screen.cancelled.is_set,
                self.bench.allowed.admits,
            )
            view = ImportView(done, cancelled=screen.cancelled.is_set())
        except ImportStopped as stopped:
            view = ImportView(stopped.done, advice=in_the_app(stopped.advice).lines())
        except Trouble as trouble:
            view = ImportView(advice=in_the_app(trouble.advice).lines())
        finally:
            # When the app ends meanwhile, the thread is to end, too.
            screen.cancelled.set()
        screen.view = view
        new = next((one.path for one in reversed(view.done) if one.fate is Fate.IMPORTED), None)
        await self._show(at=new)
        self._tell(f"Import: {counts(view.done)}.")

    async def _choose(self, purpose: Purpose) -> Path | None:
        screen = folder_screen(self._folder, self.bench.allowed, purpose)
        path: Path | None = await self.app.push_screen_wait(screen)
        if path is not None:
            self._folder = screen.folder.path
        return path

    async def _export(self, entry: Entry) -> None:
        folder = await self._choose(EXPORT)
        if folder is not None:
            copy = await self.bench.library_files.export(
                entry.path, self.bench.allowed.checked(folder)
            )
            self._tell(f"Copied to {printable_path(copy)}")

    async def _delete(self, entry: Entry) -> None:
        question = f"{entry.title}\n\nIt will be moved to the bin. "
        question += "To bring it back, press u, which opens the bin."
        dialog = ConfirmDialog("Delete this dump?", question, yes="Move it to the bin")
        if await self.app.push_screen_wait(dialog):
            await self.bench.library_files.delete(entry.path)
            await self._follow()
            self._tell(f"In the bin: {entry.title}. Press u to see the bin.")

    async def _name(self, entry: Entry) -> None:
        facts = entry.facts
        known = {"label": facts.label, "note": facts.note}
        typed = await self.app.push_screen_wait(FormDialog("Name this dump", NAMING, known=known))
        if typed is None:
            return
        path = await self.bench.library_files.describe(entry.path, typed["label"], typed["note"])
        await self._follow(at=path)
        self._tell(f"Its name is now {printable_path(Path(path.stem))}")

    async def _since(self, entry: Entry) -> None:
        same = since_last(self.screen.view.entries, entry)
        if len(same) < 2:
            self._warn(no_two_backups(len(same)))
            return
        await self._compare(same[1].path, same[0].path)

    async def _put_back(self) -> None:
        self.screen.post_message(RestoreAsked(await self.bench.library_files.overwritten()))

    async def _bin(self) -> None:
        binned = await self.bench.library_files.binned()
        path = await self.app.push_screen_wait(BinScreen(binned))
        if path is not None:
            back = await self.bench.library_files.bring_back(path)
            await self._follow(at=back)
            self._tell(f"Back in the library: {printable_path(Path(back.stem))}")

    async def _follow(self, at: Path | None = None) -> None:
        await self.bench.library_files.follow(self._progress, lambda: False)
        await self._show(at)

    async def _make_anew(self) -> None:
        self._tell("Rebuilding the catalogue from the files ...")
        await self.bench.library_files.make_anew(self._progress)
        await self._show()
        self._tell("The catalogue has been rebuilt from the files.")


NAMING = (
    Field(name="label", label="Label, added to the end of the file's name", optional=True),
    Field(name="note", label="Note", optional=True),
)
"""What a person calls a dump."""


def no_two_backups(found: int) -> Advice:
    """Return why nothing can be compared with the backup before."""
    return Advice(
        code="no-two-backups",
        happened=f"There is no earlier backup to compare with: expected two all-data backups of "
        f"this instrument, found {found}.",
        safe="No file was changed.",
        next_step='Make another one: "Data dump to the computer".',
    )


async def inspect_file(app: M1App, bench: Workbench, path: Path) -> None:
    """Open a file in any folder on a screen of its own; what cannot be opened is told about."""
    try:
        place = bench.allowed.checked(path)
        opened = await bench.library_files.read(lambda: open_file(place))
    except Trouble as trouble:
        await app.push_screen_wait(AdviceDialog("Inspect", trouble.advice))
    else:
        app.push_screen(InspectScreen(opened))


async def export_songs(app: M1App, bench: Workbench, contents: Contents) -> None:
    """Ask for a folder, write a memory's songs there, and say what MIDI files cannot contain."""
    screen = folder_screen(bench.allowed.start, bench.allowed, SONGS)
    folder = await app.push_screen_wait(screen)
    if folder is None:
        return
    try:
        files = await bench.library_files.write_songs(contents, bench.allowed.checked(folder))
    except Left:
        return
    except Trouble as trouble:
        await app.push_screen_wait(AdviceDialog("Songs", trouble.advice))
        return
    told = dict.fromkeys(text for file in files for text in file.left_out)
    written = Advice(
        code="songs-written",
        happened=f"{counted(len(files), 'song')} as MIDI files in {printable_path(folder)}",
        safe="No file was overwritten: a number was added to names that were already used.",
        cause="MIDI files have limits; each file also lists them:\n" + "\n".join(told),
    )
    await app.push_screen_wait(AdviceDialog("Songs", written))


def unfit(entry: Entry, why: str) -> Advice:
    """Return why a dump cannot be sent."""
    return Advice(
        code="dump-not-usable",
        happened=f'"{entry.title}" cannot be restored: {why}.',
        safe="Nothing was sent; the instrument is unchanged.",
        next_step="Choose another dump; press i to see what this file contains.",
    )
