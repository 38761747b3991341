"""The catalogue lists and finds dumps, follows their folder, and may be lost at any time."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m1tui.errors import StoreError
from m1tui.store import Store
from m1tui.store.catalogue import Catalogue, Followed, LibraryProgress
from m1tui.store.dumpfacts import time_of
from m1tui.store.names import Name, Named, as_text, from_text, picked, query
from m1tui.sysex import Bank, Contents, Part
from tests.advised import raises
from tests.store.memories import dump, memory, put
from tests.store.test_store import Reading

ZONE = timezone(timedelta(hours=1))


def day(number: int) -> datetime:
    return datetime(2026, 11, number, 9, 41, tzinfo=ZONE)


def reading(contents: Contents) -> Reading:
    return Reading(contents, dump(contents), Part.ALL, Bank.INTERNAL)


def save(folder: Path, contents: Contents, *, on: int = 20, instrument: str = "M1") -> Path:
    store = Store(folder, now=lambda: day(on))
    return store.save_backup(reading(contents), instrument=instrument, link="test")


def found(catalogue: Catalogue, text: str, *kinds: Named) -> list[str]:
    return [match.name.text for match in catalogue.search(text, kinds=kinds).matches]


def test_a_backup_is_listed_with_what_its_manifest_tells(tmp_path: Path) -> None:
    path = save(tmp_path, memory())
    with Store(tmp_path).catalogue() as catalogue:
        (entry,) = catalogue.entries()
    assert entry.path == path
    assert entry.title == "2026-11-20 0941 M1 all data"
    assert entry.facts.instrument == "M1"
    assert entry.facts.kind == "all"
    assert entry.facts.contents[:2] == ("50 programs", "50 combinations")
    assert entry.facts.intact is True
    assert entry.backup.manifest is not None


def test_dumps_are_listed_by_instrument_and_date_the_newest_first(tmp_path: Path) -> None:
    for number, instrument in ((1, "M1"), (3, "M1R"), (2, "M1")):
        save(tmp_path, memory(str(number)), on=number, instrument=instrument)
    with Store(tmp_path).catalogue() as catalogue:
        assert [entry.facts.time[:10] for entry in catalogue.entries()] == [
            "2026-11-03",
            "2026-11-02",
            "2026-11-01",
        ]
        assert catalogue.instruments() == (("M1", 2), ("M1R", 1))
        assert len(catalogue.entries(instrument="M1")) == 2
        assert len(catalogue.entries(since=day(2))) == 2
        assert len(catalogue.entries(since=day(2), until=day(3))) == 1
        assert [one.facts.time[9:10] for one in catalogue.entries(limit=1, offset=1)] == ["2"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("warm", "Warm Strg"),
        ("WARM", "Warm Strg"),
        ("strg warm", "Warm Strg"),
        ("wa st", "Warm Strg"),
        ("piano", "M1Piano16'"),
        ("16 piano", "M1Piano16'"),
        ("ensemble", "StEnsemble"),
        ("anthem", "Anthem"),
    ],
)
def test_a_name_is_found_by_the_beginnings_of_its_words(
    tmp_path: Path, text: str, name: str
) -> None:
    save(tmp_path, memory(p07="Warm Strg", p08="M1Piano16'", c01="StEnsemble", s3="Anthem"))
    with Store(tmp_path).catalogue() as catalogue:
        assert found(catalogue, text) == [name]


def test_words_of_two_names_are_not_found_together(tmp_path: Path) -> None:
    save(tmp_path, memory(p07="Warm", p08="Strg"))
    with Store(tmp_path).catalogue() as catalogue:
        assert found(catalogue, "warm strg") == []


def test_a_search_can_want_only_songs_and_tells_their_number(tmp_path: Path) -> None:
    save(tmp_path, memory(p07="Night", c02="Night", s3="Night"))
    with Store(tmp_path).catalogue() as catalogue:
        (match,) = catalogue.search("night", kinds=[Named.SONG]).matches
        assert (match.name.kind, match.name.number) == (Named.SONG, 3)
        assert len(catalogue.search("night", kinds=[Named.PROGRAM, Named.COMBINATION]).matches) == 2


def test_songs_that_are_not_in_use_are_not_found(tmp_path: Path) -> None:
    save(tmp_path, memory())
    with Store(tmp_path).catalogue() as catalogue:
        assert found(catalogue, "new song") == []


def test_a_search_says_when_there_is_more(tmp_path: Path) -> None:
    save(tmp_path, memory("Bell"))
    with Store(tmp_path).catalogue() as catalogue:
        assert len(catalogue.search("bell", limit=99).matches) == 99
        assert catalogue.search("bell", limit=99).more
        assert not catalogue.search("bell", limit=100).more


@pytest.mark.parametrize("text", ["", "  ", "'", '"', "*", "!?", "·"])
def test_a_search_without_letters_and_digits_finds_nothing(tmp_path: Path, text: str) -> None:
    save(tmp_path, memory(p01="Bell"))
    with Store(tmp_path).catalogue() as catalogue:
        assert found(catalogue, text) == []


@settings(max_examples=100)
@given(text=st.text(max_size=30))
def test_whatever_is_typed_is_never_taken_for_the_language_of_queries(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE names USING fts5(words, detail=none)")
    if wanted := query(text, [Named.SONG]):
        connection.execute("SELECT rowid FROM names WHERE names MATCH ?", (wanted,)).fetchall()
    connection.close()


@given(
    st.lists(
        st.builds(
            Name,
            st.sampled_from(Named),
            st.integers(0, 99),
            st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=10),
        ),
        max_size=20,
        unique_by=lambda name: name.slot,
    )
)
def test_names_come_back_from_their_text(names: list[Name]) -> None:
    assert list(from_text(as_text(names)).values()) == names
    some = sorted(names, key=lambda name: name.slot)[::2]
    assert list(picked(as_text(names), [name.slot for name in reversed(some)])) == some


def test_the_catalogue_follows_what_others_do_in_the_folder(tmp_path: Path) -> None:
    first, second = save(tmp_path, memory(p01="Oboe")), save(tmp_path, memory(p01="Flute"))
    with Store(tmp_path).catalogue() as catalogue:
        put(tmp_path / "backups", "by hand.SYX", dump(memory(p01="Harp")))
        first.unlink()
        second.write_bytes(dump(memory(p01="Cello 2")))
        assert catalogue.follow() == Followed(added=1, changed=1, removed=1)
        assert found(catalogue, "oboe") == found(catalogue, "flute") == []
        assert found(catalogue, "harp") == ["Harp"]
        assert found(catalogue, "cello") == ["Cello 2"]
        changed = catalogue.named(second.name)
        assert changed is not None
        assert changed.facts.intact is False
        assert catalogue.follow() == Followed()


def test_a_manifest_that_comes_later_is_noticed(tmp_path: Path) -> None:
    path = save(tmp_path, memory())
    manifest = path.with_suffix(".json").read_bytes()
    path.with_suffix(".json").unlink()
    with Store(tmp_path).catalogue() as catalogue:
        assert catalogue.entries()[0].facts.instrument == ""
        path.with_suffix(".json").write_bytes(manifest)
        catalogue.follow()
        assert catalogue.entries()[0].facts.instrument == "M1"


def test_a_file_that_is_no_dump_is_listed_with_the_reason(tmp_path: Path) -> None:
    put(tmp_path / "backups", "notes.syx", b"not a dump")
    with Store(tmp_path).catalogue() as catalogue:
        (entry,) = catalogue.entries()
    assert "no dump" in entry.facts.problem


def test_a_name_that_is_no_text_is_listed_harmlessly(tmp_path: Path) -> None:
    name = b"bad \xff\x1b[2J.syx".decode("utf-8", "surrogateescape")
    path = put(tmp_path / "backups", name, dump(memory(p01="Oboe")))
    with Store(tmp_path).catalogue() as catalogue:
        (entry,) = catalogue.entries()
        assert entry.path == path
        assert entry.title.isprintable()
        assert found(catalogue, "oboe") == ["Oboe"]


def test_a_lost_catalogue_is_made_again_from_the_files(tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path, memory(str(number)), on=number + 1)
    store = Store(tmp_path)
    with store.catalogue() as catalogue:
        before = catalogue.entries()
    for path in tmp_path.glob("catalogue.sqlite*"):
        path.unlink()
    steps: list[LibraryProgress] = []
    with store.catalogue(steps.append) as catalogue:
        assert catalogue.entries() == before
        assert len(catalogue.search("p01").matches) == 3
    assert (steps[-1].done, steps[-1].total) == (3, 3)
    with store.rebuild_catalogue() as catalogue:
        assert catalogue.entries() == before


def test_two_programs_see_each_others_backups(tmp_path: Path) -> None:
    with Store(tmp_path).catalogue() as one, Store(tmp_path).catalogue() as other:
        save(tmp_path, memory(p01="Oboe"))
        one.follow()
        assert found(other, "oboe") == ["Oboe"]
        assert other.follow() == Followed()


def test_an_older_catalogue_is_made_anew(tmp_path: Path) -> None:
    save(tmp_path, memory(p01="Oboe"))
    with Store(tmp_path).catalogue():
        pass
    connection = sqlite3.connect(tmp_path / "catalogue.sqlite")
    connection.execute("PRAGMA user_version = 0")
    connection.execute("DROP TABLE dumps")
    connection.close()
    with Store(tmp_path).catalogue() as catalogue:
        assert found(catalogue, "oboe") == ["Oboe"]


def test_a_catalogue_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with Store(tmp_path).catalogue():
        pass
    path = tmp_path / "catalogue.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="expected at most 1, found 99") as caught:
        Store(tmp_path).catalogue()
    advice = caught.value.advice
    assert all((advice.happened, advice.safe, advice.cause, advice.next_step))
    assert path.read_bytes() == before
    kept = save(tmp_path, memory())
    assert kept.exists()
    with Store(tmp_path).rebuild_catalogue() as catalogue:
        assert [entry.path for entry in catalogue.entries()] == [kept]


def test_another_programs_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    before = path.read_bytes()
    with raises(StoreError, "not-a-catalogue"):
        Store(tmp_path).catalogue()
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"no database at all, but text" * 40, None])
def test_a_damaged_catalogue_is_named_with_the_remedy(tmp_path: Path, damage: bytes | None) -> None:
    kept = save(tmp_path, memory())
    with Store(tmp_path).catalogue():
        pass
    path = tmp_path / "catalogue.sqlite"
    whole = path.read_bytes()
    path.write_bytes(damage or whole[:4096] + bytes(len(whole) - 4096))
    with pytest.raises(StoreError, match="cannot be used") as caught:
        Store(tmp_path).catalogue()
    assert "amaged" in caught.value.advice.cause
    with Store(tmp_path).rebuild_catalogue() as catalogue:
        assert [entry.path for entry in catalogue.entries()] == [kept]


def test_a_catalogue_whose_text_is_none_is_told_as_damaged_in_harmless_words(
    tmp_path: Path,
) -> None:
    save(tmp_path, memory())
    with Store(tmp_path).catalogue():
        pass
    connection = sqlite3.connect(tmp_path / "catalogue.sqlite")
    with contextlib.closing(connection), connection:
        connection.execute("UPDATE dumps SET stamp = CAST(x'1b5b316d0aff' AS TEXT)")
    with pytest.raises(StoreError, match="cannot be used") as caught, Store(tmp_path).catalogue():
        pass
    assert caught.value.advice.cause == "It is damaged."
    assert caught.value.advice.happened.isprintable()


def test_a_folder_in_the_place_of_the_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite").mkdir()
    with pytest.raises(StoreError, match=r"catalogue\.sqlite") as caught:
        Store(tmp_path).catalogue()
    assert "there is a folder where the file is needed" in caught.value.advice.cause


def rewritten(path: Path, contents: Contents, like: os.stat_result) -> None:
    """Write other bytes of the same length, dated as those before."""
    path.write_bytes(dump(contents))
    os.utime(path, ns=(like.st_atime_ns, like.st_mtime_ns))
    assert path.stat().st_size == like.st_size


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be one as exFAT: it dates to the second, and keeps no time of change."""
    monkeypatch.setattr("m1tui.store.catalogue.change_of", lambda _: 0)


