"""What is said of things that happen at the instrument and that no step asked for.

`watch` decides when an alarm is raised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from m1tui.advice import Advice
from m1tui.engine.checks.card import STATES
from m1tui.engine.keys import ALLOCATE, DESTROYED, EXCLUSIVE_ON
from m1tui.procedures.claims import OFF, ON, action_word, claims_of
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.states import Mark, StepState
from m1tui.sysex import Allocation, CardState, Mode, ModeData, Part

ALLOCATION, CHANNEL, CARD, CARD_FORMAT, PCM_CARD, POWER, EXCLUSIVE, SONGS = (
    "allocation",
    "channel",
    "card",
    "card format",
    "PCM card",
    "power",
    "filter exclusive",
    "songs",
)
"""What a step may change, as the subjects of claims begin."""
_MEMORY: Mapping[str, tuple[Part, ...]] = {
    "memory": (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL, Part.SEQUENCE),
    "programs": (Part.PROGRAMS,),
    "combinations": (Part.COMBINATIONS,),
    "internal sounds": (Part.PROGRAMS, Part.COMBINATIONS),
    "song": (Part.SEQUENCE,),
    "sequencer": (Part.SEQUENCE,),
}
"""What is in the internal memory, as the subjects of claims begin, and the parts that it means."""
_SETTINGS = (EXCLUSIVE, "filter", "protects", ALLOCATION, CHANNEL, "transposition", "clock")
_SHOWN = ("program", "selected song", "song playing")
"""What the panel has selected, which it forgets when it is switched off."""
_BACKUP, _CARD_BACKUP = "file = what was in the M1", "file = what was on the card"


def parts_of_memory(subject: str) -> tuple[Part, ...]:
    """Return the parts of internal memory of which a claim with that subject speaks."""
    found = (parts for word, parts in _MEMORY.items() if f"{subject} ".startswith(f"{word} "))
    return next(found, ())


CARD_IN = (CardState.ROM, CardState.RAM, CardState.RAM_PROTECTED, CardState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that the step did not ask for."""

    advice: Advice
    undoes: tuple[str, ...] = ()
    """What is no longer proved: the beginnings of the subjects of claims, or whole claims."""
    lost: str = ""
    """What of the memory is lost, as a phrase."""
    backup: str = ""
    """The file of this run that contains it."""

    def falsifies(self, step: Step, state: StepState) -> bool:
        """Return whether the step was done, and claims what is no longer proved."""
        return state.mark in (Mark.SENSED, Mark.BY_HAND) and any(
            word in (claim.subject, str(claim)) or claim.subject.startswith(f"{word} ")
            for claim in claims_of(step)
            for word in self.undoes
        )

    def reopens(self, run: Run) -> tuple[str, ...]:
        """Return the ids of the steps that are to be proved again.

        A step that asks of a card what a later one has changed, as its switch, could not be. Nor is
        the memory saved again in place of a backup of what a later step has destroyed, nor a card
        whose cell hands have taken out: what is on it may be lost since.
        """
        found: list[str] = []
        later: set[str] = set()
        needed: set[str] = set()
        steps = zip(run.procedure.steps, run.states, strict=True)
        for step, state in reversed(tuple(steps)):
            subjects = {claim.subject for claim in claims_of(step)}
            past = CARD in self.undoes and later & subjects
            relied_on = _BACKUP in self.undoes and step.id in needed
            if self.falsifies(step, state) and not past and not relied_on:
                found.insert(0, step.id)
            if state.mark in (Mark.SENSED, Mark.BY_HAND):
                if CARD in self.undoes and takes_out_card_cell(step):
                    break
                if step.senses and (step.warning or step.kind == "restore"):
                    needed |= set(step.needs)
                later |= {subject for subject in subjects if subject.startswith(f"{CARD} ")}
        return tuple(found)


def takes_out_card_cell(step: Step) -> bool:
    """Return whether hands take a card's cell out at that step."""
    return "remove-card-cell" in map(action_word, step.rehearse)


