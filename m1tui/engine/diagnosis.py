"""What is known of an instrument from its answers, and what a person is told of it.

In words channels count from 1, in values from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from m1tui.advice import Advice, listed
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.link.base import JACK_LOSES, JACK_NEXT
from m1tui.sysex import IdentityReply, Mode, ModeData, printable


class Cause(Enum):
    """What the pattern of answers means; the value is the summary for a person."""

    READY = "Ready"
    SILENT = "No answer, and nothing heard"
    """Not one byte came in."""
    SENSING_ONLY = "No answer, though bytes come in"
    """The M1 is heard, so the way from the computer to the M1 does not work."""
    EXCLUSIVE_DISABLED = "Exclusive disabled"
    """The identity is answered, mode data is not."""
    OTHER_MODEL = "Another instrument"
    NO_IDENTITY = "Ready, without an identity reply"
    """Mode data is answered, the identity is not."""
    TWO_INSTRUMENTS = "Two instruments answer"
    """On one channel, or on several and none was chosen; or something repeats all messages."""
    DAMAGED_ANSWERS = "Answers arrive, but damaged"
    OTHER_CHANNEL = "An M1 on another channel"
    """The channel that was asked for is not answered, and another is."""

    @property
    def code(self) -> str:
        """The same as a stable word for scripts: "two-instruments"."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Present:
    """An M1 that answered."""

    channel: int
    """Its global channel, 0–15."""
    identity: IdentityReply | None
    answers: int = 1
    """How many of these answers came to one question: 2 from two M1s that answer alike."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of the instrument from its answers."""

    cause: Cause
    identity: IdentityReply | None
    channel: int | None
    """The instrument's global channel, 0–15; None if nothing told it."""
    mode_data: ModeData | None
    """None where several instruments answer: then no transfer is possible."""
    advice: Advice
    present: tuple[Present, ...] = ()
    """All M1s that answered, by channel."""
    clock_alone: bool = False
    """Whether its clock was heard and it gave no mode data, as while its sequencer runs."""

    @property
    def answers(self) -> bool:
        """Whether an M1 answered anything."""
        return self.crowded or self.cause in {
            Cause.READY,
            Cause.NO_IDENTITY,
            Cause.EXCLUSIVE_DISABLED,
        }

    @property
    def crowded(self) -> bool:
        """Whether several instruments answer, so that nothing may be sent and no answer counts."""
        return self.cause is Cause.TWO_INSTRUMENTS

    @property
    def others(self) -> tuple[Present, ...]:
        """The M1s on other channels than the one that is used."""
        return tuple(one for one in self.present if one.channel != self.channel)

    @property
    def ready(self) -> bool:
        """Whether it answers exclusive messages, so that dumps can be asked for and sent."""
        return self.mode_data is not None

    @property
    def exclusive(self) -> bool | None:
        """Whether MIDI Exclusive is enabled; None if the answers do not tell.

        In GLOBAL mode they do not: the DATA DUMP page answers with Exclusive disabled too. Nor do
        they while the sequencer may be running.
        """
        if self.mode_data is not None:
            return None if self.mode_data.mode is Mode.GLOBAL else True
        disabled = self.cause is Cause.EXCLUSIVE_DISABLED and not self.clock_alone
        return False if disabled else None

    @property
    def summary(self) -> str:
        """The cause in a few words."""
        return SEQUENCER_RUNS if self.clock_alone else self.cause.value


SEQUENCER_RUNS = "Sequencer may be running"
"""The summary of an M1 that sends its clock and does not answer."""
NOTHING_CHANGED = "Only questions were sent; the instrument's memory was not touched."


def ready(
    mode: ModeData,
    identity: IdentityReply | None,
    others: Sequence[int] = (),
    *,
    damaged: bool = False,
) -> Advice:
    """Return the advice for an M1 that answers exclusive messages, with `others` on the link.

    `damaged` tells that answers came damaged beside the whole ones.
    """
    who = "An M1" if identity is None else f"A Korg {printable(identity.model)}"
    label = mode.mode.label if mode.mode is not None else f"mode {mode.mode_code:02X}"
    happened = f"{who} answers on channel {mode.channel + 1}, in {label}."
    causes = []
    if identity is None:
        found = "a damaged one" if damaged else "none"
        causes.append(f"It gave no identity reply (expected one of 15 bytes, found {found}).")
    if others:
        causes.append(also_there(others))
    if mode.mode is Mode.GLOBAL:
        causes.append(
            "In GLOBAL mode this does not prove that Exclusive is enabled: on its DATA DUMP "
            "page an M1 answers either way."
        )
    next_step = f"{LOOPBACK}." if damaged and identity is None else "Continue."
    return Advice(
        "no-identity" if identity is None else "ready",
        happened,
        NOTHING_CHANGED,
        " ".join(causes),
        next_step,
    )


