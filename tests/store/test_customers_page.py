"""The customer's page says of each thing what was seen of it last, in an owner's words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import msgspec
import pytest

from m1tui.advice import Advice
from m1tui.app.run.results import summary_view
from m1tui.clock import run
from m1tui.engine.instrument import Instrument
from m1tui.facts import DOUBT, ERASED, MISHAP, Outcome, Verdict
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.alarms import allocation_changed, on_while_off
from m1tui.procedures.claims import Claim
from m1tui.procedures.events import Event
from m1tui.procedures.journal import Journal, read
from m1tui.procedures.library import load
from m1tui.procedures.perform import Performer
from m1tui.procedures.person import Rehearser
from m1tui.procedures.recording import read_run
from m1tui.procedures.run import CONSENT
from m1tui.procedures.schema import Option, Procedure
from m1tui.procedures.values import Field
from m1tui.resources import screens_folder
from m1tui.store import Store
from m1tui.store.records import DEMO, FileRecord
from m1tui.store.report import render, report
from m1tui.sysex import Allocation
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from tests.procedures.examples import BAD, GOOD, procedure, step
from tests.procedures.test_losses import recorded_over, written_over
from tests.store.journals import journal
from tests.store.memories import memory
from tests.store.test_catalogue import day, save
from tests.store.test_log import log
from tests.store.test_report import ALARM, chapters, page_of, recorded


def advised(code: str) -> Advice:
    return Advice(code, "Something happened.", "")


LOST_CARD = Verdict(
    False,
    "the M1 reports a card without a known format",
    "100 programs",
    "a card without a known format",
    advised("card-lost"),
    name="card-equals-backup",
)
UNSEEN = Verdict(
    False,
    "no program change in PROG mode",
    "program I00",
    "no program change in PROG mode",
    advised("no-program-change"),
    name="program-00",
)


def test_what_a_later_check_answered_is_not_called_unchecked(tmp_path: Path) -> None:
    checks = ("card-equals-backup",)
    begun = recorded(
        tmp_path,
        procedure(step("in", checks=checks), step("out", checks=checks)),
        lambda j: j.run.override("no time"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((LOST_CARD,)),
        lambda j: j.run.override("no cell"),
    )
    remains = page_of(tmp_path, begun)["What remains"]
    assert "Not checked" not in remains
    assert "whether the card is as it was saved" not in remains


def test_memory_protect_that_was_proved_later_is_not_called_unchecked(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("off", checks=("memory-unprotected",)), step("on", checks=("memory-protected",))
        ),
        lambda j: j.run.override("it is off"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="memory-protected"),)),
    )
    page = page_of(tmp_path, begun)
    assert "memory protect" not in " ".join(page.values())
    assert "Step off" not in " ".join(page.values()), "what it was for was seen later"


def test_a_program_that_the_m1_does_not_report_is_not_called_another_one(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("look", "check", checks=("program-00",))),
        lambda j: j.run.judge((UNSEEN,)),
        lambda j: j.run.override("the display shows it"),
    )
    remains = page_of(tmp_path, begun)["What remains"]
    assert remains == (
        "Whether program 00 is selected could not be seen. This was then skipped. Reason: "
        '"the display shows it".'
    )


@pytest.mark.parametrize(
    ("check", "what"),
    [
        ("card-protected", "whether the card's write-protect switch is on"),
        ("card-writable", "whether the card can be written to"),
    ],
)
def test_of_a_card_whose_switch_the_m1_does_not_report_it_is_said_what_is_not_known(
    tmp_path: Path, check: str, what: str
) -> None:
    unsettled = Verdict(None, "unknown", advice=advised("card-protect-not-told"), name=check)
    begun = recorded(
        tmp_path,
        procedure(step("switch", checks=(check,))),
        lambda j: j.run.judge((unsettled,)),
        lambda j: j.run.tick(),
    )
    assert page_of(tmp_path, begun)["What remains"] == f"Not checked: {what}."
    full = " ".join(render(report(log(tmp_path), begun), "text").split())
    assert "although the instrument could have proved it" not in full
    assert "done as reported by the technician; the instrument's answer did not settle it" in full


SAVED = replace(GOOD, name="backup")


@pytest.mark.parametrize(
    ("found", "lost"),
    [
        ("a card without a known format", True),
        ("no card, or one that the M1 does not recognise", False),
    ],
)
def test_a_card_that_no_longer_has_what_was_saved_from_it_is_a_loss_on_every_page(
    tmp_path: Path, found: str, lost: bool
) -> None:
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((SAVED,), backup="card.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(LOST_CARD, found=found),)),
        lambda j: j.run.override("a new cell comes on Friday"),
        of=procedure(
            step("save", "backup", bank="card"), step("out", checks=("card-equals-backup",))
        ),
    )
    book = log(tmp_path)
    begun = book.record(read_run(path)).visit
    page = page_of(tmp_path, begun)
    said = 'Lost: what was on the card. The file "card.syx" contains it.'
    assert (said in page["In short"]) is lost
    assert ("what was on the card was lost, see above" in page["What was done"]) is lost
    assert (
        said not in page["In short"] and "could not be read" in page["What remains"]
    ) is not lost
    full = " ".join(render(report(book, begun), "text").split())
    said = (
        'Lost: what was on the card. At step 2, "Step out", the M1 reported a card without a known '
        'format; the backup "card.syx" contains what was on it.'
    )
    assert (f"Attention: {said}" in full) is lost
    assert ("A check failed, and what was on the card was lost." in full) is lost
    view = summary_view(read(path).run())
    assert (("Attention", said.replace("Lost", "LOST", 1)) in view.advice) is lost
    assert view.meaning.endswith("memory was lost: see Attention") is lost


@pytest.mark.parametrize("lost", [True, False])
def test_a_file_that_is_renamed_has_its_new_name_wherever_a_page_names_it(
    tmp_path: Path, lost: bool
) -> None:
    checks = ("card-equals-backup",)
    doubted = replace(SAVED, values=((DOUBT, "One of its parts was not read twice."),))
    happened = (
        'What is on the card was changed after it was saved: expected what is in "card.syx", found '
        "different contents in: program 03."
    )
    differs = Verdict(
        False, happened, "no difference", "program 03", changed(happened, "card"), name="comparison"
    )
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((doubted,), backup="card.syx"),
        lambda j: j.run.alarm(ALARM, lost="the songs", backup="card.syx"),
        lambda j: j.run.next(),
        *(() if lost else (lambda j: j.run.compare((differs,)),)),
        lambda j: j.run.override("no time"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((LOST_CARD,)),
        lambda j: j.run.override("no cell"),
        of=procedure(
            step("save", "backup", bank="card"),
            step("erase", endangers=("card",), needs=("save",)),
            step("out", checks=checks),
        ),
    )
    book = log(tmp_path)
    begun = book.record(read_run(path)).visit
    for customer in (True, False):
        before = render(report(book, begun), "text", customer=customer)
        assert before.count("card.syx") > 2
    book.rename_file("card.syx", "Gig.syx")
    for customer in (True, False):
        after = render(report(book, begun), "text", customer=customer)
        assert "card.syx" not in after
        assert "Gig.syx" in after
    said = 'Lost: what was on the card. The file "Gig.syx" contains it.'
    assert (said in page_of(tmp_path, begun)["In short"]) is lost


def test_a_card_that_was_restored_after_the_loss_is_not_called_lost(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("save", "backup", bank="card"),
            step("out", checks=("card-equals-backup",)),
            step("again", checks=("card-equals-backup",)),
        ),
        lambda j: j.run.judge((SAVED,), backup="card.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((LOST_CARD,)),
        lambda j: j.run.override("no time"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="card-equals-backup"),)),
    )
    assert "Lost" not in " ".join(page_of(tmp_path, begun).values())


def test_the_procedure_of_a_cards_cell_says_at_which_step_it_is_put_in() -> None:
    of = load(screens_folder() / "ram-card-battery.toml")
    assert [one.id for one in of.steps if one.records == "card-cell-in"] == ["new-cell"]


@pytest.mark.parametrize("records", ["cell-in", "card-cell-in"])
def test_a_new_cell_that_was_not_put_in_is_said_first_and_remains(
    tmp_path: Path, records: str
) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("cell", records=records), step("strap")),
        lambda j: j.run.override("no cell in the drawer"),
        lambda j: j.run.next(),
        lambda j: j.run.override("wore shoes"),
    )
    page = page_of(tmp_path, begun)
    for part in ("In short", "What remains"):
        assert "The new cell was not put in." in page[part]
    assert "One step of the work was skipped." in page["What was done"]
    assert "Step cell" not in " ".join(page.values())
    card = "Have a new cell put in the card before you use it"
    assert (card in page["What to do"]) is (records == "card-cell-in")


@pytest.mark.parametrize("records", ["cell-in", "card-cell-in"])
@pytest.mark.parametrize("fitted_last", [True, False])
def test_of_a_cell_that_was_put_in_in_one_of_two_runs_the_later_one_counts(
    tmp_path: Path, records: str, fitted_last: bool
) -> None:
    of = procedure(step("cell", records=records), step("strap"))

    def skipped(j: Journal) -> Event:
        return j.run.override("no cell in the drawer")

    def fitted(j: Journal) -> Event:
        return j.run.tick()

    first, second = (skipped, fitted) if fitted_last else (fitted, skipped)
    begun = recorded(
        tmp_path, of, first, lambda j: j.run.next(), lambda j: j.run.override("wore shoes")
    )
    unfinished = journal(tmp_path / "journals", second, of=of, now=lambda: day(21))
    log(tmp_path).record(read_run(unfinished), visit=begun)
    page = page_of(tmp_path, begun)
    said = "The new cell was not put in."
    assert (said not in " ".join(page.values())) is fitted_last
    assert (said in page["In short"] and said in page["What remains"]) is not fitted_last
    assert ("A new cell was put in." in page["In short"]) is (fitted_last and records == "cell-in")
    card = "Have a new cell put in the card before you use it"
    assert (card in page["What to do"]) is (records == "card-cell-in" and not fitted_last)


def heard(code: str, found: str) -> Verdict:
    """Return what the answers of a person who listened point to."""
    advice = Advice(
        code, "Suspected.", "", "A cable; otherwise a joint. Not measured.", "Swap the two cables."
    )
    evidence = f"suspected fault: {found} (output 1/L: nothing)"
    return Verdict(False, evidence, "no fault", found, advice, name="sound-suspicion")


@pytest.mark.parametrize("code", ["suspect-output-left", "suspect-effects"])
def test_a_fault_that_was_only_heard_is_suspected_on_every_page(tmp_path: Path, code: str) -> None:
    found = "output 1/L is silent, 2/R is not"
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((heard(code, found),)),
        lambda j: j.run.accept(),
        of=procedure(step("answers", "check", checks=("sound-suspicion",), finds=True)),
    )
    book = log(tmp_path)
    begun = book.record(read_run(path)).visit
    page = page_of(tmp_path, begun)
    said = f"Suspected from what was heard: {found}."
    for part in ("In short", "What was wrong", "What remains"):
        assert said in page[part]
    swap = "Swapping the cables shows whether the M1 or a cable is at fault."
    assert (swap in page["In short"]) is (code == "suspect-output-left")
    assert "not repaired" not in " ".join(page.values())
    assert "done; a fault is suspected, see below" in page["What was done"]
    full = " ".join(render(report(book, begun), "text").split())
    assert "MISMATCH. A fault is suspected." in full
    assert (
        f"Suspected fault: {found} (output 1/L: nothing), from what was heard. A "
        "cable; otherwise a "
        "joint. Not measured. Swap the two cables."
    ) in full
    assert ("Faults", f"Step answers: suspected from what was heard: {found}") in summary_view(
        read(path).run()
    ).advice


def test_a_test_of_parts_that_left_some_out_is_done_in_part_and_names_them_first(
    tmp_path: Path,
) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("keys", "check", checks=("keybed",)),
            step("press", "check", checks=("aftertouch-seen",)),
            step("feet", "check", checks=("pedals-seen",)),
        ),
        lambda j: j.run.judge((replace(GOOD, name="keybed"),)),
        lambda j: j.run.next(),
        lambda j: j.run.override("no time"),
        lambda j: j.run.next(),
        lambda j: j.run.override("no plug"),
    )
    page = page_of(tmp_path, begun)
    assert "Not tested: aftertouch and the pedals." in page["In short"]
    assert "An example done in part" in page["What was done"]


def test_a_repair_after_which_a_part_was_not_tested_is_not_called_done_in_part(
    tmp_path: Path,
) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("find", "check", checks=("answers",)),
            step("press", "check", checks=("aftertouch-seen",)),
        ),
        lambda j: j.run.judge((GOOD,)),
        lambda j: j.run.next(),
        lambda j: j.run.override("no time"),
    )
    page = page_of(tmp_path, begun)
    assert "Not tested: aftertouch." in page["In short"]
    assert "in part" not in page["What was done"]


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ("silent for 301 s; then it answered", "while it was off for five minutes."),
        (
            "silent for 300 s, of which the rehearsal skipped 295 s; then it answered",
            "while it was off for five minutes, of which the rehearsal skipped 295 seconds.",
        ),
    ],
)
def test_a_rehearsal_that_skipped_a_wait_says_so_to_the_customer_too(
    tmp_path: Path, evidence: str, said: str
) -> None:
    off = Verdict(True, evidence, name="off-five-minutes")
    begun = recorded(
        tmp_path,
        procedure(step("off", "check", checks=("off-five-minutes", "memory-as-backup"))),
        lambda j: j.run.judge((off, replace(GOOD, name="memory-as-backup"))),
    )
    assert f"The M1 kept its memory {said}" in page_of(tmp_path, begun)["What was done"]


def test_a_step_that_failed_and_was_skipped_is_called_so(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("look", "check", checks=("program-00",))),
        lambda j: j.run.judge((UNSEEN,)),
        lambda j: j.run.override("the display shows it"),
    )
    full = " ".join(render(report(log(tmp_path), begun), "text").split())
    assert "Failed and skipped: Step look. Found instead: no program change in PROG mode." in full
    assert "Not done: Step look" not in full


def unheard(name: str, evidence: str) -> Verdict:
    return Verdict(False, f"{evidence} (in 4.5 s)", "all of it", evidence, name=name)


PRESSURE = unheard("aftertouch-seen", "aftertouch: channel pressure not heard")
UP_DOWN = unheard("up-down-seen", "UP and DOWN not heard")
HALF = unheard("joystick-seen", "joystick: right heard; left, up and down not heard")


def test_a_part_that_was_not_heard_and_skipped_is_named_once_and_is_no_fault(
    tmp_path: Path,
) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("press", "check", checks=("aftertouch-seen", "joystick-seen")),
            step("look", "check", checks=("program-00", "up-down-seen")),
            step("keys", "check", checks=("keybed",), finds=True),
        ),
        lambda j: j.run.judge((PRESSURE, replace(GOOD, name="joystick-seen"))),
        lambda j: j.run.override("did not press hard enough"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="program-00"), UP_DOWN)),
        lambda j: j.run.override("no headphones"),
        lambda j: j.run.next(),
        lambda j: j.run.judge(
            (Verdict(False, "1 key", "61", "60 of 61 keys good", name="keybed"),)
        ),
        lambda j: j.run.accept(),
    )
    page = page_of(tmp_path, begun)
    assert "Not tested" not in " ".join(page.values()), "both were tried"
    assert "No aftertouch was heard. The test was then skipped." in page["In short"]
    assert page["In short"].count("This is not repaired.") == 1, "the keys are"
    assert "aftertouch" not in page["What was wrong"]
    assert "UP" not in page["What was wrong"]
    assert "Not done" not in page["What was done"], "both steps have proved something"
    assert (
        "No aftertouch was heard. The test was then skipped. Reason: "
        '"did not press hard enough".' in page["What remains"]
    )
    assert (
        "No signal came from the keys UP and DOWN. The test was then skipped. Reason: "
        '"no headphones".' in page["What remains"]
    )
    full = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert full.index("Fault: ") < full.index("Failed and skipped: Step press.")


def test_a_part_of_which_one_end_was_not_heard_stays_a_fault_where_it_was_skipped(
    tmp_path: Path,
) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("stick", "check", checks=("joystick-seen",))),
        lambda j: j.run.judge((HALF,)),
        lambda j: j.run.override("no time"),
    )
    page = page_of(tmp_path, begun)
    assert "The joystick gave no signal for " in page["What remains"]
    assert "Not tested" not in " ".join(page.values())
    assert "Not done" not in page["What was done"], "it was tried"


def sent(j: Journal) -> Event:
    return j.run.judge((replace(GOOD, name="restore", outcome=Outcome.VERIFIED, wrote=True),))


@pytest.mark.parametrize("own", [True, False])
def test_former_sounds_are_called_so_and_the_same_file_is_described_once(
    tmp_path: Path, own: bool
) -> None:
    old = save(tmp_path, memory())
    twin = old.with_name("twin.syx")
    twin.write_bytes(old.read_bytes())
    twin.with_suffix(".json").write_bytes(old.with_suffix(".json").read_bytes())
    other = tmp_path / "factory.syx"
    other.write_bytes(b"\xf0\xf7")
    origin = str(old if own else other)
    begun = recorded(
        tmp_path,
        procedure(
            step("save", "backup"),
            step("save-again", "backup"),
            step("from", "source"),
            step("send", "restore", from_="from"),
        ),
        lambda j: j.run.judge((SAVED,), backup=str(old)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((SAVED,), backup=str(twin)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="source"),), origin=origin),
        lambda j: j.run.next(),
        sent,
    )
    done = page_of(tmp_path, begun)["What was done"]
    assert "twin.syx" not in done, "an owner needs it once"
    said = f"{old.name} contains your former sounds, which are no longer in the M1 as they were."
    assert (said in done) is not own


@pytest.mark.parametrize("port", ["virtual:healthy", "raw:/dev/snd/midiC1D0"])
def test_nothing_came_to_anybody_for_a_rehearsal(tmp_path: Path, port: str) -> None:
    book = log(tmp_path)
    path = journal(
        tmp_path / "journals", lambda j: j.run.tick(), of=procedure(step("a")), port=port
    )
    page = page_of(tmp_path, book.record(read_run(path)).visit)
    wrong = page["What was wrong"]
    rehearsed = "All of this was a rehearsal on a virtual M1: no M1 came to us."
    assert ("Rehearsed on 20 November 2026." in page["What was done"]) is port.startswith("virtual")
    assert (rehearsed in page["In short"]) is port.startswith("virtual")
    assert ("It came to us on 20 November 2026." in wrong) is not port.startswith("virtual")


def test_a_repair_that_was_skipped_is_said_without_the_title_of_its_step(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("joints", rehearse=("mend",)), step("ground")),
        lambda j: j.run.override("out of solder"),
        lambda j: j.run.next(),
        lambda j: j.run.override("strap is lost"),
    )
    done = page_of(tmp_path, begun)["What was done"]
    assert (
        'The step at which the repair is made was skipped. Reason: "out of solder". One more step '
        'of the work was skipped. Reason: "strap is lost". Ask us what it was.' in done
    )
    assert "Step" not in done


def test_a_reading_outside_assumed_bounds_is_not_called_bad_and_what_to_do_is_said(
    tmp_path: Path,
) -> None:
    rail = Field(
        name="minus",
        label="-12 V, CN12A, without sign",
        low=0,
        high=20,
        decimals=2,
        unit="V",
        least=11.4,
        most=12.6,
        assumed=True,
    )
    begun = recorded(
        tmp_path,
        procedure(step("rails", "values", fields=(rail,))),
        lambda j: j.run.write_down({"minus": "9.4"}),
    )
    page = page_of(tmp_path, begun)
    assert (
        "The -12 V supply (inside, at CN12A) measured 9.4 V without its sign, which is lower than "
        "we expect (about 11.4 to 12.6 V). It was not measured again." in page["What remains"]
    )
    assert page["In short"].endswith("9.4 V without its sign, which is lower than we expect.")
    assert "9.4 V (measured without its sign; good: about 11.4" in page["What was done"]
    assert "without sign" not in " ".join(page.values())
    assert "Have the power supply checked and repaired" in page["What to do"]
    full = " ".join(render(report(log(tmp_path), begun), "text").split())
    assert "9.4 V is lower than expected. Expected about 11.4 to 12.6 V." in full


def test_the_proof_that_the_m1_is_silent_does_not_prove_the_wait(
    tmp_path: Path,
) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("wait", checks=("silent",)), step("keys", "keys", checks=("answers",))),
        lambda j: j.run.judge((replace(GOOD, name="silent", evidence="nothing for 3 s"),)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,)),
    )
    proved = chapters(render(report(log(tmp_path), begun), "text"))["Proved"]
    rest = "only this is proved; the rest of the step is as reported by the technician"
    assert f"passed: nothing for 3 s\n    {rest}\n" in proved
    assert proved.count(rest) == 1


PART = Field(name="part", label="Part", records="parts")
OLD_CELL = Field(
    name="old", label="Old cell", low=0, high=5, decimals=2, unit="V", records="old-cell-volts"
)


@pytest.mark.parametrize(("volts", "bad"), [("2.41", True), ("2.9", False)])
def test_an_old_cell_that_was_low_is_what_was_wrong(tmp_path: Path, volts: str, bad: bool) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("measure", "values", fields=(OLD_CELL,))),
        lambda j: j.run.write_down({"old": volts}),
    )
    said = (
        f"We found: The old cell measured {volts} V. At about 2.5 V or less the M1 warns that its "
        "cell is low."
    )
    assert (said in page_of(tmp_path, begun)["What was wrong"]) is bad


def changed(happened: str, file: str = "a") -> Advice:
    safe = f'The file "{file}.syx" is unchanged.'
    return Advice("changed-since-backup", happened, safe, "A guess.")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            'song 0 "Workbench", song 1 "Night Bus"',
            "Songs 0 and 1 were changed after they had been saved.",
        ),
        ('song 3 "A, B"', "Song 3 was changed after it had been saved."),
        ("program I07 Organ", "Changed in the M1 after it had been saved: program I07 Organ."),
    ],
)
def test_what_was_changed_after_it_was_saved_is_said_plainly_and_once(
    tmp_path: Path, found: str, said: str
) -> None:
    happened = (
        'What is in the M1 was changed after it was saved: expected what is in "a.syx", found '
        f"different contents in: {found}."
    )
    verdict = Verdict(False, happened, "no difference", found, changed(happened), name="comparison")
    begun = recorded(
        tmp_path,
        procedure(
            step("save", "backup"),
            step("erase", endangers=("sequence",), needs=("save",)),
        ),
        lambda j: j.run.judge((SAVED,), backup="a.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.compare((verdict,)),
    )
    page = page_of(tmp_path, begun)
    assert f'{said} What was there before is in the file "a.syx".' in page["In short"]
    told = " ".join(page.values())
    assert told.count(said) == 1
    assert "A guess" not in told
    assert 'See also "In short".' in page["What remains"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (recorded_over, "Song 0 was changed after it had been saved."),
        (written_over, 'Changed in the M1 after it had been saved: program 03 "Amber Tine".'),
    ],
)
def test_a_change_between_two_backups_is_said_in_an_owners_words_too(
    tmp_path: Path, change: Callable[[VirtualM1], None], said: str
) -> None:
    machine = scenario("unprotected")
    of = procedure(step("save", "backup"), step("two"))
    begun = Journal.begin(tmp_path / "journals", of, port="raw:/dev/snd/midiC1D0")

    async def twice() -> None:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            for _ in range(2):
                event = (await performer.perform(begun.run)).event(begun.run)
                assert event is not None
                begun.record(event)
                change(machine)
                if len(begun.run.readings) == 1:
                    begun.record(begun.run.retry())

    with begun:
        run(twice())
    visit = log(tmp_path).record(read_run(begun.path)).visit
    first = Path(begun.run.readings[0][1]).name
    assert page_of(tmp_path, visit)["In short"] == (
        f'{said} What was there before is in the file "{first}".'
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            "32 of 34 heard; not heard: COMBI and 5",
            "No signal came from the panel keys COMBI and 5. This is not repaired.",
        ),
        (
            "31 of 34 heard; not heard: COMBI and 5; not certain: 3",
            "No signal came from the panel keys COMBI and 5. This is not repaired. It "
            "is not certain whether the panel key 3 works.",
        ),
        (
            "32 of 34 heard; not certain: 3 and 4",
            "It is not certain whether the panel keys 3 and 4 work.",
        ),
    ],
)
def test_panel_keys_that_are_not_certain_are_not_called_silent(
    tmp_path: Path, found: str, said: str
) -> None:
    bad = Verdict(False, found, "all", found, advised("panel-keys-not-heard"), "panel-keys-seen")
    begun = recorded(
        tmp_path,
        procedure(step("press", "check", checks=("panel-keys-seen",), finds=True)),
        lambda j: j.run.judge((bad,)),
        lambda j: j.run.accept(),
    )
    page = page_of(tmp_path, begun)
    assert page["What remains"] == page["In short"] == said
    assert said.replace(" This is not repaired.", "") in page["What was wrong"]


def test_a_song_that_comes_back_with_the_one_to_be_erased_is_said_to_the_customer(
    tmp_path: Path,
) -> None:
    advice = Advice(
        "other-songs-changed",
        'Also changed: song 0 "Workbench".',
        "The file has it. That also undoes what has been recorded or erased since.",
    )
    values = (
        (ERASED, 'song 1 "Night Bus"'),
        (MISHAP, 'song 0 "Workbench" (tracks 1 to 4) was erased'),
    )
    empty = 'song 1 "New Song" has no steps'
    erased = Verdict(True, empty, empty, empty, advice, name="song-empty", values=values)
    begun = recorded(
        tmp_path,
        procedure(step("erase", "check", checks=("song-empty",))),
        lambda j: j.run.judge((erased,)),
        lambda j: j.run.ask_again((), ()),
    )
    page = page_of(tmp_path, begun)
    assert (
        'By mistake, song 0 "Workbench" (tracks 1 to 4) was erased, too. It was saved before. We '
        "can load it again, but that also brings back the song that was to be erased."
    ) in page["In short"]
    assert (
        'An example done (song 1 "Night Bus"); more was erased by mistake, see above'
        in page["What was done"]
    )
    assert " ".join(page.values()).count("Workbench") == 1


def test_what_was_erased_as_intended_is_said_where_a_check_failed_too(tmp_path: Path) -> None:
    mishaps = ('song 0 "A" (track 1) was erased', 'the settings of song 2 "B" were changed')
    values = ((ERASED, 'song 1 "Night Bus"'), *((MISHAP, one) for one in mishaps))
    erased = Verdict(
        True, "", "", "", advised("other-songs-changed"), name="song-empty", values=values
    )
    begun = recorded(
        tmp_path,
        procedure(
            step("off", "check", checks=("memory-unprotected",)),
            step("erase", "check", checks=("song-empty",)),
        ),
        lambda j: j.run.judge((replace(BAD, name="memory-unprotected"),)),
        lambda j: j.run.override("no time"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((erased,)),
        lambda j: j.run.ask_again((), ()),
    )
    page = page_of(tmp_path, begun)
    assert (
        'song 1 "Night Bus" erased and proved to be empty; a check failed'
        in (page["What was done"])
    )
    assert f"By mistake, {mishaps[0]}; {mishaps[1]}. All of this was saved" in page["In short"]


def test_a_song_whose_name_has_a_backslash_is_named_as_erased(tmp_path: Path) -> None:
    name = r'song 0 "A\B\1"'
    erased = replace(GOOD, name="song-empty", values=((ERASED, name),))
    begun = recorded(
        tmp_path,
        procedure(step("erase", "check", checks=("song-empty",))),
        lambda j: j.run.judge((erased,)),
    )
    assert f"An example done ({name});" in page_of(tmp_path, begun)["What was done"]


@pytest.mark.parametrize(
    ("found", "unchecked"),
    [
        ("programs protected", " (combinations and songs not checked then)"),
        (
            "programs protected, combinations not known",
            " (combinations and songs not checked then)",
        ),
        ("programs protected, combinations protected, sequence unprotected", ""),
    ],
)
def test_protects_that_were_not_asked_are_not_passed_over_in_silence(
    tmp_path: Path, found: str, unchecked: str
) -> None:
    bad = Verdict(False, "refused", "all unprotected", found, name="memory-unprotected")
    begun = recorded(
        tmp_path,
        procedure(step("off", "check", checks=("memory-unprotected",))),
        lambda j: j.run.judge((bad,)),
        lambda j: j.run.judge((replace(GOOD, name="memory-unprotected"),)),
    )
    full = " ".join(render(report(log(tmp_path), begun), "text").split())
    named = "programs, combinations" if "combinations protected" in found else "programs"
    assert f"at first still protected: {named}{unchecked} " in full


def test_protects_of_which_a_check_found_one_off_are_named_one_by_one(tmp_path: Path) -> None:
    found = "programs protected, combinations unprotected"
    bad = Verdict(False, "wrote", "all protected", found, name="memory-protected")
    begun = recorded(
        tmp_path,
        procedure(step("on", "check", checks=("memory-protected",))),
        lambda j: j.run.judge((bad,)),
        lambda j: j.run.override("he wants to edit at home"),
    )
    said = (
        "Memory protect for combinations is OFF: a wrong key can overwrite sounds. Why it was left "
        'so: "he wants to edit at home". To turn it on again, press GLOBAL 6 + B UP.'
    )
    how = "Press these keys one after the other; + is the M1's key PAGE +."
    assert page_of(tmp_path, begun)["What remains"] == f"{said} {how}"


def test_the_demo_sounds_are_not_taken_for_the_owners_own(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("save", "backup"), step("from", "source"), step("send", "restore")),
        lambda j: j.run.judge((SAVED,), backup="own.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,), origin=DEMO),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="restore"),), backup="later.syx"),
    )
    page = page_of(tmp_path, begun)
    assert "The M1 contains m1tui's demo sounds, not your own." in page["In short"]
    done = page["What was done"]
    assert (
        'After "An example" the M1 contained m1tui\'s demo sounds, not your own. What was in it '
        'before is in the file "own.syx".'
    ) in done


@pytest.mark.parametrize(
    ("wrote", "said"),
    [
        (True, "Your sounds were sent back to the M1 and proved to be the same."),
        (False, "Your sounds were in the M1 already, so nothing was sent: this was proved."),
    ],
)
def test_sounds_are_said_to_be_sent_back_only_where_something_was_written(
    tmp_path: Path, wrote: bool, said: str
) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("save", "backup"), step("from", "source"), step("send", "restore")),
        lambda j: j.run.judge((SAVED,), backup="own.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,), origin="own.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="restore", wrote=wrote),)),
    )
    assert said in page_of(tmp_path, begun)["In short"]


@pytest.mark.parametrize("found", [True, None])
def test_sounds_that_the_last_look_found_are_named_first_though_a_step_was_skipped(
    tmp_path: Path, found: bool | None
) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("save", "backup"),
            step("from", "source"),
            step("send", "restore"),
            step("hold", checks=("off-five-minutes", "memory-equals")),
        ),
        lambda j: j.run.judge((SAVED,), backup="own.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,), origin="other.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="restore"),), backup="later.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.override("no time to wait for it"),
        lambda j: j.run.ask_again(
            (Claim("memory", "as sent"),), (replace(GOOD, passed=found),), ()
        ),
    )
    page = page_of(tmp_path, begun)
    short = page["In short"]
    named = "The M1 contains what is in the file other.syx: this was proved."
    assert (named in short) == bool(found)
    unchecked = "Not checked: whether the M1 keeps its memory when it is off."
    assert unchecked in short
    read_back = "" if found else "The sounds were read back and were as sent. "
    assert page["What remains"].startswith(f"{read_back}{unchecked}")


def test_settings_that_are_left_are_explained_to_an_owner(tmp_path: Path) -> None:
    path = journal(tmp_path / "journals", lambda j: j.run.tick(), of=procedure(step("one")))
    left = (
        "The exclusive filter is left at ENA: it was at DIS when the program first asked. To set "
        "it back, press GLOBAL 5 + H DOWN.",
        'Memory protect is left OFF (proved at step 4, "Off"). To turn it on again, press G.',
    )
    kept = log(tmp_path).record(msgspec.structs.replace(read_run(path), left=left))
    remains = page_of(tmp_path, kept.visit)["What remains"]
    assert (
        "MIDI Exclusive is now on; it was off before the work. To set it back, press GLOBAL 5 + H "
        "DOWN."
    ) in remains
    assert (
        "Memory protect is left OFF: a wrong key can overwrite sounds. To turn it on again, press "
        "G."
    ) in remains


def test_a_setting_that_a_skipped_step_may_have_changed_is_named_without_steps(
    tmp_path: Path,
) -> None:
    on = "GLOBAL 6 B UP + B UP + B UP"
    begun = recorded(
        tmp_path,
        procedure(
            step("off", "check", checks=("memory-unprotected",)),
            step("on", "keys", keys=on, checks=("memory-protected",)),
        ),
        lambda j: j.run.judge((replace(GOOD, name="memory-unprotected"),)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((Verdict(False, "OFF", name="memory-protected"),)),
        lambda j: j.run.override("two of three will do"),
    )
    page = page_of(tmp_path, begun)
    assert (
        "After that, the keys that change it may have been pressed. It has not been checked since "
        "then."
    ) in page["What remains"]
    assert "at step" not in " ".join(page.values())


def test_a_protect_that_was_off_when_it_was_last_checked_is_said_to_be_so_once(
    tmp_path: Path,
) -> None:
    found = "programs protected, combinations unprotected"
    begun = recorded(
        tmp_path,
        procedure(
            step("off", "check", checks=("memory-unprotected",), claims=("protects = OFF",)),
            step("on", "keys", keys="GLOBAL 6 B UP + B UP + B UP", checks=("memory-protected",)),
        ),
        lambda j: j.run.judge((replace(GOOD, name="memory-unprotected"),)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((Verdict(False, "OFF", found=found, name="memory-protected"),)),
        lambda j: j.run.override("no time"),
    )
    assert (
        "Memory protect for songs was OFF when it was last checked. The keys that change it may "
        'have been pressed since then. Why it was left so: "no time". To turn it on again, '
    ) in page_of(tmp_path, begun)["What remains"]


@pytest.mark.parametrize("noted", ["EXT", "INT"])
def test_an_owner_is_told_that_an_external_clock_is_to_be_set_after_each_power_on(
    tmp_path: Path, noted: str
) -> None:
    clock = {
        "EXT": "the M1 waits for an external clock (EXT)",
        "INT": "the M1 uses its own clock (INT)",
    }
    path = journal(
        tmp_path / "journals", lambda j: j.run.tick(), of=procedure(step("back"), step("end"))
    )
    record = read_run(path)
    (first, *rest) = record.steps
    first = msgspec.structs.replace(first, sets_back=True, unchecked=(clock[noted],))
    begun = log(tmp_path).record(msgspec.structs.replace(record, steps=(first, *rest))).visit
    remains = page_of(tmp_path, begun)["What remains"]
    assert f"clock {noted}" in remains
    said = "When the M1 is switched on, it uses its own clock (INT): set EXT again then."
    assert (said in remains) is (noted == "EXT")


def test_what_a_skipped_check_found_is_not_named_where_a_later_one_found_it_otherwise(
    tmp_path: Path,
) -> None:
    def ran(folder: Path, *, later: bool) -> str:
        passed = replace(GOOD, name="memory-protected")
        begun = recorded(
            folder,
            procedure(
                step("off", "check", checks=("memory-unprotected",)),
                step("on", "check", checks=("memory-protected",)),
            ),
            lambda j: j.run.judge((Verdict(False, "ON", name="memory-unprotected"),)),
            lambda j: j.run.override("it is used at a museum"),
            lambda j: j.run.next(),
            lambda j: j.run.judge((passed,)) if later else j.run.override("no time for it now"),
        )
        return page_of(folder, begun)["What remains"]

    said = "The M1's memory is still protected."
    assert said in ran(tmp_path / "skipped", later=False)
    assert said not in ran(tmp_path / "proved", later=True)


def test_a_step_that_was_to_switch_the_m1_off_and_was_skipped_is_named_without_its_number(
    tmp_path: Path,
) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("off", "check", checks=("memory-unprotected",)),
            step("on", "keys", keys="GLOBAL 6 B UP + B UP + B UP", checks=("memory-protected",)),
            step(
                "hold",
                rehearse=("power-off", "wait 300", "power-on"),
                checks=("off-five-minutes",),
                claims=("power = five minutes of silence, then an answer",),
            ),
        ),
        lambda j: j.run.judge((replace(GOOD, name="memory-unprotected"),)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((Verdict(False, "OFF", found="songs unp", name="memory-protected"),)),
        lambda j: j.run.override("one of three will do"),
        lambda j: j.run.next(),
        lambda j: j.run.override("no time to wait for it"),
    )
    remains = page_of(tmp_path, begun)["What remains"]
    assert (
        "After that the check found songs unp. After that the M1 was to be switched off, which "
        "was not done or not seen. It has not been checked since then."
    ) in remains
    assert "step 2" not in remains
    assert "The M1's memory is not protected." not in remains


def test_the_customer_reads_why_a_test_was_left_out_and_a_fault_before_it(tmp_path: Path) -> None:
    options = (Option(label="Yes"), Option(label="No", go="more", because="there was no song"))
    begun = recorded(
        tmp_path,
        procedure(
            step("has", "question", options=options),
            step("play", "check", checks=("song-plays",), finds=True),
            step("more", "check", checks=("keybed",), finds=True),
            step("last"),
        ),
        lambda j: j.run.choose("No"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((Verdict(False, "one key", "all", "one key", name="keybed"),)),
        lambda j: j.run.accept(),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
    )
    remains = page_of(tmp_path, begun)["What remains"]
    assert remains.startswith("One key. This is not repaired.")
    assert "Not tested: playing a song, because there was no song." in remains
    assert "was answered" not in remains


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (("keybed", "pedals-seen"), ""),
        (("keybed",), "Not tested: the pedals, because there were none."),
        ((), "Not tested: the keys and the pedals, because there were none."),
    ],
)
def test_a_test_that_a_later_step_made_is_not_called_left_out(
    tmp_path: Path, later: tuple[str, ...], said: str
) -> None:
    options = (Option(label="Yes"), Option(label="No", go="after", because="there were none"))
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.choose("No"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD, *(replace(GOOD, name=one) for one in later))),
        of=procedure(
            step("has", "question", options=options),
            step("first", "check", checks=("keybed", "pedals-seen"), finds=True),
            step("after", "check", checks=("answers", *later)),
        ),
    )
    book = log(tmp_path)
    begun = book.record(read_run(path)).visit
    assert page_of(tmp_path, begun)["What remains"] == (said or "Nothing that we found.")
    asked = '"Step first" was not tested: "Step has" was answered "No".'
    full = " ".join(render(report(book, begun), "text").split())
    assert (asked in full) is bool(said)
    assert (("Untested", asked) in summary_view(read(path).run()).advice) is bool(said)


def test_every_answer_that_leads_past_a_test_says_why_to_an_owner() -> None:
    for path in sorted(screens_folder().glob("*.toml")):
        of = load(path)
        ids = [one.id for one in of.steps]
        for at, asked in enumerate(of.steps):
            for option in asked.options:
                past = of.steps[at + 1 : ids.index(option.go)] if option.go else ()
                if any(one.finds for one in past) and not of.leads_past_most:
                    assert option.because, (of.id, option.label)


def test_questions_about_a_fault_say_where_they_have_led(tmp_path: Path) -> None:
    path = journal(tmp_path / "journals", lambda j: j.run.tick(), of=procedure(step("one")))
    book = log(tmp_path)
    asked = msgspec.structs.replace(
        read_run(path),
        work="Questions about the fault",
        procedure="symptoms",
        asks=True,
        led_to="example",
        outcome="DONE BY HAND",
    )
    begun = book.record(asked).visit
    done = page_of(tmp_path, begun)["What was done"]
    assert "Questions about the fault answered" in done
    book.record(read_run(journal(tmp_path / "journals", lambda j: j.run.tick())), visit=begun)
    done = page_of(tmp_path, begun)["What was done"]
    assert 'Questions about the fault answered; they led to "An example"' in done


def test_questions_that_were_not_asked_stand_in_one_line(tmp_path: Path) -> None:
    ways = tuple(step(f"way{one}") for one in range(5))
    asked = step("which", "question", options=(Option(label="the last", go="last"),))
    begun = recorded(
        tmp_path,
        procedure(asked, *ways, step("last")),
        lambda j: j.run.choose("the last"),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
    )
    full = render(report(log(tmp_path), begun), "text")
    assert "[-] 5 steps that were left out" in full
    assert "[-] Step way" not in full


def test_what_a_virtual_m1_was_heard_to_do_is_not_among_the_proofs(tmp_path: Path) -> None:
    sent = Verdict(
        True, "8 notes were sent. The virtual M1: nothing is heard (output dead)", name="plays"
    )
    begun = recorded(
        tmp_path,
        procedure(step("play", "check", checks=("plays-selected",))),
        lambda j: j.run.judge((replace(sent, name="plays-selected"),)),
    )
    done, proved = render(report(log(tmp_path), begun), "text").split("\nProved\n")
    assert "output dead" in done
    assert "passed: 8 notes were sent" in proved
    assert "output dead" not in proved


def test_a_loss_comes_before_a_broken_link_whose_address_is_in_no_summary(tmp_path: Path) -> None:
    broke = Advice(
        "link-lost", "The connection to 127.0.0.1, port 47831 broke: it was closed.", "No more."
    )
    begun = recorded(
        tmp_path,
        procedure(step("one"), step("two")),
        lambda j: j.run.alarm(broke),
        lambda j: j.run.alarm(
            Advice("gone", "The songs are gone.", ""), lost="the songs", backup="a.syx"
        ),
        lambda j: j.run.tick(),
    )
    full = render(report(log(tmp_path), begun), "text")
    short = " ".join(full[: full.index("Instrument and visit")].split())
    assert "127.0.0.1" not in short
    assert short.index("Lost: the songs") < short.index("The connection broke: it was closed.")


def test_songs_that_another_allocation_destroyed_are_said_to_be_lost_by_that(
    tmp_path: Path,
) -> None:
    alarm = allocation_changed(Allocation.LARGE_SEQUENCE, Allocation.LARGE_PROGRAM, "a.syx")
    begun = recorded(
        tmp_path,
        procedure(step("one")),
        lambda j: j.run.alarm(alarm.advice, lost="the songs", backup=alarm.backup),
        lambda j: j.run.tick(),
    )
    by = "when the memory allocation was changed from 50/50 to 100/100"
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert (
        f'Lost: the songs. Lost at step 1, "Step one", {by}; the backup "a.syx" contains what was '
        "lost." in short
    )
    page = page_of(tmp_path, begun)
    assert (
        f'Lost: the songs. This happened {by}. The file "a.syx" contains what was lost.'
        in page["In short"]
    )


def test_exclusive_at_dis_in_an_initialised_memory_is_no_failure(tmp_path: Path) -> None:
    off = Verdict(False, "Exclusive disabled", "an answer in any mode", name="exclusive-enabled")
    empty = Verdict(True, "all the same", "all the same", name="memory-initialised", decides=False)
    begun = recorded(
        tmp_path,
        procedure(
            step("again", "check", checks=("exclusive-enabled",), observes=("memory-initialised",))
        ),
        lambda j: j.run.judge((off,)),
        lambda j: j.run.judge((replace(GOOD, name="exclusive-enabled"), empty)),
    )
    full = " ".join(render(report(log(tmp_path), begun), "text").split())
    assert "at first Exclusive was at DIS, as in any initialised memory" in full
    assert "FAILED" not in full


def again(
    folder: Path, visit_id: str, of: Procedure, *events: Callable[[Journal], Event], on: int = 21
) -> str:
    """Record another run in a visit, a day later; return the visit's id."""
    path = journal(folder / "journals", *events, of=of, now=lambda: day(on))
    log(folder).record(read_run(path), visit=visit_id)
    return visit_id


