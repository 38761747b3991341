"""Makes the service log's record of a run out of what its journal holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from m1tui.advice import Advice
from m1tui.facts import SHOWN, WITH_FILE, Verdict
from m1tui.files import DUMPS, FileTrouble, read_bounded
from m1tui.procedures.claims import Claim, said_of
from m1tui.procedures.events import (
    Event,
    QuestionAnswered,
    StepJudged,
    StepOverridden,
    StepTicked,
    ValuesWritten,
)
from m1tui.procedures.findings import (
    against,
    bad_values,
    beside,
    card_losses,
    faults_noted,
    not_proved_again,
    not_redone,
    objection,
    proved_later,
    proves_later,
)
from m1tui.procedures.hands import DISPLAY
from m1tui.procedures.journal import JournalContent, read
from m1tui.procedures.origins import (
    losses,
    lost_phrase,
    missing_song_lines,
    missing_songs,
    path_and_choice,
    safe_of_change,
    saved_loss_lines,
)
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.states import Mark, StepState
from m1tui.procedures.still_set import left_now
from m1tui.store.backups import found_again, read_manifest
from m1tui.store.log_files import slug
from m1tui.store.records import DEMO, DEMO_SOUNDS, FileRecord, GoneRecord, RunRecord, StepRecord

_Attempts: TypeAlias = list[tuple[Verdict, ...]]
"""What a step's questions gave, the oldest first, each with its time."""


def read_run(path: Path) -> RunRecord:
    """Return the record of the run in the journal at `path`.

    Raises JournalError, or StoreError when the file cannot be read at all.
    """
    return run_record(read(path), path)


def run_record(content: JournalContent, journal: Path) -> RunRecord:
    """Return the record of the run in `journal`, which belongs to no visit yet.

    Backups are hashed as they are now.
    """
    run, header = content.run(), content.header
    attempts, alarms = _attempts(content.events, run), _alarms(run)
    times = _times_written(content.events)
    choices, reasons = _choices(content.events), _reasons(content.events)
    files, written = _files_kept(content.events), _written(content.events)
    cards = card_losses(run)
    said = {advice: _said_of_change(run, step, advice) for step, advice in run.changed}
    songs, song_lines = missing_songs(run), tuple(map(_lower, missing_song_lines(run)))
    steps = zip(run.procedure.steps, run.states, run.marks, strict=True)
    return RunRecord(
        id=slug(journal.stem),
        created="",
        visit="",
        journal=journal.name,
        journal_bytes=content.size,
        procedure=run.procedure.id,
        title=run.procedure.title,
        work=run.procedure.work,
        asks=run.procedure.leads_past_most,
        led_to=_led_to(run),
        port=header.port,
        model=run.model,
        program=header.program,
        started=header.started,
        ended=content.events[-1].at if content.events else header.started,
        outcome=run.outcome_word,
        abandoned=run.abandoned,
        losses=tuple(dict.fromkeys(lost_phrase(run, one) for one in losses(run))),
        changed=tuple(dict.fromkeys(said.values())),
        mishaps=tuple((said[one], clause) for one, clause in run.mishaps),
        saved_losses=(
            *(_lower(line) for line in saved_loss_lines(run)),
            *song_lines,
            *(_lower(one.line) for one in cards),
        ),
        plainly=(
            *((line, songs.plainly) for line in song_lines if songs is not None),
            *((_lower(one.line), one.plainly) for one in cards),
        ),
        card_lost=bool(cards),
        missing_songs=len(songs.songs) if songs is not None else 0,
        beside=tuple(map(_lower, beside(run))),
        objection=objection(run),
        left=left_now(run) if run.done else (),
        closing=_closing(run),
        not_asked=tuple(map(_said, run.closing.not_asked)) if run.closing is not None else (),
        unproved=tuple(map(_said, run.unproved)),
        not_again=not_proved_again(run),
        gone=tuple(
            GoneRecord(file=found_again(Path(file)).name, happened=one.happened)
            for file, one in run.gone.items()
        ),
        steps=tuple(
            _step(
                step,
                state,
                mark,
                attempts.get(step.id, []),
                alarms.get(step.id, ()),
                files.get(step.id, ()),
                written.get(step.id, ()),
                times.get(step.id, {}),
                choices.get(step.id, ()),
                reasons.get(step.id, ()),
                settings=step.id in run.procedure.recalled,
                sets_back=bool(step.keys and step.recall in run.procedure.recalled),
                unchecked=tuple(map(_said, run.unchecked_at(at))),
                untested=run.untested.get(step.id, ""),
                because=run.untested_because.get(step.id, ""),
                left_out=run.why_left_out(at) if mark is Mark.LEFT_OUT else "",
                contradicted=against(run, at),
                faults_noted=tuple(faults_noted(run, at)),
                called_out=tuple(bad_values(run, at)),
                before_repair=run.repaired_after(at),
                repaired=run.repaired_before(at),
                not_redone=not_redone(run, at),
                later=proved_later(run, at) if proves_later(run, at) else "",
            )
            for at, (step, state, mark) in enumerate(steps)
        ),
    )


