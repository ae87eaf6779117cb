"""The orders of the day as rows: open ones on top, brackets held together, newest first."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.enums import (
    ConnectionState,
    OrderRole,
    OrderSide,
    OrderState,
    OrderType,
    Origin,
    Pending,
)
from legend_desktop.domain.events import ConnectionChanged, OrderChanged, OrderMeasured
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import default_tick, round_to_tick
from legend_desktop.domain.orders import Order
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook
from legend_desktop.viewmodels.costs import CostOf, OrderCost, not_measured

STATE_WORDS = {
    OrderState.INTENT: "Intent",
    OrderState.DENIED: "Refused",
    OrderState.SENDING: "Sending",
    OrderState.QUESTION: "Asks you",
    OrderState.UNKNOWN: "Unknown",
    OrderState.ACCEPTED: "Accepted",
    OrderState.WORKING: "Working",
    OrderState.PARTIAL: "Partly filled",
    OrderState.FILLED: "Filled",
    OrderState.CANCELED: "Cancelled",
    OrderState.EXPIRED: "Expired",
    OrderState.REJECTED: "Refused",
    OrderState.REPLACED: "Replaced",
    OrderState.ATTENTION: "Needs you",
}
TYPE_WORDS = {
    OrderType.MARKET: "Market",
    OrderType.LIMIT: "Limit",
    OrderType.STOP: "Stop",
    OrderType.STOP_LIMIT: "Stop-limit",
    OrderType.TRAILING_STOP: "Trailing",
    OrderType.BRACKET: "Bracket",
}
PENDING_WORDS = {Pending.CANCEL: "cancel requested", Pending.REPLACE: "change not confirmed"}
_ROLE_WORDS = {OrderRole.ENTRY: "Entry", OrderRole.TARGET: "Target", OrderRole.STOP: "Stop", OrderRole.EXIT: "Exit"}
_REFUSED = frozenset({OrderState.DENIED, OrderState.REJECTED})
_UNSURE = frozenset({OrderState.UNKNOWN, OrderState.QUESTION, OrderState.ATTENTION})


class OrderFilter(StrEnum):
    """The filter chips above the table."""

    ALL = "all"
    WORKING = "working"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"

    def takes(self, order: Order) -> bool:
        """True where ``order`` belongs under the chip."""
        state = order.state
        if self is OrderFilter.WORKING:
            return order.is_open and state not in _UNSURE
        if self is OrderFilter.DONE:
            return state.is_terminal and state not in _REFUSED
        if self is OrderFilter.REFUSED:
            return state in _REFUSED
        if self is OrderFilter.UNKNOWN:
            return state in _UNSURE
        return True


class StateMark(StrEnum):
    """The sign before the state word."""

    WORKING = "working"
    SEEN_EARLIER = "seen_earlier"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    NEEDS_YOU = "needs_you"
    DONE = "done"


class EditField(StrEnum):
    """The cells of a working order that can be changed in the row."""

    LIMIT = "limit"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order as the table shows it. ``depth`` is 1 for a leg under its entry, ``last_leg`` closes the bracket line.

    ``stale`` is true while the line to the broker is lost: the order was true when last seen.
    """

    order: Order
    depth: int = 0
    last_leg: bool = False
    cost: OrderCost | None = None
    stale: bool = False

    @property
    def key(self) -> str:
        """The client order id."""
        return self.order.client_order_id

    @property
    def at(self) -> datetime:
        """When it was sent, else when it was decided (aware UTC)."""
        return self.order.sent_at or self.order.intent.created_at

    @property
    def side_words(self) -> str:
        """Buy, sell, sell short or buy cover."""
        order = self.order
        opens = order.intent.role is OrderRole.ENTRY and not order.intent.reduce_only
        if order.side is OrderSide.BUY:
            return "Buy" if opens else "Buy cover"
        plan = order.intent.plan
        stop = None if plan is None else plan.stop_loss_price
        return "Sell short" if opens and plan is not None and stop is not None and stop > plan.entry_price else "Sell"

    @property
    def type_words(self) -> str:
        """The order kind in a word."""
        return TYPE_WORDS[self.order.terms.order_type]

    @property
    def unknown(self) -> bool:
        """True where nobody knows whether the order lives."""
        return self.order.state is OrderState.UNKNOWN

    @property
    def mark(self) -> StateMark:
        """The sign before the state word."""
        state = self.order.state
        if state is OrderState.UNKNOWN:
            return StateMark.UNKNOWN
        if state in {OrderState.QUESTION, OrderState.ATTENTION}:
            return StateMark.NEEDS_YOU
        if state in _REFUSED:
            return StateMark.REFUSED
        if state.is_terminal:
            return StateMark.DONE
        if self.order.pending in PENDING_WORDS or state in {OrderState.INTENT, OrderState.SENDING}:
            return StateMark.WAITING
        return StateMark.SEEN_EARLIER if self.stale else StateMark.WORKING

    @property
    def label(self) -> str:
        """Why the order exists, in a few words."""
        if self.order.intent.origin is Origin.EXTERNAL:
            return "elsewhere"
        return self.order.intent.label or _ROLE_WORDS[self.order.intent.role]

    @property
    def stop_price(self) -> Decimal | None:
        """The price at which the order triggers now."""
        return self.order.stop_trigger

    @property
    def can_change(self) -> bool:
        """True where the broker holds the order and no other command is in flight."""
        return self.order.state.is_live_at_broker and self.order.pending is Pending.NONE

    def can_edit(self, field: EditField) -> bool:
        """True where ``field`` can be changed now."""
        price = self.order.terms.limit_price if field is EditField.LIMIT else self.order.terms.stop_price
        return self.can_change and price is not None


