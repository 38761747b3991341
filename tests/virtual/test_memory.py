from dataclasses import replace
from typing import Any

import pytest

from m1tui.sysex import Allocation, Contents, Part, Sequence
from m1tui.sysex.program import INIT_NAME
from m1tui.virtual.demo import demo_contents, used_contents
from m1tui.virtual.memory import Memory

LARGE_PROGRAM, LARGE_SEQUENCE = Allocation.LARGE_PROGRAM, Allocation.LARGE_SEQUENCE
BLANK = Memory.initialised()


def with_steps(memory: Memory, count: int) -> Memory:
    sequence = memory.sequence
    offsets = (*sequence.control.offsets[:-1], 4 * count)
    control = sequence.control.replace(offsets=offsets)
    return replace(memory, sequence=Sequence(control, bytes(4 * count)))


@pytest.fixture
def demo() -> Memory:
    return Memory.of(demo_contents())


def test_an_initialised_memory_counts_as_worthless_in_either_allocation() -> None:
    blank = Memory.initialised()
    assert blank.contents.is_initialised
    assert blank.reallocated(LARGE_SEQUENCE).contents.is_initialised
    assert blank.contents.only(Part.PROGRAMS).is_initialised
    assert not Contents().is_initialised


@pytest.mark.parametrize("part", [part for part in Part if part is not Part.ALL])
def test_any_byte_that_an_owner_changed_makes_a_memory_worth_keeping(part: Part) -> None:
    changed = {
        Part.PROGRAMS: {"programs": (_other(BLANK.programs[0], 20), *BLANK.programs[1:])},
        Part.COMBINATIONS: {
            "combinations": (*BLANK.combinations[1:], _other(BLANK.combinations[0], 12))
        },
        Part.GLOBAL: {"global_": _other(BLANK.global_data, 21)},
        Part.SEQUENCE: {"sequence": Sequence(_other(BLANK.sequence.control, 18), b"")},
    }[part]
    assert not BLANK.contents.replace(**changed).is_initialised


def _other(record: Any, at: int) -> Any:
    raw = bytearray(record.raw)
    raw[at] ^= 1
    return type(record)(bytes(raw))


def test_50_50_destroys_the_upper_half_and_keeps_songs(demo: Memory) -> None:
    halved = demo.reallocated(LARGE_SEQUENCE)
    assert halved.programs == demo.programs[:50]
    assert halved.combinations == demo.combinations[:50]
    assert halved.sequence == demo.sequence
    assert halved.global_data == demo.global_data
    assert halved.free_percent > demo.free_percent


def test_back_in_100_100_the_upper_half_is_initialised(demo: Memory) -> None:
    back = demo.reallocated(LARGE_SEQUENCE).reallocated(LARGE_PROGRAM)
    assert back.programs[:50] == demo.programs[:50]
    assert {program.name.rstrip() for program in back.programs[50:]} == {INIT_NAME}


@pytest.mark.parametrize(
    ("steps", "free_before", "free_after"), [(4400, 43, 0), (4401, 43, 100), (5006, 35, 100)]
)
def test_the_guides_trick_frees_everything_once_the_steps_no_longer_fit(
    demo: Memory, steps: int, free_before: int, free_after: int
) -> None:
    full = with_steps(demo.reallocated(LARGE_SEQUENCE), steps)
    assert full.free_percent == free_before
    back = full.reallocated(LARGE_PROGRAM)
    assert back.free_percent == free_after
    assert bool(back.sequence.songs_in_use) is (free_after == 0)


def test_the_used_m1_is_ready_for_the_trick() -> None:
    used = Memory.of(used_contents())
    assert used.free_percent < 35
    assert used.reallocated(LARGE_PROGRAM).sequence == Sequence.empty()


def test_the_same_allocation_changes_nothing(demo: Memory) -> None:
    assert demo.reallocated(LARGE_PROGRAM) is demo


def test_memory_that_does_not_fit_its_allocation_is_refused(demo: Memory) -> None:
    with pytest.raises(ValueError, match="at most 4400 steps, found 100, 100 and 4401"):
        with_steps(demo, 4401)
    with pytest.raises(ValueError, match="expected 50 programs"):
        replace(demo, allocation=LARGE_SEQUENCE)


def test_a_dump_without_all_parts_is_no_memory() -> None:
    with pytest.raises(ValueError, match="expected all data, found 100 combinations"):
        Memory.of(demo_contents().replace(programs=None))
