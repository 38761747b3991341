"""Whoever decides in a run: what a person is asked, and one who answers without a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from m1tui.procedures.origins import DEMO_ORIGIN, Origin
from m1tui.procedures.schema import Option, Step
from m1tui.procedures.values import Field


class Person(Protocol):
    """Whoever decides; every question has a harmless answer, and that is the default."""

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        """Return whether to go on with something that destroys; the default is No."""

    async def type_word(self, title: str, word: str) -> bool:
        """Return whether the person typed `word` to go on with `title`."""

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        """Return one of `offered`, or `Origin.of_file(path)` for any file; None for none."""

    async def choose(self, title: str, lines: tuple[str, ...]) -> int | None:
        """Return the place of one of `lines`; None for none, which is the default."""

    async def choose_slot(self, title: str, names: tuple[str, ...]) -> int | None:
        """Return a slot, 0 to 99; None for none, which is the default.

        `names` are what the slots contain now, empty where that is not known.
        """

    async def answer(self, step: Step) -> Option | None:
        """Return one of the options of a question; None for no answer."""

    async def write_down(self, step: Step, known: Mapping[str, str]) -> Mapping[str, str] | None:
        """Return what was typed for each of the step's fields, by name; None for leaving it.

        `known` is what the M1 itself said of some, which is filled in.
        """


class Rehearser:
    """Answers everything in a rehearsal without a person: `answers` first, else what is preset.

    `answers` are by the name of a value or the id of a question's step.
    """

    def __init__(self, answers: Mapping[str, str] | None = None) -> None:
        self._answers = answers or {}

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:  # noqa: ARG002
        """Agree: nothing can be lost in a rehearsal."""
        return True

    async def type_word(self, title: str, word: str) -> bool:  # noqa: ARG002
        """Type the word."""
        return True

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        """Choose the backup just made, else the demo bank."""
        return offered[0] if offered[0].kind == "backup" else DEMO_ORIGIN

    async def choose(self, title: str, lines: tuple[str, ...]) -> int | None:  # noqa: ARG002
        """Choose the first."""
        return 0

    async def choose_slot(self, title: str, names: tuple[str, ...]) -> int | None:  # noqa: ARG002
        """Choose the first slot."""
        return 0

    async def answer(self, step: Step) -> Option | None:
        """Choose the answer given beforehand, else the first option."""
        label = self._answers.get(step.id, step.options[0].label)
        return next((option for option in step.options if option.label == label), None)

    async def write_down(self, step: Step, known: Mapping[str, str]) -> Mapping[str, str] | None:
        """Write what was given beforehand, else what the M1 said, else what a rehearsal has."""
        given = {**known, **self._answers}
        return {field.name: given.get(field.name, _possible(field)) for field in step.fields}


def _possible(field: Field) -> str:
    if field.rehearsed:
        return field.rehearsed
    if field.default is not None:
        return field.preset
    if field.low is not None:
        return str(field.low)
    return field.choices[0] if field.choices else "rehearsed"
