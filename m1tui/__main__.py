"""The program's entry: a command runs in the command line's part, no command opens the app."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line, sys.argv's by default, and return its exit code."""
    from m1tui.cli.launch import run
    from m1tui.cli.parser import parse

    try:
        parsed = parse(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    if parsed.command is not None:
        return run(parsed)
    # Textual takes longer to import than most commands take to run.
    from m1tui.app.launch import open_app

    return open_app(parsed.options)


if __name__ == "__main__":
    sys.exit(main())
