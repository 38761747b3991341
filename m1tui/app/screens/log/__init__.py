"""The pages of the service log."""
