"""Figures that the project promises, each a ratio of two measurements in one run."""
