"""Names the programs that hold a device, as far as this user may see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from m1tui.sysex.text import printable

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Holder:
    """A running program that has a device open."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def holders(device: Path, proc: Path = PROC) -> tuple[Holder, ...]:
    """Return the programs that have `device` open, by process number.

    Programs of other users are not seen without their rights; where `proc` is missing the answer
    is empty.
    """
    real = str(device.resolve())
    found = [process for process in _processes(proc) if _holds(process, real)]
    return tuple(Holder(int(process.name), _name(process)) for process in found)


def _processes(proc: Path) -> Iterator[Path]:
    try:
        names = sorted(int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal())
    except OSError:
        return
    for name in names:
        yield proc / str(name)


def _holds(process: Path, real: str) -> bool:
    try:
        return any(str(entry.readlink()) == real for entry in (process / "fd").iterdir())
    except OSError:  # it ended meanwhile, or belongs to another user
        return False


def _name(process: Path) -> str:
    try:
        return printable((process / "comm").read_bytes().rstrip(b"\n"))
    except OSError:
        return "a program that has just ended"
