"""Stands in for what the engine is about to offer."""

from __future__ import annotations

import dataclasses
from typing import Any

import m1tui.engine as engine

LISTENING: frozenset[str] = getattr(engine, "LISTENING", frozenset())
receive_dump: Any = getattr(engine, "receive_dump", None)
_FIELDS = {field.name for field in dataclasses.fields(engine.CheckContext)}


def context(**given: Any) -> engine.CheckContext:
    """A context with what the engine's knows."""
    return engine.CheckContext(**{name: each for name, each in given.items() if name in _FIELDS})


def detail(verdict: Any) -> object:
    """The detail of a verdict that has one."""
    return getattr(verdict, "detail", None)
