"""The data card: its state from mode data, and its content read and compared with memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from m1tui import clock
from m1tui.engine.checks import CheckContext
from m1tui.engine.checks.card import SWITCH_RULED_OUT
from m1tui.engine.checks.registry import PROTECT_RULED_OUT, UNPROTECTED
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Progress
from m1tui.engine.read.backup import back_up
from m1tui.errors import ReadError
from m1tui.facts import Verdict
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.procedures.library import load
from m1tui.resources import screens_folder
from m1tui.sysex import (
    AnyMessage,
    Bank,
    BankRequest,
    CardFormat,
    CardState,
    Contents,
    ModeData,
    ModeRequest,
    Part,
    Sequence,
    card_code,
)
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.sequence import STEP_SIZE
from m1tui.virtual.card import Card
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import ram_card, rom_card, small_card, song_card
from tests.engine.bench import machine, open_m1
from tests.engine.scripted import Answer, ScriptedLink
from tests.engine.small_m1 import SmallM1

from .hands import checked

KEYS = re.compile(r"GLOBAL 6(?: (?:DOWN|[+BD]))+")
"""The keys in an advice that turn protects off."""
LOAD = "GLOBAL 8 DOWN G G"
SAVE = "GLOBAL 9 DOWN G G"
LOAD_SONGS = "GLOBAL 8 UP G G"
SAVE_SONGS = "GLOBAL 9 UP G G"
CARD_FREE = "GLOBAL 6 D DOWN + D DOWN + D DOWN"
"""The guide's removal of protects, for the card's."""
SOUNDS = (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)


def with_card(card: Card | None) -> VirtualM1:
    m1 = open_m1()
    m1.press(CARD_FREE)
    m1.insert_card(card)
    return m1


def copy_of_memory() -> Card:
    demo = demo_contents()
    contents = Contents(allocation=demo.allocation)
    for part in SOUNDS:
        contents = contents.merged(demo.only(part))
    return replace(Card.formatted(CardFormat.PROGRAMS), contents=contents)


def card_backup(m1: VirtualM1, part: Part = Part.ALL) -> Contents:
    async def main() -> Contents:
        async with Instrument(VirtualLink(m1)) as instrument:
            return (await back_up(instrument, part=part, bank=Bank.CARD)).contents

    return clock.run(main())


STATES = [
    # state, format, then: present, writable, protected, formatted 100/100
    (CardState.OFF, None, (False, False, False, False)),
    (CardState.NONE, None, (False, False, False, False)),
    (CardState.UNKNOWN, None, (True, None, None, False)),
    (CardState.ROM, CardFormat.PROGRAMS, (True, False, False, True)),
    (CardState.RAM, CardFormat.PROGRAMS, (True, True, False, True)),
    (CardState.RAM, CardFormat.PROGRAMS_AND_SEQUENCE, (True, True, False, False)),
    (CardState.RAM, CardFormat.SEQUENCE, (True, True, False, False)),
    (CardState.RAM_PROTECTED, CardFormat.PROGRAMS, (True, False, True, True)),
]


@pytest.mark.parametrize(("state", "layout", "answers"), STATES)
def test_mode_data_tells_the_state_of_the_card(
    state: CardState, layout: CardFormat | None, answers: tuple[bool | None, ...]
) -> None:
    names = ("card-present", "card-writable", "card-protected", "card-formatted-100")
    told = set()
    for name, passed in zip(names, answers, strict=True):
        m1 = SmallM1(card_code=card_code(state, layout))
        verdict = checked(name, ScriptedLink(m1))
        told.add(verdict.evidence)
        assert verdict.passed is passed
        assert (verdict.advice is None) is (passed is True)
        assert verdict.evidence.startswith("the M1 reports ")
        assert "card" in verdict.evidence
    assert layout is None or layout.words in " ".join(told)
    assert layout is None or len(told) == 3, "the switch, the format, and both"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (CardState.NONE, "no-card"),
        (CardState.UNKNOWN, None),
        (CardState.ROM, "rom-card"),
        (CardState.RAM, None),
        (CardState.RAM_PROTECTED, "card-write-protected"),
    ],
)
def test_a_card_that_cannot_be_formatted_is_refused_before_anybody_tries(
    state: CardState, code: str | None
) -> None:
    layout = None if state in (CardState.NONE, CardState.UNKNOWN) else CardFormat.PROGRAMS
    verdict = checked("card-to-format", ScriptedLink(SmallM1(card_code=card_code(state, layout))))
    assert verdict.passed is (code is None)
    assert (verdict.advice and verdict.advice.code) == code


def test_a_card_of_another_format_is_to_be_changed_for_another_before_it_is_erased() -> None:
    m1 = SmallM1(card_code=card_code(CardState.RAM, CardFormat.SEQUENCE))
    advice = checked("card-formatted-100", ScriptedLink(m1)).advice
    assert advice is not None
    assert advice.next_step.startswith(
        "Put in a card with that format: to load from it, or to save "
    )


def test_the_write_protect_switch_is_named() -> None:
    protected = replace(ram_card(), write_protected=True)
    verdict = checked("card-writable", VirtualLink(with_card(protected)))
    assert verdict.passed is False
    assert verdict.advice is not None
    assert "switch to OFF" in verdict.advice.next_step


def test_a_card_that_keeps_its_data_equals_its_backup() -> None:
    m1 = with_card(ram_card())
    backups = {"first": demo_contents(), "card": card_backup(m1)}
    verdict = checked("card-equals-backup", VirtualLink(m1), CheckContext(backups=backups))
    assert verdict.passed
    assert verdict.evidence == (
        "the card was read and matches its backup: 100 programs, 100 combinations, global with 4 "
        "drum kits"
    )


def test_a_card_that_lost_its_data_does_not() -> None:
    m1 = with_card(ram_card())
    context = CheckContext(backups={"card": card_backup(m1)})
    m1.remove_card()
    m1.insert_card(Card.unformatted())
    verdict = checked("card-equals-backup", VirtualLink(m1), context)
    assert verdict.passed is False
    assert verdict.found == "a card without a known format"
    assert verdict.advice is not None
    assert "restore its backup" in verdict.advice.next_step


def test_another_card_than_the_one_that_was_backed_up_is_noticed() -> None:
    m1 = with_card(ram_card())
    context = CheckContext(backups={"card": card_backup(m1)})
    m1.remove_card()
    m1.insert_card(copy_of_memory())
    verdict = checked("card-equals-backup", VirtualLink(m1), context)
    assert verdict.passed is False
    assert "201 different" in verdict.found


@pytest.mark.parametrize(
    ("proved", "said"),
    [
        (frozenset[str](), "or memory protect is on."),
        (frozenset({"protects = OFF"}), PROTECT_RULED_OUT),
    ],
)
def test_what_keeps_a_load_from_arriving_is_only_what_the_run_has_not_ruled_out(
    proved: frozenset[str], said: str
) -> None:
    context = CheckContext(proved=proved)
    verdict = checked("internal-equals-card", VirtualLink(with_card(ram_card())), context)
    assert verdict.passed is False
    assert verdict.advice is not None
    assert said in verdict.advice.cause
    assert ("Turn memory protect off" in verdict.advice.next_step) == (not proved)


def test_a_switch_that_the_m1_reports_off_does_not_keep_the_card_from_being_written() -> None:
    verdict = checked("card-equals-internal", VirtualLink(with_card(ram_card())))
    assert verdict.passed is False
    assert verdict.advice is not None
    assert SWITCH_RULED_OUT in verdict.advice.cause
    assert "switch" not in verdict.advice.next_step
    switched_on = checked(
        "card-equals-internal", VirtualLink(with_card(replace(ram_card(), write_protected=True)))
    )
    assert switched_on.advice is not None
    assert "Set the card's write-protect switch to OFF" in switched_on.advice.next_step


FORMAT = "GLOBAL 9 + DOWN G G"


def test_a_card_that_had_its_format_before_is_erased_only_once_it_is_formatted() -> None:
    m1 = with_card(ram_card())
    context = CheckContext(backups={"card": card_backup(m1)}, values={"format": "100PROG/100COMBI"})
    assert checked("card-format-is", VirtualLink(m1), context).passed
    verdict = checked("card-erased", VirtualLink(m1), context)
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.code == "card-not-erased"
    assert SWITCH_RULED_OUT in verdict.advice.cause
    assert "switch" not in verdict.advice.next_step
    m1.press(FORMAT)
    assert checked("card-erased", VirtualLink(m1), context).passed


def test_a_card_that_is_neither_empty_nor_its_backup_is_not_known_to_be_erased() -> None:
    m1 = with_card(ram_card())
    context = CheckContext(backups={"card": card_backup(m1)}, values={"format": "100PROG/100COMBI"})
    verdict = checked("card-erased", VirtualLink(with_card(copy_of_memory())), context)
    assert verdict.passed is None
    assert verdict.advice is not None
    assert verdict.advice.code == "card-content-unknown"


def helped(m1: VirtualM1, check: str, keys: str, context: CheckContext | None = None) -> str:
    """What the M1 shows after `keys`; then do what the check's advice says, and `keys` again."""
    m1.press(keys)
    shown = " ".join(m1.display)
    advice = checked(check, VirtualLink(m1), context).advice
    assert advice is not None
    assert "protect" in advice.cause
    found = KEYS.search(advice.next_step)
    assert found is not None, advice.next_step
    if "switch to OFF" in advice.next_step:
        card = m1.board.card
        assert card is not None
        m1.board.card = replace(card, write_protected=False)
    m1.press(f"{found[0]} {keys}")
    assert checked(check, VirtualLink(m1), context).passed
    return shown


