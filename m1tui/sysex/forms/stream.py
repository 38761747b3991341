"""Messages one behind the other, as they travel: what stands between, and what can be mended.

A frame that is no message is tried again without what recorders and text-mode transfers put in,
and with an F7 that was left out. What then is one message, byte for byte, is taken, with a note.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from m1tui.sysex.codes import KORG, M1, PARTS_BY_DUMP, model_id, model_name
from m1tui.sysex.decoder import decode
from m1tui.sysex.dumps import expected_size
from m1tui.sysex.errors import (
    AllocationError,
    ForeignModelError,
    LengthError,
    StatusByteError,
    SysexError,
    UnknownMessageError,
    UnterminatedError,
)
from m1tui.sysex.forms.found import FoundMessage, Note, Piece, Problem
from m1tui.sysex.text import printable

MOST_FINDINGS = 1_000
"""Messages and problems together; a file of more is none of an M1's, and memory is finite."""
_REALTIME = re.compile(rb"[\xf8-\xff]")
_STATUS = re.compile(rb"[\x80-\xff]")
_START, _END = b"\xf0", b"\xf7"
_HEAD = bytes([0xF0, KORG, 0x30, M1])
_CODES = {
    UnterminatedError: "dump-cut-off",
    LengthError: "wrong-length",
    StatusByteError: "status-byte-inside",
    AllocationError: "allocation-unclear",
    UnknownMessageError: "unknown-message",
}
_SINGLES = (0x40, 0x49)
"""The functions of a program and of a combination."""


class Foreign(NamedTuple):
    """Messages of another instrument: how many, and the first of them."""

    amount: int
    first: Problem


class Findings:
    """What was found so far in one file, or in one of several readings of it."""

    def __init__(self) -> None:
        self.messages: list[FoundMessage] = []
        self.problems: list[Problem] = []
        self.notes: list[Note] = []
        self.pieces: list[Piece] = []
        self._foreign: dict[str, Foreign] = {}

    @property
    def found_bytes(self) -> int:
        """Bytes of whole messages, and of broken ones of which something is whole."""
        broken = sum(one.size for one in self.pieces if one.contents.parts)
        return sum(one.size for one in self.messages) + broken

    @property
    def is_clean(self) -> bool:
        """Whether there are messages and nothing else."""
        return bool(self.messages) and not self.problems and not self._foreign

    def is_full(self, at: int) -> bool:
        """Tell whether enough was found, and say then that reading stops at byte `at`."""
        if len(self.messages) + len(self.problems) < MOST_FINDINGS:
            return False
        expected = f"at most {MOST_FINDINGS:,} messages and problems"
        self.problem(at, "reading stopped here", expected, f"more by byte {at}", code="too-many")
        return True

    def problem(
        self,
        offset: int,
        problem: str,
        expected: str = "",
        found: str = "",
        *,
        harmless: bool = False,
        code: str,
    ) -> None:
        """Add a problem."""
        self.problems.append(Problem(offset, problem, expected, found, harmless, code))

    def note(self, code: str, text: str) -> None:
        """Add a note."""
        self.notes.append(Note(code, text))

    def foreign(self, error: ForeignModelError) -> None:
        """Count a message of another instrument: all of a kind are one problem."""
        code = "foreign-maker" if "maker" in error.problem else "foreign-model"
        first = Problem(error.offset, error.problem, error.expected, error.found, False, code)
        count, first = self._foreign.get(error.found, Foreign(0, first))
        self._foreign[error.found] = Foreign(count + 1, first)
        if not count:
            self.problems.append(first)

    def settle(self) -> None:
        """Say of each foreign instrument how many messages it has; done once, at the end."""
        for count, first in self._foreign.values():
            if count > 1:
                at = self.problems.index(first)
                said = f"{first.problem}s ({count:,} of them)"
                self.problems[at] = first._replace(problem=said)
        self._foreign = {}

    def absorb(self, other: Findings, member: str, base: int) -> None:
        """Add what another reading found, `base` bytes into this one's file."""
        other.settle()

        def placed(found: FoundMessage | Problem | Piece) -> dict[str, object]:
            return {"offset": found.offset + base, "member": found.member or member}

        self.messages += (one._replace(**placed(one)) for one in other.messages)  # type: ignore[arg-type]
        self.problems += (one._replace(**placed(one)) for one in other.problems)  # type: ignore[arg-type]
        self.pieces += (one._replace(**placed(one)) for one in other.pieces)  # type: ignore[arg-type]
        self.notes += (one._replace(member=one.member or member) for one in other.notes)


