"""Real dumps sent to the virtual M1 are read back byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.sysex import BankDump, StatusCode
from m1tui.sysex.forms.reader import read_file
from tests.virtual.dialogue import dump_of, open_m1, reply


@pytest.mark.parametrize(
    "name",
    [
        "factory-all.syx",
        "factory-programs-macbinary.syx",
        "factory-sequence.syx",
        "factory-global.syx",
        "misnamed-combis-is-global.syx",
        "m1ex-programs-and-combis.mid",
    ],
)
def test_a_real_dump_is_loaded_and_read_back_alike(real_dumps: Path, name: str) -> None:
    machine = open_m1("dead-battery")
    found = [one.message for one in read_file((real_dumps / name).read_bytes()).messages]
    dumps = [message for message in found if isinstance(message, BankDump)]
    assert dumps
    for dump in dumps:
        assert reply(machine, dump) is StatusCode.LOAD_COMPLETED
        assert dump_of(machine, dump.part).encode() == dump.encode()
