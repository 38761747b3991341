"""Runs of procedures with the instrument on the bench: begun, left, and gone on with.

With it comes all that performs a procedure, so a workbench has it when it is first needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from m1tui.advice import Trouble
from m1tui.app.home_lists import cards_of, no_link, not_there, other_kind, rehearsed
from m1tui.app.snapshots import ProcedureCard, Unfinished
from m1tui.engine.instrument import Instrument
from m1tui.link import Link
from m1tui.procedures import rehearsals
from m1tui.procedures.journal import Journal, UnfinishedRun, unfinished
from m1tui.procedures.library import load_library, require_for
from m1tui.procedures.perform import Performer
from m1tui.procedures.person import Person
from m1tui.procedures.schema import Procedure

if TYPE_CHECKING:
    from m1tui.app.workbench import Workbench


class Runs:
    """What can be begun and resumed at a workbench."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._store = bench.store

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Return the runs that home offers to resume, the newest first."""
        return tuple(
            _unfinished_of(run, set_aside=rehearsals.is_set_aside(self._store, run.path))
            for run in unfinished(self._store.journal_folder)
        )

    @property
    def stand_at_virtual(self) -> bool:
        """Whether a rehearsal can go on."""
        return any(run.rehearsal for run in self.unfinished())

    def make_way(self, link: Link) -> None:
        """Keep the virtual M1 that another replaces, for its rehearsals. Raises Trouble."""
        rehearsals.make_way(link, self._store)

    async def bring_back(self, instrument: Instrument, journal: Path) -> bool:
        """Go on at the virtual M1 at which a run was left; return whether it was another.

        Raises Trouble.
        """
        return await rehearsals.bring_back(instrument, self._store, journal)

    def shelf(self) -> tuple[tuple[ProcedureCard, ...], tuple[str, ...]]:
        """Return the cards of all procedures, and which files cannot be used."""
        library = load_library()
        refused = tuple(error.refusal for error in library.refused)
        return cards_of(library.procedures.values()), refused

    def procedure(self, procedure_id: str) -> Procedure | None:
        """Return the procedure of that id, None where there is none that can be used."""
        if self._bench.procedures is not None:
            return self._bench.procedures.get(procedure_id)
        return load_library(only=procedure_id).procedures.get(procedure_id)

    def begin(self, procedure_id: str) -> Journal:
        """Begin a run of a procedure with the instrument. Raises Trouble."""
        bench = self._bench
        port = bench.instrument.link.port if bench.instrument is not None else bench.options.port
        procedure = self.procedure(procedure_id)
        if procedure is None:
            raise Trouble(not_there(procedure_id))
        require_for(procedure, bench.model)
        bench.preferences.keep(place=procedure_id)
        store = self._store
        return Journal.begin(
            store.journal_folder, procedure, port=port, now=store.now, first=self._keep
        )

    def _keep(self) -> None:
        rehearsals.keep(self._bench.instrument)

    def resume(self, journal: str) -> Journal:
        """Open the run in the journal of that file name again. Raises Trouble.

        What a virtual M1 proved says nothing of a real one, so neither goes on with the other's.
        """
        path = self._store.journal_folder / Path(journal).name
        opened = Journal.open(path, now=self._store.now, first=self._keep)
        begun_on = opened.header.port
        instrument = self._bench.instrument
        here = instrument.link.port if instrument is not None else ""
        if here and rehearsed(here) != rehearsed(begun_on):
            opened.close()
            raise Trouble(other_kind(begun_on, here))
        return opened

    def performer(self, person: Person) -> Performer:
        """Return what performs steps with the instrument. Raises Trouble when there is none."""
        instrument = self._bench.instrument
        if instrument is None:
            raise Trouble(no_link())
        mark = self._bench.sounding_mark(instrument.link.port)
        stands_in = self._bench.stands_in
        return Performer(instrument, self._store, person, mark, stands_in=stands_in)


def _unfinished_of(run: UnfinishedRun, *, set_aside: bool) -> Unfinished:
    procedure = run.header.procedure
    return Unfinished(
        run.path,
        procedure.id,
        procedure.title,
        run.run.numbers[run.run.position],
        0 if procedure.leads_past_most else len(procedure.steps),
        run.run.current.title,
        run.header.started[:16].replace("T", " "),
        rehearsed(run.header.port),
        run.elsewhere,
        set_aside,
    )
