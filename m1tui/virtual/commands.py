"""What G does on the command pages of GLOBAL and SEQ."""

from __future__ import annotations

from dataclasses import replace

from m1tui.manners import ALLOCATION_BACK, SECOND_G
from m1tui.sysex import Allocation, Bank, Contents, Part
from m1tui.virtual.card import Card
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.pages import CARD_FORMATS, CARD_PARTS, DUMP_PARTS, Command

COMPLETED = "COMPLETED"
PROTECTED = "MEMORY PROTECTED"
CARD_PROTECTED = "CARD PROTECTED"
NO_CARD = "NO CARD"
NO_DATA = "CARD HAS NO SUCH DATA"
NO_ROOM = "DATA DO NOT FIT"


def press_g(board: Mainboard, command: Command) -> None:
    """Execute the command of the page shown; one that destroys asks first, and needs G again."""
    asks = command.asks or (
        command is Command.ALLOCATE and board.manners[SECOND_G] == "allocation-too"
    )
    if asks and not board.asking:
        board.asking = True
        return
    board.asking = False
    match command:
        case Command.ALLOCATE:
            _allocate(board)
        case Command.DUMP:
            _dump(board)
        case Command.CARD_LOAD:
            board.message = _copy(board, "load", Bank.CARD, Bank.INTERNAL)
        case Command.CARD_SAVE:
            board.message = _copy(board, "save", Bank.INTERNAL, Bank.CARD)
        case Command.CARD_FORMAT:
            board.message = _format(board)
        case Command.ERASE_SONG:
            board.erase_song(board.choices["song_to_erase"])
            board.message = COMPLETED
        case Command.ERASE_TRACK:
            board.erase_track(board.choices["track_to_erase"])
            board.message = COMPLETED


def _allocate(board: Mainboard) -> None:
    """Share the memory out as the page's choice says.

    Memory protects do not stop it (assumed: the guide's trick does not touch them). What the
    edit buffers hold stays until another number is picked.
    """
    wanted = Allocation(board.choices["allocation"])
    board.memory = board.memory.reallocated(wanted, board.manners[ALLOCATION_BACK])
    board.stay_inside()


def _dump(board: Mainboard) -> None:
    """Send the page's choice, whatever the Exclusive filter says."""
    dump = board.dump(DUMP_PARTS[board.choices["part"]], Bank.INTERNAL)
    assert dump is not None, "internal memory has every part"
    board.send(dump)


def _copy(board: Mainboard, page: str, source: Bank, target: Bank) -> str:
    """Copy the page's choice between memory and card, whole or not at all; return what is shown.

    The protects of the target and the card's switch forbid it. Banks of different size do not
    fit each other (assumed), nor more steps than the target has room for.
    """
    parts = CARD_PARTS[board.choices[page]]
    if board.card is None:
        return NO_CARD
    found, place = board.contents(source), board.contents(target)
    if not parts <= found.parts:
        return NO_DATA
    if any(board.protected(part, target) for part in parts):
        return PROTECTED
    if not board.writable(target):
        return CARD_PROTECTED
    if not parts <= place.parts or not _fits(board, found, parts, target):
        return NO_ROOM
    contents = _only(found, parts)
    if board.card_translates:
        contents = contents.playing_from(card=target is Bank.CARD)
    board.write(target, contents)
    return COMPLETED


def _fits(board: Mainboard, found: Contents, parts: frozenset[Part], target: Bank) -> bool:
    if Part.PROGRAMS in parts:
        return found.allocation is board.contents(target).allocation
    steps = found.sequence.step_count if found.sequence else 0
    return steps <= board.capacity(target)


def _only(found: Contents, parts: frozenset[Part]) -> Contents:
    """Return the parts without the source's allocation; the target keeps its own."""
    contents = Contents()
    for part in parts:
        contents = contents.merged(found.only(part).replace(allocation=None))
    return contents


def _format(board: Mainboard) -> str:
    """Format the card as the page's choice says; everything on it is lost.

    Any of the card's three memory protects forbids it (assumed, as for an all-data dump).
    """
    card = board.card
    if card is None:
        return NO_CARD
    if board.protected(Part.ALL, Bank.CARD):
        return PROTECTED
    if card.rom or card.write_protected:
        return CARD_PROTECTED
    blank = Card.formatted(CARD_FORMATS[board.choices["format"]])
    board.card = replace(blank, supply=card.supply)
    board.stay_inside()
    return COMPLETED
