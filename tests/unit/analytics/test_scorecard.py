"""Brokers like for like: the mix decides nothing, too few orders are said to be too few."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from legend_desktop.analytics.scorecard import scorecard, symbol_classes, time_bucket
from legend_desktop.analytics.stratified import stratified_difference, stratified_p, student_97_5
from tests.benchmarks.bench_scorecard import orders


def test_one_cell_is_the_difference_of_two_means_with_welchs_interval() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(3, 2, 40), rng.normal(1, 4, 60)
    found = stratified_difference([(first.tolist(), second.tolist())])
    assert found is not None
    error = np.sqrt(first.var(ddof=1) / 40 + second.var(ddof=1) / 60)
    assert found.difference == pytest.approx(first.mean() - second.mean())
    assert (found.high - found.low) / 2 == pytest.approx(1.985 * error, rel=0.003)  # t of about 92 degrees


@pytest.mark.parametrize(("freedom", "point"), [(3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042), (1e9, 1.960)])
def test_student_points_are_those_of_the_tables(freedom: float, point: float) -> None:
    assert student_97_5(freedom) == pytest.approx(point, rel=0.002)


def test_the_mix_of_cells_decides_nothing() -> None:
    wide, tight = [20.0, 22.0, 18.0, 20.0], [1.0, 3.0, 2.0, 2.0]
    found = stratified_difference([(wide * 9, wide), (tight, tight * 9)])
    assert found is not None
    assert found.difference == pytest.approx(0.0)
    assert found.low < 0 < found.high


def test_cells_of_one_side_alone_are_left_out() -> None:
    assert stratified_difference([([1.0], [2.0, 3.0]), ([], [1.0, 2.0])]) is None
    found = stratified_difference([([1.0, 2.0], [2.0, 3.0]), ([9.0], [1.0, 2.0])])
    assert found is not None
    assert (found.first, found.second, found.cells) == (2, 2, 1)
    assert stratified_p([]) is None


def test_shuffled_labels_agree_with_their_normal_limit() -> None:
    rng = np.random.default_rng(11)
    few = [(rng.normal(1.0, 5, 100).tolist(), rng.normal(0, 5, 100).tolist()) for _ in range(4)]
    shuffled = stratified_p(few, shuffles=4_000)
    limit = stratified_p(few * 3)  # 2,400 values with the same means: sqrt(3) times as far out
    assert shuffled is not None
    assert limit is not None
    assert limit < shuffled < 0.05


class TestTwoBrokers:
    def test_a_planted_gap_is_held_though_the_plain_means_are_far_off(self) -> None:
        rows = orders(1, count=400)
        plain = [np.mean([float(row.slippage_bps or 0) for row in rows if row.broker == name]) for name in ("A", "B")]
        found = scorecard(rows, shuffles=500).comparisons[0]
        assert plain[0] - plain[1] > 3
        assert (found.first, found.second, found.enough) == ("A", "B", True)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= 1 <= found.high

    def test_a_large_gap_is_called_and_no_gap_is_not(self) -> None:
        large = scorecard(orders(2, gap=6.0), shuffles=500).comparisons[0]
        assert (large.significant, large.note) == (True, "B is cheaper than A.")
        none = scorecard(orders(2, gap=0.0), shuffles=500).comparisons[0]
        assert (none.significant, none.note) == (False, "No difference is shown.")

    def test_twenty_orders_are_not_enough_data(self) -> None:
        found = scorecard(orders(3, count=20)).comparisons[0]
        assert not found.enough
        assert found.note.startswith("Not enough data: ")
        assert (found.difference_bps, found.low, found.significant) == (None, None, False)

    def test_brokers_without_a_like_order_are_not_enough_data(self) -> None:
        rows = [
            replace(row, arrived_at=row.arrived_at - timedelta(hours=9))
            if row.broker == "B" and row.arrived_at is not None
            else row
            for row in orders(4, count=60)
        ]
        found = scorecard(rows).comparisons[0]
        assert (found.enough, found.cells, found.first_orders) == (False, 0, 0)

    def test_one_broker_has_a_line_and_no_comparison(self) -> None:
        found = scorecard([row for row in orders(5, count=40) if row.broker == "A"])
        assert [(line.broker, line.orders) for line in found.brokers] == [("A", 40)]
        assert found.comparisons == ()
        assert scorecard([]).brokers == ()

    def test_orders_of_one_minute_and_symbol_count_as_one(self) -> None:
        rows = orders(6, count=300)
        found = scorecard(rows, shuffles=0)
        twice = [*rows, *(replace(row, client_order_id=f"{row.client_order_id}b") for row in rows)]
        doubled = scorecard(twice, shuffles=0)
        assert (found.clustered, doubled.clustered) == (False, True)
        assert doubled.comparisons[0].first_orders <= found.comparisons[0].first_orders
        low, high = doubled.comparisons[0].low, doubled.comparisons[0].high
        assert low is not None
        assert high is not None
        assert found.comparisons[0].low == pytest.approx(low, abs=0.3)  # seeing all twice makes nothing surer


def test_classes_and_times_of_day() -> None:
    rows = orders(7, count=60)
    assert symbol_classes(rows) == {"TIGHT": "tight", "USUAL": "normal", "WIDE": "wide"}
    assert symbol_classes([replace(rows[0], half_spread_bps=None)]) == {rows[0].symbol: "unknown"}
    times = {row.arrived_at: time_bucket(row) for row in rows}
    assert set(times.values()) == {"open", "midday", "close"}
    assert time_bucket(replace(rows[0], arrived_at=None)) == "unknown"
