"""The sequencer's memory: how much is free, which songs and tracks hold steps, on which channel.

What a step means is in no public manual, so steps are counted and compared; of their form only
the mark of a note is used.
"""

from __future__ import annotations

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks.listening import counted
from m1tui.engine.checks.registry import (
    NOTHING_WRITTEN,
    Against,
    CheckContext,
    check,
    number,
    read_internal,
    require_ready,
)
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import PROTECT_OFF
from m1tui.facts import Verdict
from m1tui.sysex import Allocation, Part, Sequence, printable
from m1tui.sysex.sequence import PATTERNS, SONGS, STEP_SIZE, TRACKS

_NOTE = 0x80
MOST_NAMED = 4
"""Changed patterns that are named; of more only how many they are is said."""
LOW = 0.35
"""The guide's "<35%Free": what is recorded then has no room in 4,400 steps."""


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
    return Verdict(False, found, expected, found, not_free(found))


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
    """Pass if the song has no steps on any track; name others that were erased since the backup."""
    song = number(context, "song", 0, SONGS - 1)
    sequence = await _read_tracks(instrument, context)
    counts = [_count(sequence, song, track) for track in range(TRACKS)]
    name = printable(sequence.songs[song].name).strip()
    used = [str(track + 1) for track, count in enumerate(counts) if count]
    where = f" on track {', '.join(used)}" if used else ""
    found = f'song {song} "{name}" has {_steps(sum(counts))}{where}'
    found += _erased_too(sequence, context, song)
    expected = f"song {song} without steps"
    if not used:
        return Verdict(True, found, expected, found)
    return Verdict(False, found, expected, found, song_not_empty(found))