@pytest.mark.parametrize(
    ("check", "keys"),
    [
        ("card-format-is", "GLOBAL 9 + UP UP G G"),
        ("card-erased", FORMAT),
        ("card-equals-internal", SAVE),
        ("internal-equals-card", LOAD),
    ],
)
def test_what_is_advised_helps_where_a_protect_forbids_it(check: str, keys: str) -> None:
    m1 = machine("healthy")
    m1.insert_card(ram_card())
    saved = m1.contents if check == "card-equals-internal" else card_backup(m1)
    context = CheckContext(backups={"saved": saved}, values={"format": "7700STEP SEQUENCE"})
    assert "MEMORY PROTECTED" in helped(m1, check, keys, context)


@pytest.mark.parametrize(
    ("check", "keys", "card", "off"),
    [
        ("card-equals-internal", SAVE, ram_card(), ["6-1", "6-2"]),
        ("card-songs-equal-internal", SAVE_SONGS, song_card(), ["6-3"]),
    ],
)
def test_what_is_advised_turns_off_no_protect_of_the_card_that_does_not_count(
    check: str, keys: str, card: Card, off: list[str]
) -> None:
    m1 = machine("healthy")
    m1.insert_card(card)
    context = CheckContext(backups={"saved": m1.contents})
    assert "MEMORY PROTECTED" in helped(m1, check, keys, context)
    pages = {}
    for place, way in (("6-1", ""), ("6-2", " +"), ("6-3", " + +")):
        m1.press(f"GLOBAL 6{way}")
        pages[place] = "OFF" in m1.display[1].split("CARD:")[1]
    assert [place for place, is_off in pages.items() if is_off] == off


