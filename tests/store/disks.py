"""Disks that fail on purpose."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from m1tui.store.atomic import Disk


class FullDisk(Disk):
    """Takes `room` bytes in all, a few at a time, then has no space left."""

    def __init__(self, room: int, *, error: int = errno.ENOSPC) -> None:
        self.room = room
        self.error = error

    def write(self, descriptor: int, data: bytes) -> int:
        if self.room <= 0:
            raise OSError(self.error, os.strerror(self.error))
        count = super().write(descriptor, data[: min(self.room, 7)])
        self.room -= count
        return count


class FailingSync(Disk):
    """Takes every byte and then cannot bring them to the disk."""

    def sync(self, descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


class ReadOnly(Disk):
    """Refuses to give a file its name."""

    def link(self, source: Path, target: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


class WithoutLinks(Disk):
    """A file system without hard links, such as FAT."""

    def link(self, source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))


class Failing(Disk):
    """A worn memory card: it takes every byte, and keeps one of them as another."""

    def write(self, descriptor: int, data: bytes) -> int:
        super().write(descriptor, bytes([data[0] ^ 0x01]) + data[1:])
        return len(data)


class Shortening(Disk):
    """A bad stick: it says that it took all, and keeps the first half."""

    def write(self, descriptor: int, data: bytes) -> int:
        super().write(descriptor, data[: len(data) // 2])
        return len(data)
