"""No arguments: what is to be known before the test."""

from m1tui.cli.commandparser import CommandParser


def add(parser: CommandParser) -> None:
    """Tell what the test does and how it ends."""
    parser.epilog = (
        "Join OUT and IN of the interface by one MIDI cable, the M1 unplugged. 50,000 bytes of "
        "System Exclusive go out and in, in 16 seconds, and longer where bytes are lost, since "
        "pauses are tried then; no instrument acts on them. What works is remembered for the "
        "port. Ends with 0 if everything came back equal at full speed, 4 if not (also where it "
        "does with pauses), 3 if there is no loop, 1 if the interface went away, 2 if cancelled "
        "or without an interface to test."
    )
