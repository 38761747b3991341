"""Judges a clumsy walk by what is true of the virtual M1, and by the journal's lines as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from m1tui.engine.keys import DESTROYED
from m1tui.procedures.recording import read_run
from m1tui.store.records import RunRecord, VisitRecord
from m1tui.store.report import Report, render
from m1tui.sysex import Allocation, Part
from tests.campaigning.image import Image, NoDump, different, image_of_file, is_initial
from tests.rehearsing.trial import Trial, filled
from tests.rehearsing.truth import Moment, is_true, lasts

AS_BEFORE = "the M1's memory is as it was before the run"
"""What the record of a run in which nobody read the memory says that nothing proves."""
SOUNDS = (Part.PROGRAMS, Part.COMBINATIONS)
ROOM = 50
"""How many programs, and how many combinations, an M1 has room for at 50/50."""
INITIALISED = "initialised-at-the-end"
EMPTIED = "memory-lost"
REALLOCATED = {"allocation-changed-by-hand", "allocation-changed-as-asked"}
"""Alarms that name what another allocation has destroyed."""
_WAY = re.compile(
    r"\b(?:with|key|press) [a-z]\b|\bEnter\b|\b[TA]ype\b|\btype\b|Answer|Begin", re.IGNORECASE
)
"""How a refusal names what to press or type next."""


@dataclass
class Step:
    """What the journal's lines say of a step."""

    mark: str = "open"
    values: dict[str, str] = field(default_factory=dict)
    backup: str = ""
    origin: str = ""
    at: int = 0
    """The number of the line that made its mark."""


@dataclass
class Lines:
    """A journal, read as JSON lines."""

    header: dict[str, Any]
    events: list[dict[str, Any]]
    steps: dict[str, Step]

    @classmethod
    def of(cls, path: Path) -> Lines:
        """Return what the lines of the journal at `path` say."""
        header, *events = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        steps = {step["id"]: Step() for step in header["procedure"]["steps"]}
        for number, event in enumerate(events):
            _take(steps[event["step"]], number, event)
        return cls(header, events, steps)

    def values_at(self, step_id: str) -> dict[str, str]:
        """Return the values that were written down before a step."""
        known: dict[str, str] = {}
        for one in self.header["procedure"]["steps"]:
            if one["id"] == step_id:
                return known
            known |= self.steps[one["id"]].values
        raise KeyError(step_id)


def _take(step: Step, number: int, event: dict[str, Any]) -> None:
    match event["event"]:
        case "StepJudged":
            deciding = [one for one in event["verdicts"] if one["decides"]]
            good = all(one["passed"] for one in deciding)
            step.mark = "sensed" if good else "open"
            step.backup, step.origin = event["backup"], event["origin"]
        case "StepTicked" | "QuestionAnswered":
            step.mark = "by hand"
        case "ValuesWritten":
            step.mark, step.values = "by hand", dict(event["values"])
        case "StepOverridden":
            step.mark, step.values = "overridden", {}
        case "FindingAccepted":
            step.mark = "found"
        case "StepRetried" | "StepDoubted":
            step.mark = "open"
        case _:
            return
    step.at = number


def violations(trial: Trial) -> Iterator[str]:
    """Yield everything that was said and is not so, each with a word for its kind."""
    yield from (f"FALSE [A]: {one}" for one in trial.said.false)
    if not trial.finished:
        yield f"DEAD END: {trial.run.current.id if trial.run else 'nowhere'}"
    for happened, following in trial.said.refusals:
        if not _WAY.search(following):
            yield f"NO WAY ON: {happened} {following}"
    if trial.journal is None:
        return
    lines, record = Lines.of(trial.journal), read_run(trial.journal)
    yield from _report(lines, record)
    yield from _raw(record)
    if record.outcome == "VERIFIED":
        yield from _false_in_the_end(trial, lines, record)
        yield from _lost(trial, lines, record)


