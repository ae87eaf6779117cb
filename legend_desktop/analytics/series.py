"""Cost over time: mean and interval by trading day, or single orders within one day, with the running sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from legend_desktop.analytics.aggregate import cost_interval, slippage_cost, weighted_slippage
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.statistics import MIN_LISTED
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.session import trading_day

DAY_RESAMPLES = 2_000
DAY_DRAWN = 200
"""Busier days take the limit of the bootstrap: a band of many days is drawn, and each must be quick."""


@dataclass(frozen=True, slots=True)
class CostPoint:
    """Cost of one day or one order: mean bps with its 95 % interval (none below 5 orders), and money so far."""

    at: datetime
    bps: float
    low: float | None
    high: float | None
    n: int
    cost: Decimal
    running_cost: Decimal


@dataclass(frozen=True, slots=True)
class CostSeries:
    """Points oldest first; ``per_day`` is false when every point is one order of a single day."""

    points: tuple[CostPoint, ...]
    per_day: bool


def cost_series(used: Sequence[ExecutionMetrics]) -> CostSeries:
    """Cost over time of orders with usable slippage; those without a time of arrival are left out."""
    rows = sorted((row for row in used if row.arrived_at is not None), key=_time)
    days: dict[object, list[ExecutionMetrics]] = {}
    for row in rows:
        days.setdefault(trading_day(_time(row)), []).append(row)
    if len(days) <= 1:
        return CostSeries(_points([[row] for row in rows]), per_day=False)
    return CostSeries(_points(list(days.values())), per_day=True)


def _points(groups: Sequence[Sequence[ExecutionMetrics]]) -> tuple[CostPoint, ...]:
    points: list[CostPoint] = []
    running = ZERO
    for group in groups:
        cost = slippage_cost(group)
        running += cost
        interval = cost_interval(group, DAY_RESAMPLES, DAY_DRAWN) if len(group) >= MIN_LISTED else None
        points.append(
            CostPoint(
                at=_time(group[0]),
                bps=weighted_slippage(group) or 0.0,
                low=interval.low if interval else None,
                high=interval.high if interval else None,
                n=len(group),
                cost=cost,
                running_cost=running,
            )
        )
    return tuple(points)


def _time(row: ExecutionMetrics) -> datetime:
    return row.arrived_at or datetime.min.replace(tzinfo=UTC)
