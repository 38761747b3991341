"""Compares what a step can destroy with what was saved of it; writes nothing.

At the end of a run it looks whether what was saved is still there, as it was saved.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.compare import Comparison, Difference, compare
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import ProgressHandler
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.verify import verify
from m1tui.errors import OriginError
from m1tui.facts import CHANGED, Outcome, Verdict
from m1tui.files import DUMPS, FileTrouble, read_bounded
from m1tui.procedures.events import ASKED_AT_THE_END
from m1tui.procedures.origins import backup_of, emptied, load_origin
from m1tui.procedures.run import Run
from m1tui.procedures.stakes import Stake
from m1tui.procedures.states import Mark
from m1tui.store import printable_path
from m1tui.store.backups import found_again, read_manifest
from m1tui.sysex import Bank, CardState, Contents, ModeData, Part

COMPARED = "compared with its backup"
"""The name of the verdict."""
_NO_CARD = (CardState.OFF, CardState.NONE)


async def as_saved(
    instrument: Instrument,
    stake: Stake,
    progress: ProgressHandler | None = None,
    *,
    begun: bool = False,
) -> Verdict:
    """Return whether what is at stake is as it was when it was saved.

    It reads no more than the step can destroy. What is worth nothing passes, too. `begun` says
    whether the run has begun to write to the instrument. Raises
    OriginError for a backup that is gone, LinkLost.
    """
    if stake.check:
        return await _still_said(instrument, stake)
    with instrument.operation():
        mode_data = (await diagnose(instrument)).mode_data
    if stake.bank is Bank.CARD and mode_data is not None and mode_data.card_format is None:
        return _without_format(mode_data)
    if not stake.file:
        return await _still_nothing(instrument, stake, progress, begun=begun)
    wanted = load_origin(stake.file).contents
    allocation = mode_data.allocation if mode_data is not None else None
    found: list[str] = []
    for piece in _pieces(wanted, stake.parts_at(allocation)):
        done = await verify(instrument, piece, bank=stake.bank, progress=progress)
        if done.outcome not in (Outcome.VERIFIED, Outcome.MISMATCH):
            return Verdict(None, done.advice.happened, advice=done.advice, name=COMPARED)
        worthless = done.found is not None and done.found.is_initialised
        if done.outcome is Outcome.MISMATCH and done.comparison is not None and not worthless:
            found.append(done.comparison.summary())
    name = printable_path(Path(Path(stake.file).name))
    where = "the card" if stake.bank is Bank.CARD else "the M1"
    if found:
        text = "; ".join(found)
        advice = _changed(where, name, text, begun=begun)
        return Verdict(False, advice.happened, "no difference", text, advice, name=COMPARED)
    evidence = f'read and compared before the step: {where} contains nothing that "{name}" does not'
    return Verdict(True, evidence, name=COMPARED)


def _pieces(wanted: Contents, parts: tuple[Part, ...]) -> tuple[Contents, ...]:
    """Return what is to be read in one dump each: all of it in one where all of it counts."""
    if not parts or wanted.parts <= set(parts):
        return (wanted,)
    return tuple(wanted.only(part) for part in parts if part in wanted.parts)


async def _still_said(instrument: Instrument, stake: Stake) -> Verdict:
    verdict = await run_check(stake.check, instrument, CheckContext())
    if verdict.passed is None:
        return verdict
    if verdict.passed is stake.said:
        return Verdict(True, f"asked again before the step: {verdict.evidence}", name=COMPARED)
    advice = Advice(
        code="now-something-to-lose",
        happened="There is something to lose now: when the program asked earlier, there was "
        f"nothing to save. Found {verdict.evidence}.",
        safe="Nothing was destroyed.",
        cause="Another card was put in, or a setting was changed.",
        next_step="Do the reopened step; the program then saves what is there.",
    )
    return Verdict(False, advice.happened, found=verdict.found, advice=advice, name=COMPARED)


def _without_format(mode_data: ModeData) -> Verdict:
    if mode_data.card in _NO_CARD:
        advice = Advice(
            code="no-card-to-compare",
            happened="No card is inserted: expected the card that was saved, found none.",
            safe="The program wrote nothing.",
            cause="The card was taken out, or it is not pushed in all the way.",
            next_step="Push the card in, then press Enter.",
        )
        return Verdict(None, advice.happened, advice=advice, name=COMPARED)
    return Verdict(True, "the card has no format: nothing on it can be lost", name=COMPARED)


async def _still_nothing(
    instrument: Instrument, stake: Stake, progress: ProgressHandler | None, *, begun: bool
) -> Verdict:
    """Return whether there is still nothing to save."""
    part = stake.parts[0] if len(stake.parts) == 1 else Part.ALL
    try:
        now = await back_up(instrument, part=part, bank=stake.bank, progress=progress)
    except Trouble as trouble:
        return Verdict(None, trouble.advice.happened, advice=trouble.advice, name=COMPARED)
    if not now.worth_keeping:
        return Verdict(True, "read before the step: still nothing to save", name=COMPARED)
    found = ", ".join(now.contents.describe())
    where = "the card" if stake.bank is Bank.CARD else "the M1"
    advice = _changed(where, "", found, begun=begun)
    return Verdict(False, advice.happened, "nothing to save", found, advice, name=COMPARED)


_OR_CUT = ", or the program was stopped while it was writing"


def _changed(where: str, name: str, found: str, *, begun: bool) -> Advice:
    """Return what is to be said of `where`, which contains what the file `name` does not.

    `begun` says whether the run has begun to write to it.
    """
    there = f"{'on' if where == 'the card' else 'in'} {where}"
    known = f'what is in "{name}"' if name else "nothing to save"
    return Advice(
        code="changed-since-backup",
        happened=f"What is {there} was changed after it was saved: expected {known}, found "
        f"different contents in: {found}.",
        safe=f'The file "{name}" is unchanged: it still contains what was {there} before.'
        if name
        else "Nothing was destroyed.",
        cause="Another card was put in, or something was saved to this one after the backup."
        if where == "the card"
        else f"Something was changed on the panel after the backup{_OR_CUT if begun else ''}.",
        next_step="If the file has what you want to keep, restore it first. Then back up again: "
        "the step that saves has been reopened. Do not change anything after that.",
    )


def changed_since(run: Run, now: Contents) -> Verdict | None:
    """Return what was changed since the current step saved before, None for nothing to be said.

    `now` is what the step has just read. Nothing is said of what steps of the run have changed,
    what a comparison or an alarm has named, a memory that is initialised now, and songs that are
    empty now: the end names them.
    """
    step_id = run.current.id
    before = next((file for one, file in reversed(run.readings) if one == step_id), "")
    known, doubt = {advice.happened for _, advice in run.changed}, run.current_state.doubt
    # What the last look found that nobody was to change, is saved again for that reason.
    meant = (run.destroyed and not doubt.startswith(ASKED_AT_THE_END)) or run.rewritten
    if not before or meant or doubt in known or now.is_initialised:
        return None
    try:
        saved = load_origin(before).contents
    except OriginError:
        return None  # the end says that the file is gone
    if saved.allocation is not now.allocation or saved.parts != now.parts:
        return None
    differs = [one for one in compare(saved, now).different if not _is_emptied(saved, now, one)]
    if not differs:
        return None
    names = Comparison(tuple(differs)).summary()
    where = "on the card" if run.current.bank == "card" else "in the M1"
    name = printable_path(Path(found_again(Path(before)).name))
    advice = Advice(
        code="changed-between-backups",
        happened=f"Changed {where} after it had been saved: {names}. Expected what is in "
        f'"{name}", found other contents.',
        safe=f'Both files are kept: "{name}" contains what was {where} before, the new file what '
        "is there now.",
        cause="Something was changed with the M1's keys or over MIDI in between.",
        next_step=f'If that was not wanted, do "Data dump from the computer" and choose "{name}".',
    )
    values = ((CHANGED, names),)
    return Verdict(
        False, advice.happened, "no difference", names, advice, COMPARED, False, values=values
    )


def _is_emptied(saved: Contents, now: Contents, one: Difference) -> bool:
    """Return whether a difference is a song of which all, or a track, is empty now."""
    before, after = saved.sequence, now.sequence
    if one.kind != "song" or one.number is None or before is None or after is None:
        return False
    if not (before.offsets_are_sound and after.offsets_are_sound):
        return False
    return emptied(before, after, one.number) is not None


# The files themselves

_SAFE = "The M1 and other files are not affected."


def gone(run: Run) -> tuple[tuple[str, Advice], ...]:
    """Return the backups of the run that are no longer there as they were saved, each with why.

    What a step has kept counts though the step was skipped then, as what a restore overwrote. A
    file that was only given a label counts as there.
    """
    files = dict.fromkeys(
        state.backup
        for state, mark in zip(run.states, run.marks, strict=True)
        if state.backup and mark is not Mark.LEFT_OUT
    )
    looked_at = ((file, _wrong(found_again(Path(file)))) for file in files)
    return tuple((file, advice) for file, advice in looked_at if advice is not None)


def saved_nothing(run: Run) -> bool:
    """Return whether the newest backup of the whole memory is of one that was initialised.

    Not where the run knows that: then nothing is said that its steps have not said.
    """
    file = "" if run.knows_loss else backup_of(run, Part.ALL.value)
    try:
        return bool(file) and load_origin(file).contents.is_initialised
    except OriginError:
        # That the file is gone is said by `gone`.
        return False


def _wrong(path: Path) -> Advice | None:
    """Return what is wrong with the backup at `path`; None where nothing is known to be."""
    name, manifest = printable_path(Path(path.name)), read_manifest(path)
    try:
        data = read_bounded(path, DUMPS)
    except FileTrouble as trouble:
        return Advice(
            code="backup-gone",
            happened=f'The backup "{name}" of this run can no longer be read: {trouble.reason}.',
            safe=_SAFE,
            cause="It was deleted, moved or renamed, or its disk is no longer connected.",
            next_step="Put it back where it was and let the program check again. If you cannot, "
            "make a new backup of what is in the M1 now.",
        )
    if manifest is None or hashlib.sha256(data).hexdigest() == manifest.sha256:
        return None
    return Advice(
        code="backup-changed",
        happened=f'The backup "{name}" of this run is no longer as it was saved: expected '
        f"{manifest.bytes:,} bytes as they were read from the M1, found {len(data):,} bytes that "
        "differ from them.",
        safe=_SAFE,
        cause="Another program has written to the file, or the disk has damaged it.",
        next_step="If you have a copy of the file, put the copy in the file's place and let the "
        "program check again. If not, make a new backup of what is in the M1 now.",
    )
