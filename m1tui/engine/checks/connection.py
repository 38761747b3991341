"""Whether an M1 answers or is silent, was silent for long, and has its MIDI Exclusive enabled."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from m1tui.advice import Advice
from m1tui.engine.checks.listening import GONE_BY, counted
from m1tui.engine.checks.registry import NOTHING_WRITTEN, CheckContext, check
from m1tui.engine.diagnose import diagnose
from m1tui.engine.diagnosis import Diagnosis
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.engine.progress import Phase, Progress
from m1tui.errors import NoReply
from m1tui.facts import Verdict
from m1tui.sysex import IdentityRequest, Mode, ModeChange

_CLOCK_ALONE = "a timing clock, and no mode data"
"""What is heard of an M1 whose sequencer runs, or has Exclusive disabled in SEQUENCER mode."""


@check("answers", proves=("M1 = answers",))
async def answers(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if an M1 answers anything."""
    diagnosis = await diagnose(instrument)
    expected = "an answer from an M1"
    if diagnosis.crowded or not diagnosis.answers:
        return Verdict(False, diagnosis.summary, expected, diagnosis.summary, diagnosis.advice)
    identity = diagnosis.identity
    values = (("rom", str(identity.rom)),) if identity is not None else ()
    return Verdict(True, _who(diagnosis), expected, _who(diagnosis), values=values)


def _who(diagnosis: Diagnosis) -> str:
    channel = f"channel {diagnosis.channel + 1}" if diagnosis.channel is not None else "no channel"
    if diagnosis.identity is None:
        return f"mode data on {channel}, no identity"
    return f"{diagnosis.identity.model} on {channel}, ROM {diagnosis.identity.rom}"


