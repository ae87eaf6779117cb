"""Statistics against the worked samples and, for quantiles, against numpy."""

import numpy as np
import pytest

from legend_desktop.analytics import statistics as stats
from tests.unit.analytics.builders import near

TWELVE = [1.8, 2.2, -0.5, 3.1, 2.6, 1.1, 0.4, 2.9, 1.5, 2.0, 4.2, 38.0]


def test_the_twelve_orders() -> None:
    assert near(stats.mean(TWELVE)) == 4.94
    assert near(stats.median(TWELVE)) == 2.10
    assert near(stats.mad(TWELVE)) == 0.90
    assert near(stats.robust_sigma(TWELVE)) == 1.33
    scores = stats.modified_z(TWELVE)
    assert (round(scores[-1], 1), round(scores[-2], 2)) == (26.9, 1.57)
    assert near(stats.winsorised_mean(TWELVE)) == 2.19
    assert (near(stats.quantile(TWELVE, 0.1)), near(stats.quantile(TWELVE, 0.9))) == (0.47, 4.09)
    assert near(stats.trimmed_mean(TWELVE)) == 2.18


def test_intervals_of_the_twelve_orders() -> None:
    mean = stats.ratio_interval(TWELVE, [1.0] * 12)
    middle = stats.median_interval(TWELVE)
    assert mean is not None
    assert middle is not None
    assert [mean.low, mean.high] == pytest.approx([1.4, 11.3], abs=0.3)
    assert [middle.low, middle.high] == pytest.approx([1.3, 3.0], abs=0.1)
    assert stats.ratio_interval(TWELVE, [1.0] * 12) == mean


def test_one_value_has_no_spread_and_no_interval() -> None:
    assert stats.standard_deviation([1.0]) is None
    assert stats.ratio_interval([1.0], [1.0]) is None
    assert stats.median_interval([1.0]) is None


def test_nothing_is_none() -> None:
    found = [stats.mean([]), stats.median([]), stats.mad([]), stats.trimmed_mean([]), stats.weighted_median([], [])]
    assert found == [None] * 5
    assert stats.weighted_ratio([], []) is None
    assert stats.modified_z([]) == []


@pytest.mark.parametrize("q", [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0])
def test_quantiles_are_numpys(q: float) -> None:
    assert stats.quantile(TWELVE, q) == pytest.approx(float(np.quantile(TWELVE, q)))


def test_winsorising_is_tighter_from_40_values_on() -> None:
    values = [float(value) for value in range(40)]
    clipped = np.clip(values, np.quantile(values, 0.05), np.quantile(values, 0.95))
    assert stats.winsorised_mean(values) == pytest.approx(float(clipped.mean()))
    assert stats.winsorised_mean(values[:9]) is None


def test_modified_z_without_a_median_deviation() -> None:
    assert stats.modified_z([1.0, 1.0, 1.0, 1.0, 5.0])[-1] == pytest.approx(4 / (1.253314 * 0.8))
    assert stats.modified_z([1.0, 1.0]) == [0.0, 0.0]


@pytest.mark.parametrize(("deviation", "margin", "orders"), [(15, 2, 217), (10, 1, 385), (30, 5, 139)])
def test_orders_needed(deviation: float, margin: float, orders: int) -> None:
    assert stats.orders_needed(deviation, margin) == orders


def test_exact_permutation_of_two_groups_of_eight() -> None:
    first = [2.1, 3.4, 1.0, 4.2, 2.8, 3.9, 2.2, 1.7]
    second = [4.8, 3.1, 5.2, 6.0, 2.9, 4.4, 5.5, 3.8]
    assert stats.permutation_p(first, second) == pytest.approx(110 / 12_870)


def test_shuffled_and_limiting_permutation_agree() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.normal(1.0, 2.0, 950), rng.normal(1.2, 2.0, 950)
    shuffled = stats.permutation_p(first.tolist(), second.tolist(), shuffles=2_000)
    limiting = stats.permutation_p(np.tile(first, 1).tolist() + [1.0] * 60, second.tolist() + [1.2] * 60)
    assert shuffled == pytest.approx(limiting, abs=0.04)


def test_many_orders_keep_the_width_of_the_interval() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(2.0, 5.0, 20_000).tolist()
    found = stats.ratio_interval(values, [1.0] * 20_000)
    middle = stats.median_interval(values)
    assert found is not None
    assert middle is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * 5 / 20_000**0.5, rel=0.1)
    assert middle.high - middle.low == pytest.approx(2 * 1.96 * 5 * 1.2533 / 20_000**0.5, rel=0.15)


def test_clusters_are_drawn_as_wholes() -> None:
    values = [float(index // 10) for index in range(100)]
    alone = stats.ratio_interval(values, [1.0] * 100, list(range(100)))
    together = stats.ratio_interval(values, [1.0] * 100, [index // 10 for index in range(100)])
    assert alone is not None
    assert together is not None
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_few_shared_clusters_are_ignored() -> None:
    labels = [0, 0, *range(1, 19)]
    assert stats.shared_share(labels) == pytest.approx(0.1)
    values = [float(index) for index in range(20)]
    assert stats.ratio_interval(values, [1.0] * 20, labels) == stats.ratio_interval(values, [1.0] * 20)


def test_weighted_median() -> None:
    assert stats.weighted_median([6.0, 10.0, 15.69, -3.92], [1.0, 1.0, 10.0, 1.0]) == 15.69
    assert stats.weighted_median([1.0, 2.0], [1.0, 1.0]) == 1.5
