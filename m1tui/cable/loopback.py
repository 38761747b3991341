"""The interface's own test: exclusive messages out and in again through a cable, then a verdict."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from m1tui.advice import Advice
from m1tui.cable import words
from m1tui.cable.one_pass import TOTAL, Came, Pass, messages
from m1tui.cable.symptoms import Difference, Finding, Symptom, compare, is_ours
from m1tui.engine.line.conversation import LADDER, Pacing
from m1tui.engine.line.ear import BETWEEN_BYTES, FIRST_BYTE
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.errors import LinkLost
from m1tui.facts import Outcome
from m1tui.link import Link

_UNTESTED = frozenset((Symptom.SILENCE, Symptom.INSTRUMENT, Symptom.DISCONNECTED))
"""Symptoms with which nothing is known of the interface."""
_TRUSTED = frozenset((Symptom.NONE, Symptom.REALTIME))
_PAUSES_MAY_HELP = frozenset((Symptom.LOST, Symptom.DAMAGED))
_ACTIVE_SENSING = 0xFE


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way of sending, and what came of it."""

    pacing: Pacing
    sent: int
    received: int
    """Bytes that came back, realtime bytes left out."""
    finding: Finding


@dataclass(frozen=True, slots=True)
class LoopTest:
    """What is known of an interface."""

    outcome: Outcome
    """VERIFIED: all of it came back unchanged. MISMATCH: it did not. UNKNOWN: not tested."""
    symptom: Symptom
    advice: Advice
    attempts: tuple[Attempt, ...]
    """All that were made, the one at full speed first; empty where no loop was found."""
    sent: int
    """Bytes of the attempt at full speed, or of the question whether anything comes back."""
    received: int
    """Bytes that came back of those, realtime bytes left out."""
    difference: Difference | None
    pacing: Pacing | None
    """With which everything came back unchanged; None if with none."""
    seconds: float
    delay: float
    """The longest time in seconds that a byte took to come back."""
    realtime: int
    """Realtime bytes that came in between."""


async def loopback(link: Link, *, progress: ProgressHandler | None = None) -> LoopTest:
    """Send 50,000 bytes over `link`, whose OUT a cable joins to its IN, and judge the interface.

    Nobody else may read `link` meanwhile. Takes 16 s and more where something is lost, since
    pauses are tried then; 3 s where nothing comes back. A cancellation ends the message under way
    with F7. No message is one that an instrument acts on, should one be connected after all.
    """
    return await _Test(link, progress).run()


class _Test:
    """One test of one interface."""

    def __init__(self, link: Link, progress: ProgressHandler | None) -> None:
        self._link = link
        self._meter = Meter(progress, link.bytes_per_second)
        self._attempts: list[Attempt] = []
        self._begun = asyncio.get_running_loop().time()
        self._pass = Pass(link, messages())

    async def run(self) -> LoopTest:
        self._meter.plan(Phase.TESTING, TOTAL)
        try:
            found = await self._look()
            return found or await self._judge()
        except LinkLost as lost:
            sent, came = self._pass.sent, self._pass.came
            advice = words.disconnected(sent, lost.advice)
            return self._end(Symptom.DISCONNECTED, advice, None, sent, came)
        finally:
            await self._pass.end()

    async def _look(self) -> LoopTest | None:
        """Ask with one short message whether there is a loop; None if there is one."""
        first = self._pass.messages[0]
        self._meter.enter(Phase.LOOKING, len(first))
        await self._pass.send(Pacing.FULL, messages=1)
        came = await self._pass.collect(2 * FIRST_BYTE)
        self._meter.count(len(first), None)
        if came.count and is_ours(first, came.data):
            if compare((first,), came.data).symptom is Symptom.ECHO:
                return self._end(Symptom.ECHO, words.echo(), None, len(first), came)
            return None
        symptom = Symptom.INSTRUMENT if came.data else Symptom.SILENCE
        advice = words.instrument(came) if came.data else words.silence(len(first))
        return self._end(symptom, advice, None, len(first), came)

    async def _judge(self) -> LoopTest:
        finding, came = await self._attempt(Phase.TESTING, Pacing.FULL)
        sent = self._pass.sent
        symptom, pacing = finding.symptom, Pacing.FULL if finding.symptom in _TRUSTED else None
        if symptom is Symptom.NONE and came.delay > BETWEEN_BYTES + self._link.buffer_seconds:
            symptom = Symptom.DELAYED
        elif symptom is Symptom.NONE and came.realtime.total() > came.realtime[_ACTIVE_SENSING]:
            symptom = Symptom.REALTIME
        elif symptom in _PAUSES_MAY_HELP and finding.lost:
            pacing = None if self._link.sends_whole else await self._slower()
            symptom = symptom if pacing is None else Symptom.OVERRUN
        advice = words.verdict(symptom, finding, came, pacing, len(self._attempts))
        return self._end(symptom, advice, finding.difference, sent, came, pacing)

    async def _attempt(
        self, phase: Phase, pacing: Pacing, *, strict: bool = False
    ) -> tuple[Finding, Came]:
        """Send all that was not sent yet of a pass; `strict` gives up at the first difference."""
        total = TOTAL
        seconds = pacing.seconds(total, self._link.bytes_per_second)
        self._meter.plan(phase, total, seconds)
        self._meter.enter(phase, total)
        self._meter.count(self._pass.sent, None)
        await self._pass.send(pacing, strict=strict, on_sent=lambda n: self._meter.count(n, None))
        came = await self._pass.collect()
        finding = compare(self._pass.handed_over, came.data)
        self._attempts.append(Attempt(pacing, self._pass.sent, came.count, finding))
        return finding, came

    async def _slower(self) -> Pacing | None:
        """Return the first pacing with which nothing is lost any more."""
        for number, pacing in enumerate(LADDER[1:], 1):
            await self._pass.end()
            # Other bytes, so that none that come late are taken for these.
            self._pass = Pass(self._link, messages(number))
            await self._pass.settle()
            self._meter.note = f"bytes were lost; now {pacing.words}"
            finding, _ = await self._attempt(Phase.TESTING_PACED, pacing, strict=True)
            if finding.symptom is Symptom.NONE:
                return pacing
        return None

    def _end(
        self,
        symptom: Symptom,
        advice: Advice,
        difference: Difference | None,
        sent: int,
        came: Came,
        pacing: Pacing | None = None,
    ) -> LoopTest:
        outcome = Outcome.UNKNOWN if symptom in _UNTESTED else Outcome.MISMATCH
        return LoopTest(
            outcome=Outcome.VERIFIED if symptom in _TRUSTED else outcome,
            symptom=symptom,
            advice=advice,
            attempts=tuple(self._attempts),
            sent=sent,
            received=came.count,
            difference=difference,
            pacing=pacing,
            seconds=asyncio.get_running_loop().time() - self._begun,
            delay=came.delay,
            realtime=came.realtime.total(),
        )
