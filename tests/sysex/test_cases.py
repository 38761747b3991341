"""Files as owners have them, one by one: each gives its right answer.

They were made from the demo bank after damage and forms that people report in public.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.sysex import BankDump, CombinationDump, Part, ProgramDump
from m1tui.sysex.causes import CAUSES, cause_of, said
from m1tui.sysex.examine import Examination, Grade, Sign, examine
from m1tui.sysex.forms.found import DumpFile
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.leaning import Need, leanings
from m1tui.sysex.slots import singles_of

CASES = Path(__file__).parents[1] / "cases"
WHOLE = CASES / "programs+combis-no-global.syx"
PROGRAMS = WHOLE.read_bytes()[:16_350]
"""The dump of programs that most of the files were made of."""
COMBINATIONS = WHOLE.read_bytes()[16_350:]


def read(name: str) -> DumpFile:
    return read_file((CASES / name).read_bytes())


def raw(file: DumpFile) -> list[bytes]:
    return [found.raw for found in file.messages]


def codes(file: DumpFile) -> list[str]:
    return [problem.code for problem in file.problems if not problem.harmless]


def notes(file: DumpFile) -> list[str]:
    return [note.code for note in file.notes]


def examined(name: str) -> Examination:
    file = read(name)
    assert codes(file) == []
    return examine(file.contents())


@pytest.mark.parametrize(
    ("name", "form", "containers"),
    [
        ("hex-c-array.h", "hex", ()),
        ("hex-decimal.txt", "hex", ()),
        ("hex-hexdump-C.txt", "hex", ()),
        ("hex-midi-ox-monitor-log.txt", "hex", ()),
        ("hex-midi-ox-view-with-offsets.txt", "hex", ()),
        ("hex-od.txt", "hex", ()),
        ("hex-sendmidi-receivemidi.txt", "hex", ()),
        ("hex-utf8-bom.txt", "hex", ()),
        ("hex-with-comment-lines.txt", "hex", ()),
        ("hex-xxd.txt", "hex", ()),
        ("programs-bare-base64.txt", "syx", ("base64",)),
        ("programs.syx.gz", "syx", ("gzip",)),
        ("programs.uue", "syx", ("uuencode",)),
    ],
)
def test_a_bank_in_text_or_packed_is_read_whole_byte_for_byte(
    name: str, form: str, containers: tuple[str, ...]
) -> None:
    file = read(name)
    assert (file.format, file.containers) == (form, containers)
    assert raw(file) == [PROGRAMS]
    assert file.problems == ()


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("programs-ftp-ascii-LF-to-CRLF.syx", "line-ends-mended"),
        ("programs-7bit-mangled-mail.syx", "bit-7-mended"),
        ("programs-F7-missing-only.syx", "end-missing"),
        ("programs-F0-missing.syx", "start-missing"),
        ("programs-headerless-packed-only.syx", "head-missing"),
        ("unpacked-8-bit-programs-14300.bin", "memory-unpacked"),
        ("smf-sysex-event-without-F7.mid", "end-missing"),
    ],
)
def test_what_can_be_mended_is_read_whole_and_said(name: str, note: str) -> None:
    file = read(name)
    assert raw(file) == [PROGRAMS]
    assert file.problems == ()
    assert note in notes(file)


def test_line_ends_that_were_doubled_are_counted() -> None:
    (note,) = read("programs-ftp-ascii-LF-to-CRLF.syx").notes
    assert "Every 0D 0A in the message" in note.text
    assert "(257 in all)" in note.text


def test_a_missing_end_before_the_next_dump_drops_neither() -> None:
    file = read("programs-F7-missing-then-combis.syx")
    assert raw(file) == [PROGRAMS, COMBINATIONS]
    assert notes(file) == ["end-missing"]
    assert file.problems == ()


def test_0d_that_became_0a_is_damage_that_cannot_be_undone() -> None:
    found = examined("programs-ftp-ascii-CR-to-LF.syx")
    (finding,) = found.findings
    assert (found.grade, finding.sign) == (Grade.DAMAGED, Sign.CR_TO_LF)
    assert finding.evidence == (14_300, 0, 259)
    assert "cannot be undone" in cause_of(finding.code).cause


@pytest.mark.parametrize(
    ("name", "objects"),
    [
        ("programs-right-length-but-shifted-in-the-middle.syx", range(30, 56)),
        ("programs-right-length-300-random-bytes.syx", range(100)),
    ],
)
def test_a_damaged_bank_of_the_right_length_is_seen(name: str, objects: range) -> None:
    found = examined(name)
    finding = next(one for one in found.findings if one.sign is Sign.OUT_OF_RANGE)
    assert found.grade is Grade.DAMAGED
    assert finding.amount > 100
    assert set(finding.objects) <= set(objects)
    assert "expected at most 3" in str(said(finding))


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("programs-all-zero-payload-right-length.syx", Sign.NAMELESS),
        ("programs-100-times-init-prog.syx", Sign.INITIALISED),
    ],
)
def test_a_memory_without_sounds_is_no_text_mode_transfer(name: str, sign: Sign) -> None:
    found = examined(name)
    assert found.grade is Grade.DOUBTFUL
    assert [one.sign for one in found.findings] == [sign]


def test_a_single_program_is_read() -> None:
    (found,) = read("single-program-05-edit-buffer.syx").messages
    assert isinstance(found.message, ProgramDump)
    assert found.message.program == read_file(PROGRAMS).contents().programs[5]  # type: ignore[index]


def test_a_single_combination_is_read() -> None:
    (found,) = read("single-combi-07-edit-buffer.syx").messages
    assert isinstance(found.message, CombinationDump)
    expected = read_file(COMBINATIONS).contents().combinations
    assert expected is not None
    assert found.message.combination == expected[7]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("knobkraft-export-100-edit-buffer-messages.syx", [None] * 100),
        ("wm1-style-100x-40-then-11-write.syx", list(range(100))),
    ],
)
def test_a_hundred_single_programs_are_a_bank(name: str, numbers: list[int | None]) -> None:
    file = read(name)
    assert [single.number for single in singles_of(file.messages)] == numbers
    (dump,) = file.dumps
    assert dump.encode() == PROGRAMS
    assert file.contents() == read_file(PROGRAMS).contents()
    assert file.problems == ()


@pytest.mark.parametrize(
    ("name", "programs", "missing"),
    [
        ("truncated-programs-at-60-percent.syx", 59, ("programs 59-99",)),
        ("truncated-programs-4095-bytes-alsa-seq.syx", 25, ("programs 25-99",)),
    ],
)
def test_a_bank_that_breaks_off_keeps_its_whole_programs(
    name: str, programs: int, missing: tuple[str, ...]
) -> None:
    file = read(name)
    (piece,) = file.pieces
    assert codes(file) == ["dump-cut-off"]
    assert f"{programs} of 100 programs" in str(file.problems[0])
    whole = read_file(PROGRAMS).contents().programs
    assert whole is not None
    assert piece.contents.programs == whole[:programs]
    assert piece.missing == missing
    assert file.messages == ()


@pytest.mark.parametrize("name", ["truncated-all-data-half.syx", "smf-truncated-half.mid"])
def test_all_data_that_break_off_keep_global_combinations_and_some_programs(name: str) -> None:
    (piece,) = read(name).pieces
    assert (piece.part, piece.missing) == (Part.ALL, ("programs 24-99", "sequence"))
    assert piece.contents.parts == {Part.GLOBAL, Part.COMBINATIONS, Part.PROGRAMS}
    assert len(piece.contents.combinations or ()) == 100
    assert len(piece.contents.programs or ()) == 24
    assert examine(piece.contents).grade is not Grade.DAMAGED


def test_a_missing_first_block_is_named_and_nothing_is_taken_out() -> None:
    file = read("first-1024-bytes-missing-sendsx.syx")
    assert codes(file) == ["first-block-missing"]
    assert "1,024 bytes" in str(file.problems[0])
    assert (file.messages, file.pieces) == ((), ())


def test_half_of_the_bytes_is_a_cable_with_a_ch345() -> None:
    file = read("programs-every-second-usb-packet-lost-ch345.syx")
    assert codes(file) == ["every-second-packet-lost"]
    assert file.problems[0].expected == "16,350 bytes"
    assert "CH345" in cause_of(file.problems[0].code).cause
    assert (file.messages, file.pieces) == ((), ())


def test_every_dump_of_an_archive_is_found_with_its_name() -> None:
    file = read("m1-sounds-3-files.zip")
    held = [
        (found.member, found.message.part)
        for found in file.messages
        if isinstance(found.message, BankDump)
    ]
    assert held == [
        ("Programs01.SYX", Part.PROGRAMS),
        ("Prog_Comb01.SYX", Part.PROGRAMS),
        ("Prog_Comb01.SYX", Part.COMBINATIONS),
        ("Factory.SYX", Part.ALL),
    ]
    assert file.containers == ("zip",)
    assert codes(file) == []
    assert [problem.member for problem in file.problems] == ["README.TXT"]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("download-page-saved-as.syx", "web-page", "Download the file again"),
        ("git-lfs-pointer.syx", "large-file-pointer", "Download the file itself"),
    ],
)
def test_what_is_no_dump_is_named_and_what_to_do(name: str, code: str, words: str) -> None:
    file = read(name)
    assert codes(file) == [code]
    assert words in cause_of(code).next_step
    assert file.messages == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("foreign-Triton-all-programs-header.syx", "50 (Triton)"),
        ("foreign-Wavestation-all-programs-header.syx", "28 (Wavestation)"),
        ("foreign-yamaha-dx7-bank-4104.syx", "43 (Yamaha)"),
    ],
)
def test_another_instruments_dump_is_named(name: str, found: str) -> None:
    (problem,) = read(name).problems
    assert problem.found == found
    assert problem.code in ("foreign-model", "foreign-maker")


def test_combinations_that_play_a_cards_programs_say_so() -> None:
    needs = {one.need: one for one in leanings(read("combis-30-use-card-programs.syx").contents())}
    assert len(needs[Need.CARD_PROGRAMS].numbers) == 30
    assert needs[Need.CARD_PROGRAMS].wanted == (105,)
    assert Need.PROGRAMS in needs


def test_programs_with_multisounds_of_a_card_say_so() -> None:
    name = "programs-20-use-multisound-130-M1EX-or-PCM-card.syx"
    needs = {one.need: one for one in leanings(read(name).contents())}
    assert len(needs[Need.MULTISOUNDS].numbers) == 20
    assert needs[Need.MULTISOUNDS].wanted == (130,)
    assert examined(name).grade is Grade.SOUND


def test_two_banks_in_one_file_are_two_messages_and_one_can_be_chosen() -> None:
    file = read("programs-two-different-banks-concatenated.syx")
    assert len(file.messages) == 2
    first, second = (file.only((number,)).contents() for number in (1, 2))
    assert first == read_file(PROGRAMS).contents()
    assert second != first
    with pytest.raises(IndexError):
        file.only((3,))


def test_programs_and_combinations_are_both_there() -> None:
    file = read("programs+combis-no-global.syx")
    assert file.contents().parts == {Part.PROGRAMS, Part.COMBINATIONS}
    assert file.problems == ()


def test_dumps_of_two_channels_are_both_there() -> None:
    file = read("programs-ch1-and-combis-ch3-mixed.syx")
    assert [dump.channel for dump in file.dumps] == [0, 2]
    assert file.contents().parts == {Part.PROGRAMS, Part.COMBINATIONS}


def test_a_midi_file_with_escapes_between_the_parts_of_a_message_is_read_whole() -> None:
    file = read("smf-split-with-F8-escapes-between.mid")
    assert (file.format, raw(file), file.problems) == ("mid", [PROGRAMS], ())


def test_a_midi_file_whose_track_says_that_it_is_longer_is_read_whole() -> None:
    file = read("smf-track-length-too-long.mid")
    assert raw(file) == [PROGRAMS]
    assert [problem.code for problem in file.problems] == ["midi-track-length"]
    assert codes(file) == []


def test_a_ram_cards_image_is_a_cards_memory() -> None:
    file = read("m1-ram-card-image.bin")
    assert [(dump.part, dump.bank.name) for dump in file.dumps] == [
        (Part.GLOBAL, "CARD"),
        (Part.COMBINATIONS, "CARD"),
        (Part.PROGRAMS, "CARD"),
    ]
    assert notes(file) == ["card-image"]
    assert file.problems == ()


def test_every_problem_of_every_case_has_a_cause_or_a_next_step() -> None:
    seen = 0
    for path in CASES.iterdir():
        file = read_file(path.read_bytes())
        for problem in file.problems:
            seen += 1
            assert any(cause_of(problem.code)), problem
            assert str(problem).isprintable()
    assert seen > 10


def test_every_sign_has_a_cause_or_a_next_step() -> None:
    assert {sign.value for sign in Sign} <= set(CAUSES)


def test_every_case_stands_in_a_test() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [path.name for path in CASES.iterdir() if path.name not in source] == []
