"""Home tells what the service log has to say, and every run is in the log without another word."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from textual.pilot import Pilot

from m1tui.advice import Advice, Trouble
from m1tui.app import workbench
from m1tui.app.app import M1App
from m1tui.app.home import HomeScreen, Reminder, coming_next, stands_at
from m1tui.app.instrument_watch import IN_USE, LOOKING
from m1tui.app.log.log import LogScreen
from m1tui.app.serial import SerialScreen
from m1tui.app.snapshots import DueCell, HomeLists, Live, Reminders
from m1tui.app.workbench import Workbench, live_state, sketched
from m1tui.clock import run
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.link import Link
from m1tui.link.virtual import VirtualLink
from m1tui.options import Options
from m1tui.procedures.journal import Journal
from m1tui.procedures.library import load
from m1tui.resources import screens_folder
from m1tui.store import Store
from m1tui.virtual.scenarios import scenario
from tests.advised import raises
from tests.app.gallery import SHELF, visit
from tests.app.rehearsal import (
    BATTERY,
    NOON,
    begin,
    guide_of,
    rehearse,
    settled,
    take_step,
    until,
    walk_home,
    walk_to,
)
from tests.app.rendering import check_golden, text_of

DUE = tuple(
    DueCell(f'M1 {100_000 + number} "Owner {number}"', f"2026-0{number}-20", when, late)
    for number, when, late in (
        (1, "overdue by 10 months", True),
        (3, "overdue by 8 months", True),
        (5, "due in 59 days", False),
        (6, "due in 60 days", False),
    )
)
BENCH = 'M1R 204060 "Studio 2", visit 2026-11-20'


def home(reminders: Reminders) -> HomeScreen:
    class Filled(HomeScreen):
        def on_mount(self) -> None:
            super().on_mount()
            self.lists, self.reminders = SHELF._replace(unfinished=()), reminders

    return Filled()


@pytest.mark.parametrize("rehearsal", [False, True])
def test_an_m1_that_cannot_send_its_memory_yet_is_made_ready_next(rehearsal: bool) -> None:
    live = Live(model="M1", exclusive_disabled=True, rehearsal=rehearsal)
    assert coming_next(HomeLists(), live) == "next: make the M1 MIDI ready"


@pytest.mark.parametrize("rehearsal", [True, False])
def test_an_m1_whose_sequencer_runs_is_not_called_one_with_exclusive_disabled(
    rehearsal: bool,
) -> None:
    async def looked() -> Live:
        m1 = scenario("healthy")
        async with Instrument(VirtualLink(m1)) as instrument:
            await diagnose(instrument)
            m1.press("SEQ REC START/STOP")
            found = await diagnose(instrument)
            return live_state(instrument, found, found.mode_data)

    live = run(looked())
    assert live.summary == "Sequencer may be running"
    assert not live.exclusive_disabled
    told = coming_next(HomeLists(), live._replace(rehearsal=rehearsal))
    assert told == "next: press START/STOP on the M1, then press l"


def test_the_first_screen_waits_for_nothing_that_speaks_with_an_instrument() -> None:
    rooms = ("engine", "link", "procedures", "virtual")
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; import m1tui.app.app; "
            f"print([name for name in {rooms} if 'm1tui.' + name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip() == "[]"


def test_what_home_shows_of_a_virtual_m1_needs_nothing_of_a_run() -> None:
    """It is the first to be loaded of what takes five megabytes."""
    ended = subprocess.run(
        [sys.executable, "-c", SHOWN], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["PROG", "False", "False"]


SHOWN = """
import asyncio, sys
from m1tui.app.snapshots import Live
from m1tui.app.workbench import sketched
from m1tui.link import Link
from m1tui.link.virtual import VirtualLink
from m1tui.virtual.scenarios import scenario

async def shown():
    rehearsal = VirtualLink(scenario("healthy")).rehearsal
    return sketched(Live(mode="COMBI"), rehearsal)

