"""The panel's page tree as data: every mode's sub-pages, in the order of PAGE+.

Of the real display's words only the two allocations (100PROG/100COMBI/4400SEQ and
50PROG/50COMBI/7700SEQ), the card formats, and `CLK:INT` and `Local:on` as an owner read them are
known; every other label and word is this project's own sketch.
"""

from __future__ import annotations

from m1tui.sysex import Mode
from m1tui.virtual.page import Page
from m1tui.virtual.pages_edit import EDIT_COMBINATION_PAGES, EDIT_PROGRAM_PAGES
from m1tui.virtual.pages_global import GLOBAL_PAGES, RACK_MIDI_PAGE
from m1tui.virtual.pages_sequencer import SEQUENCER_PAGES
from m1tui.virtual.settings import Model

Tree = dict[Mode, tuple[Page, ...]]

PAGES: Tree = {
    Mode.COMBI: (Page("0-1", "COMBI"),),
    Mode.EDIT_COMBI: EDIT_COMBINATION_PAGES,
    Mode.PROG: (Page("0-1", "PROG"),),
    Mode.EDIT_PROG: EDIT_PROGRAM_PAGES,
    Mode.GLOBAL: GLOBAL_PAGES,
    Mode.SEQUENCER: SEQUENCER_PAGES,
}
"""The M1's pages. In COMBI and PROG two digits pick a number, and there is no field."""
RACK_PAGES: Tree = PAGES | {
    Mode.GLOBAL: tuple(
        RACK_MIDI_PAGE if page.number == RACK_MIDI_PAGE.number else page for page in GLOBAL_PAGES
    )
}
"""The M1R's pages."""


def pages_of(model: Model) -> Tree:
    """Return the page tree of an instrument."""
    return RACK_PAGES if model is Model.M1R else PAGES


def page_of_digit(pages: tuple[Page, ...], digit: int) -> int | None:
    """Return the index of a digit's first sub-page, None where there is no such page."""
    places = (index for index, page in enumerate(pages) if page.digit == digit)
    return next(places, None)
