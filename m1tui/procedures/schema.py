"""What a procedure's file holds: the only place that names its fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from m1tui.procedures.keys import parse_keys
from m1tui.procedures.values import Field
from m1tui.store.records import CellStep, is_part

Kind: TypeAlias = Literal[
    "hands", "keys", "check", "question", "values", "backup", "receive", "source", "restore"
]
"""hands: the person does something; keys: the person presses keys of the M1; check: the
instrument is asked; question: the person answers, and the answer decides how it goes on; values:
the person chooses or writes down values; backup: the memory is read and kept; receive: a dump
that the person starts on the panel is kept; source: the person chooses where sounds come from;
restore: they are written."""

_REPORTED = ("several sources", "one source", "inferred", "assumed")
PROVING: tuple[Kind, ...] = ("backup", "receive", "source", "restore")
"""Kinds that the instrument or the disk proves, never the person's word."""
INITIALISING = "power-on INT CARD COMBI"
"""The action of hands that erases the memory with the M1's own keys."""
ANSWERING: tuple[Kind, ...] = ("question", "values")
"""Kinds that are done when the person has answered."""

Certainty: TypeAlias = Literal[
    "owner's guide", "seen", "several sources", "one source", "inferred", "assumed"
]
"""How sure a fact of a step is; "seen" is what the instrument itself shows when it is asked."""

Name: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=40)]
Words: TypeAlias = Annotated[str, Meta(min_length=1)]


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer to a question, and where it leads: by itself to the next step."""

    label: Annotated[str, Meta(min_length=1, max_length=60)]
    go: str = ""
    """The later step to go to; the steps between are left out."""
    procedure: str = ""
    """The procedure to go on with: this one ends here."""
    fault: bool = False
    """Whether it says that the fault is still there."""
    unproved: bool = False
    """Whether it says that the person does not know, so that nothing is proved."""
    denies: str = ""
    """A value of an earlier step, by its field's name, that speaks against this answer unless it is
    the preset one, or a repair was made since: dead keys that were written down, where all are said
    to work."""
    because: Annotated[str, Meta(max_length=60)] = ""
    """Why the tests that it leads past are not made, as a clause for an owner."""


class Repeat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Do the step again until one of its checks is passed."""

    until: str
    at_most: Annotated[int, Meta(ge=2, le=50)]


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The step counts unless a value is known and another than this.

    An answer is a value by its question's id; what a check said, "yes" or "no", is one by step and
    check: "ask/allocation-100". Whether a backup has kept a file is one, too: "backup/kept".
    """

    value: str
    is_: str = msgspec.field(name="is")
    also: When | None = None
    """Another condition, by which the step is left out as well."""
    why: Annotated[str, Meta(max_length=60)] = ""
    """In a sentence, why the step is left out where it does not count: "The card is empty." """
    said: Literal["last", "first", "ever"] = "last"
    """Of what a check said, which counts: the last answer of its step, the first one of the run, or
    any of the run, at whatever step. What was so at first, or once, may have to be made good,
    although it is no longer so."""

    @property
    def all(self) -> tuple[When, ...]:
        """Return this condition and the others."""
        return (self, *(self.also.all if self.also is not None else ()))

    def met(self, known: Mapping[str, str], said: Mapping[str, tuple[str, ...]]) -> bool:
        """Return whether the condition is met, by itself: nothing is known, or what it asks for.

        `known` has the values by their names, `said` what each check has said in the run, "yes" or
        "no", the first answer first, by its name.
        """
        answers = said.get(self.value.partition("/")[2], ())
        if self.value not in known:
            return True
        if self.said == "first" and answers:
            return answers[0] == self.is_
        return known[self.value] == self.is_ or (self.said == "ever" and self.is_ in answers)


class Without(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that a step is not for."""

    model: Annotated[str, Meta(min_length=1, max_length=20)]
    why: Annotated[str, Meta(min_length=1, max_length=60)]
    """In a sentence: "It has no keyboard." """


