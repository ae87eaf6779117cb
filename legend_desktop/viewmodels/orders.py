"""The open orders and those of the day as rows: open ones on top, brackets held together, newest first."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
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
from legend_desktop.domain.session import trading_day
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook
from legend_desktop.viewmodels.costs import CostOf, OrderCost, not_measured
from legend_desktop.viewmodels.second_press import SecondPress, press_enter_again

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


Place = tuple[int, float, int, int]
"""Where a row stands: rank of its bracket, newest first, then the leg within the bracket."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order as the table shows it. ``depth`` is 1 for a leg under its entry, ``last_leg`` closes the bracket line.

    Rows stand in ascending order of ``place``. ``stale`` is true while the line to the broker is lost: the order was
    true when last seen. ``earlier_day`` is true where it was sent before today, so that a bare time would mislead.
    """

    order: Order
    place: Place
    depth: int = 0
    last_leg: bool = False
    cost: OrderCost | None = None
    stale: bool = False
    earlier_day: bool = False

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

    def price(self, field: EditField) -> Decimal | None:
        """The order's own limit or stop."""
        return self.order.terms.limit_price if field is EditField.LIMIT else self.order.terms.stop_price

    def can_edit(self, field: EditField) -> bool:
        """True where ``field`` can be changed now."""
        return self.can_change and self.price(field) is not None


