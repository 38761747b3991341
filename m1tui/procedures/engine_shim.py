"""Stands in for what the engine is about to offer."""

from __future__ import annotations

from typing import Any

import m1tui.engine as engine

receive_dump: Any = getattr(engine, "receive_dump", None)
