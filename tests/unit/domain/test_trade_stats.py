from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.trade_stats import excursion, trade_stats

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
    assert excursion(OrderSide.BUY, D(222), D("36.50"), low=D("35.62"), high=D("38.90")) == (D("-195.36"), D("532.80"))


def test_a_short_mirrors_and_a_trade_that_only_gained_has_no_adverse_part() -> None:
    assert excursion(OrderSide.SELL, D(10), D(20), low=D(17), high=D(19)) == (D(0), D(30))
    assert excursion(OrderSide.BUY, D(10), D(20), low=D(17), high=D(19)) == (D(-30), D(0))
