"""What checks mean to an owner: what a bad answer says, what is tested, what nobody knows."""

from __future__ import annotations

import re
from dataclasses import replace

from m1tui.advice import listed
from m1tui.facts import Verdict
from m1tui.store.records import StepRecord
from m1tui.store.report.facts import named_fault, perhaps, sentence

SAID = {
    "transpose-equals": "the M1 is not transposed as it was to be",
    "clock-heard": "the M1's clock was not heard",
    "no-clock": "the M1 still runs on its own clock",
    "allocation-100": "the M1's memory is not set to 100 programs and 100 combinations",
    "allocation-50": "the M1's memory is not set to 50 programs and 50 combinations",
    "allocation-is": "the M1's memory is not divided as it was to be",
    "channel-is": "the M1 is on another MIDI channel",
    "card-present": "the card that was needed was not in",
    "card-to-format": "the card that was needed was not in",
    "card-holds-data": "no card with data was in",
    "card-writable": "the card could not be written to",
    "card-protected": "the card is not protected against writing",
    "card-formatted-100": "the card does not have the format that was needed",
    "card-format-is": "the card does not have the format that was needed",
    "card-takes-songs": "the card does not have a format for songs",
    "songs-fit-card": "the songs do not fit on the card",
    "songs-fit-internal": "the songs do not fit in the M1",
    "internal-songs-equal-card": "the songs in the M1 are not those on the card",
    "card-songs-equal-internal": "the songs on the card are not those in the M1",
    "internal-equals-card": "the sounds in the M1 are not those on the card",
    "card-equals-internal": "the sounds on the card are not those in the M1",
    "card-erased": "the card is not empty",
    "card-equals-backup": "what is on the card is not what was saved from it",
    "card-names": "no sound card was found in the M1",
    "answers": "the M1 did not answer",
    "exclusive-enabled": "the M1 did not answer the questions that this work needs",
    "song-stopped": "the M1's sequencer was still running",
    "silent": "the M1 was still switched on",
    "off-five-minutes": "the M1 was not off for five minutes",
    "program-change-seen": "no program change was heard",
    "aftertouch-seen": "no aftertouch was heard",
    "exclusive-seen": "nothing was heard from the M1's panel keys",
    "program-00": "program 00 was not selected",
    "aftertouch-silent": "it was not shown that aftertouch is off",
    "memory-initialised": "the M1's memory is not in the state of a new instrument",
    "memory-unprotected": "the M1's memory is still protected",
    "memory-protected": "the M1's memory is not protected",
    "memory-equals": "what is in the M1's memory is not what was sent",
    "memory-as-backup": "what is in the M1's memory is not what was saved",
    "dump-equals-request": "what the M1 sent is not what is in its memory",
    "sequencer-free": "the M1's sequencer is not empty",
    "sequencer-below-35": "the M1's sequencer is not as full as it was to be",
    "song-empty": "the song is not erased",
    "track-empty": "the track is not erased",
    "track-recorded": "the recording was not found",
    "track-program": "the track plays another program",
    "track-channel": "the track is on another channel",
    "track-channel-set": "the track is on another channel",
    "song-plays": "the song was not heard",
    "song-chosen": "the song was not selected",
    "a-key-seen": "no key was heard",
    "in-tune": "the M1 is not tuned to 440 Hz",
    "tune-set": "the M1 is not tuned to 440 Hz",
    "restore": "what is in the M1's memory now is not what was sent",
    "receive": "what arrived is not what is in the M1's memory",
}
"""What a bad answer to a check means for the owner of the instrument, by the check's name."""
_UNSEEN = {
    "no-program-change": "whether program 00 is selected could not be seen",
    "card-lost": "the card could not be read",
}
"""The same where nothing came that shows how it is, by the code of advice."""
PARTS = {
    "joystick-seen": "the joystick",
    "joystick-range": "the joystick",
    "slider-seen": "the VALUE slider",
    "up-down-seen": "the keys UP and DOWN",
    "start-stop-seen": "the key START/STOP",
    "pedals-seen": "the pedals",
    "keybed": "the keys",
    "panel-keys-seen": "the panel keys",
    "sound-suspicion": "the sound",
    "aftertouch-seen": "aftertouch",
}
"""The parts of the instrument that checks test, by the names of the checks."""
NOT_CHECKED = {
    "transpose-equals": "how far the M1 is transposed",
    "clock-heard": "the M1's clock",
    "no-clock": "the M1's clock",
    **dict.fromkeys(
        ("allocation-100", "allocation-50", "allocation-is"), "how the memory is divided"
    ),
    "channel-is": "the MIDI channel",
    **dict.fromkeys(("card-present", "card-to-format", "card-holds-data"), "the card"),
    "card-writable": "whether the card can be written to",
    "card-protected": "whether the card's write-protect switch is on",
    **dict.fromkeys(
        ("card-formatted-100", "card-format-is", "card-takes-songs"), "the card's format"
    ),
    "songs-fit-card": "whether the songs fit on the card",
    "songs-fit-internal": "whether the songs fit in the M1",
    **dict.fromkeys(
        ("internal-songs-equal-card", "card-songs-equal-internal"),
        "whether the songs in the M1 and on the card are the same",
    ),
    **dict.fromkeys(
        ("internal-equals-card", "card-equals-internal"),
        "whether the sounds in the M1 and on the card are the same",
    ),
    "card-erased": "whether the card is empty",
    "card-equals-backup": "whether the card is as it was saved",
    "card-names": "the names of the sounds on the card",
    "answers": "whether the M1 answers a computer",
    "exclusive-enabled": "whether the M1 answers a computer",
    "song-stopped": "whether the sequencer stands still",
    "silent": "whether the M1 was switched off",
    "off-five-minutes": "whether the M1 keeps its memory when it is off",
    "program-change-seen": "whether it sends program changes",
    "exclusive-seen": "what the M1's panel sends",
    "program-00": "program 00",
    "aftertouch-silent": "whether aftertouch is off",
    "memory-initialised": "whether the memory is as in a new instrument",
    "memory-unprotected": "memory protect",
    "memory-protected": "memory protect",
    "memory-equals": "whether the memory is as it was sent",
    "memory-as-backup": "whether the memory is as it was saved",
    "dump-equals-request": "whether the M1 sent what is in its memory",
    "sequencer-free": "whether the sequencer is empty",
    "sequencer-below-35": "how full the sequencer is",
    "song-empty": "whether the song is erased",
    "track-empty": "whether the track is erased",
    "track-recorded": "the recording",
    "track-program": "which program the track plays",
    "track-channel": "the track's channel",
    "track-channel-set": "the track's channel",
    "song-plays": "whether the song plays",
    "song-chosen": "the song",
    "a-key-seen": "whether a key is heard",
    "in-tune": "the tuning",
    "tune-set": "the tuning",
    "local-on": "whether the M1's keys play its own sounds",
}
"""What nobody knows where a check was skipped, by its name; see `PARTS`."""


