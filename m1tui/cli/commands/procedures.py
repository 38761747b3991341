"""`procedures list|show|check|run`: the guided procedures for scripts and plain terminals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from m1tui.advice import NOTHING_SENT, Advice
from m1tui.cli import commandparser as values
from m1tui.cli.checklist import FORMATS, as_html, as_markdown, keycap
from m1tui.cli.commandparser import COMMON, CommandParser, add_action, add_actions
from m1tui.cli.exits import Exit, Stop, misused, usage
from m1tui.cli.guide import COLUMNS, Guide, field_lines, heading, run_automatically, step_lines
from m1tui.cli.output import Call
from m1tui.cli.session import Session, on_instrument
from m1tui.facts import UNSETTLED, Verdict
from m1tui.files import FileTrouble, require_file, shown
from m1tui.options import VIRTUAL, is_virtual
from m1tui.procedures.findings import attention, left_out, observed, skipped, unproved
from m1tui.procedures.keys import Press
from m1tui.procedures.library import Library, check_file, load_library
from m1tui.procedures.loader import ProcedureError, folders, procedure_files
from m1tui.procedures.origins import saved_files
from m1tui.procedures.rules import wrapped
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure
from m1tui.procedures.states import RunOutcome, StepState
from m1tui.procedures.still_set import left_now
from m1tui.sysex import printable

_CODES = {
    RunOutcome.VERIFIED: Exit.DONE,
    RunOutcome.BY_HAND: Exit.DONE,
    RunOutcome.MISMATCH: Exit.DIFFERENT,
    RunOutcome.IN_PART: Exit.UNKNOWN,
    RunOutcome.REFUSED: Exit.REFUSED,
    RunOutcome.UNKNOWN: Exit.UNKNOWN,
}

_CONTACT = ("answers", "exclusive-enabled")
"""The checks by which an instrument answers at all."""


def add_arguments(parser: CommandParser) -> None:
    """What to do with the procedures."""
    actions = add_actions(parser)
    add_action(actions, "list", "list every procedure")
    show = add_action(actions, "show", "print one procedure's steps")
    show.add_argument("id", metavar="ID")
    show.add_argument(
        "--format", choices=FORMATS, default="text", help="md or html: a checklist for paper"
    )
    check = add_action(
        actions, "check", "show what is wrong with one procedure's file, or with all of them"
    )
    check.add_argument("file", nargs="?", type=values.path, metavar="FILE")
    run = add_action(actions, "run", "run one procedure as plain text", COMMON)
    run.add_argument("id", metavar="ID")
    run.add_argument(
        "--auto",
        action="store_true",
        help="on a virtual M1: perform every step and run every check",
    )


def run(call: Call) -> int:
    """Does what the action says."""
    action = {"list": _list, "show": _show, "check": _check, "run": _run}[call.arguments.action]
    return action(call)


def _list(call: Call) -> int:
    library = _library(call)
    procedures = library.procedures.values()
    facts = [
        {
            "id": one.id,
            "title": one.title,
            "group": one.group,
            "minutes": one.minutes,
            "tools": list(one.tools),
            "risk": one.risk,
            "scenario": one.scenario,
            "steps": len(one.steps),
        }
        for one in procedures
    ]
    lines = (f"{one.id}  {one.title} ({one.group}, {one.time})" for one in procedures)
    call.output.facts({"procedures": facts}, lines)
    return Exit.DONE


def _show(call: Call) -> int:
    procedure, form = _find(call), call.arguments.format
    if form != "text" and call.options.json:
        raise usage(
            "--json and another --format cannot be used together.",
            "Leave one of them out.",
            code="usage",
        )
    written = {"md": as_markdown, "html": as_html}.get(form)
    titles = {one.id: one.title for one in load_library().procedures.values()}
    lines = _shown(procedure) if written is None else written(procedure, titles).splitlines()
    call.output.facts(msgspec.to_builtins(procedure), lines)
    return Exit.DONE


def _shown(procedure: Procedure) -> Iterator[str]:
    yield from heading(procedure)
    for number, step in enumerate(procedure.steps, 1):
        yield ""
        yield f"{number}. {step.title}"
        caps = tuple(Press(keycap(procedure, key), ()) for key in step.keys.split())
        yield from step_lines(step, caps)
        yield from field_lines(step)


def _check(call: Call) -> int:
    """Says what is wrong with a file, or with each of all procedures; 0 if nothing is."""
    own: Path | None = call.arguments.file
    if own is not None:
        try:
            require_file(own)
        except FileTrouble as trouble:
            raise misused(trouble) from trouble
    files = [own] if own is not None else procedure_files(folders())
    found = {file: _problems(file) for file in files}
    call.output.facts(
        {"files": [{"file": shown(file), "problems": found[file]} for file in files]},
        (line for file in files for line in _check_lines(file, found[file])),
    )
    return Exit.FAILED if any(found.values()) else Exit.DONE


def _problems(file: Path) -> list[dict[str, Any]]:
    try:
        problems = check_file(file)
    except ProcedureError as error:
        problems = error.problems
    except RecursionError as error:
        raise usage(
            f"{shown(file)} has lists or tables nested too deeply.",
            "A procedure needs only three levels: see the files in the folder screens.",
            code="procedure-unusable",
        ) from error
    return [
        {"line": one.line, "step": one.step, "field": one.field, "problem": one.text}
        for one in problems
    ]


def _check_lines(file: Path, problems: list[dict[str, Any]]) -> Iterator[str]:
    if not problems:
        yield f"{shown(file)}: nothing is wrong"
    for one in problems:
        line = f"line {one['line']}" if one["line"] else ""
        place = ", ".join(part for part in (line, one["step"], one["field"]) if part)
        where = f"{place}: " if place else ""
        yield f"{shown(file)}: {where}{printable(one['problem'])}"


def _run(call: Call) -> int:
    procedure = _find(call)
    auto, port = call.arguments.auto, call.options.port
    if auto and not is_virtual(port):
        raise Stop(Exit.REFUSED, _not_virtual(port, procedure))

    async def work(session: Session) -> int:
        if auto:
            ended = await run_automatically(session, procedure)
        else:
            ended = await Guide(session, procedure).run()
        call.output.facts(_run_facts(ended), _last_lines(ended))
        diagnosis = session.instrument.diagnosis
        if diagnosis is not None and diagnosis.crowded and not ended.done:
            return Exit.REFUSED
        return exit_code(ended, Exit.FAILED if auto else Exit.USAGE)

    # A survey says nothing of the state in which an M1 is to be.
    start = f"{VIRTUAL}:like:"
    if port.startswith(start):
        port = f"{VIRTUAL}:{procedure.scenario}:like:{port.removeprefix(start)}"
    call = call._replace(options=call.options._replace(port=port))
    # A question comes before the first step that needs an answer: it may lead to another way.
    required = procedure.needs_answers and procedure.steps[0].kind != "question"
    return on_instrument(call, work, required=required)


def _last_lines(run: Run) -> Iterator[str]:
    """What a person reads at last: faults, what is not proved or left out, and the outcome."""
    yield from (f"Fault: {one}" for one in run.findings)
    parts = (
        ("Attention", attention(run)),
        ("Still set", left_now(run) if run.done else ()),
        ("Observed", observed(run)),
        ("Unproved", unproved(run)),
        ("Skipped", skipped(run)),
        ("Untested", tuple(run.untested.values())),
        ("Left out", left_out(run)),
        ("Backup", saved_files(run)),
    )
    for label, texts in parts:
        for text in texts:
            yield from wrapped(f"{label}: {text}", COLUMNS)
    yield f"{run.outcome_word}: {run.procedure.title}"


def exit_code(run: Run, left: Exit) -> Exit:
    """The exit code for a run; `left` for one that stopped early, with nothing amiss."""
    if not run.done and any(
        verdict.name in _CONTACT and verdict.passed is False
        for verdict in run.current_state.deciding
    ):
        return Exit.NO_ANSWER
    pairs = zip(run.procedure.steps, run.states, strict=True)
    unread = any(step.kind == "restore" and state.no_answer for step, state in pairs)
    if run.outcome is None or (run.outcome is RunOutcome.UNKNOWN and not run.done and not unread):
        return left
    return _CODES[run.outcome]


def _run_facts(run: Run) -> dict[str, Any]:
    asked = run.closing
    closing = zip(asked.claims, asked.verdicts, strict=True) if asked is not None else ()
    return {
        "procedure": run.procedure.id,
        "outcome": run.outcome_word,
        "go_on_with": run.route.leads_to or None,
        "alarms": [
            {"step": one.step, "code": one.advice.code, "happened": one.advice.happened}
            for one in run.alarms
        ],
        "asked_again": [
            {"claim": claim, "verdict": _word(one), "evidence": one.evidence}
            for claim, one in closing
        ],
        "not_asked_again": _not_asked_again(run),
        "backups_gone": [
            {"file": file, "code": one.code, "happened": one.happened}
            for file, one in run.gone.items()
        ],
        "findings": list(run.findings),
        "observed": list(observed(run)),
        "attention": list(attention(run)),
        "still_set": list(left_now(run)) if run.done else [],
        "saved": list(saved_files(run)),
        "unproved": list(run.unproved),
        "steps": [
            {
                "id": step.id,
                "mark": mark.word,
                "verdict": _verdict(state),
                "evidence": _evidence(state),
                "code": _advice_code(state),
            }
            for step, state, mark in zip(run.procedure.steps, run.states, run.marks, strict=True)
        ],
    }


def _not_asked_again(run: Run) -> list[str]:
    """What was proved, and could not be asked again at the end, or after its keys were pressed."""
    if run.closing is None:
        return []
    return [*run.closing.not_asked, *(one for claims in run.not_again.values() for one in claims)]


def _verdict(state: StepState) -> str | None:
    """The checks' verdict in a word; None where nothing was asked."""
    if not state.deciding:
        return None
    if state.passed:
        return "passed"
    if state.failed:
        return "failed"
    words = {_word(one) for one in state.deciding}
    return next(word for word in UNSETTLED if word in words)


