"""Broken copies of the program: each lets it say what is not so, and the clumsy must show it.

`python -m tests.rehearsing.mutants` lets at most 240 technicians walk through each, in a process
of its own, and ends with 1 if the judge let any of them pass. What the last look at the end of
a run makes harmless is not here: tests/procedures shows that by itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from m1tui.resources import screens_folder
from tests.campaigning.mutants import Mutant, break_engine

PROCEDURES = tuple(sorted(path.stem for path in screens_folder().glob("*.toml")))
"""The built-in procedures, which the seeds take in turn."""
MOST_SEEDS = 240
"""Technicians among whom one must give it away: ten in each procedure."""
FOUND = 3
"""How the process ends in which a mutant was found."""

PROOF = "a tick is a proof"
WATCHED = "what no step asked for is seen"
SAVED = "what is destroyed is in a file"
LAST_LOOK = "the last look is a proof"
WORD = "the outcome and the report are true"
WAY_ON = "there is always a way on, and it is named"

_CHECKS = "m1tui.engine.checks."
_PROCEDURES = "m1tui.procedures."

MUTANTS = (
    Mutant(
        "silence-without-listening",
        PROOF,
        _CHECKS + "connection",
        "    if not received:\n        found = f",
        "    if received >= 0:\n        found = f",
    ),
    Mutant(
        "any-allocation-will-do",
        PROOF,
        _CHECKS + "settings",
        "    if now is wanted:\n",
        "    if now is not None:\n",
    ),
    Mutant(
        "one-protect-stands-for-three",
        PROOF,
        _CHECKS + "memory",
        "    if results == {wanted}:\n",
        "    if wanted in results:\n",
    ),
    Mutant(
        "every-song-is-empty",
        PROOF,
        _CHECKS + "sequencer",
        "    if used:\n",
        "    if song < 0:\n",
    ),
    Mutant(
        "every-track-is-empty",
        PROOF,
        _CHECKS + "sequencer",
        "    if count:\n",
        "    if track < 0:\n",
    ),
    Mutant(
        "any-program-of-a-track",
        PROOF,
        _CHECKS + "sequencer",
        "    if program == wanted:\n",
        "    if program >= 0:\n",
    ),
    Mutant(
        "a-card-is-always-in",
        PROOF,
        _CHECKS + "card",
        "        case CardState.RAM | CardState.UNKNOWN:\n",
        "        case CardState.RAM | CardState.UNKNOWN | CardState.NONE:\n",
    ),
    Mutant(
        "a-card-is-in-every-slot",
        PROOF,
        _CHECKS + "card",
        "    if mode_data.card in (CardState.OFF, CardState.NONE):\n        return Verdict(False, "
        "_evidence(mode_data), expected, found, no_card(found))\n    return",
        "    if mode_data.card is CardState.OFF:\n        return Verdict(False, "
        "_evidence(mode_data), expected, found, no_card(found))\n    return",
    ),
    Mutant(
        "any-format-of-a-card",
        PROOF,
        _CHECKS + "card",
        "    if layout is CardFormat.PROGRAMS:\n",
        "    if layout is not None:\n",
    ),
    Mutant(
        "any-transposition",
        PROOF,
        _CHECKS + "settings",
        "    if settings.key_transpose == wanted:\n",
        "    if settings is not None:\n",
    ),
    Mutant(
        "sends-the-backup-instead-of-what-was-chosen",
        PROOF,
        _PROCEDURES + "transfers",
        "    return run.state(from_).backup if from_ else origin_of(run)\n",
        "    return run.state(from_).backup if from_ else 'demo'\n",
    ),
    Mutant(
        "nobody-sees-another-allocation",
        WATCHED,
        _PROCEDURES + "watch",
        "allowed.changes(ALLOCATION) or allowed.proves(ALLOCATION, found),\n",
        "bool(found),\n",
    ),
    Mutant(
        "an-alarm-names-no-loss",
        WATCHED,
        _PROCEDURES + "alarms",
        "    return Alarm(advice, (ALLOCATION, *_MEMORY), lost, backup)\n",
        "    return Alarm(advice, (ALLOCATION, *_MEMORY))\n",
    ),
    Mutant(
        "nothing-can-be-destroyed",
        SAVED,
        _PROCEDURES + "stakes",
        "    if any(declared):\n        return declared\n",
        "    if declared:\n        return ((),) * len(declared)\n",
    ),
    Mutant(
        "every-memory-is-as-it-was-saved",
        SAVED,
        _PROCEDURES + "comparing",
        "done.comparison is not None and not worthless:\n",
        "done.comparison is not None and worthless:\n",
    ),
    Mutant(
        "a-difference-opens-nothing",
        SAVED,
        _PROCEDURES + "run",
        "        return run if bad else replace(run, compared=self.compared | {event.step})\n",
        "        return replace(self, compared=self.compared | {event.step})\n",
    ),
    Mutant(
        "the-last-look-asks-for-nothing",
        LAST_LOOK,
        _PROCEDURES + "closing",
        "one.check or one.claim.subject",
        "one.claim.subject",
    ),
    Mutant(
        "the-last-look-takes-every-answer",
        LAST_LOOK,
        _PROCEDURES + "run",
        "            if verdict.passed is not False:\n                continue\n",
        "            if verdict.passed is not None:\n                continue\n",
    ),
    Mutant(
        "no-answer-at-the-end-is-good-enough",
        LAST_LOOK,
        _PROCEDURES + "run_state",
        "        if self.unanswered or self.not_compared:\n",
        "        if self.not_compared:\n",
    ),
    Mutant(
        "skipped-is-proved",
        WORD,
        _PROCEDURES + "run_state",
        "        if self.missing or self.gone:\n",
        "        if (self.missing and not proved) or self.gone:\n",
    ),
    Mutant(
        "the-report-names-another-file",
        WORD,
        _PROCEDURES + "recording",
        "        backup=_file(state.backup),\n",
        '        backup=_file(state.backup and state.backup + "x"),\n',
    ),
    Mutant(
        "the-report-forgets-values",
        WORD,
        _PROCEDURES + "recording",
        "        values=state.values,\n",
        "        values=state.values[:1],\n",
    ),
    Mutant(
        "no-consent-is-enough",
        WAY_ON,
        _PROCEDURES + "run",
        "        if self.current.loses and consent.strip().upper() != CONSENT:\n",
        "        if self.current.senses:\n",
    ),
    Mutant(
        "a-refusal-names-no-key",
        WAY_ON,
        _PROCEDURES + "run",
        '                "Continue with Enter, or do it again with r.",\n',
        '                "There is nothing to skip.",\n',
    ),
)
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
WALKED = {
    "the-last-look-takes-every-answer": ("memory-protect-off", "memory-protect-on", "transpose"),
    "no-answer-at-the-end-is-good-enough": ("aftertouch-off",),
    "nothing-can-be-destroyed": ("internal-battery", "initialise", "card-load", "card-format"),
    "every-memory-is-as-it-was-saved": ("internal-battery", "initialise", "card-load"),
    "a-difference-opens-nothing": ("internal-battery", "initialise", "card-load", "card-format"),
    "silence-without-listening": ("internal-battery",),
    "any-allocation-will-do": ("memory-allocation", "sequencer-free", "used-m1"),
    "one-protect-stands-for-three": ("memory-protect-off", "memory-protect-on"),
    "every-song-is-empty": ("erase-song",),
    "every-track-is-empty": ("erase-track",),
    "any-program-of-a-track": ("record",),
    "a-card-is-always-in": ("card-format",),
    "a-card-is-in-every-slot": ("ram-card-battery", "card-load", "card-sets"),
    "any-format-of-a-card": ("card-format", "card-load", "card-save"),
    "any-transposition": ("transpose",),
    "sends-the-backup-instead-of-what-was-chosen": ("dump-from-computer",),
    "the-report-forgets-values": ("internal-battery", "record"),
}
"""Procedures that a mutant shows itself in; all where none are named."""


def seeds_of(mutant: Mutant, most: int) -> list[int]:
    """Return the seeds of the technicians who walk through `mutant`, at most `most`."""
    names = WALKED.get(mutant.name, PROCEDURES)
    places = [place for place, name in enumerate(PROCEDURES) if name in names]
    rounds = range(-(-most // len(places)))
    walking = [len(PROCEDURES) * turn + place for turn in rounds for place in places]
    return walking[:most]


def search(mutant: Mutant, most: int = MOST_SEEDS) -> str:
    """Let technicians walk through `mutant`; return what gave it away, "" for nothing."""
    command = [sys.executable, "-m", "tests.rehearsing.mutants", "--child", mutant.name]
    command += ["--most", str(most)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, FOUND):
        raise RuntimeError(f"{mutant.name}: {done.stderr}")
    return done.stdout.strip()


def child(mutant: Mutant, most: int) -> int:
    """Run the seeds in this process, broken; print what the judge finds first, return FOUND."""
    break_engine(mutant)
    # Only now, so that the program that it imports is the broken one.
    from m1tui.errors import NotAllowed
    from tests.rehearse import report_of

    for seed in seeds_of(mutant, most):
        try:
            report = report_of(seed)
        except NotAllowed as refusal:
            print(f"seed {seed}: DEAD END: {refusal.advice.happened[:100]}")
            return FOUND
        if report.violations:
            print(f"seed {seed}, {report.procedure}: {report.violations[0][:120]}")
            return FOUND
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Search for the mutants that are named, or for all; 1 if any is not found."""
    parser = argparse.ArgumentParser(prog="python -m tests.rehearsing.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants; all where none is named")
    parser.add_argument("--most", type=int, default=MOST_SEEDS, metavar="N")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--child", choices=sorted(BY_NAME), help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if arguments.child:
        return child(BY_NAME[arguments.child], arguments.most)
    wanted = [BY_NAME[name] for name in arguments.names] or list(MUTANTS)
    missed = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for mutant, said in zip(
            wanted, pool.map(lambda one: search(one, arguments.most), wanted), strict=True
        ):
            missed += not said
            print(f"{mutant.name:44} {said or 'NOT FOUND'}", flush=True)
    print(f"{len(wanted) - missed} of {len(wanted)} mutants found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
