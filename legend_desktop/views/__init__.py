"""The window: widgets that bind to view-models."""
