"""Importing takes each content once, by what files hold, and never touches them."""

from __future__ import annotations

import errno
import io
import os
import zipfile
from pathlib import Path

import mido
import pytest

from m1tui.errors import StoreError
from m1tui.store import Store
from m1tui.store.atomic import alone
from m1tui.store.catalogue import LibraryProgress
from m1tui.store.importing import Fate, Imported, ImportStopped
from m1tui.sysex import (
    Allocation,
    Bank,
    CombinationDump,
    Contents,
    ModeRequest,
    Part,
    ProgramDump,
    ProgramWrite,
)
from m1tui.sysex.examine import Grade
from tests.store.disks import FullDisk
from tests.store.memories import dump, memory, put


def taken(data: Path, *paths: Path) -> list[Imported]:
    return list(Store(data).import_dumps(paths))


def fates(done: list[Imported]) -> list[Fate]:
    return [one.fate for one in done]


def test_folders_are_read_to_their_depths_whatever_the_files_are_called(tmp_path: Path) -> None:
    source = tmp_path / "in"
    put(source, "a.syx", dump(memory("a")))
    put(source / "deep" / "deeper", "b.bank", dump(memory("b")))
    put(source / "deep", "c.txt", dump(memory("c")).hex(" ").encode())
    done = taken(tmp_path / "data", source)
    assert fates(done) == [Fate.IMPORTED] * 3
    assert [one.source.name for one in done] == ["a.syx", "c.txt", "b.bank"]
    for one in done:
        assert one.path is not None
        assert one.path.read_bytes()[0] == 0xF0
    assert (source / "a.syx").read_bytes() == dump(memory("a"))


def test_an_imported_dump_says_where_it_comes_from(tmp_path: Path) -> None:
    (one,) = taken(tmp_path / "data", put(tmp_path, "Old Bank.syx", dump(memory())))
    assert one.path is not None
    assert one.path.name.endswith(" Old Bank all data.syx")
    with Store(tmp_path / "data").catalogue() as catalogue:
        (entry,) = catalogue.entries(instrument="")
    assert entry.facts.origin == "Old Bank.syx"
    assert entry.facts.intact is True
    assert entry.facts.reads == 0


def test_the_same_messages_are_not_taken_twice(tmp_path: Path) -> None:
    first = put(tmp_path, "a.syx", dump(memory()))
    second = put(tmp_path, "b.syx", b"junk" + dump(memory()) + b"\0\0")
    done = taken(tmp_path / "data", first, second)
    assert fates(done) == [Fate.IMPORTED, Fate.SAME]
    assert done[1].path == done[0].path
    assert fates(taken(tmp_path / "data", tmp_path / "b.syx")) == [Fate.SAME]


def test_equal_contents_on_another_channel_or_in_parts_are_not_taken_twice(tmp_path: Path) -> None:
    contents = memory("x")
    parts = b"".join(dump(contents, part) for part in Part if part is not Part.ALL)
    done = taken(
        tmp_path / "data",
        put(tmp_path, "a.syx", dump(contents)),
        put(tmp_path, "b.syx", dump(contents, channel=5)),
        put(tmp_path, "c.syx", parts),
    )
    assert fates(done) == [Fate.IMPORTED, Fate.EQUAL, Fate.EQUAL]
    assert {one.path for one in done} == {done[0].path}


def test_the_same_names_with_other_sounds_are_taken(tmp_path: Path) -> None:
    contents = memory("x")
    assert contents.programs is not None
    louder = tuple(program.replace(detune=7) for program in contents.programs)
    other = contents.merged(Contents(programs=louder, allocation=Allocation.LARGE_SEQUENCE))
    done = taken(
        tmp_path / "data",
        put(tmp_path, "a.syx", dump(contents)),
        put(tmp_path, "b.syx", dump(other)),
        put(tmp_path, "c.syx", dump(other, channel=3)),
    )
    assert fates(done) == [Fate.IMPORTED, Fate.IMPORTED, Fate.EQUAL]
    assert done[2].path == done[1].path


def test_several_memories_in_one_file_become_several_dumps(tmp_path: Path) -> None:
    file = put(tmp_path, "all.syx", dump(memory("a")) + dump(memory("b")))
    done = taken(tmp_path / "data", file)
    assert fates(done) == [Fate.IMPORTED] * 2
    with Store(tmp_path / "data").catalogue() as catalogue:
        assert len(catalogue.search("p01 a").matches) == 1
        assert len(catalogue.search("p01 b").matches) == 1


