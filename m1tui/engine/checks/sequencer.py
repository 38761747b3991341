"""The sequencer's memory: how much is free, which songs and tracks hold steps, on which channel.

What a step means is in no public manual, so steps are counted and compared; of their form only
the mark of a note is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from m1tui.advice import Advice, Trouble, listed
from m1tui.engine.checks.listening import counted
from m1tui.engine.checks.registry import (
    NOTHING_WRITTEN,
    PROTECT_RULED_OUT,
    Against,
    CheckContext,
    check,
    number,
    read_internal,
    require_ready,
)
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import PROTECT_OFF
from m1tui.facts import CHANGED, ERASED, MISHAP, Verdict
from m1tui.sysex import Allocation, Mode, Part, Sequence, printable
from m1tui.sysex.sequence import (
    PATTERNS,
    SONGS,
    STEP_SIZE,
    TRACKS,
    Song,
    TrackChannel,
    TrackSound,
)

_NOTE = 0x80
MOST_NAMED = 4
"""Changed patterns that are named; of more only how many they are is said."""
SAVED_LAST = "The file that was saved last in this run"
"""How advice calls a file whose name a check does not know: the report names it."""
SAVED = f"{SAVED_LAST} contains all songs and patterns as they were when it was saved."
BRING_BACK = (
    'To bring them back, do "Data dump from the computer" with that file. That also undoes what '
    "has been recorded or erased since."
)
"""How what was changed by mistake comes back: said wherever the change is, at the end, too."""
OTHER_SELECTED = "The keys were pressed while another song or track was selected."
OTHER_TRACK = "other-track-given-program"
"""The code of advice where the step's keys have changed another track, and would do so again."""
OTHER_PAGE = "The keys were pressed on another page, which changed settings of the chosen song."
LOW = 0.35
"""The guide's "<35%Free": what is recorded then has no room in 4,400 steps."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What was changed beside what was chosen, since it was saved."""

    named: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    """The songs, tracks and patterns of them that had steps and have none now."""
    own_settings: bool = False
    """Whether it is nothing but settings of the chosen song."""
    mishaps: tuple[str, ...] = ()
    """The same for an owner: 'song 0 "Workbench" (tracks 1 to 4) was erased'."""

    def __bool__(self) -> bool:
        return bool(self.named)

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """Return the value of a verdict that says what was changed, none for nothing."""
        return ((CHANGED, ", ".join(self.named)), *self.told) if self.named else ()

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """Return the values of a verdict that passed all the same."""
        return tuple((MISHAP, one) for one in self.mishaps)

    @property
    def safe(self) -> str:
        """Return what contains it as it was, and how it comes back."""
        return f"{SAVED} {BRING_BACK}" if self.named else NOTHING_WRITTEN


async def _read(instrument: Instrument, context: CheckContext) -> tuple[Sequence, Allocation]:
    """Return the sequence and the allocation that gives it room; raises Trouble."""
    await require_ready(instrument)
    contents = await read_internal(instrument, context, Part.SEQUENCE)
    assert contents.sequence is not None
    return contents.sequence, contents.allocation or Allocation.LARGE_PROGRAM


async def _read_tracks(instrument: Instrument, context: CheckContext) -> Sequence:
    """Return a sequence whose steps can be told by track; raises Trouble."""
    sequence, _ = await _read(instrument, context)
    if not sequence.offsets_are_sound:
        raise Trouble(unsound())
    return sequence


def _free(sequence: Sequence, allocation: Allocation) -> str:
    percent = sequence.free_percent(allocation.steps)
    return f"{percent} % free, {sequence.step_count:,} of {allocation.steps:,} steps used"


