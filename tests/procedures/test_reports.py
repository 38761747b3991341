"""What owners report, answered through the symptoms as a person would answer.

The reports are made up for this test, in an owner's words; nobody wrote them. Each has the answers
that somebody gives who knows only these words, and the end that helps.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from m1tui.procedures.run import Run
from tests.procedures.rehearsals import built_in

MOST_QUESTIONS = 5
NOT_KNOWN = "not-known"
NOT_A_FAULT = "not-a-fault"
TRANSFER_NOT_KNOWN = "transfer-not-known"
ENDS = (NOT_KNOWN, NOT_A_FAULT, TRANSFER_NOT_KNOWN)
TRANSFER = "Sounds do not get to or from the computer"
SOUNDS = "The sounds in the M1 are wrong or gone"
NOISE = "The M1 is silent, noisy or too quiet"
DISPLAY = "The display warns, freezes or is dark, or the M1 is dead"
CONTROLS = "Keys, joystick, aftertouch or controls"
SEQUENCER = "The sequencer and its songs"
AGAIN = "They are lost again after every power-off"
GOOD_CELL = "They were there, and the cell is new and good"
SENT = "They were sent, but I did not see or hear them"
CARD = "Memory cards"
FILES = "I have a question about files or a backup"
OTHERS = "None of these, or nothing is broken"
UNLISTED = "Something is wrong, but it is not in the lists"
TO_DO = "Nothing is wrong: I want to do something with it"
INIT = 'All are "Init Prog", or all sound the same'
SEND_OR_DEMO = "I have one now, or will use the demo: send it"
PANEL = "Panel keys are dead, flaky or wrong"
REPAIRED = "Since new capacitors or a repair, or always"
UNSEEN = "The M1 does not see it, or cannot read it"


class Report(NamedTuple):
    words: str
    answers: tuple[str, ...]
    end: str


REPORTS = (
    Report(
        "My M1 says Battery Low (Internal) when I turn it on. Battery is from the nineties.",
        (DISPLAY, '"Battery Low (Internal)"', "Change the internal battery"),
        "internal-battery",
    ),
    Report(
        "I put a fresh CR2032 in and it STILL says battery low. Meter says 3.2 volts.",
        (DISPLAY, '"Battery Low (Internal)"', "The cell is new or tests good"),
        "warning-with-good-cell",
    ),
    Report(
        "Battery low comes up and I own no MIDI interface, only a RAM card.",
        (DISPLAY, '"Battery Low (Internal)"', "I cannot connect MIDI"),
        "restore-from-card",
    ),
    Report(
        "After the battery change everything is called Init Prog and it's one piano.",
        (
            SOUNDS,
            INIT,
            "The cell is new: send a file",
        ),
        "dump-from-computer",
    ),
    Report(
        "Every single time I switch it off, Init Prog is back. New battery in it!",
        (SOUNDS, AGAIN, GOOD_CELL),
        "memory-does-not-hold",
    ),
    Report(
        "All sounds gone, I have no backup and nothing to send. Where do I get them?",
        (
            SOUNDS,
            INIT,
            "I have no file to send",
            SEND_OR_DEMO,
        ),
        "dump-from-computer",
    ),
    Report(
        "Someone converted mine to FRAM, now it nags me that a battery is due.",
        (DISPLAY, '"Battery Low (Internal)"', "It was converted and has no cell"),
        "no-cell",
    ),
    Report(
        "Display is completely dark but keys light their lamps.",
        (DISPLAY, "No light, or dark: the M1 may still work"),
        "display",
    ),
    Report(
        "There is light in the screen but not one letter on it.",
        (DISPLAY, "Light, but no text"),
        "display",
    ),
    Report(
        "It hangs on Korg Music Workstation M1 and nothing reacts.",
        (DISPLAY, "A frozen greeting, or a black bar"),
        "display",
    ),
    Report(
        "Totally dead. No lamp, no sound, no screen.",
        (DISPLAY, "Nothing at all happens at power-on", "Nothing lights up and nothing answers"),
        "power-supply",
    ),
    Report(
        "Names full of strange signs in all banks since a thunderstorm.",
        (DISPLAY, "Garbled names or values everywhere", "Erase it and send the sounds again"),
        "initialise",
    ),
    Report(
        "There is a loud hiss, but only on patches with reverb.",
        (NOISE, "Hiss or noise only with the effects"),
        "silent-or-noisy",
    ),
    Report(
        "The left output is much quieter than the right one.",
        (NOISE, "One side or one output is quiet"),
        "silent-or-noisy",
    ),
    Report(
        "Boots fine, shows Universe, but no sound at all from any jack.",
        (NOISE, "No sound at all, but the display works"),
        "silent-or-noisy",
    ),
    Report(
        "Crackling and distortion whatever I play.",
        (NOISE, "Noise, crackle or distortion"),
        "silent-or-noisy",
    ),
    Report(
        "Since the recap the combis are mute, single programs sound great.",
        (SOUNDS, "Some combinations are silent", REPAIRED),
        "silent-or-noisy",
    ),
    Report(
        "I loaded a program bank, now half the combis are silent.",
        (
            SOUNDS,
            "Some combinations are silent",
            "After a restore: send programs and global, too",
        ),
        "dump-from-computer",
    ),
    Report(
        "Drum sounds are all mixed up since I sent a sysex file.",
        (
            SOUNDS,
            "Combinations or drums are wrong after a restore",
            "Send a file with global in it",
        ),
        "dump-from-computer",
    ),
    Report(
        "It is exactly three semitones off from my other synths.",
        (SOUNDS, "Everything is too high or too low", "Transpose it back"),
        "transpose",
    ),
    Report(
        "A stuck arpeggio keeps playing, I have nothing connected but my DAW.",
        (
            SOUNDS,
            "Notes repeat or hang although nobody is playing",
            "They stop: my software is sending them",
        ),
        "external-sequencer",
    ),
    Report(
        "One key drones on for ever after I touch it.",
        (SOUNDS, "Notes repeat or hang although nobody is playing", "It is one key, or a few keys"),
        "keybed-clean",
    ),
    Report(
        "Only programs 0 to 49, where are the other fifty?",
        (SOUNDS, "Presets stop at 49", "Change the memory allocation"),
        "memory-allocation",
    ),
    Report(
        "I insert the RAM card and it says no card.",
        (CARD, UNSEEN, "Its cell may be empty"),
        "ram-card-battery",
    ),
    Report(
        "Card says no card until I wiggle it, then it is there.",
        (CARD, UNSEEN, "It is seen now: load it"),
        "card-load",
    ),
    Report(
        "How do I put my songs on a card? Save only takes the sounds.",
        (
            CARD,
            "Songs: save them to it, or load them from it",
            "Save the songs to the card",
        ),
        "songs-to-card",
    ),
    Report(
        "The rom card plays wrong instruments.",
        (CARD, "It is one of a set of two"),
        "card-sets",
    ),
    Report(
        "Aftertouch does nothing, whatever I press.",
        (CONTROLS, "Only aftertouch", "They are at ENA: test it"),
        "bench-test",
    ),
    Report(
        "Joystick, value slider and aftertouch all went crazy at the same moment.",
        (CONTROLS, "Joystick, VALUE and aftertouch together"),
        "warning-with-good-cell",
    ),
    Report(
        "Pitch bend does not go back to the centre.",
        (CONTROLS, "Only the joystick"),
        "joystick",
    ),
    Report(
        "The 4 and the F button need ten presses.",
        (CONTROLS, PANEL, "Test the panel keys"),
        "panel-keys",
    ),
    Report(
        "Several keys come up slowly, feels like glue.",
        (CONTROLS, "Keyboard keys stick", "Free sticky keys from outside"),
        "sticky-keys",
    ),
    Report(
        "I jiggled the keys for an hour, they still stick.",
        (CONTROLS, "Keyboard keys stick", "That did not help: clean and grease"),
        "keybed-clean",
    ),
    Report(
        "I sent the sysex and nothing changed at all.",
        (TRANSFER, "I send, but nothing changes", "Set the MIDI filters to ENA"),
        "midi-ready",
    ),
    Report(
        "First 30 sounds are new, the rest is old junk.",
        (
            TRANSFER,
            "The first programs are right, the rest old or garbled",
            "Send again, more slowly if needed",
        ),
        "dump-from-computer",
    ),
    Report(
        "I found T2 and M1EX banks on the web, can I load them?",
        (
            FILES,
            "The file is for a T-series, an M1EX or another model",
            "Send it anyway, after a backup",
        ),
        "dump-from-computer",
    ),
    Report(
        "Picked one up at a yard sale, what now?",
        (FILES, "I just bought this M1: where do I begin?"),
        "used-m1",
    ),
    Report(
        "Memory full on the sequencer, want it all empty.",
        (SEQUENCER, "Its memory is full: erase all songs"),
        "sequencer-free",
    ),
    Report(
        "How do I get the presets it had in the shop? There must be some button combination.",
        (SOUNDS, "I want the factory sounds back", "I have no file to send", SEND_OR_DEMO),
        "dump-from-computer",
    ),
    Report(
        "Whatever patch I pick, it is the same plain tone. A friend put a new battery in.",
        (SOUNDS, INIT, "The cell is new: send a file"),
        "dump-from-computer",
    ),
    Report(
        "Sending looked all right, next morning I am back at Init Prog. Did it ever arrive?",
        (SOUNDS, AGAIN, SENT),
        "dump-from-computer",
    ),
    Report(
        "My sysex program runs to 120 of 190 KB, then stops with a time-out. Each time.",
        (TRANSFER, "The transfer stops before the end", "The port is free now: send again"),
        "dump-from-computer",
    ),
    Report(
        "The laptop shows every gadget I own except the Korg when I pick a MIDI device.",
        (
            TRANSFER,
            "The computer does not list the M1",
            "An interface is connected now: find the M1",
        ),
        "midi-ready",
    ),
    Report(
        "There is only an old printer cable here, can I do without a MIDI box?",
        (TRANSFER, "The computer does not list the M1", "I have no interface, and cannot get one"),
        "restore-from-card",
    ),
    Report(
        "Exclusive is ENA and nothing is protected. I can save to the PC but not load from it.",
        (
            TRANSFER,
            "M1 to computer works, computer to M1 does not",
            "They are at ENA: change the cable and send again",
        ),
        "dump-from-computer",
    ),
    Report(
        "In the middle of a set it locks up. A knock on the panel can do it, too.",
        (DISPLAY, "It freezes now and then, or when touched"),
        "display",
    ),
    Report(
        "All notes come double, the second a moment later. My sequencer program is connected.",
        (
            CONTROLS,
            "None of these",
            "Each note sounds twice",
            "It stops without the cables: my software",
        ),
        "external-sequencer",
    ),
    Report(
        "I hit a key and hear two strokes, on every patch. Is that some echo effect?",
        (
            NOISE,
            "None of these",
            "Each note sounds twice",
            "I do not know: play it with and without effects",
        ),
        "sound-check",
    ),
    Report(
        "A double stroke on each note, no cable in, no effects, on all keys.",
        (SOUNDS, "None of these", "Each note sounds twice", "Every key still does it"),
        NOT_KNOWN,
    ),
    Report(
        "The G of the organ sounds like a robot, all other notes of it are fine. I reloaded it.",
        (
            SOUNDS,
            "None of these",
            "Only some notes of some sounds are distorted",
            "Play it over MIDI and listen",
        ),
        "sound-check",
    ),
    Report(
        "The arrow keys turn a filter setting up and down, I want the next patch.",
        (
            CONTROLS,
            PANEL,
            "UP or DOWN changes a value, not the sound",
            "That did not help: test them",
        ),
        "panel-keys",
    ),
    Report(
        "Every C is silent in all octaves, and two of the mode buttons went with them.",
        (
            CONTROLS,
            "Keys are silent, or all equally loud",
            "Panel keys are dead, too",
            "Test every control",
        ),
        "bench-test",
    ),
    Report(
        "The sustain pedal does nothing, the volume pedal is fine.",
        (CONTROLS, "Pedals", "Test the pedals"),
        "bench-test",
    ),
    Report(
        "Bending and pressure are heard from the M1 but my computer never sees them.",
        (CONTROLS, "None of these", "They are not sent over MIDI", "Set the MIDI filters to ENA"),
        "midi-ready",
    ),
    Report(
        "I collected five cards and two of them are not accepted. One says M3R on it.",
        (CARD, UNSEEN, "It is for an M3R, or is still not seen: send a file"),
        "dump-from-computer",
    ),
    Report(
        "Coffee went into it last night.",
        (OTHERS, UNLISTED),
        NOT_KNOWN,
    ),
    Report(
        "It works. I want to play it from my phone.",
        (OTHERS, TO_DO, "None of these"),
        NOT_A_FAULT,
    ),
    Report(
        "Can I put a bigger memory into it? Nothing is wrong.",
        (OTHERS, "None of these"),
        NOT_A_FAULT,
    ),
    Report(
        "Where can I buy sounds on tape?",
        (FILES, "None of these"),
        NOT_A_FAULT,
    ),
    Report(
        "Dumps arrive, but each takes a quarter of an hour.",
        (TRANSFER, "None of these"),
        TRANSFER_NOT_KNOWN,
    ),
    Report(
        "The click of the sequencer is too loud.",
        (SEQUENCER, "None of these", UNLISTED),
        NOT_KNOWN,
    ),
)


def test_there_are_as_many_reports_as_a_public_list_has() -> None:
    assert len(REPORTS) >= 30
    assert len({one.words for one in REPORTS}) == len(REPORTS)


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: one.words[:48])
def test_a_report_is_answered_in_at_most_five_questions(report: Report) -> None:
    run = Run.begin(built_in("symptoms"))
    run = run.after(run.tick())
    asked = 0
    for answer in report.answers:
        run = run.after(run.next())
        run = run.after(run.choose(answer))
        asked += 1
    assert asked == len(report.answers) <= MOST_QUESTIONS
    if report.end in ENDS:
        run = run.after(run.next())
        assert run.current.id == report.end
        assert run.at_end
    else:
        assert run.route.leads_to == report.end


def test_where_software_doubles_the_notes_the_procedure_says_how_to_stop_it() -> None:
    (led,) = (
        option.procedure
        for option in built_in("symptoms").step("twice").options
        if option.label == "It stops without the cables: my software"
    )
    said = " ".join(step.text for step in built_in(led).steps)
    assert "sends back what it receives" in said
    assert "Local to OFF" in said


def test_no_way_through_the_symptoms_has_more_than_five_questions() -> None:
    symptoms = built_in("symptoms")
    depth = {"where": 1}
    for step in symptoms.steps:
        for option in step.options:
            if option.go and step.id in depth:
                depth[option.go] = max(depth.get(option.go, 0), depth[step.id] + 1)
    questions = {one.id for one in symptoms.steps if one.kind == "question"}
    assert max(depth[one] for one in questions) <= MOST_QUESTIONS
