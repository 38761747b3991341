"""`identify`: what answers on a port, and from the pattern of answers why nothing does."""

from collections.abc import Iterator
from typing import Any

from m1tui.cli.call import Call
from m1tui.cli.exits import Exit
from m1tui.cli.failure import Stop
from m1tui.cli.instruments import diagnosed
from m1tui.cli.session import Session, on_instrument
from m1tui.engine import Diagnosis


def run(call: Call) -> int:
    """Prints the diagnosis; 0 if an M1 is ready for transfers, 3 otherwise."""
    try:
        return on_instrument(call, _identify)
    except Stop as stop:
        if stop.code is Exit.NO_ANSWER:
            # A script finds the same keys whether nothing answered or nothing was there to ask.
            stop.facts = _facts(None, stop.advice.happened)
        raise


async def _identify(session: Session) -> int:
    diagnosis = await diagnosed(session)
    lines = _lines(session.instrument.link.title, diagnosis)
    session.output.facts(_facts(diagnosis, diagnosis.summary), lines)
    if not diagnosis.ready:
        session.output.advise(diagnosis.advice)
    return Exit.DONE if diagnosis.ready else Exit.NO_ANSWER


def _facts(diagnosis: Diagnosis | None, summary: str) -> dict[str, Any]:
    identity = diagnosis.identity if diagnosis else None
    mode_data = diagnosis.mode_data if diagnosis else None
    channel = diagnosis.channel if diagnosis else None
    mode = mode_data.mode if mode_data else None
    allocation = mode_data.allocation if mode_data else None
    return {
        "answers": diagnosis.answers if diagnosis else False,
        "model": identity.model if identity else None,
        "channel": None if channel is None else channel + 1,
        "exclusive": _exclusive(diagnosis) if diagnosis else None,
        "mode": mode.label if mode is not None else None,
        "allocation": allocation.label if allocation is not None else None,
        "card": mode_data.card.value if mode_data else None,
        "pcm_card": mode_data.pcm_card if mode_data else None,
        "rom": identity.rom if identity else None,
        "software": identity.software if identity else None,
        "diagnosis": summary,
    }


def _exclusive(diagnosis: Diagnosis) -> bool | None:
    """Whether exclusive messages are answered now, which on the DATA DUMP page they always are."""
    return True if diagnosis.ready else diagnosis.exclusive


def _lines(title: str, diagnosis: Diagnosis) -> Iterator[str]:
    facts = _facts(diagnosis, diagnosis.summary)
    yield f"{title}: {diagnosis.summary}"
    if facts["model"] is not None:
        yield f"Model: {facts['model']}, ROM {facts['rom']}, software {facts['software']}"
    if facts["channel"] is not None:
        yield f"Channel: {facts['channel']}"
    if diagnosis.mode_data is not None:
        pcm = {True: "in", False: "none", None: "unknown"}[facts["pcm_card"]]
        yield f"Mode: {facts['mode'] or 'unknown'}"
        if diagnosis.exclusive is None:
            yield "Exclusive: answered; on GLOBAL's DATA DUMP page that does not prove it enabled"
        yield f"Memory allocation: {facts['allocation'] or 'unknown'} programs/combinations"
        yield f"Data card: {facts['card']}. PCM card: {pcm}."
