"""Tests of the test helpers: a detector that never fires is worse than none."""
