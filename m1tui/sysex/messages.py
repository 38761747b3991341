"""The M1's short messages as typed values: requests, status, mode, panel, edit buffers.

And who is there: the universal identity messages. Dumps of whole banks stand in `dumps`.
Every message carries the global channel, 0–15.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from m1tui.sysex.codes import (
    END,
    KORG,
    M1,
    START,
    UNIVERSAL,
    Allocation,
    Bank,
    CardFormat,
    CardState,
    Message,
    Mode,
    NameKind,
    Part,
    StatusCode,
    member,
    model_name,
)
from m1tui.sysex.combination import Combination
from m1tui.sysex.packing import pack
from m1tui.sysex.program import Program
from m1tui.sysex.text import printable

ANY_DEVICE = 0x7F


@dataclass(frozen=True, slots=True)
class IdentityRequest:
    """Asks an instrument on `channel` (0–15), or on any (None), who it is."""

    channel: int | None = None
    label: ClassVar[str] = "identity request"

    def on(self, channel: int) -> IdentityRequest:
        """Return the same message for another channel."""
        return replace(self, channel=channel)

    def encode(self) -> bytes:
        """Return the universal message."""
        device = ANY_DEVICE if self.channel is None else self.channel
        return bytes([START, UNIVERSAL, device, 0x06, 0x01, END])


@dataclass(frozen=True, slots=True)
class IdentityReply:
    """Who an instrument says it is; `body` is everything behind 06 02, whatever the maker.

    A Korg's body has 9 bytes: 42, family low and high, member low and high, ROM number low and
    high, software version low and high.  The member bytes of a real M1 are not the zeros of the
    manual, so the family alone decides.
    """

    channel: int
    body: bytes
    label: ClassVar[str] = "identity reply"

    def on(self, channel: int) -> IdentityReply:
        """Return the same message for another channel."""
        return replace(self, channel=channel)

    @classmethod
    def of_m1(
        cls, channel: int, rom: int = 7, software: int = 1, variant: bytes = b"\x08\x00"
    ) -> IdentityReply:
        """Return an M1's reply; the defaults are those captured from an instrument."""
        return cls(channel, bytes([KORG, M1, 0, *variant, rom, 1, software, 0]))

    def encode(self) -> bytes:
        """Return the universal message."""
        return bytes([START, UNIVERSAL, self.channel, 0x06, 0x02, *self.body, END])

    @property
    def is_m1(self) -> bool:
        """Whether it is an M1, M1R, M1EX or M1REX: they answer alike."""
        return self._is_korg and self.body[1:3] == bytes([M1, 0])

    @property
    def _is_korg(self) -> bool:
        return len(self.body) == 9 and self.body[0] == KORG

    @property
    def model(self) -> str:
        """The family's name, or its numbers where none is known."""
        if not self._is_korg:
            return f"another maker's instrument ({self.body[:4].hex(' ').upper()})"
        low, high = self.body[1:3]
        # The newer ones have a number of three bytes, of which the family code has the last two.
        name = model_name(bytes([0, high, low]) if high else bytes([low]))
        return f"Korg family {self.body[1]:02X}" if name is None else name

    @property
    def member(self) -> int | None:
        """The member code, 14 bits; None from another maker."""
        return self.body[3] | self.body[4] << 7 if self._is_korg else None

    @property
    def rom(self) -> int | None:
        """The ROM number; None from another maker."""
        return self.body[5] if self._is_korg else None

    @property
    def software(self) -> int | None:
        """The software version; None from another maker."""
        return self.body[7] if self._is_korg else None


NAME_SIZE = 10
"""Characters of a multisound or drum sound name on a PCM card."""


@dataclass(frozen=True, slots=True)
class _Short(Message):
    """A message that is not a dump of a bank."""

    # Given, since the property that it stands for would be taken for its default.
    channel: int = field()

    def on(self, channel: int) -> Self:
        """Return the same message for another channel."""
        return replace(self, channel=channel)


AnyMessage = Message | IdentityRequest | IdentityReply


@dataclass(frozen=True, slots=True)
class ModeRequest(_Short):
    """Asks for mode, allocation and cards; received in every mode."""

    label: ClassVar[str] = "mode request"
    function: ClassVar[int] = 0x12


@dataclass(frozen=True, slots=True)
class ModeData(_Short):
    """The answer to a mode request: mode, memory allocation, data card and PCM card."""

    mode_code: int
    allocation_code: int
    card_code: int
    pcm_code: int
    label: ClassVar[str] = "mode data"
    function: ClassVar[int] = 0x42

    def body(self) -> bytes:
        """Return the four codes."""
        return bytes([self.mode_code, self.allocation_code, self.card_code, self.pcm_code])

    @property
    def mode(self) -> Mode | None:
        """The mode; None for a code that no source names."""
        return member(Mode, self.mode_code)

    @property
    def allocation(self) -> Allocation | None:
        """The memory allocation; None for a code that no source names."""
        return member(Allocation, self.allocation_code)

    @property
    def card(self) -> CardState:
        """The data card: kind and write protection."""
        kind, detail = self.card_code >> 4 & 3, self.card_code & 3
        if kind:
            return (CardState.ROM, CardState.RAM, CardState.RAM_PROTECTED)[kind - 1]
        return (CardState.OFF, CardState.NONE, CardState.UNKNOWN, CardState.UNKNOWN)[detail]

    @property
    def card_format(self) -> CardFormat | None:
        """How the data card is partitioned; None without a readable card."""
        if not self.card_code >> 4 & 3 or self.card_code & 3 == 3:
            return None
        return tuple(CardFormat)[self.card_code & 3]

    @property
    def pcm_card(self) -> bool | None:
        """Whether a PCM card is in; None where the slot is off or the code is unknown."""
        return {1: False, 2: True}.get(self.pcm_code)


