"""The record of one measured order, with every figure a report needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from legend_desktop.analytics.benchmarks import BenchmarkKind
from legend_desktop.analytics.classify import OrderClass
from legend_desktop.analytics.improvement import ImprovementBasis
from legend_desktop.analytics.quality import SCORE_VERSION, Quality
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.money import ZERO


class ByName:
    """Lets a dataclass be read as ``result.name`` and as ``result["name"]`` alike."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        """The field called ``name``; raises ``KeyError`` where there is none."""
        if name.startswith("_") or name not in self.keys():
            raise KeyError(name)
        return getattr(self, self._attribute(name))

    def __contains__(self, name: object) -> bool:
        """True for a field's name."""
        return name in self.keys()

    def __iter__(self) -> Iterator[str]:
        """The names of the fields."""
        return iter(self.keys())

    def keys(self) -> list[str]:
        """The names of the fields, in their order."""
        return [row.name for row in fields(self)]  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, Any]:
        """All fields by name."""
        return {name: self[name] for name in self.keys()}

    def _attribute(self, name: str) -> str:
        return name


@dataclass(frozen=True, slots=True)
class ShortfallBreakdown(ByName):
    """Implementation shortfall in money on the order basis; ``total_bps`` of the ordered value at decision."""

    delay: Decimal | None
    trading: Decimal | None
    opportunity: Decimal | None
    fees: Decimal | None
    total: Decimal | None
    total_bps: Decimal | None
    half_spread: Decimal | None = None
    impact_and_timing: Decimal | None = None
    executed_basis_delay: Decimal | None = None
    executed_basis_opportunity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionMetrics(ByName):
    """Execution figures of one order (or chain of replacements).

    Money, prices and basis points are ``Decimal``; durations float milliseconds; ``fill_rate`` per cent. Slippage is
    cost-positive, improvement positive when saved. ``provisional`` is true until the order is terminal. ``reasons`` say
    why figures are ``None``; ``flags`` what to know about those that are there. ``quote_feed`` names the feed of the
    quote that the order is measured against, empty without a quote. ``mark_out_bps`` is the one of ``mark_outs`` (by
    horizon, 50 ms to 30 min, below 0 = adverse) at one minute. ``order_class`` also reads as ``["class"]``.
    """

    order_id: str
    client_order_id: str
    broker: str
    account_id: str
    mode: TradingMode
    symbol: str
    side: OrderSide
    order_type: OrderType
    order_class: OrderClass
    time_in_force: TimeInForce
    state: OrderState
    cancel_origin: str
    provisional: bool
    arrived_at: datetime | None
    session: str
    half_hour: str
    size_bucket: str
    lot_class: str
    ordered_qty: Decimal
    filled_qty: Decimal
    fill_rate: Decimal
    avg_fill_price: Decimal | None = None
    notional: Decimal = ZERO
    benchmark_price: Decimal | None = None
    benchmark_kind: BenchmarkKind | None = None
    quote_feed: str = ""
    slippage_per_share: Decimal | None = None
    slippage_bps: Decimal | None = None
    slippage_cost: Decimal | None = None
    decision_slippage_bps: Decimal | None = None
    stop_slippage_bps: Decimal | None = None
    stop_gap_bps: Decimal | None = None
    quoted_spread: Decimal | None = None
    effective_spread: Decimal | None = None
    effective_over_quoted: Decimal | None = None
    realised_spread: Mapping[str, Decimal | None] = field(default_factory=dict)
    price_impact: Mapping[str, Decimal | None] = field(default_factory=dict)
    mark_out_bps: Decimal | None = None
    mark_outs: Mapping[str, Decimal | None] = field(default_factory=dict)
    limit_improvement: Decimal | None = None
    price_improvement_per_share: Decimal | None = None
    price_improvement_amount: Decimal | None = None
    price_improved: bool | None = None
    pi_basis: ImprovementBasis | None = None
    shares_improved: Decimal | None = None
    shares_at_quote: Decimal | None = None
    shares_outside_quote: Decimal | None = None
    size_improved_shares: Decimal | None = None
    expected_bps: Decimal | None = None
    vs_expected_bps: Decimal | None = None
    half_spread_bps: Decimal | None = None
    fees: Decimal | None = None
    fees_bps: Decimal | None = None
    total_execution_cost: Decimal | None = None
    decision_to_submit_ms: float | None = None
    submit_to_ack_ms: float | None = None
    ack_to_first_fill_ms: float | None = None
    first_to_last_fill_ms: float | None = None
    execution_duration_ms: float | None = None
    execution_quality: float | None = None
    quality: Quality = field(default_factory=lambda: Quality(None))
    score_version: int = SCORE_VERSION
    is_breakdown: ShortfallBreakdown | None = None
    fills_by_venue: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    fills_by_liquidity: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    revision: int = 1
    previous_benchmark_price: Decimal | None = None

    @property
    def benchmark_notional(self) -> Decimal | None:
        """Filled shares at the benchmark: the weight of the order in averages."""
        return None if self.benchmark_price is None else self.benchmark_price * self.filled_qty

    @property
    def ordered_notional(self) -> Decimal | None:
        """Ordered shares at the benchmark, else at the average fill."""
        price = self.benchmark_price or self.avg_fill_price
        return None if price is None else price * self.ordered_qty

    def keys(self) -> list[str]:
        """The field names, with ``class`` for ``order_class`` beside it."""
        return [*(row.name for row in fields(self)), "class"]

    def _attribute(self, name: str) -> str:
        return "order_class" if name == "class" else name
