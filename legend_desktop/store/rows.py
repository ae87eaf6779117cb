"""Rows of the tables, both ways: which columns a table has, the values of a domain object, the object of a row."""

from collections.abc import Sequence
from typing import Any

from legend_desktop.domain.enums import ExecutionKind, Liquidity, OrderSide, OrderState
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.orders import Order, OrderIntent
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import (
    OrderQuote,
    OrderStamp,
    PositionAdjustment,
    QuoteMoment,
    ReconcileRun,
    StampMoment,
)
from legend_desktop.domain.session import trading_day
from legend_desktop.store.codec import (
    Exact,
    Units,
    from_us,
    optional_from_us,
    optional_us,
    texts_from_json,
    to_json,
    to_us,
)

NOT_ENDED = (
    "state NOT IN ("
    + ", ".join(f"'{word}'" for word in sorted(each.value for each in OrderState if each.is_terminal))
    + ")"
)
"""The condition on ``orders`` for those that have not ended, in the words of the partial index on them."""


def insert(table: str, columns: Sequence[str], tail: str = "") -> str:
    """An INSERT of one row with a place for each column."""
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) {tail}".strip()  # noqa: S608  names are constants


def select(table: str, columns: Sequence[str], tail: str = "", alias: str = "", more: str = "") -> str:
    """A SELECT of ``columns`` in their order, then of ``more``."""
    prefix = f"{alias}." if alias else ""
    names = ", ".join([*(f"{prefix}{name}" for name in columns), *([more] if more else [])])
    return f"SELECT {names} FROM {table} {alias} {tail}".strip()  # noqa: S608  names are constants


INTENT_COLUMNS = ("profile_id", "client_id", "at_us", "source", "role", "label", "size_inputs", "verdicts")


def intent_row(profile: str, intent: OrderIntent, verdicts: Sequence[str] | None) -> tuple[Any, ...]:
    """The intent beside its order, for people who look: the whole of it is in the first event."""
    return (
        profile,
        intent.client_order_id,
        to_us(intent.created_at),
        intent.source.value,
        intent.role.value,
        intent.label,
        None if intent.plan is None else to_json(intent.plan),
        None if verdicts is None else to_json(list(verdicts)),
    )


ORDER_FIXED = (
    "profile_id",
    "intent_id",
    "client_id",
    "account_id",
    "instrument_id",
    "symbol",
    "side",
    "type",
    "role",
    "origin",
    "parent_id",
    "oco_group",
    "replaces_id",
    "created_us",
)
ORDER_CHANGING = (
    "tif",
    "qty_u",
    "limit_u",
    "stop_u",
    "trail_u",
    "trail_percent_u",
    "state",
    "pending",
    "cum_u",
    "avg_u",
    "events",
    "sent_us",
    "acked_us",
    "closed_us",
    "last_us",
    "exact",
)


def order_fixed(profile: str, intent_id: int, account_id: int, instrument_id: int, order: Order) -> tuple[Any, ...]:
    """The columns of an order that never change."""
    intent = order.intent
    return (
        profile,
        intent_id,
        intent.client_order_id,
        account_id,
        instrument_id,
        intent.terms.symbol,
        intent.terms.side.value,
        intent.terms.order_type.value,
        intent.role.value,
        intent.origin.value,
        intent.parent_id,
        intent.oco_group,
        intent.replaces_id,
        to_us(intent.created_at),
    )


def order_changing(order: Order, events: int) -> tuple[Any, ...]:
    """The columns of an order that follow its events."""
    terms, units = order.terms, Units()
    return (
        terms.time_in_force.value,
        units.must("qty_u", terms.quantity),
        units.put("limit_u", terms.limit_price),
        units.put("stop_u", terms.stop_price),
        units.put("trail_u", terms.trail_amount),
        units.put("trail_percent_u", terms.trail_percent),
        order.state.value,
        order.pending.value,
        units.must("cum_u", order.filled_quantity),
        units.put("avg_u", order.average_fill_price),
        events,
        optional_us(order.sent_at),
        optional_us(order.acked_at),
        optional_us(order.closed_at),
        to_us(order.last_event_at or order.intent.created_at),
        units.exact,
    )


