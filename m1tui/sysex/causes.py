"""What is wrong with a file, in words; and by its code the likely cause and the next step.

The codes are those of `forms.found.Problem` and of `examine.Sign`. Every sentence is harmless on
a screen.
"""

from __future__ import annotations

from typing import NamedTuple

from m1tui.sysex.codes import Part
from m1tui.sysex.examine import Finding, Grade, Sign


class Cause(NamedTuple):
    """Why something is so, as far as that is likely, and what to do; either may be empty."""

    cause: str
    next_step: str


_COPY = "Find another copy of the file."
_SALVAGE = "Take out what is intact: m1tui convert --salvage FILE OUT.syx"
_AGAIN = "Download the file again, and save the file itself."
_DAMAGED = "The bytes were damaged on the way or in memory."

CAUSES: dict[str, Cause] = {
    # The file
    "file-empty": Cause("It was never written, or the disk was full.", _COPY),
    "no-exclusive-message": Cause(
        "It is a different kind of file.", "Check that it is the right one."
    ),
    "too-many": Cause("It is not a file of M1 dumps.", "Check that it is the right one."),
    "junk": Cause("Another program put it there.", ""),
    "padding": Cause("Another program padded the file.", ""),
    "macbinary-head": Cause("A Macintosh put it there.", ""),
    "form-too-large": Cause(
        "An M1's whole memory is far smaller.", "Check that it is the file you want."
    ),
    # What wraps it
    "container-damaged": Cause("It was cut off or changed on the way.", _COPY),
    "archive-too-large": Cause(
        "It may have been made to fill a computer's memory.",
        "Unpack it yourself if you trust it, then open the dump in it.",
    ),
    "too-deep": Cause(
        "It may have been made to keep programs busy.", "Unpack the outer ones yourself."
    ),
    "member-not-a-file": Cause(
        "The archive contains a link.", "Find the file that the link points to."
    ),
    "member-encrypted": Cause("The person who made it locked it.", "Unpack it with its password."),
    "member-unreadable": Cause("A newer program packed it.", "Unpack it yourself."),
    # Strangers
    "web-page": Cause("The page was saved instead of the file.", _AGAIN),
    "large-file-pointer": Cause(
        "The file was taken from a repository that keeps large files elsewhere.",
        "Download the file itself: the repository's page has a button for that.",
    ),
    "document": Cause("", "Look in it for the address of the dump itself."),
    "program": Cause("", "It may install or unpack the dump; run it only if you trust it."),
    "archive-unknown": Cause("", "Unpack it with a program that can read it, then open the dump."),
    "resource-fork": Cause(
        "A Macintosh wrote two files.", 'Use the file with the same name but without "._".'
    ),
    "audio": Cause(
        "Some synthesizers saved their sounds to tape.",
        "An M1 cannot read tape; find the sounds as a System Exclusive file.",
    ),
    "picture": Cause("", "Check that it is the right file."),
    "other-korg-file": Cause("", "An M1 cannot load it; a converter may help."),
    "foreign-model": Cause("The file belongs to another instrument.", "An M1 cannot load it."),
    "foreign-maker": Cause("The file belongs to another instrument.", "An M1 cannot load it."),
    # Messages
    "dump-cut-off": Cause("The transfer or the download was cut short.", _SALVAGE),
    "wrong-length": Cause("Bytes were lost or added on the way.", _COPY),
    "status-byte-inside": Cause(
        "Bytes were lost on the wire, and the next message began before this one ended.", _COPY
    ),
    "allocation-unclear": Cause("The header does not match the length.", _COPY),
    "unknown-message": Cause("No M1 sends such a message.", ""),
    "not-a-message": Cause("", _COPY),
    "half-byte": Cause("A digit was lost, or the text is not hex.", _COPY),
    "realtime-bytes-inside": Cause("A recorder left MIDI clock bytes in the message.", ""),
    "every-second-packet-lost": Cause(
        "A USB cable with a CH345 chip loses every second packet of what comes in.",
        "Receive the dump again through another interface; the missing half cannot be "
        "reconstructed.",
    ),
    "first-block-missing": Cause(
        "The receiving program lost its first buffer. Where the rest belongs in memory is not "
        "certain, so nothing is taken out.",
        "Receive the dump again, or find another copy.",
    ),
    "midi-file-damaged": Cause("The file was cut off or changed on the way.", _SALVAGE),
    "midi-track-length": Cause("Another program wrote the wrong length.", ""),
    # What the memory reads as
    Sign.OUT_OF_RANGE.value: Cause(
        "Bytes were lost, added or changed on the way; there is no checksum, so only this shows "
        "it.",
        _COPY,
    ),
    Sign.CR_TO_LF.value: Cause(
        "A text-mode transfer changed every 0D to 0A: values of 13 now read 10. It cannot be "
        "undone.",
        "Find another copy, and transfer it in binary mode.",
    ),
    Sign.LF_TO_CR.value: Cause(
        "A text-mode transfer changed every 0A to 0D: values of 10 now read 13. It cannot be "
        "undone.",
        "Find another copy, and transfer it in binary mode.",
    ),
    Sign.NO_HIGH_BITS.value: Cause(
        "A 7-bit transfer cut off bit 7, so that negative values became large ones.",
        "Find another copy, and transfer it in binary mode.",
    ),
    Sign.NAMES.value: Cause(_DAMAGED, _COPY),
    Sign.ZEROED.value: Cause("A block was lost, or these sounds are empty.", _COPY),
    Sign.FILLED.value: Cause("A block was lost, and its place was filled in.", _COPY),
    Sign.REPEATED.value: Cause("A driver sent one of its buffers twice.", _COPY),
    Sign.TRACK_PLACES.value: Cause(_DAMAGED, _COPY),
    Sign.MEASURES.value: Cause(_DAMAGED, _COPY),
    Sign.STEPS_BACK.value: Cause(_DAMAGED, _COPY),
    Sign.STEPS_BEYOND.value: Cause(_DAMAGED, _COPY),
    Sign.NO_TRACK_END.value: Cause(_DAMAGED, _COPY),
    Sign.NAMELESS.value: Cause(
        "The memory was empty, or none of it was received.", "Do not keep it as a backup of sounds."
    ),
    Sign.INITIALISED.value: Cause(
        "The M1 had lost its memory when this was made.", "Do not keep it as a backup of sounds."
    ),
}
"""Cause and next step of every code."""

