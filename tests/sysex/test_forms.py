"""What wraps dumps: each form both ways, damaged ones, and those made to fill a memory."""

from __future__ import annotations

import binascii
import gzip
import io
import json
import stat
import struct
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m1tui.sysex import (
    Allocation,
    BankDump,
    Combination,
    CombinationDump,
    Contents,
    GlobalData,
    Part,
    Program,
    ProgramDump,
    ProgramWrite,
)
from m1tui.sysex.forms.found import DEEPEST, MOST_MEMBERS, MOST_UNPACKED, DumpFile
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.demo import demo_contents
from tests.sysex.strategies import bank_dumps, records

DEMO = demo_contents()
PROGRAMS = BankDump.of(DEMO, Part.PROGRAMS).encode()
GLOBAL = BankDump.of(DEMO, Part.GLOBAL).encode()
ALL = BankDump.of(DEMO, Part.ALL).encode()


def raw(file: DumpFile) -> list[bytes]:
    return [found.raw for found in file.messages]


def codes(file: DumpFile) -> list[str]:
    return [problem.code for problem in file.problems if not problem.harmless]


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return output.getvalue()


def tarred(*members: tuple[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return output.getvalue()


def uuencoded(data: bytes, mark: str = "") -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    text = b"begin 644 bank.syx\n" + b"".join(lines) + b"`\nend\n"
    return b"".join(mark.encode() + line for line in text.splitlines(keepends=True))


def mailed(data: bytes) -> bytes:
    message = EmailMessage()
    message["Subject"] = "M1 sounds"
    message.set_content("Here they are.")
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename="m1.syx")
    return bytes(message)


def mac_binary(data: bytes) -> bytes:
    head = bytearray(128)
    head[1:6] = b"\4Bank"
    head[83:87] = len(data).to_bytes(4, "big")
    return bytes(head) + data + bytes(-len(data) % 128)


def apple_single(data: bytes) -> bytes:
    entries = [(3, b"Bank"), (1, data)]
    at = 26 + 12 * len(entries)
    table, body = b"", b""
    for kind, content in entries:
        table += struct.pack(">III", kind, at + len(body), len(content))
        body += content
    return struct.pack(">II16xH", 0x00051600, 0x00020000, len(entries)) + table + body


LETTERS = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"


def bin_hexed(data: bytes) -> bytes:
    plain = b"\4Bank\0" + bytes(10) + struct.pack(">II", len(data), 0) + b"\0\0" + data + b"\0\0"
    packed = plain.replace(b"\x90", b"\x90\0")
    bits = "".join(f"{byte:08b}" for byte in packed)
    bits += "0" * (-len(bits) % 6)
    text = bytes(LETTERS[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))
    lines = b"\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return b"(This file must be converted with BinHex 4.0)\n\n:" + lines + b":\n"


def midi_file(data: bytes) -> bytes:
    track = mido.MidiTrack([mido.Message("sysex", data=data[1:-1])])
    output = io.BytesIO()
    mido.MidiFile(tracks=[track]).save(file=output)
    return output.getvalue()


def riff(data: bytes) -> bytes:
    inner = midi_file(data)
    body = b"RMIDdata" + len(inner).to_bytes(4, "little") + inner
    return b"RIFF" + len(body).to_bytes(4, "little") + body


WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "zip": lambda data: zipped(("a/bank.syx", data)),
    "zip, stored": lambda data: zipped(("bank.syx", data), method=zipfile.ZIP_STORED),
    "gzip": gzip.compress,
    "tar": lambda data: tarred(("bank.syx", data)),
    "tar, long names": lambda data: tarred(("x" * 300, data)),
    "tar, pax": lambda data: tarred(("bank.syx", data), form=tarfile.PAX_FORMAT),
    "tar.gz": lambda data: gzip.compress(tarred(("bank.syx", data))),
    "uuencode": uuencoded,
    "uuencode in a shell archive": lambda data: (
        b"#!/bin/sh\nsed s/^X// >x << E\n" + uuencoded(data, "X") + b"E\n"
    ),
    "begin-base64": lambda data: (
        b"begin-base64 644 bank.syx\n" + binascii.b2a_base64(data) + b"====\n"
    ),
    "base64": binascii.b2a_base64,
    "data address": lambda data: (
        b"data:application/octet-stream;base64," + binascii.b2a_base64(data)
    ),
    "mail": mailed,
    "MacBinary": mac_binary,
    "MacBinary around ZIP": lambda data: mac_binary(zipped(("bank.syx", data))),
    "AppleSingle": apple_single,
    "BinHex": bin_hexed,
    "MIDI file": midi_file,
    "RIFF": riff,
    "Korg's loader": lambda data: b"\x46\x52\x02\x19" + data,
    "Sysex Manager": lambda data: b"Sysex Manager-M1".ljust(120, b"\0") + data,
    "ZIP in mail": lambda data: mailed(zipped(("bank.syx", data))),
}


