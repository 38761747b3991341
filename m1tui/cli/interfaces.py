"""Commands that use a MIDI interface itself, and so ask no instrument which interface is meant."""

from m1tui.cli.call import Call
from m1tui.cli.exits import Exit
from m1tui.cli.failure import Stop, usage
from m1tui.cli.session import NO_INTERFACE, Session
from m1tui.link import Link
from m1tui.link.ports import list_ports
from m1tui.sysex import printable


def with_port(call: Call) -> Call:
    """The call with the port of the only interface where --port is `auto`.

    Raises Stop: NO_ANSWER where there is none, USAGE where there are several.
    """
    if call.options.port != "auto":
        return call
    ports = [info.port for info in list_ports()]
    if not ports:
        raise Stop(Exit.NO_ANSWER, NO_INTERFACE)
    if len(ports) > 1:
        listed = printable(", ".join(ports))
        raise usage(
            f"There are {len(ports)} interfaces: {listed}.",
            "Name one with --port PORT.",
            code="several-interfaces",
        )
    return call._replace(options=call.options._replace(port=ports[0]))


async def bare_link(session: Session) -> Link:
    """The session's open link, which from now on nobody else reads."""
    await session.instrument.conversation.end()
    return session.instrument.link
