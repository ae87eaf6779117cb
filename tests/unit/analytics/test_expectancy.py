from decimal import Decimal

import numpy as np
import pytest

from legend_desktop.analytics.expectancy import by_tag
from legend_desktop.domain.trade_journal import JournalTrade
from tests.unit.domain.test_trade_journal import trip

LIST = ["240", "-100", "-100", "80", "-115", "310", "-40", "160", "-100", "0"]


def trades(moneys: list[str], *tags: str, start: int = 0) -> list[JournalTrade]:
    return [
        JournalTrade(trip(start + number, money, hours=start + number), tags=tags)
        for number, money in enumerate(moneys)
    ]


def test_expectancy_of_the_known_list() -> None:
    _, whole = by_tag(trades(LIST))
    assert whole.expectancy == pytest.approx(0.335)
    assert (whole.trades, whole.n, whole.won, whole.money) == (10, 10, 4, Decimal(335))
    assert not whole.firm
    assert whole.low is not None
    assert whole.high is not None
    assert whole.low < 0.335 < whole.high


def test_the_interval_is_that_of_an_independent_bootstrap_and_always_the_same() -> None:
    first, second = by_tag(trades(LIST))[1], by_tag(trades(LIST))[1]
    assert first == second
    values = np.array([float(money) / 100 for money in LIST])
    draws = np.random.default_rng(99).choice(values, size=(50_000, 10)).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    assert first.low == pytest.approx(low, abs=0.05)
    assert first.high == pytest.approx(high, abs=0.05)


def test_a_trade_counts_under_each_of_its_tags_and_untagged_ones_stand_last() -> None:
    rows = [*trades(LIST[:6], "trend"), *trades(LIST[6:9], "late", "trend", start=20), *trades(LIST[9:], start=40)]
    tags, whole = by_tag(rows)
    assert [(row.tag, row.trades) for row in tags] == [("trend", 9), ("late", 3), ("", 1)]
    assert whole.trades == 10
    late = tags[1]
    assert late.expectancy == pytest.approx((-0.4 + 1.6 - 1) / 3)
    assert (late.low, late.high) == (None, None)


def test_trades_without_r_and_open_ones_are_told_apart() -> None:
    bare = JournalTrade(trip(1, "50", None), tags=("x",))
    still = JournalTrade(trip(2, closed_at=None), tags=("x",))
    tags, _ = by_tag([bare, still])
    (row,) = tags
    assert (row.trades, row.n, row.won, row.expectancy, row.money) == (1, 0, 1, None, Decimal(50))
    empty = by_tag([])
    assert (empty[0], empty[1].expectancy) == ([], None)
