"""USB MIDI interfaces that are known to damage long messages, by USB id."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WARNINGS: Mapping[str, str] = MappingProxyType(
    {
        "1a86:752d": "A cable with the chip CH345: it loses bytes of incoming messages, since "
        "every second USB packet of a long message carries a wrong code. Backups over it fail; "
        "use another interface.",
    }
)
"""Warnings by vendor and product number in lower case, as `lsusb` shows them."""


def warning_for(usb_id: str | None) -> str | None:
    """Return the warning for a USB id such as "1a86:752d", None where nothing is known."""
    return WARNINGS.get(usb_id.lower()) if usb_id else None
