"""A virtual M1 saved on disk while it runs: its memory as a dump, all else as JSON beside it.

The dump lies at the path that was given, as any librarian would read it; the JSON has the same
name with the suffix .json. Each file is written whole or not at all (temporary file, fsync,
rename). The dump is written first: when only it made it to disk, the settings are the older.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import os
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from m1tui.advice import Advice, Trouble
from m1tui.files import RECORD, FileTrouble, read_bounded, try_lock, without_mark
from m1tui.manners import Manners
from m1tui.sysex import (
    Bank,
    BankDump,
    CardFormat,
    Contents,
    IdentityReply,
    Mode,
    Part,
    SysexError,
    decode,
)
from m1tui.sysex.sequence import SONGS, TRACKS
from m1tui.virtual.card import Card, PcmCard, card_image, contents_of_image
from m1tui.virtual.controls import KeyFault, KeyTrouble
from m1tui.virtual.keys import Key
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory, Supply
from m1tui.virtual.pages import CARD_PARTS, Page
from m1tui.virtual.settings import Model, Settings
from m1tui.virtual.sound import OUTPUTS

E = TypeVar("E", bound=Enum)

FORM = "m1tui virtual M1"
VERSION = 1


def settings_path(path: Path) -> Path:
    """Return where the JSON beside the dump at `path` lies; Trouble if that is `path` itself."""
    beside = path.with_suffix(".json")
    if beside == path:
        raise _trouble(
            path,
            "its name ends in .json, which is the ending of the settings file",
            "Use a name that ends in .syx.",
        )
    return beside


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A virtual M1 at one moment, as the two files will hold it."""

    dump: bytes
    facts: bytes

    @classmethod
    def of(cls, machine: VirtualM1) -> Snapshot:
        """Take the snapshot. Lost memory is kept as what an initialisation would make of it.

        A recording under way is kept as far as it is; the sequencer will be at rest.
        """
        alive = machine.supply.alive
        memory = machine.board.memory_if_stopped if alive else Memory.initialised()
        contents = memory.contents
        dump = BankDump.of(contents, Part.ALL, Bank.INTERNAL, machine.settings.channel)
        facts = json.dumps(_facts(machine), indent=2, ensure_ascii=False) + "\n"
        return cls(dump.encode(), facts.encode())

    def write(self, path: Path) -> None:
        """Write both files, atomically each; Trouble when the disk refuses."""
        beside = settings_path(path)
        is_first = not state_exists(path)
        try:
            _write_atomically(path, self.dump)
            _write_atomically(beside, self.facts)
        except OSError as error:
            if is_first:
                # A dump alone could neither go on nor make way for a new start.
                path.unlink(missing_ok=True)
            reason = f"it cannot be written: {error.strerror or error}"
            advice = "Free some space, or choose a folder that you may write to."
            raise _trouble(path, reason, advice) from error


def save_state(machine: VirtualM1, path: Path) -> None:
    """Keep `machine` at `path` and beside it; Trouble when the disk refuses."""
    Snapshot.of(machine).write(path)


