"""One target under atheris: `python -m tests.fuzz.target NAME [libFuzzer's options]`."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Mapping
from importlib import import_module

import atheris

WATCHED = ("m1tui.sysex", "m1tui.sysex.forms", "mido.midifiles")
"""The packages whose branches lead the fuzzer."""


def properties() -> Mapping[str, Callable[[bytes], None]]:
    """Import what is fuzzed so that its branches are seen, and return each target's property.

    All of it at once: what is imported later, when a name is first asked for, would not be seen.
    """
    with atheris.instrument_imports(include=list(WATCHED)):
        for package in map(import_module, WATCHED):
            for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
                import_module(module.name)
        found: Mapping[str, Callable[[bytes], None]] = import_module(
            "tests.fuzz.properties"
        ).PROPERTIES
    return found


def main() -> None:
    """Fuzz the target that the first argument names; libFuzzer ends the process."""
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, properties()[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
