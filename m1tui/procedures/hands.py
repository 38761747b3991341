"""What a step asks of hands, how a virtual M1 does it, and what listens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks import LISTENING
from m1tui.facts import Verdict
from m1tui.link.rehearsal import SEEN_SECONDS, Rehearsal, parse_action
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.sysex.names import NOTES

GREETING_SECONDS = 3.0
"""How long the display is left to greet after power-on before it is read (assumed)."""


def has_handiwork(step: Step) -> bool:
    """Return whether there is something in `step` that a virtual instrument can do."""
    return bool(step.keys or step.rehearse)


@dataclass(frozen=True, slots=True)
class HandTask:
    """One keycap of a step, or one thing that hands do in a rehearsal."""

    label: str
    """What a person reads: "UP", "UP/DOWN until song 3", "(joystick)"."""
    keys: tuple[str, ...] = ()
    """The panel's keys to press; () while the value that decides them is not known."""
    action: str = ""
    """An action of a rehearsal, in the place of keys."""

    @property
    def marked(self) -> frozenset[str]:
        """The keys of the panel that belong to it."""
        return frozenset(self.keys)

    @property
    def turns(self) -> bool:
        """Whether UP or DOWN is to be pressed until a value is shown."""
        return len(self.keys) > 1 and self.marked <= {"UP", "DOWN"}


def tasks_of(run: Run, *, rehearsal: bool) -> tuple[HandTask, ...]:
    """Return what the current step asks of hands; in a rehearsal also what is not on the panel."""
    keys = tuple(HandTask(press.label, press.keys) for press in run.presses)
    if not rehearsal:
        return keys
    actions = run.current.rehearse
    missing = any(one.advice is not None and one.advice.code in _WITHOUT_CARD for one in _bad(run))
    if missing and not any(one.startswith("insert-") and one.endswith("-card") for one in actions):
        actions = ("insert-card", *actions)
    return keys + tuple(HandTask(words_of(act), action=act) for act in actions)


def _bad(run: Run) -> Iterator[Verdict]:
    """Yield the answers that keep the current step open."""
    state = run.current_state
    return (one for one in state.verdicts if state.failed and one.passed is False)


_WITHOUT_CARD = ("no-card", "card-lost")
"""Advice where the card is out of its slot, as far as the M1 can tell."""
WORDS = {
    "power-off": "switch it off",
    "power-on": "switch it on",
    "remove-cell": "take the cell out",
    "insert-cell": "put the new cell in",
    "insert-card": "insert the card",
    "insert-rom-card": "insert the ROM card",
    "insert-song-card": "insert a card for songs",
    "remove-card": "pull the card out",
    "remove-card-cell": "take the card's cell out",
    "insert-card-cell": "put the card's new cell in",
    "card-protect-on": "slide the card's switch to ON",
    "card-protect-off": "slide the card's switch to OFF",
    "mend": "make the repair",
    "try-cell": "try a cell of {} V",
    "insert-pcm-card": "insert the PCM card",
    "remove-pcm-card": "pull the PCM card out",
    "play": "play every key",
    "play-for": "play for {} s",
    "press-hard": "hold a key and press it harder",
    "joystick": "move the joystick",
    "slider": "move VALUE",
    "pedals": "press the pedals",
    "wait": "wait {} s",
    "press": "press {}",
}
"""What a person reads for an action of a rehearsal; its argument stands for the braces."""

ONE_KEY = "play the key {}"


def words_of(action: str) -> str:
    """Return an action of a rehearsal in words for a person."""
    wanted = parse_action(action)
    if wanted.word == "play" and wanted.argument:
        return ONE_KEY.format(NOTES[int(wanted.argument)])
    if wanted.word in ("wait", "play-for") and int(wanted.argument) > SEEN_SECONDS:
        return f"{WORDS[wanted.word].format(wanted.argument)}, shortened"
    if wanted.word == "power-on" and wanted.argument:
        return f"switch it on with {wanted.argument} held"
    return WORDS[wanted.word].format(wanted.argument)


def of_one_kind(one: str, other: str) -> bool:
    """Return whether two actions are the same movement: any key is one key, all keys are not."""
    (word, _, argument), (other_word, _, other_argument) = one.partition(" "), other.partition(" ")
    return word == other_word and bool(argument) == bool(other_argument)


SWITCH_ON = HandTask(words_of("power-on"), action="power-on")


async def do_handiwork(rehearsal: Rehearsal, run: Run) -> tuple[str, ...]:
    """Do the current step's handiwork, keys first; return what was then seen.

    Raises Trouble when a value that decides the keys is not known.
    """
    if not has_handiwork(run.current):
        return ()
    for task in tasks_of(run, rehearsal=True):
        await do(rehearsal, task)
        if task.action and parse_action(task.action).word == "power-on":
            await asyncio.sleep(GREETING_SECONDS)
    return shown_then(rehearsal, run.current)


async def do(rehearsal: Rehearsal, task: HandTask) -> None:
    """Do one task on a virtual M1. Raises Trouble where the keys depend on an open choice."""
    if task.action:
        await rehearsal.perform(task.action)
    elif task.keys:
        await rehearsal.press(" ".join(task.keys))
    else:
        raise Trouble(_undecided(task.label))


def listens(step: Step) -> bool:
    """Return whether the program must listen before the person acts."""
    return step.kind == "receive" or not LISTENING.isdisjoint(step.asks)


DISPLAY = "its display"
"""How what a virtual M1 showed begins, in the evidence of a step."""


def shown_then(rehearsal: Rehearsal, step: Step) -> tuple[str, str]:
    """Return what a virtual M1 shows after its handiwork; the display may move on from there.

    A check that is made then may itself lead it to another page.
    """
    lines = [line.rstrip() for line in rehearsal.display() if line.strip()]
    when = "before the check" if step.asks and not listens(step) else "afterwards"
    shown = (
        f"{DISPLAY} {when}, a sketch: {' / '.join(lines)}"
        if lines
        else f"{DISPLAY} was dark {when}"
    )
    return (f"virtual M1: {rehearsal.state()}", shown)


def _undecided(label: str) -> Advice:
    return Advice(
        code="value-not-chosen",
        happened=f"The keys depend on a choice that has not been made: {label}.",
        safe="No key was pressed for this step. The program sent nothing.",
        cause="The step that asks for the value was skipped.",
        next_step="Go back with b and choose the value there.",
    )


# What listens while somebody acts


T = TypeVar("T")

Listen = Callable[[Callable[[], None]], Coroutine[Any, Any, T]]
"""Listens and returns what it heard; calls its argument as soon as it really listens."""


async def while_acting(
    listeners: Sequence[Listen[T]], act: Callable[[], Awaitable[None]]
) -> list[T]:
    """Begin all `listeners` one after the other, then `act`; return what each has heard.

    One that ends without ever listening keeps nobody waiting. When one fails or the caller is
    cancelled, all are ended before that is raised.
    """
    tasks: list[asyncio.Task[T]] = []
    try:
        for listen in listeners:
            begun = asyncio.Event()
            task = asyncio.get_running_loop().create_task(listen(begun.set))
            tasks.append(task)
            await _either(begun, task)
        await act()
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _either(begun: asyncio.Event, task: asyncio.Task[T]) -> None:
    """Wait until `begun` is set or `task` has ended, whichever comes first."""
    waiting = asyncio.get_running_loop().create_task(begun.wait())
    try:
        await asyncio.wait((waiting, task), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
