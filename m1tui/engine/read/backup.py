"""Reads what an M1 holds, twice, and names what the dump holds and what no dump can hold."""

from __future__ import annotations

from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.engine.read.reading import Reading, expected_bytes, read_settled
from m1tui.facts import Backup
from m1tui.sysex import Bank, Contents, ModeData, Part
from m1tui.sysex.causes import cause_of, is_problem, said
from m1tui.sysex.examine import Finding, Grade, Sign, examine

_OTHERS = {
    Part.PROGRAMS: "programs",
    Part.COMBINATIONS: "combinations",
    Part.GLOBAL: "global settings with the drum kits",
    Part.SEQUENCE: "the sequencer's songs and patterns",
}


async def back_up(
    instrument: Instrument,
    *,
    part: Part = Part.ALL,
    bank: Bank = Bank.INTERNAL,
    progress: ProgressHandler | None = None,
) -> Backup:
    """Read `part` of `bank` until two readings agree.

    Raises ReadError when two of three readings never agree, TwoInstruments, and LinkLost.
    """
    meter = Meter(progress, instrument.link.bytes_per_second)
    mode_data = instrument.diagnosis.mode_data if instrument.diagnosis is not None else None
    phases = (Phase.READING.of(bank), Phase.READING_TO_COMPARE)
    for phase in phases:
        meter.plan(phase, expected_bytes(part, mode_data))
    with instrument.operation():
        reading = await read_settled(
            instrument,
            (part,),
            bank,
            meter=meter,
            phases=phases,
            still=False,
        )
        await instrument.hear_out()
    return backup_of(instrument, reading, part, bank)


def backup_of(instrument: Instrument, reading: Reading, part: Part, bank: Bank) -> Backup:
    """Return a settled reading of `part` as what is to be kept."""
    return Backup(
        contents=reading.contents,
        dump=reading.dump,
        part=part,
        bank=bank,
        reads=reading.reads,
        notes=(*reading.notes, *content_notes(reading.contents)),
        not_held=not_held(instrument, reading.contents, bank, reading.behind),
    )


def content_notes(contents: Contents) -> tuple[str, ...]:
    """Return why a reading is worth less than a backup: it is damaged, doubtful or initialised.

    A cause that several parts share is said once, after the last of them.
    """
    findings = [one for one in examine(contents).findings if one.grade is not Grade.SOUND]
    notes = [_noted(one) for one in findings]
    return tuple(
        text if cause in (later for _, later in notes[at:]) else _joined(text, cause)
        for at, (text, cause) in enumerate(notes, 1)
    )


def content_note(finding: Finding) -> str:
    """Return one sign in an instrument's memory, with its likely cause."""
    return _joined(*_noted(finding))


def _noted(finding: Finding) -> tuple[str, str]:
    """Return one sign in an instrument's memory in a sentence, and its likely cause, or ""."""
    if is_problem(finding):
        return f"DAMAGED: {said(finding)}.", _IN_MEMORY
    # A file's cause is not that of a memory, but for one that lost all its sounds.
    if finding.sign in (Sign.CR_TO_LF, Sign.LF_TO_CR):
        return f"{said(finding)}.", _BY_CHANCE
    lost = finding.sign in (Sign.INITIALISED, Sign.NAMELESS)
    return f"{said(finding)}.", " ".join(cause_of(finding.code)) if lost else ""


def _joined(sentence: str, cause: str) -> str:
    return f"{sentence} {cause}".rstrip()


_BY_CHANCE = (
    "With so few bytes this may be chance. If it is not, a file that had been changed by a "
    "text-mode transfer was restored at some time: listen to the sounds."
)
_IN_MEMORY = (
    "The M1 was read until two readings agreed, so this is in its memory. The usual cause is "
    "a battery that failed, or a damaged file that was restored."
)


def not_held(
    instrument: Instrument, contents: Contents, bank: Bank, behind: ModeData | None = None
) -> tuple[str, ...]:
    """Return what a dump of `contents` does not hold, with the present values where known.

    `behind` is what the M1 was set to when it was read: what it was found with is older.
    """
    diagnosis = instrument.diagnosis
    channel = f" (now {instrument.channel + 1})" if diagnosis is not None else ""
    told = behind or (diagnosis.mode_data if diagnosis is not None else None)
    now = told.allocation if told is not None else None
    if bank is Bank.INTERNAL and contents.allocation is not None:
        now = contents.allocation
    allocation = f" (now {now.label})" if now is not None else ""
    missing = [name for part, name in _OTHERS.items() if part not in contents.parts]
    no_dump = [
        f"global MIDI channel{channel}",
        "MIDI clock source",
        "local control",
        "MIDI filters",
        "memory protects",
        f"memory allocation{allocation}",
    ]
    other = "the internal memory" if bank is Bank.CARD else "the contents of a card"
    return (*missing, *no_dump, other)
