"""What the fake broker holds, and how an execution changes it."""

import random
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.fakes.alpaca import hours
from tests.fakes.alpaca.market import FakeMarket
from tests.fakes.alpaca.records import ZERO, FakeExecution, FakeOrder, FakePosition, Switches, missing

HUNDRED_THOUSAND = Decimal(100_000)


class FakeState:
    """Account, orders, positions, executions and other activities of one account. Everything may be looked at."""

    def __init__(self, market: FakeMarket, now: Callable[[], datetime], *, live: bool, seed: int) -> None:
        self.market = market
        self.now = now
        self.random = random.Random(seed)
        self.switches = Switches()
        self.halted: set[str] = set()
        self.session: str | None = "regular"  # None: what the clock says
        self.account_id = self.new_id()
        self.account_number = "123456789" if live else "PA30XY7K21AB"
        self.account: dict[str, Any] = {
            "status": "ACTIVE",
            "trading_blocked": False,
            "transfers_blocked": False,
            "account_blocked": False,
            "shorting_enabled": True,
        }
        self.configuration: dict[str, Any] = {
            "suspend_trade": False,
            "no_shorting": False,
            "fractional_trading": True,
            "max_margin_multiplier": "2",
            "max_options_trading_level": None,
            "trade_confirm_email": "all",
            "ptp_no_exception_entry": False,
            "disable_overnight_trading": False,
        }
        self.cash = HUNDRED_THOUSAND
        self.last_equity = HUNDRED_THOUSAND
        self.multiplier = 2
        self.created_at = now() - timedelta(days=300)
        self.orders: list[FakeOrder] = []
        self.positions: dict[str, FakePosition] = {}
        self.executions: list[FakeExecution] = []
        self.given: list[tuple[str, str, Decimal, Decimal]] = []  # positions that no execution made
        self.other_activities: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []  # every trade update, delivered or not
        self.client_ids: Counter[str] = Counter()  # orders that came into being under each client id
        self.requests: list[tuple[str, str]] = []  # method and path of every request that passed the key check
        self._by_id: dict[str, FakeOrder] = {}
        self._last_stamp: datetime | None = None

    # --- identity and time

    def new_id(self) -> str:
        """A version 4 UUID from the seeded generator."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def stamp(self) -> datetime:
        """Now, and never twice the same: lists are paged by it."""
        at = self.now()
        if self._last_stamp is not None and at <= self._last_stamp:
            at = self._last_stamp + timedelta(microseconds=1)
        self._last_stamp = at
        return at

    def session_now(self) -> str:
        """``regular``, ``pre``, ``after``, ``overnight`` or ``closed``."""
        return self.session or hours.session_of(self.now())

    # --- orders

    def add(self, order: FakeOrder) -> None:
        self.orders.append(order)
        self._by_id[order.id] = order
        self.client_ids[order.client_order_id] += 1

    def order(self, order_id: str) -> FakeOrder:
        """Raises the 404 refusal for an id that nobody knows."""
        found = self._by_id.get(order_id)
        if found is None:
            raise missing(f"order not found for {order_id}")
        return found

    def order_by_client_id(self, client_order_id: str) -> FakeOrder | None:
        return next((row for row in self.orders if row.client_order_id == client_order_id), None)

    def open_orders(self, symbol: str | None = None) -> list[FakeOrder]:
        return [row for row in self.orders if row.is_open and symbol in {None, row.symbol}]

    def chain(self, order: FakeOrder) -> list[FakeOrder]:
        """The order and every replacement of it and before it, oldest first."""
        first = order
        while first.replaces is not None:
            first = self._by_id[first.replaces]
        rows = [first]
        while rows[-1].replaced_by is not None:
            rows.append(self._by_id[rows[-1].replaced_by])
        return rows

    # --- positions and money

    def position(self, symbol: str) -> FakePosition:
        return self.positions.get(symbol) or FakePosition(symbol)

    def mark(self, symbol: str) -> Decimal:
        """The market price: the last trade, held inside the quote that is shown now."""
        trade, quote = self.market.last(symbol), self.market.quote(symbol)
        if quote is None or not 0 < quote.bid <= quote.ask:
            return trade.price if trade is not None else ZERO
        return quote.mid if trade is None else min(max(trade.price, quote.bid), quote.ask)

    @property
    def long_value(self) -> Decimal:
        return sum((row.qty * self.mark(row.symbol) for row in self.positions.values() if row.qty > 0), ZERO)

    @property
    def short_value(self) -> Decimal:
        return sum((row.qty * self.mark(row.symbol) for row in self.positions.values() if row.qty < 0), ZERO)

    @property
    def equity(self) -> Decimal:
        return self.cash + self.long_value + self.short_value

    def apply(self, execution: FakeExecution) -> None:
        """Book one execution: shares and cash."""
        self.executions.append(execution)
        self._take(execution.symbol, execution.side, execution.qty, execution.price)
        self.cash += execution.money

    def undo(self, execution: FakeExecution) -> None:
        """Take one execution out again: its order, the cash, and the position as the others make it."""
        order = execution.order
        order.filled_qty -= execution.qty
        order.filled_value -= execution.qty * execution.price
        execution.busted = True
        self.cash -= execution.money
        self.positions.pop(execution.symbol, None)
        for symbol, side, qty, price in self.given:
            if symbol == execution.symbol:
                self._take(symbol, side, qty, price)
        for row in self.executions:
            if row.symbol == execution.symbol and not row.busted:
                self._take(row.symbol, row.side, row.qty, row.price)

    def give(self, symbol: str, side: str, qty: Decimal, price: Decimal) -> None:
        """Shares that came from elsewhere; no cash moves."""
        self.given.append((symbol, side, qty, price))
        self._take(symbol, side, qty, price)

    def _take(self, symbol: str, side: str, qty: Decimal, price: Decimal) -> None:
        held = self.positions.setdefault(symbol, FakePosition(symbol))
        held.take(side, qty, price)
        if held.qty == 0:
            del self.positions[symbol]
