"""A song as a Standard MIDI File, and what such a file cannot contain.

Format 1, 48 ticks a beat. The first track has the song's name, tempo, time signature and, as
texts, its effects and what was left out; then comes a track for each track of the M1 with steps,
its patterns played out and its ties closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, NamedTuple

import mido

from m1tui.sysex.contents import Contents
from m1tui.sysex.effects import Effects
from m1tui.sysex.forms.midi_file import LARGEST_MIDI_FILE
from m1tui.sysex.listing import program_name
from m1tui.sysex.sequence import Song, TrackSound
from m1tui.sysex.steps import (
    TICKS_PER_BEAT,
    Event,
    Form,
    Note,
    PlayedSong,
    PlayedTrack,
    play,
)

SLOWEST, FASTEST = 40, 208
"""Beats a minute that a song's tempo can have."""
_USUAL_TEMPO = 120
_PAN_STEPS = 10
"""Pan A is 0 and all left, B is 10 and all right; C, C+D and D behind them are other outputs."""
_BANK = 100
_VOLUME, _PAN = 7, 10
_SIGNATURES = ((TICKS_PER_BEAT, 4), (TICKS_PER_BEAT // 2, 8), (TICKS_PER_BEAT // 4, 16))
"""Ticks of a beat and the note that it is, the longest first."""
_UNFIT = re.compile(r"[^\w !#$%&'()+,.=@-]+", re.ASCII)
_ALWAYS = (
    "Programs are given by their numbers in this M1. The track names show which they are.",
    "Effects, track detune and transpose, and outputs C and D are written only as text.",
    "The key of a step is read as a MIDI note number; this is assumed.",
)


@dataclass(frozen=True, slots=True)
class SongFile:
    """A song's file, not yet on a disk."""

    number: int
    """0-9."""
    name: str
    """The song's name."""
    file_name: str
    """Such as "0 Oh Yes!1.mid", fit for every file system."""
    data: bytes
    notes: int
    """How many notes it contains."""
    ticks: int
    """Its length, 48 to a beat."""
    left_out: tuple[str, ...]
    """What a MIDI file cannot contain; the file says it, too."""


class _Timed(NamedTuple):
    """A message and when it comes; of the same time, the lower rank comes first."""

    tick: int
    rank: int
    message: Any


def song_files(contents: Contents) -> tuple[SongFile, ...]:
    """Return a file for each song in use; none where the contents have no sequence."""
    sequence = contents.sequence
    if sequence is None:
        return ()
    return tuple(song_file(contents, number) for number in sequence.songs_in_use)


def notes_in(data: bytes) -> int:
    """Return how many notes a Standard MIDI File contains; 0 for what is none, or is too large."""
    if not data.startswith(b"MThd") or len(data) > LARGEST_MIDI_FILE:
        return 0
    try:
        tracks = mido.MidiFile(file=BytesIO(data)).tracks
    except Exception:  # noqa: BLE001 - mido names no set of errors for damaged files
        return 0
    return sum(
        message.type == "note_on" and message.velocity > 0 for track in tracks for message in track
    )


def song_file(contents: Contents, number: int) -> SongFile:
    """Return the file of a song, 0-9; `contents` give its programs their names.

    Raises ValueError where the contents have no sequence.
    """
    sequence = contents.sequence
    if sequence is None:
        raise ValueError("expected a sequence, found none")
    song, played = sequence.songs[number], play(sequence, number)
    tracks = [_without_overlaps(track) for track in played.tracks]
    doubled = sum(
        len(old.notes) - len(new.notes) for old, new in zip(played.tracks, tracks, strict=True)
    )
    left_out = (*_ALWAYS, *_left_out(song, played, doubled))
    end = max([played.ticks, *(_end(track) for track in tracks)])
    chunks = [_first_track(song, number, played, left_out, end)]
    chunks += [_track(song, track, contents, end) for track in tracks]
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, tracks=chunks)
    data = BytesIO()
    file.save(file=data)
    name = song.name.strip()
    fit = _UNFIT.sub("_", name).strip(" .")
    notes = sum(len(track.notes) for track in tracks)
    file_name = f"{number} {fit}".rstrip() + ".mid"
    return SongFile(number, name, file_name, data.getvalue(), notes, end, left_out)


def _end(track: PlayedTrack) -> int:
    return max((_over(event) for event in track.events), default=0)


def _over(event: Event) -> int:
    return event.start + (event.length if isinstance(event, Note) else 0)


def _left_out(song: Song, played: PlayedSong, doubled: int) -> Iterator[str]:
    """Yield what this song loses beside what every song does."""
    if not SLOWEST <= song.tempo <= FASTEST:
        yield (
            f"The tempo is out of range: expected {SLOWEST} to {FASTEST}, found {song.tempo}; "
            f"{_USUAL_TEMPO} was written."
        )
    if _signature(played.measure_ticks) is None:
        yield f"A measure of {played.measure_ticks} ticks has no time signature; none was written."
    if song.next_song < 20:
        yield f"On the M1, song {song.shown(Song.next_song)} follows; a MIDI file ends here."
    if any(track.calls for track in played.tracks):
        yield "Patterns are written out as notes: the file does not say where each one began."
    unknown = sum(track.track.carried for track in played.tracks)
    if unknown:
        yield f"Steps of unknown form were left out: {unknown}."
    if doubled:
        yield f"Notes that began together on one key became one note: {doubled} were left out."
    cards = {
        event.first
        for track in played.tracks
        for event in track.events
        if not isinstance(event, Note) and event.form is Form.PROGRAM and event.first >= _BANK
    }
    cards |= {
        song.sounds[track.number].program
        for track in played.tracks
        if song.sounds[track.number].program >= _BANK
    }
    if cards:
        yield "Card programs are written with their number on the card, without the bank."
    by_channel: dict[int, list[int]] = {}
    for track in played.tracks:
        channel = song.channels[track.number].channel
        by_channel.setdefault(channel, []).append(track.number + 1)
    for channel, tracks in by_channel.items():
        if len(tracks) > 1:
            names = ", ".join(map(str, tracks))
            yield (
                f"Tracks {names} share MIDI channel {channel + 1}: the last program applies there."
            )


def _without_overlaps(track: PlayedTrack) -> PlayedTrack:
    """Return the track with a note ended where its key begins again, so that each off is clear."""
    last: dict[int, int] = {}
    events: list[Event] = []
    for event in track.events:
        if isinstance(event, Note):
            place = last.get(event.key)
            before = None if place is None else events[place]
            if isinstance(before, Note) and before.start + before.length > event.start:
                assert place is not None, "there is a note before"
                if before.start == event.start:
                    events[place] = max(before, event, key=lambda note: note.length)
                    continue
                events[place] = replace(before, length=event.start - before.start)
            last[event.key] = len(events)
        events.append(event)
    return replace(track, events=tuple(events))


def _first_track(
    song: Song, number: int, played: PlayedSong, left_out: tuple[str, ...], end: int
) -> Any:
    tempo = song.tempo if SLOWEST <= song.tempo <= FASTEST else _USUAL_TEMPO
    chunk = mido.MidiTrack()
    chunk.append(mido.MetaMessage("track_name", name=_latin(song.name.strip())))
    chunk.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
    signature = _signature(played.measure_ticks)
    if signature is not None:
        beats, of = signature
        chunk.append(mido.MetaMessage("time_signature", numerator=beats, denominator=of))
    texts = [f"Song {number} of a Korg M1", *_effects(song.effects)]
    texts += [f"Note: {text}" for text in left_out]
    chunk += [mido.MetaMessage("text", text=_latin(text)) for text in texts]
    chunk.append(mido.MetaMessage("end_of_track", time=end))
    return chunk


def _signature(measure_ticks: int) -> tuple[int, int] | None:
    """Return beats and what note a beat is; None where the ticks are no whole sixteenths."""
    found = ((measure_ticks // ticks, of) for ticks, of in _SIGNATURES if not measure_ticks % ticks)
    return next(found, None)


def _effects(effects: Effects) -> Iterator[str]:
    """Yield the effects in words: each with its parameters, then balance and routing."""
    values = list(effects.values())
    for number, kind in ((1, Effects.effect_1), (2, Effects.effect_2)):
        own = [
            f"{value.label.rpartition(': ')[2]} {value.shown}"
            for value in values
            if value.path.startswith(f"effect_{number}_parameters.")
        ]
        yield ", ".join([f"Effect {number}: {effects.shown(kind)}", *own])
    rest = (
        f"{value.label} {value.shown}"
        for value in values
        if "_parameters." not in value.path and not value.label.endswith(" type")
    )
    yield ", ".join(rest)


def _track(song: Song, track: PlayedTrack, contents: Contents, end: int) -> Any:
    sound, channel = song.sounds[track.number], song.channels[track.number].channel
    named = program_name(sound.program, contents)
    chunk = mido.MidiTrack()
    chunk.append(mido.MetaMessage("track_name", name=_latin(f"{track.number + 1} {named}")))
    text = f"Program {named}, " + ", ".join(_settings(sound))
    chunk.append(mido.MetaMessage("text", text=_latin(text)))
    chunk.append(mido.Message("program_change", channel=channel, program=_program(sound.program)))
    chunk.append(_control(channel, _VOLUME, min(round(sound.level * 127 / 99), 127)))
    if not sound.instrument and sound.pan <= _PAN_STEPS:
        chunk.append(_control(channel, _PAN, round(sound.pan * 127 / _PAN_STEPS)))
    now = 0
    for tick, _, message in sorted(_messages(track, channel, contents), key=lambda one: one[:2]):
        chunk.append(message.copy(time=tick - now))
        now = tick
    chunk.append(mido.MetaMessage("end_of_track", time=end - now))
    return chunk


def _settings(sound: TrackSound) -> Iterator[str]:
    for field in (TrackSound.level, TrackSound.transpose, TrackSound.detune):
        yield f"{field.label} {sound.shown(field)}"
    yield "pan set by the drum kit" if sound.instrument else f"pan {sound.shown(TrackSound.pan)}"


def _control(channel: int, controller: int, value: int) -> Any:
    return mido.Message("control_change", channel=channel, control=controller, value=value)


def _program(number: int) -> int:
    """Return the number of a program in its bank: 0-99, or what no bank has as far as 127."""
    return min(number % _BANK if number < 2 * _BANK else number, 127)


_OFF, _CHANGE, _ON = range(3)
"""Of the same tick: keys come up, then what changes, then keys go down."""


def _messages(track: PlayedTrack, channel: int, contents: Contents) -> Iterator[_Timed]:
    for event in track.events:
        start = event.start
        if isinstance(event, Note):
            on = mido.Message("note_on", channel=channel, note=event.key, velocity=event.velocity)
            yield _Timed(start, _ON, on)
            off = mido.Message("note_off", channel=channel, note=event.key)
            yield _Timed(start + event.length, _OFF, off)
        elif event.form is Form.BENDER:
            bend = (event.first | event.second << 7) - 0x2000
            yield _Timed(start, _CHANGE, mido.Message("pitchwheel", channel=channel, pitch=bend))
        elif event.form is Form.AFTERTOUCH:
            pressure = mido.Message("aftertouch", channel=channel, value=event.first)
            yield _Timed(start, _CHANGE, pressure)
        elif event.form is Form.CONTROL:
            yield _Timed(start, _CHANGE, _control(channel, event.first, event.second))
        else:
            text = _latin(f"Program {program_name(event.first, contents)}")
            yield _Timed(start, _CHANGE, mido.MetaMessage("text", text=text))
            number = _program(event.first)
            change = mido.Message("program_change", channel=channel, program=number)
            yield _Timed(start, _CHANGE, change)


def _latin(text: str) -> str:
    """Return a text in the characters that a MIDI file is usually read with."""
    return text.encode("latin-1", "replace").decode("latin-1")
