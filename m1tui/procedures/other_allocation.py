"""What a run says of a file that is for another memory allocation than the M1 is set to."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.keys import ALLOCATE, DESTROYED
from m1tui.procedures.alarms import ALLOCATION
from m1tui.procedures.claims import claims_of
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.states import Mark
from m1tui.procedures.values import values_in
from m1tui.sysex import Allocation

OTHER_ALLOCATION = "file-for-other-allocation"
"""The code of the advice that the engine gives of such a file."""
UNFIT = frozenset({OTHER_ALLOCATION, "sequence-too-long", "slot-not-there"})
"""The codes of advice why a file does not fit the internal memory of an M1 as it is set."""
ADVISED_ALLOCATION = "advised-allocation"
"""The name of the value that says to which allocation such advice has the M1 set."""


def sets_allocation(run: Run) -> Step | None:
    """Return the last step up to the current one that sets the allocation, None without one."""
    upto = slice(run.position + 1)
    steps = zip(run.procedure.steps[upto], run.marks[upto], strict=True)
    found = [
        step
        for step, mark in steps
        if mark is not Mark.LEFT_OUT
        and step.keys
        and any(claim.subject == ALLOCATION for claim in claims_of(step))
    ]
    return found[-1] if found else None


def asks_for_allocation(run: Run) -> str:
    """Return the place of the step in which the allocation is written down, empty without one."""
    step = _written_down(run)
    return run.place_of(step.id) if step is not None else ""


def denied_allocation(run: Run, found: Allocation | None) -> tuple[str, ...]:
    """Return in a line that another allocation was written down than the M1 is set to.

    () where none was, or where nobody knows to which it is set.
    """
    names = [field.name for _, field in run.procedure.fields() if field.asks == ALLOCATION]
    written = filter(None, (run.values.get(name) for name in names))
    if found is None:
        return ()
    return tuple(
        f"the M1 was at {found.label} when it was read, although {one} was written down"
        for one in written
        if one != found.label
    )


def advised_allocation(run: Run) -> Allocation | None:
    """Return the allocation to which a refused send at the current step says to change it.

    None where it says no such thing, as where a step of the run sets the allocation.
    """
    values = dict(pair for one in run.current_state.verdicts for pair in one.values)
    return next((one for one in Allocation if one.label == values.get(ADVISED_ALLOCATION)), None)


def does_not_fit(run: Run) -> bool:
    """Return whether the current step was refused because its file does not fit the M1."""
    state = run.current_state
    codes = {one.advice.code for one in state.deciding if one.advice is not None}
    return state.refused and not UNFIT.isdisjoint(codes)


def for_this_run(
    run: Run, advice: Advice, wanted: Allocation, found: Allocation, backup: str
) -> tuple[Advice, Allocation | None]:
    """Return what to do in this run about a file for `wanted` while the M1 is set to `found`.

    `backup` is the file that this run has kept of the whole memory, empty for none. With it goes
    the allocation to which the M1 is to be set at once, None where it is not to be.
    """
    setting = sets_allocation(run)
    ways = [_by_step(run, setting, wanted) if setting is not None else "", _other_file(run, found)]
    changes = setting is None and bool(backup)
    if changes:
        ways.append(
            f"press {ALLOCATE[wanted]}, then send again: that changes the allocation and destroys "
            f'{DESTROYED[wanted]}. This run\'s backup contains them: "{backup}"'
        )
    elif setting is None:
        ways.append('do "Change the memory allocation", and begin this procedure again')
    said = ". Or ".join(filter(None, ways))
    if not said:
        return advice, wanted  # the engine's own words have it set
    advised = advice._replace(next_step=f"{said[0].upper()}{said[1:]}.")
    return advised, wanted if changes else None


def _by_step(run: Run, setting: Step, wanted: Allocation) -> str:
    """Return how the step that sets the allocation sets the wanted one; empty if it cannot."""
    asking = _written_down(run)
    if asking is not None:
        return (
            f"go back with b to {run.place_of(asking.id)}, and change the allocation to "
            f"{wanted.label} with r; then do {run.place_of(setting.id)}, again"
        )
    if any(claim.value == wanted.label for claim in claims_of(setting)):
        return f"go back with b to {run.place_of(setting.id)}, and do it again with r"
    return ""


def _other_file(run: Run, found: Allocation) -> str:
    sources = [step for step in run.procedure.steps[: run.position] if step.kind == "source"]
    if run.current.from_ or not sources:
        return ""
    return f"choose a file for {found.label} at {run.place_of(sources[-1].id)}"


def _written_down(run: Run) -> Step | None:
    """Return the step whose value the allocation is set to, None where it is not written down."""
    setting = sets_allocation(run)
    names = {name for text in setting.claims for name in values_in(text)} if setting else set()
    return next(
        (step for step in run.procedure.steps if any(field.name in names for field in step.fields)),
        None,
    )
