"""One figure: what is measured against what, and the aim."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

REPEATS = 15


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured ratio; `aim` tells what it should be, `met` whether it is."""

    name: str
    ratio: float
    aim: str
    met: bool
    detail: str


def seconds(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median duration of `action` in seconds, after one run that does not count."""
    action()
    durations = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        durations.append(time.perf_counter() - start)
    return statistics.median(durations)


def milliseconds(duration: float) -> str:
    """Return a duration as text."""
    return f"{duration * 1000:.2f} ms"


def times_faster(
    name: str, ours: Callable[[], object], theirs: Callable[[], object], aim: float
) -> Figure:
    """Measure how many times faster `ours` is than `theirs`."""
    own, other = seconds(ours), seconds(theirs)
    ratio = other / own
    detail = f"{milliseconds(own)} against {milliseconds(other)}"
    return Figure(name, ratio, f"at least {aim:g} times faster", ratio >= aim, detail)


@contextmanager
def bytecode_kept() -> Iterator[None]:
    """Let the processes that are started find their bytecode, as those of an installation do.

    A shell may forbid Python to write any, and then every start would compile the program anew.
    """
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
