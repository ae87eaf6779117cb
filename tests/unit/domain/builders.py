"""Values that several domain tests build."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from legend_desktop.domain.enums import (
    BrokerType,
    MatchingMethod,
    OrderRole,
    OrderSide,
    OrderState,
    OrderType,
    TradingMode,
)
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.lots import LotMatcher, in_time_order
from legend_desktop.domain.orders import Order, OrderIntent, OrderTerms
from legend_desktop.domain.positions import Position

NOW = datetime(2026, 11, 23, 15, 42, 17, tzinfo=UTC)


def terms(
    side: OrderSide = OrderSide.BUY,
    order_type: OrderType = OrderType.MARKET,
    quantity: str | int | Decimal = 100,
    symbol: str = "AAPL",
    **others: Any,
) -> OrderTerms:
    return OrderTerms(symbol, side, order_type, Decimal(quantity), **others)


def intent(order_terms: OrderTerms | None = None, client_order_id: str = "LPAB1", **others: Any) -> OrderIntent:
    return OrderIntent(
        client_order_id=client_order_id,
        broker=BrokerType.SIMULATOR,
        mode=TradingMode.PAPER,
        account_id="SIM1",
        terms=order_terms or terms(),
        created_at=NOW,
        **others,
    )


def stop_order(
    position: Position,
    trigger: str | Decimal | None,
    quantity: str | int | Decimal | None = None,
    state: OrderState = OrderState.WORKING,
    client_order_id: str = "LPSTOP",
) -> Order:
    """A stop against ``position``; without a trigger a trailing stop whose price nobody told yet."""
    order_terms = OrderTerms(
        position.symbol,
        position.side.opposite,
        OrderType.STOP if trigger is not None else OrderType.TRAILING_STOP,
        position.shares if quantity is None else Decimal(quantity),
        stop_price=None if trigger is None else Decimal(trigger),
        trail_percent=None if trigger is not None else Decimal(1),
    )
    return Order(intent(order_terms, client_order_id, role=OrderRole.STOP), order_terms, state)


def matched(rows: Iterable[Execution], method: MatchingMethod = MatchingMethod.FIFO) -> LotMatcher:
    """A matcher fed with ``rows`` in the order they were executed."""
    matcher = LotMatcher(method)
    for row in in_time_order(rows):
        matcher.add(row)
    return matcher


def gross(matcher: LotMatcher, symbol: str | None = None) -> Decimal:
    """Realised profit before fees, of one symbol or all."""
    return sum((lot.gross for lot in matcher.closed if symbol in {None, lot.symbol}), Decimal(0))


def net(matcher: LotMatcher) -> Decimal:
    """Realised profit after fees."""
    return sum((lot.net for lot in matcher.closed), Decimal(0))
