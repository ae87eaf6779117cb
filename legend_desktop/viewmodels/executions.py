"""The executions of the day as rows, newest first. No row of the day is taken away: a bust is marked and stays."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import ExecutionKind, OrderRole, OrderSide
from legend_desktop.domain.events import ExecutionReceived, OrderChanged, OrderMeasured
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.orders import Order
from legend_desktop.domain.session import trading_day
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook
from legend_desktop.viewmodels.coalescer import Coalescer
from legend_desktop.viewmodels.costs import CostOf, not_measured


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """One execution. ``struck`` means that a bust or a correction took its place; ``note`` says in a word what is
    special about it ("prov.", "late", "bust", "corrected", "correction"). ``number`` counts arrivals.

    Cost is positive where it cost; ``None`` while it is not measured.
    """

    execution: Execution
    number: int
    order_label: str = ""
    buy_cover: bool = False
    struck: bool = False
    note: str = ""
    cost_bps: Decimal | None = None
    cost_money: Decimal | None = None

    @property
    def key(self) -> str:
        """The broker's execution id."""
        return self.execution.execution_id

    @property
    def at(self) -> datetime:
        """The broker's time, aware UTC."""
        return self.execution.executed_at

    @property
    def side_words(self) -> str:
        """Buy, buy cover or sell."""
        if self.execution.side is OrderSide.SELL:
            return "Sell"
        return "Buy cover" if self.buy_cover else "Buy"

    @property
    def client_order_id(self) -> str:
        """Our id of the order that traded, empty for one made elsewhere."""
        return self.execution.client_order_id


class ExecutionsViewModel(QObject):
    """Keeps the rows, newest arrival first.

    ``rows_changed(rows)`` brings new and changed rows, ``reset`` means "take ``rows()`` anew". ``summary_changed``
    carries the words for the title bar; ``symbol_chosen(symbol)`` asks to load a symbol into the link group,
    ``timeline_wanted`` to show an order by its client order id. The day is that of ``clock`` in New York.
    """

    rows_changed = Signal(list)
    reset = Signal()
    summary_changed = Signal(str)
    symbol_chosen = Signal(str)
    timeline_wanted = Signal(str)

    def __init__(
        self,
        book: OrderBook,
        bus: EventBus,
        clock: Clock,
        cost_of: CostOf = not_measured,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._clock = clock
        self._cost_of = cost_of
        self._today: date = trading_day(clock.now())
        self._oldest_first: list[ExecutionRow] = []
        self._places: dict[str, int] = {}
        self._changes: dict[str, ExecutionKind] = {}
        self._of_order: dict[str, list[str]] = {}
        self._loading = Coalescer(self.reload, clock, self)
        self._fill_in()
        self._ends = (
            bus.subscribe(ExecutionReceived, self._on_execution),
            bus.subscribe(OrderMeasured, self._on_measured),
            bus.subscribe(OrderChanged, self._on_order),
        )

    @property
    def summary(self) -> str:
        """What the title bar says."""
        fills = [row for row in self._oldest_first if not row.struck]
        if not fills:
            return "none today"
        return f"{len(fills)} fill" if len(fills) == 1 else f"{len(fills)} fills"

    def rows(self) -> list[ExecutionRow]:
        """The rows, newest first."""
        return self._oldest_first[::-1]

    def reload(self) -> None:
        """Take the executions of the day from the book anew."""
        self._loading.settle()
        for known in (self._oldest_first, self._places, self._changes, self._of_order):
            known.clear()
        self._today = trading_day(self._clock.now())
        self._fill_in()
        self.reset.emit()
        self.summary_changed.emit(self.summary)

    def tick(self) -> None:
        """Begin a new trading day where one has come; call about once a second."""
        if trading_day(self._clock.now()) != self._today:
            self.reload()

    def close(self) -> None:
        """Stop listening."""
        self._loading.close()
        for end in self._ends:
            end()

    def _fill_in(self) -> None:
        known = (row for order in self._book.all() for row in order.executions)
        today = [row for row in known if trading_day(row.executed_at) == self._today]
        for execution in sorted(today, key=lambda row: (row.received_at, row.execution_id)):
            self._append(execution, self._order_of(execution))

    def _on_order(self, event: OrderChanged) -> None:
        """Orders that come from the journal bring their executions with them; many come at once."""
        if event.event is None and event.order.executions:
            self._loading.mark()

    def _on_execution(self, event: ExecutionReceived) -> None:
        execution = event.execution
        if execution.execution_id in self._places or trading_day(execution.executed_at) != self._today:
            return
        self._announce([*self._append(execution, event.order), self._places[execution.execution_id]])
        self.summary_changed.emit(self.summary)

    def _on_measured(self, event: OrderMeasured) -> None:
        touched = []
        for key in self._of_order.get(event.client_order_id, ()):
            place = self._places[key]
            old = self._oldest_first[place]
            new = self._with_cost(old)
            if new != old:
                self._oldest_first[place] = new
                touched.append(place)
        self._announce(touched)

    def _announce(self, places: list[int]) -> None:
        if places:
            self.rows_changed.emit([self._oldest_first[place] for place in places])

    def _order_of(self, execution: Execution) -> Order | None:
        return self._book.find(execution.client_order_id, execution.broker_order_id)

    def _append(self, execution: Execution, order: Order | None) -> list[int]:
        """Add one row; returns the places of older rows that it changed."""
        key = execution.execution_id
        if key in self._places:
            return []
        buy_cover = order is not None and (order.intent.role is not OrderRole.ENTRY or order.intent.reduce_only)
        label = "" if order is None else order.intent.label or order.intent.role.value.capitalize()
        row = ExecutionRow(execution, len(self._oldest_first), label, buy_cover)
        row = self._with_cost(self._with_note(row))
        self._places[key] = len(self._oldest_first)
        self._oldest_first.append(row)
        self._of_order.setdefault(execution.client_order_id, []).append(key)
        return self._strike(execution)

    def _strike(self, execution: Execution) -> list[int]:
        if execution.corrects_id is None or execution.kind is ExecutionKind.FILL:
            return []
        if self._changes.get(execution.corrects_id) is not ExecutionKind.BUST:
            self._changes[execution.corrects_id] = execution.kind
        touched = []
        for key, place in self._places.items():
            row = self._oldest_first[place]
            if execution.corrects_id in {key, row.execution.corrects_id}:
                new = self._with_cost(self._with_note(row))
                if new != row:
                    self._oldest_first[place] = new
                    touched.append(place)
        return touched

    def _with_note(self, row: ExecutionRow) -> ExecutionRow:
        execution = row.execution
        changed = self._changes.get(execution.execution_id)
        if execution.kind is ExecutionKind.BUST or changed is ExecutionKind.BUST:
            return replace(row, struck=True, note="bust")
        if changed is ExecutionKind.CORRECTION:
            return replace(row, struck=True, note="corrected")
        if execution.kind is ExecutionKind.CORRECTION:
            busted = self._changes.get(execution.corrects_id or "") is ExecutionKind.BUST
            return replace(row, struck=busted, note="bust" if busted else "correction")
        note = "late" if execution.late else "prov." if execution.provisional else ""
        return replace(row, note=note)

    def _with_cost(self, row: ExecutionRow) -> ExecutionRow:
        if row.struck:
            return replace(row, cost_bps=None, cost_money=None)
        cost = self._cost_of(row.client_order_id) if row.client_order_id else None
        execution = row.execution
        figures = None if cost is None else cost.of_fill(execution.side.sign, execution.price, execution.quantity)
        if figures is None:
            return row
        return replace(row, cost_bps=figures[0], cost_money=figures[1])
