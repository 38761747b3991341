"""What is heard while keys are played or a song plays: pressure that must not come, songs."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.asking import NOTHING_WRITTEN, number
from m1tui.engine.checks.hearing import hear, unheard
from m1tui.engine.checks.registry import CheckContext, Verdict, check
from m1tui.engine.instrument import Instrument
from m1tui.engine.listener import Item
from m1tui.engine.listening import Notice, Watch, counted, message_of
from m1tui.engine.signs import is_note, is_pressure, is_start
from m1tui.sysex.sequence import SONGS

HELD = 0.3
"""Seconds that a key must be held, so that it could have been pressed harder."""
PAUSE = 2.0
"""Seconds without a key after which the person is taken to have finished."""
AFTERTOUCH_OFF = "GLOBAL 5 + D DOWN"


class _Pressure(Watch):
    """Counts keys that are held, and channel pressure."""

    def __init__(self) -> None:
        self.notes = 0
        self.pressures = 0
        self.longest = 0.0
        self._down: dict[int, float] = {}

    def take(self, item: Item, at: float) -> Notice:
        """Count what comes; a key is news, whichever it is."""
        self.pressures += is_pressure(item)
        message = message_of(item)
        if message is None or message.type not in ("note_on", "note_off"):
            return Notice.NOTHING
        if is_note(item):
            self.notes += 1
            self._down[message.note] = at
        elif message.note in self._down:
            self.longest = max(self.longest, at - self._down.pop(message.note))
        return Notice.NEWS

    @property
    def complete(self) -> bool:
        return self.pressures > 0

    @property
    def played(self) -> bool:
        """Whether a key was held long enough and all are up again."""
        return self.longest >= HELD and not self._down

    @property
    def note(self) -> str:
        pressure = "channel pressure" if self.pressures else "no channel pressure"
        return f"{counted(self.notes, 'note')}, held for up to {self.longest:.1f} s, {pressure}"

    def patience(self, seconds: float) -> float:
        return PAUSE if self.played else seconds


@check("aftertouch-silent", listens=True)
async def aftertouch_silent(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if keys are played and held, and no channel pressure comes until they are up."""
    watch = _Pressure()
    hearing = await hear(instrument, context, watch)
    expected = f"a key held for {HELD} s or longer, and no channel pressure"
    found = watch.note
    if not hearing.received:
        return unheard(hearing, expected)
    if watch.pressures:
        advice = Advice(
            happened=f"Aftertouch is not off: expected no channel pressure, found it after "
            f"{counted(watch.notes, 'note')}.",
            safe=NOTHING_WRITTEN,
            cause="The aftertouch filter is ENA (GLOBAL 5-2, D).",
            next_step=f"Press {AFTERTOUCH_OFF} on the M1, then try again.",
        )
        return Verdict(False, found, expected, found, advice)
    if watch.longest < HELD:
        advice = Advice(
            happened=f"Aftertouch could not be tried: expected {expected}, found {found}.",
            safe=NOTHING_WRITTEN,
            cause="Nobody played, or only short notes.",
            next_step="Hold a key, press it hard, and let go.",
        )
        return Verdict(None, found, expected, found, advice)
    return Verdict(True, found, expected, found)


class _Song(Watch):
    """Looks for a start and a note, and remembers the song that was chosen last."""

    def __init__(self, wanted: int | None) -> None:
        self.wanted = wanted
        self.song: int | None = None
        self.started = False
        self.notes = 0

    def take(self, item: Item, at: float) -> Notice:
        """Count what comes; notes count once it runs, since keys can be played any time."""
        del at
        before = (self.song, self.started, self.notes > 0)
        message = message_of(item)
        if message is not None and message.type == "song_select":
            self.song = message.song
        self.started = self.started or is_start(item)
        self.notes += self.started and is_note(item)
        return Notice.of((self.song, self.started, self.notes > 0) != before)

    @property
    def plays(self) -> bool:
        """Whether some song does."""
        return self.started and self.notes > 0

    @property
    def complete(self) -> bool:
        return self.plays and self.wanted in (None, self.song)

    @property
    def note(self) -> str:
        song = "no song select" if self.song is None else f"song {self.song} chosen"
        start = "start" if self.started else "no start"
        return f"{song}, {start}, {counted(self.notes, 'note')}"


@check("song-plays", listens=True)
async def song_plays(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the sequencer starts and sends notes; with a value "song", if it is that song.

    The M1 tells a song as it is chosen (song select). A clock proves nothing: it runs in SEQ
    mode all the time.
    """
    wanted = number(context, "song", 0, SONGS - 1) if "song" in context.values else None
    watch = _Song(wanted)
    hearing = await hear(instrument, context, watch)
    expected = "a start and notes" + ("" if wanted is None else f" of song {wanted}")
    found = watch.note
    if not hearing.received:
        return unheard(hearing, expected)
    if watch.complete:
        return Verdict(True, found, expected, found)
    # Without a song select it may be the right song: nothing tells.
    passed = None if watch.plays and watch.song is None else False
    advice = Advice(
        happened=f"The song was not heard to play: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause=_why_silent(watch),
        next_step="Press SEQ and B, choose the song with UP or DOWN, even if it is shown already: "
        "that tells it. Then press START/STOP.",
    )
    return Verdict(passed, found, expected, found, advice)


def _why_silent(watch: _Song) -> str:
    if not watch.started:
        return (
            "START/STOP was not pressed, the M1 is not in SEQ mode, or its clock is EXT "
            "(GLOBAL 5-1, D)."
        )
    if not watch.notes:
        return "The song that was started holds no notes."
    if watch.song is None:
        return "The M1 did not tell which song it plays: none was chosen while it was listened to."
    return "Another song was chosen."
