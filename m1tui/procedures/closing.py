"""What a run still rests on at its end, and which of it the instrument can be asked for again.

A mark says that something was so when it was proved. Before a run ends, the instrument is asked
again for the last claim of each subject; what cannot be asked is named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from m1tui.engine.checks import ASKED_AT_ANY_TIME, PROVES
from m1tui.procedures.claims import Claim, claims_of, provable, switches_off
from m1tui.procedures.route import kept_by
from m1tui.procedures.schema import Procedure, Step
from m1tui.procedures.states import Mark
from m1tui.sysex import Part

READ_BACK = "read back"
"""Asks for what a restore wrote, in the place of a check's name."""
EXCLUSIVE = "filter exclusive"
"""The subject of the filter without which an M1 answers only on its data dump page."""
PROTECTS = "protects"
"""The subject of claims about memory protect."""
HOPS = (PROTECTS, EXCLUSIVE)
"""Subjects that are asked for last, since the M1 must go to another mode for them."""
AS_BACKUP, INITIALISED = "memory-as-backup", "memory-initialised"
"""Checks that are asked at the end where no step says what the memory then is."""
NOT_INITIALISED = Claim("memory", "not initialised")
"""What is asked at the end where the run has not read the memory: that it is not lost."""
AS_BEFORE = "memory = as it was before the run"
"""What nothing can prove where the memory was not read."""
_WRITTEN = (
    *("memory", "programs", "combinations", "global", "sequence", "sequencer", "song"),
    *("internal", "allocation", "transposition", "master tune"),
)
"""First words of what steps claim of the internal memory once they have changed it."""
_READING = ("backup", "receive", "restore")
_SETTINGS = ("filter ", "clock")
"""Beginnings of subjects that stay as they are and that no message asks for."""


class Standing(NamedTuple):
    """A claim that a run rests on."""

    at: int
    """The step that proved it last."""
    claim: Claim
    check: str
    """The check that asks for it at any time, or `READ_BACK`; empty where there is none."""


def standing(
    procedure: Procedure,
    marks: Sequence[Mark],
    values: Sequence[Mapping[str, str]],
    rewritten: Collection[str] = (),
) -> tuple[Standing, ...]:
    """Return what a run rests on: the last claim of each subject, in the order of asking.

    `values` are those that are known at each step. What was only so for a moment is left out.
    `rewritten` are the steps, by id, that wrote over what was saved; they may have failed.
    """
    last: dict[str, Standing] = {}
    for index, (step, mark) in enumerate(zip(procedure.steps, marks, strict=True)):
        if mark not in (Mark.SENSED, Mark.BY_HAND, Mark.OVERRIDDEN):
            continue
        for subject in step.changes:
            last.pop(subject, None)
        if mark is not Mark.SENSED:
            # What it was to change may be changed, though the program could not prove it. Memory
            # that it was only to compare is what it was, or the last look shows that it is not.
            for claim in claims_of(step, values[index]):
                if claim.value != "as sent" or step.kind == "restore":
                    last.pop(claim.subject, None)
            continue
        texts = step.claims or provable(step)
        for text, claim in zip(texts, claims_of(step, values[index]), strict=True):
            last[claim.subject] = Standing(index, claim, _asking(step, text))
    if (kept := _only_saved(procedure, marks, values, rewritten)) is not None:
        part = procedure.steps[kept].part
        subject = "memory" if part == Part.ALL.value else part
        last[subject] = Standing(kept, Claim(subject, "its backup"), AS_BACKUP)
    rests = (one for one in last.values() if one.check or one.claim.subject.startswith(_SETTINGS))
    return tuple(sorted(rests, key=lambda one: one.claim.subject in HOPS))


def _only_saved(
    procedure: Procedure,
    marks: Sequence[Mark],
    values: Sequence[Mapping[str, str]],
    rewritten: Collection[str],
) -> int | None:
    """Return the step whose backup the memory is still to equal, None where a step changed it."""
    done = [index for index, mark in enumerate(marks) if mark in (Mark.SENSED, Mark.BY_HAND)]
    saving = [
        index
        for index in done
        if (step := procedure.steps[index]).kind == "backup"
        and step.bank == "internal"
        and step.loses
        and values[index].get(kept_by(step)) == "yes"
    ]
    if not saving:
        return None
    changed = any(_writes(procedure.steps[index]) for index in done if index > saving[-1])
    # A restore that failed, or was skipped after that, has written all the same.
    tried = any(
        step.id in rewritten and step.bank == "internal" for step in procedure.steps[saving[-1] :]
    )
    return None if changed or tried else saving[-1]


def _writes(step: Step) -> bool:
    """Return whether the step may have changed the internal memory."""
    # A song that is only played is not written.
    subjects = {claim.subject for claim in claims_of(step)} - {"song playing"}
    first = {subject.split()[0] for subject in subjects}
    checked = step.kind == "check" and not step.endangers
    internal = step.kind == "restore" or any(word != "card" for word in step.endangers)
    return internal or (not checked and any(word.startswith(_WRITTEN) for word in first))


def reads_memory(procedure: Procedure, marks: Sequence[Mark], *, whole: bool = False) -> bool:
    """Return whether a step of the run has read the internal memory, or all of it if `whole`."""
    return any(
        mark is Mark.SENSED
        and step.kind in _READING
        and step.bank == "internal"
        and (step.part == Part.ALL.value or not whole)
        for step, mark in zip(procedure.steps, marks, strict=True)
    )


def off_since_read(
    procedure: Procedure, marks: Sequence[Mark], values: Sequence[Mapping[str, str]]
) -> bool:
    """Return whether a step switched the M1 off, and none has read or compared the memory since."""
    off = False
    for step, mark, known in zip(procedure.steps, marks, values, strict=True):
        if mark not in (Mark.SENSED, Mark.BY_HAND):
            continue
        read = step.kind in _READING and step.bank == "internal"
        read = read or any(one.subject.startswith("memory") for one in claims_of(step, known))
        if mark is Mark.SENSED and read:
            off = False
        elif switches_off(step):
            off = True
    return off


def knows_loss(
    procedure: Procedure, marks: Sequence[Mark], values: Sequence[Mapping[str, str]]
) -> bool:
    """Return whether a step of the run has initialised the memory, or has found it initialised."""
    known = values[-1] if values else {}
    if any(name.endswith(f"/{INITIALISED}") and said == "yes" for name, said in known.items()):
        return True
    return any(
        mark in (Mark.SENSED, Mark.BY_HAND) and step.initialises
        for step, mark in zip(procedure.steps, marks, strict=True)
    )


def gives_up_exclusive(procedure: Procedure, marks: Sequence[Mark]) -> bool:
    """Return whether a step was done that may set Exclusive to DIS, and none proves ENA later."""
    given_up = False
    for step, mark in zip(procedure.steps, marks, strict=True):
        if mark is Mark.SENSED and any(one.subject == EXCLUSIVE for one in claims_of(step)):
            given_up = False
        changes = EXCLUSIVE in step.changes or step.initialises
        if mark in (Mark.SENSED, Mark.BY_HAND) and changes:
            given_up = True
    return given_up


def _asking(step: Step, text: str) -> str:
    """Return what asks for a claim of the step, as its file has it, at any time."""
    if step.kind == "restore" and text in provable(step)[:1]:
        return READ_BACK
    own = [name for name in step.checks if text in PROVES[name]]
    every = own + [name for name in PROVES if text in PROVES[name]]
    return next((name for name in every if name in ASKED_AT_ANY_TIME), "")
