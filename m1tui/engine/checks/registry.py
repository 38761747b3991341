"""The checks by name, what each is asked with and answers, and how one is asked.

A check is a coroutine that takes the instrument and a context and is registered under the name
that procedures use. It may raise Trouble: then the question could not be asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

from m1tui.advice import Advice, Trouble
from m1tui.engine.compare import identical
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.play.notes import Mark
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.engine.read.reading import read_settled
from m1tui.errors import NoReply
from m1tui.facts import Verdict
from m1tui.sysex import Bank, Contents, GlobalData, Mode, ModeData, Part
from m1tui.sysex.slots import NO_SLOTS, Slots

LISTENING_SECONDS = 30.0
"""How long a listening check waits for something new, unless the context says otherwise."""


UNPROTECTED = "protects = OFF"
"""The claim that all three protects of internal memory are off."""
MEMORY_SAVED = "file = what was in the M1"
"""The claim that internal memory, or the part of it that the procedure endangers, was saved."""
PROTECT_RULED_OUT = "Memory protect is not the cause: it was proved OFF earlier in this run."


class Against(Enum):
    """What a check compares the instrument with; whoever asks puts it into the context."""

    SOUNDS = "sounds"
    """What memory should hold: `CheckContext.expected`."""
    CARD_BACKUPS = "backups of the card"
    """What was saved of the card in this run: `CheckContext.backups`."""
    INTERNAL_BACKUPS = "backups of internal memory"
    """What was saved of internal memory in this run: `CheckContext.backups`."""
    RECEIVED = "the dump just received"
    """The dump that the step itself has received: `CheckContext.backups`."""


class Writes(Enum):
    """What a check writes to the instrument."""

    WHAT_IT_READ = "what it read"
    """What is there: nothing changes by it."""
    SETTINGS = "settings"
    """Other settings. Where an earlier program was cut off while it did, the backups of internal
    memory are in the context."""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may need beside the instrument."""

    expected: Contents | None = None
    """What memory should hold, for a check against `Against.SOUNDS`."""
    slots: Slots = NO_SLOTS
    """What single slots should hold, for the same."""
    progress: ProgressHandler | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    """What the person chose, as a person counts: song 0–9, track 1–8, channel 1–16."""
    keys: str = ""
    """The keys of the step, as the panel names them; empty where it has none."""
    led_by: tuple[str, ...] = ()
    """The titles of the steps whose keys lead to where those of this step begin."""
    backups: Mapping[str, Contents] = field(default_factory=dict)
    """What was saved in this run, by the id of its step, the oldest first: of what the check is
    `Against`."""
    proved: frozenset[str] = frozenset()
    """What this run has proved so far, as claims: "own clock = heard"."""
    meant: frozenset[str] = frozenset()
    """What the steps before were to make so, as claims, whether it was proved or skipped."""
    seconds: float = LISTENING_SECONDS
    """How long a listening check waits for something new before it gives up."""
    mark: Mark | None = None
    """What remembers that notes sound, for a check that plays."""
    ready: Callable[[], None] | None = None
    """Called once a listening check hears whatever comes: now the person may act."""
    enough: asyncio.Event | None = None
    """Set when the person says that all is done: a listening check then judges what it heard.

    One that says itself when it ends does not go by it.
    """

    goes_on: Callable[[], bool] = lambda: False
    """Whether the person is still acting for another check: what was chosen may change."""
    beside: frozenset[str] = frozenset()
    """The other checks that listen at the same time, by name."""
    begins: Callable[[], None] = lambda: None
    """Called before a check writes to the instrument."""
    cut: bool = False
    """Whether an earlier program was cut off while it wrote for this check."""

    @property
    def unprotected(self) -> bool:
        """Whether this run has proved that internal memory is not protected."""
        return UNPROTECTED in self.proved

    @property
    def newest_backup(self) -> Contents | None:
        """What was saved last in this run, None where nothing was."""
        return tuple(self.backups.values())[-1] if self.backups else None

    @property
    def saved_global(self) -> GlobalData | None:
        """The global data that was saved last in this run, None where none was."""
        saved = (one.global_ for one in reversed(tuple(self.backups.values())))
        return next((one for one in saved if one is not None), None)


