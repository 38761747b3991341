"""Virtual rtmidi ports as a virtual M1's MIDI port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from m1tui.advice import Advice, Trouble
from m1tui.midi.binding import close_ends, load
from m1tui.midi.system import jack_serves, midi_system
from m1tui.sysex import ExclusiveFrame, Framer, RealtimeByte, ShortMessage
from m1tui.virtual.wire import Wire

FIRST_FRAGMENT = 256
"""Bytes of a long message in the first call; a single call that is longer is cut off."""
FURTHER_FRAGMENT = 3
"""Bytes of each further call: more would have to begin with F0."""


_GONE = Advice(
    code="served-jack-ended",
    happened="The JACK server of the virtual M1 has ended.",
    safe="The virtual M1 keeps all complete messages that it received; with --state they are on "
    "disk.",
    cause="It was stopped, or it crashed.",
    next_step="Start the server again, then `m1tui simulate` with the same --state.",
)


async def serve_rtmidi(wire: Wire, name: str, ready: Callable[[str], None]) -> None:
    """Serve at a pair of virtual ports called `name` until cancelled.

    Raises Trouble without rtmidi, and when JACK's server ends.
    """
    loop = asyncio.get_running_loop()
    source, sink = _open(name)
    try:
        # rtmidi calls from a thread of its own, with a message that it has gathered to its end: it
        # has taken its time to get here.
        source.set_callback(
            lambda event, _: loop.call_soon_threadsafe(wire.put_crossed, bytes(event[0]))
        )
        source.ignore_types(sysex=False, timing=False, active_sense=False)
        ready(f"rtmidi:{name}")
        voice, over_jack = Voice(), jack_serves()
        while True:
            data = await wire.read()
            # Without its server a send would wait for ever.
            if over_jack and not jack_serves():
                raise Trouble(_GONE)
            for fragment in voice.feed(data):
                sink.send_message(fragment)
    finally:
        await close_ends(source, sink)


class Voice:
    """Cuts what the M1 says into calls to rtmidi, each as soon as its bytes have come."""

    def __init__(self) -> None:
        self._framer = Framer()
        self._begun = 0
        """Bytes of the exclusive message under way that were yielded."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what can go out once `data` has come; an exclusive message is not waited for."""
        for event in self._framer.feed(data):
            if isinstance(event, RealtimeByte):
                yield bytes([event.status])
            elif isinstance(event, ShortMessage):
                yield event.data
            elif isinstance(event, ExclusiveFrame):
                yield from self._onwards(event.data)
                self._begun = 0
            else:  # broken off: what comes next begins anew
                self._begun = 0
        yield from self._onwards(self._framer.partial)

    def _onwards(self, message: bytes) -> Iterator[bytes]:
        while self._begun < len(message):
            most = FURTHER_FRAGMENT if self._begun else FIRST_FRAGMENT
            piece = message[self._begun : self._begun + most]
            self._begun += len(piece)
            yield piece


def _open(name: str) -> tuple[Any, Any]:
    try:
        # Late: there is no wheel for some machines, and it fails without a sequencer.
        module = load()
    except Trouble as trouble:
        absent = trouble.advice
        raise Trouble(_unusable(name, absent.happened, absent.next_step)) from trouble
    try:
        system = midi_system(module)
        source, sink = module.MidiIn(system, name=name), module.MidiOut(system, name=name)
        source.open_virtual_port(name)
        sink.open_virtual_port(name)
    except (OSError, NotImplementedError, RuntimeError) as error:
        raise Trouble(_unusable(name, f"{error}.")) from error
    return source, sink


def _unusable(name: str, why: str, next_step: str = "") -> Advice:
    return Advice(
        code="served-rtmidi-unusable",
        happened=f"No rtmidi ports can be opened for {name!r}: {why}",
        safe="Nothing was started.",
        cause="No binding is installed, or neither ALSA's sequencer nor a JACK server is running "
        "here. Windows has no ports of this kind.",
        next_step=f"{next_step} Or serve at raw:PATH or tcp:HOST:PORT instead.".strip(),
    )
