"""Records sessions with virtual M1s of several manners: `python -m tests.sessions`.

Each transcript in this folder is a test by lying here, also one from a real M1. Its remarks say
what was done ("# do: backup"), on what ("# of: a virtual M1, load-time=2s") and how it ended.
"""

from __future__ import annotations

import sys
from pathlib import Path

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.replaying import Session, _do, session_of
from m1tui.link import Transcript
from m1tui.link.virtual import VirtualLink
from m1tui.manners import Manners
from m1tui.virtual.scenarios import scenario

FOLDER = Path(__file__).parent
RECORDED: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("identify", "healthy", "", {"do": "identify"}),
    ("identify-disabled", "used", "", {"do": "identify"}),
    ("identify-disabled-silent", "used", "identity-disabled=silence", {"do": "identify"}),
    ("identify-no-sensing", "healthy", "active-sensing=none", {"do": "identify"}),
    ("backup-global", "healthy", "", {"do": "backup", "part": "global"}),
    ("backup-no-card-silent", "healthy", "card-absent=silence", {"do": "backup", "part": "global"}),
    ("survey-asks", "healthy", "", {"do": "survey"}),
    (
        "survey-asks-otherwise",
        "healthy",
        "wrong-mode=silence malformed=24 card-absent=silence identity-member=00-00",
        {"do": "survey"},
    ),
)


def record(name: str, scene: str, manners: str, remarks: dict[str, str]) -> None:
    """Record one session."""
    machine = scenario(scene, manners=Manners.parse(tuple(manners.split())))
    link = VirtualLink(machine)
    link.transcript = Transcript(kept_bytes=1 << 26)
    session = session_of(Transcript(), remarks)
    outcome = clock.run(_recorded(link, session))
    of = f"a virtual M1, {scene}, {manners or 'as assumed'}"
    lines = [f"# {key}: {value}" for key, value in (remarks | {"of": of}).items()]
    lines.append(f"# outcome: {outcome}")
    lines += [entry.line() for entry in link.transcript]
    text = "\n".join(("# m1tui transcript 1", *lines)) + "\n"
    (FOLDER / f"{name}.txt").write_text(text, "ascii")


async def _recorded(link: VirtualLink, session: Session) -> str:
    async with Instrument(link) as instrument:
        return await _do(session, instrument)


if __name__ == "__main__":
    for one in RECORDED:
        record(*one)
    sys.exit(0)
