"""The commands that ask and write an instrument, on a virtual M1 whose clock jumps."""

import hashlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from m1tui.advice import Advice
from m1tui.cli.commands import restore as restore_command
from m1tui.engine.diagnosis import Cause, Diagnosis
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.restore.judge import Restoration
from m1tui.facts import Outcome
from m1tui.link import ports
from m1tui.link.base import Direction, Transcript
from m1tui.sysex import ModeData, Part, Program
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from tests.cli.conftest import (
    MIDI_READY,
    PROTECTS_OFF,
    Command,
    dump_of,
    some_contents,
    with_program,
)

Keep = Callable[[VirtualM1], Path]
CASES = Path(__file__).parents[1] / "cases"


def test_identify_tells_what_answers_in_keys_and_words(m1tui: Command) -> None:
    ended = m1tui("identify", "--port", "virtual:healthy", "--json")
    assert ended.code == 0
    assert ended.facts == {
        "answers": True,
        "model": "M1",
        "channel": 1,
        "exclusive": True,
        "mode": ended.facts["mode"],
        "allocation": "100/100",
        "card": "none",
        "pcm_card": False,
        "rom": 7,
        "software": 1,
        "diagnosis": "Ready",
        "code": None,
        "instruments": [{"channel": 1, "model": "M1", "rom": 7, "software": 1, "answers": 1}],
    }
    text = m1tui("identify", "--port", "virtual:healthy").out
    assert "Channel: 1" in text
    assert "100/100 programs/combinations" in text


def test_identify_finds_an_m1_on_another_channel(m1tui: Command, keep: Keep) -> None:
    keep(scenario("healthy", channel=9))
    ended = m1tui("identify", "--port", "virtual", "--json")
    assert (ended.code, ended.facts["channel"]) == (0, 10)
    ended = m1tui("identify", "--port", "virtual", "--json", "--channel", "3")
    assert (ended.code, ended.facts["code"]) == (3, "other-channel")
    assert [one["channel"] for one in ended.facts["instruments"]] == [10]
    assert "--channel 10" in ended.err


def test_identify_names_the_disabled_filter_and_the_keys(m1tui: Command) -> None:
    ended = m1tui("identify", "--port", "virtual:dead-battery", "--json")
    assert ended.code == 3
    assert ended.facts["answers"] is True
    assert ended.facts["exclusive"] is False
    assert ended.facts["diagnosis"] == "Exclusive disabled"
    assert MIDI_READY in ended.err


def test_identify_in_global_mode_says_what_an_answer_there_does_not_prove(
    m1tui: Command, keep: Keep
) -> None:
    machine = scenario("healthy")
    machine.press("GLOBAL 5")
    keep(machine)
    ended = m1tui("identify", "--port", "virtual", "--json")
    assert (ended.facts["mode"], ended.facts["exclusive"]) == ("GLOBAL", True)
    assert "does not prove that it is enabled" in m1tui("identify", "--port", "virtual").out


def test_identify_keeps_its_keys_where_nothing_is_there_to_ask(
    m1tui: Command, tmp_path: Path
) -> None:
    ended = m1tui("identify", "--port", f"raw:{tmp_path / 'none'}", "--json")
    assert ended.code == 3
    assert ended.facts["answers"] is False
    assert ended.facts["diagnosis"]
    assert ended.facts["error"]["happened"] == ended.facts["diagnosis"]


def test_an_m1_that_is_switched_off_is_no_answer(m1tui: Command, keep: Keep) -> None:
    machine = scenario("healthy")
    machine.power_off()
    keep(machine)
    ended = m1tui("identify", "--port", "virtual", "--json")
    assert ended.code == 3
    assert ended.facts["diagnosis"] == "No answer, and nothing heard"


def test_an_unknown_scenario_is_a_usage_error_that_names_the_known(m1tui: Command) -> None:
    ended = m1tui("identify", "--port", "virtual:broken")
    assert ended.code == 2
    assert "dead-battery" in ended.err


