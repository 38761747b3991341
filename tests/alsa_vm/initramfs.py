"""The machine's first disk: a shell, the modules in order, and a script that mounts the host's."""

from __future__ import annotations

import gzip
import shlex
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT_TAG = "root"
"""The 9p share with the host's files, read only."""
OUT_TAG = "out"
"""The 9p share that takes the results."""
OUT = "/mnt"
"""Where the machine's program finds that share."""

_SCRIPT = """\
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs none /dev
mount -t proc none /proc
for module in {modules}; do
    insmod /modules/$module || echo "cannot load $module"
done
P9=trans=virtio,version=9p2000.L,msize=262144
mount -t 9p -o ro,cache=loose,$P9 {root} /lower || echo "cannot mount the host's files"
mount -t tmpfs none /written
mkdir /written/upper /written/work
mount -t overlay -o lowerdir=/lower,upperdir=/written/upper,workdir=/written/work none /root
mount -t 9p -o $P9 {out} /root{place} || echo "cannot mount the folder for results"
mount -t proc none /root/proc
mount -t sysfs none /root/sys
mount -t configfs none /root/sys/kernel/config
mount -t devtmpfs none /root/dev
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts none /root/dev/pts
mount -t tmpfs none /root/dev/shm
mount -t tmpfs none /root/run
ip link set lo up
chroot /root /usr/bin/env -i {environment} /bin/sh -c {command}
sync
poweroff -f
"""


def initramfs(
    busybox: Path,
    modules: Sequence[Path],
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
) -> bytes:
    """Return the packed disk of a machine that runs `command` in `folder` and powers off."""
    script = _SCRIPT.format(
        modules=" ".join(path.name for path in modules),
        root=ROOT_TAG,
        out=OUT_TAG,
        place=OUT,
        environment=" ".join(shlex.quote(f"{key}={value}") for key, value in environment.items()),
        command=shlex.quote(f"cd {shlex.quote(str(folder))} && {shlex.join(command)}"),
    )
    entries: dict[str, bytes | None] = dict.fromkeys(
        ("bin", "dev", "proc", "lower", "written", "root", "modules")
    )
    entries["bin/busybox"] = busybox.read_bytes()
    entries["init"] = script.encode()
    entries |= {f"modules/{path.name}": path.read_bytes() for path in modules}
    return gzip.compress(packed(entries), compresslevel=1)


def packed(entries: Mapping[str, bytes | None]) -> bytes:
    """Return a cpio archive ("newc") of files, all executable, and of folders, whose data is None.

    A folder stands before what lies in it.
    """
    out = bytearray()
    for number, (name, data) in enumerate(entries.items(), 1):
        mode = stat.S_IFDIR if data is None else stat.S_IFREG
        out += _entry(name, mode | 0o755, data or b"", number)
    return bytes(out + _entry("TRAILER!!!", 0, b"", 0))


def _entry(name: str, mode: int, data: bytes, number: int) -> bytes:
    path = name.encode() + b"\0"
    # inode, mode, uid, gid, links, mtime, size, device ×2, device's own ×2, name's size, check
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    header = b"070701" + "".join(f"{field:08X}" for field in fields).encode()
    return _padded(header + path) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
