"""Help: the keys of the screen that it was opened on, then what holds for all screens."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from m1tui.app.text import plain
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.scrolling import ScrollingScreen

HOME = "HOME"
"""The section of a screen that has none of its own."""

SECTIONS: Mapping[str, str] = {
    HOME: """\
KEYS FOR HOME
  Enter     open the procedure under the cursor, or resume the run
  arrows    move; Home and End go to the first and the last line
  b         backups: the library of dumps
  s         service log: instruments, visits, runs, reports
  a         hear the M1's sounds, one by one
  n         serial numbers: which Korg a number belongs to, and its year
  t         test the MIDI interface, OUT connected to IN by a cable
  k         get to know this M1: experiments that settle what is uncertain
  l         look for the M1 again
  m         set the model to M1R, and back to M1
  p         the front panel of a virtual M1
  c         other colours: the instrument's, light, high contrast
  F9        all notes off, here and on every page
  e         bell and title say that a transfer has ended: on, off
  Ctrl+L    draw the screen again, here and on every page
  q         quit
""",
    "A STEP": """\
KEYS FOR A STEP
  Enter     what the bottom line says: check, done, answer, next ...
  Space     you pressed the marked key; the next one is marked
            (on a virtual M1: presses it for you)
  v         let the virtual M1 do this step (rehearsal only)
  p         the front panel of a virtual M1
  1-9       choose an answer by its number
  r         ask again, even at a step that is done; change an answer or a
            value; a step's keys start again from the first
  b         back to the previous step; nothing is undone
  s         skip this step with a typed reason; it is marked [!]
  n         note: written into the log with this step
  t         tick by hand if the M1 was asked and did not answer
  f         record what was found as a fault, and go on
  F2        remove an alarm from the screen once you have read it
  PgDn      read on where the text says "more"
  q         leave; everything is saved, and home offers to continue

THE STEP ON THE SCREEN
  "Proves" is what is true of the instrument once the step is marked [A].
  "Reopened" says why a step that was done has to be done again.
  The green display is the virtual M1's. With a real M1 it is a sketch of
  what the M1 may show after the marked key, with ? where that is unknown.
  Where the display is not as expected, the characters that differ are
  marked, and the expected ones are shown below them.
""",
    "A TRANSFER": """\
KEYS FOR A TRANSFER
  c, Esc    cancel at the end of the current message: you are asked first
""",
    "A RESULT": """\
KEYS FOR A RESULT
  Enter     go on
  arrows    read on
""",
    "THE PANEL": """\
KEYS FOR THE PANEL
  F1-F8, letters, digits and symbols press the key shown above them.
  Controls and keys to play have letters too, if a step needs them.
  Space     do what the bottom line says, such as switching the M1 off
  Click a key to press it with the mouse.
  Esc       back to the step
""",
    "THE SERVICE LOG": """\
KEYS FOR THE SERVICE LOG
  s on home lists the instruments; i begins a visit. Runs on a real
  instrument belong to the visit on the bench, which home shows. Enter
  goes from an instrument to its visits, runs and steps; Space turns the
  page; r shows a visit's report, and w saves it. x ends a visit, o
  reopens it; b puts an open visit on the bench. On a visit e changes
  complaint, reference, technician and price.
  On a visit: c shows the customer's page; p notes a photograph, by its
  path; u notes a part that was used; d removes a photograph or a part
  that was noted by mistake; n writes notes; a sets the instrument.
  On the log's first page: a adds an instrument, e changes it, v its cell,
  c saves all instruments as CSV, for a spreadsheet.
""",
    "THE LIBRARY": """\
KEYS FOR THE LIBRARY
  Dumps are listed under their instruments, newest first. Left and Right
  go to the previous and the next instrument, End to the oldest dump.
  Enter, i  inspect: what the dump contains; there Left, Right or 1-5 turn
            the page, and Enter shows every value of an object; a song is
            drawn first, by tracks and measures. On the page of songs,
            e writes them all as MIDI files
  /         find a program, a combination or a song by its name, in all
            dumps; Enter goes to the names, Enter again opens the dump
  Space     mark a dump with *; c on another one compares the two
  r         restore from here: starts "Data dump from the computer" with
            this dump; the M1's memory is saved first, and you are asked
  a         on a program, a combination or a drum kit: hear it on the M1;
            elsewhere: import files, or a folder and everything in it; what
            is already in the library is not imported twice
  e  d  u   export a copy; move to the bin; restore from the bin
  n         a label, which is added to the file's name, and a note; / finds
            both
  s         what changed since the last visit: the two newest backups
  z         put back what the last restore overwrote
  A ! in front: the file is not a dump, or was changed after it was saved;
  in tables: a program that is missing, or a value out of range.
  Nothing in the library is ever overwritten.
