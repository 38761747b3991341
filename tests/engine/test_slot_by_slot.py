"""Programs and combinations read slot by slot over an interface that cuts every long answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.slot_by_slot import NOT_HAD, back_up_slots
from m1tui.errors import ReadError, Stopped
from m1tui.facts import Backup
from m1tui.sysex import BankDump, Mode, Part
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.slots import taken_from
from m1tui.virtual.machine import VirtualM1
from tests.engine.bench import MeddledLink, open_m1


class Cutting:
    """An interface that delivers no more than `most` bytes of an exclusive message."""

    def __init__(self, most: int = 256) -> None:
        self.most = most
        self.inside = 0

    def __call__(self, data: bytes) -> bytes:
        kept = bytearray()
        for byte in data:
            self.inside = 1 if byte == 0xF0 else self.inside + 1 if self.inside else 0
            if self.inside <= self.most:
                kept.append(byte)
            if byte == 0xF7:
                self.inside = 0
        return bytes(kept)


class Losing(Cutting):
    """One that cuts, and loses each request to select slot 40 besides."""

    def outgoing(self, data: bytes) -> bytes:
        return b"" if data == b"\xc0\x28" else data


def reading(
    m1: VirtualM1,
    *,
    incoming: Callable[[bytes], bytes] | None = None,
    outgoing: Callable[[bytes], bytes] = bytes,
    cancel_after: float | None = None,
) -> Backup:
    """Read slot by slot over such an interface, on the jumping clock."""

    async def main() -> Backup:
        link = MeddledLink(m1, incoming=incoming or Cutting(), outgoing=outgoing)
        cancel = asyncio.Event()
        async with Instrument(link) as instrument:
            if cancel_after is not None:
                asyncio.get_running_loop().call_later(cancel_after, cancel.set)
            return await back_up_slots(instrument, cancel=cancel)

    return clock.run(main())


def test_where_every_long_answer_is_cut_all_sounds_are_had_by_their_slots() -> None:
    m1 = open_m1()

    async def both() -> Backup:
        async with Instrument(MeddledLink(m1, incoming=Cutting())) as instrument:
            with pytest.raises(ReadError) as failed:
                await back_up(instrument)
            assert failed.value.partial
            assert not failed.value.silent
            return await back_up_slots(instrument)

    backup = clock.run(both())
    assert backup.contents.programs == m1.contents.programs
    assert backup.contents.combinations == m1.contents.combinations
    assert backup.missing == NOT_HAD
    assert any("PARTIAL" in note for note in backup.notes)


def test_the_file_has_one_dump_for_each_bank_that_is_complete() -> None:
    m1 = open_m1()
    backup = reading(m1)
    file = read_file(backup.dump)
    assert not file.problems
    assert [dump.part for dump in file.dumps] == [Part.PROGRAMS, Part.COMBINATIONS]
    assert file.contents().programs == m1.contents.programs
    assert (backup.kind, backup.label) == ("programs+combinations", "slot by slot")


@pytest.mark.parametrize("mode", [Mode.COMBI, Mode.PROG, Mode.EDIT_PROG, Mode.GLOBAL])
def test_mode_and_edit_buffer_are_as_they_were_afterwards(mode: Mode) -> None:
    keys = {
        Mode.COMBI: "COMBI 0 7",
        Mode.PROG: "PROG 1 7",
        Mode.EDIT_PROG: "PROG 1 7 EDIT-PROG UP",
        Mode.GLOBAL: "GLOBAL",
    }
    m1 = open_m1()
    m1.press(keys[mode])
    m1.transmit(0.0)
    assert m1.board.mode is mode
    program, combination = m1.board.edit_program, m1.board.edit_combination
    before = m1.contents
    backup = reading(m1)
    assert m1.board.mode is mode
    assert (m1.board.edit_program, m1.board.edit_combination) == (program, combination)
    assert m1.contents == before
    assert not any("may not be as it was" in note for note in backup.notes)


def test_a_slot_that_cannot_be_selected_is_named_as_missing_never_taken_from_a_neighbour() -> None:
    m1 = open_m1()
    backup = reading(m1, outgoing=Losing().outgoing)
    assert "program 40" in backup.missing
    assert "combination 40" in backup.missing
    programs = m1.contents.programs
    assert programs is not None
    assert backup.contents.programs == programs[:40] + programs[41:]
    taken = taken_from(read_file(backup.dump))
    assert dict(taken.slots.programs) == {n: one for n, one in enumerate(programs) if n != 40}


def test_where_program_changes_are_filtered_out_nothing_is_believed() -> None:
    m1 = open_m1(program_change=False)
    with pytest.raises(ReadError, match="found the same one in all of them"):
        reading(m1)


class Thru:
    """A MIDI THRU that brings the M1's edit buffer back to it, behind each selection."""

    def __init__(self) -> None:
        self.buffers: dict[int, bytes] = {}

    def incoming(self, data: bytes) -> bytes:
        for code in (0x40, 0x49):
            start = data.find(bytes([0xF0, 0x42, 0x30, 0x19, code]))
            if start >= 0:
                self.buffers.setdefault(code, data[start : data.index(0xF7, start) + 1])
        return data

    def outgoing(self, data: bytes) -> bytes:
        looped = b"".join(self.buffers.values()) if data[0] & 0xF0 == 0xC0 else b""
        return data + looped


