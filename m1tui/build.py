"""Which build of m1tui this is: its release, its commit, and how far that is from the release.

A checkout asks git. What `git archive` packs, and a source distribution or wheel, carry it in
`build.txt`. Only the standard library is used, since a build asks here, too.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parent
STAMP = "build.txt"
"""The file that a tarball or a wheel carries: what `git describe` says, and the commit."""

_DESCRIBED = re.compile(r"v(\d+(?:\.\d+)*)-(\d+)-g([0-9a-f]{4,40})|v(\d+(?:\.\d+)*)")
_COMMIT = re.compile(r"[0-9a-f]{4,40}")
_SECONDS = 5.0


class Build(NamedTuple):
    """A build of m1tui."""

    release: str
    """The release that it is, or that it comes after: "0.2.0"."""
    commit: str = ""
    """The commit's short name, empty where nothing says it."""
    after: int | None = None
    """Commits since the release's tag, or since the beginning where no tag was made; None if
    that is unknown."""
    tagged: bool = False
    """Whether the release's tag is known here."""
    changed: bool = False
    """Whether the checkout has changes that are in no commit."""

    @property
    def version(self) -> str:
        """The version for a package's metadata (PEP 440): "0.2.0" or "0.2.0+12.g1a2b3c4"."""
        if not self.commit or (self.tagged and not self.after and not self.changed):
            return self.release
        parts = ["" if self.after is None else str(self.after), f"g{self.commit}"]
        return f"{self.release}+{'.'.join(part for part in parts if part)}"

    def __str__(self) -> str:
        if not self.commit:
            return self.release
        away = ""
        if self.after:
            since = f"after {self.release}" if self.tagged else "in all"
            away = f", {self.after:,} commit{'s' if self.after != 1 else ''} {since}"
        changes = ", with changes" if self.changed else ""
        return f"{self.release} (commit {self.commit}{away}{changes})"


def build(release: str, package: Path = PACKAGE) -> Build:
    """Return which build the package in folder `package` is; `release` is what it calls itself."""
    return _of_checkout(release, package.parent) or _of_stamp(release, package / STAMP)


def stamp(found: Build) -> str:
    """Return the content of `build.txt` for a build that leaves its checkout."""
    if not found.commit:
        return "\n\n"
    described = f"v{found.release}-{found.after or 0}-g{found.commit}" if found.tagged else ""
    return f"{described}\n{found.commit}\n{'' if found.after is None else found.after}\n"


def _of_stamp(release: str, path: Path) -> Build:
    try:
        lines = [*path.read_text(encoding="utf-8").splitlines(), "", "", ""]
    except (
        OSError,
        UnicodeDecodeError,
    ):  # packed by something else
        return Build(release)
    described = _DESCRIBED.fullmatch(lines[0].strip())
    commit = lines[1].strip() if _COMMIT.fullmatch(lines[1].strip()) else ""
    if described:
        after = int(described[2] or 0)
        return Build(described[1] or described[4], described[3] or commit, after, tagged=True)
    count = lines[2].strip()
    return Build(release, commit, int(count) if commit and count.isdecimal() else None)


def _of_checkout(release: str, folder: Path) -> Build | None:
    if not (folder / ".git").exists():
        return None
    commit = _git(folder, "rev-parse", "--short", "HEAD")
    if not commit:  # no git here, or not the owner's folder
        return None
    changed = bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))
    described = _DESCRIBED.fullmatch(
        _git(folder, "describe", "--tags", "--long", "--match", "v[0-9]*") or ""
    )
    if described and described[2]:
        return Build(described[1], commit, int(described[2]), tagged=True, changed=changed)
    count = _git(folder, "rev-list", "--count", "HEAD")
    return Build(release, commit, int(count) if count.isdecimal() else None, changed=changed)


def _git(folder: Path, *words: str) -> str:
    """Return what git prints, empty where it cannot be asked."""
    try:
        ran = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""
