"""The panel's figures kept at hand: columns of numbers that grow with every order, and sums that are never redone.

``summarise`` walks over all records; here a changed order touches one row, and opening the panel costs a few array
operations. Both give exactly the same ``QualitySummary``.
"""

from array import array
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from legend_desktop.analytics.aggregate import AggregateStats, cluster_of
from legend_desktop.analytics.classify import MARKETABLE
from legend_desktop.analytics.exact import EXACT
from legend_desktop.analytics.histogram import cost_range, histogram
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.running import RunningAggregate
from legend_desktop.analytics.selection import exclusion_reason, is_usable, population
from legend_desktop.analytics.series import DAY_DRAWN, DAY_RESAMPLES, CostPoint, CostSeries, cost_series
from legend_desktop.analytics.statistics import (
    MIN_LISTED,
    MOST_DRAWN,
    RESAMPLES,
    Interval,
    median_interval,
    ratio_interval,
)
from legend_desktop.analytics.summary import QualitySummary, Stopped
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.session import trading_day

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Table = NDArray[np.float64]

_USED, _TAKER, _SLIPPAGE, _COST, _VALUE, _CLUSTER, _SECONDS, _DAY = range(8)
_COLUMNS = 8
_NO_DAY = -1.0
_STEPS = 4
_BASIS_POINTS = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class _DaySum:
    """Orders of one day and their exact money: cost, and value at their benchmarks."""

    orders: int = 0
    cost: Decimal = ZERO
    value: Decimal = ZERO


class RunningSummary:
    """Orders of one mode, one record a ``key``; not for several threads at once, a ``snapshot`` is."""

    def __init__(self, mode: str = "paper") -> None:
        self._mode = mode
        self._all, self._takers = RunningAggregate(mode), RunningAggregate(mode)
        self._records: dict[str, ExecutionMetrics] = {}
        self._rows: dict[str, int] = {}
        self._columns = [array("d") for _ in range(_COLUMNS)]
        self._clusters: dict[Hashable, int] = {}
        self._days: dict[int, _DaySum] = {}
        self._excluded: set[str] = set()

    def __len__(self) -> int:
        return len(self._records)

    def put(self, key: str, record: ExecutionMetrics) -> None:
        """Take ``record`` in, in the place of the one that ``key`` had before."""
        before = self._records.get(key)
        if before is not None:
            self._count_day(before, -1)
            if before.order_class in MARKETABLE:
                self._takers.drop(key)
        self._all.put(key, record)
        if record.order_class in MARKETABLE:
            self._takers.put(key, record)
        self._records[key] = record
        self._write(self._rows.setdefault(key, len(self._rows)), record)
        self._count_day(record, 1)
        if population([record]).orders and exclusion_reason(record) is not None:
            self._excluded.add(key)
        else:
            self._excluded.discard(key)

    def snapshot(self) -> "SummarySource":
        """What a worker thread needs to put the summary together; later orders do not change it."""
        import numpy as np

        table = np.array([np.frombuffer(column) for column in self._columns]) if self._rows else np.zeros((_COLUMNS, 0))
        used = table[:, table[_USED] > 0]
        few: tuple[ExecutionMetrics, ...] = ()
        if used.shape[1] < MIN_LISTED or not self._spans_days:
            few = tuple(row for row in self._records.values() if population([row]).orders and is_usable(row))
        excluded = self._excluded
        return SummarySource(
            mode=self._mode,
            table=used,
            all=self._all.stats(),
            marketable=self._takers.stats(),
            mean_bps=self._all.mean_slippage,
            days=dict(self._days),
            used=few,
            excluded=tuple(row for key, row in self._records.items() if key in excluded) if excluded else (),
            unfilled=self._all.unfilled,
        )

    @property
    def _spans_days(self) -> bool:
        return len(self._days) > 1

    def _write(self, row: int, record: ExecutionMetrics) -> None:
        usable = bool(population([record]).orders) and is_usable(record)
        at = record.arrived_at
        values = (
            float(usable),
            float(record.order_class in MARKETABLE),
            float(record.slippage_bps or 0),
            float((record.slippage_cost or ZERO) * _BASIS_POINTS),
            float(record.benchmark_notional or ZERO),
            float(self._clusters.setdefault(cluster_of(record), len(self._clusters))),
            0.0 if at is None else at.timestamp(),
            _NO_DAY if at is None else float(trading_day(at).toordinal()),
        )
        for column, value in zip(self._columns, values, strict=True):
            if row < len(column):
                column[row] = value
            else:
                column.append(value)

    def _count_day(self, record: ExecutionMetrics, sign: int) -> None:
        if record.arrived_at is None or not is_usable(record) or not population([record]).orders:
            return
        day = trading_day(record.arrived_at).toordinal()
        known = self._days.get(day, _DaySum())
        cost, value = record.slippage_cost or ZERO, record.benchmark_notional or ZERO
        if known.orders + sign == 0:
            del self._days[day]
            return
        add = EXACT.add if sign > 0 else EXACT.subtract
        self._days[day] = _DaySum(known.orders + sign, add(known.cost, cost), add(known.value, value))


