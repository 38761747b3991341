"""Experiments that need no hands: questions, edit buffers, and memory that is written back."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import NamedTuple

from m1tui.engine.compare import compare
from m1tui.engine.restore.edit_buffers import KINDS, Kind, ProgramChange, Record
from m1tui.engine.restore.history import Protection
from m1tui.engine.restore.probe import ProbeReport, probe
from m1tui.engine.survey.bench import CODES, LOADED, Bench, Owed, Raw
from m1tui.errors import NoReply
from m1tui.manners import (
    ACTIVE_SENSING,
    BUFFER_MODES,
    CARD_ABSENT,
    CARD_NUMBERS,
    DUMP_LEAVES,
    DUMP_MODES,
    IDENTITY_MEMBER,
    LOAD_ORDER,
    LOAD_TIME,
    MALFORMED,
    MODE_CHANGE_REPLY,
    NAME_PADDING,
    PROGRAM_CHANGE_REPLY,
    PROTECTED_DUMP,
    UNUSED_BITS,
    WRONG_MODE,
)
from m1tui.surveys import FULL_SPEED, GAP
from m1tui.sysex import (
    Bank,
    BankDump,
    BankRequest,
    CardState,
    Contents,
    GlobalData,
    Mode,
    ModeChange,
    ModeRequest,
    Part,
    RealtimeByte,
)

LISTENING = 1.5
"""Seconds; Active Sensing comes at least every 0.3."""
SENSING = 0xFE
QUESTIONS = 5
"""Mode requests whose answers are timed."""
PLAY_MODES = (Mode.PROG, Mode.COMBI)
_PLAY_FIRST = (
    "The M1 was not in PROG or COMBI, so its page could not be restored. Press PROG, then try "
    "again."
)


# Asks only


async def identity(bench: Bench) -> None:
    """The member bytes of the identity."""
    diagnosis = bench.instrument.diagnosis
    reply = diagnosis.identity if diagnosis is not None else None
    if reply is None or len(reply.body) < 5:
        bench.not_tried("The M1 sent no identity.", IDENTITY_MEMBER)
        return
    bench.begin()
    member = reply.body[3:5]
    bench.note(IDENTITY_MEMBER, member.hex("-"), f"Identity: {reply.body.hex(' ').upper()}.")


async def sensing(bench: Bench) -> None:
    """Whether Active Sensing comes."""
    bench.begin()
    count = await heard(bench, SENSING, LISTENING)
    word = "always" if count else "none"
    bench.note(ACTIVE_SENSING, word, f"{count} times FE in {LISTENING} s.")


async def heard(bench: Bench, status: int, seconds: float) -> int:
    """Return how often a realtime byte comes in so many seconds."""
    conversation, loop = bench.instrument.conversation, asyncio.get_running_loop()
    due, count = loop.time() + seconds, 0
    with conversation.ear.listening() as listener:
        while loop.time() < due:
            item = await conversation.next_heard(listener, due)
            count += isinstance(item, RealtimeByte) and item.status == status
    return count


async def latencies(bench: Bench) -> None:
    """How long answers take, and how fast and evenly a dump comes."""
    seconds = []
    for _ in range(QUESTIONS):
        _, after, answer = await bench.answered(
            ModeRequest(bench.channel), lambda one: type(one).__name__ == "ModeData"
        )
        if answer is not None:
            seconds.append(after)
    if seconds:
        bench.time("mode reply", max(seconds))
    entries = bench.instrument.link.transcript
    loop = asyncio.get_running_loop()
    asked = loop.time()
    _, took, dump = await bench.answered(
        BankRequest(bench.channel, Part.PROGRAMS), lambda one: isinstance(one, BankDump)
    )
    if dump is None:
        return
    came = [one for one in entries if one.time >= asked and one.direction.value == "<"]
    came = [one for one in came if any(byte < 0xF8 for byte in one.data)]
    size = sum(len(one.data) for one in came)
    if len(came) > 1:
        bench.time(GAP, max(b.time - a.time for a, b in pairwise(came)))
    bench.time("first byte of a dump", max(0.0, came[0].time - asked))
    bench.time("dump rate", size / max(took, 0.001))


async def wrong_mode(bench: Bench) -> None:
    """What a request for an edit buffer is answered with in another mode."""
    bench.begin()
    mode = await bench.mode_now()
    other = next(kind for kind in reversed(KINDS) if mode not in kind.modes)
    code, _, dump = await bench.answered(
        other.request(bench.channel), lambda one: other.buffer(one) is not None
    )
    if dump is not None or code not in CODES:
        bench.note(WRONG_MODE, "the buffer" if dump is not None else str(code), "The M1 answered.")
        return
    label = mode.label if mode is not None else "an unknown mode"
    bench.note(
        WRONG_MODE, CODES[code], f"{other.word.capitalize()} request in {label}: {CODES[code]}."
    )


async def malformed(bench: Bench) -> None:
    """What a question with a byte missing is answered with."""
    bench.begin()
    short = Raw(bench.channel, bytes([0xF0, 0x42, 0x30 | bench.channel, 0x19, 0x1C, 0xF7]))
    code, _ = await bench.said(short)
    word = CODES.get(code, str(code))
    bench.note(MALFORMED, word, f"A dump request without its bank byte: {word}.")


async def card_absent(bench: Bench) -> None:
    """What a request for a card that is not there is answered with."""
    bench.begin()
    try:
        mode_data = await bench.instrument.ask_mode()
    except NoReply:
        return
    if mode_data.card not in (CardState.NONE, CardState.OFF, CardState.UNKNOWN):
        bench.not_tried("A card is inserted. Take it out, then try again.", CARD_ABSENT)
        return
    code, _, dump = await bench.answered(
        BankRequest(bench.channel, Part.PROGRAMS, Bank.CARD), lambda one: isinstance(one, BankDump)
    )
    word = "a dump" if dump is not None else CODES.get(code, str(code))
    bench.note(CARD_ABSENT, word, f"Card programs: {word}.")


# Uses the edit buffer


async def mode_change(bench: Bench) -> None:
    """Whether a mode change is answered, and whether EDIT modes give the edit buffer."""
    if bench.own is None or bench.mode not in PLAY_MODES:
        bench.not_tried(_PLAY_FIRST, MODE_CHANGE_REPLY, BUFFER_MODES)
        return
    bench.begin()
    other = Mode.COMBI if bench.mode is Mode.PROG else Mode.PROG
    code, _ = await bench.said(ModeChange(bench.channel, other))
    word = "23" if code is LOADED else CODES.get(code, str(code))
    if await bench.mode_now() is not other:
        bench.not_tried("The M1 did not change its mode.", MODE_CHANGE_REPLY, BUFFER_MODES)
        return
    bench.note(MODE_CHANGE_REPLY, word, f"4E to {other.label}: {word}.")
    bench.begin()
    (edit,) = bench.own.modes - {bench.own.mode}
    if not await bench.enter(edit):
        bench.not_tried(f"The M1 did not enter {edit.label}.", BUFFER_MODES)
        return
    buffer = await bench.buffer_now(bench.own)
    word = "play-and-edit" if buffer is not None else "play-only"
    came = "came" if buffer is not None else "did not arrive"
    bench.note(BUFFER_MODES, word, f"In {edit.label} the edit buffer {came}.")


async def bits(bench: Bench) -> None:
    """What becomes of padding and unused bits on the way through the edit buffer."""
    if bench.own is None or bench.buffer is None or not await _in_own_mode(bench):
        bench.not_tried(_PLAY_FIRST, NAME_PADDING, UNUSED_BITS)
        return
    try:
        await _marked_buffer(bench, bench.own, bench.buffer)
    finally:
        await bench.load(bench.buffer)


async def _marked_buffer(bench: Bench, kind: Kind, buffer: Record) -> None:
    bench.begin()
    sent = _marked(buffer)
    if await bench.load(sent) is not LOADED:
        bench.note(NAME_PADDING, None, "The edit buffer was not accepted.")
        bench.note(UNUSED_BITS, None, "The edit buffer was not accepted.")
        return
    came = await bench.buffer_now(kind)
    if came is None:
        bench.note(NAME_PADDING, None, "The edit buffer was not sent.")
        bench.note(UNUSED_BITS, None, "The edit buffer was not sent.")
        return
    padding = came.raw[_PADDED]
    word = {bytes(3): "kept", b"   ": "spaces"}.get(padding, padding.hex(" "))
    bench.note(NAME_PADDING, word, f"00 00 00 came back as {padding.hex(' ').upper()}.")
    unused = [
        (had & ~keep & 0xFF, has & ~keep & 0xFF)
        for had, has, keep in zip(sent.raw, came.raw, sent.significant, strict=True)
        if keep != 0xFF
    ]
    kept, cleared = all(had == has for had, has in unused), not any(has for _, has in unused)
    word = "kept" if kept else "cleared" if cleared else "changed"
    bench.note(UNUSED_BITS, word, f"{len(unused)} bytes with unused bits, all set: {word}.")


_PADDED = slice(7, 10)
"""The end of a name."""


def _marked(record: Record) -> Record:
    """Return a record with 00 at the end of its name and every unused bit set."""
    raw = bytearray(
        byte | (~keep & 0xFF) for byte, keep in zip(record.raw, record.significant, strict=True)
    )
    raw[_PADDED] = bytes(3)
    return type(record)(bytes(raw))


def is_ours(now: Record, before: Record) -> bool:
    """Return whether an edit buffer is what a survey makes of `before`, or `before` itself."""

    def known(record: Record) -> bytes:
        bits = bytes(byte & keep for byte, keep in zip(record.raw, record.significant, strict=True))
        return bits[: _PADDED.start] + bits[_PADDED.stop :]

    return known(now) == known(before)


async def _in_own_mode(bench: Bench) -> bool:
    assert bench.own is not None
    # An EDIT mode will not do: there an M1 may neither send nor take the edit buffer.
    return await bench.mode_now() is bench.own.mode or await bench.enter(bench.own.mode)


async def program_change(bench: Bench) -> None:
    """Whether a program change to what is selected already is answered."""
    if bench.own is None or not await bench.enter(bench.own.mode):
        bench.not_tried(_PLAY_FIRST, PROGRAM_CHANGE_REPLY)
        return
    place = await bench.selection(bench.own)
    if place is None:
        why = "The current sound is in more than one slot, a card is inserted, or the filter for "
        why += "program changes is at DIS, so the sound could not be selected again."
        bench.not_tried(why, PROGRAM_CHANGE_REPLY)
        return
    bench.begin()
    code, _ = await bench.said(ProgramChange(bench.channel, place), 1.0)
    word = "23" if code is LOADED else CODES.get(code, str(code))
    bench.note(PROGRAM_CHANGE_REPLY, word, f"Program change to {place:02d}: {word}.")


# Writes back what is there


class _Sent(NamedTuple):
    mode: Mode
    loaded: bool


async def dump_modes(bench: Bench) -> None:
    """In which modes a dump of what is there is taken, and where that leaves the M1."""
    assert bench.before is not None
    bench.begin()
    sent: list[_Sent] = []
    moved: Mode | None = None
    for mode in (Mode.PROG, Mode.COMBI, Mode.EDIT_PROG, Mode.SEQUENCER, Mode.GLOBAL):
        if not await bench.enter(mode):
            continue
        code, _ = await bench.send_back(Part.GLOBAL)
        sent.append(_Sent(mode, code is LOADED))
        now = await bench.mode_now()
        if sent[-1].loaded and now is not mode:
            moved = now
    taken = {one.mode for one in sent if one.loaded}
    told = ", ".join(f"{one.mode.label} {'taken' if one.loaded else 'refused'}" for one in sent)
    if taken == {one.mode for one in sent} and len(sent) > 2:
        word: str | None = "every-mode"
    elif taken == {Mode.PROG, Mode.COMBI}:
        word = "play-modes"
    elif taken == {Mode.GLOBAL}:
        word = "global-mode"
    else:
        word = told if sent else None
    bench.note(DUMP_MODES, word, f"Global, sent back: {told}.")
    if moved is Mode.PROG:
        bench.note(DUMP_LEAVES, "prog-mode", "A dump left the M1 in PROG mode.")
    elif moved is not None:
        bench.note(DUMP_LEAVES, moved.label, f"A dump left the M1 in {moved.label}.")
    else:
        why = "The mode does not change; check the display to see whether the page does."
        bench.left_open(why, DUMP_LEAVES)


async def load_time(bench: Bench) -> None:
    """When the reply comes and when memory changes, by bytes that are changed for a moment."""
    assert bench.before is not None
    assert bench.before.global_ is not None
    if bench.taken_in is None or not await bench.enter(bench.taken_in):
        bench.not_tried("No mode was found in which a dump is accepted.", LOAD_TIME, LOAD_ORDER)
        return
    await _while_marked(bench, bench.taken_in, Owed.GLOBAL)
    if bench.found.finding(LOAD_TIME.name).word and not bench.found.finding(LOAD_ORDER.name).word:
        await _while_marked(bench, bench.taken_in, Owed.TUNE)


async def _while_marked(bench: Bench, taken_in: Mode, what: Owed) -> None:
    assert bench.before is not None
    assert bench.before.global_ is not None
    bench.owe(what, bench.before.global_.raw[MARKED[what]].hex())
    try:
        await _marked_global(bench, bench.before.global_, MARKED[what])
    finally:
        # A dump that was taken may have led the M1 to a mode in which none is.
        await bench.enter(taken_in)
        await bench.send_back(Part.GLOBAL)
        await asyncio.sleep(1.0)
        bench.paid(what)


async def _marked_global(bench: Bench, old: GlobalData, where: slice) -> None:
    assert bench.before is not None
    bench.begin()
    raw = bytearray(old.raw)
    raw[where] = _inverted(old.raw[where]) if where == UNUSED else _tuned(old.raw[where])
    marked = GlobalData(bytes(raw))
    code, seconds = await bench.send(bench.before.replace(global_=marked), Part.GLOBAL)
    first = await bench.read(Part.GLOBAL)
    if code is LOADED:
        bench.time("reply to a dump", seconds)
        limits = ((0.25, "at-once"), (1.2, "0.5s"), (3.5, "2s"), (8.0, "5s"))
        word = next((name for limit, name in limits if seconds < limit), f"{seconds:.1f} s")
        bench.note(LOAD_TIME, word, f"23 arrived {seconds:.2f} s after Global's last byte.")
    else:
        bench.note(LOAD_TIME, None, "No reply 23 arrived within 9 s.")
    await asyncio.sleep(1.0)
    later = await bench.read(Part.GLOBAL)
    values = [one.global_.raw[where] if one and one.global_ else b"" for one in (first, later)]
    if values[0] == marked.raw[where]:
        bench.time(f"{FULL_SPEED} Global", seconds)
        bench.note(
            LOAD_ORDER, "after", "Global had already changed when it was requested after the reply."
        )
    elif values == [old.raw[where], marked.raw[where]]:
        bench.note(LOAD_ORDER, "before", "Global had not changed yet after the reply.")
    else:
        why = "The brief change to Global did not come back as it was sent."
        bench.note(LOAD_ORDER, None, why)


def _inverted(raw: bytes) -> bytes:
    return bytes(byte ^ 0x55 for byte in raw)


def _tuned(raw: bytes) -> bytes:
    """Return a master tune that is one step nearer to 0, or one above it."""
    value = int.from_bytes(raw, signed=True)
    return (value - 1 if value > 0 else value + 1).to_bytes(1, signed=True)


UNUSED = slice(19, 21)
"""Bytes of Global that no parameter uses."""
MARKED = {Owed.GLOBAL: UNUSED, Owed.TUNE: slice(0, 1)}
"""Bytes of Global that are changed for a moment: the second where the first are not kept."""


async def protected_dump(bench: Bench) -> None:
    """What a dump into protected memory is answered with, where memory is protected."""
    assert bench.before is not None
    report = ProbeReport()
    await probe(bench.instrument, bench.before, (Part.PROGRAMS,), report)
    if report.found.get(Part.PROGRAMS) is not Protection.PROTECTED:
        why = "Programs are not protected; experiments with key presses protect them first."
        bench.left_open(why, PROTECTED_DUMP)
        return
    await send_protected(bench)


async def send_protected(bench: Bench) -> None:
    """Send programs as they are to a memory that is protected."""
    if bench.taken_in is None or not await bench.enter(bench.taken_in):
        bench.not_tried("No mode was found in which a dump is accepted.", PROTECTED_DUMP)
        return
    bench.begin()
    code, _ = await bench.send_back(Part.PROGRAMS)
    word = "23" if code is LOADED else CODES.get(code, str(code))
    bench.note(PROTECTED_DUMP, word, f"Programs, sent back to protected memory: {word}.")


async def pacing(bench: Bench) -> None:
    """Whether a long dump arrives at full speed: only where memory lets itself be written."""
    assert bench.before is not None
    report = ProbeReport()
    await probe(bench.instrument, bench.before, (Part.PROGRAMS,), report)
    if report.found.get(Part.PROGRAMS) is not Protection.FREE or bench.taken_in is None:
        return
    await bench.enter(bench.taken_in)
    code, seconds = await bench.send_back(Part.PROGRAMS)
    back = await bench.read(Part.PROGRAMS)
    if code is LOADED and back is not None:
        equal = compare(bench.before.only(Part.PROGRAMS), back).identical
        if equal:
            bench.time(f"{FULL_SPEED} programs", seconds)


async def card_numbers(bench: Bench) -> None:
    """Whether combinations that go onto a card get other numbers, put back afterwards."""
    mode_data = await bench.instrument.ask_mode()
    if mode_data.card is not CardState.RAM or bench.taken_in is None:
        bench.not_tried("No writable RAM card is inserted.", CARD_NUMBERS)
        return
    await bench.enter(bench.taken_in)
    first = await bench.read(Part.COMBINATIONS, Bank.CARD)
    again = await bench.read(Part.COMBINATIONS, Bank.CARD)
    if first is None or again is None or first != again or first.playing_from(card=True) != first:
        why = "Some combinations on the card do not yet play the card's programs by number, "
        why += "so the change could not be undone."
        bench.not_tried(why, CARD_NUMBERS)
        return
    bench.begin()
    back: Contents | None = None
    bench.owe(Owed.CARD, "above 99")
    try:
        code, _ = await bench.send(first.playing_from(card=False), Part.COMBINATIONS, Bank.CARD)
        if code is not LOADED:
            why = "The card was not written to: it is protected in GLOBAL 6-2."
            bench.not_tried(why, CARD_NUMBERS)
            return
        back = await bench.read(Part.COMBINATIONS, Bank.CARD)
    finally:
        await bench.enter(bench.taken_in)
        await bench.send(first, Part.COMBINATIONS, Bank.CARD)
        bench.paid(Owed.CARD)
    restored = await bench.read(Part.COMBINATIONS, Bank.CARD)
    word = _numbers(back, first)
    same = "are as they were" if restored == first else "are NOT as they were"
    bench.note(CARD_NUMBERS, word, f"Numbers below 100 were sent; the combinations {same}.")


def _numbers(back: Contents | None, on_card: Contents) -> str:
    if back == on_card:
        return "translated"
    return "as-they-are" if back == on_card.playing_from(card=False) else "changed"
