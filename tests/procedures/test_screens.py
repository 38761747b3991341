"""The files in screens/: usable, readable at 80 × 24, and leading where they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest

from m1tui.clock import run
from m1tui.engine.checks import CHECKS
from m1tui.engine.compare import equal
from m1tui.engine.instrument import Instrument
from m1tui.errors import NotAllowed
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.drawings import CARD_SETS, drawing, drawing_names
from m1tui.procedures.findings import left_out
from m1tui.procedures.library import check_file, load_library
from m1tui.procedures.loader import procedure_files
from m1tui.procedures.origins import backups_of, load_origin
from m1tui.procedures.perform import Performer, run_auto
from m1tui.procedures.person import Rehearser
from m1tui.procedures.rules import TEXT_COLUMNS
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure, Step
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.resources import screens_folder
from m1tui.store import Store
from m1tui.sysex import Allocation, Part, Sequence
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.scenarios import SCENARIOS, scenario
from m1tui.virtual.settings import Model, Settings
from tests.advised import raises
from tests.procedures.examples import compared
from tests.procedures.rehearsals import (
    Memo,
    Rehearsal,
    built_in,
    go_on,
    rehearsed,
    stages_of,
    twin,
    with_step,
)

FILES = procedure_files([screens_folder()])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_a_file(path: Path) -> None:
    assert check_file(path, [screens_folder()]) == ()
    procedure = built_in(path.stem)
    assert procedure.scenario in SCENARIOS
    assert procedure.source
    assert procedure.work, "a customer's page names it"


def test_every_file_has_a_title_of_its_own() -> None:
    procedures = load_library([screens_folder()]).procedures.values()
    assert len(procedures) == len(FILES)
    assert len({procedure.title for procedure in procedures}) == len(FILES)


AT_THE_END = {"track-channel-set"}
"""Checks that are put only when a run ends."""


def test_every_check_of_the_engine_is_used_by_a_file() -> None:
    used = {name for path in FILES for step in built_in(path.stem).steps for name in step.asks}
    assert used | AT_THE_END == set(CHECKS)


def test_every_drawing_is_used_and_fits_beside_the_rail() -> None:
    used = {step.drawing for path in FILES for step in built_in(path.stem).steps if step.drawing}
    assert used == set(drawing_names())
    for name in drawing_names():
        for lines in (drawing(name), drawing(name, rack=True)):
            assert 1 <= len(lines) <= 9, name
            assert max(map(len, lines)) <= TEXT_COLUMNS, name
            assert all(line.isascii() and line.isprintable() for line in lines), name


def test_an_m1r_is_not_shown_where_an_m1_has_its_slots() -> None:
    assert "joy-" in "".join(drawing("slots"))
    on_rack = "".join(drawing("slots", rack=True))
    assert "joy-" not in on_rack
    assert "top slot  = the slot for data cards" in on_rack


def test_every_drawing_but_a_table_says_that_it_is_not_to_scale() -> None:
    for name in drawing_names():
        assert name == CARD_SETS or "(not to scale" in drawing(name)[-1]


def test_the_card_sets_are_drawn_from_the_table_of_sixteen() -> None:
    lines = drawing(CARD_SETS)
    assert lines[0].split() == ["01", "(no", "title)", "09", "Organ"]
    assert lines[5].startswith("06 Fretted Instruments")
    assert lines[7].endswith("16 Environment")


def test_a_drawing_that_is_not_there_has_no_lines() -> None:
    assert drawing("../card-sets") == ()
    assert drawing("unknown") == ()


# The battery


def test_the_battery_is_out_only_after_the_backup() -> None:
    battery = built_in("internal-battery")
    for step_id in ("unplug", "remove-cell", "power-on"):
        assert "backup" in battery.step(step_id).needs


# What is destroyed is saved first

DESTROYING = {
    "card-format": ("word",),
    "card-load": ("load",),
    "card-save": ("save",),
    "initialise": ("word",),
    "songs-from-card": ("load",),
    "songs-to-card": ("save",),
    "dump-from-computer": ("send",),
    "erase-song": ("erase",),
    "erase-track": ("erase",),
    "memory-allocation": ("to-100", "to-50"),
    "ram-card-battery": ("slide-out",),
    "sequencer-free": ("to-50", "to-100", "back-to-50"),
    "used-m1": ("allocation",),
}


@pytest.mark.parametrize(("file", "steps"), DESTROYING.items())
def test_what_destroys_waits_for_the_backup_and_warns(file: str, steps: tuple[str, ...]) -> None:
    procedure = built_in(file)
    for step_id in steps:
        step = procedure.step(step_id)
        assert "backup" in step.needs
        assert step.warning
        assert procedure.step("backup").kind == "backup"


@pytest.mark.parametrize(
    ("keys", "lost", "kept"),
    [
        (
            "GLOBAL 6 + + + DOWN G",
            "songs and patterns that do not fit in 4,400 steps, possibly all",
            ("program", "combination"),
        ),
        ("GLOBAL 6 + + + UP G", "programs and combinations 50 to 99", ("song", "pattern")),
    ],
)
def test_a_change_of_the_allocation_warns_of_what_it_destroys_and_of_no_more(
    keys: str, lost: str, kept: tuple[str, ...]
) -> None:
    told = {
        path.stem: " ".join(step.warning.split())
        for path in FILES
        for step in built_in(path.stem).steps
        if step.keys == keys and step.endangers
    }
    assert len(told) > 1
    assert {name for name, warning in told.items() if lost not in warning} == set()
    more = {name: word for name, warning in told.items() for word in kept if word in warning}
    assert more == {}


def test_every_step_that_records_warns_of_the_track_that_it_records_over() -> None:
    recording = {
        (path.stem, step.id): step.warning
        for path in FILES
        for step in built_in(path.stem).steps
        if "REC" in step.key_names
    }
    assert recording.keys() == {
        ("record", "record-1"),
        ("record", "record-2"),
        ("sequencer-free", "fill"),
    }
    for warning in recording.values():
        assert "records over the track that the display shows" in warning


def test_the_card_is_erased_only_after_the_typed_word() -> None:
    card = built_in("card-format")
    assert card.step("word").confirm == "FORMAT"
    assert "word" in card.step("format").needs


@pytest.mark.parametrize(
    ("layout", "offered", "told"),
    [
        ("100PROG/100COMBI", ["card-save"], "takes the sounds of an M1 at 100/100"),
        ("50PROG/50COMBI/4200SEQ", ["songs-to-card"], "up to 4,200 steps"),
        ("7700STEP SEQUENCE", ["songs-to-card"], "no room for sounds"),
    ],
)
def test_after_the_format_only_what_the_card_can_take_is_offered(
    layout: str, offered: list[str], told: str, tmp_path: Path
) -> None:
    rehearsal = Rehearsal("card-format", answers=(("format", layout),))
    finished, _ = rehearsed(rehearsal, tmp_path)
    last = finished.current
    assert (last.title, last.kind) == ("What now?", "question")
    assert [one.procedure for one in last.options if one.procedure] == offered
    assert told in " ".join(last.text.split())
    assert counted_beside(finished) == [last.id]


def test_a_card_for_100_programs_is_not_offered_for_the_sounds_of_an_m1_at_50_50(
    tmp_path: Path,
) -> None:
    machine = scenario("other-card")
    machine.press("GLOBAL 6 + + + UP G")
    assert machine.board.memory.allocation is Allocation.LARGE_SEQUENCE
    rehearsal = Rehearsal("card-format")
    finished = run(go_on(Run.begin(rehearsal.procedure), machine, tmp_path, rehearsal))
    last = finished.current
    assert [one.procedure for one in last.options if one.procedure] == ["memory-allocation"]
    assert "its sounds do not fit on the card" in " ".join(last.text.split())
    assert counted_beside(finished) == [last.id]


def counted_beside(finished: Run) -> list[str]:
    """The steps that count and have the title of the last one."""
    return [
        step.id
        for step, mark in zip(finished.procedure.steps, finished.marks, strict=True)
        if step.title == finished.current.title and mark is not Mark.LEFT_OUT
    ]


# Symptoms


def paths(run: Run) -> Iterator[Run]:
    """Yield the run's ends: at each question once with each answer."""
    step = run.current
    if step.kind != "question":
        run = run.after(run.tick())
        if run.at_end:
            yield run
        else:
            yield from paths(run.after(run.next()))
        return
    for option in step.options:
        answered = run.after(run.choose(option.label))
        if answered.at_end:
            yield answered
        else:
            yield from paths(answered.after(answered.next()))


