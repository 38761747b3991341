"""`diff`: per object, both ways, with cosmetic differences told apart from real ones."""

from pathlib import Path

from m1tui.sysex import Contents, Part, Program, Sequence
from tests.cli.conftest import Command, dump_of, some_contents, with_program

NOTHING = {
    "equal": True,
    "programs": {"changed": 0, "cosmetic": 0},
    "combinations": {"changed": 0, "cosmetic": 0, "card_numbers": 0},
    "global": {"changed": 0, "drum_instruments": 0},
    "sequence": {"changed": 0},
    "parts": {
        "programs": {"first": True, "second": True, "equal": 100},
        "combinations": {"first": True, "second": True, "equal": 100},
        "global": {"first": True, "second": True, "equal": 121},
        "sequence": {"first": True, "second": True, "equal": 110},
    },
    "differences": [],
    "problems": [],
}


def written(folder: Path, name: str, contents: Contents, part: Part = Part.ALL) -> Path:
    path = folder / name
    path.write_bytes(dump_of(contents, part))
    return path


def test_a_file_equals_itself_on_another_channel(m1tui: Command, tmp_path: Path) -> None:
    one = written(tmp_path, "a.syx", some_contents())
    other = tmp_path / "b.syx"
    other.write_bytes(dump_of(some_contents(), channel=9))
    ended = m1tui("diff", one, other, "--json")
    assert ended.code == 0
    assert ended.facts == NOTHING


def test_a_changed_program_is_counted_and_named(m1tui: Command, tmp_path: Path) -> None:
    contents = some_contents()
    changed = with_program(contents, 17, Program.blank().replace(name="Organ 2"))
    ended = m1tui(
        "diff",
        written(tmp_path, "a.syx", contents),
        written(tmp_path, "b.syx", changed),
        "--json",
    )
    assert ended.code == 4
    assert ended.facts["programs"] == {"changed": 1, "cosmetic": 0}
    (difference,) = ended.facts["differences"]
    assert difference["kind"] == "program"
    assert difference["number"] == 17
    assert difference["class"] == "different"
    assert difference["text"] == 'program 17 "Prog 17"'


def test_padding_of_a_name_is_cosmetic_and_equal(m1tui: Command, tmp_path: Path) -> None:
    contents = some_contents()
    padded = Program(b"Prog 3\0\0\0\0" + Program.blank().raw[10:])
    ended = m1tui(
        "diff",
        written(tmp_path, "a.syx", contents),
        written(tmp_path, "b.syx", with_program(contents, 3, padded)),
        "--json",
    )
    assert ended.code == 0
    assert ended.facts["equal"] is True
    assert ended.facts["programs"] == {"changed": 0, "cosmetic": 1}
    assert ended.facts["differences"][0]["class"] == "cosmetic"


def test_combinations_as_a_card_stores_them_are_the_same_but_for_card_numbers(
    m1tui: Command, tmp_path: Path
) -> None:
    contents = some_contents()
    one = written(tmp_path, "internal.syx", contents)
    other = written(tmp_path, "card.syx", contents.playing_from(card=True))
    for pair in ((one, other), (other, one)):
        ended = m1tui("diff", *pair, "--json")
        assert ended.code == 0
        assert ended.facts["equal"] is True
        assert ended.facts["combinations"] == {"changed": 0, "cosmetic": 0, "card_numbers": 100}
        assert {one["class"] for one in ended.facts["differences"]} == {"card-numbers"}
    text = m1tui("diff", one, other).out
    assert text.startswith("EQUAL BUT FOR CARD NUMBERS: ")
    assert "numbered 100 higher (I17 as C17)" in text
    assert "combinations will play other programs" in text
    assert '  combination 17 "Combi 17": Timbre 1: program: expected I00, found C00\n' in text
    assert "  and 60 more; --json lists them all" in text


def test_what_differs_beside_card_numbers_is_different(m1tui: Command, tmp_path: Path) -> None:
    contents = some_contents()
    changed = with_program(contents.playing_from(card=True), 17, Program.blank())
    ended = m1tui(
        "diff",
        written(tmp_path, "internal.syx", contents),
        written(tmp_path, "card.syx", changed),
    )
    assert ended.code == 4
    assert ended.out.startswith("DIFFERENT: ")
    assert "programs: 1 changed" in ended.out
    assert "The same except for card numbers" in ended.out


