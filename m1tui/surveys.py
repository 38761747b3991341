"""What a survey of an M1 found, as values that can be written down and read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.files import RECORD, FileTrouble, read_bounded, shown, without_mark
from m1tui.manners import BY_NAME, MANNERS, Manners

FORM = "m1tui survey"
NOT_CHOSEN = "No experiment of the chosen classes was run."
VERSION = 1
REPLIES = ("mode reply", "first byte of a dump", "reply to a dump")
"""Names of times for which an answer was waited, in seconds."""
LONGEST_REPLY = 15.0
"""Seconds; more was no reply."""
FULL_SPEED = "reply to full speed:"
"""How the name of a time begins for a part that came back as it was sent without any pause."""
GAP = "longest gap"
"""The name of the longest silence inside a dump, in seconds."""
LONGEST_GAP = 5.0
"""Seconds; more was no gap but an end."""


class Class(StrEnum):
    """What an experiment needs; a person chooses."""

    ASKS = "asks"
    EDIT = "edit"
    WRITES = "writes"
    KEYS = "keys"


CLASSES: Mapping[Class, str] = {
    Class.ASKS: "Only asks: only requests are sent, one of them with a byte missing.",
    Class.EDIT: "Uses the edit buffer: changes the mode, loads the edit buffer with a variant of "
    "the sound that is in it, and puts both back. Memory is not written.",
    Class.WRITES: "Writes back what is there, after a backup that was read twice. Two bytes of "
    "Global that no parameter uses are changed for a moment. If the M1 does not keep them, its "
    "master tune is changed by one step instead.",
    Class.KEYS: "Needs key presses: you press what is shown and type what the display says, about "
    "fifty times. The same keys put the settings back. The M1 is switched off and on only if "
    "you enter the voltage of its cell.",
}
"""What each class does, for a person who chooses."""


class State(Enum):
    """How a manner stands behind an experiment; the value is the word for a person."""

    HELD = "as assumed"
    OTHERWISE = "otherwise"
    OPEN = "tried, not settled"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one manner."""

    manner: str
    word: str | None = None
    """The alternative that was seen, or what was seen in its place; None where nothing is settled.
    """
    evidence: str = ""
    """What was seen, or why it was not tried."""
    exchange: tuple[str, ...] = ()
    """Times in seconds, directions and the first bytes of what went over the wire meanwhile."""
    tried: bool = False
    """Whether an experiment was made of it that did not settle it."""

    @property
    def state(self) -> State:
        """Whether the manner is as assumed."""
        if self.word is None:
            return State.OPEN if self.tried else State.NOT_TRIED
        return State.HELD if self.word == BY_NAME[self.manner].default else State.OTHERWISE

    @property
    def is_known(self) -> bool:
        """Whether what was seen is one of the alternatives of the table."""
        return self.word in BY_NAME[self.manner].alternatives


@dataclass(frozen=True, slots=True)
class Wording:
    """What a display showed, as a person typed or photographed it."""

    page: str
    """The mode and the page: "GLOBAL 5-2"."""
    lines: tuple[str, str] = ("", "")
    """Both empty where it was not typed."""
    photograph: str = ""
    """The name of a file beside the survey, empty without one."""


