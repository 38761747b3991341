"""A sample of the campaign: what is told is true whatever goes wrong, and a run can be repeated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from m1tui.advice import Advice
from m1tui.engine.instrument import Instrument
from m1tui.engine.restore import restore as restoring
from m1tui.engine.restore.judge import Restoration
from m1tui.errors import LinkLost
from m1tui.sysex import Bank, BankDump, Contents, GlobalData, Part
from m1tui.virtual.demo import demo_contents
from tests.campaign import lines_of, main, report_of
from tests.campaigning.cases import Case, case_of
from tests.campaigning.image import MASKS, Image, different, image_of_file, same
from tests.campaigning.judge import violations
from tests.campaigning.shares import ENOUGH, NOTHING, Shares
from tests.campaigning.trial import run

SAMPLE = 300
GROUP = 25
BEFORE = {
    1301728: "a second M1 that answered after 4 s was written to",
    1303713: "an interface that takes 10 s for each message was asked on 16 channels",
    1305788: "global data was missing from the names, though it was not read again",
    1315214: "an interface that took 11 s for each message was written through for 294 s",
    1308425: "memory was read twice three times at the end, for 190 s in all",
}
"""Seeds that told what is not true, or took too long, before that was mended."""


@pytest.mark.parametrize("first", range(0, SAMPLE, GROUP))
def test_what_is_told_is_true_whatever_goes_wrong(first: int) -> None:
    reports = map(report_of, range(first, first + GROUP))
    bad = [line for report in reports if report.violations for line in lines_of(report)]
    assert not bad, "\n" + "\n".join(bad)


@pytest.mark.parametrize("seed", BEFORE)
def test_what_was_found_before_is_found_no_more(seed: int) -> None:
    assert not report_of(seed).violations


def test_a_seed_does_the_same_again() -> None:
    runs = [run(case_of(7)) for _ in range(2)]
    first, second = ([str(one) for one in trial.plan.mishaps] for trial in runs)
    assert first == second
    assert runs[0].outcome == runs[1].outcome
    assert runs[0].seconds == runs[1].seconds


def test_a_campaign_counts_how_its_runs_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "0:3", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert "3 runs" in out
    assert "0 runs told what is not true" in out


def test_one_seed_can_be_played_again_with_all_that_struck(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--seeds", "7", "--log"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"seed 7: {case_of(7)}")
    assert all(f"    {mishap}" in out for mishap in run(case_of(7)).plan.mishaps)


# The judge's own comparison


def _changed(part: Part, at: int, bits: int) -> tuple[Image, Image]:
    image = Image.of(demo_contents().only(part))
    data = bytearray(image.parts[part])
    data[at] ^= bits
    return image, replace(image, parts={part: bytes(data)})


@pytest.mark.parametrize(
    ("part", "at", "bits"),
    [
        (Part.PROGRAMS, 11, 0x04),
        (Part.PROGRAMS, 143 + 46, 0x20),
        (Part.COMBINATIONS, 36 + 4, 0x40),
        (Part.COMBINATIONS, 124 + 46, 0x80),
        (Part.GLOBAL, 19, 0xFF),
        (Part.SEQUENCE, 3, 0x20),
        (Part.SEQUENCE, 96 + 56 + 4, 0x10),
    ],
)
def test_a_bit_that_means_nothing_makes_no_difference(part: Part, at: int, bits: int) -> None:
    one, other = _changed(part, at, bits)
    assert one.parts != other.parts
    assert same(one, other)


@pytest.mark.parametrize(
    ("part", "at", "bits", "name"),
    [
        (Part.PROGRAMS, 11, 0x02, ("program", 0)),
        (Part.PROGRAMS, 143 * 99 + 142, 0x80, ("program", 99)),
        (Part.COMBINATIONS, 124 * 7 + 46, 0x10, ("combination", 7)),
        (Part.GLOBAL, 5, 1, ("global", None)),
        (Part.GLOBAL, 21 + 7 * 31 + 6, 1, ("drum instrument", 31)),
        (Part.SEQUENCE, 96 * 2 + 18, 1, ("song", 2)),
        (Part.SEQUENCE, 96 * 9 + 30, 1, ("song", 9)),
        (Part.SEQUENCE, 960 + 2 * 50, 1, ("pattern", 50)),
    ],
)
def test_any_other_bit_is_a_difference_of_its_object(
    part: Part, at: int, bits: int, name: tuple[str, int | None]
) -> None:
    assert different(*_changed(part, at, bits)) == {name}


def test_a_00_of_a_name_may_be_a_20_and_nothing_else() -> None:
    raw = Image.of(demo_contents().only(Part.PROGRAMS)).parts[Part.PROGRAMS]

    def named(name: bytes) -> Image:
        return Image({Part.PROGRAMS: name + raw[10:]}, None)

    assert same(named(b"Pad\0\0\0\0\0\0\0"), named(b"Pad       "))
    assert same(named(b"Pad\0Two   "), named(b"Pad Two   "))
    assert not same(named(b"Pad\x01Two   "), named(b"Pad Two   "))


def test_a_cards_combinations_are_judged_without_their_bank_and_no_others() -> None:
    sounds = demo_contents().only(Part.COMBINATIONS)
    internal, on_card = Image.of(sounds), Image.of(sounds.playing_from(card=True))
    assert not same(internal, on_card)
    assert same(internal.without_banks(), on_card.without_banks())
    numbers = {at for at in range(124) if internal.parts[Part.COMBINATIONS][at] != at}
    data = bytearray(on_card.parts[Part.COMBINATIONS])
    for at in numbers:
        data[at] ^= 1
        changed = Image({Part.COMBINATIONS: bytes(data)}, sounds.allocation)
        assert changed.without_banks() != on_card.without_banks(), at
        data[at] ^= 1


@pytest.mark.parametrize("translates", [False, True])
def test_cases_with_a_card_have_either_manner_and_either_kind_of_file(translates: bool) -> None:
    cases = [case for case in map(case_of, range(300)) if case.scenario == "card"]
    some = [case for case in cases if case.translates is translates and case.bank is Bank.CARD]
    assert {case.numbered for case in some} == {True, False}
    assert all(case.machine().board.card_translates is translates for case in some)
    assert {case.stored for case in some} == ({True, False} if translates else {False})


@pytest.mark.parametrize("part", Part)
def test_a_file_is_read_as_it_was_written(part: Part) -> None:
    dump = BankDump.of(demo_contents(), part, Bank.INTERNAL)
    assert image_of_file(dump.encode()).parts == Image.of(dump.contents).parts


def test_each_mask_is_as_long_as_its_record() -> None:
    held = Image.of(demo_contents()).parts
    assert all(len(held[part]) % len(mask) == 0 for part, mask in MASKS.items())


# Engines that do what they must not


Restore = Callable[..., Awaitable[Restoration]]
_restore: Restore = restoring.restore


def _case(part: Part, change: str = "some") -> Case:
    """A restore under no faults of a bank that is worth keeping."""
    case = next(
        case
        for case in map(case_of, range(10_000))
        if case.operation == "restore" and case.scenario == "healthy" and case.ready
    )
    return replace(
        case,
        part=part,
        change=change,
        bank=Bank.INTERNAL,
        faults=(),
        dry_run=False,
        cancel_at=None,
        full_disk=False,
        visit=None,
        second=None,
        baud=31_250,
        honest=True,
    )


def _found(monkeypatch: pytest.MonkeyPatch, restore: Restore, case: Case) -> set[str]:
    """The kinds of what the judge finds of an engine with another restore."""
    assert violations(run(case)) == []
    monkeypatch.setattr(restoring, "restore", restore)
    return {one.partition(":")[0] for one in violations(run(case))}


def test_an_engine_that_keeps_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def restore(*args: Any, **kwargs: Any) -> Restoration:
        return await _restore(*args, **kwargs | {"save": lambda backup: None})

    assert _found(monkeypatch, restore, _case(Part.ALL)) == {"LOST"}


def test_an_engine_that_writes_what_it_was_not_asked_to_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def restore(instrument: Instrument, *args: Any, **kwargs: Any) -> Restoration:
        result = await _restore(instrument, *args, **kwargs)
        wiped = Contents(global_=GlobalData(bytes(GlobalData.size)))
        await instrument.link.write(
            BankDump.of(wiped, Part.GLOBAL, channel=instrument.channel).encode()
        )
        await instrument.link.drain()
        return result

    assert _found(monkeypatch, restore, _case(Part.PROGRAMS)) == {"LOST", "OUTSIDE"}


def test_an_engine_that_lets_a_lost_link_through_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def restore(*args: Any, **kwargs: Any) -> Restoration:
        await _restore(*args, **kwargs)
        raise LinkLost(Advice("for-a-test", "The link was lost.", "", "", ""))

    assert _found(monkeypatch, restore, _case(Part.ALL)) == {"RAISED"}


def test_an_engine_that_is_blind_to_drum_kits_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def restore(instrument: Instrument, contents: Contents, **kwargs: Any) -> Restoration:
        return await _restore(instrument, contents.replace(global_=None), **kwargs)

    case = _case(Part.ALL)
    assert _found(monkeypatch, restore, case) == {"FALSE VERIFIED"}


def test_an_engine_that_gives_up_without_a_reason_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def restore(*args: Any, **kwargs: Any) -> Restoration:
        return await _restore(*args, **kwargs | {"dry_run": True})

    assert _found(monkeypatch, restore, _case(Part.ALL)) == {"UNEXPLAINED"}


def test_an_engine_that_leaves_the_mode_changed_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def restore(instrument: Instrument, *args: Any, **kwargs: Any) -> Restoration:
        result = await _restore(instrument, *args, **kwargs)
        channel = 0x30 | instrument.channel
        await instrument.link.write(bytes([0xF0, 0x42, channel, 0x19, 0x4E, 4, 0x10, 0xF7]))
        await instrument.link.drain()
        return result

    case = replace(_case(Part.PROGRAMS), mode="COMBI")
    assert _found(monkeypatch, restore, case) == {"NOT PUT BACK"}


# Shares


def test_too_few_good_endings_of_enough_runs_are_a_failure() -> None:
    shares = Shares()
    for number in range(ENOUGH):
        assert not shares.too_low
        shares.count((), good=number > 0)
    assert shares.too_low == (NOTHING,)
    assert any("TOO LOW" in line for line in shares.lines())
