"""What a step shows where: pinned parts, one glass, the keys of the moment, sizes and colours."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from rich.color import Color
from textual.pilot import Pilot
from textual.screen import Screen

from m1tui.advice import Advice
from m1tui.app.app import M1App
from m1tui.app.help import SECTIONS, HelpScreen, text_for
from m1tui.app.preferences import Preferences
from m1tui.app.run.expected_panel import ExpectedPanel, Known, expected
from m1tui.app.run.pictures import Evidence, RailStep, StepView
from m1tui.app.run.procedure import ProcedureScreen, hints_of
from m1tui.app.run.results import (
    HARMS,
    LABEL,
    MEANINGS,
    OBJECTED,
    RUN_MEANINGS,
    ResultScreen,
    labelled_text,
    summary_view,
)
from m1tui.app.run.transfer import TransferScreen
from m1tui.app.run.views import PLAYS, StepNow, asking_of, evidence_of, rail_of, step_view
from m1tui.app.snapshots import Live
from m1tui.app.text import shortened
from m1tui.app.theme import Look, Scheme
from m1tui.app.widgets.display import amiss
from m1tui.app.widgets.hanging import hung
from m1tui.app.widgets.live import power_of
from m1tui.engine.checks import CheckContext, Writes
from m1tui.engine.checks.memory import saved_memory_lost
from m1tui.engine.keys import PROTECT_ON
from m1tui.facts import Harm, Outcome, Verdict
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.alarms import no_exclusive, returned, went_silent
from m1tui.procedures.events import AskedAgain
from m1tui.procedures.hands import tasks_of
from m1tui.procedures.keys import turned_names
from m1tui.procedures.library import load
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure
from m1tui.procedures.states import Mark, RunOutcome, StepState
from m1tui.procedures.values import Field
from m1tui.resources import screens_folder
from m1tui.surveys import Survey, Wording
from m1tui.sysex import Allocation, CardFormat, CardState, Mode, ModeData
from m1tui.sysex.messages import card_code
from m1tui.virtual.demo import demo_contents
from tests.app.gallery import LIVE, RESULT, STEP, TRANSFER, StandIn, Visit, visit
from tests.app.rehearsal import (
    begin,
    guide_of,
    only,
    rehearse,
    settled,
    until,
    view,
    walk_home,
    walk_to,
)
from tests.app.rendering import check_golden, styles_of, text_of
from tests.engine.bench import machine
from tests.engine.checks.hands import checked
from tests.procedures.examples import all_done, closed, procedure
from tests.procedures.examples import step as step_of
from tests.procedures.rehearsals import built_in

LONG = "\n\n".join(f"Paragraph {number} of a text that goes on and on." for number in range(30))

PRESSED = replace(
    STEP,
    rehearsal=True,
    can_rehearse=True,
    evidence=(),
    pressed=7,
    claims=("filter exclusive = ENA",),
)
"""A rehearsal in the middle of its keys."""

SHOWN = LIVE._replace(
    rehearsal=True, display=("GLOBAL 5-2 MIDI FILTERING", "PROG:DIS  AFTT:ENA  CTRL:ENA  EXCL:ENA")
)
"""A display on which PROG is not as expected; AFTT, CTRL and EXCL may be anything."""


def step(shown: StepView) -> ProcedureScreen:
    guide = StandIn(shown)
    screen = ProcedureScreen(cast("Any", guide))
    guide.screen = screen
    return screen


def lines_of(
    screen: Screen[Any], size: tuple[int, int] = (80, 24), live: Live = LIVE, *keys: str
) -> list[str]:
    found: list[str] = []

    async def look(pilot: Pilot[int]) -> None:
        pilot.app.live = live  # type: ignore[attr-defined]
        await pilot.press(*keys)
        await pilot.pause()
        found.extend(text_of(pilot.app).splitlines())

    visit(lambda: screen, look, size=size)
    return found


def test_title_warning_and_keys_stay_while_a_long_text_scrolls() -> None:
    shown = replace(PRESSED, text=LONG)
    still = lines_of(step(shown))
    moved = lines_of(step(shown), (80, 24), LIVE, *["pagedown"] * 4)
    for text in ("Make the M1 MIDI ready", "! Do not switch the M1 off now.", "Press  GLOBAL  5"):
        place = [text in line for line in still]
        assert any(place)
        assert place == [text in line for line in moved]
    assert any("Paragraph 0 " in line for line in still)
    assert not any("Paragraph 0 " in line for line in moved)


def test_no_line_is_passed_over_where_warnings_leave_little_room_for_the_text() -> None:
    text = "\n\n".join(f"Paragraph {number:02d}." for number in range(12))
    warning = " ".join(f"Warning {number}, which takes its room." for number in range(10))
    shown = replace(PRESSED, text=text, warning=warning)
    seen: list[set[str]] = []

    async def turn(pilot: Pilot[int]) -> None:
        pilot.app.live = LIVE  # type: ignore[attr-defined]
        for _ in range(20):
            await pilot.pause()
            seen.append(set(re.findall(r"Paragraph \d\d", text_of(pilot.app))))
            await pilot.press("pagedown")

    visit(lambda: step(shown), turn, size=(80, 24))
    assert 0 < len(seen[0]) <= 4
    assert len(set[str]().union(*seen)) == 12


def test_after_a_no_the_next_key_is_in_sight() -> None:
    no = Evidence(False, "Exclusive disabled", tuple(f"Sentence {n} of advice." for n in range(20)))
    text = "\n".join(lines_of(step(replace(STEP, evidence=(no,)))))
    assert "NO  Exclusive disabled" in text
    assert "Press [GLOBAL] 5" in text
    assert "[GLOBAL]  DOWN" in text


def test_signs_that_are_not_as_expected_are_marked_in_the_one_glass() -> None:
    lines = lines_of(step(PRESSED), (80, 24), SHOWN)
    glass = [line for line in lines if "│" in line]
    assert len(glass) == 3
    assert "PROG:DIS" in glass[1]
    assert "PROG:ENA" in glass[2]
    assert any("3 characters differ; expected below" in line for line in lines)


def test_keys_that_changed_another_track_are_not_pressed_again_before_it_is_left(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "record")
        await walk_to(pilot, app, "Give the track a program")
        for key in ("C", "UP", "UP", "F", "UP"):
            await guide_of(app).press_key(key)
        await pilot.press("enter")
        await settled(pilot, app)
        said = " ".join(line for one in view(app).evidence for line in (one.text, *one.advice))
        assert "Another track was given a program" in said
        assert 'go back to "Go to the song" and "Go to the first track"' in said
        assert "do it all" not in text_of(app)
        assert "keys again" not in text_of(app)
        rehearsal = app.bench.rehearsal
        assert rehearsal is not None
        before = rehearsal.display()
        for key in ("v", "space", "r"):
            await pilot.press(key)
            await settled(pilot, app)
            shown = " ".join(one.text for one in view(app).evidence)
            assert "Another track is selected" in shown, (key, shown)
            assert rehearsal.display() == before
        await pilot.press("b")
        await settled(pilot, app)
        assert view(app).title == "Go to the first track"
        await pilot.press("r")
        await settled(pilot, app)
        await pilot.press("v")
        await settled(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).title == "Give the track a program"
        await pilot.press("v")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("record"))


def test_who_turns_to_a_value_has_done_so_where_the_display_shows_it(tmp_path: Path) -> None:
    """UP and DOWN are pressed as often as that takes, not as often as on the longest way."""

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        async def press(*keys: str) -> None:
            for key in keys:
                await guide_of(app).press_key(key)
            await settled(pilot, app)

        def differs() -> bool:
            return "expected below" in text_of(app)

        await begin(pilot, app, "record")
        await walk_to(pilot, app, "Go to the song")
        await press("SEQ", "0", "B", "UP")
        assert view(app).pressed == 3
        assert "SONG:>1" in text_of(app)
        assert "SONG:>2" in text_of(app), "what it is to become"
        await press("UP")
        assert view(app).pressed == len(view(app).keys)
        assert not differs()
        await press("UP")
        assert differs()
        await press("DOWN")
        assert not differs()
        await walk_to(pilot, app, "Go to the first track")
        await press("C")
        assert view(app).pressed == len(view(app).keys), "it is shown already"
        await press("UP")
        assert view(app).pressed < len(view(app).keys), "UP has led away from it"
        await press("DOWN")
        assert view(app).pressed == len(view(app).keys)
        await walk_to(pilot, app, "Go to the second track")
        await press("C", "UP")
        assert "Tr:>2" in text_of(app)
        assert view(app).pressed == len(view(app).keys)
        assert not differs()
        await press("UP")
        assert "Tr:>3" in text_of(app)
        assert differs()
        await press("DOWN")
        assert not differs()

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("record"))


FORMATS = procedure(
    step_of(
        "which",
        "values",
        fields=(
            Field(
                name="format",
                label="Format",
                choices=("100PROG/100COMBI", "50PROG/50COMBI/4200SEQ", "7700STEP SEQUENCE"),
                default="7700STEP SEQUENCE",
            ),
        ),
    ),
    step_of("format", "keys", keys="GLOBAL 9 + DOWN G G"),
    step_of("turned", "keys", keys="GLOBAL 9 + UP/DOWN:format G G"),
    step_of("sound", "keys", keys="PROG 00 UP"),
    step_of("there", "keys", keys="DOWN"),
)
"""Steps of which each has keys that do something else on another page."""
JUDGED = procedure(
    step_of("format", "keys", keys="GLOBAL 9 + DOWN G G", checks=("memory-unprotected",))
)
LISTENED = procedure(
    step_of(
        "listened",
        "keys",
        keys="PROG 0 0 SEQ START/STOP START/STOP PROG 1 1",
        checks=("panel-keys-seen",),
    )
)
"""Keys that do something else on another page, and are judged by what they have not done."""


@pytest.mark.parametrize(
    ("at", "pressed", "count"),
    [
        ("format", "GLOBAL 9 + DOWN G G", 6),
        ("format", "GLOBAL 9 + GLOBAL 6 D DOWN", 0),
        ("format", "GLOBAL 9 + G GLOBAL 6 D DOWN GLOBAL 9 + G G", 3),
        ("format", "GLOBAL 9 + GLOBAL 6 D DOWN GLOBAL 9 +", 3),
        ("format", "GLOBAL 9 + GLOBAL 6 D DOWN GLOBAL 9 + DOWN G G", 6),
        ("format", "GLOBAL 9 + - +", 3),
        ("format", "GLOBAL 9 + DOWN PROG", 0),
        ("format", "GLOBAL 9 + DOWN G UP", 3),
        ("format", "GLOBAL 9 + DOWN GLOBAL 9 + G", 0),
        ("turned", "GLOBAL 9 + G", 0),
        ("turned", "GLOBAL 9 + DOWN UP UP G G", 6),
        ("turned", "GLOBAL 9 + DOWN DOWN DOWN DOWN G G", 3),
        ("turned", "GLOBAL 9 + UP UP DOWN G", 0),
        ("turned", "GLOBAL 9 + UP UP DOWN UP G", 5),
        ("sound", "PROG 0 0 UP", 4),
        ("sound", "PROG 0 1 0", 2),
        ("sound", "PROG 0 COMBI 0", 0),
        ("there", "DOWN", 1),
        ("there", "GLOBAL DOWN", 0),
    ],
)
def test_a_key_counts_only_where_the_keys_before_it_lead(
    at: str, pressed: str, count: int, tmp_path: Path
) -> None:
    """DOWN sets a card's format on one page and a protect on another."""

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, FORMATS.id)
        await walk_to(pilot, app, f"Step {at}")
        for key in pressed.split():
            await guide_of(app).press_key(key)
        await settled(pilot, app)
        assert view(app).pressed == count
        assert ("Done  " in text_of(app)) == (count == len(view(app).keys))

    rehearse(tmp_path, walk, port="virtual:card", procedures={FORMATS.id: FORMATS})


