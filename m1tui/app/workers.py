"""The app's workers: which are under way, and when they have ended.

Not in the workbench, which the first screen does not wait for.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from textual.worker import Worker, WorkerCancelled, WorkerFailed


def running(workers: Iterable[Worker[Any]], group: str) -> list[Worker[Any]]:
    """Return the workers of a group that have not finished."""
    return [worker for worker in workers if worker.group == group and not worker.is_finished]


async def ended(workers: Iterable[Worker[Any]]) -> None:
    """Wait until all workers have ended, in whatever way."""
    for worker in workers:
        with suppress(WorkerFailed, WorkerCancelled):
            await worker.wait()
