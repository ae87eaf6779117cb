"""Execution quality as a library of pure functions: no I/O, no clock."""
