"""Leads through a survey: the experiments in their order, the backup before, the proof behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.reading import read_settled
from m1tui.engine.survey import by_keys, by_midi
from m1tui.engine.survey.bench import Bench
from m1tui.engine.survey.person import Asked, Surveyor
from m1tui.facts import Backup
from m1tui.manners import MANNERS
from m1tui.surveys import Class, Survey
from m1tui.sysex import Bank, Part, printable

Experiment = Callable[[Bench], Awaitable[None]]
EXPERIMENTS: tuple[tuple[str, Class, Experiment], ...] = (
    ("identity", Class.ASKS, by_midi.identity),
    ("active sensing", Class.ASKS, by_midi.sensing),
    ("latencies", Class.ASKS, by_midi.latencies),
    ("wrong mode", Class.ASKS, by_midi.wrong_mode),
    ("malformed message", Class.ASKS, by_midi.malformed),
    ("absent card", Class.ASKS, by_midi.card_absent),
    ("mode change", Class.EDIT, by_midi.mode_change),
    ("padding and unused bits", Class.EDIT, by_midi.bits),
    ("program change", Class.EDIT, by_midi.program_change),
    ("modes for dumps", Class.WRITES, by_midi.dump_modes),
    ("time of loading", Class.WRITES, by_midi.load_time),
    ("protected dump", Class.WRITES, by_midi.protected_dump),
    ("pacing", Class.WRITES, by_midi.pacing),
    ("card numbers", Class.WRITES, by_midi.card_numbers),
    ("pages of GLOBAL", Class.KEYS, by_keys.pages),
    ("page of the filters", Class.KEYS, by_keys.filters_page),
    ("page behind a mode change", Class.KEYS, by_keys.mode_change_page),
    ("page behind a dump", Class.KEYS, by_keys.dump_page),
    ("Exclusive disabled", Class.KEYS, by_keys.disabled),
    ("memory protect", Class.KEYS, by_keys.protect),
    ("memory allocation", Class.KEYS, by_keys.allocation),
    ("sequencer", Class.KEYS, by_keys.playing),
    ("power", Class.KEYS, by_keys.power),
)
_INITIALISED = "after an initialisation"
_ONLY_QUESTIONS = frozenset({Class.ASKS})


@dataclass(frozen=True)
class Surveying:
    """What a survey is given beside the instrument."""

    surveyor: Surveyor
    classes: frozenset[Class]
    save: Callable[[Backup], Path | None]
    """Keeps the backup; raises Trouble if it cannot, and then nothing is sent back."""
    keep: Callable[[Survey], None] = lambda _: None
    """Is given the survey whenever something was found."""
    tell: Callable[[str], None] = lambda _: None
    """Is told what is done, as a sentence."""
    progress: ProgressHandler | None = None


async def survey(instrument: Instrument, given: Surveying, so_far: Survey) -> Survey:
    """Make the experiments of the classes given that `so_far` has not, and prove the end.

    Raises ReadError, StoreError and LinkLost; what was found by then was given to `keep`.
    """
    bench = Bench(instrument, given.surveyor, so_far, given.classes, given.keep, given.tell)
    with instrument.operation():
        diagnosis = await by_keys.diagnosed(bench)
        identity = diagnosis.identity
        bench.found = replace(
            bench.found,
            rom=identity.rom if identity is not None else None,
            software=identity.software if identity is not None else None,
            classes=tuple(one.value for one in Class if one in given.classes),
            unchanged="",
        )
        was_disabled = not diagnosis.ready
        lit = None
        if diagnosis.ready:
            await bench.learn()
        elif Class.KEYS in given.classes:
            lit = await bench.look("MODE", "", "Which mode's key is lit?", Asked.MODE)
        if Class.KEYS in given.classes:
            await _once(bench, _INITIALISED, by_keys.initialised)
        if not await by_keys.ready(bench):
            raise Trouble(diagnosis.advice)
        if was_disabled:
            await bench.look("MODE", lit or "PROG", "The mode is as it was.")
            await bench.learn()
        await bench.put_back()
        if given.classes == _ONLY_QUESTIONS:
            await _experiments(bench, (Class.ASKS,))
            return await _proved(bench, None)
        if bench.mode not in by_midi.PLAY_MODES:
            if Class.KEYS not in given.classes:
                raise Trouble(_PRESS_PROG)
            # A page that was shown elsewhere cannot be shown again by a message.
            await bench.look("PROG", "PROG", "The survey begins in PROG mode.")
            await bench.learn()
        backup = await back_up(instrument, progress=given.progress)
        bench.before = backup.contents
        if not backup.contents.is_initialised:
            path = given.save(backup)
            bench.backup = printable(path.name) if path is not None else ""
        try:
            for one in Class:
                await _experiments(bench, (one,) if one in given.classes else ())
                await bench.put_back()
        finally:
            # A person who stops leaves it as it was, too, as far as messages can do it.
            await bench.put_back()
        if was_disabled and await bench.to_page("5-2", "GLOBAL 5"):
            await bench.look("GLOBAL 5", "H DOWN", "Exclusive was DIS before.", Asked.SETTING, "H")
            await bench.look("MODE", lit or "PROG", "The mode is as it was.")
            return await _proved_while_disabled(bench)
        return await _proved(bench, given.progress)


async def _experiments(bench: Bench, classes: Iterable[Class]) -> None:
    for name, of, experiment in EXPERIMENTS:
        if of in classes:
            await _once(bench, name, experiment)


async def _once(bench: Bench, name: str, experiment: Experiment) -> None:
    """Make an experiment that was not made yet."""
    if name in bench.found.kept:
        return
    bench.tell(name)
    await experiment(bench)
    bench.found = replace(bench.found, kept=(*bench.found.kept, name))
    bench.keep(bench.found)


_PRESS_PROG = Advice(
    code="survey-press-prog",
    happened="The M1 is not in PROG or COMBI: from another mode it could not be brought back to "
    "the page that it shows.",
    safe="Only questions were sent.",
    next_step="Press PROG or COMBI on the M1, and begin again.",
)


async def _proved(bench: Bench, progress: ProgressHandler | None) -> Survey:
    """Return the survey with the proof that mode, edit buffer and memory are as they were."""
    mode = await bench.mode_now()
    parts = [f"mode {mode.label}" if mode is not None else "no mode"]
    good = mode is bench.mode
    if bench.own is not None and bench.buffer is not None:
        now = await bench.buffer_now(bench.own)
        same = now is not None and now.raw == bench.buffer.raw
        good = good and same
        parts.append(f"edit buffer {'equal' if same else 'NOT equal'}")
    before = bench.before
    if before is not None:
        reading = await read_settled(
            bench.instrument,
            (Part.ALL,),
            Bank.INTERNAL,
            meter=Meter(progress, bench.instrument.link.bytes_per_second),
            phases=(Phase.READING_BACK, Phase.READING_BACK_AGAIN),
            known=lambda contents: contents == before,
        )
        same = reading.contents == before
        good = good and same
        word = "equal" if same else "NOT equal"
        parts.append(f"all {len(reading.dump):,} bytes of memory {word}")
    said = ", ".join(parts)
    bench.found = replace(bench.found, unchanged=said if good else "")
    if not good:
        kept = f' Restore the backup "{bench.backup}".' if bench.backup else ""
        bench.tell(f"NOT as it was: {said}.{kept}")
    bench.keep(bench.found)
    return bench.found


async def _proved_while_disabled(bench: Bench) -> Survey:
    """Return the survey where the M1, as before, does not answer any more."""
    bench.found = replace(bench.found, unchanged="Exclusive is DIS again, as it was before")
    bench.keep(bench.found)
    return bench.found


def left_out(survey: Survey) -> tuple[str, ...]:
    """Return the manners that are not settled."""
    return tuple(one.name for one in MANNERS if survey.finding(one.name).word is None)
