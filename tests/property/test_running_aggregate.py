"""Figures kept up to date fill by fill are exactly those worked out anew, whatever comes in whatever order."""

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.analytics.aggregate import aggregate
from legend_desktop.analytics.exact import FloatSum, SortedFloats, exact_sum
from legend_desktop.analytics.facts import OrderFacts, SymbolFacts, Timing
from legend_desktop.analytics.measure import measure
from legend_desktop.analytics.running import RunningAggregate
from legend_desktop.analytics.running_summary import RunningSummary
from legend_desktop.analytics.summary import Stopped, summarise
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType
from tests.benchmarks.bench_scorecard import orders
from tests.unit.analytics.builders import NOON, facts, fill, quote_at

SYMBOLS = ("AAPL", "MSFT", "F")
fills = st.lists(st.tuples(st.integers(1, 900), st.integers(-300, 300), st.integers(0, 5_000)), max_size=4)


@st.composite
def changing_orders(draw: st.DrawFn) -> list[tuple[str, OrderFacts]]:
    """Orders as they grow: each key may come several times, with other fills, prices, states and quotes."""
    found: list[tuple[str, OrderFacts]] = []
    for _ in range(draw(st.integers(0, 14))):
        key = f"LP{draw(st.integers(0, 5))}"
        side = draw(st.sampled_from(list(OrderSide)))
        rows = draw(fills)
        left = draw(st.integers(0, 500))
        fees = draw(st.sampled_from([None, Decimal("1.23"), Decimal("0.0195")]))
        ended = draw(st.sampled_from([OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.PARTIAL]))
        bid = Decimal("50") + Decimal(draw(st.integers(-99, 99))) / 700
        has_quote = draw(st.booleans())
        at = NOON + timedelta(minutes=draw(st.integers(0, 3)))
        executions = tuple(
            fill(
                shares,
                str(round(bid + Decimal(cents) / 100, 4)),
                side=side,
                execution_id=f"{key}-{number}",
                after_ms=after,
                commission=fees,
            )
            for number, (shares, cents, after) in enumerate(rows)
        )
        found.append(
            (
                key,
                facts(
                    side,
                    sum(shares for shares, _, _ in rows) + left or 1,
                    client_order_id=key,
                    symbol=draw(st.sampled_from(SYMBOLS)),
                    order_type=draw(st.sampled_from([OrderType.MARKET, OrderType.STOP])),
                    fills=executions,
                    state=ended,
                    cancel_origin=draw(st.sampled_from(["", "user", "oco"])),
                    arrival=quote_at(
                        str(bid), str(bid + Decimal("0.03")), at=at, source=draw(st.sampled_from(["", "iex"]))
                    )
                    if has_quote
                    else None,
                    reference_price=None if has_quote else draw(st.sampled_from([None, Decimal("50.01"), Decimal(1)])),
                    timing=Timing(sent_at=at),
                    instrument=SymbolFacts(average_volume=Decimal(1_000_000), daily_volatility=Decimal("0.0181")),
                ),
            )
        )
    return found


@given(changing_orders())
def test_running_figures_are_exactly_those_of_the_batch_after_every_fill(changes: list[tuple[str, OrderFacts]]) -> None:
    running = RunningAggregate()
    kept = {}
    for key, order in changes:
        kept[key] = measure(order)
        running.put(key, kept[key])
        assert running.stats() == aggregate(kept.values(), resamples=0)


@given(changing_orders(), st.randoms(use_true_random=False))
def test_neither_the_order_of_events_nor_what_was_dropped_leaves_a_trace(
    changes: list[tuple[str, OrderFacts]], chance: object
) -> None:
    kept = {f"{number}": measure(order) for number, (_, order) in enumerate(changes)}
    straight, mixed = RunningAggregate(), RunningAggregate()
    for key, record in kept.items():
        straight.put(key, record)
    names = list(kept)
    chance.shuffle(names)  # type: ignore[attr-defined]
    for key in names:
        mixed.put(f"other {key}", kept[key])
        mixed.put(key, kept[key])
    for key in names:
        mixed.drop(f"other {key}")
    assert mixed.stats() == straight.stats()
    assert len(mixed) == len(kept)


