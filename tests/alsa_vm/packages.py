"""The Debian packages of exact versions that the machine is made of, fetched and unpacked once."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


class CannotRun(Exception):
    """This computer cannot run the machine; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """One Debian package in one version."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}={self.version}"

    @classmethod
    def parse(cls, text: str) -> Package:
        """Read "NAME=VERSION"; raises CannotRun for anything else."""
        name, _, version = text.partition("=")
        if not (name and version):
            raise CannotRun(f"expected a package as NAME=VERSION, found {text!r}")
        return cls(name, version)


KERNEL = Package("linux-image-6.1.0-56-amd64", "6.1.192-2")
"""The kernel of Debian 12 that the machine was last seen to run; not its cloud kernel, which has
no sound."""
BUSYBOX = Package("busybox-static", "1:1.35.0-4+deb12u1+b1")
"""The shell that mounts the machine's disk."""
QEMU = Package("qemu-system-x86", "1:7.2+dfsg-7+deb12u18+b3")
"""The emulator, as it was last used; it is installed, not unpacked, for its many libraries."""


def unpacked(package: Package, cache: Path) -> Path:
    """Return the folder with the files of `package`, fetching it from Debian where it is missing.

    Raises CannotRun when it cannot be had.
    """
    folder = cache / f"{package.name}_{package.version.replace(':', '%3a')}"
    if folder.is_dir():
        return folder
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise CannotRun(f"{tool} is not here: the kernel comes as a Debian package")
    fetching = cache / "fetching"
    shutil.rmtree(fetching, ignore_errors=True)
    fetching.mkdir(parents=True)
    fetched = _run("apt-get", "download", str(package), cwd=fetching)
    files = list(fetching.glob("*.deb"))
    if fetched.returncode != 0 or len(files) != 1:
        raise CannotRun(
            f"apt-get cannot fetch {package}: {_last_line(fetched.stderr)}\n"
            f"Debian may have a newer one: run `apt-get update`, see `apt-cache policy "
            f"{package.name}`, and name it (make alsa-vm ARGS='--kernel NAME=VERSION')"
        )
    contents = fetching / "contents"
    done = _run("dpkg-deb", "-x", str(files[0]), str(contents), cwd=fetching)
    if done.returncode != 0:
        raise CannotRun(f"{files[0].name} cannot be unpacked: {_last_line(done.stderr)}")
    contents.rename(folder)
    shutil.rmtree(fetching)
    return folder


def installed_version(name: str) -> str:
    """Return the installed version of a Debian package, or "not from a Debian package"."""
    if shutil.which("dpkg-query") is None:
        return "not from a Debian package"
    asked = _run("dpkg-query", "-W", "-f", "${Version}", name, cwd=Path("/"))
    return asked.stdout.strip() or "not from a Debian package"


def _run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it gave no reason"
