"""The steps by which memory travels: backup, a dump from the panel, choice of a source, restore."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.progress import ProgressHandler
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.receive import receive_dump
from m1tui.engine.read.slot_by_slot import OFFER, back_up_slots, is_cut
from m1tui.engine.read.verify import verify
from m1tui.engine.restore.judge import Restoration
from m1tui.engine.restore.planning import damage_in, needs, objection
from m1tui.engine.restore.restore import restore
from m1tui.errors import NoReply, ReadError, Stopped
from m1tui.facts import Backup, Outcome, Verdict
from m1tui.link.base import JACK_LOSES, JACK_NEXT
from m1tui.procedures.alarms import ALLOCATION
from m1tui.procedures.claims import claims_of
from m1tui.procedures.closing import PROTECTS
from m1tui.procedures.comparing import changed_since
from m1tui.procedures.findings import (
    StepResult,
    backup_failed,
    backup_result,
    nothing_to_save,
    restore_verdict,
)
from m1tui.procedures.origins import (
    Chosen,
    Loaded,
    backup_of,
    load_origin,
    loss_lines,
    open_questions,
    origin_of,
    origins,
    part_of,
    settings_notes,
)
from m1tui.procedures.other_allocation import (
    ADVISED_ALLOCATION,
    OTHER_ALLOCATION,
    UNFIT,
    denied_allocation,
    for_this_run,
)
from m1tui.procedures.person import Person
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.states import Mark
from m1tui.store import Store, printable_path
from m1tui.store.backups import found_again
from m1tui.store.records import DEMO
from m1tui.sysex import Allocation, Bank, Contents, Part
from m1tui.sysex.causes import cause_of, said
from m1tui.sysex.examine import Finding
from m1tui.sysex.slots import Slots, single_text

_SAVED_FIRST = "They are saved first, unless that memory is initialised."


@dataclass(frozen=True, slots=True)
class Transfers:
    """One instrument, the place for backups, and whoever decides."""

    instrument: Instrument
    store: Store
    person: Person

    async def back_up(self, run: Run, progress: ProgressHandler | None) -> StepResult:
        """Read what the step names, twice, and keep it unless it is worthless."""
        step = run.current
        try:
            backup = await back_up(
                self.instrument, part=part_of(run), bank=bank_of(step), progress=progress
            )
            return self._kept(run, backup)
        except Trouble as trouble:
            cut = isinstance(trouble, ReadError) and is_cut(trouble)
            if cut and bank_of(step) is Bank.INTERNAL and await self._agrees_to_slots(trouble):
                return await self._back_up_slots(run, progress)
            return backup_failed(step.id, step.kind, trouble)

    async def _agrees_to_slots(self, trouble: Trouble) -> bool:
        over_jack = self.instrument.link.over_jack
        better = "a link without JACK" if over_jack else "another interface"
        return await self.person.confirm(
            "Read the memory slot by slot?",
            (
                trouble.advice.happened,
                f"{OFFER} It is better than nothing, but {better} is better still.",
            ),
        )

    async def _back_up_slots(self, run: Run, progress: ProgressHandler | None) -> StepResult:
        """Keep what can be read slot by slot; the step is not proved by it."""
        step = run.current
        try:
            backup = await back_up_slots(self.instrument, progress=progress)
            kept = self._kept(run, backup)
        except Trouble as trouble:
            return backup_failed(step.id, step.kind, trouble)
        if not kept.backup:
            return kept
        link = self.instrument.link
        advice = _partial(backup, Path(kept.backup).name, over_jack=link.over_jack)
        verdict = Verdict(None, advice.happened, advice=advice, name=step.kind)
        return replace(kept, verdicts=(verdict,))

    async def receive(
        self,
        run: Run,
        ready: Callable[[], None],
        progress: ProgressHandler | None,
        cancel: asyncio.Event | None,
    ) -> StepResult:
        """Wait for the dump that the person starts on the panel, and keep it."""
        step = run.current
        try:
            backup = await receive_dump(
                self.instrument, part=part_of(run), ready=ready, progress=progress, cancel=cancel
            )
            return self._kept(run, backup)
        except Stopped:
            return StepResult(step.id, undone=True)
        except Trouble as trouble:
            return backup_failed(step.id, step.kind, trouble)

    async def choose(self, run: Run) -> StepResult:
        """Let the person choose where the sounds come from."""
        step = run.current
        chosen = await self.person.choose_origin(origins(run, self.store))
        if chosen is None:
            return StepResult(step.id, undone=True)
        place = await self._decided(chosen.place)
        if place is None:
            return StepResult(step.id, undone=True)
        loaded = load_origin(place)
        unfit = await self._unfit_for_later(run, loaded)
        if unfit is not None and not await self.person.confirm(
            "This file does not fit the M1 now. Choose it anyway?",
            (unfit.happened, "As the M1 is set, the file will be refused.", unfit.next_step),
        ):
            return StepResult(step.id, undone=True)
        # In a journal and a report the folder of this computer says nothing.
        is_file = chosen.kind == "file"
        title = printable_path(Path(Path(chosen.place).name)) if is_file else chosen.title
        evidence = f"{title}: {', '.join(loaded.describe())}"
        verdict = Verdict(True, evidence, name="source")
        return StepResult(step.id, (verdict,), loaded.notes, origin=place)

    async def _unfit_for_later(self, run: Run, loaded: Loaded) -> Advice | None:
        """Return why the step that sends what is chosen here will refuse it, None if it may not.

        Nobody knows where a step before that one sets the allocation.
        """
        for at in range(run.position + 1, len(run.procedure.steps)):
            step = run.procedure.steps[at]
            if run.marks[at] is Mark.LEFT_OUT:
                continue
            if any(claim.subject == ALLOCATION for claim in claims_of(step)) and step.keys:
                return None
            if step.kind == "restore" and not step.from_:
                return await self._unfit(run.at(step.id), loaded)
        return None

    async def _unfit(self, run: Run, loaded: Loaded) -> Advice | None:
        """Return why the M1 as it is set takes nothing of what the current step sends.

        None where it may, or where the M1 does not answer.
        """
        part = part_of(run)
        if bank_of(run.current) is not Bank.INTERNAL:
            return None
        try:
            told = await self.instrument.ask_mode()
        except (Trouble, NoReply):
            return None
        why = objection(loaded.contents.only(part), told, Bank.INTERNAL, loaded.slots.only(part))
        if why is None or why.code not in UNFIT:
            return None
        file, now = loaded.all.allocation, told.allocation
        if why.code != OTHER_ALLOCATION or file is None or now is None:
            return why
        return for_this_run(run, why, file, now, self._whole_backup(run))[0]

    @staticmethod
    def _whole_backup(run: Run) -> str:
        """Return the name of the file that this run has kept of the whole memory, "" for none."""
        kept = backup_of(run, Part.ALL.value)
        return printable_path(Path(found_again(Path(kept)).name)) if kept else ""

    async def _decided(self, place: str) -> str | None:
        """Ask what of a file is meant where it does not say so; None for a person who leaves."""
        if place == DEMO:
            return place
        chosen = Chosen()
        question = open_questions(place)
        if question.messages:
            title = "The file contains several messages. Which one?"
            at = await self.person.choose(title, tuple(text for _, text in question.messages))
            if at is None:
                return None
            chosen = replace(chosen, message=question.messages[at][0])
            question = open_questions(chosen.behind(place))
        if question.whole:
            lines = (
                f"It is incomplete. Intact: {', '.join(question.whole)}.",
                f"Missing: {', '.join(question.missing)}. What is missing is not written.",
            )
            if await self.person.confirm("The file is damaged. Use what is intact in it?", lines):
                chosen = replace(chosen, pieces=True)
                question = open_questions(chosen.behind(place))
            elif not question.described:
                return None
        if question.single is not None:
            title = f"Slot for {single_text(question.single)}"
            slot = await self.person.choose_slot(title, self._names(question.single.part))
            if slot is None:
                return None
            chosen = replace(chosen, slot=slot)
        return chosen.behind(place)

    def _names(self, part: Part) -> tuple[str, ...]:
        """Return what the slots of internal memory contain, as far as it was read."""
        memory = self.instrument.memory or Contents()
        records = memory.programs if part is Part.PROGRAMS else memory.combinations
        return tuple(one.name.rstrip() for one in records or ())

    async def restore(
        self,
        run: Run,
        progress: ProgressHandler | None,
        cancel: asyncio.Event | None,
        begins: Callable[[], None],
    ) -> StepResult:
        """Write what was chosen, or the backup that the step names, and read it back.

        `begins` is called before anything is written.
        """
        step, part, bank = run.current, part_of(run), bank_of(run.current)
        place = _place_of(run)
        if not place:
            advice = _no_backup(run.procedure.step(step.from_).title) if step.from_ else _NO_ORIGIN
            return StepResult(step.id, undone=True, hindrance=advice)
        loaded = load_origin(place)
        contents, slots = loaded.contents.only(part), loaded.slots.only(part)
        # What will be refused is not asked about: nothing is written by it.
        unfit = await self._unfit(run, loaded) is not None
        damage = damage_in(contents, slots)
        if damage and not unfit and not await self._accepts(damage):
            return StepResult(step.id, undone=True)
        if not unfit and not await self._agreed(contents, slots, bank, loaded.all):
            return StepResult(step.id, undone=True)
        pacing, notes = self._remembered_pacing()
        if not unfit:
            begins()
        restoration = await restore(
            self.instrument,
            contents,
            part=part,
            bank=bank,
            begin_with=pacing or Pacing.FULL,
            accept_damage=bool(damage or loaded.missing),
            dry_run=unfit,
            slots=slots,
            missing=loaded.missing,
            beside=loaded.all,
            save=partial(self._save, run, replaced=True),
            progress=progress,
            cancel=cancel,
        )
        if unfit and restoration.advice.code == "dry-run":
            # Somebody has set the M1 to what the file needs since it was asked.
            return await self.restore(run, progress, cancel, begins)
        restoration = _within(run, restoration)
        restoration, advised = self._led(run, restoration, loaded.all)
        values = ((ADVISED_ALLOCATION, advised.label),) if advised is not None else ()
        return StepResult(
            step.id,
            (replace(restore_verdict(restoration), values=values),),
            notes + self._restore_evidence(restoration),
            backup=str(restoration.backup) if restoration.backup else "",
            restoration=restoration,
        )

    def _led(
        self, run: Run, restoration: Restoration, file: Contents
    ) -> tuple[Restoration, Allocation | None]:
        """Return how a restore ended, with what this run has for a file of the other allocation.

        With it goes the allocation to which that has the M1 set, None for none.
        """
        diagnosis = self.instrument.diagnosis
        now = diagnosis.mode_data if diagnosis is not None else None
        refused = restoration.advice.code == OTHER_ALLOCATION
        if not refused or now is None or now.allocation is None or file.allocation is None:
            return restoration, None
        advice, advised = for_this_run(
            run, restoration.advice, file.allocation, now.allocation, self._whole_backup(run)
        )
        return replace(restoration, advice=advice), advised

    async def read_back(self, run: Run, progress: ProgressHandler | None) -> Verdict:
        """Compare the memory with what the current step has written. Raises OriginError."""
        part, loaded = part_of(run), load_origin(_place_of(run))
        contents, slots = loaded.contents.only(part), loaded.slots.only(part)
        bank = bank_of(run.current)
        if bank is Bank.INTERNAL:
            context = CheckContext(expected=contents, slots=slots, progress=progress)
            return await run_check("memory-equals", self.instrument, context)
        done = await verify(self.instrument, contents, bank=bank, progress=progress)
        passed = {Outcome.VERIFIED: True, Outcome.MISMATCH: False}.get(done.outcome)
        happened = done.advice.happened
        return Verdict(passed, happened, advice=None if passed else done.advice, name="read-back")

    def _kept(self, run: Run, backup: Backup) -> StepResult:
        step = run.current
        if not backup.worth_keeping:
            return nothing_to_save(step.id, step.kind, bank_of(step), backup.part)
        denied = denied_allocation(run, backup.contents.allocation)
        backup = replace(backup, notes=(*backup.notes, *settings_notes(run), *denied))
        kept = backup_result(step.id, step.kind, backup, self._save(run, backup))
        missing = loss_lines(run) if step.bank == "internal" else ()
        changed = changed_since(run, backup.contents)
        verdicts = kept.verdicts if changed is None else (*kept.verdicts, changed)
        return replace(kept, verdicts=verdicts, evidence=missing + kept.evidence)

    async def _accepts(self, damage: Sequence[Finding]) -> bool:
        """Ask whether damaged contents are to be written; what was accepted is kept as evidence."""
        cause = cause_of(damage[0].code)
        return await self.person.confirm(
            "The file is damaged. Write it anyway?",
            (
                *(f"{said(one)}." for one in damage),
                " ".join(filter(None, (cause.cause, cause.next_step))),
                "No M1 would send it like this: some of the sounds or songs in it were changed.",
            ),
        )

    async def _agreed(self, contents: Contents, slots: Slots, bank: Bank, beside: Contents) -> bool:
        where = {Bank.INTERNAL: "the M1's internal memory", Bank.CARD: "the card"}[bank]
        known, diagnosis = self.instrument.memory or Contents(), self.instrument.diagnosis
        told = diagnosis.mode_data if diagnosis is not None else None
        there = ""
        if bank is Bank.INTERNAL and slots.parts and slots.fit(known):
            there = f" In the M1 now: {', '.join(slots.of_memory(known).describe())}."
        of = where if contents.is_complete else f"these parts of {where}"
        what = of if contents.parts else "those slots"
        return await self.person.confirm(
            f"Write to {where}?",
            (
                f"To be written: {', '.join((*contents.describe(), *slots.describe()))}.{there}",
                f"The contents of {what} are replaced. {_SAVED_FIRST}",
                *needs(contents, slots, bank, told, beside, known),
            ),
        )

    def _remembered_pacing(self) -> tuple[Pacing | None, tuple[str, ...]]:
        """Return what worked on this port, and what to note when that cannot be told."""
        try:
            label = self.store.pacing_for(self.instrument.link.port)
            return (Pacing.parse(label) if label else None), ()
        except Trouble as trouble:
            return None, (f"the remembered speed is not used: {trouble.advice.happened}",)
        except ValueError as error:
            return None, (f"the remembered speed is not used: {error}",)

    def _restore_evidence(self, restoration: Restoration) -> tuple[str, ...]:
        lines = [*restoration.notes]
        if restoration.backup:
            lines.append(f"what was there before is saved as {restoration.backup.name}")
        if restoration.outcome is Outcome.VERIFIED:
            try:
                self.store.remember_pacing(self.instrument.link.port, restoration.pacing.label)
            except Trouble as trouble:
                lines.append(f"the speed was not saved: {trouble.advice.happened}")
        return tuple(lines)

    def _save(self, run: Run, backup: Backup, *, replaced: bool = False) -> Path:
        link = self.instrument.link
        return self.store.save_backup(
            backup,
            instrument=run.model or self.instrument.model,
            instrument_id=self.store.instrument_on_bench(link.port),
            link=link.title,
            replaced=replaced,
        )


def _place_of(run: Run) -> str:
    """Return where the sounds of the current restore come from, empty where nothing says it."""
    from_ = run.current.from_
    return run.state(from_).backup if from_ else origin_of(run)


def bank_of(step: Step) -> Bank:
    """Return the memory that a step is about."""
    return Bank.CARD if step.bank == "card" else Bank.INTERNAL


def _within(run: Run, restoration: Restoration) -> Restoration:
    """Return how a restore ended, without what the run itself sees to.

    Memory protect stays OFF for a later restore, and a run that speaks of it turns it on, or says
    at its end that it is left OFF.
    """
    steps = run.procedure.steps
    later = any(step.kind == "restore" for step in steps[run.position + 1 :])
    spoken = any(claim.subject == PROTECTS for step in steps for claim in claims_of(step))
    if restoration.outcome is not Outcome.VERIFIED or not (later or spoken):
        return restoration
    return replace(restoration, advice=restoration.advice._replace(next_step=""))


def _partial(backup: Backup, name: str, *, over_jack: bool) -> Advice:
    """Return what is so of a backup that was read slot by slot."""
    return Advice(
        code="backup-partial",
        happened=f"Part of the memory is saved: {', '.join(backup.contents.describe())}, read slot "
        f"by slot. Not saved: {', '.join(backup.missing)}.",
        safe=f'What could be read is kept as "{name}". The M1 is unchanged.',
        cause="The interface cuts long messages short." if not over_jack else f"{JACK_LOSES}.",
        next_step="Use another interface and do this step again. To go on without the rest, skip "
        "the step."
        if not over_jack
        else f"{JACK_NEXT}. Then do this step again. To go on without the rest, skip the step.",
    )


_NO_ORIGIN = Advice(
    code="no-origin-chosen",
    happened="No source for the sounds was chosen.",
    safe="Nothing was sent; the instrument is unchanged.",
    next_step="Go back with b and choose one, or skip this step with a reason.",
)


def _no_backup(title: str) -> Advice:
    return Advice(
        code="no-backup-to-write",
        happened=f'No file was saved at the step "{title}", so there is nothing to write.',
        safe="Nothing was sent; the instrument is unchanged.",
        cause="It was skipped, or the memory was initialised, so there was nothing to keep.",
        next_step="Go back with b and do that step, or skip this one with a reason.",
    )