_UNKNOWN = Cause("", "")


def cause_of(code: str) -> Cause:
    """Return likely cause and next step; both empty for a code that has none."""
    return CAUSES.get(code, _UNKNOWN)


class Said(NamedTuple):
    """A finding in words."""

    problem: str
    expected: str
    found: str

    def __str__(self) -> str:
        """Return the whole finding as one sentence."""
        if not self.expected:
            return self.problem
        return f"{self.problem}: expected {self.expected}, found {self.found}"


_WORDS = {Part.PROGRAMS: "program", Part.COMBINATIONS: "combination"}
_SHOWN = 12
"""Numbers of objects that are named."""


def said(finding: Finding) -> Said:
    """Return a finding in words, with what was counted."""
    part, amount = finding.part.label, finding.amount
    where = _where(finding)
    inside = where if where.startswith(" in ") else f" in {part}{where}"
    match finding.sign:
        case Sign.OUT_OF_RANGE:
            return Said(
                f"{amount:,} values of {part} are out of range{where}",
                f"at most {finding.most}",
                f"{amount:,}",
            )
        case Sign.CR_TO_LF | Sign.LF_TO_CR:
            return _text_mode(finding, part)
        case Sign.NO_HIGH_BITS:
            return Said(
                f"no byte of {part} has bit 7 set", "some", f"none in {finding.evidence[0]:,}"
            )
        case Sign.NAMES:
            return Said(f"{amount:,} names of {part} are not text{where}", "none", f"{amount:,}")
        case Sign.ZEROED | Sign.FILLED:
            value, at = finding.evidence
            return Said(
                f"a block of {amount:,} bytes of {value:02X}{inside}",
                f"at most {finding.most} in a row",
                f"{amount:,} from byte {at:,} of the memory",
            )
        case Sign.REPEATED:
            return Said(f"a block of {amount:,} bytes appears twice{inside}", "", "")
        case Sign.TRACK_PLACES:
            end, there = finding.evidence
            return Said(
                "the track starts are not in ascending order, or the last one is not at the end",
                f"ascending to {there:,}",
                f"{end:,} at the end, {len(finding.objects)} out of order",
            )
        case Sign.MEASURES:
            expected, found = finding.evidence
            are = _count(amount, "measure is", "measures are")
            return Said(f"{are} not numbered in order{where}", f"{expected}", f"{found}")
        case Sign.STEPS_BACK:
            go = _count(amount, "step goes", "steps go")
            return Said(f"{go} back in time{where}", "none", f"{amount:,}")
        case Sign.STEPS_BEYOND:
            lie = _count(amount, "step lies beyond its", "steps lie beyond their")
            return Said(f"{lie} measure{where}", "none", f"{amount:,}")
        case Sign.NO_TRACK_END:
            have = _count(amount, "track has", "tracks have")
            return Said(f"{have} no end{where}", "none", f"{amount:,}")
        case Sign.NAMELESS:
            return Said(f"{amount} {part} without names, all identical", "", "")
        case Sign.INITIALISED:
            name = "Init Prog" if finding.part is Part.PROGRAMS else "Init Combi"
            return Said(f'every one of {amount} {part} is "{name}"', "", "")


