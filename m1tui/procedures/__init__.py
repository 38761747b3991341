"""Procedures: reads them from files, runs them step by step, and keeps a journal of each run."""

from m1tui.procedures.auto import run_auto
from m1tui.procedures.events import DEMO, CheckVerdict, Event
from m1tui.procedures.findings import StepResult
from m1tui.procedures.journal import Journal, UnfinishedRun, damaged, unfinished
from m1tui.procedures.journal_format import JournalError
from m1tui.procedures.keys import parse_keys
from m1tui.procedures.loader import check, load, load_all, procedure_files, wrapped
from m1tui.procedures.origins import Origin, OriginError, load_origin, origins
from m1tui.procedures.perform import Performer, Person
from m1tui.procedures.run import NotAllowed, Run
from m1tui.procedures.schema import Procedure, Step
from m1tui.procedures.states import Mark, StepState
from m1tui.procedures.trouble import Problem, ProcedureError

__all__ = [
    "DEMO",
    "CheckVerdict",
    "Event",
    "Journal",
    "JournalError",
    "Mark",
    "NotAllowed",
    "Origin",
    "OriginError",
    "Performer",
    "Person",
    "Problem",
    "Procedure",
    "ProcedureError",
    "Run",
    "Step",
    "StepResult",
    "StepState",
    "UnfinishedRun",
    "check",
    "damaged",
    "load",
    "load_all",
    "load_origin",
    "origins",
    "parse_keys",
    "procedure_files",
    "run_auto",
    "unfinished",
    "wrapped",
]
