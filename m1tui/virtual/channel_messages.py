"""How the M1 takes channel, common and realtime messages: program change, notes, start, stop.

Source: M1 MIDI implementation 2-1 to 2-3. Only what leaves a trace in the state is modelled: notes
and volume do, modulation, bender and pressure leave none.
"""

from __future__ import annotations

from m1tui.manners import PROGRAM_CHANGE_REPLY
from m1tui.sysex import Mode, ShortMessage, Status, StatusCode
from m1tui.sysex.sequence import SONGS
from m1tui.virtual.editing import step, with_value
from m1tui.virtual.mainboard import VOLUME, Mainboard
from m1tui.virtual.sequencer import CONTINUE, START, STOP
from m1tui.virtual.sound import Source, channels

NOTE_OFF, NOTE_ON, CONTROL, PROGRAM_CHANGE = 0x80, 0x90, 0xB0, 0xC0
SONG_SELECT, CLOCK = 0xF3, 0xF8
DATA_ENTRY_MSB, DATA_ENTRY_LSB, INCREMENT, DECREMENT = 6, 38, 96, 97
RPN_LSB, RPN_MSB, LOCAL, ALL_NOTES_OFF = 100, 101, 122, 123
_OF_EVERY_CHANNEL = frozenset({VOLUME, *range(ALL_NOTES_OFF, 128)})
_EDITING = frozenset({DATA_ENTRY_MSB, DATA_ENTRY_LSB, INCREMENT, DECREMENT, RPN_LSB, RPN_MSB})
_TUNE = {RPN_LSB: 1, RPN_MSB: 0}
"""The one registered parameter that the M1 knows: fine tune."""
_TUNE_RANGE = 50
_EDIT_MODES = (Mode.EDIT_PROG, Mode.EDIT_COMBI)
_PLAY_MODES = (Mode.PROG, Mode.COMBI)
_MODES = _PLAY_MODES + _EDIT_MODES
"""Modes in which data entry, increment, decrement and the tune parameter are received."""
_SEVEN_BITS = 127


def receive(board: Mainboard, message: ShortMessage) -> None:
    """Act on one channel or common message.

    What the filters keep out is ignored, and so is what stands on another channel.
    With Exclusive enabled, program change, data entry, increment, decrement and the tune
    parameter are answered with 23, or with 24 where they could not be done.
    """
    data = message.data
    if data[0] == SONG_SELECT and _follows_outside(board) and data[1] < SONGS:
        board.choose(data[1], board.transport.track)
        return
    kind, channel = data[0] & 0xF0, data[0] & 0x0F
    if kind in (NOTE_OFF, NOTE_ON):
        _note(board, channel, data[1], data[2] if kind == NOTE_ON else 0)
    elif kind == CONTROL and data[1] in _OF_EVERY_CHANNEL:
        _of_channel(board, channel, data[1], data[2])
    elif kind == PROGRAM_CHANGE and board.mode is Mode.SEQUENCER:
        _track_program(board, channel, data[1])
    elif channel != board.settings.channel:
        return
    elif kind == PROGRAM_CHANGE and board.settings.program_change and board.mode in _PLAY_MODES:
        # Numbers beyond the last begin again at 0, as often as is needed.
        _reply(board, board.select(data[1] % board.memory.allocation.programs))
    elif kind == CONTROL:
        _control(board, data[1], data[2])


def receive_realtime(board: Mainboard, status: int) -> None:
    """Let an outer clock drive the sequencer; heard in SEQ mode with clock EXT alone."""
    if not _follows_outside(board):
        return
    if status == CLOCK:
        board.clock()
    elif status in (START, CONTINUE) and not board.transport.running:
        if status == START:
            board.go_to(1)
        board.run()
    elif status == STOP and board.transport.running:
        board.stop()


def _follows_outside(board: Mainboard) -> bool:
    return board.mode is Mode.SEQUENCER and board.settings.clock_external


def _note(board: Mainboard, channel: int, key: int, velocity: int) -> None:
    note = frozenset({(channel, key)})
    if not velocity:
        board.sounding -= note
        board.release(Source.MIDI, channel, key)
    elif channel in channels(board):
        board.sounding |= note
        board.play(Source.MIDI, channel, key, velocity)


def _of_channel(board: Mainboard, channel: int, number: int, value: int) -> None:
    """Act on a controller that a timbre or a track takes on a channel of its own."""
    if number >= ALL_NOTES_OFF:
        board.release_all(channel)
    elif board.settings.control and channel in channels(board):
        board.volumes = board.volumes | {channel: value}


def _track_program(board: Mainboard, channel: int, number: int) -> None:
    """Change the program of the tracks on a channel, while the filter lets it (assumed)."""
    if board.settings.program_change:
        of = board.song.channels
        changed = {at: number for at, track in enumerate(of) if track.channel == channel}
        board.track_programs = board.track_programs | changed


def _control(board: Mainboard, number: int, value: int) -> None:
    if number == LOCAL:
        board.settings = board.settings.changed(local=value > 0)
    elif number in _EDITING and board.settings.exclusive and board.mode in _MODES:
        _reply(board, _edit(board, number, value))


def _edit(board: Mainboard, number: int, value: int) -> bool:
    if number in _TUNE:
        board.registered = board.registered | {number: value}
        return board.registered == _TUNE
    if board.registered == _TUNE:
        return _tune(board, number, value)
    if board.mode in _EDIT_MODES and number in (INCREMENT, DECREMENT):
        step(board, 1 if number == INCREMENT else -1)
        return True
    return False


def _tune(board: Mainboard, number: int, value: int) -> bool:
    """Set the master tune: data entry spans -50 to +50, 64 is 0 (the span is assumed)."""
    now = board.memory.global_data.master_tune
    match number:
        case _ if number == DATA_ENTRY_MSB:
            tune = round((value - 64) * _TUNE_RANGE / (_SEVEN_BITS - 64))
        case _ if number == INCREMENT:
            tune = now + 1
        case _ if number == DECREMENT:
            tune = now - 1
        case _:
            tune = now
    tune = min(max(tune, -_TUNE_RANGE), _TUNE_RANGE)
    board.change_global(with_value(board.memory.global_data, "master_tune", tune))
    return True


def _reply(board: Mainboard, done: bool) -> None:
    if board.manners[PROGRAM_CHANGE_REPLY] == "silence":
        return
    code = StatusCode.LOAD_COMPLETED if done else StatusCode.LOAD_ERROR
    board.announce(Status(board.settings.channel, code))
