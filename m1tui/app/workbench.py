"""The workbench: one link to one instrument, the library, the procedures - and no screen.

Everything here returns frozen snapshots; the app's workers call it, the screens draw them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from m1tui.advice import Trouble
from m1tui.app.allowed_folders import EVERYWHERE, AllowedFolders
from m1tui.app.home_lists import (
    KEPT,
    cards_of,
    no_link,
    nothing_found,
    rehearsed,
)
from m1tui.app.own_way import in_the_app
from m1tui.app.preferences import Preferences
from m1tui.app.snapshots import (
    NO_LINK,
    NO_VIRTUAL,
    UNASKED,
    HomeLists,
    Live,
    ProcedureCard,
    Reminders,
)
from m1tui.engine.diagnose import diagnose, find_instrument
from m1tui.engine.diagnosis import Cause, Diagnosis, also_there
from m1tui.engine.instrument import Instrument
from m1tui.engine.play.notes import CHANNELS, panic
from m1tui.errors import LinkLost
from m1tui.link import Link
from m1tui.link.ports import PortInfo, list_ports, open_port
from m1tui.link.rehearsal import Rehearsal
from m1tui.options import Options
from m1tui.procedures.keys import first_mode
from m1tui.procedures.loader import ProcedureError, built_in, own_folder, procedure_files
from m1tui.procedures.schema import Procedure, parts_offered
from m1tui.store import Store
from m1tui.store.sounding import SoundingMark
from m1tui.sysex import ModeData

if TYPE_CHECKING:
    # At run time they wait until they are used: home needs none of them.
    from m1tui.app.library.files import LibraryFiles
    from m1tui.app.log.logbook import Logbook
    from m1tui.app.run.runs import Runs
    from m1tui.procedures.watching import Watching

REHEARSED = "virtual:healthy"
"""The port of the virtual M1 that stands in where no instrument is found."""


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
        allowed: AllowedFolders = EVERYWHERE,
    ) -> None:
        """Work with `store`; `ports` lists the MIDI interfaces that `auto` tries.

        `procedures` (by id) stand in for those on the disk. `allowed` says which folders are open
        to the person.
        """
        self.options = options
        self.store = store
        self.allowed = allowed
        self.instrument: Instrument | None = None
        self.wire = asyncio.Lock()
        """Held by whoever speaks with the instrument."""
        self._ports = ports
        self.procedures = procedures
        self._live = Live()
        self.stands_in = False
        """Whether the instrument is a virtual one because no other was found."""
        self.mode_data: ModeData | None = None
        """What the instrument said of its mode the last time it was asked."""
        self.preferences = Preferences(store.data_dir)
        self._sounding: SoundingMark | None = None
        """What remembers that notes sound, from the first on."""

    @property
    def rehearsal(self) -> Rehearsal | None:
        """Return the hands on a virtual M1, None for a real one or none."""
        return self.instrument.link.rehearsal if self.instrument is not None else None

    @property
    def objection(self) -> str:
        """What a person has to know before anything is done with who answers, empty for nothing."""
        diagnosis = self.instrument.diagnosis if self.instrument is not None else None
        if diagnosis is None:
            return ""
        if diagnosis.cause in (Cause.TWO_INSTRUMENTS, Cause.DAMAGED_ANSWERS):
            advice = in_the_app(diagnosis.advice)
            return f"{advice.happened} {advice.next_step}"
        return also_there([one.channel for one in diagnosis.others]) if diagnosis.others else ""

    @property
    def rack(self) -> bool:
        """Whether the instrument is an M1R: a virtual one by itself, a real one as told."""
        return self._live.rack if self.rehearsal is not None else self.preferences.rack

    @property
    def model(self) -> str:
        """The instrument's model: "M1R" or "M1"."""
        return RACK if self.rack else "M1"

    @cached_property
    def library_files(self) -> LibraryFiles:
        """The library on disk, as the screens use it."""
        from m1tui.app.library.files import LibraryFiles

        return LibraryFiles(self.store)

    @cached_property
    def runs(self) -> Runs:
        """The runs of procedures, and what performs them."""
        from m1tui.app.run.runs import Runs

        return Runs(self)

    @cached_property
    def logbook(self) -> Logbook:
        """The service log, as the screens use it."""
        from m1tui.app.log.logbook import Logbook

        return Logbook(self.store, self.allowed, self._parts)

    def _parts(self) -> tuple[str, ...]:
        """Return the parts that the procedures offer."""
        from m1tui.procedures.library import load_library

        known = load_library().procedures if self.procedures is None else self.procedures
        return parts_offered(known.values())

    def reminders(self) -> Reminders:
        """Return what the service log has to say; nothing before anything was done."""
        begun = self.store.has_runs or self.store.has_log
        return self.logbook.reminders() if begun else Reminders()

    async def press(self, keys: str) -> None:
        """Press keys on a virtual M1's panel; a real one has its own."""
        if self.rehearsal is not None:
            await self.rehearsal.press(keys)

    @property
    def busy(self) -> bool:
        """Whether somebody speaks with the instrument."""
        return self.wire.locked()

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
                link = self._link(port)
                if link.rehearsal is not None and self.store.has_runs:
                    self.runs.make_way(link)
                instrument = Instrument(link, channel=self.options.channel)
                await instrument.open()
            else:
                notice = ""
            self.stands_in = bool(notice)
            if self.options.transcript is not None:
                try:
                    instrument.link.transcript.stream_to(self.options.transcript)
                except Trouble:
                    # It would keep a virtual M1 from the next try.
                    await instrument.close()
                    raise
            self.instrument = instrument
            self.mode_data = None
            unasked = live_state(instrument, instrument.diagnosis, None)._replace(summary=UNASKED)
            self._live = self._seen(unasked)
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
        return KEPT if self.store.has_runs and self.runs.stand_at_virtual else REHEARSED

    def interfaces(self) -> list[PortInfo]:
        """Return the MIDI interfaces that can be tested, first the one that was asked for."""
        ports = self._ports()
        own = self.options.port
        if own == "auto" or rehearsed(own) or own in (info.port for info in ports):
            return sorted(ports, key=lambda info: info.port != own)
        return [PortInfo(own, own.partition(":")[2], None, None), *ports]

    @asynccontextmanager
    async def interface(self, port: str) -> AsyncIterator[Link]:
        """Open the interface at `port` for something else than an instrument.

        Where it is the instrument's own, that link is given up; `open` makes it again. Raises
        LinkError.
        """
        async with self.wire:
            if self.instrument is not None and self.instrument.link.port == port:
                await self._let_go()
            async with self._link(port) as link:
                yield link

    async def close(self) -> None:
        """Let go of the instrument, and end what is done in the library."""
        if "library_files" in vars(self):
            await self.library_files.close()
        async with self.wire:
            await self._let_go()

    async def _let_go(self) -> None:
        instrument, self.instrument = self.instrument, None
        self._live = NO_VIRTUAL if rehearsed(self.options.port) else NO_LINK
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
            mode = self.mode_data = await instrument.mode_data()
            diagnosis = instrument.diagnosis
            crowded = diagnosis is not None and diagnosis.crowded
            if crowded or (mode is not None and (diagnosis is None or not diagnosis.ready)):
                diagnosis = await diagnose(instrument, channel=self.options.channel)
                mode = self.mode_data = diagnosis.mode_data
        except LinkLost:
            return await self._reconnected(instrument)
        return self._seen(live_state(instrument, diagnosis, mode))

    async def attend(self, watching: Watching) -> Live:
        """Look at the instrument for the run under way, and return what is known of it.

        Raises StoreError when the run's journal cannot be written.
        """
        async with self.wire:
            instrument = self.instrument
            if instrument is None:
                return self._live
            try:
                seen = await watching.look(instrument)
            except LinkLost as lost:
                watching.lost_link(lost.advice)
                self._live = await self._reconnected(instrument)
                return self._live
            if seen is not None:
                self.mode_data = seen.mode_data
                live = live_state(instrument, instrument.diagnosis, self.mode_data)
                if watching.on_while_off:
                    live = live._replace(summary="it is on")
                self._live = self._seen(live)
            return self._live

    async def bring_back(self, journal: Path) -> bool:
        """Go on at the virtual M1 at which a run was left; return whether it was another.

        Raises Trouble.
        """
        async with self.wire:
            instrument = self.instrument
            if instrument is None or not await self.runs.bring_back(instrument, journal):
                return False
            await diagnose(instrument, channel=self.options.channel)
            self._live = await self._look(instrument)
            return True

    async def _reconnected(self, instrument: Instrument) -> Live:
        """Open a lost link again, or at a later look; whatever is under way stays."""
        if await instrument.reopen():
            if self.notes_sound:
                with suppress(LinkLost):  # lost again: it is opened again at the next look
                    await self._end_notes(instrument)
            return self._live._replace(mode="", summary="link reopened")
        return self._live._replace(mode="", summary="link lost: trying again every few seconds")

    def sounding_mark(self, port: str) -> SoundingMark:
        """Return what remembers that notes sound on the instrument's port."""
        if self._sounding is None or not self._sounding.stands:
            self._sounding = self.store.sounding_mark(port)
        return self._sounding

    @property
    def notes_sound(self) -> bool:
        """Whether notes were begun that could not be ended."""
        return self._sounding is not None and self._sounding.stands

    async def end_notes(self) -> None:
        """End every note on the instrument, also what was left sounding by a program killed.

        Raises Trouble where there is no instrument.
        """
        async with self.wire:
            if self.instrument is None:
                raise Trouble(no_link())
            await self._end_notes(self.instrument)

    async def _end_notes(self, instrument: Instrument) -> None:
        await panic(instrument, range(CHANNELS))
        if self._sounding is not None:
            self._sounding.end()
        self.store.forget_sounding()

    def _seen(self, live: Live) -> Live:
        """Return the snapshot of a real instrument with what its owner says of it."""
        return live if live.rehearsal else live._replace(rack=self.preferences.rack)

    def sketch(self) -> Live:
        """Return what is known with a virtual M1's panel as it is now, asking nothing."""
        if self.rehearsal is not None:
            self._live = sketched(self._live, self.rehearsal)
        return self._live

    def toggle_rack(self) -> Live:
        """Take the instrument for an M1R, or no longer; kept for the next start."""
        self.preferences.keep(rack=not self.preferences.rack)
        self._live = self._seen(self._live)
        return self._live

    @cached_property
    def _shelf(self) -> tuple[tuple[ProcedureCard, ...], tuple[str, ...]]:
        """The cards of all procedures, and which files cannot be used, a sentence for each."""
        if self.procedures is not None:
            return cards_of(self.procedures.values()), ()
        with suppress(ProcedureError):
            if not procedure_files((own_folder(),)):
                return cards_of(built_in()), ()
        # Files that no test has seen: each is examined, and all together.
        return self.runs.shelf()

    def home_lists(self) -> HomeLists:
        """Return the procedures, the runs that can be resumed, and the backups' place."""
        cards, refused = self._shelf
        return HomeLists(
            cards,
            self.runs.unfinished() if self.store.has_runs else (),
            str(self.store.backups_folder),
            self.store.backup_count(),
            self.preferences.place,
            refused,
            tuple(one.text for one in self.store.left_sounding()),
        )


