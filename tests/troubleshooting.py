"""Writes docs/troubleshooting.md from the source: every code, what it means, and what to do.

    python -m tests.troubleshooting  (or: make docs)

The messages are found in the program as `tests.codes` finds them; what is wrong with files has its
causes in `m1tui.sysex.causes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from m1tui.sysex import Part
from m1tui.sysex.causes import CAUSES, said
from m1tui.sysex.examine import Finding, Grade, Sign
from m1tui.sysex.forms.heads import STRANGERS
from tests.codes import Place, places

DOCUMENT = Path(__file__).parents[1] / "docs" / "troubleshooting.md"

HEAD = """\
# Troubleshooting

Every message of m1tui has a code. `--json` gives it beside the sentences, `inspect --json` gives
it for all that is wrong with a file, and a search on this page finds it. "…" stands for what a
message fills in: numbers, names, the keys to press. "/" and "Or:" stand between two alternatives.

`make docs` writes this page from the source; a test checks that it is current.
"""

AREAS = {
    "engine": "The instrument",
    "link": "The interface and its port",
    "cable": "The test of an interface",
    "procedures": "Procedures",
    "sysex": "What is wrong with a file",
    "files": "Reading files",
    "store": "The library, the log and the disk",
    "cli": "The command line",
    "virtual": "The virtual M1",
    "app": "The app",
    "web": "The app in browsers",
}
"""The folders of the source, and what a person calls that part of m1tui."""

_MEASURE = (13, 10)
SIGNS = (
    Finding(Sign.OUT_OF_RANGE, Grade.DAMAGED, Part.PROGRAMS, 502, 3, tuple(range(30, 55))),
    Finding(Sign.CR_TO_LF, Grade.DAMAGED, Part.SEQUENCE, 8, 0, (0,), _MEASURE),
    Finding(Sign.LF_TO_CR, Grade.DAMAGED, Part.SEQUENCE, 8, 0, (0,), _MEASURE[::-1]),
    Finding(Sign.NO_HIGH_BITS, Grade.DAMAGED, Part.PROGRAMS, 900, 0, (), (14_300,)),
    Finding(Sign.NAMES, Grade.DAMAGED, Part.PROGRAMS, 12, 0, tuple(range(30, 42))),
    Finding(Sign.ZEROED, Grade.DAMAGED, Part.PROGRAMS, 1_024, 127, (20, 21), (0, 2_900)),
    Finding(Sign.FILLED, Grade.DAMAGED, Part.PROGRAMS, 1_024, 127, (20, 21), (0x7F, 2_900)),
    Finding(Sign.REPEATED, Grade.DAMAGED, Part.PROGRAMS, 256, 128, (40, 41), (100, 356)),
    Finding(Sign.TRACK_PLACES, Grade.DAMAGED, Part.SEQUENCE, 2, 0, (3, 7), (9_000, 4_400)),
    Finding(Sign.MEASURES, Grade.DAMAGED, Part.SEQUENCE, 5, 0, (0, 1), (4, 6)),
    Finding(Sign.STEPS_BACK, Grade.DAMAGED, Part.SEQUENCE, 5, 0, (0, 1)),
    Finding(Sign.STEPS_BEYOND, Grade.DOUBTFUL, Part.SEQUENCE, 5, 0, (0, 1)),
    Finding(Sign.NO_TRACK_END, Grade.DAMAGED, Part.SEQUENCE, 3, 0, (0, 1, 2)),
    Finding(Sign.NAMELESS, Grade.DOUBTFUL, Part.PROGRAMS, 100, 0),
    Finding(Sign.INITIALISED, Grade.DOUBTFUL, Part.PROGRAMS, 100, 0),
)
"""One example of each sign of damage, for its words."""


@dataclass(frozen=True)
class Entry:
    """What is known of a code in one area."""

    area: str
    code: str
    happened: tuple[str, ...]
    cause: tuple[str, ...]
    next_step: tuple[str, ...]


def page() -> str:
    """Return the whole page."""
    entries = sorted(found(), key=lambda one: (list(AREAS).index(one.area), one.code))
    parts = [HEAD]
    for area, group in groupby(entries, key=lambda one: one.area):
        parts.append(f"\n## {AREAS[area]}\n")
        parts += ("\n" + "\n".join(_lines(entry)) + "\n" for entry in group)
    return "".join(parts)


def found() -> Iterator[Entry]:
    """Yield every code with its words, once for each area that gives it."""
    signs = {one.code: f"For example: {said(one)}." for one in SIGNS}
    kinds = [(one.code, f"It is {one.what}.") for one in STRANGERS]
    ordered = sorted(places(), key=lambda one: (one.code, _area(one)))
    seen = set()
    for (code, area), group in groupby(ordered, key=lambda one: (one.code, _area(one))):
        given = list(group)
        seen.add(code)
        yield _entry(area, code, given)
    for code in sorted(CAUSES.keys() - seen):
        words = (
            *((signs[code],) if code in signs else ()),
            *(it for one, it in kinds if one == code),
        )
        yield _entry("sysex", code, (), words)


def _entry(area: str, code: str, given: Iterable[Place], happened: tuple[str, ...] = ()) -> Entry:
    given = tuple(given)
    cause = CAUSES.get(code) if area == "sysex" else None
    return Entry(
        area,
        code,
        happened or _different(one.happened for one in given),
        _different((*((cause.cause,) if cause else ()), *(one.cause for one in given))),
        _different((*((cause.next_step,) if cause else ()), *(one.next_step for one in given))),
    )


def _area(place: Place) -> str:
    first = place.file.removeprefix("m1tui/").split("/")[0].removesuffix(".py")
    return first if first in AREAS else "cli"


def _different(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that say something, each once."""
    return tuple(dict.fromkeys(one for one in texts if re.search(r"[a-z]{2}", one)))


def _lines(entry: Entry) -> Iterator[str]:
    yield f"### `{entry.code}`"
    yield ""
    said_at_all = False
    for label, texts in (
        ("", entry.happened),
        ("Likely cause: ", entry.cause),
        ("Next: ", entry.next_step),
    ):
        for text in texts:
            said_at_all = True
            yield f"- {label}{_escaped(text)}"
    if not said_at_all:
        yield "- The message itself says what happened."


def _escaped(text: str) -> str:
    """Return a text in which Markdown finds nothing of its own."""
    plain = " ".join(text.split())
    return re.sub(r"([\\`*_<>\[\]])", r"\\\1", plain)


def main() -> None:
    """Write the page."""
    DOCUMENT.write_text(page(), encoding="utf-8")
    print(f"{DOCUMENT.name}: {len(page().splitlines())} lines")


if __name__ == "__main__":
    main()