def test_every_path_of_the_symptoms_ends_in_a_procedure_or_says_that_none_is_known() -> None:
    ends = list(paths(Run.begin(built_in("symptoms"))))
    assert len(ends) > 40
    for end in ends:
        assert end.done
        assert end.outcome is RunOutcome.BY_HAND
        ends_here = {"not-known", "not-a-fault", "transfer-not-known"}
        assert bool(end.route.leads_to) == (end.current.id not in ends_here)
    assert {end.route.leads_to for end in ends} == {""} | {path.stem for path in FILES} - {
        "symptoms"
    }
    for step in built_in("symptoms").steps:
        if step.kind == "question":
            assert step.options[-1].label.startswith("None of these")


def test_every_question_of_the_symptoms_can_be_reached() -> None:
    symptoms = built_in("symptoms")
    ends = list(paths(Run.begin(symptoms)))
    reached = {step.id for end in ends for step in asked(end)}
    assert reached == {step.id for step in symptoms.steps}


def asked(run: Run) -> Iterator[Step]:
    for step, counts in zip(run.procedure.steps, run.route.counts, strict=True):
        if counts:
            yield step


def test_the_symptoms_begin_with_what_the_m1_answers(tmp_path: Path) -> None:
    _, results = rehearsed(Rehearsal("symptoms"), tmp_path)
    noted = {verdict.name: verdict.passed for verdict in results["ask"].verdicts}
    assert noted["answers"] is True
    assert noted["exclusive-enabled"] is False


