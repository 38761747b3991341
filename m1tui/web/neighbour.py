"""Tells which user of this computer is at the other end of a connection to it.

Linux lists each TCP socket with its user in /proc/net/tcp and tcp6 (proc(5)).
"""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path

ROOT = 0
_TABLES = {4: Path("/proc/net/tcp"), 6: Path("/proc/net/tcp6")}
_LOCAL, _REMOTE, _USER = 1, 2, 7
"""Columns of the tables."""

End = tuple[str, int]
"""An address and a port."""


def user_of(peer: End, here: End, table: str | None = None) -> int | None:
    """Return the number of the user whose socket is `peer`, connected to `here`.

    None where it cannot be known. `table` stands in for the system's in tests.
    """
    ends = (_as_listed(peer), _as_listed(here))
    if table is None:
        try:
            table = _TABLES[ipaddress.ip_address(peer[0]).version].read_text("ascii")
        except OSError:
            return None
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) > _USER and (columns[_LOCAL], columns[_REMOTE]) == ends:
            return int(columns[_USER])
    return None


def is_stranger(peer: End, here: End) -> bool:
    """Tell whether the other end belongs to another user of this computer, for certain."""
    if sys.platform == "win32":
        return False  # there is no such table
    user = user_of(peer, here)
    return user is not None and user not in (os.getuid(), ROOT)


def _as_listed(end: End) -> str:
    """Return an end as the tables write it: words of 32 bits in the machine's order, and port."""
    packed = ipaddress.ip_address(end[0]).packed
    words = (packed[at : at + 4] for at in range(0, len(packed), 4))
    address = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    return f"{address}:{end[1]:04X}"
