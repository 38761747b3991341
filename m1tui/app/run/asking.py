"""Asks the person what a step needs, as the procedures' `Person`, and what concerns the run itself.

Dialogs and screens are imported when they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from m1tui.advice import Trouble
from m1tui.app.allowed_folders import AllowedFolders
from m1tui.app.own_way import own_way
from m1tui.app.run.pictures import FileView, FolderEntry, FolderView, Offered
from m1tui.app.text import harmless
from m1tui.errors import OutOfReach
from m1tui.procedures.origins import MOST_OFFERED, Origin, load_origin, open_questions
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Option, Procedure, Step
from m1tui.procedures.values import Field
from m1tui.store import printable_path
from m1tui.store.records import DEMO
from m1tui.sysex.forms.registry import usual_endings

if TYPE_CHECKING:
    # At run time the screen waits until a folder is asked for.
    from m1tui.app.app import M1App
    from m1tui.app.run.folder import FolderScreen, Purpose

ANY_FILE = "file"
"""The key of the offer that opens the folders."""

OLDER = "older"
"""The key of the offer that opens the library's folder."""

OLDER_HINT = "The library's folder. File names start with the date; type / and a name."
"""What stands under the offer of the library's folder."""

FILE_HINT = (
    "From Korg's support pages, a library or another M1: .syx, .mid or text, or an archive of them."
)
"""What stands under the offer of any file."""

HINTS = {ANY_FILE: FILE_HINT, OLDER: OLDER_HINT}
"""What stands under the offers that open a folder."""

SUFFIXES = usual_endings()
"""Endings of files that are listed; what a file holds is told by its content alone."""

OF_LIBRARY = ("backup", "library")
"""Kinds of origins that lie in the library's folder."""

KINDS = {
    "backup": "The backup that was made in this run.",
    "library": "A backup from the library, or a file that was put in its folder.",
    "demo": "Sounds made for m1tui. They are not the M1's factory sounds.",
}
"""What stands under an offer before what it holds."""


