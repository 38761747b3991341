"""Dump files by content: .syx with junk around, MacBinary, Standard MIDI Files, hex text.

Nothing here opens a file: bytes come in, messages and named problems go out; and messages become
bytes again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from m1tui.sysex.codes import Bank, Part
from m1tui.sysex.contents import Contents
from m1tui.sysex.decoder import decode
from m1tui.sysex.dumps import BankDump
from m1tui.sysex.errors import RivalError, SysexError
from m1tui.sysex.text import printable

if TYPE_CHECKING:
    from m1tui.sysex.messages import AnyMessage


_MAC_BINARY = 128
_MOST_FINDINGS = 1_000
"""Messages and problems together; a file of more is none of an M1's, and memory is finite."""
LARGEST_MIDI_FILE = 1 << 20
"""Bytes of a Standard MIDI File that is parsed: mido keeps 100 times as much for short events."""
_LARGEST_TEXT = 4 << 20
"""Bytes of hex text that is parsed; an M1's whole memory takes 160,000."""
_MOST_PIECES = 10_000
"""SysEx events of a Standard MIDI File that are joined; an M1's whole memory fits in 1,000."""
_LONGEST_MESSAGE = 65_536
"""Bytes that the pieces of one message may have; an M1's longest message has 53,361."""
_MIDI_FILE = b"MThd"
_HEX_ONLY = re.compile(rb"[0-9A-Fa-fxXhH$,;\s]*\Z")
_HEX_TOKEN = re.compile(rb"(?:0[xX]|\$)?([0-9A-Fa-f]+)[hH]?")
_REALTIME = re.compile(rb"[\xf8-\xff]")
_STATUS = re.compile(rb"[\x80-\xff]")


class FoundMessage(NamedTuple):
    """A message, where its bytes stand in the file, and its size from F0 to F7.

    The offset counts decoded bytes in hex text; in a Standard MIDI File it is that of the byte
    behind F0 and the event's length.
    """

    message: AnyMessage
    offset: int
    size: int


class Problem(NamedTuple):
    """Something in the file that is no M1 message; `harmless` if no message is lost by it."""

    offset: int
    problem: str
    expected: str = ""
    found: str = ""
    harmless: bool = False

    def __str__(self) -> str:
        """Return the whole finding as one sentence."""
        return f"at byte {self.offset}: {self.finding}"

    @property
    def finding(self) -> str:
        """The same without its offset."""
        expected = f": expected {self.expected}, found {self.found}" if self.expected else ""
        return f"{self.problem}{expected}"


class DumpFile(NamedTuple):
    """What a file holds: `format` is "syx", "mid", "hex" or "unknown"."""

    format: str
    messages: tuple[FoundMessage, ...]
    problems: tuple[Problem, ...]

    @property
    def dumps(self) -> tuple[BankDump, ...]:
        """The bank dumps, in order: those of internal memory, or else those of a card."""
        return tuple(dump for dump, _ in self._placed)

    @property
    def _placed(self) -> tuple[tuple[BankDump, int], ...]:
        """The same with their offsets."""
        found = tuple(
            (one.message, one.offset) for one in self.messages if isinstance(one.message, BankDump)
        )
        return tuple(one for one in found if one[0].bank is Bank.INTERNAL) or found

    def contents(self, part: Part = Part.ALL) -> Contents:
        """Return `part` of all bank dumps merged, or all of it.

        Raises AllocationError if they do not belong together, RivalError if several hold the same
        part of it and differ by more than what nobody hears.
        """
        merged = Contents()
        for dump in self.dumps:
            merged = merged.merged(dump.contents)
        wanted = merged.only(part)
        for one in Part:
            if one in wanted.parts:
                self._check_rivals(one)
        return wanted

    def _check_rivals(self, part: Part) -> None:
        """Raise RivalError if it cannot be known which of several dumps of `part` is meant."""
        held = [(dump.contents.only(part), offset) for dump, offset in self._placed]
        holders = [(contents.normal(), offset) for contents, offset in held if contents.parts]
        for normal, offset in holders[1:]:
            if normal != holders[0][0]:
                problem = f"{part.value} stands here once more, and otherwise"
                raise RivalError(offset, problem, "one such dump", f"{len(holders)}")


