"""A survey on the command line, its report, a virtual M1 that is like it, and replay."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from m1tui.link.ports import open_port
from m1tui.manners import MANNERS
from m1tui.surveys import Survey, as_json, read_survey
from tests.cli.conftest import Command

ALL = ("--class", "asks", "--class", "edit", "--class", "writes", "--class", "keys")
MANNERS_OF_IT = "load-time=2s,digit-key=last,malformed=24,dump-leaves=prog-mode"
M1 = f"virtual:healthy:{MANNERS_OF_IT}"


@pytest.fixture
def surveyed(m1tui: Command, tmp_path: Path) -> Path:
    """The folder of a survey of an M1 with manners."""
    ended = m1tui("--port", M1, "survey", "--auto", *ALL, "--out", tmp_path / "out")
    assert ended.code == 0
    return tmp_path / "out"


def test_the_report_of_a_rehearsal_says_at_its_top_that_it_is_one(surveyed: Path) -> None:
    report = (surveyed / "survey.md").read_text()
    top = report[: report.index("## In short")]
    assert "This was a rehearsal on a virtual M1. It says nothing about a real one." in top
    assert report.rstrip().endswith(
        "This was a rehearsal on a virtual M1, so there is nothing to send."
    )


def test_a_survey_writes_what_a_stranger_can_read(surveyed: Path) -> None:
    report = (surveyed / "survey.md").read_text()
    for heading in (
        "In short",
        "Settled, not as assumed: 4",
        "Settled, as assumed: ",
        "Tried, not",
        "Not tried: ",
        "How to send it",
    ):
        assert f"## {heading}" in report
    assert "two seconds. m1tui assumes: at once." in report
    assert "The instrument was left as it was. Proof: mode PROG" in report
    flat = " ".join(report.split())
    assert "m1tui is a program that leads a person through the maintenance of a Korg M1" in flat
    assert "What depends on it: every key sequence with a digit." in flat
    assert "m1tui survey --continue" in flat
    assert "| 0.1" in report
    facts = json.loads((surveyed / "survey.json").read_text())["manners"]
    late = next(one for one in facts if one["name"] == "load-time")
    assert (late["held"], late["assumed"]) == ("2s", "at-once")
    assert late["meanings"]["2s"] == "two seconds"
    assert late["about"] == "how long after a dump's last byte its reply comes"
    found = read_survey(surveyed / "survey.json")
    assert ",".join(found.manners) == ",".join(
        sorted(MANNERS_OF_IT.split(","), key=lambda one: _place(one))
    )
    assert found.times["dump rate"] == pytest.approx(3_125, rel=0.01)
    assert found.program
    assert found.interface


def _place(text: str) -> int:
    return [one.name for one in MANNERS].index(text.partition("=")[0])


def test_no_name_of_a_sound_is_in_its_files(m1tui: Command, surveyed: Path) -> None:
    text = "".join(one.read_text() for one in surveyed.iterdir())
    m1tui("--port", "virtual:healthy", "backup", surveyed / "all.syx")
    names = m1tui("inspect", surveyed / "all.syx", "--json").out
    assert not (surveyed / "transcript.txt").exists()
    heard = bytes.fromhex("".join(re.findall(r"\b[0-9A-F]{2}\b", text)))
    assert b"Grand" not in heard
    assert names


def test_the_evidence_has_each_question_with_its_answer_and_no_more(surveyed: Path) -> None:
    found = {one.manner: one for one in read_survey(surveyed / "survey.json").findings}
    lines = [line for one in found.values() for line in one.exchange]
    assert lines
    for line in lines:
        assert re.match(r"\d+\.\d{3} ([<>] F0|> C\d) ", line), line
    sent, answer = found["protected-dump"].exchange
    assert re.search(r"> F0 42 30 19 4C 00 … 16350 bytes until \d", sent)
    assert answer.endswith("< F0 42 30 19 24 F7")
    assert found["malformed"].exchange[0].endswith("> F0 42 30 19 1C F7")


def test_json_has_a_finding_for_each_manner(m1tui: Command, tmp_path: Path) -> None:
    words = ("survey", "--auto", "--class", "asks", "--out", tmp_path / "out", "--json")
    facts = m1tui("--port", "virtual:healthy", *words).facts
    assert [one["name"] for one in facts["manners"]] == [manner.name for manner in MANNERS]
    known = {one["name"]: one["held"] for one in facts["manners"]}
    assert known["identity-member"] == "08-00"
    assert known["load-time"] is None


def test_a_survey_that_was_left_is_continued(
    m1tui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("survey", "--class", "asks", "--class", "keys", "--out", tmp_path / "out")
    monkeypatch.setattr("sys.stdin", io.StringIO("no\nq\nq\nq\nq\nq\n"))
    left = m1tui("--port", "virtual:healthy", *words)
    assert left.code == 2
    assert "You left the survey" in left.err
    assert not read_survey(tmp_path / "out" / "survey.json").unchanged
    again = m1tui("--port", "virtual:healthy", *words, "--auto")
    assert again.code == 0
    assert "Continuing the survey" in again.err
    assert "active sensing" not in again.err


def test_a_survey_that_has_ended_is_kept_and_a_new_one_begins(
    m1tui: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    words = ("survey", "--auto", "--class", "asks", "--out", folder)
    assert m1tui("--port", "virtual:healthy:malformed=24", *words).code == 0
    first = (folder / "survey.json").read_bytes()
    again = m1tui("--port", "virtual:healthy:card-absent=silence", *words)
    assert again.code == 0
    assert "A new one begins" in again.err
    found = read_survey(folder / "survey.json")
    assert (found.finding("malformed").word, found.finding("card-absent").word) == ("26", "silence")
    (aside,) = folder.glob("survey * 1.json")
    assert aside.read_bytes() == first


def test_a_survey_that_has_ended_is_continued_where_that_is_asked_for(
    m1tui: Command, tmp_path: Path
) -> None:
    words = ("survey", "--auto", "--out", tmp_path / "out")
    assert m1tui("--port", M1, *words, "--class", "asks").code == 0
    again = m1tui("--port", M1, *words, "--class", "edit", "--continue")
    assert again.code == 0
    assert "Continuing the survey" in again.err
    assert "active sensing" not in again.err
    found = read_survey(tmp_path / "out" / "survey.json")
    assert found.finding("malformed").word == "24"
    assert found.finding("name-padding").word == "kept"
    assert found.classes == ("asks", "edit")


def test_a_rehearsed_survey_is_not_in_the_way_of_a_real_one(m1tui: Command, tmp_path: Path) -> None:
    real = tmp_path / "data" / "surveys" / "survey.json"
    real.parent.mkdir(parents=True)
    real.write_bytes(as_json(Survey(when="2026-01-01", owed={"mode": "PROG"})))
    before = real.read_bytes()
    words = ("survey", "--auto", "--class", "asks")
    assert m1tui("--port", "virtual:healthy", *words).code == 0
    assert real.read_bytes() == before
    into = m1tui("--port", "virtual:healthy", *words, "--out", real.parent)
    assert into.code == 2
    assert "an unfinished survey of a real M1" in into.err
    assert real.read_bytes() == before


def test_another_m1_does_not_continue_a_survey(m1tui: Command, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "survey.json"
    path.write_bytes(as_json(Survey(rom=19, software=3, virtual=True, owed={"program": "7"})))
    before = path.read_bytes()
    ended = m1tui("--port", "virtual:healthy", "survey", "--auto", "--out", tmp_path / "out")
    assert ended.code == 5
    assert "not the M1 that was surveyed" in ended.err
    assert "NOT put back: program (it was 7)" in ended.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["", "{}", '{"form": "m1tui survey", "version": 9}'])
def test_a_file_that_is_in_the_way_says_what_to_do(
    m1tui: Command, tmp_path: Path, text: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "survey.json").write_text(text)
    ended = m1tui("--port", "virtual:healthy", "survey", "--auto", "--out", tmp_path / "out")
    assert ended.code == 2
    assert "another name, then start the survey again" in ended.err


def test_an_m1_that_does_not_answer_is_3_and_one_that_is_left_changed_5(
    m1tui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = m1tui("--port", "virtual:dead-battery", "survey", "--class", "asks")
    assert silent.code == 3
    # To where Exclusive has been set to DIS, and no further.
    looks = [*("no", "1-2", "2-1", "3-2", "4-4"), *("1-1", "", "2-1", "", "3-1", "", "4-1", "")]
    looks += [*("5-2", "", "H", "ENA", "ENA", "5-1", "5-1", "5-2", "", "0-1", "5-2", "DIS", "q")]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(looks) + "\n"))
    words = ("survey", "--class", "asks", "--class", "keys", "--out", tmp_path / "out")
    left = m1tui("--port", "virtual:healthy", *words)
    assert left.code == 5
    assert "NOT put back: Exclusive (it was ENA)" in left.err
    assert "put back" not in left.err.replace("NOT put back", "").replace("puts them back", "")
    report = " ".join((tmp_path / "out" / "survey.md").read_text().split())
    owed = report.partition("Not put back when this was written: ")[2].partition(".")[0]
    assert "Exclusive (it was ENA)" in owed
    assert "To continue this survey, run m1tui survey again with the same folder." in report


def test_a_virtual_m1_is_like_a_surveyed_one(m1tui: Command, surveyed: Path) -> None:
    survey = read_survey(surveyed / "survey.json")
    facts = json.loads((surveyed / "survey.json").read_text()) | {
        "rom": 19,
        "wordings": [
            {"page": "GLOBAL 5-2", "lines": ["5-2 MIDI FILTER  as a person typed it", ""]}
        ],
    }
    (surveyed / "survey.json").write_text(json.dumps(facts))
    port = f"virtual:like:{surveyed / 'survey.json'}"
    identity = m1tui("--port", port, "identify", "--json").facts
    assert identity["rom"] == 19
    again = m1tui("--port", port, "survey", "--auto", *ALL, "--out", surveyed / "again", "--json")
    found = read_survey(surveyed / "again" / "survey.json")
    assert again.code == 0
    assert found.manners == survey.manners
    assert any("as a person typed" in one.lines[0] for one in found.wordings)


@pytest.mark.parametrize(
    "procedure",
    [
        *("dump-from-computer", "memory-protect-on", "midi-ready", "card-load", "initialise"),
        *("internal-battery", "no-cell", "memory-does-not-hold"),
    ],
)
def test_procedures_end_on_a_likeness_as_on_the_m1_that_was_surveyed(
    m1tui: Command, surveyed: Path, procedure: str
) -> None:
    """Each with the scenario that it needs, which a likeness takes on by itself."""
    needed = m1tui("procedures", "list", "--json").facts["procedures"]
    scenario = next((one["scenario"] for one in needed if one["id"] == procedure), None)
    assert scenario is not None, [one["id"] for one in needed]
    like = f"virtual:like:{surveyed / 'survey.json'}"
    ends = [
        m1tui("--port", port, "procedures", "run", procedure, "--auto", "--json").facts
        for port in (f"virtual:{scenario}:{MANNERS_OF_IT}", like)
    ]
    assert ends[0]["outcome"] == ends[1]["outcome"]
    marks = [[(step["id"], step["mark"]) for step in end["steps"]] for end in ends]
    assert marks[0] == marks[1]


def test_a_likeness_may_be_in_any_state(m1tui: Command, surveyed: Path) -> None:
    port = f"virtual:card:like:{surveyed / 'survey.json'}"
    status = m1tui("--port", port, "identify", "--json").facts
    assert status["card"] == "ram"
    assert m1tui("--port", f"virtual:nowhere:like:{surveyed / 'survey.json'}", "identify").code == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": "other", "version": 1}'])
def test_a_file_that_is_no_survey_is_a_usage_error(
    m1tui: Command, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "survey.json"
    path.write_text(text)
    assert m1tui("--port", f"virtual:like:{path}", "identify").code == 2
    assert m1tui("simulate", "--at", "tcp:127.0.0.1:0", "--like", path).code == 2


def test_the_time_outs_of_a_real_m1_follow_its_survey(tmp_path: Path) -> None:
    assert open_port("raw:/dev/null", data_dir=tmp_path).reply_seconds == 0
    (tmp_path / "surveys").mkdir()
    times = {"reply to a dump": 4.5, "mode reply": 0.2, "longest gap": 0.8}
    (tmp_path / "surveys" / "survey.json").write_bytes(as_json(Survey(times=times)))
    link = open_port("raw:/dev/null", data_dir=tmp_path)
    assert (link.reply_seconds, link.gap_seconds) == (4.5, 0.8)
    rehearsed = as_json(Survey(times=times, virtual=True))
    (tmp_path / "surveys" / "survey.json").write_bytes(rehearsed)
    assert open_port("raw:/dev/null", data_dir=tmp_path).reply_seconds == 0


def test_a_likeness_keeps_wordings_and_times_over_a_restart(
    m1tui: Command, surveyed: Path, tmp_path: Path
) -> None:
    port = f"virtual:like:{surveyed / 'survey.json'}"
    assert m1tui("--port", port, "identify").code == 0
    kept = open_port("virtual", data_dir=tmp_path / "data")
    assert kept.reply_seconds == pytest.approx(2.0, abs=0.1)
    assert kept.survey is not None
    assert kept.survey.wordings


def test_what_a_display_shows_is_typed_or_photographed(
    m1tui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shot.JPG").write_bytes(b"a picture")
    typed = [
        *("no", "1-2", "2-1", "3-2", "4-4"),
        *("1-1", str(tmp_path / "shot.JPG"), "", "2-1", str(tmp_path / "none.png"), ""),
        *("3-1", "3-1 USER SCALE", "  +0"),
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join((*typed, "q", "q", "q"))))
    folder = tmp_path / "out"
    words = ("survey", "--class", "asks", "--class", "keys", "--out", folder)
    left = m1tui("--port", "virtual:healthy", *words)
    assert left.code == 2
    found = {one.page: one for one in read_survey(folder / "survey.json").wordings}
    assert found["GLOBAL 1-1"].photograph == "GLOBAL-1-1.jpg"
    assert (folder / "GLOBAL-1-1.jpg").read_bytes() == b"a picture"
    assert "GLOBAL 2-1" not in found
    assert "none.png" in left.out + left.err
    assert found["GLOBAL 3-1"].lines == ("3-1 USER SCALE", "  +0")
    report = (folder / "survey.md").read_text()
    assert "photograph GLOBAL-1-1.jpg" in report.replace("\\", "")


# Replay


def test_a_transcript_is_replayed_and_another_operation_is_not(
    m1tui: Command, tmp_path: Path
) -> None:
    path = tmp_path / "t.txt"
    words = ("backup", tmp_path / "g.syx", "--what", "global")
    assert m1tui("--port", "virtual:healthy", "--transcript", path, *words).code == 0
    same = m1tui("replay", path, "--json")
    assert same.code == 0
    assert same.facts["operation"] == "backup"
    assert same.facts["as_recorded"]
    other = m1tui("replay", path, "--do", "identify")
    assert other.code == 4
    assert "written in the recording were not written this time" in other.out
    assert m1tui("replay", path, "--do", "verify").code == 2
    verified = m1tui("replay", path, "--do", "verify", "--file", tmp_path / "g.syx")
    assert verified.code in (0, 4)


def test_what_is_no_transcript_is_said(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("nothing of the kind")
    assert m1tui("replay", path).code == 1
