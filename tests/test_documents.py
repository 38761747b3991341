"""Every command of README, docs and CONTRIBUTING runs as it is printed.

The blocks of a page run one after the other in a made-up home, as a reader would type them. What
belongs to the system (sudo, ssh, systemctl …) is a stand-in that only takes words that it knows;
m1tui is the real program, with a virtual M1 where a page's reader has a real one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from m1tui.cli.parser import COMMANDS, commands, parse
from m1tui.procedures.library import load

CHECKOUT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    page.relative_to(CHECKOUT).as_posix()
    for page in (*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md"))
    if page.name != "CHANGELOG.md"
)
FORMS = sorted(
    form.relative_to(CHECKOUT).as_posix() for form in (CHECKOUT / ".github").rglob("*.yml")
)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`(m1tui[^`\n]*)`(?!`)")

PROGRAM = f"""#!{sys.executable}
import os, subprocess, sys
words = sys.argv[1:]
linked = {{"identify", "backup", "restore", "verify", "monitor"}}
if "serve" in words:
    words[words.index("serve") + 1:] = [*words[words.index("serve") + 1:], "--http-port", "0"]
    words = [w for w in words if w not in ("--host", "0.0.0.0")]
    run = subprocess.Popen(
        [{sys.executable!r}, "-m", "m1tui", *words], stdout=subprocess.PIPE, text=True
    )
    line = run.stdout.readline()
    run.terminate()
    run.communicate(timeout=60)
    sys.exit(0 if line.startswith("ready ") else 1)
if not [word for word in words if not word.startswith("-") and word != "virtual:low-battery"]:
    words += ["--version"]  # the app itself: other tests open it
elif words[0] in linked and not [word for word in words if word.startswith("--port")]:
    words += ["--port", "virtual:healthy"]
elif "--port" in words and "rtmidi" in words[words.index("--port") + 1]:
    words[words.index("--port") + 1] = "virtual:healthy"
