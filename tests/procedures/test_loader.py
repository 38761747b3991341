"""A procedure's file is read strictly, and what is wrong is told by file, line, step and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.engine.checks import CHECKS
from m1tui.link.rehearsal import VOCABULARY
from m1tui.procedures.library import check, load, load_library
from m1tui.procedures.loader import ProcedureError
from m1tui.procedures.rules import wrapped

GOOD = """\
id = "example"
title = "An example"
group = "Tests"
purpose = "To be read."
minutes = 5
tools = ["a towel"]
risk = "None."
source = "Nowhere"
scenario = "healthy"

[[steps]]
id = "first"
title = "First"
kind = "hands"
text = "Do it."
rehearse = ["power-off"]

[[steps]]
id = "second"
title = "Second"
kind = "keys"
text = "Press."
keys = "GLOBAL 5"
checks = ["answers"]
needs = ["first"]
display = ["Prog I00 Init Prog", ""]
"""


def written(folder: Path, text: str, name: str = "example.toml") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def problems_of(folder: Path, old: str, new: str) -> list[str]:
    assert old in GOOD
    return [str(problem) for problem in check(written(folder, GOOD.replace(old, new)))]


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert check(path) == ()
    procedure = load(path)
    assert procedure.id == "example"
    assert procedure.minutes == 5
    assert [step.id for step in procedure.steps] == ["first", "second"]
    second = procedure.step("second")
    assert second.key_names == ("GLOBAL", "5")
    assert second.needs == ("first",)
    assert second.display == ("Prog I00 Init Prog", "")
    assert second.senses
    assert not procedure.step("first").senses


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("minutes = 5", 'minutes = "5"', "line 5, minutes: Expected `int`, got `str`."),
        ("minutes = 5", "minutes = 0", "line 5, minutes: Expected `int` >= 1."),
        ('risk = "None."\n', "", "risk: Object missing required field `risk`."),
        (
            'group = "Tests"',
            'gruop = "Tests"',
            "line 3, gruop: Object contains unknown field `gruop`.",
        ),
        (
            'text = "Press."',
            'txt = "Press."',
            'line 22, step "second", txt: Object contains unknown field `txt`.',
        ),
        (
            'kind = "keys"',
            'kind = "key"',
            "line 21, step \"second\", kind: Invalid enum value 'key'.",
        ),
        (
            'text = "Press."\n',
            "",
            'line 18, step "second", text: Object missing required field `text`.',
        ),
        (
            'checks = ["answers"]',
            "checks = [3]",
            'line 24, step "second", checks: Expected `str`, got `int`.',
        ),
        (
            'id = "second"\n',
            "",
            "line 18, step 2, id: Object missing required field `id`.",
        ),
    ],
)
def test_a_field_of_the_wrong_shape_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert problems_of(tmp_path, old, new) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'id = "second"',
            'id = "first"',
            'line 19, step "first", id: an earlier step is also named "first".',
        ),
        (
            'checks = ["answers"]',
            'checks = ["anwsers"]',
            (
                'line 24, step "second", checks: "anwsers" is not a check; known: '
                f"{', '.join(sorted(CHECKS)[:60])} and {len(CHECKS) - 60} more."
            ),
        ),
        (
            'rehearse = ["power-off"]',
            'rehearse = ["pull"]',
            (
                'line 16, step "first", rehearse: expected one of '
                f"{', '.join(sorted(VOCABULARY))}, found 'pull'."
            ),
        ),
        (
            'needs = ["first"]',
            'needs = ["second"]',
            'line 25, step "second", needs: "second" is not an earlier step; known: first.',
        ),
        (
            'needs = ["first"]',
            'recall = "third"',
            'line 25, step "second", recall: "third" is not an earlier step.',
        ),
        (
            'keys = "GLOBAL 5"',
            'keys = "GLOBAL ENTER"',
            'line 23, step "second", keys: "ENTER" is not a key on the M1\'s front panel.',
        ),
        (
            'keys = "GLOBAL 5"',
            'keys = " "',
            'line 23, step "second", keys: a step of kind "keys" needs keys to press.',
        ),
        (
            'kind = "hands"',
            'kind = "check"',
            'line 11, step "first", checks: a step of kind "check" needs a check.',
        ),
        (
            '"Prog I00 Init Prog"',
            f'"{"M" * 41}"',
            'line 26, step "second", display: expected at most 40 columns, found 41.',
        ),
        (
            '"Prog I00 Init Prog", ""',
            '"Prog I00"',
            'line 26, step "second", display: expected 2 lines, found 1.',
        ),
        (
            'text = "Press."',
            f'text = "{"word " * 110}"',
            'line 22, step "second", text: expected at most 9 lines of 52 columns, found 11.',
        ),
        (
            'text = "Press."',
            'text = "Press\\u001b[2J."',
            'line 22, step "second", text: control characters are not shown: found U+001B.',
        ),
        (
            'tools = ["a towel"]',
            'work = "It was tested."\ntools = ["a towel"]',
            "line 6, work: it names the work: expected no mark at its end.",
        ),
        (
            'tools = ["a towel"]',
            'tools = ["a\\u0007towel"]',
            "line 6, tools: control characters are not shown: found U+0007.",
        ),
        (
            'needs = ["first"]',
            'observes = ["answers"]',
            'line 25, step "second", observes: "answers" is already in checks.',
        ),
        (
            'id = "example"',
            'id = "sample"',
            'line 1, id: the id must be the file\'s name: expected "example", found "sample".',
        ),
    ],
)
def test_what_does_not_fit_together_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert problems_of(tmp_path, old, new) == [expected]


QUESTION = """\

