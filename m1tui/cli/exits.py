"""The exit codes of the command line (cli.md, "Exit codes")."""

from enum import IntEnum


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
