"""Cuts a stream of MIDI bytes into pieces that rtmidi accepts and does not truncate.

rtmidi takes a message of more than three bytes only when it begins with F0, and a long one
overruns the buffer of the port behind it. So an exclusive message goes as F0 with up to 255 bytes,
then by threes.
"""

from __future__ import annotations

from collections.abc import Iterator

FIRST = 256
"""The most bytes of the piece that begins an exclusive message, F0 included."""
NEXT = 3
"""The most bytes of each piece after it."""

_START, _END, _REALTIME = 0xF0, 0xF7, 0xF8
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_COMMON_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}


class Fragmenter:
    """Remembers between calls whether an exclusive message is under way."""

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
