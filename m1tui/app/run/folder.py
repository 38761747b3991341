"""Source and folder: where the sounds come from, and what the files of any folder contain."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.events import Key, Paste
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Input, Static

from m1tui.advice import Trouble
from m1tui.app.messages import InspectionAsked
from m1tui.app.run.pictures import FileView, FolderView, Offered
from m1tui.app.text import harmless, plain
from m1tui.app.theme import FAINT, LAMP, LIT
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.menu import Item, Menu

UP = ".."
"""The key of the line that leads to the folder above."""

HERE = "."
"""The key of the line that takes the folder itself."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is to be chosen."""

    title: str
    whole: str = ""
    """How the choice of the folder itself is worded; empty where only a file will do."""
    files: bool = True
    """Whether files are listed and can be chosen."""


SOUNDS = Purpose("Take sounds from a file")
IMPORT = Purpose(
    "Import a file, or a folder", "Import everything in this folder and its subfolders"
)
SONGS = Purpose("Songs: choose a folder", "Write the songs into this folder", files=False)
EXPORT = Purpose("Export: choose a folder", "Copy it into this folder", files=False)


_BEGINNINGS = ("/", "~", "'", '"')
"""Signs with which a path begins that is typed, or dropped by a terminal as if it were typed."""


Chosen = TypeVar("Chosen")