Check = Callable[[Instrument, CheckContext], Awaitable[Verdict]]
Bar = Callable[[Instrument], Awaitable[Verdict | None]]
"""Returns why nobody must act for a check now, None where nothing speaks against it."""

_checks: dict[str, Check] = {}
_values: dict[str, tuple[str, ...]] = {}
_against: dict[str, Against] = {}
_explained: dict[str, Against] = {}
_listening: set[str] = set()
_ends: dict[str, str] = {}
_again: set[str] = set()
_playing: set[str] = set()
_writes: dict[str, Writes] = {}
_either: set[str] = set()
_bars: dict[str, Bar] = {}
_proves: dict[str, tuple[str, ...]] = {}
CHECKS: Mapping[str, Check] = MappingProxyType(_checks)
"""All checks by the name that procedures use."""
VALUES_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(_values)
"""The values that a check needs in its context, by its name; no entry where it needs none."""
COMPARES_WITH: Mapping[str, Against] = MappingProxyType(_against)
"""What a check compares the instrument with, by its name; no entry for one that does not."""
EXPLAINED_BY: Mapping[str, Against] = MappingProxyType(_explained)
"""What a bad answer is explained with, by the check's name, where that is still there: what passes
does not depend on it."""
WRITES: Mapping[str, Writes] = MappingProxyType(_writes)
"""What a check writes, by its name; no entry for one that writes nothing."""

ENDS: Mapping[str, str] = MappingProxyType(_ends)
"""How long a listening check waits, as a sentence, by its name; no entry for one that ends after
`LISTENING_SECONDS` without news, or when the person says that all is done."""

PROVES: Mapping[str, tuple[str, ...]] = MappingProxyType(_proves)
"""What is true of the instrument at the moment when the check passes, by its name: claims of the
form "allocation = 100/100", with values in braces."""


def check(
    name: str,
    *values: str,
    proves: tuple[str, ...],
    listens: bool = False,
    ends: str = "",
    plays: bool = False,
    against: Against | None = None,
    explained_by: Against | None = None,
    again: bool = True,
    either: bool = False,
    writes: Writes | None = None,
    unless: Bar | None = None,
) -> Callable[[Check], Check]:
    """Register a check under `name`, which needs `values`, and what it is `against`.

    A bad answer may be `explained_by` a backup, which the proof does without.
    `proves` is what is then true of the instrument. One that `listens` must be asked before the
    person acts, and several may listen at once; `ends` is the sentence for one that waits for as
    long as it takes, whatever the person says. One that `plays` lets the M1 be heard. Any other
    can be asked `again` at the end of a run, unless it needs the panel on some page or what its
    step has just received. Where `either` answer is as it may be, one that only observes expects
    nothing. What it `writes`, it writes after it has called `CheckContext.begins`. It is not asked
    where `unless` gives a reason against it.
    """

    def register(function: Check) -> Check:
        _checks[name] = function
        _proves[name] = proves
        if values:
            _values[name] = values
        if against is not None:
            _against[name] = against
        if explained_by is not None:
            _explained[name] = explained_by
        if listens:
            _listening.add(name)
            if ends:
                _ends[name] = ends
        elif again and not plays:
            _again.add(name)
        if plays:
            _playing.add(name)
        if writes is not None:
            _writes[name] = writes
        if either:
            _either.add(name)
        if unless is not None:
            _bars[name] = unless
        return function

    return register


def listening() -> frozenset[str]:
    """Return the names of the checks that listen while the person acts."""
    return frozenset(_listening)


def asked_at_any_time() -> frozenset[str]:
    """Return the names of the checks that need no hands and no page of the panel."""
    return frozenset(_again)


def either_way() -> frozenset[str]:
    """Return the names of the checks whose answer may be either where a step only observes."""
    return frozenset(_either)


def playing() -> frozenset[str]:
    """Return the names of the checks that let the M1 be heard."""
    return frozenset(_playing)


async def run_check(name: str, instrument: Instrument, context: CheckContext) -> Verdict:
    """Ask the check `name` (KeyError if there is none); never raises for what the wire does."""
    return replace(await _answer(name, instrument, context), name=name)


