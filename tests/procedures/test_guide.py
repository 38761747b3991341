"""Every sequence of keys that the owner's guide prints stands in a file, letter for letter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from m1tui.resources import screens_folder
from tests.procedures.rehearsals import built_in

MIDI_READY = "GLOBAL, 5, +, UP, D, UP, F, UP, H, UP"
PROTECTS_OFF = "GLOBAL, 6, DOWN, +, B, DOWN, +, B, DOWN"
TO_100 = "GLOBAL, 6, +, +, +, DOWN, G"
TO_50 = "GLOBAL, 6, +, +, +, UP, G"
AFTERTOUCH_OFF = "GLOBAL, 5, +, D, DOWN"
LOAD = "GLOBAL, 8, DOWN, G, G"
ERASE_SONG = "SEQ, 3, +, UP/DOWN, G, G"


@dataclass(frozen=True)
class Printed:
    """A sequence as the guide prints it, without its remarks in brackets."""

    section: str
    sequence: str
    file: str
    step: str
    because: str = ""
    """Words of the file's own that say why the step has more keys than the guide."""


PRINTED = [
    Printed("M1 Battery Replacement 9", MIDI_READY, "internal-battery", "midi-again"),
    Printed("M1 Battery Replacement 10", PROTECTS_OFF, "internal-battery", "protects-off"),
    Printed("RAM Memory Card Battery 6, load", LOAD, "card-load", "load"),
    Printed(
        "RAM Memory Card Battery 6, format", "GLOBAL, 9, +, DOWN, G, G", "card-format", "format"
    ),
    Printed("RAM Memory Card Battery 6, save", "GLOBAL, 9, DOWN, G, G", "card-save", "save"),
    Printed(
        "MIDI-OX 4 (UP until ALL DATA)",
        "GLOBAL, 7, UP, G",
        "dump-to-computer",
        "panel-all",
        because="UP four times",
    ),
    Printed("Sequencer, play", "SEQ, B, UP/DOWN, START/STOP", "play", "play"),
    Printed("Sequencer, erase", ERASE_SONG, "erase-song", "erase"),
    Printed("Sequencer, aftertouch", AFTERTOUCH_OFF, "record", "aftertouch"),
    Printed("Sequencer, record 1", "SEQ, 0, B, UP/DOWN", "record", "song"),
    Printed("Sequencer, record 2", "C, UP/DOWN", "record", "track-1"),
    Printed("Sequencer, record 3", "F, UP/DOWN", "record", "program-1"),
    Printed("Sequencer, record 4", "REC, START/STOP", "record", "record-1"),
    Printed("Sequencer, record 5", "H, START/STOP", "record", "play-1"),
    Printed("Sequencer, record 6", "C, UP/DOWN", "record", "track-2"),
    Printed("Sequencer, record 7", "F, UP/DOWN", "record", "program-2"),
    Printed("Sequencer, record 8", "REC, START/STOP", "record", "record-2"),
    Printed("Sequencer, record 9", "H, START/STOP", "record", "play-2"),
    Printed("Sequencer, 100%, before", "SEQ", "sequencer-free", "look"),
    Printed("Sequencer, 100%, 1", TO_50, "sequencer-free", "to-50"),
    Printed("Sequencer, 100%, 2", "SEQ", "sequencer-free", "percent"),
    Printed("Sequencer, 100%, 2", "REC", "sequencer-free", "fill", because="SEQ and REC alone"),
    Printed("Sequencer, 100%, 3", TO_100, "sequencer-free", "to-100"),
    Printed("Sequencer, 100%, 4", "SEQ", "sequencer-free", "free"),
    Printed("External sequencer, clock", "GLOBAL, 5, D, UP", "external-sequencer", "clock"),
    Printed("External sequencer, track", "SEQ, C, UP/DOWN", "external-sequencer", "track"),
    Printed("Used M1, MIDI ready", MIDI_READY, "used-m1", "midi-ready"),
    Printed("Used M1, MIDI ready", MIDI_READY, "midi-ready", "filters"),
    Printed("Used M1, protects", PROTECTS_OFF, "used-m1", "protects-off"),
    Printed("Used M1, protects", PROTECTS_OFF, "memory-protect-off", "protects-off"),
    Printed("Used M1, 100/100", TO_100, "used-m1", "allocation"),
    Printed("Used M1, 100/100", TO_100, "memory-allocation", "to-100"),
    Printed("Used M1, check", "PROG, 00", "used-m1", "program-00"),
    Printed("Used M1, check", "PROG, 00", "bench-test", "program-00"),
    Printed("Used M1, dump", "GLOBAL, 7, UP, UP, UP, UP, G", "used-m1", "dump"),
    Printed("Used M1, dump", "GLOBAL, 7, UP, UP, UP, UP, G", "dump-to-computer", "panel-all"),
    Printed("Used M1, send", "UP, DOWN", "used-m1", "look", because="behind PROG 00"),
    Printed("Used M1, send", "UP, DOWN", "dump-from-computer", "look", because="behind PROG 00"),
    Printed("Commands, data dump", "GLOBAL, 7, UP/DOWN, G", "dump-to-computer", "panel-part"),
    Printed("Commands, clock", "GLOBAL, 5, D, UP/DOWN", "external-sequencer", "clock-back"),
    Printed("Commands, aftertouch", AFTERTOUCH_OFF, "aftertouch-off", "disable"),
    Printed("Commands, erase song", ERASE_SONG, "erase-song", "erase"),
    Printed(
        "Commands, erase track",
        "SEQ, 4, +, +, UP/DOWN, G, G",
        "erase-track",
        "erase",
        because="It is chosen again among the keys that erase",
    ),
    Printed("Commands, load", LOAD, "card-load", "load"),
    Printed("Commands, transpose", "GLOBAL, +, F, UP/DOWN", "transpose", "set"),
]
"""In the order of the guide."""


def in_the_guides_words(keys: str) -> list[str]:
    """Keys without the names of values: the guide says those in brackets."""
    return re.sub(r":[a-z-]+", "", keys).split()


def comments_of(path: Path) -> str:
    lines = path.read_text("utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))


@pytest.mark.parametrize("printed", PRINTED, ids=lambda one: f"{one.section}: {one.file}")
def test_the_guides_sequence_stands_letter_for_letter(printed: Printed) -> None:
    keys = in_the_guides_words(built_in(printed.file).step(printed.step).keys)
    expected = printed.sequence.split(", ")
    if not printed.because:
        assert keys == expected
        return
    assert printed.because in comments_of(screens_folder() / f"{printed.file}.toml")
    left = iter(keys)
    assert all(key in left for key in expected), "in the guide's order"


def test_every_step_number_of_the_guide_stands_in_its_order() -> None:
    for file, count in (
        ("internal-battery", 11),
        ("ram-card-battery", 6),
        ("record", 9),
        ("sequencer-free", 4),
    ):
        numbers = [int(step.guide) for step in built_in(file).steps if step.guide]
        assert sorted(set(numbers)) == list(range(1, count + 1)), file
        assert numbers == sorted(numbers), file
