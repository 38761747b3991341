"""Any keys at all, in the real app: no crash, no word of the inside, and no tick that is not so.

More of it: `python -m tests.app.test_any_keys FIRST:LAST KEYS`.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import tempfile
import traceback
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from m1tui.app.app import M1App
from m1tui.app.dialogs.form import FormDialog
from m1tui.app.dialogs.write import WriteDialog
from m1tui.app.run.folder import SourceScreen
from m1tui.app.run.procedure import ProcedureScreen
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.states import Mark
from m1tui.resources import screens_folder
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import SCENARIOS
from tests.app.rehearsal import begin, guide_of, only, rehearse, spelled, take_step
from tests.app.rendering import text_of
from tests.rehearsing.trial import filled
from tests.rehearsing.truth import Moment, Witness, is_true

KEYS = (
    *("enter", "enter", "space", "space", "v", "y", "n", "s", "b", "b", "r", "r", "t"),
    *("escape", "p", "g", "e", "f", "h", "plus", "up", "down", "tab", "home", "end"),
    *("1", "2", "3", "4", "question_mark", "pagedown", "q", "x", "left_square_bracket"),
)
"""What is pressed; of the panel, where it is open, the same letters are the M1's keys."""
PATIENCE = 400
"""Looks at the app after a key, a twentieth of a second of its clock apart."""
SENSIBLE = 0.6
"""How often the key is the one that leads on."""
RAW = re.compile(r"Traceback|\{[a-z-]+\}|Verdict\(|\bMark\.|\[/")
"""What is no word for a person."""
SETTINGS = ("allocation", "protects", "filter", "channel", "transposition", "card format", "clock")
"""Beginnings of claims that the M1's own state decides, whatever was done before."""


def false_ticks(app: M1App, machine: VirtualM1, witness: Witness, before: dict[str, Mark]) -> str:
    """Return the first claim of a step that was ticked just now and that is not so."""
    if app.guide is None:
        return ""
    run = app.guide.run
    for step, state in zip(run.procedure.steps, run.states, strict=True):
        if state.mark is Mark.SENSED and before.get(step.id) is not Mark.SENSED:
            moment = Moment(machine, witness, 0.0)
            for text in map(str, step.claims):
                claim = filled(text, run.values)
                if claim.startswith(SETTINGS) and not is_true(claim, moment):
                    return f"{step.id}: {claim}"
        before[step.id] = state.mark
    return ""


async def rest(pilot: Pilot[int], app: M1App) -> None:
    """Wait until the app is idle or asks something; what listens is not waited for to its end."""
    for _ in range(PATIENCE):
        await asyncio.sleep(0.05)
        if app.is_idle or not isinstance(app.screen, ProcedureScreen):
            break
    await pilot.pause(0.05)


async def lead_on(pilot: Pilot[int], app: M1App) -> None:
    """Press what leads on; what is asked is answered somehow, and left where that will not do."""
    screen = app.screen
    match screen:
        case WriteDialog():
            asked = " ".join(str(each.visual) for each in screen.query(Static))
            word = asked.partition("Type ")[2].partition(" ")[0].strip(".,:")
            await pilot.press(*spelled(word if word.isupper() else "nobody asked"), "enter")
        case FormDialog():
            fields = {field.name: field for field in guide_of(app).run.current.fields}
            for line in screen.query(Input):
                if not line.value:
                    name = (line.id or "").removeprefix("value-")
                    await pilot.press(*spelled(fields[name].rehearsed))
                await pilot.press("enter")
        case _ if screen.is_modal or isinstance(screen, (ProcedureScreen, SourceScreen)):
            await take_step(pilot, app)
        case _:
            await pilot.press("enter")
    await rest(pilot, app)
    if app.screen is screen and not isinstance(screen, ProcedureScreen):
        await pilot.press("escape")
        await rest(pilot, app)


def press(seed: int, keys: int, folder: Path) -> list[str]:
    """Press `keys` keys that the seed decides; return them. Raises where something is amiss."""
    dice = random.Random(seed)
    id_ = dice.choice(sorted(path.stem for path in screens_folder().glob("*.toml")))
    # A procedure that is not for an M1R is not begun on one.
    port = dice.choice(sorted(set(SCENARIOS) - {"rack"}))
    pressed = [f"{id_} on {port}"]

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        instrument = app.bench.instrument
        assert instrument is not None
        assert isinstance(instrument.link, VirtualLink)
        machine = instrument.link.machine
        witness, marks = Witness(machine), dict[str, Mark]()
        await begin(pilot, app, id_)
        for _ in range(keys):
            if app.guide is None or dice.random() < SENSIBLE:
                pressed.append("on")
                if app.guide is None:
                    return
                await lead_on(pilot, app)
            else:
                pressed.append(dice.choice(KEYS))
                await pilot.press(pressed[-1])
                await rest(pilot, app)
            shown = text_of(app)
            assert not RAW.search(shown), shown
            assert not (found := false_ticks(app, machine, witness, marks)), found

    try:
        rehearse(folder, walk, port=f"virtual:{port}", procedures=only(id_))
    except BaseException as error:
        error.add_note(" ".join(pressed))
        raise
    return pressed


@pytest.mark.parametrize("seed", range(6))
def test_whatever_keys_are_pressed_nothing_breaks_and_nothing_false_is_ticked(
    seed: int, tmp_path: Path
) -> None:
    assert len(press(seed, 30, tmp_path)) > 1


def main(seeds: str, keys: str) -> int:
    """Press keys for each seed of "FIRST:LAST"; return how many runs broke."""
    broken = 0
    for seed in range(*map(int, seeds.split(":"))):
        with tempfile.TemporaryDirectory() as folder:
            try:
                press(seed, int(keys), Path(folder))
            except Exception:  # noqa: BLE001 - each is counted and shown
                broken += 1
                print(f"seed {seed}\n{traceback.format_exc()}", flush=True)
    print(f"{seeds}: {broken} broken")
    return broken


if __name__ == "__main__":
    sys.exit(bool(main(*sys.argv[1:])))
