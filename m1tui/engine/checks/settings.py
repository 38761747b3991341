"""Settings of GLOBAL that can be asked or heard: transposition, clock source."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.listening import Notice, Watch, listen_for
from m1tui.engine.checks.registry import (
    MEMORY_SAVED,
    NOTHING_WRITTEN,
    CheckContext,
    check,
    number,
    read_internal,
    require_ready,
)
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import ALLOCATE, DESTROYED
from m1tui.engine.line.ear import Item
from m1tui.engine.restore.planning import allocation_unknown
from m1tui.facts import Verdict
from m1tui.sysex import Allocation, Mode, ModeData, Part, RealtimeByte

QUIET_SECONDS = 2.0
"""Long enough for a clock at the slowest tempo, 40, to come 32 times."""
_CLOCK = 0xF8
_TUNED = (
    "The master tune is {tune}: if you did not want that, press GLOBAL F, then UP or DOWN until it "
    "shows +0."
)
OWN_CLOCK = "own clock = heard"


@check("transpose-equals", "semitones", proves=("transposition = {semitones}",))
async def transpose_equals(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the key transposition in the global data is the value "semitones"."""
    wanted = number(context, "semitones", -12, 12)
    await require_ready(instrument)
    settings = (await read_internal(instrument, context, Part.GLOBAL)).global_
    assert settings is not None
    found, expected = f"key transposition {settings.key_transpose:+d}", f"{wanted:+d}"
    tune = settings.master_tune
    evidence = f"{found}, master tune {tune:+d}" if tune else found
    if settings.key_transpose == wanted:
        return Verdict(True, evidence, expected, found, _master_tune(tune) if tune else None)
    advice = Advice(
        code="transposition-differs",
        happened=f"The key transposition is wrong: expected {expected} semitones, found "
        f"{settings.key_transpose:+d}.",
        safe=NOTHING_WRITTEN,
        cause="UP or DOWN was pressed too many or too few times, or + was not pressed: then F on "
        "GLOBAL 0-1 changed the master tune.",
        next_step=f"Press GLOBAL + F, then UP or DOWN until it shows {expected}."
        + (f" {_TUNED.format(tune=f'{tune:+d}')}" if tune else ""),
    )
    return Verdict(False, evidence, expected, found, advice)


def _master_tune(tune: int) -> Advice:
    """Return the advice where the transposition is right, and the page before it was changed."""
    return Advice(
        code="master-tune-not-0",
        happened=f"The master tune is {tune:+d}: expected +0, which is 440 Hz.",
        safe=NOTHING_WRITTEN,
        cause="+ was not pressed at first: then F on GLOBAL 0-1 changed the master tune. Or it was "
        "so before.",
        next_step="If you did not want that, press GLOBAL F, then UP or DOWN until it shows +0.",
    )


class _Clock(Watch):
    """Hears whether a timing clock comes; one is enough."""

    def __init__(self) -> None:
        self.heard = False

    def take(self, item: Item, at: float) -> Notice:
        """Look for F8."""
        del at
        self.heard = self.heard or (isinstance(item, RealtimeByte) and item.status == _CLOCK)
        return Notice.of(self.heard)

    @property
    def complete(self) -> bool:
        return self.heard

    @property
    def note(self) -> str:
        return "a timing clock" if self.heard else "no timing clock"


