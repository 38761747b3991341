"""Procedures: reads them from files, runs them step by step, and keeps a journal of each run."""
