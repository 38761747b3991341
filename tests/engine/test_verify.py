"""Verifying: one reading proves equality, two agreeing ones a difference."""

from __future__ import annotations

from collections.abc import Iterable

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.read.verify import verify
from m1tui.engine.restore.judge import Verification
from m1tui.facts import Outcome
from m1tui.link import Link
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import AnyMessage, BankRequest, Contents, Part

from .bench import machine, other_sounds
from .scripted import Answer, ScriptedLink
from .small_m1 import SmallM1


def verified(link: Link, contents: Contents) -> Verification:
    async def main() -> Verification:
        async with Instrument(link) as instrument:
            return await verify(instrument, contents)

    return clock.run(main())


def test_equal_memory_is_verified_by_one_reading() -> None:
    m1 = SmallM1()
    result = verified(ScriptedLink(m1), demo_contents())
    assert result.outcome is Outcome.VERIFIED
    assert result.found == demo_contents()
    assert m1.answered.count("BankRequest") == 1
    assert set(m1.answered) == {"IdentityRequest", "ModeRequest", "BankRequest"}


def test_different_memory_is_read_twice_and_the_objects_named() -> None:
    m1 = SmallM1()
    assert m1.memory.programs is not None
    wanted = demo_contents()
    programs = (*m1.memory.programs[:42], m1.memory.programs[42].replace(detune=11))
    m1.memory = Contents(
        programs=(*programs, *m1.memory.programs[43:]),
        combinations=m1.memory.combinations,
        global_=m1.memory.global_,
        sequence=m1.memory.sequence,
        allocation=m1.memory.allocation,
    )
    result = verified(ScriptedLink(m1), wanted)
    assert result.outcome is Outcome.MISMATCH
    assert result.comparison is not None
    (difference,) = result.comparison.different
    assert (difference.kind, difference.number) == ("program", 42)
    assert "program 42" in result.advice.happened
    assert "found +11" in result.advice.happened
    assert m1.answered.count("BankRequest") == 2


def test_noise_in_one_reading_is_no_difference() -> None:
    readings: list[int] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, BankRequest):
            readings.append(1)
            if len(readings) == 1:
                assert isinstance(usual[0], bytes)
                return [usual[0][:20_000] + bytes([usual[0][20_000] ^ 4]) + usual[0][20_001:]]
        return usual

    assert verified(ScriptedLink(SmallM1(twist=twist)), demo_contents()).outcome is Outcome.VERIFIED


def test_only_the_part_that_the_file_holds_is_read() -> None:
    result = verified(VirtualLink(machine()), demo_contents().only(Part.GLOBAL))
    assert result.outcome is Outcome.VERIFIED
    assert result.found is not None
    assert result.found.parts == {Part.GLOBAL}


def test_without_an_answer_the_state_is_unknown_and_the_diagnosis_is_told() -> None:
    result = verified(VirtualLink(machine("dead-battery")), demo_contents())
    assert result.outcome is Outcome.UNKNOWN
    assert "Exclusive disabled" in result.advice.happened
    assert result.comparison is None


def test_an_empty_file_proves_nothing() -> None:
    result = verified(VirtualLink(machine()), Contents())
    assert result.outcome is Outcome.REFUSED
    assert result.comparison is None


def test_a_memory_of_another_allocation_differs() -> None:
    result = verified(VirtualLink(machine("used", "GLOBAL 7")), other_sounds())
    assert result.outcome is Outcome.MISMATCH
    assert result.comparison is not None
    assert result.comparison.different[0].first == "expected 100 programs, found 50"
