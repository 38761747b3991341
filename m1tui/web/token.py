"""Tokens: the secret in the address by which a browser on another computer is let in."""

from __future__ import annotations

import re
import secrets

SHORTEST = 16
LONGEST = 128
DISTINCT = 8
"""Different characters that a token has at least: "aaaaaaaaaaaaaaaa" is long and weak."""

_ALLOWED = re.compile(r"[A-Za-z0-9._~-]*")
"""What stands in an address as it is."""


def make_token() -> str:
    """Return a new token of 192 random bits, in 32 characters."""
    return secrets.token_urlsafe(24)


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
