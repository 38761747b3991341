"""Leads through a survey: the experiments in their order, the backup before, the proof behind.

What a survey that was killed had changed for a moment was written down; the next one puts it back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.reading import read_settled
from m1tui.engine.restore.edit_buffers import KINDS, Record, load_message
from m1tui.engine.survey import by_keys, by_midi
from m1tui.engine.survey.bench import SELECTED, Bench, Owed, still_owed
from m1tui.engine.survey.person import Asked, Surveyor
from m1tui.facts import Backup
from m1tui.surveys import Class, Survey
from m1tui.sysex import (
    Allocation,
    Bank,
    Contents,
    GlobalData,
    IdentityReply,
    Mode,
    Part,
    Sequence,
    decode,
    printable,
)

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
    ("load time", Class.WRITES, by_midi.load_time),
    ("protected dump", Class.WRITES, by_midi.protected_dump),
    ("pacing", Class.WRITES, by_midi.pacing),
    ("card numbers", Class.WRITES, by_midi.card_numbers),
    ("GLOBAL pages", Class.KEYS, by_keys.pages),
    ("filter page", Class.KEYS, by_keys.filters_page),
    ("page after a mode change", Class.KEYS, by_keys.mode_change_page),
    ("page after a dump", Class.KEYS, by_keys.dump_page),
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
    photograph: Callable[[str, str], str] = lambda _, file: file
    """Keeps a photograph of a page beside the survey; returns its name. Raises Trouble."""
    lay_aside: Callable[[bytes], None] = lambda _: None
    """Keeps the edit buffer as it was while it is used; empty when it is no longer needed."""
    laid_aside: Callable[[], bytes] = lambda: b""
    """Returns what a survey that was killed had laid aside; raises Trouble."""


async def survey(instrument: Instrument, given: Surveying, so_far: Survey) -> Survey:
    """Make the experiments of the classes given that `so_far` has not, and prove the end.

    Raises ReadError, StoreError and LinkLost; what was found by then was given to `keep`.
    """
    bench = Bench(instrument, given.surveyor, so_far, given.classes, given.keep, given.tell)
    bench.photograph = given.photograph
    if so_far.unchanged and any(so_far.finding(one).word is None for one in by_keys.FIRST):
        kept = tuple(one for one in so_far.kept if one != _INITIALISED)
        bench.found = replace(so_far, kept=kept)
    with instrument.operation():
        await _awake(bench)
        diagnosis = await by_keys.diagnosed(bench)
        identity = diagnosis.identity
        if identity is not None and _is_another(so_far, identity):
            raise Trouble(_other(so_far, identity))
        bench.found = replace(
            bench.found,
            rom=identity.rom if identity is not None else None,
            software=identity.software if identity is not None else None,
            classes=tuple(
                one.value for one in Class if one in given.classes or one.value in so_far.classes
            ),
            unchanged="",
        )
        if diagnosis.ready:
            await bench.learn()
        elif Class.KEYS in given.classes and not bench.found.owed:
            lit = await bench.look("MODE", "", "Which mode key is lit?", Asked.MODE)
            bench.owe(Owed.DISABLED, lit or "PROG")
        if Class.KEYS in given.classes:
            await _once(bench, _INITIALISED, by_keys.initialised)
        if not await by_keys.ready(bench):
            raise Trouble(diagnosis.advice)
        lit = bench.owed(Owed.DISABLED)
        if not diagnosis.ready:
            await bench.look("MODE", lit or "PROG", "This puts the M1 back in its earlier mode.")
            await bench.learn()
        bench.paid(Owed.EXCLUSIVE)
        await bench.put_back()
        if given.classes == _ONLY_QUESTIONS and not bench.found.owed:
            await _experiments(bench, (Class.ASKS,))
            return await _proved(bench, None)
        if bench.mode not in by_midi.PLAY_MODES and bench.owed(Owed.MODE) is None:
            if Class.KEYS not in given.classes:
                raise Trouble(_PRESS_PROG)
            # A page that was shown elsewhere cannot be shown again by a message.
            await bench.look("PROG", "PROG", "The survey begins in PROG mode.")
            await bench.learn()
            if bench.mode not in by_midi.PLAY_MODES:
                raise Trouble(_PRESS_PROG)
        await _pay(bench)
        await _begin_or_go_on(bench, given)
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
        await _pay(bench)
        await bench.put_back()
        given.lay_aside(b"")
        bench.paid(Owed.MODE)
        if lit is not None and await bench.to_page("5-2", "GLOBAL 5"):
            text = "Exclusive was DIS before. What is shown above H?"
            seen = await bench.look("GLOBAL 5", "H DOWN", text, Asked.SETTING, "H")
            back = await bench.look("MODE", lit, "This puts the M1 back in its earlier mode.")
            if seen == "DIS" and back is not None:
                bench.paid(Owed.DISABLED)
            return _proved_while_disabled(bench)
        return await _proved(bench, given.progress)


async def _begin_or_go_on(bench: Bench, given: Surveying) -> None:
    """Lay mode and edit buffer aside, or take what a survey that was killed had laid aside."""
    was = bench.owed(Owed.MODE)
    if was is None:
        bench.owe(Owed.MODE, bench.mode.name if bench.mode is not None else "")
        if bench.own is not None and bench.buffer is not None:
            given.lay_aside(load_message(bench.channel, bench.buffer).encode())
        return
    bench.mode = Mode[was] if was in Mode.__members__ else bench.mode
    bench.own = next((kind for kind in KINDS if bench.mode in kind.modes), None)
    laid = given.laid_aside()
    if bench.own is not None:
        await bench.enter(bench.own.mode)
        now = await bench.buffer_now(bench.own)
        then = bench.own.buffer(decode(laid)) if laid else None
        # What a person has edited since is nowhere else, and stays.
        mine = then is not None and now is not None and by_midi.is_ours(now, then)
        bench.buffer = then if mine or (now is not None and await _is_kept(bench, now)) else now


async def _is_kept(bench: Bench, buffer: Record) -> bool:
    """Return whether the memory contains an edit buffer's sound, so that it may be replaced."""
    assert bench.own is not None
    held = await bench.read(bench.own.part)
    return held is not None and any(one.raw == buffer.raw for one in bench.own.slots(held))


