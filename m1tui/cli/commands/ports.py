"""`ports`: the ways to reach an M1 from this computer."""

from collections.abc import Iterator, Sequence

from m1tui.cli.exits import Exit
from m1tui.cli.output import Call
from m1tui.link.ports import PortInfo, list_ports
from m1tui.sysex import printable


def run(call: Call) -> int:
    """Prints every MIDI interface; none is no failure."""
    found = list_ports()
    facts = [
        {
            "port": port.port,
            "name": printable(port.name),
            "usb_id": port.usb_id,
            "warning": port.warning,
        }
        for port in found
    ]
    call.output.facts({"ports": facts}, _lines(found))
    return Exit.DONE


def _lines(found: Sequence[PortInfo]) -> Iterator[str]:
    for port in found:
        usb = f" (USB {port.usb_id})" if port.usb_id else ""
        yield f"{printable(port.port)}  {printable(port.name)}{usb}"
        if port.warning:
            yield f"  WARNING: {port.warning}"
    if not found:
        yield "No MIDI interface is plugged in."
    yield "virtual[:SCENARIO]  a virtual M1 in this program, for rehearsal"
