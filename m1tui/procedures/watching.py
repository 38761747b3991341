"""Looks at the instrument while a run is under way, and keeps the alarms in the run's journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from m1tui.advice import Advice
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.errors import LinkLost
from m1tui.files import DUMPS, FileTrouble, read_bounded
from m1tui.procedures.alarms import CHANNEL, Alarm
from m1tui.procedures.journal import Journal
from m1tui.procedures.origins import backup_of
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark
from m1tui.procedures.watch import Allowed, Seen, Watch, allowed_at
from m1tui.store import printable_path
from m1tui.store.backups import found_again
from m1tui.sysex import Allocation, IdentityRequest, Mode, ModeData, Part
from m1tui.sysex.forms.reader import read_file

POLL_SECONDS = 5.0
"""Between two looks while nothing else is on the wire."""
SENSING_SECONDS = 0.7
"""Twice as long as active sensing lets wait, and longer than an answer takes."""


class Watching:
    """Looks at the instrument of one run; nobody else may speak with it meanwhile."""

    def __init__(self, journal: Journal, pressed: Callable[[], int] = lambda: 0) -> None:
        """`pressed` returns how many keys of the current step were pressed."""
        self._journal = journal
        self._pressed = pressed
        self._watch = _known(journal)
        self._unseen = journal.run.position
        """The index of the first step whose doing was not looked at since."""
        self._songs: int | None = None
        """What the ear had counted at the last look, None before the first."""
        self._pauses: int | None = None
        """The same of pauses in active sensing."""

    @property
    def allowed(self) -> Allowed:
        """Return what may happen to the instrument now."""
        run = self._journal.run
        file = backup_of(run, "all")
        whole, songs = _name(file), _name(backup_of(run, Part.SEQUENCE.value))
        return allowed_at(
            run,
            pressed=self._pressed(),
            backup=whole,
            backup_allocation=_allocation_in(file) if file else None,
            songs=songs or whole,
            since=self._unseen,
        )

    @property
    def gone(self) -> bool:
        """Whether it was silent at the last look: asking it takes seconds."""
        return self._watch.gone

    @property
    def on_while_off(self) -> bool:
        """Whether it was heard at the last look, although it is to be off."""
        return self._watch.spoke is not None

    @property
    def mode(self) -> Mode | None:
        """The mode in which it answered at the last look, None where it did not."""
        last = self._watch.last
        return last.mode if last is not None and self._watch.answers else None

    async def look(self, instrument: Instrument) -> Seen | None:
        """Look once, and keep what is alarming.

        Return None while an operation is under way, and where there is no way to ask. Raises
        LinkLost, and StoreError when the journal cannot be written.
        """
        allowed = self.allowed
        if instrument.busy or instrument.link.absent:
            return None
        ear, known = instrument.conversation.ear, self._pauses
        seen = await (
            _listen(instrument) if allowed.off else _ask(instrument, self._watch, allowed, known)
        )
        heard, pauses = ear.songs, ear.pauses
        if seen is not None and self._songs is not None:
            seen = replace(seen, songs=heard - self._songs)
        # What the person did meanwhile, at another step or with another key, is not judged by it.
        if seen is not None and allowed == self.allowed:
            self._songs, self._pauses = heard, pauses
            self._keep(*self._watch.after(seen, allowed))
            run = self._journal.run
            self._unseen = run.position + (run.current_state.mark is not Mark.OPEN)
        return seen

    def lost_link(self, advice: Advice) -> None:
        """Keep that the link is lost."""
        self._keep(*self._watch.loses_link(self.allowed, advice))

    async def keep_looking(
        self, instrument: Instrument, wire: asyncio.Lock, told: Callable[[], None]
    ) -> None:
        """Look every POLL_SECONDS while `wire` is free, until cancelled; call `told` after each.

        A link that is lost is opened again.
        """
        while True:
            await asyncio.sleep(POLL_SECONDS)
            async with wire:
                await self.look_or_reconnect(instrument)
            told()

    async def look_or_reconnect(self, instrument: Instrument) -> Seen | None:
        """Look once; open a lost link again, which may take until a later look."""
        try:
            return await self.look(instrument)
        except LinkLost as lost:
            self.lost_link(lost.advice)
            await instrument.reopen()
            return None

    def _keep(self, watch: Watch, alarms: tuple[Alarm, ...]) -> None:
        self._watch = watch
        for alarm in alarms:
            self._raise(alarm)
        if not self._journal.run.abandoned:
            self._remember()

    def _remember(self) -> None:
        """Keep in the journal what is known, where it is not what it says already."""
        journal, now = self._journal, self._watch.last
        codes = () if now is None else _codes(now)
        before = journal.run.seen
        known = (before.channel, before.codes) if before is not None else (0, ())
        # The mode changes with every key, and is nobody's business later.
        if (known[0], known[1][1:]) != (now.channel if now is not None else 0, codes[1:]):
            channel = now.channel if now is not None else 0
            journal.record(journal.run.see(channel, codes))

    def _raise(self, alarm: Alarm) -> None:
        journal = self._journal
        if journal.run.abandoned:
            return
        journal.record(journal.run.alarm(alarm.advice, lost=alarm.lost, backup=alarm.backup))
        for step_id in alarm.reopens(journal.run):
            journal.record(journal.run.doubt(step_id, alarm.advice.happened))


def _known(journal: Journal) -> Watch:
    """Return what the journal has of the looks of an earlier program."""
    seen = journal.run.seen
    if seen is None or not seen.codes:
        return Watch()
    written = _written_channel(journal.run)
    home = seen.channel if written is None else written
    saved = _name(backup_of(journal.run, "all")) if journal.run.seen_since else ""
    return Watch(ModeData(seen.channel, *seen.codes), seen.channel, home, saved=saved)


def _written_channel(run: Run) -> int | None:
    """Return the channel, 0-15, that was written down in the run, None if none was."""
    values = run.values
    asked = (field.name for _, field in run.procedure.fields() if field.asks == CHANNEL)
    written = (values.get(name, "") for name in asked)
    return next((int(one) - 1 for one in written if one.isdecimal()), None)


def _name(file: str) -> str:
    """Return a file's name as it may be shown, "" for none."""
    return printable_path(Path(found_again(Path(file)).name)) if file else ""


