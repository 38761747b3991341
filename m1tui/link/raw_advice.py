"""What a person is told when a raw MIDI device cannot be opened or goes away."""

from __future__ import annotations

import errno
from pathlib import Path

from m1tui.advice import Advice
from m1tui.link.holders import PROC, holders
from m1tui.sysex.text import printable

UNCHANGED = "Nothing was sent; the instrument is unchanged."
UNKNOWN = (
    "No more bytes go out. If a transfer was under way, what the instrument holds is unknown "
    "until it is read again."
)
SEQUENCER = Path("/dev/snd/seq")
LOST = frozenset({errno.EIO, errno.ENODEV, errno.ENXIO, errno.EPIPE, errno.EBADF})
"""Errors of a device that was there and is gone."""


def cannot_open(path: Path, error: OSError) -> Advice:
    """Return the advice for an error of opening the device `path`."""
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return _absent(path)
        case errno.EACCES | errno.EPERM:
            return _forbidden(path)
        case errno.EBUSY | errno.EAGAIN:
            return busy(path)
        case errno.ENODEV:
            return _dead(path)
        case errno.ENXIO:
            return _one_way(path)
    return Advice(
        code="device-unusable",
        happened=f"The device {str(path)!r} cannot be opened: {error.strerror or error}.",
        safe=UNCHANGED,
        next_step="Choose another way from the list of `m1tui ports`.",
    )


def not_a_device(path: Path) -> Advice:
    """Return the advice for a path that is something else than a character device."""
    return Advice(
        code="not-a-device",
        happened=f"{str(path)!r} is a {'folder' if path.is_dir() else 'file'}; "
        "expected a raw MIDI device.",
        safe=f"It was not touched. {UNCHANGED}",
        cause="A dump file is given to `m1tui restore` as its FILE, not as its port.",
        next_step="Choose a device from the list of `m1tui ports`.",
    )


def left_behind(path: Path) -> Advice:
    """Return the advice for the link of a virtual M1 that ended without removing it."""
    return Advice(
        code="virtual-m1-ended",
        happened=f"{str(path)!r} is the link of a virtual M1 that has ended; expected one that is "
        "running.",
        safe=f"It was not opened, since its terminal may belong to another program now. "
        f"{UNCHANGED}",
        cause="`m1tui simulate` was killed.",
        next_step=f"Start it again: `m1tui simulate --at raw:{printable(str(path))}`.",
    )


def not_midi(path: Path) -> Advice:
    """Return the advice for a character device that carries no MIDI."""
    return Advice(
        code="not-a-midi-device",
        happened=f"{str(path)!r} is a device of the system's own; expected a raw MIDI device or a "
        "terminal.",
        safe=f"It was not opened. {UNCHANGED}",
        cause="No instrument can be behind it.",
        next_step="Choose a device from the list of `m1tui ports`.",
    )


def busy(path: Path, proc: Path = PROC, sequencer: Path = SEQUENCER) -> Advice:
    """Return the advice for a device that another program holds, naming it where it is seen."""
    direct = holders(path, proc)
    # The kernel's sequencer opens the device itself, so its users do not show at the device.
    through = () if direct else holders(sequencer, proc)
    if direct:
        cause = f"It is held by {_list(direct)}."
        next_step = "Close that program, then try again."
    elif through:
        cause = (
            "A connection of the ALSA sequencer probably holds it; programs that use the "
            f"sequencer now: {_list(through)}."
        )
        next_step = "Close them, or remove their connections (`aconnect -x`), then try again."
    else:
        cause = (
            "No program of yours holds it. Candidates: amidi or another librarian of another "
            "user, a connection of the ALSA sequencer (`aconnect -l` lists them), JACK's bridge "
            "a2jmidid, a browser with Web MIDI."
        )
        next_step = f"Find it with `sudo fuser -v {path}`, close it, then try again."
    return Advice(
        code="device-busy",
        happened=f"The device {str(path)!r} is in use by another program.",
        safe=UNCHANGED,
        cause=cause,
        next_step=next_step,
    )


def lost(title: str, reason: str) -> Advice:
    """Return the advice for a device that vanished while it was open."""
    return Advice(
        code="link-lost",
        happened=f"The connection to {title} broke: {reason}.",
        safe=UNKNOWN,
        cause="The cable was pulled, the interface lost its power, or the program at the other "
        "end has ended.",
        next_step="Plug it in again, then let m1tui read what the instrument holds.",
    )


def stalled(title: str, seconds: float) -> Advice:
    """Return the advice for a device that has accepted no byte for `seconds`."""
    return Advice(
        code="link-stalled",
        happened=f"{title} accepted no byte for {seconds:g} seconds; expected "
        "3,125 bytes per second.",
        safe=UNKNOWN,
        cause="The interface hangs, or the program at the other end does not read.",
        next_step="Unplug the interface and plug it in again, then let m1tui read what the "
        "instrument holds.",
    )


def _absent(path: Path) -> Advice:
    folder = path.parent
    there = sorted(entry.name for entry in folder.glob("midiC*D*")) if folder.is_dir() else []
    if path.is_symlink():
        cause = "It is a link whose device has gone; the virtual M1 that made it has ended."
    elif there:
        cause = f"In {str(folder)!r} there is: {', '.join(there)}."
    else:
        cause = f"There is no raw MIDI device in {str(folder)!r}: no interface is plugged in."
    return Advice(
        code="device-missing",
        happened=f"There is no device {str(path)!r}.",
        safe=UNCHANGED,
        cause=cause,
        next_step="Plug the interface in, and choose a device from the list of `m1tui ports`.",
    )


def _forbidden(path: Path) -> Advice:
    return Advice(
        code="device-forbidden",
        happened=f"You may not open the device {str(path)!r}.",
        safe=UNCHANGED,
        cause="On most systems MIDI devices belong to the group `audio`.",
        next_step="Run `sudo usermod -aG audio $USER`, then log out and in again.",
    )


def _dead(path: Path) -> Advice:
    return Advice(
        code="interface-gone",
        happened=f"The interface behind {str(path)!r} is gone.",
        safe=UNCHANGED,
        cause="It was unplugged, or lost its power.",
        next_step="Plug it in again; its device may then have another number (`m1tui ports`).",
    )


def _one_way(path: Path) -> Advice:
    return Advice(
        code="device-one-way",
        happened=f"The device {str(path)!r} cannot be opened for both directions.",
        safe=UNCHANGED,
        cause="It has only a MIDI input or only an output, or it was unplugged.",
        next_step="Choose a device with both from the list of `m1tui ports`: an M1 is asked "
        "over one and answers over the other.",
    )


def _list(found: tuple[object, ...]) -> str:
    return ", ".join(str(one) for one in found)
