"""Writes files whole or not at all, and never over another file.

With what waits for a lock (`m1tui.files.try_lock`), and what a disk's refusal means for the person
and for the data.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from m1tui.advice import Advice
from m1tui.errors import StoreError
from m1tui.files import JOURNAL, FileTrouble, Unfit, read_bounded, try_lock
from m1tui.sysex.text import printable

PARTIAL = re.compile(r"\.m1tui-[0-9a-f]{16}(?:-([0-9a-f]{64}))?\.part")
"""The names of files that are being written. They are hidden and never a backup.

A new file's bytes have their SHA-256 in the name: it tells after a crash whether they are whole.
"""

LEFTOVER_AGE = 3600.0
"""Seconds after which a partial file counts as left by a crash; writing one takes under one."""

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
if os.name == "nt":
    NO_LINKS.add(errno.EINVAL)  # what Windows says of FAT

_NO_LOCKS = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL, errno.EBADF}

_WAIT = 5.0
"""Seconds to wait while another m1tui gives a name in the same folder, which is done at once."""


class Disk:
    """The calls by which bytes reach a disk; a test injects one that fails."""

    def write(self, descriptor: int, data: bytes) -> int:
        """Write what it takes of `data`; return how many bytes that was."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Return when the file's bytes are on the disk."""
        os.fsync(descriptor)

    def read(self, path: Path, most: int) -> bytes:
        """Return at most `most` bytes of a synced file, from the disk itself where that is known.

        Linux forgets what it keeps of the file in memory when it is asked to.
        """
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            if sys.platform == "linux":
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            data = b""
            while len(data) < most and (piece := os.read(descriptor, most - len(data))):
                data += piece
            return data
        finally:
            os.close(descriptor)

    def link(self, source: Path, target: Path) -> None:
        """Give `source` a second name, `target`, which must be free."""
        target.hardlink_to(source)

    def rename(self, source: Path, target: Path) -> None:
        """Give `source` another name, `target`, which must be free."""
        source.rename(target)

    def replace(self, source: Path, target: Path) -> None:
        """Move `source` to `target` in one step, over what is there."""
        source.replace(target)

    def sync_folder(self, folder: Path) -> None:
        """Return when the names in `folder` are on the disk."""
        if os.name == "nt":  # Windows cannot open a folder; it orders renames itself
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


DISK = Disk()


