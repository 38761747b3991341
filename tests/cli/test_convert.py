"""`convert`: the same memory in another form, proved by reading it again; nothing is lost."""

from pathlib import Path

import pytest

from m1tui.cli.parser import parse
from m1tui.sysex import (
    Allocation,
    Bank,
    BankDump,
    Combination,
    CombinationDump,
    Contents,
    IdentityRequest,
    ModeChange,
    Part,
    Program,
    ProgramDump,
)
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.slots import singles_of
from m1tui.virtual.demo import demo_contents
from tests.cli.conftest import Command, dump_of, some_contents
from tests.midi_reader import read_midi_file

FOREIGN = bytes.fromhex("F0423030 40 0102 F7")
DEMO = demo_contents()


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return written(tmp_path / "demo.syx", dump_of(DEMO))


def only_message(path: Path):
    (found,) = read_file(path.read_bytes()).messages
    return found.message


@pytest.mark.parametrize(
    ("ending", "form"),
    [(".syx", "syx"), (".mid", "mid"), (".midi", "mid"), (".hex", "hex"), (".TXT", "hex")],
)
def test_a_dump_goes_to_every_form_and_back(
    m1tui: Command, demo: Path, tmp_path: Path, ending: str, form: str
) -> None:
    out = tmp_path / f"out{ending}"
    ended = m1tui("convert", demo, out, "--json")
    assert ended.code == 0
    assert ended.facts == {
        "outcome": "VERIFIED",
        "file": str(out),
        "format": form,
        "bytes": out.stat().st_size,
        "messages": ["all data"],
        "kinds": ["all data"],
        "missing": [],
        "problems": [],
    }
    back = tmp_path / "back.syx"
    assert m1tui("convert", out, back).code == 0
    assert back.read_bytes() == demo.read_bytes()


def test_people_read_what_was_written(m1tui: Command, demo: Path, tmp_path: Path) -> None:
    text = m1tui("convert", demo, tmp_path / "out.mid").out
    assert text.startswith("VERIFIED: ")
    assert "all data, channel 1: 100 programs" in text


def test_the_channel_is_rewritten_in_every_message(m1tui: Command, tmp_path: Path) -> None:
    data = ModeChange(0, 2).encode() + IdentityRequest().encode() + dump_of(DEMO, Part.GLOBAL)
    out = tmp_path / "out.syx"
    assert m1tui("convert", written(tmp_path / "in.syx", data), out, "--channel", "16").code == 0
    found = [one.message for one in read_file(out.read_bytes()).messages]
    assert [message.channel for message in found] == [15, None, 15]
    assert found[2] == BankDump.of(DEMO, Part.GLOBAL, channel=15)


@pytest.mark.parametrize("part", [part for part in Part if part is not Part.ALL])
def test_a_part_is_taken_out_of_an_all_data_dump(
    m1tui: Command, demo: Path, tmp_path: Path, part: Part
) -> None:
    out = tmp_path / "part.syx"
    assert m1tui("convert", demo, out, "--what", part.value).code == 0
    assert only_message(out) == BankDump.of(DEMO, part)


def test_one_program_and_one_combination_are_taken_out(
    m1tui: Command, demo: Path, tmp_path: Path
) -> None:
    assert DEMO.programs is not None
    assert DEMO.combinations is not None
    out = tmp_path / "program.syx"
    assert m1tui("convert", demo, out, "--program", "42", "--channel", "2").code == 0
    assert only_message(out) == ProgramDump(1, DEMO.programs[42])
    out = tmp_path / "combination.syx"
    assert m1tui("convert", demo, out, "--combination", "07").code == 0
    assert only_message(out) == CombinationDump(0, DEMO.combinations[7])


def test_parts_are_merged_into_an_all_data_dump(m1tui: Command, tmp_path: Path) -> None:
    parts = [part for part in Part if part is not Part.ALL]
    files = [
        written(tmp_path / f"{part.value}.syx", dump_of(DEMO, part, channel=3)) for part in parts
    ]
    out = tmp_path / "all.syx"
    assert m1tui("convert", *files, out).code == 0
    assert only_message(out) == BankDump.of(DEMO, Part.ALL, channel=3)


