"""The settings that a run leaves as they are not usually, with the keys that set them back.

No dump contains them. What is known of them comes from the keys of the steps that were done, from
what steps have proved, and from the last look at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter

from m1tui.advice import listed
from m1tui.engine.keys import ALLOCATE, CLOCK_INT, DESTROYED
from m1tui.procedures.alarms import ALLOCATION, CHANNEL
from m1tui.procedures.claims import claims_of, power_after, switches_off
from m1tui.procedures.closing import EXCLUSIVE
from m1tui.procedures.keys import set_by
from m1tui.procedures.run import Run
from m1tui.procedures.run_state import PROTECT_CHECKS
from m1tui.procedures.schema import Step
from m1tui.procedures.states import Mark, StepState
from m1tui.sysex import Mode, ModeData


@dataclass(frozen=True, slots=True)
class _Setting:
    """A setting of the M1 that no dump contains."""

    page: str
    """Where it is set, as "5-2"."""
    below: str
    """The key below it there."""
    key: str
    """The key that sets it so, UP or DOWN."""
    left: str
    """What is said where it is left as it is not usually; "is" or "was" goes into the braces."""
    back: str
    """How it is set back, as the end of a sentence."""


_PLACES = {1: "programs", 2: "combinations", 3: "songs"}
"""What is protected on the pages of GLOBAL 6."""
_PROTECT, _CARD_PROTECT = "Memory protect", "The card's memory protect"
_INTERNAL = tuple(f"protect {place}" for place in _PLACES)
_CARD = tuple(f"card protect {place}" for place in _PLACES)
_FILTERS = {"B": "program change", "D": "aftertouch", "F": "control", "H": "exclusive"}
"""The filters of page GLOBAL 5-2 by the keys below them."""


def _turn_on(places: Iterable[int], below: str) -> str:
    """Return how the protects of some pages of GLOBAL 6 are turned on, as the end of a sentence."""
    keys, at = ["GLOBAL 6"], 1
    for place in places:
        # A page is entered at B, which is named all the same where another page was before.
        cell = [] if (place, below) == (1, "B") else [below]
        keys += [*["+"] * (place - at), *cell, "UP"]
        at = place
    return f"To turn it on again, press {' '.join(keys)}."


def _protect(place: int, below: str, what: str) -> _Setting:
    left = f"{what} for {_PLACES[place]} {{}} left OFF"
    return _Setting(f"6-{place}", below, "DOWN", left, _turn_on((place,), below))


_SETTINGS: Mapping[str, _Setting] = {
    **{_INTERNAL[place - 1]: _protect(place, "B", _PROTECT) for place in _PLACES},
    **{_CARD[place - 1]: _protect(place, "D", _CARD_PROTECT) for place in _PLACES},
    **{
        f"filter {name}": _Setting(
            "5-2",
            below,
            "DOWN",
            f"The {name} filter {{}} left at DIS",
            f"To enable it again, press GLOBAL 5 + {below} UP.",
        )
        for below, name in _FILTERS.items()
    },
    "clock": _Setting(
        "5-1", "D", "UP", "The clock {} left at EXT", f"To set it to INT, press {CLOCK_INT}."
    ),
    "local": _Setting(
        "5-1", "F", "DOWN", "Local {} left OFF", "To turn it on again, press GLOBAL 5 F UP."
    ),
}
"""What is said of settings that a run has changed and not set back, by their subjects."""
_WHOLE = ((_INTERNAL, "B", _PROTECT), (_CARD, "D", _CARD_PROTECT))
"""The protects of one memory, the key below them, and what they are called."""
_AT = {(one.page, one.below): subject for subject, one in _SETTINGS.items()}
"""The subjects of settings by their pages and the keys below them."""
_SILENT = "aftertouch = silent while a key was held"
_UNHEARD = "No aftertouch came while a key was held"
"""What is said of that: keys whose pressure is dead are silent with the filter at ENA, too."""
_HEARD_AGAIN = (
    "Either the aftertouch filter or the control filter at DIS can cause that. To hear aftertouch "
    "again, set both to ENA: press GLOBAL 5 + D UP, then F UP."
)
_SEEN: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "protects = OFF": (_INTERNAL, True),
    "protects = ON": (_INTERNAL, False),
    _SILENT: (("filter aftertouch",), True),
    "clock = EXT": (("clock",), True),
    "clock = INT": (("clock",), False),
    **{f"filter {name} = ENA": ((f"filter {name}",), False) for name in _FILTERS.values()},
}
"""What claims say of settings: the subjects, and whether they are as they are not usually."""
_UNPROTECTED = "memory-unprotected"
_PARTS = dict(zip(("programs", "combinations", "sequence"), _INTERNAL, strict=True))
"""The protects by the word of those checks for what they protect."""
_NOT_SEEN = ", and not seen by the program"
"""What is said of a setting that no check asks for, behind how it was set."""
_FIRST = ", where this was first checked"
"""What is said of a protect that no answer has shown to be ON before."""
_CHANNEL_AT = ("5-1", "B")
"""The page of the MIDI channel, and the key below it."""
_ENABLING = "exclusive-enabled"
"""The check that asks for the filter without which an M1 answers only on its data dump page."""
_AT_ENA = f"{EXCLUSIVE} = ENA"
"""What is claimed of that filter where it has been seen."""
_ENABLED = "The exclusive filter {} left at ENA: it was at DIS when the program first asked"
_WRITTEN_AS_DIS = (
    "The exclusive filter {} left at ENA: DIS was written down, and the M1 answered in a mode in "
    "which it answers only at ENA"
)
_SET_TO_DIS = "To set it to DIS, press GLOBAL 5 + H DOWN."
_ENABLE = "To set it to ENA, press GLOBAL 5 + H UP."
_DISABLE = "To set it back, press GLOBAL 5 + H DOWN."
_BY_MODE = (CHANNEL, ALLOCATION, EXCLUSIVE)
"""The subjects of claims that an answer to a mode request has proved."""
_DEAF = "exclusive-lost"
"""The alarm of an M1 that is heard, and answers no more."""
_WENT_SILENT, _ANSWERS_AGAIN = "went-silent", "power-returned"
"""The alarms of one that is silent, and that has answered again what it was asked."""
_SILENCES = (_WENT_SILENT, _ANSWERS_AGAIN, "memory-not-asked", "memory-lost")
"""The alarms of one that was silent, or that is heard again after that."""
_LOSING = ("memory-lost", "memory-not-asked", "initialised-at-the-end")


@dataclass(frozen=True, slots=True)
class _Left:
    """A setting as the run left it, and what may have changed it since."""

    what: str
    """What is said of it; "is" or "was" goes into the braces."""
    back: str
    ended: str
    """When it was seen or ticked so."""
    how: str = ""
    since: str = ""
    """What happened to the M1 after that, empty for nothing that may have changed it."""

    def __str__(self) -> str:
        what = self.what.replace("left OFF", "OFF") if _FIRST in self.how else self.what
        # Of keys that only a person has ticked nobody knows what they have set.
        now = "may be" if self.how.endswith(_NOT_SEEN) else "is"
        what = what.format("was" if self.since else now)
        how = f" ({self.how})" if self.how else ""
        since = f" {self.since} The program has not seen the setting since." if self.since else ""
        return f"{what}{how}.{since} {self.back}"


def left_now(run: Run) -> tuple[str, ...]:
    """Return the settings that the run has changed or found so, with the keys that set them back.

    Each says whether the program has seen it, or only a person has ticked its keys, and what may
    have changed it after that. What a person has chosen as a value is as it is to be. What a lost
    memory has set is not known.
    """
    left: dict[str, _Left] = {}
    way: tuple[str, ...] = ()
    asked = False
    on_before = {_PARTS[part] for part in run.found_on}
    steps = zip(run.procedure.steps, run.states, run.marks, strict=True)
    for at, (step, state, mark) in enumerate(steps):
        done = mark in (Mark.SENSED, Mark.BY_HAND)
        place = run.place_of(step.id)
        if (done and step.initialises) or _found_lost(state):
            left.clear()
        elif mark not in (Mark.OPEN, Mark.LEFT_OUT) and switches_off(step):
            off = _switched_off(state, place)
            left = {
                subject: replace(one, since=f"{one.since} {off}".lstrip())
                for subject, one in left.items()
            }
        for subject, key in _set(step, way) if done else ():
            left.pop(subject, None)
            if key == _SETTINGS[subject].key:
                by_hand = mark is Mark.BY_HAND
                how = "ticked by hand" if by_hand else "its keys were pressed"
                how += f" at {place}{_NOT_SEEN}"
                left[subject] = _left(subject, state.ended, how)
        if mark is Mark.OVERRIDDEN and state.failed:
            # Some of its keys may have been pressed: that is why it was checked.
            for subject, _ in _set(step, way):
                if subject in left:
                    left[subject] = replace(left[subject], since=_tried(state, place))
        found = _found_protects(state) if mark is not Mark.LEFT_OUT else {}
        for subject, is_off in found.items():
            left.pop(subject, None)
            if is_off:
                again = asked or subject in on_before
                how = f"found at {place}{'' if again else _FIRST}{_beside(state, left)}"
                left[subject] = _left(subject, state.judged, how)
        way = _way_after(step, mark, way)
        claims = claims_of(step, run.route.values[at]) if mark is Mark.SENSED else ()
        for claim in map(str, claims):
            subjects, unusual = _SEEN.get(claim, ((), False))
            for subject in subjects:
                left.pop(subject, None)
                if unusual:
                    first = (
                        subject in _INTERNAL
                        and run.said.get(_UNPROTECTED, ())[:1] == ("yes",)
                        and not asked
                        and subject not in on_before
                    )
                    how = f"proved at {place}{_FIRST if first else ''}"
                    one = _left(subject, state.ended, how)
                    silent = replace(one, what=_UNHEARD, back=_HEARD_AGAIN)
                    left[subject] = silent if claim == _SILENT else one
            if claim == _AT_ENA and _ENABLING in left:
                left[_ENABLING] = replace(left[_ENABLING], since="")
        asked = asked or not state.said.keys().isdisjoint(PROTECT_CHECKS)
        if state.said.get(_ENABLING) == "yes" and _enabled_exclusive(run):
            left[_ENABLING] = _Left(_ENABLED, _DISABLE, state.ended)
    for subject, other in ((CHANNEL, _other_channel(run)), (ALLOCATION, _other_allocation(run))):
        if other is not None and (known := _last_answer(run, other)) is not None:
            left[subject] = known
    if (enabled := _not_disabled(run)) is not None:
        left[EXCLUSIVE] = enabled
    if (deaf := _gone_deaf(run)) is not None and EXCLUSIVE not in left:
        left[_DEAF] = deaf
    seen = _asked_again(run)
    for subject, unusual in seen.items():
        known = left.pop(subject, None)
        if known is not None and unusual:
            proved = subject == _ENABLING or known.how.startswith("proved")
            how = known.how if proved else "proved at the end"
            left[subject] = replace(known, since="", how=how)
    current = {*seen, CHANNEL, ALLOCATION, _DEAF}
    last = {
        subject: told
        for subject, one in left.items()
        if (told := one if subject in current else _after_alarms(run, one)) is not None
    }
    return tuple(map(str, _together(last)))


def _switched_off(state: StepState, place: str) -> str:
    """Return in a sentence that a step was to switch the M1 off."""
    if state.mark is Mark.OVERRIDDEN and not state.verdicts:
        return f"After that, {place}, was skipped: the M1 was to be switched off there."
    return f"After that, at {place}, the M1 was to be switched off."


def _last_answer(run: Run, left: _Left) -> _Left | None:
    """Return what a mode request has shown, with what happened to the M1 after its last answer.

    None where it may have been lost with the memory since.
    """
    happened: list[tuple[str, str]] = []
    for step, state, mark in zip(run.procedure.steps, run.states, run.marks, strict=True):
        if mark in (Mark.OPEN, Mark.LEFT_OUT):
            continue
        if switches_off(step):
            happened.append((state.ended, _switched_off(state, run.place_of(step.id))))
        elif mark is Mark.SENSED and any(one.subject in _BY_MODE for one in claims_of(step)):
            happened.append((state.ended, ""))
    for at, alarm in enumerate(run.alarms):
        code, place = alarm.advice.code, run.place_of(alarm.step)
        if code in _LOSING and alarm.at >= left.ended:
            return None
        if code == _WENT_SILENT:
            happened.append((alarm.at, f"After that, at {place}, the M1 went silent."))
        if code == _DEAF and at >= run.answered_after:
            happened.append((alarm.at, f"After that, at {place}, the M1 stopped answering."))
        if code == _ANSWERS_AGAIN:
            happened.append((alarm.at, ""))
    if run.closing is not None and run.closing.mode is not None:
        happened.append((run.closing.at, ""))
    later = sorted((one for one in happened if one[0] >= left.ended), key=itemgetter(0))
    return replace(left, since=later[-1][1] if later else "")


def _tried(state: StepState, place: str) -> str:
    """Return what is known of a setting after the attempt to change it that failed at `place`."""
    if _found_protects(state):
        return f"The keys that change it may have been pressed at {place}, and it was not checked."
    found = next((one.found for one in state.deciding if one.passed is False and one.found), "")
    if found:
        return f"After that, at {place}, the check found {found}."
    return f"After that, the keys that change it may have been pressed at {place}."


def _other_channel(run: Run) -> _Left | None:
    """Return the channel on which the M1 was seen last, None where it is to be on that one.

    It is to be on the one that a step has proved, or else on the first that was seen. Nothing is
    known of it where keys of a step have set it and no check has asked for it.
    """
    if run.seen is None or not run.seen.codes or run.first_seen is None:
        return None
    wanted: int | None = run.first_seen.channel + 1
    way: tuple[str, ...] = ()
    values = run.route.values
    for at, (step, mark) in enumerate(zip(run.procedure.steps, run.marks, strict=True)):
        if mark in (Mark.SENSED, Mark.BY_HAND):
            sets = set_by(step.key_names, way)
            if any((page, below) == _CHANNEL_AT for page, below, _ in sets):
                wanted = None
        way = _way_after(step, mark, way)
        proved = claims_of(step, values[at]) if mark is Mark.SENSED else ()
        for claim in proved:
            if claim.subject == CHANNEL and claim.value.isdigit():
                wanted = int(claim.value)
    now = run.seen.channel + 1
    if wanted is None or now == wanted:
        return None
    back = f"To set it back, press GLOBAL 5 B, then UP or DOWN until it shows {wanted}."
    return _Left(f"The MIDI channel {{}} left at {now}: it was {wanted} before", back, run.seen.at)


def _other_allocation(run: Run) -> _Left | None:
    """Return the allocation at which the M1 was seen last, None where it is to be so.

    It is to be as it was seen first, unless a step was to set another one and none that was to set
    it back was skipped.
    """
    if run.seen is None or not run.seen.codes or run.first_seen is None:
        return None
    before = ModeData(run.first_seen.channel, *run.first_seen.codes).allocation
    now = ModeData(run.seen.channel, *run.seen.codes).allocation
    if before is None or now is None or now is before:
        return None
    sets: list[tuple[str, Mark]] = []
    for at, (step, mark) in enumerate(zip(run.procedure.steps, run.marks, strict=True)):
        done = mark in (Mark.SENSED, Mark.BY_HAND)
        if done and step.initialises:
            return None
        claims = claims_of(step, run.route.values[at])
        sets += [(claim.value, mark) for claim in claims if claim.subject == ALLOCATION]
    meant = any(mark in (Mark.SENSED, Mark.BY_HAND) for _, mark in sets)
    if meant and (before.label, Mark.OVERRIDDEN) not in sets:
        return None
    if any(alarm.advice.code in _LOSING for alarm in run.alarms):
        return None
    back = (
        f"A file that was made at {before.label} can be sent only at {before.label}. To set the "
        f"allocation back, press {ALLOCATE[before]}, which destroys {DESTROYED[before]}."
    )
    what = f"The allocation {{}} left at {now.label}: it was {before.label} before"
    return _Left(what, back, run.seen.at)


def _not_disabled(run: Run) -> _Left | None:
    """Return that Exclusive is at ENA where keys were to set what was written down, DIS.

    None unless the M1 answers at the end in a mode in which it answers only at ENA.
    """
    disabled = False
    for at, (step, mark) in enumerate(zip(run.procedure.steps, run.marks, strict=True)):
        for page, below, key in set_by(step.key_names):
            if mark in (Mark.SENSED, Mark.BY_HAND) and _AT.get((page, below)) == EXCLUSIVE:
                disabled = run.route.values[at].get(key.partition(":")[2]) == "DIS"
    # In GLOBAL mode it may be on its data dump page, where it answers at DIS, too.
    if not disabled or run.closing is None or run.closing.mode in (None, Mode.GLOBAL):
        return None
    return _Left(_WRITTEN_AS_DIS, _SET_TO_DIS, run.closing.at)


def _gone_deaf(run: Run) -> _Left | None:
    """Return that Exclusive may be at DIS where the M1 answered before and does not at the end."""
    closing = run.closing
    silent = closing is None or any(one.passed is None for one in closing.verdicts)
    known = [
        (at, one) for at, one in enumerate(run.alarms) if one.advice.code in (_DEAF, *_SILENCES)
    ]
    if not silent or not known or known[-1][1].advice.code != _DEAF or run.exclusive_given_up:
        return None
    at, alarm = known[-1]
    if at < run.answered_after:
        return None
    since = f"the M1 answered before, and not since {run.place_of(alarm.step)}"
    return _Left(f"The exclusive filter may be left at DIS: {since}", _ENABLE, alarm.at)


def _left(subject: str, ended: str, how: str) -> _Left:
    setting = _SETTINGS[subject]
    return _Left(setting.left, setting.back, ended, how)


def _together(left: Mapping[str, _Left]) -> Iterator[_Left]:
    """Yield what is left, the protects of one memory in one where they are left in the same way."""
    told: set[str] = set()
    for subject, one in left.items():
        for subjects, below, what in _WHOLE:
            if subject not in subjects:
                continue
            alike = replace(one, what="", back="")
            same = {
                place: _PLACES[place]
                for place, other in enumerate(subjects, 1)
                if other in left and replace(left[other], what="", back="") == alike
            }
            told.update(subjects[place - 1] for place in same if subjects[place - 1] != subject)
            named = "" if len(same) == len(subjects) else f" for {listed(list(same.values()))}"
            one = replace(one, what=f"{what}{named} {{}} left OFF", back=_turn_on(same, below))
        if subject not in told:
            yield one


def _found_protects(state: StepState) -> Mapping[str, bool]:
    """Return the protects that a failed check of the step has seen, and whether they are OFF."""
    bad = [one for one in state.verdicts if one.passed is False and one.name in PROTECT_CHECKS]
    seen = [part.partition(" ") for one in bad for part in one.found.split(", ")]
    off = {"protected": False, "unprotected": True}
    return {_PARTS[part]: off[how] for part, _, how in seen if part in _PARTS and how in off}


def _beside(state: StepState, left: Mapping[str, _Left]) -> str:
    """Return what a check of the protects has seen of the others, where one was OFF."""
    seen = _found_protects(state)
    names = dict(zip(_INTERNAL, _PLACES.values(), strict=True))
    on = [name for subject, name in names.items() if seen.get(subject) is False]
    unknown = [name for subject, name in names.items() if subject not in {*seen, *left}]
    told = [f"{listed(on)} were protected then"] if on else []
    told += [f"{listed(unknown)} were not checked then"] if unknown else []
    return "".join(f"; {one}" for one in told)


def _set(step: Step, way: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what the keys of a step set behind those that led to its page, each with UP or DOWN."""
    for page, below, key in set_by(step.key_names, way):
        if (page, below) in _AT:
            yield _AT[page, below], key


