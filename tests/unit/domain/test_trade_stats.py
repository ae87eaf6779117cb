from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.trade_stats import excursion, r_leakage, trade_stats

D = Decimal


def test_worked_list_of_multiples() -> None:
    stats = trade_stats([2.4, -1, -1, 0.8, -1.15, 3.1, -0.4, 1.6, -1, 0])
    assert stats is not None
    assert (stats.n, stats.wins, stats.losses) == (10, 4, 5)
    assert stats.expectancy_r == pytest.approx(0.335)
    assert stats.sd_r == pytest.approx(1.561, abs=5e-4)
    assert stats.sqn == pytest.approx(0.68, abs=5e-3)
    assert not stats.sqn_is_firm
    assert stats.win_rate == pytest.approx(40)
    assert stats.mean_win == pytest.approx(1.975)
    assert stats.mean_loss == pytest.approx(-0.91)
    assert stats.payoff == pytest.approx(2.17, abs=5e-3)
    assert stats.profit_factor == pytest.approx(1.736, abs=5e-4)


def test_no_losses_have_no_profit_factor_and_no_trades_no_statistics() -> None:
    stats = trade_stats([1.0])
    assert stats is not None
    assert (stats.profit_factor, stats.payoff, stats.sd_r, stats.sqn) == (None, None, None, None)
    assert trade_stats([]) is None
    even = trade_stats([1.0] * 30)
    assert even is not None
    assert even.sqn is None
    assert even.sqn_is_firm


def test_quality_number_counts_at_most_a_hundred_trades() -> None:
    many, few = trade_stats([1.0, -0.5] * 200), trade_stats([1.0, -0.5] * 50)
    assert many is not None
    assert few is not None
    assert many.sqn is not None
    assert few.sqn is not None
    assert many.sqn == pytest.approx(few.sqn, rel=0.01)


def test_worked_excursion() -> None:
    found = excursion(
        OrderSide.BUY, D(222), D("36.50"), D("38.10"), low=D("35.62"), high=D("38.90"), initial_risk=D("299.70")
    )
    assert (found.adverse, found.favourable) == (D("-195.36"), D("532.80"))
    assert round(found.adverse_r or D(0), 2) == D("-0.65")
    assert round(found.favourable_r or D(0), 2) == D("1.78")
    assert round(found.realised_r or D(0), 2) == D("1.19")
    assert round(found.exit_efficiency or D(0), 1) == D("66.7")
    assert round(found.adverse_percent, 2) == D("-2.41")
    assert round(found.favourable_percent, 2) == D("6.58")


def test_a_short_mirrors_and_a_trade_that_only_gained_has_no_adverse_part() -> None:
    found = excursion(OrderSide.SELL, D(10), D(20), D(18), low=D(17), high=D(19))
    assert (found.adverse, found.favourable) == (D(0), D(30))
    assert found.adverse_r is None
    never = excursion(OrderSide.BUY, D(10), D(20), D(18), low=D(17), high=D(19))
    assert (never.favourable, never.exit_efficiency) == (D(0), None)


def test_worked_leakage() -> None:
    leak = r_leakage(
        OrderSide.BUY,
        risk_budget=D(300),
        planned_entry=D("36.50"),
        stop=D("35.15"),
        target=D("39.60"),
        quantity=D(222),
        entry=D("36.52"),
        exit_trigger=D("38.10"),
        exit_price=D("38.07"),
        fees=D("2.00"),
    )
    parts = (
        leak.planned_r,
        leak.realised_r,
        leak.rounding,
        leak.entry_slip,
        leak.early_exit,
        leak.exit_slip,
        leak.fees,
    )
    assert [round(part or D(0), 4) for part in parts] == [
        D("2.2963"),
        D("1.1403"),
        D("0.0023"),
        D("0.0148"),
        D("1.1100"),
        D("0.0222"),
        D("0.0067"),
    ]
    assert leak.total is not None
    assert round(leak.total * 300, 2) == D("346.79")


def test_without_a_target_nothing_is_planned() -> None:
    leak = r_leakage(
        OrderSide.SELL,
        risk_budget=D(100),
        planned_entry=D(20),
        stop=D(21),
        quantity=D(100),
        entry=D(20),
        exit_trigger=D(19),
        exit_price=D(19),
        fees=D(0),
    )
    assert (leak.planned_r, leak.rounding, leak.early_exit, leak.total) == (None, None, None, None)
    assert leak.realised_r == 1


@pytest.mark.parametrize(("budget", "stop"), [(0, 9), (100, 10), (100, 11)])
def test_a_plan_needs_a_budget_and_a_stop(budget: int, stop: int) -> None:
    with pytest.raises(ValueError, match="budget"):
        r_leakage(
            OrderSide.BUY,
            risk_budget=D(budget),
            planned_entry=D(10),
            stop=D(stop),
            quantity=D(1),
            entry=D(10),
            exit_trigger=D(10),
            exit_price=D(10),
            fees=D(0),
        )


cents = st.integers(1_000, 9_000).map(lambda value: D(value) / 100)


@given(
    st.sampled_from(list(OrderSide)), cents, cents, cents, cents, cents, cents, st.integers(1, 900), st.integers(0, 900)
)
def test_the_parts_always_add_up(
    side: OrderSide,
    planned: Decimal,
    distance: Decimal,
    target: Decimal,
    entry: Decimal,
    trigger: Decimal,
    exit_price: Decimal,
    quantity: int,
    fees: int,
) -> None:
    leak = r_leakage(
        side,
        risk_budget=D(300),
        planned_entry=planned,
        stop=planned - side.sign * distance,
        target=target,
        quantity=D(quantity),
        entry=entry,
        exit_trigger=trigger,
        exit_price=exit_price,
        fees=D(fees) / 100,
    )
    assert leak.total is not None
    assert leak.planned_r is not None
    assert abs(leak.planned_r - leak.realised_r - leak.total) < D("1E-18")
