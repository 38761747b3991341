"""What is heard of the sequencer: a song that plays, the song that is chosen, a track's channel."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.listening import (
    LastChosen,
    Notice,
    Watch,
    counted,
    hear,
    message_of,
    unheard,
)
from m1tui.engine.checks.registry import (
    NOTHING_WRITTEN,
    CheckContext,
    check,
    mode_now,
    number,
    require_ready,
)
from m1tui.engine.checks.sequencer import channel_of, not_played, other_channel, place
from m1tui.engine.checks.signs import is_note, is_start
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import CLOCK_INT
from m1tui.engine.line.ear import Item
from m1tui.facts import Verdict
from m1tui.sysex import Mode
from m1tui.sysex.sequence import SONGS


class _Playing(Watch):
    """Looks for a start, and a note behind it, since keys can be played at any time."""

    def __init__(self) -> None:
        self.started = False
        self.played = False
        self.played_before = False
        """Whether a note came without a start, as of a song that was playing already."""

    def take(self, item: Item, at: float) -> Notice:
        del at
        before = (self.started, self.played)
        self.started = self.started or is_start(item)
        self.played = self.played or (self.started and is_note(item))
        self.played_before = self.played_before or (not self.started and is_note(item))
        return Notice.of((self.started, self.played) != before)

    @property
    def complete(self) -> bool:
        return self.played

    @property
    def note(self) -> str:
        if not self.started:
            return "no start of the sequencer"
        return f"a start, then {'notes' if self.played else 'no notes'}"


@check("song-plays", proves=("song playing = heard",), listens=True, plays=True)
async def song_plays(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the sequencer starts and sends notes.

    A clock proves nothing: it runs in SEQ mode all the time.
    """
    watch = _Playing()
    hearing = await hear(instrument, context, watch)
    expected, found = "a start, then notes", watch.note
    if not hearing.received:
        return unheard(hearing, expected)
    if watch.complete:
        return Verdict(True, found, expected, found)
    if watch.started:
        advice = _without_notes(expected, found)
    elif watch.played_before:
        advice = _plays_already(expected, found)
    else:
        advice = _not_started(expected, found, await mode_now(instrument))
    return Verdict(False, found, expected, found, advice)


def _without_notes(expected: str, found: str) -> Advice:
    return Advice(
        code="song-without-notes",
        happened=f"The song started, but it sent no notes: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The song that was started contains no notes, or nothing was recorded.",
        next_step="If the song is playing, press START/STOP. If your song contains no notes, go "
        "back with b, and choose another one or record it again.",
    )


def _not_started(expected: str, found: str, mode: Mode | None) -> Advice:
    """Return the advice for a song that did not start; None for a mode that is not known."""
    return Advice(
        code="song-not-heard",
        happened=f"The song did not start playing: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="START/STOP was not pressed, the M1 is not in SEQ mode, or its clock is EXT "
        "(GLOBAL 5-1, D)."
        if mode is None
        else f"The M1 is in {mode.label} mode, and it plays songs only in SEQ mode."
        if mode is not Mode.SEQUENCER
        else "START/STOP was not pressed, or the clock is EXT (GLOBAL 5-1, D).",
        next_step="Press SEQ, choose your song again if another is shown, and press START/STOP."
        if mode not in (None, Mode.SEQUENCER)
        else f"Press {CLOCK_INT}, which sets the clock to INT. Then press SEQ, choose your song "
        "again if another is shown, and press START/STOP.",
    )


def _plays_already(expected: str, found: str) -> Advice:
    return Advice(
        code="song-plays-already",
        happened=f"Notes were heard, but no song was started: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The song was already playing when the program began to listen, or keys were played.",
        next_step="If the song is playing, press START/STOP to stop it. Then check again, and "
        "press the step's keys while the program is listening.",
    )


@check("song-chosen", "song", proves=("selected song = {song}",), listens=True)
async def song_chosen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the song is the one that the M1 told last, as it does when one is chosen."""
    watch = LastChosen(
        number(context, "song", 0, SONGS - 1),
        "song_select",
        "no song was chosen",
        "song {} chosen",
    )
    hearing = await hear(instrument, context, watch)
    expected, found = f"song {watch.wanted} chosen", watch.note
    if not hearing.received:
        return unheard(hearing, expected)
    if watch.chosen == watch.wanted:
        return Verdict(True, f"{found}", expected, found)
    told = watch.chosen is not None
    mode = None if told else await mode_now(instrument)
    advice = Advice(
        code="other-song-chosen" if told else "no-song-chosen",
        happened=f"Could not confirm that the song is selected: expected {expected}, found "
        f"{found}.",
        safe=NOTHING_WRITTEN,
        cause="Another song was chosen."
        if told
        else "The M1 reports a song only when it is chosen in SEQ mode with the clock at INT; "
        "it reported none."
        if mode is None
        else f"The M1 is in {mode.label} mode, and it reports a song only in SEQ mode."
        if mode is not Mode.SEQUENCER
        else "The M1 reports a song only when it is chosen with the clock at INT; it reported "
        "none.",
        next_step="Press SEQ and B, then UP or DOWN until the song is shown. If it is shown "
        "already, go to another song and back.",
    )
    return Verdict(False if told else None, found, expected, found, advice)


class _Channels(Watch):
    """Counts notes, and remembers the channels on which they came."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.notes = 0
        self.channels: set[int] = set()

    def take(self, item: Item, at: float) -> Notice:
        del at
        if not is_note(item):
            return Notice.NOTHING
        message = message_of(item)
        assert message is not None
        self.notes += 1
        fresh = message.channel + 1 not in self.channels
        self.channels.add(message.channel + 1)
        return Notice.NEWS if fresh else Notice.CHANGE

    @property
    def complete(self) -> bool:
        return self.wanted in self.channels

    @property
    def note(self) -> str:
        where = ", ".join(str(channel) for channel in sorted(self.channels))
        return f"{counted(self.notes, 'note')}{f' on channel {where}' if where else ''}"


@check(
    "track-channel",
    "song",
    "track",
    "channel",
    proves=("song {song} track {track} channel = {channel}",),
    listens=True,
)
async def track_channel(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the track is on the MIDI channel, and a key that is then played comes on it.

    In SEQ mode the keys play on the channel of the track that is chosen on the panel, so this
    proves the choice too; the mode is asked for after the note.
    """
    song, track = place(context)
    wanted = number(context, "channel", 1, 16)
    channel = await channel_of(instrument, context, song, track)
    where = f"song {song} track {track + 1}"
    expected, found = f"{where} on channel {wanted}", f"{where} is on channel {channel}"
    if channel != wanted:
        return Verdict(False, found, expected, found, other_channel(expected, found))
    watch = _Channels(wanted)
    hearing = await hear(instrument, context, watch)
    expected += f", and a note on channel {wanted} in SEQ mode"
    found += f"; {watch.note}"
    if not hearing.received:
        return unheard(hearing, expected)
    if watch.complete:
        mode = (await require_ready(instrument)).mode
    else:
        mode = await mode_now(instrument)
    found += f", mode {mode.label if mode is not None else 'unknown'}"
    if not watch.complete or mode is not Mode.SEQUENCER:
        advice = not_played(expected, found, mode, notes=watch.notes)
        return Verdict(False, found, expected, found, advice)
    return Verdict(True, found, expected, found)