@pytest.mark.parametrize(
    ("check", "keys"), [("card-format-is", "GLOBAL 9 + UP UP G G"), ("card-equals-internal", SAVE)]
)
def test_what_is_advised_helps_where_the_switch_of_the_card_forbids_it(
    check: str, keys: str
) -> None:
    m1 = with_card(replace(ram_card(), write_protected=True))
    context = CheckContext(values={"format": "7700STEP SEQUENCE"})
    assert "CARD PROTECTED" in helped(m1, check, keys, context)


def test_a_format_that_was_a_save_is_not_said_to_have_written_nothing() -> None:
    m1 = with_card(ram_card())
    m1.press(SAVE)
    assert m1.card is not None
    assert m1.card.contents.programs == m1.contents.programs
    context = CheckContext(values={"format": "7700STEP SEQUENCE"})
    advice = checked("card-format-is", VirtualLink(m1), context).advice
    assert advice is not None
    assert advice.safe == "The program wrote nothing to the instrument."
    assert "+ was not pressed, so that G G saved to the card" in advice.cause


def test_a_card_that_was_formatted_otherwise_than_chosen_is_said_to_be_formatted() -> None:
    m1 = with_card(ram_card())
    saved = {"card": card_backup(m1)}
    context = CheckContext(backups=saved, values={"format": "7700STEP SEQUENCE"})
    before = checked("card-format-is", VirtualLink(m1), context).advice
    assert before is not None
    assert before.code == "card-not-formatted-so"
    m1.remove_card()
    m1.insert_card(Card.formatted(CardFormat.PROGRAMS_AND_SEQUENCE))
    advice = checked("card-format-is", VirtualLink(m1), context).advice
    assert advice is not None
    assert advice.happened.startswith("The card was formatted, but not as chosen:")
    assert "100PROG/100COMBI" in advice.happened
    assert "second G" not in advice.cause
    assert "protect" not in advice.cause


