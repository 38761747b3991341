"""Small procedures, runs and verdicts to try the runner and the journal with."""

from __future__ import annotations

from m1tui.procedures import CheckVerdict, Procedure, Run, Step

GOOD = CheckVerdict("answers", True, "identity in 0.1 s")
BAD = CheckVerdict("answers", False, "24 heard", expected="21", found="24")
SILENT = CheckVerdict("answers", None, "nothing heard in 3 s")


def step(step_id: str, kind: str = "hands", **fields: object) -> Step:
    return Step(id=step_id, title=f"Step {step_id}", kind=kind, text="Do it.", **fields)  # type: ignore[arg-type]


def procedure(*steps: Step) -> Procedure:
    """A procedure of the given steps, or of six that use all there is."""
    return Procedure(
        id="example",
        title="An example",
        group="Tests",
        purpose="To be run.",
        minutes=5,
        tools=(),
        risk="None.",
        source="Nowhere",
        scenario="healthy",
        steps=steps
        or (
            step("one"),
            step("keys", "keys", keys="GLOBAL 5", checks=("answers",)),
            step("save", "backup"),
            step("open", needs=("save",)),
            step("from", "source"),
            step("send", "restore", needs=("from", "keys")),
        ),
    )


def go_to(run: Run, step_id: str) -> Run:
    """The run standing at that step, every earlier one skipped."""
    while run.current.id != step_id:
        run = run.after(run.override("not needed here"))
        run = run.after(run.next())
    return run
