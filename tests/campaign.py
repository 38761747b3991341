"""Thousands of seeded backups and restores under faults, judged by what the M1 truly holds.

`python -m tests.campaign --seeds 0:10000` runs them; a run that tells what is not true is printed
with its seed, its faults and the command that plays it again. At the end stands for each kind of
fault how many runs ended well in spite of it; too few of enough runs are a failure, too.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.campaigning.cases import case_of
from tests.campaigning.judge import is_good, violations
from tests.campaigning.shares import Shares
from tests.campaigning.trial import run
from tests.seeds import seeds_of

CHUNK = 25
"""Seeds that a worker takes at a time."""
TOLD_EVERY = 1_000
"""Runs after which a line on stderr says how far it is."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one seed."""

    seed: int
    operation: str
    outcome: str
    violations: tuple[str, ...]
    good: bool
    """Whether it ended as it would have without faults."""
    adversaries: tuple[str, ...]
    """The faults that struck, and what else was against it."""
    told: str
    """The case in one line."""
    mishaps: int
    seconds: float
    """By the clock that jumps, as on a line of MIDI's speed."""
    silence: float
    processor: float


def report_of(seed: int) -> Report:
    """Run one seed and judge it."""
    trial = run(case_of(seed))
    found = tuple(violations(trial))
    return Report(
        seed,
        trial.case.operation,
        trial.outcome,
        found,
        not found and is_good(trial),
        trial.adversaries,
        str(trial.case),
        len(trial.plan.mishaps),
        trial.seconds / trial.case.slowness,
        trial.silence,
        trial.processor,
    )


def reports_of(seeds: Sequence[int], jobs: int) -> Iterator[Report]:
    """Yield the reports of all seeds, from `jobs` processes."""
    if jobs == 1:
        yield from map(report_of, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(report_of, seeds, chunksize=CHUNK)


def lines_of(report: Report) -> Iterator[str]:
    """Yield what a person needs to play a bad run again."""
    yield f"seed {report.seed}: {report.told}"
    yield from (f"    {violation}" for violation in report.violations)
    yield f"    play it again: python -m tests.campaign --seeds {report.seed} --log"


def main(words: Sequence[str] | None = None) -> int:
    """Run the seeds; 1 if any run told what is not true, or too few ended well."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--seeds", type=seeds_of, default=range(10_000), metavar="A:B")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument(
        "--log", action="store_true", help="print every injected fault and how each run ended"
    )
    arguments = parser.parse_args(words)
    if arguments.log:
        return max((_play(seed) for seed in arguments.seeds), default=0)
    begun = time.monotonic()
    outcomes: Counter[str] = Counter()
    wrongs: Counter[str] = Counter()
    shares = Shares()
    bad = mishaps = 0
    processor = longest = silence = 0.0
    for report in reports_of(arguments.seeds, arguments.jobs):
        outcomes[f"{report.operation} {report.outcome}"] += 1
        shares.count(report.adversaries, good=report.good)
        wrongs.update({violation.partition(":")[0] for violation in report.violations})
        mishaps += report.mishaps
        processor += report.processor
        longest, silence = max(longest, report.seconds), max(silence, report.silence)
        if report.violations:
            bad += 1
            print("\n".join(lines_of(report)), flush=True)
        if sum(outcomes.values()) % TOLD_EVERY == 0:
            print(f"{sum(outcomes.values()):,} runs, {bad:,} bad", file=sys.stderr, flush=True)
    seconds = time.monotonic() - begun
    for word, count in sorted(outcomes.items()):
        print(f"{count:7,}  {word}")
    print("\n".join(shares.lines()))
    for word, count in wrongs.most_common():
        print(f"{count:7,}  runs with {word}")
    runs = sum(outcomes.values())
    print(
        f"{runs:,} runs, {mishaps:,} faults struck, {bad:,} runs told what is not true; longest "
        f"{longest:,.0f} s of the wire, {silence:.1f} s of silence; {seconds:.0f} s, "
        f"{processor:.0f} s of processor time"
    )
    return 1 if bad or shares.too_low else 0


def _play(seed: int) -> int:
    """Run one seed and print all that happened."""
    trial = run(case_of(seed))
    print(f"seed {seed}: {trial.case}")
    for mishap in trial.plan.mishaps:
        print(f"    {mishap}")
    for state in trial.witness.history[1:]:
        print(f"    {state.since:.4f} s, memory changed by {state.cause}")
    found = violations(trial)
    print(
        f"    {trial.outcome} after {trial.seconds:.1f} s; {trial.result or trial.trouble!r:.2000}"
    )
    for violation in found:
        print(f"    {violation}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
