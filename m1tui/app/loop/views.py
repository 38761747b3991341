"""What the page of the interface's test shows, and how it is made of what is found out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from m1tui.app.own_way import in_the_app
from m1tui.app.run.results import labelled
from m1tui.app.text import fit
from m1tui.cable.loopback import Attempt, LoopTest
from m1tui.cable.symptoms import Symptom
from m1tui.engine.progress import Progress
from m1tui.facts import Outcome
from m1tui.link.ports import NO_INTERFACE, PortInfo, nothing_to_open

TO_DO = """\
The M1 cannot lose anything: it ignores what is sent. Pull out both of its MIDI plugs anyway.
Connect the interface's OUT to its IN with one MIDI cable. If the interface is a cable with two \
plugs, join them with a coupler.
Choose the interface and press Enter. 50,000 bytes go out and come back in 16 seconds. If bytes \
are lost, pauses are tried, which takes longer.""".splitlines()
"""What a person does before the test, in steps."""

NOWHERE = """\
No MIDI interface is plugged in. A virtual M1 does not need one, so there is nothing to test.
Plug an interface in and press r. Without one you can still rehearse every procedure.\
""".splitlines()
"""What stands there where there is nothing to test."""


class Stage(Enum):
    """Where a test stands."""

    READY = "ready"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class LoopView:
    """One picture of the page."""

    stage: Stage = Stage.READY
    choices: tuple[PortInfo, ...] = ()
    """The interfaces that can be tested."""
    display: tuple[str, str] = ("", "")
    percent: int = 0
    sentences: tuple[tuple[str, str], ...] = ()
    """Labels and what stands behind them."""


def ready(ports: list[PortInfo]) -> LoopView:
    """Return the page before a test."""
    absent = nothing_to_open()
    own = in_the_app(absent)
    nowhere = NOWHERE if absent is NO_INTERFACE else [own.happened, own.next_step]
    told = TO_DO if ports else nowhere
    numbers = (str(number) for number in range(1, len(told) + 1)) if ports else ("",) * len(told)
    warnings = tuple(("Known", f"{one.name}: {one.warning}") for one in ports if one.warning)
    display = ("Can the interface be trusted?", "" if ports else "no interface")
    sentences = (*zip(numbers, told, strict=True), *warnings)
    return LoopView(Stage.READY, tuple(ports), display, sentences=sentences)


def running(name: str, progress: Progress | None = None) -> LoopView:
    """Return the page in the course of the test of the interface called `name`."""
    if progress is None:
        return LoopView(Stage.RUNNING, display=("Opening the interface", fit(name, 40).rstrip()))
    total = max(progress.total, progress.done, 1)
    minutes, seconds = divmod(round(progress.seconds_left), 60)
    left = f"{minutes}:{seconds:02d} left"
    percent = progress.done * 100 // total
    figures = f"{progress.done:,} of {total:,} B {percent:3d} %  {left}"
    told = [("Testing", name)]
    if progress.note:
        told.append(("Found", progress.note))
    return LoopView(
        Stage.RUNNING,
        display=(progress.phase, figures),
        percent=min(100, percent),
        sentences=tuple(told),
    )


MEANINGS = {
    Outcome.VERIFIED: "this interface can be trusted",
    Outcome.MISMATCH: "what came back is not what was sent",
    Outcome.UNKNOWN: "the interface could not be tested",
}
"""What an outcome's word means at the end of a test."""


def over(name: str, result: LoopTest) -> LoopView:
    """Return the page after the test of the interface called `name`."""
    tested = [("Tested", f"{name}, {result.seconds:.0f} s")]
    tried = tuple(attempt_text(one) for one in result.attempts)
    more = tuple(("" if number else "Sent", text) for number, text in enumerate(tried))
    meaning = "complete, but too late" if result.symptom is Symptom.DELAYED else None
    return LoopView(
        Stage.OVER,
        display=(result.outcome.name, meaning or MEANINGS[result.outcome]),
        percent=100,
        sentences=(*labelled(result.advice), *tested, *more),
    )


def attempt_text(attempt: Attempt) -> str:
    """Return one way of sending, and what came of it."""
    equal = attempt.finding.symptom is Symptom.NONE
    how = "at full speed" if not attempt.pacing.pause else f"paced {attempt.pacing.label}"
    word = "equal" if equal else attempt.finding.symptom.value
    return f"{attempt.sent:,} bytes {how}, {attempt.received:,} came back: {word}"


def stopped() -> LoopView:
    """Return the page after a person ended the test."""
    told = (("Happened", "The test was stopped."), ("Now", "Press r to start again."))
    return LoopView(Stage.OVER, display=("UNKNOWN", "stopped by you"), sentences=told)


def failed(name: str, sentences: tuple[tuple[str, str], ...]) -> LoopView:
    """Return the page after an interface could not be opened."""
    told = (*sentences, ("Tested", name))
    return LoopView(Stage.OVER, display=("UNKNOWN", "could not be opened"), sentences=told)
