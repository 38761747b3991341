"""The data card: whether it is in, may be written, and what it holds compared with memory."""

from __future__ import annotations

from dataclasses import dataclass

from m1tui.advice import Advice, Trouble, listed
from m1tui.engine.checks.listening import counted
from m1tui.engine.checks.registry import (
    NOTHING_WRITTEN,
    PROTECT_RULED_OUT,
    Against,
    CheckContext,
    check,
    read,
    require_ready,
)
from m1tui.engine.checks.settings import unknown_allocation
from m1tui.engine.compare import NO_DIFFERENCE, WITHOUT_BANKS, Comparison, compare, equal, identical
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import (
    CARD_PROTECT_OFF,
    CARD_SONGS_PROTECT_OFF,
    CARD_SOUNDS_PROTECT_OFF,
    PROTECT_OFF,
)
from m1tui.engine.restore.planning import extent
from m1tui.facts import Verdict
from m1tui.sysex import Bank, CardFormat, CardState, Contents, ModeData, Part

SOUNDS = (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)
"""What page 8 loads from a card, and page 9 saves, at its PROG/COMBI end."""
STATES = {
    CardState.OFF: "no card (slot off)",
    CardState.NONE: "no card, or one that the M1 does not recognise",
    CardState.UNKNOWN: "a card without a known format",
    CardState.ROM: "a ROM card",
    CardState.RAM: "a RAM card that can be written to",
    CardState.RAM_PROTECTED: "a write-protected RAM card",
}
"""What is in the slot, in words."""
_WHERE = {Bank.INTERNAL: "the internal memory", Bank.CARD: "the card"}
_THERE = {Bank.INTERNAL: "in the internal memory", Bank.CARD: "on the card"}
_UNPROTECT_CARD = (
    "Set the card's write-protect switch to OFF and turn the card's memory protects off "
    f"({CARD_PROTECT_OFF})."
)
SWITCH_RULED_OUT = (
    "The card's write-protect switch is not the cause: the M1 reports that it is OFF."
)


@dataclass(frozen=True, slots=True)
class _Hindrance:
    """What may have kept the M1 from writing where it was to write."""

    cause: str
    """As a part of a sentence."""
    off: str
    """What to do about it, in a sentence."""
    ruled_out: str = ""
    """What is known not to be the cause, in a sentence with a space before it."""


_PROTECT_OR_SWITCH = "a memory protect or the card's write-protect switch is on"
_A_PROTECT = "one of the card's memory protects is on"
_ON_CARD = {
    False: _Hindrance(_PROTECT_OR_SWITCH, _UNPROTECT_CARD),
    True: _Hindrance(
        _A_PROTECT,
        f"Turn the card's memory protects off ({CARD_PROTECT_OFF}).",
        f" {SWITCH_RULED_OUT}",
    ),
}
"""By whether the card's write-protect switch is known to be OFF."""
_SOUNDS_ON_CARD = {
    False: _Hindrance(
        _PROTECT_OR_SWITCH,
        "Set the card's write-protect switch to OFF and turn the card's protects for programs and "
        f"combinations off ({CARD_SOUNDS_PROTECT_OFF}).",
    ),
    True: _Hindrance(
        _A_PROTECT,
        f"Turn the card's protects for programs and combinations off ({CARD_SOUNDS_PROTECT_OFF}).",
        f" {SWITCH_RULED_OUT}",
    ),
}
"""The same where only sounds are saved: what is turned off without need would stay off."""
_SONGS_ON_CARD = {
    False: _Hindrance(
        _PROTECT_OR_SWITCH,
        "Set the card's write-protect switch to OFF and turn the card's protect for songs off "
        f"({CARD_SONGS_PROTECT_OFF}).",
    ),
    True: _Hindrance(
        _A_PROTECT,
        f"Turn the card's protect for songs off ({CARD_SONGS_PROTECT_OFF}).",
        f" {SWITCH_RULED_OUT}",
    ),
}
"""The same where only songs are saved."""
_IN_MEMORY = {
    False: _Hindrance("memory protect is on", f"Turn memory protect off ({PROTECT_OFF})."),
    True: _Hindrance(
        "another key was pressed",
        "Read what the display shows at each key.",
        f" {PROTECT_RULED_OUT}",
    ),
}
"""By whether memory protect is known to be off."""
_OF_SONGS = ("song", "pattern", "sequence")
"""The kinds of objects for which page 6-3 has the protect."""
_FORMAT_AGAIN = (
    "Then press the step's keys again, and read the format that the display shows before the first "
    "G."
)


