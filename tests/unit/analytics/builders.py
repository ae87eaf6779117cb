"""Short ways to write down orders, quotes and fills for the analytics tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from legend_desktop.analytics.facts import Mark, OrderFacts, QuoteAt
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.quotes import Quote

NOON = datetime(2026, 11, 20, 17, 0, 0, 123456, tzinfo=UTC)
"""Friday 12:00 in New York: the regular session."""

BUY, SELL = OrderSide.BUY, OrderSide.SELL


def d(value: str | int) -> Decimal:
    return Decimal(str(value))


def near(value: Decimal | float | None, places: int = 2) -> float:
    """``value`` as a float rounded for comparison with a printed figure; fails on ``None``."""
    assert value is not None
    return round(float(value), places)


def quote(bid: str | None, ask: str | None, *, at: datetime = NOON, **more: Any) -> Quote:
    return Quote(
        symbol=more.pop("symbol", "AAPL"),
        bid=None if bid is None else d(bid),
        ask=None if ask is None else d(ask),
        bid_size=more.pop("bid_size", None),
        ask_size=more.pop("ask_size", None),
        last=more.pop("last", None),
        timestamp=at,
        **more,
    )


def quote_at(bid: str | None, ask: str | None, *, at: datetime = NOON, **more: Any) -> QuoteAt:
    return QuoteAt(quote(bid, ask, at=at, **more), at)


def fill(quantity: str | int, price: str, *, side: OrderSide = BUY, after_ms: float = 200, **more: Any) -> Execution:
    at = NOON + timedelta(milliseconds=after_ms)
    return Execution(
        execution_id=more.pop("execution_id", f"{quantity}@{price}+{after_ms}"),
        symbol=more.pop("symbol", "AAPL"),
        side=side,
        quantity=d(quantity),
        price=d(price),
        executed_at=more.pop("executed_at", at),
        received_at=more.pop("received_at", at + timedelta(milliseconds=40)),
        **more,
    )


def mark(execution: Execution, offset_ms: int, mid: str, half: str = "0.01") -> Mark:
    at = execution.executed_at + timedelta(milliseconds=offset_ms)
    low, high = d(mid) - d(half), d(mid) + d(half)
    return Mark(execution.execution_id, offset_ms, quote(str(low), str(high), at=at), at)


def facts(side: OrderSide = BUY, quantity: str | int = 100, **more: Any) -> OrderFacts:
    fills = tuple(more.pop("fills", ()))
    filled = sum((row.quantity for row in fills), Decimal(0))
    state = OrderState.FILLED if filled == d(quantity) else OrderState.CANCELED
    identity = more.pop("client_order_id", "LP01")
    values: dict[str, Any] = {
        "order_id": f"B-{identity}",
        "client_order_id": identity,
        "broker": "simulator",
        "account_id": "SIM-1",
        "mode": TradingMode.PAPER,
        "symbol": "AAPL",
        "side": side,
        "order_type": OrderType.MARKET,
        "time_in_force": TimeInForce.DAY,
        "quantity": d(quantity),
        "state": state,
        "fills": fills,
        "decided_at": NOON,
    }
    return OrderFacts(**{**values, **more})
