"""The computer's MIDI ports: by which Python binding, and by which rules of its system."""