# A card that is written


async def saved_to_the_card(machine: VirtualM1, folder: Path, *, agrees: bool) -> Run:
    """How far a run that saves to the card comes, where a person agrees to lose what is on it."""

    class One(Rehearser):
        async def type_word(self, title: str, word: str) -> bool:
            assert (title, word) == ("Save an empty memory?", "LOSE IT")
            return agrees

    async with Instrument(VirtualLink(machine, baud=0)) as instrument:
        performer = Performer(instrument, Store(folder), One())
        return await run_auto(Memo(Run.begin(built_in("card-save"))), performer)  # type: ignore[arg-type]


@pytest.mark.parametrize("agrees", [False, True])
def test_an_initialised_memory_replaces_a_good_card_only_after_a_typed_word(
    tmp_path: Path, agrees: bool
) -> None:
    machine = scenario("card")
    machine.board.memory = Memory.initialised()
    card = machine.card
    assert card is not None
    before = card.contents.programs
    ended = run(saved_to_the_card(machine, tmp_path, agrees=agrees))
    assert ended.current.id == ("switch-on" if agrees else "empty")
    assert (machine.card is not None and machine.card.contents.programs == before) is not agrees
    assert ended.done is agrees


def test_a_memory_with_sounds_is_saved_to_a_card_without_a_word(tmp_path: Path) -> None:
    ended = run(saved_to_the_card(scenario("card"), tmp_path, agrees=False))
    assert ended.done
    assert ended.outcome is RunOutcome.VERIFIED
    assert ended.marks[[one.id for one in ended.procedure.steps].index("empty")] is Mark.LEFT_OUT


# The bench test


def test_the_bench_test_names_the_three_faulty_keys(tmp_path: Path) -> None:
    finished, results = rehearsed(Rehearsal("bench-test", "faulty-keys"), tmp_path)
    assert finished.current.id == "keys"
    assert finished.outcome is RunOutcome.MISMATCH
    (verdict,) = results["keys"].verdicts
    for word in ("silent", "stuck", "velocity"):
        assert word in verdict.found


def test_a_fault_that_the_bench_test_found_is_taken_as_it_is_and_named(tmp_path: Path) -> None:
    finished, _ = rehearsed(Rehearsal("bench-test", "faulty-keys"), tmp_path)
    finished = finished.after(finished.accept())
    assert finished.done
    assert finished.outcome is RunOutcome.MISMATCH
    assert finished.missing == ()
    (finding,) = finished.findings
    assert finding.startswith("All 61 keys: ")
    assert "silent" in finding


def test_a_test_of_controls_takes_faults_as_findings() -> None:
    for file in ("bench-test", "sticky-keys"):
        checked = [step for step in built_in(file).steps if step.checks and not step.finds]
        assert {step.id for step in checked} <= {"ask", "midi", "back", "on", "off", "memory"}


# The rack


