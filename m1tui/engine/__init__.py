"""What a technician does with an M1: diagnose, back up, restore, compare, probe."""
