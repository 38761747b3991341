"""The link to a virtual M1 in this process, and the hands on it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from m1tui.clock import run
from m1tui.errors import LinkError, LinkLost
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import (
    BankRequest,
    CardFormat,
    ExclusiveFrame,
    Framer,
    IdentityRequest,
    Part,
    ShortMessage,
)
from m1tui.virtual.saved_state import load_state
from m1tui.virtual.scenarios import SCENARIOS, scenario
from tests.advised import raises

IDENTITY = bytes.fromhex("F07E000602421900080007010100F7")


async def answer(link: VirtualLink, message: bytes) -> bytes:
    await link.write(message)
    framer = Framer()
    while True:
        for event in framer.feed(await link.read()):
            if isinstance(event, ExclusiveFrame):
                return event.data


def test_bytes_go_both_ways_and_into_the_transcript() -> None:
    async def work() -> None:
        async with VirtualLink(scenario("healthy")) as link:
            assert await answer(link, IdentityRequest().encode()) == IDENTITY
            assert (link.sent, link.received) == (6, 15)
            assert len(link.transcript) == 2

    run(work())


def test_a_dump_takes_the_wires_time() -> None:
    async def work() -> float:
        async with VirtualLink(scenario("healthy")) as link:
            dump = await answer(link, BankRequest(0, Part.ALL).encode())
            assert len(dump) > 30_000
            seconds = asyncio.get_running_loop().time()
            return seconds / ((link.sent + link.received) / link.bytes_per_second)

    assert run(work()) == pytest.approx(1.0, abs=0.002)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_reached(tmp_path: Path, name: str) -> None:
    async def work() -> None:
        async with VirtualLink.for_scenario(name, tmp_path) as link:
            assert await answer(link, IdentityRequest().encode()) == IDENTITY

    run(work())


def test_one_program_at_a_time_has_the_kept_m1(tmp_path: Path) -> None:
    async def work() -> None:
        first = VirtualLink.for_scenario("healthy", tmp_path)
        await first.open()
        second = VirtualLink.for_scenario(None, tmp_path)
        third = VirtualLink.for_scenario("dead-battery", tmp_path)
        for link in (second, third):
            with raises(LinkError, "virtual-m1-in-use"):
                await link.open()
        await first.rehearsal.press("GLOBAL")
        await first.close()
        await second.open()
        assert second.rehearsal.lamps() == ("GLOBAL",), "as it was left, not as it was found first"
        await second.close()
        await third.open()
        await first.close()
        with raises(LinkError, "virtual-m1-in-use"):
            await second.open()
        await third.close()
        await second.open()
        assert "1.1 V" in second.rehearsal.state(), "what was kept last"
        await second.close()

    run(work())


def test_a_kept_m1_that_is_damaged_is_refused_as_often_as_it_is_opened(tmp_path: Path) -> None:
    async def work() -> None:
        async with VirtualLink.for_scenario("healthy", tmp_path):
            pass
        link = VirtualLink.for_scenario(None, tmp_path)
        place = tmp_path / "virtual" / "m1.syx"
        place.write_bytes(b"not a dump")
        for _ in range(2):
            with raises(LinkError, "state-unusable"):
                await link.open()
        assert place.read_bytes() == b"not a dump"

    run(work())


def test_a_scenario_starts_afresh_and_virtual_goes_on(tmp_path: Path) -> None:
    async def press(name: str | None, keys: str) -> int:
        async with VirtualLink.for_scenario(name, tmp_path) as link:
            await link.rehearsal.press(keys)
            return link.machine.settings.channel

    assert run(press("used", "GLOBAL 5 UP UP")) == 2
    assert run(press(None, "UP")) == 3  # page and cursor are kept
    assert run(press(None, "GLOBAL 5 UP")) == 4
    assert run(press("used", "PROG")) == 0
    assert run(press(None, "PROG")) == 0


def test_virtual_without_a_kept_m1_begins_healthy(tmp_path: Path) -> None:
    link = VirtualLink.for_scenario(None, tmp_path)
    assert link.machine.contents == demo_contents()
    assert link.port == "virtual"
    assert list(tmp_path.iterdir()) == []  # nothing is written before the link opens


def test_battery_events_are_kept_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with VirtualLink.for_scenario("low-battery", tmp_path) as link:
            hands = link.rehearsal
            await hands.perform("power-off")
            await hands.perform("remove-cell")
            kept = load_state(tmp_path / "virtual" / "m1.syx")
            assert kept.state() == "switched off, no cell, memory lost"
            await hands.perform("insert-cell")
            await hands.perform("power-on")
            assert hands.state() == "powered, cell 3.2 V"
            assert hands.display()[0].startswith("Prog I00 Init Prog")

    run(work())


def test_changes_over_the_wire_are_kept_soon(tmp_path: Path) -> None:
    async def work() -> int:
        async with VirtualLink.for_scenario("healthy", tmp_path) as link:
            await link.write(b"\xc0\x2a")
            await link.drain()
            await asyncio.sleep(1)
            return load_state(tmp_path / "virtual" / "m1.syx").board.program_number

    assert run(work()) == 42


def test_while_it_is_off_reads_wait_in_silence_and_writes_vanish() -> None:
    async def work() -> None:
        async with VirtualLink(scenario("healthy")) as link:
            await link.rehearsal.perform("power-off")
            assert link.rehearsal.display() == (" " * 40, " " * 40)
            await link.write(IdentityRequest().encode())
            await link.drain()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(60):
                    await link.read()
            await link.rehearsal.perform("power-on")
            assert await answer(link, IdentityRequest().encode()) == IDENTITY

    run(work())


def test_a_panel_dump_is_heard_on_the_link() -> None:
    async def work() -> bytes:
        async with VirtualLink(scenario("dead-battery")) as link:
            await link.rehearsal.press("GLOBAL 7 UP UP UP UP G")
            framer = Framer()
            while True:
                for event in framer.feed(await link.read()):
                    if isinstance(event, ExclusiveFrame):
                        return event.data

    dump = run(work())
    assert (dump[4], len(dump)) == (0x50, 33_247)


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        (["insert-card"], "powered, cell 3.2 V, RAM card"),
        (["insert-card", "card-protect-on"], "powered, cell 3.2 V, protected RAM card"),
        (["insert-card", "remove-card"], "powered, cell 3.2 V"),
        (["insert-card", "remove-card-cell", "insert-card-cell"], "powered, cell 3.2 V, RAM card"),
        (["insert-card", "remove-card", "remove-card-cell", "insert-card"], "unformatted card"),
    ],
)
def test_hands_handle_cards(actions: list[str], state: str) -> None:
    async def work() -> str:
        async with VirtualLink(scenario("healthy")) as link:
            for action in actions:
                await link.rehearsal.perform(action)
            return link.rehearsal.state()

    assert run(work()).endswith(state)


@pytest.mark.parametrize("actions", [[], ["insert-card"], ["insert-card", "remove-card"]])
def test_a_ram_card_is_put_in_where_a_rom_card_was(actions: list[str]) -> None:
    machine = scenario("healthy")

    async def work() -> None:
        async with VirtualLink(machine) as link:
            for action in (*actions, "insert-rom-card", "insert-card"):
                await link.rehearsal.perform(action)

    run(work())
    assert machine.card is not None
    assert not machine.card.rom
    assert machine.spare_card is not None
    assert machine.spare_card.rom


@pytest.mark.parametrize(
    ("start", "actions", "formats"),
    [
        ("healthy", ["insert-song-card"], (CardFormat.SEQUENCE, None)),
        ("card", ["insert-song-card"], (CardFormat.SEQUENCE, CardFormat.PROGRAMS)),
        ("other-card", ["insert-song-card"], (CardFormat.PROGRAMS_AND_SEQUENCE, None)),
        ("song-card", ["remove-card", "insert-song-card"], (CardFormat.SEQUENCE, None)),
    ],
)
def test_a_card_with_room_for_songs_is_put_in_whatever_was_there(
    start: str, actions: list[str], formats: tuple[CardFormat, CardFormat | None]
) -> None:
    machine = scenario(start)

    async def work() -> None:
        async with VirtualLink(machine) as link:
            for action in actions:
                await link.rehearsal.perform(action)

    run(work())
    found = tuple(card and card.format for card in (machine.card, machine.spare_card))
    assert found == formats


async def heard_while(link: VirtualLink, *actions: str) -> list[bytes]:
    """The channel and common messages that come while hands act, and shortly after."""
    framer = Framer()
    messages: list[bytes] = []

    async def listen() -> None:
        while True:
            events = framer.feed(await link.read())
            messages.extend(event.data for event in events if isinstance(event, ShortMessage))

    listening = asyncio.create_task(listen())
    for action in actions:
        await link.rehearsal.perform(action)
    await asyncio.sleep(0.5)
    listening.cancel()
    return messages


def rehearsed(name: str, *actions: str) -> list[bytes]:
    async def work() -> list[bytes]:
        async with VirtualLink(scenario(name)) as link:
            return await heard_while(link, *actions)

    return run(work())


def test_hands_play_every_key_softly_and_hard() -> None:
    notes = rehearsed("healthy", "play")
    ons = [note for note in notes if note[0] == 0x90]
    assert [note[1] for note in ons] == [key for key in range(36, 97) for _ in range(2)]
    assert len({note[2] for note in ons}) == 2
    assert len([note for note in notes if note[0] == 0x80]) == 122


def test_hands_play_a_single_key_once() -> None:
    notes = rehearsed("healthy", "play 60")
    assert [note[:2] for note in notes] == [b"\x90\x3c", b"\x80\x3c"]


def test_a_single_key_that_is_played_again_is_struck_hard() -> None:
    struck = [one for one in rehearsed("healthy", *["play 60"] * 3) if one[0] == 0x90]
    soft, hard, again = (note[2] for note in struck)
    assert soft == again < hard


def test_three_faulty_keys_are_heard_as_such() -> None:
    notes = rehearsed("faulty-keys", "play")
    downs = {key: [n[2] for n in notes if n[:2] == bytes([0x90, key])] for key in range(36, 97)}
    ups = {note[1] for note in notes if note[0] == 0x80}
    assert [key for key, velocities in downs.items() if not velocities] == [43]
    assert set(range(36, 97)) - ups - {43} == {66}
    assert [key for key, speeds in downs.items() if len(speeds) == 2 > len(set(speeds))] == [89]


def test_hands_move_every_control_through_its_whole_range() -> None:
    controls = ("press-hard", "joystick", "slider", "pedals")
    seen = set(rehearsed("healthy", *controls))
    ends = (
        *("d07f", "d000", "e00000", "e07f7f", "e00040", "b0017f", "b00100", "b0027f", "b00200"),
        *("b00600", "b0067f", "b0267f", "b0407f", "b04000", "b0077f", "b00700"),
    )
    for message in ends:
        assert bytes.fromhex(message) in seen


def test_hands_press_wait_and_fill_the_sequencer() -> None:
    async def work() -> tuple[float, str]:
        async with VirtualLink(scenario("healthy")) as link:
            hands = link.rehearsal
            await hands.perform("press SEQ B UP UP UP REC START/STOP")
            await hands.perform("wait 3")
            await hands.perform("play-for 2")
            await hands.perform("press START/STOP")
            return asyncio.get_running_loop().time(), hands.display()[0]

    seconds, display = run(work())
    assert seconds == pytest.approx(5, abs=0.5)
    assert display.rstrip().endswith("%Free")
    assert int(display.split("%")[0].split()[-1]) < 65


def test_a_recorded_song_plays_itself_to_its_end() -> None:
    actions = ("press SEQ B UP UP UP REC START/STOP", "wait 2", "play", "press H START/STOP")
    notes = rehearsed("healthy", *actions, "wait 20")
    ons = [note[1] for note in notes if note[0] == 0x90]
    assert sorted(ons) == sorted([key for key in range(36, 97) for _ in range(2)] * 2)


def test_cards_of_both_slots_go_in_and_out() -> None:
    async def work() -> None:
        async with VirtualLink(scenario("healthy")) as link:
            hands, machine = link.rehearsal, link.machine
            await hands.perform("insert-rom-card")
            await hands.perform("insert-pcm-card")
            assert hands.state().endswith("ROM card")
            assert machine.board.pcm_card is not None
            await hands.perform("remove-pcm-card")
            await hands.perform("remove-card")
            assert (machine.card, machine.board.pcm_card) == (None, None)

    run(work())


def test_a_rom_card_takes_the_place_of_a_ram_card_that_was_left_in_the_slot() -> None:
    async def work() -> None:
        async with VirtualLink(scenario("card")) as link:
            await link.rehearsal.perform("insert-rom-card")
            assert link.rehearsal.state().endswith("ROM card")
            await link.rehearsal.perform("insert-rom-card")
            assert link.machine.spare_card is not None
            assert not link.machine.spare_card.rom, "also where it was put in before"

    run(work())


def test_keys_held_at_power_on_initialise() -> None:
    async def work() -> None:
        async with VirtualLink(scenario("healthy")) as link:
            await link.rehearsal.perform("power-off")
            assert (link.rehearsal.lamps(), link.rehearsal.cursor()) == ((), None)
            await link.rehearsal.perform("power-on INT CARD COMBI")
            assert link.machine.contents.is_initialised
            await link.rehearsal.press("GLOBAL 5")
            assert link.rehearsal.cursor() == (1, 3)
            assert link.rehearsal.lamps() == ("GLOBAL",)

    run(work())


def test_what_hands_cannot_do_is_told() -> None:
    async def work() -> None:
        async with VirtualLink(scenario("healthy")) as link:
            assert {"power-off", "power-on", "remove-cell", "insert-cell"} <= link.rehearsal.actions
            with pytest.raises(ValueError, match=r"expected one of .*power-off"):
                await link.rehearsal.perform("kick")
            with pytest.raises(ValueError, match="is not a key"):
                await link.rehearsal.press("ENTER")

    run(work())


def test_a_closed_link_is_lost_to_readers_and_writers() -> None:
    async def work() -> None:
        link = VirtualLink(scenario("healthy"))
        with pytest.raises(LinkLost):
            await link.write(b"\xfe")
        await link.open()
        await link.read()  # active sensing
        reading = asyncio.create_task(link.read())
        await asyncio.sleep(0)
        await link.close()
        await link.close()
        with pytest.raises(LinkLost):
            await reading

    run(work())


def test_an_unknown_scenario_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="expected one of healthy"):
        VirtualLink.for_scenario("broken", tmp_path)


def test_a_damaged_state_is_told(tmp_path: Path) -> None:
    run(VirtualLink.for_scenario("healthy", tmp_path).open())
    (tmp_path / "virtual" / "m1.syx").write_bytes(b"\xf0")
    with pytest.raises(LinkError, match=r"m1\.syx"):
        VirtualLink.for_scenario(None, tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "virtual").write_text("a file")
    with pytest.raises(LinkError, match="cannot be"):
        run(VirtualLink.for_scenario("healthy", tmp_path).open())


def test_most_of_a_long_wait_is_skipped_and_counts_for_the_m1() -> None:
    async def work() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        async with VirtualLink(scenario("healthy")) as link:
            begun, before = loop.time(), link.seconds()
            await link.rehearsal.perform("wait 60")
            return loop.time() - begun, link.seconds() - before

    real, counted = run(work())
    assert real == pytest.approx(5, abs=0.1)
    assert counted == pytest.approx(60, abs=0.1)


def test_of_long_playing_only_the_first_seconds_take_their_time() -> None:
    async def played() -> tuple[float, float, str]:
        async with VirtualLink(scenario("healthy")) as link:
            await link.rehearsal.press("SEQ REC START/STOP")
            before, link_before = asyncio.get_running_loop().time(), link.seconds()
            await link.rehearsal.perform("play-for 20")
            passed = asyncio.get_running_loop().time() - before
            await link.rehearsal.press("START/STOP")
            return passed, link.seconds() - link_before, link.rehearsal.display()[0]

    passed, for_the_m1, display = run(played())
    assert passed == pytest.approx(5, abs=0.2)
    assert for_the_m1 == pytest.approx(20, abs=0.2)
    assert "  0%Free" in display, "all of it was recorded"


def test_what_is_put_back_while_the_program_ends_by_an_error_waits_for_no_wire() -> None:
    said: list[str] = []

    async def main() -> None:
        link = VirtualLink(scenario("healthy"))
        await link.open()

        async def puts_back() -> None:
            try:
                await asyncio.sleep(100)
            finally:
                try:
                    for _ in range(3):
                        await link.write(bytes(2_000))
                        await link.drain()
                except LinkLost as lost:
                    said.append(lost.advice.code)

        tasks = [asyncio.create_task(puts_back()) for _ in range(2)]
        done, _ = await asyncio.wait(tasks, timeout=1)
        assert not done
        raise KeyError

    with pytest.raises(KeyError):
        run(main())
    assert said == ["link-closed", "link-closed"]
