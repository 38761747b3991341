"""What happens inside the machine: one trial after the other, each with its result on disk."""

from __future__ import annotations

import asyncio
import json
import platform
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from m1tui import clock
from m1tui.link.rtmidi import RtmidiLink
from m1tui.link.virtual import demo_contents
from m1tui.sysex import Bank, BankDump, Part
from m1tui.sysex.forms.reader import read_file
from tests.alsa_vm.gadget import NAME, PRODUCT, VENDOR, Gadget
from tests.alsa_vm.initramfs import OUT
from tests.alsa_vm.programs import READY, UNPROTECTED, Ended, VirtualM1, m1tui, m1tui_until

RESULTS = "results.jsonl"
"""The file of results: one JSON object a line with `trial`, `passed`, `found` and `seconds`."""


class Workshop:
    """A computer with the interface plugged in, an M1 behind it, and two dumps on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "m1.syx"
        self.all_data = self._write("all.syx", Part.ALL)
        self.programs = self._write("programs.syx", Part.PROGRAMS)
        self.gadget = Gadget()
        self.gadget.plug()
        self.m1 = self.switch_on("--press", READY, "--press", UNPROTECTED)

    def _write(self, name: str, part: Part) -> Path:
        path = self.folder / name
        path.write_bytes(BankDump.of(demo_contents(), part, bank=Bank.INTERNAL, channel=0).encode())
        return path

    def switch_on(self, *words: str) -> VirtualM1:
        """Start the virtual M1 at the instrument's end, where its battery died the first time."""
        device = self.gadget.instrument_end
        return VirtualM1(device, self.state, "--scenario", "dead-battery", *words)

    @property
    def raw(self) -> str:
        """The --port form of the raw device that snd-usb-audio made."""
        return f"raw:{self.gadget.host_end}"

    @property
    def sequencer(self) -> str:
        """The --port form of the same interface through rtmidi and ALSA's sequencer."""
        return f"rtmidi:{NAME}"

    def restore(self, file: Path, port: str) -> tuple[str | Path, ...]:
        """Return the words of a restore."""
        return ("restore", file, "--port", port, "--yes", "--json", *self.data)

    def backup(self, file: Path, port: str) -> tuple[str | Path, ...]:
        """Return the words of a backup of the programs."""
        return ("backup", file, "--what", "programs", "--port", port, "--json", *self.data)

    @property
    def data(self) -> tuple[str, ...]:
        """The option that names the data folder."""
        return ("--data-dir", str(self.folder / "data"))

    def forget(self) -> None:
        """Switch the M1 off and on with an empty battery, so that a restore has work to do."""
        self.m1.end()
        for path in self.folder.glob("m1.*"):
            path.unlink()
        self.m1 = self.switch_on("--press", READY, "--press", UNPROTECTED)


Found = tuple[bool, str]
Trial = Callable[[Workshop], Found]


def it_is_listed_with_its_usb_number(shop: Workshop) -> Found:
    listed = m1tui("ports", "--json").facts["ports"]
    entry = next((port for port in listed if port["port"] == shop.raw), None)
    wanted = {"port": shop.raw, "name": NAME, "usb_id": f"{VENDOR}:{PRODUCT}"}
    found = {key: entry[key] for key in wanted} if entry else None
    return found == wanted, str(found or listed)


def it_is_found_by_itself(shop: Workshop) -> Found:
    ended = m1tui("identify", "--port", "auto", "--json", *shop.data)
    return ended.code == 0 and bool(ended.facts["answers"]), str(ended.facts.get("diagnosis"))


def all_data_through_the_raw_device(shop: Workshop) -> Found:
    return _restored(shop, shop.all_data, shop.raw)


def all_data_through_rtmidi(shop: Workshop) -> Found:
    shop.forget()
    return _restored(shop, shop.all_data, shop.sequencer)


def the_raw_device_is_busy_while_rtmidi_has_it(shop: Workshop) -> Found:
    async def try_the_raw_device() -> Ended:
        async with RtmidiLink(NAME):
            words = ("identify", "--port", shop.raw, "--json", *shop.data)
            return await asyncio.to_thread(m1tui, *words)

    ended = clock.run(try_the_raw_device(), jumping=False)
    return ended.code == 3 and "in use" in ended.err, f"exit {ended.code}: {ended.err[:300]}"


def a_plug_pulled_in_mid_transfer(shop: Workshop) -> Found:
    shop.forget()
    words = shop.restore(shop.programs, shop.raw)
    return _unknown(m1tui_until("Sending: 1", shop.gadget.pull, *words))


