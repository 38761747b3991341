"""ZIP archives, as sound collections travel."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from m1tui.sysex.forms.bounds import MOST_MEMBERS, Bounds, Damaged, Member, TooMuch

_ENCRYPTED = 0x01
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The two ways that collections use, and that unpack in bounded memory."""

_ENTRY = b"PK\1\2"
_MOST_ENTRIES = 5 * MOST_MEMBERS
"""Entries of a table of contents that is read at all; each is an object of some size."""


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the files, and what cannot be read. Raises Damaged, TooMuch."""
    if data.count(_ENTRY) > _MOST_ENTRIES:
        raise TooMuch("a ZIP archive of too many files", f"at most {_MOST_ENTRIES:,}", "more")
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError) as error:
        raise Damaged(
            "a ZIP archive that cannot be opened", "a whole archive", str(error)
        ) from None
    with archive:
        for info in archive.infolist():
            if not info.filename.endswith("/"):
                yield _member(archive, info, bounds)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, bounds: Bounds) -> Member | Damaged:
    name = info.filename
    if stat.S_ISLNK(info.external_attr >> 16):
        return Damaged(f'"{name}" is a link', "a file", "a symbolic link", code="member-not-a-file")
    if info.flag_bits & _ENCRYPTED:
        what = f'"{name}" is locked with a password'
        return Damaged(what, "a file without one", "encryption", code="member-encrypted")
    if info.compress_type not in _READABLE:
        what = f'"{name}" is packed in a way that is not read'
        return Damaged(what, "method 0 or 8", f"{info.compress_type}", code="member-unreadable")
    what = f'"{name}"'
    bounds.check(what, info.compress_size, info.file_size)
    try:
        with archive.open(info) as file:
            data = file.read(bounds.room(info.compress_size) + 1)
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, NotImplementedError):
        return Damaged(f'"{name}" is damaged', "a whole file", "packed data with an error")
    bounds.take(what, info.compress_size, len(data))
    return Member(name, data)