MEND = "mend"
"""What a rehearsal does where a person makes the repair."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing to do. All texts are plain: no markup, no control characters."""

    id: Name
    title: Annotated[str, Meta(min_length=1, max_length=40)]
    kind: Kind
    short: Annotated[str, Meta(max_length=24)] = ""
    """The title in a few words, for a list beside the step; a short title needs none."""
    work: Annotated[str, Meta(max_length=60)] = ""
    """What the step is called on a customer's page where it was skipped: "closing the M1". Without
    it that page says that nothing important was left."""
    text: Words
    """What to do; lines are wrapped anew, an empty line parts paragraphs."""
    warning: str = ""
    """Read before the text."""
    keys: str = ""
    """Keys to press in the owner's guide's notation: "GLOBAL 5 + UP D UP", "B UP/DOWN:song"."""
    display: tuple[str, ...] = ()
    """The two lines that the instrument's display then shows, () where that is not known."""
    checks: tuple[str, ...] = ()
    """Questions to the instrument that all must be answered well before the step is done."""
    claims: tuple[str, ...] = ()
    """What is true of the instrument once the step is proved: "allocation = 100/100". The checks
    prove all of it; the text promises no more. Without any it is all that the checks prove."""
    changes: tuple[str, ...] = ()
    """Subjects of claims that the step may change without proving what they are then: a claim of a
    later step has to be proved again once this one is done again."""
    observes: tuple[str, ...] = ()
    """Questions whose answers are noted, whatever they are."""
    needs: tuple[str, ...] = ()
    """Earlier steps that must be proved, or skipped with a reason, before this one is done."""
    recall: str = ""
    """An earlier step whose note is shown here again."""
    rehearse: tuple[str, ...] = ()
    """What the virtual instrument does for this step in a rehearsal."""
    guide: str = ""
    """The step's number in the owner's guide, empty where the guide has no such step."""
    source: str = ""
    """Where the step comes from, where that is not the procedure's source."""
    certainty: Certainty | None = None
    """How sure what the step says is; a person reads it with the source."""
    options: tuple[Option, ...] = ()
    """The answers to a question."""
    fields: tuple[Field, ...] = ()
    """The values of a step of kind values; keys and checks know them by name."""
    records: CellStep | None = None
    """What the log takes from it once it is done: "cell-out", the old cell is out of the
    instrument; "cell-in", a new one is in; "cell-holds", the step's checks prove that it holds the
    memory; "no-cell", they prove that the memory needs none; "card-cell-out" and
    "card-cell-in" are the first two of a card."""
    bank: Literal["internal", "card"] = "internal"
    """Which memory a backup, a received dump or a restore is of."""
    part: str = "all"
    """Which part of it: all, programs, combinations, global, sequence, or "{name}" of a value."""
    from_: str = msgspec.field(default="", name="from")
    """The earlier backup that a restore writes; without it, what the source step chose. Where a
    check compares with a backup, that one; without it, the newest of the run."""
    confirm: str = ""
    """The word that the person must type before the step."""
    endangers: tuple[str, ...] = ()
    """What of the memory or the card can be lost from this step on: "all", a part, "allocation",
    what another allocation would destroy, or "card". It is compared with its backup before."""
    loses: str = ""
    """What is lost for ever if the step is skipped; who skips it must agree to that, typed."""
    gives_up: str = ""
    """What the person gives up with the step, as a phrase. The end of the run names it."""
    finds: bool = False
    """Whether a bad answer is a finding, with which the run goes on: a fault of the instrument."""
    not_on: tuple[Without, ...] = ()
    """Models that do not have what the step needs: it is then left out."""
    repeat: Repeat | None = None
    when: When | None = None
    """Without it the step counts on every way."""
    drawing: str = ""
    """A drawing of assets/drawings."""
    keybed: bool = False
    """Whether the keys that were heard are drawn."""
    ends: bool = False
    """Whether the procedure ends with it: the steps after it are on other ways."""

    @property
    def mends(self) -> bool:
        """Whether it is the step at which the repair is made."""
        return MEND in self.rehearse

    @property
    def conditions(self) -> tuple[When, ...]:
        """Return all conditions on which the step counts."""
        return self.when.all if self.when is not None else ()

    @property
    def key_names(self) -> tuple[str, ...]:
        """Return the keys to press, one word each; `Run.presses` knows the values in them."""
        return parse_keys(self.keys)

    @property
    def provenance(self) -> str:
        """Return where the step's facts come from and how sure they are, "" where it is not said.

        What is from people's reports was tried on no instrument here.
        """
        if not (self.source and self.certainty):
            return ""
        if self.certainty == "seen":
            return f"Source: {self.source}; you or the instrument can confirm it."
        if self.certainty in _REPORTED:
            return f"Source: {self.source} ({self.certainty}, not tried here)."
        # Only "owner's guide" is left, which the source may have named already.
        named = self.certainty in self.source
        return f"Source: {self.source}." if named else f"Source: {self.source} ({self.certainty})."

    @property
    def senses(self) -> bool:
        """Whether the instrument or the disk proves this step, and not the person's word."""
        return bool(self.checks) or self.kind in PROVING

    @property
    def initialises(self) -> bool:
        """Whether its hands erase the whole memory with the keys that the M1 has for that."""
        return INITIALISING in self.rehearse

    @property
    def asks(self) -> tuple[str, ...]:
        """Return all questions of the step, those that decide first."""
        return self.checks + self.observes

    @property
    def values_of_m1(self) -> bool:
        """Whether the M1 itself can say any of the values that the step asks for."""
        return any(field.asks_m1 for field in self.fields)

    @property
    def gives(self) -> frozenset[str]:
        """Return the names of the values that later steps may go by once it is done."""
        said = (f"{self.id}/{name}" for name in (*self.asks, "kept"))
        return frozenset((self.id, *said, *(field.name for field in self.fields)))

    def leaves_fault(self, choice: str) -> bool:
        """Return whether the answer of that label says that the fault is still there."""
        return any(one.fault and one.label == choice for one in self.options)

    def leaves_unproved(self, choice: str) -> bool:
        """Return whether the answer of that label says that the person does not know."""
        return any(one.unproved and one.label == choice for one in self.options)


