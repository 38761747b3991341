"""The table of what can be wrapped around dumps, and how each is known by its first bytes.

A form's module is imported only when a file of that form is read. Its function takes the data
and the bounds, and yields members, and what is damaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple, cast

from m1tui.sysex.forms.found import Bounds, Damaged, Member

_MAC_BINARY_HEAD = 128

Unpack = Callable[[bytes, Bounds], Iterator[Member | Damaged]]


class Form(NamedTuple):
    """Something that wraps files."""

    name: str
    """The word for scripts, in `containers`."""
    label: str
    """What a person calls it."""
    unpacker: str
    """Module and function that unpack it."""
    is_it: Callable[[bytes], bool]
    endings: tuple[str, ...] = ()
    """How the names of such files usually end; what a file is shows its content only."""

    def unpack(self, data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
        """Yield what is wrapped. Raises Damaged, TooMuch."""
        module, _, function = self.unpacker.partition(".")
        found = getattr(import_module(f"m1tui.sysex.forms.{module}"), function)
        return cast("Unpack", found)(data, bounds)


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(marks)


def _is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def _is_riff(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"RMID"


def _is_mac_binary(data: bytes) -> bool:
    if data[:1] != b"\0" or len(data) <= _MAC_BINARY_HEAD or not 0 < data[1] < 64:
        return False
    from m1tui.sysex.forms.macintosh import is_mac_binary

    return is_mac_binary(data)


def _is_bin_hex(data: bytes) -> bool:
    return b"must be converted with BinHex" in data[:65_536]


def _is_mail(data: bytes) -> bool:
    if data[:1].isalpha() and b":" in data[:200] and b"\n" in data:
        from m1tui.sysex.forms.mail import MAIL_HEAD

        return MAIL_HEAD.match(data) is not None
    return False


def _is_uuencoded(data: bytes) -> bool:
    if b"begin" not in data:
        return False
    from m1tui.sysex.forms.mail import BEGIN

    return BEGIN.search(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")) is not None


def _is_base64(data: bytes) -> bool:
    """A note of plain words is made of the same letters: what they stand for decides."""
    from m1tui.sysex.forms.mail import decoded_base64

    decoded = decoded_base64(data)
    if decoded is None:
        return False
    begins = decoded.startswith((b"\xf0", b"MThd", b"KORG")) or form_of(decoded, BINARY)
    return bool(begins) or b"\xf0\x42" in decoded or len(decoded) >= _LONGEST_NOTE


_LONGEST_NOTE = 1_000
"""Bytes that letters without a full stop or a comma stand for, where they are no dump."""


BINARY = (
    Form("zip", "ZIP archive", "archives.unpack_zip", _begins(b"PK\3\4", b"PK\5\6"), (".zip",)),
    Form("gzip", "gzip file", "archives.unpack_gzip", _begins(b"\x1f\x8b\x08"), (".gz", ".tgz")),
    Form("tar", "tar archive", "archives.unpack_tar", _is_tar, (".tar",)),
    Form(
        "applesingle", "AppleSingle file", "macintosh.unpack_apple_single", _begins(b"\0\5\x16\0")
    ),
    Form("riff", "RIFF file", "heads.unpack_riff", _is_riff, (".rmi",)),
    Form(
        "bnk",
        "file of Korg's own loader",
        "heads.unpack_headed",
        _begins(b"\x46\x52\x02\x19"),
        (".bnk",),
    ),
    Form(
        "sysex-manager", "file of Sysex Manager", "heads.unpack_headed", _begins(b"Sysex Manager")
    ),
    Form(
        "macbinary",
        "MacBinary file",
        "macintosh.unpack_mac_binary",
        _is_mac_binary,
        (".bin", ".mac"),
    ),
)
"""What is known by its first bytes, whatever they are."""

TEXT = (
    Form("binhex", "BinHex file", "macintosh.unpack_bin_hex", _is_bin_hex, (".hqx",)),
    Form("mail", "mail", "mail.unpack_mail", _is_mail, (".eml", ".mbox")),
    Form(
        "uuencode",
        "uuencoded file",
        "mail.unpack_uuencoded",
        _is_uuencoded,
        (".uu", ".uue", ".shar"),
    ),
)
"""What is text, and is known by its lines before any hex in it is looked for."""

LAST = (Form("base64", "base64 text", "mail.unpack_base64", _is_base64, (".b64",)),)
"""What is tried when a text gives no messages in any grammar: hex digits are its letters, too."""


TEXT_ENDINGS = (".hex", ".txt", ".log", ".h", ".c", ".json")
"""Of dumps as text: listings, monitors' logs, arrays in a program's source."""

BARE_ENDINGS = (".syx", ".mid", ".midi", ".smf", ".m1", ".dmp", ".dump", ".img", "")
"""Of dumps without anything around them, of MIDI files, and of images of cards."""


def usual_endings() -> frozenset[str]:
    """Return the endings, in lower case, of files that may hold dumps in any form."""
    wrapped = (ending for form in (*BINARY, *TEXT, *LAST) for ending in form.endings)
    return frozenset((*wrapped, *TEXT_ENDINGS, *BARE_ENDINGS))


def form_of(data: bytes, forms: tuple[Form, ...]) -> Form | None:
    """Return the first of `forms` that a file has, None for none of them."""
    return next((form for form in forms if form.is_it(data)), None)
