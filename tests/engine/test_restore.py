"""Restores on the virtual M1: what is verified is there, what is refused changed nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from m1tui import clock
from m1tui.advice import Advice, Trouble
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.line.ear import FIRST_BYTE
from m1tui.engine.progress import Progress
from m1tui.engine.restore.judge import Restoration
from m1tui.engine.restore.restore import restore
from m1tui.facts import Backup, Outcome
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import Allocation, Bank, CardFormat, Contents, Mode, Part, Sequence, StatusCode
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.card import Card
from m1tui.virtual.scenarios import ram_card

from .bench import (
    EXCLUSIVE_ON,
    KEPT,
    PROTECT_OFF,
    Meddle,
    MeddledLink,
    Shelf,
    damaged_sounds,
    holds,
    machine,
    open_m1,
    other_sounds,
    restoring,
)

BYTE = 0.00032


def test_a_bank_is_sent_heard_and_read_back() -> None:
    m1, shelf = open_m1(), Shelf()
    before = m1.contents
    result = restoring(VirtualLink(m1), other_sounds(), save=shelf)
    assert result.outcome is Outcome.VERIFIED
    assert result.reply is StatusCode.LOAD_COMPLETED
    assert holds(m1, other_sounds())
    assert result.backup == KEPT
    assert [backup.contents for backup in shelf.backups] == [before]
    assert shelf.backups[0].reads == 2
    assert result.comparison is not None
    assert result.comparison.identical
    assert result.unchanged is False
    assert "100 programs" in result.advice.happened
    assert str(KEPT) in result.advice.safe


def test_an_initialised_memory_is_read_once_and_not_saved() -> None:
    m1, shelf = open_m1("dead-battery"), Shelf()
    result = restoring(VirtualLink(m1), demo_contents(), save=shelf)
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, demo_contents())
    assert shelf.backups == []
    assert result.backup is None
    assert any("initialised" in note for note in result.notes)


@pytest.mark.parametrize("scenario", ["healthy", "dead-battery"])
@pytest.mark.parametrize("part", list(Part))
def test_a_restore_takes_the_time_of_its_bytes(scenario: str, part: Part) -> None:
    m1 = open_m1(scenario)
    result = restoring(VirtualLink(m1), other_sounds(), part=part)
    assert result.outcome is Outcome.VERIFIED
    # Nothing is written before a second instrument would have answered as late as a first one may.
    assert result.seconds <= 1.02 * BYTE * (result.sent + result.received) + FIRST_BYTE


def test_a_restore_of_the_factory_bank_takes_the_time_of_its_bytes(real_dumps: Path) -> None:
    factory = read_file((real_dumps / "factory-all.syx").read_bytes()).contents()
    m1 = open_m1("dead-battery")
    result = restoring(VirtualLink(m1), factory)
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, factory)
    assert result.sent + result.received < 3 * 49_791
    assert result.seconds <= 1.02 * BYTE * (result.sent + result.received)


@pytest.mark.parametrize("part", [Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL, Part.SEQUENCE])
def test_one_part_is_written_and_the_others_stay(part: Part) -> None:
    m1 = open_m1()
    demo = m1.contents
    wanted = other_sounds().replace(sequence=Sequence.empty())
    assert wanted.global_ is not None
    wanted = wanted.replace(global_=wanted.global_.replace(master_tune=7))
    result = restoring(VirtualLink(m1), wanted, part=part)
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, wanted, part)
    for other in {Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL, Part.SEQUENCE} - {part}:
        assert holds(m1, demo, other)


def test_a_file_of_three_dumps_is_sent_as_three_dumps() -> None:
    m1 = open_m1()
    songs = m1.contents.sequence
    wanted = other_sounds().replace(sequence=None)
    result = restoring(VirtualLink(m1), wanted)
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, wanted, Part.PROGRAMS)
    assert holds(m1, wanted, Part.COMBINATIONS)
    assert m1.contents.sequence == songs


def test_a_file_without_the_wanted_part_is_refused_before_anything_is_asked() -> None:
    link = VirtualLink(open_m1())
    result = restoring(link, demo_contents().only(Part.GLOBAL), part=Part.PROGRAMS)
    assert result.outcome is Outcome.REFUSED
    assert result.sent == 0
    assert "expected programs, found no M1 dump" in result.advice.happened


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_damaged_file_is_refused_before_anything_is_asked(dry_run: bool) -> None:
    m1 = open_m1()
    before = m1.contents
    result = restoring(VirtualLink(m1), damaged_sounds(), dry_run=dry_run)
    assert (result.outcome, result.sent) == (Outcome.REFUSED, 0)
    assert holds(m1, before)
    assert result.advice.code == "damage-not-accepted"
    assert "502 values of programs are out of range in programs 30 to 54" in result.advice.happened
    assert "--accept-damage" in result.advice.next_step
    assert [one.code for one in result.damage] == ["values-out-of-range", "names-not-text"]
    assert not result.damage_accepted
    assert not result.notes


def test_damage_that_a_person_accepts_is_sent_proved_and_said() -> None:
    m1 = open_m1()
    result = restoring(VirtualLink(m1), damaged_sounds(), accept_damage=True)
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, damaged_sounds(), Part.PROGRAMS)
    assert result.damage_accepted
    assert "The file is damaged, which you accepted: 502 values" in result.advice.happened
    accepted = [note for note in result.notes if note.startswith("You accepted the damage: ")]
    assert len(accepted) == len(result.damage)
    again = restoring(VirtualLink(m1), damaged_sounds(), accept_damage=True)
    assert again.advice.code == "already-there"
    assert "which you accepted: 502 values" in again.advice.happened


def test_a_whole_part_of_a_damaged_file_needs_no_acceptance() -> None:
    wanted = damaged_sounds().merged(other_sounds().only(Part.COMBINATIONS))
    result = restoring(VirtualLink(open_m1()), wanted, part=Part.COMBINATIONS)
    assert result.outcome is Outcome.VERIFIED
    assert result.damage == ()


def test_a_sound_file_has_no_damage_to_accept() -> None:
    result = restoring(VirtualLink(open_m1()), other_sounds(), accept_damage=True)
    assert result.outcome is Outcome.VERIFIED
    assert not result.damage_accepted
    assert "damage" not in " ".join((*result.notes, *result.advice.lines()))


def test_disabled_exclusive_is_diagnosed_with_the_keys() -> None:
    m1 = machine("dead-battery")
    before = m1.contents
    result = restoring(VirtualLink(m1), demo_contents())
    assert result.outcome is Outcome.REFUSED
    assert result.advice.code == "exclusive-disabled"
    assert EXCLUSIVE_ON in result.advice.next_step
    assert m1.contents == before
    assert result.seconds == pytest.approx(6.0, abs=0.1)


def test_protected_memory_is_refused_with_the_keys_and_unchanged() -> None:
    m1 = machine("healthy", EXCLUSIVE_ON)
    before = m1.contents
    result = restoring(VirtualLink(m1), other_sounds())
    assert result.outcome is Outcome.REFUSED
    assert result.memory_protected
    assert result.advice.code == "memory-protected"
    assert PROTECT_OFF in result.advice.next_step
    assert m1.contents == before
    assert result.backup == KEPT


@pytest.mark.parametrize("kind", ["program", "combination"])
def test_one_protect_is_enough_to_refuse_and_memory_is_read_again(kind: str) -> None:
    protects: dict[str, Any] = {f"protect_{kind}_internal": True}
    m1 = open_m1(**protects)
    before = m1.contents
    result = restoring(VirtualLink(m1), other_sounds())
    assert result.outcome is Outcome.REFUSED
    assert f"emory is protected ({kind})" in result.advice.happened
    assert result.unchanged is True
    assert m1.contents == before


def test_a_sequence_protect_that_was_not_probed_shows_in_the_reply() -> None:
    m1 = open_m1(protect_sequence_internal=True)
    before = m1.contents
    result = restoring(VirtualLink(m1), other_sounds().replace(sequence=Sequence.empty()))
    assert result.outcome is Outcome.REFUSED
    assert result.reply is StatusCode.LOAD_ERROR
    assert result.unchanged is True
    assert result.memory_protected
    assert m1.contents == before
    assert "Memory is probably protected (sequence)" in result.advice.happened
    assert PROTECT_OFF in result.advice.next_step
    assert "press PROG" in result.advice.next_step
    assert result.pacing == Pacing.FULL


def test_protects_of_parts_that_are_not_sent_do_not_matter() -> None:
    m1 = open_m1(protect_program_internal=True, protect_sequence_internal=True)
    result = restoring(VirtualLink(m1), other_sounds(), part=Part.COMBINATIONS)
    assert result.outcome is Outcome.VERIFIED


@pytest.mark.parametrize(
    ("key", "mode"),
    [
        ("PROG", Mode.PROG),
        ("COMBI", Mode.COMBI),
        ("EDIT-PROG", Mode.EDIT_PROG),
        ("EDIT-COMBI", Mode.EDIT_COMBI),
        ("SEQ", Mode.SEQUENCER),
        ("GLOBAL", Mode.GLOBAL),
    ],
)
def test_any_mode_will_do_and_is_in_use_again_afterwards(key: str, mode: Mode) -> None:
    m1 = open_m1()
    if key == "EDIT-PROG":
        m1.press("PROG")
    if key == "EDIT-COMBI":
        m1.press("COMBI")
    m1.press(key)
    m1.transmit(0.0)
    assert m1.board.mode is mode
    result = restoring(VirtualLink(m1), other_sounds())
    assert result.outcome is Outcome.VERIFIED
    assert m1.board.mode is mode


def test_the_data_dump_page_is_seen_through_when_exclusive_is_disabled() -> None:
    m1 = machine("healthy", f"{PROTECT_OFF} GLOBAL 7", exclusive=False)
    before = m1.contents
    result = restoring(VirtualLink(m1), other_sounds())
    assert result.outcome is Outcome.REFUSED
    assert result.advice.code == "exclusive-disabled"
    assert any("DATA DUMP" in note for note in result.notes)
    assert m1.contents == before


def test_the_m1s_channel_is_used_and_a_file_made_on_another_is_noted() -> None:
    m1 = open_m1(channel=9)
    result = restoring(VirtualLink(m1), other_sounds(), file_channel=0)
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, other_sounds())
    assert "The M1's channel 10 is used, although the file was made on channel 1." in result.notes


def half_bank(steps: int = 0) -> Contents:
    demo = demo_contents()
    assert demo.programs is not None
    assert demo.combinations is not None
    return demo.replace(
        programs=demo.programs[:50],
        combinations=demo.combinations[:50],
        sequence=long_sequence(steps),
        allocation=Allocation.LARGE_SEQUENCE,
    )


def long_sequence(steps: int) -> Sequence:
    empty = Sequence.empty()
    offsets = (0, *([4 * steps] * 180))
    return Sequence(empty.control.replace(offsets=offsets), bytes(4 * steps))


def test_another_allocation_is_refused_with_both_values_and_what_changing_it_destroys() -> None:
    m1 = open_m1()
    result = restoring(VirtualLink(m1), half_bank())
    assert result.outcome is Outcome.REFUSED
    assert "expected 50/50, found 100/100" in result.advice.happened
    assert "GLOBAL 6 + + + UP G" in result.advice.next_step
    assert "destroys programs and combinations 50 to 99" in result.advice.next_step
    assert holds(m1, demo_contents())


def test_a_bank_for_50_50_goes_into_an_m1_set_so() -> None:
    m1 = open_m1("used")
    assert m1.memory.allocation is Allocation.LARGE_SEQUENCE
    result = restoring(VirtualLink(m1), half_bank(7700))
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, half_bank(7700))


def test_a_sequence_alone_goes_into_either_allocation_if_it_fits() -> None:
    wanted = Contents(sequence=long_sequence(4400), allocation=Allocation.LARGE_SEQUENCE)
    m1 = open_m1()
    result = restoring(VirtualLink(m1), wanted)
    assert result.outcome is Outcome.VERIFIED
    assert m1.contents.sequence == wanted.sequence


def test_a_sequence_that_is_too_long_is_refused_with_both_numbers() -> None:
    wanted = Contents(sequence=long_sequence(4401), allocation=Allocation.LARGE_SEQUENCE)
    result = restoring(VirtualLink(open_m1()), wanted)
    assert result.outcome is Outcome.REFUSED
    assert "at most 4,400 steps, found 4,401" in result.advice.happened


def test_without_a_card_a_restore_to_the_card_is_refused() -> None:
    result = restoring(VirtualLink(open_m1()), other_sounds(), bank=Bank.CARD)
    assert result.outcome is Outcome.REFUSED
    assert "found card none" in result.advice.happened


def test_a_write_protected_card_is_refused() -> None:
    m1 = open_m1()
    m1.insert_card(Card.formatted(CardFormat.PROGRAMS))
    m1.protect_card(True)
    result = restoring(VirtualLink(m1), other_sounds().only(Part.PROGRAMS), bank=Bank.CARD)
    assert result.outcome is Outcome.REFUSED
    assert result.memory_protected
    assert result.advice.code == "card-write-protected"


def test_a_card_that_the_m1_protects_is_refused_with_the_keys_of_the_card() -> None:
    m1 = open_m1()
    m1.insert_card(Card.formatted(CardFormat.PROGRAMS))
    wanted = other_sounds().only(Part.PROGRAMS)
    result = restoring(VirtualLink(m1), wanted, bank=Bank.CARD)
    assert result.outcome is Outcome.REFUSED
    assert result.memory_protected
    assert "was not sent" not in result.advice.safe
    assert "unchanged, byte for byte" in result.advice.safe
    keys = result.advice.next_step.removeprefix("Press ").partition(" on the M1")[0]
    m1.press(keys)
    assert restoring(VirtualLink(m1), wanted, bank=Bank.CARD).outcome is Outcome.VERIFIED


def test_programs_go_onto_a_ram_card_and_the_internal_memory_stays() -> None:
    m1 = open_m1(protect_program_card=False)
    m1.insert_card(Card.formatted(CardFormat.PROGRAMS))
    wanted = other_sounds().only(Part.PROGRAMS)
    result = restoring(VirtualLink(m1), wanted, bank=Bank.CARD)
    assert result.outcome is Outcome.VERIFIED
    assert m1.card is not None
    assert m1.card.contents.programs == wanted.programs
    assert holds(m1, demo_contents())


def test_all_that_a_card_holds_goes_onto_it_and_is_read_back_part_by_part() -> None:
    m1, shelf = open_m1(protect_program_card=False, protect_combination_card=False), Shelf()
    m1.insert_card(ram_card())
    before = ram_card().contents
    sounds = demo_contents().replace(sequence=None)
    result = restoring(VirtualLink(m1), sounds, bank=Bank.CARD, save=shelf)
    assert result.outcome is Outcome.VERIFIED
    assert m1.card is not None
    assert m1.card.contents == sounds
    assert [backup.contents for backup in shelf.backups] == [before]


@pytest.mark.parametrize("sequence", [other_sounds().sequence, Sequence.empty()])
def test_what_a_cards_format_does_not_hold_is_refused(sequence: Sequence) -> None:
    m1 = open_m1()
    m1.insert_card(Card.formatted(CardFormat.PROGRAMS))
    wanted = other_sounds().replace(sequence=sequence)
    result = restoring(VirtualLink(m1), wanted, bank=Bank.CARD)
    assert result.outcome is Outcome.REFUSED
    assert "found sequencer data" in result.advice.happened


@pytest.mark.parametrize("layout", [CardFormat.PROGRAMS_AND_SEQUENCE, CardFormat.SEQUENCE])
def test_songs_of_a_100_100_memory_go_onto_a_card_that_holds_songs(layout: CardFormat) -> None:
    m1 = open_m1(protect_sequence_card=False)
    m1.insert_card(Card.formatted(layout))
    wanted = Contents(sequence=long_sequence(500), allocation=Allocation.LARGE_PROGRAM)
    result = restoring(VirtualLink(m1), wanted, bank=Bank.CARD)
    assert result.outcome is Outcome.VERIFIED
    assert m1.card is not None
    assert m1.card.contents.sequence == wanted.sequence


def test_a_disk_that_takes_no_backup_stops_the_restore() -> None:
    def full(backup: Backup) -> Path:
        raise Trouble(
            Advice(
                "for-a-test", "The disk is full.", "No file was changed.", "", "Free some space."
            )
        )

    m1 = open_m1()
    result = restoring(VirtualLink(m1), other_sounds(), save=full)
    assert result.outcome is Outcome.REFUSED
    assert result.advice.happened == "The disk is full."
    assert result.advice.safe.startswith("None of it was sent")
    assert holds(m1, demo_contents())


def test_a_dry_run_reads_once_and_says_what_would_change() -> None:
    m1, shelf = open_m1(), Shelf()
    wanted = other_sounds()
    result = restoring(VirtualLink(m1), wanted, dry_run=True, save=shelf)
    assert result.outcome is Outcome.REFUSED
    assert result.dry_run
    assert "would be sent" in result.advice.happened
    assert 'program 00 "' in result.advice.happened
    assert shelf.backups == []
    assert holds(m1, demo_contents())
    assert result.sent < 30


def test_a_dry_run_with_nothing_to_do_is_verified() -> None:
    result = restoring(VirtualLink(open_m1()), demo_contents(), dry_run=True)
    assert result.outcome is Outcome.VERIFIED
    assert result.advice.code == "already-there"
    assert result.advice.next_step == ""


def test_progress_counts_bytes_of_each_phase_and_the_seconds_that_are_left() -> None:
    steps: list[Progress] = []
    result = restoring(VirtualLink(open_m1()), other_sounds(), steps=steps)
    phases = list(dict.fromkeys(step.phase for step in steps))
    assert phases == [
        "Asking the M1 for its settings",
        "Reading the M1's memory",
        "Reading it again, to compare",
        "Asking whether memory is protected",
        "Sending",
        "Reading back",
    ]
    sending = [step for step in steps if step.phase == "Sending"]
    assert sending[-1].done == sending[-1].total
    assert [step.done for step in sending] == sorted(step.done for step in sending)
    assert all(step.done <= step.total for step in steps)
    back = next(step.total for step in reversed(steps) if step.phase == "Reading back")
    left = (sending[0].total + back) * BYTE
    assert sending[0].seconds_left == pytest.approx(left, rel=0.01)
    assert steps[-1].seconds_left < 0.2
    assert len(sending) > 100
    assert result.outcome is Outcome.VERIFIED


def test_cancelling_in_the_backup_sends_nothing() -> None:
    m1 = open_m1()
    link = VirtualLink(m1)

    async def main() -> None:
        cancel = asyncio.Event()
        async with Instrument(link) as instrument:
            asyncio.get_running_loop().call_later(5.0, cancel.set)
            result = await restore(instrument, other_sounds(), save=Shelf(), cancel=cancel)
        assert result.outcome is Outcome.REFUSED
        assert result.cancelled
        assert result.seconds == pytest.approx(5.0)
        assert holds(m1, demo_contents())

    clock.run(main())


def test_a_wire_that_spoils_blocks_in_the_same_way_is_not_taken_for_a_bad_memory() -> None:
    """It flips a bit of each block that leaves less than 0.2 s behind the last."""
    m1, last = open_m1(), [-1.0]

    def crowded(data: bytes) -> bytes:
        if len(data) < 60:
            return data
        now = asyncio.get_running_loop().time()
        soon, last[0] = now - last[0] < 0.2, now
        return data[:40] + bytes([data[40] ^ 1]) + data[41:] if soon else data

    wanted = Contents(sequence=long_sequence(2000), allocation=Allocation.LARGE_PROGRAM)
    result = restoring(MeddledLink(m1, outgoing=crowded), wanted)
    assert result.outcome is Outcome.MISMATCH
    # The second pacing ended in the same result, so no third is tried.
    assert result.pacing.label == "256:60"
    assert result.advice.code == "restore-differs"
    assert result.backup == KEPT


def test_cancelling_in_the_write_probe_reads_again_since_that_wrote() -> None:
    m1 = open_m1()

    async def main() -> Restoration:
        cancel = asyncio.Event()

        def watch(progress: Progress) -> None:
            if "protected" in progress.phase:
                cancel.set()

        async with Instrument(VirtualLink(m1)) as instrument:
            return await restore(
                instrument, other_sounds(), save=Shelf(), progress=watch, cancel=cancel
            )

    result = clock.run(main())
    assert result.cancelled
    assert result.unchanged is True
    assert "where data was sent: it is unchanged, byte for byte" in result.advice.safe
    assert holds(m1, demo_contents())


def test_cancelling_in_mid_message_reads_again_and_says_what_is_there() -> None:
    m1 = open_m1()
    link = VirtualLink(m1)
    steps: list[Progress] = []
    cancel: list[asyncio.Event] = []

    def watch(progress: Progress) -> None:
        steps.append(progress)
        if progress.phase == "Sending" and progress.done > 10_000:
            cancel[0].set()

    async def main() -> None:
        cancel.append(asyncio.Event())
        async with Instrument(link) as instrument:
            result = await restore(
                instrument, other_sounds(), save=Shelf(), progress=watch, cancel=cancel[0]
            )
        assert result.outcome is Outcome.MISMATCH
        assert result.cancelled
        assert result.unchanged is True
        assert result.reply is StatusCode.FORMAT_ERROR
        assert "F7 was sent" in result.advice.happened
        assert "unchanged, byte for byte" in result.advice.safe
        assert holds(m1, demo_contents())

    clock.run(main())


def test_cancelling_while_reading_back_leaves_the_state_unknown() -> None:
    m1 = open_m1()
    cancel: list[asyncio.Event] = []

    def watch(progress: Progress) -> None:
        if progress.phase == "Reading back" and progress.done > 1_000:
            cancel[0].set()

    async def main() -> None:
        cancel.append(asyncio.Event())
        async with Instrument(VirtualLink(m1)) as instrument:
            result = await restore(
                instrument, other_sounds(), save=Shelf(), progress=watch, cancel=cancel[0]
            )
            again = await restore(instrument, other_sounds(), save=Shelf())
        assert result.outcome is Outcome.UNKNOWN
        assert result.cancelled
        assert "nothing is sent if its memory already" in result.advice.next_step
        assert again.outcome is Outcome.VERIFIED
        assert not again.wrote

    clock.run(main())


def test_a_task_that_is_cancelled_in_mid_message_ends_it_so_that_the_m1_listens_again() -> None:
    m1 = open_m1()
    link = VirtualLink(m1)

    async def main() -> None:
        async with Instrument(link) as instrument:
            task = asyncio.create_task(restore(instrument, other_sounds(), save=Shelf()))
            await asyncio.sleep(28.0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.5)
            assert await instrument.mode_data() is not None
        assert holds(m1, demo_contents())

    clock.run(main())


def test_power_lost_while_sending_leaves_the_state_unknown_and_names_the_backup() -> None:
    m1 = open_m1()
    link = VirtualLink(m1)

    async def main() -> None:
        async with Instrument(link) as instrument:
            asyncio.get_running_loop().call_later(28.0, m1.power_off)
            result = await restore(instrument, other_sounds(), save=Shelf())
        assert result.outcome is Outcome.UNKNOWN
        assert "found nothing within 3 s" in result.advice.happened
        assert str(KEPT) in result.advice.safe
        assert result.seconds < 60

    clock.run(main())


def test_bytes_lost_at_full_speed_are_sent_again_slower_and_verified() -> None:
    lost: list[int] = []

    def overflow(data: bytes) -> bytes:
        """Lose the end of one block in the first long message."""
        if len(data) == 256 and not lost:
            lost.append(1)
            return data[:-3]
        return data

    m1 = open_m1()
    wanted = Contents(sequence=long_sequence(4400), allocation=Allocation.LARGE_PROGRAM)
    result = restoring(MeddledLink(m1, outgoing=overflow), wanted)
    assert result.outcome is Outcome.VERIFIED
    assert result.pacing.label == "256:60"
    assert any("sent again in dumps, with pacing 256:60" in note for note in result.notes)
    assert m1.contents.sequence == wanted.sequence


def cutting() -> Meddle:
    """Return a cable that lets 4,095 bytes of a message through, as ALSA's sequencer does."""
    budget = [0]

    def cut(data: bytes) -> bytes:
        if data[:1] == b"\xf0":
            budget[0] = 4_095
        passed = data[: budget[0]] if data != b"\xf7" else data
        budget[0] -= len(passed)
        return passed

    return cut


