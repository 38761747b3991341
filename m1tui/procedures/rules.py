"""What must hold of a procedure beyond its shape: names that exist, texts that fit the screen."""

from __future__ import annotations

import re
import textwrap
from bisect import bisect
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from m1tui.engine.checks import CHECKS, COMPARES_WITH, VALUES_NEEDED, Against
from m1tui.errors import KeyNotationError
from m1tui.link.rehearsal import parse_action
from m1tui.procedures.claims import Claim, provable
from m1tui.procedures.drawings import COLUMNS, LINES, drawing, drawing_names
from m1tui.procedures.keys import parse_keys, turned_names, typed_names
from m1tui.procedures.route import KEEPING, kept_by
from m1tui.procedures.schema import ANSWERING, Procedure, Step, When
from m1tui.procedures.stakes import WORDS, endangered, saves
from m1tui.procedures.values import NAME_IN_BRACES, Field, values_in
from m1tui.sysex import Part

DISPLAY_COLUMNS = 40
TEXT_COLUMNS = 52
TEXT_LINES = 9
WARNING_LINES = 3
"""What can be read at once on a screen of 80 × 24."""

_OF_KIND = {
    "options": ("question",),
    "fields": ("values",),
    "bank": ("backup", "receive", "restore"),
    "part": ("backup", "receive", "restore"),
    "from": ("restore", "hands"),
    "confirm": ("hands", "restore"),
    "records": ("hands", "keys", "check"),
    "finds": ("hands", "keys", "check"),
    "endangers": ("hands", "keys", "check"),
}
"""The kinds of step that a field belongs to."""
_NOT_WITH_ANSWERS = ("checks", "observes", "rehearse", "confirm", "repeat")
_WITH_BACKUPS = (Against.INTERNAL_BACKUPS, Against.CARD_BACKUPS)
_SAVES = ("backup", "receive", "restore")
"""Kinds of step whose absence can cost sounds: evidence leaves them out, an answer does not."""
_SAID: Mapping[str, None] = {"yes": None, "no": None}
"""What a check can have said."""
_VOLTS = ("old-cell-volts", "new-cell-volts")
_LONGEST_TEXT = 10_000
"""Characters, spaces included, above which a text is not even wrapped."""
_NAMED = 60
"""How many names of what would be right are told."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a field, in the step of that index or outside all steps."""

    step: int | None
    field: str
    text: str
    near: str = ""
    """A text that stands in the line at fault, where a field fills several lines."""


def faults(procedure: Procedure) -> Iterator[Fault]:
    """Yield everything that is wrong with a procedure of the right shape."""
    yield from _names(procedure)
    yield from _characters(procedure)
    if procedure.work.endswith((".", "?", "!")):
        yield Fault(None, "work", "it names the work: expected no mark at its end.")
    known = _Known(procedure.steps)
    for index, step in enumerate(procedure.steps):
        for field, text, near in _of_step(step, known):
            yield Fault(index, field, text, near)
        known.take(step)


class _Known:
    """What the steps before one have named, and which come after it.

    Each answer takes the same time, however many steps there are.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.saved_on: dict[str, set[str]] = defaultdict(set)
        """The answers on which a step saves or brings back sounds, by their question's id."""
        for step in steps:
            for when in step.conditions if step.kind in _SAVES else ():
                self.saved_on[when.value].add(when.is_)
        self.steps: dict[str, Step] = {}
        self.fields: dict[str, Field] = {}
        self.subjects = {
            text.partition(" = ")[0] for step in steps for text in step.claims or provable(step)
        }
        """What any of the steps claims something of."""
        self.checks: set[str] = set()
        """What was asked of the instrument, by step and check."""
        self._choices: dict[str, Mapping[str, None]] = {}
        self._answers: dict[str, Mapping[str, None]] = {}
        self._last = {step.id: index for index, step in enumerate(steps)}
        self._at = 0

    def take(self, step: Step) -> None:
        self.steps[step.id] = step
        self.checks.update(f"{step.id}/{name}" for name in step.asks)
        if step.kind in KEEPING:
            self.checks.add(kept_by(step))
        self._answers[step.id] = dict.fromkeys(option.label for option in step.options)
        for field in step.fields:
            self.fields[field.name] = field
            self._choices[field.name] = dict.fromkeys(field.choices)
        self._at += 1

    def is_later(self, name: str) -> bool:
        """Return whether a step of that id comes after the one at hand."""
        return self._last.get(name, 0) > self._at

    def allowed(self, value: str) -> Mapping[str, None] | None:
        """Return what a value can be, in order; empty for anything, None where nobody asks."""
        if value in self.checks:
            return _SAID
        return self._choices[value] if value in self._choices else self._answers.get(value) or None


