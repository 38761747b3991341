"""The report of a visit: what was found, done, proved, and what could not be proved."""

from m1tui.store.report.facts import Finding, Report, report
from m1tui.store.report.formats import FORMATS, render
from m1tui.store.report.saving import keep

__all__ = ["FORMATS", "Finding", "Report", "keep", "render", "report"]
