"""Frozen pictures of the instrument and of home: what a worker hands over and a screen draws.

Home is drawn from them, so they are made as it starts: a dataclass would take several times longer.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

BLANK_DISPLAY = ("", "")

UNASKED = "..."
"""The summary of an instrument that was not asked yet."""


class Live(NamedTuple):
    """The instrument as the header and the live line show it."""

    display: tuple[str, str] = BLANK_DISPLAY
    """Two lines of at most 40 characters."""
    display_label: str = "a sketch"
    """What the drawn display is, so that nobody takes it for the instrument's own."""
    wording: str = "sketch"
    """How certain a virtual M1's wording is on the page that it shows."""
    model: str = ""
    channel: int | None = None
    """The global MIDI channel as a person says it, 1–16."""
    mode: str = ""
    allocation: str = ""
    card: str = ""
    link: str = ""
    summary: str = ""
    """The diagnosis in a few words where the instrument is not ready, else empty."""
    exclusive_disabled: bool = False
    """Whether the instrument says who it is and answers nothing else."""
    sequencer_runs: bool = False
    """Whether it sends its clock and answers nothing else, as while its sequencer runs."""
    rehearsal: bool = False
    """Whether this is a virtual M1, on which nothing can be lost."""
    power: str = ""
    """Power and battery of a virtual M1, else empty."""
    lamps: tuple[str, ...] = ()
    """The keys of a virtual M1's panel whose lamps are lit."""
    cursor: tuple[int, int] | None = None
    """Line and column of the cursor on a virtual M1's display."""
    rack: bool = False
    """Whether it is an M1R, the rack: by itself, or as its owner says."""


NO_LINK = Live(display_label="m1tui", summary="no link")
"""What is known where no link is open."""


NO_VIRTUAL = Live(display_label="m1tui", summary="no virtual M1")
"""What is known where a virtual M1 cannot be opened: the notice says why, and what to do."""


class PanelTask(NamedTuple):
    """What a person at the virtual M1's panel is to do there."""

    title: str
    keys: tuple[str, ...] = ()
    pressed: int = 0
    marked: frozenset[str] = frozenset()
    """The keys of the panel that come next."""
    action: str = ""
    """What hands do next beside the keys of the panel, as a rehearsal names it: "joystick"."""
    by_space: str = ""
    """The same in words, where the step is open: Space does it here, too."""
    heard: tuple[str, ...] = ()
    """What the program hears meanwhile, or has found."""
    unpressed: bool = False
    """Whether the step is done although not all keys were seen to be pressed."""
    deaf: str = ""
    """What is said where the program is to listen to it and does not listen now."""


class ProcedureCard(NamedTuple):
    """One procedure as home lists it."""

    id: str
    title: str
    group: str
    purpose: str
    minutes: int
    time: str
    """The same in words."""
    tools: tuple[str, ...]
    risk: str
    steps: int
    """All steps in it."""
    longest: int
    """The steps of its longest way."""


class Unfinished(NamedTuple):
    """A run that was left or cut off, which can be resumed."""

    journal: Path
    procedure: str
    """The procedure's id."""
    title: str
    step: int
    """The step it stands at, counted from 1."""
    steps: int
    """How many there are; 0 where answers lead past most of them."""
    step_title: str
    started: str
    """Date and time as a person reads them, local."""
    rehearsal: bool
    """Whether it was begun on a virtual M1: only there it goes on."""
    elsewhere: bool = False
    """Whether another program has it open."""
    set_aside: bool = False
    """Whether its virtual M1 is another than the present one, and comes back with it."""


class HomeLists(NamedTuple):
    """What home shows beside the instrument: procedures, unfinished runs, the backups' place."""

    procedures: tuple[ProcedureCard, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    backups_folder: str = ""
    backups: int = 0
    place: str = ""
    """The key of the line at which home was left."""
    refused: tuple[str, ...] = ()
    """Which files of procedures cannot be used, a sentence for each."""
    sounding: tuple[str, ...] = ()
    """Where notes were left sounding when m1tui was killed, a sentence for each."""


class DueCell(NamedTuple):
    """An instrument whose cell is to be changed, or soon."""

    title: str
    """Model, serial number and the owner's tag."""
    day: str
    when: str
    """How far that is: "overdue by 3 months"."""
    late: bool


class Reminders(NamedTuple):
    """What the service log has to say on home."""

    due: tuple[DueCell, ...] = ()
    """The most urgent first."""
    bench: str = ""
    """The instrument and the visit that real work belongs to now, empty for none."""
    trouble: str = ""
    """What the log could not take in, and the next step; empty where all is well."""
