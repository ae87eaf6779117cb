"""The revisions of the journal's layout, one file each in ``versions``; ``env`` is what Alembic runs."""