def load_state(path: Path) -> VirtualM1:
    """Return the M1 that `save_state` kept; Trouble naming what is damaged or missing."""
    beside = settings_path(path)
    contents = _read_dump(path)
    try:
        facts = json.loads(without_mark(_read(beside)))
        return _machine(contents, facts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise _damaged(beside, what) from error


def state_exists(path: Path) -> bool:
    """Tell whether something is kept at `path`."""
    return path.exists() or settings_path(path).exists()


def lock_path(path: Path) -> Path:
    """Return the file that is locked by the one program that may work on what is kept at `path`."""
    file = path.resolve()
    return file.with_name(f"{file.name}.lock")


def hold_state(path: Path) -> int:
    """Keep other programs off what is kept at `path`, until the descriptor returned is closed.

    Raises Trouble when another program holds it, OSError when the folder refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(
        lock_path(path), os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666
    )
    # Where files cannot be locked, nobody can be kept off: `m1tui doctor` says so.
    with suppress(OSError):
        if not try_lock(descriptor):
            os.close(descriptor)
            raise _busy()
    return descriptor


def version_of(path: Path) -> tuple[tuple[int, int, int], ...]:
    """Return what changes whenever something else is kept at `path`; empty for nothing."""
    found = []
    for one in (path, settings_path(path)):
        with suppress(OSError):
            facts = one.stat()
            found.append((facts.st_ino, facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def _read(path: Path) -> bytes:
    try:
        return read_bounded(path, RECORD)
    except FileTrouble as trouble:
        raise _damaged(path, f"it cannot be read: {trouble.reason}") from trouble


def _read_dump(path: Path) -> Contents:
    data = _read(path)
    try:
        message = decode(data)
    except SysexError as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(message, BankDump) or message.part is not Part.ALL:
        raise _damaged(path, f"expected an all-data dump, found {message.label}")
    return message.contents


def _facts(machine: VirtualM1) -> dict[str, Any]:
    board = machine.board
    return {
        "form": FORM,
        "version": VERSION,
        "mode": board.mode.name,
        "page": board.page_index,
        "cursor": board.cursor,
        "program": [board.program_bank.name, board.program_number],
        "combination": [board.combination_bank.name, board.combination_number],
        "song": board.transport.song,
        "track": board.transport.track,
        "running": board.transport.running,
        "choices": board.kept_choices,
        "settings": machine.settings.as_facts(),
        "manners": dict(board.manners.others),
        "wordings": board.wordings,
        "photographed": sorted(board.photographed),
        "times": machine.times,
        "model": machine.model.value,
        "key_faults": {str(fault.note): fault.kind.value for fault in machine.key_faults},
        "dead_keys": sorted(key.value for key in machine.dead_keys),
        "worn_joystick": machine.worn_joystick,
        "dead_converter": machine.dead_converter,
        "dead_outputs": sorted(board.dead_outputs),
        "effects_hiss": board.effects_hiss,
        "supply": _supply_facts(machine.supply),
        "identity": machine.identity.body.hex(" "),
        "card": _card_facts(machine.card),
        "spare_card": _card_facts(machine.spare_card),
        "pcm_card": _pcm_facts(board.pcm_card),
    }


def _supply_facts(supply: Supply) -> dict[str, Any]:
    return {
        "powered": supply.powered,
        "cell_volts": supply.cell,
        "memory": "held" if supply.alive else "lost",
        "broken_trace": supply.broken_trace,
        "false_warning": supply.false_warning,
        "fram": supply.fram,
    }


def _card_facts(card: Card | None) -> dict[str, Any] | None:
    if card is None:
        return None
    return {
        "rom": card.rom,
        "format": card.format.name if card.format else None,
        "write_protected": card.write_protected,
        "supply": _supply_facts(card.supply),
        "content": base64.b64encode(card_image(card.contents)).decode(),
    }


def _pcm_facts(card: PcmCard | None) -> dict[str, list[str]] | None:
    if card is None:
        return None
    return {
        "multisounds": [name.decode("latin-1") for name in card.multisounds],
        "drum_sounds": [name.decode("latin-1") for name in card.drum_sounds],
    }


def _machine(contents: Contents, facts: dict[str, Any]) -> VirtualM1:
    if facts["form"] != FORM or facts["version"] != VERSION:
        raise ValueError(f"expected {FORM} version {VERSION}, found {facts['form']!r}")
    supply = _supply(facts["supply"])
    machine = VirtualM1(
        Memory.of(contents),
        Settings.from_facts(facts["settings"]),
        supply=supply,
        pcm_card=_pcm_card(facts["pcm_card"]),
        identity=IdentityReply(0, bytes.fromhex(facts["identity"])),
        model=Model(facts["model"]),
        key_faults=tuple(
            KeyFault(int(note), KeyTrouble(kind)) for note, kind in facts["key_faults"].items()
        ),
    )
    card = _card(facts["card"])
    if card is not None:
        machine.insert_card(card)
    machine.dead_keys = frozenset(map(Key, facts.get("dead_keys", ())))
    machine.worn_joystick = bool(facts.get("worn_joystick", False))
    machine.dead_converter = bool(facts.get("dead_converter", False))
    machine.spare_card = _card(facts["spare_card"])
    machine.was_running = bool(facts.get("running", False))
    board = machine.board
    machine.behave(Manners.of(facts.get("manners", {})))
    board.wordings = {str(page): str(line) for page, line in facts.get("wordings", {}).items()}
    board.photographed = frozenset(map(str, facts.get("photographed", ())))
    machine.times = {str(name): float(one) for name, one in facts.get("times", {}).items()}
    if facts.get("card_translates", False):  # as it was kept before there were manners
        board.card_translates = True
    board.dead_outputs = frozenset(
        _index("dead_outputs", {"dead_outputs": one}, OUTPUTS + 1)
        for one in facts.get("dead_outputs", ())
    )
    board.effects_hiss = bool(facts.get("effects_hiss", False))
    # Selecting needs the mode that the number belongs to.
    for mode, key in ((Mode.COMBI, "combination"), (Mode.PROG, "program")):
        bank, number = facts[key]
        board.set_mode(mode)
        board.select(number, _member(Bank, bank, key))
    board.choose(_index("song", facts, SONGS), _index("track", facts, TRACKS))
    choices = facts["choices"]
    board.kept_choices = {
        name: _index(name, choices, len(CARD_PARTS)) for name in board.kept_choices
    }
    board.set_mode(_member(Mode, facts["mode"], "mode"))
    if "page" in facts:  # it was not kept at first
        board.go_to_page(_index("page", facts, len(board.pages)))
        board.cursor = _cursor(board.page, facts["cursor"])
    # What the sequencer's clock source was outlives this process, though no power-on.
    board.settings = Settings.from_facts(facts["settings"])
    return machine


def _index(name: str, facts: dict[str, Any], count: int) -> int:
    value = facts[name]
    if type(value) is not int or not 0 <= value < count:
        raise ValueError(f"{name}: expected 0–{count - 1}, found {value!r}")
    return value


def _cursor(page: Page, letter: str) -> str:
    letters = [field.letter for field in page.fields]
    if letter not in letters and (letter or letters):
        expected = f"one of {', '.join(letters)}" if letters else "no letter"
        raise ValueError(f"cursor: expected {expected}, found {letter!r}")
    return letter


def _supply(facts: dict[str, Any]) -> Supply:
    volts = facts["cell_volts"]
    if volts is not None and not isinstance(volts, int | float):
        raise ValueError(f"cell_volts: expected a number or null, found {volts!r}")
    if facts["memory"] not in ("held", "lost"):
        raise ValueError(f"memory: expected held or lost, found {facts['memory']!r}")
    if type(facts["powered"]) is not bool:
        raise ValueError(f"powered: expected true or false, found {facts['powered']!r}")
    return Supply(
        facts["powered"],
        volts,
        facts["memory"] == "held",
        broken_trace=bool(facts.get("broken_trace", False)),
        false_warning=bool(facts.get("false_warning", False)),
        fram=bool(facts.get("fram", False)),
    )


def _card(facts: dict[str, Any] | None) -> Card | None:
    if facts is None:
        return None
    image = base64.b64decode(facts["content"], validate=True)
    card_format = _member(CardFormat, facts["format"], "format") if facts["format"] else None
    contents = contents_of_image(image, card_format) if card_format else Contents()
    supply = _supply(facts["supply"])
    return Card(facts["rom"], card_format, contents, facts["write_protected"], supply)


def _member(kind: type[E], name: str, what: str) -> E:
    if name not in kind.__members__:
        raise ValueError(f"{what}: expected one of {', '.join(kind.__members__)}, found {name!r}")
    return kind[name]


def _pcm_card(facts: dict[str, list[str]] | None) -> PcmCard | None:
    if facts is None:
        return None
    kinds = (facts["multisounds"], facts["drum_sounds"])
    multisounds, drum_sounds = (tuple(name.encode("latin-1") for name in kind) for kind in kinds)
    return PcmCard(multisounds, drum_sounds)


def _write_atomically(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # The rename itself is on disk only when its folder is; Windows cannot open a folder.
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _busy() -> Trouble:
    return Trouble(
        Advice(
            code="virtual-m1-in-use",
            happened="This virtual M1 is still open in another program.",
            safe="Nothing was changed. The other program is not affected.",
            cause="m1tui is open in another window, or has not ended yet: it completes the message "
            "that it is sending, and saves.",
            next_step="Wait a few seconds, then try it again. To use two virtual M1s at the same "
            "time, start the second with another folder: --data-dir.",
        )
    )


def _damaged(path: Path, what: str) -> Trouble:
    return _trouble(
        path,
        what,
        "Replace it with a good copy, or start again with a scenario (virtual:healthy).",
    )


def _trouble(path: Path, what: str, next_step: str) -> Trouble:
    return Trouble(
        Advice(
            code="state-unusable",
            happened=f"The virtual M1's state {str(path)!r} cannot be used: {what}.",
            safe="The file is left as it is. No instrument is affected.",
            next_step=next_step,
        )
    )


SETTLING_SECONDS = 0.5
"""How long a change waits for the next one before both are written."""
EAGER_SECONDS = 0.1
"""Between two writes at least, where changes are written at once."""


class StateSaver:
    """Writes `machine` to `path` when `changed` finds that it did.

    Nothing is written while nothing changes. A disk that refuses is kept as `problem` until a
    later write succeeds; `save` and `close` raise it as Trouble. An `eager` one writes before the
    M1 has answered what changed it, and only what follows within EAGER_SECONDS a little later.
    A page that is turned, or a cursor that is moved, is no change to write for at once: `save`
    writes it.
    """

    def __init__(self, machine: VirtualM1, path: Path, *, eager: bool = False) -> None:
        self.machine = machine
        self.path = path
        self._eager = eager
        self._saved_at = -math.inf
        self.problem: Trouble | None = None
        self._kept: tuple[object, ...] | None = None
        self._place: tuple[object, ...] | None = None
        """The page and the cursor that were kept."""
        self._timer: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        """Look whether there is something to write, and write it when it is time."""
        if self._timer is not None or self.machine.persistent() == self._kept:
            return
        loop = asyncio.get_running_loop()
        if not self._eager:
            self._timer = loop.call_later(SETTLING_SECONDS, self._save_quietly)
        elif loop.time() >= self._saved_at + EAGER_SECONDS:
            self._save_quietly()
        else:
            self._timer = loop.call_at(self._saved_at + EAGER_SECONDS, self._save_quietly)

    def save(self) -> None:
        """Write now if anything changed; Trouble when the disk refuses.

        Two small files, so the loop waits for them: a thread could be overtaken by the clock of
        a rehearsal that jumps.
        """
        self._stop_timer()
        board, now = self.machine.board, self.machine.persistent()
        place = (board.page_index, board.cursor)
        if (now, place) == (self._kept, self._place):
            return
        try:
            Snapshot.of(self.machine).write(self.path)
        except Trouble as trouble:
            self.problem = trouble
            raise
        self._kept, self._place = now, place
        self.problem = None

    def close(self) -> None:
        """Write what is not yet written; Trouble when the disk refuses."""
        self.save()

    def _save_quietly(self) -> None:
        self._timer = None
        self._saved_at = asyncio.get_running_loop().time()
        try:
            self.save()
        except Trouble:
            # Nobody waits for this write; `problem` keeps it, and the next save tries again.
            return

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
