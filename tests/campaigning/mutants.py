"""Broken copies of the engine: each breaks a promise in one place, and the judge must find it.

A mutant replaces a piece of a module's text, which must stand there exactly once; so a mutant that
the code has outgrown is an error and not a silent pass.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way in which the engine is broken."""

    name: str
    promise: str
    module: str
    text: str
    """What stands in the module."""
    instead: str


SAVED = "nothing is overwritten before it is saved, or is worthless"
TRUE = "VERIFIED is said only of a memory that holds the file"
APART = "nothing else is touched"
WORD = "the outcome says what was seen"
ENDS = "a restore ends well, and soon, where it can"
BACKUP = "a backup is what the M1 held"

_ENGINE = "m1tui.engine."
_RESTORE = "m1tui.engine.restore."

MUTANTS = (
    Mutant(
        "never-saves",
        SAVED,
        _RESTORE + "next_move",
        "    if not held.is_initialised:\n",
        "    if False:\n",
    ),
    Mutant(
        "saves-nothing-on-the-disk",
        SAVED,
        _RESTORE + "restore",
        "return BackupSaved(0.0, 0, path=bench.save(backup))",
        "return BackupSaved(0.0, 0, path=None)",
    ),
    Mutant(
        "saves-what-is-wanted",
        SAVED,
        _RESTORE + "restore",
        "backup = backup_of(bench.instrument, before.reading, form, job.bank)",
        "backup = replace(\n"
        "            backup_of(bench.instrument, before.reading, form, job.bank),\n"
        "            dump=b''.join(dump_of(job.contents, part, diagnosis_of(history)\n"
        "                .mode_data, job.bank, 0).encode() for part in job.contents.parts))",
    ),
    Mutant(
        "names-make-worthless",
        SAVED,
        "m1tui.sysex.contents",
        "        return bool(self.parts) and (\n",
        "        if self.programs and {one.name for one in self.programs} == {'Init Prog '}:\n"
        "            return True\n"
        "        return bool(self.parts) and (\n",
    ),
    Mutant(
        "reads-once",
        BACKUP,
        _ENGINE + "read.reading",
        "    return newest.behind is not None and newest.prompt and known(newest.contents)\n",
        "    return newest.behind is not None\n",
    ),
    Mutant(
        "takes-damaged-readings",
        BACKUP,
        _ENGINE + "read.reading",
        "    if any(isinstance(one, Came) and one.data == newest.data for one in tries[:-1]):\n",
        "    if any(isinstance(one, Came) for one in tries[:-1]):\n",
    ),
    Mutant(
        "backs-up-another-part",
        BACKUP,
        _ENGINE + "read.backup",
        "        dump=reading.dump,\n",
        "        dump=reading.dump[:-20] + bytes(19) + b'\\xf7',\n",
    ),
    Mutant(
        "blind-to-drum-kits",
        TRUE,
        "m1tui.sysex.record",
        "            buffer[span] = field.normal(bytes(buffer[span]))\n",
        "            buffer[span] = field.normal(bytes(buffer[span]))\n"
        "        if type(self).__name__ in ('GlobalData', 'DrumKit', 'DrumInstrument'):\n"
        "            del buffer[21:]\n"
        "            buffer[:] = buffer if self.size == 861 else b''\n",
    ),
    Mutant(
        "compares-no-drum-kits",
        TRUE,
        _ENGINE + "compare",
        "        if mine == theirs:\n            continue\n        pairs = zip(mine.instruments",
        "        if True:\n            continue\n        pairs = zip(mine.instruments",
    ),
    Mutant(
        "compares-no-sequence",
        TRUE,
        _ENGINE + "compare",
        "        elif expected.sequence.raw != found.sequence.raw:\n",
        "        elif False:\n",
    ),
    Mutant(
        "unknown-bytes-are-harmless",
        TRUE,
        "m1tui.sysex.record",
        "bits or (0 if index in unused else 0xFF)",
        "bits or 0",
    ),
    Mutant(
        "believes-the-reply",
        TRUE,
        _RESTORE + "judge",
        "    if comparison.equal:\n        advice = _verified(job, history, comparison)\n",
        "    last = [one for one in history if isinstance(one, DumpSent)]\n"
        "    if comparison.equal or (last and last[-1].reply in CONFIRMED):\n"
        "        advice = _verified(job, history, comparison)\n",
    ),
    Mutant(
        "settles-on-anything",
        TRUE,
        _RESTORE + "judge",
        "    found = readings_back(history)[-1]\n    comparison = compared(job, found)\n",
        "    found = job.contents\n    comparison = compared(job, found)\n",
    ),
    Mutant(
        "wipes-global-too",
        APART,
        _RESTORE + "restore",
        "    if not move.before:\n",
        "    if move.part.value == 'programs':\n"
        "        from m1tui.sysex import Contents, GlobalData, Part\n"
        "        blank = Contents(global_=GlobalData.blank())\n"
        "        await conversation.ask(\n"
        "            BankDump.of(blank, Part.GLOBAL, dump.bank, dump.channel), _is_reply)\n"
        "    if not move.before:\n",
    ),
    Mutant(
        "keeps-no-edit-buffer",
        APART,
        _RESTORE + "restore",
        "        if await self._buffers.load(self._kind, kept) is not StatusCode.LOAD_COMPLETED:\n",
        "        if False:\n",
    ),
    Mutant(
        "stays-in-another-mode",
        APART,
        _RESTORE + "edit_buffers",
        "        if self._before is None or self._mode is self._before:\n            return\n",
        "        return\n",
    ),
    Mutant(
        "writes-into-the-wrong-bank",
        APART,
        _RESTORE + "restore",
        "await self._buffers.write(kind, self._bank, number)",
        "await self._buffers.write(kind, Bank(1 - self._bank), number)",
    ),
    Mutant(
        "lets-a-lost-link-escape",
        WORD,
        _RESTORE + "restore",
        "    except LinkLost as lost:\n"
        "        return MemoryRead(0.0, 0, End(lost=lost.advice), move)\n",
        "    except LinkLost as lost:\n        if move.before:\n"
        "            return MemoryRead(0.0, 0, End(lost=lost.advice), move)\n        raise\n",
    ),
    Mutant(
        "says-refused-of-what-is-unread",
        WORD,
        _RESTORE + "judge",
        "        return _Ending(Outcome.UNKNOWN, _unknown(history, waiting))\n",
        "        return _Ending(Outcome.REFUSED, _unknown(history, waiting))\n",
    ),
    Mutant(
        "always-unchanged",
        WORD,
        _RESTORE + "judge",
        "    unchanged = identical_common(held_before(history), found)\n",
        "    unchanged = True\n",
    ),
    Mutant(
        "names-the-next-object",
        WORD,
        _ENGINE + "compare",
        "            yield record_difference(kind, number, one, other)\n",
        "            yield record_difference(kind, number + 1, one, other)\n",
    ),
    Mutant(
        "refuses-needlessly",
        WORD,
        _RESTORE + "planning",
        "    if steps <= capacity:\n        return None\n",
        "    if steps < 0:\n        return None\n",
    ),
    Mutant(
        "trusts-no-reading",
        ENDS,
        _ENGINE + "read.reading",
        "    if any(isinstance(one, Came) and one.data == newest.data for one in tries[:-1]):\n",
        "    if False:\n",
    ),
    Mutant(
        "gives-up-a-reading-that-failed",
        ENDS,
        _ENGINE + "read.reading",
        "    return len(tries) >= MOST_READINGS or (len(tries) > 1 and not answered)\n",
        "    return len(tries) >= 1\n",
    ),
    Mutant(
        "tells-programs-apart-by-their-bank",
        ENDS,
        "m1tui.sysex.contents",
        "return self.playing_from(None) if bank is Bank.CARD else self",
        "return self",
    ),
    Mutant(
        "waits-for-minutes",
        ENDS,
        _ENGINE + "line.ear",
        "FIRST_BYTE = 3.0\n",
        "FIRST_BYTE = 300.0\n",
    ),
)
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