def unheard(step: StepRecord, verdict: Verdict) -> bool:
    """Return whether nothing was heard of a part at a step that was skipped then.

    Nobody has said that the part was used, so it was not tested.
    """
    found = verdict.found
    nothing = found.endswith(" not heard") and not re.search(r"(?<!not) heard\b", found)
    nothing = nothing or found.startswith(("no ", "nothing "))
    skipped = step.mark == "overridden" and verdict.passed is False
    return skipped and verdict.name in PARTS and nothing


def tests_part(verdict: Verdict) -> bool:
    """Return whether a bad answer is about a part of the instrument, wherever it was given."""
    return verdict.name in PARTS or not verdict.decides


def said_of(verdict: Verdict, then: str = "") -> str:
    """Return a bad answer in sentences for the owner, with `then` behind what is bad for sure."""
    uncertain = _NOT_CERTAIN.search(verdict.found)
    if uncertain is None:
        return f"{_sentence_of(verdict)} {then}".rstrip()
    keys = uncertain[1]
    several = " and " in keys
    doubt = f"It is not certain whether the panel key{'s' if several else ''} {keys} "
    doubt += "work." if several else "works."
    sure = replace(verdict, found=verdict.found[: uncertain.start()])
    return f"{said_of(sure, then)} {doubt}" if "; not heard: " in sure.found else doubt


_NOT_CERTAIN = re.compile(r"; not certain: ([^;]+)$")
"""How a check of the panel keys names those that were perhaps not heard, behind all others."""


def _sentence_of(verdict: Verdict) -> str:
    text = _plainly(verdict)
    return sentence(f"{text[:1].upper()}{text[1:]}")


