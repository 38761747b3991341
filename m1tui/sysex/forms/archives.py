"""ZIP, gzip and tar: archives, as sound collections travel.

tar is read here and not by `tarfile`: in Pythons up to 3.13.5 a negative size in an archive makes
that go round for ever, and only names, sizes and kinds are needed.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from m1tui.sysex.forms.found import MOST_MEMBERS, Bounds, Damaged, Member, TooMuch

_ENCRYPTED = 0x01
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The two ways that collections use, and that unpack in bounded memory."""

_ENTRY = b"PK\1\2"
_MOST_ENTRIES = 5 * MOST_MEMBERS
"""Entries of a table of contents that is read at all; each is an object of some size."""


def unpack_zip(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the files, and what cannot be read. Raises Damaged, TooMuch."""
    if data.count(_ENTRY) > _MOST_ENTRIES:
        raise TooMuch("a ZIP archive with too many files", f"at most {_MOST_ENTRIES:,}", "more")
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
        what = f'"{name}" is packed in a way that m1tui cannot read'
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


_GZIP = zlib.MAX_WBITS | 16
_HAS_NAME, _HAS_EXTRA = 0x08, 0x04
_GZIP_HEAD = 10


def unpack_gzip(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the file as far as it can be unpacked. Raises TooMuch."""
    unpacker = zlib.decompressobj(_GZIP)
    room = bounds.room(len(data))
    try:
        unpacked = unpacker.decompress(data, room + 1)
    except zlib.error as error:
        raise Damaged("a gzip file that cannot be unpacked", "packed data", str(error)) from None
    bounds.take("the gzip file", len(data), len(unpacked))
    yield Member(_gzip_name(data), unpacked)
    if not unpacker.eof:
        yield Damaged("the gzip file is incomplete", "its end", f"{len(data):,} bytes")


def _gzip_name(data: bytes) -> str:
    if len(data) < _GZIP_HEAD or data[3] & (_HAS_NAME | _HAS_EXTRA) != _HAS_NAME:
        return ""
    return data[_GZIP_HEAD : data.find(b"\0", _GZIP_HEAD)].decode("latin-1")


_BLOCK = 512
_FILES = b"0\x007"
_LONG_NAME = b"L"


def unpack_tar(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the ordinary files; links, devices and folders are passed over. Raises TooMuch."""
    at, long_name = 0, ""
    while at + _BLOCK <= len(data) and data[at]:
        head = data[at : at + _BLOCK]
        try:
            size = int(head[124:136].strip(b"\0 ") or b"0", 8)
        except ValueError:
            size = -1
        if size < 0:
            raise Damaged("a tar archive with a damaged header", "a size", "none", offset=at)
        start = at + _BLOCK
        body = data[start : start + size]
        kind = head[156:157]
        if kind == _LONG_NAME:
            long_name = _tar_text(body)
        else:
            name = long_name or _tar_text(head[:100])
            long_name = ""
            if kind in _FILES:
                bounds.take(f'"{name}"', size, len(body))
                yield Member(name, body, start)
            if len(body) < size:
                yield Damaged("the tar archive is incomplete", f"{size:,} bytes", f"{len(body):,}")
        at = start + -(-size // _BLOCK) * _BLOCK


def _tar_text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")
