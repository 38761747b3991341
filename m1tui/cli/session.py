"""Opens the instrument that --port names, does a command's work on it, and closes it again.

With what several commands do: see that it is ready, and keep what it held.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from m1tui import clock
from m1tui.advice import Advice, Trouble
from m1tui.cli.exits import Exit, Stop, behind_the_outcome, data_dir_of, fault, usage
from m1tui.cli.launch import SIGNALS
from m1tui.cli.output import Call, Output
from m1tui.engine.diagnose import diagnose, find_instrument
from m1tui.engine.diagnosis import Diagnosis, also_there
from m1tui.engine.instrument import Instrument
from m1tui.errors import LinkError, ReadError, TwoInstruments
from m1tui.facts import Backup
from m1tui.files import shown
from m1tui.link import Link
from m1tui.link.base import Direction, Transcript
from m1tui.link.ports import AbsentLink, list_ports, nothing_to_open, open_port
from m1tui.options import Options, is_virtual
from m1tui.store import Store, write_named
from m1tui.sysex import printable

WITHOUT_MIDI = "The M1 cannot be asked. You can still answer the questions."


class Session:
    """An open instrument, and everything else that a command's work needs."""

    def __init__(self, options: Options, output: Output, instrument: Instrument) -> None:
        self.options = options
        self.output = output
        self.instrument = instrument
        self.store = store_of(options)
        self.cancel = asyncio.Event()
        """Set when a person or the system wants the work to end at a message boundary."""
        self.writes = False
        """Whether memory of the instrument may be written at this moment."""
        self.told: int | None = None
        """The exit code of the outcome that was told; what fails behind it does not change it."""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Within, a signal ends the work at a message boundary; only a second one at once."""
        self.writes = True
        yield
        # Not in a `finally`: whatever broke off the work must still find it set.
        self.writes = False


Work = Callable[[Session], Awaitable[int]]


def on_instrument(call: Call, work: Work, *, real_time: bool = False, required: bool = True) -> int:
    """Opens the instrument, does `work` and returns the exit code that it gave.

    `real_time` lets a virtual M1 live no faster than a real one. Work for which none is `required`
    is also done where `auto` finds none.

    Raises Stop: NO_ANSWER when the link cannot be opened or is lost, USAGE when the person
    cancelled and nothing was written, UNKNOWN when something was perhaps written.
    """
    # A virtual M1 in this process needs no real time, whatever its wire's speed.
    jumping = is_virtual(call.options.port) and not real_time
    return clock.run(_Running(call, work, required).main(), jumping=jumping)


def store_of(options: Options) -> Store:
    """The data folder that the options name."""
    return Store(data_dir_of(options))


class _Running:
    """One run of a command's work, from opening the link to closing it."""

    def __init__(self, call: Call, work: Work, required: bool) -> None:
        self._required = required
        self._options = call.options
        self._output = call.output
        self._work = work
        self._panic = getattr(call.arguments, "panic", False)
        self._session: Session | None = None
        self._task: asyncio.Task[int] | None = None

    async def main(self) -> int:
        self._task = asyncio.get_running_loop().create_task(self._open_and_work())
        with on_signals(self._on_signal):
            try:
                return await self._task
            except asyncio.CancelledError:
                raise self._cancelled() from None
            except Stop:
                raise
            except Trouble as trouble:
                if (told := self._told()) is not None:
                    self._output.advise(trouble.advice)
                    return told
                # A virtual M1 in this process always answers: then its folder cannot be had.
                asked = isinstance(trouble, LinkError) and not is_virtual(self._options.port)
                harmless = Exit.NO_ANSWER if asked else Exit.FAILED
                raise Stop(self._code(harmless), trouble.advice) from trouble
            except Exception as error:
                if (told := self._told()) is not None:
                    self._output.advise(behind_the_outcome(error, self._options))
                    return told
                if self._session is not None and self._session.writes:
                    raise fault(error, self._options, writing=True) from error
                raise

    def _offer_panic(self, session: Session) -> None:
        """Says which notes were left sounding when m1tui was killed, and how to end them."""
        for left in session.store.left_sounding():
            self._output.say(left.text, f"To stop them: m1tui play --panic --port {left.port}")

    def _told(self) -> int | None:
        return self._session.told if self._session is not None else None

    async def _open_and_work(self) -> int:
        instrument = await self._opened()
        transcript = instrument.link.transcript
        try:
            self._session = Session(self._options, self._output, instrument)
            if not self._panic:
                self._offer_panic(self._session)
            code = self._session.told = await self._work(self._session)
        finally:
            await instrument.close()
            if transcript.problem is not None:
                self._output.advise(transcript.problem)
        return code

    async def _opened(self) -> Instrument:
        """The instrument; one that nobody can ask where none was found and none is required."""
        try:
            return await opened(self._options)
        except Stop as stop:
            if self._required or self._options.port != "auto" or stop.code is not Exit.NO_ANSWER:
                raise
            self._output.say(stop.advice.happened, WITHOUT_MIDI)
            instrument = Instrument(AbsentLink(stop.advice), channel=self._options.channel)
            await instrument.open()
            return instrument

    def _on_signal(self) -> None:
        session, task = self._session, self._task
        assert task is not None
        if self._output.settled:
            return  # It came just before signals were blocked, and is heard only now.
        if session is not None and session.writes and not session.cancel.is_set():
            session.cancel.set()
            self._output.say("Cancelling: the current message is finished first.")
        else:
            task.cancel()

    def _cancelled(self) -> Stop:
        if self._code(Exit.USAGE) is Exit.USAGE:
            return Stop(
                Exit.USAGE,
                Advice(
                    "cancelled",
                    "Cancelled.",
                    "Nothing was being written to the instrument at that moment.",
                ),
            )
        return Stop(
            Exit.UNKNOWN,
            Advice(
                "cancelled-while-writing",
                "Cancelled, perhaps while the instrument's memory was being written.",
                "Its contents are unknown. Any earlier backup is kept.",
                next_step="Compare it with the file: m1tui verify FILE.",
            ),
        )

    def _code(self, harmless: Exit) -> Exit:
        writes = self._session is not None and self._session.writes
        return Exit.UNKNOWN if writes else harmless


