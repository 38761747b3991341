"""USB MIDI interfaces that are known to damage long messages, by USB id.

Source: what Linux's driver for USB MIDI works around, device by device.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_CROWDED = (
    "claims packets larger than it can take, so that long messages to the M1 lose bytes on "
    "systems that do not work around it. Linux does; elsewhere use another interface."
)

WARNINGS: Mapping[str, str] = MappingProxyType(
    {
        "1a86:752d": "A cable with the chip CH345: it loses bytes of incoming messages, since "
        "every second USB packet of a long message carries a wrong code. What arrives over it "
        "cannot be trusted; use another interface.",
        "15ca:0101": f"A Textech cable, which {_CROWDED}",
        "15ca:1806": f"A Textech cable, which {_CROWDED}",
        "fc08:0101": f"A cable without a maker's name, which {_CROWDED}",
        "0a92:1020": f"An ESI M4U, which {_CROWDED}",
    }
)
"""Warnings by vendor and product number in lower case, as `lsusb` shows them."""


def warning_for(usb_id: str | None) -> str | None:
    """Return the warning for a USB id such as "1a86:752d", None where nothing is known."""
    return WARNINGS.get(usb_id.lower()) if usb_id else None
