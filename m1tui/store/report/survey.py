"""Lays a survey out as a document for people who were not there."""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.manners import BY_NAME
from m1tui.store.report.document import Block, Document, Facts, Notice, Paragraph, Section
from m1tui.store.report.formats import as_markdown, as_text
from m1tui.surveys import FULL_SPEED, GAP, NOT_CHOSEN, Finding, State, Survey, Wording
from m1tui.sysex import printable

REAL = (
    "Send this file and survey.json, and photographs beside them if there are any: open an issue "
    'with the template "Hardware report" on the page where you found m1tui, and attach them. '
    "Without an account there, send them to the person who gave you m1tui. They contain no names "
    "of your sounds, no edit buffer and no serial number. transcript.txt is there only if you "
    "asked for it; it contains your sounds."
)
ABOUT = (
    "m1tui is a program that leads a person through the maintenance of a Korg M1. Some facts that "
    "it relies on have one source or none. A survey settles them for one M1 by experiment. In "
    "the tables below, each line is one fact: its name, what it says and what was seen. Where a "
    "fact is not as assumed, or not settled, its line also says what in m1tui depends on it."
)
REHEARSAL = "This was a rehearsal on a virtual M1. It says nothing about a real one."
NOTHING_TO_SEND = "This was a rehearsal on a virtual M1, so there is nothing to send."


def survey_markdown(survey: Survey) -> str:
    """Return the report of a survey as Markdown."""
    return as_markdown(survey_document(survey))


def survey_text(survey: Survey) -> str:
    """Return the report of a survey as plain text."""
    return as_text(survey_document(survey))


def survey_document(survey: Survey) -> Document:
    """Return the report of a survey: what is settled, what is not, and on what it rests."""
    findings = survey.all()
    others, held, tried, left = (
        [one for one in findings if one.state is state]
        for state in (State.OTHERWISE, State.HELD, State.OPEN, State.NOT_TRIED)
    )
    return Document(
        "Survey of a virtual M1" if survey.virtual else "Survey of a Korg M1",
        (
            Section("What this is", tuple(_about(survey))),
            Section("In short", (Paragraph(_short(others, held, tried, left)), *_proof(survey))),
            Section("The instrument", tuple(_instrument(survey))),
            Section(
                f"Settled, not as assumed: {len(others)}",
                tuple(_found(others, "Nothing differs from what m1tui assumes.")),
            ),
            Section(f"Settled, as assumed: {len(held)}", tuple(_found(held, "Nothing so far."))),
            Section(
                f"Tried, not settled: {len(tried)}",
                tuple(_not_settled(tried, "Everything tried is settled.")),
            ),
            Section(
                f"Not tried: {len(left)}",
                tuple(_not_settled(left, "Everything was tried.")),
            ),
            Section("What to do now", tuple(_next(survey, [*tried, *left]))),
            Section("Times", (Facts(tuple(_times(survey))),)),
            Section("Displays", tuple(_wordings(survey))),
            Section("Transcript", tuple(_transcript(survey))),
            Section(
                "How to send it",
                (Paragraph(NOTHING_TO_SEND if survey.virtual else REAL),),
            ),
        ),
    )


def _about(survey: Survey) -> Iterator[Block]:
    if survey.virtual:
        yield Notice(REHEARSAL)
    yield Paragraph(ABOUT)


def _short(*groups: list[Finding]) -> str:
    others, held, tried, left = map(len, groups)
    return (
        f"m1tui relies on {sum(map(len, groups))} facts about the M1 that have one source or "
        f"none. Settled on this M1: {others + held} ({held} as m1tui assumes, {others} not). "
        f"Tried and not settled: {tried}. Not tried: {left}."
    )


def _proof(survey: Survey) -> Iterator[Block]:
    if survey.unchanged:
        yield Paragraph(f"The instrument was left as it was. Proof: {survey.unchanged}.")
        return
    yield Notice("It is not proved that the instrument is as it was: the survey has not ended.")
    owed = [_OWED.get(name, f"{name} (it was {was})") for name, was in survey.owed.items()]
    if owed:
        said = f"Not put back when this was written: {printable(', '.join(owed))}."
        yield Paragraph(f"{said} Run m1tui survey again on this M1: it puts that back first.")


