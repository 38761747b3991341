"""`serve`: the app in browsers, until a signal ends it."""

import os
from pathlib import Path

from m1tui import clock
from m1tui.advice import NOTHING_SENT, Advice
from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.exits import Exit, Stop, usage
from m1tui.cli.output import Call
from m1tui.cli.session import store_of, until_signal
from m1tui.errors import CannotListen, TokenTrouble
from m1tui.extras import install_command
from m1tui.store import printable_path
from m1tui.store.atomic import probe
from m1tui.store.paths import log_dir
from m1tui.web.access import chosen_token, make_token, token_in
from m1tui.web.listener import Listener, listen
from m1tui.web.page import what_is_open
from m1tui.web.session import TOKEN

HOST = "127.0.0.1"
HTTP_PORT = 8765
MADE = ""
"""What `--token` alone says: make one."""


def add_arguments(parser: CommandParser) -> None:
    """Where the app is served, and by which token."""
    parser.add_argument(
        "--host",
        default=HOST,
        metavar="HOST",
        help=f"the address to listen on (default: {HOST}, this computer only; 0.0.0.0: all). What "
        "you see and type in a browser on another computer is not encrypted",
    )
    parser.add_argument(
        "--http-port",
        type=values.http_port,
        default=HTTP_PORT,
        metavar="N",
        help=f"the port to listen on (default: {HTTP_PORT}; 0: any free one)",
    )
    parser.add_argument(
        "--folder",
        type=values.folder,
        metavar="DIR",
        help="limit browser users to DIR and its contents. Except for m1tui's own backups and "
        "reports, no other folder is shown, read, imported from or exported to (default: every "
        "folder that you may read)",
    )
    tokens = parser.add_mutually_exclusive_group()
    tokens.add_argument(
        "--token-file",
        type=values.path,
        metavar="FILE",
        help="admit only users who know the token in FILE, at least 16 characters; other users "
        "must not be able to read FILE. The token can also come from the variable M1TUI_TOKEN; "
        "without either, a new one is made for each run",
    )
    tokens.add_argument(
        "--token",
        nargs="?",
        const=MADE,
        metavar="TOKEN",
        help="admit only users who know TOKEN, which other users of this computer can read in the "
        "process list; without TOKEN, one is made",
    )


def run(call: Call) -> int:
    """Serves the app; 0 when a signal ends it, 1 if its port is in use or aiohttp is missing."""
    try:
        token = _token(call)
    except TokenTrouble as trouble:
        raise Stop(Exit.USAGE, trouble.advice) from trouble
    folder = _folder(call.arguments.folder)
    _expect_server()
    # Better now than in every browser.
    probe(store_of(call.options).data_dir)
    try:
        listener = listen(call.arguments.host, call.arguments.http_port)
    except CannotListen as trouble:
        raise Stop(Exit.FAILED if trouble.in_use else Exit.USAGE, trouble.advice) from trouble
    with listener.open_socket:
        return clock.run(_serve(call, listener, token, folder), jumping=False)


def _token(call: Call) -> str:
    """Returns the token that the person chose, else a new one. Raises TokenTrouble."""
    file, typed = call.arguments.token_file, call.arguments.token
    if file is not None:
        return token_in(file)
    if typed:
        token = chosen_token(typed, "--token")
        call.output.say(
            "Other users of this computer can read --token TOKEN in the process list: use "
            f"--token-file FILE or {TOKEN}."
        )
        return token
    set_before = os.environ.get(TOKEN, "")
    if set_before and typed != MADE:
        return chosen_token(set_before, TOKEN)
    return make_token()


def _folder(chosen: Path | None) -> Path | None:
    """Returns the folder to keep to, as it is found with all links followed. Raises Stop."""
    if chosen is None:
        return None
    try:
        place = chosen.resolve(strict=True)
        next(place.iterdir(), None)
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise usage(
            f'--folder: "{printable_path(chosen)}" cannot be opened: {why}.',
            "Name an existing folder that you may read.",
            code="folder-unusable",
        ) from error
    return place


def _expect_server() -> None:
    """Raises Stop where what the extra `web` brings is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("aiohttp", "textual_serve") if find_spec(name) is None]
    if missing:
        raise Stop(
            Exit.FAILED,
            Advice(
                code="extra-missing",
                happened=f"m1tui cannot serve: {' and '.join(missing)} cannot be imported.",
                safe=NOTHING_SENT,
                cause="m1tui was installed without its `web` extra.",
                next_step=f"Install it: {install_command('web')}",
            ),
        )


async def _serve(call: Call, listener: Listener, token: str, folder: Path | None) -> int:
    # Imported only now: it takes longer than whatever was refused above.
    from m1tui.web.server import faults_logged, serve

    def ready(url: str) -> None:
        call.output.announce(f"ready {url}")
        call.output.say(what_is_open(folder))

    ending = "Ending. Sessions finish their current message first."
    with faults_logged(log_dir(call.options.data_dir)):
        serving = serve(listener, call.options, token=token, folder=folder, ready=ready)
        return await until_signal(call.output, serving, ending)