@lru_cache(maxsize=8)
def _allocation_in(file: str) -> Allocation | None:
    """Return how the memory in a backup's file is divided, None where nothing says it."""
    try:
        data = read_bounded(found_again(Path(file)), DUMPS)
    except FileTrouble:
        return None
    dumps = (dump.contents.allocation for dump in read_file(data).dumps)
    return next((one for one in dumps if one is not None), None)


def _codes(data: ModeData) -> tuple[int, ...]:
    return (data.mode_code, data.allocation_code, data.card_code, data.pcm_code)


async def _listen(instrument: Instrument) -> Seen:
    """Return whether anything comes from an M1 that is to be off, asked or not."""
    conversation, before = instrument.conversation, instrument.received
    await conversation.tell(IdentityRequest())
    await conversation.linger(SENSING_SECONDS)
    return Seen(heard=instrument.received > before)


async def _ask(
    instrument: Instrument, watch: Watch, allowed: Allowed, pauses: int | None
) -> Seen | None:
    """Return what it answers; where it only no longer answers as it did, find out why.

    `pauses` is how many of its active sensing were known before.
    """
    ear, before = instrument.conversation.ear, instrument.received
    clocks = ear.clocks
    mode_data = await instrument.mode_data()
    heard = instrument.received > before
    known = instrument.diagnosis
    # Nobody has asked yet on which channel it is: then it may answer though its clock runs.
    if heard and mode_data is None and known is None:
        known = await diagnose(instrument)
        mode_data = known.mode_data
    if heard and mode_data is None and (ear.clocks > clocks or watch.in_sequencer):
        return Seen(heard, plays=True)
    ready = known is not None and known.ready
    other = not ready or (known is not None and known.crowded)
    # Since it answered it may have been off, and have lost its settings with its memory.
    if heard and (watch.answers or ready if mode_data is None else other):
        known = await diagnose(instrument)
        mode_data = known.mode_data
    channel = known.channel if known is not None else None
    seen = Seen(heard, mode_data, channel, paused=pauses not in (None, ear.pauses))
    if mode_data is not None and (seen.paused or watch.asks_memory(mode_data, allowed)):
        verdict = await run_check("memory-initialised", instrument, CheckContext())
        seen = replace(seen, initialised=verdict.passed)
    return seen
