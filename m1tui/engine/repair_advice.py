"""What a repair, object by object, tells a person of how far it came."""

from __future__ import annotations

from collections.abc import Sequence

from m1tui.engine.edit_buffers import Kind

_NAMED = 4


def slot(kind: Kind, number: int) -> str:
    """Return a slot as a person calls it: "program 17"."""
    return f"{kind.word} {number:02d}"


def story(written: Sequence[str], trying: str, waiting: Sequence[str]) -> str:
    """Return how far the writing came, as sentences: what was confirmed, was perhaps, was not."""
    total = len(written) + bool(trying) + len(waiting)
    parts = [f"{len(written)} of {total} objects were written one by one"]
    if written and (trying or waiting):
        parts[0] += f" ({_listed(written)})"
    if trying:
        parts.append(f"{trying} may have been written")
    if waiting:
        parts.append(f"{_listed(waiting)} {'was' if len(waiting) == 1 else 'were'} not sent")
    return f"{'; '.join(parts)}."


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown


def selection_lost(kind: Kind, number: int) -> str:
    """Return the note that the panel shows another number than before."""
    return (
        f"Which {kind.word} was selected cannot be asked: the edit buffer is as it was, and the "
        f"M1 shows {slot(kind, number)}."
    )


def buffer_lost(kind: Kind) -> str:
    """Return the note that an edit buffer could not be put back."""
    return (
        f"The edit buffer of {kind.part.value} may not be as it was: the M1 did not confirm that "
        "it took back what was in it."
    )


def lost_behind(proved: str) -> str:
    """Return the note that the link was lost when memory was proved already."""
    return (
        f"{proved} The link was lost after memory was read back, while mode and edit buffer were "
        "put back."
    )
