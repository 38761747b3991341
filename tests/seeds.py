"""The seeds of a campaign, as they are typed."""

from __future__ import annotations

import argparse


def seeds_of(text: str) -> range:
    """Return the seeds of "A:B", or the one of "A"; raises ArgumentTypeError."""
    first, colon, last = text.partition(":")
    try:
        return range(int(first), int(last) if colon else int(first) + 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected A:B or one seed, found {text!r}") from None
