"""The presses that a procedure can do without, each with the reason.

For each rehearsal by (step, place of the press); the places are those of `rehearsals.Omission`.
"""

from __future__ import annotations

from m1tui.procedures.keys import parse_keys

IN_GLOBAL = "the step before left the panel in GLOBAL mode, where the digit leads to the page, too"
IN_SEQ = "the step before left the panel in SEQ mode already"
IN_PROG = "the M1 is in PROG mode after power-on"
ELSEWHERE = {IN_GLOBAL: "COMBI", IN_SEQ: "COMBI", IN_PROG: "GLOBAL"}
"""Reasons that hold no longer when somebody has left the panel in another mode, and that mode."""

CURSOR = "the cursor starts on the internal value, so B before it changes nothing"
ONLY_FIELD = "the page has this one value, and the cursor is on it"
SONG_CURSOR = "the cursor starts on the song, so B before it changes nothing"
TOLD_ANYWAY = "the M1 tells the song anyway, because it is another one than was selected"
CHOSEN_BEFORE = "the step before has proved that this song is selected"
PAGE_0 = "SEQ leads to its page 0 by itself"
TRACK_1 = "the panel stands at track 1 already"
FROM_THE_END = "the field does not stand at its UP end, so its DOWN end is reached all the same"
PROGRAM_00 = "program 00 plays already; UP and DOWN tell it again"
TO_LOOK_AT = "it only shows what a person may want to see; the program reads it by itself"
TO_WRITE_DOWN = "it only shows the settings that a person writes down; nothing is changed"
AS_IT_IS = "after its power-on this M1 stands so already; other rehearsals begin elsewhere"
CHANNEL_CURSOR = "the cursor starts on the channel, so B before it changes nothing"
NOT_ASKED = "no message of the M1 says how this stands, and the step says so"
DUMP_PAGE = "it only helps the last look, and only where Exclusive is at DIS"
AT_ENA = "this M1's filters are at ENA already"
AT_INT = "this M1's clock is at INT already"
LOST_WITH_THE_CELL = "the cell takes these filters with it, and midi-again sets them anew"

CHANNEL_AFTER_INIT = "an initialised M1 is on channel 1; the keys are for another that it had"
AFTER_INIT = "an initialised M1 stands at 100/100; the keys are for a backup made at 50/50"
STOPPED_BY_GLOBAL = "one START/STOP is heard all the same: GLOBAL stops the song that it began"
OBSERVED = "what is heard before a repair only decides what follows; the last step proves it"
NO_MIDI = "nothing can be asked without MIDI: the step says what the display shows"

_PROTECTS_OFF = {("protects-off", "B (5)"): CURSOR, ("protects-off", "B (8)"): CURSOR}
_PROTECTS_ON = {("protects-on", "B (5)"): CURSOR, ("protects-on", "B (8)"): CURSOR}
_LOOK = {("look", "0 (2)"): PROGRAM_00, ("look", "0 (3)"): PROGRAM_00}
_WRITE_DOWN = {
    **{("write-down-midi", place): TO_WRITE_DOWN for place in ("GLOBAL (1)", "5 (2)", "+ (3)")},
    **{
        ("write-down-memory", place): TO_WRITE_DOWN
        for place in ("GLOBAL (1)", "6 (2)", "+ (3)", "+ (4)", "+ (5)")
    },
}
_MIDI_READY = {
    ("midi-ready", f"{key} ({number})"): AT_ENA
    for number, key in enumerate(parse_keys("GLOBAL 5 + UP D UP F UP H UP"), 1)
    if key != "+"
}
_BATTERY = {
    **_WRITE_DOWN,
    ("protects-off", "GLOBAL (1)"): IN_GLOBAL,
    **_PROTECTS_OFF,
    ("play", "PROG (1)"): IN_PROG,
    ("play", "0 (2)"): PROGRAM_00,
    ("play", "0 (3)"): PROGRAM_00,
}
_CARD_PROTECTS = {
    ("protects-on", place): NOT_ASKED
    for place in (
        "D (4)",
        "UP/DOWN:card-programs (5)",
        "B (7)",
        "D (9)",
        "UP/DOWN:card-combinations (10)",
        "B (12)",
        "D (14)",
        "UP/DOWN:card-sequences (15)",
    )
}
"""B is there for the sake of D: the cursor of each page starts on the internal value."""
_SETTINGS_BACK = "GLOBAL 5 B UP/DOWN:channel D UP/DOWN:clock F UP/DOWN:local + "
_SETTINGS_BACK += "UP/DOWN:filter-program D UP/DOWN:filter-aftertouch F UP/DOWN:filter-control H "
_SETTINGS_BACK += "UP/DOWN:filter-exclusive"
_SETTINGS = {
    ("settings-back", f"{key} ({number})"): AS_IT_IS if number < 5 else NOT_ASKED
    for number, key in enumerate(_SETTINGS_BACK.split(), 1)
    if key != "5"
} | {("settings-back", place): DUMP_PAGE for place in ("GLOBAL (17)", "7 (18)")}
_TO_DUMP_PAGE = ("settings-back", "7 (18)")
"""Not harmless where Exclusive goes back to DIS: then the last look has no answer without it."""
_SPARE_B = ("settings-back", "B (3)")
_WHOLE_BATTERY = {
    **_BATTERY,
    ("protects-on", "GLOBAL (1)"): IN_GLOBAL,
    **_CARD_PROTECTS,
    **_SETTINGS,
    ("settings-back", "UP/DOWN:channel (4) one DOWN less"): FROM_THE_END,
    **{
        ("allocation", f"{key} ({number})"): AS_IT_IS
        for number, key in enumerate(["GLOBAL", "6", "+", "+", "+", "UP/DOWN:allocation", "G"], 1)
    },
}

