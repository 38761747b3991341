"""Performs the steps of a procedure with an instrument: asks it, reads it, writes it.

It knows no screen: what a person must decide goes through `Person`. What it finds is returned,
and counts only when the journal has it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from m1tui.advice import Advice, Trouble
from m1tui.engine import (
    Backup,
    CheckContext,
    Instrument,
    Outcome,
    Pacing,
    ProgressHandler,
    Restoration,
    back_up,
    restore,
    run_check,
)
from m1tui.link.rehearsal import Rehearsal
from m1tui.procedures.events import CheckVerdict
from m1tui.procedures.findings import (
    StepResult,
    backup_failed,
    backup_result,
    kept,
    nothing_to_save,
    restore_verdict,
)
from m1tui.procedures.origins import (
    DEMO_ORIGIN,
    Origin,
    backup_of,
    load_origin,
    origin_of,
    origins,
)
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.store import Store
from m1tui.sysex import Contents

GREETING_SECONDS = 3.0
"""How long the display is left to greet after power-on before it is read (assumed)."""


class Person(Protocol):
    """Whoever decides; every question has a harmless answer, and that is the default."""

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        """Return whether to go on with something that destroys; the default is No."""

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        """Return one of `offered`, or `Origin.of_file(path)` for any file; None for none."""


class Performer:
    """Performs the current step of a run with one instrument."""

    def __init__(self, instrument: Instrument, store: Store, person: Person) -> None:
        self.instrument = instrument
        self.store = store
        self.person = person

    @property
    def rehearsal(self) -> Rehearsal | None:
        """Return the interface beside the bytes, None for a real instrument."""
        return self.instrument.link.rehearsal

    def can_rehearse(self, step: Step) -> bool:
        """Return whether the instrument is virtual and can do what `step` asks of hands."""
        return self.rehearsal is not None and bool(step.keys or step.rehearse)

    async def rehearse(self, run: Run) -> tuple[str, ...]:
        """Let the virtual instrument do the current step's handiwork; return what was then seen.

        Raises NotAllowed when the step needs what is not proved, ValueError for a real
        instrument.
        """
        run.require_needs()
        if self.rehearsal is None:
            raise ValueError("a real instrument is handled by a person")
        step = run.current
        for action in step.rehearse:
            await self.rehearsal.perform(action)
            if action == "power-on":
                await asyncio.sleep(GREETING_SECONDS)
        if step.keys:
            await self.rehearsal.press(step.keys)
        if not (step.keys or step.rehearse):
            return ()
        lines = [line.rstrip() for line in self.rehearsal.display() if line.strip()]
        shown = f"its display, a sketch: {' / '.join(lines)}" if lines else "its display is dark"
        return (f"virtual M1: {self.rehearsal.state()}", shown)

    async def perform(
        self,
        run: Run,
        *,
        auto: bool = False,
        seen: tuple[str, ...] = (),
        progress: ProgressHandler | None = None,
        cancel: asyncio.Event | None = None,
    ) -> StepResult:
        """Perform the current step of `run` and return what came of it.

        Of a step of hands or keys only the checks are performed: the handiwork is the person's,
        or `rehearse` did it, and what it returned is `seen`. With `auto` the virtual instrument
        does it here, and nobody is asked anything.
        Raises NotAllowed when the step needs what is not proved.
        """
        run.require_needs()
        step = run.current
        if auto and step.kind in ("hands", "keys") and self.rehearsal is None:
            return StepResult(step.id, undone=True, advice=_HANDS_NEEDED)
        if auto and self.can_rehearse(step):
            seen = await self.rehearse(run)
        try:
            result = await self._by_kind(run, auto, progress, cancel)
            result = await self._with_checks(run, result, progress)
        except Trouble as trouble:
            return StepResult(step.id, undone=True, evidence=seen, advice=trouble.advice)
        return replace(result, evidence=seen + result.evidence)

    async def _by_kind(
        self,
        run: Run,
        auto: bool,
        progress: ProgressHandler | None,
        cancel: asyncio.Event | None,
    ) -> StepResult:
        match run.current.kind:
            case "backup":
                return await self._back_up(run.current, progress)
            case "source":
                return await self._choose(run, auto)
            case "restore":
                return await self._restore(run, auto, progress, cancel)
            case _:
                return StepResult(run.current.id)

    async def _with_checks(
        self, run: Run, result: StepResult, progress: ProgressHandler | None
    ) -> StepResult:
        """Return `result` with the answers to the step's questions, which are asked in order.

        After a bad answer the rest is not asked: it could only mislead.
        """
        verdicts = list(result.verdicts)
        advice = result.advice
        for name in run.current.asks:
            if result.undone or any(v.decides and not v.passed for v in verdicts):
                break
            context = CheckContext(expected=_expected(run, name), progress=progress)
            verdict = await run_check(name, self.instrument, context)
            decides = name in run.current.checks
            verdicts.append(kept(name, verdict, decides))
            if decides and not verdict.passed:
                advice = verdict.advice
        return replace(result, verdicts=tuple(verdicts), advice=advice)

    async def _back_up(self, step: Step, progress: ProgressHandler | None) -> StepResult:
        try:
            backup = await back_up(self.instrument, progress=progress)
            if not backup.worth_keeping:
                return nothing_to_save(step.id)
            return backup_result(step.id, backup, self._save(backup))
        except Trouble as trouble:
            return backup_failed(step.id, trouble)

    async def _choose(self, run: Run, auto: bool) -> StepResult:
        step = run.current
        offered = origins(run, self.store)
        if auto:
            chosen: Origin | None = offered[0] if backup_of(run) else DEMO_ORIGIN
        else:
            chosen = await self.person.choose_origin(offered)
        if chosen is None:
            return StepResult(step.id, undone=True)
        loaded = load_origin(chosen.place)
        evidence = f"{chosen.title}: {', '.join(loaded.contents.describe())}"
        verdict = CheckVerdict("source", True, evidence)
        return StepResult(step.id, (verdict,), loaded.notes, origin=chosen.place)

    async def _restore(
        self,
        run: Run,
        auto: bool,
        progress: ProgressHandler | None,
        cancel: asyncio.Event | None,
    ) -> StepResult:
        step = run.current
        place = origin_of(run)
        if not place:
            return StepResult(step.id, undone=True, advice=_NO_ORIGIN)
        contents = load_origin(place).contents
        if not auto and not await self._agreed(contents):
            return StepResult(step.id, undone=True)
        pacing, notes = self._remembered_pacing()
        restoration = await restore(
            self.instrument,
            contents,
            pacing=pacing,
            save=self._save,
            progress=progress,
            cancel=cancel,
        )
        evidence = notes + self._restore_evidence(restoration)
        backup = str(restoration.backup) if restoration.backup else ""
        verdict = restore_verdict(restoration)
        advice = None if verdict.passed else restoration.advice
        return StepResult(
            step.id, (verdict,), evidence, backup=backup, advice=advice, restoration=restoration
        )

    async def _agreed(self, contents: Contents) -> bool:
        return await self.person.confirm(
            "Write into the M1's internal memory?",
            (
                f"To be written: {', '.join(contents.describe())}.",
                "What the M1 holds now is replaced. It is saved first, unless it is initialised.",
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
                lines.append(f"the speed is not remembered: {trouble.advice.happened}")
        return tuple(lines)

    def _save(self, backup: Backup) -> Path:
        diagnosis = self.instrument.diagnosis
        identity = diagnosis.identity if diagnosis else None
        model = identity.model if identity else "M1"
        return self.store.save_backup(backup, instrument=model, link=self.instrument.link.title)


def _expected(run: Run, check: str) -> Contents | None:
    """Return what memory should hold, for the check that compares it. Raises OriginError."""
    place = origin_of(run) or backup_of(run)
    return load_origin(place).contents if check == "memory-equals" and place else None


_HANDS_NEEDED = Advice(
    happened="This step needs hands, and the instrument is not a virtual one.",
    safe="Nothing was done.",
    next_step="Leave out --auto, or rehearse with --port virtual.",
)
_NO_ORIGIN = Advice(
    happened="No place was chosen that the sounds come from.",
    safe="Nothing was sent; the instrument is unchanged.",
    next_step="Go back with b and choose one, or skip this step with a reason.",
)