def test_keys_that_were_judged_begin_again_with_the_next_that_is_pressed(tmp_path: Path) -> None:
    """A NO says which keys to press on another page: those are not the step's own."""

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, JUDGED.id)
        for _ in view(app).keys:
            await pilot.press("space")
            await settled(pilot, app)
        assert "Done   GLOBAL" in text_of(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        for key in ("GLOBAL", "6", "D", "DOWN"):
            await guide_of(app).press_key(key)
        await settled(pilot, app)
        assert view(app).pressed == 0
        for key in ("GLOBAL", "9", "+"):
            await guide_of(app).press_key(key)
        await settled(pilot, app)
        assert view(app).pressed == 3
        assert "Press  GLOBAL  9  + [DOWN]" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:card", procedures={JUDGED.id: JUDGED})


def test_keys_that_were_heard_go_on_where_they_were_left(tmp_path: Path) -> None:
    """What was heard need not be pressed again."""

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        async def press(keys: str) -> int:
            for key in keys.split():
                await guide_of(app).press_key(key)
            return view(app).pressed

        await begin(pilot, app, LISTENED.id)
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        assert await press("PROG 0 0 SEQ START/STOP") == 5
        assert await press("GLOBAL") == 0
        assert await press("SEQ") == 5
        assert await press("START/STOP PROG 2 1") == 7, "the M1 heard 21"
        assert await press("1 1") == 9

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={LISTENED.id: LISTENED})


def turned_steps() -> list[tuple[str, str]]:
    """Every step of a procedure that has UP or DOWN pressed until a value is shown."""
    paths = sorted(screens_folder().glob("*.toml"))
    return [
        (path.stem, step.id)
        for path in paths
        for step in load(path).steps
        if turned_names(step.keys)
    ]


def chosen_for(chosen: Procedure) -> Run:
    """A run in which all is done, and all values are written down, each other than it is preset."""
    run = Run.begin(chosen)
    states = tuple(
        replace(
            state,
            mark=Mark.BY_HAND,
            values=tuple((field.name, other_value(field)) for field in step.fields),
        )
        for step, state in zip(chosen.steps, run.states, strict=True)
    )
    return replace(run, states=states)


def other_value(field: Field) -> str:
    """A value that is not the preset one, and not an end of the range where there are others."""
    if field.choices:
        return field.choices[-1]
    if field.numeric and not field.decimals:
        return str((field.high or 0) - 1 - (field.another is True))
    return field.preset or field.rehearsed or "3"


@pytest.mark.parametrize(("name", "at"), turned_steps())
def test_what_is_expected_after_turning_is_the_value_of_the_run(name: str, at: str) -> None:
    run = chosen_for(built_in(name)).at(at)
    foreseen = expected(run, Known())
    turned = 0
    for press, shown in zip(run.presses, foreseen[1:], strict=True):
        if " until " not in press.label:
            continue
        turned += 1
        assert shown.at_cursor, press.label
        _, _, wanted = press.label.partition(" until ")
        value = shown.lines[1].partition(">")[2].split()[0].casefold()
        # Internal programs have their bank before them, and an allocation its words.
        number = value.removeprefix("i")
        short = value.replace("prog", "").replace("combi", "").rpartition("/")[0]
        assert {value, number, short} & set(wanted.casefold().split()), (wanted, value)
    assert turned == len(turned_names(run.current.keys))


def test_a_display_as_expected_has_no_mark() -> None:
    right = SHOWN._replace(display=(SHOWN.display[0], SHOWN.display[1].replace("DIS", "ENA")))
    lines = lines_of(step(PRESSED), (80, 24), right)
    assert not any("differ" in line for line in lines)


