"""The service log: what its pages ask for, and what they show."""