@given(changing_orders())
def test_the_running_summary_is_exactly_the_one_of_all_records(changes: list[tuple[str, OrderFacts]]) -> None:
    running = RunningSummary()
    kept = {}
    for key, order in changes:
        kept[key] = measure(order)
        running.put(key, kept[key])
    found = running.snapshot().summarise(resamples=60)
    assert found == summarise(tuple(kept.values()), resamples=60)
    assert len(running) == len(kept)


def test_many_orders_of_many_days_are_summarised_alike() -> None:
    rows = [replace(row, slippage_cost=row.slippage_bps) for row in orders(9, count=1_500)]
    running = RunningSummary()
    for row in rows:
        running.put(row.client_order_id, row)
    source = running.snapshot()
    running.put("late", replace(rows[0], client_order_id="late"))
    found, batch = source.summarise(), summarise(rows)
    assert found.series.per_day
    assert len(found.series.points) == 20
    for one, two in zip(found.series.points, batch.series.points, strict=True):
        assert (one.at, one.n, one.cost, one.running_cost, one.bps) == (
            two.at,
            two.n,
            two.cost,
            two.running_cost,
            two.bps,
        )
        assert (one.low, one.high) == pytest.approx((two.low, two.high))
    assert (found.all.ci95_low, found.all.ci95_high) == pytest.approx((batch.all.ci95_low, batch.all.ci95_high))
    assert (found.histogram, found.median_interval) == (batch.histogram, batch.median_interval)
    assert found.all.total_orders == 3_000


def test_a_summary_that_is_stopped_stops() -> None:
    running = RunningSummary()
    with pytest.raises(Stopped):
        running.snapshot().summarise(stopped=lambda: True)


def test_an_empty_running_aggregate_is_the_empty_batch() -> None:
    assert RunningAggregate("live").stats() == aggregate([], mode="live", resamples=0)
    running = RunningAggregate()
    running.put("a", replace(measure(facts(fills=(fill(100, "50.01"),), reference_price=Decimal(50)))))
    running.drop("a")
    assert running.stats() == aggregate([], resamples=0)
    with pytest.raises(KeyError):
        running.drop("a")


numbers = st.lists(st.floats(-1e9, 1e9, allow_nan=False), max_size=60)


@given(numbers, numbers)
def test_a_running_float_sum_is_exact_and_forgets_what_is_taken_out(kept: list[float], passing: list[float]) -> None:
    total = FloatSum()
    for value in [*passing, *kept]:
        total.add(value)
    for value in passing:
        total.add(-value)
    assert total.total == math.fsum(kept)


@given(numbers, st.data())
def test_sorted_floats_have_numpys_quantiles(values: list[float], data: st.DataObject) -> None:
    found = SortedFloats()
    for value in values:
        found.add(value)
    gone = data.draw(st.lists(st.sampled_from(values), unique=True)) if values else []
    left = list(values)
    for value in gone:
        found.remove(value)
        left.remove(value)
    assert len(found) == len(left)
    for q in (0.0, 0.25, 0.5, 0.95, 1.0):
        expected = float(np.quantile(left, q)) if left else None
        assert found.quantile(q) == (pytest.approx(expected) if expected is not None else None)
    with pytest.raises(ValueError, match="not among"):
        found.remove(2e9)


def test_blocks_of_many_floats_stay_in_order() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=6_000)
    found = SortedFloats()
    for value in values:
        found.add(float(value))
    for value in values[:3_000]:
        found.remove(float(value))
    assert found.quantile(0.3) == pytest.approx(float(np.quantile(values[3_000:], 0.3)))


def test_money_is_summed_without_rounding() -> None:
    tiny, huge = Decimal("1e-20"), Decimal("1e20")
    assert exact_sum([huge, tiny, -huge]) == tiny
