"""What is sent to the terminal: the cells that changed, and nothing else."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.strip import Strip

from m1tui.app.drawing import ShownCells, segments_of
from tests.screen_model import ScreenModel
from tests.terminals import Terminal, opened

FIRST_SCREEN, KEY = 7_500, 2_800
"""Bytes that a line of 960 bytes a second carries in 8 and in 3 seconds."""
WIDTH, HEIGHT = 12, 3
STYLES = [
    Style.parse(text)
    for text in (
        "white on color(234)",
        "bold white on color(234)",
        "bold dim red on color(234)",
        "dim red on color(234)",
        "reverse white on color(234)",
        "underline blue on color(233)",
        "default on default",
        "overline blue",
        "#ff5a45 on #121416",
    )
]


class Update(CompositorUpdate):
    """Pieces of text, each drawn from a place on."""

    def __init__(self, *pieces: tuple[int, int, str, Style]) -> None:
        self._pieces = pieces

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for x, y, text, style in self._pieces:
            yield Control.move_to(x, y).segment
            yield Segment(text, style)

    def render_segments(self, console: Console) -> str:
        parts = []
        for x, y, text, style in self._pieces:
            assert Control.move_to(x, y).segment.text
            parts += [f"\x1b[{y + 1};{x + 1}H", Strip([Segment(text, style)]).render(console)]
        return "".join(parts)


def full(text: str, style: Style = STYLES[0]) -> Update:
    return Update(*((0, y, text.ljust(WIDTH)[:WIDTH], style) for y in range(HEIGHT)))


CONSOLE = Console(file=io.StringIO(), color_system="256")


def sent(shown: ShownCells, update: CompositorUpdate) -> str:
    want(shown, update)
    return shown.changes()


def want(shown: ShownCells, update: CompositorUpdate) -> None:
    shown.want(segments_of(update, CONSOLE), ColorSystem.EIGHT_BIT)


def after(*data: str) -> list[object]:
    model = ScreenModel(WIDTH, HEIGHT)
    for part in data:
        model.feed(part.encode())
    return [*model.cells]


pieces = st.tuples(
    st.integers(0, WIDTH - 6),
    st.integers(0, HEIGHT - 1),
    st.text(alphabet="  abé│─", min_size=1, max_size=6),
    st.sampled_from(STYLES),
)
updates = st.lists(st.lists(pieces, min_size=1, max_size=5), min_size=1, max_size=6)


@given(updates, st.booleans())
def test_the_terminal_shows_the_same_as_after_all_that_textual_would_send(
    drawn: list[list[tuple[int, int, str, Style]]], erases: bool
) -> None:
    shown = ShownCells(erases=erases)
    all_of_it = [full("start"), *(Update(*each) for each in drawn)]
    changes = [sent(shown, update) for update in all_of_it]
    whole = [update.render_segments(CONSOLE) for update in all_of_it]
    assert after(*changes) == after(*whole)


def test_what_the_terminal_shows_already_is_not_sent_again() -> None:
    shown = ShownCells()
    assert sent(shown, full("Enter next"))
    assert sent(shown, full("Enter next")) == ""


def test_one_changed_letter_costs_a_move_and_a_letter() -> None:
    shown = ShownCells()
    sent(shown, full("step 1"))
    assert len(sent(shown, full("step 2"))) < 3 * len("\x1b[1;6H\x1b[37;48;5;234m2\x1b[0m")


def test_what_comes_and_goes_between_two_drawings_is_not_sent() -> None:
    shown = ShownCells()
    sent(shown, full("Home"))
    want(shown, full("Transfer"))
    want(shown, full("Home"))
    assert shown.changes() == ""


def test_what_was_forgotten_is_sent_whole() -> None:
    shown = ShownCells()
    first = sent(shown, full("Enter next"))
    shown.forget()
    assert sent(shown, full("Enter next")) == first


def test_wide_and_combining_characters_keep_what_follows_in_its_place() -> None:
    shown = ShownCells()
    changes = [sent(shown, full("ab")), sent(shown, Update((0, 0, "電 e\u0301x", STYLES[0])))]
    row = after(*changes)[0]
    assert [text for text, _ in row[:5]] == ["電", "", " ", "e\u0301", "x"]  # type: ignore[index]


def test_a_terminal_that_erases_in_its_own_colour_is_sent_blanks() -> None:
    assert "\x1b[K" not in sent(ShownCells(), full("a"))
    assert "\x1b[K" in sent(ShownCells(erases=True), full("a"))


@pytest.mark.parametrize(
    ("term", "erases"), [("xterm-256color", True), ("screen", False), ("no-such", False)]
)
def test_terminfo_says_whether_erasing_colours(term: str, erases: bool) -> None:
    pytest.importorskip("curses")
    # In a process of its own: terminfo is read once in each.
    program = f"from m1tui.app.terminal import *; print(erases_in_colour({{'TERM': {term!r}}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(erases)


def settle(terminal: Terminal) -> int:
    """Return how many bytes are drawn until nothing more is."""
    count = 0
    while more := terminal.bytes_within(0.7):
        count += more
    return count


def bytes_of(terminal: Terminal, keys: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for key in keys:
        terminal.press(key)
        counts[f"{len(counts)}: {key!r}"] = settle(terminal)
    return counts


DOWN, ESC = "\x1b[B", "\x1b"


@pytest.mark.parametrize(
    ("term", "most", "keys"),
    [
        ("xterm-256color", KEY, (DOWN, "?", ESC, "b", ESC, "s", ESC, "\r", "n", ESC, "p", ESC)),
        # Gets blanks where the other is told to erase.
        ("screen-256color", KEY + 200, (DOWN, "?", ESC, "\r")),
    ],
)
def test_a_slow_line_has_the_first_screen_in_8_s_and_a_keys_effect_in_3(
    tmp_path: Path, term: str, most: int, keys: tuple[str, ...]
) -> None:
    with opened(tmp_path, "--port", "virtual:healthy", term=term) as terminal:
        terminal.read_until("100/100")
        settle(terminal)
        assert 1_000 < len(terminal.shown) <= FIRST_SCREEN
        counts = bytes_of(terminal, keys)
        assert all(counts.values()), counts
        assert max(counts.values()) <= most, counts
        # A step that asks the M1 is drawn when it asks, and again when it has its answer.
        (asked,) = bytes_of(terminal, "\r").values()
        assert asked <= 2 * most


def test_the_screen_that_grew_by_changes_is_the_one_that_is_drawn_whole(tmp_path: Path) -> None:
    with opened(tmp_path, "--port", "virtual:healthy") as terminal:
        terminal.read_until("100/100")
        bytes_of(terminal, (DOWN, "?", ESC, DOWN, "\r", "\r", "n", "x", ESC))
        grown = terminal.screen.cells
        terminal.screen = ScreenModel()
        terminal.press("\x0c")  # Ctrl+L
        assert settle(terminal) > 1_000
        assert terminal.screen.cells == grown


@pytest.mark.parametrize(("width", "height"), [(66, 21), (50, 15), (132, 43)])
def test_a_terminal_of_another_size_is_drawn_whole(tmp_path: Path, width: int, height: int) -> None:
    with opened(tmp_path, "--port", "virtual:healthy") as terminal:
        terminal.read_until("100/100")
        bytes_of(terminal, "\r")
        terminal.resize(width, height)
        terminal.shown = b""
        terminal.read_until("all keys")
        settle(terminal)
        drawn = terminal.screen.cells
        terminal.screen = ScreenModel(width, height)
        terminal.press("\x0c")  # Ctrl+L
        terminal.shown = b""
        terminal.read_until("all keys")
        settle(terminal)
        assert drawn == terminal.screen.cells
