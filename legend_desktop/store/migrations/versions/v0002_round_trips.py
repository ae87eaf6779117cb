"""Round trips with the executions they are made of, and what each kill verb did."""

import sqlalchemy as sa
from alembic import op

from legend_desktop.store.migrations.types import whole

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    _kill_event()
    _round_trip()
    _round_trip_exec()


def _kill_event() -> None:
    op.create_table(
        "kill_event",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("at_us", whole(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("requested", whole(), nullable=False),
        sa.Column("confirmed", whole(), nullable=False),
        sa.Column("residue", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kill_event")),
        sqlite_strict=True,
    )


def _round_trip() -> None:
    op.create_table(
        "round_trip",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("account_id", whole(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("open_us", whole(), nullable=False),
        sa.Column("close_us", whole(), nullable=True),
        sa.Column("qty_u", whole(), nullable=False),
        sa.Column("entry_u", whole(), nullable=False),
        sa.Column("exit_u", whole(), nullable=True),
        sa.Column("pnl_u", whole(), nullable=True),
        sa.Column("fees_u", whole(), nullable=True),
        sa.Column("risk_u", whole(), nullable=True),
        sa.Column("mae_u", whole(), nullable=True),
        sa.Column("mfe_u", whole(), nullable=True),
        sa.Column("rebuilt_us", whole(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_round_trip_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_trip")),
        sqlite_strict=True,
    )
    op.create_index("ix_round_trip_account_id_close_us", "round_trip", ["account_id", "close_us"], unique=False)


def _round_trip_exec() -> None:
    op.create_table(
        "round_trip_exec",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("round_trip_id", whole(), nullable=False),
        sa.Column("execution_id", whole(), nullable=False),
        sa.Column("qty_u", whole(), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["execution.id"], name=op.f("fk_round_trip_exec_execution_id")),
        sa.ForeignKeyConstraint(
            ["round_trip_id"], ["round_trip.id"], name=op.f("fk_round_trip_exec_round_trip_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_trip_exec")),
        sa.UniqueConstraint(
            "round_trip_id", "execution_id", name=op.f("uq_round_trip_exec_round_trip_id_execution_id")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_round_trip_exec_execution_id", "round_trip_exec", ["execution_id"], unique=False)
