"""A file is written whole or not at all, and never over another."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from m1tui.errors import StoreError
from m1tui.files import try_lock
from m1tui.store import write_named, write_new
from m1tui.store.atomic import Disk, clean, leftovers, write_over
from tests.advised import raises
from tests.store.disks import Failing, FailingSync, FullDisk, ReadOnly, Shortening, WithoutLinks

DATA = bytes(range(200))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("disk", [Disk(), WithoutLinks(), FullDisk(200)])
def test_a_new_file_holds_every_byte_and_nothing_else_is_left(tmp_path: Path, disk: Disk) -> None:
    write_new(tmp_path / "a.syx", DATA, disk=disk)
    assert (tmp_path / "a.syx").read_bytes() == DATA
    assert names(tmp_path) == ["a.syx"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    write_new(tmp_path / "one" / "two" / "a.syx", DATA)
    assert (tmp_path / "one" / "two" / "a.syx").read_bytes() == DATA


def test_a_folder_that_another_program_makes_at_the_same_moment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Path.is_dir

    def makes_it_after_the_look(path: Path) -> bool:
        there = looked(path)
        if path.name == "one" and not there:
            path.mkdir()
        return there

    monkeypatch.setattr(Path, "is_dir", makes_it_after_the_look)
    write_new(tmp_path / "one" / "a.syx", DATA)
    assert (tmp_path / "one" / "a.syx").read_bytes() == DATA


@pytest.mark.parametrize("disk", [Disk(), WithoutLinks()])
def test_a_file_that_exists_is_never_overwritten(tmp_path: Path, disk: Disk) -> None:
    path = tmp_path / "a.syx"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write_new(path, DATA, disk=disk)
    assert path.read_bytes() == b"mine"
    assert names(tmp_path) == ["a.syx"]


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    paths = [write_named(tmp_path, "a", ".syx", bytes([n])) for n in range(3)]
    assert [path.name for path in paths] == ["a.syx", "a (2).syx", "a (3).syx"]
    assert [path.read_bytes() for path in paths] == [b"\0", b"\1", b"\2"]


def test_a_name_whose_companion_is_taken_counts_as_taken(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    assert write_named(tmp_path, "a", ".syx", DATA, companion=".json").name == "a (2).syx"


@pytest.mark.parametrize("disk", [Failing(), Shortening()])
def test_what_the_disk_does_not_give_back_gets_no_name(tmp_path: Path, disk: Disk) -> None:
    with raises(StoreError, "disk-changed-the-file"):
        write_new(tmp_path / "a.syx", DATA, disk=disk)
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path, number: int) -> None:
    with pytest.raises(StoreError) as caught:
        write_new(tmp_path / "a.syx", DATA, disk=FullDisk(60, error=number))
    assert names(tmp_path) == []
    advice = caught.value.advice
    assert os.strerror(number) in advice.happened
    assert "full" in advice.cause
    assert "Free some space" in advice.next_step


@pytest.mark.parametrize("disk", [FailingSync(), ReadOnly(), FullDisk(0)])
def test_whatever_the_disk_refuses_no_partial_file_stays(tmp_path: Path, disk: Disk) -> None:
    with pytest.raises(StoreError, match=r"a\.syx"):
        write_new(tmp_path / "a.syx", DATA, disk=disk)
    assert names(tmp_path) == []


def test_a_read_only_folder_is_named_as_the_cause(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        write_new(tmp_path / "a.syx", DATA, disk=ReadOnly())
    assert "read-only" in caught.value.advice.cause


def test_a_file_in_the_place_of_a_folder_is_named_as_the_cause(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("not a folder")
    with pytest.raises(StoreError) as caught:
        write_named(tmp_path / "backups", "a", ".syx", DATA)
    assert "where a folder is needed" in caught.value.advice.cause


def test_replacing_a_file_keeps_the_old_one_when_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "pacing.json"
    write_over(path, b"old")
    with pytest.raises(StoreError):
        write_over(path, DATA, disk=FullDisk(10))
    assert path.read_bytes() == b"old"
    write_over(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["pacing.json"]


def test_a_name_with_control_characters_is_shown_harmlessly(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        write_new(tmp_path / "a\x1b[2Jb.syx", DATA, disk=ReadOnly())
    assert "\x1b" not in str(caught.value)
    assert "a·[2Jb.syx" in caught.value.advice.happened


def test_only_old_partial_files_count_as_leftovers(tmp_path: Path) -> None:
    old = tmp_path / ".m1tui-0123456789abcdef.part"
    young = tmp_path / ".m1tui-fedcba9876543210.part"
    foreign = tmp_path / ".someone-else.part"
    for path in (old, young, foreign):
        path.write_bytes(b"half")
    for path in (old, foreign):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert leftovers(tmp_path) == (old,)
    assert clean(tmp_path) == (old,)
    assert names(tmp_path) == sorted([young.name, foreign.name])


def partial_of(folder: Path, data: bytes, held: bytes) -> Path:
    """Return an old partial file of `data` of which `held` reached the disk."""
    digest = hashlib.sha256(data).hexdigest()
    path = folder / f".m1tui-0123456789abcdef-{digest}.part"
    path.write_bytes(held)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


def test_a_whole_partial_file_that_is_the_only_copy_stays(tmp_path: Path) -> None:
    path = partial_of(tmp_path, DATA, DATA)
    (tmp_path / "b.syx").write_bytes(DATA[::-1])
    assert clean(tmp_path) == ()
    assert path.read_bytes() == DATA


def test_a_whole_partial_file_goes_when_another_file_holds_the_same(tmp_path: Path) -> None:
    path = partial_of(tmp_path, DATA, DATA)
    (tmp_path / "a.syx").write_bytes(DATA)
    assert clean(tmp_path) == (path,)
    assert names(tmp_path) == ["a.syx"]


@pytest.mark.parametrize("held", [b"", DATA[:100], DATA[:-1] + b"x"])
def test_a_torn_partial_file_goes(tmp_path: Path, held: bytes) -> None:
    path = partial_of(tmp_path, DATA, held)
    assert clean(tmp_path) == (path,)


@pytest.mark.skipif(os.name == "nt", reason="pipes are Unix's")
def test_a_pipe_under_the_name_of_a_partial_file_stops_nothing(tmp_path: Path) -> None:
    path = partial_of(tmp_path, DATA, DATA)
    path.unlink()
    os.mkfifo(path)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert clean(tmp_path) == ()


def test_without_links_a_name_that_another_program_takes_at_the_last_moment_is_not_overwritten(
    tmp_path: Path,
) -> None:
    class Late(WithoutLinks):
        def link(self, source: Path, target: Path) -> None:
            target.write_bytes(b"theirs")
            super().link(source, target)

    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a.syx", DATA, disk=Late())
    assert (tmp_path / "a.syx").read_bytes() == b"theirs"
    assert names(tmp_path) == ["a.syx"]


@pytest.mark.skipif(os.name == "nt", reason="Windows' rename refuses by itself")
def test_without_links_a_folder_that_another_program_holds_is_told_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m1tui.store.atomic._WAIT", 0.1)
    held = os.open(tmp_path, os.O_RDONLY)
    assert try_lock(held)
    with pytest.raises(StoreError, match="Another program is writing to this folder"):
        write_new(tmp_path / "a.syx", DATA, disk=WithoutLinks())
    assert names(tmp_path) == []
    os.close(held)
    write_new(tmp_path / "a.syx", DATA, disk=WithoutLinks())
    assert names(tmp_path) == ["a.syx"]


def test_a_share_with_neither_links_nor_locks_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("m1tui.store.atomic.try_lock", refuse)
    write_new(tmp_path / "a.syx", DATA, disk=WithoutLinks())
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a.syx", b"other", disk=WithoutLinks())
    assert (tmp_path / "a.syx").read_bytes() == DATA


def test_a_folder_that_is_not_there_has_no_leftovers(tmp_path: Path) -> None:
    assert clean(tmp_path / "nowhere") == ()