_Found = Iterator[tuple[str, str, str]]


def _names(procedure: Procedure) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, step in enumerate(procedure.steps):
        if step.id in seen:
            yield Fault(index, "id", f'an earlier step is also named "{step.id}".')
        seen.add(step.id)
    questions = {step.id for step in procedure.steps if step.kind == "question"}
    for index, field in procedure.fields():
        if field.name in questions:
            text = f'"{field.name}" is already the name of a question.'
            yield Fault(index, "fields", text, field.name)
    yield from _skipped_by_answer(procedure)
    yield from _word_not_needed(procedure)
    yield from _never_reached(procedure)


def _never_reached(procedure: Procedure) -> Iterator[Fault]:
    """Yield a fault for each step that ends the procedure where that is not so, or hides others.

    One that may be left out ends it only where it counts.
    """
    places = {step.id: place for place, step in enumerate(procedure.steps)}
    reached = {0}
    for place, step in enumerate(procedure.steps):
        before = procedure.steps[place - 1]
        if before.ends and place not in reached:
            text = f'no answer leads past this step to "{step.id}", so nobody gets there.'
            yield Fault(place - 1, "ends", text)
        for option in step.options:
            if option.go and step.ends:
                text = f'the answer "{option.label}" cannot lead to "{option.go}".'
                yield Fault(place, "ends", f"the procedure ends here: {text}")
            reached.add(places.get(option.go, place))
        if not step.ends or step.conditions or step.not_on:
            reached.add(place + 1)


def _word_not_needed(procedure: Procedure) -> Iterator[Fault]:
    """Yield a fault for each typed word for which the next step that destroys does not wait."""
    dangers = [place for place, words in enumerate(endangered(procedure)) if words]
    for place, step in enumerate(procedure.steps):
        following = bisect(dangers, place)
        if step.kind != "hands" or not step.confirm or following == len(dangers):
            continue
        index = dangers[following]
        if step.id not in procedure.steps[index].needs:
            yield Fault(
                index, "needs", f'"{step.id}" asks for a word before this step: list it here.'
            )


def _skipped_by_answer(procedure: Procedure) -> Iterator[Fault]:
    """Yield a fault for each answer that leads past a step that saves or brings back sounds.

    Unless it leads past all that endangers them, too.
    """
    places = {step.id: place for place, step in enumerate(procedure.steps)}
    saving = [place for place, step in enumerate(procedure.steps) if step.kind in _SAVES]
    dangers = [place for place, words in enumerate(endangered(procedure)) if words]
    for index, step in enumerate(procedure.steps):
        for option in step.options:
            if dangers and index < dangers[0] and dangers[-1] < places.get(option.go, 0):
                continue
            first = bisect(saving, index)
            if first < len(saving) and saving[first] < places.get(option.go, 0):
                passed = procedure.steps[saving[first]].id
                text = f'an answer skips "{passed}", which saves sounds: use a check instead.'
                yield Fault(index, "options", text, option.label)


def _characters(procedure: Procedure) -> Iterator[Fault]:
    for index, field, text in procedure.texts():
        control = next((c for c in text if not c.isprintable() and c != "\n"), None)
        if control is not None:
            message = f"control characters are not shown: found U+{ord(control):04X}."
            yield Fault(index, field, message)


