"""A run of a procedure: what leads through it, and what its pages show."""