def test_a_drum_instrument_is_counted_within_global(m1tui: Command, tmp_path: Path) -> None:
    contents = some_contents()
    assert contents.global_ is not None
    raw = bytearray(contents.global_.raw)
    raw[21] = 5
    changed = contents.merged(Contents(global_=type(contents.global_)(bytes(raw))))
    ended = m1tui(
        "diff",
        written(tmp_path, "a.syx", contents),
        written(tmp_path, "b.syx", changed),
        "--json",
    )
    assert ended.code == 4
    assert ended.facts["global"] == {"changed": 1, "drum_instruments": 1}


def test_a_part_that_one_file_lacks_is_a_difference_either_way(
    m1tui: Command, tmp_path: Path
) -> None:
    whole = written(tmp_path, "a.syx", some_contents())
    programs = written(tmp_path, "b.syx", some_contents(), Part.PROGRAMS)
    for pair in ((whole, programs), (programs, whole)):
        ended = m1tui("diff", *pair, "--json")
        assert ended.code == 4
        assert ended.facts["equal"] is False
        assert ended.facts["programs"] == {"changed": 0, "cosmetic": 0}
        assert ended.facts["sequence"] == {"changed": 0}
        assert ended.facts["global"]["changed"] == 0
        side = "first" if pair[0] == whole else "second"
        lacking = [(one["kind"], one["class"]) for one in ended.facts["differences"]]
        assert lacking == [
            (part, f"only-in-{side}") for part in ("combinations", "global", "sequence")
        ]
        parts = ended.facts["parts"]
        assert parts["programs"] == {"first": True, "second": True, "equal": 100}
        only_first = pair[0] == whole
        lacks = {"first": only_first, "second": not only_first, "equal": 0}
        assert parts["global"] == parts["sequence"] == lacks
        text = m1tui("diff", *pair).out
        assert text.startswith("EQUAL IN THE PARTS THAT BOTH CONTAIN: ")
        assert "expected" not in text
        lines = text.splitlines()
        assert "programs: all 100 equal" in lines
        assert f"global: only in {'A' if only_first else 'B'}" in lines


def test_files_without_a_part_in_common_are_not_called_equal(
    m1tui: Command, tmp_path: Path
) -> None:
    programs = written(tmp_path, "a.syx", some_contents(), Part.PROGRAMS)
    other = written(tmp_path, "b.syx", some_contents(), Part.GLOBAL)
    ended = m1tui("diff", programs, other)
    assert ended.code == 4
    lines = ended.out.splitlines()
    assert lines[0].startswith("NO PART IN COMMON: ")
    assert lines[1:] == [
        "programs: only in A",
        "combinations: in neither",
        "global: only in B",
        "sequence: in neither",
    ]


def test_a_sound_that_differs_is_named_and_a_part_that_one_file_lacks_is_not_counted_with_it(
    m1tui: Command, tmp_path: Path
) -> None:
    whole = written(tmp_path, "a.syx", some_contents())
    changed = with_program(some_contents(), 17, Program.blank())
    lines = m1tui("diff", whole, written(tmp_path, "b.syx", changed, Part.PROGRAMS)).out
    assert lines.startswith("DIFFERENT: ")
    assert "programs: 1 changed, 0 cosmetic, 99 equal\n" in lines
    assert "sequence: only in A\n" in lines
    assert "found none" not in lines


def test_what_is_equal_is_said_too(m1tui: Command, tmp_path: Path) -> None:
    contents = some_contents()
    changed = with_program(contents, 17, Program.blank().replace(name="Organ 2"))
    one, other = written(tmp_path, "a.syx", contents), written(tmp_path, "b.syx", changed)
    lines = m1tui("diff", one, other).out.splitlines()
    assert "programs: 1 changed, 0 cosmetic, 99 equal" in lines
    assert "sequence: all 110 equal" in lines
    assert "global: all 121 equal" in m1tui("diff", one, one).out.splitlines()


def test_people_read_what_differs_by_name(m1tui: Command, tmp_path: Path) -> None:
    contents = some_contents()
    changed = with_program(contents, 17, Program.blank().replace(name="Organ 2"))
    one, other = written(tmp_path, "a.syx", contents), written(tmp_path, "b.syx", changed)
    text = m1tui("diff", one, other).out
    assert text.startswith("DIFFERENT: ")
    assert 'program 17 "Prog 17"' in text
    assert m1tui("diff", one, one).out.startswith("EQUAL: ")


def test_every_value_that_differs_is_told_from_both_files(m1tui: Command, tmp_path: Path) -> None:
    contents = some_contents()
    changed = Program.blank().replace(name="Prog 17", octave_1=1, multisound_2=20)
    one = written(tmp_path, "a.syx", contents)
    other = written(tmp_path, "b.syx", with_program(contents, 17, changed))
    lines = m1tui("diff", one, other).out.splitlines()
    at = lines.index('  program 17 "Prog 17"')
    assert lines[at + 1 : at + 3] == [
        "    Oscillator 1 octave: 8' | 4'",
        "    Oscillator 2 multisound: A.Piano | Bell",
    ]


