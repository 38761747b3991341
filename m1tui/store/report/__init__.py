"""The report of a visit: what was found, done, proved, and what could not be proved."""

from m1tui.store.report.facts import Finding, Report, report
from m1tui.store.report.formats import FORMATS, keep, render

__all__ = ["FORMATS", "Finding", "Report", "keep", "render", "report"]
