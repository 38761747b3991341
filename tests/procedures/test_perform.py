"""Single steps, performed with a virtual M1 and a person who decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from m1tui.advice import Advice
from m1tui.app.run.results import result_view, summary_view
from m1tui.app.run.views import StepNow, step_view
from m1tui.clock import run
from m1tui.engine.checks import Against, CheckContext, registry
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.errors import NotAllowed, OriginError
from m1tui.facts import Outcome, Verdict
from m1tui.link import Link
from m1tui.link.ports import open_port
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.events import StepJudged
from m1tui.procedures.findings import StepResult
from m1tui.procedures.journal import Journal
from m1tui.procedures.origins import (
    MOST_OFFERED,
    Chosen,
    Origin,
    load_origin,
    origins,
    path_and_choice,
)
from m1tui.procedures.perform import Performer, run_auto
from m1tui.procedures.person import Person, Rehearser
from m1tui.procedures.recording import read_run
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Option, Repeat, Step
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.procedures.values import Field
from m1tui.store import Store
from m1tui.store.records import DEMO
from m1tui.store.report.document import step_lines
from m1tui.sysex import Bank, BankDump, Contents, ModeRequest, Part
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.scenarios import scenario
from tests.advised import raises
from tests.engine.bench import MeddledLink, open_m1
from tests.engine.test_slot_by_slot import Cutting
from tests.procedures.examples import go_to, procedure, step
from tests.procedures.people import Decided, Nobody
from tests.store.disks import FullDisk
from tests.store.memories import dump, memory, put

T = TypeVar("T")
FREE_KEYS = "GLOBAL 6 DOWN + B DOWN + B DOWN"
LOSE_KEYS = "GLOBAL 6 + + + UP G GLOBAL 6 + + + DOWN G"
"""To 50/50 and back, which destroys programs and combinations 50 to 99."""


def performing(
    folder: Path,
    person: Person,
    act: Callable[[Performer], Awaitable[T]],
    *,
    scenario: str = "healthy",
    store: Store | None = None,
    at_link: Link | None = None,
) -> T:
    """What `act` returns with a performer on a fresh virtual M1, or at the end of `at_link`."""

    async def whole() -> T:
        link = at_link or open_port(f"virtual:{scenario}", data_dir=folder)
        async with Instrument(link) as instrument:
            return await act(Performer(instrument, store or Store(folder), person))

    return run(whole())


def at(current: Step, *earlier: Step) -> Run:
    return go_to(Run.begin(procedure(*earlier, current)), current.id)


def chosen(place: str) -> Run:
    """A run at its restore step, with that place chosen."""
    begun = Run.begin(procedure(step("from", "source"), step("send", "restore", needs=("from",))))
    begun = begun.after(begun.judge((Verdict(True, place, name="source"),), origin=place))
    return begun.after(begun.next())


def test_keys_are_pressed_on_a_virtual_m1_only_when_asked(tmp_path: Path) -> None:
    current = at(step("keys", "keys", keys="GLOBAL 5 +", checks=("answers",)))

    async def act(performer: Performer) -> tuple[object, ...]:
        assert performer.rehearsal is not None
        before = performer.rehearsal.display()
        result = await performer.perform(current)
        untouched = performer.rehearsal.display() == before
        seen = await performer.rehearse(current)
        again = await performer.perform(current, seen=seen)
        return untouched, performer.rehearsal.display() != before, result, again

    untouched, pressed, result, again = performing(tmp_path, Nobody(), act)
    assert untouched
    assert pressed
    assert result.verdicts[0].passed  # type: ignore[attr-defined]
    assert any("sketch" in line for line in again.evidence)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("against", "given"),
    [
        (Against.SOUNDS, ("internal",)),
        (Against.CARD_BACKUPS, ("card",)),
        (Against.INTERNAL_BACKUPS, ("internal",)),
        (Against.RECEIVED, ()),
        (None, ()),
    ],
)
def test_a_check_gets_what_its_registry_says_that_it_compares_with(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    against: Against | None,
    given: tuple[str, ...],
) -> None:
    kept = {"internal": memory("inner"), "card": memory("outer")}
    got: list[Contents] = []

    async def new(_: Instrument, context: CheckContext) -> Verdict:
        got.extend([context.expected] if context.expected else context.backups.values())
        return Verdict(True, "compared")

    monkeypatch.setitem(registry._checks, "new", new)
    if against is not None:
        monkeypatch.setitem(registry._against, "new", against)
    begun = at(
        step("ask", "check", checks=("new",)),
        *(step(bank, "backup", bank=bank) for bank in kept),
    )
    for bank, contents in kept.items():
        path = put(tmp_path, f"{bank}.syx", dump(contents))
        verdict = Verdict(True, "kept", name="backup")
        begun = begun.after(StepJudged(step=bank, verdicts=(verdict,), backup=str(path)))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(begun))
    assert result.verdicts == (Verdict(True, "compared", name="new"),)
    assert got == [kept[bank] for bank in given]


def test_a_step_of_hands_gives_an_event_that_ticks_it(tmp_path: Path) -> None:
    current = at(step("hands"))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(current))
    event = result.event(current)
    assert event is not None
    assert current.after(event).current_state.mark is Mark.BY_HAND


def test_a_bad_answer_stops_the_questions_and_brings_advice(tmp_path: Path) -> None:
    current = at(step("ask", "check", checks=("memory-unprotected", "answers")))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(current))
    assert [verdict.name for verdict in result.verdicts] == ["memory-unprotected"]
    assert result.advice is not None
    assert result.verdicts[0].advice == result.advice
    assert result.advice.code == "memory-protected"


def test_what_is_observed_does_not_fail_the_step(tmp_path: Path) -> None:
    current = at(step("ask", "check", checks=("answers",), observes=("memory-initialised",)))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(current))
    assert [verdict.passed for verdict in result.verdicts] == [True, False]
    event = result.event(current)
    assert event is not None
    assert current.after(event).current_state.mark is Mark.SENSED


@pytest.mark.parametrize(
    ("scenario", "before", "said"),
    [
        ("used", (), [True, False, None, None]),
        ("healthy", ("power-off",), [False, None, None, None]),
    ],
)
def test_silence_is_waited_for_once_by_a_step_that_observes_several_things(
    tmp_path: Path, scenario: str, before: tuple[str, ...], said: list[bool | None]
) -> None:
    observes = ("answers", "exclusive-enabled", "allocation-100", "card-present")
    current = at(step("look", observes=observes))

    async def act(performer: Performer) -> tuple[tuple[Verdict, ...], float]:
        loop = asyncio.get_running_loop()
        assert performer.rehearsal is not None
        for action in before:
            await performer.rehearsal.perform(action)
        began = loop.time()
        result = await performer.perform(current)
        return result.verdicts, loop.time() - began

    verdicts, seconds = performing(tmp_path, Nobody(), act, scenario=scenario)
    assert [verdict.name for verdict in verdicts] == list(observes)
    assert [verdict.passed for verdict in verdicts] == said
    assert seconds < 15


def test_what_cannot_be_answered_is_no_silence_of_the_m1(tmp_path: Path) -> None:
    observes = ("memory-as-backup", "card-present", "allocation-100")
    current = at(step("look", observes=observes))
    verdicts = performing(tmp_path, Nobody(), lambda one: one.perform(current)).verdicts
    assert [verdict.passed for verdict in verdicts] == [None, False, True]


def test_two_selections_that_are_right_do_not_wait_for_each_other_for_ever(tmp_path: Path) -> None:
    checks = ("program-00", "song-chosen")
    pick = step("pick", "values", fields=(Field(name="song", label="Song", low=0, high=9),))
    listening = step("play", "keys", keys="PROG 00", checks=checks)
    begun = Run.begin(procedure(pick, listening))
    current = begun.after(begun.write_down({"song": "0"})).at("play")

    async def act(performer: Performer) -> StepResult:
        assert performer.rehearsal is not None
        doing = asyncio.create_task(performer.perform(current))
        await asyncio.sleep(1)
        await performer.rehearsal.press("SEQ B UP DOWN PROG 0 0")
        return await asyncio.wait_for(doing, 1_000)

    result = performing(tmp_path, Nobody(), act)
    assert {verdict.name: verdict.passed for verdict in result.verdicts} == {
        "program-00": True,
        "song-chosen": True,
    }


def test_a_step_that_must_wait_is_not_performed(tmp_path: Path) -> None:
    begun = Run.begin(procedure(step("save", "backup"), step("off", rehearse=("power-off",))))
    waiting = procedure(
        step("save", "backup"), step("off", needs=("save",), rehearse=("power-off",))
    )
    moved = replace(Run.begin(waiting), states=begun.states, position=1)

    async def act(performer: Performer) -> str:
        for attempt in (performer.perform(moved, hands=True), performer.rehearse(moved)):
            with raises(NotAllowed, "step-must-wait"):
                await attempt
        assert performer.rehearsal is not None
        return performer.rehearsal.state()

    assert performing(tmp_path, Nobody(), act).startswith("powered")


def test_a_backup_that_cannot_be_kept_is_no_backup(tmp_path: Path) -> None:
    current = at(step("save", "backup"))
    result = performing(
        tmp_path,
        Nobody(),
        lambda performer: performer.perform(current),
        store=Store(tmp_path, disk=FullDisk(1000)),
    )
    event = result.event(current)
    assert event is None or current.after(event).current_state.mark is Mark.OPEN
    assert result.advice is not None
    assert "full" in result.advice.cause
    assert Store(tmp_path).backups() == ()


def test_an_m1_that_is_switched_off_gives_no_backup(tmp_path: Path) -> None:
    current = at(step("save", "backup", rehearse=("power-off",)))

    async def act(performer: Performer) -> Run:
        result = await performer.perform(current, hands=True)
        event = result.event(current)
        assert event is not None
        assert result.advice is not None
        return current.after(event)

    after = performing(tmp_path, Nobody(), act)
    assert after.current_state.mark is Mark.OPEN
    assert after.outcome is RunOutcome.UNKNOWN


ONE_QUESTION = len(ModeRequest(0).encode())
"""Bytes by which the M1 is asked for its allocation."""


def test_a_restore_that_the_person_declines_writes_and_records_nothing(tmp_path: Path) -> None:
    current = chosen(DEMO)
    person = Decided(agrees=False)

    async def act(performer: Performer) -> bool:
        result = await performer.perform(current)
        return result.event(current) is None and performer.instrument.sent == ONE_QUESTION

    assert performing(tmp_path, person, act)
    assert "100 programs" in person.asked[0][1]


DAMAGED = "programs-right-length-but-shifted-in-the-middle.syx"


def test_a_damaged_file_is_written_only_if_the_person_says_so(tmp_path: Path) -> None:
    current = chosen(str(Path(__file__).parents[1] / "cases" / DAMAGED))
    person = Decided(agrees=False)

    async def declined(performer: Performer) -> bool:
        result = await performer.perform(current)
        return result.event(current) is None and performer.instrument.sent == ONE_QUESTION

    assert performing(tmp_path, person, declined)
    ((title, *lines),) = person.asked
    assert title == "The file is damaged. Write it anyway?"
    assert "502 values of programs are out of range in programs 30 to 54" in lines[0]


def test_what_damage_was_accepted_is_kept_in_the_run_and_its_report(tmp_path: Path) -> None:
    current = chosen(str(Path(__file__).parents[1] / "cases" / DAMAGED))
    person = Decided()

    async def act(performer: Performer) -> Run:
        assert performer.rehearsal is not None
        await performer.rehearsal.press(FREE_KEYS)
        result = await performer.perform(current)
        event = result.event(current)
        assert event is not None
        return current.after(event)

    after = performing(tmp_path, person, act)
    assert after.current_state.mark is Mark.SENSED
    assert len(person.asked) == 2
    evidence = " ".join(after.current_state.evidence)
    assert "You accepted the damage: 502 values of programs are out of range" in evidence


def other_sounds(folder: Path) -> str:
    """A file that no virtual M1 begins with."""
    demo = load_origin(DEMO).contents
    assert demo.programs is not None
    other = demo.replace(programs=demo.programs[::-1])
    path = folder / "other.syx"
    path.write_bytes(BankDump.of(other, Part.ALL).encode())
    return str(path)


def test_a_restore_of_what_is_there_already_is_proved_and_writes_nothing(tmp_path: Path) -> None:
    current = chosen(DEMO)
    result = performing(tmp_path, Decided(), lambda performer: performer.perform(current))
    assert result.restoration is not None
    assert result.restoration.outcome is Outcome.VERIFIED
    assert any("nothing needs to be written" in line for line in result.evidence)
    read = f"{result.restoration.received:,} bytes read"
    assert result.verdicts[0].evidence.startswith(f"VERIFIED: nothing was written; {read} in ")
    assert result.verdicts[0].wrote is False
    assert "speed" not in result.verdicts[0].evidence
    assert not Store(tmp_path).backups()


@pytest.mark.parametrize(
    ("behind", "now"),
    [
        ((), ["Turn memory protect on again."]),
        ((step("more", "restore"),), []),
        ((step("protects-on", "keys", keys="GLOBAL 6", claims=("protects = ON",)),), []),
    ],
)
def test_after_a_restore_what_to_do_now_is_said_by_the_next_steps_of_the_run(
    tmp_path: Path, behind: tuple[Step, ...], now: list[str]
) -> None:
    """Who turned protect on between two restores had the second one refused."""
    steps = (step("from", "source"), step("send", "restore", needs=("from",)), *behind)
    begun = Run.begin(procedure(*steps))
    place = other_sounds(tmp_path)
    begun = begun.after(begun.judge((Verdict(True, place, name="source"),), origin=place))
    current = begun.after(begun.next())

    async def act(performer: Performer) -> StepResult:
        assert performer.rehearsal is not None
        await performer.rehearsal.press(FREE_KEYS)
        return await performer.perform(current)

    result = performing(tmp_path, Decided(), act)
    shown = result_view(current.current, result)
    assert shown.outcome == "VERIFIED"
    assert [text for label, text in shown.advice if label == "Now"] == now


def test_a_restore_into_protected_memory_is_refused_with_advice(tmp_path: Path) -> None:
    current = chosen(other_sounds(tmp_path))
    result = performing(tmp_path, Decided(), lambda performer: performer.perform(current))
    assert result.restoration is not None
    assert result.restoration.outcome is Outcome.REFUSED
    assert result.advice == result.restoration.advice
    # The probe was sent, so that it is said what of it was taken, and not that nothing was sent.
    assert result.restoration.sent > 400
    assert result.restoration.unchanged is True
    meaning = result_view(current.current, result).meaning
    told = (result.verdicts[-1].evidence, *result.advice.lines(), meaning)
    assert "nothing was sent" not in " ".join(told).lower()
    assert "where data was sent: it is unchanged" in result.advice.safe
    assert told[0].startswith("REFUSED: nothing was written.")
    assert meaning == "nothing was written"
    event = result.event(current)
    assert event is not None
    assert current.after(event).current_state.mark is Mark.OPEN


def test_what_hindered_a_backup_is_said_once() -> None:
    current = chosen(DEMO)
    hindrance = Advice("dump-not-sent", "The M1 did not send all data.", "Nothing was changed.")
    result = StepResult(
        current.current.id,
        evidence=(hindrance.happened, "read once"),
        undone=True,
        hindrance=hindrance,
    )
    view = result_view(current.current, result)
    assert ("Happened", hindrance.happened) in view.advice
    assert view.notes == ("read once",)


def test_a_restore_is_proved_saves_what_was_there_and_remembers_the_speed(tmp_path: Path) -> None:
    current = chosen(other_sounds(tmp_path))

    async def act(performer: Performer) -> Run:
        assert performer.rehearsal is not None
        await performer.rehearsal.press(FREE_KEYS)
        result = await performer.perform(current)
        event = result.event(current)
        assert event is not None
        return current.after(event)

    after = performing(tmp_path, Decided(), act, scenario="healthy")
    assert after.current_state.mark is Mark.SENSED
    assert not any("no second reading" in line for line in after.current_state.evidence)
    (stored,) = Store(tmp_path).backups()
    assert after.current_state.backup == str(stored.path)
    assert Store(tmp_path).pacing_for("virtual") == "full"


@pytest.mark.parametrize(("scenario", "told"), [("rack", ""), ("healthy", "M1R")])
def test_a_racks_backup_and_what_a_restore_replaces_are_named_by_its_model(
    tmp_path: Path, scenario: str, told: str
) -> None:
    """A virtual rack says what it is; of a real one the run knows it from a person."""

    async def act(performer: Performer) -> list[str]:
        assert performer.rehearsal is not None
        await performer.rehearsal.press(FREE_KEYS)
        for current in (at(step("backup", "backup")), chosen(other_sounds(tmp_path))):
            await performer.perform(current.after(current.name_model(told)) if told else current)
        return [one.path.name for one in performer.store.backups() if one.manifest is not None]

    saved = performing(tmp_path, Decided(), act, scenario=scenario)
    assert len(saved) == 2
    assert all(" M1R all data" in name for name in saved)


def test_without_a_chosen_place_nothing_is_restored(tmp_path: Path) -> None:
    current = at(step("send", "restore"))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(current))
    assert result.event(current) is None
    assert result.advice is not None
    assert "No source for the sounds was chosen" in result.advice.happened


def test_the_person_chooses_among_backup_library_and_demo(tmp_path: Path) -> None:
    saving = Run.begin(procedure(step("save", "backup"), step("from", "source")))
    person = Decided(chooses="library")

    async def act(performer: Performer) -> Run:
        current = saving
        for _ in range(2):  # the first backup is then one of the library
            result = await performer.perform(current)
            event = result.event(current)
            assert event is not None
            current = current.after(event)
        current = current.after(current.next())
        event = (await performer.perform(current)).event(current)
        assert event is not None
        return current.after(event)

    after = performing(tmp_path, person, act)
    assert [origin.kind for origin in person.offered] == ["backup", "library", "demo"]
    assert after.current_state.origin == person.offered[1].place
    assert after.current_state.mark is Mark.SENSED


def test_no_choice_leaves_the_step_as_it_was(tmp_path: Path) -> None:
    current = at(step("from", "source"))
    person = Decided(chooses="backup")
    result = performing(tmp_path, person, lambda performer: performer.perform(current))
    assert result.event(current) is None


def test_a_file_without_a_dump_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "holiday.syx"
    path.write_bytes(b"\xff\xd8\xff\xe0 no dump at all")
    current = at(step("from", "source"))
    person = Decided(chooses=Origin.of_file(path))
    result = performing(tmp_path, person, lambda performer: performer.perform(current))
    assert result.event(current) is None
    assert result.advice is not None
    assert "holiday.syx" in result.advice.happened


def test_a_broken_dump_is_not_taken_and_how_to_save_what_is_whole_is_said() -> None:
    broken = Path(__file__).parents[1] / "cases" / "truncated-all-data-half.syx"
    with pytest.raises(OriginError) as refused:
        load_origin(str(broken))
    assert refused.value.advice.code == "no-dump-in-file"
    assert "convert --salvage" in refused.value.advice.next_step


@pytest.mark.parametrize("agrees", [True, False])
def test_where_long_answers_are_cut_a_backup_slot_by_slot_is_offered_and_no_proof(
    tmp_path: Path, agrees: bool
) -> None:
    m1 = open_m1()
    current = at(step("save", "backup", part="all"))
    person = Decided(agrees=agrees)

    async def act(performer: Performer) -> Run:
        result = await performer.perform(current)
        event = result.event(current)
        assert event is not None
        assert result.advice is not None
        assert result.advice.code == ("backup-partial" if agrees else "dump-damaged")
        return current.after(event)

    after = performing(tmp_path, person, act, at_link=MeddledLink(m1, incoming=Cutting()))
    assert person.asked[0][0] == "Read the memory slot by slot?"
    assert after.current_state.mark is Mark.OPEN
    if not agrees:
        assert not after.current_state.backup
        return
    kept = load_origin(after.current_state.backup).contents
    assert kept.programs == m1.contents.programs
    assert "Not saved: global, drum kits, sequence" in after.current_state.verdicts[0].evidence


CASES = Path(__file__).parents[1] / "cases"


def choosing(folder: Path, name: str, person: Decided) -> tuple[str, tuple[str, ...]]:
    """Choose a file as the source; return the place that the run keeps, and the notes."""
    person.chooses = Origin.of_file(CASES / name)
    current = at(step("from", "source"))
    result = performing(folder, person, lambda performer: performer.perform(current))
    return result.origin, result.evidence


def test_a_single_sound_is_asked_for_its_slot_with_the_names_that_are_there(
    tmp_path: Path,
) -> None:
    person = Decided(slot=17)
    place, _ = choosing(tmp_path, "single-program-05-edit-buffer.syx", person)
    assert place.endswith("single-program-05-edit-buffer.syx :: slot 17")
    (asked,) = person.asked
    assert asked[0].startswith("Slot for the single program")
    loaded = load_origin(place)
    assert [number for number, _ in loaded.slots.programs] == [17]
    assert not loaded.contents.parts


def test_a_person_who_names_no_slot_has_chosen_nothing(tmp_path: Path) -> None:
    place, _ = choosing(tmp_path, "single-program-05-edit-buffer.syx", Decided(slot=None))
    assert place == ""


def test_of_two_banks_one_is_chosen_by_its_number(tmp_path: Path) -> None:
    person = Decided(place=1)
    place, _ = choosing(tmp_path, "programs-two-different-banks-concatenated.syx", person)
    assert place.endswith(" :: message 2")
    assert len(person.asked[0]) == 3
    second = read_file((CASES / "programs-two-different-banks-concatenated.syx").read_bytes())
    assert load_origin(place).contents == second.only((2,)).contents()


def test_what_is_whole_of_a_broken_file_is_taken_if_the_person_says_so(tmp_path: Path) -> None:
    name = "truncated-programs-at-60-percent.syx"
    person = Decided()
    place, notes = choosing(tmp_path, name, person)
    assert place.endswith(f"{name} :: what is intact")
    assert "Missing: programs 59-99. What is missing is not written." in person.asked[0]
    assert "the file is cut short; missing: programs 59-99" in notes
    assert choosing(tmp_path, name, Decided(agrees=False))[0] == ""


@pytest.mark.parametrize(
    "chosen",
    [
        Chosen(),
        Chosen(message=2),
        Chosen(slot=0),
        Chosen(pieces=True),
        Chosen(message=12, slot=7),
        Chosen(message=3, slot=99, pieces=True),
        Chosen(slot=5, pieces=True),
    ],
)
@pytest.mark.parametrize("path", ["/a/b.syx", "/odd :: name/slot 17.syx", "demo"])
def test_what_was_chosen_of_a_file_stands_behind_its_path(path: str, chosen: Chosen) -> None:
    assert path_and_choice(chosen.behind(path)) == (path, chosen)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("single-program-05-edit-buffer.syx", 'program 17 "'),
        ("truncated-programs-at-60-percent.syx", "59 programs (00-58)"),
    ],
)
def test_single_sounds_and_what_is_whole_are_written_and_proved(
    tmp_path: Path, name: str, said: str
) -> None:
    place, _ = choosing(tmp_path, name, Decided(slot=17))
    current = chosen(place)
    person = Decided()

    async def act(performer: Performer) -> Run:
        assert performer.rehearsal is not None
        await performer.rehearsal.press(FREE_KEYS)
        result = await performer.perform(current)
        assert result.restoration is not None
        assert result.restoration.outcome is Outcome.VERIFIED
        event = result.event(current)
        assert event is not None
        return current.after(event)

    after = performing(tmp_path, person, act)
    assert after.current_state.mark is Mark.SENSED
    assert said in person.asked[0][1]
    evidence = " ".join(after.current_state.evidence)
    assert ("lacks programs 59-99" in evidence) is ("truncated" in name)


def test_a_damaged_file_says_so_when_it_is_offered() -> None:
    notes = load_origin(str(Path(__file__).parents[1] / "cases" / DAMAGED)).notes
    assert any(note.startswith("DAMAGED: 502 values of programs") for note in notes)


def test_a_file_that_holds_a_part_is_taken_and_what_is_missing_is_said(tmp_path: Path) -> None:
    demo = load_origin(DEMO).contents
    path = tmp_path / "programs.syx"
    path.write_bytes(b"junk" + BankDump.of(demo, Part.PROGRAMS, bank=Bank.INTERNAL).encode())
    loaded = load_origin(str(path))
    assert loaded.contents.programs == demo.programs
    assert "not in it: combinations, global, sequence" in loaded.notes
    assert any("drum sounds may be wrong" in note for note in loaded.notes)


def test_a_file_with_two_different_dumps_of_one_part_is_not_guessed_about(tmp_path: Path) -> None:
    demo = load_origin(DEMO).contents
    assert demo.programs is not None
    other = demo.replace(programs=demo.programs[::-1])
    path = tmp_path / "two.syx"
    path.write_bytes(b"".join(BankDump.of(one, Part.PROGRAMS).encode() for one in (demo, other)))
    with pytest.raises(OriginError, match="a second, different dump of programs is here"):
        load_origin(str(path))


def test_a_file_that_is_gone_or_far_too_large_is_told(tmp_path: Path) -> None:
    with raises(OriginError, "file-missing"):
        load_origin(str(tmp_path / "gone.syx"))
    large = tmp_path / "large.syx"
    with large.open("wb") as file:
        file.truncate(20_000_000)
    with pytest.raises(OriginError, match="expected at most 16,777,216 bytes, found 20,000,000"):
        load_origin(str(large))


def test_what_a_restore_saved_is_not_taken_for_the_backup_just_made(tmp_path: Path) -> None:
    begun = chosen(DEMO)
    judged = begun.judge(
        (Verdict(False, "", name="restore", wrote=True),), backup="/tmp/overwritten.syx"
    )
    after = begun.after(judged)
    assert [origin.kind for origin in origins(after, Store(tmp_path))] == ["demo"]


def test_of_a_large_library_the_newest_dumps_are_offered_without_opening_any(
    tmp_path: Path,
) -> None:
    folder = Store(tmp_path).backups_folder
    folder.mkdir(parents=True)
    for number in range(MOST_OFFERED + 3):
        (folder / f"2026-11-20 {number:04} M1 all data.syx").touch()
        (folder / f"2026-11-20 {number:04} M1 all data.json").mkdir()  # not to be read
    offered = origins(chosen(""), Store(tmp_path))
    assert len(offered) == MOST_OFFERED + 1
    assert offered[0].title == "library: 2026-11-20 0102 M1 all data"
    assert offered[-2].title == "library: 2026-11-20 0003 M1 all data"
    assert offered[-1].kind == "demo"


def test_auto_does_not_pretend_to_have_hands(tmp_path: Path) -> None:
    handiwork = procedure(step("hands"))

    async def act(performer: Performer) -> tuple[Run, list[str]]:
        performer.instrument.link.rehearsal = None
        told: list[str] = []
        with Journal.begin(tmp_path / "journals", handiwork, port="raw:/dev/null") as journal:
            after = await run_auto(
                journal, performer, on_step=lambda _, result: told.append(str(result.advice))
            )
        return after, told

    after, told = performing(tmp_path, Nobody(), act)
    assert after.current_state.mark is Mark.OPEN
    assert "must be done by hand" in told[0]


# Questions, values and typed words

SONG = Field(name="song", label="Song", low=0, high=9, default=1)
ASK = step("ask", "question", options=(Option(label="left"), Option(label="right")))


def test_an_answer_is_what_the_person_chose(tmp_path: Path) -> None:
    current = at(ASK)
    person = Decided(answers="right")
    result = performing(tmp_path, person, lambda performer: performer.perform(current))
    event = result.event(current)
    assert event is not None
    assert current.after(event).current_state.choice == "right"


def test_no_answer_and_no_value_leave_the_step_as_it_was(tmp_path: Path) -> None:
    for asking in (ASK, step("which", "values", fields=(SONG,))):
        current = at(asking)
        result = performing(tmp_path, Decided(), lambda performer: performer.perform(current))  # noqa: B023
        assert result.event(current) is None


def test_a_value_that_cannot_be_is_refused(tmp_path: Path) -> None:
    current = at(step("which", "values", fields=(SONG,)))
    person = Decided(writes={"song": "11"})
    result = performing(tmp_path, person, lambda performer: performer.perform(current))
    with pytest.raises(NotAllowed, match="expected 0 to 9"):
        result.event(current)


KEEP_OR_NOT = "Yes: keep what you entered. No: save {} instead. Either answer ends this step."


@pytest.mark.parametrize(("insists", "kept"), [(False, "100/100"), (True, "50/50")])
def test_a_value_that_the_m1_contradicts_is_kept_only_by_who_insists(
    tmp_path: Path, insists: bool, kept: str
) -> None:
    allocation = Field(
        name="allocation", label="Allocation", choices=("100/100", "50/50"), asks="allocation"
    )
    current = at(step("which", "values", fields=(SONG, allocation)))
    person = Decided(agrees=insists, writes={"song": "3", "allocation": "50/50"})
    result = performing(tmp_path, person, lambda performer: performer.perform(current))
    [(title, told, answers)] = person.asked
    assert title == "Keep what you entered?"
    assert told == "Allocation: you entered 50/50, but the M1 reports 100/100."
    assert answers == KEEP_OR_NOT.format("what the M1 reports")
    assert dict(result.values) == {"song": "3", "allocation": kept}


@pytest.mark.parametrize(("writes", "asked"), [("100/100", False), ("50/50", True)])
def test_a_value_is_what_the_first_look_showed_though_it_was_changed_by_mistake_since(
    tmp_path: Path, writes: str, asked: bool
) -> None:
    allocation = Field(
        name="allocation", label="Allocation", choices=("100/100", "50/50"), asks="allocation"
    )
    began = at(step("which", "values", fields=(allocation,)))
    began = began.after(began.see(0, (2, 0, 0, 0)))
    person = Decided(agrees=False, writes={"allocation": writes})

    async def after_a_mistake(performer: Performer) -> StepResult:
        performer.instrument.link.machine.press("GLOBAL 6 + + + UP G")  # type: ignore[attr-defined]
        return await performer.perform(began)

    result = performing(tmp_path, person, after_a_mistake)
    assert dict(result.values) == {"allocation": "100/100"}
    assert bool(person.asked) is asked
    if asked:
        [(_, told, answers)] = person.asked
        assert told == (
            "Allocation: you entered 50/50, but the M1 reported when this run began: 100/100."
        )
        assert answers == KEEP_OR_NOT.format("what the M1 reported then")


@pytest.mark.parametrize(("written", "denied"), [("50/50", True), ("100/100", False)])
def test_a_backup_says_that_the_m1_was_at_another_allocation_than_was_written_down(
    tmp_path: Path, written: str, denied: bool
) -> None:
    allocation = Field(
        name="allocation", label="Allocation", choices=("100/100", "50/50"), asks="allocation"
    )
    begun = Run.begin(
        procedure(step("which", "values", fields=(allocation,)), step("save", "backup"))
    )
    begun = begun.after(begun.write_down({"allocation": written}))
    begun = begun.after(begun.next())
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(begun))
    line = "the M1 was at 100/100 when it was read, although 50/50 was written down"
    assert (line in result.evidence) is denied
    (kept,) = Store(tmp_path).backups()
    assert kept.manifest is not None
    assert (line in kept.manifest.notes) is denied


def test_an_m1_that_answers_contradicts_exclusive_at_dis(tmp_path: Path) -> None:
    exclusive = Field(name="filter", label="Exclusive", choices=("DIS", "ENA"), asks="exclusive")
    current = at(step("which", "values", fields=(exclusive,)))
    person = Decided(agrees=False, writes={"filter": "DIS"})
    result = performing(tmp_path, person, lambda performer: performer.perform(current))
    [(_, told, answers)] = person.asked
    assert told == "Exclusive: you entered DIS, but the M1 reports ENA."
    assert answers == KEEP_OR_NOT.format("what the M1 reports")
    assert dict(result.values) == {"filter": "ENA"}


def test_an_m1_that_only_identifies_itself_contradicts_exclusive_at_ena(tmp_path: Path) -> None:
    exclusive = Field(name="filter", label="Exclusive", choices=("DIS", "ENA"), asks="exclusive")
    current = at(step("which", "values", fields=(exclusive,)))
    person = Decided(agrees=False, writes={"filter": "ENA"})
    result = performing(
        tmp_path, person, lambda performer: performer.perform(current), scenario="used"
    )
    [(_, told, answers)] = person.asked
    assert told == "Exclusive: you entered ENA, but the M1 reports DIS."
    assert answers == KEEP_OR_NOT.format("what the M1 reports")
    assert dict(result.values) == {"filter": "DIS"}


def test_a_value_that_the_m1_confirms_is_not_asked_about(tmp_path: Path) -> None:
    channel = Field(name="channel", label="Channel", low=1, high=16, asks="channel")
    current = at(step("which", "values", fields=(channel,)))
    person = Decided(writes={"channel": "1"})
    result = performing(tmp_path, person, lambda performer: performer.perform(current))
    assert person.asked == []
    assert dict(result.values) == {"channel": "1"}


def test_a_value_written_in_short_is_the_one_that_the_m1_reports(tmp_path: Path) -> None:
    allocation = Field(
        name="allocation", label="Allocation", choices=("100/100", "50/50"), asks="allocation"
    )
    current = at(step("which", "values", fields=(allocation,)))
    person = Decided(agrees=False, writes={"allocation": "100"})
    result = performing(tmp_path, person, lambda performer: performer.perform(current))
    assert person.asked == []
    assert dict(result.values) == {"allocation": "100"}


def sticking(stuck: str) -> Run:
    """A run at the note of the keys that stick, after a look at them that heard those stuck."""
    keys = Field(name="keys", label="Sticky keys", offers=("none",), asks="stuck-keys")
    run = Run.begin(
        procedure(step("look", observes=("keybed",)), step("which", "values", fields=(keys,)))
    )
    values = (("stuck-keys", stuck),) if stuck else ()
    heard = Verdict(False, "60 good", "61 keys", name="keybed", decides=False, values=values)
    run = run.after(run.tick(observed=(heard,)))
    return run.after(run.next())


STUCK = "F#4"


@pytest.mark.parametrize(("insists", "kept"), [(False, "F#4"), (True, "none")])
def test_that_no_key_sticks_is_kept_only_by_who_insists_where_one_was_heard_stuck(
    tmp_path: Path, insists: bool, kept: str
) -> None:
    person = Decided(agrees=insists, writes={"keys": "none"})
    result = performing(tmp_path, person, lambda performer: performer.perform(sticking(STUCK)))
    assert person.asked == [
        (
            "Keep what you entered?",
            "Sticky keys: you entered none, but the program heard F#4 stick.",
            KEEP_OR_NOT.format("what the program heard"),
        )
    ]
    assert dict(result.values) == {"keys": kept}


@pytest.mark.parametrize(("stuck", "wrote"), [(STUCK, "F#4 and G2"), (STUCK, "f#4"), ("", "none")])
def test_keys_that_stick_are_taken_as_they_are_written(
    tmp_path: Path, stuck: str, wrote: str
) -> None:
    person = Decided(agrees=False, writes={"keys": wrote})
    result = performing(tmp_path, person, lambda performer: performer.perform(sticking(stuck)))
    assert person.asked == []
    assert dict(result.values) == {"keys": wrote}


def test_the_keys_that_were_heard_stuck_are_filled_in(tmp_path: Path) -> None:
    act = sticking(STUCK)
    result = performing(tmp_path, Rehearser(), lambda performer: performer.perform(act))
    assert dict(result.values) == {"keys": "F#4"}


def test_in_a_rehearsal_answers_and_values_are_given_or_preset(tmp_path: Path) -> None:
    sticky = Field(name="keys", label="Keys")
    talk = procedure(ASK, step("which", "values", fields=(SONG, sticky)))

    def ended(answers: dict[str, str]) -> Run:
        async def act(performer: Performer) -> Run:
            folder = tmp_path / "journals"
            with Journal.begin(folder, talk, port="virtual:healthy") as journal:
                return await run_auto(journal, performer)

        return performing(tmp_path, Rehearser(answers), act)

    assert dict(ended({}).values) == {"ask": "left", "song": "1", "keys": "rehearsed"}
    given = ended({"ask": "right", "song": "7"})
    assert (given.values["ask"], given.values["song"]) == ("right", "7")


@pytest.mark.parametrize("agrees", [True, False])
def test_a_step_with_a_word_is_done_only_when_it_is_typed(tmp_path: Path, agrees: bool) -> None:
    current = at(step("word", confirm="FORMAT"))
    person = Decided(agrees=agrees)
    result = performing(tmp_path, person, lambda performer: performer.perform(current))
    assert person.asked == [("Step word", "FORMAT")]
    assert result.undone is not agrees
    assert ("typed: FORMAT" in result.evidence) is agrees


# Listening, receiving, repeating


def test_what_was_selected_is_selected_until_all_of_the_step_is_done(tmp_path: Path) -> None:
    """DOWN stays at 00, and UP then goes to 01, however long the person waits before it."""
    current = at(
        step("play", "keys", keys="PROG 00 UP DOWN", checks=("program-00", "up-down-seen"))
    )

    async def act(performer: Performer) -> StepResult:
        assert performer.rehearsal is not None
        doing = asyncio.create_task(performer.perform(current))
        for keys in ("PROG", "0", "0", "DOWN", "UP"):
            await asyncio.sleep(5)
            await performer.rehearsal.press(keys)
        return await doing

    result = performing(tmp_path, Nobody(), act)
    first = result.verdicts[0]
    assert (first.name, first.passed) == ("program-00", False)
    assert first.found == "number 01 selected in PROG mode"


def test_what_listens_hears_what_the_hands_do(tmp_path: Path) -> None:
    current = at(
        step(
            "controls",
            "check",
            checks=("aftertouch-seen", "joystick-seen", "exclusive-enabled"),
            rehearse=("press-hard", "joystick"),
        )
    )
    result = performing(
        tmp_path, Nobody(), lambda performer: performer.perform(current, hands=True)
    )
    assert [verdict.passed for verdict in result.verdicts] == [True, True, True]


def test_one_advice_is_given_where_keys_are_heard_and_neither_pressure_nor_joystick(
    tmp_path: Path,
) -> None:
    current = at(
        step(
            "controls",
            "check",
            checks=("aftertouch-seen", "joystick-seen"),
            rehearse=("press GLOBAL 5 + F DOWN", "press-hard", "joystick"),
        )
    )
    result = performing(
        tmp_path, Nobody(), lambda performer: performer.perform(current, hands=True)
    )
    assert [verdict.passed for verdict in result.verdicts] == [False, False]
    first, second = (verdict.advice for verdict in result.verdicts)
    assert first is not None
    assert first == second
    assert first.code == "pressure-and-joystick-not-heard"
    event = result.event(current)
    assert event is not None
    shown = [one.advice for one in step_view(current.after(event), StepNow()).evidence]
    assert sum(first.cause in line for lines in shown for line in lines) == 1


def test_without_a_hand_on_it_nothing_is_heard_and_all_that_listened_is_told(
    tmp_path: Path,
) -> None:
    current = at(
        step("controls", "check", checks=("joystick-seen", "slider-seen", "memory-unprotected"))
    )
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(current))
    assert [verdict.name for verdict in result.verdicts] == ["joystick-seen", "slider-seen"]
    assert not any(verdict.passed for verdict in result.verdicts)
    assert result.advice is not None


@pytest.mark.parametrize(
    ("observes", "code"),
    [
        (("keybed",), "keybed-not-heard"),
        (("joystick-range",), "joystick-not-moved"),
        (("panel-keys-seen",), "no-panel-key-heard"),
        (("aftertouch-seen",), "nothing-moved"),
        (("slider-seen", "joystick-seen"), "nothing-moved"),
    ],
)
def test_a_look_at_controls_of_which_none_was_moved_is_not_done(
    observes: tuple[str, ...], code: str, tmp_path: Path
) -> None:
    current = at(step("look", observes=observes))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(current))
    assert result.event(current) is None
    assert result.advice is not None
    assert result.advice.code == code


@pytest.mark.parametrize("kind", ["hands", "check"])
def test_where_value_would_change_a_setting_nobody_is_asked_to_move_anything(
    kind: str, tmp_path: Path
) -> None:
    names = ("joystick-seen", "slider-seen", "aftertouch-seen")
    asked = {"observes": names} if kind == "hands" else {"checks": names}
    current = at(step("look", kind, rehearse=("slider", "joystick"), **asked))
    machine = scenario("healthy")
    machine.press("GLOBAL")
    shown = machine.display
    acted: list[None] = []

    async def perform(performer: Performer) -> StepResult:
        return await performer.perform(current, hands=True, acted=lambda: acted.append(None))

    result = performing(tmp_path, Nobody(), perform, at_link=VirtualLink(machine))
    assert (machine.display, acted) == (shown, [])
    assert [one.passed for one in result.verdicts] == ([] if kind == "hands" else [None] * 3)
    assert result.advice is not None
    assert result.advice.code == "value-changes-settings"


def test_five_minutes_off_are_not_asked_for_again_where_only_exclusive_kept_back_the_rest(
    tmp_path: Path,
) -> None:
    saved = step("save", "backup")
    hold = step(
        "hold",
        checks=("off-five-minutes", "memory-as-backup"),
        rehearse=("power-off", "wait 300", "power-on"),
    )
    machine = scenario("does-not-hold")
    machine.press(EXCLUSIVE_ON)

    async def act(performer: Performer) -> tuple[Run, Run]:
        run_now = Run.begin(procedure(saved, hold))
        event = (await performer.perform(run_now)).event(run_now)
        assert event is not None
        run_now = run_now.after(event)
        run_now = run_now.after(run_now.next())
        attempts = []
        for _ in range(2):
            event = (await performer.perform(run_now, hands=True)).event(run_now)
            assert event is not None
            run_now = run_now.after(event)
            attempts.append(run_now)
            machine.press(EXCLUSIVE_ON)
        return attempts[0], attempts[1]

    first, second = performing(tmp_path, Nobody(), act, at_link=VirtualLink(machine))
    assert [one.passed for one in first.current_state.verdicts] == [True, None]
    kept_back = first.current_state.verdicts[1].advice
    assert kept_back is not None
    assert kept_back.cause.startswith("An M1 that has lost its memory while it was off starts ")
    assert "The five minutes are then not needed again" in kept_back.next_step
    off, memory = second.current_state.verdicts
    assert off == first.current_state.verdicts[0], "it was not off again"
    assert memory.passed is False


def test_a_look_at_two_controls_of_which_one_was_moved_is_done(tmp_path: Path) -> None:
    current = at(step("look", observes=("slider-seen", "joystick-seen"), rehearse=("slider",)))
    result = performing(
        tmp_path, Nobody(), lambda performer: performer.perform(current, hands=True)
    )
    assert result.event(current) is not None
    assert [one.passed for one in result.verdicts] == [True, False]


def test_a_look_at_a_control_that_was_not_heard_is_advised_on_and_is_named_at_the_end(
    tmp_path: Path,
) -> None:
    current = at(
        step(
            "look", observes=("aftertouch-seen",), rehearse=("press GLOBAL 5 + D DOWN", "joystick")
        ),
        step("after", "check", checks=("exclusive-enabled",)),
    )
    result = performing(
        tmp_path, Nobody(), lambda performer: performer.perform(current, hands=True)
    )
    event = result.event(current)
    assert event is not None
    looked = current.after(event)
    shown = step_view(looked, StepNow()).evidence[0]
    assert shown.passed is None
    assert "No key was held down" in " ".join(shown.advice)
    observed = [text for label, text in summary_view(looked).advice if label == "Observed"]
    assert observed == [f'"Step look": {result.verdicts[0].evidence}.']


def test_what_was_observed_and_is_good_by_a_later_answer_is_not_named_at_the_end() -> None:
    bad = Verdict(False, "no bend", "all", "no bend", name="joystick-range", decides=False)
    before = step("before", observes=("joystick-range",))
    run = Run.begin(procedure(before, step("after", "check", checks=("joystick-range",))))
    run = run.after(run.tick(observed=(bad,)))
    assert [label for label, _ in summary_view(run).advice].count("Observed") == 1
    run = run.after(run.next())
    run = run.after(run.judge((replace(bad, passed=True, decides=True),)))
    assert "Observed" not in [label for label, _ in summary_view(run).advice]


def test_a_look_that_is_ticked_without_one_says_that_nothing_was_heard(tmp_path: Path) -> None:
    look = procedure(step("look", observes=("joystick-range",)), step("after"))
    with Journal.begin(tmp_path, look, port="x") as journal:
        journal.record(journal.run.tick())
        assert journal.run.current_state.mark is Mark.BY_HAND
        told = "ticked by hand: m1tui did not hear it"
        assert told in [one.text for one in step_view(journal.run, StepNow()).evidence]
    (first, _) = read_run(journal.path).steps
    assert told in step_lines(first)


def test_a_joystick_that_was_not_moved_is_not_said_to_be_out_of_range(tmp_path: Path) -> None:
    current = at(step("after", "check", checks=("joystick-range",), finds=True))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(current))
    assert result.advice is not None
    assert result.advice.code == "joystick-not-moved"
    assert "not as it should be" not in " ".join(result.advice.lines())


def test_a_look_at_the_keys_of_an_m1_that_is_off_is_not_done(tmp_path: Path) -> None:
    current = at(step("look", observes=("keybed",)))

    async def act(performer: Performer) -> StepResult:
        assert performer.rehearsal is not None
        await performer.rehearsal.perform("power-off")
        return await performer.perform(current)

    result = performing(tmp_path, Nobody(), act)
    assert result.event(current) is None
    assert result.advice is not None
    assert result.advice.code == "nothing-heard"


def test_a_look_at_the_keys_with_faults_is_done(tmp_path: Path) -> None:
    current = at(step("look", observes=("keybed",), rehearse=("play",)))
    result = performing(
        tmp_path,
        Nobody(),
        lambda performer: performer.perform(current, hands=True),
        scenario="faulty-keys",
    )
    assert result.event(current) is not None
    assert "58 of 61" in result.verdicts[0].found


def test_a_rehearsal_ends_at_a_look_at_the_keys_in_which_none_is_played(tmp_path: Path) -> None:
    look = procedure(step("look", observes=("keybed",)), step("after"))

    async def act(performer: Performer) -> Run:
        with Journal.begin(tmp_path / "journals", look, port="virtual:healthy") as journal:
            return await run_auto(journal, performer)

    ended = performing(tmp_path, Nobody(), act)
    assert ended.current.id == "look"
    assert ended.current_state.mark is Mark.OPEN


def test_only_steps_that_hear_what_is_done_listen(tmp_path: Path) -> None:
    async def act(performer: Performer) -> tuple[bool, ...]:
        return tuple(
            performer.listens(each)
            for each in (
                step("dump", "receive"),
                step("stick", "check", checks=("joystick-seen",)),
                step("note", observes=("keybed",)),
                step("ask", "check", checks=("answers",)),
                step("hands"),
            )
        )

    assert performing(tmp_path, Nobody(), act) == (True, True, True, False, False)


def test_a_dump_from_the_panel_is_kept_and_compared(tmp_path: Path) -> None:
    current = at(
        step(
            "dump",
            "receive",
            part="global",
            keys="GLOBAL 7 UP UP G",
            checks=("dump-equals-request",),
        )
    )

    async def act(performer: Performer) -> Run:
        result = await performer.perform(current, hands=True)
        event = result.event(current)
        assert event is not None
        return current.after(event)

    after = performing(tmp_path, Nobody(), act)
    assert after.current_state.mark is Mark.SENSED
    (stored,) = Store(tmp_path).backups()
    assert after.current_state.backup == str(stored.path)
    assert stored.manifest is not None
    assert stored.manifest.kind == "global"
    assert stored.manifest.reads == 2, "it came once, and was asked for once more"


def test_a_wait_for_a_dump_that_is_stopped_records_nothing(tmp_path: Path) -> None:
    current = at(step("dump", "receive"))

    async def act(performer: Performer) -> bool:
        cancel = asyncio.Event()
        waiting = asyncio.ensure_future(performer.perform(current, cancel=cancel))
        await asyncio.sleep(1)
        cancel.set()
        return (await waiting).event(current) is None

    assert performing(tmp_path, Nobody(), act)


REPEATED = step(
    "fill",
    "keys",
    keys="GLOBAL 6 +",
    rehearse=("press + + UP G",),
    checks=("allocation-50",),
    repeat=Repeat(until="allocation-50", at_most=4),
)


def test_a_step_is_repeated_until_its_check_is_passed(tmp_path: Path) -> None:
    current = at(REPEATED)
    result = performing(
        tmp_path, Nobody(), lambda performer: performer.perform(current, hands=True)
    )
    assert result.verdicts[-1].passed
    assert not any(line.startswith("done") for line in result.evidence)


def test_a_repeated_step_gives_up_in_the_end_and_says_how_often_it_was_done(
    tmp_path: Path,
) -> None:
    never = at(msgspec.structs.replace(REPEATED, rehearse=()))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(never, hands=True))
    assert not result.verdicts[-1].passed
    assert "done 4 times" in result.evidence


def test_a_person_repeats_a_step_by_himself(tmp_path: Path) -> None:
    current = at(msgspec.structs.replace(REPEATED, rehearse=()))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(current))
    assert not any(line.startswith("done") for line in result.evidence)


# Parts, banks and named backups


def test_a_part_of_a_named_backup_is_written_back(tmp_path: Path) -> None:
    talk = procedure(
        step("save", "backup"),
        step("free", "keys", keys=FREE_KEYS),
        step("lose", "keys", keys=LOSE_KEYS),
        step("programs", "restore", from_="save", part="programs"),
    )

    async def act(performer: Performer) -> Run:
        with Journal.begin(tmp_path / "journals", talk, port="virtual:healthy") as journal:
            return await run_auto(journal, performer)

    ended = performing(tmp_path, Rehearser(), act)
    assert ended.outcome is RunOutcome.VERIFIED
    newest, oldest = Store(tmp_path).backups()
    assert {item.manifest.kind for item in (newest, oldest) if item.manifest} == {
        "all",
        "programs",
    }


def test_a_backup_that_was_skipped_cannot_be_written_back(tmp_path: Path) -> None:
    current = at(step("back", "restore", from_="save"), step("save", "backup"))
    result = performing(tmp_path, Nobody(), lambda performer: performer.perform(current))
    assert result.event(current) is None
    assert result.advice is not None
    assert 'No file was saved at the step "Step save"' in result.advice.happened


def test_a_cards_backup_is_no_source_for_the_internal_memory(tmp_path: Path) -> None:
    saving = Run.begin(procedure(step("save", "backup", bank="card"), step("from", "source")))

    async def act(performer: Performer) -> Run:
        event = (await performer.perform(saving)).event(saving)
        assert event is not None
        return saving.after(event)

    after = performing(tmp_path, Nobody(), act, scenario="card")
    assert after.current_state.mark is Mark.SENSED
    assert "backup" not in [origin.kind for origin in origins(after, Store(tmp_path))]


def test_keys_whose_value_is_not_known_are_not_pressed(tmp_path: Path) -> None:
    which = step("which", "values", fields=(SONG,))
    current = at(step("song", "keys", keys="SEQ B UP/DOWN:song"), which)
    result = performing(
        tmp_path, Nobody(), lambda performer: performer.perform(current, hands=True)
    )
    assert result.event(current) is None
    assert result.advice is not None
    assert "UP/DOWN to the song" in result.advice.happened
