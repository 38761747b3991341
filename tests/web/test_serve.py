"""`m1tui serve` as a process: sessions, their ends, and what is refused."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from m1tui.cli.launch import main
from m1tui.extras import install_command
from m1tui.procedures.journal import read
from m1tui.web.listener import MOST_CONNECTIONS
from m1tui.web.server import MOST, TOO_MANY
from tests.web.serving import PATIENCE, Served, serving, tab, wait_for_end

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks at the processes in Linux's /proc"
)

HOME = "Replace the internal battery"
HELP = "KEYS"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for this computer alone."""
    with serving(tmp_path_factory.mktemp("here")) as served:
        yield served


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for other computers, too."""
    with serving(tmp_path_factory.mktemp("guarded"), "--host=0.0.0.0") as served:
        yield served


async def refused(served: Served, path: str = "/session", **headers: str) -> int:
    """Ask for a session and return the status of the refusal."""
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.WSServerHandshakeError) as told:
            await client.ws_connect(f"{served.site}{path}", headers=headers)
    return told.value.status


def test_the_page_and_its_files_come_from_this_server_alone(here: Served) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", here.url)
    status, page = here.visit("/")
    assert status == 200
    named = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert len(named) >= 4
    assert {path: here.visit(path)[0] for path in named} == dict.fromkeys(named, 200)
    assert here.visit("/static/fonts/RobotoMono-VariableFont_wght.ttf")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/x",
        "/static/",
        "/client/../server.py",
        "/client/%2e%2e/server.py",
        "/client/" + "a" * 5000,
        "/download/x",
    ],
)
def test_nothing_else_is_there(here: Served, path: str) -> None:
    status, text = here.visit(path)
    assert status in (403, 404)
    assert "token" not in text


def test_other_names_and_other_sites_are_refused_on_this_computer_too(here: Served) -> None:
    status, text = here.visit("/", Host="evil.example")
    assert (status, text.count("\n")) == (403, 1)
    cookie = {"Cookie": here.cookie}
    assert asyncio.run(refused(here, **cookie)) == 403
    assert asyncio.run(refused(here, Origin="http://evil.example", **cookie)) == 403
    evil = {"Host": "evil.example", "Origin": "http://evil.example"}
    assert asyncio.run(refused(here, **evil, **cookie)) == 403
    assert here.apps() == []


@pytest.mark.parametrize(
    "path", ["/", "/session", "/static/js/textual.js", "/client/keys.js", "/x"]
)
@pytest.mark.parametrize("token", ["", "?token=", "?token=wrong-wrong-wrong-1"])
def test_without_the_token_everything_is_refused(
    here: Served, guarded: Served, path: str, token: str
) -> None:
    for served in (here, guarded):
        status, text = served.get(path + token)
        assert status == 403
        assert "token" in text
        assert served.token not in text


def test_the_token_opens_the_page_once_and_is_then_a_cookie(guarded: Served) -> None:
    assert len(guarded.token) >= 32

    async def visit() -> None:
        async with aiohttp.ClientSession(
            guarded.site, cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as client:
            async with client.get("/", params={"token": guarded.token}) as welcome:
                (cookie,) = welcome.headers.getall("Set-Cookie")
                assert 'content="0; url=/"' in await welcome.text()
            assert guarded.token not in cookie
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            async with client.get("/") as page:
                text = await page.text()
            assert guarded.token not in text
            async with client.ws_connect("/session", origin=guarded.site) as session:
                assert (await session.receive()).type is aiohttp.WSMsgType.BINARY

    asyncio.run(visit())
    assert asyncio.run(refused(guarded, Origin=guarded.site)) == 403
    cookie = f"m1tui-{guarded.site.rpartition(':')[2]}=wrong-wrong-wrong-1"
    assert asyncio.run(refused(guarded, Origin=guarded.site, Cookie=cookie)) == 403


def test_a_key_in_the_page_is_a_key_in_the_app_and_leaving_it_ends_the_session(
    here: Served,
) -> None:
    async def visit() -> None:
        async with tab(here, "/session?width=80&height=24") as page:
            await page.expect(HOME)
            await page.type("?")
            await page.expect(HELP)
            await page.type("\x11")
            await page.expect_end()

    asyncio.run(visit())
    wait_for_end(here.apps())


MESSAGES = (
    "",
    "{",
    "[]",
    "[" * 60_000,
    '"stdin"',
    '["stdin", 7]',
    '["stdin", "\\ud800"]',
    '["resize", {"width": 1000000000, "height": -1}]',
    '["resize", {"width": "x", "height": null}]',
    '["resize", {"width": 1000000000, "height": 1000000000}]',
    '["resize", [80, 24]]',
    '["quit"]',
    '["focus"]',
    '["blur"]',
)


def test_no_message_of_a_browser_ends_its_session(here: Served) -> None:
    async def visit() -> None:
        async with tab(here) as page:
            await page.expect("100/100")
            for message in MESSAGES:
                await page.socket.send_str(message)
                await page.socket.send_json(["ping", "1"])
                await page.expect_pong()
            await page.socket.send_bytes(b"\xff\x00")
            # The half of a character arrives as "?", which has opened the help.
            await page.type("\x1b")
            await page.expect("100/100")
            await page.type("?")
            await page.expect(HELP)

    asyncio.run(visit())


def test_many_pages_opened_at_once_are_no_more_than_have_room(tmp_path: Path) -> None:
    async def visit(served: Served) -> list[int]:
        async with aiohttp.ClientSession() as client:
            address = f"{served.site}/session"
            cookie = {"Cookie": served.cookie}
            opening = (
                client.ws_connect(address, origin=served.site, headers=cookie)
                for _ in range(MOST + 4)
            )
            pages = await asyncio.gather(*opening)
            told = await asyncio.gather(*(page.receive() for page in pages))
            apps = served.apps()
            assert [message.data for message in told].count(TOO_MANY.encode()) == 4
            assert served.end() == 0
            return apps

    with serving(tmp_path) as served:
        apps = asyncio.run(visit(served))
    assert len(apps) == MOST
    wait_for_end(apps)


def test_half_open_connections_keep_nobody_else_out(tmp_path: Path) -> None:
    with serving(tmp_path, "--token") as served, ExitStack() as held:
        place = urlsplit(served.site)
        for _ in range(3 * MOST_CONNECTIONS):
            one = socket.create_connection((place.hostname, place.port), timeout=PATIENCE)
            held.enter_context(one).sendall(b"GET / HTTP/1.1\r\nHost: 127")
        assert served.get("/")[0] == 403
        assert served.get(f"/?token={served.token}")[0] == 200
        assert served.end() == 0


def test_a_closed_tab_ends_the_app_with_its_journal_kept(tmp_path: Path) -> None:
    with serving(tmp_path) as served:

        async def visit() -> list[int]:
            async with tab(served) as page:
                await page.expect(HOME)
                await page.type("\r")
                await page.expect("step 1 of")
                return served.apps()

        wait_for_end(asyncio.run(visit()))
        (journal,) = (tmp_path / "journals").glob("*.journal")
        assert read(journal).header.procedure.id == "internal-battery"
        assert not served.apps()
    assert "Traceback" not in (tmp_path / "m1tui.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_server_and_its_apps_with_code_0(tmp_path: Path, number: int) -> None:
    with serving(tmp_path) as served:

        async def visit() -> list[int]:
            async with tab(served) as page:
                await page.expect(HOME)
                apps = served.apps()
                assert served.end(number) == 0
                await page.expect_end()
                return apps

        apps = asyncio.run(visit())
        assert apps
        wait_for_end(apps)


def test_an_app_whose_server_was_killed_ends_by_itself(tmp_path: Path) -> None:
    with serving(tmp_path) as served:

        async def visit() -> list[int]:
            async with tab(served) as page:
                await page.expect(HOME)
                apps = served.apps()
                served.process.kill()
                return apps

        apps = asyncio.run(visit())
        assert apps
        wait_for_end(apps)


def test_a_second_session_on_one_port_is_told_that_it_is_in_use(tmp_path: Path) -> None:
    port = f"raw:{tmp_path / 'midi'}"
    simulate = [sys.executable, "-m", "m1tui", "simulate", "--at", port, "--baud", "0"]
    with subprocess.Popen(simulate, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as machine:
        try:
            assert machine.stdout is not None
            assert machine.stdout.readline().startswith(b"ready")

            async def visit(served: Served) -> None:
                async with tab(served) as first:
                    await first.expect("ch 1")
                    async with tab(served, "/session?width=200&height=50") as second:
                        await second.expect("is in use by another program")
                    await first.type("?")
                    await first.expect(HELP)

            with serving(tmp_path / "data", port=port) as served:
                asyncio.run(visit(served))
        finally:
            machine.terminate()


def test_what_keeps_the_app_from_starting_is_shown_in_the_page(tmp_path: Path) -> None:
    with serving(tmp_path / "above" / "data") as served:
        (tmp_path / "above" / "data").rmdir()
        (tmp_path / "above").rmdir()
        (tmp_path / "above").write_text("in the way")

        async def visit() -> None:
            async with tab(served) as page:
                await page.expect("cannot be written")
                await page.expect_end()

        asyncio.run(visit())


def serve(capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: str) -> tuple[int, str]:
    """Run a command that is refused; return its code and what it told."""
    code = main(["--data-dir", str(tmp_path / "data"), "serve", "--http-port", "0", *words])
    told = capsys.readouterr()
    assert told.out == ""
    return code, " ".join(told.err.split())


def test_a_port_in_use_is_told_with_a_way_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, told = serve(capsys, tmp_path, "--http-port", port)
    assert code == 1
    assert f"Port {port} of '127.0.0.1' is not available" in told
    assert "--http-port 0" in told


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid", "a\x1bb", "", "-1"])
def test_a_host_that_is_not_this_computers_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, host: str
) -> None:
    code, told = serve(capsys, tmp_path, f"--host={host}")
    assert code == 2
    assert "0.0.0.0" in told
    assert "\x1b" not in told


def test_a_weak_token_is_a_usage_error_that_does_not_repeat_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, told = serve(capsys, tmp_path, "--token", "hunter2")
    assert code == 2
    assert "expected 16 to 128 characters, found 7" in told
    assert "hunter2" not in told


TOKEN = "Kj3-n_9xQ2.w~Lt7"


def token_file(tmp_path: Path, text: str = f"{TOKEN}\n", mode: int = 0o600) -> Path:
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_token_comes_from_a_file_and_is_in_no_list_of_processes(tmp_path: Path) -> None:
    words = f"--token-file={token_file(tmp_path)}"
    with serving(tmp_path / "data", words, token="another-token-123") as served:
        assert served.token == TOKEN
        assert served.get(f"/?token={TOKEN}")[0] == 200
        assert served.get("/?token=another-token-123")[0] == 403
        assert TOKEN not in Path(f"/proc/{served.process.pid}/cmdline").read_text()


def surroundings(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text()


def test_the_token_comes_from_the_environment_and_no_app_inherits_it(tmp_path: Path) -> None:
    with serving(tmp_path, token=TOKEN) as served:
        assert served.token == TOKEN

        async def visit() -> str:
            async with tab(served) as page:
                await page.expect(HOME)
                return surroundings(*served.apps())

        told = asyncio.run(visit())
        assert "TEXTUAL_DRIVER" in told
        assert TOKEN not in told


def test_a_token_in_the_list_of_processes_is_warned_of(tmp_path: Path) -> None:
    with serving(tmp_path, f"--token={TOKEN}") as served:
        assert served.token == TOKEN
        assert served.end() == 0
        assert "process list" in served.told()


def test_without_a_token_each_run_has_a_new_one(tmp_path: Path) -> None:
    tokens = []
    for words in ((), ("--token",)):
        with serving(tmp_path, *words) as served:
            tokens.append(served.token)
            assert served.end() == 0
            assert "process list" not in served.told()
    assert len({*tokens}) == 2
    assert min(map(len, tokens)) == 32


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_token_file_that_others_can_read_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, mode: int
) -> None:
    file = token_file(tmp_path, mode=mode)
    code, told = serve(capsys, tmp_path, f"--token-file={file}")
    assert code == 2
    assert f"expected mode 600, found {mode:o}" in told
    assert TOKEN not in told


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_token_file_of_another_user_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = token_file(tmp_path)
    os.chown(file, 65_534, 65_534)
    code, told = serve(capsys, tmp_path, f"--token-file={file}")
    assert code == 2
    assert "belongs to another user: expected 0, found 65534" in told


@pytest.mark.parametrize("text", ["", "\n", "short", "two words in one line", "\0" * 40, "x" * 99])
def test_a_token_file_without_a_good_token_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    code, told = serve(capsys, tmp_path, f"--token-file={token_file(tmp_path, text)}")
    assert code == 2
    assert "too easy to guess" in told
    assert not text.strip() or text.strip() not in told


@pytest.mark.parametrize("name", ["none", "."])
def test_a_token_file_that_cannot_be_read_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    code, told = serve(capsys, tmp_path, f"--token-file={tmp_path / name}")
    assert code == 2
    assert "cannot be read" in told


def test_a_weak_token_in_the_environment_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M1TUI_TOKEN", "hunter2")
    code, told = serve(capsys, tmp_path)
    assert code == 2
    assert "M1TUI_TOKEN is too easy to guess" in told
    assert "hunter2" not in told


def test_two_ways_to_a_token_are_a_usage_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = token_file(tmp_path)
    code, told = serve(capsys, tmp_path, f"--token-file={file}", f"--token={TOKEN}")
    assert code == 2
    assert "not allowed with" in told


@pytest.mark.parametrize("name", ["none", "file", "round"])
def test_a_folder_that_is_none_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "round").symlink_to("round")
    code, told = serve(capsys, tmp_path, f"--folder={tmp_path / name}")
    assert code == 2
    assert name in told


def test_without_the_extra_it_says_how_to_install_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)  # pip is missing, too
    code, told = serve(capsys, tmp_path)
    assert code == 1
    assert install_command("web", has_pip=False) in told
    assert "textual-serve" in told


def test_a_data_folder_that_cannot_be_written_is_told_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "above").write_text("in the way")
    code, told = serve(capsys, tmp_path / "above")
    assert code == 1
    assert "could not be written" in told


@pytest.mark.parametrize("port", ["-1", "65536", "x", ""])
def test_a_number_that_is_no_port_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, port: str
) -> None:
    code, told = serve(capsys, tmp_path, f"--http-port={port}")
    assert code == 2
    assert "from 0 to 65535" in told
