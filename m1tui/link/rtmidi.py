"""Reaches an M1 through rtmidi: macOS, Windows, virtual ports, Linux without a raw device."""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Protocol, cast

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.errors import LinkError
from m1tui.extras import install_command
from m1tui.link.base import BYTES_PER_SECOND, Inbox, Link, Pacer, lost, not_open

PACE = 0.97 * BYTES_PER_SECOND
"""Bytes per second that are handed over: a little less than the wire takes, since nobody tells
how full the buffers between here and there are."""
PORT_POLL = 1.0
"""Seconds between two looks whether the ports are still listed."""
UNREAD_LIMIT = 1 << 20
"""Bytes that may wait unread: more than five minutes of a full wire."""


class Module(Protocol):
    """What is used of the module `rtmidi`."""

    def get_compiled_api(self) -> Sequence[int]:
        """Return the numbers of the MIDI systems that it was built for."""

    @property
    def MidiIn(self) -> Callable[[int], Any]:  # noqa: N802 # rtmidi's name
        """Makes an input."""

    @property
    def MidiOut(self) -> Callable[[int], Any]:  # noqa: N802 # rtmidi's name
        """Makes an output."""


def load() -> Module:
    """Return the module `rtmidi`; raises LinkError when it is not installed."""
    try:
        # Late, since it is missing where it has no wheel, and slow to load.
        return cast("Module", importlib.import_module("rtmidi"))
    except ImportError as error:
        if not isinstance(error, ModuleNotFoundError):
            raise LinkError(_cannot_load(error)) from error
        raise LinkError(
            Advice(
                code="rtmidi-missing",
                happened="The Python module rtmidi is not installed.",
                safe=NOTHING_SENT,
                next_step=f"Install it: {install_command('rtmidi')}",
            )
        ) from error


def _cannot_load(error: ImportError) -> Advice:
    return Advice(
        code="rtmidi-not-loadable",
        happened=f"The Python module rtmidi is installed but cannot be loaded: {str(error)!r}.",
        safe=NOTHING_SENT,
        cause="A library that it needs is missing; on Linux this is usually ALSA.",
        next_step="Install ALSA's library (Debian: `sudo apt install libasound2`), or reach the "
        "interface as raw:PATH on Linux.",
    )


def port_pairs(module: Module) -> list[tuple[str, str]]:
    """Return the names of ports that have both directions, as (output, input).

    Raises LinkError where the system has no MIDI service.
    """
    try:
        midi_in, midi_out = _ends(module)
        try:
            inputs, outputs = midi_in.get_ports(), midi_out.get_ports()
        finally:
            midi_in.delete()
            midi_out.delete()
    except OSError as error:  # rtmidi's own errors are OSErrors
        raise LinkError(_no_service(error)) from error
    return _pair(outputs, inputs)


def _ends(module: Module) -> tuple[Any, Any]:
    # Late, since most links have nothing to do with what serves virtual M1s too.
    from m1tui.virtual.midi_system import midi_system

    try:
        system = midi_system(module)
    except Trouble as trouble:
        raise LinkError(trouble.advice) from trouble
    return module.MidiIn(system), module.MidiOut(system)


class RtmidiLink(Link):
    """A pair of rtmidi ports, found by name."""

    block_bytes: ClassVar[int | None] = 256
    # rtmidi gathers a message to its F7 on every system.
    whole_messages: ClassVar[bool] = True

    def __init__(self, name: str, module: Module | None = None) -> None:
        super().__init__(f"rtmidi:{name}", name)
        self._name = name
        self._module = module
        self._pacer = Pacer(PACE)
        self._in: Any = None
        self._out: Any = None
        self._input_name = ""
        self._inbox = Inbox()
        self._fragmenter = Fragmenter()
        self._watch: asyncio.Task[None] | None = None

    async def _open(self) -> None:
        module = self._module or load()
        output_name, self._input_name = _choose(self._name, port_pairs(module))
        loop = asyncio.get_running_loop()
        inbox = self._inbox = Inbox()
        self._fragmenter = Fragmenter()
        try:
            self._in, self._out = _ends(module)
            self._in.ignore_types(sysex=False, timing=False, active_sense=False)
            # The callback runs in a thread of rtmidi's.
            self._in.set_callback(
                lambda event, _: loop.call_soon_threadsafe(_arrived, inbox, bytes(event[0]))
            )
            self._in.open_port(self._in.get_ports().index(self._input_name))
            self._out.open_port(self._out.get_ports().index(output_name))
        except (OSError, ValueError) as error:
            await self._close()
            raise LinkError(_cannot_open(self._name, error)) from error
        self._watch = loop.create_task(self._watch_ports())

    async def _close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._inbox.fail(not_open(self.title))
        if self._in is not None:
            self._in.cancel_callback()
        for end in (self._in, self._out):
            if end is not None:
                end.close_port()
                end.delete()
        self._in = self._out = self._watch = None

    async def _read(self) -> bytes:
        return await self._inbox.get()

    async def _write(self, data: bytes) -> None:
        for piece in self._fragmenter.feed(data):
            self._check()
            try:
                self._out.send_message(piece)
            except OSError as error:
                raise lost(self.title, str(error)) from error

    async def _drain(self) -> None:
        self._check()
        assert self._pacer is not None
        await self._pacer.drain()

    def _check(self) -> None:
        self._inbox.check()
        if self._out is None:
            raise not_open(self.title)

    async def _watch_ports(self) -> None:
        # Late, as for the module itself.
        from m1tui.virtual.midi_system import jack_serves

        # rtmidi tells nobody that a port has gone. Where JACK's server has died, it still lists
        # the ports, and a send would wait for ever.
        over_jack = jack_serves()
        while True:
            await asyncio.sleep(PORT_POLL)
            try:
                here = self._input_name in self._in.get_ports()
                reason = "its ports are no longer listed"
                if over_jack and not jack_serves():
                    here, reason = False, "the JACK server has ended"
            except OSError as error:
                here, reason = False, str(error)
            if not here:
                self._inbox.fail(lost(self.title, reason))
                return


