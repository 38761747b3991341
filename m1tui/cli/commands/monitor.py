"""`monitor`: every message that comes in, in words, until it is told to end."""

import asyncio
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime, timedelta
from typing import Any

from m1tui.cable.monitor import Line, Monitor, listen
from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.exits import Exit
from m1tui.cli.output import Call, Output
from m1tui.cli.session import Session, bare_link, on_instrument, with_port
from m1tui.engine.line.ear import BETWEEN_BYTES
from m1tui.link import Link
from m1tui.sysex import printable


def add_arguments(parser: CommandParser) -> None:
    """How long the monitor listens."""
    parser.add_argument(
        "--seconds",
        type=values.count,
        metavar="N",
        help="end after N seconds (default: end with Control-C)",
    )
    parser.epilog = (
        "Active sensing and timing clock are counted, not listed. With --json, each message is a "
        'JSON object on its own line: {"time", "seconds", "kind", "text", "bytes", "hex", '
        '"count"}; "kind" is exclusive, channel, common, realtime, garbage, or, at the end, '
        'counts. "hex" contains the first 32 bytes; --transcript FILE keeps every byte. Exits with '
        "0 after Control-C, after --seconds, and when stdout is closed."
    )


def run(call: Call) -> int:
    """Prints a line for each message; 0 when it is ended, 3 if the link is lost."""
    limit: int | None = call.arguments.seconds

    async def work(session: Session) -> int:
        link = await bare_link(session)
        if not session.output.json:
            session.output.say(f"Listening to {printable(link.title)}; press Control-C to end.")
        return await _show(session.output, link, limit)

    # A person looks on, so a virtual M1 lives no faster than a real one.
    return on_instrument(with_port(call), work, real_time=True)


async def _show(output: Output, link: Link, limit: int | None) -> int:
    loop = asyncio.get_running_loop()
    begun, start = datetime.now().astimezone(), loop.time()
    monitor = Monitor(start, BETWEEN_BYTES + link.buffer_seconds)
    task = asyncio.current_task()
    assert task is not None
    try:
        with _reader_gone(task.cancel):
            async with asyncio.timeout(limit), aclosing(listen(link, monitor)) as lines:
                async for line in lines:
                    if not output.stream(_written(line, begun, json=output.json)):
                        return Exit.DONE
    except (TimeoutError, asyncio.CancelledError):
        pass
    output.settle()
    output.stream(_written(monitor.end(loop.time()), begun, json=output.json))
    return Exit.DONE


@contextmanager
def _reader_gone(react: Callable[[], object]) -> Iterator[None]:
    """Within, `react` is called when stdout is a pipe and its reader closes it.

    Else a monitor of a wire on which nothing is said would stay behind for ever.
    """
    descriptor = _pipe()
    if descriptor is None:
        yield
        return
    loop = asyncio.get_running_loop()
    # A pipe's writing end is never ready to be read: what wakes this is its other end's closing.
    loop.add_reader(descriptor, react)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)


def _pipe() -> int | None:
    """The descriptor of stdout if it is a pipe that can be watched."""
    try:
        descriptor = sys.stdout.fileno()
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except (AttributeError, OSError, ValueError):
        return None
    return descriptor if is_pipe and sys.platform != "win32" else None


def _written(line: Line, begun: datetime, *, json: bool) -> str:
    time = begun + timedelta(seconds=line.seconds)
    if json:
        from json import dumps

        return dumps(_facts(line, time))
    size = f"{line.size:,} bytes" if line.size > len(line.data) else ""
    told = "  ".join(part for part in (line.text, size, line.hex) if part)
    return f"{time:%H:%M:%S}.{time.microsecond // 1000:03d}  {line.kind:<9}  {told}"


def _facts(line: Line, time: datetime) -> dict[str, Any]:
    return {
        "time": time.isoformat(timespec="milliseconds"),
        "seconds": round(line.seconds, 3),
        "kind": line.kind,
        "text": line.text,
        "bytes": line.size,
        "hex": line.data.hex(" ").upper(),
        "count": line.count,
    }