class LateFolders(Disk):
    """Another disk, but the names in folders are brought to it all at once, by `settle`.

    For many files at a time: each one's bytes are on the disk before it gets its name.
    """

    def __init__(self, disk: Disk = DISK) -> None:
        self._disk = disk
        self._folders: set[Path] = set()

    def write(self, descriptor: int, data: bytes) -> int:
        """Write as the other disk does."""
        return self._disk.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Sync as the other disk does."""
        self._disk.sync(descriptor)

    def read(self, path: Path, most: int) -> bytes:
        """Read as the other disk does."""
        return self._disk.read(path, most)

    def link(self, source: Path, target: Path) -> None:
        """Link as the other disk does."""
        self._disk.link(source, target)

    def rename(self, source: Path, target: Path) -> None:
        """Rename as the other disk does."""
        self._disk.rename(source, target)

    def replace(self, source: Path, target: Path) -> None:
        """Replace as the other disk does."""
        self._disk.replace(source, target)

    def sync_folder(self, folder: Path) -> None:
        """Note that the folder is to be synced."""
        self._folders.add(folder)

    def settle(self) -> None:
        """Return when the names in all noted folders are on the disk. Raises OSError."""
        while self._folders:
            self._disk.sync_folder(self._folders.pop())


def write_new(path: Path, data: bytes, *, disk: Disk = DISK) -> Path:
    """Write `data` to `path`, which must not exist yet, so that a crash leaves all or nothing.

    Missing folders are made. When this returns, the bytes and the name are on the disk, and the
    bytes were read again and are the same. Raises FileExistsError when `path` exists, StoreError
    for everything the disk refuses or does not give back.
    """
    with _told(path), _partial(path, data, disk, hashlib.sha256(data).hexdigest()) as partial:
        found = disk.read(partial, len(data) + 1)
        if found != data:
            raise _changed(path, data, found)
        try:
            disk.link(partial, path)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            _rename_to_free(partial, path, disk)
        disk.sync_folder(path.parent)
    return path


def write_named(
    folder: Path,
    stem: str,
    suffix: str,
    data: bytes,
    *,
    companion: str = "",
    disk: Disk = DISK,
) -> Path:
    """Write a new file "stem.suffix", or "stem (2).suffix" and so on where names are taken.

    A name counts as taken, too, where a file with the suffix `companion` bears it.
    """
    for number in itertools.count(1):
        name = stem if number == 1 else f"{stem} ({number})"
        if companion and (folder / f"{name}{companion}").exists():
            continue
        with contextlib.suppress(FileExistsError):
            return write_new(folder / f"{name}{suffix}", data, disk=disk)
    raise AssertionError("numbers do not end")


def write_over(path: Path, data: bytes, *, disk: Disk = DISK) -> None:
    """Replace `path` by `data` in one move: readers see the old bytes or the new ones.

    For the program's own settings only, never for backups. Raises StoreError.
    """
    with _told(path), _partial(path, data, disk) as partial:
        disk.replace(partial, path)
        disk.sync_folder(path.parent)


def probe(folder: Path, *, disk: Disk = DISK) -> None:
    """Make `folder` where it is missing, and show that files can be written there.

    Raises StoreError.
    """
    with _told(folder), _partial(folder / "probe", b"m1tui", disk):
        pass


def leftovers(folder: Path, *, older_than: float = LEFTOVER_AGE) -> tuple[Path, ...]:
    """Return the partial files in `folder` that a crash left, at least `older_than` seconds old."""
    if not folder.is_dir():
        return ()
    newest = time.time() - older_than
    found = []
    for path in sorted(folder.iterdir()):
        if not PARTIAL.fullmatch(path.name) or path.is_symlink():
            continue
        with contextlib.suppress(FileNotFoundError):  # another program finished it just now
            if path.stat().st_mtime <= newest:
                found.append(path)
    return tuple(found)


def clean(folder: Path, *, older_than: float = LEFTOVER_AGE) -> tuple[Path, ...]:
    """Remove what `leftovers` finds and return what was removed. Other files are not touched.

    What is whole and stands under no other name in `folder` stays: it may be the only copy.
    """
    found = leftovers(folder, older_than=older_than)
    removed = tuple(path for path in found if not _is_only_copy(path))
    for path in removed:
        with _told(path):
            path.unlink(missing_ok=True)
    return removed


def _is_only_copy(partial: Path) -> bool:
    """Tell whether a partial file is whole, and no other file beside it holds the same."""
    named = PARTIAL.fullmatch(partial.name)
    if named is None or named[1] is None:
        return False
    try:
        data = read_bounded(partial, JOURNAL)
    except FileTrouble as trouble:
        return trouble.why is not Unfit.MISSING
    if hashlib.sha256(data).hexdigest() != named[1]:
        return False
    others = (path for path in partial.parent.iterdir() if not PARTIAL.fullmatch(path.name))
    return not any(same_bytes(path, data) for path in others)


def same_bytes(path: Path, data: bytes) -> bool:
    """Tell whether the file at `path` holds `data`; False for one that cannot be read."""
    try:
        return path.stat().st_size == len(data) and read_bounded(path, len(data)) == data
    except (OSError, FileTrouble):
        return False


@contextlib.contextmanager
def _partial(path: Path, data: bytes, disk: Disk, digest: str = "") -> Iterator[Path]:
    """Write `data` beside `path` under a passing name, synced; removed again at the end.

    With `digest` it is kept after a crash, if it is whole.
    """
    make_folder(path.parent, disk)
    named = f"-{digest}" if digest else ""
    partial = path.parent / f".m1tui-{secrets.token_hex(8)}{named}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(partial, flags, 0o666)
    try:
        try:
            write_all(descriptor, data, disk)
            disk.sync(descriptor)
        finally:
            os.close(descriptor)
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def make_folder(folder: Path, disk: Disk) -> None:
    """Make `folder` and what is missing above it, synced. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent, disk)
    try:
        folder.mkdir()
    except FileExistsError as error:
        # Another program may have made it just now.
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from error
    disk.sync_folder(folder.parent)


def write_all(descriptor: int, data: bytes, disk: Disk) -> None:
    """Write every byte of `data`; a disk may take fewer at a time."""
    view = memoryview(data)
    while view:
        view = view[disk.write(descriptor, bytes(view)) :]


