"""Whose exclusive messages are whose: Korg's models by their header, makers by their MIDI number.

`F0 42 3n id` begins a message of most Korgs, `F0 42 3n 00 id id` one of the newer. The identity
reply repeats the same number as its family code. Each name has its source: without one a number
stays a number.
"""

from __future__ import annotations

from typing import NamedTuple


class Model(NamedTuple):
    """A Korg, and where its number is written down."""

    name: str
    source: str


_PCG_TOOLS = "PCG Tools, KorgFileReader"
_LIBRARIAN = "KnobKraft Orm, its adaptations"
_M1_REPLY = "protocol.md: identity replies"

MODELS: dict[bytes, Model] = {
    b"\x03": Model("DW-8000 or EX-8000", "com.informatimago midi, korg.lisp"),
    b"\x13": Model("DS-8", "dxconvert"),
    b"\x15": Model("DSS-1 or DSM-1", "com.informatimago midi, korg.lisp"),
    b"\x19": Model("M1", "M1 MIDI implementation"),
    b"\x1a": Model("707", "dxconvert"),
    b"\x1c": Model("P3", "Computer Music Archaeology, libkorg.h"),
    b"\x24": Model("M3R", _M1_REPLY),
    b"\x26": Model("T-series (T1, T2, T3)", _M1_REPLY),
    b"\x28": Model("Wavestation", "Wavestation dumps in public repositories"),
    b"\x2b": Model("01/W", _M1_REPLY),
    b"\x30": Model("03R/W", _M1_REPLY),
    b"\x35": Model("X-series", _M1_REPLY),
    b"\x36": Model("X- or N-series", _M1_REPLY),
    b"\x3b": Model("Trinity", _PCG_TOOLS),
    b"\x41": Model("Prophecy", "Prophecy parameter changes in public repositories"),
    b"\x46": Model("Z1", _PCG_TOOLS),
    b"\x50": Model("Triton", _PCG_TOOLS),
    b"\x58": Model("MS2000 or microKORG", _LIBRARIAN),
    b"\x5d": Model("Karma", _PCG_TOOLS),
    b"\x63": Model("Triton Le", _PCG_TOOLS),
    b"\x68": Model("Kronos", _PCG_TOOLS),
    b"\x70": Model("OASYS", _PCG_TOOLS),
    b"\x75": Model("M3", _PCG_TOOLS),
    b"\x7a": Model("X50 or microX", _PCG_TOOLS),
    b"\x00\x01\x04": Model("nanoKONTROL", "its own native mode message"),
    b"\x00\x01\x23": Model("electribe 2", "electribe 2 pattern dumps"),
    b"\x00\x01\x24": Model("electribe sampler", "electribe 2 pattern dumps"),
    b"\x00\x01\x2c": Model("minilogue", "minilogue MIDI implementation"),
    b"\x00\x01\x2d": Model("volca sample", "volca sample 2 MIDI implementation"),
    b"\x00\x01\x51": Model("minilogue xd", "minilogue xd MIDI implementation"),
    b"\x00\x01\x57": Model("NTS-1", "NTS-1 research"),
    b"\x00\x01\x5d": Model("Nautilus", "Nautilus exclusive header"),
    b"\x00\x01\x72": Model("NTS-3 kaoss pad", "logue SDK headers"),
    b"\x00\x01\x73": Model("NTS-1 mkII", "logue SDK headers"),
}
"""Korg's models by what stands behind `3n` in a message."""

MAKERS: dict[bytes, str] = {
    b"\x01": "Sequential",
    b"\x04": "Moog",
    b"\x06": "Lexicon",
    b"\x07": "Kurzweil",
    b"\x0f": "Ensoniq",
    b"\x10": "Oberheim",
    b"\x18": "E-mu",
    b"\x1a": "ART",
    b"\x33": "Clavia",
    b"\x3e": "Waldorf",
    b"\x40": "Kawai",
    b"\x41": "Roland",
    b"\x42": "Korg",
    b"\x43": "Yamaha",
    b"\x44": "Casio",
    b"\x47": "Akai",
    b"\x4c": "Sony",
    b"\x7d": "a maker without a number (7D)",
    b"\x7e": "the universal messages (7E)",
    b"\x7f": "the universal realtime messages (7F)",
    b"\x00\x00\x0e": "Alesis",
    b"\x00\x20\x29": "Novation",
    b"\x00\x20\x32": "Behringer",
    b"\x00\x20\x33": "Access",
    b"\x00\x20\x3c": "Elektron",
    b"\x00\x21\x09": "Native Instruments",
}
"""Makers by the number that the MIDI Association gave them: one byte, or three from 00 on."""


def model_id(header: bytes) -> bytes:
    """Return the model's number in what stands behind `3n`: one byte, or three from 00 on."""
    return header[:3] if header[:1] == b"\0" else header[:1]


def model_name(number: bytes) -> str | None:
    """Return a Korg's name by its number; None where no source names it."""
    model = MODELS.get(number)
    return None if model is None else model.name


def maker_name(start: bytes) -> str:
    """Return the maker of a message by the bytes behind its F0, or its number."""
    number = start[:3] if start[:1] == b"\0" else start[:1]
    return MAKERS.get(number) or f"maker {number.hex(' ').upper()}"