def _led_to(run: Run) -> str:
    """Return the procedure to which the last answer has led, by its id; "" for none."""
    for step, state, mark in zip(
        reversed(run.procedure.steps), reversed(run.states), reversed(run.marks), strict=True
    ):
        if mark is Mark.BY_HAND and step.options:
            return next((one.procedure for one in step.options if one.label == state.choice), "")
    return ""


def _said_of_change(run: Run, step: str, advice: Advice) -> str:
    safe = safe_of_change(run, step, advice)
    return " ".join(filter(None, (advice.happened, safe, advice.cause)))


def _lower(line: str) -> str:
    """Return a line of the end page without a label in capitals: "Missing songs: ..."."""
    label, colon, text = line.partition(":")
    return f"{label.capitalize()}{colon}{text}" if label.isupper() else line


def _closing(run: Run) -> tuple[Verdict, ...]:
    """Return what the instrument answered at the end, each answer named by what was asked."""
    if run.closing is None:
        return ()
    pairs = zip(run.closing.claims, run.closing.verdicts, strict=True)
    return tuple(replace(one, name=_said(claim), time=run.closing.at) for claim, one in pairs)


def _said(claim: str) -> str:
    return said_of(Claim.parse(claim))


def _alarms(run: Run) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the alarms of each step, and what was changed after it was saved, by its id.

    Each has its time; what was changed is known from an answer, which has its own.
    """
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    happened = [
        *((one.step, f"{one.advice.happened} {one.advice.safe}", one.at) for one in run.alarms),
        *((step, _said_of_change(run, step, advice), "") for step, advice in run.changed),
    ]
    for step, text, at in happened:
        found[step] = (*found.get(step, ()), (text, at))
    return found


def _attempts(events: Iterable[Event], run: Run) -> dict[str, _Attempts]:
    """Return what each step's questions gave, by the step's id.

    Where more than one file was to be sent, each attempt to send names its own.
    """
    found: dict[str, _Attempts] = {}
    sources = {step.id: step.from_ for step in run.procedure.steps if step.kind == "restore"}
    last = {
        step.id: state.origin for step, state in zip(run.procedure.steps, run.states, strict=True)
    }
    chosen: dict[str, str] = {}
    sent: dict[str, list[str]] = {}
    wanted: dict[str, set[str]] = {}
    for event in events:
        if isinstance(event, StepJudged) and event.origin:
            chosen.pop(event.step, None)
            chosen[event.step] = event.origin
        if isinstance(event, StepJudged | StepTicked) and event.verdicts:
            shown = tuple((SHOWN, one) for one in event.evidence if one.startswith(DISPLAY))
            verdicts = tuple(
                replace(one, time=event.at, values=one.values + (() if one.passed else shown))
                for one in event.verdicts
            )
            found.setdefault(event.step, []).append(verdicts)
            if event.step in sources:
                # Without a step to take them from, the sounds are those that were chosen last.
                source = sources[event.step] or next(reversed(chosen), "")
                file = chosen.get(source, "")
                sent.setdefault(event.step, []).append(file)
                wanted.setdefault(event.step, set()).update((file, last.get(source) or file))
    for step, files in sent.items():
        if len(wanted[step]) > 1:
            pairs = zip(found[step], files, strict=True)
            found[step] = [_with_file(verdicts, file) for verdicts, file in pairs]
    return found


def _with_file(verdicts: tuple[Verdict, ...], file: str) -> tuple[Verdict, ...]:
    """Return what an attempt to send gave, with the file that was to be sent."""
    record = _file(file)
    if record is None:
        return verdicts
    named = DEMO_SOUNDS if record.file == DEMO else record.file
    return tuple(replace(one, values=(*one.values, (WITH_FILE, named))) for one in verdicts)


def _choices(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Return all that was ever answered at each step, by the step's id, each once."""
    return _each_once((one.step, one.choice) for one in events if isinstance(one, QuestionAnswered))


