"""Judges a run by what the instrument truly held: what was told must be true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from m1tui.engine import Backup, Comparison, Outcome, Restoration, Verification, compare
from m1tui.sysex import BankDump, Contents, ExclusiveFrame, Framer, Part, decode
from tests.campaigning.trial import Trial
from tests.campaigning.witness import HANDS, LOOP, MESSAGES, State

LONGEST_SILENCE = 110.0
"""Seconds for which the computer may send nothing: a dump of 53,361 bytes at a quarter of the
wire's speed, then a wait for quiet, with their time-outs."""
LONGEST_RUN = 3_600.0
"""Seconds that an operation may take at the very most: five attempts at the slowest pacings."""


def violations(trial: Trial) -> list[str]:
    """Return what was told and is not true, or took too long; empty for a good run."""
    return list(_violations(trial))


def _violations(trial: Trial) -> Iterator[str]:
    if trial.error:
        yield f"error: {trial.error}"
        return
    if trial.seconds > LONGEST_RUN or trial.link.longest_silence > LONGEST_SILENCE:
        yield (
            f"hang: {trial.seconds:.1f} s in all, {trial.link.longest_silence:.1f} s in which "
            "nothing was sent"
        )
    for backup, moments in trial.saved.backups:
        yield from _wrong_backup(trial, backup, trial.link.history[:moments])
    result = trial.result
    if isinstance(result, Restoration):
        yield from _restored(trial, result)
    elif isinstance(result, Verification) or trial.case.operation != "restore":
        yield from _written(trial, "though nothing was to be written")
    if isinstance(result, Verification):
        yield from _verified(trial, result)
    yield from _needless(trial)


def _needless(trial: Trial) -> Iterator[str]:
    """Yield what is not to happen where nothing goes wrong."""
    case = trial.case
    plain = not case.faults and case.ready and case.cancel_at is None
    if plain and case.operation == "restore" and trial.outcome in ("MISMATCH", "UNKNOWN"):
        yield f"{trial.outcome} on a wire without faults"


def _wrong_backup(trial: Trial, backup: Backup, history: Sequence[State]) -> Iterator[str]:
    held = [state.of(trial.case.bank).only(backup.part) for state in history]
    if backup.contents not in held and not _put_together(backup, held):
        what = compare(held[-1], backup.contents).summary()
        yield f"WRONG BACKUP: never held by the M1; in the end it differs in {what}"
    if _contents_of(backup.dump) != backup.contents:
        yield "WRONG BACKUP: what goes to disk is not what was read"


def _contents_of(data: bytes) -> Contents:
    """Return what a backup's file holds, message by message."""
    contents = Contents()
    for event in Framer().feed(data):
        assert isinstance(event, ExclusiveFrame)
        message = decode(event.data)
        assert isinstance(message, BankDump)
        contents = contents.merged(message.contents)
    return contents


def _put_together(backup: Backup, held: Sequence[Contents]) -> bool:
    """Tell whether each part was held at some moment, where they were read one by one."""
    return (
        backup.part is Part.ALL
        and not backup.contents.is_complete
        and all(
            any(backup.contents.only(part) == one.only(part) for one in held)
            for part in backup.contents.parts
        )
    )


def _written(trial: Trial, why: str) -> Iterator[str]:
    for before, after in zip(trial.link.history, trial.link.history[1:], strict=False):
        if after.cause == MESSAGES:
            what = compare(before.internal, after.internal).summary()
            yield f"CHANGED {why}: at {after.since:.3f} s {what}"


def _restored(trial: Trial, result: Restoration) -> Iterator[str]:
    file, bank = trial.file, trial.case.bank
    last = _last_states(trial)
    if result.outcome is Outcome.VERIFIED and not any(_same(file, one) for one in last):
        yield f"FALSE VERIFIED: differs in {compare(file, last[-1]).summary()}"
    if result.unchanged:
        befores = [state.of(bank) for state in _before_writing(trial)]
        extent = _extent(file)
        ends = [one.only(extent) for one in last]
        if not any(before.only(extent) in ends for before in befores):
            what = compare(befores[0], last[-1]).summary()
            yield f"FALSE UNCHANGED: differs in {what}"
    if result.outcome is Outcome.REFUSED:
        yield from _written(trial, "though refused")
    if result.outcome is Outcome.MISMATCH and result.comparison is not None:
        told = _names(result.comparison)
        truths = [_names(compare(_expected(trial, result), one)) for one in last]
        if told not in truths:
            yield f"WRONG NAMES: told {sorted(told)[:6]}, true {sorted(truths[-1])[:6]}"


def _verified(trial: Trial, result: Verification) -> Iterator[str]:
    states = [state.of(trial.case.bank) for state in trial.link.history]
    if result.outcome is Outcome.VERIFIED and not any(_same(trial.file, one) for one in states):
        yield f"FALSE VERIFIED: differs in {compare(trial.file, states[-1]).summary()}"
    if result.outcome is Outcome.MISMATCH and result.comparison is not None:
        told = _names(result.comparison)
        if told not in [_names(compare(trial.file, one)) for one in states]:
            yield f"WRONG NAMES: told {sorted(told)[:6]}"


def _expected(trial: Trial, result: Restoration) -> Contents:
    """Return what the comparison of a mismatch was made with."""
    if "write probe" in result.advice.happened and trial.saved.backups:
        return trial.saved.backups[-1][0].contents
    return trial.file


def _before_writing(trial: Trial) -> list[State]:
    """Return what the M1 held before messages of the computer changed it."""
    states: list[State] = []
    for state in trial.link.history:
        if state.cause == MESSAGES:
            break
        states.append(state)
    return states


def _last_states(trial: Trial) -> list[Contents]:
    """Return what the M1 held after the last change by the computer's messages.

    That is one state, unless hands or a loop changed it while or after it was read back.
    """
    states: list[Contents] = []
    for state in reversed(trial.link.history):
        states.append(state.of(trial.case.bank))
        if state.cause not in (HANDS, LOOP):
            break
    return states[::-1]


def _extent(file: Contents) -> Part:
    parts = tuple(file.parts)
    return parts[0] if len(parts) == 1 else Part.ALL


def _names(comparison: Comparison) -> frozenset[tuple[str, int]]:
    return frozenset((one.kind, one.number or 0) for one in comparison.different)


def _same(file: Contents, held: Contents) -> bool:
    """Tell whether the M1 holds the file, by its own count and not the engine's."""
    pairs = [
        *zip(file.programs or (), held.programs or (), strict=False),
        *zip(file.combinations or (), held.combinations or (), strict=False),
    ]
    if len(pairs) != len(file.programs or ()) + len(file.combinations or ()):
        return False
    alike = all(one is other or one.normal() == other.normal() for one, other in pairs)
    global_ = file.global_ is None or (
        held.global_ is not None and file.global_.normal() == held.global_.normal()
    )
    sequence = file.sequence is None or (
        held.sequence is not None
        and file.sequence.steps == held.sequence.steps
        and file.sequence.control.normal() == held.sequence.control.normal()
    )
    return alike and global_ and sequence
