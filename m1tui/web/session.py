"""One run of the app, whose terminal is a page in a browser: its command, and what it says.

Textual's web driver speaks in packets: a letter, four bytes of length (big-endian), the payload.
D carries what a terminal sends and shows, M a JSON object about it. What the app prints before the
first packet, or after it said that it ends, is plain text for the person.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from m1tui.options import Options
from m1tui.sysex import printable

WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""What Textual's variable TEXTUAL_DRIVER says to an app whose terminal is a browser."""

TOKEN = "M1TUI_TOKEN"  # noqa: S105 - the name of one
"""The variable that brings the token, which no app needs to know."""
FOLDER = "M1TUI_FOLDER"
"""The variable that keeps the person at an app to a folder; the server alone sets it."""

BEGIN = b"__GANGLION__\n"
"""The line after which packets come."""
_LENGTH = 4
_LARGEST = 16_000_000
"""Bytes that no packet reaches; a longer one is none."""
_CLEAR = "\x1b[?1049l\x1b[?25h\x1b[2J\x1b[H"


def app_command(options: Options) -> tuple[str, ...]:
    """Return the words that open the app with these options, for a call without any shell."""
    words = [sys.executable, "-m", "m1tui", f"--port={options.port}"]
    if options.channel is not None:
        words.append(f"--channel={options.channel + 1}")
    if options.data_dir is not None:
        words.append(f"--data-dir={options.data_dir}")
    if options.transcript is not None:
        words.append(f"--transcript={options.transcript}")
    return tuple(words)


def app_environment(
    environ: Mapping[str, str], columns: int, rows: int, folder: Path | None = None
) -> dict[str, str]:
    """Return `environ` changed for an app that draws on a browser's page of this size.

    Its person is kept to `folder`, an absolute path; None leaves them every folder.
    """
    inherited = {name: value for name, value in environ.items() if name not in (TOKEN, FOLDER)}
    limit = {} if folder is None else {FOLDER: str(folder)}
    return {
        **inherited,
        **limit,
        "TEXTUAL_DRIVER": WEB_DRIVER,
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        # The terminal that the server was started in says nothing of the browser's.
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "COLUMNS": str(columns),
        "ROWS": str(rows),
    }


class AppSession:
    """An app in a process of its own. It ends by itself when nobody holds the other end."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._input, self._output = process.stdin, process.stdout

    @classmethod
    async def start(cls, command: Sequence[str], environ: Mapping[str, str]) -> AppSession:
        """Start the app with its words and its surroundings. Raises OSError."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
            env=environ,
            # Control-C in the server's terminal is the server's: it ends its sessions in order.
            start_new_session=os.name == "posix",
        )
        return cls(process)

    async def drawn(self) -> AsyncIterator[bytes]:
        """Yield what the terminal is to show, until the app has ended."""
        told = b""
        while (line := await self._line()) != BEGIN:
            told += line
            if not line:
                break
        while (packet := await self._packet()) is not None:
            kind, payload = packet
            if kind == b"D":
                yield payload
            elif kind == b"M" and json.loads(payload).get("type") == "exit":
                break
        told += await self._output.read()
        if told.strip():
            lines = told.decode("utf-8", "replace").splitlines()
            yield (_CLEAR + "\r\n".join(map(printable, lines))).encode()

    async def _line(self) -> bytes:
        try:
            return await self._output.readline()
        except ValueError:  # longer than any line that a person is to read
            return b""

    async def _packet(self) -> tuple[bytes, bytes] | None:
        try:
            kind = await self._output.readexactly(1)
            size = int.from_bytes(await self._output.readexactly(_LENGTH), "big")
            return (kind, await self._output.readexactly(size)) if size <= _LARGEST else None
        except asyncio.IncompleteReadError:
            return None

    async def type(self, text: str) -> None:
        """Give the app what a terminal sends for keys and clicks."""
        await self._send(b"D", text.encode("utf-8", "replace"))

    async def resize(self, columns: int, rows: int) -> None:
        """Tell the app that the page has another size."""
        await self._tell(type="resize", width=columns, height=rows)

    async def focus(self, focused: bool) -> None:
        """Tell the app whether its page has the keyboard."""
        await self._tell(type="focus" if focused else "blur")

    def hang_up(self) -> None:
        """Let go of the app, which then ends as when a line drops: in order, in its own time."""
        self._input.close()

    def kill(self) -> None:
        """End the app at once."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> int:
        """Return the app's exit code once it has ended."""
        return await self._process.wait()

    async def _tell(self, **facts: Any) -> None:
        await self._send(b"M", json.dumps(facts).encode())

    async def _send(self, kind: bytes, payload: bytes) -> None:
        if self._input.is_closing():
            return
        self._input.write(kind + len(payload).to_bytes(_LENGTH, "big") + payload)
        with suppress(ConnectionError):  # the app has just ended
            await self._input.drain()
