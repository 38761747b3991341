"""`diff A B`: compares what two files hold, object by object."""

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from m1tui.cli.call import Call
from m1tui.cli.exits import Exit
from m1tui.cli.facts import difference_facts, difference_lines
from m1tui.cli.files import read_contents, shown
from m1tui.engine.compare import Comparison, Difference, Grade, compare
from m1tui.sysex import Contents, Part

_OBJECTS = {
    "programs": ("program",),
    "combinations": ("combination",),
    "global": ("global", "drum instrument"),
    "sequence": ("song", "pattern", "sequence"),
}
"""Each part and the kinds of object that it consists of."""


def run(call: Call) -> int:
    """Prints what differs; 0 if nothing that matters does, 4 otherwise."""
    arguments = call.arguments
    first, second = read_contents(arguments.first), read_contents(arguments.second)
    comparison = _both_ways(first, second)
    facts: dict[str, Any] = {"equal": comparison.equal}
    facts |= {part: _counts(comparison, part) for part in _OBJECTS}
    facts["differences"] = difference_facts(comparison.differences)
    call.output.facts(facts, _lines(arguments, comparison))
    return Exit.DONE if comparison.equal else Exit.DIFFERENT


def _both_ways(first: Contents, second: Contents) -> Comparison:
    """Compares what either holds: a part that the second alone holds is a difference, too."""
    alone = second.parts - first.parts
    added = tuple(
        Difference(part.value, None, "", Grade.DIFFERENT, 1, "held by the second file alone")
        for part in Part
        if part in alone
    )
    return Comparison(compare(first, second).differences + added)


def _counts(comparison: Comparison, part: str) -> dict[str, int]:
    """How many objects of a part differ; a part that one file lacks counts as one."""
    kinds = (part, *_OBJECTS[part])
    changed = [one for one in comparison.different if one.kind in kinds]
    if part in ("programs", "combinations"):
        cosmetic = [one for one in comparison.cosmetic if one.kind in kinds]
        return {"changed": len(changed), "cosmetic": len(cosmetic)}
    if part == "global":
        drums = [one for one in changed if one.kind == "drum instrument"]
        return {"changed": len(changed), "drum_instruments": len(drums)}
    return {"changed": len(changed)}


def _lines(arguments: Namespace, comparison: Comparison) -> Iterator[str]:
    names = f"{shown(arguments.first)} and {shown(arguments.second)}"
    if comparison.identical:
        yield f"EQUAL: {names} hold the same, byte for byte."
        return
    if comparison.equal:
        count = len(comparison.cosmetic)
        yield f"EQUAL: {names} differ in nothing that matters ({count} cosmetic differences)."
    else:
        yield f"DIFFERENT: {names}"
    for part in _OBJECTS:
        counts = _counts(comparison, part)
        if any(counts.values()):
            numbers = ", ".join(f"{n} {word.replace('_', ' ')}" for word, n in counts.items())
            yield f"{part}: {numbers}"
    yield from difference_lines(comparison.differences)