print(asyncio.run(shown()).mode)
print("m1tui.procedures.run" in sys.modules, "m1tui.engine.checks" in sys.modules)
"""


def test_garbage_is_collected_once_home_is_drawn(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert gc.isenabled()

    gc.disable()  # as the program's entry does
    try:
        rehearse(tmp_path, look)
    finally:
        gc.enable()
        gc.unfreeze()


@pytest.mark.parametrize(
    ("golden", "reminders", "size"),
    [
        ("home-due", Reminders(DUE[:2]), (80, 24)),
        ("home-due-many", Reminders(DUE, BENCH), (80, 24)),
        ("home-due-tall", Reminders(DUE, BENCH), (132, 43)),
    ],
)
def test_home_tells_whose_cell_is_due_in_two_lines_and_in_more_where_there_is_room(
    golden: str, reminders: Reminders, size: tuple[int, int]
) -> None:
    async def look(pilot: Pilot[int]) -> None:
        check_golden(pilot.app, golden)

    visit(lambda: home(reminders), look, size=size)


def test_with_nothing_to_tell_home_gives_the_procedures_the_room() -> None:
    async def look(pilot: Pilot[int]) -> None:
        assert pilot.app.screen.query_one(Reminder).size.height == 0

    visit(lambda: home(Reminders()), look)


def test_an_owners_tag_is_drawn_harmlessly_on_home() -> None:
    nasty = DueCell("M1 \x1b[2J[bold]tag[/]", "2026-01-20", "due today", late=True)

    async def look(pilot: Pilot[int]) -> None:
        shown = text_of(pilot.app)
        assert "M1 ·[2J[bold]tag[/]" in shown
        assert "On the bench  \\[x] ·" in shown

    visit(lambda: home(Reminders((nasty,), "\\[x] \x07")), look)


def test_the_key_bar_of_home_fits_80_columns(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        bar = " ".join(text_of(app).splitlines()[-1].split())
        assert bar == "Enter open b backups s service log q quit ? all keys"

    rehearse(tmp_path, look)


@pytest.mark.parametrize(
    ("keys", "lamp"), [("", "PROG"), ("COMBI", "COMBI"), ("EDIT-PROG", "PROG"), ("SEQ", "SEQ")]
)
def test_the_lamps_of_a_virtual_m1_that_does_not_answer_are_its_own(
    tmp_path: Path, keys: str, lamp: str
) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        rehearsal = app.bench.rehearsal
        assert rehearsal is not None
        if keys:
            await rehearsal.press(keys)
        app.live = app.bench.sketch()
        await pilot.pause()
        assert app.live.mode == ""
        lit = [
            line.partition("(*)")[2].split()[0]
            for line in text_of(app).splitlines()
            if "(*)" in line
        ]
        assert lit == [lamp]

    rehearse(tmp_path, look, port="virtual:used")


def test_a_link_that_could_not_be_opened_leaves_the_virtual_m1_to_the_next_try(
    tmp_path: Path,
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("what the owner wrote")
    bench = Workbench(
        Options(port="virtual:healthy", data_dir=tmp_path, transcript=mine), Store(tmp_path)
    )

    async def tried() -> None:
        for _ in range(2):
            with raises(Trouble, "transcript-name-taken"):
                await bench.open()
        mine.unlink()
        assert (await bench.open()).live.rehearsal
        await bench.close()

    run(tried())


def test_no_run_is_opened_while_nobody_knows_whether_it_is_a_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of a virtual M1 would go on with the real one that is found."""
    let_go, found = Workbench._let_go, asyncio.Event()

    async def slow(bench: Workbench) -> None:
        await let_go(bench)
        await found.wait()

    async def look(pilot: Pilot[int], app: M1App) -> None:
        monkeypatch.setattr(Workbench, "_let_go", slow)
        await pilot.press("l")
        await until(pilot, lambda: app.live == LOOKING)
        await pilot.press("enter")
        await pilot.pause()
        assert app.guide is None
        assert "still looking for an M1" in " ".join(text_of(app).split())
        found.set()
        await until(pilot, lambda: app.live != LOOKING)
        await pilot.press("enter")
        await until(pilot, lambda: app.guide is not None)

    rehearse(tmp_path, look, port="virtual:healthy")


