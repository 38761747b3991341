"""Another user of this computer, who attacks a server: a process that gives up its rights first.

Run as `python strangers.py ATTACK HOST PORT COUNT`; it knows no token. It prints who it is, how
many answers it had, and how many of them let it in.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - sockets want it, and the other user cannot read it
import os
import socket
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 20.0
NOBODY = 65_534
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TYPED = b"\x81\x8f" + bytes(4) + b'["stdin","\\r"]\n'
"""A message of a browser that presses Enter, masked with nothing."""
LET_IN = (b"HTTP/1.1 101", b"HTTP/1.1 200", b"HTTP/1.1 304")


def attack_as_another_user(kind: str, host: str, port: int, count: int) -> tuple[int, int]:
    """Attack a server so often; return how many answers came and how many let the attacker in.

    It runs as user 65534, so only root can do this.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", __file__, kind, host, str(port), str(count)],
        capture_output=True,
        timeout=10 * PATIENCE,
        check=True,
    )
    uid, answers, let_in = map(int, done.stdout.split())
    assert uid == NOBODY
    return answers, let_in


class Attacker:
    """Opens connections, and counts what they were answered."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self.answers = self.let_in = 0
        self._counting = threading.Lock()
        shown = f"[{host}]" if ":" in host else host
        site = f"{shown}:{port}"
        self.page = f"GET / HTTP/1.1\r\nHost: {site}\r\n\r\n".encode()
        self.session = (
            f"GET /session?width=80&height=24 HTTP/1.1\r\nHost: {site}\r\n"
            f"Origin: http://{site}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
        ).encode()

    def closes_at_once(self) -> None:
        """Ask for a session, press Enter in it, and be gone."""
        with self._connected() as one:
            one.sendall(self.session + TYPED)

    def is_torn_off(self) -> None:
        """The same, by a reset: the socket has no owner any more."""
        with self._connected() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.sendall(self.session + TYPED)

    def half_closes(self) -> None:
        """Ask, say that nothing more comes, and read."""
        with self._connected() as one:
            one.sendall(self.session + TYPED)
            one.shutdown(socket.SHUT_WR)
            self._count(one)

    def waits(self) -> None:
        """Ask for a session as a browser does, and read."""
        with self._connected() as one:
            one.sendall(self.session)
            self._count(one)

    def keeps_alive(self) -> None:
        """Ask for the page and, on the same connection, for a session."""
        with self._connected() as one:
            one.sendall(self.page)
            self._count(one)
            try:
                one.sendall(self.session + TYPED)
                self._count(one)
            except OSError:
                pass  # closed, as it should be

    def sends_in_pieces(self) -> None:
        """Ask for several things in one go, the last one in two pieces."""
        with self._connected() as one:
            one.sendall(self.page + self.page + self.session[:-2])
            one.sendall(self.session[-2:] + TYPED)
            self._count(one)

    def _connected(self) -> socket.socket:
        return socket.create_connection(self._place, timeout=PATIENCE)

    def _count(self, one: socket.socket) -> None:
        try:
            answer = one.recv(65_536)
        except ConnectionError:
            answer = b""
        with self._counting:
            self.answers += bool(answer)
            self.let_in += any(word in answer for word in LET_IN)


def main(kind: str, host: str, port: str, count: str) -> None:
    """Become the other user, attack from four threads, and print what came of it."""
    # Not before Python has started: that user may not be able to read it.
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    attacker = Attacker(host, int(port))
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(getattr(attacker, kind)) for _ in range(int(count))]:
            done.result()
    print(os.getuid(), attacker.answers, attacker.let_in)


if __name__ == "__main__":
    main(*sys.argv[1:])
