from dataclasses import dataclass
from decimal import Decimal

import pytest

from legend_desktop.domain.daily_history import average_volume, daily_returns, daily_volatility

D = Decimal
ZERO, THOUSAND = D(0), D(1000)


@dataclass(frozen=True)
class Day:
    close: Decimal
    volume: Decimal = THOUSAND
    high: Decimal = ZERO
    low: Decimal = ZERO


def days(*closes: str) -> list[Day]:
    return [Day(D(close)) for close in closes]


def test_a_return_is_the_change_from_close_to_close() -> None:
    assert daily_returns(days("100", "110", "99")) == pytest.approx([0.1, -0.1])
    assert daily_returns(days("100")) == []


def test_a_close_of_nothing_gives_no_return() -> None:
    assert daily_returns(days("0", "110", "99")) == pytest.approx([-0.1])


def test_volatility_needs_twenty_returns_and_looks_at_the_last_ones_alone() -> None:
    calm = days(*["100", "101"] * 11)
    assert daily_volatility(calm[:20]) is None
    assert daily_volatility(calm) == daily_volatility([*days("500", "900"), *calm]) == D("0.0102")


def test_volume_is_the_mean_of_the_last_twenty_days() -> None:
    rows = [Day(D(1), D(volume)) for volume in [9_000_000, *[1000] * 10, *[2001] * 10]]
    assert average_volume(rows) == 1500
    assert average_volume(rows[:19]) is None
