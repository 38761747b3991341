"""`doctor`: what m1tui finds on this computer, what is wrong with it, and how to mend that."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from m1tui.advice import Trouble
from m1tui.cli import versions
from m1tui.cli.exits import Exit, data_dir_of
from m1tui.cli.output import Call
from m1tui.extras import install_command
from m1tui.files import try_lock
from m1tui.link.alsa_ports import Roots, holders, raw_devices
from m1tui.link.ports import PLATFORM, list_ports, missing_binding, nothing_to_open
from m1tui.resources import assets_folder, screens_folder
from m1tui.store.atomic import probe
from m1tui.store.paths import log_dir
from m1tui.sysex import printable

LOGS = ("m1tui.log", "m1tui-errors.log", "serve.log")
FREE = 50_000_000
"""Bytes that a disk should have free: some 300 backups of all data."""


class Check(NamedTuple):
    """One thing that was looked at."""

    code: str
    ok: bool
    found: str
    next: str = ""
    """What mends it, or what it would take; empty where there is nothing to do."""


def run(call: Call) -> int:
    """Prints all checks; 0 if nothing is wrong, 1 otherwise."""
    found = [
        Check(one.code, one.ok, printable(one.found), printable(one.next))
        for one in checks(data_dir_of(call.options), log_dir(call.options.data_dir))
    ]
    wrong = [one for one in found if not one.ok]
    call.output.facts({"checks": [one._asdict() for one in found]}, _lines(found, len(wrong)))
    return Exit.FAILED if wrong else Exit.DONE


def _lines(found: list[Check], wrong: int) -> Iterator[str]:
    for one in found:
        yield f"{'ok   ' if one.ok else 'WRONG'}  {one.code:11} {one.found}"
        if one.next:
            yield f"{'':19}{'' if one.ok else 'To fix it: '}{one.next}"
    yield ""
    yield (
        "Nothing is wrong."
        if not wrong
        else f"{wrong} of {len(found)} {'is' if wrong == 1 else 'are'} wrong."
    )


def checks(data_dir: Path, logs: Path) -> Iterator[Check]:
    """Yields every check, in the order in which a person would mend what is wrong."""
    named = versions.versions()
    yield Check("m1tui", True, named["m1tui"])
    yield Check("system", True, named["System"])
    yield Check("python", True, named["Python"])
    yield Check(
        "textual",
        named["Textual"] != versions.NOT_INSTALLED,
        named["Textual"],
        "" if named["Textual"] != versions.NOT_INSTALLED else "Install m1tui again.",
    )
    yield _own_files()
    yield _on_path()
    yield _midi(named["MIDI"])
    yield from _ports()
    refused = list(_devices(Roots()))
    yield from refused or _group()
    yield _folder(data_dir)
    yield _locks(data_dir)
    yield _logs(logs)
    yield _web()


def _own_files() -> Check:
    try:
        count = len(list(screens_folder().glob("*.toml")))
        assets_folder()
    except Trouble as trouble:
        return Check("files", False, trouble.advice.happened, trouble.advice.next_step)
    return Check("files", True, f"{count} procedures in {screens_folder()}")


def _on_path() -> Check:
    place = shutil.which("m1tui")
    if place:
        return Check("path", True, f"m1tui is {place}")
    return Check(
        "path",
        False,
        "this shell cannot find m1tui",
        "Run make install in m1tui's folder. If you have done that, log in again.",
    )


def _midi(found: str) -> Check:
    absent = missing_binding()
    if absent is None:
        return Check("midi", True, found)
    # On Linux a raw device needs no binding.
    return Check("midi", PLATFORM == "linux", found, absent.next_step)


def _ports() -> Iterator[Check]:
    found = list_ports()
    if not found:
        absent = nothing_to_open()
        yield Check("ports", False, absent.happened, absent.next_step)
    for port in found:
        usb = f" (USB {port.usb_id})" if port.usb_id else ""
        yield Check(
            "port", port.warning is None, f"{port.port}  {port.name}{usb}", port.warning or ""
        )


def _devices(roots: Roots) -> Iterator[Check]:
    for device in raw_devices(roots):
        if not os.access(device.path, os.R_OK | os.W_OK):
            yield Check(
                "groups",
                False,
                f"you do not have permission to open {device.path}",
                _join(device.path),
            )
        users = [one for one in holders(device.path) if one.pid != os.getpid()]
        if users:
            named = ", ".join(str(one) for one in users)
            close = "Close it." if len(users) == 1 else "Close them."
            yield Check("in-use", False, f"{device.path} is in use by {named}", close)


def _group() -> Iterator[Check]:
    """Whether this user is in the group of MIDI devices, where the system has one."""
    try:
        import grp

        group = grp.getgrnam("audio")
    except (ImportError, KeyError):
        return
    if os.geteuid() == 0 or group.gr_gid in os.getgroups():
        yield Check("groups", True, "you have permission to open the audio group's devices")
    else:
        # A desktop opens devices to the person at it, who needs no group.
        told = "you are not in the audio group; over SSH, only its members can open MIDI devices"
        yield Check(
            "groups", True, told, "sudo usermod -aG audio $USER, then log out and in again."
        )


def _join(path: Path) -> str:
    """What lets this user open a device: join its group, or log in again after joining."""
    import grp
    import pwd

    user = pwd.getpwuid(os.getuid()).pw_name
    try:
        group = grp.getgrgid(path.stat().st_gid)
    except (OSError, KeyError):
        return f"sudo usermod -aG audio {user}, then log out and in again."
    if user in group.gr_mem:
        return (
            f"The group {group.gr_name} takes effect only after a new login: log out and in again."
        )
    return f"sudo usermod -aG {group.gr_name} {user}, then log out and in again."


def _folder(folder: Path) -> Check:
    try:
        probe(folder)
        free = shutil.disk_usage(folder).free
    except (Trouble, OSError) as trouble:
        why = trouble.advice.happened if isinstance(trouble, Trouble) else str(trouble)
        mend = trouble.advice.next_step if isinstance(trouble, Trouble) else ""
        return Check("data", False, why, mend or "Choose another folder with --data-dir.")
    told = f"{folder}, {free / 1e9:,.1f} GB free"
    return Check("data", free > FREE, told, "" if free > FREE else "Free some space on that disk.")


_ONE_COPY = "Run only one copy of m1tui with this folder, or choose another with --data-dir."


def _locks(folder: Path) -> Check:
    """Whether the disk of the data folder keeps two programs from one file."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            works = try_lock(file.fileno())
    except OSError as error:
        return Check(
            "locks",
            False,
            f"files in {folder} cannot be locked: {error.strerror or error}",
            _ONE_COPY,
        )
    if not works:
        return Check("locks", False, f"files in {folder} cannot be locked", _ONE_COPY)
    return Check("locks", True, "two copies of m1tui never write to the same file at once")


def _logs(folder: Path) -> Check:
    sizes = [(name, (folder / name).stat().st_size) for name in LOGS if (folder / name).exists()]
    filled = [f"{name}, {size:,} bytes" for name, size in sizes if size]
    if not filled:
        return Check("logs", True, f"no internal errors are recorded in {folder}")
    from m1tui.store.errorlog import SEND

    return Check("logs", True, f"in {folder}: {'; '.join(filled)}", SEND)


def _web() -> Check:
    from importlib.util import find_spec

    absent = [name for name in ("textual_serve", "aiohttp") if find_spec(name) is None]
    if not absent:
        return Check("serve", True, "m1tui serve can show the app in browsers")
    return Check(
        "serve",
        True,
        f"m1tui serve needs {' and '.join(absent)}; nothing else does",
        install_command("web"),
    )
