"""Questions to the instrument, each with a verdict and its evidence; a new one is one function.

The modules hold the checks by theme; importing them registers theirs.
"""

from m1tui.engine.checks import (
    card,
    connection,
    controls,
    keybed,
    memory,
    panelkeys,
    pcm_card,
    sequencer,
    settings,
    songs,
    sound,
    tune,
)
from m1tui.engine.checks.registry import (
    CHECKS,
    COMPARES_WITH,
    ENDS,
    EXPLAINED_BY,
    PROVES,
    VALUES_NEEDED,
    WRITES,
    Against,
    Check,
    CheckContext,
    Writes,
    asked_at_any_time,
    barred,
    either_way,
    listening,
    playing,
    run_check,
)

THEMES = (
    card,
    connection,
    controls,
    keybed,
    memory,
    panelkeys,
    pcm_card,
    sequencer,
    settings,
    songs,
    sound,
    tune,
)
"""The modules whose checks are registered."""
LISTENING = listening()
"""The checks that must be asked before the person acts, since they hear what the hands do."""
ASKED_AT_ANY_TIME = asked_at_any_time()
"""The checks that can be asked again whenever the M1 answers."""

PLAYING = playing()
"""The checks that let the M1 be heard."""

EITHER = either_way()
"""The checks whose answer may be either where a step only observes."""

KEYBED = "keybed"
"""The check that listens to all keys."""
NOTHING_DONE = (
    "joystick-not-moved",
    "keybed-not-heard",
    "no-panel-key-heard",
    "nothing-heard",
    "nothing-moved",
    "value-changes-settings",
)
"""The codes of what is said where a check that listens heard nothing that hands do, or did not
listen."""

__all__ = [
    "ASKED_AT_ANY_TIME",
    "CHECKS",
    "COMPARES_WITH",
    "EITHER",
    "ENDS",
    "EXPLAINED_BY",
    "KEYBED",
    "LISTENING",
    "NOTHING_DONE",
    "PLAYING",
    "PROVES",
    "THEMES",
    "VALUES_NEEDED",
    "WRITES",
    "Against",
    "Check",
    "CheckContext",
    "Writes",
    "barred",
    "run_check",
]