def not_heard(name: str, found: str, code: str = "") -> Verdict:
    return Verdict(False, found, "all of it", found, advised(code) if code else None, name=name)


def test_a_cell_that_never_came_out_of_its_card_is_not_to_be_replaced(tmp_path: Path) -> None:
    of = load(screens_folder() / "ram-card-battery.toml")
    begun = recorded(tmp_path, of, lambda j: j.run.abandon("wrong page"))
    assert "new cell put in the card" not in page_of(tmp_path, begun)["What to do"]


def test_a_card_whose_cell_is_out_is_to_have_a_new_one(tmp_path: Path) -> None:
    of = procedure(step("out", records="card-cell-out"), step("in", records="card-cell-in"))
    begun = recorded(
        tmp_path,
        of,
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.abandon("no cell of that size"),
    )
    assert "Have a new cell put in the card" in page_of(tmp_path, begun)["What to do"]


def test_a_part_that_was_good_once_and_not_tested_again_is_not_called_untested(
    tmp_path: Path,
) -> None:
    of = procedure(step("slider", "check", checks=("slider-seen",), finds=True))
    begun = recorded(tmp_path, of, lambda j: j.run.judge((replace(GOOD, name="slider-seen"),)))
    again(tmp_path, begun, of, lambda j: j.run.override("slider cap missing"))
    page = page_of(tmp_path, begun)
    assert "Not tested" not in " ".join(page.values())
    assert (
        "Good in an earlier test, and not tested again: the VALUE slider." in page["What was done"]
    )


