"""`inspect`: the right content or a named problem with its offset, and never a traceback."""

import random
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import mido
import pytest

from m1tui.sysex import (
    Allocation,
    Combination,
    Contents,
    ModeChange,
    Part,
    Program,
    ProgramDump,
    Timbre,
)
from m1tui.virtual.demo import demo_contents
from tests.cli.conftest import Command, dump_of, some_contents, with_program

KEYS = {
    "number",
    "kind",
    "function",
    "bytes",
    "offset",
    "channel",
    "allocation",
    "programs",
    "combinations",
    "songs",
    "steps",
    "free_percent",
    "member",
    "bank",
    "whole",
    "grade",
    "out_of_range",
}
FOREIGN = bytes.fromhex("F0423030 40 0102 F7")
"""An 03R/W's message."""


def test_an_all_data_dump_is_told_in_counts(m1tui: Command, all_data: Path) -> None:
    ended = m1tui("inspect", all_data, "--json")
    assert ended.code == 0
    assert ended.facts["format"] == "syx"
    assert ended.facts["problems"] == []
    (message,) = ended.facts["messages"]
    assert message == {
        "number": 1,
        "kind": "all data",
        "function": "50",
        "bytes": 33_247,
        "offset": 0,
        "channel": 1,
        "allocation": "100/100",
        "programs": 100,
        "combinations": 100,
        "songs": 0,
        "steps": 0,
        "free_percent": 100,
        "member": "",
        "bank": "internal",
        "whole": True,
        "grade": "doubtful",
        "out_of_range": 0,
    }


