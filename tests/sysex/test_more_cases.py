"""More files of the kinds that owners have, made here: other parts, other allocation, more damage.

Each is made from the demo bank, or from a bank of fifty, and has its right answer beside it.
"""

from __future__ import annotations

import binascii
import gzip
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import pytest

from m1tui.link.virtual import demo_contents
from m1tui.sysex import (
    Allocation,
    Bank,
    BankDump,
    CombinationDump,
    CombinationWrite,
    Contents,
    Part,
    ProgramDump,
    ProgramWrite,
    pack,
)
from m1tui.sysex.causes import CAUSES
from m1tui.sysex.examine import Grade, examine
from m1tui.sysex.files import write_file
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.slots import taken_from

DEMO = demo_contents()
assert DEMO.programs is not None
assert DEMO.combinations is not None
HALF = DEMO.replace(
    programs=DEMO.programs[:50],
    combinations=DEMO.combinations[:50],
    allocation=Allocation.LARGE_SEQUENCE,
)


def dump(part: Part, contents: Contents = DEMO, bank: Bank = Bank.INTERNAL) -> bytes:
    return BankDump.of(contents, part, bank).encode()


ALL, PROGRAMS, COMBINATIONS, GLOBAL, SEQUENCE = map(dump, Part)
HALF_ALL, HALF_PROGRAMS = dump(Part.ALL, HALF), dump(Part.PROGRAMS, HALF)


