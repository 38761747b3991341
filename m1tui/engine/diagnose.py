"""Tells from the pattern of answers whether an M1 is there, on which channel, and if not, why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from m1tui.engine import diagnosis as say
from m1tui.engine.diagnosis import Cause, Diagnosis, Present
from m1tui.engine.instrument import (
    SECOND_ANSWER,
    SURE,
    Instrument,
    answered_twice,
    crowded,
    identity_on,
    is_identity_of_m1,
    is_mode_data,
    present_on,
    scattered,
)
from m1tui.engine.line.ear import Accept
from m1tui.engine.line.tally import CHANNELS, Tally, Topic
from m1tui.errors import LinkError, NoReply
from m1tui.link import Link
from m1tui.sysex import (
    AnyMessage,
    IdentityReply,
    IdentityRequest,
    ModeData,
    ModeRequest,
    decode,
)

_MOST_ROUNDS = 3
_SHORT_BODY, _LONG_BODY = 9, 11
"""Bytes of an identity reply behind 06 02: a maker's number has one byte, or three from 00 on."""


async def diagnose(instrument: Instrument, *, channel: int | None = None) -> Diagnosis:
    """Ask who is there and what it is set to; the result stays in `instrument.diagnosis`.

    Only an M1 on `channel` (0–15) is used where that is given; else the one that answers, on
    whatever channel. Two that answer on the same channel, or on several where none was chosen, are
    named and none is used. On an instrument that answers it takes two short questions
    and SECOND_ANSWER for a second one; else 3 to 12 s of waiting. Raises LinkLost.
    """
    wanted = instrument.wanted_channel if channel is None else channel
    with instrument.operation():
        diagnosis = await _Inquiry(instrument).run(wanted)
    instrument.diagnosis = diagnosis
    return diagnosis


