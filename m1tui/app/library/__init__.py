"""The library of backups: what its pages ask for, and what they show."""