@pytest.mark.parametrize("to", [CardFormat.PROGRAMS_AND_SEQUENCE, CardFormat.SEQUENCE])
def test_a_card_of_another_format_is_erased(to: CardFormat) -> None:
    m1 = with_card(ram_card())
    context = CheckContext(backups={"card": card_backup(m1)})
    m1.remove_card()
    m1.insert_card(Card.formatted(to))
    assert checked("card-erased", VirtualLink(m1), context).passed


def test_whether_a_card_with_data_was_formatted_is_not_known_without_a_backup() -> None:
    m1 = with_card(ram_card())
    verdict = checked("card-erased", VirtualLink(m1))
    assert verdict.passed is None
    m1.press(FORMAT)
    erased = checked("card-erased", VirtualLink(m1))
    assert erased.passed
    assert erased.evidence == (
        "the card was read and is empty: all programs are the same, all combinations are the same "
        "and it has no songs"
    )


def test_an_unformatted_card_is_not_erased_and_is_to_be_formatted_or_replaced() -> None:
    verdict = checked("card-erased", VirtualLink(with_card(Card.unformatted())))
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.code == "card-unformatted"
    assert "nothing to save" not in str(verdict.advice)
    assert "press the step's keys again" in verdict.advice.next_step
    assert "put in another one" in verdict.advice.next_step


def test_an_empty_slot_is_no_erased_card_and_a_card_is_to_be_put_in() -> None:
    m1 = with_card(ram_card())
    m1.remove_card()
    verdict = checked("card-erased", VirtualLink(m1))
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.code == "no-card"


def test_without_a_backup_a_card_cannot_be_compared() -> None:
    verdict = checked("card-equals-backup", VirtualLink(with_card(ram_card())))
    assert verdict.passed is None
    assert "found none" in verdict.evidence


def test_a_card_with_songs_is_compared_with_all_that_its_backup_holds() -> None:
    card = Card.formatted(CardFormat.PROGRAMS_AND_SEQUENCE)
    m1 = with_card(card)
    backup = card_backup(m1)
    assert len(backup.parts) == 4
    context = CheckContext(backups={"card": backup})
    assert checked("card-equals-backup", VirtualLink(m1), context).passed


def test_a_copy_that_failed_names_the_other_end_of_its_page() -> None:
    m1 = with_card(song_card())
    songs = checked("card-songs-equal-internal", VirtualLink(m1)).advice
    assert songs is not None
    assert "only programs and combinations were chosen (the DOWN end" in songs.cause
    sounds = checked("card-equals-internal", VirtualLink(with_card(ram_card()))).advice
    assert sounds is not None
    assert "only songs were chosen (the UP end" in sounds.cause
    assert sounds.next_step.startswith(
        "The step's keys overwrite the card: if something new was written there, back it up first."
    )


@pytest.mark.parametrize(
    ("check", "other", "keys"),
    [
        ("internal-equals-card", "card-equals-internal", LOAD),
        ("card-equals-internal", "internal-equals-card", SAVE),
    ],
)
def test_memory_and_card_are_equal_after_a_load_or_a_save(
    check: str, other: str, keys: str
) -> None:
    m1 = with_card(ram_card())
    before = checked(check, VirtualLink(m1))
    assert before.passed is False
    assert before.found.startswith("201 different: program 00")
    m1.press(keys)
    for name in (check, other):
        verdict = checked(name, VirtualLink(m1))
        assert verdict.passed
        assert verdict.evidence.startswith(
            "both were read and match: 100 programs, 100 combinations, global with 4 drum kits."
        )


