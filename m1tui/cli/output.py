"""What a command prints: facts on stdout, messages for people and progress on stderr."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from m1tui.advice import Advice
from m1tui.options import Options
from m1tui.sysex import printable

if TYPE_CHECKING:
    from m1tui.engine.compare import Difference
    from m1tui.engine.progress import Progress

WIDTH = 79
"""Columns that the progress line may fill: one less than a terminal of 80 has."""
SHOWN = 20
"""Differences that are printed by name for a person; JSON names them all."""


class Output:
    """The two streams of a command. With `json`, stdout holds exactly one JSON object."""

    def __init__(self, json: bool, settle: Callable[[], None] | None = None) -> None:
        self.json = json
        self.settled = False
        """Whether the outcome is being told, which nothing may change any more."""
        self._told = False
        self._promised: Mapping[str, Any] = {}
        self.lost = False
        """Whether facts could not be written, though somebody may wait for them."""
        self._settle = settle
        self._line = ""
        self._shows_progress = (
            sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        )

    def facts(self, facts: Mapping[str, Any], lines: Iterable[str] = ()) -> None:
        """Prints what a command found: the JSON object, or the lines for people."""
        self.settle()
        self.end_progress()
        self._told = True
        if self.json:
            # Imported only now: most people read lines, and inspect starts as fast as it can.
            import json

            # ASCII alone: a file name may hold bytes that are no text in any encoding.
            problem = _write(sys.stdout, json.dumps(facts) + "\n")
        else:
            problem = _write(sys.stdout, "".join(f"{line}\n" for line in lines))
        if problem is not None:
            self._note_loss(problem)

    def promise(self, facts: Mapping[str, Any]) -> None:
        """Lets a script find these keys however the command ends, with what is known by then."""
        self._promised = facts

    def _note_loss(self, problem: OSError) -> None:
        """Tells that stdout takes nothing more, unless its reader has simply gone."""
        if not isinstance(problem, BrokenPipeError):
            self.lost = True
            reason = problem.strerror or str(problem)
            self.say(f"The result could not be written to standard output: {reason}.")

    def settle(self) -> None:
        """Makes the outcome that is told next the last word: signals come too late from here on."""
        self.settled = True
        if self._settle is not None:
            self._settle()

    def announce(self, line: str) -> None:
        """Prints a line on stdout that another program waits for, JSON or not."""
        _write(sys.stdout, f"{line}\n")

    def stream(self, line: str) -> bool:
        """Prints one line of a list without end on stdout; False when nobody takes it any more."""
        problem = _write(sys.stdout, f"{line}\n")
        if problem is not None:
            self._note_loss(problem)
        return problem is None

    def tell(self, *lines: str) -> None:
        """Prints lines of a longer talk with a person: on stdout, unless JSON needs that."""
        self.end_progress()
        _write(sys.stderr if self.json else sys.stdout, "".join(f"{line}\n" for line in lines))

    def ask(self, prompt: str) -> None:
        """Prints a prompt, behind which the answer is typed."""
        self.end_progress()
        _write(sys.stderr if self.json else sys.stdout, prompt)

    def say(self, *lines: str) -> None:
        """Prints messages for people."""
        self.end_progress()
        _write(sys.stderr, "".join(f"{line}\n" for line in lines))

    def advise(self, advice: Advice) -> None:
        """Prints an advice: what happened, what is safe, the likely cause, the next step."""
        self.say(*(_harmless(line) for line in advice.lines()))

    def trouble(self, advice: Advice, facts: Mapping[str, Any] | None = None) -> None:
        """Prints the advice that ends a command: on stderr, and with JSON among its facts too."""
        self.settle()
        self.advise(advice)
        # Standard output holds one object: what was told before stands.
        if self.json and not self._told:
            self.facts({**self._promised, **(facts or {}), "error": described(advice)})

    def progress(self, progress: "Progress") -> None:
        """Shows how far a transfer is, on one line that it rewrites; nothing without a terminal."""
        if not self._shows_progress:
            return
        line = progress_line(progress)
        if line != self._line:
            padding = " " * (len(self._line) - len(line))
            _write(sys.stderr, f"\r{line}{padding}")
            self._line = line

    def end_progress(self) -> None:
        """Leaves the progress line, so that whatever comes next has a line of its own."""
        if self._line:
            self._line = ""
            _write(sys.stderr, "\n")


def _write(stream: TextIO | None, text: str) -> OSError | None:
    """Writes to a stream that may be closed, a broken pipe or a terminal that hung up.

    None of these may stop a transfer that is under way, so the stream falls silent instead;
    returned is why.
    """
    if stream is None or stream.closed or not text:
        return None
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        # What is still buffered would raise again when Python flushes at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return error
    return None


def described(advice: Advice) -> dict[str, str]:
    """An advice as JSON holds it."""
    return {
        "code": advice.code,
        "happened": _harmless(advice.happened),
        "safe": _harmless(advice.safe),
        "cause": _harmless(advice.cause),
        "next_step": _harmless(advice.next_step),
    }


def _harmless(text: str) -> str:
    """An advice's text for a screen: it may quote what a person typed or a wire brought."""
    return "\n".join(printable(line) for line in text.split("\n"))


def progress_line(progress: "Progress") -> str:
    """One line about a transfer: phase, bytes, percent, seconds left; or what was heard so far."""
    if progress.phase.person_acts and not progress.total:
        return f"{progress.phase} · {progress.note}".removesuffix(" · ")[:WIDTH]
    if progress.least:
        size = f": {progress.done:,} of at least {progress.total:,} bytes" if progress.done else ""
        return f"{progress.phase}{size}"[:WIDTH]
    total = max(progress.total, progress.done)
    percent = progress.done * 100 // total if total else 0
    line = (
        f"{progress.phase}: {progress.done:,} of {total:,} bytes, {percent} %, "
        f"{progress.seconds_left:.0f} s left"
    )
    return (f"{line} · {progress.note}" if progress.note else line)[:WIDTH]


def write_leniently() -> None:
    """Makes both streams show what their encoding lacks as an escape, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


class Call(NamedTuple):
    """One call of a command: the common options, its own arguments, and where it prints."""

    options: Options
    arguments: Namespace
    output: Output


def difference_facts(differences: "Iterable[Difference]") -> list[dict[str, Any]]:
    """Differences as JSON holds them."""
    return [
        {
            "kind": one.kind,
            "number": one.number,
            "name": one.name,
            "class": one.grade.value,
            "count": one.count,
            "first": one.first,
            "text": one.text,
        }
        for one in differences
    ]


def difference_lines(differences: "Iterable[Difference]") -> Iterator[str]:
    """Differences for a person: those that matter first, at most SHOWN lines of them."""
    ordered = sorted(differences, key=lambda one: one.grade.value, reverse=True)
    for one in ordered[:SHOWN]:
        cosmetic = " (cosmetic)" if one.grade.value == "cosmetic" else ""
        yield f"  {one.text}{cosmetic}: {one.first}"
    rest = len(ordered) - SHOWN
    if rest > 0:
        yield f"  and {rest} more; --json lists them all"