def test_parts_within_one_file_are_merged_on_demand(m1tui: Command, tmp_path: Path) -> None:
    parts = [dump_of(DEMO, part) for part in Part if part is not Part.ALL]
    one = written(tmp_path / "four.syx", b"".join(parts))
    kept, merged = tmp_path / "kept.syx", tmp_path / "merged.syx"
    assert m1tui("convert", one, kept).code == 0
    assert kept.read_bytes() == one.read_bytes()
    assert m1tui("convert", one, merged, "--what", "all").code == 0
    assert only_message(merged) == BankDump.of(DEMO, Part.ALL)


def test_the_same_part_twice_is_merged_once(m1tui: Command, demo: Path, tmp_path: Path) -> None:
    programs = written(tmp_path / "programs.syx", dump_of(DEMO, Part.PROGRAMS))
    out = tmp_path / "out.syx"
    assert m1tui("convert", demo, programs, out).code == 0
    assert only_message(out) == BankDump.of(DEMO, Part.ALL)


def test_a_cards_dump_stays_a_cards_dump(m1tui: Command, tmp_path: Path) -> None:
    dump = BankDump.of(DEMO, Part.ALL, Bank.CARD)
    out = tmp_path / "out.syx"
    source = written(tmp_path / "card.syx", dump.encode())
    assert m1tui("convert", source, out, "--what", "global").code == 0
    assert only_message(out) == BankDump.of(DEMO, Part.GLOBAL, Bank.CARD)


def test_junk_is_left_behind_and_told(m1tui: Command, tmp_path: Path) -> None:
    source = written(tmp_path / "junk.syx", b"hello" + dump_of(DEMO, Part.GLOBAL))
    out = tmp_path / "out.syx"
    ended = m1tui("convert", source, out)
    assert ended.code == 0
    assert "not copied from" in ended.out
    assert out.read_bytes() == dump_of(DEMO, Part.GLOBAL)


@pytest.mark.parametrize("other", ["file", "folder", "link"])
def test_what_is_there_is_never_overwritten(
    m1tui: Command, demo: Path, tmp_path: Path, other: str
) -> None:
    out = tmp_path / "out.syx"
    if other == "file":
        out.write_bytes(b"precious")
    elif other == "folder":
        out.mkdir()
    else:
        out.symlink_to(tmp_path / "nowhere")
    ended = m1tui("convert", demo, out)
    assert ended.code == 2
    assert "already exists" in ended.err
    assert not out.is_file() or out.read_bytes() == b"precious"


def test_a_file_is_not_converted_onto_itself(m1tui: Command, demo: Path) -> None:
    before = demo.read_bytes()
    assert m1tui("convert", demo, demo, "--channel", "4").code == 2
    assert demo.read_bytes() == before


def refused(m1tui: Command, out: Path, *words: str | Path) -> str:
    ended = m1tui("convert", *words)
    assert ended.code == 6
    assert not out.exists()
    assert "Nothing was written" in ended.err
    return ended.err


def test_a_message_that_would_be_lost_is_refused(m1tui: Command, tmp_path: Path) -> None:
    source = written(tmp_path / "in.syx", dump_of(DEMO, Part.GLOBAL) + FOREIGN)
    out = tmp_path / "out.syx"
    assert "03R/W" in refused(m1tui, out, source, out)
    assert m1tui("convert", source, out, "--what", "global").code == 0


def test_a_dump_that_breaks_off_is_refused(m1tui: Command, tmp_path: Path) -> None:
    source = written(
        tmp_path / "in.syx", dump_of(DEMO, Part.GLOBAL) + dump_of(DEMO, Part.PROGRAMS)[:-9]
    )
    out = tmp_path / "out.mid"
    assert "would be lost" in refused(m1tui, out, source, out)


