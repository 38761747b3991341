"""The server: the page, its files, and a WebSocket for each session."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import resources
from pathlib import Path

from aiohttp import WSMsgType, web

from m1tui.options import Options
from m1tui.sysex import printable
from m1tui.web.command import app_command, app_environment
from m1tui.web.door import Door
from m1tui.web.gate import Gate, Knock
from m1tui.web.page import CLIENT, WELCOME, headers, page
from m1tui.web.place import Place
from m1tui.web.session import AppSession

MOST = 8
"""Sessions at a time: each is a program of its own, and a small computer has little room."""
FULL = f"{MOST} sessions are open, which is the most. Close another one, then open this page again."
HEARTBEAT = 15.0
"""Seconds after which a silent browser is asked for a sign; half as long is waited for it."""
_PATIENCE = 10.0
"""Seconds for which a browser may take nothing of what it is sent."""
_IDLE = 30.0
"""Seconds for which a connection is kept for a next request."""
_LONGEST = 65_536
"""Bytes of one message of a browser: keys, clicks, or a text that was pasted."""
_COLUMNS, _ROWS = (40, 500), (10, 200)
"""The smallest and the largest page that an app is told of."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def serve(place: Place, options: Options, *, token: str, ready: Callable[[str], None]) -> int:
    """Serve the app with these options until this is cancelled, then wait until each has ended.

    `ready` is called with the address when browsers may come. Cancelled once more, it ends all
    apps at once. Never returns otherwise.
    """
    door = Door()
    server = _Server(place, options, token, door)
    runner = web.AppRunner(
        server.application(), access_log=None, shutdown_timeout=1.0, keepalive_timeout=_IDLE
    )
    await runner.setup()
    assert runner.server is not None
    try:
        ready(place.url(token))
        await door.admit(place.listener, runner.server)
    finally:
        place.listener.close()
        await server.end()
        await runner.cleanup()
    raise AssertionError("nothing but a cancellation ends the wait")


class _Server:
    """The gate, the page, and the sessions that are open."""

    def __init__(self, place: Place, options: Options, token: str, door: Door) -> None:
        self._door = door
        self._gate = Gate(is_loopback=place.is_loopback, name=place.name, token=token)
        self._cookie = f"m1tui-{place.port}"  # cookies do not tell ports apart
        self._command = app_command(options)
        self._sessions: dict[AppSession, asyncio.Task[None]] = {}
        self._starting = 0

    def application(self) -> web.Application:
        """Return what aiohttp serves."""
        application = web.Application(middlewares=[self._guard])
        terminal = Path(str(resources.files("textual_serve") / "static"))
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/session", self._session),
                web.static("/static", terminal),
                web.static("/client", CLIENT),
            ]
        )
        return application

    async def end(self) -> None:
        """Let go of every session and return when all have ended; cancelled, end them at once."""
        for session in tuple(self._sessions):
            session.hang_up()
        try:
            await asyncio.gather(*self._sessions.values())
        except asyncio.CancelledError:
            for session in tuple(self._sessions):
                session.kill()
                await session.ended()
            raise

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse whoever the gate does not let in, whatever was asked for."""
        refusal = self._gate.refusal(self._knock(request))
        if refusal:
            refused = web.Response(status=403, text=f"{refusal}\n", headers=headers(request.host))
            refused.force_close()
            return refused
        if request.transport:
            self._door.welcome(request.transport)
        try:
            response = await _answer(request, handler)
        except web.HTTPException as answer:
            answer.headers.update(headers(request.host))
            raise
        if not response.prepared:
            response.headers.update(headers(request.host))
        return response

    def _knock(self, request: web.Request) -> Knock:
        way = request.transport
        return Knock(
            host=request.host,
            origin=request.headers.get("Origin"),
            is_websocket="Upgrade" in request.headers or request.path == "/session",
            token=request.query.get("token", request.cookies.get(self._cookie)),
            peer=way.get_extra_info("peername")[:2] if way else None,
            here=way.get_extra_info("sockname")[:2] if way else None,
        )

    async def _page(self, request: web.Request) -> web.Response:
        token = request.query.get("token")
        if token is None:
            text = page(request.host, request.query.get("fontsize", ""))
            return web.Response(text=text, content_type="text/html")
        welcome = web.Response(text=WELCOME, content_type="text/html")
        welcome.set_cookie(self._cookie, token, path="/", httponly=True, samesite="Strict")
        return welcome

    async def _session(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=_LONGEST)
        await socket.prepare(request)
        if len(self._sessions) + self._starting >= MOST:
            return await _tell(socket, FULL)
        columns = _within(request.query.get("width"), _COLUMNS) or 80
        rows = _within(request.query.get("height"), _ROWS) or 24
        environ = app_environment(os.environ, columns, rows)
        self._starting += 1
        try:
            session = await AppSession.start(self._command, environ)
        except OSError as error:
            return await _tell(
                socket, f"m1tui cannot be started: {printable(error.strerror or str(error))}."
            )
        finally:
            self._starting -= 1
        drawing = asyncio.create_task(_draw(session, socket))
        self._sessions[session] = drawing
        drawing.add_done_callback(lambda _: self._sessions.pop(session))
        try:
            await _listen(session, socket)
        finally:
            session.hang_up()
        return socket


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return the handler's answer. A name too long for any file is one of no file."""
    try:
        return await handler(request)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise web.HTTPNotFound from error


async def _tell(socket: web.WebSocketResponse, text: str) -> web.WebSocketResponse:
    """Show a browser a line in place of the app."""
    with suppress(ConnectionError):
        await socket.send_bytes(text.encode())
    await socket.close()
    return socket


async def _draw(session: AppSession, socket: web.WebSocketResponse) -> None:
    """Send the browser what the app draws, until the app has ended.

    Once the browser is gone, or takes nothing any more, the rest is drawn for nobody: an app that
    waited for a page could not go on with its transfer.
    """
    gone = False
    async for data in session.drawn():
        if not gone:
            try:
                await asyncio.wait_for(socket.send_bytes(data), _PATIENCE)
            except (ConnectionError, RuntimeError, TimeoutError):
                gone = True
                session.hang_up()
    await session.ended()
    with suppress(ConnectionError, RuntimeError):
        await socket.close()


async def _listen(session: AppSession, socket: web.WebSocketResponse) -> None:
    """Give the app what the browser sends, until the browser is gone."""
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        try:
            envelope = json.loads(message.data)
        except (ValueError, RecursionError):
            continue
        match envelope:
            case ["stdin", str(text)]:
                await session.type(text)
            case ["resize", {"width": width, "height": height}]:
                columns, rows = _within(width, _COLUMNS), _within(height, _ROWS)
                if columns and rows:
                    await session.resize(columns, rows)
            case ["ping", str(number)]:
                await socket.send_json(["pong", number])
            case ["focus" | "blur" as word]:
                await session.focus(word == "focus")
            case _:
                pass  # A browser's page of another version: nothing that the app needs.


def _within(size: object, limits: tuple[int, int]) -> int:
    """Return a size that a browser told, brought within limits; 0 for what is no size."""
    if isinstance(size, str) and size.isascii() and size.isdigit():
        size = int(size[:6])
    if not isinstance(size, int) or size <= 0:
        return 0
    return min(max(size, limits[0]), limits[1])
