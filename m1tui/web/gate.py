"""Decides who is let in, by what a request says of itself; knows no server.

Three dangers: whoever else reaches the port, among them the other users of this computer (a
token), a page of another site that talks to this one (Origin), and such a page that gave itself
this computer's address under a name of its own, "DNS rebinding" (Host).

The token is asked for on this computer, too. Which user a connection comes from cannot be proved
everywhere, nor for one that is closed at once, which no user owns any more; and through a tunnel
everybody at its other end comes as the one who opened it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

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
    """The token in its address."""
    cookie: str | None
    """What this server gave a browser for the token."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets in whoever brings the token, or the cookie that was given for it."""

    is_loopback: bool
    name: str
    """The name by which the person had the server listen."""
    token: str
    cookie: str
    """A secret of this run: browsers send a cookie to every port of a computer, so that a token
    which is used again must not be one."""

    def refusal(self, knock: Knock) -> str:
        """Return why a request is refused, as a sentence for its sender, or ""."""
        if self.is_loopback and not self._is_own_name(knock.host):
            return (
                "This m1tui is for browsers on its own computer: open it as 127.0.0.1 or localhost."
            )
        if knock.token is None and knock.cookie is None:
            return "Open the whole address that m1tui serve printed, with its token."
        known = (
            same(knock.token, self.token)
            if knock.token is not None
            else same(knock.cookie or "", self.cookie)
        )
        if not known:
            return "The token is wrong: open the address that m1tui serve printed last."
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
