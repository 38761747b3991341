"""m1tui maintains Korg M1 synthesizers over MIDI, in a terminal."""

__version__ = "0.2.0"
"""The release: the last one, or the one that is being worked on. `build.py` knows the commit."""
