"""How a virtual M1 answers that does not do what it should, or does not say what it did."""

from __future__ import annotations

import random
from dataclasses import dataclass

from m1tui.sysex import (
    Bank,
    BankDump,
    Combination,
    CombinationDump,
    Contents,
    GlobalData,
    IdentityReply,
    Message,
    Program,
    ProgramDump,
    Sequence,
    Status,
    StatusCode,
)
from m1tui.virtual.card import Card
from m1tui.virtual.exclusive import answer
from m1tui.virtual.faults import BY_ANSWER, Fault, FaultLog, Kind, Mishap, dice
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.memory import Memory

_DONE = frozenset({StatusCode.LOAD_COMPLETED, StatusCode.WRITE_COMPLETED})
_WRITING = (Kind.WROTE_NOTHING, Kind.WROTE_PART, Kind.WROTE_BIT)
_ADDRESS_LINES = 6
"""Of a slot's number: 64 and more are only told apart by those above."""
_DUMPS = (BankDump, ProgramDump, CombinationDump)
_OTHER_REPLIES = {
    Kind.REPLY_24: StatusCode.LOAD_ERROR,
    Kind.REPLY_26: StatusCode.FORMAT_ERROR,
    Kind.NO_REPLY: None,
}

_Object = Program | Combination | GlobalData | Sequence


@dataclass(frozen=True, slots=True)
class _Held:
    """What an M1 held before it acted on a message."""

    memory: Memory
    card: Card | None
    program: Program
    combination: Combination

    @classmethod
    def of(cls, board: Mainboard) -> _Held:
        return cls(board.memory, board.card, board.edit_program, board.edit_combination)

    def put_back(self, board: Mainboard) -> None:
        board.memory, board.card = self.memory, self.card
        board.edit_program, board.edit_combination = self.program, self.combination

    def contents(self, bank: Bank) -> Contents:
        if bank is Bank.INTERNAL:
            return self.memory.contents
        return self.card.contents if self.card else Contents()


