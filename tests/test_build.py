"""Which build this is: from a checkout's tags and commits, a tarball, or a wheel."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from m1tui.build import STAMP, Build, build, stamp

IDENTITY = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@localhost",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@localhost",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(folder: Path, *words: str) -> str:
    ran = subprocess.run(
        ["git", "-C", folder, *words],
        env=os.environ | IDENTITY,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one commit, whose package carries a stamp as ours does."""
    package = tmp_path / "checkout" / "m1tui"
    package.mkdir(parents=True)
    own = Path(__file__).parent.parent / "m1tui" / STAMP
    (package / STAMP).write_text(own.read_text())
    (package.parent / ".gitattributes").write_text(f"m1tui/{STAMP} export-subst\n")
    git(package.parent, "init", "-q", "-b", "main")
    commit(package.parent)
    return package


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "-q", "--allow-empty", "-m", "A change")


def test_at_its_tag_a_checkout_is_the_release(checkout: Path) -> None:
    git(checkout, "tag", "v0.9.1")
    found = build("0.2.0", checkout)
    assert (found.release, found.version) == ("0.9.1", "0.9.1")
    assert str(found) == f"0.9.1 (commit {git(checkout, 'rev-parse', '--short', 'HEAD')})"


def test_after_its_tag_the_commits_are_counted(checkout: Path) -> None:
    git(checkout, "tag", "v0.9.1")
    commit(checkout)
    commit(checkout)
    found, head = build("0.2.0", checkout), git(checkout, "rev-parse", "--short", "HEAD")
    assert found.version == f"0.9.1+2.g{head}"
    assert str(found) == f"0.9.1 (commit {head}, 2 commits after 0.9.1)"


def test_without_a_tag_all_commits_are_counted(checkout: Path) -> None:
    found = build("0.2.0", checkout)
    assert (found.release, found.after, found.tagged) == ("0.2.0", 1, False)
    assert found.version == f"0.2.0+1.g{found.commit}"


def test_changes_that_are_in_no_commit_are_said(checkout: Path) -> None:
    git(checkout, "tag", "v0.9.1")
    (checkout / STAMP).write_text("changed")
    found = build("0.2.0", checkout)
    assert str(found).endswith(", with changes)")
    assert found.version == f"0.9.1+0.g{found.commit}"


@pytest.mark.parametrize("tag", ["v0.9.1", ""])
def test_what_git_archive_packs_says_its_commit(checkout: Path, tmp_path: Path, tag: str) -> None:
    if tag:
        git(checkout, "tag", "-a", "-m", "The release", tag)
    commit(checkout)
    git(checkout.parent, "archive", "-o", str(tmp_path / "packed.tar"), "HEAD")
    (tmp_path / "unpacked").mkdir()
    subprocess.run(["tar", "xf", tmp_path / "packed.tar", "-C", tmp_path / "unpacked"], check=True)
    packed, here = build("0.2.0", tmp_path / "unpacked" / "m1tui"), build("0.2.0", checkout)
    assert packed.commit == here.commit
    assert packed.release == here.release == (tag or "v0.2.0").removeprefix("v")
    # Without a tag, an archive does not know how many commits there were.
    assert packed.after == (1 if tag else None)


@pytest.mark.parametrize(
    "found",
    [
        Build("0.2.0", "1a2b3c4", 12, tagged=True),
        Build("0.2.0", "1a2b3c4", 0, tagged=True),
        Build("0.2.0", "1a2b3c4", 493),
        Build("0.2.0", "1a2b3c4"),
        Build("0.2.0"),
    ],
)
def test_a_wheel_knows_what_the_checkout_knew(tmp_path: Path, found: Build) -> None:
    (tmp_path / STAMP).write_text(stamp(found))
    assert build("0.2.0", tmp_path) == found


@pytest.mark.parametrize("text", ["", "$Format:%h$\n", "v1-x-g\nnonsense\n", "\0\xff"])
def test_a_stamp_that_says_nothing_leaves_the_release(tmp_path: Path, text: str) -> None:
    (tmp_path / STAMP).write_bytes(text.encode("latin-1"))
    assert build("0.2.0", tmp_path) == Build("0.2.0")
    assert str(Build("0.2.0")) == Build("0.2.0").version == "0.2.0"
