"""How a command ends: its exit code (cli.md, "Exit codes"), and why it cannot go on."""

import os
from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.files import shown
from m1tui.options import Options

if TYPE_CHECKING:
    # At run time it would slow the start of every command.
    from pathlib import Path


class Exit(IntEnum):
    """What a command's end says to a script."""

    DONE = 0
    """Done and verified."""
    FAILED = 1
    """Failed; the instrument is unchanged."""
    USAGE = 2
    """Usage error, or cancelled by the person."""
    NO_ANSWER = 3
    """No instrument, or no answer."""
    DIFFERENT = 4
    """Verified to differ."""
    UNKNOWN = 5
    """The instrument's state is unknown."""
    REFUSED = 6
    """Refused by a safety check."""


class Stop(Trouble):
    """A trouble that knows its exit code, and what else a script is to find in the JSON."""

    def __init__(self, code: Exit, advice: Advice, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(advice)
        self.code = code
        self.facts = facts or {}


def usage(happened: str, next_step: str, cause: str = "", *, code: str) -> Stop:
    """The stop for something that the person asked for and that cannot be done."""
    return Stop(Exit.USAGE, Advice(code, happened, NOTHING_SENT, cause, next_step))


def misused(trouble: Trouble) -> Stop:
    """The stop for a file or an id that the person named and that is not what was expected."""
    return usage(trouble.advice.happened, trouble.advice.next_step, code=trouble.advice.code)


def fault(error: BaseException, options: Options, *, writing: bool = False) -> Stop:
    """The stop for an error that m1tui did not expect; its details go to a log file.

    `writing` says that it came while an instrument's memory was being written.
    """
    place = _record(error, options)
    return Stop(
        Exit.UNKNOWN if writing else Exit.FAILED,
        Advice(
            code="internal-error-while-writing" if writing else "internal-error",
            happened=f"m1tui had an internal error: {type(error).__name__}.",
            safe="The instrument's memory may have been written to: its state is unknown."
            if writing
            else "The instrument's memory was not written.",
            cause=_details(place),
            next_step=f"Compare the instrument with the file: m1tui verify FILE. {_send(place)}"
            if writing
            else _send(place),
        ),
    )


def behind_the_outcome(error: BaseException, options: Options) -> Advice:
    """The advice for an error that m1tui did not expect, once the outcome was told."""
    place = _record(error, options)
    return Advice(
        code="internal-error",
        happened=f"After that, m1tui had an internal error: {type(error).__name__}.",
        safe="The report above is still correct.",
        cause=_details(place),
        next_step=_send(place),
    )


def _details(place: "Path | None") -> str:
    if place is None:
        return "The details could not be written to any folder."
    return f'The details are in "{shown(place)}".'


def _send(place: "Path | None") -> str:
    """What to do with the details."""
    if place is None:
        return "Report this where you got m1tui, and say what you did just before."
    from m1tui.store.errorlog import SEND

    return SEND


def unusable(error: Exception) -> Stop | None:
    """The stop for a file or folder of m1tui's own that the system does not let it use.

    None for any other error.
    """
    if not isinstance(error, OSError) or not isinstance(error.filename, str | bytes):
        return None
    why = error.strerror or type(error).__name__
    return Stop(
        Exit.FAILED,
        Advice(
            # repr, for a name may hold anything.
            code="own-file-unusable",
            happened=f"{os.fsdecode(error.filename)!r} cannot be used: {why}.",
            safe="The instrument's memory was not written.",
            next_step="Check its permissions, or name another folder with --data-dir.",
        ),
    )


def _record(error: BaseException, options: Options) -> "Path | None":
    """Appends an error's traceback to the log and returns its path, None if no place takes it."""
    # Imported only now: these would slow the start of every command that goes well.
    import traceback
    from datetime import datetime

    from m1tui.store.errorlog import open_error_log
    from m1tui.store.paths import log_dir

    stamp = datetime.now().astimezone().isoformat(timespec="seconds")
    text = f"{stamp}\n{''.join(traceback.format_exception(error))}\n"
    try:
        log = open_error_log(log_dir(options.data_dir), "m1tui-errors.log")
    except OSError:
        return None
    try:
        log.write(text)
    except OSError:
        return None
    finally:
        log.close()
    return log.path


def data_dir_of(options: Options) -> "Path":
    """The data folder's path: the chosen one or the platform's."""
    from m1tui.store.paths import default_data_dir

    return options.data_dir if options.data_dir is not None else default_data_dir()
