"""What a pattern of answers about sounds points to; each suspicion says how certain it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CLEAN, NOISY, NOTHING = "Clean", "With hiss, noise or distortion", "Nothing"
"""What a person can say of a tone."""
ALL, SOME_SILENT, SOME_WRONG = "All sound as they should", "Some are silent", "Some sound wrong"
"""What a person can say of ten programs."""
NONE_PLAYED = "No combination was played"
"""What a person says where the M1 has none with a timbre that is on; it points to nothing."""
YES, NO = "Yes", "No"
KEY_SEEN, KEY_SEEN_AGAIN = "key/a-key-seen", "key-again/a-key-seen"
"""Whether a key came over MIDI, as a step's check said: "yes" or "no"."""
LOCAL = "hear-key-again"
"""The question whether a key is heard once Local is on."""
OUTPUTS = ("hear-1", "hear-2", "hear-3", "hear-4")
HEARD = {
    "hear-1": "output 1/L",
    "hear-2": "output 2/R",
    "hear-3": "output 3",
    "hear-4": "output 4",
    "hear-sine": "the sine",
    "hear-effects": "the sine with effects",
    "hear-programs": "the programs",
    "hear-combination": "the combination",
    "hear-kit": "the drum kit",
    "hear-song": "the song",
    KEY_SEEN: "a key over MIDI",
    "hear-key": "a key by ear",
    KEY_SEEN_AGAIN: "the key over MIDI again",
    LOCAL: "the key by ear with Local on",
}
"""What the answers are about, by the names of their questions and checks."""
GOOD = frozenset({CLEAN, ALL, YES, "yes"})
"""The answers that point to no fault."""

