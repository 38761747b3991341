"""Lays a survey out as a document for people who were not there."""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.manners import BY_NAME
from m1tui.store.report.document import Block, Document, Facts, Notice, Paragraph, Section
from m1tui.store.report.markdown import as_markdown
from m1tui.store.report.text import as_text
from m1tui.surveys import Finding, State, Survey
from m1tui.sysex import printable

REAL = (
    "Send this file and survey.json to the project: open an issue with the template for hardware "
    "reports and attach both. They contain no names of your sounds and no serial number."
)
REHEARSED = "This was a virtual M1, so there is nothing to send. It was a rehearsal."


def survey_markdown(survey: Survey) -> str:
    """Return the report of a survey as Markdown."""
    return as_markdown(survey_document(survey))


def survey_text(survey: Survey) -> str:
    """Return the report of a survey as plain text."""
    return as_text(survey_document(survey))


def survey_document(survey: Survey) -> Document:
    """Return the report of a survey: what is settled, what is not, and on what it rests."""
    findings = survey.all()
    others = [one for one in findings if one.state is State.OTHERWISE]
    held = [one for one in findings if one.state is State.HELD]
    open_ = [one for one in findings if one.state is State.NOT_TRIED]
    return Document(
        "Survey of a virtual M1" if survey.virtual else "Survey of a Korg M1",
        (
            Section("The instrument", tuple(_instrument(survey))),
            Section(
                f"Otherwise than assumed: {len(others)}",
                tuple(_found(others, "Nothing is otherwise than m1tui assumes.")),
            ),
            Section(f"As assumed: {len(held)}", tuple(_found(held, "Nothing was settled so."))),
            Section(f"Not settled: {len(open_)}", tuple(_not_settled(open_))),
            Section("Times", (Facts(tuple(_times(survey))),)),
            Section("Displays", tuple(_wordings(survey))),
            Section("Transcript", tuple(_transcript(survey))),
            Section(
                "How to send it",
                (Paragraph(REHEARSED if survey.virtual else REAL),),
            ),
        ),
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
            ("Classes", ", ".join(survey.classes)),
        )
    )
    if survey.unchanged:
        yield Paragraph(f"Left as it was, proved: {survey.unchanged}.")
    else:
        yield Notice("It is not proved that the instrument is as it was: the survey did not end.")


def _found(findings: list[Finding], none: str) -> Iterator[Block]:
    if not findings:
        yield Paragraph(none)
        return
    yield Facts(tuple((one.manner, _said(one)) for one in findings))


def _said(finding: Finding) -> str:
    manner = BY_NAME[finding.manner]
    means = manner.alternatives.get(finding.word or "", "none of the known alternatives")
    word = printable(finding.word or "")
    return f"{manner.about}: {word} ({means}). {printable(finding.evidence)}"


def _not_settled(findings: list[Finding]) -> Iterator[Block]:
    if not findings:
        yield Paragraph("All is settled.")
        return
    yield Facts(tuple((one.manner, printable(one.evidence)) for one in findings))


def _times(survey: Survey) -> Iterator[tuple[str, str]]:
    for name, value in survey.times.items():
        unit = "bytes a second" if name.endswith("rate") else "s"
        yield printable(name), f"{value:,.3f} {unit}"
    if not survey.times:
        yield "Measured", "nothing"


def _wordings(survey: Survey) -> Iterator[Block]:
    if not survey.wordings:
        yield Paragraph("No display was typed.")
        return
    yield Facts(
        tuple(
            (printable(one.page), " / ".join(printable(line) for line in one.lines))
            for one in survey.wordings
        )
    )


def _transcript(survey: Survey) -> Iterator[Block]:
    yield Paragraph(
        "Seconds, > to the M1 or < from it, bytes. Of dumps only the first six bytes are shown."
    )
    yield Facts(
        tuple((one.manner, "\n".join(one.exchange)) for one in survey.all() if one.exchange)
        or (("Traffic", "none"),)
    )
