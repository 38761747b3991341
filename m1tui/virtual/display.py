"""The 2 × 40 display as a sketch.

Real are the greeting, `Battery Low (Internal)`, the line of a program such as
`Prog I00 Init Prog`, and what `pages` names as known; all else is this project's own wording.
"""

from __future__ import annotations

from m1tui.sysex import Bank, Mode
from m1tui.virtual.editing import value_of
from m1tui.virtual.pages import Page, PageField
from m1tui.virtual.works import Works

WIDTH = 40
KEY_WIDTH = 5
"""Each of the keys A–H owns five columns."""
CELL_WIDTH = 10
BATTERY_LOW = "Battery Low (Internal)"
_BANK_LETTERS = {Bank.INTERNAL: "I", Bank.CARD: "C"}
_NUMBERED = {Mode.PROG: "Prog", Mode.COMBI: "Combi"}


def banner(rom: int) -> str:
    """Return the line that the M1 shows when it is switched on."""
    return f"KORG Music Workstation M1 #{rom}"


def lines(works: Works) -> tuple[str, str]:
    """Return both lines of the current page, 40 characters each."""
    if works.mode in _NUMBERED:
        return _fit(_play_line(works)), _fit("")
    return _fit(_title(works)), _fit(_values(works))


def blank() -> tuple[str, str]:
    """Return the display of an M1 that is off."""
    return _fit(""), _fit("")


def fit(first: str, second: str) -> tuple[str, str]:
    """Return two lines of exactly 40 characters."""
    return _fit(first), _fit(second)


def _fit(text: str) -> str:
    return text[:WIDTH].ljust(WIDTH)


def _play_line(works: Works) -> str:
    combi = works.mode is Mode.COMBI
    name = works.edit_combination.name if combi else works.edit_program.name
    number = works.digits.ljust(2, "_") if works.digits else f"{works.number:02d}"
    return f"{_NUMBERED[works.mode]} {_BANK_LETTERS[works.bank]}{number} {name}"


def _title(works: Works) -> str:
    page = works.page
    if works.mode is Mode.SEQUENCER:
        song = works.memory.sequence.songs[works.transport.song]
        title = f"SEQ {page.number} {song.name}"
        if works.transport.recording:
            title += " REC"
        return f"{title:<30}{works.memory.free_percent:>3}%Free"
    title = f"{works.mode.label} {page.number} {page.title}"
    return f"{title:<35}{'G:Go' if page.command else ''}"


def _values(works: Works) -> str:
    page = works.page
    if len(page.fields) == 1:
        return _alone(works, page.fields[0])
    columns = [" "] * WIDTH
    for field in page.fields:
        start, width = _span(page, field)
        text = _cell(works, field, labelled=width > KEY_WIDTH)
        columns[start : start + width] = text[:width].ljust(width)
    return "".join(columns)


def _alone(works: Works, field: PageField) -> str:
    text = _cell(works, field)
    start = 0 if len(text) > CELL_WIDTH else _cell_start(field.letter)
    return " " * start + text


def _span(page: Page, field: PageField) -> tuple[int, int]:
    """Return the columns of a field: a cell of ten where letters are every second key."""
    own = "ABCDEFGH".index(field.letter) * KEY_WIDTH
    wide = all(other.letter in "BDFH" for other in page.fields)
    if not wide:
        return own, KEY_WIDTH
    following = [_cell_start(other.letter) for other in page.fields]
    start = _cell_start(field.letter)
    end = min((column for column in following if column > start), default=WIDTH)
    return start, end - start


def _cell_start(letter: str) -> int:
    return "ABCDEFGH".index(letter) // 2 * CELL_WIDTH


def _cell(works: Works, field: PageField, *, labelled: bool = True) -> str:
    mark = ">" if field.letter == works.cursor else ""
    label = f"{field.label}:" if field.label and labelled else ""
    return f"{label}{mark}{field.shown(value_of(works, field))}"