def read_file(data: bytes) -> DumpFile:
    """Return every message in `data` and everything that is wrong with it; never raises."""
    if data.startswith(_MIDI_FILE):
        return _read_midi_file(data)
    if _HEX_ONLY.match(data) and data.strip():
        return _read_hex(data)
    messages, problems = _scan(data)
    if not data:
        problems = [Problem(0, "the file is empty", "a dump", "nothing")]
    elif not messages and not problems:
        problems = [_no_message(len(data), data[:4])]
    known = messages or any(not problem.harmless for problem in problems)
    return DumpFile(
        "syx" if known and 0xF0 in data else "unknown", tuple(messages), tuple(problems)
    )


def _no_message(size: int, start: bytes) -> Problem:
    found = f"{size:,} bytes starting {start.hex(' ').upper()}" if size else "nothing"
    return Problem(0, "no exclusive message in the file", "F0", found)


def _scan(data: bytes) -> tuple[list[FoundMessage], list[Problem]]:
    messages: list[FoundMessage] = []
    problems: list[Problem] = []
    at = _skip_mac_binary(data, problems)
    while at < len(data):
        if _is_full(messages, problems, at):
            break
        start = data.find(0xF0, at)
        start = len(data) if start < 0 else start
        if start > at:
            problems.append(_junk(data, at, start))
        if start == len(data):
            break
        at = _frame_end(data, start)
        _take(data[start:at], start, messages, problems)
    if not messages and all(problem.harmless for problem in problems):
        problems.append(_no_message(len(data), data[:4]))
    return messages, problems


def _is_full(messages: list[FoundMessage], problems: list[Problem], at: int) -> bool:
    """Tell whether enough was found, and say then that reading stops at byte `at`."""
    if len(messages) + len(problems) < _MOST_FINDINGS:
        return False
    expected = f"at most {_MOST_FINDINGS:,} messages and problems"
    problems.append(Problem(at, "reading stopped here", expected, f"more by byte {at}"))
    return True


def _too_large(data: bytes, form: str, kind: str, limit: int) -> DumpFile:
    expected, found = f"at most {limit:,} bytes", f"{len(data):,}"
    return DumpFile(form, (), (Problem(0, f"{kind} too large to be read", expected, found),))


def _skip_mac_binary(data: bytes, problems: list[Problem]) -> int:
    """Report a MacBinary header and return where the data fork begins."""
    name_size = data[1] if len(data) > _MAC_BINARY else 0
    is_header = (
        0 < name_size < 64 and data[0] == data[74] == data[82] == 0 and data[_MAC_BINARY] == 0xF0
    )
    if not is_header:
        return 0
    name = printable(data[2 : 2 + name_size])
    problems.append(Problem(0, f'a MacBinary header of 128 bytes ("{name}")', harmless=True))
    return _MAC_BINARY


def _junk(data: bytes, start: int, end: int) -> Problem:
    what = data[start : min(end, start + 4)].hex(" ").upper()
    size = end - start
    blank = not data[start:end].strip(b"\0\x1a\r\n")
    text = "padding" if blank else "junk that belongs to no message"
    return Problem(
        start, f"{text} ({size:,} bytes: {what}{' …' if size > 4 else ''})", harmless=True
    )


def _frame_end(data: bytes, start: int) -> int:
    """Return where the message at `start` ends: behind its F7, or before what cuts it off."""
    for match in _STATUS.finditer(data, start + 1):
        status = data[match.start()]
        if status == 0xF7:
            return match.end()
        if status == 0xF0:
            return match.start()
    return len(data)