EXECUTION_COLUMNS = (
    "account_id",
    "order_id",
    "exec_id",
    "client_id",
    "broker_order_id",
    "kind",
    "corrects_id",
    "symbol",
    "side",
    "qty_u",
    "px_u",
    "notional_u",
    "broker_us",
    "recv_us",
    "trading_day",
    "venue",
    "liquidity",
    "commission_u",
    "fees_u",
    "provisional",
    "late",
    "exact",
)


def execution_row(account_id: int, order_id: int, execution: Execution) -> tuple[Any, ...]:
    """One fill, bust or correction."""
    units = Units()
    return (
        account_id,
        order_id,
        execution.execution_id,
        execution.client_order_id,
        execution.broker_order_id,
        execution.kind.value,
        execution.corrects_id,
        execution.symbol,
        execution.side.value,
        units.must("qty_u", execution.quantity),
        units.must("px_u", execution.price),
        Units().must("notional_u", execution.notional),
        to_us(execution.executed_at),
        to_us(execution.received_at),
        trading_day(execution.executed_at).isoformat(),
        execution.venue,
        execution.liquidity.value,
        units.put("commission_u", execution.commission),
        units.put("fees_u", execution.fees),
        int(execution.provisional),
        int(execution.late),
        units.exact,
    )


def execution_from_row(row: Sequence[Any]) -> Execution:
    """Inverse of ``execution_row`` for a row in the order of ``EXECUTION_COLUMNS``."""
    exact = Exact(row[21])
    return Execution(
        execution_id=row[2],
        symbol=row[7],
        side=OrderSide(row[8]),
        quantity=exact.must("qty_u", row[9]),
        price=exact.must("px_u", row[10]),
        executed_at=from_us(row[12]),
        received_at=from_us(row[13]),
        client_order_id=row[3],
        broker_order_id=row[4],
        kind=ExecutionKind(row[5]),
        corrects_id=row[6],
        venue=row[15],
        liquidity=Liquidity(row[16]),
        commission=exact.get("commission_u", row[17]),
        fees=exact.get("fees_u", row[18]),
        provisional=bool(row[19]),
        late=bool(row[20]),
    )


QUOTE_COLUMNS = (
    "order_id",
    "moment",
    "at_us",
    "offset_ms",
    "exec_id",
    "symbol",
    "bid_u",
    "ask_u",
    "bid_size_u",
    "ask_size_u",
    "last_u",
    "last_size_u",
    "volume_u",
    "previous_close_u",
    "quote_us",
    "age_ms",
    "source",
    "halted",
    "exact",
)


def quote_row(order_id: int, kept: OrderQuote) -> tuple[Any, ...]:
    """The quote at one moment of an order."""
    quote, units = kept.quote, Units()
    return (
        order_id,
        kept.moment.value,
        to_us(kept.at),
        kept.offset_ms,
        kept.execution_id,
        quote.symbol,
        units.put("bid_u", quote.bid),
        units.put("ask_u", quote.ask),
        units.put("bid_size_u", quote.bid_size),
        units.put("ask_size_u", quote.ask_size),
        units.put("last_u", quote.last),
        units.put("last_size_u", quote.last_size),
        units.put("volume_u", quote.volume),
        units.put("previous_close_u", quote.previous_close),
        to_us(quote.timestamp),
        round(quote.exchange_age(kept.at).total_seconds() * 1000),
        quote.source,
        int(quote.halted),
        units.exact,
    )


