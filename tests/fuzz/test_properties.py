"""The properties on the seeds, on what is near them, and on what fuzzing has found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.properties import PROPERTIES
from tests.fuzz.seeds import SEEDS

SEEDED = [
    pytest.param(name, seed, id=f"{name}-{number}")
    for name, seeds in SEEDS.items()
    for number, seed in enumerate(seeds())
]

FOUND = [
    ("file", b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\7\0\xf0\0\0\xff\x2f\0"),
    ("framer", b"\0\0\0\0\x90\x3c\x40\x3c\xf0"),
    ("wrapped", b"\x86"),
]
"""Targets and bytes that broke a property once."""


@pytest.mark.parametrize(("name", "seed"), SEEDED)
def test_every_property_holds_for_every_seed(name: str, seed: bytes) -> None:
    PROPERTIES[name](seed)


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_every_property_holds_for_what_once_broke_it(name: str, data: bytes) -> None:
    PROPERTIES[name](data)


@st.composite
def near(draw: st.DrawFn, name: str) -> bytes:
    """Return a short seed of a target with bytes changed, cut out and doubled."""
    short = [seed for seed in SEEDS[name]() if len(seed) < 2_000]
    data = bytearray(draw(st.sampled_from(short)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 8))
        data[at : at + size] = draw(st.binary(max_size=8))
    return bytes(data)


@pytest.mark.parametrize("name", PROPERTIES)
@settings(max_examples=40)
@given(data=st.data())
def test_every_property_holds_near_the_seeds(name: str, data: st.DataObject) -> None:
    PROPERTIES[name](data.draw(near(name)))


@pytest.mark.parametrize("name", PROPERTIES)
@given(data=st.binary(max_size=200))
def test_every_property_holds_for_any_bytes(name: str, data: bytes) -> None:
    PROPERTIES[name](data)
