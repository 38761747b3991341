"""Breaks the engine in many ways, one after the other, and shows that the campaign finds each.

`python -m tests.mutants` runs at most 300 seeds for each mutant, in a process of its own, and ends
with 1 if the judge let any of them pass.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.campaigning.mutants import BY_NAME, MUTANTS, Mutant, break_engine
from tests.seeds import seeds_of

MOST_SEEDS = 300
"""Runs within which each must be found."""
FOUND = 3
"""How the process ends in which a mutant was found."""


@dataclass(frozen=True, slots=True)
class Found:
    """How the search for one mutant ended."""

    mutant: Mutant
    seed: int | None
    """The first seed that gave it away; None where none did."""
    said: str
    seconds: float


def search(mutant: Mutant, seeds: range) -> Found:
    """Run the campaign with `mutant` in a process of its own, until the judge finds it."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.mutants", "--child", mutant.name]
    command += ["--seeds", f"{seeds.start}:{seeds.stop}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode == FOUND:
        seed, _, said = done.stdout.strip().partition(" ")
        return Found(mutant, int(seed), said, seconds)
    if done.returncode:
        raise RuntimeError(f"{mutant.name}: {done.stderr}")
    return Found(mutant, None, "", seconds)


def child(mutant: Mutant, seeds: range) -> int:
    """Run the seeds in this process, broken; print what the judge finds first, and return FOUND."""
    break_engine(mutant)
    # Only now, so that the engine that it imports is the broken one.
    from tests.campaign import report_of

    for seed in seeds:
        report = report_of(seed)
        if report.violations:
            print(seed, report.violations[0].splitlines()[0][:160])
            return FOUND
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Search for the mutants that are named, or for all; 1 if any is not found."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants; all where none is named")
    parser.add_argument("--seeds", type=seeds_of, default=range(MOST_SEEDS), metavar="A:B")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--child", choices=sorted(BY_NAME), help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if arguments.child:
        return child(BY_NAME[arguments.child], arguments.seeds)
    wanted = [BY_NAME[name] for name in arguments.names] or list(MUTANTS)
    missed = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for found in pool.map(lambda mutant: search(mutant, arguments.seeds), wanted):
            missed += found.seed is None
            how = "NOT FOUND" if found.seed is None else f"seed {found.seed}: {found.said}"
            print(f"{found.mutant.name:32} {found.seconds:5.1f} s  {how}", flush=True)
    print(f"{len(wanted) - missed} of {len(wanted)} mutants found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
