"""`library`: the backups on the command line."""

import time
from pathlib import Path

import pytest

from tests.cli.conftest import Command, dump_of, some_contents


def test_dumps_are_imported_listed_and_found(m1tui: Command, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a\x1b.syx").write_bytes(dump_of(some_contents()))
    (tmp_path / "in" / "b.txt").write_text("nothing")
    facts = m1tui("library", "import", tmp_path / "in", "--json").facts
    assert (facts["imported"], facts["refused"]) == (1, 1)
    (listed,) = m1tui("library", "list", "--json").facts["dumps"]
    assert listed["kind"] == "all"
    assert listed["intact"] is True
    found = m1tui("library", "search", "prog", "17", "--json").facts
    assert [(one["kind"], one["number"]) for one in found["matches"]] == [("program", 17)]
    assert "Combi 17" in m1tui("library", "search", "combi", "17").out
    again = m1tui("library", "import", tmp_path / "in")
    assert "is already in the library" in again.out
    assert "\x1b" not in again.out


def test_a_dump_goes_to_the_bin_and_comes_back(m1tui: Command, all_data: Path) -> None:
    (one,) = m1tui("library", "import", all_data, "--json").facts["files"]
    assert m1tui("library", "delete", one["file"]).code == 0
    assert m1tui("library", "list", "--json").facts["dumps"] == []
    assert m1tui("library", "bin", "--json").facts["files"] == [one["file"]]
    assert m1tui("library", "bring-back", one["file"].removesuffix(".syx")).code == 0
    assert len(m1tui("library", "list", "--json").facts["dumps"]) == 1
    assert "The bin is empty" in m1tui("library", "bin").out


def test_an_export_is_the_dump_and_never_overwrites(
    m1tui: Command, all_data: Path, tmp_path: Path
) -> None:
    (one,) = m1tui("library", "import", all_data, "--json").facts["files"]
    for _ in range(2):
        copy = m1tui("library", "export", one["file"], tmp_path / "out", "--json").facts["file"]
        assert Path(copy).read_bytes() == all_data.read_bytes()
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_name_that_leads_out_of_the_library_is_a_usage_error(
    m1tui: Command, all_data: Path
) -> None:
    for name in (str(all_data), "../../all.syx", "none", ""):
        ended = m1tui("library", "delete", name)
        assert ended.code == 2
        assert "There is no dump" in ended.err
    assert all_data.exists()


def test_the_catalogue_is_rebuilt_from_the_files(
    m1tui: Command, all_data: Path, tmp_path: Path
) -> None:
    m1tui("library", "import", all_data)
    (tmp_path / "data" / "catalogue.sqlite").write_bytes(b"garbage" * 500)
    broken = m1tui("library", "list")
    assert broken.code == 1
    assert "library" in broken.err
    assert m1tui("library", "rebuild", "--json").facts == {"dumps": 1}


def test_what_is_not_there_cannot_be_imported(m1tui: Command, tmp_path: Path) -> None:
    assert m1tui("library", "import", tmp_path / "none").code == 2
    assert m1tui("library", "search", "x", "--limit", "0").code == 2
    assert m1tui("library", "list", "--since", "yesterday").code == 2


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="zones are set otherwise on Windows")
@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Etc/GMT-14", "UTC"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_any_day_of_the_calendar_is_taken_as_the_first_in_any_zone(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, zone: str, day: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        ended = m1tui("library", "list", "--since", day, "--json")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (ended.code, ended.facts) == (0, {"dumps": []})


def test_an_import_of_which_all_was_refused_ends_with_1(m1tui: Command, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear owner")
    ended = m1tui("library", "import", letter, "--json")
    assert (ended.code, ended.facts["refused"]) == (1, 1)


def saved(m1tui: Command) -> str:
    """The name of the backup of a healthy M1."""
    assert m1tui("backup", "--port", "virtual:healthy").code == 0
    (dump,) = m1tui("library", "list", "--json").facts["dumps"]
    return str(dump["file"])


def test_a_label_renames_the_dump_and_is_found_with_its_note(m1tui: Command) -> None:
    file = saved(m1tui)
    before = m1tui("library", "list", "--json").facts["dumps"][0]
    named = m1tui("library", "label", file, "--label", "Gig", "--note", "for Anna", "--json")
    assert named.facts["file"] == file.replace(".syx", " - Gig.syx")
    (after,) = m1tui("library", "list", "--json").facts["dumps"]
    assert (after["sha256"], after["intact"]) == (before["sha256"], True)
    assert (after["label"], after["note"]) == ("Gig", "for Anna")
    for word in ("gig", "anna"):
        (match,) = m1tui("library", "search", word, "--kind", "label", "--json").facts["matches"]
        assert match["file"] == after["file"]
    again = m1tui("library", "label", after["file"], "--label", "Old", "--json").facts["file"]
    assert again == file.replace(".syx", " - Old.syx")
    (last,) = m1tui("library", "list", "--json").facts["dumps"]
    assert last["note"] == "for Anna"


def test_a_label_without_a_text_is_a_usage_error(m1tui: Command) -> None:
    assert m1tui("library", "label", saved(m1tui)).code == 2


def test_what_changed_since_the_last_visit_is_one_step(m1tui: Command) -> None:
    ended = m1tui("library", "changed")
    assert ended.code == 2
    saved(m1tui)
    m1tui("procedures", "run", "erase-song", "--auto", "--port", "virtual")
    assert m1tui("backup", "--port", "virtual").code == 0
    changed = m1tui("library", "changed", "--json")
    assert changed.code == 4
    assert changed.facts["equal"] is False
    assert changed.facts["sequence"]["changed"]
    assert not changed.facts["programs"]["changed"]


def test_what_the_last_restore_overwrote_is_put_back(m1tui: Command, tmp_path: Path) -> None:
    nothing = m1tui("restore", "--undo", "--port", "virtual", "--json")
    assert nothing.code == 1
    assert nothing.facts["outcome"] == "REFUSED"
    own, demo = tmp_path / "own.syx", tmp_path / "other.syx"
    assert m1tui("backup", str(own), "--port", "virtual:healthy").code == 0
    m1tui("convert", str(own), str(demo), "--what", "programs")
    data = bytearray(demo.read_bytes())
    data[100] ^= 1
    demo.write_bytes(data)
    m1tui("procedures", "run", "memory-protect-off", "--auto", "--port", "virtual")
    assert m1tui("restore", str(demo), "--port", "virtual", "--accept-damage").code == 0
    assert m1tui("verify", str(own), "--port", "virtual").code == 4
    assert m1tui("restore", "--undo", "--port", "virtual").code == 0
    assert m1tui("verify", str(own), "--port", "virtual").code == 0


def test_a_file_and_undo_exclude_each_other(m1tui: Command) -> None:
    assert m1tui("restore", "x.syx", "--undo", "--port", "virtual").code == 2
    assert m1tui("restore", "--port", "virtual").code == 2
