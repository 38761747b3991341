"""Puts m1tui on one user's PATH, with man page, completion and desktop entry; nothing is fetched.

`python -m tools.install [--remove] [--prefix FOLDER]`: links to the program of the venv that runs
this. Only links and files that it made itself are replaced or removed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

MARK = "Made by m1tui's make install or by `m1tui completion`"
"""Stands in each file that is written, so that no other is replaced."""

FILES: Mapping[str, tuple[str, ...]] = {
    "share/man/man1/m1tui.1": ("man",),
    "share/bash-completion/completions/m1tui": ("completion", "bash"),
    "share/zsh/site-functions/_m1tui": ("completion", "zsh"),
    "share/fish/vendor_completions.d/m1tui.fish": ("completion", "fish"),
}
"""What is written below the prefix, and the words that make m1tui print it."""

DESKTOP = "share/applications/m1tui.desktop"
ENTRY = f"""\
# {MARK}
[Desktop Entry]
Type=Application
Version=1.0
Name=m1tui
GenericName=Korg M1 maintenance
Comment=Maintain Korg M1 synthesizers over MIDI
Exec={{program}}
Terminal=true
Categories=AudioVideo;Audio;Midi;
Keywords=korg;m1;midi;sysex;
"""
"""The desktop entry; {program} is the installed one."""


def main(argv: Sequence[str] | None = None) -> int:
    """Install or remove; 0 when done, 1 when something of somebody else's is in the way."""
    parser = argparse.ArgumentParser(prog="make install", description=__doc__)
    parser.add_argument("--remove", action="store_true", help="remove what was installed")
    parser.add_argument(
        "--prefix", type=Path, default=default_prefix(), help="default: %(default)s"
    )
    chosen = parser.parse_args(argv)
    prefix = chosen.prefix.expanduser().absolute()
    program = Path(sys.prefix, "bin", "m1tui")
    link = prefix / "bin" / "m1tui"
    if chosen.remove:
        return remove(prefix, link)
    if not program.exists():
        print(f"{program} is missing. Make the environment again: make clean, then make install.")
        return 1
    if not _is_ours(link):
        print(
            f"{link} is already there and was not made by make install: it may be pipx's or uv's.\n"
            "Nothing was changed. Remove it, or name another place: make install PREFIX=FOLDER"
        )
        return 1
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(program)
    for name, words in FILES.items():
        write(prefix / name, printed(program, words))
    write(prefix / DESKTOP, ENTRY.format(program=quoted(link)))
    print(f"m1tui is installed: {link}")
    print(on_path(link.parent, os.environ))
    return 0


def default_prefix() -> Path:
    """Return ~/.local, or /usr/local for root, who has no ~/.local/bin on PATH."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return Path("/usr/local") if root else Path.home() / ".local"


def printed(program: Path, words: Sequence[str]) -> str:
    """Return what m1tui prints for `words`."""
    ran = subprocess.run(
        [program, *words], capture_output=True, text=True, encoding="utf-8", check=True
    )
    return ran.stdout


def quoted(program: Path) -> str:
    """Return a program as the Exec line of a desktop entry takes it, spaces and all."""
    escaped = "".join(f"\\{one}" if one in '"`$\\' else one for one in str(program))
    return f'"{escaped}"'.replace("%", "%%")


def write(path: Path, text: str) -> None:
    """Write a file; one that is not ours stays as it is."""
    if path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace"):
        print(f"{path} was not made by make install; it is left as it is.")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def remove(prefix: Path, link: Path) -> int:
    """Remove what `make install` made."""
    if link.is_symlink() and _is_ours(link):
        link.unlink()
    for path in (prefix / name for name in (*FILES, DESKTOP)):
        if path.exists() and MARK in path.read_text(encoding="utf-8", errors="replace"):
            path.unlink()
    print("m1tui is no longer installed. Your backups and the service log are where they were.")
    return 0


def _is_ours(link: Path) -> bool:
    """Tell whether the place is free, or has a link into the venv of a checkout of m1tui."""
    if not link.is_symlink():
        return not link.exists()
    target = link.readlink()
    return target.parts[-3:] == (".venv", "bin", "m1tui")


def on_path(folder: Path, environ: Mapping[str, str]) -> str:
    """Return whether the shell finds it now, and if not, the command with which it does."""
    if shutil.which("m1tui", path=environ.get("PATH", "")) == str(folder / "m1tui"):
        return "It is on your PATH: type m1tui."
    line = f'export PATH="{folder}:$PATH"'
    profile = {"zsh": ".zshrc", "fish": ".config/fish/config.fish"}.get(
        Path(environ.get("SHELL", "")).name, ".profile"
    )
    if profile.endswith("fish"):
        line = f"fish_add_path {folder}"
    return (
        f"{folder} is not on your PATH yet. For this terminal, type:\n  {line}\n"
        "On Debian, Ubuntu and Raspberry Pi OS it is there when you log in next. Elsewhere, add "
        f"that line to ~/{profile}."
    )


if __name__ == "__main__":
    sys.exit(main())
