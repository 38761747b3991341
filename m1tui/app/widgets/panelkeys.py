"""The keys of the front panel: where they sit under the display (a sketch), and those of a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.text import harmless
from m1tui.app.theme import ACCENT, FAINT, LAMP
from m1tui.procedures.hands import of_one_kind

LETTERS = "ABCDEFGH"
LETTER_COLUMNS = 5
"""Each of the keys A-H owns five columns of the display."""
DISPLAY_EDGE = 2
"""Columns between a display's frame and its first character."""

SHORT = {"EDIT-COMBI": "E-COMBI", "EDIT-PROG": "E-PROG"}
"""What a keycap says where the key's whole name is too long."""

HANDLES: Mapping[str, str] = {
    "INT": "f1", "COMBI": "f2", "PROG": "f3", "SEQ": "f4",
    "CARD": "f5", "EDIT-COMBI": "f6", "EDIT-PROG": "f7", "GLOBAL": "f8",
    "UP": "up", "DOWN": "down", "+": "plus", "-": "minus",
    "COMPARE": "o", "BANK-HOLD": "k", "REC": "r", "START/STOP": "s",
    **{letter: letter.lower() for letter in LETTERS},
    **{digit: digit for digit in "0123456789"},
}  # fmt: skip
"""The computer's key for each key of the panel, in Textual's names."""

SIGNS = {"plus": "+", "minus": "-", "up": "Up", "down": "Down"}
"""What a person reads for a name of Textual's."""


@dataclass(frozen=True, slots=True)
class Cap:
    """Where a key is drawn, without the gaps that a wide panel has."""

    key: str
    row: int
    column: int
    width: int
    """With a column at each side, where the marks stand."""
    place: int = 0
    """How many keys stand before it in its row."""


def _row(row: int, *places: tuple[str, int], start: int = 0, before: int = 0) -> tuple[Cap, ...]:
    caps: list[Cap] = []
    column = start
    for key, width in places:
        if key:
            caps.append(Cap(key, row, column, width, before + len(caps)))
        column += width
    return tuple(caps)


def _letters() -> tuple[Cap, ...]:
    first = DISPLAY_EDGE + 1
    # They stand below the display, so no gap moves them.
    return tuple(
        Cap(letter, 0, first + LETTER_COLUMNS * place, 3) for place, letter in enumerate(LETTERS)
    )


def _digits() -> tuple[tuple[str, int], ...]:
    return tuple((digit, 3) for digit in "0123456789")


KEYBOARD = (
    *_letters(),
    *_row(
        1, ("INT", 6), ("COMBI", 9), ("PROG", 8), ("SEQ", 8), ("UP", 6), ("-", 3), ("COMPARE", 11)
    ),
    *_row(
        2,
        *(("CARD", 6), ("EDIT-COMBI", 9), ("EDIT-PROG", 8), ("GLOBAL", 8), ("DOWN", 6), ("+", 3)),
        ("BANK-HOLD", 11),
    ),
    *_row(3, *_digits(), ("", 2), ("REC", 7), ("START/STOP", 12)),
)
"""The M1: eight mode keys in two rows, the digits below."""

RACK = (
    *_letters(),
    *_row(
        1,
        *(("INT", 5), ("CARD", 6), ("COMBI", 7), ("PROG", 6), ("EDIT-COMBI", 9)),
        *(("EDIT-PROG", 8), ("SEQ", 5)),
    ),
    *_row(2, ("GLOBAL", 8), ("", 1), *_digits(), ("", 1), ("-", 3), ("+", 3)),
    *_row(3, ("UP", 5), ("DOWN", 6), ("COMPARE", 10), ("BANK-HOLD", 11), ("REC", 6)),
    *_row(3, ("START/STOP", 12), start=39, before=5),
)
"""The M1R: the same keys in the rows of a rack."""

ROOMY = 64
"""Columns from which a gap parts every two keys."""


class PanelKeys(Widget):
    """Every key of the panel: `[A]` is to be pressed next, `*A*` has its lamp lit."""

    marked: reactive[frozenset[str]] = reactive(frozenset())
    """The keys that come next."""
    lamps: reactive[tuple[str, ...]] = reactive(())
    """The keys whose lamps are lit."""
    rack: reactive[bool] = reactive(False)
    """Whether it is the M1R's panel."""

    @dataclass
    class Pressed(Message):
        """A key was clicked."""

        key: str

    def __init__(self, *, name: str | None = None, handles: bool = False) -> None:
        """Draw the panel; with `handles` the computer's keys stand under the panel's.

        `name` becomes the id that the stylesheet knows.
        """
        super().__init__(id=name, markup=False)
        self._rows = 2 if handles else 1

    @property
    def caps(self) -> tuple[Cap, ...]:
        """Where each key is drawn at this width."""
        caps = RACK if self.rack else KEYBOARD
        if self.size.width < ROOMY:
            return caps
        return tuple(replace(cap, column=cap.column + cap.place) for cap in caps)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return four rows, or twice as many with the computer's keys."""
        return 4 * self._rows

    def render(self) -> Content:
        """Return the keys, row by row."""
        lines = []
        for row in range(4):
            caps = [cap for cap in self.caps if cap.row == row]
            lines.append(spaced(caps, [self._cap(cap) for cap in caps]))
            if self._rows > 1:
                lines.append(spaced(caps, [handle(cap) for cap in caps]))
        return Content("\n").join(lines)

    def _cap(self, cap: Cap) -> Content:
        label = SHORT.get(cap.key, cap.key).center(cap.width - 2)
        # Without a gap between them coloured keys would run into each other.
        parted = self.size.width >= ROOMY
        if cap.key in self.marked:
            return Content.styled(f"[{label}]", f"reverse {ACCENT}")
        if cap.key in self.lamps:
            return Content.styled(f"*{label}*", f"{LAMP} on $key" if parted else LAMP)
        return Content.styled(f" {label} ", "on $key" if parted else "")

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for cap in self.caps:
            inside = cap.column <= offset.x < cap.column + cap.width
            if inside and cap.row == offset.y // self._rows:
                self.post_message(self.Pressed(cap.key))


