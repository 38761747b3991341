"""Reads any file of dumps: opens what wraps it, in memory and within bounds, by its content.

Nothing here opens a file: bytes come in, messages and named problems go out.
"""

from __future__ import annotations

from m1tui.sysex.forms.found import (
    DEEPEST,
    LONGEST_NAME,
    Bounds,
    Damaged,
    DumpFile,
    Member,
    TooMuch,
)
from m1tui.sysex.forms.registry import BINARY, LAST, TEXT, Form, form_of
from m1tui.sysex.forms.stream import Findings, no_message, scan
from m1tui.sysex.text import printable

_CARD = b"KORG"
_CARD_SIZE = 32_768
_MIDI_FILE = b"MThd"


def read_file(data: bytes) -> DumpFile:
    """Return every message in `data` and everything that is wrong with it; never raises."""
    return _Reading().file(data)


class _Reading:
    """One reading of a file, with all that is in it."""

    def __init__(self) -> None:
        self._findings = Findings()
        self._bounds = Bounds()
        self._containers: list[str] = []
        self._formats: list[str] = []

    def file(self, data: bytes) -> DumpFile:
        """Return what a whole file holds."""
        if data:
            self._open(data, "", 0, 0)
        else:
            self._findings.problem(0, "the file is empty", "a dump", "nothing", code="file-empty")
        findings = self._findings
        findings.settle()
        if not (findings.messages or any(not one.harmless for one in findings.problems)):
            findings.problems.append(no_message(len(data), data[:4]))
        known = dict.fromkeys(one for one in self._formats if one != "unknown")
        return DumpFile(
            next(iter(known), "unknown"),
            tuple(findings.messages),
            tuple(findings.problems),
            tuple(findings.notes),
            tuple(findings.pieces),
            tuple(dict.fromkeys(self._containers)),
        )

    def _open(self, data: bytes, member: str, base: int, depth: int) -> None:
        """Read what a file, or a member of one, holds; `base` is where it stands in the whole."""
        found = Findings()
        form = None if data[:1] == b"\xf0" else form_of(data, BINARY)
        if form is None:
            form = self._leaf(data, found)
        if form is None:
            self._findings.absorb(found, member, base)
        else:
            self._unwrap(form, data, member, base, depth)

    def _leaf(self, data: bytes, found: Findings) -> Form | None:
        """Read what wraps nothing; returns the form of text that does."""
        if data[:1] == b"\xf0":
            self._stream(data, found)
        elif data.startswith(_MIDI_FILE):
            from m1tui.sysex.forms.midi_file import read_midi_file

            self._formats.append("mid")
            read_midi_file(data, found)
        elif data.startswith(_CARD) and len(data) == _CARD_SIZE:
            from m1tui.sysex.forms.heads import read_card_image

            self._formats.append("card")
            read_card_image(data, found)
        else:
            return self._unmarked(data, found)
        return None

    def _unmarked(self, data: bytes, found: Findings) -> Form | None:
        """Read what no mark at its beginning names."""
        from m1tui.sysex.forms.heads import stranger

        unfit = stranger(data)
        if unfit is not None:
            self._formats.append("unknown")
            found.problem(
                0, unfit.what, "a dump", f"{len(data):,} bytes of something else", code=unfit.code
            )
            return None
        from m1tui.sysex.forms.text import LARGEST, read_text, text_of

        text = text_of(data)
        if text is not None:
            form = form_of(data, TEXT)
            if form is not None:
                return form
            if len(data) > LARGEST:
                self._formats.append("hex")
                expected, size = f"at most {LARGEST:,} bytes", f"{len(data):,}"
                found.problem(
                    0, "hex text too large to be read", expected, size, code="form-too-large"
                )
                return None
            if read_text(text, found):
                self._formats.append("hex")
                return None
            form = form_of(data, LAST)
            if form is not None:
                return form
        self._stream(data, found)
        return None

    def _stream(self, data: bytes, found: Findings) -> None:
        """Read messages as they travel, or else memory that has none."""
        scan(data, found)
        if not found.messages and not found.pieces and data[:1] != b"\xf0":
            from m1tui.sysex.forms.unframed import read_unframed

            unframed = Findings()
            form = read_unframed(data, unframed)
            if form is not None:
                found.problems.clear()
                found.absorb(unframed, "", 0)
                self._formats.append(form)
                return
        known = found.messages or any(not problem.harmless for problem in found.problems)
        self._formats.append("syx" if (known and 0xF0 in data) or found.messages else "unknown")
        if not found.messages and all(problem.harmless for problem in found.problems):
            found.problems.append(no_message(len(data), data[:4]))

    def _unwrap(self, form: Form, data: bytes, member: str, base: int, depth: int) -> None:
        """Read the members of what wraps them."""
        self._containers.append(form.name)
        found = Findings()
        if depth >= DEEPEST:
            found.problem(
                0,
                f"the {form.label} is nested too deeply",
                f"at most {DEEPEST} inside one another",
                "one more",
                code="too-deep",
            )
            self._findings.absorb(found, member, base)
            return
        if form.name == "macbinary":
            from m1tui.sysex.forms.macintosh import BINARY_HEAD, name_inside

            what = f'a MacBinary header of {BINARY_HEAD} bytes ("{name_inside(data)}")'
            found.problem(0, what, harmless=True, code="macbinary-head")
            self._findings.absorb(found, member, base)
        try:
            for one in form.unpack(data, self._bounds):
                if self._findings.is_full(base):
                    return
                if isinstance(one, Damaged):
                    self._damaged(one, member, base)
                else:
                    self._member(one, form, member, base, depth)
        except Damaged as damaged:
            self._damaged(damaged, member, base)
        except TooMuch as much:
            self._findings.problem(
                base, printable(much.what), much.expected, much.found, code="archive-too-large"
            )

    def _member(self, one: Member, form: Form, member: str, base: int, depth: int) -> None:
        inner = printable(one.name)[:LONGEST_NAME]
        name = f"{member}/{inner}" if member and inner else inner or member
        place = 0 if one.offset is None else base + one.offset
        before = len(self._findings.problems)
        self._open(one.data, name, place, depth + 1)
        if form.name in _OF_MANY:
            self._forgive(before)

    def _forgive(self, before: int) -> None:
        """A letter or a picture beside the dumps of an archive is no loss, and one line."""
        problems = self._findings.problems
        of_member = problems[before:]
        if any(one.code == "no-exclusive-message" for one in of_member):
            of_member = [one for one in of_member if one.code != "junk"]
        problems[before:] = [
            one._replace(harmless=True) if one.code in _BESIDE else one for one in of_member
        ]

    def _damaged(self, damaged: Damaged, member: str, base: int) -> None:
        found = Findings()
        found.problem(
            damaged.offset,
            printable(damaged.what),
            printable(damaged.expected),
            printable(damaged.found),
            code=damaged.code,
        )
        self._findings.absorb(found, member, base)


_OF_MANY = ("zip", "tar", "mail")
_BESIDE = frozenset(
    {
        "no-exclusive-message",
        "file-empty",
        "web-page",
        "document",
        "program",
        "audio",
        "picture",
        "resource-fork",
        "member-not-a-file",
    }
)
"""What may lie beside the dumps of an archive without a loss."""
