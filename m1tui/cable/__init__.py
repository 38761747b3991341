"""The interface and its cable: a test of what passes through, and every message in words."""
