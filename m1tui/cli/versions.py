"""Which m1tui this is and what it runs on: `m1tui --version`, and the first lines of the doctor."""

import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from m1tui import __version__
from m1tui.build import build

NOT_INSTALLED = "not installed"

BINDINGS = ("python-rtmidi", "supriya-midi")
"""The packages that reach a system's MIDI ports; one of them is enough."""


def versions() -> Mapping[str, str]:
    """Return program, Python, Textual, MIDI and system with their versions, in that order."""
    return {
        "m1tui": str(build(__version__)),
        "Python": f"{platform.python_version()} ({sys.executable})",
        "Textual": _version("textual"),
        "MIDI": midi(),
        "System": system(),
    }


def midi() -> str:
    """Return by what this computer's MIDI interfaces are reached."""
    ways = ["raw devices"] if sys.platform == "linux" else []
    ways += [f"{one} {_version(one)}" for one in BINDINGS if _version(one) != NOT_INSTALLED]
    return ", ".join(ways) or f"no binding: neither {' nor '.join(BINDINGS)} is installed"


def system() -> str:
    """Return the operating system: "Debian GNU/Linux 12 (bookworm), Linux 6.1.0, x86_64"."""
    kernel = f"{platform.system()} {platform.release()}, {platform.machine()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"
    except (OSError, KeyError):  # not Linux, or one that does not name itself
        if sys.platform == "darwin":
            return f"macOS {platform.mac_ver()[0]}, {kernel}"
        return kernel


def lines() -> list[str]:
    """Return what `--version` prints."""
    return [
        f"{name} {value}" if name == "m1tui" else f"{name}: {value}"
        for name, value in versions().items()
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return NOT_INSTALLED
