"""What the machine is put together from; the machine itself runs by `make alsa-vm`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.alsa_vm.initramfs import packed
from tests.alsa_vm.modules import in_order
from tests.alsa_vm.packages import CannotRun, Package


def kernel(folder: Path, modules: dict[str, str]) -> Path:
    """Write modules whose only content is what they need."""
    for name, needs in modules.items():
        path = folder / "kernel" / f"{name}.ko"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\x7fELF\0license=GPL\0depends=" + needs.encode() + b"\0name=x\0")
    return folder


def test_each_module_comes_after_all_it_needs_and_only_once(tmp_path: Path) -> None:
    kernel(
        tmp_path,
        {"snd": "", "snd-seq": "snd", "snd_rawmidi": "snd", "snd-seq-midi": "snd-rawmidi,snd-seq"},
    )
    loaded = [path.stem for path in in_order(["snd-seq-midi", "snd_seq"], tmp_path)]
    assert loaded == ["snd", "snd_rawmidi", "snd-seq", "snd-seq-midi"]


def test_a_kernel_without_a_module_is_refused_with_the_module_s_name(tmp_path: Path) -> None:
    kernel(tmp_path, {"usb_f_midi": "libcomposite"})
    with pytest.raises(CannotRun, match="libcomposite"):
        in_order(["usb_f_midi"], tmp_path)


def test_a_package_is_named_with_its_exact_version() -> None:
    assert str(Package.parse("busybox-static=1:1.35.0-4+b1")) == "busybox-static=1:1.35.0-4+b1"
    with pytest.raises(CannotRun, match="NAME=VERSION"):
        Package.parse("busybox-static")


def test_the_first_disk_holds_files_and_folders_on_boundaries_of_four_bytes() -> None:
    disk = packed({"bin": None, "bin/sh": b"hello"})
    found, at = {}, 0
    while at < len(disk):
        assert (disk[at : at + 6], at % 4) == (b"070701", 0)
        fields = [int(disk[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, length = fields[1], fields[6], fields[11]
        name = disk[at + 110 : at + 110 + length - 1].decode()
        start = (at + 110 + length + 3) // 4 * 4
        found[name] = (oct(mode), disk[start : start + size])
        at = (start + size + 3) // 4 * 4
    assert found == {
        "bin": ("0o40755", b""),
        "bin/sh": ("0o100755", b"hello"),
        "TRAILER!!!": ("0o0", b""),
    }
