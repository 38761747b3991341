"""The server: the page, its files, and a WebSocket for each session."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path

from aiohttp import web

from m1tui.options import Options
from m1tui.sysex import printable
from m1tui.web.browser import Browser, page_size
from m1tui.web.command import app_command, app_environment
from m1tui.web.door import Door
from m1tui.web.gate import Gate, Knock
from m1tui.web.page import CLIENT, WELCOME, headers, page
from m1tui.web.place import Place
from m1tui.web.session import AppSession
from m1tui.web.token import make_token

MOST = 8
"""Sessions at a time: each is a program of its own, and a small computer has little room."""
FULL = f"{MOST} sessions are open, which is the most. Close another one, then open this page again."
ENDING = "The server is ending."
IDLE = 30.0
"""Seconds for which a connection is kept for a next request, or for the rest of one."""
_LINGERING = 1.0
"""Seconds for which the rest of a request that was answered is read, and thrown away."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def serve(
    place: Place,
    options: Options,
    *,
    token: str,
    folder: Path | None = None,
    ready: Callable[[str], None],
) -> int:
    """Serve the app with these options until this is cancelled, then wait until each has ended.

    Whoever brings the token is let in, and kept to `folder`, an absolute path, if there is one.
    `ready` is called with the address when browsers may come. Cancelled once more, it ends all
    apps at once. Never returns otherwise.
    """
    door = Door(patience=IDLE)
    server = _Server(place, options, token, folder, door)
    runner = web.AppRunner(
        server.application(),
        access_log=None,
        shutdown_timeout=1.0,
        keepalive_timeout=IDLE,
        lingering_time=_LINGERING,
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

    def __init__(
        self, place: Place, options: Options, token: str, folder: Path | None, door: Door
    ) -> None:
        self._door = door
        self._gate = Gate(place.is_loopback, place.name, token, cookie=make_token())
        self._cookie = f"m1tui-{place.port}"  # cookies do not tell ports apart
        self._command = app_command(options)
        self._folder = folder
        self._sessions: dict[AppSession, asyncio.Task[None]] = {}
        self._opening = asyncio.Lock()
        """Held while a session is started."""
        self._ending = False

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
        self._ending = True
        try:
            async with self._opening:
                for session in tuple(self._sessions):
                    session.hang_up()
            await asyncio.gather(*self._sessions.values())
        except asyncio.CancelledError:
            for session in tuple(self._sessions):
                session.kill()
                await session.ended()
            raise

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse whoever the gate does not let in, whatever was asked for."""
        knock = self._knock(request)
        refusal = self._gate.refusal(knock)
        if refusal:
            refused = web.Response(status=403, text=f"{refusal}\n", headers=headers(knock.host))
            refused.force_close()
            return refused
        if request.transport:
            self._door.welcome(request.transport)
        try:
            response = await _answer(request, handler)
        except web.HTTPException as answer:
            answer.headers.update(headers(knock.host))
            raise
        if not response.prepared:
            response.headers.update(headers(knock.host))
        return response

    def _knock(self, request: web.Request) -> Knock:
        return Knock(
            # Not request.host, which may ask the network where there is no such header.
            host=request.headers.get("Host", ""),
            origin=request.headers.get("Origin"),
            is_websocket="Upgrade" in request.headers or request.path == "/session",
            token=request.query.get("token"),
            cookie=request.cookies.get(self._cookie),
        )

    async def _page(self, request: web.Request) -> web.Response:
        if "token" in request.query:
            welcome = web.Response(text=WELCOME, content_type="text/html")
            welcome.set_cookie(
                self._cookie, self._gate.cookie, path="/", httponly=True, samesite="Strict"
            )
            return welcome
        text = page(request.host, request.query.get("fontsize", ""), self._folder)
        return web.Response(text=text, content_type="text/html")

    async def _session(self, request: web.Request) -> web.StreamResponse:
        browser = Browser()
        if not await browser.greet(request):
            return browser.socket
        session = await self._open(browser, page_size(request))
        if session is not None:
            try:
                await browser.listen(session)
            finally:
                session.hang_up()
        return browser.socket

    async def _open(self, browser: Browser, size: tuple[int, int]) -> AppSession | None:
        """Start a session that is drawn in `browser`; where none can be, show why there."""
        async with self._opening:
            full = len(self._sessions) >= MOST
            if self._ending or full:
                trouble = FULL if full else ENDING
            else:
                environ = app_environment(os.environ, *size, self._folder)
                try:
                    session = await AppSession.start(self._command, environ)
                except OSError as error:
                    why = printable(error.strerror or str(error))
                    trouble = f"m1tui cannot be started: {why}."
                else:
                    drawing = asyncio.create_task(browser.draw(session))
                    self._sessions[session] = drawing
                    drawing.add_done_callback(lambda _: self._sessions.pop(session))
                    return session
        await browser.show(trouble)
        return None


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return the handler's answer. A name too long for any file is one of no file."""
    try:
        return await handler(request)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise web.HTTPNotFound from error
