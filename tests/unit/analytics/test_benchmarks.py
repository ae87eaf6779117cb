"""Which quotes count, and which price an order is compared with."""

from datetime import timedelta

import pytest

from legend_desktop.analytics.benchmarks import quote_fault, select_benchmark
from legend_desktop.analytics.classify import (
    OrderClass,
    half_hour,
    lot_class,
    order_class,
    session_name,
    size_bucket,
)
from legend_desktop.domain.enums import OrderSide, OrderType
from tests.unit.analytics.builders import BUY, NOON, SELL, d, facts, quote, quote_at

EVENING = NOON + timedelta(hours=5)


@pytest.mark.parametrize(
    ("bid", "ask", "fault"),
    [
        ("10.00", "10.02", None),
        ("10.00", "10.00", None),
        ("10.03", "10.02", "crossed_quote"),
        (None, "10.02", "one_sided_quote"),
        ("0", "10.02", "one_sided_quote"),
        ("9.50", "10.50", None),
        ("9.49", "10.51", "wide_quote"),
    ],
)
def test_a_quote_must_be_two_sided_uncrossed_and_at_most_ten_per_cent_wide(
    bid: str | None, ask: str, fault: str | None
) -> None:
    assert quote_fault(quote(bid, ask), NOON) == fault


@pytest.mark.parametrize(
    ("made", "seconds", "fault"),
    [(NOON, 5, None), (NOON, 5.001, "stale_quote"), (EVENING, 60, None), (EVENING, 60.001, "stale_quote")],
)
def test_a_quote_may_be_5_s_old_in_the_regular_session_and_60_s_outside(
    made: object, seconds: float, fault: str | None
) -> None:
    at = NOON if made is NOON else EVENING
    assert quote_fault(quote("10.00", "10.02", at=at), at + timedelta(seconds=seconds)) == fault


def test_arrival_mid_comes_first() -> None:
    found = select_benchmark(facts(arrival=quote_at("10.00", "10.02", last=d("10.02")), reference_price=d("11")))
    assert (found.price, found.kind, found.reasons) == (d("10.01"), "arrival_mid", ())


def test_locked_quote_is_accepted_and_flagged() -> None:
    found = select_benchmark(facts(arrival=quote_at("10.00", "10.00")))
    assert (found.price, found.flags) == (d("10.00"), ("locked_quote",))


def test_crossed_quote_falls_back_to_its_last_trade() -> None:
    found = select_benchmark(facts(arrival=quote_at("10.04", "10.02", last=d("10.03")), reference_price=d("11")))
    assert (found.price, found.kind, found.reasons) == (d("10.03"), "last_trade", ("crossed_quote",))


def test_stale_quote_has_no_last_trade_at_arrival_either() -> None:
    late = quote_at("10.00", "10.02", last=d("10.03"))
    stale = type(late)(late.quote, NOON + timedelta(seconds=6))
    found = select_benchmark(facts(arrival=stale, reference_price=d("11")))
    assert (found.price, found.kind, found.reasons) == (d("11"), "scalar", ("stale_quote",))


def test_nothing_known_gives_no_benchmark() -> None:
    found = select_benchmark(facts())
    assert (found.price, found.kind, found.reasons) == (None, None, ("no_benchmark",))


def test_trailing_stop_uses_the_trailed_price() -> None:
    found = select_benchmark(facts(SELL, order_type=OrderType.TRAILING_STOP, trigger_price=d("9.80")))
    assert (found.price, found.kind) == (d("9.80"), "trigger_price")


@pytest.mark.parametrize(
    ("side", "limit", "expected"),
    [
        (BUY, "10.04", OrderClass.MARKETABLE_LIMIT),
        (BUY, "10.03", OrderClass.MIDPOINT_LIMIT),
        (BUY, "10.02", OrderClass.MIDPOINT_LIMIT),
        (BUY, "10.01", OrderClass.RESTING_LIMIT),
        (SELL, "10.00", OrderClass.MARKETABLE_LIMIT),
        (SELL, "10.01", OrderClass.MIDPOINT_LIMIT),
        (SELL, "10.03", OrderClass.RESTING_LIMIT),
    ],
)
def test_class_of_a_limit_by_where_it_met_the_quote(side: OrderSide, limit: str, expected: OrderClass) -> None:
    assert order_class(OrderType.LIMIT, side, d(limit), quote("10.00", "10.04")) is expected


@pytest.mark.parametrize(
    ("value", "bucket"),
    [
        ("249.99", "under 250"),
        ("250", "250 to 1,000"),
        ("9999.99", "5,000 to 10,000"),
        ("199999", "50,000 to 200,000"),
        ("200000", "200,000 and more"),
    ],
)
def test_size_classes_begin_at_their_lower_edge(value: str, bucket: str) -> None:
    assert size_bucket(d(value)) == bucket


def test_unknown_size_has_a_name() -> None:
    assert size_bucket(None) == "unknown"


@pytest.mark.parametrize(
    ("quantity", "lot", "expected"),
    [("0.5", 100, "fractional"), ("100.5", 100, "fractional"), ("99", 100, "odd"), ("100", 100, "round")],
)
def test_lot_class(quantity: str, lot: int, expected: str) -> None:
    assert lot_class(d(quantity), lot) == expected
    assert lot_class(d(40), 40) == "round"


def test_session_and_half_hour_are_new_york() -> None:
    assert (session_name(NOON), half_hour(NOON)) == ("regular", "12:00")
    assert (session_name(EVENING), half_hour(EVENING + timedelta(minutes=31))) == ("post", "17:30")
    assert (session_name(None), half_hour(None)) == ("unknown", "unknown")
