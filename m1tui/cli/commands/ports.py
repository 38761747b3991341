"""`ports`: the ways to reach an M1 from this computer."""

from collections.abc import Iterator, Sequence

from m1tui.cli.exits import Exit
from m1tui.cli.output import Call, described
from m1tui.link.ports import PortInfo, list_ports, nothing_to_open
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
    absent = None if found else described(nothing_to_open())
    call.output.facts({"ports": facts, "problem": absent}, _lines(found))
    return Exit.DONE


def _lines(found: Sequence[PortInfo]) -> Iterator[str]:
    for port in found:
        usb = f" (USB {port.usb_id})" if port.usb_id else ""
        yield f"{printable(port.port)}  {printable(port.name)}{usb}"
        if port.warning:
            yield f"  WARNING: {port.warning}"
    if not found:
        absent = nothing_to_open()
        yield absent.happened
        yield absent.next_step
    yield "virtual[:SCENARIO]  a virtual M1 in this program, for rehearsal"
