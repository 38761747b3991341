"""What several commands do with an instrument: see that it is ready, keep what it held."""

from collections.abc import Iterator
from pathlib import Path

from m1tui.cli.exits import Exit, Stop, usage
from m1tui.cli.output import Call
from m1tui.cli.session import Session
from m1tui.engine.diagnose import diagnose
from m1tui.engine.diagnosis import Diagnosis, also_there
from m1tui.errors import ReadError, TwoInstruments
from m1tui.facts import Backup
from m1tui.files import shown
from m1tui.link import Link
from m1tui.link.ports import list_ports, nothing_to_open
from m1tui.store import write_named
from m1tui.sysex import printable


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
    diagnosis = session.instrument.diagnosis
    identity = diagnosis.identity if diagnosis else None
    link = session.instrument.link
    return session.store.save_backup(
        backup,
        instrument=identity.model if identity else "M1",
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
    kept = (
        f"{error.advice.safe} The {len(error.partial):,} bytes that arrived are in {shown(path)}."
    )
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
