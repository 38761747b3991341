"""Sounds are heard, their notes end, and the M1 is as it was: judged by the virtual M1 itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from m1tui import clock
from m1tui.advice import Advice, Trouble
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.play.audition import Way
from m1tui.engine.play.notes import NoMark, Notes, panic
from m1tui.engine.play.phrases import PHRASES
from m1tui.engine.play.player import Manner, Played, Player
from m1tui.engine.play.sounds import Sort, Sounds, sounds_of_file, sounds_of_memory
from m1tui.errors import LinkLost
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Bank, Contents, Part
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import put_card
from m1tui.virtual.sound import PlayedNote, Source
from tests.engine.bench import MeddledLink, machine, other_sounds

ALL = (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)


def state(m1: VirtualM1) -> tuple[object, ...]:
    """Return everything of an M1 that an audition must leave as it was."""
    board = m1.board
    return (
        board.memory,
        board.settings,
        board.mode,
        board.edit_program,
        board.edit_combination,
        (board.program_bank, board.program_number),
        (board.combination_bank, board.combination_number),
        board.card,
    )


def hanging(m1: VirtualM1) -> list[PlayedNote]:
    """Return the notes that came by MIDI and still sound."""
    assert bool(m1.board.sounding) is any(note.ended is None for note in m1.played)
    return [note for note in m1.played if note.source is Source.MIDI and note.ended is None]


def with_player(
    m1: VirtualM1,
    work: Callable[[Player, Sounds], Awaitable[Any]],
    incoming: Callable[[bytes], bytes] = bytes,
) -> Any:
    """Let `work` play on an M1 whose memory was read; `incoming` is what a cable does to it."""

    async def main() -> Any:
        async with Instrument(MeddledLink(m1, incoming=incoming)) as instrument:
            await diagnose(instrument)
            player = Player(instrument, NoMark())
            sounds = sounds_of_memory(await player.read(ALL))
            await player.begin()
            return await work(player, sounds)

    return clock.run(main())


@pytest.mark.parametrize("keys", ["PROG 05", "COMBI 07", "GLOBAL", "SEQ", "EDIT-PROG 3"])
@pytest.mark.parametrize("sort", list(Sort))
def test_a_sound_of_memory_is_heard_and_everything_is_put_back(keys: str, sort: Sort) -> None:
    m1 = machine(keys=keys)
    before = state(m1)

    async def work(player: Player, sounds: Sounds) -> Played:
        played = await player.play(sounds.of(sort)[2], Manner())
        assert (await player.end()).proved
        return played

    played = with_player(m1, work)
    assert played.notes == len(m1.played) > 0 or sort is Sort.COMBINATION
    wanted = {
        Sort.PROGRAM: m1.memory.programs[2].name.rstrip(),
        Sort.KIT: "m1tui Kit3",
    }
    if sort in wanted:
        assert {note.program for note in m1.played} == {wanted[sort]}
    else:
        used = m1.memory.combinations[2].timbres
        names = {m1.memory.programs[one.program].name.rstrip() for one in used if not one.off}
        assert {note.program for note in m1.played} <= names
    assert all(note.audible for note in m1.played)
    assert not hanging(m1)
    assert state(m1) == before


def test_a_sound_is_selected_where_the_place_in_use_is_known() -> None:
    m1 = machine(keys="PROG 05")

    async def work(player: Player, sounds: Sounds) -> None:
        assert (await player.play(sounds.programs[17], Manner())).way is Way.SELECTED
        assert m1.played[-1].slot == "I17"
        assert (await player.end()).proved

    with_player(m1, work)


@pytest.mark.parametrize("why", ["edited", "filter", "a card is in"])
def test_an_edited_sound_stays_so_because_nothing_is_selected(why: str) -> None:
    m1 = machine(keys="PROG 05", program_change=why != "filter")
    if why == "edited":
        m1.board.edit_program = m1.board.edit_program.replace(name="Unsaved")
    elif why == "a card is in":
        put_card(m1, "ram")
    before = state(m1)

    async def work(player: Player, sounds: Sounds) -> None:
        assert (await player.play(sounds.programs[17], Manner())).way is Way.LOADED
        assert m1.played[-1].program == sounds.programs[17].name
        assert (await player.end()).proved

    with_player(m1, work)
    assert state(m1) == before


def test_an_edit_buffer_that_arrived_damaged_once_is_not_put_back_so() -> None:
    m1 = machine(keys="PROG 05", program_change=False)
    before = state(m1)
    damaged: list[int] = []

    def incoming(data: bytes) -> bytes:
        at = data.find(b"\xf0\x42\x30\x19\x40")
        if damaged or at < 0 or len(data) < at + 90:
            return data
        damaged.append(at)
        return data[: at + 80] + bytes([data[at + 80] ^ 1]) + data[at + 81 :]

    async def work(player: Player, sounds: Sounds) -> None:
        await player.play(sounds.programs[17], Manner())
        assert (await player.end()).proved

    with_player(m1, work, incoming)
    assert damaged
    assert state(m1) == before


def test_a_sound_of_the_card_is_selected_with_its_bank_and_the_bank_is_put_back() -> None:
    m1 = machine(keys="PROG 05")
    put_card(m1, "rom")
    before = state(m1)

    async def main() -> None:
        async with Instrument(VirtualLink(m1)) as instrument:
            await diagnose(instrument)
            player = Player(instrument, NoMark())
            await player.read((Part.PROGRAMS,))
            card = sounds_of_memory(await player.read((Part.PROGRAMS,), Bank.CARD), Bank.CARD)
            await player.begin()
            await player.play(card.programs[3], Manner())
            assert (await player.end()).proved

    clock.run(main())
    assert {note.program for note in m1.played}
    assert state(m1) == before


def test_a_sound_of_a_file_plays_from_the_edit_buffer_only() -> None:
    m1 = machine(keys="COMBI 03")
    before = state(m1)
    file = other_sounds()

    async def work(player: Player, _: Sounds) -> None:
        sounds = sounds_of_file(file, m1.contents)
        await player.play(sounds.programs[0], Manner(velocity=77, octave=1))
        assert {note.program for note in m1.played} == {sounds.programs[0].name}
        assert {note.velocity for note in m1.played} == {77}
        await player.play(sounds.combinations[0], Manner())
        assert (await player.end()).proved

    with_player(m1, work)
    assert state(m1) == before
    assert not hanging(m1)


def test_a_combination_of_a_file_says_which_programs_are_not_its_own() -> None:
    m1 = machine()
    sounds = sounds_of_file(other_sounds(), m1.contents)
    assert any(
        "differ from the file's" in note for one in sounds.combinations for note in one.notes
    )
    same = sounds_of_file(m1.contents, m1.contents)
    assert not any(one.notes for one in (*same.programs, *same.combinations))
    assert len(same.kits) == 4


def test_a_kit_of_a_file_that_the_m1_lacks_cannot_be_heard_and_says_so() -> None:
    m1 = machine()
    own = m1.contents.global_
    assert own is not None
    kits = own.kits
    file = Contents(global_=own.replace(kits=(kits[1], kits[0], *kits[2:])))
    sounds = sounds_of_file(file, m1.contents)
    assert [one.number for one in sounds.kits] == [3, 4]
    assert len(sounds.unheard_kits) == 2


def test_a_refused_sound_is_told_and_nothing_sounds() -> None:
    m1 = machine(keys="PROG 05")
    m1.board.edit_program = m1.board.edit_program.replace(name="Unsaved")

    async def work(player: Player, sounds: Sounds) -> None:
        # Somebody presses COMBI, where 40 is not received.
        m1.press("COMBI")
        with pytest.raises(Trouble) as caught:
            await player.play(sounds.programs[17], Manner())
        assert caught.value.advice.code == "sound-not-loaded"
        assert "24" in caught.value.advice.happened

    with_player(m1, work)
    assert m1.played == ()


def test_a_cancelled_chord_ends_at_once_and_all_is_put_back() -> None:
    m1 = machine(keys="PROG 05")
    before = state(m1)

    async def work(player: Player, sounds: Sounds) -> None:
        playing = asyncio.ensure_future(player.play(sounds.programs[17], Manner(phrase="chord")))
        await asyncio.sleep(1.0)
        assert len(hanging(m1)) == 4
        playing.cancel()
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
        assert not hanging(m1)
        assert (await player.end()).proved

    with_player(m1, work)
    assert state(m1) == before


class Cut(VirtualLink):
    """A cable that can be pulled."""

    pulled = False

    async def _write(self, data: bytes) -> None:
        if self.pulled:
            raise LinkLost(Advice("link-lost", "The cable was pulled.", "Nothing more is sent."))
        await super()._write(data)


class Remembered(NoMark):
    """A mark that knows whether it stands."""

    stands = False

    def begin(self, channels: frozenset[int]) -> None:
        self.stands = True

    def end(self) -> None:
        self.stands = False


def test_a_pulled_cable_leaves_the_mark_and_the_panic_ends_the_notes() -> None:
    m1 = machine(keys="PROG 05")

    async def main() -> None:
        link = Cut(m1)
        async with Instrument(link) as instrument:
            await diagnose(instrument)
            mark = Remembered()
            playing = asyncio.ensure_future(Notes(instrument, mark).play(PHRASES["chord"], 0, 100))
            await asyncio.sleep(0.5)
            link.pulled = True
            with pytest.raises(LinkLost):
                await playing
            assert len(hanging(m1)) == 4
            assert mark.stands
            link.pulled = False
            await panic(instrument)
            assert not hanging(m1)

    clock.run(main())


def test_a_finished_phrase_takes_its_mark_away() -> None:
    m1 = machine()
    mark = Remembered()

    async def main() -> None:
        async with Instrument(VirtualLink(m1)) as instrument:
            await diagnose(instrument)
            assert await Notes(instrument, mark).play(PHRASES["scale"], 0, 100) == 8

    clock.run(main())
    assert not mark.stands
    assert not hanging(m1)


@pytest.mark.parametrize("seed", range(3))
def test_an_hours_audition_leaves_everything_byte_for_byte(seed: int) -> None:
    luck = random.Random(seed)
    m1 = machine(keys=luck.choice(["PROG 05", "COMBI 12", "EDIT-PROG 1", "GLOBAL 5", "SEQ"]))
    if seed == 1:
        m1.board.edit_program = m1.board.edit_program.replace(name="Unsaved")
    before = state(m1)
    file = other_sounds()

    async def work(player: Player, sounds: Sounds) -> int:
        loop = asyncio.get_running_loop()
        others = sounds_of_file(file, m1.contents)
        plays = 0
        while loop.time() < 3600:
            source = luck.choice([sounds, others])
            sort = luck.choice([one for one in Sort if source.of(one)])
            sound = luck.choice(source.of(sort))
            manner = Manner(
                velocity=luck.randint(1, 127),
                octave=luck.randint(-2, 2),
                phrase=luck.choice([None, *PHRASES]),
            )
            playing = asyncio.ensure_future(player.play(sound, manner))
            if luck.random() < 0.2:
                await asyncio.sleep(luck.random() * 3)
                playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            assert not hanging(m1)
            plays += 1
            await asyncio.sleep(luck.random() * 20)
            if luck.random() < 0.1:
                assert (await player.end()).proved
                assert state(m1) == before
                await player.begin()
        assert (await player.end()).proved
        return plays

    assert with_player(m1, work) > 100
    assert state(m1) == before