def zipped(**members: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.syx", data)
    return output.getvalue()


def tarred(data: bytes) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as archive:
        info = tarfile.TarInfo("korg/m1.syx")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return output.getvalue()


def uuencoded(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"#! /bin/sh\n# a shell archive\nbegin 644 m1.syx\n" + b"".join(lines) + b"`\nend\n"


def shifted(data: bytes) -> bytes:
    """A byte lost in the first third, one gained in the second: the length is right."""
    return data[:4_000] + data[4_001:9_000] + b"\x11" + data[9_000:]


def noisy(data: bytes) -> bytes:
    changed, dice = bytearray(data), random.Random(7)
    for _ in range(300):
        changed[dice.randrange(10, len(data) - 10)] = dice.randrange(128)
    return bytes(changed)


def every_second_packet(data: bytes) -> bytes:
    return b"".join(data[at : at + 3] for at in range(0, len(data), 6))


def singly(contents: Contents, *, written: bool) -> bytes:
    made = b""
    for number, one in enumerate(contents.combinations or ()):
        made += CombinationDump(0, one).encode()
        if written:
            made += CombinationWrite(0, Bank.INTERNAL, number).encode()
    return made


class Case(NamedTuple):
    """A file and its right answer."""

    data: bytes
    whole: tuple[bytes, ...] = ()
    """The messages that are read."""
    note: str = ""
    described: str = ""
    """What of it goes into a memory, with what is whole of broken dumps."""


WHOLE: dict[str, Case] = {
    "combinations, 0A became 0D 0A": Case(
        COMBINATIONS.replace(b"\n", b"\r\n"), (COMBINATIONS,), "line-ends-mended"
    ),
    "all data, 0A became 0D 0A": Case(ALL.replace(b"\n", b"\r\n"), (ALL,), "line-ends-mended"),
    "combinations, bit 7 cut off": Case(
        bytes(byte & 0x7F for byte in COMBINATIONS), (COMBINATIONS,), "bit-7-mended"
    ),
    "global, bit 7 cut off": Case(bytes(byte & 0x7F for byte in GLOBAL), (GLOBAL,), "bit-7-mended"),
    "combinations without F7": Case(COMBINATIONS[:-1], (COMBINATIONS,), "end-missing"),
    "all data without F7": Case(ALL[:-1], (ALL,), "end-missing"),
    "a sequence without F7": Case(SEQUENCE[:-1], (SEQUENCE,), "end-missing"),
    "combinations without F0": Case(COMBINATIONS[1:], (COMBINATIONS,), "start-missing"),
    "combinations without F7, then programs": Case(
        COMBINATIONS[:-1] + PROGRAMS, (COMBINATIONS, PROGRAMS), "end-missing"
    ),
    "combinations, packed only": Case(COMBINATIONS[6:-1], (COMBINATIONS,), "head-missing"),
    "combinations, not packed": Case(
        b"".join(one.raw for one in DEMO.combinations or ()), (COMBINATIONS,), "memory-unpacked"
    ),
    "programs of 50, gzip": Case(gzip.compress(HALF_PROGRAMS), (HALF_PROGRAMS,)),
    "all data of 50/50 in tar.gz": Case(tarred(HALF_ALL), (HALF_ALL,)),
    "all data in a shell archive": Case(uuencoded(ALL), (ALL,)),
    "combinations in base64": Case(binascii.b2a_base64(COMBINATIONS), (COMBINATIONS,)),
    "two files in a ZIP in a ZIP": Case(
        zipped(inner=zipped(a=PROGRAMS, b=COMBINATIONS)), (PROGRAMS, COMBINATIONS)
    ),
    "Korg's loader with three parts": Case(
        b"\x46\x52\x02\x19" + PROGRAMS + COMBINATIONS + GLOBAL, (PROGRAMS, COMBINATIONS, GLOBAL)
    ),
    "a Standard MIDI File with four parts": Case(
        write_file([one.message for one in read_file(PROGRAMS + COMBINATIONS).messages], "mid"),
        (PROGRAMS, COMBINATIONS),
    ),
    "an array of a loader's source": Case(
        b"#include <Arduino.h>\nconst uint8_t bank[] PROGMEM = {\n"
        + ",\n".join(f"0x{byte:02X}" for byte in COMBINATIONS).encode()
        + b"\n};\n",
        (COMBINATIONS,),
    ),
    "signed bytes of Java": Case(
        f"byte[] m1 = {{ {', '.join(str((b ^ 128) - 128) for b in GLOBAL)} }};".encode(), (GLOBAL,)
    ),
    "JSON of a librarian": Case(json.dumps({"data": list(COMBINATIONS)}).encode(), (COMBINATIONS,)),
    "a clock that a recorder left in": Case(
        GLOBAL[:300] + b"\xf8" + GLOBAL[300:700] + b"\xfe" + GLOBAL[700:], (GLOBAL,)
    ),
    "zeros behind the dump": Case(PROGRAMS + bytes(34), (PROGRAMS,)),
    "a card's combinations": Case(
        dump(Part.COMBINATIONS, DEMO, Bank.CARD), (dump(Part.COMBINATIONS, DEMO, Bank.CARD),)
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_whole_or_can_be_mended_is_read_byte_for_byte(name: str) -> None:
    case = WHOLE[name]
    file = read_file(case.data)
    assert tuple(found.raw for found in file.messages) == case.whole
    assert all(problem.harmless for problem in file.problems), file.problems
    assert not case.note or case.note in [note.code for note in file.notes]
    for found in file.messages:
        assert isinstance(found.message, BankDump)
        assert examine(found.message.contents).grade is Grade.SOUND


DAMAGED: dict[str, tuple[bytes, str]] = {
    "combinations, 0D became 0A": (COMBINATIONS.replace(b"\r", b"\n"), "text-mode-0d-became-0a"),
    "all data, 0D became 0A": (ALL.replace(b"\r", b"\n"), "text-mode-0d-became-0a"),
    "programs, 0A became 0D": (PROGRAMS.replace(b"\n", b"\r"), "text-mode-0a-became-0d"),
    "combinations, shifted in the middle": (shifted(COMBINATIONS), "values-out-of-range"),
    "combinations with 300 random bytes": (noisy(COMBINATIONS), "values-out-of-range"),
    "all data with 300 random bytes": (noisy(ALL), "values-out-of-range"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_of_the_right_length_is_seen_in_every_part(name: str) -> None:
    data, code = DAMAGED[name]
    file = read_file(data)
    assert len(file.messages) == 1
    found = examine(file.contents())
    assert found.grade is Grade.DAMAGED
    assert code in [one.code for one in found.findings]
    assert CAUSES[code].next_step


BROKEN: dict[str, Case] = {
    "combinations at 60 percent": Case(
        COMBINATIONS[: len(COMBINATIONS) * 6 // 10], described="59 combinations (00-58)"
    ),
    "programs of 50 at 60 percent": Case(
        HALF_PROGRAMS[: len(HALF_PROGRAMS) * 6 // 10], described="29 programs (00-28)"
    ),
    "all data of 50/50 behind global": Case(HALF_ALL[:1_050], described="global with 4 drum kits"),
    "all data without its sequence": Case(
        ALL[:31_600],
        described="100 programs, 100 combinations, global with 4 drum kits",
    ),
    "a ZIP with a broken bank": Case(zipped(cut=PROGRAMS[:4_095]), described="25 programs (00-24)"),
    "text that breaks off": Case(
        PROGRAMS.hex(" ").encode()[:30_000], described="61 programs (00-60)"
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_whole_of_a_broken_dump_is_found_and_what_is_missing_named(name: str) -> None:
    case = BROKEN[name]
    file = read_file(case.data)
    assert file.messages == ()
    assert any(not problem.harmless for problem in file.problems)
    taken = taken_from(file, pieces=True)
    assert ", ".join(taken.describe()) == case.described
    assert taken.missing


def test_half_of_the_packets_is_named_for_combinations() -> None:
    file = read_file(every_second_packet(COMBINATIONS))
    assert "every-second-packet-lost" in [problem.code for problem in file.problems]


@pytest.mark.parametrize("lost", [128, 512, 4_096])
def test_the_first_block_of_combinations_that_is_missing_is_named(lost: int) -> None:
    file = read_file(COMBINATIONS[lost:])
    assert "first-block-missing" in [problem.code for problem in file.problems]


@pytest.mark.parametrize("written", [True, False])
def test_a_hundred_single_combinations_are_a_bank(written: bool) -> None:
    file = read_file(singly(DEMO, written=written))
    assert file.contents().combinations == DEMO.combinations


def test_a_knobkraft_export_of_fifty_is_a_bank_of_50_50() -> None:
    data = b"".join(ProgramDump(2, one).encode() for one in HALF.programs or ())
    file = read_file(data)
    assert file.contents().programs == HALF.programs
    assert file.contents().allocation is Allocation.LARGE_SEQUENCE


def test_slots_that_are_not_all_there_make_no_bank_and_are_single_sounds() -> None:
    data = b"".join(
        ProgramDump(0, one).encode() + ProgramWrite(0, Bank.INTERNAL, number).encode()
        for number, one in enumerate((DEMO.programs or ())[:99])
    )
    file = read_file(data)
    assert file.dumps == ()
    assert len(taken_from(file).slots.programs) == 99


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"<!DOCTYPE html><html><head><title>404</title></head></html>", "web-page"),
        (lambda: b"\n\n  <HTML>\n<BODY>not found</BODY></HTML>", "web-page"),
        (
            lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 16350\n",
            "large-file-pointer",
        ),
        (lambda: b"%PDF-1.4\n1 0 obj", "document"),
        (lambda: b"MZ\x90\0\3\0\0\0" + bytes(200), "program"),
        (lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), "audio"),
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(40), "picture"),
        (lambda: b"Rar!\x1a\x07\x01\0" + bytes(40), "archive-unknown"),
        (lambda: bytes.fromhex("F0423026 4C00") + bytes(200) + b"\xf7", "foreign-model"),
        (lambda: bytes.fromhex("F0410014 12") + bytes(200) + b"\xf7", "foreign-maker"),
    ],
)
def test_what_is_no_file_of_an_m1_is_called_what_it_is(
    make: Callable[[], bytes], code: str
) -> None:
    file = read_file(make())
    assert code in [problem.code for problem in file.problems]
    assert CAUSES[code].next_step or CAUSES[code].cause


def test_a_card_image_of_another_kind_has_its_sounds_as_a_cards() -> None:
    memory = b"KORG\x10".ljust(16, b"\0")
    assert DEMO.global_ is not None
    body = DEMO.global_.raw.ljust(1_225, b"\0")
    body += b"".join(one.raw for one in DEMO.combinations or ())
    body += b"".join(one.raw for one in DEMO.programs or ())
    file = read_file((memory + body).ljust(32_768, b"\0"))
    assert file.format == "card"
    assert file.contents().programs == DEMO.programs
    assert all(one.bank is Bank.CARD for one in file.dumps)


def test_the_all_data_stream_without_packing_is_known() -> None:
    message = next(iter(read_file(ALL).messages)).message
    assert isinstance(message, BankDump)
    assert DEMO.global_ is not None
    assert DEMO.sequence is not None
    stream = DEMO.global_.raw
    stream += b"".join(one.raw for one in DEMO.combinations or ())
    stream += b"".join(one.raw for one in DEMO.programs or ())
    stream += DEMO.sequence.raw
    assert pack(stream) in ALL
    assert read_file(stream).contents().programs == DEMO.programs