def scan(data: bytes, findings: Findings) -> None:
    """Find every message in bytes that have them as they travel."""
    at = 0
    while at < len(data):
        if findings.is_full(at):
            return
        start = data.find(_START, at)
        start = len(data) if start < 0 else start
        if start > at:
            _between(data, at, start, findings)
        if start == len(data):
            return
        at = _frame_end(data, start)
        take(data[start:at], start, findings)


def take(frame: bytes, start: int, findings: Findings) -> None:
    """Decode one frame that begins with F0 at byte `start`, and mend it where that is certain."""
    try:
        message = decode(frame, start)
    except SysexError as error:
        first = error
    else:
        findings.messages.append(FoundMessage(message, start, len(frame), frame))
        return
    if isinstance(first, ForeignModelError):
        if not _half_lost(frame, first, findings):
            findings.foreign(first)
        return
    if not _mended(frame, start, first, findings):
        _broken(frame, start, first, findings)


def _mended(frame: bytes, start: int, first: SysexError, findings: Findings) -> bool:
    """Try what is known to happen to messages, and say what was mended."""
    lifted = _REALTIME.sub(b"", frame)
    if _taken(lifted, frame, start, findings):
        count = len(frame) - len(lifted)
        findings.problem(
            first.offset,
            f"{count} realtime bytes inside a message",
            harmless=True,
            code="realtime-bytes-inside",
        )
        return True
    ended = lifted if lifted.endswith(_END) else lifted + _END
    if _taken(ended, frame, start, findings):
        text = (
            f"The message at byte {start} has no F7 at its end; it was read as if one were there."
        )
        findings.note("end-missing", text)
        return True
    joined = ended.replace(b"\r\n", b"\n")
    if _taken(joined, frame, start, findings):
        count = len(ended) - len(joined)
        findings.note(
            "line-ends-mended",
            f"Every 0D 0A in the message at byte {start} was read as 0A ({count:,} in all): a "
            "text-mode transfer had added each 0D. The message is now as it was before.",
        )
        return True
    return False


def _taken(mended: bytes, frame: bytes, start: int, findings: Findings) -> bool:
    if mended == frame:
        return False
    try:
        message = decode(mended, start)
    except SysexError:
        return False
    findings.messages.append(FoundMessage(message, start, len(frame), mended))
    return True


def _broken(frame: bytes, start: int, error: SysexError, findings: Findings) -> None:
    """Say what is wrong with a frame that cannot be mended, and keep what is whole of it."""
    if _half_lost(frame, error, findings):
        return
    problem = error.problem
    if isinstance(error, UnterminatedError):
        # Imported only now: whole files need none of it.
        from m1tui.sysex.forms.salvage import piece_of, whole_words

        piece = piece_of(_REALTIME.sub(b"", frame), start, len(frame))
        if piece is not None:
            findings.pieces.append(piece)
            words = whole_words(piece)
            problem += f" ({words} in it)" if words else " (nothing in it is intact)"
    findings.problem(
        error.offset,
        problem,
        error.expected,
        error.found,
        code=_CODES.get(type(error), "not-a-message"),
    )


