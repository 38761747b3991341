"""Tells from the pattern of answers whether an M1 is there, on which channel, and if not, why."""

from __future__ import annotations

from m1tui.engine import diagnosis_advice as say
from m1tui.engine.diagnosis import Cause, Diagnosis
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.waiting import NoReply
from m1tui.sysex import AnyMessage, IdentityReply, IdentityRequest, ModeData, ModeRequest

CHANNELS = 16


async def diagnose(instrument: Instrument, *, channel: int | None = None) -> Diagnosis:
    """Ask who is there and what it is set to; the result stays in `instrument.diagnosis`.

    `channel` (0–15) is asked first; an M1 that answers on another is used there. On an instrument
    that answers it takes two short questions; else 3 to 12 s of waiting. Raises LinkLost.
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
        self._heard_before = instrument.received
        self._echoes_before = instrument.conversation.ear.echoes
        self._clocks_before = instrument.conversation.ear.clocks
        self._identity: IdentityReply | None = None
        self._stranger: IdentityReply | None = None
        self._mode: ModeData | None = None

    async def run(self, wanted: int | None) -> Diagnosis:
        await self._ask_identity(wanted)
        if self._identity is None and wanted is not None:
            await self._ask_identity(None)
        channel = wanted if self._identity is None else self._identity.channel
        if channel is not None:
            await self._ask_mode(channel)
        if self._mode is None:
            await self._survey()
        return self._conclude(wanted)

    async def _ask_identity(self, channel: int | None) -> None:
        try:
            await self._conversation.ask(IdentityRequest(channel), self._is_answer)
        except NoReply:
            return

    async def _ask_mode(self, channel: int) -> None:
        try:
            await self._conversation.ask(ModeRequest(channel), self._is_answer)
        except NoReply:
            return

    async def _survey(self) -> None:
        """Ask on all channels at once: one wait of 3 s instead of sixteen."""
        requests: list[AnyMessage] = [IdentityRequest(None)]
        requests += [ModeRequest(channel) for channel in range(CHANNELS)]
        for answer in await self._conversation.survey(requests):
            self._is_answer(answer)

    def _is_answer(self, message: AnyMessage) -> bool:
        """Keep what `message` tells; say whether it is from an M1."""
        if isinstance(message, ModeData):
            self._mode = message
            return True
        if isinstance(message, IdentityReply):
            if message.is_m1:
                self._identity = message
                return True
            self._stranger = message
        return False

    def _conclude(self, wanted: int | None) -> Diagnosis:
        mode, identity = self._mode, self._identity
        if mode is not None:
            cause = Cause.READY if identity is not None else Cause.NO_IDENTITY
            return Diagnosis(cause, identity, mode.channel, mode, say.ready(mode, identity, wanted))
        if identity is not None:
            clock = self._conversation.ear.clocks > self._clocks_before
            advice = say.exclusive_disabled(identity.channel, clock_heard=clock)
            return Diagnosis(Cause.EXCLUSIVE_DISABLED, identity, identity.channel, None, advice)
        if self._stranger is not None:
            advice = say.other_model(self._stranger.model)
            return Diagnosis(Cause.OTHER_MODEL, self._stranger, None, None, advice)
        heard = self._conversation.ear.received - self._heard_before
        if heard:
            looped = self._conversation.ear.echoes > self._echoes_before
            advice = say.looped() if looped else say.sensing_only(heard)
            return Diagnosis(Cause.SENSING_ONLY, None, None, None, advice)
        return Diagnosis(Cause.SILENT, None, None, None, say.silent())
