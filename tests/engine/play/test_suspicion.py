"""A pattern of answers points to one suspicion, and each says how certain it is."""

from __future__ import annotations

import pytest

from m1tui.engine.play import suspicion
from m1tui.engine.play.suspicion import (
    ALL,
    CLEAN,
    KEY_SEEN,
    NO,
    NOISY,
    NONE_PLAYED,
    NOTHING,
    SOME_WRONG,
    YES,
    Suspicion,
    suspicion_of,
)

GOOD = {
    **dict.fromkeys(("hear-1", "hear-2", "hear-sine", "hear-effects", "hear-kit"), CLEAN),
    **dict.fromkeys(("hear-combination", "hear-song"), CLEAN),
    "hear-programs": ALL,
    "hear-key": YES,
    KEY_SEEN: "yes",
}


def test_good_answers_point_to_nothing() -> None:
    assert suspicion_of(GOOD) is None
    assert suspicion_of({**GOOD, "hear-3": CLEAN, "hear-4": CLEAN}) is None
    assert suspicion_of({}) is None
    assert suspicion_of({**GOOD, "hear-combination": NONE_PLAYED}) is None


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (dict.fromkeys(("hear-1", "hear-2", "hear-sine"), NOTHING), "suspect-audio-supply"),
        ({"hear-1": NOTHING}, "suspect-output-left"),
        ({"hear-2": NOTHING}, "suspect-output-right"),
        (dict.fromkeys(("hear-1", "hear-2"), NOTHING), "suspect-answers"),
        ({"hear-sine": NOTHING}, "suspect-answers"),
        ({"hear-4": NOTHING}, "suspect-output-3-4"),
        ({"hear-sine": NOISY, "hear-effects": NOISY}, "suspect-converter"),
        ({"hear-effects": NOISY}, "suspect-effects"),
        ({"hear-effects": NOISY, "hear-programs": SOME_WRONG}, "suspect-effects"),
        ({"hear-key": NO, "hear-key-again": YES}, "suspect-local-off"),
        ({"hear-key": NO, KEY_SEEN: "no"}, "suspect-keybed"),
        ({"hear-key": NO, "hear-key-again": NO}, "suspect-keys-silent"),
        ({"hear-programs": SOME_WRONG}, "suspect-programs"),
        ({"hear-combination": NOTHING}, "suspect-combinations"),
        ({"hear-kit": NOTHING}, "suspect-drum-kits"),
        ({"hear-song": NOTHING}, "suspect-song"),
    ],
)
def test_a_pattern_points_to_one_suspicion(answers: dict[str, str], code: str) -> None:
    found = suspicion_of({**GOOD, **answers})
    assert found is not None
    assert found.code == code


def test_each_suspicion_says_how_certain_it_is_and_what_to_do() -> None:
    all_of_them = [one for one in vars(suspicion).values() if isinstance(one, Suspicion)]
    assert len(all_of_them) > 10
    for one in all_of_them:
        assert one.certainty.endswith(".")
        assert one.next_step.endswith(".")


def test_an_m1_with_a_silent_output_is_not_said_to_be_whole_since_local_was_off() -> None:
    heard = {"hear-1": NOTHING, "hear-key": NO, "hear-key-again": YES}
    found = suspicion_of({**GOOD, **heard})
    assert found is not None
    assert found.code == "suspect-local-off"
    assert "Nothing is broken" not in found.next_step
    assert found.next_step.startswith("The keys are not at fault.")