class OnRack(Rehearsal):
    """A rehearsal on a rack that is else as the procedure's scenario says."""

    def machine(self, procedure: Procedure) -> VirtualM1:
        machine = super().machine(procedure)
        machine.board.model = Model.M1R
        return machine


PROVED_ON_A_RACK = {"aftertouch-off": RunOutcome.BY_HAND}
"""How the rehearsals on an M1R end, where not VERIFIED."""


NOT_FOR_RACKS = [path for path in FILES if any(step.not_on for step in built_in(path.stem).steps)]


@pytest.mark.parametrize("path", NOT_FOR_RACKS, ids=lambda path: path.stem)
def test_a_rack_can_end_verified_and_never_skips_for_what_it_does_not_have(
    path: Path, tmp_path: Path
) -> None:
    finished, results = rehearsed(OnRack(path.stem), tmp_path)
    told = {result.step: str(result.advice) for result in results.values() if result.advice}
    assert finished.outcome is PROVED_ON_A_RACK.get(path.stem, RunOutcome.VERIFIED), told
    assert finished.missing == ()


def test_no_step_says_that_a_rack_skips_it() -> None:
    for path in FILES:
        for step in built_in(path.stem).steps:
            assert "skip this step" not in step.text.lower() or "M1R" not in step.text, step.id


# The sequencer


def test_whether_the_memory_is_to_be_filled_is_what_the_m1_says(tmp_path: Path) -> None:
    finished, results = rehearsed(Rehearsal("sequencer-free"), tmp_path)
    (observed,) = results["percent"].verdicts
    assert (observed.name, observed.passed) == ("sequencer-below-35", False)
    assert finished.state("fill").mark is Mark.SENSED
    steps = zip(finished.procedure.steps, finished.marks, strict=True)
    assert {mark for step, mark in steps if step.kind == "question"} == {Mark.LEFT_OUT}


def test_drum_kits_that_nobody_changed_are_not_said_to_be_missing(tmp_path: Path) -> None:
    _, results = rehearsed(Rehearsal("sequencer-free"), tmp_path)
    evidence = " ".join(results["programs"].evidence)
    assert "drum kits" not in evidence


class OnFreeMemory(Rehearsal):
    """A rehearsal on an M1 without any song."""

    def machine(self, procedure: Procedure) -> VirtualM1:
        machine = super().machine(procedure)
        machine.board.memory = replace(machine.board.memory, sequence=Sequence.empty())
        return machine


class OnLargeSequence(Rehearsal):
    """A rehearsal on an M1 that is at 50/50, with few songs."""

    def machine(self, procedure: Procedure) -> VirtualM1:
        machine = super().machine(procedure)
        machine.press("GLOBAL 6 + + + UP G")
        return machine


class SwitchLeft(Rehearsal):
    """A person who leaves the card's switch as it is."""

    @property
    def procedure(self) -> Procedure:
        whole = built_in(self.id)
        ask = whole.step("ask")
        kept = tuple(action for action in ask.rehearse if action != "card-protect-on")
        return with_step(whole, msgspec.structs.replace(ask, rehearse=kept))


@pytest.mark.parametrize(
    ("file", "step_id", "wrong", "of_card"),
    [
        ("card-load", "load", "GLOBAL 9 DOWN G G", True),
        ("songs-from-card", "load", "GLOBAL 9 UP G G", True),
        ("card-save", "save", "GLOBAL 8 DOWN G G", False),
        ("songs-to-card", "save", "GLOBAL 8 UP G G", False),
    ],
)
def test_what_a_load_in_the_place_of_a_save_destroys_is_in_a_backup_and_is_no_proof(
    tmp_path: Path, file: str, step_id: str, wrong: str, of_card: bool
) -> None:
    stage = stages_of(SwitchLeft(file), tmp_path)[step_id]
    machine = twin(stage.machine)
    assert machine.card is not None
    before = machine.card.contents if of_card else machine.contents
    machine.press("GLOBAL 6 DOWN D DOWN + B DOWN D DOWN + B DOWN D DOWN")
    step = msgspec.structs.replace(stage.run.current, keys=wrong)
    begun = replace(stage.run, procedure=with_step(stage.run.procedure, step))
    ended = run(go_on(begun, machine, tmp_path, SwitchLeft(file), one_step=True))
    after = machine.card.contents if of_card else machine.contents
    assert after != before
    assert ended.current_state.mark is Mark.OPEN
    verdict = ended.current_state.verdicts[-1]
    assert verdict.advice is not None
    assert verdict.advice.code == "copied-the-wrong-way"
    files = backups_of(ended, "card" if of_card else "internal")
    (kept,) = (load_origin(one).contents for one in files.values())
    part = Part.SEQUENCE if step_id == "save" and "songs" in file else Part.ALL
    assert equal(kept, before.only(part))


