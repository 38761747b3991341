"""The page that a browser opens, and the headers that keep it to this server alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

from m1tui.store import printable_path

CLIENT = Path(__file__).with_name("client")
"""The page's own files."""

WELCOME = """<!DOCTYPE html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=/">
<title>m1tui</title>
<p><a href="/">m1tui</a></p>
"""
"""Stands between the address with the token and the page.

A redirection would come from whatever page the address was on, and a cookie that is kept from
other sites would not be sent with it; this page asks as the same site.
"""

FONT_SIZE = 16
_SMALLEST, _LARGEST, _DIGITS = 8, 40, 2


def what_is_open(folder: Path | None) -> str:
    """Return what whoever has the token can reach, kept to `folder` if there is one."""
    if folder is None:
        return (
            "Anyone who has the address with its token acts as the user who started m1tui. In "
            "every folder that this user may open, they can look at dumps, import them, and "
            "export files. --folder DIR limits them to one folder."
        )
    return (
        "Anyone who has the address with its token can look at, import and export dumps only in "
        f'"{printable_path(folder)}" and in m1tui\'s own backups and reports.'
    )


def page(host: str, font_size: str = "", folder: Path | None = None) -> str:
    """Return the page for a browser that named this server `host`.

    `font_size` in pixels is what the address asks for, 8-40; anything else is 16. `folder` is the
    one that is open, None for all.
    """
    is_number = font_size.isascii() and font_size.isdigit() and len(font_size) <= _DIGITS
    size = int(font_size) if is_number else FONT_SIZE
    if not _SMALLEST <= size <= _LARGEST:
        size = FONT_SIZE
    return (
        _template()
        .replace("{socket}", escape(f"ws://{host}/session", quote=True))
        .replace("{size}", str(size))
        .replace("{opened}", _opened(folder))
    )


def _opened(folder: Path | None) -> str:
    """Return the page's line of what can be reached by it, with the sentence behind that."""
    kept = (
        f'"{printable_path(folder)}"'
        if folder is not None
        else "every folder that its user may open"
    )
    return f"<summary>This page can reach: {escape(kept)}</summary>\n{escape(what_is_open(folder))}"


def headers(host: str) -> Mapping[str, str]:
    """Return the headers of every answer: the page may load and ask nothing from elsewhere."""
    # Nothing that could end the directive: a browser writes names, numbers, dots and brackets.
    known = "".join(c for c in host if c.isascii() and (c.isalnum() or c in ".-:[]"))
    return {
        # xterm.js sets its sizes and colours in style elements. Of older browsers, 'self' does
        # not mean the WebSocket.
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
        "style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' ws://{known}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


@cache
def _template() -> str:
    return (CLIENT / "page.html").read_text("utf-8")
