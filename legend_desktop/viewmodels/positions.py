"""The open positions with their risk, valued at the newest price that can be trusted."""

from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.account import Account
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import ConnectionState, OrderState
from legend_desktop.domain.events import AccountChanged, ConnectionChanged, OrderChanged, PositionsChanged
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.portfolio import PortfolioSummary, summarize_portfolio
from legend_desktop.domain.position_risk import assess_position
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.account import BROKER_WORDS
from legend_desktop.viewmodels.coalescer import Coalescer
from legend_desktop.viewmodels.positions_history import PositionHistory
from legend_desktop.viewmodels.positions_rows import (
    Mark,
    PositionRow,
    PositionTotals,
    choose_mark,
    sum_up,
    with_pending_stops,
)
from legend_desktop.viewmodels.worst_case import worst_case

_APART_MS = 50
_SECOND = timedelta(seconds=1)


class PositionsViewModel(QObject):
    """Keeps a row for each position and for each order whose fate nobody knows.

    ``rows_changed(rows)`` brings new and changed rows, ``rows_removed(keys)`` those that are gone, ``totals_changed``
    follows either. ``action_requested(action id, symbol)`` carries what the person wants done with a position:
    ids of the action list, or ``position.close_part``, ``position.move_stop`` (both need a figure typed) and
    ``position.chart``.
    """

    rows_changed = Signal(list)
    rows_removed = Signal(list)
    totals_changed = Signal()
    action_requested = Signal(str, str)

    def __init__(
        self, book: OrderBook, quotes: QuoteBoard, bus: EventBus, clock: Clock, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._quotes = quotes
        self._clock = clock
        self._history = PositionHistory(book.all())
        self._positions: dict[str, Position] = {}
        self._account: Account | None = None
        self._connected = True
        self._rows: dict[str, PositionRow] = {}
        self._totals = PositionTotals()
        self._dirty: set[str] = set()
        self._coalescer = Coalescer(self.flush, clock, self, apart_ms=_APART_MS)
        self._ends = (
            quotes.subscribe(self._on_quote),
            bus.subscribe(PositionsChanged, self._on_positions),
            bus.subscribe(OrderChanged, self._on_order),
            bus.subscribe(AccountChanged, self._on_account),
            bus.subscribe(ConnectionChanged, self._on_connection),
        )
        self._mark_all()
        self.flush()

    @property
    def totals(self) -> PositionTotals:
        """The sums over all rows."""
        return self._totals

    @property
    def account(self) -> Account | None:
        """The newest account snapshot."""
        return self._account

    def rows(self) -> list[PositionRow]:
        """All rows: unknown orders first, then positions by absolute value, largest first."""
        return sorted(self._rows.values(), key=lambda row: (not row.is_unknown, -abs(row.value or ZERO), row.symbol))

    def summary(self) -> PortfolioSummary | None:
        """The portfolio at the marks on screen; ``None`` before the account is known."""
        if self._account is None:
            return None
        rows = [row for row in self._rows.values() if row.position is not None and row.risk is not None]
        positions = [row.position for row in rows if row.position is not None]
        return summarize_portfolio(
            self._account, positions, {row.symbol: row.risk for row in rows if row.risk is not None}
        )

    def flush(self) -> None:
        """Build the rows that changed since the last time and say which."""
        self._coalescer.settle()
        dirty, self._dirty = self._dirty, set()
        fresh = {row.key: row for row in self._built(dirty)}
        affected = {key for key, row in self._rows.items() if row.symbol in dirty}
        gone = [key for key in affected if key not in fresh]
        for key in gone:
            del self._rows[key]
        changed = [row for key, row in fresh.items() if self._rows.get(key) != row]
        self._rows.update((row.key, row) for row in changed)
        if gone:
            self.rows_removed.emit(gone)
        if changed:
            self.rows_changed.emit(changed)
        self._sum_up()

    def tick(self) -> None:
        """Look at the ages again; call about once a second."""
        self._mark_all()
        self.flush()

    def close(self) -> None:
        """Stop listening."""
        self._coalescer.close()
        for end in self._ends:
            end()

    def _sum_up(self) -> None:
        equity = None if self._account is None else self._account.equity
        totals = sum_up(self._rows.values(), equity, self._clock.now())
        if totals != self._totals:
            self._totals = totals
            self.totals_changed.emit()

    def _built(self, symbols: set[str]) -> list[PositionRow]:
        rows = [self._position_row(self._positions[symbol]) for symbol in symbols if symbol in self._positions]
        for order in self._book.unknown():
            if order.symbol in symbols:
                quote = self._quotes.latest(order.symbol)
                price = None if quote is None else quote.mid
                rows.append(
                    PositionRow(
                        f"?{order.client_order_id}",
                        order.symbol,
                        Mark(price),
                        order=order,
                        unknown=worst_case(order, self._quotes),
                    )
                )
        return rows

    def _position_row(self, broker_position: Position) -> PositionRow:
        symbol = broker_position.symbol
        now = self._clock.now()
        quote = self._quotes.latest(symbol)
        mark = choose_mark(broker_position, quote, now, connected=self._connected)
        position = replace(broker_position, mark=mark.price, mark_stale=mark.stale)
        orders = self._book.open_orders(symbol)
        account = self._account
        risk = assess_position(
            position,
            orders,
            self._history.initial_risk(position),
            None if account is None else account.equity,
            self._book.waiting_exits(symbol),
        )
        seconds = None if mark.age is None else mark.age // _SECOND * _SECOND
        return PositionRow(
            symbol,
            symbol,
            # whole seconds, so that a stale row changes once a second; a fresh one needs no age at all
            Mark(mark.price, seconds if mark.stale else None, mark.stale),
            position=replace(position, as_of=None),
            risk=with_pending_stops(risk, orders),
            elsewhere=not self._history.opened_here(symbol),
            day_result=self._history.day_result(position, quote, now),
            broker="" if account is None else f"{BROKER_WORDS[account.broker]} {account.masked_id}",
        )

    def _mark_all(self) -> None:
        self._dirty |= self._positions.keys()
        self._dirty |= {row.symbol for row in self._rows.values()}
        self._dirty |= {order.symbol for order in self._book.unknown()}

    def _on_quote(self, quote: Quote) -> None:
        symbol = quote.symbol
        if symbol in self._positions:
            self._dirty.add(symbol)
            self._coalescer.mark()

    def _on_positions(self, event: PositionsChanged) -> None:
        self._mark_all()
        self._positions = {
            row.symbol: row if row.as_of is not None else replace(row, as_of=event.as_of)
            for row in event.positions
            if row.quantity
        }
        self._mark_all()
        self.flush()

    def _on_order(self, event: OrderChanged) -> None:
        order = event.order
        self._history.take(order)
        held = order.symbol in self._positions
        if held or order.state is OrderState.UNKNOWN or order.unknown_since is not None:
            self._dirty.add(order.symbol)
            self._coalescer.mark()

    def _on_account(self, event: AccountChanged) -> None:
        self._account = event.account
        self._mark_all()
        self._coalescer.mark()

    def _on_connection(self, event: ConnectionChanged) -> None:
        connected = event.state is ConnectionState.CONNECTED
        if connected != self._connected:
            self._connected = connected
            self._mark_all()
            self.flush()
