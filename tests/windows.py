"""Python as it is on Windows, as far as m1tui can see it: run a program's text after `pretend`.

What Unix alone has is taken away: modules, functions, flags, signals. The rest of Python stays
Linux's, so this shows what m1tui asks for, and not how Windows answers.
"""

from __future__ import annotations

import asyncio
import asyncio.unix_events
import concurrent.futures.thread
import contextlib
import functools
import importlib
import importlib.abc
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import types
import webbrowser
from collections.abc import Sequence
from typing import Any

UNIX = frozenset(
    {"fcntl", "termios", "tty", "pty", "pwd", "grp", "resource", "curses", "_curses", "readline"}
)
FUNCTIONS = (
    *("getuid", "geteuid", "getgid", "getgroups", "mkfifo", "fork", "openpty", "ttyname", "uname"),
    # Not O_DIRECTORY: os.name stays "posix", since paths are Linux's here, and goes by that.
    *("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "fchmod", "chown"),
)
SIGNALS = ("SIGHUP", "SIGTSTP", "SIGCONT", "SIGWINCH", "SIGUSR1", "pthread_sigmask", "SIG_BLOCK")
# They are imported by those of Python's own modules that are Linux's here.
KEPT = (asyncio, sqlite3, subprocess, webbrowser, concurrent.futures)


class Absent(importlib.abc.MetaPathFinder):
    """Finds none of Unix' modules."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> None:
        if name in UNIX:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def pretend(*, app: bool) -> None:
    """Take away what Windows lacks, and add the one module of its own that m1tui uses."""
    if app:
        # Textual needs the console of Windows, and aiohttp its certificates.
        for name in ("aiohttp", "textual.app", "textual.drivers.linux_driver", "textual.widgets"):
            importlib.import_module(name)
    importlib.import_module("platformdirs")  # its choice is made here
    for name in UNIX:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Absent())
    for name in FUNCTIONS:
        with contextlib.suppress(AttributeError):
            delattr(os, name)
    for name in SIGNALS:
        with contextlib.suppress(AttributeError):
            delattr(signal, name)
    pair = functools.partial(socket.socketpair, socket.AF_UNIX)  # what its loops wake up by
    for place, name, stand_in in (
        (socket, "socketpair", lambda *_: pair()),
        (asyncio.SelectorEventLoop, "add_signal_handler", _no_handlers),
        # What Windows' own module would answer where programs are looked for.
        (shutil, "_winapi", types.SimpleNamespace(NeedCurrentDirectoryForExePath=lambda _: False)),
    ):
        setattr(place, name, stand_in)
    del socket.AF_UNIX
    sys.modules["msvcrt"] = _msvcrt()
    sys.platform = "win32"
    os.environ.pop("TERM", None)


def _no_handlers(*_: object) -> None:
    raise NotImplementedError


def _msvcrt() -> types.ModuleType:
    """Return the module that locks bytes of open files, between the descriptors of this process."""
    module = types.ModuleType("msvcrt")
    locked: dict[tuple[int, int], int] = {}

    def locking(descriptor: int, mode: int, count: int) -> None:
        found = os.fstat(descriptor)
        key = (found.st_dev, found.st_ino)
        owner = locked.get(key)
        if owner is not None and owner != descriptor:
            try:
                same = os.fstat(owner).st_ino == found.st_ino
            except OSError:  # it was closed, which frees it
                same = False
            if same:
                raise PermissionError(13, "Permission denied")
        locked[key] = descriptor

    module.LK_NBLCK = 2  # type: ignore[attr-defined]
    module.locking = locking  # type: ignore[attr-defined]
    return module