_OWED = {
    "exclusive was DIS": "Exclusive (it was DIS)",
    "exclusive was ENA": "Exclusive (it was ENA)",
}
"""What was not put back, where its word in the file is no name."""


def _next(survey: Survey, unsettled: list[Finding]) -> Iterator[Block]:
    if not survey.unchanged:
        yield Paragraph("To continue this survey, run m1tui survey again with the same folder.")
        return
    if unsettled:
        yield Paragraph(
            "To settle more, do what the lines above ask for, then run m1tui survey --continue on "
            "the same M1, with the same folder. Until then m1tui relies on its assumptions, and "
            "still asks the M1 about each step."
        )
    yield Paragraph(
        "To practise on a virtual M1 that behaves like this one: m1tui --port "
        "virtual:like:survey.json"
    )


def _instrument(survey: Survey) -> Iterator[Block]:
    rom = "unknown" if survey.rom is None else str(survey.rom)
    software = "unknown" if survey.software is None else str(survey.software)
    yield Facts(
        (
            ("ROM number", rom),
            ("Software version", software),
            ("Interface", printable(survey.interface)),
            ("Date", survey.when),
            ("m1tui", survey.program),
            ("Experiments", ", ".join(survey.classes)),
        )
    )


def _found(findings: list[Finding], none: str) -> Iterator[Block]:
    if not findings:
        yield Paragraph(none)
        return
    yield Facts(tuple((one.manner, _said(one)) for one in findings))


def _said(finding: Finding) -> str:
    manner = BY_NAME[finding.manner]
    word = printable(finding.word or "")
    means = manner.alternatives.get(finding.word or "", f"not a known answer: {word}")
    assumed = manner.alternatives[manner.default]
    other = "" if finding.state is State.HELD else f" m1tui assumes: {assumed}."
    seen = f"{_question(finding)} {means}.{other} Seen: {printable(finding.evidence)}"
    return seen if finding.state is State.HELD else f"{seen} {_depends(finding)}"


def _depends(finding: Finding) -> str:
    return f"What depends on it: {BY_NAME[finding.manner].depends}."


def _question(finding: Finding) -> str:
    about = BY_NAME[finding.manner].about
    return f"{about[0].upper()}{about[1:]}:"


def _why_not(finding: Finding) -> str:
    if finding.evidence == NOT_CHOSEN:
        return "No experiment on it was run."
    return printable(finding.evidence)


def _not_settled(findings: list[Finding], none: str) -> Iterator[Block]:
    if not findings:
        yield Paragraph(none)
        return
    yield Facts(
        tuple((one.manner, f"{_question(one)} {_why_not(one)} {_depends(one)}") for one in findings)
    )


_TIMES = {
    "mode reply": "Slowest answer to a mode request",
    "first byte of a dump": "First byte of a dump after its request",
    GAP: "Longest silence inside a dump",
    "dump rate": "Speed of a dump",
    "reply to a dump": "Reply to a dump after its last byte",
    f"{FULL_SPEED} Global": "Sent without a pause and received unchanged: Global, reply after",
    f"{FULL_SPEED} programs": "Sent without a pause and received unchanged: programs, reply after",
    "power-on": "First answer after power-on",
}


def _times(survey: Survey) -> Iterator[tuple[str, str]]:
    for name, value in survey.times.items():
        said = f"{value:,.0f} bytes a second" if name.endswith("rate") else f"{value:,.3f} s"
        yield _TIMES.get(name, printable(name)), said
    if not survey.times:
        yield "Measured", "nothing"


def _wordings(survey: Survey) -> Iterator[Block]:
    if not survey.wordings:
        yield Paragraph("No display text was typed.")
        return
    yield Facts(tuple((printable(one.page), _wording(one)) for one in survey.wordings))


def _wording(wording: Wording) -> str:
    typed = " / ".join(printable(line) for line in wording.lines if line) or "not typed"
    return f"{typed}; photograph {wording.photograph}" if wording.photograph else typed


def _transcript(survey: Survey) -> Iterator[Block]:
    yield Paragraph(
        "Seconds, > to the M1 or < from it, bytes. Only the first six bytes of dumps are shown, "
        "and the notes of a song that played are left out."
    )
    yield Facts(
        tuple((one.manner, "\n".join(one.exchange)) for one in survey.all() if one.exchange)
        or (("Traffic", "none"),)
    )