@check("sequencer-free", proves=("sequencer = 100 % free",))
async def sequencer_free(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if not one step of the sequencer's memory is used."""
    sequence, allocation = await _read(instrument, context)
    found, expected = _free(sequence, allocation), "100 % free, no steps used"
    if not sequence.step_count:
        return Verdict(True, found, expected, found)
    changed = f"allocation = {Allocation.LARGE_PROGRAM.label}" in context.meant | context.proved
    return Verdict(False, found, expected, found, not_free(found, changed=changed))


@check("sequencer-below-35", proves=("sequencer = less than 35 % free",))
async def sequencer_below_35(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if less than 35 % of the sequencer's memory is free."""
    sequence, allocation = await _read(instrument, context)
    found, expected = _free(sequence, allocation), "less than 35 % free"
    if 1 - sequence.step_count / allocation.steps < LOW:
        return Verdict(True, found, expected, found)
    more = int(allocation.steps * (1 - LOW)) - sequence.step_count + 1
    return Verdict(False, found, expected, found, not_full(found, more))


@check("song-empty", "song", proves=("song {song} = erased",), against=Against.INTERNAL_BACKUPS)
async def song_empty(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the song has no steps on any track.

    What else was changed since the first backup of this run goes with the verdict, as advice; so
    does that the song had no steps then.
    """
    song = number(context, "song", 0, SONGS - 1)
    sequence, first = await _read_tracks(instrument, context), _first(context)
    used = [str(track + 1) for track in range(TRACKS) if _count(sequence, song, track)]
    where = f" on track{'s' if len(used) > 1 else ''} {', '.join(used)}" if used else ""
    name = printable(sequence.songs[song].name).strip()
    steps = _steps(_song_count(sequence, song)) + where
    found = f'song {song} "{name}" has {steps}'
    expected = f"song {song} without steps"
    others = _beside(sequence, first, song)
    if used:
        advice = song_not_empty(steps, song, others, context.unprotected)
        return Verdict(False, found, expected, found, advice, values=others.values)
    if first is None or not first.offsets_are_sound or _song_count(first, song):
        return _with(others, found, expected, _named_first(first, song))
    return _was_empty("song", found, expected, others)


@check(
    "track-empty",
    "song",
    "track",
    proves=("song {song} track {track} = erased",),
    against=Against.INTERNAL_BACKUPS,
)
async def track_empty(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the track has no steps.

    What else was changed since the first backup of this run, on the song's other tracks, too, goes
    with the verdict, as advice; so does that the track had no steps then.
    """
    song, track = place(context)
    sequence, first = await _read_tracks(instrument, context), _first(context)
    count = _count(sequence, song, track)
    found = f"song {song} track {track + 1} has {_steps(count)}"
    expected = f"song {song} track {track + 1} without steps"
    others = _beside(sequence, first, song, track)
    if count:
        advice = track_not_empty(_steps(count), song, track + 1, others, context.unprotected)
        return Verdict(False, found, expected, found, advice, values=others.values)
    if first is None or not first.offsets_are_sound or _count(first, song, track):
        return _with(others, found, expected, f"{_named_first(first, song)}, track {track + 1}")
    return _was_empty("track", found, expected, others)


def _was_empty(what: str, found: str, expected: str, others: Beside) -> Verdict:
    """Return the verdict where there was nothing to erase: perhaps another one was meant."""
    found = f"{found}; it had none when it was saved"
    advice = others_changed(others) or was_empty_before(what)
    return Verdict(True, found, expected, found, advice, values=others.told)


def _named_first(first: Sequence | None, song: int) -> str:
    """Return a song with the name that it had when it was saved, without one where it was not."""
    name = printable(first.songs[song].name).strip() if first is not None else ""
    return f'song {song} "{name}"' if name else f"song {song}"


def _with(others: Beside, found: str, expected: str, erased: str = "") -> Verdict:
    """Return the verdict of a step that is done, with what else was changed."""
    values = (*((ERASED, one) for one in (erased,) if one), *others.told)
    return Verdict(True, found, expected, found, others_changed(others), values=values)


@check(
    "track-recorded",
    "song",
    "track",
    proves=("song {song} track {track} = recorded",),
    against=Against.INTERNAL_BACKUPS,
)
async def track_recorded(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the track has notes, and others than in the first sequence saved in this run.

    What else was changed in other songs and in patterns since then goes with the verdict, as
    advice.
    A recording in which nothing is played may leave bars, and those are no notes.
    """
    song, track = place(context)
    sequence = await _read_tracks(instrument, context)
    now = _notes(sequence, song, track)
    first = _first(context)
    before = _notes(first, song, track) if first is not None else b""
    found = f"song {song} track {track + 1} has {_counted(now)}"
    expected = f"notes in song {song} track {track + 1}"
    if first is not None:
        expected += f", other than the {len(before) // STEP_SIZE:,} there before" if before else ""
        found += f"; {_counted(before)} before" + (", the same" if now and now == before else "")
    if now and now != before:
        return _with(_beside(sequence, first, song), found, expected)
    advice = not_recorded(expected, found, context.unprotected)
    return Verdict(False, found, expected, found, advice)


@check(
    "track-program",
    "song",
    "track",
    "program",
    proves=("song {song} track {track} program = {program}",),
    explained_by=Against.INTERNAL_BACKUPS,
)
async def track_program(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the track plays the internal program.

    Which other tracks play another program than in the first sequence saved in this run, though no
    step before was to give them one, says where the keys went.
    """
    song, track = place(context)
    wanted = number(context, "program", 0, 99)
    sequence, _ = await _read(instrument, context)
    program = sequence.songs[song].sounds[track].program
    where = f"song {song} track {track + 1}"
    found, expected = f"{where} plays program {program:02d}", f"{where} plays program {wanted:02d}"
    if program == wanted:
        return Verdict(True, found, expected, found)
    first = _first(context)
    touched = first is not None and first.songs[song].sounds[track].program != program
    # Keys that have changed this track lead to it, whatever they changed before.
    others = () if touched else _programs_beside(sequence, first, song, track, context.meant)
    advice = (
        other_track(expected, found, others, context.led_by)
        if others
        else other_program(expected, found, context.led_by)
    )
    return Verdict(False, found, expected, found, advice)


def _programs_beside(
    sequence: Sequence, first: Sequence | None, song: int, track: int, meant: frozenset[str]
) -> tuple[str, ...]:
    """Return which other tracks play another program than in `first`, unless that was `meant`."""
    if first is None:
        return ()
    named = []
    for at in range(SONGS):
        for one in range(TRACKS):
            before = first.songs[at].sounds[one].program
            now = sequence.songs[at].sounds[one].program
            where = f"song {at} track {one + 1}"
            chosen = any(said.startswith(f"{where} program = ") for said in meant)
            if now != before and (at, one) != (song, track) and not chosen:
                named.append(f"{where} plays program {now:02d} now, {before:02d} before")
    return tuple(named)


@check(
    "track-channel-set",
    "song",
    "track",
    "channel",
    proves=("song {song} track {track} channel = {channel}",),
)
async def track_channel_set(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the track is on the MIDI channel, whatever is chosen on the panel."""
    song, track = place(context)
    wanted = number(context, "channel", 1, 16)
    channel = await channel_of(instrument, context, song, track)
    where = f"song {song} track {track + 1}"
    expected, found = f"{where} on channel {wanted}", f"{where} is on channel {channel}"
    if channel == wanted:
        return Verdict(True, found, expected, found)
    return Verdict(False, found, expected, found, other_channel(expected, found))


async def channel_of(instrument: Instrument, context: CheckContext, song: int, track: int) -> int:
    """Return a track's MIDI channel, 1–16; `song` 0–9, `track` 0–7. Raises Trouble."""
    sequence, _ = await _read(instrument, context)
    channel: int = sequence.songs[song].channels[track].channel
    return channel + 1


def place(context: CheckContext) -> tuple[int, int]:
    """Return song and track of the context, both counted from 0; raises Trouble."""
    return number(context, "song", 0, SONGS - 1), number(context, "track", 1, TRACKS) - 1


def _notes(sequence: Sequence, song: int, track: int) -> bytes:
    """Return the steps of a track that are notes: bit 7 of the second byte, in all real dumps."""
    steps = sequence.track_steps(song, track)
    each = (steps[at : at + STEP_SIZE] for at in range(0, len(steps), STEP_SIZE))
    return b"".join(step for step in each if step[1] & _NOTE)


def _counted(notes: bytes) -> str:
    return counted(len(notes) // STEP_SIZE, "note")


def _count(sequence: Sequence, song: int, track: int) -> int:
    return len(sequence.track_steps(song, track)) // STEP_SIZE


def _first(context: CheckContext) -> Sequence | None:
    """Return the first sequence that was saved in this run."""
    return next((one.sequence for one in context.backups.values() if one.sequence), None)


def _beside(
    sequence: Sequence, first: Sequence | None, song: int, track: int | None = None
) -> Beside:
    """Return which songs, tracks and patterns beside the chosen one are not as in `first`.

    Without a `track`, counted from 0, the whole song is the chosen one.
    """
    if first is None or not first.offsets_are_sound:
        return Beside()
    named, emptied, mishaps = [], [], []
    own = True
    for other in range(SONGS):
        mine = other == song
        if mine and track is None:
            continue
        changed = _ChangedSong.of(sequence, first, other, track if mine else None)
        if changed.text:
            named.append(changed.text)
            mishaps.append(changed.mishap)
            emptied += [changed.emptied] if changed.emptied else []
            own = own and mine and not changed.tracks
    patterns = _changed_patterns(sequence, first)
    if patterns:
        mishaps.append(_said_of_patterns(patterns))
    named += patterns if len(patterns) <= MOST_NAMED else [f"{len(patterns)} patterns"]
    gone = [one for one in patterns if one.endswith(_EMPTY_NOW)]
    emptied += (
        [one.removesuffix(_EMPTY_NOW) for one in gone]
        if len(gone) <= MOST_NAMED
        else [f"{len(gone)} patterns"]
    )
    own = bool(named) and own and not patterns
    return Beside(tuple(named), tuple(emptied), own, tuple(mishaps))


def _said_of_patterns(patterns: list[str]) -> str:
    """Return as a clause for an owner what was done to patterns."""
    done = "erased" if all(one.endswith(_EMPTY_NOW) for one in patterns) else "changed"
    if len(patterns) > MOST_NAMED:
        return f"{len(patterns)} patterns were {done}"
    names = [one.removesuffix(_EMPTY_NOW) for one in patterns]
    return f"{listed(names)} {'were' if len(names) > 1 else 'was'} {done}"


_EMPTY_NOW = " (empty now)"


def _changed_patterns(sequence: Sequence, first: Sequence) -> list[str]:
    def now(number: int) -> str:
        emptied = first.pattern_steps(number) and not sequence.pattern_steps(number)
        return _EMPTY_NOW if emptied else ""

    return [
        f"pattern {number:02d}{now(number)}"
        for number in range(PATTERNS)
        if first.patterns[number] != sequence.patterns[number]
        or first.pattern_steps(number) != sequence.pattern_steps(number)
    ]


@dataclass(frozen=True, slots=True)
class _ChangedSong:
    """What of a song is not as it was saved."""

    text: str = ""
    """All of it in words, empty for nothing."""
    tracks: tuple[int, ...] = ()
    """The tracks, counted from 0."""
    emptied: str = ""
    """What of it had steps and has none now, in words."""
    mishap: str = ""
    """All of it as a clause for an owner."""

    @classmethod
    def of(cls, sequence: Sequence, first: Sequence, song: int, chosen: int | None) -> _ChangedSong:
        """Compare the song in both but for the track `chosen`, counted from 0; None for none."""
        tracks = tuple(
            track
            for track in range(TRACKS)
            if first.track_steps(song, track) != sequence.track_steps(song, track)
            and track != chosen
        )
        settings = _settings(first, song, chosen) != _settings(sequence, song, chosen)
        if not (tracks or settings):
            return cls()
        # Which programs its tracks play belongs to the song's settings.
        unused = not (tracks or _song_count(first, song))
        name = f'song {song} "{printable(first.songs[song].name).strip()}"'
        which = _ranged([track + 1 for track in tracks]) if tracks else ""
        of_tracks = f", {which}" if tracks else ""
        of_settings = (", and its settings" if tracks else " settings") if settings else ""
        gone = bool(tracks) and not any(_count(sequence, song, track) for track in tracks)
        whole = chosen is None and not _song_count(sequence, song)
        emptied = (name if whole else f"{which} of {name}") if gone else ""
        said = _EMPTY_NOW if gone else ""
        done = "erased" if gone else "changed"
        empty = ", which was empty," if unused else ""
        mishap = (
            f"{name} ({which}) was {done}"
            if tracks
            else f"the settings of {name}{empty} were changed"
        )
        said = " (it had no steps)" if unused else said
        return cls(f"{name}{of_tracks}{of_settings}{said}", tracks, emptied, mishap)


def _ranged(tracks: list[int]) -> str:
    """Return tracks as an owner reads them: "track 3", "tracks 1, 2 and 5", "tracks 1 to 4"."""
    if len(tracks) > 2 and tracks == list(range(tracks[0], tracks[-1] + 1)):
        return f"tracks {tracks[0]} to {tracks[-1]}"
    return f"track{'s' if len(tracks) > 1 else ''} {listed([str(one) for one in tracks])}"


def _settings(sequence: Sequence, song: int, chosen: int | None) -> Song:
    """Return a song's settings but for those of the chosen track, counted from 0; None for none."""
    settings = sequence.songs[song]
    if chosen is None:
        return settings
    channels, sounds, flags = list(settings.channels), list(settings.sounds), list(settings.flags)
    channels[chosen], sounds[chosen] = TrackChannel.blank(), TrackSound.blank()
    flags[chosen] = 0
    return settings.replace(channels=tuple(channels), sounds=tuple(sounds), flags=bytes(flags))


def _song_count(sequence: Sequence, song: int) -> int:
    return sum(_count(sequence, song, track) for track in range(TRACKS))


def _steps(count: int) -> str:
    return counted(count, "step")


def unsound() -> Advice:
    """Return the advice for a sequence whose tracks cannot be told apart."""
    return Advice(
        code="sequence-not-sound",
        happened="The sequence's steps could not be assigned to tracks: expected track starts in "
        "ascending order up to the last step, found another order or "
        "another end.",
        safe=NOTHING_WRITTEN,
        cause="The sequencer's memory is damaged, for example by a weak battery.",
        next_step="Back it up, then free the sequencer's memory or restore a backup.",
    )


def not_free(found: str, *, changed: bool) -> Advice:
    """Return the advice for a sequencer that still holds something.

    `changed` says that the steps before it have changed the allocation, which frees it.
    """
    if changed:
        cause = (
            "Changing the allocation back to 100/100 may not destroy everything: perhaps only "
            "what does not fit in 4,400 steps."
        )
        then = "Change to 50/50, record until less than 35 % is free, then change back."
    else:
        cause = "The steps that free it were not done: an answer led past them."
        then = (
            "Go back with b, and change that answer with r. The steps then also save what they "
            "destroy."
        )
    return Advice(
        code="sequencer-not-free",
        happened=f"The sequencer is not free: expected 100 % free, found {found}.",
        safe=NOTHING_WRITTEN,
        cause=cause,
        next_step=then,
    )


def not_full(found: str, more: int) -> Advice:
    """Return the advice for a sequencer that holds too little for the guide's trick."""
    return Advice(
        code="sequencer-not-full",
        happened=f"Too much memory is still free: expected less than 35 %, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="What was played has not filled the memory yet, or the M1 was not recording.",
        next_step=f"Press REC and START/STOP and keep playing: about {more:,} more steps are "
        "needed. Aftertouch fills the memory fastest.",
    )


def song_not_empty(found: str, song: int, others: Beside, unprotected: bool) -> Advice:
    """Return the advice for a song that is not erased; `others` were changed instead.

    `unprotected` says that memory protect was proved off in this run.
    """
    off = "" if unprotected else f"Turn memory protect off ({PROTECT_OFF}). "
    return Advice(
        code="song-not-empty",
        happened=f"Song {song} was not erased: expected no steps, found {found}.{_instead(others)}",
        safe=others.safe,
        cause=OTHER_PAGE
        if others.own_settings
        else OTHER_SELECTED
        if others
        else f"The second G was not pressed, or another song was chosen. {PROTECT_RULED_OUT}"
        if unprotected
        else "The second G was not pressed, another song was chosen, or memory protect is on "
        "for the sequence.",
        next_step=f"{_back_first(others)}{off}Press SEQ 3 +, "
        f"then UP or DOWN until the display shows song {song}, and then G G.",
    )


def track_not_empty(found: str, song: int, track: int, others: Beside, unprotected: bool) -> Advice:
    """Return the advice for a track, from 1, that is not erased; `others` were changed instead."""
    off = "" if unprotected else f"Turn memory protect off ({PROTECT_OFF}). "
    return Advice(
        code="track-not-empty",
        happened=f"Song {song} track {track} was not erased: expected no steps, found {found}."
        f"{_instead(others)}",
        safe=others.safe,
        cause=OTHER_PAGE
        if others.own_settings
        else OTHER_SELECTED
        if others
        else "The second G was not pressed, or another song or track was chosen. "
        f"{PROTECT_RULED_OUT}"
        if unprotected
        else "The second G was not pressed, another song or track was chosen, or memory protect is "
        "on for the sequence.",
        next_step=f"{_back_first(others)}{off}Press SEQ B, "
        f"then UP or DOWN until the display shows song {song}. Press SEQ 4 + +, then UP or DOWN "
        f"until it shows track {track}, and then G G.",
    )


def _back_first(others: Beside) -> str:
    """Return that what was changed instead comes back first, which may not be wanted."""
    return "Bring back what was changed, or continue without it. " if others else ""


def _instead(others: Beside) -> str:
    return f" Changed since they were saved: {'; '.join(others.named)}." if others else ""


def was_empty_before(what: str) -> Advice:
    """Return the advice for a song or a track in which there was nothing to erase."""
    return Advice(
        code="was-empty-before",
        happened=f"There was nothing to erase: the {what} was already empty when it was saved.",
        safe=SAVED,
        cause=f"You meant another {what}, or this one had already been erased.",
        next_step=f"If you meant another {what}, go back to the step that asks for it, choose it "
        "there, and erase it.",
    )


def not_recorded(expected: str, found: str, unprotected: bool) -> Advice:
    """Return the advice for a track that took nothing."""
    off = "" if unprotected else f"Turn memory protect off ({PROTECT_OFF}). "
    return Advice(
        code="track-not-recorded",
        happened=f"No new notes were recorded: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="REC was not pressed before START/STOP, or another song or track was chosen. "
        f"{PROTECT_RULED_OUT}"
        if unprotected
        else "REC was not pressed before START/STOP, another song or track was chosen, or "
        "memory protect is on for the sequence.",
        next_step=f"{off}Press SEQ, choose the song and the track, press "
        "REC, then START/STOP, play, and press START/STOP.",
    )


def others_changed(others: Beside) -> Advice | None:
    """Return the advice where more was changed than what was chosen, None where nothing was."""
    if not others:
        return None
    return Advice(
        code="other-songs-changed",
        happened=f"Also changed: {'; '.join(others.named)}. Expected no other change since the "
        "songs were saved.",
        safe=others.safe,
        cause=OTHER_PAGE
        if others.own_settings
        else f"{OTHER_SELECTED} Pressing SEQ does not select the song again.",
        next_step=_decide(others.emptied)
        if others.emptied
        else "Listen to what was changed, and decide whether to bring it back.",
    )


def _decide(emptied: tuple[str, ...]) -> str:
    """Return what to do about what is empty now: nobody can listen to it."""
    verb, it = ("are", "them") if len(emptied) > 1 else ("is", "it")
    named = listed(emptied)
    return f"{named[0].upper()}{named[1:]} {verb} empty now: decide whether to bring {it} back."


def other_channel(expected: str, found: str) -> Advice:
    """Return the advice for a track on another channel."""
    return Advice(
        code="track-on-other-channel",
        happened=f"The track is on the wrong channel: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Another song or track was chosen, or its channel was not changed.",
        next_step="Choose the track in SEQ mode. If it is the right one, go back and enter the "
        "channel that it has, or change its channel in the M1, then check again.",
    )


def not_played(expected: str, found: str, mode: Mode | None, *, notes: int) -> Advice:
    """Return the advice for keys that do not play on the track's channel.

    `mode` is the one that the M1 is then in, None where that is not known; `notes` were heard.
    """
    return Advice(
        code="track-not-played",
        happened=f"The keys do not play the track: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Another track is chosen on the panel, the M1 is not in SEQ mode, or no key was "
        "played."
        if mode is None
        else f"The M1 is in {mode.label} mode, in which keys do not play a track."
        if mode is not Mode.SEQUENCER
        else "Another track is chosen on the panel."
        if notes
        else "No key was played.",
        next_step="Press SEQ and C, choose the track with UP or DOWN, then play a key.",
    )


def other_program(expected: str, found: str, led_by: tuple[str, ...]) -> Advice:
    """Return the advice for a track that plays another program; `led_by` lead to the track."""
    return Advice(
        code="track-with-other-program",
        happened=f"The track has the wrong program: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Another song or track was chosen, or UP or DOWN was not pressed often enough.",
        next_step="If the display shows another song or track, "
        f"{_go_back(led_by)} first. Then press F, and choose the program with UP or DOWN.",
    )


def other_track(
    expected: str, found: str, others: tuple[str, ...], led_by: tuple[str, ...]
) -> Advice:
    """Return the advice where `others` were given a program; `led_by` lead to the right track."""
    return Advice(
        code="other-track-given-program",
        happened=f"Another track was given a program: expected {expected}, found {found}. But "
        f"{'; '.join(others)}.",
        safe=SAVED,
        cause=f"{OTHER_SELECTED} These keys do not select the track.",
        next_step="Give the other track its program back: press F, then UP or DOWN until the "
        f"display shows the number it had before. Then {_go_back(led_by)} before you press this "
        "step's keys again.",
    )


def _go_back(led_by: tuple[str, ...]) -> str:
    """Return how the song and the track are selected, as a clause."""
    if not led_by:
        return "choose the song and the track"
    named = [f'"{one}"' for one in led_by]
    keys = "their keys" if len(led_by) > 1 else "its keys"
    return f"go back to {listed(named)} and press {keys} again"
