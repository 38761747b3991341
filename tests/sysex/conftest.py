"""Real dumps, where there are any, and records of every kind for the tests of the format."""

from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "dumps"


@pytest.fixture
def real_dump() -> Callable[[str], bytes]:
    """Return a reader of real dumps; the test is skipped where they are absent."""

    def read(name: str) -> bytes:
        path = SHARED / name
        if not path.is_file():
            pytest.skip(f"no real dump {name}: they are Korg's data and not part of the project")
        return path.read_bytes()

    return read
