"""Tokens: the secret in the address by which a browser is let in, and where a person keeps one."""

from __future__ import annotations

import os
import re
import secrets
import stat
from pathlib import Path

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
        raise _trouble(f"{where} is too easily guessed: {wrong}.", _MADE)
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
                f"--token-file: {shown} is open to other users: expected the mode 600, "
                f"found {stat.S_IMODE(found.st_mode):o}.",
                "Take a new token, for the old one may be known. chmod 600 closes the file.",
            )
        if found.st_uid not in (os.getuid(), 0):
            raise _trouble(
                f"--token-file: {shown} belongs to another user: expected {os.getuid()}, "
                f"found {found.st_uid}.",
                "Name a file of your own.",
            )
    return chosen_token(data.decode("utf-8", "replace").strip(), f"The token in {shown}")


def weakness(token: str) -> str:
    """Return what is wrong with a token that a person chose, or "" for a good one."""
    if not _ALLOWED.fullmatch(token):
        return "expected letters, digits and - . _ ~ alone"
    if not SHORTEST <= len(token) <= LONGEST:
        return f"expected {SHORTEST} to {LONGEST} characters, found {len(token)}"
    if len(set(token)) < DISTINCT:
        return f"expected at least {DISTINCT} different characters, found {len(set(token))}"
    return ""


def same(given: str, token: str) -> bool:
    """Tell whether two tokens are equal, in a time that does not tell how much of them is."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), token.encode())


_MADE = "Leave it out, and m1tui makes a token for each run."


def _trouble(happened: str, next_step: str) -> TokenTrouble:
    safe = "Nothing is served, and nothing was sent."
    return TokenTrouble(Advice("token-unusable", happened, safe, next_step=next_step))
