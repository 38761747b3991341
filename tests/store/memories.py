"""Made-up memories and the files that carry them."""

from __future__ import annotations

from pathlib import Path

from m1tui.sysex import (
    Allocation,
    BankDump,
    Combination,
    Contents,
    GlobalData,
    Part,
    Program,
    Sequence,
)


def memory(tag: str = "", **names: str) -> Contents:
    """Return a whole 50/50 memory whose names hold `tag`; `p07="Piano"` names program 7."""
    programs = [Program.blank().replace(name=f"P{n:02d} {tag}"[:10]) for n in range(50)]
    combinations = [Combination.blank().replace(name=f"C{n:02d} {tag}"[:10]) for n in range(50)]
    sequence = Sequence.empty()
    songs = list(sequence.songs)
    for slot, name in names.items():
        number = int(slot[1:])
        match slot[0]:
            case "p":
                programs[number] = programs[number].replace(name=name)
            case "c":
                combinations[number] = combinations[number].replace(name=name)
            case _:
                songs[number] = songs[number].replace(name=name)
    control = sequence.control.replace(songs=tuple(songs))
    return Contents(
        tuple(programs),
        tuple(combinations),
        GlobalData.blank(),
        Sequence(control, b""),
        Allocation.LARGE_SEQUENCE,
    )


def dump(contents: Contents, part: Part = Part.ALL, *, channel: int = 0) -> bytes:
    """Return a dump of `contents`, F0 to F7."""
    return BankDump.of(contents, part, channel=channel).encode()


def put(folder: Path, name: str, data: bytes) -> Path:
    """Write a file that another program made."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path
