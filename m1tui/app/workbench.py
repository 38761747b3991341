"""The workbench: one link to one instrument, the library, the procedures - and no screen.

Everything here returns frozen snapshots; the app's workers call it, the screens draw them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.app.snapshots import Live, ProcedureCard, Shelf, Unfinished
from m1tui.engine import Diagnosis, Instrument, diagnose, find_instrument
from m1tui.link import Link, LinkLost
from m1tui.link.ports import PortInfo, list_ports, open_port
from m1tui.options import Options
from m1tui.procedures import Journal, Procedure, UnfinishedRun, load_library, unfinished
from m1tui.store import Store
from m1tui.sysex import ModeData

REHEARSED = "virtual:healthy"
"""The port of the virtual M1 that stands in where no instrument is found."""
KEPT = "virtual"
"""The port that goes on with the virtual M1 as it was left."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of looking for an instrument."""

    live: Live
    notice: str = ""
    """What a person has to know about it."""


class Workbench:
    """Owns the link; only one conversation at a time is held over it."""

    def __init__(
        self,
        options: Options,
        store: Store,
        *,
        ports: Callable[[], list[PortInfo]] = list_ports,
        procedures: Mapping[str, Procedure] | None = None,
    ) -> None:
        """Work with `store`; `ports` lists the MIDI interfaces that `auto` tries."""
        self.options = options
        self.store = store
        self.instrument: Instrument | None = None
        self.wire = asyncio.Lock()
        """Held by whoever speaks with the instrument."""
        self._ports = ports
        self._procedures = procedures
        self._refused: tuple[str, ...] = ()
        self._live = Live()

    @property
    def busy(self) -> bool:
        """Whether somebody speaks with the instrument."""
        return self.wire.locked()

    @property
    def procedures(self) -> Mapping[str, Procedure]:
        """Return all procedures by id, a person's own among them."""
        if self._procedures is None:
            library = load_library()
            self._procedures = library.procedures
            self._refused = tuple(
                error.advice.happened.partition("\n")[0].rstrip(":") for error in library.refused
            )
        return self._procedures

    async def open(self) -> Opened:
        """Let go of what was open, and open the port of the options; ask nothing yet.

        Raises Trouble when the link cannot be opened.
        """
        async with self.wire:
            await self._let_go()
            port, notice, instrument = self.options.port, "", None
            if port == "auto":
                ports = self._ports()
                instrument = await self._find(ports)
                port, notice = self._stand_in(), nothing_found(ports)
            if instrument is None:
                instrument = Instrument(self._link(port), channel=self.options.channel)
                await instrument.open()
            else:
                notice = ""
            if self.options.transcript is not None:
                instrument.link.transcript.stream_to(self.options.transcript)
            self.instrument = instrument
            self._live = replace(live_state(instrument, instrument.diagnosis, None), summary="...")
            return Opened(self._live, notice)

    async def diagnose(self) -> Live:
        """Ask the instrument who and how it is, unless looking for it has told; then look."""
        async with self.wire:
            instrument = self.instrument
            if instrument is not None and instrument.diagnosis is None:
                await diagnose(instrument, channel=self.options.channel)
            if instrument is not None:
                self._live = await self._look(instrument)
            return self._live

    def _link(self, port: str) -> Link:
        return open_port(port, data_dir=self.store.data_dir)

    async def _find(self, ports: list[PortInfo]) -> Instrument | None:
        links = [self._link(info.port) for info in ports]
        return await find_instrument(links, channel=self.options.channel)

    def _stand_in(self) -> str:
        """Return the port of the virtual M1: as it was left when a rehearsal can go on."""
        runs = unfinished(self.store.journal_folder)
        return KEPT if any(rehearsed(run.header.port) for run in runs) else REHEARSED

    async def close(self) -> None:
        """Let go of the instrument."""
        async with self.wire:
            await self._let_go()

    async def _let_go(self) -> None:
        instrument, self.instrument = self.instrument, None
        if instrument is not None:
            await instrument.close()

    async def look(self) -> Live:
        """Ask the instrument for its mode and return what is known of it."""
        async with self.wire:
            if self.instrument is not None:
                self._live = await self._look(self.instrument)
            return self._live

    async def _look(self, instrument: Instrument) -> Live:
        try:
            mode = await instrument.mode_data()
            diagnosis = instrument.diagnosis
            if mode is not None and (diagnosis is None or not diagnosis.ready):
                diagnosis = await diagnose(instrument, channel=self.options.channel)
        except LinkLost:
            await self._let_go()
            return replace(self._live, mode="", summary="link lost: press l on home")
        return live_state(instrument, diagnosis, mode)

    def sketch(self) -> Live:
        """Return what is known with a virtual M1's display as it is now, asking nothing."""
        if self.instrument is not None and self.instrument.link.rehearsal is not None:
            hands = self.instrument.link.rehearsal
            self._live = replace(self._live, display=hands.display(), power=hands.state())
        return self._live

    def shelf(self) -> Shelf:
        """Return the procedures, the runs that can be resumed, and the backups' place."""
        cards = sorted(
            (card_of(procedure) for procedure in self.procedures.values()),
            # The long jobs first: they are what one opens the program for.
            key=lambda card: (card.group, -card.minutes, card.title),
        )
        runs = unfinished(self.store.journal_folder)
        return Shelf(
            tuple(cards),
            tuple(unfinished_of(run) for run in runs),
            str(self.store.backups_folder),
            len(self.store.backups()),
            self._refused,
        )

    def begin(self, procedure_id: str) -> Journal:
        """Begin a run of a procedure with the instrument. Raises Trouble."""
        port = self.instrument.link.port if self.instrument is not None else self.options.port
        procedure = self.procedures.get(procedure_id)
        if procedure is None:
            raise Trouble(not_there(procedure_id))
        return Journal.begin(
            self.store.journal_folder,
            procedure,
            port=port,
            now=self.store.now,
        )

    def resume(self, journal: str) -> Journal:
        """Open the run in the journal of that file name again. Raises Trouble.

        What a virtual M1 proved says nothing of a real one, so neither goes on with the other's.
        """
        opened = Journal.open(self.store.journal_folder / Path(journal).name, now=self.store.now)
        begun_on = opened.header.port
        here = self.instrument.link.port if self.instrument is not None else ""
        if here and rehearsed(here) != rehearsed(begun_on):
            opened.close()
            raise Trouble(other_kind(begun_on, here))
        return opened


