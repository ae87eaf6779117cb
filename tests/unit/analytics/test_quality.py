"""The quality score against the seven worked orders."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.analytics.facts import OrderFacts, SymbolFacts, Timing
from legend_desktop.analytics.measure import measure
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.quality import band, combine, cost_part, price_part, speed_part
from legend_desktop.domain.enums import OrderState, OrderType, TimeInForce
from tests.unit.analytics.builders import BUY, NOON, SELL, d, facts, fill, mark, near, quote_at

NO_FEE: dict[str, Any] = {"commission": Decimal(0)}


def timed(milliseconds: float) -> dict[str, Any]:
    """A fill received so long after the order was sent."""
    return {"received_at": NOON + timedelta(milliseconds=milliseconds)}


def symbol(sigma_bps: str, volume: str) -> SymbolFacts:
    return SymbolFacts(average_volume=d(volume), daily_volatility=d(sigma_bps) / 10_000)


def order_a() -> OrderFacts:
    return facts(
        BUY,
        100,
        fills=(fill(100, "50.01", **timed(420), **NO_FEE),),
        arrival=quote_at("49.98", "50.02"),
        instrument=symbol("150", "9000000"),
        timing=Timing(sent_at=NOON),
    )


def order_b() -> OrderFacts:
    return facts(
        SELL,
        300,
        fills=(fill(300, "123.40", side=SELL, commission=d("2.32"), **timed(900)),),
        arrival=quote_at("123.40", "123.46"),
        instrument=symbol("210", "2200000"),
        timing=Timing(sent_at=NOON),
    )


def order_c() -> OrderFacts:
    rows = (("8000", "8.13"), ("9000", "8.15"), ("7000", "8.18"))
    return facts(
        BUY,
        30_000,
        fills=tuple(fill(shares, price, **timed(6_400), **NO_FEE) for shares, price in rows),
        arrival=quote_at("8.11", "8.13"),
        cancel_origin="broker",
        instrument=symbol("420", "1100000"),
        timing=Timing(sent_at=NOON),
    )


def order_d() -> OrderFacts:
    return facts(
        SELL,
        400,
        order_type=OrderType.STOP,
        stop_price=d("57.00"),
        fills=(fill(400, "56.91", side=SELL, after_ms=1_850, **NO_FEE),),
        trigger=quote_at("56.97", "57.01"),
        instrument=symbol("260", "1600000"),
        timing=Timing(trigger_at=NOON, trigger_broker_at=NOON),
    )


def order_e() -> OrderFacts:
    return facts(
        BUY,
        40,
        fills=(fill(40, "310.22", **NO_FEE),),
        reference_price=d("310.05"),
        instrument=symbol("200", "500000"),
        timing=Timing(),
    )


def order_f() -> OrderFacts:
    bought = fill(500, "22.10", **NO_FEE)
    return facts(
        BUY,
        500,
        order_type=OrderType.LIMIT,
        limit_price=d("22.10"),
        fills=(bought,),
        arrival=quote_at("22.12", "22.15"),
        marks=(mark(bought, 60_000, "22.08"),),
        timing=Timing(sent_at=NOON),
    )


def order_g() -> OrderFacts:
    return facts(
        BUY,
        100,
        order_type=OrderType.LIMIT,
        limit_price=d("50.05"),
        time_in_force=TimeInForce.IOC,
        arrival=quote_at("49.98", "50.02"),
        cancel_origin="broker",
    )


def score_of(order: OrderFacts) -> tuple[ExecutionMetrics, float | None]:
    record = measure(order)
    return record, None if record.execution_quality is None else round(record.execution_quality, 1)


@pytest.mark.parametrize(
    ("order", "half", "expected", "actual", "score"),
    [
        (order_a(), 4.00, 4.25, 2.00, 85.9),
        (order_b(), 2.43, 3.66, 2.43, 78.8),
        (order_c(), 12.32, 47.00, 39.51, 65.3),
        (order_d(), 3.51, 5.56, 14.04, 38.2),
    ],
)
def test_score_of_the_worked_orders(
    order: OrderFacts, half: float, expected: float, actual: float, score: float
) -> None:
    record, found = score_of(order)
    assert (near(record.half_spread_bps), near(record.expected_bps), near(record.slippage_bps)) == (
        half,
        expected,
        actual,
    )
    assert found == score


def test_parts_of_the_worked_orders() -> None:
    c = measure(order_c()).quality
    assert (near(c.price, 1), c.fill, near(c.speed, 1), c.cost) == (58.0, 80.0, 45.4, 100.0)
    b = measure(order_b()).quality
    assert (near(b.price, 1), near(b.cost, 1)) == (66.8, 87.5)
    d_ = measure(order_d()).quality
    assert (d_.price, near(d_.speed, 1)) == (0.0, 81.9)


def test_scalar_benchmark_without_times() -> None:
    record = measure(order_e())
    assert (near(record.expected_bps), near(record.slippage_bps)) == (5.89, 5.48)
    quality = combine(record.quality.price, record.quality.fill, None, record.quality.cost)
    assert (near(quality.price, 1), near(quality.score, 1)) == (53.5, 69.0)
    assert near(record.execution_quality, 1) == 69.0


def test_resting_limit_is_judged_by_its_mark_out() -> None:
    record, found = score_of(order_f())
    assert (record.quality.price, record.quality.fill, record.quality.speed, found) == (0.0, None, None, 14.3)


def test_marketable_order_that_filled_nothing_scores_0() -> None:
    assert score_of(order_g())[1] == 0.0


def test_unfilled_by_choice_or_patience_has_no_score() -> None:
    cancelled = facts(BUY, 100, arrival=quote_at("49.98", "50.02"), cancel_origin="user")
    resting = facts(BUY, 100, order_type=OrderType.LIMIT, limit_price=d("49.90"), arrival=quote_at("49.98", "50.02"))
    refused = facts(BUY, 100, arrival=quote_at("49.98", "50.02"), state=OrderState.REJECTED)
    assert [measure(row).execution_quality for row in (cancelled, resting, refused)] == [None, None, None]


def test_an_order_that_still_works_has_no_score() -> None:
    record = measure(
        facts(BUY, 100, fills=(fill(40, "50.01"),), arrival=quote_at("49.98", "50.02"), state=OrderState.PARTIAL)
    )
    assert record.provisional
    assert record.execution_quality is None
    assert record.slippage_bps is not None


def test_a_user_cancel_drops_the_fill_part() -> None:
    record = measure(
        facts(BUY, 100, fills=(fill(40, "50.01"),), arrival=quote_at("49.98", "50.02"), cancel_origin="user")
    )
    assert record.quality.fill is None
    assert record.execution_quality is not None


def test_no_score_without_price() -> None:
    assert combine(None, 100.0, 100.0, 100.0).score is None


def test_knees_and_bands() -> None:
    assert (price_part(d("-3"), d(4)), price_part(d(4), d(4)), price_part(d(9), d(4))) == (100.0, 50.0, 0.0)
    assert (speed_part(1_000), speed_part(30_000), speed_part(60_000)) == (100.0, 0.0, 0.0)
    assert (cost_part(d(0)), cost_part(d(5)), cost_part(d(-1))) == (100.0, 0.0, 100.0)
    assert [band(value) for value in (80, 79.9, 40, 39.9)] == ["good", "normal", "weak", "poor"]
