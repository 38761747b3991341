"""The browser at the other end of a WebSocket: what it is shown, and what it sends."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress

from aiohttp import WSMessage, WSMsgType, web

from m1tui.web.session import AppSession

HEARTBEAT = 15.0
"""Seconds after which a silent browser is asked for a sign; half as long is waited for it."""
_PATIENCE = 10.0
"""Seconds for which a browser may take nothing of what it is sent, or keep its first sign back."""
_LONGEST = 65_536
"""Bytes of one message of a browser: keys, clicks, or a text that was pasted."""
_EARLY = 64
"""Messages that a browser may send before its first sign."""
_COLUMNS, _ROWS = (40, 500), (10, 200)
"""The smallest and the largest page that an app is told of."""


class Browser:
    """One WebSocket. Its messages are read once, from the first on."""

    def __init__(self) -> None:
        self.socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT, max_msg_size=_LONGEST, autoping=False
        )
        self._early: list[str] = []

    async def greet(self, request: web.Request) -> bool:
        """Answer the handshake; tell whether the browser has heard the answer and is there.

        A browser repeats what it is asked (RFC 6455, 5.5.3), without a word from its page; who
        closed the connection meanwhile cannot know what that was.
        """
        asked = secrets.token_bytes(16)
        try:
            await self.socket.prepare(request)
            async with asyncio.timeout(_PATIENCE):
                await self.socket.ping(asked)
                while (message := await self._message()) and len(self._early) < _EARLY:
                    if message.type is WSMsgType.PONG and message.data == asked:
                        return True
                    if message.type is WSMsgType.TEXT:
                        self._early.append(message.data)
        except (ConnectionError, TimeoutError):
            pass  # nobody is there
        return False

    async def show(self, text: str) -> None:
        """Show a line in place of the app, for good."""
        with suppress(ConnectionError):
            await self.socket.send_bytes(text.encode())
        await self.socket.close()

    async def draw(self, session: AppSession) -> None:
        """Send the browser what the app draws, until the app has ended.

        Once the browser is gone, or takes nothing any more, the rest is drawn for nobody: an app
        that waited for a page could not go on with its transfer.
        """
        gone = False
        async for data in session.drawn():
            if not gone:
                try:
                    await asyncio.wait_for(self.socket.send_bytes(data), _PATIENCE)
                except (ConnectionError, RuntimeError, TimeoutError):
                    gone = True
                    session.hang_up()
        await session.ended()
        with suppress(ConnectionError, RuntimeError):
            await self.socket.close()

    async def listen(self, session: AppSession) -> None:
        """Give the app what the browser sends, until the browser is gone."""
        early, self._early = self._early, []
        for text in early:
            await self._take(session, text)
        while message := await self._message():
            if message.type is WSMsgType.TEXT:
                await self._take(session, message.data)

    async def _take(self, session: AppSession, text: str) -> None:
        try:
            envelope = json.loads(text)
        except (ValueError, RecursionError):
            return
        match envelope:
            case ["stdin", str(keys)]:
                await session.type(keys)
            case ["resize", {"width": width, "height": height}]:
                columns, rows = _within(width, _COLUMNS), _within(height, _ROWS)
                if columns and rows:
                    await session.resize(columns, rows)
            case ["ping", str(number)]:
                with suppress(ConnectionError):
                    await self.socket.send_json(["pong", number])
            case ["focus" | "blur" as word]:
                await session.focus(word == "focus")
            case _:
                pass  # A browser's page of another version: nothing that the app needs.

    async def _message(self) -> WSMessage | None:
        """Return what comes next, None at the end; a browser that asks for a sign gets it."""
        async for message in self.socket:
            if message.type is not WSMsgType.PING:
                return message
            with suppress(ConnectionError):
                await self.socket.pong(message.data)
        return None


def page_size(request: web.Request) -> tuple[int, int]:
    """Return the columns and rows of the page that asks, 80 × 24 where it does not say."""
    columns = _within(request.query.get("width"), _COLUMNS) or 80
    return columns, _within(request.query.get("height"), _ROWS) or 24


def _within(size: object, limits: tuple[int, int]) -> int:
    """Return a size that a browser told, brought within limits; 0 for what is no size."""
    if isinstance(size, str) and size.isascii() and size.isdigit():
        size = int(size[:6])
    if not isinstance(size, int) or size <= 0:
        return 0
    return min(max(size, limits[0]), limits[1])
