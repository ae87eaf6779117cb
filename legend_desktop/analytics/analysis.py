"""The slippage analysis: one mapping with every figure about the cost of a selection, all fields always present."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from legend_desktop.analytics.aggregate import (
    benchmark_notional,
    cost_interval,
    expected_average,
    slippage_cost,
    slippages,
    weighted_slippage,
)
from legend_desktop.analytics.breakdowns import breakdown, breakdown_of_fills, ranking
from legend_desktop.analytics.histogram import cost_range, histogram
from legend_desktop.analytics.mark_outs import mark_out_curve
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.scorecard import scorecard
from legend_desktop.analytics.selection import exclusion_reason, is_usable, population
from legend_desktop.analytics.spreads import HORIZONS_MS, ratio_of_averages
from legend_desktop.analytics.statistics import (
    OUTLIER_Z,
    RESAMPLES,
    mad,
    mean,
    median,
    median_interval,
    modified_z,
    orders_needed,
    quantile,
    robust_sigma,
    standard_deviation,
    trimmed_mean,
    weighted_median,
    winsorised_mean,
)
from legend_desktop.domain.money import ZERO

_LISTED = 10


def slippage_analysis(
    records: Iterable[ExecutionMetrics], *, mode: str = "paper", resamples: int = RESAMPLES
) -> dict[str, Any]:
    """Distribution, intervals, spreads, groups, outliers and extremes of the cost of ``records`` (all of one mode).

    ``market_adjusted_avg_bps`` needs an index price at each order and is ``None`` without one.
    """
    rows = population(records).orders
    used = [row for row in rows if is_usable(row)]
    excluded = Counter(reason for reason in map(exclusion_reason, rows) if reason is not None)
    return {
        "mode": mode,
        "sign": "positive = cost",
        "n": len(used),
        "n_excluded": sum(excluded.values()),
        "excluded_reasons": dict(excluded.most_common()),
        **_distribution(used),
        **_intervals(used, resamples),
        **_money(used),
        **_spreads(used),
        **_groups(rows),
        **_extremes(used),
        "benchmark_kinds": dict(Counter(row.benchmark_kind.value for row in used if row.benchmark_kind).most_common()),
    }


def _distribution(used: Sequence[ExecutionMetrics]) -> dict[str, Any]:
    values = slippages(used)
    weights = [float(row.benchmark_notional or ZERO) for row in used]
    low, high = cost_range(values)
    boxes = histogram(values, low, high)
    return {
        "avg_slippage_bps": weighted_slippage(used),
        "avg_slippage_bps_equal_weighted": mean(values),
        "median_slippage_bps": median(values),
        "weighted_median_bps": weighted_median(values, weights),
        "std_bps": standard_deviation(values),
        "mad_bps": mad(values),
        "robust_sigma_bps": robust_sigma(values),
        "min": min(values, default=None),
        "p5": quantile(values, 0.05),
        "p25": quantile(values, 0.25),
        "p75": quantile(values, 0.75),
        "p95": quantile(values, 0.95),
        "max": max(values, default=None),
        "winsorised_mean_bps": winsorised_mean(values),
        "trimmed_mean_bps": trimmed_mean(values),
        "positive_count": sum(value > 0 for value in values),
        "negative_count": sum(value < 0 for value in values),
        "zero_count": sum(value == 0 for value in values),
        "histogram": {"edges": list(boxes.edges), "counts": list(boxes.counts)},
    }


def _intervals(used: Sequence[ExecutionMetrics], resamples: int) -> dict[str, Any]:
    interval = cost_interval(used, resamples)
    middle = median_interval(slippages(used), resamples=resamples)
    deviation = standard_deviation(slippages(used))
    return {
        "ci95": None if interval is None else [interval.low, interval.high],
        "median_ci95": None if middle is None else [middle.low, middle.high],
        "bootstrap_seed": None if interval is None else interval.seed,
        "bootstrap_resamples": None if interval is None else interval.resamples,
        "orders_needed_for_1bp": None if deviation is None else orders_needed(deviation, 1.0),
    }


def _money(used: Sequence[ExecutionMetrics]) -> dict[str, Any]:
    expected, actual = expected_average(used), weighted_slippage(used)
    return {
        "total_slippage_cost": slippage_cost(used),
        "benchmark_notional": benchmark_notional(used),
        "expected_avg_bps": expected,
        "vs_expected_avg_bps": None if expected is None or actual is None else actual - expected,
        "market_adjusted_avg_bps": None,
    }


def _spreads(used: Sequence[ExecutionMetrics]) -> dict[str, Any]:
    """Share-weighted spreads of all orders with a quote: sums of money over sums of mid value, in bps."""
    quoted_rows = [row for row in used if row.quoted_spread is not None and row.effective_spread is not None]
    value = sum((row.benchmark_notional or ZERO for row in quoted_rows), ZERO)
    quoted = sum((row.filled_qty * (row.quoted_spread or ZERO) for row in quoted_rows), ZERO)
    effective = sum((row.filled_qty * (row.effective_spread or ZERO) for row in quoted_rows), ZERO)
    ratio = ratio_of_averages(
        (row.filled_qty, row.effective_spread or ZERO, row.quoted_spread or ZERO) for row in quoted_rows
    )
    return {
        "avg_quoted_spread_bps": float(quoted / value * 10_000) if value > 0 else None,
        "avg_effective_spread_bps": float(effective / value * 10_000) if value > 0 else None,
        "effective_over_quoted": None if ratio is None else float(ratio),
        "realised_spread_bps": {name: _realised_bps(used, name) for name in HORIZONS_MS},
        "mark_out_curve": [
            {"horizon": point.horizon, "bps": None if point.bps is None else float(point.bps), "n": point.n}
            for point in mark_out_curve((row.notional, row.mark_outs) for row in used)
        ],
    }


def _realised_bps(used: Sequence[ExecutionMetrics], horizon: str) -> float | None:
    known = [
        (row.filled_qty * spread, row.benchmark_notional or ZERO)
        for row in used
        if (spread := row.realised_spread.get(horizon)) is not None
    ]
    value = sum((base for _, base in known), ZERO)
    return float(sum((money for money, _ in known), ZERO) / value * 10_000) if value > 0 else None


def _groups(rows: Sequence[ExecutionMetrics]) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"by_{label}": [row.as_dict() for row in breakdown(rows, name)]
        for label, name in (
            ("side", "side"),
            ("order_type", "order_type"),
            ("class", "order_class"),
            ("broker", "broker"),
            ("session", "session"),
            ("half_hour", "half_hour"),
            ("hour", "hour"),
            ("weekday", "weekday"),
            ("symbol", "symbol"),
            ("size_bucket", "size_bucket"),
            ("lot_class", "lot_class"),
            ("time_in_force", "time_in_force"),
        )
    }
    found["by_venue"] = [row.as_dict() for row in breakdown_of_fills(rows, "venue")]
    found["by_liquidity"] = [row.as_dict() for row in breakdown_of_fills(rows, "liquidity")]
    brokers = ranking(rows, "broker")
    found["broker_ranking"] = None if brokers is None else brokers.as_dict()
    card = scorecard(rows)
    found["broker_scorecard"] = {
        "brokers": [line.as_dict() for line in card.brokers],
        "comparisons": [pair.as_dict() for pair in card.comparisons],
        "clustered": card.clustered,
        "seed": card.seed,
    }
    return found


def _extremes(used: Sequence[ExecutionMetrics]) -> dict[str, Any]:
    ordered = sorted(used, key=lambda row: row.slippage_cost or ZERO, reverse=True)
    scores = modified_z(slippages(used))
    far = [row for row, score in zip(used, scores, strict=True) if abs(score) > OUTLIER_Z]
    return {
        "outliers": [_entry(row) for row in far],
        "worst": [_entry(row) for row in ordered[:_LISTED]],
        "best": [_entry(row) for row in reversed(ordered[-_LISTED:])],
    }


def _entry(row: ExecutionMetrics) -> dict[str, Any]:
    return {
        "order_id": row.order_id,
        "client_order_id": row.client_order_id,
        "symbol": row.symbol,
        "side": row.side.value,
        "order_type": row.order_type.value,
        "class": row.order_class.value,
        "arrived_at": row.arrived_at,
        "filled_qty": row.filled_qty,
        "slippage_bps": row.slippage_bps,
        "slippage_cost": row.slippage_cost,
        "vs_expected_bps": row.vs_expected_bps,
    }
