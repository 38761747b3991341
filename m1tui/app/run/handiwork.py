"""What a step asks of hands, one thing after the other, and how a virtual M1 does it."""

from __future__ import annotations

from dataclasses import dataclass

from m1tui.advice import Advice, Trouble
from m1tui.link.rehearsal import SEEN_SECONDS, Rehearsal, parse_action
from m1tui.procedures.run import Run
from m1tui.sysex.names import NOTES


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


def deeds_of(run: Run, *, rehearsal: bool) -> tuple[HandTask, ...]:
    """Return what the current step asks of hands; in a rehearsal also what is not on the panel."""
    keys = tuple(HandTask(press.label, press.keys) for press in run.presses)
    if not rehearsal:
        return keys
    return keys + tuple(HandTask(words_of(act), action=act) for act in run.current.rehearse)


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


SWITCH_ON = HandTask(words_of("power-on"), action="power-on")


async def do(rehearsal: Rehearsal, hand_task: HandTask) -> None:
    """Do one task on a virtual M1. Raises Trouble where the keys depend on an open choice."""
    if hand_task.action:
        await rehearsal.perform(hand_task.action)
    elif hand_task.keys:
        await rehearsal.press(" ".join(hand_task.keys))
    else:
        raise Trouble(
            Advice(
                code="value-not-chosen",
                happened=f"The keys depend on a choice that has not been made: {hand_task.label}.",
                safe="Nothing was pressed.",
                cause="The step that asks for the value was skipped.",
                next_step="Go back with b and choose the value there.",
            )
        )
