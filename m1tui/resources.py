"""Finds the folders of data files, in a checkout and in an installation from a wheel."""

from __future__ import annotations

from pathlib import Path

from m1tui.advice import NOTHING_SENT, Advice, Trouble

PACKAGE = Path(__file__).resolve().parent


def screens_folder(package: Path = PACKAGE) -> Path:
    """Return the folder of the maintenance procedures, one TOML file each.

    `package` is the folder of the m1tui package. Raises Trouble when the installation lacks them.
    """
    return _folder("screens", package)


def assets_folder(package: Path = PACKAGE) -> Path:
    """Return the folder of the stylesheet, the tables and the demo bank.

    `package` is the folder of the m1tui package. Raises Trouble when the installation lacks them.
    """
    return _folder("assets", package)


def _folder(name: str, package: Path) -> Path:
    # A wheel carries the folders inside the package, a checkout beside it.
    candidates = (package / name, package.parent / name)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise Trouble(
        Advice(
            code="installation-incomplete",
            happened=f"m1tui's own folder {name} is missing; it was looked for at {candidates[0]} "
            f"and {candidates[1]}.",
            safe=NOTHING_SENT,
            cause="The installation is incomplete, or files in the checkout were moved.",
            next_step="Install m1tui again.",
        )
    )