def the_plug_put_back_and_the_raw_device_again(shop: Workshop) -> Found:
    shop.gadget.put_back()
    return _restored(shop, shop.programs, shop.raw)


def a_plug_pulled_while_reading(shop: Workshop) -> Found:
    words = shop.backup(shop.folder / "never.syx", shop.raw)
    ended = m1tui_until("Reading the M1's memory: 1", shop.gadget.pull, *words)
    shop.gadget.put_back()
    told = ended.facts.get("advice", {}).get("happened", ended.err[-200:])
    return ended.code == 3 and not (shop.folder / "never.syx").exists(), f"{ended}: {told}"


def power_lost_in_mid_transfer_through_rtmidi(shop: Workshop) -> Found:
    shop.forget()
    words = shop.restore(shop.programs, shop.sequencer)
    return _unknown(m1tui_until("Sending: 1", shop.gadget.unplug, *words))


def the_virtual_m1_says_that_its_device_went(shop: Workshop) -> Found:
    ended = shop.m1.wait()
    return ended.code == 1 and "has gone" in ended.err, f"exit {ended.code}: {ended.err[:120]}"


def power_back_and_rtmidi_again(shop: Workshop) -> Found:
    shop.gadget.plug()
    shop.m1 = shop.switch_on()
    return _restored(shop, shop.programs, shop.sequencer)


def no_interface_is_told_as_that(shop: Workshop) -> Found:
    port = shop.raw
    shop.gadget.unplug()
    shop.m1.wait()
    ended = m1tui("identify", "--port", port, "--json", *shop.data)
    return ended.code == 3 and "Traceback" not in ended.err, f"exit {ended.code}: {ended.err[:160]}"


def _restored(shop: Workshop, file: Path, port: str) -> Found:
    ended = m1tui(*shop.restore(file, port))
    facts = ended.facts
    wire = facts.get("wire", {})
    # The proof that needs no wire: the memory that the virtual M1 keeps on disk.
    sent, kept = (read_file(path.read_bytes()).contents() for path in (file, shop.state))
    arrived = kept.merged(sent) == kept
    passed = ended.code == 0 and facts.get("outcome") == "VERIFIED" and arrived
    told = f"{ended}, memory {'equal' if arrived else 'DIFFERENT'}, {facts.get('seconds')} s"
    return passed, f"{told}, {wire.get('sent', 0):,} bytes out, {wire.get('received', 0):,} in"


def _unknown(ended: Ended) -> Found:
    facts = ended.facts
    advice = facts.get("advice", {})
    passed = (
        ended.code == 5
        and facts.get("outcome") == "UNKNOWN"
        and all(advice.get(key) for key in ("happened", "safe", "next_step"))
        and "Traceback" not in ended.err
    )
    return passed, f"{ended}: {advice.get('happened', ended.err[-200:])}"


TRIALS: tuple[Trial, ...] = (
    it_is_listed_with_its_usb_number,
    it_is_found_by_itself,
    all_data_through_the_raw_device,
    all_data_through_rtmidi,
    the_raw_device_is_busy_while_rtmidi_has_it,
    a_plug_pulled_in_mid_transfer,
    the_plug_put_back_and_the_raw_device_again,
    a_plug_pulled_while_reading,
    power_lost_in_mid_transfer_through_rtmidi,
    the_virtual_m1_says_that_its_device_went,
    power_back_and_rtmidi_again,
    no_interface_is_told_as_that,
)


def title(trial: Trial) -> str:
    """Return a trial's name as a sentence."""
    return trial.__name__.replace("_", " ")


def chosen(words: str) -> tuple[Trial, ...]:
    """Return the trials whose title holds `words`."""
    return tuple(trial for trial in TRIALS if words in title(trial))


def main() -> None:
    """Run the trials that the first argument chooses.

    A fault of one is its result and does not keep the next from running.
    """
    out = Path(OUT) / RESULTS
    folder = Path("/run/workshop")
    folder.mkdir()
    print(f"Linux {platform.release()}", flush=True)
    shop = Workshop(folder)
    for trial in chosen(sys.argv[1]):
        began = time.monotonic()
        try:
            passed, found = trial(shop)
        except Exception:  # noqa: BLE001 - told as the result
            passed, found = False, traceback.format_exc()
        seconds = time.monotonic() - began
        row = {"trial": title(trial), "passed": passed, "found": found, "seconds": seconds}
        with out.open("a") as results:
            results.write(json.dumps(row) + "\n")
        print("ok" if passed else "FAILED", title(trial), f"{seconds:.0f} s", found, flush=True)


if __name__ == "__main__":
    main()
