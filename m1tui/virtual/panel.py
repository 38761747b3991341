"""The front panel: what each key does in each mode. A press that means nothing does nothing."""

from __future__ import annotations

from m1tui.sysex import Bank, Mode
from m1tui.virtual.commands import press_g
from m1tui.virtual.editing import step
from m1tui.virtual.keys import Key
from m1tui.virtual.pages import page_of_digit
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
EDIT_MODES = (Mode.EDIT_PROG, Mode.EDIT_COMBI)
_CONTROL, _INCREMENT, _DECREMENT = 0xB0, 96, 97
_MEASURE_KEY = Key.H


def press(works: Works, key: Key) -> None:
    """Press one key. What the display had to say goes; only G confirms what it asks."""
    works.message = ""
    if key is not Key.G:
        works.asking = False
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
    elif key is Key.COMPARE:
        works.compare(works.compared is None)
    elif works.mode is Mode.SEQUENCER and key is Key.REC:
        works.press_record()
    elif works.mode is Mode.SEQUENCER:
        works.press_start_stop()


def _press_mode(works: Works, mode: Mode) -> None:
    # Every mode key leads to the mode's first sub-page, also from another page of the mode: the
    # guide's sequences begin with one and are to work from wherever the panel was left. So a
    # mode key also lets go of held tens (assumed).
    was = works.mode
    works.bank_hold = False
    works.set_mode(mode)
    if mode is not was:
        works.announce(works.mode_change())


def _press_digit(works: Works, digit: int) -> None:
    if works.mode in PLAY_MODES:
        works.enter_digit(digit)
        return
    index = page_of_digit(works.pages, digit)
    if index is not None:
        works.go_to_page(index)


def _press_letter(works: Works, letter: str) -> None:
    if works.page.command is not None and letter == Key.G.letter:
        press_g(works, works.page.command)
    elif works.page.field(letter) is not None:
        if works.take is not None and letter == _MEASURE_KEY.letter:
            # The guide ends a take so: after recording it presses H, START/STOP to hear it.
            works.stop()
        works.cursor = letter


def _press_step(works: Works, by: int) -> None:
    if works.mode in PLAY_MODES:
        works.select_by_panel(works.number + by)
    else:
        step(works, by)
    if works.mode in PLAY_MODES + EDIT_MODES and works.settings.exclusive:
        controller = _INCREMENT if by > 0 else _DECREMENT
        works.outbox += bytes([_CONTROL | works.settings.channel, controller, 0])


def _press_bank(works: Works, bank: Bank) -> None:
    if works.mode in PLAY_MODES and bank is not works.bank:
        works.select_by_panel(works.number, bank)


def _press_bank_hold(works: Works) -> None:
    """Hold the tens in PROG and COMBI, so that one digit picks a number; again lets go."""
    if works.mode in PLAY_MODES:
        works.bank_hold = not works.bank_hold
        works.digits = ""


def lamps(works: Works) -> tuple[str, ...]:
    """Return the keys whose lamps are lit: the bank's, where the mode has one, and the mode's."""
    mode = next(key.value for key, mode in MODE_KEYS.items() if mode is works.mode)
    if works.mode not in PLAY_MODES + EDIT_MODES:
        return (mode,)
    return (Key.CARD.value if works.bank is Bank.CARD else Key.INT.value, mode)
