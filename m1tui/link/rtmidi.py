"""Reaches an M1 through rtmidi: macOS, Windows, virtual ports, Linux without a raw device."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.errors import LinkError
from m1tui.link.base import BYTES_PER_SECOND, Inbox, Link, Pacer, lost, not_open, stalled
from m1tui.midi import binding
from m1tui.midi.binding import Module, close_ends
from m1tui.midi.system import ALSA, UNIX_JACK, Pair, Rule, distinct, pairs, plain, rule_of

T = TypeVar("T")

PACE = 0.97 * BYTES_PER_SECOND
"""Bytes per second that are handed over: a little less than the wire takes, since nobody tells
how full the buffers between here and there are."""
PORT_POLL = 1.0
"""Seconds between two looks whether the ports are still listed."""
UNREAD_LIMIT = 1 << 20
"""Bytes that may wait unread: more than five minutes of a full wire."""
PIECE = 256
"""Bytes that are handed over between two looks at the wire's fill, where pieces are allowed."""
BUFFERS = 8
"""Buffers that Windows may fill before the program takes the first one: 21 s of a full wire."""
LONGEST = 20.0
"""Seconds that a port is kept open for a message under way: no M1 has one that takes longer."""
STALL = 10.0
"""Seconds that a system may need for a whole message beyond twice its time on the wire."""
_OUT_IN = re.compile(r"OUT=(?P<out>.+?),IN=(?P<in>.+)|IN=(?P<in2>.+?),OUT=(?P<out2>.+)")


def load() -> Module:
    """Return the binding that reaches MIDI ports; raises LinkError where there is none."""
    try:
        return binding.load()
    except Trouble as trouble:
        raise LinkError(trouble.advice) from trouble


def port_pairs(module: Module) -> list[Pair]:
    """Return the pairs of an output and an input that may belong together.

    Raises LinkError where the system has no MIDI service.
    """
    outputs, inputs, rule = listed(module)
    return pairs(outputs, inputs, rule)


def listed(module: Module) -> tuple[list[str], list[str], Rule]:
    """Return the outputs' and the inputs' names, and the system's rule. Raises LinkError."""
    try:
        midi_in, midi_out = _ends(module)
        try:
            rule = rule_of(midi_out)
            return distinct(midi_out.get_ports()), distinct(midi_in.get_ports()), rule
        finally:
            midi_in.delete()
            midi_out.delete()
    except OSError as error:  # rtmidi's own errors are OSErrors
        raise LinkError(_no_service(error)) from error


def _ends(module: Module) -> tuple[Any, Any]:
    # Late, since most links have nothing to do with it.
    from m1tui.midi.system import midi_system

    try:
        system = midi_system(module)
    except Trouble as trouble:
        raise LinkError(trouble.advice) from trouble
    return module.MidiIn(system), module.MidiOut(system)


