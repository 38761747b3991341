"""An SSH server of the test's own: on loopback, with its own keys, as the user who runs it."""

from __future__ import annotations

import getpass
import os
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 30.0
"""Seconds in which the server listens, or never will."""
SEPARATION = Path("/run/sshd")
"""The empty folder that sshd asks for when root starts it; Debian makes it at boot."""

_CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile none
AuthenticationMethods publickey
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
"""


def missing() -> str | None:
    """Return why there can be no server here; None where there can."""
    if not hasattr(os, "pidfd_open"):
        return "the app's end is seen in Linux's way"
    for program in ("sshd", "ssh", "ssh-keygen"):
        if _program(program) is None:
            return f"{program} is not installed (Debian: openssh-server, openssh-client)"
    return None


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens, and the key that opens it."""

    folder: Path
    port: int

    def login(self, command: str) -> tuple[str, ...]:
        """Return the words that run `command` through it, on a terminal of the server's."""
        return (
            *("ssh", "-tt", "-F", "none", "-p", str(self.port), "-i", f"{self.folder}/key"),
            *("-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR"),
            *("-o", f"UserKnownHostsFile={self.folder}/known_hosts", "-o", "BatchMode=yes"),
            *(f"{getpass.getuser()}@127.0.0.1", command),
        )


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve for the time of a block."""
    folder.mkdir()
    for name in ("host_key", "key"):
        words = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        subprocess.run(words, check=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    config = folder / "sshd_config"
    config.write_text(_CONFIG.format(port=port, folder=folder))
    made = os.geteuid() == 0 and not SEPARATION.exists()
    if made:
        SEPARATION.mkdir(mode=0o755)
    # It insists on being called by its whole path, since it starts itself anew for each client.
    command = [_program("sshd") or "sshd", "-D", "-e", "-f", str(config)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_until_it_listens(process)
        yield Server(folder, port)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
        if made:
            SEPARATION.rmdir()


def _wait_until_it_listens(process: subprocess.Popen[bytes]) -> None:
    assert process.stderr is not None
    said, end = b"", time.monotonic() + PATIENCE
    while b"Server listening" not in said:
        left = end - time.monotonic()
        assert left > 0, said
        if select.select([process.stderr], [], [], left)[0]:
            piece = os.read(process.stderr.fileno(), 4096)
            assert piece, f"sshd ended: {said.decode()}"
            said += piece


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
