"""Thousands of seeded clumsy technicians in all procedures, judged by what the M1 truly is.

`python -m tests.rehearse --seeds 0:2000` lets them walk; a run in which something was said that
is not so is printed with its seed and the command that plays it again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.rehearsing.judge import violations
from tests.rehearsing.trial import PROCEDURES, Trial, case_of, play
from tests.seeds import seeds_of

CHUNK = len(PROCEDURES)
"""Seeds that a worker takes at a time: each procedure once."""
TOLD_EVERY = 240
"""Runs after which a line on stderr says how far it is."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one seed."""

    seed: int
    case: str
    procedure: str
    outcome: str
    violations: tuple[str, ...]
    slips: tuple[str, ...]
    """What went wrong, by kind."""
    refusals: int
    alarms: int
    log: tuple[str, ...]


def report_of(seed: int) -> Report:
    """Let one seed happen and judge it."""
    with tempfile.TemporaryDirectory(prefix="rehearse") as folder:
        trial = play(case_of(seed), Path(folder))
        return _report(trial, tuple(violations(trial)))


def _report(trial: Trial, found: tuple[str, ...]) -> Report:
    run = trial.run
    return Report(
        trial.case.seed,
        str(trial.case),
        trial.case.procedure,
        run.outcome_word if run is not None else "",
        found,
        tuple(trial.slips),
        len(trial.said.refusals),
        len(run.alarms) if run is not None else 0,
        tuple(trial.log),
    )


def reports_of(seeds: Sequence[int], jobs: int) -> Iterator[Report]:
    """Yield the reports of all seeds, from `jobs` processes."""
    if jobs == 1:
        yield from map(report_of, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(report_of, seeds, chunksize=CHUNK)


def lines_of(report: Report, *, log: bool = False) -> Iterator[str]:
    """Yield what a person needs to play a bad run again."""
    yield f"seed {report.seed}: {report.case}, {report.outcome}"
    if log:
        yield from report.log
    yield from (f"    {violation}" for violation in report.violations)
    if not log:
        yield f"    play it again: python -m tests.rehearse --seeds {report.seed} --log"


def main(words: Sequence[str] | None = None) -> int:
    """Let the seeds happen; 1 if in any run something was said that is not so."""
    parser = argparse.ArgumentParser(prog="python -m tests.rehearse", description=__doc__)
    parser.add_argument("--seeds", type=seeds_of, default=range(2_000), metavar="A:B")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--log", action="store_true", help="print what happened in each run")
    arguments = parser.parse_args(words)
    begun = time.monotonic()
    outcomes: Counter[str] = Counter()
    procedures: Counter[str] = Counter()
    slips: Counter[str] = Counter()
    wrongs: Counter[str] = Counter()
    bad = alarms = refusals = 0
    for report in reports_of(arguments.seeds, 1 if arguments.log else arguments.jobs):
        outcomes[report.outcome] += 1
        procedures[report.procedure] += 1
        slips.update(report.slips)
        alarms += report.alarms
        refusals += report.refusals
        wrongs.update({violation.partition(":")[0] for violation in report.violations})
        if report.violations or arguments.log:
            bad += bool(report.violations)
            print("\n".join(lines_of(report, log=arguments.log)), flush=True)
        if sum(outcomes.values()) % TOLD_EVERY == 0:
            print(f"{sum(outcomes.values()):,} runs, {bad:,} bad", file=sys.stderr, flush=True)
    for counts, what in ((outcomes, "runs ended {}"), (slips, "times: {}")):
        for word, count in counts.most_common():
            print(f"{count:7,}  {what.format(word)}")
    for word, count in wrongs.most_common():
        print(f"{count:7,}  runs with {word}")
    print(
        f"{sum(outcomes.values()):,} runs of {len(procedures)} procedures, "
        f"{sum(slips.values()):,} slips, {refusals:,} refusals, {alarms:,} alarms; "
        f"{bad:,} runs in which something was said that is not so; "
        f"{time.monotonic() - begun:.0f} s"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
