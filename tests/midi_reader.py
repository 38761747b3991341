"""A reader of Standard MIDI Files that shares nothing with the library that writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_LENGTHS = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
TEXT, NAME, END, TEMPO, SIGNATURE = 0x01, 0x03, 0x2F, 0x51, 0x58


@dataclass(frozen=True)
class Sounded:
    """A note that was both begun and ended: channel 0-15, ticks from the file's start."""

    start: int
    end: int
    channel: int
    key: int
    velocity: int


@dataclass
class ReadTrack:
    """A track chunk."""

    metas: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Tick, type and bytes of each meta event."""
    messages: list[tuple[int, bytes]] = field(default_factory=list)
    """Tick and bytes of each channel message."""

    @property
    def name(self) -> str:
        """The track's name."""
        return next(data for _, kind, data in self.metas if kind == NAME).decode("latin-1")

    @property
    def texts(self) -> list[str]:
        """All its texts."""
        return [data.decode("latin-1") for _, kind, data in self.metas if kind == TEXT]

    @property
    def ticks(self) -> int:
        """Where it ends."""
        ((tick, _, _),) = (meta for meta in self.metas if meta[1] == END)
        return tick

    @property
    def notes(self) -> list[Sounded]:
        """Its notes; an AssertionError where a key goes down twice, or a note has no end."""
        down: dict[tuple[int, int], tuple[int, int]] = {}
        found = []
        for tick, message in self.messages:
            kind, channel = message[0] >> 4, message[0] & 15
            if kind == 9 and message[2]:
                assert (channel, message[1]) not in down, "a key goes down that is down"
                down[channel, message[1]] = (tick, message[2])
            elif kind in (8, 9):
                start, velocity = down.pop((channel, message[1]))
                found.append(Sounded(start, tick, channel, message[1], velocity))
        assert not down, "a note does not end"
        return sorted(found, key=lambda note: (note.start, note.key))


@dataclass
class ReadFile:
    """A whole file."""

    format: int
    ticks_per_beat: int
    tracks: list[ReadTrack]

    def meta(self, kind: int) -> bytes:
        """Return the first track's only meta event of a type."""
        ((_, _, data),) = (meta for meta in self.tracks[0].metas if meta[1] == kind)
        return data


def read_midi_file(data: bytes) -> ReadFile:
    """Return what a Standard MIDI File contains; AssertionError or IndexError if it is damaged."""
    assert data[:8] == b"MThd\x00\x00\x00\x06"
    form, count, division = (int.from_bytes(data[at : at + 2], "big") for at in (8, 10, 12))
    at, tracks = 14, []
    while at < len(data):
        assert data[at : at + 4] == b"MTrk"
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        tracks.append(_track(data[at + 8 : at + 8 + size]))
        at += 8 + size
    assert (at, count) == (len(data), len(tracks))
    return ReadFile(form, division, tracks)


def _track(data: bytes) -> ReadTrack:
    track, tick, status, at = ReadTrack(), 0, 0, 0
    while at < len(data):
        delta, at = _number(data, at)
        tick += delta
        if data[at] == 0xFF:
            size, start = _number(data, at + 2)
            track.metas.append((tick, data[at + 1], data[start : start + size]))
            at = start + size
            continue
        if data[at] & 0x80:
            status, at = data[at], at + 1
        size = _LENGTHS[status >> 4]
        track.messages.append((tick, bytes([status]) + data[at : at + size]))
        at += size
    return track


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for byte in _until_last(data, at):
        value = value << 7 | byte & 0x7F
        at += 1
    return value, at


def _until_last(data: bytes, at: int) -> Iterator[int]:
    yield data[at]
    while data[at] & 0x80:
        at += 1
        yield data[at]
