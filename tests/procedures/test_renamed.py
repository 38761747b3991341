"""A backup that a label renames while a run needs it: the run, the log and the undo follow it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from m1tui.clock import run as run_clock
from m1tui.errors import OriginError, StoreError
from m1tui.procedures.journal import Journal
from m1tui.procedures.origins import load_origin, origins
from m1tui.procedures.recording import read_run
from m1tui.procedures.states import RunOutcome
from m1tui.procedures.watching import Watching
from m1tui.store import Store
from m1tui.store.backups import found_again
from m1tui.store.records import FileRecord, RunRecord
from tests.procedures.rehearsals import Rehearsal, go_on, stages_of
from tests.store.test_store import WHEN, Reading

BATTERY = Rehearsal("internal-battery")


def save(store: Store, *, replaced: bool = False) -> Path:
    return store.save_backup(Reading(), instrument="M1", link="virtual", replaced=replaced)


def test_a_run_in_the_middle_restores_the_backup_under_its_new_name(tmp_path: Path) -> None:
    """The cell is out, and the backup is renamed before the sounds are sent back."""
    stage = stages_of(BATTERY, tmp_path)["restore"]
    old = Path(stage.run.state("backup").backup)
    new = Store(tmp_path).describe(old, label="Gig")
    assert not old.exists()
    assert stage.machine.contents.is_initialised
    finished = run_clock(go_on(stage.run, stage.machine, tmp_path, BATTERY))
    assert finished.outcome is RunOutcome.VERIFIED
    assert stage.machine.memory.programs == load_origin(str(new)).contents.programs


def test_the_choice_of_sounds_offers_it_once_and_by_its_new_name(tmp_path: Path) -> None:
    stage = stages_of(BATTERY, tmp_path)["source"]
    store = Store(tmp_path)
    new = store.describe(Path(stage.run.state("backup").backup), label="Gig")
    offered = origins(stage.run, store)
    assert [one.place for one in offered][:1] == [str(new)]
    assert [one.place for one in offered].count(str(new)) == 1
    assert offered[0].title == f"the backup just made: {new.stem}"


def kept_in_a_run(folder: Path) -> tuple[Journal, Path]:
    """The open journal of a run whose only step has kept a backup, and that backup."""
    whole = stages_of(BATTERY, folder)["unplug"].run
    state = whole.state("backup")
    step = msgspec.structs.replace(whole.procedure.step("backup"), needs=())
    procedure = msgspec.structs.replace(whole.procedure, steps=(step,))
    journal = Journal.begin(folder / "journals", procedure, port="virtual:x")
    journal.record(journal.run.judge(state.verdicts, backup=state.backup))
    return journal, Path(state.backup)


def files_of(record: RunRecord) -> list[FileRecord]:
    return [step.backup for step in record.steps if step.backup is not None]


def test_the_log_and_an_open_run_name_it_as_it_is_called_now(tmp_path: Path) -> None:
    store = Store(tmp_path)
    journal, old = kept_in_a_run(tmp_path)
    with journal:
        store.log.catch_up(store.journal_folder, read_run)
        (before,) = files_of(store.log.run(read_run(journal.path).id))
        new = store.describe(old, label="Gig")
        assert Watching(journal).allowed.backup == new.name
        for record in (store.log.run(read_run(journal.path).id), read_run(journal.path)):
            (after,) = files_of(record)
            assert (before.file, after.file) == (old.name, new.name)
            assert after.sha256 == before.sha256 != ""


def test_a_dump_is_found_under_each_name_that_it_has_had(tmp_path: Path) -> None:
    store = Store(tmp_path)
    journal, old = kept_in_a_run(tmp_path)
    journal.close()
    first = store.describe(old, label="Gig")
    second = store.describe(first, label="Old gig")
    assert found_again(old) == found_again(first) == found_again(second) == second
    assert store.describe(second, label="") == old
    assert found_again(first) == found_again(old) == old


def test_a_name_that_a_renamed_dump_had_is_given_to_no_other(tmp_path: Path) -> None:
    """Two backups within a minute: the journal's name must not come to mean the second."""
    store = Store(tmp_path, now=lambda: WHEN)
    first = save(store)
    renamed = store.describe(first, label="Gig")
    second = save(store)
    assert second.name != first.name
    assert found_again(first) == renamed


def test_what_the_last_restore_overwrote_is_found_under_its_label(tmp_path: Path) -> None:
    store = Store(tmp_path, now=lambda: WHEN)
    renamed = store.describe(save(store, replaced=True), label="Before the gig")
    assert store.overwritten() == renamed


def test_a_run_whose_backup_is_in_the_bin_says_which_file_is_missing(tmp_path: Path) -> None:
    stage = stages_of(BATTERY, tmp_path)["restore"]
    old = Path(stage.run.state("backup").backup)
    Store(tmp_path).delete(old)
    with pytest.raises(OriginError) as missing:
        load_origin(str(old))
    assert missing.value.advice.code == "file-missing"
    assert old.name in missing.value.advice.happened


def test_a_log_that_cannot_follow_is_said_with_the_new_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path, now=lambda: WHEN)
    path = save(store)
    store.log.begin_visit(store.log.add_instrument("M1").id)
    (visit,) = (tmp_path / "log" / "visits").glob("*/visit.json")
    visit.write_text("no record")
    with pytest.raises(StoreError) as trouble:
        store.describe(path, label="Gig")
    renamed = found_again(path)
    assert renamed.exists()
    assert renamed.name in trouble.value.advice.safe
    assert "the log still shows its old name" in trouble.value.advice.safe