class RtmidiLink(Link):
    """A pair of MIDI ports, found by name.

    How messages go through them is the system's rule, which is known once the link is open.
    """

    def __init__(self, name: str, module: Module | None = None) -> None:
        super().__init__(f"rtmidi:{name}", name)
        self._name = name
        if _OUT_IN.fullmatch(name):
            self.shared = "ports named separately"
        self._module = module
        self._in: Any = None
        self._out: Any = None
        self._input_name = ""
        self._inbox = Inbox()
        self._fragmenter = Fragmenter()
        self._gatherer = Gatherer()
        self._wire = Pacer(PACE)
        self._sending: asyncio.Future[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._follow(ALSA)

    def _follow(self, rule: Rule) -> None:
        """Send and receive by this rule from now on."""
        self.over_jack = rule is UNIX_JACK
        self.sends_whole = rule.sends_whole
        self.whole_messages = rule.buffer is None
        self.buffer_seconds = (rule.buffer or 0) / self.bytes_per_second
        # A whole message is paced when it is handed over, and not while it is gathered.
        self.block_bytes = None if rule.sends_whole else PIECE
        self._pacer = None if rule.sends_whole else self._wire

    async def _open(self) -> None:
        module = self._module or load()
        outputs, inputs, rule = listed(module)
        output_name, self._input_name = _choose(self._name, outputs, inputs, rule)
        loop = asyncio.get_running_loop()
        inbox = self._inbox = Inbox()
        self._wire = Pacer(PACE)
        self._fragmenter, self._gatherer = Fragmenter(), Gatherer()
        try:
            self._in, self._out = _ends(module)
            self._follow(rule_of(self._out))
            self._in.ignore_types(sysex=False, timing=False, active_sense=False)
            if rule.buffer is not None and hasattr(self._in, "set_buffer_size"):
                # supriya-midi's own have 1,024 bytes; python-rtmidi's have this size already.
                self._in.set_buffer_size(rule.buffer, BUFFERS)
            # The callback runs in a thread of rtmidi's.
            self._in.set_callback(
                lambda event, _: loop.call_soon_threadsafe(_arrived, inbox, bytes(event[0]))
            )
            self._in.open_port(distinct(self._in.get_ports()).index(self._input_name))
            self._out.open_port(distinct(self._out.get_ports()).index(output_name))
        except (OSError, ValueError) as error:
            await self._close()
            raise LinkError(_cannot_open(self._name, error)) from error
        self._watch = loop.create_task(self._watch_ports())

    async def _close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._inbox.fail(not_open(self.title))
        if self._sending is not None:
            # A port must not be closed under a message that the system is still sending.
            await asyncio.wait([self._sending], timeout=LONGEST)
        ends, self._in, self._out = (self._in, self._out), None, None
        self._watch = self._sending = None
        await close_ends(*ends)

    async def _read(self) -> bytes:
        return await self._inbox.get()

    async def _write(self, data: bytes) -> None:
        if self.sends_whole:
            for message in self._gatherer.feed(data):
                await self._wire.make_room(len(message))
                await self._send_whole(message)
            return
        for piece in self._fragmenter.feed(data):
            self._check()
            try:
                self._out.send_message(piece)
            except OSError as error:
                raise lost(self.title, str(error), over_jack=self.over_jack) from error

    async def _send_whole(self, message: bytes) -> None:
        """Hand one message over, in a thread: Windows comes back only when it has left."""
        if self._sending is not None and not self._sending.done():
            await asyncio.wait([self._sending])  # whose sender was cancelled
        self._check()
        out, loop = self._out, asyncio.get_running_loop()
        self._sending = loop.run_in_executor(_OwnThread(), lambda: out.send_message(message))
        try:
            async with asyncio.timeout(STALL + 2 * len(message) / self.bytes_per_second):
                await asyncio.shield(self._sending)
        except TimeoutError:
            raise stalled(self.title, STALL) from None
        except OSError as error:
            raise lost(self.title, str(error), over_jack=self.over_jack) from error

    async def _drain(self) -> None:
        self._check()
        await self._wire.drain()

    def _check(self) -> None:
        self._inbox.check()
        if self._out is None:
            raise not_open(self.title)

    async def _watch_ports(self) -> None:
        # Late, as for the module itself.
        from m1tui.midi.system import jack_serves

        # rtmidi tells nobody that a port has gone. Where JACK's server has died, it still lists
        # the ports, and a send would wait for ever.
        over_jack = jack_serves()
        while True:
            await asyncio.sleep(PORT_POLL)
            try:
                here = self._input_name in distinct(self._in.get_ports())
                reason = "its ports are no longer listed"
                if over_jack and not jack_serves():
                    here, reason = False, "the JACK server has ended"
            except OSError as error:
                here, reason = False, str(error)
            if not here:
                self._inbox.fail(lost(self.title, reason, over_jack=self.over_jack))
                return


class _OwnThread(Executor):
    """Runs a call in a thread that a program which ends does not wait for."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Begin the call, and return what becomes of it."""
        future: Future[T] = Future()

        def act() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 # it is the caller's
                future.set_exception(error)

        threading.Thread(target=act, name="MIDI output", daemon=True).start()
        return future


def _arrived(inbox: Inbox, data: bytes) -> None:
    inbox.put(data)
    if len(inbox) > UNREAD_LIMIT:
        inbox.fail(lost("the port", f"{len(inbox):,} bytes are waiting to be read"))


def _choose(
    name: str, outputs: Sequence[str], inputs: Sequence[str], rule: Rule
) -> tuple[str, str]:
    """Return the output and the input that a person named, apart or as a pair."""
    apart = _OUT_IN.fullmatch(name)
    if apart is not None:
        output = _one_of(apart["out"] or apart["out2"], outputs, rule, "output")
        return output, _one_of(apart["in"] or apart["in2"], inputs, rule, "input")
    found = pairs(outputs, inputs, rule)
    named = _matching(name, [pair.output for pair in found], rule)
    meant = [pair for pair in found if pair.output in named]
    if not meant:
        raise LinkError(_absent(name, [pair.output for pair in found], "pair of MIDI ports"))
    if len(meant) > 1:
        equal = not any(pair.certain for pair in meant)
        if equal:
            raise LinkError(_equal(name, meant))
        raise LinkError(_ambiguous(name, [pair.output for pair in meant], "pairs of MIDI ports"))
    return meant[0].output, meant[0].input


def _one_of(name: str, names: Sequence[str], rule: Rule, kind: str) -> str:
    found = _matching(name, names, rule)
    if not found:
        raise LinkError(_absent(name, names, f"MIDI {kind}"))
    if len(found) > 1:
        raise LinkError(_ambiguous(name, found, f"MIDI {kind}s"))
    return found[0]


def _matching(name: str, names: Sequence[str], rule: Rule) -> list[str]:
    """Return those that are meant: the very name, else the same without number, else a part."""
    tests: tuple[Callable[[str], bool], ...] = (
        lambda one: one == name,
        lambda one: plain(one, rule) == plain(name, rule),
        lambda one: name.casefold() in one.casefold(),
    )
    for test in tests:
        found = sorted({one for one in names if test(one)}, key=list(names).index)
        if found:
            return found
    return []


def _absent(name: str, there: Sequence[str], kind: str) -> Advice:
    known = ", ".join(repr(one) for one in dict.fromkeys(there))
    return Advice(
        code="midi-port-missing",
        happened=f"There is no {kind} named {name!r}.",
        safe=NOTHING_SENT,
        cause=f"Available: {known}." if there else f"There is no {kind} at all.",
        next_step="Plug the interface in, and choose a name from the list of `m1tui ports`.",
    )


def _ambiguous(name: str, found: Sequence[str], kind: str) -> Advice:
    return Advice(
        code="midi-port-ambiguous",
        happened=f"{len(found)} {kind} match the name {name!r}; expected one.",
        safe=NOTHING_SENT,
        cause=f"They are: {', '.join(repr(one) for one in found)}.",
        next_step="Give one of these names in full.",
    )


def _equal(name: str, found: Sequence[Pair]) -> Advice:
    return Advice(
        code="midi-interfaces-equal",
        happened=f"Several interfaces are named {name!r}; this system does not say which output "
        "belongs to which input.",
        safe=NOTHING_SENT,
        cause="Two interfaces of the same kind are plugged in.",
        next_step=f"Unplug one, or name both ends: --port '{found[0].port}'. `m1tui ports` lists "
        "all possible pairs; with the right pair, `m1tui identify` gets an answer.",
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
        next_step="Open the interface as raw:PATH, or rehearse with --port virtual.",
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


class Gatherer:
    """Gathers a stream of MIDI bytes to whole messages, for a system that takes no pieces.

    Nothing that does not begin with a status byte is ever given out. A lone F7, which ends a
    message that a program before this one began, becomes an empty exclusive message: that ends it,
    too.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._status = 0
        """The status of the last channel message, which may be left out (running status)."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the messages that `data` completes, in their order; realtime bytes at once."""
        for byte in data:
            if byte >= _REALTIME:
                yield bytes([byte])
            elif byte == _END:
                yield bytes([*(self._held if self._exclusive else (_START,)), _END])
                self._held.clear()
            elif byte >= 0x80:
                if self._exclusive:  # it breaks off the message before
                    yield bytes([*self._held, _END])
                self._held[:] = [byte]
                self._status = byte if byte < _START else 0
                yield from self._short()
            elif self._held or self._status:
                if not self._held:
                    self._held.append(self._status)
                self._held.append(byte)
                yield from self._short()

    @property
    def _exclusive(self) -> bool:
        return self._held[:1] == bytes([_START])

    def _short(self) -> Iterator[bytes]:
        """Yield the message that is held, if it is whole and no exclusive one."""
        status = self._held[0]
        if status == _START:
            return
        wanted = _COMMON_DATA_BYTES.get(status, _DATA_BYTES.get(status & 0xF0, 0))
        if len(self._held) > wanted:
            yield bytes(self._held)
            self._held.clear()
