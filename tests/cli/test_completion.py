"""Completion and the manual page are written from the parser."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from m1tui.cli.parser import commands

from .conftest import Command


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_action_is_in_the_script_which_the_shell_takes(
    m1tui: Command, shell: str
) -> None:
    script = m1tui("completion", shell).out
    for command in commands():
        for word in command.words:
            assert word in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n"], input=script, text=True, check=True)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("m1tui ba", {"backup"}),
        ("m1tui log re", {"report", "reopen"}),
        ("m1tui --port virtual backup --wh", {"--what"}),
        ("m1tui backup --what pro", {"programs"}),
        ("m1tui log report --format m", {"md"}),
        ("m1tui inspect --tran", set()),
    ],
)
def test_bash_offers_what_may_follow(m1tui: Command, typed: str, offered: set[str]) -> None:
    words = typed.split()
    asked = (
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; "
        'compopt() { :; }; _m1tui; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    script = f"{m1tui('completion', 'bash').out}\n{asked}\n"
    ran = subprocess.run(["bash"], input=script, capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) == offered


def test_the_page_has_every_command_and_only_the_options_that_it_can_use(m1tui: Command) -> None:
    page = m1tui("man").out
    for command in commands()[1:]:
        assert f'.SS "{" ".join(command.words)}"'.replace("-", "\\-") in page
    assert ".SH EXIT STATUS" in page
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    ran = subprocess.run(
        ["groff", "-man", "-ww", "-z"], input=page, capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""


def test_an_option_that_a_command_cannot_use_is_not_offered() -> None:
    by_words = {command.words: command for command in commands()}
    offered = {word for option in by_words["inspect",].options for word in option.words}
    assert "--json" in offered
    assert not offered & {"--port", "--channel", "--transcript", "--data-dir"}