def test_every_key_of_home_opens_something_or_does_no_harm(tmp_path: Path) -> None:
    async def press(pilot: Pilot[int], app: M1App) -> None:
        for key in "bnst?c":
            await pilot.press(key)
            await until(pilot, lambda: app.is_idle)
            if app.screen is not app.home:
                await pilot.press("escape")
                await until(pilot, lambda: app.screen is app.home and app.is_idle)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, LogScreen))
        await pilot.press("escape", "n")
        await until(pilot, lambda: isinstance(app.screen, SerialScreen))

    rehearse(tmp_path, press)


def test_whose_cell_is_due_is_read_when_home_is_shown_and_anew_after_the_log(
    tmp_path: Path,
) -> None:
    log = Store(tmp_path, now=lambda: NOON).log
    log.add_instrument("M1", serial="112233", tag="Blue case")
    log.measure_battery("m1-112233", fitted=date(2021, 8, 20))

    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert 'M1 112233 "Blue case"' in text_of(app)
        assert "2026-08-20, overdue by 3 months" in text_of(app)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, LogScreen) and app.is_idle)
        log.measure_battery("m1-112233", fitted=NOON.date())
        log.begin_visit("m1-112233")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.home and app.is_idle)
        assert "overdue" not in text_of(app)
        assert 'On the bench  M1 112233 "Blue case", visit 2026-11-20' in text_of(app)

    rehearse(tmp_path, look)


def test_a_run_is_in_the_log_with_the_volts_as_soon_as_it_is_over(tmp_path: Path) -> None:
    store = Store(tmp_path, now=lambda: NOON)

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Measure both cells")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.is_modal)
        check_golden(app, "measure-cell")
        await pilot.press(*"2,41", "enter", *"3.22", "enter", "enter")
        await until(pilot, lambda: not app.screen.is_modal)
        await walk_home(pilot, app)
        await until(pilot, lambda: app.is_idle)

    rehearse(tmp_path, walk)
    (visited,) = store.log.visits()
    (run,) = store.log.runs(visited.id)
    assert run.outcome == "VERIFIED"
    virtual = store.log.instrument(visited.instrument)
    assert virtual.battery is not None
    assert (virtual.battery.old_volts, virtual.battery.volts) == (2.41, 3.22)
    assert virtual.battery.fitted == NOON.date()


def test_what_was_left_is_recorded_when_home_is_shown_again(tmp_path: Path) -> None:
    Journal.begin(tmp_path / "journals", BATTERY, port="virtual:healthy", now=lambda: NOON).close()

    async def look(pilot: Pilot[int], app: M1App) -> None:
        (visited,) = app.bench.store.log.visits()
        assert [run.outcome for run in app.bench.store.log.runs(visited.id)] == ["UNFINISHED"]

    rehearse(tmp_path, look)


def test_a_damaged_journal_is_told_on_home_and_keeps_nobody_from_working(tmp_path: Path) -> None:
    (tmp_path / "journals").mkdir()
    (tmp_path / "journals" / "x\x1b[2J.journal").write_bytes(b"?\n")

    async def look(pilot: Pilot[int], app: M1App) -> None:
        told = " ".join(text_of(app).split())
        assert 'The log is missing "x·[2J.journal": damaged, or written by a newer m1tui.' in told
        await begin(pilot, app)
        await take_step(pilot, app)

    rehearse(tmp_path, look)


def test_a_log_that_cannot_be_read_is_told_on_home(tmp_path: Path) -> None:
    (tmp_path / "log" / "instruments").mkdir(parents=True)
    (tmp_path / "log" / "instruments" / "m1.json").write_text("?")

    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert "cannot be read" in text_of(app)

    rehearse(tmp_path, look)