def summaries_of(records: Mapping[str, ExecutionMetrics]) -> dict[TradingMode, RunningSummary]:
    """A running summary a mode over ``records`` by key; paper and live never meet."""
    found: dict[TradingMode, RunningSummary] = {}
    for key, record in records.items():
        found.setdefault(record.mode, RunningSummary(record.mode.value)).put(key, record)
    return found


@dataclass(frozen=True, slots=True)
class SummarySource:
    """One moment of a ``RunningSummary``; ``summarise`` may run in any thread."""

    mode: str
    table: "Table"
    all: AggregateStats
    marketable: AggregateStats
    mean_bps: float | None
    days: dict[int, _DaySum]
    used: tuple[ExecutionMetrics, ...]
    excluded: tuple[ExecutionMetrics, ...]
    unfilled: int

    def aggregate(self, resamples: int = RESAMPLES) -> AggregateStats:
        """The headline figures with their interval, exactly as ``aggregate.aggregate`` makes them of the records."""
        return _with_interval(self.all, _interval(self.table, resamples))

    def summarise(
        self,
        *,
        resamples: int = RESAMPLES,
        progress: Callable[[int, int], None] | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> QualitySummary:
        """The summary, exactly as ``summary.summarise`` makes it of the records.

        ``progress`` hears of orders done and in all; once ``stopped`` answers true, ``Stopped`` is raised at the next
        step.
        """
        orders, done = self.table.shape[1], 0

        def step() -> None:
            nonlocal done
            if stopped():
                raise Stopped
            done += 1
            if progress is not None:
                progress(orders * done // _STEPS, orders)

        takers = self.table[:, self.table[_TAKER] > 0]
        values = self.table[_SLIPPAGE]
        step()
        everything = self.aggregate(resamples)
        marketable = _with_interval(self.marketable, _interval(takers, resamples))
        step()
        middle = median_interval(values, resamples=resamples)
        boxes = histogram(values, *cost_range(values))
        step()
        series = self._series()
        step()
        return QualitySummary(
            mode=self.mode,
            all=everything,
            marketable=marketable,
            median_interval=middle,
            simple_mean_bps=self.mean_bps,
            saved_orders=int((values < 0).sum()),
            histogram=boxes,
            series=series,
            orders=self.used if orders < MIN_LISTED else (),
            excluded=self.excluded,
            unfilled=self.unfilled,
        )

    def _series(self) -> CostSeries:
        """Cost by day from the days' exact sums; the few orders of one day alone are taken one by one."""
        import numpy as np

        if self.used:
            return cost_series(self.used)
        dated = self.table[:, self.table[_DAY] != _NO_DAY]
        if not dated.shape[1]:
            return CostSeries((), per_day=False)
        dated = dated[:, np.argsort(dated[_SECONDS], kind="stable")]
        dated = dated[:, np.argsort(dated[_DAY], kind="stable")]
        names, starts = np.unique(dated[_DAY], return_index=True)
        ends = [*starts[1:].tolist(), dated.shape[1]]
        points: list[CostPoint] = []
        running = ZERO
        for name, start, end in zip(names.tolist(), starts.tolist(), ends, strict=True):
            sums = self.days[int(name)]
            running = EXACT.add(running, sums.cost)
            part = dated[:, start:end]
            band = _interval(part, DAY_RESAMPLES, DAY_DRAWN) if end - start >= MIN_LISTED else None
            points.append(
                CostPoint(
                    at=datetime.fromtimestamp(float(part[_SECONDS][0]), UTC),
                    bps=float(sums.cost / sums.value * 10_000) if sums.value > 0 else 0.0,
                    low=band.low if band else None,
                    high=band.high if band else None,
                    n=end - start,
                    cost=sums.cost,
                    running_cost=running,
                )
            )
        return CostSeries(tuple(points), per_day=True)


def _interval(rows: "Table", resamples: int, drawn_up_to: int = MOST_DRAWN) -> Interval | None:
    """95 % interval of the weighted cost of these rows, orders of one symbol and minute in a cluster."""
    if not resamples:
        return None
    return ratio_interval(rows[_COST], rows[_VALUE], rows[_CLUSTER], resamples=resamples, drawn_up_to=drawn_up_to)


def _with_interval(stats: AggregateStats, interval: Interval | None) -> AggregateStats:
    return stats if interval is None else replace(stats, ci95_low=interval.low, ci95_high=interval.high)
