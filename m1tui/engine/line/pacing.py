"""How fast a long message is sent: block by block, with a pause after each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

_PROGRESS_BLOCK = 256
"""Bytes between two looks at the clock and at the cancel button, also at full speed."""
_FORM = re.compile(r"(\d{1,5}):(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Pacing:
    """Blocks of `block` bytes, and `pause` seconds of silence on the wire after each."""

    block: int
    pause: float

    FULL: ClassVar[Pacing]
    """As fast as the wire carries it."""

    @classmethod
    def parse(cls, text: str) -> Pacing | None:
        """Read "auto" (None), "full" or "BYTES:MILLISECONDS"; ValueError for anything else.

        A block has 1 to 65,535 bytes, a pause 0 to 5,000 ms.
        """
        if text == "auto":
            return None
        if text == "full":
            return cls.FULL
        form = _FORM.fullmatch(text)
        block, pause = (int(form[1]), int(form[2])) if form else (0, 0)
        if not (1 <= block <= 65_535 and pause <= 5_000):
            raise ValueError(
                f'expected "auto", "full" or "BYTES:MS", for example "256:60": {text!r}'
            )
        return cls(block, pause / 1000)

    @property
    def label(self) -> str:
        """The pacing as the command line writes it: "full" or "256:60"."""
        return f"{self.block}:{round(self.pause * 1000)}" if self.pause else "full"

    def slower(self) -> Pacing | None:
        """Return the next step of the guide's ladder that is slower than this; None at its end."""
        return next((step for step in LADDER if step._delay > self._delay), None)

    @property
    def _delay(self) -> float:
        return self.pause / self.block

    def seconds(self, count: int, bytes_per_second: float) -> float:
        """Return how long `count` bytes take at this pacing."""
        pauses = max(0, -(-count // self.block) - 1)
        return count / bytes_per_second + pauses * self.pause


Pacing.FULL = Pacing(_PROGRESS_BLOCK, 0.0)

LADDER = (
    Pacing.FULL,
    Pacing(256, 0.060),
    Pacing(256, 0.100),
    Pacing(256, 0.250),
    Pacing(64, 0.500),
)
"""What is tried in turn when a transfer fails; the pauses are the owner guide's advice."""