def _reasons(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Return all that was ever said of why each step was skipped, by the step's id, each once."""
    return _each_once((one.step, one.reason) for one in events if isinstance(one, StepOverridden))


def _each_once(said: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the texts of (step id, text) by the step's id, in their order, each once."""
    found: dict[str, dict[str, None]] = {}
    for step, text in said:
        found.setdefault(step, {})[text] = None
    return {step: tuple(texts) for step, texts in found.items()}


def _written(events: Iterable[Event]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return all that was ever written down at each step, by the step's id, each once."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    for event in events:
        if isinstance(event, ValuesWritten):
            found.setdefault(event.step, {}).update(dict.fromkeys(event.values))
    return {step: tuple(pairs) for step, pairs in found.items()}


def _times_written(events: Iterable[Event]) -> dict[str, dict[str, str]]:
    """Return when each value was written down as it stands, by the step's id and its name.

    A step without an entry has had all of its values at once.
    """
    found: dict[str, dict[str, str]] = {}
    last: dict[str, dict[str, str]] = {}
    for event in events:
        if isinstance(event, ValuesWritten):
            before, times = last.get(event.step, {}), found.setdefault(event.step, {})
            for name, value in event.values:
                if name not in times or before.get(name) != value:
                    times[name] = event.at
            last[event.step] = dict(event.values)
    return {step: times for step, times in found.items() if len(set(times.values())) > 1}


def _files_kept(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Return the files that each step has kept, by the step's id, each once."""
    found: dict[str, dict[str, None]] = {}
    for event in events:
        if isinstance(event, StepJudged) and event.backup:
            found.setdefault(event.step, {})[event.backup] = None
    return {step: tuple(files) for step, files in found.items()}


def _step(
    step: Step,
    state: StepState,
    mark: Mark,
    attempts: _Attempts,
    alarms: tuple[tuple[str, str], ...],
    files: tuple[str, ...],
    written: tuple[tuple[str, str], ...],
    times: dict[str, str],
    choices: tuple[str, ...],
    reasons: tuple[str, ...],
    *,
    settings: bool,
    sets_back: bool,
    unchecked: tuple[str, ...],
    untested: str,
    because: str,
    left_out: str,
    contradicted: tuple[str, ...],
    faults_noted: tuple[str, ...],
    called_out: tuple[str, ...],
    before_repair: bool,
    repaired: str,
    not_redone: tuple[str, ...],
    later: str,
) -> StepRecord:
    # The last attempt is what the state holds, unless the step was opened again after it.
    last = attempts[-1] if attempts and state.verdicts else ()
    before = attempts[:-1] if last else attempts
    means = {field.name: field.records for field in step.fields}
    return StepRecord(
        id=step.id,
        title=step.title,
        kind=step.kind,
        mark=mark.word,
        glyph=mark.glyph,
        work=step.work,
        senses=step.senses,
        checks=step.checks,
        bank=step.bank,
        part=step.part,
        verdicts=last,
        earlier=tuple(one for verdicts in before for one in verdicts),
        evidence=(*called_out, *state.evidence),
        before_repair=before_repair,
        repaired=repaired,
        not_redone=not_redone,
        mends=step.mends,
        against=contradicted,
        faults_noted=faults_noted,
        choice=state.choice,
        fault_stays=mark is not Mark.LEFT_OUT and step.leaves_fault(state.choice),
        unknown=mark is not Mark.LEFT_OUT and step.leaves_unproved(state.choice),
        values=state.values,
        earlier_values=tuple(one for one in written if one not in state.values),
        written_at=tuple((name, times[name]) for name, _ in state.values if name in times),
        earlier_choices=tuple(one for one in choices if one != state.choice),
        labels=tuple((field.name, field.label) for field in step.fields),
        good=tuple((field.name, field.good) for field in step.fields if field.good),
        units=tuple((field.name, field.unit) for field in step.fields if field.unit),
        settings=settings,
        records=step.records,
        cell=tuple((what, value) for name, value in state.values if (what := means.get(name))),
        note=state.note,
        reason=left_out or state.reason,
        earlier_reasons=tuple(one for one in reasons if one != state.reason),
        later="" if mark in (Mark.SENSED, Mark.LEFT_OUT) else later,
        untested=untested,
        because=because,
        sets_back=sets_back,
        unchecked=unchecked,
        loses=step.loses,
        alarms=tuple(text for text, _ in alarms),
        alarm_times=tuple(at for _, at in alarms),
        started=state.started,
        ended=state.ended,
        backup=_file(state.backup),
        earlier_backups=tuple(
            found for one in files if one != state.backup and (found := _file(one)) is not None
        ),
        origin=_file(state.origin),
    )


def _file(text: str) -> FileRecord | None:
    """Return a file with the hash of its manifest, or of its bytes; None for no file."""
    if not text:
        return None
    named, chosen = path_and_choice(text)
    path = found_again(Path(named))
    file = chosen.behind(path.name)
    manifest = read_manifest(path)
    if manifest is not None:
        return FileRecord(
            file=file, sha256=manifest.sha256, contents=manifest.contents, bank=manifest.bank
        )
    try:
        data = read_bounded(path, DUMPS)
    except FileTrouble:
        return FileRecord(file=file)  # a word such as "demo", or a file that went meanwhile
    return FileRecord(file=file, sha256=hashlib.sha256(data).hexdigest())