[[steps]]
id = "ask"
title = "Ask"
kind = "question"
text = "Go on?"
options = [
    { label = "Yes" },
    { label = "No", go = "end" },
]
"""

ASKING = (
    """\

[[steps]]
id = "which"
title = "Which"
kind = "values"
text = "Choose."
fields = [
    { name = "song", label = "Song", low = 0, high = 9 },
    { name = "what", label = "Part", choices = ["programs", "global"] },
    { name = "words", label = "Words" },
]

[[steps]]
id = "save"
title = "Save"
kind = "backup"
text = "Wait."
part = "{what}"
"""
    + QUESTION
    + """\

[[steps]]
id = "erase"
title = "Erase"
kind = "keys"
text = "Press."
keys = "SEQ 3 + UP/DOWN:song G G"
when = { value = "ask", is = "Yes" }
checks = ["song-empty"]
repeat = { until = "song-empty", at_most = 3 }
drawing = "battery"

[[steps]]
id = "end"
title = "End"
kind = "restore"
text = "Back."
from = "save"
confirm = "BACK"
"""
)


def test_questions_values_and_conditions_are_read_whole(tmp_path: Path) -> None:
    procedure = load(written(tmp_path, GOOD + ASKING))
    assert procedure.step("ask").options[1].go == "end"
    assert procedure.step("which").fields[0].high == 9
    when = procedure.step("erase").when
    assert when is not None
    assert (when.value, when.is_) == ("ask", "Yes")
    repeat = procedure.step("erase").repeat
    assert repeat is not None
    assert repeat.at_most == 3
    assert procedure.step("end").from_ == "save"


def asking_problem(folder: Path, old: str, new: str) -> str:
    """The first problem of the longer file with `new` for `old`, behind the line that it names."""
    assert old in ASKING
    text = GOOD + ASKING.replace(old, new, 1)
    problem, *_ = check(written(folder, text))
    assert problem.line is not None
    line = text.splitlines()[problem.line - 1]
    return f"{line.strip()} -> {problem.step}, {problem.field}: {problem.text}"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'go = "end"',
            'go = "which"',
            '{ label = "No", go = "which" }, -> step "ask", options: "which" is not a later step.',
        ),
        (
            'go = "end"',
            'go = "end", denies = "dead"',
            '{ label = "No", go = "end", denies = "dead" }, -> step "ask", options: '
            '"dead" is not an earlier value.',
        ),
        (
            'go = "end"',
            'go = "end", procedure = "midi-ready"',
            '{ label = "No", go = "end", procedure = "midi-ready" }, -> step "ask", options: '
            "an option leads to a step or to a procedure, not to both.",
        ),
        (
            'label = "No"',
            'label = "Yes"',
            '{ label = "Yes" }, -> step "ask", options: "Yes" is listed twice.',
        ),
        (
            'label = "No"',
            'lable = "No"',
            '{ lable = "No", go = "end" }, -> step "ask", options: '
            "Object contains unknown field `lable`.",
        ),
        (
            'kind = "question"',
            'kind = "hands"',
            'options = [ -> step "ask", options: only a step of kind question can have this field.',
        ),
        (
            "high = 9",
            "high = 0",
            '{ name = "song", label = "Song", low = 0, high = 0 }, -> step "which", fields: '
            '"song": expected low below high, found 0 and 0.',
        ),
        (
            ", high = 9",
            "",
            '{ name = "song", label = "Song", low = 0 }, -> step "which", fields: '
            '"song" needs both low and high, or neither.',
        ),
        (
            "high = 9",
            "high = 9, default = 10",
            '{ name = "song", label = "Song", low = 0, high = 9, default = 10 }, -> '
            'step "which", fields: default of Song: expected 0 to 9, found "10".',
        ),
        (
            "high = 9",
            'high = 9, decimals = 1, rehearsed = "9.5"',
            '{ name = "song", label = "Song", low = 0, high = 9, decimals = 1, '
            'rehearsed = "9.5" }, -> step "which", fields: '
            'rehearsed of Song: expected 0 to 9.0, found "9.5".',
        ),
        (
            'label = "Words"',
            'label = "Words", records = "old-cell-volts"',
            '{ name = "words", label = "Words", records = "old-cell-volts" }, -> step "which", '
            'fields: "words" records volts: it needs low and high.',
        ),
        (
            'label = "Words" }',
            'label = "Words", records = "cell-type" },\n'
            '    { name = "more", label = "More", records = "cell-type" }',
            '{ name = "more", label = "More", records = "cell-type" }, -> step "which", '
            'fields: "cell-type" is recorded twice.',
        ),
        (
            'label = "Words"',
            'label = "Words", records = "cell-in"',
            "fields = [ -> step \"which\", fields: Invalid enum value 'cell-in'.",
        ),
        (
            'text = "Go on?"',
            'text = "Go on?"\nrecords = "cell-in"',
            'records = "cell-in" -> step "ask", records: '
            "only a step of kind hands or keys or check can have this field.",
        ),
        (
            'checks = ["song-empty"]\nrepeat = { until = "song-empty", at_most = 3 }',
            'records = "cell-holds"',
            'records = "cell-holds" -> step "erase", records: '
            '"cell-holds" must be proved: it needs a check.',
        ),
        (
            'drawing = "battery"',
            'records = "cell-gone"',
            'records = "cell-gone" -> step "erase", records: Invalid enum value \'cell-gone\'.',
        ),
        (
            'label = "Words"',
            'label = "Words", decimals = 2',
            '{ name = "words", label = "Words", decimals = 2 }, -> step "which", fields: '
            '"words" has decimals, but neither low nor high.',
        ),
        (
            'name = "words"',
            'name = "ask"',
            '{ name = "ask", label = "Words" }, -> step "which", fields: '
            '"ask" is already the name of a question.',
        ),
        (
            '"programs", "global"',
            '"programs"',
            '{ name = "what", label = "Part", choices = ["programs"] }, -> step "which", fields: '
            '"what" needs two or more different choices.',
        ),
        (
            "UP/DOWN:song",
            "UP/DOWN:words",
            'keys = "SEQ 3 + UP/DOWN:words G G" -> step "erase", keys: '
            '"words" is not an earlier value with low and high, or with choices.',
        ),
        (
            "UP/DOWN:song",
            "{what}",
            'keys = "SEQ 3 + {what} G G" -> step "erase", keys: '
            '"what" is not an earlier value from 0 to 99.',
        ),
        (
            'checks = ["song-empty"]',
            'warning = "This erases {voice}."\nchecks = ["song-empty"]',
            'warning = "This erases {voice}." -> step "erase", warning: "voice" is not an earlier '
            "value; known: song, what, words.",
        ),
        (
            'checks = ["song-empty"]',
            'checks = ["song-empty", "track-empty"]',
            'checks = ["song-empty", "track-empty"] -> step "erase", checks: '
            '"track-empty" needs the value "track", which no earlier step asks for.',
        ),
        (
            'until = "song-empty"',
            'until = "answers"',
            'repeat = { until = "answers", at_most = 3 } -> step "erase", repeat: '
            '"answers" is not one of the step\'s checks.',
        ),
        (
            "at_most = 3",
            "at_most = 1",
            'repeat = { until = "song-empty", at_most = 1 } -> step "erase", repeat: '
            "Expected `int` >= 2.",
        ),
        (
            'is = "Yes"',
            'is = "Maybe"',
            'when = { value = "ask", is = "Maybe" } -> step "erase", when: '
            'expected Yes or No, found "Maybe".',
        ),
        (
            'value = "ask"',
            'value = "later"',
            'when = { value = "later", is = "Yes" } -> step "erase", when: '
            '"later" is not an earlier value or question.',
        ),
        (
            'is = "Yes" }',
            'is = "Yes", also = { value = "later", is = "Yes" } }',
            'when = { value = "ask", is = "Yes", also = { value = "later", is = "Yes" } } -> '
            'step "erase", when: "later" is not an earlier value or question.',
        ),
        (
            'is = "Yes" }',
            'is = "Yes", said = "ever" }',
            'when = { value = "ask", is = "Yes", said = "ever" } -> step "erase", when: '
            '"ever" works only with what a check said, and not on a step that saves.',
        ),
        (
            'part = "{what}"',
            'part = "{words}"',
            'part = "{words}" -> step "save", part: '
            '"words" is not an earlier value whose choices are parts.',
        ),
        (
            'part = "{what}"',
            'part = "songs"',
            'part = "songs" -> step "save", part: expected one of all, programs, combinations, '
            'global, sequence, found "songs".',
        ),
        (
            'from = "save"',
            'from = "erase"',
            'from = "erase" -> step "end", from: '
            '"erase" is not an earlier step of kind backup or receive.',
        ),
        (
            'drawing = "battery"',
            'drawing = "../battery"',
            'drawing = "../battery" -> step "erase", drawing: "../battery" is not a drawing; '
            "known: battery, card, card-sets, connectors, connectors-in, joystick, slots.",
        ),
        (
            'drawing = "battery"',
            "keybed = true",
            'keybed = true -> step "erase", keybed: only a step with the check "keybed" has keys '
            "to draw.",
        ),
        (
            'drawing = "battery"',
            'bank = "card"',
            'bank = "card" -> step "erase", bank: only a step of kind backup or receive or '
            "restore can have this field.",
        ),
        (
            'confirm = "BACK"',
            'confirm = "BACK"\nkeys = "GLOBAL"',
            'confirm = "BACK" -> step "end", confirm: the word is typed before the keys: ask for '
            "it in a step of its own.",
        ),
        (
            'text = "Choose."',
            'text = "Choose."\nchecks = ["answers"]',
            'checks = ["answers"] -> step "which", checks: a step of kind "values" can only ask.',
        ),
    ],
)
def test_what_does_not_fit_in_questions_and_values_is_named_at_its_own_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert asking_problem(tmp_path, old, new) == expected


@pytest.mark.parametrize(
    "action", ["power-on INT CARD COMBI", "play", "play 36", "wait 5", "press GLOBAL 5 +"]
)
def test_a_rehearsals_action_may_have_an_argument(tmp_path: Path, action: str) -> None:
    assert check(written(tmp_path, GOOD.replace("power-off", action))) == ()


@pytest.mark.parametrize("action", ["play 35", "wait long", "press ENTER", "power-off now"])
def test_an_argument_that_does_not_fit_is_told(tmp_path: Path, action: str) -> None:
    (problem,) = check(written(tmp_path, GOOD.replace("power-off", action)))
    assert (problem.line, problem.field) == (16, "rehearse")


SAVE = """\