@pytest.mark.parametrize(
    ("check", "keys"),
    [("internal-songs-equal-card", LOAD_SONGS), ("card-songs-equal-internal", SAVE_SONGS)],
)
def test_songs_of_a_card_and_of_the_memory_have_no_free_space_in_common(
    check: str, keys: str
) -> None:
    m1 = with_card(song_card())
    m1.press(keys)
    verdict = checked(check, VirtualLink(m1))
    assert verdict.passed
    assert "song" in verdict.evidence
    assert "%" not in f"{verdict.evidence}{verdict.expected}{verdict.found}"


@pytest.mark.parametrize("locked", [True, False])
def test_a_save_in_the_place_of_a_load_that_a_protected_card_refuses_is_a_likely_cause(
    *, locked: bool
) -> None:
    m1 = open_m1()
    m1.insert_card(replace(ram_card(), write_protected=locked))
    m1.press(f"GLOBAL 6 DOWN + B DOWN + B DOWN {SAVE}")
    assert "PROTECTED" in " ".join(m1.display)
    context = CheckContext(proved=frozenset({UNPROTECTED}))
    advice = checked("internal-equals-card", VirtualLink(m1), context).advice
    assert advice is not None
    assert advice.code == "card-not-copied"
    assert advice.cause.startswith("The second G was not pressed")
    assert "If the display shows MEMORY PROTECTED, 9 was pressed instead of 8" in advice.cause


@pytest.mark.parametrize(
    ("check", "keys", "card"),
    [
        ("card-equals-internal", LOAD, ram_card()),
        ("card-songs-equal-internal", LOAD_SONGS, song_card()),
    ],
)
def test_a_load_in_the_place_of_a_save_that_memory_protect_refuses_is_a_likely_cause(
    check: str, keys: str, card: Card
) -> None:
    m1 = machine("healthy")
    m1.insert_card(card)
    m1.press(f"{CARD_FREE} {keys}")
    assert "MEMORY PROTECTED" in " ".join(m1.display)
    asked = {
        known: checked(
            check, VirtualLink(m1), CheckContext(proved=frozenset({UNPROTECTED} if known else ()))
        ).advice
        for known in (False, True)
    }
    named = {known: "8 may have been pressed" in one.cause for known, one in asked.items() if one}
    assert named == {False: True, True: False}


@pytest.mark.parametrize(
    ("check", "card", "part", "wrong", "right"),
    [
        ("internal-equals-card", ram_card, Part.ALL, SAVE, LOAD),
        ("card-equals-internal", ram_card, Part.ALL, LOAD, SAVE),
        ("internal-songs-equal-card", song_card, Part.SEQUENCE, SAVE_SONGS, LOAD_SONGS),
        ("card-songs-equal-internal", song_card, Part.SEQUENCE, LOAD_SONGS, SAVE_SONGS),
    ],
)
def test_a_load_in_the_place_of_a_save_is_seen_by_the_backup_of_what_is_now_lost(
    check: str, card: Callable[[], Card], part: Part, wrong: str, right: str
) -> None:
    of_card = check.startswith("internal")

    def done(keys: str) -> Verdict:
        m1 = with_card(card())
        saved = card_backup(m1, part) if of_card else m1.contents.only(part)
        m1.press(keys)
        return checked(check, VirtualLink(m1), CheckContext(backups={"saved": saved}))

    assert done(right).passed
    verdict = done(wrong)
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.code == "copied-the-wrong-way"
    assert "is kept" in verdict.advice.safe
    assert "9 was pressed instead of 8" in verdict.advice.cause or not of_card
    assert "8 was pressed instead of 9" in verdict.advice.cause or of_card
    # Nothing but the M1's own keys brings it to the card.
    saves = "songs-to-card" if part is Part.SEQUENCE else "card-save"
    title = load(screens_folder() / f"{saves}.toml").title
    assert f'then save to the card: do "{title}"' in verdict.advice.next_step


def test_a_copy_is_compared_only_with_the_parts_that_its_source_was_saved_with() -> None:
    m1 = with_card(ram_card())
    m1.press(SAVE)
    for saved in (demo_contents().only(Part.SEQUENCE), demo_contents()):
        context = CheckContext(backups={"saved": saved})
        assert checked("card-equals-internal", VirtualLink(m1), context).passed


