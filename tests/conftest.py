"""What all tests share: a moderate number of examples, and the folder of real dumps."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Machines that run the tests differ in speed, so no example fails for being slow. On a machine
# that judges a commit (CI is set) the examples are the same each time; elsewhere new ones are
# looked for.
settings.register_profile(
    "m1tui",
    max_examples=60,
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("m1tui")

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_dumps() -> Path:
    """Return the folder of real dumps beside the checkout; skips the test in its absence."""
    folder = CHECKOUT.parent / "shared" / "dumps"
    if not folder.is_dir():
        pytest.skip(f"no real dumps at {folder}: they are their owners' and not distributed")
    return folder
