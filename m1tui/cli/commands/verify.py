"""`verify FILE`: reads the instrument and compares it with a file; writes nothing."""

from argparse import Namespace
from collections.abc import Iterator

from m1tui.cli.exits import Exit
from m1tui.cli.facts import difference_facts, difference_lines
from m1tui.cli.files import read_contents, shown
from m1tui.cli.instruments import require_ready
from m1tui.cli.output import Output
from m1tui.cli.session import Session, on_instrument
from m1tui.engine import Outcome, Verification, verify
from m1tui.options import Options

_CODES = {Outcome.VERIFIED: Exit.DONE, Outcome.MISMATCH: Exit.DIFFERENT}


def run(options: Options, arguments: Namespace, output: Output) -> int:
    """Prints what differs; 0 if nothing that matters does, 4 otherwise."""
    contents = read_contents(arguments.file)

    async def work(session: Session) -> int:
        await require_ready(session)
        result = await verify(session.instrument, contents, progress=output.progress)
        comparison = result.comparison
        output.facts(
            {
                "outcome": result.outcome.value,
                "differences": difference_facts(comparison.differences if comparison else ()),
            },
            _lines(shown(arguments.file), result),
        )
        if result.outcome is not Outcome.VERIFIED:
            output.advise(result.advice)
        return _CODES.get(result.outcome, Exit.UNKNOWN)

    return on_instrument(options, output, work)


def _lines(name: str, result: Verification) -> Iterator[str]:
    comparison = result.comparison
    if comparison is None:
        yield f"{result.outcome.value}: the M1 could not be compared with {name}"
        return
    counts = f"{len(comparison.different)} different, {len(comparison.cosmetic)} cosmetic"
    yield f"{result.outcome.value}: the M1 and {name}: {counts}"
    yield from difference_lines(comparison.differences)
