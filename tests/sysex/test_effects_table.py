"""The effects of real programs, read a second time by the table of effects beside the checkout:
the bytes are decoded here by what the table says, with nothing of the package."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from m1tui.sysex import Effects
from m1tui.sysex.forms.reader import read_file
from tests.conftest import CHECKOUT

TABLE = CHECKOUT.parent / "shared" / "m1" / "effects.md"
THROUGH = 33
_ROW = re.compile(r"^\| (\d+)°? \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
_PARAMETER = re.compile(r"^(\d) (.+?) \((.+)\)$")

Decode = Callable[[bytes], str]


def signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def rate(byte: int) -> str:
    if byte < 100:
        return f"{(byte + 1) * 0.03:g}"
    return f"{3.1 + 0.1 * (byte - 100):g}" if byte < 200 else f"{14 + byte - 200:g}"


def decoder(offset: int, how: str) -> Decode:
    """Return what reads a parameter at `offset` whose values the table describes by `how`."""
    if how.startswith("two bytes"):
        return lambda data: f"{data[offset] + 256 * data[offset + 1]}"
    if how == "rate*":
        return lambda data: rate(data[offset])
    if found := re.match(r"bit (\d): 0 (\S+), 1 (\S+)$", how):
        words = found[2], found[3]
        bit = int(found[1])
        return lambda data: words[data[offset] >> bit & 1]
    if found := re.match(r"[\d/]+ → ([\d/]+) Hz$", how):
        choices = found[1].split("/")
        return lambda data: choices[data[offset]]
    if found := re.match(r"00–[0-9A-F]+h? → ([\d.]+)–[\d.]+(?: m?s)?(?:, step ([\d.]+))?$", how):
        first, step = float(found[1]), float(found[2] or 1)
        return lambda data: f"{first + step * data[offset]:g}"
    if how.startswith("s "):
        return lambda data: f"{signed(data[offset])}"
    assert re.match(r"\d+–\d+( ms)?$", how), how
    return lambda data: f"{data[offset]}"


def table() -> dict[int, tuple[str, dict[str, Decode]]]:
    """Return name and parameters of each effect by its number, 1-33."""
    found = {}
    for number, name, cell in _ROW.findall(TABLE.read_text()):
        parameters = {}
        for part in re.split(r" · (?=\d )", cell.strip()):
            parsed = _PARAMETER.match(part)
            assert parsed is not None, part
            parameters[parsed[2]] = decoder(int(parsed[1]), parsed[3])
        found[int(number)] = name.strip(), parameters
    return found


def plain(shown: str) -> str:
    """Return a shown value without its sign and unit, numbers in their shortest form."""
    number = re.match(r"[+-]?\d+(\.\d+)?(?=$| )", shown)
    return f"{float(number[0]):g}" if number else shown


def read_by_package(effects: Effects, slot: int) -> dict[str, str]:
    """Return the parameters that the package names, by name; what is unused left out."""
    named = re.compile(rf"Effect {slot} .*?: (.+)$")
    return {
        found[1]: plain(value.shown)
        for value in effects.values()
        if (found := named.match(value.label)) and found[1] != "unused bits"
    }


@pytest.mark.skipif(not TABLE.is_file(), reason=f"no table of effects at {TABLE}")
def test_the_effects_of_100_real_programs_do_not_contradict_the_table(real_dumps: Path) -> None:
    known = table()
    assert len(known) == THROUGH
    (contents,) = (
        dump.contents for dump in read_file((real_dumps / "factory-all.syx").read_bytes()).dumps
    )
    programs = contents.programs
    assert programs is not None
    assert len(programs) == 100
    compared, kinds = 0, set()
    for number, program in enumerate(programs):
        block = program.raw[38:63]
        for slot, kind, data in ((1, block[0], block[9:17]), (2, block[1], block[17:25])):
            if kind == THROUGH:
                continue
            name, parameters = known[kind + 1]
            expected = {one: plain(read(data)) for one, read in parameters.items()}
            found = read_by_package(program.effects, slot)
            assert found == expected, f"program {number:02d}, effect {slot}, {name}"
            compared += len(expected)
            kinds.add(kind)
    assert compared > 800
    assert len(kinds) > 15
