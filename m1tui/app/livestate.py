"""Turns what is known of the instrument into the snapshot that every screen shows."""

from __future__ import annotations

from m1tui.app.snapshots import Live
from m1tui.engine import Diagnosis, Instrument
from m1tui.link.rehearsal import Rehearsal
from m1tui.sysex import ModeData

RACK = "M1R"
"""The model that is a rack."""


def live_state(instrument: Instrument, diagnosis: Diagnosis | None, mode: ModeData | None) -> Live:
    """Return the snapshot of an instrument, what is unknown left out."""
    identity = diagnosis.identity if diagnosis is not None else None
    hands = instrument.link.rehearsal
    live = Live(
        model=identity.model if identity is not None else "",
        link=instrument.link.title,
        rehearsal=hands is not None,
        summary="" if mode is not None and diagnosis and diagnosis.ready else summary(diagnosis),
    )
    if mode is not None:
        live = live._replace(
            channel=instrument.channel + 1,
            mode=mode.mode.label if mode.mode is not None else "",
            allocation=mode.allocation.label if mode.allocation is not None else "",
            card=f"card {mode.card.value}",
        )
    if hands is not None:
        return sketched(live._replace(display_label="the virtual M1's display"), hands)
    rom = f" #{identity.rom:02d}" if identity is not None and identity.rom is not None else ""
    greeting = f"KORG Music Workstation M1{rom}" if identity is not None else ""
    told = "  ".join(part for part in (live.mode, live.allocation, live.summary) if part)
    return live._replace(display=(greeting, told))


def sketched(live: Live, hands: Rehearsal) -> Live:
    """Return the snapshot with a virtual M1's panel as it is now."""
    return live._replace(
        display=hands.display(),
        cursor=hands.cursor(),
        lamps=hands.lamps(),
        power=hands.state(),
        rack=hands.model() == RACK,
    )


def summary(diagnosis: Diagnosis | None) -> str:
    """Return in a few words why the instrument is not ready."""
    if diagnosis is None or diagnosis.ready:
        return "no answer"
    return diagnosis.summary
