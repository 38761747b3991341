"""The server's log: faults of its own go to a file of bounded size, never to the terminal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

LOG_NAME = "serve.log"
"""The file in the data folder; the one before it has ".1" behind its name."""
_MOST = 500_000
"""Bytes of each of the two files."""
_OF_OTHERS = (HttpProcessingError, RequestPayloadError, ConnectionError)
"""What a sender does wrong or breaks off: it is answered where it can be, and is no fault here."""


@contextmanager
def faults_logged(log: Path) -> Iterator[None]:
    """Within, what Python's loggers have to tell is written to `log`."""
    handler = RotatingFileHandler(log, maxBytes=_MOST, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.addFilter(_is_own)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


def _is_own(record: logging.LogRecord) -> bool:
    """Tell whether a record is of more than what somebody sent."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, _OF_OTHERS)
