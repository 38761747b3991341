from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.errors import LinkError
from m1tui.link.alsa_ports import WARNINGS, Roots
from m1tui.link.ports import PortInfo, list_ports, open_port

from .fake_rtmidi import FakeRtmidi

NO_RTMIDI = FakeRtmidi([], [])


class FakeSystem:
    """A made-up /dev/snd, /proc/asound and /sys."""

    def __init__(self, folder: Path) -> None:
        self.roots = Roots(folder / "dev", folder / "proc", folder / "sys")

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def add(
        self, card: int, name: str = "UM-ONE", usb_id: str = "", ports: int = 1, inputs: int = 1
    ) -> Path:
        node = self.roots.dev / f"midiC{card}D0"
        self.write(node, "")
        told = [name, ""]
        told += [f"Output {number}\n  Tx bytes     : 0" for number in range(ports)]
        told += [f"Input {number}\n  Rx bytes     : 0" for number in range(inputs)]
        self.write(self.roots.proc / f"card{card}" / "midi0", "\n".join(told) + "\n")
        if usb_id:
            self.write(self.roots.proc / f"card{card}" / "usbid", usb_id + "\n")
        return node


@pytest.fixture
def system(tmp_path: Path) -> FakeSystem:
    return FakeSystem(tmp_path)


def test_a_usb_interface_is_listed_with_its_name_and_usb_id(system: FakeSystem) -> None:
    node = system.add(1, usb_id="0582:012A")
    assert list_ports(system.roots, NO_RTMIDI) == [
        PortInfo(f"raw:{node}", "UM-ONE", "0582:012a", None)
    ]


def test_usb_ids_come_from_sysfs_where_proc_has_none(system: FakeSystem) -> None:
    system.add(1)
    device = system.roots.sys / "devices" / "usb1" / "1-1"
    system.write(device / "idVendor", "1a86\n")
    system.write(device / "idProduct", "752d\n")
    (device / "1-1:1.0").mkdir()
    card = system.roots.sys / "class" / "sound" / "card1"
    card.mkdir(parents=True)
    (card / "device").symlink_to(device / "1-1:1.0")
    assert list_ports(system.roots, NO_RTMIDI)[0].usb_id == "1a86:752d"


def test_a_known_bad_cable_is_listed_with_what_it_does(system: FakeSystem) -> None:
    system.add(1, "USB2.0-MIDI", "1a86:752d")
    warning = list_ports(system.roots, NO_RTMIDI)[0].warning
    assert warning is not None
    assert "CH345" in warning
    assert "loses bytes" in warning


def test_the_table_of_bad_cables_has_ids_as_the_system_tells_them() -> None:
    for usb_id, warning in WARNINGS.items():
        assert usb_id == usb_id.lower()
        assert len(usb_id) == 9
        assert warning.endswith(".")


def test_cards_are_listed_by_number_and_what_is_no_midi_device_is_left_out(
    system: FakeSystem,
) -> None:
    for card in (10, 2, 1):
        system.add(card, f"card {card}")
    for name in ("seq", "timer", "controlC1", "pcmC0D0p", "midi"):
        system.write(system.roots.dev / name, "")
    assert [info.name for info in list_ports(system.roots, NO_RTMIDI)] == [
        "card 1",
        "card 2",
        "card 10",
    ]


def test_a_device_with_one_direction_or_several_ports_says_so(system: FakeSystem) -> None:
    system.add(1, ports=1, inputs=0)
    system.add(2, ports=4, inputs=4)
    one_way, many = list_ports(system.roots, NO_RTMIDI)
    assert one_way.warning is not None
    assert "no MIDI input" in one_way.warning
    assert many.warning is not None
    assert "4 ports" in many.warning


def test_a_name_cannot_send_control_characters(system: FakeSystem) -> None:
    system.add(1, "\x1b[31mred")
    assert "\x1b" not in list_ports(system.roots, NO_RTMIDI)[0].name


