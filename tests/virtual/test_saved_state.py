"""The virtual M1 on disk."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from m1tui.advice import Trouble
from m1tui.clock import run
from m1tui.sysex import CardFormat, Part, decode
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.card import Card
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.saved_state import (
    StateSaver,
    load_state,
    save_state,
    settings_path,
    state_exists,
)
from m1tui.virtual.scenarios import CARDS, SCENARIOS, put_card, scenario
from m1tui.virtual.settings import Model
from tests.virtual.dialogue import dump_of, open_m1


def kept(machine: VirtualM1, path: Path) -> VirtualM1:
    save_state(machine, path)
    return load_state(path)


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("card", CARDS)
def test_what_was_saved_is_loaded_alike(tmp_path: Path, name: str, card: str) -> None:
    machine = scenario(name, card=card, channel=9)
    machine.press("GLOBAL 5 D UP COMBI 12 CARD SEQ")
    again = kept(machine, tmp_path / "m1.syx")
    assert again.persistent() == machine.persistent()
    assert again.identity.body == machine.identity.body
    assert again.settings.clock_external


def test_song_track_card_page_model_and_faults_are_kept(tmp_path: Path) -> None:
    faulty = scenario("faulty-keys")
    machine = VirtualM1(
        faulty.memory, faulty.settings, model=Model.M1R, key_faults=faulty.key_faults
    )
    machine.press("GLOBAL 8 DOWN SEQ B UP UP C UP")
    again = kept(machine, tmp_path / "m1.syx")
    assert again.persistent() == machine.persistent()
    assert again.key_faults == faulty.key_faults
    assert again.model is Model.M1R
    again.press("GLOBAL 8")
    assert "PROG/COMBI" in again.display[1]


def test_a_recording_under_way_is_kept_as_far_as_it_is_and_stopped(tmp_path: Path) -> None:
    machine = scenario("healthy")
    machine.press("SEQ B UP UP C UP REC START/STOP")
    machine.advance(3)
    machine.key_down(60, 100)
    machine.advance(4)
    machine.key_up(60)
    assert not machine.memory.sequence.track_steps(2, 1)
    again = kept(machine, tmp_path / "m1.syx")
    assert not again.board.transport.running
    assert again.was_running
    machine.press("START/STOP")
    assert again.memory.sequence.track_steps(2, 1) == machine.memory.sequence.track_steps(2, 1)
    assert again.memory.sequence.track_steps(2, 1)
    assert not kept(again, tmp_path / "m1.syx").was_running


@pytest.mark.parametrize("keys", ["GLOBAL 5 + D", "GLOBAL 6 + +", "SEQ F", "EDIT-PROG 2 +", "PROG"])
def test_page_and_cursor_are_kept(tmp_path: Path, keys: str) -> None:
    machine = scenario("healthy")
    machine.press(keys)
    again = kept(machine, tmp_path / "m1.syx")
    assert again.display == machine.display
    assert again.cursor == machine.cursor


def test_what_was_kept_without_a_page_comes_back_at_the_first_of_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "m1.syx"
    machine = scenario("healthy")
    machine.press("GLOBAL 5 + D")
    save_state(machine, path)
    beside = settings_path(path)
    facts = json.loads(beside.read_text())
    del facts["page"], facts["cursor"]
    beside.write_text(json.dumps(facts))
    assert "GLOBAL 0-1" in load_state(path).display[0]


def test_a_page_that_was_turned_is_written_when_the_keeper_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "m1.syx"
    machine = scenario("healthy")
    saver = StateSaver(machine, path)
    machine.press("GLOBAL")
    saver.save()
    machine.press("5 + D")
    saver.save()
    again = load_state(path)
    assert (again.display, again.cursor) == (machine.display, machine.cursor)


@pytest.mark.parametrize("card_format", CardFormat)
def test_a_card_comes_back_with_its_content_format_and_switch(
    tmp_path: Path, card_format: CardFormat
) -> None:
    machine = scenario("healthy")
    machine.insert_card(Card.formatted(card_format))
    machine.protect_card(True)
    machine.remove_card()
    assert kept(machine, tmp_path / "m1.syx").spare_card == machine.spare_card


def test_the_dump_is_an_all_data_dump_that_any_program_reads(tmp_path: Path) -> None:
    machine = open_m1()
    save_state(machine, tmp_path / "s")
    assert decode((tmp_path / "s").read_bytes()) == dump_of(machine, Part.ALL)
    facts = json.loads((tmp_path / "s.json").read_text())
    assert facts["settings"]["channel"] == 1
    assert facts["supply"].items() >= {"powered": True, "cell_volts": 3.2, "memory": "held"}.items()


def test_one_flipped_byte_of_the_dump_is_loaded_as_other_memory(tmp_path: Path) -> None:
    path = tmp_path / "s"
    save_state(scenario("healthy"), path)
    data = bytearray(path.read_bytes())
    data[20_000] ^= 1
    path.write_bytes(data)
    assert load_state(path).memory != scenario("healthy").memory


def test_lost_memory_stays_lost_until_power_on(tmp_path: Path) -> None:
    machine = scenario("healthy")
    machine.power_off()
    machine.remove_cell()
    again = kept(machine, tmp_path / "m1.syx")
    assert again.state() == "switched off, no cell, memory lost"
    assert read_file((tmp_path / "m1.syx").read_bytes()).contents().is_initialised
    again.insert_cell()
    again.power_on()
    assert again.contents.is_initialised


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda facts: facts.pop("settings"), "settings is missing"),
        (lambda facts: facts["settings"].pop("local"), "local is missing"),
        (lambda facts: facts["settings"].update(channel=17), "channel: expected 0–15"),
        (lambda facts: facts["settings"].update(exclusive="yes"), "expected bool, found 'yes'"),
        (lambda facts: facts["settings"].update(colour=True), "unknown setting colour"),
        (lambda facts: facts["supply"].update(cell_volts="low"), "found 'low'"),
        (lambda facts: facts["supply"].update(memory="maybe"), "expected held or lost"),
        (lambda facts: facts["supply"].update(powered=1), "expected true or false"),
        (
            lambda facts: facts.update(mode="DANCE"),
            r"mode: expected one of COMBI, .* found 'DANCE'",
        ),
        (lambda facts: facts.update(version=2), "expected m1tui virtual M1 version 1"),
        (lambda facts: facts.update(model="M3"), "'M3' is not a valid Model"),
        (lambda facts: facts.update(key_faults={"1": "silent"}), "expected 36 to 96, found 1"),
        (lambda facts: facts.update(key_faults={"40": "loud"}), "'loud' is not a valid KeyTrouble"),
        (lambda facts: facts.update(song=10), "song: expected 0–9, found 10"),
        (lambda facts: facts.update(page=9), "page: expected 0–0, found 9"),
        (lambda facts: facts.update(cursor="Q"), "cursor: expected no letter, found 'Q'"),
        (lambda facts: facts["choices"].update(load="x"), "load: expected 0–1, found 'x'"),
        (lambda facts: facts.update(identity="zz"), "non-hexadecimal"),
        (lambda facts: facts["card"].update(content="@@"), r"base64|Only"),
        (lambda facts: facts["card"].update(content="AAAA"), "bytes of sounds"),
        (
            lambda facts: facts["card"].update(format="ODD"),
            r"format: expected one of .* found 'ODD'",
        ),
    ],
)
def test_damaged_settings_are_named(tmp_path: Path, change: object, told: str) -> None:
    path = tmp_path / "m1.syx"
    save_state(scenario("healthy", card="ram"), path)
    beside = settings_path(path)
    facts = json.loads(beside.read_text())
    change(facts)  # type: ignore[operator]
    beside.write_text(json.dumps(facts))
    with pytest.raises(Trouble, match=told) as caught:
        load_state(path)
    assert "m1.json" in caught.value.advice.happened
    assert caught.value.advice.next_step


@pytest.mark.parametrize("content", ["", "[]", "null", "{", "\xff", "[" * 100_000])
def test_settings_that_are_no_settings_are_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "m1.syx"
    save_state(scenario("healthy"), path)
    settings_path(path).write_text(content, encoding="latin-1")
    with pytest.raises(Trouble, match=r"m1\.json"):
        load_state(path)


def test_a_damaged_dump_is_named_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "m1.syx"
    save_state(scenario("healthy"), path)
    whole = path.read_bytes()
    for data, told in [
        (whole[:1000], "at byte 1000: .*is incomplete"),
        (b"", "at byte 0"),
        (dump_of(open_m1(), Part.GLOBAL).encode(), "expected an all-data dump"),
        (whole[:500] + b"\x80" + whole[501:], "at byte 500: a status byte"),
    ]:
        path.write_bytes(data)
        with pytest.raises(Trouble, match=told):
            load_state(path)


def test_a_missing_half_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m1.syx"
    save_state(scenario("healthy"), path)
    settings_path(path).unlink()
    assert state_exists(path)
    with pytest.raises(Trouble, match=r"m1\.json.*cannot be read"):
        load_state(path)


def test_a_path_ending_in_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"ends in \.json"):
        save_state(scenario("healthy"), tmp_path / "m1.json")


def test_a_disk_that_refuses_leaves_the_old_state_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m1.syx"
    save_state(scenario("healthy"), path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Trouble, match="No space left on device"):
        save_state(scenario("used"), path)
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["m1.json", "m1.syx"]


def test_a_disk_with_room_for_one_file_alone_keeps_no_half_of_a_first_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m1.syx"
    sync, taken = os.fsync, []

    def soon_full(handle: int) -> None:
        taken.append(handle)
        if len(taken) > 2:  # the dump and its folder
            raise OSError(28, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", soon_full)
    with pytest.raises(Trouble, match="No space left on device"):
        save_state(scenario("used"), path)
    assert not state_exists(path)
    monkeypatch.undo()
    save_state(scenario("used"), path)
    assert load_state(path).settings == scenario("used").settings


def test_the_keeper_writes_once_things_have_settled_and_only_when_they_changed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "m1.syx"

    async def whole() -> None:
        machine = scenario("used")
        saver = StateSaver(machine, path)
        saver.save()
        first = path.stat().st_mtime_ns
        for _ in range(3):
            saver.changed()
        await asyncio.sleep(5)
        assert path.stat().st_mtime_ns == first
        machine.press("GLOBAL 5 UP")
        saver.changed()
        assert not load_state(path).settings.channel
        await asyncio.sleep(1)
        assert load_state(path).settings.channel == 1
        machine.press("UP")
        saver.close()
        assert load_state(path).settings.channel == 2

    run(whole())


def test_an_eager_keeper_writes_a_change_at_once_and_a_flood_of_them_now_and_then(
    tmp_path: Path,
) -> None:
    path = tmp_path / "m1.syx"

    async def whole() -> None:
        machine = scenario("used")
        saver = StateSaver(machine, path, eager=True)
        saver.save()
        machine.press("GLOBAL 5 UP")
        saver.changed()
        assert load_state(path).settings.channel == 1
        machine.press("UP")
        saver.changed()
        machine.press("UP")
        saver.changed()
        assert load_state(path).settings.channel == 1
        await asyncio.sleep(0.11)
        assert load_state(path).settings.channel == 3

    run(whole())


def test_the_keeper_remembers_a_refusal_and_tries_again(tmp_path: Path) -> None:
    async def whole() -> None:
        machine = scenario("used")
        saver = StateSaver(machine, tmp_path / "gone" / "m1.syx")
        saver.changed()
        await asyncio.sleep(1)
        assert saver.problem is not None
        with pytest.raises(Trouble, match="cannot be written"):
            saver.close()
        (tmp_path / "gone").mkdir()
        saver.close()
        assert saver.problem is None

    run(whole())


def test_unknown_scenarios_and_cards_are_told_with_the_known_ones() -> None:
    with pytest.raises(Trouble, match='no scenario "broken"; expected one of healthy'):
        scenario("broken")
    with pytest.raises(Trouble, match='no card "vinyl"; expected one of none, ram, rom'):
        put_card(scenario("healthy"), "vinyl")
