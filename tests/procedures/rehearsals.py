"""Rehearses procedures on a virtual M1 without a wire's delay, whole or from any step on."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from m1tui.clock import run
from m1tui.engine.instrument import Instrument
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.events import Event
from m1tui.procedures.findings import StepResult
from m1tui.procedures.library import load
from m1tui.procedures.perform import Performer, run_auto
from m1tui.procedures.person import Rehearser
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure, Step
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.resources import screens_folder
from m1tui.store import Store
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario

FEWER_REPEATS = 1
"""How often a step is repeated at most when one of its presses is left out."""


def built_in(procedure_id: str) -> Procedure:
    return load(screens_folder() / f"{procedure_id}.toml")


class Memo:
    """A journal that keeps nothing."""

    def __init__(self, begun: Run) -> None:
        self.run = begun

    def record(self, event: Event) -> Run:
        self.run = self.run.after(event)
        return self.run

    def begin_write(self) -> None:
        self.record(self.run.begin_write())


@dataclass(frozen=True)
class Rehearsal:
    """A procedure on a scenario, with answers other than the first or the preset ones."""

    id: str
    scenario: str = ""
    answers: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        words = [self.id, self.scenario, *(answer for _, answer in self.answers)]
        return " ".join(word for word in words if word)

    @property
    def procedure(self) -> Procedure:
        return built_in(self.id)

    def machine(self, procedure: Procedure) -> VirtualM1:
        return scenario(self.scenario or procedure.scenario)


Results = dict[str, StepResult]


def rehearsed(
    rehearsal: Rehearsal, folder: Path, procedure: Procedure | None = None
) -> tuple[Run, Results]:
    """The whole run of a procedure, and the result of each step."""
    chosen = procedure or rehearsal.procedure
    results: Results = {}

    async def whole() -> Run:
        machine = rehearsal.machine(chosen)
        return await go_on(Run.begin(chosen), machine, folder, rehearsal, results)

    return run(whole()), results


async def go_on(
    begun: Run,
    machine: VirtualM1,
    folder: Path,
    rehearsal: Rehearsal,
    results: Results | None = None,
    *,
    one_step: bool = False,
) -> Run:
    """The run after it was performed from where it stands, to its end or for one step."""
    memo = Memo(begun)

    class Enough(Exception):
        pass

    def on_step(_: Run, result: StepResult) -> None:
        if results is not None:
            results[result.step] = result
        if one_step:
            raise Enough

    # The loop's clock begins at 0; the M1's own clock goes on from where it stood.
    await asyncio.sleep(machine.board.now)
    async with Instrument(VirtualLink(machine, baud=0)) as instrument:
        performer = Performer(instrument, Store(folder), Rehearser(dict(rehearsal.answers)))
        try:
            return await run_auto(memo, performer, on_step=on_step)  # type: ignore[arg-type]
        except Enough:
            return memo.run


def twin(machine: VirtualM1) -> VirtualM1:
    """Another M1 in the same state. Its records are immutable and so shared."""
    other = copy.copy(machine)
    other.board = copy.copy(machine.board)
    for owner in (other, other.board):
        for name, value in vars(owner).items():
            if isinstance(value, (dict, list, bytearray)) or name in ("_framer", "_realtime"):
                setattr(owner, name, copy.deepcopy(value))
    return other


def state_of(machine: VirtualM1) -> tuple[object, ...]:
    """Everything that tells one M1 from another, but for the time."""
    board = {name: value for name, value in vars(machine.board).items() if name not in _PASSING}
    return machine.persistent(), board


_PASSING = ("now", "outbox")


@dataclass(frozen=True)
class Omission:
    """One press that a step is performed without."""

    step: str
    place: str
    """The key and where it stands: "B (5)", counted from 1."""
    without: Step


def omissions(current: Run) -> Iterator[Omission]:
    """Yield the current step once without each of its presses."""
    step = current.current
    presses = current.presses
    for place, press in enumerate(presses):
        before = [key for one in presses[:place] for key in one.keys]
        after = [key for one in presses[place + 1 :] for key in one.keys]
        word = step.keys.split()[place] if len(presses) == len(step.keys.split()) else press.label
        yield _omission(step, f"{word} ({place + 1})", keys=" ".join((*before, *after)))
        for key in sorted(set(press.keys)) if len(press.keys) > 2 else ():
            fewer = list(press.keys)
            fewer.remove(key)
            keys = " ".join((*before, *fewer, *after))
            yield _omission(step, f"{word} ({place + 1}) one {key} less", keys=keys)
    for place, action in enumerate(step.rehearse):
        word, _, keys = action.partition(" ")
        if word != "press":
            continue
        pressed = keys.split()
        for number, key in enumerate(pressed):
            left = " ".join((*pressed[:number], *pressed[number + 1 :]))
            actions = [f"press {left}"] if left else []
            rehearse = (*step.rehearse[:place], *actions, *step.rehearse[place + 1 :])
            yield _omission(step, f"rehearsed {key} ({number + 1})", rehearse=rehearse)


def _omission(step: Step, place: str, **changed: object) -> Omission:
    without = msgspec.structs.replace(step, **changed)
    if step.repeat:
        repeat = msgspec.structs.replace(step.repeat, at_most=FEWER_REPEATS)
        without = msgspec.structs.replace(without, repeat=repeat)
    return Omission(step.id, place, without)


def with_step(procedure: Procedure, changed: Step) -> Procedure:
    steps = tuple(changed if step.id == changed.id else step for step in procedure.steps)
    return msgspec.structs.replace(procedure, steps=steps)


def unnoticed(
    rehearsal: Rehearsal,
    folder: Path,
    *,
    only: Collection[tuple[str, str]] | None = None,
    left_in: str = "",
) -> tuple[Run, dict[tuple[str, str], bool]]:
    """The whole run; and for every press, or those of `only`, whether the run without it ends
    VERIFIED.

    The run goes from step to step once, and the M1 is kept as it stood at each. From there the
    rest is performed once without each press. Where the M1 is then, after any step, in the same
    state as in the whole run, nothing later can tell the two apart.
    With `left_in` somebody presses these keys before each step that lacks a press.
    """
    stages, finished = _stages(rehearsal, folder)
    found: dict[tuple[str, str], bool] = {}
    for stage in stages.values():
        for omission in omissions(stage.run):
            if only is not None and (omission.step, omission.place) not in only:
                continue
            machine = twin(stage.machine)
            machine.press(left_in)
            procedure = with_step(stage.run.procedure, omission.without)
            begun = replace(stage.run, procedure=procedure)
            found[omission.step, omission.place] = _verified(
                begun, machine, stages, folder, rehearsal
            )
    return finished, found


@dataclass(frozen=True)
class Stage:
    """How far a run is, and the M1 as it then stands."""

    run: Run
    machine: VirtualM1


def stages_of(rehearsal: Rehearsal, folder: Path) -> dict[str, Stage]:
    """The whole run at each of its steps, by the step's id."""
    return _stages(rehearsal, folder)[0]


