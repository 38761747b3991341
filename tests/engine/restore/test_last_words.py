"""Words that were once untrue: each is seen here as it happened, and what is said of it now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from m1tui import clock
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.instrument import Instrument
from m1tui.engine.read.verify import verify
from m1tui.engine.restore.judge import Restoration
from m1tui.engine.restore.planning import Way
from m1tui.facts import Backup, Outcome
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import (
    Allocation,
    AnyMessage,
    Bank,
    BankDump,
    BankRequest,
    CardFormat,
    CombinationWrite,
    Contents,
    Mode,
    ModeChange,
    Part,
    ProgramWrite,
    Sequence,
    StatusCode,
)
from m1tui.virtual.card import Card
from m1tui.virtual.fault_wire import FaultPlan
from m1tui.virtual.faults import Fault, Kind
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.scenarios import ram_card
from tests.engine.bench import KEPT, MeddledLink, Shelf, holds, open_m1, other_sounds, restoring
from tests.engine.scripted import Answer, ScriptedLink
from tests.engine.small_m1 import SmallM1, status

BLANK = Memory.initialised().contents
DEMO = demo_contents()


def owners(part: str) -> Contents:
    """Return an initialised memory of which an owner changed one thing, and no name."""
    assert BLANK.global_ is not None
    assert BLANK.programs is not None
    assert BLANK.sequence is not None
    songs = BLANK.sequence.control.songs
    return {
        "drum kits and tuning": BLANK.replace(global_=DEMO.global_),
        "edited programs": BLANK.replace(
            programs=(BLANK.programs[0].replace(detune=7), *BLANK.programs[1:])
        ),
        "song set-ups": BLANK.replace(
            sequence=Sequence(
                BLANK.sequence.control.replace(songs=(songs[0].replace(tempo=77), *songs[1:])), b""
            )
        ),
    }[part]


@pytest.mark.parametrize("what", ["drum kits and tuning", "edited programs", "song set-ups"])
def test_what_an_owner_changed_is_read_twice_and_saved_though_all_is_called_init(what: str) -> None:
    m1, shelf = open_m1("dead-battery"), Shelf()
    m1.board.memory = Memory.of(owners(what))
    result = restoring(VirtualLink(m1), other_sounds(), save=shelf)
    assert result.outcome is Outcome.VERIFIED
    (backup,) = shelf.backups
    assert backup.contents == owners(what)
    assert backup.reads == 2
    assert result.backup == KEPT


def while_reading_back(
    m1: VirtualM1, form: Part, act: Callable[[], Any], wanted: Contents
) -> Restoration:
    """Restore, and `act` in the middle of the first dump of `form` behind the saving."""
    armed = [False]

    def save(_: Backup) -> Any:
        armed[0] = True
        return KEPT

    def watch(data: bytes) -> bytes:
        if armed[0] and data[4:5] == bytes([form.request_function]):
            armed[0] = False
            asyncio.get_running_loop().call_later(2.0, act)
        return data

    return restoring(MeddledLink(m1, outgoing=watch), wanted, save=save)


def test_an_allocation_changed_while_the_last_dump_is_on_the_wire_is_seen() -> None:
    m1 = open_m1()
    result = while_reading_back(
        m1, Part.ALL, lambda: m1.press("GLOBAL 6 + + + UP G G"), other_sounds()
    )
    assert m1.memory.allocation is Allocation.LARGE_SEQUENCE
    assert result.outcome is Outcome.MISMATCH
    assert "expected 100/100, found 50/50" in result.advice.cause


def test_an_allocation_changed_while_a_file_is_compared_is_seen() -> None:
    m1 = open_m1()

    async def main() -> None:
        async with Instrument(VirtualLink(m1)) as instrument:
            asyncio.get_running_loop().call_later(5.0, m1.press, "GLOBAL 6 + + + UP G G")
            result = await verify(instrument, DEMO)
            assert result.outcome is not Outcome.VERIFIED

    clock.run(main())


def test_a_value_changed_in_global_while_memory_is_read_back_is_seen() -> None:
    m1 = open_m1()
    m1.press("GLOBAL 0")
    m1.transmit(0.0)
    result = while_reading_back(m1, Part.ALL, lambda: m1.press("+ F UP"), other_sounds())
    assert m1.contents.global_ != DEMO.global_
    assert result.outcome is Outcome.MISMATCH
    assert result.comparison is not None
    assert [one.kind for one in result.comparison.different] == ["global"]


class Spoiling(SmallM1):
    """Spoils a bit of its programs at the first write of one, and then says `code`, or nothing."""

    code: StatusCode | None = None
    spoilt = False

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        if self.spoilt and self.code is None:
            return []
        if isinstance(message, ProgramWrite):
            self.spoilt = True
            assert self.memory.programs is not None
            first, *others = self.memory.programs
            self.memory = self.memory.replace(programs=(first.replace(detune=31), *others))
            return [] if self.code is None else [status(self.code)]
        return super().__call__(message)


def test_an_m1_that_falls_silent_when_the_probe_had_written_leaves_the_state_unknown() -> None:
    m1 = Spoiling()
    result = restoring(ScriptedLink(m1), other_sounds())
    assert m1.memory != DEMO
    assert result.outcome is Outcome.UNKNOWN
    assert "slot 00 of programs" in result.advice.happened
    assert str(KEPT) in result.advice.safe


@pytest.mark.parametrize("code", [StatusCode.WRITE_ERROR, StatusCode.LOAD_ERROR])
def test_a_write_that_was_refused_and_done_all_the_same_is_seen(code: StatusCode) -> None:
    m1 = Spoiling()
    m1.code = code
    result = restoring(ScriptedLink(m1), other_sounds())
    assert m1.memory != DEMO
    assert result.outcome is Outcome.MISMATCH
    assert result.unchanged is False
    assert 'program 00 "' in result.advice.happened


def test_a_dump_that_was_refused_and_taken_in_part_is_seen() -> None:
    class Partly(SmallM1):
        """Loads half of a bank, and says 24."""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, BankDump) and message.part is Part.SEQUENCE:
                self.memory = self.memory.replace(sequence=Sequence.empty())
                return [status(StatusCode.LOAD_ERROR)]
            return super().__call__(message)

    assert DEMO.sequence is not None
    control = DEMO.sequence.control
    songs = (control.songs[0].replace(tempo=77), *control.songs[1:])
    wanted = Contents(sequence=Sequence(control.replace(songs=songs), DEMO.sequence.steps))
    result = restoring(ScriptedLink(Partly()), wanted)
    assert result.outcome is Outcome.MISMATCH
    assert result.unchanged is False


@pytest.mark.parametrize("number", [17, 40, 99])
def test_a_write_that_also_lands_in_another_slot_is_never_byte_for_byte(number: int) -> None:
    """A defective address line: 11 stores in the slot that is meant, and in another."""
    assert DEMO.programs is not None
    programs = list(DEMO.programs)
    programs[number] = programs[number].replace(name="Changed")
    m1 = open_m1()
    link = VirtualLink(m1, faults=FaultPlan((Fault(Kind.WROTE_TWICE, 1.0),), 3))
    result = restoring(link, DEMO.replace(programs=tuple(programs)))
    assert result.plan is not None
    assert result.plan.way is Way.ONE_BY_ONE
    right = holds(m1, DEMO.replace(programs=tuple(programs)))
    assert (result.outcome is Outcome.VERIFIED) is right
    assert result.unchanged is not True


def test_a_late_completion_that_nobody_asked_for_makes_a_reading_count_for_nothing() -> None:
    """The M1's own dump comes back to it a second late: it loads that, and says 23."""
    loaded: list[int] = []

    class Looped(SmallM1):
        before = DEMO
        wrote = False

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            answers = list(super().__call__(message))
            self.wrote = self.wrote or isinstance(message, BankDump)
            if self.wrote and isinstance(message, BankRequest) and not loaded:
                # The dump that goes out is right; then the loop brings an old one back.
                loaded.append(1)
                self.memory = self.before
                return [*answers, status(StatusCode.LOAD_COMPLETED)]
            return answers

    m1 = Looped()
    result = restoring(ScriptedLink(m1), other_sounds())
    assert loaded
    assert (result.outcome is Outcome.VERIFIED) is (m1.memory == other_sounds())
    assert any("read again" in note for note in result.notes)


