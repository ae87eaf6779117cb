"""The Execution quality panel's state: figures of all orders of one mode, worked out beside the window's loop.

The statistics run in a worker thread over a frozen list of records, at most once a second, and only while somebody
looks. While one run is under way the last figures stay.
"""

import asyncio
import threading
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.events import OrderMeasured
from legend_desktop.domain.formatting import format_count
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.execution_analytics import (
    ExecutionAnalyticsService,
    QualitySummary,
    Stopped,
)
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.base import ViewModel
from legend_desktop.viewmodels.execution_quality_cards import (
    ExcludedLine,
    OrderLine,
    QualityCard,
    excluded_line,
    excluded_words,
    feeds_words,
    headline,
    histogram_sentence,
    histogram_table,
    order_line,
    orders_table,
    series_sentence,
    series_table,
)

SECONDS_BETWEEN_RUNS = 1.0
WORTH_PROGRESS = 5_000
"""From so many orders on a run says how far it is."""


@dataclass(frozen=True, slots=True)
class CostBoxes:
    """The histogram: ``counts[i]`` orders from ``edges[i]`` to ``edges[i + 1]`` bp, the ends collect what lies beyond.

    ``mean`` is weighted by value, with its 95 % band ``low`` to ``high`` where there is one.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    collects_low: bool
    collects_high: bool
    mean: float | None
    median: float | None
    low: float | None
    high: float | None
    saved: int
    orders: int


@dataclass(frozen=True, slots=True)
class CostDot:
    """One day or one order: ``at`` in seconds since 1970 UTC, cost in bp with its interval, money so far."""

    at: float
    bps: float
    low: float | None
    high: float | None
    orders: int
    running_cost: float


class ExecutionQualityViewModel(ViewModel):
    """Headline cells, histogram and cost over time for one mode.

    ``changed`` follows every new set of figures, ``progress_changed`` every step of a long run.
    """

    changed = Signal()
    progress_changed = Signal()

    def __init__(
        self,
        analytics: ExecutionAnalyticsService,
        bus: EventBus,
        supervisor: TaskSupervisor,
        clock: Clock,
        *,
        mode: TradingMode,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._analytics = analytics
        self._supervisor = supervisor
        self._clock = clock
        self._mode = mode
        self._summary: QualitySummary | None = None
        self._cards: tuple[QualityCard, ...] = ()
        self._active = False
        self._stale = True
        self._running = False
        self._stopped = False
        self._progress = ""
        self._halt = threading.Event()
        self.listen(bus, OrderMeasured, self._on_measured)

    @property
    def mode_word(self) -> str:
        """PAPER or LIVE."""
        return self._mode.value.upper()

    @property
    def is_paper(self) -> bool:
        """True where fills are simulated."""
        return self._mode is TradingMode.PAPER

    @property
    def ready(self) -> bool:
        """True once the first figures are there."""
        return self._summary is not None

    @property
    def empty(self) -> bool:
        """True while no order has been measured."""
        return self._summary is None or self._summary.all.n_used + self._summary.all.n_excluded == 0

    @property
    def waiting(self) -> bool:
        """True while there are measured orders but no figures yet."""
        return self._summary is None and bool(self._analytics.all_metrics())

    @property
    def list_only(self) -> bool:
        """True while there are too few orders for averages: show ``orders`` instead of charts."""
        return self._summary is not None and 0 < self._summary.all.n_used < self._summary.min_listed

    @property
    def summary(self) -> str:
        """The words of the title bar."""
        if self._progress:
            return self._progress
        if self._summary is None or self.empty:
            return "positive = cost"
        count = self._summary.all.total_orders
        fills = "simulated fills" if self.is_paper else "real fills"
        text = f"positive = cost, {format_count(count)} {'order' if count == 1 else 'orders'}, {fills}"
        feeds = feeds_words(self._summary.all)
        text = f"{text}, {feeds}" if feeds else text
        return f"{text}, stopped" if self._stopped else text

    @property
    def progress(self) -> str:
        """``Computing 1,219 of 100,000, Esc stops`` during a long run, else empty."""
        return self._progress

    @property
    def excluded(self) -> str:
        """How many filled orders the cost figures leave out and why, empty when none."""
        return "" if self._summary is None else excluded_words(self._summary.all)

    @property
    def cards(self) -> tuple[QualityCard, ...]:
        """The headline cells, left to right; empty before the first figures."""
        return self._cards

    @property
    def histogram(self) -> CostBoxes | None:
        """The histogram of cost per order, ``None`` below 5 orders."""
        found = self._summary
        if found is None or found.all.n_used < found.min_listed:
            return None
        boxes, stats = found.histogram, found.all
        return CostBoxes(
            edges=boxes.edges,
            counts=boxes.counts,
            collects_low=boxes.collected_low > 0,
            collects_high=boxes.collected_high > 0,
            mean=stats.avg_slippage_bps,
            median=stats.median_slippage_bps,
            low=stats.ci95_low,
            high=stats.ci95_high,
            saved=found.saved_orders,
            orders=stats.n_used,
        )

    @property
    def per_day(self) -> bool:
        """True where a dot is a day, false where it is one order."""
        return self._summary is not None and self._summary.series.per_day

    @property
    def dots(self) -> tuple[CostDot, ...]:
        """Cost over time, oldest first."""
        if self._summary is None:
            return ()
        return tuple(
            CostDot(point.at.timestamp(), point.bps, point.low, point.high, point.n, float(point.running_cost))
            for point in self._summary.series.points
        )

    @property
    def orders(self) -> tuple[OrderLine, ...]:
        """The single orders while there are too few for averages, oldest first."""
        return () if self._summary is None else tuple(map(order_line, self._summary.orders))

    @property
    def excluded_orders(self) -> tuple[ExcludedLine, ...]:
        """The filled orders that cost figures leave out, with reasons."""
        return () if self._summary is None else tuple(map(excluded_line, self._summary.excluded))

    @property
    def histogram_sentence(self) -> str:
        """The histogram in one sentence."""
        return "" if self._summary is None else histogram_sentence(self._summary)

    @property
    def series_sentence(self) -> str:
        """Cost over time in one sentence."""
        return "" if self._summary is None else series_sentence(self._summary)

    def histogram_text(self) -> str:
        """The histogram's numbers, tab-separated with a heading."""
        return "" if self._summary is None else histogram_table(self._summary)

    def series_text(self) -> str:
        """The numbers of cost over time, tab-separated with a heading."""
        return "" if self._summary is None else series_table(self._summary)

    def orders_text(self) -> str:
        """The listed orders, tab-separated with a heading."""
        return orders_table(self.orders)

    def set_active(self, active: bool) -> None:
        """Say whether somebody looks; figures are only worked out while so."""
        self._active = active
        if active:
            self._start()

    def refresh(self) -> None:
        """Work the figures out anew."""
        self._stale = True
        self._start()

    def stop(self) -> None:
        """Stop the run under way; the last figures stay, the next measured order starts a new one."""
        if self._running:
            self._halt.set()

    def _on_measured(self, _: OrderMeasured) -> None:
        self._stale = True
        self._start()

    def _start(self) -> None:
        if not (self._active and self._stale) or self._running:
            return
        work = self._run()
        try:
            self._supervisor.start(work, "execution quality figures")
        except RuntimeError:
            work.close()  # the program is stopping, or there is no loop yet: the next call starts it
            return
        self._running = True

    async def _run(self) -> None:
        try:
            while self._active and self._stale:
                self._stale = False
                await self._work()
                await self._clock.sleep(SECONDS_BETWEEN_RUNS)
        finally:
            self._halt.set()
            self._running = False

    async def _work(self) -> None:
        source = self._analytics.summary_source(self._mode)
        self._halt = halt = threading.Event()
        loop = asyncio.get_running_loop()

        def told(done: int, total: int) -> None:
            if total >= WORTH_PROGRESS:
                loop.call_soon_threadsafe(self._set_progress, done, total)

        try:
            found = await asyncio.to_thread(source.summarise, progress=told, stopped=halt.is_set)
        except Stopped:
            self._stopped = True
        else:
            self._summary, self._stopped = found, False
            self._cards = headline(found)
        self._progress = ""
        self.changed.emit()

    def _set_progress(self, done: int, total: int) -> None:
        if done < total:
            self._progress = f"Computing {done:,d} of {total:,d}, Esc stops"
            self.progress_changed.emit()
