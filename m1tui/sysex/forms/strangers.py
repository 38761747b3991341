"""Files that hold no dump and are often taken for one: what they are, by how they begin."""

from __future__ import annotations

import re
from typing import NamedTuple


class Stranger(NamedTuple):
    """A kind of file that no dump can be read from."""

    code: str
    what: str
    """What it is, for a person."""
    mark: re.Pattern[bytes]


def _kind(code: str, what: str, mark: bytes) -> Stranger:
    return Stranger(code, what, re.compile(mark, re.DOTALL | re.IGNORECASE))


def _exactly(code: str, what: str, mark: bytes) -> Stranger:
    return Stranger(code, what, re.compile(mark, re.DOTALL))


STRANGERS = (
    _kind("web-page", "a web page", rb"[\s\xef\xbb\xbf]{0,100}<(?:!doctype html|html|head|body)"),
    _exactly(
        "large-file-pointer",
        "a pointer to a file that a large-file store keeps elsewhere",
        rb"version https://git-lfs",
    ),
    _exactly("document", "a PDF document", rb"%PDF"),
    _exactly("document", "a rich text document", rb"\{\\rtf"),
    _exactly("document", "an office document", rb"\xd0\xcf\x11\xe0"),
    _exactly("program", "a Windows or DOS program, perhaps an installer", rb"MZ"),
    _exactly("program", "a Linux program", rb"\x7fELF"),
    _exactly("program", "a Macintosh program", rb"\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe"),
    _exactly("archive-unknown", "a RAR archive", rb"Rar!"),
    _exactly("archive-unknown", "a 7z archive", rb"7z\xbc\xaf\x27\x1c"),
    _exactly("archive-unknown", "an LHA archive", rb"..-lh[0-9d]-"),
    _exactly("archive-unknown", "an ARJ archive", rb"\x60\xea"),
    _exactly("archive-unknown", "a StuffIt archive", rb"SIT!|StuffIt"),
    _exactly("archive-unknown", "a bzip2 file", rb"BZh[1-9]1AY"),
    _exactly("archive-unknown", "an xz file", rb"\xfd7zXZ"),
    _exactly("archive-unknown", "a file packed by compress", rb"\x1f\x9d"),
    _exactly("archive-unknown", "a Macintosh disk image", rb"koly"),
    _exactly("resource-fork", "the resource half of a Macintosh file", rb"\x00\x05\x16\x07"),
    _exactly("audio", "a recording (WAV)", rb"RIFF....WAVE"),
    _exactly("audio", "a recording (AIFF)", rb"FORM....AIF[FC]"),
    _exactly("audio", "a recording (MP3)", rb"ID3|\xff[\xfb\xf3\xf2][\x10-\xe8]"),
    _exactly("audio", "a recording (Ogg)", rb"OggS"),
    _exactly("audio", "a recording (FLAC)", rb"fLaC"),
    _exactly("picture", "a picture", rb"\x89PNG|\xff\xd8\xff|GIF8[79]a"),
    _exactly("other-korg-file", "a disk file of a later Korg", rb"KORG[\x3b\x50\x5d\x63\x68\x70]"),
)


def stranger(data: bytes) -> Stranger | None:
    """Return what kind of file that is, None for one that may hold dumps."""
    return next((one for one in STRANGERS if one.mark.match(data)), None)
