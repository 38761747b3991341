"""What a case demands where nothing goes wrong, and what explains that a run ended otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.engine.restore.judge import Restoration
from m1tui.sysex import Allocation, Bank, CardState, Part
from m1tui.virtual.faults import BY_ANSWER, SECONDS, Kind, Mishap, Side
from tests.campaigning.cases import PEOPLE
from tests.campaigning.image import CONTROL, Image, is_initial, same
from tests.campaigning.trial import Trial
from tests.campaigning.witness import Panel

SOUNDS = frozenset({Part.PROGRAMS, Part.COMBINATIONS})
_STEP = 4
_PROTECTS = {
    Part.PROGRAMS: "program",
    Part.COMBINATIONS: "combination",
    Part.SEQUENCE: "sequence",
}
_PATIENCE = {Kind.STALL: 0.9, Kind.BURST: 0.9, Kind.LATE_REPLY: 2.5}
"""Seconds up to which these are to be borne without a word."""
_OF_THE_M1 = frozenset({Kind.WROTE_NOTHING, Kind.WROTE_PART, Kind.WROTE_BIT, Kind.WROTE_TWICE})
"""The M1 itself writes otherwise than it was told."""
_HARMLESS_TO_BYTES = frozenset({*PEOPLE, Kind.STALL, Kind.BURST})
"""What leaves every byte on the wire as it is, in its order."""
_EDITING = frozenset({Kind.SLIDER, Kind.OTHER_PROGRAM, Kind.OTHER_MODE, Kind.STORE})
_JUST_NOW = 10.0
LONG_AGO = 30.0
"""Seconds after which a fault no longer explains why something was not put back."""


_SILENCING = frozenset(
    {
        Kind.NO_REPLY,
        Kind.NO_DUMP,
        Kind.LATE_REPLY,
        Kind.HELD_BACK,
        Kind.CHANNEL_CHANGE,
        Kind.POWER_CUT,
        Kind.MEMORY_LOSS,
        Kind.GAP,
        Kind.BURST,
        Kind.CH345,
        Kind.LOST_END,
        Kind.TRUNCATION,
        Kind.STALL,
    }
)
"""Faults by which an M1 is not heard, or too late, for seconds at least."""


def demanded(trial: Trial) -> frozenset[str]:
    """Return the words in which the case is to end if nothing goes wrong."""
    first = trial.witness.history[0]
    panel, held = trial.witness.beginning, first.compared(trial.case.bank)
    file = compared_file(trial)
    if mistaken(trial):
        # Which of the two holds what cannot be told, and both would be written.
        return frozenset({"not read" if trial.case.operation == "backup" else "REFUSED"})
    if trial.case.asked_channel not in (None, trial.case.channel):
        # What answers elsewhere may be another instrument, and is left alone.
        return frozenset({"not read", "UNKNOWN", "REFUSED"})
    if trial.case.operation == "backup":
        whole = trial.case.part is Part.ALL or trial.case.part in held.parts
        return frozenset(
            {"saved" if panel.settings.exclusive and whole and held.parts else "not read"}
        )
    if trial.case.operation == "verify":
        if not file.parts:
            return frozenset({"REFUSED"})
        if not panel.settings.exclusive or not _readable(trial, file, held):
            return frozenset({"UNKNOWN"})
        return frozenset({"VERIFIED" if same(file, held) else "MISMATCH"})
    if _unfit(trial, file, held, panel):
        return frozenset({"REFUSED"})
    if same(file, held):
        return frozenset({"VERIFIED"})
    if trial.case.dry_run:
        return frozenset({"REFUSED"})
    if _protected(trial, file, panel):
        return frozenset({"REFUSED", "MISMATCH"})
    if not trial.case.full_disk:
        return frozenset({"VERIFIED"})
    # To keep more than needs to be kept is no fault.
    worthless = all(is_initial(part, held.parts[part]) for part in file.parts)
    return frozenset({"REFUSED", "VERIFIED"} if worthless else {"REFUSED"})


def compared_file(trial: Trial) -> Image:
    """Return the file as it may be compared with what its bank holds."""
    file = Image.of(trial.file)
    return file.without_banks() if trial.case.bank is Bank.CARD else file


def _readable(trial: Trial, file: Image, held: Image) -> bool:
    """Tell whether the bank can give a dump of what the file holds."""
    return bool(held.parts) and (len(file.parts) > 1 or file.parts.keys() <= held.parts.keys())


def _unfit(trial: Trial, file: Image, held: Image, panel: Panel) -> bool:
    """Tell whether the file cannot go into this M1, or the M1 does not listen."""
    if not panel.settings.exclusive or not file.parts or not file.parts.keys() <= held.parts.keys():
        return True
    card = trial.witness.history[0].card
    if trial.case.bank is Bank.CARD and (card is None or card.state is not CardState.RAM):
        return True
    if file.parts.keys() & SOUNDS and file.allocation is not held.allocation:
        return True
    steps = (len(file.parts.get(Part.SEQUENCE, bytes(CONTROL))) - CONTROL) // _STEP
    room = (held.allocation or Allocation.LARGE_PROGRAM).steps
    if trial.case.bank is Bank.CARD:
        room = card.format.steps if card is not None and card.format is not None else 0
    return steps > room


def _protected(trial: Trial, file: Image, panel: Panel) -> bool:
    side = trial.case.bank.name.lower()
    return any(
        getattr(panel.settings, f"protect_{word}_{side}")
        for part, word in _PROTECTS.items()
        if part in file.parts
    )


def struck(trial: Trial, since: float = 0.0) -> Iterator[Mishap]:
    """Yield the faults that struck from then on and are more than has to be borne."""
    lasting = {fault.kind: fault.lasts for fault in trial.case.faults if fault.kind in SECONDS}
    for mishap in trial.plan.mishaps:
        if mishap.at < since or mishap.kind is Kind.REALTIME:
            continue
        if lasting.get(mishap.kind, 0.0) < _PATIENCE.get(mishap.kind, 0.0):
            continue
        yield mishap


def corrupted(trial: Trial, until: float) -> bool:
    """Tell whether what reached the M1, or what it wrote, was spoilt up to then."""
    return any(
        mishap.kind in _OF_THE_M1
        or (
            mishap.side is Side.IN
            and mishap.kind not in _HARMLESS_TO_BYTES
            and mishap.kind not in BY_ANSWER
        )
        for mishap in struck(trial)
        if mishap.at <= until
    )


def edited(trial: Trial, until: float) -> bool:
    """Tell whether somebody may just have changed the edit buffer that was then stored."""
    return any(
        mishap.kind in _EDITING and until - _JUST_NOW <= mishap.at <= until
        for mishap in struck(trial)
    )


def cancelled(trial: Trial) -> bool:
    """Tell whether a person stopped it, and that was said."""
    result, at = trial.result, trial.case.cancel_at
    return isinstance(result, Restoration) and result.cancelled and at is not None


def explained(trial: Trial) -> bool:
    """Tell whether anything explains an end that the case does not demand."""
    unawares = trial.crowded or not trial.case.honest or mistaken(trial)
    return cancelled(trial) or unawares or any(True for _ in struck(trial))


def unheard(trial: Trial) -> bool:
    """Tell whether another M1 was the only one that could be heard on the channel, for a while."""
    return mistaken(trial) and any(
        mishap.kind in _SILENCING and mishap.at < trial.seconds for mishap in struck(trial)
    )


def mistaken(trial: Trial) -> bool:
    """Tell whether another M1 hears and answers what is meant for the one."""
    second = trial.case.second
    return second is not None and second.channel == trial.case.channel