def dump_lines(data: bytes, form: str, gap: int = 16) -> str:
    return "".join(
        form.format(at=at, hex=data[at : at + gap].hex(" "), text="." * len(data[at : at + gap]))
        for at in range(0, len(data), gap)
    )


def xxd(data: bytes) -> str:
    rows = (data[at : at + 16] for at in range(0, len(data), 16))
    return "".join(
        f"{at * 16:08x}: {row.hex(' ', 2):<39}  {'.' * len(row)}\n" for at, row in enumerate(rows)
    )


def hexdump(data: bytes) -> str:
    """Lines as hexdump -C has them, equal ones as a star."""
    lines: list[str] = []
    before = b""
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        if row == before and len(row) == 16:
            if lines[-1] != "*":
                lines.append("*")
            continue
        before = row
        halves = f"{row[:8].hex(' ')}  {row[8:].hex(' ')}".strip()
        lines.append(f"{at:08x}  {halves:<48}  |{'.' * len(row)}|")
    return "\n".join([*lines, f"{len(data):08x}"]) + "\n"


def words(data: bytes) -> str:
    """Lines as plain hexdump has them: words, the low byte first."""
    even = data + bytes(len(data) % 2)
    rows = (even[at : at + 16] for at in range(0, len(even), 16))
    return "".join(
        f"{at * 16:07x} "
        + " ".join(f"{row[i] | row[i + 1] << 8:04x}" for i in range(0, len(row), 2))
        + "\n"
        for at, row in enumerate(rows)
    )


WRITTEN: dict[str, Callable[[bytes], str]] = {
    "hex": lambda data: data.hex(" "),
    "hex without spaces": lambda data: data.hex().upper(),
    "hex with 0x": lambda data: ", ".join(f"0x{byte:02X}" for byte in data),
    "hex with h": lambda data: " ".join(f"{byte:02X}h" for byte in data),
    "hex and comments": lambda data: "; an M1\n# 1994\n" + dump_lines(data, "{hex} // {at}\n"),
    "xxd": xxd,
    "hexdump -C": hexdump,
    "hexdump": words,
    "MIDI-OX": lambda data: dump_lines(data, "{at:08X}  {hex}  {text}\n"),
    "MIDI-OX log": lambda data: "TIMESTAMP IN PORT\n" + dump_lines(data, "SYSX: {hex}\n"),
    "od -t x1": lambda data: dump_lines(data, "{at:07o} {hex}\n"),
    "od -b": lambda data: "".join(
        f"{at:07o} " + " ".join(f"{byte:03o}" for byte in data[at : at + 16]) + "\n"
        for at in range(0, len(data), 16)
    ),
    "aseqdump": lambda data: (
        "Source  Event                  Ch  Data\n"
        + dump_lines(data, " 20:0   System exclusive          {hex}\n", 256)
    ),
    "amidi": lambda data: "\n" + data.hex(" ").upper() + "\n",
    "a log with times": lambda data: dump_lines(data, "12:33:44.125 {hex}\n"),
    "receivemidi": lambda data: f"system-exclusive hex {data[1:-1].hex(' ').upper()} dec\n",
    "sendmidi, decimal": lambda data: "syx " + " ".join(map(str, data[1:-1])) + "\n",
    "sendmidi, hex": lambda data: f"hex syx {data[1:-1].hex(' ').upper()}\n",
    "mido": lambda data: f"sysex data=({','.join(map(str, data[1:-1]))}) time=0\n",
    "mido, repr": lambda data: (
        f"Message('sysex', data=({', '.join(map(str, data[1:-1]))}), time=0)"
    ),
    "decimals": lambda data: " ".join(map(str, data)),
    "decimals and commas": lambda data: ",\n".join(map(str, data)),
    "C": lambda data: (
        "/* M1 { */ const unsigned char m1[] PROGMEM = {\n"
        + ",\n".join(f"0x{byte:02x}" for byte in data)
        + "\n}; // end\n"
    ),
    "C, decimal": lambda data: f"byte m1[{len(data)}] = {{ {', '.join(map(str, data))} }};",
    "Java": lambda data: (
        "byte[] m1 = {" + ", ".join(str(byte - 256 if byte > 127 else byte) for byte in data) + "};"
    ),
    "JSON": lambda data: json.dumps({"name": "M1", "data": list(data)}),
    "JSON, indented": lambda data: json.dumps({"sysex": list(data)}, indent=1),
    "JSON, hex": lambda data: json.dumps({"name": "Bank A", "sysex": data.hex(" ").upper()}),
    "a string of C": lambda data: '"' + "".join(f"\\x{byte:02x}" for byte in data) + '"',
}

