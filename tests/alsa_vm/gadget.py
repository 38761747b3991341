"""The fake USB-MIDI interface: a gadget on the dummy host controller, plugged and unplugged."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

NAME = "m1tui test cable"
INSTRUMENT = "f_midi"
"""What the kernel calls the card at the gadget's end."""
VENDOR, PRODUCT = "1d6b", "0104"
"""The Linux Foundation's numbers for gadgets."""
PATIENCE = 60.0
"""Seconds in which the kernel has done what was asked of it, or never will."""

_CONFIG = Path("/sys/kernel/config/usb_gadget/cable")
_UDC = "dummy_udc.0"


class Gadget:
    """The interface with both its ends."""

    def __init__(self) -> None:
        for folder in ("strings/0x409", "configs/c.1", "functions/midi.cable"):
            (_CONFIG / folder).mkdir(parents=True)
        for file, text in (
            ("idVendor", f"0x{VENDOR}"),
            ("idProduct", f"0x{PRODUCT}"),
            ("strings/0x409/manufacturer", "m1tui"),
            ("strings/0x409/product", NAME),
            ("functions/midi.cable/id", "gadget"),
        ):
            (_CONFIG / file).write_text(text)
        (_CONFIG / "configs/c.1/midi.cable").symlink_to(_CONFIG / "functions/midi.cable")

    def plug(self) -> None:
        """Make the gadget ready and plug it in; returns when both ends have a device."""
        (_CONFIG / "UDC").write_text(_UDC)
        wait_until(lambda: _is_there(INSTRUMENT) and _is_there(NAME), "both ends")

    def unplug(self) -> None:
        """Unbind the gadget: both ends vanish, as when the interface loses its power."""
        (_CONFIG / "UDC").write_text("\n")
        wait_until(lambda: not _is_there(NAME), "the host's end to vanish")

    def pull(self) -> None:
        """Let go of the interface at the host's end alone; the instrument's end lives on.

        Not the gadget's soft_connect: after it this kernel's dummy controller answers no more.
        """
        self._host_may(False)
        wait_until(lambda: not _is_there(NAME), "the host's end to vanish")

    def put_back(self) -> None:
        """Let the host take the interface again."""
        self._host_may(True)
        wait_until(lambda: _is_there(NAME), "the host's end")

    def _host_may(self, use_it: bool) -> None:
        for product in Path("/sys/bus/usb/devices").glob("*/product"):
            if product.read_text().strip() == NAME:
                (product.parent / "authorized").write_text("1" if use_it else "0")
                return
        raise LookupError(f"{NAME!r} is not on the bus")

    @property
    def instrument_end(self) -> Path:
        """The raw device at the gadget's end, where the instrument is."""
        return _device(INSTRUMENT)

    @property
    def host_end(self) -> Path:
        """The raw device of snd-usb-audio."""
        return _device(NAME)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until `condition` holds; raises TimeoutError, naming `what`, when it never does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {PATIENCE:g} s for {what}")
        time.sleep(0.05)


def _devices() -> dict[str, Path]:
    """Return the raw device of each sound card by the card's short name."""
    found = {}
    for device in Path("/dev/snd").glob("midiC*D0"):
        card = device.name.removeprefix("midiC").removesuffix("D0")
        cards = Path("/proc/asound/cards").read_text()
        name = next(
            (line.partition(" - ")[2] for line in cards.splitlines() if _is_line_of(card, line)),
            "",
        )
        found[name.strip()] = device
    return found


def _is_line_of(card: str, line: str) -> bool:
    return line.split("[")[0].strip() == card


def _is_there(name: str) -> bool:
    return name in _devices()


def _device(name: str) -> Path:
    return _devices()[name]
