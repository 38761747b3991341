"""What the M1 answers, and what it ignores."""

from __future__ import annotations

import pytest

from m1tui.sysex import (
    Allocation,
    AnyMessage,
    Bank,
    BankDump,
    BankRequest,
    CardFormat,
    CardNames,
    CardState,
    CombinationDump,
    CombinationRequest,
    CombinationWrite,
    IdentityReply,
    IdentityRequest,
    Mode,
    ModeChange,
    ModeData,
    ModeRequest,
    NameKind,
    NamesRequest,
    ParameterChange,
    Part,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    Status,
    StatusCode,
)
from m1tui.virtual.card import Card
from m1tui.virtual.demo import used_contents
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import SCENARIOS, pcm_card, rom_card, scenario
from tests.virtual.dialogue import (
    CARD_PROTECTS_OFF,
    asked,
    dump_of,
    enter,
    open_m1,
    reply,
    said,
)

LOADED, LOAD_ERROR = StatusCode.LOAD_COMPLETED, StatusCode.LOAD_ERROR
WRITTEN, WRITE_ERROR = StatusCode.WRITE_COMPLETED, StatusCode.WRITE_ERROR
REQUESTS: list[AnyMessage] = [
    ModeRequest(0),
    ProgramRequest(0),
    *(BankRequest(0, part) for part in Part),
]
BULK_MODES = [Mode.COMBI, Mode.EDIT_COMBI, Mode.PROG, Mode.EDIT_PROG, Mode.GLOBAL, Mode.SEQUENCER]


@pytest.mark.parametrize("name", SCENARIOS)
def test_identity_is_answered_on_any_channel_whatever_the_filters(name: str) -> None:
    machine = scenario(name)
    (answer,) = asked(machine, IdentityRequest())
    assert answer == IdentityReply.of_m1(0)
    assert answer.encode() == bytes.fromhex("F07E000602421900080007010100F7")


def test_identity_is_answered_on_the_own_channel_alone() -> None:
    machine = scenario("healthy", channel=4)
    assert asked(machine, IdentityRequest(4)) == [IdentityReply.of_m1(4)]
    assert asked(machine, IdentityRequest(3)) == []


@pytest.mark.parametrize("message", REQUESTS, ids=lambda message: message.label)
def test_nothing_is_answered_while_exclusive_is_disabled(message: AnyMessage) -> None:
    assert asked(scenario("dead-battery"), message) == []


@pytest.mark.parametrize("message", REQUESTS[:1] + REQUESTS[2:], ids=lambda message: message.label)
def test_the_data_dump_page_answers_even_with_exclusive_disabled(message: AnyMessage) -> None:
    machine = scenario("dead-battery")
    machine.press("GLOBAL 7")
    assert len(asked(machine, message)) == 1
    machine.press("-")
    assert asked(machine, message) == []


@pytest.mark.parametrize("message", REQUESTS, ids=lambda message: message.label)
def test_another_channel_is_ignored(message: AnyMessage) -> None:
    machine = open_m1()
    machine.board.settings = machine.settings.changed(channel=1)
    assert asked(machine, message) == []


@pytest.mark.parametrize("message", REQUESTS, ids=lambda message: message.label)
@pytest.mark.parametrize("keys", ["SEQ START/STOP", "SEQ REC START/STOP"])
def test_a_running_sequencer_ignores_exclusive_messages(message: AnyMessage, keys: str) -> None:
    machine = open_m1()
    machine.press(keys)
    said(machine)
    assert asked(machine, message) == []
    machine.press("START/STOP")
    assert asked(machine, ModeRequest(0)) != []


def test_mode_data_tells_mode_allocation_and_cards() -> None:
    machine = open_m1("used")
    machine.insert_card(Card.formatted(CardFormat.SEQUENCE))
    machine.protect_card(True)
    (answer,) = asked(machine, ModeRequest(0))
    assert isinstance(answer, ModeData)
    assert answer.mode is Mode.PROG
    assert answer.allocation is Allocation.LARGE_SEQUENCE
    assert (answer.card, answer.card_format) == (CardState.RAM_PROTECTED, CardFormat.SEQUENCE)
    assert answer.pcm_card is False


