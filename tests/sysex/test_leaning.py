"""What sounds need, put side by side with what an M1 says and has."""

from m1tui.link.virtual import demo_contents
from m1tui.sysex import Allocation, Combination, Contents, ModeData, Part, Program
from m1tui.sysex.contents import NOTHING
from m1tui.sysex.leaning import Need, leaning_in, leanings


def programs(prefix: str) -> tuple[Program, ...]:
    return tuple(Program.blank().replace(name=f"{prefix} {number}") for number in range(100))


COMBINATIONS = Contents(
    combinations=tuple(Combination.blank() for _ in range(100)),
    allocation=Allocation.LARGE_PROGRAM,
)


def test_names_stand_side_by_side_where_both_banks_are_known() -> None:
    (found,) = (one for one in leanings(COMBINATIONS) if one.need is Need.PROGRAMS)
    mine, theirs = programs("File"), programs("M1")
    told = leaning_in(found, None, Contents(programs=mine), Contents(programs=theirs))
    assert 'I00 "File 0" ("M1 0" in the M1)' in told
    assert "1 of 1 have a different name in the M1" in told


def test_the_same_names_are_said_to_be_the_same() -> None:
    (found,) = (one for one in leanings(COMBINATIONS) if one.need is Need.PROGRAMS)
    mine = Contents(programs=programs("File"))
    assert "The M1 has programs with the same names there." in leaning_in(found, None, mine, mine)


def test_nothing_is_said_of_names_where_a_bank_is_not_known() -> None:
    (found,) = (one for one in leanings(COMBINATIONS) if one.need is Need.PROGRAMS)
    known = Contents(programs=programs("x"))
    for pair in ((NOTHING, known), (known, NOTHING), (NOTHING, NOTHING)):
        assert "names" not in leaning_in(found, None, *pair)


def test_a_card_that_is_in_is_to_be_checked_by_the_person() -> None:
    combination = Combination.blank().playing_from(card=True)
    (found,) = (
        one
        for one in leanings(COMBINATIONS.replace(combinations=(combination,) * 100))
        if one.need is Need.CARD_PROGRAMS
    )
    in_it, without = ModeData(0, 2, 0, 0x20, 1), ModeData(0, 2, 0, 0x01, 1)
    assert "The M1 reports a card (ram)" in leaning_in(found, in_it)
    assert "The M1 reports no card." in leaning_in(found, without)


DEMO = demo_contents()
(KITS,) = (one for one in leanings(DEMO.only(Part.PROGRAMS)) if one.need is Need.DRUM_KITS)


def test_nothing_is_said_of_drum_kits_that_the_m1_has() -> None:
    assert leaning_in(KITS, None, DEMO, DEMO.only(Part.GLOBAL)) == ""


def test_a_drum_kit_that_is_another_in_the_m1_is_named() -> None:
    assert DEMO.global_ is not None
    number = KITS.wanted[0]
    kits = list(DEMO.global_.kits)
    first, *rest = kits[number - 1].instruments
    kits[number - 1] = kits[number - 1].replace(instruments=(first.replace(sound=0), *rest))
    theirs = DEMO.replace(global_=DEMO.global_.replace(kits=tuple(kits)))
    said = leaning_in(KITS, None, DEMO, theirs)
    assert said.endswith(f"kit {number} in the M1 differs from the one in the file.")


def test_drum_kits_are_not_said_to_be_missing_where_that_is_not_known() -> None:
    for beside, there in ((DEMO, NOTHING), (NOTHING, DEMO)):
        assert leaning_in(KITS, None, beside, there).endswith("the kits in the M1 are played.")
