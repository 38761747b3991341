from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from m1tui import __version__
from m1tui.__main__ import main
from m1tui.cli.output import Call
from m1tui.options import Options


def test_python_dash_m_runs_the_program() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "m1tui", "--version"], capture_output=True, text=True, check=True
    )
    first, *rest = ran.stdout.splitlines()
    assert first.startswith(f"m1tui {__version__}")
    assert [line.partition(":")[0] for line in rest] == ["Python", "Textual", "MIDI", "System"]
    assert platform.python_version() in rest[0]


@pytest.mark.skipif(os.name == "nt", reason="a pipe of Unix")
def test_the_version_into_a_pipe_that_nobody_reads_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-m", "m1tui", "--version"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_usage_error_exits_2_and_says_what_was_expected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--port", "nowhere"]) == 2
    assert "virtual[:SCENARIO]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--prt virtual identify", "m1tui identify: error: unknown option: --prt (is it --port?)"),
        ("inspect --prt=x f.syx", "m1tui inspect: error: unknown option: --prt (is it --port?)"),
        (
            "log add M1 --sreial 1",
            "m1tui log add: error: unknown option: --sreial (is it --serial?)",
        ),
        ("ports --xyzzy", "m1tui ports: error: unknown option: --xyzzy"),
    ],
)
def test_a_mistyped_option_is_named_with_the_one_that_was_meant(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 2
    assert said in capsys.readouterr().err.splitlines()


def test_help_offers_only_the_common_options_that_a_command_can_use(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["inspect", "--help"]) == 0
    told = capsys.readouterr().out
    assert "--json" in told
    assert not {"--port", "--channel", "--transcript", "--data-dir"} & set(told.split())
    assert main(["backup", "--help"]) == 0
    told = capsys.readouterr().out
    assert {"--port", "--channel", "--transcript", "--data-dir"} <= set(told.split())
    # What scripts write is still taken.
    assert main(["inspect", "none.syx", "--data-dir", str(tmp_path)]) == 2
    assert "none.syx" in capsys.readouterr().err


def test_help_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "restore" in capsys.readouterr().out


def test_a_command_runs_and_its_exit_code_comes_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["procedures", "show", "no-such-procedure", "--data-dir", str(tmp_path)]
    assert main(command) == 2
    assert "no-such-procedure" in capsys.readouterr().err


def test_no_command_opens_the_app_with_the_common_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from m1tui.app import launch

    opened: list[Options] = []

    def remember(options: Options) -> int:
        opened.append(options)
        return 7

    monkeypatch.setattr(launch, "open_app", remember)
    assert main(["--port", "virtual:low-battery", "--channel", "3"]) == 7
    (options,) = opened
    assert (options.port, options.channel) == ("virtual:low-battery", 2)


def test_garbage_is_collected_while_a_command_runs_though_not_while_it_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from m1tui.cli.commands import ports

    collects: list[bool] = []

    def run(call: Call) -> int:
        collects.append(gc.isenabled())
        return 0

    monkeypatch.setattr(ports, "run", run)
    assert main(["ports"]) == 0
    assert (collects, gc.isenabled()) == ([True], True)


def test_garbage_is_collected_again_after_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "nowhere"]) == 2
    assert gc.isenabled()


INTERRUPTING = """
import sys

class Interrupting:
    def find_spec(self, name, *_):
        if name == "{module}":
            {interrupt}

sys.meta_path.insert(0, Interrupting())
"""


def inspect_where_an_import_fails(
    folder: Path, module: str, failure: str
) -> subprocess.CompletedProcess[str]:
    # Python imports a module of this name before anything else.
    text = INTERRUPTING.format(module=module, interrupt=failure)
    (folder / "sitecustomize.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "m1tui", "inspect", "none.syx"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]),
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("module", ["m1tui.cli", "argparse", "m1tui.cli.commands.inspect"])
@pytest.mark.parametrize(
    "interrupt", ["raise KeyboardInterrupt", "exec('raise KeyboardInterrupt')"]
)
def test_control_c_while_the_program_starts_is_one_plain_line(
    tmp_path: Path, module: str, interrupt: str
) -> None:
    ended = inspect_where_an_import_fails(tmp_path, module, interrupt)
    assert ended.returncode == 2
    assert ended.stderr.startswith("Cancelled.")
    assert "Traceback" not in ended.stderr


def test_a_command_that_cannot_be_imported_ends_without_a_traceback(tmp_path: Path) -> None:
    failure = "raise ImportError('a library is missing')"
    ended = inspect_where_an_import_fails(tmp_path, "m1tui.cli.commands.inspect", failure)
    assert ended.returncode == 1
    assert "m1tui had an internal error: ImportError." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_entry_imports_nothing_that_takes_time() -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            "import sys; old = set(sys.modules); import m1tui.__main__; "
            # What is built into Python is there before any file is looked for.
            "print(sorted(set(sys.modules) - old - set(sys.builtin_module_names)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip() == "['m1tui', 'm1tui.__main__']"
