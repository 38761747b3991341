"""Standard MIDI Files: exclusive events, whole and split, as far as the file can be read.

Read here and not by mido: that stops at the first damage, and takes a hundred times the memory.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import NamedTuple

from m1tui.sysex.decoder import decode
from m1tui.sysex.errors import SysexError
from m1tui.sysex.forms.stream import Findings, take

MARK = b"MThd"
_TRACK = b"MTrk"
LARGEST_MIDI_FILE = 1 << 20
"""Bytes of a file that is parsed; an M1's whole memory takes 55,000."""
_MOST_PIECES = 10_000
"""Exclusive events that are joined; an M1's whole memory fits in 1,000."""
_LONGEST_MESSAGE = 65_536
"""Bytes that the pieces of one message may have; an M1's longest message has 53,361."""
_META, _START, _REST = 0xFF, 0xF0, 0xF7
_TRACK_END = 0x2F
_DATA_SIZES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


class _Piece(NamedTuple):
    """The bytes of one exclusive event, without F0 and F7."""

    data: bytes
    offset: int
    begins: bool
    """Whether it is an event of F0; one of F7 goes on with what an event before began."""
    ended: bool
    """Whether its bytes end with F7."""


class _Damage(Exception):
    """The file does not go on as it should at a place."""

    def __init__(self, offset: int, problem: str, expected: str, found: str) -> None:
        super().__init__(offset, problem, expected, found)
        self.offset = offset
        self.problem = problem
        self.expected = expected
        self.found = found


def read_midi_file(data: bytes, findings: Findings) -> None:
    """Find every message in a Standard MIDI File."""
    if len(data) > LARGEST_MIDI_FILE:
        expected, found = f"at most {LARGEST_MIDI_FILE:,} bytes", f"{len(data):,}"
        findings.problem(
            0, "a Standard MIDI File too large to be read", expected, found, code="form-too-large"
        )
        return
    pieces: list[_Piece] = []
    try:
        for piece in _pieces(data, findings):
            pieces.append(piece)
            if len(pieces) > _MOST_PIECES:
                pieces.pop()
                expected = f"at most {_MOST_PIECES:,} exclusive events"
                found = f"more by byte {piece.offset}"
                findings.problem(
                    piece.offset, "reading stopped here", expected, found, code="too-many"
                )
                break
    except _Damage as damage:
        findings.problem(
            damage.offset, damage.problem, damage.expected, damage.found, code="midi-file-damaged"
        )
    for frame, offset in _joined(pieces):
        if findings.is_full(offset):
            return
        first = len(findings.messages)
        # The F0 of a frame stands before the event's length: what is behind it is at its place.
        take(frame, offset - 1, findings)
        findings.messages[first:] = (
            one._replace(offset=one.offset + 1) for one in findings.messages[first:]
        )
    if not findings.messages and not findings.problems:
        findings.problem(
            0,
            "a Standard MIDI File without exclusive messages",
            "F0",
            "none",
            code="no-exclusive-message",
        )


def _pieces(data: bytes, findings: Findings) -> Iterator[_Piece]:
    if len(data) < 14:
        what = "a Standard MIDI File that ends in its header"
        raise _Damage(len(data), what, "14 bytes", f"{len(data)}")
    at = 8 + int.from_bytes(data[4:8], "big")
    tracks = 0
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        start, end = at + 8, at + 8 + size
        if kind == _TRACK:
            tracks += 1
            end = yield from _track(data, start, end, tracks, findings)
        at = end
    if not tracks:
        what = "a Standard MIDI File without a track"
        raise _Damage(min(at, len(data)), what, "MTrk", "none")


def _track(
    data: bytes, start: int, end: int, number: int, findings: Findings
) -> Generator[_Piece, None, int]:
    """Yield the events of a track, and return where the next one begins."""
    at, status, ended = start, 0, False
    while at < min(end, len(data)):
        at = _number(data, at)[1]
        if at >= len(data):
            break
        event = data[at]
        if event == _META:
            kind = data[at + 1] if at + 1 < len(data) else 0
            size, at = _number(data, at + 2)
            if kind == _TRACK_END:
                ended = True
                break
            at += size
        elif event in (_START, _REST):
            size, at = _number(data, at + 1)
            body = data[at : min(at + size, len(data))]
            piece = _piece(body, at, event == _START)
            if piece is not None:
                yield piece
            if len(body) < size:
                what = f"the Standard MIDI File ends in the middle of track {number}"
                raise _Damage(len(data), what, f"{size:,} bytes of an event", f"{len(body):,}")
            at += size
        else:
            if event >= 0x80:
                status, at = event, at + 1
            if status & 0xF0 not in _DATA_SIZES:
                what = f"track {number} of the Standard MIDI File continues without an event"
                raise _Damage(at, what, "a status byte", f"{event:02X}")
            at += _DATA_SIZES[status & 0xF0]
    if end > len(data):
        findings.problem(
            start - 4,
            f"the length of track {number} in the Standard MIDI File goes beyond the file's end",
            f"{end - start:,} bytes",
            f"{len(data) - start:,}",
            harmless=ended,
            code="midi-track-length",
        )
    return end


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, at most four bytes, and where it ends."""
    value = 0
    for place in range(at, min(at + 4, len(data))):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    return value, min(at + 4, len(data))


def _piece(body: bytes, offset: int, begins: bool) -> _Piece | None:
    """Return an event's bytes; None for an escape that carries realtime or other messages."""
    if not begins and body[:1] and body[0] >= 0x80 and body[0] not in (0xF0, 0xF7):
        return None
    if not begins and body[:1] == b"\xf0":
        body, begins, offset = body[1:], True, offset + 1
    ended = body.endswith(b"\xf7")
    return _Piece(body[:-1] if ended else body, offset, begins, ended)


def _joined(pieces: list[_Piece]) -> Iterator[tuple[bytes, int]]:
    """Yield whole messages: a long one may be split over events, each but the first a rest.

    Some programs write every piece as a message of its own, so what begins none goes on.
    """
    frame, start, ended = b"", 0, False
    for piece in pieces:
        begins = piece.begins and (
            piece.data[:1] == b"\x7e" or (piece.data[:1] == b"\x42" and piece.data[2:3] == b"\x19")
        )
        continues = not begins and len(frame) + len(piece.data) <= _LONGEST_MESSAGE
        if frame and continues and not _is_whole(frame):
            frame += piece.data
            ended = piece.ended
            continue
        if frame:
            yield _framed(frame, ended), start
        frame, start, ended = piece.data, piece.offset, piece.ended
    if frame:
        yield _framed(frame, ended), start


def _framed(frame: bytes, ended: bool) -> bytes:
    return b"\xf0" + frame + (b"\xf7" if ended else b"")


def _is_whole(payload: bytes) -> bool:
    try:
        decode(b"\xf0" + payload + b"\xf7")
    except SysexError:
        return False
    return True
