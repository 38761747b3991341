"""The keybed: every one of the 61 keys heard on and off, softly and hard."""

from __future__ import annotations

from dataclasses import replace

from m1tui.advice import Advice
from m1tui.engine.checks.listening import Notice, Watch, ask_global, hear, message_of, unheard
from m1tui.engine.checks.registry import NOTHING_WRITTEN, CheckContext, check
from m1tui.engine.instrument import Instrument
from m1tui.engine.keybed import (
    FIRST_KEY,
    KEYS,
    KeybedReport,
    KeyReading,
    KeyState,
    names_of,
)
from m1tui.engine.line.ear import Item
from m1tui.facts import VELOCITIES, Verdict
from m1tui.sysex.names import NOTES

_CAUSES = {
    KeyState.SILENT: "Keys that were not heard: they were not played, or their contact strip is "
    "dirty or torn.",
    KeyState.STUCK: "Keys that stick: dried grease, or a contact that stays closed.",
    KeyState.ONE_VELOCITY: "One velocity: one of the key's two contacts is dirty, or the key was "
    "always struck with the same force.",
    KeyState.ONCE: "Struck once: a single stroke cannot show two velocities.",
}


class _Keybed(Watch):
    """Keeps what was heard of each key."""

    def __init__(self, transpose: int) -> None:
        self._transpose = transpose
        self._readings = [KeyReading(note) for note in KEYS]
        self._strays: set[int] = set()

    def take(self, item: Item, at: float) -> Notice:
        """Count a key's going down and coming up; what it had not shown before is new."""
        del at
        message = message_of(item)
        if message is None or message.type not in ("note_on", "note_off"):
            return Notice.NOTHING
        index = message.note - self._transpose - FIRST_KEY
        if not 0 <= index < len(self._readings):
            fresh = message.note not in self._strays
            self._strays.add(message.note)
            return Notice.of(fresh)
        before = self._readings[index]
        velocity = message.velocity if message.type == "note_on" else 0
        after = _struck(before, velocity) if velocity else _released(before)
        self._readings[index] = after
        if _shown(after) != _shown(before):
            return Notice.NEWS
        return Notice.CHANGE if after.state is not before.state else Notice.NOTHING

    @property
    def complete(self) -> bool:
        """Whether every key has shown all that is looked for."""
        return all(reading.state is KeyState.GOOD for reading in self._readings)

    @property
    def keybed(self) -> KeybedReport:
        """What was heard so far."""
        strays = tuple(sorted(self._strays))
        return KeybedReport(tuple(self._readings), self._transpose, strays)

    @property
    def note(self) -> str:
        """How many keys are done, and the first that was not heard."""
        report = self.keybed
        good, silent = report.of(KeyState.GOOD), report.of(KeyState.SILENT)
        rest = f"; not heard: {names_of(silent)}" if silent else ""
        return f"{len(good)} of {len(report.keys)} keys done{rest}"


def _struck(reading: KeyReading, velocity: int) -> KeyReading:
    return replace(
        reading,
        strokes=reading.strokes + 1,
        softest=min(reading.softest or velocity, velocity),
        hardest=max(reading.hardest, velocity),
    )


def _released(reading: KeyReading) -> KeyReading:
    return replace(reading, releases=min(reading.releases + 1, reading.strokes))


def _shown(reading: KeyReading) -> tuple[int, bool, bool]:
    """Return what a key has shown, as far as it matters: later strokes alike are nothing new."""
    return min(reading.strokes, 2), reading.releases > 0, reading.two_velocities


STUCK_KEYS = "stuck-keys"
"""The name of the value that names the keys which were heard stuck."""


@check("keybed", proves=("keys = all 61 sound",), listens=True)
async def keybed(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once all 61 keys were heard on and off, softly and hard; name those that were not.

    The key transposition shifts the note numbers: it is asked for first, and taken to be 0 of an
    M1 that does not answer.
    """
    settings = await ask_global(instrument)
    watch = _Keybed(settings.key_transpose if settings is not None else 0)
    expected = f"{len(KEYS)} keys on and off, each struck softly and hard"
    hearing = await hear(instrument, context, watch)
    if not hearing.received:
        return unheard(hearing, expected)
    report = watch.keybed
    found = report.summary
    evidence = f"{found}; {_assumed(report, asked=settings is not None)}"
    struck = report.velocities
    values = ((VELOCITIES, struck),) if struck else ()
    if report.good:
        return Verdict(True, evidence, expected, found, values=values)
    if len(report.of(KeyState.SILENT)) == len(KEYS) and not report.strays:
        return Verdict(False, "no key was heard", expected, "none", nothing_played(expected))
    causes = [text for state, text in _CAUSES.items() if report.of(state)]
    if report.strays:
        names = ", ".join(NOTES[note] for note in report.strays[:4])
        causes.append(
            f"Notes outside the keyboard's range were also received ({names}): is the keyboard "
            "transposed?"
        )
    advice = Advice(
        code="keybed-not-sound",
        happened=f"The keybed has faults: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause=" ".join(causes),
        next_step="If keys were left out or struck in only one way, check again and play all keys: "
        "each check begins with none. Keys that still fail need cleaning or new grease.",
    )
    stuck = names_of(report.of(KeyState.STUCK))
    named = ((STUCK_KEYS, stuck),) if stuck else ()
    return Verdict(False, evidence, expected, found, advice, values=(*values, *named))


def nothing_played(expected: str) -> Advice:
    """Return the advice for a keybed of which no key was heard."""
    return Advice(
        code="keybed-not-heard",
        happened=f"No key was heard: expected {expected}, found none.",
        safe=NOTHING_WRITTEN,
        cause="No key was played while the program was listening; or the keybed's connector is "
        "loose.",
        next_step="Check again, and play every key. If no key is ever heard, look at the keybed's "
        "connector.",
    )


def _assumed(report: KeybedReport, *, asked: bool) -> str:
    if asked:
        return f"key transposition {report.transpose:+d}" if report.transpose else "not transposed"
    return "assumed not transposed, because the M1 did not say"
