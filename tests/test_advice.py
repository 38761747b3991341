"""What a person is told: its sentences, and the code by which scripts and searches find it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest

from m1tui.advice import Advice, Trouble
from m1tui.cable.symptoms import Symptom
from m1tui.cli.launch import main
from m1tui.engine import diagnosis as say
from m1tui.engine.checks import NOTHING_DONE
from m1tui.engine.diagnosis import Cause
from m1tui.facts import ANSWERED, NOT_PUT
from m1tui.sysex import IdentityReply, ModeData
from tests.codes import UnknownCode, places

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

ONE_SITUATION = {
    "auto-needs-virtual-m1": {
        "cli/commands/procedures",
        "cli/commands/survey",
        "procedures/perform",
    },
    "cancelled": {
        "cli/commands/backup",
        "cli/commands/restore",
        "cli/launch",
        "cli/session",
        "engine/restore/judge",
    },
    "cancelled-while-writing": {"cli/session", "engine/restore/judge"},
    "card-format-unfit": {"engine/restore/planning"},
    "card-write-protected": {"engine/checks/card", "engine/restore/planning"},
    "catalogue-damaged": {"store/catalogue_file"},
    "catalogue-not-writable": {"store/catalogue_file"},
    "dump-damaged": {"engine/read/reading", "engine/read/receive"},
    "dumps-do-not-belong-together": {
        "app/library/compare",
        "cli/commands/convert",
        "cli/commands/inspect",
        "cli/files",
        "procedures/origins",
    },
    "every-second-packet-lost": {"sysex/forms/stream", "sysex/forms/unframed"},
    "exclusive-disabled": {"engine/checks/connection", "engine/diagnosis"},
    "file-damaged": {"cli/commands/convert", "cli/files"},
    "file-empty": {"cli/files", "sysex/forms/reader"},
    "file-exists": {"cli/commands/backup", "cli/commands/convert", "cli/songs"},
    "file-missing": {"cli/commands/library", "files"},
    "form-too-large": {"sysex/forms/midi_file", "sysex/forms/reader"},
    "first-block-missing": {"sysex/forms/unframed"},
    "folder-missing": {"cli/commands/simulate", "cli/files"},
    "internal-error": {"cli/exits"},
    "link-lost": {"link/base", "link/tcp", "link/virtual", "procedures/alarms"},
    "load-refused": {"engine/restore/judge"},
    "loop-silence": {"cable/words"},
    "memory-differs": {"engine/checks/memory", "engine/read/verify"},
    "memory-not-kept": {"engine/checks/memory"},
    "memory-protected": {"engine/checks/memory", "engine/restore/judge"},
    "message-missing": {"cli/files", "procedures/origins"},
    "no-dump-in-file": {"app/library/compare", "cli/files", "procedures/origins"},
    "no-exclusive-message": {"sysex/forms/midi_file", "sysex/forms/stream"},
    "no-origin-chosen": {"engine/checks/memory", "procedures/transfers"},
    "no-two-backups": {"app/library/actions", "cli/commands/library"},
    "no-such-key": {"cli/commands/press", "cli/commands/simulate"},
    "no-such-procedure": {"app/home_lists", "cli/commands/procedures"},
    "not-a-file": {"cli/commands/simulate", "files"},
    "not-in-log": {"cli/commands/log", "store/log_files"},
    "object-missing": {"cli/commands/convert", "cli/commands/inspect"},
    "part-missing": {"cli/commands/convert", "cli/files", "engine/restore/planning"},
    "probe-changed-memory": {"engine/checks/memory", "engine/restore/judge"},
    "procedure-unusable": {"cli/commands/procedures", "procedures/loader"},
    "restore-differs": {"engine/restore/judge"},
    # An interface that hears itself has this cause of a diagnosis, too.
    "sensing-only": {"engine/diagnosis"},
    "sides-do-not-match": {"app/library/compare", "cli/commands/diff"},
    "slot-not-there": {"cli/commands/convert", "engine/restore/planning"},
    "step-proved": {"procedures/run"},
    "too-many": {"sysex/forms/midi_file", "sysex/forms/stream"},
    "transcript-not-writable": {"link/base"},
    "two-instruments": {"engine/diagnosis"},
    # Whatever is wrong with the words of a command line.
    "usage": {
        "cli/commands/backup",
        "cli/commands/convert",
        "cli/commands/diff",
        "cli/commands/library",
        "cli/commands/log",
        "cli/commands/procedures",
        "cli/commands/restore",
        "cli/parser",
    },
    "written-file-differs": {"cli/commands/convert", "cli/songs"},
    "value-not-chosen": {"engine/checks/registry", "procedures/hands"},
}
"""The codes that are given in several places, and the modules with them: one situation each."""


def test_advice_reads_as_its_parts_in_order_without_the_empty_ones_and_the_code() -> None:
    advice = Advice("it-broke", "It broke.", "Nothing was sent.", next_step="Try again.")
    assert advice.lines() == ("It broke.", "Nothing was sent.", "Try again.")
    assert str(advice) == "It broke.\nNothing was sent.\nTry again."


def test_trouble_reads_as_its_advice() -> None:
    advice = Advice("it-broke", "It broke.", "Nothing was sent.", "A loose plug.", "Push it in.")
    assert str(Trouble(advice)) == str(advice)
    assert Trouble(advice).advice is advice


def test_every_code_in_the_source_is_lower_case_words_joined_by_hyphens() -> None:
    codes = {place.code for place in places()}
    assert len(codes) > 200
    assert [code for code in codes if not SLUG.fullmatch(code)] == []


def test_codes_that_decide_what_is_said_or_done_are_given_somewhere() -> None:
    assert {*ANSWERED, *NOT_PUT, *NOTHING_DONE} <= {place.code for place in places()}
    assert not ANSWERED & NOT_PUT


def test_a_code_that_stands_in_several_places_is_declared_to_mean_one_situation() -> None:
    found = defaultdict(list)
    for place in places():
        found[place.code].append(place.file.removeprefix("m1tui/").removesuffix(".py"))
    several = {code: set(files) for code, files in found.items() if len(files) > 1}
    assert several == ONE_SITUATION


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ('Advice("a-b", "It broke.", "Safe.")', ["a-b"]),
        ('raise usage("It broke.", "Mend it.", code="a-b")', ["a-b"]),
        ('Advice(code="a" if x else "b", happened="It broke.")', ["a", "b"]),
        ('T = {1: "a", 2: "b"}\nAdvice(T.get(x, "c"), "It broke.", "Safe.")', ["a", "b", "c"]),
        ('def f(code: str) -> None:\n    Advice(code, "It broke.", "Safe.")', []),
        ('def f() -> None:\n    code = "a"\n    Advice(code, "It broke.", "Safe.")', ["a"]),
    ],
)
def test_the_source_is_searched_for_codes_wherever_they_are_given(
    source: str, codes: list[str], tmp_path: Path
) -> None:
    (tmp_path / "module.py").write_text(source)
    assert [place.code for place in places(tmp_path)] == codes


def test_a_code_that_cannot_be_told_from_the_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text('Advice("a" + made_up(), "It broke.", "Safe.")')
    with pytest.raises(UnknownCode, match=r"module\.py:1"):
        places(tmp_path)


def test_the_advice_of_each_cause_of_a_diagnosis_has_the_causes_code() -> None:
    mode = ModeData(0, 0, 0, 0, 0)
    identity = IdentityReply(0, bytes([0x42, 0x19, 0, 0, 0, 1, 0, 1, 0]))
    told = {
        Cause.READY: [say.ready(mode, identity), say.ready(mode, identity, [4])],
        Cause.NO_IDENTITY: [say.ready(mode, None)],
        Cause.SILENT: [say.silent()],
        Cause.SENSING_ONLY: [say.sensing_only(3), say.looped()],
        Cause.EXCLUSIVE_DISABLED: [
            say.exclusive_disabled(0, clock_heard=heard) for heard in (False, True)
        ],
        Cause.OTHER_MODEL: [say.other_model("M3R")],
        Cause.TWO_INSTRUMENTS: [
            say.several([0, 4], None),
            say.twins(0, differ=True, looped=False),
            say.twins(0, differ=False, looped=True),
        ],
        Cause.DAMAGED_ANSWERS: [say.damaged(b"\xf0", 1)],
        Cause.OTHER_CHANNEL: [say.elsewhere(0, 4)],
    }
    assert set(told) == set(Cause)
    for cause, advice in told.items():
        assert {one.code for one in advice} == {cause.code}


def test_the_loop_test_has_a_code_for_each_symptom() -> None:
    codes = {place.code for place in places() if place.file == "m1tui/cable/words.py"}
    words = {"trusted" if one is Symptom.NONE else one.value for one in Symptom}
    assert codes == {f"loop-{word}" for word in words}


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("restore",), 2, "usage"),
        (("identify", "--channel", "17"), 2, "usage"),
        (("inspect", "nothing.syx"), 2, "file-missing"),
        (("inspect", "."), 2, "not-a-file"),
        (("identify", "--port", "nowhere"), 2, "usage"),
        (("identify", "--port", "virtual:broken"), 2, "scenario-unknown"),
        (("identify", "--port", "raw:/nowhere/midi"), 3, "device-missing"),
        (("procedures", "show", "nothing"), 2, "no-such-procedure"),
        (
            ("procedures", "run", "transpose", "--auto", "--port", "raw:x"),
            6,
            "auto-needs-virtual-m1",
        ),
        (("loopback", "--port", "virtual"), 2, "nothing-to-test"),
        (("log", "show", "nothing"), 2, "not-in-log"),
        (("backup", "--port", "virtual:used"), 3, "exclusive-disabled"),
    ],
)
def test_a_failure_in_json_carries_its_code_beside_the_sentences(
    words: tuple[str, ...],
    exit_code: int,
    code: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    assert main(["--data-dir", str(tmp_path), *words, "--json"]) == exit_code
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == code
    assert error["happened"]


def test_advice_is_kept_with_its_code() -> None:
    advice = Advice("it-broke", "It broke.", "Nothing was sent.")
    assert msgspec.json.decode(msgspec.json.encode(advice), type=Advice) == advice