def test_home_says_how_many_steps_a_person_meets_at_most_where_answers_choose_them(
    tmp_path: Path,
) -> None:
    asked = load(screens_folder() / "symptoms.toml")

    async def begin_it(pilot: Pilot[int], app: M1App) -> None:
        assert "minutes, at most 7 steps" in text_of(app)
        await begin(pilot, app, asked.id)
        await walk_to(pilot, app, asked.steps[1].title)
        await pilot.press("3")
        await settled(pilot, app)
        assert guide_of(app).run.position + 1 > 7
        await app.finish_run()
        await until(pilot, lambda: app.screen is app.home and bool(app.home.lists.unfinished))
        shown = text_of(app)
        assert "next: resume at step 3" in shown, "by the way that was taken, not by the file"
        assert "of 51" not in shown

    rehearse(tmp_path, begin_it, port="virtual:healthy", procedures={asked.id: asked})


def test_the_mode_of_a_virtual_m1_is_the_one_that_its_panel_shows() -> None:
    link = VirtualLink(scenario("healthy"))

    async def press() -> Live:
        async with link:
            await link.rehearsal.press("PROG")
            unheard = sketched(Live(), link.rehearsal)
            assert unheard.mode == "", "it has not answered"
            return sketched(Live(mode="GLOBAL"), link.rehearsal)

    assert run(press()).mode == "PROG"


@pytest.mark.parametrize("columns", [80, 60])
def test_between_a_title_and_how_far_its_run_is_there_are_always_two_spaces(columns: int) -> None:
    titles = [load(path).title for path in sorted(screens_folder().glob("*.toml"))]
    titles += ["X" * length for length in range(36, 61)]
    places = [
        (9, 9, False),
        (11, 16, True),
        (6, 29, False),
        (26, 29, True),
        (0, 0, True),
    ]

    async def look(pilot: Pilot[int]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen)
        for step, steps, rehearsal in places:
            runs = tuple(
                SHELF.unfinished[0]._replace(
                    journal=Path(f"{at}.journal"),
                    title=title,
                    step=step,
                    steps=steps,
                    rehearsal=rehearsal,
                )
                for at, title in enumerate(titles)
            )
            screen.lists = SHELF._replace(unfinished=runs)
            for at, run_at in enumerate(runs):
                screen.stand_at_run(run_at.journal.name)
                await pilot.pause()
                state = stands_at(run_at)
                line = next(one for one in text_of(pilot.app).splitlines() if "> Resume: " in one)
                shown, gap, rest = line.partition(f"  {state}")
                assert gap, line
                assert rest.strip(" +") == ""
                shown = shown.strip().removeprefix("> Resume: ")
                assert shown == titles[at] or (
                    shown.endswith("..") and titles[at].startswith(shown[:-2])
                ), line

    visit(lambda: home(Reminders()), look, size=(columns, 24))


def in_use() -> Trouble:
    """What is raised for a virtual M1 that another program has."""
    return Trouble(Advice(IN_USE, "This virtual M1 is still open in another program.", "", "", ""))


def test_a_virtual_m1_that_another_program_had_is_looked_for_again_and_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Link] = []
    free = False

    def port_of(port: str, data_dir: Path) -> Link:
        if not free:
            raise in_use()
        # Exclusive is at DIS: it takes longer to find out than the time between two looks.
        opened.append(VirtualLink(scenario("dead-battery")))
        return opened[-1]

    monkeypatch.setattr(workbench, "open_port", port_of)

    async def look(pilot: Pilot[int], app: M1App) -> None:
        nonlocal free
        app.instrument_watch.connect()
        await until(pilot, lambda: "still open in another program" in text_of(app))
        app.instrument_watch.poll()
        await until(pilot, lambda: app.is_idle)
        assert app.live.summary == "no virtual M1"
        free = True
        for _ in range(4):
            app.instrument_watch.poll()
            await pilot.pause(0.3)
        await until(pilot, lambda: app.live.summary == "Exclusive disabled")
        assert len(opened) == 1
        assert "still open in another program" not in text_of(app)

    rehearse(tmp_path, look, port="virtual:dead-battery")