def test_of_many_values_the_first_are_told_and_the_rest_counted(
    m1tui: Command, tmp_path: Path
) -> None:
    contents = some_contents()
    noise = Program(b"Prog 17   " + bytes(range(1, 134)))
    one = written(tmp_path, "a.syx", contents)
    other = written(tmp_path, "b.syx", with_program(contents, 17, noise))
    text = m1tui("diff", one, other).out
    assert "Oscillator mode: single | double" in text
    assert "(OUT OF RANGE)" in text
    assert " more values" in text
    assert len(text.splitlines()) < 20


def test_cosmetic_differences_stand_apart(m1tui: Command, tmp_path: Path) -> None:
    contents = some_contents()
    padded = Program(b"Prog 3\0\0\0\0" + Program.blank().raw[10:])
    changed = with_program(with_program(contents, 3, padded), 5, Program.blank())
    one, other = written(tmp_path, "a.syx", contents), written(tmp_path, "b.syx", changed)
    text = m1tui("diff", one, other).out
    assert text.index("program 05") < text.index("Cosmetic") < text.index("program 03")


def test_a_songs_settings_and_its_steps_are_told_together(m1tui: Command, tmp_path: Path) -> None:
    contents = some_contents()
    assert contents.sequence is not None
    control = contents.sequence.control
    slow = (control.songs[0].replace(tempo=60), *control.songs[1:])
    offsets = (0, *[8] * 180)
    changed = Sequence(control.replace(songs=slow, offsets=offsets), bytes(8))
    one = written(tmp_path, "a.syx", contents)
    other = written(tmp_path, "b.syx", contents.merged(Contents(sequence=changed)))
    text = m1tui("diff", one, other).out
    assert "    Tempo: 120 | 60\n    and 2 steps of its tracks" in text


def test_a_file_without_a_dump_is_a_usage_error(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "noise.syx"
    path.write_bytes(b"no dump at all")
    one = written(tmp_path, "a.syx", some_contents())
    ended = m1tui("diff", one, path)
    assert ended.code == 2
    assert "contains no dump" in ended.err


def test_a_damaged_file_is_not_compared_as_if_it_were_whole(m1tui: Command, tmp_path: Path) -> None:
    one = written(tmp_path, "a.syx", some_contents())
    path = tmp_path / "damaged.syx"
    programs = dump_of(some_contents(), Part.PROGRAMS)
    path.write_bytes(dump_of(some_contents(), Part.GLOBAL) + programs[:-20])
    ended = m1tui("diff", one, path)
    assert ended.code == 2
    assert "is damaged: at byte" in ended.err


def test_two_real_dumps_of_one_bank_agree_in_their_programs(
    m1tui: Command, real_dumps: Path
) -> None:
    everything, programs = "factory-all.syx", "factory-programs-macbinary.syx"
    facts = m1tui("diff", real_dumps / everything, real_dumps / programs, "--json").facts
    assert facts["programs"]["changed"] == 0
    assert facts["combinations"]["changed"] == 0
    assert facts["parts"]["combinations"] == {"first": True, "second": False, "equal": 0}


CASES = Path(__file__).parents[1] / "cases"


def test_two_messages_of_one_file_are_compared_by_their_numbers(m1tui: Command) -> None:
    two = CASES / "programs-two-different-banks-concatenated.syx"
    assert m1tui("diff", two, two).code == 2
    assert m1tui("diff", two, two, "--message", "1").code == 0
    ended = m1tui("diff", two, two, "--message", "1", "--message", "2", "--json")
    assert ended.code == 4
    assert ended.facts["programs"]["changed"] > 0


def test_a_bank_in_single_messages_equals_its_dump(m1tui: Command) -> None:
    singles = CASES / "wm1-style-100x-40-then-11-write.syx"
    text = CASES / "hex-xxd.txt"
    assert m1tui("diff", singles, text).code == 0


def test_a_damaged_file_is_called_so(m1tui: Command) -> None:
    damaged = CASES / "programs-ftp-ascii-CR-to-LF.syx"
    ended = m1tui("diff", damaged, CASES / "hex-xxd.txt")
    assert ended.code == 4
    assert "is damaged: no 0D" in ended.err
    (problem,) = m1tui("diff", damaged, CASES / "hex-xxd.txt", "--json").facts["problems"]
    assert (problem["file"], problem["code"]) == (str(damaged), "text-mode-0d-became-0a")
