"""Each layer is imported whole, in a Python of its own, and asked what it brought with it."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
    importlib.import_module(module.name)
print("\\n".join(sys.modules))
"""
BELOW_APP = [
    "advice",
    "errors",
    "clock",
    "resources",
    "options",
    "sysex",
    "files",
    "virtual",
    "link",
    "engine",
    "store",
    "procedures",
    "web",
    "cli",
]


def loaded_by(program: str, *arguments: str) -> set[str]:
    """Return the names of all modules that a fresh Python has after `program`."""
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    return set(ran.stdout.split())


@pytest.mark.parametrize("layer", BELOW_APP)
def test_nothing_below_the_app_loads_textual(layer: str) -> None:
    loaded = loaded_by(IMPORT_ALL, f"m1tui.{layer}")
    assert f"m1tui.{layer}" in loaded
    assert loaded.isdisjoint({"textual", "rich", "m1tui.app"})


def test_the_format_loads_neither_a_loop_nor_a_midi_library() -> None:
    loaded = loaded_by("import m1tui.sysex, sys; print('\\n'.join(sys.modules))")
    assert loaded.isdisjoint({"asyncio", "mido", "rtmidi", "selectors", "socket"})


def test_reading_the_command_line_loads_no_layer_below_it() -> None:
    loaded = loaded_by(
        "import m1tui.__main__, m1tui.cli.parser, sys\n"
        "m1tui.cli.parser.parse(['inspect', 'x.syx'])\n"
        "print('\\n'.join(sys.modules))"
    )
    assert loaded.isdisjoint({"asyncio", "sqlite3", "msgspec", "mido", "rtmidi", "m1tui.engine"})


def test_links_are_known_without_loading_rtmidi() -> None:
    loaded = loaded_by("import m1tui.link.ports, sys; print('\\n'.join(sys.modules))")
    assert loaded.isdisjoint({"rtmidi", "_rtmidi", "m1tui.virtual"})