@pytest.mark.parametrize(("presses", "word"), [(False, "Keys"), (True, "Done")])
def test_keys_count_as_done_only_where_they_were_pressed(
    tmp_path: Path, presses: bool, word: str
) -> None:
    """What was so without them is proved, but nobody has pressed them."""

    async def visitor(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        for _ in range(len(view(app).keys) if presses else 0):
            await pilot.press("space")
            await settled(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        assert f"{word}   GLOBAL  5" in text_of(app)

    rehearse(tmp_path, visitor)


@pytest.mark.parametrize(
    ("pressed", "unpressed", "word"), [(0, False, "Do"), (1, True, "Asked"), (1, False, "Done")]
)
def test_what_hands_do_elsewhere_is_not_called_a_key(
    pressed: int, unpressed: bool, word: str
) -> None:
    off = "switch it off"
    shown = replace(
        PRESSED,
        kind="hands",
        keys=(off,),
        marked=(frozenset(),),
        actions=("power-off",),
        pressed=pressed,
        unpressed=unpressed,
    )
    (line,) = (one for one in lines_of(step(shown)) if off in one and "Space" not in one)
    assert line.split(off)[0].rstrip("[ ").split("  ")[-1].strip() == word


def test_before_the_first_key_and_after_the_proof_nothing_is_marked() -> None:
    for shown in (replace(PRESSED, pressed=0), replace(PRESSED, glyph="[A]")):
        assert not any("differ" in line for line in lines_of(step(shown), (80, 24), SHOWN))


def test_what_cannot_be_known_never_counts_as_amiss() -> None:
    assert amiss("PROG:DIS", "PROG:???") == ()
    assert amiss("PROG:DIS", "PROG:ENA") == (5, 6, 7)


def test_a_name_longer_than_those_foreseen_is_not_amiss() -> None:
    assert amiss("Prog I00 KIT MARKET", "Prog I?? ????? ???") == ()
    assert amiss("Prog I57 KIT MARKET", "Prog I00 ????? ???") == (6, 7)


QUESTION = replace(
    STEP, kind="question", keys=(), marked=(), expected=(), evidence=(), answers=("a", "b")
)

HINTS: dict[str, tuple[StepView, list[str]]] = {
    "keys": (PRESSED, ["Enter check", "Space press UP", "v do it all"]),
    "real": (replace(PRESSED, rehearsal=False, can_rehearse=False), ["Enter check", "Space done"]),
    "no": (STEP, ["Enter check again", "Space done", "s skip"]),
    "no, all keys pressed": (
        replace(STEP, pressed=len(STEP.keys)),
        ["Enter check again", "r keys again", "s skip"],
    ),
    "no, all done by hand": (
        replace(STEP, kind="hands", pressed=len(STEP.keys)),
        ["Enter check again", "r do it again", "s skip"],
    ),
    "no, some keys pressed in a rehearsal": (
        replace(STEP, rehearsal=True, can_rehearse=True, pressed=3),
        ["Enter check again", "r keys again", "v do it all", "s skip"],
    ),
    "no, all keys pressed in a rehearsal": (
        replace(STEP, rehearsal=True, can_rehearse=True, pressed=len(STEP.keys)),
        ["Enter check again", "r keys again", "v do it all", "s skip"],
    ),
    "no, all done in a rehearsal": (
        replace(
            STEP,
            kind="hands",
            rehearsal=True,
            can_rehearse=True,
            enter_acts=True,
            pressed=len(STEP.keys),
        ),
        ["Enter check again", "r do it again", "v do it all", "s skip"],
    ),
    "no answer, all keys pressed in a rehearsal": (
        replace(
            STEP,
            rehearsal=True,
            can_rehearse=True,
            can_tick=True,
            pressed=len(STEP.keys),
            evidence=(Evidence(None, "the M1 does not answer", unheard=True),),
        ),
        ["Enter check", "t tick by hand", "r keys again", "v do it all"],
    ),
    "question": (QUESTION, ["Enter answer", "1-2 answer at once", "b back"]),
    "source": (
        replace(STEP, kind="source", glyph="[A]", keys=(), marked=(), expected=(), evidence=()),
        ["Enter next", "r choose again"],
    ),
    "settled": (
        replace(QUESTION, choice="b", glyph="[x]"),
        ["Enter next", "r change answer"],
    ),
    "fault": (
        replace(STEP, keys=(), can_accept=True),
        ["Enter check again", "f a fault: go on", "s skip"],
    ),
    "fault in a rehearsal": (
        replace(STEP, can_accept=True, rehearsal=True, can_rehearse=True, pressed=len(STEP.keys)),
        ["Enter check again", "f a fault: go on", "v do it all", "s skip"],
    ),
    "keys that nobody saw": (replace(STEP, glyph="[x]"), ["Enter next", "r keys again", "b back"]),
    "last": (
        replace(STEP, glyph="[A]", last=True),
        ["Enter finish", "r keys again", "b back"],
    ),
    "answered": (
        replace(PRESSED, kind="check", glyph="[A]", keys=(), marked=(), expected=()),
        ["Enter next", "r ask again", "b back"],
    ),
    "not passed, and the way leads back": (
        replace(
            PRESSED,
            kind="check",
            keys=(),
            marked=(),
            expected=(),
            can_accept=True,
            can_tick=True,
            evidence=(Evidence(False, "no", ("Go back with b to the tones.",)),),
        ),
        ["Enter check again", "f a fault: go on", "t tick by hand", "b back"],
    ),
    "a fault that was recorded": (
        replace(STEP, kind="check", glyph="[F]", keys=()),
        ["Enter next", "r ask again", "b back"],
    ),
    "done by hand and proved": (
        replace(PRESSED, kind="hands", glyph="[A]"),
        ["Enter next", "r do it again", "b back"],
    ),
    "saved": (
        replace(PRESSED, kind="backup", glyph="[A]", keys=(), marked=(), expected=()),
        ["Enter next", "r do it again", "b back"],
    ),
}


@pytest.mark.parametrize("name", HINTS)
def test_the_key_bar_names_enter_and_the_keys_of_the_moment(name: str) -> None:
    shown, wanted = HINTS[name]
    hints = [" ".join(hint) for hint in hints_of(shown)]
    assert hints[: len(wanted)] == wanted
    assert hints[-2:] == ["q leave", "? all keys"]
    assert len(hints) <= 6
    assert sum(len(hint) + 1 for hint in hints) < 80


def test_who_has_pressed_all_keys_and_is_still_listened_to_is_led_to_the_panel() -> None:
    listening = replace(PRESSED, listening=True)
    assert [key for key, _ in hints_of(listening)] == ["Space", "v", "Esc", "?"]
    all_pressed = replace(listening, pressed=len(listening.keys))
    assert [key for key, _ in hints_of(all_pressed)] == ["p", "Esc", "?"]
    does_it = replace(PRESSED, acting=True, evidence=(Evidence(None, "", (), under_way=True),))
    assert hints_of(does_it)[0] == ("wait", "for the virtual M1")
    acting = replace(listening, acting=True)
    assert [key for key, _ in hints_of(acting)] == ["wait", "Esc", "?"]
    real = replace(all_pressed, rehearsal=False, can_rehearse=False)
    assert [key for key, _ in hints_of(real)] == ["Esc", "?"]


def test_leaving_and_help_never_fall_off_the_key_bar() -> None:
    bar = lines_of(step(replace(PRESSED, keys=(*PRESSED.keys[:7], "a key " * 12))), (60, 20))[-1]
    assert " ".join(bar.split()).endswith("q leave ? all keys")


def test_a_question_that_is_settled_shows_its_options_and_the_chosen_one() -> None:
    text = "\n".join(lines_of(step(HINTS["settled"][0])))
    assert "( ) a" in text
    assert "(x) b" in text


def test_the_rail_takes_six_columns_and_numbers_the_steps() -> None:
    many = tuple(RailStep("[ ]", f"Step of number {n}", current=n == 15) for n in range(1, 31))
    lines = lines_of(step(replace(STEP, rail=many, number=15)))
    assert ">[ ]15" in [line[:6] for line in lines]
    assert lines[0].rstrip().endswith("step 15 of 30 [--------------]")
    rail = [line[:6].strip() for line in lines[1:22]]
    assert rail[0] == rail[-1] == ".."


def test_two_long_titles_do_not_look_alike_when_they_are_shortened() -> None:
    first, second = "Write down the settings of MIDI", "Write down the settings of memory"
    assert shortened(first, 20) != shortened(second, 20)
    assert len(shortened(first, 20)) == 20
    assert shortened("short", 20) == "short"


def test_a_wide_rail_takes_the_short_title_where_the_whole_one_does_not_fit() -> None:
    rail = (RailStep("[ ]", "Write down protects and allocation", current=True, short="Protects"),)
    for size, title in (((132, 43), "1 Protects"), ((200, 60), "1 Write down protects and")):
        assert any(title in line for line in lines_of(step(replace(STEP, rail=rail)), size))


@pytest.mark.parametrize("size", [(132, 43), (200, 60)])
def test_a_wide_terminal_has_rail_step_and_panel_side_by_side(size: tuple[int, int]) -> None:
    lines = lines_of(step(PRESSED), size, SHOWN)
    head = next(line for line in lines if "Press  GLOBAL" in line)
    assert "Find the M1" in head
    assert "4  Make the M1 MIDI ready" in head
    assert any("done in this run" in line for line in lines)


def test_sixty_columns_and_twenty_rows_have_keys_and_display_and_say_what_is_needed() -> None:
    async def look(pilot: Pilot[int]) -> None:
        pilot.app.live = SHOWN  # type: ignore[attr-defined]
        await until(pilot, lambda: "+ more" not in text_of(pilot.app))
        check_golden(pilot.app, "procedure-tight")
        text = text_of(pilot.app)
        assert "GLOBAL 5-2 MIDI FILTERING" in text
        assert "START/STOP" in text
        assert "Terminal 60 x 20: m1tui needs 80 x 24 to show everything." in text

    visit(lambda: step(PRESSED), look, size=(60, 20))


@pytest.mark.parametrize("size", [(58, 18), (45, 18)])
def test_a_terminal_that_is_too_small_says_how_large_it_must_be(size: tuple[int, int]) -> None:
    bar = "\n".join(lines_of(step(PRESSED), size)[-2:])
    assert f"Too small: 60 x 20 at least, found {size[0]} x {size[1]}." in bar


def test_a_question_to_the_m1_says_what_is_asked_and_for_how_long(tmp_path: Path) -> None:
    seen: list[str] = []

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Unplug everything")
        await pilot.press("enter")
        await until(pilot, lambda: any(one.under_way for one in view(app).evidence))
        await until(pilot, lambda: "2 s Asking the M1" in text_of(app))
        seen.append(text_of(app))
        await settled(pilot, app)
        assert "Asking" not in text_of(app)

    rehearse(tmp_path, walk)
    assert "Asking the M1 to confirm: the M1 is silent." in seen[0]
    assert " ".join(seen[0].splitlines()[-1].split()) == "wait for the answer ? all keys"


def test_a_check_that_writes_settings_is_not_called_a_question() -> None:
    run = Run.begin(built_in("tune")).at("set")
    shown = step_view(run, StepNow(rehearsal=True))
    assert dict(hints_of(shown))["Enter"] == "set and check"
    assert dict(hints_of(replace(shown, glyph="[A]")))["r"] == "do it again"
    (under_way,) = asking_of(run)
    assert under_way.text.startswith("Setting the M1 as this step says, then asking it to confirm:")
    asked = Run.begin(built_in("tune")).at("read")
    assert dict(hints_of(step_view(asked, StepNow())))["Enter"] == "check"


def test_a_step_that_plays_is_not_said_to_ask() -> None:
    run = Run.begin(load(screens_folder() / "silent-or-noisy.toml"))
    at = next(n for n, step in enumerate(run.procedure.steps) if step.id == "play-before")
    (shown,) = asking_of(replace(run, position=at))
    assert (shown.text, shown.advice) == (PLAYS, ())
    (asked,) = asking_of(run)
    assert asked.text.startswith("Asking the M1")


def test_while_a_step_plays_the_key_bar_names_the_key_that_ends_its_notes() -> None:
    plays = replace(STEP, checks=("plays-output-1",), evidence=(Evidence(None, "", (), True),))
    assert hints_of(plays) == (("F9", "notes off"), ("?", "all keys"))


def test_what_happened_is_said_once() -> None:
    advice = Advice("no-answer", "No answer.", "Nothing was sent.", "It is off.", "Switch it on.")
    unheard = Verdict(None, advice.happened, advice=advice, name="answers")
    (found,) = evidence_of(built_in("transpose").steps[0], StepState(verdicts=(unheard,)))
    assert found.text == "No answer."
    assert found.advice == ("Nothing was sent.", "It is off.", "Switch it on.")


def test_what_a_refusal_says_stands_once_on_its_step() -> None:
    advice = Advice("protected", "Memory is protected.", "", "A protect is ON.", "Turn it OFF.")
    evidence = "REFUSED: nothing was written. Memory is protected."
    refused = Verdict(None, evidence, advice=advice, name="restore", outcome=Outcome.REFUSED)
    (found,) = evidence_of(built_in("transpose").steps[0], StepState(verdicts=(refused,)))
    assert found.advice == ("A protect is ON.", "Turn it OFF.")


def test_while_bytes_come_in_the_m1_is_not_said_to_say_nothing() -> None:
    shown = TransferScreen(replace(TRANSFER, reply="", done=100), asyncio.Event())
    assert not any("M1 says" in line for line in lines_of(shown))


def test_two_checks_that_fail_for_one_reason_say_it_once() -> None:
    why = Advice("exclusive-disabled", "Exclusive disabled.", "Nothing was written.")
    unheard = [
        Verdict(None, why.happened, "an answer", "none", why, name=name)
        for name in ("allocation-100", "card-present")
    ]
    step = built_in("symptoms").steps[0]
    (found,) = evidence_of(step, StepState(verdicts=tuple(unheard)))
    assert found.text == "Exclusive disabled."


def test_what_a_step_only_observes_asks_for_nothing() -> None:
    advice = Advice("no-card", "No card is inserted.", "Nothing was written.", "", "Push it in.")
    seen = Verdict(False, "no card", advice=advice, name="card-inserted", decides=False)
    (found,) = evidence_of(built_in("symptoms").steps[0], StepState(verdicts=(seen,)))
    assert found.text == "no card"
    assert found.advice == ()


def transfer(*, only_reads: bool, writes: Writes | None = None) -> TransferScreen:
    return TransferScreen(TRANSFER, asyncio.Event(), only_reads=only_reads, writes=writes)


def test_cancelling_says_only_what_is_so() -> None:
    asked: list[str] = []

    async def cancel(pilot: Pilot[int]) -> None:
        await pilot.press("c")
        await pilot.pause()
        asked.append(" ".join(text_of(pilot.app).replace("║", " ").split()))

    visit(lambda: transfer(only_reads=True), cancel)
    visit(lambda: transfer(only_reads=False), cancel)
    visit(lambda: transfer(only_reads=True, writes=Writes.WHAT_IT_READ), cancel)
    visit(lambda: transfer(only_reads=True, writes=Writes.SETTINGS), cancel)
    assert "it writes back what it has read, and nothing else" in asked[2]
    assert "what it has set so far stays so" in asked[3]
    assert not any("Nothing is written" in one for one in asked[1:])
    assert "Nothing is written to the M1." in asked[0]
    assert "finished first" not in asked[0]
    assert "If the program is still sending, it finishes the current message first" in asked[1]


@pytest.mark.parametrize("look", [Look.FULL, Look.SIXTEEN])
def test_the_outcomes_differ_by_colour_and_without_any_by_sign_and_word(look: Look) -> None:
    grounds: dict[str, set[Color | None]] = {}
    texts: dict[str, str] = {}
    for word in ("VERIFIED", "MISMATCH", "REFUSED", "UNKNOWN"):

        def gather(word: str) -> Visit:
            async def look_at(pilot: Pilot[int]) -> None:
                rows = pilot.app.screen._compositor.render_strips()
                band = next(row for row in rows if word in row.text)
                texts[word] = band.text.split(word)[0].strip()
                grounds[word] = {
                    segment.style.bgcolor
                    for segment in band
                    if segment.style is not None and word in segment.text
                }

            return look_at

        visit(lambda: ResultScreen(replace(RESULT, outcome=word)), gather(word), look=look)  # noqa: B023
    assert grounds["MISMATCH"] == grounds["REFUSED"]
    assert grounds["VERIFIED"] != grounds["MISMATCH"] != grounds["UNKNOWN"] != grounds["VERIFIED"]
    assert len(set(texts.values())) == 4


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
@pytest.mark.parametrize("page", ["end", "transfer"])
def test_the_end_and_a_transfer_say_in_their_title_that_this_is_a_rehearsal(
    page: str, size: tuple[int, int]
) -> None:
    def shown() -> Screen[Any]:
        if page == "end":
            return ResultScreen(RESULT)
        return TransferScreen(TRANSFER, asyncio.Event())

    title = RESULT.title if page == "end" else TRANSFER.title
    rehearsed, real = (
        lines_of(shown(), size, LIVE._replace(rehearsal=rehearsal)) for rehearsal in (True, False)
    )
    assert rehearsed[0].split("  ")[0].strip() == real[0].strip() == title
    assert rehearsed[0].endswith(" REHEARSAL")
    assert rehearsed[1:] == real[1:]


def test_a_run_with_a_skipped_step_says_what_stays_unproved() -> None:
    run = Run.begin(load(screens_folder() / "memory-protect-off.toml"))
    while not run.done:
        if run.current.senses and run.position == 0:
            event = run.judge((Verdict(True, "yes", "yes", "yes"),))
            run = run.after(event)
        else:
            run = run.after(run.override("no time for it today"))
        if not run.at_end:
            run = run.after(run.next())
    shown = summary_view(closed(run))
    assert shown.outcome == "PROVED IN PART"
    told = dict(shown.advice)
    assert told["Steps"].startswith("1 proved, ")
    assert "not done" in told["Steps"]
    assert "Not proved: the memory protects are OFF." in told["Unproved"]
    assert "Reason: no time for it today" in told["Unproved"]


def test_a_step_at_which_something_was_only_heard_is_counted_as_recorded() -> None:
    run = Run.begin(built_in("aftertouch-off"))
    heard = Verdict(False, "aftertouch: none", "aftertouch", "none", decides=False, name="heard")
    run = run.after(run.tick(observed=(heard,)))
    assert dict(summary_view(run).advice)["Steps"] == "1 recorded"


def test_a_step_that_has_heard_nothing_and_needs_nothing_says_how_to_try_again() -> None:
    run = Run.begin(built_in("aftertouch-off"))
    assert "prove nothing new" in step_view(run, StepNow()).text
    none = Verdict(False, "channel pressure not heard", decides=False, name="aftertouch-seen")
    told = step_view(run.after(run.tick(observed=(none,))), StepNow()).evidence
    assert told[-1].text.endswith("To try again, press r. Enter goes on without it.")
    heard = replace(none, passed=True)
    told = step_view(run.after(run.tick(observed=(heard,))), StepNow()).evidence
    assert "To try again" not in told[-1].text


def test_a_check_that_failed_and_was_skipped_is_named_before_what_it_was_to_make_safe() -> None:
    run = Run.begin(built_in("card-save")).at("ask")
    bad = Verdict(False, "the M1 reports it", "a RAM card", "a write-protected card", name="card")
    run = run.after(run.judge((bad,)))
    run = run.after(run.override("it is the only card"))
    said = (
        'Step 2, "Put the card in and check it", was skipped after its check had failed: found a '
        "write-protected card."
    )
    assert said in step_view(run.at("save"), StepNow()).warning
    assert said not in step_view(run.at("switch-on"), StepNow()).warning
    assert "1 failed and skipped" in dict(summary_view(run).advice)["Steps"]
    assert "not done" not in dict(summary_view(run).advice)["Steps"]


def without_a_cell() -> Run:
    """A run of a person who skipped the backup, measured badly, and ticked the proof."""
    run = Run.begin(load(screens_folder() / "no-cell.toml"))
    disabled = Verdict(False, "Exclusive disabled", "ENA", name="exclusive-enabled")
    run = run.after(run.judge((disabled,)))
    run = run.after(run.override("the menu is locked"))
    run = run.after(run.next())
    run = run.after(run.override("it does not send", consent="LOSE IT"))
    run = run.after(run.next())
    run = run.after(run.write_down({"sense": "4.6", "by": ""}))
    run = run.after(run.next())
    run = run.after(run.choose("Yes: no cell is fitted"))
    run = run.after(run.next())
    off = Verdict(True, "silent for 300 s, then it answered", name="off-five-minutes")
    nothing = Verdict(None, "There is no backup to compare with.", name="memory-as-backup")
    run = run.after(run.judge((off, nothing)))
    return run.after(run.tick())


def test_what_is_lost_without_a_skipped_step_is_said_at_the_end() -> None:
    told = [text for _, text in summary_view(closed(without_a_cell())).advice]
    (skipped,) = (text for text in told if text.startswith("Step 2"))
    lost = "Without it, what is in the memory is lost if it needs a cell after all."
    assert f"{lost} Reason: it does not send" in skipped


def test_a_ticked_step_says_what_was_proved_of_it_and_why_the_rest_was_not() -> None:
    told = [text for _, text in summary_view(closed(without_a_cell())).advice]
    (proof,) = (text for text in told if text.startswith("Step 5"))
    assert "the M1 was off" not in proof, "that was proved"
    assert "Not proved: the memory matches its backup. There is no backup to compare" in proof
    assert "no answer" not in proof


def test_a_run_that_ends_with_a_check_that_did_not_pass_names_it() -> None:
    shown = summary_view(closed(without_a_cell()))
    assert shown.outcome == "MISMATCH"
    told = [text for _, text in shown.advice]
    (asked,) = (text for text in told if text.startswith("Step 1"))
    assert "Found instead: Exclusive disabled. Reason: the menu is locked" in asked
    (measured,) = (text for label, text in shown.advice if label == "Attention")
    assert "4.6" in measured


def with_state(run: Run, at: str, **changed: Any) -> Run:
    """The run with another state of that step."""
    index = next(n for n, step in enumerate(run.procedure.steps) if step.id == at)
    state = replace(run.states[index], **changed)
    return replace(run, states=(*run.states[:index], state, *run.states[index + 1 :]))


@pytest.mark.parametrize(
    ("noted", "told"), [("jack board's joints, dry", ["jack board's joints, dry"]), ("none", [])]
)
def test_the_end_names_the_parts_and_the_work_that_were_noted(noted: str, told: list[str]) -> None:
    run = Run.begin(built_in("silent-or-noisy"))
    step = next(one for one in run.procedure.steps if any(f.records == "parts" for f in one.fields))
    run = with_state(run, step.id, mark=Mark.BY_HAND, values=(("part", noted),))
    assert [text for label, text in summary_view(run).advice if label == "Parts"] == told


@pytest.mark.parametrize("answer", ["No, all keys work", "Yes, they must be replaced"])
def test_the_end_names_keys_that_were_written_down_and_denied_by_an_answer(answer: str) -> None:
    run = Run.begin(built_in("panel-keys"))
    dead = (("dead", "G and C, both flaky"),)
    run = with_state(run, "seen", mark=Mark.BY_HAND, values=dead)
    run = with_state(run, "mending", mark=Mark.BY_HAND, choice=answer)
    told = [text for label, text in summary_view(run).advice if label == "Attention"]
    said = (
        'Written down at "Check the other keys by eye": G and C, both flaky. But "Are there dead '
        'keys?" was answered "No, all keys work".'
    )
    assert told == ([said] if answer.startswith("No") else [])


@pytest.mark.parametrize("name", ["rom-check", "initialise"])
@pytest.mark.parametrize("written", ["#8", "07"])
def test_the_end_names_both_rom_numbers_where_they_differ(name: str, written: str) -> None:
    run = Run.begin(built_in(name))
    step = next(one for one in run.procedure.steps if "answers" in one.checks)
    rom = next(one for one in run.procedure.steps if any(f.records == "rom" for f in one.fields))
    answer = Verdict(True, "M1 on channel 1, ROM 7", name="answers", values=(("rom", "7"),))
    run = with_state(run, step.id, mark=Mark.SENSED, verdicts=(answer,))
    run = with_state(run, rom.id, mark=Mark.BY_HAND, values=(("rom", written),))
    told = [text for label, text in summary_view(run).advice if label == "Attention"]
    said = (
        'ROM number: "#8" was written down, and the M1 reports 7 over MIDI. It is not known '
        "whether the two numbers mean the same."
    )
    assert told == ([said] if written == "#8" else [])


BAD_SENSE = "IC29 pin 4: 0.10 V is lower than expected. Expected about 2.7 to 3.5 V."
IC29 = (("part", "IC29"),)
LOW_CELL = "Cell at the holder: 2.1 V is too low. Expected 3 V or more."


@pytest.mark.parametrize(
    ("written", "other", "said"),
    [
        (
            {"sense": "0.10"},
            {"used": IC29},
            f"{BAD_SENSE} This was measured before the repair, and not again after it.",
        ),
        ({"sense": "0.10"}, {"used": IC29, "repair": Mark.OVERRIDDEN}, BAD_SENSE),
        ({"sense": "0.10"}, {"used": IC29, "measure": "2026-11-20T13:00:00Z"}, BAD_SENSE),
        ({"sense": "0.10"}, {"used": (("part", "none"),)}, BAD_SENSE),
        ({"sense": "0.10"}, {"used": ()}, BAD_SENSE),
        (
            {"cell": "2.1"},
            {"used": IC29},
            f"{LOW_CELL} This was measured before the repair, and not again after it.",
        ),
        (
            {"cell": "2.1"},
            {"used": (("part", "cell CR2032"),)},
            f"{LOW_CELL} This was measured before the cell was changed.",
        ),
    ],
)
def test_the_end_says_of_a_bad_value_that_it_was_measured_before_the_repair(
    written: dict[str, str], other: dict[str, Any], said: str
) -> None:
    run = all_done(Run.begin(built_in("warning-with-good-cell")), "memory")
    states = [replace(state, ended="2026-11-20T12:00:00Z") for state in run.states]
    places = {one.id: place for place, one in enumerate(run.procedure.steps)}
    at = places["measure"]
    states[at] = replace(states[at], values=tuple(written.items()))
    for name, change in other.items():
        field = {str: "ended", tuple: "values", Mark: "mark"}[type(change)]
        states[places[name]] = replace(states[places[name]], **{field: change})
    told = [
        text
        for label, text in summary_view(replace(run, states=tuple(states))).advice
        if "Expected" in text
    ]
    assert told == [said]


def test_the_end_of_the_symptoms_says_where_the_answers_led() -> None:
    run = Run.begin(built_in("symptoms"))
    run = run.after(run.tick())
    run = run.after(run.next())
    run = run.after(run.choose("Sounds do not get to or from the computer"))
    run = run.after(run.next())
    run = run.after(run.choose("None of these"))
    run = run.after(run.next())
    told = dict(summary_view(closed(run.after(run.tick()))).advice)
    assert told["Led to"] == f'Your answers led to step 4, "{run.current.title}".'
    assert told["Steps"] == "2 answered, 2 by hand", (
        "branches that no answer led to are not left out"
    )


def test_the_counts_of_the_end_are_together_the_number_of_steps() -> None:
    run = Run.begin(built_in("memory-allocation"))
    asked = Verdict(True, "100/100", name="allocation-100", decides=False)
    ok = Verdict(True, "it answered", name="exclusive-enabled")
    run = run.after(run.judge((ok, asked)))
    run = run.after(run.next())
    run = run.after(run.choose("100PROG/100COMBI/4400SEQ"))
    counts = dict(summary_view(run).advice)["Steps"]
    marks = [mark for mark in run.marks if mark is not Mark.OPEN]
    assert "on a branch not taken" in counts
    assert sum(int(one.split()[0]) for one in counts.split(", ")) == len(marks)


def test_a_step_that_had_nothing_to_save_claims_no_file() -> None:
    saving = step_of("save", "backup")
    ok = Verdict(True, "nothing to save", name="backup")
    run = Run.begin(procedure(saving))
    assert [str(one) for one in run.claims] == ["file = what was in the M1"]
    empty = run.after(run.judge((ok,)))
    assert not step_view(empty, StepNow()).claims
    kept = run.after(run.judge((ok,), backup="a.syx"))
    assert step_view(kept, StepNow()).claims == ("the file contains what was in the M1",)


def test_a_question_that_is_asked_again_has_its_earlier_answer_marked() -> None:
    run = Run.begin(built_in("symptoms")).at("where")
    run = run.after(run.choose("Memory cards"))
    run = run.after(run.retry())
    shown = step(step_view(run, StepNow()))
    (line,) = (one for one in lines_of(shown) if "Memory cards" in one)
    assert "> 7" in line


def test_no_step_is_missing_in_the_rail_where_only_earlier_answers_could_have_left_it_out() -> None:
    run = Run.begin(built_in("restore-from-card"))
    run = run.after(run.choose("It is lost, or there is nothing to keep"))
    run = run.after(run.next())
    for _ in range(2):
        run = run.after(run.choose(run.current.options[0].label))
        run = run.after(run.next())
    titles = [one.title for one in rail_of(run)]
    first = [one.id for one in run.procedure.steps].index("which")
    assert titles[2:] == [one.title for one in run.procedure.steps[first : first + 6]]


def test_the_end_of_a_recording_names_the_songs_that_were_changed_beside_it() -> None:
    advice = Advice("other-songs-changed", 'Found one in song 0 "Workbench".', "The file has it.")
    recorded = Verdict(True, "12 notes", "notes", "12 notes", advice, name="track-recorded")
    run = Run.begin(built_in("record"))
    for step_id in ("stop-1", "stop-2"):
        run = run.at(step_id)
        run = run.after(run.judge((recorded,)))
    view = summary_view(run)
    assert view.advice[0] == (
        "Attention",
        'CHANGED: Found one in song 0 "Workbench". The file has it.',
    )


def test_the_end_of_an_erasing_names_what_was_changed_beside_it() -> None:
    advice = Advice("other-songs-changed", 'Found one in song 0 "Workbench".', "The file has it.")
    erased = Verdict(True, "no steps", "no steps", "no steps", advice, name="track-empty")
    run = Run.begin(built_in("erase-track")).at("backup")
    saved = Verdict(True, "read twice", name="backup")
    run = run.after(run.judge((saved,), backup="songs.syx")).at("erase")
    as_saved = Verdict(True, "as saved", name="as-saved")
    run = run.after(run.compare((as_saved,) * len(run.stakes)))
    view = summary_view(run.after(run.judge((erased,))))
    assert view.advice[0] == (
        "Attention",
        'CHANGED: Found one in song 0 "Workbench". The file has it.',
    )
    assert view.meaning == "and something else was changed: see Attention"


@pytest.mark.parametrize(
    ("id_", "warning"),
    [
        ("erase-song", "The second G erases song 8."),
        ("erase-track", "The second G erases track 7 of song 8."),
    ],
)
def test_before_something_is_erased_the_step_says_what_and_its_keys_select_it(
    id_: str, warning: str
) -> None:
    run = chosen_for(built_in(id_)).at("erase")
    shown = step_view(run, StepNow(hand_tasks=tasks_of(run, rehearsal=True)))
    assert shown.warning.endswith(warning)
    labels = list(shown.keys)
    assert labels.index("UP/DOWN until song 8") < labels.index("G")


@pytest.mark.parametrize("id_", ["erase-song", "erase-track"])
def test_what_was_found_stays_in_view_while_the_step_is_done_again(
    id_: str, tmp_path: Path
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        def found() -> list[str]:
            return [one.text for one in view(app).evidence if one.passed is False]

        await begin(pilot, app, id_)
        title = "Erase the song" if id_ == "erase-song" else "Erase the track"
        await walk_to(pilot, app, title)
        for key in ("SEQ", "0", "B", "UP"):
            await guide_of(app).press_key(key)
        await pilot.press("enter")
        await settled(pilot, app)
        before = found()
        assert before
        await guide_of(app).press_key("SEQ")
        await pilot.press("r")
        await settled(pilot, app)
        assert view(app).pressed == 0
        assert found() == before
        assert (await walk_home(pilot, app))[-1] == "VERIFIED"

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only(id_))


@pytest.mark.parametrize("id_", ["erase-song", "erase-track"])
def test_the_end_names_what_was_changed_instead_of_what_was_to_be_erased(id_: str) -> None:
    happened = 'Changed since they were saved: song 0 "Workbench".'
    advice = Advice("song-not-empty", happened, "The file has it.")
    changed = (("changed", 'song 0 "Workbench"'),)
    left = Verdict(False, "12 steps", "no steps", "12 steps", advice, values=changed)
    run = Run.begin(built_in(id_)).at("backup")
    run = run.after(run.judge((Verdict(True, "read twice", name="backup"),), backup="songs.syx"))
    run = run.at("erase")
    as_saved = Verdict(True, "as saved", name="as-saved")
    run = run.after(run.compare((as_saved,) * len(run.stakes)))
    run = run.after(run.judge((left,)))
    view = summary_view(run.after(run.override("there is no time for it")))
    assert view.advice[0] == ("Attention", f"CHANGED: {happened} The file has it.")


def test_the_end_says_that_there_was_nothing_to_erase() -> None:
    advice = Advice("was-empty-before", "The song was already empty.", "The file has it.")
    empty = Verdict(True, "no steps", "no steps", "no steps", advice, name="song-empty")
    run = Run.begin(built_in("erase-song")).at("backup")
    run = run.after(run.judge((Verdict(True, "read twice", name="backup"),), backup="songs.syx"))
    run = run.at("erase")
    as_saved = Verdict(True, "as saved", name="as-saved")
    run = run.after(run.compare((as_saved,) * len(run.stakes)))
    view = summary_view(run.after(run.judge((empty,))))
    said = '"Erase the song": The song was already empty. The file has it.'
    assert view.advice[0] == ("Attention", said)


def test_the_end_names_each_file_that_was_saved() -> None:
    run = Run.begin(built_in("used-m1"))
    saved = Verdict(True, "read twice", name="backup")
    run = with_state(
        run, "backup", mark=Mark.SENSED, backup="first.syx", ended="2026-11-20T09:41:00"
    )
    run = with_state(run, "dump", mark=Mark.SENSED, backup="second.syx", verdicts=(saved,))
    run = with_state(run, "send", mark=Mark.SENSED, backup="third.syx")
    assert summary_view(run).backups == (
        "first.syx (what was in the M1, 2026-11-20 09:41)",
        "second.syx (what was in the M1)",
        "third.syx (what was in the M1 before the restore)",
    )


def left_now_of(run: Run) -> list[str]:
    """What the end page says of settings that are left as they are now."""
    advice = summary_view(run).advice
    at = [label for label, _ in advice].index("Steps")
    first = next((n for n, (label, _) in enumerate(advice) if label == "Still set"), at)
    return [text for _, text in advice[first:at]]


@pytest.mark.parametrize("id_", ["erase-song", "erase-track", "record"])
def test_a_run_that_leaves_memory_protect_off_gives_the_keys_to_turn_it_on(id_: str) -> None:
    run = Run.begin(built_in(id_)).at("protects-off")
    assert left_now_of(run) == []
    off = Verdict(True, "OFF", "OFF", "OFF", name="memory-unprotected")
    proved = run.after(run.judge((off,)))
    how = f"proved at {run.place_of('protects-off')}"
    back = f"To turn it on again, press {PROTECT_ON}."
    first = f"{how}, where this was first checked"
    assert left_now_of(proved) == [f"Memory protect is OFF ({first}). {back}"]
    on = run.after(run.judge((Verdict(False, "ON", name="memory-unprotected"),)))
    turned = on.after(on.judge((off,)))
    assert left_now_of(turned) == [f"Memory protect is left OFF ({how}). {back}"]
    silent = Verdict(None, "no answer", "OFF", name="memory-unprotected")
    ticked = run.after(run.judge((silent,)))
    ticked = ticked.after(ticked.tick())
    how = f"ticked by hand at {run.place_of('protects-off')}, and not seen by the program"
    assert left_now_of(ticked) == [f"Memory protect may be left OFF ({how}). {back}"]


def test_a_refused_send_has_seen_the_protects_before_the_check_that_finds_them_off() -> None:
    run = Run.begin(built_in("used-m1"))
    for id_ in ("protects-off", "allocation", "source"):
        run = run.at(id_)
        run = run.after(run.override("the owner is in a hurry"))
    run = run.at("send")
    story = "REFUSED: Memory is protected (program): found programs: protected (asked, refused)."
    refused = Verdict(None, story, name="restore", outcome=Outcome.REFUSED, wrote=False)
    run = run.after(run.judge((refused,))).at("protects-off")
    run = run.after(run.retry())
    run = run.after(run.judge((Verdict(True, "OFF", name="memory-unprotected"),)))
    proved = f"proved at {run.place_of('protects-off')}"
    assert left_now_of(run) == [
        f"Memory protect for programs is left OFF ({proved}). To turn it on again, press GLOBAL 6 "
        "UP.",
        "Memory protect for combinations and songs is OFF "
        f"({proved}, where this was first checked). To turn it on again, press GLOBAL 6 + B UP + "
        "B UP.",
    ]


def test_the_end_does_not_say_how_a_protect_is_that_a_skipped_attempt_may_have_turned_on() -> None:
    run = Run.begin(built_in("songs-from-card")).at("protects-off")
    run = run.after(run.judge((Verdict(True, "OFF", name="memory-unprotected"),)))
    proved = f"proved at {run.place_of('protects-off')}, where this was first checked"
    run = run.at("protects-on")
    assert left_now_of(run.after(run.override("no time to turn them on")))[0].startswith(
        f"Memory protect is OFF ({proved}). To turn it on again"
    )
    found = Verdict(False, "OFF", found="songs unprotected", name="memory-protected")
    known = run.after(run.judge((found,)))
    (said,) = left_now_of(known.after(known.override("two of three will have to do")))
    assert f"After that, at {known.place_of('protects-on')}, the check found songs unpr" in said
    run = run.after(run.judge((Verdict(False, "OFF", name="memory-protected"),)))
    skipped = run.after(run.override("two of three will have to do"))
    assert left_now_of(skipped) == [
        f"Memory protect was OFF ({proved}). After that, the keys that change it "
        "may have been pressed at "
        f"{run.place_of('protects-on')}. The program has not seen the setting since. To turn it on "
        f"again, press {PROTECT_ON}."
    ]


PARTLY_ON = Verdict(
    False, "evidence", found="programs protected, combinations unprotected", name="memory-protected"
)


def test_the_end_goes_by_what_a_failed_check_of_the_protects_has_found() -> None:
    run = Run.begin(built_in("internal-battery")).at("protects-off")
    run = run.after(run.judge((Verdict(True, "OFF", name="memory-unprotected"),)))
    run = run.at("protects-on")
    run = run.after(run.judge((PARTLY_ON,)))
    run = run.after(run.override("he wants to edit at home")).at("hold")
    run = run.after(run.override("he is waiting"))
    found, first = run.place_of("protects-on"), run.place_of("protects-off")
    then = (
        f"After that, {run.place_of('hold')}, was skipped: the M1 was to be switched off there. "
        "The program has not seen the setting since."
    )
    assert left_now_of(run) == [
        f"Memory protect for songs was OFF (proved at {first}, where this was first checked). "
        f"The keys that change it may have been pressed at {found}, and it was not checked. "
        f"{then} To turn it on again, press GLOBAL 6 + + B UP.",
        f"Memory protect for combinations was left OFF (found at {found}; programs were protected "
        f"then). {then} To turn it on again, press GLOBAL 6 + B UP.",
    ]


def test_protects_that_a_first_check_found_off_are_named_and_those_it_did_not_ask() -> None:
    run = Run.begin(procedure(step_of("on", "check", checks=("memory-protected",))))
    run = run.after(run.judge((PARTLY_ON,)))
    run = run.after(run.override("he wants to edit at home"))
    assert left_now_of(run) == [
        f"Memory protect for combinations is OFF (found at {run.place_of('on')}, where this was "
        "first checked; programs were protected then; songs were not checked then). To turn it on "
        "again, press GLOBAL 6 + B UP."
    ]


def test_a_run_that_turns_memory_protect_on_again_leaves_nothing_off() -> None:
    run = Run.begin(built_in("dump-from-computer"))
    for step_id, name in (
        ("protects-off", "memory-unprotected"),
        ("protects-on", "memory-protected"),
    ):
        run = run.at(step_id)
        run = run.after(run.judge((Verdict(True, "as wanted", name=name),)))
    assert left_now_of(run) == []


def test_what_was_proved_again_at_the_end_counts_more_than_keys_ticked_before() -> None:
    one = procedure(
        step_of("on", "check", checks=("memory-protected",)),
        step_of("keys", "keys", keys="GLOBAL 6 B DOWN"),
    )
    run = Run.begin(one)
    run = run.after(run.judge((Verdict(True, "ON", name="memory-protected"),)))
    run = run.at("keys")
    run = run.after(run.tick())
    assert len(left_now_of(run)) == 1
    assert left_now_of(closed(run)) == []


def left_by_keys(*keys: str) -> list[str]:
    """What the end page says where each step is ticked by hand, without where and how."""
    run = Run.begin(
        procedure(*(step_of(f"s{at}", "keys", keys=one) for at, one in enumerate(keys)))
    )
    for step in run.procedure.steps:
        run = run.at(step.id)
        run = run.after(run.tick())
    return [re.sub(r" \(.*?\)", "", one) for one in left_now_of(run)]


SONGS_OFF = (
    "Memory protect for songs may be left OFF. To turn it on again, press GLOBAL 6 + + B UP."
)


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        # Each of the three pages has its own protect.
        (("GLOBAL 6 DOWN + DOWN + DOWN", "GLOBAL 6 UP + UP"), [SONGS_OFF]),
        (("GLOBAL 6 + + DOWN", "GLOBAL 6 UP"), [SONGS_OFF]),
        (("GLOBAL 6 DOWN + DOWN + DOWN", PROTECT_ON), []),
        (
            ("GLOBAL 6 DOWN + DOWN + DOWN",),
            [f"Memory protect may be left OFF. To turn it on again, press {PROTECT_ON}."],
        ),
        (
            ("GLOBAL 6 DOWN + DOWN + DOWN", "GLOBAL 6 + UP"),
            [
                "Memory protect for programs and songs may be left OFF. To turn it on again, press "
                "GLOBAL 6 UP + + B UP."
            ],
        ),
        (
            ("GLOBAL 6 D DOWN + D DOWN + D DOWN",),
            [
                "The card's memory protect may be left OFF. To turn it on again, press GLOBAL 6 D "
                "UP + D UP + D UP."
            ],
        ),
        # One step leads to the page, the next one sets what is there.
        (("GLOBAL 6 + +", "DOWN"), [SONGS_OFF]),
        (
            ("GLOBAL 5", "+ D", "DOWN"),
            [
                "The aftertouch filter may be left at DIS. To enable it again, press GLOBAL 5 + D "
                "UP."
            ],
        ),
        (("GLOBAL 6 + +", "PROG 00", "DOWN"), []),
    ],
)
def test_the_end_names_each_setting_that_keys_have_left(
    keys: tuple[str, ...], left: list[str]
) -> None:
    assert left_by_keys(*keys) == left


