"""From planned R to realised R: the worked trade and the identity."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.analytics.leakage import TradeDone, TradePlanned, r_leakage
from legend_desktop.domain.enums import OrderSide
from tests.unit.analytics.builders import BUY, SELL, d, near

PLAN = TradePlanned(BUY, d("36.50"), d("35.15"), d(300), d("39.60"))
DONE = TradeDone(d(222), d("36.52"), d("38.10"), d("38.07"), d("2.00"))


def test_leakage_example_of_the_long_trade() -> None:
    found = r_leakage(PLAN, DONE)
    assert near(found.in_r(found.planned), 4) == 2.2963
    assert near(found.in_r(found.realised), 4) == 1.1403
    parts = (found.rounding, found.entry_slip, found.early_exit, found.exit_slip, found.fees)
    assert [near(found.in_r(part), 4) for part in parts] == [0.0023, 0.0148, 1.1100, 0.0222, 0.0067]
    assert near(found.in_r(found.total), 4) == 1.1560
    assert near(found.total, 2) == 346.79


def test_a_trade_without_target_keeps_what_can_be_known() -> None:
    found = r_leakage(TradePlanned(BUY, d("36.50"), d("35.15"), d(300)), DONE)
    assert (found.planned, found.rounding, found.early_exit, found.total) == (None, None, None, None)
    assert (found.entry_slip, found.exit_slip, found.in_r(found.planned)) == (d("4.44"), d("6.66"), None)


@pytest.mark.parametrize(
    ("plan", "done"),
    [
        (TradePlanned(BUY, d(10), d(10), d(100)), DONE),
        (TradePlanned(SELL, d(10), d(9), d(100)), DONE),
        (TradePlanned(BUY, d(10), d(9), d(0)), DONE),
        (PLAN, TradeDone(d(0), d(10), d(11), d(11))),
    ],
)
def test_nonsense_is_refused(plan: TradePlanned, done: TradeDone) -> None:
    with pytest.raises(ValueError, match="must be"):
        r_leakage(plan, done)


cents = st.integers(100, 20_000).map(lambda value: Decimal(value) / 100)


@given(st.sampled_from(list(OrderSide)), cents, cents, cents, cents, cents, st.integers(1, 9_000), st.integers(0, 500))
def test_planned_less_realised_is_the_sum_of_the_five_parts(
    side: OrderSide,
    risk: Decimal,
    target: Decimal,
    entry: Decimal,
    decided: Decimal,
    left: Decimal,
    size: int,
    fee: int,
) -> None:
    plan = TradePlanned(side, d(300), d(300) - side.sign * risk, d(300), d(300) + side.sign * target)
    found = r_leakage(plan, TradeDone(Decimal(size), entry, decided, left, Decimal(fee) / 100))
    assert found.rounding is not None
    assert found.early_exit is not None
    assert found.total is not None
    parts = found.rounding + found.entry_slip + found.early_exit + found.exit_slip + found.fees
    assert abs(parts - found.total) <= Decimal("1e-18") * max(Decimal(1), abs(found.total))