@pytest.mark.parametrize("skipped", [True, False])
def test_a_fault_stays_on_the_page_where_a_later_run_did_not_test_the_part(
    tmp_path: Path, skipped: bool
) -> None:
    pedals = step("pedals", "check", checks=("pedals-seen",), finds=True)
    options = (Option(label="Yes"), Option(label="No", go="last", because="there were none"))
    of = procedure(step("has", "question", options=options), pedals, step("last"))
    begun = recorded(
        tmp_path,
        of,
        lambda j: j.run.choose("Yes"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((not_heard("pedals-seen", "damper not heard", "nothing-moved"),)),
        lambda j: j.run.accept(),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
    )
    if skipped:
        passing = (lambda j: j.run.choose("Yes"), lambda j: j.run.next())
        last = (lambda j: j.run.override("no time"), lambda j: j.run.next())
        again(tmp_path, begun, of, *passing, *last, lambda j: j.run.tick())
    else:
        ways = (lambda j: j.run.choose("No"), lambda j: j.run.next(), lambda j: j.run.tick())
        again(tmp_path, begun, of, *ways)
    page = page_of(tmp_path, begun)
    for part in ("In short", "What was wrong", "What remains"):
        assert "No signal came from the pedals" in page[part]
    for part in ("In short", "What remains"):
        assert "They were not tested again." in page[part]
    assert "there were none" not in " ".join(page.values())


def test_a_fault_that_another_procedure_found_repaired_is_not_called_open(tmp_path: Path) -> None:
    look = procedure(step("joystick", "check", checks=("joystick-seen",), finds=True))
    begun = recorded(
        tmp_path,
        look,
        lambda j: j.run.judge((not_heard("joystick-seen", "joystick: left not heard"),)),
        lambda j: j.run.accept(),
    )
    mend = msgspec.structs.replace(
        procedure(step("range", "check", checks=("joystick-range",))), id="mending"
    )
    again(tmp_path, begun, mend, lambda j: j.run.judge((replace(GOOD, name="joystick-range"),)))
    page = page_of(tmp_path, begun)
    assert "When it was tried again, this was good." in page["What was wrong"]
    assert page["What remains"] == "Nothing that we found."
    assert "Tested and good: the joystick." in page["What was done"]


def test_a_part_that_was_bad_at_last_is_not_called_good(tmp_path: Path) -> None:
    look = procedure(step("joystick", "check", checks=("joystick-seen",), finds=True))
    begun = recorded(tmp_path, look, lambda j: j.run.judge((replace(GOOD, name="joystick-seen"),)))
    other = msgspec.structs.replace(look, id="other")
    again(
        tmp_path,
        begun,
        other,
        lambda j: j.run.judge((not_heard("joystick-seen", "joystick: left not heard"),)),
        lambda j: j.run.accept(),
    )
    assert "Tested and good" not in page_of(tmp_path, begun)["What was done"]


def test_songs_that_were_saved_before_are_not_called_unsaved(tmp_path: Path) -> None:
    backup = save(tmp_path, memory())
    of = procedure(step("save", "backup", part="sequence", loses="what is on a track is lost"))
    begun = recorded(tmp_path, of, lambda j: j.run.override("no songs", consent=CONSENT))
    alone = page_of(tmp_path, begun)["What remains"]
    assert "The songs in the M1 were not saved. Without that, what is on a track is lost." in alone
    saved = recorded(
        tmp_path, of, lambda j: j.run.judge((replace(GOOD, name="backup"),), backup=str(backup))
    )
    again(tmp_path, saved, of, lambda j: j.run.override("no songs", consent=CONSENT), on=22)
    remains = page_of(tmp_path, saved)["What remains"]
    assert "The songs in the M1 were not saved again." in remains
    assert "Without that" not in remains


def test_without_a_run_the_page_does_not_say_that_nothing_was_found(tmp_path: Path) -> None:
    book = log(tmp_path)
    book.add_instrument("M1", serial="112233")
    begun = book.begin_visit("m1-112233", reported="loses sounds", price="0")
    book.add_to_visit(begun.id, part="1 cell CR2032")
    page = page_of(tmp_path, begun.id)
    assert page["In short"] == 'The work was noted by hand: see "What was done".'
    assert "Parts and work: 1 cell CR2032." in page["What was done"]
    assert "Nothing" not in page["What was done"]
    assert page["What remains"] == (
        "No test of your M1 was recorded: nothing shows whether what you reported is still there."
    )
    assert 'A cell is noted under "Parts and work", but not the day' in page["What to do"]
    assert "not known" not in page["What to do"]


def test_a_rehearsal_for_a_real_instrument_says_that_it_was_not_on_that_one(tmp_path: Path) -> None:
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((SAVED,), backup="virtual.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
        of=procedure(step("save", "backup"), step("cell", records="cell-in")),
        port="virtual:low-battery",
    )
    book = log(tmp_path)
    book.add_instrument("M1", serial="112233")
    visit = book.record(read_run(path)).visit
    book.change_visit(visit, instrument="m1-112233")
    page = page_of(tmp_path, visit)
    assert "All of this was a rehearsal on a virtual M1, not on yours." in page["In short"]
    assert "In the rehearsal: a new cell was put in." in page["In short"]
    assert page["What was wrong"] == "No complaint was noted."
    assert "The rehearsal has changed no cell in your M1." in page["What to do"]
    assert "Saved in the rehearsal: virtual.syx." in page["What was done"]
    assert "Ask us for" not in page["What was done"]
    assert "No file of your sounds was made here" in page["What to do"]
    assert "No test of your M1 was recorded." in page["What remains"]


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        ("0", "Price: there is nothing to pay."),
        ("0,00 EUR", "Price: there is nothing to pay."),
        ("85", "Price: 85 (ask us in which currency)."),
        ("85 EUR", "Price: 85 EUR."),
        ("0 now, 20 EUR later", "Price: 0 now, 20 EUR later."),
    ],
)
def test_a_price_is_said_with_its_currency(tmp_path: Path, noted: str, said: str) -> None:
    begun = log(tmp_path).begin_visit(price=noted)
    assert said in page_of(tmp_path, begun.id)["What was done"]


