"""The library as rows: dumps under their instruments, the newest first, and found names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from m1tui.app.theme import ACCENT, FAINT, LAMP, LIT
from m1tui.app.widgets.hanging import Paragraph
from m1tui.app.widgets.table import Column, LazyRows, Row, under
from m1tui.link.rehearsal import TITLE as VIRTUAL
from m1tui.store.catalogue import Match
from m1tui.store.dumpfacts import DumpFacts, Entry
from m1tui.sysex.listing import counted, numbered

DUMP_COLUMNS = (
    Column("Date and time", 16),
    Column("Kind", 14),
    Column("Bytes", 7, right=True),
    Column("Proof", 9),
    Column("Contents, or source", 24, grows=True),
    Column("File", 34, grows=True, wide=True),
)

MATCH_COLUMNS = (
    Column("Name", 10),
    Column("Object", 14),
    Column("In the dump", 30, grows=True),
    Column("Came from", 24, grows=True, wide=True),
)

REHEARSED = "Virtual M1: rehearsals, not from an instrument"
"""The heading of what was read from a virtual M1."""

FOREIGN = "Files, instrument not known"
"""The heading of what was imported, or put into the folder by hand."""

LAST = (REHEARSED, FOREIGN)
"""What stands below the instruments."""

_KINDS = {"programs": "prog", "combinations": "combi", "global": "global", "sequence": "seq"}
"""Parts in few letters, for a column where several stand."""


@dataclass(frozen=True, slots=True)
class LibraryView:
    """What the library screen shows."""

    entries: tuple[Entry, ...] = ()
    """All dumps, the newest first."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What the service log calls its instruments, by id."""
    known: bool = False
    """Whether the folder was looked at."""


class DumpRows(LazyRows["Entry"]):
    """All dumps; the instrument that was read last comes first, files of none last."""

    def __init__(self, view: LibraryView, marked: Path | None = None) -> None:
        """Show what is in `view`; `marked` is the file that waits to be compared."""
        groups: dict[str, list[Entry]] = {}
        for entry in view.entries:
            groups.setdefault(came_from(entry.facts, view.titles), []).append(entry)
        super().__init__(
            under(
                (f"{title}: {counted(len(groups[title]), 'dump')}", groups[title])
                for title in sorted(groups, key=rank)
            )
        )
        self.marked = marked

    def row(self, item: Entry) -> Row:
        """Return a dump's row."""
        facts = item.facts
        return Row(
            (
                when(facts),
                kind(facts),
                f"{facts.bytes:,}",
                proof(facts),
                facts.problem or facts.origin or ", ".join(facts.contents),
                item.title,
            ),
            sign(item, self.marked),
        )

    def entry(self, place: int) -> Entry | None:
        """Return the dump of a row."""
        return self.at(place)

    def place_of(self, path: Path | None, gone: int = 0) -> int:
        """Return the place of the row of a file, `gone` where it is not there."""
        places = (
            at
            for at, line in enumerate(self._lines)
            if not isinstance(line, str) and line.path == path
        )
        return next(places, gone)


class MatchRows(LazyRows["Match"]):
    """Names that were found, and the dumps that hold them."""

    def __init__(self, matches: tuple[Match, ...], marked: Path | None = None) -> None:
        super().__init__(matches)
        self.marked = marked

    def row(self, item: Match) -> Row:
        """Return a name's row."""
        name, entry = item.name, item.entry
        what = numbered(name.kind.value, name.number)
        cells = (name.text, what, entry.title, entry.facts.origin)
        return Row(cells, sign(entry, self.marked))

    def entry(self, place: int) -> Entry | None:
        """Return the dump that holds the name of a row."""
        match = self.at(place)
        return match.entry if match is not None else None


def sign(entry: Entry, marked: Path | None) -> str:
    """Return the sign before a dump's row."""
    if entry.path == marked:
        return "*"
    return "!" if wrong_with(entry.facts) else " "


def came_from(facts: DumpFacts, titles: Mapping[str, str]) -> str:
    """Return the heading that a dump stands under; `titles` are the instruments' by their ids."""
    if facts.link == VIRTUAL:
        return REHEARSED
    return titles.get(facts.instrument_id) or facts.instrument or FOREIGN


def rank(title: str) -> int:
    """Return where a heading stands: instruments first, as they come."""
    return LAST.index(title) + 1 if title in LAST else 0


def when(facts: DumpFacts) -> str:
    """Return when a dump came into the library, to the minute."""
    return facts.time[:16].replace("T", " ")


def kind(facts: DumpFacts) -> str:
    """Return which parts of memory a dump holds, in at most 14 letters if it can be."""
    parts = facts.kind.split("+")
    if facts.kind == "all":
        return "all data"
    return facts.kind if len(parts) == 1 else "+".join(_KINDS.get(part, part) for part in parts)


def proof(facts: DumpFacts) -> str:
    """Return in a word or two how far a dump can be trusted."""
    if facts.problem:
        return "NO DUMP"
    if facts.intact is False:
        return "CHANGED"
    if facts.reads:
        return counted(facts.reads, "read")
    return "no record" if facts.intact is None else "imported"


def wrong_with(facts: DumpFacts) -> str:
    """Return what is wrong with a dump's file, "" for nothing."""
    if facts.problem:
        return facts.problem
    if facts.intact is False:
        return "its bytes do not match its manifest: it was changed after it was saved"
    return ""


def trust(facts: DumpFacts) -> str:
    """Return how a dump came into the library, in a sentence."""
    if facts.reads > 2:
        return f"read {facts.reads} times from {facts.link}, until two readings agreed"
    if facts.reads == 2:
        return f"read twice from {facts.link}; both readings match"
    if facts.reads == 1:
        return f"read once from {facts.link}, not compared"
    if facts.intact is None:
        return "it has no manifest: it was put in the folder by hand"
    return f"imported from {facts.origin}, not read from an instrument"


def history(facts: DumpFacts) -> tuple[Paragraph, ...]:
    """Return when and how a dump came into the library, and what was noted then."""
    told = [Paragraph("Kept", FAINT, (when(facts),)), Paragraph("Proof", FAINT, (trust(facts),))]
    if wrong := wrong_with(facts):
        told.append(Paragraph("WRONG", LAMP, (wrong,)))
    if facts.notes:
        told.append(Paragraph("Notes", FAINT, facts.notes))
    return tuple(told)


def entry_detail(entry: Entry) -> tuple[Paragraph, ...]:
    """Return a dump's file, what it holds, how it came here, what is wrong with it."""
    facts = entry.facts
    wrong = wrong_with(facts)
    bank = f" ({facts.bank} memory)" if facts.bank and facts.bank != "internal" else ""
    told = [Paragraph("File   ", FAINT, (entry.path.name,))]
    if wrong:
        told.append(Paragraph("WRONG  ", LAMP, (wrong,)))
    if facts.contents:
        told.append(Paragraph("Data   ", FAINT, (", ".join(facts.contents) + bank,)))
    style = LIT if facts.reads > 1 and not wrong else FAINT
    told.append(Paragraph("Proof  ", style, (trust(facts),)))
    if facts.notes:
        told.append(Paragraph("Note   ", ACCENT, ("; ".join(facts.notes),)))
    return tuple(told)