code = subprocess.run([{sys.executable!r}, "-m", "m1tui", *words]).returncode
# Here is neither an interface to test nor one to list, which both say so.
expected = {{"doctor": (0, 1), "loopback": (3,)}}
sys.exit(0 if code in expected.get(words[0], (0,)) else code or 1)
"""

SYSTEM: dict[str, str] = {
    "sudo": 'case "$1" in apt|apt-get|mount|umount|usermod|loginctl|cp|poweroff) exit 0;; esac; '
    "exit 9",
    "apt": "exit 0",
    "ssh": '[ -n "$1" ]',
    "scp": '[ "$1" = -r ] && mkdir -p "$3"',
    "tmux": '[ "$*" = "new -A -s bench m1tui" ]',
    "lsblk": 'exec /bin/sh -c true -- "$@"',
    "systemctl": '[ "$1" = --user ]',
    "journalctl": '[ "$1" = --user ]',
    "xcode-select": '[ "$1" = --install ]',
    # It would install, test for minutes, or open the app; that the target exists is asked.
    "make": f'exec {shutil.which("make")} --dry-run PYTHON=python3 "$@" >/dev/null',
}
"""What stands for the system's programs, as a shell's words."""


def blocks(page: str, kind: str) -> list[str]:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    return [found[2] for found in _BLOCK.finditer(text) if found[1] == kind]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A made-up home, with the stand-ins before everything else on PATH."""
    tools = tmp_path / "stand-ins"
    tools.mkdir()
    written = {name: f"#!/bin/sh\n{body}\n" for name, body in SYSTEM.items()}
    for name, text in {**written, "m1tui": PROGRAM}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return kept | {
        "HOME": str(home),
        "USER": "bench",
        "PATH": f"{home.parent / 'stand-ins'}:{os.environ['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


WITH_BLOCKS = [page for page in PAGES if blocks(page, "sh")]


def test_the_pages_have_blocks_at_all() -> None:
    assert {"README.md", "docs/raspberry-pi.md", "docs/serving.md"} <= set(WITH_BLOCKS)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize("page", WITH_BLOCKS)
def test_every_block_runs_as_it_is_printed(home: Path, page: str) -> None:
    place, here = home, home.parent / "here"
    for block in blocks(page, "sh"):
        # The one thing that a page leaves open; and no reader's network is needed here.
        printed = block.replace("<this repository>", shlex.quote(str(CHECKOUT)))
        printed = re.sub(r"^git pull$", "git status", printed, flags=re.MULTILINE)
        printed = re.sub(r"^.*pre-commit.*$", "true", printed, flags=re.MULTILINE)
        script = f"set -eu\ntrap 'pwd > {here}' EXIT\n{printed}"
        ran = subprocess.run(
            ["bash"],
            input=script,
            cwd=place,
            env=environment(home),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert ran.returncode == 0, f"{block}\n{ran.stdout[-1500:]}{ran.stderr[-1500:]}"
        place = (
            home if re.search(r"^exit$", block, re.MULTILINE) else Path(here.read_text().strip())
        )


def lines_of_m1tui() -> Iterator[tuple[str, str]]:
    """Yield every command line of m1tui that stands inside a sentence or a table."""
    for page in (*PAGES, *FORMS):
        if page == "docs/troubleshooting.md":  # written from the source, whose tests run it
            continue
        text = _BLOCK.sub("", (CHECKOUT / page).read_text(encoding="utf-8"))
        for found in _INLINE.finditer(text):
            yield page, found[1]


def test_commands_inside_sentences_have_words_that_the_program_knows() -> None:
    known = {command.words for command in commands()}
    options = {
        word for command in commands() for option in command.options for word in option.words
    }
    hidden = {"--manner", "--like"}
    seen = 0
    for page, line in lines_of_m1tui():
        words = line.replace("\\|", "|").split()[1:]
        for word in words:
            if word.startswith("--"):
                assert word.partition("=")[0] in options | hidden, f"{page}: {line}"
        if not words or not re.fullmatch(r"[a-z]+", words[0]):
            continue
        first, after = words[0], next(iter(words[1:]), "")
        assert (first,) in known, f"{page}: {line}"
        if (first, "list") in known and re.fullmatch(r"[a-z|…-]+", after):
            for action in after.split("|"):
                assert action == "…" or (first, action) in known, f"{page}: {line}"
        seen += 1
    assert seen > 20


def test_commands_inside_sentences_have_words_that_can_follow_each_other() -> None:
    procedures = {load(file).id for file in (CHECKOUT / "screens").glob("*.toml")}
    seen = 0
    for page, line in lines_of_m1tui():
        words = shlex.split(line)[1:]
        # A command's name by itself names it; a form of words for several is no line to type.
        if len(words) < 2 or re.search(r"[|…\[]|COMMAND", line):
            continue
        with pytest.raises(SystemExit) if "--help" in words else contextlib.nullcontext():
            parse(words)
        if words[:2] == ["procedures", "run"]:
            assert words[2] in procedures, f"{page}: {line}"
        seen += 1
    assert seen > 10


def targets() -> set[str]:
    """Return the targets of the Makefile that a person is meant to type."""
    text = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    return set(phony.split())


@pytest.mark.parametrize("page", PAGES)
def test_every_make_inside_a_sentence_has_its_target(page: str) -> None:
    text = _BLOCK.sub("", (CHECKOUT / page).read_text(encoding="utf-8"))
    for words in re.findall(r"(?<!`)`make ([^`\n]+)`", text):
        assert words.split()[0] in targets(), f"{page}: make {words}"


def test_every_target_of_make_stands_in_a_page() -> None:
    text = "".join((CHECKOUT / page).read_text(encoding="utf-8") for page in PAGES)
    table = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [
        one for one in sorted(targets()) if f"`make {one}" not in text and f"`{one}" not in table
    ] == []


def test_every_block_is_of_a_kind_that_a_test_runs() -> None:
    kinds = {
        (page, found[1])
        for page in PAGES
        for found in _BLOCK.finditer((CHECKOUT / page).read_text(encoding="utf-8"))
    }
    pictures = {(page, kind) for page, kind in kinds if kind == ""}
    assert {kind for _, kind in kinds - pictures} == {"sh", "powershell"}
    for page, _ in pictures:
        for block in blocks(page, ""):
            assert not re.search(r"^\$? ?(sudo|make|git|m1tui) ", block, re.MULTILINE), block


def test_no_block_is_written_so_that_these_tests_do_not_see_it() -> None:
    for page in CHECKOUT.glob("**/*.md"):
        name = page.relative_to(CHECKOUT)
        if name.parts[0].startswith(".") or name.parts[0] in {"build", "dist"}:
            continue
        text = page.read_text(encoding="utf-8")
        fences = len(re.findall(r"^[ >]*(?:```|~~~)", text, re.MULTILINE))
        assert fences == 2 * len(_BLOCK.findall(text)), name
        assert not fences or name.as_posix() in {*PAGES, "CHANGELOG.md"}, name


def test_every_command_stands_in_the_table_of_commands() -> None:
    text = (CHECKOUT / "docs" / "using.md").read_text(encoding="utf-8")
    assert [word for word in COMMANDS if f"`m1tui {word}" not in text] == []


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "powershell")])
def test_lines_for_windows_are_git_python_pip_or_a_command_of_m1tui(page: str) -> None:
    for line in "\n".join(blocks(page, "powershell")).splitlines():
        if not line:
            continue
        program, *words = line.split()
        if program.endswith("m1tui"):
            assert program == ".venv\\Scripts\\m1tui"
            parse(words)
        else:
            assert line in {
                "git clone <this repository> m1tui",
                "cd m1tui",
                "python -m venv .venv",
                ".venv\\Scripts\\python -m pip install .",
            }


@pytest.mark.parametrize("page", PAGES)
def test_links_to_files_and_pictures_lead_somewhere(page: str) -> None:
    folder = (CHECKOUT / page).parent
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)\)", text):
        if "://" not in target:
            assert (folder / target).exists(), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES)
def test_files_of_the_code_that_a_page_names_are_there(page: str) -> None:
    folders = ("m1tui", "tests", "tools")
    there = [str(path) for name in folders for path in (CHECKOUT / name).rglob("*.py")]
    named = re.findall(r"`([a-z0-9_/]+\.py)`", (CHECKOUT / page).read_text("utf-8"))
    assert [name for name in named if not any(one.endswith(f"/{name}") for one in there)] == []


def test_the_unit_of_systemd_starts_what_the_program_takes() -> None:
    text = (CHECKOUT / "docs" / "serving.md").read_text(encoding="utf-8")
    (start,) = re.findall(r"^ExecStart=%h/\.local/bin/m1tui (.+)$", text, re.MULTILINE)
    parsed = parse(start.replace("%h", "/home/bench").split())
    assert (parsed.command, parsed.arguments.host) == ("serve", "0.0.0.0")
    assert parsed.arguments.token_file == Path("/home/bench/.config/m1tui/token")
