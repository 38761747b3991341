"""Finds the interface on which an M1 answers: all are asked at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from m1tui.engine.diagnose import diagnose
from m1tui.engine.diagnosis import Cause
from m1tui.engine.instrument import Instrument
from m1tui.link import Link, LinkError

_CERTAIN = frozenset({Cause.READY, Cause.NO_IDENTITY})


async def find_instrument(
    links: Iterable[Link], *, channel: int | None = None
) -> Instrument | None:
    """Return the first instrument that answers, open and diagnosed; None if none does.

    An M1 that is ready wins at once. One that answers without being ready (Exclusive disabled)
    wins when all have been asked; of several the first in the order of `links`. All other links
    are closed. A link that cannot be opened, because another program holds it, is passed over.
    """
    candidates = [Instrument(link, channel=channel) for link in links]
    asked = {asyncio.ensure_future(_ask(one)): one for one in candidates}
    chosen: Instrument | None = None
    try:
        waiting = set(asked)
        while waiting and chosen is None:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            ready = [asked[task] for task in done if _is_ready(asked[task])]
            chosen = min(ready, key=candidates.index, default=None)
        if chosen is None:
            chosen = next((one for one in candidates if _answers(one)), None)
        return chosen
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        for one in candidates:
            if one is not chosen:
                await one.close()


async def _ask(instrument: Instrument) -> None:
    try:
        await instrument.open()
        await diagnose(instrument)
    except LinkError:
        # Not this one; `identify --port` tells why.
        instrument.diagnosis = None


def _is_ready(instrument: Instrument) -> bool:
    return instrument.diagnosis is not None and instrument.diagnosis.cause in _CERTAIN


def _answers(instrument: Instrument) -> bool:
    return instrument.diagnosis is not None and instrument.diagnosis.answers
