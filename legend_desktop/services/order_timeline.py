"""One order taken apart: its events, quotes and stamps as stored, the quotes around it, and what it cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from legend_desktop.analytics.facts import ClockCorrection, QuoteAt, first_stamps
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind, replay
from legend_desktop.domain.orders import Order
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment
from legend_desktop.services.execution_analytics import ExecutionAnalyticsService
from legend_desktop.services.ports import OrderStore
from legend_desktop.services.quote_ring import QuoteRing, reaches

_LEAD = (0.15, timedelta(seconds=2), timedelta(minutes=1))
_TAIL = (0.1, timedelta(milliseconds=1_300), timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Everything about one order, or a chain in which each order replaced the one before (first child first).

    ``events``, ``quotes`` and ``stamps`` are as stored, oldest first. ``band`` are the quotes around the order from
    ``start`` to ``end``; where ``whole`` is false only those kept with it are there, so that nothing is known between
    them. ``metrics`` is ``None`` for an order that was never sent. ``began`` is the key press, else the decision.
    """

    orders: tuple[Order, ...]
    events: tuple[OrderEvent, ...]
    quotes: tuple[OrderQuote, ...]
    stamps: tuple[OrderStamp, ...]
    band: tuple[QuoteAt, ...]
    whole: bool
    began: datetime
    start: datetime
    end: datetime
    read_at: datetime
    metrics: ExecutionMetrics | None = None
    clock: ClockCorrection | None = None

    @property
    def order(self) -> Order:
        """The last of the chain: how it ended."""
        return self.orders[-1]

    def stamp(self, moment: StampMoment) -> OrderStamp | None:
        """The first stamp of this moment of the first order of the chain."""
        head = self.orders[0].client_order_id
        return first_stamps(row for row in self.stamps if row.client_order_id == head).get(moment)

    def quote(self, moment: QuoteMoment, execution_id: str | None = None) -> OrderQuote | None:
        """The quote kept at a moment: the first one, at the end of the order the last one."""
        rows = [row for row in self.quotes if row.moment is moment and row.execution_id == execution_id]
        if not rows:
            return None
        return rows[-1] if moment in {QuoteMoment.TRIGGER, QuoteMoment.CANCEL} else rows[0]


class OrderTimeLines:
    """Reads time lines from the journal and from the memory of the last moments."""

    def __init__(self, store: OrderStore, analytics: ExecutionAnalyticsService, ring: QuoteRing, clock: Clock) -> None:
        self._store = store
        self._analytics = analytics
        self._ring = ring
        self._clock = clock

    async def load(self, client_order_id: str) -> TimeLine | None:
        """The time line of an order, ``None`` where the journal does not know it. Raises ``StoreError``."""
        metrics = self._analytics.order_metrics(client_order_id)
        names = list(metrics.chain) if metrics is not None and client_order_id in metrics.chain else [client_order_id]
        logs = [log for log in [await self._store.load_order_events(name) for name in names] if log]
        logs = [log for log in logs if log[0].kind is OrderEventKind.CREATED]
        if not logs:
            return None
        quotes = await self._store.load_quotes(names)
        stamps = await self._store.load_stamps(names)
        return self._put_together(logs, quotes, stamps, metrics)

    def newest(self) -> list[str]:
        """The orders that have figures, newest first: what J and K go through where no list was open."""
        return [row.client_order_id for row in reversed(self._analytics.all_metrics())]

    def _put_together(
        self,
        logs: Sequence[Sequence[OrderEvent]],
        quotes: Sequence[OrderQuote],
        stamps: Sequence[OrderStamp],
        metrics: ExecutionMetrics | None,
    ) -> TimeLine:
        now = self._clock.now()
        orders = tuple(replay(list(log)) for log in logs)
        events = tuple(sorted((event for log in logs for event in log), key=lambda row: row.at))
        kept = tuple(sorted(quotes, key=lambda row: row.at))
        began = min([events[0].at, *(row.at for row in stamps)])
        ended = max(now if orders[-1].is_open else events[-1].at, began)
        start, end = began - _share(ended - began, *_LEAD), ended + _share(ended - began, *_TAIL)
        symbol = orders[-1].symbol
        whole = reaches(self._ring, symbol, start, timedelta(seconds=1))
        seen = self._ring.between(symbol, start, end)
        own = [QuoteAt(row.quote, row.at) for row in kept if start <= row.at <= end]
        first = seen[0].at if seen else end
        band = seen if whole else [*(row for row in own if row.at < first), *seen]
        return TimeLine(
            orders,
            events,
            kept,
            tuple(sorted(stamps, key=lambda row: row.at)),
            tuple(band),
            whole,
            began,
            start,
            end,
            now,
            metrics,
            self._analytics.clock_correction(orders[-1].intent.broker),
        )


def _share(life: timedelta, share: float, least: timedelta, most: timedelta) -> timedelta:
    return min(most, max(least, life * share))
