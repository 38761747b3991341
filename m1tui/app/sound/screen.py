"""The sounds one by one: walk with the arrows, hear with Space, mark with Enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.text import harmless
from m1tui.app.theme import ACCENT, FAINT, LAMP
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.table import Column, Row, Table
from m1tui.engine.play.phrases import OCTAVES, PHRASES
from m1tui.engine.play.player import Manner
from m1tui.engine.play.sounds import Sort, Sound, Sounds

T = TypeVar("T")

COLUMNS = (
    *(Column("No", 3), Column("Name", 10), Column("Plays", 16)),
    *(Column("Marked", 8), Column("Note", 20, grows=True)),
)
VELOCITIES = (127, 100, 64, 32)
TITLES = {Sort.PROGRAM: "Programs", Sort.COMBINATION: "Combinations", Sort.KIT: "Drum kits"}
NOTHING = {
    Sort.PROGRAM: "There are no programs here.",
    Sort.COMBINATION: "There are no combinations here.",
    Sort.KIT: "There are no drum kits here.",
}
_CHANNELS = 16


class Stage(Enum):
    """How far the session with the M1 is."""

    READING = "reading"
    READY = "ready"
    OVER = "over"
    """It has ended: nothing can be played any more."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How a sound was marked."""

    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SoundView:
    """The page as it stands."""

    title: str
    stage: Stage = Stage.READING
    told: str = ""
    """What is going on, or what was heard."""
    wrong: bool = False
    """Whether that is bad news."""
    sounds: Sounds = field(default_factory=Sounds)
    marked: tuple[tuple[str, Heard], ...] = ()
    """The marks by the sounds' titles."""
    manner: Manner = field(default_factory=Manner)


class Keeper(Protocol):
    """What does what the keys of the page ask for."""

    def attach(self) -> None:
        """Begin the session with the M1."""

    def play(self, sound: Sound) -> None:
        """Let a sound be heard, instead of what sounds now."""

    def mark(self, sound: Sound) -> None:
        """Ask how it sounds, and keep that."""

    def leave(self) -> None:
        """Put everything back and go."""


