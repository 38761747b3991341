"""Whether the files that a run has kept as backups are still there at its end, and as they were."""

from __future__ import annotations

import hashlib
from pathlib import Path

from m1tui.advice import Advice
from m1tui.files import DUMPS, FileTrouble, read_bounded
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark
from m1tui.store import printable_path
from m1tui.store.backups import found_again, read_manifest

_SAFE = "The M1 and other files are not affected."


def gone(run: Run) -> tuple[tuple[str, Advice], ...]:
    """Return the backups of the run that are no longer there as they were saved, each with why.

    A file that was only given a label counts as there.
    """
    files = dict.fromkeys(
        state.backup
        for state, mark in zip(run.states, run.marks, strict=True)
        if state.backup and mark in (Mark.SENSED, Mark.BY_HAND)
    )
    looked_at = ((file, _wrong(found_again(Path(file)))) for file in files)
    return tuple((file, advice) for file, advice in looked_at if advice is not None)


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
            "back up again what is in the M1 now.",
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
        next_step="If you have a copy of the file, put it in its place and let the program check "
        "again. If not, back up again what is in the M1 now.",
    )
