"""Files, clocks, logs, settings and the single-instance lock."""
