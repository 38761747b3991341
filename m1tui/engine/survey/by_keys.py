"""Experiments that need hands: keys to press, and a display to look at. Grouped by page."""

from __future__ import annotations

import asyncio
import contextlib
from typing import NamedTuple

from m1tui.advice import Advice, Trouble, listed
from m1tui.engine.diagnose import diagnose
from m1tui.engine.diagnosis import Cause, Diagnosis
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.engine.restore.edit_buffers import KINDS, Kind
from m1tui.engine.survey.bench import CODES, LOADED, SELECTED, Bench, Owed
from m1tui.engine.survey.by_midi import heard, send_protected
from m1tui.engine.survey.person import Asked
from m1tui.errors import NoReply
from m1tui.manners import (
    ALLOCATION_BACK,
    BATTERY_LOW,
    DIGIT_KEY,
    DISABLED_DUMP,
    DUMP_LEAVES,
    GLOBAL_PAGES,
    IDENTITY_DISABLED,
    IGNORES_FILTER,
    INITIALISED_CHANNEL,
    INITIALISED_CLOCK,
    INITIALISED_FILTERS,
    INITIALISED_PROTECTS,
    LETTER,
    MODE_CHANGE_PAGE,
    PROTECTED_DUMP,
    SECOND_G,
    SEQUENCER_CLOCK,
    START_TIME,
    UP_DOWN,
    WHILE_PLAYING,
    Manner,
)
from m1tui.surveys import Class
from m1tui.sysex import (
    Allocation,
    BankDump,
    BankRequest,
    Contents,
    IdentityReply,
    IdentityRequest,
    Mode,
    ModeData,
    ModeRequest,
    Part,
    Sequence,
)

_CLOCK, _START = 0xF8, 0xFA
_LISTENING = 1.0
_FILTERS = "GLOBAL 5 +"
_MOST_STEPS = 4_400
_START_AGAIN = 20.0
"""Seconds for which an answer is waited for behind power-on."""
_KEEPS = 2.2
"""Volts of a cell below which the memory may not survive a power-off."""


# An M1 that was just initialised

_FIRST = (INITIALISED_FILTERS, INITIALISED_PROTECTS, INITIALISED_CHANNEL, INITIALISED_CLOCK)
FIRST = tuple(one.name for one in _FIRST)
"""The manners that only an M1 shows that was just initialised."""


async def initialised(bench: Bench) -> None:
    """What an initialisation leaves; asked only of one that has just been through it."""
    manners = _FIRST
    fresh = await bench.look(
        "INITIALISED",
        "",
        "Was this M1 just initialised (new battery, or lost memory), and has nobody changed "
        "a setting since?",
        Asked.YES_NO,
    )
    if fresh is None:
        bench.not_seen(*manners)
        return
    diagnosis = bench.instrument.diagnosis
    if fresh != "YES" or diagnosis is None:
        # Asked again only of a survey that had ended: the M1 may have lost its memory since.
        bench.left_open("Needs an M1 that was just initialised.", *manners)
        return
    bench.begin()
    exclusive = "ENA" if diagnosis.ready else "DIS"
    await _setting(bench, INITIALISED_CLOCK, "GLOBAL 5", "D", "the clock")
    await _channel(bench, diagnosis.channel)
    seen = None
    if await bench.to_page("5-2", "GLOBAL 5"):
        seen = await bench.look("GLOBAL 5", "", "What is shown above B?", Asked.SETTING, "B")
    if seen is None:
        bench.not_seen(INITIALISED_FILTERS)
    else:
        same = seen == exclusive
        word = exclusive if same else f"exclusive {exclusive}, program change {seen}"
        bench.note(
            INITIALISED_FILTERS,
            word,
            f"It answers as with Exclusive at {exclusive}; 5-2 shows {seen}.",
        )
    await _setting(bench, INITIALISED_PROTECTS, "GLOBAL 6", "B", "the internal memory protect")


