"""What a survey changed for a moment, kept so that a program that was killed puts it back later."""

from __future__ import annotations

from m1tui.engine.survey.bench import SELECTED, Bench, Owed
from m1tui.engine.survey.by_keys import SWITCH_ON, allocation_now, song_stopped, until_answer
from m1tui.engine.survey.by_midi import MARKED
from m1tui.engine.survey.person import Asked
from m1tui.sysex import Allocation, Bank, Contents, GlobalData, Part, Sequence


async def awake(bench: Bench) -> None:
    """Have the M1 on, and the song stopped that the survey started: it would not answer."""
    if bench.owed(Owed.SONG) is not None:
        await song_stopped(bench)
    if bench.owed(Owed.PROGRAM) is not None:
        await bench.look("POWER", "", SWITCH_ON, then=("power-on",))
        await until_answer(bench)


async def pay(bench: Bench) -> None:
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
            if await allocation_now(bench) is Allocation.LARGE_PROGRAM:
                bench.paid(Owed.ALLOCATION)
    for owed, where in MARKED.items():
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
