"""Untrusted text made harmless: names out of a dump, bytes off a wire, names of files."""

from __future__ import annotations

REPLACEMENT = "·"
"""Stands for a character that must not reach a screen; it is in code pages 437 and Latin-1."""


def printable(text: str | bytes) -> str:
    """Return `text` with every control, format or unassigned character replaced.

    Bytes are read as ASCII, with 00 as a space (the M1 pads names with either) and anything
    outside 20–7E replaced.  Letters of any script survive in a str; line breaks do not.
    """
    if isinstance(text, bytes):
        return "".join(
            chr(byte) if 0x20 <= byte <= 0x7E else " " if byte == 0 else REPLACEMENT
            for byte in text
        )
    return "".join(char if char.isprintable() else REPLACEMENT for char in text)