def _plainly(verdict: Verdict) -> str:
    """Return a bad answer as a clause for the owner."""
    found = verdict.evidence if verdict.found in ("", "none") else verdict.found
    part = PARTS.get(verdict.name, "")
    code = verdict.advice.code if verdict.advice is not None else ""
    if verdict.suspects:
        swap = " Swapping the cables shows whether the M1 or a cable is at fault."
        return f"suspected from what was heard: {found}.{swap if code in _BY_SWAPPING else ''}"
    if verdict.name == "keybed":
        found = _of_keys(found)
    elif part and verdict.name not in SAID:
        found = _of_part(part, found)
    said = named_fault(verdict) or _UNSEEN.get(code, "") or _of_protects(verdict)
    # What is perhaps not at fault stands before what works.
    what, works, rest = SAID.get(verdict.name, found).partition(_WORKS)
    return said or f"{what}{perhaps(verdict)}{works}{rest}"


_BY_SWAPPING = ("suspect-output-left", "suspect-output-right", "suspect-output-3-4")
"""Suspicions, by their codes, that swapped cables settle."""


def _of_part(part: str, found: str) -> str:
    """Return what was not heard of a part, from what a check found: "bottom heard; top not heard".

    A check of many keys counts those that were heard, and names only the others.
    """
    counted = re.search(r"; not heard: ([^;]+)", found)
    if counted is not None:
        keys = part if " and " in counted[1] else part.removesuffix("s")
        return f"no signal came from {keys} {counted[1]}"
    missing = re.search(r"(?:^|[:;] )([^:;]+) not heard\b", found)
    if missing is None:
        nothing = found.startswith(("no ", "nothing "))
        return f"no signal came from {part}" if nothing else f"{part}: {found}"
    seen = re.search(r"(?:^|[:;] )([^:;]+)(?<! not) heard\b", found)
    if seen is None:
        return f"no signal came from {part}"
    if part == PARTS["up-down-seen"]:
        return f"no signal came from the {missing[1]} key{_WORKS}{seen[1]} key works"
    return f"{part} gave no signal for {missing[1]} (heard: {seen[1]})"


def _of_protects(verdict: Verdict) -> str:
    """Return of which parts the protect is not as it was to be, "" where nobody says which.

    A check that found one of them so has not always asked about the others.
    """
    wrong, still = _PROTECTS.get(verdict.name, ("", ""))
    found = verdict.found.split(", ")
    names = [one for one in _PROTECTED if f"{one} {wrong}" in found]
    if not (wrong and names):
        return ""
    several = listed([_PROTECTED[one] for one in names])
    settled = {one.rpartition(" ")[0] for one in found if one.endswith("protected")}
    open_ = [_PROTECTED[one] for one in _PROTECTED if one not in settled]
    rest = f"; whether {listed(open_)} are protected was not checked" if open_ else ""
    return f"{several} in the M1 are {still}{rest}"


_PROTECTED = {"programs": "programs", "combinations": "combinations", "sequence": "songs"}
"""The parts that have a memory protect, in an owner's words."""
_PROTECTS = {
    "memory-unprotected": ("protected", "still protected"),
    "memory-protected": ("unprotected", "not protected"),
}
"""How a check of protects names a part that is not as it was to be, and what is said of that."""
_WORKS = "; the "
_KEYS = {
    "silent or not played": ("was silent or not played", "were silent or not played"),
    "stuck": ("was stuck", "were stuck"),
    "struck once": ("was struck only once", "were struck only once"),
    "one velocity": ("played at one loudness only", "played at one loudness only"),
}
"""What is said of keys, of one and of several, by the word of a check."""


def _of_keys(found: str) -> str:
    """Return what is wrong with the keys, from "58 of 61 keys good; silent or not played: G2"."""
    counted = re.match(r"(\d+) of (\d+) keys good; (.+)", found)
    if counted is None:
        return found
    told = []
    for one in counted[3].split("; "):
        word, _, keys = one.partition(": ")
        several = "," in keys or "\N{EN DASH}" in keys
        if word in _KEYS:
            told.append(f"{keys} {_KEYS[word][several]}")
    bad = int(counted[2]) - int(counted[1])
    verb = "was" if bad == 1 else "were"
    return f"{bad} of the {counted[2]} keys {verb} not good: {'; '.join(told)}"
