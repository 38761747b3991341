"""Runs QEMU with one processor and no network until it powers off, never longer than allowed."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.alsa_vm.initramfs import OUT_TAG, ROOT_TAG
from tests.alsa_vm.packages import QEMU, CannotRun

PROGRAM = "qemu-system-x86_64"
MEMORY_MB = 1024


@dataclass(frozen=True, slots=True)
class Disks:
    """What the machine starts from, and where it leaves its results."""

    kernel: Path
    initramfs: Path
    out: Path


def require_qemu() -> None:
    """Raise CannotRun where there is no QEMU that shares files by 9p."""
    if shutil.which(PROGRAM) is None:
        raise CannotRun(f"{PROGRAM} is not here: run `apt-get install {QEMU.name}` as root")
    told = subprocess.run(
        [PROGRAM, "-device", "virtio-9p-pci,help"], capture_output=True, text=True, check=False
    )
    if told.returncode != 0:
        raise CannotRun(f"this {PROGRAM} cannot share files by 9p (virtio-9p-pci)")


def run_machine(disks: Disks, console: Path, seconds: float) -> bool:
    """Run until the machine powers off; False when it had to be ended after `seconds`."""
    command = [
        *("nice", PROGRAM, "-accel", "tcg", "-cpu", "max", "-smp", "1"),
        *("-m", str(MEMORY_MB), "-nodefaults", "-display", "none", "-no-reboot"),
        *("-kernel", str(disks.kernel), "-initrd", str(disks.initramfs)),
        *("-append", "console=ttyS0 quiet panic=-1 rdinit=/init mitigations=off"),
        *("-serial", f"file:{console}"),
        *_share("/", ROOT_TAG, "readonly=on,multidevs=remap"),
        *_share(str(disks.out), OUT_TAG, "writeout=immediate"),
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return True


def _share(folder: str, tag: str, how: str) -> tuple[str, ...]:
    # A comma in a path would end it in QEMU's options unless doubled.
    path = folder.replace(",", ",,")
    return (
        "-fsdev",
        f"local,id={tag},path={path},security_model=none,{how}",
        "-device",
        f"virtio-9p-pci,fsdev={tag},mount_tag={tag}",
    )
