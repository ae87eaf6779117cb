"""One order in, one record of figures out: puts the measures of this library together."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from legend_desktop.analytics.benchmarks import (
    NO_QUOTE,
    BenchmarkKind,
    arrival_quote,
    quote_fault,
    select_benchmark,
    valid_mid,
)
from legend_desktop.analytics.classify import (
    MARKETABLE,
    PATIENT,
    OrderClass,
    half_hour,
    lot_class,
    order_class,
    session_name,
    size_bucket,
)
from legend_desktop.analytics.expected_cost import ExpectedCost, expected_cost, half_spread_bps
from legend_desktop.analytics.facts import OCO, USER, OrderFacts, QuoteAt
from legend_desktop.analytics.fees import reported_fees
from legend_desktop.analytics.improvement import (
    Improvement,
    ImprovementBasis,
    limit_improvement,
    price_improvement,
)
from legend_desktop.analytics.latency import Latencies, measure_latencies
from legend_desktop.analytics.mark_outs import mark_outs
from legend_desktop.analytics.metrics import ExecutionMetrics, ShortfallBreakdown
from legend_desktop.analytics.quality import (
    Quality,
    combine,
    cost_part,
    fill_part,
    price_part,
    resting_price_part,
    speed_part,
)
from legend_desktop.analytics.shortfall import implementation_shortfall
from legend_desktop.analytics.slippage import Slippage, StopGap, average_fill, slippage, stop_gap
from legend_desktop.analytics.spreads import (
    HORIZONS_MS,
    Spreads,
    later_mids,
    mean_later_mid,
    measure_spreads,
)
from legend_desktop.domain.enums import OrderSide, OrderState
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.feeds import is_partial
from legend_desktop.domain.money import BASIS_POINTS, ZERO
from legend_desktop.domain.quotes import Quote

BAD_DATA_BPS = Decimal(2_000)
BAD_DATA = "bad_data"
SYNTHETIC_FILL = "synthetic_fill"
FILL_MISMATCH = "fill_mismatch"
PARTIAL_QUOTE = "partial_quote"
"""The quote behind the figures is of one exchange alone, not the national best."""
_MISMATCH = Decimal("0.000001")
NOT_DISCLOSED = "not disclosed by broker"


def measure(facts: OrderFacts) -> ExecutionMetrics:
    """All figures of one order. Whatever cannot be known is ``None`` with a reason in the record."""
    return _Measuring(facts).record()


class _Measuring:
    """The working values of one measurement, so that each figure is worked out once and in its own method."""

    def __init__(self, facts: OrderFacts) -> None:
        self.facts = facts
        self.fills = facts.fills
        self.filled = facts.filled
        self.average = average_fill(facts.fills)
        self.notional = sum((fill.notional for fill in facts.fills), ZERO)
        self.mid_after = mean_later_mid(facts.fills, later_mids(facts.marks), HORIZONS_MS["1m"])
        self.flags: list[str] = []
        self.reasons: list[str] = []
        self.benchmark = select_benchmark(facts)
        self.arrival = _valid(arrival_quote(facts))
        reference = facts.reference_price if self.arrival is None else None
        if reference is None and self.benchmark.kind is BenchmarkKind.LAST_TRADE:
            reference = self.benchmark.price
        self.reference = reference
        self.kind = order_class(facts.order_type, facts.side, facts.limit_price, self.arrival, reference)
        self.synthetic = any(fill.provisional for fill in facts.fills)

    @property
    def basis_quote(self) -> Quote | None:
        """The quote that spreads and improvement are measured against: at arrival, for stops at the trigger."""
        return _valid(self.facts.trigger) if self.facts.is_stop else self.arrival

    @property
    def takes_the_quote(self) -> bool:
        """True for orders that improvement and the score's unfilled rule apply to."""
        if self.kind in {OrderClass.STOP, OrderClass.TRAILING_STOP}:
            return self.facts.was_triggered
        if self.kind is OrderClass.STOP_LIMIT:
            quote, limit = self.basis_quote, self.facts.limit_price
            touch = quote.far_side(self.facts.side) if quote is not None else None
            return limit is not None and touch is not None and self.facts.side.sign * (limit - touch) >= 0
        return self.kind in MARKETABLE

    def record(self) -> ExecutionMetrics:
        slip = self._slippage()
        expected = self._expected()
        fees = reported_fees(self.fills)
        record = self._with_costs(self._identity(), slip, expected, fees)
        record = self._with_spreads(record)
        record = self._with_improvement(record)
        record = self._with_times_and_quality(record, slip, expected)
        record = replace(record, is_breakdown=self._shortfall(fees))
        self._notes(slip, fees, expected)
        return replace(
            record,
            flags=tuple(dict.fromkeys((*self.benchmark.flags, *self.flags))),
            reasons=tuple(dict.fromkeys((*self.benchmark.reasons, *self.reasons))),
        )

    def _identity(self) -> ExecutionMetrics:
        facts = self.facts
        price = self.benchmark.price or facts.limit_price or facts.stop_price or self.average
        return ExecutionMetrics(
            order_id=facts.order_id,
            client_order_id=facts.client_order_id,
            broker=facts.broker,
            account_id=facts.account_id,
            mode=facts.mode,
            symbol=facts.symbol,
            side=facts.side,
            order_type=facts.order_type,
            order_class=self.kind,
            time_in_force=facts.time_in_force,
            state=facts.state,
            cancel_origin=facts.cancel_origin,
            provisional=not facts.state.is_terminal,
            arrived_at=facts.arrived_at,
            session=session_name(facts.arrived_at),
            half_hour=half_hour(facts.arrived_at),
            size_bucket=size_bucket(None if price is None else price * facts.quantity),
            lot_class=lot_class(facts.quantity, facts.instrument.round_lot),
            ordered_qty=facts.quantity,
            filled_qty=self.filled,
            fill_rate=100 * self.filled / facts.quantity,
            avg_fill_price=self.average,
            notional=self.notional,
            fills_by_venue=_split(self.fills, lambda fill: fill.venue or NOT_DISCLOSED),
            fills_by_liquidity=_split(self.fills, lambda fill: fill.liquidity.value),
            chain=facts.chain,
        )

    def _with_costs(
        self, record: ExecutionMetrics, slip: Slippage | None, expected: ExpectedCost | None, fees: Decimal | None
    ) -> ExecutionMetrics:
        decision = valid_mid(self.facts.decision)
        against_decision = slippage(self.facts.side, self.fills, decision) if decision is not None else None
        gap = self._stop_gap()
        return replace(
            record,
            benchmark_price=self.benchmark.price,
            benchmark_kind=self.benchmark.kind,
            quote_feed=self._quote_feed(),
            slippage_per_share=slip.per_share if slip else None,
            slippage_bps=slip.bps if slip else None,
            slippage_cost=slip.cost if slip else None,
            decision_slippage_bps=against_decision.bps if against_decision else None,
            stop_slippage_bps=gap.bps if gap else None,
            stop_gap_bps=gap.gap_bps if gap else None,
            expected_bps=expected.bps if expected else None,
            vs_expected_bps=slip.bps - expected.bps if slip and expected else None,
            fees=fees,
            fees_bps=None if fees is None or self.notional == 0 else fees / self.notional * BASIS_POINTS,
            total_execution_cost=slip.cost + fees if slip and fees is not None else None,
        )

    def _with_spreads(self, record: ExecutionMetrics) -> ExecutionMetrics:
        spreads = self._spreads()
        moves = mark_outs(self.facts.side, self.fills, self.facts.marks)
        return replace(
            record,
            half_spread_bps=self._half_spread(),
            quoted_spread=spreads.quoted if spreads else None,
            effective_spread=spreads.effective if spreads else None,
            effective_over_quoted=spreads.effective_over_quoted if spreads else None,
            realised_spread=spreads.realised if spreads else dict.fromkeys(HORIZONS_MS),
            price_impact=spreads.impact if spreads else dict.fromkeys(HORIZONS_MS),
            mark_out_bps=moves["1m"],
            mark_outs=moves,
        )

    def _with_improvement(self, record: ExecutionMetrics) -> ExecutionMetrics:
        limit = self.facts.limit_price
        if limit is not None and self.fills:
            record = replace(record, limit_improvement=limit_improvement(self.facts.side, self.fills, limit))
        gain = self._improvement()
        if gain is None:
            return record
        record = replace(
            record,
            price_improvement_per_share=gain.per_share,
            price_improvement_amount=gain.amount,
            price_improved=gain.improved,
            pi_basis=gain.basis,
        )
        if self.synthetic:
            return record  # one fill made from an average says nothing about single shares
        return replace(
            record,
            shares_improved=gain.shares_improved,
            shares_at_quote=gain.shares_at_quote,
            shares_outside_quote=gain.shares_outside_quote,
            size_improved_shares=gain.size_improved_shares,
        )

    def _with_times_and_quality(
        self, record: ExecutionMetrics, slip: Slippage | None, expected: ExpectedCost | None
    ) -> ExecutionMetrics:
        latency = measure_latencies(self.facts.timing, self.fills, from_trigger=self.facts.is_stop)
        self.flags += latency.flags
        self.reasons += latency.reasons
        quality = self._quality(slip, expected, latency, record.fees_bps)
        return replace(
            record,
            decision_to_submit_ms=latency.decision_to_submit_ms,
            submit_to_ack_ms=latency.submit_to_ack_ms,
            ack_to_first_fill_ms=latency.ack_to_first_fill_ms,
            first_to_last_fill_ms=latency.first_to_last_fill_ms,
            execution_duration_ms=latency.execution_duration_ms,
            execution_quality=quality.score,
            quality=quality,
        )

    def _quote_feed(self) -> str:
        """The feed behind the benchmark, or behind spreads and improvement where the benchmark is no quote's."""
        quote = self.benchmark.quote or self.basis_quote
        if quote is None and self.benchmark.kind is BenchmarkKind.LAST_TRADE:
            found = arrival_quote(self.facts)
            quote = None if found is None else found.quote
        return "" if quote is None else quote.source

    def _slippage(self) -> Slippage | None:
        if self.benchmark.price is None:
            return None
        return slippage(self.facts.side, self.fills, self.benchmark.price)

    def _spreads(self) -> Spreads | None:
        quote = self.basis_quote
        if quote is None or quote.bid is None or quote.ask is None:
            return None
        return measure_spreads(self.facts.side, self.fills, quote.bid, quote.ask, self.facts.marks)

    def _improvement(self) -> Improvement | None:
        if not self.takes_the_quote:
            return None
        side, quote = self.facts.side, self.basis_quote
        if quote is not None:
            touch = quote.far_side(side)
            size = quote.ask_size if side is OrderSide.BUY else quote.bid_size
            return None if touch is None else price_improvement(side, self.fills, touch, displayed_size=size)
        # a stop's reference is not the far side of anything: without a quote at the trigger nothing is claimed
        if self.reference is None or self.facts.is_stop:
            return None
        return price_improvement(side, self.fills, self.reference, basis=ImprovementBasis.REFERENCE)

    def _half_spread(self) -> Decimal | None:
        quote = self.basis_quote
        if quote is None or quote.bid is None or quote.ask is None:
            return None
        return half_spread_bps(quote.bid, quote.ask)

    def _expected(self) -> ExpectedCost | None:
        if self.benchmark.price is None:
            return None
        symbol = self.facts.instrument
        return expected_cost(
            self.facts.quantity,
            half_spread=self._half_spread(),
            usual_half_spread=symbol.half_spread_bps,
            daily_volatility=symbol.daily_volatility,
            average_volume=symbol.average_volume,
            tick=symbol.tick,
            price=self.benchmark.price,
        )

    def _stop_gap(self) -> StopGap | None:
        price = self.facts.trigger_price or self.facts.stop_price
        if not self.facts.is_stop or price is None:
            return None
        return stop_gap(self.facts.side, self.fills, price, valid_mid(self.facts.trigger))

    def _quality(
        self,
        slip: Slippage | None,
        expected: ExpectedCost | None,
        latency: Latencies,
        fees_bps: Decimal | None,
    ) -> Quality:
        facts = self.facts
        if not facts.state.is_terminal:
            return Quality(None)
        if not self.fills:
            fell_through = self.takes_the_quote and facts.cancel_origin not in {USER, OCO} and not facts.is_stop
            rejected = facts.state is OrderState.REJECTED
            return Quality(0.0 if fell_through and not rejected else None)
        cost = None if fees_bps is None else cost_part(fees_bps)
        if self.kind is OrderClass.UNKNOWN_LIMIT:
            return combine(None, cost=cost)
        if self.kind is OrderClass.RESTING_LIMIT:
            return combine(self._resting_price(), cost=cost)
        price = price_part(slip.bps, expected.bps) if slip and expected else None
        patient = self.kind in PATIENT
        own_cancel = facts.cancel_origin in {USER, OCO}
        fill = None if patient or own_cancel else fill_part(self.filled, facts.quantity)
        elapsed = latency.execution_duration_ms
        speed = None if patient or elapsed is None else speed_part(elapsed)
        return combine(price, fill, speed, cost)

    def _resting_price(self) -> float | None:
        quote = self.arrival
        spread = quote.spread if quote is not None else None
        if self.mid_after is None or self.average is None or spread is None or spread <= 0:
            return None
        return resting_price_part(self.facts.side, self.average, self.mid_after, spread / 2)

    def _shortfall(self, fees: Decimal | None) -> ShortfallBreakdown | None:
        # a stop arrives when it goes off; the wait before was the person's own plan, not a delay
        arrival = self.basis_quote
        mid = arrival.mid if arrival is not None else None
        if mid is None or not self.facts.state.is_terminal:
            return None
        parts = implementation_shortfall(
            self.facts.side,
            self.facts.quantity,
            self.fills,
            decision=None if self.facts.is_stop else valid_mid(self.facts.decision),
            arrival=mid,
            final=valid_mid(self.facts.cancel),
            fees=fees if self.fills else ZERO,
            spread=arrival.spread if arrival is not None else None,
        )
        if parts.delay is None:
            self.flags.append("market_activity_shortfall")
        if parts.opportunity is None:
            self.reasons.append("no_cancel_quote")
        basis = parts.executed_basis
        return ShortfallBreakdown(
            delay=parts.delay,
            trading=parts.trading,
            opportunity=parts.opportunity,
            fees=parts.fees,
            total=parts.total,
            total_bps=parts.total_bps,
            half_spread=parts.half_spread,
            impact_and_timing=parts.impact_and_timing,
            executed_basis_delay=basis.delay if basis else None,
            executed_basis_opportunity=basis.opportunity if basis else None,
        )

    def _notes(self, slip: Slippage | None, fees: Decimal | None, expected: ExpectedCost | None) -> None:
        if expected is not None:
            self.flags += expected.flags
        if self.basis_quote is None and NO_QUOTE not in self.benchmark.reasons:
            self.reasons.append(NO_QUOTE)
        if slip is not None and abs(slip.bps) > BAD_DATA_BPS:
            self.reasons.append(BAD_DATA)
        if self.fills and fees is None:
            self.reasons.append("fees_unknown")
        if is_partial(self._quote_feed()):
            self.flags.append(PARTIAL_QUOTE)
        if self.synthetic:
            self.flags.append(SYNTHETIC_FILL)
        reported = self.facts.reported_filled
        # a report may be older than the newest fills, so only one that knows of more shares contradicts them
        if reported is not None and reported - self.filled > _MISMATCH * reported:
            self.flags.append(FILL_MISMATCH)


def _valid(found: QuoteAt | None) -> Quote | None:
    if found is None or quote_fault(found.quote, found.at) is not None:
        return None
    return found.quote


def _split(fills: tuple[Execution, ...], key: Callable[[Execution], str]) -> dict[str, tuple[Decimal, Decimal]]:
    """Shares and money by a property of the fill."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for fill in fills:
        shares, money = found.get(key(fill), (ZERO, ZERO))
        found[key(fill)] = (shares + fill.quantity, money + fill.notional)
    return found