def test_work_that_was_done_twice_is_numbered_and_its_faults_counted(tmp_path: Path) -> None:
    names = ("up-down-seen", "joystick-seen")
    of = procedure(*(step(one, "check", checks=(one,), finds=True) for one in names))
    faults = tuple(
        one
        for name in names
        for one in (
            lambda j, name=name: j.run.judge((not_heard(name, f"{name}: left not heard"),)),
            lambda j: j.run.accept(),
            lambda j: j.run.next(),
        )
    )[:-1]
    begun = recorded(tmp_path, of, *faults)
    again(tmp_path, begun, of, *faults)
    done = page_of(tmp_path, begun)["What was done"]
    assert "An example, first time done; faults were found" in done
    assert "An example, second time done; faults were found" in done


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            "UP and DOWN: UP heard; DOWN not heard",
            "No signal came from the DOWN key (perhaps it was not pressed); the UP key works.",
        ),
        (
            "UP and DOWN not heard",
            "No signal came from the keys UP and DOWN (perhaps they were not pressed).",
        ),
    ],
)
def test_a_key_that_was_not_heard_is_named_and_the_other_one_works(
    tmp_path: Path, found: str, said: str
) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("up-down", "keys", checks=("up-down-seen",), finds=True)),
        lambda j: j.run.judge((not_heard("up-down-seen", found, "up-down-not-heard"),)),
        lambda j: j.run.accept(),
    )
    assert said in page_of(tmp_path, begun)["What remains"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            "18 of 19 keys heard; not heard: 4",
            "No signal came from the panel key 4. This was before the repair. After the repair "
            "this was good.",
        ),
        (
            "",
            "No signal came from the panel keys 4, UP and DOWN. When it was tried again, this was "
            "good.",
        ),
    ],
)
def test_what_was_wrong_is_what_the_last_test_before_the_repair_has_shown(
    tmp_path: Path, found: str, said: str
) -> None:
    name = "panel-keys-seen"
    first = not_heard(name, "16 of 19 keys heard; not heard: 4, UP and DOWN")
    second = not_heard(name, found) if found else replace(GOOD, name=name)
    seconds = count()
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.tick(observed=(replace(first, decides=False),)),
        lambda j: j.run.next(),
        lambda j: j.run.override("no switch here yet"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((second,)),
        lambda j: j.run.back(),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name=name),)),
        of=procedure(
            step("press", observes=(name,)),
            step("mend", rehearse=("mend",)),
            step("again", "check", checks=(name,)),
        ),
        now=lambda: day(20) + timedelta(seconds=next(seconds)),
    )
    begun = log(tmp_path).record(read_run(path)).visit
    assert said in page_of(tmp_path, begun)["What was wrong"]
    full = render(report(log(tmp_path), begun), "text")
    short = " ".join(chapters(full)["Summary"].split())
    all_of_it = " ".join(full.split())
    if found:
        by_repair = "This was before the repair. After the repair this was good."
        assert f'Observed at "Step again": {found}. {by_repair}' in short
        assert f"at first FAILED: {found}; expected " in all_of_it
        assert all_of_it.count("This was before the repair.") == 3, "summary, found, done"
    else:
        assert (
            'Observed at "Step press": 16 of 19 keys heard; not heard: 4, UP and DOWN. When it was '
            "tried again, this was good." in short
        )
        assert "before the repair" not in all_of_it


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("work", ["closing the M1", "putting the bottom plate back"])
def test_an_m1_that_nobody_has_closed_is_not_to_be_plugged_in(
    tmp_path: Path, work: str, closed: bool
) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("close", work=work)),
        lambda j: j.run.tick() if closed else j.run.override("two screws are missing"),
    )
    page = page_of(tmp_path, begun)
    for part in ("In short", "What to do"):
        said = "The M1 may still be open. Do not plug it in until it is closed."
        assert (said in page[part]) is not closed