async def _channel(bench: Bench, replied: int | None) -> None:
    """Keep the channel of the identity reply; of an M1 that sent none, the one that it shows."""
    if replied is not None:
        evidence = "Taken from the channel of its identity reply."
        bench.note(INITIALISED_CHANNEL, str(replied + 1), evidence)
        return
    seen = None
    if await bench.to_page("5-1", "GLOBAL 5"):
        text = "Which channel is shown above B?"
        seen = await bench.look("GLOBAL 5", "", text, Asked.CHANNEL, "B")
    if seen is None:
        bench.not_seen(INITIALISED_CHANNEL)
    else:
        bench.note(INITIALISED_CHANNEL, seen, f"Page 5-1 shows {seen} above B.")


async def _setting(bench: Bench, manner: Manner, keys: str, letter: str, what: str) -> None:
    first = f"{keys[-1]}-1"
    seen = None
    if await bench.to_page(first, keys):
        text = f"What is shown above {letter} for {what}?"
        seen = await bench.look(keys, "", text, Asked.SETTING, letter)
    if seen is None:
        bench.not_seen(manner)
    else:
        bench.note(manner, seen, f"Page {first} shows {seen} above {letter}.")


# Pages and keys of GLOBAL


async def pages(bench: Bench) -> None:
    """How the sub-pages of GLOBAL 1 to 4 are numbered."""
    bench.begin()
    counts = []
    for digit in range(1, 5):
        seen = await bench.look(
            "GLOBAL", f"GLOBAL {digit + 1} -", "Which page is shown?", Asked.PAGE
        )
        for _ in range(3):
            if seen is None or not seen.startswith(f"{digit + 1}-"):
                break
            seen = await bench.look("GLOBAL", "-", "Which page is shown now?", Asked.PAGE)
        if seen is None or not seen.startswith(f"{digit}-"):
            bench.not_seen(GLOBAL_PAGES)
            return
        counts.append(seen.partition("-")[2])
    last = listed([f"{digit}-{count}" for digit, count in enumerate(counts, 1)])
    evidence = f"The last sub-pages of GLOBAL 1, 2, 3 and 4 are {last}."
    bench.note(GLOBAL_PAGES, "-".join(counts), evidence)
    for digit in range(1, 5):
        seen = await bench.look("GLOBAL", f"GLOBAL {digit}", "Which page is shown?", Asked.PAGE)
        if seen is not None:
            await bench.wording(f"GLOBAL {seen}")


async def filters_page(bench: Bench) -> None:
    """What letters, UP and DOWN, and digits do on the page of the MIDI filters."""
    bench.begin()
    if not await bench.to_page("5-2", _FILTERS):
        bench.not_seen(LETTER, UP_DOWN, DIGIT_KEY)
        return
    await bench.wording("GLOBAL 5-2")
    seen = await bench.look("GLOBAL 5", "H C", "Under which value is the cursor?", Asked.CURSOR)
    if seen is None:
        bench.not_seen(LETTER)
    else:
        where = {"H": "nothing", "D": "cell"}.get(seen, seen)
        bench.note(LETTER, where, f"After H and C the cursor is at {seen}.")
    await _up_down(bench)
    bench.begin()
    first = await bench.look("GLOBAL 5", "0 5", "Which page is shown?", Asked.PAGE)
    second = await bench.look("GLOBAL 5", "5", "And now?", Asked.PAGE) if first else None
    words = {("5-1", "5-1"): "first", ("5-2", "5-2"): "last", ("5-1", "5-2"): "next"}
    if first is None or second is None:
        bench.not_seen(DIGIT_KEY)
        return
    shown = words.get((first, second), f"{first}, {second}")
    bench.note(
        DIGIT_KEY, shown, f"From 5-2, the keys 0 5 lead to {first}, and 5 again to {second}."
    )


async def _up_down(bench: Bench) -> None:
    bench.begin()
    before = await bench.look("GLOBAL 5", "B", "What is shown above B?", Asked.SETTING, "B")
    if before not in ("ENA", "DIS"):
        bench.not_seen(UP_DOWN)
        return
    key, back = ("UP", "DOWN") if before == "ENA" else ("DOWN", "UP")
    bench.owe(Owed.FILTER, before)
    after = await bench.look("GLOBAL 5", key, "What is shown above B now?", Asked.SETTING, "B")
    if after is None:
        bench.not_seen(UP_DOWN)
    elif after != before:
        bench.note(UP_DOWN, "wrap", f"{before}, then {key}: {after}.")
        after = await bench.look("GLOBAL 5", back, "And now?", Asked.SETTING, "B")
    else:
        bench.note(UP_DOWN, "stop", f"{before}, then {key}: {after}.")
    if after == before:
        bench.paid(Owed.FILTER)