def test_keys_behind_a_step_that_was_skipped_set_nothing_that_is_known() -> None:
    steps = [step_of(name, "keys", keys=keys) for name, keys in (("a", "GLOBAL 6"), ("b", "DOWN"))]
    run = Run.begin(procedure(*steps))
    run = run.after(run.override("the panel is out")).at("b")
    assert left_now_of(run.after(run.tick())) == []


ON_CHANNEL_2 = (
    "The MIDI channel is left at 2: it was 1 before. To set it back, press GLOBAL 5 B, then UP or "
    "DOWN until it shows 1."
)


def seen_on(run: Run, *channels: int) -> Run:
    """Return the run after looks at an M1 on these channels, from 1; 0 where it says nothing."""
    for channel in channels:
        run = run.after(run.see(max(0, channel - 1), (2, 0, 0, 0) if channel else ()))
    return run


@pytest.mark.parametrize(
    ("channels", "left"),
    [
        ((1,), []),
        ((1, 2), [ON_CHANNEL_2]),
        ((0, 1, 0, 2), [ON_CHANNEL_2]),
        ((1, 2, 1), []),
        ((1, 2, 0), []),
        ((0,), []),
    ],
)
def test_a_channel_other_than_the_one_at_the_start_is_still_set(
    channels: tuple[int, ...], left: list[str]
) -> None:
    run = Run.begin(procedure(step_of("look", "keys", keys="PROG")))
    run = run.after(run.tick())
    assert left_now_of(seen_on(run, *channels)) == left


