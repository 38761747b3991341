"""Help: the keys, the marks, the four words in which a transfer ends."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.text import plain
from m1tui.app.widgets.keybar import KeyBar

TEXT = """\
KEYS
  Enter     next: run the checks of this step, tick it, or go on
  b         back to the step before; nothing is undone
  s         skip this step with a typed reason; it is marked [!]
  r         retry: ask the instrument again
  n         note: written into the log beside this step
  t         tick by hand what the M1 was asked about and did not answer
  Space     you pressed the marked key; the next one is marked
            (on a virtual M1: presses it for you)
  v         let the virtual M1 do this step (rehearsal only)
  c, Esc    cancel a transfer, at the end of the message under way
  F2        you have read the alarm on the screen; it stays in the log
  q         leave; all is saved, and home offers to go on
  arrows    move, scroll     ? or F1  this page

ON HOME
  b         backups: the library of dumps
  s         service log: instruments, visits, runs, reports
  n         serial numbers: which Korg has a number, and of which year
  t         test the MIDI interface, its two plugs joined by a cable
  l         look for the M1 again
  m         take the instrument for an M1R, once more for an M1
  p         the front panel of a virtual M1

MARKS
  [A] the instrument proved it     [x] ticked by you
  [!] overridden, with a reason    [ ] open      > you are here
  [-] left out: an answer leads past it

HOW A TRANSFER ENDS
  VERIFIED  read back from the M1, and equal
  MISMATCH  read back, and these objects differ: they are named
  UNKNOWN   could not be read back: the page says what to do now
  REFUSED   nothing was sent: the page says why
  A procedure without a proof among its steps ends DONE BY HAND.

A green display in a frame that says "a sketch" is a drawing of what
the M1 may show, not what it shows; ? stands where nobody can tell,
since it depends on how the M1 was left. REHEARSAL means that a virtual M1
inside this program stands in for an instrument: nothing can be lost.

THE SERVICE LOG
  s on home lists the instruments; i begins a visit. What is run on a real
  instrument belongs to the visit on the bench, which home names. Enter
  leads from an instrument to its visits, runs and steps; Space turns the
  page; r shows a visit's report, and w saves it. x ends a visit, o opens
  it again; b puts one that goes on onto the bench.

THE LIBRARY
  Dumps stand under their instruments, the newest first. Left and Right
  lead to the next instrument, End to the oldest dump.
  Enter, i  inspect: what the dump holds; there Left, Right or 1-5 turn
            the page, and Enter shows every value of an object; a song is
            drawn first, by tracks and measures, and on the page of the
            songs e writes them all as MIDI files
  /         find a program, a combination or a song by its name, in all
            dumps; Enter goes to the names, Enter again opens the dump
  Space     mark a dump with *; c on another one compares the two
  r         restore from here: begins "Data dump from the computer" with
            this dump; what the M1 holds is saved first, and you are asked
  a         import files, or a folder with all that is in it; what the
            library holds already is not taken in twice
  e  d  u   export a copy; delete into the bin; bring back from the bin
  A ! in front: the file is no dump, or was changed after it was kept;
  in tables: a program that is missing, or a value out of range.
  Nothing in the library is ever overwritten.

WITHOUT THIS SCREEN
  m1tui identify, backup, restore, procedures run ID --auto, library,
  inspect, diff, log, serial do the same from the command line; see
  m1tui --help.
"""


class HelpScreen(Screen[None]):
    """One page, left by any of the usual keys."""

    BINDINGS = [
        Binding("escape,q,enter,question_mark,f1", "dismiss", "back", key_display="Esc"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown,space", "scroll(10)", "more", key_display="PgDn"),
    ]

    def __init__(self, section: str = "") -> None:
        """Begin at the section of that title, at the top without one."""
        super().__init__()
        self._section = section

    def on_mount(self) -> None:
        lines = TEXT.splitlines()
        if self._section and self._section in lines:
            top = lines.index(self._section)
            self.call_after_refresh(self.query_one("#body").scroll_to, y=top, animate=False)

    def compose(self) -> ComposeResult:
        yield Static("Help", classes="title", markup=False)
        with VerticalScroll(id="body", can_focus=False):
            yield Static(plain(TEXT), markup=False)
        yield KeyBar()

    def action_scroll(self, lines: int) -> None:
        """Move the page by `lines`."""
        self.query_one("#body").scroll_relative(y=lines, animate=False)