async def mode_change_page(bench: Bench) -> None:
    """Which page a mode change by MIDI leads to."""
    bench.begin()
    if not await bench.to_page("5-2", _FILTERS):
        bench.not_seen(MODE_CHANGE_PAGE)
        return
    if await bench.look("PROG", "PROG", "Next, the program changes the mode.") is None:
        bench.not_seen(MODE_CHANGE_PAGE)
        return
    if await bench.mode_now() is not Mode.PROG:
        bench.not_tried("PROG was not pressed.", MODE_CHANGE_PAGE)
        return
    if not await bench.enter(Mode.GLOBAL):
        bench.not_tried("The M1 did not enter GLOBAL.", MODE_CHANGE_PAGE)
        return
    seen = await bench.look("GLOBAL", "", "Which page is shown?", Asked.PAGE)
    if seen is None:
        bench.not_seen(MODE_CHANGE_PAGE)
        return
    word = {"0-1": "first", "5-2": "last"}.get(seen, seen)
    bench.note(MODE_CHANGE_PAGE, word, f"After 5-2, PROG and 4E to GLOBAL: {seen}.")


async def dump_page(bench: Bench) -> None:
    """Whether a dump that is taken leaves the page as it was."""
    if bench.found.finding(DUMP_LEAVES.name).word is not None:
        return
    if not _may_write(bench):
        bench.not_tried(_NEEDS_WRITING, DUMP_LEAVES)
        return
    if bench.taken_in is None:
        bench.not_tried("No mode was found in which a dump is accepted.", DUMP_LEAVES)
        return
    if bench.found.finding("dump-modes").word == "play-modes":
        why = "Dumps are accepted only in PROG and COMBI, which have a single page. "
        unseen = "So it cannot be seen whether the page stays. PROG mode is ruled out."
        bench.note(DUMP_LEAVES, None, why + unseen)
        return
    bench.begin()
    if not await bench.to_page("5-2", _FILTERS):
        bench.not_seen(DUMP_LEAVES)
        return
    code, _ = await bench.send_back(Part.GLOBAL)
    mode = await bench.mode_now()
    if code is not LOADED or mode is not Mode.GLOBAL:
        bench.not_tried("Global was not accepted on page 5-2.", DUMP_LEAVES)
        return
    seen = await bench.look("GLOBAL 5", "", "Global was sent. Which page is shown?", Asked.PAGE)
    if seen is None:
        bench.not_seen(DUMP_LEAVES)
        return
    word = {"5-2": "as-it-was", "0-1": "first-page"}.get(seen, seen)
    bench.note(DUMP_LEAVES, word, f"The page was 5-2 before, and {seen} after Global was sent.")


_NEEDS_WRITING = "Needs experiments that write."


def _may_write(bench: Bench) -> bool:
    return bench.before is not None and Class.WRITES in bench.classes


# GLOBAL 5: Exclusive disabled


async def disabled(bench: Bench) -> None:
    """What is answered, and where, while MIDI Exclusive is DIS."""
    bench.begin()
    manners = (IGNORES_FILTER, IDENTITY_DISABLED, DISABLED_DUMP)
    if not await bench.to_page("5-2", _FILTERS):
        bench.not_seen(*manners)
        return
    bench.owe(Owed.EXCLUSIVE, "ENA")
    value = await bench.look("GLOBAL 5", "H DOWN", "What is shown above H?", Asked.SETTING, "H")
    try:
        if value == "DIS":
            await _while_disabled(bench)
        elif value is None:
            bench.not_seen(*manners)
        else:
            bench.not_tried("Exclusive was not set to DIS.", *manners)
    finally:
        # A person who skips may have pressed the keys all the same.
        await _enable(bench)
        enabled = await bench.mode_now() is not None
        if enabled:
            bench.paid(Owed.EXCLUSIVE)
    if not enabled:
        raise Trouble(_STILL_DISABLED)


