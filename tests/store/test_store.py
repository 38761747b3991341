"""Backups, their manifests and the remembered pacing."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.errors import StoreError, WithoutManifest
from m1tui.facts import Backup
from m1tui.store import Store, default_data_dir
from m1tui.store.atomic import Disk
from m1tui.store.backups import safe_name
from m1tui.sysex import Bank, Contents, Part, Program
from tests.store.disks import FullDisk

WHEN = datetime(2026, 11, 20, 9, 41, 7, tzinfo=timezone(timedelta(hours=1)))


HUNDRED = Contents(programs=(Program.blank(),) * 100)


@dataclass(frozen=True)
class Reading(Backup):
    """A backup of which a test says only what it needs."""

    contents: Contents = HUNDRED
    dump: bytes = b"\xf0\x42\x30\x19\x50\xf7"
    part: Part = Part.ALL
    bank: Bank = Bank.INTERNAL
    reads: int = 2
    notes: tuple[str, ...] = ("the third song has no name",)
    not_held: tuple[str, ...] = ()


def store(folder: Path, disk: Disk | None = None) -> Store:
    return Store(folder, now=lambda: WHEN, disk=disk or Disk())


def saved(folder: Path, reading: Reading | None = None, instrument: str = "M1") -> Path:
    return store(folder).save_backup(
        reading or Reading(), instrument=instrument, link="UM-ONE (0582:012a)"
    )


def test_a_backup_is_a_plain_file_named_by_date_instrument_and_kind(tmp_path: Path) -> None:
    path = saved(tmp_path)
    assert path == tmp_path / "backups" / "2026-11-20 0941 M1 all data.syx"
    assert path.read_bytes() == Reading.dump


def test_the_manifest_tells_what_the_program_knew(tmp_path: Path) -> None:
    path = saved(tmp_path)
    manifest = json.loads(path.with_suffix(".json").read_text())
    assert manifest["sha256"] == hashlib.sha256(Reading.dump).hexdigest()
    assert manifest["file"] == path.name
    assert manifest["bytes"] == 6
    assert manifest["kind"] == "all"
    assert manifest["bank"] == "internal"
    assert manifest["contents"] == ["100 programs"]
    assert manifest["instrument"] == "M1"
    assert manifest["link"] == "UM-ONE (0582:012a)"
    assert manifest["reads"] == 2
    assert manifest["notes"] == ["the third song has no name"]
    assert manifest["time"] == "2026-11-20T09:41:07+01:00"
    assert manifest["program"]


def test_a_backup_of_a_visit_belongs_to_the_visits_instrument(tmp_path: Path) -> None:
    kept = store(tmp_path)
    assert kept.instrument_on_bench("raw:/dev/midi1") == ""
    instrument = kept.log.add_instrument("M1", serial="112233")
    visit = kept.log.begin_visit(instrument.id)
    assert kept.instrument_on_bench("raw:/dev/midi1") == instrument.id
    assert kept.instrument_on_bench("virtual:healthy") == ""
    kept.log.end_visit(visit.id)
    assert kept.instrument_on_bench("raw:/dev/midi1") == ""


@pytest.mark.parametrize(("noted", "named"), [("M1R", "M1R"), ("m1 rex", "M1REX"), ("T2", "M1")])
def test_a_backup_is_named_by_the_model_that_the_log_has(
    tmp_path: Path, noted: str, named: str
) -> None:
    kept = store(tmp_path)
    on_bench = kept.log.add_instrument(noted, serial="112233").id
    path = kept.save_backup(Reading(), instrument="M1", instrument_id=on_bench, link="UM-ONE")
    assert path.name == f"2026-11-20 0941 {named} all data.syx"
    assert json.loads(path.with_suffix(".json").read_text())["instrument"] == named


def test_a_damaged_log_hinders_no_backup(tmp_path: Path) -> None:
    kept = store(tmp_path)
    instrument = kept.log.add_instrument("M1")
    kept.log.begin_visit(instrument.id)
    for record in (kept.folders.log / "instruments").iterdir():
        record.write_text("{")
    assert kept.instrument_on_bench("raw:/dev/midi1") == ""
    path = kept.save_backup(Reading(), instrument="M1", instrument_id=instrument.id, link="UM-ONE")
    assert path.name == "2026-11-20 0941 M1 all data.syx"


def test_two_backups_of_one_minute_stand_side_by_side(tmp_path: Path) -> None:
    first, second = saved(tmp_path), saved(tmp_path, Reading(dump=b"\xf0\xf7"))
    assert second.name == "2026-11-20 0941 M1 all data (2).syx"
    assert first.read_bytes() == Reading.dump
    listed = store(tmp_path).backups()
    assert {item.path for item in listed} == {first, second}
    assert all(item.intact() for item in listed)


def test_of_many_backups_of_one_minute_the_last_made_is_the_newest(tmp_path: Path) -> None:
    paths = [saved(tmp_path) for _ in range(11)]
    labelled = store(tmp_path).describe(paths[9], label="Gig (2)")
    first = store(tmp_path).describe(paths[0], label="Gig (7)")
    newest = [first, *paths[1:9], labelled, paths[10]][::-1]
    assert store(tmp_path).newest_dumps(11) == tuple(newest)
    assert [one.path for one in store(tmp_path).backups()] == newest


def test_what_the_last_restore_overwrote_is_the_last_of_its_minute(tmp_path: Path) -> None:
    seconds = iter(range(0, 60, 5))
    library = Store(tmp_path, now=lambda: WHEN.replace(second=next(seconds)))

    def overwrote(reading: Reading) -> Path:
        return library.save_backup(reading, instrument="M1", link="virtual", replaced=True)

    for reading in (Reading(part=Part.PROGRAMS), Reading(), Reading()):
        last = overwrote(reading)
        assert library.overwritten() == last


def test_the_part_that_was_read_stands_in_the_name(tmp_path: Path) -> None:
    assert saved(tmp_path, Reading(part=Part.GLOBAL)).stem == "2026-11-20 0941 M1 global"


def test_a_cards_backup_says_so_in_its_name(tmp_path: Path) -> None:
    path = saved(tmp_path, Reading(bank=Bank.CARD, part=Part.PROGRAMS))
    assert path.stem == "2026-11-20 0941 M1 card programs"


@pytest.mark.parametrize("room", [6, 7, 100])
def test_a_disk_that_fills_up_behind_the_dump_keeps_it_and_tells_where(
    tmp_path: Path, room: int
) -> None:
    with pytest.raises(WithoutManifest) as told:
        store(tmp_path, FullDisk(room)).save_backup(Reading(), instrument="M1", link="x")
    kept = told.value.kept
    assert kept.read_bytes() == Reading.dump
    assert list(kept.parent.iterdir()) == [kept]
    advice = told.value.advice
    assert str(kept) in advice.safe
    assert "disk is full" in advice.cause
    (item,) = store(tmp_path).backups()
    assert item.path == kept


def test_a_disk_that_is_full_from_the_start_leaves_no_backup(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        store(tmp_path, FullDisk(5)).save_backup(Reading(), instrument="M1", link="x")
    assert not isinstance(told.value, WithoutManifest)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_without_manifest_is_still_listed(tmp_path: Path) -> None:
    saved(tmp_path).with_suffix(".json").unlink()
    (item,) = store(tmp_path).backups()
    assert item.manifest is None
    assert item.intact() is None


def test_a_damaged_manifest_does_not_hide_its_backup(tmp_path: Path) -> None:
    saved(tmp_path).with_suffix(".json").write_bytes(b'{"file":')
    (item,) = store(tmp_path).backups()
    assert item.manifest is None


def test_a_changed_byte_in_a_backup_is_noticed(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(Reading.dump[:-1] + b"\x00")
    (item,) = store(tmp_path).backups()
    assert item.intact() is False


def test_an_empty_library_is_empty_and_makes_no_folder(tmp_path: Path) -> None:
    assert store(tmp_path / "data").backups() == ()
    assert not (tmp_path / "data").exists()


def test_a_full_disk_keeps_the_library_as_it_was(tmp_path: Path) -> None:
    saved(tmp_path)
    with pytest.raises(StoreError):
        store(tmp_path, FullDisk(3)).save_backup(Reading(), instrument="M1", link="x")
    assert len(store(tmp_path).backups()) == 1
    assert len(list((tmp_path / "backups").iterdir())) == 2


def test_a_disk_that_fills_up_before_the_manifest_keeps_the_whole_dump(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        store(tmp_path, FullDisk(20)).save_backup(Reading(), instrument="M1", link="x")
    (item,) = store(tmp_path).backups()
    assert item.path.read_bytes() == Reading.dump


@given(st.text(max_size=80))
def test_any_instrument_name_becomes_a_name_that_every_file_system_takes(text: str) -> None:
    name = safe_name(text)
    assert 1 <= len(name) <= 40
    assert name.isascii()
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>|')
    assert name == name.strip(" .")


def test_the_pacing_that_worked_is_remembered_for_each_port(tmp_path: Path) -> None:
    first = store(tmp_path)
    assert first.pacing_for("raw:/dev/snd/midiC1D0") is None
    first.remember_pacing("raw:/dev/snd/midiC1D0", "256:60")
    first.remember_pacing("tcp:localhost:9000", "full")
    first.remember_pacing("raw:/dev/snd/midiC1D0", "256:100")
    again = store(tmp_path)
    assert again.pacing_for("raw:/dev/snd/midiC1D0") == "256:100"
    assert again.pacing_for("tcp:localhost:9000") == "full"


def test_a_damaged_pacing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "pacing.json").write_text("[]")
    with pytest.raises(StoreError, match=r"pacing\.json") as caught:
        store(tmp_path).pacing_for("virtual:healthy")
    assert "Delete it" in caught.value.advice.next_step


def test_a_full_disk_keeps_the_remembered_pacing(tmp_path: Path) -> None:
    store(tmp_path).remember_pacing("tcp:a:1", "full")
    with pytest.raises(StoreError, match=os.strerror(errno.ENOSPC)):
        store(tmp_path, FullDisk(9)).remember_pacing("tcp:b:1", "full")
    assert store(tmp_path).pacing_for("tcp:a:1") == "full"


def test_the_usual_data_folder_is_the_users_own() -> None:
    assert default_data_dir().is_absolute()
    assert "m1tui" in default_data_dir().name
