"""The names in the M1's ROM, and other words that the owner's manual has for numbers.

A record holds an index; these are what a person reads.  Source: the owner's manual's lists of
multisounds and drum sounds; the effects' names are in effects.py.
"""

from __future__ import annotations

MULTISOUNDS = (
    *("A.Piano", "E.Piano1", "E.Piano2", "Clav", "Harpsichord"),
    *("Organ1", "Organ2", "MagicOrgan", "Guitar1", "Guitar2"),
    *("E.Guitar", "Sitar1", "Sitar2", "A.Bass", "PickBass"),
    *("E.Bass", "Fretless", "SynthBass1", "SynthBass2", "Vibes"),
    *("Bell", "Tubular", "BellRing", "Karimba", "KarimbaNT"),
    *("SynMallet", "Flute", "PanFlute", "Bottles", "Voices"),
    *("Choir", "Strings", "Brass1", "Brass2", "TenorSax"),
    *("MuteTP", "Trumpet", "TubaFlugel", "DoubleReed", "KotoTrem"),
    *("BambooTrem", "Rhythm", "Lore", "LoreNT", "Flexatone"),
    *("WindBells", "Pole", "PoleNT", "Block", "BlockNT"),
    *("FingerSnap", "Pop", "Drop", "DropNT", "Breath"),
    *("BreathNT", "Pluck", "PluckNT", "VibeHit", "VibeHitNT"),
    *("Hammer", "MetalHit", "MetalHitNT", "Pick", "Distortion"),
    *("DistNT", "BassThumb", "BasThumNT1", "BasThumNT2", "Wire"),
    *("PanWave", "PingWave", "FvWave", "MvWave", "VoiceWave"),
    *("VoiceWvNT1", "VoiceWvNT2", "DWGS EP1", "DWGS EP2", "DWGS EP3"),
    *("DWGS Piano", "DWGS Clav", "DWGS Vibe1", "DWGS Bass1", "DWGS Bass2"),
    *("DWGS Bell1", "DWGS Orgn1", "DWGS Orgn2", "DWGS Voice", "SquareWave"),
    *("Digital1", "SawWave", "Digital2", "25% Pulse", "10% Pulse"),
    *("Digital3", "Digital4", "Digital5", "DWGS Tri", "DWGS Sine"),
)
"""Multisounds 00–99; NT plays the same pitch on every key."""

DRUM_SOUNDS = (
    *("Kick1", "Kick2", "Kick3", "Snare1", "Snare2", "Snare3", "Snare4", "SideStick"),
    *("Tom1", "Tom2", "ClosedHH1", "OpenHH1", "ClosedHH2", "OpenHH2", "Crash", "Conga1"),
    *("Conga2", "Timbales1", "Timbales2", "Cowbell", "Claps", "Tambourine", "E.Tom", "Ride"),
    *("Rap", "Whip", "Shaker", "Pole", "Block", "FingerSnap", "Drop", "VibeHit"),
    *("Hammer", "MetalHit", "Pluck", "FlexaTone", "WindBell", "Tubular1", "Tubular2"),
    *("Tubular3", "Tubular4", "BellRing", "Metronome1", "Metronome2"),
)
"""Drum sounds 01–44, the first at index 0: in a drum kit, 00 is off."""

OCTAVES = ("16'", "8'", "4'")
"""Octaves −1, 0 and +1 in the feet of an organ's pipes."""

KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
NOTES = tuple(f"{KEYS[number % 12]}{number // 12 - 1}" for number in range(128))
"""MIDI's note numbers 0–127 as keys, C-1 to G9; 60 is C4."""

SLOTS = tuple(f"{bank}{number:02d}" for bank in "IC" for number in range(100))
"""Programs 0–199: internal 00–99, then the card's."""

CHANNELS = tuple(str(number) for number in range(1, 17))
"""MIDI channels 0–15 as people count them."""

PANS = ("A", *(f"{left}:{10 - left}" for left in range(9, 0, -1)), "B", "C", "C+D", "D")
"""A sound's place between the outputs."""

OUT_PANS = ("off", "R", *(f"{left}:{100 - left}" for left in range(1, 100)), "L")
"""Where outputs 3 and 4 go, left to right."""