_STILL_DISABLED = Advice(
    code="survey-still-disabled",
    happened="The M1 does not answer: Exclusive is probably still DIS.",
    safe="What was found is kept. The memory is as it was.",
    next_step=f"Press {EXCLUSIVE_ON}, and start the survey again: it continues where it stopped.",
)


async def _while_disabled(bench: Bench) -> None:
    here = await bench.mode_now()
    if await bench.look("GLOBAL 7", "7", "The program asks the M1 on page 7, DATA DUMP.") is None:
        bench.not_seen(IGNORES_FILTER)
    else:
        there = await bench.mode_now()
        where = "global-mode" if here else "data-dump-page" if there else "nowhere"
        bench.note(IGNORES_FILTER, where, f"On 5-2 {_answers(here)}, on page 7 {_answers(there)}.")
    if await bench.look("PROG", "PROG", "The program asks the M1 in PROG.") is None:
        bench.not_seen(IDENTITY_DISABLED, DISABLED_DUMP)
        return
    bench.begin()
    _, _, identity = await bench.answered(
        IdentityRequest(None), lambda one: isinstance(one, IdentityReply)
    )
    word = "answered" if identity is not None else "silence"
    bench.note(IDENTITY_DISABLED, word, f"Identity request: {word}.")
    if not _may_write(bench):
        bench.not_tried(_NEEDS_WRITING, DISABLED_DUMP)
        return
    bench.begin()
    code, _ = await bench.send_back(Part.GLOBAL)
    word = "23" if code is LOADED else CODES.get(code, str(code))
    bench.note(DISABLED_DUMP, word, f"Global, sent back: {word}.")


def _answers(mode: Mode | None) -> str:
    return "it answers" if mode is not None else "silence"


async def _enable(bench: Bench) -> None:
    """Have Exclusive enabled again; the program proves it in PROG mode."""
    for _ in range(3):
        if await bench.to_page("5-2", "GLOBAL 5"):
            text = "Exclusive must be ENA. What is shown above H?"
            await bench.look("GLOBAL 5", "H UP", text, Asked.SETTING, "H")
        await bench.look("PROG", "PROG", "The program checks whether the M1 answers again.")
        if (await diagnose(bench.instrument)).ready:
            return


# GLOBAL 6


async def protect(bench: Bench) -> None:
    """What a dump into protected memory is answered with, where memory was not protected."""
    if bench.found.finding(PROTECTED_DUMP.name).word is not None:
        return
    if not _may_write(bench):
        bench.not_tried(_NEEDS_WRITING, PROTECTED_DUMP)
        return
    bench.begin()
    value = None
    if await bench.to_page("6-1", "GLOBAL 6"):
        value = await bench.look("GLOBAL 6", "B", "What is shown above B?", Asked.SETTING, "B")
    if value is None:
        bench.not_seen(PROTECTED_DUMP)
    if value != "OFF":
        return
    bench.owe(Owed.PROTECT, "OFF")
    now = await bench.look("GLOBAL 6", "UP", "And now?", Asked.SETTING, "B")
    if now == "ON":
        await send_protected(bench)
    elif now is None:
        bench.not_seen(PROTECTED_DUMP)
    else:
        bench.not_tried("The memory protect was not set to ON.", PROTECTED_DUMP)
    if await bench.to_page("6-1", "GLOBAL 6"):
        text = "Set it back to OFF. What is shown above B?"
        if await bench.look("GLOBAL 6", "B DOWN", text, Asked.SETTING, "B") == "OFF":
            bench.paid(Owed.PROTECT)


async def allocation(bench: Bench) -> None:
    """What changing the allocation does to songs, and what it asks; only where nothing is lost."""
    fresh = bench.before is not None and bench.before.is_initialised
    large = bench.before is not None and bench.before.allocation is Allocation.LARGE_PROGRAM
    if not (fresh and large and _may_write(bench)):
        why = "It erases memory, so it is tried only on an M1 whose memory is initialised."
        bench.not_tried(why, SECOND_G, ALLOCATION_BACK)
        return
    bench.begin()
    was_on = await _unprotect_songs(bench)
    try:
        await _allocate(bench, was_on)
    finally:
        await bench.send_back(Part.SEQUENCE)
        if await allocation_now(bench) is Allocation.LARGE_PROGRAM:
            bench.paid(Owed.ALLOCATION)
    if was_on and await bench.to_page("6-3", "GLOBAL 6"):
        text = "Set it back to ON. What is shown above B?"
        if await bench.look("GLOBAL 6", "B UP", text, Asked.SETTING, "B") == "ON":
            bench.paid(Owed.SONGS_PROTECT)


