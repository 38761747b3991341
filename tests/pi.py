"""`python -m tests.pi`: says whether every run-time dependency comes as a wheel for 64-bit ARM.

pip resolves for the Python and platform that it is told, but judges markers by the Python that
runs it; so the markers are judged here, for the small computer in the workshop.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

PYTHONS = ("3.11", "3.13")
"""Those of Raspberry Pi OS: Debian 12 has the first, Debian 13 the second."""
OLDEST_GLIBC, NEWEST_GLIBC = 17, 36
"""Minor versions of glibc 2 that a wheel may ask for; Debian 12 has the newest."""
COMPILED_EXTRAS = frozenset({"rtmidi", "dev", "docs", "fuzz"})
"""Extras for those who have a compiler, and for developers."""

CHECKOUT = Path(__file__).resolve().parent.parent
PLATFORMS = (
    "manylinux2014_aarch64",
    *(f"manylinux_2_{minor}_aarch64" for minor in range(NEWEST_GLIBC, OLDEST_GLIBC - 1, -1)),
    "linux_aarch64",
)


class NoWheel(Exception):
    """pip found no set of wheels; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """One package as pip would install it."""

    name: str
    version: str
    file: str
    requires: tuple[str, ...]

    @property
    def tags(self) -> str:
        """The Pythons and platforms that it is for: "cp311-cp311-manylinux_2_17_aarch64"."""
        return "-".join(self.file.removesuffix(".whl").rsplit("-", 3)[1:])


def main() -> int:
    """Print the table; 0 when everything comes as a wheel, 1 when something needs a compiler."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    taken = [name for name in project["optional-dependencies"] if name not in COMPILED_EXTRAS]
    for name in taken:
        wanted += project["optional-dependencies"][name]
    print(f"m1tui with the extras: {', '.join(taken) or 'none'}; 64-bit ARM Linux, wheels alone")
    good = True
    for python in PYTHONS:
        print(f"\nPython {python}")
        try:
            for wheel in sorted(resolved(wanted, python), key=lambda one: one.name):
                print(f"  {wheel.name:22} {wheel.version:12} {wheel.tags}")
        except NoWheel as reason:
            good = False
            print(f"  FAILED: {reason}")
        left_out = [str(one) for one in map(Requirement, wanted) if not _counts(one, python)]
        for requirement in left_out:
            print(f"  not asked for here: {requirement.partition(';')[0]}")
    print("\nEverything comes as a wheel." if good else "\nAn install would need a compiler.")
    return 0 if good else 1


def resolved(wanted: Iterable[str], python: str) -> list[Wheel]:
    """Return all that `wanted` needs on that Python; raises NoWheel."""
    asked = {str(one) for one in map(Requirement, wanted) if _counts(one, python)}
    while True:
        found = {canonicalize_name(wheel.name): wheel for wheel in _ask_pip(asked, python)}
        needed = _needed(asked, found, python)
        missing = {str(one) for one in needed if canonicalize_name(one.name) not in found}
        if not missing:
            names = {canonicalize_name(one.name) for one in needed}
            return [wheel for name, wheel in found.items() if name in names]
        # What pip left out, since a marker does not count for the Python that runs it.
        asked |= missing


def _needed(
    asked: Iterable[str], found: Mapping[NormalizedName, Wheel], python: str
) -> list[Requirement]:
    """Return what was asked for and, through the wheels found, all that those need."""
    todo = [Requirement(one) for one in asked]
    needed: dict[str, Requirement] = {}
    while todo:
        one = todo.pop()
        one.marker = None
        if str(one) in needed:
            continue
        needed[str(one)] = one
        wheel = found.get(canonicalize_name(one.name))
        if wheel is not None:
            todo += _requirements(wheel, one.extras, python)
    return list(needed.values())


def _requirements(wheel: Wheel, extras: Iterable[str], python: str) -> Iterator[Requirement]:
    for requirement in map(Requirement, wheel.requires):
        if any(_counts(requirement, python, extra) for extra in ("", *extras)):
            yield requirement


def _counts(requirement: Requirement, python: str, extra: str = "") -> bool:
    environment = {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": "aarch64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
        "extra": extra,
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


def _ask_pip(asked: Iterable[str], python: str) -> list[Wheel]:
    plain = []
    for requirement in map(Requirement, asked):
        requirement.marker = None
        plain.append(str(requirement))
    with tempfile.TemporaryDirectory() as nowhere:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "--disable-pip-version-check", "install"),
                *("--dry-run", "--quiet", "--ignore-installed", "--report", "-"),
                *("--target", nowhere, "--only-binary", ":all:", "--implementation", "cp"),
                *("--python-version", python),
                *(word for platform in PLATFORMS for word in ("--platform", platform)),
                *sorted(plain),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise NoWheel(" ".join(errors).replace("ERROR: ", "") or "pip gave no reason")
    report: dict[str, Any] = json.loads(done.stdout)
    return [_wheel(entry) for entry in report["install"]]


def _wheel(entry: Mapping[str, Any]) -> Wheel:
    metadata = entry["metadata"]
    return Wheel(
        name=metadata["name"],
        version=metadata["version"],
        file=entry["download_info"]["url"].rpartition("/")[2],
        requires=tuple(metadata.get("requires_dist", ())),
    )


if __name__ == "__main__":
    sys.exit(main())
