"""Lists the ways to reach an M1, and makes the link that a --port form names, or that is none."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.errors import LinkError, LinkLost
from m1tui.link.alsa_ports import Roots, raw_devices
from m1tui.link.base import Link, not_open
from m1tui.midi.system import jack_serves
from m1tui.surveys import Survey, read_survey

if TYPE_CHECKING:
    from m1tui.midi.binding import Module
    from m1tui.midi.system import Pair

PLATFORM = sys.platform
NO_INTERFACE = Advice(
    code="no-interface",
    happened="No MIDI interface is plugged in.",
    safe=NOTHING_SENT,
    cause="The interface is not connected, or the system does not recognise it.",
    next_step="Plug one in and check with `m1tui ports`, or rehearse with --port virtual.",
)
FORMS = "virtual[:SCENARIO], raw:PATH, rtmidi:NAME, rtmidi:OUT=NAME,IN=NAME or tcp:HOST:PORT"


_EQUAL = (
    "Several interfaces have this name, and the system does not say which output belongs to which "
    "input. If an M1 answers here, this is the right pair; if not, try the next one."
)


@dataclass(frozen=True, slots=True)
class PortInfo:
    """One way to reach an M1."""

    port: str
    """The --port form that opens it."""
    name: str
    usb_id: str | None
    """Vendor and product, "0582:012a"; None for what is not on USB or does not tell."""
    warning: str | None
    """What is known to be wrong with it."""


def list_ports(roots: Roots | None = None, rtmidi: Module | None = None) -> list[PortInfo]:
    """Return the MIDI interfaces of this computer: raw devices first, then rtmidi's port pairs.

    Where a card has a raw device, its rtmidi ports are left out, and so is ALSA's own "Midi
    Through", which only echoes. `roots` and `rtmidi` are the system's own unless given.
    """
    roots = roots or Roots()
    devices = raw_devices(roots)
    return [PortInfo(f"raw:{one.path}", one.name, one.usb_id, one.warning) for one in devices] + [
        PortInfo(pair.port, pair.output, None, None if pair.certain else _EQUAL)
        for pair in _rtmidi_pairs(roots, rtmidi)
        if not (devices and _is_card(pair.output)) and not pair.output.startswith("Midi Through")
    ]


def open_port(port: str, *, data_dir: Path, roots: Roots | None = None) -> Link:
    """Return the link that `port` names, not opened yet; see `_link`.

    Where a survey of a real M1 is kept in `data_dir`, time-outs follow what it measured.
    """
    link = _link(port, data_dir, roots)
    if link.rehearsal is None:
        link.follow(survey_kept(data_dir))
    return link


def survey_kept(data_dir: Path) -> Survey | None:
    """Return the survey of a real M1 that is kept in `data_dir`, None without one."""
    path = data_dir / "surveys" / "survey.json"
    if not path.is_file():
        return None
    try:
        survey = read_survey(path)
    except Trouble:
        # A survey that cannot be used changes nothing; m1tui survey says what is wrong with it.
        return None
    return None if survey.virtual else survey


def _link(port: str, data_dir: Path, roots: Roots | None) -> Link:
    """Return the link that `port` names, not opened yet.

    `port` is `virtual[:SCENARIO]`, `raw:PATH`, `rtmidi:NAME` or `tcp:HOST:PORT`; `data_dir` is
    where a virtual M1 is kept. Raises LinkError for any other form.
    """
    kind, _, rest = port.partition(":")
    # Each kind is imported when a port of it is opened: what it needs may not be installed.
    if kind == "virtual":
        from m1tui.link.virtual import VirtualLink

        return VirtualLink.for_scenario(rest or None, data_dir)
    if kind == "raw" and rest:
        return _raw_link(rest, roots or Roots())
    if kind == "rtmidi" and rest:
        from m1tui.link.rtmidi import RtmidiLink

        return RtmidiLink(rest)
    if kind == "tcp":
        host, _, number = rest.rpartition(":")
        is_port = re.fullmatch(r"[0-9]{1,5}", number) and int(number) < 65_536
        if is_port and _is_host(host):
            from m1tui.link.tcp import TcpLink

            return TcpLink(host.strip("[]"), int(number))
    raise LinkError(
        Advice(
            code="port-unknown",
            happened=f"Not a port: expected {FORMS}; found {port!r}.",
            safe=NOTHING_SENT,
            next_step="Choose one from the list of `m1tui ports`, or rehearse with virtual.",
        )
    )


def _is_host(name: str) -> bool:
    """Tell whether `name` could be a host's name or address: the resolver raises for the rest."""
    if not name or not name.isprintable() or " " in name:
        return False
    try:
        name.encode("idna")
    except UnicodeError:  # an empty label, or one that is too long
        return False
    return True


def _raw_link(path: str, roots: Roots) -> Link:
    if PLATFORM == "win32":
        raise LinkError(
            Advice(
                code="no-raw-midi-on-windows",
                happened=f"Windows has no raw MIDI devices; found raw:{path}.",
                safe=NOTHING_SENT,
                next_step="Choose an rtmidi port from the list of `m1tui ports`.",
            )
        )
    # Terminals and device controls exist on Unix alone.
    from m1tui.link.raw import RawLink

    titles = {device.path: device.title for device in raw_devices(roots)}
    return RawLink(Path(path), titles.get(Path(path), ""))


def missing_binding() -> Advice | None:
    """Return what is to be said where no binding reaches the system's MIDI ports; None with one."""
    from m1tui.link.rtmidi import load

    try:
        load()
    except LinkError as error:
        return error.advice
    return None


def nothing_to_open() -> Advice:
    """Return why there is no port: no interface, or no binding where only one reaches them.

    Linux has raw devices, which need none.
    """
    absent = None if PLATFORM == "linux" else missing_binding()
    return absent or NO_INTERFACE


def _rtmidi_pairs(roots: Roots, rtmidi: Module | None) -> list[Pair]:
    # Without the sequencer's device or JACK's server, their libraries would only print complaints.
    silent = PLATFORM == "linux" and not ((roots.dev / "seq").exists() or jack_serves())
    if silent and rtmidi is None:
        return []
    from m1tui.link.rtmidi import load, port_pairs

    try:
        return port_pairs(rtmidi or load())
    except LinkError:  # not installed, or no MIDI service: then it has no ports to list
        return []


def _is_card(name: str) -> bool:
    """Tell whether an ALSA port belongs to a card: the kernel's clients stand below 128."""
    match = re.search(r"\s(\d+):\d+$", name)
    return match is not None and int(match[1]) < 128


class AbsentLink(Link):
    """Stands in a run's place for a link where there is none: what a person does without MIDI.

    A read waits until it is closed, and a write raises LinkLost with the reason.
    """

    absent = True

    def __init__(self, reason: Advice) -> None:
        """`reason` is why there is none."""
        super().__init__("no interface", "no interface")
        self._reason = reason
        self._closed = asyncio.Event()

    async def _open(self) -> None:
        self._closed.clear()

    async def _close(self) -> None:
        self._closed.set()

    async def _read(self) -> bytes:
        await self._closed.wait()
        raise not_open(self.title)

    async def _write(self, data: bytes) -> None:  # noqa: ARG002
        raise LinkLost(self._reason)

    async def _drain(self) -> None:
        raise LinkLost(self._reason)
