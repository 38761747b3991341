"""The data folder as one object: backups, journals and what was learnt of ports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from m1tui.store import backups, pacing
from m1tui.store.atomic import DISK, Disk, clean
from m1tui.store.backups import Savable, StoredBackup
from m1tui.store.paths import Folders


def local_now() -> datetime:
    """Return the time on the wall here, with its offset."""
    return datetime.now().astimezone()


class Store:
    """Everything the program keeps on disk, under one folder."""

    def __init__(
        self,
        data_dir: Path,
        *,
        now: Callable[[], datetime] = local_now,
        disk: Disk = DISK,
    ) -> None:
        self.folders = Folders(data_dir)
        self.now = now
        self._disk = disk

    @property
    def data_dir(self) -> Path:
        """Return the folder that everything lies under."""
        return self.folders.data

    @property
    def backups_folder(self) -> Path:
        """Return the folder of the dumps and their manifests."""
        return self.folders.backups

    @property
    def journal_folder(self) -> Path:
        """Return the folder of the journals of runs."""
        return self.folders.journals

    def save_backup(self, backup: Savable, *, instrument: str, link: str) -> Path:
        """Keep `backup` as a new .syx file with its manifest; return its path.

        `instrument` becomes part of the name ("M1"), `link` says how it was read. Nothing is
        ever overwritten. Raises StoreError.
        """
        clean(self.backups_folder)
        return backups.save(
            self.backups_folder,
            backup,
            instrument=instrument,
            link=link,
            now=self.now(),
            disk=self._disk,
        )

    def backups(self) -> tuple[StoredBackup, ...]:
        """Return the backups in the library, the newest first."""
        return backups.listed(self.backups_folder)

    def pacing_for(self, port: str) -> str | None:
        """Return the label of the pacing that worked on `port`, None where none is known.

        Raises StoreError when the file that remembers it is damaged.
        """
        return pacing.recall(self.folders.pacing).get(port)

    def remember_pacing(self, port: str, label: str) -> None:
        """Note that pacing `label` ("full", "256:60") worked on `port`. Raises StoreError."""
        clean(self.data_dir)
        pacing.remember(self.folders.pacing, port, label, disk=self._disk)