def test_a_standard_midi_file_is_kept_as_plain_messages(tmp_path: Path) -> None:
    file = mido.MidiFile()
    track = mido.MidiTrack()
    track.append(mido.Message("sysex", data=dump(memory())[1:-1]))
    file.tracks.append(track)
    stream = io.BytesIO()
    file.save(file=stream)
    (one,) = taken(tmp_path / "data", put(tmp_path, "x.mid", stream.getvalue()))
    assert one.path is not None
    assert one.path.read_bytes() == dump(memory())
    assert "format mid" in one.reason


def test_what_is_not_in_the_library_is_told(tmp_path: Path) -> None:
    request = ModeRequest(0).encode()
    (one,) = taken(tmp_path / "data", put(tmp_path, "a.syx", b"hello" + dump(memory()) + request))
    assert "junk" in one.reason
    assert "without memory contents: 1" in one.reason


def test_single_sounds_are_taken_beside_the_dumps_with_their_slots(tmp_path: Path) -> None:
    programs = memory().programs or ()
    first = ProgramDump(0, programs[0]).encode() + ProgramWrite(0, Bank.INTERNAL, 5).encode()
    second = CombinationDump(3, (memory().combinations or ())[2]).encode()
    done = taken(
        tmp_path / "data", put(tmp_path, "a.syx", first + dump(memory()) + second + second[:20])
    )
    assert fates(done) == [Fate.IMPORTED] * 2
    kept = done[1].path
    assert kept is not None
    assert kept.name.endswith("single program combination.syx")
    assert kept.read_bytes() == first + second


def test_a_single_sound_is_known_by_its_content(tmp_path: Path) -> None:
    program = (memory().programs or ())[0]
    here, there = (ProgramDump(channel, program).encode() for channel in (0, 9))
    done = taken(
        tmp_path / "data", put(tmp_path, "a.syx", here), put(tmp_path, "b.syx", there + here)
    )
    assert fates(done)[:1] == [Fate.IMPORTED]
    again = taken(tmp_path / "data", put(tmp_path, "c.syx", there))
    assert fates(again) == [Fate.EQUAL]


@pytest.mark.parametrize("data", [b"", b"text", b"\xf0\x43\x00\xf7", dump(memory())[:-9]])
def test_a_file_without_a_whole_dump_is_refused_with_the_reason(
    tmp_path: Path, data: bytes
) -> None:
    (one,) = taken(tmp_path / "data", put(tmp_path, "a.syx", data))
    assert one.fate is Fate.REFUSED
    assert "no dump of an M1's memory" in one.reason
    assert not (tmp_path / "data" / "backups").exists()


def test_pipes_and_missing_files_are_refused_and_stop_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.syx")
    done = taken(
        tmp_path / "data",
        tmp_path / "pipe.syx",
        tmp_path / "missing.syx",
        put(tmp_path, "a.syx", dump(memory())),
    )
    assert fates(done) == [Fate.REFUSED, Fate.REFUSED, Fate.IMPORTED]
    assert "expected a file" in done[0].reason


def test_the_library_itself_is_left_out_of_a_folder_around_it(tmp_path: Path) -> None:
    taken(tmp_path / "data", put(tmp_path / "in", "a.syx", dump(memory())))
    store = Store(tmp_path / "data")
    store.delete(store.backups()[0].path)
    done = taken(tmp_path / "data", tmp_path)
    assert [one.source for one in done] == [tmp_path / "in" / "a.syx"]


def test_progress_tells_the_last_file_and_cancelling_keeps_what_is_done(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path / "in", f"{number}\x1b.syx", dump(memory(str(number))))
    steps: list[LibraryProgress] = []
    store = Store(tmp_path / "data")
    done = store.import_dumps([tmp_path / "in"], progress=steps.append)
    assert len(done) == 3
    assert (steps[-1].done, steps[-1].total, steps[-1].file) == (3, 3, "2·.syx")
    assert store.import_dumps([tmp_path / "in"], cancelled=lambda: True) == ()