class SoundScreen(Screen[None]):
    """Draws one SoundView after another."""

    HELP_SECTION = "THE SOUNDS"
    BINDINGS = [
        Binding("space", "play", "play", key_display="Space", priority=True),
        Binding("enter", "mark", "mark", key_display="Enter"),
        Binding("right,tab", "turn(1)", show=False, priority=True),
        Binding("left,shift+tab", "turn(-1)", show=False, priority=True),
        Binding("o", "octave(1)", show=False),
        Binding("O", "octave(-1)", show=False),
        Binding("v", "velocity", show=False),
        Binding("c", "channel", show=False),
        Binding("f", "phrase", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "leave", "back", key_display="Esc"),
    ]

    view: reactive[SoundView | None] = reactive(None, repaint=False)
    """The page; None before the first."""
    sort: reactive[Sort] = reactive(Sort.PROGRAM, repaint=False, init=False)
    """Which sounds are listed."""

    def __init__(self, keeper: Keeper, at: tuple[Sort, int] = (Sort.PROGRAM, 0)) -> None:
        """Begin at the sound of that sort and number."""
        super().__init__()
        self._keeper = keeper
        self._at = at
        self._places = dict.fromkeys(Sort, 0)

    def compose(self) -> ComposeResult:
        yield Static(id="title", classes="title", markup=False)
        yield Static(id="pages", markup=False)
        yield Table()
        yield Hanging(name="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_reactive(SoundScreen.sort, self._at[0])
        self.query_one(Table).focus()
        self._keeper.attach()

    def hints(self) -> tuple[tuple[str, str], ...]:
        """Return the keys of the moment."""
        ready = self.view is not None and self.view.stage is Stage.READY
        some = bool(self._listed)
        keys = [("Space", "play")] if ready and some else []
        keys += [("Enter", "mark")] if some else []
        return (*keys, ("F9", "all notes off"), ("?", "help"), ("Esc", "back"))

    @property
    def _listed(self) -> tuple[Sound, ...]:
        return self.view.sounds.of(self.sort) if self.view is not None else ()

    @property
    def current(self) -> Sound | None:
        """The sound of the current row."""
        place = self.query_one(Table).current
        return self._listed[place] if 0 <= place < len(self._listed) else None

    def watch_view(self, before: SoundView | None, view: SoundView | None) -> None:
        if view is None:
            return
        old = before or SoundView("")
        if (old.sounds, old.marked) != (view.sounds, view.marked):
            if old.sounds != view.sounds:
                self._go_to_first()
            self._fill()
        self._draw()

    def _go_to_first(self) -> None:
        sort, number = self._at
        places = [place for place, one in enumerate(self._listed) if one.number == number]
        self._places[sort] = places[0] if places else 0

    def watch_sort(self, before: Sort, sort: Sort) -> None:
        self._fill()
        self._draw()

    def _fill(self) -> None:
        assert self.view is not None
        marked = dict(self.view.marked)
        rows = tuple(_row(one, marked.get(one.title)) for one in self._listed)
        nothing = NOTHING[self.sort]
        if self.sort is Sort.KIT and self.view.sounds.unheard_kits:
            nothing = "\n".join(self.view.sounds.unheard_kits)
        elif self.view.stage is Stage.READING:
            nothing = "Reading the names ..."
        table = self.query_one(Table)
        table.fill(COLUMNS, rows, at=self._places[self.sort], nothing=nothing)

    def _draw(self) -> None:
        view = self.view
        assert view is not None
        self.query_one("#title", Static).update(
            Content.assemble(("Hear ", "bold"), harmless(view.title))
        )
        parts = [
            Content.styled(f"[{TITLES[sort]}]", "bold $accent")
            if sort is self.sort
            else Content.styled(f" {TITLES[sort]} ", FAINT)
            for sort in Sort
        ]
        parts.append(Content.styled(f"   {manner_text(view.manner)}", FAINT))
        self.query_one("#pages", Static).update(Content("").join(parts))
        self._tell()
        self.query_one(KeyBar).refresh()

    def _tell(self) -> None:
        view, sound = self.view, self.current
        assert view is not None
        told = [Paragraph("", "", (view.told,), LAMP if view.wrong else ACCENT)]
        if sound is not None:
            told += [Paragraph("Note   ", LAMP, (note,)) for note in sound.notes]
        self.query_one(Hanging).paragraphs = tuple(told)

    def on_table_moved(self, event: Table.Moved) -> None:
        self._places[self.sort] = max(0, event.index)
        if self.view is not None:
            self._tell()

    def on_table_chosen(self) -> None:
        self.action_play()

    def action_play(self) -> None:
        """Let the current sound be heard."""
        if self.current is not None:
            self._keeper.play(self.current)

    def action_mark(self) -> None:
        """Say how the current sound sounds."""
        if self.current is not None:
            self._keeper.mark(self.current)

    def action_turn(self, direction: int) -> None:
        """List the next sort of sounds, or the one before."""
        sorts = list(Sort)
        self.sort = sorts[(sorts.index(self.sort) + direction) % len(sorts)]

    def action_leave(self) -> None:
        """Go back; the M1 is put back first."""
        self._keeper.leave()

    def _change(self, change: Callable[[Manner], Manner]) -> None:
        if self.view is not None:
            self.view = replace(self.view, manner=change(self.view.manner))

    def action_octave(self, direction: int) -> None:
        """Play an octave higher or lower."""
        self._change(
            lambda one: replace(one, octave=max(-OCTAVES, min(OCTAVES, one.octave + direction)))
        )

    def action_velocity(self) -> None:
        """Strike softer, from the softest to the hardest."""
        self._change(lambda one: replace(one, velocity=_following(VELOCITIES, one.velocity)))

    def action_channel(self) -> None:
        """Play on the next channel; first on the one that the sound answers."""
        channels = (None, *range(_CHANNELS))
        self._change(lambda one: replace(one, channel=_following(channels, one.channel)))

    def action_phrase(self) -> None:
        """Play the next phrase; first the one that suits the sound."""
        names = (None, *PHRASES)
        self._change(lambda one: replace(one, phrase=_following(names, one.phrase)))


def _following(choices: tuple[T, ...], now: T) -> T:
    return choices[(choices.index(now) + 1) % len(choices)]


def _row(sound: Sound, heard: Heard | None) -> Row:
    mark = {"right": "right", "wrong": "WRONG", "silent": "SILENT"}
    verdict = mark[heard.verdict] if heard is not None else ""
    number = f"{sound.number:02d}" if sound.sort is not Sort.KIT else str(sound.number)
    note = heard.note if heard is not None else ""
    sign = "!" if verdict in ("WRONG", "SILENT") else " "
    return Row((number, sound.name, sound.phrase.title, verdict, note), sign)


def manner_text(manner: Manner) -> str:
    """Return how sounds are played: "velocity 100, octave 0"."""
    parts = [
        f"velocity {manner.velocity}",
        f"octave {manner.octave:+d}" if manner.octave else "octave 0",
    ]
    if manner.channel is not None:
        parts.append(f"channel {manner.channel + 1}")
    if manner.phrase is not None:
        parts.append(PHRASES[manner.phrase].title)
    return ", ".join(parts)
