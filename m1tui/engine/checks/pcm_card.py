"""The PCM card in the rear slot: the names that it gives of its waveforms."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.registry import NOTHING_WRITTEN, CheckContext, check, require_ready
from m1tui.engine.instrument import Instrument
from m1tui.errors import NoReply
from m1tui.facts import Verdict
from m1tui.sysex import CardNames, NameKind, NamesRequest

SHOWN = 8
"""Names of a kind that stand in the evidence."""


@check("card-names", proves=("PCM card = in",))
async def card_names(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if the PCM card tells the names of its multisounds and drum sounds."""
    pcm_card = (await require_ready(instrument)).pcm_card
    expected = "the names on a PCM card (functions 45 and 47)"
    if not pcm_card:
        found = "no PCM card" if pcm_card is False else "a PCM card slot that is off or unknown"
        return Verdict(None, f"the M1 reports {found}", expected, found, _no_card(found))
    told = []
    for kind in NameKind:
        try:
            told.append(_told(kind, await _ask(instrument, kind)))
        except NoReply as failure:
            found = f"{kind.label}: {failure.description}"
            return Verdict(False, found, expected, found, _unread(found))
    evidence = "; ".join(told)
    return Verdict(True, evidence, expected, evidence)


async def _ask(instrument: Instrument, kind: NameKind) -> tuple[str, ...]:
    reply = await instrument.conversation.ask(
        NamesRequest(instrument.channel, kind),
        lambda message: isinstance(message, CardNames) and message.kind is kind,
    )
    assert isinstance(reply.message, CardNames)
    return reply.message.shown


def _told(kind: NameKind, names: tuple[str, ...]) -> str:
    stripped = [name.strip() for name in names]
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} {kind.label}: {', '.join(stripped[:SHOWN]) or 'none'}{rest}"


def _no_card(found: str) -> Advice:
    return Advice(
        code="no-pcm-card",
        happened=f"There are no names to ask for: expected a PCM card, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The card with the waveforms (MSC) belongs in the rear slot.",
        next_step="Insert it, then check again; or continue if the card set has no PCM card.",
    )


def _unread(found: str) -> Advice:
    return Advice(
        code="pcm-card-unreadable",
        happened=f"The PCM card's names could not be read: expected names, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The card is not pushed in all the way, its contacts are dirty, or it is not an M1 "
        "card.",
        next_step="Take the card out, wipe its contacts, push it back in, then check again.",
    )
