"""Restores, procedures, clumsy technicians and surveys on M1s of every manner, judged as elsewhere.

`python -m tests.manners` takes every alternative of every manner by itself, and then mixtures that
are drawn by lot. The judges are those of `tests.campaign` and `tests.rehearse`: nothing may be said
that is not so, nothing lost without a warning, and each run ends in the same bounds. A survey finds
nothing that is not so and leaves all as it was, and each alternative is found out where it can show
itself; a procedure ends alike on an M1 and on its likeness.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from m1tui.advice import Trouble
from m1tui.engine.restore.judge import Restoration
from m1tui.facts import Outcome
from m1tui.manners import AS_ASSUMED, BY_NAME, DUMP_LEAVES, DUMP_MODES, LOAD_ORDER, MANNERS, Manners
from m1tui.virtual.faults import Kind
from tests.campaigning import judge, trial
from tests.campaigning.cases import case_of
from tests.rehearsing import judge as walk_judge
from tests.rehearsing import trial as walks
from tests.seeds import seeds_of
from tests.surveying import (
    FRESH,
    found_in,
    killed_and_resumed,
    machine_for,
    state_of,
    survey_of,
    surveyed,
    wrongs,
)

CHUNK = 12
"""Runs that a worker takes at a time."""
TOLD_EVERY = 500
KINDS = ("transfer", "procedure", "clumsy", "survey", "like")
ALTERNATIVE = "alternative"
LONGEST_SURVEY = 95.0
"""Seconds; of a virtual M1, some time more than most take."""
ALTERNATIVES = tuple((one.name, word) for one in MANNERS for word in one.alternatives)
_COPIES = (Kind.ECHO, Kind.REPEAT)
_MOST_MIXED = 6
"""Manners of a mixture that are not as assumed."""


def singles() -> tuple[Manners, ...]:
    """Return each alternative that is not assumed, by itself."""
    return tuple(
        AS_ASSUMED.with_(manner, word)
        for manner in MANNERS
        for word in manner.alternatives
        if word != manner.default
    )


def mixture(seed: int) -> Manners:
    """Return several alternatives together, always the same for a seed."""
    dice = random.Random(f"manners {seed}")
    chosen = dice.sample(MANNERS, dice.randint(2, _MOST_MIXED))
    return Manners.of({one.name: dice.choice(tuple(one.alternatives)) for one in chosen})


@dataclass(frozen=True, slots=True)
class Job:
    """One run: what is done, by which seed, on an M1 of which manners."""

    kind: str
    seed: int
    manners: Manners

    def __str__(self) -> str:
        return f"{self.kind} {self.seed} {self.manners}"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a run."""

    job: Job
    case: str
    outcome: str
    violations: tuple[str, ...]
    log: tuple[str, ...] = ()


def report_of(job: Job) -> Report:
    """Let a run happen and judge it."""
    if job.kind == "transfer":
        return _transfer(job)
    if job.kind == "survey":
        return _survey(job)
    if job.kind == "like":
        return _likeness(job)
    if job.kind == ALTERNATIVE:
        return _alternative(job)
    case = replace(walks.case_of(job.seed), manners=job.manners)
    if job.kind == "procedure":
        case = replace(case, slips=0)
    with tempfile.TemporaryDirectory(prefix="manners") as folder:
        walk = walks.play(case, Path(folder))
        outcome = walk.run.outcome_word if walk.run is not None else ""
        found = tuple(walk_judge.violations(walk))
        return Report(job, str(case), outcome, found, tuple(walk.log))


def _transfer(job: Job) -> Report:
    """Run a case of the campaign, of which two in three are without faults."""
    case = replace(case_of(job.seed), manners=job.manners)
    if job.seed % 3:
        case = replace(case, faults=(), visit=None, second=None)
    # A copy that comes while the M1 is busy is a fault of another kind than the judge excuses.
    case = replace(case, faults=tuple(one for one in case.faults if one.kind not in _COPIES))
    if job.manners[LOAD_ORDER] != LOAD_ORDER.default and not case.baud:
        # Half a second behind the reply is half a second of a wire: an endless one reads in none.
        case = replace(case, baud=31_250)
    done = trial.run(case)
    told = (f"{done.result or done.trouble!r:.3000}",)
    return Report(job, str(case), done.outcome, tuple(_of_transfer(job, done)), told)


