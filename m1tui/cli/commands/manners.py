"""`manners`: what is not certain about an M1, with its alternatives, and what depends on it."""

import textwrap
from collections.abc import Iterator

from m1tui.cli.commandparser import CommandParser
from m1tui.cli.exits import Exit
from m1tui.cli.output import WIDTH, Call
from m1tui.manners import MANNERS, Manner

_INDENT = "    "


def add_arguments(parser: CommandParser) -> None:
    """Nothing: all are listed."""


def run(call: Call) -> int:
    """Prints all manners; the first alternative of each is what is assumed."""
    call.output.facts({"manners": [_facts(one) for one in MANNERS]}, _lines())
    return Exit.DONE


def _facts(manner: Manner) -> dict[str, object]:
    return {
        "name": manner.name,
        "about": manner.about,
        "alternatives": [
            {"name": name, "means": means} for name, means in manner.alternatives.items()
        ],
        "assumed": manner.default,
        "mark": manner.mark.value,
        "source": manner.source,
        "depends": manner.depends,
    }


def _lines() -> Iterator[str]:
    for manner in MANNERS:
        yield from textwrap.wrap(
            f"{manner.name} [{manner.mark}]: {manner.about}", WIDTH, subsequent_indent=_INDENT
        )
        for name, means in manner.alternatives.items():
            assumed = " (assumed)" if name == manner.default else ""
            yield from _wrapped(f"{name}: {means}{assumed}")
        yield from _wrapped(f"Source: {manner.source}. What depends on it: {manner.depends}.")
        yield ""
    yield "[D] seen in real dumps, [S2] several sources, [S] one source, [I] inferred."
    yield "To set one on a virtual M1: m1tui simulate --at PLACE --manner NAME=ALTERNATIVE"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT * 2)