def exclusive_disabled(channel: int, *, clock_heard: bool) -> Advice:
    """Return the advice for an M1 that tells its identity and ignores everything else."""
    missing = (
        "does not answer a mode request (expected 10 bytes of mode data, found none within 3 s)"
    )
    if clock_heard:
        return Advice(
            code="exclusive-disabled",
            happened=f"The M1 on channel {channel + 1} sends its clock and its identity but "
            f"{missing}: its sequencer may be running.",
            safe=NOTHING_CHANGED,
            cause="While an M1 is playing or recording, it does not answer. An M1 in SEQUENCER "
            "mode with MIDI Exclusive at DIS does not answer either.",
            next_step="Press START/STOP on the M1, then try again. If that does not help, press "
            f"{EXCLUSIVE_ON}.",
        )
    return Advice(
        code="exclusive-disabled",
        happened=f"Exclusive disabled: the M1 on channel {channel + 1} sends its identity but "
        f"{missing}.",
        safe=NOTHING_CHANGED,
        cause="MIDI Exclusive is set to DIS in GLOBAL 5-2, as after an initialisation. The M1 also "
        "behaves like this while its sequencer is playing or recording; in that case, stop it "
        "with START/STOP.",
        next_step=f"Press {EXCLUSIVE_ON} on the M1, then try again.",
    )


def other_model(model: str) -> Advice:
    """Return the advice for an instrument that is no M1."""
    return Advice(
        code="other-model",
        happened="The instrument is not an M1: expected a Korg M1 (42 19), found "
        f"{printable(model)}.",
        safe=NOTHING_CHANGED,
        cause="Another instrument is connected to this interface, or comes before the M1 in a MIDI "
        "THRU chain.",
        next_step="Connect the interface's OUT to the M1's MIDI IN and its IN to the M1's "
        "MIDI OUT, then try again.",
    )


def looped() -> Advice:
    """Return the advice for an interface that hears itself."""
    return Advice(
        code="sensing-only",
        happened="What was sent came back, but no M1 answered (expected an identity reply or "
        "mode data, found the program's own questions).",
        safe=NOTHING_CHANGED,
        cause="The interface's OUT is connected to its own IN, or a MIDI THRU loop feeds it back.",
        next_step="Connect OUT to the M1's MIDI IN and IN to the M1's MIDI OUT, switch off THRU "
        "in other equipment and programs, then try again.",
    )


def sensing_only(heard: int, *, over_jack: bool = False) -> Advice:
    """Return the advice for bytes that come in without an answer."""
    count = "1 byte" if heard == 1 else f"{heard:,} bytes"
    return Advice(
        code="sensing-only",
        happened=f"{count} came in, but no answer (expected an identity reply or mode data).",
        safe=NOTHING_CHANGED,
        cause="M1 to computer works, computer to M1 does not. The cause may be the plug in "
        "MIDI IN, the interface's output, or a cable with a bad output. An M1 may also "
        "ignore everything while its sequencer is playing, or while MIDI Exclusive is DIS."
        if not over_jack
        else "The M1 is heard over JACK, but does not hear the computer: JACK has no connection "
        "in that direction. An M1 may also ignore everything while its sequencer is playing, or "
        "while MIDI Exclusive is DIS.",
        next_step="Check that the plug marked OUT is in the M1's MIDI IN, stop the sequencer, "
        f"press {EXCLUSIVE_ON} on the M1, and try again. If that does not help, try another cable "
        "or interface."
        if not over_jack
        else "Check JACK's connections, stop the sequencer, press "
        f"{EXCLUSIVE_ON} on the M1, and try again.",
    )


def silent(*, over_jack: bool = False) -> Advice:
    """Return the advice for a link on which nothing at all is heard."""
    return Advice(
        code="silent",
        happened="No answer: expected an identity reply, mode data on any of 16 channels or at "
        "least active sensing, found no bytes at all.",
        safe=NOTHING_CHANGED,
        cause="The M1 is off, the two MIDI plugs are swapped or not plugged in, or the wrong "
        "interface was chosen."
        if not over_jack
        else "The program at the other end of JACK does not answer, the wrong ports were chosen, "
        "or the M1 behind them is off or not plugged in.",
        next_step="Switch the M1 on; connect the interface's OUT to MIDI IN and its IN to MIDI "
        "OUT; then try again, or start m1tui with --port and another port."
        if not over_jack
        else "Check the program, JACK's connections and the M1; then try again, or start "
        "m1tui with --port and another port.",
    )