async def opened(options: Options) -> Instrument:
    """The instrument that --port names, open; for `auto` the first that answers.

    Raises Stop and LinkError.
    """
    if options.port != "auto":
        return await _opened_at(options.port, options)
    ports = [info.port for info in list_ports()]
    if not ports:
        raise Stop(Exit.NO_ANSWER, nothing_to_open())
    if len(ports) == 1:
        # Opened without asking: the command's own diagnosis says more than "none answers".
        return await _opened_at(ports[0], options)
    links = [open_port(port, data_dir=data_dir_of(options)) for port in ports]
    instrument = await find_instrument(links, channel=options.channel)
    if instrument is None:
        raise Stop(Exit.NO_ANSWER, _none_answers(ports))
    try:
        _keep_transcript(instrument.link, options)
    except Stop:
        await instrument.close()
        raise
    return instrument


async def _opened_at(port: str, options: Options) -> Instrument:
    try:
        link = open_port(port, data_dir=data_dir_of(options))
    except LinkError as error:
        raise Stop(Exit.USAGE, error.advice) from error
    if link.rehearsal is not None:
        from m1tui.procedures.rehearsals import make_way

        make_way(link, store_of(options))
    _keep_transcript(link, options)
    instrument = Instrument(link, channel=options.channel)
    await instrument.open()
    return instrument


def _keep_transcript(link: Link, options: Options) -> None:
    if options.transcript is None:
        return
    try:
        link.transcript.stream_to(options.transcript)
    except Trouble as trouble:
        raise Stop(Exit.USAGE, trouble.advice) from trouble


def _none_answers(ports: list[str]) -> Advice:
    return Advice(
        code="no-answer",
        happened=f"No M1 answers on any of {len(ports)} interfaces: {', '.join(ports)}.",
        safe="Only questions were sent; the instrument's memory was not touched.",
        cause="The M1 is off, or its MIDI plugs are not connected.",
        next_step="To find out why for one interface: m1tui identify --port PORT. Or rehearse "
        "with --port virtual.",
    )


async def until_signal(output: Output, work: Coroutine[Any, Any, object], ending: str = "") -> Exit:
    """Does `work`, which goes on until a signal cancels it; `ending` is said before that."""
    task = asyncio.get_running_loop().create_task(work)

    def end() -> None:
        if ending:
            output.say(ending)
        task.cancel()

    with on_signals(end):
        try:
            await task
        except asyncio.CancelledError:
            output.settle()
            output.say("Ended.")
    return Exit.DONE


@contextmanager
def on_signals(react: Callable[[], object]) -> Iterator[None]:
    """Within, SIGINT, SIGTERM and SIGHUP call `react` in the running loop."""
    loop = asyncio.get_running_loop()
    try:
        for number in SIGNALS:
            loop.add_signal_handler(number, react)
    except (NotImplementedError, RuntimeError, ValueError):
        # No such handlers on Windows and outside the main thread: Python's own stay in place.
        yield
        return
    try:
        yield
    finally:
        for number in SIGNALS:
            settled = signal.getsignal(number) is signal.SIG_IGN
            loop.remove_signal_handler(number)
            if settled:
                # Linux keeps a blocked signal pending, ignored or not, and another thread may
                # only now be about to take it: by then it must not do what it does by default.
                signal.signal(number, signal.SIG_IGN)