ENCODED: dict[str, Callable[[str], bytes]] = {
    "ASCII": str.encode,
    "UTF-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16 with a mark": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "CR LF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "an end of CP/M": lambda text: text.encode() + b"\x1a",
}


@pytest.mark.parametrize("form", WRAPPED)
@pytest.mark.parametrize("data", [PROGRAMS, ALL], ids=["programs", "all data"])
def test_a_dump_comes_out_of_every_container_byte_for_byte(form: str, data: bytes) -> None:
    file = read_file(WRAPPED[form](data))
    assert raw(file) == [data]
    assert codes(file) == []


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("data", [PROGRAMS, ALL], ids=["programs", "all data"])
def test_a_dump_comes_out_of_every_text_byte_for_byte(form: str, data: bytes) -> None:
    file = read_file(WRITTEN[form](data).encode())
    assert (file.format, raw(file), codes(file)) == ("hex", [data], [])


@pytest.mark.parametrize("encoding", ENCODED)
@pytest.mark.parametrize("form", ["hex", "xxd", "MIDI-OX log", "C", "hexdump -C"])
def test_a_text_may_have_any_encoding_and_line_end(form: str, encoding: str) -> None:
    file = read_file(ENCODED[encoding](WRITTEN[form](GLOBAL)))
    assert (raw(file), codes(file)) == ([GLOBAL], [])


@pytest.mark.parametrize("form", WRITTEN)
@settings(max_examples=6, deadline=None)
@given(program=records(Program), number=st.integers(0, 99), channel=st.integers(0, 15))
def test_any_program_comes_out_of_every_text(
    form: str, program: Program, number: int, channel: int
) -> None:
    message = ProgramDump(channel, program).encode()
    assert raw(read_file(WRITTEN[form](message).encode())) == [message]
    assert number < 100


@pytest.mark.parametrize("form", WRAPPED)
@settings(max_examples=4, deadline=None)
@given(dump=bank_dumps())
def test_any_dump_comes_out_of_every_container(form: str, dump: BankDump) -> None:
    assert raw(read_file(WRAPPED[form](dump.encode()))) == [dump.encode()]


@given(record=records(Combination), channel=st.integers(0, 15), cut=st.integers(1, 4))
def test_a_message_without_its_first_bytes_is_the_same_on_channel_1(
    record: Combination, channel: int, cut: int
) -> None:
    message = CombinationDump(channel, record).encode()
    (found,) = read_file(message[cut:]).messages
    assert isinstance(found.message, CombinationDump)
    assert found.message.combination == record
    assert found.message.channel == (channel if cut < 3 else 0)


