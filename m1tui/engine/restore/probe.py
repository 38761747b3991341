"""Asks whether memory is protected, by writing back what is there.

Programs: the edit buffer is kept, loaded with what slot 00 holds, read back, and only if it is
just that, stored in slot 00; then the edit buffer gets back what it held. Combinations likewise.
The sequencer's memory is sent back as it is. Source: M1 MIDI implementation, items 11 to 13.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import MARGIN
from m1tui.engine.restore.edit_buffers import (
    KINDS,
    EditBuffers,
    Kind,
    Record,
    is_load_status,
    status_code,
)
from m1tui.engine.restore.history import Protection
from m1tui.errors import NoReply, Unable
from m1tui.sysex import Bank, BankDump, CardState, Contents, Part, StatusCode

SELECTED_NOW = "is selected now"
"""How evidence ends that says which sound a probe has left selected."""
LOADING = 7.0
"""Seconds for which the reply to a dump that is written back is waited for: no source says how long
an M1 takes to load one."""


@dataclass(slots=True)
class ProbeReport:
    """What the probes found so far; filled while they run, so that it survives a lost link."""

    found: dict[Part, Protection] = field(default_factory=dict)
    evidence: list[str] = field(default_factory=list)
    """One line for each probe, with the M1's reply."""
    wrote: set[Part] = field(default_factory=set)
    """The parts that a write was sent for, of what they held, whatever the M1 replied to it."""
    fell_silent: bool = False
    """Whether the M1 stopped answering when it was put into another mode."""

    @property
    def protected(self) -> tuple[Part, ...]:
        """The parts that are protected."""
        return tuple(part for part, found in self.found.items() if found is Protection.PROTECTED)

    def note(self, part: Part, found: Protection, evidence: str) -> None:
        """Keep the result of one probe."""
        self.found[part] = found
        self.evidence.append(f"{part.value}: {found.value} ({evidence})")


async def probe(
    instrument: Instrument,
    memory: Contents,
    parts: Collection[Part],
    report: ProbeReport,
    bank: Bank = Bank.INTERNAL,
) -> None:
    """Fill `report` for those of `parts` that `memory`, as just read from `bank`, holds.

    Raises LinkLost.

    The mode and the edit buffer that were in use are in use again afterwards.
    """
    if Part.SEQUENCE in parts and memory.sequence is not None:
        await _probe_sequence(instrument, memory, report)
    kinds = [kind for kind in KINDS if kind.part in parts and kind.slots(memory)]
    if kinds:
        await _probe_edit_buffers(instrument, memory, report, kinds, bank)


async def _probe_sequence(instrument: Instrument, memory: Contents, report: ProbeReport) -> None:
    dump = BankDump.of(memory, Part.SEQUENCE, channel=instrument.channel)
    report.wrote.add(Part.SEQUENCE)
    found, said = await _send_back(instrument, dump)
    if found is Protection.PROTECTED:
        found, more, where = await _send_back_in_another_mode(instrument, dump, report)
        said = f"{said}; the same {where}" if more == said else f"{said}; {where}: {more}"
    report.note(Part.SEQUENCE, found, said)


async def _send_back(instrument: Instrument, dump: BankDump) -> tuple[Protection, str]:
    """Send a dump of what is there; return what the reply means, and what was said."""
    try:
        patience = max(LOADING, MARGIN * instrument.link.reply_seconds)
        reply = await instrument.conversation.ask(dump, is_load_status, patience=patience)
    except NoReply as failure:
        return Protection.NOT_ASKED, f"sent back unchanged; {failure.description}"
    code = status_code(reply)
    found = {
        StatusCode.LOAD_COMPLETED: Protection.FREE,
        StatusCode.LOAD_ERROR: Protection.PROTECTED,
    }.get(code, Protection.NOT_ASKED)
    return found, f"sent back unchanged, {_reply(found, code)}"


def _reply(found: Protection, code: StatusCode) -> str:
    """Return what the M1 replied to a write of what is there: what it refused was not written."""
    return "and refused" if found is Protection.PROTECTED else f'reply "{code.label}"'


async def _send_back_in_another_mode(
    instrument: Instrument, dump: BankDump, report: ProbeReport
) -> tuple[Protection, str, str]:
    """Send a dump that was refused once more, in GLOBAL mode, or in PROG mode if it is there.

    Return what the reply means, what was said, and where. An M1 may refuse dumps in some modes
    only: then a refusal says nothing of its protects.
    """
    buffers = EditBuffers(instrument, report.evidence)
    try:
        await buffers.begin()
        other = await buffers.enter_other()
        found, said = await _send_back(instrument, dump)
    except Unable as why:
        return Protection.NOT_ASKED, str(why), "in another mode"
    finally:
        await buffers.end()
    return found, said, f"in {other.label} mode"


