"""The front panel: what each key does in each mode. A press that means nothing does nothing."""

from __future__ import annotations

from dataclasses import replace

from m1tui.sysex import Bank, Mode
from m1tui.virtual.editing import step
from m1tui.virtual.keys import Key
from m1tui.virtual.pages import Command, page_of_digit
from m1tui.virtual.works import Works

MODE_KEYS = {
    Key.COMBI: Mode.COMBI,
    Key.EDIT_COMBI: Mode.EDIT_COMBI,
    Key.PROG: Mode.PROG,
    Key.EDIT_PROG: Mode.EDIT_PROG,
    Key.SEQ: Mode.SEQUENCER,
    Key.GLOBAL: Mode.GLOBAL,
}
PLAY_MODES = (Mode.PROG, Mode.COMBI)
_TENS = 10
_START, _STOP = 0xFA, 0xFC


def press(works: Works, key: Key) -> None:
    """Press one key."""
    if key in MODE_KEYS:
        _press_mode(works, MODE_KEYS[key])
    elif key.digit is not None:
        _press_digit(works, key.digit)
    elif key.letter:
        _press_letter(works, key.letter)
    elif key in (Key.UP, Key.DOWN):
        _press_step(works, 1 if key is Key.UP else -1)
    elif key in (Key.PAGE_UP, Key.PAGE_DOWN):
        works.go_to_page(works.page_index + (1 if key is Key.PAGE_UP else -1))
    elif key in (Key.INT, Key.CARD):
        _press_bank(works, Bank.CARD if key is Key.CARD else Bank.INTERNAL)
    elif key is Key.BANK_HOLD:
        _press_bank_hold(works)
    elif works.mode is Mode.SEQUENCER:
        _press_transport(works, key)


def _press_mode(works: Works, mode: Mode) -> None:
    # Every mode key leads to the mode's first sub-page, also from another page of the mode: the
    # guide's sequences begin with one and are to work from wherever the panel was left.
    was = works.mode
    works.set_mode(mode)
    if mode is not was:
        works.announce(works.mode_change())


def _press_digit(works: Works, digit: int) -> None:
    if works.mode in PLAY_MODES:
        works.enter_digit(digit)
        return
    index = page_of_digit(works.mode, digit)
    if index is not None:
        works.go_to_page(index)


def _press_letter(works: Works, letter: str) -> None:
    if works.page.command is not None and letter == "G":
        _execute(works, works.page.command)
    elif works.page.field(letter) is not None:
        works.cursor = letter


def _execute(works: Works, command: Command) -> None:
    match command:
        case Command.ALLOCATE:
            works.allocate()
        case Command.DUMP:
            works.dump_from_panel()


def _press_step(works: Works, by: int) -> None:
    if works.mode in PLAY_MODES:
        works.select_by_panel(works.number + by)
    else:
        step(works, by)


def _press_bank(works: Works, bank: Bank) -> None:
    if works.mode in PLAY_MODES and bank is not works.bank:
        works.select_by_panel(works.number, bank)


def _press_bank_hold(works: Works) -> None:
    """Hold the tens in PROG and COMBI, so that one digit picks a number; again lets go."""
    if works.mode in PLAY_MODES:
        works.bank_hold = not works.bank_hold
        works.digits = ""


def _press_transport(works: Works, key: Key) -> None:
    transport = works.transport
    if key is Key.REC and not transport.running:
        works.transport = replace(transport, recording=not transport.recording)
    elif key is Key.START_STOP:
        starting = not transport.running
        works.transport = replace(
            transport, running=starting, recording=transport.recording and starting
        )
        if not works.settings.clock_external:
            works.outbox.append(_START if starting else _STOP)
