"""Keeps a report as a file in any folder; nothing is overwritten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from m1tui.store.atomic import DISK, Disk, write_named
from m1tui.store.report.facts import Report
from m1tui.store.report.formats import render

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"text": ".txt", "md": ".md", "html": ".html", "json": ".json"}
)
"""The ending of a file in each of the forms."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 ._-]+")
_LONGEST = 80


def keep(report: Report, form: str, folder: Path, *, disk: Disk = DISK) -> Path:
    """Write `report` in a form of `FORMATS` as a new file in `folder`; return its path.

    The file is called by the visit and the instrument. Raises StoreError, KeyError for no form.
    """
    data = render(report, form).encode()
    return write_named(folder, _stem(report), SUFFIXES[form], data, disk=disk)


def _stem(report: Report) -> str:
    """Return a name that every file system takes: "2026-11-20 M1 112233 Blue case report"."""
    instrument = report.instrument.title if report.instrument is not None else ""
    words = _NOT_IN_NAMES.sub("", f"{report.visit.id} {instrument}")
    return f"{' '.join(words.split())[:_LONGEST].strip(' .')} report"
