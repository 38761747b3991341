"""The interface's own test: what does it, and what its page shows."""