@check("exclusive-enabled", proves=("filter exclusive = ENA",))
async def exclusive_enabled(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if exclusive messages are answered outside GLOBAL's DATA DUMP page, too."""
    diagnosis = await diagnose(instrument)
    expected = "an answer in any mode"
    if diagnosis.mode_data is None:
        # While its sequencer runs an M1 answers no more than with Exclusive at DIS.
        passed = False if diagnosis.answers and not diagnosis.clock_alone else None
        found = _CLOCK_ALONE if diagnosis.clock_alone else diagnosis.summary
        return Verdict(passed, found, expected, found, diagnosis.advice)
    if diagnosis.exclusive is None and not await answers_outside_global(instrument):
        advice = _answered_in_data_dump_page()
        found = "answered in GLOBAL mode, silent in other modes"
        return Verdict(False, f"Exclusive disabled: {found}", expected, found, advice)
    where = f"it answered on channel {instrument.channel + 1}"
    return Verdict(True, where, expected, where)


@check("song-stopped", proves=("song playing = stopped", "filter exclusive = ENA"))
async def song_stopped(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the M1 answers, which it does not while its sequencer plays or records."""
    ear = instrument.conversation.ear
    clocks = ear.clocks
    verdict = await exclusive_enabled(instrument, context)
    if verdict.passed or ear.clocks == clocks:
        return verdict
    found = _CLOCK_ALONE
    return replace(verdict, passed=False, found=found, evidence=found, advice=_plays(found))


SILENT_SECONDS = 3.0
"""Ten times as long as active sensing lets wait, and as an M1 needs to answer."""
FIVE_MINUTES = 300.0
"""How many seconds an M1 is to be off to show that its cell keeps the memory (one source). For a
minute charged capacitors may keep it. Only its silence is seen: with a MIDI plug out it looks the
same."""
OFF_SECONDS = FIVE_MINUTES - 10
"""What passes for that: a person's clock may be wrong."""
_RETURN_SECONDS = 600.0
"""How long the person has to switch it off, and to switch it on again."""
_POLL_SECONDS = 1.0


@check("silent", proves=("M1 = silent",))
async def silent(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if nothing at all comes from the M1, asked or not, as from one that is off."""
    received, asked = await _bytes_within(instrument, SILENT_SECONDS)
    expected = f"nothing for {SILENT_SECONDS:.0f} s"
    if not received:
        found = f"heard {expected}, though the M1 was asked {asked} times"
        return Verdict(True, found, expected, found)
    found = f"{counted(received, 'byte')} within {SILENT_SECONDS:.0f} s"
    advice = Advice(
        code="still-on",
        happened=f"The M1 is still on: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="It was not switched off, or another instrument is sending to the same port.",
        next_step="Switch the M1 off and unplug its power cord, then check again.",
    )
    return Verdict(False, found, expected, found, advice)


@check(
    "off-five-minutes",
    proves=("power = five minutes of silence, then an answer",),
    listens=True,
    ends=f"The check waits up to {_RETURN_SECONDS / 60:.0f} minutes for you to switch the M1 off, "
    "and as long again for it to come back on.",
)
async def off_five_minutes(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the M1 was silent for five minutes, and answers again."""
    clock, loop = instrument.link.seconds, asyncio.get_running_loop()
    if context.ready is not None:
        context.ready()
    expected = "silence for five minutes, then an answer"
    begun = clock()
    gone: float | None = None
    waiting = 0.0
    while (now := clock()) - (begun if gone is None else gone) < _RETURN_SECONDS:
        asked = loop.time()
        received, _ = await _bytes_within(instrument, _POLL_SECONDS)
        if not received and gone is None:
            gone, waiting = now, asked
        if received and gone is not None:
            # What a virtual M1 skipped of the time before it was heard, it was off.
            off = clock() - (loop.time() - asked) - gone
            if off >= SILENT_SECONDS:
                return _was_off(off, off - (asked - waiting), expected)
            gone = None
        if context.progress is not None:
            note = _power_note(gone, clock())
            context.progress(Progress(Phase.LISTENING, 0, 0, 0.0, note))
    found = "it was never off" if gone is None else f"no answer for {clock() - gone:.0f} s"
    passed = False if gone is None else None
    return Verdict(passed, found, expected, found, _not_cycled(found, expected))


def _power_note(gone: float | None, now: float) -> str:
    if gone is None:
        return "the M1 is on: switch it off"
    off = now - gone
    if off < FIVE_MINUTES:
        whole = f"five minutes ({FIVE_MINUTES:.0f} s)"
        return f"silent for {int(off)} s of {whole}: leave it off"
    return f"silent for {int(off)} s: switch it on"


def _was_off(off: float, skipped: float, expected: str) -> Verdict:
    """Return the verdict on `off` seconds of silence, of which a rehearsal `skipped` some."""
    found = f"silent for {off:.0f} s, then it answered"
    if skipped >= 1:
        found = (
            f"silent for {off:.0f} s, of which the rehearsal skipped {skipped:.0f} s; then it "
            "answered"
        )
    if off >= OFF_SECONDS:
        return Verdict(True, found, expected, found)
    return Verdict(False, found, expected, found, _not_cycled(found, expected))


def _not_cycled(found: str, expected: str) -> Advice:
    return Advice(
        code="not-off-and-on",
        happened=f"The M1 was not off long enough: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Only with the power off can a cell show that it keeps the memory.",
        next_step="Retry: switch the M1 off, and switch it on again when the program says so. "
        "Pulling a MIDI plug is not enough.",
    )


async def _bytes_within(instrument: Instrument, seconds: float) -> tuple[int, int]:
    """Ask who is there every second for `seconds`; return bytes that came, and times asked."""
    loop = asyncio.get_running_loop()
    conversation = instrument.conversation
    with conversation.ear.listening() as listener:
        await asyncio.sleep(GONE_BY)
        listener.clear()
        before, until, asked = instrument.received, loop.time() + seconds, 0
        while (now := loop.time()) < until and instrument.received == before:
            await conversation.tell(IdentityRequest())
            asked += 1
            await conversation.next_heard(listener, min(until, now + _POLL_SECONDS))
        return instrument.received - before, asked


def _plays(found: str) -> Advice:
    return Advice(
        code="sequencer-running",
        happened=f"The sequencer seems to be running: expected mode data, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="While an M1 is playing or recording, it does not answer. An M1 in SEQ mode with "
        "Exclusive at DIS does not answer either.",
        next_step=f"Press START/STOP on the M1, then check again. If that does not help, press "
        f"{EXCLUSIVE_ON}.",
    )


def _answered_in_data_dump_page() -> Advice:
    return Advice(
        code="exclusive-disabled",
        happened="Exclusive disabled: the M1 answered in GLOBAL mode but in no other mode "
        "(expected 10 bytes of mode data, found none within 3 s).",
        safe=NOTHING_WRITTEN,
        cause="On the DATA DUMP page the M1 answers even with Exclusive at DIS, and that page was "
        "open.",
        next_step=f"Press {EXCLUSIVE_ON} on the M1, then check again.",
    )


async def answers_outside_global(instrument: Instrument) -> bool:
    """Tell whether an M1 in GLOBAL mode still answers once it is in PROG mode; then go back.

    GLOBAL's DATA DUMP page answers also while Exclusive is disabled, so an answer there proves
    nothing. An M1 that does not take the mode change counts as answering, since it did answer.
    Raises LinkLost.
    """
    channel = instrument.channel
    await instrument.conversation.tell(ModeChange(channel, Mode.PROG))
    try:
        mode = (await instrument.ask_mode()).mode
        if mode is not Mode.GLOBAL:
            await instrument.conversation.tell(ModeChange(channel, Mode.GLOBAL))
            await instrument.ask_mode()
    except NoReply:
        return False
    return True