@pytest.mark.parametrize("part", SOUNDS)
def test_one_part_that_differs_is_enough(part: Part) -> None:
    other = ram_card().contents
    card = copy_of_memory()
    card = card.loaded(other.only(part))
    for name in ("internal-equals-card", "card-equals-internal"):
        assert checked(name, VirtualLink(with_card(card))).passed is False


def test_what_is_expected_is_the_source_of_the_copy() -> None:
    m1 = with_card(ram_card())
    card, memory = ram_card().contents.programs, m1.contents.programs
    assert card is not None
    assert memory is not None
    load = checked("internal-equals-card", VirtualLink(m1)).advice
    save = checked("card-equals-internal", VirtualLink(m1)).advice
    assert load is not None
    assert save is not None
    assert f'expected "{card[0].name.strip()}", found "{memory[0].name.strip()}"' in load.happened
    assert f'expected "{memory[0].name.strip()}"' in save.happened


@pytest.mark.parametrize(
    ("card", "found"),
    [
        (None, "no card, or one that the M1 does not recognise"),
        (Card.unformatted(), "a card without a known format"),
        (Card.formatted(CardFormat.SEQUENCE), "format 7700STEP SEQUENCE"),
    ],
)
def test_a_card_without_sounds_cannot_be_compared_with_memory(
    card: Card | None, found: str
) -> None:
    for name in ("internal-equals-card", "card-equals-internal"):
        verdict = checked(name, VirtualLink(with_card(card)))
        assert verdict.passed is None
        assert verdict.found == found


def test_a_card_of_50_50_is_not_equal_to_a_memory_of_100_100() -> None:
    card = Card.formatted(CardFormat.PROGRAMS_AND_SEQUENCE)
    verdict = checked("internal-equals-card", VirtualLink(with_card(card)))
    assert verdict.passed is False


def test_a_rom_card_can_be_compared_too() -> None:
    assert checked("internal-equals-card", VirtualLink(with_card(rom_card()))).passed is False


class TwoBanks(SmallM1):
    """An M1 whose card holds what its memory holds, and whose wire garbles one reading."""

    def __init__(self, garbled: Bank) -> None:
        super().__init__(card_code=card_code(CardState.RAM, CardFormat.PROGRAMS))
        self.requests: list[tuple[Part, Bank]] = []
        self.garbled: Bank | None = garbled

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        answers = list(super().__call__(message))
        if isinstance(message, BankRequest):
            self.requests.append((message.part, message.bank))
            if message.part is Part.PROGRAMS and message.bank is self.garbled:
                self.garbled = None
                (dump,) = answers
                assert isinstance(dump, bytes)
                return [dump[:100] + bytes([dump[100] ^ 1]) + dump[101:]]
        return answers


@pytest.mark.parametrize("garbled", list(Bank))
def test_one_garbled_reading_does_not_make_equal_banks_differ(garbled: Bank) -> None:
    m1 = TwoBanks(garbled)
    assert checked("internal-equals-card", ScriptedLink(m1)).passed
    programs = [bank for part, bank in m1.requests if part is Part.PROGRAMS]
    assert len(programs) == (4 if garbled is Bank.CARD else 3)


def test_one_reading_of_each_is_enough_where_they_agree() -> None:
    m1 = TwoBanks(Bank.INTERNAL)
    m1.garbled = None
    assert checked("card-equals-internal", ScriptedLink(m1)).passed
    assert len(m1.requests) == 6


def test_a_card_is_backed_up_in_the_dumps_that_its_format_has() -> None:
    m1 = with_card(ram_card())

    async def main() -> None:
        steps: list[Progress] = []
        async with Instrument(VirtualLink(m1)) as instrument:
            backup = await back_up(instrument, bank=Bank.CARD, progress=steps.append)
        assert backup.reads == 2
        assert backup.contents == ram_card().contents
        found = read_file(backup.dump)
        assert [one.size for one in found.messages] == [991, 14_179, 16_350]
        total = 991 + 14_179 + 16_350
        assert {step.total for step in steps if step.done} == {total}
        assert total - 100 < max(step.done for step in steps) <= total

    clock.run(main())