RACK = "M1R"
"""The model that is a rack."""


def live_state(instrument: Instrument, diagnosis: Diagnosis | None, mode: ModeData | None) -> Live:
    """Return the snapshot of an instrument, what is unknown left out."""
    identity = diagnosis.identity if diagnosis is not None else None
    hands = instrument.link.rehearsal
    live = Live(
        model=identity.model if identity is not None else "",
        link=instrument.link.title,
        rehearsal=hands is not None,
        summary="" if mode is not None and diagnosis and diagnosis.ready else summary(diagnosis),
        sequencer_runs=diagnosis is not None and diagnosis.clock_alone,
        exclusive_disabled=diagnosis is not None and diagnosis.exclusive is False,
    )
    if mode is not None:
        live = live._replace(
            channel=instrument.channel + 1,
            mode=mode.mode.label if mode.mode is not None else "",
            allocation=mode.allocation.label if mode.allocation is not None else "",
            card=f"card {mode.card.value}",
        )
    if hands is not None:
        return sketched(live._replace(display_label="the virtual M1's display"), hands)
    rom = f" #{identity.rom:02d}" if identity is not None and identity.rom is not None else ""
    greeting = f"KORG Music Workstation M1{rom}" if identity is not None else ""
    told = "  ".join(part for part in (live.mode, live.allocation, live.summary) if part)
    return live._replace(display=(greeting, told), display_label="what the M1 says about itself")


def sketched(live: Live, hands: Rehearsal) -> Live:
    """Return the snapshot with a virtual M1's panel as it is now.

    A mode that mode data named before is shown only as its lamps show it now.
    """
    lit = first_mode(hands.lamps())
    return live._replace(
        mode=lit.label if live.mode and lit is not None else live.mode,
        display=hands.display(),
        cursor=hands.cursor(),
        wording=hands.certainty(),
        lamps=hands.lamps(),
        power=hands.state(),
        rack=hands.model() == RACK,
    )


def summary(diagnosis: Diagnosis | None) -> str:
    """Return in a few words why the instrument is not ready."""
    if diagnosis is None or diagnosis.ready:
        return "no answer"
    return diagnosis.summary