[[steps]]
id = "save"
title = "Save"
kind = "backup"
text = "Wait."
loses = "the songs are lost"
"""
ERASE = """\

[[steps]]
id = "erase"
title = "Erase"
kind = "keys"
text = "Press."
keys = "GLOBAL 5"
endangers = ["sequence"]
needs = ["save"]
"""
SKIPPING = (
    QUESTION
    + SAVE
    + ERASE
    + """\

[[steps]]
id = "end"
title = "End"
kind = "hands"
text = "Look."
"""
)


def test_an_answer_may_skip_the_backup_only_with_all_that_it_is_for(tmp_path: Path) -> None:
    assert check(written(tmp_path, GOOD + SKIPPING)) == ()
    destroys = SKIPPING.replace('kind = "hands"', 'kind = "hands"\nendangers = ["sequence"]')
    (problem,) = check(written(tmp_path, GOOD + destroys))
    assert 'an answer skips "save", which saves sounds' in str(problem)


WORD = """\

[[steps]]
id = "word"
title = "Type the word"
kind = "hands"
text = "Type it."
confirm = "ERASE"
loses = "the songs are erased"
"""


def test_a_typed_word_is_needed_by_what_destroys_and_skipped_only_with_consent(
    tmp_path: Path,
) -> None:
    needing = ERASE.replace('"save"', '"save", "word"')
    assert check(written(tmp_path, GOOD + SAVE + WORD + needing)) == ()
    (problem,) = check(written(tmp_path, GOOD + SAVE + WORD + ERASE))
    assert (problem.step, problem.field) == ('step "erase"', "needs")
    assert problem.text == '"word" asks for a word before this step: list it here.'
    skipped = WORD.replace('loses = "the songs are erased"\n', "")
    (problem,) = check(written(tmp_path, GOOD + SAVE + skipped + needing))
    assert (problem.step, problem.field) == ('step "word"', "confirm")
    assert problem.text == '"loses" must say what is lost if this step is skipped.'


def test_all_problems_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    bad = GOOD.replace('keys = "GLOBAL 5"', 'keys = "X"').replace('"power-off"', '"pull"')
    assert [problem.line for problem in check(written(tmp_path, bad))] == [16, 23]


def test_text_that_is_not_toml_is_told_with_line_and_column(tmp_path: Path) -> None:
    (problem,) = check(written(tmp_path, 'id = "x"\ntitle = \n'))
    assert problem.line == 2
    assert str(problem).startswith("line 2: not TOML: Invalid value, at column 9.")


def test_bytes_that_are_not_utf_8_are_told(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_bytes(b'id = "\xff"')
    with pytest.raises(ProcedureError, match=r"byte 6 is not UTF-8"):
        load(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProcedureError, match=r"nothing\.toml.*\n.*no such file"):
        load(tmp_path / "nothing.toml")


def test_the_error_names_the_file_and_the_command_that_checks_it(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("minutes = 5", "minutes = 5.5"))
    with pytest.raises(ProcedureError) as caught:
        load(path)
    assert str(path) in caught.value.advice.happened
    assert "line 5, minutes" in caught.value.advice.happened
    assert "m1tui procedures check" in caught.value.advice.next_step


def test_procedures_of_several_folders_are_found_by_id(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    own = tmp_path / "own"
    own.mkdir()
    written(own, GOOD.replace('"example"', '"mine"'), "mine.toml")
    library = load_library([tmp_path, own, tmp_path / "none"])
    assert (list(library.procedures), library.refused) == (["example", "mine"], ())


def test_an_id_that_two_files_claim_is_an_error(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    (tmp_path / "own").mkdir()
    second = written(tmp_path / "own", GOOD)
    library = load_library([tmp_path, tmp_path / "own"])
    assert list(library.procedures) == ["example"]
    (refused,) = library.refused
    assert "already used" in str(refused)
    assert refused.path == second
    assert refused.problems[0].line == 1


def test_text_is_wrapped_and_an_empty_line_parts_paragraphs() -> None:
    text = "one two\nthree\n\nfour " + "x" * 60
    assert wrapped(text, 10) == ("one two", "three", "", "four xxxxx", *["x" * 10] * 5, "x" * 5)


WITH_BACKUP = f"""{GOOD}
[[steps]]
id = "kept"
title = "Kept"
kind = "backup"
text = "Wait."

[[steps]]
id = "third"
title = "Third"
kind = "hands"
text = "Do it."
checks = ["memory-as-backup"]
from = "kept"
"""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('from = "kept"', 'from = "first"', "not an earlier step of kind backup or receive"),
        ('["memory-as-backup"]', '["silent"]', "no check of this step compares with a backup"),
        ('["answers"]', '["answers"]\nfrom = "kept"', "only a step of kind restore or hands"),
    ],
)
def test_a_step_may_name_the_backup_that_its_check_compares_with(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert check(written(tmp_path, WITH_BACKUP)) == ()
    assert old in WITH_BACKUP
    problems = check(written(tmp_path, WITH_BACKUP.replace(old, new)))
    assert any(problem in str(one) for one in problems)
