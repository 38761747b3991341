"""Gives a report one of its forms, text, Markdown, HTML or JSON, and keeps it as a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from m1tui.store.atomic import DISK, Disk, write_named
from m1tui.store.report.customer import customer_page
from m1tui.store.report.document import document
from m1tui.store.report.facts import Finding, Report
from m1tui.store.report.html import as_html
from m1tui.store.report.markdown import as_markdown
from m1tui.store.report.text import as_text


def as_facts(report: Report) -> dict[str, Any]:
    """Return a report as what JSON can hold, every record as it is kept."""
    return {
        "visit": msgspec.to_builtins(report.visit),
        "instrument": msgspec.to_builtins(report.instrument),
        "rehearsal": bool(report.rehearsals),
        "found": _listed(report.found),
        "done": msgspec.to_builtins(report.runs),
        "proved": _listed(report.proved),
        "not_proved": _listed(report.unproved),
        "by_word": _listed(report.by_word),
    }


def _listed(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in findings]


def _as_json(report: Report) -> str:
    import json  # late: the other forms need none

    return json.dumps(as_facts(report), indent=2) + "\n"


FORMATS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "text": lambda report: as_text(document(report)),
        "md": lambda report: as_markdown(document(report)),
        "html": lambda report: as_html(document(report)),
        "json": _as_json,
    }
)
"""The forms by the words of the command line."""


def render(report: Report, form: str, *, customer: bool = False) -> str:
    """Return the report in a form of `FORMATS`, ending in a line break. Raises KeyError.

    For a `customer` it is the page of `customer_page`, in JSON as sections and lines.
    """
    if not customer:
        return FORMATS[form](report)
    page = customer_page(report)
    if form == "json":
        import json  # late: the other forms need none

        return json.dumps(asdict(page), indent=2) + "\n"
    return {"text": as_text, "md": as_markdown, "html": as_html}[form](page)


SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"text": ".txt", "md": ".md", "html": ".html", "json": ".json"}
)
"""The ending of a file in each of the forms."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 ._-]+")
_LONGEST = 80


def keep(
    report: Report, form: str, folder: Path, *, customer: bool = False, disk: Disk = DISK
) -> Path:
    """Write `report` in a form of `FORMATS` as a new file in `folder`; return its path.

    The file is called by the visit and the instrument. Raises StoreError, KeyError for no form.
    """
    data = render(report, form, customer=customer).encode()
    stem = _stem(report)
    if customer:
        stem = f"{stem.removesuffix('report')}for the customer"
    return write_named(folder, stem, SUFFIXES[form], data, disk=disk)


def _stem(report: Report) -> str:
    """Return a name that every file system takes: "2026-11-20 M1 112233 Blue case report"."""
    instrument = report.instrument.title if report.instrument is not None else ""
    words = _NOT_IN_NAMES.sub("", f"{report.visit.id} {instrument}")
    return f"{' '.join(words.split())[:_LONGEST].strip(' .')} report"
