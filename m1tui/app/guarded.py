"""An app whose own faults go into the log file: a person never sees a traceback."""

from __future__ import annotations

import logging

from rich.console import RenderableType
from textual.app import App

LOG = logging.getLogger("m1tui")


class GuardedApp(App[int]):
    """Closes after an unhandled exception, as every Textual app, but draws nothing of it."""

    def _handle_exception(self, error: Exception) -> None:
        if self._exit:
            # A screen that is taken down while it is being built harms nobody any more.
            LOG.warning("exception while leaving", exc_info=error)
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # The only place where Textual would render the traceback for the person's screen.
        LOG.error("unhandled exception", exc_info=self._exception)
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Close the app; what Textual would have printed goes into the log."""
        for renderable in renderables:
            LOG.error("%s", "".join(part.text for part in self.console.render(renderable)))
        self._return_code = self._return_code or 1
        self._close_messages_no_wait()