def rehearsed(port: str) -> bool:
    """Tell whether `port` leads to a virtual M1 in this program."""
    return port.partition(":")[0] == KEPT


def not_there(procedure_id: str) -> Advice:
    """Return that an answer led to a procedure that is not there."""
    return Advice(
        happened=f'There is no procedure "{procedure_id}" to go on with.',
        safe="What was done before is saved.",
        cause="A file of procedures names one that was moved, or that cannot be used.",
        next_step="`m1tui procedures check FILE` tells what is wrong with a file.",
    )


def other_kind(begun_on: str, here: str) -> Advice:
    """Return why a run that was begun on one kind of instrument is not resumed on another."""
    virtual = "a rehearsal on a virtual M1"
    was = virtual if rehearsed(begun_on) else f"work on a real M1, on {begun_on}"
    now = virtual if rehearsed(here) else f"a real M1, on {here}"
    port = KEPT if rehearsed(begun_on) else begun_on
    return Advice(
        happened=f"That run is {was}; open now is {now}.",
        safe="Nothing was changed; the run stays as it is.",
        next_step=f"Start m1tui with --port {port} to go on with it.",
    )


def nothing_found(ports: list[PortInfo]) -> str:
    """Return what a person has to know when no M1 answered on any of `ports`."""
    tried = ", ".join(info.name for info in ports)
    warnings = "".join(f" {info.warning}" for info in ports if info.warning)
    where = f"No M1 answers on {tried}.{warnings}" if ports else "No MIDI interface was found."
    return (
        f"{where} This is a rehearsal on a virtual M1: nothing can be lost. "
        "Connect an M1 both ways, switch it on, and press l."
    )


def live_state(instrument: Instrument, diagnosis: Diagnosis | None, mode: ModeData | None) -> Live:
    """Return the snapshot of an instrument, what is unknown left out."""
    identity = diagnosis.identity if diagnosis is not None else None
    hands = instrument.link.rehearsal
    live = Live(
        model=identity.model if identity is not None else "",
        link=instrument.link.title,
        rehearsal=hands is not None,
        summary="" if mode is not None and diagnosis and diagnosis.ready else summary(diagnosis),
    )
    if mode is not None:
        live = replace(
            live,
            channel=instrument.channel + 1,
            mode=mode.mode.label if mode.mode is not None else "",
            allocation=mode.allocation.label if mode.allocation is not None else "",
            card=f"card {mode.card.value}",
        )
    if hands is not None:
        return replace(
            live,
            display=hands.display(),
            display_label="the virtual M1's display",
            power=hands.state(),
        )
    rom = f" #{identity.rom:02d}" if identity is not None and identity.rom is not None else ""
    greeting = f"KORG Music Workstation M1{rom}" if identity is not None else ""
    told = "  ".join(part for part in (live.mode, live.allocation, live.summary) if part)
    return replace(live, display=(greeting, told))


def summary(diagnosis: Diagnosis | None) -> str:
    """Return in a few words why the instrument is not ready."""
    if diagnosis is None or diagnosis.ready:
        return "no answer"
    return diagnosis.summary


def card_of(procedure: Procedure) -> ProcedureCard:
    """Return a procedure as home lists it."""
    return ProcedureCard(
        procedure.id,
        procedure.title,
        procedure.group,
        procedure.purpose,
        procedure.minutes,
        procedure.tools,
        procedure.risk,
        len(procedure.steps),
    )


def unfinished_of(run: UnfinishedRun) -> Unfinished:
    """Return a run as home offers to resume it."""
    procedure = run.header.procedure
    return Unfinished(
        run.path,
        procedure.id,
        procedure.title,
        run.run.position + 1,
        len(procedure.steps),
        run.run.current.title,
        run.header.started[:16].replace("T", " "),
        rehearsed(run.header.port),
    )
