"""State for the window, announced by signals; no widgets."""