def _arrived(inbox: Inbox, data: bytes) -> None:
    inbox.put(data)
    if len(inbox) > UNREAD_LIMIT:
        inbox.fail(lost("the port", f"{len(inbox):,} bytes are waiting to be read"))


def _pair(outputs: Sequence[str], inputs: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for output in outputs:
        alike = [name for name in inputs if _plain(name) == _plain(output)]
        if output in inputs:
            pairs.append((output, output))
        elif len(alike) == 1:
            pairs.append((output, alike[0]))
    return pairs


def _plain(name: str) -> str:
    """Return a port's name without what a MIDI system adds to it to tell two from each other.

    ALSA and Windows add numbers; JACK counts clients of one name ("M1-01:M1") and its bridges
    name the direction ("(capture)", "midi_playback_1").
    """
    uncounted = re.sub(r"^([^:]+)-\d\d:", r"\1:", name)
    return re.sub(r"\s+\d+(:\d+)?$|capture|playback", "", uncounted)


def _choose(name: str, pairs: Sequence[tuple[str, str]]) -> tuple[str, str]:
    tests = (
        lambda output: output == name,
        lambda output: _plain(output) == _plain(name),
        lambda output: name.casefold() in output.casefold(),
    )
    for test in tests:
        found = [pair for pair in pairs if test(pair[0])]
        if len(found) == 1:
            return found[0]
        if found:
            raise LinkError(_ambiguous(name, [pair[0] for pair in found]))
    raise LinkError(_absent(name, [pair[0] for pair in pairs]))


def _absent(name: str, there: Sequence[str]) -> Advice:
    listed = ", ".join(repr(one) for one in there)
    return Advice(
        code="midi-port-missing",
        happened=f"There is no pair of MIDI ports named {name!r}.",
        safe=NOTHING_SENT,
        cause=f"There are: {listed}." if there else "There is no pair of MIDI ports at all.",
        next_step="Plug the interface in, and choose a name from the list of `m1tui ports`.",
    )


def _ambiguous(name: str, found: Sequence[str]) -> Advice:
    return Advice(
        code="midi-port-ambiguous",
        happened=f"{len(found)} pairs of MIDI ports match the name {name!r}; expected one.",
        safe=NOTHING_SENT,
        cause=f"They are: {', '.join(repr(one) for one in found)}.",
        next_step="Give one of these names in full.",
    )


def _cannot_open(name: str, error: Exception) -> Advice:
    return Advice(
        code="midi-port-unusable",
        happened=f"The MIDI port {name!r} cannot be opened: {str(error)!r}.",
        safe=NOTHING_SENT,
        cause="Another program is using it, or it has just been unplugged.",
        next_step="Close other MIDI programs and try again.",
    )


def _no_service(error: OSError) -> Advice:
    return Advice(
        code="no-midi-service",
        happened=f"This system offers no MIDI ports to rtmidi: {str(error)!r}.",
        safe=NOTHING_SENT,
        cause="On Linux, the ALSA sequencer is not loaded (`sudo modprobe snd-seq` loads it), "
        "and no JACK server is running.",
        next_step="Reach the interface as raw:PATH, or rehearse with --port virtual.",
    )


FIRST = 256
"""The most bytes of the piece that begins an exclusive message, F0 included."""
NEXT = 3
"""The most bytes of each piece after it."""

_START, _END, _REALTIME = 0xF0, 0xF7, 0xF8
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_COMMON_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}


class Fragmenter:
    """Cuts a stream of MIDI bytes into pieces that rtmidi accepts and does not truncate.

    rtmidi takes a message of more than three bytes only when it begins with F0, and a long one
    overruns the buffer of the port behind it. So an exclusive message goes as F0 with up to 255
    bytes, then by threes. Between calls it remembers whether one is under way.
    """

    def __init__(self) -> None:
        self._exclusive = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield all of `data` in pieces, in its order; nothing is held back."""
        start = 0
        while start < len(data):
            end = self._piece_end(data, start)
            yield data[start:end]
            start = end

    def _piece_end(self, data: bytes, start: int) -> int:
        status = data[start]
        if status >= _REALTIME:
            return start + 1
        if status == _START:
            self._exclusive = True
            return self._exclusive_end(data, start, FIRST)
        if self._exclusive and (status < 0x80 or status == _END):
            return self._exclusive_end(data, start, NEXT)
        # Any other status byte ends an exclusive message without F7.
        self._exclusive = False
        return _short_end(data, start)

    def _exclusive_end(self, data: bytes, start: int, most: int) -> int:
        end = min(start + most, len(data))
        for index in range(start, end):
            if data[index] == _END:
                self._exclusive = False
                return index + 1
            if data[index] >= 0x80 and index > start:
                return index
        return end


def _short_end(data: bytes, start: int) -> int:
    status = data[start]
    # Data bytes without a status byte (running status) go on by twos.
    wanted = _COMMON_DATA_BYTES.get(status, _DATA_BYTES.get(status & 0xF0, 0))
    end = start + 1
    limit = min(len(data), end + (wanted if status >= 0x80 else 1))
    while end < limit and data[end] < 0x80:
        end += 1
    return end
