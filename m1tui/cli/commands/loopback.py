"""`loopback`: sends 50,000 bytes through a cable from OUT to IN, and judges the interface."""

from collections.abc import Iterator
from typing import Any

from m1tui.advice import Trouble
from m1tui.cable.loopback import Attempt, LoopTest, loopback
from m1tui.cable.symptoms import Difference, Symptom
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.exits import Exit, Stop, usage
from m1tui.cli.output import Call, described
from m1tui.cli.session import Session, bare_link, on_instrument, with_port
from m1tui.facts import Outcome
from m1tui.link import Link
from m1tui.options import is_virtual
from m1tui.sysex import printable

_NOTHING: dict[str, Any] = {
    "outcome": Outcome.UNKNOWN.value,
    "symptom": None,
    "sent": 0,
    "received": 0,
    "first_difference": None,
    "pacing": None,
    "seconds": 0.0,
    "delay": 0.0,
    "realtime": 0,
    "attempts": [],
    "advice": None,
}
"""What a script finds where no test was made."""


def add_arguments(parser: CommandParser) -> None:
    """No arguments: what is to be known before the test."""
    parser.epilog = (
        "Unplug the M1 and connect the interface's OUT to its IN with one MIDI cable. 50,000 "
        "bytes of System Exclusive go out and come back in. That takes 16 seconds, or longer if "
        "bytes are lost, because pauses are then tried. No instrument acts on these bytes. The "
        "pacing that works is remembered for the port. Exits with 0 if everything came back "
        "unchanged at full speed, 4 if not (even if it did with pauses), 3 if there is no loop, 1 "
        "if the interface went away, 2 if cancelled or if there is no interface to test."
    )


def run(call: Call) -> int:
    """Prints the verdict; 0 if everything came back unchanged at full speed."""
    call.output.promise(_NOTHING)
    if is_virtual(call.options.port):
        raise _no_interface()
    return on_instrument(with_port(call), _test)


def _no_interface() -> Stop:
    stop = usage(
        "A virtual M1 does not use a MIDI interface, so there is none to test.",
        "Plug an interface in, find it with `m1tui ports`, and name it: m1tui loopback --port "
        "PORT. To rehearse with a virtual M1, nothing needs to be tested.",
        code="nothing-to-test",
    )
    stop.facts = {"outcome": Outcome.REFUSED.value}
    return stop


async def _test(session: Session) -> int:
    output, link = session.output, await bare_link(session)
    output.say(f"OUT and IN of {printable(link.title)} must be connected by one MIDI cable.")
    result = await loopback(link, progress=output.progress)
    _remember(session, link, result)
    output.facts(_facts(result), _lines(printable(link.title), result))
    output.advise(result.advice)
    return _code(result)


def _code(result: LoopTest) -> Exit:
    if result.symptom is Symptom.DISCONNECTED:
        return Exit.FAILED
    codes = {Outcome.VERIFIED: Exit.DONE, Outcome.MISMATCH: Exit.DIFFERENT}
    return codes.get(result.outcome, Exit.NO_ANSWER)


def _remember(session: Session, link: Link, result: LoopTest) -> None:
    if result.pacing is None:
        return
    try:
        session.store.remember_pacing(link.port, result.pacing.label)
    except Trouble as trouble:
        session.output.say(f"The pacing could not be saved: {trouble.advice.happened}")


def _facts(result: LoopTest) -> dict[str, Any]:
    return {
        "outcome": result.outcome.value,
        "symptom": result.symptom.value,
        "sent": result.sent,
        "received": result.received,
        "first_difference": None if result.difference is None else _first(result.difference),
        "pacing": None if result.pacing is None else result.pacing.label,
        "seconds": round(result.seconds, 1),
        "delay": round(result.delay, 3),
        "realtime": result.realtime,
        "attempts": [_attempt(one) for one in result.attempts],
        "advice": described(result.advice),
    }


def _first(difference: Difference) -> dict[str, Any]:
    return {
        "byte": difference.offset,
        "message": difference.message,
        "place": difference.place,
        "message_bytes": difference.size,
        "expected": difference.expected.hex(" ").upper(),
        "found": difference.found.hex(" ").upper(),
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "pacing": attempt.pacing.label,
        "sent": attempt.sent,
        "received": attempt.received,
        "symptom": attempt.finding.symptom.value,
        "missing": attempt.finding.lost,
        "too_many": attempt.finding.extra,
        "changed": attempt.finding.changed,
    }


def _lines(title: str, result: LoopTest) -> Iterator[str]:
    word = "" if result.symptom is Symptom.NONE else f" ({result.symptom.value})"
    yield f"{result.outcome.value}{word}: {title}, {result.seconds:.1f} s"
    for one in result.attempts:
        yield (
            f"  pacing {one.pacing.label}: {one.sent:,} bytes sent, {one.received:,} received: "
            f"{'equal' if one.finding.symptom is Symptom.NONE else one.finding.symptom.value}"
        )
