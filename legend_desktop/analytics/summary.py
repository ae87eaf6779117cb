"""All that the execution quality panel shows, worked out in one go from a frozen list of records (any thread)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from legend_desktop.analytics.aggregate import AggregateStats, aggregate, slippages
from legend_desktop.analytics.classify import MARKETABLE
from legend_desktop.analytics.histogram import Histogram, cost_range, histogram
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.quality import SCORE_VERSION
from legend_desktop.analytics.selection import exclusion_reason, is_usable, population
from legend_desktop.analytics.series import CostSeries, cost_series
from legend_desktop.analytics.statistics import (
    MIN_LISTED,
    MIN_RANKED,
    RESAMPLES,
    Interval,
    mean,
    median_interval,
)

_STEPS = 6


class Stopped(Exception):
    """The person stopped the computation."""


@dataclass(frozen=True, slots=True)
class QualitySummary:
    """Figures of the panel. ``orders`` lists single orders while there are too few for averages (below 5)."""

    mode: str
    all: AggregateStats
    marketable: AggregateStats
    median_interval: Interval | None
    simple_mean_bps: float | None
    saved_orders: int
    histogram: Histogram
    series: CostSeries
    orders: tuple[ExecutionMetrics, ...]
    excluded: tuple[ExecutionMetrics, ...]
    unfilled: int
    score_version: int = SCORE_VERSION
    min_listed: int = MIN_LISTED
    min_ranked: int = MIN_RANKED


def summarise(
    records: Sequence[ExecutionMetrics],
    *,
    mode: str = "paper",
    resamples: int = RESAMPLES,
    progress: Callable[[int, int], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> QualitySummary:
    """Figures over ``records``, all of one mode.

    ``progress`` hears of orders done and in all; once ``stopped`` answers true, ``Stopped`` is raised at the next step.
    """
    done = 0

    def step() -> None:
        nonlocal done
        if stopped():
            raise Stopped
        done += 1
        if progress is not None:
            progress(len(records) * done // _STEPS, len(records))

    rows = population(records).orders
    used = [row for row in rows if is_usable(row)]
    values = slippages(used)
    step()
    everything = aggregate(records, mode=mode, resamples=resamples)
    step()
    takers = aggregate([row for row in records if row.order_class in MARKETABLE], mode=mode, resamples=resamples)
    step()
    middle = median_interval(values, resamples=resamples)
    step()
    boxes = histogram(values, *cost_range(values))
    step()
    series = cost_series(used)
    step()
    return QualitySummary(
        mode=mode,
        all=everything,
        marketable=takers,
        median_interval=middle,
        simple_mean_bps=mean(values),
        saved_orders=sum(value < 0 for value in values),
        histogram=boxes,
        series=series,
        orders=tuple(used) if len(used) < MIN_LISTED else (),
        excluded=tuple(row for row in rows if exclusion_reason(row) is not None),
        unfilled=sum(row.filled_qty == 0 for row in rows),
    )
