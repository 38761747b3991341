"""Where the app is served, and by which token."""

from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import folder, http_port, path

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
        "What a browser on another computer shows and types goes unencrypted",
    )
    parser.add_argument(
        "--http-port",
        type=http_port,
        default=HTTP_PORT,
        metavar="N",
        help=f"the port to listen at (default: {HTTP_PORT}; 0: any free one)",
    )
    parser.add_argument(
        "--folder",
        type=folder,
        metavar="DIR",
        help="keep whoever is let in to DIR and what is in it: no other folder is shown, read, "
        "imported from or exported to, but m1tui's own backups and reports (default: every folder "
        "that you may read)",
    )
    tokens = parser.add_mutually_exclusive_group()
    tokens.add_argument(
        "--token-file",
        type=path,
        metavar="FILE",
        help="let in only who knows the token in FILE, at least 16 characters; FILE must be closed "
        "to other users. The variable M1TUI_TOKEN brings a token, too; without either one is made "
        "for each run",
    )
    tokens.add_argument(
        "--token",
        nargs="?",
        const=MADE,
        metavar="TOKEN",
        help="the same for TOKEN, which other users of this computer can read in the list of "
        "processes; without TOKEN one is made",
    )
