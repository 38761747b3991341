"""Persons whose answers are known beforehand."""

from __future__ import annotations

from collections.abc import Mapping

from m1tui.procedures.origins import Origin
from m1tui.procedures.schema import Option, Step


class Nobody:
    """A person who must not be asked anything."""

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        raise AssertionError(title)

    async def type_word(self, title: str, word: str) -> bool:
        raise AssertionError(word)

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        raise AssertionError(offered)

    async def choose(self, title: str, lines: tuple[str, ...]) -> int | None:
        raise AssertionError(title)

    async def choose_slot(self, title: str, names: tuple[str, ...]) -> int | None:
        raise AssertionError(title)

    async def answer(self, step: Step) -> Option | None:
        raise AssertionError(step.id)

    async def write_down(self, step: Step, known: Mapping[str, str]) -> Mapping[str, str] | None:
        raise AssertionError(step.id)


class Decided:
    """A person whose answers are known beforehand, and who keeps what was asked."""

    def __init__(
        self,
        *,
        agrees: bool = True,
        chooses: str | Origin = "demo",
        answers: str = "",
        writes: Mapping[str, str] | None = None,
        place: int | None = 0,
        slot: int | None = 17,
    ) -> None:
        self.place = place
        self.slot = slot
        self.agrees = agrees
        self.chooses = chooses
        self.answers = answers
        self.writes = writes
        self.asked: list[tuple[str, ...]] = []
        self.offered: tuple[Origin, ...] = ()

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        self.asked.append((title, *lines))
        return self.agrees

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        self.offered = offered
        if isinstance(self.chooses, Origin):
            return self.chooses
        return next((origin for origin in offered if origin.kind == self.chooses), None)

    async def choose(self, title: str, lines: tuple[str, ...]) -> int | None:
        self.asked.append((title, *lines))
        return self.place

    async def choose_slot(self, title: str, names: tuple[str, ...]) -> int | None:
        self.asked.append((title, *names))
        return self.slot

    async def type_word(self, title: str, word: str) -> bool:
        self.asked.append((title, word))
        return self.agrees

    async def answer(self, step: Step) -> Option | None:
        return next((option for option in step.options if option.label == self.answers), None)

    async def write_down(self, step: Step, known: Mapping[str, str]) -> Mapping[str, str] | None:
        return self.writes