def _stages(rehearsal: Rehearsal, folder: Path) -> tuple[dict[str, Stage], Run]:
    """The whole run at each of its steps, by the step's id, and at its end."""
    machine = rehearsal.machine(rehearsal.procedure)
    current = Run.begin(rehearsal.procedure)
    stages: dict[str, Stage] = {}
    while True:
        stages[current.current.id] = Stage(current, twin(machine))
        current = run(go_on(current, machine, folder, rehearsal, one_step=True))
        if current.current_state.mark is Mark.OPEN:
            return stages, current
        if current.at_end:
            return stages, run(go_on(current, machine, folder, rehearsal))
        current = current.after(current.next())


def _verified(
    begun: Run,
    machine: VirtualM1,
    stages: dict[str, Stage],
    folder: Path,
    rehearsal: Rehearsal,
) -> bool:
    """Whether the run ends well, as it does once it is where the whole run was."""
    while True:
        begun = run(go_on(begun, machine, folder, rehearsal, one_step=True))
        if begun.current_state.mark is Mark.OPEN:
            return False
        if begun.at_end:
            begun = run(go_on(begun, machine, folder, rehearsal))
            return begun.outcome in (RunOutcome.VERIFIED, RunOutcome.BY_HAND)
        begun = begun.after(begun.next())
        if state_of(machine) == state_of(stages[begun.current.id].machine):
            return True
