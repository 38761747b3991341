"""Compares what came back through a cable with what was sent, and names what the cable does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise

ALSA_EVENT = 4_096
"""Bytes that ALSA's sequencer carries in one message at most."""
PACKET = 3
"""MIDI bytes in a packet of USB MIDI."""

_REALTIME = bytes(range(0xF8, 0x100))
_FRAME = re.compile(rb"\xf0[\x00-\x7f]*\xf7")
_NEAR = 64
"""Bytes within which a short match counts, as between lost packets."""
_SHORT = 3
_SURE = 8
"""Bytes in a row that belong to one place alone."""
_MOST_EXTRA = 512
"""Bytes that may stand in one place though nobody sent them."""
_MOST_EDITS = 20_000
_FEW = 0.05
"""The share of bytes that may be changed in what is still called changed bytes."""


class Symptom(StrEnum):
    """What an interface or its cables do to messages; the values are the command line's words."""

    NONE = "none"
    SILENCE = "silence"
    """Nothing came back."""
    INSTRUMENT = "instrument"
    """Something else is at the other end: an M1, for example."""
    CUT = "cut"
    """Long messages end after about 4,095 bytes."""
    PACKETS = "packets"
    """Every second packet of 3 bytes is missing."""
    LOST = "lost"
    """Bytes are missing."""
    OVERRUN = "overrun"
    """Bytes are missing at full speed, and none where pauses are made."""
    DOUBLED = "doubled"
    """Bytes came twice."""
    CHANGED = "changed"
    """As many bytes as were sent, some with other bits."""
    REALTIME = "realtime"
    """Whole, with realtime bytes in between that nobody sent; active sensing does not count."""
    ECHO = "echo"
    """Whole messages came more than once."""
    DELAYED = "delayed"
    """Whole, and later than anybody waits."""
    REORDERED = "reordered"
    """All of it, in another order."""
    EXTRA = "extra"
    """Whole, with bytes in between that nobody sent."""
    DAMAGED = "damaged"
    """Several of these, or none that is known."""
    DISCONNECTED = "disconnected"
    """The port went away."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where what came back differs."""

    offset: int
    """In all bytes that were sent."""
    message: int
    """Of the messages, counted from 1."""
    place: int
    """In that message, from 0."""
    size: int
    """Of that message."""
    expected: bytes
    """The bytes that were sent from there on, at most eight; empty if nothing was any more."""
    found: bytes
    """The bytes that came instead; empty if nothing did any more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one comparison."""

    symptom: Symptom
    difference: Difference | None = None
    lost: int = 0
    """Bytes that did not come."""
    extra: int = 0
    """Bytes that nobody sent."""
    changed: int = 0
    """Bytes that came with another value."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes of the one stream that stand in the place of bytes of the other."""

    at: int
    lost: int
    """Bytes of what was sent that are missing here."""
    found_at: int
    extra: int
    """Bytes of what came that stand here instead."""


def realtime(came: bytes) -> Counter[int]:
    """Return how often each realtime byte came."""
    return Counter(came.translate(None, bytes(range(0xF8))))


def lifted(came: bytes) -> bytes:
    """Return what came without realtime bytes, which may stand anywhere."""
    return came.translate(None, _REALTIME)


def is_ours(message: bytes, came: bytes) -> bool:
    """Tell whether any piece of `message` is in what came, however damaged the rest is."""
    found = lifted(came)
    windows = {found[at : at + PACKET] for at in range(len(found) - PACKET + 1)}
    return any(message[at : at + PACKET] in windows for at in range(len(message) - PACKET + 1))


def compare(messages: Sequence[bytes], came: bytes) -> Finding:
    """Return what happened to `messages` on their way; `came` is all that came back.

    The symptom is NONE when they are all there, whole and in order; realtime bytes do not count.
    """
    sent, found = b"".join(messages), lifted(came)
    if found == sent:
        return Finding(Symptom.NONE)
    if len(came) == len(sent) and not _is_permuted(sent, came):
        # Before the edits, since a bit that flips may make a realtime byte of a data byte.
        changed = sum(a != b for a, b in zip(sent, came, strict=True))
        if changed <= _FEW * len(sent):
            return Finding(Symptom.CHANGED, _difference(messages, came), changed=changed)
    difference = _difference(messages, found)
    edits = tuple(align(sent, found))
    lost = sum(max(0, one.lost - one.extra) for one in edits)
    extra = sum(max(0, one.extra - one.lost) for one in edits)
    changed = sum(min(one.extra, one.lost) for one in edits)
    symptom = _symptom(messages, found, edits)
    return Finding(symptom, difference, lost, extra, changed)


def _symptom(messages: Sequence[bytes], found: bytes, edits: Sequence[Edit]) -> Symptom:
    sent = b"".join(messages)
    if not found:
        return Symptom.SILENCE
    if _is_echo(messages, found):
        return Symptom.ECHO
    if _is_permuted(sent, found):
        return Symptom.REORDERED
    if all(one.lost == one.extra for one in edits):
        return Symptom.CHANGED
    # Where what follows begins like what is lost, an edit seems to hold a byte or two more.
    if all(one.lost > one.extra < _SHORT for one in edits):
        return _loss(messages, edits)
    if all(not one.lost for one in edits):
        return Symptom.DOUBLED if _is_doubled(found, edits) else Symptom.EXTRA
    return Symptom.DAMAGED


def _is_permuted(sent: bytes, found: bytes) -> bool:
    return len(found) == len(sent) and sorted(found) == sorted(sent)