class Procedure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of maintenance, from its purpose to its last step."""

    id: Name
    title: Annotated[str, Meta(min_length=1, max_length=60)]
    work: Annotated[str, Meta(max_length=60)] = ""
    """What it is called on a customer's page, whatever came of it: "Test of the joystick". Without
    it that page has the title."""
    group: Annotated[str, Meta(min_length=1, max_length=30)]
    """The heading that the procedure is listed under."""
    purpose: Words
    minutes: Annotated[int, Meta(ge=1, le=1440)]
    """How long a careful person needs."""
    tools: tuple[Words, ...]
    risk: Words
    """What can be lost or broken."""
    warnings: tuple[Words, ...] = ()
    """Read before the first step."""
    source: Words
    """The document and section that it is taken from."""
    scenario: Words
    """The virtual M1 that it is rehearsed on: "low-battery"."""
    not_on: tuple[Without, ...] = ()
    """Models that it is not for, since they do not have what it is about."""
    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]

    def why_not_on(self, model: str) -> str:
        """Return why it is not for an instrument of that model, empty where it is."""
        return next((one.why for one in self.not_on if one.model == model), "")

    def step(self, step_id: str) -> Step:
        """Return the step of that id. Raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    @property
    def time(self) -> str:
        """Return its time in words: "1 minute"."""
        return f"{self.minutes} minute{'' if self.minutes == 1 else 's'}"

    @property
    def longest(self) -> int:
        """Return how many steps its longest way has: answers lead past others, or to its end."""
        places = {step.id: at for at, step in enumerate(self.steps)}
        left = [0] * (len(self.steps) + 1)
        for at in range(len(self.steps) - 1, -1, -1):
            ways = [
                0 if one.procedure else left[places.get(one.go, at + 1)]
                for one in self.steps[at].options
            ]
            left[at] = 1 + max(ways, default=0 if self.steps[at].ends else left[at + 1])
        return left[0]

    @property
    def leads_past_most(self) -> bool:
        """Return whether answers lead past most steps: nobody knows how many one will meet."""
        return 2 * self.longest < len(self.steps)

    @property
    def needs_answers(self) -> bool:
        """Whether an instrument must answer in it; one that is only observed need not."""
        return any(step.senses or step.values_of_m1 for step in self.steps)

    @property
    def recalled(self) -> frozenset[str]:
        """Return the ids of the steps whose values are settings, which a later step sets again."""
        return frozenset(step.recall for step in self.steps if step.recall and step.keys)

    def fields(self) -> Iterator[tuple[int, Field]]:
        """Yield all values that the procedure asks for, each with its step's index."""
        for index, step in enumerate(self.steps):
            for field in step.fields:
                yield index, field

    def texts(self) -> Iterator[tuple[int | None, str, str]]:
        """Yield every text for people as (step's index or None, field, text)."""
        for field in ("title", "work", "group", "purpose", "risk", "source"):
            yield None, field, getattr(self, field)
        for field in ("tools", "warnings"):
            for text in getattr(self, field):
                yield None, field, text
        for one in self.not_on:
            yield None, "not_on", one.why
        for index, step in enumerate(self.steps):
            for field in (
                "title",
                "short",
                "text",
                "warning",
                "source",
                "guide",
                "confirm",
                "loses",
                "gives_up",
            ):
                yield index, field, getattr(step, field)
            for text in (*step.claims, *step.changes, *(one.why for one in step.not_on)):
                yield index, "claims", text
            for when in step.conditions:
                yield index, "when", when.why
            for option in step.options:
                yield index, "options", option.label
            for asked in step.fields:
                for text in (
                    asked.label,
                    *asked.choices,
                    *asked.offers,
                    asked.preset,
                    asked.rehearsed,
                ):
                    yield index, "fields", text
            for line in step.display:
                yield index, "display", line


def parts_offered(procedures: Iterable[Procedure]) -> tuple[str, ...]:
    """Return the parts that procedures offer where they note what was used, each once, by name."""
    fields = (field for one in procedures for _, field in one.fields() if field.records == "parts")
    offered = {part for field in fields for part in field.offers}
    return tuple(sorted(part for part in offered if is_part(part)))