""",
    "THE SOUNDS": """\
KEYS FOR THE SOUNDS
  Space     play the sound under the cursor; again: from the beginning
  arrows    go through the sounds; Left and Right turn the page
  Enter     mark it: right, wrong or silent, with a note for the log
  o, O      an octave up, an octave down
  v  c  f   velocity; channel of the notes; phrase
  F9        all notes off, here and on every page
  Esc       back: mode, selection and edit buffer are put back and checked
  A sound from a file is loaded into the edit buffer: no memory is written.
""",
    "SERIAL NUMBERS": """\
KEYS FOR SERIAL NUMBERS
  Type the number; Enter shows what is known about it. Esc goes back.
""",
    "A CHOICE": """\
KEYS FOR A CHOICE
  arrows    move
  Enter     choose, or open the folder
  /         type or paste a path, or drop a file here
  Bksp      the folder above
  i         inspect: what the file contains
  Esc       go back without a choice; nothing is changed
""",
    "THE SURVEY": """\
KEYS FOR THE SURVEY
  2 3 4     turn experiments 2, 3 and 4 on or off
  c         continue the survey that has ended, or begin a new one
  Enter     begin; then: give the answer, or skip it if nothing was typed
  s Enter   skip what must be done by hand
  Esc       leave; what was found is kept, and the M1 is put back as it was
""",
    "THE INTERFACE'S TEST": """\
KEYS FOR THE INTERFACE TEST
  Enter     test the interface under the cursor
  r         look for interfaces again, or test again
  c         cancel; this does no harm
  Esc       back
""",
}
"""What belongs to one screen, by its section."""

COMMON = """\
MARKS
  [A] the instrument proved it     [x] ticked, answered, recorded
  [!] skipped, with a reason       [F] a fault was found
  [ ] open      > you are here     [-] left out: not needed

HOW IT ENDS
  [√] VERIFIED  all that can be proved is proved; what was sent to the M1
                was read back, and matches
  [X] MISMATCH  some objects that were read back differ, a check did not
                pass, or a fault is still there: the page lists it
  [?] UNKNOWN   could not be read back: the page says what to do now
  [!] REFUSED   nothing was written: the page says why
  [~] PROVED IN PART   not all is proved, or a backup is gone: the page
                       lists it
  [x] DONE BY HAND     no step of the procedure was proved

REHEARSAL means that a virtual M1 inside this program stands in for an
instrument: nothing can be lost.

WITHOUT THIS SCREEN
  m1tui identify, backup, restore, procedures run ID --auto, library,
  inspect, diff, log, serial do the same from the command line; see
  m1tui --help.
"""
"""What holds for all screens."""


def text_for(section: str, without: Collection[str] = ()) -> str:
    """Return the page that is opened on a screen of that section.

    The lines of the keys in `without` are left out: they do nothing on the screen now.
    """
    kept, dropping = [], False
    for line in SECTIONS.get(section, SECTIONS[HOME]).splitlines(keepends=True):
        if not line.startswith(_CONTINUED):
            dropping = line.startswith("  ") and line.split()[0] in without
        if not dropping:
            kept.append(line)
    return f"{''.join(kept)}\n{COMMON}"


_CONTINUED = " " * 12
"""How a line begins that goes on with what the key of the line before does."""


class HelpScreen(ScrollingScreen[None]):
    """One page, left by any of the usual keys."""

    BINDINGS = [
        Binding("escape,q,enter,question_mark,f1", "dismiss", "back", key_display="Esc"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", "more", key_display="PgDn"),
    ]

    def __init__(self, section: str = "", without: Collection[str] = ()) -> None:
        """Show the keys of that section, home's without one, but for those in `without`."""
        super().__init__()
        self._text = text_for(section, without)

    def compose(self) -> ComposeResult:
        yield Static("Help", classes="title", markup=False)
        with VerticalScroll(id="body", can_focus=False):
            yield Static(plain(self._text), markup=False)
        yield KeyBar()