def test_two_versions_of_a_part_are_not_merged(m1tui: Command, demo: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.syx", dump_of(some_contents(), Part.PROGRAMS))
    out = tmp_path / "out.syx"
    assert "contain different programs" in refused(m1tui, out, demo, other, out)


def test_two_allocations_are_not_merged(m1tui: Command, tmp_path: Path) -> None:
    small = Contents((Program.blank(),) * 50, allocation=Allocation.LARGE_SEQUENCE)
    files = [
        written(tmp_path / "50.syx", dump_of(small, Part.PROGRAMS)),
        written(tmp_path / "100.syx", dump_of(DEMO, Part.COMBINATIONS)),
    ]
    out = tmp_path / "out.syx"
    assert "a different memory allocation" in refused(m1tui, out, *files, out)


def test_card_and_internal_memory_are_not_merged(m1tui: Command, tmp_path: Path) -> None:
    card = BankDump.of(DEMO, Part.PROGRAMS, Bank.CARD).encode()
    source = written(tmp_path / "in.syx", dump_of(DEMO, Part.GLOBAL) + card)
    out = tmp_path / "out.syx"
    assert "card memory" in refused(m1tui, out, source, out, "--what", "all")


def test_a_single_program_has_no_place_in_an_all_data_dump(
    m1tui: Command, demo: Path, tmp_path: Path
) -> None:
    single = written(tmp_path / "one.syx", ProgramDump(0, Program.blank()).encode())
    out = tmp_path / "out.syx"
    assert "without a number" in refused(m1tui, out, demo, single, out)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--what", "all"], "the files contain no combinations, no global, no sequence"),
        (["--what", "global"], "no dump of global; it contains programs"),
        (["--combination", "3"], "no dump of combinations"),
        (["--program", "50"], "contains no program 50"),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    m1tui: Command, tmp_path: Path, words: list[str], expected: str
) -> None:
    small = Contents((Program.blank(),) * 50, allocation=Allocation.LARGE_SEQUENCE)
    source = written(tmp_path / "in.syx", dump_of(small, Part.PROGRAMS))
    ended = m1tui("convert", source, tmp_path / "out.syx", *words)
    assert ended.code == 2
    assert expected in ended.err


def test_a_file_without_a_message_is_a_usage_error(m1tui: Command, tmp_path: Path) -> None:
    source = written(tmp_path / "in.syx", b"no dump at all")
    ended = m1tui("convert", source, tmp_path / "out.syx")
    assert ended.code == 2
    assert "contains no M1 message" in ended.err


def test_an_ending_that_tells_no_form_is_a_usage_error(
    m1tui: Command, demo: Path, tmp_path: Path
) -> None:
    ended = m1tui("convert", demo, tmp_path / "out.wav")
    assert ended.code == 2
    assert ".syx, .mid" in ended.err


