"""The library's files, worked on in two threads of their own, so that no screen waits for a disk.

One thread answers: it owns the open catalogue. The other changes things: it follows the folder,
imports, copies, deletes. SQLite lets the one read while the other writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from m1tui.advice import Advice
from m1tui.store import Store, StoredBackup, write_named
from m1tui.store.catalogue import Catalogue, Followed, Found, LibraryProgress, ProgressHandler
from m1tui.store.dumpfacts import Entry
from m1tui.store.importing import Imported
from m1tui.sysex import Contents

if TYPE_CHECKING:
    # It brings mido.
    from m1tui.sysex.song_file import SongFile

T = TypeVar("T")

MATCHES = 100
"""Names that a search finds at most: more than anybody reads."""


class Left(Exception):
    """Nobody waits any more: the library is left, or the program ends."""


class LibraryFiles:
    """Every method may be awaited on the loop; what it does is done in a thread.

    After `close` each raises Left.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._answering = ThreadPoolExecutor(1, "library-answers")
        self._changing = ThreadPoolExecutor(1, "library-changes")
        self._catalogue: Catalogue | None = None
        """Open, and used in the answering thread alone."""
        self._leaving = Event()
        self._closed = False

    async def entries(self) -> tuple[Entry, ...]:
        """Return all dumps that the catalogue knows, the newest first. Raises StoreError."""
        return await self._answer(lambda: self._opened().entries())

    async def note(self) -> Advice | None:
        """Return what a person has to know of the catalogue, if anything. Raises StoreError."""
        return await self._answer(lambda: self._opened().note)

    async def search(self, text: str) -> Found:
        """Return where names are in which each word of `text` begins a word. Raises StoreError."""
        return await self._answer(lambda: self._opened().search(text, limit=MATCHES))

    async def instrument_titles(self) -> dict[str, str]:
        """Return what the service log calls its instruments, by their ids. Raises StoreError."""
        return await self._answer(
            lambda: {one.id: one.title for one in self._store.log.instruments()}
        )

    async def read(self, work: Callable[[], T]) -> T:
        """Do `work`, which reads files and changes none."""
        return await self._answer(work)

    async def follow(self, progress: ProgressHandler, cancelled: Callable[[], bool]) -> Followed:
        """Make the catalogue agree with the folder until `cancelled`. Raises StoreError, Left."""

        def tell(made: LibraryProgress) -> None:
            if cancelled() or self._leaving.is_set():
                raise Left
            progress(made)

        def work() -> Followed:
            with self._store.open_catalogue() as own:
                return own.follow(tell)

        return await self._change(work)

    async def take_in(
        self,
        paths: tuple[Path, ...],
        progress: ProgressHandler,
        cancelled: Callable[[], bool],
        admits: Callable[[Path], bool],
    ) -> tuple[Imported, ...]:
        """Take in dumps until all are in or `cancelled`; only files that `admits` are read.

        Raises StoreError, ImportStopped.
        """
        return await self._change(
            lambda: self._store.import_dumps(
                paths,
                progress=progress,
                cancelled=lambda: cancelled() or self._leaving.is_set(),
                admits=admits,
            )
        )

    async def export(self, path: Path, folder: Path) -> Path:
        """Copy a dump to a folder; return the copy. Raises StoreError."""
        return await self._change(lambda: self._store.export(path, folder))

    async def describe(self, path: Path, label: str, note: str) -> Path:
        """Give a dump a label and a note; return its path, new with a label. Raises StoreError."""
        return await self._change(lambda: self._store.describe(path, label=label, note=note))

    async def overwritten(self) -> Path:
        """Return what the last restore overwrote. Raises StoreError."""
        return await self._answer(self._store.overwritten)

    async def write_songs(self, contents: Contents, folder: Path) -> tuple[SongFile, ...]:
        """Write a memory's songs as MIDI files with names that are free. Raises StoreError."""

        def work() -> tuple[SongFile, ...]:
            # Imported only now: it brings mido.
            from m1tui.sysex.song_file import song_files

            files = song_files(contents)
            for file in files:
                name = Path(file.file_name)
                write_named(folder, name.stem, name.suffix, file.data)
            return files

        return await self._change(work)

    async def delete(self, path: Path) -> Path:
        """Move a dump to the bin; return where it is. Raises StoreError."""
        return await self._change(lambda: self._store.delete(path))

    async def bring_back(self, path: Path) -> Path:
        """Move a dump back from the bin; return where it is. Raises StoreError."""
        return await self._change(lambda: self._store.bring_back(path))

    async def binned(self) -> tuple[StoredBackup, ...]:
        """Return the dumps in the bin, the newest first."""
        return await self._answer(self._store.binned)

    async def make_anew(self, progress: ProgressHandler) -> None:
        """Throw the catalogue away and make it anew from the files. Raises StoreError."""
        await self._answer(self._close)
        await self._change(lambda: self._store.rebuild_catalogue(progress).close())

    async def close(self) -> None:
        """End what is under way at the next file, let the catalogue go, end the threads."""
        if self._leaving.is_set():
            return
        self._leaving.set()
        await self._answer(self._close)
        await self._change(lambda: None)  # what is under way comes before
        self._closed = True
        self._answering.shutdown(wait=False)
        self._changing.shutdown(wait=False)

    def _opened(self) -> Catalogue:
        if self._leaving.is_set():
            raise Left  # nobody would close it again
        if self._catalogue is None:
            self._catalogue = self._store.open_catalogue()
        return self._catalogue

    def _close(self) -> None:
        if self._catalogue is not None:
            self._catalogue.close()
            self._catalogue = None

    async def _answer(self, work: Callable[[], T]) -> T:
        return await self._in_thread(self._answering, work)

    async def _change(self, work: Callable[[], T]) -> T:
        return await self._in_thread(self._changing, work)

    async def _in_thread(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self._closed:
            raise Left
        return await asyncio.get_running_loop().run_in_executor(thread, work)
