"""What G does on the command pages of GLOBAL and SEQ."""

from __future__ import annotations

from dataclasses import replace

from m1tui.sysex import Allocation, Bank, Contents, Part
from m1tui.virtual.card import Card
from m1tui.virtual.page import Command
from m1tui.virtual.pages_global import CARD_FORMATS, CARD_PARTS, DUMP_PARTS
from m1tui.virtual.works import Works

COMPLETED = "COMPLETED"
PROTECTED = "MEMORY PROTECTED"
CARD_PROTECTED = "CARD PROTECTED"
NO_CARD = "NO CARD"
NO_DATA = "CARD HAS NO SUCH DATA"
NO_ROOM = "DATA DO NOT FIT"


def press_g(works: Works, command: Command) -> None:
    """Execute the command of the page shown; one that destroys asks first, and needs G again."""
    if command.asks and not works.asking:
        works.asking = True
        return
    works.asking = False
    match command:
        case Command.ALLOCATE:
            _allocate(works)
        case Command.DUMP:
            _dump(works)
        case Command.CARD_LOAD:
            works.message = _copy(works, "load", Bank.CARD, Bank.INTERNAL)
        case Command.CARD_SAVE:
            works.message = _copy(works, "save", Bank.INTERNAL, Bank.CARD)
        case Command.CARD_FORMAT:
            works.message = _format(works)
        case Command.ERASE_SONG:
            works.erase_song(works.choices["song_to_erase"])
            works.message = COMPLETED
        case Command.ERASE_TRACK:
            works.erase_track(works.choices["track_to_erase"])
            works.message = COMPLETED


def _allocate(works: Works) -> None:
    """Share the memory out as the page's choice says.

    Memory protects do not stop it (assumed: the guide's trick does not touch them). What the
    edit buffers hold stays until another number is picked.
    """
    works.memory = works.memory.reallocated(Allocation(works.choices["allocation"]))
    works.stay_inside()


def _dump(works: Works) -> None:
    """Send the page's choice, whatever the Exclusive filter says."""
    dump = works.dump(DUMP_PARTS[works.choices["part"]], Bank.INTERNAL)
    assert dump is not None, "internal memory has every part"
    works.send(dump)


def _copy(works: Works, page: str, source: Bank, target: Bank) -> str:
    """Copy the page's choice between memory and card, whole or not at all; return what is shown.

    The protects of the target and the card's switch forbid it. Banks of different size do not
    fit each other (assumed), nor more steps than the target has room for.
    """
    parts = CARD_PARTS[works.choices[page]]
    if works.card is None:
        return NO_CARD
    found, place = works.contents(source), works.contents(target)
    if not parts <= found.parts:
        return NO_DATA
    if any(works.protected(part, target) for part in parts):
        return PROTECTED
    if not works.writable(target):
        return CARD_PROTECTED
    if not parts <= place.parts or not _fits(works, found, parts, target):
        return NO_ROOM
    contents = _only(found, parts)
    if works.card_translates:
        contents = contents.playing_from(card=target is Bank.CARD)
    works.write(target, contents)
    return COMPLETED


def _fits(works: Works, found: Contents, parts: frozenset[Part], target: Bank) -> bool:
    if Part.PROGRAMS in parts:
        return found.allocation is works.contents(target).allocation
    steps = found.sequence.step_count if found.sequence else 0
    return steps <= works.capacity(target)


def _only(found: Contents, parts: frozenset[Part]) -> Contents:
    """Return the parts without the source's allocation; the target keeps its own."""
    contents = Contents()
    for part in parts:
        contents = contents.merged(found.only(part).replace(allocation=None))
    return contents


def _format(works: Works) -> str:
    """Format the card as the page's choice says; everything on it is lost.

    Any of the card's three memory protects forbids it (assumed, as for an all-data dump).
    """
    card = works.card
    if card is None:
        return NO_CARD
    if works.protected(Part.ALL, Bank.CARD):
        return PROTECTED
    if card.rom or card.write_protected:
        return CARD_PROTECTED
    blank = Card.formatted(CARD_FORMATS[works.choices["format"]])
    works.card = replace(blank, supply=card.supply)
    works.stay_inside()
    return COMPLETED
