"""Figures over many orders, with the weights that make them add up.

``avg_slippage_bps`` is weighted by benchmark value, so that it times the value is exactly the money lost; the median
stands beside it for what is typical.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from legend_desktop.analytics.classify import MARKETABLE
from legend_desktop.analytics.exact import exact_sum
from legend_desktop.analytics.facts import USER
from legend_desktop.analytics.improvement import ImprovementBasis
from legend_desktop.analytics.latency import WHOLE_SECONDS
from legend_desktop.analytics.metrics import ByName, ExecutionMetrics
from legend_desktop.analytics.selection import exclusion_reason, is_usable, population
from legend_desktop.analytics.spreads import ratio_of_averages
from legend_desktop.analytics.statistics import (
    MOST_DRAWN,
    RESAMPLES,
    Interval,
    mean,
    median,
    quantile,
    ratio_interval,
    weighted_ratio,
)
from legend_desktop.domain.feeds import is_partial
from legend_desktop.domain.money import ZERO

_WHOLE_SECONDS_LIMIT_MS = 2_000.0
_FILLED_TOLERANCE = Decimal("1e-9")


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateStats(ByName):
    """Execution figures of a selection. Money and shares are ``Decimal``; rates are per cent, durations ms, floats.

    A figure without input is ``None``; counts and sums are 0. Slippage is cost-positive and without fees.
    ``n_used`` orders made the cost figures, ``n_excluded`` filled ones were left out for ``excluded_reasons``.
    ``partial_quote_orders`` of the used are measured against quotes of one exchange alone, from ``partial_feeds``.
    """

    total_orders: int = 0
    filled_orders: int = 0
    avg_fill_rate: float | None = None
    total_volume: Decimal = ZERO
    avg_slippage_bps: float | None = None
    median_slippage_bps: float | None = None
    total_slippage_cost: Decimal = ZERO
    avg_execution_duration_ms: float | None = None
    avg_execution_quality: float | None = None
    orders_with_price_improvement: int = 0
    price_improvement_amount: Decimal = ZERO
    partially_filled_orders: int = 0
    orders_with_fills: int = 0
    working_orders: int = 0
    rejected_orders: int = 0
    oco_cancelled_orders: int = 0
    user_cancelled_orders: int = 0
    avg_fill_rate_excl_user_cancels: float | None = None
    avg_fill_rate_equal_weighted: float | None = None
    total_notional: Decimal = ZERO
    benchmark_notional: Decimal = ZERO
    total_fees: Decimal = ZERO
    orders_without_fees: int = 0
    net_price_improvement_amount: Decimal = ZERO
    price_disimprovement_amount: Decimal = ZERO
    price_improvement_percent: float | None = None
    orders_eligible_for_improvement: int = 0
    pi_basis: str | None = None
    avg_slippage_bps_equal_weighted: float | None = None
    expected_avg_bps: float | None = None
    effective_over_quoted: float | None = None
    median_duration_ms: float | None = None
    p95_duration_ms: float | None = None
    scored_orders: int = 0
    n_used: int = 0
    n_excluded: int = 0
    excluded_reasons: dict[str, int] = field(default_factory=dict)
    ci95_low: float | None = None
    ci95_high: float | None = None
    partial_quote_orders: int = 0
    partial_feeds: tuple[str, ...] = ()
    mode: str = "paper"
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class ImprovementSums:
    """Price improvement over a selection: eligible and improved orders, money saved, lost and net."""

    eligible: int
    improved: int
    amount: Decimal
    disimprovement: Decimal
    percent: float | None
    basis: str | None

    @property
    def net(self) -> Decimal:
        """Saved minus lost."""
        return self.amount - self.disimprovement


def aggregate(
    records: Iterable[ExecutionMetrics], *, mode: str = "paper", symbol: str | None = None, resamples: int = RESAMPLES
) -> AggregateStats:
    """Figures over ``records`` (all of one mode). ``resamples`` 0 leaves the interval out."""
    people = population(records)
    stats = AggregateStats(
        working_orders=people.working,
        rejected_orders=people.rejected,
        oco_cancelled_orders=people.oco_cancelled,
        user_cancelled_orders=people.user_cancelled,
        mode=mode,
        symbol=symbol,
    )
    return _with_costs(_with_improvement(_with_fills(stats, people.orders), people.orders), people.orders, resamples)


def _with_fills(stats: AggregateStats, rows: Sequence[ExecutionMetrics]) -> AggregateStats:
    times, sure_times = durations(rows), steady(rows)
    return replace(
        stats,
        total_orders=len(rows),
        filled_orders=sum(is_filled(row) for row in rows),
        partially_filled_orders=sum(row.filled_qty > 0 and not is_filled(row) for row in rows),
        orders_with_fills=sum(row.filled_qty > 0 for row in rows),
        avg_fill_rate=fill_rate(rows),
        avg_fill_rate_excl_user_cancels=fill_rate([row for row in rows if row.cancel_origin != USER]),
        avg_fill_rate_equal_weighted=mean([float(row.fill_rate) for row in rows]),
        total_volume=exact_sum(row.filled_qty for row in rows),
        total_notional=exact_sum(row.notional for row in rows),
        avg_execution_duration_ms=mean(times),
        median_duration_ms=median(sure_times),
        p95_duration_ms=quantile(sure_times, 0.95),
        avg_execution_quality=weighted_quality(rows),
        scored_orders=sum(row.execution_quality is not None for row in rows),
        total_fees=exact_sum(row.fees for row in rows if row.fees is not None),
        orders_without_fees=sum(row.filled_qty > 0 and row.fees is None for row in rows),
    )


def _with_improvement(stats: AggregateStats, rows: Sequence[ExecutionMetrics]) -> AggregateStats:
    gains = improvement_sums(rows)
    return replace(
        stats,
        orders_with_price_improvement=gains.improved,
        price_improvement_amount=gains.amount,
        net_price_improvement_amount=gains.net,
        price_disimprovement_amount=gains.disimprovement,
        price_improvement_percent=gains.percent,
        orders_eligible_for_improvement=gains.eligible,
        pi_basis=gains.basis,
    )


def _with_costs(stats: AggregateStats, rows: Sequence[ExecutionMetrics], resamples: int) -> AggregateStats:
    used = [row for row in rows if is_usable(row)]
    reasons = Counter(reason for reason in map(exclusion_reason, rows) if reason is not None)
    interval = cost_interval(used, resamples) if resamples else None
    single = slippages(used)
    partial = [row for row in used if is_partial(row.quote_feed)]
    return replace(
        stats,
        avg_slippage_bps=weighted_slippage(used),
        median_slippage_bps=median(single),
        avg_slippage_bps_equal_weighted=mean(single),
        total_slippage_cost=slippage_cost(used),
        benchmark_notional=benchmark_notional(used),
        expected_avg_bps=expected_average(used),
        effective_over_quoted=effective_over_quoted(used),
        n_used=len(used),
        n_excluded=sum(reasons.values()),
        excluded_reasons=by_count(reasons),
        ci95_low=interval.low if interval else None,
        ci95_high=interval.high if interval else None,
        partial_quote_orders=len(partial),
        partial_feeds=tuple(sorted({row.quote_feed for row in partial})),
    )


def slippages(used: Iterable[ExecutionMetrics]) -> list[float]:
    """Slippage in bps of each order."""
    return [float(row.slippage_bps) for row in used if row.slippage_bps is not None]


def slippage_cost(used: Iterable[ExecutionMetrics]) -> Decimal:
    """Money lost against the benchmark."""
    return exact_sum(row.slippage_cost for row in used if row.slippage_cost is not None)


def benchmark_notional(used: Iterable[ExecutionMetrics]) -> Decimal:
    """Filled shares at their benchmarks."""
    return exact_sum(row.benchmark_notional or ZERO for row in used)


def weighted_slippage(used: Sequence[ExecutionMetrics]) -> float | None:
    """Slippage in bps weighted by benchmark value."""
    value = benchmark_notional(used)
    return float(slippage_cost(used) / value * 10_000) if value > 0 else None


def cost_interval(
    used: Sequence[ExecutionMetrics], resamples: int = RESAMPLES, drawn_up_to: int = MOST_DRAWN
) -> Interval | None:
    """95 % bootstrap interval of ``weighted_slippage``; orders of one symbol and minute may form a cluster."""
    costs = [float((row.slippage_cost or ZERO) * 10_000) for row in used]
    values = [float(row.benchmark_notional or ZERO) for row in used]
    clusters = [cluster_of(row) for row in used]
    return ratio_interval(costs, values, clusters, resamples=resamples, drawn_up_to=drawn_up_to)


def cluster_of(row: ExecutionMetrics) -> Hashable:
    """Orders of one symbol and minute tell much the same; one without a time stands alone."""
    return (row.symbol, int(row.arrived_at.timestamp() // 60)) if row.arrived_at else row.client_order_id


def fill_rate(rows: Sequence[ExecutionMetrics]) -> float | None:
    """Filled of ordered, per cent: by shares for one symbol, by value at the benchmark over several."""
    if len({row.symbol for row in rows}) <= 1:
        ordered = exact_sum(row.ordered_qty for row in rows)
        return float(100 * exact_sum(row.filled_qty for row in rows) / ordered) if ordered > 0 else None
    priced = [(price, row) for row in rows if (price := row.benchmark_price or row.avg_fill_price) is not None]
    ordered = exact_sum(price * row.ordered_qty for price, row in priced)
    return float(100 * exact_sum(price * row.filled_qty for price, row in priced) / ordered) if ordered > 0 else None


def durations(rows: Iterable[ExecutionMetrics]) -> list[float]:
    """Submit to last fill, ms, of orders that take the quote; how long a resting limit waits is its owner's choice."""
    return [
        row.execution_duration_ms
        for row in rows
        if row.execution_duration_ms is not None and row.order_class in MARKETABLE
    ]


