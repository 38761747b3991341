"""The instrument as it is known now: the top of a screen, and one line."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from m1tui.app.snapshots import Live
from m1tui.app.text import harmless
from m1tui.app.theme import ACCENT, FAINT, LAMP, STRONG
from m1tui.app.widgets.display import Display

LAMPS = ("COMBI", "PROG", "SEQ", "GLOBAL")
"""The mode keys with a lamp in each, as the panel writes them."""


class FrontPlate(Widget):
    """Four rows drawn from one snapshot: what it is, what it shows, which mode it is in."""

    live: reactive[Live] = reactive(Live(), repaint=False)
    """The instrument as it was heard last."""

    def compose(self) -> ComposeResult:
        yield Static(classes="plate", markup=False)
        yield Display()
        yield Static(classes="lamps", markup=False)

    def watch_live(self, live: Live) -> None:
        self.query_one(".plate", Static).update(self._nameplate(live))
        self.query_one(".lamps", Static).update(self._lamps(as_switched(live)))
        display = self.query_one(Display)
        display.lines, display.label = live.display, live.display_label
        display.cursor = live.cursor
        # MIDI does not carry a real M1's display: what it says of itself is not shown as one.
        display.lit = live.rehearsal

    def _nameplate(self, live: Live) -> Content:
        second = ("REHEARSAL", ACCENT) if live.rehearsal else ("", "")
        words = short(power_of(as_switched(live))).split(", ")
        # Four rows: what has more words begins in the first.
        between = "\n" if len(words) <= _PLATE_ROWS - 2 else " "
        if len(words) > _PLATE_ROWS - 1:
            words = [", ".join((words[0].removeprefix("switched "), words[1])), *words[2:]]
        told = ("\n".join(map(harmless, words)), FAINT)
        return Content.assemble(("m1tui", STRONG), between, second, "\n", told)

    def _lamps(self, live: Live) -> Content:
        # A virtual M1 shows its lamps, also where it does not answer; a real one names its mode.
        lit = live.lamps if live.rehearsal else (live.mode.upper().replace("SEQUENCER", "SEQ"),)
        lines = [
            Content.styled(f"(*) {lamp}", LAMP)
            if any(one.endswith(lamp) for one in lit)
            else Content.styled(f"( ) {lamp}", FAINT)
            for lamp in LAMPS
        ]
        return Content("\n").join(lines)


class LiveLine(Widget):
    """The instrument's state in one line; drawn again only when it changed."""

    live: reactive[Live] = reactive(Live())
    """What is known of the instrument."""
    coming: reactive[str] = reactive("")
    """What comes next, where the plate above says what kind of instrument it is; else empty."""

    def __init__(self, *, below_plate: bool = False) -> None:
        """Draw the line; below a plate it leaves out what that has said."""
        super().__init__(markup=False)
        self._below_plate = below_plate

    def render(self) -> Content:
        """Return the line, what is unknown left out; `..` where it is longer than the screen."""
        width = self.size.width
        line = Content(" | ").join(self._parts())
        if line.cell_length > width:
            line = Content(" | ").join(self._parts(brief=True))
        return line if line.cell_length <= width else line[: max(0, width - 2)] + Content("..")

    def _parts(self, *, brief: bool = False) -> list[Content]:
        """Return what the line says; in `brief` without what the screen says elsewhere."""
        live, below = as_switched(self.live), self._below_plate
        parts = [Content.styled("REHEARSAL", ACCENT)] if live.rehearsal and not below else []
        model = "M1R" if live.rack and live.model == "M1" else live.model
        parts += [Content(harmless(model))] if model else []
        parts += [Content(f"ch {live.channel}")] if live.channel is not None else []
        # The lamps of the plate show the mode, too.
        mode = "" if brief and below else live.mode
        card = short(live.card) if brief else live.card
        parts += [Content(harmless(word)) for word in (mode, live.allocation, card) if word]
        parts += [Content.styled(harmless(live.summary), LAMP)] if live.summary else []
        power = power_of(live)
        power = short(power.removeprefix("powered, ")) if brief else power
        last = live.link if below else power or live.link
        if below and self.coming:
            return [*parts, Content.styled(harmless(self.coming), ACCENT)]
        return [*parts, Content.styled(harmless(last), FAINT)] if last else parts


_PLATE_ROWS = 4


def as_switched(live: Live) -> Live:
    """Return it without what a virtual M1 said before it was switched off, or why it is silent."""
    if not live.power.startswith("switched off"):
        return live
    return live._replace(channel=None, mode="", allocation="", card="", summary="")


def short(words: str) -> str:
    """Return the words for a card without its kind where its switch says that it is a RAM card."""
    return words.replace("ram protected", "protected").replace("protected RAM", "protected")


def power_of(live: Live) -> str:
    """Return power and cell of a virtual M1; its card only where mode data has not said it."""
    told = live.power.split(", ")
    return ", ".join(word for word in told if not (live.card and word.endswith(" card")))