def _of_step(step: Step, known: _Known) -> _Found:
    yield from _kind(step)
    yield from _lists(step, known)
    yield from _keys(step, known)
    yield from _options(step, known)
    yield from _fields(step)
    yield from _references(step, known)
    yield from _claims(step, known)
    yield from _sizes(step)


def _kind(step: Step) -> _Found:
    given = {
        "options": bool(step.options),
        "fields": bool(step.fields),
        "bank": step.bank != "internal",
        "part": step.part != Part.ALL.value,
        "from": bool(step.from_),
        "confirm": bool(step.confirm),
        "records": step.records is not None,
        "finds": step.finds,
        "endangers": bool(step.endangers),
    }
    for field, kinds in _OF_KIND.items():
        if given[field] and step.kind not in kinds:
            yield field, f"only a step of kind {' or '.join(kinds)} can have this field.", ""
    if step.kind == "keys" and not step.keys.split():
        yield "keys", 'a step of kind "keys" needs keys to press.', ""
    if step.kind == "check" and not step.checks:
        yield "checks", 'a step of kind "check" needs a check.', ""
    if step.kind == "question" and not step.options:
        yield "options", 'a step of kind "question" needs an option.', ""
    if step.kind == "values" and not step.fields:
        yield "fields", 'a step of kind "values" needs a field.', ""
    if step.kind in ANSWERING:
        for field in _NOT_WITH_ANSWERS:
            if getattr(step, field):
                yield field, f'a step of kind "{step.kind}" can only ask.', ""
    if step.records == "cell-holds" and not step.checks:
        yield "records", '"cell-holds" must be proved: it needs a check.', ""
    if step.kind == "question" and step.keys:
        yield "keys", 'a step of kind "question" can only ask.', ""
    if step.finds and not step.checks:
        yield "finds", "a step that finds faults needs a check.", ""
    if step.confirm and step.kind == "hands" and not step.loses:
        yield "confirm", '"loses" must say what is lost if this step is skipped.', ""
    if step.confirm and step.keys:
        yield "confirm", "the word is typed before the keys: ask for it in a step of its own.", ""


def _lists(step: Step, known: _Known) -> _Found:
    yield from _listed("checks", step.checks, CHECKS, "a check")
    yield from _listed("observes", step.observes, CHECKS, "a check")
    yield from _listed("needs", step.needs, known.steps, "an earlier step")
    yield from _listed("endangers", step.endangers, WORDS, "a part of the memory, or the card")
    for word in filter(WORDS.__contains__, step.endangers):
        for part in [one.value for one in WORDS[word]] or [word]:
            if not any(saves(earlier, part) for earlier in known.steps.values()):
                yield "endangers", f'no earlier step saves "{part}".', f'"{word}"'
    for action in step.rehearse:
        try:
            parse_action(action)
        except ValueError as error:
            yield "rehearse", f"{error}.", action
    for name in step.checks:
        for value in VALUES_NEEDED.get(name, ()):
            if value not in known.fields:
                text = f'"{name}" needs the value "{value}", which no earlier step asks for.'
                yield "checks", text, f'"{name}"'
    both = sorted(set(step.checks) & set(step.observes))
    if both:
        yield "observes", f'"{both[0]}" is already in checks.', ""


def _keys(step: Step, known: _Known) -> _Found:
    try:
        parse_keys(step.keys)
    except KeyNotationError as error:
        yield "keys", f"{error}.", ""
        return
    for name in turned_names(step.keys):
        field = known.fields.get(name)
        if field is None or not field.ranged:
            yield (
                "keys",
                f'"{name}" is not an earlier value with low and high, or with choices.',
                "",
            )
    for name in typed_names(step.keys):
        field = known.fields.get(name)
        low, high = (field.low, field.high) if field and field.ranged else (None, None)
        if low is None or high is None or low < 0 or high > 99:
            yield "keys", f'"{name}" is not an earlier value from 0 to 99.', ""


