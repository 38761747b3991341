"""The front panel: what each key does in each mode. A press that means nothing does nothing."""

from __future__ import annotations

from m1tui.manners import LETTER, UP_DOWN
from m1tui.sysex import Bank, Mode
from m1tui.virtual.commands import press_g
from m1tui.virtual.editing import step
from m1tui.virtual.keys import Key
from m1tui.virtual.mainboard import Mainboard

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
_BESIDE = {"A": "B", "C": "D", "E": "F", "G": "H"}


def press(board: Mainboard, key: Key) -> None:
    """Press one key. What the display had to say goes; only G confirms what it asks."""
    board.message = ""
    if key is not Key.G:
        board.asking = False
    if key in MODE_KEYS:
        _press_mode(board, MODE_KEYS[key])
    elif key.digit is not None:
        _press_digit(board, key.digit)
    elif key.letter:
        _press_letter(board, key.letter)
    elif key in (Key.UP, Key.DOWN):
        _press_step(board, 1 if key is Key.UP else -1)
    elif key in (Key.PAGE_UP, Key.PAGE_DOWN):
        board.go_to_page(board.page_index + (1 if key is Key.PAGE_UP else -1))
    elif key in (Key.INT, Key.CARD):
        _press_bank(board, Bank.CARD if key is Key.CARD else Bank.INTERNAL)
    elif key is Key.BANK_HOLD:
        _press_bank_hold(board)
    elif key is Key.COMPARE:
        board.compare(board.compared is None)
    elif board.mode is Mode.SEQUENCER and key is Key.REC:
        board.press_record()
    elif board.mode is Mode.SEQUENCER:
        board.press_start_stop()


def _press_mode(board: Mainboard, mode: Mode) -> None:
    # Every mode key leads to the mode's first sub-page, also from another page of the mode: the
    # guide's sequences begin with one and are to work from wherever the panel was left. So a
    # mode key also lets go of held tens (assumed).
    was = board.mode
    board.bank_hold = False
    board.set_mode(mode)
    if mode is not was:
        board.announce(board.mode_change())


def _press_digit(board: Mainboard, digit: int) -> None:
    if board.mode in PLAY_MODES:
        board.enter_digit(digit)
        return
    board.press_digit(digit)


def _press_letter(board: Mainboard, letter: str) -> None:
    if board.page.command is not None and letter == Key.G.letter:
        press_g(board, board.page.command)
        return
    if board.page.field(letter) is None and board.manners[LETTER] == "cell":
        # A value's cell is as wide as two keys: A and B, C and D, E and F, G and H.
        letter = _BESIDE.get(letter, letter)
    if board.page.field(letter) is not None:
        if board.take is not None and letter == _MEASURE_KEY.letter:
            # The guide ends a take so: after recording it presses H, START/STOP to hear it.
            board.stop()
        board.cursor = letter


def _press_step(board: Mainboard, by: int) -> None:
    if board.mode in PLAY_MODES:
        board.select_by_panel(_stepped(board, by))
    else:
        step(board, by)
    if board.mode in PLAY_MODES + EDIT_MODES and board.settings.exclusive:
        controller = _INCREMENT if by > 0 else _DECREMENT
        board.outbox += bytes([_CONTROL | board.settings.channel, controller, 0])


def _stepped(board: Mainboard, by: int) -> int:
    number = board.number + by
    if board.manners[UP_DOWN] == "stop":
        return number
    held = board.contents(board.bank)
    records = held.combinations if board.mode is Mode.COMBI else held.programs
    return number % len(records or (None,))


def _press_bank(board: Mainboard, bank: Bank) -> None:
    if board.mode in PLAY_MODES and bank is not board.bank:
        board.select_by_panel(board.number, bank)


def _press_bank_hold(board: Mainboard) -> None:
    """Hold the tens in PROG and COMBI, so that one digit picks a number; again lets go."""
    if board.mode in PLAY_MODES:
        board.bank_hold = not board.bank_hold
        board.digits = ""


def lamps(board: Mainboard) -> tuple[str, ...]:
    """Return the keys whose lamps are lit: the bank's, where the mode has one, and the mode's."""
    mode = next(key.value for key, mode in MODE_KEYS.items() if mode is board.mode)
    if board.mode not in PLAY_MODES + EDIT_MODES:
        return (mode,)
    return (Key.CARD.value if board.bank is Bank.CARD else Key.INT.value, mode)
