"""Trading concepts as values and pure functions: standard library only, no I/O, no clock, no logging."""
