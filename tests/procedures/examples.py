"""Small procedures, runs and verdicts to try the runner and the journal with."""

from __future__ import annotations

from dataclasses import replace

from m1tui.facts import Verdict
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Option, Procedure, Step, When
from m1tui.procedures.states import Mark
from m1tui.procedures.values import Field

GOOD = Verdict(True, "identity in 0.1 s", name="answers")
BAD = Verdict(False, "24 heard", expected="21", found="24", name="answers")
SILENT = Verdict(None, "nothing heard in 3 s", name="answers")


def step(step_id: str, kind: str = "hands", **fields: object) -> Step:
    return Step(id=step_id, title=f"Step {step_id}", kind=kind, text="Do it.", **fields)  # type: ignore[arg-type]


def procedure(*steps: Step) -> Procedure:
    """A procedure of the given steps, or of six that prove and need each other."""
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


def all_done(run: Run, at: str) -> Run:
    """The run standing at that step, every step proved or ticked."""
    states = tuple(
        replace(state, mark=Mark.SENSED if one.senses else Mark.BY_HAND)
        for one, state in zip(run.procedure.steps, run.states, strict=True)
    )
    position = [one.id for one in run.procedure.steps].index(at)
    return replace(run, states=states, position=position)


def compared(run: Run, passed: bool | None = True) -> Run:
    """The run after what its step can destroy was compared with its backup, where that is due."""
    if not run.owes_comparison:
        return run
    verdict = Verdict(passed, "read before the step", name="comparison")
    return run.after(run.compare((verdict,) * len(run.stakes)))


def closed(run: Run, passed: bool | None = True) -> Run:
    """The run after the instrument was asked again at its end."""
    claims = tuple(one.claim for one in run.standing_claims if one.check)
    verdict = Verdict(passed, "asked again", name="answers")
    return run.after(run.ask_again(claims, (verdict,) * len(claims)))


def winding() -> Procedure:
    """A procedure with a question, a value, and steps that an answer or a value leaves out."""
    options = (
        Option(label="on"),
        Option(label="over", go="send"),
        Option(label="away", procedure="midi-ready"),
    )
    clock = Field(name="clock", label="Clock", choices=("INT", "EXT"))
    return procedure(
        step("one"),
        step("ask", "question", options=options),
        step("which", "values", fields=(clock,)),
        step("inside", "check", checks=("answers",), when=When(value="clock", is_="INT")),
        step("outside", when=When(value="clock", is_="EXT")),
        step("save", "backup"),
        step("send", "restore", needs=("save", "inside")),
    )
