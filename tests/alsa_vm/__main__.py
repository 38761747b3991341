"""`python -m tests.alsa_vm`: fetches what the machine is made of, runs it, prints its results."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.alsa_vm import modules
from tests.alsa_vm.guest import RESULTS, Trial, chosen, title
from tests.alsa_vm.initramfs import initramfs
from tests.alsa_vm.machine import PROGRAM, Disks, require_qemu, run_machine
from tests.alsa_vm.packages import (
    BUSYBOX,
    KERNEL,
    QEMU,
    CannotRun,
    Package,
    installed_version,
    unpacked,
)

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / "build" / "alsa_vm"
PROGRAM_FOLDERS = ("m1tui", "screens", "assets", "tests")
LONGEST = 590.0
"""Seconds that the machine may run."""
WIDTH = 100


def main() -> int:
    """Run the machine once; 0 when every trial passed, 1 when not, 2 when it cannot run here."""
    parser = argparse.ArgumentParser(prog="python -m tests.alsa_vm", description=__doc__)
    parser.add_argument(
        "--kernel",
        type=Package.parse,
        default=KERNEL,
        metavar="NAME=VERSION",
        help=f"Debian's kernel package; {KERNEL} when not given",
    )
    parser.add_argument(
        "--trials", default="", metavar="WORDS", help="only those whose title holds WORDS"
    )
    arguments = parser.parse_args()
    kernel, trials = arguments.kernel, chosen(arguments.trials)
    # Whoever ends this program ends its machine too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    out = CACHE / "out"
    began = time.monotonic()
    try:
        disks = _prepare(kernel, out, arguments.trials)
    except CannotRun as reason:
        print(f"alsa-vm cannot run here: {reason}", file=sys.stderr)
        return 2
    print(f"kernel   {kernel}")
    print(f"shell    {BUSYBOX}")
    print(f"emulator {PROGRAM} {installed_version(QEMU.name)} (recorded: {QEMU.version})")
    print(f"python   {sys.version.split()[0]}, {len(trials)} trials, some minutes", flush=True)
    console = out / "console.log"
    ended = run_machine(disks, console, LONGEST)
    passed = _report(out / RESULTS, trials)
    print(f"{time.monotonic() - began:.0f} s in all; the console's text is in {console}")
    if not ended:
        print(f"The machine was ended after {LONGEST:g} s.", file=sys.stderr)
    return 0 if ended and passed else 1


def _prepare(kernel: Package, out: Path, words: str) -> Disks:
    if sys.platform != "linux":
        raise CannotRun("it needs Linux")
    require_qemu()
    CACHE.mkdir(parents=True, exist_ok=True)
    files = unpacked(kernel, CACHE)
    images = list((files / "boot").glob("vmlinuz-*"))
    if len(images) != 1:
        raise CannotRun(f"{kernel} holds {len(images)} kernels, expected one")
    shell = unpacked(BUSYBOX, CACHE) / "bin" / "busybox"
    needed = modules.in_order((*modules.DISK, *modules.MIDI), files / "lib" / "modules")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    # A copy, so that an edit during these minutes changes nothing.
    copy = CACHE / "checkout"
    shutil.rmtree(copy, ignore_errors=True)
    for name in PROGRAM_FOLDERS:
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("*.pyc"))
    disk = CACHE / "initramfs.gz"
    command = (sys.executable, "-m", "tests.alsa_vm.guest", words)
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/run",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    disk.write_bytes(initramfs(shell, needed, command, environment, copy))
    return Disks(images[0], disk, out)


def _report(results: Path, trials: Sequence[Trial]) -> bool:
    lines = results.read_text().splitlines() if results.exists() else []
    rows: dict[str, dict[str, Any]] = {row["trial"]: row for row in map(json.loads, lines)}
    for trial in trials:
        row = rows.get(title(trial))
        if row is None:
            print(f"{'NOT RUN':7}        {title(trial)}")
            continue
        word = "ok" if row["passed"] else "FAILED"
        print(f"{word:7} {row['seconds']:4.0f} s {title(trial)}")
        for line in row["found"].splitlines():
            print(textwrap.fill(line, WIDTH, initial_indent=" " * 15, subsequent_indent=" " * 15))
    passed = [row for row in rows.values() if row["passed"]]
    print(f"{len(passed)} of {len(trials)} passed")
    return len(passed) == len(trials)


if __name__ == "__main__":
    sys.exit(main())