def _word(verdict: Verdict) -> str:
    return verdict.word.lower()


def _advice_code(state: StepState) -> str | None:
    """The code of what is amiss; None where nothing is, or an earlier m1tui did not keep it."""
    bad = (one.advice for one in state.deciding if not one.passed)
    return next((advice.code for advice in bad if advice and advice.code), None)


def _evidence(state: StepState) -> str:
    lines = [f"{verdict.name}: {verdict.evidence}" for verdict in state.verdicts]
    lines += state.evidence
    lines += [f"answer: {state.choice}"] if state.choice else []
    lines += [f"{name}: {value}" for name, value in state.values]
    lines += [f"reason: {state.reason}"] if state.reason else []
    return "; ".join(lines)


def _library(call: Call, only: str | None = None) -> Library:
    """All procedures, or `only` one; a file that cannot be used is named, and keeps none out."""
    library = load_library(only=only)
    for error in library.refused:
        call.output.advise(error.advice)
    return library


def _find(call: Call) -> Procedure:
    wanted = call.arguments.id
    procedures = _library(call, only=wanted).procedures
    if wanted not in procedures:
        raise usage(
            f"There is no procedure {printable(wanted)!r}.",
            f"Choose one of: {', '.join(load_library().procedures)}.",
            code="no-such-procedure",
        )
    return procedures[wanted]


def _not_virtual(port: str, procedure: Procedure) -> Advice:
    return Advice(
        code="auto-needs-virtual-m1",
        happened=f"--auto works only on a virtual M1; found --port {printable(port)}.",
        safe=NOTHING_SENT,
        cause="A real M1's keys, plugs and battery need a person.",
        next_step=f"Rehearse with --port virtual:{procedure.scenario}, or leave out --auto.",
    )
