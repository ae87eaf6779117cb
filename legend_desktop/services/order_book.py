"""Every order as its events fold it: the single owner of order state in memory."""

from collections.abc import Container
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain import order_state
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order


class OrderBook:
    """Orders by our id and by the broker's; lists are snapshots that the caller may keep."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._by_broker: dict[str, str] = {}
        self._open: dict[str, None] = {}
        self._of_symbol: dict[str, dict[str, None]] = {}
        self._legs: dict[str, dict[str, None]] = {}
        self._changes: dict[str, int] = {}
        self._counted_at: dict[str, datetime] = {}

    def all(self) -> list[Order]:
        """All orders, oldest first."""
        return list(self._orders.values())

    def of_symbol(self, symbol: str) -> list[Order]:
        """All orders of ``symbol``, oldest first."""
        return [self._orders[key] for key in self._of_symbol.get(symbol, ())]

    def changes_of(self, symbol: str) -> int:
        """A number that grows with every change to an order of ``symbol``: what was worked out before it is old."""
        return self._changes.get(symbol, 0)

    def get(self, client_order_id: str) -> Order | None:
        """The order with our id."""
        return self._orders.get(client_order_id)

    def by_broker_id(self, broker_order_id: str) -> Order | None:
        """The order that the broker knows by this id, newest or earlier."""
        client_id = self._by_broker.get(broker_order_id)
        return None if client_id is None else self._orders.get(client_id)

    def find(self, client_order_id: str, broker_order_id: str) -> Order | None:
        """The order by our id, else by the broker's."""
        order = self._orders.get(client_order_id) if client_order_id else None
        return order or self.by_broker_id(broker_order_id)

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Orders that are not terminal, oldest first."""
        rows = [self._orders[key] for key in self._open]
        return rows if symbol is None else [row for row in rows if row.symbol == symbol]

    def waiting_exits(self, symbol: str) -> frozenset[str]:
        """Client order ids of exits that the broker holds back until their entry is filled: they protect nothing yet.

        An entry that was changed lives on in its successor.
        """
        return frozenset(
            row.client_order_id
            for row in self.open_orders(symbol)
            if row.state is OrderState.ACCEPTED and self._is_alive(row.intent.parent_id)
        )

    def _is_alive(self, client_order_id: str | None) -> bool:
        order = self._orders.get(client_order_id or "")
        while order is not None and order.replaced_by_id is not None:
            order = self._orders.get(order.replaced_by_id)
        return order is not None and order.is_open

    def unknown(self) -> list[Order]:
        """Orders whose fate nobody knows."""
        return [row for row in self.open_orders() if row.state is OrderState.UNKNOWN]

    def legs_of(self, client_order_id: str) -> list[Order]:
        """The exits that name this order as their entry."""
        return [self._orders[key] for key in self._legs.get(client_order_id, ())]

    def has_execution(self, execution_id: str) -> bool:
        """True where the execution was counted."""
        return execution_id in self._counted_at

    def counted_at(self, execution_id: str) -> datetime | None:
        """When this program counted the execution, by its own clock."""
        return self._counted_at.get(execution_id)

    def fold(self, event: OrderEvent) -> Order:
        """Apply ``event`` and return the order after it. Raises ``KeyError`` for an order that was never created."""
        if event.kind is OrderEventKind.CREATED:
            order = self._orders.get(event.client_order_id) or order_state.create(event)
        else:
            order = order_state.apply(self._orders[event.client_order_id], event)
        self._keep(order)
        if event.execution is not None:
            self._counted_at.setdefault(event.execution.execution_id, event.at)
        return order

    def load(self, events: list[OrderEvent]) -> Order:
        """Take in a stored event log of one order."""
        for event in events:
            order = self.fold(event)
        return order

    def _keep(self, order: Order) -> None:
        key, symbol, parent = order.client_order_id, order.symbol, order.intent.parent_id
        if key not in self._orders:
            self._of_symbol.setdefault(symbol, {})[key] = None
            if parent is not None:
                self._legs.setdefault(parent, {})[key] = None
        self._changes[symbol] = self._changes.get(symbol, 0) + 1
        self._orders[key] = order
        for broker_id in order.broker_order_ids:
            self._by_broker[broker_id] = order.client_order_id
        if order.is_open:
            self._open[order.client_order_id] = None
        else:
            self._open.pop(order.client_order_id, None)


def changed_order(order: Order, living: Container[str]) -> str:
    """The id of the order among ``living`` that ``order`` is about to take the place of; its own id where none is."""
    before = order.intent.replaces_id
    return before if before is not None and before in living else order.client_order_id


def worst_case_quantity(orders: list[Order], side: OrderSide) -> Decimal:
    """Shares of ``side`` that would trade if every open entry among ``orders`` filled to its end.

    Exits of a bracket are left out: they only ever take a position down. Of an order and the change that is on its way
    to take its place only the larger counts.
    """
    chains: dict[str, Decimal] = {}
    living = {row.client_order_id for row in orders}
    for row in orders:
        if row.side is side and row.intent.role is OrderRole.ENTRY and not row.intent.reduce_only:
            key = changed_order(row, living)
            chains[key] = max(chains.get(key, ZERO), row.remaining_quantity)
    return sum(chains.values(), ZERO)
