"""How long the monitor listens."""

from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import count


def add(parser: CommandParser) -> None:
    """Add the arguments of `monitor`."""
    parser.add_argument(
        "--seconds",
        type=count,
        metavar="N",
        help="end after N seconds; without it, with Control-C",
    )
    parser.epilog = (
        "Active sensing and timing clock are counted, not listed. With --json each message is one "
        'JSON object on a line of its own: {"time", "seconds", "kind", "text", "bytes", "hex", '
        '"count"}; "kind" is exclusive, channel, common, realtime, garbage, or, last of all, '
        'counts. "hex" holds the first 32 bytes; --transcript FILE keeps every byte. Ends with 0 '
        "after Control-C, after --seconds, and when stdout is closed."
    )