def test_a_card_that_cannot_be_read_is_told_before_it_is_asked_for() -> None:
    async def main() -> ReadError:
        async with Instrument(VirtualLink(with_card(Card.unformatted()))) as instrument:
            with pytest.raises(ReadError) as caught:
                await back_up(instrument, bank=Bank.CARD)
        return caught.value

    assert "found card unknown" in clock.run(main()).advice.happened


def long_songs(steps: int) -> Sequence:
    """The demo's songs with so many steps in all."""
    sequence = demo_contents().sequence
    assert sequence is not None
    filler = bytes(steps * STEP_SIZE - len(sequence.steps))
    *offsets, _ = sequence.control.offsets
    control = sequence.control.replace(offsets=(*offsets, steps * STEP_SIZE))
    return Sequence(control, sequence.steps + filler)


@pytest.mark.parametrize(("steps", "fits"), [(4200, True), (4201, False)])
def test_songs_that_do_not_fit_on_the_card_are_told_before_they_are_saved(
    steps: int, fits: bool
) -> None:
    m1 = with_card(small_card())
    m1.board.memory = replace(m1.board.memory, sequence=long_songs(steps))
    verdict = checked("songs-fit-card", VirtualLink(m1))
    assert (verdict.passed, verdict.found) == (fits, f"{steps:,} steps")
    assert (verdict.advice is None) is fits
    if verdict.advice is not None:
        assert "7700STEP SEQUENCE" in verdict.advice.next_step


@pytest.mark.parametrize(("steps", "fits"), [(4400, True), (4401, False)])
def test_songs_that_do_not_fit_in_the_m1_are_told_before_they_are_loaded(
    steps: int, fits: bool
) -> None:
    card = song_card()
    songs = card.contents.replace(sequence=long_songs(steps))
    verdict = checked("songs-fit-internal", VirtualLink(with_card(replace(card, contents=songs))))
    assert (verdict.passed, verdict.found) == (fits, f"{steps:,} steps")
    assert (verdict.advice is None) is fits
    if verdict.advice is not None:
        assert "50/50" in verdict.advice.next_step


@pytest.mark.parametrize("name", ["songs-fit-card", "songs-fit-internal"])
def test_whether_songs_fit_is_not_known_of_a_card_for_sounds(name: str) -> None:
    verdict = checked(name, VirtualLink(with_card(ram_card())))
    assert verdict.passed is None
    assert verdict.advice is not None
    assert verdict.advice.code == "card-without-songs"


class OddM1(SmallM1):
    """An M1 with a card for songs that reports an allocation which no source names."""

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        odd = ModeData(0, self.mode, 2, card_code(CardState.RAM, CardFormat.SEQUENCE), 1).encode()
        answers = super().__call__(message)
        return [odd] if isinstance(message, ModeRequest) else answers


def test_whether_songs_fit_in_an_m1_of_an_unknown_allocation_is_not_known() -> None:
    m1 = OddM1()
    verdict = checked("songs-fit-internal", ScriptedLink(m1))
    assert (verdict.passed, verdict.word) == (None, "undecided")
    assert verdict.advice is not None
    assert verdict.advice.code == "allocation-unknown"
    assert "found 02" in verdict.advice.happened
    assert verdict.evidence == "the M1 reports memory allocation 02"
    assert m1.answered.count("BankRequest") == 0


@pytest.mark.parametrize("name", ["allocation-100", "allocation-50"])
def test_an_unknown_allocation_is_not_called_the_wrong_one(name: str) -> None:
    """To change it destroys something."""
    verdict = checked(name, ScriptedLink(OddM1()))
    assert verdict.passed is None
    assert verdict.advice is not None
    assert verdict.advice.code == "allocation-unknown"


@pytest.mark.parametrize("name", ["songs-fit-card", "songs-fit-internal"])
def test_what_card_is_in_is_asked_once_before_songs_are_copied(name: str) -> None:
    m1 = SmallM1(card_code=card_code(CardState.RAM, CardFormat.PROGRAMS))
    assert checked(name, ScriptedLink(m1)).passed is None
    assert m1.answered.count("ModeRequest") == 1
