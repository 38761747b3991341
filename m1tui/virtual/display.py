"""The 2 × 40 display as a sketch.

Real are the greeting, `Battery Low (Internal)`, the line of a program such as
`Prog I00 Init Prog`, and what `pages` names as known; all else is this project's own wording.
"""

from __future__ import annotations

from m1tui.sysex import Bank, Mode
from m1tui.virtual.editing import value_of
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.pages import Page, PageField

WIDTH = 40
KEY_WIDTH = 5
"""Each of the keys A–H owns five columns."""
CELL_WIDTH = 10
BATTERY_LOW = "Battery Low (Internal)"
CARD_BATTERY_LOW = "Battery Low (Card)"
_COMMAND_AT = 35
_FREE_AT = 31
_BANK_LETTERS = {Bank.INTERNAL: "I", Bank.CARD: "C"}
_NUMBERED = {Mode.PROG: "Prog", Mode.COMBI: "Combi"}
_MODE_WORDS = {mode: mode.label for mode in Mode} | {Mode.SEQUENCER: "SEQ"}
MARK = ">"
"""Stands before the value at the cursor, so that a still picture shows it, too."""


def banner(rom: int) -> str:
    """Return the line that the M1 shows when it is switched on."""
    return f"KORG Music Workstation M1 #{rom}"


def initialised(rom: int) -> str:
    """Return what an initialisation by held keys ends with; it shows the ROM number."""
    return f"ALL MEMORY INITIALISED, ROM #{rom}"


def rom_check(rom: int) -> str:
    """Return what the ROM check ends with."""
    return f"ROM CHECK #{rom} OK"


def lines(board: Mainboard) -> tuple[str, str]:
    """Return both lines of the current page, 40 characters each."""
    if board.mode in _NUMBERED:
        return _fit(_play_line(board)), _fit("")
    return _fit(_title(board)), _fit(_values(board))


def cursor(board: Mainboard) -> tuple[int, int] | None:
    """Return line and column of the cursor, None where the page has none."""
    if board.mode in _NUMBERED:
        return None
    column = _values(board).find(MARK)
    return (1, column) if column >= 0 else None


def place(board: Mainboard) -> tuple[str, str]:
    """Return where keys act: the page, and on it the cursor's key or what is typed or asked."""
    at = board.digits if board.mode in _NUMBERED else board.cursor
    return place_of(board.mode, board.page), f"{at} SURE?" if board.asking else at


def blank() -> tuple[str, str]:
    """Return the display of an M1 that is off."""
    return _fit(""), _fit("")


def fit(first: str, second: str) -> tuple[str, str]:
    """Return two lines of exactly 40 characters."""
    return _fit(first), _fit(second)


def _fit(text: str) -> str:
    return text[:WIDTH].ljust(WIDTH)


def _play_line(board: Mainboard) -> str:
    combi = board.mode is Mode.COMBI
    name = board.edit_combination.name if combi else board.edit_program.name
    number = board.digits.ljust(2, "_") if board.digits else f"{board.number:02d}"
    return f"{_NUMBERED[board.mode]} {_BANK_LETTERS[board.bank]}{number} {name}"


def _title(board: Mainboard) -> str:
    page = board.page
    if board.message:
        return board.message
    if board.asking:
        return f"{page.title}: SURE?".ljust(_COMMAND_AT) + "G:Yes"
    if board.mode is Mode.SEQUENCER and page.digit == 0:
        return _song_line(board)
    place = place_of(board.mode, page)
    if place in board.wordings:
        # Read off a real display: no word of it is added to.
        return board.wordings[place]
    title = f"{place} {page.title}"
    if board.compared is not None:
        title += " COMPARE"
    return title.ljust(_COMMAND_AT) + ("G:Go" if page.command else "")


def place_of(mode: Mode, page: Page) -> str:
    """Return a page's mode and number as the display begins with them: "GLOBAL 5-2"."""
    return f"{_MODE_WORDS[mode]} {page.number}"


def _song_line(board: Mainboard) -> str:
    title = f"SEQ {board.page.number} {board.song.name}"
    if board.transport.recording:
        title += " REC"
    if board.transport.running:
        title += " RUN"
    return f"{title[:_FREE_AT]:<{_FREE_AT}}{board.free_percent:>4}%Free"


def _values(board: Mainboard) -> str:
    page = board.page
    if len(page.fields) == 1:
        return _alone(board, page.fields[0])
    columns = [" "] * WIDTH
    for field in page.fields:
        start, width = _span(page, field)
        text = _cell(board, field, labelled=width > KEY_WIDTH)
        columns[start : start + width] = text[:width].ljust(width)
    return "".join(columns)


def _alone(board: Mainboard, field: PageField) -> str:
    text = _cell(board, field)
    start = 0 if len(text) > CELL_WIDTH else _cell_start(field.letter)
    return " " * start + text


def _span(page: Page, field: PageField) -> tuple[int, int]:
    """Return where a field starts and how wide it is: up to the next field or the edge."""
    starts = sorted(_start(page, other) for other in page.fields)
    start = _start(page, field)
    return start, min((column for column in starts if column > start), default=WIDTH) - start


def _start(page: Page, field: PageField) -> int:
    """Return the column of a field: a cell of ten, or its key's own five beside a neighbour."""
    own = "ABCDEFGH".index(field.letter)
    wide = field.letter in "BDFH" and page.field("ABCDEFGH"[own - 1]) is None
    return _cell_start(field.letter) if wide else own * KEY_WIDTH


def _cell_start(letter: str) -> int:
    return "ABCDEFGH".index(letter) // 2 * CELL_WIDTH


def _cell(board: Mainboard, field: PageField, *, labelled: bool = True) -> str:
    mark = MARK if field.letter == board.cursor else ""
    label = f"{field.label}:" if field.label and labelled else ""
    return f"{label}{mark}{field.shown(value_of(board, field))}"