def test_a_dump_of_the_other_allocation_is_known_without_a_head() -> None:
    half = DEMO.replace(
        programs=(DEMO.programs or ())[:50],
        combinations=(DEMO.combinations or ())[:50],
        allocation=Allocation.LARGE_SEQUENCE,
    )
    for part in (Part.PROGRAMS, Part.COMBINATIONS):
        whole = BankDump.of(half, part).encode()
        (found,) = read_file(whole[6:-1]).messages
        assert isinstance(found.message, BankDump)
        assert found.message.contents == half.only(part)


@pytest.mark.parametrize("part", [part for part in Part if part is not Part.GLOBAL])
def test_memory_that_is_not_packed_is_known_by_its_size_and_content(part: Part) -> None:
    contents = DEMO.only(part)
    memory = b"".join(one.raw for one in contents.combinations or ())
    memory += b"".join(one.raw for one in contents.programs or ())
    if contents.global_ is not None:
        memory = contents.global_.raw + memory
    if contents.sequence is not None:
        memory += contents.sequence.raw
    file = read_file(memory)
    assert file.format == "memory"
    assert file.contents() == contents
    assert [note.code for note in file.notes] == ["memory-unpacked"]


def test_what_breaks_off_in_a_midi_file_is_placed_in_the_file() -> None:
    data = midi_file(PROGRAMS)
    start = data.index(b"\x42\x30\x19")
    cut = data[: start + 500]
    file = read_file(cut)
    assert [one.offset for one in file.problems] == [len(cut)] * 2
    assert [one.offset for one in read_file(data).messages] == [start]


def test_noise_of_a_banks_size_is_no_bank() -> None:
    noise = bytes(range(256)) * 56
    assert read_file(noise[:14_300]).messages == ()


def test_members_of_members_have_the_names_of_all() -> None:
    inner = zipped(("bank.syx", GLOBAL))
    file = read_file(zipped(("inner.zip", inner), ("other.syx", PROGRAMS)))
    assert [found.member for found in file.messages] == ["inner.zip/bank.syx", "other.syx"]
    assert file.containers == ("zip",)


def test_names_in_an_archive_are_harmless_and_lead_nowhere() -> None:
    file = read_file(zipped(("../../etc/\x1b[2Jx.syx", GLOBAL)))
    assert file.messages[0].member == "../../etc/·[2Jx.syx"
    assert raw(file) == [GLOBAL]


def test_a_link_in_an_archive_is_not_followed() -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        info = zipfile.ZipInfo("bank.syx")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, b"/etc/passwd")
    file = read_file(output.getvalue())
    assert file.messages == ()
    assert "member-not-a-file" in [problem.code for problem in file.problems]


def test_a_zip_bomb_is_refused_with_its_numbers() -> None:
    file = read_file(zipped(("bomb", bytes(30 << 20))))
    (problem,) = file.problems
    assert problem.code == "archive-too-large"
    assert "at most" in problem.expected
    assert "31,457,280" in problem.found


def test_a_gzip_bomb_is_refused_with_its_numbers() -> None:
    packed = gzip.compress(bytes(40 << 20))
    (problem,) = read_file(packed).problems
    assert problem.code == "archive-too-large"
    assert f"from {len(packed):,}" in problem.expected


