"""What other programs put before the messages or in their place, and files that are no dump.

Korg's loader of 1992 for the Atari begins its `.BNK` files with 46 52 02 19. Sysex Manager begins
with its name and the instrument's. Then come messages as they are. RIFF (.rmi) is around a
Standard MIDI File.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from m1tui.sysex.codes import Allocation, Bank, Part
from m1tui.sysex.dumps import BankDump, contents_of, memory_size
from m1tui.sysex.forms.found import Bounds, Damaged, FoundMessage, Member
from m1tui.sysex.forms.stream import Findings

BNK = b"\x46\x52\x02\x19"
SYSEX_MANAGER = b"Sysex Manager"


def unpack_headed(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield what stands from the first F0 on. Raises Damaged."""
    start = data.find(b"\xf0")
    if start < 0:
        raise Damaged("a librarian's file without a message", "F0", "none")
    bounds.take("the librarian's file", len(data), len(data) - start)
    yield Member("", data[start:], start)


_RIFF_HEAD = 12


def unpack_riff(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the chunk "data". Raises Damaged."""
    at = _RIFF_HEAD
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"data":
            body = data[at + 8 : at + 8 + size]
            bounds.take("the RIFF file", len(data), len(body))
            yield Member("", body, at + 8)
            return
        at += 8 + size + size % 2
    raise Damaged("a RIFF file without its MIDI file", 'a chunk "data"', "none")


# Images of RAM cards

# As a USB card tool writes them: 32,768 bytes, not packed. "KORG", 11h for RAM or 10h for ROM;
# global and drum kits from 16, combinations from 1,241, programs from 13,641. The combinations
# play the card's own programs.


_PLACES = ((Part.GLOBAL, 16), (Part.COMBINATIONS, 1_241), (Part.PROGRAMS, 13_641))


def read_card_image(data: bytes, findings: Findings) -> None:
    """Take global, combinations and programs of a card."""
    for part, at in _PLACES:
        size = memory_size(part, Allocation.LARGE_PROGRAM)
        memory = data[at : at + size]
        dump = BankDump.of(contents_of(memory, part, Allocation.LARGE_PROGRAM), part, Bank.CARD, 0)
        findings.messages.append(FoundMessage(dump, at, size, dump.encode()))
    findings.note(
        "card-image",
        "An image of a RAM card: its contents are those of a card. Its combinations play the "
        "card's programs.",
    )


# Files that contain no dump


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
    _exactly("archive-unknown", "a file packed with compress", rb"\x1f\x9d"),
    _exactly("archive-unknown", "a Macintosh disk image", rb"koly"),
    _exactly("resource-fork", "the resource half of a Macintosh file", rb"\x00\x05\x16\x07"),
    _exactly("audio", "a recording (WAV)", rb"RIFF....WAVE"),
    _exactly("audio", "a recording (AIFF)", rb"FORM....AIF[FC]"),
    _exactly("audio", "a recording (MP3)", rb"ID3|\xff[\xfb\xf3\xf2][\x10-\xe8]"),
    _exactly("audio", "a recording (Ogg)", rb"OggS"),
    _exactly("audio", "a recording (FLAC)", rb"fLaC"),
    _exactly("picture", "a picture", rb"\x89PNG|\xff\xd8\xff|GIF8[79]a"),
    _exactly(
        "other-korg-file", "a disk file from a later Korg", rb"KORG[\x3b\x50\x5d\x63\x68\x70]"
    ),
)


def stranger(data: bytes) -> Stranger | None:
    """Return what kind of file that is, None for one that may hold dumps."""
    return next((one for one in STRANGERS if one.mark.match(data)), None)