class _Loader(SourceLoader):
    """Loads one module with a piece of its text replaced."""

    def __init__(self, path: str, mutant: Mutant) -> None:
        self._path = path
        self._mutant = mutant

    def get_filename(self, fullname: str) -> str:
        return self._path

    def get_data(self, path: str) -> bytes:
        if path != self._path:
            raise OSError("no compiled code of a mutant is kept")
        source = Path(path).read_text(encoding="utf-8")
        return broken(source, self._mutant).encode()


def broken(source: str, mutant: Mutant) -> str:
    """Return a module's source with the mutant in it; ValueError unless its text stands once."""
    count = source.count(mutant.text)
    if count != 1:
        raise ValueError(f"{mutant.name}: expected its text once in {mutant.module}, found {count}")
    return source.replace(mutant.text, mutant.instead)


class Breaking(MetaPathFinder):
    """Finds the mutant's module in the place of the true one; install it before any import."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        true = PathFinder.find_spec(fullname, path)
        assert true is not None
        assert true.origin is not None
        return spec_from_loader(fullname, _Loader(true.origin, self._mutant), origin=true.origin)


def break_engine(mutant: Mutant) -> None:
    """Have `mutant` in this process; nothing of m1tui may be imported before."""
    assert not any(name.startswith("m1tui.engine") for name in sys.modules)
    sys.meta_path.insert(0, Breaking(mutant))
