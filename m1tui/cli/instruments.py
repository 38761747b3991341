"""What several commands do with an instrument: see that it is ready, keep what it held."""

from pathlib import Path

from m1tui.cli.exits import Exit
from m1tui.cli.failure import Stop
from m1tui.cli.session import Session
from m1tui.engine import Backup, Diagnosis, ReadError, diagnose
from m1tui.files import shown
from m1tui.store import write_named


async def diagnosed(session: Session) -> Diagnosis:
    """What answers; not asked again where finding the instrument told it."""
    known = session.instrument.diagnosis
    return known or await diagnose(session.instrument, channel=session.options.channel)


async def require_ready(session: Session) -> None:
    """Raises Stop (no answer) with the diagnosis if no M1 is ready for transfers."""
    diagnosis = await diagnosed(session)
    if not diagnosis.ready:
        raise Stop(Exit.NO_ANSWER, diagnosis.advice, {"diagnosis": diagnosis.summary})


def save_to_library(session: Session, backup: Backup) -> Path:
    """Keeps a backup in the data folder; raises StoreError."""
    diagnosis = session.instrument.diagnosis
    identity = diagnosis.identity if diagnosis else None
    link = session.instrument.link
    return session.store.save_backup(
        backup,
        instrument=identity.model if identity else "M1",
        instrument_id=session.store.instrument_on_bench(link.port),
        link=link.title,
    )


def unread(session: Session, error: ReadError) -> Stop:
    """The stop for memory that could not be read; what did come is kept in a file."""
    code = Exit.NO_ANSWER if error.silent else Exit.FAILED
    if not error.partial:
        return Stop(code, error.advice)
    folder = session.store.data_dir / "partial"
    stem = f"{session.store.now():%Y-%m-%d %H%M} partial"
    path = write_named(folder, stem, ".syx", error.partial)
    kept = f"{error.advice.safe} The {len(error.partial):,} bytes that came are in {shown(path)}."
    return Stop(code, error.advice._replace(safe=kept))
