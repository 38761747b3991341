"""Sends to the terminal only the cells that differ from what it shows, for slow lines.

Textual sends each widget that changed whole, and a page that is opened again in full: 17,000 bytes
where the cells that differ fill a tenth of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, cast

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderResult
from rich.segment import ControlType, Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.strip import Strip

RESET = "\x1b[m"
"""What every update ends with: the terminal's pen is then as it was at the start."""

ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})
"""Attributes that show where no character stands: lines and reverse."""

OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""What takes an attribute back. All others need a reset."""

ERASE = "\x1b[K"
"""Erases to the end of the row."""

DRAW_SECONDS = 0.05
"""After the first change so long, what has changed is sent together: a page that is opened is laid
out two or three times before it stands."""

GAP = 4
"""Cells that have not changed and are sent all the same: to go past them costs as many bytes."""


class Pen(NamedTuple):
    """How a cell is drawn."""

    attributes: frozenset[str] = frozenset()
    """SGR parameters such as "1" for bold."""
    ink: str = "39"
    """SGR parameters of the character's colour; 39 is the terminal's own."""
    paper: str = "49"
    """SGR parameters of the colour behind it; 49 is the terminal's own."""

    def after(self, before: Pen) -> str:
        """Return the sequence that makes this pen of the one `before`."""
        codes = self._attributes_after(before.attributes)
        if codes[:1] == ["0"]:
            before = PLAIN
        codes += [self.ink] * (self.ink != before.ink) + [self.paper] * (self.paper != before.paper)
        return f"\x1b[{';'.join(codes)}m" if codes else ""

    def _attributes_after(self, before: frozenset[str]) -> list[str]:
        lost = before - self.attributes
        if not lost <= OFF.keys():
            return ["0", *sorted(self.attributes)]
        off = sorted({OFF[one] for one in lost})
        # Bold and faint end together.
        kept = before - lost - ({"1", "2"} if "22" in off else set())
        return off + sorted(self.attributes - kept)


PLAIN = Pen()
"""The terminal's own pen."""


class Cell(NamedTuple):
    """One place of the screen."""

    text: str
    """The character there; "" in the second column of a wide one."""
    pen: Pen

    @property
    def is_simple(self) -> bool:
        """Whether every terminal gives its character one column."""
        return self.text == " " or (len(self.text) == 1 and _is_one_column(self.text))


UNKNOWN = Cell("\0", PLAIN)
"""A cell of which nobody knows what the terminal shows."""


@lru_cache(512)
def _is_one_column(sign: str) -> bool:
    # Line drawing and blocks are one column wherever they are drawn at all.
    return sign.isascii() or "\xa1" <= sign < "\u0300" or "\u2500" <= sign < "\u25a0"


class ShownCells:
    """What the terminal shows, as far as this program has drawn it."""

    def __init__(self, *, erases: bool = False) -> None:
        """Begin with a terminal that shows nothing.

        `erases` says that it gives what it erases the colour behind the characters.
        """
        self._erases = erases
        self._rows: dict[int, list[Cell]] = {}
        self._wanted: dict[int, dict[int, Cell]] = {}
        """What is to be drawn, by row and column."""
        self._pens: dict[tuple[Style | None, ColorSystem], Pen] = {}

    @property
    def drawn(self) -> bool:
        """Whether anything was drawn since the last time that all was forgotten."""
        return bool(self._rows)

    @property
    def pending(self) -> bool:
        """Whether anything is wanted that was not drawn yet."""
        return bool(self._wanted)

    def forget(self) -> None:
        """Let everything be drawn again: the terminal was resized, or others wrote on it."""
        self._rows.clear()
        self._wanted.clear()

    def want(self, segments: Iterable[Segment], colours: ColorSystem) -> None:
        """Note what the terminal is to show from now on.

        `segments` move the cursor by `CURSOR_MOVE_TO` and draw from there, as Textual's updates do.
        """
        for y, cells in self._drawn_by(segments, colours).items():
            self._wanted.setdefault(y, {}).update(cells)

    def changes(self) -> str:
        """Return the bytes that change the terminal to what is wanted; it shows that then."""
        writer = _Writer()
        for y, cells in sorted(self._wanted.items()):
            shown = self._rows.setdefault(y, [])
            shown += [UNKNOWN] * (max(cells) + 1 - len(shown))
            for first, last in _runs(shown, cells):
                tail = self._blank_tail(shown, cells, first, last)
                for x in range(first, tail):
                    writer.put(x, y, cells.get(x, shown[x]))
                if tail < last:
                    writer.erase(tail, y, cells.get(tail, shown[tail]))
            for x, cell in cells.items():
                shown[x] = cell
        self._wanted.clear()
        return writer.end()

    def _blank_tail(self, shown: list[Cell], cells: dict[int, Cell], first: int, last: int) -> int:
        """Return the column from which the row can be erased, `last` where that saves nothing."""
        x = len(shown)
        end = cells.get(x - 1, shown[x - 1])
        if not self._erases or end.text != " " or end.pen.ink:
            return last
        while x > first and cells.get(x - 1, shown[x - 1]) == end:
            x -= 1
        return x if last - x > len(ERASE) else last

    def _drawn_by(
        self, segments: Iterable[Segment], colours: ColorSystem
    ) -> dict[int, dict[int, Cell]]:
        """Return the cells that are drawn, by row and column."""
        rows: dict[int, dict[int, Cell]] = {}
        x = y = 0
        for text, style, control in segments:
            if control:
                for code in control:
                    if code[0] is ControlType.CURSOR_MOVE_TO:
                        x, y = (int(part) for part in code[1:])
                continue
            if text == "\n":
                continue
            row = rows.setdefault(y, {})
            pen = self._pen(style, colours)
            for cell in _cells(text, pen):
                row[x] = cell
                x += 1
        return rows

    def _pen(self, style: Style | None, colours: ColorSystem) -> Pen:
        key = (style, colours)
        pen = self._pens.get(key)
        if pen is None:
            if len(self._pens) > 2_000:
                self._pens.clear()
            pen = self._pens[key] = _pen_of(style, colours)
        return pen


