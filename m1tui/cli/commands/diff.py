"""`diff A B`: compares what two files hold, object by object."""

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser, add_message, add_parts, add_slot
from m1tui.cli.exits import Exit, Stop, usage
from m1tui.cli.files import damage_lines, problem_facts, read_taken
from m1tui.cli.output import Call, difference_facts
from m1tui.cli.tables import side_by_side
from m1tui.engine.compare import (
    AS_ON_A_CARD,
    OBJECTS,
    Comparison,
    Difference,
    Pairing,
    compare_both_ways,
    paired,
    parts_compared,
    sides_of,
)
from m1tui.engine.restore.planning import damage_in
from m1tui.files import shown
from m1tui.sysex import Contents, Part
from m1tui.sysex.listing import counted
from m1tui.sysex.slots import Taken

OBJECTS_SHOWN = 40
"""Objects that are printed by name for a person; JSON names them all."""
VALUES_SHOWN = 12
"""Values of one object that are printed."""


def add_arguments(parser: CommandParser) -> None:
    """The two files to compare."""
    parser.add_argument("first", type=values.path, metavar="A")
    parser.add_argument("second", type=values.path, metavar="B")
    add_parts(parser)
    add_message(
        parser, "only message N, as numbered by inspect; given twice, the second applies to B"
    )
    add_slot(parser, "the slot of a bank that a single program or combination is compared with")


def run(call: Call) -> int:
    """Prints what differs; 0 if nothing that matters does, 4 otherwise."""
    arguments = call.arguments
    numbers = arguments.message
    if len(numbers) > 2:
        raise usage(
            f"--message was given {len(numbers)} times; diff compares two messages at most.",
            "Give it once for both files, or twice: for A, then for B.",
            code="usage",
        )
    _, slot = arguments.to or (None, None)
    parts = tuple(map(Part, arguments.what))
    first = read_taken(arguments.first, parts, numbers[:1])
    second = read_taken(arguments.second, parts, numbers[-1:])
    pairing = paired(first, second, slot)
    if pairing is None:
        raise _unpaired(arguments, first, second)
    damage = [
        (path, damage_in(contents))
        for path, contents in (
            (arguments.first, pairing.first),
            (arguments.second, pairing.second),
        )
    ]
    for path, findings in damage:
        call.output.say(*damage_lines(path, findings))
    comparison = compare_both_ways(pairing.first, pairing.second)
    facts: dict[str, Any] = {"equal": comparison.equal}
    facts |= {part: _counts(comparison, part) for part in OBJECTS}
    facts["parts"] = {
        one.part: {"first": one.first, "second": one.second, "equal": one.equal}
        for one in parts_compared(pairing.first, pairing.second, comparison)
    }
    facts["differences"] = difference_facts(map(pairing.named, comparison.differences))
    facts["problems"] = [
        {"file": str(path), **one} for path, findings in damage for one in problem_facts(findings)
    ]
    call.output.facts(facts, _lines(arguments, comparison, pairing))
    return Exit.DONE if comparison.equal else Exit.DIFFERENT


def _unpaired(arguments: Namespace, first: Taken, second: Taken) -> Stop:
    """Why it is not known what is to be compared with what."""
    held = " ".join(
        f"{shown(path)} contains {', '.join(taken.describe())}."
        for path, taken in ((arguments.first, first), (arguments.second, second))
    )
    return usage(
        f"The two cannot be compared. {held}",
        "Name the slot of the bank that a single sound is compared with: --to SLOT. If a file "
        "contains several, choose one with --message N.",
        code="sides-do-not-match",
    )


def _counts(comparison: Comparison, part: str) -> dict[str, int]:
    """How many objects of a part differ; none of a part that one file lacks."""
    kinds = (part, *OBJECTS[part])
    changed = [one for one in comparison.different if one.kind in kinds]
    if part in ("programs", "combinations"):
        cosmetic = [one for one in comparison.cosmetic if one.kind in kinds]
        counted = {"changed": len(changed), "cosmetic": len(cosmetic)}
        if part == "combinations":
            counted["card_numbers"] = len(comparison.card_numbers)
        return counted
    if part == "global":
        drums = [one for one in changed if one.kind == "drum instrument"]
        return {"changed": len(changed), "drum_instruments": len(drums)}
    return {"changed": len(changed)}


def _lines(arguments: Namespace, comparison: Comparison, pairing: Pairing) -> Iterator[str]:
    first, second = pairing.first, pairing.second
    names = f"{shown(arguments.first)} and {shown(arguments.second)}"
    if comparison.identical:
        yield f"EQUAL: {names} have identical contents."
        for one in parts_compared(first, second, comparison):
            yield f"{one.part}: {one.text('A', 'B')}"
        return
    if not comparison.different and comparison.only_in_one:
        alike = f"EQUAL{' BUT FOR CARD NUMBERS' if comparison.card_numbers else ''}"
        common = first.parts & second.parts
        head = f"{alike} IN THE PARTS THAT BOTH CONTAIN" if common else "NO PART IN COMMON"
        yield f"{head}: {names}"
    elif comparison.equal and comparison.card_numbers:
        yield f"EQUAL BUT FOR CARD NUMBERS: {names}"
    elif comparison.equal:
        count = counted(len(comparison.cosmetic), "cosmetic difference")
        yield f"EQUAL: {names} differ only in ways that do not matter ({count})."
    else:
        yield f"DIFFERENT: {names}"
    for one in parts_compared(first, second, comparison):
        counts = _counts(comparison, one.part)
        both = one.first and one.second and any(counts.values())
        numbers = [f"{n} {word.replace('_', ' ')}" for word, n in counts.items()] if both else []
        text = f"{one.equal} equal" if both else one.text("A", "B")
        yield f"{one.part}: {', '.join((*numbers, text))}"
    yield from _objects(comparison.different, pairing)
    if comparison.card_numbers:
        yield f"{AS_ON_A_CARD[0].upper()}{AS_ON_A_CARD[1:]}."
        yield (
            "Restore each file to the kind of bank that it came from. Otherwise these combinations "
            "will play other programs:"
        )
        # Value by value they would say the same a hundred times.
        yield from _objects(
            comparison.card_numbers, Pairing(Contents(), Contents(), pairing.numbers)
        )
    if comparison.cosmetic:
        yield "Cosmetic (does not affect the sound):"
        yield from _objects(comparison.cosmetic, pairing)


def _objects(differences: tuple[Difference, ...], pairing: Pairing) -> Iterator[str]:
    """Yield each object that differs, and below it its values: of the first | of the second."""
    for one in differences[:OBJECTS_SHOWN]:
        sides = sides_of(pairing.first, pairing.second, one)
        text = pairing.named(one).text
        yield f"  {text}" if sides.values else f"  {text}: {one.first}"
        yield from side_by_side(sides, VALUES_SHOWN)
    rest = len(differences) - OBJECTS_SHOWN
    if rest > 0:
        yield f"  and {rest} more; --json lists them all"
