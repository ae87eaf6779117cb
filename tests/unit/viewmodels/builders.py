"""Small makers of domain values for the tests of panels."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import (
    BrokerType,
    ExecutionKind,
    OrderRole,
    OrderSide,
    OrderState,
    OrderType,
    Origin,
    Pending,
    TimeInForce,
    TradingMode,
)
from legend_desktop.domain.events import OrderChanged
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order, OrderIntent, OrderTerms, TradePlan
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook

NOON = datetime(2026, 11, 23, 15, 42, 17, tzinfo=UTC)
"""10:42:17 in New York."""


def raise_report(error: BaseException, where: str) -> None:
    """A reporter that lets no listener's fault pass."""
    raise AssertionError(f"{where}: {error!r}") from error


def bus() -> EventBus:
    """A bus whose listeners must not fail."""
    return EventBus(raise_report)


def quote(
    symbol: str = "AAPL",
    bid: str | None = "175.50",
    ask: str | None = "175.52",
    *,
    at: datetime = NOON,
    last: str | None = None,
    close: str | None = None,
    halted: bool = False,
) -> Quote:
    """A quote of 100 by 100."""
    return Quote(
        symbol,
        None if bid is None else Decimal(bid),
        None if ask is None else Decimal(ask),
        Decimal(100),
        Decimal(100),
        None if last is None else Decimal(last),
        at,
        previous_close=None if close is None else Decimal(close),
        halted=halted,
    )


def intent(
    key: str = "o1",
    *,
    symbol: str = "AAPL",
    side: OrderSide = OrderSide.BUY,
    kind: OrderType = OrderType.MARKET,
    quantity: str = "100",
    limit: str | None = None,
    stop: str | None = None,
    tif: TimeInForce = TimeInForce.DAY,
    role: OrderRole = OrderRole.ENTRY,
    label: str = "",
    parent: str | None = None,
    replaces: str | None = None,
    plan: TradePlan | None = None,
    origin: Origin = Origin.APP,
    at: datetime = NOON,
) -> OrderIntent:
    """An order of the simulator's paper account."""
    terms = OrderTerms(
        symbol,
        side,
        kind,
        Decimal(quantity),
        limit_price=None if limit is None else Decimal(limit),
        stop_price=None if stop is None else Decimal(stop),
        time_in_force=tif,
    )
    return OrderIntent(
        key,
        BrokerType.SIMULATOR,
        TradingMode.PAPER,
        "SIM-0001",
        terms,
        at,
        role=role,
        label=label,
        parent_id=parent,
        replaces_id=replaces,
        plan=plan,
        reduce_only=role is not OrderRole.ENTRY,
        origin=origin,
    )


def execution(
    key: str = "x1",
    *,
    order: str = "o1",
    symbol: str = "AAPL",
    side: OrderSide = OrderSide.BUY,
    quantity: str = "100",
    price: str = "175.52",
    at: datetime = NOON,
    kind: ExecutionKind = ExecutionKind.FILL,
    corrects: str | None = None,
    provisional: bool = False,
    late: bool = False,
    venue: str | None = None,
    fees: str | None = None,
) -> Execution:
    """One fill, or a later word about one."""
    return Execution(
        key,
        symbol,
        side,
        Decimal(quantity),
        Decimal(price),
        at,
        at,
        client_order_id=order,
        kind=kind,
        corrects_id=corrects,
        provisional=provisional,
        late=late,
        venue=venue,
        fees=None if fees is None else Decimal(fees),
    )


def plan(entry: str, stop: str | None = None, target: str | None = None) -> TradePlan:
    """A plan with the prices alone."""
    return TradePlan(
        Decimal(entry),
        None if stop is None else Decimal(stop),
        None if target is None else Decimal(target),
    )


class Desk:
    """An order book and a bus that move together, as the ledger moves them."""

    def __init__(self) -> None:
        self.book = OrderBook()
        self.bus = bus()

    def create(self, value: OrderIntent) -> Order:
        """Fold the creation of an order and announce it."""
        return self.fold(OrderEvent(value.client_order_id, OrderEventKind.CREATED, value.created_at, intent=value))

    def fold(self, event: OrderEvent) -> Order:
        """Fold any event and announce it."""
        order = self.book.fold(event)
        self.bus.publish(OrderChanged(order, event))
        return order

    def happen(self, key: str, kind: OrderEventKind, at: datetime = NOON, **more: object) -> Order:
        """Fold a plain event."""
        return self.fold(OrderEvent(key, kind, at, **more))  # type: ignore[arg-type]

    def working(self, value: OrderIntent) -> Order:
        """Create, send and see an order working."""
        self.create(value)
        key = value.client_order_id
        self.happen(key, OrderEventKind.SENT, value.created_at)
        return self.happen(key, OrderEventKind.WORKING, value.created_at, broker_order_id=f"B-{key}")

    def fill(self, value: Execution) -> Order:
        """Fold an execution of its order."""
        return self.fold(
            OrderEvent(value.client_order_id, OrderEventKind.EXECUTION, value.received_at, execution=value)
        )


def account(**more: object) -> Account:
    """The paper account of the specification's picture."""
    fields: dict[str, object] = {
        "account_id": "SIM-0001",
        "broker": BrokerType.SIMULATOR,
        "mode": TradingMode.PAPER,
        "cash": Decimal("26457.64"),
        "buying_power": Decimal("304990.51"),
        "equity": Decimal("104486.29"),
        "as_of": NOON,
        "unrealized_pl": Decimal("806.75"),
        "realized_pl_today": Decimal("206.60"),
        "long_value": Decimal("95491.65"),
        "short_value": Decimal("-17463.00"),
        "start_of_day_equity": Decimal("104057.94"),
        "margin_multiplier": Decimal(4),
    }
    return Account(**(fields | more))  # type: ignore[arg-type]


def position(symbol: str, quantity: str, average: str, mark: str | None, **more: object) -> Position:
    """A position as the broker states it."""
    return Position(
        symbol,
        Decimal(quantity),
        Decimal(average),
        None if mark is None else Decimal(mark),
        NOON,
        **more,  # type: ignore[arg-type]
    )


def later(seconds: float) -> datetime:
    """``NOON`` plus seconds."""
    return NOON + timedelta(seconds=seconds)


__all__ = [
    "Desk",
    "OrderState",
    "Pending",
    "account",
    "bus",
    "execution",
    "intent",
    "later",
    "plan",
    "position",
    "quote",
]
