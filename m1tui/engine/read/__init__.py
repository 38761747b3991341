"""Readings of memory that can be trusted: backups, comparisons, dumps that a person starts."""