def test_sounds_that_were_loaded_in_the_place_of_songs_are_in_the_backup(tmp_path: Path) -> None:
    machine = scenario("other-card")
    machine.press("GLOBAL 6 + + + UP G GLOBAL 6 DOWN + B DOWN + B DOWN")
    before = machine.contents
    current = Run.begin(built_in("songs-from-card"))
    rehearsal = Rehearsal("songs-from-card")
    while current.current.id != "load":
        current = run(go_on(current, machine, tmp_path, rehearsal, one_step=True))
        current = current.after(current.next())
    machine.press("GLOBAL 8 DOWN G G")
    assert machine.contents.programs != before.programs
    (kept,) = (load_origin(one).contents for one in backups_of(current, "internal").values())
    assert kept.parts == before.parts
    assert equal(kept, before)


@pytest.mark.parametrize("start", ["used", "healthy"])
@pytest.mark.parametrize("wanted", ["100PROG/100COMBI/4400SEQ", "50PROG/50COMBI/7700SEQ"])
def test_a_memory_is_to_be_filled_again_only_if_its_allocation_was_changed(
    tmp_path: Path, start: str, wanted: str
) -> None:
    before = scenario(start).board.memory.allocation
    changed = (before is Allocation.LARGE_PROGRAM) is not wanted.startswith("100")
    finished, results = rehearsed(
        Rehearsal("memory-allocation", start, (("wanted", wanted),)), tmp_path
    )
    assert finished.outcome is RunOutcome.VERIFIED
    assert any("fill" in step_id for step_id in results) is changed
    assert any(step_id in ("to-100", "to-50") for step_id in results) is changed


@pytest.mark.parametrize("start", ["used", "healthy"])
def test_a_changed_memory_is_to_be_filled_again_also_if_the_allocation_is_asked_again(
    tmp_path: Path, start: str
) -> None:
    at_50 = scenario(start).board.memory.allocation is Allocation.LARGE_SEQUENCE
    choices = ["100PROG/100COMBI/4400SEQ", "50PROG/50COMBI/7700SEQ"]
    there, back = choices if at_50 else reversed(choices)

    async def asked_again(machine: VirtualM1, done: Run, wanted: str) -> Run:
        done = done.at("ask")
        done = done.after(done.retry())
        wish = Rehearsal(done.procedure.id, start, (("wanted", wanted),))
        return await go_on(done, machine, tmp_path, wish)

    async def there_and_back() -> tuple[Run, Run]:
        machine = scenario(start)
        changing = Rehearsal("memory-allocation", start, (("wanted", there),))
        changed = await go_on(Run.begin(changing.procedure), machine, tmp_path, changing)
        changed = await asked_again(machine, changed, there)
        returned = changed.at("wanted")
        returned = returned.after(returned.retry())
        home = Rehearsal("memory-allocation", start, (("wanted", back),))
        returned = await go_on(returned, machine, tmp_path, home)
        if returned.must_go_back:
            returned = await go_on(returned.at("backup"), machine, tmp_path, home)
        return changed, returned

    changed, returned = run(there_and_back())
    # What the change has destroyed is as gone as it was before the second question.
    fills = ("fill", "fill-50") if at_50 else ("fill-50", "fill")
    assert changed.state(fills[0]).mark is Mark.BY_HAND
    assert not any("Fill the memory" in line for line in left_out(changed))
    assert returned.state(fills[1]).mark is Mark.BY_HAND
    assert not any("Fill the memory" in line for line in left_out(returned))