def test_on_a_card_whose_combinations_are_protected_nothing_is_written() -> None:
    m1 = open_m1(protect_program_card=False, protect_combination_card=True)
    m1.insert_card(ram_card())
    before = ram_card().contents
    assert before.programs is not None
    assert before.combinations is not None
    wanted = before.replace(
        programs=before.programs[::-1],
        combinations=before.combinations[::-1],
        global_=DEMO.global_ and DEMO.global_.replace(master_tune=9),
    )
    result = restoring(VirtualLink(m1), wanted, bank=Bank.CARD)
    assert result.outcome is Outcome.REFUSED
    assert result.memory_protected
    assert m1.card is not None
    assert m1.card.contents == before
    assert holds(m1, DEMO)
    assert "GLOBAL 6 D DOWN" in result.advice.next_step


@pytest.mark.parametrize("mode", [Mode.GLOBAL, Mode.COMBI])
def test_of_a_mode_in_which_the_m1_answered_only_what_was_asked_is_said(mode: Mode) -> None:
    class Shy(SmallM1):
        """Answers nothing once it was put into PROG mode."""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, ModeChange) and message.mode is Mode.PROG:
                self.exclusive = False
            return super().__call__(message)

    result = restoring(ScriptedLink(Shy(mode=mode)), other_sounds())
    in_global = any("answered in GLOBAL mode but in no other mode" in one for one in result.notes)
    assert in_global is (mode is Mode.GLOBAL)
    told = "not after it was asked to change to another mode"
    assert any(told in one for one in result.notes) is (mode is Mode.COMBI)
    assert result.outcome is not Outcome.VERIFIED