def _half_lost(frame: bytes, error: SysexError, findings: Findings) -> bool:
    """Tell whether about half of a dump is missing, and say so."""
    half = _half_of_a_dump(frame)
    if half:
        findings.problem(
            error.offset,
            "about half of the bytes are missing",
            f"{half:,} bytes",
            f"{len(frame):,}",
            code="every-second-packet-lost",
        )
    return bool(half)


_USB_DATA = 3
"""Bytes of a message in one packet of USB-MIDI."""
_SHORTEST_HALF = 400
"""Bytes that are left of the shortest dump of a bank."""


def _half_of_a_dump(frame: bytes) -> int:
    """Return how long the dump was of which every second USB packet is left, 0 for anything else.

    Its first packet is there; the second, with model and function, may not be.
    """
    if not frame.endswith(_END) or len(frame) < _SHORTEST_HALF or frame[1] != KORG:
        return 0
    if model_name(model_id(frame[3:])) not in (None, "M1"):
        return 0
    sizes = {size for size in _dump_sizes(frame) if abs(size - 2 * len(frame)) <= 8 * _USB_DATA}
    return min(sizes, default=0)


def _dump_sizes(frame: bytes) -> set[int]:
    """Return how long the dump may have been: by its header if that is there, else any bank."""
    if frame[3] == M1 and frame[4] in PARTS_BY_DUMP:
        return {expected_size(frame[:8]) or 0}
    from m1tui.sysex.codes import Allocation, Part
    from m1tui.sysex.dumps import message_size

    parts = (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)
    sizes = {message_size(part, allocation) for part in parts for allocation in Allocation}
    # All data: the packet with the model was lost, the next begins with the count of steps.
    steps = frame[3] | frame[4] << 7
    return sizes | {message_size(Part.ALL, allocation, steps) for allocation in Allocation}


def _between(data: bytes, start: int, end: int, findings: Findings) -> None:
    """Look at what stands before, between and behind messages."""
    while start < end and not findings.is_full(start):
        used = _headless(data, start, end, findings)
        if not used:
            break
        start += used
    if start == end:
        return
    between = data[start:end]
    what = between[:4].hex(" ").upper()
    size = end - start
    blank = not between.strip(b"\0\x1a\r\n")
    text = "padding" if blank else "junk outside any message"
    findings.problem(
        start,
        f"{text} ({size:,} bytes: {what}{' …' if size > 4 else ''})",
        harmless=True,
        code="padding" if blank else "junk",
    )


def _headless(data: bytes, start: int, end: int, findings: Findings) -> int:
    """Take a message whose first bytes are missing: F0, or more, up to its function code.

    Returns how many bytes were used, 0 for none.
    """
    if M1 not in data[start : start + 3] and data[start] not in (*PARTS_BY_DUMP, *_SINGLES):
        return 0
    body = data[start : data.find(_END, start, end) + 1 or end]
    for missing in range(1, len(_HEAD) + 1):
        frame = _HEAD[:missing] + body
        for mended in (frame, frame if frame.endswith(_END) else frame + _END):
            if _taken(mended, body, start, findings):
                what = mended[:missing].hex(" ").upper()
                findings.note(
                    "start-missing",
                    f"The message at byte {start} begins without {what}; it was read as if it "
                    "were complete.",
                )
                return len(body)
    return 0


def _frame_end(data: bytes, start: int) -> int:
    """Return where the message at `start` ends: behind its F7, or before what cuts it off."""
    for match in _STATUS.finditer(data, start + 1):
        status = data[match.start()]
        if status == 0xF7:
            return match.end()
        if status == 0xF0:
            return match.start()
    return len(data)


def no_message(size: int, start: bytes) -> Problem:
    """Return the problem of a file in which nothing was found."""
    found = f"{size:,} bytes starting {start.hex(' ').upper()}" if size else "nothing"
    return Problem(
        0, "no exclusive message in the file", "F0", printable(found), code="no-exclusive-message"
    )
