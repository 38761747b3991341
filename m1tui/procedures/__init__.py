"""Procedures: reads them from files, runs them step by step, and keeps a journal of each run."""

from m1tui.procedures.auto import run_auto
from m1tui.procedures.claims import Claim, said_of
from m1tui.procedures.drawings import drawing
from m1tui.procedures.events import DEMO, Event
from m1tui.procedures.findings import StepResult
from m1tui.procedures.journal import Journal, UnfinishedRun, damaged, unfinished
from m1tui.procedures.keys import Press, parse_keys
from m1tui.procedures.library import (
    Library,
    check_file,
    folders,
    load_library,
    own_folder,
    procedure_files,
)
from m1tui.procedures.loader import check, load
from m1tui.procedures.origins import (
    MOST_OFFERED,
    Origin,
    load_origin,
    open_questions,
    origins,
)
from m1tui.procedures.perform import Performer
from m1tui.procedures.person import Person, Rehearser
from m1tui.procedures.rehearsals import bring_back, set_aside
from m1tui.procedures.rules import wrapped
from m1tui.procedures.run import CONSENT, LEAST_REASON, LONGEST_TEXT, Run
from m1tui.procedures.schema import Option, Procedure, Step
from m1tui.procedures.states import Mark, RunOutcome, StepState
from m1tui.procedures.trouble import Problem, ProcedureError
from m1tui.procedures.values import Field, remarks
from m1tui.procedures.watch import loss_lines, way_back
from m1tui.procedures.watching import Watching

__all__ = [
    "CONSENT",
    "DEMO",
    "LEAST_REASON",
    "LONGEST_TEXT",
    "MOST_OFFERED",
    "Claim",
    "Event",
    "Field",
    "Journal",
    "Library",
    "Mark",
    "Option",
    "Origin",
    "Performer",
    "Person",
    "Press",
    "Problem",
    "Procedure",
    "ProcedureError",
    "Rehearser",
    "Run",
    "RunOutcome",
    "Step",
    "StepResult",
    "StepState",
    "UnfinishedRun",
    "Watching",
    "bring_back",
    "check",
    "check_file",
    "damaged",
    "drawing",
    "folders",
    "load",
    "load_library",
    "load_origin",
    "loss_lines",
    "open_questions",
    "origins",
    "own_folder",
    "parse_keys",
    "procedure_files",
    "remarks",
    "run_auto",
    "said_of",
    "set_aside",
    "unfinished",
    "way_back",
    "wrapped",
]
