"""Plays sounds on one M1, one after another, and leaves the M1 as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from m1tui.engine.instrument import Instrument
from m1tui.engine.play.audition import Audition, PutBack, Way
from m1tui.engine.play.notes import Mark, Notes, surely
from m1tui.engine.play.phrases import PHRASES, VELOCITY, suiting
from m1tui.engine.play.sounds import Sound, note_channel
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.engine.read.reading import read_settled
from m1tui.sysex import Bank, Contents, Part, printable


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sound is played."""

    channel: int | None = None
    """0-15; None for the one that the sound answers."""
    velocity: int = VELOCITY
    """1-127."""
    octave: int = 0
    """Octaves up or down, -2 to 2."""
    phrase: str | None = None
    """A name of `PHRASES`; None for the one that suits the sound."""


@dataclass(frozen=True, slots=True)
class Played:
    """What was played."""

    title: str
    phrase: str
    """What was played, in words: "a chord"."""
    notes: int
    channel: int
    """0-15."""
    way: Way


class Player:
    """Call `begin` first and `end` last, also after an error."""

    def __init__(self, instrument: Instrument, mark: Mark) -> None:
        self._instrument = instrument
        self._notes = Notes(instrument, mark)
        self._banks: dict[Bank, Contents] = {}
        self._audition: Audition | None = None

    async def read(
        self,
        parts: Iterable[Part],
        bank: Bank = Bank.INTERNAL,
        progress: ProgressHandler | None = None,
    ) -> Contents:
        """Read parts of a memory, once each, for names and places; nothing is written by them.

        Raises ReadError, TwoInstruments and LinkLost.
        """
        meter = Meter(progress, self._instrument.link.bytes_per_second)
        contents = self._banks.get(bank, Contents())
        for part in parts:
            if part not in contents.parts:
                reading = await read_settled(
                    self._instrument,
                    (part,),
                    bank,
                    meter=meter,
                    phases=(Phase.READING, Phase.READING_TO_COMPARE),
                    known=lambda _: True,
                )
                contents = contents.merged(reading.contents)
        self._banks[bank] = contents
        return contents

    async def begin(self) -> None:
        """Keep what is in use. Raises Trouble and LinkLost."""
        self._audition = Audition(self._instrument, self._banks)
        await self._audition.begin()

    async def play(self, sound: Sound | None, manner: Manner) -> Played:
        """Let `sound` be heard, or what is selected. Raises Trouble, StoreError and LinkLost."""
        audition = self._audition
        assert audition is not None
        if sound is None:
            record = audition.selected
            way, title = Way.AS_IT_IS, "the selected sound"
            phrase = PHRASES[suiting(record) if record is not None else "chord"]
            if record is not None:
                title = f"{title}, {printable(record.name.rstrip())}"
        else:
            record, title, phrase = sound.record, sound.title, sound.phrase
            way = await audition.choose(sound)
        own = self._instrument.channel
        channel = manner.channel
        if channel is None:
            channel = own if record is None else note_channel(record, own)
        if manner.phrase is not None and manner.phrase != phrase.name:
            phrase = PHRASES[manner.phrase]
        notes = await self._notes.play(phrase.moved(manner.octave), channel, manner.velocity)
        return Played(title, phrase.title, notes, channel, way)

    async def end(self) -> PutBack:
        """Put back what was in use, also while it is cancelled. Raises LinkLost."""
        audition, self._audition = self._audition, None
        if audition is None:
            return PutBack(True)
        return await surely(audition.end())
