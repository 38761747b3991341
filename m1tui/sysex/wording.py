"""Rows of a memory in words: what the command line prints and the screens draw, said once.

Every word is harmless on a screen.
"""

from __future__ import annotations

from m1tui.sysex.listing import CombinationRow, KitRow, Mark, TimbreRow, TrackRow


def counted(count: int, word: str) -> str:
    """Return "1 note" or "2 notes"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def numbered(kind: str, number: int | None, name: str = "") -> str:
    """Return an object as a person calls it: 'program 17 "Organ 2"'."""
    digits = "" if number is None else f" {number:02d}"
    return (f'{kind}{digits} "{name}"' if name else f"{kind}{digits}").lstrip()


def plays(row: TimbreRow | TrackRow) -> str:
    """Return what a timbre or a track plays: "I00 Oak Grand", or "I73 MISSING"."""
    return f"{row.slot} MISSING" if row.missing else f"{row.slot} {row.program}".rstrip()


def lacking(row: CombinationRow) -> tuple[str, ...]:
    """Return the slots that a combination asks for and the memory does not have."""
    return tuple(timbre.slot for timbre in row.timbres if timbre.missing)


def drums(row: KitRow) -> tuple[str, ...]:
    """Return a drum kit's sounds with their keys: "C2 Kick1"."""
    return tuple(f"{key} {sound}" for _, key, sound in row.instruments)


def track_words(row: TrackRow) -> tuple[str, ...]:
    """Return what a track plays with and holds: its program, notes, changes, patterns."""
    steps = row.steps
    words = [plays(row), counted(steps.notes, "note"), counted(steps.changes, "change")]
    if steps.patterns:
        words.append("patterns " + " ".join(f"{number:02d}" for number in steps.patterns))
    if steps.unknown:
        words.append(f"{counted(steps.unknown, 'step')} of unknown kind")
    return tuple(words)


def length(seconds: float) -> str:
    """Return a playing time as minutes and seconds, "" where it is not known."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}" if seconds else ""


def mark_text(mark: Mark) -> str:
    """Return a value out of range, with what was expected and what was found."""
    value = mark.value
    return (
        f"{numbered(mark.kind, mark.number, mark.name)}: {value.label}: "
        f"expected {value.allowed}, found {value.shown}"
    )
