"""One file a revision; the revision's name is the layout number it leads to."""
