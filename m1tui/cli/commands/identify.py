"""`identify`: what answers on a port, and from the pattern of answers why nothing does."""

from collections.abc import Iterator
from typing import Any

from m1tui.cli.exits import Exit, Stop
from m1tui.cli.output import Call
from m1tui.cli.session import Session, diagnosed, on_instrument, unready_code
from m1tui.engine.diagnosis import Diagnosis, Present, also_there


def run(call: Call) -> int:
    """Prints the diagnosis; 0 if an M1 is ready for transfers, 6 if several answer, else 3."""
    try:
        return on_instrument(call, _identify)
    except Stop as stop:
        if stop.code is Exit.NO_ANSWER:
            # A script finds the same keys whether nothing answered or nothing was there to ask.
            stop.facts = {**_facts(None, stop.advice.happened), "code": stop.advice.code}
        raise


async def _identify(session: Session) -> int:
    diagnosis = await diagnosed(session)
    lines = _lines(session.instrument.link.title, diagnosis)
    session.output.facts(_facts(diagnosis, diagnosis.summary), lines)
    if not diagnosis.ready:
        session.output.advise(diagnosis.advice)
    return Exit.DONE if diagnosis.ready else unready_code(diagnosis)


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
        "code": diagnosis.cause.code if diagnosis and not diagnosis.ready else None,
        "instruments": [_present(one) for one in diagnosis.present] if diagnosis else [],
    }


def _present(one: Present) -> dict[str, Any]:
    """An M1 that answered; `answers` is how many answers alike came to one question."""
    identity = one.identity
    return {
        "channel": one.channel + 1,
        "model": identity.model if identity else None,
        "rom": identity.rom if identity else None,
        "software": identity.software if identity else None,
        "answers": one.answers,
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
    if diagnosis.crowded:
        for one in facts["instruments"]:
            twice = ", answers twice" if one["answers"] > 1 else ""
            yield (
                f"Answers: {one['model'] or 'an M1'} on channel {one['channel']}, ROM "
                f"{one['rom'] or 'unknown'}{twice}"
            )
    elif diagnosis.others:
        yield also_there([one.channel for one in diagnosis.others])
    if diagnosis.mode_data is not None:
        pcm = {True: "in", False: "none", None: "unknown"}[facts["pcm_card"]]
        yield f"Mode: {facts['mode'] or 'unknown'}"
        if diagnosis.exclusive is None:
            yield (
                "Exclusive: answered; on GLOBAL's DATA DUMP page this does not prove that it "
                "is enabled"
            )
        yield f"Memory allocation: {facts['allocation'] or 'unknown'} programs/combinations"
        yield f"Data card: {facts['card']}. PCM card: {pcm}."
