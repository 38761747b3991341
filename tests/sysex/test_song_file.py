"""Songs as Standard MIDI Files: read by mido and by a reader of the tests' own, and the same."""

from collections.abc import Callable
from io import BytesIO

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.sysex import Contents, Program, Sequence, SequenceControl
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.sequence import TrackSound
from m1tui.sysex.song_file import SongFile, notes_in, song_file, song_files
from m1tui.sysex.steps import Note, play
from tests.midi_reader import SIGNATURE, TEMPO, ReadFile, Sounded, read_midi_file
from tests.sysex.strategies import records
from tests.sysex.test_steps import STEPS, sequence_of, steps

MEASURES = "00 60 00 00 01 60 00 00"
END_STEP = bytes.fromhex("C0 70 00 00")


def memory(
    tracks: dict[int, bytes], patterns: dict[int, bytes] | None = None, **song: object
) -> Contents:
    """Return a memory with one song, and a program I03 for its first track."""
    sequence = sequence_of(tracks, patterns)
    sound = TrackSound.blank().replace(program=3, level=99, pan=10, transpose=12, detune=-5)
    sounds = (sound, *sequence.songs[0].sounds[1:])
    first = sequence.songs[0].replace(name="Waltz/*?", sounds=sounds, **song)
    control = sequence.control.replace(songs=(first, *sequence.songs[1:]))
    programs = [Program.blank()] * 100
    programs[3] = Program.blank().replace(name="Reed Pump")
    return Contents(programs=tuple(programs), sequence=Sequence(control, sequence.steps))


def read(file: SongFile) -> ReadFile:
    return read_midi_file(file.data)


def test_a_song_becomes_a_file_with_its_tempo_measure_and_names():
    track = steps(MEASURES + "00 C4 30 78") + END_STEP
    file = song_file(memory({0: track, 4: track}, tempo=100), 0)
    found = read(file)
    assert (found.format, found.ticks_per_beat) == (1, 48)
    assert [one.name for one in found.tracks] == ["Waltz/*?", "1 I03 Reed Pump", "5 I00"]
    assert int.from_bytes(found.meta(TEMPO), "big") == 600_000
    assert found.meta(SIGNATURE)[:2] == bytes([4, 2])
    assert {one.ticks for one in found.tracks} == {384}
    assert (file.file_name, file.notes, file.ticks) == ("0 Waltz_.mid", 2, 384)


@pytest.mark.parametrize(
    ("ticks", "signature"),
    [(0x90, (3, 2)), (0xF0, (5, 2)), (0xA8, (7, 3)), (0x24, (3, 4))],
    ids=["3/4", "5/4", "7/8", "3/16"],
)
def test_the_time_signature_is_what_the_last_measure_says(ticks, signature):
    track = steps(MEASURES) + bytes([ticks, 0x70, 0, 0])
    found = read(song_file(memory({0: track}), 0))
    assert tuple(found.meta(SIGNATURE)[:2]) == signature
    assert found.tracks[0].ticks == 2 * ticks


def test_a_measure_without_a_time_signature_says_so():
    track = steps(MEASURES) + bytes([0xC1, 0x70, 0, 0])
    file = song_file(memory({0: track}), 0)
    assert "A measure of 193 ticks has no time signature; none was written." in file.left_out
    assert not [meta for meta in read(file).tracks[0].metas if meta[1] == SIGNATURE]


def test_a_track_begins_with_its_program_level_and_pan():
    file = song_file(memory({0: steps(MEASURES) + END_STEP}), 0)
    track = read(file).tracks[1]
    assert [message for _, message in track.messages] == [
        bytes([0xC0, 3]),
        bytes([0xB0, 7, 127]),
        bytes([0xB0, 10, 127]),
    ]
    (text,) = track.texts
    assert text == "Program I03 Reed Pump, level 99, transpose +12, detune -5, pan B"


def test_a_pan_to_another_output_or_of_a_drum_kit_is_text_only():
    contents = memory({0: steps(MEASURES) + END_STEP})
    assert contents.sequence is not None
    control = contents.sequence.control
    for change, text in (({"pan": 11}, "pan C"), ({"instrument": True}, "pan set by the drum kit")):
        song = control.songs[0]
        sounds = (song.sounds[0].replace(**change), *song.sounds[1:])
        songs = (song.replace(sounds=sounds), *control.songs[1:])
        changed = Sequence(control.replace(songs=songs), contents.sequence.steps)
        track = read(song_file(contents.replace(sequence=changed), 0)).tracks[1]
        assert not [message for _, message in track.messages if message[:2] == b"\xb0\x0a"]
        assert track.texts[0].endswith(text)


