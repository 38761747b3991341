"""Restores and checks on M1s whose manners are not as assumed."""

from __future__ import annotations

import pytest

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import Conversation
from m1tui.engine.restore.edit_buffers import is_load_status
from m1tui.errors import NoReply
from m1tui.facts import Outcome
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.manners import Manners
from m1tui.surveys import Survey
from m1tui.sysex import BankDump, Contents, Mode, Part, Sequence
from m1tui.virtual.machine import VirtualM1
from tests.engine.bench import MeddledLink, machine, open_m1, other_sounds, restoring
from tests.engine.checks.hands import checked


def with_manners(m1: VirtualM1, *texts: str) -> VirtualM1:
    m1.behave(Manners.parse(texts))
    return m1


def without_songs() -> Contents:
    return other_sounds().replace(sequence=Sequence.empty())


@pytest.mark.parametrize("seconds", ["0.5s", "2s", "5s"])
def test_a_reply_that_comes_late_keeps_nothing_from_being_verified(seconds: str) -> None:
    m1 = with_manners(open_m1(), f"load-time={seconds}")
    result = restoring(VirtualLink(m1), without_songs())
    assert result.outcome is Outcome.VERIFIED
    assert m1.contents == without_songs()


def test_a_reply_that_comes_before_the_memory_changed_is_not_believed() -> None:
    m1 = with_manners(open_m1(), "load-order=before")
    wanted = demo_contents().only(Part.GLOBAL)
    assert wanted.global_ is not None
    wanted = wanted.replace(global_=wanted.global_.replace(master_tune=9))
    assert restoring(VirtualLink(m1), wanted, part=Part.GLOBAL).outcome is Outcome.VERIFIED
    assert m1.memory.global_data.master_tune == 9


def test_memory_that_is_as_before_right_behind_a_23_is_read_again_and_not_sent_again() -> None:
    m1 = with_manners(open_m1(), "load-order=before")
    wanted = demo_contents().only(Part.GLOBAL)
    assert wanted.global_ is not None
    wanted = wanted.replace(global_=wanted.global_.replace(master_tune=9))
    dumps = []

    def outgoing(data: bytes) -> bytes:
        dumps.append(data[:5] == b"\xf0\x42\x30\x19\x51")
        return data

    result = restoring(MeddledLink(m1, outgoing=outgoing), wanted, part=Part.GLOBAL)
    assert result.outcome is Outcome.VERIFIED
    assert sum(dumps) == 1


def test_an_m1_that_a_dump_puts_into_another_mode_is_put_back() -> None:
    m1 = with_manners(open_m1(), "dump-leaves=prog-mode")
    m1.press("SEQ")
    m1.transmit(0.0)
    result = restoring(VirtualLink(m1), without_songs())
    assert result.outcome is Outcome.VERIFIED
    assert m1.board.mode is Mode.SEQUENCER
    assert any("put back into SEQUENCER" in note for note in result.notes)


@pytest.mark.parametrize(
    ("manner", "mode"), [("dump-modes=play-modes", "SEQ"), ("dump-modes=global-mode", "PROG")]
)
def test_dumps_that_are_taken_in_another_mode_only_are_not_called_protected_memory(
    manner: str, mode: str
) -> None:
    m1 = with_manners(open_m1(), manner)
    m1.press(mode)
    m1.transmit(0.0)
    wanted = demo_contents().only(Part.GLOBAL)
    assert wanted.global_ is not None
    wanted = wanted.replace(global_=wanted.global_.replace(master_tune=9))
    result = restoring(VirtualLink(m1), wanted, part=Part.GLOBAL)
    assert result.outcome is not Outcome.VERIFIED
    assert result.advice.code == "load-refused"
    assert "protected" not in result.advice.happened
    assert "press PROG" in result.advice.next_step
    assert "GLOBAL 7" in result.advice.next_step


@pytest.mark.parametrize("free", [True, False])
@pytest.mark.parametrize(
    ("manner", "mode"), [("dump-modes=play-modes", "GLOBAL"), ("dump-modes=global-mode", "PROG")]
)
def test_a_sequence_protect_is_asked_in_the_mode_in_which_dumps_are_taken(
    manner: str, mode: str, free: bool
) -> None:
    m1 = with_manners(open_m1(), manner)
    if not free:
        m1.press("GLOBAL 6 UP + B UP + B UP")
    m1.press(mode)
    m1.transmit(0.0)
    before = m1.contents
    name, other = "memory-unprotected", "memory-protected"
    assert checked(name if free else other, VirtualLink(m1)).passed
    assert not checked(other if free else name, VirtualLink(m1)).passed
    assert m1.contents == before
    assert m1.board.mode.label == {"GLOBAL": "GLOBAL", "PROG": "PROG"}[mode]


@pytest.mark.parametrize("word", ["26", "silence"])
def test_protects_that_are_not_said_with_24_are_not_claimed(word: str) -> None:
    m1 = with_manners(machine(), f"protected-dump={word}")
    verdict = checked("memory-protected", VirtualLink(m1))
    assert verdict.passed is None
    assert verdict.advice is not None
    assert "display" in verdict.advice.next_step


@pytest.mark.parametrize("word", ["26", "silence"])
def test_a_protected_sequence_that_does_not_answer_24_is_thought_of(word: str) -> None:
    m1 = with_manners(open_m1(protect_sequence_internal=True), f"protected-dump={word}")
    result = restoring(VirtualLink(m1), without_songs(), part=Part.SEQUENCE)
    assert result.outcome is not Outcome.VERIFIED
    assert "memory is protected" in result.advice.cause
    assert "GLOBAL 6" in result.advice.next_step


def answered_in(m1: VirtualM1, survey: Survey | None) -> float:
    """Seconds until Global is answered, on a link that follows what was measured."""

    async def main() -> float:
        link = VirtualLink(m1)
        link.follow(survey)
        async with Instrument(link) as instrument:
            dump = BankDump.of(demo_contents(), Part.GLOBAL)
            reply = await instrument.conversation.ask(dump, is_load_status)
            return reply.seconds

    return clock.run(main())


def test_time_outs_follow_what_a_survey_measured_with_a_margin() -> None:
    m1 = with_manners(open_m1(), "load-time=5s")
    with pytest.raises(NoReply):
        answered_in(m1, None)
    quick = Survey(times={"reply to a dump": 1.0})
    with pytest.raises(NoReply):
        answered_in(with_manners(open_m1(), "load-time=5s"), quick)
    slow = Survey(times={"reply to a dump": 2.6})
    assert answered_in(with_manners(open_m1(), "load-time=5s"), slow) == pytest.approx(5, abs=0.1)


def test_a_silence_inside_a_dump_may_be_twice_as_long_as_was_measured() -> None:
    link = VirtualLink(open_m1())
    conversation = Conversation(link)
    before = conversation.between
    link.follow(Survey(times={"longest gap": 0.3}))
    assert conversation.between == before
    link.follow(Survey(times={"longest gap": 0.9}))
    assert conversation.between == pytest.approx(1.8)
