"""What a terminal shows after the bytes that a program has sent: rows of characters with pens."""

from __future__ import annotations

import codecs
import re

from rich.cells import cell_len

_SEQUENCE = re.compile(
    r"\x1b\[([?<>=]?)([0-9;:]*)[ $]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]"
    r"|\x1b[=>78]"
)
_BEGUN = re.compile(r"\x1b(?:\[[0-9;:?<>= $]*|\][^\x07\x1b]*\x1b?|[()])?\Z")
"""A sequence of which only the beginning has come."""
_ASKED = frozenset("hlnpqctu")
"""Modes and questions, which change no cell."""

Pen = tuple[frozenset[str], str, str]
"""Attributes, the colour of the character, and the colour behind it, as SGR parameters."""
PLAIN: Pen = (frozenset(), "39", "49")
_OFF = {"22": "12", "23": "3", "24": "4", "25": "56", "27": "7", "28": "8", "29": "9"}


class ScreenModel:
    """A terminal without scrolling regions, which colours what it erases.

    What is drawn beyond its size is dropped.
    """

    def __init__(self, width: int = 80, height: int = 24) -> None:
        self.width, self.height = width, height
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._pending = ""
        self._clear()
        self.touched: set[int] = set()
        """Rows in which something was drawn; a test empties it."""

    def _clear(self) -> None:
        self._cells: list[list[tuple[str, Pen]]] = [
            [(" ", PLAIN)] * self.width for _ in range(self.height)
        ]
        self._x = self._y = 0
        self._pen = PLAIN

    @property
    def cells(self) -> list[list[tuple[str, Pen]]]:
        """Every place: its character, and how it is drawn as far as that can be seen."""
        return [[(text, _seen(text, pen)) for text, pen in row] for row in self._cells]

    def row(self, y: int) -> str:
        return "".join(text for text, _ in self._cells[y])

    def shows(self, text: str) -> bool:
        """Return whether `text` stands in a row in which something was drawn."""
        return any(text in self.row(y) for y in self.touched)

    def feed(self, data: bytes) -> None:
        text = self._pending + self._decode(data)
        self._pending = ""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self._put(text[at])
                at += 1
                continue
            found = _SEQUENCE.match(text, at)
            if found is None:
                assert _BEGUN.match(text, at), repr(text[at : at + 20])
                self._pending = text[at:]
                return
            at = found.end()
            if found[3]:
                self._obey(found[1], found[2], found[3])

    def _put(self, sign: str) -> None:
        width = cell_len(sign)
        if sign == "\r":
            self._x = 0
        elif sign == "\n":
            self._y = min(self._y + 1, self.height - 1)
        elif width and self._y < self.height:
            self.touched.add(self._y)
            for place, part in enumerate((sign, *[""] * (width - 1))):
                if self._x + place < self.width:
                    self._cells[self._y][self._x + place] = (part, self._pen)
            self._x += width
        elif sign.isprintable() and self._x:
            before, pen = self._cells[self._y][self._x - 1]
            self._cells[self._y][self._x - 1] = (before + sign, pen)

    def _obey(self, private: str, given: str, final: str) -> None:
        if final == "H" and not private:
            row, column = ([int(one or 1) for one in given.split(";")] + [1, 1])[:2]
            self._y, self._x = row - 1, column - 1
        elif final == "C" and not private:
            self._x += int(given or 1)
        elif final == "m" and not private:
            self._draw_with(given.split(";"))
        elif final == "K" and not private and given in ("", "0"):
            blanks = [(" ", (frozenset[str](), "39", self._pen[2]))] * (self.width - self._x)
            if self._y < self.height:
                self._cells[self._y][self._x :] = blanks
        elif (private, given, final) == ("", "2", "J") or given == "1049":
            self._clear()
        else:
            assert private or final in _ASKED, (private, given, final)

    def _draw_with(self, codes: list[str]) -> None:
        attributes, ink, paper = self._pen
        while codes:
            code = codes.pop(0) or "0"
            if code == "0":
                attributes, ink, paper = PLAIN
            elif code in ("38", "48"):
                count = 1 if codes[0] == "5" else 3
                colour = ";".join((code, *codes[: count + 1]))
                del codes[: count + 1]
                ink, paper = (colour, paper) if code == "38" else (ink, colour)
            elif code in _OFF:
                attributes -= set(_OFF[code])
            elif code[:-1] in ("3", "9"):
                ink = code
            elif code[:-1] in ("4", "10"):
                paper = code
            else:
                attributes |= {code}
        self._pen = attributes, ink, paper


def _seen(text: str, pen: Pen) -> Pen:
    """Return what can be seen of a pen: a blank has no colour of its own."""
    attributes, _, paper = pen
    blank = text == " " and not attributes & {"4", "7", "9", "21", "53"}
    return (frozenset(), "39", paper) if blank else pen
