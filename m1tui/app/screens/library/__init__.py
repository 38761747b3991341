"""The pages of the library of backups."""