def card_code(state: CardState, card_format: CardFormat | None = None) -> int:
    """Return the byte by which mode data tells the data card's state and format."""
    details = {CardState.OFF: 0, CardState.NONE: 1, CardState.UNKNOWN: 2}
    if state in details:
        return details[state]
    kind = (CardState.ROM, CardState.RAM, CardState.RAM_PROTECTED).index(state) + 1
    return kind << 4 | (tuple(CardFormat).index(card_format) if card_format else 0)


@dataclass(frozen=True, slots=True)
class ModeChange(_Short):
    """Puts the M1 into a mode, or tells that a key did; both ways.

    `bank_code`: bit 0 the bank, bit 4 set to leave the bank as it is.
    """

    mode_code: int
    bank_code: int = 0x10
    label: ClassVar[str] = "mode change"
    function: ClassVar[int] = 0x4E

    def body(self) -> bytes:
        """Return mode and bank codes."""
        return bytes([self.mode_code, self.bank_code])

    @property
    def mode(self) -> Mode | None:
        """The mode; None for a code that no source names."""
        return member(Mode, self.mode_code)


@dataclass(frozen=True, slots=True)
class ParameterChange(_Short):
    """One value edited, by page and position; both ways.  `value` is 0–16,383."""

    page: int
    position: int
    value: int
    label: ClassVar[str] = "parameter change"
    function: ClassVar[int] = 0x41

    def body(self) -> bytes:
        """Return page, position and the value, low seven bits first."""
        return bytes([self.page, self.position, self.value & 0x7F, self.value >> 7])


@dataclass(frozen=True, slots=True)
class ProgramRequest(_Short):
    """Asks for the program edit buffer; received in PROG and EDIT PROG alone."""

    label: ClassVar[str] = "program request"
    function: ClassVar[int] = 0x10


@dataclass(frozen=True, slots=True)
class CombinationRequest(_Short):
    """Asks for the combination edit buffer; received in COMBI and EDIT COMBI alone."""

    label: ClassVar[str] = "combination request"
    function: ClassVar[int] = 0x19


@dataclass(frozen=True, slots=True)
class ProgramDump(_Short):
    """The program edit buffer; carries no number."""

    program: Program
    spare: int = 0
    """The bits of the packing that belong to no byte."""
    label: ClassVar[str] = "program"
    function: ClassVar[int] = 0x40

    def body(self) -> bytes:
        """Return the packed program."""
        return pack(self.program.raw, self.spare)


@dataclass(frozen=True, slots=True)
class CombinationDump(_Short):
    """The combination edit buffer; carries no number."""

    combination: Combination
    spare: int = 0
    """The bits of the packing that belong to no byte."""
    label: ClassVar[str] = "combination"
    function: ClassVar[int] = 0x49

    def body(self) -> bytes:
        """Return the packed combination."""
        return pack(self.combination.raw, self.spare)


@dataclass(frozen=True, slots=True)
class _Write(_Short):
    """Stores an edit buffer in a slot, 0–99 (0–49 in 50/50)."""

    bank: Bank
    number: int

    def body(self) -> bytes:
        """Return bank and slot."""
        return bytes([self.bank, self.number])


@dataclass(frozen=True, slots=True)
class ProgramWrite(_Write):
    """Stores the program edit buffer in a slot."""

    label: ClassVar[str] = "program write request"
    function: ClassVar[int] = 0x11


@dataclass(frozen=True, slots=True)
class CombinationWrite(_Write):
    """Stores the combination edit buffer in a slot."""

    label: ClassVar[str] = "combination write request"
    function: ClassVar[int] = 0x1A


@dataclass(frozen=True, slots=True)
class BankRequest(_Short):
    """Asks for a dump of a part of a bank."""

    part: Part
    bank: Bank = Bank.INTERNAL
    label: ClassVar[str] = "dump request"

    @property
    def function(self) -> int:
        """0E, 0F, 18, 1C or 1D by part."""
        return self.part.request_function

    def body(self) -> bytes:
        """Return the bank."""
        return bytes([self.bank])


@dataclass(frozen=True, slots=True)
class NamesRequest(_Short):
    """Asks for the names on a PCM card."""

    kind: NameKind
    label: ClassVar[str] = "card names request"

    @property
    def function(self) -> int:
        """16 or 1F by kind."""
        return self.kind


@dataclass(frozen=True, slots=True)
class CardNames(_Short):
    """The names on a PCM card, ten bytes each, as they came."""

    kind: NameKind
    names: tuple[bytes, ...]
    label: ClassVar[str] = "card names"

    @property
    def function(self) -> int:
        """45 or 47 by kind."""
        return self.kind.answer_function

    def body(self) -> bytes:
        """Return the count and the names."""
        return bytes([len(self.names)]) + b"".join(self.names)

    @property
    def shown(self) -> tuple[str, ...]:
        """The names, harmless on a screen."""
        return tuple(printable(name) for name in self.names)


@dataclass(frozen=True, slots=True)
class Status(_Short):
    """What the M1 says after a dump or a write request."""

    code: StatusCode
    label: ClassVar[str] = "status"

    @property
    def function(self) -> int:
        """21, 22, 23, 24 or 26."""
        return self.code
