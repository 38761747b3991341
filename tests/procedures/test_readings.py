"""More reports of owners; where the words can be read in two ways, each way must help.

They were written from what is known of the M1's faults, before anybody looked at the questions.
Whoever reads a report may take any of its ways: somebody whose M1 is dead may look under silence as
well as under the display.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from m1tui.procedures.run import Run
from tests.procedures.rehearsals import built_in
from tests.procedures.test_reports import (
    AGAIN,
    CARD,
    CONTROLS,
    DISPLAY,
    FILES,
    GOOD_CELL,
    INIT,
    MOST_QUESTIONS,
    NOISE,
    OTHERS,
    PANEL,
    REPAIRED,
    REPORTS,
    SEND_OR_DEMO,
    SENT,
    SEQUENCER,
    SOUNDS,
    TO_DO,
    TRANSFER,
    UNSEEN,
)

Way = tuple[str, ...]


class Read(NamedTuple):
    words: str
    ways: tuple[Way, ...]
    """The answers of each reader, the first question's first."""
    ends: tuple[str, ...]
    """The procedures that help, any of them."""


WAYS = (
    Read(
        "Got an M1 off a pawn shop. The screen is completely dark but when I hit a key it plays "
        "piano just fine, headphones work. Is the LCD gone?",
        ((DISPLAY, "No light, or dark: the M1 may still work"),),
        ("display",),
    ),
    Read(
        "My M1 hisses like a cassette deck. Funny thing, on the patches where the FX are switched "
        "off it is dead quiet. As soon as I turn reverb on, hiss.",
        ((NOISE, "Hiss or noise only with the effects"),),
        ("silent-or-noisy",),
    ),
    Read(
        "Left channel works, the right output gives almost nothing. Swapped cables, swapped mixer "
        "channels, still one side only.",
        ((NOISE, "One side or one output is quiet"),),
        ("silent-or-noisy",),
    ),
    Read(
        "Put my RAM card in and it says no card. Tried it ten times. Worked last summer.",
        ((CARD, UNSEEN, "Its cell may be empty"),),
        ("ram-card-battery",),
    ),
    Read(
        "I replaced all the caps in the supply and now single programs play perfect but a lot of "
        "the combis make no sound at all.",
        (
            (NOISE, "Only combinations are silent", REPAIRED),
            (SOUNDS, "Some combinations are silent", REPAIRED),
        ),
        ("silent-or-noisy",),
    ),
    Read(
        "Pressing harder on the keys does nothing any more, vibrato by pressure used to work on "
        "the strings. Keyboard plays otherwise.",
        ((CONTROLS, "Only aftertouch", "They are at ENA: test it"),),
        ("bench-test",),
    ),
    Read(
        "Everything plays about a semitone sharp against my piano. Not one sound, every sound.",
        (
            (SOUNDS, "Everything is too high or too low", "Transpose it back"),
            (
                SOUNDS,
                "Everything is too high or too low",
                "Tune it to 440 Hz, without transposition",
            ),
        ),
        ("transpose", "tune"),
    ),
    Read(
        "Turned it on after three years in the attic and every one of the hundred programs has "
        "the same name, Init something, and they all sound like one plain piano.",
        ((SOUNDS, INIT, "Change the internal battery"),),
        ("internal-battery",),
    ),
    Read(
        "A guy sold me a zip with T3 sounds in sysex, I push it to my M1 and it just sits there, "
        "nothing changes.",
        (
            (
                TRANSFER,
                "I send, but nothing changes",
                "The file is for another model",
                "Send it anyway, after a backup",
            ),
            (
                FILES,
                "The file is for a T-series, an M1EX or another model",
                "Send it anyway, after a backup",
            ),
        ),
        ("dump-from-computer",),
    ),
    Read(
        "I have no backup and no card, the battery died and all my sounds went. Where do I get "
        "the factory sounds from?",
        (
            (FILES, "I have no file to send", "I have one now, or will use the demo: send it"),
            (
                SOUNDS,
                INIT,
                "I have no file to send",
                "I have one now, or will use the demo: send it",
            ),
        ),
        ("dump-from-computer",),
    ),
    Read(
        "When I press play on the sequencer I hear notes hammering on and on, like an arpeggio "
        "that never stops.",
        (
            (SEQUENCER, "Notes repeat, or do not stop", "A song is playing: START/STOP stops it"),
            (
                SOUNDS,
                "Notes repeat or hang although nobody is playing",
                "A song is playing: START/STOP stops it",
            ),
        ),
        ("play",),
    ),
    Read(
        "Low battery message on the display, the synth still has all sounds. What do I do before "
        "it loses them?",
        (
            (DISPLAY, '"Battery Low (Internal)"', "Change the internal battery"),
            (DISPLAY, '"Battery Low (Internal)"', "Only save the sounds now"),
        ),
        ("internal-battery", "dump-to-computer"),
    ),
    Read(
        "Swapped the coin cell, measured 3.2 volts, the thing still tells me Battery Low every "
        "time.",
        ((DISPLAY, '"Battery Low (Internal)"', "The cell is new or tests good"),),
        ("warning-with-good-cell",),
    ),
    Read(
        "I saved my patches, turned it off over night and in the morning they were gone. Cell is "
        "two months old.",
        ((SOUNDS, AGAIN, GOOD_CELL),),
        ("memory-does-not-hold",),
    ),
    Read(
        "Three of the buttons below the screen only react if I really dig my thumb in, and one "
        "does nothing.",
        ((CONTROLS, PANEL, "Test the panel keys"),),
        ("panel-keys",),
    ),
    Read(
        "Some white keys come back up slowly and one stays down, feels like glue in there.",
        (
            (CONTROLS, "Keyboard keys stick", "Free sticky keys from outside"),
            (CONTROLS, "Keyboard keys stick", "That did not help: clean and grease"),
        ),
        ("sticky-keys", "keybed-clean"),
    ),
    Read(
        "One note drones forever as soon as it's switched on, the F above middle C, as if someone "
        "were holding it down.",
        (
            (CONTROLS, "A key sounds by itself, or keeps sounding"),
            (
                SOUNDS,
                "Notes repeat or hang although nobody is playing",
                "It is one key, or a few keys",
            ),
        ),
        ("keybed-clean",),
    ),
    Read(
        "Pitch drifts up by itself. If I wiggle the stick it goes back to normal for a while.",
        (
            (CONTROLS, "Only the joystick"),
            (
                SOUNDS,
                "Everything is too high or too low",
                "It drifts, or moves with the joystick",
            ),
        ),
        ("joystick",),
    ),
    Read(
        "The mod stick, the data slider and the aftertouch all went crazy on the same day after I "
        "plugged a pedal in.",
        (
            (CONTROLS, "Joystick, VALUE and aftertouch together"),
            (CONTROLS, "Only aftertouch", "Joystick and VALUE are wrong, too"),
        ),
        ("warning-with-good-cell",),
    ),
    Read(
        "It freezes on the KORG banner. Sometimes I get a row of black blocks instead.",
        ((DISPLAY, "A frozen greeting, or a black bar"),),
        ("display",),
    ),
    Read(
        "It's completely dead. No light, no sound, nothing. The wall socket is fine.",
        (
            (
                DISPLAY,
                "Nothing at all happens at power-on",
                "Nothing lights up and nothing answers",
            ),
            (
                NOISE,
                "Nothing lights up either: it is dead",
                "Nothing lights up and nothing answers",
            ),
        ),
        ("power-supply",),
    ),
    Read(
        "My computer gets the dump from the M1 without trouble but whatever I send the other way "
        "has no effect.",
        (
            (
                TRANSFER,
                "M1 to computer works, computer to M1 does not",
                "Set the MIDI filters to ENA",
            ),
            (TRANSFER, "I send, but nothing changes", "Set the MIDI filters to ENA"),
        ),
        ("midi-ready",),
    ),
    Read(
        "Sent the bank with my cheap 5 dollar USB MIDI lead. First couple dozen patches are good, "
        "the rest is garbage.",
        (
            (
                TRANSFER,
                "The first programs are right, the rest old or garbled",
                "Send again, more slowly if needed",
            ),
        ),
        ("dump-from-computer",),
    ),
    Read(
        "I can only reach program 49. Where did the other fifty go?",
        ((SOUNDS, "Presets stop at 49", "Change the memory allocation"),),
        ("memory-allocation",),
    ),
    Read(
        "After I loaded a bank the drums are playing cowbells where the snare should be.",
        (
            (
                SOUNDS,
                "Combinations or drums are wrong after a restore",
                "Send a file with global in it",
            ),
        ),
        ("dump-from-computer",),
    ),
    Read(
        "No MIDI interface here, only the original ROM card. How do I get the sounds back after a "
        "new battery?",
        (
            (CARD, "I cannot connect MIDI"),
            (SOUNDS, INIT, "I cannot connect MIDI"),
            (FILES, "I have no file to send", "I cannot connect MIDI"),
        ),
        ("restore-from-card",),
    ),
    Read(
        "Everything looks fine on the screen, names are there, but not one peep out of the "
        "outputs or the phones.",
        (
            (NOISE, "No sound at all, but the display works"),
            (NOISE, "I do not know: play it and listen"),
        ),
        ("silent-or-noisy", "sound-check"),
    ),
    Read(
        "Bought an M1R, the rack one. Where do I find the battery and what screws?",
        ((OTHERS, TO_DO, "It is an M1R: how to open it, how it differs"),),
        ("m1r",),
    ),
    Read(
        "I wish to wipe the whole thing to a clean start, with that button combination at switch "
        "on.",
        ((OTHERS, TO_DO, "Erase everything: this brings no sounds back"),),
        ("initialise",),
    ),
    Read(
        "Want to know which operating system version sits in my M1 and if it's worth burning "
        "newer eproms.",
        ((OTHERS, TO_DO, "See which ROM is in it"),),
        ("rom-check",),
    ),
    Read(
        "I need to get my ten songs off this keyboard onto a card before I sell it.",
        (
            (SEQUENCER, "Save its songs to a card"),
            (CARD, "Songs: save them to it, or load them from it", "Save the songs to the card"),
        ),
        ("songs-to-card",),
    ),
    Read(
        "Card with my songs from 1991 - how do I get these back into the sequencer?",
        (
            (SEQUENCER, "Load songs from a card"),
            (CARD, "Songs: save them to it, or load them from it", "Load the songs from the card"),
        ),
        ("songs-from-card",),
    ),
    Read(
        "The pads and pianos crackle when the synth has been on for half an hour, and get "
        "quieter. A slap on the case brings it back.",
        ((NOISE, "Noise, crackle or distortion"),),
        ("silent-or-noisy",),
    ),
    Read(
        "The backlight is out. I see the letters only with a torch held at an angle.",
        ((DISPLAY, "No light, or dark: the M1 may still work"),),
        ("display",),
    ),
    Read(
        "I put the display brightness wheel all the way and still only two lines of dark blocks.",
        ((DISPLAY, "A frozen greeting, or a black bar"),),
        ("display",),
    ),
    Read(
        "My M1 got an FRAM mod years ago so there's no cell inside. Does it have to be in the "
        "battery list?",
        (
            (OTHERS, TO_DO, "It was converted and has no cell"),
            (
                SOUNDS,
                AGAIN,
                "The M1's memory was converted and has no cell",
            ),
        ),
        ("no-cell",),
    ),
    Read(
        "Whole keyboard locks up as soon as I play loud, off and on helps for an hour.",
        (
            (DISPLAY, "It freezes now and then, or when touched"),
            (CONTROLS, "None of these", "The M1 freezes when they are pressed"),
        ),
        ("display",),
    ),
    Read(
        "Every stroke comes out doubled while my laptop is plugged in.",
        (
            (
                SOUNDS,
                "Notes repeat or hang although nobody is playing",
                "Each note that I play sounds twice",
                "It stops without the cables: my software",
            ),
            (
                SEQUENCER,
                "Notes repeat, or do not stop",
                "Each note that I play sounds twice",
                "It stops without the cables: my software",
            ),
        ),
        ("external-sequencer",),
    ),
    Read(
        "I overwrote most of Korg's own patches years ago and would like them again.",
        (
            (SOUNDS, "I want the factory sounds back", "The cell is new: send a file"),
            (FILES, "I have no file to send", SEND_OR_DEMO),
        ),
        ("dump-from-computer",),
    ),
    Read(
        "Sent the bank to mine, looked fine. Next day one piano is left. The coin cell is new. "
        "Notes from the laptop do nothing either, and the laptop gets none.",
        (
            (SOUNDS, AGAIN, SENT),
            (TRANSFER, "The sounds are lost again after a power-off", SENT),
            (TRANSFER, "Nothing arrives in either direction", "Check the M1 and its filters"),
        ),
        ("dump-from-computer", "midi-ready"),
    ),
    Read(
        "The load program said finished, today the old stuff is back. Brand new coin cell.",
        (
            (
                TRANSFER,
                "The sounds are lost again after a power-off",
                SENT,
            ),
            (SOUNDS, AGAIN, GOOD_CELL),
        ),
        ("dump-from-computer", "memory-does-not-hold"),
    ),
)
READINGS = [(one, way) for one in WAYS for way in one.ways]


def test_none_of_the_reports_stands_in_the_other_list() -> None:
    words = {one.words for one in WAYS}
    assert len(words) == len(WAYS) >= 30
    assert not words & {one.words for one in REPORTS}


@pytest.mark.parametrize(
    ("report", "way"), READINGS, ids=[f"{one.words[:32]} / {way[0][:12]}" for one, way in READINGS]
)
def test_each_way_to_read_a_report_ends_where_it_is_helped(report: Read, way: Way) -> None:
    run = Run.begin(built_in("symptoms"))
    run = run.after(run.tick())
    for answer in way:
        run = run.after(run.next())
        run = run.after(run.choose(answer))
    assert len(way) <= MOST_QUESTIONS
    assert run.route.leads_to in report.ends
