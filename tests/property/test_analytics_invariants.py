"""What must hold for every order: identities, symmetries and scales of the execution measures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.analytics.aggregate import aggregate
from legend_desktop.analytics.breakdowns import breakdown, breakdown_of_fills
from legend_desktop.analytics.facts import OrderFacts
from legend_desktop.analytics.histogram import cost_range, histogram
from legend_desktop.analytics.measure import measure
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.shortfall import implementation_shortfall
from legend_desktop.analytics.statistics import quantile
from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.executions import Execution
from tests.unit.analytics.builders import facts, fill, mark, quote_at

MID = Decimal("50.00")
cents = st.integers(-40, 40).map(lambda value: Decimal(value) / 100)
half_spreads = st.integers(1, 20).map(lambda value: Decimal(value) / 100)
shares = st.integers(1, 5_000)
sides = st.sampled_from(list(OrderSide))
ways = st.lists(st.tuples(shares, cents), min_size=1, max_size=6)


def fills_of(
    side: OrderSide, rows: list[tuple[int, Decimal]], mid: Decimal = MID, scale: Decimal = Decimal(1)
) -> tuple[Execution, ...]:
    return tuple(
        fill(quantity, str((mid + offset) * scale), side=side, execution_id=f"x{number}", venue=f"V{number % 2}")
        for number, (quantity, offset) in enumerate(rows)
    )


def an_order(
    side: OrderSide, rows: list[tuple[int, Decimal]], half: Decimal, scale: Decimal = Decimal(1), left: int = 0
) -> OrderFacts:
    fills = fills_of(side, rows, scale=scale)
    bid, ask, later = (MID - half) * scale, (MID + half) * scale, (MID + Decimal("0.03")) * scale
    return facts(
        side,
        sum(quantity for quantity, _ in rows) + left,
        fills=fills,
        arrival=quote_at(str(bid), str(ask)),
        marks=tuple(mark(row, 60_000, str(later)) for row in fills),
    )


def close(first: Decimal | None, second: Decimal | None) -> bool:
    assert first is not None
    assert second is not None
    return abs(first - second) <= Decimal("1e-18") * max(Decimal(1), abs(first))


@given(sides, st.integers(0, 3_000), ways, cents, cents, st.integers(0, 500))
def test_shortfall_is_the_sum_of_its_parts_on_both_bases(
    side: OrderSide, left: int, rows: list[tuple[int, Decimal]], delay: Decimal, drift: Decimal, fee_cents: int
) -> None:
    fills = fills_of(side, rows)
    filled = sum(quantity for quantity, _ in rows)
    ordered, fees = Decimal(filled + left), Decimal(fee_cents) / 100
    decision, final = MID - delay, MID + drift
    found = implementation_shortfall(side, ordered, fills, decision=decision, arrival=MID, final=final, fees=fees)
    assert found.total is not None
    assert found.delay is not None
    assert found.opportunity is not None
    assert found.executed_basis is not None
    assert found.total == found.delay + found.trading + found.opportunity + fees
    basis = found.executed_basis
    assert found.total == basis.delay + found.trading + basis.opportunity + fees
    paid = sum((row.notional for row in fills), Decimal(0))
    paper = side.sign * ordered * (final - decision)
    real = side.sign * (filled * final - paid) - fees
    assert found.total == paper - real


@given(sides, ways, half_spreads)
def test_effective_is_realised_plus_impact_and_twice_the_slippage(
    side: OrderSide, rows: list[tuple[int, Decimal]], half: Decimal
) -> None:
    record = measure(an_order(side, rows, half))
    assert record.effective_spread is not None
    realised, impact = record.realised_spread["1m"], record.price_impact["1m"]
    assert realised is not None
    assert impact is not None
    assert close(record.effective_spread, realised + impact)
    assert record.benchmark_price is not None
    assert close(record.slippage_bps, record.effective_spread / record.benchmark_price * 10_000 / 2)


@given(ways, half_spreads)
def test_mirroring_side_and_prices_about_the_mid_changes_no_cost(
    rows: list[tuple[int, Decimal]], half: Decimal
) -> None:
    bought = measure(an_order(OrderSide.BUY, rows, half))
    sold = measure(an_order(OrderSide.SELL, [(quantity, -offset) for quantity, offset in rows], half))
    assert (bought.slippage_cost, bought.price_improvement_amount) == (
        sold.slippage_cost,
        sold.price_improvement_amount,
    )
    assert bought.effective_over_quoted == sold.effective_over_quoted


@given(sides, ways, half_spreads)
def test_doubling_quantity_keeps_bps_and_doubles_money(
    side: OrderSide, rows: list[tuple[int, Decimal]], half: Decimal
) -> None:
    once = measure(an_order(side, rows, half))
    twice = measure(an_order(side, [(2 * quantity, offset) for quantity, offset in rows], half))
    assert close(once.slippage_bps, twice.slippage_bps)
    assert once.slippage_cost is not None
    assert twice.slippage_cost == 2 * once.slippage_cost


@given(sides, ways, half_spreads, st.sampled_from([Decimal(2), Decimal("0.25"), Decimal(10)]))
def test_scaling_prices_keeps_bps(
    side: OrderSide, rows: list[tuple[int, Decimal]], half: Decimal, scale: Decimal
) -> None:
    assert close(
        measure(an_order(side, rows, half)).slippage_bps, measure(an_order(side, rows, half, scale)).slippage_bps
    )


@given(sides, ways, half_spreads, st.randoms())
def test_the_order_of_fills_does_not_matter(
    side: OrderSide, rows: list[tuple[int, Decimal]], half: Decimal, chance: object
) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = measure(an_order(side, rows, half)), measure(an_order(side, mixed, half))
    assert first.slippage_cost == second.slippage_cost
    assert first.price_improvement_amount == second.price_improvement_amount
    assert first.execution_quality == second.execution_quality


@given(sides, ways, half_spreads, st.integers(0, 2_000))
def test_score_and_rates_stay_within_their_scale(
    side: OrderSide, rows: list[tuple[int, Decimal]], half: Decimal, left: int
) -> None:
    record = measure(an_order(side, rows, half, left=left))
    assert record.execution_quality is not None
    assert 0 <= record.execution_quality <= 100
    assert 0 < record.fill_rate <= 100


def records_of(orders: list[tuple[OrderSide, list[tuple[int, Decimal]]]]) -> list[ExecutionMetrics]:
    return [measure(an_order(side, rows, Decimal("0.02"))) for side, rows in orders]


@given(st.lists(st.tuples(sides, ways), min_size=1, max_size=8))
def test_weighted_average_times_value_is_the_cost_and_groups_add_up(
    orders: list[tuple[OrderSide, list[tuple[int, Decimal]]]],
) -> None:
    rows = records_of(orders)
    total = aggregate(rows, resamples=0)
    assert total.avg_slippage_bps is not None
    assert total.avg_slippage_bps * float(total.benchmark_notional) / 10_000 == pytest.approx(
        float(total.total_slippage_cost), abs=1e-6
    )
    by_side = breakdown(rows, "side", resamples=10)
    assert sum(row.total_slippage_cost for row in by_side) == total.total_slippage_cost
    by_venue = breakdown_of_fills(rows, "venue")
    assert sum(row.total_slippage_cost for row in by_venue) == total.total_slippage_cost
    assert sum(row.shares for row in by_venue) == total.total_volume
    assert total.price_improvement_amount >= 0
    assert total.net_price_improvement_amount == total.price_improvement_amount - total.price_disimprovement_amount


@given(st.lists(st.floats(-500, 500), max_size=60))
def test_a_histogram_loses_nobody(values: list[float]) -> None:
    low, high = cost_range(values)
    found = histogram(values, low, high)
    assert sum(found.counts) == len(values)
    assert len(found.edges) == len(found.counts) + 1
    assert found.edges[0] <= 0 <= found.edges[-1]


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_rise(values: list[float], first: float, second: float) -> None:
    low, high = quantile(values, min(first, second)), quantile(values, max(first, second))
    assert low is not None
    assert high is not None
    assert min(values) <= low <= high + 1e-9
    assert high <= max(values) + 1e-9
