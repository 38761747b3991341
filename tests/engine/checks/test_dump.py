"""A dump from the panel compared with one that is asked for, and the names on a PCM card."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from m1tui.engine.checks import CheckContext
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import (
    AnyMessage,
    CardNames,
    ModeData,
    ModeRequest,
    NameKind,
    NamesRequest,
    Part,
    Status,
    StatusCode,
)
from m1tui.virtual.scenarios import pcm_card
from tests.engine.bench import machine, other_sounds
from tests.engine.scripted import Answer, ScriptedLink
from tests.engine.small_m1 import SmallM1

from .hands import checked


@pytest.mark.parametrize("part", list(Part))
def test_a_dump_that_equals_what_is_asked_for_passes(part: Part) -> None:
    came = demo_contents().only(part)
    context = CheckContext(backups={"older": other_sounds(), "newest": came})
    verdict = checked("dump-equals-request", VirtualLink(machine()), context)
    assert verdict.passed
    assert verdict.evidence == f"requested again and found to match: {', '.join(came.describe())}"


def test_a_dump_that_differs_from_what_is_asked_for_names_the_first_object() -> None:
    context = CheckContext(backups={"newest": other_sounds()})
    verdict = checked("dump-equals-request", VirtualLink(machine()), context)
    assert verdict.passed is False
    assert "different: program 00" in verdict.found


def test_without_a_dump_there_is_nothing_to_compare() -> None:
    assert checked("dump-equals-request", VirtualLink(machine())).passed is None


class WithPcmCard(SmallM1):
    """An M1 with a PCM card that holds `count` names of each kind."""

    def __init__(self, count: int, *, refuses: NameKind | None = None) -> None:
        super().__init__()
        self.count = count
        self.refuses = refuses

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        if isinstance(message, ModeRequest):
            return [ModeData(0, 2, 0, 1, 2).encode()]
        if isinstance(message, NamesRequest):
            if message.kind is self.refuses:
                return [Status(0, StatusCode.LOAD_ERROR).encode()]
            names = tuple(f"[b]\x1b{number:<6d}".encode() for number in range(self.count))
            return [CardNames(0, message.kind, names).encode()]
        return super().__call__(message)


def test_the_names_on_a_pcm_card_are_the_evidence() -> None:
    m1 = machine()
    m1.insert_pcm_card(pcm_card())
    verdict = checked("card-names", VirtualLink(m1))
    assert verdict.passed
    assert verdict.evidence == (
        "4 multisounds: Anvil, Loom, Steam, Rivets; "
        "5 drum sounds: Hammer 1, Hammer 2, Valve, Spanner, Chain"
    )


def test_many_names_are_cut_and_control_characters_are_not_shown() -> None:
    verdict = checked("card-names", ScriptedLink(WithPcmCard(100)))
    assert verdict.passed
    assert "100 multisounds" in verdict.evidence
    assert "and 92 more" in verdict.evidence
    assert verdict.evidence.isprintable()


def test_without_a_pcm_card_there_are_no_names_to_ask_for() -> None:
    verdict = checked("card-names", VirtualLink(machine()))
    assert verdict.passed is None
    assert verdict.evidence == "the M1 reports no PCM card"


def test_a_card_that_does_not_tell_its_names_fails() -> None:
    verdict = checked("card-names", ScriptedLink(WithPcmCard(3, refuses=NameKind.DRUM_SOUNDS)))
    assert verdict.passed is False
    assert verdict.found == "drum sounds: the status 24 (load error)"
