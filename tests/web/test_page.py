"""The page asks nothing of anybody else, and takes no text of others for markup."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from m1tui.cli.parser import parse
from m1tui.options import Options
from m1tui.web.page import CLIENT, headers, page
from m1tui.web.session import FOLDER, TOKEN, app_command, app_environment


def test_no_file_of_the_page_names_another_server() -> None:
    for file in CLIENT.iterdir():
        assert not re.search(r"https?:|//[a-z]", file.read_text("utf-8").replace("// ", "")), file


def test_the_policy_allows_this_server_alone() -> None:
    policy = headers("127.0.0.1:8765")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self' ws://127.0.0.1:8765;" in policy


@pytest.mark.parametrize("host", ['"><script>', "x; script-src *", "a\r\nSet-Cookie: x"])
def test_a_made_up_host_changes_neither_the_page_nor_the_policy(host: str) -> None:
    assert "<script>" not in page(host)
    sent = headers(host)["Content-Security-Policy"]
    assert sent.count(";") == headers("x")["Content-Security-Policy"].count(";")
    assert "*" not in sent
    assert "\n" not in sent


def test_the_page_says_what_whoever_has_the_token_can_reach() -> None:
    everywhere = page("localhost")
    assert "This page can reach: every folder that its user may open" in everywhere
    assert "every folder that this user may open" in everywhere
    assert "--folder DIR limits them to one folder" in everywhere
    kept = page("localhost", folder=Path('/a "{size}" <b>'))
    assert "every folder" not in kept
    assert kept.count("/a &quot;{size}&quot; &lt;b&gt;") == 2


@pytest.mark.parametrize(
    ("asked", "size"),
    [("", 16), ("20", 20), ("7", 16), ("400", 16), ("-1", 16), ("2e", 16), ("123abc", 16)],
)
def test_the_font_size_is_a_number_within_reason(asked: str, size: int) -> None:
    assert f'data-font-size="{size}"' in page("localhost", asked)


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(port="virtual:used", channel=15, data_dir=Path("a b; $(touch x)")),
        Options(port='raw:/dev/it\'s "it"', data_dir=Path("-x"), transcript=Path("--json")),
    ],
)
def test_the_apps_options_arrive_as_they_were_given(options: Options) -> None:
    words = app_command(options)
    assert words[:3] == (sys.executable, "-m", "m1tui")
    parsed = parse(words[3:])
    assert parsed.command is None
    assert parsed.options == options
    assert shlex.split(shlex.join(words)) == list(words)


def test_the_terminal_of_the_server_says_nothing_to_the_app() -> None:
    environ = app_environment({"TERM": "dumb", "NO_COLOR": "1", "PATH": "/bin"}, 100, 30)
    assert (
        app_environment({TOKEN: "secret", FOLDER: "/x"}, 80, 24).keys().isdisjoint({TOKEN, FOLDER})
    )
    assert app_environment({FOLDER: "/x"}, 80, 24, Path("/y"))[FOLDER] == "/y"
    assert environ["TERM"] == "xterm-256color"
    assert (environ["NO_COLOR"], environ["PATH"]) == ("1", "/bin")
    assert (environ["COLUMNS"], environ["ROWS"]) == ("100", "30")