def test_a_channel_that_the_run_itself_has_set_is_not_left() -> None:
    one = procedure(step_of("set", "keys", keys="GLOBAL 5 B UP"), step_of("after"))
    run = seen_on(Run.begin(one), 1)
    run = seen_on(run.after(run.tick()), 2)
    assert left_now_of(run) == []
    back = Run.begin(built_in("internal-battery"))
    back = seen_on(back, 4, 1).at("write-down-midi")
    values = {field.name: field.rehearsed or "x" for field in back.current.fields}
    back = back.after(back.write_down({**values, "channel": "4"})).at("settings-back")
    back = back.after(back.judge((Verdict(True, "channel 4", name="channel-is"),)))
    assert not [one for one in left_now_of(seen_on(back, 4)) if "channel" in one]
    other = left_now_of(seen_on(back, 4, 2))
    assert next(one for one in other if "channel" in one).startswith(
        "The MIDI channel is left at 2: it was 4 before."
    )


AT_100 = (2, Allocation.LARGE_PROGRAM.value, 0, 0)
AT_50 = (2, Allocation.LARGE_SEQUENCE.value, 0, 0)
"""Mode data of an M1 in PROG mode, of either allocation."""


@pytest.mark.parametrize(
    ("id_", "done", "left"),
    [("dump-from-computer", "", True), ("memory-allocation", "to-50", False)],
)
def test_an_allocation_that_no_step_was_to_set_is_still_set(
    id_: str, done: str, left: bool
) -> None:
    run = Run.begin(built_in(id_))
    run = run.after(run.see(0, AT_100))
    assert left_now_of(run) == []
    run = run.after(run.see(0, AT_50))
    if done:
        run = with_state(run, "wanted", mark=Mark.BY_HAND, choice="50PROG/50COMBI/7700SEQ")
        run = with_state(run, done, mark=Mark.SENSED)
    said = [one for one in left_now_of(run) if "allocation" in one]
    assert said == (
        [
            "The allocation is left at 50/50: it was 100/100 before. A file that was made at "
            "100/100 can be sent only at 100/100. To set the allocation back, "
            "press GLOBAL 6 + + + "
            "DOWN G, which destroys at least the songs and patterns that do not fit in "
            "4,400 steps, "
            "possibly all."
        ]
        if left
        else []
    )
    lost = run.after(run.alarm(returned(initialised=True).advice))
    assert not [one for one in left_now_of(lost) if "allocation" in one]