def test_an_m1_that_a_later_run_has_closed_may_be_plugged_in(tmp_path: Path) -> None:
    of = procedure(step("close", work="closing the M1"))
    begun = recorded(tmp_path, of, lambda j: j.run.override("two screws are missing"))
    other = msgspec.structs.replace(of, id="other")
    again(tmp_path, begun, other, lambda j: j.run.tick())
    assert "may still be open" not in " ".join(page_of(tmp_path, begun).values())


@pytest.mark.parametrize("repaired", [True, False])
def test_keys_that_were_noted_as_dead_before_a_repair_are_not_known_to_be_good(
    tmp_path: Path, repaired: bool
) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("seen", "values", fields=(Field(name="dead", label="Dead or flaky keys"),)),
            step(
                "all", "question", options=(Option(label="No"), Option(label="Yes", denies="dead"))
            ),
            step("mend", rehearse=("mend",)),
        ),
        lambda j: j.run.write_down({"dead": "BANK HOLD"}),
        lambda j: j.run.next(),
        lambda j: j.run.choose("No"),
        lambda j: j.run.next(),
        lambda j: j.run.tick() if repaired else j.run.override("no switches"),
    )
    wrong = page_of(tmp_path, begun)["What was wrong"]
    assert "Dead or flaky keys: BANK HOLD." in wrong
    assert ("Whether this was good after the repair was not noted." in wrong) is repaired


