"""Mails and news articles with their head: the parts of a MIME message."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from m1tui.sysex.forms.bounds import MOST_MEMBERS, Bounds, Damaged, Member, TooMuch

HEAD = re.compile(
    rb"\A(?:From |(?:Return-Path|Received|From|To|Subject|Date|Message-ID|MIME-Version|"
    rb"Content-Type|Content-Transfer-Encoding|Path|Newsgroups|X-[\w-]+):)",
    re.IGNORECASE,
)
"""How a mail begins."""
_MOST_LINES = 2 * MOST_MEMBERS
"""Lines that may part a mail; each part is an object of some size."""


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the attachments and the text; Raises TooMuch."""
    if data.count(b"\n--") > _MOST_LINES:
        raise TooMuch("a mail of too many parts", f"at most {_MOST_LINES:,}", "more")
    # Imported only now: it takes a while, and few files are mails.
    from email import message_from_bytes
    from email.errors import MessageError

    try:
        message = message_from_bytes(data)
        parts = list(message.walk())
    except (MessageError, ValueError, LookupError, RecursionError) as error:
        raise Damaged("a mail that cannot be read", "its parts", type(error).__name__) from None
    for part in parts:
        if part.is_multipart():
            continue
        try:
            body = part.get_payload(decode=True)
            name = part.get_filename() or ""
        except (MessageError, ValueError, LookupError, binascii.Error):
            yield Damaged("a part of the mail that cannot be read", "its bytes", "an error")
            continue
        if isinstance(body, bytes) and body:
            bounds.take("a part of the mail", len(data), len(body))
            yield Member(str(name), body)