def test_an_allocation_is_still_set_where_the_step_that_sets_it_back_was_skipped() -> None:
    run = Run.begin(built_in("sequencer-free"))
    run = run.after(run.see(0, AT_100)).after(run.see(0, AT_50))
    run = with_state(run, "to-50", mark=Mark.SENSED)
    assert not [one for one in left_now_of(run) if "allocation" in one]
    skipped = with_state(run, "to-100", mark=Mark.OVERRIDDEN)
    (said,) = [one for one in left_now_of(skipped) if "allocation" in one]
    assert said.startswith("The allocation is left at 50/50: it was 100/100 before.")


def test_what_a_check_saw_beside_its_claim_is_named_at_the_end_until_it_is_no_longer_so() -> None:
    m1 = machine("healthy")
    m1.press("GLOBAL F UP UP + F UP")
    context = CheckContext(values={"semitones": "1"})
    moved = checked("transpose-equals", VirtualLink(m1), context)
    run = Run.begin(built_in("transpose")).at("how-far")
    run = run.after(run.write_down({"semitones": "1"})).at("set")
    run = run.after(run.judge((moved,)))
    assert run.current_state.mark is Mark.SENSED

    def named(run: Run) -> list[str]:
        return [text for label, text in summary_view(run).advice if label == "Attention"]

    (line,) = named(run)
    assert line.startswith('"Set the transposition": The master tune is +2')
    assert "press GLOBAL F, then UP or DOWN until it shows +0" in line
    claims = tuple(run.claims)
    assert named(run.after(run.ask_again(claims, (moved,)))) == [line]
    m1.press("GLOBAL F DOWN DOWN")
    right = checked("transpose-equals", VirtualLink(m1), context)
    assert named(run.after(run.ask_again(claims, (right,)))) == []


def test_a_recording_leaves_aftertouch_off_and_says_whether_the_program_has_seen_it() -> None:
    run = Run.begin(built_in("record")).at("aftertouch")
    run = run.after(run.tick())
    how = f"ticked by hand at {run.place_of('aftertouch')}, and not seen by the program"
    back = "To enable it again, press GLOBAL 5 + D UP."
    assert left_now_of(run) == [f"The aftertouch filter may be left at DIS ({how}). {back}"]
    run = run.at("silent")
    run = run.after(run.judge((Verdict(True, "no pressure", name="aftertouch-silent"),)))
    how = f"proved at {run.place_of('silent')}"
    both = (
        "Either the aftertouch filter or the control filter at DIS can cause that. To hear "
        "aftertouch again, set both to ENA: press GLOBAL 5 + D UP, then F UP."
    )
    assert left_now_of(run) == [f"No aftertouch came while a key was held ({how}). {both}"]


def test_a_clock_that_is_chosen_at_the_end_is_not_left_as_it_was_for_the_run() -> None:
    run = Run.begin(built_in("external-sequencer")).at("clock")
    run = run.after(run.tick())
    assert "The clock may be left at EXT" in left_now_of(run)[0]
    chosen = next(one for one in run.procedure.steps if any(f.name == "clock" for f in one.fields))
    run = run.at(chosen.id)
    run = run.after(run.write_down({"clock": "INT"})).at("clock-back")
    assert left_now_of(run.after(run.tick())) == []


def test_protects_of_a_card_that_stay_off_are_named_with_their_pages() -> None:
    run = Run.begin(built_in("songs-to-card")).at("protects-off")
    run = with_state(run, "protects-off", mark=Mark.BY_HAND)
    (said,) = left_now_of(run)
    assert said.startswith("The card's memory protect for songs may be left OFF (")
    assert said.endswith("To turn it on again, press GLOBAL 6 + + D UP.")


def test_no_name_of_a_value_is_on_the_screen_where_nobody_has_given_one() -> None:
    said = []
    for path in sorted(screens_folder().glob("*.toml")):
        run = Run.begin(built_in(path.stem))
        for step in run.procedure.steps:
            view = step_view(run.at(step.id), StepNow())
            said += [view.title, view.text, view.warning, *view.claims, *view.keys]
    assert [text for text in said if "{" in text] == []
    assert "the allocation is as chosen" in said
    assert "the chosen song is empty" in said


def test_exclusive_that_was_enabled_for_the_run_is_named() -> None:
    run = Run.begin(built_in("erase-song"))
    disabled = Verdict(False, "Exclusive disabled", "ENA", name="exclusive-enabled")
    enabled = Verdict(True, "ENA", "ENA", "ENA", name="exclusive-enabled")
    run = run.after(run.judge((disabled,)))
    run = run.after(run.retry())
    assert left_now_of(run) == []
    assert left_now_of(run.after(run.judge((enabled,)))) == [
        "The exclusive filter is left at ENA: it was at DIS when the program first asked. To set "
        "it back, press GLOBAL 5 + H DOWN."
    ]
    first = Run.begin(built_in("erase-song"))
    assert left_now_of(first.after(first.judge((enabled,)))) == []
    playing = Verdict(None, "a timing clock, and no mode data", "ENA", name="exclusive-enabled")
    first = first.after(first.judge((playing,)))
    first = first.after(first.retry())
    assert left_now_of(first.after(first.judge((enabled,)))) == []