def test_a_disk_that_fills_up_keeps_what_was_imported_and_goes_on_later(tmp_path: Path) -> None:
    for number in range(4):
        put(tmp_path / "in", f"{number}.syx", dump(memory(str(number))))
    size = len(dump(memory()))
    full = Store(tmp_path / "data", disk=FullDisk(2 * size + 4_000))
    with pytest.raises(ImportStopped, match=os.strerror(errno.ENOSPC)) as caught:
        full.import_dumps([tmp_path / "in"])
    assert [one.fate for one in caught.value.done] == [Fate.IMPORTED] * 2
    assert (
        "2 dumps were imported and can be used from the library; 2 files were not looked at."
        in caught.value.advice.safe
    )
    store = Store(tmp_path / "data")
    with store.catalogue() as catalogue:
        assert [entry.facts.problem for entry in catalogue.entries()] == ["", ""]
    again = list(store.import_dumps([tmp_path / "in"]))
    assert fates(again) == [Fate.SAME, Fate.SAME, Fate.IMPORTED, Fate.IMPORTED]


def test_a_second_import_at_the_same_time_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    file = put(tmp_path, "a.syx", dump(memory()))
    with (
        alone(store.folders.import_lock, "importing"),
        pytest.raises(StoreError, match="Another program is importing") as caught,
    ):
        store.import_dumps([file])
    assert "Wait until it has finished" in caught.value.advice.next_step
    assert fates(list(store.import_dumps([file]))) == [Fate.IMPORTED]


CASES = Path(__file__).parents[1] / "cases"


def test_an_archive_with_several_dumps_keeps_each_of_them(tmp_path: Path) -> None:
    done = taken(tmp_path / "data", CASES / "m1-sounds-3-files.zip")
    assert fates(done) == [Fate.IMPORTED, Fate.IMPORTED, Fate.IMPORTED]
    assert all("zip" in one.reason for one in done)


def test_a_damaged_bank_is_kept_with_that_mark(tmp_path: Path) -> None:
    (one,) = taken(tmp_path / "data", CASES / "programs-ftp-ascii-CR-to-LF.syx")
    assert one.fate is Fate.IMPORTED
    assert "DAMAGED: no 0D" in one.reason


def test_dumps_in_an_archive_are_told_apart_by_their_files(tmp_path: Path) -> None:
    archive = tmp_path / "sounds.zip"
    mended = CASES / "programs-ftp-ascii-LF-to-CRLF.syx"
    damaged = CASES / "programs-right-length-but-shifted-in-the-middle.syx"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("m1/ONE.SYX", mended.read_bytes())
        file.writestr("m1/TWO.SYX", damaged.read_bytes())
    first, second = taken(tmp_path / "data", archive)
    assert first.path is not None
    assert second.path is not None
    assert first.path.name.endswith("sounds ONE programs.syx")
    assert second.path.name.endswith("sounds TWO programs.syx")
    assert (first.name, second.name) == ("m1/ONE.SYX in sounds.zip", "m1/TWO.SYX in sounds.zip")
    assert (first.grade, second.grade) == (Grade.SOUND, Grade.DAMAGED)
    assert "Every 0D 0A in the message" in first.reason
    assert "(257 in all)" in first.reason
    assert "257 in all" not in second.reason
    assert "DAMAGED: 502 values" in second.reason


def test_what_was_mended_is_said(tmp_path: Path) -> None:
    (one,) = taken(tmp_path / "data", CASES / "programs-ftp-ascii-LF-to-CRLF.syx")
    assert "Every 0D 0A in the message" in one.reason
    assert "(257 in all)" in one.reason


def test_a_hundred_single_programs_are_taken_as_a_bank(tmp_path: Path) -> None:
    (one,) = taken(tmp_path / "data", CASES / "wm1-style-100x-40-then-11-write.syx")
    assert one.fate is Fate.IMPORTED
    assert one.path is not None
    assert len(one.path.read_bytes()) == 16_350
    assert "left out" not in one.reason


def test_a_file_is_never_called_known_when_a_part_of_it_was_dropped(tmp_path: Path) -> None:
    whole = put(tmp_path, "whole.syx", dump(memory()))
    broken = (CASES / "truncated-programs-at-60-percent.syx").read_bytes()
    more = put(tmp_path, "more.syx", dump(memory()) + broken)
    done = taken(tmp_path / "data", whole, more)
    assert fates(done) == [Fate.IMPORTED, Fate.SAME, Fate.REFUSED]
    assert "59 programs" in done[2].reason