def test_without_an_interface_auto_offers_the_virtual_m1(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m1tui.cli.session.list_ports", list)
    ended = m1tui("backup")
    assert ended.code == 3
    assert "--port virtual" in ended.err


def test_auto_names_the_interfaces_on_which_nothing_answers(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = [ports.PortInfo(f"raw:{tmp_path}/{name}", name, None, None) for name in "ab"]
    monkeypatch.setattr("m1tui.cli.session.list_ports", lambda: found)
    ended = m1tui("identify")
    assert ended.code == 3
    assert f"any of 2 interfaces: raw:{tmp_path}/a" in ended.err


def test_a_backup_is_read_twice_and_lies_in_the_library(m1tui: Command, tmp_path: Path) -> None:
    ended = m1tui("backup", "--port", "virtual:healthy", "--json")
    assert ended.code == 0
    facts = ended.facts
    data = Path(facts["file"]).read_bytes()
    assert facts["outcome"] == "VERIFIED"
    assert facts["sha256"] == hashlib.sha256(data).hexdigest()
    assert facts["bytes"] == len(data)
    assert facts["kind"] == "all data"
    assert facts["contents"][:2] == ["100 programs", "100 combinations"]
    assert Path(facts["file"]).parent == tmp_path / "data" / "backups"


def test_a_racks_backup_is_named_by_its_model(m1tui: Command) -> None:
    file = Path(m1tui("backup", "--port", "virtual:rack", "--json").facts["file"])
    assert " M1R all data" in file.name
    assert json.loads(file.with_suffix(".json").read_text())["instrument"] == "M1R"


def test_a_backup_to_a_file_of_one_part_says_what_no_dump_holds(
    m1tui: Command, tmp_path: Path
) -> None:
    path = tmp_path / "global.syx"
    ended = m1tui("backup", path, "--what", "global", "--port", "virtual:healthy")
    assert ended.code == 0
    assert read_file(path.read_bytes()).dumps[0].part is Part.GLOBAL
    assert "memory protects" in ended.out
    assert "MIDI filters" in ended.out


def test_a_backup_never_overwrites(m1tui: Command, all_data: Path) -> None:
    before = all_data.read_bytes()
    ended = m1tui("backup", all_data, "--port", "virtual:healthy")
    assert ended.code == 2
    assert "already exists" in ended.err
    assert all_data.read_bytes() == before


@pytest.mark.parametrize("words", [("backup",), ("convert", "FILE")])
def test_a_folder_that_is_not_there_is_not_made_for_a_mistyped_name(
    words: tuple[str, ...], m1tui: Command, all_data: Path, tmp_path: Path
) -> None:
    named = [all_data if word == "FILE" else word for word in words]
    ended = m1tui(*named, tmp_path / "mistyped" / "x.syx", "--port", "virtual:healthy")
    assert ended.code == 2
    assert "There is no folder" in ended.err
    assert not (tmp_path / "mistyped").exists()


def test_a_backup_without_an_answer_carries_the_diagnosis(m1tui: Command) -> None:
    ended = m1tui("backup", "--port", "virtual:dead-battery", "--json")
    assert ended.code == 3
    assert ended.facts["diagnosis"] == "Exclusive disabled"
    assert MIDI_READY in ended.facts["error"]["next_step"]


def test_a_transcript_holds_the_bytes_of_both_directions(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "wire.txt"
    assert m1tui("identify", "--port", "virtual:healthy", "--transcript", path).code == 0
    text = path.read_text().upper()
    assert "F0 7E 7F 06 01 F7" in text
    assert "F0 7E 00 06 02 42" in text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_transcript_to_a_pipe_is_refused_instead_of_waiting(
    m1tui: Command, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ended = m1tui("identify", "--port", "virtual:healthy", "--transcript", pipe)
    assert ended.code == 2
    assert "expected a file" in ended.err


def test_a_backup_and_its_transcript_are_two_files(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "new.syx"
    other = tmp_path / "folder" / ".." / "new.syx"
    (tmp_path / "folder").mkdir()
    ended = m1tui("backup", path, "--port", "virtual:healthy", "--transcript", other)
    assert ended.code == 2
    assert "both" in ended.err
    assert not path.exists()


def test_what_the_panel_sends_is_in_the_transcript_of_press(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    assert m1tui("press", "COMBI", "PROG", "--transcript", path).code == 0
    mode_changes = Transcript.load(path).bytes(Direction.IN)
    assert mode_changes.count(b"\x19\x4e") == 2
    assert m1tui("press", "COMBI", "--transcript", tmp_path).code == 2


def test_a_command_without_a_link_says_that_it_writes_no_transcript(
    m1tui: Command, all_data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "t.txt"
    ended = m1tui("inspect", all_data, "--transcript", path)
    assert (ended.code, path.exists()) == (0, False)
    assert "No transcript is written" in ended.err


def test_a_backups_name_that_no_disk_takes_is_refused_before_reading(m1tui: Command) -> None:
    ended = m1tui("backup", "x" * 300, "--port", "virtual:healthy")
    assert ended.code == 2
    assert "too long" in ended.err


def test_a_transcript_never_replaces_another_file(m1tui: Command, all_data: Path) -> None:
    ended = m1tui("identify", "--port", "virtual:healthy", "--transcript", all_data)
    assert ended.code == 2
    assert "is not a transcript" in ended.err


def test_with_exclusive_disabled_a_restore_is_refused_with_the_keys(
    m1tui: Command, all_data: Path
) -> None:
    ended = m1tui("restore", all_data, "--port", "virtual:dead-battery", "--json")
    assert ended.code == 3
    assert ended.facts["outcome"] == "REFUSED"
    assert ended.facts["diagnosis"] == "Exclusive disabled"
    assert MIDI_READY in ended.facts["advice"]["next_step"]


def test_protected_memory_refuses_and_nothing_is_changed(
    m1tui: Command, all_data: Path, keep: Keep
) -> None:
    machine = scenario("dead-battery")
    machine.press(MIDI_READY)
    before = keep(machine).read_bytes()
    ended = m1tui("restore", all_data, "--port", "virtual", "--json")
    assert ended.code == 6
    assert ended.facts["outcome"] == "REFUSED"
    assert ended.facts["advice"]["code"] == "memory-protected"
    assert PROTECTS_OFF in ended.err
    assert keep(machine).read_bytes() == before


def test_with_both_right_a_restore_is_verified(
    m1tui: Command, all_data: Path, writable: Path
) -> None:
    ended = m1tui("restore", all_data, "--port", "virtual", "--json")
    assert ended.code == 0
    facts = ended.facts
    assert (facts["outcome"], facts["reply"], facts["differences"]) == ("VERIFIED", "23", [])
    assert facts["pacing"] == "full"
    assert facts["backup"] is None, "a freshly initialised memory is not worth a file"
    assert writable.read_bytes() == all_data.read_bytes()
    assert m1tui("verify", all_data, "--port", "virtual").code == 0


def test_a_restore_takes_hardly_longer_than_its_bytes(
    m1tui: Command, all_data: Path, writable: Path
) -> None:
    facts = m1tui("restore", all_data, "--port", "virtual", "--json").facts
    assert facts["wire"]["sent"] > 30_000
    assert facts["seconds"] <= 1.05 * sum(facts["wire"].values()) / 3125


def test_one_program_is_sent_alone_and_the_plan_tells_both_times(
    m1tui: Command, all_data: Path, writable: Path, tmp_path: Path
) -> None:
    assert m1tui("restore", all_data, "--port", "virtual", "--json").code == 0
    path = tmp_path / "one.syx"
    contents = read_file(all_data.read_bytes()).contents()
    assert contents.programs is not None
    another = contents.programs[17].replace(name="Another")
    path.write_bytes(dump_of(with_program(contents, 17, another)))
    dry = m1tui("restore", path, "--port", "virtual", "--json", "--dry-run").facts["plan"]
    ended = m1tui("restore", path, "--port", "virtual", "--json")
    assert (ended.code, ended.facts["outcome"], ended.facts["reply"]) == (0, "VERIFIED", "21")
    plan = ended.facts["plan"]
    assert plan == dry
    assert (plan["chosen"], plan["objects"]) == ("one by one", 1)
    assert plan["one_by_one"] < 6 < plan["whole"]
    assert ended.facts["wire"]["sent"] < 1_000
    assert writable.read_bytes() == path.read_bytes()


def test_a_memory_that_holds_the_file_already_is_verified_and_nothing_is_sent(
    m1tui: Command, all_data: Path, writable: Path
) -> None:
    assert m1tui("restore", all_data, "--port", "virtual").code == 0
    before = writable.read_bytes()
    ended = m1tui("restore", all_data, "--port", "virtual", "--json")
    assert (ended.code, ended.facts["outcome"]) == (0, "VERIFIED")
    assert ended.facts["plan"]["chosen"] == "nothing to write"
    assert ended.facts["backup"] is None
    assert ended.facts["wire"]["sent"] < 30
    assert writable.read_bytes() == before
    text = m1tui("restore", all_data, "--port", "virtual").out
    assert "Nothing needed to be written, and nothing was." in text


def test_what_was_there_is_backed_up_before_it_is_replaced(
    m1tui: Command, all_data: Path, keep: Keep
) -> None:
    machine = scenario("healthy")
    machine.press(PROTECTS_OFF)
    before = keep(machine).read_bytes()
    facts = m1tui("restore", all_data, "--port", "virtual", "--json").facts
    assert facts["outcome"] == "VERIFIED"
    assert Path(facts["backup"]).read_bytes() == before


def test_one_part_leaves_the_others_alone(m1tui: Command, all_data: Path, keep: Keep) -> None:
    machine = scenario("healthy")
    machine.press(PROTECTS_OFF)
    path = keep(machine)
    ended = m1tui("restore", all_data, "--what", "global", "--port", "virtual", "--json")
    assert ended.code == 0
    now = read_file(path.read_bytes()).contents()
    assert now.global_ == some_contents().global_
    assert now.programs == machine.contents.programs


def test_sounds_without_their_drum_kits_are_pointed_out(
    m1tui: Command, all_data: Path, writable: Path
) -> None:
    words = ("restore", all_data, "--dry-run", "--port", "virtual", "--what")
    assert "drum kits are in the global data" in m1tui(*words, "programs").err
    assert "drum kits" not in m1tui(*words, "sequence").err


def test_a_dry_run_sends_nothing_and_says_what_would_change(
    m1tui: Command, all_data: Path, writable: Path
) -> None:
    before = writable.read_bytes()
    ended = m1tui("restore", all_data, "--dry-run", "--port", "virtual", "--json")
    assert ended.code == 0
    assert ended.facts["outcome"] == "REFUSED"
    assert "would" in ended.facts["advice"]["happened"]
    assert writable.read_bytes() == before


def test_a_file_of_the_other_allocation_is_refused(
    m1tui: Command, all_data: Path, keep: Keep
) -> None:
    machine = scenario("used")
    machine.press(f"{MIDI_READY} {PROTECTS_OFF}")
    keep(machine)
    ended = m1tui("restore", all_data, "--port", "virtual", "--json")
    assert ended.code == 6
    assert "100/100" in ended.facts["advice"]["happened"]


def test_verify_names_the_one_program_that_differs(
    m1tui: Command, tmp_path: Path, all_data: Path, writable: Path
) -> None:
    assert m1tui("restore", all_data, "--port", "virtual").code == 0
    contents = some_contents()
    record = bytearray((contents.programs or ())[17].raw)
    record[71] ^= 1
    path = tmp_path / "other.syx"
    path.write_bytes(dump_of(with_program(contents, 17, Program(bytes(record)))))
    ended = m1tui("verify", path, "--port", "virtual", "--json")
    assert ended.code == 4
    assert ended.facts["outcome"] == "MISMATCH"
    (difference,) = ended.facts["differences"]
    assert difference["text"] == 'program 17 "Prog 17"'
    assert 'program 17 "Prog 17"' in ended.err


def test_verify_without_an_answer_keeps_its_keys(m1tui: Command, all_data: Path) -> None:
    ended = m1tui("verify", all_data, "--port", "virtual:dead-battery", "--json")
    assert ended.code == 3
    assert (ended.facts["outcome"], ended.facts["differences"]) == ("UNKNOWN", [])
    assert ended.facts["diagnosis"] == "Exclusive disabled"


def test_a_file_with_two_different_dumps_of_one_part_is_not_guessed_about(
    m1tui: Command, tmp_path: Path
) -> None:
    one = some_contents()
    file = tmp_path / "two.syx"
    other = with_program(one, 3, Program.blank().replace(name="Other"))
    file.write_bytes(dump_of(one, Part.PROGRAMS) + dump_of(other, Part.PROGRAMS) + dump_of(one))
    for words in (("restore", file, "--what", "programs"), ("verify", file)):
        ended = m1tui(*words, "--port", "virtual:healthy")
        assert ended.code == 2
        assert "a second, different dump of programs is here" in ended.err
    other_part = ("restore", file, "--what", "global", "--dry-run")
    assert m1tui(*other_part, "--port", "virtual").code == 0


def test_a_part_that_the_file_lacks_is_a_usage_error(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "global.syx"
    path.write_bytes(dump_of(some_contents(), Part.GLOBAL))
    ended = m1tui("restore", path, "--what", "programs", "--port", "virtual:healthy")
    assert ended.code == 2
    assert "contains no programs; it contains global with 4 drum kits" in ended.err


@pytest.mark.parametrize("pacing", ["fast", "256", "0:60", "256:-1"])
def test_a_pacing_of_no_known_form_is_a_usage_error(
    m1tui: Command, all_data: Path, pacing: str
) -> None:
    ended = m1tui("restore", all_data, f"--pacing={pacing}", "--port", "virtual:healthy")
    assert ended.code == 2
    assert "BYTES:MS" in ended.err


def test_a_chosen_pacing_is_used_and_remembered_for_the_port(
    m1tui: Command, all_data: Path, writable: Path
) -> None:
    words = ("restore", all_data, "--what", "global", "--port", "virtual", "--json")
    assert m1tui(*words, "--pacing", "256:60").facts["pacing"] == "256:60"
    assert m1tui(*words).facts["pacing"] == "256:60"
    assert m1tui(*words, "--pacing", "full").facts["pacing"] == "full"


def test_without_a_terminal_a_real_m1_is_written_with_yes_alone(
    m1tui: Command, all_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    ended = m1tui("restore", all_data, "--port", "raw:/dev/snd/none")
    assert ended.code == 2
    assert "--yes" in ended.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", ["\n", "n\n", "no\n", "yeah\n", ""])
def test_on_a_terminal_anything_but_yes_cancels(
    m1tui: Command, all_data: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    ended = m1tui("restore", all_data, "--port", "raw:/dev/snd/none")
    assert ended.code == 2
    assert "100 programs" in ended.err
    assert "[y/N]" in ended.err


def test_after_yes_the_port_is_opened_and_its_absence_has_the_usual_keys(
    m1tui: Command, all_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    ended = m1tui("restore", all_data, "--port", f"raw:{tmp_path / 'none'}", "--json")
    assert ended.code == 3
    assert ended.facts["outcome"] == "REFUSED"
    assert ended.facts["wire"] == {"sent": 0, "received": 0}


DAMAGED = CASES / "programs-right-length-but-shifted-in-the-middle.syx"


@pytest.mark.parametrize("port", ["virtual:healthy", "raw:/dev/snd/none"])
def test_a_damaged_file_is_refused_before_the_instrument_is_waited_for(
    m1tui: Command, port: str
) -> None:
    ended = m1tui("restore", DAMAGED, "--port", port, "--json")
    assert ended.code == 6
    facts = ended.facts
    assert (facts["outcome"], facts["damage_accepted"]) == ("REFUSED", False)
    assert facts["wire"] == {"sent": 0, "received": 0}
    assert facts["error"]["code"] == "damage-not-accepted"
    assert [one["code"] for one in facts["problems"]] == ["values-out-of-range", "names-not-text"]
    assert "--accept-damage" in ended.err


def test_accepted_damage_is_sent_and_said_in_facts_and_lines(
    m1tui: Command, writable: Path
) -> None:
    ended = m1tui("restore", DAMAGED, "--accept-damage", "--port", "virtual", "--json")
    assert ended.code == 0
    assert (ended.facts["outcome"], ended.facts["damage_accepted"]) == ("VERIFIED", True)
    assert ended.facts["problems"]
    out = m1tui("restore", DAMAGED, "--accept-damage", "--port", "virtual").out
    assert "The file is damaged, which you accepted: 502 values of programs" in out
    assert "You accepted the damage: " in out


def test_one_part_that_is_whole_is_restored_without_accepting_damage(
    m1tui: Command, writable: Path, tmp_path: Path
) -> None:
    path = tmp_path / "both.syx"
    combinations = dump_of(some_contents(), Part.COMBINATIONS)
    path.write_bytes(DAMAGED.read_bytes() + combinations)
    assert m1tui("restore", path, "--port", "virtual").code == 6
    ended = m1tui("restore", path, "--what", "combinations", "--port", "virtual", "--json")
    assert (ended.code, ended.facts["problems"]) == (0, [])


def test_a_backup_says_that_its_memory_is_initialised_or_damaged(
    m1tui: Command, writable: Path
) -> None:
    ended = m1tui("backup", "--port", "virtual", "--json")
    assert (ended.code, ended.facts["grade"]) == (0, "doubtful")
    assert "memory-initialised" in [one["code"] for one in ended.facts["notes"]]
    out = m1tui("backup", "--port", "virtual").out
    assert 'every one of 100 programs is "Init Prog"' in out
    assert "Do not keep it as a backup of sounds." in out
    m1tui("restore", DAMAGED, "--accept-damage", "--port", "virtual")
    ended = m1tui("backup", "--what", "programs", "--port", "virtual", "--json")
    assert (ended.code, ended.facts["grade"]) == (0, "damaged")
    assert "DAMAGED: 502 values" in m1tui("backup", "--port", "virtual").out


def test_a_sound_memorys_backup_has_nothing_to_note(m1tui: Command) -> None:
    facts = m1tui("backup", "--port", "virtual:healthy", "--json").facts
    assert (facts["grade"], facts["notes"]) == ("sound", [])


def test_verify_names_what_is_damaged_in_the_file(m1tui: Command, writable: Path) -> None:
    ended = m1tui("verify", DAMAGED, "--port", "virtual", "--json")
    assert ended.code == 4
    assert ended.facts["problems"][0]["code"] == "values-out-of-range"
    assert "is damaged: 502 values" in ended.err


def ended_restore(outcome: Outcome, **changes: object) -> Restoration:
    facts: dict[str, object] = {
        "advice": Advice("for-a-test", "", ""),
        "reply": None,
        "comparison": None,
        "backup": None,
        "seconds": 1.0,
        "pacing": Pacing.FULL,
        "sent": 1,
        "received": 1,
        "unchanged": None,
        "memory_protected": False,
        "notes": (),
    }
    return Restoration(outcome=outcome, **(facts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (ended_restore(Outcome.VERIFIED), 0),
        (ended_restore(Outcome.MISMATCH, unchanged=True), 1),
        (ended_restore(Outcome.MISMATCH, unchanged=True, memory_protected=True), 6),
        (ended_restore(Outcome.MISMATCH, unchanged=True, cancelled=True), 2),
        (ended_restore(Outcome.MISMATCH, unchanged=False), 4),
        (ended_restore(Outcome.MISMATCH, unchanged=False, cancelled=True), 4),
        (ended_restore(Outcome.UNKNOWN), 5),
        (ended_restore(Outcome.UNKNOWN, cancelled=True), 5),
        (ended_restore(Outcome.REFUSED, cancelled=True), 2),
        (ended_restore(Outcome.REFUSED, memory_protected=True), 6),
        (ended_restore(Outcome.REFUSED, silent=True), 3),
        (ended_restore(Outcome.REFUSED, dry_run=True), 0),
        (ended_restore(Outcome.REFUSED, damage=("any",)), 6),
        (ended_restore(Outcome.REFUSED, damage=("any",), damage_accepted=True, silent=True), 3),
    ],
)
def test_every_ending_of_a_restore_has_its_exit_code(result: Restoration, code: int) -> None:
    ready = Diagnosis(Cause.READY, None, 0, ModeData(0, 0, 0, 0, 0), Advice("for-a-test", "", ""))
    assert restore_command.exit_code(result, ready) == code


def test_a_card_that_is_not_there_is_an_answer(m1tui: Command) -> None:
    ended = m1tui("backup", "--bank", "card", "--port", "virtual:healthy", "--json")
    assert ended.code == 1
    assert "found none" in ended.facts["error"]["happened"]


def test_a_refusal_without_a_diagnosis_is_no_answer() -> None:
    assert restore_command.exit_code(ended_restore(Outcome.REFUSED), None) == 3
