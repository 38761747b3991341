"""What the virtual M1 does under each alternative of its manners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from m1tui.manners import AS_ASSUMED, MANNERS, Manner, Manners, Mark
from m1tui.sysex import (
    Allocation,
    Bank,
    BankDump,
    BankRequest,
    GlobalData,
    IdentityReply,
    IdentityRequest,
    Mode,
    ModeChange,
    ModeData,
    ModeRequest,
    Part,
    ProgramDump,
    ProgramRequest,
    Sequence,
    Status,
    StatusCode,
)
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.saved_state import load_state, save_state
from m1tui.virtual.scenarios import scenario
from m1tui.virtual.settings import Settings
from tests.virtual.dialogue import PROTECTS_OFF, READY, asked, open_m1, reply, said

ALTERNATIVES = [(one, word) for one in MANNERS for word in one.alternatives]
LOADED, LOAD_ERROR = StatusCode.LOAD_COMPLETED, StatusCode.LOAD_ERROR
FORMAT_ERROR = StatusCode.FORMAT_ERROR


def m1(*manners: str, name: str = "healthy", keys: str = f"{READY} {PROTECTS_OFF} PROG") -> Any:
    machine = scenario(name, manners=Manners.parse(manners))
    machine.press(keys)
    machine.transmit(0.0)
    return machine


def global_dump(tune: int = 7) -> BankDump:
    held = scenario("healthy").contents
    assert held.global_ is not None
    other = held.replace(global_=held.global_.replace(master_tune=tune))
    return BankDump.of(other, Part.GLOBAL)


@pytest.mark.parametrize("manner", MANNERS, ids=lambda one: one.name)
def test_each_manner_has_two_alternatives_and_says_what_it_rests_on(manner: Manner) -> None:
    assert len(manner.alternatives) >= 2
    assert manner.mark in Mark
    assert manner.about
    assert manner.source
    assert manner.depends


def test_manners_are_written_and_read_as_name_and_alternative() -> None:
    chosen = Manners.parse(("load-time=2s", "dump-leaves=prog-mode", "digit-key=first"))
    assert list(chosen) == ["load-time=2s", "dump-leaves=prog-mode"]
    assert Manners.parse(tuple(chosen)) == chosen
    assert Manners.parse(()) == AS_ASSUMED


@pytest.mark.parametrize("text", ["load-time", "load-time=never", "speed=2s", "=", ""])
def test_what_is_no_manner_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Manners.parse((text,))


@pytest.mark.parametrize(("manner", "word"), ALTERNATIVES, ids=str)
def test_manners_are_kept_with_a_virtual_m1(manner: Manner, word: str, tmp_path: Path) -> None:
    save_state(scenario("used", manners=AS_ASSUMED.with_(manner, word)), tmp_path / "m1.syx")
    assert load_state(tmp_path / "m1.syx").board.manners[manner] == word


# Replies


@pytest.mark.parametrize(
    ("word", "code"), [("24", LOAD_ERROR), ("26", FORMAT_ERROR), ("silence", None)]
)
def test_a_dump_into_protected_memory(word: str, code: StatusCode | None) -> None:
    machine = m1(f"protected-dump={word}", keys=f"{READY} PROG")
    before = machine.memory
    assert reply(machine, BankDump.of(machine.contents, Part.PROGRAMS)) is code
    assert machine.memory is before


@pytest.mark.parametrize(
    ("word", "code"), [("24", LOAD_ERROR), ("26", FORMAT_ERROR), ("silence", None)]
)
def test_a_dump_while_exclusive_is_dis(word: str, code: StatusCode | None) -> None:
    machine = m1(f"disabled-dump={word}", name="used", keys="PROG")
    before = machine.memory
    assert reply(machine, global_dump()) is code
    assert machine.memory is before
    assert asked(machine, ModeRequest(0)) == []


def test_the_reply_may_come_before_memory_has_changed() -> None:
    machine = m1("load-order=before")
    assert reply(machine, global_dump(7)) is LOADED
    assert machine.memory.global_data.master_tune != 7
    machine.advance(0.6)
    assert machine.memory.global_data.master_tune == 7


def test_a_reply_that_is_late_comes_before_memory_has_changed_all_the_same() -> None:
    machine = m1("load-order=before", "load-time=2s")
    machine.receive(global_dump(7).encode(), 0.0)
    assert said(machine, 2.1) == [Status(0, LOADED)]
    assert machine.memory.global_data.master_tune != 7
    machine.advance(2.6)
    assert machine.memory.global_data.master_tune == 7


def test_a_late_reply_keeps_what_comes_meanwhile_waiting() -> None:
    machine = m1("load-time=2s")
    assert asked(machine, global_dump(7)) == []
    machine.receive(ModeRequest(0).encode(), 1.0)
    assert said(machine, 1.9) == []
    first, second = said(machine, 2.1)
    assert first == Status(0, LOADED)
    assert isinstance(second, ModeData)


@pytest.mark.parametrize(
    ("word", "modes"),
    [
        ("every-mode", {"PROG", "COMBI", "SEQ", "GLOBAL", "EDIT-PROG"}),
        ("play-modes", {"PROG", "COMBI"}),
        ("global-mode", {"GLOBAL"}),
    ],
)
def test_the_modes_in_which_a_dump_is_taken(word: str, modes: set[str]) -> None:
    taken = set()
    for mode in ("PROG", "COMBI", "SEQ", "GLOBAL", "EDIT-PROG"):
        machine = m1(f"dump-modes={word}", keys=f"{READY} {mode}")
        if reply(machine, global_dump()) is LOADED:
            taken.add(mode)
    assert taken == modes


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("as-it-was", (Mode.GLOBAL, "5-2")),
        ("prog-mode", (Mode.PROG, "0-1")),
        ("first-page", (Mode.GLOBAL, "0-1")),
    ],
)
def test_where_a_dump_leaves_the_panel(word: str, place: tuple[Mode, str]) -> None:
    machine = m1(f"dump-leaves={word}", keys=f"{READY} GLOBAL 5 +")
    assert reply(machine, global_dump()) is LOADED
    assert (machine.board.mode, machine.board.page.number) == place


def test_the_edit_buffer_may_be_closed_in_edit_modes_and_a_wrong_mode_be_silent() -> None:
    request = ProgramRequest(0)
    assert isinstance(asked(m1(keys=f"{READY} EDIT-PROG"), request)[0], ProgramDump)
    closed = m1("buffer-modes=play-only", keys=f"{READY} EDIT-PROG")
    assert reply(closed, request) is LOAD_ERROR
    silent = m1("buffer-modes=play-only", "wrong-mode=silence", keys=f"{READY} EDIT-PROG")
    assert reply(silent, request) is None


def test_a_mode_change_may_be_silent_and_lead_to_the_page_shown_last() -> None:
    machine = m1("mode-change-reply=silence", "mode-change-page=last", keys=f"{READY} PROG")
    assert reply(machine, ModeChange(0, Mode.GLOBAL)) is None
    assert (machine.board.mode, machine.board.page.number) == (Mode.GLOBAL, "5-2")
    assert reply(m1(), ModeChange(0, Mode.GLOBAL)) is LOADED


def test_a_program_change_may_be_silent() -> None:
    assert reply(m1(), b"\xc0\x05") is LOADED
    machine = m1("program-change-reply=silence")
    assert reply(machine, b"\xc0\x05") is None
    assert machine.board.program_number == 5


@pytest.mark.parametrize(
    ("word", "code"), [("26", FORMAT_ERROR), ("24", LOAD_ERROR), ("silence", None)]
)
def test_a_message_of_the_wrong_length(word: str, code: StatusCode | None) -> None:
    machine = m1(f"malformed={word}")
    assert reply(machine, global_dump().encode()[:-9] + b"\xf7") is code


def test_a_card_that_is_absent_may_be_silence() -> None:
    request = BankRequest(0, Part.PROGRAMS, Bank.CARD)
    assert reply(m1(), request) is LOAD_ERROR
    assert reply(m1("card-absent=silence"), request) is None


def test_the_identity_may_be_silent_while_exclusive_is_dis_and_its_member_another() -> None:
    silent = m1("identity-disabled=silence", name="used", keys="PROG")
    assert asked(silent, IdentityRequest(None)) == []
    (told,) = asked(m1("identity-member=00-00"), IdentityRequest(None))
    assert isinstance(told, IdentityReply)
    assert told.member == 0


@pytest.mark.parametrize(
    ("word", "pages"),
    [
        ("data-dump-page", {"GLOBAL 7"}),
        ("global-mode", {"GLOBAL 7", "GLOBAL"}),
        ("nowhere", set()),
    ],
)
def test_where_messages_pass_a_filter_that_is_dis(word: str, pages: set[str]) -> None:
    answered = {
        keys
        for keys in ("GLOBAL 7", "GLOBAL", "PROG")
        if asked(m1(f"ignores-filter={word}", name="used", keys=keys), ModeRequest(0))
    }
    assert answered == pages


@pytest.mark.parametrize(
    ("word", "answers"), [("ignored", (0, 0)), ("mode-data", (1, 0)), ("answered", (1, 1))]
)
def test_what_is_answered_while_a_song_plays(word: str, answers: tuple[int, int]) -> None:
    machine = m1(f"while-playing={word}", keys=f"{READY} SEQ START/STOP")
    mode = asked(machine, ModeRequest(0))
    dumps = asked(machine, BankRequest(0, Part.GLOBAL))
    assert (len(mode), len(dumps)) == answers


# Settings and memory


def test_an_initialisation_may_leave_all_the_other_way() -> None:
    others = (
        "initialised-filters=ENA",
        "initialised-protects=OFF",
        "initialised-channel=16",
        "initialised-clock=EXT",
    )
    machine = m1(*others)
    machine.power_off()
    machine.power_on(frozenset())
    assert machine.settings.channel == 0
    machine.supply = machine.supply.with_cell(None)
    machine.power_off()
    machine.power_on()
    settings = machine.settings
    assert (settings.channel, settings.clock_external, settings.exclusive) == (15, True, True)
    assert not settings.protect_program_internal
    assert scenario("dead-battery").settings == Settings()
    assert scenario("dead-battery", manners=Manners.parse(others)).settings == settings


def _full(steps: int) -> VirtualM1:
    machine = open_m1("used")
    sequence = Sequence(
        machine.memory.sequence.control.replace(offsets=(0,) * 180 + (4 * steps,)),
        bytes(4 * steps),
    )
    held = machine.memory.reallocated(Allocation.LARGE_SEQUENCE).contents
    machine.board.memory = Memory.of(held.replace(sequence=sequence))
    return machine


@pytest.mark.parametrize(
    ("word", "left"), [("keeps", (9, 0)), ("cuts", (9, 4_400)), ("destroys", (0, 0))]
)
def test_what_is_left_of_songs_back_at_100_100(word: str, left: tuple[int, int]) -> None:
    found = []
    for steps in (9, 5_000):
        machine = _full(steps)
        machine.behave(Manners.parse((f"allocation-back={word}",)))
        machine.press("GLOBAL 6 + + + DOWN G")
        assert machine.memory.allocation is Allocation.LARGE_PROGRAM
        found.append(machine.memory.sequence.step_count)
    assert tuple(found) == left


def test_padding_and_unused_bits_may_not_survive() -> None:
    held = scenario("healthy").contents
    assert held.programs is not None
    raw = bytearray(held.programs[0].raw)
    raw[6:10] = b"\x002\0\0"
    raw[11] |= 0x80
    sent = ProgramDump(0, type(held.programs[0])(bytes(raw)))
    for manners, name, bits in (
        ((), b"\x002\0\0", 0x80),
        (("name-padding=spaces",), b" 2  ", 0x80),
        (("unused-bits=cleared",), b"\x002\0\0", 0),
    ):
        machine = m1(*manners)
        assert reply(machine, sent) is LOADED
        (came,) = asked(machine, ProgramRequest(0))
        assert isinstance(came, ProgramDump)
        assert (came.program.raw[6:10], came.program.raw[11] & 0x80) == (name, bits)


def test_unused_bits_of_global_may_be_cleared() -> None:
    raw = bytearray(scenario("healthy").memory.global_data.raw)
    raw[19:21] = b"\x12\x34"
    held = scenario("healthy").contents.replace(global_=GlobalData(bytes(raw)))
    machine = m1("unused-bits=cleared")
    assert reply(machine, BankDump.of(held, Part.GLOBAL)) is LOADED
    assert machine.memory.global_data.raw[19:21] == b"\0\0"


# Realtime


def _heard(machine: VirtualM1) -> set[int]:
    heard: set[int] = set()
    now = 0.0
    while now < 2.0:
        heard |= set(machine.transmit(now))
        now += 0.05
    return heard & {0xFE, 0xF8}


def test_active_sensing_may_be_missing() -> None:
    assert _heard(m1()) == {0xFE}
    silent = m1("active-sensing=none")
    assert _heard(silent) == set()
    assert silent.next_event(3.0) is None


@pytest.mark.parametrize(
    ("word", "at_rest", "playing"),
    [("in-seq-mode", True, True), ("while-playing", False, True), ("none", False, False)],
)
def test_when_the_clock_is_sent(word: str, at_rest: bool, playing: bool) -> None:
    heard = [
        0xF8 in _heard(m1(f"sequencer-clock={word}", keys=f"{READY} {keys}"))
        for keys in ("SEQ", "SEQ START/STOP")
    ]
    assert heard == [at_rest, playing]


def test_it_may_need_time_behind_power_on() -> None:
    machine = m1("start-time=3s")
    machine.power_off()
    machine.power_on()
    assert asked(machine, ModeRequest(0)) == []
    assert machine.transmit(2.9) == b""
    machine.receive(ModeRequest(0).encode(), 3.1)
    assert len(said(machine, 3.2)) == 1


# The panel


def page(machine: VirtualM1, keys: str) -> str:
    machine.press(keys)
    return str(machine.board.page.number)


@pytest.mark.parametrize(
    ("word", "shown"),
    [("first", ["5-1", "5-1"]), ("last", ["5-2", "5-2"]), ("next", ["5-1", "5-2"])],
)
def test_where_a_digit_leads(word: str, shown: list[str]) -> None:
    machine = m1(f"digit-key={word}", keys="GLOBAL 5 + GLOBAL 0")
    assert [page(machine, "5"), page(machine, "5")] == shown


@pytest.mark.parametrize(
    ("word", "numbers"),
    [
        ("2-1-2-4", "1-1 1-2 2-1 3-1 3-2 4-1 4-2 4-3 4-4 5-1"),
        ("3-1-1-4", "1-1 1-2 1-3 2-1 3-1 4-1 4-2 4-3 4-4 5-1"),
        ("2-2-1-4", "1-1 1-2 2-1 2-2 3-1 4-1 4-2 4-3 4-4 5-1"),
    ],
)
def test_how_pages_of_global_are_numbered(word: str, numbers: str) -> None:
    machine = m1(f"global-pages={word}", keys="GLOBAL 1 -")
    assert [page(machine, "+") for _ in range(10)] == numbers.split()


def test_up_and_down_may_wrap() -> None:
    machine = m1("up-down=wrap", keys="GLOBAL 5 + UP")
    assert not machine.settings.program_change
    machine.press("DOWN")
    assert machine.settings.program_change
    machine.press("PROG DOWN")
    assert machine.board.program_number == 99


def test_a_letter_may_choose_the_value_beside_it() -> None:
    assert m1(keys="GLOBAL 5 + H C").board.cursor == "H"
    assert m1("letter=cell", keys="GLOBAL 5 + H C").board.cursor == "D"


def test_the_allocation_may_ask_too() -> None:
    machine = m1("second-g=allocation-too", keys="GLOBAL 6 + + + UP G")
    assert machine.memory.allocation is Allocation.LARGE_PROGRAM
    machine.press("G")
    assert machine.memory.allocation is Allocation.LARGE_SEQUENCE


@pytest.mark.parametrize(
    ("word", "warns"), [("2.2", (False, False)), ("2.5", (True, False)), ("2.8", (True, True))]
)
def test_the_voltage_at_which_it_warns(word: str, warns: tuple[bool, bool]) -> None:
    found = []
    for volts in (2.4, 2.6):
        machine = m1(f"battery-low={word}")
        machine.insert_cell(volts)
        machine.power_off()
        machine.power_on()
        found.append("Battery Low" in machine.display[1])
    assert tuple(found) == warns
