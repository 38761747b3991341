"""The data folder as one object: backups, journals and what was learnt of ports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from threading import Lock

import msgspec

from m1tui import store  # the catalogue brings SQLite: what uses it asks the package for it
from m1tui.advice import Advice
from m1tui.errors import CatalogueError, StoreError
from m1tui.facts import Backup
from m1tui.files import SETTINGS, FileTrouble, Unfit, read_bounded, without_mark
from m1tui.options import is_virtual
from m1tui.store import backups
from m1tui.store.atomic import DISK, Disk, alone, clean, printable_path, write_over
from m1tui.store.backups import StoredBackup, moment
from m1tui.store.paths import Folders
from m1tui.store.sounding import Sounding, SoundingMark, forget_sounding, left_sounding
from m1tui.sysex import printable


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
        self._temporary: store.TemporaryCatalogue | None = None
        self._choosing = Lock()
        """Held while `_temporary` is made: the catalogue is opened in several threads."""

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

    @property
    def has_runs(self) -> bool:
        """Return whether a procedure was ever begun."""
        return any(self.journal_folder.glob("*.journal"))

    @property
    def has_log(self) -> bool:
        """Return whether the service log has anything in it."""
        return self.folders.log.is_dir()

    def save_backup(
        self,
        backup: Backup,
        *,
        instrument: str,
        link: str,
        instrument_id: str = "",
        replaced: bool = False,
    ) -> Path:
        """Keep `backup` as a new .syx file with its manifest; return its path.

        `instrument` is the model, which becomes part of the name ("M1"), `link` says how it was
        read, `instrument_id` is the instrument of the service log, whose model counts before what
        the M1 answers: a rack answers alike. `replaced` says that a restore is about to overwrite
        what is in it. Nothing is ever overwritten.
        Raises StoreError; WithoutManifest where the dump is kept nevertheless.
        """
        clean(self.backups_folder)
        return backups.save(
            self.backups_folder,
            backup,
            instrument=self._model_in_log(instrument_id) or instrument,
            instrument_id=instrument_id,
            link=printable(link),
            now=self.now(),
            replaced=replaced,
            disk=self._disk,
        )

    def confirm(self, path: Path) -> None:
        """Note that one more reading matched the dump at `path`. Raises StoreError."""
        backups.confirm(path, disk=self._disk)

    def describe(self, path: Path, *, label: str | None = None, note: str | None = None) -> Path:
        """Give the dump at `path` a label, a note, or both; return its path, new with a label.

        A run that is under way and the service log follow a new name. Raises StoreError.
        """
        named = backups.describe(path, label=label, note=note, disk=self._disk)
        if named != path:
            try:
                self.log.rename_file(path.name, named.name)
            except StoreError as trouble:
                safe = (
                    f'The dump is now "{printable_path(named)}"; the log still shows its old name.'
                )
                raise StoreError(trouble.advice._replace(safe=safe)) from trouble
        return named

    def overwritten(self) -> Path:
        """Return what the last restore overwrote. Raises StoreError when none is in the library."""
        found = (
            (moment(stored.manifest.time), stored.path)
            for stored in self.backups()
            if stored.manifest is not None and stored.manifest.replaced
        )
        # Names know only the minute. Of those of one second the first is the newest by its name.
        _, path = max(found, key=lambda one: one[0], default=(0.0, None))
        if path is None:
            raise StoreError(_nothing_overwritten())
        return path

    def instrument_on_bench(self, port: str) -> str:
        """Return the id of the instrument whose visit is worked on; empty where that is not known.

        A virtual M1's `port` is none of its. A log that cannot be read hinders no backup.
        """
        try:
            visit = None if is_virtual(port) else self.log.on_the_bench()
        except StoreError:
            return ""
        return visit.instrument if visit is not None else ""

    def _model_in_log(self, instrument_id: str) -> str:
        """Return which model of M1 the log says that is, empty where it does not.

        A log that cannot be read hinders no backup.
        """
        from m1tui.store.serials import m1_model

        if not instrument_id:
            return ""
        try:
            return m1_model(self.log.instrument(instrument_id).model)
        except StoreError:
            return ""

    def backups(self) -> tuple[StoredBackup, ...]:
        """Return the backups in the library, the newest first."""
        return backups.listed(self.backups_folder)

    def newest_dumps(self, most: int) -> tuple[Path, ...]:
        """Return the newest `most` dumps of the library by name; quick, since none is opened."""
        return backups.newest(self.backups_folder, most)

    def backup_count(self) -> int:
        """Return how many backups the library has; quick, since none is opened."""
        return len(backups.dumps_in(self.backups_folder))

    def open_catalogue(self) -> store.Catalogue:
        """Return the open catalogue as it is; its `note` says where the library is only read.

        Close it in the thread that opened it. Raises CatalogueError, StoreError.
        """
        try:
            return store.Catalogue(self.folders.catalogue, self.backups_folder)
        except CatalogueError as trouble:
            if not trouble.read_only:
                raise
            with self._choosing:
                if self._temporary is None:
                    self._temporary = store.TemporaryCatalogue(
                        self.folders.catalogue, self.backups_folder
                    )
            return self._temporary.open()

    def catalogue(self, progress: store.ProgressHandler | None = None) -> store.Catalogue:
        """Return the open catalogue of the backups, in agreement with their folder.

        Close it, or use it with `with`, in the thread that opened it. Raises CatalogueError,
        StoreError.
        """
        catalogue = self.open_catalogue()
        try:
            catalogue.follow(progress)
        except BaseException:
            catalogue.close()
            raise
        return catalogue

    def rebuild_catalogue(self, progress: store.ProgressHandler | None = None) -> store.Catalogue:
        """Throw the catalogue away, whatever it is, and return a new one made from the files.

        Raises CatalogueError, StoreError.
        """
        with self._importing():
            store.remove_catalogue(self.folders.catalogue)
            return self.catalogue(progress)

    def import_dumps(
        self,
        paths: Iterable[Path],
        *,
        instrument: str = "",
        instrument_id: str = "",
        progress: store.ProgressHandler | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        admits: Callable[[Path], bool] = lambda _: True,
    ) -> tuple[store.Imported, ...]:
        """Take in the dumps of files, and of all files in folders and the folders in these.

        Return what became of each. A content that the library holds is not taken in again; what
        a file holds decides, never its name. `instrument` and `instrument_id` say what they come
        from, if that is known. `cancelled` is asked every half second; a file that `admits` does
        not is not opened. Raises ImportStopped, which knows what was done; StoreError and
        CatalogueError before anything was done.
        """
        with self._importing(), self.catalogue(progress) as catalogue:
            importer = store.Importer(
                catalogue,
                instrument=instrument,
                instrument_id=instrument_id,
                now=self.now,
                disk=self._disk,
            )
            return importer.run(
                paths,
                leave_out=self.data_dir,
                progress=progress,
                cancelled=cancelled,
                admits=admits,
            )

    def export(self, path: Path, folder: Path, *, manifest: bool = False) -> Path:
        """Copy the dump at `path` to `folder` and return the copy; no file is overwritten.

        Raises StoreError.
        """
        return backups.export(path, folder, manifest=manifest, disk=self._disk)

    def delete(self, path: Path) -> Path:
        """Move the dump at `path` to the bin and return where it is now. Raises StoreError."""
        return backups.move(path, self.folders.bin, disk=self._disk)

    def binned(self) -> tuple[StoredBackup, ...]:
        """Return the dumps in the bin, the newest first."""
        return backups.listed(self.folders.bin)

    def bring_back(self, path: Path) -> Path:
        """Move the dump at `path` from the bin back; return where it is now. Raises StoreError."""
        return backups.move(path, self.backups_folder, disk=self._disk)

    @property
    def log(self) -> store.ServiceLog:
        """Return the service log."""
        return store.ServiceLog(self.folders.log, now=self.now, disk=self._disk)

    def sounding_mark(self, port: str) -> SoundingMark:
        """Return what remembers that notes sound on `port`, for the next start."""
        return SoundingMark(self.folders.sounding, port, self.now)

    def left_sounding(self) -> tuple[Sounding, ...]:
        """Return the notes that were left sounding when m1tui was killed."""
        return left_sounding(self.folders.sounding)

    def forget_sounding(self) -> None:
        """Know that such notes have been ended."""
        forget_sounding(self.folders.sounding)

    def _importing(self) -> AbstractContextManager[None]:
        return alone(self.folders.import_lock, "importing into this library")

    def pacing_for(self, port: str) -> str | None:
        """Return the label of the pacing that worked on `port`, None where none is known.

        Raises StoreError when the file that remembers it is damaged.
        """
        return _pacings(self.folders.pacing).get(printable(port))

    def remember_pacing(self, port: str, label: str) -> None:
        """Note that pacing `label` ("full", "256:60") worked on `port`. Raises StoreError."""
        clean(self.data_dir)
        path = self.folders.pacing
        known = _pacings(path)
        # A device's name need be no text, and JSON takes only text.
        named = printable(port)
        if known.get(named) != label:
            file = _PacingFile(version=1, ports=dict(sorted({**known, named: label}.items())))
            data = msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"
            write_over(path, data, disk=self._disk)


class _PacingFile(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    ports: dict[str, str]
    """Pacing labels by port."""


def _nothing_overwritten() -> Advice:
    return Advice(
        code="nothing-overwritten",
        happened="There is nothing to put back: expected a backup that a restore made before it "
        "wrote, found none in the library.",
        safe="Nothing was sent; the instrument is unchanged.",
        cause="No restore has overwritten anything, or its backup was moved to the bin.",
        next_step="Choose a backup yourself: m1tui library list",
    )


def _pacings(path: Path) -> dict[str, str]:
    """Return the pacing labels by port; empty where there is no file yet.

    Raises StoreError when the file cannot be read or is not what this program wrote.
    """
    try:
        data = without_mark(read_bounded(path, SETTINGS))
        return msgspec.json.decode(data, type=_PacingFile).ports
    except FileTrouble as trouble:
        if trouble.why is Unfit.MISSING:
            return {}
        raise _pacing_unreadable(path, trouble.reason) from trouble
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _pacing_unreadable(path, str(error)) from error


def _pacing_unreadable(path: Path, why: str) -> StoreError:
    return StoreError(
        Advice(
            code="pacing-unreadable",
            happened=f'"{printable_path(path)}" cannot be read: {why}.',
            safe="It contains only the sending speeds that worked on each port.",
            cause="Another program, or a newer m1tui, wrote it.",
            next_step="Delete it; the speed is then found again.",
        )
    )
