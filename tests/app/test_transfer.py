"""The page of a transfer: what it says of each part of it that is over."""

from __future__ import annotations

from contextlib import suppress

import pytest

from m1tui.app.run.pictures import TransferView
from m1tui.app.run.results import TransferLog
from m1tui.engine.progress import Phase, Progress
from m1tui.errors import ReadError
from m1tui.link import Link
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Part
from tests.engine.bench import machine
from tests.engine.test_backup import backed_up


def phases_of(link: Link) -> list[TransferView]:
    """Return what the transfer's page shows while `link` is backed up, whatever comes of it."""
    log, shown = TransferLog("Back up"), []
    with suppress(ReadError):
        backed_up(link, progress=lambda progress: shown.append(log.after(progress)))
    return shown


def test_an_m1_that_sends_nothing_is_not_said_to_be_read_again_to_compare() -> None:
    m1 = machine()
    m1.press("GLOBAL 5 + DOWN D DOWN F DOWN H DOWN")
    shown = phases_of(VirtualLink(m1))
    assert {view.phase for view in shown} == {Phase.READING}
    assert all(view.done == 0 for view in shown)


def test_what_was_read_only_in_part_is_not_said_to_be_done() -> None:
    log = TransferLog("Back up")
    log.after(Progress(Phase.READING, 0, 33_247, 20.0))
    log.after(Progress(Phase.READING, 1_200, 33_247, 20.0))
    view = log.after(Progress(Phase.PUTTING_BACK, 0, 0, 0.0))
    assert [line.strip() for line in view.finished_phases] == [
        "Reading the M1's memory: stopped at 1,200 of 33,247 bytes"
    ]


def test_what_was_read_is_said_to_be_done_with_its_bytes() -> None:
    (done,) = phases_of(VirtualLink(machine()))[-1].finished_phases
    assert done.startswith("done  Reading the M1's memory: ")


@pytest.mark.parametrize("part", [Part.SEQUENCE, Part.ALL])
def test_no_size_is_shown_before_the_m1_has_said_it(part: Part) -> None:
    log, shown = TransferLog("Back up"), []
    backup, _ = backed_up(
        VirtualLink(machine()), part=part, progress=lambda one: shown.append(log.after(one).figures)
    )
    size = len(backup.dump)
    assert shown[0] == ""
    assert [one for one in shown if one and f" of {size:,} B" not in one] == []
    assert f"{size:,} of {size:,} B 100 %" in shown[-1]


def test_a_reading_that_was_given_up_before_its_size_was_known_names_no_size() -> None:
    log = TransferLog("Back up")
    log.after(Progress(Phase.READING, 0, 1_749, 20.0, least=True))
    view = log.after(Progress(Phase.PUTTING_BACK, 0, 0, 0.0))
    assert [line.strip() for line in view.finished_phases] == [
        "Reading the M1's memory: stopped at 0 bytes"
    ]
