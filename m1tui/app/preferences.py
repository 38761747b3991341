"""What the owner has told the app once: kept in the data folder."""

from __future__ import annotations

import json
from pathlib import Path

from m1tui.files import SETTINGS, FileTrouble, read_bounded, without_mark

FILE = "app.json"


class Preferences:
    """Whether the instrument is an M1R, where home was left, which colours are wanted, and more.

    A file that is missing or damaged counts as nothing told.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self.rack = False
        self.place = ""
        """The key of home's current line."""
        self.scheme = ""
        """The colours by their name, empty where none were chosen."""
        self.bell = True
        """Whether the bell and the title of the terminal say that a transfer has ended."""
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
            scheme = told.get("colours")
            self.scheme = scheme if isinstance(scheme, str) else ""
            self.bell = told.get("bell") is not False

    def keep(
        self,
        *,
        rack: bool | None = None,
        place: str | None = None,
        scheme: str | None = None,
        bell: bool | None = None,
    ) -> None:
        """Write what has changed. Raises StoreError when the disk refuses."""
        # It brings the whole store; the first screen reads the colours before it needs that.
        from m1tui.store.atomic import write_over

        before = self._told()
        self.rack = self.rack if rack is None else rack
        self.place = self.place if place is None else place
        self.scheme = self.scheme if scheme is None else scheme
        self.bell = self.bell if bell is None else bell
        if self._told() != before:
            told = json.dumps(self._told())
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_over(self._path, told.encode())

    def _told(self) -> dict[str, object]:
        return {
            "rack": self.rack,
            "place": self.place,
            "colours": self.scheme,
            "bell": self.bell,
        }