async def _allocate(bench: Bench, was_on: bool | None) -> None:
    if was_on is None or not await bench.to_page("6-4", "GLOBAL 6"):
        bench.not_seen(SECOND_G, ALLOCATION_BACK)
        return
    bench.owe(Owed.ALLOCATION, "100/100")
    text = "The program asks the M1 for its allocation."
    seen = await bench.look("GLOBAL 6", "UP G", text)
    asks = await allocation_now(bench) is not Allocation.LARGE_SEQUENCE
    if asks and seen is not None:
        seen = await bench.look("GLOBAL 6", "G", text)
    if seen is None:
        bench.not_seen(SECOND_G, ALLOCATION_BACK)
    elif await allocation_now(bench) is not Allocation.LARGE_SEQUENCE:
        bench.not_tried("The allocation did not change.", SECOND_G, ALLOCATION_BACK)
    else:
        word = "allocation-too" if asks else "destroying"
        bench.note(SECOND_G, word, f"6-4 needed G {'twice' if asks else 'once'}.")
        await _songs_back(bench, asks=asks)


async def _songs_back(bench: Bench, *, asks: bool) -> None:
    """Go back to 100/100 with too many steps, and where that says nothing, with a few."""
    g = "G G" if asks else "G"
    bench.begin()
    trials = (_MOST_STEPS + 100, 8)
    left: list[int | None] = []
    for number, steps in enumerate(trials):
        if number:
            await bench.to_page("6-4", "GLOBAL 6")
            await bench.look("GLOBAL 6", f"UP {g}", "This sets the allocation back to 50/50.")
        if bench.taken_in is not None:
            await bench.enter(bench.taken_in)
        await bench.send(_songs(steps), Part.SEQUENCE)
        # The reply may come before memory has changed.
        await asyncio.sleep(1.0)
        await bench.to_page("6-4", "GLOBAL 6")
        await bench.look("GLOBAL 6", f"DOWN {g}", "This sets the allocation back to 100/100.")
        if bench.unmade or await allocation_now(bench) is not Allocation.LARGE_PROGRAM:
            bench.not_seen(ALLOCATION_BACK)
            return
        read = await bench.read(Part.SEQUENCE)
        left.append(read.sequence.step_count if read is not None and read.sequence else None)
        if left[-1]:
            break
    words: dict[tuple[int | None, ...], str] = {
        (_MOST_STEPS,): "cuts",
        (0, 8): "keeps",
        (0, 0): "destroys",
    }
    # The second trial is made only where the first says nothing.
    evidence = " ".join(map(_kept, trials, left))
    bench.note(ALLOCATION_BACK, words.get(tuple(left)), evidence)


def _kept(steps: int, left: int | None) -> str:
    """Return the sentence on how many of the steps that were sent are left, None for not read."""
    if left is None:
        return f"Of {steps:,} steps, the number kept was not read."
    kept = "1 was" if left == 1 else f"{left:,} were" if left else "none were"
    return f"Of {steps:,} steps, {kept} kept."


def _songs(steps: int) -> Contents:
    control = Sequence.empty().control
    offsets = (0, *(4 * steps,) * 180)
    sequence = Sequence(control.replace(offsets=offsets), b"\x00\x00\x00\x00" * steps)
    return Contents(sequence=sequence, allocation=Allocation.LARGE_SEQUENCE)


async def _unprotect_songs(bench: Bench) -> bool | None:
    """Have the sequence protect off; return whether it was on, None where it stayed on."""
    if not await bench.to_page("6-3", "GLOBAL 6"):
        return None
    value = await bench.look("GLOBAL 6", "B", "What is shown above B?", Asked.SETTING, "B")
    if value != "ON":
        return False if value == "OFF" else None
    bench.owe(Owed.SONGS_PROTECT, "ON")
    now = await bench.look("GLOBAL 6", "DOWN", "And now?", Asked.SETTING, "B")
    return True if now == "OFF" else None