@pytest.mark.parametrize(
    "bomb",
    [
        lambda: zipped(("bomb", bytes(30 << 20))),
        lambda: gzip.compress(bytes(100 << 20)),
        lambda: zipped(*((f"{at}", bytes(1_000_000)) for at in range(200))),
        lambda: b"00000000  f0 42 30 19\n*\nfffffff0  00 00\n",
        lambda: b"\xf0" * (8 << 20),
        lambda: b"0A " * (1 << 20),
    ],
)
def test_a_bomb_takes_little_memory(bomb: Callable[[], bytes]) -> None:
    data = bomb()
    tracemalloc.start()
    try:
        read_file(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < (64 << 20) + MOST_UNPACKED


def test_a_tall_pile_of_archives_is_refused() -> None:
    data = GLOBAL
    for _ in range(DEEPEST + 1):
        data = gzip.compress(data)
    assert codes(read_file(data)) == ["too-deep"]
    data = GLOBAL
    for _ in range(DEEPEST):
        data = gzip.compress(data)
    assert raw(read_file(data)) == [GLOBAL]


def test_an_archive_of_countless_files_is_read_no_further() -> None:
    file = read_file(zipped(*((f"{at}.syx", b"\xf0\x42") for at in range(MOST_MEMBERS + 200))))
    assert len(file.messages) + len(file.problems) < MOST_MEMBERS + 10


@pytest.mark.parametrize(
    "data",
    [
        b"\n" * (3 << 20),
        b"Subject: a\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n\n" * 400_000,
        b"PK\3\4" + b"PK\1\2" * (1 << 20),
        b"\x70\x42\x30\x19" * (1 << 20),
        b"F0 42 " + b"0A " * (1 << 20) + b"zz",
    ],
    ids=["newlines", "parts of a mail", "entries of a ZIP", "beginnings", "half a text"],
)
def test_a_large_file_of_nonsense_is_told_from_dumps_quickly(data: bytes) -> None:
    begun = time.process_time()
    file = read_file(data)
    assert time.process_time() - begun < 5
    assert file.messages == ()


def test_a_zip_member_without_a_name_is_read() -> None:
    data = zipped(("name", GLOBAL), method=zipfile.ZIP_STORED).replace(b"name", b"")
    assert all(str(problem).isprintable() for problem in read_file(data).problems)


def test_many_members_that_are_large_together_are_refused() -> None:
    noise = bytes(900_000)
    file = read_file(zipped(*((f"{at}", noise) for at in range(30))))
    assert "archive-too-large" in codes(file)


def test_an_endless_star_in_a_listing_fills_no_memory() -> None:
    text = "00000000  f0 42 30 19\n*\nfffffff0  00 00\n"
    assert read_file(text.encode()).messages == ()


@pytest.mark.parametrize("form", ["zip", "gzip", "tar", "uuencode", "mail", "BinHex", "RIFF"])
def test_a_container_cut_anywhere_is_said_and_breaks_nothing(form: str) -> None:
    whole = WRAPPED[form](PROGRAMS).rstrip(b"\0")
    for size in range(20, len(whole) - 150, len(whole) // 23):
        file = read_file(whole[:size])
        assert file.problems, size
        assert file.messages == ()
        assert all(str(problem).isprintable() for problem in file.problems)


def test_an_encrypted_member_says_so() -> None:
    data = bytearray(zipped(("bank.syx", GLOBAL)))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + place] |= 1
    assert codes(read_file(bytes(data))) == ["member-encrypted"]


def test_a_note_in_plain_words_is_no_base64() -> None:
    file = read_file(b"hello this is a note about my synth\n")
    assert file.containers == ()
    assert file.format == "unknown"
    assert [problem.found for problem in file.problems if not problem.harmless] == [
        "36 bytes starting 68 65 6C 6C"
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html><body>", "web-page"),
        (b"\n <!DOCTYPE HTML PUBLIC>", "web-page"),
        (b"%PDF-1.4\n\xf0\x42", "document"),
        (b"MZ\x90\0" + bytes(100), "program"),
        (b"RIFF\0\0\1\0WAVEfmt ", "audio"),
        (b"ID3\3\0\0", "audio"),
        (b"FORM\0\0\0\0AIFF", "audio"),
        (b"\x89PNG\r\n", "picture"),
        (b"Rar!\x1a\7\0", "archive-unknown"),
        (b"\x1b\xb4-lh5-\0", "archive-unknown"),
        (b"\0\5\x16\7" + bytes(60), "resource-fork"),
    ],
)
def test_what_holds_no_dump_is_called_what_it_is(data: bytes, code: str) -> None:
    assert codes(read_file(data)) == [code]


def test_all_messages_of_a_foreign_kind_are_one_line() -> None:
    yamaha = bytes.fromhex("F0 43 00 00 01 1B 00 F7")
    triton = bytes.fromhex("F0 42 30 50 4E 00 F7")
    file = read_file(yamaha * 32 + triton * 3 + GLOBAL + yamaha)
    assert [problem.sentence for problem in file.problems] == [
        "another maker's messages (33 of them): expected 42 (Korg), found 43 (Yamaha)",
        "another Korg's messages (3 of them): expected 19 (M1), found 50 (Triton)",
    ]
    assert raw(file) == [GLOBAL]


