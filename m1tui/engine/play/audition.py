"""Lets sounds be heard on an M1 without a trace: mode, edit buffers and selection are put back.

A sound of memory is selected by program change where the place that is selected now is known, for
no request returns it: it is known where the edit buffer equals just one slot. Everything else goes
through the edit buffer (40, 49), which changes no memory and no selection. What then sounds, and
what is there afterwards, is read (10, 19).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from m1tui.advice import Advice, Trouble
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import PROTECT_OFF
from m1tui.engine.play.sounds import Sort, Sound
from m1tui.engine.restore.edit_buffers import (
    COMBINATION,
    KINDS,
    PROGRAM,
    EditBuffers,
    Kind,
    Record,
)
from m1tui.errors import NoReply, Unable
from m1tui.sysex import Bank, CardState, Combination, Contents, Mode, ModeChange, StatusCode

NOTHING_WRITTEN = "Nothing was written to memory."
Place = tuple[Bank, int]


class Way(StrEnum):
    """How a sound came to be heard."""

    SELECTED = "selected by program change"
    LOADED = "loaded into the edit buffer"
    AS_IT_IS = "as it was selected"


@dataclass(frozen=True, slots=True)
class PutBack:
    """Whether everything is as it was before."""

    proved: bool
    """Whether mode and edit buffers were read and are as before."""
    evidence: tuple[str, ...] = ()
    """What was read, and what is not as before."""


@dataclass(slots=True)
class _Kept:
    """An edit buffer before it was touched."""

    record: Record
    place: Place | None
    """The slot that is selected; None where that is not known."""
    at: Place | None = None
    """The slot that is selected now, None where none was."""


class Audition:
    """Sounds on one M1; call `begin` first and `end` last, also after an error."""

    def __init__(self, instrument: Instrument, banks: Mapping[Bank, Contents]) -> None:
        """`banks` is what was read of the memory now, for the place that is selected."""
        self._instrument = instrument
        self._banks = banks
        self._evidence: list[str] = []
        self._buffers = EditBuffers(instrument, self._evidence)
        self._kept: dict[Kind, _Kept] = {}
        self._before: Mode | None = None
        self._card = False
        self._selects = True
        """Whether program changes have not proved to be without effect."""

    async def begin(self) -> None:
        """Keep what is in use. Raises Trouble and LinkLost."""
        try:
            await self._buffers.begin()
            mode_data = await self._instrument.ask_mode()
            self._before = mode_data.mode
            self._card = mode_data.card not in (CardState.OFF, CardState.NONE)
            if self._own is not None:
                await self._touch(self._own)
        except NoReply as why:
            raise Trouble(_not_begun(why.description, over_jack=self._over_jack)) from why
        except Unable as why:
            raise Trouble(_not_begun(str(why), over_jack=self._over_jack)) from why

    @property
    def _over_jack(self) -> bool:
        return self._instrument.link.over_jack

    @property
    def _own(self) -> Kind | None:
        """Return the kind of edit buffer of the mode that was in use, None where it has none."""
        return next((one for one in KINDS if self._before in one.modes), None)

    @property
    def selected(self) -> Record | None:
        """Return the sound that is selected, None in a mode without an edit buffer."""
        return self._kept[self._own].record if self._own is not None else None

    async def choose(self, sound: Sound) -> Way:
        """Let the M1 play `sound` from now on; return how. Raises Trouble and LinkLost."""
        kind = COMBINATION if sound.sort is Sort.COMBINATION else PROGRAM
        try:
            kept = await self._touch(kind)
            if await self._selected(kind, kept, sound):
                return Way.SELECTED
            await self._loaded(kind, sound)
        except Unable as why:
            raise Trouble(_not_loaded(sound, str(why))) from why
        return Way.LOADED

    async def end(self) -> PutBack:
        """Put everything back, and read whether it is so. Raises LinkLost."""
        own, proved = self._own, True
        try:
            for kind in self._kept:
                if kind is not own:
                    proved = await self._put_back(kind) and proved
            proved = await self._back_in_mode() and proved
            if own is not None:
                proved = await self._put_back(own) and proved
        except Unable as why:
            self._evidence.append(str(why))
            proved = False
        return PutBack(proved, tuple(self._evidence))

    async def _touch(self, kind: Kind) -> _Kept:
        """Be in a mode of `kind`, and keep its edit buffer before it is changed."""
        await self._buffers.enter(kind)
        if kind not in self._kept:
            record = await self._buffers.keep(kind)
            self._kept[kind] = _Kept(record, self._place_of(kind, record))
        return self._kept[kind]

    def _place_of(self, kind: Kind, record: Record) -> Place | None:
        """Return the one slot that the edit buffer equals; None where that is not certain."""
        if self._before in kind.modes and self._before is not kind.mode:
            # A program change is not received in an EDIT mode.
            return None
        if self._card and Bank.CARD not in self._banks:
            return None
        found = [
            (bank, number)
            for bank, contents in self._banks.items()
            for number, one in enumerate(kind.slots(contents))
            if one.raw == record.raw
        ]
        return found[0] if len(found) == 1 else None

    async def _selected(self, kind: Kind, kept: _Kept, sound: Sound) -> bool:
        """Select the sound's slot; return whether its content is then in the edit buffer."""
        if sound.bank is None or sound.sort is Sort.KIT or kept.place is None or not self._selects:
            return False
        held = kind.slots(self._banks.get(sound.bank, Contents()))
        if sound.number >= len(held):
            return False
        await self._select(kind, kept, (sound.bank, sound.number))
        found = await self._buffers.buffer(kind)
        if found.normal() == held[sound.number].normal():
            return True
        self._selects = found.normal() != kept.record.normal()
        if not self._selects:
            kept.at = None
            self._evidence.append("a program change had no effect: its filter is at DIS")
        return False

    async def _select(self, kind: Kind, kept: _Kept, place: Place) -> None:
        bank, number = place
        if bank is not (kept.at or kept.place or place)[0]:
            channel = self._instrument.channel
            await self._instrument.conversation.tell(ModeChange(channel, kind.mode, bank))
            # The mode data behind it fences off what the M1 says to it.
            await self._buffers.ask_mode()
        kept.at = place
        await self._buffers.select(kind, number)

    async def _loaded(self, kind: Kind, sound: Sound) -> None:
        """Load the edit buffer and read it. Raises Unable."""
        code = await self._buffers.load(kind, sound.record)
        if code not in (StatusCode.LOAD_COMPLETED, None):
            raise Unable(f"the M1 answered {code:02X} to {_function(sound.record)}")
        found = await self._buffers.buffer(kind)
        if found.normal() != sound.record.normal():
            raise Unable(f"the edit buffer contains {found.name.rstrip()!r}, not the sound")

    async def _put_back(self, kind: Kind) -> bool:
        kept = self._kept[kind]
        await self._buffers.enter(kind)
        if kept.at is not None and kept.place is not None and kept.at != kept.place:
            await self._select(kind, kept, kept.place)
        found = await self._buffers.buffer(kind)
        if found.raw != kept.record.raw:
            await self._buffers.load(kind, kept.record)
            found = await self._buffers.buffer(kind)
        same = found.normal() == kept.record.normal()
        name = kept.record.name.rstrip()
        state = "as before" if same else f"not as before (it contains {found.name.rstrip()!r})"
        self._evidence.append(f"edit buffer of the {kind.word} {name!r}: {state}")
        return same

    async def _back_in_mode(self) -> bool:
        await self._buffers.end()
        mode = await self._buffers.ask_mode()
        label = mode.label if mode is not None else "unknown"
        same = mode is self._before
        expected = self._before.label if self._before is not None else "an unknown mode"
        self._evidence.append(f"mode {label}" + ("" if same else f", not {expected} as before"))
        return same


def _function(record: Record) -> str:
    return "49" if isinstance(record, Combination) else "40"


def _not_begun(why: str, *, over_jack: bool) -> Advice:
    return Advice(
        code="play-not-begun",
        happened=f"The sound that is selected could not be read: {why}.",
        safe=f"{NOTHING_WRITTEN} No note was played.",
        cause="MIDI Exclusive is at DIS, the sequencer is playing, or the cable loses data."
        if not over_jack
        else "MIDI Exclusive is at DIS, the sequencer is playing, or JACK loses data.",
        next_step="Check the connection: run m1tui identify, or press l on the home screen.",
    )


def _not_loaded(sound: Sound, why: str) -> Advice:
    return Advice(
        code="sound-not-loaded",
        happened=f"The M1 did not load {sound.title} into its edit buffer: {why}.",
        safe=f"{NOTHING_WRITTEN} No note was played.",
        cause="Memory protect or the Exclusive filter prevents it, or the mode was changed on the "
        "panel.",
        next_step="Set Exclusive to ENA (GLOBAL 5-2, H), do not touch the panel, and try again. If "
        f"the M1 still refuses, turn memory protect off: {PROTECT_OFF}.",
    )
