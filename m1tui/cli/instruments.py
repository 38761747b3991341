"""What several commands do with an instrument: see that it is ready, keep what it held."""

from pathlib import Path

from m1tui.cli.exits import Exit
from m1tui.cli.failure import Stop
from m1tui.cli.session import Session
from m1tui.engine import Backup, diagnose


async def require_ready(session: Session) -> None:
    """Raises Stop (no answer) with the diagnosis if no M1 is ready for transfers."""
    diagnosis = await diagnose(session.instrument, channel=session.options.channel)
    if not diagnosis.ready:
        raise Stop(Exit.NO_ANSWER, diagnosis.advice)


def save_to_library(session: Session, backup: Backup) -> Path:
    """Keeps a backup in the data folder; raises StoreError."""
    diagnosis = session.instrument.diagnosis
    identity = diagnosis.identity if diagnosis else None
    return session.store.save_backup(
        backup,
        instrument=identity.model if identity else "M1",
        link=session.instrument.link.title,
    )
