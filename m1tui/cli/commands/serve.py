"""`serve`: the app in browsers, until a signal ends it."""

import asyncio

from m1tui import clock
from m1tui.advice import Advice
from m1tui.cli.arguments.serve import MADE
from m1tui.cli.call import Call
from m1tui.cli.exits import Exit
from m1tui.cli.failure import NOTHING_SENT, Stop, usage
from m1tui.cli.session import on_signals, store_of
from m1tui.store.atomic import probe
from m1tui.web.place import NoPlace, Place, listen
from m1tui.web.token import make_token, weakness


def run(call: Call) -> int:
    """Serves the app; 0 when a signal ends it, 1 if its port is in use or aiohttp is missing."""
    token = call.arguments.token
    wrong = weakness(token) if token else ""
    if wrong:
        raise usage(
            f"--token is too easily guessed: {wrong}.",
            "Leave TOKEN out, and one is made.",
        )
    _expect_server()
    # Better now than in every browser.
    probe(store_of(call.options).data_dir)
    try:
        place = listen(call.arguments.host, call.arguments.http_port)
    except NoPlace as trouble:
        raise Stop(Exit.FAILED if trouble.in_use else Exit.USAGE, trouble.advice) from trouble
    with place.listener:
        if token == MADE or (token is None and not place.is_loopback):
            token = make_token()
        return clock.run(_serve(call, place, token or ""), jumping=False)


def _expect_server() -> None:
    """Raises Stop where what the extra `web` brings is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("aiohttp", "textual_serve") if find_spec(name) is None]
    if missing:
        raise Stop(
            Exit.FAILED,
            Advice(
                happened=f"m1tui cannot serve: {' and '.join(missing)} cannot be imported.",
                safe=NOTHING_SENT,
                cause="m1tui was installed without its extra `web`.",
                next_step="Install it: pip install 'm1tui[web]'",
            ),
        )


async def _serve(call: Call, place: Place, token: str) -> int:
    # Imported only now: it takes longer than whatever was refused above.
    from m1tui.web.server import serve

    def ready(url: str) -> None:
        call.output.announce(f"ready {url}")

    def end() -> None:
        call.output.say("Ending; sessions bring the message under way to an end first.")
        task.cancel()

    task = asyncio.get_running_loop().create_task(
        serve(place, call.options, token=token, ready=ready)
    )
    with on_signals(end):
        try:
            return await task
        except asyncio.CancelledError:
            call.output.settle()
            call.output.say("Ended.")
    return Exit.DONE
