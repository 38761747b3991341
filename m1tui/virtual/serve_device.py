"""A raw MIDI device of Linux as a virtual M1's MIDI port: a cable away from whoever plays it."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.virtual.descriptor import readable, writable
from m1tui.virtual.wire import Wire

READ_SIZE = 512
PATIENCE = 1.0
"""Seconds that the device may take no byte while more come from the M1."""
ALSA_MAJOR = 116
"""Linux's major device number of ALSA's devices."""


def is_midi_device(path: Path) -> bool:
    """Tell whether `path` is a device of ALSA's."""
    try:
        status = path.stat()
    except OSError:  # nothing is there, or nothing that may be looked at
        return False
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) == ALSA_MAJOR


async def serve_device(wire: Wire, place: str, ready: Callable[[str], None]) -> None:
    """Serve at the MIDI device `place` until cancelled.

    The device is a MIDI interface, or the instrument's side of a computer that is itself a USB
    MIDI device. Raises Trouble when it cannot be opened, and when it goes away.
    """
    try:
        # Without O_NONBLOCK a device in use would block here instead of telling.
        device = os.open(place, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _cannot_open(place, error) from error
    try:
        ready(f"raw:{place}")
        await _carry(wire, device)
    except OSError as error:
        raise _gone(place, error) from error
    finally:
        os.close(device)


async def _carry(wire: Wire, device: int) -> None:
    ways = [
        asyncio.create_task(_towards_m1(wire, device)),
        asyncio.create_task(_from_m1(wire, device)),
    ]
    try:
        # Not a task group: whoever serves is told of the device's own error.
        await asyncio.gather(*ways)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _towards_m1(wire: Wire, device: int) -> None:
    while True:
        try:
            data = os.read(device, READ_SIZE)
        except BlockingIOError:
            await readable(device)
            continue
        if not data:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        await wire.write(data)


async def _from_m1(wire: Wire, device: int) -> None:
    while True:
        left = memoryview(await wire.read())
        while left:
            try:
                left = left[os.write(device, left) :]
            except BlockingIOError:
                # As on a cable, what nobody takes is lost.
                if not await writable(device, PATIENCE):
                    break


def _cannot_open(place: str, error: OSError) -> Trouble:
    return Trouble(
        Advice(
            code="served-device-unusable",
            happened=f"The MIDI device {place!r} cannot be opened for the virtual M1: "
            f"{error.strerror or error}.",
            safe="Nothing was started.",
            cause="Another program holds it, it has only one direction, or it is not yours to "
            "open.",
            next_step="Close other MIDI programs, or give another device; a path where nothing is "
            "becomes a pseudo-terminal.",
        )
    )


def _gone(place: str, error: OSError) -> Trouble:
    return Trouble(
        Advice(
            code="served-device-gone",
            happened=f"The MIDI device {place!r} of the virtual M1 has gone: "
            f"{error.strerror or error}.",
            safe="The virtual M1 keeps what it was sent in whole messages; with --state it is on "
            "disk.",
            cause="It was unplugged, or lost its power.",
            next_step="Plug it in again and start `m1tui simulate` with the same --state.",
        )
    )
