"""Where the program's files lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


def default_data_dir() -> Path:
    """Return the folder for this user's backups and logs, as the system wants it."""
    import platformdirs  # late: commands on files alone need no folder

    return platformdirs.user_data_path("m1tui", appauthor=False)


def log_dir(data_dir: Path | None) -> Path:
    """Return the folder of the error logs: the chosen data folder, or the system's for state."""
    if data_dir is not None:
        return data_dir
    import platformdirs  # late, as above

    return platformdirs.user_state_path("m1tui", appauthor=False)


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders within the data folder. None is made before something is written."""

    data: Path

    @property
    def backups(self) -> Path:
        """Dumps as plain .syx files, each with its manifest."""
        return self.data / "backups"

    @property
    def bin(self) -> Path:
        """Dumps that were deleted, each with its manifest."""
        return self.data / "bin"

    @property
    def catalogue(self) -> Path:
        """The index of the backups; it may be deleted at any time."""
        return self.data / "catalogue.sqlite"

    @property
    def import_lock(self) -> Path:
        """Locked by the one program that imports."""
        return self.data / "import.lock"

    @property
    def log(self) -> Path:
        """The service log: instruments, and visits with their runs."""
        return self.data / "log"

    @property
    def reports(self) -> Path:
        """Reports of visits, unless another folder is named for one."""
        return self.data / "reports"

    @property
    def journals(self) -> Path:
        """One file of JSON lines per run of a procedure."""
        return self.data / "journals"

    @property
    def pacing(self) -> Path:
        """Which pacing worked on which port."""
        return self.data / "pacing.json"

    @property
    def sounding(self) -> Path:
        """One file for each port on which notes sound."""
        return self.data / "sounding"
