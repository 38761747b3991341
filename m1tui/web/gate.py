"""Decides who is let in, by what a request says of itself; knows no server.

Four dangers: other computers (a token), other users of this one (whose socket it is), a page of
another site that talks to this one (Origin), and such a page that gave itself this computer's
address under a name of its own, "DNS rebinding" (Host).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from m1tui.web.neighbour import End, is_stranger
from m1tui.web.token import same


@dataclass(frozen=True, slots=True)
class Knock:
    """What a request says of itself."""

    host: str
    """The header Host."""
    origin: str | None
    """The header Origin, which every browser sends when it opens a WebSocket."""
    is_websocket: bool
    token: str | None
    """The token that it brings, in its address or in its cookie."""
    peer: End | None
    here: End | None


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets in by the token where there is one, else the user of this computer alone."""

    is_loopback: bool
    name: str
    """The name by which the person had the server listen."""
    token: str

    def refusal(self, knock: Knock) -> str:
        """Return why a request is refused, as a sentence for its sender, or ""."""
        if self.is_loopback and not self._is_own_name(knock.host):
            return (
                "This m1tui is for browsers on its own computer: open it as 127.0.0.1 or localhost."
            )
        if self.token:
            if knock.token is None:
                return "Open the whole address that m1tui serve printed, with its token."
            if not same(knock.token, self.token):
                return "The token is wrong: open the address that m1tui serve printed last."
        elif knock.peer and knock.here and is_stranger(knock.peer, knock.here):
            return "This m1tui is another user's. With --token it can be opened to others."
        if knock.is_websocket and not _is_same_site(knock.origin, knock.host):
            return "Another site's page may not use this m1tui."
        return ""

    def _is_own_name(self, host: str) -> bool:
        """Tell whether a Host header names this computer as nobody else can be named."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            name = host.rpartition(":")[0] or host
            return name.lower() in ("localhost", self.name.lower())


def _is_same_site(origin: str | None, host: str) -> bool:
    return origin in (f"http://{host}", f"https://{host}")
