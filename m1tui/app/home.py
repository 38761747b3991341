"""Home: the instrument, what the log reminds of, the procedures by group, runs to resume."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from m1tui.app.messages import ProcedureChosen, RackToggled, RunChosen, SoundsAsked
from m1tui.app.snapshots import (
    NO_VIRTUAL,
    UNASKED,
    DueCell,
    HomeLists,
    Live,
    ProcedureCard,
    Reminders,
    Unfinished,
)
from m1tui.app.text import fit, plain
from m1tui.app.theme import ACCENT, FAINT, LAMP, STRONG
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.live import FrontPlate, LiveLine
from m1tui.app.widgets.menu import Item, Menu

RESUME = "resume:"
"""What stands before a journal's name in the key of an unfinished run."""


ELSEWHERE = "open in another program"
ONLY_THERE = (
    "Another program has this run open. Continue there; if it has just been closed, wait a few "
    "seconds, then press l."
)
CONTINUES = "Enter continues there; nothing that was ticked is asked again."

LEAVING = (("q", "quit"), ("?", "all keys"))
"""Keys that are always named, behind those of the moment."""

SEQUENCER_STOPS = "next: press START/STOP on the M1, then press l"
"""What comes next where the M1's clock is heard and it does not answer."""
NOT_READY = "next: connect the M1, then press l"
"""What comes next without an instrument that answers."""


def coming_next(lists: HomeLists, live: Live) -> str:
    """Return what is to be done next, as far as home can know; empty where it cannot."""
    if live.summary in (UNASKED, NO_VIRTUAL.summary):
        return ""
    for run in lists.unfinished:
        if run.rehearsal == live.rehearsal and not run.elsewhere:
            return f"next: resume at {place_of(run)}"
    if live.sequencer_runs:
        return SEQUENCER_STOPS
    if not live.mode and not live.rehearsal and not live.exclusive_disabled:
        return NOT_READY if live.summary else ""
    if any("Battery Low" in line for line in live.display):
        return "next: replace the internal battery"
    if live.exclusive_disabled:
        return "next: make the M1 MIDI ready"
    return "" if lists.backups else "next: back up the M1's memory"


class ProcedureMenu(Menu):
    """The procedures, and the runs to resume."""

    BINDINGS = [Binding("enter", "choose", "open", key_display="Enter")]


