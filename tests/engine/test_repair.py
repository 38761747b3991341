"""Repairs: what differs is sent object by object, and proved from memory itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m1tui import clock
from m1tui.engine.compare import compare
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.progress import Progress
from m1tui.engine.restore.judge import Restoration
from m1tui.engine.restore.planning import Way
from m1tui.engine.restore.restore import restore
from m1tui.facts import Outcome
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import (
    Allocation,
    AnyMessage,
    Bank,
    BankDump,
    CardFormat,
    Contents,
    Program,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    Sequence,
    StatusCode,
)
from m1tui.virtual.card import Card
from m1tui.virtual.fault_wire import FaultPlan
from m1tui.virtual.faults import Fault, Kind
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import ram_card

from .bench import KEPT, MeddledLink, Shelf, holds, machine, open_m1, other_sounds, restoring
from .scripted import Answer, ScriptedLink
from .small_m1 import SmallM1, status

BYTE = 0.00032
DEMO = demo_contents()
LOAD_OF_PROGRAM = b"\xf0\x42\x30\x19\x40"
REQUEST_OF_PROGRAM = b"\xf0\x42\x30\x19\x10"
WRITE_OF_PROGRAM = b"\xf0\x42\x30\x19\x11"
THRU_LOOP = "The program's own messages come back on this link: there is a MIDI THRU loop."


def changed(*programs: int, combinations: Iterable[int] = (), memory: Contents = DEMO) -> Contents:
    """Return `memory` with other programs and combinations in some slots."""
    assert memory.programs is not None
    assert memory.combinations is not None
    one, other = list(memory.programs), list(memory.combinations)
    for number in programs:
        one[number] = one[number].replace(name=f"Changed {number:02d}")
    for number in combinations:
        other[number] = other[number].replace(name=f"Another {number:02d}")
    return memory.replace(programs=tuple(one), combinations=tuple(other))


def with_global(memory: Contents, tune: int = 7) -> Contents:
    assert memory.global_ is not None
    return memory.replace(global_=memory.global_.replace(master_tune=tune))


def way(result: Restoration) -> Way | None:
    return result.plan.way if result.plan is not None else None


def state(m1: VirtualM1) -> tuple[Any, ...]:
    """Return what a person had in front of him."""
    board = m1.board
    numbers = board.program_number, board.combination_number
    return board.mode, *numbers, board.edit_program, board.edit_combination


# The choice


def test_one_program_is_written_and_proved_in_6_s_beyond_the_reading() -> None:
    m1, shelf, saved = open_m1(), Shelf(), []

    def save(backup: Any) -> Any:
        saved.append(asyncio.get_running_loop().time())
        return shelf(backup)

    result = restoring(VirtualLink(m1), changed(17), save=save)
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, changed(17))
    assert way(result) is Way.ONE_BY_ONE
    assert result.seconds - saved[0] < 6
    assert result.reply is StatusCode.WRITE_COMPLETED
    assert result.unchanged is False
    assert result.comparison is not None
    assert result.comparison.identical
    assert [backup.contents for backup in shelf.backups] == [DEMO]


def test_both_times_are_told_and_so_is_the_choice() -> None:
    result = restoring(VirtualLink(open_m1()), changed(*range(12)))
    assert result.plan is not None
    assert result.plan.one_by_one is not None
    assert result.plan.one_by_one < result.plan.whole
    (told,) = (note for note in result.notes if "12 programs differ" in note)
    assert "Way chosen: one by one" in told
    assert "as a whole would take 17.5 s." in told


def test_the_time_told_is_never_exceeded() -> None:
    for count in (1, 10, 50):
        saved: list[float] = []

        def save(_: Any, saved: list[float] = saved) -> None:
            saved.append(asyncio.get_running_loop().time())

        result = restoring(VirtualLink(open_m1()), changed(*range(count)), save=save)
        assert result.plan is not None
        assert result.plan.one_by_one is not None
        assert result.seconds - saved[0] < result.plan.one_by_one


def test_a_bank_that_differs_all_over_goes_as_one_message() -> None:
    m1 = open_m1()
    result = restoring(VirtualLink(m1), other_sounds())
    assert way(result) is Way.WHOLE
    assert result.reply is StatusCode.LOAD_COMPLETED
    assert holds(m1, other_sounds())


def test_a_memory_that_holds_the_file_is_read_once_and_nothing_is_written_or_saved() -> None:
    m1, shelf = machine(), Shelf()
    result = restoring(VirtualLink(m1), DEMO, save=shelf)
    assert result.outcome is Outcome.VERIFIED
    assert way(result) is Way.NOTHING
    assert result.unchanged is None
    assert result.reply is None
    assert result.sent < 30
    assert result.received < 38_400
    assert shelf.backups == []
    assert result.advice.code == "already-there"
    assert "nothing was" in result.advice.happened


def test_what_differs_harmlessly_is_not_written() -> None:
    assert DEMO.programs is not None
    at = next(at for at, one in enumerate(DEMO.programs) if one.name.endswith(" "))
    raw = DEMO.programs[at].raw
    padded = Program(raw[:10].rstrip(b" ").ljust(10, b"\0") + raw[10:])
    programs = (*DEMO.programs[:at], padded, *DEMO.programs[at + 1 :])
    result = restoring(VirtualLink(open_m1()), DEMO.replace(programs=programs))
    assert way(result) is Way.NOTHING
    assert result.comparison is not None
    assert len(result.comparison.cosmetic) == 1
    assert "1 differ harmlessly" in result.advice.happened


def test_a_dry_run_tells_the_plan_and_writes_nothing() -> None:
    m1 = open_m1()
    result = restoring(VirtualLink(m1), changed(17), dry_run=True)
    assert result.dry_run
    assert way(result) is Way.ONE_BY_ONE
    assert "Way chosen: one by one" in " ".join(result.notes)
    assert holds(m1, DEMO)


# Every kind of object


def test_every_kind_of_object_is_repaired_at_once() -> None:
    m1 = open_m1()
    wanted = with_global(changed(0, 17, 99, combinations=(0, 42))).replace(
        sequence=Sequence.empty()
    )
    result = restoring(VirtualLink(m1), wanted)
    assert result.outcome is Outcome.VERIFIED
    assert way(result) is Way.ONE_BY_ONE
    assert holds(m1, wanted)
    assert result.plan is not None
    assert result.plan.objects == 7
    assert result.plan.differing == ("3 programs, 2 combinations, the global data and the sequence")


def test_global_data_alone_goes_in_its_own_dump() -> None:
    m1 = open_m1()
    result = restoring(VirtualLink(m1), with_global(DEMO))
    assert result.outcome is Outcome.VERIFIED
    assert way(result) is Way.ONE_BY_ONE
    assert result.sent < 1_100
    assert holds(m1, with_global(DEMO))


KEYS = ["PROG", "COMBI", "GLOBAL", "SEQ", "PROG EDIT-PROG", "PROG 1 7", "COMBI 4 2"]


@settings(max_examples=15, deadline=None)
@given(
    programs=st.sets(st.integers(0, 99), max_size=8),
    combinations=st.sets(st.integers(0, 99), max_size=8),
    tune=st.sampled_from([0, 7]),
    key=st.sampled_from(
        ["PROG", "COMBI", "GLOBAL", "SEQ", "PROG EDIT-PROG", "PROG 1 7", "COMBI 4 2"]
    ),
)
def test_whatever_differs_memory_is_the_files_and_the_person_finds_all_as_it_was(
    programs: set[int], combinations: set[int], tune: int, key: str
) -> None:
    m1 = open_m1()
    m1.press(key)
    m1.transmit(0.0)
    before = state(m1)
    wanted = with_global(changed(*programs, combinations=combinations), tune)
    result = restoring(VirtualLink(m1), wanted)
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, wanted)
    assert state(m1) == before


# What the person had


def test_an_edited_edit_buffer_comes_back_and_the_selection_is_as_it_was() -> None:
    m1 = open_m1()
    m1.press("PROG 2 3")
    m1.board.edit_program = m1.board.edit_program.replace(name="In editing")
    m1.transmit(0.0)
    result = restoring(VirtualLink(m1), changed(17))
    assert result.outcome is Outcome.VERIFIED
    assert m1.board.edit_program.name.strip() == "In editing"
    assert m1.board.program_number == 23


def test_the_program_that_was_selected_is_selected_again_though_it_was_replaced() -> None:
    m1 = open_m1()
    m1.press("PROG 1 7")
    m1.transmit(0.0)
    before = state(m1)
    assert restoring(VirtualLink(m1), changed(17)).outcome is Outcome.VERIFIED
    assert state(m1) == before


# Proof


def test_a_write_that_is_confirmed_and_not_done_is_never_verified() -> None:
    class Lying(SmallM1):
        """Says 21 and stores nothing, says 23 and loads no dump."""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, ProgramWrite):
                return [status(StatusCode.WRITE_COMPLETED)]
            if isinstance(message, BankDump):
                return [status(StatusCode.LOAD_COMPLETED)]
            return super().__call__(message)

    result = restoring(ScriptedLink(Lying()), changed(17))
    assert result.outcome is Outcome.MISMATCH
    assert result.unchanged is True
    assert any("sent again in dumps" in note for note in result.notes)
    assert result.advice.code == "memory-suspect"


def test_an_edit_buffer_that_holds_what_was_sent_proves_nothing_of_memory() -> None:
    """Nothing is stored and nothing selected, so that 10 returns just what 40 brought."""

    class Deaf(SmallM1):
        """Says 21 and stores nothing; it knows no program change and no dump."""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, ProgramWrite):
                return [status(StatusCode.WRITE_COMPLETED)]
            return [] if isinstance(message, BankDump) else super().__call__(message)

    m1 = Deaf()
    result = restoring(ScriptedLink(m1), changed(17))
    assert m1.memory == DEMO
    assert result.outcome is Outcome.MISMATCH
    assert result.unchanged is True


def test_where_program_changes_are_filtered_the_banks_dump_proves_it() -> None:
    m1 = open_m1(program_change=False)
    result = restoring(VirtualLink(m1), changed(17, combinations=(3,)))
    assert result.outcome is Outcome.VERIFIED
    assert way(result) is Way.ONE_BY_ONE
    assert holds(m1, changed(17, combinations=(3,)))


def test_programs_that_are_all_alike_are_proved_by_the_banks_dump() -> None:
    m1 = open_m1("dead-battery")
    before = m1.contents
    assert before.programs is not None
    wanted = before.replace(
        programs=tuple(one.replace(name="All alike") for one in before.programs)
    )
    m1.board.memory = m1.memory.loaded(wanted)
    back = changed(3, memory=wanted)
    twice = back.replace(programs=(*(back.programs or ())[:98], *(back.programs or ())[3:4] * 2))
    assert restoring(VirtualLink(m1), twice).outcome is Outcome.VERIFIED
    assert holds(m1, twice)


def test_a_write_that_strays_to_another_slot_is_found_and_made_good() -> None:
    strayed: list[int] = []

    def stray(data: bytes) -> bytes:
        if data.startswith(WRITE_OF_PROGRAM) and not strayed:
            strayed.append(data[6])
            return data[:6] + bytes([data[6] ^ 2]) + data[7:]
        return data

    m1 = open_m1()
    result = restoring(MeddledLink(m1, outgoing=stray), changed(17, 40))
    assert strayed == [17]
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, changed(17, 40))
    assert any("2 programs differed" in note for note in result.notes)


def test_our_own_edit_buffer_that_comes_back_in_place_of_the_slot_is_not_taken() -> None:
    class Ring(SmallM1):
        """Stores nothing; each 40 comes back behind the next request."""

        kept: list[bytes]

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, ProgramWrite):
                return [status(StatusCode.WRITE_COMPLETED)]
            answers = list(super().__call__(message))
            if isinstance(message, ProgramDump):
                self.kept = [message.encode()]
            if isinstance(message, ProgramRequest) and getattr(self, "kept", []):
                answers.insert(0, self.kept.pop())
            return answers

    m1 = Ring()
    result = restoring(ScriptedLink(m1), changed(17))
    assert (m1.memory == changed(17)) is (result.outcome is Outcome.VERIFIED)


class EchoingLink(VirtualLink):
    """Spoils each 40 on its way out and brings it back once, as it was, when told to."""

    def __init__(self, m1: VirtualM1, seconds: float, *, unanswered: int) -> None:
        """Bring it back so many `seconds` behind that request for a slot, which gets lost."""
        super().__init__(m1)
        self._seconds = seconds
        self._left = unanswered
        self._load = b""
        self._written = False

    async def _write(self, data: bytes) -> None:
        if data.startswith(LOAD_OF_PROGRAM) and not self._written:
            self._load = data
            data = data[:100] + bytes([data[100] ^ 1]) + data[101:]
        self._written = self._written or data.startswith(WRITE_OF_PROGRAM)
        if self._written and data.startswith(REQUEST_OF_PROGRAM):
            self._left -= 1
            if self._left == 0:
                later = self._seconds + len(self._load) * BYTE
                asyncio.get_running_loop().call_later(later, self._inbox.put, self._load)
                return
        await super()._write(data)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.05, 0.13, 0.4, 1.5])
def test_what_was_loaded_and_comes_back_late_is_not_taken_for_the_slot(seconds: float) -> None:
    m1 = open_m1()
    result = restoring(EchoingLink(m1, seconds, unanswered=2), changed(17))
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, changed(17))
    assert any("1 program differed" in note for note in result.notes)


def test_what_was_loaded_and_comes_back_unasked_is_known_as_ours() -> None:
    m1 = open_m1()
    link = EchoingLink(m1, 0.0, unanswered=0)

    async def main() -> Restoration:
        def save(_: Any) -> Any:
            loop = asyncio.get_running_loop()
            loop.call_later(0.16, lambda: link._inbox.put(link._load))
            return KEPT

        async with Instrument(link) as instrument:
            return await restore(instrument, changed(17), save=save)

    result = clock.run(main())
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, changed(17))
    assert THRU_LOOP in result.notes


def test_a_person_who_switches_the_mode_meanwhile_does_not_deceive() -> None:
    for at in (0.05, 0.1, 0.15, 0.25, 0.4, 0.7):
        m1 = open_m1()
        result = meanwhile(m1, partial(m1.press, "COMBI"), at)
        assert (result.outcome is Outcome.VERIFIED) is holds(m1, changed(*range(10, 16)))
        assert result.outcome is Outcome.VERIFIED
        assert not result.memory_protected


@pytest.mark.parametrize("at", [0.02, 0.07, 0.12, 0.18, 0.24, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8])
def test_an_allocation_that_is_changed_meanwhile_does_not_deceive(at: float) -> None:
    m1 = open_m1()

    def reallocate() -> None:
        m1.board.memory = m1.memory.reallocated(Allocation.LARGE_SEQUENCE)

    result = meanwhile(m1, reallocate, at)
    assert result.outcome is Outcome.MISMATCH
    assert result.advice.code == "allocation-changed-while-writing"
    assert "expected 100/100, found 50/50" in result.advice.cause
    # The pacing is not to blame.
    assert result.pacing is Pacing.FULL or result.pacing.label == "256:60"
    assert result.seconds < 130


def test_behind_a_changed_allocation_only_what_was_read_again_is_said_to_differ() -> None:
    m1 = open_m1()

    def reallocate() -> None:
        m1.board.memory = m1.memory.reallocated(Allocation.LARGE_SEQUENCE)

    result = meanwhile(m1, reallocate, 0.7)
    assert result.comparison is not None
    kinds = {one.kind for one in result.comparison.different}
    assert kinds == {"programs"}


def meanwhile(m1: VirtualM1, act: Callable[[], Any], after: float, **options: Any) -> Restoration:
    """Repair programs 10 to 15; `act` some seconds behind the end of the reading."""

    async def main() -> Restoration:
        def save(_: Any) -> Any:
            asyncio.get_running_loop().call_later(after, act)
            return KEPT

        async with Instrument(VirtualLink(m1)) as instrument:
            return await restore(instrument, changed(*range(10, 16)), save=save, **options)

    return clock.run(main())


# Refusals, ends and losses


@pytest.mark.parametrize("kind", ["program", "combination"])
def test_protected_memory_is_refused_by_the_first_write_and_is_unchanged(kind: str) -> None:
    protects: dict[str, Any] = {f"protect_{kind}_internal": True}
    m1 = open_m1(**protects)
    before = state(m1)
    wanted = changed(17, 18) if kind == "program" else changed(combinations=(17, 18))
    result = restoring(VirtualLink(m1), wanted)
    assert result.outcome is Outcome.REFUSED
    assert result.memory_protected
    assert result.unchanged is True
    assert f"emory is protected ({kind})" in result.advice.happened
    assert holds(m1, DEMO)
    assert state(m1) == before


def test_of_several_parts_none_is_written_where_one_is_protected() -> None:
    m1 = open_m1(protect_combination_internal=True)
    result = restoring(VirtualLink(m1), changed(17, combinations=(3,)))
    # The probe asked both kinds before any was written.
    assert (result.outcome, result.unchanged) == (Outcome.REFUSED, True)
    assert result.memory_protected
    assert result.comparison is not None
    assert [one.kind for one in result.comparison.different] == ["program", "combination"]
    assert "emory is protected (combination)" in result.advice.happened
    assert holds(m1, DEMO)


def test_a_protected_sequence_is_told_by_its_own_dump_and_nothing_else_is_written() -> None:
    m1 = open_m1(protect_sequence_internal=True)
    wanted = with_global(changed(17)).replace(sequence=Sequence.empty())
    result = restoring(VirtualLink(m1), wanted)
    assert result.outcome is not Outcome.VERIFIED
    assert result.memory_protected
    assert holds(m1, DEMO)


def test_protect_switched_on_in_the_middle_leaves_a_mismatch_that_names_the_rest() -> None:
    m1 = open_m1()

    def protect() -> None:
        m1.board.settings = m1.settings.changed(protect_program_internal=True)

    result = meanwhile(m1, protect, 0.3)
    assert result.outcome is Outcome.MISMATCH
    assert result.memory_protected
    assert "memory protect" in result.advice.cause
    assert result.comparison is not None
    assert m1.contents.programs is not None
    wanted = changed(*range(10, 16)).programs
    assert wanted is not None
    really = [n for n in range(100) if m1.contents.programs[n] != wanted[n]]
    assert [one.number for one in result.comparison.different] == really
    assert 0 < len(really) < 6


def test_cancelling_between_two_objects_reads_back_what_was_written() -> None:
    m1 = open_m1()
    before = state(m1)
    cancel: list[asyncio.Event] = []

    def watch(progress: Progress) -> None:
        if progress.phase == "Sending one by one" and progress.done > 2 * 170:
            cancel[0].set()

    async def main() -> Restoration:
        cancel.append(asyncio.Event())
        async with Instrument(VirtualLink(m1)) as instrument:
            return await restore(
                instrument,
                changed(*range(10, 16)),
                save=Shelf(),
                progress=watch,
                cancel=cancel[0],
            )

    result = clock.run(main())
    assert result.outcome is Outcome.MISMATCH
    assert result.cancelled
    assert result.comparison is not None
    assert [one.number for one in result.comparison.different] == [13, 14, 15]
    assert "3 of 6 programs were written one by one" in result.advice.happened
    assert holds(m1, changed(10, 11, 12))
    assert state(m1) == before


def test_cancelling_before_the_first_object_sends_nothing() -> None:
    m1 = open_m1()
    cancel = asyncio.Event()
    result = meanwhile(m1, cancel.set, 0.01, cancel=cancel)
    assert result.outcome is Outcome.REFUSED
    assert result.cancelled
    assert holds(m1, DEMO)


@pytest.mark.parametrize("word", ["ProgramDump", "ProgramWrite"])
def test_a_link_lost_in_the_middle_tells_what_was_written_and_what_was_not(word: str) -> None:
    m1 = SmallM1()
    link = ScriptedLink(m1)
    heard: list[int] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if type(message).__name__ == word:
            heard.append(1)
            if len(heard) == 3:
                link.unplug()
                return []
        return usual

    m1.twist = twist
    result = restoring(link, changed(*range(10, 16)))
    assert result.outcome is Outcome.UNKNOWN
    happened = result.advice.happened
    assert "2 of 6 programs were written one by one (program 10, program 11)" in happened
    assert ("program 12 may have been written" in happened) is (word == "ProgramWrite")
    assert "not sent" in happened
    assert str(KEPT) in result.advice.safe


def test_power_lost_in_the_middle_leaves_the_state_unknown() -> None:
    m1 = open_m1()
    result = meanwhile(m1, m1.power_off, 0.3)
    assert result.outcome is Outcome.UNKNOWN
    assert "programs were written one by one" in result.advice.happened
    assert result.seconds < 60


# Other circumstances


def test_a_slower_pacing_holds_for_each_object() -> None:
    m1 = open_m1()
    pacing = Pacing.parse("64:100")
    result = restoring(VirtualLink(m1), changed(*range(10)), pacing=pacing)
    assert result.outcome is Outcome.VERIFIED
    assert way(result) is Way.ONE_BY_ONE
    assert result.pacing == pacing
    plain = restoring(VirtualLink(open_m1()), changed(*range(10)))
    assert result.seconds - plain.seconds == pytest.approx(10 * 2 * 0.1, abs=0.1)


def test_an_m1_on_another_channel_is_repaired_there() -> None:
    m1 = open_m1(channel=9)
    assert restoring(VirtualLink(m1), changed(17, combinations=(2,))).outcome is Outcome.VERIFIED
    assert holds(m1, changed(17, combinations=(2,)))


def test_a_channel_changed_in_the_middle_leaves_the_state_unknown() -> None:
    m1 = open_m1()

    def change() -> None:
        m1.board.settings = m1.settings.changed(channel=4)

    result = meanwhile(m1, change, 0.3)
    assert result.outcome is Outcome.UNKNOWN
    assert "found an M1 on channel 5" in result.advice.happened


def test_a_card_is_repaired_and_proved_by_its_dump() -> None:
    m1 = open_m1(protect_program_card=False, protect_combination_card=False)
    m1.insert_card(ram_card())
    before = ram_card().contents
    wanted = changed(17, combinations=(3,), memory=before)
    shown = state(m1)
    result = restoring(VirtualLink(m1), wanted, bank=Bank.CARD)
    assert result.outcome is Outcome.VERIFIED
    assert way(result) is Way.ONE_BY_ONE
    assert m1.card is not None
    assert m1.card.contents == wanted
    assert holds(m1, DEMO)
    assert state(m1) == shown


def test_a_card_bank_in_use_does_not_pass_for_the_internal_one() -> None:
    m1 = open_m1()
    m1.insert_card(Card.formatted(CardFormat.PROGRAMS))
    m1.press("PROG CARD")
    m1.transmit(0.0)
    result = restoring(VirtualLink(m1), changed(17))
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, changed(17))


def test_where_our_messages_come_back_the_banks_dump_proves_single_objects() -> None:
    m1 = open_m1()
    link = MeddledLink(m1)

    def loop_back(data: bytes) -> bytes:
        delay = len(data) * BYTE
        asyncio.get_running_loop().call_later(delay, lambda: m1.board.outbox.extend(data))
        return data

    link.outgoing = loop_back
    result = restoring(link, changed(17))
    assert result.outcome is Outcome.VERIFIED
    assert way(result) is Way.ONE_BY_ONE
    assert THRU_LOOP in result.notes
    assert holds(m1, changed(17))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_one_damaged_byte_anywhere_in_a_repair_never_makes_the_word_untrue(
    data: st.DataObject,
) -> None:
    """Flip, lose or double one byte, either way, at any place behind the reading."""
    outward = data.draw(st.booleans())
    at = data.draw(st.integers(0, 1_150 if outward else 1_300))
    how = data.draw(st.sampled_from(["lose", "double", *range(7)]))
    m1 = open_m1()
    m1.transmit(0.0)
    armed, passed = [False], [0]

    def meddle(piece: bytes) -> bytes:
        if not armed[0] or not passed[0] <= at < passed[0] + len(piece):
            passed[0] += len(piece) if armed[0] else 0
            return piece
        index = at - passed[0]
        passed[0] += len(piece)
        byte = piece[index : index + 1]
        new = {"lose": b"", "double": byte * 2}.get(str(how))
        if new is None:
            new = bytes([byte[0] ^ 1 << int(how)])
        return piece[:index] + new + piece[index + 1 :]

    def save(_: Any) -> Any:
        armed[0] = True
        return KEPT

    link = MeddledLink(m1, **{"outgoing" if outward else "incoming": meddle})
    wanted = changed(17, 18, combinations=(5,))
    result = restoring(link, wanted, save=save)
    if result.outcome is Outcome.VERIFIED:
        # A bit that belongs to no value may differ.
        assert compare(wanted, m1.contents).equal
    if result.unchanged:
        assert holds(m1, DEMO)
    if result.outcome is Outcome.MISMATCH and result.comparison is not None:
        assert not holds(m1, wanted)


def test_a_link_lost_while_a_stopped_dump_is_ended_is_told_and_not_raised() -> None:
    m1 = SmallM1()
    link = ScriptedLink(m1)
    cancel: list[asyncio.Event] = []

    def watch(progress: Progress) -> None:
        if progress.phase == "Sending" and progress.done > 10_000:
            cancel[0].set()
            link.unplug(after=0.5)

    async def main() -> Restoration:
        cancel.append(asyncio.Event())
        async with Instrument(link) as instrument:
            return await restore(
                instrument, other_sounds(), save=Shelf(), progress=watch, cancel=cancel[0]
            )

    result = clock.run(main())
    assert result.outcome is Outcome.UNKNOWN
    assert "F7 was sent" in result.advice.happened
    assert "unplugged" in result.advice.happened


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("count", [2, 20, 60])
def test_the_time_that_an_m1_takes_to_answer_decides_the_way(count: int, seconds: float) -> None:
    late = FaultPlan((Fault(Kind.LATE_REPLY, 1.0, seconds=seconds),))
    wanted = changed(*range(count))
    m1 = open_m1()
    result = restoring(VirtualLink(m1, faults=late), wanted)
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, wanted)
    assert result.plan is not None
    assert result.plan.one_by_one is not None
    assert result.plan.way is (Way.ONE_BY_ONE if count == 2 and seconds < 1 else Way.WHOLE)
    assert result.seconds < 100
