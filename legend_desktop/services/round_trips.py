"""Trades from flat to flat: worked out from the executions of the journal, kept there, and announced.

Only what can have changed is read again: the trades of one symbol from the first that is open or ended today. What a
late fill, a bust or a correction touches is worked out from the symbol's first execution. Nothing here is the truth;
the executions are.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import ParamSpec, TypeVar

from legend_desktop.domain.enums import ExecutionKind, MatchingMethod, OrderRole
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import ExecutionReceived, NoticeLevel, ReconcileFinished, RoundTripsChanged
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import OrderIntent
from legend_desktop.domain.records import PositionAdjustment, RoundTripRecord
from legend_desktop.domain.round_trips import (
    RoundTrip,
    TradeBook,
    entry_orders,
    fold_trades,
    planned_risk,
    record_of,
)
from legend_desktop.domain.session import trading_day
from legend_desktop.domain.trade_stats import TradeStats, trade_stats
from legend_desktop.services.excursions import excursions_of
from legend_desktop.services.position_keeper import PositionKeeper
from legend_desktop.services.trading_context import TradingContext

P = ParamSpec("P")
T = TypeVar("T")
SETTLE_SECONDS = 0.25
HISTORY = timedelta(days=30)
_FIRST = datetime.min.replace(tzinfo=UTC)
_HERE = 500


class RoundTripService:
    """Keeps the trades of one account. ``start`` once the journal is loaded, ``close`` at the end."""

    def __init__(
        self, context: TradingContext, keeper: PositionKeeper, method: MatchingMethod = MatchingMethod.FIFO
    ) -> None:
        self._context = context
        self._keeper = keeper
        self._method = method
        self._trips: dict[str, list[RoundTripRecord]] = {}
        self._realised: dict[str, tuple[date, Decimal | None]] = {}
        self._stops: dict[str, Decimal | None] = {}
        self._stats: TradeStats | None = None
        self._bare = 0
        self._looked_up: set[tuple[str, datetime]] = set()
        self._wanted: dict[str, datetime] = {}
        self._wake = asyncio.Event()
        self._caught_up = False
        self._ends: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Show the trades as they were last stored; they are worked out anew after the first comparison.

        Raises ``StoreError``.
        """
        context = self._context
        for trip in await context.ledger.store.load_round_trips():
            self._trips.setdefault(trip.symbol, []).append(trip)
        self._ends = [
            context.bus.subscribe(ExecutionReceived, self._on_execution),
            context.bus.subscribe(ReconcileFinished, self._on_compared),
        ]
        await self._announce()
        context.supervisor.start(self._follow(), "trades")

    def close(self) -> None:
        """Stop listening; what was worked out stays readable."""
        for end in self._ends:
            end()
        self._ends = []

    def trades(self) -> list[RoundTripRecord]:
        """Every trade that is known, the open ones among them, in the order of opening."""
        return sorted((trip for trips in self._trips.values() for trip in trips), key=lambda trip: trip.opened_at)

    def closed(self) -> list[RoundTripRecord]:
        """Every trade that ended, in the order of ending."""
        rows = [trip for trips in self._trips.values() for trip in trips if trip.closed_at is not None]
        return sorted(rows, key=lambda trip: trip.closed_at or _FIRST)

    def picture(self) -> RoundTripsChanged:
        """The trades of today and the figures of all, as the last event told them."""
        today = trading_day(self._context.clock.now())
        rows = [trip for trips in self._trips.values() for trip in _ended_on(today, trips)]
        rows.sort(key=lambda trip: trip.closed_at or _FIRST)
        return RoundTripsChanged(today, tuple(rows), self._stats, self._bare, self._realised_on(today))

    # ---- what makes it look again -----------------------------------------------------------------------------------

    def _on_execution(self, event: ExecutionReceived) -> None:
        row = event.execution
        made_up = any(known.provisional for known in event.order.executions)
        if row.kind is not ExecutionKind.FILL or (made_up and not row.provisional):
            self._want(row.symbol, _FIRST)
            return
        self._want(row.symbol, row.executed_at)

    def _on_compared(self, event: ReconcileFinished) -> None:
        if event.ok and (not self._caught_up or event.differences):
            self._caught_up = True
            for symbol, trips in self._trips.items():
                if trips[-1].closed_at is None:
                    self._want(symbol, trips[-1].opened_at)
            self._wake.set()

    def _want(self, symbol: str, earliest: datetime) -> None:
        self._wanted[symbol] = min(earliest, self._wanted.get(symbol, earliest))
        if self._caught_up:
            self._wake.set()

    async def _follow(self) -> None:
        """Run for ever: let a burst of fills settle, then work out what it touched."""
        caught_up = False
        while True:
            await self._wake.wait()
            await self._context.clock.sleep(SETTLE_SECONDS)
            self._wake.clear()
            try:
                if not caught_up:
                    await self._catch_up()
                    caught_up = True
                await self._work_out()
            except StoreError as error:
                words = f"The list of trades is not kept. {error.sentence}"
                self._context.tell(NoticeLevel.WARNING, "Trades", words, group="trades")

    async def _catch_up(self) -> None:
        """Want every symbol with an execution that no stored trade knows, or with one of today."""
        now = self._context.clock.now()
        since = now - HISTORY if self._trips else None
        known = {key for trips in self._trips.values() for trip in trips for key, _ in trip.parts}
        for row in await self._context.ledger.store.load_executions(since=since):
            if row.kind is not ExecutionKind.FILL:
                self._want(row.symbol, _FIRST)
            elif row.execution_id not in known or trading_day(row.executed_at) == trading_day(now):
                self._want(row.symbol, row.executed_at)

    async def _work_out(self) -> None:
        while self._wanted:
            symbol = next(iter(self._wanted))
            earliest = self._wanted.pop(symbol)
            try:
                await self._rebuild(symbol, earliest)
            except StoreError:
                self._wanted[symbol] = min(earliest, self._wanted.get(symbol, earliest))
                await self._announce()
                raise
        await self._announce()
        if await self._add_excursions():
            await self._announce()

    async def _announce(self) -> None:
        trips = [trip for rows in self._trips.values() for trip in rows if trip.closed_at is not None]
        self._stats, self._bare = await _aside(len(trips), _figures, trips)
        self._context.bus.publish(self.picture())

    # ---- one symbol -------------------------------------------------------------------------------------------------

    def _since(self, symbol: str) -> datetime | None:
        """When the first trade that may still change was opened; ``None`` where nothing is known yet."""
        today = trading_day(self._context.clock.now())
        opened: datetime | None = None
        for trip in reversed(self._trips.get(symbol, ())):
            if opened is not None and trip.closed_at is not None and trading_day(trip.closed_at) < today:
                break
            opened = trip.opened_at
        return opened

    async def _rebuild(self, symbol: str, earliest: datetime) -> None:
        since = self._since(symbol)
        if since is not None and earliest < since:
            since = None
        rows, moves, held = await self._read(symbol, since)
        book = await _aside(len(rows), _fold, rows, self._method, {symbol: held}, moves)
        before = self._trips.get(symbol, [])
        kept = [trip for trip in before if since is not None and trip.opened_at < since]
        by_id = {row.execution_id: row for row in rows}
        earlier = {(trip.opened_at, trip.closed_at): trip for trip in before}
        trips = [await self._record(trip, by_id, earlier) for trip in book.trips]
        self._realised[symbol] = self._realised_by(book)
        if [*kept, *trips] != before:
            self._trips[symbol] = [*kept, *trips]
            if not self._trips[symbol]:
                del self._trips[symbol]
            await self._context.ledger.store.replace_round_trips(trips, symbol=symbol, since=since)

    async def _read(
        self, symbol: str, since: datetime | None
    ) -> tuple[list[Execution], list[PositionAdjustment], Decimal]:
        """Executions and adjustments of a symbol since a moment, and the shares they lead to."""
        store = self._context.ledger.store
        while True:
            held = self._keeper.explained(symbol)
            rows = await store.load_executions(since=since, symbol=symbol)
            moves = [
                row
                for row in await store.load_adjustments()
                if row.symbol == symbol and (since is None or row.at >= since)
            ]
            if self._keeper.explained(symbol) == held:
                return rows, moves, held

    async def _record(
        self,
        trip: RoundTrip,
        rows: Mapping[str, Execution],
        earlier: Mapping[tuple[datetime, datetime | None], RoundTripRecord],
    ) -> RoundTripRecord:
        same = earlier.get((trip.opened_at, trip.closed_at))
        planned = {ids: await self._planned_stop(*ids) for ids in entry_orders(trip, rows)}
        return record_of(
            trip,
            planned_risk(trip, rows, planned),
            worst=same.worst if same is not None else None,
            best=same.best if same is not None else None,
        )

    async def _planned_stop(self, client_order_id: str, broker_order_id: str) -> Decimal | None:
        """The stop that an entry was decided with."""
        book = self._context.book
        order = book.find(client_order_id, broker_order_id)
        if order is not None:
            return _stop_of(order.intent, (leg.intent for leg in book.legs_of(order.client_order_id)))
        if client_order_id not in self._stops:
            events = await self._context.ledger.store.load_order_events(client_order_id)
            intent = events[0].intent if events else None
            self._stops[client_order_id] = None if intent is None else _stop_of(intent, ())
        return self._stops[client_order_id]

    # ---- figures ----------------------------------------------------------------------------------------------------

    def _realised_by(self, book: TradeBook) -> tuple[date, Decimal | None]:
        today = trading_day(self._context.clock.now())
        if any(trading_day(row.executed_at) == today for row in book.unmatched):
            return today, None
        return today, sum((lot.net for lot in book.closed if trading_day(lot.closed_at) == today), ZERO)

    def _realised_on(self, day: date) -> Decimal | None:
        if not self._caught_up:
            return None
        total = ZERO
        for when, money in self._realised.values():
            if when == day:
                if money is None:
                    return None
                total += money
        return total

    async def _add_excursions(self) -> bool:
        """Look up how far the trades of today went; true where one was found."""
        today = trading_day(self._context.clock.now())
        found = False
        for symbol, trips in list(self._trips.items()):
            for trip in _ended_on(today, trips):
                key = (symbol, trip.opened_at)
                if trip.worst is not None or key in self._looked_up:
                    continue
                self._looked_up.add(key)
                reach = await excursions_of(self._context.broker.get_bars, trip, self._context.clock.now())
                if reach is not None:
                    found = await self._put(symbol, trip, replace(trip, worst=reach[0], best=reach[1])) or found
        return found

    async def _put(self, symbol: str, before: RoundTripRecord, after: RoundTripRecord) -> bool:
        """Put a fuller record in place of one, unless that has been worked out anew meanwhile."""
        trips = self._trips.get(symbol, [])
        if before not in trips:
            return False
        place = trips.index(before)
        trips[place] = after
        rest = [trip for trip in trips if trip.opened_at >= after.opened_at]
        await self._context.ledger.store.replace_round_trips(rest, symbol=symbol, since=after.opened_at)
        return True


