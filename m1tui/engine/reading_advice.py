"""What a reading that cannot be trusted tells a person."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.waiting import NoReply
from m1tui.sysex import CardState, Part, StatusCode


def unsettled(part: Part, reads: int, what: str) -> Advice:
    """Return the advice for readings that never agree."""
    return Advice(
        happened=f"No two of {reads} readings of {part.label} agree: expected two that do, found "
        f"differences in {what}.",
        safe="Reading changes nothing in the instrument.",
        cause="The cable or the interface changes bytes, or somebody edits on the panel meanwhile.",
        next_step="Take the hands off the panel and try again; then try another cable or "
        "interface.",
    )


def refused(part: Part, code: StatusCode) -> Advice:
    """Return the advice for a dump that the M1 refuses to send."""
    return Advice(
        happened=f"The M1 refused to send {part.label}: expected a dump, found the status "
        f"{code:02X} ({code.label}).",
        safe="Reading changes nothing in the instrument.",
        cause="What was asked for is not there: for a card, it is not in, or has another format.",
        next_step="Check the card, or choose another part or bank, then try again.",
    )


def disturbed(part: Part, what: str) -> Advice:
    """Return the advice for readings during which something happened at the M1 each time."""
    return Advice(
        happened=f"The reading of {part.label} cannot be trusted: expected an M1 that nobody uses, "
        f"found that {what}, each time.",
        safe="Reading changes nothing in the instrument.",
        cause="Somebody uses the M1's panel, or another program or a MIDI THRU loop sends to it.",
        next_step="Take the hands off the panel, close other MIDI programs, then try again.",
    )


def repeated(part: Part) -> Advice:
    """Return the advice for readings with more dumps than were asked for."""
    return Advice(
        happened=f"The reading of {part.label} cannot be trusted: expected one dump for each "
        "request, found more.",
        safe="Reading changes nothing in the instrument.",
        cause="Something between the computer and the M1 repeats messages: a merge box, two cables "
        "that meet, or another program; or two instruments answer on one channel.",
        next_step="Connect the M1 alone, OUT to IN and IN to OUT, then try again.",
    )


def no_card(state: CardState) -> Advice:
    """Return the advice for a card that cannot be read."""
    return Advice(
        happened="The card could not be read: expected a card with a known format, found "
        f"{'none' if state in (CardState.NONE, CardState.OFF) else f'card {state.value}'}.",
        safe="Reading changes nothing on the card.",
        cause="No card is in the top slot, it is not formatted, or it lost its data.",
        next_step="Push the card into the top slot, then try again.",
    )


def silent(part: Part, failure: NoReply) -> Advice:
    """Return the advice for a dump that does not come."""
    return Advice(
        happened=f"The M1 did not send {part.label}: expected a dump, found {failure.description}.",
        safe="Reading changes nothing in the instrument.",
        cause="The M1 was switched off or unplugged, its sequencer plays, or Exclusive was "
        "disabled meanwhile.",
        next_step="Check power and cables, stop the sequencer, then try again.",
    )


def fell_silent(part: Part, failure: NoReply) -> Advice:
    """Return the advice for an M1 that sent one dump and then answers no more."""
    return Advice(
        happened=f"The M1 sent {part.label} once and then no more: expected a second dump, found "
        f"{failure.description}.",
        safe="Reading changes nothing in the instrument. What arrived is kept.",
        cause="The M1 was switched off or unplugged meanwhile, or its channel or its Exclusive "
        "filter was changed on the panel.",
        next_step="Check power, plugs and GLOBAL 5, then try again.",
    )


def damaged(part: Part, failure: NoReply) -> Advice:
    """Return the advice for a dump that does not come whole."""
    return Advice(
        happened=f"The dump of {part.label} did not arrive whole: expected a whole message, found "
        f"{failure.description}.",
        safe="Reading changes nothing in the instrument. What arrived is kept.",
        cause="The cable or the interface loses bytes of long messages; cheap USB cables with a "
        "CH345 chip are known for it.",
        next_step="Try another interface; `m1tui loopback` tells whether one can be trusted.",
    )
