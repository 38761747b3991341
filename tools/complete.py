"""Says whether this environment has all that pyproject.toml asks for: `python -m tools.complete`.

0 if so, 1 if not. `make` asks before it goes to the network, which a bench need not have.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# pip's own copy: the environment of those who only use m1tui has no other.
from pip._vendor.packaging.requirements import Requirement

CHECKOUT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Name what is missing."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    absent = missing(["m1tui", *project["dependencies"]])
    if absent:
        print(f"To be installed: {', '.join(absent)}")
    return 1 if absent else 0


def missing(requirements: Iterable[str]) -> list[str]:
    """Return the names of those that are not installed here, or in another version."""
    absent = []
    for wanted in map(Requirement, requirements):
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            there = wanted.specifier.contains(version(wanted.name), prereleases=True)
        except PackageNotFoundError:
            there = False
        if not there:
            absent.append(wanted.name)
    return absent


if __name__ == "__main__":
    sys.exit(main())