async def _probe_edit_buffers(
    instrument: Instrument, memory: Contents, report: ProbeReport, kinds: list[Kind], bank: Bank
) -> None:
    """Probe `kinds`, the one that needs no mode change first."""
    buffers = EditBuffers(instrument, report.evidence)
    try:
        await buffers.begin()
    except Unable as why:
        for kind in kinds:
            report.note(kind.part, Protection.NOT_ASKED, str(why))
        return
    for kind in buffers.in_order(kinds):
        try:
            await buffers.enter(kind)
            kept = await buffers.keep(kind)
            try:
                await _store_00(buffers, kind, memory, report, bank)
            finally:
                await buffers.load(kind, kept)
        except Unable as why:
            report.note(kind.part, Protection.NOT_ASKED, str(why))
        report.fell_silent = buffers.fell_silent
        if buffers.fell_silent:
            return
    await buffers.end()


async def probe_in_place(
    instrument: Instrument, parts: Collection[Part], report: ProbeReport
) -> None:
    """Fill `report` for programs and combinations among `parts` that need not be read for it.

    Slot 00 is selected, which loads it into the edit buffer, and stored again from there: what it
    holds is never sent, and so cannot be damaged on the way. It is stored only after two readings
    of it agreed, each behind one of slot 01 that differed: then the edit buffer came from slot 00.
    Where that cannot be shown the part is left out of `report`: its slots are alike, program
    changes are filtered out, or a card is in, whose bank may be in use. Mode and edit buffers are
    as they were afterwards; the selection where `instrument.memory` tells which it was. Raises
    LinkLost.
    """
    kinds = [kind for kind in KINDS if kind.part in parts]
    buffers = EditBuffers(instrument, report.evidence)
    try:
        if not kinds or (await instrument.ask_mode()).card not in (CardState.NONE, CardState.OFF):
            return
        await buffers.begin()
    except (NoReply, Unable):
        return
    for kind in buffers.in_order(kinds):
        try:
            await buffers.enter(kind, to_select=True)
            kept = await buffers.keep(kind)
            try:
                if await _slot_00_is_loaded(buffers, kind):
                    await _write_00(buffers, kind, report)
            finally:
                await _put_back(instrument, buffers, kind, kept, report)
        except Unable:
            continue
        if buffers.fell_silent:
            return
    await buffers.end()


async def _slot_00_is_loaded(buffers: EditBuffers, kind: Kind) -> bool:
    readings = []
    for number in (1, 0, 1, 0):
        if not await buffers.select(kind, number):
            return False
        readings.append((await buffers.buffer(kind)).raw)
    other, first = readings[:2]
    return readings == [other, first] * 2 and other != first


async def _put_back(
    instrument: Instrument, buffers: EditBuffers, kind: Kind, kept: Record, report: ProbeReport
) -> None:
    known = kind.slots(instrument.memory) if instrument.memory is not None else ()
    same = [at for at, record in enumerate(known) if record.normal() == kept.normal()]
    if len(same) != 1 or not await buffers.select(kind, same[0]):
        shown = buffers.selected.get(kind.part)
        if shown is not None:
            report.evidence.append(f"{kind.word} {shown:02d} {SELECTED_NOW}")
    await buffers.load(kind, kept)


async def _store_00(
    buffers: EditBuffers, kind: Kind, memory: Contents, report: ProbeReport, bank: Bank
) -> None:
    """Write back what slot 00 holds; raises Unable and LinkLost."""
    record = kind.slots(memory)[0]
    await buffers.load(kind, record)
    loaded = await buffers.buffer(kind)
    if loaded.normal() != record.normal():
        raise Unable("the edit buffer did not accept the contents of slot 00")
    await _write_00(buffers, kind, report, bank)


async def _write_00(
    buffers: EditBuffers, kind: Kind, report: ProbeReport, bank: Bank = Bank.INTERNAL
) -> None:
    """Store the edit buffer in slot 00, whose content it holds; raises Unable and LinkLost."""
    report.wrote.add(kind.part)
    code = await buffers.write(kind, bank, 0)
    found = Protection.FREE
    if code is not StatusCode.WRITE_COMPLETED:
        found = Protection.PROTECTED
    report.note(kind.part, found, f"asked to store slot 00 unchanged, {_reply(found, code)}")
