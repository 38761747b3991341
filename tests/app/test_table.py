"""A table of any length, used by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.app import ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen

from m1tui.app.widgets.table import Column, LazyRows, Row, Table, under
from m1tui.clock import run
from tests.app.gallery import Gallery
from tests.app.rendering import text_of

COLUMNS = (Column("No", 6, right=True), Column("Name", 10, grows=True), Column("W", 9, wide=True))


class Numbers(LazyRows[int]):
    """Rows that note which of them were made."""

    def __init__(self, lines: list[str | int]) -> None:
        super().__init__(lines)
        self.made: set[int] = set()

    def row(self, item: int) -> Row:
        self.made.add(item)
        return Row((f"{item:,}", f"[b]n{item}\x1b[0m", "wide"), "!" if item % 7 == 0 else " ")


class TableScreen(Screen[None]):
    def __init__(self, rows: Numbers) -> None:
        super().__init__()
        self.numbers = rows
        self.clicked: list[int] = []

    def compose(self) -> ComposeResult:
        yield Table()

    def on_mount(self) -> None:
        table = self.query_one(Table)
        table.fill(COLUMNS, self.numbers, headings=self.numbers.headings, nothing="none")
        table.focus()

    def on_table_chosen(self, event: Table.Chosen) -> None:
        self.clicked.append(event.index)


def use(
    lines: list[str | int],
    user: Callable[[Pilot[int], Table, Numbers], Awaitable[None]],
    size: tuple[int, int] = (80, 24),
) -> None:
    async def show() -> None:
        app = Gallery()
        async with app.run_test(size=size) as pilot:
            rows = Numbers(lines)
            await app.push_screen(TableScreen(rows))
            await pilot.pause()
            await user(pilot, app.screen.query_one(Table), rows)

    run(show())


def grouped() -> list[str | int]:
    return under((f"group {ten}", range(ten * 10, ten * 10 + 10)) for ten in range(3))


def test_only_rows_in_sight_are_made() -> None:
    async def user(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        assert len(rows.made) < 60
        await pilot.press("end")
        assert table.current == 99_999
        assert "> 99,999" in text_of(pilot.app)
        assert len(rows.made) < 120

    use(list(range(100_000)), user)


def test_the_keys_move_by_a_row_a_screenful_and_to_the_ends() -> None:
    async def user(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        places = []
        for key in ("down", "pagedown", "pageup", "up", "up", "end", "down", "home"):
            await pilot.press(key)
            places.append(table.current)
        assert places == [1, 23, 1, 0, 0, 499, 499, 0]

    use(list(range(500)), user)


def test_headings_are_stepped_over_and_stay_in_sight_with_their_first_row() -> None:
    async def user(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        assert table.current == 1
        await pilot.press("end", "home")
        assert table.current == 1
        assert "group 0" in text_of(pilot.app)
        for _ in range(10):
            await pilot.press("down")
        assert table.current == 12
        table.go_to_group(1)
        assert table.current == 23
        table.go_to_group(-1)
        assert table.current == 12

    use(grouped(), user)


def test_where_more_rows_lie_beyond_a_plus_stands_at_the_edge() -> None:
    async def user(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        assert [line.endswith("+") for line in text_of(pilot.app).splitlines()].count(True) == 1
        for _ in range(30):
            await pilot.press("down")
        assert [line.endswith("+") for line in text_of(pilot.app).splitlines()].count(True) == 2

    use(list(range(500)), user)


def test_names_are_drawn_harmlessly_and_signs_stand_in_front() -> None:
    async def user(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        text = text_of(pilot.app)
        assert "[b]n3·[0m" in text
        assert "!     7" in text
        assert "\x1b" not in text

    use(list(range(20)), user)


def test_a_wide_screen_has_the_columns_that_a_narrow_one_lacks() -> None:
    async def narrow(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        assert "wide" not in text_of(pilot.app)

    async def wide(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        assert "wide" in text_of(pilot.app)

    use(list(range(5)), narrow)
    use(list(range(5)), wide, size=(132, 43))


def test_an_empty_table_says_why_and_gives_no_current_row() -> None:
    async def user(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        await pilot.press("down", "end", "pageup", "home", "up")
        table.go_to_group(1)
        assert table.current == -1
        assert "none" in text_of(pilot.app)

    use([], user)


def test_a_click_chooses_a_row_and_another_opens_it() -> None:
    async def user(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, TableScreen)
        await pilot.click(table, offset=(5, 4))
        assert (table.current, screen.clicked) == (3, [])
        await pilot.click(table, offset=(5, 4))
        await pilot.click(table, offset=(5, 0))
        await pilot.click(table, offset=(5, 15))
        assert (table.current, screen.clicked) == (3, [3])

    use(list(range(10)), user)


def test_what_stands_in_an_empty_table_is_broken_between_words_alone() -> None:
    async def look(pilot: Pilot[int], table: Table, rows: Numbers) -> None:
        told = f"{'word ' * 14}end"
        for length in range(20):
            table.fill(COLUMNS, (), nothing=f"{told}{'x' * length}.")
            await pilot.pause()
            assert f"end{'x' * length}." in text_of(pilot.app)

    use([], look)