@dataclass(frozen=True, slots=True)
class Survey:
    """All that is known of one M1 by now."""

    program: str = ""
    """The version of m1tui."""
    when: str = ""
    """The day on which it was begun, ISO form."""
    interface: str = ""
    rom: int | None = None
    software: int | None = None
    virtual: bool = False
    """Whether the M1 was a virtual one."""
    classes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    times: Mapping[str, float] = field(default_factory=dict)
    """Seconds by name: "mode reply", "longest gap", "power-on"; bytes a second: "dump rate"."""
    wordings: tuple[Wording, ...] = ()
    unchanged: str = ""
    """How it was proved that the instrument is as it was; empty while it was not."""
    kept: tuple[str, ...] = ()
    """Experiments that ended, by name, so that a survey can be resumed behind them."""
    owed: Mapping[str, str] = field(default_factory=dict)
    """What is changed for a moment, and what it was: a program that was killed puts it back later.
    """

    def finding(self, manner: str) -> Finding:
        """Return what is known of a manner."""
        found = (one for one in self.findings if one.manner == manner)
        return next(found, Finding(manner, None, NOT_CHOSEN))

    def all(self) -> tuple[Finding, ...]:
        """Return a finding for each manner, in the order of the table."""
        return tuple(self.finding(manner.name) for manner in MANNERS)

    def with_finding(self, finding: Finding) -> Survey:
        """Return the survey with one more; what is settled is not unsettled again."""
        before = self.finding(finding.manner)
        if before.word is not None and finding.word is None:
            return self
        known = {one.manner: one for one in self.findings} | {finding.manner: finding}
        order = (known[manner.name] for manner in MANNERS if manner.name in known)
        return replace(self, findings=tuple(order))

    @property
    def manners(self) -> Manners:
        """The manners that are settled and known, for a virtual M1 that is to be like it."""
        return Manners.of(
            {one.manner: one.word for one in self.findings if one.word and one.is_known}
        )

    def as_facts(self) -> dict[str, Any]:
        """Return the survey as plain values."""
        facts = asdict(self) | {"form": FORM, "version": VERSION}
        facts["manners"] = [_manner_facts(one) for one in self.all()]
        del facts["findings"]
        return facts

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Survey:
        """Return the survey of `as_facts`; ValueError names what is missing or wrong."""
        try:
            if facts["form"] != FORM or facts["version"] != VERSION:
                raise ValueError(f"expected {FORM} version {VERSION}, found {facts['form']!r}")
            findings = tuple(
                Finding(
                    _text(one["name"], BY_NAME),
                    None if one["held"] is None else _text(one["held"]),
                    _text(one["evidence"]),
                    tuple(map(_text, one["exchange"])),
                    one.get("state") == State.OPEN.value,
                )
                for one in facts["manners"]
                if one["held"] is not None or one["evidence"] != NOT_CHOSEN
            )
            return cls(
                program=_text(facts["program"]),
                when=_text(facts["when"]),
                interface=_text(facts["interface"]),
                rom=_number(facts["rom"]),
                software=_number(facts["software"]),
                virtual=facts["virtual"] is True,
                classes=tuple(_text(one, set(Class)) for one in facts["classes"]),
                findings=findings,
                times={_text(name): float(value) for name, value in facts["times"].items()},
                wordings=tuple(
                    Wording(
                        _text(one["page"]),
                        (_text(one["lines"][0]), _text(one["lines"][1])),
                        _text(one.get("photograph", "")),
                    )
                    for one in facts["wordings"]
                ),
                unchanged=_text(facts["unchanged"]),
                kept=tuple(map(_text, facts["kept"])),
                owed={_text(one): _text(was) for one, was in facts.get("owed", {}).items()},
            )
        except KeyError as missing:
            raise ValueError(f"{missing.args[0]} is missing") from missing
        except (TypeError, AttributeError, IndexError) as wrong:
            raise ValueError(f"a value has the wrong type: {wrong}") from wrong


def reply_of(times: Mapping[str, float]) -> float:
    """Return the seconds that a surveyed M1 took for its slowest answer; 0 where none was timed."""
    return max(0.0, min(max(times.get(one, 0.0) for one in REPLIES), LONGEST_REPLY))


def gap_of(times: Mapping[str, float]) -> float:
    """Return the seconds of the longest silence inside its dumps; 0 where none was timed."""
    return max(0.0, min(times.get(GAP, 0.0), LONGEST_GAP))


def as_json(survey: Survey) -> bytes:
    """Return the survey as a file of JSON."""
    return (json.dumps(survey.as_facts(), indent=2, ensure_ascii=True) + "\n").encode()


def read_survey(path: Path) -> Survey:
    """Return the survey that a file holds; raises Trouble."""
    try:
        facts = json.loads(without_mark(read_bounded(path, RECORD)))
        if not isinstance(facts, dict):
            raise ValueError("expected an object")
        return Survey.from_facts(facts)
    except FileTrouble as trouble:
        raise Trouble(_unusable(path, trouble.reason)) from trouble
    except (ValueError, RecursionError) as error:
        raise Trouble(_unusable(path, str(error))) from error


def _unusable(path: Path, why: str) -> Advice:
    return Advice(
        code="survey-unusable",
        happened=f"{shown(path)} is not a survey that can be used: {why}.",
        safe=NOTHING_SENT,
        next_step="Give the path to a survey.json that m1tui survey wrote.",
    )


def _manner_facts(finding: Finding) -> dict[str, Any]:
    manner = BY_NAME[finding.manner]
    return {
        "name": manner.name,
        "about": manner.about,
        "depends": manner.depends,
        "alternatives": list(manner.alternatives),
        "meanings": dict(manner.alternatives),
        "assumed": manner.default,
        "held": finding.word,
        "state": finding.state.value,
        "evidence": finding.evidence,
        "exchange": list(finding.exchange),
    }


_LONGEST = 4_000


def _text(value: Any, known: Any = None) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError(f"expected text, found {type(value).__name__}")
    if known is not None and value not in known:
        raise ValueError(f"expected one of {', '.join(known)}, found {value[:40]!r}")
    return value


def _number(value: Any) -> int | None:
    if value is not None and type(value) is not int:
        raise ValueError(f"expected a number, found {type(value).__name__}")
    return value