def _rename_to_free(partial: Path, path: Path, disk: Disk) -> None:
    """Give `partial` its name where the file system knows no links (FAT, some shares).

    A rename would replace what bears the name, so m1tui does this in one folder at a time, and
    looks whether the name is free. Nothing ever stands under the name but the whole file.
    """
    with _folder_held(path.parent):
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        disk.rename(partial, path)


@contextlib.contextmanager
def _folder_held(folder: Path) -> Iterator[None]:
    """Within, no other m1tui gives names in `folder`; the system lets it go after a crash."""
    if os.name == "nt":  # Windows' rename refuses a name that is taken
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            wait_for_lock(descriptor, folder, "writing to this folder", wait=_WAIT)
        except OSError as error:
            # A share that knows neither links nor locks: the look at the name is all there is.
            if error.errno not in _NO_LOCKS:
                raise
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into a StoreError; a taken name stays FileExistsError."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise store_trouble(error, path) from error


@contextlib.contextmanager
def alone(path: Path, doing: str, *, wait: float = 0.0) -> Iterator[None]:
    """Within, this program alone holds the lock file at `path`, which is made and stays.

    `doing` ends the sentence "Another program is …"; `wait` is how many seconds to try. Raises
    StoreError when another program holds it, or when the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise store_trouble(error, path) from error
    try:
        try:
            wait_for_lock(descriptor, path, doing, wait=wait)
        except OSError as error:
            raise store_trouble(error, path) from error
        yield
    finally:
        os.close(descriptor)


def wait_for_lock(descriptor: int, path: Path, doing: str, *, wait: float) -> None:
    """Lock the open file or folder at `path`; `doing` and `wait` are as for `alone`.

    Raises StoreError when another program holds it all the time, OSError where the file system
    cannot lock.
    """
    end = time.monotonic() + wait
    while not try_lock(descriptor):
        if time.monotonic() >= end:
            raise _busy(path, doing)
        time.sleep(0.02)


def _busy(path: Path, doing: str) -> StoreError:
    return StoreError(
        Advice(
            code="in-use-elsewhere",
            happened=f"Another program is {doing}.",
            safe="Nothing was changed; the other program is not affected.",
            cause=f'm1tui is open in another window: it is using "{printable_path(path)}".',
            next_step="Wait until it has finished, then try again.",
        )
    )


def _changed(path: Path, data: bytes, found: bytes) -> StoreError:
    pairs = enumerate(zip(data, found, strict=False))
    first = next((at for at, (one, other) in pairs if one != other), min(len(data), len(found)))
    return StoreError(
        Advice(
            code="disk-changed-the-file",
            happened=f'"{printable_path(path)}" was written, but what was read back is not '
            f"the same: expected {len(data):,} bytes, found {len(found):,}; byte {first:,} is the "
            "first that differs.",
            safe="The bad file was removed, and no other file was changed.",
            cause="The disk or the memory card in this computer is failing.",
            next_step="Choose a folder on another disk with --data-dir, then try again.",
        )
    )


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


def store_trouble(error: OSError, path: Path) -> StoreError:
    """Return the error that tells a person why `path` could not be written."""
    reason = error.strerror or str(error)
    shown = printable_path(path)
    if error.errno in _FULL:
        code = "disk-full"
        cause = "The disk is full, or a limit on file sizes has been reached."
        next_step = "Free some space or choose another folder with --data-dir, then try again."
    elif error.errno in _REFUSED:
        code = "write-refused"
        cause = "The folder is read-only, or belongs to another user."
        next_step = "With --data-dir, choose a folder that you may write to. Then try again."
    elif error.errno in {errno.ENOTDIR, errno.EISDIR}:
        code = "path-blocked"
        cause = "There is a file where a folder is needed, or a folder where a file is needed."
        next_step = "Move it away or choose another folder with --data-dir, then try again."
    else:
        code = "disk-error"
        cause = "The disk or the network share reported an error."
        next_step = "Choose a folder on another disk with --data-dir, then try again."
    return StoreError(
        Advice(
            code=code,
            happened=f'"{shown}" could not be written: {reason}.',
            safe="No part of it was left behind, and no other file was changed.",
            cause=cause,
            next_step=next_step,
        )
    )


def printable_path(path: Path) -> str:
    """Return `path` without characters that a screen would act on."""
    return printable(str(path))
