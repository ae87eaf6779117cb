"""The broker seam and its adapters."""