def _evidence(mode_data: ModeData) -> str:
    layout = mode_data.card_format
    formatted = f", formatted {layout.words}" if layout is not None else ""
    return f"the M1 reports {STATES[mode_data.card]}{formatted}"


def _format_told(mode_data: ModeData) -> str:
    """Return the card's format as evidence, without what else the M1 reports of the card."""
    if mode_data.card_format is None:
        return _evidence(mode_data)
    return f"the M1 reports the card's {_format_found(mode_data)}"


def _format_found(mode_data: ModeData) -> str:
    layout = mode_data.card_format
    return f"format {layout.words}" if layout is not None else STATES[mode_data.card]


@check("card-present", proves=("card = in",), either=True)
async def card_present(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if a card is in the data card slot, formatted or not."""
    mode_data = await require_ready(instrument)
    found, expected = STATES[mode_data.card], "a card in the data card slot"
    if mode_data.card in (CardState.OFF, CardState.NONE):
        return Verdict(False, _evidence(mode_data), expected, found, no_card(found))
    return Verdict(True, _evidence(mode_data), expected, found)


@check("card-to-format", proves=("card = in",))
async def card_to_format(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if a card is in the data card slot, and nothing that the M1 reports keeps it as it is.

    Of a card without a known format mode data does not tell the switch.
    """
    mode_data = await require_ready(instrument)
    found, expected = STATES[mode_data.card], "a RAM card in the data card slot"
    match mode_data.card:
        case CardState.RAM | CardState.UNKNOWN:
            return Verdict(True, _evidence(mode_data), expected, found)
        case CardState.RAM_PROTECTED:
            return Verdict(False, _evidence(mode_data), expected, found, write_protected())
        case CardState.ROM:
            return Verdict(False, _evidence(mode_data), expected, found, rom_card())
        case _:
            return Verdict(False, _evidence(mode_data), expected, found, no_card(found))


@check("card-writable", proves=("card switch = OFF",))
async def card_writable(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if the card is a RAM card whose write-protect switch is OFF.

    Of a card without a known format mode data does not tell it. The card's memory protects in
    GLOBAL 6 come on top and are told by nothing.
    """
    mode_data = await require_ready(instrument)
    found, expected = STATES[mode_data.card], STATES[CardState.RAM]
    evidence = f"the M1 reports {found}"
    match mode_data.card:
        case CardState.RAM:
            return Verdict(True, evidence, expected, found)
        case CardState.UNKNOWN:
            return Verdict(None, evidence, expected, found, not_told(found))
        case CardState.RAM_PROTECTED:
            return Verdict(False, evidence, expected, found, write_protected())
        case CardState.ROM:
            return Verdict(False, evidence, expected, found, rom_card())
        case _:
            return Verdict(False, evidence, expected, found, no_card(found))


@check("card-protected", proves=("card switch = ON",))
async def card_protected(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if the card is a RAM card whose write-protect switch is ON."""
    mode_data = await require_ready(instrument)
    found, expected = STATES[mode_data.card], STATES[CardState.RAM_PROTECTED]
    evidence = f"the M1 reports {found}"
    match mode_data.card:
        case CardState.RAM_PROTECTED:
            return Verdict(True, evidence, expected, found)
        case CardState.RAM | CardState.ROM:
            return Verdict(False, evidence, expected, found, not_protected(found))
        case CardState.UNKNOWN:
            return Verdict(None, evidence, expected, found, not_told(found))
        case _:
            return Verdict(False, evidence, expected, found, no_card(found))


@check("card-formatted-100", proves=("card format = 100/100",))
async def card_formatted_100(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if the card is formatted 100PROG/100COMBI."""
    mode_data = await require_ready(instrument)
    layout = mode_data.card_format
    expected = f"a card with the format {CardFormat.PROGRAMS.words}"
    found = _format_found(mode_data)
    if layout is CardFormat.PROGRAMS:
        return Verdict(True, _format_told(mode_data), expected, found)
    return Verdict(False, _format_told(mode_data), expected, found, other_format(found))


FORMATS = {one.words: one for one in CardFormat}
"""The formats by their words on the M1's page."""


@check(
    "card-format-is",
    "format",
    proves=("card format = {format}",),
    explained_by=Against.CARD_BACKUPS,
)
async def card_format_is(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the card has the format "format", one of `FORMATS`."""
    mode_data = await require_ready(instrument)
    layout, wanted = mode_data.card_format, context.values["format"]
    found = layout.words if layout is not None else STATES[mode_data.card]
    passed = layout is FORMATS[wanted]
    if passed:
        return Verdict(True, _format_told(mode_data), wanted, found)
    before = _format_saved(context.newest_backup)
    if layout is not None and before is not None and layout is not before:
        advice = formatted_otherwise(wanted, found, before)
    else:
        advice = not_formatted(wanted, found, _switch_is_off(mode_data))
    return Verdict(False, _format_told(mode_data), wanted, found, advice)


def _format_saved(saved: Contents | None) -> CardFormat | None:
    """Return the format of the card that was saved, None where that is not known."""
    if saved is None:
        return None
    sounds = saved.programs is not None
    alike = (
        one
        for one in CardFormat
        if one.dump_allocation is saved.allocation and (one.allocation is not None) is sounds
    )
    return next(alike, None)


@check("card-takes-songs", proves=("card = formatted for songs",))
async def card_takes_songs(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if the card's format has room for songs."""
    mode_data = await require_ready(instrument)
    layout = mode_data.card_format
    expected = "a card formatted 50PROG/50COMBI/4200SEQ or 7700STEP SEQUENCE"
    found = _format_found(mode_data)
    if layout is not None and layout.steps:
        return Verdict(True, _format_told(mode_data), expected, found)
    return Verdict(False, _format_told(mode_data), expected, found, no_songs(found))


@check("songs-fit-card", proves=("internal songs = fit on the card",), again=False)
async def songs_fit_card(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the card's format has room for the songs in memory: before a save."""
    mode_data = await require_ready(instrument)
    layout = mode_data.card_format
    if layout is None or not layout.steps:
        return _without_songs(mode_data)
    return await _songs_fit(instrument, context, Bank.INTERNAL, layout.steps)


@check("songs-fit-internal", proves=("card songs = fit in the M1",), again=False)
async def songs_fit_internal(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the M1's allocation has room for the songs on the card: before a load."""
    mode_data = await require_ready(instrument)
    layout, allocation = mode_data.card_format, mode_data.allocation
    if layout is None or not layout.steps:
        return _without_songs(mode_data)
    if allocation is None:
        return unknown_allocation(mode_data)
    return await _songs_fit(instrument, context, Bank.CARD, allocation.steps)


def _without_songs(mode_data: ModeData) -> Verdict:
    """Return the verdict where no card is in that has room for songs."""
    found = _format_found(mode_data)
    return Verdict(None, _evidence(mode_data), "a card with songs", found, no_songs(found))


async def _songs_fit(
    instrument: Instrument, context: CheckContext, source: Bank, room: int
) -> Verdict:
    """Pass if the songs of `source` are no more than `room` steps."""
    expected = f"{room:,} steps or fewer"

    def steps_of(contents: Contents) -> int:
        return contents.sequence.step_count if contents.sequence is not None else 0

    songs = await read(
        instrument, context, Part.SEQUENCE, source, lambda found: steps_of(found) <= room
    )
    found = f"{steps_of(songs):,} steps"
    evidence = f"the songs {_THERE[source]} have {found}; there is room for {room:,}"
    fits = steps_of(songs) <= room
    return Verdict(fits, evidence, expected, found, None if fits else too_long(source, room, found))


@check(
    "internal-songs-equal-card",
    proves=("internal songs = the card's",),
    against=Against.CARD_BACKUPS,
)
async def internal_songs_equal_card(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the songs in memory are those of the card, and the card is as saved: after a load."""
    return await _songs_equal(instrument, context, Bank.CARD, Bank.INTERNAL)


@check(
    "card-songs-equal-internal",
    proves=("card songs = the M1's",),
    against=Against.INTERNAL_BACKUPS,
)
async def card_songs_equal_internal(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the songs on the card are those in memory, and that is as saved: after a save."""
    return await _songs_equal(instrument, context, Bank.INTERNAL, Bank.CARD)


async def _songs_equal(
    instrument: Instrument, context: CheckContext, source: Bank, copy: Bank
) -> Verdict:
    """Compare the songs of `copy` with those of `source`, which they should equal."""
    mode_data = await require_ready(instrument)
    layout = mode_data.card_format
    if layout is None or not layout.steps:
        return _without_songs(mode_data)
    expected, found_there = await _both(instrument, context, Part.SEQUENCE, source, copy)
    lost = _no_longer_as_saved(context, expected, source)
    return lost or _compared(
        expected,
        found_there,
        source,
        copy,
        _ONLY_SOUNDS,
        _may_be_written(context, mode_data, copy),
        _wrong_page(copy, unprotected=context.unprotected),
    )


@check("card-holds-data", proves=("card = formatted",), either=True)
async def card_holds_data(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if the card has a format, so that something may be on it; one without holds nothing."""
    mode_data = await require_ready(instrument)
    layout = mode_data.card_format
    expected = "a card with a format"
    found = _format_found(mode_data)
    if layout is not None:
        evidence = f"the card has the {found}"
        return Verdict(True, evidence, expected, found)
    return Verdict(
        False, f"the card contains no data: {found}", expected, found, nothing_on_card(found)
    )


@check("card-erased", proves=("card content = erased",), against=Against.CARD_BACKUPS)
async def card_erased(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the card is empty: all objects of a kind alike, whatever they are, and no song.

    One that still contains what is in its backup fails. Of any other nobody knows: what a format
    leaves on a card is not certain, and another card may be in.
    """
    mode_data = await require_ready(instrument)
    layout, expected = mode_data.card_format, "a card without sounds or songs"
    if layout is None:
        found = STATES[mode_data.card]
        there = mode_data.card not in (CardState.OFF, CardState.NONE)
        advice = unformatted(found) if there else no_card(found)
        return Verdict(False, _evidence(mode_data), expected, found, advice)
    saved = context.newest_backup
    part = Part.SEQUENCE if layout.allocation is None else Part.ALL

    def as_saved(found: Contents) -> bool:
        return saved is not None and equal(saved.comparable(Bank.CARD), found.comparable(Bank.CARD))

    card = await read(
        instrument, context, part, Bank.CARD, lambda found: _empty(found) or as_saved(found)
    )
    holds, switch_off = ", ".join(card.describe()), _switch_is_off(mode_data)
    if _empty(card):
        return Verdict(True, f"the card was read and is empty: {_alike(card)}", expected, expected)
    if as_saved(card):
        return Verdict(
            False, f"the card was read: {holds}", expected, holds, not_erased(holds, switch_off)
        )
    advice = not_known_erased(holds, switch_off) if saved is None else other_content(holds)
    return Verdict(None, f"the card was read: {holds}", expected, holds, advice)


def _alike(card: Contents) -> str:
    """Return what an empty card has, in a clause: what it is formatted for, and no sound of it."""
    banks = (("programs", card.programs), ("combinations", card.combinations))
    alike = [f"all {kind} are the same" for kind, bank in banks if bank]
    return listed([*alike, "it has no songs"])


def _empty(contents: Contents) -> bool:
    """Return whether all sounds of a kind are alike, and no song is in use."""
    banks = (contents.programs or (), contents.combinations or ())
    sequence = contents.sequence
    return all(len({one.normal() for one in bank}) < 2 for bank in banks) and not (
        sequence is not None and sequence.songs_in_use
    )


@check("card-equals-backup", proves=("card = its backup",), against=Against.CARD_BACKUPS)
async def card_equals_backup(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the card holds what the newest backup of this run holds."""
    saved = context.newest_backup
    if saved is None or not saved.parts:
        advice = no_backup()
        return Verdict(None, advice.happened, "a backup of the card", "none", advice)
    mode_data = await require_ready(instrument)
    holds = ", ".join(saved.describe())
    if mode_data.card_format is None:
        found = STATES[mode_data.card]
        return Verdict(False, _evidence(mode_data), holds, found, card_lost(found))
    part = extent(saved.parts)
    card = await read(instrument, context, part, Bank.CARD, lambda found: equal(saved, found))
    comparison = compare(saved, card)
    if comparison.equal:
        evidence = f"the card was read and matches its backup: {holds}"
        return Verdict(True, evidence, holds, holds)
    advice = card_changed(comparison)
    return Verdict(False, comparison.detailed, NO_DIFFERENCE, comparison.counted, advice)


@check(
    "internal-equals-card",
    proves=("internal sounds = the card's",),
    against=Against.CARD_BACKUPS,
)
async def internal_equals_card(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if programs, combinations and global in memory are those of the card: after a load.

    The card must be as it was saved in this run, if it was.
    """
    return await _banks_equal(instrument, context, Bank.CARD, Bank.INTERNAL)


@check(
    "card-equals-internal",
    proves=("card sounds = the M1's",),
    against=Against.INTERNAL_BACKUPS,
)
async def card_equals_internal(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if programs, combinations and global on the card are those in memory: after a save.

    Memory must be as it was saved in this run, if it was.
    """
    return await _banks_equal(instrument, context, Bank.INTERNAL, Bank.CARD)


async def _banks_equal(
    instrument: Instrument, context: CheckContext, source: Bank, copy: Bank
) -> Verdict:
    """Compare the sounds of `copy` with those of `source`, which they should equal."""
    mode_data = await require_ready(instrument)
    layout = mode_data.card_format
    if layout is None or layout.allocation is None:
        found = _format_found(mode_data)
        advice = no_sounds(found)
        return Verdict(None, _evidence(mode_data), "a card with programs", found, advice)
    expected, found_there = Contents(), Contents()
    for part in SOUNDS:
        one, other = await _both(instrument, context, part, source, copy)
        expected, found_there = _joined(expected, one), _joined(found_there, other)
    lost = _no_longer_as_saved(context, expected, source)
    return lost or _compared(
        expected,
        found_there,
        source,
        copy,
        _ONLY_SONGS,
        _may_be_written(context, mode_data, copy),
        _wrong_page(copy, unprotected=context.unprotected),
    )


def _no_longer_as_saved(context: CheckContext, found: Contents, source: Bank) -> Verdict | None:
    """Return the verdict on a source of a copy that is not what this run saved of it; else None.

    Pages 8 and 9 have the same keys: on the wrong one the copy is written over its source, and
    afterwards the two are equal as well.
    """
    saved = context.newest_backup
    if saved is None:
        return None
    there = Contents(allocation=saved.allocation)
    for part in saved.parts & found.parts:
        there = there.merged(saved.only(part))
    if not there.parts:
        return None
    comparison = compare(there.playing_from(None), found.playing_from(None))
    if comparison.equal:
        return None
    advice = copied_the_wrong_way(comparison, source, found.parts)
    return Verdict(False, comparison.detailed, NO_DIFFERENCE, comparison.counted, advice)


_ONLY_SOUNDS = "only programs and combinations were chosen (the DOWN end of the page)"
_ONLY_SONGS = "only songs were chosen (the UP end of the page)"


def _may_be_written(context: CheckContext, mode_data: ModeData, copy: Bank) -> bool:
    """Return whether it is known of `copy` that what its advice would name is off.

    It is the card's write-protect switch, or memory protect.
    """
    return _switch_is_off(mode_data) if copy is Bank.CARD else context.unprotected


def _wrong_page(copy: Bank, *, unprotected: bool) -> str:
    """Return by what it is known that the other page's key was pressed; empty where it was not.

    That leaves both memories as they are only if the one that it writes to is protected.
    """
    if copy is Bank.CARD and not unprotected:
        return (
            " If the display shows MEMORY PROTECTED, 8 may have been pressed instead of 9: that "
            "loads from the card, and memory protect has prevented it."
        )
    if copy is Bank.CARD or not unprotected:
        return ""
    return (
        " If the display shows MEMORY PROTECTED, 9 was pressed instead of 8: that saves to the "
        "card, which is protected."
    )


def _switch_is_off(mode_data: ModeData) -> bool:
    return mode_data.card is CardState.RAM


def _compared(
    expected: Contents,
    found_there: Contents,
    source: Bank,
    copy: Bank,
    other_end: str,
    may_be_written: bool,
    wrong_page: str,
) -> Verdict:
    comparison = compare(expected.playing_from(None), found_there.playing_from(None))
    holds = ", ".join(expected.describe(free=False))
    if comparison.equal:
        banks = f" {WITHOUT_BANKS}" if expected.combinations else ""
        harmless = len(comparison.cosmetic)
        beside = f"; {counted(harmless, 'cosmetic difference')}" if harmless else ""
        evidence = f"both were read and match: {holds}{beside}.{banks}"
        return Verdict(True, evidence, holds, holds)
    advice = not_copied(comparison, copy, source, other_end, may_be_written, wrong_page)
    return Verdict(False, comparison.detailed, NO_DIFFERENCE, comparison.counted, advice)


async def _both(
    instrument: Instrument, context: CheckContext, part: Part, source: Bank, copy: Bank
) -> tuple[Contents, Contents]:
    """Read `part` of both banks; each again where they differ.

    One reading of each is enough where they agree: they are readings of two memories, and no
    fault of a wire makes two that differ look alike. Only a difference may be the wire's.
    """
    one = await read(instrument, context, part, source, lambda _: True)

    def alike(a: Contents, b: Contents) -> bool:
        return equal(a.playing_from(None), b.playing_from(None))

    other = await read(instrument, context, part, copy, lambda found: alike(one, found))
    if not alike(one, other):
        first = one

        def confirmed(found: Contents) -> bool:
            return identical(first, found) or alike(found, other)

        one = await read(instrument, context, part, source, confirmed)
    return one, other


def _joined(contents: Contents, part: Contents) -> Contents:
    if contents.allocation is not None and part.allocation not in (None, contents.allocation):
        raise Trouble(allocation_changed())
    return contents.merged(part)


def no_card(found: str) -> Advice:
    """Return the advice for an empty slot."""
    return Advice(
        code="no-card",
        happened=f"No card is inserted: expected a card in the data card slot, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The card is not pushed in all the way, or is in the rear slot, which is for PCM "
        "cards.",
        next_step="Push the card into the top slot until it clicks, then check again.",
    )


def not_told(found: str) -> Advice:
    """Return the advice for a card whose switch mode data does not tell."""
    return Advice(
        code="card-protect-not-told",
        happened="The program could not find out whether the card can be written to: expected a "
        f"RAM card with a format, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The M1 reports the write-protect switch only for a formatted card.",
        next_step="Check the card's write-protect switch yourself; to format the card it must be "
        "OFF.",
    )


def write_protected() -> Advice:
    """Return the advice for a card whose switch is ON."""
    return Advice(
        code="card-write-protected",
        happened="The card is write-protected: expected its switch OFF, found it ON.",
        safe=NOTHING_WRITTEN,
        next_step="Slide the card's write-protect switch to OFF, then check again.",
    )


def not_protected(found: str) -> Advice:
    """Return the advice for a card that should be protected and is not."""
    return Advice(
        code="card-not-write-protected",
        happened=f"The card is not write-protected: expected its switch ON, found {found}.",
        safe=NOTHING_WRITTEN,
        next_step="Slide the card's write-protect switch to ON, then check again.",
    )


def rom_card() -> Advice:
    """Return the advice for a card that can never be written."""
    return Advice(
        code="rom-card",
        happened="The card cannot be written to: expected a RAM card, found a ROM card.",
        safe=NOTHING_WRITTEN,
        next_step="Put a RAM card (MCR-02, MCR-03 or MCR-04) into the top slot.",
    )


def other_format(found: str) -> Advice:
    """Return the advice for a card that is not formatted 100PROG/100COMBI."""
    return Advice(
        code="card-format-differs",
        happened=f"The card's format is not 100PROG/100COMBI: found {found}.",
        safe=NOTHING_WRITTEN,
        cause="It is another card, or it was formatted otherwise. A card without any format may "
        "have an empty cell.",
        next_step="Put in a card with that format: to load from it, or to save to it. "
        '"Format a card" gives this one that format: it backs the card up, then erases it.',
    )


def not_formatted(wanted: str, found: str, switch_off: bool) -> Advice:
    """Return the advice for a card that has another format than was chosen.

    `switch_off` says that the M1 reports the card's write-protect switch to be OFF.
    """
    hindrance = _ON_CARD[switch_off]
    return Advice(
        code="card-not-formatted-so",
        happened=f"The card's format is not the one that was chosen: expected {wanted}, found "
        f"{found}.",
        safe=NOTHING_WRITTEN,
        cause=f"The second G was not pressed, {hindrance.cause}, UP or DOWN was pressed too many "
        "or too few times, or + was not pressed, so that G G saved to the card instead."
        f"{hindrance.ruled_out}",
        next_step=f"{hindrance.off} {_FORMAT_AGAIN}",
    )


def formatted_otherwise(wanted: str, found: str, before: CardFormat) -> Advice:
    """Return the advice for a card that had another format before, and has a third one now."""
    return Advice(
        code="card-formatted-otherwise",
        happened=f"The card was formatted, but not as chosen: expected {wanted}, found {found}. "
        f"Its backup has the format {before.words}.",
        safe="The backup of the card is kept. The program wrote nothing to the instrument.",
        cause="UP or DOWN was pressed too many or too few times before the first G. Or another "
        "card is inserted.",
        next_step=f"Check that it is the same card. {_FORMAT_AGAIN}",
    )


def unformatted(found: str) -> Advice:
    """Return the advice for a card that was to be formatted, and has no format."""
    return Advice(
        code="card-unformatted",
        happened="The card is not formatted: expected a card without sounds or songs, found "
        f"{found}.",
        safe=NOTHING_WRITTEN,
        cause="The second G was not pressed, a memory protect or the card's write-protect switch "
        "is on, or the card's contacts are dirty.",
        next_step=f"{_UNPROTECT_CARD} {_FORMAT_AGAIN} If the card still has no format, put "
        "in another one.",
    )


def not_erased(holds: str, switch_off: bool) -> Advice:
    """Return the advice for a card that was not formatted, whatever its format is."""
    hindrance = _ON_CARD[switch_off]
    return Advice(
        code="card-not-erased",
        happened="The card was not formatted: expected a card without sounds or songs, found what "
        f"is in its backup ({holds}).",
        safe=NOTHING_WRITTEN,
        cause="The card had this format before. The second G was not pressed, or "
        f"{hindrance.cause}.{hindrance.ruled_out}",
        next_step=f"{hindrance.off} {_FORMAT_AGAIN}",
    )


def not_known_erased(holds: str, switch_off: bool) -> Advice:
    """Return the advice for a card with data on it, and no backup to compare it with."""
    hindrance = _ON_CARD[switch_off]
    return Advice(
        code="card-not-compared",
        happened="The program could not find out whether the card was formatted: expected a card "
        f"without sounds or songs, found {holds}. There is no backup of the card to compare this "
        "with.",
        safe=NOTHING_WRITTEN,
        cause="The card had this format before, and its backup was skipped.",
        next_step="Look at the names of the card's sounds. If they are the old ones, the card was "
        f"not formatted. {hindrance.off} {_FORMAT_AGAIN}",
    )


def other_content(holds: str) -> Advice:
    """Return the advice for a card that is neither empty nor what its backup contains."""
    return Advice(
        code="card-content-unknown",
        happened="The program could not find out whether the card was formatted: expected a card "
        f"without sounds or songs, found {holds}, which is not what its backup contains.",
        safe=NOTHING_WRITTEN,
        cause="Another card is inserted, or something was saved to the card after it was "
        "formatted.",
        next_step="Put in the card that was formatted, and check again.",
    )


def too_long(source: Bank, room: int, found: str) -> Advice:
    """Return the advice for songs of `source` that have no room where they are to go."""
    if source is Bank.INTERNAL:
        where = "on the card"
        next_step = "Use a card formatted 7700STEP SEQUENCE, or keep the songs in a backup."
    else:
        where = "in the M1"
        next_step = (
            'Do "Change the memory allocation" first: 50/50 has room for 7,700 steps, but '
            "changing to it destroys programs and combinations 50 to 99."
        )
    return Advice(
        code="songs-do-not-fit",
        happened=f"The songs do not fit {where}: expected {room:,} steps or fewer, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="They were recorded where there is more room for songs.",
        next_step=next_step,
    )


def no_songs(found: str) -> Advice:
    """Return the advice for a card that has no room for songs."""
    return Advice(
        code="card-without-songs",
        happened="The card has no room for songs: expected 50PROG/50COMBI/4200SEQ or 7700STEP "
        f"SEQUENCE, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="A card formatted 100PROG/100COMBI contains sounds only.",
        next_step='Use another card, or do "Format a card": that erases what is on it.',
    )


def nothing_on_card(found: str) -> Advice:
    """Return the advice for a card that has nothing to save."""
    return Advice(
        code="card-without-format",
        happened=f"There is nothing on the card to save: expected a format, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The card is new, or its cell was empty, which erases its format and its data.",
        next_step="If the card should have sounds on it, wipe its contacts and push it in again.",
    )


def no_backup() -> Advice:
    """Return the advice for a comparison with a backup that was not made."""
    return Advice(
        code="no-card-backup",
        happened="There is nothing to compare the card with: expected a backup of it made in this "
        "run, found none.",
        safe=NOTHING_WRITTEN,
        next_step="First go back and save the card.",
    )


def card_lost(found: str) -> Advice:
    """Return the advice for a card that was backed up and cannot be read any more."""
    return Advice(
        code="card-lost",
        happened=f"The card cannot be read: expected a card with a format, found {found}.",
        safe="The backup of the card is kept.",
        cause="It is out of the slot or not pushed in all the way. Or it lost its data: it was out "
        "of the slot, or the M1 was off, while the card's cell was out.",
        next_step="Push the card in and check again; if nothing changes, format it and restore "
        "its backup.",
    )


def card_changed(comparison: Comparison) -> Advice:
    """Return the advice for a card that is not what its backup holds."""
    first = comparison.different[0]
    return Advice(
        code="card-differs",
        happened="The card differs: expected its backup, found differences in "
        f"{comparison.summary()}. First: {first.text}: {first.first}.",
        safe="The backup of the card is kept; the program wrote nothing.",
        cause="The card lost power for a moment, or it is a different card.",
        next_step="Check that it is the same card; if it is, restore the backup to it.",
    )


def no_sounds(found: str) -> Advice:
    """Return the advice for a card without programs."""
    return Advice(
        code="card-without-sounds",
        happened="The card and the memory could not be compared: expected a card with programs, "
        f"combinations and global data, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="A card with a sequencer format contains only songs; an unformatted card contains "
        "nothing.",
        next_step="Insert a card formatted for programs, then check again.",
    )


def not_copied(
    comparison: Comparison,
    copy: Bank,
    source: Bank,
    other_end: str,
    may_be_written: bool,
    wrong_page: str,
) -> Advice:
    """Return the advice for two memories that should be equal and are not.

    `other_end` is what was chosen if the keys led to the wrong end of the M1's page;
    `may_be_written` says that the card's switch, or memory protect, is known to be off;
    `wrong_page` is by what it is known that the key of the other page was pressed.
    """
    first = comparison.different[0]
    songs = all(one.kind in _OF_SONGS for one in comparison.different)
    on_card = _SONGS_ON_CARD if songs else _SOUNDS_ON_CARD
    hindrance = (on_card if copy is Bank.CARD else _IN_MEMORY)[may_be_written]
    return Advice(
        code="card-not-copied",
        happened=f"Both were read, and they differ: expected {_WHERE[copy]} to be equal to "
        f"{_WHERE[source]}, found differences in {comparison.summary()}. First: {first.text}: "
        f"{first.first}.",
        safe=NOTHING_WRITTEN,
        cause=f"The second G was not pressed, {other_end}, or {hindrance.cause}. Or something was "
        f"written there after the keys were pressed.{hindrance.ruled_out}{wrong_page}",
        next_step=f"The step's keys overwrite {_WHERE[copy]}: if something new was "
        f"written there, back it up first. {hindrance.off} Then press the keys again.",
    )


def copied_the_wrong_way(comparison: Comparison, source: Bank, parts: frozenset[Part]) -> Advice:
    """Return the advice for a source of which `parts` were to be copied, no longer as saved."""
    first, where = comparison.different[0], _WHERE[source]
    from_card = source is Bank.CARD
    pressed, meant = ("9", "8") if from_card else ("8", "9")
    does = "saves to the card" if from_card else "loads from the card"
    saves = "Save songs to a card" if Part.SEQUENCE in parts else "Save to a card"
    return Advice(
        code="copied-the-wrong-way",
        happened=f"{where[0].upper()}{where[1:]} does not match its backup: expected what the "
        f"backup contains, found differences in {comparison.summary()}. First: {first.text}: "
        f"{first.first}.",
        safe="The backup is kept, with what was there before.",
        cause=f"{pressed} was pressed instead of {meant}: that {does}. Or "
        + ("another card is inserted." if from_card else "the M1 was changed after its backup."),
        next_step=f"If {pressed} was pressed, leave with q. Send the backup of {where} to the M1: "
        f'do "Data dump from the computer"; then save to the card: do "{saves}". If {pressed} was '
        "not pressed, go back with b to the backup and make it again, then press the step's keys.",
    )


def allocation_changed() -> Advice:
    """Return the advice for a memory that is rearranged while it is read."""
    return Advice(
        code="allocation-changed",
        happened="The memory allocation changed while memory was being read: expected one, found "
        "two.",
        safe=NOTHING_WRITTEN,
        cause="Somebody is using the panel.",
        next_step="Take your hands off the panel, then check again.",
    )
