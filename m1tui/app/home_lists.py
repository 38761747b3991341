"""Turns procedures, runs and ports into what home shows, and into why something cannot be."""

from __future__ import annotations

from collections.abc import Iterable

from m1tui.advice import Advice
from m1tui.app.snapshots import ProcedureCard
from m1tui.link.ports import NO_INTERFACE, PortInfo, nothing_to_open
from m1tui.procedures.schema import Procedure

MOST_OF_A_JOB = 6
"""Other procedures that the answers of a job lead to, less than this many."""
KEPT = "virtual"
"""The port that goes on with the virtual M1 as it was left."""


def cards_of(procedures: Iterable[Procedure]) -> tuple[ProcedureCard, ...]:
    """Return procedures as home lists them; each can be let go of when its card is made.

    In each group what leads to the others comes first, then the long jobs: they are what one opens
    the program for.
    """
    placed = [
        ((one.group, not leads_on(one), -one.minutes, one.title), card_of(one))
        for one in procedures
    ]
    return tuple(card for _, card in sorted(placed))


def card_of(procedure: Procedure) -> ProcedureCard:
    """Return a procedure as home lists it."""
    return ProcedureCard(
        procedure.id,
        procedure.title,
        procedure.group,
        procedure.purpose,
        procedure.minutes,
        procedure.time,
        procedure.tools,
        procedure.risk,
        len(procedure.steps),
        procedure.longest,
    )


def leads_on(procedure: Procedure) -> bool:
    """Tell whether a procedure is there to find the right one of several others."""
    others = {option.procedure for step in procedure.steps for option in step.options}
    return len(others - {procedure.id, ""}) >= MOST_OF_A_JOB


def rehearsed(port: str) -> bool:
    """Tell whether `port` leads to a virtual M1 in this program."""
    return port.partition(":")[0] == KEPT


def not_there(procedure_id: str) -> Advice:
    """Return that an answer led to a procedure that is not there."""
    return Advice(
        code="no-such-procedure",
        happened=f'There is no procedure "{procedure_id}" to continue with.',
        safe="The work done so far is saved.",
        cause="A procedure file refers to another that was moved or cannot be used.",
        next_step="Choose another procedure on home, and correct the file that refers to this one.",
    )


def other_kind(begun_on: str, here: str) -> Advice:
    """Return why a run that was begun on one kind of instrument is not resumed on another."""
    virtual = "a virtual M1"
    was = virtual if rehearsed(begun_on) else f"a real M1 on {begun_on}"
    now = virtual if rehearsed(here) else f"a real M1 on {here}"
    port = KEPT if rehearsed(begun_on) else begun_on
    return Advice(
        code="run-of-another-instrument",
        happened=f"That run was begun on {was}; m1tui now uses {now}.",
        safe="Nothing was changed. The run stays as it is.",
        next_step=f"Leave m1tui and start it again on that port: {port}.",
    )


def nothing_found(ports: list[PortInfo]) -> str:
    """Return what a person has to know when no M1 answered on any of `ports`."""
    tried = ", ".join(info.name for info in ports)
    warnings = "".join(f" {info.warning}" for info in ports if info.warning)
    where = f"No M1 answers on {tried}.{warnings}"
    if not ports:
        absent = nothing_to_open()
        where = "No MIDI interface was found."
        if absent is not NO_INTERFACE:
            where = f"{absent.happened} {absent.next_step}."
    return (
        f"{where} This is a rehearsal on a virtual M1: nothing can be lost. "
        "Connect an M1's MIDI IN and OUT, switch it on, and press l."
    )


def no_link() -> Advice:
    """Return that there is nothing to perform a step with."""
    return Advice(
        code="no-link",
        happened="There is no link to an instrument.",
        safe="Nothing was sent. Everything done so far is saved.",
        next_step="Leave with q, connect the M1, press l on home, and resume there.",
    )
