"""The sounds of the M1 and of files: heard one by one, and marked."""
