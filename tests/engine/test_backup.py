"""Backups: read twice and equal, and honest about what a dump holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import pytest

from m1tui import clock
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.ear import FIRST_BYTE
from m1tui.engine.progress import Progress
from m1tui.engine.read.backup import back_up
from m1tui.errors import ReadError
from m1tui.facts import Backup
from m1tui.link import Link
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import AnyMessage, Bank, BankDump, BankRequest, ModeRequest, Part
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.scenarios import small_card

from .bench import machine
from .scripted import BYTE, Answer, ScriptedLink
from .small_m1 import SmallM1


def backed_up(link: Link, **options: object) -> tuple[Backup, float]:
    async def main() -> tuple[Backup, float]:
        async with Instrument(link) as instrument:
            await diagnose(instrument)
            begin = asyncio.get_running_loop().time()
            backup = await back_up(instrument, **options)  # type: ignore[arg-type]
            return backup, asyncio.get_running_loop().time() - begin

    return clock.run(main())


@pytest.mark.parametrize("part", list(Part))
def test_a_part_is_read_twice_in_the_time_of_its_bytes(part: Part) -> None:
    backup, seconds = backed_up(VirtualLink(machine()), part=part)
    assert backup.reads == 2
    assert backup.contents == demo_contents().only(part)
    # A short one ends no sooner than a second instrument would have answered.
    assert seconds <= max(1.02 * BYTE * 2 * (len(backup.dump) + 7), FIRST_BYTE)
    assert backup.worth_keeping


def test_the_dump_goes_to_disk_as_it_came() -> None:
    backup, _ = backed_up(VirtualLink(machine(channel=6)))
    file = read_file(backup.dump)
    assert file.problems == ()
    assert file.contents() == demo_contents()
    assert backup.dump[2] == 0x36


def test_what_no_dump_holds_is_named_with_the_present_values() -> None:
    backup, _ = backed_up(VirtualLink(machine(channel=6)))
    assert "global MIDI channel (now 7)" in backup.not_held
    assert "memory allocation (now 100/100)" in backup.not_held
    assert "memory protects" in backup.not_held
    assert "the contents of a card" in backup.not_held
    assert "programs" not in backup.not_held


@pytest.mark.parametrize("part", [Part.ALL, Part.GLOBAL])
def test_the_present_allocation_is_that_of_the_reading(part: Part) -> None:
    """Not that with which the M1 was found: it was changed by hand since."""

    async def main() -> Backup:
        link = VirtualLink(machine())
        async with Instrument(link) as instrument:
            await diagnose(instrument)
            await link.rehearsal.press("GLOBAL 6 + + + UP G")
            return await back_up(instrument, part=part)

    assert "memory allocation (now 50/50)" in clock.run(main()).not_held


def test_a_backup_of_programs_names_the_drum_kits_that_it_lacks() -> None:
    backup, _ = backed_up(VirtualLink(machine()), part=Part.PROGRAMS)
    assert "global settings with the drum kits" in backup.not_held


def test_an_initialised_memory_is_read_and_known_to_be_worthless() -> None:
    backup, _ = backed_up(VirtualLink(machine("dead-battery", "GLOBAL 7")))
    assert not backup.worth_keeping


def test_a_card_that_is_not_there_is_told_with_the_status() -> None:
    with pytest.raises(ReadError) as caught:
        backed_up(VirtualLink(machine()), part=Part.PROGRAMS, bank=Bank.CARD)
    assert "found the status 24 (load error)" in caught.value.advice.happened


def test_an_m1_that_says_nothing_is_given_up_after_two_questions() -> None:
    m1 = SmallM1()

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        return [] if isinstance(message, BankRequest) else usual

    m1.twist = twist
    with pytest.raises(ReadError) as caught:
        backed_up(ScriptedLink(m1))
    assert m1.answered.count("BankRequest") == 2
    assert "nothing within 3 s" in caught.value.advice.happened
    assert caught.value.partial == b""


def test_a_dump_that_always_breaks_off_names_the_missing_bytes_and_is_kept() -> None:
    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, BankRequest):
            assert isinstance(usual[0], bytes)
            return [usual[0][:4095]]
        return usual

    with pytest.raises(ReadError) as caught:
        backed_up(ScriptedLink(SmallM1(twist=twist)))
    whole = len(backed_up(ScriptedLink(SmallM1()))[0].dump)
    assert f"4,095 of {whole:,} bytes, short by {whole - 4095:,}" in caught.value.advice.happened
    assert len(caught.value.partial) == 4095
    assert "CH345" in caught.value.advice.cause


def test_a_retry_waits_until_the_tail_of_a_stalled_dump_has_passed() -> None:
    stalls: list[int] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, BankRequest) and not stalls:
            stalls.append(1)
            assert isinstance(usual[0], bytes)
            return [usual[0][:9000], 1.5, usual[0][9000:]]
        return usual

    m1 = SmallM1(twist=twist)
    backup, _ = backed_up(ScriptedLink(m1))
    assert backup.contents == demo_contents()
    assert m1.answered.count("BankRequest") == 3
    assert any("One reading was not usable" in note for note in backup.notes)


def test_the_reading_of_a_card_is_called_so() -> None:
    steps: list[Progress] = []
    m1 = machine()
    m1.insert_card(small_card())
    backed_up(VirtualLink(m1), bank=Bank.CARD, progress=steps.append)
    assert {step.phase for step in steps} == {"Reading the card", "Reading it again, to compare"}


def test_what_can_be_chance_in_several_parts_is_explained_once() -> None:
    m1 = machine()
    m1.insert_card(small_card())
    backup, _ = backed_up(VirtualLink(m1), bank=Bank.CARD)
    programs, combinations = (note for note in backup.notes if note.startswith("no 0D in "))
    assert "7,150 bytes of programs" in programs
    assert "6,200 bytes of combinations" in combinations
    assert "this may be chance" not in programs
    assert "this may be chance" in combinations


def test_progress_counts_to_the_size_that_the_header_tells() -> None:
    steps: list[Progress] = []
    backup, _ = backed_up(VirtualLink(machine()), progress=steps.append)
    assert {step.phase for step in steps} == {
        "Reading the M1's memory",
        "Reading it again, to compare",
    }
    late = [step for step in steps if step.done > 100]
    assert {step.total for step in late} == {len(backup.dump)}
    assert steps[0].seconds_left == pytest.approx(2 * steps[0].total * BYTE, rel=0.01)


class Repeating(SmallM1):
    """Behind a box that sends each of its first `often` dumps twice, and damages the first."""

    often = 1
    gap = 0.003
    link: ScriptedLink

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        answers = list(super().__call__(message))
        if not isinstance(message, BankRequest) or not self.often:
            return answers
        self.often -= 1
        (dump,) = answers
        assert isinstance(dump, bytes)
        damaged = bytes([*dump[:500], dump[500] ^ 1, *dump[501:]])
        later = len(dump) * BYTE + self.gap
        asyncio.get_running_loop().call_later(later, self.link.say, damaged)
        return [damaged]


def repeating(gap: float, often: int) -> Repeating:
    m1 = Repeating()
    m1.gap, m1.often, m1.link = gap, often, ScriptedLink(m1)
    return m1


@pytest.mark.parametrize("gap", [0.0, 0.001, 0.003, 0.01, 0.05, 0.5, 2.0])
def test_a_dump_that_something_repeats_does_not_pass_for_the_second_reading(gap: float) -> None:
    m1 = repeating(gap, 1)
    backup = None
    with suppress(ReadError):
        backup, _ = backed_up(m1.link, part=Part.PROGRAMS)
    assert backup is None or backup.contents == m1.memory.only(Part.PROGRAMS)


def test_a_dump_that_comes_twice_at_once_leaves_two_readings_that_agree() -> None:
    m1 = repeating(0.0, 1)
    backup, _ = backed_up(m1.link, part=Part.PROGRAMS)
    assert backup.contents == m1.memory.only(Part.PROGRAMS)
    assert any("More dumps arrived than were asked for" in note for note in backup.notes)


def test_another_dump_from_the_panel_meanwhile_spoils_no_backup() -> None:
    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, BankRequest):
            return [BankDump.of(demo_contents(), Part.GLOBAL).encode(), *usual]
        return usual

    m1 = SmallM1(twist=twist)
    backup, _ = backed_up(ScriptedLink(m1), part=Part.PROGRAMS)
    assert backup.contents == m1.memory.only(Part.PROGRAMS)
    assert (backup.reads, backup.notes) == (2, ())


@pytest.mark.parametrize("answered", [1, 2])
def test_an_m1_that_tells_its_mode_no_more_is_backed_up_all_the_same(answered: int) -> None:
    """Mode requests are received in four modes alone, and bulk dumps in every one."""

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        asked = m1.answered.count("ModeRequest")
        return [] if isinstance(message, ModeRequest) and asked > answered else usual

    m1 = SmallM1(twist=twist)
    backup, _ = backed_up(ScriptedLink(m1), part=Part.PROGRAMS)
    assert backup.contents == m1.memory.only(Part.PROGRAMS)
    assert backup.reads == 2


def test_a_box_that_repeats_every_dump_lets_no_reading_count() -> None:
    with pytest.raises(ReadError) as error:
        backed_up(repeating(0.0, 9).link, part=Part.PROGRAMS)
    assert error.value.advice.code == "dump-repeated"
    assert "merge box" in error.value.advice.cause


def test_an_m1_that_answers_no_more_behind_its_first_dump_is_told_so() -> None:
    class Leaving(SmallM1):
        """Gets another channel on its panel once it has sent a dump."""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            answers = list(super().__call__(message))
            if self.answered.count("BankRequest") == 1 and self.answered[-1] == "ModeRequest":
                self.channel = 7
            return answers

    with pytest.raises(ReadError) as error:
        backed_up(ScriptedLink(Leaving()), part=Part.GLOBAL)
    assert error.value.silent
    assert error.value.advice.code == "fell-silent"
    assert "channel" in error.value.advice.cause
    assert len(error.value.partial) == 991
