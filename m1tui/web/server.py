"""The server: the page, its files, a WebSocket for each session, and a log of its own faults.

The log is a file of bounded size; nothing of it goes to the terminal.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

from m1tui.options import Options
from m1tui.store.errorlog import ErrorLog, open_error_log
from m1tui.sysex import printable
from m1tui.web.access import Access, RequestFacts, make_token
from m1tui.web.browser import Browser, page_size
from m1tui.web.listener import Connections, Listener
from m1tui.web.page import CLIENT, WELCOME, headers, page
from m1tui.web.session import AppSession, app_command, app_environment

MOST = 8
"""Sessions at a time: each is a program of its own, and a small computer has little room."""
TOO_MANY = (
    f"{MOST} sessions are open, which is the limit. Close one of them, then open this page again."
)
ENDING = "The server is shutting down."
IDLE = 30.0
"""Seconds for which a connection is kept for a next request, or for the rest of one."""
_LINGERING = 1.0
"""Seconds for which the rest of a request that was answered is read, and thrown away."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def serve(
    listener: Listener,
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
    connections = Connections(patience=IDLE)
    server = _Server(listener, options, token, folder, connections)
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
        ready(listener.url(token))
        await connections.accept(listener.open_socket, runner.server)
    finally:
        listener.open_socket.close()
        await server.end()
        await runner.cleanup()
    raise AssertionError("nothing but a cancellation ends the wait")


class _Server:
    """The page, who may open it, and the sessions that are open."""

    def __init__(
        self,
        listener: Listener,
        options: Options,
        token: str,
        folder: Path | None,
        connections: Connections,
    ) -> None:
        self._connections = connections
        self._access = Access(listener.is_loopback, listener.name, token, cookie=make_token())
        self._cookie = f"m1tui-{listener.port}"  # cookies do not tell ports apart
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
        """Refuse those who have no access, for every address."""
        facts = self._facts(request)
        refusal = self._access.refusal(facts)
        if refusal:
            refused = web.Response(status=403, text=f"{refusal}\n", headers=headers(facts.host))
            refused.force_close()
            return refused
        if request.transport:
            self._connections.let_in(request.transport)
        try:
            response = await _answer(request, handler)
        except web.HTTPException as answer:
            answer.headers.update(headers(facts.host))
            raise
        if not response.prepared:
            response.headers.update(headers(facts.host))
        return response

    def _facts(self, request: web.Request) -> RequestFacts:
        return RequestFacts(
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
                self._cookie, self._access.cookie, path="/", httponly=True, samesite="Strict"
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
                trouble = TOO_MANY if full else ENDING
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


LOG_NAME = "serve.log"
"""The file in the folder of logs."""
_OF_OTHERS = (HttpProcessingError, RequestPayloadError, ConnectionError)
"""What a sender does wrong or breaks off: it is answered where it can be, and is no fault here."""


@contextmanager
def faults_logged(folder: Path) -> Iterator[None]:
    """Within, what Python's loggers have to tell is written to LOG_NAME in `folder`."""
    handler = _LateLog(folder)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.addFilter(_is_own)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


class _LateLog(logging.Handler):
    """Writes to the error log, which several programs may share; it is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._log: ErrorLog | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line to the file, or let it be where no disk takes it."""
        try:
            self._log = self._log or open_error_log(self._folder, LOG_NAME)
            self._log.write(f"{self.format(record)}\n")
        except OSError:
            self.handleError(record)

    def close(self) -> None:
        """Let others cut the file."""
        if self._log is not None:
            self._log.close()
            self._log = None
        super().close()


def _is_own(record: logging.LogRecord) -> bool:
    """Tell whether a record is of more than what somebody sent."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, _OF_OTHERS)