class HomeScreen(Screen[None]):
    """Where the program begins, and comes back to after each procedure."""

    BINDINGS = [
        Binding("b", "app.library", "backups"),
        Binding("s", "app.log", "log"),
        Binding("n", "app.serial", "serials"),
        Binding("a", "hear", "hear"),
        Binding("t", "app.loopback", "test"),
        Binding("k", "app.survey", "know"),
        Binding("l", "app.look_again", "look"),
        Binding("p", "app.panel", "panel"),
        Binding("m", "toggle_rack", "M1R"),
        Binding("c", "app.colours", "colours"),
        Binding("e", "app.signal", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("q", "app.leave", "quit"),
    ]

    HELP_SECTION = "HOME"

    lists: reactive[HomeLists] = reactive(HomeLists(), repaint=False)
    """What can be done and resumed."""
    notice: reactive[str] = reactive("", repaint=False)
    """What a person has to know about the link, for example that this is a rehearsal."""
    reminders: reactive[Reminders] = reactive(Reminders(), repaint=False)
    """What the service log has to say: whose cell is due, and what it could not take in."""

    def compose(self) -> ComposeResult:
        yield FrontPlate()
        yield LiveLine(below_plate=True)
        yield Static(id="notice", markup=False)
        yield ProcedureMenu(id="procedures")
        yield Hanging(name="detail")
        yield Reminder()
        yield Static(id="folder", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.watch(self.app, "live", self._live_changed)
        # Now, and not by the queue: the bottom line tells the menu's keys when it is drawn first.
        self.set_focus(self.query_one(Menu))

    def _live_changed(self, live: Live) -> None:
        self.query_one(FrontPlate).live = live
        line = self.query_one(LiveLine)
        turned = line.live.rehearsal != live.rehearsal
        line.live, line.coming = live, coming_next(self.lists, live)
        if turned:
            self._tell()

    def hints(self) -> tuple[tuple[str, str], ...]:
        """Return the keys that most come for; all others are on the page of help."""
        chosen = self.query_one(Menu).current
        enter = "resume" if chosen.startswith(RESUME) else "open"
        return (("Enter", enter), ("b", "backups"), ("s", "service log"), *LEAVING)

    def watch_notice(self) -> None:
        self._tell()

    def _tell(self) -> None:
        parts = (
            left_sounding(self.lists.sounding),
            self.notice,
            self.another_m1,
            refusals(self.lists.refused),
            self.reminders.trouble,
        )
        told = "\n".join(part for part in parts if part)
        widget = self.query_one("#notice", Static)
        widget.update(plain(told, ACCENT))
        widget.set_class(bool(told), "told")

    @property
    def another_m1(self) -> str:
        """What is to be said of the virtual M1s of unfinished runs, empty for nothing."""
        return not_theirs(self.lists) if self.query_one(LiveLine).live.rehearsal else ""

    def watch_reminders(self, reminders: Reminders) -> None:
        self.query_one(Reminder).reminders = reminders
        self._tell()

    def watch_lists(self, lists: HomeLists) -> None:
        menu = self.query_one(Menu)
        first = not menu.items
        menu.items = menu_items(lists)
        line = self.query_one(LiveLine)
        line.coming = coming_next(lists, line.live)
        if first and not lists.unfinished:
            menu.go_to(lists.place)
        self._tell()
        count = f"{lists.backups} backup{'' if lists.backups == 1 else 's'} in "
        self.query_one("#folder", Static).update(plain(count + lists.backups_folder))

    def stand_at_run(self, journal: str) -> None:
        """Put the cursor on an unfinished run by its journal's name; it stays if there is none."""
        self.query_one(Menu).go_to(RESUME + journal)

    def on_menu_moved(self, event: Menu.Moved) -> None:
        self.query_one(Hanging).paragraphs = self._detail(event.key)
        self.query_one(KeyBar).refresh()

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        if event.key.startswith(RESUME):
            self.post_message(RunChosen(event.key.removeprefix(RESUME)))
        else:
            self.post_message(ProcedureChosen(event.key))

    def action_toggle_rack(self) -> None:
        """Take the instrument for an M1R, or no longer."""
        self.post_message(RackToggled())

    def action_hear(self) -> None:
        """Hear the M1's own sounds."""
        self.post_message(SoundsAsked())

    def _detail(self, key: str) -> tuple[Paragraph, ...]:
        for run in self.lists.unfinished:
            if RESUME + run.journal.name == key:
                return unfinished_detail(run)
        for card in self.lists.procedures:
            if card.id == key:
                return procedure_detail(card)
        return ()


def menu_items(home_lists: HomeLists) -> tuple[Item, ...]:
    """Return home's lines: unfinished runs first, then the procedures under their groups."""
    items = [Item("", "Unfinished", usable=False)] if home_lists.unfinished else []
    items += [
        Item(
            RESUME + run.journal.name,
            f"Resume: {run.title}",
            ELSEWHERE if run.elsewhere else stands_at(run),
        )
        for run in home_lists.unfinished
    ]
    group = ""
    for card in home_lists.procedures:
        if card.group != group:
            group = card.group
            items.append(Item("", group, usable=False))
        items.append(Item(card.id, card.title, f"{card.minutes} min"))
    return tuple(items)


def refusals(sentences: tuple[str, ...]) -> str:
    """Return which files of procedures cannot be used, the first of them by name."""
    if not sentences:
        return ""
    more = f" ({len(sentences) - 1} more cannot be used either)" if len(sentences) > 1 else ""
    return f"{sentences[0]}{more}. The rest can be used."


def not_theirs(lists: HomeLists) -> str:
    """Return that unfinished rehearsals stand at other virtual M1s than the one that is shown."""
    titles = [run.title for run in lists.unfinished if run.set_aside and not run.elsewhere]
    if not titles:
        return ""
    if len(titles) > 1:
        return (
            f'The unfinished run "{titles[0]}" and {len(titles) - 1} more use other virtual M1s. '
            "Resume a run to bring its virtual M1 back as it was left."
        )
    return (
        f'The unfinished run "{titles[0]}" uses another virtual M1. Resume the run to bring that '
        "one back as it was left."
    )


def left_sounding(sentences: tuple[str, ...]) -> str:
    """Return where notes may still sound, and the key that ends them."""
    return f"{' '.join(sentences)} F9 stops all notes." if sentences else ""


def stands_at(run: Unfinished) -> str:
    """Return how far a run is, and whether it is a rehearsal."""
    return f"{'rehearsal, ' if run.rehearsal else ''}{place_of(run)}"


def place_of(run: Unfinished) -> str:
    """Return at which step a run is; of how many, where that is known."""
    return f"step {run.step} of {run.steps}" if run.steps else f"step {run.step}"


def procedure_detail(card: ProcedureCard) -> tuple[Paragraph, ...]:
    """Return a procedure's purpose, risk, time and tools."""
    return (
        Paragraph("", "", (card.purpose,)),
        Paragraph("Risk   ", LAMP, (card.risk,)),
        Paragraph("Needs  ", FAINT, (needs_of(card),)),
    )


def needs_of(card: ProcedureCard) -> str:
    """Return the time and the tools that a procedure needs."""
    steps = f"{card.longest} step{'' if card.longest == 1 else 's'}"
    if card.longest < card.steps:
        steps = f"at most {steps}"
    return "; ".join((f"{card.time}, {steps}", *card.tools))


def unfinished_detail(run: Unfinished) -> tuple[Paragraph, ...]:
    """Return where an unfinished run stands."""
    return (
        Paragraph("", "", (run.title,), STRONG),
        Paragraph("Begun  ", FAINT, (run.started,)),
        Paragraph("Now    ", FAINT, (f"{stands_at(run)}: {run.step_title}",), ACCENT),
        Paragraph("", "", (ONLY_THERE if run.elsewhere else CONTINUES,)),
    )


TALL = 34
"""Rows of the screen from which more lines are shown."""

FEW, MANY = 2, 7
"""Lines on a low screen and on a tall one."""

BENCH, DUE = "On the bench  ", "Cell due"


class Reminder(Widget):
    """Whose visit is on the bench, and whose cell is due, the most urgent first."""

    reminders: reactive[Reminders] = reactive(Reminders(), layout=True)
    """What the service log has to say."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return no row where there is nothing to say."""
        return bool(self.reminders.bench) + len(self._shown)

    @property
    def _shown(self) -> tuple[DueCell, ...]:
        room = MANY if self.app.size.height >= TALL else FEW
        return self.reminders.due[: room - bool(self.reminders.bench)]

    def render(self) -> Content:
        """Return the bench, then who is due, the day, and how far that is."""
        bench, shown = self.reminders.bench, self._shown
        lines = [Content.assemble((BENCH, FAINT), self._cut(bench, len(BENCH)))] if bench else []
        count = len(self.reminders.due)
        # What has no room here is in the log.
        label = DUE if count == len(shown) else f"{count} cells due"
        for place, cell in enumerate(shown):
            lines.append(self._line(cell, "" if place else label))
        return Content("\n").join(lines)

    def _line(self, cell: DueCell, label: str) -> Content:
        when = f"{cell.day}, {cell.when}"
        title = self._cut(cell.title, len(BENCH) + len(when) + 2)
        style = LAMP if cell.late else ACCENT
        return Content.assemble((label.ljust(len(BENCH)), FAINT), title, "  ", (when, style))

    def _cut(self, text: str, taken: int) -> str:
        return fit(text, max(10, self.size.width - taken))