@pytest.mark.parametrize(
    ("card", "state"),
    [
        (None, CardState.NONE),
        (Card.unformatted(), CardState.UNKNOWN),
        (rom_card(), CardState.ROM),
        (Card.formatted(CardFormat.PROGRAMS), CardState.RAM),
    ],
)
def test_mode_data_tells_the_card(card: Card | None, state: CardState) -> None:
    machine = open_m1()
    if card is not None:
        machine.insert_card(card)
    (answer,) = asked(machine, ModeRequest(0))
    assert isinstance(answer, ModeData)
    assert answer.card is state


@pytest.mark.parametrize("mode", BULK_MODES)
@pytest.mark.parametrize("part", Part)
def test_bulk_requests_are_answered_in_every_mode(mode: Mode, part: Part) -> None:
    machine = open_m1()
    enter(machine, mode)
    assert dump_of(machine, part).contents == machine.contents.only(part)


@pytest.mark.parametrize("part", Part)
def test_a_dump_sent_back_is_loaded_and_read_back_alike(part: Part) -> None:
    source, target = open_m1(), open_m1("dead-battery")
    dump = dump_of(source, part)
    assert reply(target, dump) is LOADED
    assert dump_of(target, part) == dump
    untouched = set(Part) - {Part.ALL} - dump.contents.parts
    for other in untouched:
        assert target.contents.only(other) == open_m1("dead-battery").contents.only(other)


@pytest.mark.parametrize(
    ("part", "page"),
    [(Part.PROGRAMS, ""), (Part.COMBINATIONS, "+"), (Part.SEQUENCE, "+ +")],
)
def test_each_protect_guards_its_own_part_and_all_data(part: Part, page: str) -> None:
    dumps = {one: dump_of(open_m1("healthy"), one) for one in Part}
    machine = open_m1("dead-battery")
    machine.press(f"GLOBAL 6 {page} UP")
    said(machine)
    before = machine.memory
    for one, dump in dumps.items():
        expected = LOAD_ERROR if one in (part, Part.ALL) else LOADED
        assert reply(machine, dump) is expected, one
        if expected is LOAD_ERROR:
            assert machine.contents.only(part) == before.contents.only(part)


def test_a_dump_of_the_other_allocation_is_refused() -> None:
    machine = open_m1()
    before = machine.memory
    for part in set(Part) - {Part.GLOBAL}:
        assert reply(machine, BankDump.of(used_contents(), part)) is LOAD_ERROR
    assert machine.memory == before


def test_more_steps_than_the_header_allows_are_refused() -> None:
    machine = open_m1("used")
    dump = dump_of(machine, Part.SEQUENCE)
    assert dump.contents.sequence is not None
    assert dump.contents.sequence.step_count > Allocation.LARGE_PROGRAM.steps
    assert reply(open_m1(), dump._replace(header=0)) is LOAD_ERROR


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("cut", [1, 7, 100])
def test_a_wrong_data_length_is_a_format_error(part: Part, cut: int) -> None:
    machine = open_m1()
    before = machine.memory
    data = dump_of(machine, part).encode()
    assert reply(machine, data[: -cut - 1] + b"\xf7") is StatusCode.FORMAT_ERROR
    assert reply(machine, data[:-1] + bytes(cut) + b"\xf7") is StatusCode.FORMAT_ERROR
    assert machine.memory == before


@pytest.mark.parametrize(
    "body", ["12 00", "10 01", "11 00", "0F", "1C 02", "4E 00", "41 00 00", "40"]
)
def test_a_malformed_short_message_is_a_format_error(body: str) -> None:
    data = bytes.fromhex(f"F0 42 30 19 {body} F7")
    assert reply(open_m1(), data) is StatusCode.FORMAT_ERROR


