"""What a step can destroy, and which earlier step has saved it: both are compared before it.

A backup is worth what was in the memory when it was made. What was written after it is in no file,
so a step that can destroy it is not begun before the memory was compared with the file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from m1tui.engine.checks import WRITES, Writes
from m1tui.procedures.route import KEEPING
from m1tui.procedures.schema import Procedure, Step
from m1tui.procedures.states import Mark, StepState
from m1tui.sysex import Allocation, Bank, Part

ALLOCATION, CARD = "allocation", "card"
"""Words of a step's `endangers` beside those of parts: what another allocation would destroy, and
what is on the data card."""
_SOUNDS = (Part.PROGRAMS, Part.COMBINATIONS)
_EVERY = (*_SOUNDS, Part.GLOBAL, Part.SEQUENCE)
WORDS: Mapping[str, tuple[Part, ...]] = {
    Part.ALL.value: _EVERY,
    **{part.value: (part,) for part in _EVERY},
    ALLOCATION: (*_SOUNDS, Part.SEQUENCE),
    CARD: (),
}
"""What a step can endanger, as its file says it, and the parts of internal memory that it means."""
DONE_BEFORE = (
    "You have done this step before. If you do it again, what has been written to the M1 since "
    "then can be lost: no file contains it."
)
"""The warning of a step that destroys again."""
LEFT_BEGUN = (
    "This step had been begun when you left the run. If anything has been written to the M1 since "
    "then, no file contains it: go back with b, and save the memory as it is now."
)
"""The warning of a step that may have destroyed, so that nothing can be compared any more."""
LEFT_OFF = (
    "You left this run here. If nothing has been written to the M1 since then, continue. If "
    "something has, it is in no file: close the M1, switch it on, go back with b, and save the "
    "memory as it is now."
)
"""The warning of a run that goes on where the M1 is off, behind what saved the memory."""
LEFT_UNSAVED = "This run has saved no backup of the M1's memory: what is in it can be lost."
"""The same where nothing saved it."""
_BY_HANDS = ("hands", "keys", "check")


@dataclass(frozen=True, slots=True)
class CutWrite:
    """What is said of a write during which the program was ended.

    Its beginning is noted before the first byte, so nobody knows whether any was written.
    """

    happened: str
    """Behind a step's title, or "In this step"."""
    backup: str
    """What a backup of the same bank means then; empty where nothing can have changed."""
    again: str
    """What the program does when the step is done again."""


_HAS_IT = "The backup of this run contains what was {} before."


def _restore_cut(into: str, there: str) -> CutWrite:
    return CutWrite(
        f"the program was cut off while it was writing to {into}, or was about to: part of it may "
        "have been written.",
        _HAS_IT.format(there),
        f"Do the step again: the program then checks what is {there}.",
    )


_RESTORES_CUT = {
    "internal": _restore_cut("the M1", "in the M1"),
    "card": _restore_cut("the card", "on the card"),
}
_CHECKS_CUT = {
    Writes.SETTINGS: CutWrite(
        "the program was cut off while it was changing the M1's settings, or was about to change "
        "them: some of them may have been changed.",
        _HAS_IT.format("in the M1"),
        "Do the step again: the program then checks these settings.",
    ),
    Writes.WHAT_IT_READ: CutWrite(
        "the program was cut off while it was checking the memory protects. It only writes back "
        "what is there, so nothing should have changed.",
        "",
        "Do the step again: the program then asks the M1 again.",
    ),
}


def cut_write(step: Step) -> CutWrite:
    """Return what is said of a step in which the program was ended after `WriteBegun`."""
    if step.kind == "restore":
        return _RESTORES_CUT[step.bank]
    written = {WRITES[name] for name in step.asks if name in WRITES}
    return _CHECKS_CUT[Writes.WHAT_IT_READ if written == {Writes.WHAT_IT_READ} else Writes.SETTINGS]


@dataclass(frozen=True, slots=True)
class Stake:
    """Something that the current step can destroy, and what an earlier step has kept of it."""

    saved: int
    """The step that saved it, or had nothing to save."""
    asked: int
    """The step to do again if it is not as it was then."""
    bank: Bank
    parts: tuple[Part, ...] = ()
    """Which parts of internal memory; all that was saved where there are none."""
    by_allocation: bool = False
    """Whether only those parts count that the present allocation has to lose."""
    file: str = ""
    """The file that contains it, empty where there was nothing to keep."""
    check: str = ""
    """What said that there is nothing to save, so that it was left out; empty where it was not."""
    said: bool = False
    """What that check said."""

    def parts_at(self, allocation: Allocation | None) -> tuple[Part, ...]:
        """Return the parts that count in an M1 of that allocation."""
        if not self.by_allocation:
            return self.parts
        return tuple(part for part in self.parts if part in parts_lost(allocation))