class _PathScreen(Screen[Chosen]):
    """A list with a line for a path, which is typed, pasted, or dropped by a terminal as keys."""

    HELP_SECTION = "A CHOICE"

    BINDINGS = [
        Binding("slash", "type_path", "type a path", key_display="/"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
    ]

    @property
    def help_without(self) -> frozenset[str]:
        """The keys that the page of help does not list here."""
        return frozenset()

    def on_key(self, event: Key) -> None:
        """Take a path that is typed, or dropped as keys, faster than the focus can follow."""
        sign, field = event.character or "", self.query_one(Input)
        if self.focused is field and event.is_printable:
            field.insert_text_at_cursor(sign)
        elif self.focused is not field and sign in _BEGINNINGS:
            self._type(sign)
        else:
            return
        event.stop()

    def action_type_path(self) -> None:
        """Go to the line in which a path can be typed."""
        self._type("/")

    def on_paste(self, event: Paste) -> None:
        """Take a path that is pasted while the list has the focus."""
        event.stop()
        self._type(event.text.strip().partition("\n")[0])

    def _type(self, text: str) -> None:
        field = self.query_one(Input)
        field.display = True
        self.set_focus(field)
        field.value = text
        field.cursor_position = len(text)

    @property
    def typing(self) -> bool:
        """Whether a path is being typed: all other keys are text then."""
        return self.query_one(Input).has_focus


def _path_field() -> Input:
    field = Input(id="path", placeholder="path to a folder or a file", select_on_focus=False)
    field.cursor_blink = False
    return field


_TYPING_KEYS = (("Enter", "open"), ("Esc", "back to the list"))
"""The keys that the bottom line names while a path is typed."""


class SourceScreen(_PathScreen[str]):
    """Dismissed with the key of an offer, with a path, or an empty text when left."""

    BINDINGS = [Binding("escape,q,b", "back", "back", key_display="Esc")]

    def __init__(self, offers: tuple[Offered, ...], describe: Callable[[str], str]) -> None:
        """Let a person choose among `offers`; `describe` says what the offer of a key holds."""
        super().__init__()
        self._offers = offers
        self._describe = describe

    def compose(self) -> ComposeResult:
        yield Static(plain("Where do the sounds come from?"), classes="title", markup=False)
        field = _path_field()
        field.display = False
        yield field
        menu = Menu()
        menu.items = tuple(Item(o.key, o.title) for o in self._offers)
        yield menu
        yield Static(id="detail", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Menu).focus()

    def on_menu_moved(self, event: Menu.Moved) -> None:
        told = self._describe(event.key) if event.key else ""
        self.query_one("#detail", Static).update(plain(told))

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        self.dismiss(event.key)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = whole_path(event.value.strip())
        if text in {one.key for one in self._offers}:
            text = str(Path(text).absolute())
        if text:
            self.dismiss(text)

    def hints(self) -> tuple[tuple[str, str], ...]:
        """Return the keys of the list, or those of the path's line."""
        if self.typing:
            return _TYPING_KEYS
        return (("Enter", "choose"), ("/", "type a path"), ("?", "help"), ("Esc", "back"))

    @property
    def help_without(self) -> frozenset[str]:
        """The keys of the list of a folder."""
        return frozenset({"Bksp", "i"})

    def action_back(self) -> None:
        """Leave the path's line for the list, or the list for the step."""
        if self.typing:
            self.query_one(Menu).focus()
            self.query_one(Input).display = False
        else:
            self.dismiss("")


class FolderScreen(_PathScreen["Path | None"]):
    """Dismissed with a file that holds sounds, or None when left without a choice."""

    BINDINGS = [
        Binding("backspace,left", "up", "folder above", key_display="Bksp"),
        Binding("i", "inspect", "inspect"),
        Binding("escape,q", "back", "back", key_display="Esc"),
    ]

    folder: reactive[FolderView] = reactive(FolderView(Path("/"), top=True), repaint=False)
    """The folder on screen."""
    file: reactive[FileView | None] = reactive(None, repaint=False)
    """What the file at the menu's current line holds, None at a folder."""

    def __init__(
        self,
        start: Path,
        list_folder: Callable[[Path], FolderView],
        read_file: Callable[[Path], FileView],
        purpose: Purpose = SOUNDS,
        *,
        typed: Callable[[str], Path],
        path: str = "",
    ) -> None:
        """Begin at `start`; the two functions look at the disk, one at a folder, one at a file.

        `typed` returns the path that a person typed, or raises Trouble. `path` is one that was
        typed before: a file that can be used is taken at once.
        """
        super().__init__()
        self._typed = typed
        self._purpose = purpose
        self._list_folder, self._read_file = list_folder, read_file
        self._start = start
        self._path = path

    def compose(self) -> ComposeResult:
        yield Static(self._purpose.title, classes="title", markup=False)
        yield _path_field()
        yield Menu()
        yield Static(id="detail", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self._open(self._start)
        if self._path:
            self._type(self._path)
            # What is wrong with it is to stand below the folder's list, which comes first.
            self.call_after_refresh(self.call_after_refresh, self._take, self._path)
        else:
            self.query_one(Menu).focus()

    def _open(self, path: Path) -> None:
        self.run_worker(
            self._look(path),
            group="disk",
            exclusive=True,
            description="Open a folder or a file",
        )

    async def _look(self, path: Path) -> None:
        view = self._list_folder(path)
        if view.problem:
            self.query_one("#detail", Static).update(plain(view.problem, LAMP))
        else:
            self.folder = view

    def watch_folder(self, view: FolderView) -> None:
        field = self.query_one(Input)
        if not field.has_focus:  # what is being typed there stays
            field.value = str(view.path)
        items = [Item(HERE, self._purpose.whole)] if self._purpose.whole else []
        items += [] if view.top else [Item(UP, "../", "folder above")]
        items += [
            Item(str(entry.path), harmless(entry.name) + ("/" if entry.folder else ""))
            for entry in view.entries
            if entry.folder or self._purpose.files
        ]
        self.query_one(Menu).items = tuple(items)
        self.refresh_bindings()

    def on_menu_moved(self, event: Menu.Moved) -> None:
        entry = self._entry(event.key)
        self.file = self._read_file(entry) if entry is not None else None
        self.query_one("#detail", Static).update(describe(self.file))
        self.refresh_bindings()

    def _entry(self, key: str) -> Path | None:
        files = (e.path for e in self.folder.entries if not e.folder)
        return next((path for path in files if str(path) == key), None)

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        if event.key == UP:
            self.action_up()
        elif event.key == HERE:
            self.dismiss(self.folder.path)
        elif self._entry(event.key) is None:
            self._open(Path(event.key))
        elif self.file is not None and self.file.usable:
            self.dismiss(self.file.path)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.input.value = text = whole_path(event.value.strip())
        self._take(text)

    def _take(self, text: str) -> None:
        """Take the file of that path, or open the folder."""
        try:
            path = self._typed(text)
        except Trouble as trouble:
            self.query_one("#detail", Static).update(plain(trouble.advice.happened, LAMP))
            return
        # Not through the Path, which raises for a name that no disk takes.
        if os.path.isfile(path) and self._purpose.files:  # noqa: PTH113
            self.file = self._read_file(path)
            self.query_one("#detail", Static).update(describe(self.file))
            if self.file.usable:
                self.dismiss(path)
        else:
            self._open(path)
            self.query_one(Menu).focus()

    def hints(self) -> tuple[tuple[str, str], ...]:
        """Return the keys of the list, or those of the path's line: there the others are text."""
        if self.typing:
            return _TYPING_KEYS
        keys = [("Enter", "choose"), ("/", "type a path")]
        if self.file is not None:
            keys.append(("i", "inspect"))
        elif not self.folder.top:
            keys.append(("Bksp", "folder above"))
        return (*keys, ("?", "help"), ("Esc", "back"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to look into a file where one is, and to go up where that is possible."""
        if action == "up":
            return not self.folder.top
        return action != "inspect" or self.file is not None

    @property
    def help_without(self) -> frozenset[str]:
        """The keys that do nothing at the topmost folder, or where no file is."""
        absent = {"Bksp"} if self.folder.top else set()
        return frozenset(absent | ({"i"} if self.file is None else set()))

    def action_inspect(self) -> None:
        """Look into the file at hand."""
        if self.file is not None:
            self.post_message(InspectionAsked(self.file.path))

    def action_up(self) -> None:
        """Open the folder above."""
        self._open(self.folder.path.parent)

    def action_back(self) -> None:
        """Leave the path's line for the list, or the list for the screen before."""
        if self.typing:
            self.query_one(Menu).focus()
        else:
            self.dismiss(None)


def whole_path(text: str) -> str:
    """Return a typed path without the `/` that opened its line, where a whole path follows it."""
    follows = ("/~", "/'", '/"', *(["//"] if os.sep == "/" else []))
    return text[1:] if text.startswith(follows) else text


def describe(file: FileView | None) -> Content:
    """Return what a file holds and what is wrong with it."""
    if file is None:
        return Content("")
    found = ", ".join(file.contents) if file.contents else "nothing that an M1 can use"
    lines = [
        Content.assemble(
            (harmless(file.path.name), LIT if file.usable else FAINT), ": ", harmless(found)
        )
    ]
    lines += [plain(problem, LAMP) for problem in file.problems[:4]]
    return Content("\n").join(lines)
