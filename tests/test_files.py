"""Whatever a name leads to, reading it ends soon, takes little memory and says what was found."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from m1tui.files import (
    FileTrouble,
    Unfit,
    open_ordinary,
    read_bounded,
    read_start,
    typed_name,
    without_mark,
)

MOST = 100_000

READING = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from m1tui.files import FileTrouble, read_bounded, typed_name
try:
    print(len(read_bounded(sys.argv[1], int(sys.argv[2]))), "bytes")
except FileTrouble as trouble:
    print(trouble.why.name)
    print(*trouble.advice, sep="|")
"""

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and devices of POSIX")


def read_apart(path: Path, most: int = MOST) -> list[str]:
    """Read in a program of its own, which is ended if it waits, and may not have much memory."""
    done = subprocess.run(
        [sys.executable, "-c", READING, str(path), str(most)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2 << 30)


def link_to_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


@posix
@pytest.mark.parametrize(
    ("make", "why", "found"),
    [
        (os.mkfifo, "NO_FILE", "expected a file, found a pipe"),
        (link_to_pipe, "NO_FILE", "expected a file, found a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "NO_FILE", "expected a file, found a device"),
        (lambda path: path.symlink_to("/dev/ptmx"), "NO_FILE", "expected a file, found a device"),
        (lambda path: path.symlink_to(path), "REFUSED", "levels of symbolic links"),
        (Path.mkdir, "NO_FILE", "expected a file, found a folder"),
        (lambda path: None, "MISSING", "there is no such file"),
        (sparse, "TOO_LARGE", "expected at most 100,000 bytes, found 2,147,483,648"),
    ],
)
def test_what_never_ends_or_is_no_file_is_refused_at_once_and_named(
    tmp_path: Path, make: Callable[[Path], object], why: str, found: str
) -> None:
    path = tmp_path / "x.toml"
    make(path)
    told, advice = read_apart(path)
    assert told == why
    assert f'"{path}" cannot be read: ' in advice
    assert found in advice
    assert "Nothing was changed." in advice


@posix
def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        with pytest.raises(FileTrouble, match="found a socket"):
            read_bounded("s", MOST)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_a_file_that_does_not_know_its_own_size_is_read_and_bounded() -> None:
    """Of files in /proc the size is 0, whatever they hold."""
    assert b"Name:" in read_bounded("/proc/self/status", MOST)
    with pytest.raises(FileTrouble, match="expected at most 10 bytes, found more"):
        read_bounded("/proc/self/status", 10)


@pytest.mark.parametrize("size", [0, 1, MOST - 1, MOST])
def test_a_file_up_to_the_limit_is_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x.syx"
    path.write_bytes(bytes(size))
    assert read_bounded(path, MOST) == bytes(size)


def test_one_byte_more_than_the_limit_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "x.syx"
    path.write_bytes(bytes(MOST + 1))
    with pytest.raises(FileTrouble) as caught:
        read_bounded(path, MOST)
    assert caught.value.why is Unfit.TOO_LARGE
    assert read_start(path, 10) == bytes(10)


def test_a_link_to_an_ordinary_file_is_as_good_as_the_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"\xf0\xf7")
    (tmp_path / "link").symlink_to("real")
    assert read_bounded(tmp_path / "link", MOST) == b"\xf0\xf7"


def test_a_name_that_no_file_can_have_is_told_and_drawn_harmlessly(tmp_path: Path) -> None:
    for name in ("a\0b", "a\x1b[2J\udcff"):
        with pytest.raises(FileTrouble) as caught:
            read_bounded(tmp_path / name, MOST)
        assert caught.value.why is Unfit.MISSING
        assert str(caught.value).replace("\n", "").isprintable()


def test_the_mark_that_some_editors_set_is_left_out_once() -> None:
    assert without_mark(b"\xef\xbb\xbf\xef\xbb\xbfid") == b"\xef\xbb\xbfid"
    assert without_mark(b"id") == b"id"


def test_without_the_words_that_only_posix_has_files_are_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows has neither O_NONBLOCK nor O_CLOEXEC."""
    for word in ("O_NONBLOCK", "O_CLOEXEC"):
        monkeypatch.delattr(os, word, raising=False)
    (tmp_path / "x").write_bytes(b"whole")
    assert read_bounded(tmp_path / "x", MOST) == b"whole"
    with pytest.raises(FileTrouble, match="found a folder"):
        read_bounded(tmp_path, MOST)


@posix
def test_what_takes_the_place_of_a_file_while_it_is_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at a name and its opening another program may put a pipe there."""
    path, pipe = tmp_path / "x", tmp_path / "pipe"
    path.write_bytes(b"whole")
    os.mkfifo(pipe)
    opened, before = os.open, set(Path("/dev/fd").iterdir())
    monkeypatch.setattr(os, "open", lambda _, flags: opened(pipe, flags))
    with pytest.raises(FileTrouble, match="found a pipe"):
        open_ordinary(path)
    assert set(Path("/dev/fd").iterdir()) == before, "nothing stays open"


LENDING = """
import fcntl, os, signal, sys
file = os.open(sys.argv[1], os.O_RDWR)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("lent", flush=True)
signal.sigwait({signal.SIGIO})
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lends files to file servers")
def test_a_file_that_a_file_server_has_lent_is_read_once_it_is_back(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"whole")
    server = subprocess.Popen(
        [sys.executable, "-c", LENDING, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    if server.stdout.readline() != "lent\n":
        server.wait()
        pytest.skip("this file system lends no files")
    timer = threading.Timer(60, server.kill)
    timer.start()
    assert read_bounded(path, MOST) == b"whole"
    assert server.wait() == 0
    timer.cancel()
    server.stdout.close()


@pytest.mark.parametrize(
    "typed",
    [
        "{path}",
        "  {path}\n",
        "'{path}'",
        '"{path}"',
        "{escaped}",
        "file://{address}",
        "'file://{address}'",
    ],
)
def test_a_dropped_path_is_understood_however_a_terminal_writes_it(
    typed: str, tmp_path: Path
) -> None:
    path = tmp_path / "my old bank (2).syx"
    path.write_bytes(b"\xf0\xf7")
    escaped = str(path).replace(" ", "\\ ").replace("(", "\\(").replace(")", "\\)")
    told = typed.format(path=path, escaped=escaped, address=quote(str(path)))
    assert Path(typed_name(told)) == path


@pytest.mark.parametrize(
    "name", ["it's.syx", "two  spaces.syx", "back\\slash.syx", "a%20b.syx", '"q"']
)
def test_a_name_that_is_there_as_it_stands_is_taken_so(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xf0\xf7")
    assert Path(typed_name(str(path))) == path


@pytest.mark.parametrize(
    "text", ["no mate's quote", "two words", "", "\0", "file:", "~nobody-there/x"]
)
def test_a_name_that_is_nowhere_stays_as_it_was_typed(text: str) -> None:
    assert typed_name(text) == ("" if text == "file:" else text.strip())