class _Inquiry:
    """The questions of one diagnosis."""

    def __init__(self, instrument: Instrument) -> None:
        self._conversation = instrument.conversation
        self._over_jack = instrument.link.over_jack
        self._ear = ear = instrument.conversation.ear
        self._tally.forget()
        self._heard_before = instrument.received
        self._echoes_before = ear.echoes
        self._clocks_before = ear.clocks
        self._damaged_before = ear.damaged
        self._mode: ModeData | None = None

    @property
    def _tally(self) -> Tally:
        return self._ear.tally

    async def run(self, wanted: int | None) -> Diagnosis:
        await self._ask(IdentityRequest(None), is_identity_of_m1)
        if wanted is not None and wanted not in self._channels():
            if self._channels():
                await self._conversation.linger(SECOND_ANSWER, lambda: wanted in self._channels())
            if wanted not in self._channels():
                # Its answer may have been lost, and whoever else answered is not meant.
                await self._ask(IdentityRequest(wanted), lambda one: _is_m1_on(one, wanted))
        channel = self._choose(wanted)
        if channel is not None:
            await self._ask(ModeRequest(channel), is_mode_data)
        if self._mode is None:
            await self._survey(wanted)
        else:
            await self._conversation.linger(SECOND_ANSWER)
        await self._make_sure()
        return await self._conclude(wanted)

    async def _ask(self, request: IdentityRequest | ModeRequest, accept: Accept) -> None:
        try:
            reply = await self._conversation.ask(request, accept)
        except NoReply as failure:
            if failure.partial and not failure.problem:
                # It has no end, so that nothing told the ear that it is damaged.
                self._ear.note_damage(failure.partial)
            return
        if isinstance(reply.message, ModeData):
            self._mode = reply.message

    async def _survey(self, wanted: int | None) -> None:
        """Ask on all channels at once: one wait of 3 s instead of sixteen."""
        requests: list[AnyMessage] = [IdentityRequest(None)]
        requests += [ModeRequest(channel) for channel in range(CHANNELS)]
        heard = await self._conversation.survey(requests)
        modes = [answer for answer in heard if isinstance(answer, ModeData)]
        if self._ear.partial:
            self._ear.note_damage(self._ear.partial)
            self._ear.forget()
        self._mode = next((one for one in modes if one.channel == wanted), None) or next(
            iter(modes), None
        )

    async def _make_sure(self) -> None:
        """Where several channels answered, ask all again: a damaged byte may have feigned one."""
        for _ in range(_MOST_ROUNDS - 1):
            if len(self._channels()) < SURE:
                return
            await self._ask(IdentityRequest(None), is_identity_of_m1)
            await self._conversation.linger(SECOND_ANSWER)

    def _channels(self) -> list[int]:
        """Return the channels on which M1s answered, in order."""
        return [channel for channel in range(CHANNELS) if self._tally.sightings(channel)]

    def _sure_channels(self) -> list[int]:
        """Return those of them that are certain; where there is only one, it needs no proof."""
        seen = self._channels()
        sure = [channel for channel in seen if self._tally.sightings(channel) >= SURE]
        return sure or seen[:1]

    def _choose(self, wanted: int | None) -> int | None:
        """Return the channel on which to ask for mode data, None where nothing tells it."""
        seen = self._channels()
        return wanted if wanted in seen or not seen else seen[0]

    async def _conclude(self, wanted: int | None) -> Diagnosis:
        channels = self._sure_channels()
        if len(channels) > 1 and wanted not in channels:
            return scattered(self._tally, channels, wanted)
        if channels and wanted is not None and wanted not in channels:
            # It may be another instrument than the one that is meant, so it is left alone.
            found = identity_on(self._tally, channels[0])
            advice = say.elsewhere(channels[0], wanted)
            return Diagnosis(Cause.OTHER_CHANNEL, found, None, None, advice, self._present())
        mode = self._mode
        channel = mode.channel if mode is not None else next(iter(channels), None)
        if len(channels) > 1:
            channel = wanted
            mode = mode if mode is not None and mode.channel == wanted else None
        if channel is not None and await self._twice(channel):
            return crowded(self._tally, channel, looped=self._looped)
        return self._of_one(channel, mode)

    async def _twice(self, channel: int) -> bool:
        """Tell whether two answer on `channel`; only where one question was answered twice."""
        asked = {Topic.IDENTITY: Topic.IDENTITY, Topic.MODE: Topic.MODE, Topic.STATUS: Topic.MODE}
        for topic, question in asked.items():
            if self._tally.surplus(topic, channel) and await answered_twice(
                self._conversation, question, channel
            ):
                if len(self._tally.answers(Topic.MODE, channel)) > 1:
                    # Heard again, what differs proves that they are two.
                    await self._ask(ModeRequest(channel), is_mode_data)
                    await self._conversation.linger(SECOND_ANSWER)
                return True
        self._tally.acquit(channel)
        return False

    def _of_one(self, channel: int | None, mode: ModeData | None) -> Diagnosis:
        """Return what is known where one M1 answers at most, or one of several was chosen."""
        identity = None if channel is None else identity_on(self._tally, channel)
        present = self._present()
        if channel is not None and mode is not None:
            cause = Cause.READY if identity is not None else Cause.NO_IDENTITY
            others = [one.channel for one in present if one.channel != channel]
            advice = say.ready(mode, identity, others, damaged=self._damaged() > 0)
            return Diagnosis(cause, identity, channel, mode, advice, present)
        damaged = self._damaged()
        if channel is not None and identity is not None:
            if damaged >= SURE:
                advice = say.damaged(self._ear.damage, damaged, over_jack=self._over_jack)
                return Diagnosis(Cause.DAMAGED_ANSWERS, identity, channel, None, advice, present)
            clock = self._ear.clocks > self._clocks_before
            advice = say.exclusive_disabled(channel, clock_heard=clock)
            cause = Cause.EXCLUSIVE_DISABLED
            return Diagnosis(cause, identity, channel, None, advice, present, clock_alone=clock)
        return self._of_none(damaged)

    def _of_none(self, damaged: int) -> Diagnosis:
        """Return why no M1 answered."""
        stranger = self._stranger()
        if stranger is not None and damaged < SURE:
            advice = say.other_model(stranger.model)
            return Diagnosis(Cause.OTHER_MODEL, stranger, None, None, advice)
        if self._looped:
            return Diagnosis(Cause.SENSING_ONLY, None, None, None, say.looped())
        if damaged:
            advice = say.damaged(self._ear.damage, damaged, over_jack=self._over_jack)
            return Diagnosis(Cause.DAMAGED_ANSWERS, None, None, None, advice)
        heard = self._ear.received - self._heard_before
        if heard:
            return Diagnosis(
                Cause.SENSING_ONLY,
                None,
                None,
                None,
                say.sensing_only(heard, over_jack=self._over_jack),
            )
        return Diagnosis(Cause.SILENT, None, None, None, say.silent(over_jack=self._over_jack))

    @property
    def _looped(self) -> bool:
        return self._ear.echoes > self._echoes_before

    def _stranger(self) -> IdentityReply | None:
        """Return the whole reply of another instrument, if the same one came twice."""
        for data, count in self._tally.others.items():
            reply = decode(data)
            if count >= SURE and isinstance(reply, IdentityReply) and _is_whole(reply):
                return reply
        return None

    def _damaged(self) -> int:
        """Return how many pieces came that are no whole answer of any instrument."""
        damaged = self._ear.damaged - self._damaged_before
        for data, count in self._tally.others.items():
            reply = decode(data)
            if count < SURE or not (isinstance(reply, IdentityReply) and _is_whole(reply)):
                damaged += count
                self._ear.damage = data
        return damaged

    def _present(self) -> tuple[Present, ...]:
        return tuple(
            one for channel in self._sure_channels() for one in present_on(self._tally, channel)
        )