class AnswerFaults:
    """The answers of an M1 with faults of its own."""

    def __init__(self, faults: tuple[Fault, ...], seed: int, log: FaultLog) -> None:
        self._faults = {one.kind: one for one in faults if one.kind in BY_ANSWER}
        self._dice = {kind: dice(seed, kind) for kind in self._faults}
        self._log = log
        self._answers = 0
        self._late: list[tuple[float, bytes]] = []
        self._line = 1 << dice(seed, "address line").randrange(_ADDRESS_LINES)
        """The bit of a slot's number that the M1 does not see where it writes twice."""

    def answer(
        self, board: Mainboard, data: bytes, identity: IdentityReply
    ) -> Message | IdentityReply | None:
        """Act on a message and answer it, as `exclusive.answer` does, but for the faults.

        What is answered late comes by `overdue`.
        """
        before = _Held.of(board)
        reply = answer(board, data, identity)
        if reply is None:
            return None
        self._answers += 1
        if isinstance(reply, Status) and reply.code in _DONE:
            self._write_badly(board, before, len(data))
            if reply.code is StatusCode.WRITE_COMPLETED and self._strikes(Kind.WROTE_TWICE):
                self._write_twice(board, before, len(data))
        if isinstance(reply, _DUMPS) and self._strikes(Kind.NO_DUMP):
            self._note(board, Kind.NO_DUMP, len(data), "")
            return None
        for kind, code in _OTHER_REPLIES.items():
            if self._strikes(kind):
                acted = self._dice[kind].random() < 0.5
                if not acted:
                    before.put_back(board)
                self._note(board, kind, len(data), "" if acted else "and it did nothing")
                reply = Status(board.settings.channel, code) if code is not None else None
                break
        return None if reply is None or self._is_late(board, reply, len(data)) else reply

    def _is_late(self, board: Mainboard, reply: Message | IdentityReply, size: int) -> bool:
        """Tell whether `reply` waits; behind one that does wait all others, for they keep order."""
        due = max((due for due, _ in self._late), default=board.now)
        if self._strikes(Kind.LATE_REPLY):
            seconds = self._faults[Kind.LATE_REPLY].lasts
            self._note(board, Kind.LATE_REPLY, size, f"{seconds:g} s")
            due = max(due, board.now + seconds)
        elif not self._late:
            return False
        self._late.append((due, reply.encode()))
        return True

    @property
    def next_overdue(self) -> float | None:
        """When the next late answer goes out."""
        return min((due for due, _ in self._late), default=None)

    def overdue(self, now: float) -> bytes:
        """Return the late answers that go out until `now`, and forget them."""
        if not self._late:
            return b""
        late, self._late = self._late, [one for one in self._late if one[0] > now]
        return b"".join(data for due, data in late if due <= now)

    def forget(self) -> None:
        """Drop the late answers: the M1 is switched off."""
        self._late.clear()

    def _strikes(self, kind: Kind) -> bool:
        fault = self._faults.get(kind)
        return fault is not None and self._dice[kind].random() < fault.rate

    def _note(self, board: Mainboard, kind: Kind, size: int, detail: str) -> None:
        self._log.add(Mishap(board.now, kind, None, self._answers, size, detail))

    def _write_badly(self, board: Mainboard, before: _Held, size: int) -> None:
        for kind in _WRITING:
            if not self._strikes(kind):
                continue
            if kind is Kind.WROTE_NOTHING:
                before.put_back(board)
                self._note(board, kind, size, "")
                return
            detail = self._spoil(board, before, kind)
            if detail:
                self._note(board, kind, size, detail)

    def _write_twice(self, board: Mainboard, before: _Held, size: int) -> None:
        """Write the object that was just stored into the slot of the other half, too."""
        for bank in Bank:
            old, new = _objects(before.contents(bank)), _objects(board.contents(bank))
            for place, one in new.items():
                other = place[0], place[1] ^ self._line
                if one is old.get(place) or other not in new:
                    continue
                board.write(bank, _contents(new | {other: one}))
                self._note(board, Kind.WROTE_TWICE, size, f"{other[0]} {other[1]}, too")
                return

    def _spoil(self, board: Mainboard, before: _Held, kind: Kind) -> str:
        """Change what was written; return how, "" where nothing was."""
        chance = self._dice[kind]
        for bank in Bank:
            old, new = _objects(before.contents(bank)), _objects(board.contents(bank))
            written = [place for place, one in new.items() if one is not old.get(place)]
            if written and kind is Kind.WROTE_PART:
                done = chance.randrange(len(written))
                board.put(bank, _contents(new | {place: old[place] for place in written[done:]}))
                return f"{done} of {len(written)} objects"
            if written:
                place = chance.choice(written)
                board.put(bank, _contents(new | {place: _with_wrong_bit(new[place], chance)}))
                return f"{place[0]} {place[1]}"
        return self._spoil_edit_buffer(board, before, kind)

    def _spoil_edit_buffer(self, board: Mainboard, before: _Held, kind: Kind) -> str:
        if board.edit_program is not before.program:
            raw = self._spoilt(before.program.raw, board.edit_program.raw, kind)
            board.edit_program = Program(raw)
            return "the edit buffer"
        if board.edit_combination is not before.combination:
            raw = self._spoilt(before.combination.raw, board.edit_combination.raw, kind)
            board.edit_combination = Combination(raw)
            return "the edit buffer"
        return ""

    def _spoilt(self, old: bytes, new: bytes, kind: Kind) -> bytes:
        """Return what an edit buffer holds after `new` was written badly over `old`."""
        if kind is Kind.WROTE_BIT:
            return _flipped(new, self._dice[kind])
        done = self._dice[kind].randrange(len(new))
        return new[:done] + old[done:]


def _objects(contents: Contents) -> dict[tuple[str, int], _Object]:
    """Return all objects by kind and number, in the order in which a dump carries them."""
    objects: dict[tuple[str, int], _Object] = {}
    if contents.global_ is not None:
        objects["global", 0] = contents.global_
    for number, combination in enumerate(contents.combinations or ()):
        objects["combination", number] = combination
    for number, program in enumerate(contents.programs or ()):
        objects["program", number] = program
    if contents.sequence is not None:
        objects["sequence", 0] = contents.sequence
    return objects


def _contents(objects: dict[tuple[str, int], _Object]) -> Contents:
    """Return the parts that `objects` make."""
    every = objects.values()
    programs = tuple(one for one in every if isinstance(one, Program))
    combinations = tuple(one for one in every if isinstance(one, Combination))
    return Contents(
        programs=programs or None,
        combinations=combinations or None,
        global_=next((one for one in every if isinstance(one, GlobalData)), None),
        sequence=next((one for one in every if isinstance(one, Sequence)), None),
    )


def _with_wrong_bit(one: _Object, chance: random.Random) -> _Object:
    if isinstance(one, Sequence):
        # The steps alone, where there are any: the places of tracks stay sound.
        if one.steps:
            return Sequence(one.control, _flipped(one.steps, chance))
        return Sequence.from_raw(_flipped(one.raw, chance))
    return type(one)(_flipped(one.raw, chance))


def _flipped(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]
