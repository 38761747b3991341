"""The same actions as the app's, for scripts: prints text or JSON, ends with an exit code."""

from m1tui.cli.launch import main, run

__all__ = ["main", "run"]