def test_a_device_that_nothing_is_told_about_is_listed_by_its_node(system: FakeSystem) -> None:
    system.write(system.roots.dev / "midiC3D1", "")
    (info,) = list_ports(system.roots, NO_RTMIDI)
    assert info.name == "midiC3D1"
    assert info.usb_id is None


def test_a_computer_without_any_interface_has_an_empty_list(system: FakeSystem) -> None:
    assert list_ports(system.roots, NO_RTMIDI) == []


def test_without_raw_devices_the_pairs_of_rtmidi_are_listed(system: FakeSystem) -> None:
    names = ["Midi Through:Midi Through Port-0 14:0", "UM-ONE:UM-ONE MIDI 1 24:0"]
    assert [info.port for info in list_ports(system.roots, FakeRtmidi(names, names))] == [
        "rtmidi:UM-ONE:UM-ONE MIDI 1 24:0"
    ]


def test_beside_raw_devices_only_ports_of_other_programs_are_listed(system: FakeSystem) -> None:
    node = system.add(1)
    names = ["UM-ONE:UM-ONE MIDI 1 24:0", "m1tui:M1 130:0"]
    assert [info.port for info in list_ports(system.roots, FakeRtmidi(names, names))] == [
        f"raw:{node}",
        "rtmidi:m1tui:M1 130:0",
    ]


def test_a_computer_without_a_midi_service_lists_its_raw_devices_all_the_same(
    system: FakeSystem,
) -> None:
    system.add(1)
    broken = FakeRtmidi([], [])
    broken.service = False
    assert len(list_ports(system.roots, broken)) == 1


def test_every_listed_port_opens_by_its_form(system: FakeSystem, tmp_path: Path) -> None:
    node = system.add(1, usb_id="0582:012a")
    link = open_port(f"raw:{node}", data_dir=tmp_path, roots=system.roots)
    assert link.port == f"raw:{node}"
    assert link.title == "UM-ONE (0582:012a)"


@pytest.mark.parametrize(
    ("form", "port", "title"),
    [
        ("raw:m1.port", "raw:m1.port", "m1.port"),
        ("rtmidi:UM-ONE:UM-ONE MIDI 1 24:0",) * 2 + ("UM-ONE:UM-ONE MIDI 1 24:0",),
        ("tcp:localhost:9000", "tcp:localhost:9000", "localhost, port 9000"),
    ],
)
def test_a_form_makes_its_link_without_opening_it(
    tmp_path: Path, form: str, port: str, title: str
) -> None:
    link = open_port(form, data_dir=tmp_path)
    assert (link.port, link.title) == (port, title)
    assert len(link.transcript) == 0


@pytest.mark.parametrize("form", ["virtual", "virtual:dead-battery"])
def test_a_virtual_m1_is_reached_like_any_other(tmp_path: Path, form: str) -> None:
    link = open_port(form, data_dir=tmp_path)
    assert link.port.startswith("virtual")
    assert link.rehearsal is not None


@pytest.mark.parametrize(
    "form",
    ["", "auto", "raw", "raw:", "rtmidi:", "tcp:9000", "tcp::9000", "tcp:h:65536", "tcp:h:²", "M1"],
)
def test_a_wrong_form_is_told_with_the_right_ones(tmp_path: Path, form: str) -> None:
    is_told(tmp_path, form)


@pytest.mark.parametrize(
    "form",
    ["tcp:a..b:5", f"tcp:{'h' * 300}:5", "tcp:\x1b[31m:1", "tcp:a b:1"],
)
def test_a_host_that_no_resolver_takes_is_a_wrong_form(tmp_path: Path, form: str) -> None:
    is_told(tmp_path, form)


def is_told(tmp_path: Path, form: str) -> None:
    with pytest.raises(LinkError) as caught:
        open_port(form, data_dir=tmp_path)
    assert repr(form) in caught.value.advice.happened
    assert "raw:PATH" in caught.value.advice.happened
