"""Every file's rehearsal ends VERIFIED, and misses each press that is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.procedures.loader import procedure_files
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.resources import screens_folder
from tests.procedures.harmless import ELSEWHERE, HARMLESS
from tests.procedures.rehearsals import Rehearsal, rehearsed, unnoticed

FILES = [path.stem for path in procedure_files([screens_folder()])]

BRANCHES = [
    Rehearsal("memory-allocation", "dead-battery", (("wanted", "50PROG/50COMBI/7700SEQ"),)),
    Rehearsal("dump-to-computer", answers=(("how", "On the M1's panel: one file type"),)),
    Rehearsal("dump-to-computer", answers=(("how", "At the program's request: all data"),)),
    Rehearsal("internal-battery", "dead-battery"),
    Rehearsal("internal-battery", "used", (("channel", "5"),)),
]
"""Answers and scenarios that lead to presses which the first answers do not."""

FURTHER = [
    Rehearsal("bench-test", answers=(("have-pedals", "No pedals"),)),
    Rehearsal("card-load", "card"),
    Rehearsal("card-sets", answers=(("fits", "No, they do not match"),)),
    Rehearsal("card-sets", answers=(("fits", "I cannot tell"),)),
    *(
        Rehearsal("card-format", answers=(("format", layout),))
        for layout in ("50PROG/50COMBI/4200SEQ", "7700STEP SEQUENCE")
    ),
    Rehearsal("display", answers=(("shows", "A black bar"),)),
    Rehearsal("display", answers=(("helped", "Yes"),)),
    Rehearsal("display", answers=(("shows", "It freezes now and then, or when touched"),)),
    Rehearsal("display", answers=(("shows", "The greeting, and nothing more"),)),
    Rehearsal("joystick", "healthy"),
    Rehearsal("keybed-clean", "healthy"),
    Rehearsal("memory-does-not-hold", "healthy"),
    Rehearsal("panel-keys", "healthy", (("mending", "No, all keys work"),)),
    Rehearsal("silent-or-noisy", "healthy", (("before", "Nothing at all"),)),
    Rehearsal(
        "silent-or-noisy",
        "effects-hiss",
        (("before", "Hiss or noise only with the effects"),),
    ),
    *(
        Rehearsal(name, there)
        for name in ("songs-from-card", "songs-to-card")
        for there in ("other-card", "card", "healthy")
    ),
    Rehearsal("card-load", "healthy"),
    Rehearsal("external-sequencer", answers=(("clock", "EXT"),)),
    Rehearsal("internal-battery", "healthy"),
    Rehearsal("midi-ready", "healthy"),
    Rehearsal("ram-card-battery", answers=(("protect", "Save to it: switch to OFF"),)),
    Rehearsal("transpose", answers=(("semitones", "-5"),)),
    Rehearsal("used-m1", "healthy"),
    *(
        Rehearsal(
            "dump-to-computer",
            answers=(("how", "On the M1's panel: one file type"), ("what", what)),
        )
        for what in ("programs", "combinations", "global", "all")
    ),
]
"""More ways through the files."""


def named(rehearsal: Rehearsal) -> str:
    return rehearsal.name


@pytest.mark.parametrize("rehearsal", FURTHER, ids=named)
def test_every_way_through_a_file_ends_verified_unless_a_fault_stays_or_somebody_did_not_know(
    rehearsal: Rehearsal, tmp_path: Path
) -> None:
    finished, results = rehearsed(rehearsal, tmp_path)
    told = {result.step: str(result.advice) for result in results.values() if result.advice}
    assert finished.done, told
    expected = RunOutcome.IN_PART if finished.missing else RunOutcome.VERIFIED
    if finished.remaining:
        expected = RunOutcome.MISMATCH
    assert finished.outcome is expected, told


@pytest.mark.parametrize("rehearsal", [*(Rehearsal(file) for file in FILES), *BRANCHES], ids=named)
def test_a_press_left_out_is_noticed_unless_it_is_harmless(
    rehearsal: Rehearsal, tmp_path: Path
) -> None:
    finished, found = unnoticed(rehearsal, tmp_path)
    by_hand = Mark.SENSED not in finished.marks
    assert finished.outcome is (RunOutcome.BY_HAND if by_hand else RunOutcome.VERIFIED)
    assert by_hand == (rehearsal.name in ("symptoms", "restore-from-card"))
    for step, mark in zip(finished.procedure.steps, finished.marks, strict=True):
        assert mark in (Mark.SENSED if step.senses else Mark.BY_HAND, Mark.LEFT_OUT), step.id
    missed = {press for press, verified in found.items() if verified}
    assert missed == set(HARMLESS.get(rehearsal.name, {}))


REPEATING = {
    (name, reason)
    for name, presses in HARMLESS.items()
    for reason in presses.values()
    if reason in ELSEWHERE
}


@pytest.mark.parametrize(
    ("name", "reason"),
    sorted(REPEATING),
    ids=[f"{name}-{n}" for n, (name, _) in enumerate(sorted(REPEATING))],
)
def test_a_press_that_only_repeats_the_mode_is_noticed_from_another_mode(
    name: str, reason: str, tmp_path: Path
) -> None:
    (rehearsal,) = (one for one in (*map(Rehearsal, FILES), *BRANCHES) if one.name == name)
    presses = {press for press, why in HARMLESS[name].items() if why == reason}
    _, found = unnoticed(rehearsal, tmp_path, only=presses, left_in=ELSEWHERE[reason])
    assert found == dict.fromkeys(presses, False)


def test_the_list_of_harmless_presses_names_nothing_else() -> None:
    assert set(HARMLESS) <= {*FILES, *(one.name for one in BRANCHES)}