def steady(rows: Iterable[ExecutionMetrics]) -> list[float]:
    """Durations for percentiles: short ones known only to the second are left out."""
    return durations(row for row in rows if is_steady(row))


def is_steady(row: ExecutionMetrics) -> bool:
    """False for a short duration that is known only to the second."""
    return WHOLE_SECONDS not in row.flags or (row.execution_duration_ms or 0.0) >= _WHOLE_SECONDS_LIMIT_MS


def weighted_quality(rows: Iterable[ExecutionMetrics]) -> float | None:
    """Mean score weighted by ordered value at the benchmark."""
    scored = [row for row in rows if row.execution_quality is not None and row.ordered_notional is not None]
    weights = [float(row.ordered_notional or ZERO) for row in scored]
    return weighted_ratio(
        [weight * (row.execution_quality or 0.0) for weight, row in zip(weights, scored, strict=True)], weights
    )


def improvement_sums(rows: Iterable[ExecutionMetrics]) -> ImprovementSums:
    """Improvement over the eligible orders.

    Orders measured against a bare reference price count only when no order of the selection has a quote.
    """
    eligible = [row for row in rows if row.price_improvement_amount is not None]
    quoted = [row for row in eligible if row.pi_basis is ImprovementBasis.QUOTE]
    chosen = quoted or eligible
    value = exact_sum(row.benchmark_notional or ZERO for row in chosen)
    saved = exact_sum(row.price_improvement_amount or ZERO for row in chosen if row.price_improved)
    lost = exact_sum(loss_of(row) for row in chosen)
    basis = None if not chosen else (ImprovementBasis.QUOTE if quoted else ImprovementBasis.REFERENCE).value
    percent = float(100 * (saved - lost) / value) if value > 0 else None
    return ImprovementSums(len(chosen), sum(bool(row.price_improved) for row in chosen), saved, lost, percent, basis)