class Asking:
    """Every question is a screen; leaving it without an answer is the harmless answer."""

    def __init__(
        self, app: M1App, allowed: AllowedFolders, library: Path, dump: Path | None = None
    ) -> None:
        """Look for files within `allowed`; `dump` is the file that is offered first.

        `library` is the folder of the library's dumps.
        """
        self._app = app
        self._allowed = allowed
        self._folder = allowed.start
        self._library = library
        self._dump = dump
        self._drafts: dict[str, dict[str, str]] = {}
        """What was typed in forms that were left by Esc, by their steps' ids."""
        self.chosen: int | None = None
        """The place of the option that answers the question of the current step."""

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        """Ask whether to go on with something that destroys; No is the default."""
        from m1tui.app.dialogs.choices import ConfirmDialog

        dialog = ConfirmDialog(title, "\n\n".join(map(own_way, lines)))
        yes: bool = await self._app.push_screen_wait(dialog)
        return yes

    async def type_word(self, title: str, word: str) -> bool:
        """Ask for a word to be typed before something that cannot be undone."""
        from m1tui.app.dialogs.write import word_dialog

        typed: str | None = await self._app.push_screen_wait(word_dialog(title, word))
        return typed == word

    async def answer(self, step: Step) -> Option | None:
        """Return the option that the person has chosen on the step's own page."""
        place, self.chosen = self.chosen, None
        return None if place is None else step.options[place]

    async def write_down(self, step: Step, known: Mapping[str, str]) -> Mapping[str, str] | None:
        """Ask for the values of a step; None when the person leaves without them."""
        from m1tui.app.dialogs.form import FormDialog

        dialog = FormDialog(
            step.title,
            step.fields,
            known={**known, **self._drafts.pop(step.id, {})},
            warn=partial(called_out, step) if any(one.good for one in step.fields) else None,
        )
        typed: dict[str, str] | None = await self._app.push_screen_wait(dialog)
        if typed is None:
            self._drafts[step.id] = {name: text for name, text in dialog.left.items() if text}
        return typed

    async def choose(self, title: str, lines: tuple[str, ...]) -> int | None:
        """Ask for one of `lines`; None when the person leaves without a choice."""
        from m1tui.app.dialogs.choices import ChooseDialog
        from m1tui.app.widgets.menu import Item

        items = tuple(Item(str(at), harmless(line)) for at, line in enumerate(lines))
        key: str = await self._app.push_screen_wait(ChooseDialog("Several", title, items))
        return int(key) if key else None

    async def choose_slot(self, title: str, names: tuple[str, ...]) -> int | None:
        """Ask for a slot, and show what is in it; None when the person leaves without one."""
        from m1tui.app.dialogs.form import FormDialog

        typed: dict[str, str] | None = await self._app.push_screen_wait(
            FormDialog(title, (_SLOT,), warn=partial(_overwritten, names))
        )
        return int(typed["slot"]) if typed is not None else None

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        """Ask where the sounds come from; None when the person leaves without a choice."""
        from m1tui.app.run.folder import SourceScreen

        if self._dump is not None:
            others = (one for one in offered if one.place != str(self._dump))
            offered = (chosen_before(self._dump), *others)
        offers = offers_of(offered)
        keys = {one.key for one in offers}.difference(HINTS)

        def describe(key: str) -> str:
            return HINTS.get(key) or described(offered[int(key)])

        while True:
            key = await self._app.push_screen_wait(SourceScreen(offers, describe))
            if not key:
                return None
            if key in keys:
                return offered[int(key)]
            # What is no offer is a path that was typed.
            start = self._library if key == OLDER else self._folder
            path = await self._choose_file(start, "" if key in HINTS else key)
            if path is not None:
                return Origin.of_file(path)

    async def _choose_file(self, start: Path, typed: str = "") -> Path | None:
        screen = folder_screen(start, self._allowed, path=typed)
        path = await self._app.push_screen_wait(screen)
        if path is not None:
            self._folder = path.parent
        return path


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the person wants to leave for, if at all."""

    home: bool = False
    quit: bool = False
    reason: str = ""
    """Why the run is given up, empty where it is kept."""


class Questions:
    """What the person is asked about the run itself; leaving a dialog changes nothing."""

    def __init__(self, app: M1App) -> None:
        self._app = app

    async def why_skipped(self, run: Run) -> str:
        """Ask why the current step is skipped; empty where it is not."""
        from m1tui.app.dialogs.write import reason_dialog
        from m1tui.app.run.views import later_need

        why = later_need(run.procedure, run.current)
        reason: str | None = await self._app.push_screen_wait(reason_dialog(run.current.title, why))
        return reason or ""

    async def agreed_to_lose(self, run: Run) -> str:
        """Ask for the word that agrees to a loss, where skipping the current step costs one."""
        from m1tui.app.dialogs.write import loss_dialog

        lost = run.current.loses
        if not lost:
            return ""
        dialog = loss_dialog(run.current.title, lost)
        typed: str | None = await self._app.push_screen_wait(dialog)
        return typed or ""

    async def note(self, run: Run) -> str | None:
        """Ask for the note to the current step."""
        from m1tui.app.dialogs.write import note_dialog

        dialog = note_dialog(run.current.title, run.current_state.note)
        text: str | None = await self._app.push_screen_wait(dialog)
        return text

    async def go_on_with(self, procedure: Procedure) -> str:
        """Ask what follows an answer that leads to `procedure`; return START, HOME or STAY."""
        from m1tui.app.dialogs.choices import GoOnDialog

        dialog = GoOnDialog(
            "Continue with another procedure?",
            f'Your answer leads to "{procedure.title}".\n\n{procedure.purpose}\n\n'
            f"{procedure.time}. Risk: {procedure.risk}",
        )
        way: str = await self._app.push_screen_wait(dialog)
        return way

    async def leaving(self, run: Run) -> Leaving:
        """Ask what leaving the run means."""
        from m1tui.app.dialogs.choices import GIVE_UP, HOME, QUIT, LeaveDialog
        from m1tui.app.dialogs.write import give_up_dialog

        answer = await self._app.push_screen_wait(LeaveDialog(run.place_of(run.current.id)))
        if answer == GIVE_UP:
            reason = await self._app.push_screen_wait(give_up_dialog(run.procedure.title))
            return Leaving(home=bool(reason), reason=reason or "")
        return Leaving(home=answer == HOME, quit=answer == QUIT)


_SLOT = Field(name="slot", label="Slot", low=0, high=99)


def _overwritten(names: tuple[str, ...], typed: Mapping[str, str]) -> str:
    """Return what is in the slot that is being typed; of what is no slot, nothing."""
    try:
        slot = int(_SLOT.taken(typed["slot"]))
    except ValueError:
        return ""
    if slot >= len(names):
        return f"I{slot:02d}: contents not yet known. It will be saved before it is replaced."
    return f'I{slot:02d} is "{harmless(names[slot])}" now. It will be saved, then replaced.'


def called_out(step: Step, typed: Mapping[str, str]) -> str:
    """Return what must be said of values as they are typed; of what is no value yet, nothing."""
    found = []
    for field in step.fields:
        try:
            found.append(field.remark(field.taken(typed.get(field.name, ""))))
        except ValueError:
            continue
    return " ".join(one for one in found if one)


def chosen_before(path: Path) -> Origin:
    """Return the dump that the person chose before the run began."""
    return Origin("library", str(path), f"chosen in the library: {printable_path(Path(path.stem))}")


def offers_of(offered: tuple[Origin, ...]) -> tuple[Offered, ...]:
    """Return the offers as lines; what opens a folder stands before the demo bank."""
    lines = [Offered(str(index), origin.title) for index, origin in enumerate(offered)]
    before_demo = sum(origin.kind != "demo" for origin in offered)
    folders = [Offered(ANY_FILE, "a file in any folder ...")]
    if sum(origin.kind in OF_LIBRARY for origin in offered) >= MOST_OFFERED:
        folders.insert(0, Offered(OLDER, "library: an older dump, from its folder ..."))
    return (*lines[:before_demo], *folders, *lines[before_demo:])


def described(origin: Origin) -> str:
    """Return what an origin is and what it holds, or what is wrong with it."""
    try:
        held, notes = _looked_at(origin.place)
    except Trouble as trouble:
        return trouble.advice.happened
    kind = KINDS.get(origin.kind, "")
    return "\n".join((*((origin.note,) if origin.note else ()), kind, ", ".join(held), *notes))


def _looked_at(place: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a place holds and what is to be known of it; raises OriginError.

    What of it is meant is asked once it is chosen.
    """
    if place == DEMO:
        loaded = load_origin(place)
        return loaded.describe(), loaded.notes
    found = open_questions(place)
    notes = found.notes
    if found.messages:
        notes += ("you will be asked which one to use",)
    if found.whole:
        notes += (f"incomplete; intact: {', '.join(found.whole)}; you will be asked about it",)
    return found.described or found.whole, notes


