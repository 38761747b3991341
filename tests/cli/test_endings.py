"""How commands end when something goes wrong: in words, with the right code, never a traceback."""

import asyncio
import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from m1tui.advice import Advice, Trouble
from m1tui.cli.launch import main
from m1tui.cli.output import Output, progress_line
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Phase, Progress
from m1tui.engine.read.backup import back_up
from m1tui.facts import Backup
from m1tui.store.atomic import Disk, write_new
from m1tui.sysex.forms.reader import read_file
from tests.cli.conftest import Command
from tests.store.disks import FullDisk


def fail(error: BaseException) -> object:
    def raising(*_: object, **__: object) -> object:
        raise error

    return raising


def test_an_unexpected_error_is_one_message_and_its_details_a_log(
    m1tui: Command, all_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("m1tui.cli.commands.inspect.read_file", fail(RuntimeError("boom")))
    ended = m1tui("inspect", all_data, "--json")
    assert ended.code == 1
    assert "Traceback" not in ended.err + ended.out
    log = tmp_path / "data" / "m1tui-errors.log"
    assert str(log) in ended.facts["error"]["cause"]
    text = log.read_text()
    assert "Traceback" in text
    assert "boom" in text


def test_an_unexpected_error_while_memory_is_written_leaves_its_state_unknown(
    m1tui: Command, all_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("m1tui.cli.commands.restore.restore", fail(RuntimeError("boom")))
    ended = m1tui("restore", all_data, "--port", "virtual:healthy", "--json")
    assert (ended.code, ended.facts["outcome"]) == (5, "UNKNOWN")
    assert "state is unknown" in ended.err
    assert "m1tui verify" in ended.err
    assert "boom" in (tmp_path / "data" / "m1tui-errors.log").read_text()


@pytest.mark.skipif(os.name == "nt", reason="signals are Unix's")
def test_a_second_signal_ends_at_once_what_the_first_did_not(
    m1tui: Command, all_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stubborn(
        instrument: Instrument,
        *_: object,
        save: Callable[[Backup], Path],
        cancel: asyncio.Event,
        **__: object,
    ) -> None:
        save(await back_up(instrument))
        os.kill(os.getpid(), signal.SIGTERM)
        await cancel.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    monkeypatch.setattr("m1tui.cli.commands.restore.restore", stubborn)
    ended = m1tui("restore", all_data, "--port", "virtual:healthy", "--json")
    assert ended.code == 5
    assert "Cancelling" in ended.err
    assert "unknown" in ended.facts["error"]["safe"]
    assert ended.facts["outcome"] == "UNKNOWN"
    assert ended.facts["wire"]["received"] > 40_000, "what went over the wire is told"
    assert ended.facts["seconds"] > 12
    assert Path(ended.facts["backup"]).exists()
    complete = m1tui("restore", all_data, "--port", "virtual:healthy", "--json", "--dry-run")
    assert ended.facts.keys() == complete.facts.keys() | {"error"}
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, "the handler is gone again"


@pytest.mark.skipif(os.name == "nt", reason="signals are Unix's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_the_outcome_was_told_changes_neither_code_nor_output(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    close = Instrument.close

    async def signalled(instrument: Instrument) -> None:
        os.kill(os.getpid(), number)
        # Real time, in which a thread of the test's runner takes the signal if the kernel asks it.
        await asyncio.to_thread(time.sleep, 0.05)
        await asyncio.sleep(1)
        await close(instrument)

    monkeypatch.setattr(Instrument, "close", signalled)
    before = signal.getsignal(number)
    ended = m1tui("identify", "--port", "virtual:healthy", "--json")
    assert (ended.code, ended.facts["answers"], ended.err) == (0, True, "")
    assert signal.getsignal(number) is before, "a program that runs a command keeps its own"


LATE_SIGNAL = """
import atexit, os, signal, sys
atexit.register(os.kill, os.getpid(), signal.{name})
from m1tui.__main__ import main
sys.exit(main())
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are Unix's")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("command", ["identify", "inspect"])
def test_a_signal_while_the_process_ends_changes_nothing(
    all_data: Path, tmp_path: Path, name: str, command: str
) -> None:
    words = ["identify", "--port", "virtual:healthy", "--data-dir", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-c", LATE_SIGNAL.format(name=name)]
        + (words if command == "identify" else ["inspect", str(all_data)]),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_data_folder_that_cannot_be_written_moves_the_log(
    all_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    blocked = tmp_path / "file" / "folder"
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(elsewhere))
    monkeypatch.setattr("m1tui.cli.commands.inspect.read_file", fail(RuntimeError("boom")))
    assert main(["inspect", str(all_data), "--data-dir", str(blocked)]) == 1
    assert (elsewhere / "m1tui-errors.log").exists()
    assert str(elsewhere) in capsys.readouterr().err


def test_control_c_before_anything_was_sent_is_a_cancellation(
    m1tui: Command, all_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m1tui.cli.commands.inspect.read_file", fail(KeyboardInterrupt()))
    ended = m1tui("inspect", all_data)
    assert ended.code == 2
    assert ended.err.startswith("Cancelled.")


def test_a_data_folder_that_is_a_file_is_named(m1tui: Command, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    ended = m1tui("backup", "--port", "virtual:healthy", "--json")
    assert ended.code == 2
    assert str(tmp_path / "data") in ended.facts["error"]["happened"]


def test_a_folder_that_cannot_be_used_is_named(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = PermissionError(errno.EACCES, "Permission denied", "/home/x/\x1b[31mlog")
    monkeypatch.setattr("m1tui.cli.commands.log.run", fail(locked))
    ended = m1tui("log", "list", "--json")
    assert ended.code == 1
    assert ended.facts["error"]["happened"] == (
        "'/home/x/\\x1b[31mlog' cannot be used: Permission denied."
    )
    assert "--data-dir" in ended.err


@pytest.mark.parametrize("fault", [RuntimeError("boom"), PermissionError(13, "denied", "x")])
def test_what_fails_behind_the_outcome_does_not_change_it(
    m1tui: Command, all_data: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr("m1tui.cli.commands.restore._remember", fail(fault))
    ended = m1tui("restore", all_data, "--yes", "--port", "virtual:healthy", "--json")
    assert ended.code == 6
    assert ended.facts["outcome"] == "REFUSED"
    assert "The report above is still correct." in ended.err


@pytest.mark.parametrize(
    "fault", [RuntimeError("boom"), Trouble(Advice("for-a-test", "No room.", "It stands."))]
)
@pytest.mark.parametrize("command", ["verify", "identify"])
def test_a_link_that_cannot_be_closed_does_not_change_the_outcome(
    m1tui: Command,
    all_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    command: str,
) -> None:
    async def close(_: Instrument) -> None:
        raise fault

    monkeypatch.setattr(Instrument, "close", close)
    words = [all_data] if command == "verify" else []
    ended = m1tui(command, *words, "--port", "virtual:healthy", "--json")
    assert ended.code == {"verify": 4, "identify": 0}[command]
    assert "error" not in ended.facts
    assert ("No room." in ended.err) is isinstance(fault, Trouble)


def test_an_error_of_the_system_that_names_no_file_is_logged(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("m1tui.cli.commands.log.run", fail(ConnectionResetError(104, "reset")))
    assert "ConnectionResetError" in m1tui("log", "list", "--json").facts["error"]["happened"]
    assert "reset" in (tmp_path / "data" / "m1tui-errors.log").read_text()


@pytest.mark.skipif(os.name == "nt", reason="pipes with names are Unix's")
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_remembered_pacing_that_cannot_be_read_stops_nothing(
    m1tui: Command, all_data: Path, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "data").mkdir()
    make(tmp_path / "data" / "pacing.json")
    ended = m1tui("restore", all_data, "--yes", "--port", "virtual:healthy", "--json")
    assert (ended.code, ended.facts["outcome"]) == (6, "REFUSED")
    assert "pacing.json" in ended.err


@pytest.mark.parametrize(("command", "key"), [("backup", "file"), ("restore", "backup")])
def test_a_disk_that_fills_up_behind_a_backup_is_told_with_the_file_that_it_kept(
    m1tui: Command, all_data: Path, monkeypatch: pytest.MonkeyPatch, command: str, key: str
) -> None:
    def full(path: Path, data: bytes, **settings: Disk) -> Path:
        return write_new(path, data, **{**settings, "disk": FullDisk(0)})

    monkeypatch.setattr("m1tui.store.backups.write_new", full)
    words = [all_data, "--yes"] if command == "restore" else []
    ended = m1tui(command, *words, "--port", "virtual:healthy", "--json")
    assert ended.code == {"backup": 1, "restore": 6}[command]
    kept = Path(ended.facts[key])
    assert len(read_file(kept.read_bytes()).contents().programs or ()) == 100
    assert not kept.with_suffix(".json").exists()


@pytest.mark.parametrize("command", ["backup", "verify", "restore", "identify"])
@pytest.mark.parametrize("port", ["raw:no-such-device", "virtual:dead-battery"])
def test_a_script_finds_every_key_although_no_m1_could_be_asked(
    m1tui: Command, all_data: Path, command: str, port: str
) -> None:
    file = str(all_data)
    words: list[str] = {"restore": [file, "--yes"], "verify": [file]}.get(command, [])
    complete = m1tui(command, *words, "--port", "virtual:healthy", "--json").facts
    ended = m1tui(command, *words, "--port", port, "--json")
    assert ended.code == 3
    assert complete.keys() <= ended.facts.keys()


@pytest.mark.parametrize("command", ["backup", "verify", "restore"])
def test_a_script_finds_every_key_although_the_file_could_not_be_had(
    m1tui: Command, all_data: Path, tmp_path: Path, command: str
) -> None:
    usual: list[str | Path] = [] if command == "backup" else [all_data]
    complete = m1tui(command, *usual, "--port", "virtual:healthy", "--json").facts
    other = all_data if command == "backup" else tmp_path / "none.syx"
    ended = m1tui(command, other, "--port", "virtual:healthy", "--json")
    assert ended.code == 2
    assert complete.keys() <= ended.facts.keys()


@pytest.mark.parametrize("pacing", ["٢٥٦:٦٠", "256:６０"])
def test_a_pacing_in_other_digits_is_a_usage_error(
    m1tui: Command, all_data: Path, pacing: str
) -> None:
    ended = m1tui("restore", all_data, "--port", "virtual:healthy", "--pacing", pacing)
    assert ended.code == 2
    assert "--pacing" in ended.err


@pytest.mark.parametrize("host", ["\x1b[31m", "a..b", "h" * 300])
def test_a_host_that_cannot_be_one_is_a_usage_error_in_harmless_characters(
    m1tui: Command, host: str
) -> None:
    ended = m1tui("identify", "--port", f"tcp:{host}:1", "--json")
    assert ended.code == 2
    assert "\x1b" not in ended.err + "".join(ended.facts["error"].values())


def test_advice_never_carries_control_characters_to_a_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(json=True).trouble(
        Advice("for-a-test", "one\x1b[31m", "two\x07\nthree", "four\r", "five\u202e")
    )
    captured = capsys.readouterr()
    assert captured.err == "one·[31m\ntwo·\nthree\nfour·\nfive·\n"
    assert json.loads(captured.out)["error"]["happened"] == "one·[31m"


def test_no_command_is_a_usage_error_of_the_command_line_part(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    assert "COMMAND" in capsys.readouterr().err


def test_help_and_version_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert main(["--version"]) == 0
    assert any(line.startswith("m1tui 0") for line in capsys.readouterr().out.splitlines())


def run_process(*words: str | Path, stdout: int) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "m1tui", *map(str, words)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )


@pytest.fixture
def broken_pipe() -> Iterator[int]:
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def test_a_reader_that_went_away_neither_shows_a_traceback_nor_changes_the_code(
    all_data: Path, broken_pipe: int
) -> None:
    ended = run_process("inspect", all_data, stdout=broken_pipe)
    assert ended.returncode == 0
    assert ended.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_facts_that_a_full_disk_swallows_are_a_failure(
    all_data: Path, form: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run_process("inspect", all_data, *form, stdout=full.fileno())
    assert ended.returncode == 1
    assert b"could not be written to standard output: No space left" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("action", [("list",), ("show", "memory-protect-off"), ("check",)])
def test_a_procedure_that_a_full_disk_swallows_unread_is_a_failure(action: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run_process("procedures", *action, stdout=full.fileno())
    assert ended.returncode == 1
    assert b"No space left" in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_restore_that_is_verified_stays_so_where_a_full_disk_swallows_its_facts(
    all_data: Path, writable: Path, tmp_path: Path
) -> None:
    words = ("restore", all_data, "--port", "virtual", "--data-dir", tmp_path / "data")
    with Path("/dev/full").open("wb") as full:
        ended = run_process(*words, stdout=full.fileno())
    assert ended.returncode == 0
    assert b"No space left" in ended.stderr


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress(done: int, note: str = "") -> Progress:
    return Progress(Phase.SENDING, done, 1000, 2.4, note)


def test_progress_rewrites_one_line_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Tty()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    output = Output(json=True)
    output.progress(progress(10, note="the first try failed"))
    output.progress(progress(20))
    output.progress(progress(20))
    output.end_progress()
    first, second = terminal.getvalue().rstrip("\n").split("\r")[1:]
    assert first == "Sending: 10 of 1,000 bytes, 1 %, 2 s left · the first try failed"
    assert second.rstrip() == "Sending: 20 of 1,000 bytes, 2 %, 2 s left"
    assert len(second) == len(first), "nothing of the longer line before may stay"


@pytest.mark.parametrize("term", ["dumb", None])
def test_without_a_capable_terminal_there_is_no_progress(
    monkeypatch: pytest.MonkeyPatch, term: str | None
) -> None:
    stream = Tty() if term else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", term or "xterm")
    output = Output(json=False)
    output.progress(progress(10))
    output.end_progress()
    assert stream.getvalue() == ""


def test_a_progress_line_fits_80_columns() -> None:
    assert len(progress_line(progress(1, note="x" * 200))) < 80


def test_the_progress_of_listening_counts_no_bytes() -> None:
    heard = Progress(Phase.LISTENING, 0, 0, 0.0, "3 of 61 keys done", subject="keybed")
    assert progress_line(heard) == "Listening · 3 of 61 keys done"


def test_a_terminal_that_hung_up_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = (tmp_path / "terminal").open("wb")

    class HungUp(io.StringIO):
        def write(self, _: object) -> int:
            raise OSError(errno.EIO, "Input/output error")

        def fileno(self) -> int:
            return place.fileno()

    monkeypatch.setattr(sys, "stderr", HungUp())
    with place:
        Output(json=False).say("nobody reads this")


def test_json_is_one_ascii_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True).facts({"file": "Größe\udcff", "n": 1}, ("not this",))
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    assert json.loads(out)["n"] == 1
