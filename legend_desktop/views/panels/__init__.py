"""One dock panel a file."""