def allocation_changed(old: Allocation | None, now: Allocation | None, backup: str) -> Alarm:
    """Return the alarm of an allocation that is another than `old`.

    `backup` contains what the change destroys, empty for none.
    """
    lost = DESTROYED[now] if now is not None else "parts of the memory"
    if backup:
        then = (
            f"press {ALLOCATE[old]}, then restore that backup"
            if old is not None
            else "restore that backup"
        )
        step = f"Acknowledge this; {then}."
    else:
        step = (
            "Do not press any more keys on that page. Look for an older backup in the library: a "
            "backup made now does not contain what was destroyed."
        )
    advice = Advice(
        code="allocation-changed-by-hand",
        happened=f"{_reallocation(old, now)} That destroyed {lost}.",
        safe=_contained(backup),
        cause=_REALLOCATED_BY,
        next_step=step,
    )
    return Alarm(advice, (ALLOCATION, *_MEMORY), lost, backup)


def allocation_changed_as_asked(
    old: Allocation | None, now: Allocation, backup: str, *, here: bool = False
) -> Alarm:
    """Return the alarm of an allocation that a refused send has asked for; see `backup` above.

    `here` means that the check of the current step asks for it.
    """
    why, then = "The file that was refused needs this allocation.", "then send the file again"
    if here:
        why, then = "This step asks for that.", "then check again"
    advice = Advice(
        code="allocation-changed-as-asked",
        happened=f"{_reallocation(old, now)} {why} The change destroyed {DESTROYED[now]}.",
        safe=_contained(backup),
        cause=_REALLOCATED_BY,
        next_step=f"Acknowledge this, {then}.",
    )
    return Alarm(advice, (ALLOCATION, *_MEMORY), DESTROYED[now], backup)


def allocation_set_back(old: Allocation | None, now: Allocation | None, backup: str) -> Alarm:
    """Return the alarm of an allocation that is again what it was when `backup` was made."""
    advice = Advice(
        code="allocation-set-back",
        happened=f"{_reallocation(old, now)} That does not bring back what the last change "
        "destroyed.",
        safe=f'This run\'s backup contains it: "{backup}".',
        cause=_REALLOCATED_BY,
        next_step="Acknowledge this. If that backup has not been restored since, restore it.",
    )
    return Alarm(advice, (ALLOCATION, *_MEMORY))


def _contained(backup: str) -> str:
    """Return what is safe of what a changed allocation has destroyed."""
    if backup:
        return f'This run\'s backup contains them: "{backup}".'
    return "This run has no backup of them. Older backups are not affected."


def initialised_and_reallocated(
    old: Allocation | None,
    now: Allocation | None,
    asks: str,
    *,
    asked: bool = False,
    here: bool = False,
) -> Alarm:
    """Return the alarm of an initialised memory whose allocation is another than `old`.

    `asks` is the place of the step in which the allocation is written down, empty for none; with
    `asked` a refused send has asked for the change, or with `here` the check of the current step.
    """
    back = f" If not, press {ALLOCATE[old]}." if old is not None else ""
    if asked:
        step = f"Acknowledge this, then {'check again' if here else 'send the file again'}."
    elif asks:
        step = (
            f"If you want to keep this allocation, go back with b to {asks}, and correct the "
            f"value there with r.{back}"
        )
    else:
        step = f"If you want to keep this allocation, acknowledge this and go on.{back}"
    advice = Advice(
        code="allocation-changed-while-initialised",
        happened=f"{_reallocation(old, now)} The memory is initialised.",
        safe="The program wrote nothing. Backups are not affected.",
        cause=_REALLOCATED_BY,
        next_step=step,
    )
    return Alarm(advice, (ALLOCATION,))


def _reallocation(old: Allocation | None, now: Allocation | None) -> str:
    expected = f"expected {old.label}" if old is not None else "it was not known before"
    found = now.label if now is not None else "an unknown one"
    return f"The memory allocation was changed: {expected}, found {found}."


def reallocation_in(alarm: Advice) -> str:
    """Return what an alarm says of the allocation as a clause; "" for an alarm of something else.

    "the memory allocation was changed from 50/50 to 100/100".
    """
    told = _REALLOCATION.match(alarm.happened)
    if told is None:
        return ""
    before = f" from {told['old']}" if told["old"] else ""
    after = f" to {told['new']}" if told["new"] else ""
    return f"the memory allocation was changed{before}{after}"


