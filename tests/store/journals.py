"""Journals of small runs, made as the procedures make them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from m1tui.procedures.events import Event
from m1tui.procedures.journal import Journal
from m1tui.procedures.schema import Procedure
from tests.procedures.examples import closed, procedure
from tests.store.test_catalogue import day

VERSION_1 = Path(__file__).parent / "version-1"
"""Holds a journal, and the log's record of it, of the battery's procedure as both were once kept:
advice in lines, and nothing that says what steps and values record."""


def journal(
    folder: Path,
    *record: Callable[[Journal], Event],
    port: str = "raw:/dev/snd/midiC1D0",
    of: Procedure | None = None,
    now: Callable[[], datetime] = lambda: day(20),
) -> Path:
    """Write a journal in which these events happened one after the other; return its path.

    One that is done ends with the last look.
    """
    with Journal.begin(folder, of or procedure(), port=port, now=now) as begun:
        for event in record:
            begun.record(event(begun))
        if begun.run.owes_closing and (asked := closed(begun.run).closing) is not None:
            begun.record(asked)
        return begun.path