async def _aside(size: int, call: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """Run pure work on ``size`` rows: a few here, many in a worker thread."""
    return call(*args, **more) if size <= _HERE else await asyncio.to_thread(call, *args, **more)


def _ended_on(day: date, trips: Sequence[RoundTripRecord]) -> list[RoundTripRecord]:
    """The trades of one symbol that ended on ``day``, which is today: they are among the last."""
    rows: list[RoundTripRecord] = []
    for trip in reversed(trips):
        if trip.closed_at is not None:
            if trading_day(trip.closed_at) != day:
                break
            rows.append(trip)
    return rows[::-1]


def _figures(trips: Sequence[RoundTripRecord]) -> tuple[TradeStats | None, int]:
    """The statistics of closed trades, and how many of them have no R."""
    multiples = [float(multiple) for trip in trips if (multiple := trip.r_multiple) is not None]
    return trade_stats(multiples), len(trips) - len(multiples)


def _fold(
    rows: Sequence[Execution],
    method: MatchingMethod,
    held: Mapping[str, Decimal],
    moves: Sequence[PositionAdjustment],
) -> TradeBook:
    return fold_trades(rows, method, held=held, adjustments=moves)


def _stop_of(entry: OrderIntent, legs: Iterable[OrderIntent]) -> Decimal | None:
    if entry.plan is not None and entry.plan.stop_loss_price is not None:
        return entry.plan.stop_loss_price
    stops = (leg.terms.stop_price for leg in legs if leg.role is OrderRole.STOP)
    return next((stop for stop in stops if stop is not None), None)
