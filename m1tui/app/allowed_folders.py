"""Where a person at the app may read and write: every path that is chosen is checked here.

Whoever sits at a browser need not be the person whose computer it is: `serve --folder` keeps them
to a folder. A path is judged by where it leads once `..` and links are followed, and what passed
is used as it was judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from m1tui.advice import Advice
from m1tui.errors import OutOfReach
from m1tui.files import typed_name
from m1tui.store import Store, printable_path
from m1tui.web.session import FOLDER


@dataclass(frozen=True, slots=True)
class AllowedFolders:
    """The folders that are open, with all in them."""

    folder: Path | None = None
    """The one folder for a person's own files, absolute; None: every folder."""
    own: tuple[Path, ...] = ()
    """The program's folders that are open, too: those of its backups and its reports."""

    @property
    def start(self) -> Path:
        """Return the folder to begin at, from which a path that is typed may lead on."""
        return Path.cwd() if self.folder is None else self.folder

    def typed(self, text: str) -> Path:
        """Return the place that a person typed; `~` is the home folder. Raises OutOfReach."""
        if "\0" in text:
            raise _no_path(text, "contains a character that cannot be in a path")
        path = Path(typed_name(text))
        if path.parts[:1] and path.parts[0].startswith("~") and not (self.start / path).exists():
            raise _no_path(
                text, "starts with ~ and a user name that does not exist on this computer"
            )
        return self.checked(path if path.is_absolute() else self.start / path)

    def checked(self, path: Path) -> Path:
        """Return where `path` leads. Raises OutOfReach for what is not open."""
        if self.folder is None:
            return path
        place = _resolved(path)
        if place is None or not self._holds(place):
            # The same words for what is there and for what is not.
            raise OutOfReach(
                Advice(
                    code="out-of-reach",
                    happened=f'"{printable_path(path)}" is out of reach: m1tui is limited to '
                    f'"{printable_path(self.folder)}".',
                    safe="Nothing was read or written there.",
                    cause="That folder was set with the --folder option of `m1tui serve`.",
                    next_step="Choose a place in that folder.",
                )
            )
        return place

    def admits(self, path: Path) -> bool:
        """Tell whether `path` leads to a place that is open."""
        try:
            self.checked(path)
        except OutOfReach:
            return False
        return True

    def _holds(self, place: Path) -> bool:
        # A path through a link that leads in a circle keeps its dots, and leads nowhere.
        return ".." not in place.parts and any(
            place.is_relative_to(root) for root in map(_resolved, (self.folder, *self.own)) if root
        )


EVERYWHERE = AllowedFolders()
"""Of the person who started the app in a terminal."""


def allowed_folders_of(environ: Mapping[str, str], store: Store) -> AllowedFolders:
    """Return what is open to an app that has these surroundings."""
    folder = environ.get(FOLDER)
    if folder is None:
        return EVERYWHERE
    return AllowedFolders(Path(folder).absolute(), (store.folders.backups, store.folders.reports))


def _resolved(path: Path | None) -> Path | None:
    """Return where a path leads, None for none, or for one whose links lead in a circle."""
    try:
        return path.resolve() if path is not None else None
    except (OSError, RuntimeError, ValueError):
        return None


def _no_path(text: str, why: str) -> OutOfReach:
    return OutOfReach(
        Advice(
            code="no-such-path",
            happened=f'"{printable_path(Path(text))}" {why}.',
            safe="Nothing was read or written.",
            next_step="Type another path.",
        )
    )