def test_what_a_message_does_not_hold_is_null(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "global.syx"
    path.write_bytes(dump_of(some_contents(), Part.GLOBAL, channel=15))
    (message,) = m1tui("inspect", "--json", path).facts["messages"]
    assert message.keys() == KEYS
    assert (message["kind"], message["channel"], message["bytes"]) == ("global", 16, 991)
    nothing = ("allocation", "programs", "combinations", "songs", "steps", "free_percent")
    assert all(message[key] is None for key in nothing)


def test_people_read_the_same_in_words(m1tui: Command, all_data: Path) -> None:
    ended = m1tui("inspect", all_data)
    assert "at byte 0: all data (50), 33,247 bytes, channel 1, 100/100" in ended.out
    assert "100 programs, 100 combinations, global with 4 drum kits, 0 songs" in ended.out
    assert ended.err == ""


def test_a_summary_tells_how_to_see_more(m1tui: Command, all_data: Path) -> None:
    assert "--what all" in m1tui("inspect", all_data).out


def demo(folder: Path) -> Path:
    path = folder / "demo.syx"
    path.write_bytes(dump_of(demo_contents()))
    return path


def test_every_object_is_named_in_tables_of_80_columns(m1tui: Command, tmp_path: Path) -> None:
    contents = demo_contents()
    ended = m1tui("inspect", demo(tmp_path), "--what", "all")
    assert ended.code == 0
    table = ended.out.splitlines()[2:]
    assert contents.programs is not None
    assert contents.combinations is not None
    names = [one.name for one in contents.programs] + [one.name for one in contents.combinations]
    assert all(any(name.rstrip() in line for line in table) for name in names)
    assert "drum kit 1: " in ended.out
    assert "MISSING" not in ended.out
    assert "OUT OF RANGE" not in ended.out
    assert max(map(len, table)) <= 90


def test_one_part_is_listed_alone(m1tui: Command, tmp_path: Path) -> None:
    text = m1tui("inspect", demo(tmp_path), "--what", "sequence").out
    assert "tempo " in text
    assert "drum kit" not in text.partition("\n\n")[2]
    assert "100 combinations: type" not in text


def test_the_facts_are_the_same_with_tables(m1tui: Command, all_data: Path) -> None:
    plain = m1tui("inspect", all_data, "--json").facts
    assert m1tui("inspect", all_data, "--json", "--what", "all").facts == plain


def test_one_programs_values_are_listed_with_their_ranges(m1tui: Command, tmp_path: Path) -> None:
    raw = bytearray(Program.blank().replace(multisound_1=20, octave_1=-1).raw)
    raw[71] = 120
    path = tmp_path / "all.syx"
    path.write_bytes(dump_of(with_program(some_contents(), 7, Program(bytes(raw)))))
    text = " ".join(m1tui("inspect", path, "--program", "07").out.split())
    assert "Oscillator 1 multisound Bell" in text
    assert "Oscillator 1 octave 16' (16' to 4')" in text
    assert "Oscillator 1: VDF cutoff 120 (0 to 99) OUT OF RANGE" in text
    table = m1tui("inspect", path, "--what", "programs").out
    assert "OUT OF RANGE program 07: Oscillator 1: VDF cutoff: expected 0 to 99, found 120" in table


def test_a_combination_without_its_program_says_so(m1tui: Command, tmp_path: Path) -> None:
    timbres = (Timbre.blank().replace(program=60), *[Timbre.blank().replace(off=True)] * 7)
    combination = Combination.blank().replace(name="Lost", timbres=timbres)
    contents = Contents(
        programs=(Program.blank(),) * 50,
        combinations=(combination,) * 50,
        allocation=Allocation.LARGE_SEQUENCE,
    )
    path = tmp_path / "both.syx"
    path.write_bytes(dump_of(contents, Part.PROGRAMS) + dump_of(contents, Part.COMBINATIONS))
    assert (
        "00 Lost       single   I60 MISSING" in m1tui("inspect", path, "--what", "combinations").out
    )


@pytest.mark.parametrize(("number", "expected"), [("50", "has no program 50"), ("99", "from 00")])
def test_a_number_that_the_dump_lacks_is_a_usage_error(
    m1tui: Command, tmp_path: Path, number: str, expected: str
) -> None:
    contents = Contents((Program.blank(),) * 50, allocation=Allocation.LARGE_SEQUENCE)
    path = tmp_path / "programs.syx"
    path.write_bytes(dump_of(contents, Part.PROGRAMS))
    ended = m1tui("inspect", path, "--program", number)
    assert ended.code == 2
    assert expected in ended.err


def test_single_programs_are_listed_like_a_bank(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "one.syx"
    path.write_bytes(ProgramDump(0, Program.blank().replace(name="Organ")).encode())
    assert "00 Organ " in m1tui("inspect", path, "--what", "all").out


def test_dumps_that_do_not_belong_together_are_not_listed_as_one(
    m1tui: Command, tmp_path: Path
) -> None:
    small = Contents((Program.blank(),) * 50, allocation=Allocation.LARGE_SEQUENCE)
    path = tmp_path / "both.syx"
    path.write_bytes(dump_of(small, Part.PROGRAMS) + dump_of(some_contents(), Part.COMBINATIONS))
    assert m1tui("inspect", path).code == 0
    ended = m1tui("inspect", path, "--what", "all")
    assert ended.code == 2
    assert "do not belong together" in ended.err


def test_junk_around_a_dump_is_reported_and_harmless(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "junk.syx"
    dump = dump_of(some_contents(), Part.PROGRAMS)
    path.write_bytes(b"hello" + dump + bytes(9))
    ended = m1tui("inspect", path, "--json")
    assert ended.code == 0
    assert [problem["offset"] for problem in ended.facts["problems"]] == [0, 5 + len(dump)]
    assert ended.facts["messages"][0]["offset"] == 5


def test_a_mode_change_before_a_dump_is_a_message_of_its_own(
    m1tui: Command, tmp_path: Path
) -> None:
    path = tmp_path / "two.syx"
    path.write_bytes(ModeChange(0, 2).encode() + dump_of(some_contents(), Part.PROGRAMS))
    kinds = [message["kind"] for message in m1tui("inspect", path, "--json").facts["messages"]]
    assert kinds == ["mode change", "programs"]


def test_a_single_program_counts_as_one(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "one.syx"
    path.write_bytes(ProgramDump(0, Program.blank().replace(name="Organ")).encode())
    ended = m1tui("inspect", path, "--json")
    assert ended.code == 0
    assert ended.facts["messages"][0]["programs"] == 1
    assert '"Organ' in m1tui("inspect", path).out


def test_a_standard_midi_file_is_opened(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "bank.mid"
    payload = dump_of(some_contents(), Part.COMBINATIONS)[1:-1]
    file = mido.MidiFile(tracks=[mido.MidiTrack([mido.Message("sysex", data=payload)])])
    data = BytesIO()
    file.save(file=data)
    path.write_bytes(data.getvalue())
    facts = m1tui("inspect", path, "--json").facts
    assert (facts["format"], facts["messages"][0]["kind"]) == ("mid", "combinations")


def test_hex_text_is_opened(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "bank.txt"
    path.write_text(dump_of(some_contents(), Part.GLOBAL).hex(" "))
    facts = m1tui("inspect", path, "--json").facts
    assert (facts["format"], facts["messages"][0]["kind"]) == ("hex", "global")


def test_a_foreign_model_is_a_named_problem_at_its_byte(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "03rw.syx"
    path.write_bytes(FOREIGN)
    ended = m1tui("inspect", path, "--json")
    assert ended.code == 1
    assert ended.facts["messages"] == []
    (problem,) = ended.facts["problems"]
    assert problem["offset"] == 3
    assert "03R/W" in problem["problem"]


def test_a_dump_with_a_foreign_message_behind_it_loses_something(
    m1tui: Command, tmp_path: Path
) -> None:
    path = tmp_path / "both.syx"
    path.write_bytes(dump_of(some_contents(), Part.GLOBAL) + FOREIGN)
    ended = m1tui("inspect", path, "--json")
    assert ended.code == 1
    assert len(ended.facts["messages"]) == 1
    assert ended.facts["problems"][0]["offset"] == 991 + 3


def test_a_dump_cut_at_any_byte_names_where_it_breaks_off(m1tui: Command, tmp_path: Path) -> None:
    dump = dump_of(some_contents(), Part.GLOBAL)
    path = tmp_path / "cut.syx"
    for size in [1, 2, 3, 4, 5, 6, 7, 100, 988, 989, *random.Random(1).sample(range(1, 990), 30)]:
        path.write_bytes(dump[:size])
        ended = m1tui("inspect", path, "--json")
        assert ended.code == 1
        assert ended.facts["messages"] == []
        assert ended.facts["problems"][0]["offset"] == size
        assert ended.err == ""


def test_arbitrary_bytes_end_without_a_traceback(m1tui: Command, tmp_path: Path) -> None:
    generator = random.Random(2)
    path = tmp_path / "noise.syx"
    for _ in range(40):
        path.write_bytes(generator.randbytes(generator.randrange(1, 2000)))
        ended = m1tui("inspect", path, "--json")
        assert ended.code == 1
        assert ended.facts["problems"]
        assert "error of its own" not in ended.err


def test_names_with_control_characters_and_markup_are_harmless(
    m1tui: Command, tmp_path: Path
) -> None:
    path = tmp_path / "evil.syx"
    raw = bytearray(Program.blank().raw)
    raw[:10] = b"\x1b[2J[red]\x07"
    path.write_bytes(ProgramDump(0, Program(bytes(raw))).encode())
    text = m1tui("inspect", path).out
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]" in text


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "found a folder"),
        (lambda path: path.touch(), "is empty: 0 bytes"),
        (lambda path: path.symlink_to("/dev/null"), "found a device"),
    ],
)
def test_what_is_no_readable_file_is_a_usage_error(
    m1tui: Command, tmp_path: Path, make: object, expected: str
) -> None:
    path = tmp_path / "x.syx"
    make(path)  # type: ignore[operator]
    ended = m1tui("inspect", path, "--json")
    assert ended.code == 2
    assert expected in ended.facts["error"]["happened"]
    assert expected in ended.err


def test_a_file_of_more_than_16_mebibytes_is_refused_unread(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "huge.syx"
    with path.open("wb") as file:
        file.truncate(16 * 1024 * 1024 + 1)
    ended = m1tui("inspect", path)
    assert ended.code == 2
    assert "expected at most 16,777,216 bytes, found 16,777,217" in ended.err


def test_a_file_name_with_control_characters_reaches_no_terminal_as_it_is(
    m1tui: Command, tmp_path: Path
) -> None:
    ended = m1tui("inspect", tmp_path / "a\x1b[2Jb.syx")
    assert ended.code == 2
    assert "\x1b" not in ended.err


def test_inspecting_a_dump_imports_nothing_slow(all_data: Path) -> None:
    script = (
        "import sys; from m1tui.cli.launch import main; code = main(sys.argv[1:]);"
        "slow = {'asyncio', 'msgspec', 'mido', 'textual', 'sqlite3', 'shutil',"
        " 'dataclasses', 'inspect', 'pathlib', 'm1tui.cli.commands.restore',"
        " 'm1tui.link', 'm1tui.engine', 'm1tui.store', 'm1tui.cli.tables',"
        " 'm1tui.sysex.messages', 'm1tui.sysex.framer'};"
        # From 3.14 on, Python's own argparse loads these for its colours.
        "slow -= {'dataclasses', 'inspect'} if sys.version_info >= (3, 14) else set();"
        "print(sorted(slow & sys.modules.keys()), file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, "inspect", str(all_data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0
    assert ended.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("factory-all.syx", ["all data"]),
        ("factory-global.syx", ["global"]),
        ("factory-programs-macbinary.syx", ["programs"]),
        ("misnamed-combis-is-global.syx", ["global"]),
        ("m1ex-programs-and-combis.mid", ["programs", "combinations"]),
    ],
)
def test_real_dumps_are_known_by_their_content(
    m1tui: Command, real_dumps: Path, name: str, kinds: list[str]
) -> None:
    ended = m1tui("inspect", real_dumps / name, "--json")
    assert ended.code == 0
    assert [message["kind"] for message in ended.facts["messages"]] == kinds


HALL = bytes.fromhex("00 21 28 28 00 00 00 00 1F 21 00 28 37 2E 00 00 FB 00 00 00 00 00 00 00 00")
"""The Hall beside a Hall, the first with the panel's defaults."""


def with_hall(folder: Path) -> Path:
    path = folder / "hall.syx"
    raw = bytearray(Program.blank().raw)
    raw[38:63] = HALL
    path.write_bytes(dump_of(with_program(some_contents(), 7, Program(bytes(raw)))))
    return path


def test_an_effects_parameters_have_names_units_and_defaults(
    m1tui: Command, tmp_path: Path
) -> None:
    ended = m1tui("inspect", with_hall(tmp_path), "--program", "7")
    (line,) = (line for line in ended.out.splitlines() if "Hall: Reverb Time" in line)
    assert line.endswith("  3.5 s  (0.2 s to 9.9 s; default 3.5 s)")
    assert "note: Effect 1 Hall: its parameters are the panel's defaults." in ended.out


def test_one_objects_values_are_facts_too(m1tui: Command, tmp_path: Path) -> None:
    facts = m1tui("inspect", with_hall(tmp_path), "--program", "7", "--json").facts
    (found,) = facts["objects"]
    assert (found["kind"], found["number"]) == ("program", 7)
    values = {value["path"]: value for value in found["values"]}
    assert values["effects.effect_1_parameters.eq_low"] == {
        "path": "effects.effect_1_parameters.eq_low",
        "label": "Effects: Effect 1 Hall: EQ Low",
        "value": -5,
        "shown": "-5 dB",
        "allowed": "-12 dB to +12 dB",
        "default": "-5 dB",
        "out_of_range": False,
    }
    assert found["notes"] == ["Effect 1 Hall: its parameters are the panel's defaults."]


def test_a_song_is_listed_with_its_tracks_and_drawn(m1tui: Command, tmp_path: Path) -> None:
    out = m1tui("inspect", demo(tmp_path), "--song", "0").out
    contents = demo_contents()
    assert contents.sequence is not None
    assert contents.programs is not None
    song = contents.sequence.songs[0]
    assert f"0 {song.name.rstrip()} " in out
    assert f"tempo {song.tempo}, " in out
    played = contents.programs[song.sounds[0].program].name.rstrip()
    assert f"  track 1, channel  1: I{song.sounds[0].program:02d} {played}, " in out
    drawn = [line for line in out.splitlines() if line.startswith("  track 1 ")]
    assert drawn
    assert set(drawn[0].removeprefix("  track 1 ")) <= set("-=#_.")
    assert "Effects: Effect 1 type" in out


def test_songs_are_facts_with_everything_that_they_play(m1tui: Command, tmp_path: Path) -> None:
    songs = m1tui("inspect", demo(tmp_path), "--json").facts["songs"]
    assert [(song["message"], song["number"]) for song in songs] == [(1, 0), (1, 1)]
    first = songs[0]
    contents = demo_contents()
    assert contents.sequence is not None
    assert first["tempo"] == contents.sequence.songs[0].tempo
    expected = first["measures"] * first["measure_ticks"] / 48 * 60 / first["tempo"]
    assert first["seconds"] == pytest.approx(expected, abs=0.001)
    track = first["tracks"][0]
    assert track.keys() == {
        *("number", "channel", "slot", "program", "missing", "level", "measures", "notes"),
        *("lowest", "highest", "changes", "program_changes", "patterns", "unknown_steps"),
    }
    assert track["notes"] > 0
    assert track["unknown_steps"] == 0


def test_the_programs_of_another_message_name_a_songs_tracks(
    m1tui: Command, tmp_path: Path
) -> None:
    contents = demo_contents()
    path = tmp_path / "two.syx"
    path.write_bytes(dump_of(contents, Part.SEQUENCE) + dump_of(contents, Part.PROGRAMS))
    whole = m1tui("inspect", demo(tmp_path), "--json").facts["songs"]
    assert m1tui("inspect", path, "--json").facts["songs"] == whole
    path.write_bytes(dump_of(contents, Part.SEQUENCE))
    (track, *_) = m1tui("inspect", path, "--json").facts["songs"][0]["tracks"]
    assert (track["program"], track["missing"]) == (None, False)


def test_a_song_that_no_m1_has_is_a_usage_error(m1tui: Command, tmp_path: Path) -> None:
    ended = m1tui("inspect", demo(tmp_path), "--song", "10")
    assert ended.code == 2
    assert "expected a song from 0 to 9, found '10'" in ended.err
    path = tmp_path / "programs.syx"
    path.write_bytes(dump_of(demo_contents(), Part.PROGRAMS))
    ended = m1tui("inspect", path, "--song", "3")
    assert ended.code == 2
    assert "has no song 03; it contains no songs" in ended.err


def test_the_real_dump_that_a_text_mode_transfer_damaged_is_called_so(
    m1tui: Command, real_dumps: Path
) -> None:
    ended = m1tui("inspect", real_dumps / "factory-sequence.syx", "--json")
    assert ended.code == 1
    assert ended.facts["grade"] == "damaged"
    assert "measure 13 is numbered 10" in ended.facts["problems"][0]["problem"]


CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize(
    ("name", "code", "grade", "problems", "containers"),
    [
        ("programs.uue", 0, "sound", [], ["uuencode"]),
        ("m1-sounds-3-files.zip", 0, "sound", [], ["zip"]),
        ("programs-F7-missing-only.syx", 0, "sound", [], []),
        ("programs-100-times-init-prog.syx", 0, "doubtful", [], []),
        ("programs-ftp-ascii-CR-to-LF.syx", 1, "damaged", ["text-mode-0d-became-0a"], []),
        ("truncated-programs-at-60-percent.syx", 1, "damaged", ["dump-cut-off"], []),
        ("foreign-Triton-all-programs-header.syx", 1, None, ["foreign-model"], []),
        ("download-page-saved-as.syx", 1, None, ["web-page"], []),
    ],
)
def test_a_file_is_graded_with_the_codes_of_its_problems(
    m1tui: Command,
    name: str,
    code: int,
    grade: str | None,
    problems: list[str],
    containers: list[str],
) -> None:
    ended = m1tui("inspect", CASES / name, "--json")
    assert ended.code == code
    facts = ended.facts
    assert (facts["grade"], facts["containers"]) == (grade, containers)
    wrong = [problem for problem in facts["problems"] if not problem["harmless"]]
    assert [problem["code"] for problem in wrong] == problems
    assert all(problem["cause"] or problem["next"] for problem in wrong)


def test_what_is_whole_of_a_broken_dump_is_counted(m1tui: Command) -> None:
    (message,) = m1tui("inspect", CASES / "truncated-all-data-half.syx", "--json").facts["messages"]
    assert (message["kind"], message["whole"], message["number"]) == ("all data", False, None)
    assert (message["programs"], message["combinations"]) == (24, 100)


def test_values_out_of_range_are_counted_for_each_message(m1tui: Command) -> None:
    name = "programs-right-length-but-shifted-in-the-middle.syx"
    ended = m1tui("inspect", CASES / name, "--json")
    (message,) = ended.facts["messages"]
    assert message["out_of_range"] == 502
    text = m1tui("inspect", CASES / name).out
    assert "in programs 30 to 54" in text
    assert "Likely cause: " in text
    assert "Next: " in text


def test_one_message_of_several_is_looked_into(m1tui: Command) -> None:
    two = CASES / "programs-two-different-banks-concatenated.syx"
    assert m1tui("inspect", two, "--what", "programs").code == 2
    ended = m1tui("inspect", two, "--message", "2", "--what", "programs")
    assert ended.code == 0
    assert ended.out.splitlines()[1].startswith("2: at byte 16350")
    numbers = [one["number"] for one in m1tui("inspect", two, "--json").facts["messages"]]
    assert numbers == [1, 2]
    assert m1tui("inspect", two, "--message", "3").code == 2


def test_what_the_sounds_need_is_a_note(m1tui: Command) -> None:
    facts = m1tui("inspect", CASES / "combis-30-use-card-programs.syx", "--json").facts
    notes = {note["code"]: note["text"] for note in facts["notes"]}
    assert "30 combinations play programs on a card (C05)" in notes["needs-card-programs"]
