"""The options that every way into m1tui has in common: the app's and each command's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    # At run time it would slow the start of every command.
    from pathlib import Path


VIRTUAL = "virtual"
"""The `--port` form of a virtual M1 in this process; `virtual:SCENARIO` begins with that one."""


def is_virtual(port: str) -> bool:
    """Whether a port is a virtual M1 in this process."""
    return port.partition(":")[0] == VIRTUAL


class Options(NamedTuple):
    """What a person chose on the command line, before any command's own arguments."""

    port: str = "auto"
    """A `--port` form: `auto`, `virtual[:SCENARIO]`, `raw:PATH`, `rtmidi:NAME`, `tcp:HOST:PORT`."""

    channel: int | None = None
    """The global MIDI channel, 0–15 (a person writes 1–16); None asks the instrument."""

    data_dir: Path | None = None
    """The folder of backups, journals and settings; None is the platform's usual place,
    which `m1tui.store.default_data_dir()` knows."""

    transcript: Path | None = None
    """The file that every byte each way goes to, with times; None keeps it in memory alone."""

    json: bool = False
    """Facts as one JSON object on stdout, messages for people on stderr."""
