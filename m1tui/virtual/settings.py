"""The M1's settings that no dump carries: channel, clock, local, MIDI filters, memory protects."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from m1tui.manners import (
    INITIALISED_CHANNEL,
    INITIALISED_CLOCK,
    INITIALISED_FILTERS,
    INITIALISED_PROTECTS,
    Manners,
)

CHANNELS = 16


class Model(StrEnum):
    """Which of the two instruments it is: the keyboard or the rack."""

    M1 = "M1"
    M1R = "M1R"


@dataclass(frozen=True, slots=True)
class Settings:
    """Global settings beside the 861 bytes of the Global dump.

    The field names are the words by which the page table, the saved state and the `press`
    command know a setting. Defaults are those after an initialisation. They are not documented
    anywhere: assumed is the guide's worst case, every MIDI filter DIS and every protect on.
    """

    channel: int = 0
    """Global MIDI channel, 0–15."""
    clock_external: bool = False
    """Clock source EXT; falls back to internal at every power-on (the owner's guide)."""
    local: bool = True
    """The keybed plays the M1 itself; the M1R has OVERFLOW in its place."""
    overflow: bool = False
    """Notes beyond the voices are passed on; the M1R's alone."""
    program_change: bool = False
    """MIDI filter, True is ENA; likewise the next three."""
    aftertouch: bool = False
    control: bool = False
    exclusive: bool = False
    protect_program_internal: bool = True
    """Memory protect, True is on; likewise the next five."""
    protect_program_card: bool = True
    protect_combination_internal: bool = True
    protect_combination_card: bool = True
    protect_sequence_internal: bool = True
    protect_sequence_card: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.channel < CHANNELS:
            raise ValueError(f"channel: expected 0–15, found {self.channel}")

    def changed(self, **values: bool | int) -> Settings:
        """Return the settings with some replaced, by the names of the fields."""
        return replace(self, **values)  # type: ignore[arg-type]  # the names decide the types

    def after_power_on(self) -> Settings:
        """Return the settings as they are once the M1 is switched on again.

        The clock source falls back to internal, as the guide says; that all others are kept in
        the battery-backed memory is assumed.
        """
        return replace(self, clock_external=False)

    @classmethod
    def initialised(cls, manners: Manners) -> Settings:
        """Return the settings after an initialisation."""
        filters = manners[INITIALISED_FILTERS] == "ENA"
        protects = manners[INITIALISED_PROTECTS] == "ON"
        return cls(
            channel=int(manners[INITIALISED_CHANNEL]) - 1,
            clock_external=manners[INITIALISED_CLOCK] == "EXT",
            program_change=filters,
            aftertouch=filters,
            control=filters,
            exclusive=filters,
            **{field.name: protects for field in fields(cls) if field.name.startswith("protect_")},
        )

    @classmethod
    def ready(cls) -> Settings:
        """Return MIDI fully enabled, with protects still on, as a careful owner leaves an M1."""
        return cls(program_change=True, aftertouch=True, control=True, exclusive=True)

    def as_facts(self) -> dict[str, bool | int]:
        """Return plain values by field name; the channel counts from 1, as a person's does."""
        facts: dict[str, bool | int] = {f.name: getattr(self, f.name) for f in fields(self)}
        return facts | {"channel": self.channel + 1}

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> Settings:
        """Return the settings of `as_facts`; ValueError names what is missing, unknown or wrong."""
        values: dict[str, Any] = {}
        for field in fields(cls):
            if field.name not in facts:
                raise ValueError(f"{field.name} is missing")
            value = facts[field.name]
            wanted = int if field.name == "channel" else bool
            if type(value) is not wanted:
                raise ValueError(f"{field.name}: expected {wanted.__name__}, found {value!r}")
            values[field.name] = value
        unknown = sorted(set(facts) - set(values))
        if unknown:
            raise ValueError(f"unknown setting {unknown[0]}")
        return cls(**values | {"channel": values["channel"] - 1})
