"""Orders with their events, executions, quotes and stamps; positions, comparisons, settings."""

import sqlalchemy as sa
from alembic import op

from legend_desktop.store.migrations.types import whole

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _account()
    _instrument()
    _intent()
    _meta()
    _position_adjustment()
    _position_snapshot()
    _reconcile_run()
    _session()
    _setting()
    _orders()
    _indexes_of_orders()
    _position_snapshot_row()
    _execution()
    _order_broker_id()
    _order_event()
    _order_stamp()
    _quote_at_order()


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("broker", sa.Text(), nullable=False),
        sa.Column("env", sa.Text(), nullable=False),
        sa.Column("account_key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("base_ccy", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint(
            "profile_id", "broker", "env", "account_key", name=op.f("uq_account_profile_id_broker_env_account_key")
        ),
        sqlite_strict=True,
    )


def _instrument() -> None:
    op.create_table(
        "instrument",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("broker", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("asset_class", sa.Text(), nullable=False),
        sa.Column("first_us", whole(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument")),
        sa.UniqueConstraint("broker", "symbol", name=op.f("uq_instrument_broker_symbol")),
        sqlite_strict=True,
    )


def _intent() -> None:
    op.create_table(
        "intent",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("at_us", whole(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("size_inputs", sa.Text(), nullable=True),
        sa.Column("verdicts", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intent")),
        sa.UniqueConstraint("client_id", name=op.f("uq_intent_client_id")),
        sqlite_strict=True,
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("id", whole(), autoincrement=False, nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.Column("env", sa.Text(), nullable=False),
        sa.Column("install_id", sa.Text(), nullable=False),
        sa.Column("schema_version", whole(), nullable=False),
        sa.Column("app_version", sa.Text(), nullable=False),
        sa.Column("created_us", whole(), nullable=False),
        sa.Column("probe_us", whole(), nullable=False),
        sa.Column("full_check_us", whole(), nullable=False),
        sa.Column("spool_mark", sa.Text(), nullable=False),
        sa.CheckConstraint("env IN ('paper', 'live')", name=op.f("ck_meta_env")),
        sa.CheckConstraint("id = 1", name=op.f("ck_meta_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meta")),
        sqlite_strict=True,
    )


def _position_adjustment() -> None:
    op.create_table(
        "position_adjustment",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("at_us", whole(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("qty_u", whole(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_adjustment")),
        sqlite_strict=True,
    )


def _position_snapshot() -> None:
    op.create_table(
        "position_snapshot",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("at_us", whole(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_snapshot")),
        sqlite_strict=True,
    )
    op.create_index("ix_position_snapshot_profile_id_at_us", "position_snapshot", ["profile_id", "at_us"], unique=False)


def _reconcile_run() -> None:
    op.create_table(
        "reconcile_run",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("start_us", whole(), nullable=False),
        sa.Column("end_us", whole(), nullable=False),
        sa.Column("ok", whole(), nullable=False),
        sa.Column("orders_checked", whole(), nullable=False),
        sa.Column("executions_added", whole(), nullable=False),
        sa.Column("differences", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("ok IN (0, 1)", name=op.f("ck_reconcile_run_ok")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconcile_run")),
        sqlite_strict=True,
    )


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("start_us", whole(), nullable=False),
        sa.Column("end_us", whole(), nullable=True),
        sa.Column("app_version", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("host_hash", sa.Text(), nullable=False),
        sa.Column("pid", whole(), nullable=False),
        sa.Column("clean", whole(), nullable=False),
        sa.CheckConstraint("clean IN (0, 1)", name=op.f("ck_session_clean")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sqlite_strict=True,
    )


def _setting() -> None:
    op.create_table(
        "setting",
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at_us", whole(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "name", name=op.f("pk_setting")),
        sqlite_strict=True,
    )


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("intent_id", whole(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("account_id", whole(), nullable=False),
        sa.Column("instrument_id", whole(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("tif", sa.Text(), nullable=False),
        sa.Column("qty_u", whole(), nullable=False),
        sa.Column("limit_u", whole(), nullable=True),
        sa.Column("stop_u", whole(), nullable=True),
        sa.Column("trail_u", whole(), nullable=True),
        sa.Column("trail_percent_u", whole(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("oco_group", sa.Text(), nullable=True),
        sa.Column("replaces_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pending", sa.Text(), nullable=False),
        sa.Column("cum_u", whole(), nullable=False),
        sa.Column("avg_u", whole(), nullable=True),
        sa.Column("events", whole(), nullable=False),
        sa.Column("created_us", whole(), nullable=False),
        sa.Column("sent_us", whole(), nullable=True),
        sa.Column("acked_us", whole(), nullable=True),
        sa.Column("closed_us", whole(), nullable=True),
        sa.Column("last_us", whole(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=True),
        sa.CheckConstraint("side IN ('buy', 'sell')", name=op.f("ck_orders_side")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_orders_account_id")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"], name=op.f("fk_orders_instrument_id")),
        sa.ForeignKeyConstraint(["intent_id"], ["intent.id"], name=op.f("fk_orders_intent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("client_id", name=op.f("uq_orders_client_id")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_orders_intent_id")),
        sqlite_strict=True,
    )


def _indexes_of_orders() -> None:
    op.create_index("ix_orders_last_us", "orders", ["last_us"], unique=False)
    op.create_index(
        "ix_orders_open",
        "orders",
        ["account_id", "state"],
        unique=False,
        sqlite_where=sa.text("state NOT IN ('canceled', 'denied', 'expired', 'filled', 'rejected', 'replaced')"),
        postgresql_where=sa.text("state NOT IN ('canceled', 'denied', 'expired', 'filled', 'rejected', 'replaced')"),
    )


def _position_snapshot_row() -> None:
    op.create_table(
        "position_snapshot_row",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("snapshot_id", whole(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("qty_u", whole(), nullable=False),
        sa.Column("avg_u", whole(), nullable=False),
        sa.Column("mark_u", whole(), nullable=True),
        sa.Column("mark_stale", whole(), nullable=False),
        sa.Column("as_of_us", whole(), nullable=True),
        sa.Column("exact", sa.Text(), nullable=True),
        sa.CheckConstraint("mark_stale IN (0, 1)", name=op.f("ck_position_snapshot_row_mark_stale")),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["position_snapshot.id"], name=op.f("fk_position_snapshot_row_snapshot_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_snapshot_row")),
        sqlite_strict=True,
    )
    op.create_index("ix_position_snapshot_row_snapshot_id", "position_snapshot_row", ["snapshot_id"], unique=False)


def _execution() -> None:
    op.create_table(
        "execution",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("account_id", whole(), nullable=False),
        sa.Column("exec_id", sa.Text(), nullable=False),
        sa.Column("order_id", whole(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("broker_order_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("corrects_id", sa.Text(), nullable=True),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("qty_u", whole(), nullable=False),
        sa.Column("px_u", whole(), nullable=False),
        sa.Column("notional_u", whole(), nullable=False),
        sa.Column("broker_us", whole(), nullable=False),
        sa.Column("recv_us", whole(), nullable=False),
        sa.Column("trading_day", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=True),
        sa.Column("liquidity", sa.Text(), nullable=False),
        sa.Column("commission_u", whole(), nullable=True),
        sa.Column("fees_u", whole(), nullable=True),
        sa.Column("provisional", whole(), nullable=False),
        sa.Column("late", whole(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=True),
        sa.CheckConstraint("late IN (0, 1)", name=op.f("ck_execution_late")),
        sa.CheckConstraint("provisional IN (0, 1)", name=op.f("ck_execution_provisional")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_execution_account_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_execution_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_execution")),
        sa.UniqueConstraint("account_id", "exec_id", name=op.f("uq_execution_account_id_exec_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_execution_account_id_broker_us", "execution", ["account_id", "broker_us"], unique=False)
    op.create_index("ix_execution_broker_us", "execution", ["broker_us"], unique=False)
    op.create_index("ix_execution_order_id", "execution", ["order_id"], unique=False)


def _order_broker_id() -> None:
    op.create_table(
        "order_broker_id",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("account_id", whole(), nullable=False),
        sa.Column("broker_id", sa.Text(), nullable=False),
        sa.Column("order_id", whole(), nullable=False),
        sa.Column("valid_from_us", whole(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_order_broker_id_account_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_broker_id_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_broker_id")),
        sa.UniqueConstraint("account_id", "broker_id", name=op.f("uq_order_broker_id_account_id_broker_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_order_broker_id_order_id", "order_broker_id", ["order_id"], unique=False)


def _order_event() -> None:
    op.create_table(
        "order_event",
        sa.Column("seq", whole(), autoincrement=False, nullable=False),
        sa.Column("order_id", whole(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("broker_us", whole(), nullable=True),
        sa.Column("recv_us", whole(), nullable=False),
        sa.Column("mono_ns", whole(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_event_order_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_order_event")),
        sqlite_strict=True,
    )
    op.create_index("ix_order_event_order_id_seq", "order_event", ["order_id", "seq"], unique=False)


def _order_stamp() -> None:
    op.create_table(
        "order_stamp",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("order_id", whole(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("at_us", whole(), nullable=False),
        sa.Column("mono_ns", whole(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_stamp_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_stamp")),
        sqlite_strict=True,
    )
    op.create_index("ix_order_stamp_order_id", "order_stamp", ["order_id"], unique=False)


def _quote_at_order() -> None:
    op.create_table(
        "quote_at_order",
        sa.Column("id", whole(), autoincrement=True, nullable=False),
        sa.Column("order_id", whole(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("at_us", whole(), nullable=False),
        sa.Column("offset_ms", whole(), nullable=True),
        sa.Column("exec_id", sa.Text(), nullable=True),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("bid_u", whole(), nullable=True),
        sa.Column("ask_u", whole(), nullable=True),
        sa.Column("bid_size_u", whole(), nullable=True),
        sa.Column("ask_size_u", whole(), nullable=True),
        sa.Column("last_u", whole(), nullable=True),
        sa.Column("last_size_u", whole(), nullable=True),
        sa.Column("volume_u", whole(), nullable=True),
        sa.Column("previous_close_u", whole(), nullable=True),
        sa.Column("quote_us", whole(), nullable=False),
        sa.Column("age_ms", whole(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("halted", whole(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=True),
        sa.CheckConstraint("halted IN (0, 1)", name=op.f("ck_quote_at_order_halted")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_quote_at_order_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_at_order")),
        sqlite_strict=True,
    )
    op.create_index("ix_quote_at_order_order_id", "quote_at_order", ["order_id"], unique=False)
