"""Textual's driver for Unix terminals, told apart from a terminal that is gone."""

from __future__ import annotations

import termios

from textual.drivers.linux_driver import LinuxDriver


class UnixDriver(LinuxDriver):
    """Does not begin to draw again when the signal to continue comes from a dropped line.

    The kernel sends SIGCONT behind SIGHUP. Textual takes it for the end of a suspension and
    starts its threads a second time, on a terminal that no longer exists.
    """

    def _sigcont_application(self, *signal_and_frame: object) -> None:
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return
        super()._sigcont_application(*signal_and_frame)
