"""The main job from end to end: connect, quotes, entries with exits, partial fills, changes, cancels, closes, costs.

Each step says what it expects and waits for it; the demo succeeds only when every step got there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal

from legend_desktop.app.demo_faces import DemoFace, QuickDraft
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.money import round_to_tick
from legend_desktop.domain.orders import Order
from legend_desktop.services.desk import Desk
from legend_desktop.services.live_trading import QuickEntryRequest, terms_for
from legend_desktop.services.order_book import OrderBook

POLL = 0.05
PATIENCE = 6.0
_LIVE = frozenset({OrderState.ACCEPTED, OrderState.WORKING, OrderState.PARTIAL})


@dataclass(slots=True)
class StepResult:
    """How one step ended: the orders that came of it, and the sentence where it did not reach its state."""

    name: str
    expected: str
    ok: bool = False
    problem: str = ""
    orders: list[str] = field(default_factory=list)


class DemoScript:
    """Runs the steps one after the other and keeps their results."""

    def __init__(self, desk: Desk, face: DemoFace, symbols: tuple[str, ...]) -> None:
        self._desk = desk
        self._face = face
        self._symbols = symbols
        self.results: list[StepResult] = []

    @property
    def ok(self) -> bool:
        """True where every step reached its state."""
        return bool(self.results) and all(row.ok for row in self.results)

    async def run(self, after: Callable[[str], Awaitable[None]]) -> None:
        """Every step in order; a step that fails does not stop the next. ``after`` is awaited with each step's name."""
        steps: list[tuple[str, str, Callable[[], Awaitable[None]]]] = [
            ("connect", "connected, entries open", self._connect),
            ("quotes", "every symbol quotes", self._quotes),
            ("quick_entry", "filled, stop and target working", self._quick_entry),
            ("wrong_stop", "refused, nothing sent", self._wrong_stop),
            ("resting_limit", "working", self._resting_limit),
            ("modify", "replaced, the new price works", self._modify),
            ("cancel", "canceled", self._cancel),
            ("partial_fill", "filled in parts, the rest given up", self._partial_fill),
            ("trailing_stop", "trailing stop working", self._trailing_stop),
            ("stop_entry", "waits for its trigger", self._stop_entry),
            ("short", "sold short, stop working", self._short),
            ("move_stop", "the stop works at its new price", self._move_stop),
            ("close_half", "half closed, exits smaller", self._close_half),
            ("cancel_all", "nothing works any more", self._cancel_all),
            ("flatten", "flat", self._flatten),
            ("analytics", "costs measured, trades told", self._analytics),
        ]
        for name, expected, step in steps:
            result = StepResult(name, expected)
            before = {row.client_order_id for row in self._book.all()}
            try:
                await step()
                result.ok = True
            except (LegendError, TimeoutError, AssertionError) as error:
                result.problem = str(error) or type(error).__name__
            result.orders = [row.client_order_id for row in self._book.all() if row.client_order_id not in before]
            self.results.append(result)
            await after(name)

    # ---- helpers --------------------------------------------------------------------------------------------------

    @property
    def _book(self) -> OrderBook:
        return self._desk.core.context.book

    async def _until(self, condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
        for _ in range(int(seconds / POLL)):
            if condition():
                return
            await asyncio.sleep(POLL)
        raise TimeoutError(f"{what} within {seconds:.0f} s did not happen")

    def _symbol(self, index: int) -> str:
        return self._symbols[index % len(self._symbols)]

    def _price(self, symbol: str, side: OrderSide) -> Decimal:
        quote = self._desk.core.context.quotes.latest(symbol)
        price = quote.far_side(side) if quote is not None else None
        if price is None:
            raise AssertionError(f"there is no price for {symbol}")
        return price

    def _away(self, symbol: str, side: OrderSide, percent: str) -> Decimal:
        """A price ``percent`` away from the far side of ``side``, on the tick."""
        price = self._price(symbol, side)
        instrument = self._desk.core.context.instruments[symbol]
        return round_to_tick(price * (1 + Decimal(percent) / 100), instrument.tick_at(price))

    def _newest(self, symbol: str, *, role: OrderRole = OrderRole.ENTRY) -> Order:
        rows = [row for row in self._book.all() if row.symbol == symbol and row.intent.role is role]
        if not rows:
            raise AssertionError(f"no order in {symbol} was made")
        return rows[-1]

    def _working(self, symbol: str, *, role: OrderRole | None = None) -> list[Order]:
        rows = self._book.open_orders(symbol)
        return [row for row in rows if row.state in _LIVE and role in {None, row.intent.role}]

    def _held(self, symbol: str) -> Decimal:
        position = self._desk.core.context.positions.get(symbol)
        return position.quantity if position is not None else Decimal(0)

    # ---- steps ----------------------------------------------------------------------------------------------------

    async def _connect(self) -> None:
        context = self._desk.core.context
        await self._until(lambda: context.account is not None and context.risk.entries_open, "the connection", 30)

    async def _quotes(self) -> None:
        for symbol in self._symbols:
            await self._desk.core.know_symbol(symbol)
        quotes = self._desk.core.context.quotes
        await self._until(lambda: all(quotes.latest(name) is not None for name in self._symbols), "quotes")

    async def _quick_entry(self) -> None:
        symbol = self._symbol(0)
        stop, target = self._away(symbol, OrderSide.BUY, "-1"), self._away(symbol, OrderSide.BUY, "2.5")
        problem = await self._face.quick(QuickDraft(symbol, OrderSide.BUY, "0.25", stop, target))
        assert not problem, problem
        await self._until(lambda: self._held(symbol) > 0, "the fill")
        await self._until(lambda: self._newest(symbol).state is OrderState.FILLED, "the whole fill")
        await self._until(lambda: len(self._working(symbol)) == 2, "working exits")

    async def _wrong_stop(self) -> None:
        symbol = self._symbol(0)
        sent = len([row for row in self._book.all() if row.sent_at is not None])
        problem = await self._face.quick(
            QuickDraft(symbol, OrderSide.BUY, "0.25", self._away(symbol, OrderSide.BUY, "1"))
        )
        assert problem, "a stop above the entry was taken"
        now = len([row for row in self._book.all() if row.sent_at is not None])
        assert now == sent, "something was sent"

    async def _resting_limit(self) -> None:
        symbol = self._symbol(1)
        limit, stop = self._away(symbol, OrderSide.BUY, "-1"), self._away(symbol, OrderSide.BUY, "-2")
        terms = terms_for(symbol, "buy", "limit", 40, limit_price=limit)
        await self._face.command(
            f"buy {symbol} 40 limit {limit:f} stop {stop:f}",
            lambda: self._desk.trading.place_bracket(terms, stop_loss_price=stop, label="Rest"),
        )
        await self._until(lambda: self._newest(symbol).state is OrderState.WORKING, "a working limit")

    async def _modify(self) -> None:
        symbol = self._symbol(1)
        before = self._newest(symbol)
        price = self._away(symbol, OrderSide.BUY, "-0.8")
        await self._desk.trading.replace_order(before.client_order_id, limit_price=price)
        await self._until(
            lambda: any(row.terms.limit_price == price for row in self._working(symbol)), "the changed order"
        )

    async def _cancel(self) -> None:
        symbol = self._symbol(1)
        await self._face.command(f"cancel {symbol}", lambda: self._desk.trading.cancel_all(symbol))
        await self._until(lambda: not self._working(symbol), "the cancel")
        assert self._newest(symbol).state is OrderState.CANCELED, self._newest(symbol).state

    async def _partial_fill(self) -> None:
        symbol = self._symbol(2)
        quote = self._desk.core.context.quotes.latest(symbol)
        shown = quote.ask_size if quote is not None and quote.ask_size is not None else Decimal(300)
        quantity = min(Decimal(1_500), shown + 900)
        limit, stop = self._away(symbol, OrderSide.BUY, "0.006"), self._away(symbol, OrderSide.BUY, "-1")
        terms = terms_for(symbol, "buy", "limit", quantity, limit_price=limit)
        await self._face.command(
            f"buy {symbol} {quantity:f} limit {limit:f} stop {stop:f}",
            lambda: self._desk.trading.place_bracket(terms, stop_loss_price=stop, label="Parts"),
        )
        await self._until(lambda: self._newest(symbol).filled_quantity > 0, "a first part", 40)
        try:
            await self._until(lambda: not self._newest(symbol).is_open, "the rest", PATIENCE)
        except TimeoutError:
            # what the market does not offer at this price is given up, as a trader would
            await self._desk.trading.cancel_order(self._newest(symbol).client_order_id)
            await self._until(lambda: not self._newest(symbol).is_open, "the cancel of the rest")
        order = self._newest(symbol)
        assert len(order.fills) > 1 or order.filled_quantity < order.quantity, "it filled in one piece"

    async def _trailing_stop(self) -> None:
        symbol = self._symbol(2)
        await self._face.command(
            f"stop {symbol} trail 1.2%", lambda: self._desk.trading.trail_stop(symbol, percent="1.2")
        )
        await self._until(
            lambda: any(row.terms.order_type is OrderType.TRAILING_STOP for row in self._working(symbol)),
            "a trailing stop",
        )

    async def _stop_entry(self) -> None:
        symbol = self._symbol(3)
        trigger = self._away(symbol, OrderSide.BUY, "1")
        stop = self._away(symbol, OrderSide.BUY, "-0.5")
        request = QuickEntryRequest(
            symbol,
            OrderSide.BUY,
            stop_loss_price=stop,
            risk_percent="0.1",
            order_type=OrderType.STOP,
            stop_price=trigger,
        )
        await self._face.command(
            f"buy {symbol} 0.1% trigger {trigger:f} stop {stop:f}", lambda: self._desk.trading.quick_entry(request)
        )
        await self._until(lambda: bool(self._working(symbol, role=OrderRole.ENTRY)), "a waiting stop order")

    async def _short(self) -> None:
        symbol = self._symbol(4)
        stop = self._away(symbol, OrderSide.SELL, "1.5")
        request = QuickEntryRequest(symbol, OrderSide.SELL, stop_loss_price=stop, risk_percent="0.2")
        await self._face.command(f"sell {symbol} 0.2% stop {stop:f}", lambda: self._desk.trading.quick_entry(request))
        await self._until(lambda: self._held(symbol) < 0, "the short sale")
        await self._until(lambda: bool(self._working(symbol, role=OrderRole.STOP)), "its stop")

    async def _move_stop(self) -> None:
        symbol = self._symbol(0)
        price = self._away(symbol, OrderSide.SELL, "-0.7")
        await self._face.command(f"stop {symbol} {price:f}", lambda: self._desk.trading.move_stop(symbol, price))
        await self._until(
            lambda: any(row.terms.stop_price == price for row in self._working(symbol, role=OrderRole.STOP)),
            "the moved stop",
        )

    async def _close_half(self) -> None:
        symbol = self._symbol(0)
        held = self._held(symbol)
        await self._face.command(
            f"close {symbol} half", lambda: self._desk.trading.close_position(symbol, fraction="0.5")
        )
        await self._until(lambda: 0 < self._held(symbol) < held, "half of the position")
        await self._until(
            lambda: all(row.remaining_quantity <= self._held(symbol) for row in self._working(symbol)), "smaller exits"
        )

    async def _cancel_all(self) -> None:
        await self._face.command("cancel all", self._desk.trading.cancel_all)
        await self._until(lambda: not self._book.open_orders(), "the end of every order", 15)

    async def _flatten(self) -> None:
        await self._face.command("flatten", self._desk.trading.flatten_all)
        await self._until(lambda: not self._desk.core.context.positions, "a flat account", 30)

    async def _analytics(self) -> None:
        stats = self._desk.analytics.get_aggregate_stats
        await self._until(lambda: stats().avg_slippage_bps is not None, "measured costs", 10)
        filled = [row for row in self._book.all() if row.filled_quantity > 0]
        measured = [self._desk.analytics.order_metrics(row.client_order_id) for row in filled]
        assert all(row is not None for row in measured), "an order with a fill was not measured"
        traded = {row.symbol for row in filled}
        trips = self._desk.round_trips
        await self._until(
            lambda: {trip.symbol for trip in trips.closed()} >= traded, "a closed trade in each symbol", 10
        )
