"""Files on a disk that knows no difference between small and capital letters."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from m1tui.store.atomic import Disk, write_named, write_new, write_over
from m1tui.store.log_files import slug


def taken(path: Path) -> bool:
    """Tell whether such a disk finds a file of that name."""
    return any(one.name.casefold() == path.name.casefold() for one in path.parent.iterdir())


class Windows(Disk):
    """NTFS: a link or a rename to a name that is taken in any letters is refused."""

    def link(self, source: Path, target: Path) -> None:
        self._refuse(target)
        super().link(source, target)

    def rename(self, source: Path, target: Path) -> None:
        self._refuse(target)
        super().rename(source, target)

    def replace(self, source: Path, target: Path) -> None:
        """The file keeps the name that it has, in its letters."""
        for one in target.parent.iterdir():
            if one.name.casefold() == target.name.casefold():
                target = one
        super().replace(source, target)

    @staticmethod
    def _refuse(target: Path) -> None:
        if taken(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))


class Fat(Windows):
    """FAT and some shares: no links, and a rename replaces what is there."""

    def link(self, source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    def rename(self, source: Path, target: Path) -> None:
        super().replace(source, target)


@pytest.fixture(params=[Windows, Fat])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Disk:
    real = os.path.lexists

    def lexists(path: Path) -> bool:
        return taken(Path(path)) if Path(path).parent.is_dir() else real(path)

    monkeypatch.setattr(os.path, "lexists", lexists)
    return request.param()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_name_in_other_letters_is_taken_and_nothing_is_overwritten(
    tmp_path: Path, disk: Disk
) -> None:
    write_new(tmp_path / "Lead.syx", b"first", disk=disk)
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "LEAD.syx", b"second", disk=disk)
    assert write_named(tmp_path, "LEAD", ".syx", b"third", disk=disk).name == "LEAD (2).syx"
    assert names(tmp_path) == ["LEAD (2).syx", "Lead.syx"]
    assert (tmp_path / "Lead.syx").read_bytes() == b"first"


def test_what_is_replaced_stays_one_file(tmp_path: Path, disk: Disk) -> None:
    write_over(tmp_path / "settings.json", b"old", disk=disk)
    write_over(tmp_path / "Settings.json", b"new", disk=disk)
    assert names(tmp_path) == ["settings.json"]
    assert (tmp_path / "settings.json").read_bytes() == b"new"


@pytest.mark.parametrize("text", ["M1 R 123", "m1 r 123", "M1-R 123"])
def test_ids_are_small_letters_so_that_no_two_differ_only_by_case(text: str) -> None:
    assert slug(text) == "m1-r-123"