def parts_lost(allocation: Allocation | None) -> tuple[Part, ...]:
    """Return the parts of which an M1 of that allocation loses some to the other allocation.

    Where it is not known, any.
    """
    if allocation is None:
        return _EVERY
    return _SOUNDS if allocation is Allocation.LARGE_PROGRAM else (Part.SEQUENCE,)


def endangered(procedure: Procedure) -> tuple[tuple[str, ...], ...]:
    """Return for each step what it endangers: as its file says or, where none says so, as needed.

    In a procedure of which no step says it, the first step done by hand that needs a backup can
    destroy what the backup keeps.
    """
    declared = tuple(step.endangers for step in procedure.steps)
    if any(declared):
        return declared
    found: list[tuple[str, ...]] = [()] * len(procedure.steps)
    for step in procedure.steps:
        word = CARD if step.bank == "card" else step.part
        if step.kind == "backup" and step.loses and word in WORDS:
            needing = (
                index
                for index, later in enumerate(procedure.steps)
                if step.id in later.needs and later.kind in _BY_HANDS
            )
            first = next(needing, None)
            if first is not None:
                found[first] = (*found[first], word)
    return tuple(found)


def saves(step: Step, word: str) -> bool:
    """Return whether the step keeps a file of all that `word` means."""
    if step.kind not in KEEPING or (step.bank == "card") is not (word == CARD):
        return False
    return step.part in (Part.ALL.value, word)


def stakes_at(
    procedure: Procedure,
    words: Sequence[tuple[str, ...]],
    states: Sequence[StepState],
    marks: Sequence[Mark],
    at: int,
    rewritten: Collection[str] = (),
) -> tuple[Stake, ...]:
    """Return what is to be compared before the step at `at`; `words` are those of `endangered`.

    Not what a person has agreed to lose, nor what an earlier step of the same word has changed,
    nor what a restore of the run has written over: `rewritten` are those, by id.
    """
    found: dict[int, Stake] = {}
    for word in words[at]:
        for part in WORDS[word] or (None,):
            saved = _newest(procedure, marks, at, part.value if part is not None else CARD)
            if saved is None or any(
                word in words[other] and marks[other] in (Mark.SENSED, Mark.BY_HAND)
                for other in range(saved + 1, at)
            ):
                continue
            if any(
                one.id in rewritten and _overwrites(one, procedure.steps[saved], part)
                for one in procedure.steps[saved + 1 :]
            ):
                continue
            stake = found.get(saved) or _stake(procedure, states, marks, saved)
            if stake is not None:
                parts = stake.parts if part is None else (*stake.parts, part)
                found[saved] = replace(stake, parts=parts, by_allocation=word == ALLOCATION)
    return tuple(found.values())


def _overwrites(step: Step, saved: Step, part: Part | None) -> bool:
    """Return whether a restore writes over what `saved` keeps, or over one part of that."""
    if step.kind != "restore" or step.bank != saved.bank:
        return False
    kept = part.value if part is not None else saved.part
    return Part.ALL.value in (step.part, kept) or step.part == kept


def savers_at(
    procedure: Procedure, words: Sequence[tuple[str, ...]], marks: Sequence[Mark], at: int
) -> frozenset[int]:
    """Return the steps that save what the step at `at` can destroy: they come first."""
    parts = (part for word in words[at] for part in WORDS[word] or (None,))
    found = (_newest(procedure, marks, at, part.value if part else CARD) for part in parts)
    return frozenset(index for index in found if index is not None)


def _newest(procedure: Procedure, marks: Sequence[Mark], at: int, word: str) -> int | None:
    """Return the last step before `at` that keeps it, of those that were not left out if any."""
    keeping = [index for index in range(at) if saves(procedure.steps[index], word)]
    counting = [index for index in keeping if marks[index] is not Mark.LEFT_OUT]
    return next(reversed(counting or keeping), None)


def _stake(
    procedure: Procedure, states: Sequence[StepState], marks: Sequence[Mark], saved: int
) -> Stake | None:
    """Return what the step at `saved` has kept; None where it was skipped, or left out unasked."""
    step = procedure.steps[saved]
    bank = Bank.CARD if step.bank == "card" else Bank.INTERNAL
    if marks[saved] is Mark.SENSED:
        return Stake(saved, saved, bank, file=states[saved].backup)
    if marks[saved] is not Mark.LEFT_OUT:
        return None
    for when in step.conditions:
        asking, _, check = when.value.partition("/")
        for asked, (other, state) in enumerate(zip(procedure.steps, states, strict=True)):
            if other.id == asking and state.said.get(check, when.is_) != when.is_:
                return Stake(saved, asked, bank, check=check, said=state.said[check] == "yes")
    return None
