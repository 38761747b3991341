"""Who is let in: the token that a person keeps, and what a request says of itself.

Three dangers: whoever else reaches the port, among them the other users of this computer (a
token), a page of another site that talks to this one (Origin), and such a page that gave itself
this computer's address under a name of its own, "DNS rebinding" (Host).

The token is asked for on this computer, too. Which user a connection comes from cannot be proved
everywhere, nor for one that is closed at once, which no user owns any more; and through a tunnel
everybody at its other end comes as the one who opened it.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from m1tui.advice import Advice
from m1tui.errors import TokenTrouble
from m1tui.files import FileTrouble, open_ordinary, read_all
from m1tui.store import printable_path

SHORTEST = 16
LONGEST = 128
DISTINCT = 8
"""Different characters that a token has at least: "aaaaaaaaaaaaaaaa" is long and weak."""

_ALLOWED = re.compile(r"[A-Za-z0-9._~-]*")
"""What stands in an address as it is."""


def make_token() -> str:
    """Return a new token of 192 random bits, in 32 characters."""
    return secrets.token_urlsafe(24)


def chosen_token(token: str, where: str) -> str:
    """Return the token that a person chose. Raises TokenTrouble, which does not repeat it.

    `where` says where it stands: "M1TUI_TOKEN".
    """
    wrong = weakness(token)
    if wrong:
        raise _trouble(f"{where} is too easy to guess: {wrong}.", _MADE)
    return token


def token_in(file: Path) -> str:
    """Return the token in a file, without space around it. Raises TokenTrouble.

    A file that other users may read keeps no secret from them, one of another user's none from
    that one.
    """
    shown = f'"{printable_path(file)}"'
    try:
        descriptor = open_ordinary(file)
        try:
            found = os.fstat(descriptor)
            data = read_all(descriptor, file, 2 * LONGEST)
        finally:
            os.close(descriptor)
    except FileTrouble as trouble:
        raise _trouble(f"--token-file: {trouble.advice.happened}", _MADE) from trouble
    if os.name == "posix":
        if found.st_mode & 0o077:
            raise _trouble(
                f"--token-file: {shown} can be read by other users: expected mode 600, found "
                f"{stat.S_IMODE(found.st_mode):o}.",
                "Use a new token, because the old one may be known. chmod 600 closes the file to "
                "other users.",
            )
        if found.st_uid not in (os.getuid(), 0):
            raise _trouble(
                f"--token-file: {shown} belongs to another user: expected {os.getuid()}, "
                f"found {found.st_uid}.",
                "Name a file that belongs to you.",
            )
    return chosen_token(data.decode("utf-8", "replace").strip(), f"The token in {shown}")


def weakness(token: str) -> str:
    """Return what is wrong with a token that a person chose, or "" for a good one."""
    if not _ALLOWED.fullmatch(token):
        return "expected only letters, digits and - . _ ~"
    if not SHORTEST <= len(token) <= LONGEST:
        return f"expected {SHORTEST} to {LONGEST} characters, found {len(token)}"
    if len(set(token)) < DISTINCT:
        return f"expected at least {DISTINCT} different characters, found {len(set(token))}"
    return ""


def same(given: str, token: str) -> bool:
    """Tell whether two tokens are equal, in a time that does not tell how much of them is."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), token.encode())


_MADE = "Leave it out, and m1tui makes a new token for each run."


def _trouble(happened: str, next_step: str) -> TokenTrouble:
    safe = "Nothing is served, and nothing was sent."
    return TokenTrouble(Advice("token-unusable", happened, safe, next_step=next_step))


@dataclass(frozen=True, slots=True)
class RequestFacts:
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
class Access:
    """Lets in whoever brings the token, or the cookie that was given for it."""

    is_loopback: bool
    name: str
    """The name by which the person had the server listen."""
    token: str
    cookie: str
    """A secret of this run: browsers send a cookie to every port of a computer, so that a token
    which is used again must not be one."""

    def refusal(self, facts: RequestFacts) -> str:
        """Return why a request is refused, as a sentence for its sender, or ""."""
        if self.is_loopback and not self._is_own_name(facts.host):
            return (
                "This m1tui is for browsers on its own computer: open it as 127.0.0.1 or localhost."
            )
        if facts.token is None and facts.cookie is None:
            return "Open the whole address that m1tui serve printed, with its token."
        known = (
            same(facts.token, self.token)
            if facts.token is not None
            else same(facts.cookie or "", self.cookie)
        )
        if not known:
            return "The token is wrong: open the address that m1tui serve printed last."
        if facts.is_websocket and not _is_same_site(facts.origin, facts.host):
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