def _is_echo(messages: Sequence[bytes], found: bytes) -> bool:
    counts = Counter(_FRAME.findall(found))
    return any(counts[message] > 1 for message in messages)


def _is_doubled(found: bytes, edits: Sequence[Edit]) -> bool:
    """Tell whether what is too much repeats the bytes beside it, nearly everywhere."""
    return sum(_repeats(found, one) for one in edits) >= 0.9 * len(edits)


def _repeats(found: bytes, edit: Edit) -> bool:
    start, end = edit.found_at, edit.found_at + edit.extra
    piece = found[start:end]
    return piece in (found[start - edit.extra : start], found[end : end + edit.extra])


def _loss(messages: Sequence[bytes], edits: Sequence[Edit]) -> Symptom:
    if _is_cut(messages, edits):
        return Symptom.CUT
    return Symptom.PACKETS if _is_every_second(messages, edits) else Symptom.LOST


def _is_cut(messages: Sequence[bytes], edits: Sequence[Edit]) -> bool:
    """Tell whether each message longer than ALSA's event lost its end, or all, and no other."""
    ends = list(accumulate(map(len, messages)))
    cut = set()
    for edit in edits:
        for number, (end, message) in enumerate(zip(ends, messages, strict=True)):
            lost_from = max(edit.at, end - len(message))
            lost_to = min(edit.at + edit.lost, end)
            if lost_from >= lost_to:
                continue
            place = lost_from - (end - len(message))
            # The receiver may have put an end of its own behind what it got.
            whole_end = lost_to >= end - 1
            # A few bytes more may seem kept, where what follows begins alike.
            kept_enough = place <= _SURE or ALSA_EVENT - 96 <= place <= ALSA_EVENT + _SURE
            if len(message) < ALSA_EVENT or not (whole_end and kept_enough):
                return False
            cut.add(number)
    return len(cut) == sum(len(message) > ALSA_EVENT for message in messages)


def _is_every_second(messages: Sequence[bytes], edits: Sequence[Edit]) -> bool:
    """Tell whether about half of the bytes are missing, three at a time."""
    threes = sum((one.lost - one.extra) % PACKET == 0 for one in edits)
    starts = [one.at for one in edits]
    regular = sum(abs(b - a - 2 * PACKET) <= PACKET for a, b in pairwise(starts))
    share = sum(one.lost - one.extra for one in edits) / sum(map(len, messages))
    return (
        len(edits) >= _SURE
        and threes >= 0.8 * len(edits)
        and regular >= 0.8 * (len(edits) - 1)
        and 0.3 <= share <= 0.6
    )


def _difference(messages: Sequence[bytes], found: bytes) -> Difference | None:
    sent = b"".join(messages)
    at = _alike(sent, 0, found, 0)
    if at == len(sent) == len(found):
        return None
    start = 0
    for number, message in enumerate(messages, 1):
        if at < start + len(message) or number == len(messages):
            return Difference(
                at,
                number,
                at - start,
                len(message),
                sent[at : at + _SURE],
                found[at : at + _SURE],
            )
        start += len(message)
    return None


def align(sent: bytes, found: bytes) -> Iterator[Edit]:
    """Yield the edits that make `found` of `sent`, in order; a few places may be read in two ways.

    After 20,000 edits the rest counts as one.
    """
    at = found_at = 0
    for _ in range(_MOST_EDITS):
        same = _alike(sent, at, found, found_at)
        at, found_at = at + same, found_at + same
        if at == len(sent) and found_at == len(found):
            return
        lost, extra = _resume(sent, at, found, found_at)
        yield Edit(at, lost, found_at, extra)
        at, found_at = at + lost, found_at + extra
    if at < len(sent) or found_at < len(found):
        yield Edit(at, len(sent) - at, found_at, len(found) - found_at)


def _alike(a: bytes, at: int, b: bytes, bt: int) -> int:
    """Return how many bytes are equal from `at` in `a` and `bt` in `b` on."""
    most = min(len(a) - at, len(b) - bt)
    done, step = 0, 64
    while done < most:
        size = min(step, most - done)
        if a[at + done : at + done + size] == b[bt + done : bt + done + size]:
            done += size
            step *= 2
        elif size == 1:
            break
        else:
            step = max(1, size // 2)
    return done


def _resume(sent: bytes, at: int, found: bytes, found_at: int) -> tuple[int, int]:
    """Return how many bytes of each stream to leave out until both go on alike."""
    rest = len(found) - found_at
    best: tuple[int, int] | None = None
    for extra in range(min(_NEAR, rest - _SHORT + 1)):
        if best is not None and extra >= sum(best):
            break
        window = found[found_at + extra : found_at + extra + _SHORT]
        place = sent.find(window, at, at + _NEAR)
        if place >= 0 and (best is None or place - at + extra < sum(best)):
            best = (place - at, extra)
    if best is not None:
        return best
    for extra in range(min(_MOST_EXTRA, rest - _SURE + 1)):
        window = found[found_at + extra : found_at + extra + _SURE]
        place = sent.find(window, at)
        if place >= 0:
            return place - at, extra
    skipped = min(_MOST_EXTRA, rest)
    if skipped < rest:
        return 0, skipped
    # What is left is shorter than a window: its end may still be the end of what was sent.
    tail = 0
    while tail < min(rest, len(sent) - at) and sent[-1 - tail] == found[-1 - tail]:
        tail += 1
    return len(sent) - at - tail, rest - tail
