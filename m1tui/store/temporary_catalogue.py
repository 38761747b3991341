"""A catalogue for a library that cannot be written: in a temporary folder, for this run only."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import weakref
from pathlib import Path

from m1tui.advice import Advice
from m1tui.errors import CatalogueError
from m1tui.store.catalogue import Catalogue
from m1tui.store.trouble import printable_path, store_trouble


class TemporaryCatalogue:
    """Where the catalogue is, as long as this object is: begun with what the library's own knows.

    It may be opened in several threads, as the library's own may be.
    """

    def __init__(self, own: Path, backups: Path) -> None:
        """Stand in for the catalogue at `own` of the dumps in `backups`."""
        self._own = own
        self._backups = backups
        self._making = threading.Lock()
        self._path: Path | None = None

    def open(self) -> Catalogue:
        """Return the open catalogue; its note says why it is no other. Raises StoreError."""
        with self._making:
            if self._path is None:
                self._path = self._made()
        return Catalogue(self._path, self._backups, note=_note(self._own))

    def _made(self) -> Path:
        try:
            folder = Path(tempfile.mkdtemp(prefix="m1tui-"))
        except OSError as error:
            raise store_trouble(error, Path(tempfile.gettempdir())) from error
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        path = folder / self._own.name
        try:
            # What is newest may stand in the log beside it.
            for suffix in ("", "-wal"):
                source = Path(f"{self._own}{suffix}")
                if source.is_file():
                    shutil.copyfile(source, f"{path}{suffix}")
            Catalogue(path, self._backups).close()
        except (OSError, CatalogueError):
            # Damaged, or of another version: the files tell all that it did.
            for part in folder.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    part.unlink()
        return path


def _note(own: Path) -> Advice:
    """Return what a person has to know of a library that is only read."""
    return Advice(
        code="library-read-only",
        happened=f'This library can only be read: "{printable_path(own)}" cannot be written.',
        safe="Its dumps can be listed, searched, inspected and exported to another folder.",
        cause="The disk, the folder or the file is read-only, or belongs to another user.",
        next_step="To import or delete, choose a folder that you may write to with --data-dir.",
    )
