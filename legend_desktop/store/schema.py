"""The tables of the journal as SQLAlchemy models: one set for SQLite and PostgreSQL.

Money, prices and quantities are whole micro-units (10^-6) in columns that end in ``_u``, times whole microseconds since
1970 UTC in columns that end in ``_us``, so that sums are exact and fast. SQLite tables are STRICT, which knows neither
BIGINT nor BOOLEAN: the variants below give each engine its own word. Only migrations, PostgreSQL and the tests import
this module; ``ddl`` holds the text that makes a new SQLite file without it.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine

from legend_desktop.store.rows import NOT_ENDED

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def whole() -> TypeEngine[int]:
    """A whole number of 64 bits on both engines."""
    return BigInteger().with_variant(Integer(), "sqlite")


def _number(name: str, *, empty: bool = False) -> Column[int]:
    return Column(name, whole(), nullable=empty)


def _text(name: str, *, empty: bool = False) -> Column[str]:
    return Column(name, Text(), nullable=empty)


def _key(name: str = "id") -> Column[int]:
    return Column(name, whole(), primary_key=True, autoincrement=True)


def _to(name: str, target: str) -> Column[int]:
    return Column(name, whole(), ForeignKey(target), nullable=False)


def _flag(name: str) -> tuple[Column[int], CheckConstraint]:
    return Column(name, whole(), nullable=False), CheckConstraint(f"{name} IN (0, 1)", name=name)


def _table(name: str, *parts: Column[int] | Column[str] | Column[bytes] | CheckConstraint | UniqueConstraint) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


meta = _table(
    "meta",
    Column("id", whole(), primary_key=True, autoincrement=False),
    _text("journal_id"),
    _text("env"),
    _text("install_id"),
    _number("schema_version"),
    _text("app_version"),
    _number("created_us"),
    _number("probe_us"),
    _number("full_check_us"),
    _text("spool_mark"),
    CheckConstraint("id = 1", name="single_row"),
    CheckConstraint("env IN ('paper', 'live')", name="env"),
)
session = _table(
    "session",
    _key(),
    _text("profile_id"),
    _number("start_us"),
    _number("end_us", empty=True),
    _text("app_version"),
    _text("engine_version"),
    _text("host_hash"),
    _number("pid"),
    *_flag("clean"),
)
account = _table(
    "account",
    _key(),
    _text("profile_id"),
    _text("broker"),
    _text("env"),
    _text("account_key"),
    _text("label"),
    _text("base_ccy"),
    UniqueConstraint("profile_id", "broker", "env", "account_key"),
)
instrument = _table(
    "instrument",
    _key(),
    _text("broker"),
    _text("symbol"),
    _text("asset_class"),
    _number("first_us"),
    UniqueConstraint("broker", "symbol"),
)
intent = _table(
    "intent",
    _key(),
    _text("profile_id"),
    Column("client_id", Text(), nullable=False, unique=True),
    _number("at_us"),
    _text("source"),
    _text("role"),
    _text("label"),
    _text("size_inputs", empty=True),
    _text("verdicts", empty=True),
)
orders = _table(
    "orders",
    _key(),
    _text("profile_id"),
    Column("intent_id", whole(), ForeignKey("intent.id"), nullable=False, unique=True),
    Column("client_id", Text(), nullable=False, unique=True),
    _to("account_id", "account.id"),
    _to("instrument_id", "instrument.id"),
    _text("symbol"),
    _text("side"),
    _text("type"),
    _text("tif"),
    _number("qty_u"),
    _number("limit_u", empty=True),
    _number("stop_u", empty=True),
    _number("trail_u", empty=True),
    _number("trail_percent_u", empty=True),
    _text("role"),
    _text("origin"),
    _text("parent_id", empty=True),
    _text("oco_group", empty=True),
    _text("replaces_id", empty=True),
    _text("state"),
    _text("pending"),
    _number("cum_u"),
    _number("avg_u", empty=True),
    _number("events"),
    _number("created_us"),
    _number("sent_us", empty=True),
    _number("acked_us", empty=True),
    _number("closed_us", empty=True),
    _number("last_us"),
    _text("exact", empty=True),
    CheckConstraint("side IN ('buy', 'sell')", name="side"),
)
Index(
    "ix_orders_open",
    orders.c.account_id,
    orders.c.state,
    sqlite_where=text(NOT_ENDED),
    postgresql_where=text(NOT_ENDED),
)
Index("ix_orders_last_us", orders.c.last_us)

order_broker_id = _table(
    "order_broker_id",
    _key(),
    _to("account_id", "account.id"),
    _text("broker_id"),
    _to("order_id", "orders.id"),
    _number("valid_from_us"),
    UniqueConstraint("account_id", "broker_id"),
)
Index("ix_order_broker_id_order_id", order_broker_id.c.order_id)

order_event = _table(
    "order_event",
    Column("seq", whole(), primary_key=True, autoincrement=False),
    _to("order_id", "orders.id"),
    _text("kind"),
    _text("from_state", empty=True),
    _text("to_state"),
    _number("broker_us", empty=True),
    _number("recv_us"),
    _number("mono_ns", empty=True),
    _text("body"),
    Column("prev_hash", LargeBinary(), nullable=False),
    Column("hash", LargeBinary(), nullable=False),
)
Index("ix_order_event_order_id_seq", order_event.c.order_id, order_event.c.seq)

execution = _table(
    "execution",
    _key(),
    _to("account_id", "account.id"),
    _text("exec_id"),
    _to("order_id", "orders.id"),
    _text("client_id"),
    _text("broker_order_id"),
    _text("kind"),
    _text("corrects_id", empty=True),
    _text("symbol"),
    _text("side"),
    _number("qty_u"),
    _number("px_u"),
    _number("notional_u"),
    _number("broker_us"),
    _number("recv_us"),
    _text("trading_day"),
    _text("venue", empty=True),
    _text("liquidity"),
    _number("commission_u", empty=True),
    _number("fees_u", empty=True),
    *_flag("provisional"),
    *_flag("late"),
    _text("exact", empty=True),
    UniqueConstraint("account_id", "exec_id"),
)
Index("ix_execution_account_id_broker_us", execution.c.account_id, execution.c.broker_us)
Index("ix_execution_order_id", execution.c.order_id)
Index("ix_execution_broker_us", execution.c.broker_us)

quote_at_order = _table(
    "quote_at_order",
    _key(),
    _to("order_id", "orders.id"),
    _text("moment"),
    _number("at_us"),
    _number("offset_ms", empty=True),
    _text("exec_id", empty=True),
    _text("symbol"),
    _number("bid_u", empty=True),
    _number("ask_u", empty=True),
    _number("bid_size_u", empty=True),
    _number("ask_size_u", empty=True),
    _number("last_u", empty=True),
    _number("last_size_u", empty=True),
    _number("volume_u", empty=True),
    _number("previous_close_u", empty=True),
    _number("quote_us"),
    _number("age_ms"),
    _text("source"),
    *_flag("halted"),
    _text("exact", empty=True),
)
Index("ix_quote_at_order_order_id", quote_at_order.c.order_id)

order_stamp = _table(
    "order_stamp",
    _key(),
    _to("order_id", "orders.id"),
    _text("moment"),
    _number("at_us"),
    _number("mono_ns"),
)
Index("ix_order_stamp_order_id", order_stamp.c.order_id)

reconcile_run = _table(
    "reconcile_run",
    _key(),
    _text("profile_id"),
    _number("start_us"),
    _number("end_us"),
    *_flag("ok"),
    _number("orders_checked"),
    _number("executions_added"),
    _text("differences"),
    _text("reason"),
)
position_snapshot = _table(
    "position_snapshot",
    _key(),
    _text("profile_id"),
    _number("at_us"),
    _text("source"),
)
Index("ix_position_snapshot_profile_id_at_us", position_snapshot.c.profile_id, position_snapshot.c.at_us)

position_snapshot_row = _table(
    "position_snapshot_row",
    _key(),
    _to("snapshot_id", "position_snapshot.id"),
    _text("symbol"),
    _text("name"),
    _number("qty_u"),
    _number("avg_u"),
    _number("mark_u", empty=True),
    *_flag("mark_stale"),
    _number("as_of_us", empty=True),
    _text("exact", empty=True),
)
Index("ix_position_snapshot_row_snapshot_id", position_snapshot_row.c.snapshot_id)

position_adjustment = _table(
    "position_adjustment",
    _key(),
    _text("profile_id"),
    _number("at_us"),
    _text("symbol"),
    _number("qty_u"),
    _text("reason"),
    _text("note"),
    _text("exact", empty=True),
)
setting = _table(
    "setting",
    Column("profile_id", Text(), primary_key=True),
    Column("name", Text(), primary_key=True),
    _text("value"),
    _number("at_us"),
)
kill_event = _table(
    "kill_event",
    _key(),
    _text("profile_id"),
    _number("at_us"),
    _text("verb"),
    _number("requested"),
    _number("confirmed"),
    _text("residue"),
    _text("note"),
)
round_trip = _table(
    "round_trip",
    _key(),
    _text("profile_id"),
    _to("account_id", "account.id"),
    _text("symbol"),
    _text("side"),
    _number("open_us"),
    _number("close_us", empty=True),
    _number("qty_u"),
    _number("entry_u"),
    _number("exit_u", empty=True),
    _number("pnl_u", empty=True),
    _number("fees_u", empty=True),
    _number("risk_u", empty=True),
    _number("mae_u", empty=True),
    _number("mfe_u", empty=True),
    _number("rebuilt_us"),
    _text("exact", empty=True),
)
Index("ix_round_trip_account_id_close_us", round_trip.c.account_id, round_trip.c.close_us)

round_trip_exec = _table(
    "round_trip_exec",
    _key(),
    Column("round_trip_id", whole(), ForeignKey("round_trip.id", ondelete="CASCADE"), nullable=False),
    _to("execution_id", "execution.id"),
    _number("qty_u"),
    UniqueConstraint("round_trip_id", "execution_id"),
)
Index("ix_round_trip_exec_execution_id", round_trip_exec.c.execution_id)

trade_note = _table(
    "trade_note",
    Column("profile_id", Text(), primary_key=True),
    Column("trade_key", Text(), primary_key=True),
    _text("symbol"),
    _number("open_us"),
    _text("note"),
    _text("tags"),
    _number("edited_us"),
)


def statements(dialect: Dialect) -> list[str]:
    """The statements that make every table and index on an empty database."""
    found: list[str] = []
    for table in metadata.sorted_tables:
        found.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            found.append(str(CreateIndex(index).compile(dialect=dialect)).strip())
    return [_tidy(statement) for statement in found]


def _tidy(statement: str) -> str:
    lines = (line.strip() for line in statement.expandtabs().replace(" WHERE ", "\nWHERE ").splitlines())
    return "\n".join(line for line in lines if line)


def sqlite_statements() -> list[str]:
    """``statements`` in the words of SQLite: the text that ``ddl`` holds."""
    return statements(sqlite.dialect())


def postgres_statements() -> list[str]:
    """``statements`` in the words of PostgreSQL."""
    return statements(postgresql.dialect())  # type: ignore[no-untyped-call]


def ddl_module() -> str:
    """The source of ``ddl``, which makes a new SQLite file without SQLAlchemy."""
    head = '"""The statements that make a new SQLite file, so that a start needs no SQLAlchemy.\n\n'
    about = "Made from the models by ``schema.ddl_module``; a test compares the two.\n"
    body = ";\n\n".join(sqlite_statements())
    return f'{head}{about}"""\n\nTABLES = """\n{body};\n"""\n'