@pytest.mark.parametrize(
    "data",
    [
        "F0 42 30 19 42 02 00 01 01 F7",  # mode data, an M1's own
        "F0 42 30 19 23 F7",
        "F0 42 30 19 26 F7",
        "F0 42 30 19 05 00 F7",  # no function
        "F0 42 30 26 12 F7",  # a T-series
        "F0 41 10 42 12 F7",
        "F0 7E 7F 09 01 F7",
        "F0 F7",
        "F0 42 30 19 F7",
        "F7",
    ],
)
def test_what_is_no_request_is_ignored(data: str) -> None:
    assert asked(open_m1(), bytes.fromhex(data)) == []


def test_a_dump_that_never_ends_leaves_memory_and_ears_as_they_were() -> None:
    machine = open_m1()
    before = machine.memory
    machine.receive(dump_of(scenario("healthy") and machine, Part.ALL).encode()[:-1], 0.0)
    assert said(machine) == []
    assert isinstance(asked(machine, ModeRequest(0))[0], ModeData)
    assert machine.memory == before


# Edit buffers


@pytest.mark.parametrize("mode", [Mode.PROG, Mode.EDIT_PROG])
def test_the_program_buffer_is_read_written_and_stored(mode: Mode) -> None:
    machine = open_m1()
    enter(machine, mode)
    (before,) = asked(machine, ProgramRequest(0))
    assert before == ProgramDump(0, machine.memory.programs[0])
    other = machine.memory.programs[33]
    assert reply(machine, ProgramDump(0, other)) is LOADED
    assert machine.memory.programs[0] != other
    assert asked(machine, ProgramRequest(0)) == [ProgramDump(0, other)]
    assert reply(machine, ProgramWrite(0, Bank.INTERNAL, 99)) is WRITTEN
    assert machine.memory.programs[99] == other


@pytest.mark.parametrize("mode", [Mode.COMBI, Mode.EDIT_COMBI])
def test_the_combination_buffer_is_read_written_and_stored(mode: Mode) -> None:
    machine = open_m1()
    enter(machine, mode)
    (before,) = asked(machine, CombinationRequest(0))
    assert before == CombinationDump(0, machine.memory.combinations[0])
    other = machine.memory.combinations[33]
    assert reply(machine, CombinationDump(0, other)) is LOADED
    assert reply(machine, CombinationWrite(0, Bank.INTERNAL, 7)) is WRITTEN
    assert machine.memory.combinations[7] == other


def test_each_buffer_belongs_to_its_modes() -> None:
    machine = open_m1()
    memory = machine.memory
    for mode in (Mode.COMBI, Mode.GLOBAL, Mode.SEQUENCER):
        enter(machine, mode)
        assert reply(machine, ProgramRequest(0)) is LOAD_ERROR
        assert reply(machine, ProgramDump(0, memory.programs[5])) is LOAD_ERROR
        assert reply(machine, ProgramWrite(0, Bank.INTERNAL, 0)) is WRITE_ERROR
    for mode in (Mode.PROG, Mode.GLOBAL, Mode.SEQUENCER):
        enter(machine, mode)
        assert reply(machine, CombinationRequest(0)) is LOAD_ERROR
        assert reply(machine, CombinationDump(0, memory.combinations[5])) is LOAD_ERROR
        assert reply(machine, CombinationWrite(0, Bank.INTERNAL, 0)) is WRITE_ERROR
    assert machine.memory == memory


def test_a_protected_slot_is_not_written() -> None:
    machine = open_m1()
    machine.press("GLOBAL 6 UP + UP PROG")
    said(machine)
    memory = machine.memory
    assert reply(machine, ProgramDump(0, memory.programs[5])) is LOADED
    assert reply(machine, ProgramWrite(0, Bank.INTERNAL, 0)) is WRITE_ERROR
    enter(machine, Mode.COMBI)
    assert reply(machine, CombinationWrite(0, Bank.INTERNAL, 0)) is WRITE_ERROR
    assert machine.memory == memory


