"""Prepares text for the screen: nothing in it can steer the terminal or be read as markup."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, set_cell_size
from textual.content import Content

SAFE_BEYOND_ASCII = frozenset(bytes(range(0x80, 0x100)).decode("cp437"))
"""What the Linux console's default font has beyond ASCII: code page 437."""

REPLACEMENTS = {
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "‐": "-",
    "‑": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "→": "->",
    "←": "<-",
    "↑": "^",
    "↓": "v",
    "×": "x",
    "•": "*",
    "✓": "x",
}
"""ASCII twins of the signs that prose uses and a console font may lack."""


def harmless(text: str) -> str:
    """Return `text` with every control, format and unassigned character shown as `·`.

    Line feeds go too: use it for one line, such as a name from a dump or a file's name.
    """
    return text if _is_plain(text) else "".join("·" if _steers(sign) else sign for sign in text)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _steers(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] == "C" or category in ("Zl", "Zp")


def prose(text: str) -> str:
    """Return a text of several lines made harmless, its line feeds kept."""
    return "\n".join(harmless(line) for line in text.split("\n"))


def plain(text: str, style: str = "") -> Content:
    """Return harmless content in which square brackets are only brackets."""
    return Content.styled(prose(text), style) if style else Content(prose(text))


def fit(text: str, width: int) -> str:
    """Return one harmless line of exactly `width` columns, cut with `..` where it is longer."""
    line = harmless(text)
    if cell_len(line) > width:
        line = set_cell_size(line, max(0, width - 2)).rstrip() + ".."
    return set_cell_size(line, width)


def shortened(text: str, width: int) -> str:
    """Return one harmless line of at most `width` columns; a longer one loses its middle.

    So two lines that begin alike, or end alike, do not look the same.
    """
    line = harmless(text)
    if cell_len(line) <= width:
        return line
    end = max(0, (width - 2) // 3)
    begin = max(0, width - 2 - end)
    tail = line[len(line) - end :] if end else ""
    while cell_len(tail) > end:
        tail = tail[1:]
    return f"{set_cell_size(line, begin)}..{tail}"


def window_start(count: int, height: int, current: int) -> int:
    """Return the first of `height` lines out of `count`, `current` near the middle of them."""
    return max(0, min(count - height, current - height // 2))


def console_glyphs(text: str) -> str:
    """Return `text` in glyphs of the Linux console's font, each as wide as what it stands for."""
    return text if text.isascii() else "".join(_console_glyph(sign) for sign in text)


def _console_glyph(sign: str) -> str:
    if sign.isascii() or sign in SAFE_BEYOND_ASCII:
        return sign
    twin = REPLACEMENTS.get(sign, "?")
    if len(twin) == 1 and unicodedata.east_asian_width(sign) in "WF":
        return twin * 2
    return twin[0] if len(twin) > 1 else twin