def test_a_dump_that_changes_within_the_second_of_its_date_is_noticed(
    tmp_path: Path, coarse: None
) -> None:
    path = put(tmp_path / "backups", "a.syx", dump(memory("before")))
    with Store(tmp_path).catalogue() as catalogue:
        assert catalogue.follow() == Followed()
        rewritten(path, memory("after"), path.stat())
        assert catalogue.follow() == Followed(changed=1)
        assert catalogue.follow() == Followed()
        assert found(catalogue, "after")
        assert not found(catalogue, "before")


def test_a_manifest_that_changes_within_the_second_of_its_date_is_noticed(
    tmp_path: Path, coarse: None
) -> None:
    manifest = save(tmp_path, memory()).with_suffix(".json")
    with Store(tmp_path).catalogue() as catalogue:
        dated, text = manifest.stat(), manifest.read_text()
        manifest.write_text(text.replace('"M1"', '"M2"'))
        os.utime(manifest, ns=(dated.st_atime_ns, dated.st_mtime_ns))
        assert manifest.stat().st_size == dated.st_size
        assert catalogue.follow() == Followed(changed=1)
        assert [entry.facts.instrument for entry in catalogue.entries()] == ["M2"]


def test_a_dump_with_a_settled_date_is_not_read_again(
    tmp_path: Path, coarse: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "backups", "a.syx", dump(memory()))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    with Store(tmp_path).catalogue() as catalogue:
        monkeypatch.setattr("m1tui.store.catalogue.read_bounded", lambda *_: pytest.fail("read"))
        assert catalogue.follow() == Followed()


