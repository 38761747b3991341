"""m1tui maintains Korg M1 synthesizers over MIDI, in a terminal."""

__version__ = "0.1.0"
