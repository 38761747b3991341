"""Text that people read: hex and decimal in the grammars of dump programs, sources and monitors.

A grammar says how one line, or the whole text, gives bytes. Which one a text is written in is
decided by which gives whole M1 messages; the first that gives them and nothing else is taken.
Comments, headings and blank lines give nothing. Offsets at the beginnings of lines say how many
bytes a line has, and what a `*` stands for.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from m1tui.sysex.forms.stream import Findings, scan

LARGEST = 4 << 20
"""Bytes of text that is parsed; an M1's whole memory takes 160,000 in hex."""
_CONTROL = bytes(range(0x20)).translate(None, b"\t\n\r\f\x1a\x1b")
_PLAIN = re.compile(r"[0-9A-Fa-fxXhH$,;\s]*")
_TOKEN = re.compile(r"(?:0[xX]|\$)?([0-9A-Fa-f]+)[hH]?")
_COMMENT = re.compile(r"(?:;|#|//|--|').*")
_DIGITS = "0123456789abcdefABCDEF"
_PAIRS = {high + low: int(high + low, 16) for high in _DIGITS for low in _DIGITS}
"""Two hex digits as they may be written, and their byte."""


def text_of(data: bytes) -> str | None:
    """Return the text in a file, whatever its encoding and line ends; None for what is no text."""
    for mark, encoding in (
        (BOM_UTF8, "utf-8"),
        (BOM_UTF16_LE, "utf-16-le"),
        (BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _even(data[len(mark) :].decode(encoding, "replace"))
    data = data.rstrip(b"\0\x1a")
    if data[1:64:2].strip(b"\0") == b"" and len(data) > 8:
        return _even(data.decode("utf-16-le", "replace"))
    if data[0:64:2].strip(b"\0") == b"" and len(data) > 8:
        return _even(data.decode("utf-16-be", "replace"))
    if not data or len(data.translate(None, _CONTROL)) < len(data):
        return None
    return _even(data.decode("latin-1"))


def _even(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\0\x1a")


class Grammar(NamedTuple):
    """A way to write bytes as text."""

    name: str
    """What people call it."""
    parse: Callable[[str], bytes]
    """The bytes in a text of this kind; empty for any other. Raises ValueError for a number that
    is no byte."""


class HalfByte(ValueError):
    """A number of hex digits that is odd, and where in the text it stands."""

    def __init__(self, offset: int, digits: str) -> None:
        super().__init__(offset, digits)
        self.offset = offset
        self.digits = digits


def read_text(text: str, findings: Findings) -> bool:
    """Take the messages that a text gives in the grammar that gives most; False for none.

    A text of hex digits alone is taken even if it gives none, so that a person hears why.
    """
    best: tuple[int, str, Findings] | None = None
    half: HalfByte | None = None
    for grammar in GRAMMARS:
        try:
            data = grammar.parse(text)
        except HalfByte as error:
            half = half or error
            continue
        except ValueError:
            continue
        if len(data) < _SHORTEST:
            continue
        trial = Findings()
        scan(data, trial)
        if best is None or trial.found_bytes > best[0]:
            best = (trial.found_bytes, grammar.name, trial)
        if trial.is_clean:
            break
    is_hex = _PLAIN.fullmatch(text) is not None
    if best is not None and (best[0] or (is_hex and half is None)):
        findings.absorb(best[2], "", 0)
        if best[1] != GRAMMARS[0].name:
            findings.note("text-form", f"Read as {best[1]}.")
        return True
    if half is not None:
        findings.problem(
            half.offset,
            "an odd number of hex digits",
            "pairs of digits",
            half.digits[:8],
            code="half-byte",
        )
        return True
    return False


_SHORTEST = 6
"""Bytes of the shortest message."""


def _hex(text: str) -> bytes:
    """Hex digits in pairs, with or without marks of hex; comment lines give nothing."""
    if _PLAIN.fullmatch(text):
        return _tokens(text, 0)
    data = bytearray()
    at = 0
    for line in text.split("\n"):
        # Sources have one number to a line now and then, thousands of them.
        known = _PAIRS.get(line.strip(" \t,").removeprefix("0x"))
        if known is not None:
            data.append(known)
            at += len(line) + 1
            continue
        kept = line if _PLAIN.fullmatch(line) else _COMMENT.sub("", line, count=1)
        if _PLAIN.fullmatch(kept):
            data += _tokens(kept, at)
        at += len(line) + 1
    return bytes(data)


def _tokens(text: str, offset: int) -> bytes:
    with suppress(ValueError):
        return bytes.fromhex(text)
    data = bytearray()
    for match in _TOKEN.finditer(text):
        digits = match.group(1)
        if len(digits) % 2:
            raise HalfByte(offset + match.start(), digits)
        data += bytes.fromhex(digits)
    return bytes(data)


class _Row(NamedTuple):
    """A line of a listing: the digits of its offset, and its bytes."""

    offset: str
    data: bytes


_XXD = re.compile(
    r"\s*([0-9A-Fa-f]{4,16}):[ \t]+((?:[0-9A-Fa-f]{2}){1,16}(?: (?:[0-9A-Fa-f]{2}){1,16})*)"
    r"(?:[ \t]{2}.*)?\s*"
)
_DUMP = re.compile(
    r"\s*([0-9A-Fa-f]{4,16})[:h]?[ \t]+([0-9A-Fa-f]{2}(?:[ \t-]{1,2}[0-9A-Fa-f]{2})*)"
    r"(?:[ \t]{2,}.*|[ \t]*\|.*|[ \t]*)"
)
_LAST = re.compile(r"\s*([0-9A-Fa-f]{4,16})[:h]?\s*")


def _listing(line_of: Callable[[str], _Row | None]) -> Callable[[str], bytes]:
    """Return the parser of listings whose lines begin with an offset."""

    def parse(text: str) -> bytes:
        lines = text.split("\n")
        rows: list[_Row | None] = []
        found = 0
        for number, line in enumerate(lines):
            if line.strip() == "*":
                rows.append(None)
                continue
            row = line_of(line)
            if row is not None:
                rows.append(row)
                found += 1
            elif found and (last := _LAST.fullmatch(line)):
                rows.append(_Row(last[1], b""))
            elif number >= _SNIFFED and not found:
                return b""
        return _joined(rows) if found else b""

    return parse


_SNIFFED = 200
"""Lines without an offset after which a text is taken for no listing."""


def _joined(rows: list[_Row | None]) -> bytes:
    """Return the bytes of a listing's lines; None stands for lines like the one before."""
    base = _base_of(rows)
    data = bytearray()
    for at, row in enumerate(rows):
        following = rows[at + 1] if at + 1 < len(rows) else None
        if row is None:
            data += _repeated(rows[at - 1] if at else None, following, base)
            continue
        span = _span(row, following, base)
        data += row.data if span is None else row.data[:span]
        if len(data) > LARGEST:
            return b""
    return bytes(data)


def _base_of(rows: list[_Row | None]) -> int:
    """Return the base of the offsets: that in which the first line is as long as it says."""
    for first, second in pairwise(rows):
        if first is None or second is None:
            continue
        for base in (16, 8, 10):
            try:
                if int(second.offset, base) - int(first.offset, base) == len(first.data):
                    return base
            except ValueError:
                continue
    return 0


def _span(row: _Row, following: _Row | None, base: int) -> int | None:
    """Return how many bytes a line has by the offsets; None where they do not say."""
    if not base or following is None:
        return None
    try:
        span = int(following.offset, base) - int(row.offset, base)
    except ValueError:
        return None
    return span if 0 < span <= len(row.data) else None


def _repeated(before: _Row | None, behind: _Row | None, base: int) -> bytes:
    if before is None or behind is None or not before.data or not base:
        return b""
    try:
        span = int(behind.offset, base) - int(before.offset, base) - len(before.data)
    except ValueError:
        return b""
    if not 0 < span <= LARGEST:
        return b""
    return before.data * (span // len(before.data)) + before.data[: span % len(before.data)]


def _xxd_row(line: str) -> _Row | None:
    match = _XXD.fullmatch(line)
    return None if match is None else _Row(match[1], bytes.fromhex(match[2]))


def _dump_row(line: str) -> _Row | None:
    match = _DUMP.fullmatch(line)
    return None if match is None else _Row(match[1], bytes.fromhex(match[2].replace("-", " ")))


def _numbers_row(digits: int, base: int, size: int) -> Callable[[str], _Row | None]:
    """Return the reader of lines of numbers with so many digits, or up to three decimals.

    Numbers of two bytes come from a computer that has the low byte first.
    """

    def row(line: str) -> _Row | None:
        words = line.split()
        if len(words) < 2 or not _LAST.fullmatch(words[0]):
            return None
        data = bytearray()
        for word in words[1:]:
            fits = len(word) <= 3 if base == 10 else len(word) == digits
            if not fits or not word.isascii() or not word.isalnum():
                return None
            try:
                data += int(word, base).to_bytes(size, "little")
            except (ValueError, OverflowError):
                return None
        return _Row(words[0].rstrip(":h"), bytes(data))

    return row


def _labelled(text: str) -> bytes:
    """Lines that end with hex pairs, behind words or times: logs of monitors."""
    data = bytearray()
    if _PLAIN.fullmatch(text):
        return b""  # nothing stands before the pairs, so it is no log
    for line in text.split("\n"):
        words = line.replace(",", " ").split()
        first = len(words)
        while first and words[first - 1] in _PAIRS:
            first -= 1
        data += bytes(_PAIRS[word] for word in words[first:])
    return bytes(data)


_SENT_WORDS = ("system-exclusive", "syx")
_SENT = re.compile(r"\b(hex\s+)?(?:system-exclusive|syx)\s+(hex\s+)?")
_SENT_NUMBERS = {
    16: re.compile(r"(?:\s*[0-9a-f]{1,2}(?![0-9a-z-]))*"),
    10: re.compile(r"(?:\s*\d{1,3}(?![0-9a-z-]))*"),
}


def _sent(text: str) -> bytes:
    """Lines of sendmidi and receivemidi: the message without F0 and F7, in hex or decimal."""
    data = bytearray()
    text = text.lower()
    if not any(word in text for word in _SENT_WORDS):
        return b""  # sooner seen than by the expression, which looks at every word
    for match in _SENT.finditer(text):
        base = 16 if match[1] or match[2] else 10
        numbers = _SENT_NUMBERS[base].match(text, match.end())
        words = numbers[0].split() if numbers is not None else ()
        data += _framed(bytes(int(word, base) for word in words))
    return bytes(data)


_MIDO = re.compile(r"sysex\W[^()\n]{0,40}data=[(\[]([\d,\s]*)[)\]]")


def _mido(text: str) -> bytes:
    """Messages as mido prints them: decimal data without F0 and F7."""
    data = bytearray()
    for match in _MIDO.finditer(text):
        numbers = match[1].replace(",", " ").split()
        data += _framed(bytes(int(word) for word in numbers))
    return bytes(data)


def _framed(data: bytes) -> bytes:
    return data if data[:1] == b"\xf0" else b"\xf0" + data + b"\xf7"


_C_COMMENT = re.compile(r"/\*[^*]*(?:\*(?!/)[^*]*)*\*/|//[^\n]*")
_CAST = re.compile(r"\(\s*(?:unsigned\s+)?(?:byte|char|uint8_t|Byte)\s*\)")
_BRACKETS = re.compile(r"[{\[(]([^{}\[\]()]*)(?:[}\])]|\Z)")
_NUMBERS = re.compile(r"(?:\s*(?:0[xX][0-9A-Fa-f]{1,2}|-?\d{1,3})[uU]?\s*(?:,|;|\s|\Z))+\s*")
_BETWEEN_NUMBERS = str.maketrans(",;uU", "    ")
_QUOTED = re.compile(r"[\"']([0-9A-Fa-f \t\n,]+)[\"']")


def _array(text: str) -> bytes:
    """Arrays of sources and of JSON: numbers in brackets, hex with 0x or decimal."""
    data = bytearray()
    for match in _BRACKETS.finditer(_CAST.sub("", _C_COMMENT.sub("", text))):
        if _NUMBERS.fullmatch(match[1]):
            data += bytes(map(_byte, match[1].translate(_BETWEEN_NUMBERS).split()))
    return bytes(data)


def _quoted(text: str) -> bytes:
    """Hex digits in quotation marks, as JSON has them."""
    data = bytearray()
    for match in _QUOTED.finditer(text):
        digits = match[1].replace(",", " ")
        if len("".join(digits.split())) % 2:
            continue
        data += bytes.fromhex(digits)
    return bytes(data)


_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")


def _escapes(text: str) -> bytes:
    r"""Strings of sources in which every byte is written as \xF0."""
    return bytes(int(digits, 16) for digits in _ESCAPE.findall(text))


_SEPARATED = re.compile(r"[\s,;]*(?:-?[0-9]+(?:[\s,;]+|\Z))*")
_SEPARATORS = str.maketrans(",;", "  ")


def _decimals(text: str) -> bytes:
    """Decimal numbers alone, with whatever separates them."""
    if _SEPARATED.fullmatch(text):
        return bytes(map(_byte, text.translate(_SEPARATORS).split()))
    data = bytearray()
    for line in text.split("\n"):
        kept = _COMMENT.sub("", line, count=1).strip()
        words = kept.translate(_SEPARATORS).split()
        if words and all(word.removeprefix("-").isdecimal() for word in words):
            data += bytes(map(_byte, words))
    return bytes(data)


_DECIMALS = {str(value): value & 0xFF for value in range(-128, 256)}


def _byte(word: str) -> int:
    """Return a number as a byte; negative ones are those of languages with signed bytes."""
    if (known := _DECIMALS.get(word)) is not None:
        return known
    value = int(word, 16) if word[:2] in ("0x", "0X") else int(word)
    if not -128 <= value <= 255:
        raise ValueError(word)
    return value & 0xFF


def _grammars() -> Iterator[Grammar]:
    yield Grammar("hex text", _hex)
    yield Grammar("an xxd listing", _listing(_xxd_row))
    yield Grammar("a hexdump listing", _listing(_dump_row))
    yield Grammar("the text of sendmidi or receivemidi", _sent)
    yield Grammar("mido's text", _mido)
    # Before the log: a number on each line of an array could be the end of a log's line.
    yield Grammar("an array in program source code", _array)
    yield Grammar("a monitor's log", _labelled)
    yield Grammar("hex text in quotation marks", _quoted)
    yield Grammar("a string in program source code", _escapes)
    yield Grammar("decimal numbers", _decimals)
    yield Grammar("od's octal bytes", _listing(_numbers_row(3, 8, 1)))
    yield Grammar("od's decimal bytes", _listing(_numbers_row(3, 10, 1)))
    yield Grammar("hexdump's words", _listing(_numbers_row(4, 16, 2)))
    yield Grammar("od's octal words", _listing(_numbers_row(6, 8, 2)))


GRAMMARS = tuple(_grammars())
"""The grammars in the order in which they are tried."""
