"""`procedures list|show|check`: the checklists as text and as JSON."""

from pathlib import Path

from tests.cli.conftest import Command


def test_list_names_every_procedure(m1tui: Command) -> None:
    ended = m1tui("procedures", "list", "--json")
    assert ended.code == 0
    (battery,) = [one for one in ended.facts["procedures"] if one["id"] == "internal-battery"]
    assert battery["steps"] >= 11
    assert battery["scenario"] == "low-battery"
    assert "internal-battery  Replace the internal battery" in m1tui("procedures", "list").out


def test_show_prints_warnings_keys_and_every_step_within_80_columns(m1tui: Command) -> None:
    text = m1tui("procedures", "show", "internal-battery").out
    assert "Keys: GLOBAL 5 + UP D UP F UP H UP" in text
    assert "WARNING: Do not open the M1 until its sounds are saved." in text
    assert max(map(len, text.splitlines())) <= 80
    assert (
        "Keys: SEQ, 3, +, UP/DOWN (Song to erase), G, G"
        in m1tui("procedures", "show", "erase-song").out
    )
    facts = m1tui("procedures", "show", "internal-battery", "--json").facts
    assert f"{len(facts['steps'])}. " in text


def test_show_tells_what_is_asked_for(m1tui: Command) -> None:
    text = m1tui("procedures", "show", "record").out
    assert "  Song to record, 0 to 9, preset 2\n" in text
    assert (
        "  Sticky keys, none, or your own words\n" in m1tui("procedures", "show", "sticky-keys").out
    )
    assert (
        "  Clock, INT or EXT, preset INT\n" in m1tui("procedures", "show", "external-sequencer").out
    )


def test_an_unknown_procedure_is_a_usage_error_that_names_the_known(m1tui: Command) -> None:
    for action in ("show", "run"):
        ended = m1tui("procedures", action, "interal\x1b-battery", "--port", "virtual")
        assert ended.code == 2
        assert "internal-battery" in ended.err
        assert "\x1b" not in ended.err


def test_a_file_nested_too_deeply_is_a_usage_error(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "deep.toml"
    path.write_text(f"a = {'[' * 50_000}{']' * 50_000}")
    ended = m1tui("procedures", "check", path)
    assert ended.code in (1, 2)
    assert "too deeply" in ended.err + ended.out


def test_check_finds_nothing_wrong_with_the_built_in_ones(m1tui: Command) -> None:
    ended = m1tui("procedures", "check", "--json")
    assert ended.code == 0
    assert ended.facts["files"]
    assert all(file["problems"] == [] for file in ended.facts["files"])


def test_check_names_line_and_field_of_what_is_wrong(m1tui: Command, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('id = "mine"\ntitle = 5\n')
    ended = m1tui("procedures", "check", path, "--json")
    assert ended.code == 1
    (problem,) = ended.facts["files"][0]["problems"]
    assert (problem["line"], problem["field"]) == (2, "title")
    assert "line 2, title: " in m1tui("procedures", "check", path).out


def test_check_of_a_file_that_is_not_there_says_so(m1tui: Command, tmp_path: Path) -> None:
    ended = m1tui("procedures", "check", tmp_path / "none.toml")
    assert ended.code == 2
    assert "there is no such file" in ended.err


def test_auto_is_refused_on_anything_that_is_not_virtual(m1tui: Command) -> None:
    for port in ("raw:/dev/null", "tcp:localhost:1", "auto"):
        words = ("procedures", "run", "internal-battery", "--auto", "--port", port, "--json")
        ended = m1tui(*words)
        assert ended.code == 6
        assert "--port virtual:low-battery" in ended.facts["error"]["next_step"]


def test_what_a_rack_does_not_have_is_not_begun_on_one(m1tui: Command) -> None:
    for words in (("--auto",), ()):
        ended = m1tui("procedures", "run", "keybed-clean", *words, "--port", "virtual:rack")
        assert ended.code == 1
        assert '"Clean and grease the keybed" is not for an M1R: It has no keyboard.' in ended.err


def test_a_checklist_has_a_box_for_each_step_and_a_keycap_for_each_key(m1tui: Command) -> None:
    steps = m1tui("procedures", "show", "internal-battery", "--json").facts["steps"]
    page = m1tui("procedures", "show", "internal-battery", "--format", "html").out
    assert page.count("<div class=step><div class=box>") == len(steps)
    assert page.count("<kbd>") == sum(len(step["keys"].split()) for step in steps)
    assert page.count("<pre>") == sum(bool(step["drawing"]) for step in steps)
    assert "print()" in page
    assert page.isascii()
    text = m1tui("procedures", "show", "internal-battery", "--format", "md").out
    assert sum(line.startswith("- [ ] **") for line in text.splitlines()) == len(steps)
    assert "`[GLOBAL]` `[5]`" in text


def test_a_checklist_says_what_is_good_and_on_what_answer_a_step_is_done(m1tui: Command) -> None:
    page = m1tui("procedures", "show", "memory-does-not-hold", "--format", "html").out
    assert "good: 3 V or more" in page
    assert (
        "Only if the check at &quot;Is it all still there?&quot; does not show that the memory"
        in page
    )
    assert "not tried here" in page


def test_a_checklist_says_where_an_answer_leads_and_names_values_in_words(m1tui: Command) -> None:
    page = m1tui("procedures", "show", "restore-from-card", "--format", "html").out
    steps = m1tui("procedures", "show", "restore-from-card", "--json").facts["steps"]
    which = [step["id"] for step in steps].index("which") + 1
    good = "It is new, or was measured at 3 V or more"
    assert f"{good} <span class=small>- go to step {which}</span>" in page
    assert "<span class=small>- then &quot;Replace the internal battery&quot;</span>" in page
    battery = m1tui("procedures", "show", "internal-battery", "--format", "md").out
    assert '- then "Bring the sounds back without MIDI"' in battery
    assert "`[UP/DOWN (Memory allocation (6-4))]`" in battery
    assert 'the allocation is "Memory allocation (6-4)"' in battery
    assert "{" not in battery


def test_a_row_of_keycaps_can_go_on_in_the_next_line(m1tui: Command) -> None:
    page = m1tui("procedures", "show", "internal-battery", "--format", "html").out
    assert "</kbd><kbd>" not in page
    assert "minmax(0, 1fr)" in page


def test_a_checklist_and_json_are_not_asked_for_together(m1tui: Command) -> None:
    ended = m1tui("procedures", "show", "play", "--format", "html", "--json")
    assert ended.code == 2


def test_a_printed_procedure_says_where_it_ends_before_its_last_step(m1tui: Command) -> None:
    for form in ("html", "md"):
        page = m1tui("procedures", "show", "symptoms", "--format", form).out
        assert page.count("The procedure ends here.") == 2