_BENCHES = "This is one workshop's experience, not a measurement."
_OWNERS = "Two independent reports agree; nothing was measured."
_SURE = "The test shows this, if the answers are right."


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What the answers point to."""

    code: str
    title: str
    cause: str
    certainty: str
    next_step: str


def suspicion_of(values: Mapping[str, str]) -> Suspicion | None:
    """Return what the answers, by their questions' ids, point to; None for no fault.

    What explains more answers comes first.
    """
    said = values.get
    tones = [said(name) for name in (*OUTPUTS, "hear-sine")]
    heard = [one for one in tones if one is not None]
    dry = [said(name) for name in (*OUTPUTS, "hear-sine") if said(name) is not None]
    if heard and all(one == NOTHING for one in heard):
        return ALL_SILENT
    # Who was not asked before Local was sent ON may have heard the key then, too.
    if said("hear-key") == NO and said(LOCAL) == YES:
        return LOCAL_OFF
    if said("hear-1") == NOTHING and said("hear-2") != NOTHING:
        return LEFT_SILENT
    if said("hear-2") == NOTHING and said("hear-1") != NOTHING:
        return RIGHT_SILENT
    if NOTHING in (said("hear-1"), said("hear-sine")):
        return CONTRADICTION
    if NOTHING in (said("hear-3"), said("hear-4")):
        return OUTPUT_3_4
    if NOISY in dry:
        return ALWAYS_NOISY
    if said("hear-effects") in (NOISY, NOTHING):
        return EFFECTS
    if "no" in (said(KEY_SEEN), said(KEY_SEEN_AGAIN)):
        return KEYBED_DEAD
    if said("hear-key") == NO:
        return KEYS_SILENT
    return _of_sounds(values)


def answers_said(values: Mapping[str, str], *, all_of_them: bool) -> str:
    """Return the answers in words: "output 1/L: nothing"; without `all_of_them` only bad ones."""
    pairs = ((said, values[name]) for name, said in HEARD.items() if name in values)
    shown = (f"{said}: {_small(word)}" for said, word in pairs if all_of_them or word not in GOOD)
    return "; ".join(shown)


def not_listened_to(values: Mapping[str, str]) -> str:
    """Return the outputs and sounds that nobody was asked about: "output 3, output 4"."""
    return ", ".join(HEARD[name] for name in _TESTED if name not in values)


_TESTED = (
    *("hear-1", "hear-2", "hear-3", "hear-4", "hear-sine", "hear-effects"),
    *("hear-programs", "hear-combination", "hear-kit", "hear-song"),
)
"""The questions about what m1tui plays; those about keys depend on what was heard over MIDI."""


def _small(word: str) -> str:
    return f"{word[:1].lower()}{word[1:]}"


def _of_sounds(values: Mapping[str, str]) -> Suspicion | None:
    programs = values.get("hear-programs")
    if programs in (SOME_SILENT, SOME_WRONG):
        return PROGRAMS_WRONG
    if values.get("hear-combination") in (NOTHING, NOISY):
        return COMBINATIONS
    if values.get("hear-kit") in (NOTHING, NOISY):
        return DRUM_KITS
    return SONG_SILENT if values.get("hear-song") in (NOTHING, NOISY) else None


ALL_SILENT = Suspicion(
    "suspect-audio-supply",
    "no audio at all",
    "Volume, headphones or the mixer; otherwise the ±12 V supply, which feeds only the "
    "audio path, so the M1 starts but stays silent: brown glue or burnt resistors on the "
    "supply board.",
    _BENCHES,
    "Check VOLUME, headphones and cables first. Work inside is a job for a workshop: the supply "
    "retains a dangerous voltage after it is unplugged.",
)
LEFT_SILENT = Suspicion(
    "suspect-output-left",
    "output 1/L is silent, 2/R is not",
    "The cable or the mixer channel; otherwise a cracked joint at the output jack or on the jack "
    "board.",
    _BENCHES,
    "Swap the two cables. If the silence stays at 1/L, have the jack board resoldered.",
)
RIGHT_SILENT = Suspicion(
    "suspect-output-right",
    "output 2/R is silent, 1/L is not",
    "The cable or the mixer channel; otherwise a cracked joint at the output jack or on the jack "
    "board.",
    _BENCHES,
    "Swap the two cables. If the silence stays at 2/R, have the jack board resoldered.",
)
CONTRADICTION = Suspicion(
    "suspect-answers",
    "the answers about the outputs and the sine do not agree",
    "The sine plays from outputs 1/L and 2/R: it should be heard if those outputs were heard, and "
    "not if both were silent. A cable or the volume was changed between the tones, or an answer "
    "is wrong.",
    _SURE,
    "Go back with b to the tones, play each one again with r, and answer again.",
)
OUTPUT_3_4 = Suspicion(
    "suspect-output-3-4",
    "output 3 or 4 is silent",
    "The cable or the mixer channel; otherwise a cracked joint at its jack.",
    _BENCHES,
    "Swap the cables with those of 1/L and 2/R, and listen again.",
)
ALWAYS_NOISY = Suspicion(
    "suspect-converter",
    "noise even without effects",
    "The single multiplexed converter, or ripple on the supply.",
    _OWNERS,
    "Also listen to outputs 3 and 4: noise there points to the converter. Let a workshop "
    "measure the supply under load.",
)
EFFECTS = Suspicion(
    "suspect-effects",
    "noise or silence with effects only",
    "The effects' DRAM or the effects chip: the sound is clean without effects.",
    _OWNERS,
    "Until it is repaired, play without effects or through outputs 3 and 4. The repair "
    "is a job for a "
    "workshop.",
)
LOCAL_OFF = Suspicion(
    "suspect-local-off",
    "Local was off, and is on now",
    "The keys were sent over MIDI but did not play the M1 itself. Local stays on until "
    "somebody changes it.",
    _SURE,
    "The keys are not at fault. To set Local on by hand: GLOBAL 5 F UP.",
)
KEYBED_DEAD = Suspicion(
    "suspect-keybed",
    "a key sends nothing",
    "The key's contacts, or the keybed's connector: the M1 itself can be heard.",
    _SURE,
    'Test all keys with "Test every control". If none is heard, begin with the connector.',
)
KEYS_SILENT = Suspicion(
    "suspect-keys-silent",
    "keys are sent, but not heard, even with Local on",
    "The mode or the selected sound: a combination's key window, or a volume pedal.",
    "No other causes are known.",
    "Select program I00, unplug the pedals, and listen again.",
)
PROGRAMS_WRONG = Suspicion(
    "suspect-programs",
    "some programs are silent or sound wrong",
    "The memory: sounds that were damaged, or that need a PCM card that is not inserted.",
    "The audio path works, as the sine shows.",
    "Compare the memory with a backup, or restore one. Inspect says which sounds need a card.",
)
COMBINATIONS = Suspicion(
    "suspect-combinations",
    "a combination is silent or noisy, but programs are not",
    "Its programs or effects. Silent combinations with working programs have been seen "
    "after capacitors were replaced.",
    _BENCHES,
    "Listen to other combinations (on home, press a). If all are silent, mention it to the "
    "workshop.",
)
DRUM_KITS = Suspicion(
    "suspect-drum-kits",
    "a drum kit is silent or wrong",
    "The Global data, which is where the drum kits are. If programs are restored without it, they "
    "play other kits.",
    "The audio path works, as the sine shows.",
    "Restore a file that contains Global.",
)
SONG_SILENT = Suspicion(
    "suspect-song",
    "the song is not heard",
    "The song is empty, or its tracks play programs that are not there.",
    "The audio path works, as the sine shows.",
    "Inspect a backup of the sequencer to see what each track plays.",
)
