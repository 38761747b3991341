"""Images of RAM cards as a USB card tool writes them: 32,768 bytes, not packed.

"KORG", 11h for RAM or 10h for ROM; global and drum kits from 16, combinations from 1,241, programs
from 13,641. The combinations play the card's own programs.
"""

from __future__ import annotations

from m1tui.sysex.codes import Allocation, Bank, Part
from m1tui.sysex.dumps import BankDump, contents_of, memory_size
from m1tui.sysex.forms.found import FoundMessage
from m1tui.sysex.forms.stream import Findings

MARK = b"KORG"
SIZE = 32_768
_PLACES = ((Part.GLOBAL, 16), (Part.COMBINATIONS, 1_241), (Part.PROGRAMS, 13_641))


def read_card_image(data: bytes, findings: Findings) -> None:
    """Take global, combinations and programs of a card."""
    for part, at in _PLACES:
        size = memory_size(part, Allocation.LARGE_PROGRAM)
        memory = data[at : at + size]
        dump = BankDump.of(contents_of(memory, part, Allocation.LARGE_PROGRAM), part, Bank.CARD, 0)
        findings.messages.append(FoundMessage(dump, at, size, dump.encode()))
    findings.note(
        "card-image",
        "An image of a RAM card: what it contains is a card's. Its combinations play the card's "
        "programs.",
    )
