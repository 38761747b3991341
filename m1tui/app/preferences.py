"""What the owner has told the app once: kept in the data folder."""

from __future__ import annotations

import json
from pathlib import Path

from m1tui.files import SETTINGS, FileTrouble, read_bounded, without_mark
from m1tui.store.atomic import write_over

FILE = "app.json"


class Preferences:
    """Whether the instrument is an M1R, and where home was left.

    A file that is missing or damaged counts as nothing told.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self.rack = False
        self.place = ""
        """The key of home's current line."""
        self._load()

    def _load(self) -> None:
        try:
            told = json.loads(without_mark(read_bounded(self._path, SETTINGS)))
        except (FileTrouble, ValueError, RecursionError):
            return
        if isinstance(told, dict):
            self.rack = told.get("rack") is True
            place = told.get("place")
            self.place = place if isinstance(place, str) else ""

    def keep(self, *, rack: bool | None = None, place: str | None = None) -> None:
        """Write what has changed. Raises StoreError when the disk refuses."""
        before = (self.rack, self.place)
        self.rack = self.rack if rack is None else rack
        self.place = self.place if place is None else place
        if (self.rack, self.place) != before:
            told = json.dumps({"rack": self.rack, "place": self.place})
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_over(self._path, told.encode())