def _survey(job: Job) -> Report:
    """Let an M1 be surveyed, wherever it stands: it is to be as it was, and all found to be so.

    Every other survey is killed somewhere and resumed.
    """
    m1 = found_in(job.seed, job.manners)
    before = state_of(m1)
    try:
        if job.seed % 2:
            seconds = random.Random(f"killed {job.seed}").uniform(0, LONGEST_SURVEY)
            m1, _, found = killed_and_resumed(m1, seconds)
        else:
            found, _ = surveyed(m1)
    except Trouble as trouble:
        changed = () if state_of(m1) == before else ("CHANGED: by a survey that was not made",)
        return Report(job, f"survey {job.seed}", trouble.advice.code, changed)
    settled = sum(one.word is not None for one in found.all())
    told = tuple(f"{one.manner}: {one.word}, {one.evidence}" for one in found.all())
    outcome = "settles half or more" if 2 * settled >= len(MANNERS) else "settles less than half"
    return Report(job, f"survey {job.seed}", outcome, tuple(wrongs(m1, before, found)), told)


def _likeness(job: Job) -> Report:
    """Let a procedure run on an M1, and on one that is like it by its surveys: do they agree?"""
    survey = survey_of(job.manners)
    case = replace(walks.case_of(job.seed), manners=job.manners, slips=0, rack=False)
    case = replace(case, scenario=walks.own_scenario(case.procedure))
    words, marks = [], []
    for one in (case, replace(case, survey=survey)):
        with tempfile.TemporaryDirectory(prefix="manners") as folder:
            run = walks.play(one, Path(folder)).run
        words.append(run.outcome_word if run is not None else "")
        marks.append([mark.word for mark in run.marks] if run is not None else [])
    open_ = set(job.manners) - set(survey.manners)
    if job.manners[DUMP_MODES] == "play-modes":
        # PROG and COMBI have one page, which is the first.
        open_.discard(f"{DUMP_LEAVES.name}=first-page")
    wrong = [f"UNSETTLED: {one}" for one in sorted(open_)]
    if words[0] != words[1]:
        wrong.append(f"DISAGREES: {words[0]} on the surveyed M1, {words[1]} on its likeness")
    elif marks[0] != marks[1]:
        wrong.append(f"DISAGREES: steps {marks[0]} on the surveyed M1, {marks[1]} on its likeness")
    return Report(job, f"{case} and its likeness", words[0], tuple(wrong))


def _of_transfer(job: Job, done: trial.Trial) -> Iterator[str]:
    """Yield what is wrong with a transfer, by the campaign's judge and what manners excuse."""
    result = done.result
    for violation in judge.violations(done):
        if violation.startswith("UNEXPLAINED") and _names_the_way_left(job, result):
            continue
        yield violation
    faultless = not done.plan.mishaps
    if faultless and isinstance(result, Restoration) and result.advice.code == "memory-protected":
        settings = done.witness.beginning.settings
        on = any(
            getattr(settings, f"protect_{part}_{done.case.bank.name.lower()}")
            for part in ("program", "combination", "sequence")
        )
        if not on and "probably" not in result.advice.happened:
            yield f"UNTRUE: nothing is protected: {result.advice.happened}"


def _names_the_way_left(job: Job, result: object) -> bool:
    """Tell whether a restore that such an M1 cannot take says what is left to do."""
    return (
        job.manners[DUMP_MODES] != DUMP_MODES.default
        and isinstance(result, Restoration)
        and result.outcome in (Outcome.REFUSED, Outcome.MISMATCH)
        and "press PROG" in result.advice.next_step
        and "GLOBAL 7" in result.advice.next_step
    )


def _alternative(job: Job) -> Report:
    """Let the alternative of a number in the table be found out where it can show itself."""
    name, word = ALTERNATIVES[job.seed]
    m1 = machine_for(name, AS_ASSUMED.with_(BY_NAME[name], word))
    before = state_of(m1)
    found, _ = surveyed(m1, initialised=name in FRESH)
    finding = found.finding(name)
    wrong = list(wrongs(m1, before, found))
    if finding.word != word:
        wrong.append(f"NOT FOUND OUT: {finding.evidence}")
    outcome = "found out" if finding.word == word else "not found out"
    return Report(job, f"{name}={word}", outcome, tuple(wrong))


