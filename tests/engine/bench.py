"""A workbench for tests: virtual M1s behind cables that can be meddled with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Progress
from m1tui.engine.restore.judge import Restoration
from m1tui.engine.restore.restore import restore
from m1tui.facts import Backup
from m1tui.link import Link
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import Contents, Part
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario

EXCLUSIVE_ON = "GLOBAL 5 + UP D UP F UP H UP"
PROTECT_OFF = "GLOBAL 6 DOWN + B DOWN + B DOWN"
KEPT = Path("kept.syx")
CASES = Path(__file__).parents[1] / "cases"

Meddle = Callable[[bytes], bytes]


class MeddledLink(VirtualLink):
    """A virtual M1 behind a cable that changes bytes, either way."""

    def __init__(
        self, m1: VirtualM1, *, outgoing: Meddle = bytes, incoming: Meddle = bytes
    ) -> None:
        super().__init__(m1)
        self.outgoing = outgoing
        self.incoming = incoming

    async def _write(self, data: bytes) -> None:
        await super()._write(self.outgoing(data))

    async def _read(self) -> bytes:
        while not (data := self.incoming(await super()._read())):
            pass
        return data


def machine(name: str = "healthy", keys: str = "", **settings: Any) -> VirtualM1:
    """Return a virtual M1 after `keys` were pressed; `settings` by the names of its settings."""
    m1 = scenario(name)
    if keys:
        m1.press(keys)
    if settings:
        m1.board.settings = m1.settings.changed(**settings)
    m1.transmit(0.0)
    return m1


def open_m1(name: str = "healthy", **settings: Any) -> VirtualM1:
    """Return a virtual M1 with Exclusive enabled and all protects off."""
    return machine(name, f"{EXCLUSIVE_ON} {PROTECT_OFF}", **settings)


def other_sounds() -> Contents:
    """Return a memory that differs from the demo bank in every program and combination."""
    demo = demo_contents()
    assert demo.programs is not None
    assert demo.combinations is not None
    return demo.replace(programs=demo.programs[::-1], combinations=demo.combinations[::-1])


def damaged_sounds() -> Contents:
    """Return a bank of programs of the right length that lost a byte in its middle."""
    name = "programs-right-length-but-shifted-in-the-middle.syx"
    return read_file((CASES / name).read_bytes()).contents()


class Shelf:
    """Keeps the backups that a restore makes."""

    def __init__(self) -> None:
        self.backups: list[Backup] = []

    def __call__(self, backup: Backup) -> Path:
        self.backups.append(backup)
        return KEPT


def restoring(
    link: Link,
    contents: Contents,
    *,
    save: Callable[[Backup], Path | None] | None = None,
    steps: list[Progress] | None = None,
    before: Callable[[Instrument], Coroutine[Any, Any, None]] | None = None,
    **options: Any,
) -> Restoration:
    """Restore `contents` over `link` on the jumping clock."""

    async def main() -> Restoration:
        async with Instrument(link) as instrument:
            if before is not None:
                await before(instrument)
            return await restore(
                instrument,
                contents,
                save=save or Shelf(),
                progress=None if steps is None else steps.append,
                **options,
            )

    return clock.run(main())


def holds(m1: VirtualM1, contents: Contents, part: Part = Part.ALL) -> bool:
    """Tell whether the M1's memory really holds a part of `contents`."""
    return m1.contents.only(part) == contents.only(part)