_REALLOCATION = re.compile(
    r"The memory allocation was changed: (?:expected (?P<old>\d+/\d+)|[^,]*), "
    r"found (?:(?P<new>\d+/\d+)|[^.]*)\."
)
_REALLOCATED_BY = "UP or DOWN and G were pressed on page GLOBAL 6-4."


def songs_touched(backup: str) -> Alarm:
    """Return the alarm of songs that hands may have changed since `backup`, empty for none."""
    advice = Advice(
        code="songs-touched",
        happened="A song may have been changed: expected no sequencer key, found START/STOP "
        "or a value changed in SEQ mode.",
        safe=f'The backup "{backup}" contains the songs as they were before, not what was recorded '
        "since."
        if backup
        else "Programs and combinations are not affected. This run has no backup of songs.",
        cause="Keys that the step does not ask for were pressed. After REC, START/STOP records "
        "over a track.",
        next_step="Acknowledge this. If the sequencer is running, press START/STOP once. Then "
        "listen to the song that was selected.",
    )
    if backup:
        return Alarm(advice, (_BACKUP,))
    return Alarm(advice, lost="what was changed in a song, if anything was")


def channel_changed(before: int | None, now: int | None) -> Alarm:
    """Return the alarm of a channel that somebody changed."""
    old, new = (f"channel {one + 1}" if one is not None else "none" for one in (before, now))
    advice = Advice(
        code="channel-changed",
        happened=f"The M1 is on another MIDI channel: expected {old}, found {new}.",
        safe="The memory is not affected. The program continues on the new channel.",
        cause="The value at B on page GLOBAL 5-1 was changed.",
        next_step=f"Press GLOBAL 5 B, then UP or DOWN until it shows {old}.",
    )
    return Alarm(advice, (CHANNEL,))


def card_changed(before: ModeData | None, now: ModeData, *, at_risk: bool = False) -> Alarm:
    """Return the alarm of a card that was pulled, put in, or is another.

    A card `at_risk` has lost its data by that, since its cell is out.
    """
    old = before.card if before is not None else CardState.UNKNOWN
    # Where a step has proved something of a card that an earlier look no longer saw, old is none.
    pulled = now.card not in CARD_IN
    expected = STATES[old] if old in CARD_IN or not pulled else "a card"
    found = STATES[now.card]
    found = f"{found}, formatted {now.card_format.words}" if now.card_format else found
    if at_risk:
        advice = Advice(
            code="card-without-power",
            happened="The data card was out of the slot while its cell was out: expected "
            f"{expected}, found {found}. Without power a card loses its data.",
            safe="Any backup of the card is kept. The internal memory is not affected.",
            cause="The card was taken out, which the step did not ask for.",
            next_step="Put the card back in and go on: the program then reads it. If its data is "
            "lost, format it and restore its backup.",
        )
        return Alarm(advice, (CARD, _CARD_BACKUP))
    advice = Advice(
        code="card-pulled" if pulled else "card-changed",
        happened=f"The data card was {'pulled' if pulled else 'put in or changed'}: expected "
        f"{expected}, found {found}.",
        safe="The internal memory is not affected.",
        cause=f"The card was {'pulled' if pulled else 'put in or changed'}, which the step did not "
        "ask for.",
        next_step="Put the same card back in before you go on."
        if pulled
        else "Make sure that it is the right card: what was proved about a card must be proved "
        "again.",
    )
    return Alarm(advice, (CARD, _CARD_BACKUP))


def pcm_card_changed(*, put_in: bool) -> Alarm:
    """Return the alarm of a PCM card that was pulled or put in."""
    advice = Advice(
        code="pcm-card-changed",
        happened=f"The PCM card was {'put in' if put_in else 'pulled'}: expected "
        f"{'none' if put_in else 'a card'}, found {'a card' if put_in else 'none'}.",
        safe="The memory is not affected.",
        cause=f"The card was {'put in' if put_in else 'pulled'}, which the step did not ask for.",
        next_step=f"{'Take it out' if put_in else 'Put it back in'} before you go on.",
    )
    return Alarm(advice, (PCM_CARD,))


