"""Writes docs/hardware.md from the source: what is known of the M1, and on what it rests.

python -m tests.hardware  (or: make docs)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from m1tui.manners import MANNERS, Mark
from m1tui.surveys import Survey
from m1tui.virtual.surveyed import entries, surveys_sent

DOCUMENT = Path(__file__).parents[1] / "docs" / "hardware.md"
HEAD = """\
# What is known about the hardware

`make docs` writes this page from the source: from the table of manners (`m1tui/manners.py`), the
pages of the panel (`m1tui/virtual/pages.py`, `surveyed.py`) and the surveys of real M1s in
`assets/surveys/`. A test checks that it is current. `m1tui survey` settles what is open for one
M1, and its report says how to send it.

"""


def page(surveys: tuple[Survey, ...] | None = None) -> str:
    """Return the whole page."""
    known = tuple(surveys_sent()) if surveys is None else surveys
    return HEAD + "\n".join((*_surveys(known), *_manners(known), *_pages(known))) + "\n"


def _surveys(known: tuple[Survey, ...]) -> Iterator[str]:
    yield "## Surveys of real M1s"
    yield ""
    if not known:
        yield "None has been sent yet. Everything below comes from documents, dumps and owners."
    else:
        yield "| ROM number | software | surveys |"
        yield "|---|---|---|"
        for rom, software in sorted({_version(one) for one in known}):
            count = sum(_version(one) == (rom, software) for one in known)
            yield f"| {rom} | {software} | {count} |"
    yield ""


def _version(survey: Survey) -> tuple[str, str]:
    return (
        "?" if survey.rom is None else str(survey.rom),
        "?" if survey.software is None else str(survey.software),
    )


def _manners(known: tuple[Survey, ...]) -> Iterator[str]:
    marks = ", ".join(f"{mark.value} {mark.words}" for mark in Mark)
    yield "## Uncertain facts"
    yield ""
    yield f"The first alternative is what m1tui assumes. Marks: {marks}."
    yield ""
    roms = sorted({_version(one)[0] for one in known})
    titles = ["manner", "alternatives", "mark", "source", "depends on it"]
    titles += [f"ROM {rom}" for rom in roms] or ["surveys"]
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for manner in MANNERS:
        words = "; ".join(f"`{word}` {means}" for word, means in manner.alternatives.items())
        cells = [f"`{manner.name}`: {manner.about}", words, manner.mark.value, manner.source]
        cells += [manner.depends]
        cells += [_found(known, rom, manner.name) for rom in roms] or ["not settled"]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _found(known: tuple[Survey, ...], rom: str, name: str) -> str:
    words = [
        one.finding(name).word or ""
        for one in known
        if _version(one)[0] == rom and one.finding(name).word is not None
    ]
    return ", ".join(f"`{word}` ({words.count(word)})" for word in sorted(set(words))) or "open"


def _pages(known: tuple[Survey, ...]) -> Iterator[str]:
    yield "## Pages of the panel"
    yield ""
    yield (
        "A sketch is this project's own. The wording of a page that was typed in a survey counts "
        "as confirmed."
    )
    yield ""
    yield "| page | our title | place | keys | wording |"
    yield "|---|---|---|---|---|"
    for one in entries():
        count = sum(one.name == typed.page for survey in known for typed in survey.wordings)
        wording = f"confirmed by {count} surveys" if count else one.wording.value
        yield f"| {one.name} | {one.page.title} | {one.place} | {one.keys} | {wording} |"


def main() -> None:
    """Write the page."""
    DOCUMENT.write_text(page(), encoding="utf-8")
    print(f"{DOCUMENT.name}: {len(page().splitlines())} lines")


if __name__ == "__main__":
    main()