Traffic = Callable[[bool, bytes], None]
"""Is told what reaches the M1 (True) and what leaves it (False)."""


@contextmanager
def kept_transcript(call: Call) -> Iterator[Traffic | None]:
    """Within, what is told goes to the file that --transcript names; None where it names none.

    Raises Stop (usage) when the file cannot be made.
    """
    path = call.options.transcript
    if path is None:
        yield None
        return
    transcript = Transcript()
    try:
        transcript.stream_to(path)
    except Trouble as trouble:
        raise Stop(Exit.USAGE, trouble.advice) from trouble
    begun = time.monotonic()

    def record(to_m1: bool, data: bytes) -> None:
        direction = Direction.OUT if to_m1 else Direction.IN
        transcript.record(time.monotonic() - begun, direction, data)

    try:
        yield record
    finally:
        transcript.close()
        if transcript.problem is not None:
            call.output.advise(transcript.problem)


async def diagnosed(session: Session) -> Diagnosis:
    """What answers; not asked again where finding the instrument told it."""
    known = session.instrument.diagnosis
    return known or await diagnose(session.instrument, channel=session.options.channel)


async def require_ready(session: Session) -> None:
    """Raises Stop with the diagnosis if no M1 is ready for transfers, or more than one is."""
    diagnosis = await diagnosed(session)
    if not diagnosis.ready:
        raise Stop(unready_code(diagnosis), diagnosis.advice, diagnosis_facts(diagnosis))


def unready_code(diagnosis: Diagnosis | None) -> Exit:
    """The exit code where no M1 is ready: refused where several answer, else no answer."""
    return Exit.REFUSED if diagnosis is not None and diagnosis.crowded else Exit.NO_ANSWER


def diagnosis_facts(diagnosis: Diagnosis | None) -> dict[str, str | None]:
    """The diagnosis as a script finds it: in a few words, and why not as a code that stays."""
    return {
        "diagnosis": diagnosis.summary if diagnosis else None,
        "code": diagnosis.cause.code if diagnosis and not diagnosis.ready else None,
    }


def crowd(session: Session, trouble: TwoInstruments) -> Stop:
    """The stop for several instruments that answer, found out in the course of a transfer."""
    return Stop(Exit.REFUSED, trouble.advice, diagnosis_facts(session.instrument.diagnosis))


def others_there(session: Session) -> Iterator[str]:
    """The line that names M1s on other channels, if any answered."""
    diagnosis = session.instrument.diagnosis
    if diagnosis is not None and diagnosis.others:
        yield also_there([one.channel for one in diagnosis.others])


def save_to_library(session: Session, backup: Backup, *, replaced: bool = False) -> Path:
    """Keeps a backup in the data folder, or what is `replaced`; raises StoreError."""
    link = session.instrument.link
    return session.store.save_backup(
        backup,
        instrument=session.instrument.model,
        instrument_id=session.store.instrument_on_bench(link.port),
        link=link.title,
        replaced=replaced,
    )


def unread(session: Session, error: ReadError) -> Stop:
    """The stop for memory that could not be read; what did come is kept in a file."""
    code = Exit.NO_ANSWER if error.silent else Exit.FAILED
    if not error.partial:
        return Stop(code, error.advice)
    folder = session.store.data_dir / "partial"
    stem = f"{session.store.now():%Y-%m-%d %H%M} partial"
    path = write_named(folder, stem, ".syx", error.partial)
    many = len(error.partial)
    arrived = f"{many:,} bytes that arrived are" if many > 1 else "byte that arrived is"
    kept = f"{error.advice.safe} The {arrived} in {shown(path)}."
    return Stop(code, error.advice._replace(safe=kept))


def with_port(call: Call) -> Call:
    """The call with the port of the only interface where --port is `auto`.

    Raises Stop: NO_ANSWER where there is none, USAGE where there are several.
    """
    if call.options.port != "auto":
        return call
    ports = [info.port for info in list_ports()]
    if not ports:
        raise Stop(Exit.NO_ANSWER, nothing_to_open())
    if len(ports) > 1:
        listed = printable(", ".join(ports))
        raise usage(
            f"There are {len(ports)} interfaces: {listed}.",
            "Name one with --port PORT.",
            code="several-interfaces",
        )
    return call._replace(options=call.options._replace(port=ports[0]))


async def bare_link(session: Session) -> Link:
    """The session's open link, which from now on nobody else reads."""
    await session.instrument.conversation.end()
    return session.instrument.link
