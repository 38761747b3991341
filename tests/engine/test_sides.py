"""Two memories side by side: what either holds, and the values of one object."""

from __future__ import annotations

from m1tui.engine.compare import Grade, compare_both_ways, part_of, sides_of
from m1tui.sysex import Contents, Part
from m1tui.virtual.demo import demo_contents

DEMO = demo_contents()


def with_program(number: int, **values: object) -> Contents:
    programs = list(DEMO.programs or ())
    programs[number] = programs[number].replace(**values)
    return DEMO.merged(Contents(programs=tuple(programs), allocation=DEMO.allocation))


def test_a_part_that_only_one_holds_is_not_a_difference_of_what_both_hold() -> None:
    for first, second, grade in (
        (DEMO.only(Part.PROGRAMS), DEMO, Grade.ONLY_IN_SECOND),
        (DEMO, DEMO.only(Part.PROGRAMS), Grade.ONLY_IN_FIRST),
    ):
        comparison = compare_both_ways(first, second)
        assert comparison.different == ()
        assert not comparison.equal
        lacking = {(one.kind, one.grade) for one in comparison.only_in_one}
        assert lacking == {(part, grade) for part in ("combinations", "global", "sequence")}
        assert [part_of(one) for one in comparison.only_in_one] == [
            "combinations",
            "global",
            "sequence",
        ]


def test_an_object_is_shown_with_both_sides_of_each_value_that_differs() -> None:
    other = with_program(3, name="Renamed", octave_1=0)
    (difference,) = compare_both_ways(DEMO, other).different
    sides = sides_of(DEMO, other, difference)
    assert (sides.second_name, sides.steps) == ("Renamed", 0)
    shown = {mine.path: (mine.shown.strip(), theirs.shown.strip()) for mine, theirs in sides.values}
    assert shown["name"] == ("Amber Tine", "Renamed")
    assert set(shown) <= {"name", "octave_1"}


def test_a_drum_kits_instrument_is_an_object_beside_global() -> None:
    assert DEMO.global_ is not None
    kits = list(DEMO.global_.kits)
    instruments = list(kits[1].instruments)
    instruments[4] = instruments[4].replace(level=-7)
    kits[1] = kits[1].replace(instruments=tuple(instruments))
    other = DEMO.merged(Contents(global_=DEMO.global_.replace(kits=tuple(kits), key_transpose=3)))
    settings, drum = compare_both_ways(DEMO, other).different
    assert [a.path for a, _ in sides_of(DEMO, other, settings).values] == ["key_transpose"]
    assert [a.path for a, _ in sides_of(DEMO, other, drum).values] == ["level"]
    assert part_of(drum) == "global"


def test_what_is_no_single_object_has_no_sides() -> None:
    (first, *_) = compare_both_ways(DEMO, DEMO.only(Part.PROGRAMS)).only_in_one
    assert sides_of(DEMO, DEMO.only(Part.PROGRAMS), first).values == ()