def test_an_interface_that_cuts_every_long_message_carries_single_objects_all_the_same() -> None:
    m1 = open_m1()
    result = restoring(MeddledLink(m1, outgoing=cutting()), other_sounds())
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, other_sounds())
    assert any("sent again one by one" in note for note in result.notes)


@pytest.mark.parametrize("part", [Part.ALL, Part.SEQUENCE])
def test_an_interface_that_cuts_what_cannot_go_in_pieces_is_told_after_two_pacings(
    part: Part,
) -> None:
    m1 = open_m1()
    wanted = other_sounds().replace(sequence=long_sequence(4400))
    result = restoring(MeddledLink(m1, outgoing=cutting()), wanted, part=part)
    assert result.outcome is Outcome.MISMATCH
    assert result.pacing.label == "256:60"
    assert result.advice.code == "long-messages-cut"
    assert any("sent at full speed; the M1 replied 26" in note for note in result.notes)
    assert result.seconds < 150
    assert holds(m1, demo_contents(), Part.SEQUENCE)
    if part is Part.ALL:
        assert "Equal: combinations, global and programs." in result.advice.happened
        assert holds(m1, wanted, Part.PROGRAMS)


def test_a_flipped_byte_in_every_whole_dump_is_made_good_by_the_object_alone() -> None:
    seen = [0]

    def flip(data: bytes) -> bytes:
        """Change the 10,001st byte of each dump of programs."""
        if data[:5] == b"\xf0\x42\x30\x19\x4c":
            seen[0] = 0
        at, seen[0] = 10_000 - seen[0], seen[0] + len(data)
        if 0 <= at < len(data) and len(data) >= 64:
            return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        return data

    m1 = open_m1()
    result = restoring(MeddledLink(m1, outgoing=flip), other_sounds())
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, other_sounds())
    assert any("1 program differed" in note for note in result.notes)
    assert result.reply is StatusCode.WRITE_COMPLETED


def test_a_loop_that_brings_our_messages_back_is_named_and_does_not_deceive() -> None:
    m1 = open_m1()
    link = MeddledLink(m1)

    def loop_back(data: bytes) -> bytes:
        asyncio.get_running_loop().call_later(
            len(data) * BYTE, lambda: m1.board.outbox.extend(data)
        )
        return data

    link.outgoing = loop_back
    result = restoring(link, other_sounds())
    assert result.outcome is Outcome.VERIFIED
    assert holds(m1, other_sounds())
    assert any("THRU loop" in note for note in result.notes)
