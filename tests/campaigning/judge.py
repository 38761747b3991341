"""Judges a run by what the instrument truly held: what was told must be true, and nothing lost."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

from m1tui.engine.compare import Comparison
from m1tui.engine.restore.judge import Restoration, Verification
from m1tui.facts import Outcome
from m1tui.manners import NAME_PADDING, UNUSED_BITS
from m1tui.sysex import Bank, Contents, Part
from tests.campaigning.image import (
    Image,
    Name,
    NoDump,
    changed_records,
    different,
    image_of_file,
    is_initial,
    same,
)
from tests.campaigning.reasons import (
    LONG_AGO,
    SOUNDS,
    cancelled,
    compared_file,
    corrupted,
    demanded,
    edited,
    explained,
    mistaken,
    struck,
    unheard,
)
from tests.campaigning.trial import Saving, Trial
from tests.campaigning.witness import FACTS, MESSAGES, Dump, State

LONGEST_SILENCE = 110.0
"""Seconds for which the computer may send nothing: a dump of 53,361 bytes at a quarter of the
wire's speed, then a wait for quiet, with their time-outs."""
LONGEST_RUN = 180.0
"""Seconds of the wire that an operation may take at the very most, whatever fails."""
_MOST = 100
"""Records of a part."""
_FIELDS = {
    Part.PROGRAMS: "programs",
    Part.COMBINATIONS: "combinations",
    Part.GLOBAL: "global_",
    Part.SEQUENCE: "sequence",
}
_NOTES = {
    "settings": (),
    "mode": ("go back to", "another mode", "mode and edit buffer"),
    "edit_program": ("edit buffer",),
    "edit_combination": ("edit buffer",),
    "program": ("selected",),
    "combination": ("selected",),
}
"""What a note says, in part, of something that could not be put back."""


def violations(trial: Trial) -> list[str]:
    """Return what was told and is not true, what was lost, and what took too long.

    Each begins with a kind in capitals and a colon; an empty list is a good run.
    """
    return list(_Judgement(trial).all())


def is_good(trial: Trial) -> bool:
    """Tell whether a run without violations ended as its case would without faults."""
    return trial.outcome in demanded(trial) or cancelled(trial)