SortKey = tuple[int, float, int, int]


class OrdersViewModel(QObject):
    """Keeps the rows in the order they are shown and says exactly what moved.

    ``rows_inserted(first, rows)``, ``rows_removed(first, count)``, ``rows_changed(indices)`` follow each other in the
    order that a table model has to take them; ``reset`` means "take ``rows()`` anew". ``summary_changed`` carries the
    words for the title bar. Requests of the person go out as ``change_requested(client_order_id, field, price)``,
    ``cancel_requested(list of ids)`` and ``order_opened(client_order_id)``.
    """

    rows_inserted = Signal(int, list)
    rows_removed = Signal(int, int)
    rows_changed = Signal(list)
    reset = Signal()
    summary_changed = Signal(str)
    change_requested = Signal(str, str, object)
    cancel_requested = Signal(list)
    order_opened = Signal(str)

    def __init__(
        self,
        book: OrderBook,
        bus: EventBus,
        cost_of: CostOf = not_measured,
        instrument_of: Callable[[str], Instrument | None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._cost_of = cost_of
        self._instrument_of = instrument_of
        self._filter = OrderFilter.ALL
        self._stale = False
        self._summary = ""
        self._count = 0
        self._groups: dict[str, list[str]] = {}
        self._root_of: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._orders: dict[str, Order] = {}
        self._shown_key: dict[str, SortKey] = {}
        self._ranks: dict[str, int] = {}
        self._keys: list[SortKey] = []
        self._rows: list[OrderRow] = []
        self.reload()
        self._ends = (
            bus.subscribe(OrderChanged, self._on_order),
            bus.subscribe(OrderMeasured, self._on_measured),
            bus.subscribe(ConnectionChanged, self._on_connection),
        )

    @property
    def filter(self) -> OrderFilter:
        """The chip that is pressed."""
        return self._filter

    @property
    def summary(self) -> str:
        """What the title bar says: "1 unknown", "8 working  1 part filled" or "none working"."""
        return self._summary

    def rows(self) -> list[OrderRow]:
        """The rows under the filter, top first. The caller must not change the list."""
        return self._rows

    def row_of(self, client_order_id: str) -> OrderRow | None:
        """The shown row of an order."""
        key = self._shown_key.get(client_order_id)
        return None if key is None else self._rows[bisect_left(self._keys, key)]

    def index_of(self, client_order_id: str) -> int:
        """Where the order is shown, -1 when the filter hides it."""
        key = self._shown_key.get(client_order_id)
        return -1 if key is None else bisect_left(self._keys, key)

    def set_filter(self, chosen: OrderFilter) -> None:
        """Show only the orders under ``chosen``."""
        if chosen is not self._filter:
            self._filter = chosen
            self._arrange()
            self.reset.emit()

    def count(self, chosen: OrderFilter) -> int:
        """How many orders stand under a chip."""
        return sum(1 for order in self._orders.values() if chosen.takes(order))

    def reload(self) -> None:
        """Take every order from the book anew."""
        self._groups.clear()
        self._root_of.clear()
        self._numbers.clear()
        self._orders.clear()
        self._ranks.clear()
        for order in self._book.all():
            self._take(order)
        for root in self._groups:
            self._ranks[root] = self._rank(root)
        self._arrange()
        self.reset.emit()
        self._summarise()

    def step_price(self, client_order_id: str, price: Decimal, steps: int) -> Decimal:
        """``price`` moved by ``steps`` ticks of the order's symbol; never below one tick."""
        order = self._orders[client_order_id]
        instrument = None if self._instrument_of is None else self._instrument_of(order.symbol)
        tick = default_tick(price) if instrument is None else instrument.tick_at(price)
        return max(tick, round_to_tick(price, tick) + steps * tick)

    def request_change(self, client_order_id: str, field: EditField, price: Decimal) -> bool:
        """Ask for a new limit or stop; false when the order cannot be changed now or the price is the same."""
        row = self.row_of(client_order_id)
        if row is None or not row.can_edit(field) or price <= 0:
            return False
        terms = row.order.terms
        if price == (terms.limit_price if field is EditField.LIMIT else terms.stop_price):
            return False
        self.change_requested.emit(client_order_id, field.value, price)
        return True

    def request_cancel(self, client_order_ids: list[str]) -> bool:
        """Ask to cancel those of the orders that are open; false when none is."""
        chosen = [key for key in client_order_ids if key in self._orders and self._orders[key].is_open]
        if chosen:
            self.cancel_requested.emit(chosen)
        return bool(chosen)

    def close(self) -> None:
        """Stop listening."""
        for end in self._ends:
            end()

    # -- keeping the rows in order --------------------------------------------------------------------------------

    def _on_order(self, event: OrderChanged) -> None:
        order = event.order
        key = order.client_order_id
        is_new = key not in self._orders
        self._take(order)
        root = self._root_of[key]
        rank = self._rank(root)
        if is_new or rank != self._ranks.get(root) or self._filter is not OrderFilter.ALL:
            self._ranks[root] = rank
            self._replace_group(root)
        else:
            self._refresh([key])
        self._summarise()

    def _on_measured(self, event: OrderMeasured) -> None:
        self._refresh([event.client_order_id])

    def _on_connection(self, event: ConnectionChanged) -> None:
        stale = event.state is not ConnectionState.CONNECTED
        if stale != self._stale:
            self._stale = stale
            self._refresh([row.key for row in self._rows if row.order.is_open])

    def _take(self, order: Order) -> None:
        key = order.client_order_id
        if key not in self._orders:
            self._count += 1
            self._numbers[key] = self._count
            parent = order.intent.parent_id
            root = self._root_of.get(parent, key) if parent else key
            self._root_of[key] = root
            self._groups.setdefault(root, []).append(key)
        self._orders[key] = order

    def _rank(self, root: str) -> int:
        ranks = [self._order_rank(self._orders[key]) for key in self._groups[root]]
        return min(ranks)

    @staticmethod
    def _order_rank(order: Order) -> int:
        if order.state in _UNSURE:
            return 0
        return 1 if order.is_open else 2

    def _key(self, root: str, position: int) -> SortKey:
        created = self._orders[root].intent.created_at.timestamp()
        return (self._ranks[root], -created, -self._numbers[root], position)

    def _group_rows(self, root: str) -> list[tuple[SortKey, OrderRow]]:
        members = [key for key in self._groups[root] if self._filter.takes(self._orders[key])]
        if not members:
            return []
        nested = members[0] == root
        return [
            (
                self._key(root, position),
                self._row(key, depth=1 if nested and position else 0, last_leg=nested and position == len(members) - 1),
            )
            for position, key in enumerate(members)
        ]

    def _row(self, key: str, *, depth: int, last_leg: bool) -> OrderRow:
        order = self._orders[key]
        cost = self._cost_of(key) if order.filled_quantity else None
        return OrderRow(order, depth, bool(depth) and last_leg, cost, self._stale and order.is_open)

    def _arrange(self) -> None:
        pairs = [pair for root in self._groups for pair in self._group_rows(root)]
        pairs.sort(key=lambda pair: pair[0])
        self._keys = [key for key, _ in pairs]
        self._rows = [row for _, row in pairs]
        self._shown_key = {row.key: key for key, row in pairs}

    def _replace_group(self, root: str) -> None:
        """Take a group's rows out where they stand and put them in where they belong now."""
        shown = [self._shown_key.pop(key) for key in self._groups[root] if key in self._shown_key]
        if shown:
            first = bisect_left(self._keys, min(shown))
            del self._keys[first : first + len(shown)]
            del self._rows[first : first + len(shown)]
            self.rows_removed.emit(first, len(shown))
        pairs = self._group_rows(root)
        if pairs:
            first = bisect_left(self._keys, pairs[0][0])
            self._keys[first:first] = [key for key, _ in pairs]
            rows = [row for _, row in pairs]
            self._rows[first:first] = rows
            self._shown_key.update({row.key: key for key, row in pairs})
            self.rows_inserted.emit(first, rows)

    def _refresh(self, keys: list[str]) -> None:
        changed = []
        for key in keys:
            index = self.index_of(key)
            if index >= 0:
                old = self._rows[index]
                self._rows[index] = self._row(key, depth=old.depth, last_leg=old.last_leg)
                changed.append(index)
        if changed:
            self.rows_changed.emit(changed)

    def _summarise(self) -> None:
        open_orders = [order for order in self._book.open_orders() if order.state is not OrderState.INTENT]
        unknown = sum(1 for order in open_orders if order.state is OrderState.UNKNOWN)
        changing = sum(1 for order in open_orders if order.pending in PENDING_WORDS)
        part = sum(1 for order in open_orders if order.state is OrderState.PARTIAL)
        working = len(open_orders) - unknown
        parts = [f"{unknown} unknown"] if unknown else []
        words = f"{working} working" if working else "none working"
        parts.append(f"{words}, {changing} being changed" if changing else words)
        if part:
            parts.append(f"{part} part filled")
        summary = "   ".join(parts)
        if summary != self._summary:
            self._summary = summary
            self.summary_changed.emit(summary)
