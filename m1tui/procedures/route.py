"""Which steps of a run count, given the answers and values so far, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from m1tui.procedures.schema import Option, Procedure, Step
from m1tui.procedures.states import Mark, StepState

KEEPING = ("backup", "receive")
"""Kinds of steps that keep a file, unless there was nothing to save."""


def kept_by(step: Step) -> str:
    """Return the name of the value that says whether a step has kept a file, "yes" or "no"."""
    return f"{step.id}/kept"


@dataclass(frozen=True, slots=True)
class Route:
    """The way through a procedure. What is still open may yet change it."""

    counts: tuple[bool, ...]
    """For each step whether it counts."""
    values: tuple[Mapping[str, str], ...]
    """For each step what is known there: values by their names, answers by their steps' ids, and
    what checks said, "yes" or "no", by step and check: "ask/allocation-100", and whether a step
    has kept a file: "backup/kept".

    A later step may give a value of the same name again.
    """
    leads_to: str = ""
    """The procedure that the last answer sends the person to, empty if none."""


@dataclass(slots=True)
class _Walk:
    model: str
    said: Mapping[str, tuple[str, ...]]
    counts: list[bool] = field(default_factory=list)
    values: list[dict[str, str]] = field(default_factory=lambda: [{}])
    target: str = ""
    leads_to: str = ""
    over: bool = False
    """Whether a step that ends the procedure was passed."""

    def pass_by(self, step: Step, state: StepState) -> None:
        if step.id == self.target:
            self.target = ""
        elsewhere = self.over or self.leads_to or self.target
        counts = not elsewhere and self._wanted(step)
        counts = counts and all(one.model != self.model for one in step.not_on)
        self.counts.append(counts)
        self.over = self.over or (counts and step.ends)
        learned = self._learned(step, state, counts)
        known = self._still_known(step, state, counts)
        self.values.append({**known, **learned} if learned else known)

    def _still_known(self, step: Step, state: StepState, counts: bool) -> dict[str, str]:
        """Return what is known of what was known before the step.

        A form that is skipped leaves its values unknown. Those of the same names that an earlier
        form has were for other steps: the first track is not the second one.
        """
        known = self.values[-1]
        if not counts or state.mark is not Mark.OVERRIDDEN or not step.fields:
            return known
        names = {field.name for field in step.fields}
        return {name: word for name, word in known.items() if name not in names}

    def _learned(self, step: Step, state: StepState, counts: bool) -> dict[str, str]:
        """Return what the step adds to what is known, and go where its answer leads."""
        if not counts and step.kind in KEEPING and not self._wanted(step):
            return {kept_by(step): "no"}
        if not counts or state.mark is Mark.OPEN:
            return {}
        learned: dict[str, str] = {}
        if step.kind in KEEPING and state.mark in (Mark.SENSED, Mark.OVERRIDDEN):
            kept = state.mark is Mark.SENSED and state.backup
            learned[kept_by(step)] = "yes" if kept else "no"
        learned.update((f"{step.id}/{name}", word) for name, word in state.said.items())
        learned.update(state.values)
        option = option_of(step, state.choice)
        if option is not None:
            learned[step.id] = option.label
            self.target, self.leads_to = option.go, option.procedure
        return learned

    def _wanted(self, step: Step) -> bool:
        """Only a value that is known and another leaves a step out."""
        known = self.values[-1]
        return all(one.met(known, self.said) for one in step.conditions)


def route_of(
    procedure: Procedure,
    states: Sequence[StepState],
    model: str = "",
    said: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Route:
    """Return the way through `procedure`, with one state for each of its steps.

    `model` is the instrument's, "" where it is not known. `said` has what each check has said in
    the run, the first answer first, each once: {"allocation-100": ("yes", "no")}.
    """
    walk = _Walk(model, said)
    for step, state in zip(procedure.steps, states, strict=True):
        walk.pass_by(step, state)
    return Route(tuple(walk.counts), tuple(walk.values[1:]), walk.leads_to)


def branches_at(procedure: Procedure, step: Step) -> bool:
    """Return whether what a person chooses at `step` decides between steps of which one is right.

    Without the choice all of them would be offered, one after the other. So would the first of
    several ways where each answer leads to another one.
    """
    ways_on = {option.go or option.procedure for option in step.options}
    if len(ways_on) > 1 and "" not in ways_on:
        return True
    names = {step.id if step.options else "", *(field.name for field in step.fields)}
    ways: dict[str, set[str]] = {}
    for one in (when for each in procedure.steps for when in each.conditions):
        if one.value in names:
            ways.setdefault(one.value, set()).add(one.is_)
    return any(len(values) > 1 for values in ways.values())


def option_of(step: Step, label: str) -> Option | None:
    """Return the option of a question by its label, None where there is none."""
    return next((option for option in step.options if label and option.label == label), None)
