"""Names the one command that installs what is missing, for the way in which m1tui was installed."""

from __future__ import annotations

import importlib.util
import shlex
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

PACKAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "web": ("textual-serve>=1.1,<2", "aiohttp>=3.10"),
        "rtmidi": ("python-rtmidi>=1.5.8",),
        "supriya-midi": ("supriya-midi>=26.10b4",),
    }
)
"""What the told command installs, by name. The requirements are those of pyproject.toml: m1tui
itself is on no package index, so that its extras cannot be asked for by name."""

DEBIAN: Mapping[str, str] = MappingProxyType({"rtmidi": "python3-rtmidi"})
"""Debian's packages for the system's own Python, where there is one."""


def install_command(
    name: str,
    *,
    prefix: str = sys.prefix,
    base_prefix: str = sys.base_prefix,
    executable: str = sys.executable,
    has_pip: bool | None = None,
    managed: bool | None = None,
    platform: str = sys.platform,
) -> str:
    """Return the command that installs `name` of PACKAGES where this program runs.

    With pipx it injects; in a uv environment, or in any without pip, uv installs; for the system's
    own Python, where Debian protects it, it is Debian's package or else pip told to go on. The
    other arguments describe this Python, and are its own unless given.
    """
    parts = Path(prefix).parts
    packages = " ".join(_quoted(one, platform) for one in PACKAGES[name])
    if "pipx" in parts and "venvs" in parts:
        return f"pipx inject {parts[parts.index('venvs') + 1]} {packages}"
    python = _quoted(executable, platform)
    if has_pip is None:
        has_pip = importlib.util.find_spec("pip") is not None
    if not has_pip:
        return f"uv pip install --python {python} {packages}"
    if prefix != base_prefix:
        return f"{python} -m pip install {packages}"
    if managed is None:
        managed = (Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED").exists()
    if managed and name in DEBIAN:
        return f"sudo apt install {DEBIAN[name]}"
    protected = " --break-system-packages" if managed else ""
    return f"{python} -m pip install --user{protected} {packages}"


def _quoted(word: str, platform: str) -> str:
    if platform == "win32":
        # Not single quotes, which cmd.exe passes on.
        return f'"{word}"' if set(word) & set(" <>&|,") else word
    return shlex.quote(word)