@check(
    "track-empty",
    "song",
    "track",
    proves=("song {song} track {track} = erased",),
    against=Against.INTERNAL_BACKUPS,
)
async def track_empty(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the track has no steps.

    What else was changed in other songs and in patterns since the first backup of this run goes
    with the verdict, as advice.
    """
    song, track = place(context)
    sequence = await _read_tracks(instrument, context)
    count = _count(sequence, song, track)
    found = f"song {song} track {track + 1} has {_steps(count)}"
    expected = f"song {song} track {track + 1} without steps"
    if not count:
        return Verdict(True, found, expected, found, _beside(sequence, _first(context), song))
    return Verdict(False, found, expected, found, track_not_empty(found))


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
    expected = f"notes on song {song} track {track + 1}"
    if first is not None:
        expected += f", not the {len(before) // STEP_SIZE:,} from before"
        found += f"; {_counted(before)} before" + (", the same" if now and now == before else "")
    if now and now != before:
        return Verdict(True, found, expected, found, _beside(sequence, first, song))
    return Verdict(False, found, expected, found, not_recorded(expected, found))


@check(
    "track-program",
    "song",
    "track",
    "program",
    proves=("song {song} track {track} program = {program}",),
)
async def track_program(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the track plays the internal program."""
    song, track = place(context)
    wanted = number(context, "program", 0, 99)
    sequence, _ = await _read(instrument, context)
    program = sequence.songs[song].sounds[track].program
    where = f"song {song} track {track + 1}"
    found, expected = f"{where} plays program {program:02d}", f"{where} plays program {wanted:02d}"
    if program == wanted:
        return Verdict(True, found, expected, found)
    return Verdict(False, found, expected, found, other_program(expected, found))


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


def _erased_too(sequence: Sequence, context: CheckContext, wanted: int) -> str:
    """Return which songs beside the `wanted` one are empty and were not in the first backup."""
    first = _first(context)
    if first is None:
        return ""
    others = [
        f'song {song} "{printable(first.songs[song].name).strip()}"'
        for song in range(SONGS)
        if song != wanted and _filled(first, song) and not _filled(sequence, song)
    ]
    return f"; also erased, but in the backup: {', '.join(others)}" if others else ""


def _first(context: CheckContext) -> Sequence | None:
    """Return the first sequence that was saved in this run."""
    return next((one.sequence for one in context.backups.values() if one.sequence), None)


def _beside(sequence: Sequence, first: Sequence | None, wanted: int) -> Advice | None:
    """Return the advice where songs beside the `wanted` one, or patterns, are not as saved."""
    if first is None or not first.offsets_are_sound:
        return None
    others = [*_changed_songs(sequence, first, wanted), *_changed_patterns(sequence, first)]
    return others_changed(others) if others else None


def _changed_patterns(sequence: Sequence, first: Sequence) -> list[str]:
    found = [
        f"pattern {number:02d}"
        for number in range(PATTERNS)
        if first.patterns[number] != sequence.patterns[number]
        or first.pattern_steps(number) != sequence.pattern_steps(number)
    ]
    return found if len(found) <= MOST_NAMED else [f"{len(found)} patterns"]


def _changed_songs(sequence: Sequence, first: Sequence, wanted: int) -> list[str]:
    return [
        f'song {song} "{printable(first.songs[song].name).strip()}"'
        for song in range(SONGS)
        if song != wanted
        and (first.songs[song] != sequence.songs[song] or _other_steps(first, sequence, song))
    ]


def _other_steps(one: Sequence, other: Sequence, song: int) -> bool:
    return any(
        one.track_steps(song, track) != other.track_steps(song, track) for track in range(TRACKS)
    )


def _filled(sequence: Sequence, song: int) -> bool:
    return any(_count(sequence, song, track) for track in range(TRACKS))


def _steps(count: int) -> str:
    return counted(count, "step")


def unsound() -> Advice:
    """Return the advice for a sequence whose tracks cannot be told apart."""
    return Advice(
        code="sequence-not-sound",
        happened="The sequence's steps could not be assigned to tracks: expected track starts in "
        "ascending order up to the last step, found others.",
        safe=NOTHING_WRITTEN,
        cause="The sequencer's memory is damaged, for example by a weak battery.",
        next_step="Back it up, then free the sequencer's memory or restore a backup.",
    )


def not_free(found: str) -> Advice:
    """Return the advice for a sequencer that still holds something."""
    return Advice(
        code="sequencer-not-free",
        happened=f"The sequencer is not free: expected 100 % free, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Changing the allocation back to 100/100 may not destroy everything: perhaps only "
        "what does not fit in 4,400 steps.",
        next_step="Change to 50/50, record until less than 35 % is free, then change back.",
    )


def not_full(found: str, more: int) -> Advice:
    """Return the advice for a sequencer that holds too little for the guide's trick."""
    return Advice(
        code="sequencer-not-full",
        happened=f"Too much memory is still free: expected less than 35 %, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="What was played has not filled the memory yet, or the M1 was not recording.",
        next_step=f"Press REC and START/STOP and keep playing: about {more:,} more steps are "
        "needed. Aftertouch fills it fastest.",
    )


def song_not_empty(found: str) -> Advice:
    """Return the advice for a song that is not erased."""
    return Advice(
        code="song-not-empty",
        happened=f"The song was not erased: expected no steps, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The second G was not pressed, another song was chosen, or the sequence's memory "
        "protect is on.",
        next_step=f"Turn memory protect off ({PROTECT_OFF}). Then press SEQ 3 +, choose the song "
        "with UP or DOWN, then G G.",
    )


def track_not_empty(found: str) -> Advice:
    """Return the advice for a track that is not erased."""
    return Advice(
        code="track-not-empty",
        happened=f"The track was not erased: expected no steps, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The second G was not pressed, another song or track was chosen, or the sequence's "
        "memory protect is on.",
        next_step=f"Turn memory protect off ({PROTECT_OFF}). Then press SEQ 4 + +, choose the "
        "track with UP or DOWN, then G G.",
    )


def not_recorded(expected: str, found: str) -> Advice:
    """Return the advice for a track that took nothing."""
    return Advice(
        code="track-not-recorded",
        happened=f"Nothing was recorded there: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="REC was not pressed before START/STOP, another song or track was chosen, or the "
        "sequence's memory protect is on.",
        next_step=f"Turn memory protect off ({PROTECT_OFF}). Then press SEQ, choose the song and "
        "the track, press REC, then START/STOP, play, and press START/STOP.",
    )


def others_changed(others: list[str]) -> Advice:
    """Return the advice where songs or patterns were changed in which nothing was to be."""
    named = ", ".join(others)
    return Advice(
        code="other-songs-changed",
        happened="Songs or patterns other than the chosen one were changed: expected no change "
        f"since they were saved, found one in {named}.",
        safe="The file that was saved in this run contains all songs and patterns as they were.",
        cause="The steps' keys were pressed while another song was selected. Keys that lead back "
        "to SEQ mode do not choose the song again.",
        next_step="Listen to what was changed. To undo it, send the saved file to the M1; that "
        "also undoes what was recorded or erased since.",
    )


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


def not_played(expected: str, found: str) -> Advice:
    """Return the advice for keys that do not play on the track's channel."""
    return Advice(
        code="track-not-played",
        happened=f"The keys do not play the track: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Another track is chosen on the panel, the M1 is not in SEQ mode, or no key was "
        "played.",
        next_step="Press SEQ and C, choose the track with UP or DOWN, then play a key.",
    )


def other_program(expected: str, found: str) -> Advice:
    """Return the advice for a track that plays another program."""
    return Advice(
        code="track-with-other-program",
        happened=f"The track has the wrong program: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Another song or track was chosen, or the program was not changed far enough.",
        next_step="Choose the song and the track, press F, choose the program with UP or DOWN.",
    )
