"""A virtual M1 that misbehaves, and what is seen of it at the other end; on the jumping clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from m1tui.clock import run
from m1tui.errors import LinkLost
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import (
    Allocation,
    AnyMessage,
    Bank,
    BankDump,
    BankRequest,
    Contents,
    ExclusiveFrame,
    Framer,
    IdentityRequest,
    Mode,
    ModeChange,
    ModeData,
    ModeRequest,
    ParameterChange,
    Part,
    Program,
    ProgramDump,
    ProgramWrite,
    Status,
    StatusCode,
    decode,
)
from m1tui.virtual.fault_wire import FaultPlan
from m1tui.virtual.faults import Fault, Kind, Side
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from tests.virtual.dialogue import dump_of, open_m1

REVERSED = BankDump.of(
    Contents(programs=(dump_of(open_m1(), Part.PROGRAMS).contents.programs or ())[::-1]),
    Part.PROGRAMS,
).encode()
MODE = ModeRequest(0).encode()


def heard(
    *sent: bytes, faults: str, m1: VirtualM1, seconds: float = 20.0, seed: int = 1
) -> tuple[list[tuple[float, AnyMessage]], FaultPlan]:
    """What comes back, with its time, in the seconds after something is sent."""
    plan = FaultPlan(map(Fault.parse, faults.split()), seed)

    async def talk() -> list[tuple[float, AnyMessage]]:
        loop = asyncio.get_running_loop()
        framer, came = Framer(), list[tuple[float, AnyMessage]]()
        async with VirtualLink(m1, faults=plan) as link:

            async def listen() -> None:
                while True:
                    for event in framer.feed(await link.read()):
                        if isinstance(event, ExclusiveFrame):
                            came.append((loop.time(), decode(event.data)))

            listener = loop.create_task(listen())
            for data in sent:
                await link.write(data)
            await link.drain()
            await asyncio.sleep(seconds)
            listener.cancel()
        return came

    return run(talk()), plan


def messages(came: list[tuple[float, AnyMessage]]) -> list[AnyMessage]:
    return [message for _, message in came]


def test_an_m1_that_lies_says_23_and_holds_what_it_held() -> None:
    m1 = open_m1()
    before = m1.contents
    came, plan = heard(REVERSED, faults="wrote-nothing=1", m1=m1)
    assert messages(came) == [Status(0, StatusCode.LOAD_COMPLETED)]
    assert m1.contents == before
    assert [mishap.kind for mishap in plan.mishaps] == [Kind.WROTE_NOTHING]


def test_an_m1_that_writes_a_part_says_23_and_holds_the_first_of_it() -> None:
    m1 = open_m1()
    old = m1.memory.programs
    came, plan = heard(REVERSED, faults="wrote-part=1", m1=m1)
    assert messages(came) == [Status(0, StatusCode.LOAD_COMPLETED)]
    done = int(plan.mishaps[0].detail.split()[0])
    assert m1.memory.programs == (*old[::-1][:done], *old[done:])
    assert 0 < done < 100


def test_an_m1_that_writes_a_bit_wrong_differs_in_one_bit() -> None:
    m1 = open_m1()
    wanted = b"".join(program.raw for program in m1.memory.programs[::-1])
    heard(REVERSED, faults="wrote-bit=1", m1=m1)
    found = b"".join(program.raw for program in m1.memory.programs)
    assert sum((a ^ b).bit_count() for a, b in zip(wanted, found, strict=True)) == 1


def test_what_is_written_badly_may_be_the_edit_buffer() -> None:
    m1 = open_m1()
    wanted = m1.memory.programs[7]
    heard(ProgramDump(0, wanted).encode(), faults="wrote-bit=1", m1=m1)
    differing = int.from_bytes(m1.board.edit_program.raw) ^ int.from_bytes(wanted.raw)
    assert differing.bit_count() == 1
    stored, m1 = open_m1().memory, open_m1()
    heard(ProgramDump(0, wanted).encode(), faults="wrote-part=1", m1=m1)
    assert m1.board.edit_program != wanted
    assert m1.memory == stored


@pytest.mark.parametrize(
    ("word", "answers"),
    [
        ("reply-24", [Status(0, StatusCode.LOAD_ERROR)]),
        ("reply-26", [Status(0, StatusCode.FORMAT_ERROR)]),
        ("no-reply", []),
    ],
)
def test_what_an_m1_answers_tells_nothing_of_what_it_did(
    word: str, answers: list[AnyMessage]
) -> None:
    wrote = set()
    for seed in range(8):
        m1 = open_m1()
        before = m1.contents
        came, plan = heard(REVERSED, faults=f"{word}=1", m1=m1, seed=seed)
        assert messages(came) == answers
        did_nothing = plan.mishaps[0].detail == "and it did nothing"
        assert did_nothing is (m1.contents == before)
        wrote.add(did_nothing)
    assert wrote == {True, False}


def test_an_m1_may_answer_everything_but_requests_of_dumps() -> None:
    request = BankRequest(0, Part.PROGRAMS).encode()
    came, _ = heard(request, MODE, faults="no-dump=1", m1=open_m1())
    assert [type(message).__name__ for message in messages(came)] == ["ModeData"]


def test_a_late_answer_comes_when_it_says() -> None:
    usual, _ = heard(MODE, faults="late-reply=0", m1=open_m1())
    late, _ = heard(MODE, faults="late-reply=1:7s", m1=open_m1())
    assert messages(late) == messages(usual)
    assert late[0][0] - usual[0][0] == pytest.approx(7.0, abs=0.01)


def test_answers_keep_their_order_though_one_is_late() -> None:
    identity = IdentityRequest().encode()
    faults = "late-reply=0.5:3s"
    orders = set()
    for seed in range(6):
        came, plan = heard(MODE, identity, faults=faults, m1=open_m1(), seed=seed)
        assert [type(message).__name__ for message in messages(came)] == [
            "ModeData",
            "IdentityReply",
        ]
        orders.add(len(plan.mishaps))
    assert orders == {0, 1, 2}


def test_power_that_is_cut_in_a_dump_comes_back_and_the_dump_does_not() -> None:
    m1 = open_m1()
    before = m1.contents
    came, plan = heard(REVERSED, MODE, faults="in:power-cut=1:0.5s", m1=m1, seconds=1.0)
    assert m1.powered
    assert m1.contents == before
    assert not any(isinstance(message, Status) for message in messages(came))
    assert [mishap.kind for mishap in plan.mishaps] == [Kind.POWER_CUT]


def test_a_dead_cell_lets_a_power_cut_erase_memory() -> None:
    m1 = scenario("dead-battery")
    m1.board.memory = open_m1().memory
    m1.board.settings = m1.settings.changed(exclusive=True)
    heard(BankRequest(0, Part.ALL).encode(), faults="out:power-cut=1", m1=m1, seconds=30)
    assert m1.powered
    assert m1.contents.is_initialised


def test_a_cell_that_is_gone_lets_a_power_cut_erase_memory() -> None:
    m1 = open_m1()
    heard(BankRequest(0, Part.ALL).encode(), faults="out:memory-loss=1:1s", m1=m1, seconds=30)
    assert m1.powered
    assert m1.contents.is_initialised
    assert not m1.settings.exclusive


def test_an_address_line_that_is_broken_has_a_write_reach_two_slots() -> None:
    m1 = open_m1()
    before = m1.memory.programs
    sent = ProgramDump(0, before[7]).encode(), ProgramWrite(0, Bank.INTERNAL, 20).encode()
    came, plan = heard(*sent, faults="wrote-twice=1", m1=m1)
    assert messages(came)[-1] == Status(0, StatusCode.WRITE_COMPLETED)
    changed = [at for at, one in enumerate(m1.memory.programs) if one != before[at]]
    assert len(changed) == 2
    assert (changed[0] ^ changed[1]).bit_count() == 1
    assert [m1.memory.programs[at] for at in changed] == [before[7]] * 2
    assert [mishap.kind for mishap in plan.mishaps] == [Kind.WROTE_TWICE]


def test_what_somebody_picks_in_a_dump_is_told_behind_it() -> None:
    m1 = open_m1()
    came, _ = heard(BankRequest(0, Part.GLOBAL).encode(), faults="other-program=1", m1=m1)
    dump, picked = messages(came)[:2]
    assert isinstance(dump, BankDump)
    assert isinstance(picked, ProgramDump)
    assert m1.board.program_number != 0
    assert picked.program == m1.memory.programs[m1.board.program_number] == m1.board.edit_program


def test_a_mode_key_in_a_dump_is_told_behind_it() -> None:
    m1 = open_m1()
    came, _ = heard(BankRequest(0, Part.GLOBAL).encode(), faults="other-mode=1", m1=m1)
    assert [type(one) for one in messages(came)[:2]] == [BankDump, ModeChange]
    assert m1.board.mode is not Mode.PROG


def test_an_allocation_that_changes_in_a_dump_is_in_what_comes_later() -> None:
    m1 = open_m1()
    request = BankRequest(0, Part.PROGRAMS).encode()
    came, _ = heard(request, faults="out:allocation-change=1", m1=m1)
    dump, change = messages(came)[:2]
    assert isinstance(dump, BankDump)
    assert dump.allocation is Allocation.LARGE_PROGRAM
    assert isinstance(change, ModeChange)
    assert change.mode is Mode.GLOBAL
    assert m1.board.mode_data().allocation is Allocation.LARGE_SEQUENCE
    assert len(m1.memory.programs) == 50


def test_what_somebody_stores_in_a_dump_changes_one_slot_and_is_told() -> None:
    m1 = open_m1()
    before = m1.memory.programs
    came, _ = heard(BankRequest(0, Part.GLOBAL).encode(), faults="out:store=1", m1=m1)
    changed = [at for at, one in enumerate(m1.memory.programs) if one != before[at]]
    assert changed == [m1.board.program_number]
    kinds = [type(one) for one in messages(came)]
    assert kinds[0] is BankDump
    assert {ModeChange, ParameterChange, ProgramDump} <= set(kinds[1:])


def test_a_protect_keeps_out_what_somebody_stores() -> None:
    m1 = scenario("healthy")
    before = m1.memory
    assert m1.settings.protect_program_internal
    heard(BankRequest(0, Part.GLOBAL).encode(), faults="out:store=1", m1=m1)
    assert m1.memory == before


def test_what_is_held_back_is_answered_later_than_what_passes_it() -> None:
    m1 = open_m1()
    identity = IdentityRequest().encode()
    came, plan = heard(MODE, identity, faults="in:held-back=0.5:9s", m1=m1, seed=1)
    assert [mishap.message for mishap in plan.mishaps] == [1]
    assert [type(one).__name__ for one in messages(came)] == ["IdentityReply", "ModeData"]
    assert came[1][0] == pytest.approx(9.0, abs=0.1)


def test_a_burst_brings_all_that_waited_at_once() -> None:
    m1 = open_m1()
    request = BankRequest(0, Part.PROGRAMS).encode()
    usual, _ = heard(request, faults="burst=0", m1=m1)
    late, plan = heard(request, faults="out:burst=0.0001:9s", m1=m1, seed=28)
    assert [mishap.kind for mishap in plan.mishaps] == [Kind.BURST]
    assert messages(late) == messages(usual)
    assert late[0][0] == pytest.approx(plan.mishaps[0].at + 9.0, abs=0.01)


def test_protects_that_come_on_in_a_dump_keep_it_out() -> None:
    m1 = open_m1()
    came, _ = heard(REVERSED, faults="protect-on=1", m1=m1)
    assert messages(came) == [Status(0, StatusCode.LOAD_ERROR)]
    assert m1.settings.protect_program_internal


def test_a_channel_that_changes_in_a_dump_leaves_it_unanswered() -> None:
    m1 = open_m1()
    came, _ = heard(REVERSED, faults="channel-change=1", m1=m1)
    assert came == []
    assert m1.settings.channel != 0


def test_a_slider_that_moves_in_a_dump_is_told_behind_it_and_changes_the_edit_buffer() -> None:
    m1 = open_m1()
    before, memory = m1.board.edit_program, m1.memory
    came, _ = heard(BankRequest(0, Part.PROGRAMS).encode(), faults="out:slider=1", m1=m1)
    dump, change = messages(came)
    assert isinstance(dump, BankDump)
    assert isinstance(change, ParameterChange)
    assert isinstance(m1.board.edit_program, Program)
    assert m1.board.edit_program != before
    assert m1.memory == memory


def test_what_comes_twice_is_answered_twice_and_an_answer_heard_twice() -> None:
    for faults in ("in:repeat=1", "out:repeat=1:2s"):
        came, _ = heard(MODE, faults=faults, m1=open_m1())
        first, second = messages(came)
        assert isinstance(first, ModeData)
        assert first == second


def test_an_echo_of_ours_comes_back_before_or_long_behind_the_answer() -> None:
    came, _ = heard(MODE, faults="in:echo=1", m1=open_m1())
    assert sorted(type(message).__name__ for message in messages(came)) == [
        "ModeData",
        "ModeRequest",
    ]
    came, _ = heard(MODE, faults="in:echo=1:5s", m1=open_m1())
    assert isinstance(came[-1][1], ModeRequest)
    assert came[-1][0] > 5


def test_an_m1_that_hears_its_own_dump_at_once_says_that_it_is_an_error() -> None:
    came, _ = heard(BankRequest(0, Part.PROGRAMS).encode(), faults="out:echo=1", m1=open_m1())
    assert Status(0, StatusCode.LOAD_ERROR) in messages(came)


def test_a_stall_holds_up_what_comes_behind_it() -> None:
    came, _ = heard(REVERSED, faults="in:stall=1:2s", m1=open_m1())
    assert came[0][0] == pytest.approx(len(REVERSED) / 3125 + 2.0, abs=0.1)


def test_nothing_crosses_in_a_gap_and_all_does_behind_it() -> None:
    m1 = open_m1()
    plan = FaultPlan([])
    plan.cut(Fault(Kind.GAP, 1.0, None, 1.0), Side.IN, 0.0)

    async def talk() -> bytes:
        async with VirtualLink(m1, faults=plan) as link:
            await link.write(MODE)
            await asyncio.sleep(0.9)
            await link.write(MODE)
            await asyncio.sleep(1.0)
            await link.write(MODE)
            await asyncio.sleep(1.0)
            return await link.read()

    assert run(talk()).count(b"\xf0") == 1


def test_a_link_that_is_lost_says_so_and_can_be_opened_again() -> None:
    plan = FaultPlan([Fault.parse("in:disconnect=1:2s")])
    link = VirtualLink(open_m1(), faults=plan)

    async def talk(work: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
        async with link:
            await link.write(MODE)
            return await work()

    async def twice() -> None:
        with pytest.raises(LinkLost, match="unplugged"):
            await talk(link.read)
        async with link:
            await asyncio.sleep(3)
            # The M1 is there all the while: active sensing comes as soon as the cable is back.
            assert set(await link.read()) == {0xFE}

    run(twice())


def test_each_mishap_is_told_at_once() -> None:
    told: list[str] = []
    plan = FaultPlan([Fault.parse("in:flip=1")], 3, tell=lambda one: told.append(str(one)))
    plan.lines[Side.IN].through(MODE, 0.5)
    assert told == [str(mishap) for mishap in plan.mishaps]
    assert len(told) == len(MODE)
