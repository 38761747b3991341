"""How fast a library of 10,000 dumps with a million names is imported, listed and searched."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from m1tui.engine.compare import compare
from m1tui.store import Store
from m1tui.store.catalogue import Catalogue
from m1tui.store.importing import Fate
from m1tui.store.names import Named
from m1tui.sysex import (
    Allocation,
    BankDump,
    Combination,
    Contents,
    GlobalData,
    Part,
    Program,
    Sequence,
    SequenceControl,
)
from m1tui.sysex.forms.reader import read_file
from tests.benchmarks.figures import Figure, milliseconds, seconds

DUMPS = 10_000
SONGS = 3
STEPS = 1_000
_WORDS = (
    "Piano Organ Strgs Brass Bell Synth Pad Choir Bass Guitar Flute Sax Drum Perc Lead Sweep Warm "
    "Soft Hard Big Fat Thin Rock Jazz Pop Funk Deep Dark Light Space Voice Air Magic Solo Pick "
    "Slap Harp Mallet Vibe Oboe Tuba Clav Koto Sitar"
)
WORDS = _WORDS.split()
SEARCHES: tuple[tuple[str, tuple[Named, ...]], ...] = (
    ("p", ()),
    ("pi", ()),
    ("piano", ()),
    ("s b", ()),
    ("soft piano", ()),
    ("soft pi", (Named.SONG,)),
    ("so", (Named.SONG,)),
    ("piano tuba koto", ()),
    ("1", ()),
    ("4711", ()),
    ("pian 7", ()),
    ("nothing", ()),
)


def name(chance: random.Random) -> str:
    """Return a name as people give them: two words, or a word and a number."""
    first = chance.choice(WORDS)
    if chance.random() < 0.3:
        return f"{first[:5]}{chance.randrange(10_000)}"
    return f"{first[:5]} {chance.choice(WORDS)[:4]}"


def contents(chance: random.Random) -> Contents:
    """Return a 50/50 memory whose names and steps are its own."""
    programs = tuple(
        Program(name(chance).ljust(10).encode() + _PROGRAM.raw[10:]) for _ in range(50)
    )
    combinations = tuple(
        Combination(name(chance).ljust(10).encode() + _COMBINATION.raw[10:]) for _ in range(50)
    )
    songs = [song.replace(name=name(chance)) for song in _SEQUENCE.songs[:SONGS]]
    raw = b"".join(song.raw for song in songs)
    control = SequenceControl(raw + _SEQUENCE.control.raw[len(raw) :])
    sequence = Sequence(control, chance.randbytes(4 * STEPS))
    return Contents(programs, combinations, _GLOBAL, sequence, Allocation.LARGE_SEQUENCE)


_PROGRAM = Program.blank()
_COMBINATION = Combination.blank()
_GLOBAL = GlobalData.blank()
_SEQUENCE = Sequence.empty()


def write_dumps(folder: Path) -> None:
    """Write the synthetic dumps, in a hundred folders."""
    chance = random.Random(1988)
    for number in range(DUMPS):
        place = folder / f"{number // 100:02d}"
        place.mkdir(parents=True, exist_ok=True)
        dump = BankDump.of(contents(chance), Part.ALL).encode()
        (place / f"bank {number:05d}.syx").write_bytes(dump)


def figures() -> Iterator[Figure]:
    """Import, then measure what a person waits for."""
    with tempfile.TemporaryDirectory() as name:
        source, store = Path(name) / "in", Store(Path(name) / "data")
        write_dumps(source)
        begun = time.perf_counter()
        done = store.import_dumps([source])
        took = time.perf_counter() - begun
        assert [one.fate for one in done] == [Fate.IMPORTED] * DUMPS
        yield rate("import dumps, each synced to the disk", took, 40)
        begun = time.perf_counter()
        store.rebuild_catalogue().close()
        yield rate("make a lost catalogue again", time.perf_counter() - begun, 150)
        begun = time.perf_counter()
        assert store.import_dumps([source / "00"])[0].fate is Fate.SAME
        yield within("recognise 100 dumps as known", time.perf_counter() - begun, 2.0)
        with store.catalogue() as catalogue:
            yield from answers(catalogue)


def answers(catalogue: Catalogue) -> Iterator[Figure]:
    """Measure questions to a catalogue that is open."""
    newest = catalogue.entries(limit=100)
    pair = [read_file(entry.path.read_bytes()).contents() for entry in newest[:2]]
    slowest: dict[str, float] = {}
    for text, kinds in SEARCHES:
        words = " ".join((text, *(f"({kind.value}s)" for kind in kinds)))
        slowest[words] = longest(lambda t=text, k=kinds: catalogue.search(t, kinds=k))  # type: ignore[misc]
    worst = max(slowest, key=lambda words: slowest[words])
    yield within(f'search a million names; slowest: "{worst}"', slowest[worst], 0.050)
    yield within("list the 100 newest", seconds(lambda: catalogue.entries(limit=100)), 0.050)
    yield within("list all 10,000", seconds(catalogue.entries, 5), 0.500)
    yield within("see that the folder has not changed", seconds(catalogue.follow, 5), 0.500)
    yield within("compare two of its dumps", seconds(lambda: compare(*pair)), 0.200)


def longest(action: Callable[[], object], repeats: int = 15) -> float:
    """Return the longest duration of `action` in seconds, its first run among them."""
    durations = []
    for _ in range(repeats):
        begun = time.perf_counter()
        action()
        durations.append(time.perf_counter() - begun)
    return max(durations)


def rate(name: str, took: float, least: float) -> Figure:
    """Return a figure in dumps per second, of `least` at least."""
    each = DUMPS / took
    detail = f"{DUMPS:,} dumps in {took:.1f} s"
    return Figure(name, each, f"at least {least:g} dumps a second", each >= least, detail)


def within(name: str, took: float, most: float) -> Figure:
    """Return a figure in milliseconds, of `most` seconds at most."""
    aim = f"at most {milliseconds(most)}"
    return Figure(name, took * 1000, aim, took <= most, milliseconds(took))