@pytest.mark.parametrize(("name", "beyond"), [("healthy", 100), ("used", 50)])
def test_a_slot_beyond_the_last_is_a_write_error(name: str, beyond: int) -> None:
    machine = open_m1(name)
    assert reply(machine, ProgramWrite(0, Bank.INTERNAL, beyond)) is WRITE_ERROR
    assert reply(machine, ProgramWrite(0, Bank.INTERNAL, beyond - 1)) is WRITTEN


def test_mode_change_enters_the_mode_and_picks_the_bank() -> None:
    machine = open_m1()
    machine.insert_card(rom_card())
    assert reply(machine, ModeChange(0, Mode.COMBI, Bank.CARD)) is LOADED
    assert (machine.board.mode, machine.board.bank) == (Mode.COMBI, Bank.CARD)
    assert reply(machine, ModeChange(0, 5)) is LOAD_ERROR
    machine.remove_card()
    assert reply(machine, ModeChange(0, Mode.COMBI, Bank.CARD)) is LOAD_ERROR


def test_a_mode_change_takes_away_what_the_display_said_of_the_page_before() -> None:
    machine = open_m1()
    machine.press("SEQ 3 + G G")
    said(machine)
    assert machine.display[0].startswith("COMPLETED")
    enter(machine, Mode.GLOBAL)
    assert machine.display[0].startswith("GLOBAL 0-1")


def test_a_parameter_change_edits_the_buffer_as_the_panel_tells_it() -> None:
    machine = open_m1()
    machine.press("EDIT-PROG 1 D UP")
    told = [message for message in said(machine) if isinstance(message, ParameterChange)]
    other = open_m1()
    enter(other, Mode.EDIT_PROG)
    assert [reply(other, message) for message in told] == [LOADED]
    assert other.board.edit_program == machine.board.edit_program
    assert other.board.edit_program != other.memory.programs[0]
    assert reply(other, ParameterChange(0, 1, 1, 5)) is LOAD_ERROR
    assert reply(other, ParameterChange(0, 9, 0, 0)) is LOAD_ERROR


def test_protects_cannot_be_switched_by_a_message() -> None:
    machine = open_m1()
    enter(machine, Mode.GLOBAL)
    before = machine.settings
    for position in range(8):
        assert reply(machine, ParameterChange(0, 6, position, 1)) is LOAD_ERROR
    assert machine.settings == before


# Cards


def test_a_combination_that_is_stored_on_a_card_plays_its_programs_and_leaves_the_others() -> None:
    """Where the M1 translates their numbers, which one source says."""
    machine = open_m1("card")
    machine.press(f"{CARD_PROTECTS_OFF} COMBI")
    machine.board.card_translates = True
    machine.transmit(0.0)
    assert machine.card is not None
    before = machine.card.contents.combinations
    assert before is not None
    assert reply(machine, CombinationWrite(0, Bank.CARD, 7)) is WRITTEN
    after = machine.card.contents.combinations
    assert after is not None
    assert after[7] == machine.board.edit_combination.playing_from(card=True)
    assert after[7] != before[7]
    assert [one for one in range(100) if after[one] != before[one]] == [7]


@pytest.mark.parametrize("part", Part)
def test_without_a_card_its_bank_is_a_load_error(part: Part) -> None:
    machine = open_m1()
    machine.press(f"{CARD_PROTECTS_OFF} PROG")
    said(machine)
    assert reply(machine, BankRequest(0, part, Bank.CARD)) is LOAD_ERROR
    assert reply(machine, BankDump.of(machine.contents, part, Bank.CARD)) is LOAD_ERROR
    assert reply(machine, ProgramWrite(0, Bank.CARD, 0)) is WRITE_ERROR


def card_machine(card: Card) -> VirtualM1:
    machine = open_m1()
    machine.press(f"{CARD_PROTECTS_OFF} PROG")
    said(machine)
    machine.insert_card(card)
    return machine


@pytest.mark.parametrize("part", [Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL])
def test_a_ram_card_takes_what_its_format_holds(part: Part) -> None:
    machine = card_machine(Card.formatted(CardFormat.PROGRAMS))
    internal = machine.memory
    dump = BankDump.of(machine.contents, part, Bank.CARD)
    assert reply(machine, dump) is LOADED
    assert dump_of(machine, part, Bank.CARD) == dump
    assert machine.memory == internal