def mode_changed(wanted: Mode, found: Mode | None) -> Alarm:
    """Return the alarm of a mode in which the step's next keys do something else."""
    shown = found.label if found is not None else "an unknown mode"
    advice = Advice(
        code="mode-left",
        happened=f"The M1 is not in the mode that the marked keys need: expected {wanted.label}, "
        f"found {shown}.",
        safe="Nothing was sent.",
        cause="A mode key that is not part of the step was pressed.",
        next_step="Start again with the first key of the step.",
    )
    return Alarm(advice)


def no_exclusive() -> Alarm:
    """Return the alarm of an M1 that is heard and no longer answers mode requests."""
    advice = Advice(
        code="exclusive-lost",
        happened="The M1 no longer answers: expected mode data, found only other bytes.",
        safe="The program wrote nothing. Backups are not affected.",
        cause="Exclusive (H on page GLOBAL 5-2) is at DIS, the M1's MIDI IN is not connected, or a "
        "short power cut initialised the memory.",
        next_step=f"Press {EXCLUSIVE_ON}; if that does not help, check the cable. Once the M1 "
        "answers, the program checks whether its memory is still there.",
    )
    return Alarm(advice, (EXCLUSIVE,))


def went_silent() -> Alarm:
    """Return the alarm of an M1 that is silent though no step has switched it off."""
    advice = Advice(
        code="went-silent",
        happened="The M1 has gone silent: expected an answer, found no bytes at all.",
        safe="Nothing was being written.",
        cause="It was switched off or lost power, or a MIDI plug came out.",
        next_step="Check power and plugs. Once the M1 answers, the program checks whether its "
        "memory is still there.",
    )
    return Alarm(advice, ON[:1])


def returned(initialised: bool | None) -> Alarm:
    """Return the alarm of an M1 that went silent and is heard again."""
    if initialised:
        advice = Advice(
            code="memory-lost",
            happened="The M1's memory is initialised: if there was anything in it, that is lost.",
            safe="Backups are not affected.",
            cause="The M1 was off and its internal cell did not keep the memory, or the memory "
            "was initialised.",
            next_step="Measure the internal cell first, then restore a backup.",
        )
        return Alarm(advice, (*_MEMORY, *_SETTINGS, *_SHOWN), "all of the internal memory")
    if initialised is False:
        advice = Advice(
            code="power-returned",
            happened="The M1 went silent and is now answering again. Its memory has not "
            "been initialised.",
            safe="The program wrote nothing.",
            cause="It was switched off and on, or a plug was out.",
            next_step="Continue. The display has changed: start again with the step's first key.",
        )
        return Alarm(advice, ("clock", *_SHOWN))
    advice = Advice(
        code="memory-not-asked",
        happened="The M1 went silent and is now answering again. The program could not find out "
        "whether its memory is still there.",
        safe="The program wrote nothing.",
        cause="Exclusive may be at DIS now, or an answer was lost.",
        next_step='Look at the display: "Init Prog" means that the memory is lost.',
    )
    return Alarm(advice, (*_MEMORY, *_SETTINGS, *_SHOWN))


def link_lost(advice: Advice) -> Alarm:
    """Return the alarm of a link that was lost, from what the link says of it."""
    told = Advice(
        code="link-lost",
        happened=advice.happened,
        safe="After that nothing more was sent.",
        cause=advice.cause,
        next_step="Plug the interface in again: the program opens it on its own within seconds.",
    )
    return Alarm(told)


def on_while_off(*, saved: bool) -> Alarm:
    """Return the alarm of an M1 that is heard while it is to be off.

    `saved` means that the run has saved the memory, and goes by that.
    """
    again = (
        " If you wrote anything to the M1, go back with b and save the memory again first: no file "
        "contains what you wrote."
    )
    advice = Advice(
        code="on-while-off",
        happened="The M1 is on while it must be off: expected silence, found MIDI data.",
        safe="The program wrote nothing.",
        cause="It was not unplugged, it was plugged in again too early, or another instrument "
        "is sending to the same port.",
        next_step="Unplug the M1's power before you touch anything inside."
        f"{again if saved else ''}",
    )
    return Alarm(advice, (OFF,))