@dataclass(frozen=True, slots=True)
class Control:
    """Something that hands move or play beside the keys of the panel."""

    handle: str
    """The computer's key."""
    label: str
    action: str
    """As a rehearsal names it."""


CONTROLS = (
    Control("j", "joystick", "joystick"),
    Control("v", "VALUE", "slider"),
    Control("t", "pressure", "press-hard"),
    Control("y", "pedals", "pedals"),
    Control("i", "one key", "play 60"),
    Control("u", "all keys", "play"),
)
"""What a virtual M1 has beside its panel; an M1R has none of it."""


class ControlRow(Widget):
    """The controls in one row, the computer's keys under them; `[joystick]` is to be moved next."""

    wanted: reactive[str] = reactive("")
    """What comes next, as a rehearsal names it; empty where that is no control."""

    @dataclass
    class Moved(Message):
        """A control was clicked."""

        action: str

    def __init__(self) -> None:
        super().__init__(markup=False)

    def render(self) -> Content:
        """Return the controls, and under each the computer's key."""
        caps, handles = [], []
        for control in CONTROLS:
            wide = len(control.label) + 2
            wanted = of_one_kind(self.wanted, control.action)
            text = f"[{control.label}]" if wanted else f" {control.label} "
            caps.append(Content.styled(text, f"reverse {ACCENT}" if wanted else "on $key"))
            handles.append(Content.styled(control.handle.center(wide), FAINT))
        return Content("\n").join((Content(" ").join(caps), Content(" ").join(handles)))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        column = 0
        for control in CONTROLS:
            end = column + len(control.label) + 2
            if column <= offset.x < end:
                self.post_message(self.Moved(control.action))
            column = end + 1


def handle(cap: Cap) -> Content:
    """Return the computer's key under one of the panel's."""
    name = HANDLES[cap.key]
    shown = SIGNS.get(name, name.upper() if name[0] == "f" and len(name) > 1 else name)
    return Content.styled(shown.center(cap.width), FAINT)


def spaced(caps: list[Cap], drawn: list[Content]) -> Content:
    """Return one row with each part in its column."""
    parts: list[Content] = []
    column = 0
    for cap, part in zip(caps, drawn, strict=True):
        parts += [Content(" " * (cap.column - column)), part]
        column = cap.column + cap.width
    return Content("").join(parts)


class KeyCaps(Widget):
    """Keys in the order of pressing: those before `[5]` are done, it is next, others follow."""

    keys: reactive[tuple[str, ...]] = reactive((), layout=True)
    """The keys as the panel names them."""
    pressed: reactive[int] = reactive(0)
    """How many of them have been pressed."""
    unpressed: reactive[bool] = reactive(False)
    """Whether they need not be pressed any more, though not all of them were."""
    on_panel: reactive[bool] = reactive(True)
    """Whether what is next, or all of it, is a key of the panel, not a thing that hands do."""

    def render(self) -> Content:
        """Return the keycaps, broken between keys to the widget's width."""
        return Content("\n").join(self._rows(max(20, self.size.width)))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Return the number of rows that the keys need at `width` columns."""
        return max(1, len(self._rows(max(20, width))))

    def _rows(self, width: int) -> list[Content]:
        left = len(self.keys) - self.pressed
        to_come, left_out = ("Press ", "Keys  ") if self.on_panel else ("Do    ", "Asked ")
        word = to_come if left > 0 else left_out if self.unpressed else "Done  "
        label = Content.styled(word, FAINT)
        rows: list[list[Content]] = [[label]]
        used = label.cell_length
        for index, key in enumerate(self.keys):
            cap = self._cap(index, harmless(key))
            if used > label.cell_length and used + cap.cell_length > width:
                rows.append([Content(" " * label.cell_length)])
                used = label.cell_length
            rows[-1].append(cap)
            used += cap.cell_length
        return [Content("").join(row) for row in rows]

    def _cap(self, index: int, key: str) -> Content:
        if index < self.pressed:
            return Content.styled(f" {key} ", FAINT)
        if index == self.pressed:
            return Content.styled(f"[{key}]", f"reverse {ACCENT}")
        return Content(f" {key} ")