def _options(step: Step, known: _Known) -> _Found:
    labels: set[str] = set()
    for option in step.options:
        if option.label in labels:
            yield "options", f'"{option.label}" is listed twice.', option.label
        labels.add(option.label)
        if option.go and option.procedure:
            yield "options", "an option leads to a step or to a procedure, not to both.", option.go
        if option.go and not known.is_later(option.go):
            yield "options", f'"{option.go}" is not a later step.', f'"{option.go}"'
        denied = known.fields.get(option.denies)
        if option.denies and denied is None:
            text = f'"{option.denies}" is not an earlier value.'
            yield "options", text, f'"{option.denies}"'


def _fields(step: Step) -> _Found:
    recorded: set[str] = set()
    for field in step.fields:
        if field.records in recorded:
            yield "fields", f'"{field.records}" is recorded twice.', field.name
        recorded.update([field.records] if field.records else [])
        if (field.low is None) != (field.high is None):
            yield "fields", f'"{field.name}" needs both low and high, or neither.', field.name
        elif field.numeric and field.choices:
            yield "fields", f'"{field.name}" is a number or has choices, not both.', field.name
        elif field.low is not None and field.high is not None and field.low >= field.high:
            text = f'"{field.name}": expected low below high, found {field.low} and {field.high}.'
            yield "fields", text, field.name
        elif len(field.choices) == 1 or len(set(field.choices)) < len(field.choices):
            yield "fields", f'"{field.name}" needs two or more different choices.', field.name
        elif (field.unit or field.good) and not field.numeric:
            text = f'"{field.name}" has a unit, a minimum or a maximum, but neither low nor high.'
            yield "fields", text, field.name
        elif (field.offers or field.like) and (field.numeric or field.choices):
            text = (
                f'"{field.name}" is not free text: only such a field can have "offers" and "like".'
            )
            yield "fields", text, field.name
        elif not _is_pattern(field.like):
            yield (
                "fields",
                f'"{field.name}": "{field.like}" is not a regular expression.',
                field.name,
            )
        elif field.decimals and not field.numeric:
            yield "fields", f'"{field.name}" has decimals, but neither low nor high.', field.name
        elif field.records in _VOLTS and not field.numeric:
            text = f'"{field.name}" records volts: it needs low and high.'
            yield "fields", text, field.name
        else:
            yield from _values_offered(field)


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _values_offered(field: Field) -> _Found:
    offered = [("default", field.preset), ("rehearsed", field.rehearsed)]
    offered += [("offers", one) for one in field.offers]
    for word, value in offered:
        if value:
            try:
                field.taken(value)
            except ValueError as error:
                yield "fields", f"{word} of {error}", field.name


def _claims(step: Step, known: _Known) -> _Found:
    possible = provable(step)
    for text in step.claims:
        try:
            Claim.parse(text)
        except ValueError as error:
            yield "claims", f"{error}.", f'"{text}"'
            continue
        if text not in possible:
            proved = _named(possible, '", "') if possible else ""
            choice = f'; it proves "{proved}"' if proved else ""
            yield "claims", f'nothing in this step proves "{text}"{choice}.', f'"{text}"'
    for subject in step.changes:
        if subject not in known.subjects:
            yield "changes", f'no step claims anything about "{subject}".', f'"{subject}"'


