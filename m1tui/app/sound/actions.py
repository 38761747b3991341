"""One session with the sounds: reads their names, lets them be heard, keeps the marks."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from textual.worker import Worker

from m1tui.advice import Trouble
from m1tui.app.dialogs.choices import ChooseDialog
from m1tui.app.dialogs.write import WriteDialog
from m1tui.app.home_lists import no_link
from m1tui.app.messages import SoundsAsked
from m1tui.app.own_way import in_the_app
from m1tui.app.sound.screen import Heard, SoundScreen, SoundView, Stage
from m1tui.app.widgets.menu import Item
from m1tui.app.workbench import Workbench
from m1tui.app.workers import ended
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.play.notes import CHANNELS, panic
from m1tui.engine.play.player import Played, Player
from m1tui.engine.play.sounds import Sort, Sound, sounds_of_file, sounds_of_memory
from m1tui.engine.progress import Progress
from m1tui.store.records import HeardSound
from m1tui.sysex import Part
from m1tui.sysex.listing import counted

if TYPE_CHECKING:
    from m1tui.app.app import M1App

GROUP = "sound"
"""The group of the session's worker and of the questions about a sound."""
PARTS = (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)
ALL_OFF = "All Notes Off was sent on all channels."
MEMORY = "the M1's memory"
VERDICTS = (
    ("right", "It sounds right"),
    ("wrong", "It sounds wrong"),
    ("silent", "It is silent"),
)


class Wish(Enum):
    """What is wanted beside sounds."""

    PANIC = "stop all notes"
    LEAVE = "end the session"


