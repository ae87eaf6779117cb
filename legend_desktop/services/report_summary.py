"""The summary that US market centres publish under amended Rule 605, with the same columns, over own orders.

Regular session; market and marketable limit orders by order value. The midpoint is that at arrival.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.analytics.benchmarks import BenchmarkKind
from legend_desktop.analytics.classify import SIZE_BUCKETS, OrderClass
from legend_desktop.analytics.improvement import ImprovementBasis
from legend_desktop.analytics.metrics import ByName, ExecutionMetrics
from legend_desktop.analytics.selection import is_usable, population
from legend_desktop.analytics.statistics import weighted_ratio
from legend_desktop.domain.money import HUNDRED, ZERO
from legend_desktop.domain.session import MarketSession

ALL_SIZES = "all sizes"
TYPES = (OrderClass.MARKET, OrderClass.MARKETABLE_LIMIT)


@dataclass(frozen=True, slots=True)
class SummaryRow(ByName):
    """One order type and size. Names ending in ``percent`` are per cent of the midpoint's value or of the shares.

    ``effective_over_quoted`` is a fraction here, as in the published files (1 = paid the far side of the quote).
    Averages of shares and value are per order; the others are weighted by shares.
    """

    order_type: str
    size: str
    orders: int
    average_shares: Decimal
    average_notional: Decimal
    average_midpoint: Decimal
    at_quote_or_better_percent: float | None
    improved_percent: float | None
    improvement_percent: float
    effective_percent: float
    quoted_percent: float
    effective_over_quoted: float | None
    realised_15s_percent: float | None
    realised_1m_percent: float | None
    time_ms: float | None


def summary_605(records: Sequence[ExecutionMetrics]) -> tuple[SummaryRow, ...]:
    """Rows by type, each with all sizes first; sizes without an order are left out."""
    rows = [row for row in population(records).orders if _covered(row)]
    found: list[SummaryRow] = []
    for kind in TYPES:
        members = [row for row in rows if row.order_class is kind]
        for size in (ALL_SIZES, *SIZE_BUCKETS):
            some = [row for row in members if size in {ALL_SIZES, row.size_bucket}]
            if some:
                found.append(_summary(kind.value, size, some))
    return tuple(found)


def _covered(row: ExecutionMetrics) -> bool:
    return (
        row.session == MarketSession.REGULAR.value
        and row.filled_qty > 0
        and is_usable(row)
        and row.benchmark_kind is BenchmarkKind.ARRIVAL_MID
        and row.pi_basis is ImprovementBasis.QUOTE
        and row.effective_spread is not None
        and row.quoted_spread is not None
    )


def _summary(kind: str, size: str, rows: Sequence[ExecutionMetrics]) -> SummaryRow:
    count = len(rows)
    shares = sum((row.filled_qty for row in rows), ZERO)
    value = _value(rows)
    effective = _money(rows, [row.effective_spread for row in rows])
    quoted = _money(rows, [row.quoted_spread for row in rows])
    improvement = sum((row.price_improvement_amount or ZERO for row in rows), ZERO)
    single = [row for row in rows if row.shares_improved is not None]
    timed = [row for row in rows if row.execution_duration_ms is not None]
    return SummaryRow(
        order_type=kind,
        size=size,
        orders=count,
        average_shares=sum((row.ordered_qty for row in rows), ZERO) / count,
        average_notional=sum((row.ordered_notional or ZERO for row in rows), ZERO) / count,
        average_midpoint=value / shares,
        at_quote_or_better_percent=_share(
            single, [(row.shares_improved or ZERO) + (row.shares_at_quote or ZERO) for row in single]
        ),
        improved_percent=_share(single, [row.shares_improved or ZERO for row in single]),
        improvement_percent=float(HUNDRED * improvement / value),
        effective_percent=float(HUNDRED * effective / value),
        quoted_percent=float(HUNDRED * quoted / value),
        effective_over_quoted=float(effective / quoted) if quoted > 0 else None,
        realised_15s_percent=_realised(rows, "15s"),
        realised_1m_percent=_realised(rows, "1m"),
        time_ms=weighted_ratio(
            [float(row.filled_qty) * (row.execution_duration_ms or 0.0) for row in timed],
            [float(row.filled_qty) for row in timed],
        ),
    )


def _value(rows: Sequence[ExecutionMetrics]) -> Decimal:
    return sum((row.benchmark_notional or ZERO for row in rows), ZERO)


def _money(rows: Sequence[ExecutionMetrics], per_share: Sequence[Decimal | None]) -> Decimal:
    return sum((row.filled_qty * (each or ZERO) for row, each in zip(rows, per_share, strict=True)), ZERO)


def _share(rows: Sequence[ExecutionMetrics], part: Sequence[Decimal]) -> float | None:
    whole = sum((row.filled_qty for row in rows), ZERO)
    return float(HUNDRED * sum(part, ZERO) / whole) if whole > 0 else None


def _realised(rows: Sequence[ExecutionMetrics], horizon: str) -> float | None:
    known = [row for row in rows if row.realised_spread.get(horizon) is not None]
    value = _value(known)
    money = _money(known, [row.realised_spread.get(horizon) for row in known])
    return float(HUNDRED * money / value) if value > 0 else None
