"""The watch: what happens to the instrument beside the steps raises an alarm, and nothing else."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from m1tui.clock import run
from m1tui.engine.instrument import Instrument
from m1tui.errors import LinkError, LinkLost
from m1tui.facts import Verdict
from m1tui.link.base import not_open
from m1tui.link.virtual import VirtualLink
from m1tui.procedures import journal as journals
from m1tui.procedures.alarms import Alarm, no_exclusive, went_silent
from m1tui.procedures.claims import power_after
from m1tui.procedures.journal import Journal, line_of
from m1tui.procedures.perform import Performer
from m1tui.procedures.person import Rehearser
from m1tui.procedures.recording import read_run
from m1tui.procedures.rehearsals import bring_back, keep, set_aside
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Option, Step, When
from m1tui.procedures.states import Mark
from m1tui.procedures.values import Field
from m1tui.procedures.watch import Allowed, Seen, Watch, allowed_at, mode_missed, way_back
from m1tui.procedures.watching import Watching
from m1tui.resources import screens_folder
from m1tui.store import Store
from m1tui.store.report import render, report
from m1tui.sysex import Allocation, BankDump, CardState, Mode, ModeData, Part
from m1tui.sysex.messages import card_code
from m1tui.virtual.scenarios import scenario
from tests.procedures.examples import compared, procedure, step
from tests.procedures.rehearsals import built_in
from tests.store.test_log import log


def mode_data(
    mode: Mode = Mode.PROG,
    allocation: Allocation = Allocation.LARGE_PROGRAM,
    card: CardState = CardState.NONE,
    pcm: int = 1,
) -> ModeData:
    return ModeData(0, mode, allocation, card_code(card), pcm)


PLAIN = Seen(heard=True, mode_data=mode_data(), channel=0)
SMALL = replace(PLAIN, mode_data=mode_data(allocation=Allocation.LARGE_SEQUENCE))
SILENCE = Seen(heard=False)


def codes(*looks: Seen | tuple[Seen, Allowed]) -> list[str]:
    """The codes of the alarms that a row of looks raises, at a step that allows nothing."""
    watch, found = Watch(), []
    for look in looks:
        seen, allowed = look if isinstance(look, tuple) else (look, Allowed())
        watch, alarms = watch.after(seen, allowed)
        found += [alarm.advice.code for alarm in alarms]
    return found


@pytest.mark.parametrize(
    ("then", "subject", "code"),
    [
        (SMALL, "allocation", "allocation-changed-by-hand"),
        (replace(PLAIN, channel=4), "channel", "channel-changed"),
        (replace(PLAIN, mode_data=mode_data(card=CardState.RAM)), "card", "card-changed"),
        (replace(PLAIN, mode_data=mode_data(pcm=2)), "PCM card", "pcm-card-changed"),
        (Seen(heard=True), "filter exclusive", "exclusive-lost"),
        (SILENCE, "power", "went-silent"),
    ],
)
def test_a_change_is_an_alarm_once_unless_the_step_is_about_it(
    then: Seen, subject: str, code: str
) -> None:
    assert codes(PLAIN, then, then) == [code]
    allowed = Allowed(subjects=frozenset((subject,)))
    assert codes(PLAIN, (then, allowed), then) == []


def test_a_card_that_is_pulled_is_named_so_and_its_protect_switch_is_no_alarm() -> None:
    card = replace(PLAIN, mode_data=mode_data(card=CardState.RAM))
    locked = replace(PLAIN, mode_data=mode_data(card=CardState.RAM_PROTECTED))
    assert codes(card, locked) == []
    assert codes(card, PLAIN) == ["card-pulled"]


def test_what_was_found_at_the_first_look_is_no_alarm() -> None:
    assert codes(SMALL, SMALL) == []
    assert codes(SILENCE, SILENCE, PLAIN) == []


def test_after_silence_the_answer_about_the_memory_is_an_alarm_of_its_own() -> None:
    lost = replace(SMALL, initialised=True)
    assert codes(PLAIN, SILENCE, lost, SMALL) == ["went-silent", "memory-lost"]
    held = replace(PLAIN, initialised=False)
    assert codes(PLAIN, SILENCE, held, PLAIN) == ["went-silent", "power-returned"]
    greeting = Seen(heard=True)
    looks = (PLAIN, SILENCE, greeting, greeting, greeting)
    assert codes(*looks) == ["went-silent", "memory-not-asked"]


@pytest.mark.parametrize("subjects", [frozenset(), frozenset(("filter exclusive",))])
def test_a_memory_lost_in_a_short_power_cut_is_an_alarm_at_the_first_answer(
    subjects: frozenset[str],
) -> None:
    allowed, deaf = Allowed(subjects=subjects), Seen(heard=True)
    known, _ = Watch().after(PLAIN, allowed)
    known, _ = known.after(deaf, allowed)
    assert known.asks_memory(mode_data(), Allowed())
    _, (alarm,) = known.after(replace(PLAIN, initialised=True), allowed)
    assert alarm.advice.code == "memory-lost"
    held = (replace(PLAIN, initialised=False), allowed)
    assert "memory-lost" not in codes(PLAIN, (deaf, allowed), held)


def test_a_pause_between_two_looks_is_an_alarm_unless_the_step_is_about_the_power() -> None:
    paused = replace(PLAIN, paused=True, initialised=False)
    assert codes(PLAIN, paused, PLAIN) == ["power-returned"]
    assert codes(PLAIN, SILENCE, paused) == ["went-silent", "power-returned"]
    assert codes(PLAIN, (paused, Allowed(subjects=frozenset(("power",)))), PLAIN) == []


def test_an_m1_that_was_off_for_two_seconds_between_two_looks_is_noticed(tmp_path: Path) -> None:
    machine = scenario("healthy")
    steps = (step("ask", "check", checks=("allocation-100",)), step("more"))

    async def looks(journal: Journal) -> list[str]:
        link = VirtualLink(machine, baud=0)
        async with Instrument(link) as instrument:
            watching = Watching(journal)
            for off in (False, True, False):
                await asyncio.sleep(2)
                if off:
                    link.touch(machine.power_off)
                    await asyncio.sleep(2)
                    link.touch(machine.power_on)
                    await asyncio.sleep(2)
                await watching.look(instrument)
        return [alarm.advice.code for alarm in journal.run.alarms]

    with Journal.begin(tmp_path, procedure(*steps), port="virtual:healthy") as journal:
        assert run(looks(journal)) == ["power-returned"]


def test_an_m1_that_no_longer_answers_is_promised_no_memory() -> None:
    known, _ = Watch().after(PLAIN, Allowed())
    _, (alarm,) = known.after(Seen(heard=True), Allowed())
    assert "memory" not in alarm.advice.safe
    assert "short power cut" in alarm.advice.cause


def test_an_m1_that_has_not_answered_in_this_run_has_lost_nothing_in_it() -> None:
    known, _ = Watch().after(Seen(heard=True), Allowed())
    assert not known.asks_memory(mode_data(), Allowed())


def test_what_an_m1_has_lost_at_a_step_about_its_power_is_no_alarm_at_the_next() -> None:
    power = Allowed(subjects=frozenset({"power", "filter exclusive"}))
    deaf = Seen(heard=True)
    initialised = replace(SMALL, channel=4, initialised=True)
    assert codes(PLAIN, (deaf, power), initialised) == []
    assert codes(PLAIN, (SILENCE, power), (deaf, power), deaf, initialised) == []
    # A memory that is not lost is divided as before.
    kept = replace(SMALL, initialised=False)
    assert codes(PLAIN, (deaf, power), kept) == ["allocation-changed-by-hand"]
    # What was lost before that step, no step has asked for.
    assert codes(PLAIN, SILENCE, (deaf, power), initialised) == ["went-silent", "memory-lost"]
    assert codes(PLAIN, deaf, (deaf, power), initialised) == ["exclusive-lost", "memory-lost"]


def test_a_running_sequencer_that_answers_nothing_is_no_alarm_and_what_changed_is_seen_after() -> (
    None
):
    plays = Seen(heard=True, plays=True)
    assert codes(PLAIN, plays, plays, PLAIN) == []
    assert codes(PLAIN, plays, SMALL) == ["allocation-changed-by-hand"]


def test_an_m1_that_is_to_be_off_is_an_alarm_when_it_is_heard() -> None:
    off = Allowed(off=True)
    spoke = Seen(heard=True)
    assert codes(PLAIN, (SILENCE, off), (SILENCE, off)) == []
    assert codes(PLAIN, (SILENCE, off), (spoke, off), (spoke, off)) == ["on-while-off"]
    assert codes(PLAIN, (SILENCE, off), SMALL) == []


def test_each_step_at_which_an_m1_in_pieces_is_heard_is_an_alarm() -> None:
    spoke = Seen(heard=True)
    plate, cell = (Allowed(off=True, step=name) for name in ("plate", "cell"))
    assert codes(PLAIN, (spoke, plate), (spoke, plate), (spoke, cell)) == ["on-while-off"] * 2


def test_the_mode_that_the_pressed_keys_led_to_must_stay() -> None:
    at_keys = Allowed(mode=Mode.GLOBAL)
    in_global = replace(PLAIN, mode_data=mode_data(Mode.GLOBAL))
    assert codes((in_global, at_keys), (in_global, at_keys), (PLAIN, at_keys)) == ["mode-left"]
    assert codes((PLAIN, at_keys), (PLAIN, at_keys)) == []


def test_what_a_loss_costs_and_whether_a_backup_contains_it_is_said() -> None:
    known, _ = Watch().after(PLAIN, Allowed())
    _, (without,) = known.after(SMALL, Allowed())
    assert without.lost == "programs and combinations 50 to 99"
    assert "This run has no backup of them" in without.advice.safe
    _, (with_one,) = known.after(SMALL, Allowed(backup="mine.syx"))
    assert '"mine.syx"' in with_one.advice.safe
    assert "GLOBAL 6 + + + DOWN G" in with_one.advice.next_step


# What a step allows


def standing(run_now: Run, step_id: str) -> Run:
    """The run at a step, all before it proved or done."""
    states, off = run_now.states, False
    for index, one in enumerate(run_now.procedure.steps):
        if one.id == step_id:
            return replace(run_now, states=states, position=index, off=off)
        on = power_after(one)
        off = off if on is None else not on
        done = replace(states[index], mark=Mark.SENSED if one.senses else Mark.BY_HAND)
        states = (*states[:index], done, *states[index + 1 :])
    raise KeyError(step_id)


def test_the_m1_is_to_be_off_from_the_silent_step_to_the_one_that_switches_it_on() -> None:
    battery = built_in("internal-battery")
    begun = Run.begin(battery)
    off = [one.id for one in battery.steps if standing(begun, one.id).is_to_be_off]
    ids = [one.id for one in battery.steps]
    assert off == ids[ids.index("unplug") + 1 : ids.index("power-on")]


def test_behind_a_switching_on_that_was_skipped_nobody_knows_whether_it_is_off() -> None:
    now = standing(Run.begin(built_in("power-supply")), "power-on")
    off = replace(now, position=now.position - 1)
    assert off.is_to_be_off
    skipped = now.after(now.override("It does not answer, though it is on"))
    assert not skipped.after(skipped.next()).is_to_be_off


def test_who_goes_back_over_steps_that_are_done_is_not_told_that_the_m1_is_on() -> None:
    """Else the proof that it was off would be lost, though it was switched on since."""
    now = standing(Run.begin(built_in("internal-battery")), "protects-off")
    while now.current.id != "unplug":
        now = now.after(now.back())
        assert not now.is_to_be_off, now.current.id
    now = now.after(now.next())
    assert now.current.id == "turn-over"
    assert not now.is_to_be_off
    again = now.after(now.retry())
    assert again.is_to_be_off, "who does it again has the M1 in pieces again"


def test_an_m1_that_has_answered_is_on_though_the_step_that_switched_it_off_no_longer_counts() -> (
    None
):
    dead, fine = "Yes, they must be replaced", "No, all keys work"
    now = standing(Run.begin(built_in("panel-keys")), "mending")
    now = now.after(now.choose(dead)).at("unplug")
    now = now.after(now.judge((Verdict(True, "silent", name="silence"),)))
    assert now.off
    now = now.at("mending")
    now = now.after(now.retry())
    now = now.after(now.choose(fine)).at("again")
    assert not now.is_to_be_off
    heard = now.after(now.judge((Verdict(True, "heard", name="panel-keys"),)))
    assert heard.current_state.mark is Mark.SENSED
    assert not heard.is_to_be_off


def test_who_corrects_the_parts_of_an_m1_that_is_closed_and_on_again_hears_no_alarm() -> None:
    """An M1 that is still open is to be off while the parts are noted."""
    begun = Run.begin(built_in("display"))
    now = standing(begun, "used")
    assert now.is_to_be_off
    now = standing(begun, "end")
    while now.current.id != "used":
        now = now.after(now.back())
    again = now.after(now.retry())
    assert again.current_state.mark is Mark.OPEN
    assert not again.is_to_be_off


@pytest.mark.parametrize("name", ["joystick", "internal-battery", "silent-or-noisy"])
def test_who_switches_it_off_again_and_looks_at_what_is_done_has_it_off(name: str) -> None:
    ended = Run.begin(built_in(name))
    for one in ended.procedure.steps:
        ended = standing(ended, one.id)
    silent = next(one.id for one in ended.procedure.steps if "silent" in one.checks)
    now = replace(ended, position=ended.procedure.steps.index(ended.procedure.step(silent)))
    now = compared(now.after(now.retry()))
    now = now.after(now.judge((Verdict(True, "silent", name="silent"),)))
    assert now.is_to_be_off
    inside = now.after(now.next())
    assert inside.current_state.mark is Mark.BY_HAND
    assert inside.is_to_be_off, "hands are inside it"


def test_a_doubted_silence_still_means_that_the_m1_is_to_be_off() -> None:
    now = standing(Run.begin(built_in("internal-battery")), "ground")
    assert now.after(now.doubt("unplug", "The M1 is on.")).is_to_be_off


def test_a_skipped_silence_still_means_that_the_m1_is_to_be_off() -> None:
    """Who skips the proof that it is off goes on to open it all the same."""
    now = standing(Run.begin(built_in("internal-battery")), "unplug")
    skipped = now.after(now.override("It cannot be asked."))
    assert not skipped.is_to_be_off
    assert skipped.after(skipped.next()).is_to_be_off


@pytest.mark.parametrize(
    ("name", "step_id", "subject"),
    [
        ("internal-battery", "allocation", "allocation"),
        ("internal-battery", "settings-back", "channel"),
        ("internal-battery", "settings-back", "filter exclusive"),
        ("internal-battery", "power-on", "power"),
        ("card-sets", "pcm-card", "PCM card"),
        ("restore-from-card", "format", "card format"),
    ],
)
def test_a_step_allows_what_it_claims_changes_or_rehearses(
    name: str, step_id: str, subject: str
) -> None:
    one = built_in(name)
    ids = [each.id for each in one.steps]
    if step_id not in ids:
        step_id = next(each.id for each in one.steps if "insert-pcm-card" in each.rehearse)
    assert subject in allowed_at(standing(Run.begin(one), step_id)).subjects


@pytest.mark.parametrize(
    ("name", "step_id", "may_change"),
    [
        ("card-format", "switch", True),
        ("card-format", "ask", True),
        ("card-format", "format", False),
        ("card-save", "switch-on", False),
    ],
)
def test_only_a_step_that_handles_a_card_lets_it_be_pulled(
    name: str, step_id: str, may_change: bool
) -> None:
    allowed = allowed_at(standing(Run.begin(built_in(name)), step_id))
    card = replace(PLAIN, mode_data=mode_data(card=CardState.RAM))
    raised = codes((card, allowed), (PLAIN, allowed))
    assert raised == ([] if may_change else ["card-pulled"])


def test_a_step_that_formats_a_card_may_change_its_format() -> None:
    allowed = allowed_at(standing(Run.begin(built_in("card-format")), "format"))
    new, formatted = (
        replace(PLAIN, mode_data=mode_data(card=state))
        for state in (CardState.UNKNOWN, CardState.RAM)
    )
    assert codes((new, allowed), (formatted, allowed)) == []


def test_a_card_that_an_earlier_look_saw_gone_is_still_said_to_be_pulled() -> None:
    """As the person goes back to a step that has proved something of the card."""
    known, _ = Watch().after(PLAIN, Allowed())
    proved = Allowed(proved=frozenset({"card = its backup"}))
    _, (alarm,) = known.after(PLAIN, proved)
    assert alarm.advice.code == "card-pulled"
    assert "was pulled: expected a card, found no card" in alarm.advice.happened
    assert alarm.advice.next_step == "Put the same card back in before you go on."


@pytest.mark.parametrize(
    ("at", "expected"),
    [("save", ("ask", "backup")), ("end", ("backup", "save", "switch-on"))],
)
def test_another_card_opens_its_backup_again_and_not_what_cannot_be_proved_any_more(
    at: str, expected: tuple[str, ...]
) -> None:
    steps = (*built_in("card-save").steps, step("end"))
    run_now = standing(Run.begin(procedure(*steps)), at)
    known, _ = Watch().after(replace(PLAIN, mode_data=mode_data(card=CardState.RAM)), Allowed())
    _, (alarm,) = known.after(PLAIN, allowed_at(run_now))
    assert alarm.advice.code == "card-pulled"
    assert alarm.reopens(run_now) == expected


def test_a_backup_of_the_other_allocation_does_not_contain_what_a_change_destroys() -> None:
    known, _ = Watch().after(PLAIN, Allowed())
    for made_at, named in (
        (Allocation.LARGE_PROGRAM, True),
        (None, True),
        (Allocation.LARGE_SEQUENCE, False),
    ):
        written = frozenset({Part.SEQUENCE})
        allowed = Allowed(backup="mine.syx", backup_allocation=made_at, written=written)
        _, (alarm,) = known.after(SMALL, allowed)
        assert ('"mine.syx"' in alarm.advice.safe) is named
        assert (alarm.backup == "mine.syx") is named


def test_a_channel_that_is_set_back_as_the_alarm_asked_raises_none_against_it() -> None:
    known, _ = Watch().after(PLAIN, Allowed())
    strayed, (first,) = known.after(replace(PLAIN, channel=1), Allowed())
    assert "expected channel 1, found channel 2" in first.advice.happened
    still, none = strayed.after(replace(PLAIN, channel=1), Allowed())
    assert none == ()
    further, (second,) = still.after(replace(PLAIN, channel=2), Allowed())
    assert "expected channel 1, found channel 3" in second.advice.happened
    assert "until it shows channel 1" in (second.advice.next_step or "")
    back, quiet = further.after(PLAIN, Allowed())
    assert quiet == ()
    _, (again,) = back.after(replace(PLAIN, channel=1), Allowed())
    assert "expected channel 1, found channel 2" in again.advice.happened


def test_a_channel_that_a_step_sets_is_the_one_that_it_is_to_have() -> None:
    known, _ = Watch().after(PLAIN, Allowed())
    setting = Allowed(proved=frozenset({"channel = 5"}))
    five, none = known.after(replace(PLAIN, channel=4), setting)
    assert none == ()
    _, (alarm,) = five.after(PLAIN, Allowed())
    assert "expected channel 5, found channel 1" in alarm.advice.happened


@pytest.mark.parametrize(
    ("small", "written", "contained"),
    [
        (False, Part.PROGRAMS, False),
        (False, Part.SEQUENCE, True),
        (True, Part.SEQUENCE, False),
        (True, Part.PROGRAMS, True),
    ],
)
def test_what_was_written_behind_the_backup_is_not_said_to_be_in_it(
    small: bool, written: Part, contained: bool
) -> None:
    before, now = (SMALL, PLAIN) if small else (PLAIN, SMALL)
    made_at = Allocation.LARGE_SEQUENCE if small else Allocation.LARGE_PROGRAM
    known, _ = Watch().after(before, Allowed())
    allowed = Allowed(backup="mine.syx", backup_allocation=made_at, written=frozenset({written}))
    _, (alarm,) = known.after(now, allowed)
    assert ('"mine.syx"' in alarm.advice.safe) is contained
    assert ("no backup of them" in alarm.advice.safe) is not contained


def _sent(run_now: Run, origin: str) -> Run:
    """The run of "internal-battery" with its backup kept, and `origin` proved to be in memory."""
    states = {}
    for one, state in zip(run_now.procedure.steps, run_now.states, strict=True):
        kept = "/files/mine.syx" if one.id == "backup" else ""
        chosen = origin if one.id == "source" else ""
        states[one.id] = replace(state, mark=Mark.SENSED, backup=kept, origin=chosen)
    names = [one.id for one in run_now.procedure.steps]
    upto = names.index("restore") + 1
    done = tuple(
        states[one] if at < upto else state
        for at, (one, state) in enumerate(zip(names, run_now.states, strict=True))
    )
    return replace(run_now, states=done, position=upto)


@pytest.mark.parametrize(
    ("origin", "contained"), [("/files/mine.syx", True), ("/files/other.syx", False)]
)
def test_only_what_was_sent_from_the_backup_is_still_in_it(origin: str, contained: bool) -> None:
    run_now = _sent(Run.begin(built_in("internal-battery")), origin)
    known, _ = Watch().after(PLAIN, Allowed())
    allowed = allowed_at(run_now, backup="mine.syx", backup_allocation=Allocation.LARGE_PROGRAM)
    _, (alarm,) = known.after(SMALL, allowed)
    assert alarm.advice.code == "allocation-changed-by-hand"
    assert ('"mine.syx"' in alarm.advice.safe) is contained


def test_an_allocation_that_the_step_asks_for_is_not_advised_against_without_a_backup() -> None:
    run_now = standing(Run.begin(built_in("card-load")), "allocation")
    run_now = run_now.after(run_now.judge((Verdict(False, "50/50", name="allocation-100"),)))
    known, _ = Watch().after(SMALL, Allowed())
    _, (alarm,) = known.after(PLAIN, allowed_at(run_now))
    assert alarm.advice.code == "allocation-changed-as-asked"
    assert "then check again" in (alarm.advice.next_step or "")
    assert alarm.advice.safe.startswith("This run has no backup of them.")


def test_an_initialised_m1_with_the_allocation_that_the_step_asks_for_is_checked_again() -> None:
    run_now = standing(Run.begin(built_in("card-load")), "allocation")
    run_now = run_now.after(run_now.judge((Verdict(False, "50/50", name="allocation-100"),)))
    known, _ = Watch().after(SMALL, Allowed())
    empty = replace(PLAIN, initialised=True)
    _, alarms = known.after(empty, allowed_at(run_now))
    (alarm,) = (one for one in alarms if "allocation" in one.advice.code)
    assert "Acknowledge this, then check again." in (alarm.advice.next_step or "")
    assert "UP G" not in (alarm.advice.next_step or "")


def test_an_allocation_that_the_step_asks_for_is_not_advised_against() -> None:
    chosen = built_in("card-load")
    run_now = standing(Run.begin(chosen), "allocation")
    run_now = run_now.after(run_now.judge((Verdict(False, "50/50", name="allocation-100"),)))
    known, _ = Watch().after(SMALL, Allowed())
    allowed = allowed_at(run_now, backup="mine.syx", backup_allocation=Allocation.LARGE_SEQUENCE)
    _, (alarm,) = known.after(PLAIN, allowed)
    assert alarm.advice.code == "allocation-changed-as-asked"
    assert "This step asks for that." in alarm.advice.happened
    assert "UP G" not in (alarm.advice.next_step or "")
    assert '"mine.syx"' in alarm.advice.safe


def test_an_allocation_that_is_set_back_as_an_alarm_advised_destroys_nothing_more() -> None:
    known, _ = Watch().after(PLAIN, Allowed())
    allowed = Allowed(backup="mine.syx", backup_allocation=Allocation.LARGE_PROGRAM)
    small, (first,) = known.after(SMALL, allowed)
    _, (alarm,) = small.after(PLAIN, allowed)
    assert first.lost
    assert alarm.advice.code == "allocation-set-back"
    assert alarm.lost == ""
    assert '"mine.syx"' in alarm.advice.safe
    assert alarm.undoes == first.undoes
    _, (unasked,) = small.after(PLAIN, replace(allowed, written=frozenset({Part.SEQUENCE})))
    assert unasked.advice.code == "allocation-changed-by-hand"


def test_what_was_lost_while_the_memory_was_being_saved_is_not_called_saved() -> None:
    known, _ = Watch().after(PLAIN, Allowed())
    allowed = Allowed(backup="mine.syx", backup_allocation=Allocation.LARGE_SEQUENCE)
    deaf, _ = known.after(Seen(heard=True, mode_data=None, channel=0), allowed)
    for before in (known, deaf):
        alarm = before.after(SMALL, allowed)[1][-1]
        assert alarm.advice.code == "allocation-changed-by-hand"
        assert (alarm.lost, alarm.backup) == ("programs and combinations 50 to 99", "")


@pytest.mark.parametrize(
    ("looked", "code"),
    [(True, "allocation-set-back"), (False, "allocation-changed-by-hand")],
    ids=["looked at since", "not looked at since"],
)
def test_a_resumed_run_knows_whether_its_m1_was_looked_at_after_it_was_saved(
    tmp_path: Path, looked: bool, code: str
) -> None:
    machine = scenario("healthy")
    large = mode_data()
    codes = (large.mode_code, large.allocation_code, large.card_code, large.pcm_code)
    machine.board.memory = machine.memory.reallocated(Allocation.LARGE_SEQUENCE)
    saved = tmp_path / "saved.syx"
    saved.write_bytes(BankDump.of(machine.contents, Part.ALL).encode())
    kept = Verdict(True, "read twice", name="backup")

    async def resumed(journal: Journal) -> None:
        async with Instrument(VirtualLink(machine)) as instrument:
            await Watching(journal).look(instrument)

    with Journal.begin(tmp_path, procedure(*STEPS[1:]), port="virtual") as journal:
        if not looked:
            journal.record(journal.run.see(0, codes))
        journal.record(journal.run.judge((kept,), backup=str(saved)))
        if looked:
            journal.record(journal.run.see(0, codes))
        run(resumed(journal))
        (alarm,) = journal.run.alarms
        assert alarm.advice.code == code
        assert bool(alarm.lost) is not looked


def test_a_step_that_initialises_the_m1_raises_no_alarm_and_leaves_no_doubt_at_the_end() -> None:
    run_now = standing(Run.begin(built_in("display")), "hold-keys")
    known, _ = Watch().after(PLAIN, Allowed())
    deaf = Seen(heard=True, mode_data=None, channel=0)
    assert known.after(deaf, allowed_at(run_now))[1] == ()
    after = standing(Run.begin(built_in("display")), "started")
    assert after.reads_memory
    assert after.exclusive_given_up


@pytest.mark.parametrize(
    ("at", "code", "expected"),
    [
        ("slide-out", "card-pulled", ("insert", "backup")),
        ("new-cell", "card-without-power", ()),
        ("slide-in", "card-without-power", ()),
        ("protect", "card-pulled", ("slide-in", "out-and-in")),
    ],
)
def test_a_card_that_is_pulled_while_its_cell_is_out_is_not_saved_again_without_its_data(
    at: str, code: str, expected: tuple[str, ...]
) -> None:
    run_now = standing(Run.begin(built_in("ram-card-battery")), at)
    known, _ = Watch().after(replace(PLAIN, mode_data=mode_data(card=CardState.RAM)), Allowed())
    _, (alarm,) = known.after(PLAIN, allowed_at(run_now))
    assert alarm.advice.code == code
    assert alarm.reopens(run_now) == expected


@pytest.mark.parametrize(("at", "expected"), [("to-50", ("backup",)), ("percent", ())])
def test_songs_touched_after_the_backup_are_not_in_it_and_open_it_again_until_it_was_needed(
    at: str, expected: tuple[str, ...]
) -> None:
    known, _ = Watch().after(PLAIN, Allowed())
    _, (alarm,) = known.after(replace(PLAIN, songs=1), Allowed(songs="mine.syx"))
    assert alarm.advice.code == "songs-touched"
    assert '"mine.syx" contains the songs as they were before' in alarm.advice.safe
    run_now = standing(Run.begin(built_in("sequencer-free")), at)
    assert alarm.reopens(run_now) == expected


def test_writing_down_allows_nothing() -> None:
    now = standing(Run.begin(built_in("internal-battery")), "write-down-memory")
    assert allowed_at(now).subjects == frozenset()


def test_the_mode_is_that_of_the_last_mode_key_that_was_pressed() -> None:
    now = Run.begin(procedure(step("one", "keys", keys="SEQ 0 GLOBAL 5")))
    assert [allowed_at(now, pressed=n).mode for n in range(5)] == [
        None,
        Mode.SEQUENCER,
        Mode.SEQUENCER,
        Mode.GLOBAL,
        None,
    ], "once all are pressed none is marked"


def test_the_way_back_is_the_mode_key_and_what_turned_pages_after_it() -> None:
    steps = (
        step("one", "keys", keys="SEQ 0 B UP + C DOWN"),
        step("two", "keys", keys="F UP"),
        step("three", "keys", keys="GLOBAL 5"),
    )
    begun = Run.begin(procedure(*steps))
    assert way_back(standing(begun, "two")) == ("SEQ", "0", "+")
    assert way_back(standing(begun, "three")) == ()


def test_no_way_back_stops_a_song_that_start_stop_is_to_stop() -> None:
    steps = (
        step("choose", "keys", keys="SEQ 0 B UP"),
        step("start", "keys", keys="START/STOP"),
        step("stop", "keys", keys="START/STOP"),
        step("again", "keys", keys="H START/STOP"),
    )
    begun = Run.begin(procedure(*steps))
    assert way_back(standing(begun, "start")) == ("SEQ", "0")
    assert way_back(standing(begun, "stop")) == ()
    assert way_back(standing(begun, "again")) == ("SEQ", "0")


@pytest.mark.parametrize(("name", "at"), [("play", "stop"), ("sound-check", "song-stop")])
def test_a_song_that_plays_is_stopped_by_start_stop_only(name: str, at: str) -> None:
    now = standing(Run.begin(built_in(name)), at)
    assert way_back(now) == ()
    assert mode_missed(now, Mode.SEQUENCER) is None
    assert mode_missed(now, Mode.PROG) is None


# On a virtual M1

STEPS = (
    step("look", "check", checks=("allocation-100",)),
    step("save", "backup"),
    step("write", "values"),
    step("set", "keys", keys="GLOBAL 6 + + + UP G", checks=("allocation-50",)),
)

Visit = Callable[[VirtualLink, Instrument, Journal, Watching], Awaitable[None]]


def watched(folder: Path, visit: Visit, steps: tuple[Step, ...] = STEPS) -> Journal:
    """A run on a healthy virtual M1, looked at once before `visit`."""

    async def all_of_it() -> Journal:
        link = VirtualLink(scenario("healthy"), baud=0)
        async with Instrument(link) as instrument:
            with Journal.begin(folder, procedure(*steps), port="virtual") as journal:
                watching = Watching(journal)
                await watching.look(instrument)
                await visit(link, instrument, journal, watching)
                return journal

    return run(all_of_it())


def proved(journal: Journal) -> None:
    """Prove the current step, and go to the next."""
    journal.record(journal.run.judge((Verdict(True, "so it is", name="a-check"),)))
    journal.record(journal.run.next())


def test_fifty_programs_lost_open_again_what_spoke_of_them_and_stand_in_journal_and_log(
    tmp_path: Path,
) -> None:
    async def visit(
        link: VirtualLink, instrument: Instrument, journal: Journal, watching: Watching
    ) -> None:
        proved(journal)
        assert await watching.look(instrument)
        assert journal.run.alarms == ()
        link.machine.press("GLOBAL 6 + + + UP G")
        await watching.look(instrument)
        await watching.look(instrument)

    journal = watched(tmp_path, visit)
    (alarm,) = journal.run.alarms
    assert (alarm.step, alarm.advice.code) == ("save", "allocation-changed-by-hand")
    assert journal.run.standing == (alarm,)
    looked = journal.run.state("look")
    assert (looked.mark, looked.doubt) == (Mark.OPEN, alarm.advice.happened)
    again = journals.read(journal.path).run()
    assert again.alarms == journal.run.alarms
    assert [bool(one.alarms) for one in read_run(journal.path).steps] == [False, True, False, False]
    assert again.after(again.read_alarms()).standing == ()


def test_a_change_that_the_step_asks_for_is_no_alarm_and_undoes_nothing_before_its_proof(
    tmp_path: Path,
) -> None:
    async def visit(
        link: VirtualLink, instrument: Instrument, journal: Journal, watching: Watching
    ) -> None:
        for _ in STEPS[:-1]:
            journal.record(journal.run.override("not needed here"))
            journal.record(journal.run.next())
        link.machine.press("GLOBAL 6 + + + UP G")
        await watching.look(instrument)

    assert watched(tmp_path, visit).run.alarms == ()


def test_another_channel_is_found_and_named(tmp_path: Path) -> None:
    async def visit(
        link: VirtualLink, instrument: Instrument, journal: Journal, watching: Watching
    ) -> None:
        link.machine.press("GLOBAL 5 B UP UP")
        await watching.look(instrument)
        assert instrument.channel == 2

    (alarm,) = watched(tmp_path, visit).run.alarms
    assert alarm.advice.code == "channel-changed"
    assert "expected channel 1, found channel 3" in alarm.advice.happened


def test_another_program_knows_the_channel_that_was_written_down(tmp_path: Path) -> None:
    async def visit(
        link: VirtualLink, instrument: Instrument, journal: Journal, watching: Watching
    ) -> None:
        journal.record(journal.run.write_down({"channel": "1"}))
        link.machine.press("GLOBAL 5 B UP")
        await watching.look(instrument)
        assert [one.advice.code for one in journal.run.alarms] == ["channel-changed"]
        link.machine.press("GLOBAL 5 B DOWN")
        async with Instrument(VirtualLink(link.machine, baud=0)) as another:
            await Watching(journal).look(another)
            assert another.channel == 0

    noted = step("note", "values", fields=(Field(name="channel", label="Channel", asks="channel"),))
    journal = watched(tmp_path, visit, (noted, *STEPS))
    assert [one.advice.code for one in journal.run.alarms] == ["channel-changed"]


@pytest.mark.parametrize(
    ("without_cell", "code"), [(False, "power-returned"), (True, "memory-lost")]
)
def test_a_power_cut_is_seen_and_the_memory_asked_about_afterwards(
    tmp_path: Path, without_cell: bool, code: str
) -> None:
    async def visit(
        link: VirtualLink, instrument: Instrument, journal: Journal, watching: Watching
    ) -> None:
        hands = link.rehearsal
        await hands.perform("power-off")
        await watching.look(instrument)
        if without_cell:
            await hands.perform("remove-cell")
            await hands.perform("wait 60")
            await hands.perform("insert-cell")
        await hands.perform("power-on")
        await hands.press("GLOBAL 5 + UP D UP F UP H UP")
        await watching.look(instrument)

    alarms = watched(tmp_path, visit).run.alarms
    assert [one.advice.code for one in alarms] == ["went-silent", code]


def test_a_power_cut_between_two_looks_is_found_once_exclusive_is_on_again(tmp_path: Path) -> None:
    async def visit(
        link: VirtualLink, instrument: Instrument, journal: Journal, watching: Watching
    ) -> None:
        hands = link.rehearsal
        for action in ("remove-cell", "power-off", "power-on"):
            await hands.perform(action)
        await asyncio.sleep(10)
        await watching.look(instrument)
        await hands.press("GLOBAL 5 + UP D UP F UP H UP")
        await watching.look(instrument)

    alarms = watched(tmp_path, visit).run.alarms
    assert [one.advice.code for one in alarms] == ["exclusive-lost", "memory-lost"]


def test_an_m1_that_is_switched_on_in_pieces_is_heard_without_being_asked_for_its_mode(
    tmp_path: Path,
) -> None:
    steps = (
        step("found", checks=("answers",), claims=("M1 = answers",)),
        step("off", rehearse=("power-off",), checks=("silent",), claims=("M1 = silent",)),
        step("inside"),
        step("on", rehearse=("power-on",)),
    )

    async def visit(
        link: VirtualLink, instrument: Instrument, journal: Journal, watching: Watching
    ) -> None:
        proved(journal)
        await link.rehearsal.perform("power-off")
        proved(journal)
        await watching.look(instrument)
        assert journal.run.alarms == ()
        await link.rehearsal.perform("power-on")
        await watching.look(instrument)

    journal = watched(tmp_path, visit, steps)
    assert [one.advice.code for one in journal.run.alarms] == ["on-while-off"]
    assert journal.run.state("off").mark is Mark.OPEN
    assert journal.run.state("found").mark is Mark.SENSED


def test_an_alarm_of_an_m1_that_is_on_stands_until_its_silence_is_proved(tmp_path: Path) -> None:
    steps = (
        step("off", rehearse=("power-off",), checks=("silent",), claims=("M1 = silent",)),
        step("inside"),
    )
    standing_at: list[list[str]] = []

    async def visit(
        link: VirtualLink, instrument: Instrument, journal: Journal, watching: Watching
    ) -> None:
        def look() -> None:
            standing_at.append([one.advice.code for one in journal.run.standing])

        await link.rehearsal.perform("power-off")
        proved(journal)
        await link.rehearsal.perform("power-on")
        await watching.look(instrument)
        look()
        journal.record(journal.run.back())
        look()
        await link.rehearsal.perform("power-off")
        proved(journal)
        look()
        await watching.look(instrument)
        await link.rehearsal.perform("power-on")
        await watching.look(instrument)
        look()

    journal = watched(tmp_path, visit, steps)
    assert standing_at == [["on-while-off"], ["on-while-off"], [], ["on-while-off"]]
    assert [one.advice.code for one in journal.run.alarms] == ["on-while-off"] * 2
    assert journals.read(journal.path).run().standing == journal.run.standing


@pytest.mark.parametrize("alarm", [no_exclusive(), went_silent()])
def test_an_alarm_of_an_m1_that_gives_no_answer_stands_until_a_step_proves_that_it_does(
    alarm: Alarm,
) -> None:
    run_now = Run.begin(procedure(step("ask", "check", checks=("exclusive-enabled",))))
    run_now = run_now.after(run_now.alarm(alarm.advice))
    assert len(run_now.standing) == 1
    no = Verdict(False, "no answer", name="exclusive-enabled")
    run_now = run_now.after(run_now.judge((no,)))
    assert len(run_now.standing) == 1
    run_now = run_now.after(run_now.judge((replace(no, passed=True),)))
    assert run_now.standing == ()
    again = run_now.after(run_now.alarm(alarm.advice))
    assert len(again.standing) == 1


class Loose(VirtualLink):
    """A link whose plug is out while `out` is set."""

    out = False

    async def _write(self, data: bytes) -> None:
        if self.out:
            raise LinkLost(not_open(self.title).advice)
        await super()._write(data)

    async def _open(self) -> None:
        if self.out:
            raise LinkError(not_open(self.title).advice)
        await super()._open()


def test_a_lost_link_is_one_alarm_and_opened_again_while_the_run_goes_on(tmp_path: Path) -> None:
    async def all_of_it() -> Journal:
        link = Loose(scenario("healthy"), baud=0)
        async with Instrument(link) as instrument:
            with Journal.begin(tmp_path, procedure(*STEPS), port="virtual") as journal:
                watching, wire = Watching(journal), asyncio.Lock()
                looking = asyncio.ensure_future(
                    watching.keep_looking(instrument, wire, lambda: None)
                )
                await asyncio.sleep(12)
                link.out = True
                await asyncio.sleep(20)
                assert [one.advice.code for one in journal.run.alarms] == ["link-lost"]
                link.out = False
                await asyncio.sleep(20)
                link.machine.press("GLOBAL 6 + + + UP G")
                await asyncio.sleep(12)
                looking.cancel()
                return journal

    alarms = run(all_of_it()).run.alarms
    assert [one.advice.code for one in alarms] == ["link-lost", "allocation-changed-by-hand"]


def test_nobody_looks_while_an_operation_is_under_way(tmp_path: Path) -> None:
    async def visit(
        link: VirtualLink, instrument: Instrument, journal: Journal, watching: Watching
    ) -> None:
        link.machine.press("GLOBAL 6 + + + UP G")
        sent = instrument.sent
        with instrument.operation():
            assert await watching.look(instrument) is None
        assert instrument.sent == sent

    assert watched(tmp_path, visit).run.alarms == ()


def test_a_rehearsal_goes_on_at_the_virtual_m1_at_which_its_run_was_left(tmp_path: Path) -> None:
    store = Store(tmp_path)

    async def leave() -> Path:
        link = VirtualLink.for_scenario("healthy", tmp_path)
        async with Instrument(link):
            with Journal.begin(store.journal_folder, procedure(*STEPS), port="virtual") as journal:
                await link.rehearsal.press("GLOBAL 6 + + + UP G")
        return journal.path

    async def resume(path: Path) -> tuple[bool, bool, Allocation, Allocation]:
        set_aside(store)
        link = VirtualLink.for_scenario("healthy", tmp_path)
        async with Instrument(link) as instrument:
            fresh = (await instrument.ask_mode()).allocation
            first = await bring_back(instrument, store, path)
            second = await bring_back(instrument, store, path)
            back = (await instrument.ask_mode()).allocation
            assert fresh is not None
            assert back is not None
            return first, second, fresh, back

    path = run(leave())
    assert run(resume(path)) == (True, False, Allocation.LARGE_PROGRAM, Allocation.LARGE_SEQUENCE)


def test_a_program_that_is_killed_leaves_no_journal_that_says_more_than_its_virtual_m1(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)

    async def work() -> Mode | None:
        link = VirtualLink.for_scenario("healthy", tmp_path)
        async with Instrument(link) as instrument:
            journal = Journal.begin(
                store.journal_folder,
                procedure(*STEPS),
                port="virtual",
                first=lambda: keep(instrument),
            )
            with journal:
                await link.rehearsal.press("GLOBAL")
                journal.record(journal.run.note("left in the global mode"))
                shutil.copytree(tmp_path, tmp_path / "killed")
        link = VirtualLink.for_scenario(None, tmp_path / "killed")
        async with Instrument(link) as instrument:
            return (await instrument.ask_mode()).mode

    assert run(work()) is Mode.GLOBAL


def test_an_alarm_is_one_line_of_the_journal(tmp_path: Path) -> None:
    alarm = Run.begin(procedure()).alarm(not_open("a link").advice, lost="all")
    line = line_of(1, alarm)
    assert line.startswith(b'{"n":1,"event":"AlarmRaised"')
    assert line.count(b"\n") == 1


SETTINGS = (
    step(
        "note",
        "values",
        keys="GLOBAL 5",
        fields=(Field(name="clock", label="Clock (5-1)", choices=("INT", "EXT")),),
    ),
    step("save", "backup"),
    step("back", "keys", keys="GLOBAL 5 D UP/DOWN:clock", recall="note"),
)


def test_alarms_and_settings_stand_in_log_report_instrument_and_manifest(tmp_path: Path) -> None:
    store = Store(tmp_path)

    async def visit(_: VirtualLink, instrument: Instrument, journal: Journal, __: Watching) -> None:
        journal.record(journal.run.write_down({"clock": "EXT"}))
        journal.record(journal.run.alarm(not_open("a link").advice))
        journal.record(journal.run.next())
        result = await Performer(instrument, store, Rehearser()).perform(journal.run)
        event = result.event(journal.run)
        assert event is not None
        journal.record(event)

    journal = watched(tmp_path / "journals", visit, SETTINGS)
    (kept,) = store.backups()
    assert kept.manifest is not None
    assert "written down with it: Clock (5-1) EXT" in kept.manifest.notes
    book = log(tmp_path)
    (recorded,) = book.catch_up(tmp_path / "journals", read_run).recorded
    (owner,) = book.instruments()
    assert owner.settings == (("Clock (5-1)", "EXT"),)
    text = render(report(book, recorded.visit), "text")
    assert "The link to a link is closed. Nothing more is sent." in " ".join(text.split())
    said = " ".join(text.split())
    assert re.search(r"ALARM at [0-9:]{8}: The link to a link is closed\.", said)
    assert "as last written down: Clock (5-1): EXT" in " ".join(text.split())
    assert journal.run.marks[0] is Mark.BY_HAND


ALL = sorted(path.stem for path in screens_folder().glob("*.toml"))
SWITCHING = [
    name
    for name in ALL
    if any(act.startswith("power-") for step in built_in(name).steps for act in step.rehearse)
]
"""Procedures that switch the M1 off or on, after which its settings may be other ones."""
CHANNEL_5, SMALL_BANKS = "GLOBAL 5 B UP UP UP UP PROG", "GLOBAL 6 + + + UP G PROG"


@pytest.mark.parametrize(
    ("name", "left_at"),
    [
        *((name, "") for name in ALL),
        *((name, CHANNEL_5) for name in SWITCHING),
        # The others go on only after the allocation was changed.
        *((name, SMALL_BANKS) for name in ("initialise", "internal-battery", "display")),
    ],
)
def test_a_procedure_that_is_followed_as_it_is_written_raises_no_alarm(
    tmp_path: Path, name: str, left_at: str
) -> None:
    one = built_in(name)

    async def all_of_it() -> tuple[int, Journal]:
        looks = 0
        machine = scenario(one.scenario)
        machine.press(left_at)
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            with Journal.begin(tmp_path / "journals", one, port="virtual") as journal:
                watching = Watching(journal)
                performer = Performer(instrument, Store(tmp_path), Rehearser())
                while True:
                    looks += await watching.look(instrument) is not None
                    if journal.run.owes_comparison:
                        first = await performer.compare_first(journal.run)
                        assert first is not None
                        journal.record(first)
                    result = await performer.perform(journal.run, hands=True)
                    looks += await watching.look(instrument) is not None
                    event = result.event(journal.run)
                    if event is not None:
                        journal.record(event)
                    if journal.run.current_state.mark is Mark.OPEN or journal.run.at_end:
                        return looks, journal
                    journal.record(journal.run.next())

    looks, journal = run(all_of_it())
    assert looks >= 2 * journal.run.marks.count(Mark.SENSED)
    assert [one.advice.happened for one in journal.run.alarms] == []


@pytest.mark.parametrize(
    ("name", "allocation"),
    [("healthy", Allocation.LARGE_PROGRAM), ("used", Allocation.LARGE_SEQUENCE)],
)
def test_the_watch_knows_at_which_allocation_the_backup_of_the_run_was_made(
    tmp_path: Path, name: str, allocation: Allocation
) -> None:
    machine, saved = scenario(name), tmp_path / "saved.syx"
    saved.write_bytes(BankDump.of(machine.contents, Part.ALL).encode())
    kept = Verdict(True, "read twice", name="backup")
    with Journal.begin(tmp_path, procedure(*STEPS[1:]), port="virtual") as journal:
        assert Watching(journal).allowed.backup_allocation is None
        journal.record(journal.run.judge((kept,), backup=str(saved)))
        assert Watching(journal).allowed.backup_allocation is allocation


def test_who_sets_the_allocation_back_after_an_alarm_loses_nothing_more(
    tmp_path: Path,
) -> None:
    saved = tmp_path / "saved.syx"
    saved.write_bytes(BankDump.of(scenario("healthy").contents, Part.ALL).encode())
    kept = Verdict(True, "read twice", name="backup")
    with Journal.begin(tmp_path, procedure(*STEPS[1:]), port="virtual") as journal:
        journal.record(journal.run.judge((kept,), backup=str(saved)))
        known, _ = Watch().after(PLAIN, Watching(journal).allowed)
        small, (alarm,) = known.after(SMALL, Watching(journal).allowed)
        journal.record(journal.run.alarm(alarm.advice, lost=alarm.lost, backup=alarm.backup))
        _, (again,) = small.after(PLAIN, Watching(journal).allowed)
        assert alarm.backup == saved.name
        assert again.advice.code == "allocation-set-back"


def test_a_song_that_a_step_left_out_would_have_started_needs_no_stop() -> None:
    ask = step("ask", "question", options=(Option(label="yes"), Option(label="no")))
    choose = step("choose", "keys", keys="SEQ 0 B UP")
    demo = step("demo", "keys", keys="START/STOP", when=When(value="ask", is_="yes"))
    start = step("start", "keys", keys="START/STOP")
    begun = Run.begin(procedure(ask, choose, demo, start))
    answered = begun.after(begun.choose("no")).at("choose")
    chosen = answered.after(answered.tick()).at("start")
    assert way_back(chosen) == ("SEQ", "0")
