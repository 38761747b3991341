"""Persons whose answers are known beforehand."""

from __future__ import annotations

from m1tui.procedures import Origin


class Nobody:
    """A person who must not be asked anything."""

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        raise AssertionError(title)

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        raise AssertionError(offered)


class Decided:
    """A person whose answers are known beforehand, and who keeps what was asked."""

    def __init__(self, *, agrees: bool = True, chooses: str | Origin = "demo") -> None:
        self.agrees = agrees
        self.chooses = chooses
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
