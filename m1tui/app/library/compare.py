"""Compare: what differs between two dumps, object by object, and then value by value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from m1tui.advice import Advice, Trouble
from m1tui.app.library.inspect import ValuesScreen
from m1tui.app.library.sheets import pair_lines, side
from m1tui.app.text import harmless
from m1tui.app.theme import ACCENT, FAINT, LAMP, LIT, UNSURE
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.table import Column, Row, Table
from m1tui.engine.compare import (
    OBJECTS,
    Comparison,
    Difference,
    Pairing,
    Sides,
    compare_both_ways,
    paired,
    part_of,
    parts_compared,
    sides_of,
)
from m1tui.files import DUMPS, read_bounded
from m1tui.store import printable_path
from m1tui.sysex import Contents, SysexError
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.listing import counted
from m1tui.sysex.slots import Taken, taken_from

COLUMNS = (
    Column("Object", 16),
    Column("Name in A", 10),
    Column("Name in B", 10),
    Column("Values", 6, right=True),
    Column("First difference", 20, grows=True),
)

PAIR_COLUMNS = (
    Column("Parameter", 30),
    Column("In A", 18, grows=True),
    Column("In B", 18, grows=True),
)


class CompareScreen(Screen[None]):
    """The differences that matter; the cosmetic ones apart, when they are asked for."""

    HELP_SECTION = "THE LIBRARY"
    BINDINGS = [
        Binding("enter", "open", "both values", key_display="Enter"),
        Binding("o", "toggle_cosmetic", "also cosmetic"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", "back", key_display="Esc"),
    ]

    cosmetic: reactive[bool] = reactive(False, repaint=False, init=False)
    """Whether differences that nobody hears are listed, too."""

    def __init__(self, compared: Compared) -> None:
        super().__init__()
        self._compared = compared
        self._listed: tuple[Difference | None, ...] = ()
        """What each row stands for, None for a heading."""

    def compose(self) -> ComposeResult:
        yield Static(Content.styled("Compare", "bold"), classes="title", markup=False)
        yield Static(self._names(), id="names", markup=False)
        yield Static(self._verdict(), id="verdict", markup=False)
        yield Static(self._parts(), id="parts", markup=False)
        yield Table()
        yield Hanging(name="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        self._fill()
        self.query_one(Table).focus()

    def watch_cosmetic(self) -> None:
        self._fill()

    def _names(self) -> Content:
        compared = self._compared
        first, second = (printable_path(Path(p.name)) for p in (compared.first, compared.second))
        return Content.assemble(
            ("A ", ACCENT), harmless(first), "\n", ("B ", ACCENT), harmless(second)
        )

    def _verdict(self) -> Content:
        comparison = self._compared.comparison
        if comparison.identical:
            return Content.styled("EQUAL: they are the same, byte for byte.", LIT)
        alike = len(comparison.cosmetic)
        harmless_ones = f"{counted(alike, 'cosmetic difference')}, not audible"
        if not comparison.different and comparison.only_in_one:
            return self._of_what_both_have()
        if comparison.equal and comparison.card_numbers:
            count = counted(len(comparison.card_numbers), "combination")
            return Content.styled(f"EQUAL BUT FOR CARD NUMBERS: {count} (I17 as C17).", LIT)
        if comparison.equal:
            return Content.styled(f"EQUAL: {harmless_ones}.", LIT)
        parts = ", ".join(f"{part} {count}" for part, count in counts(comparison).items() if count)
        beside = f" and {harmless_ones}" if alike else ""
        return Content.assemble(("DIFFERENT: ", LAMP), parts, (beside, FAINT))

    def _of_what_both_have(self) -> Content:
        """Return the verdict on two files of which one lacks a part."""
        compared = self._compared
        if not compared.mine.parts & compared.theirs.parts:
            return Content.styled("NO PART IN COMMON.", UNSURE)
        numbers = " BUT FOR CARD NUMBERS" if compared.comparison.card_numbers else ""
        words = f"EQUAL{numbers} IN THE PARTS THAT BOTH CONTAIN."
        return Content.styled(words, UNSURE)

    def _parts(self) -> Content:
        """Return of each part what is equal, and which file lacks it."""
        compared = self._compared
        parts = parts_compared(compared.mine, compared.theirs, compared.comparison)
        return Content("\n").join(
            Content.assemble((f"{one.part:<13}", FAINT), one.text("A", "B")) for one in parts
        )

    def _fill(self) -> None:
        comparison = self._compared.comparison
        listed: list[Difference | None] = []
        rows: list[Row] = []
        for one in comparison.different:
            listed.append(one)
            rows.append(self._row(one))
        alike = comparison.cosmetic if self.cosmetic else ()
        for heading, apart in (
            ("The same except for card numbers: 100 higher on a card", comparison.card_numbers),
            ("Cosmetic: padding of names, unused bits", alike),
        ):
            if apart:
                listed += [None, *apart]
                rows += [Row((heading,), heading=True), *map(self._row, apart)]
        self._listed = tuple(listed)
        nothing = "There are no differences that matter."
        self.query_one(Table).fill(COLUMNS, rows, nothing=nothing)

    def _row(self, one: Difference) -> Row:
        sides = sides_of(self._compared.mine, self._compared.theirs, one)
        # The object without its name, which stands in columns of its own.
        what = replace(self._compared.pairing.named(one), name="").text
        count = f"{one.count:,}" if one.count else "-"
        return Row((what, one.name, sides.second_name, count, first_of(one, sides)))

    @property
    def _current(self) -> Difference | None:
        place = self.query_one(Table).current
        return self._listed[place] if 0 <= place < len(self._listed) else None

    def on_table_moved(self) -> None:
        one = self._current
        told: tuple[Paragraph, ...] = ()
        if one is not None:
            sides = sides_of(self._compared.mine, self._compared.theirs, one)
            first = first_of(one, sides)
            text = self._compared.pairing.named(one).text
            told = (Paragraph("Object ", FAINT, (text,)), Paragraph("First  ", FAINT, (first,)))
        self.query_one(Hanging).paragraphs = told
        self.refresh_bindings()

    def on_table_chosen(self) -> None:
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what there is to see."""
        if action == "toggle_cosmetic":
            return bool(self._compared.comparison.cosmetic)
        if action == "open":
            return self.is_mounted and self._current is not None
        return True

    def action_toggle_cosmetic(self) -> None:
        """List the cosmetic differences, too, or no longer."""
        self.cosmetic = not self.cosmetic

    def action_open(self) -> None:
        """Show the values of the current object that differ, from both sides."""
        one = self._current
        if one is None:
            return
        sides = sides_of(self._compared.mine, self._compared.theirs, one)
        more = f"   and {counted(sides.steps, 'step')} of its tracks" if sides.steps else ""
        lines = pair_lines(sides.values)
        title = f"{self._compared.pairing.named(one).text}{more}"
        self.app.push_screen(ValuesScreen(title, lines, PAIR_COLUMNS, one.first))


