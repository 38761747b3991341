"""One target under atheris: `python -m tests.fuzz.target NAME [libFuzzer's options]`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["m1tui.sysex", "mido"]):
    pass

from tests.fuzz.properties import PROPERTIES


def main() -> None:
    """Fuzz the target that the first argument names; libFuzzer ends the process."""
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, PROPERTIES[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
