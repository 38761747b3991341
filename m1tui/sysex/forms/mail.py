"""Files as text in mails: the parts of a MIME message, uuencoded files, and bare base64."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from m1tui.sysex.forms.found import MOST_MEMBERS, Bounds, Damaged, Member, TooMuch

MAIL_HEAD = re.compile(
    rb"\A(?:From |(?:Return-Path|Received|From|To|Subject|Date|Message-ID|MIME-Version|"
    rb"Content-Type|Content-Transfer-Encoding|Path|Newsgroups|X-[\w-]+):)",
    re.IGNORECASE,
)
"""How a mail begins."""
_MOST_LINES = 2 * MOST_MEMBERS
"""Lines that may part a mail; each part is an object of some size."""


def unpack_mail(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the attachments and the text; Raises TooMuch."""
    if data.count(b"\n--") > _MOST_LINES:
        raise TooMuch("an e-mail with too many parts", f"at most {_MOST_LINES:,}", "more")
    # Imported only now: it takes a while, and few files are mails.
    from email import message_from_bytes
    from email.errors import MessageError

    try:
        message = message_from_bytes(data)
        parts = list(message.walk())
    except (MessageError, ValueError, LookupError, RecursionError) as error:
        raise Damaged("an e-mail that cannot be read", "its parts", type(error).__name__) from None
    for part in parts:
        if part.is_multipart():
            continue
        try:
            body = part.get_payload(decode=True)
            name = part.get_filename() or ""
        except (MessageError, ValueError, LookupError, binascii.Error):
            yield Damaged("a part of the e-mail that cannot be read", "its bytes", "an error")
            continue
        if isinstance(body, bytes) and body:
            bounds.take("a part of the e-mail", len(data), len(body))
            yield Member(str(name), body)


BEGIN = re.compile(rb"^(X?)begin(-base64)? [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]*\r?$", re.MULTILINE)
"""The line before a file; shell archives put an X before every line."""


def unpack_uuencoded(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the files, each as far as its lines can be read. Raises TooMuch."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    at = 0
    while match := BEGIN.search(data, at):
        mark, is_base64, name = match[1], bool(match[2]), match[3].decode("latin-1")
        body = bytearray()
        at = match.end() + 1
        whole = False
        for line in _lines(data, at, mark):
            at += len(line) + len(mark) + 1
            if line.rstrip() in (b"end", b"===="):
                whole = True
                break
            if BEGIN.match(mark + line):
                at -= len(line) + len(mark) + 1
                break
            decoded = _base64_line(line) if is_base64 else _decoded(line)
            if decoded is None:
                break
            body += decoded
        bounds.take(f'"{name}"', len(body), len(body))
        yield Member(name, bytes(body))
        if not whole:
            yield Damaged(
                f'"{name}" is incomplete', 'the line "end"', "another", offset=match.start()
            )


def _lines(data: bytes, start: int, mark: bytes) -> Iterator[bytes]:
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        line = data[start:end]
        yield line.removeprefix(mark)
        start = end + 1


def _decoded(line: bytes) -> bytes | None:
    if not line.strip():
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        pass
    # Some encoders end a line with more than its length says.
    count = (((line[0] - 32) & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:count])
    except binascii.Error:
        return None


def _base64_line(line: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(line)
    except binascii.Error:
        return None


_ADDRESS = re.compile(rb"\A\s*data:[^,]{0,100};base64,")
_SHORTEST = 8


def decoded_base64(data: bytes) -> bytes | None:
    """Return what the letters stand for; None for what is no base64."""
    body = _letters(data)
    return None if body is None else binascii.a2b_base64(body)


def _letters(data: bytes) -> bytes | None:
    """Return the letters without what stands between them; None for what is no base64."""
    body = _ADDRESS.sub(b"", data, count=1).translate(None, b" \t\r\n").rstrip(b"\0\x1a")
    body = body.translate(bytes.maketrans(b"-_", b"+/"))
    stripped = body.rstrip(b"=")
    if len(stripped) < _SHORTEST or stripped.translate(None, _LETTERS) or len(stripped) % 4 == 1:
        return None
    return stripped + b"=" * (-len(stripped) % 4)


_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def unpack_base64(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield what the letters stand for. Raises Damaged, TooMuch."""
    decoded = decoded_base64(data)
    if decoded is None:
        raise Damaged("base64 text with other characters in it", "base64 characters only", "others")
    bounds.take("the base64 text", len(data), len(decoded))
    yield Member("", decoded)
