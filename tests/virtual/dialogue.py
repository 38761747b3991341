"""A conversation with a virtual M1 without a wire: bytes in, messages out."""

from __future__ import annotations

from m1tui.sysex import (
    AnyMessage,
    BankRequest,
    ExclusiveFrame,
    Framer,
    Message,
    ModeChange,
    Part,
    Status,
    StatusCode,
    decode,
)
from m1tui.sysex.codes import Bank, Mode
from m1tui.sysex.dumps import BankDump
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario

READY = "GLOBAL 5 + UP D UP F UP H UP"
PROTECTS_OFF = "GLOBAL 6 DOWN + B DOWN + B DOWN"
CARD_PROTECTS_OFF = "GLOBAL 6 D DOWN + D DOWN + D DOWN"


def open_m1(name: str = "healthy") -> VirtualM1:
    """An M1 of a scenario with Exclusive enabled and all internal protects off, in PROG mode."""
    machine = scenario(name)
    machine.press(f"{READY} {PROTECTS_OFF} PROG")
    machine.transmit(0.0)
    return machine


def said(machine: VirtualM1, now: float = 0.0) -> list[AnyMessage]:
    """Everything exclusive that the M1 has to say."""
    events = Framer().feed(machine.transmit(now))
    return [decode(event.data) for event in events if isinstance(event, ExclusiveFrame)]


def asked(machine: VirtualM1, message: AnyMessage | bytes) -> list[AnyMessage]:
    """What the M1 answers to a message."""
    data = message if isinstance(message, bytes) else message.encode()
    machine.receive(data, 0.0)
    return said(machine)


def reply(machine: VirtualM1, message: AnyMessage | bytes) -> StatusCode | None:
    """The status that the M1 answers with, None for silence."""
    answers = asked(machine, message)
    if not answers:
        return None
    (answer,) = answers
    assert isinstance(answer, Status), answer
    return answer.code


def dump_of(machine: VirtualM1, part: Part, bank: Bank = Bank.INTERNAL) -> BankDump:
    """The dump that the M1 answers a request with."""
    (answer,) = asked(machine, BankRequest(machine.settings.channel, part, bank))
    assert isinstance(answer, BankDump), answer
    return answer


def enter(machine: VirtualM1, mode: Mode) -> None:
    """Bring the M1 into a mode by a message."""
    assert reply(machine, ModeChange(machine.settings.channel, mode)) is StatusCode.LOAD_COMPLETED


def messages_only(answers: list[AnyMessage]) -> list[Message]:
    """The Korg messages among what was said."""
    return [answer for answer in answers if isinstance(answer, Message)]
