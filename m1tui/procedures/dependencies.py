"""Which steps of a procedure go by what others gave, read out of its file.

A step whose value changes makes each step doubtful that used it; one that is done again makes
doubtful what was proved of the same subject afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from m1tui.engine.checks import COMPARES_WITH, VALUES_NEEDED, Against
from m1tui.procedures.claims import claims_of, placed_after, power_after
from m1tui.procedures.keys import turned_names, typed_names
from m1tui.procedures.schema import Procedure, Step
from m1tui.procedures.stakes import endangered
from m1tui.procedures.values import values_in

_BANK_OF = {Against.CARD_BACKUPS: "card", Against.INTERNAL_BACKUPS: "internal"}


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The steps of one procedure by what they go by; all are indexes, in order."""

    procedure: Procedure
    by_value: Mapping[str, list[int]]
    """Steps that go by a value, by its name."""
    by_backup: Mapping[str, list[int]]
    """Steps that write the backup of a step, by that step's id."""
    by_bank: Mapping[str, list[int]]
    """Steps that compare with what was saved of "internal" or "card"."""
    by_sounds: list[int]
    """Steps that go by where the sounds come from."""
    by_subject: Mapping[str, list[tuple[int, str]]]
    """Steps that claim something of a subject, each with the value."""
    by_power: Mapping[bool, list[int]]
    """Steps that leave the M1 on, and those that leave it off."""
    by_place: Mapping[tuple[str, bool], list[int]]
    """Steps that leave a cell or a card in its place, or out of it, by which and whether."""
    by_need: Mapping[str, list[int]]
    """Steps that prove something and need another, by that one's id."""
    endangered: tuple[tuple[str, ...], ...]
    """For each step what it can destroy, in the words of its file."""

    @classmethod
    def of(cls, procedure: Procedure) -> Dependencies:
        """Return what the steps of `procedure` go by."""
        found = cls(
            procedure,
            defaultdict(list),
            defaultdict(list),
            defaultdict(list),
            [],
            defaultdict(list),
            defaultdict(list),
            defaultdict(list),
            defaultdict(list),
            endangered(procedure),
        )
        for index, step in enumerate(procedure.steps):
            found._take(index, step)
        return found

    def users_of(self, index: int) -> tuple[int, ...]:
        """Return the later steps that go by what the step at `index` gives."""
        giver = self.procedure.steps[index]
        found = {later for name in _given(giver) for later in self.by_value.get(name, ())}
        if giver.kind == "source":
            found.update(self.by_sounds)
        if giver.kind in ("backup", "receive"):
            comparing = self.by_bank.get(giver.bank, ())
            found.update(self.by_backup.get(giver.id, ()), comparing)
            # Only what was saved before the M1 was off shows whether it was kept.
            tests = (test for test, _ in self.by_subject.get("power", ()))
            found.update(test for test in tests if test < max(comparing, default=0))
        return tuple(sorted(later for later in found if later > index))

    def undone_by(self, index: int) -> tuple[int, ...]:
        """Return the steps whose claims are no longer true once the step at `index` is done.

        Those before it are among them: they were true when they were proved, and are past.
        """
        step = self.procedure.steps[index]
        found = {other for name in step.changes for other, _ in self.by_subject.get(name, ())}
        for claim in claims_of(step):
            others = self.by_subject.get(claim.subject, ())
            found.update(other for other, value in others if value != claim.value)
        if (on := power_after(step)) is not None:
            found.update(self.by_power.get(not on, ()))
        if (placed := placed_after(step)) is not None:
            found.update(self.by_place.get((placed[0], not placed[1]), ()))
        return tuple(sorted(found - {index}))

    def needers_of(self, index: int) -> tuple[int, ...]:
        """Return the later steps that need the step at `index` and prove something."""
        return tuple(self.by_need.get(self.procedure.steps[index].id, ()))

    def _take(self, index: int, step: Step) -> None:
        for name in set(_names_in(step)):
            self.by_value[name].append(index)
        for claim in claims_of(step):
            self.by_subject[claim.subject].append((index, claim.value))
        if (on := power_after(step)) is not None:
            self.by_power[on].append(index)
        if (placed := placed_after(step)) is not None:
            self.by_place[placed].append(index)
        against = {COMPARES_WITH[name] for name in step.asks if name in COMPARES_WITH}
        if not step.from_:
            for bank in {_BANK_OF[one] for one in against if one in _BANK_OF}:
                self.by_bank[bank].append(index)
        if Against.SOUNDS in against or (step.kind == "restore" and not step.from_):
            self.by_sounds.append(index)
        if step.from_:
            self.by_backup[step.from_].append(index)
        if step.senses:
            for needed in set(step.needs):
                self.by_need[needed].append(index)


def _given(step: Step) -> Iterator[str]:
    """Yield the names of the values that a step gives."""
    if step.kind == "question":
        yield step.id
    yield from (field.name for field in step.fields)


def _names_in(step: Step) -> Iterator[str]:
    """Yield the names of the values that a step goes by."""
    yield from turned_names(step.keys)
    yield from typed_names(step.keys)
    for name in step.checks:
        yield from VALUES_NEEDED.get(name, ())
    for text in (*step.claims, step.part):
        yield from values_in(text)
    yield from (field.name for field in step.fields if field.another)
