"""The same figures by group: broker, kind, side, venue, session, hour, size. Row costs add up to the total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.analytics.aggregate import (
    benchmark_notional,
    cost_interval,
    durations,
    effective_over_quoted,
    fill_rate,
    improvement_sums,
    slippage_cost,
    slippages,
    weighted_slippage,
)
from legend_desktop.analytics.metrics import ByName, ExecutionMetrics
from legend_desktop.analytics.selection import FILTERS, is_usable, population
from legend_desktop.analytics.statistics import MIN_LISTED, MIN_RANKED, mean, median, permutation_p
from legend_desktop.domain.money import ZERO

_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class BreakdownRow(ByName):
    """Figures of one group. ``n`` orders have cost figures of ``orders`` in all; ``badge`` is ``list only`` below 5."""

    key: str
    orders: int
    n: int
    shares: Decimal
    notional: Decimal
    avg_slippage_bps: float | None
    median_slippage_bps: float | None
    total_slippage_cost: Decimal
    fill_rate: float | None = None
    effective_over_quoted: float | None = None
    net_price_improvement_amount: Decimal | None = None
    avg_execution_duration_ms: float | None = None
    ci95_low: float | None = None
    ci95_high: float | None = None
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Ranking(ByName):
    """The cheapest group against the next: their difference in mean order cost (bps) and its two-sided p-value."""

    cheapest: str
    next: str
    difference_bps: float
    p_value: float
    n: int
    significant: bool


def badge(n: int) -> str:
    """What a figure of ``n`` orders must carry: ``list only`` below 5, ``few orders`` below 30, else nothing."""
    return "list only" if n < MIN_LISTED else "few orders" if n < MIN_RANKED else ""


def breakdown(rows: Sequence[ExecutionMetrics], name: str, *, resamples: int = 2_000) -> list[BreakdownRow]:
    """One row a group of the property ``name`` (see ``selection.FILTERS``), dearest value first.

    Raises ``ValueError`` for an unknown property.
    """
    tell = FILTERS.get(name)
    if tell is None:
        raise ValueError(f"There is no breakdown by {name}.")
    groups: dict[str, list[ExecutionMetrics]] = {}
    for row in population(rows).orders:
        groups.setdefault(tell(row) or "unknown", []).append(row)
    found = [_row(key, members, resamples) for key, members in groups.items()]
    return sorted(found, key=lambda row: (-row.notional, row.key))


def breakdown_of_fills(rows: Sequence[ExecutionMetrics], name: str) -> list[BreakdownRow]:
    """Groups that cut through orders: ``venue`` or ``liquidity`` of each fill. Costs add up all the same.

    Figures of whole orders (fill rate, duration, interval) do not exist here. Raises ``ValueError`` for another name.
    """
    if name not in {"venue", "liquidity"}:
        raise ValueError(f"There is no breakdown of fills by {name}.")
    cost: dict[str, Decimal] = {}
    value: dict[str, Decimal] = {}
    shares: dict[str, Decimal] = {}
    single: dict[str, list[float]] = {}
    for row in population(rows).orders:
        if not is_usable(row) or row.benchmark_price is None:
            continue
        split: Mapping[str, tuple[Decimal, Decimal]] = row.fills_by_venue if name == "venue" else row.fills_by_liquidity
        for key, (quantity, money) in split.items():
            base = row.benchmark_price * quantity
            lost = row.side.sign * (money - base)
            cost[key] = cost.get(key, ZERO) + lost
            value[key] = value.get(key, ZERO) + base
            shares[key] = shares.get(key, ZERO) + quantity
            single.setdefault(key, []).append(float(lost / base * 10_000))
    found = [
        BreakdownRow(
            key=key,
            orders=len(single[key]),
            n=len(single[key]),
            shares=shares[key],
            notional=value[key],
            avg_slippage_bps=float(cost[key] / value[key] * 10_000),
            median_slippage_bps=median(single[key]),
            total_slippage_cost=cost[key],
            badge=badge(len(single[key])),
        )
        for key in cost
    ]
    return sorted(found, key=lambda row: (-row.notional, row.key))


def ranking(rows: Sequence[ExecutionMetrics], name: str) -> Ranking | None:
    """Whether the cheapest group of ``name`` really is cheaper than the next.

    Only groups of 30 orders and more take part; ``None`` when fewer than two do.
    """
    tell = FILTERS[name]
    groups: dict[str, list[ExecutionMetrics]] = {}
    for row in population(rows).orders:
        if is_usable(row):
            groups.setdefault(tell(row), []).append(row)
    costs = {key: slippages(members) for key, members in groups.items() if len(members) >= MIN_RANKED}
    if len(costs) < 2:
        return None
    order = sorted(costs, key=lambda key: (mean(costs[key]) or 0.0, key))
    first, second = costs[order[0]], costs[order[1]]
    p_value = permutation_p(first, second)
    difference = (mean(second) or 0.0) - (mean(first) or 0.0)
    return Ranking(order[0], order[1], difference, p_value, len(first) + len(second), p_value < _SIGNIFICANT)


def _row(key: str, members: list[ExecutionMetrics], resamples: int) -> BreakdownRow:
    used = [row for row in members if is_usable(row)]
    times = durations(members)
    interval = cost_interval(used, resamples) if len(used) >= MIN_LISTED else None
    gains = improvement_sums(members)
    return BreakdownRow(
        key=key,
        orders=len(members),
        n=len(used),
        shares=sum((row.filled_qty for row in members), ZERO),
        notional=benchmark_notional(used),
        avg_slippage_bps=weighted_slippage(used),
        median_slippage_bps=median(slippages(used)),
        total_slippage_cost=slippage_cost(used),
        fill_rate=fill_rate(members),
        effective_over_quoted=effective_over_quoted(used),
        net_price_improvement_amount=gains.net if gains.eligible else None,
        avg_execution_duration_ms=mean(times),
        ci95_low=interval.low if interval else None,
        ci95_high=interval.high if interval else None,
        badge=badge(len(used)),
    )