def _way_after(step: Step, mark: Mark, way: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that led to where the display stands after a step; () where nobody knows."""
    if mark is Mark.LEFT_OUT:
        return way
    if mark not in (Mark.SENSED, Mark.BY_HAND):
        return () if step.keys or step.rehearse else way
    return () if power_after(step) is not None else (*way, *step.key_names)


def _asked_again(run: Run) -> dict[str, bool]:
    """Return the settings that were proved again at the end, and if they are not as usual."""
    if run.closing is None:
        return {}
    answers = zip(run.closing.claims, run.closing.verdicts, strict=True)
    proved = {claim for claim, verdict in answers if verdict.passed}
    again = {
        subject: _SEEN[claim][1]
        for claim in sorted(proved & set(_SEEN))
        for subject in _SEEN[claim][0]
    }
    return again | ({_ENABLING: True} if _AT_ENA in proved else {})


def _found_lost(state: StepState) -> bool:
    """Return whether a check of the step found the memory initialised, which was not before."""
    bad = (one.advice for one in state.verdicts if one.passed is False)
    return any(advice.code == "memory-not-kept" for advice in bad if advice is not None)


def _after_alarms(run: Run, left: _Left) -> _Left | None:
    """Return what is left after the alarms that came later; None where nothing is known of it."""
    for alarm in run.alarms:
        if alarm.at < left.ended:
            continue
        if alarm.advice.code in _LOSING:
            return None
        if alarm.advice.code == _WENT_SILENT:
            since = f"After that, at {run.place_of(alarm.step)}, the M1 went silent."
            left = replace(left, since=since)
    return left


def _enabled_exclusive(run: Run) -> bool:
    """Return whether Exclusive was set to ENA only since a check needs it."""
    way: tuple[str, ...] = ()
    asks = False
    for step in run.procedure.steps:
        asks = asks or any(subject == EXCLUSIVE for subject, _ in _set(step, way))
        way = _way_after(step, Mark.BY_HAND, way)
    return run.said.get(_ENABLING, ())[:1] == ("no",) and not (asks or run.exclusive_given_up)