def test_a_card_with_everything_takes_all_data_of_its_own_size() -> None:
    machine = card_machine(Card.formatted(CardFormat.PROGRAMS_AND_SEQUENCE))
    used = used_contents()
    assert reply(machine, BankDump.of(used, Part.ALL, Bank.CARD)) is LOAD_ERROR  # 5,465 steps
    short = used.replace(sequence=scenario("healthy").memory.sequence)
    dump = BankDump.of(short, Part.ALL, Bank.CARD)
    assert reply(machine, dump) is LOADED
    assert dump_of(machine, Part.ALL, Bank.CARD) == dump


def test_a_card_refuses_parts_that_its_format_lacks() -> None:
    machine = card_machine(Card.formatted(CardFormat.SEQUENCE))
    assert reply(machine, BankDump.of(machine.contents, Part.PROGRAMS, Bank.CARD)) is LOAD_ERROR
    assert reply(machine, BankRequest(0, Part.PROGRAMS, Bank.CARD)) is LOAD_ERROR
    assert dump_of(machine, Part.SEQUENCE, Bank.CARD).contents.sequence is not None


def test_switch_protect_and_rom_each_forbid_writing_a_card() -> None:
    by_switch = card_machine(Card.formatted(CardFormat.PROGRAMS))
    by_switch.protect_card(True)
    by_panel = card_machine(Card.formatted(CardFormat.PROGRAMS))
    by_panel.press("GLOBAL 6 D UP PROG")
    said(by_panel)
    for machine in (by_switch, by_panel, card_machine(rom_card())):
        dump = BankDump.of(machine.contents, Part.PROGRAMS, Bank.CARD)
        before = machine.card
        assert reply(machine, dump) is LOAD_ERROR
        assert reply(machine, ProgramWrite(0, Bank.CARD, 3)) is WRITE_ERROR
        assert machine.card == before


def test_a_program_is_stored_on_a_card() -> None:
    machine = card_machine(Card.formatted(CardFormat.PROGRAMS))
    assert reply(machine, ProgramWrite(0, Bank.CARD, 3)) is WRITTEN
    programs = dump_of(machine, Part.PROGRAMS, Bank.CARD).contents.programs
    assert programs is not None
    assert programs[3] == machine.memory.programs[0]


@pytest.mark.parametrize("kind", NameKind)
def test_a_pcm_cards_names_are_told(kind: NameKind) -> None:
    machine = open_m1()
    assert reply(machine, NamesRequest(0, kind)) is LOAD_ERROR
    machine.board.pcm_card = pcm_card()
    (answer,) = asked(machine, NamesRequest(0, kind))
    assert isinstance(answer, CardNames)
    assert answer.names == pcm_card().names(kind)


def test_every_answer_is_a_status_with_the_machines_channel() -> None:
    machine = open_m1()
    machine.board.settings = machine.settings.changed(channel=15)
    assert asked(machine, ProgramWrite(15, Bank.INTERNAL, 0)) == [Status(15, WRITTEN)]


def test_its_own_dump_that_a_thru_loop_feeds_back_is_a_load_error_and_loads_nothing() -> None:
    m1 = scenario("healthy")
    m1.press("GLOBAL 6 DOWN + B DOWN + B DOWN")
    m1.transmit(0.0)
    m1.receive(BankRequest(0, Part.PROGRAMS, Bank.INTERNAL).encode(), 1.0)
    dump = m1.transmit(7.0)
    m1.receive(dump, 7.1)
    assert m1.transmit(7.2).endswith(Status(0, StatusCode.LOAD_ERROR).encode())
    # Sent by a computer, behind another message, it is loaded like any other.
    m1.receive(ModeRequest(0).encode(), 8.0)
    m1.transmit(8.1)
    m1.receive(dump, 9.0)
    assert m1.transmit(9.1).endswith(Status(0, StatusCode.LOAD_COMPLETED).encode())
