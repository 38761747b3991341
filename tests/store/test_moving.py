"""Deleting is moving to the bin, exporting is copying; no file is ever written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.errors import StoreError
from m1tui.store import Store
from m1tui.store.atomic import Disk
from tests.advised import raises
from tests.store.disks import FullDisk, ReadOnly, WithoutLinks
from tests.store.memories import dump, memory, put
from tests.store.test_catalogue import save


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("disk", [Disk(), WithoutLinks()])
def test_a_deleted_dump_lies_in_the_bin_with_its_manifest_and_can_come_back(
    tmp_path: Path, disk: Disk
) -> None:
    path = save(tmp_path, memory())
    before = path.read_bytes(), path.with_suffix(".json").read_bytes()
    store = Store(tmp_path, disk=disk)
    binned = store.delete(path)
    assert store.backups() == ()
    assert names(tmp_path / "backups") == []
    assert [one.path for one in store.binned()] == [binned]
    assert store.binned()[0].intact()
    assert store.bring_back(binned) == path
    assert (path.read_bytes(), path.with_suffix(".json").read_bytes()) == before
    assert names(tmp_path / "bin") == []


def test_a_name_that_is_taken_in_the_bin_gets_a_number(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = store.delete(save(tmp_path, memory("a")))
    second = store.delete(save(tmp_path, memory("b")))
    assert second.name == "2026-11-20 0941 M1 all data (2).syx"
    assert first.read_bytes() == dump(memory("a"))
    assert second.read_bytes() == dump(memory("b"))
    assert [one.intact() for one in store.binned()] == [True, True]


def test_a_move_that_was_broken_off_is_finished_by_the_next(tmp_path: Path) -> None:
    path = save(tmp_path, memory())
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / path.name).hardlink_to(path)
    Store(tmp_path).delete(path)
    assert names(tmp_path / "backups") == []
    stem = path.stem
    assert names(tmp_path / "bin") == [f"{stem}.json", f"{stem}.syx"]


def test_without_links_a_move_that_was_broken_off_is_finished_by_the_next(tmp_path: Path) -> None:
    path = save(tmp_path, memory())
    put(tmp_path / "bin", path.name, path.read_bytes())
    Store(tmp_path, disk=WithoutLinks()).delete(path)
    assert names(tmp_path / "backups") == []
    assert names(tmp_path / "bin") == [f"{path.stem}.json", f"{path.stem}.syx"]


@pytest.mark.parametrize("disk", [ReadOnly(), FullDisk(0)])
def test_a_disk_that_refuses_leaves_the_dump_where_it_was(tmp_path: Path, disk: Disk) -> None:
    path = save(tmp_path, memory())
    if isinstance(disk, FullDisk):
        disk.link = WithoutLinks().link  # type: ignore[method-assign]
    with pytest.raises(StoreError):
        Store(tmp_path, disk=disk).delete(path)
    assert path.read_bytes() == dump(memory())
    assert path.with_suffix(".json").exists()


def test_a_dump_that_is_gone_cannot_be_deleted_and_nothing_happens(tmp_path: Path) -> None:
    path = save(tmp_path, memory())
    path.unlink()
    with raises(StoreError, "file-missing"):
        Store(tmp_path).delete(path)


def test_an_export_is_a_copy_beside_what_is_there(tmp_path: Path) -> None:
    path = save(tmp_path, memory())
    store, stick = Store(tmp_path), tmp_path / "stick"
    first = store.export(path, stick)
    second = store.export(path, stick, manifest=True)
    assert first.read_bytes() == second.read_bytes() == path.read_bytes()
    assert names(stick) == [second.with_suffix(".json").name, second.name, first.name]
    assert path.exists()


def test_an_export_to_a_full_disk_leaves_nothing_there(tmp_path: Path) -> None:
    path = save(tmp_path, memory())
    with pytest.raises(StoreError, match="could not be written"):
        Store(tmp_path, disk=FullDisk(100)).export(path, tmp_path / "stick")
    assert names(tmp_path / "stick") == []
