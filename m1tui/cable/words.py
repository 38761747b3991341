"""What a person is told about an interface after its test."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.cable.one_pass import TOTAL, Came
from m1tui.cable.symptoms import Difference, Finding, Symptom, lifted
from m1tui.engine.line.conversation import Pacing
from m1tui.sysex.codes import KORG, START
from m1tui.sysex.listing import counted

_SAFE = "No instrument acts on anything that was sent."
_OTHER = "Use another interface for dumps, or the M1 will receive damaged sounds."
_SENSING = 0xFE


def silence(sent: int) -> Advice:
    """Nothing came back."""
    return Advice(
        code="loop-silence",
        happened=f"Nothing came back: expected the {sent} bytes that were sent, found none "
        "within 3 s.",
        safe=_SAFE,
        cause="No cable connects the interface's OUT to its IN; or its plugs are labelled from "
        "the instrument's point of view, so that OUT and IN are swapped; or the cable is broken.",
        next_step="Plug one MIDI cable from OUT into IN of the same interface (a cable with two "
        "plugs needs a coupler to join the two), swap the plugs if they are labelled TO and "
        "FROM, and try again.",
    )


def instrument(came: Came) -> Advice:
    """Something else is connected."""
    found = f"{counted(len(came.data), 'byte')} of something else ({_hex(came.data)})"
    data = lifted(came.data)
    cause = "Another program or instrument is sending to this interface."
    if not data and came.realtime[_SENSING]:
        count = came.realtime[_SENSING]
        found = f"only active sensing, {counted(count, 'time')}"
        cause = "An instrument such as an M1 is connected to the interface's IN instead of a loop."
    elif data[:2] == bytes([START, KORG]):
        found = f"a message from a Korg instrument ({_hex(data)})"
        cause = "An M1 or another Korg is connected instead of a loop."
    return Advice(
        code="loop-instrument",
        happened="An instrument is connected instead of a loop: expected what was sent, found "
        f"{found}.",
        safe=f"{_SAFE} The M1 is unchanged.",
        cause=cause,
        next_step="Pull both plugs out of the instrument, connect the interface's OUT to its IN "
        "with one cable, and try again.",
    )


def echo() -> Advice:
    """Messages come more than once."""
    return Advice(
        code="loop-echo",
        happened="Messages came back more than once: expected each one once.",
        safe=f"{_SAFE} The test ended before the line filled up.",
        cause="A program on this computer (a sequencer with THRU or input monitoring on, or a "
        "connection from the port to itself) sends incoming bytes back out.",
        next_step="Close other MIDI programs, or switch off their THRU, and try again. An M1 in "
        "such a loop reports errors that are not real.",
    )


def disconnected(sent: int, lost: Advice) -> Advice:
    """The port went away."""
    return Advice(
        code="loop-disconnected",
        happened=f"The interface disappeared after {sent:,} of {TOTAL:,} bytes: {lost.happened}",
        safe=_SAFE,
        cause=lost.cause or "It was unplugged, or its USB plug or hub has a bad contact.",
        next_step="Plug the interface directly into the computer and try again; an interface "
        "that drops out on its own is not fit for dumps.",
    )


def verdict(
    symptom: Symptom, finding: Finding, came: Came, pacing: Pacing | None, attempts: int
) -> Advice:
    """Return the advice for what a whole pass has shown."""
    if symptom is Symptom.DELAYED:
        return _delayed(came)
    if symptom in (Symptom.NONE, Symptom.REALTIME):
        return _trusted(symptom, came)
    where = _where(finding)
    if symptom is Symptom.OVERRUN:
        assert pacing is not None
        return _overrun(where, pacing)
    if symptom is Symptom.ECHO:
        return echo()
    cause, next_step = _KNOWN[symptom]
    if attempts > 1:
        cause += " Pauses did not help."
    return Advice(_CODES[symptom], f"{_WORDS[symptom]} {where}", _SAFE, cause, next_step)


def _trusted(symptom: Symptom, came: Came) -> Advice:
    between = came.realtime.total()
    happened = f"All {TOTAL:,} bytes came back unchanged, each long message complete."
    cause = ""
    if symptom is Symptom.REALTIME:
        kinds = ", ".join(
            f"{status:02X} {counted(count, 'time')}"
            for status, count in sorted(came.realtime.items())
        )
        happened += f" Extra realtime bytes arrived in between ({kinds})."
        cause = (
            "The interface, or another program, is sending a clock. m1tui filters such bytes out."
        )
    elif between:
        happened += (
            f" Active sensing arrived {counted(between, 'time')} in between. That does no harm."
        )
    return Advice(
        "loop-realtime" if symptom is Symptom.REALTIME else "loop-trusted",
        happened,
        f"This interface can be trusted with dumps. {_SAFE}",
        cause,
        "Connect the M1 again, OUT to IN and IN to OUT.",
    )


def _delayed(came: Came) -> Advice:
    return Advice(
        code="loop-delayed",
        happened=f"All {TOTAL:,} bytes came back unchanged, but up to {came.delay:.1f} s late: "
        "expected at most 1 s.",
        safe=_SAFE,
        cause="The interface or its driver collects a long message before passing it on, so a dump "
        "seems to have stopped.",
        next_step="Plug the interface directly into the computer and open it as raw:PATH (see "
        "`m1tui ports`), or use another interface.",
    )


def _overrun(where: str, pacing: Pacing) -> Advice:
    pause = round(pacing.pause * 1000)
    return Advice(
        code="loop-overrun",
        happened=f"At full speed, bytes were lost; with a pause of {pause} ms after every "
        f"{pacing.block} bytes, none were. {where}",
        safe=f"{_SAFE} From now on, restores over this port send {pacing.words}.",
        cause="A buffer in the interface overflows. A loop does not show whether this is on the "
        "way out or in, and the M1 sends its own dumps without pauses.",
        next_step="Back up the M1 first: if its dump arrives damaged, use another interface.",
    )


def _where(finding: Finding) -> str:
    counts = (
        (finding.lost, "missing"),
        (finding.extra, "too many"),
        (finding.changed, "changed"),
    )
    told = ", ".join(f"{count:,} {word}" for count, word in counts if count)
    numbers = f"Of {TOTAL:,} bytes: {told}." if told else ""
    first = _first(finding.difference) if finding.difference is not None else ""
    return " ".join(part for part in (numbers, first) if part)


def _first(one: Difference) -> str:
    return (
        f"First at byte {one.offset:,} (byte {one.place:,} of a message of {one.size:,}): "
        f"expected {_hex(one.expected)}, found {_hex(one.found)}."
    )


def _hex(data: bytes) -> str:
    if not data:
        return "nothing"
    return data[:8].hex(" ").upper() + (" …" if len(data) > 8 else "")


_WORDS = {
    Symptom.SILENCE: "The first message came back, then nothing.",
    Symptom.CUT: "All messages longer than 4,095 bytes, and only those, came back cut short.",
    Symptom.PACKETS: "Every second packet of 3 bytes is missing from what came back.",
    Symptom.LOST: "Bytes are missing from what came back.",
    Symptom.DOUBLED: "Bytes came back twice.",
    Symptom.CHANGED: "Bytes came back with bits changed.",
    Symptom.REORDERED: "All bytes came back, but in a different order.",
    Symptom.EXTRA: "Extra bytes that were not sent arrived in between.",
    Symptom.DAMAGED: "What came back is damaged in several ways.",
}

_CODES = {
    Symptom.SILENCE: "loop-silence",
    Symptom.CUT: "loop-cut",
    Symptom.PACKETS: "loop-packets",
    Symptom.LOST: "loop-lost",
    Symptom.DOUBLED: "loop-doubled",
    Symptom.CHANGED: "loop-changed",
    Symptom.REORDERED: "loop-reordered",
    Symptom.EXTRA: "loop-extra",
    Symptom.DAMAGED: "loop-damaged",
}

_KNOWN = {
    Symptom.SILENCE: (
        "The cable was pulled, or the interface stops at messages of a certain length.",
        "Look at the plugs and try again. If that does not help: " + _OTHER,
    ),
    Symptom.CUT: (
        "The messages went through ALSA's sequencer, which cuts them short without any warning.",
        "Open the interface as raw:PATH (see `m1tui ports`). If that does not help: " + _OTHER,
    ),
    Symptom.PACKETS: (
        "A cable with the CH345 chip does this (USB id 1a86:752d); pauses do not help.",
        _OTHER,
    ),
    Symptom.LOST: (
        "A buffer in the interface overflows, or the cable has a bad contact.",
        "Try another MIDI cable, and do not use a USB hub. " + _OTHER,
    ),
    Symptom.DOUBLED: (
        "The interface or its driver sends packets twice.",
        "Plug it straight into the computer, without a hub, and try again. " + _OTHER,
    ),
    Symptom.CHANGED: (
        "The MIDI cable or the interface's input is bad: bits change on the wire.",
        "Try another, shorter MIDI cable. If that does not help: " + _OTHER,
    ),
    Symptom.REORDERED: (
        "The interface or its driver passes packets on in a different order.",
        "Plug it straight into the computer, without a hub, and try again. " + _OTHER,
    ),
    Symptom.EXTRA: (
        "Something else is sending to this input: another program, or another instrument.",
        "Close other MIDI programs, leave only this one cable plugged in, and try again.",
    ),
    Symptom.DAMAGED: (
        "The cable or the interface loses and changes bytes.",
        "Try another MIDI cable. If that does not help: " + _OTHER,
    ),
}
"""For each symptom the likely cause and the next step."""