def first_of(difference: Difference, sides: Sides) -> str:
    """Return the first value that differs, of both sides."""
    if not sides.values:
        return difference.first
    mine, theirs = sides.values[0]
    return f"{mine.label}: {side(mine)} | {side(theirs)}"


def counts(comparison: Comparison) -> dict[str, int]:
    """Return how many objects of each part differ in what matters."""
    found = dict.fromkeys(OBJECTS, 0)
    for one in comparison.different:
        found[part_of(one)] += 1
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """Two files and what differs between them."""

    first: Path
    second: Path
    pairing: Pairing
    comparison: Comparison

    @property
    def mine(self) -> Contents:
        """What the first has."""
        return self.pairing.first

    @property
    def theirs(self) -> Contents:
        """What the second has."""
        return self.pairing.second


def compared_files(first: Path, second: Path) -> Compared:
    """Return what differs between two files. Raises Trouble."""
    pairing = paired(memory_of(first), memory_of(second))
    if pairing is None:
        raise incomparable(
            second,
            "a single sound can be compared with another one or, if its slot is known, with a bank",
            code="sides-do-not-match",
        )
    return Compared(first, second, pairing, compare_both_ways(pairing.first, pairing.second))


def memory_of(path: Path) -> Taken:
    """Return what the dumps in a file hold together, or its single sounds. Raises Trouble."""
    file = read_file(read_bounded(path, DUMPS))
    try:
        taken = taken_from(file)
    except SysexError as error:
        raise incomparable(
            path, f"its dumps do not belong together: {error}", code="dumps-do-not-belong-together"
        ) from error
    if not (taken.parts or taken.loose):
        raise incomparable(path, "it contains no dump of an M1's memory", code="no-dump-in-file")
    return taken


def incomparable(path: Path, why: str, *, code: str) -> Trouble:
    """Return why a file cannot be compared."""
    return Trouble(
        Advice(
            code=code,
            happened=f'"{printable_path(Path(path.name))}" cannot be compared: {why}.',
            safe="Nothing was changed.",
            next_step="Press i to see what the file contains.",
        )
    )
