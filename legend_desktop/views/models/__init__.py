"""Item models over view-models, with columns declared as data."""
