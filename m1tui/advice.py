"""What a person is told when something went wrong, and the exception that carries it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

NOTHING_SENT = "Nothing was sent; the instrument is unchanged."
"""What is safe where nothing went out."""


class Advice(NamedTuple):
    """A message for a person: what kind it is, and its four parts, each a sentence or two."""

    code: str
    """What kind of message this is, for scripts and for searching; it stays, whatever the words.

    Lower case words joined by hyphens: "memory-protected". The same situation has the same code
    everywhere, and different situations have different ones.
    """
    happened: str
    """What happened, with the expected and the found values."""
    safe: str
    """What is safe now, for example NOTHING_SENT."""
    cause: str = ""
    """The likely cause, empty where it is unknown or already said."""
    next_step: str = ""
    """What to do now, empty where nothing is to be done."""

    def lines(self) -> tuple[str, ...]:
        """Return the parts that are not empty, in their order."""
        parts = (self.happened, self.safe, self.cause, self.next_step)
        return tuple(part for part in parts if part)

    def __str__(self) -> str:
        return "\n".join(self.lines())


def listed(names: Sequence[str]) -> str:
    """Return names as a person lists them: "right, left and up"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


class Trouble(Exception):
    """The base of every error that is meant for a person; carries its advice."""

    def __init__(self, advice: Advice) -> None:
        super().__init__(advice)
        self.advice = advice

    def __str__(self) -> str:
        return str(self.advice)
