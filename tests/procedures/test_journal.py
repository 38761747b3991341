"""The journal: on the disk before it counts, and nothing lost by a torn line."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from m1tui.advice import Advice
from m1tui.errors import JournalError, StoreError
from m1tui.facts import Outcome, Verdict
from m1tui.files import try_lock
from m1tui.procedures.events import StepJudged
from m1tui.procedures.journal import Journal, damaged, parse, read, unfinished
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark
from m1tui.store.atomic import DISK, Disk
from tests.advised import raises
from tests.procedures.examples import BAD, GOOD, procedure
from tests.store.disks import FailingSync, FullDisk
from tests.store.journals import VERSION_1

START = datetime(2026, 11, 20, 9, 41, tzinfo=timezone(timedelta(hours=1)))


def clock() -> Iterator[datetime]:
    moment = START
    while True:
        yield moment
        moment += timedelta(seconds=1)


def begun(folder: Path, disk: Disk = DISK) -> Journal:
    moments = clock()
    return Journal.begin(
        folder, procedure(), port="virtual:healthy", now=lambda: next(moments), disk=disk
    )


def walked(journal: Journal) -> None:
    """Take a run to its second step, with a bad and a good answer and a note."""
    journal.record(journal.run.note("schön, 3.2 V"))
    journal.record(journal.run.tick())
    journal.record(journal.run.next())
    journal.record(journal.run.judge((BAD,), evidence=("seen",)))
    journal.record(journal.run.judge((GOOD,)))


def test_a_journal_is_named_by_its_time_and_procedure(tmp_path: Path) -> None:
    with begun(tmp_path / "journals") as journal:
        assert journal.path == tmp_path / "journals" / "2026-11-20 0941 example.journal"
        assert journal.run.current_state.started == "2026-11-20T09:41:01+01:00"


def test_a_run_goes_on_where_it_was_left(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        walked(journal)
        left = journal.run
    with Journal.open(journal.path) as again:
        assert again.run == left
        assert again.run.current.id == "keys"
        assert again.run.state("one").note == "schön, 3.2 V"
        assert again.header.port == "virtual:healthy"
        again.record(again.run.next())
    assert read(journal.path).run() == again.run


def test_every_line_is_json_with_the_name_of_its_event(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        walked(journal)
    lines = [json.loads(line) for line in journal.path.read_text("utf-8").splitlines()]
    assert lines[0]["version"] == 7
    assert [line["event"] for line in lines[1:]] == [
        "StepEntered",
        "NoteWritten",
        "StepTicked",
        "StepEntered",
        "StepJudged",
        "StepJudged",
    ]
    assert [line["n"] for line in lines[1:]] == [1, 2, 3, 4, 5, 6]


def test_the_event_is_on_the_disk_before_it_counts(tmp_path: Path) -> None:
    calls: list[tuple[str, Mark]] = []

    class Watching(Disk):
        def write(self, descriptor: int, data: bytes) -> int:
            calls.append(("write", mark()))
            return super().write(descriptor, data)

        def sync(self, descriptor: int) -> None:
            calls.append(("sync", mark()))
            super().sync(descriptor)

    journal: Journal | None = None

    def mark() -> Mark:
        return journal.run.current_state.mark if journal else Mark.OPEN

    journal = begun(tmp_path, Watching())
    calls.clear()
    with journal:
        journal.record(journal.run.tick())
        assert calls == [("write", Mark.OPEN), ("sync", Mark.OPEN)]
        assert mark() is Mark.BY_HAND


def test_a_journal_torn_at_any_byte_is_the_run_up_to_its_last_whole_line(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        walked(journal)
    data = journal.path.read_bytes()
    whole = parse(journal.path, data)
    header = data.index(b"\n") + 1
    for size in range(header, len(data)):
        content = parse(journal.path, data[:size])
        count = data[header:size].count(b"\n")
        assert content.events == whole.events[:count]
        assert content.run() == Run.replay(procedure(), whole.events[:count])
        assert data[: content.size].endswith(b"\n")


@pytest.mark.parametrize("tail", [b'{"n":7,"event":"StepTi', b"\0" * 300, b"\0" * 20 + b"\n"])
def test_a_torn_line_is_cut_off_and_the_run_goes_on(tmp_path: Path, tail: bytes) -> None:
    with begun(tmp_path) as journal:
        walked(journal)
        left = journal.run
    with journal.path.open("ab") as file:
        file.write(tail)
    with Journal.open(journal.path) as again:
        assert again.run == left
        again.record(again.run.next())
    assert read(journal.path).run() == again.run


@pytest.mark.parametrize("size", [0, 1, 40, 400])
def test_a_journal_without_its_header_cannot_be_resumed(tmp_path: Path, size: int) -> None:
    with begun(tmp_path) as journal:
        pass
    journal.path.write_bytes(journal.path.read_bytes()[:size])
    with pytest.raises(JournalError, match="line 1"):
        Journal.open(journal.path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b'"event":"StepTicked"', b'"event":"StepTicket"', "unknown event 'StepTicket'"),
        (b'{"n":3', b'{"n":4', "expected event 3, found 4"),
        (b'"step":"one","at":"2026-11-20T09:41:03', b'"step":"no","at":"', "unknown step 'no'"),
        (b'{"n":3', b'["n":3', "JSON is malformed"),
    ],
)
def test_a_damaged_line_in_the_middle_is_named(
    tmp_path: Path, old: bytes, new: bytes, problem: str
) -> None:
    with begun(tmp_path) as journal:
        walked(journal)
    data = journal.path.read_bytes()
    assert old in data
    journal.path.write_bytes(data.replace(old, new))
    before = journal.path.read_bytes()
    with pytest.raises(JournalError, match="line 4") as caught:
        Journal.open(journal.path)
    assert problem in caught.value.advice.happened
    assert journal.path.read_bytes() == before


def test_a_journal_of_a_newer_version_is_refused_by_its_number(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        pass
    data = journal.path.read_bytes()
    journal.path.write_bytes(data.replace(b'"version":7', b'"version":8', 1))
    with pytest.raises(JournalError, match="expected version 7 or lower, found 8"):
        Journal.open(journal.path)


def test_a_journal_of_the_version_before_is_read_and_goes_on(tmp_path: Path) -> None:
    (old,) = VERSION_1.glob("*.journal")
    path = tmp_path / old.name
    shutil.copy(old, path)
    before = read(path)
    hold = before.run().state("hold")
    assert [(one.name, one.passed, one.advice) for one in hold.verdicts] == [
        ("memory-equals", True, None)
    ]
    silent = next(event for event in before.events if isinstance(event, StepJudged))
    assert silent.verdicts[0].passed is None
    assert silent.verdicts[0].advice == Advice(
        "",
        "Nothing is heard of the M1.",
        "Nothing was written to the instrument.",
        "A cable is missing.",
        "Connect it, then try again.",
    )
    advice = Advice("for-a-test", "It differs.", "Nothing was written.", next_step="Try again.")
    worse = Verdict(False, "differs", "a", "b", advice, name="memory-equals")
    with Journal.open(path) as again:
        again.record(again.run.judge((worse, replace(GOOD, decides=False))))
    assert read(path).run() == again.run
    assert read(path).run().state("hold").verdicts == (worse, replace(GOOD, decides=False))
    assert read(path).events[:-1] == before.events


def test_advice_of_the_time_before_codes_is_read_with_an_empty_one(tmp_path: Path) -> None:
    advice = Advice("it-differs", "It differs.", "Nothing was written.", "A cable.", "Try again.")
    bad = replace(BAD, advice=advice)
    with begun(tmp_path) as journal:
        journal.record(journal.run.tick())
        journal.record(journal.run.next())
        journal.record(journal.run.judge((bad,)))
    data = journal.path.read_bytes()
    assert read(journal.path).run().current_state.verdicts == (bad,)
    old = data.replace(b'"version":7', b'"version":2', 1).replace(b'"it-differs",', b"", 1)
    assert len(old) < len(data)
    journal.path.write_bytes(old)
    (verdict,) = read(journal.path).run().current_state.verdicts
    assert verdict.advice == advice._replace(code="")


@pytest.mark.parametrize(
    ("passed", "told", "outcome", "wrote"),
    [
        (None, "REFUSED: nothing was written. No answer.", Outcome.REFUSED, False),
        (True, "VERIFIED: nothing was written; 100 bytes read in 1.0 s", Outcome.VERIFIED, False),
        (True, "VERIFIED: 100 bytes in 1.0 s, at full speed", Outcome.VERIFIED, True),
    ],
)
def test_how_a_restore_ended_is_known_also_of_the_time_before_it_was_a_value(
    tmp_path: Path, passed: bool | None, told: str, outcome: Outcome, wrote: bool
) -> None:
    ended = Verdict(passed, told, name="restore", outcome=outcome, wrote=wrote)
    with begun(tmp_path) as journal:
        while journal.run.current.kind != "restore":
            journal.record(journal.run.override("not needed here"))
            journal.record(journal.run.next())
        journal.record(journal.run.judge((ended,)))
    assert read(journal.path).run().current_state.verdicts == (ended,)
    data = journal.path.read_bytes()
    values = f',"outcome":"{outcome}","wrote":{str(wrote).lower()}'.encode()
    old = data.replace(values, b"", 1)
    assert len(old) < len(data)
    journal.path.write_bytes(old)
    before = read(journal.path).run()
    assert before.current_state.verdicts == (ended,)
    assert bool(before.written) is wrote


@pytest.mark.parametrize(
    ("told", "value"),
    [
        (Verdict(True, "M1 on channel 1, ROM 7", name="answers"), ("rom", "7")),
        (
            Verdict(False, "", found="60 of 61 keys good; stuck: F#4, G4", name="keybed"),
            ("stuck-keys", "F#4, G4"),
        ),
        (Verdict(True, "M1 on channel 1, no identity", name="answers"), None),
    ],
)
def test_what_the_m1_said_is_a_value_also_of_the_time_before_it_was_one(
    tmp_path: Path, told: Verdict, value: tuple[str, str] | None
) -> None:
    with begun(tmp_path) as journal:
        journal.record(journal.run.tick())
        journal.record(journal.run.next())
        journal.record(journal.run.judge((told,)))
    assert b'"values":' not in journal.path.read_bytes().splitlines()[-1]
    (read_again,) = read(journal.path).run().current_state.verdicts
    assert read_again == replace(told, values=(value,) if value is not None else ())
    known = replace(told, evidence="something else", found="", values=(("rom", "12"),))
    with Journal.open(journal.path) as again:
        again.record(again.run.judge((known,)))
    assert read(journal.path).run().current_state.verdicts == (known,)


def test_two_programs_cannot_work_on_one_run(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        with raises(JournalError, "run-open-elsewhere"):
            Journal.open(journal.path)
        assert [one.elsewhere for one in unfinished(tmp_path)] == [True]
        journal.record(journal.run.tick())
    assert [one.elsewhere for one in unfinished(tmp_path)] == [False]
    Journal.open(journal.path).close()


def test_a_run_that_another_program_only_looks_at_is_not_open_there(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        pass
    looking = os.open(journal.path, os.O_RDWR)
    assert try_lock(looking)
    done = threading.Timer(0.03, os.close, [looking])
    done.start()
    assert [one.elsewhere for one in unfinished(tmp_path)] == [False]
    done.join()


def test_a_journal_that_could_not_be_cut_back_says_each_time_what_the_disk_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, size: int) -> None:
        raise OSError(5, "Input/output error")

    with begun(tmp_path) as journal:
        pass
    journal = Journal.open(journal.path, disk=FailingSync())
    monkeypatch.setattr(os, "ftruncate", refuse)
    said = []
    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            journal.record(journal.run.note("a note that is not kept"))
        said.append(caught.value.advice)
    assert said[0] == said[1]
    assert journal.closed


def test_a_full_disk_leaves_run_and_file_as_they_were(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        walked(journal)
    before = journal.path.read_bytes()
    for disk in (FullDisk(30), FailingSync()):
        with Journal.open(journal.path, disk=disk) as full:
            left = full.run
            with pytest.raises(StoreError):
                full.record(full.run.next())
            assert full.run == left
        assert journal.path.read_bytes() == before
    with Journal.open(journal.path) as again:
        again.record(again.run.next())


def test_unfinished_runs_are_found_the_newest_first(tmp_path: Path) -> None:
    with begun(tmp_path) as older:
        pass
    with begun(tmp_path) as newer:
        newer.record(newer.run.tick())
    found = unfinished(tmp_path)
    assert [item.path for item in found] == [newer.path, older.path]
    assert found[0].header.port == "virtual:healthy"
    assert found[0].last == "2026-11-20T09:41:02+01:00"
    assert found[0].run.state("one").mark is Mark.BY_HAND


def test_finished_and_abandoned_runs_are_not_offered_again(tmp_path: Path) -> None:
    with begun(tmp_path) as finished:
        while True:
            finished.record(finished.run.override("to be quick"))
            if finished.run.at_end:
                break
            finished.record(finished.run.next())
    with begun(tmp_path) as abandoned:
        abandoned.record(abandoned.run.abandon("wrong instrument"))
    assert unfinished(tmp_path) == ()


def test_a_damaged_journal_hides_no_other_and_is_told(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        pass
    broken = tmp_path / "broken.journal"
    broken.write_bytes(b"{}\n")
    assert [item.path for item in unfinished(tmp_path)] == [journal.path]
    ((path, advice),) = damaged(tmp_path)
    assert path == broken
    assert "line 1" in advice.happened


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    assert unfinished(tmp_path / "nowhere") == ()


def test_a_run_goes_on_with_the_text_that_it_began_with(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        pass
    assert Journal.open(journal.path).run.procedure == procedure()


def test_a_run_that_cannot_be_begun_is_open_in_no_program(tmp_path: Path) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        Journal.begin(tmp_path, procedure(), port="virtual", first=full)
    (left,) = unfinished(tmp_path)
    assert not left.elsewhere
    with Journal.open(left.path) as again:
        assert again.run.position == 0