def _take(frame: bytes, start: int, messages: list[FoundMessage], problems: list[Problem]) -> None:
    """Decode one frame; realtime bytes that a recorder left inside are lifted out."""
    try:
        messages.append(FoundMessage(decode(frame, start), start, len(frame)))
        return
    except SysexError as error:
        first = error
    lifted = _REALTIME.sub(b"", frame)
    if len(lifted) < len(frame):
        try:
            messages.append(FoundMessage(decode(lifted, start), start, len(frame)))
        except SysexError:
            pass  # The error of the bytes as they stand says more.
        else:
            count = len(frame) - len(lifted)
            problems.append(
                Problem(first.offset, f"{count} realtime bytes inside a message", harmless=True)
            )
            return
    problems.append(Problem(first.offset, first.problem, first.expected, first.found))


def _read_hex(data: bytes) -> DumpFile:
    if len(data) > _LARGEST_TEXT:
        return _too_large(data, "hex", "hex text", _LARGEST_TEXT)
    decoded = bytearray()
    for match in _HEX_TOKEN.finditer(data):
        token = match.group(1)
        if len(token) % 2:
            problem = Problem(
                match.start(), "an odd number of hex digits", "pairs of digits", token[:8].decode()
            )
            return DumpFile("hex", (), (problem,))
        decoded += bytes.fromhex(token.decode())
    messages, problems = _scan(bytes(decoded))
    return DumpFile("hex", tuple(messages), tuple(problems))


def _read_midi_file(data: bytes) -> DumpFile:
    if len(data) > LARGEST_MIDI_FILE:
        return _too_large(data, "mid", "a Standard MIDI File", LARGEST_MIDI_FILE)
    try:
        pieces = list(islice(_midi_pieces(data), _MOST_PIECES + 1))
    except Exception as error:  # noqa: BLE001 - mido names no set of errors for damaged files
        what = printable(str(error)) or type(error).__name__
        problem = Problem(0, "a Standard MIDI File that cannot be read", "whole tracks", what)
        return DumpFile("mid", (), (problem,))
    messages: list[FoundMessage] = []
    problems: list[Problem] = []
    if len(pieces) > _MOST_PIECES:
        _, at = pieces.pop()
        expected = f"at most {_MOST_PIECES:,} exclusive events"
        problems.append(Problem(at, "reading stopped here", expected, f"more by byte {at}"))
    for frame, offset in _joined(pieces):
        if _is_full(messages, problems, offset):
            break
        _take(frame, offset, messages, problems)
    if not messages and not problems:
        problems.append(Problem(0, "a Standard MIDI File without exclusive messages", "F0", "none"))
    return DumpFile("mid", tuple(messages), tuple(problems))


