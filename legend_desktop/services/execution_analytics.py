"""Execution quality of every order: measured as fills arrive, and put together on demand.

With nothing but ``ExecutionAnalyticsService()`` records are made by ``record_execution`` and kept in memory. Given a
bus it follows the orders by itself, given a quote source it keeps the quote at each moment of an order, given a store
it keeps those quotes and rebuilds all records at start. Paper and live are never in one figure.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from legend_desktop.analytics.aggregate import AggregateStats, aggregate
from legend_desktop.analytics.analysis import slippage_analysis
from legend_desktop.analytics.dossier import Dossier
from legend_desktop.analytics.facts import ClockCorrection, SymbolFacts
from legend_desktop.analytics.latency import OffsetTracker
from legend_desktop.analytics.measure import measure
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.rebuild import rebuild_records
from legend_desktop.analytics.running_summary import RunningSummary, SummarySource, summaries_of
from legend_desktop.analytics.selection import choose, newest_mode
from legend_desktop.analytics.summary import QualitySummary, Stopped, summarise
from legend_desktop.analytics.usual_spreads import UsualSpreads
from legend_desktop.brokers.base import OrderReport
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.events import ExecutionReceived, KeyToWire, OrderChanged, OrderMeasured
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import Number
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment
from legend_desktop.infra.clock import SystemClock
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.fill_marks import QuoteSource
from legend_desktop.services.manual_executions import checked_order, checked_price
from legend_desktop.services.order_book import OrderBook
from legend_desktop.services.order_capture import LAST_MARK, OrderCapture
from legend_desktop.services.order_details import OrderDetails
from legend_desktop.services.ports import OrderStore
from legend_desktop.services.quote_ring import QuoteRing
from legend_desktop.services.task_supervisor import TaskSupervisor

__all__ = [
    "AggregateStats",
    "ExecutionAnalyticsService",
    "ExecutionMetrics",
    "QualitySummary",
    "Stopped",
    "summarise",
]

log = logging.getLogger(__name__)

InstrumentSource = Callable[[str], Instrument | None]

_BEFORE_THE_WIRE = frozenset({OrderEventKind.CREATED, OrderEventKind.SENT, OrderEventKind.DENIED})
_ASKED_AT_ONCE = 500


class ExecutionAnalyticsService:
    """Records of execution quality, one an order (a chain of replacements is one order). Used from one thread.

    ``quotes`` answers with the newest quote of a symbol, ``ring`` with those before it, ``instruments`` with what is
    known about the symbol; ``supervisor`` runs the looks at the market after each fill. All are optional.
    """

    def __init__(
        self,
        store: OrderStore | None = None,
        book: OrderBook | None = None,
        bus: EventBus | None = None,
        clock: Clock | None = None,
        *,
        quotes: QuoteSource | None = None,
        instruments: InstrumentSource | None = None,
        supervisor: TaskSupervisor | None = None,
        mode: TradingMode | None = None,
        ring: QuoteRing | None = None,
    ) -> None:
        self._store = store
        self._book = book
        self._bus = bus
        self._clock = clock or SystemClock()
        self._instruments = instruments
        self._supervisor = supervisor
        self._mode = mode
        self._dossiers: dict[str, Dossier] = {}
        self._heads: dict[str, str] = {}
        self._records: dict[str, ExecutionMetrics] = {}
        self._summaries: dict[TradingMode, RunningSummary] = {}
        self._offsets: dict[str, OffsetTracker] = {}
        self._usual = UsualSpreads()
        self._capture = OrderCapture(
            quotes, self._clock, self._take_details, store=store, supervisor=supervisor, ring=ring
        )
        self._details: OrderDetails | None = None
        if store is not None and supervisor is not None:
            self._details = OrderDetails(store, self._clock, supervisor, self._take_details)
        self._subscriptions = self._subscribe(bus) if bus is not None else []

    def close(self) -> None:
        """Stop listening; records stay readable."""
        for unsubscribe in self._subscriptions:
            unsubscribe()
        self._subscriptions = []

    def record_execution(
        self,
        order: Order | OrderReport,
        market_price_at_order: Number | Quote,
        *,
        broker: BrokerType | None = None,
        mode: TradingMode | None = None,
    ) -> ExecutionMetrics:
        """Measure ``order`` against the market price when it was sent, a number or (better) a quote.

        A second call for the same order, with more fills or a corrected price, replaces the record; a changed benchmark
        raises ``revision`` and keeps the former price beside it. An order that is not yet terminal is recorded as
        provisional and stays out of aggregates. A broker's bare report does not say whose it is: ``broker`` names it
        (else it is listed as unknown) and ``mode`` says paper or live (else the service's own mode, else paper).
        Raises ``InvalidInput`` (a ``ValueError``) for a price, quantity or fill that is not a number above zero, or an
        unknown side; nothing is stored then.
        """
        price = None if isinstance(market_price_at_order, Quote) else checked_price(market_price_at_order)
        checked = checked_order(order, broker, mode or self._mode or TradingMode.PAPER)
        dossier = self._dossier(checked)
        dossier.broker_known = isinstance(order, Order) or broker is not None
        dossier.take(checked, None)
        if isinstance(market_price_at_order, Quote):
            at = checked.sent_at or checked.intent.created_at
            dossier.replace_quote(OrderQuote(checked.client_order_id, QuoteMoment.SEND, at, market_price_at_order))
        else:
            dossier.reference_price = price
        return self._measure(dossier)

    def note_quote(self, row: OrderQuote) -> None:
        """Take in a quote kept with an order; measures anew what depends on it. Unknown orders are ignored."""
        self._take_details([row], ())

    def note_stamp(self, row: OrderStamp) -> None:
        """Take in a stamp of an order; measures its durations anew. Unknown orders are ignored."""
        self._take_details((), [row])

    def note_on_screen(self, client_order_id: str) -> None:
        """The first fill of this order has just been painted: stamp the instant."""
        if client_order_id in self._heads:
            self._capture.stamp(client_order_id, StampMoment.ON_SCREEN)

    def clock_correction(self, broker: BrokerType) -> ClockCorrection | None:
        """How far the broker's clock runs ahead of ours, from the shortest round trip; ``None`` while unknown."""
        tracker = self._offsets.get(broker.value)
        return tracker.correction if tracker is not None else None

    async def load(self, since: datetime | None = None) -> int:
        """Rebuild all records from the store (orders with an event since ``since``); returns how many there are.

        The work is done in a worker thread. Orders that are known already keep their newer state and gain what the
        store knows besides. Raises ``StoreError``.
        """
        if self._store is None:
            for order in self._book.all() if self._book is not None else []:
                self._take(order, None)
            return len(self._records)
        logs = [log_ for log_ in await self._store.load_events(since=since) if log_]
        names = [log_[0].client_order_id for log_ in logs]
        quotes: list[OrderQuote] = []
        stamps: list[OrderStamp] = []
        for start in range(0, len(names), _ASKED_AT_ONCE):
            part = names[start : start + _ASKED_AT_ONCE]
            quotes += await self._store.load_quotes(part)
            stamps += await self._store.load_stamps(part)
        symbols = self._symbols(logs)
        if logs:
            built, heads, records = await asyncio.to_thread(rebuild_records, logs, quotes, stamps, symbols)
            summaries = await asyncio.to_thread(summaries_of, records)
        else:
            built, heads, records = rebuild_records(logs, quotes, stamps, symbols)
            summaries = summaries_of(records)
        self._merge(built, heads, records, summaries)
        recent = self._clock.now() - LAST_MARK
        for head in {heads[log_[0].client_order_id] for log_ in logs if log_[-1].at > recent and log_[0].intent}:
            dossier = self._dossiers[head]
            self._capture.resume(dossier, self._ahead_ms(dossier.chain[-1]))
        self._announce_loaded()
        return len(self._records)

    def _announce_loaded(self) -> None:
        """Tell who shows orders that their figures are there: those in the book, else the newest alone."""
        if self._bus is None:
            return
        records = self.all_metrics()
        shown = [row for row in records if self._book is not None and self._book.get(row.client_order_id) is not None]
        for row in shown or records[-1:]:
            self._bus.publish(OrderMeasured(row.client_order_id, row.symbol))

    def order_metrics(self, client_order_id: str) -> ExecutionMetrics | None:
        """The record of an order, also by the id of an order it replaced; ``None`` before there is one."""
        return self._records.get(self._heads.get(client_order_id, client_order_id))

    def all_metrics(self) -> tuple[ExecutionMetrics, ...]:
        """All records, oldest order first, as a frozen list that any thread may read."""
        return tuple(self._records.values())

    def select(self, symbol: str | None = None, days: float | None = None, **filters: Any) -> list[ExecutionMetrics]:
        """Records of one mode that match.

        ``days`` counts back from now. Further filters: ``mode`` (else the service's own, else that of the newest
        record), ``since``, ``until``, and each name of ``analytics.selection.FILTERS`` with a word or several. Raises
        ``ValueError`` for an unknown filter or ``days`` not above zero.
        """
        if days is not None and not days > 0:
            raise InvalidInput(f"The number of days must be above zero, not {days}.")
        records = self.all_metrics()
        mode = filters.pop("mode", None)
        since = filters.pop("since", None)
        until = filters.pop("until", None)
        if days is not None:
            earliest = self._clock.now() - timedelta(days=days)
            since = earliest if since is None else max(since, earliest)
        chosen = TradingMode(mode) if mode is not None else self._mode or newest_mode(records)
        return choose(records, chosen, symbol=symbol, since=since, until=until, filters=filters)

    def mode_of_selection(self, mode: TradingMode | str | None = None) -> TradingMode:
        """The mode that ``select`` uses."""
        return TradingMode(mode) if mode is not None else self._mode or newest_mode(self.all_metrics())

    def summary_source(self, mode: TradingMode) -> SummarySource:
        """All orders of ``mode`` as they stand, kept up to date, for a summary in any thread."""
        found = self._summaries.get(mode)
        return (RunningSummary(mode.value) if found is None else found).snapshot()

    def get_aggregate_stats(
        self, symbol: str | None = None, days: float | None = None, **filters: Any
    ) -> AggregateStats:
        """Execution figures of a selection (see ``select``), readable as attributes and by name."""
        mode = self.mode_of_selection(filters.get("mode"))
        if symbol is None and days is None and all(value is None for name, value in filters.items() if name != "mode"):
            return self.summary_source(mode).aggregate()
        rows = self.select(symbol, days, **filters)
        return aggregate(rows, mode=mode.value, symbol=symbol.upper() if symbol else None)

    def get_slippage_analysis(
        self, symbol: str | None = None, days: float | None = None, **filters: Any
    ) -> dict[str, Any]:
        """Distribution, intervals, groups, outliers and extremes of slippage; positive = cost. See ``select``."""
        mode = self.mode_of_selection(filters.get("mode"))
        return slippage_analysis(self.select(symbol, days, **filters), mode=mode.value)

    def _subscribe(self, bus: EventBus) -> list[Callable[[], None]]:
        return [
            bus.subscribe(OrderChanged, self._on_order),
            bus.subscribe(ExecutionReceived, self._on_execution),
            bus.subscribe(KeyToWire, self._on_key_to_wire),
        ]

    def _on_order(self, change: OrderChanged) -> None:
        if change.event is not None:  # orders that come from the journal are measured by ``load``, with their quotes
            self._take(change.order, change.event)

    def _take(self, order: Order, event: OrderEvent | None) -> None:
        dossier = self._dossier(order)
        dossier.take(order, event)
        if event is not None:
            self._capture.keep_quote(dossier, order, event, self._ahead_ms(order))
            self._learn_offset(dossier)
        # before the wire nothing is measured: these events lie between the key and the request
        if dossier.was_sent and (event is None or event.kind not in _BEFORE_THE_WIRE):
            if self._details is not None and event is not None and dossier.answered(order):
                self._details.add(order.client_order_id)
            self._measure(dossier)

    def _take_details(self, quotes: Sequence[OrderQuote], stamps: Sequence[OrderStamp]) -> None:
        touched: dict[str, Dossier] = {}
        for quote in quotes:
            if (found := self._known(quote.client_order_id)) is not None:
                found.add_quote(quote)
                touched[found.head] = found
        for stamp in stamps:
            if (found := self._known(stamp.client_order_id)) is not None:
                found.add_stamp(stamp)
                touched[found.head] = found
        for dossier in touched.values():
            self._learn_offset(dossier)
            if dossier.head in self._records:
                self._measure(dossier)

    def _known(self, client_order_id: str) -> Dossier | None:
        return self._dossiers.get(self._heads.get(client_order_id, ""))

    def _on_execution(self, change: ExecutionReceived) -> None:
        self._capture.on_fill(change.execution, change.order, self._ahead_ms(change.order))

    def _on_key_to_wire(self, timed: KeyToWire) -> None:
        dossier = self._known(timed.client_order_id)
        if dossier is not None:
            dossier.key_to_wire(timed.milliseconds)

    def _dossier(self, order: Order) -> Dossier:
        """The dossier of an order's chain, begun where there is none."""
        identity = order.client_order_id
        head = self._heads.get(identity)
        if head is None:
            head = self._heads.get(order.intent.replaces_id or "", identity)
            self._heads[identity] = head
        return self._dossiers.setdefault(head, Dossier(head))

    def _ahead_ms(self, order: Order) -> float:
        """How far the broker's clock runs ahead of ours as far as is known, in milliseconds."""
        found = self.clock_correction(order.intent.broker)
        return found.offset_ms if found is not None else 0.0

    def _learn_offset(self, dossier: Dossier) -> None:
        trip, dossier.round_trip = dossier.round_trip, None
        if trip is not None:
            self._offsets.setdefault(dossier.chain[-1].intent.broker.value, OffsetTracker()).add(trip)

    def _measure(self, dossier: Dossier) -> ExecutionMetrics:
        order = dossier.chain[-1]
        tracker = self._offsets.get(order.intent.broker.value)
        known = self._instruments(order.symbol) if self._instruments and dossier.instrument is None else None
        fallback = _symbol_facts(known, self._usual.median(order.symbol, order.sent_at))
        record = measure(dossier.facts(tracker.correction if tracker else None, fallback))
        before = self._records.get(dossier.head)
        if before is not None:
            record = _revised(record, before)
        if record == before:
            return before
        self._records[dossier.head] = record
        self._sum_up(dossier.head, record, before)
        self._usual.add(dossier.head, record)
        if self._bus is not None:
            self._bus.publish(OrderMeasured(record.client_order_id, record.symbol))
        return record

    def _sum_up(self, head: str, record: ExecutionMetrics, before: ExecutionMetrics | None = None) -> None:
        if before is not None and before.mode is not record.mode:
            self._summaries = summaries_of(self._records)  # paper and live never meet
            return
        self._summaries.setdefault(record.mode, RunningSummary(record.mode.value)).put(head, record)

    def _symbols(self, logs: Sequence[Sequence[OrderEvent]]) -> dict[str, SymbolFacts]:
        if self._instruments is None:
            return {}
        names = {log_[0].intent.terms.symbol for log_ in logs if log_[0].intent is not None}
        return {name: _symbol_facts(self._instruments(name), None) for name in names}

    def _merge(
        self,
        built: Mapping[str, Dossier],
        heads: Mapping[str, str],
        records: Mapping[str, ExecutionMetrics],
        summaries: dict[TradingMode, RunningSummary],
    ) -> None:
        """Put what the store knows first, then add what happened meanwhile."""
        live, live_records = self._dossiers, self._records
        self._heads = {**self._heads, **heads}
        self._dossiers, self._records, self._summaries = dict(built), dict(records), summaries
        for head, record in records.items():
            self._usual.add(head, record)
        for head, dossier in live.items():
            stored = built.get(self._heads.get(head, head))
            if stored is None:
                self._dossiers[head] = dossier
                if head in live_records:
                    self._records[head] = live_records[head]
                    self._sum_up(head, live_records[head])
            else:
                stored.absorb(dossier)
                if stored.was_sent:
                    self._measure(stored)


def _symbol_facts(known: Instrument | None, usual_half_spread: Decimal | None) -> SymbolFacts:
    if known is None:
        return SymbolFacts(half_spread_bps=usual_half_spread)
    return SymbolFacts(
        average_volume=known.average_volume,
        daily_volatility=known.daily_volatility,
        tick=known.tick,
        round_lot=known.round_lot,
        half_spread_bps=usual_half_spread,
    )


def _revised(record: ExecutionMetrics, before: ExecutionMetrics) -> ExecutionMetrics:
    """Carry the revision on; a changed benchmark keeps the former price beside the new one."""
    if before.benchmark_price is None or record.benchmark_price == before.benchmark_price:
        return replace(record, revision=before.revision, previous_benchmark_price=before.previous_benchmark_price)
    return replace(record, revision=before.revision + 1, previous_benchmark_price=before.benchmark_price)
