"""Runs `m1tui serve` as a process of its own, and sits at it as a browser would."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import aiohttp

from tests.screen_model import ScreenModel

PATIENCE = 30.0
"""Seconds to wait on a busy machine for what takes one."""


@dataclass(frozen=True)
class Served:
    """A server that listens."""

    process: subprocess.Popen[str]
    url: str
    """The whole address that it printed."""

    @property
    def site(self) -> str:
        """The address without path and token."""
        return self.url.partition("/?")[0].rstrip("/")

    @property
    def token(self) -> str:
        return self.url.partition("?token=")[2]

    @cached_property
    def cookie(self) -> str:
        """What the server gives a browser for the token."""
        with urllib.request.urlopen(self.url, timeout=PATIENCE) as welcome:
            return str(welcome.headers["Set-Cookie"].partition(";")[0])

    def apps(self) -> list[int]:
        """The processes that the server started and that live."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(word) for word in listed.split()]

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of what the server answers to somebody without the token."""
        request = urllib.request.Request(f"{self.site}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def visit(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of what the server answers to a browser that has been let in."""
        return self.get(path, Cookie=self.cookie, **headers)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def told(self) -> str:
        """All that the server said to the person who started it; it has ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read()


@contextmanager
def serving(
    data: Path, *words: str, port: str = "virtual:healthy", token: str = ""
) -> Iterator[Served]:
    """A server on a free port, ended afterwards; `token` is in its environment."""
    command = [sys.executable, "-m", "m1tui", "serve", f"--port={port}", f"--data-dir={data}"]
    process = subprocess.Popen(
        [*command, "--http-port=0", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "M1TUI_TOKEN": token},
    )
    try:
        assert process.stdout is not None
        word, _, url = process.stdout.readline().strip().partition(" ")
        assert word == "ready", process.communicate()[1]
        yield Served(process, url)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


class Tab:
    """A page in a browser, as the server sees it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._screen = ScreenModel(400, 200)

    async def expect(self, text: str) -> None:
        """Wait until a row has `text` in which something was drawn since the last key."""
        async with asyncio.timeout(PATIENCE):
            while not self._screen.shows(text):
                message = await self.socket.receive()
                if message.type is aiohttp.WSMsgType.TEXT:
                    continue
                assert message.type is aiohttp.WSMsgType.BINARY, (message, self._screen.cells)
                self._screen.feed(message.data)

    async def expect_pong(self) -> None:
        """Wait until the server answers a ping."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.socket.receive()
                if message.type is aiohttp.WSMsgType.TEXT:
                    assert message.data == '["pong", "1"]'
                    return
                assert message.type is aiohttp.WSMsgType.BINARY, message
                self._screen.feed(message.data)

    async def type(self, keys: str) -> None:
        self._screen.touched.clear()
        await self.socket.send_json(["stdin", keys])

    async def expect_end(self) -> None:
        """Wait until the server closes the session."""
        async with asyncio.timeout(PATIENCE):
            async for _ in self.socket:
                pass


@asynccontextmanager
async def tab(served: Served, path: str = "/session") -> AsyncIterator[Tab]:
    """A session; its browser goes away at the end."""
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(
            f"{served.site}{path}", origin=served.site, headers={"Cookie": served.cookie}
        ) as socket,
    ):
        yield Tab(socket)


def wait_for_end(pids: list[int]) -> None:
    """Return when none of the processes lives; fail when they go on and on."""
    end = time.monotonic() + PATIENCE
    while left := [pid for pid in pids if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < end, f"{left} live on"
        time.sleep(0.02)
