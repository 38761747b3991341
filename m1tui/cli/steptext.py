"""Procedures, steps and what came of them, as plain lines of at most 80 columns."""

from collections.abc import Iterable, Iterator

from m1tui.procedures import Press, Procedure, Run, Step, StepResult, drawing, wrapped

COLUMNS = 78


def heading(procedure: Procedure) -> Iterator[str]:
    """What a person reads before the first step."""
    yield procedure.title
    yield from wrapped(procedure.purpose, COLUMNS)
    tools = ", ".join(procedure.tools) or "none"
    yield from wrapped(f"Time: {procedure.minutes} minutes. Tools: {tools}.", COLUMNS)
    yield from wrapped(f"Risk: {procedure.risk}", COLUMNS)
    for warning in procedure.warnings:
        yield from wrapped(f"WARNING: {warning}", COLUMNS)


def step_lines(step: Step, presses: tuple[Press, ...] = ()) -> Iterator[str]:
    """A step's warning, text, drawing, keys, answers and expected display.

    `presses` are its keys with what was chosen in the run.
    """
    if step.warning:
        yield from wrapped(f"WARNING: {step.warning}", COLUMNS)
    yield from wrapped(step.text, COLUMNS)
    if step.drawing:
        yield ""
        yield from (f"    {line}".rstrip() for line in drawing(step.drawing))
    if step.keys:
        yield from wrapped(f"Keys: {_keys_shown(step, presses)}", COLUMNS)
    yield from (f"  {number} {option.label}" for number, option in enumerate(step.options, 1))
    if step.display:
        yield "The display then shows (a sketch):"
        yield from (f"  {line}" for line in step.display)
    if step.asks:
        yield from wrapped(f"The program asks the M1: {', '.join(step.asks)}.", COLUMNS)


def field_lines(step: Step) -> Iterator[str]:
    """What a step asks to choose or to write down; a run asks for it line by line."""
    for field in step.fields:
        rule = f", {field.rule}" if field.rule else ""
        preset = f", preset {field.preset}" if field.preset else ""
        yield f"  {field.label}{rule}{preset}"


def _keys_shown(step: Step, presses: tuple[Press, ...]) -> str:
    """The guide's own notation, or with commas where a value of several words stands in it."""
    labels = [press.label for press in presses]
    return ", ".join(labels) if any(" " in label for label in labels) else step.keys


def recalled_lines(run: Run) -> Iterator[str]:
    """What an earlier step of the run has noted, where the current one recalls it."""
    recall = run.current.recall
    if not recall:
        return
    step, state = run.procedure.step(recall), run.state(recall)
    if state.note:
        yield f'Noted at "{step.title}": {state.note}'
    labels = {field.name: field.label for field in step.fields}
    yield from (f"{labels[name]}: {value}" for name, value in state.values if name in labels)


def result_lines(result: StepResult) -> Iterator[str]:
    """What came of performing a step."""
    yield from _marked(result)
    yield from result.evidence
    if result.choice:
        yield f"answer: {result.choice}"
    yield from (f"{name}: {value}" for name, value in result.values)
    if result.advice is not None:
        yield from result.advice.lines()


def _marked(result: StepResult) -> Iterable[str]:
    for verdict in result.verdicts:
        yield f"{verdict.name}: {verdict.word}: {verdict.evidence}"
