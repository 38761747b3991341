"""A file's messages in words, and the memory that they carry together."""

from __future__ import annotations

from m1tui.sysex import BankDump, Part, ProgramDump
from m1tui.sysex.files import memory, message_text, singles
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.listing import counted, length, numbered
from m1tui.virtual.demo import demo_contents

DEMO = demo_contents()


def test_a_bank_is_told_with_its_place_size_channel_and_contents() -> None:
    file = read_file(b"junk" + BankDump.of(DEMO, Part.PROGRAMS, channel=4).encode())
    (found,) = file.messages
    text = message_text(found)
    assert text.startswith("at byte 4: programs (4C), ")
    assert "channel 5" in text
    assert "internal memory: 100 programs" in text
    assert found.contents.parts == {Part.PROGRAMS}


def test_single_programs_make_a_memory_where_there_is_no_bank() -> None:
    assert DEMO.programs is not None
    singly = b"".join(ProgramDump(0, program).encode() for program in DEMO.programs[:3])
    file = read_file(singly)
    assert memory(file).programs == DEMO.programs[:3]
    assert '"Oak Grand' in message_text(file.messages[0])
    whole = read_file(singly + BankDump.of(DEMO, Part.ALL).encode())
    assert memory(whole).parts == DEMO.parts
    assert singles(whole).programs == DEMO.programs[:3]


def test_numbers_and_lengths_are_said_as_people_say_them() -> None:
    assert [counted(n, "dump") for n in (0, 1, 1000)] == ["0 dumps", "1 dump", "1,000 dumps"]
    assert [length(n) for n in (0, 0.2, 59.7, 75.8)] == ["", "0:00", "1:00", "1:16"]
    assert numbered("program", 7, "Organ") == 'program 07 "Organ"'
    assert numbered("global", None) == "global"
