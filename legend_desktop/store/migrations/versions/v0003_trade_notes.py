"""What a person writes about a trade."""

import sqlalchemy as sa
from alembic import op

from legend_desktop.store.migrations.types import whole

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "trade_note",
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("trade_key", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("open_us", whole(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("edited_us", whole(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "trade_key", name=op.f("pk_trade_note")),
        sqlite_strict=True,
    )