def loss_of(row: ExecutionMetrics) -> Decimal:
    """Money that an order got worse than the quote, 0 or above."""
    return ZERO if row.price_improved else max(ZERO, -(row.price_improvement_amount or ZERO))


def by_count(reasons: Mapping[str, int]) -> dict[str, int]:
    """Counts, most first, equal ones by name."""
    return dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])))


def expected_average(used: Iterable[ExecutionMetrics]) -> float | None:
    """Expected cost in bps, weighted like the headline."""
    rows = [row for row in used if row.expected_bps is not None]
    weights = [float(row.benchmark_notional or ZERO) for row in rows]
    return weighted_ratio(
        [weight * float(row.expected_bps or ZERO) for weight, row in zip(weights, rows, strict=True)], weights
    )


def effective_over_quoted(rows: Iterable[ExecutionMetrics]) -> float | None:
    """Effective over quoted spread in per cent, orders that take the quote only (100 = paid the far touch)."""
    ratio = ratio_of_averages(
        (row.filled_qty, row.effective_spread, row.quoted_spread)
        for row in rows
        if row.effective_spread is not None and row.quoted_spread is not None and row.order_class in MARKETABLE
    )
    return None if ratio is None else float(ratio)


def is_filled(row: ExecutionMetrics) -> bool:
    """True for an order that was filled whole."""
    return row.filled_qty > 0 and abs(row.filled_qty - row.ordered_qty) <= _FILLED_TOLERANCE
