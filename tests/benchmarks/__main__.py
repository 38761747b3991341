"""Print every figure as one table: `python -m tests.benchmarks`, or `make bench`."""

from __future__ import annotations

import sys

from tests.benchmarks import codec, forms, library, repair, screen, start, wire

SOURCES = (codec, wire, repair, start, forms, screen, library)


def main() -> int:
    """Measure and print; 0 if every aim is met."""
    missed = 0
    for source in SOURCES:
        for figure in source.figures():
            mark = "met" if figure.met else "MISSED"
            missed += not figure.met
            print(f"{figure.name:<48} {figure.ratio:8.2f}  {figure.aim:<28} {mark}")
            print(f"{'':<48} {figure.detail}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