def test_exclusive_that_was_to_be_put_back_to_dis_and_answers_is_still_set() -> None:
    run = Run.begin(built_in("initialise")).at("write-down-midi")
    values = {field.name: field.rehearsed or "x" for field in run.current.fields}
    run = run.after(run.write_down({**values, "channel": "1", "filter-exclusive": "DIS"}))
    run = run.at("settings-back")
    run = run.after(run.judge((Verdict(True, "channel 1", name="channel-is"),)))
    said = (
        "The exclusive filter is left at ENA: DIS was written down, and the M1 answered in a mode "
        "in which it answers only at ENA. To set it to DIS, press GLOBAL 5 + H DOWN."
    )
    assert said not in left_now_of(run)
    for mode, is_said in ((Mode.PROG, True), (Mode.GLOBAL, False), (None, False)):
        asked = AskedAgain(step="settings-back", claims=(), verdicts=(), mode=mode)
        assert (said in left_now_of(replace(run, closing=asked))) is is_said


def test_exclusive_may_be_at_dis_where_the_m1_answered_before_and_does_not_at_the_end() -> None:
    run = Run.begin(built_in("aftertouch-off")).at("disable")
    deaf = run.after(run.alarm(no_exclusive().advice))
    said = (
        'The exclusive filter may be left at DIS: the M1 answered before, and not since step 2, "'
        'Set aftertouch to DIS". To set it to ENA, press GLOBAL 5 + H UP.'
    )
    silent = AskedAgain(step="prove", claims=("M1 = answers",), verdicts=(Verdict(None, ""),))
    assert said in left_now_of(replace(deaf, closing=silent))
    heard = replace(silent, verdicts=(Verdict(True, ""),))
    assert left_now_of(replace(deaf, closing=heard)) == []
    off = deaf.after(deaf.alarm(went_silent().advice))
    assert left_now_of(replace(off, closing=silent)) == []
    again = off.after(off.alarm(no_exclusive().advice))
    assert left_now_of(replace(again, closing=silent)) == [said]


def test_a_channel_on_which_the_m1_answers_at_the_end_has_been_seen_since_it_was_silent() -> None:
    run = Run.begin(procedure(step_of("look", "keys", keys="PROG"), step_of("after")))
    run = seen_on(run, 1, 2)
    run = run.after(run.alarm(went_silent().advice))
    (before,) = left_now_of(run)
    assert "has not seen the setting since" in before
    asked = AskedAgain(step="after", claims=(), verdicts=(), mode=Mode.PROG)
    assert left_now_of(replace(run, closing=asked)) == [ON_CHANNEL_2]
    assert left_now_of(run.after(run.alarm(returned(False).advice))) == [ON_CHANNEL_2]


def test_exclusive_that_was_enabled_is_seen_again_after_the_m1_was_switched_off() -> None:
    said = "The exclusive filter {} left at ENA: it was at DIS when the program first asked."
    run = Run.begin(built_in("keybed-clean")).at("midi")
    for passed in (False, True):
        run = run.after(run.judge((Verdict(passed, "ENA", "ENA", name="exclusive-enabled"),)))
        run = run if passed else run.after(run.retry())
    assert left_now_of(run)[0].startswith(said.format("is"))
    run = with_state(run, "unplug", mark=Mark.SENSED)
    assert left_now_of(run)[0].startswith(said.format("was"))
    ena = ("filter exclusive = ENA",)
    again = AskedAgain(step="unplug", claims=ena, verdicts=(Verdict(True, "ENA", "ENA"),))
    (seen,) = left_now_of(replace(run, closing=again))
    assert seen == said.format("is") + " To set it back, press GLOBAL 5 + H DOWN."


def test_a_channel_seen_before_the_m1_went_off_or_deaf_is_not_said_to_be_so_still() -> None:
    off = step_of("off", "check", checks=("silent",))
    again = step_of("again", "check", checks=("exclusive-enabled",))
    run = Run.begin(procedure(step_of("look", "keys", keys="PROG"), off, again))
    run = seen_on(run, 1, 2)
    deaf = run.after(run.alarm(no_exclusive().advice))
    assert "the M1 stopped answering. The program has not seen the setting since" in str(
        left_now_of(deaf)
    )
    run = run.at("off")
    run = run.after(run.judge((Verdict(True, "silent", name="silent"),)))
    assert 'at step 2, "Step off", the M1 was to be switched off' in str(left_now_of(run))
    back = replace(run.alarm(returned(False).advice), at=run.looks[-1].at)
    off_later = replace(run, alarms=(back,))
    off_later = with_state(off_later, "off", ended="9999")
    assert "was to be switched off" in str(left_now_of(off_later))
    run = run.at("again")
    run = run.after(run.judge((Verdict(True, "ENA", name="exclusive-enabled"),)))
    assert left_now_of(run) == [ON_CHANNEL_2]


def without_protects_after(power: str, *checks: Verdict) -> list[str]:
    """What the end page says of protects that are off when a later step has the M1 off."""
    run = Run.begin(built_in("memory-does-not-hold"))
    run = with_state(run, "kept", verdicts=(Verdict(False, "differs", name="memory-as-backup"),))
    run = with_state(run, "protects-off", mark=Mark.SENSED)
    return left_now_of(with_state(run, power, mark=Mark.OVERRIDDEN, verdicts=checks))


def test_the_end_does_not_say_how_a_setting_is_that_was_proved_before_the_m1_was_off() -> None:
    run = Run.begin(built_in("memory-does-not-hold"))
    at = run.place_of("protects-off")
    (before,) = without_protects_after("off")
    assert before.startswith(f"Memory protect is left OFF (proved at {at}). To ")
    (after,) = without_protects_after("hold")
    assert after == (
        f"Memory protect was left OFF (proved at {at}). After that, {run.place_of('hold')}, was "
        "skipped: the M1 was to be switched off there. The program has not seen the setting since. "
        f"To turn it on again, press {PROTECT_ON}."
    )
    (tried,) = without_protects_after("hold", Verdict(False, "it stayed on", name="silent"))
    assert f"After that, at {run.place_of('hold')}, the M1 was to be switched off." in tried


def test_the_end_says_nothing_of_settings_that_were_lost_with_the_memory() -> None:
    lost = Verdict(False, "initialised", name="memory-as-backup", advice=saved_memory_lost())
    assert without_protects_after("hold", lost) == []


def test_the_end_says_nothing_of_settings_of_an_m1_whose_memory_was_lost_unasked() -> None:
    run = Run.begin(built_in("record")).at("aftertouch")
    run = run.after(run.tick())
    silent = run.after(run.alarm(went_silent().advice))
    (said,) = left_now_of(silent)
    assert said.startswith("The aftertouch filter was left at DIS (ticked by hand at ")
    assert f"After that, at {run.place_of('aftertouch')}, the M1 went silent." in said
    assert left_now_of(silent.after(run.alarm(returned(initialised=True).advice))) == []


def test_the_end_says_how_a_setting_is_that_was_asked_for_again() -> None:
    run = Run.begin(built_in("memory-does-not-hold"))
    run = with_state(run, "kept", verdicts=(Verdict(False, "differs", name="memory-as-backup"),))
    run = with_state(run, "protects-off", mark=Mark.SENSED)
    run = with_state(run, "hold", mark=Mark.OVERRIDDEN)
    off = Verdict(True, "OFF", name="memory-unprotected")
    asked = AskedAgain(step="hold", claims=("protects = OFF",), verdicts=(off,))
    (said,) = left_now_of(replace(run, closing=asked))
    assert said.startswith("Memory protect is left OFF (proved at ")


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        *((outcome.value, meaning) for outcome, meaning in RUN_MEANINGS.items()),
        *((outcome.value, OBJECTED) for outcome in RUN_MEANINGS),
        *((outcome.name, meaning) for outcome, meaning in MEANINGS.items()),
        *(
            (outcome.value, HARMS[harm])
            for outcome in RunOutcome
            for harm in (Harm.LOST, Harm.CHANGED)
        ),
        (RunOutcome.MISMATCH.value, HARMS[Harm.FAULT_STAYS]),
    ],
)
def test_what_an_outcome_means_fits_behind_its_word_at_80_columns(word: str, meaning: str) -> None:
    beside, scrollbar = 4 + 4, 2
    assert len(f"[x] {word}   {meaning}") <= 80 - beside - scrollbar


def test_a_run_whose_answer_names_a_fault_does_not_end_as_if_all_were_well() -> None:
    asked = load(screens_folder() / "card-sets.toml")
    steps = {one.id: one for one in asked.steps}
    proved = step_of("card", "check", checks=("answers",))
    run = Run.begin(procedure(proved, steps["fits"], steps["mate"]))
    run = run.after(run.judge((Verdict(True, "yes", "yes", "yes", name="answers"),)))
    run = run.after(run.next())
    run = run.after(run.choose("No, they do not match"))
    run = run.after(run.next())
    shown = summary_view(closed(run.after(run.tick())))
    assert shown.outcome == "MISMATCH"
    assert shown.meaning == "a fault is still there; it is listed below"
    assert dict(shown.advice)["Faults"] == "Do the names match the set? No, they do not match"


def test_a_run_whose_answer_is_that_nobody_knows_is_proved_in_part_and_names_no_fault() -> None:
    asked = load(screens_folder() / "card-sets.toml")
    steps = {one.id: one for one in asked.steps}
    proved = step_of("card", "check", checks=("answers",))
    run = Run.begin(procedure(proved, steps["fits"], steps["numbers"]))
    run = run.after(run.judge((Verdict(True, "yes", "yes", "yes", name="answers"),)))
    run = run.after(run.next())
    run = run.after(run.choose("I cannot tell"))
    run = run.after(run.next())
    shown = summary_view(closed(run.after(run.tick())))
    assert shown.outcome == "PROVED IN PART"
    told = dict(shown.advice)
    assert "Faults" not in told
    assert told["Unproved"] == 'Step 2, "Do the names match the set?" Answer: I cannot tell.'


@pytest.mark.parametrize("label", ["Safe", "Not proved", "Somewhat longer"])
def test_a_label_never_touches_its_text(label: str) -> None:
    lines = [str(line) for line in hung(labelled_text(label, "text"), LABEL, 40)]
    assert lines[0].startswith(f"{label} ")


@pytest.mark.parametrize(
    ("card", "shown"),
    [("card ram", "powered, cell 3.2 V"), ("", "powered, cell 3.2 V, RAM card")],
)
def test_the_line_of_a_virtual_m1_names_its_card_once(card: str, shown: str) -> None:
    live = Live(rehearsal=True, card=card, power="powered, cell 3.2 V, RAM card")
    assert power_of(live) == shown


POWERS = (
    "powered, cell 3.2 V, protected RAM card",
    "switched off, cell 3.2 V, protected RAM card",
    "switched off, cell 3.2 V, memory lost",
    "switched off, cell 3.2 V, memory lost, protected RAM card",
    "switched off, no cell, memory lost",
    "powered, cell 3.2 V",
)


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "silent"])
@pytest.mark.parametrize("power", POWERS)
def test_nothing_of_what_is_known_of_the_instrument_is_cut_at_80_columns(
    power: str, answers: bool, tmp_path: Path
) -> None:
    live = Live(rehearsal=True, model="M1EX", link="virtual M1", power=power)
    live = (
        live._replace(
            channel=16, mode="EDIT COMBI", allocation="100/100", card="card ram protected"
        )
        if answers
        else live._replace(summary="No answer, and nothing heard")
    )

    async def look(pilot: Pilot[int], app: M1App) -> None:
        app.live = live
        await pilot.pause()
        home = text_of(app)
        assert ".." not in "\n".join(home.splitlines()[:6])
        plate = " ".join(line[:18].strip() for line in home.splitlines()[:4])
        on = answers and power.startswith("powered")
        for word in ("m1tui", "REHEARSAL", *power.split(", ")):
            word = word.removeprefix("switched ").replace("protected RAM", "protected")
            assert word in plate or (word == "protected card" and on), plate
        if on:
            assert "M1EX | ch 16 | 100/100 | card protected | next: back up" in home
        await begin(pilot, app)
        app.live = live
        await pilot.pause()
        (line,) = [one for one in text_of(app).splitlines() if "REHEARSAL | " in one]
        assert ".." not in line
        assert "cell" in line
        assert ("EDIT COMBI | 100/100 | card " in line) is on
        assert ("memory lost" in line) is ("memory lost" in power)

    rehearse(tmp_path, look)