def test_ties_are_closed_and_patterns_are_played_out():
    tied = steps("00 60 00 00 90 C4 FE 79 01 60 00 00 FE C5 30 78") + END_STEP
    calls = steps("00 60 05 C0 01 60 05 C0") + END_STEP
    pattern = steps("00 60 00 00 0C C4 18 7C") + END_STEP
    found = read(song_file(memory({0: tied, 1: calls}, {5: pattern}), 0))
    assert found.tracks[1].notes == [Sounded(0x90, 240, 0, 60, 68)]
    assert found.tracks[2].notes == [Sounded(12, 36, 1, 62, 68), Sounded(204, 228, 1, 62, 68)]


def test_every_kind_of_change_is_a_message_before_the_notes_of_its_tick():
    track = (
        steps("00 60 00 00 00 C4 30 78 00 10 01 41 00 20 35 00 00 30 03 00 30 40 07 1E 30 C4 30 78")
        + END_STEP
    )
    found = read(song_file(memory({0: track}), 0)).tracks[1]
    assert found.messages[3:] == [
        (0, bytes([0xE0, 1, 0x41])),
        (0, bytes([0xD0, 0x35])),
        (0, bytes([0xC0, 3])),
        (0, bytes([0x90, 60, 68])),
        (48, bytes([0x80, 60, 64])),
        (48, bytes([0xB0, 7, 30])),
        (48, bytes([0x90, 60, 68])),
        (96, bytes([0x80, 60, 64])),
    ]
    assert "Program I03 Reed Pump" in found.texts


def test_a_key_that_is_struck_while_it_sounds_ends_first():
    track = steps("00 60 00 00 00 C4 60 78 00 C6 30 78 30 C4 60 78") + END_STEP
    file = song_file(memory({0: track}), 0)
    assert read(file).tracks[1].notes == [Sounded(0, 48, 0, 60, 68), Sounded(48, 144, 0, 60, 68)]
    doubled = "Notes that began together on one key became one note: 1 were left out."
    assert doubled in file.left_out


@pytest.mark.parametrize(
    ("text", "tracks", "song"),
    [
        ("The tempo is out of range: expected 40 to 208, found 9; 120 was written.", {}, {}),
        ("On the M1, song I05 follows; a MIDI file ends here.", {}, {"next_song": 5}),
        ("Steps of unknown form were left out: 1.", {1: "00 60 00 00 00 50 00 00"}, {}),
        (
            "Card programs are written with their number on the card, without the bank.",
            {1: "00 60 00 00 00 30 64 00"},
            {},
        ),
        (
            "Tracks 1, 2 share MIDI channel 1: the last program applies there.",
            {1: MEASURES},
            {},
        ),
    ],
)
def test_what_a_midi_file_cannot_contain_is_said_in_the_file_too(text, tracks, song):
    contents = memory({0: steps(MEASURES) + END_STEP} | {k: steps(v) for k, v in tracks.items()})
    assert contents.sequence is not None
    control = contents.sequence.control.songs[0].replace(**song)
    raw = bytearray(control.raw)
    if "tempo" in text:
        raw[17] = 9
    if "share" in text:
        raw[1] = raw[0]
    changed = bytes(raw) + contents.sequence.raw[96:]
    file = song_file(contents.replace(sequence=Sequence.from_raw(changed)), 0)
    assert text in file.left_out
    assert f"Note: {text}" in read(file).tracks[0].texts


def test_effects_stand_in_the_file_as_texts():
    texts = read(song_file(memory({0: steps(MEASURES) + END_STEP}), 0)).tracks[0].texts
    assert "Effect 1: through" in texts
    assert any("Effect 1 balance left 0" in text for text in texts)


