"""Finds Linux's raw MIDI devices in /dev/snd, /proc and /sys: names, USB ids, who has them open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from m1tui.sysex.text import printable

_NODE = re.compile(r"midiC(\d+)D(\d+)")
_USB_ID = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}", re.IGNORECASE)

_CROWDED = (
    "announces packets larger than it can handle, so that long messages to the M1 lose bytes on "
    "systems that do not work around this. Linux does; elsewhere use another interface."
)

WARNINGS: Mapping[str, str] = MappingProxyType(
    {
        "1a86:752d": "A cable with the CH345 chip: it loses bytes of incoming messages, because "
        "every second USB packet of a long message carries a wrong code. What arrives over it "
        "cannot be trusted; use another interface.",
        "15ca:0101": f"A Textech cable, which {_CROWDED}",
        "15ca:1806": f"A Textech cable, which {_CROWDED}",
        "fc08:0101": f"An unbranded cable, which {_CROWDED}",
        "0a92:1020": f"An ESI M4U, which {_CROWDED}",
    }
)
"""Interfaces that are known to damage long messages, by vendor and product number as `lsusb` shows.

Source: what Linux's driver for USB MIDI works around, device by device.
"""


@dataclass(frozen=True, slots=True)
class Roots:
    """Where the system tells about its devices."""

    dev: Path = Path("/dev/snd")
    proc: Path = Path("/proc/asound")
    sys: Path = Path("/sys")


@dataclass(frozen=True, slots=True)
class RawDevice:
    """One raw MIDI device."""

    path: Path
    name: str
    usb_id: str | None
    """Vendor and product in lower case, "0582:012a"; None for what is not on USB."""
    inputs: int | None
    """How many MIDI inputs it has, None where the system does not tell."""
    outputs: int | None

    @property
    def title(self) -> str:
        """The device's name for people: "UM-ONE (0582:012a)"."""
        return f"{self.name} ({self.usb_id})" if self.usb_id else self.name

    @property
    def warning(self) -> str | None:
        """What is known to be wrong with it, or unusual about it; None where nothing is."""
        known = WARNINGS.get(self.usb_id) if self.usb_id else None
        return " ".join(one for one in (known, self._limit()) if one) or None

    def _limit(self) -> str | None:
        for count, name in ((self.outputs, "output"), (self.inputs, "input")):
            if count == 0:
                return (
                    f"It has no MIDI {name}. Both are needed: the program asks the M1 over the "
                    "output, and the M1 answers over the input."
                )
        most = max(self.inputs or 0, self.outputs or 0)
        if most > 1:
            return f"It has {most} ports; m1tui uses the first one that is free."
        return None


def raw_devices(roots: Roots) -> list[RawDevice]:
    """Return the raw MIDI devices that the system has, by card and device number."""
    found = []
    for path in _entries(roots.dev):
        match = _NODE.fullmatch(path.name)
        if match:
            found.append((int(match[1]), int(match[2]), path))
    return [_describe(roots, *one) for one in sorted(found)]


def _describe(roots: Roots, card: int, device: int, path: Path) -> RawDevice:
    told = _text(roots.proc / f"card{card}" / f"midi{device}")
    name = told.partition("\n")[0] or _text(roots.proc / f"card{card}" / "id") or path.name
    return RawDevice(
        path=path,
        name=printable(name.strip()),
        usb_id=_usb_id(roots, card),
        inputs=len(re.findall(r"^Input ", told, re.MULTILINE)) if told else None,
        outputs=len(re.findall(r"^Output ", told, re.MULTILINE)) if told else None,
    )


def _usb_id(roots: Roots, card: int) -> str | None:
    told = _text(roots.proc / f"card{card}" / "usbid")
    if _USB_ID.fullmatch(told):
        return told.lower()
    try:
        interface = (roots.sys / "class" / "sound" / f"card{card}" / "device").resolve(strict=True)
    except OSError:
        return None
    # The card hangs on one interface of the USB device that carries the numbers.
    for folder in (interface, interface.parent):
        joined = f"{_text(folder / 'idVendor')}:{_text(folder / 'idProduct')}"
        if _USB_ID.fullmatch(joined):
            return joined.lower()
    return None


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except OSError:  # a system without sound cards has no such folder
        return


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # what one source does not tell, another may
        return ""


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