async def allocation_now(bench: Bench) -> Allocation | None:
    """Return the allocation, None where the M1 does not answer."""
    try:
        return (await bench.instrument.ask_mode()).allocation
    except NoReply:
        return None


# SEQ


async def playing(bench: Bench) -> None:
    """When the clock is sent, and what is answered while a song plays."""
    bench.begin()
    if await bench.look("SEQ", "SEQ", "Leave the sequencer stopped.") is None:
        bench.not_seen(SEQUENCER_CLOCK, WHILE_PLAYING)
        return
    at_rest = await heard(bench, _CLOCK, _LISTENING)
    bench.owe(Owed.SONG, "at rest")
    starts = asyncio.create_task(heard(bench, _START, _LISTENING))
    await asyncio.sleep(0)
    text = "Let the song play while the program is asking the M1."
    plays = await bench.look("SEQ", "START/STOP", text)
    started = await starts
    if plays is None:
        bench.not_seen(SEQUENCER_CLOCK, WHILE_PLAYING)
        await song_stopped(bench)
        return
    clocks = await heard(bench, _CLOCK, _LISTENING)
    if not (started or at_rest or clocks):
        why = "No start was heard: the clock source is EXT, or no song is playing."
        bench.not_tried(why, SEQUENCER_CLOCK, WHILE_PLAYING)
    else:
        word = "in-seq-mode" if at_rest else "while-playing" if clocks else "none"
        bench.note(
            SEQUENCER_CLOCK, word, f"F8 came {at_rest} times at rest, {clocks} while playing."
        )
        await _asked_while_playing(bench)
    if await bench.look("SEQ", "START/STOP", "Stop the song.") is None:
        await song_stopped(bench)
    else:
        bench.paid(Owed.SONG)


async def song_stopped(bench: Bench) -> None:
    """Have a song stopped that may play: where one does, the M1 need not answer."""
    plays = await bench.look("SEQ", "", "Is a song playing on the M1?", Asked.YES_NO)
    if plays == "YES":
        plays = await bench.look("SEQ", "START/STOP", "Stop the song.")
    if plays is not None:
        bench.paid(Owed.SONG)


async def _asked_while_playing(bench: Bench) -> None:
    bench.begin()
    _, _, mode = await bench.answered(
        ModeRequest(bench.channel), lambda one: isinstance(one, ModeData)
    )
    _, _, dump = await bench.answered(
        BankRequest(bench.channel, Part.GLOBAL), lambda one: isinstance(one, BankDump)
    )
    words = {(False, False): "ignored", (True, False): "mode-data", (True, True): "answered"}
    came = mode is not None, dump is not None
    seen = {
        (False, False): "neither was answered",
        (True, False): "only the mode request was answered",
        (True, True): "both were answered",
    }.get(came, "only the Global request was answered")
    bench.note(
        WHILE_PLAYING,
        words.get(came, "the dump only"),
        f"Mode request and Global request while a song is playing: {seen}.",
    )


# Power


