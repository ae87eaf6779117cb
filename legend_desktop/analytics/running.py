"""The figures of ``aggregate`` kept up to date order by order, exactly equal to working them out anew.

A fill that changes an order takes its old record out and puts the new one in; nothing is ever summed up again. Sums of
money are exact and sums of floats are rounded once, so no order of events can make a difference. The interval of the
headline is the one figure that needs all orders at once and is left out.
"""

from collections import Counter
from decimal import Decimal

from legend_desktop.analytics.aggregate import (
    AggregateStats,
    ImprovementSums,
    by_count,
    durations,
    is_filled,
    is_steady,
    loss_of,
)
from legend_desktop.analytics.classify import MARKETABLE
from legend_desktop.analytics.exact import EXACT, FloatSum, SortedFloats
from legend_desktop.analytics.facts import USER
from legend_desktop.analytics.improvement import ImprovementBasis
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.selection import exclusion_reason, is_usable, population
from legend_desktop.domain.feeds import is_partial
from legend_desktop.domain.money import ZERO


class RunningAggregate:
    """Figures over the records put in so far, all of one mode; one record a ``key``."""

    def __init__(self, mode: str = "paper") -> None:
        self._mode = mode
        self._records: dict[str, ExecutionMetrics] = {}
        self._people: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._sums: dict[str, Decimal] = {}
        self._floats: dict[str, FloatSum] = {}
        self._reasons: Counter[str] = Counter()
        self._feeds: Counter[str] = Counter()
        self._symbols: dict[str, Counter[str]] = {"all": Counter(), "kept": Counter()}
        self._slippages = SortedFloats()
        self._durations = SortedFloats()

    def put(self, key: str, record: ExecutionMetrics) -> None:
        """Count ``record``, in the place of the one that ``key`` had before."""
        before = self._records.get(key)
        if before is not None:
            self._count(before, -1)
        self._count(record, 1)
        self._records[key] = record

    def drop(self, key: str) -> None:
        """Count the record of ``key`` no more; raises ``KeyError`` where there is none."""
        self._count(self._records.pop(key), -1)

    def __len__(self) -> int:
        return len(self._records)

    @property
    def mean_slippage(self) -> float | None:
        """Simple mean of the orders' slippage in bps."""
        return self._mean("slippage", self._counts["used"])

    @property
    def unfilled(self) -> int:
        """Orders that count and have no fill."""
        return self._counts["orders"] - self._counts["with_fills"]

    def stats(self) -> AggregateStats:
        """The figures as ``aggregate(records, resamples=0)`` gives them."""
        sums, counts, used = self._sum, self._counts, self._counts["used"]
        gains = self._improvement()
        value = sums("benchmark_notional")
        people, orders = self._people, self._counts["orders"]
        return AggregateStats(
            total_orders=orders,
            filled_orders=counts["filled"],
            avg_fill_rate=self._fill_rate("all"),
            total_volume=sums("volume"),
            avg_slippage_bps=float(sums("cost") / value * 10_000) if value > 0 else None,
            median_slippage_bps=self._slippages.quantile(0.5),
            total_slippage_cost=sums("cost"),
            avg_execution_duration_ms=self._mean("duration", counts["timed"]),
            avg_execution_quality=self._ratio("score", "score_weight"),
            orders_with_price_improvement=gains.improved,
            price_improvement_amount=gains.amount,
            partially_filled_orders=counts["partial"],
            orders_with_fills=counts["with_fills"],
            working_orders=people["working"],
            rejected_orders=people["rejected"],
            oco_cancelled_orders=people["oco_cancelled"],
            user_cancelled_orders=people["user_cancelled"],
            avg_fill_rate_excl_user_cancels=self._fill_rate("kept"),
            avg_fill_rate_equal_weighted=self._mean("fill_rate", orders),
            total_notional=sums("notional"),
            benchmark_notional=value,
            total_fees=sums("fees"),
            orders_without_fees=counts["without_fees"],
            net_price_improvement_amount=gains.net,
            price_disimprovement_amount=gains.disimprovement,
            price_improvement_percent=gains.percent,
            orders_eligible_for_improvement=gains.eligible,
            pi_basis=gains.basis,
            avg_slippage_bps_equal_weighted=self.mean_slippage,
            expected_avg_bps=self._ratio("expected", "expected_weight"),
            effective_over_quoted=self._effective_over_quoted(),
            median_duration_ms=self._durations.quantile(0.5),
            p95_duration_ms=self._durations.quantile(0.95),
            scored_orders=counts["scored"],
            n_used=used,
            n_excluded=self._reasons.total(),
            excluded_reasons=by_count(+self._reasons),
            partial_quote_orders=self._feeds.total(),
            partial_feeds=tuple(sorted(+self._feeds)),
            mode=self._mode,
        )

    def _count(self, row: ExecutionMetrics, sign: int) -> None:
        people = population([row])
        for name in ("working", "rejected", "oco_cancelled", "user_cancelled"):
            self._people[name] += sign * getattr(people, name)
        if not people.orders:
            return
        self._count_fills(row, sign)
        self._count_improvement(row, sign)
        reason = exclusion_reason(row)
        if reason is not None:
            self._reasons[reason] += sign
        if is_usable(row):
            self._count_cost(row, sign)

    def _count_fills(self, row: ExecutionMetrics, sign: int) -> None:
        counts = self._counts
        counts["orders"] += sign
        counts["filled"] += sign * is_filled(row)
        counts["with_fills"] += sign * (row.filled_qty > 0)
        counts["partial"] += sign * (row.filled_qty > 0 and not is_filled(row))
        counts["without_fees"] += sign * (row.filled_qty > 0 and row.fees is None)
        counts["scored"] += sign * (row.execution_quality is not None)
        self._add("volume", row.filled_qty, sign)
        self._add("notional", row.notional, sign)
        self._add("fees", row.fees or ZERO, sign)
        self._float("fill_rate", float(row.fill_rate), sign)
        self._count_fill_rate("all", row, sign)
        if row.cancel_origin != USER:
            self._count_fill_rate("kept", row, sign)
        for elapsed in durations([row]):
            counts["timed"] += sign
            self._float("duration", elapsed, sign)
            if is_steady(row):
                self._place(self._durations, elapsed, sign)
        if row.execution_quality is not None and row.ordered_notional is not None:
            weight = float(row.ordered_notional)
            self._float("score", weight * row.execution_quality, sign)
            self._float("score_weight", weight, sign)

    def _count_fill_rate(self, group: str, row: ExecutionMetrics, sign: int) -> None:
        self._symbols[group][row.symbol] += sign
        self._add(f"{group}_filled", row.filled_qty, sign)
        self._add(f"{group}_ordered", row.ordered_qty, sign)
        price = row.benchmark_price or row.avg_fill_price
        if price is not None:
            self._add(f"{group}_filled_value", price * row.filled_qty, sign)
            self._add(f"{group}_ordered_value", price * row.ordered_qty, sign)

    def _count_improvement(self, row: ExecutionMetrics, sign: int) -> None:
        if row.price_improvement_amount is None:
            return
        basis = "quote" if row.pi_basis is ImprovementBasis.QUOTE else "reference"
        self._counts[f"{basis}_eligible"] += sign
        self._counts[f"{basis}_improved"] += sign * bool(row.price_improved)
        self._add(f"{basis}_saved", row.price_improvement_amount if row.price_improved else ZERO, sign)
        self._add(f"{basis}_lost", loss_of(row), sign)
        self._add(f"{basis}_value", row.benchmark_notional or ZERO, sign)

    def _count_cost(self, row: ExecutionMetrics, sign: int) -> None:
        value, slip = row.benchmark_notional or ZERO, float(row.slippage_bps or ZERO)
        self._counts["used"] += sign
        self._add("cost", row.slippage_cost or ZERO, sign)
        self._add("benchmark_notional", value, sign)
        self._float("slippage", slip, sign)
        self._place(self._slippages, slip, sign)
        if row.expected_bps is not None:
            self._float("expected", float(value) * float(row.expected_bps), sign)
            self._float("expected_weight", float(value), sign)
        if row.effective_spread is not None and row.quoted_spread is not None and row.order_class in MARKETABLE:
            self._add("effective", row.filled_qty * row.effective_spread, sign)
            self._add("quoted", row.filled_qty * row.quoted_spread, sign)
        if is_partial(row.quote_feed):
            self._feeds[row.quote_feed] += sign

    def _improvement(self) -> ImprovementSums:
        counts, sums = self._counts, self._sum
        basis = ImprovementBasis.QUOTE if counts["quote_eligible"] else ImprovementBasis.REFERENCE
        name = basis.value
        eligible, saved, lost = counts[f"{name}_eligible"], sums(f"{name}_saved"), sums(f"{name}_lost")
        value = sums(f"{name}_value")
        percent = float(100 * (saved - lost) / value) if value > 0 else None
        return ImprovementSums(eligible, counts[f"{name}_improved"], saved, lost, percent, name if eligible else None)

    def _fill_rate(self, group: str) -> float | None:
        unit = "" if len(+self._symbols[group]) <= 1 else "_value"
        ordered = self._sum(f"{group}_ordered{unit}")
        return float(100 * self._sum(f"{group}_filled{unit}") / ordered) if ordered > 0 else None

    def _effective_over_quoted(self) -> float | None:
        quoted = self._sum("quoted")
        return float(self._sum("effective") / quoted * 100) if quoted > 0 else None

    def _sum(self, name: str) -> Decimal:
        return self._sums.get(name, ZERO)

    def _add(self, name: str, value: Decimal, sign: int) -> None:
        # each value is worked out at the usual precision, as the batch does; only the adding is exact
        self._sums[name] = EXACT.add(self._sums.get(name, ZERO), value if sign > 0 else value.copy_negate())

    def _float(self, name: str, value: float, sign: int) -> None:
        self._floats.setdefault(name, FloatSum()).add(sign * value)

    def _mean(self, name: str, count: int) -> float | None:
        return self._floats[name].total / count if count else None

    def _ratio(self, above: str, below: str) -> float | None:
        weight = self._floats[below].total if below in self._floats else 0.0
        return self._floats[above].total / weight if weight != 0 else None

    @staticmethod
    def _place(values: SortedFloats, value: float, sign: int) -> None:
        if sign > 0:
            values.add(value)
        else:
            values.remove(value)