def test_a_file_that_does_not_read_back_is_a_failure(
    m1tui: Command, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(path: Path, data: bytes) -> Path:
        path.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
        return path

    monkeypatch.setattr("m1tui.cli.commands.convert.write_chosen", spoilt)
    ended = m1tui("convert", demo, tmp_path / "out.syx")
    assert ended.code == 1
    assert "does not read back" in ended.err


def test_single_messages_are_converted_as_they_are(m1tui: Command, tmp_path: Path) -> None:
    single = CombinationDump(4, Combination.blank().replace(name="Stack"))
    source = written(tmp_path / "one.syx", single.encode())
    out = tmp_path / "one.mid"
    assert m1tui("convert", source, out).code == 0
    assert only_message(out) == single


CASES = Path(__file__).parents[1] / "cases"
PROGRAMS = (CASES / "programs+combis-no-global.syx").read_bytes()[:16_350]
"""The dump of programs that most of the cases were made of."""


@pytest.mark.parametrize(
    "name",
    [
        "hex-c-array.h",
        "hex-xxd.txt",
        "hex-sendmidi-receivemidi.txt",
        "programs.uue",
        "programs.syx.gz",
        "programs-bare-base64.txt",
        "programs-7bit-mangled-mail.syx",
        "programs-ftp-ascii-LF-to-CRLF.syx",
        "programs-headerless-packed-only.syx",
        "unpacked-8-bit-programs-14300.bin",
        "smf-split-with-F8-escapes-between.mid",
    ],
)
def test_whatever_a_bank_comes_in_the_bytes_are_the_same(
    m1tui: Command, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out.syx"
    assert m1tui("convert", CASES / name, out).code == 0
    assert out.read_bytes() == PROGRAMS


@pytest.mark.parametrize(
    "name",
    [
        "wm1-style-100x-40-then-11-write.syx",
        "knobkraft-export-100-edit-buffer-messages.syx",
    ],
)
def test_a_hundred_single_programs_become_one_dump(
    m1tui: Command, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out.syx"
    assert m1tui("convert", CASES / name, out, "--what", "programs").code == 0
    assert out.read_bytes() == PROGRAMS


def test_programs_taken_out_one_by_one_and_put_together_are_the_bank(
    m1tui: Command, demo: Path, tmp_path: Path
) -> None:
    singles = [tmp_path / f"{number:02d}.syx" for number in range(100)]
    for number, path in enumerate(singles):
        assert m1tui("convert", demo, path, "--program", number).code == 0
    out = tmp_path / "bank.syx"
    assert m1tui("convert", *singles, out).code == 0
    assert only_message(out) == BankDump.of(DEMO, Part.PROGRAMS)


def test_a_single_program_goes_through_convert_unchanged(m1tui: Command, tmp_path: Path) -> None:
    single = CASES / "single-program-05-edit-buffer.syx"
    out = tmp_path / "out.syx"
    assert m1tui("convert", single, out, "--program", "0").code == 0
    assert out.read_bytes() == single.read_bytes()
    assert m1tui("convert", single, tmp_path / "no.syx", "--program", "1").code == 2


def test_several_single_files_without_a_bank_stay_single_messages(
    m1tui: Command, tmp_path: Path
) -> None:
    names = ("single-program-05-edit-buffer.syx", "single-combi-07-edit-buffer.syx")
    out = tmp_path / "out.syx"
    assert m1tui("convert", *(CASES / name for name in names), out).code == 0
    assert out.read_bytes() == b"".join((CASES / name).read_bytes() for name in names)


def test_what_is_whole_of_a_broken_bank_is_saved_with_its_slots(
    m1tui: Command, tmp_path: Path
) -> None:
    broken = CASES / "truncated-programs-at-60-percent.syx"
    out = tmp_path / "out.syx"
    assert "--salvage" in refused(m1tui, out, broken, out)
    ended = m1tui("convert", broken, out, "--salvage", "--json")
    assert ended.code == 0
    assert ended.facts["missing"] == ["programs 59-99"]
    singles = singles_of(read_file(out.read_bytes()).messages)
    assert [single.number for single in singles] == list(range(59))
    whole = read_file(PROGRAMS).contents().programs
    assert whole is not None
    assert tuple(single.record for single in singles) == whole[:59]


def test_whole_parts_of_broken_all_data_are_saved_as_dumps(m1tui: Command, tmp_path: Path) -> None:
    out = tmp_path / "out.syx"
    ended = m1tui("convert", CASES / "truncated-all-data-half.syx", out, "--salvage", "--json")
    assert ended.code == 0
    assert ended.facts["missing"] == ["programs 24-99", "sequence"]
    assert ended.facts["kinds"][:2] == ["global", "combinations"]
    saved = read_file(out.read_bytes())
    assert saved.contents().parts == {Part.GLOBAL, Part.COMBINATIONS}
    assert len(singles_of(saved.messages)) == 24


def test_nothing_is_saved_where_nothing_is_whole(m1tui: Command, tmp_path: Path) -> None:
    ended = m1tui(
        "convert", CASES / "first-1024-bytes-missing-sendsx.syx", tmp_path / "o.syx", "--salvage"
    )
    assert ended.code == 2
    assert "Nothing in" in ended.err


def test_one_of_several_messages_is_chosen_by_its_number(m1tui: Command, tmp_path: Path) -> None:
    two = CASES / "programs-two-different-banks-concatenated.syx"
    out = tmp_path / "second.syx"
    assert m1tui("convert", two, out, "--message", "2").code == 0
    assert out.read_bytes() == two.read_bytes()[16_350:]
    ended = m1tui("convert", two, tmp_path / "third.syx", "--message", "3")
    assert ended.code == 2
    assert "no message 3; it has 2" in ended.err


def test_several_parts_make_a_file_of_several_messages(
    m1tui: Command, demo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "two.syx"
    words = ("--what", "programs", "--what", "global")
    ended = m1tui("convert", demo, out, *words, "--json")
    assert ended.facts["kinds"] == ["global", "programs"]
    assert out.read_bytes() == dump_of(DEMO, Part.GLOBAL) + dump_of(DEMO, Part.PROGRAMS)


def test_files_of_fewer_than_all_parts_make_a_file_of_several_messages(
    m1tui: Command, tmp_path: Path
) -> None:
    files = [
        written(tmp_path / f"{part.value}.syx", dump_of(DEMO, part))
        for part in (Part.PROGRAMS, Part.COMBINATIONS)
    ]
    out = tmp_path / "out.syx"
    assert m1tui("convert", *files, out).code == 0
    assert out.read_bytes() == dump_of(DEMO, Part.COMBINATIONS) + dump_of(DEMO, Part.PROGRAMS)


def test_a_damaged_bank_is_converted_and_called_damaged(m1tui: Command, tmp_path: Path) -> None:
    damaged = CASES / "programs-right-length-but-shifted-in-the-middle.syx"
    out = tmp_path / "out.syx"
    ended = m1tui("convert", damaged, out, "--json")
    assert ended.code == 0
    assert ended.facts["problems"][0]["code"] == "values-out-of-range"


def test_options_may_stand_between_the_files() -> None:
    arguments = parse(["convert", "a.syx", "--what", "global", "b.syx"]).arguments
    assert (arguments.inputs, arguments.out) == ([Path("a.syx")], Path("b.syx"))


def test_one_choice_of_what_to_take_excludes_another(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["convert", "a.syx", "b.syx", "--what", "global", "--program", "1"])
    assert "not allowed with" in capsys.readouterr().err


def test_every_song_becomes_a_midi_file_of_its_own(
    m1tui: Command, demo: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "songs"
    ended = m1tui("convert", demo, "--songs", folder, "--json")
    assert ended.code == 0
    assert ended.facts["outcome"] == "VERIFIED"
    assert DEMO.sequence is not None
    songs = ended.facts["songs"]
    names = [DEMO.sequence.songs[at].name.rstrip() for at in (0, 1)]
    assert [(song["number"], song["name"]) for song in songs] == list(enumerate(names))
    assert sorted(folder.iterdir()) == sorted(Path(song["file"]) for song in songs)
    for song in songs:
        file = read_midi_file(Path(song["file"]).read_bytes())
        assert file.tracks[0].name == song["name"]
        assert sum(len(track.notes) for track in file.tracks) == song["notes"] > 0
        assert song["left_out"]
        assert {f"Note: {text}" for text in song["left_out"]} <= set(file.tracks[0].texts)


def test_people_read_what_a_midi_file_cannot_contain(
    m1tui: Command, demo: Path, tmp_path: Path
) -> None:
    text = m1tui("convert", demo, "--songs", tmp_path).out
    assert text.startswith("VERIFIED: 2 songs as Standard MIDI Files, read again")
    assert "Programs are given by their numbers in this M1." in text


def test_songs_take_the_names_of_their_programs_from_another_file(
    m1tui: Command, tmp_path: Path
) -> None:
    sequence = written(tmp_path / "sequence.syx", dump_of(DEMO, Part.SEQUENCE))
    programs = written(tmp_path / "programs.syx", dump_of(DEMO, Part.PROGRAMS))
    ended = m1tui("convert", sequence, programs, "--songs", tmp_path / "out", "--json")
    assert ended.code == 0
    file = read_midi_file(Path(ended.facts["songs"][0]["file"]).read_bytes())
    assert file.tracks[1].name == "1 I00 Oak Grand"


def test_no_file_is_overwritten_by_a_song(m1tui: Command, demo: Path, tmp_path: Path) -> None:
    taken = written(tmp_path / "1 Night Bus.mid", b"mine")
    ended = m1tui("convert", demo, "--songs", tmp_path)
    assert ended.code == 2
    assert "already exists" in ended.err
    assert taken.read_bytes() == b"mine"
    assert not (tmp_path / "0 Workbench.mid").exists()


def test_what_songs_cannot_be_written_of_is_said(
    m1tui: Command, demo: Path, tmp_path: Path
) -> None:
    programs = written(tmp_path / "programs.syx", dump_of(DEMO, Part.PROGRAMS))
    folder = tmp_path / "out"
    for words, reason in (
        ((programs, "--songs", folder), "contains no songs"),
        ((demo, "--songs", folder / "deeper"), "There is no folder"),
        ((demo, "--songs", folder, "--channel", "2"), "tracks have their own channels"),
        ((demo, "--songs", demo), "expected a folder, found a file"),
        ((demo,), "No output was named for the contents of"),
    ):
        ended = m1tui("convert", *words)
        assert ended.code == 2
        assert reason in ended.err
        assert not folder.exists()


def test_music_is_no_song_of_an_m1(m1tui: Command, demo: Path, tmp_path: Path) -> None:
    assert m1tui("convert", demo, "--songs", tmp_path).code == 0
    song = tmp_path / "0 Workbench.mid"
    for words in ((song,), (song, tmp_path / "song.syx"), (demo, song, "--songs", tmp_path / "o")):
        ended = m1tui("convert", *words)
        assert ended.code == 6
        assert "is a MIDI file with music (688 notes)" in ended.err
        assert "m1tui does not edit music" in ended.err
    assert not (tmp_path / "song.syx").exists()