async def _experiments(bench: Bench, classes: Iterable[Class]) -> None:
    for name, of, experiment in EXPERIMENTS:
        if of in classes:
            await _once(bench, name, experiment)


async def _once(bench: Bench, name: str, experiment: Experiment) -> None:
    """Make an experiment that was not made yet."""
    if name in bench.found.kept:
        return
    bench.tell(name)
    bench.unmade = False
    await experiment(bench)
    if not bench.unmade:
        bench.found = replace(bench.found, kept=(*bench.found.kept, name))
    bench.keep(bench.found)


def _is_another(so_far: Survey, identity: IdentityReply) -> bool:
    """Return whether a survey is of an M1 with other numbers."""
    pairs = ((so_far.rom, identity.rom), (so_far.software, identity.software))
    return any(None not in pair and pair[0] != pair[1] for pair in pairs)


def _other(so_far: Survey, now: IdentityReply) -> Advice:
    return Advice(
        code="survey-other-m1",
        happened=f"This is not the M1 that was surveyed: its ROM number is {now.rom} and its "
        f"software version {now.software}; expected {so_far.rom} and {so_far.software}.",
        safe="Only questions were sent.",
        next_step="Connect that M1 to continue. For this one, run m1tui survey with another "
        "folder: --out DIR.",
    )