@pytest.mark.parametrize("at_50", [False, True])
def test_an_m1_that_is_asked_again_in_the_middle_gets_back_what_it_had_at_first(
    tmp_path: Path, at_50: bool
) -> None:
    rehearsal = (OnLargeSequence if at_50 else Rehearsal)("sequencer-free")

    async def asked_again() -> Run:
        machine = rehearsal.machine(rehearsal.procedure)
        done = Run.begin(rehearsal.procedure)
        # As far as the other allocation is set.
        while done.state("to-100" if at_50 else "to-50").mark is not Mark.SENSED:
            done = await go_on(done, machine, tmp_path, rehearsal, one_step=True)
            done = done.after(done.next())
        done = done.at("ask")
        done = done.after(done.retry())
        return await go_on(done, machine, tmp_path, rehearsal)

    finished = run(asked_again())
    left = {finished.procedure.steps[at].id: why for at, why in finished.left_out}
    assert ("back-to-50" in left) is not at_50
    assert ("to-50" in left) is at_50
    marks = {step.id: finished.marks[at] for at, step in enumerate(finished.procedure.steps)}
    assert (marks["programs"] is Mark.LEFT_OUT) is at_50
    assert left["to-50" if at_50 else "back-to-50"].startswith("The M1 was at ")


def test_a_memory_that_is_free_already_needs_nothing_and_that_is_proved(tmp_path: Path) -> None:
    finished, results = rehearsed(OnFreeMemory("sequencer-free"), tmp_path)
    assert finished.outcome is RunOutcome.VERIFIED
    assert list(results) == ["ask", "look", "needed", "still-free"]
    assert finished.missing == ()


def test_an_m1_that_was_at_50_50_is_at_50_50_again_in_the_end(tmp_path: Path) -> None:
    finished, results = rehearsed(OnLargeSequence("sequencer-free"), tmp_path)
    assert finished.outcome is RunOutcome.VERIFIED
    assert "programs" not in results
    # There are no programs and combinations 50 to 99 that could be erased.
    assert '"Set 50PROG/50COMBI/7700SEQ". The M1 was at 50/50 already.' in left_out(finished)
    warned = [step.warning for step in finished.procedure.steps if step.id in results]
    lost = [warning for warning in warned if "50 to 99" in warning]
    assert lost
    assert all("which were not there before" in warning for warning in lost)
    assert finished.closing is not None
    assert "allocation = 50/50" in finished.closing.claims
    _, at_100 = rehearsed(Rehearsal("sequencer-free"), tmp_path)
    assert {"programs", "to-50"} <= at_100.keys()
    assert "back-to-50" not in at_100


@dataclass(frozen=True)
class OfAnOwner(Rehearsal):
    """A rehearsal on an M1 whose settings are not those of an initialised one."""

    stood: list[tuple[VirtualM1, Settings]] = field(default_factory=list, compare=False)

    def machine(self, procedure: Procedure) -> VirtualM1:
        machine = super().machine(procedure)
        machine.press(
            "GLOBAL 5 B UP UP UP UP D UP F DOWN + DOWN D DOWN GLOBAL 6 D DOWN + + D DOWN PROG"
        )
        self.stood.append((machine, machine.settings))
        return machine


NOTED = {
    "clock": "EXT",
    "local": "OFF",
    "filter-program": "DIS",
    "filter-aftertouch": "DIS",
    "card-programs": "OFF",
    "card-sequences": "OFF",
}


def test_an_m1_that_was_initialised_has_all_its_settings_again_in_the_end(tmp_path: Path) -> None:
    rehearsal = OfAnOwner("initialise", answers=tuple(NOTED.items()))
    finished, _ = rehearsed(rehearsal, tmp_path)
    assert finished.outcome is RunOutcome.VERIFIED
    assert finished.closing is not None
    assert "channel = 5" in finished.closing.claims
    ((machine, before),) = rehearsal.stood
    assert (before.channel, before.clock_external, before.local) == (4, True, False)
    assert machine.settings == before


def test_a_question_that_was_left_out_ends_with_its_own_mark(tmp_path: Path) -> None:
    finished, _ = rehearsed(Rehearsal("sequencer-free"), tmp_path)
    assert left_out(finished) == (
        '"End here?" The memory was not 100 % free.',
        '"Set 50PROG/50COMBI/7700SEQ again". The M1 was at 100/100.',
        '"Check that all is free". Already checked after the songs were erased.',
    )


def at_the_save(folder: Path) -> Run:
    """A run that saves to a card, at the step that saves, with nothing of that step done."""
    return stages_of(Rehearsal("card-save"), folder)["save"].run


def test_a_save_to_a_card_waits_for_what_decides_whether_the_memory_is_empty(
    tmp_path: Path,
) -> None:
    reopened = at_the_save(tmp_path)
    assert not reopened.unmet
    reopened = reopened.after(reopened.doubt("ask", "It was initialised."))
    assert [step.id for step in reopened.unmet] == ["ask"]
    assert reopened.must_go_back