async def power(bench: Bench) -> None:
    """How soon it answers behind power-on, and whether it warns of its battery."""
    if bench.before is None:
        bench.not_tried(
            "Needs a backup first; only experiments that write make one.", START_TIME, BATTERY_LOW
        )
        return
    sure = await bench.look(
        "POWER",
        "",
        "Enter the battery's voltage if you measured it recently. If you leave this empty, the "
        "M1 stays on. If the cell does not keep the memory, the sounds are lost, and you have to "
        "restore the backup.",
        Asked.VOLTS,
    )
    if sure is None:
        why = "The battery's voltage was not entered, so the M1 was not switched off."
        bench.not_tried(why, START_TIME, BATTERY_LOW)
        return
    if float(sure) < _KEEPS:
        why = f"A cell of {sure} V may not keep the memory. Change it first (internal-battery)."
        bench.not_tried(why, START_TIME, BATTERY_LOW)
        return
    clock = None
    if await bench.to_page("5-1", "GLOBAL 5"):
        clock = await bench.look("GLOBAL 5", "", "What is shown above D?", Asked.SETTING, "D")
    if clock is None:
        # Power-on sets it to INT.
        bench.not_seen(START_TIME, BATTERY_LOW)
        return
    places = await _selections(bench)
    if places is None:
        why = "The current sound could not be selected again: an edited sound, identical slots, "
        why += "a card, or program changes at DIS."
        bench.not_tried(why, START_TIME, BATTERY_LOW)
        return
    bench.begin()
    for kind, place in places.items():
        bench.owe(SELECTED[kind], str(place))
    if clock == "EXT":
        bench.owe(Owed.CLOCK, clock)
    off = await bench.look("POWER", "", "Switch the M1 off.", actions=("power-off",))
    if off is None and await bench.mode_now() is not None:
        bench.not_seen(START_TIME, BATTERY_LOW)
        bench.paid(Owed.CLOCK, *SELECTED.values())
        return
    await _switched_on(bench, sure)
    warns = await bench.look("POWER", "", _WARNED, Asked.YES_NO)
    if warns is None:
        bench.not_seen(BATTERY_LOW)
    else:
        await _battery_low(bench, Cell(float(sure), warns == "YES"))
    await until_answer(bench)
    for kind, place in places.items():
        await bench.select(kind, place)
    if clock == "EXT" and await bench.to_page("5-1", "GLOBAL 5"):
        text = "Set the clock back to EXT. What is shown above D?"
        clock = await bench.look("GLOBAL 5", "D UP", text, Asked.SETTING, "D")
        if clock == "EXT":
            bench.paid(Owed.CLOCK)
    bench.paid(*SELECTED.values())


async def _switched_on(bench: Bench, volts: str) -> None:
    """Have the M1 switched on, and time its first answer from that moment. Raises Trouble."""
    loop = asyncio.get_running_loop()
    first = asyncio.create_task(_first_answer(bench))
    try:
        pressed = await bench.look("POWER", "", _ON, then=("power-on",))
        if pressed is None:
            await bench.look("POWER", "", SWITCH_ON, then=("power-on",))
        at = loop.time()
        await asyncio.wait({first}, timeout=_START_AGAIN)
        if not first.done():
            why = f"The M1 did not answer again within {_START_AGAIN:.0f} s."
            bench.not_tried(why, START_TIME, BATTERY_LOW)
            raise Trouble(_gone_silent(bench, volts))
        seconds = first.result() - at
    finally:
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    if pressed is None:
        bench.not_seen(START_TIME)
    elif seconds < -_TOO_LATE:
        why = f"It answered {-seconds:.0f} s before Enter was pressed, so the time is not known."
        bench.not_tried(why, START_TIME)
    else:
        seconds = max(0.0, seconds)
        bench.time("power-on", seconds)
        word = "at-once" if seconds < 1.8 else "3s" if seconds < 6 else f"{seconds:.0f} s"
        bench.note(START_TIME, word, f"It answered {seconds:.1f} s after Enter was pressed.")


SWITCH_ON = "Switch the M1 on, if it is off."
_ON = "Switch the M1 on with one hand, and press Enter with the other at the same moment."
_TOO_LATE = 1.0
"""Seconds by which a person may press Enter behind the switch."""


def _gone_silent(bench: Bench, volts: str) -> Advice:
    named = f' "{bench.backup}"' if bench.backup else ""
    return Advice(
        code="survey-power-silent",
        happened="The M1 was switched off and on, and does not answer: expected mode data within "
        f"{_START_AGAIN:.0f} s, found none.",
        safe=f"The backup made at the start{named} contains all that was in the memory.",
        cause=f"The memory was lost though the cell measured {volts} V, so Exclusive is DIS now; "
        "or a cable came out.",
        next_step=f"Look at the display. If it shows Init Prog, press {EXCLUSIVE_ON}, restore that "
        "backup, and have the cell's circuit repaired.",
    )


_WARNED = "Did the M1 show Battery Low (Internal)?"
_LEAST_APART = 0.1
"""Volts from a threshold of a cell that is on its other side."""