_PRESS_PROG = Advice(
    code="survey-press-prog",
    happened="The M1 is not in PROG or COMBI. From another mode the program could not bring it "
    "back to the page that is shown now.",
    safe="Only questions were sent.",
    next_step="Press PROG or COMBI on the M1, and start the survey again.",
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
        word = "as before" if same else "NOT as before"
        parts.append(f"memory ({len(reading.dump):,} bytes) {word}")
    if bench.found.owed:
        good = False
        parts.append(still_owed(bench.found).removesuffix(".") or "the mode was not put back")
    said = ", ".join(parts)
    bench.found = replace(bench.found, unchanged=said if good else "")
    if not good:
        kept = f' Restore the backup "{bench.backup}".' if bench.backup else ""
        bench.tell(f"NOT as it was: {said}.{kept}")
    bench.keep(bench.found)
    return bench.found


def _proved_while_disabled(bench: Bench) -> Survey:
    """Return the survey where the M1, as before, does not answer any more."""
    owed = still_owed(bench.found)
    if owed:
        bench.tell(owed)
    said = "" if owed else "Exclusive is DIS again, as it was before"
    bench.found = replace(bench.found, unchanged=said)
    bench.keep(bench.found)
    return bench.found


async def _awake(bench: Bench) -> None:
    """Have the M1 on, and the song stopped that the survey started: it would not answer."""
    if bench.owed(Owed.SONG) is not None:
        await by_keys.song_stopped(bench)
    if bench.owed(Owed.PROGRAM) is not None:
        await bench.look("POWER", "", by_keys.SWITCH_ON, then=("power-on",))
        await by_keys.until_answer(bench)


async def _pay(bench: Bench) -> None:
    """Put back what a survey that was killed had changed for a moment."""
    if not set(bench.found.owed) - {Owed.MODE.value, Owed.DISABLED.value}:
        return
    bench.tell("putting back what an earlier survey changed temporarily")
    await _pay_settings(bench)
    await _pay_memory(bench)
    for kind, owed in SELECTED.items():
        place = bench.owed(owed)
        if place is not None:
            await bench.select(kind, int(place))
            bench.paid(owed)


async def _pay_settings(bench: Bench) -> None:
    for owed, page, keys, letter in (
        (Owed.FILTER, "5-2", "GLOBAL 5", "B"),
        (Owed.PROTECT, "6-1", "GLOBAL 6", "B"),
        (Owed.SONGS_PROTECT, "6-3", "GLOBAL 6", "B"),
        (Owed.CLOCK, "5-1", "GLOBAL 5", "D"),
    ):
        value = bench.owed(owed)
        if value is None or not await bench.to_page(page, keys):
            continue
        seen = await bench.look(
            keys, letter, f"What is shown above {letter}?", Asked.SETTING, letter
        )
        if seen is not None and seen != value:
            key = "UP" if value in ("ON", "ENA", "EXT") else "DOWN"
            text = f"Set it back to {value}. What is shown above {letter}?"
            seen = await bench.look(keys, key, text, Asked.SETTING, letter)
        if seen == value:
            bench.paid(owed)


async def _pay_memory(bench: Bench) -> None:
    if bench.owed(Owed.ALLOCATION) is not None and await bench.to_page("6-4", "GLOBAL 6"):
        await bench.look("GLOBAL 6", "DOWN G", "If the M1 asks SURE, press G again.")
        if bench.taken_in is not None and await bench.enter(bench.taken_in):
            await bench.send(Contents(sequence=Sequence.empty()), Part.SEQUENCE)
            if await by_keys.allocation_now(bench) is Allocation.LARGE_PROGRAM:
                bench.paid(Owed.ALLOCATION)
    for owed, where in by_midi.MARKED.items():
        was = bench.owed(owed)
        if was is None or bench.taken_in is None or not await bench.enter(bench.taken_in):
            continue
        now = await bench.read(Part.GLOBAL)
        if now is not None and now.global_ is not None:
            raw = bytearray(now.global_.raw)
            raw[where] = bytes.fromhex(was)
            await bench.send(now.replace(global_=GlobalData(bytes(raw))), Part.GLOBAL)
            bench.paid(owed)
    if bench.owed(Owed.CARD) is not None and bench.taken_in is not None:
        await bench.enter(bench.taken_in)
        card = await bench.read(Part.COMBINATIONS, Bank.CARD)
        if card is not None:
            await bench.send(card.playing_from(card=True), Part.COMBINATIONS, Bank.CARD)
            bench.paid(Owed.CARD)