def quote_from_row(client_order_id: str, row: Sequence[Any]) -> OrderQuote:
    """Inverse of ``quote_row``."""
    exact = Exact(row[18])
    quote = Quote(
        symbol=row[5],
        bid=exact.get("bid_u", row[6]),
        ask=exact.get("ask_u", row[7]),
        bid_size=exact.get("bid_size_u", row[8]),
        ask_size=exact.get("ask_size_u", row[9]),
        last=exact.get("last_u", row[10]),
        timestamp=from_us(row[14]),
        last_size=exact.get("last_size_u", row[11]),
        volume=exact.get("volume_u", row[12]),
        previous_close=exact.get("previous_close_u", row[13]),
        source=row[16],
        halted=bool(row[17]),
    )
    return OrderQuote(client_order_id, QuoteMoment(row[1]), from_us(row[2]), quote, row[4], row[3])


STAMP_COLUMNS = ("order_id", "moment", "at_us", "mono_ns")


def stamp_row(order_id: int, stamp: OrderStamp) -> tuple[Any, ...]:
    """One stamp of an order."""
    return order_id, stamp.moment.value, to_us(stamp.at), stamp.mono_ns


def stamp_from_row(client_order_id: str, row: Sequence[Any]) -> OrderStamp:
    """Inverse of ``stamp_row``."""
    return OrderStamp(client_order_id, StampMoment(row[1]), from_us(row[2]), row[3])


POSITION_COLUMNS = (
    "snapshot_id",
    "symbol",
    "name",
    "qty_u",
    "avg_u",
    "mark_u",
    "mark_stale",
    "as_of_us",
    "exact",
)


def position_row(snapshot_id: int, position: Position) -> tuple[Any, ...]:
    """One position of a snapshot."""
    units = Units()
    return (
        snapshot_id,
        position.symbol,
        position.name,
        units.must("qty_u", position.quantity),
        units.must("avg_u", position.avg_entry_price),
        units.put("mark_u", position.mark),
        int(position.mark_stale),
        optional_us(position.as_of),
        units.exact,
    )


def position_from_row(row: Sequence[Any]) -> Position:
    """Inverse of ``position_row``."""
    exact = Exact(row[8])
    return Position(
        symbol=row[1],
        quantity=exact.must("qty_u", row[3]),
        avg_entry_price=exact.must("avg_u", row[4]),
        mark=exact.get("mark_u", row[5]),
        as_of=optional_from_us(row[7]),
        mark_stale=bool(row[6]),
        name=row[2],
    )


ADJUSTMENT_COLUMNS = ("profile_id", "at_us", "symbol", "qty_u", "reason", "note", "exact")


def adjustment_row(profile: str, adjustment: PositionAdjustment) -> tuple[Any, ...]:
    """One position adjustment."""
    units = Units()
    quantity = units.must("qty_u", adjustment.quantity)
    return (
        profile,
        to_us(adjustment.at),
        adjustment.symbol,
        quantity,
        adjustment.reason,
        adjustment.note,
        units.exact,
    )


def adjustment_from_row(row: Sequence[Any]) -> PositionAdjustment:
    """Inverse of ``adjustment_row``."""
    return PositionAdjustment(row[2], from_us(row[1]), Exact(row[6]).must("qty_u", row[3]), row[4], row[5])


RECONCILE_COLUMNS = (
    "profile_id",
    "start_us",
    "end_us",
    "ok",
    "orders_checked",
    "executions_added",
    "differences",
    "reason",
)


def reconcile_row(profile: str, run: ReconcileRun) -> tuple[Any, ...]:
    """One comparison with the broker."""
    return (
        profile,
        to_us(run.started_at),
        to_us(run.ended_at),
        int(run.ok),
        run.orders_checked,
        run.executions_added,
        to_json(run.differences),
        run.reason,
    )


def reconcile_from_row(row: Sequence[Any]) -> ReconcileRun:
    """Inverse of ``reconcile_row``."""
    return ReconcileRun(from_us(row[1]), from_us(row[2]), bool(row[3]), row[4], row[5], texts_from_json(row[6]), row[7])
