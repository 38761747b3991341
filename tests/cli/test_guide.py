"""`procedures run` in plain lines: questions, values, words, drawings; a person's own files."""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from m1tui.cli.commands.procedures import exit_code
from m1tui.cli.exits import Exit
from m1tui.cli.guide import result_lines
from m1tui.cli.session import WITHOUT_MIDI
from m1tui.facts import Outcome, Verdict
from m1tui.link.ports import PortInfo
from m1tui.procedures.findings import StepResult
from m1tui.procedures.perform import NONE_ASKED
from m1tui.procedures.run import Run
from m1tui.procedures.watch import LED_THERE
from tests.cli.conftest import Command, Ended
from tests.procedures.examples import procedure
from tests.procedures.examples import step as example
from tests.procedures.rehearsals import built_in

OWN = """\
id = "mine"
title = "My own"
group = "Mine"
purpose = "To be run."
minutes = 1
tools = []
risk = "None."
source = "Me"
scenario = "healthy"

[[steps]]
id = "look"
title = "Look"
kind = "hands"
text = "Look at it."
"""

Talk = Callable[..., Ended]


@pytest.fixture
def talk(m1tui: Command, monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Run a procedure on a fresh virtual M1 with lines that a person types."""

    def run(procedure: str, port: str, *lines: str, json: bool = True) -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        words = ("procedures", "run", procedure, "--port", port, *(["--json"] if json else []))
        return m1tui(*words)

    return run


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a person's own procedures."""
    folder = tmp_path / "config" / "screens"
    folder.mkdir(parents=True)
    monkeypatch.setattr("m1tui.procedures.loader.own_folder", lambda: folder)
    return folder


def evidence(ended: Ended, step: str) -> str:
    (found,) = (one["evidence"] for one in ended.facts["steps"] if one["id"] == step)
    return str(found)


def test_a_question_is_answered_where_its_answers_are_shown(talk: Talk) -> None:
    ended = talk("symptoms", "virtual:used", "", "99", "8", "4", "2", json=False)
    assert "[1 to 9 answer, r retry, n note, b back, q save and leave]" in ended.out
    assert "Step 2: " in ended.out, "nobody knows how many of its steps an answer leads to"
    titles = [line.partition(":")[0] for line in ended.out.splitlines() if line.startswith("Step")]
    assert list(dict.fromkeys(titles)) == ["Step 1", "Step 2", "Step 3", "Step 4"]
    assert "Expected 1 to 9, r" in ended.out
    assert "Your answer" not in ended.out
    asked = talk("symptoms", "virtual:used", "", "", "8", "", "4", "", "2", json=False)
    assert ended.out.splitlines()[-1] == asked.out.splitlines()[-1], "both lead to the same end"


def test_a_run_that_an_answer_ended_at_once_is_not_reported_as_done(
    talk: Talk, m1tui: Command
) -> None:
    ended = talk("internal-battery", "virtual:low-battery", "", "2")
    assert ended.facts["go_on_with"] == "restore-from-card"
    (visit,) = m1tui("log", "list", "--json").facts["visits"]
    report = m1tui("log", "report", visit["id"]).out
    assert "Replace the internal battery: QUESTIONS ONLY. Questions were answered; no" in report
    assert "Done as reported by the technician" not in report
    page = m1tui("log", "report", visit["id"], "--customer").out
    assert "only questions were answered; nothing was done" in page


def test_a_memory_that_is_found_initialised_at_the_end_is_said_in_the_lines(
    m1tui: Command,
) -> None:
    """Nothing in such a run reads the memory before, and the report alone would say it."""
    ended = m1tui("procedures", "run", "midi-ready", "--auto", "--port", "virtual:dead-battery")
    told = ended.out[ended.out.index("A last check:") :]
    assert "ALARM\nThe M1's memory is initialised: all programs are the same" in told
    assert told.index("ALARM") < told.index("Attention: MISSING") < told.index("VERIFIED: ")
    healthy = m1tui("procedures", "run", "midi-ready", "--auto", "--port", "virtual:used")
    assert "ALARM" not in healthy.out


OFFERS = re.compile(r"^\[.*leave\]", re.MULTILINE)
BRANCHING = (
    OWN
    + """
[[steps]]
id = "which"
title = "Which one?"
kind = "question"
text = "Choose."
options = [{ label = "This" }, { label = "That" }]

[[steps]]
id = "this"
title = "This one"
kind = "hands"
text = "Do this."
when = { value = "which", is = "This" }

[[steps]]
id = "that"
title = "That one"
kind = "hands"
text = "Do that."
when = { value = "which", is = "That" }
"""
)


def test_only_what_is_accepted_at_a_step_is_offered(own: Path, talk: Talk) -> None:
    (own / "mine.toml").write_text(BRANCHING, encoding="utf-8")
    out = talk("mine", "virtual:healthy", "", "x", "s", "1", "q", json=False).out
    offers = OFFERS.findall(out)
    assert offers[0] == "[Enter done, s skip with a reason, r retry, n note, q save and leave]"
    assert offers[1] == "[1 to 2 answer, r retry, n note, b back, q save and leave]"
    assert offers[-1] == (
        "[Enter done, s skip with a reason, r retry, n note, b back, q save and leave]"
    )
    assert "Expected 1 to 2, r, n, b or q; found 'x'." in out
    assert "decides which steps follow, so it cannot be skipped." in out


def test_a_proved_step_is_not_offered_to_be_skipped(talk: Talk) -> None:
    out = talk("memory-protect-off", "virtual:healthy", "", "b", "q", json=False).out
    offers = OFFERS.findall(out)
    assert "sensed" in out
    assert offers[-1] == "[Enter done, r retry, n note, q save and leave]"


def test_questions_lead_to_the_procedure_that_helps(talk: Talk) -> None:
    ended = talk("symptoms", "virtual:used", "", "", "8", "", "4", "", "2")
    assert (ended.code, ended.facts["outcome"]) == (0, "DONE BY HAND")
    assert ended.facts["go_on_with"] == "memory-protect-on"
    assert "Continue with: m1tui procedures run memory-protect-on" in ended.err
    assert "  4 Did my backup get everything?" in ended.err
    assert evidence(ended, "files") == "answer: Did my backup get everything?"
    marks = {step["id"]: step["mark"] for step in ended.facts["steps"]}
    assert marks["transfer"] == "left out"


def test_an_answer_that_is_not_offered_is_asked_again(talk: Talk) -> None:
    ended = talk("symptoms", "virtual:used", "", "", "99\x1b", "-", "q", json=False)
    assert "Expected 1 to 9, found '99" in ended.out
    assert "\x1b" not in ended.out
    assert "UNFINISHED" in ended.out


@pytest.fixture(params=[0, 2], ids=["no interface", "two without an M1"])
def unanswered(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A computer on which no M1 answers."""
    names = "ab"[: request.param]
    found = [PortInfo(f"raw:{tmp_path}/{name}", name, None, None) for name in names]
    monkeypatch.setattr("m1tui.cli.session.list_ports", lambda: found)


@pytest.mark.usefixtures("unanswered")
def test_an_owner_without_an_m1_that_answers_finds_the_procedure_that_helps(talk: Talk) -> None:
    ended = talk("symptoms", "auto", "", "4", "1", "4")
    assert ended.code == 0, ended.err
    assert ended.facts["go_on_with"] == "restore-from-card"
    assert evidence(ended, "ask") == NONE_ASKED
    assert WITHOUT_MIDI in ended.err
    assert "observed" not in ended.err
    assert ended.facts["alarms"] == []


@pytest.mark.usefixtures("unanswered")
def test_the_battery_asks_an_owner_without_midi_before_it_needs_an_m1(talk: Talk) -> None:
    ended = talk("internal-battery", "auto", "2")
    assert ended.code == 0, ended.err
    assert ended.facts["go_on_with"] == "restore-from-card"
    tried = talk("internal-battery", "auto", "1", "", "b", "r", "2")
    assert "If you are sure that the step is done, tick it with t." in tried.err
    assert tried.facts["go_on_with"] == "restore-from-card"
    left = talk("internal-battery", "auto", "1", "", "q")
    assert left.facts["outcome"] == "UNKNOWN"
    assert "sensed" not in [step["mark"] for step in left.facts["steps"]]
    assert left.facts["alarms"] == []


def test_no_tick_is_offered_where_only_the_instrument_can_prove_it(talk: Talk) -> None:
    lines = ("", "s", "the menu is locked", "", "q")
    out = talk("no-cell", "virtual:dead-battery", *lines, json=False)
    assert "The M1 did not send all data" in out.out + out.err
    assert "tick it with t" not in out.out + out.err


@pytest.mark.usefixtures("unanswered")
def test_a_run_left_without_an_interface_is_continued(talk: Talk) -> None:
    assert talk("restore-from-card", "auto", "q").facts["outcome"] == "UNFINISHED"
    again = talk("restore-from-card", "auto", "y", "q")
    assert "Continue it? [Y/n]" in again.err
    assert again.facts["outcome"] == "UNFINISHED"


@pytest.mark.usefixtures("unanswered")
def test_a_procedure_that_must_ask_the_m1_is_refused_without_one(talk: Talk) -> None:
    ended = talk("midi-ready", "auto")
    assert ended.code == 3
    assert WITHOUT_MIDI not in ended.err


def test_a_value_is_typed_or_taken_as_preset_and_shown_in_the_keys(talk: Talk) -> None:
    ended = talk("transpose", "virtual:healthy", "", "", "40", "+5", "")
    assert ended.facts["outcome"] == "VERIFIED"
    assert 'Semitones: expected -12 to 12, found "40".' in ended.err
    assert "Semitones (-12 to 12) [12]:" in ended.err
    assert "Keys: GLOBAL, +, F, UP/DOWN until semitones +5" in ended.err
    assert evidence(ended, "how-far") == "semitones: 5"
    preset = talk("transpose", "virtual:healthy", "", "", "", "")
    assert evidence(preset, "how-far") == "semitones: 12"


def test_a_value_can_be_left_to_skip_the_step_or_to_leave(talk: Talk) -> None:
    ended = talk("transpose", "virtual:healthy", "", "", "-", "s", "no pitch was agreed", "q")
    assert "- goes back without saving" in ended.err
    assert evidence(ended, "how-far") == "reason: no pitch was agreed"
    marks = {step["id"]: step["mark"] for step in ended.facts["steps"]}
    assert marks["how-far"] == "overridden"
    assert talk("transpose", "virtual:used", "", "", "-", "q").facts["outcome"] == "UNFINISHED"


def test_what_a_step_proves_is_said_in_words(talk: Talk, m1tui: Command) -> None:
    ended = talk("transpose", "virtual:healthy", "", "", "5", "")
    assert "Proves: the exclusive filter is at ENA." in ended.err
    assert "Proves: the transposition is 5." in ended.err
    assert "exclusive-enabled" not in ended.err
    assert "Proves: the chosen song is empty." in m1tui("procedures", "show", "erase-song").out


def test_a_card_is_formatted_only_after_the_word(talk: Talk) -> None:
    begun = ["", "", "", "", ""]  # and the format that is offered
    ended = talk("card-format", "virtual:other-card", *begun, "", "format", "q")
    marks = {step["id"]: step["mark"] for step in ended.facts["steps"]}
    assert (marks["backup"], marks["word"]) == ("sensed", "open")
    assert "Expected FORMAT, found 'format'. Nothing was done." in ended.err
    again = talk("card-format", "virtual", "", "", "FORMAT", "", "", "", "1")
    assert again.facts["outcome"] == "VERIFIED"
    assert again.facts["alarms"] == []  # the step asked for the change
    assert evidence(again, "word").startswith("typed: FORMAT")


def test_what_was_written_down_is_shown_where_it_is_wanted_again(talk: Talk) -> None:
    ended = talk("sticky-keys", "virtual:healthy", *("", "", "F#2 and G2"), *[""] * 4, "q")
    assert ended.err.count("\nSticky keys: F#2 and G2") == 2
    assert "\nkeys: " not in ended.err


def test_drawings_stand_in_the_lines(m1tui: Command) -> None:
    text = m1tui("procedures", "show", "internal-battery").out
    assert "|  + CR2032  |" in text
    assert "(not to scale)" in text
    assert max(map(len, text.splitlines())) <= 80


def test_on_a_real_instrument_the_program_says_when_it_listens(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m1tui.procedures.perform.Performer.can_rehearse", lambda *_: False)
    ended = talk("bench-test", "virtual:healthy", "", "", "", "q", json=False)
    assert "The program is listening now: do what the step says." in ended.out
    assert "It ends when nothing new has been heard for 30 s." in ended.out
    assert "Enter ends it" not in ended.out, "a script's next line is the answer to what comes next"
    assert "FAILED" in ended.out or "not answered" in ended.out


@pytest.fixture
def typed(m1tui: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    """Run a procedure with lines that a person types on a terminal."""
    opened = []

    def run(procedure: str, *lines: str) -> Ended:
        reading, writing = os.pipe()
        os.write(writing, "".join(f"{line}\n" for line in lines).encode())
        os.close(writing)
        opened.append(stdin := os.fdopen(reading))
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr("m1tui.cli.guide.has_terminal", lambda: True)
        return m1tui("procedures", "run", procedure, "--port", "virtual:healthy")

    yield run
    for stdin in opened:
        stdin.close()


def test_enter_ends_the_listening_at_a_terminal(own: Path, typed: Talk) -> None:
    listens = OWN.replace('kind = "hands"', 'kind = "check"\nchecks = ["slider-seen"]')
    (own / "mine.toml").write_text(listens)
    ended = typed("mine", "", "", "q")
    assert "Enter ends it. It also ends when nothing new has been heard for 30 s." in ended.out
    assert re.search(r"in 1\.\d s\)", ended.out)
    waited = typed("mine", "n", "")
    assert re.search(r"in 30\.\d s\)", waited.out)


def test_a_wait_for_the_power_says_how_long_it_lasts_and_is_not_ended_by_enter(
    own: Path, typed: Talk
) -> None:
    waits = OWN.replace('kind = "hands"', 'kind = "check"\nchecks = ["off-five-minutes"]')
    (own / "mine.toml").write_text(waits)
    ended = typed("mine", "", "q")
    assert "The check waits up to 10 minutes" in ended.out
    assert "Enter ends it" not in ended.out


def test_enter_is_not_said_to_end_a_wait_for_the_power_that_listens_to_the_slider_too(
    own: Path, typed: Talk
) -> None:
    checks = 'checks = ["slider-seen", "off-five-minutes"]'
    (own / "mine.toml").write_text(OWN.replace('kind = "hands"', f'kind = "check"\n{checks}'))
    ended = typed("mine", "", "q")
    assert "The check waits up to 10 minutes" in ended.out
    assert "Enter ends it" not in ended.out


def test_a_look_at_the_keys_in_which_none_was_played_is_to_be_done_again_or_skipped(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m1tui.procedures.perform.Performer.can_rehearse", lambda *_: False)
    ended = talk("sticky-keys", "virtual:healthy", "", "", "s", "no time to play all keys", "q")
    assert ended.err.count("No key was heard") == 2
    assert "Check again, and play every key." in ended.err
    steps = {one["id"]: one["mark"] for one in ended.facts["steps"]}
    assert (steps["find"], steps["which"]) == ("overridden", "open")


def test_own_procedures_are_listed_and_run(own: Path, m1tui: Command, talk: Talk) -> None:
    (own / "mine.toml").write_text(OWN)
    assert "mine  My own (Mine, 1 minute)" in m1tui("procedures", "list").out
    assert "Time: 1 minute. " in m1tui("procedures", "show", "mine").out
    assert talk("mine", "virtual:healthy", "").facts["outcome"] == "DONE BY HAND"


def test_hand_steps_by_themselves_prove_nothing_and_that_is_said_in_words(
    own: Path, talk: Talk
) -> None:
    (own / "mine.toml").write_text(OWN)
    ended = talk("mine", "virtual:healthy", "", json=False)
    assert ended.code == 0
    assert "DONE BY HAND: My own" in ended.out
    assert "VERIFIED" not in ended.out


def test_an_own_file_that_cannot_be_used_is_told_and_the_others_are_listed(
    own: Path, m1tui: Command
) -> None:
    (own / "mine.toml").write_text(OWN.replace("minutes = 1", "minutes = 0"))
    ended = m1tui("procedures", "list")
    assert ended.code == 0
    assert "line 5, minutes" in ended.err
    assert "internal-battery" in ended.out
    checked = m1tui("procedures", "check", "--json")
    assert checked.code == 1
    bad = [file for file in checked.facts["files"] if file["problems"]]
    assert [Path(file["file"]).name for file in bad] == ["mine.toml"]


def test_an_own_file_with_a_built_in_id_is_refused(own: Path, m1tui: Command) -> None:
    (own / "play.toml").write_text(OWN.replace('"mine"', '"play"'))
    ended = m1tui("procedures", "show", "play")
    assert "Play a song" in ended.out
    assert 'the id "play" is already used' in ended.err


@pytest.mark.parametrize(
    ("answer", "faults", "unknown"),
    [
        ("1", [], []),
        ("2", ["Does it sound? No, it does not"], []),
        ("3", [], ['Step 2, "Does it sound?" Answer: I cannot tell.']),
    ],
)
def test_an_answer_that_names_a_fault_or_that_nobody_knows_is_said_at_the_end(
    own: Path, talk: Talk, answer: str, faults: list[str], unknown: list[str]
) -> None:
    asked = """
[[steps]]
id = "sounds"
title = "Does it sound?"
kind = "question"
text = "Play it."
options = [
    { label = "Yes" },
    { label = "No, it does not", fault = true },
    { label = "I cannot tell", unproved = true },
]
"""
    (own / "mine.toml").write_text(OWN + asked, encoding="utf-8")
    lines = ("", "", answer, "")
    assert talk("mine", "virtual:healthy", *lines).facts["findings"] == faults
    out = talk("mine", "virtual:healthy", *lines, json=False).out
    assert [line for line in out.splitlines() if line.startswith("Fault: ")] == [
        f"Fault: {one}" for one in faults
    ]
    assert [line for line in out.splitlines() if line.startswith("Unproved: ")] == [
        f"Unproved: {one}" for one in unknown
    ]


MOVING = """
[[steps]]
id = "off"
title = "Protects off"
kind = "keys"
text = "Press the keys shown."
keys = "GLOBAL 6 DOWN + B DOWN + B DOWN"
checks = ["memory-unprotected"]

[[steps]]
id = "on"
title = "Sequence protect on"
kind = "keys"
text = "Press the keys shown."
keys = "B UP"
"""


def test_where_a_check_has_moved_the_display_the_keys_that_lead_back_are_shown_and_pressed(
    own: Path, talk: Talk
) -> None:
    (own / "mine.toml").write_text(OWN + MOVING, encoding="utf-8")
    ended = talk("mine", "virtual:healthy", "", "", "", "")
    shown = ended.err[ended.err.rindex("Step 3 of 3: Sequence protect on [ ]") :]
    assert "\nKeys: GLOBAL 6 + + B UP\n" in shown
    assert LED_THERE in " ".join(shown.split())
    assert "GLOBAL 6-3 MEMORY PROTECT SEQUENCE DATA / INT:>ON" in evidence(ended, "on").upper()


COMPARED = """
[[steps]]
id = "save"
title = "Save it"
kind = "backup"
text = "The program reads it."

[[steps]]
id = "same"
title = "Is it the same?"
kind = "check"
text = "The program compares."
checks = ["memory-as-backup"]
"""


def test_what_was_not_asked_since_a_step_was_left_out_is_no_missing_answer(
    own: Path, talk: Talk
) -> None:
    (own / "mine.toml").write_text(OWN + COMPARED, encoding="utf-8")
    ended = talk("mine", "virtual:healthy", "", "s", "it is saved already", "", "q")
    verdicts = {one["id"]: (one["verdict"], one["code"]) for one in ended.facts["steps"]}
    assert verdicts == {
        "look": (None, None),
        "save": (None, None),
        "same": ("not asked", "no-memory-backup"),
    }


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        (
            Verdict(None, "REFUSED: nothing was written.", name="restore"),
            "REFUSED: nothing was written.",
        ),
        (Verdict(None, "The dump was cut short.", name="receive"), "The dump was cut short."),
        (Verdict(True, "read twice", name="backup"), "passed: read twice"),
        (Verdict(None, "silence", name="answers"), "no answer: silence"),
    ],
)
def test_a_transfer_that_was_refused_or_cut_short_is_not_called_no_answer(
    verdict: Verdict, line: str
) -> None:
    step = built_in("dump-from-computer").steps[0]
    assert next(iter(result_lines(StepResult(step.id, (verdict,)), step))) == line


def test_a_run_whose_restore_was_refused_ends_as_refused() -> None:
    refused = Verdict(None, "REFUSED", name="restore", outcome=Outcome.REFUSED, wrote=False)
    run = Run.begin(procedure(example("send", "restore")))
    assert exit_code(run.after(run.judge((refused,))), Exit.USAGE) == Exit.REFUSED