def test_work_that_was_given_up_at_once_is_left_out_where_other_work_was_done(
    tmp_path: Path,
) -> None:
    of = procedure(step("one"), step("two"))
    begun = recorded(tmp_path, of, lambda j: j.run.abandon("opened by mistake"))
    assert "opened by mistake" in page_of(tmp_path, begun)["What remains"]
    other = msgspec.structs.replace(procedure(step("done")), id="other")
    again(tmp_path, begun, other, lambda j: j.run.tick())
    page = page_of(tmp_path, begun)
    assert "opened by mistake" not in " ".join(page.values())
    assert "not done" not in page["What was done"]
    full = " ".join(render(report(log(tmp_path), begun), "text").split())
    assert "opened by mistake" in full, "who repairs reads of it"


@pytest.mark.parametrize(("songs", "lost"), [("0 songs", True), ("10 songs", False)])
def test_a_file_that_was_made_after_songs_were_lost_is_said_to_be_without_them(
    tmp_path: Path, songs: str, lost: bool
) -> None:
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((SAVED,), backup="before.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((SAVED,), backup="after.syx"),
        of=procedure(step("save", "backup"), step("again", "backup")),
    )
    record = read_run(path)
    files = (("before.syx", "10 songs"), ("after.syx", songs))
    steps = tuple(
        msgspec.structs.replace(
            each, backup=FileRecord(file=name, contents=(there,), bank="internal")
        )
        for each, (name, there) in zip(record.steps, files, strict=True)
    )
    loss = (
        'Lost: all 10 songs. Lost at step 2, "Step again"; the backup "before.syx" contains what '
        "was lost."
    )
    record = msgspec.structs.replace(record, steps=steps, saved_losses=(loss,))
    done = page_of(tmp_path, log(tmp_path).record(record).visit)["What was done"]
    said = "after.syx was made after the songs had been lost, and does not contain them."
    assert (said in done) is lost
    assert "before.syx was made after" not in done