def _report(lines: Lines, record: RunRecord) -> Iterator[str]:
    """Yield what the record says was done, and the journal's lines do not have."""
    for step in record.steps:
        mine = lines.steps[step.id]
        if step.mark in ("open", "left out"):
            continue
        if step.mark != mine.mark:
            yield f"REPORT: {step.id} is {step.mark}, and the journal has it {mine.mark}"
        if dict(step.values) != mine.values:
            yield f"REPORT: {step.id} gives {step.values}, and the journal has {mine.values}"
        if step.backup is not None and step.backup.file != Path(mine.backup).name:
            yield f"REPORT: {step.id} names the file {step.backup.file}, not {mine.backup}"
    skipped = [step.id for step in record.steps if step.mark == "overridden"]
    found = [step.id for step in record.steps if step.mark == "found"]
    if record.outcome == "VERIFIED" and skipped + found:
        yield f"REPORT: VERIFIED, and {', '.join(skipped + found)} not proved"
    if record.outcome == "VERIFIED" and any(step.mark == "open" for step in record.steps):
        yield "REPORT: VERIFIED with an open step"
    if record.outcome == "VERIFIED":
        yield from _without_answer(lines)


_RAW = re.compile(
    r"\bCC ?\d|\b\d[0-9A-F] in \d|\bbytes\b|sha256|\.journal|\bbender\b|\d+\.\d+\.\d+\.\d+"
    r"|[\"' ]/\w+/|(\b[\w ]+: )\1|\?:|REFUSED|UNKNOWN|MISMATCH|No answer, and"
)
"""What the owner of an instrument cannot read, or reads twice."""


def _raw(record: RunRecord) -> Iterator[str]:
    """Yield what is raw on the customer's page of a run."""
    visit = VisitRecord(id="visit", created=record.started)
    page = render(Report(visit, None, (record,), (), (), (), ()), "text", customer=True)
    yield from (f"RAW PAGE: {one[0]!r}" for one in _RAW.finditer(" ".join(page.split())))


def _without_answer(lines: Lines) -> Iterator[str]:
    """Yield what was asked last at the end, or before a step that was done, without an answer."""
    last = {
        (event["event"], event["step"] if event["event"] == "BackupCompared" else ""): event
        for event in lines.events
        if event["event"] in ("AskedAgain", "BackupCompared")
    }
    for (what, step), event in last.items():
        if any(one["passed"] is None for one in event["verdicts"]) and (
            not step or lines.steps[step].mark in ("sensed", "by hand")
        ):
            yield f"REPORT: VERIFIED, and {what} has no answer {step}"


def _false_in_the_end(trial: Trial, lines: Lines, record: RunRecord) -> Iterator[str]:
    """Yield the last claim of each subject that is no longer so."""
    last: dict[str, tuple[str, str]] = {}
    marks = {step.id: step.mark for step in record.steps}
    texts = {step["id"]: step for step in lines.header["procedure"]["steps"]}
    done = [step for step in marks if marks[step] in ("sensed", "by hand")]
    for step_id in sorted(done, key=lambda one: lines.steps[one].at):
        for subject in texts[step_id].get("changes", ()):
            last.pop(subject, None)
        if marks[step_id] != "sensed":
            continue
        values = lines.values_at(step_id)
        for text in texts[step_id].get("claims", ()):
            claim = filled(text, values)
            last[claim.partition(" = ")[0]] = (claim, step_id)
    order = list(texts)
    sources = [one for one in order if texts[one]["kind"] == "source"]
    card = [
        lines.steps[one].backup
        for one in order
        if texts[one]["kind"] == "backup" and texts[one].get("bank") == "card"
    ]
    kept = [
        lines.steps[one].backup
        for one in order
        if texts[one]["kind"] in ("backup", "receive")
        and texts[one].get("bank") != "card"
        and lines.steps[one].backup
    ]
    for claim, step_id in last.values():
        if not lasts(claim):
            continue
        named = texts[step_id].get("from", "")
        origin = lines.steps[named].backup if named else ""
        origin = origin or next((lines.steps[one].origin for one in sources[::-1]), "")
        if claim == "memory = its backup" and not named:
            origin = kept[-1] if kept else ""
        moment = Moment(
            trial.machine,
            trial.witness,
            0.0,
            origin=origin,
            card_backup=card[-1] if card else "",
            before=trial.start.parts,
        )
        if not is_true(claim, moment):
            yield f"FALSE VERIFIED: {step_id}: {claim}"


