"""The one interface to a computer's MIDI ports, whichever Python binding reaches them.

It is python-rtmidi's: Module, and the ends that it makes, are all that is used of it. Where that
has no ready-made package, supriya-midi is used: the same C++ library, with a few differences.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import platform
import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, cast

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.extras import install_command

T = TypeVar("T")

WITHOUT = (
    "The system's own MIDI devices can still be reached as raw:PATH."
    if sys.platform == "linux"
    else "Without it, no interface of this computer can be reached."
)


_LAST_MESSAGE = 0.05
"""Seconds in which a message that is just coming in when a port is closed has come in."""


class Module(Protocol):
    """A binding."""

    def get_compiled_api(self) -> Sequence[int]:
        """Return the numbers of the MIDI systems that it was built for."""

    @property
    def MidiIn(self) -> Callable[..., Any]:  # noqa: N802 # rtmidi's name
        """Makes an input, of a system's number and, for virtual ports, the name of the client."""

    @property
    def MidiOut(self) -> Callable[..., Any]:  # noqa: N802 # rtmidi's name
        """Makes an output."""


def load() -> Module:
    """Return the binding; python-rtmidi, if both are installed. Raises Trouble."""
    broken: ImportError | None = None
    for name in ("rtmidi", "supriya_midi"):
        try:
            # Late, since it is missing where it has no wheel, and slow to load.
            if name == "supriya_midi":
                _take_the_systems_jack()
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        except ImportError as error:
            broken = broken or error
            continue
        return Supriya(module) if name == "supriya_midi" else cast("Module", module)
    raise Trouble(_missing() if broken is None else _cannot_load(broken))


def _take_the_systems_jack() -> None:
    """Let supriya-midi speak to a JACK server in the server's own words.

    On Linux its package carries a JACK library that is too old for today's servers ("protocol
    mismatch 8"). What the system's library offers to all is found before it.
    """
    if sys.platform != "linux":
        return
    import ctypes

    with contextlib.suppress(OSError):  # no JACK is installed: then there is no server either
        ctypes.CDLL("libjack.so.0", mode=ctypes.RTLD_GLOBAL)


def wanted() -> str:
    """Return the package that this Python and computer have a ready-made build of."""
    arm_windows = platform.machine() == "ARM64"
    return "rtmidi" if sys.version_info < (3, 13) and not arm_windows else "supriya-midi"


class Supriya:
    """supriya-midi as python-rtmidi is."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self._failures: tuple[type[Exception], ...] = (module.RtMidiError, RuntimeError)

    def get_compiled_api(self) -> Sequence[int]:
        """Return the numbers of the MIDI systems that it was built for."""
        return [int(one) for one in self._module.get_compiled_apis()]

    def MidiIn(self, system: int = 0, name: str = "m1tui") -> Any:  # noqa: N802 # rtmidi's name
        """Make an input. Raises OSError."""
        return self._end(self._module.MidiIn, system, name)

    def MidiOut(self, system: int = 0, name: str = "m1tui") -> Any:  # noqa: N802 # rtmidi's name
        """Make an output. Raises OSError."""
        return self._end(self._module.MidiOut, system, name)

    def _end(self, make: Callable[..., Any], system: int, name: str) -> Any:
        api = self._module.RtMidiAPI(system)
        end = _raising_oserror(lambda: make(api, client_name=name), self._failures)
        return _End(end, self._failures)


async def close_ends(source: Any, sink: Any) -> None:
    """Close an input and an output, and give the system their clients back; None is no end.

    Closing keeps Python's lock and waits for the system's thread; a message that is just coming in
    waits for that lock. Without a pause neither would ever go on.
    """
    try:
        if source is not None:
            source.cancel_callback()
            await asyncio.sleep(_LAST_MESSAGE)
    finally:
        for end in (source, sink):
            if end is not None:
                end.close_port()
                end.delete()


class _End:
    """An input or output of supriya-midi; its errors are OSErrors, as python-rtmidi's are."""

    def __init__(self, end: Any, failures: tuple[type[Exception], ...]) -> None:
        self._real = end
        self._failures = failures

    def set_callback(self, callback: Callable[[tuple[Sequence[int], float], Any], None]) -> None:
        """Let `callback` take each message, in one piece with its time."""
        self._real.set_callback(lambda message, seconds, data: callback((message, seconds), data))

    def cancel_callback(self) -> None:
        """Let nobody take messages any more."""
        self._let_go(lambda: self._real.cancel_callback())

    def close_port(self) -> None:
        """Close the port; again does nothing."""
        self._let_go(lambda: self._real.close_port())

    def delete(self) -> None:
        """Give the system its client back; again does nothing."""
        self._real.delete()

    def _let_go(self, act: Callable[[], object]) -> None:
        """Do what ends something; where its server or its port has gone, it is ended already."""
        if not self._real.is_deleted:
            with contextlib.suppress(*self._failures):
                act()

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        return lambda *words, **named: _raising_oserror(
            lambda: real(*words, **named), self._failures
        )


def _raising_oserror(act: Callable[[], T], failures: tuple[type[Exception], ...]) -> T:
    try:
        return act()
    except failures as error:
        raise OSError(str(error)) from error


def _missing() -> Advice:
    return Advice(
        code="rtmidi-missing",
        happened="No Python package for MIDI ports is installed: expected python-rtmidi "
        "or supriya-midi.",
        safe=NOTHING_SENT,
        cause=WITHOUT,
        next_step=f"Install it: {install_command(wanted())}",
    )


def _cannot_load(error: ImportError) -> Advice:
    return Advice(
        code="rtmidi-not-loadable",
        happened="The Python package for MIDI ports is installed but cannot be loaded: "
        f"{str(error)!r}.",
        safe=NOTHING_SENT,
        cause="A library that it needs is missing; on Linux this is usually ALSA.",
        next_step="Install ALSA's library (Debian: `sudo apt install libasound2`), or reach the "
        "interface as raw:PATH on Linux.",
    )
