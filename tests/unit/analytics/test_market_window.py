"""The order beside the market: VWAP family, participation, and the cost without the market's own move."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.analytics.market_window import (
    Print,
    against,
    interval_twap,
    interval_vwap,
    market_adjusted,
    market_window,
    prints_of,
)
from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.quotes import Bar
from tests.unit.analytics.builders import BUY, NOON, SELL, d, near

PRINTS = [
    Print(d(price), d(volume))
    for price, volume in (("40.02", 12000), ("40.05", 8000), ("40.11", 15000), ("40.08", 5000))
]


def test_vwap_example_of_the_four_bars() -> None:
    found = market_window(BUY, d(4000), d("40.085"), PRINTS)
    assert found is not None
    assert (found.vwap, found.participation) == (d("40.06725"), d("0.1"))
    assert (near(found.vwap_slippage_bps), near(found.ex_own_vwap, 6)) == (4.43, 40.065278)
    assert (near(found.ex_own_slippage_bps), found.relative_performance) == (4.92, d("0.375"))
    assert found.shows_ex_own
    twap = interval_twap(
        [(NOON + timedelta(minutes=n), row.price) for n, row in enumerate(PRINTS)], NOON + timedelta(minutes=4)
    )
    assert twap == d("40.065")
    assert near(against(BUY, d("40.085"), twap)) == 4.99


def test_vwap_is_numpys_weighted_average() -> None:
    rng = np.random.default_rng(2)
    prices, volumes = rng.integers(1000, 2000, 50), rng.integers(1, 5000, 50)
    found = interval_vwap([Print(Decimal(int(p)) / 100, Decimal(int(v))) for p, v in zip(prices, volumes, strict=True)])
    assert float(found or 0) == pytest.approx(float(np.average(prices / 100, weights=volumes)))


def test_bars_stand_at_their_vwap_or_at_their_typical_price() -> None:
    rows = [
        Bar("AAPL", NOON, d(10), d(12), d(9), d(12), d(100)),
        Bar("AAPL", NOON, d(10), d(12), d(9), d(12), d(100), d("10.5")),
    ]
    assert [row.price for row in prints_of(rows)] == [d(11), d("10.5")]


def test_nothing_traded_is_nothing_said() -> None:
    assert interval_vwap([]) is None
    assert market_window(BUY, d(10), d(10), [Print(d(10), d(0))]) is None
    assert interval_twap([], NOON) is None
    assert interval_twap([(NOON, d(10))], NOON) is None
    assert against(BUY, d(10), None) is None
    assert against(BUY, d(10), d(0)) is None
    whole = market_window(BUY, d(100), d(10), [Print(d(10), d(100))])
    assert whole is not None
    assert (whole.ex_own_vwap, whole.participation, whole.shows_ex_own) == (None, d(1), False)


def test_a_mid_counts_as_long_as_it_stood() -> None:
    marks = [(NOON, d(10)), (NOON + timedelta(seconds=30), d(13))]
    assert interval_twap(marks, NOON + timedelta(seconds=40)) == d("10.75")


def test_market_adjusted_example() -> None:
    found = market_adjusted(
        BUY, d("62.31") / d("62.10") * 10_000 - 10_000, d(6004), d("6012.5"), duration_ms=60_000, beta=d("1.2")
    )
    assert found is not None
    assert (near(found.index_bps), near(found.bps), found.flags) == (14.16, 16.83, ())


def test_market_adjusted_needs_five_seconds_and_flags_its_default() -> None:
    assert market_adjusted(BUY, d(5), d(100), d(101), duration_ms=5_000.0) is None
    assert market_adjusted(BUY, d(5), d(100), d(101), duration_ms=None) is None
    found = market_adjusted(SELL, d(5), d(100), d(101), duration_ms=5_001.0)
    assert found is not None
    assert (found.index_bps, found.bps, found.beta, found.flags) == (d(-100), d(105), d(1), ("default_beta",))
    with pytest.raises(ValueError, match="index must be above zero"):
        market_adjusted(BUY, d(5), d(0), d(101), duration_ms=60_000)


volumes = st.lists(st.tuples(st.integers(1, 10_000), st.integers(1, 9_000)), min_size=1, max_size=8)


@given(st.sampled_from(list(OrderSide)), volumes, st.data())
def test_cost_against_the_vwap_is_the_others_share_of_the_cost_against_others(
    side: OrderSide, rows: list[tuple[int, int]], data: st.DataObject
) -> None:
    prints = [Print(Decimal(price) / 100, Decimal(volume)) for price, volume in rows]
    own = data.draw(st.sampled_from(prints))
    found = market_window(side, own.volume, own.price, prints)
    assert found is not None
    assert 0 <= found.relative_performance <= 1
    assert 0 < found.participation <= 1
    if found.ex_own_vwap is not None:
        paid, beside = own.price - found.vwap, own.price - found.ex_own_vwap
        assert abs(paid - (1 - found.participation) * beside) < Decimal("1e-15")