def _lost(trial: Trial, lines: Lines, record: RunRecord) -> Iterator[str]:
    """Yield what was in the memory or on the card, and is now nowhere."""
    kept = [image for path in _dumps(trial) if (image := _image(path)) is not None]
    places = [Image.of(trial.machine.contents), *kept]
    # The card of the start may lie on the table, behind another.
    there = [card for card in (trial.machine.card, trial.machine.spare_card) if card is not None]
    cards = [*(Image.of(card.contents) for card in there), *kept]
    worthless = {part for part, data in trial.start.parts.items() if is_initial(part, data)}
    for start, where in ((trial.start, places), (trial.start_card, cards)):
        if start is None:
            continue
        gone = [
            name
            for name in sorted(_missing(start, where), key=str)
            if not (start is trial.start and _part_of(name[0]) in worthless)
            and not (start is trial.start and name[0] == "program" and name[1] in trial.warned)
        ]
        # A wrong key on a page of GLOBAL changes a setting there, and nothing is lost by it. One on
        # the page of a drum kit changes what only Global holds: no MIDI shows it, and who has not
        # read the memory can only say that nothing proves it to be as it was.
        unread = start is trial.start and AS_BEFORE in record.unproved
        excused = {"global", "drum instrument"} if unread else {"global"}
        gone = [name for name in gone if name[0] not in excused]
        now = trial.machine.board.memory.allocation if start is trial.start else None
        alarmed = loss_named(lines.events, gone, now, behind=bool(trial.behind))
        if gone and not (alarmed or _named(trial, lines, record)):
            what = "the M1" if start is trial.start else "the card"
            yield f"LOST: of {what} {len(gone)}: {gone[:3]}; {trial.behind}"


def loss_named(
    events: Sequence[Mapping[str, Any]],
    gone: Collection[tuple[str, int | None]],
    now: Allocation | None,
    *,
    behind: bool,
) -> bool:
    """Tell whether the alarms among `events` named all that is gone.

    `now` is the allocation of the M1, None for a loss of the card: none of them names that. That of
    another allocation names of the M1 the sounds that only 100/100 has room for, or songs if hands
    did what no step asked for, which is `behind`.
    """
    lost = {
        (event["advice"][0], event["lost"])
        for event in events
        if event["event"] == "AlarmRaised" and event["lost"]
    }
    codes = {code for code, _ in lost}
    if now is not None:
        emptied = any(event.get("initialised") for event in events) or INITIALISED in codes
        if emptied or (behind and EMPTIED in codes):
            return True
        named = {text for code, text in lost if code in REALLOCATED}
        gone = [one for one in gone if not _said(*one, named, now, behind=behind)]
    of_songs = all(_part_of(kind) is Part.SEQUENCE for kind, _ in gone)
    return not gone or (now is not None and "songs-touched" in codes and of_songs)


def _said(
    kind: str, number: int | None, lost: Collection[str], now: Allocation, *, behind: bool
) -> bool:
    """Tell whether one of the losses says it; no number stands for how many there are `now`."""
    if _part_of(kind) is Part.SEQUENCE:
        return behind and DESTROYED[Allocation.LARGE_PROGRAM] in lost
    if _part_of(kind) not in SOUNDS:
        return False
    if number is None:
        return DESTROYED[now] in lost
    return number >= ROOM and DESTROYED[Allocation.LARGE_SEQUENCE] in lost


def _named(trial: Trial, lines: Lines, record: RunRecord) -> bool:
    """Tell whether it went before anybody could read it, and the record does not say otherwise.

    With Exclusive at DIS no M1 says what hands do. What was read after that is what is proved.
    """
    read = any(step.backup for step in lines.steps.values())
    return trial.unseen and (read or AS_BEFORE in record.unproved)


def _part_of(kind: str) -> Part:
    kinds = {
        "program": Part.PROGRAMS,
        "programs": Part.PROGRAMS,
        "combination": Part.COMBINATIONS,
        "combinations": Part.COMBINATIONS,
        "global": Part.GLOBAL,
        "drum instrument": Part.GLOBAL,
    }
    return kinds.get(kind, Part.SEQUENCE)


def _missing(start: Image, places: list[Image]) -> set[tuple[str, int | None]]:
    """Return the objects of `start` that none of the places has."""
    missing: set[tuple[str, int | None]] | None = None
    for place in places:
        gone = set(different(start, place))
        missing = gone if missing is None else missing & gone
        if not missing:
            return set()
    return missing or set()


def _dumps(trial: Trial) -> Iterator[Path]:
    yield from sorted((trial.folder / "data" / "backups").rglob("*.syx"))


def _image(path: Path) -> Image | None:
    try:
        return image_of_file(path.read_bytes())
    except NoDump:
        return None