def jobs_of(
    manners: Sequence[Manners], each: int, first: int = 0, kinds: Sequence[str] = KINDS
) -> Iterator[Job]:
    """Yield `each` runs of each of `kinds` for every one of `manners`.

    Seeds go on from one to the next, so that procedures and cases take turns.
    """
    for number, one in enumerate(manners):
        for seed in range(each):
            for kind in kinds:
                yield Job(kind, first + number * each + seed, one)


def lines_of(report: Report) -> Iterator[str]:
    """Yield what a person needs to play a bad run again."""
    yield f"{report.job}: {report.case}, {report.outcome}"
    yield from (f"    {violation}" for violation in report.violations)
    manners = "".join(f" --manner {one}" for one in report.job.manners)
    again = f"--play {report.job.kind} --seeds {report.job.seed}{manners}"
    yield f"    play it again: python -m tests.manners {again}"


def main(words: Sequence[str] | None = None) -> int:
    """Run all; 1 if anything was said that is not so."""
    parser = argparse.ArgumentParser(prog="python -m tests.manners", description=__doc__)
    parser.add_argument("--each", type=int, default=24, help="runs of each kind per alternative")
    parser.add_argument("--mixtures", type=seeds_of, default=range(400), metavar="A:B")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    every = (*KINDS, ALTERNATIVE)
    parser.add_argument("--kind", action="append", choices=every, help="runs of this kind only")
    parser.add_argument("--play", choices=every, help="play runs of a kind, with their log")
    parser.add_argument("--seeds", type=seeds_of, default=range(1), metavar="A:B")
    parser.add_argument("--manner", action="append", default=[], metavar="NAME=ALTERNATIVE")
    arguments = parser.parse_args(words)
    if arguments.play:
        manners = Manners.parse(tuple(arguments.manner))
        return _play([Job(arguments.play, seed, manners) for seed in arguments.seeds])
    kinds = set(arguments.kind or every)
    drawn = tuple(kind for kind in KINDS if kind in kinds)
    one_by_one = (Manners.parse((one,)) for one in arguments.manner)
    count = len(ALTERNATIVES) if ALTERNATIVE in kinds else 0
    jobs = [Job(ALTERNATIVE, number, AS_ASSUMED) for number in range(count)]
    jobs += jobs_of(tuple(one_by_one) or singles(), arguments.each, kinds=drawn)
    for seed in arguments.mixtures:
        jobs += jobs_of((mixture(seed),), 1, seed, drawn)
    return _run(jobs, arguments.jobs)


def _run(jobs: Sequence[Job], processes: int) -> int:
    begun = time.monotonic()
    outcomes: Counter[str] = Counter()
    wrongs: Counter[str] = Counter()
    bad = 0
    for count, report in enumerate(_reports(jobs, processes), 1):
        outcomes[f"{report.job.kind} {report.outcome}"] += 1
        wrongs.update({violation.partition(":")[0] for violation in report.violations})
        if report.violations:
            bad += 1
            print("\n".join(lines_of(report)), flush=True)
        if count % TOLD_EVERY == 0:
            print(f"{count:,} of {len(jobs):,} runs, {bad:,} bad", file=sys.stderr, flush=True)
    for word, number in sorted(outcomes.items()):
        print(f"{number:7,}  {word}")
    for word, number in wrongs.most_common():
        print(f"{number:7,}  runs with {word}")
    print(
        f"{len(jobs):,} runs on M1s of {len({job.manners for job in jobs}):,} kinds of manners; "
        f"{bad:,} in which something was said that is not so; {time.monotonic() - begun:.0f} s"
    )
    return 1 if bad else 0


def _reports(jobs: Sequence[Job], processes: int) -> Iterator[Report]:
    if processes == 1:
        yield from map(report_of, jobs)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(report_of, jobs, chunksize=CHUNK)


def _play(jobs: Sequence[Job]) -> int:
    worst = 0
    for job in jobs:
        report = report_of(job)
        print("\n".join((*report.log, *lines_of(report))))
        worst = max(worst, bool(report.violations))
    return worst


if __name__ == "__main__":
    sys.exit(main())