def test_work_that_was_given_up_is_said_without_the_titles_of_steps(tmp_path: Path) -> None:
    of = procedure(step("one"), step("two"))
    begun = recorded(tmp_path, of, lambda j: j.run.abandon("wrong page"))
    page = page_of(tmp_path, begun)
    assert page["What was done"] == "An example not done, see below"
    assert 'An example: none of it was done. Reason: "wrong page".' in page["What remains"]
    again(
        tmp_path,
        begun,
        of,
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.abandon("the customer took it"),
    )
    page = page_of(tmp_path, begun)
    assert page["What was done"] == "An example not finished, see below"
    remains = page["What remains"]
    said = 'An example: it was not finished. Reason: "the customer took it".'
    assert said in remains
    assert "Step" not in remains


def test_how_to_press_keys_stands_behind_them_and_not_behind_other_lines(tmp_path: Path) -> None:
    bad = Verdict(False, "wrote", "all", "programs unprotected", name="memory-protected")
    begun = recorded(
        tmp_path,
        procedure(step("on", "check", checks=("memory-protected",))),
        lambda j: j.run.judge((bad,)),
        lambda j: j.run.override("he wants to edit at home"),
    )
    other = msgspec.structs.replace(procedure(step("a"), step("b")), id="other")
    again(tmp_path, begun, other, lambda j: j.run.abandon("the customer took it"))
    remains = page_of(tmp_path, begun)["What remains"]
    assert re.search(r"press GLOBAL [^.]+\. Press these keys one after the other", remains)


def test_a_memory_test_that_was_skipped_is_to_be_made_later(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("hold", checks=("off-five-minutes", "memory-equals"))),
        lambda j: j.run.override("no time today"),
    )
    assert "Have us check whether the M1 keeps its memory" in page_of(tmp_path, begun)["What to do"]


def test_a_skipped_step_that_an_owner_is_to_know_is_named_with_the_reason(tmp_path: Path) -> None:
    of = procedure(
        step("ground"),
        step("board", work="putting the processor board back"),
        step("on", checks=("answers",), work="closing the M1"),
        step("after", checks=("answers",)),
    )
    begun = recorded(
        tmp_path,
        msgspec.structs.replace(of, work="Work inside"),
        lambda j: j.run.override("no metal in reach"),
        lambda j: j.run.next(),
        lambda j: j.run.override("board was never out."),
        lambda j: j.run.next(),
        lambda j: j.run.override("screws are lost"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,)),
    )
    page = page_of(tmp_path, begun)
    remains = page["What remains"]
    assert 'Skipped: putting the processor board back. Reason: "board was never out".' in remains
    assert "Skipped: putting the processor board back; closing the M1." in page["In short"]
    assert "What was skipped must still be done, unless" in page["What to do"]
    assert 'Skipped: closing the M1. Reason: "screws are lost".' in remains
    done = page["What was done"]
    assert "done in part, see below" in done
    assert (
        'One step of the work was skipped. Reason: "no metal in reach". Ask us what it was.' in done
    )


def test_a_step_whose_check_failed_is_not_called_skipped(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("on", checks=("answers",), work="closing the M1")),
        lambda j: j.run.judge((replace(BAD, name="answers"),)),
        lambda j: j.run.override("no time"),
    )
    page = page_of(tmp_path, begun)
    assert "The check after closing the M1 failed." in page["In short"]
    assert 'This was then skipped. Reason: "no time".' in page["What remains"]
    assert "Skipped: " not in " ".join(page.values())
    assert "Have checked again what could not be proved" in page["What to do"]


