"""What a diagnosis tells a person; channels are 1–16 here."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.sysex import IdentityReply, Mode, ModeData, printable

NOTHING_CHANGED = "Only questions were sent; the instrument's memory was not touched."


def ready(mode: ModeData, identity: IdentityReply | None, wanted: int | None) -> Advice:
    """Return the advice for an M1 that answers exclusive messages."""
    who = "An M1" if identity is None else f"A Korg {printable(identity.model)}"
    label = mode.mode.label if mode.mode is not None else f"mode {mode.mode_code:02X}"
    happened = f"{who} answers on channel {mode.channel + 1}, in {label}."
    causes = []
    if wanted is not None and wanted != mode.channel:
        causes.append(
            f"Channel {wanted + 1} was asked for; the M1's global channel is {mode.channel + 1}, "
            "which is used."
        )
    if identity is None:
        causes.append("It gave no identity reply (expected one of 15 bytes, found none).")
    if mode.mode is Mode.GLOBAL:
        causes.append(
            "In GLOBAL mode this does not prove that Exclusive is enabled: the DATA DUMP page "
            "answers either way."
        )
    return Advice(happened, NOTHING_CHANGED, " ".join(causes), "Go on.")


def exclusive_disabled(channel: int, *, clock_heard: bool) -> Advice:
    """Return the advice for an M1 that tells its identity and ignores everything else."""
    playing = "The same is seen while its sequencer plays or records"
    playing += (
        ", and its timing clock is heard: it is in SEQUENCER mode, so press START/STOP first."
        if clock_heard
        else "; then stop it with START/STOP."
    )
    return Advice(
        happened=f"Exclusive disabled: the M1 on channel {channel + 1} tells its identity but does "
        "not answer a mode request (expected 10 bytes of mode data, found none within 3 s).",
        safe=NOTHING_CHANGED,
        cause="MIDI Exclusive is set to DIS in GLOBAL 5-2, as after an initialisation. " + playing,
        next_step=f"Press {EXCLUSIVE_ON} on the M1, then try again.",
    )


def other_model(model: str) -> Advice:
    """Return the advice for an instrument that is no M1."""
    return Advice(
        happened=f"The instrument is no M1: expected a Korg M1 (42 19), found {printable(model)}.",
        safe=NOTHING_CHANGED,
        cause="Another instrument is connected to this interface, or stands before the M1 in a "
        "MIDI THRU chain.",
        next_step="Connect the interface's OUT to the M1's MIDI IN and its IN to the M1's "
        "MIDI OUT, then try again.",
    )


def looped() -> Advice:
    """Return the advice for an interface that hears itself."""
    return Advice(
        happened="What was sent came back, and no M1 answered (expected an identity reply or mode "
        "data, found our own questions).",
        safe=NOTHING_CHANGED,
        cause="The interface's OUT is connected to its own IN, or a MIDI THRU loop feeds it back.",
        next_step="Connect OUT to the M1's MIDI IN and IN to the M1's MIDI OUT, switch any THRU "
        "of other equipment or programs off, then try again.",
    )


def sensing_only(heard: int) -> Advice:
    """Return the advice for bytes that come in without an answer."""
    count = "1 byte" if heard == 1 else f"{heard:,} bytes"
    return Advice(
        happened=f"{count} came in, but no answer (expected an identity reply or mode data).",
        safe=NOTHING_CHANGED,
        cause="The way from the M1 to the computer works, the way from the computer to the M1 does "
        "not: the plug in MIDI IN, the interface's output, or a cable whose output is bad. An M1 "
        "whose sequencer plays may ignore everything too.",
        next_step="Check that the plug marked OUT is in the M1's MIDI IN, stop the sequencer, try "
        "another cable or interface.",
    )


def silent() -> Advice:
    """Return the advice for a link on which nothing at all is heard."""
    return Advice(
        happened="No answer: expected an identity reply, mode data on any of 16 channels or at "
        "least active sensing, found not one byte.",
        safe=NOTHING_CHANGED,
        cause="The M1 is off, the two MIDI plugs are exchanged or not in, or the wrong interface "
        "was chosen.",
        next_step="Switch the M1 on; connect the interface's OUT to MIDI IN and its IN to MIDI "
        "OUT; then try again, or choose another port with --port.",
    )
