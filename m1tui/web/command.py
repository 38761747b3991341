"""The app as a command for another process: its words and its surroundings."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from m1tui.options import Options

WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""What Textual's variable TEXTUAL_DRIVER says to an app whose terminal is a browser."""

TOKEN = "M1TUI_TOKEN"  # noqa: S105 - the name of one
"""The variable that brings the token, which no app needs to know."""
FOLDER = "M1TUI_FOLDER"
"""The variable that keeps the person at an app to a folder; the server alone sets it."""


def app_command(options: Options) -> tuple[str, ...]:
    """Return the words that open the app with these options, for a call without any shell."""
    words = [sys.executable, "-m", "m1tui", f"--port={options.port}"]
    if options.channel is not None:
        words.append(f"--channel={options.channel + 1}")
    if options.data_dir is not None:
        words.append(f"--data-dir={options.data_dir}")
    if options.transcript is not None:
        words.append(f"--transcript={options.transcript}")
    return tuple(words)


def app_environment(
    environ: Mapping[str, str], columns: int, rows: int, folder: Path | None = None
) -> dict[str, str]:
    """Return `environ` changed for an app that draws on a browser's page of this size.

    Its person is kept to `folder`, an absolute path; None leaves them every folder.
    """
    inherited = {name: value for name, value in environ.items() if name not in (TOKEN, FOLDER)}
    limit = {} if folder is None else {FOLDER: str(folder)}
    return {
        **inherited,
        **limit,
        "TEXTUAL_DRIVER": WEB_DRIVER,
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        # The terminal that the server was started in says nothing of the browser's.
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "COLUMNS": str(columns),
        "ROWS": str(rows),
    }
