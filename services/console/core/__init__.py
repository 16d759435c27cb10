"""Decisions of the console, without I/O, clock or randomness."""
