"""Sets the pitch: master tune by its registered parameter, both values by the Global dump."""

from __future__ import annotations

from dataclasses import replace

from m1tui.advice import Advice
from m1tui.engine.checks.registry import (
    NOTHING_WRITTEN,
    CheckContext,
    Writes,
    check,
    fence,
    read_internal,
    require_ready,
)
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.ear import Accept
from m1tui.engine.play.notes import parameter
from m1tui.engine.restore.edit_buffers import is_load_status
from m1tui.errors import NoReply
from m1tui.facts import Verdict
from m1tui.sysex import BankDump, Contents, GlobalData, Mode, ModeChange, Part, Status

EXPECTED = "master tune 0 (440 Hz) and key transposition 0"
_PLAY_MODES = (Mode.COMBI, Mode.EDIT_COMBI, Mode.PROG, Mode.EDIT_PROG)
"""Modes in which the M1 receives the parameter."""
_RPN_MSB, _RPN_LSB, _DATA_ENTRY, _FINE_TUNE, _MIDDLE, _NO_PARAMETER = 101, 100, 6, 1, 64, 127
_ACCEPT: Accept = is_load_status


def _found(settings: GlobalData) -> str:
    return (
        f"master tune {settings.master_tune:+d} and key transposition {settings.key_transpose:+d}"
    )


def _in_tune(settings: GlobalData) -> bool:
    return settings.master_tune == settings.key_transpose == 0


@check("in-tune", proves=("master tune = 440 Hz", "transposition = 0"))
async def in_tune(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the global data has master tune 0 and key transposition 0."""
    await require_ready(instrument)
    settings = await _global(instrument, context)
    return _verdict(settings, ())


@check(
    "tune-set",
    proves=("master tune = 440 Hz", "transposition = 0"),
    again=False,
    writes=Writes.SETTINGS,
)
async def tune_set(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if both read back as 0 once they were set, by the parameter, then by the dump.

    All else must be as before or, where an earlier program was cut off, as it was saved last.
    """
    mode = (await require_ready(instrument)).mode
    settings = await _global(instrument, context)
    said = []
    before = (context.saved_global if context.cut else None) or settings
    if not _in_tune(settings):
        context.begins()
    if settings.master_tune:
        said.append(await _by_parameter(instrument, mode))
        settings = await _global(instrument, context)
    if not _in_tune(settings):
        said.append(await _by_dump(instrument, settings))
        settings = await _global(instrument, context)
    if before.replace(master_tune=0, key_transpose=0).normal() != settings.normal() and _in_tune(
        settings
    ):
        advice = _others_changed(over_jack=instrument.link.over_jack)
        return Verdict(False, "other settings also changed", EXPECTED, "others", advice)
    verdict = _verdict(settings, tuple(said))
    if said:
        return verdict
    return replace(verdict, evidence=f"{verdict.evidence} already; nothing was written this time")


async def _global(instrument: Instrument, context: CheckContext) -> GlobalData:
    settings = (await read_internal(instrument, context, Part.GLOBAL)).global_
    assert settings is not None
    return settings


async def _by_parameter(instrument: Instrument, mode: Mode | None) -> str:
    """Set master tune by registered parameter 1; the mode is then as before."""
    channel, tell = instrument.channel, instrument.conversation.tell
    elsewhere = mode not in _PLAY_MODES
    if elsewhere:
        await tell(ModeChange(channel, Mode.PROG))
        await fence(instrument)
    for number, value in (
        (_RPN_MSB, 0),
        (_RPN_LSB, _FINE_TUNE),
        (_DATA_ENTRY, _MIDDLE),
        (_RPN_MSB, _NO_PARAMETER),
        (_RPN_LSB, _NO_PARAMETER),
    ):
        await tell(parameter(channel, number, value))
        # The M1 answers each with 23 or 24: the mode data behind it come last.
        await fence(instrument)
    if elsewhere and mode is not None:
        await tell(ModeChange(channel, mode))
        await fence(instrument)
    return "master tune was sent as a parameter"


async def _by_dump(instrument: Instrument, settings: GlobalData) -> str:
    contents = Contents(global_=settings.replace(master_tune=0, key_transpose=0))
    dump = BankDump.of(contents, Part.GLOBAL, channel=instrument.channel)
    try:
        reply = await instrument.conversation.ask(dump, _ACCEPT)
    except NoReply as failure:
        return f"Global was sent: {failure.description}"
    status = reply.message
    assert isinstance(status, Status)
    return f'Global was sent, reply "{status.code.label}"'


def _verdict(settings: GlobalData, said: tuple[str, ...]) -> Verdict:
    found = _found(settings)
    evidence = "; ".join((*said, f"read back: {found}" if said else found))
    if _in_tune(settings):
        return Verdict(True, evidence, EXPECTED, found)
    advice = Advice(
        code="not-in-tune",
        happened=f"The M1 is not at standard pitch: expected {EXPECTED}, found {found}.",
        safe="All other global settings are as they were." if said else NOTHING_WRITTEN,
        cause="Somebody changed its tuning or transposed it."
        if not said
        else f"The M1 did not accept the new values: {'; '.join(said)}.",
        next_step="A later step sets both."
        if not said
        else "Set both on pages GLOBAL 0-1 and 0-2.",
    )
    return Verdict(False, evidence, EXPECTED, found, advice)


def _others_changed(*, over_jack: bool) -> Advice:
    return Advice(
        code="other-settings-changed",
        happened="The pitch is right, but other global settings are not as they were: expected no "
        "other change, found one.",
        safe="The previous global data is in the file that was kept in this run.",
        cause="Somebody used the panel in the meantime, or the cable changed a byte."
        if not over_jack
        else "Somebody used the panel in the meantime, or JACK changed a byte.",
        next_step="Restore the file that was kept in this run, then try again.",
    )