def test_parts_of_a_repair_that_was_skipped_are_remarked_on(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("joints", rehearse=("mend",), work="the repair"),
            step("used", "values", fields=(PART,)),
        ),
        lambda j: j.run.override("joints look fine"),
        lambda j: j.run.next(),
        lambda j: j.run.write_down({"part": "R80"}),
    )
    done = page_of(tmp_path, begun)["What was done"]
    assert "A part or a repair was noted although the repair itself was skipped" in done


def test_a_question_that_was_not_answered_is_named(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("after", "question", options=(Option(label="Yes"), Option(label="No")))),
        lambda j: j.run.override("ears ring"),
    )
    done = page_of(tmp_path, begun)["What was done"]
    assert 'Not answered: "Step after". Reason: "ears ring".' in done


@pytest.mark.parametrize("skipped", [True, False])
def test_an_m1_that_was_on_while_it_had_to_be_off_is_not_called_unchecked(
    tmp_path: Path, skipped: bool
) -> None:
    quiet = replace(GOOD, name="silent")
    begun = recorded(
        tmp_path,
        procedure(step("unplug", checks=("silent",)), step("out")),
        lambda j: j.run.override("he says it is off") if skipped else j.run.judge((quiet,)),
        lambda j: j.run.next(),
        lambda j: j.run.alarm(on_while_off(saved=True).advice),
        lambda j: j.run.tick(),
    )
    page = page_of(tmp_path, begun)
    said = "The M1 was heard when it had to be off for the work: it seems to have been on."
    assert said in page["In short"]
    why = 'Whether it was off had not been checked. Reason: "he says it is off".'
    assert (f"{said} {why}" in page["What remains"]) is skipped
    assert "Not checked" not in " ".join(page.values())


def test_work_that_was_noted_before_other_work_is_remarked_on(tmp_path: Path) -> None:
    again: tuple[Callable[[Journal], Event], ...] = (
        lambda j: j.run.back(),
        lambda j: j.run.tick(),
    )
    of = procedure(step("grease"), step("together", work="closing the M1"))
    first: tuple[Callable[[Journal], Event], ...] = (
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
    )
    said = "Noted before other work, and not noted again after it: closing the M1."
    for redone in (False, True):
        folder = tmp_path / str(redone)
        times = (day(20) + timedelta(minutes=one) for one in count())
        path = journal(
            folder / "journals",
            *first,
            *(again if redone else ()),
            of=of,
            now=times.__next__,
        )
        begun = log(folder).record(read_run(path)).visit
        assert (said in page_of(folder, begun)["What remains"]) is redone


@pytest.mark.parametrize("kept", [True, False])
def test_a_cards_new_cell_is_said_and_whether_it_was_proved_to_keep_the_data(
    tmp_path: Path, kept: bool
) -> None:
    compare = ("card-equals-backup",)
    passed = replace(GOOD, name="card-equals-backup")
    begun = recorded(
        tmp_path,
        procedure(
            step("save", "backup", bank="card"),
            step("cell", records="card-cell-in"),
            step("in", checks=compare),
            step("out", checks=compare),
        ),
        lambda j: j.run.judge((SAVED,), backup="card.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((passed,)),
        lambda j: j.run.next(),
        *(
            [lambda j: j.run.judge((passed,))]
            if kept
            else [lambda j: j.run.judge((LOST_CARD,)), lambda j: j.run.override("no time")]
        ),
    )
    page = page_of(tmp_path, begun)
    assert "A new cell was put in the card." in page["In short"]
    unproved = "It was not proved that the card keeps its contents with it."
    assert (unproved not in page["In short"]) is kept
    due = "Have the card's cell changed about once a year. The present one was put in on"
    assert due in page["What to do"]
    lost = "Have the card formatted, and its contents loaded from the saved file"
    assert (lost not in page["What to do"]) is kept


def test_protects_that_are_on_are_named_and_those_that_were_not_asked(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("off", "check", checks=("memory-unprotected",))),
        lambda j: j.run.judge(
            (
                Verdict(
                    False,
                    "refused",
                    "all unprotected",
                    "programs protected, combinations protected",
                    name="memory-unprotected",
                ),
            )
        ),
        lambda j: j.run.override("he wants it on"),
    )
    assert page_of(tmp_path, begun)["What remains"] == (
        "Programs and combinations in the M1 are still protected; whether songs are protected was "
        'not checked. This was then skipped. Reason: "he wants it on".'
    )


def test_values_that_were_not_written_down_are_named(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("used", "values", fields=(PART,))),
        lambda j: j.run.override("no pencil here"),
    )
    done = page_of(tmp_path, begun)["What was done"]
    assert 'Not written down: Part. Reason: "no pencil here".' in done


def test_every_step_at_which_a_repair_is_made_has_its_name_for_an_owner() -> None:
    steps = [one for path in sorted(screens_folder().glob("*.toml")) for one in load(path).steps]
    assert all(one.work for one in steps if one.mends)


def test_every_step_that_closes_an_instrument_has_its_name_for_an_owner() -> None:
    steps = [one for path in sorted(screens_folder().glob("*.toml")) for one in load(path).steps]
    closing = [one for one in steps if one.kind == "hands" and one.title.startswith("Close the")]
    assert closing
    assert all(one.work.startswith("closing the") for one in closing)


def test_a_switch_that_was_proved_off_and_left_so_is_not_called_unchecked(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("look", "check", checks=("card-writable",)),
            step("on", checks=("card-protected",)),
        ),
        lambda j: j.run.judge((replace(GOOD, name="card-writable"),)),
        lambda j: j.run.next(),
        lambda j: j.run.override("the customer writes to it himself"),
    )
    assert page_of(tmp_path, begun)["What remains"].startswith(
        "The card's write-protect switch was OFF when it was last checked. While it is OFF, it "
        'does not protect the card. Reason: "the customer writes to it himself".'
    )


def test_what_was_on_a_card_before_it_was_saved_to_is_named(tmp_path: Path) -> None:
    card = save(tmp_path, memory())
    manifest = card.with_suffix(".json")
    manifest.write_text(manifest.read_text().replace('"internal"', '"card"'))
    begun = recorded(
        tmp_path,
        procedure(
            step("card", "backup", bank="card"), step("save", checks=("card-equals-internal",))
        ),
        lambda j: j.run.judge((SAVED,), backup=str(card)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="card-equals-internal"),)),
    )
    assert (
        "The sounds in the M1 were saved to the card. What was on it before is in the file "
        f'"{card.name}".' in page_of(tmp_path, begun)["What was done"]
    )


def test_what_was_in_the_m1_before_a_card_was_loaded_is_named(tmp_path: Path) -> None:
    own = save(tmp_path, memory())
    begun = recorded(
        tmp_path,
        procedure(step("save", "backup"), step("load", checks=("internal-equals-card",))),
        lambda j: j.run.judge((SAVED,), backup=str(own)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="internal-equals-card"),)),
    )
    assert (
        "The sounds on the card were loaded into the M1. What was in the M1 before is in the file "
        f'"{own.name}".' in page_of(tmp_path, begun)["What was done"].replace("\n", " ")
    )


def test_demo_sounds_in_the_place_of_others_remain(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("save", "backup"), step("from", "source"), step("send", "restore")),
        lambda j: j.run.judge((SAVED,), backup="own.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,), origin=DEMO),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="restore"),)),
    )
    page = page_of(tmp_path, begun)
    said = (
        "The M1 contains m1tui's demo sounds, not your own. What was in it before is in the file "
        '"own.syx".'
    )
    assert said in page["In short"]
    assert said in page["What remains"]


def test_why_a_part_that_is_bad_or_was_good_was_passed_over_is_said(tmp_path: Path) -> None:
    names = ("slider-seen", "joystick-seen")
    of = procedure(*(step(one, "check", checks=(one,), finds=True) for one in names))
    begun = recorded(
        tmp_path,
        of,
        lambda j: j.run.judge((replace(GOOD, name="slider-seen"),)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="joystick-seen"),)),
    )
    again(
        tmp_path,
        begun,
        of,
        lambda j: j.run.override("slider cap missing"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((HALF,)),
        lambda j: j.run.override("joystick comes next week"),
    )
    page = page_of(tmp_path, begun)
    assert 'Reason: "slider cap missing".' in page["What was done"]
    assert 'Reason: "joystick comes next week".' in page["What remains"]


def test_a_part_that_was_not_tested_after_a_repair_is_neither_good_nor_unrepaired(
    tmp_path: Path,
) -> None:
    look = procedure(step("joystick", "check", checks=("joystick-seen",), finds=True))
    begun = recorded(
        tmp_path,
        look,
        lambda j: j.run.judge((not_heard("joystick-seen", "joystick: left not heard"),)),
        lambda j: j.run.accept(),
    )
    mending = procedure(
        step("clean", rehearse=("mend",)), step("range", "check", checks=("joystick-range",))
    )
    again(
        tmp_path,
        begun,
        msgspec.structs.replace(mending, id="mending"),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.override("no time"),
    )
    page = page_of(tmp_path, begun)
    assert "Not tested: the joystick." in page["In short"]
    assert "A repair was made later, and it was not tested again." in page["What remains"]
    assert "This is not repaired." not in " ".join(page.values())
    assert "still wrong" not in page["What to do"]
