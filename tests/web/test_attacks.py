"""`m1tui serve` against those who do not know its token, and against those who send anything."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from m1tui.options import Options
from m1tui.web import server
from m1tui.web.browser import Browser
from m1tui.web.listener import listen
from tests.web.serving import PATIENCE, Served, serving, tab
from tests.web.strangers import KEY, TYPED, Attacker, attack_as_another_user

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks at the processes in Linux's /proc"
)
ATTACKS = (
    "closes_at_once",
    "is_torn_off",
    "half_closes",
    "waits",
    "keeps_alive",
    "sends_in_pieces",
)
ANSWERED = ("waits", "keeps_alive", "sends_in_pieces")
"""Those who wait for an answer."""


class Watch:
    """Counts the sessions that a server starts while it is attacked, however short they live."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self.seen: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(0.3)  # what an attack's last request could have started
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        # An app lives for tenths of a second at least.
        while not self._ended.wait(0.005):
            self.seen.update(self._served.apps())


@pytest.fixture(scope="module", params=["127.0.0.1", "::1"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server on this computer alone."""
    host: str = request.param
    if ":" in host:
        try:
            socket.create_server((host, 0), family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("this computer has no IPv6")
    with serving(tmp_path_factory.mktemp("attacked"), f"--host={host}") as running:
        yield running


def place_of(served: Served) -> tuple[str, int]:
    parts = urlsplit(served.site)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def connect(served: Served) -> socket.socket:
    return socket.create_connection(place_of(served), timeout=PATIENCE)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("attack", ATTACKS)
def test_another_user_of_this_computer_starts_no_session(served: Served, attack: str) -> None:
    with Watch(served) as watch:
        answers, let_in = attack_as_another_user(attack, *place_of(served), count=120)
    assert let_in == 0
    assert watch.seen == set()
    if attack in ANSWERED:
        assert answers >= 120


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_servers_own_user_needs_the_token_as_everybody_does(
    served: Served, attack: str
) -> None:
    attacker = Attacker(*place_of(served))
    with Watch(served) as watch:
        for _ in range(20):
            getattr(attacker, attack)()
    assert attacker.let_in == 0
    assert watch.seen == set()


def handshake(served: Served) -> bytes:
    """Return the request for a session of somebody who knows the token."""
    host = served.site.removeprefix("http://")
    return (
        f"GET /session?token={served.token} HTTP/1.1\r\nHost: {host}\r\n"
        f"Origin: {served.site}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("torn", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("more", [b"", TYPED, b"\x8a\x80" + bytes(4)], ids=["", "keys", "pong"])
def test_no_session_begins_for_a_browser_that_never_heard_the_answer(
    served: Served, more: bytes, torn: bool
) -> None:
    with Watch(served) as watch:
        for _ in range(25):
            with connect(served) as one:
                if torn:
                    linger = struct.pack("ii", 1, 0)
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                one.sendall(handshake(served) + more)
    assert watch.seen == set()


def test_a_session_begins_when_the_browser_has_repeated_what_it_was_asked(served: Served) -> None:
    with connect(served) as one, one.makefile("rb") as answers:
        one.sendall(handshake(served))
        assert answers.readline().startswith(b"HTTP/1.1 101 ")
        while answers.readline() != b"\r\n":
            pass
        ping, size = answers.read(2)
        asked = answers.read(size)
        assert (ping, size) == (0x89, 16)
        for other in (b"", bytes(16)):
            one.sendall(bytes((0x8A, 0x80 | len(other))) + bytes(4) + other)
        one.sendall(TYPED)
        time.sleep(0.5)
        assert served.apps() == []
        one.sendall(bytes((0x8A, 0x90)) + bytes(4) + asked)
        drawn = answers.read(1)
        assert drawn in (b"\x81", b"\x82")
        assert len(served.apps()) == 1


def test_keys_that_come_before_the_session_reach_it(served: Served) -> None:
    async def visit() -> None:
        async with tab(served) as page:
            # Its first sign is given only while it waits for a message.
            await page.socket.send_json(["stdin", "?"])
            await page.expect("KEYS")

    asyncio.run(visit())


def junk() -> Iterator[bytes]:
    """Yield what no browser sends, the same in each run."""
    seeded = random.Random(1270)
    head = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    yield from (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + seeded.randbytes(500),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\n\r\n",
        b"GET //[ HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET /?token=%ff%00%d8%00 HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\n\r\n",
        b"M1 / HTTP/1.1\r\n\r\n",
        head + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        head + b"".join(b"X-%d: y\r\n" % number for number in range(5_000)) + b"\r\n",
        head + b": no name\r\n\r\n",
        head + b"Folded: a\r\n b\r\n\r\n",
        head + b"Content-Length: -1\r\n\r\n",
        head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        head + b"Content-Length: 99999999999999999999\r\n\r\nabc",
        head + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        head + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\n",
        head + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        head + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
        head + b"Expect: the-unexpected\r\n\r\n",
        head + b"Cookie: " + b'm1tui-1="\\;=;;=\xff' * 50 + b"\r\n\r\n",
        head + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n\xff\xff\xff\xff",
        head + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n" + head,
        b"\r\n" * 5_000,
        bytes(5_000),
    )
    for _ in range(300):
        yield seeded.randbytes(seeded.randrange(1, 400))
    request = head + b"Origin: http://127.0.0.1\r\nCookie: a=b\r\nContent-Length: 3\r\n\r\nabc"
    for _ in range(300):
        spoilt = bytearray(request)
        for _ in range(seeded.randrange(1, 5)):
            spoilt[seeded.randrange(len(spoilt))] = seeded.randrange(256)
        yield bytes(spoilt)


def test_junk_prints_nothing_and_stops_nobody_else(tmp_path: Path) -> None:
    sent = list(junk())
    with serving(tmp_path) as served:
        for number, data in enumerate(sent):
            with connect(served) as one:
                try:
                    one.sendall(data)
                    if number % 2:
                        one.shutdown(socket.SHUT_WR)
                    if number % 3:
                        one.settimeout(0.02)
                        one.recv(1000)
                except OSError:
                    pass  # refused in the middle, or no answer: an unfinished request has none
        # Among a browser's own requests, too.
        for data in sent[:40]:
            with connect(served) as one:
                try:
                    one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ")
                    one.sendall(served.cookie.encode() + b"\r\n\r\n" + data)
                    one.settimeout(0.05)
                    one.recv(1000)
                except OSError:
                    pass
        assert served.apps() == []
        assert served.visit("/")[0] == 200
        assert served.end() == 0
        told = served.told()
    assert "Traceback" not in told
    assert len(told) < 1000
    log = tmp_path / "serve.log"
    assert not log.exists(), log.read_text()


def test_many_at_once_who_say_nothing_keep_nobody_out(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        cookie = served.cookie
        host, port = place_of(served)
        crowd = [Attacker(host, port) for _ in range(8)]

        def press(attacker: Attacker) -> None:
            for _ in range(40):
                attacker.is_torn_off()
                attacker.closes_at_once()

        threads = [threading.Thread(target=press, args=(one,)) for one in crowd]
        with Watch(served) as watch:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert watch.seen == set()
        assert served.get("/", Cookie=cookie)[0] == 200
        assert served.end() == 0
        assert "Traceback" not in served.told()


def test_a_connection_that_is_silent_or_slow_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "IDLE", 0.4)

    async def visit() -> None:
        listener = listen("127.0.0.1", 0)
        ready = asyncio.Event()
        running = asyncio.create_task(
            server.serve(
                listener,
                Options(data_dir=tmp_path),
                token="a" * 16,
                ready=lambda _: ready.set(),
            )
        )
        await ready.wait()
        silent = await asyncio.open_connection("127.0.0.1", listener.port)
        slow = await asyncio.open_connection("127.0.0.1", listener.port)

        async def trickle() -> None:
            while True:
                slow[1].write(b"X")
                await slow[1].drain()
                await asyncio.sleep(0.05)

        trickling = asyncio.create_task(trickle())
        try:
            async with asyncio.timeout(PATIENCE):
                assert await silent[0].read() == b""
                # What it sends last is answered by a reset.
                with pytest.raises(ConnectionError):
                    await trickling
        finally:
            trickling.cancel()
            running.cancel()
            silent[1].close()
            slow[1].close()
            await asyncio.gather(trickling, running, return_exceptions=True)

    asyncio.run(visit())


def test_a_browser_that_keeps_its_sign_back_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m1tui.web.browser._PATIENCE", 0.3)
    heard: list[bool] = []
    greet = Browser.greet

    async def noted(self: Browser, request: aiohttp.web.Request) -> bool:
        heard.append(await greet(self, request))
        return heard[-1]

    monkeypatch.setattr(Browser, "greet", noted)

    async def visit() -> None:
        listener = listen("127.0.0.1", 0)
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(
            server.serve(listener, Options(data_dir=tmp_path), token="a" * 16, ready=url.set_result)
        )
        site = (await url).partition("/?")[0]
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(
                f"{site}/session?token={'a' * 16}", origin=site, autoping=False
            ) as socket,
        ):
            assert (await socket.receive()).type is aiohttp.WSMsgType.PING
            end = await socket.receive(PATIENCE)
            assert end.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(visit())
    assert heard == [False]