LOOPBACK = (
    "Test the interface: connect its OUT to its own IN with one cable and run `m1tui loopback`, or "
    "press t on the app's first screen"
)


def damaged(piece: bytes, count: int, *, over_jack: bool = False) -> Advice:
    """Return the advice for answers that come damaged; `piece` is the newest of `count`."""
    size = "1 byte" if len(piece) == 1 else f"{len(piece):,} bytes"
    shown = piece[:_SHOWN].hex(" ").upper() + (" …" if len(piece) > _SHOWN else "")
    pieces = "1 damaged piece" if count == 1 else f"{count:,} damaged pieces, the last one"
    return Advice(
        code="damaged-answers",
        happened="Answers arrive, but damaged: expected an identity reply of 15 bytes and mode "
        f"data of 10, found {pieces} of {size} ({shown}).",
        safe=NOTHING_CHANGED,
        cause="Both directions work, but bytes from the M1 to the computer are lost or changed "
        "by the interface, its driver, or the cable. Cheap USB cables with a CH345 chip are "
        "known for this."
        if not over_jack
        else f"Both directions work, but {JACK_LOSES}.",
        next_step=f"{LOOPBACK}. Then try another interface." if not over_jack else f"{JACK_NEXT}.",
    )


_SHOWN = 16
"""Bytes of a damaged answer that are shown."""


def twins(channel: int, *, differ: bool, looped: bool) -> Advice:
    """Return the advice for questions that are answered twice on one channel.

    `differ` tells that the two answers cannot be the same message, repeated; `looped` that our own
    messages come back.
    """
    if differ:
        return Advice(
            code="two-instruments",
            happened=f"Two instruments answer on channel {channel + 1}: disconnect one (expected 1 "
            "answer to each question, found 2 that differ).",
            safe=NOTHING_CHANGED,
            cause="A merge box or a THRU box connects a second M1. Data sent would change the "
            "memory of both, and data read could come from either.",
            next_step="Disconnect one of the two, or give it another global channel (GLOBAL 5) and "
            "choose one with --channel, then try again.",
        )
    loop = (
        "The program's own messages also come back, so a MIDI THRU loop is likely. "
        if looped
        else "Their answers are the same, so it is not clear which. "
    )
    return Advice(
        code="two-instruments",
        happened=f"Either two instruments answer on channel {channel + 1}, or something repeats "
        "messages (expected 1 answer to each question, found 2).",
        safe=NOTHING_CHANGED,
        cause=f"{loop}A merge box or a THRU box connects a second M1, or two cables or programs "
        "carry each message twice. Data sent could change the memory of two instruments.",
        next_step=f"If two instruments answer on channel {channel + 1}, disconnect one. Otherwise "
        "connect only the M1, OUT to IN and IN to OUT. Then try again.",
    )


def elsewhere(channel: int, wanted: int) -> Advice:
    """Return the advice for an M1 that answers on another channel than the `wanted` one."""
    return Advice(
        code="other-channel",
        happened=f"No M1 answers on channel {wanted + 1}: expected an answer there, found an M1 on "
        f"channel {channel + 1}.",
        safe=NOTHING_CHANGED,
        cause="The M1 uses another global channel, or its channel was changed on the panel; or "
        "this is not the instrument that you meant.",
        next_step=f"Choose that M1 with --channel {channel + 1}, or set the channel in GLOBAL 5 on "
        f"the M1 to {wanted + 1}, then try again.",
    )


def several(channels: Sequence[int], wanted: int | None) -> Advice:
    """Return the advice for M1s on several channels, none of which is the `wanted` one."""
    found = listed([str(channel + 1) for channel in channels])
    asked = (
        "" if wanted is None else f" Channel {wanted + 1} was asked for, but no M1 answers there."
    )
    return Advice(
        code="two-instruments",
        happened=f"{_NUMBERS.get(len(channels), str(len(channels)))} instruments answer, on "
        f"channels {found}: choose one with --channel (expected one M1, found {len(channels)})."
        f"{asked}",
        safe=NOTHING_CHANGED,
        cause="A merge box or a THRU box connects more than one M1 to this interface.",
        next_step=f"Give --channel {channels[0] + 1} or --channel {channels[1] + 1}, or disconnect "
        "all but one, then try again.",
    )


_NUMBERS = {2: "Two", 3: "Three", 4: "Four"}


def also_there(channels: Sequence[int]) -> str:
    """Return the sentence that names the M1s on other channels than the one that is used."""
    if len(channels) == 1:
        return f"Another M1 answers on channel {channels[0] + 1}; it is not touched."
    found = listed([str(channel + 1) for channel in channels])
    return f"Other M1s answer on channels {found}; they are not touched."
