"""Made-up files, streams and messages from which a fuzzer starts; no sound of anybody's."""

from __future__ import annotations

import binascii
import gzip
import tarfile
import zipfile
from collections.abc import Iterator
from io import BytesIO

from m1tui.sysex import (
    Allocation,
    AnyMessage,
    Bank,
    BankDump,
    BankRequest,
    CardNames,
    Combination,
    CombinationDump,
    CombinationRequest,
    CombinationWrite,
    Contents,
    GlobalData,
    IdentityReply,
    IdentityRequest,
    ModeChange,
    ModeData,
    ModeRequest,
    NameKind,
    NamesRequest,
    ParameterChange,
    Part,
    Program,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    Sequence,
    Status,
    StatusCode,
)
from m1tui.sysex.files import write_file


def memory(allocation: Allocation = Allocation.LARGE_PROGRAM) -> Contents:
    """Return a whole memory of blank sounds."""
    return Contents(
        tuple(Program.blank().replace(name=f"P {at}") for at in range(allocation.programs)),
        (Combination.blank(),) * allocation.combinations,
        GlobalData.blank(),
        Sequence.empty(),
        allocation,
    )


def dumps() -> list[AnyMessage]:
    """Return a dump of every part, in both allocations and of both banks."""
    made: list[AnyMessage] = [BankDump.of(memory(), part) for part in Part]
    made.append(BankDump.of(memory(Allocation.LARGE_SEQUENCE), Part.SEQUENCE, Bank.CARD, 15))
    return made


def shorts() -> list[AnyMessage]:
    """Return a message of every other kind."""
    return [
        ModeRequest(0),
        ModeData(1, 2, 0, 0x21, 1),
        ModeChange(0, 2),
        ParameterChange(0, 1, 2, 300),
        ProgramRequest(0),
        CombinationRequest(0),
        ProgramDump(0, Program.blank()),
        CombinationDump(0, Combination.blank()),
        ProgramWrite(0, Bank.CARD, 99),
        CombinationWrite(0, Bank.INTERNAL, 1),
        *(BankRequest(0, part) for part in Part),
        NamesRequest(0, NameKind.DRUM_SOUNDS),
        CardNames(0, NameKind.MULTISOUNDS, (b"Made up   ", b"Sounds\0\0\0\0")),
        *(Status(0, code) for code in StatusCode),
        IdentityRequest(),
        IdentityReply.of_m1(3),
    ]


def files() -> Iterator[bytes]:
    """Yield files of every format, whole and damaged."""
    few: list[AnyMessage] = [BankDump.of(memory(), Part.GLOBAL), *shorts()]
    for form in ("syx", "mid", "hex"):
        yield write_file(few, form)
        yield write_file(few[1:6], form)
    single = ProgramDump(0, Program.blank()).encode()
    yield from (message.encode() for message in dumps())
    header = bytearray(128)
    header[1:8] = b"\6Sounds"
    yield bytes(header) + single + bytes(20)
    yield single[:100]
    yield single[:50] + b"\xfe" + single[50:]
    yield b"junk" + single + b"\xf7\xf0" + single
    yield b"0xF0, 0x42, $30 19h 12 F7"
    yield b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\0"


def streams() -> Iterator[bytes]:
    """Yield streams behind the four bytes that tell how they are cut."""
    notes = b"\x90\x3c\x40\x3c\x00\xb0\x07\x64\xc0\x05\xe0\0\x40\xf6\xf1\x12\xf2\1\2\xf3\1\xfa"
    wire = b"".join(message.encode() for message in shorts())
    yield b"\x10\x40\x80\xc0" + notes + wire + notes
    yield b"\0\0\0\xff" + b"\xfe".join(bytes([byte]) for byte in wire[:200])
    yield b"\x7f\x80\x81\x82" + b"\xf0" + bytes(700) + b"\xf7" + notes
    yield b"\1\2\3\4" + b"\xf0\xf7\xf0\xf0\xf7\xf7\xf4\x12\xf5\xf9\xfd\xff\x80\x90\xc0\xc1\1\1"


def wrapped() -> Iterator[bytes]:
    """Yield what wraps a program, behind the byte that leaves its beginning as it is."""
    single = ProgramDump(0, Program.blank().replace(name="Organ")).encode()
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a/one.syx", single)
        packed.writestr("README.TXT", b"hello")
    tape = BytesIO()
    with tarfile.open(fileobj=tape, mode="w") as tar:
        info = tarfile.TarInfo("one.syx")
        info.size = len(single)
        tar.addfile(info, BytesIO(single))
    lines = (binascii.b2a_uu(single[at : at + 45]) for at in range(0, len(single), 45))
    head = b"Subject: sounds\nContent-Transfer-Encoding: base64\n\n"
    for data in (
        archive.getvalue(),
        gzip.compress(single),
        tape.getvalue(),
        b"begin 644 one.syx\n" + b"".join(lines) + b"`\nend\n",
        binascii.b2a_base64(single),
        head + binascii.b2a_base64(single),
        b"\x46\x52\x02\x19" + single,
        single[:-1].replace(b"\n", b"\r\n"),
        bytes(byte & 0x7F for byte in single),
        *texts(),
    ):
        yield b"\0" + data


def texts() -> Iterator[bytes]:
    """Yield a program in texts of several grammars."""
    single = ProgramDump(0, Program.blank().replace(name="Organ")).encode()
    rows = [(at, single[at : at + 16]) for at in range(0, len(single), 16)]
    numbers = ", ".join(map(str, single))
    for text in (
        single.hex(" "),
        "".join(f"{at:08x}: {row.hex(' ', 2):<39}  ...\n" for at, row in rows),
        "".join(f"{at:08x}  {row.hex(' ')}  |...|\n*\n" for at, row in rows),
        "".join(f"SYSX: {row.hex(' ')}\n" for _, row in rows),
        f"system-exclusive hex {single[1:-1].hex(' ')} dec",
        f"sysex data=({numbers}) time=0",
        f"const byte m1[] = {{ {numbers} }}; /* end */",
        "".join(f"\\x{byte:02x}" for byte in single),
    ):
        yield text.encode()


SEEDS = {
    "file": files,
    "wrapped": wrapped,
    "text": texts,
    "framer": streams,
    "message": lambda: (message.encode() for message in [*shorts(), *dumps()]),
}
"""The seeds of each target."""