@check("clock-heard", proves=(OWN_CLOCK,), again=False)
async def clock_heard(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the M1 sends its clock in SEQ mode while no song plays."""
    mode = (await require_ready(instrument)).mode
    expected = f"SEQ mode, and a timing clock within {QUIET_SECONDS:.0f} s"
    if mode is not Mode.SEQUENCER:
        return _outside_seq(mode, expected)
    watch = _Clock()
    hearing = await listen_for(instrument, watch, seconds=QUIET_SECONDS, progress=context.progress)
    found = f"SEQ mode, {watch.note} in {hearing.seconds:.1f} s"
    # One that was heard earlier may be another M1's, or from before it was switched off.
    if watch.heard and instrument.conversation.ear.clocks_at_rest:
        return Verdict(True, found, expected, found)
    return Verdict(None, found, expected, found, _no_clock_at_rest(expected, found))


def _no_clock_at_rest(expected: str, found: str) -> Advice:
    return Advice(
        code="clock-not-heard",
        happened=f"The M1's own clock is not heard: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The clock source is EXT, or this M1 sends its clock only while a song is playing.",
        next_step="Press GLOBAL 5 D DOWN, then SEQ, and check again. If no clock is heard, read "
        "the clock source on the display, and mark the steps about it as done by hand.",
    )


@check("no-clock", proves=("clock = EXT",), again=False)
async def no_clock(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the M1 is in SEQ mode and sends no clock there: its clock source is EXT.

    In other modes it sends none anyway, so mode data is asked first. The silence proves it only
    of an M1 whose clock was heard before while no song played.
    """
    mode = (await require_ready(instrument)).mode
    expected = f"SEQ mode, and no timing clock for {QUIET_SECONDS:.0f} s"
    if mode is not Mode.SEQUENCER:
        return _outside_seq(mode, expected)
    watch = _Clock()
    hearing = await listen_for(instrument, watch, seconds=QUIET_SECONDS, progress=context.progress)
    found = f"SEQ mode, {watch.note} in {hearing.seconds:.1f} s"
    known = OWN_CLOCK in context.proved or instrument.conversation.ear.clocks_at_rest
    if not watch.heard and not known:
        return Verdict(None, found, expected, found, _silence_proves_nothing(found))
    if not watch.heard:
        return Verdict(True, found, expected, found)
    advice = Advice(
        code="clock-internal",
        happened=f"The clock source is internal: expected {expected}, found a clock after "
        f"{hearing.seconds:.1f} s.",
        safe=NOTHING_WRITTEN,
        cause="UP was not pressed after D, or the M1 has been switched off since, which sets its "
        "clock back to INT.",
        next_step="Press GLOBAL 5 D UP, then SEQ, and check again.",
    )
    return Verdict(False, found, expected, found, advice)


def _silence_proves_nothing(found: str) -> Advice:
    return Advice(
        code="clock-never-heard",
        happened="The silence does not prove that the clock source is EXT: expected to have heard "
        f"this M1's own clock before, found {found}, and no clock earlier.",
        safe=NOTHING_WRITTEN,
        cause="Not every M1 is known to send its clock while no song is playing.",
        next_step="Press GLOBAL 5 D DOWN and SEQ, and wait a second. Then press GLOBAL 5 D UP and "
        "SEQ, and check again. If the clock is never heard, read the display of GLOBAL 5.",
    )


def _outside_seq(mode: Mode | None, expected: str) -> Verdict:
    """Return the verdict on an M1 that is in another mode, in which no clock can be heard."""
    found = f"mode {mode.label}" if mode is not None else "an unknown mode"
    advice = Advice(
        code="not-in-seq-mode",
        happened=f"The M1 is not in SEQ mode: expected mode SEQUENCER, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The clock runs only in SEQ mode, so silence in other modes proves nothing.",
        next_step="Press SEQ on the M1, then check again.",
    )
    return Verdict(False, f"the M1 reports {found}", expected, found, advice)


@check("allocation-100", proves=("allocation = 100/100",), either=True)
async def allocation_100(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if memory allocation is 100/100."""
    return await _allocation(instrument, context, Allocation.LARGE_PROGRAM)


@check("allocation-50", proves=("allocation = 50/50",))
async def allocation_50(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if memory allocation is 50/50."""
    return await _allocation(instrument, context, Allocation.LARGE_SEQUENCE)


@check("allocation-is", "allocation", proves=("allocation = {allocation}",))
async def allocation_is(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if memory allocation is the value "allocation": "100/100" or "50/50"."""
    wanted = {one.label: one for one in Allocation}[context.values["allocation"]]
    return await _allocation(instrument, context, wanted)


@check("channel-is", "channel", proves=("channel = {channel}",))
async def channel_is(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the global MIDI channel, by which the M1 names itself, is the value "channel"."""
    wanted = number(context, "channel", 1, 16)
    diagnosis = await diagnose(instrument)
    expected = f"channel {wanted}"
    if diagnosis.channel is None:
        return Verdict(None, diagnosis.summary, expected, "no answer", diagnosis.advice)
    found = f"channel {diagnosis.channel + 1}"
    if diagnosis.channel + 1 == wanted:
        return Verdict(True, f"it answers on {found}", expected, found)
    advice = Advice(
        code="channel-differs",
        happened=f"The M1 is on another MIDI channel: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The value at B on GLOBAL 5-1 is not the one that was written down.",
        next_step=f"Press GLOBAL 5 B, then UP or DOWN until it shows {wanted}.",
    )
    return Verdict(False, found, expected, found, advice)


def unknown_allocation(mode_data: ModeData) -> Verdict:
    """Return the verdict on an allocation that no source names: nobody knows what has room."""
    found = f"{mode_data.allocation_code:02X}"
    evidence = f"the M1 reports memory allocation {found}"
    advice = allocation_unknown(mode_data, NOTHING_WRITTEN)
    return Verdict(None, evidence, "00 or 01", found, advice)


async def _allocation(instrument: Instrument, context: CheckContext, wanted: Allocation) -> Verdict:
    mode_data = await require_ready(instrument)
    now = mode_data.allocation
    if now is None:
        return unknown_allocation(mode_data)
    found = f"{now.label}, {now.steps:,} steps"
    expected = f"{wanted.label}, {wanted.steps:,} steps"
    evidence = f"the M1 reports memory allocation {found}"
    if now is wanted:
        return Verdict(True, evidence, expected, found)
    press = f"press {ALLOCATE[wanted]} on the M1: that destroys {DESTROYED[wanted]}"
    advice = Advice(
        code="allocation-differs",
        happened=f"The memory allocation is wrong: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Page GLOBAL 6-4 changes it only when G is pressed.",
        next_step=f"{press[0].upper()}{press[1:]}. The backup of this run was made before: what "
        "was stored or recorded after it is in no file."
        if MEMORY_SAVED in context.proved
        else f"Back up first, then {press}.",
    )
    return Verdict(False, evidence, expected, found, advice)