class SoundActions:
    """Between the screen and the player; the wire is its own until it is left."""

    def __init__(self, app: M1App, bench: Workbench, asked: SoundsAsked) -> None:
        self.app = app
        self.bench = bench
        self._file = asked.contents
        self._source = asked.title or MEMORY
        sort = Sort(asked.kind) if asked.kind else Sort.PROGRAM
        self.screen = SoundScreen(self, (sort, asked.number))
        self._view = SoundView(self._source)
        self._wanted: asyncio.Queue[Sound | Wish] = asyncio.Queue()
        self._playing: asyncio.Task[Played] | None = None
        self._session: Worker[None] | None = None

    # What the keys ask for

    def attach(self) -> None:
        """Begin the session with the M1."""
        self._session = self.app.run_worker(
            self._run(), group=GROUP, exclusive=False, description="Play sounds"
        )

    def play(self, sound: Sound) -> None:
        """Let a sound be heard; what sounds now ends."""
        if self._at.stage is Stage.READY:
            self.silence()
            self._wanted.put_nowait(sound)

    def silence(self) -> None:
        """End what sounds."""
        while not self._wanted.empty():
            self._wanted.get_nowait()
        if self._playing is not None:
            self._playing.cancel()

    def panic(self) -> bool:
        """End every note, ours and others; False where the session cannot."""
        if self._at.stage is not Stage.READY:
            return False
        self.silence()
        self._wanted.put_nowait(Wish.PANIC)
        return True

    def mark(self, sound: Sound) -> None:
        """Ask how a sound sounds, and keep that in the log."""
        self.app.run_worker(
            self._mark(sound), group="sound-mark", exclusive=True, description="Mark a sound"
        )

    def leave(self) -> None:
        """Put the M1 back, and go."""
        self.app.run_worker(self._leave(), group="leave-sound", description="Put the M1 back")

    async def stop(self) -> None:
        """End the session; returns once the M1 is put back."""
        self.silence()
        if self._session is not None and not self._session.is_finished:
            self._wanted.put_nowait(Wish.LEAVE)
            if self._at.stage is Stage.READING:
                self._session.cancel()
            await ended([self._session])

    # How it is done

    @property
    def _at(self) -> SoundView:
        """The page as it stands, with what the person changed on it."""
        return self.screen.view or self._view

    def _show(self, **changes: object) -> None:
        if self.screen.is_attached:
            self.screen.view = replace(self._at, **changes)  # type: ignore[arg-type]

    def _tell(self, told: str, *, wrong: bool = False) -> None:
        self._show(told=told, wrong=wrong)

    async def _leave(self) -> None:
        self._tell("Restoring mode and edit buffer ...")
        await self.stop()
        self.app.close_sounds()

    async def _run(self) -> None:
        self.screen.view = self._view
        try:
            async with self.bench.wire:
                instrument = self.bench.instrument
                if instrument is None:
                    raise Trouble(no_link())
                with instrument.operation():
                    await self._with(instrument)
        except Trouble as trouble:
            self._show(stage=Stage.OVER, told=str(in_the_app(trouble.advice)), wrong=True)

    async def _with(self, instrument: Instrument) -> None:
        diagnosis = await diagnose(instrument, channel=self.bench.options.channel)
        if not diagnosis.ready:
            raise Trouble(diagnosis.advice)
        player = Player(instrument, self.bench.sounding_mark(instrument.link.port))
        memory = await player.read(PARTS, progress=self._progress)
        sounds = (
            sounds_of_memory(memory) if self._file is None else sounds_of_file(self._file, memory)
        )
        await player.begin()
        try:
            self._show(
                sounds=sounds, stage=Stage.READY, told="Space plays the sound under the cursor."
            )
            await self._serve(player, instrument)
        finally:
            put_back = await player.end()
        if not put_back.proved:
            told = f"The M1 may not be as it was: {'; '.join(put_back.evidence)}."
            self.app.home.notice = told

    async def _serve(self, player: Player, instrument: Instrument) -> None:
        while (sound := await self._wanted.get()) is not Wish.LEAVE:
            if sound is Wish.PANIC:
                await panic(instrument, range(CHANNELS))
                self._tell(ALL_OFF)
                continue
            self._tell(f"Playing {sound.title} ...")
            self._playing = asyncio.create_task(player.play(sound, self._at.manner))
            try:
                played = await asyncio.shield(self._playing)
            except asyncio.CancelledError:
                if not self._playing.done() or not self._playing.cancelled():
                    # The session itself is cancelled: the notes end first.
                    self._playing.cancel()
                    with suppress(asyncio.CancelledError):
                        await self._playing
                    raise
                self._tell("Space plays the sound under the cursor.")
            except Trouble as trouble:
                if self.bench.notes_sound:
                    raise
                self._tell(str(in_the_app(trouble.advice)), wrong=True)
            else:
                self._tell(self._played_text(played))
            finally:
                self._playing = None

    def _played_text(self, played: Played) -> str:
        text = (
            f"Played {played.title}: {played.phrase}, {counted(played.notes, 'note')} on channel "
            f"{played.channel + 1}, {played.way}."
        )
        rehearsal = self.bench.rehearsal
        heard = rehearsal.heard() if rehearsal is not None else ""
        return f"{text} The virtual M1 makes no sound; on a real one: {heard}." if heard else text

    def _progress(self, progress: Progress) -> None:
        left = f"{progress.seconds_left:.0f} s left"
        if progress.total and not progress.least:
            left = f"{progress.done * 100 // progress.total} %, {left}"
        self._tell(f"{progress.phase}: {left}")

    async def _mark(self, sound: Sound) -> None:
        dialog = ChooseDialog(
            "How does it sound?", sound.title, tuple(Item(key, text) for key, text in VERDICTS)
        )
        verdict: str = await self.app.push_screen_wait(dialog)
        if not verdict:
            return
        note: str | None = await self.app.push_screen_wait(
            WriteDialog(
                "Note",
                f"{sound.title}: {dict(VERDICTS)[verdict]}.\n\nWhat should be remembered about it?",
                hint="Enter saves your answer; the note may be left empty. Esc goes back.",
            )
        )
        if note is None:
            return
        try:
            await asyncio.to_thread(self._keep, sound, verdict, note)
        except Trouble as trouble:
            self._tell(str(in_the_app(trouble.advice)), wrong=True)
            return
        marked = {**dict(self._at.marked), sound.title: Heard(verdict, note)}
        self._show(marked=tuple(marked.items()), told="Kept in the service log.", wrong=False)

    def _keep(self, sound: Sound, verdict: str, note: str) -> None:
        store = self.bench.store
        heard = HeardSound(
            at=store.now().isoformat(timespec="seconds"),
            sound=sound.title,
            source=self._source,
            verdict=verdict,  # type: ignore[arg-type]
            note=note,
        )
        store.log.mark_sound(
            heard,
            rehearsal=self.bench.rehearsal is not None,
            model=self.bench.model,
        )