def _is_m1_on(message: AnyMessage, channel: int) -> bool:
    return is_identity_of_m1(message) and message.channel == channel


def _is_whole(reply: IdentityReply) -> bool:
    """Tell whether a reply has one of the lengths of the MIDI specification."""
    return len(reply.body) == (_SHORT_BODY if reply.body[:1] != b"\0" else _LONG_BODY)


_CERTAIN = frozenset({Cause.READY, Cause.NO_IDENTITY})


async def find_instrument(
    links: Iterable[Link], *, channel: int | None = None
) -> Instrument | None:
    """Return the first instrument that answers, open and diagnosed; None if none does.

    An M1 that is ready wins at once. One that answers without being ready (Exclusive disabled)
    wins when all have been asked; of several the first in the order of `links`. All other links
    are closed. A link that cannot be opened, because another program holds it, is passed over.
    Links that may share an end are asked one after the other, until one has an answer: an answer to
    one would else be heard by another.
    """
    candidates = [Instrument(link, channel=channel) for link in links]
    turns = {one.link.shared: asyncio.Lock() for one in candidates if one.link.shared}
    asked = {asyncio.ensure_future(_ask_in_turn(one, candidates, turns)): one for one in candidates}
    chosen: Instrument | None = None
    try:
        waiting = set(asked)
        while waiting and chosen is None:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            ready = [asked[task] for task in done if _is_ready(asked[task])]
            chosen = min(ready, key=candidates.index, default=None)
        if chosen is None:
            chosen = next((one for one in candidates if _answers(one)), None)
        return chosen
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        for one in candidates:
            if one is not chosen:
                await one.close()


async def _ask_in_turn(
    instrument: Instrument, candidates: Sequence[Instrument], turns: Mapping[str, asyncio.Lock]
) -> None:
    shared = instrument.link.shared
    if not shared:
        await _ask(instrument)
        return
    async with turns[shared]:
        if any(one.link.shared == shared and _answers(one) for one in candidates):
            return
        await _ask(instrument)
        if not _answers(instrument):
            await instrument.close()


async def _ask(instrument: Instrument) -> None:
    try:
        await instrument.open()
        await diagnose(instrument)
    except LinkError:
        # Not this one; `identify --port` tells why.
        instrument.diagnosis = None


def _is_ready(instrument: Instrument) -> bool:
    return instrument.diagnosis is not None and instrument.diagnosis.cause in _CERTAIN


def _answers(instrument: Instrument) -> bool:
    return instrument.diagnosis is not None and instrument.diagnosis.answers
