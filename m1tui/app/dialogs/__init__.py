"""The questions that stand above a screen; each is dismissed with its answer."""
