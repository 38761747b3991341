"""The command line's grammar: common options anywhere, values checked before anything happens."""

import json
from pathlib import Path

import pytest

from m1tui.cli.parser import parse


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as stop:
        parse(words)
    assert stop.value.code == 2
    return capsys.readouterr().err


def test_no_command_leaves_the_command_open_for_the_app() -> None:
    assert parse([]).command is None
    assert parse(["--port", "virtual:used"]).options.port == "virtual:used"


@pytest.mark.parametrize(
    "words",
    [
        ["--port", "virtual", "--channel", "16", "--json", "identify"],
        ["identify", "--port", "virtual", "--channel", "16", "--json"],
        ["--port", "virtual", "identify", "--json", "--channel", "16"],
    ],
)
def test_common_options_stand_before_and_after_the_word(words: list[str]) -> None:
    options = parse(words).options
    assert (options.port, options.channel, options.json) == ("virtual", 15, True)


def test_the_later_of_two_choices_counts() -> None:
    assert parse(["--port", "virtual", "identify", "--port", "raw:x"]).options.port == "raw:x"


def test_common_options_stand_around_an_action_of_procedures() -> None:
    words = ["procedures", "--json", "run", "internal-battery", "--auto", "--port", "virtual"]
    parsed = parse(words)
    assert parsed.options.json
    assert parsed.options.port == "virtual"
    assert (parsed.arguments.action, parsed.arguments.id, parsed.arguments.auto) == (
        "run",
        "internal-battery",
        True,
    )


def test_without_options_everything_is_found_out_by_asking() -> None:
    options = parse(["ports"]).options
    assert (options.port, options.channel, options.json) == ("auto", None, False)
    assert options.data_dir is None
    assert options.transcript is None


@pytest.mark.parametrize("channel", ["0", "17", "-1", "x", "1.5", "", "¹", "99999999"])
def test_a_channel_that_is_not_1_to_16_is_refused_with_what_was_found(
    channel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "from 1 to 16" in refused(capsys, f"--channel={channel}", "identify")


@pytest.mark.parametrize(
    "port",
    ["", "virtuel", "raw:", "raw", "rtmidi:", "tcp:", "tcp:here", "tcp::1", "tcp:a:b", "auto:x"],
)
def test_a_port_of_no_known_form_is_refused_naming_the_forms(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "virtual[:SCENARIO], raw:PATH" in refused(capsys, "identify", "--port", port)


@pytest.mark.parametrize(
    "port", ["auto", "virtual", "virtual:used", "raw:/dev/x", "rtmidi:A:B 1", "tcp:[::1]:7000"]
)
def test_every_form_of_a_port_is_taken(port: str) -> None:
    assert parse(["identify", "--port", port]).options.port == port


@pytest.mark.parametrize(
    "words",
    [
        ("diff", "", "x"),
        ("library", "import", ""),
        ("backup", ""),
        ("log", "list", "--data-dir", ""),
    ],
)
def test_an_empty_name_is_not_the_folder_that_one_is_in(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        parse(list(words))
    assert stop.value.code == 2
    assert "found nothing" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["listen", "monitors", "identif"])
def test_a_command_that_does_not_exist_is_a_usage_error(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "invalid choice" in refused(capsys, word)


@pytest.mark.parametrize(
    "words",
    [
        ("identify", "--nope", "\x1b[31m"),
        ("restore", "a", "\x1b]0;x\x07\x9b"),
        ("\x1b[2J",),
        ("simulate", "--at", "raw:a\nready tcp:1"),
        ("procedures", "\u202eshow"),
    ],
)
def test_what_a_usage_error_quotes_is_harmless(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, *words)
    assert all(char.isprintable() for char in told.replace("\n", ""))
    assert "Nothing was sent; the instrument is unchanged." in told
    assert "--help lists its arguments." in told


def test_a_usage_error_is_told_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parse(["verify", "--json"])
    assert stop.value.code == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert "the following arguments are required: FILE" in error["happened"]
    assert "m1tui verify --help" in error["next_step"]
    assert "usage: m1tui verify" in captured.err


def test_a_data_folder_that_is_a_file_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert "expected a folder, found a file" in refused(
        capsys, "log", "list", "--data-dir", str(file)
    )
    assert parse(["log", "list", "--data-dir", str(tmp_path)]).options.data_dir == tmp_path
    assert parse(["--data-dir", str(tmp_path / "new")]).options.data_dir == tmp_path / "new"


def test_an_option_is_never_guessed_from_its_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--ye" in refused(capsys, "restore", "x.syx", "--ye")


def test_simulate_collects_every_press_in_order() -> None:
    words = ["simulate", "--at", "tcp:localhost:0", "--press", "GLOBAL 5", "--press", "+ UP"]
    assert parse(words).arguments.press == ["GLOBAL 5", "+ UP"]


def test_simulate_listens_at_no_virtual_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert "raw:PATH, tcp:HOST:PORT" in refused(capsys, "simulate", "--at", "virtual")


def test_the_help_names_every_exit_code_and_fits_80_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stop:
        parse(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert all(f"{code} " in " ".join(text.split()) for code in range(7))
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii()


def test_a_file_keeps_the_name_that_was_typed() -> None:
    assert parse(["verify", "./a b.syx"]).arguments.file == "./a b.syx"
