"""Lets an M1 be heard: phrases, notes that always end, and sounds that are put back afterwards."""