def test_combinations_that_were_refused_leave_no_program_written() -> None:
    class Refusing(SmallM1):
        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, CombinationWrite):
                return [status(StatusCode.WRITE_ERROR)]
            return super().__call__(message)

    m1 = Refusing()
    result = restoring(ScriptedLink(m1), other_sounds())
    assert m1.memory == DEMO
    assert result.outcome is Outcome.REFUSED
    assert result.unchanged is True


@pytest.mark.parametrize("translates", [False, True])
def test_a_card_may_translate_program_numbers_and_is_verified_either_way(translates: bool) -> None:
    m1 = open_m1(protect_program_card=False, protect_combination_card=False)
    m1.board.card_translates = translates
    m1.insert_card(ram_card())
    before = ram_card().contents
    assert before.combinations is not None
    wanted = before.replace(combinations=before.combinations[::-1])
    result = restoring(VirtualLink(m1), wanted, bank=Bank.CARD)
    assert result.outcome is Outcome.VERIFIED
    assert any("compared by number only" in note for note in result.notes)
    assert m1.card is not None
    assert m1.card.contents.combinations is not None
    played = {one.program for item in m1.card.contents.combinations for one in item.timbres}
    assert (min(played) >= 100) is translates

    async def main() -> None:
        async with Instrument(VirtualLink(m1)) as instrument:
            assert (await verify(instrument, wanted, bank=Bank.CARD)).outcome is Outcome.VERIFIED

    clock.run(main())


@pytest.mark.parametrize("translates", [False, True])
def test_a_save_and_a_load_by_panel_are_seen_as_equal_either_way(translates: bool) -> None:
    m1 = open_m1(
        protect_program_card=False, protect_combination_card=False, protect_sequence_card=False
    )
    m1.board.card_translates = translates
    m1.insert_card(Card.formatted(CardFormat.PROGRAMS))
    m1.press("GLOBAL 9 DOWN G G")
    m1.transmit(0.0)

    async def main() -> None:
        async with Instrument(VirtualLink(m1)) as instrument:
            saved = await run_check("card-equals-internal", instrument, CheckContext())
            assert saved.passed
            assert "compared by number only" in saved.evidence
            m1.press("GLOBAL 8 DOWN G G")
            loaded = await run_check("internal-equals-card", instrument, CheckContext())
            assert loaded.passed

    clock.run(main())
    assert m1.contents.combinations == DEMO.combinations
