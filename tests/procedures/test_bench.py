"""What the procedures of the bench prove and note, on the M1s that have these faults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from m1tui.clock import run
from m1tui.engine.instrument import Instrument
from m1tui.errors import NotAllowed
from m1tui.facts import Verdict
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.claims import provable
from m1tui.procedures.journal import Journal, read
from m1tui.procedures.loader import procedure_files
from m1tui.procedures.perform import Performer, run_auto
from m1tui.procedures.person import Rehearser
from m1tui.procedures.recording import run_record
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.resources import screens_folder
from m1tui.store import Store
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import ram_card, rom_card, scenario, song_card
from tests.advised import raises
from tests.procedures.rehearsals import Rehearsal, built_in, go_on, rehearsed

BENCH = (
    "card-format",
    "display",
    "initialise",
    "joystick",
    "keybed-clean",
    "m1r",
    "memory-does-not-hold",
    "no-cell",
    "panel-keys",
    "power-supply",
    "restore-from-card",
    "rom-check",
    "silent-or-noisy",
    "songs-from-card",
    "songs-to-card",
    "warning-with-good-cell",
)


def ended(rehearsal: Rehearsal, machine: VirtualM1, folder: Path) -> Run:
    return run(go_on(Run.begin(rehearsal.procedure), machine, folder, rehearsal))


OF_THE_PERSON = {
    "display": ("word", "started", "used", "readable"),
    "initialise": ("word",),
    "joystick": ("used",),
    "keybed-clean": ("used",),
    "memory-does-not-hold": ("used",),
    "panel-keys": ("mending", "used"),
    "power-supply": ("used",),
    "silent-or-noisy": ("used", "after"),
    "warning-with-good-cell": ("used",),
}
"""Steps that ask what the technician does or sees, and state nothing of the instrument."""


@pytest.mark.parametrize("file", BENCH)
def test_each_fact_of_the_bench_has_its_source_and_its_certainty(file: str) -> None:
    for step in built_in(file).steps:
        # The older steps of a file that is mostly the owner's guide have the guide's number.
        if step.guide or file == "card-format":
            continue
        if step.id in OF_THE_PERSON.get(file, ()):
            assert (step.source, step.certainty) == ("", None), step.id
            continue
        assert step.source, step.id
        assert step.certainty, step.id
        assert step.source in step.provenance


def test_what_is_from_the_program_itself_names_no_source() -> None:
    for path in procedure_files([screens_folder()]):
        for step in built_in(path.stem).steps:
            assert "m1tui" not in step.source, (path.stem, step.id)


def test_no_source_is_named_twice() -> None:
    for path in procedure_files([screens_folder()]):
        for step in built_in(path.stem).steps:
            before, _, certainty = step.provenance.rpartition(" (")
            assert not before or certainty.removesuffix(").") not in before, step.id


def test_what_is_measured_has_a_unit_and_a_range_and_says_what_is_good() -> None:
    measured = [
        field
        for path in procedure_files([screens_folder()])
        for _, field in built_in(path.stem).fields()
        if field.unit
    ]
    assert len(measured) > 15
    for field in measured:
        assert field.low is not None, field.name
        assert field.high is not None, field.name
    unknown = {field.name for field in measured if not field.good}
    assert unknown <= {"old-cell-volts"}


def test_each_measured_value_of_every_file_has_its_source_and_certainty() -> None:
    measuring = [
        step
        for path in procedure_files([screens_folder()])
        for step in built_in(path.stem).steps
        if any(field.unit for field in step.fields)
    ]
    assert len(measuring) > 5
    for step in measuring:
        assert step.provenance, step.id


@pytest.mark.parametrize("file", BENCH)
def test_each_claim_of_the_bench_is_proved_by_a_check_of_its_own_step(file: str) -> None:
    for step in built_in(file).steps:
        assert set(step.claims) <= set(provable(step)), step.id


FACTS_OF_THE_GUIDE = {
    "each track has one program, which may change within the song": "record",
    "The song's effects override those of its programs": "record",
    "250 measures": "record",
    "No delay after F7 is needed": "dump-from-computer",
    "easier to edit in an external sequencer": "external-sequencer",
}


@pytest.mark.parametrize("fact", FACTS_OF_THE_GUIDE)
def test_the_rest_of_the_owners_guide_is_said_where_it_is_needed(fact: str) -> None:
    texts = [" ".join(step.text.split()) for step in built_in(FACTS_OF_THE_GUIDE[fact]).steps]
    assert any(fact in text for text in texts)


def test_before_every_step_inside_the_m1_stands_the_mains_warning() -> None:
    for file in BENCH:
        for step in built_in(file).steps:
            if step.id == "unplug":
                assert "capacitor" in step.warning or "ten minutes" in step.warning, file


def test_without_midi_a_card_brings_the_sounds_back(tmp_path: Path) -> None:
    machine = scenario("card-after-loss")
    finished = ended(Rehearsal("restore-from-card"), machine, tmp_path)
    assert finished.outcome is RunOutcome.BY_HAND
    card = ram_card().contents
    assert machine.memory.programs == card.programs
    assert machine.memory.combinations == card.combinations
    assert machine.memory.global_data == card.global_
    assert machine.settings.protect_program_internal


@pytest.mark.parametrize(
    ("there", "formatted"),
    [
        ("healthy", "Yes, for 100PROG/100COMBI"),
        ("healthy", "No, or I do not know: format it"),
        ("other-card", "No, or I do not know: format it"),
    ],
)
def test_without_midi_sounds_are_saved_to_a_card_before_the_cell_comes_out(
    tmp_path: Path, there: str, formatted: str
) -> None:
    # On "other-card" the card has another format, which only a format with all protects off ends.
    machine = scenario(there)
    own = machine.memory
    memory = ("memory", "It is good, and I have a RAM card")
    rehearsal = Rehearsal("restore-from-card", answers=(memory, ("formatted", formatted)))
    finished = ended(rehearsal, machine, tmp_path)
    assert finished.outcome is RunOutcome.BY_HAND
    assert finished.state("formatted").choice == formatted
    assert machine.memory.programs == own.programs
    assert machine.memory.combinations == own.combinations
    assert machine.memory.global_data == own.global_data


def test_a_frozen_m1_is_initialised_only_after_the_typed_word_and_before_it_is_opened() -> None:
    display = built_in("display")
    hold = display.step("hold-keys")
    assert display.step("word").confirm == "ERASE"
    assert "word" in hold.needs
    assert "erases everything" in hold.warning
    order = [step.id for step in display.steps]
    assert order.index("hold-keys") < order.index("unplug")
    keep, erase = display.step("frozen").options
    assert (keep.go, erase.go) == ("unplug", "")


GREETING = "The greeting, and nothing more"
ERASING = ("frozen", "word", "hold-keys", "started")


@pytest.mark.parametrize("answers", [True, False])
def test_an_m1_that_answered_is_not_erased_whatever_its_display_shows(answers: bool) -> None:
    said = Verdict(answers, "an M1 on channel 1", name="answers", decides=False)
    run_now = Run.begin(built_in("display"))
    run_now = run_now.after(run_now.tick(observed=(said,))).at("shows")
    run_now = run_now.after(run_now.choose(GREETING))
    marks = dict(zip((one.id for one in run_now.procedure.steps), run_now.marks, strict=True))
    assert all((marks[one] is Mark.LEFT_OUT) == answers for one in ERASING)
    assert run_now.procedure.step(run_now.next().step).id == ("unplug" if answers else "frozen")
    told = {run_now.procedure.steps[at].id for at, why in run_now.left_out if "answered" in why}
    assert told == (set(ERASING) if answers else set())


def test_a_display_repair_leaves_no_backup_out_because_exclusive_stayed_disabled() -> None:
    said = Verdict(True, "an M1 on channel 1", name="answers", decides=False)
    run_now = Run.begin(built_in("display"))
    run_now = run_now.after(run_now.tick(observed=(said,))).at("midi")
    run_now = run_now.after(run_now.judge((Verdict(False, "DIS", name="exclusive-enabled"),)))
    assert run_now.state("midi").mark is Mark.OPEN
    marks = dict(zip((one.id for one in run_now.procedure.steps), run_now.marks, strict=True))
    assert marks["save"] is Mark.OPEN
    with raises(NotAllowed, "loss-not-agreed"):
        run_now.at("save").override("no time for that")


def test_a_card_is_not_loaded_into_another_allocation() -> None:
    run_now = Run.begin(built_in("card-load")).at("load")
    assert "allocation" in [one.id for one in run_now.unmet]


@pytest.mark.parametrize("started", ["No", "Yes"])
def test_an_m1_of_which_no_answer_is_known_can_be_erased_and_repaired(
    tmp_path: Path, started: str
) -> None:
    wanted = (
        ("shows", GREETING),
        ("frozen", "Initialise it: nothing in it needs to be kept"),
        ("started", started),
    )
    rehearsal = Rehearsal("display", answers=wanted)
    run_now = Run.begin(rehearsal.procedure)
    run_now = run_now.after(run_now.override("there is no second cable"))
    finished = run(go_on(run_now, scenario("healthy"), tmp_path, rehearsal))
    assert finished.done
    assert finished.outcome is RunOutcome.IN_PART
    assert finished.state("hold-keys").mark is Mark.BY_HAND


def test_a_memory_that_holds_needs_no_repair(tmp_path: Path) -> None:
    finished, _ = rehearsed(Rehearsal("memory-does-not-hold", "healthy"), tmp_path)
    marks = dict(zip((one.id for one in finished.procedure.steps), finished.marks, strict=True))
    assert marks["kept"] is Mark.BY_HAND
    assert marks["unplug"] is marks["repair"] is marks["hold"] is Mark.LEFT_OUT
    assert finished.outcome is RunOutcome.VERIFIED


def test_a_repair_that_was_not_made_is_found(tmp_path: Path) -> None:
    rehearsal = Rehearsal("memory-does-not-hold")
    procedure = rehearsal.procedure
    steps = tuple(
        msgspec.structs.replace(one, rehearse=()) if one.id == "repair" else one
        for one in procedure.steps
    )
    finished, results = rehearsed(
        rehearsal, tmp_path, msgspec.structs.replace(procedure, steps=steps)
    )
    assert finished.current.id == "hold"
    assert finished.outcome in (RunOutcome.MISMATCH, RunOutcome.UNKNOWN)
    assert results["hold"].verdicts[0].passed


@pytest.mark.parametrize(
    ("file", "step", "value"),
    [
        ("joystick", "before", "before/joystick-range"),
        ("memory-does-not-hold", "kept", "kept/memory-as-backup"),
        ("panel-keys", "heard", "heard/panel-keys-seen"),
    ],
)
def test_the_fault_is_seen_before_it_is_mended(
    file: str, step: str, value: str, tmp_path: Path
) -> None:
    finished, results = rehearsed(Rehearsal(file), tmp_path)
    assert finished.route.values[-1][value] == "no"
    assert [one.passed for one in results[step].verdicts][-1] is False
    assert finished.outcome is RunOutcome.VERIFIED


def test_all_three_controls_wrong_together_are_seen_before_ic29_is_replaced(tmp_path: Path) -> None:
    _, results = rehearsed(Rehearsal("warning-with-good-cell"), tmp_path)
    before, after = results["controls-before"].verdicts, results["controls-after"].verdicts
    assert [one.passed for one in before] == [False] * 3
    assert [one.passed for one in after] == [True] * 3


def test_parts_and_ranges_are_in_the_record_of_a_run(tmp_path: Path) -> None:
    rehearsal = Rehearsal("power-supply", answers=(("five-one", "4.2"),))
    with Journal.begin(tmp_path, rehearsal.procedure, port="virtual") as journal:
        path = journal.path

        async def whole() -> None:
            async with Instrument(VirtualLink(scenario("healthy"), baud=0)) as instrument:
                person = Rehearser(dict(rehearsal.answers))
                await run_auto(journal, Performer(instrument, Store(tmp_path), person))

        run(whole())
    record = run_record(read(path), path)
    by_id = {step.id: step for step in record.steps}
    assert by_id["used"].parts == ("secondary recap",)
    lines = list(by_id["rails"].value_lines)
    assert lines[0] == "+5 V, pins 1-2: 4.2 V (expected about 4.9 to 5.2 V)"
    assert lines[-1] == "Ripple, peak to peak: 12 mV (expected about 39 mV or less)"
    assert "4.2 V is lower than expected. Expected about 4.9 to 5.2 V" in by_id["rails"].evidence[0]


def test_nothing_is_set_at_the_panel_in_the_rehearsal_of_a_step_that_only_asks() -> None:
    setting = [
        f"{path.stem}: {step.id}"
        for path in procedure_files((screens_folder(),))
        for step in built_in(path.stem).steps
        if step.kind == "check" or step.observes
        if any(action.startswith("press ") for action in step.rehearse)
    ]
    assert setting == []


@pytest.mark.parametrize("file", ["memory-protect-on", "memory-protect-off"])
def test_what_is_written_back_to_try_the_protects_is_named_wholly(file: str) -> None:
    told = [step.text for step in built_in(file).steps if "writes back" in step.text]
    assert told
    for text in told:
        assert "one program, one combination and all songs" in text


@pytest.mark.parametrize(
    ("file", "steps", "on"),
    [
        ("card-format", ("switch", "ask"), False),
        ("card-load", ("ask",), True),
        ("card-save", ("switch", "ask"), False),
        ("restore-from-card", ("save-card-in",), False),
        ("restore-from-card", ("card-in",), True),
        ("songs-from-card", ("ask",), True),
        ("songs-to-card", ("switch", "ask"), False),
    ],
)
def test_the_switch_is_slid_of_the_card_that_goes_in(
    file: str, steps: tuple[str, ...], on: bool
) -> None:
    songs = file.startswith("songs")
    machine = scenario("healthy")
    machine.insert_card(ram_card() if songs else rom_card())
    machine.spare_card = replace(song_card() if songs else ram_card(), write_protected=not on)

    async def work() -> None:
        async with VirtualLink(machine) as link:
            for action in (one for step in steps for one in built_in(file).step(step).rehearse):
                await link.rehearsal.perform(action)

    run(work())
    assert machine.card is not None
    assert not machine.card.rom
    assert machine.card.write_protected is on
