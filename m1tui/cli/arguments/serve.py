"""Where the app is served, and by which token."""

from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import http_port

HOST = "127.0.0.1"
HTTP_PORT = 8765
MADE = ""
"""What `--token` alone says: make one."""


def add(parser: CommandParser) -> None:
    """Add the arguments of `serve`."""
    parser.add_argument(
        "--host",
        default=HOST,
        metavar="HOST",
        help=f"the address to listen at (default: {HOST}, this computer alone; 0.0.0.0: all). "
        "Any other computer needs a token, and what it shows and types goes unencrypted",
    )
    parser.add_argument(
        "--http-port",
        type=http_port,
        default=HTTP_PORT,
        metavar="N",
        help=f"the port to listen at (default: {HTTP_PORT}; 0: any free one)",
    )
    parser.add_argument(
        "--token",
        nargs="?",
        const=MADE,
        metavar="TOKEN",
        help="let in only who knows TOKEN, at least 16 characters; without TOKEN one is made, as "
        "it is by itself for other computers",
    )
