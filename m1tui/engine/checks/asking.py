"""What checks have in common: an M1 that is ready, memory read so that it can be trusted."""

from __future__ import annotations

from collections.abc import Callable

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks.registry import CheckContext
from m1tui.engine.compare import compare
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter
from m1tui.engine.reading import read_settled
from m1tui.sysex import Bank, Contents, ModeData, Part

READING = "Reading memory for the check"
AGAIN = "Reading it again, to compare"
NOTHING_WRITTEN = "Nothing was written to the instrument."


async def require_ready(instrument: Instrument) -> ModeData:
    """Return the mode data of an M1 that answers; raises Trouble that says why it does not."""
    diagnosis = await diagnose(instrument)
    if diagnosis.mode_data is None:
        raise Trouble(diagnosis.advice)
    return diagnosis.mode_data


async def read_internal(
    instrument: Instrument, context: CheckContext, part: Part, before: Contents | None = None
) -> Contents:
    """Read `part`: once if it is initialised or just as it was last known, else until two agree."""
    last = before or instrument.memory

    def known(contents: Contents) -> bool:
        if contents.is_initialised:
            return True
        if last is None or not contents.parts <= last.parts:
            return False
        return compare(contents, last).identical

    return await read(instrument, context, part, Bank.INTERNAL, known)


async def read(
    instrument: Instrument,
    context: CheckContext,
    part: Part,
    bank: Bank,
    known: Callable[[Contents], bool],
) -> Contents:
    """Read `part` of `bank`: once if `known` takes it, else until two agree; raises Trouble."""
    meter = Meter(context.progress, instrument.link.bytes_per_second)
    reading = await read_settled(
        instrument, (part,), bank, meter=meter, phases=(READING, AGAIN), known=known
    )
    return reading.contents


def number(context: CheckContext, name: str, low: int, high: int) -> int:
    """Return a value of the context as a number from `low` to `high`; raises Trouble."""
    text = context.values[name]
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise Trouble(
            Advice(
                happened=f"The {name} cannot be: expected {low} to {high}, found {text[:20]!r}.",
                safe="Nothing was asked and nothing was written.",
                next_step=f"Go back and choose a {name} from {low} to {high}.",
            )
        )
    return value