def test_the_names_of_files_fit_every_file_system():
    contents = memory({0: steps(MEASURES) + END_STEP})
    assert contents.sequence is not None
    for name, file_name in (
        ("..", "0.mid"),
        ("a/b\\c:d", "0 a_b_c_d.mid"),
        ("Oh Yes!1", "0 Oh Yes!1.mid"),
    ):
        song = contents.sequence.songs[0].replace(name=name)
        control = contents.sequence.control
        control = control.replace(songs=(song, *control.songs[1:]))
        changed = Sequence(control, contents.sequence.steps)
        assert song_file(contents.replace(sequence=changed), 0).file_name == file_name


def test_only_songs_in_use_become_files():
    assert song_files(Contents()) == ()
    assert song_files(Contents(sequence=Sequence.empty())) == ()
    assert [one.number for one in song_files(memory({0: steps(MEASURES)}))] == [0]
    with pytest.raises(ValueError, match="expected a sequence, found none"):
        song_file(Contents(), 0)


@given(
    st.dictionaries(st.integers(0, 7), st.lists(STEPS, max_size=16).map(b"".join), max_size=3),
    st.lists(STEPS, max_size=8).map(b"".join),
)
def test_any_steps_make_a_file_in_which_every_note_ends(tracks, pattern):
    sequence = sequence_of(tracks, {1: pattern})
    file = song_file(Contents(sequence=sequence), 0)
    found = read(file)
    assert sum(len(track.notes) for track in found.tracks) == file.notes == notes_in(file.data)
    assert {track.ticks for track in found.tracks} == {file.ticks}


@given(records(SequenceControl), st.lists(STEPS, max_size=16).map(b"".join))
def test_any_settings_make_files_that_can_be_read(control, data):
    at = tuple(min(4 * index, len(data)) for index in range(180))
    sequence = Sequence(control.replace(offsets=(*at, len(data))), data)
    for file in song_files(Contents(sequence=sequence)):
        found = read(file)
        assert sum(len(track.notes) for track in found.tracks) == file.notes
        assert mido.MidiFile(file=BytesIO(file.data)).ticks_per_beat == 48
        assert file.file_name.isascii()
        assert "/" not in file.file_name


@pytest.mark.parametrize("data", [b"", b"MThd", b"MThd" + bytes(40), b"\xf0\x42\xf7"])
def test_what_is_no_midi_file_has_no_notes(data):
    assert notes_in(data) == 0


def test_six_real_songs_are_read_alike_by_two_readers(real_dump: Callable[[str], bytes]) -> None:
    contents = read_file(real_dump("factory-all.syx")).contents()
    sequence, programs = contents.sequence, contents.programs
    assert sequence is not None
    assert programs is not None
    files = song_files(contents)
    assert len(files) == 6
    for file in files:
        song, played = sequence.songs[file.number], play(sequence, file.number)
        own, theirs = read(file), mido.MidiFile(file=BytesIO(file.data))
        seconds = played.measures * 4 * 60 / song.tempo
        assert theirs.length == pytest.approx(seconds, abs=0.01)
        assert round(6e7 / int.from_bytes(own.meta(TEMPO), "big")) == song.tempo
        assert own.meta(SIGNATURE)[:2] == bytes([4, 2])
        assert own.tracks[0].name == song.name.rstrip() == theirs.tracks[0].name
        for track, mine, other in zip(
            played.tracks, own.tracks[1:], theirs.tracks[1:], strict=True
        ):
            sound = song.sounds[track.number]
            name = programs[sound.program].name.rstrip()
            assert mine.name == other.name == f"{track.number + 1} I{sound.program:02d} {name}"
            assert mine.ticks == played.measures * 192
            assert mine.messages[0][1][1] == sound.program
            ons = [one for one in other if one.type == "note_on"]
            offs = [one for one in other if one.type == "note_off"]
            assert len(ons) == len(offs) == len(mine.notes)
            starts = {(note.start, note.key) for note in track.notes}
            assert {(note.start, note.key) for note in mine.notes} == starts
            assert all(note.end <= mine.ticks for note in mine.notes)
            # Nothing was shortened but by its own key.
            longest = {(n.start, n.key): n for n in sorted(track.notes, key=_length)}
            again = sorted((note.key, note.start) for note in mine.notes)
            for note in mine.notes:
                meant = longest[note.start, note.key]
                following = [
                    start for key, start in again if key == note.key and start > note.start
                ]
                assert note.end == min([meant.start + meant.length, *following])


def _length(note: Note) -> int:
    return note.length