async def barred(names: Iterable[str], instrument: Instrument) -> Verdict | None:
    """Return why nobody must act for these checks now, None where nothing speaks against it.

    Checks that listen do it together: what one of them must not ask for, none may.
    """
    for bar in dict.fromkeys(_bars[name] for name in names if name in _bars):
        with instrument.operation():
            try:
                reason = await bar(instrument)
            except Trouble:
                reason = None  # each check says itself what it meets
        if reason is not None:
            return reason
    return None


async def _answer(name: str, instrument: Instrument, context: CheckContext) -> Verdict:
    function = CHECKS[name]
    missing = [value for value in VALUES_NEEDED.get(name, ()) if value not in context.values]
    if missing:
        advice = _not_chosen(", ".join(missing))
        return Verdict(None, advice.happened, f"a {missing[0]}", "none", advice)
    with instrument.operation():
        try:
            return await barred((name,), instrument) or await function(instrument, context)
        except Trouble as trouble:
            happened = trouble.advice.happened
            return Verdict(None, happened, "an answer", "no usable answer", trouble.advice)


def _not_chosen(missing: str) -> Advice:
    return Advice(
        code="value-not-chosen",
        happened="The check depends on a choice that has not been made: expected a choice of "
        f"{missing}, found none.",
        safe="Nothing was sent to the M1 for this check.",
        cause="The step that asks for it was skipped.",
        next_step="Go back and choose it first.",
    )


NOTHING_WRITTEN = "The program wrote nothing to the instrument."
"""What is safe when a check did not pass; what keys have written, it cannot know."""


async def require_ready(instrument: Instrument) -> ModeData:
    """Return the mode data of an M1 that answers; raises Trouble that says why it does not."""
    diagnosis = await diagnose(instrument)
    if diagnosis.mode_data is None:
        raise Trouble(diagnosis.advice)
    return diagnosis.mode_data


async def mode_data_now(instrument: Instrument) -> ModeData | None:
    """Return the mode data of an M1, None where it does not answer; raises LinkLost."""
    try:
        return await instrument.ask_mode()
    except NoReply:
        return None


async def mode_now(instrument: Instrument) -> Mode | None:
    """Return the mode that the M1 is in, None where it does not say; raises LinkLost."""
    mode_data = await mode_data_now(instrument)
    return mode_data.mode if mode_data is not None else None


async def fence(instrument: Instrument) -> None:
    """Wait until the M1 has done what it was told; raises Trouble where it answers no more."""
    try:
        await instrument.ask_mode()
    except NoReply:
        await require_ready(instrument)


async def read_internal(
    instrument: Instrument, context: CheckContext, part: Part, before: Contents | None = None
) -> Contents:
    """Read `part`: once if it is initialised or just as it was last known, else until two agree."""
    last = before or instrument.memory

    def known(contents: Contents) -> bool:
        if contents.is_initialised:
            return True
        if last is None or not contents.parts <= last.parts:
            return False
        return identical(contents, last)

    return await read(instrument, context, part, Bank.INTERNAL, known)


async def read(
    instrument: Instrument,
    context: CheckContext,
    part: Part,
    bank: Bank,
    known: Callable[[Contents], bool],
) -> Contents:
    """Read `part` of `bank`: once if `known` takes it, else until two agree; raises Trouble."""
    meter = Meter(context.progress, instrument.link.bytes_per_second)
    reading = await read_settled(
        instrument,
        (part,),
        bank,
        meter=meter,
        phases=(Phase.READING_FOR_CHECK.of(bank), Phase.READING_TO_COMPARE),
        known=known,
    )
    return reading.contents


def number(context: CheckContext, name: str, low: int, high: int) -> int:
    """Return a value of the context as a number from `low` to `high`; raises Trouble."""
    text = context.values[name]
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise Trouble(
            Advice(
                code="value-out-of-range",
                happened=f"The value for {name} is out of range: expected {low} to {high}, "
                f"found {text[:20]!r}.",
                safe="Nothing was sent to the M1 for this check.",
                next_step=f"Go back and choose a {name} from {low} to {high}.",
            )
        )
    return value