def folder_screen(
    start: Path, allowed: AllowedFolders, purpose: Purpose | None = None, path: str = ""
) -> FolderScreen:
    """Return the screen on which a file or a folder within `allowed` is chosen.

    Without a `purpose` it is a file of sounds, all of which go into one memory. `path` is one that
    was typed before.
    """
    from m1tui.app.run.folder import IMPORT, SOUNDS, FolderScreen

    look = read_several if purpose is IMPORT else read_file
    looks = partial(list_folder, allowed=allowed), partial(look, allowed=allowed)
    return FolderScreen(start, *looks, purpose or SOUNDS, typed=allowed.typed, path=path)


def list_folder(path: Path, allowed: AllowedFolders) -> FolderView:
    """Return the folders and the likely files in `path`; what is hidden or not open is left out."""
    try:
        place = allowed.checked(path).resolve()
        listed = [
            FolderEntry(entry.name, entry, entry.is_dir())
            for entry in place.iterdir()
            if not entry.name.startswith(".") and allowed.admits(entry) and _is_listed(entry)
        ]
    except OutOfReach as trouble:
        return FolderView(path, problem=trouble.advice.happened)
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        return FolderView(path, problem=f"{path} cannot be opened: {why}.")
    listed.sort(key=lambda entry: (not entry.folder, entry.name.lower()))
    top = place.parent == place or not allowed.admits(place.parent)
    return FolderView(place, tuple(listed), top=top)


def _is_listed(entry: Path) -> bool:
    """Tell whether this is a folder or a likely file: a device or a pipe may have no end."""
    return entry.is_dir() or (entry.suffix.lower() in SUFFIXES and entry.is_file())


def read_file(path: Path, allowed: AllowedFolders) -> FileView:
    """Return what the file at `path` holds by its content."""
    try:
        held, notes = _looked_at(str(allowed.checked(path)))
    except Trouble as trouble:
        return FileView(path, problems=(trouble.advice.happened,))
    return FileView(path, held, notes, usable=True)


def read_several(path: Path, allowed: AllowedFolders) -> FileView:
    """Return what all memories in the file at `path` hold, which need not belong together."""
    from m1tui.app.library.opened import open_file

    try:
        opened = open_file(allowed.checked(path))
    except Trouble as trouble:
        return FileView(path, problems=(trouble.advice.happened,))
    if len(opened.memories) > 1:
        held = tuple(one.label for one in opened.memories)
        wrong = tuple(
            f"DAMAGED: {one.label}: {text}" for one in opened.memories for text in one.damage
        )
    else:
        held = tuple(phrase for one in opened.memories for phrase in one.contents.describe())
        wrong = tuple(f"DAMAGED: {text}" for one in opened.memories for text in one.damage)
    lost = tuple(str(one) for one in opened.file.problems if not one.harmless)
    return FileView(path, held, (*wrong, *lost), usable=bool(opened.memories))
