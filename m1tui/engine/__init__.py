"""What a technician does with an M1: diagnose, back up, restore, compare, probe."""

from m1tui.engine.checks import (
    ASKED_AT_ANY_TIME,
    CHECKS,
    COMPARES_WITH,
    LISTENING,
    PLAYING,
    PROVES,
    VALUES_NEEDED,
    Against,
    Check,
    CheckContext,
    run_check,
)
from m1tui.engine.compare import Comparison, Difference, Grade, compare
from m1tui.engine.diagnose import diagnose, find_instrument
from m1tui.engine.diagnosis import Cause, Diagnosis, Present, also_there
from m1tui.engine.instrument import Instrument
from m1tui.engine.keybed import KeybedReport, KeyReading, KeyState
from m1tui.engine.line.pacing import Pacing
from m1tui.engine.progress import Phase, Progress, ProgressHandler
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.receive import receive_dump
from m1tui.engine.read.slot_by_slot import back_up_slots
from m1tui.engine.read.verify import verify
from m1tui.engine.restore.judge import Restoration, Verification
from m1tui.engine.restore.restore import restore
from m1tui.engine.restore.ways import Plan, Way

__all__ = [
    "ASKED_AT_ANY_TIME",
    "CHECKS",
    "COMPARES_WITH",
    "LISTENING",
    "PLAYING",
    "PROVES",
    "VALUES_NEEDED",
    "Against",
    "Cause",
    "Check",
    "CheckContext",
    "Comparison",
    "Diagnosis",
    "Difference",
    "Grade",
    "Instrument",
    "KeyReading",
    "KeyState",
    "KeybedReport",
    "Pacing",
    "Phase",
    "Plan",
    "Present",
    "Progress",
    "ProgressHandler",
    "Restoration",
    "Verification",
    "Way",
    "also_there",
    "back_up",
    "back_up_slots",
    "compare",
    "diagnose",
    "find_instrument",
    "receive_dump",
    "restore",
    "run_check",
    "verify",
]