def _midi_pieces(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the payload of each SysEx event and where it stands in the file."""
    # mido takes a while to import, and most files are not Standard MIDI Files.
    from io import BytesIO

    import mido

    at = 0
    for track in mido.MidiFile(file=BytesIO(data)).tracks:
        for event in track:
            if event.type == "sysex":
                payload = bytes(event.data)
                found = data.find(payload, at)
                at = found + len(payload) if found >= 0 else at
                yield payload, max(found, 0)


def _joined(pieces: list[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """Yield whole messages: a long one may be split over events, each but the first a rest."""
    frame, start = b"", 0
    for payload, offset in pieces:
        begins = payload[:1] == b"\x7e" or (payload[:1] == b"\x42" and payload[3:4] == b"\x19")
        continues = not begins and len(frame) + len(payload) <= _LONGEST_MESSAGE
        if frame and continues and not _is_whole(frame):
            frame += payload
            continue
        if frame:
            yield b"\xf0" + frame + b"\xf7", start
        frame, start = payload, offset
    if frame:
        yield b"\xf0" + frame + b"\xf7", start


def _is_whole(payload: bytes) -> bool:
    try:
        decode(b"\xf0" + payload + b"\xf7")
    except SysexError:
        return False
    return True


def carried(found: FoundMessage) -> Contents:
    """Return the memory that a message carries: a bank's, one program, one combination, none."""
    message = found.message
    if isinstance(message, BankDump):
        return message.contents
    # Imported only now: most files hold dumps of banks alone.
    from m1tui.sysex.messages import CombinationDump, ProgramDump

    if isinstance(message, ProgramDump):
        return Contents(programs=(message.program,))
    if isinstance(message, CombinationDump):
        return Contents(combinations=(message.combination,))
    return Contents()


def memory(file: DumpFile) -> Contents:
    """Return what all bank dumps hold together, or else the single programs and combinations.

    Raises AllocationError if the dumps do not belong together.
    """
    return file.contents() if file.dumps else singles(file)


def singles(file: DumpFile) -> Contents:
    """Return the programs and combinations that messages carry one by one, in their order."""
    held = [carried(found) for found in file.messages if not isinstance(found.message, BankDump)]
    programs = tuple(one for single in held for one in single.programs or ())
    combinations = tuple(one for single in held for one in single.combinations or ())
    return Contents(programs=programs or None, combinations=combinations or None)


def message_kind(found: FoundMessage) -> str:
    """Return what a message is: "all data", "one program"."""
    message = found.message
    return message.part.label if isinstance(message, BankDump) else message.label


def message_text(found: FoundMessage) -> str:
    """Return where a message stands, its kind, size, channel, and what it holds, in one line."""
    message = found.message
    kind, function = message_kind(found), getattr(message, "function", None)
    parts = [kind if function is None else f"{kind} ({function:02X})"]
    parts.append(f"{found.size:,} bytes")
    if message.channel is not None:
        parts.append(f"channel {message.channel + 1}")
    if isinstance(message, BankDump):
        if message.allocation is not None:
            parts.append(message.allocation.label)
        held = ", ".join(message.contents.describe())
        parts.append(f"{message.bank.name.lower()} memory: {held}")
    else:
        single = carried(found)
        parts += [f'"{one.name}"' for one in single.programs or ()]
        parts += [f'"{one.name}"' for one in single.combinations or ()]
    return f"at byte {found.offset}: " + ", ".join(parts)


FORMATS = {
    ".syx": "syx",
    ".mid": "mid",
    ".midi": "mid",
    ".hex": "hex",
    ".txt": "hex",
}
"""File endings, and the format (as `DumpFile` calls it) that each of them stands for."""

_BYTES_PER_LINE = 16
_TICKS_PER_BEAT = 480
_TICKS_PER_SECOND = 2 * _TICKS_PER_BEAT  # 120 beats a minute, where a file says nothing else
_SECONDS_PER_BYTE = 320e-6


def write_file(messages: Sequence[AnyMessage], format: str) -> bytes:  # noqa: A002 - DumpFile's word
    """Return the bytes of a file of `format` ("syx", "mid" or "hex") with these messages."""
    if format == "syx":
        return b"".join(message.encode() for message in messages)
    if format == "hex":
        return "\n".join(_hex_lines(message.encode()) for message in messages).encode("ascii")
    if format == "mid":
        return _midi_file([message.encode() for message in messages])
    raise ValueError(f"expected syx, mid or hex, found {format!r}")


def _hex_lines(data: bytes) -> str:
    starts = range(0, len(data), _BYTES_PER_LINE)
    lines = (data[at : at + _BYTES_PER_LINE].hex(" ").upper() for at in starts)
    return "".join(f"{line}\n" for line in lines)


def _midi_file(frames: list[bytes]) -> bytes:
    # mido takes a while to import, and only a Standard MIDI File needs it.
    from io import BytesIO

    import mido

    track = mido.MidiTrack()
    wait = 0
    for frame in frames:
        track.append(mido.Message("sysex", data=frame[1:-1], time=wait))
        # A sequencer that plays the file must not send faster than the wire takes the bytes.
        wait = int(len(frame) * _SECONDS_PER_BYTE * _TICKS_PER_SECOND) + 1
    track.append(mido.MetaMessage("end_of_track", time=wait))
    file = mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_BEAT, tracks=[track])
    data = BytesIO()
    file.save(file=data)
    return data.getvalue()
