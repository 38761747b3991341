"""What of a file goes into a memory: whole parts, single sounds, what is left of broken dumps."""

from m1tui.sysex import (
    Allocation,
    Bank,
    BankDump,
    Combination,
    CombinationDump,
    Contents,
    Part,
    Program,
    ProgramDump,
    ProgramWrite,
)
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.slots import NO_SLOTS, Slots, taken_from


def program(name: str) -> Program:
    return Program.blank().replace(name=name)


BANK = Contents(
    programs=tuple(program(f"Prog {number}") for number in range(100)),
    allocation=Allocation.LARGE_PROGRAM,
)


def test_a_sound_is_put_into_its_slot_and_the_rest_of_the_bank_stays() -> None:
    slots = Slots.of(program("New"), 17)
    whole = slots.into(BANK)
    assert whole.programs is not None
    assert BANK.programs is not None
    assert whole.programs[17].name.rstrip() == "New"
    assert whole.programs[:17] + whole.programs[18:] == BANK.programs[:17] + BANK.programs[18:]
    assert whole.allocation is Allocation.LARGE_PROGRAM
    assert slots.of_memory(BANK).describe() == ('program 17 "Prog 17"',)


def test_a_bank_of_fifty_has_no_slot_60() -> None:
    half = Contents(
        programs=tuple(program("x") for _ in range(50)), allocation=Allocation.LARGE_SEQUENCE
    )
    assert Slots.of(program("New"), 49).fit(half)
    assert not Slots.of(program("New"), 50).fit(half)
    assert not Slots.of(Combination.blank(), 0).fit(half)
    assert NO_SLOTS.fit(half)


def test_a_single_sound_has_no_slot_until_one_is_named_whatever_slot_it_came_from() -> None:
    data = ProgramDump(0, program("Solo")).encode() + ProgramWrite(0, Bank.INTERNAL, 5).encode()
    taken = taken_from(read_file(data))
    assert (taken.parts, taken.loose[0].number) == (frozenset(), 5)
    assert taken.placed(17).slots.describe() == ('program 17 "Solo"',)


def test_several_sounds_that_each_name_their_slot_go_there() -> None:
    data = b"".join(
        ProgramDump(0, program(f"S {number}")).encode()
        + ProgramWrite(0, Bank.INTERNAL, number).encode()
        for number in (3, 1, 2, 40)
    )
    taken = taken_from(read_file(data))
    assert [number for number, _ in taken.slots.programs] == [1, 2, 3, 40]
    assert taken.describe() == ("4 programs (01-03, 40)",)


def test_several_sounds_of_which_one_names_no_slot_wait_for_a_choice() -> None:
    data = (
        ProgramDump(2, program("One")).encode()
        + ProgramWrite(2, Bank.INTERNAL, 5).encode()
        + CombinationDump(2, Combination.blank().replace(name="Two")).encode()
    )
    taken = taken_from(read_file(data))
    assert [one.kind for one in taken.loose] == ["program", "combination"]
    assert (taken.parts, taken.channel) == (frozenset(), 2)


def test_what_is_whole_of_a_broken_bank_is_taken_only_when_asked_for() -> None:
    dump = BankDump.of(BANK, Part.PROGRAMS).encode()
    file = read_file(dump[: len(dump) * 6 // 10])
    assert not taken_from(file).parts
    taken = taken_from(file, pieces=True)
    assert [number for number, _ in taken.slots.programs] == list(range(59))
    assert taken.missing == ("programs 59-99",)


def test_a_whole_dump_goes_before_a_broken_one_of_the_same_part() -> None:
    dump = BankDump.of(BANK, Part.PROGRAMS).encode()
    taken = taken_from(read_file(dump + dump[:5000]), pieces=True)
    assert taken.contents.programs == BANK.programs
    assert taken.slots == NO_SLOTS


def test_a_single_sound_beside_a_bank_is_left_out_with_a_word() -> None:
    data = BankDump.of(BANK, Part.PROGRAMS).encode() + ProgramDump(0, program("Solo")).encode()
    taken = taken_from(read_file(data))
    assert taken.contents.programs == BANK.programs
    assert taken.notes == ("Left out: 1 single sound that came with the dumps.",)
