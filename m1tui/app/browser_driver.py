"""The terminal of a session that a browser draws: it comes through pipes, in Textual's packets."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.app import App
from textual.drivers.web_driver import WebDriver

if TYPE_CHECKING:
    from m1tui.app.app import M1App


class ServedDriver(WebDriver):
    """Ends the app in order when its browser or its server is gone.

    Textual's own driver leaves at once, in the middle of a transfer, or stays for ever.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._write = partial(_write_all, self.fileno)

    def start_application_mode(self) -> None:
        super().start_application_mode()
        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM):
                self._loop.add_signal_handler(number, self._app_here.quit)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        if packet_type == "quit":
            self._leave()
        else:
            super().on_meta(packet_type, payload)

    def run_input_thread(self) -> None:
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._leave()

    @property
    def _app_here(self) -> M1App:
        return cast("M1App", self._app)

    def _leave(self) -> None:
        with suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(self._app_here.quit)


def _write_all(descriptor: int, data: bytes) -> int:
    """Write all of `data`, or drop it when nobody reads any more."""
    view = memoryview(data)
    with suppress(OSError):
        while view:
            view = view[os.write(descriptor, view) :]
    return len(data)
