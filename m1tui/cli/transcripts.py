"""The transcript of a virtual M1 that a command itself works: every byte each way, with times."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from m1tui.advice import Trouble
from m1tui.cli.call import Call
from m1tui.cli.exits import Exit
from m1tui.cli.failure import Stop
from m1tui.link.transcript import Direction, Transcript

Traffic = Callable[[bool, bytes], None]
"""Is told what reaches the M1 (True) and what leaves it (False)."""


@contextmanager
def kept_transcript(call: Call) -> Iterator[Traffic | None]:
    """Within, what is told goes to the file that --transcript names; None where it names none.

    Raises Stop (usage) when the file cannot be made.
    """
    path = call.options.transcript
    if path is None:
        yield None
        return
    transcript = Transcript()
    try:
        transcript.stream_to(path)
    except Trouble as trouble:
        raise Stop(Exit.USAGE, trouble.advice) from trouble
    begun = time.monotonic()

    def record(to_m1: bool, data: bytes) -> None:
        direction = Direction.OUT if to_m1 else Direction.IN
        transcript.record(time.monotonic() - begun, direction, data)

    try:
        yield record
    finally:
        transcript.close()
        if transcript.problem is not None:
            call.output.advise(transcript.problem)