def _references(step: Step, known: _Known) -> _Found:
    if step.recall and step.recall not in known.steps:
        yield "recall", f'"{step.recall}" is not an earlier step.', ""
    if step.from_:
        source = known.steps.get(step.from_)
        if source is None or source.kind not in ("backup", "receive"):
            yield "from", f'"{step.from_}" is not an earlier step of kind backup or receive.', ""
        compares = any(COMPARES_WITH.get(name) in _WITH_BACKUPS for name in step.checks)
        if step.kind != "restore" and not compares:
            yield "from", "no check of this step compares with a backup.", ""
    if step.repeat and step.repeat.until not in step.checks:
        yield "repeat", f'"{step.repeat.until}" is not one of the step\'s checks.', ""
    for when in step.conditions:
        allowed = known.allowed(when.value)
        if allowed is None:
            yield "when", f'"{when.value}" is not an earlier value or question.', ""
        elif allowed and when.is_ not in allowed:
            yield "when", f'expected {_named(allowed, " or ")}, found "{when.is_}".', ""
        elif step.kind in _SAVES and when.value not in known.checks:
            yield from _left_out_by_answer(when, known)
        check = when.value.partition("/")[2]
        if when.said != "last" and (check not in CHECKS or step.kind in KEEPING):
            said = f'"{when.said}" works only with what a check said, and not on a step that saves.'
            yield "when", said, ""
    yield from _listed("warning", values_in(step.warning), known.fields, "an earlier value")
    named = NAME_IN_BRACES.fullmatch(step.part)
    parts = [part.value for part in Part]
    if named:
        offered = known.allowed(named[1])
        if not offered or not offered.keys() <= set(parts):
            yield "part", f'"{named[1]}" is not an earlier value whose choices are parts.', ""
    elif step.part not in parts:
        yield "part", f'expected one of {", ".join(parts)}, found "{step.part}".', ""
    if step.keybed and "keybed" not in step.asks:
        yield "keybed", 'only a step with the check "keybed" has keys to draw.', ""


def _left_out_by_answer(when: When, known: _Known) -> _Found:
    """Yield a fault unless each other answer has a step that saves, too."""
    answers = known.allowed(when.value) or {}
    if not known.saved_on[when.value] >= answers.keys():
        text = f'"{when.value}" is an answer, and without this step sounds can be lost: '
        yield "when", f"{text}use a check instead.", ""


def _sizes(step: Step) -> _Found:
    if step.display and len(step.display) != 2:
        yield "display", f"expected 2 lines, found {len(step.display)}.", ""
    for line in step.display:
        if len(line) > DISPLAY_COLUMNS:
            text = f"expected at most {DISPLAY_COLUMNS} columns, found {len(line)}."
            yield "display", text, ""
    for field, text, most in (
        ("text", step.text, TEXT_LINES),
        ("warning", step.warning, WARNING_LINES),
    ):
        expected = f"expected at most {most} lines of {TEXT_COLUMNS} columns"
        if len(text) > _LONGEST_TEXT:
            yield field, f"{expected}, found {len(text):,} characters.", ""
        elif (count := len(wrapped(text))) > most:
            yield field, f"{expected}, found {count}.", ""
    yield from _drawing(step)


def _drawing(step: Step) -> _Found:
    if not step.drawing:
        return
    if step.drawing not in drawing_names():
        known = ", ".join(drawing_names())
        yield "drawing", f'"{step.drawing}" is not a drawing; known: {known}.', ""
        return
    lines = drawing(step.drawing)
    widest = max(map(len, lines))
    if len(lines) > LINES or widest > COLUMNS:
        found = f"{widest} × {len(lines)}"
        yield "drawing", f"expected at most {COLUMNS} × {LINES} characters, found {found}.", ""


def _listed(field: str, names: tuple[str, ...], known: Collection[str], noun: str) -> _Found:
    for name in names:
        if name not in known:
            choice = f"; known: {_named(sorted(known), ', ')}" if known else ""
            yield field, f'"{name}" is not {noun}{choice}.', f'"{name}"'


def _named(choices: Collection[str], between: str) -> str:
    """Return choices in one line: all of them where they are few."""
    more = len(choices) - _NAMED
    named = between.join(islice(choices, _NAMED))
    return f"{named} and {more:,} more" if more > 0 else named


def wrapped(text: str, columns: int = TEXT_COLUMNS) -> tuple[str, ...]:
    """Return `text` in lines of at most `columns`; an empty line parts paragraphs."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines += ["", *textwrap.wrap(" ".join(paragraph.split()), columns)]
    return tuple(lines[1:])