def test_slots_come_from_the_write_requests_whatever_their_order() -> None:
    bank = DEMO.programs or ()
    order = [*range(99, -1, -1)]
    data = b"".join(
        ProgramDump(0, bank[number]).encode() + ProgramWrite(0, bank=0, number=number).encode()  # type: ignore[arg-type]
        for number in order
    )
    assert read_file(data).contents().programs == bank


def test_a_slot_that_is_written_twice_makes_no_bank() -> None:
    bank = DEMO.programs or ()
    data = b"".join(
        ProgramDump(0, bank[number]).encode()
        + ProgramWrite(0, bank=0, number=min(number, 98)).encode()  # type: ignore[arg-type]
        for number in range(100)
    )
    assert read_file(data).dumps == ()


def test_text_mode_and_a_missing_end_together_are_mended() -> None:
    damaged = PROGRAMS[:-1].replace(b"\n", b"\r\n")
    file = read_file(damaged)
    assert raw(file) == [PROGRAMS]
    assert [note.code for note in file.notes] == ["line-ends-mended"]


@pytest.mark.parametrize(
    ("part", "lost"),
    [
        (Part.PROGRAMS, 0),
        (Part.PROGRAMS, 1),
        (Part.COMBINATIONS, 0),
        (Part.COMBINATIONS, 1),
        (Part.ALL, 0),
    ],
)
def test_half_of_the_usb_packets_is_known_for_every_bank(part: Part, lost: int) -> None:
    whole = BankDump.of(DEMO, part).encode()
    packets = [whole[at : at + 3] for at in range(0, len(whole), 3)]
    kept = b"".join(packets[:1] + packets[2 - lost :: 2])
    kept = kept if kept.endswith(b"\xf7") else kept + b"\xf7"
    assert codes(read_file(kept)) == ["every-second-packet-lost"]


def test_half_of_the_usb_packets_is_known_without_the_first() -> None:
    packets = [PROGRAMS[at : at + 3] for at in range(0, len(PROGRAMS), 3)]
    assert codes(read_file(b"".join(packets[1::2]))) == ["every-second-packet-lost"]


@pytest.mark.parametrize("part", list(Part))
@pytest.mark.parametrize("tail", [b"", b"\xf7"])
def test_packed_bytes_without_a_head_are_known_by_their_size(part: Part, tail: bytes) -> None:
    whole = BankDump.of(DEMO, part).encode()
    lead = 8 if part in (Part.ALL, Part.SEQUENCE) else 6
    file = read_file(whole[lead:-1] + tail)
    assert raw(file) == [whole]
    assert [note.code for note in file.notes] == ["head-missing"]


@pytest.mark.parametrize("lost", [256, 1_000, 1_024, 4_096])
@pytest.mark.parametrize("part", [Part.PROGRAMS, Part.COMBINATIONS, Part.ALL])
def test_a_missing_first_block_is_named(part: Part, lost: int) -> None:
    file = read_file(BankDump.of(DEMO, part).encode()[lost:])
    assert codes(file) == ["first-block-missing"]
    assert file.messages == ()


def test_global_alone_is_not_guessed_from_zeros() -> None:
    assert read_file(bytes(GlobalData.size)).messages == ()
    assert read_file(bytes(14_300)).messages == ()


def test_contents_of_a_card_image_are_a_cards() -> None:
    image = bytearray(32_768)
    image[:5] = b"KORG\x11"
    image[16:877] = (DEMO.global_ or GlobalData.blank()).raw
    image[1_241:13_641] = b"".join(one.raw for one in DEMO.combinations or ())
    image[13_641:27_941] = b"".join(one.raw for one in DEMO.programs or ())
    file = read_file(bytes(image))
    assert file.format == "card"
    assert file.contents() == Contents(
        DEMO.programs, DEMO.combinations, DEMO.global_, None, DEMO.allocation
    )
    assert {dump.bank.name for dump in file.dumps} == {"CARD"}
