"""Sample answers of Alpaca, with own values in the documented shapes, and rows made from them."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from legend_desktop.brokers.alpaca.payloads import OrderRow, decode
from legend_desktop.domain.enums import BrokerType, OrderRole, OrderSide, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms

FOLDER = Path(__file__).parents[3] / "data" / "alpaca"
NOW = datetime(2026, 11, 23, 15, 5, tzinfo=UTC)
BUY, SELL = OrderSide.BUY, OrderSide.SELL


def raw(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def plain(name: str) -> Any:
    return json.loads(raw(name))


def order_row(name: str = "order", **changes: Any) -> OrderRow:
    return decode(json.dumps(plain(name) | changes).encode(), OrderRow)


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def terms(
    side: OrderSide = BUY,
    kind: OrderType = OrderType.LIMIT,
    quantity: str = "12",
    *,
    limit: str | None = None,
    stop: str | None = None,
    trail: str | None = None,
    percent: str | None = None,
    life: TimeInForce = TimeInForce.DAY,
    extended: bool = False,
    symbol: str = "AAPL",
) -> OrderTerms:
    return OrderTerms(
        symbol,
        side,
        kind,
        Decimal(quantity),
        limit_price=number(limit),
        stop_price=number(stop),
        trail_amount=number(trail),
        trail_percent=number(percent),
        time_in_force=life,
        extended_hours=extended,
    )


def intent(
    what: OrderTerms,
    key: str = "LPA1000000000000000042",
    *,
    role: OrderRole = OrderRole.ENTRY,
    parent: str | None = None,
    reduce_only: bool = False,
) -> OrderIntent:
    return OrderIntent(
        client_order_id=key,
        broker=BrokerType.ALPACA,
        mode=TradingMode.PAPER,
        account_id="",
        terms=what,
        created_at=NOW,
        role=role,
        parent_id=parent,
        reduce_only=reduce_only,
    )


def bracket(entry: OrderTerms, target: str | None = "190", stop: str | None = "178", **exits: Any) -> Bracket:
    """``entry`` with good-till-cancelled exits, as the desk makes them."""
    exits = {"quantity": str(entry.quantity), "life": TimeInForce.GTC, **exits}
    side = entry.side.opposite
    key = "LPA1000000000000000042"
    profit = terms(side, OrderType.LIMIT, limit=target, **exits) if target else None
    loss = terms(side, OrderType.STOP, stop=stop, **exits) if stop else None
    return Bracket(
        intent(entry, key),
        intent(profit, "LPA10000000000000000T1", role=OrderRole.TARGET, parent=key) if profit else None,
        intent(loss, "LPA10000000000000000S1", role=OrderRole.STOP, parent=key) if loss else None,
    )