def _count(amount: int, one: str, many: str) -> str:
    return f"{amount:,} {one if amount == 1 else many}"


def _text_mode(finding: Finding, part: str) -> Said:
    """A byte value that is missing, or a measure's number that proves it."""
    gone, instead = ("0D", "0A") if finding.sign is Sign.CR_TO_LF else ("0A", "0D")
    if finding.part is Part.SEQUENCE and len(finding.evidence) == 2:
        expected, found = finding.evidence
        return Said(
            f"measure {expected} is numbered {found}, "
            f"{_count(finding.amount, 'time', 'times')}{_where(finding)}: every {gone} became "
            f"{instead}",
            f"{expected}",
            f"{found}",
        )
    size, returns, feeds = finding.evidence
    none, many = (returns, feeds) if gone == "0D" else (feeds, returns)
    return Said(
        f"no {gone} in {size:,} bytes of {part}, and {instead} {_count(many, 'time', 'times')}",
        f"some {gone}",
        f"{none}",
    )


def _where(finding: Finding) -> str:
    """Name the objects that show a finding: " in programs 30 to 55"."""
    objects = finding.objects
    if not objects:
        return ""
    if finding.part is Part.SEQUENCE:
        return _in_tracks(objects)
    word = _WORDS[finding.part]
    if len(objects) == 1:
        return f" in {word} {objects[0]:02d}"
    if len(objects) > 2 and objects[-1] - objects[0] < len(objects) + 2:
        return f" in {word}s {objects[0]:02d} to {objects[-1]:02d}"
    named = ", ".join(f"{number:02d}" for number in objects[:_SHOWN])
    rest = len(objects) - _SHOWN
    return f" in {word}s {named}{f' and {rest} more' if rest > 0 else ''}"


_SONG_TRACKS = 80


def _in_tracks(objects: tuple[int, ...]) -> str:
    first = objects[0]
    where = (
        f"song {first // 8} track {first % 8 + 1}"
        if first < _SONG_TRACKS
        else f"pattern {first - _SONG_TRACKS:02d}"
    )
    rest = len(objects) - 1
    return f", first in {where}{f', then in {rest} more' if rest else ''}"


def is_problem(finding: Finding) -> bool:
    """Tell whether a finding is a problem; others are worth a note at most."""
    return finding.grade is Grade.DAMAGED
