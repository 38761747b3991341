"""The line to an M1: what is sent and heard, an answer to a question, and when none comes."""
