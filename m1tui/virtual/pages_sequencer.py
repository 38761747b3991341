"""The pages of SEQ.

Page 0 with its letters, erase song on 3-2 and erase track on 4-3 are the owner's guide's; what
stands on the sub-pages between them is a sketch.
"""

from __future__ import annotations

from m1tui.sysex.sequence import SONGS, TRACKS
from m1tui.virtual.page import Command, Holder, Page, PageField, numbers
from m1tui.virtual.steps import MOST_MEASURES
from m1tui.virtual.tempo import FASTEST, LONGEST_BEAT, SLOWEST

_LAST_SONG, _LAST_TRACK = SONGS - 1, TRACKS - 1
_NO_SONG = 20
"""What a song's next one is where there is none."""


def _tracks(number: str, title: str, name: str, low: int, high: int, shift: int = 0) -> Page:
    fields = (
        PageField(letter, "", Holder.SONG, name.format(track), low, high, shift=shift)
        for track, letter in enumerate("ABCDEFGH")
    )
    return Page(number, title, tuple(fields))


SEQUENCER_PAGES = (
    Page(
        "0-1",
        "SONG",
        (
            numbers("B", "SONG", Holder.SEQUENCER, "song", 0, _LAST_SONG),
            PageField("C", "Tr", Holder.SEQUENCER, "track", 0, _LAST_TRACK, shift=1),
            PageField("F", "PROG", Holder.SONG, "sounds[{track}].program", 0, 99, form="I{:02d}"),
            PageField("H", "MEAS", Holder.SEQUENCER, "measure", 1, MOST_MEASURES, form="M{:03d}"),
        ),
    ),
    _tracks("1-1", "TRACK LEVEL", "sounds[{}].level", 0, 99),
    _tracks("1-2", "TRACK PAN", "sounds[{}].pan", 0, 13),
    _tracks("2-1", "TRACK CHANNEL", "channels[{}].channel", 0, 15, shift=1),
    Page(
        "3-1",
        "SONG SETTINGS",
        (
            numbers("B", "TEMP", Holder.SONG, "tempo", SLOWEST, FASTEST),
            numbers("D", "BEAT", Holder.SONG, "beat", 1, LONGEST_BEAT),
            numbers("F", "NEXT", Holder.SONG, "next_song", 0, _NO_SONG),
        ),
    ),
    Page(
        "3-2",
        "ERASE SONG",
        (numbers("B", "SONG", Holder.CHOICE, "song_to_erase", 0, _LAST_SONG),),
        Command.ERASE_SONG,
    ),
    _tracks("4-1", "TRACK TRANSPOSE", "sounds[{}].transpose", -24, 24),
    _tracks("4-2", "TRACK DETUNE", "sounds[{}].detune", -50, 50),
    Page(
        "4-3",
        "ERASE TRACK",
        (PageField("B", "TRACK", Holder.CHOICE, "track_to_erase", 0, _LAST_TRACK, shift=1),),
        Command.ERASE_TRACK,
    ),
)
