"""Remembers on disk that notes sound, so that after a kill the next start can end them.

One small file for each port; the program that plays keeps it locked, and the system frees it when
that program ends, however it ends.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from m1tui.advice import Advice
from m1tui.errors import StoreError
from m1tui.files import SETTINGS, FileTrouble, read_bounded, try_lock
from m1tui.store.atomic import store_trouble
from m1tui.sysex.text import printable

_ODD = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 100


class Sounding(msgspec.Struct, frozen=True, kw_only=True):
    """Notes that sounded on a port when m1tui was killed."""

    port: str
    """The --port form of the link."""
    channels: tuple[int, ...]
    """MIDI channels, 0-15."""
    since: str
    """Local time with its offset, ISO 8601."""

    @property
    def text(self) -> str:
        """Return it in a sentence for a person."""
        when = printable(self.since[:16].replace("T", " "))
        return (
            f"m1tui ended on {when} while notes were sounding on {printable(self.port)}: they may "
            "still be sounding."
        )


class SoundingMark:
    """The mark of one program that plays on one port."""

    def __init__(self, folder: Path, port: str, now: Callable[[], datetime]) -> None:
        self._path = folder / f"{_ODD.sub('-', port)[:_LONGEST]}.json"
        self._port = port
        self._now = now
        self._descriptor: int | None = None

    def begin(self, channels: frozenset[int]) -> None:
        """Write that notes sound on `channels`, 0-15. Raises StoreError."""
        record = Sounding(
            port=printable(self._port),
            channels=tuple(sorted(channels)),
            since=self._now().isoformat(timespec="seconds"),
        )
        try:
            descriptor = self._locked()
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, msgspec.json.encode(record))
        except OSError as error:
            raise store_trouble(error, self._path) from error

    @property
    def stands(self) -> bool:
        """Whether notes may sound."""
        return self._descriptor is not None

    def end(self) -> None:
        """Take the mark away: the notes have ended."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                self._path.unlink()
            os.close(descriptor)

    def _locked(self) -> int:
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            if not try_lock(descriptor):
                os.close(descriptor)
                raise StoreError(_plays_elsewhere(self._port))
            self._descriptor = descriptor
        return self._descriptor


def left_sounding(folder: Path) -> tuple[Sounding, ...]:
    """Return the notes that a program left sounding when it was killed, none of a running one's."""
    return tuple(sounding for _, sounding in _left(folder))


def forget_sounding(folder: Path) -> None:
    """Take all such marks away: the notes have been ended."""
    for path, _ in _left(folder):
        with suppress(OSError):
            path.unlink()


def _left(folder: Path) -> Iterator[tuple[Path, Sounding]]:
    for path in sorted(folder.glob("*.json")):
        try:
            descriptor = os.open(path, os.O_RDWR)
        except OSError:
            continue
        try:
            if not try_lock(descriptor):
                continue
            record = msgspec.json.decode(read_bounded(path, SETTINGS), type=Sounding)
        except (OSError, FileTrouble, msgspec.DecodeError):
            # What cannot be read says of no port that notes sound there.
            continue
        finally:
            os.close(descriptor)
        yield path, record


def _plays_elsewhere(port: str) -> Advice:
    return Advice(
        code="plays-elsewhere",
        happened=f"Another m1tui is playing notes on {printable(port)}.",
        safe="No note was played; the other program is not affected.",
        next_step="Wait until it has finished, then try again.",
    )
