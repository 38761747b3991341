"""Keeps the virtual M1 of each unfinished rehearsal: a run goes on at the one it was left at.

Only one virtual M1 is kept in the data folder. Before a new one takes its place, it is set aside
for the runs that were begun on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from m1tui.engine.instrument import Instrument
from m1tui.errors import LinkError, StoreError
from m1tui.files import DUMPS, read_bounded
from m1tui.link import Link
from m1tui.link.virtual import STATE_FILE, STATE_FOLDER, VirtualLink
from m1tui.procedures.journal import unfinished
from m1tui.store import Store, write_new

LEFT = "left"
"""The folder of the virtual M1s that were set aside, one for each run, under its journal's name."""
_SUFFIXES = (".json", ".syx")
"""The files of a kept M1; the last one makes it whole."""


def make_way(link: Link, store: Store) -> None:
    """Hold the place of the virtual M1 behind `link`, and set aside what a new one replaces.

    Raises LinkError, also where another program holds it; then nothing was changed. Raises
    StoreError and FileTrouble.
    """
    if isinstance(link, VirtualLink) and link.is_new:
        link.hold()
        try:
            set_aside(store)
        except BaseException:
            link.let_go()
            raise


def keep(instrument: Instrument | None) -> None:
    """Put a virtual M1 on the disk as it is now. Raises StoreError when the disk refuses.

    Done before an event is journaled: a journal must not speak of more than the M1 is kept with.
    """
    if instrument is not None and isinstance(instrument.link, VirtualLink):
        try:
            instrument.link.keep()
        except LinkError as error:
            raise StoreError(error.advice) from error


def set_aside(store: Store) -> None:
    """Keep the virtual M1 for the rehearsals that stand at it: another takes its place.

    What was kept for runs that are over is removed. Raises StoreError and FileTrouble.
    """
    kept, left = _kept(store), _left(store)
    runs = {run.path.stem: run for run in unfinished(store.journal_folder)}
    for path in _all(left):
        if path.stem not in runs:
            path.unlink(missing_ok=True)
    if not all(_file(kept, suffix).exists() for suffix in _SUFFIXES):
        return
    for stem, run in runs.items():
        if _is_virtual(run.header.port) and not (left / f"{stem}.syx").exists():
            _remove(left, (stem,))
            for suffix in _SUFFIXES:
                data = read_bounded(_file(kept, suffix), DUMPS)
                write_new(left / f"{stem}{suffix}", data)


async def bring_back(instrument: Instrument, store: Store, journal: Path) -> bool:
    """Put the virtual M1 that the run in `journal` was left at in the place of the present one.

    Return whether it was another. Raises LinkError, StoreError and FileTrouble; then the present
    one stays.
    """
    link, place = instrument.link, _left(store) / f"{journal.stem}.syx"
    if not (isinstance(link, VirtualLink) and is_set_aside(store, journal)):
        return False
    link.keep()
    set_aside(store)
    await instrument.conversation.end()
    try:
        await link.go_on_with(place)
    finally:
        instrument.conversation.start()
    instrument.forget()
    _remove(_left(store), (journal.stem,))
    return True


def is_set_aside(store: Store, journal: Path) -> bool:
    """Return whether the run in `journal` was left at another virtual M1 than the kept one."""
    return (_left(store) / f"{journal.stem}.syx").exists()


def _kept(store: Store) -> Path:
    return store.data_dir / STATE_FOLDER / STATE_FILE


def _left(store: Store) -> Path:
    return store.data_dir / STATE_FOLDER / LEFT


def _file(kept: Path, suffix: str) -> Path:
    return kept.with_suffix(suffix)


def _all(left: Path) -> Iterator[Path]:
    return (path for path in left.glob("*") if path.suffix in _SUFFIXES)


def _remove(left: Path, stems: Iterable[str]) -> None:
    for stem in stems:
        for suffix in _SUFFIXES:
            (left / f"{stem}{suffix}").unlink(missing_ok=True)


def _is_virtual(port: str) -> bool:
    return port.partition(":")[0] == "virtual"