class _Judgement:
    """What is found of one run."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._case = trial.case
        self._history = trial.witness.history
        self._bank = trial.case.bank
        self._file = compared_file(trial)
        if self._case.operation == "restore" and not self._file.parts.keys() & SOUNDS:
            # Steps and global data fit every allocation; it is to be what it was when they came.
            first = next(
                (before for before, after in self._steps() if after.cause == MESSAGES),
                self._history[-1],
            )
            self._file = replace(self._file, allocation=first.of(self._bank).allocation)

    def all(self) -> Iterator[str]:
        trial, result = self._trial, self._trial.result
        if trial.error:
            yield f"ERROR: {trial.error}"
        if unheard(trial):
            # Whoever answers is then taken for the one, and nothing could tell that it is not.
            return
        yield from self._ended()
        yield from self._took_long()
        for saving in trial.savings:
            yield from self._kept(saving)
        for name in trial.disk:
            if not name.endswith((".syx", ".json")):
                yield f"LEFTOVER: {name} lies beside the backups"
        yield from self._overwritten()
        yield from self._outside()
        yield from self._panel()
        yield from self._beside()
        if isinstance(result, Restoration):
            yield from self._restored(result)
        elif isinstance(result, Verification):
            yield from self._verified(result)
        if not isinstance(result, Restoration) and self._case.operation != "restore":
            yield from self._written("NOTHING WAS TO BE WRITTEN")

    # How it ended

    def _ended(self) -> Iterator[str]:
        trial = self._trial
        if trial.trouble and (self._case.operation != "backup" or trial.trouble.startswith("tr")):
            yield f"RAISED: {trial.trouble}"
        elif not trial.error and trial.outcome not in demanded(trial) and not explained(trial):
            wanted = " or ".join(sorted(demanded(trial)))
            yield f"UNEXPLAINED: {trial.outcome} where {wanted} is due and no fault struck"

    def _took_long(self) -> Iterator[str]:
        seconds, silence, slower = self._trial.seconds, self._trial.silence, self._case.slowness
        if seconds > LONGEST_RUN * slower or silence > LONGEST_SILENCE * slower:
            yield f"HANG: {seconds:.1f} s in all, {silence:.1f} s in which nothing was sent"

    # What was kept

    def _kept(self, saving: Saving) -> Iterator[str]:
        """Yield what is wrong with a file that was to hold what the M1 held."""
        if saving.path is None:
            return
        data = self._trial.disk.get(saving.path.name)
        if data is None:
            yield f"WRONG BACKUP: {saving.path.name} is not on the disk"
            return
        try:
            image = image_of_file(data)
        except NoDump as reason:
            yield f"WRONG BACKUP: the file holds {reason}"
            return
        backup = saving.backup
        if image.parts != Image.of(backup.contents).parts:
            yield "WRONG BACKUP: what lies on the disk is not what was read"
        held = [state.of(backup.bank).only(backup.part) for state in self._history[: saving.states]]
        if self._case.operation == "backup" and self._trial.neighbour and mistaken(self._trial):
            held += [state.of(backup.bank) for state in self._trial.neighbour.history]
        if not any(_held(image, one) for one in held) and not _put_together(image, held):
            what = _listed(different(image, held[-1]))
            yield f"WRONG BACKUP: never held by the M1; in the end it differs in {what}"

    def _overwritten(self) -> Iterator[str]:
        """Yield what messages overwrote though no file held it and somebody may miss it."""
        saved = [saving for saving in self._trial.savings if saving.path is not None]
        ours: set[tuple[Bank, Part, int]] = set()
        since: dict[tuple[Bank, Part, int], float] = {}
        for before, after in self._steps():
            lost: set[Name] = set()
            for bank, part, places in _changes(before, after):
                for place in places:
                    key = bank, part, place
                    if after.cause != MESSAGES:
                        ours.discard(key)
                        since[key] = after.since
                        if _resized(before, after, bank, part):
                            # Every record is another then, and none is ours.
                            ours -= {one for one in ours if one[:2] == (bank, part)}
                            since |= {(bank, part, at): after.since for at in range(_MOST)}
                    elif key not in ours:
                        ours.add(key)
                        safe = self._is_kept(before, after, key, saved)
                        if not safe and not self._came_late(key, since, after, saved):
                            lost.add((f"{bank.name.lower()} {part.value}", place))
            if lost and not (self._is_elsewhere(lost) and corrupted(self._trial, after.since)):
                yield f"LOST: overwritten at {after.since:.3f} s and in no file: {_listed(lost)}"

    def _is_elsewhere(self, lost: Iterable[Name]) -> bool:
        """Tell whether all of that lies where nothing was to be written."""
        own = {f"{self._bank.name.lower()} {part.value}" for part in self._file.parts}
        return not any(kind in own for kind, _ in lost)

    def _is_kept(
        self, before: State, after: State, key: tuple[Bank, Part, int], saved: list[Saving]
    ) -> bool:
        """Tell whether what is overwritten lay on the disk, or is what an initialisation leaves."""
        bank, part, place = key
        data = before.of(bank).parts[part]
        if is_initial(part, self._history[0].of(bank).parts.get(part, b"")) or is_initial(
            part, data
        ):
            return True
        for saving in saved:
            assert saving.path is not None
            if saving.path.name not in after.files or saving.backup.bank is not bank:
                continue
            kept = _file(self._trial.disk.get(saving.path.name)).parts.get(part, b"")
            if len(kept) == len(data) and place not in changed_records(part, kept, data):
                return True
        return False

    def _came_late(
        self,
        key: tuple[Bank, Part, int],
        since: dict[tuple[Bank, Part, int], float],
        after: State,
        saved: list[Saving],
    ) -> bool:
        """Tell whether hands put it there when what was to be kept was being read already."""
        if key not in since:
            return False
        moment = max((one.at for one in saved if one.at <= after.since), default=after.since)
        dumps = [one for one in self._dumps_of(key[0], key[1]) if one.ended <= moment]
        return bool(dumps) and since[key] >= dumps[-1].asked

    # What was not to be touched

    def _outside(self) -> Iterator[str]:
        """Yield changes by messages where nothing was to be written, or of what nobody wanted."""
        first = self._history[0].compared(self._bank)
        for before, after in self._steps():
            if after.cause != MESSAGES:
                continue
            for bank, part, places in _changes(before, after):
                if corrupted(self._trial, after.since):
                    return
                where = f"at {after.since:.3f} s {bank.name.lower()} {part.value} {places[:6]}"
                if bank is not self._bank or part not in self._file.parts:
                    yield f"OUTSIDE: {where}"
                    continue
                now = after.compared(bank).parts[part]
                strange = set(changed_records(part, self._file.parts[part], now))
                strange &= set(changed_records(part, first.parts.get(part, b""), now))
                strange &= set(places)
                if self._case.manners[UNUSED_BITS] + self._case.manners[NAME_PADDING] != "keptkept":
                    # It may keep a record otherwise than it was sent, in what means nothing.
                    strange &= {
                        number or 0
                        for _, number in different(self._file.only(part), Image({part: now}, None))
                    }
                if strange and not self._by_hands(part) and not edited(self._trial, after.since):
                    yield f"STRANGE: {where}: neither what was there nor what is wanted"

    def _by_hands(self, part: Part) -> bool:
        return any(
            after.cause != MESSAGES and part in [one[1] for one in _changes(before, after)]
            for before, after in self._steps()
        )

    def _beside(self) -> Iterator[str]:
        """Yield what became of another M1, with which nothing was to be done."""
        neighbour = self._trial.neighbour
        if neighbour is not None:
            yield from self._written("NEIGHBOUR WRITTEN", neighbour.history)
            for fact, watched in neighbour.watched.items():
                if watched.astray_since is not None:
                    yield f"NEIGHBOUR NOT PUT BACK: {fact}, since {watched.astray_since:.3f} s"

    def _written(
        self, kind: str, history: list[State] | None = None, *, what_was_there_too: bool = True
    ) -> Iterator[str]:
        """Yield, in one line, what messages wrote though they were not to write anything."""
        writes = [
            (before, after)
            for before, after in pairwise(self._history if history is None else history)
            if after.cause == MESSAGES
            and _written_parts(before, after)
            and (what_was_there_too or any(_changes(before, after, State.compared)))
        ]
        if not writes:
            return
        before, after = next((one for one in writes if list(_changes(*one))), writes[0])
        parts = _written_parts(before, after)
        where = ", ".join(f"{bank.name.lower()} {part.value}" for bank, part in parts)
        how = "changed" if list(_changes(before, after)) else "with what was there"
        yield f"{kind}: {where} at {after.since:.3f} s, {how}; {len(writes)} times in all"

    def _panel(self) -> Iterator[str]:
        """Yield what is not as it was, and neither a note nor a fault says why."""
        notes = " ".join(getattr(self._trial.result, "notes", ())).lower()
        for fact in FACTS:
            since = self._trial.witness.watched[fact].astray_since
            if since is None or any(words in notes for words in _NOTES[fact]):
                continue
            if fact == "settings":
                excused = corrupted(self._trial, since)
            else:
                excused = any(True for _ in struck(self._trial, since - LONG_AGO))
            if not excused:
                yield f"NOT PUT BACK: {fact}, since {since:.3f} s, and no note says so"

    # What was said

    def _restored(self, result: Restoration) -> Iterator[str]:
        yield from self._names_its_file(result)
        if result.outcome is Outcome.VERIFIED:
            yield from self._equal()
        if result.outcome is Outcome.REFUSED:
            # A probe may write what was there, if that is then read again.
            again = bool(result.unchanged)
            yield from self._written("REFUSED AND WRITTEN", what_was_there_too=not again)
        if result.unchanged:
            yield from self._unchanged()
        if result.outcome is Outcome.MISMATCH and result.comparison is not None:
            yield from self._named(result.comparison, [self._file])

    def _names_its_file(self, result: Restoration) -> Iterator[str]:
        if result.backup is None:
            return
        saved = [one.path for one in self._trial.savings]
        if result.backup not in saved or result.backup.name not in self._trial.disk:
            yield f"WRONG BACKUP: there is no file {result.backup.name}"

    def _verified(self, result: Verification) -> Iterator[str]:
        if result.outcome is Outcome.VERIFIED:
            yield from self._equal()
        if result.outcome is Outcome.MISMATCH and result.comparison is not None:
            yield from self._named(result.comparison, [self._file])
        if result.found is not None:
            found = Image.of(result.found)
            held = [state.of(self._bank) for state in self._history]
            if not any(_held(found, one) for one in held) and not _put_together(found, held):
                yield "FALSE READING: never held by the M1"

    def _equal(self) -> Iterator[str]:
        if not any(same(self._file, one) for one in self._ends):
            end = self._ends[0]
            what = _listed(different(self._file, end)) or f"allocation, which is {end.allocation}"
            yield f"FALSE VERIFIED: differs in {what}"

    def _unchanged(self) -> Iterator[str]:
        """Yield what is wrong with saying that every byte is as before."""
        parts = self._file.parts.keys()
        befores = [
            {part: state.compared(self._bank).parts.get(part) for part in parts}
            for state in self._before_writing()
        ]
        ends = [{part: end.parts.get(part) for part in parts} for end in self._ends]
        if not any(end in befores for end in ends):
            changed = [part.value for part in parts if ends[0][part] != befores[-1][part]]
            yield f"FALSE UNCHANGED: differs in {', '.join(changed)}"
        for (bank, part), at in self._last_writes().items():
            if not any(dump.asked >= at for dump in self._dumps_of(bank, part)):
                yield f"UNCHANGED UNREAD: {bank.name.lower()} {part.value} written at {at:.3f} s"

    def _named(self, comparison: Comparison, expected: list[Image]) -> Iterator[str]:
        told = frozenset((one.kind, one.number) for one in comparison.different)
        again = self._read_again()
        if again:
            expected += [
                Image({part: one.parts[part] for part in one.parts if part in again}, None)
                for one in expected
            ]
        truths = [different(one, end) for one in expected for end in self._read]
        if told not in truths:
            yield f"WRONG NAMES: told {_listed(told - truths[0])}, not {_listed(truths[0] - told)}"

    # What was true, and when

    @cached_property
    def _last_reading(self) -> Dump | None:
        dumps = [one for one in self._trial.witness.voice.dumps if one.bank is self._bank]
        return dumps[-1] if dumps else None

    @cached_property
    def _ends(self) -> list[Image]:
        """What was true at the end, first without what hands did after the last reading."""
        moment = 0.0 if self._last_reading is None else self._last_reading.ended
        held = self._at(moment).compared(self._bank)
        for before, after in self._steps():
            if after.since <= moment or after.cause != MESSAGES:
                continue
            for bank, part, places in _changes(before, after):
                if bank is self._bank:
                    held = held.with_records(after.compared(bank), part, places)
        return [held, self._history[-1].compared(self._bank)]

    @cached_property
    def _read(self) -> list[Image]:
        """What was true at the end, and what was true since the last reading was asked for."""
        asked = 0.0 if self._last_reading is None else self._last_reading.asked
        later = [state.compared(self._bank) for state in self._history if state.since > asked]
        return [*self._ends, self._at(asked).compared(self._bank), *later]

    def _read_again(self) -> frozenset[Part]:
        """Return the parts that were read since memory was divided otherwise, if it was.

        What was read before that belongs to the old division, and need not be named.
        """
        was = self._history[0].of(self._bank).allocation
        since = next(
            (one.since for one in self._history if one.of(self._bank).allocation is not was), None
        )
        if since is None:
            return frozenset()
        dumps = [one for one in self._trial.witness.voice.dumps if one.bank is self._bank]
        again = frozenset(one.part for one in dumps if one.asked >= since)
        return frozenset() if Part.ALL in again else again

    def _at(self, moment: float) -> State:
        return [state for state in self._history if state.since <= moment][-1]

    def _steps(self) -> Iterator[tuple[State, State]]:
        yield from pairwise(self._history)

    def _before_writing(self) -> list[State]:
        """Return what the M1 held before messages of the computer wrote anything."""
        states = [self._history[0]]
        for state in self._history[1:]:
            if state.cause == MESSAGES:
                break
            states.append(state)
        return states

    def _last_writes(self) -> dict[tuple[Bank, Part], float]:
        """Return when messages last wrote each part, what was there included."""
        return {
            place: after.since
            for before, after in self._steps()
            if after.cause == MESSAGES
            for place in _written_parts(before, after)
        }

    def _dumps_of(self, bank: Bank, part: Part) -> list[Dump]:
        dumps = self._trial.witness.voice.dumps
        return [one for one in dumps if one.bank is bank and one.part in (part, Part.ALL)]


def _changes(
    before: State, after: State, image: Callable[[State, Bank], Image] = State.of
) -> Iterator[tuple[Bank, Part, tuple[int, ...]]]:
    """Yield what differs between two states: bank, part, and the numbers of records."""
    for bank, part in _written_parts(before, after):
        old, new = (image(state, bank).parts.get(part, b"") for state in (before, after))
        places = changed_records(part, old, new)
        if places:
            yield bank, part, places


def _written_parts(before: State, after: State) -> list[tuple[Bank, Part]]:
    """Return what was written from one state to the next, be it with what was there."""
    return [
        (bank, part)
        for bank in Bank
        for part, field in _FIELDS.items()
        if not _is_untouched(
            getattr(_contents(before, bank), field), getattr(_contents(after, bank), field)
        )
    ]


def _is_untouched(old: object, new: object) -> bool:
    """Tell whether the very objects are there that were there, and not others alike."""
    if isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        return all(map(operator.is_, old, new))
    return old is new


def _resized(before: State, after: State, bank: Bank, part: Part) -> bool:
    return len(before.of(bank).parts.get(part, b"")) != len(after.of(bank).parts.get(part, b""))


def _contents(state: State, bank: Bank) -> Contents:
    if bank is Bank.INTERNAL:
        return state.memory.contents
    return state.card.contents if state.card is not None else Contents()


def _held(image: Image, held: Image) -> bool:
    """Tell whether each byte of a dump is what was held, and the allocation likewise."""
    bare = image.parts.keys() <= {Part.GLOBAL}
    return image.parts == {part: held.parts.get(part) for part in image.parts} and (
        bare or image.allocation is held.allocation
    )


def _put_together(image: Image, held: list[Image]) -> bool:
    """Tell whether each part was held at some moment, where they were read one by one."""
    return len(image.parts) > 1 and all(
        any(one.parts.get(part) == data for one in held) for part, data in image.parts.items()
    )


def _file(data: bytes | None) -> Image:
    try:
        return image_of_file(data or b"")
    except NoDump:
        return Image({}, None)


def _listed(names: Iterable[Name]) -> str:
    found = sorted((kind, -1 if number is None else number) for kind, number in names)
    shown = ", ".join(kind if number < 0 else f"{kind} {number}" for kind, number in found[:6])
    return f"{shown} and {len(found) - 6} more" if len(found) > 6 else shown
