"""What all tests share: a moderate number of examples, and the folder of real dumps."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
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

# Pictures between two keys are looked at by nobody here: four times as many take a fifth longer.
# Textual reads this once; programs that tests start have the rate that everybody has.
os.environ["TEXTUAL_FPS"] = "15"
importlib.import_module("textual.constants")
del os.environ["TEXTUAL_FPS"]

MEMORY = Path("/dev/shm")
"""Linux's disk in memory: the store waits for the disk at each file, thousands of times."""
ROOM = 2 << 30
"""Bytes that have to be free there for the tests' folders."""
EXTRA_WORKERS = 2
"""Test processes beside one for each core: a third of the time of the tests is waiting."""


def pytest_configure() -> None:
    """Keep the tests' folders in memory where there is room, and programs may be run from it."""
    if (
        os.access(MEMORY, os.W_OK)
        and shutil.disk_usage(MEMORY).free > ROOM
        and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    ):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes `-n auto` is."""
    return (os.cpu_count() or 1) + EXTRA_WORKERS


def pytest_collection_finish() -> None:
    """Let the garbage collector leave out the tests, which live to the end, and look less often."""
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_dumps() -> Path:
    """Return the folder of real dumps beside the checkout; skips the test in its absence."""
    folder = CHECKOUT.parent / "shared" / "dumps"
    if not folder.is_dir():
        pytest.skip(f"no real dumps at {folder}: they are their owners' and not distributed")
    return folder
