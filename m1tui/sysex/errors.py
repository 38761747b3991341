"""What can be wrong with a message, with the offset, what was expected and what was found."""

from __future__ import annotations


class SysexError(ValueError):
    """Bytes that are not the M1 message they claim to be.

    `offset` counts from the start of the file or stream that the caller named; `expected` and
    `found` are short texts for a person, free of control characters.
    """

    def __init__(self, offset: int, problem: str, expected: str, found: str) -> None:
        super().__init__(offset, problem, expected, found)
        self.offset = offset
        self.problem = problem
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        """Return the whole finding as one sentence."""
        return (
            f"at byte {self.offset}: {self.problem}: expected {self.expected}, found {self.found}"
        )


class LengthError(SysexError):
    """The message has more or fewer bytes than its function code and header call for."""


class UnterminatedError(SysexError):
    """The message breaks off before its F7."""


class StatusByteError(SysexError):
    """A byte above 7F stands inside the message."""


class ForeignModelError(SysexError):
    """The message belongs to another instrument or another maker."""


class AllocationError(SysexError):
    """Memory allocation in header, length and neighbouring dumps do not agree."""


class RivalError(SysexError):
    """A file holds the same part of memory several times, and not the same."""


class UnknownMessageError(SysexError):
    """The function code, or the universal message, is none that the M1 knows."""
