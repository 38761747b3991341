"""Opens the app on a fit terminal, survives the terminal's loss, and never shows a traceback."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from m1tui.advice import Advice, Trouble
from m1tui.app.terminal import (
    borrowed_terminal,
    both_ends_are_terminals,
    erases_in_colour,
    is_served,
    logged_stderr,
    refusal,
)
from m1tui.files import shown
from m1tui.options import Options

if TYPE_CHECKING:
    from textual.driver import Driver

    from m1tui.app.app import M1App
    from m1tui.app.workbench import Workbench
    from m1tui.store.errorlog import ErrorLog

LOG_NAME = "m1tui.log"
"""The file that takes what must not reach the screen; in the state folder if that takes it."""

USAGE = 2
FAILED = 1
TERMINAL_SECONDS = 1.0
"""How often the app looks if its terminal is still there."""


def open_app(options: Options) -> int:
    """Run the app until a person leaves it; return the exit code of the process."""
    served = is_served(os.environ)
    refused = "" if served else refusal(os.environ, is_tty=both_ends_are_terminals())
    if refused:
        print(refused, file=sys.stderr)
        return USAGE
    # From here on imports cost time; a refusal must not.
    from m1tui.store import default_data_dir
    from m1tui.store.paths import log_dir

    data_dir = options.data_dir or default_data_dir()
    try:
        log = _log_file(data_dir, log_dir(options.data_dir))
    except Trouble as trouble:
        print(trouble.advice, file=sys.stderr)
        return FAILED
    try:
        with logged_stderr(log.descriptor) if served else borrowed_terminal(log.descriptor):
            code = _run(options, data_dir, served=served)
    except Exception:
        logging.getLogger("m1tui").exception("the app could not run")
        code = FAILED
    if code != 0:
        print(_apology(log.path), file=sys.stderr)
    log.close()
    return code


def _log_file(data_dir: Path, folder: Path) -> ErrorLog:
    from m1tui.store.errorlog import open_error_log

    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        log = open_error_log(folder, LOG_NAME)
    except OSError as error:
        raise Trouble(
            Advice(
                code="log-not-writable",
                happened=f"{str(folder / LOG_NAME)!r} cannot be written: "
                f"{error.strerror or error}.",
                safe="Nothing was sent; the instrument is unchanged.",
                next_step="Name another folder with --data-dir.",
            )
        ) from error
    logging.basicConfig(
        filename=log.path, format="%(asctime)s %(levelname)s %(message)s", force=True
    )
    return log


def _apology(log: Path) -> str:
    from m1tui.store.errorlog import SEND

    return (
        "m1tui had an internal error and had to close. What was ticked is saved: start it again, "
        f'and it offers to continue.\nThe details are in "{shown(log)}". {SEND}'
    )


def _run(options: Options, data_dir: Path, *, served: bool) -> int:
    import asyncio

    if not os.environ.get("NO_COLOR", " "):
        # Textual asks only whether it is there; set to nothing, it means nothing.
        del os.environ["NO_COLOR"]
    if os.environ.get("TERM") == "linux":
        # The console takes the request for the keyboard protocol for other commands.
        os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
    from m1tui.app.app import M1App
    from m1tui.app.preferences import Preferences
    from m1tui.app.theme import Scheme, look_for

    def make_bench() -> Workbench:
        from m1tui.app.allowed_folders import allowed_folders_of
        from m1tui.app.workbench import Workbench
        from m1tui.store import Store

        store = Store(data_dir)
        return Workbench(options, store, allowed=allowed_folders_of(os.environ, store))

    console = os.environ.get("TERM") == "linux"
    driver: type[Driver] | None = None
    if served:
        from m1tui.app.browser_driver import ServedDriver

        driver = ServedDriver
    elif sys.platform != "win32":
        # Terminals of this kind exist on Unix alone.
        from m1tui.app.unix_driver import UnixDriver

        driver = UnixDriver
    app = M1App(
        make_bench,
        look=look_for(os.environ),
        scheme=Scheme.of(Preferences(data_dir).scheme),
        console=console,
        # A browser's terminal does, and says nothing of itself.
        erases=served or erases_in_colour(os.environ),
        driver_class=driver,
    )
    return asyncio.run(_live(app, mouse=not console))


async def _live(app: M1App, *, mouse: bool) -> int:
    import asyncio
    import select
    import signal

    from m1tui.app.terminal import let_go

    def hang_up() -> None:
        let_go()
        app.quit()

    loop = asyncio.get_running_loop()

    def look_at_terminal() -> None:
        # Only the terminal that controls a program sends it SIGHUP when it is gone.
        if any(events & select.POLLHUP for _, events in poll.poll(0)):
            hang_up()
        else:
            loop.call_later(TERMINAL_SECONDS, look_at_terminal)

    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGHUP, hang_up)
        loop.add_signal_handler(signal.SIGTERM, app.quit)
        if os.isatty(0) and hasattr(select, "poll"):  # which is not everywhere
            poll = select.poll()
            poll.register(0, 0)
            look_at_terminal()
    await app.run_async(mouse=mouse)
    return app.return_code or 0