@pytest.mark.parametrize("file", ["card-load", "songs-from-card", "card-save", "songs-to-card"])
def test_what_loads_or_saves_a_card_waits_for_the_backups_of_both(
    file: str, tmp_path: Path
) -> None:
    procedure = built_in(file)
    (step,) = (one for one in procedure.steps if one.endangers)
    kept = [one.id for one in procedure.steps if one.kind == "backup"]
    assert len(kept) == 2
    at_it = stages_of(SwitchLeft(file), tmp_path)[step.id].run
    assert not at_it.unmet
    for backup in kept:
        reopened = at_it.after(at_it.doubt(backup, "It has changed."))
        assert [one.id for one in reopened.unmet] == [backup]
        assert reopened.must_go_back


@pytest.mark.parametrize("file", ["card-load", "songs-from-card"])
def test_a_load_whose_card_was_pulled_is_proved_again_with_the_card_and_ends_verified(
    file: str, tmp_path: Path
) -> None:
    stage = stages_of(Rehearsal(file), tmp_path)["protects-on"]
    machine = twin(stage.machine)
    machine.remove_card()
    pulled = run(go_on(stage.run, machine, tmp_path, Rehearsal(file)))
    assert [step.id for step in pulled.open_steps] == ["ask", "card-backup", "load"]
    assert [step.id for step in pulled.at("load").unmet] == ["ask"]
    ended = run(go_on(pulled.at("ask"), machine, tmp_path, Rehearsal(file)))
    assert ended.done
    assert ended.outcome is RunOutcome.VERIFIED


def test_a_memory_that_is_found_empty_when_it_is_asked_again_is_not_saved_without_the_word(
    tmp_path: Path,
) -> None:
    run_now = at_the_save(tmp_path)
    asked = run_now.after(run_now.doubt("ask", "It was initialised.")).at("ask")
    verdicts = tuple(
        replace(one, passed=True) if one.name == "memory-initialised" else one
        for one in run_now.state("ask").verdicts
    )
    found = asked.after(asked.judge(verdicts)).at("save")
    assert [step.id for step in found.unmet] == ["empty"]
    assert found.must_go_back


def test_a_typed_word_is_not_skipped_for_a_reason_only() -> None:
    asked = {
        path.stem: begun.at(step.id)
        for path in FILES
        for begun in (Run.begin(built_in(path.stem)),)
        for step in begun.procedure.steps
        if step.kind == "hands" and step.confirm
    }
    assert asked.keys() == {"card-format", "card-save", "display", "initialise"}
    for begun in asked.values():
        with raises(NotAllowed, "loss-not-agreed"):
            begun.override("it is not needed here")


def test_a_track_whose_backup_is_gone_is_proved_to_play_the_right_program(tmp_path: Path) -> None:
    stage = stages_of(Rehearsal("record"), tmp_path)["program-2"]
    for file in (tmp_path / "backups").glob("*.syx"):
        file.unlink()
    done = run(go_on(stage.run, stage.machine, tmp_path, Rehearsal("record"), one_step=True))
    assert done.state("program-2").mark is Mark.SENSED


def test_a_wrong_program_that_was_passed_over_is_not_said_of_the_keys_of_the_next_track(
    tmp_path: Path,
) -> None:
    stage = stages_of(Rehearsal("record"), tmp_path)["program-1"]

    async def asked(begun: Run) -> Run:
        async with Instrument(VirtualLink(stage.machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            event = (await performer.perform(begun)).event(begun)
            assert event is not None
            return begun.after(event)

    stage.machine.press("F UP")
    failed = run(asked(compared(stage.run)))
    assert failed.current_state.failed
    skipped = failed.after(failed.override("the wrong one will do"))
    second = stages_of(Rehearsal("record"), tmp_path)["program-2"].run
    states = {
        step.id: state for step, state in zip(second.procedure.steps, second.states, strict=True)
    }
    states["program-1"] = skipped.state("program-1")
    second = replace(second, states=tuple(states.values()))
    at_second = run(asked(compared(second)))
    (bad,) = [one for one in at_second.current_state.deciding if one.passed is False]
    assert bad.advice is not None
    assert bad.advice.code == "track-with-other-program"