class OrdersViewModel(QObject):
    """Keeps a row for each order of the trading day, and each older one that is still open, under the pressed chip.

    The day is that of ``clock`` in New York; ``tick`` begins the next one.

    ``rows_changed(rows)`` brings new and changed rows, ``rows_removed(keys)`` those that the chip hides now, ``reset``
    means "take ``rows()`` anew"; ``summary_changed`` carries the words for the title bar. Requests of the person go
    out as ``change_requested(client_order_id, field, price, accepted checks)``, ``cancel_requested(ids)``,
    ``symbol_chosen(symbol)`` (load it into the link group) and ``action_requested(action id, client_order_id)``.
    ``change_asked(client_order_id, field, price, sentence)`` says that a change waits for a second press.
    """

    rows_changed = Signal(list)
    rows_removed = Signal(list)
    reset = Signal()
    summary_changed = Signal(str)
    change_requested = Signal(str, str, object, object)
    change_asked = Signal(str, str, object, str)
    cancel_requested = Signal(list)
    symbol_chosen = Signal(str)
    action_requested = Signal(str, str)

    def __init__(
        self,
        book: OrderBook,
        bus: EventBus,
        clock: Clock,
        cost_of: CostOf = not_measured,
        *,
        instrument_of: Callable[[str], Instrument | None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._clock = clock
        self._today: date = trading_day(clock.now())
        self._cost_of = cost_of
        self._instrument_of = instrument_of
        self._filter = OrderFilter.ALL
        self._stale = False
        self._second = SecondPress()
        self._summary = ""
        self._orders: dict[str, Order] = {}
        self._numbers: dict[str, int] = {}
        self._root_of: dict[str, str] = {}
        self._groups: dict[str, list[str]] = {}
        self._rows: dict[str, OrderRow] = {}
        self._tally: Counter[str] = Counter()
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
        """What the title bar says: "1 unknown   6 working, 2 being changed" or "none working"."""
        return self._summary

    @property
    def unknown_count(self) -> int:
        """How many orders nobody knows the fate of."""
        return self._tally["unknown"]

    def rows(self) -> list[OrderRow]:
        """The rows under the chip, top first."""
        return sorted(self._rows.values(), key=lambda row: row.place)

    def row_of(self, client_order_id: str) -> OrderRow | None:
        """The shown row of an order."""
        return self._rows.get(client_order_id)

    def set_filter(self, chosen: OrderFilter) -> None:
        """Show only the orders under ``chosen``."""
        if chosen is not self._filter:
            self._filter = chosen
            self._arrange()

    def reload(self) -> None:
        """Take every order from the book anew."""
        for known in (self._orders, self._numbers, self._root_of, self._groups):
            known.clear()
        self._tally.clear()
        self._today = trading_day(self._clock.now())
        for order in self._book.all():
            self._take(order)
        self._arrange()
        self._summarise()

    def tick(self) -> None:
        """Begin a new trading day where one has come; call about once a second."""
        if trading_day(self._clock.now()) != self._today:
            self.reload()

    def step_price(self, client_order_id: str, price: Decimal, steps: int) -> Decimal:
        """``price`` moved by ``steps`` ticks of the order's symbol; never below one tick."""
        symbol = self._orders[client_order_id].symbol
        instrument = None if self._instrument_of is None else self._instrument_of(symbol)
        tick = default_tick(price) if instrument is None else instrument.tick_at(price)
        return max(tick, round_to_tick(price, tick) + steps * tick)

    def request_change(self, client_order_id: str, field: EditField, price: Decimal) -> bool:
        """Ask for a new limit or stop.

        False when the order cannot be changed now, the price is the same, or a second press comes too soon to count.
        """
        row = self.row_of(client_order_id)
        if row is None or not row.can_edit(field) or price <= 0 or price == row.price(field):
            return False
        accepted = self._second.answer((client_order_id, field.value, price), self._clock.monotonic_ns())
        if accepted is None:
            return False
        self._second.forget()
        self.change_requested.emit(client_order_id, field.value, price, accepted)
        return True

    def ask_change(
        self, client_order_id: str, field: str, price: Decimal, checks: frozenset[str], sentence: str
    ) -> None:
        """Hold a change back until it is asked for once more: ``checks`` want that, ``sentence`` says why."""
        self._second.ask((client_order_id, field, price), checks, self._clock.monotonic_ns())
        self.change_asked.emit(client_order_id, field, price, f"{press_enter_again(sentence)}.")

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

    def _on_order(self, event: OrderChanged) -> None:
        self._take(event.order)
        self._show_group(self._root_of[event.order.client_order_id])
        self._summarise()

    def _on_measured(self, event: OrderMeasured) -> None:
        root = self._root_of.get(event.client_order_id)
        if root is not None:
            self._show_group(root)

    def _on_connection(self, event: ConnectionChanged) -> None:
        stale = event.state is not ConnectionState.CONNECTED
        if stale != self._stale:
            self._stale = stale
            roots = dict.fromkeys(self._root_of[order.client_order_id] for order in self._book.open_orders())
            for root in roots:
                self._show_group(root)

    def _take(self, order: Order) -> None:
        key = order.client_order_id
        if key not in self._orders:
            self._numbers[key] = len(self._numbers) + 1
            parent = order.intent.parent_id
            root = self._root_of.get(parent, key) if parent else key
            self._root_of[key] = root
            self._groups.setdefault(root, []).append(key)
        else:
            self._tally.subtract(_kinds(self._orders[key]))
        self._tally.update(_kinds(order))
        self._orders[key] = order

    def _group_rows(self, root: str) -> list[OrderRow]:
        members = self._groups[root]
        current = {key for key in members if self._is_current(self._orders[key])}
        if current:
            current.add(root)  # the entry stays above its exits, however old it is
        shown = [key for key in members if key in current and self._filter.takes(self._orders[key])]
        shown.sort(key=lambda key: (key != root, not self._orders[key].is_open))  # what still works comes first
        if not shown:
            return []
        rank = min(_rank(self._orders[key]) for key in members)
        created = self._orders[root].intent.created_at.timestamp()
        nested = shown[0] == root
        last = len(shown) - 1
        return [
            self._row(key, (rank, -created, -self._numbers[root], leg), nested=nested and leg > 0, last=leg == last)
            for leg, key in enumerate(shown)
        ]

    def _row(self, key: str, place: Place, *, nested: bool, last: bool) -> OrderRow:
        order = self._orders[key]
        cost = self._cost_of(key) if order.filled_quantity else None
        earlier = trading_day(order.sent_at or order.intent.created_at) != self._today
        return OrderRow(order, place, int(nested), nested and last, cost, self._stale and order.is_open, earlier)

    def _is_current(self, order: Order) -> bool:
        """True for an order that is open or to which something happened today."""
        return order.is_open or trading_day(order.last_event_at or order.intent.created_at) == self._today

    def _arrange(self) -> None:
        self._rows = {row.key: row for root in self._groups for row in self._group_rows(root)}
        self.reset.emit()

    def _show_group(self, root: str) -> None:
        """Build the rows of one bracket anew and say which of them changed."""
        rows = self._group_rows(root)
        kept = {row.key for row in rows}
        hidden = [key for key in self._groups[root] if key in self._rows and key not in kept]
        for key in hidden:
            del self._rows[key]
        changed = [row for row in rows if self._rows.get(row.key) != row]
        self._rows.update((row.key, row) for row in changed)
        if hidden:
            self.rows_removed.emit(hidden)
        if changed:
            self.rows_changed.emit(changed)

    def _summarise(self) -> None:
        count = self._tally
        unknown, working = count["unknown"], count["working"]
        parts = [f"{unknown} unknown"] if unknown else []
        words = f"{working} working" if working else "none working"
        parts.append(f"{words}, {count['changing']} being changed" if count["changing"] else words)
        if count["part"]:
            parts.append(f"{count['part']} part filled")
        summary = "   ".join(parts)
        if summary != self._summary:
            self._summary = summary
            self.summary_changed.emit(summary)


def _kinds(order: Order) -> list[str]:
    """What an order counts as in the title bar."""
    if not order.is_open or order.state is OrderState.INTENT:
        return []
    kinds = ["unknown" if order.state is OrderState.UNKNOWN else "working"]
    if order.pending in PENDING_WORDS:
        kinds.append("changing")
    if order.state is OrderState.PARTIAL:
        kinds.append("part")
    return kinds


def _rank(order: Order) -> int:
    if order.state in _UNSURE:
        return 0
    return 1 if order.is_open else 2
