"""The data card: whether it is in, may be written, and what it holds compared with memory."""

from __future__ import annotations

from m1tui.advice import Trouble
from m1tui.engine.checks import card_advice as say
from m1tui.engine.checks.asking import read, require_ready
from m1tui.engine.checks.registry import CheckContext, Verdict, check
from m1tui.engine.compare import compare
from m1tui.engine.instrument import Instrument
from m1tui.engine.restore.fits import extent
from m1tui.sysex import Bank, CardFormat, CardState, Contents, ModeData, Part

SOUNDS = (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)
"""What page 8 loads from a card, and page 9 saves, at its PROG/COMBI end."""
_STATES = {
    CardState.OFF: "no card (slot off)",
    CardState.NONE: "no card",
    CardState.UNKNOWN: "a card without a known format",
    CardState.ROM: "a ROM card",
    CardState.RAM: "a RAM card that may be written",
    CardState.RAM_PROTECTED: "a RAM card that is write protected",
}
_WHERE = {Bank.INTERNAL: "the internal memory", Bank.CARD: "the card"}


def _evidence(mode_data: ModeData) -> str:
    layout = mode_data.card_format
    formatted = f", format {layout.value}" if layout is not None else ""
    state = _STATES[mode_data.card]
    return f"mode data tells card {mode_data.card_code:02X}: {state}{formatted}"


@check("card-present")
async def card_present(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if a card is in the data card slot, formatted or not."""
    mode_data = await require_ready(instrument)
    found, expected = _STATES[mode_data.card], "a card in the data card slot"
    if mode_data.card in (CardState.OFF, CardState.NONE):
        return Verdict(False, _evidence(mode_data), expected, found, say.no_card(found))
    return Verdict(True, _evidence(mode_data), expected, found)


@check("card-writable")
async def card_writable(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if the card is a RAM card whose write-protect switch is OFF.

    Of a card without a known format mode data does not tell it. The card's memory protects in
    GLOBAL 6 come on top and are told by nothing.
    """
    mode_data = await require_ready(instrument)
    found, expected = _STATES[mode_data.card], _STATES[CardState.RAM]
    evidence = _evidence(mode_data)
    match mode_data.card:
        case CardState.RAM:
            return Verdict(True, evidence, expected, found)
        case CardState.UNKNOWN:
            return Verdict(None, evidence, expected, found, say.not_told(found))
        case CardState.RAM_PROTECTED:
            return Verdict(False, evidence, expected, found, say.write_protected())
        case CardState.ROM:
            return Verdict(False, evidence, expected, found, say.rom_card())
        case _:
            return Verdict(False, evidence, expected, found, say.no_card(found))


@check("card-protected")
async def card_protected(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if the card is a RAM card whose write-protect switch is ON."""
    mode_data = await require_ready(instrument)
    found, expected = _STATES[mode_data.card], _STATES[CardState.RAM_PROTECTED]
    evidence = _evidence(mode_data)
    match mode_data.card:
        case CardState.RAM_PROTECTED:
            return Verdict(True, evidence, expected, found)
        case CardState.RAM | CardState.ROM:
            return Verdict(False, evidence, expected, found, say.not_protected(found))
        case CardState.UNKNOWN:
            return Verdict(None, evidence, expected, found, say.not_told(found))
        case _:
            return Verdict(False, evidence, expected, found, say.no_card(found))


@check("card-formatted-100")
async def card_formatted_100(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if the card is formatted 100PROG/100COMBI."""
    mode_data = await require_ready(instrument)
    layout = mode_data.card_format
    expected = f"a card of the format {CardFormat.PROGRAMS.value}"
    found = f"format {layout.value}" if layout is not None else _STATES[mode_data.card]
    if layout is CardFormat.PROGRAMS:
        return Verdict(True, _evidence(mode_data), expected, found)
    return Verdict(False, _evidence(mode_data), expected, found, say.other_format(found))


@check("card-equals-backup")
async def card_equals_backup(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the card holds what the newest backup of this run holds."""
    saved = context.newest_backup
    if saved is None or not saved.parts:
        advice = say.no_backup()
        return Verdict(None, advice.happened, "a backup of the card", "none", advice)
    mode_data = await require_ready(instrument)
    holds = ", ".join(saved.describe())
    if mode_data.card_format is None:
        found = _STATES[mode_data.card]
        return Verdict(False, _evidence(mode_data), holds, found, say.card_lost(found))
    part = extent(saved)
    card = await read(
        instrument, context, part, Bank.CARD, lambda found: compare(saved, found).equal
    )
    comparison = compare(saved, card)
    if comparison.equal:
        evidence = f"the card was read and equals its backup: {holds}"
        return Verdict(True, evidence, holds, holds)
    found = f"{len(comparison.different)} different: {comparison.summary()}"
    return Verdict(False, found, holds, found, say.card_changed(comparison))


@check("internal-equals-card")
async def internal_equals_card(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if programs, combinations and global in memory are those of the card: after a load."""
    return await _banks_equal(instrument, context, Bank.CARD, Bank.INTERNAL)


@check("card-equals-internal")
async def card_equals_internal(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if programs, combinations and global on the card are those in memory: after a save."""
    return await _banks_equal(instrument, context, Bank.INTERNAL, Bank.CARD)


async def _banks_equal(
    instrument: Instrument, context: CheckContext, source: Bank, copy: Bank
) -> Verdict:
    """Compare the sounds of `copy` with those of `source`, which they should equal."""
    mode_data = await require_ready(instrument)
    layout = mode_data.card_format
    if layout is None or layout.allocation is None:
        found = f"format {layout.value}" if layout is not None else _STATES[mode_data.card]
        advice = say.no_sounds(found)
        return Verdict(None, _evidence(mode_data), "a card with programs", found, advice)
    expected, found_there = Contents(), Contents()
    for part in SOUNDS:
        one, other = await _both(instrument, context, part, source, copy)
        expected, found_there = _joined(expected, one), _joined(found_there, other)
    comparison = compare(expected, found_there)
    holds = ", ".join(expected.describe())
    if comparison.equal:
        evidence = f"both read and equal: {holds}; {len(comparison.cosmetic)} cosmetic differences"
        return Verdict(True, evidence, holds, holds)
    found = f"{len(comparison.different)} different: {comparison.summary()}"
    advice = say.not_copied(comparison, _WHERE[copy], _WHERE[source])
    return Verdict(False, found, holds, found, advice)


async def _both(
    instrument: Instrument, context: CheckContext, part: Part, source: Bank, copy: Bank
) -> tuple[Contents, Contents]:
    """Read `part` of both banks; each again where they differ.

    One reading of each is enough where they agree: they are readings of two memories, and no
    fault of a wire makes two that differ look alike. Only a difference may be the wire's.
    """
    one = await read(instrument, context, part, source, lambda _: True)
    other = await read(instrument, context, part, copy, lambda found: compare(one, found).equal)
    if not compare(one, other).equal:
        first = one

        def confirmed(found: Contents) -> bool:
            return compare(first, found).identical or compare(found, other).equal

        one = await read(instrument, context, part, source, confirmed)
    return one, other


def _joined(contents: Contents, part: Contents) -> Contents:
    if contents.allocation is not None and part.allocation not in (None, contents.allocation):
        raise Trouble(say.allocation_changed())
    return contents.merged(part)
