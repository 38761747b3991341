"""Puts a file into an M1 and proves that it is there: a history of facts, and who decides by it."""
