"""Serves a virtual M1 to other programs: at a terminal, a MIDI device, TCP or rtmidi ports."""

from __future__ import annotations

import sys
from collections.abc import Callable

from m1tui.advice import Advice, Trouble
from m1tui.virtual.fault_wire import FaultPlan, FaultyWire
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.saved_state import StateSaver
from m1tui.virtual.wire import BAUD, Wire

_NO_TERMINALS = Advice(
    code="served-raw-unusable",
    happened="Windows has no pseudo-terminals; expected tcp:HOST:PORT, found raw:PATH.",
    safe="Nothing was started.",
    next_step="Serve at tcp:HOST:PORT instead, for example tcp:127.0.0.1:9000.",
)
FORMS = ("raw:PATH", "tcp:HOST:PORT", "rtmidi:NAME")


async def serve(
    machine: VirtualM1,
    at: str,
    *,
    baud: int = BAUD,
    saver: StateSaver | None = None,
    faults: FaultPlan | None = None,
    traffic: Callable[[bool, bytes], None] | None = None,
    changed: Callable[[], None] = lambda: None,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve `machine` at one of `FORMS` until cancelled.

    `ready` is told the port once clients can come, with the real number for TCP port 0. With a
    `saver` the state is kept whenever it changes and at the end. `faults` go wrong on the wire
    and in the M1; a lost link hangs up a TCP client, and is silence elsewhere. `traffic` is told
    what reaches the M1 (True) and what leaves it (False), `changed` that the M1 may have changed.
    Raises Trouble when the port cannot be
    had, or when the state cannot be kept at the end.
    """
    kind, place = _form(at)

    def on_change() -> None:
        changed()
        if saver is not None:
            saver.changed()

    if faults is None:
        wire = Wire(machine, baud=baud, on_change=on_change)
    else:
        wire = FaultyWire(machine, faults, baud=baud, on_change=on_change)
    wire.on_traffic = traffic
    try:
        if saver is not None:
            saver.save()
        async with wire:
            await _serve_at(kind, place, wire, ready)
    finally:
        if saver is not None:
            saver.close()


async def _serve_at(kind: str, place: str, wire: Wire, ready: Callable[[str], None]) -> None:
    # Each way is imported where it is used: most need modules that other systems lack.
    if kind == "raw":
        if sys.platform == "win32":
            raise Trouble(_NO_TERMINALS)
        from m1tui.virtual.serve_raw import serve_raw

        await serve_raw(wire, place, ready)
    elif kind == "tcp":
        from m1tui.virtual.serve_tcp import serve_tcp

        await serve_tcp(wire, place, ready)
    else:
        from m1tui.virtual.serve_rtmidi import serve_rtmidi

        await serve_rtmidi(wire, place, ready)


def _form(at: str) -> tuple[str, str]:
    kind, _, place = at.partition(":")
    if place and kind in ("raw", "tcp", "rtmidi"):
        return kind, place
    raise Trouble(
        Advice(
            code="place-unknown",
            happened=f"A virtual M1 cannot be served at {at!r}; expected {', '.join(FORMS)}.",
            safe="Nothing was started.",
            next_step="Give one of these forms, for example raw:m1.port.",
        )
    )
