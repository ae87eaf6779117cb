"""Sub-commands of the console script; no logic of their own."""
