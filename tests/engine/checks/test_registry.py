"""All checks: their names, what they need, and that none is deceived by an M1 that is not there."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from m1tui.engine.checks import CHECKS, LISTENING, VALUES_NEEDED, CheckContext
from m1tui.link.virtual import demo_contents
from m1tui.sysex import AnyMessage
from tests.engine.scripted import Answer, ScriptedLink
from tests.engine.small_m1 import SmallM1

from .hands import checked

VALUES = {
    "song": "0",
    "track": "1",
    "channel": "1",
    "semitones": "0",
    "program": "0",
    "allocation": "100/100",
    "format": "100PROG/100COMBI",
}


def everything() -> CheckContext:
    """Return a context that lacks nothing that any check needs."""
    demo = demo_contents()
    return CheckContext(expected=demo, values=VALUES, backups={"backup": demo})


def test_the_checks_have_the_names_that_procedures_use() -> None:
    asking = """
        answers exclusive-enabled memory-initialised memory-unprotected memory-protected
        memory-equals allocation-100 allocation-50 card-present card-to-format
        card-writable card-protected card-formatted-100
        card-equals-backup internal-equals-card card-equals-internal sequencer-free
        sequencer-below-35 song-empty track-empty track-recorded track-program transpose-equals
        no-clock clock-heard dump-equals-request card-names silent channel-is allocation-is
        card-format-is card-takes-songs card-songs-equal-internal internal-songs-equal-card
        card-erased songs-fit-card songs-fit-internal memory-as-backup card-holds-data song-stopped
        track-channel-set
    """
    heard = """
        plays-output-1 plays-output-2 plays-output-3 plays-output-4 plays-sine
        plays-sine-effects plays-programs plays-combination plays-kit plays-selected
        local-on sound-suspicion in-tune tune-set
    """
    hearing = """
        program-change-seen aftertouch-seen aftertouch-silent joystick-seen slider-seen
        up-down-seen pedals-seen exclusive-seen start-stop-seen song-plays song-chosen
        joystick-range off-five-minutes panel-keys-seen
        track-channel keybed program-00 a-key-seen
    """
    assert set(CHECKS) == {*asking.split(), *hearing.split(), *heard.split()}
    assert set(hearing.split()) == LISTENING


@pytest.mark.parametrize("name", list(CHECKS))
def test_every_check_says_in_a_sentence_when_it_passes(name: str) -> None:
    sentence = (CHECKS[name].__doc__ or "").splitlines()[0]
    assert sentence.startswith("Pass ")
    assert sentence.endswith((".", ":", ";"))


@pytest.mark.parametrize("name", sorted(set(CHECKS) - {"silent"}))
def test_no_check_but_that_for_silence_passes_without_an_instrument(name: str) -> None:
    verdict = checked(name, ScriptedLink(lambda message: []), everything())
    assert not verdict.passed
    assert verdict.advice is not None
    assert verdict.evidence


@pytest.mark.parametrize("name", list(CHECKS))
def test_no_check_raises_when_the_link_is_lost(name: str) -> None:
    m1 = SmallM1()
    link = ScriptedLink(m1)

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        link.unplug()
        return usual

    m1.twist = twist
    verdict = checked(name, link, everything())
    if name != "answers":
        assert not verdict.passed
        assert verdict.advice is not None


@pytest.mark.parametrize("name", list(VALUES_NEEDED))
def test_a_check_whose_value_was_not_chosen_cannot_be_asked(name: str) -> None:
    link = ScriptedLink(SmallM1())
    for missing in VALUES_NEEDED[name]:
        values = {value: text for value, text in VALUES.items() if value != missing}
        verdict = checked(name, link, CheckContext(values=values))
        assert verdict.passed is None
        assert verdict.evidence == (
            "The check depends on a choice that has not been made: expected a choice of "
            f"{missing}, found none."
        )
    assert link.sent == 0


@pytest.mark.parametrize(
    ("name", "value", "text", "rule"),
    [
        ("song-empty", "song", "10", "0 to 9"),
        ("track-empty", "track", "0", "1 to 8"),
        ("track-channel", "channel", "17", "1 to 16"),
        ("transpose-equals", "semitones", "-13", "-12 to 12"),
        ("song-chosen", "song", "two", "0 to 9"),
        ("track-program", "program", "100", "0 to 99"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_range(
    name: str, value: str, text: str, rule: str
) -> None:
    verdict = checked(name, ScriptedLink(SmallM1()), CheckContext(values=VALUES | {value: text}))
    assert verdict.passed is None
    assert (
        verdict.evidence
        == f"The value for {value} is out of range: expected {rule}, found {text!r}."
    )


def test_a_check_that_does_not_exist_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        checked("batery", ScriptedLink(SmallM1()))