HARMLESS: dict[str, dict[tuple[str, str], str]] = {
    "bench-test": {("program-00", "PROG (1)"): IN_PROG},
    "card-format": {("format", "GLOBAL (1)"): IN_GLOBAL},
    "card-load": {
        **_PROTECTS_OFF,
        ("load", "GLOBAL (1)"): IN_GLOBAL,
        ("protects-on", "GLOBAL (1)"): IN_GLOBAL,
        **_PROTECTS_ON,
    },
    "card-save": {("save", "GLOBAL (1)"): IN_GLOBAL},
    "display": {
        ("midi", f"{key} ({number})"): AT_ENA
        for number, key in enumerate(parse_keys("GLOBAL 5 + UP D UP F UP H UP"), 1)
        if key != "+"
    },
    "dump-from-computer": {**_PROTECTS_OFF, **_LOOK, **_PROTECTS_ON},
    "dump-to-computer On the M1's panel: one file type": {
        ("panel-part", "UP/DOWN:file-type (3) one DOWN less"): FROM_THE_END,
    },
    "erase-song": {
        **_PROTECTS_OFF,
        ("erase", "UP/DOWN:song (4) one DOWN less"): FROM_THE_END,
    },
    "erase-track": {
        **_PROTECTS_OFF,
        ("song", "B (2)"): SONG_CURSOR,
        ("song", "UP (3)"): TOLD_ANYWAY,
        ("song", "DOWN (4)"): TOLD_ANYWAY,
        ("song", "UP/DOWN:song (5) one DOWN less"): FROM_THE_END,
        ("erase", "SEQ (1)"): IN_SEQ,
        ("erase", "B (2)"): SONG_CURSOR,
        ("erase", "UP/DOWN:song (3)"): CHOSEN_BEFORE,
        ("erase", "UP/DOWN:song (3) one DOWN less"): FROM_THE_END,
        ("erase", "UP/DOWN:track (7) one DOWN less"): FROM_THE_END,
    },
    "external-sequencer": {
        **{("hear-clock", place): AT_INT for place in ("GLOBAL (1)", "5 (2)", "D (3)", "DOWN (4)")},
        ("track", "SEQ (1)"): IN_SEQ,
        ("track", "UP/DOWN:track (3) one DOWN less"): FROM_THE_END,
    },
    "internal-battery": {
        **_WHOLE_BATTERY,
        **_MIDI_READY,
    },
    "internal-battery dead-battery": {
        **{press: why for press, why in _WHOLE_BATTERY.items() if press != _TO_DUMP_PAGE},
        ("midi-ready", "GLOBAL (1)"): IN_GLOBAL,
        **{
            ("midi-ready", place): LOST_WITH_THE_CELL
            for place in ("UP (4)", "D (5)", "UP (6)", "F (7)", "UP (8)")
        },
    },
    "internal-battery used 5": {
        **{
            press: reason
            for press, reason in _WHOLE_BATTERY.items()
            if reason is not AS_IT_IS and press not in (("settings-back", "D (5)"), _TO_DUMP_PAGE)
        },
        _SPARE_B: CHANNEL_CURSOR,
        ("midi-ready", "GLOBAL (1)"): IN_GLOBAL,
        ("allocation", "GLOBAL (1)"): IN_GLOBAL,
        **{
            ("midi-ready", place): LOST_WITH_THE_CELL
            for place in ("UP (4)", "D (5)", "UP (6)", "F (7)", "UP (8)")
        },
    },
    "initialise": {
        **_WRITE_DOWN,
        **_MIDI_READY,
        **{
            ("midi-again", place): NOT_ASKED
            for place in ("UP (4)", "D (5)", "UP (6)", "F (7)", "UP (8)")
        },
        ("protects-off", "GLOBAL (1)"): IN_GLOBAL,
        **_PROTECTS_OFF,
        **{
            ("allocation", f"{key} ({number})"): AFTER_INIT
            for number, key in enumerate(
                ["GLOBAL", "6", "+", "+", "+", "UP/DOWN:allocation", "G"], 1
            )
        },
        ("protects-on", "GLOBAL (1)"): IN_GLOBAL,
        **_CARD_PROTECTS,
        **_SETTINGS,
        **{
            ("settings-back", place): CHANNEL_AFTER_INIT
            for place in ("GLOBAL (1)", "B (3)", "UP/DOWN:channel (4)")
        },
        ("settings-back", "UP/DOWN:channel (4) one DOWN less"): FROM_THE_END,
    },
    "memory-allocation": {("to-100", "GLOBAL (1)"): IN_GLOBAL},
    "memory-allocation dead-battery 50PROG/50COMBI/7700SEQ": {("to-50", "GLOBAL (1)"): IN_GLOBAL},
    "memory-does-not-hold": {
        **{
            (step, place): NOT_ASKED
            for step in ("midi-again", "ready")
            for place in ("UP (4)", "D (5)", "UP (6)", "F (7)", "UP (8)")
        },
        ("protects-off", "GLOBAL (1)"): IN_GLOBAL,
        **_PROTECTS_OFF,
        **_PROTECTS_ON,
    },
    "memory-protect-off": _PROTECTS_OFF,
    "memory-protect-on": _PROTECTS_ON,
    "panel-keys": {
        **{
            ("heard", f"{key} ({number})"): OBSERVED
            for number, key in enumerate(
                [
                    *("COMBI", "EDIT-COMBI", "EDIT-PROG", "SEQ", "START/STOP", "START/STOP"),
                    *("GLOBAL", "PROG"),
                    *(digit for digit in "0123456789" for _ in range(2)),
                    *("UP", "DOWN"),
                ],
                1,
            )
        },
        ("again", "START/STOP (5)"): STOPPED_BY_GLOBAL,
        ("again", "START/STOP (6)"): STOPPED_BY_GLOBAL,
    },
    "play": {
        ("play", "B (2)"): SONG_CURSOR,
        ("play", "UP/DOWN:song (3) one DOWN less"): FROM_THE_END,
    },
    "record": {
        **_PROTECTS_OFF,
        ("aftertouch", "GLOBAL (1)"): IN_GLOBAL,
        ("song", "0 (2)"): PAGE_0,
        ("song", "B (3)"): SONG_CURSOR,
        ("song", "UP/DOWN:song (4) one DOWN less"): FROM_THE_END,
        ("track-1", "UP/DOWN:track (2)"): TRACK_1,
        ("track-1", "UP/DOWN:track (2) one DOWN less"): FROM_THE_END,
        ("program-1", "UP/DOWN:program (2) one DOWN less"): FROM_THE_END,
        ("track-2", "UP/DOWN:track (2) one DOWN less"): FROM_THE_END,
        ("program-2", "UP/DOWN:program (2) one DOWN less"): FROM_THE_END,
    },
    "power-supply": {("program-00", "PROG (1)"): IN_PROG},
    "restore-from-card": {
        (step, f"{key} ({number})"): NO_MIDI
        for step, keys in (
            ("protects-off", "GLOBAL 6 DOWN + B DOWN + B DOWN"),
            ("load", "GLOBAL 8 DOWN G G"),
            ("protects-on", "GLOBAL 6 UP + B UP + B UP"),
        )
        for number, key in enumerate(keys.split(), 1)
    },
    "silent-or-noisy": {("again", "PROG (1)"): IN_PROG},
    "songs-from-card": {
        **_PROTECTS_OFF,
        ("load", "GLOBAL (1)"): IN_GLOBAL,
        ("load", "UP (3)"): AS_IT_IS,
        ("protects-on", "GLOBAL (1)"): IN_GLOBAL,
        **_PROTECTS_ON,
    },
    "songs-to-card": {
        ("save", "GLOBAL (1)"): IN_GLOBAL,
        ("save", "UP (3)"): AS_IT_IS,
    },
    "sequencer-free": {
        ("look", "SEQ (1)"): TO_LOOK_AT,
        **_PROTECTS_OFF,
        ("to-50", "GLOBAL (1)"): IN_GLOBAL,
        ("percent", "SEQ (1)"): TO_LOOK_AT,
        ("fill", "SEQ (1)"): IN_SEQ,
        ("free", "SEQ (1)"): TO_LOOK_AT,
        **_PROTECTS_ON,
    },
    "transpose": {
        ("set", "F (3)"): ONLY_FIELD,
        ("set", "UP/DOWN:semitones (4) one DOWN less"): FROM_THE_END,
    },
    "used-m1": {
        ("protects-off", "GLOBAL (1)"): IN_GLOBAL,
        **_PROTECTS_OFF,
        ("allocation", "GLOBAL (1)"): IN_GLOBAL,
        **_LOOK,
        **_PROTECTS_ON,
    },
}
"""By the rehearsal's name."""