def test_where_a_thru_loads_the_same_sound_again_no_slot_is_believed() -> None:
    thru = Thru()
    with pytest.raises(ReadError, match="found the same one in all of them") as failed:
        reading(open_m1(), incoming=thru.incoming, outgoing=thru.outgoing)
    assert "MIDI THRU" in failed.value.advice.cause


class Behind:
    """An M1 with one answer more to send than was asked for, because of a key that was pressed.

    The sound that it sent by itself is taken for an answer; the answer waits behind it, and so does
    each one that follows, until the M1 has had the time to send them all before another message.
    """

    def __init__(self, after: int) -> None:
        self.after = after
        self.came = b""
        self.waiting = b""

    def __call__(self, data: bytes) -> bytes:
        self.came += data
        *messages, self.came = self.came.split(b"\xf7")
        return b"".join(self.sent(message + b"\xf7") for message in messages)

    def sent(self, message: bytes) -> bytes:
        if message[-6:-1] == b"\xf0\x42\x30\x19\x23" or b"\xf0\x42\x30\x19\x40" not in message:
            fence = b"\xf0\x42\x30\x19\x42" in message
            late, self.waiting = (self.waiting, b"") if fence else (b"", self.waiting)
            return late + message
        self.after -= 1
        if self.after == 0:
            self.waiting = message
            return b"\xf0\x42\x30\x19\x40" + bytes(164) + b"\xf7"
        late, self.waiting = (self.waiting, message) if self.waiting else (message, b"")
        return late


def test_a_sound_that_the_m1_sent_by_itself_puts_no_slot_out_of_its_place() -> None:
    m1 = open_m1()
    backup = reading(m1, incoming=Behind(after=40))
    assert backup.contents.programs == m1.contents.programs


def test_equal_programs_do_not_keep_the_combinations_from_being_read() -> None:
    m1 = open_m1()
    programs = m1.contents.programs
    assert programs is not None
    m1.board.memory = m1.memory.loaded(m1.contents.replace(programs=programs[:1] * 100))
    backup = reading(m1)
    assert backup.contents.programs is None
    assert backup.contents.combinations == m1.contents.combinations
    assert any("all 100 slots gave the same sound" in note for note in backup.notes)


def test_an_interface_that_cuts_even_short_messages_is_said_to() -> None:
    m1 = open_m1()
    with pytest.raises(ReadError, match="could not be read slot by slot"):
        reading(m1, incoming=Cutting(60))


class Gone:
    """An M1 whose plug is pulled before it is asked for the buffer `after` times."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.sent = 0

    def __call__(self, data: bytes) -> bytes:
        self.sent += 1
        self.after -= data[4:] in (b"\x10\xf7", b"\x19\xf7")
        return data if self.after >= 0 else b""


def test_an_m1_that_falls_silent_is_not_waited_for_at_each_slot() -> None:
    gone = Gone(after=60)
    with pytest.raises(ReadError, match="mode data: nothing within 3 s") as failed:
        reading(open_m1(), outgoing=gone)
    assert failed.value.silent
    assert gone.sent < 300


def test_of_an_m1_that_falls_silent_nothing_is_said_to_be_put_back() -> None:
    with pytest.raises(ReadError) as failed:
        reading(open_m1(), outgoing=Gone(after=60))
    safe = failed.value.advice.safe
    assert "were put back" not in safe
    assert "the edit buffer of programs may not be as it was" in safe


def test_what_was_read_twice_before_the_m1_fell_silent_is_had() -> None:
    m1 = open_m1()
    m1.press("PROG 0 0")
    backup = reading(m1, outgoing=Gone(after=260))
    assert backup.contents.programs == m1.contents.programs
    assert backup.contents.combinations is None
    assert {"combination 00", "combination 99"} < set(backup.missing)
    assert any("The combinations could not all be read" in note for note in backup.notes)


def test_it_can_be_stopped_and_leaves_the_edit_buffer_as_it_was() -> None:
    m1 = open_m1()
    m1.press("PROG 1 7")
    m1.transmit(0.0)
    program = m1.board.edit_program
    with pytest.raises(Stopped):
        reading(m1, cancel_after=5.0)
    assert m1.board.edit_program == program


def test_a_memory_of_fifty_is_read_to_its_last_slot() -> None:
    m1 = open_m1("used")
    backup = reading(m1)
    assert backup.contents.programs == m1.contents.programs
    assert len(backup.contents.programs or ()) == 50
    assert all(isinstance(one, BankDump) for one in read_file(backup.dump).dumps)


def test_the_present_allocation_is_named_though_nobody_asked_before() -> None:
    assert "memory allocation (now 100/100)" in reading(open_m1()).not_held