@pytest.mark.parametrize("section", SECTIONS)
def test_help_belongs_to_the_screen_that_it_is_opened_on(section: str) -> None:
    text = text_for(section)
    assert text.startswith("KEYS FOR")
    others = [other for name, other in SECTIONS.items() if name != section]
    assert not any(other in text for other in others)
    assert "HOW IT ENDS" in text


def test_help_on_a_step_has_the_keys_of_a_step(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "KEYS FOR A STEP" in text_of(app)
        await pilot.press("escape")

    rehearse(tmp_path, walk)


def test_help_on_a_step_leaves_out_the_keys_that_do_nothing_there() -> None:
    text = text_for("A STEP", ("f", "Space", "1-9"))
    assert "record what was found as a fault" not in text
    assert "presses it for you" not in text
    assert "choose an answer" not in text
    assert "tick by hand" in text
    assert "a step's keys start again from the first" in text


def test_a_key_that_does_nothing_at_a_step_says_why(tmp_path: Path) -> None:
    asked = procedure(
        step_of("before", observes=("joystick-range",), rehearse=("wait 1",)),
    )

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, asked.id)
        for key, why in (
            ("f", "No fault was found at this step, so there is nothing to record with f."),
            ("1", "There is no question to answer now"),
            ("t", "t ticks a step only after the M1 was asked and did not answer."),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert why in " ".join(text_of(app).split())
        await pilot.press("v")
        await settled(pilot, app)
        assert "No movement of the joystick was heard" in view(app).evidence[0].text
        for key, why in (
            ("f", "Check again, or press s and type the fault as the reason."),
            ("t", "This step was not passed, so t does not tick it."),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert why in " ".join(text_of(app).split())
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "record what was found as a fault" not in text_of(app)
        await pilot.press("escape")

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={asked.id: asked})


def test_other_colours_are_kept_for_the_next_start(tmp_path: Path) -> None:
    async def change(pilot: Pilot[int], app: M1App) -> None:
        before = {style.bgcolor for style in styles_of(app)}
        await pilot.press("c")
        await pilot.pause()
        assert "Colours: light." in app.home.notice
        assert {style.bgcolor for style in styles_of(app)} != before

    rehearse(tmp_path, change)
    assert Scheme.of(Preferences(tmp_path).scheme) is Scheme.LIGHT


def test_every_scheme_says_the_same_in_words() -> None:
    texts = set()
    for scheme in Scheme:

        async def look(pilot: Pilot[int]) -> None:
            texts.add(text_of(pilot.app))

        visit(lambda: step(PRESSED), look, scheme=scheme)
    assert len(texts) == 1


def test_a_control_that_a_step_needs_is_moved_on_the_panel(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await settled(pilot, app)
        assert app.guide is not None
        while view(app).title != "Check the M1: pressure and joystick":
            app.guide.journal.record(
                app.guide.run.override("not needed in this test", consent="LOSE IT")
            )
            app.guide.journal.record(app.guide.run.next())
            app.guide.attach()
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("p")
        await pilot.pause()
        assert "[pressure]" in text_of(app)
        await pilot.press("t")
        await until(pilot, lambda: view(app).pressed == 1)
        assert "[joystick]" in text_of(app)
        await pilot.press("j")
        await until(pilot, lambda: view(app).glyph == "[A]")

    procedure = load(screens_folder() / "used-m1.toml")
    rehearse(tmp_path, walk, port="virtual:healthy", procedures={procedure.id: procedure})


def test_what_a_survey_typed_is_expected_beside_a_step_and_called_confirmed() -> None:
    run = Run.begin(load(screens_folder() / "midi-ready.toml"))
    at = next(n for n, step in enumerate(run.procedure.steps) if "GLOBAL 5 +" in step.keys)
    typed = Wording("GLOBAL 5-2", ("5-2 MIDI FILTER as typed", ""))
    survey = Survey(wordings=(typed, Wording("GLOBAL 5-1", ("as photographed", ""), "a.jpg")))
    sketched = expected(replace(run, position=at), Known())
    shown = expected(replace(run, position=at), Known(survey=survey))
    assert {one.wording for one in sketched} == {"sketch"}
    place = next(n for n, one in enumerate(shown) if "as typed" in one.lines[0])
    assert shown[place].wording == "confirmed by 1 survey"
    assert shown[place - 1].wording == "photograph"
    assert "as photographed" in shown[place - 1].lines[0]
    assert shown[place].lines[1] == sketched[place].lines[1]


def test_the_measure_of_a_song_that_was_started_and_stopped_is_not_foretold() -> None:
    run = Run.begin(load(screens_folder() / "panel-keys.toml"))
    at = next(n for n, step in enumerate(run.procedure.steps) if "START/STOP" in step.keys)
    presses = replace(run, position=at).presses
    shown = expected(replace(run, position=at), Known(contents=demo_contents()))
    stopped = max(n for n, press in enumerate(presses) if press.label == "START/STOP") + 1
    assert "MEAS:M001" in shown[stopped - 2].lines[1]
    assert shown[stopped].lines[1].rstrip().endswith("MEAS:????")


PROTECTS_OFF = "GLOBAL 6 DOWN D DOWN + B DOWN D DOWN + B DOWN D DOWN"


def last_of(keys: str, card: CardState, layout: CardFormat | None) -> str:
    """Return what is expected in the first line after keys, with that card in its slot."""
    known = Known(mode_data=ModeData(0, 2, 0, card_code(card, layout), 0))
    shadow = ExpectedPanel(known)
    shadow.press([PROTECTS_OFF, keys])
    return shadow.display[0].strip()


@pytest.mark.parametrize(
    ("keys", "layout"),
    [
        ("GLOBAL 8 UP G G", CardFormat.SEQUENCE),
        ("GLOBAL 9 UP G G", CardFormat.SEQUENCE),
        ("GLOBAL 9 UP G G", CardFormat.PROGRAMS_AND_SEQUENCE),
        ("GLOBAL 8 DOWN G G", CardFormat.PROGRAMS),
    ],
)
def test_what_a_card_of_the_known_format_takes_is_expected_to_be_done(
    keys: str, layout: CardFormat
) -> None:
    assert last_of(keys, CardState.RAM, layout) == "COMPLETED"


def test_an_empty_slot_is_expected_to_be_called_so() -> None:
    assert last_of("GLOBAL 8 DOWN G G", CardState.NONE, None) == "NO CARD"


def test_without_mode_data_nobody_knows_whether_a_card_is_in() -> None:
    shadow = ExpectedPanel(Known())
    shadow.press([PROTECTS_OFF, "GLOBAL 8 DOWN G G"])
    assert "?" in shadow.display[0]
    shadow.act("insert-card")
    shadow.press(["GLOBAL 8 DOWN G G"])
    assert shadow.display[0].strip() == "COMPLETED"


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("SEQ", "SONG:>? Tr:? PROG:??? MEAS:M001"),
        ("SEQ 1", ">?? ?? ?? ?? ?? ?? ?? ??"),
        ("SEQ 1 +", ">? ? ? ? ? ? ? ?"),
        ("SEQ 2", ">? ?? ?? ?? ?? ?? ?? ??"),
        ("SEQ 3", "TEMP:>??? BEAT:? NEXT:??"),
        ("SEQ 4", ">?? ?? ?? ?? ?? ?? ?? ??"),
    ],
)
def test_what_the_songs_of_an_unknown_sequencer_are_is_not_foretold(keys: str, shown: str) -> None:
    shadow = ExpectedPanel(Known())
    shadow.press([keys])
    assert " ".join(shadow.display[1].split()) == shown


def test_what_was_loaded_from_a_card_is_not_foretold() -> None:
    data = ModeData(0, 2, 0, card_code(CardState.RAM, CardFormat.PROGRAMS), 0)
    shadow = ExpectedPanel(Known(mode_data=data, contents=demo_contents()))
    shadow.press([PROTECTS_OFF, "PROG 00"])
    assert shadow.display[0].startswith("Prog I00 Oak Grand ")
    shadow.press(["GLOBAL 8 DOWN G G", "PROG 00"])
    assert shadow.display[0].startswith("Prog I00 ??")


@pytest.mark.parametrize("section", SECTIONS)
def test_no_line_of_help_is_wider_than_its_page(section: str) -> None:
    assert max(map(len, text_for(section).splitlines())) <= 76


def test_the_end_names_what_an_answer_left_untested() -> None:
    run = Run.begin(built_in("bench-test")).at("have-pedals")
    told = dict(summary_view(run.after(run.choose("No pedals"))).advice)
    assert told["Untested"] == (
        '"The pedals" was not tested: "Do you have pedals?" was answered "No pedals".'
    )


def test_the_end_of_a_run_that_was_refused_does_not_say_that_it_could_not_be_proved() -> None:
    refused = Verdict(None, "REFUSED", name="restore", outcome=Outcome.REFUSED, wrote=False)
    run = Run.begin(procedure(step_of("send", "restore")))
    shown = summary_view(run.after(run.judge((refused,))))
    meaning = "a send was refused; none of it was written"
    assert (shown.outcome, shown.meaning) == ("REFUSED", meaning)


def test_a_step_that_listens_to_a_song_does_not_say_that_the_program_plays() -> None:
    run = Run.begin(built_in("play")).at("play")
    (shown,) = asking_of(run)
    assert shown.text != PLAYS
    waiting = replace(step_view(run, StepNow()), evidence=(shown,))
    assert hints_of(waiting) == (("wait", "for the answer"), ("?", "all keys"))
    (sounding,) = asking_of(Run.begin(built_in("sound-check")).at("play-1"))
    assert sounding.text == PLAYS


def test_what_space_does_is_shortened_rather_than_v_left_out() -> None:
    run = Run.begin(built_in("used-m1")).at("controls")
    now = StepNow(rehearsal=True, hand_tasks=tasks_of(run, rehearsal=True))
    hints = dict(hints_of(step_view(run, now)))
    assert hints["Space"] == "do the next"
    assert hints["v"] == "do it all"
    listening = dict(hints_of(step_view(run, replace(now, listening=True))))
    assert listening["Space"] == f"do: {now.hand_tasks[0].label}"
    assert listening["v"] == "do it all"


def test_a_long_marked_key_leaves_room_for_the_keys_beside_it() -> None:
    run = Run.begin(built_in("card-format")).at("which")
    run = run.after(run.write_down({"format": "50PROG/50COMBI/4200SEQ"})).at("format-both")
    now = StepNow(rehearsal=True, hand_tasks=tasks_of(run, rehearsal=True), pressed=3)
    view = step_view(run, now)
    assert "until format 50PROG" in view.keys[3]
    hints = dict(hints_of(view))
    assert hints["Space"] == "press UP/DOWN"
    assert hints["v"] == "do it all"
    assert len("  ".join(f"{key} {word}" for key, word in hints_of(view))) < 78