def _pen_of(style: Style | None, colours: ColorSystem) -> Pen:
    if style is None:
        return PLAIN
    ink, paper = style.color, style.bgcolor
    whole = Strip.render_ansi(style.without_color, colours)
    return Pen(
        frozenset(whole.split(";")) - {""},
        ";".join(ink.downgrade(colours).get_ansi_codes()) if ink else "39",
        ";".join(paper.downgrade(colours).get_ansi_codes(False)) if paper else "49",
    )


def _cells(text: str, pen: Pen) -> Iterator[Cell]:
    """Yield a cell for each column that `text` fills."""
    blank = _blank(pen)
    if text.isascii():
        yield from (Cell(" ", blank) if sign == " " else Cell(sign, pen) for sign in text)
        return
    whole = ""
    for sign in text:
        width = cell_len(sign)
        if width == 0:
            whole += sign
            continue
        if whole:
            yield from _columns(whole, pen)
        whole = sign
    if whole:
        yield from _columns(whole, pen)


def _columns(character: str, pen: Pen) -> Iterator[Cell]:
    yield Cell(" ", _blank(pen)) if character == " " else Cell(character, pen)
    yield from [Cell("", pen)] * (cell_len(character) - 1)


@lru_cache(512)
def _blank(pen: Pen) -> Pen:
    """Return the pen of a place without a character: only what shows there counts."""
    return pen if pen.attributes & ON_BLANKS else Pen(frozenset(), "", pen.paper)


def _runs(shown: list[Cell], cells: dict[int, Cell]) -> Iterator[tuple[int, int]]:
    """Yield where a row is to be drawn, each from a column to the one behind its last."""
    changed = set()
    for x, cell in cells.items():
        if cell != shown[x]:
            changed.add(x)
            if not (cell.is_simple and shown[x].is_simple) and x + 1 < len(shown):
                # A terminal that takes it for wider or narrower may have spoiled what follows.
                changed.add(x + 1)
    first = last = -1
    for x in sorted(changed):
        if first < 0:
            first = x
        elif x - last > GAP or UNKNOWN in shown[last:x]:
            yield first, last
            first = x
        last = x + 1
    if first >= 0:
        yield first, last


class _Writer:
    """Collects the bytes of one update."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._at: tuple[int, int] | None = None
        self._pen = PLAIN

    def erase(self, x: int, y: int, blank: Cell) -> None:
        """Draw `blank` from a column to the end of the row."""
        self.put(x, y, blank._replace(text=ERASE))
        self._at = None

    def put(self, x: int, y: int, cell: Cell) -> None:
        """Draw a cell; the cursor is moved there unless it stands there."""
        if not cell.text or cell is UNKNOWN:
            return
        self._parts.append(self._move_to(x, y))
        pen = cell.pen
        if not pen.ink:  # a blank: how a character would be drawn there does not matter
            pen = Pen(self._pen.attributes - ON_BLANKS, self._pen.ink, pen.paper)
        self._parts += (pen.after(self._pen), cell.text)
        self._pen = pen
        self._at = (x + 1, y) if cell.is_simple else None

    def _move_to(self, x: int, y: int) -> str:
        """Return what moves the cursor there, in as few bytes as can be."""
        if self._at == (x, y):
            return ""
        there = f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
        if self._at is None:
            return there
        column, row = self._at
        if y == row and x > column:
            return _forward(x - column)
        if y == row + 1:
            return min("\r\n" + _forward(x), there, key=len)
        return there

    def end(self) -> str:
        """Return all that was collected, with the pen laid down."""
        if self._pen != PLAIN:
            self._parts.append(RESET)
        return "".join(self._parts)


def _forward(columns: int) -> str:
    count = "" if columns == 1 else columns
    return f"\x1b[{count}C" if columns else ""


def segments_of(update: CompositorUpdate, console: Console) -> Iterable[Segment]:
    """Return what an update of Textual's draws, in the way in which it prints on any console."""
    printable = cast("ConsoleRenderable", update)
    return cast("Iterable[Segment]", printable.__rich_console__(console, console.options))


class Changes(CompositorUpdate):
    """An update for Textual's driver: all that the terminal does not show yet."""

    def __init__(self, shown: ShownCells) -> None:
        self._shown = shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment(self.render_segments(console))

    def render_segments(self, console: Console) -> str:
        """Return the bytes that bring the terminal up to date."""
        return self._shown.changes()
