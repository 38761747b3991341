"""What the Makefile needs besides the program."""