def test_a_dump_of_the_same_date_and_length_that_is_moved_over_another_is_noticed(
    tmp_path: Path,
) -> None:
    path = put(tmp_path / "backups", "a.syx", dump(memory("before")))
    other = put(tmp_path, "b.syx", dump(memory("after")))
    for one in (path, other):
        os.utime(one, (1_700_000_000, 1_700_000_000))
    with Store(tmp_path).catalogue() as catalogue:
        other.replace(path)
        assert catalogue.follow() == Followed(changed=1)
        assert found(catalogue, "after")
        assert not found(catalogue, "before")


def test_a_dump_with_another_date_and_the_same_bytes_has_not_changed(tmp_path: Path) -> None:
    path = put(tmp_path / "backups", "a.syx", dump(memory()))
    with Store(tmp_path).catalogue() as catalogue:
        os.utime(path, (1_700_000_000, 1_700_000_000))
        assert catalogue.follow() == Followed()


@pytest.mark.parametrize("name", ["9999-12-31 2359 last.syx", "0001-01-01 0000 first.syx", "a.syx"])
@pytest.mark.parametrize("changed", [300_000_000_000, -100_000_000_000])
def test_a_dump_whose_date_leaves_the_calendar_is_listed(
    tmp_path: Path, name: str, changed: int
) -> None:
    path = put(tmp_path / "backups", name, dump(memory()))
    os.utime(path, (changed, changed))  # some disks keep the nearest that they can
    with Store(tmp_path).catalogue() as catalogue:
        (entry,) = catalogue.entries()
    assert entry.facts.problem == ""


def test_a_file_that_is_dated_beyond_the_calendar_has_no_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, "a.syx", dump(memory()))
    found = os.stat_result((*path.stat()[:7], 0, 300_000_000_000, 0))
    monkeypatch.setattr(Path, "stat", lambda _: found)
    assert time_of(path, None) == ""


def test_a_new_catalogue_that_another_program_is_making_just_now_is_waited_for(
    tmp_path: Path,
) -> None:
    """Two programs that start at once in a new folder: SQLite itself does not wait there."""
    path = Store(tmp_path).folders.catalogue
    with Store(tmp_path).catalogue():
        pass
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode=DELETE")
    other.execute("BEGIN IMMEDIATE")
    made = threading.Timer(0.3, other.execute, ("COMMIT",))
    made.start()
    try:
        with Store(tmp_path).catalogue() as catalogue:
            assert not catalogue.entries()
    finally:
        made.join()
        other.close()
