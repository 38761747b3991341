"""Expects an error with a message of a certain kind, whatever its sentences are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from m1tui.advice import Trouble


@contextmanager
def raises(kind: type[Trouble], code: str) -> Iterator[None]:
    """Within, an error of that kind is expected, whose advice has that code."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.advice.code == code
