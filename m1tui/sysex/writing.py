"""Messages as a file's bytes: .syx, Standard MIDI File, hex text.

Nothing here opens a file; `read_file` reads each of the three again.
"""

from __future__ import annotations

from collections.abc import Sequence

from m1tui.sysex.messages import AnyMessage

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
