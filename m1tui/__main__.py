"""The program's entry: a command runs in the command line's part, no command opens the app."""

# Control-C may come at any moment, so nothing is imported here outside the `try` of `main`.
import gc
import sys


def main(argv: "list[str] | None" = None) -> int:
    """Run a command line, sys.argv's by default, and return its exit code."""
    # All that is imported stays: to look for garbage in it would take a tenth of the start. The
    # command looks again once it runs, the app once home is drawn.
    gc.disable()
    try:
        code = _run(argv)
    except KeyboardInterrupt:
        sys.stderr.write("Cancelled.\n")
        code = 2
    finally:
        gc.enable()
    # Python ends by SIGINT after an interrupt that came out of exec(), which dataclasses use,
    # though it was dealt with; the next exec() makes it forget that one.
    exec("")  # noqa: S102 - nothing is run
    return code


def _run(argv: "list[str] | None") -> int:
    from m1tui.cli.parser import parse

    try:
        parsed = parse(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    if parsed.command is not None:
        from m1tui.cli.launch import main as command
        from m1tui.cli.launch import run

        # With a command line that is not the process's own, the process goes on afterwards.
        return run(parsed) if argv is None else command(argv)
    # Textual takes longer to import than most commands take to run.
    from m1tui.app.launch import open_app

    return open_app(parsed.options)


if __name__ == "__main__":
    sys.exit(main())