class Cell(NamedTuple):
    """What the M1 showed of a cell when it was switched on."""

    volts: float
    warned: bool

    def __str__(self) -> str:
        return f"at {self.volts:g} V {'a' if self.warned else 'no'} warning"


def fitting(cells: list[Cell]) -> list[str]:
    """Return the thresholds with which every cell is consistent, the lowest first."""
    return sorted(
        volts
        for volts in BATTERY_LOW.alternatives
        if all((one.volts < float(volts)) is one.warned for one in cells)
    )


async def _battery_low(bench: Bench, cell: Cell) -> None:
    """Settle the threshold by the cell that is in, and by earlier ones that the person knows."""
    bench.begin()
    cells = [cell]
    while len(fits := fitting(cells)) > 1:
        text = (
            f"So far: {', '.join(map(str, cells))}. If an earlier cell of this M1 measured "
            f"{fits[0]} to {fits[-1]} V, and you know whether the M1 warned about it, enter "
            "its voltage. Do not change the cell for this."
        )
        # Hands try it on a virtual M1, of which nobody has known an earlier cell.
        tried = (f"try-cell {float(fits[-1]) - _LEAST_APART:.1f}",)
        volts = await bench.look("POWER", "", text, Asked.VOLTS, actions=tried, optional=True)
        warned = None
        if volts:
            warned = await bench.look("POWER", "", _WARNED, Asked.YES_NO, optional=True)
        if volts is None or warned is None:
            break
        cells.append(Cell(float(volts), warned == "YES"))
        if fitting(cells) == fits:
            break
    told = ", ".join(map(str, cells))
    seen = told[0].upper() + told[1:]
    if len(fits) == 1:
        bench.note(BATTERY_LOW, fits[0], f"{seen}: that fits only {fits[0]} V.")
    elif fits:
        why = f"{seen}. Consistent with {listed(fits)} V, so not settled: a cell from {fits[0]} to "
        bench.note(BATTERY_LOW, None, f"{why}{fits[-1]} V would help.")
    else:
        why = f"{seen}: that fits no threshold ({listed(list(BATTERY_LOW.alternatives))} V)."
        bench.note(
            BATTERY_LOW, None, f"{why} A faulty battery circuit warns even with a good cell."
        )


async def _selections(bench: Bench) -> dict[Kind, int] | None:
    """Return what is selected in PROG and in COMBI; power-on selects 00 in both."""
    found = {}
    for kind in KINDS:
        if not await bench.enter(kind.mode):
            return None
        place = await bench.selection(kind)
        if place is None:
            return None
        found[kind] = place
    return found


async def until_answer(bench: Bench) -> None:
    """Wait until the M1 answers a mode request, or does not for long."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_first_answer(bench), _START_AGAIN)


async def _first_answer(bench: Bench) -> float:
    """Return the loop's time of the mode request that the M1 answers first."""
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time()
        code, _, answer = await bench.answered(
            ModeRequest(bench.channel), lambda one: isinstance(one, ModeData), 0.3
        )
        bench.instrument.conversation.unanswered = 0
        if answer is not None or code is not None:
            return asked


async def ready(bench: Bench) -> bool:
    """Have Exclusive enabled if it is not; tell whether the M1 answers."""
    diagnosis = await diagnosed(bench)
    if diagnosis.ready:
        return True
    if Class.KEYS not in bench.classes or diagnosis.cause not in _MAY_BE_DISABLED:
        return False
    await _enable(bench)
    return (await diagnose(bench.instrument)).ready


async def diagnosed(bench: Bench) -> Diagnosis:
    """Return who answers; not in GLOBAL mode, where an M1 may answer though Exclusive is DIS."""
    diagnosis = await diagnose(bench.instrument)
    data = diagnosis.mode_data
    if Class.KEYS not in bench.classes or data is None or data.mode is not Mode.GLOBAL:
        return diagnosis
    await bench.look("PROG", "PROG", "The survey begins in PROG mode.")
    return await diagnose(bench.instrument)


_MAY_BE_DISABLED = (Cause.EXCLUSIVE_DISABLED, Cause.SENSING_ONLY, Cause.SILENT)
"""What a diagnosis may find of an M1 whose Exclusive is DIS: it need not send its identity."""
